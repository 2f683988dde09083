//! What the law says of a dossier beside its sheet: who receives it, in how many days, what is looked
//! at. Pure.

use std::sync::LazyLock;

use chrono::{Datelike, Days, NaiveDate};
use serde::Deserialize;

use super::model::Dossier;
use crate::law::{Dated, List, built_in};
use crate::listed;
use crate::party::BodyKind;
use crate::product::term;
use crate::region::Level;

/// A content that the commune looks at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Word kept with its words.
    pub id: String,
    /// Its name.
    pub vi: String,
}

/// Who receives the dossiers of producers, and its part.
#[derive(Clone, Debug, Deserialize)]
pub struct Receiver {
    /// Instrument.
    pub instrument: String,
    /// Where in it.
    pub clause: String,
    /// First day of the rule.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: Option<NaiveDate>,
    /// `commune`, or `district`: its people's committee.
    pub level: Level,
    /// Working days from receipt; none where no source gives them.
    pub working_days: Option<u32>,
    /// Its council marks, and proposes from this score on; none where it only reports.
    pub propose_from: Option<i64>,
    /// Whether the papers are Mẫu 01, 02, 03.
    pub forms: bool,
    /// The line of its sheets that asks who represents the producer; empty where none does.
    #[serde(default)]
    pub representative: String,
    /// Units of the product that are handed in; none where no source says so.
    pub samples: Option<i64>,
    /// Groups of products that hand in none.
    #[serde(default)]
    pub no_samples: Vec<String>,
    /// Kinds of bodies that the programme takes; empty where it names none.
    #[serde(default)]
    pub subjects: Vec<String>,
    /// Others that it takes for products of some groups.
    #[serde(default)]
    pub also: Vec<Also>,
    /// How large a firm may be, in words; empty where nothing is said.
    #[serde(default)]
    pub firms: String,
    /// What it looks at.
    pub checks: Vec<Content>,
    /// What the law says of a dossier that was uploaded.
    pub electronic: String,
}

/// Kinds of bodies that are taken for products of some groups.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Also {
    /// The groups.
    pub groups: Vec<String>,
    /// The kinds.
    pub subjects: Vec<String>,
}

/// A line of a sheet for which the system knows something itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Its word: set and number.
    pub id: String,
    /// The product set; empty: all sets of the instrument but those named alone.
    pub set: String,
    /// Instrument.
    pub instrument: String,
    /// First day.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: Option<NaiveDate>,
    /// Number of the line.
    pub line: String,
    /// What is known: words of the questions that slices answer.
    pub what: Vec<String>,
}

listed! { "products/dossier.toml" / "known" of Known by id, from..to; instrument }

impl Receiver {
    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self.level {
            Level::District => "UBND cấp huyện",
            _ => "UBND xã, phường",
        }
    }
}

listed! { "products/dossier.toml" / "receiver" of Receiver by instrument, from..to; instrument }

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
    vec![List::of::<Receiver>(), List::of::<Round>(), List::of::<Known>()]
}

static RECEIVERS: LazyLock<Dated<Receiver>> = LazyLock::new(built_in);
static KNOWN: LazyLock<Dated<Known>> = LazyLock::new(built_in);
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

/// Who receives dossiers on a day; none where no source says it.
pub fn receiver(day: NaiveDate) -> Option<&'static Receiver> {
    RECEIVERS.on(day).next()
}

/// The lines of a sheet for which the system knows something: those of its set, else those of its instrument.
pub fn known(sheet: &str) -> impl Iterator<Item = &'static Known> {
    let own = KNOWN.all().iter().any(|line| line.set == sheet);
    let instrument = crate::product::group::set(sheet).map_or("", |set| set.instrument.as_str());
    KNOWN.all().iter().filter(move |line| if own { line.set == sheet } else { line.set.is_empty() && line.instrument == instrument })
}

/// Who receives a dossier: by the day on which it was sent, or by today while it was not.
pub fn of(dossier: &Dossier, today: NaiveDate) -> Option<&'static Receiver> {
    receiver(dossier.sent_on.unwrap_or(today))
}

impl Receiver {
    /// Whether a body of this kind has to say how large it is.
    pub fn asks_size(&self, kind: &str) -> bool {
        !self.firms.is_empty() && matches!(BodyKind::read(kind), Some(BodyKind::Enterprise | BodyKind::TravelFirm))
    }

    /// Whether the programme takes a body of this kind for a product of this group. A kind that is not known is not refused.
    pub fn takes(&self, kind: &str, group: &str) -> bool {
        let also = self.also.iter().filter(|also| also.groups.iter().any(|known| known == group)).flat_map(|also| &also.subjects);
        self.subjects.is_empty() || kind.is_empty() || self.subjects.iter().chain(also).any(|known| known == kind)
    }
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
        assert_eq!(receiver(day("2026-11-27")).unwrap().working_days, Some(15));
        assert!(receiver(day("2026-05-21")).is_none(), "no sheets, so no dossiers, between 1048 and 26/2026");
        let district = receiver(day("2021-03-01")).unwrap();
        assert_eq!((district.level, district.propose_from, district.working_days), (Level::District, Some(50), None));
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
