//! What operators ask of the worker: whether it goes on, what waits, what was given up.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Lane;
use crate::db::{DbResult, Tx};
use crate::error::Result;
use crate::state::App;
use crate::{execute, fetch_all, fetch_one};

/// How long a lane may be silent. Longer than a writer waits for the embedded store.
const SILENT: Duration = Duration::from_secs(180);
/// Days after which work that is done is forgotten; files that were read are told of longer.
const KEPT_DAYS: i64 = 30;

/// Work as it stands in the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Queue {
    waiting: i64,
    failed: i64,
    lost: i64,
}

/// What this process knows of its worker.
#[derive(Debug, Default)]
pub struct Health {
    /// When each lane was last seen; none before the worker began.
    beats: [Mutex<Option<Instant>>; Lane::ALL.len()],
    panics: AtomicU64,
    restarts: AtomicU64,
    queue: Mutex<Queue>,
}

impl Health {
    pub(super) fn beat(&self, lane: Lane) {
        *self.beats[lane as usize].lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    pub(super) fn restarted(&self) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("ocop_worker_restarts_total").increment(1);
    }

    pub(super) fn panicked(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("ocop_job_panics_total").increment(1);
    }

    pub(super) fn ended(&self, kind: &str, how: &'static str, took: Duration) {
        let kind = kind.to_owned();
        metrics::counter!("ocop_jobs_total", "kind" => kind.clone(), "result" => how).increment(1);
        metrics::histogram!("ocop_job_seconds", "kind" => kind).record(took.as_secs_f64());
    }

    /// Whether every lane was seen of late. A process without a worker has nothing that could stand still.
    pub fn is_well(&self) -> bool {
        self.beats.iter().all(|beat| beat.lock().unwrap_or_else(PoisonError::into_inner).is_none_or(|at| at.elapsed() < SILENT))
    }

    /// Lines for `/readyz`.
    pub fn lines(&self) -> String {
        let queue = *self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        format!(
            "worker: {}, broke off {}, jobs that panicked {}\njobs: waiting {}, given up in a day {}, lost with a process {}",
            if self.is_well() { "ok" } else { "stands still" },
            self.restarts.load(Ordering::Relaxed),
            self.panics.load(Ordering::Relaxed),
            queue.waiting,
            queue.failed,
            queue.lost
        )
    }

    /// Reads what waits and what was given up.
    pub async fn read(&self, app: &App) -> Result<()> {
        let now = app.clock().now();
        let mut tx = app.db().read().await?;
        let lanes = fetch_all!(
            &mut tx,
            (String, i64, i64),
            "select lane, count(*), cast(coalesce(sum(lost), 0) as bigint) from job where state in ('waiting', 'running') group by lane"
        )?;
        let (failed,) = fetch_one!(
            &mut tx,
            (i64,),
            "select count(*) from job where state = 'failed' and finished_at > $1",
            now - chrono::Duration::days(1)
        )?;
        drop(tx);
        let mut queue = Queue { failed, ..Queue::default() };
        for lane in Lane::ALL {
            let (waiting, lost) =
                lanes.iter().find(|(word, ..)| word == lane.word()).map_or((0, 0), |(_, waiting, lost)| (*waiting, *lost));
            queue.waiting += waiting;
            queue.lost += lost;
            metrics::gauge!("ocop_jobs_waiting", "lane" => lane.word()).set(waiting as f64);
        }
        metrics::gauge!("ocop_jobs_failed").set(failed as f64);
        metrics::gauge!("ocop_jobs_lost").set(queue.lost as f64);
        *self.queue.lock().unwrap_or_else(PoisonError::into_inner) = queue;
        Ok(())
    }
}

/// Forgets work that was done long ago and that nobody looks at.
pub async fn tidy(tx: &mut Tx, now: chrono::DateTime<chrono::Utc>) -> DbResult<u64> {
    execute!(tx, "delete from job where state = 'done' and finished_at < $1 and lane <> 'long'", now - chrono::Duration::days(KEPT_DAYS))
}
