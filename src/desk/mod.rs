//! Read by staff: over every slice, imported by none of them.

pub mod asof;
pub mod find;
pub mod paper;
pub mod record;
pub mod trace;
pub mod work;
