//! A product and its stars.

pub mod aid;
pub mod blank;
pub mod enrolment;
pub mod product;
