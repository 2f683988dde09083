//! The products layout: import and export of CSV and XLSX.
//!
//! `layout` names the columns, `place` reads the units that rows name, `check` reads rows (all pure), `import` compares them
//! with the store and writes, `export` is the way back, `screens` what people see, `totals` what was counted before there
//! was a register. The same layout goes both ways: an export imported again changes nothing.

mod check;
mod export;
mod import;
mod layout;
mod place;
mod screens;
#[cfg(test)]
mod tests;
mod totals;

pub use export::{Form as ExportForm, Pages, document};
pub use screens::{routes, run_import};

use crate::app::App;
use crate::error::{Both, Result};
use crate::intake::{self, Ground, Order, Progress, Report, Stage};
use crate::{clock, setting};
use check::Rules;

/// Name of the job that imports an uploaded file.
pub const IMPORT_JOB: &str = "import_products";

/// Reads a file, compares it and writes it; all of it, the good rows if that was asked for, or nothing. Reading holds no lock;
/// what is written is compared under it, once.
///
/// # Errors
/// The inner error is why the file as a whole cannot be read.
pub async fn run(app: &App, order: Order, progress: Progress) -> Result<Result<Report, Both>> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let months = setting::value(&mut app.db().read().await?, "certificate_months", today).await?;
    let (reader, told, file, bytes) = (app.clone(), progress.clone(), order.file.clone(), order.bytes);
    let read = tokio::task::spawn_blocking(move || {
        let rules = Rules { region: reader.region(), months, today };
        (clock::digest(&bytes), check::read(&bytes, &file, rules, &mut |done| told(Stage::Reading, done, 0)))
    });
    let (digest, sheet) = match read.await? {
        (digest, Ok(sheet)) => (digest, sheet),
        (_, Err(text)) => return Ok(Err(text)),
    };
    let rows = sheet.rows.len();
    let ground = Ground { region: app.region(), now, today, actor: &order.actor, actor_name: &order.actor_name, file: &order.file, digest: &digest };
    let passes = sheet.faults.is_empty() || order.good_rows;
    let summary = if passes && !order.dry_run {
        let mut tx = intake::begin(app, rows).await?;
        let written = import::write(&mut tx, &sheet, months, ground, &order.id, order.good_rows, &mut |done| progress(Stage::Writing, done, rows)).await;
        intake::end(app, tx, rows, written).await?
    } else {
        let mut tx = app.db().read().await?;
        import::compare(&mut tx, &sheet, months, ground, &mut |done| progress(Stage::Comparing, done, rows)).await?
    };
    Ok(Ok(Report { summary, warnings: sheet.warnings, total: sheet.total }))
}
