//! Surveys of points by the criteria of their day.
//!
//! `model` says which sets a survey goes by and what it still lacks (pure), `form` reads the phone-sized screen,
//! `store` the SQL, `pages` the screens: plan, fill, and the sheet that prints; `asking` tells leaders that no set applies. The sets are fixed with the first
//! answer, so that a later change of the law does not change a survey under way; a finished survey never changes.

mod asking;
pub mod form;
pub mod model;
mod pages;
pub mod store;
#[cfg(test)]
mod tests;

pub use asking::todo;
pub use model::Survey;
pub use pages::Desk;
pub use store::{Summary, of, point_of};

/// The routes of this slice.
pub fn routes() -> crate::access::Routes {
    pages::routes().merge(asking::routes())
}
