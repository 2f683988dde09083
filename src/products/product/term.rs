//! Days of a certificate as data of the law: its last day, when its product may be graded again, how long it may run on,
//! how it is withdrawn. Pure.

use std::sync::LazyLock;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::Deserialize;

use crate::law::{Dated, List, built_in};
use crate::listed;
use crate::text::Tongue;

/// How the last day of a time of months is found where no paper names it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastDay {
    /// Word kept with each certificate.
    pub id: String,
    /// Instrument.
    pub instrument: String,
    /// Where in it.
    pub clause: String,
    /// First day of the rule.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: Option<NaiveDate>,
    /// Whether the day of issue is the first of the time.
    pub first_day_counts: bool,
    /// How sure the wording is.
    pub confidence: String,
    /// Why.
    pub note: String,
}

/// How the last day for doing something is found.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// Instrument.
    pub instrument: String,
    /// Where in it.
    pub clause: String,
    /// First day of the rule.
    pub from: NaiveDate,
    /// Days of the week off, Monday is 1.
    pub weekend: Vec<u32>,
    /// How sure the wording is.
    pub confidence: String,
}

/// When a file for re-grading may come, in days before the last day, and what comes of one that could not.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regrading {
    /// Instrument.
    pub instrument: String,
    /// Where in it.
    pub clause: String,
    /// First day of the rule.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: Option<NaiveDate>,
    /// Days before the last day on which the time for filing begins.
    pub opens: u64,
    /// Days before the last day on which it ends; that day still counts.
    pub closes: u64,
    /// Days from a full file to the result.
    pub result_days: i64,
    /// Where that stands.
    pub result_clause: String,
    /// Most days after the last day that a certificate runs on.
    pub runs_on: u64,
    /// Where that stands.
    pub runs_on_clause: String,
    /// How sure the wording is.
    pub confidence: String,
    /// What the instrument leaves open.
    pub note: String,
}

/// Where a day lies in the time for filing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filing {
    /// Not yet.
    Early,
    /// In it.
    Open,
    /// After it, while the certificate is still valid.
    Late,
    /// After the last day.
    After,
}

impl Regrading {
    /// First day for filing.
    pub fn opens_on(&self, last: NaiveDate) -> NaiveDate {
        last - Days::new(self.opens)
    }

    /// Last day for filing.
    pub fn closes_on(&self, last: NaiveDate) -> NaiveDate {
        last - Days::new(self.closes)
    }

    /// Last day to which a certificate may run on.
    pub fn runs_until(&self, last: NaiveDate) -> NaiveDate {
        last + Days::new(self.runs_on)
    }

    /// Where a day lies, for a certificate with this last day.
    pub fn filing(&self, last: NaiveDate, day: NaiveDate) -> Filing {
        if day < self.opens_on(last) {
            Filing::Early
        } else if day <= self.closes_on(last) {
            Filing::Open
        } else if day <= last {
            Filing::Late
        } else {
            Filing::After
        }
    }
}

/// Who withdraws.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// Of which numbers of stars.
    pub stars: Vec<i64>,
    /// Vietnamese name.
    pub name: String,
    /// English name.
    pub en: String,
    /// Where it stands.
    pub clause: String,
}

/// Why a certificate is withdrawn.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// Word in the store.
    pub id: String,
    /// Vietnamese name.
    pub name: String,
    /// English name.
    pub en: String,
    /// Where it stands.
    pub clause: String,
    /// Whether the days run from the commune's word instead of a finding.
    #[serde(default)]
    pub confirmed_by_commune: bool,
}

/// How certificates are withdrawn.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Instrument.
    pub instrument: String,
    /// Where in it.
    pub clause: String,
    /// First day of the rule; before it a certificate was withdrawn for a reason in words.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: Option<NaiveDate>,
    /// Days from the finding to the decision.
    pub days: u64,
    /// Where that stands.
    pub days_clause: String,
    /// How sure the wording is.
    pub confidence: String,
    /// Who signs.
    pub signer: Vec<Signer>,
    /// The grounds.
    pub ground: Vec<Ground>,
}

