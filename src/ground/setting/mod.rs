//! Numbers that neither law nor this program fixes: an administrator sets them from a day on, with a reason.

mod days;
mod limit;
mod pages;
#[cfg(test)]
mod tests;

pub use limit::slow_down;

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::db::{DbResult, Tx};
use crate::law::{Dated, List, built_in};
use crate::listed;
use crate::{execute, fetch_all, fetch_optional};

/// The routes of this slice.
pub fn routes() -> crate::access::Routes {
    days::routes().merge(pages::routes())
}

/// A number that can be set, as the built-in list describes it.
#[derive(Clone, Debug, Deserialize)]
pub struct Known {
    /// Name in the program and in the store.
    pub name: String,
    /// What it decides, in Vietnamese.
    pub vi: String,
    /// The same in English.
    pub en: String,
    /// What is counted.
    pub unit: String,
    /// Its value until somebody sets another.
    pub first: i64,
    /// Smallest value that makes sense.
    pub least: i64,
    /// Largest value that makes sense.
    pub most: i64,
    /// Where the first value comes from.
    pub basis: String,
    /// What the law says from a later day on.
    #[serde(default)]
    pub later: Vec<Later>,
}

/// A value that the law brought on a day; one that an administrator set stays.
#[derive(Clone, Debug, Deserialize)]
pub struct Later {
    /// First day.
    pub from: NaiveDate,
    /// The number.
    pub value: i64,
    /// Where it comes from.
    pub basis: String,
}

impl Known {
    /// What counts on a day while nobody has set another number.
    pub fn value(&self, on: NaiveDate) -> i64 {
        self.later.iter().rev().find(|later| later.from <= on).map_or(self.first, |later| later.value)
    }

    /// Where that comes from.
    pub fn basis(&self, on: NaiveDate) -> &str {
        self.later.iter().rev().find(|later| later.from <= on).map_or(self.basis.as_str(), |later| later.basis.as_str())
    }
}

listed! { "settings.toml" / "setting" of Known by name }

/// The list of them.
pub fn list() -> List {
    List::of::<Known>()
}

/// All numbers that can be set.
pub static KNOWN: LazyLock<Dated<Known>> = LazyLock::new(built_in);

/// A value with the day it counts from.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Value {
    /// First day.
    pub valid_from: NaiveDate,
    /// The number.
    pub value: i64,
    /// Why.
    pub reason: String,
    /// Who set it: role and body.
    pub set_by: String,
    /// When.
    pub set_at: DateTime<Utc>,
}

/// The number that counts on a day. An unknown name counts 0, which a test refuses.
pub async fn value(tx: &mut Tx, name: &str, on: NaiveDate) -> DbResult<i64> {
    let set = fetch_optional!(
        tx,
        (i64,),
        "select value from setting where name = $1 and valid_from <= $2 order by valid_from desc limit 1",
        name,
        on
    )?;
    Ok(set.map_or_else(|| KNOWN.ever(name).map_or(0, |known| known.value(on)), |(value,)| value))
}

/// All numbers that count on a day, by name.
pub async fn values(tx: &mut Tx, on: NaiveDate) -> DbResult<HashMap<String, i64>> {
    let set = fetch_all!(
        tx,
        (String, i64),
        "select name, value from setting s where valid_from <= $1
           and not exists (select 1 from setting l where l.name = s.name and l.valid_from <= $1 and l.valid_from > s.valid_from)",
        on
    )?;
    let mut values: HashMap<String, i64> = KNOWN.all().iter().map(|known| (known.name.clone(), known.value(on))).collect();
    values.extend(set);
    Ok(values)
}

/// A number of days that counts on a day.
pub async fn days(tx: &mut Tx, name: &str, on: NaiveDate) -> DbResult<chrono::Duration> {
    Ok(chrono::Duration::days(value(tx, name, on).await?))
}

/// Public holidays known from a day on, for a year: what no source of the program lists and an administrator enters.
pub async fn days_off(tx: &mut Tx, from: NaiveDate) -> DbResult<Vec<NaiveDate>> {
    let found = fetch_all!(
        tx,
        (NaiveDate,),
        "select day from day_off where day >= $1 and day < $2 order by day",
        from,
        from + chrono::Duration::days(366)
    )?;
    Ok(found.into_iter().map(|(day,)| day).collect())
}

/// All values that were ever set for a name, the newest first.
pub async fn history(tx: &mut Tx, name: &str) -> DbResult<Vec<Value>> {
    fetch_all!(tx, Value, "select valid_from, value, reason, set_by, set_at from setting where name = $1 order by valid_from desc", name)
}

/// Sets a number from a day on; a value of the same day is replaced.
pub async fn set(tx: &mut Tx, name: &str, value: &Value) -> DbResult<u64> {
    execute!(
        tx,
        "insert into setting (name, valid_from, value, reason, set_by, set_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (name, valid_from) do update set value = excluded.value, reason = excluded.reason, set_by = excluded.set_by, set_at = excluded.set_at",
        name,
        value.valid_from,
        value.value,
        &value.reason,
        &value.set_by,
        value.set_at
    )
}
