//! Selection of points by a leader's decision.

use crate::app::Routes;
use crate::db::{DbResult, Tx};
use crate::fetch_all;

/// What a decision said of a point.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Verdict {
    /// `selected` or `declined`.
    pub verdict: String,
    /// What to fix.
    pub guidance: String,
    /// By when.
    pub fix_by: Option<chrono::NaiveDate>,
    /// Decision number as given.
    pub number: String,
    /// Its date.
    pub decided_on: chrono::NaiveDate,
}

/// What decisions said of a point, newest first.
pub async fn of(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Verdict>> {
    fetch_all!(
        tx,
        Verdict,
        "select i.verdict, i.guidance, i.fix_by, s.number, s.decided_on from selection_item i join selection s on s.id = i.selection_id
         where i.point_id = $1 order by s.created_at desc, s.id desc",
        point_id
    )
}

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
}
