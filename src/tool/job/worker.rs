//! The loops that do the work: one a lane, each watched, each job in a task of its own.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle, JoinSet};

use super::desk::{begin_day, work};
use super::{Job, Lane, Run, claim, told, untell};
use crate::error::{Error, Result};
use crate::state::App;

/// Tries after which work is given up.
const MOST_ATTEMPTS: i64 = 8;
/// Processes that may end while they do a piece of work before it is given up: each takes everybody's pages with it.
const MOST_LOST: i64 = 3;
/// How often a lane looks for work that nobody of this process queued.
const PAUSE: Duration = Duration::from_secs(3);
/// How often it is written down how far a job is.
const TICK: Duration = Duration::from_secs(2);
/// How long a job may go on after the program was told to stop.
const GRACE: Duration = Duration::from_secs(3);
/// How long the worker waits for the store where it can do without.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs jobs that are due until none is left; gives how many.
pub async fn run_due(app: &App) -> Result<usize> {
    run_due_by(app, work).await
}

/// The same, done by `work`.
pub(super) async fn run_due_by(app: &App, work: Run) -> Result<usize> {
    let (_open, stop) = watch::channel(false);
    let mut ran = 0;
    loop {
        let before = ran;
        for lane in Lane::ALL {
            while run_next(app, lane, &stop, work).await? {
                ran += 1;
            }
        }
        if ran == before {
            return Ok(ran);
        }
    }
}

/// Does the work of all lanes until told to stop; what runs then is finished quickly or given back.
pub async fn run_forever(app: App, stop: watch::Receiver<bool>) {
    run_forever_by(app, stop, work).await;
}

/// The same, done by `work`.
pub(super) async fn run_forever_by(app: App, stop: watch::Receiver<bool>, work: Run) {
    let mut loops = JoinSet::new();
    for lane in Lane::ALL {
        let (app, stop) = (app.clone(), stop.clone());
        loops.spawn(async move {
            let health = app.clone();
            watched(health.health(), lane, || lane_loop(app.clone(), lane, stop.clone(), work)).await;
        });
    }
    while loops.join_next().await.is_some() {}
}

