//! Surveys of points by the criteria of their day.

use crate::app::Routes;
use crate::db::{DbResult, Tx};
use crate::fetch_all;
use crate::fetch_optional;

/// A survey in one line.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Summary {
    /// Identifier.
    pub id: String,
    /// `planned`, `open` or `done`.
    pub state: String,
    /// Planned day.
    pub planned_on: Option<chrono::NaiveDate>,
    /// Day done.
    pub done_on: Option<chrono::NaiveDate>,
    /// Result word, or empty.
    pub outcome: String,
}

/// The surveys of a point, newest first.
pub async fn of(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Summary>> {
    fetch_all!(tx, Summary, "select id, state, planned_on, done_on, outcome from survey where point_id = $1 order by created_at desc, id desc", point_id)
}

/// The point a survey belongs to.
pub async fn point_of(tx: &mut Tx, survey_id: &str) -> DbResult<Option<String>> {
    Ok(fetch_optional!(tx, (String,), "select point_id from survey where id = $1", survey_id)?.map(|(id,)| id))
}

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
}
