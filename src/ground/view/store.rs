//! SQL of kept filters.

use chrono::{DateTime, Utc};

use crate::db::{DbResult, Tx};
use crate::{execute, fetch_all, fetch_optional};

/// A filter that somebody keeps.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Kept {
    /// Identifier.
    pub id: String,
    /// Path of the list.
    pub path: String,
    /// Its name.
    pub name: String,
    /// The filter, as it stands in the address.
    pub query: String,
}

impl Kept {
    /// The list with this filter: what is sent on as a link.
    pub fn href(&self) -> String {
        format!("{}?{}", self.path, self.query)
    }
}

/// The filters of a person for a list, by name.
pub async fn of(tx: &mut Tx, person: &str, path: &str, most: i64) -> DbResult<Vec<Kept>> {
    fetch_all!(
        tx,
        Kept,
        "select id, path, name, query from kept_filter where person_id = $1 and path = $2 order by name, id limit $3",
        person,
        path,
        most
    )
}

/// Keeps a filter; one of the same name is replaced.
pub async fn keep(tx: &mut Tx, kept: &Kept, person: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into kept_filter (id, person_id, path, name, query, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (person_id, path, name) do update set query = excluded.query",
        &kept.id,
        person,
        &kept.path,
        &kept.name,
        &kept.query,
        now
    )
}

/// Takes a filter of a person away.
pub async fn take(tx: &mut Tx, person: &str, id: &str) -> DbResult<Option<Kept>> {
    fetch_optional!(tx, Kept, "delete from kept_filter where id = $1 and person_id = $2 returning id, path, name, query", id, person)
}

/// Forgets the filters of a person.
pub async fn forget(tx: &mut Tx, person: &str) -> DbResult<u64> {
    execute!(tx, "delete from kept_filter where person_id = $1", person)
}
