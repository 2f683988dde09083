//! What nodes that share a store tell each other: how often something that they hold in memory was changed.

use crate::db::{DbResult, Tx};
use crate::{execute, fetch_optional};

/// The administrative units.
pub const UNITS: &str = "units";

/// Tells all nodes, once the caller's transaction is committed, to read this again.
pub async fn tell(tx: &mut Tx, name: &str) -> DbResult<u64> {
    execute!(tx, "insert into change (name, number) values ($1, 1) on conflict (name) do update set number = change.number + 1", name)
}

/// How often it was changed.
pub async fn number(tx: &mut Tx, name: &str) -> DbResult<i64> {
    Ok(fetch_optional!(tx, (i64,), "select number from change where name = $1", name)?.map_or(0, |(number,)| number))
}
