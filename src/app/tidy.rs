//! What nobody needs any more goes, once a day.

use std::path::Path;

use chrono::{DateTime, Duration, Utc};

use crate::clock::Clock;
use crate::error::Result;
use crate::page;
use crate::state::App;

/// Written mails after their days, halves of files whose form was never finished, marks of old forms.
pub async fn daily(app: &App) -> Result<()> {
    let (now, data) = (app.clock().now(), &app.config().data_dir);
    // files bear the time of the machine, whatever the clock of a demo store shows
    let machine = Clock::default().now();
    let mails = remove_older(&data.join("outbox"), machine - Duration::days(i64::from(app.config().outbox_days))).await?;
    let halves = remove_older(&data.join("incoming"), machine - Duration::days(1)).await?;
    let mut tx = app.db().write().await?;
    page::once::tidy(&mut tx, now).await?;
    tx.commit().await?;
    if mails + halves > 0 {
        tracing::info!(mails, halves, "old files were removed");
    }
    Ok(())
}

async fn remove_older(folder: &Path, than: DateTime<Utc>) -> std::io::Result<usize> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut removed = 0;
    while let Some(entry) = entries.next_entry().await? {
        let meta = entry.metadata().await?;
        if meta.is_file() && DateTime::<Utc>::from(meta.modified()?) < than {
            // another node that shares the folder may have been first
            removed += usize::from(tokio::fs::remove_file(entry.path()).await.is_ok());
        }
    }
    Ok(removed)
}
