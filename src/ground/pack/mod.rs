//! What the law and the pack of a province write into tables of their own: instruments, criteria sets, units, agencies,
//! plans. `files` reads them, `things` turns them into entries, `learn` compares and tells, `write` puts them into the store.

mod files;
mod learn;
#[cfg(test)]
mod tests;
mod things;
mod write;

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::clock::local;
use crate::db::{Db, Tx, fact};
use crate::error::Result;
use crate::law::{Books, Lists, bad};

pub use files::{Law, law};
pub use learn::Learnt;

/// Whose digest of law and pack the store has learnt.
const LEARNT: &str = "law";

/// Brings a store to what law and pack say by now: what is new or changed is written, with a line in the journal each, unless
/// the store is new; what was changed in the store is left alone and told.
///
/// # Errors
/// A file is wrong, or the law says something else of days that have passed: it is refused as a whole, and nothing is written.
pub async fn sync(tx: &mut Tx, books: &Books, lists: &Lists, now: DateTime<Utc>) -> Result<Learnt> {
    let digest = books.digest()?;
    let is_known = fact::find(tx, "pack").await?.is_some();
    if is_known && fact::find(tx, LEARNT).await?.as_ref() == Some(&digest) {
        return Ok(Learnt::default());
    }
    let things = things::Things::read(books, lists)?;
    let mut teller = learn::Teller { now, today: local(now).date_naive(), is_told: is_known, learnt: Learnt::default() };
    learn::lists(tx, &mut teller, &things.lists).await?;
    write::instruments(tx, &mut teller, &things.instruments).await?;
    write::sets(tx, &mut teller, &things.sets).await?;
    write::units(tx, &mut teller, &things.units).await?;
    write::agencies(tx, &mut teller, &things).await?;
    write::plans(tx, &mut teller, &things.plans).await?;
    fact::put(tx, "code_prefix", &things.about.code_prefix).await?;
    fact::put(tx, "pack", &format!("{} {}", things.about.code, things.about.name)).await?;
    fact::put(tx, LEARNT, &digest).await?;
    Ok(teller.learnt)
}

/// The same for a store that is opened: nothing where it was never filled. Nodes that start at once learn one after the other.
///
/// # Errors
/// Those of [`sync`]; the store is left as it was.
pub async fn open(db: &Db, lists: &Lists, now: DateTime<Utc>) -> Result<Learnt> {
    let mut tx = db.read().await?;
    if fact::find(&mut tx, "pack").await?.is_none() {
        return Ok(Learnt::default());
    }
    let books = Books::new(folder(&mut tx).await?);
    let is_learnt = fact::find(&mut tx, LEARNT).await? == Some(books.digest()?);
    drop(tx);
    if is_learnt {
        return Ok(Learnt::default());
    }
    let mut tx = db.write().await?;
    let learnt = sync(&mut tx, &books, lists, now).await?;
    tx.commit().await?;
    Ok(learnt)
}

/// The folder of the pack of a store; none is the one that is built in.
pub async fn folder(tx: &mut Tx) -> Result<Option<std::path::PathBuf>> {
    Ok(fact::find(tx, "pack_folder").await?.map(Into::into))
}

/// Boundaries, if the pack in use brings them.
pub fn boundaries(folder: Option<&Path>) -> Result<Option<crate::geo::Boundaries>> {
    match Books::new(folder.map(Path::to_owned)).pack.read("boundaries.topojson")? {
        None => Ok(None),
        Some(text) => {
            crate::geo::Boundaries::from_topojson(&text).map(Some).map_err(|error| bad("boundaries.topojson", format!("{error:?}")))
        }
    }
}
