//! `ocop`: the information system of an OCOP programme (One Commune One Product).
//!
//! Areas lie in folders, from the bottom up: a file uses its own area and those before it. Every module is named without its
//! area: `crate::point`. ARCHITECTURE.md is the map of this crate; tests keep it true.

mod desk;
mod ground;
mod open;
mod points;
mod products;
mod tool;
mod trade;
mod watch;

pub mod app;

#[doc(hidden)]
pub use app::testing;
pub use app::{backup, cli, erasure};
pub use desk::*;
pub use ground::*;
pub use open::*;
pub use points::*;
pub use products::*;
pub use tool::*;
pub use trade::*;
pub use watch::*;
