//! Facts of the programme as a whole.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::dated::{Dated, built_in};
use super::list::List;
use crate::error::{Both, both};
use crate::listed;

/// A fact of the programme.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Word: `began`.
    pub id: String,
    /// The day it names.
    pub day: NaiveDate,
    /// Instrument it comes from.
    pub instrument: String,
    /// How sure it is.
    pub confidence: String,
    /// What is open about it.
    #[serde(default)]
    pub note: String,
}

listed! { "programme.toml" / "fact" of Fact by id, day..; instrument }

static FACTS: LazyLock<Dated<Fact>> = LazyLock::new(built_in);

/// The list of facts.
pub fn list() -> List {
    List::of::<Fact>()
}

/// A fact of the programme.
pub fn fact(id: &str) -> Option<&'static Fact> {
    FACTS.ever(id)
}

/// The year in which the programme of one commune, one product began: nothing of it lies before.
pub fn first_year() -> i32 {
    fact("began").map_or(i32::MIN, |fact| fact.day.year())
}

/// That a year lies before the programme, if it does.
pub fn before_programme(year: i32) -> Option<Both> {
    let first = first_year();
    (year < first).then(|| {
        both(
            format!("Chương trình OCOP có từ năm {first}; hãy kiểm tra lại năm."),
            format!("The programme began in {first}; check the year."),
        )
    })
}
