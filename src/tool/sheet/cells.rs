//! The cells of one row read as values, and what is wrong in them.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::layout::{Columns, Given};
use super::moment::{self, Moment};
use super::{Row, garbled};
use crate::error::{Both, both};
use crate::geo;
use crate::text::{self, DateError, Edtf, Tongue};

/// Something wrong, or worth a look, in a row; without a number: in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The row, as the spreadsheet numbers it.
    pub row: Option<u32>,
    /// What is wrong and what to do.
    pub text: Both,
}

impl Fault {
    /// "dòng 12: …" or "row 12: …".
    pub fn line(&self, tongue: Tongue) -> String {
        let text = told(self.text.get(tongue));
        match self.row {
            Some(row) => format!("{} {row}: {text}", tongue.pick("dòng", "row")),
            None => text,
        }
    }
}

/// Rows named where many share one text.
const NAMED: usize = 5;

/// Lines of what is worth a look: what many rows share is said once, with the first of them.
pub fn gathered(faults: &[Fault], tongue: Tongue) -> Vec<String> {
    let mut at = HashMap::new();
    let mut alike: Vec<Vec<&Fault>> = Vec::new();
    for fault in faults {
        let place = *at.entry(&fault.text.vi).or_insert(alike.len());
        match alike.get_mut(place) {
            Some(others) => others.push(fault),
            None => alike.push(vec![fault]),
        }
    }
    let line = |alike: Vec<&Fault>| match &alike[..] {
        [first, _, ..] if first.row.is_some() => {
            let rows: Vec<String> = alike.iter().filter_map(|fault| fault.row).take(NAMED).map(|row| row.to_string()).collect();
            let more = if alike.len() > NAMED { ", …" } else { "" };
            format!("{} {} ({}{more}): {}", alike.len(), tongue.pick("dòng", "rows"), rows.join(", "), told(first.text.get(tongue)))
        }
        [first, ..] => first.line(tongue),
        [] => String::new(),
    };
    alike.into_iter().map(line).collect()
}

/// What is wrong; what to do: a text of two sentences as one line.
fn told(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut quoted = 0;
    for (at, c) in text.char_indices() {
        match c {
            '“' => quoted += 1,
            '”' => quoted -= 1,
            ';' if quoted == 0 => break,
            '.' if quoted == 0 && text[at..].starts_with(". ") => {
                let rest = &text[at + 2..];
                let mut letters = rest.chars();
                let first: String = letters.next().into_iter().flat_map(char::to_lowercase).collect();
                return format!("{}; {first}{}", &text[..at], letters.as_str());
            }
            _ => {}
        }
    }
    text.to_owned()
}

/// Columns whose value a row clears: `[xóa]` is written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cleared(u64);

impl Cleared {
    /// Whether the value of this column is cleared.
    pub fn has<C: Columns>(self, col: C) -> bool {
        self.0 & (1 << col.place()) != 0
    }
}

/// Reads the cells of one row and gathers what is wrong in it.
pub struct Cells<'a, C> {
    given: &'a Given<C>,
    row: &'a Row,
    /// What is wrong so far.
    pub faults: Vec<Both>,
    /// What is worth a look so far.
    pub notes: Vec<Both>,
    /// Which values the row clears.
    pub cleared: Cleared,
}

impl<'a, C: Columns> Cells<'a, C> {
    /// A row; cells of the layout that hold errors of the spreadsheet or garbled text are faults from the start.
    pub fn new(given: &'a Given<C>, row: &'a Row) -> Self {
        let mut cells = Cells { given, row, faults: Vec::new(), notes: Vec::new(), cleared: Cleared::default() };
        for fault in row.faults.iter().filter(|fault| fault.spoils_row() || C::ALL.iter().any(|col| given.at(*col) == Some(fault.column))) {
            cells.faults.push(both(fault.text(Tongue::Vi), fault.text(Tongue::En)));
        }
        for col in C::ALL.iter().copied() {
            let cell = given.at(col).map_or("", |at| row.get(at));
            if is_clearing(cell) {
                cells.cleared.0 |= 1 << col.place();
                cells.note(
                    col,
                    both("ghi [xóa] nên giá trị đã ghi trong sổ được xóa", "reads [xóa], so the value in the register is cleared"),
                );
            } else if let Some(garble) = garbled(cell) {
                cells.wrong(col, both(garble.text(Tongue::Vi), garble.text(Tongue::En)));
            }
        }
        cells
    }

    /// Refuses to clear what must have a value.
    pub fn keep(&mut self, must: &[C]) {
        let cleared = self.cleared;
        for col in must.iter().copied().filter(|col| cleared.has(*col)) {
            self.wrong(
                col,
                both("ô này không xóa được; hãy ghi giá trị hoặc để trống", "this cannot be cleared; write a value or leave it empty"),
            );
        }
    }

