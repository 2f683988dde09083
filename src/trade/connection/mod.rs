//! The ledger of products and the places that sell them: points, and supermarket chains with their stores. What stands on
//! the OCOP shelf of a place, since when and on which basis; what has to come off it.
//!
//! `model` holds the stages and `zone` what may stand in the OCOP zone (both pure, the bases are data of the law), `form`
//! reads what people type, `store` and `list` the SQL, `spot` the place of a connection and who may reach it, `shelf` the
//! public shelf of any day, `pages`, `propose`, `claim` and `chain` the screens, `takedown` "gỡ khỏi kệ", `tell` who learns of it, `papers` the papers of each product at a point, `outside` what an inspection brings to the ledger, `sample` what a demo store begins with.

mod chain;
mod claim;
mod form;
pub mod list;
pub mod model;
pub mod outside;
mod pages;
pub mod papers;
mod propose;
mod sample;
pub mod shelf;
mod spot;
pub mod store;
pub mod takedown;
mod task;
mod tell;
#[cfg(test)]
mod tests;
pub mod zone;

use askama::Template;
use askama::filters::HtmlSafe;

use crate::access::{Routes, Voice};
use crate::db::Tx;
use crate::error::Result;
use crate::page::{Todo, TodoRow, Visit, Whose};
use crate::point::Point;

pub use claim::PAPER as CLAIM_PAPER;
pub use model::{Connection, How, Stage};
pub use sample::sample;
pub use spot::thing;
pub use takedown::{changed, daily, ended};
pub use tell::{JOB as TELL_JOB, tell};

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes().merge(propose::routes()).merge(takedown::routes()).merge(claim::routes()).merge(chain::routes()).merge(papers::routes())
}

/// What stands on the shelf of a point, for its record.
#[derive(Template)]
#[template(path = "connection/card.html")]
pub struct Card {
    point_id: String,
    shelf: Vec<shelf::OnShelf>,
    more: usize,
    out: usize,
    tabs: Vec<(Stage, i64)>,
    may_propose: bool,
}

impl HtmlSafe for Card {}

impl Card {
    /// Whether there is a label to print: for what carries its stars by a certificate.
    fn has_labels(&self) -> bool {
        self.shelf.iter().any(shelf::OnShelf::is_certified)
    }
}

/// What stands on the shelf of a point, with what has to come off it; none before it is prepared.
pub async fn card(tx: &mut Tx, visit: &Visit, point: &Point) -> Result<Option<Card>> {
    const MOST: usize = 12;
    let today = visit.app.clock().today();
    let tabs = store::stages_at(tx, &point.id).await?;
    let takes_goods = model::takes_goods(point.state).is_ok();
    if tabs.is_empty() && !takes_goods {
        return Ok(None);
    }
    let mut shelf = shelf::ledger_of_point(tx, &point.id, today).await?;
    let out = shelf.iter().filter(|line| line.basis.is_err()).count();
    // what has to come off stands first
    shelf.sort_by_key(|line| line.basis.is_ok());
    let more = shelf.len().saturating_sub(MOST);
    shelf.truncate(MOST);
    Ok(Some(Card { point_id: point.id.clone(), shelf, more, out, tabs, may_propose: takes_goods && pages::may_propose(visit) }))
}

/// Products to take off shelves, and proposals to answer.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    const MOST: i64 = 30;
    let actor = &visit.actor;
    let is_business = actor.is(Voice::Business) && actor.confirmed;
    let mut todos = Vec::new();
    if is_business || actor.is(Voice::Commune) || model::is_office(actor) {
        let scope = actor.scope();
        let rows = store::tasks(tx, &scope, None, MOST).await?;
        let count = if (rows.len() as i64) < MOST { rows.len() as i64 } else { store::count_tasks(tx, &scope).await? };
        let rows = rows.into_iter().map(|row| TodoRow {
            due: Some(row.due_on),
            since: None,
            title: format!("Gỡ khỏi kệ: {}", row.product),
            href: format!("/ket-noi/{}#go", row.connection_id),
            place: if row.why.is_empty() { row.place } else { format!("{} · {}", row.place, row.why) },
            chip: if row.level >= 3 {
                Some(("bad", "đã chuyển lãnh đạo".to_owned()))
            } else {
                zone::Out::read(&row.reason).map(|out| (out.tone(), out.short().to_owned()))
            },
        });
        todos.push(Todo {
            id: "takedowns",
            title: "Sản phẩm phải gỡ khỏi kệ OCOP".into(),
            count,
            rows: rows.collect(),
            all: "/ket-noi/go".into(),
            deed: "Cần gỡ khỏi kệ",
            whose: Whose::Do,
        });
    }
    if let (true, Some(body)) = (is_business, actor.body_id()) {
        let rows = list::unanswered(tx, body, MOST).await?;
        let count = rows.len() as i64;
        let rows = rows.into_iter().map(|row| TodoRow {
            due: None,
            since: Some(row.since),
            title: row.product,
            href: format!("/ket-noi/{}", row.id),
            place: row.place,
            chip: Some(("info", row.stage.name().to_owned())),
        });
        todos.push(Todo {
            id: "proposals",
            title: "Đề nghị kết nối chờ trả lời".into(),
            count,
            rows: rows.collect(),
            all: "/ket-noi?stage=proposed".into(),
            deed: "Cần trả lời kết nối",
            whose: Whose::Decide,
        });
    }
    Ok(todos)
}
