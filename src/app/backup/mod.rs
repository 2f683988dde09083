//! Back-up and restore: one portable archive that either engine writes and reads.
//!
//! A ZIP of `<table>.jsonl` (one row a line), `files/…` (pictures that people sent) and `manifest.json`, written last.
//! Tables, columns and their order come from the schema that the migrations make, not from a list kept by hand.
//! Rows are streamed by primary key in one read transaction. Sign-ins, one-time links and throttling stay behind; the keys of the installation are in it, as
//! passwords' digests are, so it is as secret as the store.

mod archive;
mod schema;
#[cfg(test)]
mod tests;

pub use archive::{Manifest, backup, restore};

use crate::error::{Both, both};

/// Version of the archive's own layout.
pub const FORMAT: u32 = 1;

/// Tables that never leave a store: secrets and moments.
const LEFT_BEHIND: [&str; 6] = ["session", "ticket", "device", "attempt", "api_key_use", "change"];

/// Is told what is being worked on and how many rows or files of it are done.
pub type Progress<'a> = &'a mut (dyn FnMut(&str, u64) + Send);

/// Why an archive is not taken, or not made.
#[derive(Debug)]
pub enum BackupError {
    /// The file cannot be read as an archive of this program.
    NotArchive(String),
    /// A newer program wrote it, or its schema is another.
    OtherVersion(String),
    /// What it holds is not what its manifest says.
    Damaged(String),
    /// The store holds data already.
    NotEmpty,
    /// The journal in it does not hold.
    Chain(String),
    /// Anything else.
    Other(crate::error::Error),
}

impl<E: Into<crate::error::Error>> From<E> for BackupError {
    fn from(error: E) -> Self {
        BackupError::Other(error.into())
    }
}

impl BackupError {
    /// What happened and what to do, in both languages.
    pub fn text(&self) -> Both {
        match self {
            BackupError::NotArchive(why) => both(
                format!(
                    "Tệp này không phải bản sao lưu của ocop hoặc đã hỏng ({why}). Hãy chọn tệp do “ocop backup” tạo ra; kho dữ liệu chưa bị thay đổi."
                ),
                format!(
                    "This is no back-up of ocop, or it is damaged ({why}). Choose a file that “ocop backup” wrote; the store was not changed."
                ),
            ),
            BackupError::OtherVersion(why) => both(
                format!(
                    "Bản sao lưu không hợp với chương trình này ({why}). Hãy dùng đúng phiên bản đã tạo nó hoặc mới hơn; kho dữ liệu chưa bị thay đổi."
                ),
                format!(
                    "The back-up does not fit this program ({why}). Use the version that wrote it or a later one; the store was not changed."
                ),
            ),
            BackupError::Damaged(why) => both(
                format!("Bản sao lưu bị hỏng hoặc bị sửa: {why}. Hãy dùng bản khác; kho dữ liệu chưa bị thay đổi."),
                format!("The back-up is damaged or was altered: {why}. Use another one; the store was not changed."),
            ),
            BackupError::NotEmpty => both(
                "Kho dữ liệu này đã có dữ liệu nên không ghi đè. Hãy khôi phục vào kho mới: đặt OCOP_DATA_DIR và OCOP_DATABASE_URL trỏ tới nơi trống.",
                "This store holds data and is not overwritten. Restore into a new one: point OCOP_DATA_DIR and OCOP_DATABASE_URL to an empty place.",
            ),
            BackupError::Chain(why) => both(
                format!("Nhật ký trong bản sao lưu không toàn vẹn: {why}. Hãy dùng bản khác; kho dữ liệu chưa bị thay đổi."),
                format!("The journal in the back-up does not hold: {why}. Use another one; the store was not changed."),
            ),
            BackupError::Other(error) => both(error.to_string(), error.to_string()),
        }
    }
}
