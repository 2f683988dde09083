//! The points layout: import and export of CSV and XLSX, export of GeoJSON.
//!
//! `layout` names the columns, `check` reads rows (pure), `import` compares them with the store and writes, `export` is
//! the way back, `screens` what people see. The same layout goes both ways: an export imported again changes nothing.

#[cfg(test)]
mod cell_tests;
mod check;
mod export;
mod import;
mod layout;
mod screens;
#[cfg(test)]
mod tests;

pub use export::Points;
pub use import::IMPORTED;
pub use screens::{routes, run_import};

use crate::db::fact;
use crate::error::{Both, Error, Result};
use crate::intake::{self, Ground, Layout, Order, Progress, Report, Stage};
use crate::law::Source;
use crate::sheet;
use crate::state::App;
use crate::text::Tongue;

/// Name of the job that imports an uploaded file.
pub const IMPORT_JOB: crate::job::Kind = crate::job::Kind::new("import_points", crate::job::Lane::Long);

/// How files of points are read.
pub const LAYOUT: Layout = Layout { knows: sheet::known::<layout::Col>, fits: check::fits };

/// Reads a file, compares it and writes it; all of it, the good rows if that was asked for, or nothing.
/// Reading and comparing hold no lock; what is written is compared once more under it.
///
/// # Errors
/// The inner error is why the file as a whole cannot be read.
pub async fn run(app: &App, order: Order, progress: Progress) -> Result<Result<Report, Both>> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let digest = order.digest().await?;
    let taken = order.taken(LAYOUT);
    let (reader, told, kept) = (app.clone(), progress.clone(), taken.clone());
    let read =
        tokio::task::spawn_blocking(move || check::read(&kept, reader.region(), today, &mut |done| told(Stage::Reading, done, 0))).await?;
    let sheet = match read {
        Ok(sheet) => sheet,
        Err(text) => return Ok(Err(text)),
    };
    let rows = sheet.rows.len();
    let ground = Ground {
        region: app.region(),
        now,
        today,
        actor: &order.actor,
        actor_name: &order.actor_name,
        file: &order.file,
        digest: &digest,
        whole: &order.whole,
    };
    let mut tx = app.db().read().await?;
    let mut summary = import::compare(&mut tx, &sheet, ground, &mut |done| progress(Stage::Comparing, done, rows)).await?;
    drop(tx);
    let passes = summary.faults.is_empty() || order.good_rows;
    if passes && !order.dry_run && summary.added + summary.changed + summary.waiting > 0 {
        let is_large = summary.added + summary.changed > intake::LARGE;
        let mut tx = intake::begin(app, is_large).await?;
        let written =
            import::write(&mut tx, &sheet, ground, &order.id, &taken, order.good_rows, &mut |done| progress(Stage::Writing, done, rows))
                .await;
        summary = intake::end(app, tx, is_large, written).await?;
    }
    Ok(Ok(Report::of(summary, sheet.warnings, sheet.total)))
}

/// Imports the real points of a pack into a store that has none of them.
pub async fn seed(app: &App, pack: &Source) -> Result<()> {
    let Some(text) = pack.read("points.csv")? else { return Ok(()) };
    let mut tx = app.db().read().await?;
    let pack_name = fact::find(&mut tx, "pack").await?.unwrap_or_default();
    drop(tx);
    let order = Order { id: format!("pack {pack_name}"), ..Order::new(text.into_bytes(), "points.csv", ("system", "ocop init")) };
    let report =
        run(app, order, std::sync::Arc::new(|_, _, _| {})).await?.map_err(|text| Error::internal(format!("points.csv: {}", text.vi)))?;
    match report.summary.faults.as_slice() {
        [] => Ok(()),
        faults => Err(Error::internal(
            faults.iter().map(|fault| format!("points.csv: {}", fault.line(Tongue::Vi))).collect::<Vec<_>>().join("\n"),
        )),
    }
}
