//! What a person sent: form fields in NFC, and files.

use axum::extract::{FromRequest, FromRequestParts, Multipart, Query, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;

use crate::error::{Error, Refusal, both};

/// Form fields in the order sent; every value has passed the NFC border.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Builds fields from pairs.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Fields {
        Fields(pairs.into_iter().map(|(name, value)| (name, clean(&value))).collect())
    }

    /// First value of a field, or the empty text.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// First value, if it is not empty.
    pub fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }

    /// All values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked.
    pub fn is_on(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// All pairs.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Sets a field, replacing what was there.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.into()));
    }

    /// Sets a field to what somebody sent: it passes the NFC border.
    pub fn set_clean(&mut self, name: &str, value: &str) {
        self.set(name, clean(value));
    }

    /// The address of a list with some fields changed, always from its first page.
    pub fn address(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let kept = self.0.iter().filter(|(name, _)| name != "sau" && name != "xong" && changes.iter().all(|(changed, _)| changed != name));
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        let parts: Vec<String> =
            kept.chain(changes.iter().copied()).filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={}", super::query_escape(value))).collect();
        if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
    }

    /// The row version the form was made from.
    pub fn version(&self) -> i64 {
        self.get("version").parse().unwrap_or(-1)
    }
}

/// Keeps line breaks, drops what no text needs, normalises to NFC.
fn clean(value: &str) -> String {
    if value.contains(['\n', '\r']) { crate::text::nfc_block(value) } else { crate::text::nfc(value) }
}

impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = Error;
    /// The fields of the query string.
    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, Error> {
        let Query(pairs) = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await.map_err(|_| unreadable())?;
        Ok(Fields::new(pairs))
    }
}

/// A posted form: fields, and files if it had any.
#[derive(Debug, Default)]
pub struct Sent {
    /// The text fields.
    pub fields: Fields,
    /// Field name, file name, content.
    pub files: Vec<(String, String, Vec<u8>)>,
}

/// Largest single file (25 MiB) and largest form with files.
const FILE_LIMIT: usize = 25 * 1024 * 1024;
const FILES_LIMIT: usize = 100 * 1024 * 1024;

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let Rest { sent, too_large } = Rest::from_request(request, state).await?;
        match too_large.first() {
            Some((_, name)) => Err(self::too_large(name).into()),
            None => Ok(sent),
        }
    }
}

/// A posted form of which files over the limit were left out: for handlers that keep the answers and then say which
/// file has to be sent again.
#[derive(Debug, Default)]
pub struct Rest {
    /// The form without them.
    pub sent: Sent,
    /// Field name and file name of each file left out.
    pub too_large: Vec<(String, String)>,
}

impl<S: Send + Sync> FromRequest<S> for Rest {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let typed = request.extensions().get::<super::again::Typed>().cloned();
        let rest = Rest::read(request, state).await?;
        if let Some(typed) = typed {
            typed.note(&rest.sent.fields);
        }
        Ok(rest)
    }
}

impl Rest {
    async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Self, Error> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
        if !kind.starts_with("multipart/form-data") {
            let axum::extract::RawForm(bytes) = axum::extract::RawForm::from_request(request, state).await.map_err(|_| unreadable())?;
            let pairs: Vec<(String, String)> = form_pairs(&bytes);
            return Ok(Rest { sent: Sent { fields: Fields::new(pairs), files: Vec::new() }, too_large: Vec::new() });
        }
        let mut multipart = Multipart::from_request(request, state).await.map_err(|_| unreadable())?;
        let mut pairs = Vec::new();
        let mut files = Vec::new();
        let mut left_out = Vec::new();
        let mut total = 0;
        while let Some(mut field) = multipart.next_field().await.map_err(multipart_failed)? {
            let name = field.name().unwrap_or("").to_owned();
            let file_name = field.file_name().map(str::to_owned);
            let mut bytes = Vec::new();
            let mut length = 0;
            while let Some(chunk) = field.chunk().await.map_err(multipart_failed)? {
                length += chunk.len();
                total += chunk.len();
                if total > FILES_LIMIT || (length > FILE_LIMIT && file_name.is_none()) {
                    return Err(too_large(file_name.as_deref().unwrap_or("")).into());
                }
                // of a file over the limit nothing is kept, but what follows it is read
                if length <= FILE_LIMIT {
                    bytes.extend_from_slice(&chunk);
                } else {
                    bytes = Vec::new();
                }
            }
            match file_name {
                Some(file_name) if length > FILE_LIMIT => left_out.push((name, crate::text::nfc(&file_name))),
                Some(file_name) if !bytes.is_empty() => files.push((name, crate::text::nfc(&file_name), bytes)),
                Some(_) => {}
                None => pairs.push((name, String::from_utf8(bytes).map_err(|_| unreadable())?)),
            }
        }
        Ok(Rest { sent: Sent { fields: Fields::new(pairs), files }, too_large: left_out })
    }
}

fn form_pairs(bytes: &[u8]) -> Vec<(String, String)> {
    bytes
        .split(|byte| *byte == b'&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = match part.iter().position(|byte| *byte == b'=') {
                Some(at) => (&part[..at], &part[at + 1..]),
                None => (part, &b""[..]),
            };
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(bytes: &[u8]) -> String {
    let spaced: Vec<u8> = bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_encoding::percent_decode(&spaced).decode_utf8_lossy().into_owned()
}

fn multipart_failed(error: axum::extract::multipart::MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { too_large("").into() } else { unreadable().into() }
}

/// A file over the limit.
pub fn too_large(name: &str) -> Refusal {
    Refusal::rule(
        "file-too-large",
        both(format!("Tệp {name} lớn hơn giới hạn 25 MB."), format!("File {name} is larger than the limit of 25 MB.")),
        both(
            "Hãy chụp ở độ phân giải thấp hơn hoặc nén tệp rồi gửi lại; các mục khác bạn đã nhập vẫn còn khi bấm quay lại.",
            "Take it at a lower resolution or compress it and send again; what you typed is still there when you go back.",
        ),
    )
    .with_status(StatusCode::PAYLOAD_TOO_LARGE)
}

fn unreadable() -> Refusal {
    Refusal::rule(
        "unreadable",
        both("Biểu mẫu gửi lên không đọc được.", "The form that was sent could not be read."),
        both("Hãy tải lại trang rồi gửi lại.", "Reload the page and send again."),
    )
    .with_status(StatusCode::BAD_REQUEST)
}
