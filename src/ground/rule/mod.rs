//! By which law: instruments, criteria sets for points with their validity, and the recorded decision to go on
//! applying a set after its period ("vận dụng"). No rule of law is written in code; this slice interprets data.
//!
//! `model` holds the sets and their arithmetic, `validity` the periods, `store` the SQL, `pages` what is read and
//! the decision, `draft` the screens on which an administrator writes a set, `fill` how empty groups of a set in force are filled,
//! `force` how two people confirm either.

mod draft;
mod fill;
pub mod force;
pub mod model;
mod pages;
pub mod sheet;
pub mod store;
#[cfg(test)]
mod tests;
mod uses;
pub mod validity;

pub use model::{
    Answer, Applies, CriteriaSet, Criterion, Group, GroupResult, Outcome, RuleKind, SurveyResult, Verdict, applicable, evaluate, plain,
};

pub use uses::{Used, Uses};

/// The routes of this slice.
pub fn routes() -> crate::access::Routes {
    pages::routes().merge(draft::routes()).merge(fill::routes()).merge(force::routes())
}
