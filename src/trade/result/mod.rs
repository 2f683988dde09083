//! What came of each connection, month by month: told by either side or the office, corrected openly, summed up by place
//! and group of products. Amounts are seen by the two sides and by staff.
//!
//! `model` holds the rules (pure), `store` the SQL, `pages` the screens of one connection and the overview, `table` all products of
//! a place in a month.

pub mod model;
mod pages;
pub mod store;
mod table;
#[cfg(test)]
mod tests;

use crate::access::{Scope, Voice};
use crate::db::Tx;
use crate::error::Result;
use crate::page::{Todo, TodoRow, Visit, Whose};

/// The routes of this slice.
pub fn routes() -> crate::access::Routes {
    pages::routes().merge(table::routes())
}

/// Places of which the reader's body has not told the results of last month, each once.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    const MOST: i64 = 30;
    let Scope::Body(body) = visit.actor.scope() else { return Ok(Vec::new()) };
    if !visit.actor.is(Voice::Business) || !visit.actor.confirmed {
        return Ok(Vec::new());
    }
    let month = model::before(model::first_day(visit.app.clock().today()));
    let rows = store::untold_of(tx, &body, month, MOST).await?;
    let count = rows.len() as i64;
    let rows = rows
        .into_iter()
        .map(|row| TodoRow {
            due: None,
            since: Some(model::after(month)),
            title: row.name,
            href: format!("/ket-qua/noi/{}?thang={}", row.place, model::month_word(month)),
            place: format!("{} sản phẩm chưa ghi", row.number),
            chip: Some(("info", format!("tháng {}", model::month_vi(month)))),
        })
        .collect();
    Ok(vec![Todo {
        id: "results",
        title: "Kết quả bán hàng tháng trước chưa ghi".into(),
        count,
        rows,
        all: format!("/ket-qua?thang={}", model::month_word(month)),
        deed: "Cần ghi kết quả bán hàng",
        whose: Whose::Do,
    }])
}
