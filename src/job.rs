//! Work that outlives a request: a table, queued in the caller's transaction, one loop, retry with back-off.

use chrono::{DateTime, Duration, Utc};

use crate::app::{App, jobs};
use crate::db::{DbResult, Dialect, Tx};
use crate::error::Result;
use crate::{clock, execute, fetch_all, fetch_optional};

/// A queued piece of work.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Job {
    /// Identifier.
    pub id: String,
    /// What kind of work.
    pub kind: String,
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
    /// JSON left by the worker.
    pub outcome: String,
    /// Who asked for it.
    pub owner: String,
}

/// Queues work in the caller's transaction; gives its id.
pub async fn queue(tx: &mut Tx, now: DateTime<Utc>, kind: &str, payload: &str, owner: &str) -> DbResult<String> {
    let id = clock::new_id();
    execute!(
        tx,
        "insert into job (id, kind, payload, state, attempts, run_at, done, total, outcome, owner, created_at)
         values ($1, $2, $3, 'waiting', 0, $4, 0, 0, '', $5, $4)",
        &id,
        kind,
        payload,
        now,
        owner
    )?;
    Ok(id)
}

/// A job by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Job>> {
    fetch_optional!(tx, Job, "select id, kind, payload, state, attempts, done, total, outcome, owner from job where id = $1", id)
}

/// Notes how far long work has come.
pub async fn progress(tx: &mut Tx, id: &str, done: i64, total: i64) -> DbResult<u64> {
    execute!(tx, "update job set done = $2, total = $3 where id = $1", id, done, total)
}

/// Takes the next job that is due; one worker gets it.
async fn claim(tx: &mut Tx, now: DateTime<Utc>) -> DbResult<Option<Job>> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => {
            "update job set state = 'running', attempts = attempts + 1, run_at = $2 where id =
               (select id from job where state in ('waiting', 'running') and run_at <= $1 order by run_at, id limit 1)
             returning id, kind, payload, state, attempts, done, total, outcome, owner"
        }
        Dialect::Postgres => {
            "update job set state = 'running', attempts = attempts + 1, run_at = $2 where id =
               (select id from job where state in ('waiting', 'running') and run_at <= $1 order by run_at, id limit 1 for update skip locked)
             returning id, kind, payload, state, attempts, done, total, outcome, owner"
        }
    };
    // a running job whose worker died is due again after its lease
    fetch_optional!(tx, Job, sql, now, now + Duration::minutes(30))
}

/// Ends a job. A mail's text carries names and one-time links: it is not kept.
async fn finish(tx: &mut Tx, job: &Job, state: &str, outcome: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(tx, "update job set state = $2, outcome = $3, finished_at = $4, payload = case when kind = 'mail' then '' else payload end where id = $1", &job.id, state, outcome, now)
}

const MOST_ATTEMPTS: i64 = 8;

/// Runs jobs that are due until none is left; gives how many.
pub async fn run_due(app: &App) -> Result<usize> {
    let mut ran = 0;
    loop {
        let now = app.clock().now();
        let mut tx = app.db().write().await?;
        let Some(job) = claim(&mut tx, now).await? else { return Ok(ran) };
        tx.commit().await?;
        let result = jobs::work(app, &job).await;
        let now = app.clock().now();
        let mut tx = app.db().write().await?;
        match result {
            Ok(outcome) => {
                finish(&mut tx, &job, "done", &outcome, now).await?;
            }
            Err(error) if job.attempts >= MOST_ATTEMPTS => {
                tracing::error!(job = job.id, kind = job.kind, %error, "job given up");
                finish(&mut tx, &job, "failed", &error.to_string(), now).await?;
            }
            Err(error) => {
                tracing::warn!(job = job.id, kind = job.kind, %error, attempts = job.attempts, "job will be tried again");
                let wait = Duration::seconds(10_i64 << job.attempts.min(10));
                execute!(&mut tx, "update job set state = 'waiting', run_at = $2 where id = $1", &job.id, now + wait)?;
            }
        }
        tx.commit().await?;
        ran += 1;
    }
}

/// The worker loop: woken by [`App::wake`], and every few seconds anyway.
pub async fn run_forever(app: App) {
    loop {
        if let Err(error) = jobs::begin_day(&app).await {
            tracing::error!(%error, "the day's work");
        }
        if let Err(error) = run_due(&app).await {
            tracing::error!(%error, "worker");
        }
        let _ = tokio::time::timeout(std::time::Duration::from_secs(3), app.woken()).await;
    }
}

/// Mails that were queued and are not sent: id and letter.
pub async fn mails(tx: &mut Tx) -> DbResult<Vec<(String, String)>> {
    fetch_all!(tx, (String, String), "select id, payload from job where kind = 'mail' and payload <> ''")
}

/// Takes a queued mail back.
pub async fn forget(tx: &mut Tx, id: &str) -> DbResult<u64> {
    execute!(tx, "delete from job where id = $1", id)
}
