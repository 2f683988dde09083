//! Calls: the Sở asks communes, departments and associations to propose points of a year with their money by a day.
//!
//! `model` holds the rules (pure), `store` the SQL, `pages` writing, issuing and the overview, `answer` what addressees say,
//! `export` the answers as a table, `reach` papers for whoever has no account, `place` what makes a prospect of a place that was
//! typed, `rising` reminders and what is late.

mod answer;
mod export;
pub mod model;
mod pages;
mod place;
mod reach;
mod rising;
pub mod store;
#[cfg(test)]
mod tests;

use crate::access::{Act, Actor, Routes, Scope, Voice};
use crate::db::Tx;
use crate::error::Result;
use crate::page::{Todo, TodoRow, Visit, Whose};
pub use model::Call;
pub use pages::CALLERS;
pub use reach::to_print;
pub use rising::daily;

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes().merge(reach::routes()).merge(place::routes()).merge(answer::routes()).merge(export::routes())
}

/// Whether somebody acting so writes and issues calls.
fn may_call(actor: &Actor) -> bool {
    actor.may(Act::WriteCalls) && actor.can("accept") && actor.scope() == Scope::All
}

/// Whether somebody acting so sees the answers of everybody.
fn sees_all(actor: &Actor) -> bool {
    actor.may(Act::OverseeCalls) && actor.scope() == Scope::All
}

/// Body and commune that somebody answers for; empty = none.
fn answers_for(actor: &Actor) -> (String, String) {
    if !actor.may(Act::AnswerCalls) {
        return Default::default();
    }
    let unit = match actor.scope() {
        Scope::Unit(unit) if actor.is(Voice::Commune) => unit,
        _ => String::new(),
    };
    (actor.body_id().unwrap_or_default().to_owned(), unit)
}

/// Calls that wait for the reader's answer; late answers to the reader's calls.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    const MOST: i64 = 30;
    let today = visit.app.clock().today();
    let (body, unit) = answers_for(&visit.actor);
    let mut todos = Vec::new();
    if !body.is_empty() {
        let waiting = store::waiting_for(tx, &body, &unit, MOST).await?;
        let rows: Vec<TodoRow> = waiting
            .into_iter()
            .map(|(id, title, due)| TodoRow {
                due: Some(due),
                since: None,
                title,
                href: format!("/dot-de-nghi/{id}/tra-loi"),
                place: "Đề nghị phát triển điểm OCOP".into(),
                chip: None,
            })
            .collect();
        todos.push(Todo {
            id: "calls",
            title: "Đợt đề nghị chờ trả lời".into(),
            count: rows.len() as i64,
            rows,
            all: "/dot-de-nghi".into(),
            deed: "Cần trả lời đợt đề nghị",
            whose: Whose::Do,
        });
    }
    if may_call(&visit.actor) {
        let late = store::late_of(tx, &body, today, MOST).await?;
        let count = if (late.len() as i64) < MOST { late.len() as i64 } else { store::late_count(tx, &body, today).await? };
        let rows = late
            .into_iter()
            .map(|(id, title, due, name)| TodoRow {
                due: Some(due),
                since: None,
                title: name,
                href: format!("/dot-de-nghi/{id}?loc=cham"),
                place: title,
                chip: None,
            })
            .collect();
        todos.push(Todo {
            id: "late-answers",
            title: "Chậm trả lời đợt đề nghị".into(),
            count,
            rows,
            all: "/dot-de-nghi".into(),
            deed: "Nơi chậm trả lời",
            whose: Whose::Wait,
        });
    }
    Ok(todos)
}
