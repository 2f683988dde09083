//! The score sheets of the law: what each asks and what marks come to. `sheet`, `read`, `layout`, `table` and `mark` are
//! pure; `books` reads what is shipped, `bring` what people hand in, `store` keeps both and who compared it with the gazette, `pages`
//! the screens.

pub mod books;
mod bring;
mod layout;
#[cfg(test)]
mod layout_tests;
pub mod mark;
mod pages;
pub mod read;
pub mod sheet;
pub mod store;
mod table;
#[cfg(test)]
pub mod tests;

pub use bring::{Outcome, take};
pub use pages::{Standing, standing};

/// The lists of the law that this slice reads.
pub fn lists() -> Vec<crate::law::List> {
    books::lists()
}

/// The routes of this slice.
pub fn routes() -> crate::access::Routes {
    pages::routes().merge(bring::routes())
}
