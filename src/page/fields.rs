//! What a person sent: form fields in NFC, and files.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Multipart, Query, Request};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};

use super::once;
use crate::access::Actor;
use crate::error::{Error, Refusal, Result, both};
use crate::file::{Coming, Upload};
use crate::state::{App, Caller};

/// Form fields in the order sent; every value has passed the NFC border.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Builds fields from pairs.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Fields {
        Fields(
            pairs
                .into_iter()
                .map(|(name, value)| {
                    let value = clean(&name, &value);
                    (name, value)
                })
                .collect(),
        )
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
        self.set(name, clean(name, value));
    }

    /// The address of a list with some fields changed, always from its first page.
    pub fn address(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let kept = self.0.iter().filter(|(name, _)| name != "sau" && name != "xong" && changes.iter().all(|(changed, _)| changed != name));
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        let parts: Vec<String> = kept
            .chain(changes.iter().copied())
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", super::query_escape(value)))
            .collect();
        if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
    }

    /// The row version the form was made from.
    pub fn version(&self) -> i64 {
        self.get("version").parse().unwrap_or(-1)
    }
}

/// Words of the names of fields that hold several lines; every other field is one line. A test compares them with the forms.
const LINES: &[&str] = &[
    "about",
    "answer",
    "certificates",
    "complaint",
    "description",
    "detail",
    "effect",
    "fixed",
    "goods",
    "guests",
    "note",
    "places",
    "reason",
    "said",
    "source",
    "stopped",
    "story",
    "team",
    "terms",
    "text",
    "what",
];

/// Fields of a password, which is hashed as it was typed.
const SECRETS: &[&str] = &["password", "again", "present"];

/// Whether a field may hold line breaks, by its name: `note`, `agree-note`, `reason-01a2…`.
fn has_lines(name: &str) -> bool {
    name.split(['-', '_']).any(|word| LINES.contains(&word))
}

/// Drops what no text needs, normalises to NFC; line breaks stay only where the form has several lines.
fn clean(name: &str, value: &str) -> String {
    if SECRETS.contains(&name) {
        crate::text::composed(value.to_owned())
    } else if has_lines(name) && value.contains(['\n', '\r']) {
        crate::text::nfc_block(value)
    } else {
        crate::text::nfc(value)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = Error;
    /// The fields of the query string.
    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, Error> {
        let Query(pairs) = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await.map_err(|_| unreadable())?;
        Ok(Fields::new(pairs))
    }
}

/// A file of a form: field name, file name, content on disk.
pub type SentFile = (String, String, Upload);

/// A posted form: fields, and files if it had any.
#[derive(Debug, Default)]
pub struct Sent {
    /// The text fields.
    pub fields: Fields,
    /// The files.
    pub files: Vec<SentFile>,
    /// What the one-time key of the form gives, known to whoever holds the form.
    pub key: once::Key,
}

/// Largest single file (25 MiB).
const FILE_LIMIT: usize = 25 * 1024 * 1024;
/// Largest form with files, and of somebody who is not signed in: eight pictures of a telephone.
const FILES_LIMIT: usize = 100 * 1024 * 1024;
const STRANGERS_FILES_LIMIT: usize = 32 * 1024 * 1024;
/// Most files of a form.
const MOST_FILES: usize = 100;
/// Largest text of a form, and of somebody who is not signed in.
const TEXT_LIMIT: usize = 2 * 1024 * 1024;
const STRANGERS_TEXT_LIMIT: usize = 256 * 1024;

impl FromRequest<App> for Sent {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let Rest { sent, too_large } = Rest::from_request(request, app).await?;
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

impl FromRequest<App> for Rest {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let path = request.uri().path().to_owned();
        let typed = request.extensions().get::<super::again::Typed>().cloned();
        let person = request.extensions().get::<Actor>().and_then(|actor| actor.person.clone());
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let mut pairs = Vec::new();
        let read = if kind.starts_with("multipart/form-data") {
            with_files(request, app, person.is_some(), &mut pairs).await
        } else {
            without_files(request, person.is_some(), &mut pairs).await
        };
        // also of a form that is too large what was read of it is not lost
        let fields = Fields::new(pairs);
        if let Some(typed) = typed {
            typed.note(&fields);
        }
        let mut rest = read?;
        rest.sent.fields = fields;
        once::mark(app, &path, person.as_deref(), &mut rest.sent).await?;
        Ok(rest)
    }
}

async fn without_files(request: Request, is_known: bool, pairs: &mut Vec<(String, String)>) -> Result<Rest, Error> {
    let limit = if is_known { TEXT_LIMIT } else { STRANGERS_TEXT_LIMIT };
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limit) {
        return Err(form_too_large(limit).into());
    }
    let bytes = axum::body::to_bytes(request.into_body(), limit).await.map_err(|_| unreadable())?;
    *pairs = form_pairs(&bytes);
    Ok(Rest::default())
}

