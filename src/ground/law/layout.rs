//! The measures of administrative papers.

use chrono::NaiveDate;

use super::books::{Source, bad};
use crate::error::Result;

/// The measures of administrative papers in force on a day, from `programme/law/paper/`: the file whose `valid_from` came last.
pub fn paper_layout(on: NaiveDate) -> Result<serde_json::Value> {
    let mut found: Option<(Option<NaiveDate>, toml::Table)> = None;
    for (name, text) in Source::BuiltIn("law").under("paper")? {
        let table: toml::Table = toml::from_str(&text).map_err(|error| bad(&name, error))?;
        let from = match table.get("valid_from").and_then(toml::Value::as_str) {
            Some(text) => Some(text.parse::<NaiveDate>().map_err(|error| bad(&name, error))?),
            None => None,
        };
        if from.is_none_or(|from| from <= on) && found.as_ref().is_none_or(|(known, _)| *known <= from) {
            found = Some((from, table));
        }
    }
    let (_, table) = found.ok_or_else(|| bad("paper", "missing"))?;
    Ok(serde_json::to_value(table)?)
}
