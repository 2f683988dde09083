//! Who does which queued work, and what is done once a day.

use crate::error::Result;
use crate::job::{self, Kind, Kinds, Lane};
use crate::state::App;

/// All kinds of work, with who does it. What a run leaves is kept with the job.
pub static KINDS: Kinds = &[
    (crate::mail::JOB, |app, job| Box::pin(async move { none(crate::mail::send(app.config(), &job).await) })),
    (crate::file::DRAW_JOB, |app, job| Box::pin(async move { crate::file::draw(&app, &job.payload).await })),
    (crate::point::CHANGED_JOB, |app, job| Box::pin(async move { changed(&app, &job.payload).await })),
    (crate::point::IMPORT_JOB, |app, job| Box::pin(async move { crate::point::run_import(&app, &job).await })),
    (crate::product::CHANGED_JOB, |app, job| Box::pin(async move { none(crate::connection::changed(&app, &job.payload).await) })),
    (crate::product::withdrawal::ENDED_JOB, |app, job| Box::pin(async move { none(crate::connection::ended(&app, &job.payload).await) })),
    (crate::connection::TELL_JOB, |app, _| Box::pin(async move { crate::connection::tell(&app).await })),
    (crate::product::sheet::IMPORT_JOB, |app, job| Box::pin(async move { crate::product::sheet::run_import(&app, &job).await })),
    (crate::account::sheet::IMPORT_JOB, |app, job| Box::pin(async move { crate::account::sheet::run_import(&app, &job).await })),
    (crate::party::JOINED_JOB, |app, _| Box::pin(async move { joined(&app).await })),
    (crate::question::JOB, |app, job| Box::pin(async move { crate::question::run(&app, &job).await })),
    (crate::publication::FILL_JOB, |app, job| Box::pin(async move { crate::publication::fill(&app, &job.payload).await })),
    (crate::publication::SEND_JOB, |app, _| Box::pin(async move { crate::publication::send(&app).await })),
    (day("day_product"), |app, _| Box::pin(async move { none(crate::product::daily(&app).await) })),
    (day("day_connection"), |app, _| Box::pin(async move { none(crate::connection::daily(&app).await) })),
    (day("day_publication"), |app, _| Box::pin(async move { none(crate::publication::daily(&app).await) })),
    (day("day_inspection"), |app, _| Box::pin(async move { none(crate::inspection::daily(&app).await) })),
    (day("day_prospect"), |app, _| Box::pin(async move { none(crate::prospect::daily(&app).await) })),
    (day("day_call"), |app, _| Box::pin(async move { none(crate::call::daily(&app).await) })),
    (day("day_aid"), |app, _| Box::pin(async move { none(crate::aid::daily(&app).await) })),
    (day("day_map"), |app, _| Box::pin(async move { none(crate::map::read_hours(&app).await) })),
    (day("day_api"), |app, _| Box::pin(async move { none(crate::api::daily(&app).await) })),
    (day("day_intake"), |app, _| Box::pin(async move { none(crate::intake::daily(&app).await) })),
    (day("day_account"), |app, _| Box::pin(async move { none(crate::account::daily(&app).await) })),
    (day("day_tidy"), |app, _| Box::pin(async move { none(crate::app::tidy::daily(&app).await) })),
    (day("day_mail"), |app, _| Box::pin(async move { none(crate::mail::daily(&app).await) })),
    (day("day_job"), |app, _| Box::pin(async move { none(tidy(&app).await) })),
];

/// What a slice does once a day. It may run twice on one day and does nothing the second time.
const fn day(name: &'static str) -> Kind {
    Kind::new(name, Lane::Day)
}

/// Nothing is kept with the job.
fn none<T>(result: Result<T>) -> Result<String> {
    result.map(|_| String::new())
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

/// Two bodies became one.
async fn joined(app: &App) -> Result<String> {
    crate::connection::changed(app, "").await?;
    changed(app, "").await
}

async fn tidy(app: &App) -> Result<()> {
    let mut tx = app.db().write().await?;
    job::tidy(&mut tx, app.clock().now()).await?;
    tx.commit().await?;
    Ok(())
}