    /// Whether the cell holds an error of the spreadsheet, which is told already: that its value is missing is no other fault.
    pub fn is_broken(&self, col: C) -> bool {
        self.given.at(col).is_some_and(|at| self.row.faults.iter().any(|fault| fault.column == at || fault.spoils_row()))
    }

    /// Whether a must-have value is missing for no other reason that was told.
    pub fn lacks(&self, col: C) -> bool {
        self.raw(col).is_empty() && !self.cleared.has(col) && !self.is_broken(col)
    }

    /// Whether the cell is a number of a workbook, which is what it is.
    pub fn is_number(&self, col: C) -> bool {
        self.given.at(col).is_some_and(|at| self.row.numbers.has(at))
    }

    /// Whether the file has this column.
    pub fn has(&self, col: C) -> bool {
        self.given.has(col)
    }

    /// What the cell holds, several lines too. A dash alone is nothing, and so is what clears a value.
    pub fn raw(&self, col: C) -> &'a str {
        let cell = self.given.at(col).map_or("", |at| self.row.get(at));
        if self.cleared.has(col) || is_dash(cell) { "" } else { cell }
    }

    /// What the cell holds, as one line.
    pub fn text(&self, col: C) -> String {
        text::nfc(self.raw(col))
    }

    /// Notes what is worth a look in a cell.
    pub fn note(&mut self, col: C, text: Both) {
        self.notes.push(both(format!("{}: {}", col.name(Tongue::Vi), text.vi), format!("{}: {}", col.name(Tongue::En), text.en)));
    }

    /// Notes what is wrong with a cell.
    pub fn wrong(&mut self, col: C, text: Both) {
        self.faults.push(both(format!("{}: {}", col.name(Tongue::Vi), text.vi), format!("{}: {}", col.name(Tongue::En), text.en)));
    }

    /// A line of at most so many characters.
    pub fn short(&mut self, col: C, limit: usize) -> String {
        let text = self.text(col);
        self.check_length(col, &text, limit);
        text
    }

    /// The same of a text of several lines.
    pub fn block(&mut self, col: C, limit: usize) -> String {
        let text = self.raw(col).to_owned();
        self.check_length(col, &text, limit);
        text
    }

    fn check_length(&mut self, col: C, text: &str, limit: usize) {
        if text.len() > limit && text.chars().count() > limit {
            self.wrong(col, both(format!("dài quá {limit} ký tự; hãy rút ngắn"), format!("longer than {limit} characters; shorten it")));
        }
    }

    /// A value, unless the cell is empty; what `read` says is wrong is noted.
    pub fn read<T>(&mut self, col: C, read: impl FnOnce(&str) -> Result<T, Both>) -> Option<T> {
        let text = self.text(col);
        if text.is_empty() {
            return None;
        }
        read(&text).map_err(|text| self.wrong(col, text)).ok()
    }

    /// A day of any time. A moment is the day that Việt Nam had then; hours are left out.
    pub fn date(&mut self, col: C) -> Option<NaiveDate> {
        let typed = self.text(col);
        match moment::moment(&typed) {
            Some(Moment::Told(day)) => Some(day),
            Some(Moment::Counted(day)) => {
                let shown = text::date_vi(day);
                self.note(
                    col,
                    both(
                        format!("“{typed}” là số thứ tự ngày của bảng tính, đọc là {shown}"),
                        format!("“{typed}” is a spreadsheet's count of days, read as {shown}"),
                    ),
                );
                Some(day)
            }
            None => self.read(col, |typed| text::parse_date(moment::bare(typed)).map_err(Both::from)),
        }
    }

    /// A tax code; zeros that a spreadsheet ate are put back, with a note.
    pub fn tax_code(&mut self, col: C) -> Option<String> {
        let (code, is_mended) = self.read(col, |typed| text::tax_code_mended(typed).map_err(Both::from))?;
        if is_mended {
            let typed = self.text(col);
            self.note(
                col,
                both(
                    format!("“{typed}” thiếu số 0 ở đầu, đọc là {code}"),
                    format!("“{typed}” lacks its leading zero and is read as {code}"),
                ),
            );
        }
        Some(code)
    }

    /// A quantity (m², đồng, pieces): the dot parts thousands and the comma decimals, as Vietnamese papers write; a number of a
    /// workbook is what it is. What could be meant otherwise is noted. A word of `units` may stand behind it.
    pub fn quantity(&mut self, col: C, units: &[&str], refused: impl FnOnce(&str) -> Both) -> Option<f64> {
        let typed = self.text(col);
        if typed.is_empty() {
            return None;
        }
        let low = typed.to_lowercase();
        let bare = units.iter().find_map(|unit| low.strip_suffix(unit)).unwrap_or(&low).trim();
        let read = if self.is_number(col) { number(bare).map(|value| (value, false)) } else { text::quantity(bare) };
        let Some((value, is_doubtful)) = read else {
            self.wrong(col, refused(&typed));
            return None;
        };
        if is_doubtful {
            let shown = text::decimal_vi(value);
            self.note(
                col,
                both(
                    format!("“{typed}” đọc là {shown}; nếu không phải, hãy ghi lại"),
                    format!("“{typed}” is read as {shown} (comma for decimals); write it otherwise if that is wrong"),
                ),
            );
        }
        Some(value)
    }

    /// A day of any time as its source gives it: exact, or a month, a year, "by 2023"; "không rõ" is none.
    pub fn vague(&mut self, col: C) -> Option<Edtf> {
        let typed = self.text(col);
        if moment::moment(&typed).is_some() {
            return self.date(col).map(Edtf::exact);
        }
        match Edtf::read(&typed) {
            Ok(day) => day,
            // a moment, a day that the calendar has not
            Err(error) => match error {
                DateError::Vague { .. } if !typed.contains(':') => {
                    self.wrong(col, Both::from(error));
                    None
                }
                _ => self.date(col).map(Edtf::exact),
            },
        }
    }

    /// The same of a day that can have come.
    pub fn vague_day(&mut self, col: C, today: NaiveDate) -> Option<Edtf> {
        let day = self.vague(col)?;
        if day.earliest().is_some_and(|earliest| earliest > today) {
            let (vi, en) = (day.shown(Tongue::Vi), day.shown(Tongue::En));
            let vi = if day.is_exact() { format!("ngày {vi}") } else { vi };
            self.wrong(col, both(format!("{vi} ở tương lai; hãy kiểm tra lại"), format!("{en} lies in the future; check it")));
            return None;
        }
        Some(day)
    }

    /// A day that has come.
    pub fn day(&mut self, col: C, today: NaiveDate) -> Option<NaiveDate> {
        let day = self.date(col)?;
        if day > today {
            let shown = text::date_vi(day);
            self.wrong(col, both(format!("ngày {shown} ở tương lai; hãy kiểm tra lại"), format!("{shown} lies in the future; check it")));
            return None;
        }
        Some(day)
    }

    /// A position in Việt Nam from two columns.
    pub fn pin(&mut self, lon: C, lat: C) -> Option<(f64, f64)> {
        let (lon, lat) = (self.text(lon), self.text(lat));
        if lon.is_empty() && lat.is_empty() {
            return None;
        }
        match (number(&lon), number(&lat)) {
            (Some(lon), Some(lat)) if geo::vietnam_box(lon, lat) => return Some((lon, lat)),
            (Some(lon), Some(lat)) if geo::vietnam_box(lat, lon) => {
                self.faults.push(both(
                    "kinh độ và vĩ độ bị đổi chỗ cho nhau; hãy đổi lại hai cột",
                    "longitude and latitude are swapped; exchange the two",
                ));
            }
            _ => self.faults.push(both(
                format!("vị trí “{lon}; {lat}” không ở Việt Nam; hãy ghi độ thập phân, ví dụ kinh độ 105.85, vĩ độ 21.03"),
                format!("position “{lon}; {lat}” is not in Việt Nam; write decimal degrees, for example longitude 105.85, latitude 21.03"),
            )),
        }
        None
    }
}

