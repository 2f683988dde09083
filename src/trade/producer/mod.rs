//! The register of producers and operators (chủ thể): who makes what, who runs which point, who signs in for it. Staff give an
//! account from here; a producer without a point registers itself, and whoever knows it says which body of the register it is.
//!
//! `register` is the public form, `settle` what comes of it, `people` are accounts given by staff.

mod form;
pub mod list;
pub mod model;
mod pages;
mod people;
mod register;
mod settle;
pub mod store;
#[cfg(test)]
mod tests;

pub use pages::thing;
pub use settle::todo;
pub use store::forget;

/// The routes of this slice.
pub fn routes() -> crate::access::Routes {
    pages::routes().merge(people::routes()).merge(register::routes()).merge(settle::routes())
}
