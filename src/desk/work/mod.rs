//! The work list: what waits for the reader, gathered from every slice, what presses most first.
//!
//! A reading slice: it knows every slice that has work to hand out, and nobody imports it.

mod hand;
mod order;
mod setup;
#[cfg(test)]
mod tests;

use askama::Template;
use axum::response::Response;

pub use self::hand::{PLACES, forget};
use self::order::{Line, Part};
use crate::access::{Act, Grant, Need, Routes, Scope, Voice, deputy};
use crate::error::Result;
use crate::page::{Shell, Todo, Visit, Whose, html};
use crate::point::store;

/// The routes of this slice.
pub fn routes() -> Routes {
    hand::routes().get("/viec", Need::SignedIn, work)
}

/// Groups whose page does many at once, with what its button says.
const AT_ONCE: &[(&str, &str)] = &[
    ("s-nominated", "Tiếp nhận nhiều hồ sơ"),
    ("s-surveyed", "Quyết định nhiều điểm"),
    ("inspections", "Lên lịch nhiều điểm"),
    ("unpublished", "Gửi bảng cho cổng"),
    ("takedown-portals", "Gửi bảng cho cổng"),
    ("unconfirmed", "Xác nhận lần lượt"),
    ("takedowns", "Xác nhận đã gỡ"),
];

#[derive(Template)]
#[template(path = "work/show.html")]
struct WorkPage {
    shell: Shell,
    /// What there is to do, counted: where on the page, deed, how many.
    deeds: Vec<(&'static str, &'static str, String)>,
    parts: Vec<(Part, Vec<Line>)>,
    accounts: Vec<(String, String, String)>,
    today: chrono::NaiveDate,
    may_add: bool,
    /// What a new store still lacks, for its administrator.
    setup: Vec<setup::Step>,
    is_concerned: bool,
    /// Roles in which the reader stands in for somebody, but does not act now.
    deputies: Vec<Grant>,
}

impl WorkPage {
    /// Whether the reader has nothing to do, whatever others have.
    fn is_free(&self) -> bool {
        self.parts.iter().all(|(part, _)| *part == Part::Others) && self.setup.is_empty() && self.accounts.is_empty()
    }

    fn at_once(&self, todo: &Todo) -> &'static str {
        AT_ONCE.iter().find(|(id, _)| *id == todo.id).map_or("Xem tất cả", |(_, name)| name)
    }

    /// Whether a thing is the first that can be settled here: that one is open from the start.
    fn is_first(&self, row: &crate::page::TodoRow) -> bool {
        let ones =
            self.parts.iter().flat_map(|(_, lines)| lines).filter_map(|line| if let Line::One(one) = line { Some(one) } else { None });
        ones.into_iter().find(|one| one.quick.is_some()).is_some_and(|one| one.row.href == row.href)
    }

    fn thing<'a>(&self, row: &'a crate::page::TodoRow) -> &'a str {
        hand::thing_of(&row.href)
    }

    /// What of many is shown in place: all that were read, where no list has them.
    fn shown<'a>(&self, todo: &'a Todo) -> &'a [crate::page::TodoRow] {
        let most = if todo.all.is_empty() { todo.rows.len() } else { todo.rows.len().min(10) };
        &todo.rows[..most]
    }

    /// How many things a part has, those of one row counted each.
    fn count(&self, lines: &[Line]) -> String {
        let sum: i64 = lines.iter().map(|line| if let Line::Many(todo, _) = line { todo.count } else { 1 }).sum();
        crate::page::count(sum)
    }
}

/// What the slices hand out.
async fn todos(tx: &mut crate::db::Tx, visit: &Visit) -> Result<Vec<Todo>> {
    let mut todos: Vec<Todo> = Vec::new();
    todos.extend(crate::talk::todo(tx, visit).await?);
    todos.extend(crate::rule::force::todo(tx, visit).await?);
    todos.extend(crate::point::work::todo(tx, visit).await?);
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
    todos.extend(crate::dossier::todo(tx, visit).await?);
    todos.extend(crate::council::todo(tx, visit).await?);
    todos.extend(crate::aid::todo(tx, visit).await?);
    todos.extend(crate::blank::todo(tx, visit).await?);
    todos.extend(crate::conference::todo(tx, visit).await?);
    todos.extend(crate::result::todo(tx, visit).await?);
    todos.extend(crate::question::todo(tx, visit).await?);
    Ok(todos.into_iter().filter(|todo| todo.count > 0).collect())
}

/// So many things can be settled in the list itself.
const QUICK: usize = 3;

/// Says of the first things what settles them here.
async fn quicken(tx: &mut crate::db::Tx, visit: &Visit, parts: &mut [(Part, Vec<Line>)]) -> Result<()> {
    let mine = parts.iter_mut().filter(|(part, _)| *part != Part::Others).flat_map(|(_, lines)| lines);
    let ones = mine.filter_map(|line| if let Line::One(one) = line { Some(one) } else { None });
    let points = ones.filter_map(|one| {
        one.row.href.strip_prefix("/ho-so/").filter(|id| id.chars().all(char::is_alphanumeric)).map(str::to_owned).map(|id| (one, id))
    });
    for (one, id) in points.take(QUICK) {
        one.quick = crate::point::work::quick(tx, visit, &id).await?;
    }
    Ok(())
}

async fn work(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let scope = visit.actor.scope();
    let mut tx = visit.app.db().read().await?;
    let mut todos = todos(&mut tx, &visit).await?;
    hand::sort(&mut tx, &visit, &mut todos).await?;
    let deputies = deputy::held(&mut tx, visit.actor.journal_id(), today).await?;
    let deputies = deputies.into_iter().filter(|grant| !visit.actor.is_acting(grant)).collect();
    let setup = setup::steps(&mut tx, &visit).await?;
    let accounts = match (&scope, visit.actor.is(Voice::Commune)) {
        (Scope::Unit(unit), true) => store::unconfirmed(&mut tx, unit).await?,
        _ => Vec::new(),
    };
    let may_add = visit.actor.can("nominate") && visit.actor.may(Act::Nominate);
    let is_concerned = !todos.is_empty() || crate::point::work::concerns(&visit.actor) || visit.actor.may(Act::Inspect);
    let mine = todos.iter().filter(|todo| todo.whose != Whose::Wait);
    let deeds = mine.map(|todo| (todo.id, todo.deed, todo.counted())).collect();
    let mut parts = order::parts(todos, today);
    quicken(&mut tx, &visit, &mut parts).await?;
    html(&WorkPage { shell: visit.shell("Việc của tôi"), deeds, parts, accounts, today, may_add, setup, is_concerned, deputies })
}
