//! The rows that an answer set free, read again by the import of their register.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::intake::waiting::{self, Row};
use crate::intake::{Order, Progress, Report};
use crate::job::{Job, Kind};
use crate::state::App;
use crate::text::Tongue;
use crate::{point, product};

/// Kind of the job.
pub const JOB: Kind = crate::party::ANSWERED_JOB;

/// Rows read at a time.
const ROWS: i64 = 2000;

/// Reads all rows that are ready; may run twice, since a row that was written is no longer ready. The payload is the role and
/// body of whoever answered.
pub async fn run(app: &App, job: &Job) -> Result<String> {
    let (mut written, mut refused, mut waiting) = (0, 0, 0);
    let mut tx = app.db().write().await?;
    waiting::release_answered(&mut tx, app.clock().now()).await?;
    tx.commit().await?;
    loop {
        let mut rows = waiting::ready(&mut app.db().read().await?, ROWS).await?;
        rows.truncate(waiting::file_of(&rows));
        if rows.is_empty() {
            return Ok(serde_json::json!({"written": written, "refused": refused, "waiting": waiting}).to_string());
        }
        let outcome = read(app, job, &rows).await?;
        let now = app.clock().now();
        let mut tx = app.db().write().await?;
        for row in &rows {
            let number = u32::try_from(row.number).unwrap_or_default();
            let (state, text) = match &outcome {
                Err(text) => ("refused", text.clone()),
                Ok(told) => match told.faults.get(&number) {
                    Some(text) => ("refused", text.join("; ")),
                    // the import has put it back among those that wait
                    None if told.asked.contains(&number) => {
                        waiting += 1;
                        continue;
                    }
                    None => ("written", String::new()),
                },
            };
            if state == "refused" {
                refused += 1
            } else {
                written += 1
            }
            waiting::note(&mut tx, &row.id, state, &text, now).await?;
        }
        tx.commit().await?;
    }
}

/// What was told about rows.
struct Told {
    faults: BTreeMap<u32, Vec<String>>,
    asked: BTreeSet<u32>,
}

async fn read(app: &App, job: &Job, rows: &[Row]) -> Result<Result<Told, String>> {
    let Some(first) = rows.first() else { return Err(Error::internal("no rows to read again")) };
    let order = Order {
        good_rows: true,
        id: job.id.clone(),
        whole: first.whole(),
        ..Order::new(waiting::document(rows)?, &first.file, (&job.owner, &job.payload))
    };
    let silent: Progress = Arc::new(|_, _, _| {});
    let report = match first.import.as_str() {
        import if import == point::IMPORT_JOB.name => point::sheet::run(app, order, silent).await?,
        import if import == product::sheet::IMPORT_JOB.name => product::sheet::run(app, order, silent).await?,
        other => return Err(Error::internal(format!("unknown import: {other}"))),
    };
    Ok(report.map(|report| told(&report)).map_err(|text| text.vi.into_owned()))
}

fn told(report: &Report) -> Told {
    let mut faults: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for fault in &report.summary.faults {
        if let Some(row) = fault.row {
            faults.entry(row).or_default().push(fault.text.get(Tongue::Vi).to_owned());
        }
    }
    Told { faults, asked: report.summary.asked.rows.iter().map(|(row, _)| *row).collect() }
}