/// Begins a loop again whenever it breaks off, until it ends by itself.
pub(super) async fn watched<F>(health: &super::Health, lane: Lane, begin: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    while let Err(error) = tokio::spawn(begin()).await {
        tracing::error!(lane = lane.word(), %error, "the worker broke off and begins again");
        health.restarted();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn lane_loop(app: App, lane: Lane, mut stop: watch::Receiver<bool>, work: Run) {
    let mut woken = app.woken();
    while !*stop.borrow() && stop.has_changed().is_ok() {
        woken.borrow_and_update();
        app.health().beat(lane);
        if lane == Lane::Day
            && let Err(error) = begin_day(&app).await
        {
            tracing::error!(%error, "the day's work could not be queued and is tried again");
        }
        let more = match run_next(&app, lane, &stop, work).await {
            Ok(ran) => ran,
            Err(error) => {
                tracing::error!(lane = lane.word(), %error, "worker");
                false
            }
        };
        if !more {
            tokio::select! {
                _ = woken.changed() => {}
                _ = stop.wait_for(|stop| *stop) => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }
}

/// A task that ends with whoever waits for it.
struct Running(JoinHandle<Result<String>>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How the run of a job ended.
enum Ended {
    With(std::result::Result<Result<String>, JoinError>),
    Stopped,
    Lost,
}

/// Does the next job of a lane, if one is due; whether there was one.
async fn run_next(app: &App, lane: Lane, stop: &watch::Receiver<bool>, work: Run) -> Result<bool> {
    let lease = app.config().job_lease;
    let mut tx = app.db().read().await?;
    let is_due = claim::is_due(&mut tx, lane, app.clock().now()).await?;
    drop(tx);
    if !is_due {
        return Ok(false);
    }
    let mut tx = app.db().aside().await?;
    let now = app.clock().now();
    let Some(job) = claim::claim(&mut tx, lane, now, lease).await? else { return Ok(false) };
    if job.attempts > MOST_ATTEMPTS || job.lost >= MOST_LOST {
        tracing::error!(job = job.id, kind = job.kind, lost = job.lost, "job given up: processes ended while they did it");
        claim::finish(&mut tx, &job, "failed", "the process ended while it ran", now).await?;
        tx.commit().await?;
        app.health().ended(&job.kind, "failed", Duration::ZERO);
        return Ok(true);
    }
    tx.commit().await?;
    let begun = Instant::now();
    let ended = held(app, &job, stop.clone(), work).await;
    untell(&job.id);
    let word = close(app, &job, ended).await?;
    app.health().ended(&job.kind, word, begun.elapsed());
    Ok(true)
}

/// Runs a job in a task of its own and holds its lease meanwhile.
async fn held(app: &App, job: &Job, mut stop: watch::Receiver<bool>, work: Run) -> Ended {
    let mut running = Running(tokio::spawn(work(app.clone(), job.clone())));
    let third = (app.config().job_lease / 3).to_std().unwrap_or(TICK);
    let (mut renewed, mut noted) = (Instant::now(), told(&job.id));
    loop {
        tokio::select! {
            ended = &mut running.0 => return Ended::With(ended),
            () = tokio::time::sleep(TICK.min(third)) => {}
            // where nobody can say stop any more, nobody does
            true = async { stop.wait_for(|stop| *stop).await.is_ok() } => {
                if let Ok(ended) = tokio::time::timeout(GRACE, &mut running.0).await {
                    return Ended::With(ended);
                }
                running.0.abort();
                // what was under way is undone before the job is given back
                return match (&mut running.0).await {
                    Err(error) if error.is_cancelled() => Ended::Stopped,
                    ended => Ended::With(ended),
                };
            }
        }
        app.health().beat(job.lane());
        let far = told(&job.id);
        if far == noted && renewed.elapsed() < third {
            continue;
        }
        // the embedded store has one writer, which may be this very job: it is then held by that
        match tokio::time::timeout(PATIENCE, renew(app, job)).await {
            Ok(Ok(true)) => (renewed, noted) = (Instant::now(), far),
            Ok(Ok(false)) => {
                tracing::error!(job = job.id, kind = job.kind, "another node has taken this job over");
                return Ended::Lost;
            }
            Ok(Err(error)) => tracing::warn!(job = job.id, %error, "the lease could not be renewed"),
            Err(_) => {}
        }
    }
}

async fn renew(app: &App, job: &Job) -> Result<bool> {
    let mut tx = app.db().aside().await?;
    let until = app.clock().now() + app.config().job_lease;
    let kept = claim::renew(&mut tx, job, until, &told(&job.id).unwrap_or_default()).await?;
    tx.commit().await?;
    Ok(kept)
}

/// Writes down how a job ended; gives the word for it.
async fn close(app: &App, job: &Job, ended: Ended) -> Result<&'static str> {
    let result = match ended {
        Ended::Lost => return Ok("lost"),
        Ended::Stopped => None,
        Ended::With(Ok(result)) => Some(result),
        Ended::With(Err(error)) => {
            app.health().panicked();
            Some(Err(Error::internal(error.to_string())))
        }
    };
    let mut tx = app.db().aside().await?;
    let now = app.clock().now();
    let word = match result {
        None => {
            tracing::info!(job = job.id, kind = job.kind, "given back");
            claim::release(&mut tx, job, now).await?;
            "released"
        }
        Some(Ok(outcome)) => {
            claim::finish(&mut tx, job, "done", &outcome, now).await?;
            "done"
        }
        Some(Err(error)) if job.attempts >= MOST_ATTEMPTS => {
            tracing::error!(job = job.id, kind = job.kind, %error, "job given up");
            claim::finish(&mut tx, job, "failed", &error.to_string(), now).await?;
            "failed"
        }
        Some(Err(error)) => {
            tracing::warn!(job = job.id, kind = job.kind, %error, attempts = job.attempts, "job will be tried again");
            claim::retry(&mut tx, job, now + chrono::Duration::seconds(10_i64 << job.attempts.min(10))).await?;
            "again"
        }
    };
    tx.commit().await?;
    Ok(word)
}
