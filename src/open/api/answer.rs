//! One answer to a program: JSON with a tag, kept as long as it may be, not sent again to who holds it.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::call::Call;
use crate::etag;
use crate::page::query_escape;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its body, as sent.
    pub body: String,
    /// Its tag.
    pub tag: String,
    /// Where the thing is, once it was made.
    pub location: String,
}

impl Answer {
    /// The answer as sent, never kept.
    pub fn sent(self) -> Response {
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/json")], self.body).into_response();
        put(&mut response, header::ETAG, &self.tag);
        put(&mut response, header::LOCATION, &self.location);
        put(&mut response, header::CACHE_CONTROL, "private, no-store");
        response
    }
}

fn put(response: &mut Response, name: HeaderName, value: &str) {
    if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(value)) {
        response.headers_mut().insert(name, value);
    }
}

/// Something that was read: 304 to who holds it already; a minute in caches unless a token was sent.
pub fn read(call: &Call, body: String, tag: &str) -> Response {
    let mut response = match etag::is_held(&call.headers, tag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
    };
    put(&mut response, header::ETAG, tag);
    put(&mut response, header::CACHE_CONTROL, if call.visit.actor.is_signed_in() { "private, no-store" } else { "public, max-age=60" });
    response
}

/// A page of a list, with the way to the next.
pub fn page(call: &Call, items: Vec<Value>, next: Option<String>) -> Response {
    let body = json!({"items": items, "next": next}).to_string();
    let tag = etag::weak(&body);
    let mut response = read(call, body, &tag);
    if let Some(next) = next {
        let kept = call
            .query
            .iter()
            .filter(|(name, _)| name != "cursor")
            .map(|(name, value)| format!("{}={}&", query_escape(name), query_escape(value)));
        let link = format!(
            "<{}{}?{}cursor={}>; rel=\"next\"",
            call.visit.app.config().base_url,
            call.visit.path,
            kept.collect::<String>(),
            query_escape(&next)
        );
        put(&mut response, header::LINK, &link);
    }
    response
}
