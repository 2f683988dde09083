//! Finding the header under title rows, and handing on the rows below it.

use super::parts::Facts;
use super::{Asked, CELL_CHARS, Fault, Head, Limits, Nearest, Row, SheetError, garbled};
use crate::error::{Both, both};
use crate::text::nfc;

/// How many filled rows are looked at.
pub(super) const LOOKED_AT: usize = 40;
/// How many known names make a header.
pub(super) const NAMES: usize = 3;
/// Merged cells below this row are no header.
const HEADS_TO: u32 = 1000;

/// Cells merged into one; rows and columns count from 0, ends included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Merge {
    pub top: u32,
    pub left: usize,
    pub bottom: u32,
    pub right: usize,
}

/// What the first rows of a sheet could be the header of.
pub(super) struct Look {
    /// How many known names the best row has.
    pub score: usize,
    /// That row, as the spreadsheet numbers it.
    pub row: u32,
    /// How many filled rows were looked at.
    pub rows: usize,
    /// Why it will not do.
    pub lacks: Option<Both>,
}

/// Takes rows in their order, keeps them until the header is found, then hands them on.
pub(super) struct Finder<'a> {
    asked: Asked<'a>,
    each: &'a mut dyn FnMut(&Head, Row),
    kept: Vec<Row>,
    /// Merged cells that may belong to a header.
    merges: Vec<Merge>,
    /// Cells merged over several rows, from the top down, and which comes next.
    spans: Vec<Merge>,
    next: usize,
    /// Those that the rows have come to, with the row that holds their value.
    open: Vec<Open>,
    hidden_rows: Vec<u32>,
    hidden_columns: Vec<(usize, usize)>,
    head: Option<Head>,
    /// How many cells the line of the header has in a CSV file.
    width: usize,
    handed: usize,
}

/// A cell merged over rows that are being read.
struct Open {
    bottom: u32,
    column: usize,
    /// Its value, whether that is a number, and what is wrong with it.
    value: String,
    is_number: bool,
    fault: Option<super::Wrong>,
}

/// A header that the rows could have.
struct Candidate {
    score: (usize, bool),
    names: Vec<String>,
    last: usize,
}

impl<'a> Finder<'a> {
    pub fn new(asked: Asked<'a>, each: &'a mut dyn FnMut(&Head, Row)) -> Self {
        Finder {
            asked,
            each,
            kept: Vec::new(),
            merges: Vec::new(),
            spans: Vec::new(),
            next: 0,
            open: Vec::new(),
            hidden_rows: Vec::new(),
            hidden_columns: Vec::new(),
            head: None,
            width: 0,
            handed: 0,
        }
    }

    /// How much a file may hold.
    pub fn limits(&self) -> Limits {
        self.asked.limits
    }

