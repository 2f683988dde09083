//! SQL of leases: taken, renewed, given back, ended. Only who holds the claim changes a job that runs.
//! They touch rows of `job` alone and go on aside of writers, so that work is taken while a long import writes.

use chrono::{DateTime, Duration, Utc};

use super::{Far, Job, Lane};
use crate::db::{DbResult, Dialect, Tx};
use crate::{clock, execute, fetch_optional};

/// Whether there is anything to take, so that a quiet lane never opens a transaction that writes.
pub async fn is_due(tx: &mut Tx, lane: Lane, now: DateTime<Utc>) -> DbResult<bool> {
    let found = fetch_optional!(
        tx,
        (String,),
        "select id from job where lane = $1 and state in ('waiting', 'running') and run_at <= $2 limit 1",
        lane.word(),
        now
    )?;
    Ok(found.is_some())
}

/// Takes the next job of a lane that is due; one worker gets it. The try is counted here, so that work which ends the process
/// is not taken for ever. What waits and is the same counts as done with it: it was committed before, so this run sees it.
pub async fn claim(tx: &mut Tx, lane: Lane, now: DateTime<Utc>, lease: Duration) -> DbResult<Option<Job>> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => {
            "update job set state = 'running', attempts = attempts + 1, lost = lost + case when state = 'running' then 1 else 0 end,
               run_at = $3, holder = $4, done = 0, total = 0, stage = ''
             where id = (select id from job j where lane = $1 and state in ('waiting', 'running') and run_at <= $2
               and not exists (select 1 from job r where r.once = j.once and r.state = 'running' and r.id <> j.id)
               order by run_at, id limit 1)
             returning id, kind, lane, payload, state, attempts, done, total, stage, outcome, owner, holder, lost"
        }
        Dialect::Postgres => {
            "update job set state = 'running', attempts = attempts + 1, lost = lost + case when state = 'running' then 1 else 0 end,
               run_at = $3, holder = $4, done = 0, total = 0, stage = ''
             where id = (select id from job j where lane = $1 and state in ('waiting', 'running') and run_at <= $2
               and not exists (select 1 from job r where r.once = j.once and r.state = 'running' and r.id <> j.id)
               order by run_at, id limit 1 for update skip locked)
             returning id, kind, lane, payload, state, attempts, done, total, stage, outcome, owner, holder, lost"
        }
    };
    let claimed = fetch_optional!(tx, Job, sql, lane.word(), now, now + lease, clock::new_id());
    let job = match claimed {
        // another node has just begun the same
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => None,
        claimed => claimed?,
    };
    if let Some(job) = &job {
        execute!(
            tx,
            "update job set state = 'done', outcome = $1, finished_at = $2 where state = 'waiting' and once = (select once from job where id = $1)",
            &job.id,
            now
        )?;
    }
    Ok(job)
}

/// Holds a job for another lease and writes down how far it is; false if it is no longer held.
pub async fn renew(tx: &mut Tx, job: &Job, until: DateTime<Utc>, far: &Far) -> DbResult<bool> {
    let kept = execute!(
        tx,
        "update job set run_at = $3, stage = $4, done = $5, total = $6 where id = $1 and holder = $2 and state = 'running'",
        &job.id,
        &job.holder,
        until,
        far.stage,
        far.done as i64,
        far.total as i64
    )?;
    Ok(kept == 1)
}

/// Gives back a job that a stop of the program interrupts: due at once, and no try of its own.
pub async fn release(tx: &mut Tx, job: &Job, now: DateTime<Utc>) -> DbResult<bool> {
    let given = execute!(
        tx,
        "update job set state = 'waiting', attempts = attempts - 1, run_at = $3, holder = '' where id = $1 and holder = $2 and state = 'running'",
        &job.id,
        &job.holder,
        now
    )?;
    Ok(given == 1)
}

/// Puts a job off until a moment.
pub async fn retry(tx: &mut Tx, job: &Job, at: DateTime<Utc>) -> DbResult<bool> {
    let put_off = execute!(
        tx,
        "update job set state = 'waiting', run_at = $3, holder = '' where id = $1 and holder = $2 and state = 'running'",
        &job.id,
        &job.holder,
        at
    )?;
    Ok(put_off == 1)
}

/// Ends a job. A mail's text carries names and one-time links: it is not kept.
pub async fn finish(tx: &mut Tx, job: &Job, state: &str, outcome: &str, now: DateTime<Utc>) -> DbResult<bool> {
    let ended = execute!(
        tx,
        "update job set state = $3, outcome = $4, finished_at = $5, holder = '', payload = case when lane = 'mail' then '' else payload end
         where id = $1 and holder = $2 and state = 'running'",
        &job.id,
        &job.holder,
        state,
        outcome,
        now
    )?;
    Ok(ended == 1)
}
