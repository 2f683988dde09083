//! Who, where, by which law: what every slice stands on.

pub mod access;
pub mod account;
pub mod intake;
pub mod journal;
pub mod law;
pub mod pack;
pub mod page;
pub mod panel;
pub mod party;
pub mod plan;
pub mod region;
pub mod rule;
pub mod setting;
pub mod talk;
pub mod view;
