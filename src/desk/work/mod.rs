//! The work list: what waits for the reader, gathered from every slice.
//!
//! A reading slice: it knows every slice that has work to hand out, and nobody imports it.

mod setup;
#[cfg(test)]
mod tests;

use askama::Template;
use axum::response::Response;

use crate::access::{Act, Need, Routes, Scope, Voice};
use crate::error::Result;
use crate::page::{Shell, Todo, Visit, html};
use crate::point::list::{self, Row};
use crate::point::{State, model, store};

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new().get("/viec", Need::SignedIn, work)
}

struct Waiting {
    state: State,
    count: i64,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "work/show.html")]
struct WorkPage {
    shell: Shell,
    waiting: Vec<Waiting>,
    todos: Vec<Todo>,
    unclear: Vec<Row>,
    /// Points of the reader that somebody else has now.
    elsewhere: Vec<Row>,
    accounts: Vec<(String, String, String)>,
    today: chrono::NaiveDate,
    may_add: bool,
    /// What a new store still lacks, for its administrator.
    setup: Vec<setup::Step>,
}

impl WorkPage {
    fn nothing_waits(&self) -> bool {
        self.waiting.iter().all(|group| group.count == 0)
            && self.todos.is_empty()
            && self.setup.is_empty()
            && self.accounts.is_empty()
            && self.unclear.is_empty()
    }

    /// Who has a point, in the words of its list.
    fn holder(&self, state: &State) -> &'static str {
        match state {
            State::Draft => "đã gửi, chờ xã, phường xem",
            State::Nominated => "chờ Sở Công Thương tiếp nhận",
            State::Accepted => "chờ khảo sát tại chỗ",
            State::Surveyed => "chờ lãnh đạo Sở Công Thương quyết định",
            _ => "chờ xã, phường bắt đầu chuẩn bị",
        }
    }

    fn has_no_step(&self) -> bool {
        self.waiting.is_empty() && self.todos.is_empty() && self.setup.is_empty() && !self.shell.may(Act::Inspect)
    }
}

/// What the slices of operation hand out.
async fn todos(tx: &mut crate::db::Tx, visit: &Visit) -> Result<Vec<Todo>> {
    let mut todos: Vec<Todo> = Vec::new();
    todos.extend(crate::rule::force::todo(tx, visit).await?);
    todos.extend(crate::point::unread::todo(tx, visit).await?);
    todos.extend(crate::producer::todo(tx, visit).await?);
    todos.extend(crate::selection::todo(tx, visit).await?);
    todos.extend(crate::survey::todo(tx, visit).await?);
    todos.extend(crate::duty::todo(tx, visit).await?);
    todos.extend(crate::operation::todo(tx, visit).await?);
    todos.extend(crate::point::dates::todo(tx, visit).await?);
    todos.extend(crate::product::dates::todo(tx, visit).await?);
    todos.extend(crate::product::own::todo(tx, visit).await?);
    todos.extend(crate::publication::todo(tx, visit).await?);
    todos.extend(crate::inspection::todo(tx, visit).await?);
    todos.extend(crate::call::todo(tx, visit).await?);
    todos.extend(crate::prospect::todo(tx, visit).await?);
    todos.extend(crate::product::withdrawal::todo(tx, visit).await?);
    todos.extend(crate::connection::todo(tx, visit).await?);
    todos.extend(crate::enrolment::todo(tx, visit).await?);
    todos.extend(crate::aid::todo(tx, visit).await?);
    todos.extend(crate::blank::todo(tx, visit).await?);
    todos.extend(crate::conference::todo(tx, visit).await?);
    todos.extend(crate::result::todo(tx, visit).await?);
    todos.extend(crate::question::todo(tx, visit).await?);
    Ok(todos.into_iter().filter(|todo| todo.count > 0).collect())
}

async fn work(visit: Visit) -> Result<Response> {
    const MOST: i64 = 30;
    let today = visit.app.clock().today();
    let scope = visit.actor.scope();
    let mut tx = visit.app.db().read().await?;
    let mut waiting = Vec::new();
    for state in model::waiting_for(&visit.actor) {
        let rows = list::waiting(&mut tx, &scope, state, MOST).await?;
        let count = match rows.len() as i64 {
            few if few < MOST => few,
            _ => list::counts(&mut tx, &scope).await?.into_iter().find(|(known, _)| *known == state).map_or(MOST, |(_, n)| n),
        };
        waiting.push(Waiting { state, count, rows });
    }
    let todos = todos(&mut tx, &visit).await?;
    let setup = setup::steps(&mut tx, &visit).await?;
    let is_commune = visit.actor.is(Voice::Commune);
    let unclear = if is_commune { list::unclear(&mut tx, &scope, MOST).await? } else { Vec::new() };
    let elsewhere = match &scope {
        Scope::Body(body) => list::elsewhere(&mut tx, body, MOST).await?,
        _ => Vec::new(),
    };
    let accounts = match (&scope, is_commune) {
        (Scope::Unit(unit), true) => store::unconfirmed(&mut tx, unit).await?,
        _ => Vec::new(),
    };
    let may_add = visit.actor.can("nominate") && visit.actor.may(Act::Nominate);
    html(&WorkPage { shell: visit.shell("Việc chờ tôi"), waiting, todos, unclear, elsewhere, accounts, today, may_add, setup })
}
