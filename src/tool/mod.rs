//! Tools: know no word of the programme.

pub mod change;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod etag;
pub mod export;
pub mod file;
pub mod framing;
pub mod geo;
pub mod job;
pub mod keys;
pub mod limit;
pub mod mail;
pub mod picture;
pub mod setter;
pub mod sheet;
pub mod state;
pub mod text;
pub mod typed;
