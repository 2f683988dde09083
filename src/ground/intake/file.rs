//! A file that is handed in, as it is read: once for what it says, once more for the rows that are given back.

use std::collections::HashMap;

use super::{Order, Report};
use crate::error::{Both, Error, Result};
use crate::sheet::{self, Asked, Fault, Head, Limits, Row, SheetError, Source};
use crate::text::Tongue;

/// How files of one kind are read.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// How many of these names are those of columns.
    pub knows: fn(&[String]) -> usize,
    /// Why a header of these names is not enough.
    pub fits: fn(&[String]) -> Result<(), Both>,
}

/// A file with all that is needed to read it.
#[derive(Clone, Debug)]
pub struct Taken {
    source: Source,
    file: String,
    limits: Limits,
    sheet: String,
    layout: Layout,
}

/// Cells written behind the columns of a file whose rows are given back.
const FAULTS: &str = "Lỗi";

/// Width of a column that is given back, in characters.
const WIDTH: f64 = 18.0;

impl Order {
    /// The file of this order, to be read in this layout.
    pub fn taken(&self, layout: Layout) -> Taken {
        Taken { source: self.source.clone(), file: self.file.clone(), limits: self.limits, sheet: self.sheet.clone(), layout }
    }
}

impl Taken {
    /// Reads it row by row; see [`sheet::scan`].
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn scan(&self, each: &mut dyn FnMut(&Head, Row)) -> Result<Head, SheetError> {
        let asked = Asked { knows: &self.layout.knows, fits: &self.layout.fits, limits: self.limits, sheet: &self.sheet };
        sheet::scan(&self.source, &self.file, asked, each)
    }

    /// A workbook of the rows that did not pass, as they were given, with what is wrong with each; none if all passed.
    /// Imported again once corrected, it is read like the file itself.
    ///
    /// # Errors
    /// The file cannot be read again, or the workbook not written.
    pub async fn bad_rows(&self, report: &Report) -> Result<Option<Vec<u8>>> {
        let mut wrong: HashMap<u32, Vec<String>> = HashMap::new();
        for fault in &report.summary.faults {
            let Some(row) = fault.row else { continue };
            wrong.entry(row).or_default().push(Fault { row: None, text: fault.text.clone() }.line(Tongue::Vi));
        }
        if wrong.is_empty() {
            return Ok(None);
        }
        let taken = self.clone();
        let written = tokio::task::spawn_blocking(move || taken.rows_of(&wrong)).await?;
        written.map(Some).map_err(|error| Error::Internal(Box::new(error)))
    }

    fn rows_of(&self, wrong: &HashMap<u32, Vec<String>>) -> Result<Vec<u8>, SheetError> {
        let mut rows = Vec::new();
        let head = self.scan(&mut |_, row| {
            if wrong.contains_key(&row.number) {
                rows.push(row);
            }
        })?;
        let is_faults = |name: &String| crate::text::fold(name) == crate::text::fold(FAULTS);
        let kept: Vec<usize> = (0..head.names.len()).filter(|at| !is_faults(&head.names[*at])).collect();
        let names = kept.iter().map(|at| sheet::Column::new(head.names[*at].clone(), WIDTH)).chain([sheet::Column::new(FAULTS, 80.0)]);
        let mut writer = sheet::Writer::new(sheet::Format::Xlsx, "Dòng lỗi", names.collect())?;
        for row in rows {
            let texts = wrong.get(&row.number).map(|texts| format!("dòng {}: {}", row.number, texts.join("\n"))).unwrap_or_default();
            let values: Vec<sheet::Value> = kept.iter().map(|at| row.value(*at)).chain([sheet::Value::Text(texts)]).collect();
            writer.row(&values)?;
        }
        writer.finish()
    }
}
