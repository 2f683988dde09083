//! Facts of a store, a word each: which pack it has, where its files lie, how far its numbers have run.

use super::{DbResult, Tx};
use crate::{execute, fetch_one, fetch_optional};

/// A fact, if it was put down.
pub async fn find(tx: &mut Tx, name: &str) -> DbResult<Option<String>> {
    Ok(fetch_optional!(tx, (String,), "select value from meta where name = $1", name)?.map(|(value,)| value))
}

/// Puts a fact down, over what was there.
pub async fn put(tx: &mut Tx, name: &str, value: &str) -> DbResult<u64> {
    execute!(tx, "insert into meta (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value", name, value)
}

/// Puts a fact down if there is none; whether there was none.
pub async fn add(tx: &mut Tx, name: &str, value: &str) -> DbResult<bool> {
    Ok(execute!(tx, "insert into meta (name, value) values ($1, $2) on conflict (name) do nothing", name, value)? == 1)
}

/// Takes a fact away.
pub async fn drop(tx: &mut Tx, name: &str) -> DbResult<u64> {
    execute!(tx, "delete from meta where name = $1", name)
}

/// Waits for whoever else holds this name until their transaction is over.
pub async fn hold(tx: &mut Tx, name: &str) -> DbResult<u64> {
    execute!(tx, "insert into meta (name, value) values ($1, '') on conflict (name) do update set value = meta.value", name)
}

/// The next of a run of numbers, from 1.
pub async fn next_number(tx: &mut Tx, name: &str) -> DbResult<i64> {
    let (number,) = fetch_one!(
        tx,
        (i64,),
        "insert into meta (name, value) values ($1, '1') on conflict (name) do update set value = cast(cast(meta.value as bigint) + 1 as text)
         returning cast(value as bigint)",
        name
    )?;
    Ok(number)
}

/// Keeps a run of numbers above those that came from elsewhere.
pub async fn raise_number(tx: &mut Tx, name: &str, number: i64) -> DbResult<u64> {
    execute!(
        tx,
        "insert into meta (name, value) values ($1, cast($2 as text)) on conflict (name) do update set value = excluded.value
         where cast(meta.value as bigint) < cast(excluded.value as bigint)",
        name,
        number.to_string()
    )
}

/// The letters with which the codes of this store's registers begin; the pack says them.
pub async fn code_prefix(tx: &mut Tx) -> DbResult<String> {
    Ok(find(tx, "code_prefix").await?.unwrap_or_else(|| "OCOP".to_owned()))
}
