//! The gate in front of `/api/`: programs come with a token, or with nothing and read what is public. Cookies count for
//! nothing there, so a page of another site cannot act in a reader's name.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::token::{self, Bearer};
use super::{Actor, Need};
use crate::error::{Error, Refusal, both};
use crate::state::App;

/// Whether a path belongs to programs.
pub fn is_for_programs(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Lets a request through if its token is good and the route's need allows it.
pub async fn guard(app: App, need: Need, mut request: Request, next: Next) -> Response {
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let bearer = token::bearer(request.headers());
    if *request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        return preflight();
    }
    let is_public = bearer == Bearer::None;
    let mut response = match actor(&app, bearer).await {
        Err(error) => error.into_response(),
        Ok(actor) => match refused(&actor, need, is_reading) {
            Some(refusal) => Error::from(refusal).into_response(),
            None => {
                request.extensions_mut().insert(actor);
                next.run(request).await
            }
        },
    };
    let status = response.status();
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        let challenge = if is_public { "Bearer realm=\"ocop\"" } else { "Bearer realm=\"ocop\", error=\"invalid_token\"" };
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if is_public && is_reading {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag, link, retry-after, x-request-number"));
    }
    headers.append(header::VARY, HeaderValue::from_static("authorization"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    response
}

fn refused(actor: &Actor, need: Need, is_reading: bool) -> Option<Refusal> {
    if !need.allows(actor.role()) {
        return Some(if actor.is_signed_in() { Refusal::forbidden() } else { token_needed() });
    }
    let reads_only = actor.token.as_ref().is_some_and(|token| !token.may_write);
    (reads_only && !is_reading).then(read_only)
}

async fn actor(app: &App, bearer: Bearer) -> Result<Actor, Error> {
    let token = match bearer {
        Bearer::None => return Ok(Actor::default()),
        Bearer::Other => return Err(bad_token().into()),
        Bearer::Token(token) => token,
    };
    let today = app.clock().today();
    let mut tx = app.db().read().await?;
    let found = token::actor(&mut tx, &token, today).await?;
    drop(tx);
    let Some((actor, is_first_today)) = found else { return Err(bad_token().into()) };
    if let (Some(token), true) = (&actor.token, is_first_today) {
        let mut tx = app.db().write().await?;
        token::used(&mut tx, &token.id, today).await?;
        tx.commit().await?;
    }
    Ok(actor)
}

/// Pages of other sites may read what is public; they may send neither a token nor a change.
fn preflight() -> Response {
    const ALLOWED: [(HeaderName, &str); 4] = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "accept-language, if-none-match"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, ALLOWED).into_response()
}

fn token_needed() -> Refusal {
    Refusal::rule(
        "token-needed",
        both("Việc này cần mã truy cập.", "This needs a token."),
        both(
            "Hãy tạo mã tại trang Tài khoản › Mã truy cập và gửi kèm: Authorization: Bearer ocop_…",
            "Make one on the page Account › Tokens and send it: Authorization: Bearer ocop_…",
        ),
    )
    .with_status(StatusCode::UNAUTHORIZED)
}

fn bad_token() -> Refusal {
    Refusal::rule(
        "bad-token",
        both(
            "Mã truy cập không đúng, đã hết hạn, đã thu hồi, hoặc vai trò của mã không còn.",
            "The token is wrong, expired, taken back, or its role is no longer held.",
        ),
        both(
            "Hãy kiểm tra mã, hoặc tạo mã mới tại trang Tài khoản › Mã truy cập.",
            "Check it, or make a new one on the page Account › Tokens.",
        ),
    )
    .with_status(StatusCode::UNAUTHORIZED)
}

fn read_only() -> Refusal {
    Refusal::rule(
        "read-only-token",
        both("Mã truy cập này chỉ được đọc.", "This token may only read."),
        both("Hãy tạo mã được đọc và ghi.", "Make a token that may read and write."),
    )
    .with_status(StatusCode::FORBIDDEN)
}

/// A token sent to a page that is made for people.
pub fn wrong_door() -> Refusal {
    Refusal::rule(
        "token-not-here",
        both("Mã truy cập chỉ dùng được ở các đường dẫn /api/.", "A token opens only paths below /api/."),
        both("Hãy gọi /api/v1; tài liệu ở /api/openapi.json.", "Call /api/v1; it is described at /api/openapi.json."),
    )
    .with_status(StatusCode::FORBIDDEN)
}
