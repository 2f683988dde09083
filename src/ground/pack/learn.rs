//! How a store that exists learns what the law of the program says by now: instruments that are new or whose words changed,
//! each with a line in the journal. What was changed in the store since the program wrote it is left alone and told.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::clock::digest;
use crate::db::{Tx, fact};
use crate::error::Result;
use crate::journal::Note;
use crate::rule::model::Instrument;
use crate::rule::store;
use crate::text::Tongue;

/// What was learnt: numbers of instruments, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learnt {
    /// New to the store.
    pub added: Vec<String>,
    /// Known, now with other words or days.
    pub changed: Vec<String>,
    /// Left as they are because somebody changed them in the store.
    pub kept: Vec<String>,
    /// Criteria sets that are new to the store.
    pub sets: Vec<String>,
}

impl Learnt {
    /// Whether there was nothing to learn.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.sets.is_empty()
    }

    /// What to tell on the command line, line by line.
    pub fn lines(&self, tongue: Tongue) -> Vec<String> {
        [
            (&self.added, tongue.pick("Văn bản mới", "New instruments")),
            (&self.changed, tongue.pick("Văn bản có thay đổi", "Instruments that changed")),
            (&self.sets, tongue.pick("Bộ tiêu chí mới", "New criteria sets")),
            (&self.kept, tongue.pick("Giữ nguyên vì đã được sửa trong kho", "Left alone because they were changed in the store")),
        ]
        .into_iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, what)| format!("{what}: {}", names.join("; ")))
        .collect()
    }
}

/// An instrument as a record of its fields.
fn fields(instrument: &Instrument, supersedes: &str) -> Map<String, Value> {
    let record = json!({
        "number": instrument.number, "kind": instrument.kind, "issuer": instrument.issuer, "issued_on": instrument.issued_on, "title": instrument.title,
        "valid_from": instrument.valid_from, "valid_to": instrument.valid_to, "supersedes": supersedes, "confidence": instrument.confidence,
        "source": instrument.source, "note": instrument.note,
    });
    match record {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn print(fields: &Map<String, Value>) -> String {
    digest(Value::Object(fields.clone()).to_string().as_bytes())
}

/// How a stored instrument stands to what the program says.
enum Stands {
    New,
    Same,
    /// From what to what, field by field.
    Other(Map<String, Value>),
    /// Changed in the store since the program wrote it.
    Own,
}

fn mark(id: &str) -> String {
    format!("law:{id}")
}

async fn compare(tx: &mut Tx, instrument: &Instrument, supersedes: &str) -> Result<Stands> {
    let Some((known, known_supersedes)) = store::instrument_whole(tx, &instrument.id).await? else { return Ok(Stands::New) };
    let (before, after) = (fields(&known, &known_supersedes), fields(instrument, supersedes));
    if before == after {
        return Ok(Stands::Same);
    }
    let written = fact::find(tx, &mark(&instrument.id)).await?;
    if written.is_some_and(|written| written != print(&before)) {
        return Ok(Stands::Own);
    }
    let changes = after.iter().filter(|(name, value)| before.get(*name) != Some(value));
    Ok(Stands::Other(changes.map(|(name, value)| (name.clone(), json!({"from": before.get(name), "to": value}))).collect()))
}

/// Brings the instruments of a store to what the program says. `is_told`: each change gets a line in the journal.
pub async fn instruments(tx: &mut Tx, law: &[(Instrument, String)], is_told: bool, now: DateTime<Utc>) -> Result<Learnt> {
    let mut learnt = Learnt::default();
    for (instrument, supersedes) in law {
        let detail = match compare(tx, instrument, supersedes).await? {
            Stands::New => {
                learnt.added.push(instrument.number.clone());
                json!({"number": instrument.number, "set": fields(instrument, supersedes)})
            }
            Stands::Other(changes) => {
                learnt.changed.push(instrument.number.clone());
                json!({"number": instrument.number, "changes": changes})
            }
            Stands::Own => {
                learnt.kept.push(instrument.number.clone());
                continue;
            }
            Stands::Same => json!(null),
        };
        let written = print(&fields(instrument, supersedes));
        fact::put(tx, &mark(&instrument.id), &written).await?;
        if detail.is_null() {
            continue;
        }
        store::put_instrument(tx, instrument, supersedes).await?;
        if is_told {
            Note::of("learn_instrument", ("instrument", &instrument.id), detail).by_name(tx, now, ("system", "ocop init")).await?;
        }
    }
    Ok(learnt)
}

/// What a store would learn by `ocop init`, without learning it.
pub async fn pending(tx: &mut Tx, law: &[(Instrument, String)]) -> Result<Learnt> {
    let mut learnt = Learnt::default();
    for (instrument, supersedes) in law {
        match compare(tx, instrument, supersedes).await? {
            Stands::New => learnt.added.push(instrument.number.clone()),
            Stands::Other(_) => learnt.changed.push(instrument.number.clone()),
            Stands::Own => learnt.kept.push(instrument.number.clone()),
            Stands::Same => {}
        }
    }
    Ok(learnt)
}
