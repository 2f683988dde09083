//! Where money comes from: budgets of the state by level, programmes, contributions, as dated data.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;

use super::dated::{Dated, Listed, built_in};
use crate::listed;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    vi: String,
    en: String,
    of: String,
    used: Vec<String>,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    ask: bool,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    #[serde(rename = "source")]
    _source: String,
}

listed! { "money.toml" / "source" of Row by id, from..to }

static LISTED: LazyLock<Dated<Row>> = LazyLock::new(built_in);

/// The list of sources of money.
pub fn list() -> super::List {
    super::List::of::<Row>()
}

/// A source of money.
#[derive(Clone, Copy, Debug)]
pub struct Money(&'static Row);

impl PartialEq for Money {
    fn eq(&self, other: &Money) -> bool {
        self.0.id == other.0.id
    }
}

impl Money {
    /// All sources of all days, in the order of screens.
    pub fn all() -> impl Iterator<Item = Money> {
        LISTED.all().iter().map(Money)
    }

    /// The sources that are offered for a use (`point`, `call`, `aid`) on a day.
    pub fn offered(used: &'static str, day: NaiveDate) -> impl Iterator<Item = Money> {
        LISTED.on(day).filter(move |row| row.used.iter().any(|word| word == used)).map(Money)
    }

    /// Reads the word of the store, of today or of before.
    pub fn read(word: &str) -> Option<Money> {
        LISTED.all().iter().find(|row| row.id == word || row.also.iter().any(|also| also == word)).map(Money)
    }

    /// The word of the store.
    pub fn word(self) -> &'static str {
        &self.0.id
    }

    /// The Vietnamese name.
    pub fn name(self) -> &'static str {
        &self.0.vi
    }

    /// The English name.
    pub fn en(self) -> &'static str {
        &self.0.en
    }

    /// Whether it is of this level of the state's budget: `city`, `district`, `commune`, `ministry`, `programme`.
    pub fn is_of(self, level: &str) -> bool {
        self.0.of == level
    }

    /// Whether it is money of the state.
    pub fn is_public(self) -> bool {
        !self.0.of.is_empty()
    }

    /// Whether it has to be said which.
    pub fn asks(self) -> bool {
        self.0.ask
    }

    /// Whether there is such a source on a day.
    pub fn holds(self, day: NaiveDate) -> bool {
        self.0.period().holds(day)
    }
}

/// The Vietnamese name of a stored word; "Nguồn khác" for one that nobody knows.
pub fn name(word: &str) -> &'static str {
    Money::read(word).map_or("Nguồn khác", Money::name)
}