/// A word that is none of those it could be; they are called as people call them.
pub fn unknown_word<T: Copy, N: AsRef<str>>(typed: &str, words: impl IntoIterator<Item = T>, name: impl Fn(T, Tongue) -> N) -> Both {
    let words: Vec<T> = words.into_iter().collect();
    let list = |tongue: Tongue| words.iter().map(|word| format!("“{}”", name(*word, tongue).as_ref())).collect::<Vec<_>>().join(", ");
    both(
        format!("“{typed}” không có trong danh sách; hãy ghi một trong: {}", list(Tongue::Vi)),
        format!("“{typed}” is not in the list; write one of: {}", list(Tongue::En)),
    )
}

/// `[xóa]`, with any case and either place of the tone.
fn is_clearing(cell: &str) -> bool {
    cell.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(|word| text::fold(word) == "xoa")
}

/// Whether a cell is filled with dashes only, as people fill what is empty.
fn is_dash(cell: &str) -> bool {
    !cell.is_empty() && cell.chars().all(|c| matches!(c, '-' | '–' | '—' | '−' | '‒' | '―'))
}

/// A number with a decimal point or comma.
pub fn number(typed: &str) -> Option<f64> {
    typed.replace(',', ".").parse::<f64>().ok().filter(|value| value.is_finite())
}

/// Whether two numbers are one within what a spreadsheet keeps of it.
pub fn alike(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * a.abs().max(b.abs()),
        _ => false,
    }
}
