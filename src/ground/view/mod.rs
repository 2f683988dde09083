//! What stands above a list: how many rows, in which order, and the filters that a person keeps under a name.

mod store;
#[cfg(test)]
mod tests;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::Path;
use axum::response::Response;

use crate::access::{Need, Routes};
use crate::clock::new_id;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::page::{Ask, Sent, Visit, go};

pub use store::{Kept, forget};

/// Rows of a list are counted up to one more than this; that there are more is enough to know.
pub const COUNTED: i64 = 20_000;

/// So many filters somebody keeps for a list.
const MOST: i64 = 20;

/// The routes of this module.
pub fn routes() -> Routes {
    Routes::new().post("/bo-loc", Need::SignedIn, keep).post("/bo-loc/{id}/bo", Need::SignedIn, drop)
}

/// What stands above a list.
#[derive(Template)]
#[template(path = "view/bar.html")]
pub struct Bar {
    shown: usize,
    total: i64,
    noun: &'static str,
    path: String,
    query: String,
    orders: Vec<(&'static str, String, bool)>,
    kept: Vec<Kept>,
}

impl HtmlSafe for Bar {}

/// A list as the bar tells of it.
pub struct Head<'a> {
    /// Rows on this page.
    pub shown: usize,
    /// Rows of the filter, counted up to one more than [`COUNTED`].
    pub total: i64,
    /// What a row is called.
    pub noun: &'static str,
    /// The orders that are offered: word in the address, name.
    pub orders: &'a [(&'static str, &'static str)],
}

/// What stands above a list for its reader.
pub async fn bar(tx: &mut Tx, visit: &Visit, ask: &Ask, told: Head<'_>) -> Result<Bar> {
    let kept = match &visit.actor.person {
        Some(person) => store::of(tx, person, &visit.path, MOST).await?,
        None => Vec::new(),
    };
    let orders = told.orders.iter().map(|(word, name)| (*name, ask.link("xep", word), ask.get("xep") == *word)).collect();
    let query = ask.told();
    Ok(Bar { shown: told.shown, total: told.total, noun: told.noun, path: visit.path.clone(), query, orders, kept })
}

impl Bar {
    fn total(&self) -> String {
        if self.total > COUNTED { format!("hơn {}", crate::page::count(COUNTED)) } else { crate::page::count(self.total) }
    }

    fn order(&self) -> Option<&'static str> {
        self.orders.iter().find(|(.., is_on)| *is_on).map(|(name, ..)| *name)
    }

    fn is_kept(&self) -> bool {
        self.kept.iter().any(|kept| kept.query == self.query)
    }
}

/// The path of a list of this site: what a kept filter may lead to.
fn is_list(visit: &Visit, path: &str) -> bool {
    visit.app.need(&axum::http::Method::GET, path).is_some_and(|need| need.allows(visit.actor.role()))
}

async fn keep(visit: Visit, sent: Sent) -> Result<Response> {
    let (path, query) = (sent.fields.get("path").to_owned(), sent.fields.get("query").to_owned());
    let name: String = sent.fields.get("name").trim().chars().take(60).collect();
    if !is_list(&visit, &path) || query.is_empty() || query.len() > 1500 {
        return Err(Refusal::not_found().into());
    }
    let back = format!("{path}?{query}");
    if name.is_empty() {
        return Err(Refusal::invalid(both("Hãy ghi một tên ngắn cho bộ lọc.", "Give the filter a short name.")).into());
    }
    let person = visit.actor.person.clone().unwrap_or_default();
    let mut tx = visit.app.db().write().await?;
    if store::of(&mut tx, &person, &path, MOST).await?.len() as i64 >= MOST {
        return Err(Refusal::rule(
            "full",
            both("Đã lưu đủ 20 bộ lọc cho danh sách này.", "20 filters are kept for this list already."),
            both("Hãy bỏ một bộ lọc cũ trước.", "Drop an old one first."),
        )
        .into());
    }
    store::keep(&mut tx, &Kept { id: new_id(), path, name, query }, &person, visit.app.clock().now()).await?;
    tx.commit().await?;
    Ok(go(&back, "filter-kept"))
}

async fn drop(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let person = visit.actor.person.clone().unwrap_or_default();
    let mut tx = visit.app.db().write().await?;
    let kept = store::take(&mut tx, &person, &id).await?.ok_or_else(Refusal::not_found)?;
    tx.commit().await?;
    Ok(go(&kept.path, "filter-dropped"))
}
