//! By which law: instruments, criteria sets for points with their validity, and the recorded decision to go on
//! applying a set after its period ("vận dụng"). No rule of law is written in code; this slice interprets data.

pub mod model;
mod pages;
pub mod store;

pub use model::{Applies, Answer, CriteriaSet, Criterion, Group, GroupResult, Outcome, RuleKind, SurveyResult, Verdict, applicable, evaluate};
pub use pages::routes;
