//! What is open stays true: it is inspected, published, pauses, ends.

pub mod inspection;
pub mod operation;
pub mod publication;
