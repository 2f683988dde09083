//! Dated administrative units: where a place lay on its day, and which unit it lies in today.
//!
//! A unit is never overwritten: the communes of 1 July 2025 and those of the day before stand side by side, joined by
//! successors. A place keeps the unit of its day; today's unit follows from a single successor, from the pin where a
//! pack brings boundaries, and is otherwise an open question to a person.

mod address;
mod elsewhere;
mod find;
mod form;
mod held;
mod hits;
mod model;
mod pages;
mod places;
mod refusal;
pub mod store;
#[cfg(test)]
mod tests;

pub use elsewhere::{Province, list, origin, provinces};
pub use find::{Asked, Found, Place};
pub use form::{typed_pin, typed_unit};
pub use held::Units;
pub use hits::Hit;
pub use model::{Level, Listed, Region, Today, Under, Unit};
pub use pages::routes;
pub use places::{Cell, Located, Places, Said};
pub use refusal::{UnitRefusal, Unknown};
