//! What a process holds of its work: who does which kind, who is woken, whether the day has begun.

use std::sync::Mutex;

use chrono::NaiveDate;
use tokio::sync::watch;

use super::{Health, Job, Kind, Kinds, Lane, Work, queue_day};
use crate::error::{Error, Result};
use crate::state::App;

/// What a process holds of its work.
pub struct Desk {
    kinds: Kinds,
    wake: watch::Sender<()>,
    health: Health,
    day: Mutex<Option<NaiveDate>>,
}

impl Desk {
    /// Of a program that does these kinds of work.
    pub fn new(kinds: Kinds) -> Desk {
        Desk { kinds, wake: watch::Sender::new(()), health: Health::default(), day: Mutex::new(None) }
    }
}

impl App {
    /// Tells the worker that something was queued.
    pub fn wake(&self) {
        self.held::<Desk>().wake.send_replace(());
    }

    /// Is told of each [`App::wake`].
    pub fn woken(&self) -> watch::Receiver<()> {
        self.held::<Desk>().wake.subscribe()
    }

    /// What this process knows of its worker.
    pub fn health(&self) -> &Health {
        &self.held::<Desk>().health
    }

    /// All kinds of work.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.held::<Desk>().kinds.iter().map(|(kind, _)| *kind)
    }
}

/// Does one piece of queued work; the text is kept with the job.
pub(super) fn work(app: App, job: Job) -> Work {
    let kinds = app.held::<Desk>().kinds;
    match kinds.iter().find(|(kind, _)| kind.name == job.kind) {
        Some((_, run)) => run(app, job),
        None => Box::pin(async move { Err(Error::internal(format!("unknown kind of job: {}", job.kind))) }),
    }
}

/// Queues the day's work of each slice on the first occasion after midnight in Việt Nam, once for all nodes; gives how many
/// slices this one queued. A process asks again until the day is surely begun.
pub async fn begin_day(app: &App) -> Result<usize> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let day = &app.held::<Desk>().day;
    if day.lock().is_ok_and(|day| *day == Some(today)) {
        return Ok(0);
    }
    let mut queued = 0;
    let mut tx = app.db().aside().await?;
    for kind in app.kinds().filter(|kind| kind.lane == Lane::Day) {
        queued += usize::from(queue_day(&mut tx, now, kind, &today.to_string()).await?);
    }
    tx.commit().await?;
    if let Ok(mut day) = day.lock() {
        *day = Some(today);
    }
    Ok(queued)
}
