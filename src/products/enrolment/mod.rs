//! The year's registration of products for evaluation: producers and communes register, communes forward, the city takes in.
//!
//! `model` holds the rules (pure), `form` reads what people type, `store` the SQL, `pages` list and totals, `steps` one
//! registration, `renewal` what the register itself proposes, `export` the list of a year as a table.

mod export;
mod form;
pub mod model;
mod pages;
mod renewal;
mod steps;
pub mod store;
#[cfg(test)]
mod tests;

pub use model::{Enrolment, may_keep};

use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::Result;
use crate::page::{Todo, TodoRow, Visit, Whose};
use model::{Side, State};

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes().merge(renewal::routes()).merge(export::routes()).merge(steps::routes())
}

/// Who reads registrations at all; rows narrow it.
const READERS: Need = Need::May(Act::ReadEnrolments);

/// Registrations that wait for the reader: sent ones for a commune, forwarded ones for the city, returned ones for whoever registered.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    const MOST: i64 = 30;
    let asked: &[(State, &'static str, &'static str)] = match Side::of(&visit.actor) {
        Some(Side::Producer) => &[(State::Returned, "enrolments-returned", "Đăng ký sản phẩm cần bổ sung")],
        Some(Side::Commune) => &[
            (State::Sent, "enrolments", "Đăng ký sản phẩm chờ xã, phường"),
            (State::Returned, "enrolments-returned", "Đăng ký sản phẩm cần bổ sung"),
        ],
        None if may_keep(&visit.actor) => &[(State::Forwarded, "enrolments", "Đăng ký sản phẩm chờ Thành phố")],
        None => &[],
    };
    let reader = store::Reader::of(&visit.actor);
    let mut todos = Vec::new();
    for (state, id, title) in asked {
        let rows = store::waiting(tx, &reader, *state, MOST).await?;
        let count = if (rows.len() as i64) < MOST { rows.len() as i64 } else { store::waiting_count(tx, &reader, *state).await? };
        let rows = rows
            .into_iter()
            .map(|row| TodoRow {
                due: None,
                since: Some(row.state_since),
                title: row.name,
                href: format!("/dang-ky-san-pham/{}", row.id),
                place: format!("{} · năm {}", row.producer, row.year),
                chip: Some(("info", row.kind.name().to_owned())),
            })
            .collect();
        todos.push(Todo {
            id,
            title: (*title).into(),
            count,
            rows,
            all: format!("/dang-ky-san-pham?trang-thai={}", state.word()),
            deed: title,
            whose: if *state == State::Returned { Whose::Do } else { Whose::Decide },
        });
    }
    Ok(todos)
}
