//! Who sees to a point and by when: the bodies and divisions that lead and help, and its deadlines, each with what it is for
//! and the paper or agreement that sets it. The nearest open deadline is the one lists show while a point is prepared.
//!
//! `model` holds the rules (pure), `store` the SQL, `pages` the screen.

pub mod model;
mod pages;
pub mod store;
#[cfg(test)]
mod tests;

use askama::Template;
use askama::filters::HtmlSafe;
use chrono::{Days, NaiveDate};

pub use model::{Deadline, Duty, What, nearest};
pub use pages::routes;

use crate::access::{Act, Scope, Voice};
use crate::db::Tx;
use crate::error::Result;
use crate::page::{Todo, TodoRow, Visit, Whose};
use crate::point::{self, Point, State};

/// Who sees to a point and what is due, for its record.
#[derive(Template)]
#[template(path = "duty/card.html")]
pub struct Card {
    point_id: String,
    duties: Vec<Duty>,
    deadlines: Vec<Deadline>,
    today: NaiveDate,
    may_set: bool,
}

impl HtmlSafe for Card {}

impl Card {
    /// Whether it has anything for the reader.
    pub fn is_shown(&self) -> bool {
        self.may_set || !self.duties.is_empty() || !self.deadlines.is_empty()
    }
}

/// The card of a point.
pub async fn card(tx: &mut Tx, visit: &Visit, point: &Point) -> Result<Card> {
    Ok(Card {
        point_id: point.id.clone(),
        duties: store::duties(tx, &point.id).await?,
        deadlines: store::deadlines(tx, &point.id).await?.into_iter().filter(Deadline::stands).collect(),
        today: visit.app.clock().today(),
        may_set: model::may_set(&visit.actor, point),
    })
}

/// Makes the nearest open deadline of a point the one that lists show, while it waits for its opening.
pub async fn refresh(tx: &mut Tx, visit: &Visit, point_id: &str) -> Result<()> {
    let Some(before) = point::store::find(tx, point_id).await? else { return Ok(()) };
    if !matches!(before.state, State::Selected | State::Preparing) {
        return Ok(());
    }
    let due_on = nearest(&store::deadlines(tx, point_id).await?);
    if before.due_on != due_on {
        let after = Point { due_on, ..before.clone() };
        point::store::save(tx, &before, &after, visit.app.region(), visit.app.clock().now()).await?;
    }
    Ok(())
}

/// Points that the reader's body sees to, and deadlines that the lists of points do not show.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    const MOST: i64 = 30;
    const AHEAD: Days = Days::new(14);
    let actor = &visit.actor;
    let mut todos = Vec::new();
    if let (true, Some(body)) = (actor.may(Act::SetDuties), actor.body_id()) {
        let rows = store::of_body(tx, body, MOST).await?;
        let count = if (rows.len() as i64) < MOST { rows.len() as i64 } else { store::count_of_body(tx, body).await? };
        let rows = rows.into_iter().map(|row| TodoRow {
            due: row.due_on,
            since: Some(row.state_since),
            title: row.name,
            href: if row.state == State::Preparing { format!("/ho-so/{}/chuan-bi", row.id) } else { format!("/ho-so/{}", row.id) },
            place: format!("{} · {}", row.code, if row.part == "lead" { "đơn vị bạn chủ trì" } else { "đơn vị bạn phối hợp" }),
            chip: Some(("info", row.state.name(crate::text::Tongue::Vi).to_owned())),
        });
        todos.push(Todo {
            id: "duties",
            title: "Điểm đơn vị bạn phụ trách".into(),
            count,
            rows: rows.collect(),
            all: format!("/ho-so?duty={body}"),
            deed: "Điểm phụ trách",
            whose: Whose::Do,
        });
    }
    let is_concerned = actor.may(Act::SetDuties) || actor.is(Voice::Business) && actor.confirmed;
    if is_concerned && !matches!(actor.scope(), Scope::None) {
        let last = visit.app.clock().today().checked_add_days(AHEAD).unwrap_or_default();
        let rows = store::due(tx, &actor.scope(), last, MOST).await?;
        let count = rows.len() as i64;
        let rows = rows.into_iter().map(|row| TodoRow {
            due: Some(row.due_on),
            since: None,
            title: format!("{}: {}", row.title(), row.name),
            href: format!("/ho-so/{}/phu-trach#f-{}", row.point_id, row.id),
            place: row.code,
            chip: None,
        });
        todos.push(Todo {
            id: "deadlines",
            title: "Hạn khác của các điểm".into(),
            count,
            rows: rows.collect(),
            all: "/ho-so?state=preparing".into(),
            deed: "Hạn khác của điểm",
            whose: Whose::Do,
        });
    }
    Ok(todos)
}
