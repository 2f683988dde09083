//! The cells of one row read as values, and what is wrong in them.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::Row;
use super::layout::{Columns, Given};
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

/// Reads the cells of one row and gathers what is wrong in it.
pub struct Cells<'a, C> {
    given: &'a Given<C>,
    row: &'a Row,
    /// What is wrong so far.
    pub faults: Vec<Both>,
}

impl<'a, C: Columns> Cells<'a, C> {
    /// A row; cells of the layout that hold errors of the spreadsheet are faults from the start.
    pub fn new(given: &'a Given<C>, row: &'a Row) -> Self {
        let mut faults = Vec::new();
        for fault in row.faults.iter().filter(|fault| C::ALL.iter().any(|col| given.at(*col) == Some(fault.column))) {
            faults.push(both(fault.text(Tongue::Vi), fault.text(Tongue::En)));
        }
        Cells { given, row, faults }
    }

    /// Whether the file has this column.
    pub fn has(&self, col: C) -> bool {
        self.given.has(col)
    }

    /// What the cell holds, several lines too.
    pub fn raw(&self, col: C) -> &'a str {
        self.given.at(col).map_or("", |at| self.row.get(at))
    }

    /// What the cell holds, as one line.
    pub fn text(&self, col: C) -> String {
        text::nfc(self.raw(col))
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

    /// A day of any time.
    pub fn date(&mut self, col: C) -> Option<NaiveDate> {
        self.read(col, |typed| {
            let day = typed.split_once('T').map_or(typed, |(day, _)| day);
            text::parse_date(day).map_err(Both::from)
        })
    }

    /// A day of any time as its source gives it: exact, or a month, a year, "by 2023"; "không rõ" is none.
    pub fn vague(&mut self, col: C) -> Option<Edtf> {
        let typed = self.text(col);
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
                self.faults.push(both("kinh độ và vĩ độ bị đổi chỗ cho nhau; hãy đổi lại hai cột", "longitude and latitude are swapped; exchange the two"));
            }
            _ => self.faults.push(both(
                format!("vị trí “{lon}; {lat}” không ở Việt Nam; hãy ghi độ thập phân, ví dụ kinh độ 105.85, vĩ độ 21.03"),
                format!("position “{lon}; {lat}” is not in Việt Nam; write decimal degrees, for example longitude 105.85, latitude 21.03"),
            )),
        }
        None
    }
}

/// A word that is none of those it could be.
pub fn unknown_word<'w>(typed: &str, words: impl IntoIterator<Item = &'w str>) -> Both {
    let words = words.into_iter().collect::<Vec<_>>().join(", ");
    both(format!("“{typed}” không có trong danh sách; hãy ghi một trong: {words}"), format!("“{typed}” is not in the list; write one of: {words}"))
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
