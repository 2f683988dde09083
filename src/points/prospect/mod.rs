//! Before registration: premises and owners that are approached, until a prospect becomes a registration.
//!
//! `model` holds the rules (pure), `form` reads what people type, `store` the SQL, `pages` the screens, `steps` approaches
//! and changes of state, `gap` where a point is missing, `village` the craft villages an administrator names.

mod form;
mod gap;
pub mod model;
mod pages;
mod steps;
pub mod store;
#[cfg(test)]
mod tests;
mod village;

use askama::Template;
use askama::filters::HtmlSafe;

use crate::access::{Act, Of, Readers, Routes};
use crate::db::Tx;
use crate::error::Result;
use crate::mail;
use crate::page::{Todo, TodoRow, Visit, Whose};
use crate::point::Point;
use crate::state::App;
pub use model::{Prospect, State};
pub use pages::{AlikePart, Taken, may_write, seen, take};

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes().merge(steps::routes()).merge(gap::routes()).merge(village::routes())
}

/// Where a record comes from, for the record itself.
#[derive(Template)]
#[template(path = "prospect/card.html")]
pub struct Card {
    prospect: Prospect,
    approaches: Vec<model::Approach>,
}

impl HtmlSafe for Card {}

/// The prospect that became this point, for those who may see prospects.
pub async fn card(tx: &mut Tx, visit: &Visit, point: &Point) -> Result<Option<Card>> {
    if !visit.actor.may(Act::ReadProspects) {
        return Ok(None);
    }
    let Some(prospect) = store::of_point(tx, &point.id).await? else { return Ok(None) };
    let approaches = store::approaches(tx, &prospect.id).await?;
    Ok(Some(Card { prospect, approaches }))
}

/// Next steps whose day has come.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    const MOST: i64 = 30;
    if !visit.actor.may(Act::Mobilise) || !visit.actor.can("nominate") {
        return Ok(Vec::new());
    }
    let today = visit.app.clock().today();
    let scope = visit.actor.scope();
    let rows = store::due(tx, &scope, today, MOST).await?;
    let count = if (rows.len() as i64) < MOST { rows.len() as i64 } else { store::due_count(tx, &scope, today).await? };
    let rows = rows
        .into_iter()
        .map(|row| TodoRow {
            due: row.next_on,
            since: None,
            title: format!("{}: {}", row.name, row.next_step),
            href: format!("/van-dong/{}", row.id),
            place: row.address.clone(),
            chip: model::Answer::read(&row.answer).map(|answer| (answer.tone(), answer.name().to_owned())),
        })
        .collect();
    Ok(vec![Todo {
        id: "prospects",
        title: "Bước vận động tiếp theo".into(),
        count,
        rows,
        all: "/van-dong?tre=1".into(),
        deed: "Cần tiếp xúc",
        whose: Whose::Do,
    }])
}

#[derive(Template)]
#[template(path = "prospect/letter_step.txt", whitespace = "preserve")]
struct StepLetter<'a> {
    name: &'a str,
    step: &'a str,
    id: &'a str,
    base: &'a str,
}

/// Reminds the body that noted a prospect on the day of its next step, once for each such day.
pub async fn daily(app: &App) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let mut tx = app.db().write().await?;
    for row in store::to_tell(&mut tx, today).await? {
        store::told(&mut tx, &row.id, row.next_on).await?;
        let of = row.made_by.as_deref().map(|body| Of::BodyWith(body, "nominate"));
        let readers = Readers::find(&mut tx, Act::Mobilise, of, today).await?;
        let text = StepLetter { name: &row.name, step: &row.next_step, id: &row.id, base: &app.config().base_url };
        mail::letter(&mut tx, now, readers, &format!("Vận động: {}", row.name), &text).await?;
    }
    tx.commit().await?;
    app.wake();
    Ok(())
}
