//! The council of the city: the rules it works by, its sittings and their agenda, who is tied to whom, sheets that nobody else sees
//! before a result stands, and that result.
//!
//! `model` and `tally` are pure; `store` the SQL, `procedure` the local rules, `agenda` the secretary's screens of a sitting, `result`
//! brings sheets together, `decide` what becomes of each product, `mine` what a member has before it, `marking` one sheet, `ties` what keeps a member out.

mod agenda;
pub mod decide;
mod marking;
mod mine;
pub mod model;
mod procedure;
mod result;
pub mod store;
pub mod tally;
#[cfg(test)]
mod tally_tests;
#[cfg(test)]
mod tests;
pub mod ties;

use crate::access::{Act, Routes};
use crate::db::Tx;
use crate::dossier;
use crate::error::Result;
use crate::page::{Todo, TodoRow, Visit, Whose};

/// The routes of this slice.
pub fn routes() -> Routes {
    procedure::routes()
        .merge(agenda::routes())
        .merge(decide::routes())
        .merge(result::routes())
        .merge(mine::routes())
        .merge(marking::routes())
}

/// Who reads a dossier because it is before a council it sits in.
pub fn on_agenda() -> dossier::OnAgenda {
    dossier::OnAgenda(|tx, visit, id| Box::pin(async move { mine::sits_over(tx, visit, id).await }))
}

/// Sittings in which the reader has sheets to hand in.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    let Some(person) = visit.actor.person.as_deref().filter(|_| visit.actor.may(Act::AttendSessions)) else { return Ok(Vec::new()) };
    let waiting = store::sheets_waiting(tx, person, 30).await?;
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<TodoRow> = waiting
        .into_iter()
        .map(|sitting| TodoRow {
            due: Some(sitting.held_on),
            since: None,
            title: sitting.title,
            href: format!("/phien-cua-toi/{}", sitting.id),
            place: format!("còn {} sản phẩm chưa nộp phiếu", sitting.left),
            chip: None,
        })
        .collect();
    Ok(vec![Todo {
        id: "sheets",
        title: "Phiên đang chấm".into(),
        count: rows.len() as i64,
        rows,
        all: "/phien-cua-toi".to_owned(),
        deed: "Cần chấm phiếu",
        whose: Whose::Do,
    }])
}
