//! A request with an `Idempotency-Key` is done once: its answer is kept in the transaction of what it did, so that a
//! crash loses neither or both. Refusals keep nothing and may be corrected under the same key.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex};

use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Duration, Utc};

use super::KEPT_HOURS;
use super::answer::Answer;
use super::call::Call;
use super::model;
use crate::access::token_use::{self as uses, Use};
use crate::clock;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};

/// Requests of this process that are being worked on: token and key.
static UNDER_WAY: LazyLock<Mutex<HashSet<(String, String)>>> = LazyLock::new(Mutex::default);

/// A request with a key, while it is worked on.
#[derive(Debug)]
pub struct Once {
    token: String,
    key: String,
    request: String,
}

impl Drop for Once {
    fn drop(&mut self) {
        if let Ok(mut all) = UNDER_WAY.lock() {
            all.remove(&(self.token.clone(), self.key.clone()));
        }
    }
}

/// Holds the key of a request, if it has one, while it is worked on: a second one that comes meanwhile is told to wait.
/// `body` is the digest of what was sent.
pub fn hold(call: &Call, method: &str, body: &str) -> Result<Option<Once>> {
    let (Some(header), Some(token)) = (call.headers.get("idempotency-key"), &call.visit.actor.token) else { return Ok(None) };
    let key = header.to_str().ok().and_then(model::key).ok_or_else(bad_key)?;
    let request = clock::digest(format!("{method}\n{}\n{}\n{body}", call.visit.path, call.header("if-match")).as_bytes());
    let is_free = UNDER_WAY.lock().is_ok_and(|mut all| all.insert((token.id.clone(), key.clone())));
    if is_free { Ok(Some(Once { token: token.id.clone(), key, request })) } else { Err(under_way().into()) }
}

impl Once {
    /// The answer this request got before.
    pub async fn replay(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<Option<Response>> {
        let Some(kept) = uses::find(tx, &self.token, &self.key, now - Duration::hours(KEPT_HOURS)).await? else { return Ok(None) };
        if kept.request != self.request {
            return Err(other_request().into());
        }
        let status = u16::try_from(kept.status).ok().and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
        let mut response = Answer { status, body: kept.body, tag: kept.etag, location: kept.location }.sent();
        response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
        Ok(Some(response))
    }

    /// Keeps the answer. Another server that did the same meanwhile makes this one give up, and with it all it did.
    pub async fn keep(&self, tx: &mut Tx, answer: &Answer, now: DateTime<Utc>) -> Result<()> {
        let kept = Use {
            request: self.request.clone(),
            status: answer.status.as_u16().into(),
            etag: answer.tag.clone(),
            location: answer.location.clone(),
            body: answer.body.clone(),
        };
        if uses::add(tx, &self.token, &self.key, &kept, now, now - Duration::hours(KEPT_HOURS)).await? {
            Ok(())
        } else {
            Err(under_way().into())
        }
    }
}

/// A request that makes something must carry a key.
pub fn key_needed() -> Refusal {
    Refusal::rule(
        "idempotency-key-needed",
        both("Yêu cầu tạo mới phải có phần đầu Idempotency-Key.", "A request that makes something needs the header Idempotency-Key."),
        both(
            "Hãy gửi một mã ngẫu nhiên của riêng yêu cầu này (ví dụ UUID); gửi lại cùng mã thì không tạo hai lần.",
            "Send a random key of this request (a UUID, say); sent again with it, nothing is made twice.",
        ),
    )
    .with_status(StatusCode::BAD_REQUEST)
}

fn bad_key() -> Refusal {
    Refusal::rule(
        "idempotency-key",
        both(
            "Idempotency-Key phải dài 8 đến 128 ký tự ASCII, không có khoảng trắng.",
            "An Idempotency-Key has 8 to 128 visible ASCII characters.",
        ),
        both("Hãy dùng một UUID.", "Use a UUID."),
    )
    .with_status(StatusCode::BAD_REQUEST)
}

fn other_request() -> Refusal {
    Refusal::rule(
        "idempotency-key-reused",
        both("Idempotency-Key này đã dùng cho một yêu cầu khác.", "This Idempotency-Key was used for another request."),
        both("Hãy dùng mã mới cho mỗi yêu cầu khác nhau.", "Use a new key for each different request."),
    )
    .with_status(StatusCode::UNPROCESSABLE_ENTITY)
}

fn under_way() -> Refusal {
    Refusal::rule(
        "idempotency-key-under-way",
        both("Yêu cầu cùng Idempotency-Key đang được xử lý.", "A request with this Idempotency-Key is being worked on."),
        both("Hãy chờ một giây rồi gửi lại y nguyên.", "Wait a second, then send it again as it is."),
    )
}
