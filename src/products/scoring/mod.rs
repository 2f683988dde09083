//! The score sheets of the law: what each asks and what marks come to. `sheet`, `read` and `mark` are pure; `books` reads what is
//! shipped, `store` who compared it with the gazette, `pages` the screens.

pub mod books;
pub mod mark;
mod pages;
pub mod read;
pub mod sheet;
pub mod store;
#[cfg(test)]
mod tests;

pub use pages::{Standing, standing};

/// The lists of the law that this slice reads.
pub fn lists() -> Vec<crate::law::List> {
    books::lists()
}

/// The routes of this slice.
pub fn routes() -> crate::access::Routes {
    pages::routes()
}