impl Withdrawal {
    /// Who signs for a number of stars.
    pub fn signer(&self, stars: i64) -> Option<&Signer> {
        self.signer.iter().find(|signer| signer.stars.contains(&stars))
    }
}

listed! { "products/term.toml" / "last_day" of LastDay by id, from..to; instrument }

listed! { "products/term.toml" / "deadline" of Deadline by instrument, from..; instrument }

listed! { "products/term.toml" / "regrading" of Regrading by instrument, from..to; instrument }

listed! { "products/term.toml" / "withdrawal" of Withdrawal by instrument, from..to; instrument }

/// The lists of this file.
pub fn lists() -> Vec<List> {
    vec![List::of::<LastDay>(), List::of::<Deadline>(), List::of::<Regrading>(), List::of::<Withdrawal>()]
}

static LAST_DAYS: LazyLock<Dated<LastDay>> = LazyLock::new(built_in);
static DEADLINES: LazyLock<Dated<Deadline>> = LazyLock::new(built_in);
static REGRADINGS: LazyLock<Dated<Regrading>> = LazyLock::new(built_in);
static WITHDRAWALS: LazyLock<Dated<Withdrawal>> = LazyLock::new(built_in);

/// On what the last day of a certificate rests that names it.
pub const PRINTED: &str = "printed";

/// The rule for a certificate that begins on a day; before the first rule, the first.
pub fn last_day_rule(valid_from: NaiveDate) -> Option<&'static LastDay> {
    LAST_DAYS.on(valid_from).next().or(LAST_DAYS.all().first())
}

/// The first day on which a certificate of so many months is no longer valid, by the rule of its first day.
pub fn end_of(valid_from: NaiveDate, months: i64) -> Option<NaiveDate> {
    let same_day = valid_from.checked_add_months(Months::new(u32::try_from(months).ok()?))?;
    match last_day_rule(valid_from) {
        Some(rule) if !rule.first_day_counts => same_day.succ_opt(),
        _ => Some(same_day),
    }
}

/// The word of the rule that [`end_of`] goes by.
pub fn end_rule(valid_from: NaiveDate) -> &'static str {
    last_day_rule(valid_from).map_or("", |rule| rule.id.as_str())
}

/// The rule of re-grading for a certificate with this last day.
pub fn regrading(last: NaiveDate) -> Option<&'static Regrading> {
    REGRADINGS.on(last).next()
}

/// The rule of re-grading that is in force on a day.
pub fn regrading_on(day: NaiveDate) -> Option<&'static Regrading> {
    regrading(day)
}

/// The rule by which a certificate is withdrawn on a day; none where only a reason in words was asked for.
pub fn withdrawal(on: NaiveDate) -> Option<&'static Withdrawal> {
    WITHDRAWALS.on(on).next()
}

/// A ground by its word, of whatever rule.
pub fn ground(id: &str) -> Option<&'static Ground> {
    WITHDRAWALS.all().iter().flat_map(|rule| &rule.ground).find(|ground| ground.id == id)
}

/// The name of a ground; empty for none.
pub fn ground_name(id: &str, lang: Tongue) -> &'static str {
    ground(id).map_or("", |ground| lang.pick(ground.name.as_str(), ground.en.as_str()))
}

/// Days of the week off, Monday is 1, for what begins on a day.
pub fn weekend(from: NaiveDate) -> &'static [u32] {
    DEADLINES.on(from).next().or(DEADLINES.all().first()).map_or(&[], |rule| rule.weekend.as_slice())
}

/// The last day for what has to be done within days after a day, moved past days off. `off` are the public holidays known.
pub fn deadline(from: NaiveDate, days: u64, off: &[NaiveDate]) -> NaiveDate {
    let weekend = weekend(from);
    let mut last = from + Days::new(days);
    while weekend.contains(&last.weekday().number_from_monday()) || off.contains(&last) {
        last = last + Days::new(1);
    }
    last
}
