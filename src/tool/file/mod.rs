//! Files that people send: distrusted, cleaned, kept in a [`Depot`] under their own names, served only by their attachment.

mod depot;
pub mod document;
#[cfg(test)]
pub(crate) mod document_tests;
mod paper;
mod preview;
#[cfg(test)]
mod tests;
mod upload;

pub use depot::{Depot, Pieces};
pub use paper::{Paper, remove};
pub use preview::{DRAW_JOB, draw};
pub use upload::{Coming, Gate, Turn, Upload};

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;

use crate::db::{DbResult, Tx};
use crate::error::{Error, Refusal, Result, both};
use crate::picture;
use crate::state::App;
use crate::{clock, execute, fetch_all, fetch_optional};

/// What people sent.
#[derive(Clone, Debug)]
pub struct Files {
    depot: Depot,
    /// A large picture takes hundreds of megabytes while it is decoded: two at a time.
    decoding: Arc<Semaphore>,
}

impl App {
    /// Files that people sent.
    pub fn files(&self) -> &Files {
        self.held()
    }

    /// The gate of forms with files.
    pub fn gate(&self) -> &Gate {
        self.held()
    }
}

/// Which size of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// At most 2048 px.
    Large,
    /// At most 640 px.
    Small,
}

/// A picture that belongs to a thing.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Attachment {
    /// Identifier, also in the URL.
    pub id: String,
    /// The file.
    pub file_id: String,
    /// Which kind of thing it belongs to.
    pub subject_kind: String,
    /// Which thing.
    pub subject_id: String,
    /// Which part of it (`photo`, `sign`, a criterion …).
    pub field: String,
    /// Alternative text.
    pub caption: String,
    /// Width in px of the large size.
    pub width: i64,
    /// Height in px of the large size.
    pub height: i64,
    /// Whether everybody may see it.
    pub is_public: bool,
}

impl Files {
    /// Files that lie here.
    pub fn new(depot: Depot) -> Files {
        Files { depot, decoding: Arc::new(Semaphore::new(2)) }
    }

    /// Where they lie.
    pub fn depot(&self) -> &Depot {
        &self.depot
    }

    /// Cleans a picture and writes it; rows are added by [`add`] in the caller's transaction.
    pub async fn keep_picture(&self, name: &str, upload: Upload) -> Result<Kept> {
        let length = upload.length as i64;
        let _turn = self.decoding.acquire().await.map_err(|error| Error::internal(error.to_string()))?;
        let bytes = upload.bytes().await?;
        let cleaned = tokio::task::spawn_blocking(move || picture::clean(&bytes, &picture::Limits::default())).await?;
        let cleaned = cleaned.map_err(|error| refuse(name, &error))?;
        let id = clock::new_id();
        for (size, content) in [(Size::Large, cleaned.large), (Size::Small, cleaned.small)] {
            self.depot.put(&name_of(&id, size), content).await?;
        }
        Ok(Kept {
            id,
            kind: PICTURE,
            name: name.to_owned(),
            digest: cleaned.sha256,
            width: i64::from(cleaned.width),
            height: i64::from(cleaned.height),
            bytes: length,
        })
    }

    /// Reads a picture, or the picture of a document's first page, which is small.
    pub async fn read(&self, id: &str, size: Size) -> Result<Vec<u8>> {
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Refusal::not_found().into());
        }
        Ok(self.depot.get(&name_of(id, size)).await?.ok_or_else(Refusal::not_found)?)
    }
}

fn name_of(id: &str, size: Size) -> String {
    let shard = id.get(id.len().saturating_sub(2)..).unwrap_or("xx");
    format!("files/{shard}/{id}.{}", if size == Size::Large { "large.jpg" } else { "small.jpg" })
}

fn refuse(name: &str, error: &picture::PictureError) -> Refusal {
    use crate::text::Tongue;
    Refusal::rule(
        "picture",
        both(format!("Ảnh “{name}”: {}", error.text(Tongue::Vi)), format!("Picture “{name}”: {}", error.text(Tongue::En))),
        both(
            "Các mục khác chưa bị mất: hãy quay lại, chọn ảnh khác rồi gửi lại.",
            "Nothing else is lost: go back, choose another picture and send again.",
        ),
    )
    .with_status(axum::http::StatusCode::UNPROCESSABLE_ENTITY)
}

/// What is kept and has no row yet.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Identifier.
    pub id: String,
    /// `picture`, or the word of a [`document::Format`].
    pub kind: &'static str,
    /// As the person named it.
    pub name: String,
    /// SHA-256 of what was sent.
    pub digest: String,
    /// Width in px.
    pub width: i64,
    /// Height in px.
    pub height: i64,
    /// Size in bytes of what was sent.
    pub bytes: i64,
}

impl Kept {
    /// Whether it is a picture.
    pub fn is_picture(&self) -> bool {
        self.kind == PICTURE
    }
}

/// The kind of pictures.
const PICTURE: &str = "picture";

/// What a file is attached to.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Kind of thing.
    pub kind: &'a str,
    /// Which thing.
    pub id: &'a str,
    /// Which part of it.
    pub field: &'a str,
    /// Alternative text.
    pub caption: &'a str,
    /// Where it was taken, if the person shared it.
    pub position: Option<(f64, f64)>,
    /// Whether everybody may see it.
    pub is_public: bool,
}

/// Adds what is kept to a thing.
pub async fn add(tx: &mut Tx, now: DateTime<Utc>, kept: &Kept, place: Place<'_>, by: &str) -> DbResult<String> {
    execute!(
        tx,
        "insert into file (id, kind, name, digest, width, height, bytes, created_by, created_at) values ($1, $9, $2, $3, $4, $5, $6, $7, $8)",
        &kept.id,
        &kept.name,
        &kept.digest,
        kept.width,
        kept.height,
        kept.bytes,
        by,
        now,
        kept.kind
    )?;
    preview::queue(tx, now, kept).await?;
    let id = clock::new_id();
    execute!(
        tx,
        "insert into attachment (id, file_id, subject_kind, subject_id, field, caption, lon, lat, is_public, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &id,
        &kept.id,
        place.kind,
        place.id,
        place.field,
        place.caption,
        place.position.map(|(lon, _)| lon),
        place.position.map(|(_, lat)| lat),
        place.is_public,
        now
    )?;
    Ok(id)
}

/// Pictures of a thing, oldest first, at most 60.
pub async fn of(tx: &mut Tx, kind: &str, id: &str) -> DbResult<Vec<Attachment>> {
    fetch_all!(
        tx,
        Attachment,
        "select a.id, a.file_id, a.subject_kind, a.subject_id, a.field, a.caption, f.width, f.height, a.is_public
         from attachment a join file f on f.id = a.file_id where a.subject_kind = $1 and a.subject_id = $2 and f.kind = 'picture' order by a.id limit 60",
        kind,
        id
    )
}

/// One picture.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Attachment>> {
    fetch_optional!(
        tx,
        Attachment,
        "select a.id, a.file_id, a.subject_kind, a.subject_id, a.field, a.caption, f.width, f.height, a.is_public
         from attachment a join file f on f.id = a.file_id where a.id = $1 and f.kind = 'picture'",
        id
    )
}
