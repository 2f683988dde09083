//! The products layout: import and export of CSV and XLSX.
//!
//! `layout` names the columns, `rounds` which of them speak of which recognition, `claims` reads the certificates of a row, `codes`
//! its code, `sums` closing lines, `ministry` what its tables add, `check` whole rows (places by `region::Places`), `gather` brings
//! rows of one product together (all pure); `find` finds the product of a row in the store, `import` compares and writes, `line`
//! is what the journal keeps of it, `export` is the way back, `screens` what people see, `totals` what was counted before there
//! was a register. The same layout goes both ways: an export imported again changes nothing.

#[cfg(test)]
mod cell_tests;
mod check;
mod claims;
mod codes;
mod export;
mod find;
mod gather;
mod import;
mod layout;
mod line;
mod ministry;
mod rounds;
mod screens;
mod sums;
#[cfg(test)]
mod tests;
mod totals;

pub use export::Products;
pub use screens::{routes, run_import};

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use crate::error::{Both, Result};
use crate::intake::{self, Ground, Layout, Order, Progress, Report, Stage, Summary, Taken, Whole};
use crate::sheet::Fault;
use crate::state::App;
use check::{Batch, Ended, Rules};
use import::Seen;

/// Name of the job that imports an uploaded file.
pub const IMPORT_JOB: crate::job::Kind = crate::job::Kind::new("import_products", crate::job::Lane::Long);

/// Files larger than this are written with more memory, and with indexes made once where there were no products.
const LARGE: u64 = 300_000;

/// Batches that wait to be compared.
const WAITING: usize = 4;

/// How files of products are read.
pub const LAYOUT: Layout = Layout { knows: rounds::known, fits: rounds::fits };

/// Reads a file, compares it and writes it; all of it, the good rows if that was asked for, or nothing.
///
/// # Errors
/// The inner error is why the file as a whole cannot be read.
pub async fn run(app: &App, order: Order, progress: Progress) -> Result<Result<Report, Both>> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let months = super::scale::months(today);
    let (digest, taken) = (order.digest().await?, order.taken(LAYOUT));
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
    let is_large = order.source.size()? > LARGE;
    let tell = progress.clone();
    let mut writing = move |done| tell(Stage::Writing, done, 0);

    // most files are good: they are compared, or written, while they are read, and what was written is dropped at the first
    // fault, or at the first row that may speak of another's product
    if !order.good_rows {
        let (sender, batches) = mpsc::channel(WAITING);
        let mut sender = Some(sender);
        let told = if order.dry_run { progress.clone() } else { Arc::new(|_, _, _| {}) };
        let reading = read(app, &taken, &order.whole, months, told, move |batch| match &sender {
            Some(ready) if batch.is_clean => drop(ready.blocking_send(batch)),
            _ => sender = None,
        });
        let seen = Seen::new(app, ground, months);
        let (summary, ended) = if order.dry_run {
            let mut tx = app.db().read().await?;
            let summary = import::compare(&mut tx, seen, batches, &mut |_| {}).await;
            (summary, reading.await?)
        } else {
            let mut tx = intake::begin(app, is_large).await?;
            let written = import::write(&mut tx, seen, batches, ground, false, &mut writing).await;
            let ended = reading.await?;
            let summary = match (written, &ended) {
                (Ok(mut seen), Ok(ended)) if seen.summary.faults.is_empty() && ended.is_clean() => {
                    import::close(&mut tx, &mut seen.summary, &seen.beside, ground, &order.id, &taken).await.map(|()| seen.summary)
                }
                (written, _) => written.map(|seen| seen.summary),
            };
            (intake::end(app, tx, is_large, summary).await, ended)
        };
        match ended {
            Err(text) => return Ok(Err(text)),
            Ok(ended) if ended.is_clean() => {
                let summary = summary?;
                if summary.faults.is_empty() {
                    return Ok(Ok(Report::of(summary, ended.warnings, ended.total)));
                }
            }
            Ok(_) => drop(summary?),
        }
    }

    // the whole file is read before anything is written: all that is wrong is told, and the good rows are those that no other
    // contradicts; they are handed on as it is read once more, so that no more of it is held than is worked on. Only where rows
    // may speak of one product they are held together.
    let first = read(app, &taken, &order.whole, months, progress.clone(), drop).await?;
    let mut first = match first {
        Ok(first) => first,
        Err(text) => return Ok(Err(text)),
    };
    let faults = std::mem::take(&mut first.faults);
    let pass = Pass { app, order: &order, taken: &taken, ground, months, is_large, first: &first };
    let report = pass.run(faults, !order.dry_run && order.good_rows, &progress).await?;
    match report {
        // nothing was wrong but that rows had to be seen together
        Ok(report) if first.repeats && !order.dry_run && !order.good_rows && report.summary.faults.is_empty() => {
            pass.run(Vec::new(), true, &progress).await
        }
        report => Ok(report),
    }
}

