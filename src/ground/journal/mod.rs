//! The journal: who did what to which thing when, append-only and hash-chained, written in the same transaction
//! as the change. Personal values lie in a side table that can be erased; the chain holds their salted digests.

mod store;
#[cfg(test)]
mod tests;

pub use store::{
    Appender, Broken, Entry, Note, PlainLine, Verified, aside, changed, forget, forget_value, head, history, last, note_many, verify,
};
