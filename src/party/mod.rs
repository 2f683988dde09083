//! Who is who: agencies and divisions with their successors, firms, cooperatives, groups, households, associations.

pub mod bulk;
pub mod model;
mod pages;
pub mod store;

pub use model::{Body, BodyKind};
pub use pages::routes;
