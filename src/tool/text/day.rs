//! Dates as people write and read them.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::{Tongue, nfc};

/// Why a text is no date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateError {
    /// Nothing was written.
    Empty,
    /// The text has not the shape of a date.
    Shape {
        /// What was written.
        typed: String,
    },
    /// The text is no day as a source may give it, exact or not.
    Vague {
        /// What was written.
        typed: String,
    },
    /// The calendar has no such day, as 31/02/2026.
    NoSuchDay {
        /// Day of the month, as written.
        day: u32,
        /// Month, as written.
        month: u32,
        /// Year, as written.
        year: i32,
    },
}

impl DateError {
    /// What happened and what to do.
    pub fn text(&self, tongue: Tongue) -> String {
        match (self, tongue) {
            (DateError::Empty, Tongue::Vi) => "Chưa có ngày. Hãy ghi ngày/tháng/năm, ví dụ 22/11/2026.".to_owned(),
            (DateError::Empty, Tongue::En) => "There is no date. Write day/month/year, for example 22/11/2026.".to_owned(),
            (DateError::Shape { typed }, Tongue::Vi) => {
                format!("“{typed}” không phải là ngày. Hãy ghi ngày/tháng/năm đủ bốn chữ số của năm, ví dụ 22/11/2026.")
            }
            (DateError::Shape { typed }, Tongue::En) => {
                format!("“{typed}” is not a date. Write day/month/year with a four-digit year, for example 22/11/2026.")
            }
            (DateError::Vague { typed }, Tongue::Vi) => format!(
                "“{typed}” không đọc được thành ngày. Hãy ghi ngày/tháng/năm, ví dụ 22/11/2026, hoặc như nguồn nêu: 2023, 5/2023, quý II/2023, khoảng 2020, trước 2023, đến năm 2023."
            ),
            (DateError::Vague { typed }, Tongue::En) => format!(
                "“{typed}” cannot be read as a day. Write day/month/year, for example 22/11/2026, or what the source says: 2023, 5/2023, about 2020, before 2023, by 2023."
            ),
            (DateError::NoSuchDay { day, month, year }, Tongue::Vi) => {
                format!("Lịch không có ngày {day:02}/{month:02}/{year:04}. Hãy kiểm tra lại: ngày ghi trước, tháng ghi sau.")
            }
            (DateError::NoSuchDay { day, month, year }, Tongue::En) => {
                format!("The calendar has no day {day:02}/{month:02}/{year:04}. Check it: the day goes first, then the month.")
            }
        }
    }
}

impl fmt::Display for DateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Tongue::En))
    }
}

impl std::error::Error for DateError {}

/// A date as Vietnamese papers print it: "22/11/2026".
pub fn date_vi(date: NaiveDate) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// Reads a date: `2026-11-22`, or day, month and four-digit year parted by `/`, `-` or `.`
/// (`22/11/2026`, `2/9/2020`, `22.11.2026`), or eight digits in a row, as a keypad without a stroke gives them (`22112026`).
/// Years are 1000 to 9999; of eight digits 1900 to 9999, so that a year written first (`20121015`) is refused and never
/// taken for a day.
///
/// # Errors
/// [`DateError`]: nothing written, not a date at all, or a day the calendar has not.
pub fn parse_date(text: &str) -> Result<NaiveDate, DateError> {
    let typed = nfc(text);
    if typed.is_empty() {
        return Err(DateError::Empty);
    }
    let Some((day, month, year)) = parts(&typed) else {
        return Err(DateError::Shape { typed });
    };
    NaiveDate::from_ymd_opt(year, month, day).ok_or(DateError::NoSuchDay { day, month, year })
}

/// Day, month and year as written, if the text has the shape of a date.
fn parts(typed: &str) -> Option<(u32, u32, i32)> {
    if typed.len() == 8 && typed.bytes().all(|byte| byte.is_ascii_digit()) {
        let year = digits(&typed[4..])? as i32;
        return Some((digits(&typed[..2])?, digits(&typed[2..4])?, year)).filter(|_| year >= 1900);
    }
    let mark = typed.chars().find(|c| !c.is_ascii_digit() && *c != ' ')?;
    if !matches!(mark, '/' | '-' | '.') {
        return None;
    }
    let fields: Vec<&str> = typed.split(mark).map(str::trim).collect();
    let [first, month, last] = fields[..] else {
        return None;
    };
    let year_first = mark == '-' && first.len() == 4;
    let (year, day) = if year_first { (first, last) } else { (last, first) };
    if year.len() != 4 || year.starts_with('0') {
        return None;
    }
    let year = digits(year)?;
    Some((digits(day).filter(|_| day.len() <= 2)?, digits(month).filter(|_| month.len() <= 2)?, year as i32))
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}
