//! The journal on screen, for administrators and auditors.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::{Entry, store};
use crate::access::{Need, Role};
use crate::app::Routes;
use crate::error::Result;
use crate::page::{Shell, Visit, html};

const ROWS: usize = 50;

/// The routes of this slice.
pub fn routes() -> Routes {
    const READERS: Need = Need::Roles(&[Role::Administrator, Role::Auditor]);
    Routes::new().get("/nhat-ky", READERS, list).get("/nhat-ky/{kind}/{id}", READERS, of_one)
}

#[derive(Template)]
#[template(path = "journal/list.html")]
struct ListPage {
    shell: Shell,
    entries: Vec<Entry>,
    next: Option<i64>,
    head: String,
    subject: String,
}

/// The history of one thing of any kind.
async fn of_one(visit: Visit, Path((kind, id)): Path<(String, String)>) -> Result<Response> {
    let before = visit.query.get("truoc").parse().unwrap_or(i64::MAX);
    let mut tx = visit.app.db().read().await?;
    let (_, head) = store::head(&mut tx).await?;
    let mut entries = store::history(&mut tx, &kind, &id, before, ROWS as i64 + 1).await?;
    let next = (entries.len() > ROWS).then(|| entries.truncate(ROWS)).and_then(|()| entries.last().map(|entry| entry.seq));
    html(&ListPage { shell: visit.shell("Nhật ký"), entries, next, head, subject: format!("{kind} {id}") })
}

async fn list(visit: Visit) -> Result<Response> {
    let before = visit.query.get("truoc").parse().unwrap_or(i64::MAX);
    let mut tx = visit.app.db().read().await?;
    let (_, head) = store::head(&mut tx).await?;
    let mut entries = store::page(&mut tx, before, ROWS as i64 + 1).await?;
    let next = (entries.len() > ROWS).then(|| entries.truncate(ROWS)).and_then(|()| entries.last().map(|entry| entry.seq));
    html(&ListPage { shell: visit.shell("Nhật ký"), entries, next, head, subject: String::new() })
}
