//! Finding the header under title rows, and handing on the rows below it.

use super::{CELL_CHARS, Head, Knows, Limits, Row, SheetError};
use crate::text::nfc;

/// How many filled rows are looked at.
const LOOKED_AT: usize = 40;
/// How many known names make a header.
const NAMES: usize = 3;

/// Cells merged into one; rows and columns count from 0, ends included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Merge {
    pub top: u32,
    pub left: usize,
    pub bottom: u32,
    pub right: usize,
}

/// Takes rows in their order, keeps them until the header is found, then hands them on.
pub(super) struct Finder<'a> {
    knows: &'a Knows<'a>,
    limits: &'a Limits,
    each: &'a mut dyn FnMut(&Head, Row),
    kept: Vec<Row>,
    merges: Vec<Merge>,
    head: Option<Head>,
    handed: usize,
}

/// A header that the rows could have.
struct Candidate {
    score: (usize, bool),
    names: Vec<String>,
    last: usize,
}

impl<'a> Finder<'a> {
    pub fn new(
        knows: &'a Knows<'a>,
        limits: &'a Limits,
        each: &'a mut dyn FnMut(&Head, Row),
    ) -> Self {
        Finder {
            knows,
            limits,
            each,
            kept: Vec::new(),
            merges: Vec::new(),
            head: None,
            handed: 0,
        }
    }

    /// Begins a sheet whose merged cells are these.
    pub fn begin(&mut self, merges: Vec<Merge>) {
        self.kept.clear();
        self.merges = merges;
    }

    /// How many names the closure knows in the best header of these rows.
    pub fn score(&self, rows: &[Row]) -> usize {
        self.best(rows).map_or(0, |best| best.score.0)
    }

    /// Takes the next row.
    pub fn take(&mut self, row: Row) -> Result<(), SheetError> {
        if row.is_blank() {
            return Ok(());
        }
        if row.cells.len() > self.limits.columns {
            return Err(SheetError::TooManyColumns {
                row: row.number,
                limit: self.limits.columns,
            });
        }
        let long = |cell: &String| cell.len() > CELL_CHARS && cell.chars().count() > CELL_CHARS;
        if row.cells.iter().any(long) {
            return Err(SheetError::CellTooLong { row: row.number });
        }
        if self.head.is_some() {
            return self.hand(row);
        }
        self.kept.push(row);
        if self.kept.len() == LOOKED_AT {
            self.settle()
        } else {
            Ok(())
        }
    }

    /// Ends the sheet.
    pub fn finish(&mut self) -> Result<Head, SheetError> {
        if self.head.is_none() {
            self.settle()?;
        }
        self.head.clone().ok_or(SheetError::Empty)
    }

    fn settle(&mut self) -> Result<(), SheetError> {
        let kept = std::mem::take(&mut self.kept);
        if kept.is_empty() {
            return Err(SheetError::Empty);
        }
        let Some(best) = self.best(&kept).filter(|best| best.score.0 >= NAMES) else {
            return Err(SheetError::NoHeader { rows: kept.len() });
        };
        self.head = Some(Head {
            row: kept[best.last].number,
            names: best.names,
        });
        kept.into_iter()
            .skip(best.last + 1)
            .try_for_each(|row| self.hand(row))
    }

    fn hand(&mut self, mut row: Row) -> Result<(), SheetError> {
        let Some(head) = &self.head else {
            return Ok(());
        };
        if self.handed == self.limits.rows {
            return Err(SheetError::TooManyRows {
                limit: self.limits.rows,
            });
        }
        self.handed += 1;
        if row.cells.len() < head.names.len() {
            row.cells.resize(head.names.len(), String::new());
        }
        (self.each)(head, row);
        Ok(())
    }

    /// The best header: most known names; among equals one of two rows that are tied together
    /// by cells merged over both, then the first.
    fn best(&self, rows: &[Row]) -> Option<Candidate> {
        let filled: Vec<Vec<String>> = rows.iter().map(|row| self.filled(rows, row)).collect();
        let singles = filled.iter().enumerate().map(|(i, names)| Candidate {
            score: (self.known(names), false),
            names: names.clone(),
            last: i,
        });
        let pairs = (1..rows.len()).filter_map(|i| {
            let (upper, lower) = (&rows[i - 1], &rows[i]);
            let tied = self.merges.iter().any(|merge| {
                merge.top < upper.number
                    && merge.bottom + 1 == lower.number
                    && merge.bottom > merge.top
            });
            let adjacent = upper.number + 1 == lower.number;
            (adjacent && (tied || self.has_parts(upper, lower))).then(|| {
                let names = self.joined(&filled[i - 1], &filled[i]);
                Candidate {
                    score: (self.known(&names), tied),
                    names,
                    last: i,
                }
            })
        });
        singles
            .chain(pairs)
            .reduce(|best, next| if next.score > best.score { next } else { best })
    }

    /// Whether the lower row could name parts of the upper: a name is merged over several
    /// columns, or there are names in the lower row under blanks of the upper.
    fn has_parts(&self, upper: &Row, lower: &Row) -> bool {
        let wide = |merge: &Merge| merge.top + 1 == upper.number && merge.right > merge.left;
        let under = |i: usize| upper.get(i).is_empty() && !lower.get(i).is_empty();
        self.merges.iter().any(wide) || (1..lower.cells.len()).any(under)
    }

    /// The names of a row, with those of merged cells in each cell they span.
    fn filled(&self, rows: &[Row], row: &Row) -> Vec<String> {
        let mut names: Vec<String> = row.cells.iter().map(|cell| nfc(cell)).collect();
        for merge in &self.merges {
            if !(merge.top..=merge.bottom).contains(&(row.number - 1)) {
                continue;
            }
            let Some(owner) = rows.iter().find(|other| other.number == merge.top + 1) else {
                continue;
            };
            let name = nfc(owner.get(merge.left));
            let right = merge.right.min(self.limits.columns.saturating_sub(1));
            if !name.is_empty() && merge.left <= right {
                names.resize(names.len().max(right + 1), String::new());
                names[merge.left..=right].fill(name);
            }
        }
        names
    }

    /// Two rows of names as one: a part is called by both names, or by the one that is known.
    fn joined(&self, upper: &[String], lower: &[String]) -> Vec<String> {
        let mut group = "";
        (0..upper.len().max(lower.len()))
            .map(|i| {
                let name = |row: &'_ [String]| row.get(i).cloned().unwrap_or_default();
                let (above, part) = (name(upper), name(lower));
                if !above.is_empty() {
                    group = &upper[i];
                }
                if part.is_empty() || part == above {
                    return above;
                }
                let both = format!("{group} {part}").trim().to_owned();
                let known = |name: &String| (self.knows)(std::slice::from_ref(name)) > 0;
                [both.clone(), part, above]
                    .into_iter()
                    .find(known)
                    .unwrap_or(both)
            })
            .collect()
    }

    /// How many different names the closure knows.
    fn known(&self, names: &[String]) -> usize {
        let mut different: Vec<String> = Vec::with_capacity(names.len());
        for name in names {
            if !name.is_empty() && !different.contains(name) {
                different.push(name.clone());
            }
        }
        (self.knows)(&different)
    }
}
