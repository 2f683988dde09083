//! Cells of a column of days that hold more, or less, than a day: a moment with its hour, a spreadsheet's count of days.

use chrono::{DateTime, Days, NaiveDate};

use crate::clock;

/// A day as a cell gives it without writing it as a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A moment with its distance from UTC: the day that Việt Nam had then.
    Told(NaiveDate),
    /// A spreadsheet's count of days, without its format.
    Counted(NaiveDate),
}

/// Days that a spreadsheet counts from 30/12/1899 on: 1954 to 2119. A year, or a day written in one, is none of these.
const COUNTED: std::ops::RangeInclusive<u64> = 20_000..=80_000;

/// Reads what is no day as people write it but means one. A moment without its distance from UTC is left to [`bare`].
pub fn moment(typed: &str) -> Option<Moment> {
    if !typed.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Ok(count) = typed.parse::<u64>() {
        let first = NaiveDate::from_ymd_opt(1899, 12, 30)?;
        return COUNTED.contains(&count).then(|| first.checked_add_days(Days::new(count))).flatten().map(Moment::Counted);
    }
    let is_moment = typed.len() > 16 && matches!(typed.as_bytes().get(10), Some(b'T' | b't' | b' '));
    let at = is_moment
        .then(|| DateTime::parse_from_rfc3339(typed).or_else(|_| DateTime::parse_from_str(typed, "%Y-%m-%dT%H:%M:%S%.f%z")))?
        .ok()?;
    Some(Moment::Told(clock::local(at.to_utc()).date_naive()))
}

/// A day without the hour behind it (`19/06/2025 08:00:00`, `2025-06-19T00:00:00`).
pub fn bare(typed: &str) -> &str {
    let Some((day, hour)) = typed.split_once(['T', ' ']) else { return typed };
    let is_hour = hour.contains(':') && hour.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    if is_hour { day } else { typed }
}

#[cfg(test)]
mod tests {
    use super::{Moment, bare, moment};

    #[test]
    fn a_moment_is_the_day_that_viet_nam_had_then() {
        let told = |typed: &str| match moment(typed) {
            Some(Moment::Told(day)) => day.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(told("2026-06-19T17:00:00.000Z"), "2026-06-20");
        assert_eq!(told("2026-06-19T16:59:59Z"), "2026-06-19");
        assert_eq!(told("2026-06-20T00:00:00+07:00"), "2026-06-20");
        assert_eq!(told("2026-06-20T00:00:00+0700"), "2026-06-20");
        assert_eq!(told("2026-06-19T22:00:00-05:00"), "2026-06-20");
        assert_eq!(moment("2026-06-19T17:00:00"), None);
        assert_eq!(moment("2025"), None);
        assert_eq!(moment("20250619"), None);
        assert_eq!(moment("45657"), Some(Moment::Counted(chrono::NaiveDate::from_ymd_opt(2024, 12, 31).unwrap())));
    }

    #[test]
    fn an_hour_behind_a_day_is_left_out() {
        for (typed, day) in [
            ("19-06-2025 00:00", "19-06-2025"),
            ("19/06/2025 08:00:00", "19/06/2025"),
            ("2025-06-19T08:30:00", "2025-06-19"),
            ("19 / 6 / 2025", "19 / 6 / 2025"),
            ("Thứ 5", "Thứ 5"),
        ] {
            assert_eq!(bare(typed), day);
        }
    }
}
