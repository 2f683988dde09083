//! The columns of a layout and where a file has them.

use std::marker::PhantomData;

use super::cells::Fault;
use crate::error::{Both, both};
use crate::text::{Tongue, fold};

/// The columns of a layout, in its order.
pub trait Columns: Copy + PartialEq + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// The key, then the Vietnamese header, then other headers that lists in use have.
    fn names(self) -> &'static [&'static str];

    /// Its place in [`Columns::ALL`].
    fn place(self) -> usize;

    /// The key, as exports write it.
    fn key(self) -> &'static str {
        self.names()[0]
    }

    /// How messages call the column.
    fn name(self, tongue: Tongue) -> &'static str {
        tongue.pick(self.names()[1], self.names()[0])
    }

    /// The column that a header names, in any spelling.
    fn read(header: &str) -> Option<Self> {
        let folded = fold(header);
        if folded.is_empty() {
            return None;
        }
        Self::ALL.iter().copied().find(|col| col.names().iter().any(|name| fold(name) == folded))
    }
}

/// The column that tells what was wrong, folded, in a file of rows that were given back: [`crate::sheet::Cells`] never reads it.
const FAULTS: &str = "loi";

/// How many of these names a layout knows.
pub fn known<C: Columns>(names: &[String]) -> usize {
    names.iter().filter(|name| C::read(name).is_some()).count()
}

/// Where each column of a layout stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given<C> {
    places: Vec<Option<usize>>,
    columns: PhantomData<C>,
}

impl<C> Default for Given<C> {
    fn default() -> Self {
        Given { places: Vec::new(), columns: PhantomData }
    }
}

impl<C: Columns> Given<C> {
    /// Reads a header. Names that are `ignored` (folded), unknown or repeated are left out; the latter two with a word
    /// among the warnings.
    ///
    /// # Errors
    /// A column that must be there is missing; `paper` is where the layout is described.
    pub fn read(header: &[String], must: &[C], ignored: &[&str], paper: &str, warnings: &mut Vec<Fault>) -> Result<Given<C>, Both> {
        let mut given = Given { places: vec![None; C::ALL.len()], columns: PhantomData };
        for (at, name) in header.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let text = match C::read(name) {
                None if ignored.contains(&fold(name).as_str()) || fold(name) == FAULTS => continue,
                None => both(
                    format!("cột “{name}” không có trong mẫu nên được bỏ qua."),
                    format!("column “{name}” is not part of the layout and is left out."),
                ),
                Some(col) if given.has(col) => {
                    both(format!("cột “{name}” lặp lại; chỉ đọc cột đầu."), format!("column “{name}” is repeated; only the first is read."))
                }
                Some(col) => {
                    given.places[col.place()] = Some(at);
                    continue;
                }
            };
            warnings.push(Fault { row: None, text });
        }
        let lacks: Vec<C> = must.iter().copied().filter(|col| !given.has(*col)).collect();
        if lacks.is_empty() {
            return Ok(given);
        }
        let list = |tongue: Tongue| lacks.iter().map(|col| format!("“{}”", col.name(tongue))).collect::<Vec<_>>().join(", ");
        Err(both(
            format!("Dòng tiêu đề thiếu cột {}. Hãy thêm cột này (xem {paper}) rồi gửi lại.", list(Tongue::Vi)),
            format!("The header row lacks the column {}. Add it (see {paper}) and send the file again.", list(Tongue::En)),
        ))
    }

    /// Whether the file has this column.
    pub fn has(&self, col: C) -> bool {
        self.at(col).is_some()
    }

    /// Where it stands.
    pub fn at(&self, col: C) -> Option<usize> {
        self.places.get(col.place()).copied().flatten()
    }
}
