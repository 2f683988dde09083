//! A point of introduction and sale, until it opens.

pub mod call;
pub mod duty;
pub mod meeting;
pub mod point;
pub mod preparation;
pub mod prospect;
pub mod selection;
pub mod survey;
