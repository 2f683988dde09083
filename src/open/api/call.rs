//! One request of a program: who asks, and parameters that are read strictly.

use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::model::{self, Bbox, Wrong};
use crate::error::{Both, Error, Refusal, Result, both};
use crate::page::{Visit, read_key};
use crate::setting;
use crate::state::{App, Caller};

/// A request of a program.
pub struct Call {
    /// Who asks for what.
    pub visit: Visit,
    /// Parameters as sent, letter by letter.
    pub query: Vec<(String, String)>,
    /// Headers as sent.
    pub headers: HeaderMap,
}

impl FromRequestParts<App> for Call {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Call> {
        let caller = Caller::from_request_parts(parts, app).await?;
        setting::slow_down(app, &caller, "api").await?;
        let unreadable = |_| unread(StatusCode::BAD_REQUEST, both("Tham số không đọc được.", "The parameters could not be read."));
        let Query(query) = Query::<Vec<(String, String)>>::from_request_parts(parts, app).await.map_err(unreadable)?;
        Ok(Call { visit: Visit::from_request_parts(parts, app).await?, query, headers: parts.headers.clone() })
    }
}

/// Parameters as they are read; what is wrong with them is told all at once.
pub struct Params<'a> {
    call: &'a Call,
    wrong: Vec<(String, Wrong)>,
}

impl Call {
    /// A header as text, or the empty text.
    pub fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The parameters, if all are among these and none is given twice.
    pub fn params(&self, known: &[&str]) -> Params<'_> {
        let mut params = Params { call: self, wrong: Vec::new() };
        let pairs = &self.query;
        for (at, (name, _)) in pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                params.wrong.push((name.clone(), Wrong::Shape(both("Không có tham số này.", "There is no such parameter."))));
            } else if pairs[..at].iter().any(|(before, _)| before == name) {
                params
                    .wrong
                    .push((name.clone(), Wrong::Shape(both("Tham số này chỉ được nêu một lần.", "This parameter may be given once."))));
            }
        }
        params
    }
}

impl<'a> Params<'a> {
    /// A parameter as sent, if it was.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.call.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Reads a parameter, if it was sent.
    pub fn read<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        let result = read(self.text(name)?);
        self.take(name, result)
    }

    /// Takes what was read, or notes what is wrong with it.
    pub fn take<T>(&mut self, name: &str, result: Result<T, Wrong>) -> Option<T> {
        result.map_err(|wrong| self.wrong.push((name.to_owned(), wrong))).ok()
    }

    /// One of some words.
    pub fn word<T>(&mut self, name: &str, words: &[&str], read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let known = |text: &str| {
            let shape = || Wrong::Shape(both(format!("Nhận một trong: {}.", words.join(", ")), format!("One of: {}.", words.join(", "))));
            Some(text).filter(|text| words.contains(text)).and_then(read).ok_or_else(shape)
        };
        self.read(name, known)
    }

    /// Rows a page.
    pub fn limit(&mut self) -> i64 {
        let limit = model::limit(self.text("limit"));
        self.take("limit", limit).unwrap_or(1)
    }

    /// The key of the page before: sort key and id.
    pub fn cursor(&mut self) -> (String, String) {
        let shape = || {
            Wrong::Shape(both(
                "Con trỏ này không phải của hệ thống; hãy đọc lại từ trang đầu.",
                "This cursor is none of ours; read again from the first page.",
            ))
        };
        self.read("cursor", |text| read_key(text).map(|(sort, id)| (sort.to_owned(), id.to_owned())).ok_or_else(shape)).unwrap_or_default()
    }

    /// A day.
    pub fn day(&mut self, name: &str) -> Option<NaiveDate> {
        self.read(name, |text| model::day(text).map_err(Wrong::Shape))
    }

    /// A box of the map.
    pub fn bbox(&mut self) -> Option<Bbox> {
        self.read("bbox", model::bbox)
    }

    /// Folded text to look for.
    pub fn q(&mut self) -> String {
        let long = || Wrong::Shape(both("Từ tìm dài quá 200 ký tự.", "The text to look for is longer than 200 characters."));
        let q =
            self.read("q", |text| if text.chars().count() <= 200 { Ok(crate::text::fold(&crate::text::nfc(text))) } else { Err(long()) });
        q.unwrap_or_default()
    }

    /// A unit by id, official code or name.
    pub fn unit(&mut self) -> Option<String> {
        let today = self.call.visit.app.clock().today();
        let region = self.call.visit.app.region();
        self.read("unit", |text| {
            region.find(text, None, today).map(|unit| unit.id.clone()).map_err(|refusal| Wrong::Meaning(refusal.text()))
        })
    }

    /// Refuses if anything was wrong: 400 when something could not be read, 422 when all could but means nothing here.
    pub fn done(self) -> Result<()> {
        if self.wrong.is_empty() {
            return Ok(());
        }
        let is_shape = self.wrong.iter().any(|(_, wrong)| matches!(wrong, Wrong::Shape(_)));
        let names = self.wrong.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        let fields = self.wrong.into_iter().map(|(name, wrong)| match wrong {
            Wrong::Shape(text) | Wrong::Meaning(text) => (name, text),
        });
        let refusal = Refusal::rule(
            "parameters",
            both(format!("Tham số chưa đúng: {names}."), format!("Parameters are not right: {names}.")),
            both("Hãy sửa theo tài liệu /api/openapi.json rồi gọi lại.", "Correct them after /api/openapi.json and call again."),
        );
        let status = if is_shape { StatusCode::BAD_REQUEST } else { StatusCode::UNPROCESSABLE_ENTITY };
        Err(refusal.with_status(status).with_fields(fields.collect()).into())
    }
}

/// An object of JSON that a program sent, with the digest of its bytes.
pub struct Object {
    /// The members.
    pub members: Map<String, Value>,
    /// Digest of the body.
    pub digest: String,
}

impl FromRequest<App> for Object {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Object> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind != "application/json" && kind != "application/merge-patch+json" {
            return Err(unread(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                both("Nội dung gửi lên phải là application/json.", "The body must be application/json."),
            )
            .into());
        }
        let bytes = match axum::body::Bytes::from_request(request, app).await {
            Ok(bytes) => bytes,
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                return Err(unread(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    both("Nội dung gửi lên quá lớn (tối đa 2 MB).", "The body is too large (2 MB at most)."),
                )
                .into());
            }
            Err(_) => {
                return Err(unread(StatusCode::BAD_REQUEST, both("Nội dung gửi lên không đọc được.", "The body could not be read.")).into());
            }
        };
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(Value::Object(members)) => Ok(Object { members, digest: crate::clock::digest(&bytes) }),
            _ => {
                Err(unread(StatusCode::BAD_REQUEST, both("Nội dung gửi lên không phải một đối tượng JSON.", "The body is no JSON object."))
                    .into())
            }
        }
    }
}

fn unread(status: StatusCode, what: Both) -> Refusal {
    Refusal::rule(
        "body",
        what,
        both("Hãy sửa theo tài liệu /api/openapi.json rồi gọi lại.", "Correct it after /api/openapi.json and call again."),
    )
    .with_status(status)
}
