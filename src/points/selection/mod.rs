//! Selection of points by a leader's decision: candidates beside a plan's target, coverage of units and kinds,
//! many points chosen or declined in one act.
//!
//! `model` reads a decision and compares with targets (pure), `store` the SQL, `pages` the screen, `fix` the way back of
//! a point that was not chosen.

pub mod fix;
#[cfg(test)]
mod fix_tests;
pub mod model;
mod pages;
pub mod store;
#[cfg(test)]
mod tests;

pub use fix::todo;
pub use store::of;

/// The routes of this slice.
pub fn routes() -> crate::access::Routes {
    pages::routes().merge(fix::routes())
}

/// What a decision said of a point.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Verdict {
    /// The decision.
    pub selection_id: String,
    /// `selected` or `declined`.
    pub verdict: String,
    /// What to fix; of a selected point: why it was selected in spite of its survey.
    pub guidance: String,
    /// By when.
    pub fix_by: Option<chrono::NaiveDate>,
    /// Decision number as given.
    pub number: String,
    /// Its date.
    pub decided_on: chrono::NaiveDate,
}
