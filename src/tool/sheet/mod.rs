//! Tables that people keep in spreadsheets: read from XLSX and CSV files as they really are
//! (title rows, merged headers, blank rows, every delimiter), written so that they open safely.
//!
//! The format is told by a file's content, never by its name. Rows stream, so that a file of
//! 100,000 rows needs no more memory than the caller keeps of it.

mod aside;
mod cells;
mod csv;
mod error;
mod garble;
mod head;
mod layout;
mod moment;
mod parts;
mod source;
mod template;
#[cfg(test)]
mod tests;
mod write;
mod xlsx;

pub use aside::{Aside, Asides, EXAMPLE};
pub use cells::{Cells, Cleared, Fault, alike, gathered, number, unknown_word};
pub use error::{CellFault, Nearest, SheetError, Wrong, column_letters};
pub use garble::{Garble, garbled};
pub use layout::{Columns, Given, known};
pub use moment::{Moment, moment};
pub use source::{Readable, Source};
pub use template::{Blank, template};
pub use write::{Column, Format, Value, Writer, csv_piece};

use std::io::{BufRead, Read};

use crate::error::Both;
use head::Finder;

/// The most characters a cell can hold in a spreadsheet.
const CELL_CHARS: usize = 32_767;

/// How much a file may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file in bytes.
    pub bytes: usize,
    /// Filled rows under the header.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Size of a workbook's parts together once unpacked, in bytes.
    pub unpacked: u64,
}

impl Default for Limits {
    /// 64 MiB, 200,000 rows, 200 columns, 512 MiB unpacked.
    fn default() -> Self {
        Limits { bytes: 64 * 1024 * 1024, rows: 200_000, columns: 200, unpacked: 512 * 1024 * 1024 }
    }
}

impl Limits {
    /// For files that the keeper of the machine reads: of any size, and as many rows as a workbook can have or more.
    pub const LARGE: Limits = Limits { bytes: usize::MAX, rows: 100_000_000, columns: 200, unpacked: u64::MAX };
}

/// A table: the names of its columns and its rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Names of the columns as written, one-line and NFC; blank where a column has none.
    pub header: Vec<String>,
    /// Filled rows under the header, footers too.
    pub rows: Vec<Row>,
    /// The last row of the header, as the spreadsheet numbers it.
    pub header_row: u32,
}

/// Marks on cells of a row; a row has at most 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks([u64; 4]);

impl Marks {
    fn set(&mut self, column: usize) {
        if let Some(word) = self.0.get_mut(column / 64) {
            *word |= 1 << (column % 64);
        }
    }

    /// Whether a cell has it.
    pub fn has(&self, column: usize) -> bool {
        self.0.get(column / 64).is_some_and(|word| word & (1 << (column % 64)) != 0)
    }
}

/// One filled row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// Its number in the spreadsheet; the first row is 1.
    pub number: u32,
    /// Its values, at least as many as the header has columns. Texts are trimmed and NFC,
    /// numbers have no exponent and no empty decimals (`12`, `0.5`), dates are `2026-11-22`
    /// (with a time of day `2026-11-22T08:30:00`), truth values `TRUE` and `FALSE`; of a
    /// formula it is the value last computed. A cell with an error is blank here. A cell that is
    /// merged over several rows is in each of them.
    pub cells: Vec<String>,
    /// The cells that hold errors.
    pub faults: Vec<CellFault>,
    /// Cells that are numbers of a workbook, not text: they are what they are.
    pub numbers: Marks,
    /// Cells whose value comes from a row above, over which they are merged.
    pub merged: Marks,
    /// Hidden in the spreadsheet, by a filter or by hand.
    pub is_hidden: bool,
    /// How many cells its line has in a CSV file, empty ones too.
    width: usize,
}

