//! Products of the programme: the register, the certificates with their days, and what the clock alone brings about.
//!
//! `model` holds the rules (pure), `group`, `scale` and `code` what law says of groups, stars and codes as data, `recognition` its kinds, `store` and `list` the SQL,
//! `bulk` and `sheet` files, `form`, `pages` and `steps` the screens of staff, `clock` notices and lapse, `forecast` what must
//! be evaluated again; `term` holds the days of a certificate as the law has them, `regrading` (pure) and `again` (screens) what
//! is recorded of grading again, `withdrawal` findings and decisions by which certificates are withdrawn.

mod again;
pub mod bulk;
mod certificate;
mod clock;
pub mod code;
pub mod dates;
pub mod decider;
mod forecast;
mod form;
pub mod group;
pub mod list;
pub mod model;
pub mod own;
pub mod pages;
pub mod recognition;
pub mod regrading;
pub mod scale;
pub mod sheet;
mod show;
mod steps;
pub mod store;
pub mod term;
#[cfg(test)]
mod tests;
pub mod withdrawal;

use crate::access::Routes;

pub use clock::{daily, notice_days};
pub use model::{Certificate, Product, State};
pub use pages::{load, thing, thing_of};
pub use steps::certify;

/// Kind of the job that tells other slices that a product's standing changed; without an id, that of many.
pub const CHANGED_JOB: crate::job::Kind = crate::job::Kind::new("product_changed", crate::job::Lane::Work).once();

/// Whether some source has the score sheets of a day; handed in by whoever keeps them.
pub struct HasSheets(pub fn(chrono::NaiveDate) -> bool);

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes()
        .merge(steps::routes())
        .merge(dates::routes())
        .merge(again::routes())
        .merge(withdrawal::routes())
        .merge(forecast::routes())
        .merge(sheet::routes())
}

/// The lists of the law that this slice reads.
pub fn lists() -> Vec<crate::law::List> {
    [group::lists(), scale::lists(), code::lists(), term::lists(), decider::lists()].concat()
}
