//! The journal: who did what to which thing when, append-only and hash-chained, written in the same transaction
//! as the change. Personal values lie in a side table that can be erased; the chain holds their salted digests.

mod pages;
mod store;
#[cfg(test)]
mod tests;

pub use pages::routes;
pub use store::{Appender, Broken, Entry, Line, PlainLine, Verified, forget, forget_value, head, history, note, note_by, note_many, verify};
