//! Matching: what a point lacks, where a product fits, who was never connected; always with the reasons in words.
//!
//! `model` holds the scoring (pure), `store` the SQL, `propose` what is looked at, `pages` the screens of a point and a
//! product and what a point is looking for, `never` producers, communes and craft villages that were never connected.

pub mod model;
mod never;
mod pages;
mod propose;
pub mod store;
#[cfg(test)]
pub(crate) mod tests;

use crate::access::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes().merge(never::routes())
}
