//! Products and points, and whoever makes and sells them, brought together.

pub mod conference;
pub mod connection;
pub mod matching;
pub mod producer;
pub mod question;
pub mod result;
