//! Who may do what: sign-in, roles, needs of routes, scope of rows.
//!
//! A route declares a [`Need`] where it is registered; without one it is closed. What rows a person sees follows
//! from the [`Grant`] they act under: a tree of units, or one body. Roles are chosen one at a time, so a screen is
//! never a mixture of two scopes.

mod cookie;
mod guard;
mod known;
mod model;
pub mod password;
mod program;
pub mod store;
pub mod token;
#[cfg(test)]
mod tests;

pub use cookie::{cookie_secret, with_cookie};
pub use guard::{guard, security_headers};
pub use known::Known;
pub use program::is_for_programs;
pub use model::{Actor, Grant, Need, Role, Scope, STAFF};
