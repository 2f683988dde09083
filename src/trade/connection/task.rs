//! Tasks to take a product off the shelf of a place, and how they end. Pure.

use crate::words;
use chrono::{DateTime, NaiveDate, Utc};

/// A task to take a product off the shelf of a place.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Takedown {
    /// Identifier.
    pub id: String,
    /// The connection.
    pub connection_id: String,
    /// The product.
    pub product_id: String,
    /// The point, if it is one.
    pub point_id: Option<String>,
    /// The chain, if it is one.
    pub chain_id: Option<String>,
    /// Word of [`Out`].
    pub reason: String,
    /// The reason in words, with its paper and day.
    pub why: String,
    /// Since when it is asked.
    pub asked_on: NaiveDate,
    /// By when.
    pub due_on: NaiveDate,
    /// How far it has risen: 1 nowhere, 2 everybody was reminded, 3 the leaders know.
    pub level: i64,
    /// Confirmed, or no longer needed.
    pub done_on: Option<NaiveDate>,
    /// Who confirmed: role and body.
    pub done_by: String,
    /// Word of [`How`]; empty while it is open.
    pub done_how: String,
    /// Remark.
    pub note: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

words! {
    /// How a task to take a product down ended.
    pub enum How {
        /// The product was taken off.
        Removed = "removed",
        /// It may stand there again.
        Renewed = "renewed",
        /// Seen off the shelf at an inspection.
        Inspection = "inspection",
        /// The connection ended.
        Ended = "ended",
    }
}

impl How {
    /// The Vietnamese words for a word of the store.
    pub fn name(word: &str) -> &'static str {
        match word {
            "removed" => "đã gỡ khỏi kệ",
            "renewed" => "được công nhận lại, không phải gỡ",
            "inspection" => "đã gỡ, thấy khi kiểm tra",
            _ => "kết nối đã kết thúc",
        }
    }
}
