//! `ocop`: the information system of an OCOP programme (One Commune One Product).
//!
//! ARCHITECTURE.md is the map of this crate; a test keeps it true.

pub mod db;
pub mod access;
pub mod account;
pub mod aid;
pub mod api;
pub mod app;
pub mod asof;
pub mod backup;
pub mod blank;
pub mod call;
pub mod cli;
pub mod clock;
pub mod conference;
pub mod config;
pub mod connection;
pub mod enrolment;
pub mod error;
pub mod file;
pub mod framing;
pub mod geo;
pub mod job;
pub mod inspection;
pub mod intake;
pub mod journal;
pub mod limit;
pub mod mail;
pub mod map;
pub mod matching;
pub mod operation;
pub mod pack;
pub mod page;
pub mod paper;
pub mod party;
pub mod picture;
pub mod plan;
pub mod point;
pub mod portal;
pub mod preparation;
pub mod product;
pub mod publication;
pub mod prospect;
pub mod question;
pub mod record;
pub mod region;
pub mod result;
pub mod rule;
pub mod selection;
pub mod setting;
pub mod sheet;
pub mod survey;
#[doc(hidden)]
pub mod testing;
pub mod text;
pub mod work;
