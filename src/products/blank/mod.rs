//! Blanks of certificates (phôi giấy chứng nhận): batches received, serials used, spoilt or lost, and what is left.
//!
//! `model` reads ranges and holds the rules (pure), `store` the SQL, `pages` the screen, `steps` receiving, using, correcting.

pub mod model;
mod pages;
mod steps;
pub mod store;
#[cfg(test)]
mod tests;

use crate::access::{Act, Routes, Scope};
use crate::db::Tx;
use crate::error::Result;
use crate::page::{Todo, TodoRow, Visit, Whose};
use crate::product::model::may_certify;
use crate::setting;

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes().merge(steps::routes())
}

/// Whether somebody keeps the blanks: whoever issues certificates for the whole city.
fn may_keep(visit: &Visit) -> bool {
    may_certify(&visit.actor) && visit.actor.scope() == Scope::All
}

/// Whether somebody reads about them.
fn may_read(visit: &Visit) -> bool {
    may_keep(visit) || (visit.actor.may(Act::Audit) && visit.actor.scope() == Scope::All)
}

/// A notice to the keeper when few blanks are left.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    let today = visit.app.clock().today();
    if !may_keep(visit) {
        return Ok(Vec::new());
    }
    let stock = store::stock(tx).await?;
    let left: i64 = stock.iter().map(model::Stock::left).sum();
    if stock.is_empty() || left >= setting::value(tx, "blank_low_count", today).await? {
        return Ok(Vec::new());
    }
    let row = TodoRow {
        due: None,
        since: None,
        title: format!("Còn {left} phôi giấy chứng nhận"),
        href: "/phoi-giay".into(),
        place: "In, nhận thêm phôi".into(),
        chip: Some(("warn", "sắp hết".to_owned())),
    };
    Ok(vec![Todo {
        id: "blanks",
        title: "Phôi giấy chứng nhận".into(),
        count: 1,
        rows: vec![row],
        all: "/phoi-giay".into(),
        deed: "Phôi giấy chứng nhận",
        whose: Whose::Do,
    }])
}
