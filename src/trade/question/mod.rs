//! "Chủ thể cần xác định": names of files that are near to known bodies, until a person has said who they are.
//!
//! What is asked is decided by `party::identity` and kept by `party::question`, the rows by `intake::waiting`; here are the
//! screens where it is answered, and the job that reads the rows again with the import of their register.

mod pages;
mod rerun;
mod store;
#[cfg(test)]
mod tests;

pub use pages::{routes, todo};
pub use rerun::{JOB, run};
