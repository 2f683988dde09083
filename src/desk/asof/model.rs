//! What is asked of the register of a day, and what a year did to it. Pure.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use crate::error::Both;
use crate::point::State;
use crate::point::day::{self, AsOf};
use crate::point::period::OPEN;
use crate::text::{self};
use crate::typed::{Errors, Fields};

/// What a year did to the register of a counter. What is not known to the year is counted beside what is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Year {
    /// The year.
    pub year: i32,
    /// Points that opened in it.
    pub opened: i64,
    /// Points more that may have opened in it, or in another year.
    pub opened_perhaps: i64,
    /// Points that the register took in with no day of opening: no source says in which year they opened.
    pub recorded: i64,
    /// Points that closed in it.
    pub closed: i64,
    /// Points more that may have closed in it, or in another year.
    pub closed_perhaps: i64,
    /// Of those that closed, points whose place another one took.
    pub replaced: i64,
    /// Points surely running or pausing at its end.
    pub at_end: i64,
    /// Points that can have been running or pausing at its end.
    pub at_end_most: i64,
}

impl Year {
    /// What the year surely added: opened less closed; a replacement that opens makes good for a closing.
    pub fn net(&self) -> i64 {
        self.opened - self.closed
    }
}

/// Points that opened, or closed, between two years.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Turn {
    state: State,
    early: String,
    late: String,
    /// A source says when, to the day or not.
    is_told: bool,
    is_replaced: bool,
    n: i64,
}

/// The years from the first of which something is known to that of `today`. `flow` is by how much each year changed the
/// number of points that ran or paused: surely, and at most.
pub fn years_of(turns: &[Turn], flow: &BTreeMap<i32, (i64, i64)>, today: NaiveDate) -> Vec<Year> {
    let span = |turn: &Turn| Some((turn.early.parse::<i32>().ok()?, turn.late.parse::<i32>().ok()?));
    let told = turns.iter().filter_map(span).map(|(early, late)| if early > OPEN.year() { early } else { late });
    let Some(first) = told.min() else { return Vec::new() };
    let mut years: BTreeMap<i32, Year> = (first..=today.year()).map(|year| (year, Year { year, ..Year::default() })).collect();
    for turn in turns {
        let Some((early, late)) = span(turn) else { continue };
        if early < late && turn.is_told {
            for (_, year) in years.range_mut(early.max(first)..=late.max(first)) {
                *(if turn.state == State::Closed { &mut year.closed_perhaps } else { &mut year.opened_perhaps }) += turn.n;
            }
        } else if let Some(year) = years.get_mut(&late) {
            match (turn.state, turn.is_told) {
                (State::Closed, true) => {
                    year.closed += turn.n;
                    year.replaced += if turn.is_replaced { turn.n } else { 0 };
                }
                (State::Closed, false) => year.closed_perhaps += turn.n,
                (_, true) => year.opened += turn.n,
                (_, false) => year.recorded += turn.n,
            }
        }
    }
    let (mut sure, mut most) = flow.range(..first).fold((0, 0), |sum, (_, n)| (sum.0 + n.0, sum.1 + n.1));
    for year in years.values_mut() {
        let (more, more_most) = flow.get(&year.year).copied().unwrap_or_default();
        (sure, most) = (sure + more, most + more_most);
        (year.at_end, year.at_end_most) = (sure, most);
    }
    years.into_values().collect()
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
