//! The filling of a sheet of criteria: by which sets, what was answered, what is missing, how it is shown.
//!
//! A survey and an inspection are thin users of it: each keeps its answers in a table of its own and says what follows from
//! them. `model` and `form` are pure, `screen` lays the sheet out.

mod form;
mod model;
mod screen;

pub use form::*;
pub use model::*;
pub use screen::*;