/// Files go to disk as they come; what is held in memory is the text.
async fn with_files(request: Request, app: &App, is_known: bool, pairs: &mut Vec<(String, String)>) -> Result<Rest, Error> {
    let (files_limit, text_limit) = if is_known { (FILES_LIMIT, TEXT_LIMIT) } else { (STRANGERS_FILES_LIMIT, STRANGERS_TEXT_LIMIT) };
    let caller = Caller::of(request.headers(), request.extensions(), app.config());
    let turn = app.gate().turn((!is_known).then_some(caller.0.as_str())).await.ok_or_else(crowded)?;
    let turn = Arc::new(turn);
    let folder = app.config().data_dir.join("incoming");
    let mut multipart = Multipart::from_request(request, app).await.map_err(|_| unreadable())?;
    let mut rest = Rest::default();
    let (mut text, mut total) = (0, 0);
    while let Some(mut field) = multipart.next_field().await.map_err(multipart_failed)? {
        let name = field.name().unwrap_or("").to_owned();
        let Some(file_name) = field.file_name().map(crate::text::nfc) else {
            let mut bytes = Vec::new();
            while let Some(piece) = field.chunk().await.map_err(multipart_failed)? {
                text += piece.len();
                if text > text_limit {
                    return Err(form_too_large(text_limit).into());
                }
                bytes.extend_from_slice(&piece);
            }
            // a field without text takes room too
            text += name.len() + 64;
            pairs.push((name, String::from_utf8(bytes).map_err(|_| unreadable())?));
            continue;
        };
        let mut coming = None;
        let mut length = 0;
        while let Some(piece) = field.chunk().await.map_err(multipart_failed)? {
            if piece.is_empty() {
                continue;
            }
            length += piece.len();
            total += piece.len();
            if total > files_limit {
                return Err(form_too_large(files_limit).into());
            }
            // of a file over the limit nothing is kept, but what follows it is read
            if length > FILE_LIMIT {
                coming = None;
                continue;
            }
            let file = match &mut coming {
                Some(file) => file,
                None if rest.sent.files.len() < MOST_FILES => coming.insert(Coming::new(&folder).await?),
                None => return Err(too_many_files().into()),
            };
            file.write(&piece).await?;
        }
        match coming {
            Some(file) => rest.sent.files.push((name, file_name, file.whole(Some(Arc::clone(&turn))).await?)),
            None if length > FILE_LIMIT => rest.too_large.push((name, file_name)),
            None => {}
        }
    }
    Ok(rest)
}

/// Too many forms with files at once.
fn crowded() -> Refusal {
    Refusal::rule(
        "crowded",
        both(
            "Đang có quá nhiều người gửi tệp cùng lúc nên biểu mẫu này chưa được nhận.",
            "Too many people are sending files right now; this form was not taken.",
        ),
        both(
            "Hãy bấm quay lại (các mục đã nhập vẫn còn), chờ nửa phút rồi gửi lại.",
            "Go back (what you typed is still there), wait half a minute and send again.",
        ),
    )
    .with_status(StatusCode::SERVICE_UNAVAILABLE)
    .after(30)
}

fn form_too_large(limit: usize) -> Refusal {
    let size = if limit >= 1 << 20 { format!("{} MB", limit >> 20) } else { format!("{} kB", limit >> 10) };
    Refusal::rule(
        "form-too-large",
        both(
            format!("Biểu mẫu lớn hơn giới hạn {size} cho một lần gửi."),
            format!("The form is larger than the limit of {size} for one sending."),
        ),
        both(
            "Hãy bấm quay lại (các mục đã nhập vẫn còn), bớt tệp hoặc chụp ảnh ở độ phân giải thấp hơn rồi gửi lại.",
            "Go back (what you typed is still there), send fewer files or pictures of a lower resolution, and send again.",
        ),
    )
    .with_status(StatusCode::PAYLOAD_TOO_LARGE)
}

fn too_many_files() -> Refusal {
    Refusal::invalid(both(format!("Mỗi lần gửi tối đa {MOST_FILES} tệp."), format!("At most {MOST_FILES} files at a time.")))
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
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { form_too_large(FILES_LIMIT).into() } else { unreadable().into() }
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

/// Papers that one form may send.
const PAPERS: usize = 12;

/// Keeps the papers that a form sent in a field; one that cannot be used is an error at that field, and nothing else is lost.
pub async fn keep_papers(
    visit: &super::Visit,
    files: Vec<SentFile>,
    field: &str,
    errors: &mut super::Errors,
) -> Result<Vec<crate::file::Kept>> {
    let files: Vec<SentFile> = files.into_iter().filter(|(known, ..)| known == field).collect();
    if files.len() > PAPERS {
        errors.add(
            field.to_owned(),
            both(format!("Mỗi lần gửi tối đa {PAPERS} tệp; hãy chọn lại."), format!("At most {PAPERS} files at a time; choose again.")),
        );
        return Ok(Vec::new());
    }
    let mut kept = Vec::new();
    for (_, name, upload) in files {
        match visit.app.files().keep_paper(&name, upload).await {
            Ok(paper) => kept.push(paper),
            Err(Error::Refused(refusal)) => errors.add(field.to_owned(), refusal.what),
            Err(error) => return Err(error),
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn templates(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                templates(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "html") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn what_a_form_shows_as_several_lines_may_have_them() {
        let mut pages = Vec::new();
        templates(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut pages);
        let mut seen = 0;
        for page in &pages {
            let areas = page.split(".area(").skip(1).filter_map(|rest| rest.split('"').nth(1));
            let plain = page
                .split("<textarea")
                .skip(1)
                .filter_map(|rest| rest.split('>').next())
                .filter(|tag| !tag.contains("readonly"))
                .filter_map(|tag| tag.split("name=\"").nth(1)?.split('"').next());
            for name in areas.chain(plain).filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_')))
            {
                assert!(has_lines(name), "the field {name} is an area in a form, but would lose its line breaks");
                seen += 1;
            }
        }
        assert!(seen > 30, "{seen}");
    }

    #[test]
    fn l8_a_field_of_one_line_has_no_line_breaks() {
        let fields = Fields::new([
            ("name".to_owned(), "Điểm\r\nBcc: a@b.vn".to_owned()),
            ("agree-note".to_owned(), "một\r\nhai".to_owned()),
            ("password".to_owned(), "  hai  cách ".to_owned()),
        ]);
        assert_eq!(fields.get("name"), "Điểm Bcc: a@b.vn");
        assert_eq!(fields.get("agree-note"), "một\nhai");
        assert_eq!(fields.get("password"), "  hai  cách ", "a password is hashed as typed");
    }
}
