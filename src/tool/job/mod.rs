//! Work that outlives a request: a table, queued in the caller's transaction, done by any node, tried again with back-off.
//!
//! Who takes a piece of work holds it under a lease of minutes that is renewed while it runs; a node that dies lets go of it
//! so. Lanes keep what is short from waiting for what is long.

mod claim;
mod desk;
mod health;
#[cfg(test)]
mod tests;
mod worker;

pub use desk::{Desk, begin_day};
pub use health::{Health, tidy};
pub use worker::{run_due, run_forever};

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{LazyLock, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::db::{DbResult, Tx};
use crate::error::Result;
use crate::state::App;
use crate::{clock, execute, fetch_all, fetch_optional, words};

words! {
    /// Work that goes on beside that of the other lanes.
    pub enum Lane {
        /// Mails.
        Mail = "mail",
        /// What a change brings about: seconds.
        Work = "work",
        /// What the clock brings about, once a day.
        Day = "day",
        /// Files that are read: minutes.
        Long = "long",
    }
}

/// A kind of work. The slice that queues it names it; `app/jobs.rs` says who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// As it stands in the store.
    pub name: &'static str,
    /// Beside which work it goes on.
    pub lane: Lane,
    /// With the same payload one runs at a time, and what waits when it begins is done with it.
    pub once: bool,
}

impl Kind {
    /// A kind of work in a lane.
    pub const fn new(name: &'static str, lane: Lane) -> Kind {
        Kind { name, lane, once: false }
    }

    /// The same, of which one at a time is enough.
    pub const fn once(self) -> Kind {
        Kind { once: true, ..self }
    }
}

/// Work under way; what it gives is kept with the job.
pub type Work = Pin<Box<dyn Future<Output = Result<String>> + Send>>;

/// Who does a kind of work.
pub type Run = fn(App, Job) -> Work;

/// All kinds of work, with who does it. What a run leaves is kept with the job.
pub type Kinds = &'static [(Kind, Run)];

/// A queued piece of work.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Job {
    /// Identifier.
    pub id: String,
    /// What kind of work.
    pub kind: String,
    /// Word of its lane.
    pub lane: String,
    /// JSON for the worker.
    pub payload: String,
    /// `waiting`, `running`, `done`, `failed`.
    pub state: String,
    /// Tries so far.
    pub attempts: i64,
    /// Steps done.
    pub done: i64,
    /// Steps in all; 0 = not known yet.
    pub total: i64,
    /// What is being done now.
    pub stage: String,
    /// JSON left by the worker.
    pub outcome: String,
    /// Who asked for it.
    pub owner: String,
    /// The claim under which it runs.
    pub holder: String,
    /// How often a process ended while it ran.
    pub lost: i64,
}

impl Job {
    fn lane(&self) -> Lane {
        Lane::ALL.into_iter().find(|lane| lane.word() == self.lane).unwrap_or(Lane::Work)
    }
}

/// Queues work in the caller's transaction; gives its id.
pub async fn queue(tx: &mut Tx, now: DateTime<Utc>, kind: Kind, payload: &str, owner: &str) -> DbResult<String> {
    let id = clock::new_id();
    execute!(
        tx,
        "insert into job (id, kind, lane, once, payload, state, attempts, run_at, done, total, outcome, owner, created_at)
         values ($1, $2, $3, $4, $5, 'waiting', 0, $6, 0, 0, '', $7, $6)",
        &id,
        kind.name,
        kind.lane.word(),
        kind.once.then(|| format!("{} {payload}", kind.name)),
        payload,
        now,
        owner
    )?;
    Ok(id)
}

/// Queues a slice's work of a day; whether nobody had done so.
pub async fn queue_day(tx: &mut Tx, now: DateTime<Utc>, kind: Kind, day: &str) -> DbResult<bool> {
    let queued = fetch_optional!(
        tx,
        (String,),
        "insert into job (id, kind, lane, payload, state, attempts, run_at, done, total, outcome, owner, created_at)
         values ($1, $2, $3, $4, 'waiting', 0, $5, 0, 0, '', 'system', $5) on conflict do nothing returning id",
        clock::new_id(),
        kind.name,
        kind.lane.word(),
        day,
        now
    )?;
    Ok(queued.is_some())
}

/// A job by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Job>> {
    fetch_optional!(
        tx,
        Job,
        "select id, kind, lane, payload, state, attempts, done, total, stage, outcome, owner, holder, lost from job where id = $1",
        id
    )
}

/// How far work has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Far {
    /// What is being done; empty until something is.
    pub stage: &'static str,
    /// Steps done.
    pub done: usize,
    /// Steps in all; 0 = not known yet.
    pub total: usize,
}

/// How far the jobs of this process are; the worker writes it down for the other nodes.
static RUNNING: LazyLock<Mutex<HashMap<String, Far>>> = LazyLock::new(Mutex::default);

/// Tells how far a job is. Cheap: nothing is written here.
pub fn tell(id: &str, far: Far) {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), far);
}

/// What a job of this process told last.
pub fn told(id: &str) -> Option<Far> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
}

fn untell(id: &str) {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
}

/// Mails that were queued and are not sent: id and letter.
pub async fn mails(tx: &mut Tx) -> DbResult<Vec<(String, String)>> {
    fetch_all!(tx, (String, String), "select id, payload from job where kind = 'mail' and payload <> ''")
}

/// Takes a queued mail back.
pub async fn forget(tx: &mut Tx, id: &str) -> DbResult<u64> {
    execute!(tx, "delete from job where id = $1", id)
}
