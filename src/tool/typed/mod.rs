//! What people type: fields of a form, what is wrong with them, and values read from one field. Pure.

mod errors;
mod fields;
mod value;

pub use errors::{Choice, Errors};
pub use fields::{Fields, query_escape};
pub use value::{ahead, day, millimetres, money, past};
