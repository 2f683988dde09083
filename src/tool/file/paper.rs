//! What people attach as paper: a picture, which is cleaned, or a document, which is looked into and kept as it came.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};

use super::document::{self, Format};
use super::{Files, Kept, PICTURE, Size, Upload};
use crate::db::{DbResult, Tx};
use crate::error::{Error, Refusal, Result, both};
use crate::{clock, execute};

/// Largest picture, in bytes; documents may be larger where a form takes such.
const LARGEST_PICTURE: usize = 25 * 1024 * 1024;

/// A paper of a thing: a document, or a picture of one.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Paper {
    /// Identifier of the attachment, also in the URL.
    pub id: String,
    /// The file.
    pub file_id: String,
    /// Which kind of thing it belongs to.
    pub subject_kind: String,
    /// Which thing.
    pub subject_id: String,
    /// Which part of it.
    pub field: String,
    /// As the person named it.
    pub name: String,
    /// `picture`, or the word of a [`Format`].
    pub kind: String,
    /// SHA-256 of what was sent.
    pub digest: String,
    /// Size in bytes of what was sent.
    pub bytes: i64,
    /// Pages, once the first of them was drawn; 0 where none was.
    pub pages: i64,
    /// When it was sent.
    pub created_at: DateTime<Utc>,
    /// Who sent it; empty when that is not known any more.
    pub sender: String,
}

impl Paper {
    /// Where it is opened or saved.
    pub fn href(&self) -> String {
        format!("/{}/{}", if self.is_picture() { "anh" } else { "tep" }, self.id)
    }

    /// Whether it is a picture.
    pub fn is_picture(&self) -> bool {
        self.kind == PICTURE
    }

    /// Where a small picture of it lies, if there is one.
    pub fn small(&self) -> Option<String> {
        (self.is_picture() || self.pages > 0).then(|| format!("{}?co=nho", self.href()))
    }

    /// The name under which it is handed out.
    pub fn shown_name(&self) -> String {
        match Format::read(&self.kind) {
            Some(format) => document::safe_name(&self.name, format),
            None if self.name.is_empty() => "Ảnh".to_owned(),
            None => self.name.clone(),
        }
    }

    /// Kind and size, who sent it and when, in a line.
    pub fn about(&self) -> String {
        let kind = Format::read(&self.kind).map_or("Ảnh", Format::name);
        let size = if self.bytes >= 1 << 20 {
            format!("{:.1} MB", self.bytes as f64 / f64::from(1 << 20)).replace('.', ",")
        } else {
            format!("{} kB", (self.bytes / 1024).max(1))
        };
        let pages = if self.pages > 0 { format!(", {} trang", self.pages) } else { String::new() };
        let sender = if self.sender.is_empty() { String::new() } else { format!(", {}", self.sender) };
        format!("{kind}{pages}, {size}{sender}, {}", clock::local(self.created_at).format("%d/%m/%Y %H:%M"))
    }

    /// What the journal keeps of it.
    pub fn detail(&self) -> serde_json::Value {
        serde_json::json!({"attachment": self.id, "field": self.field, "kind": self.kind, "digest": self.digest, "bytes": self.bytes})
    }
}

impl Files {
    /// Keeps a paper: a picture is cleaned, a document looked into. Rows are added by [`super::add`] in the caller's transaction.
    pub async fn keep_paper(&self, name: &str, upload: Upload) -> Result<Kept> {
        let bytes = upload.bytes().await?;
        if !document::is_document(&bytes) {
            drop(bytes);
            if upload.length > LARGEST_PICTURE {
                return Err(Refusal::rule(
                    "picture-too-large",
                    both(format!("Ảnh {name} lớn hơn giới hạn 25 MB."), format!("Picture {name} is larger than the limit of 25 MB.")),
                    both("Hãy chụp ở độ phân giải thấp hơn rồi gửi lại.", "Take it at a lower resolution and send it again."),
                )
                .with_status(StatusCode::PAYLOAD_TOO_LARGE)
                .into());
            }
            return self.keep_picture(name, upload).await;
        }
        let _turn = self.decoding.acquire().await.map_err(|error| Error::internal(error.to_string()))?;
        let (checked, bytes) = tokio::task::spawn_blocking(move || (document::check(&bytes), bytes)).await?;
        let format = checked.map_err(|fault| refuse(name, &fault))?;
        let id = clock::new_id();
        self.depot.put(&name_of(&id), bytes).await?;
        Ok(Kept {
            id,
            kind: format.word(),
            name: name.to_owned(),
            digest: upload.digest.clone(),
            width: 0,
            height: 0,
            bytes: upload.length as i64,
        })
    }

    /// Hands a document out, to be saved and never shown as a page of this site.
    pub async fn hand_out(&self, paper: &Paper) -> Result<Response> {
        let format = Format::read(&paper.kind).ok_or_else(Refusal::not_found)?;
        let (body, length) = self.depot.body(&name_of(&paper.file_id)).await?.ok_or_else(Refusal::not_found)?;
        let name = percent_encoding::utf8_percent_encode(&paper.shown_name(), percent_encoding::NON_ALPHANUMERIC).to_string();
        let headers = [
            (header::CONTENT_TYPE, format.media().to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"tep.{}\"; filename*=UTF-8''{name}", format.word())),
            (header::CACHE_CONTROL, "private, no-store".to_owned()),
            (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
        ];
        let mut response = (StatusCode::OK, body).into_response();
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        for (name, value) in headers {
            response.headers_mut().insert(name, HeaderValue::from_str(&value).map_err(|error| Error::internal(error.to_string()))?);
        }
        response.headers_mut().insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
        Ok(response)
    }

    /// Takes the content of a removed paper away, after the commit that removed its rows.
    pub async fn forget(&self, paper: &Paper) -> Result<()> {
        let large = if paper.is_picture() { super::name_of(&paper.file_id, Size::Large) } else { name_of(&paper.file_id) };
        self.depot.remove(&large).await?;
        self.depot.remove(&super::name_of(&paper.file_id, Size::Small)).await
    }
}

/// Where a document lies: its ending says nothing, so that no server takes it for a page.
pub(super) fn name_of(id: &str) -> String {
    let shard = id.get(id.len().saturating_sub(2)..).unwrap_or("xx");
    format!("files/{shard}/{id}.document")
}

fn refuse(name: &str, fault: &document::Fault) -> Refusal {
    let text = fault.text();
    Refusal::rule(
        "document",
        both(format!("Tệp “{name}” {}", text.vi), format!("File “{name}”: {}", text.en)),
        both("Các mục khác chưa bị mất: hãy chọn tệp khác rồi gửi lại.", "Nothing else is lost: choose another file and send again."),
    )
    .with_status(StatusCode::UNPROCESSABLE_ENTITY)
}

/// Removes the rows of a paper; its content goes after the commit, by [`Files::forget`]. The journal keeps name and digest.
pub async fn remove(tx: &mut Tx, paper: &Paper) -> DbResult<()> {
    execute!(tx, "delete from attachment where id = $1", &paper.id)?;
    execute!(tx, "delete from file where id = $1 and not exists (select 1 from attachment a where a.file_id = $1)", &paper.file_id)?;
    Ok(())
}
