//! What a line of the journal changed, field by field. Pure.

use serde_json::Value;

use super::subject::Things;
use super::words;
use crate::journal::Entry;
use crate::region::Region;
use crate::text;

/// One field of a thing: what it is called, what it was, what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What people call the field.
    pub field: String,
    /// What it was; none where the line does not say.
    pub before: Option<String>,
    /// What it is.
    pub after: String,
}

/// Lines are told to people in these terms: units, and things by their names.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// Units.
    pub region: &'a Region,
    /// What ids stand for.
    pub things: &'a Things,
}

/// The things that fields of a line name by their ids, by kind.
pub fn refers(entry: &Entry) -> Vec<(String, String)> {
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or(Value::Null);
    let fields = ["before", "set"].into_iter().filter_map(|part| detail[part].as_object()).flatten();
    fields.filter_map(|(field, value)| Some((words::refers(field)?.to_owned(), value.as_str()?.to_owned()))).collect()
}

/// The changes of a line: old and new value where it says both, else what it set where that is little.
pub fn of(entry: &Entry, terms: Terms<'_>) -> Vec<Change> {
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or(Value::Null);
    let set = detail["set"].as_object();
    let change = |field: &str, before: Option<&Value>, after: &Value| {
        let shown = |value: &Value| shown(&entry.subject_kind, field, value, terms);
        Some(Change { field: words::field(field)?.to_owned(), before: before.map(shown), after: shown(after) })
    };
    if let Some(before) = detail["before"].as_object() {
        return before
            .iter()
            .filter_map(|(field, old)| change(field, Some(old), set.and_then(|set| set.get(field)).unwrap_or(&Value::Null)))
            .collect();
    }
    let mut changes = Vec::new();
    if let (Some(from), Some(to)) = (detail["from"].as_str(), detail["to"].as_str())
        && from != to
    {
        let field = if entry.subject_kind == "connection" { "stage" } else { "state" };
        changes.extend(change(field, Some(&Value::from(from)), &Value::from(to)));
    }
    // a step sets little, a whole record is no change
    let few = set.into_iter().flatten().filter(|(field, _)| !matches!(field.as_str(), "state" | "stage") || changes.is_empty());
    if set.is_some_and(|set| set.len() <= 6) {
        let few: Vec<Change> = few
            .filter(|(_, value)| !value.is_object() && !value.is_array())
            .filter_map(|(field, value)| change(field, None, value))
            .collect();
        changes.extend(few);
    }
    changes
}

fn shown(kind: &str, field: &str, value: &Value, terms: Terms<'_>) -> String {
    let text = match value {
        Value::Null => return "trống".to_owned(),
        Value::String(text) if text.is_empty() => return "trống".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "có".to_owned(),
        Value::Bool(false) => "không".to_owned(),
        other => other.to_string(),
    };
    if let Some(thing) = words::refers(field).and_then(|kind| terms.things.get(&(kind.to_owned(), text.clone()))) {
        return thing.name.clone();
    }
    match field {
        "unit" | "unit_id" | "unit_today" if terms.region.get(&text).is_some() => terms.region.label(&text),
        _ => words::value(kind, field, &text).unwrap_or_else(|| match text.parse::<chrono::NaiveDate>() {
            Ok(day) => text::date_vi(day),
            Err(_) => text::clip(&text, 160),
        }),
    }
}

impl Change {
    /// "Tên: Gạo → Gạo nếp".
    pub fn line(&self) -> String {
        match &self.before {
            Some(before) => format!("{}: {before} → {}", self.field, self.after),
            None => format!("{}: {}", self.field, self.after),
        }
    }
}
