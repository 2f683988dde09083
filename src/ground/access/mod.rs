//! Who may do what: sign-in, roles, needs of routes, scope of rows.
//!
//! A route declares a [`Need`] where it is registered; without one it is closed. What rows a person sees follows
//! from the [`Grant`] they act under: a tree of units, or one body. Roles are named sets of acts, read from a file, and are chosen
//! one at a time, so a screen is never a mixture of two scopes.

mod act;
mod attempt;
mod cookie;
pub mod deputy;
mod guard;
mod invite;
mod known;
mod model;
pub mod papers;
pub mod password;
mod program;
mod readers;
mod role;
mod route;
mod seat;
mod session;
pub mod store;
#[cfg(test)]
mod tests;
mod ticket;
pub mod token;
pub mod token_use;
mod weak;

pub use act::Act;
pub use cookie::{cookie_secret, device_secret, with_cookie, with_device};
pub use guard::{Policy, guard, security_headers};
pub use invite::{INVITATION_DAYS, Invitation, Invited, again, invite};
pub use known::Known;
pub use model::{Actor, DEVICE_DAYS, Grant, Life, Need, Scope};
pub use program::is_for_programs;
pub use readers::{Of, Readers};
pub use role::{Role, Voice, Who};
pub use route::{LargeFiles, Needs, Routes};
pub use seat::Seat;
pub use session::{Seen, SessionRow};
