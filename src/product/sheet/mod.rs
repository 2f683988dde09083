//! The products layout: import and export of CSV and XLSX.
//!
//! `layout` names the columns, `rounds` which of them speak of which recognition, `claims` reads the certificates of a row, `codes`
//! its code, `sums` closing lines, `ministry` what its tables add, `check` whole rows (places by `region::Places`), `gather` brings
//! rows of one product together (all pure); `find` finds the product of a row in the store, `import` compares and writes, `export`
//! is the way back, `screens` what people see, `totals` what was counted before there was a register. The same layout goes both
//! ways: an export imported again changes nothing.

mod check;
mod claims;
mod codes;
mod export;
mod find;
mod gather;
mod import;
mod layout;
mod ministry;
mod rounds;
mod screens;
mod sums;
#[cfg(test)]
mod tests;
mod totals;

pub use export::{Form as ExportForm, Pages, document};
pub use screens::{routes, run_import};

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::app::App;
use crate::error::{Both, Result};
use crate::intake::{self, Ground, Order, Progress, Report, Stage};
use crate::{clock, setting};
use check::{Batch, Ended, Rules};
use import::Seen;

/// Name of the job that imports an uploaded file.
pub const IMPORT_JOB: &str = "import_products";

/// Files larger than this are written with more memory, and with indexes made once where there were no products.
const LARGE: usize = 300_000;

/// Batches that wait to be compared.
const WAITING: usize = 4;

/// Reads a file, compares it and writes it; all of it, the good rows if that was asked for, or nothing.
///
/// # Errors
/// The inner error is why the file as a whole cannot be read.
pub async fn run(app: &App, mut order: Order, progress: Progress) -> Result<Result<Report, Both>> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let months = setting::value(&mut app.db().read().await?, "certificate_months", today).await?;
    let bytes = Arc::new(std::mem::take(&mut order.bytes));
    let digest = clock::digest(&bytes);
    let ground = Ground { region: app.region(), now, today, actor: &order.actor, actor_name: &order.actor_name, file: &order.file, digest: &digest, whole: &order.whole };
    let is_large = bytes.len() > LARGE;
    let tell = progress.clone();
    let mut writing = move |done| tell(Stage::Writing, done, 0);

    // most files are good: they are written while they are read, and what was written is dropped at the first fault, or at the
    // first row that may speak of another's product
    if !order.dry_run && !order.good_rows {
        let (sender, batches) = mpsc::channel(WAITING);
        let mut sender = Some(sender);
        let reading = read(app, &bytes, &order, months, Arc::new(|_, _, _| {}), move |batch| match &sender {
            Some(ready) if batch.is_clean => drop(ready.blocking_send(batch)),
            _ => sender = None,
        });
        let mut tx = intake::begin(app, is_large).await?;
        let written = import::write(&mut tx, Seen::new(app, ground, months), batches, ground, false, &mut writing).await;
        let ended = reading.await?;
        let summary = match (written, &ended) {
            (Ok(mut seen), Ok(ended)) if seen.summary.faults.is_empty() && ended.is_clean() => import::close(&mut tx, &mut seen.summary, ground, &order.id, &bytes).await.map(|()| seen.summary),
            (written, _) => written.map(|seen| seen.summary),
        };
        let summary = intake::end(app, tx, is_large, summary).await?;
        match ended {
            Err(text) => return Ok(Err(text)),
            Ok(ended) if ended.is_clean() && summary.faults.is_empty() => return Ok(Ok(Report::of(summary, ended.warnings, ended.total))),
            Ok(_) => {}
        }
    }

    // the whole file is read before anything is written: all that is wrong is told, and the good rows are those that no other contradicts
    let (sender, mut read_rows) = mpsc::unbounded_channel();
    let ended = read(app, &bytes, &order, months, progress.clone(), move |batch| drop(sender.send(batch))).await?;
    let mut ended = match ended {
        Ok(ended) => ended,
        Err(text) => return Ok(Err(text)),
    };
    let mut batches = Vec::new();
    while let Some(batch) = read_rows.recv().await {
        batches.push(batch);
    }
    if ended.repeats {
        batches = gather::gather(batches, &mut ended);
    }
    let rows: usize = batches.iter().map(|batch| batch.rows.len()).sum();
    let mut seen = Seen::new(app, ground, months);
    seen.summary.faults = std::mem::take(&mut ended.faults);
    let mut summary = if order.dry_run || !order.good_rows {
        let mut tx = app.db().read().await?;
        import::compare(&mut tx, seen, batches, &mut |done| progress(Stage::Comparing, done, rows)).await?
    } else {
        let (sender, receiver) = mpsc::channel(batches.len().max(1));
        for batch in batches {
            drop(sender.try_send(batch));
        }
        drop(sender);
        let mut tx = intake::begin(app, is_large).await?;
        let summary = match import::write(&mut tx, seen, receiver, ground, true, &mut writing).await {
            Ok(mut seen) => import::close(&mut tx, &mut seen.summary, ground, &order.id, &bytes).await.map(|()| seen.summary),
            Err(error) => Err(error),
        };
        intake::end(app, tx, is_large, summary).await?
    };
    summary.close();
    Ok(Ok(Report::of(summary, ended.warnings, ended.total)))
}

/// Reads and checks a file beside everything else.
fn read(app: &App, bytes: &Arc<Vec<u8>>, order: &Order, months: i64, progress: Progress, mut each: impl FnMut(Batch) + Send + 'static) -> tokio::task::JoinHandle<Result<Ended, Both>> {
    let (app, bytes, file, whole) = (app.clone(), bytes.clone(), order.file.clone(), order.whole.clone());
    tokio::task::spawn_blocking(move || {
        let rules = Rules { region: app.region(), months, today: app.clock().today() };
        check::read(&bytes, &file, &whole, rules, &mut |done| progress(Stage::Reading, done, 0), &mut each)
    })
}
