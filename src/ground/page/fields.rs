//! What a person sent: form fields in NFC, and files.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Multipart, Query, Request};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};

use super::once;
use crate::access::{Actor, LargeFiles};
use crate::error::{Error, Refusal, Result, both};
use crate::file::{Coming, Upload};
use crate::state::{App, Caller};
use crate::typed::Fields;

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
    *pairs = url::form_urlencoded::parse(&bytes).into_owned().collect();
    Ok(Rest::default())
}

/// Files go to disk as they come; what is held in memory is the text.
async fn with_files(request: Request, app: &App, is_known: bool, pairs: &mut Vec<(String, String)>) -> Result<Rest, Error> {
    let file_limit = if request.extensions().get::<LargeFiles>().is_some() { FILES_LIMIT } else { FILE_LIMIT };
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
            if length > file_limit {
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
            None if length > file_limit => rest.too_large.push((name, file_name)),
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
