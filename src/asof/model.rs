//! What is asked of the register of a day, and what a year did to it. Pure.

use chrono::NaiveDate;

use crate::error::Both;
use crate::page::{Errors, Fields};
use crate::point::day::{self, AsOf};
use crate::text::{self};

/// What a year did to the register of a counter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Year {
    /// The year.
    pub year: i32,
    /// Points that opened in it.
    pub opened: i64,
    /// Points that the register took in with no day of opening: they stand from the day they were written down.
    pub recorded: i64,
    /// Points that closed in it.
    pub closed: i64,
    /// Of these, points whose place another one took.
    pub replaced: i64,
    /// Points running or pausing at its end.
    pub at_end: i64,
}

impl Year {
    /// What the year truly added: opened less closed; a replacement that opens makes good for a closing.
    pub fn net(&self) -> i64 {
        self.opened - self.closed
    }
}

/// Reads the two days of a question. `first` is the first day of the register; a day before it has no answer, nor has one
/// that has not come.
pub fn read(fields: &Fields, first: Option<NaiveDate>, today: NaiveDate) -> (AsOf, Errors) {
    let mut errors = Errors::default();
    let on = errors.take("ngay", asked(fields.get("ngay"), first, today)).flatten();
    let known = errors.take("biet", asked(fields.get("biet"), None, today)).flatten();
    (AsOf { day: on.unwrap_or(today), known: known.filter(|known| *known < today) }, errors)
}

/// Checks one day that is asked about.
pub fn asked(typed: &str, first: Option<NaiveDate>, today: NaiveDate) -> Result<Option<NaiveDate>, Both> {
    if typed.is_empty() {
        return Ok(None);
    }
    let day = text::parse_date(typed).map_err(Both::from)?;
    day::answers(day, first, today).map(Some)
}
