//! Public pages, Vietnamese and English: home, the list of points with filters and map, one point, products, site map.
//!
//! Reads every slice below; nobody imports it. A page costs what it shows: a fixed number of look-ups by key and by
//! maintained counters, whatever the number of points.

mod pages;
mod point;
mod product;
mod sitemap;
mod store;
#[cfg(test)]
mod tests;
mod words;

use crate::access::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes().merge(product::routes()).merge(sitemap::routes())
}
