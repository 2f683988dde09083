//! What the law says of a dossier beside its sheet: the commune's days and what it looks at. Pure.

use std::sync::LazyLock;

use chrono::{Datelike, Days, NaiveDate};
use serde::Deserialize;

use crate::law::{Dated, List, built_in};
use crate::listed;
use crate::product::term;

/// A content that the commune looks at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Word kept with its words.
    pub id: String,
    /// Its name.
    pub vi: String,
}

/// The part of the commune.
#[derive(Clone, Debug, Deserialize)]
pub struct Commune {
    /// Instrument.
    pub instrument: String,
    /// Where in it.
    pub clause: String,
    /// First day of the rule.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: Option<NaiveDate>,
    /// Working days from receipt.
    pub working_days: u32,
    /// What it looks at.
    pub checks: Vec<Content>,
    /// What the law says of a dossier that was uploaded.
    pub electronic: String,
}

listed! { "products/dossier.toml" / "commune" of Commune by instrument, from..to; instrument }

/// A round of evaluation that comes each year.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// Its word.
    pub id: String,
    /// Who evaluates: `province`, `ministry`.
    pub by: String,
    /// Instrument.
    pub instrument: String,
    /// Where in it.
    pub clause: String,
    /// First day of the rule.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: Option<NaiveDate>,
    /// Month and day of the last proposals from below: "04-30".
    pub cutoff: String,
    /// Month and day by which it is done.
    pub ends: String,
}

listed! { "products/dossier.toml" / "round" of Round by id, from..to; instrument }

/// A round of one year.
#[derive(Clone, Copy, Debug)]
pub struct Coming {
    /// The rule.
    pub rule: &'static Round,
    /// Last day for proposals.
    pub cutoff: NaiveDate,
    /// Last day for its result.
    pub ends: NaiveDate,
}

/// The lists of this file.
pub fn lists() -> Vec<List> {
    vec![List::of::<Commune>(), List::of::<Round>()]
}

static COMMUNES: LazyLock<Dated<Commune>> = LazyLock::new(built_in);
static ROUNDS: LazyLock<Dated<Round>> = LazyLock::new(built_in);

/// The round that a proposal of this day still reaches.
pub fn round(by: &str, day: NaiveDate) -> Option<Coming> {
    let on = |year: i32, text: &str| format!("{year}-{text}").parse::<NaiveDate>().ok();
    let years = [day.year(), day.year() + 1];
    let of_years = ROUNDS.on(day).filter(|rule| rule.by == by).flat_map(|rule| years.map(|year| (rule, year)));
    let coming = of_years.filter_map(|(rule, year)| {
        let cutoff = on(year, &rule.cutoff)?;
        let ends = on(year, &rule.ends)?;
        Some(Coming { rule, cutoff, ends })
    });
    coming.filter(|round| day <= round.cutoff).min_by_key(|round| round.cutoff)
}

/// The part of the commune on a day.
pub fn commune(day: NaiveDate) -> Option<&'static Commune> {
    COMMUNES.on(day).next()
}

/// The last of so many working days after a day. `off` are the public holidays that are known.
pub fn working(from: NaiveDate, days: u32, off: &[NaiveDate]) -> NaiveDate {
    let (mut day, mut left, weekend) = (from, days, term::weekend(from));
    while left > 0 {
        day = day + Days::new(1);
        if !weekend.contains(&day.weekday().number_from_monday()) && !off.contains(&day) {
            left -= 1;
        }
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifteen_working_days_leave_out_weekends_and_holidays() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(working(day("2026-11-27"), 15, &[]), day("2026-12-18"));
        assert_eq!(working(day("2026-11-27"), 15, &[day("2026-12-01")]), day("2026-12-21"));
        assert_eq!(working(day("2026-11-28"), 1, &[]), day("2026-11-30"), "received on a Saturday");
        assert_eq!(commune(day("2026-11-27")).unwrap().working_days, 15);
        assert!(commune(day("2026-05-21")).is_none(), "no source names the commune's days before 26/2026");
    }

    #[test]
    fn a_proposal_reaches_the_next_round_whose_last_day_has_not_passed() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let of = |by: &str, on: &str| round(by, day(on)).map(|round| (round.cutoff.to_string(), round.ends.to_string()));
        let said = |cutoff: &str, ends: &str| Some((cutoff.to_owned(), ends.to_owned()));
        assert_eq!(of("province", "2026-10-30"), said("2026-10-30", "2026-12-30"));
        assert_eq!(of("province", "2026-10-31"), said("2027-04-30", "2027-06-30"));
        assert_eq!(of("ministry", "2026-11-27"), said("2027-01-30", "2027-03-30"));
        assert_eq!(of("ministry", "2027-02-01"), said("2027-07-30", "2027-09-30"));
        assert_eq!(of("province", "2026-05-21"), None);
    }
}
