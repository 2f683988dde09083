//! Inspection of points in operation: planned by risk, done on a phone; findings that rise when they are not fixed in
//! time; who last saw a point running, and who is asked when nobody did; complaints.
//!
//! `model` holds the rules (pure), `store` the SQL, `risk` the order in which points need a visit, `plan`, `visit`,
//! `shelf`, `question`, `finding` and `confirm` the screens, `form` reads what inspectors type, `daily` what the clock alone brings about,
//! `todo` the work list, `brief` the few lines on the record of a point. A page of the planning list costs its rows: the
//! order is kept in `inspection_risk` with every event and put right each night.

mod brief;
mod confirm;
mod daily;
mod finding;
mod finish;
mod form;
pub mod model;
mod plan;
mod question;
pub mod risk;
pub mod shelf;
#[cfg(test)]
mod shelf_tests;
pub mod store;
#[cfg(test)]
mod tests;
mod todo;
mod visit;

pub use brief::{Card, card};
pub use daily::daily;
pub use store::{carry, open_findings, point_of};
pub use todo::todo;
pub use visit::Desk;

/// The routes of this slice.
pub fn routes() -> crate::access::Routes {
    plan::routes().merge(visit::routes()).merge(finding::routes()).merge(confirm::routes()).merge(shelf::routes()).merge(question::routes())
}