impl Row {
    /// The value in a column, the first is 0; blank if the row has no such column.
    pub fn get(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    /// The value in a column as it is written again: a number stays one, an error of the spreadsheet is shown.
    pub fn value(&self, column: usize) -> Value {
        let cell = self.get(column);
        let error = self.faults.iter().find(|fault| fault.column == column);
        match error.map(|fault| &fault.wrong) {
            Some(Wrong::Error(code)) if cell.is_empty() => return Value::Text(code.clone()),
            _ if cell.is_empty() => return Value::Empty,
            _ => {}
        }
        match cell.parse::<f64>() {
            Ok(number) if self.numbers.has(column) => Value::Float(number),
            _ => Value::from(cell),
        }
    }

    /// The value in a column as a text that every column reads as the same: three decimals of a number are no thousands.
    pub fn plain(&self, column: usize) -> String {
        let cell = self.get(column);
        if self.numbers.has(column) { unmistakable(cell.to_owned()) } else { cell.to_owned() }
    }

    fn is_blank(&self) -> bool {
        self.faults.is_empty() && self.cells.iter().all(String::is_empty)
    }
}

/// A number in its plain form (`45.125`) so that its three decimals are not taken for thousands: `45.1250`.
fn unmistakable(number: String) -> String {
    match number.split_once('.') {
        Some((_, decimals)) if decimals.len() == 3 => number + "0",
        _ => number,
    }
}

/// Where the header of a table was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Names of the columns, as in [`Table::header`].
    pub names: Vec<String>,
    /// The last row of the header, as in [`Table::header_row`].
    pub row: u32,
    /// What is worth a look in the file: what is hidden, other sheets. Known when its last row is read.
    pub notes: Vec<Fault>,
}

/// Says how many of the given names it knows as names of columns. It is asked about whole rows
/// and about single names.
pub type Knows<'a> = dyn Fn(&[String]) -> usize + 'a;

/// Says why a header with these names would not do.
pub type Fits<'a> = dyn Fn(&[String]) -> Result<(), Both> + 'a;

/// What is asked of a table.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Which names of columns are known.
    pub knows: &'a Knows<'a>,
    /// Which headers have all that must be there.
    pub fits: &'a Fits<'a>,
    /// How much a file may hold.
    pub limits: Limits,
    /// The sheet of a workbook to be read; empty for the first that fits.
    pub sheet: &'a str,
}

/// Reads a whole table; see [`scan`].
///
/// # Errors
/// [`SheetError`], each with what to do about it.
pub fn read(bytes: &[u8], file_name: &str, knows: &Knows<'_>, limits: &Limits) -> Result<Table, SheetError> {
    let mut rows = Vec::new();
    let asked = Asked { knows, fits: &|_| Ok(()), limits: *limits, sheet: "" };
    let head = scan(&Source::from(bytes), file_name, asked, &mut |_, row| rows.push(row))?;
    Ok(Table { header: head.names, rows, header_row: head.row })
}

/// Reads a table row by row. The header is the row among the first 40 filled ones in which
/// `knows` finds the most names, at least three; a header of two rows is joined, and a name over
/// merged columns counts for each. Of a workbook the first visible sheet with a header that fits
/// is read; others with such a header are told. Each filled row under the header is handed to
/// `each` together with the header.
///
/// `file_name` only serves for texts. Rows may have been handed over before an error is found.
///
/// # Errors
/// [`SheetError`], each with what to do about it.
pub fn scan(source: &Source, file_name: &str, asked: Asked<'_>, each: &mut dyn FnMut(&Head, Row)) -> Result<Head, SheetError> {
    let gone = |error: std::io::Error| SheetError::Broken { detail: error.to_string() };
    let size = source.size().map_err(gone)?;
    if size > asked.limits.bytes as u64 {
        return Err(SheetError::TooLarge { bytes: usize::try_from(size).unwrap_or(usize::MAX), limit: asked.limits.bytes });
    }
    let mut finder = Finder::new(asked, each);
    match kind(source).map_err(gone)? {
        Kind::Workbook => xlsx::scan(source, size, file_name, &mut finder),
        Kind::Text => csv::scan(source, file_name, &mut finder),
        Kind::Encrypted => Err(SheetError::Encrypted),
        Kind::OldExcel => Err(SheetError::OldExcel),
        Kind::Other => Err(SheetError::NotSheet { name: file_name.to_owned() }),
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Workbook,
    Text,
    Encrypted,
    OldExcel,
    Other,
}

fn kind(source: &Source) -> std::io::Result<Kind> {
    const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    const OTHERS: [&[u8]; 6] = [b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"{\\rtf"];
    let mut file = source.open()?;
    let bytes = file.fill_buf()?;
    let kind = if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        Kind::Workbook
    } else if bytes.starts_with(COMPOUND) {
        let locked: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut whole = Vec::new();
        file.read_to_end(&mut whole)?;
        if memchr::memmem::find(&whole, &locked).is_some() { Kind::Encrypted } else { Kind::OldExcel }
    } else if OTHERS.iter().any(|magic| bytes.starts_with(magic)) {
        Kind::Other
    } else {
        Kind::Text
    };
    Ok(kind)
}
