//! The journal on screen: who did what to which thing, with what it was before. A reading slice: it knows the things that
//! lines speak of, and nobody imports it but slices that show the history of one thing.
//!
//! `subject` names things, `words` fields and their words (pure), `changes` says what a line changed (pure), `ask` finds lines, `pages` are the screens.

mod ask;
mod changes;
mod pages;
mod subject;
#[cfg(test)]
mod tests;
mod words;

pub use pages::routes;
