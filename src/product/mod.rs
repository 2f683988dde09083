//! Products of the programme: the register, the certificates with their days, and what the clock alone brings about.
//!
//! `model` holds the rules (pure), `group` and `scale` what law says of groups and stars as data, `store` and `list` the SQL,
//! `bulk` and `sheet` files, `pages` and `steps` the screens of staff, `clock` notices, lapse and the forecast.

pub mod bulk;
pub mod group;
pub mod list;
pub mod model;
pub mod scale;
pub mod sheet;
pub mod store;
#[cfg(test)]
mod tests;

pub use model::{Certificate, Product, State};

use crate::app::Routes;

/// Kind of the job that tells other slices that a product's standing changed; without an id, that of many.
pub const CHANGED_JOB: &str = "product_changed";

/// The routes of this slice.
pub fn routes() -> Routes {
    sheet::routes()
}
