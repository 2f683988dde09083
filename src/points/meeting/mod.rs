//! Working sessions about a point, and meetings of the households that will sell there: when, where, who took part, what was
//! agreed. A meeting may be what an item of the checklist stands on. Its minutes are printed, or attached as they were signed.
//!
//! `model` reads what people type (pure), `store` the SQL, `pages` the screens.

pub mod model;
mod pages;
pub mod store;
#[cfg(test)]
mod tests;

use askama::Template;
use askama::filters::HtmlSafe;

pub use model::{Guest, Kind, Meeting};
pub use pages::{load, routes};

use crate::db::Tx;
use crate::error::Result;
use crate::page::Visit;
use crate::point::Point;

/// What papers of a meeting are attached to.
pub const PAPER: &str = "meeting";

/// The latest meetings about a point, for its record.
#[derive(Template)]
#[template(path = "meeting/card.html")]
pub struct Card {
    point_id: String,
    meetings: Vec<Meeting>,
    may_add: bool,
}

impl HtmlSafe for Card {}

/// The card of a point; none where there is no meeting and the reader adds none.
pub async fn card(tx: &mut Tx, visit: &Visit, point: &Point) -> Result<Option<Card>> {
    const MOST: i64 = 5;
    let meetings = store::of(tx, &point.id, MOST).await?;
    let may_add = model::may_write(&visit.actor, point);
    Ok((may_add || !meetings.is_empty()).then(|| Card { point_id: point.id.clone(), meetings, may_add }))
}
