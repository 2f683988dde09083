//! How a store that exists learns what the law of the program says by now, with a line in the journal for each thing. What
//! was changed in the store since the program wrote it is left alone and told.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value, json};

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::journal::Note;
use crate::law::store::{self, drop, put};
use crate::law::{Entry, Fault, Found, changes, compare};
use crate::text::Tongue;

/// What was learnt, by what is shown of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learnt {
    /// New to the store.
    pub added: Vec<String>,
    /// Known, now with other words or days.
    pub changed: Vec<String>,
    /// Left as they are because somebody changed them in the store, or because days that have passed stay as they were judged.
    pub kept: Vec<String>,
}

impl Learnt {
    /// Whether there was nothing to learn.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.kept.is_empty()
    }

    /// What to tell on the command line, line by line.
    pub fn lines(&self, tongue: Tongue) -> Vec<String> {
        [
            (&self.added, tongue.pick("Mới theo văn bản, gói dữ liệu", "New by law or pack")),
            (&self.changed, tongue.pick("Có thay đổi", "Changed")),
            (&self.kept, tongue.pick("Giữ nguyên như trong kho", "Left as the store has it")),
        ]
        .into_iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, what)| format!("{what}: {}", names.join("; ")))
        .collect()
    }
}

/// What becomes of a thing that has a table of its own.
#[derive(Debug, PartialEq)]
pub enum What {
    /// The store has it like this; it is only written down what the program says.
    Adopt,
    /// Not there yet.
    New,
    /// There, said otherwise.
    Write(Map<String, Value>),
    /// There, changed in the store by somebody.
    Keep(Map<String, Value>),
}

/// A thing as its table has it.
pub struct Present {
    /// What it says.
    pub body: Map<String, Value>,
    /// Whether somebody changed it, as far as is known without what the program wrote last.
    pub is_own: bool,
}

/// Compares what the program wrote last, what the store has and what the program says now; none where it says nothing new.
pub fn judge(before: Option<&Entry>, present: Option<&Present>, after: &Entry) -> Option<What> {
    if before.is_some_and(|before| before.body == after.body) {
        return None;
    }
    let Some(present) = present else { return Some(What::New) };
    if present.body == after.body {
        return Some(What::Adopt);
    }
    let changes = changes(&present.body, &after.body);
    let is_own = before.map_or(present.is_own, |before| before.body != present.body);
    Some(if is_own { What::Keep(changes) } else { What::Write(changes) })
}

/// Tells what was learnt.
pub struct Teller {
    /// When.
    pub now: DateTime<Utc>,
    /// The day of it.
    pub today: NaiveDate,
    /// Whether each thing gets its line: a store that is being made knows nothing yet.
    pub is_told: bool,
    /// What was learnt so far.
    pub learnt: Learnt,
}

impl Teller {
    /// Notes what became of a thing: the entry is written down, the journal has its line.
    pub async fn tell(&mut self, tx: &mut Tx, verb: &str, subject: (&str, &str), entry: &Entry, what: &What) -> Result<()> {
        put(tx, &[entry], self.now).await?;
        let name = entry.name().to_owned();
        let (list, detail, verb) = match what {
            What::Adopt => return Ok(()),
            What::New => (&mut self.learnt.added, json!({"number": name, "set": entry.body}), verb),
            What::Write(changes) => (&mut self.learnt.changed, json!({"number": name, "changes": changes}), verb),
            What::Keep(changes) => (&mut self.learnt.kept, json!({"number": name, "changes": changes}), "keep_own"),
        };
        if self.is_told {
            list.push(name);
            Note::of(verb, subject, detail).by_name(tx, self.now, ("system", "ocop")).await?;
        }
        Ok(())
    }
}

/// Brings the lists of the law to what the program says.
///
/// # Errors
/// The law says something else of days that have passed.
pub async fn lists(tx: &mut Tx, teller: &mut Teller, lists: &[(String, Vec<Entry>)]) -> Result<()> {
    let is_same = |one: &Entry, other: &Entry| one.id == other.id && one.begins() == other.begins();
    let (mut faults, mut found) = (Vec::new(), Vec::new());
    for (list, entries) in lists {
        let known = store::entries(tx, list).await?;
        for before in &known {
            let after = entries.iter().find(|after| is_same(before, after));
            match compare(Some(before), after, teller.today) {
                Ok(Found::Changed(changes)) => found.push((before.clone(), after, changes)),
                Ok(Found::Same | Found::New) => {}
                Err(fault) => faults.push(fault_text(before, &fault)),
            }
        }
    }
    if !faults.is_empty() {
        return Err(Error::internal(format!(
            "văn bản của chương trình nói khác về những ngày đã qua so với kho này; hãy giữ mục cũ (ghi ngày hết hiệu lực), hoặc ghi lý do sửa vào `corrected` / the law of this program says something else of days that have passed; keep the entry and give it its last day, or say in `corrected` why it is corrected:\n{}",
            faults.join("\n")
        )));
    }
    for (before, after, changes) in found {
        let subject = format!("{}/{}", before.list, before.id);
        match after {
            Some(after) => teller.tell(tx, "learn_law", ("law", &subject), after, &What::Write(changes)).await?,
            None => {
                drop(tx, &before).await?;
                let detail = json!({"number": before.name(), "changes": changes});
                teller.learnt.changed.push(before.name().to_owned());
                Note::of("learn_law", ("law", &subject), detail).by_name(tx, teller.now, ("system", "ocop")).await?;
            }
        }
    }
    for (list, entries) in lists {
        let known = store::entries(tx, list).await?;
        if known.is_empty() {
            // the list itself is new to the store: what it says is written down as a whole
            put(tx, &entries.iter().collect::<Vec<_>>(), teller.now).await?;
            if teller.is_told {
                teller.learnt.added.push(list.clone());
                let detail = json!({"number": list, "rows": entries.len()});
                Note::of("learn_list", ("law", list), detail).by_name(tx, teller.now, ("system", "ocop")).await?;
            }
            continue;
        }
        for after in entries.iter().filter(|after| !known.iter().any(|before| is_same(before, after))) {
            teller.tell(tx, "learn_law", ("law", &format!("{list}/{}", after.id)), after, &What::New).await?;
        }
    }
    Ok(())
}

fn fault_text(entry: &Entry, fault: &Fault) -> String {
    let begins = entry.begins();
    match fault {
        Fault::Lost => format!("{} {} ({begins}): không còn / is gone", entry.list, entry.id),
        Fault::Rewritten(changes) => format!("{} {} ({begins}): {}", entry.list, entry.id, Value::Object(changes.clone())),
    }
}