    /// The sheet that is to be read; empty for the first that fits.
    pub fn sheet(&self) -> &'a str {
        self.asked.sheet
    }

    /// Begins a sheet of which this is known.
    pub fn begin(&mut self, facts: Facts) {
        let Facts { merges, mut hidden_rows, hidden_columns } = facts;
        self.kept.clear();
        self.spans = merges.iter().copied().filter(|merge| merge.bottom > merge.top).collect();
        self.spans.sort_by_key(|merge| merge.top);
        self.merges = merges;
        self.merges.retain(|merge| merge.top < HEADS_TO);
        (self.next, self.open) = (0, Vec::new());
        hidden_rows.sort_unstable();
        (self.hidden_rows, self.hidden_columns) = (hidden_rows, hidden_columns);
    }

    /// How many names the closure knows in the best header of these rows.
    pub fn score(&self, rows: &[Row]) -> usize {
        self.best(rows).map_or(0, |best| best.score.0)
    }

    /// What these first rows could be the header of; none if there are no rows.
    pub fn look(&self, rows: &[Row]) -> Option<Look> {
        let best = self.best(rows)?;
        let score = best.score.0;
        let lacks = (self.asked.fits)(&best.names).err();
        let lacks = lacks.or_else(|| {
            (score < NAMES)
                .then(|| both("Hãy dùng tệp mẫu và giữ nguyên tên các cột.", "Use the template and keep the names of its columns."))
        });
        Some(Look { score, row: rows[best.last].number, rows: rows.len(), lacks })
    }

    /// Takes the next row.
    pub fn take(&mut self, row: Row) -> Result<(), SheetError> {
        if row.is_blank() {
            return Ok(());
        }
        if row.cells.len() > self.asked.limits.columns {
            return Err(SheetError::TooManyColumns { row: row.number, limit: self.asked.limits.columns });
        }
        let long = |cell: &String| cell.len() > CELL_CHARS && cell.chars().count() > CELL_CHARS;
        if row.cells.iter().any(long) {
            return Err(SheetError::CellTooLong { row: row.number });
        }
        if self.head.is_some() {
            return self.hand(row);
        }
        self.kept.push(row);
        if self.kept.len() == LOOKED_AT { self.settle() } else { Ok(()) }
    }

    /// Ends the sheet.
    pub fn finish(&mut self) -> Result<Head, SheetError> {
        if self.head.is_none() {
            self.settle()?;
        }
        self.head.take().ok_or(SheetError::Empty)
    }

    fn settle(&mut self) -> Result<(), SheetError> {
        let kept = std::mem::take(&mut self.kept);
        if kept.is_empty() {
            return Err(SheetError::Empty);
        }
        let Some(best) = self.best(&kept).filter(|best| best.score.0 >= NAMES) else {
            return Err(self.no_header(&kept));
        };
        let notes = self.hidden_names(&best.names);
        self.width = kept[best.last].width;
        self.head = Some(Head { row: kept[best.last].number, names: best.names, notes });
        kept.into_iter().skip(best.last + 1).try_for_each(|row| self.hand(row))
    }

    fn no_header(&self, rows: &[Row]) -> SheetError {
        for row in rows {
            if let Some(garble) = row.cells.iter().find_map(|cell| garbled(cell)) {
                return SheetError::Garbled { row: row.number, garble };
            }
        }
        let look = self.look(rows).filter(|look| look.score > 0);
        let lacks = look.and_then(|look| Some((look.row, (self.asked.fits)(&self.best(rows)?.names).err()?)));
        let nearest = lacks.map(|(row, lacks)| Box::new(Nearest { sheet: String::new(), row, lacks }));
        SheetError::NoHeader { rows: rows.len(), nearest }
    }

    /// Known columns that are hidden.
    fn hidden_names(&self, names: &[String]) -> Vec<Fault> {
        let is_hidden = |at: usize| self.hidden_columns.iter().any(|(first, last)| (*first..=*last).contains(&at));
        let is_known = |name: &String| !name.is_empty() && (self.asked.knows)(std::slice::from_ref(name)) > 0;
        let hidden = names.iter().enumerate().filter(|(at, name)| is_hidden(*at) && is_known(name));
        hidden
            .map(|(_, name)| Fault {
                row: None,
                text: both(
                    format!("cột “{name}” bị ẩn trong bảng tính nhưng vẫn được đọc; nếu không muốn, hãy xóa cột rồi nhập lại"),
                    format!("column “{name}” is hidden in the spreadsheet and was read all the same; delete it if that is not wanted"),
                ),
            })
            .collect()
    }

    fn hand(&mut self, mut row: Row) -> Result<(), SheetError> {
        let Some(head) = &mut self.head else {
            return Ok(());
        };
        if self.handed == self.asked.limits.rows {
            return Err(SheetError::TooManyRows { limit: self.asked.limits.rows });
        }
        self.handed += 1;
        if row.width > self.width && row.cells.len() > head.names.len() {
            row.faults.push(super::CellFault { row: row.number, column: head.names.len(), wrong: super::Wrong::Surplus });
        }
        if row.cells.len() < head.names.len() {
            row.cells.resize(head.names.len(), String::new());
        }
        if !self.hidden_rows.is_empty() && self.hidden_rows.binary_search(&row.number).is_ok() {
            row.is_hidden = true;
            let text = both(
                "dòng bị ẩn trong bảng tính (do lọc hoặc ẩn tay) nhưng vẫn được đọc; nếu không muốn, hãy xóa dòng rồi nhập lại",
                "the row is hidden in the spreadsheet (by a filter or by hand) and was read all the same; delete it if that is not wanted",
            );
            head.notes.push(Fault { row: Some(row.number), text });
        }
        if !self.spans.is_empty() {
            spread(&mut row, &self.spans, &mut self.next, &mut self.open, head.row);
        }
        (self.each)(head, row);
        Ok(())
    }

    /// The best header: most known names; among equals one of two rows that are tied together
    /// by cells merged over both, then the first.
    fn best(&self, rows: &[Row]) -> Option<Candidate> {
        let filled: Vec<Vec<String>> = rows.iter().map(|row| self.filled(rows, row)).collect();
        let singles =
            filled.iter().enumerate().map(|(i, names)| Candidate { score: (self.known(names), false), names: names.clone(), last: i });
        let pairs = (1..rows.len()).filter_map(|i| {
            let (upper, lower) = (&rows[i - 1], &rows[i]);
            let tied =
                self.merges.iter().any(|merge| merge.top < upper.number && merge.bottom + 1 == lower.number && merge.bottom > merge.top);
            let adjacent = upper.number + 1 == lower.number;
            (adjacent && (tied || self.has_parts(upper, lower))).then(|| {
                let names = self.joined(&filled[i - 1], &filled[i]);
                Candidate { score: (self.known(&names), tied), names, last: i }
            })
        });
        singles.chain(pairs).reduce(|best, next| if next.score > best.score { next } else { best })
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
            let right = merge.right.min(self.asked.limits.columns.saturating_sub(1));
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
                let known = |name: &String| (self.asked.knows)(std::slice::from_ref(name)) > 0;
                [both.clone(), part, above].into_iter().find(known).unwrap_or(both)
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
        (self.asked.knows)(&different)
    }
}

/// Gives a row the values of cells that are merged over it and rows above; below the header alone.
fn spread(row: &mut Row, spans: &[Merge], next: &mut usize, open: &mut Vec<Open>, header: u32) {
    open.retain(|cell| cell.bottom + 1 >= row.number);
    for cell in open.iter() {
        if !row.get(cell.column).is_empty() || row.faults.iter().any(|fault| fault.column == cell.column) {
            continue;
        }
        if let Some(wrong) = &cell.fault {
            row.faults.push(super::CellFault { row: row.number, column: cell.column, wrong: wrong.clone() });
        } else if let Some(value) = row.cells.get_mut(cell.column) {
            value.clone_from(&cell.value);
            row.merged.set(cell.column);
            if cell.is_number {
                row.numbers.set(cell.column);
            }
        }
    }
    while let Some(merge) = spans.get(*next).filter(|merge| merge.top < row.number) {
        *next += 1;
        if merge.top + 1 != row.number || row.number <= header {
            continue;
        }
        let fault = row.faults.iter().find(|fault| fault.column == merge.left).map(|fault| fault.wrong.clone());
        let value = row.get(merge.left).to_owned();
        if fault.is_some() || !value.is_empty() {
            open.push(Open { bottom: merge.bottom, column: merge.left, value, is_number: row.numbers.has(merge.left), fault });
        }
    }
}