/// A file that is read once more, after all that is wrong with it by itself is known.
struct Pass<'a> {
    app: &'a App,
    order: &'a Order,
    taken: &'a Taken,
    ground: Ground<'a>,
    months: i64,
    is_large: bool,
    first: &'a Ended,
}

impl Pass<'_> {
    /// Reads it and compares, or writes, what passes.
    async fn run(&self, faults: Vec<Fault>, write: bool, progress: &Progress) -> Result<Result<Report, Both>> {
        let Pass { app, order, taken, ground, months, is_large, first } = *self;
        let (mut seen, rows) = (Seen::new(app, ground, months), first.total);
        seen.summary.faults = faults;
        let (sender, batches) = mpsc::channel(WAITING);
        let twice = Arc::new(Mutex::new(Vec::new()));
        let told = twice.clone();
        let reading = if first.repeats {
            let (app, taken, whole) = (app.clone(), taken.clone(), order.whole.clone());
            tokio::task::spawn_blocking(move || {
                let mut held = Vec::new();
                let mut ended = check::read(&taken, &whole, rules(&app, months), &mut |_| {}, &mut |batch| held.push(batch))?;
                ended.faults.clear();
                let joined = gather::gather(held, &mut ended);
                if let Ok(mut told) = told.lock() {
                    told.append(&mut ended.faults);
                }
                for batch in joined {
                    drop(sender.blocking_send(batch));
                }
                Ok(ended)
            })
        } else {
            read(app, taken, &order.whole, months, Arc::new(|_, _, _| {}), move |batch| drop(sender.blocking_send(batch)))
        };
        let finish =
            |summary: &mut Summary| summary.faults.extend(twice.lock().map(|mut twice| std::mem::take(&mut *twice)).unwrap_or_default());
        let (mut summary, ended) = if write {
            let tell = progress.clone();
            let mut tx = intake::begin(app, is_large).await?;
            let written =
                import::write(&mut tx, seen, batches, ground, order.good_rows, &mut move |done| tell(Stage::Writing, done, 0)).await;
            let ended = reading.await?;
            let summary = match (written, &ended) {
                (Ok(mut seen), Ok(_)) => {
                    finish(&mut seen.summary);
                    if order.good_rows || seen.summary.faults.is_empty() {
                        import::close(&mut tx, &mut seen.summary, &seen.beside, ground, &order.id, taken).await.map(|()| seen.summary)
                    } else {
                        Ok(seen.summary)
                    }
                }
                (written, _) => written.map(|seen| seen.summary),
            };
            (intake::end(app, tx, is_large, summary).await?, ended)
        } else {
            let mut tx = app.db().read().await?;
            let mut summary = import::compare(&mut tx, seen, batches, &mut |done| progress(Stage::Comparing, done, rows)).await?;
            let ended = reading.await?;
            finish(&mut summary);
            (summary, ended)
        };
        summary.close();
        Ok(ended.map(|ended| Report::of(summary, ended.warnings, ended.total)))
    }
}

/// Reads and checks a file beside everything else.
fn read(
    app: &App,
    taken: &Taken,
    whole: &Whole,
    months: i64,
    progress: Progress,
    mut each: impl FnMut(Batch) + Send + 'static,
) -> tokio::task::JoinHandle<Result<Ended, Both>> {
    let (app, taken, whole) = (app.clone(), taken.clone(), whole.clone());
    tokio::task::spawn_blocking(move || {
        check::read(&taken, &whole, rules(&app, months), &mut |done| progress(Stage::Reading, done, 0), &mut each)
    })
}

fn rules(app: &App, months: i64) -> Rules<'_> {
    Rules { region: app.region(), months, today: app.clock().today() }
}
