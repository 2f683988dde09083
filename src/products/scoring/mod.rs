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

/// Whether somebody found that the sheet of a set, as it is worded now, says what the gazette says.
pub async fn is_compared(tx: &mut crate::db::Tx, set: &str) -> crate::error::Result<bool> {
    let Some(sheet) = store::sheet(tx, set).await? else { return Ok(false) };
    Ok(matches!(standing(tx, sheet).await?, Standing::Same(_)))
}

/// The lists of the law that this slice reads.
pub fn lists() -> Vec<crate::law::List> {
    books::lists()
}

/// The routes of this slice.
pub fn routes() -> crate::access::Routes {
    pages::routes().merge(bring::routes())
}
