//! Conferences of connection: who was invited and came, which product met which point or chain with what outcome, and
//! what became of it in the ledger.
//!
//! `model` holds the rules (pure), `form` reads what people type, `store` the SQL, `pages` list, conference and its facts,
//! `guest` invitations, `outcome` what came of the meetings.

mod form;
mod guest;
pub mod model;
mod outcome;
mod pages;
pub mod store;
#[cfg(test)]
mod tests;

use crate::access::Routes;
use crate::db::Tx;
use crate::error::Result;
use crate::page::{Todo, TodoRow, Visit, Whose};

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes().merge(guest::routes()).merge(outcome::routes())
}

/// Conferences whose day has come and of which nobody has written an outcome yet; for a month, then they are let be.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    const MOST: i64 = 30;
    if !model::may_hold(&visit.actor) {
        return Ok(Vec::new());
    }
    let today = visit.app.clock().today();
    let rows = store::without_outcome(tx, &visit.actor.scope(), today - chrono::Days::new(30), today, MOST).await?;
    let rows: Vec<TodoRow> = rows
        .into_iter()
        .map(|row| TodoRow {
            due: Some(row.held_on),
            since: None,
            title: row.title,
            href: format!("/hoi-nghi/{}", row.id),
            place: row.place,
            chip: Some(("warn", "chưa ghi kết quả".to_owned())),
        })
        .collect();
    Ok(vec![Todo {
        id: "conferences",
        title: "Hội nghị kết nối chờ ghi kết quả".into(),
        count: rows.len() as i64,
        rows,
        all: "/hoi-nghi".into(),
        deed: "Cần ghi kết quả hội nghị",
        whose: Whose::Do,
    }])
}
