//! A point in operation: it pauses, runs again, ends; what is then owed; what takes its place.
//!
//! `model` holds the rules (pure), `store` the SQL, `pages` the screen, `steps` pause, run again and end, `payback` money,
//! `replace` what takes the place.

pub mod model;
mod pages;
mod payback;
mod replace;
pub mod steps;
pub mod store;
#[cfg(test)]
mod tests;

use crate::access::{Act, Routes};
use crate::db::Tx;
use crate::error::Result;
use crate::page::{Todo, TodoRow, Visit, Whose};
use crate::point::{Point, State, Step};

use model::{Replacement, Stop};

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes().merge(steps::routes()).merge(payback::routes()).merge(replace::routes())
}

/// How a point runs, in a few lines, for its record.
#[derive(Clone, Debug)]
pub struct Card {
    /// Its last stop.
    pub stop: Option<Stop>,
    /// What was chosen to take its place.
    pub replacement: Option<Replacement>,
    /// Points whose place it takes: id, code, name, closing day.
    pub replaces: Vec<(String, String, String, Option<chrono::NaiveDate>)>,
    /// Days without a point, once it ended.
    pub days_without: Option<i64>,
    /// Steps the reader may take.
    pub steps: Vec<Step>,
}

/// What the record of a point says of its operation; none before it opened.
pub async fn card(tx: &mut Tx, visit: &Visit, point: &Point) -> Result<Option<Card>> {
    let replaces = store::replaces(tx, &point.id).await?;
    if !point.state.is_public() && replaces.is_empty() {
        return Ok(None);
    }
    let stop = store::stops(tx, &point.id).await?.into_iter().next();
    let replacement = store::replacements(tx, &point.id).await?.into_iter().find(|replacement| replacement.state == "chosen");
    let days_without = point.closed_on.filter(|_| point.state == State::Closed).map(|closed| {
        let opened = replacement.as_ref().and_then(|replacement| replacement.opened_on);
        model::days_without(closed, opened, visit.app.clock().today())
    });
    Ok(Some(Card { stop, replacement, replaces, days_without, steps: steps_of(visit, point) }))
}

/// Steps of operation that the reader may take with a point now.
fn steps_of(visit: &Visit, point: &Point) -> Vec<Step> {
    [Step::Suspend, Step::Resume, Step::Close]
        .into_iter()
        .filter(|step| step.from().contains(&point.state) && step.may(&visit.actor))
        .collect()
}

/// What waits: pauses past their end, money undecided or late, places without a decision.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    if !visit.actor.may(Act::PausePoints) {
        return Ok(Vec::new());
    }
    let (scope, today) = (visit.actor.scope(), visit.app.clock().today());
    let mut todos = vec![group(
        "pauses",
        "Tạm ngừng quá ngày dự kiến mở lại",
        "bad",
        "quá ngày mở lại",
        store::overdue_pauses(tx, &scope, today).await?,
    )];
    if visit.actor.may(Act::FollowPaybacks) {
        todos.push(group("paybacks", "Hoàn trả hỗ trợ chưa xong", "bad", "hoàn trả", store::open_paybacks(tx, &scope, today).await?));
    }
    if visit.actor.may(Act::GovernOperation) {
        todos.push(group("replacements", "Chờ chọn điểm thay thế", "warn", "thay thế", store::undecided(tx, &scope).await?));
    }
    Ok(todos)
}

fn group(id: &'static str, title: &'static str, tone: &'static str, word: &str, rows: Vec<store::Pressing>) -> Todo {
    let rows: Vec<TodoRow> = rows
        .into_iter()
        .map(|(point, code, name, day)| TodoRow {
            due: day,
            since: None,
            title: name,
            href: format!("/ho-so/{point}/van-hanh"),
            place: code,
            chip: Some((tone, word.to_owned())),
        })
        .collect();
    Todo { id, title: title.into(), count: rows.len() as i64, rows, all: "/ho-so".into(), deed: title, whose: Whose::Decide }
}

/// The point that runs in the place of a closed one, where its shoppers may go instead.
pub async fn instead_of(tx: &mut Tx, point_id: &str) -> Result<Option<Point>> {
    let chosen = store::replacements(tx, point_id)
        .await?
        .into_iter()
        .find(|replacement| replacement.state == "chosen" && replacement.point_state == State::Operating);
    let Some(chosen) = chosen else { return Ok(None) };
    Ok(crate::point::store::find(tx, &chosen.by_id).await?)
}
