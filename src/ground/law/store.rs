//! SQL of what a store has lived by: each entry of law and pack as the program wrote it last, with its days.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

use super::{Entry, Period};
use crate::db::{DbResult, Tx};
use crate::{execute, execute_many, fetch_all, fetch_optional};

#[derive(sqlx::FromRow)]
struct Row {
    list: String,
    id: String,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    body: String,
}

impl From<Row> for Entry {
    fn from(row: Row) -> Entry {
        let body: Map<String, Value> = serde_json::from_str(&row.body).unwrap_or_default();
        Entry { list: row.list, id: row.id, period: Period { from: row.valid_from, to: row.valid_to }, body }
    }
}

/// The entries of a list that the store has lived by.
pub async fn entries(tx: &mut Tx, list: &str) -> DbResult<Vec<Entry>> {
    let rows = fetch_all!(tx, Row, "select list, id, valid_from, valid_to, body from law_entry where list = $1 order by id, begins", list)?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// What a list said of a word on a day.
pub async fn on(tx: &mut Tx, list: &str, id: &str, day: NaiveDate) -> DbResult<Option<Entry>> {
    let row = fetch_optional!(
        tx,
        Row,
        "select list, id, valid_from, valid_to, body from law_entry
         where list = $1 and id = $2 and (valid_from is null or valid_from <= $3) and (valid_to is null or valid_to > $3) order by begins desc limit 1",
        list,
        id,
        day
    )?;
    Ok(row.map(Entry::from))
}

/// Writes down what the program says now.
pub async fn put(tx: &mut Tx, entries: &[&Entry], now: DateTime<Utc>) -> DbResult<()> {
    execute_many!(
        tx,
        7,
        "insert into law_entry (list, id, begins, valid_from, valid_to, body, learnt_at) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (list, id, begins) do update set valid_to = excluded.valid_to, body = excluded.body, learnt_at = excluded.learnt_at",
        entries,
        |entry| [
            &entry.list,
            &entry.id,
            entry.begins(),
            entry.period.from,
            entry.period.to,
            Value::Object(entry.body.clone()).to_string(),
            now
        ]
    )
}

/// Forgets an entry that never began.
pub async fn drop(tx: &mut Tx, entry: &Entry) -> DbResult<u64> {
    execute!(tx, "delete from law_entry where list = $1 and id = $2 and begins = $3", &entry.list, &entry.id, entry.begins())
}
