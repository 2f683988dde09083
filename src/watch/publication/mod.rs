//! Publication on other portals ("công bố trên các cổng"): who must show a point, what was sent, confirmed, taken down;
//! the signed feed and the embeds those portals read.
//!
//! `model` holds portals and the way of an entry (pure), `store` the SQL, `send` what jobs do, `pages` the screens of
//! staff, `answer` what portals and staff say of an entry, `bulk` and `said` what they say of many at once, `feed` and `entry` the feeds, `embed` list and map for other
//! sites, `keys` the keys of this installation.

mod answer;
mod bulk;
mod embed;
mod entry;
mod feed;
pub mod model;
mod outlet_form;
mod pages;
mod said;
mod send;
pub mod store;
#[cfg(test)]
mod tests;

use crate::access::Routes;

pub use send::{FILL_JOB, SEND_JOB, changed, daily, fill, fill_all, sample, send, todo};

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes().merge(outlet_form::routes()).merge(answer::routes()).merge(bulk::routes()).merge(feed::routes()).merge(embed::routes())
}
