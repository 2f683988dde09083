//! The kinds of place, as data of the law. Pure.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::law::{Dated, List, Listed, Period, built_in};
use crate::text::{Tongue, fold};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    vi: String,
    en: String,
    named: Vec<Named>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    instrument: String,
    #[serde(rename = "clause")]
    _clause: String,
}

impl Listed for Row {
    const FILE: &'static str = "points/kinds.toml";
    const TABLE: &'static str = "kind";

    fn id(&self) -> &str {
        &self.id
    }

    fn period(&self) -> Period {
        Period::new(self.from, self.to)
    }

    fn instruments(&self) -> Vec<&str> {
        self.named.iter().map(|named| named.instrument.as_str()).collect()
    }
}

static LISTED: LazyLock<Dated<Row>> = LazyLock::new(built_in);

/// The list of kinds.
pub fn list() -> List {
    List::of::<Row>()
}

/// Kind of place.
#[derive(Clone, Copy, Debug)]
pub struct Kind(&'static Row);

impl PartialEq for Kind {
    fn eq(&self, other: &Kind) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Kind {}

impl Kind {
    /// All kinds in the order of the law.
    pub fn all() -> Vec<Kind> {
        LISTED.all().iter().map(Kind).collect()
    }

    /// The word in the store and in files.
    pub fn word(self) -> &'static str {
        &self.0.id
    }

    /// The name on pages.
    pub fn name(self, lang: Tongue) -> &'static str {
        lang.pick(&self.0.vi, &self.0.en)
    }

    /// Reads the word, or the Vietnamese name in any spelling.
    pub fn read(text: &str) -> Option<Kind> {
        if let Some(kind) = LISTED.ever(text) {
            return Some(Kind(kind));
        }
        let folded = fold(text);
        LISTED.all().iter().find(|kind| !folded.is_empty() && fold(&kind.vi) == folded).map(Kind)
    }

    /// Values and labels for a select, with an empty first line.
    pub fn choices(lang: Tongue) -> Vec<(String, String)> {
        let first = (String::new(), lang.pick("Chọn loại hình", "Choose a kind").to_owned());
        std::iter::once(first).chain(Kind::all().into_iter().map(|kind| (kind.word().to_owned(), kind.name(lang).to_owned()))).collect()
    }
}

/// Name of a stored kind word; "chưa rõ" when none was stated.
pub fn kind_name(word: &str, lang: Tongue) -> &'static str {
    Kind::read(word).map_or(lang.pick("Chưa rõ loại hình", "Kind not stated"), |kind| kind.name(lang))
}
