//! Who does which queued work, and what is done once a day.

use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::job::{self, Job};
use crate::{execute, fetch_optional};

/// Kind of the job that does the day's work.
const DAILY: &str = "daily";

/// Does one piece of queued work; the text is kept with the job.
pub async fn work(app: &App, job: &Job) -> Result<String> {
    match job.kind.as_str() {
        crate::mail::JOB => crate::mail::send(app.config(), &job.payload).await.map(|()| String::new()),
        crate::point::IMPORT_JOB => crate::point::run_import(app, job).await,
        crate::product::CHANGED_JOB => crate::connection::changed(app, &job.payload).await.map(|()| String::new()),
        crate::product::withdrawal::ENDED_JOB => crate::connection::ended(app, &job.payload).await.map(|()| String::new()),
        crate::product::sheet::IMPORT_JOB => crate::product::sheet::run_import(app, job).await,
        crate::point::CHANGED_JOB => changed(app, &job.payload).await,
        crate::party::JOINED_JOB => {
            crate::connection::changed(app, "").await?;
            changed(app, "").await
        }
        crate::question::JOB => crate::question::run(app, job).await,
        crate::publication::FILL_JOB => crate::publication::fill(app, &job.payload).await,
        crate::publication::SEND_JOB => crate::publication::send(app).await,
        DAILY => daily(app).await,
        other => Err(Error::internal(format!("unknown kind of job: {other}"))),
    }
}

/// A point became public, or is no longer what the public was told; without an id, many points did.
async fn changed(app: &App, point_id: &str) -> Result<String> {
    if point_id.is_empty() {
        crate::publication::fill_all(app).await?;
        crate::inspection::risk::refresh_all(app).await?;
        return Ok(String::new());
    }
    crate::publication::changed(app, point_id).await?;
    let mut tx = app.db().write().await?;
    crate::inspection::risk::refresh(&mut tx, point_id, app.clock().today()).await?;
    tx.commit().await?;
    Ok(String::new())
}

/// What the clock alone brings about. Each part may run twice on one day and does nothing the second time.
async fn daily(app: &App) -> Result<String> {
    crate::product::daily(app).await?;
    crate::connection::daily(app).await?;
    crate::publication::daily(app).await?;
    crate::inspection::daily(app).await?;
    crate::prospect::daily(app).await?;
    crate::call::daily(app).await?;
    crate::aid::daily(app).await?;
    crate::map::read_hours(app).await?;
    crate::api::daily(app).await?;
    super::tidy::daily(app).await?;
    Ok(String::new())
}

/// Queues the day's work on the first occasion after midnight in Việt Nam; only one of several servers does.
pub async fn begin_day(app: &App) -> Result<bool> {
    let (now, today) = (app.clock().now(), app.clock().today());
    if !app.is_new_day(today) {
        return Ok(false);
    }
    let mut tx = app.db().write().await?;
    let is_first = claim_day(&mut tx, &today.to_string()).await?;
    if is_first {
        job::queue(&mut tx, now, DAILY, "", "system").await?;
    }
    tx.commit().await?;
    Ok(is_first)
}

async fn claim_day(tx: &mut Tx, day: &str) -> Result<bool> {
    execute!(tx, "insert into meta (name, value) values ('daily', '') on conflict (name) do nothing")?;
    Ok(fetch_optional!(tx, (String,), "update meta set value = $1 where name = 'daily' and value < $1 returning value", day)?.is_some())
}
