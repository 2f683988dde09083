//! The first page of a document as a small picture, drawn after it was sent and off the way of any request.

use chrono::{DateTime, Utc};

use super::document::Format;
use super::{Kept, Size, paper};
use crate::db::{DbResult, Tx};
use crate::error::{Error, Result};
use crate::job::{self, Kind, Lane};
use crate::setter::{self, Task};
use crate::state::App;
use crate::{execute, picture};

/// Draws the first page of a document.
pub const DRAW_JOB: Kind = Kind::new("draw", Lane::Long);

/// Queues the drawing of what was kept, if it has pages.
pub async fn queue(tx: &mut Tx, now: DateTime<Utc>, kept: &Kept) -> DbResult<()> {
    if kept.kind == Format::Pdf.word() {
        job::queue(tx, now, DRAW_JOB, &kept.id, "system").await?;
    }
    Ok(())
}

/// Draws the first page of a file. A document that cannot be drawn stays without a picture, and the job says why.
pub async fn draw(app: &App, file_id: &str) -> Result<String> {
    // taken away meanwhile
    let Some((body, _)) = app.files().depot().body(&paper::name_of(file_id)).await? else { return Ok("gone".to_owned()) };
    let drawn = match setter::run(app, Task::Page, body).await {
        Ok(drawn) => drawn,
        Err(Error::Refused(refusal)) => return Ok(refusal.code.to_owned()),
        Err(error) => return Err(error),
    };
    let broken = || Error::internal(format!("{file_id}: what was drawn is no picture"));
    let end = drawn.iter().position(|byte| *byte == b'\n').ok_or_else(broken)?;
    let pages: i64 = std::str::from_utf8(&drawn[..end]).ok().and_then(|number| number.parse().ok()).ok_or_else(broken)?;
    let small = tokio::task::spawn_blocking(move || picture::clean(&drawn[end + 1..], &picture::Limits::default())).await?;
    let small = small.map_err(|_| broken())?.small;
    app.files().depot().put(&super::name_of(file_id, Size::Small), small).await?;
    let mut tx = app.db().write().await?;
    let known = note(&mut tx, file_id, pages).await?;
    tx.commit().await?;
    if known == 0 {
        app.files().depot().remove(&super::name_of(file_id, Size::Small)).await?;
    }
    Ok(pages.to_string())
}

async fn note(tx: &mut Tx, file_id: &str, pages: i64) -> DbResult<u64> {
    execute!(tx, "update file set pages = $2 where id = $1", file_id, pages)
}
