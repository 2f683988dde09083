//! Guards of the house and stories that cross slices: one test binary.
//!
//! Each guard replaces a paragraph nobody reads; snapshots are in `snapshots/`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "tests stop where they fail")]

mod access;
mod architecture;
mod cases;
mod cli;
mod filters;
mod http;
mod i18n;
mod job;
mod law;
mod make;
mod migrate;
mod nouns;
mod rows;
mod scope;
mod secret;
mod shut;
mod source;
mod sql;
mod tables;
mod upgrade;
mod world;
