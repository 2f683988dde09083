//! A product and its stars.

pub mod aid;
pub mod blank;
pub mod council;
pub mod dossier;
pub mod enrolment;
pub mod product;
pub mod scoring;
