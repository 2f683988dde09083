//! Entries of lists as they are compared: what a newer law may say of days that have passed. Pure.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::dated::Period;

/// An entry of a list, as data.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Which list: `products/zone.toml basis`.
    pub list: String,
    /// Its word in the list.
    pub id: String,
    /// On which days it holds.
    pub period: Period,
    /// What it says.
    pub body: Map<String, Value>,
}

impl Entry {
    /// What tells it from the others of its word: its first day.
    pub fn begins(&self) -> String {
        self.period.from.map(|day| day.to_string()).unwrap_or_default()
    }

    /// What is shown of it.
    pub fn name(&self) -> &str {
        let named = ["number", "title", "name", "vi"].iter().find_map(|field| self.body.get(*field)?.as_str());
        named.unwrap_or(&self.id)
    }
}

/// Fields that only explain: they may be worded anew at any time.
const WORDS: [&str; 10] = ["name", "vi", "en", "note", "source", "confidence", "also", "clause", "text", "corrected"];

/// Fields of days.
const DAYS: [&str; 4] = ["from", "to", "valid_from", "valid_to"];

/// How an entry of the newer law stands to what the store has lived by.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Said before in these words.
    Same,
    /// Not said before.
    New,
    /// Said otherwise: from what to what, field by field.
    Changed(Map<String, Value>),
}

/// Why a newer law is refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// An entry that held on days that have passed is not there any more.
    Lost,
    /// It says something else of days that have passed, without the reason of a correction (`corrected`).
    Rewritten(Map<String, Value>),
}

/// What differs, field by field.
pub fn changes(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let differ = names.filter(|name| before.get(*name) != after.get(*name));
    differ.map(|name| (name.clone(), json!({"from": before.get(name), "to": after.get(name)}))).collect()
}

/// Compares an entry that the store has lived by with what the newer law says of it.
///
/// Days that have passed keep what was said of them. An entry may end from today on, and its words may change; anything else
/// that touches a day before `today` is a correction of the copy and gives its reason in `corrected`.
pub fn compare(before: Option<&Entry>, after: Option<&Entry>, today: NaiveDate) -> Result<Found, Fault> {
    let (before, after) = match (before, after) {
        (None, _) => return Ok(Found::New),
        (Some(before), Some(after)) if before.body == after.body => return Ok(Found::Same),
        (Some(before), after) => (before, after),
    };
    let has_begun = before.period.from.is_none_or(|from| from < today);
    let Some(after) = after else {
        return if has_begun { Err(Fault::Lost) } else { Ok(Found::Changed(changes(&before.body, &Map::new()))) };
    };
    let changes = changes(&before.body, &after.body);
    let corrected = after.body.get("corrected").filter(|reason| before.body.get("corrected") != Some(reason)).is_some();
    let decides = changes.keys().any(|name| !WORDS.contains(&name.as_str()) && !DAYS.contains(&name.as_str()));
    let ends = |period: Period| period.to.unwrap_or(NaiveDate::MAX).min(today);
    let past_ends_otherwise = ends(before.period) != ends(after.period);
    if has_begun && !corrected && (decides || past_ends_otherwise) { Err(Fault::Rewritten(changes)) } else { Ok(Found::Changed(changes)) }
}
