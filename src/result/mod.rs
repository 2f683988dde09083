//! What came of each connection, month by month: told by either side or the office, corrected openly, summed up by place
//! and group of products. Amounts are seen by the two sides and by staff.
//!
//! `model` holds the rules (pure), `store` the SQL, `pages` the screens.

pub mod model;
mod pages;
pub mod store;
#[cfg(test)]
mod tests;

pub use pages::routes;

use crate::access::{Role, Scope};
use crate::db::Tx;
use crate::error::Result;
use crate::page::{Todo, TodoRow, Visit};

/// Results of last month that the reader's body has not told.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    const MOST: i64 = 30;
    let Scope::Body(body) = visit.actor.scope() else { return Ok(Vec::new()) };
    if !visit.actor.is_any([Role::Business]) || !visit.actor.confirmed {
        return Ok(Vec::new());
    }
    let month = model::before(model::first_day(visit.app.clock().today()));
    let rows = store::untold_of(tx, &body, month, MOST).await?;
    let count = if (rows.len() as i64) < MOST { rows.len() as i64 } else { store::untold_count(tx, &Scope::Body(body), month).await? };
    let rows = rows
        .into_iter()
        .map(|row| TodoRow {
            due: None,
            since: Some(model::after(month)),
            title: row.product,
            href: format!("/ket-qua/{}?thang={}", row.id, model::month_word(month)),
            place: row.place,
            chip: Some(("info", format!("tháng {}", model::month_vi(month)))),
        })
        .collect();
    Ok(vec![Todo { id: "results", title: "Kết quả bán hàng tháng trước chưa ghi", count, rows, all: format!("/ket-qua?thang={}", model::month_word(month)) }])
}
