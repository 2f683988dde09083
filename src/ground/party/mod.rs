//! Who is who: agencies and divisions with their successors, firms, cooperatives, groups, households, associations.
//!
//! `identity` says when two names are one body, for files and forms alike; `bulk` finds the bodies of a file's rows and
//! `typed` the body of a form; `question` keeps what a person has to say, `join` makes two bodies one and parts them again,
//! `succession` lets one become the other on a day; `registrant` is who
//! registers a body without an account.

mod brought;
pub mod bulk;
pub mod correct;
pub mod identity;
pub mod join;
mod maker;
pub mod model;
mod pages;
pub mod question;
pub mod registrant;
mod seat;
pub mod store;
mod succession;
#[cfg(test)]
mod tests;
pub mod typed;

pub use maker::{JOINED_JOB, about, may_join};
pub use model::{Body, BodyKind};
pub use seat::{fitting, seat};

/// Name of the job that reads rows again which waited for an answer.
pub const ANSWERED_JOB: crate::job::Kind = crate::job::Kind::new("waiting_rows", crate::job::Lane::Long);

/// The routes of this slice.
pub fn routes() -> crate::access::Routes {
    pages::routes().merge(maker::routes()).merge(succession::routes())
}
