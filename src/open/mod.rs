//! Read by everybody: over every slice, imported by none of them.

pub mod api;
pub mod map;
pub mod portal;
