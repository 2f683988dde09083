//! The journal on screen, for administrators and auditors.

use askama::Template;
use axum::response::Response;

use super::{Entry, store};
use crate::access::{Need, Role};
use crate::app::Routes;
use crate::error::Result;
use crate::page::{Shell, Visit, html};

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new().get("/nhat-ky", Need::Roles(&[Role::Administrator, Role::Auditor]), list)
}

#[derive(Template)]
#[template(path = "journal/list.html")]
struct ListPage {
    shell: Shell,
    entries: Vec<Entry>,
    next: Option<i64>,
    head: String,
}

async fn list(visit: Visit) -> Result<Response> {
    const ROWS: usize = 50;
    let before = visit.query.get("truoc").parse().unwrap_or(i64::MAX);
    let mut tx = visit.app.db().read().await?;
    let (_, head) = store::head(&mut tx).await?;
    let mut entries = store::page(&mut tx, before, ROWS as i64 + 1).await?;
    let next = (entries.len() > ROWS).then(|| entries.truncate(ROWS)).and_then(|()| entries.last().map(|entry| entry.seq));
    html(&ListPage { shell: visit.shell("Nhật ký"), entries, next, head })
}
