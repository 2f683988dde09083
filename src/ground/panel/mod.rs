//! Bodies made by a decision: councils, advisory teams, steering committees, working groups, delegations; who sits in them, from–to.
//!
//! `model` is pure; `store` the SQL, `pages` list, one panel and its term, `members` who joins, is replaced, leaves.

mod members;
pub mod model;
mod pages;
pub mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use model::{Kind, Member, Panel, Part};

use crate::access::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes().merge(members::routes())
}
