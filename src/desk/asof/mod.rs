//! The register of any day: totals by whoever counts, list, years, files; as it is known now or was known on another day.
//!
//! It tells only what was public on the day, so every signed-in reader may ask.

#[cfg(test)]
mod bounds_tests;
pub mod model;
mod pages;
pub mod store;
#[cfg(test)]
mod tests;

pub use pages::routes;
