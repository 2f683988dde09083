//! One home for law: every file of `programme/law` is read here, as dated lists whose entries are never taken back.
//!
//! `books` says where the files come from, `dated` what a dated list is and what a newer one may change (pure), `entry` an
//! entry as it is compared (pure), `store` what this store has lived by so far, `list` which lists there are. What the law
//! and a province's pack write into tables of their own (instruments, criteria sets, units, agencies, plans) goes through
//! the same entries: see `pack::sync`.

mod books;
mod checklist;
mod dated;
mod entry;
mod layout;
mod list;
pub mod money;
mod programme;
pub mod store;
#[cfg(test)]
mod tests;

pub use books::{Books, Source, bad};
pub use checklist::{Checklist, ChecklistItem, ProductPaper, checklist};
pub use dated::{Dated, Listed, Period, built_in};
pub use entry::{Entry, Fault, Found, changes, compare};
pub use layout::paper_layout;
pub use list::{List, Lists};
pub use programme::{Fact, before_programme, fact, first_year};

/// The lists of the law that are read here.
pub fn lists() -> Vec<List> {
    [vec![money::list(), programme::list()], checklist::lists().to_vec()].concat()
}
