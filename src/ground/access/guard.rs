//! The gate in front of every route: caller, need, cross-site check, headers.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::token::{self, Bearer};
use super::{Actor, Need, Needs, program, store};
use crate::error::{Error, Refusal, both};
use crate::state::App;

/// The content security policy of every answer that names none of its own.
pub struct Policy(pub HeaderValue);

/// Finds the caller, then lets the request through only if the route's need allows it.
pub async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Some(refusal) = unsound_address(request.uri()) {
        return Error::from(refusal).into_response();
    }
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let need = match &route {
        Some(path) => app.need(request.method(), path),
        None => Some(Need::Public),
    };
    let has_secret = app.held::<Needs>().logged(request.uri().path()) != request.uri().path();
    // a route that declares no need is closed
    let Some(need) = need else { return Error::from(Refusal::forbidden()).into_response() };
    if program::is_for_programs(request.uri().path()) {
        return program::guard(app, need, request, next).await;
    }
    if matches!(token::bearer(request.headers()), Bearer::Token(_)) {
        return Error::from(program::wrong_door()).into_response();
    }
    let secret = super::cookie_secret(request.headers(), app.config().is_https());
    let actor = match &secret {
        Some(secret) => match actor(&app, secret).await {
            Ok(actor) => actor,
            Err(error) => return error.into_response(),
        },
        None => Actor::default(),
    };
    let unsafe_method = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if unsafe_method && !same_site(request.headers(), secret.is_some(), app.config().base_url.as_str()) {
        return Error::from(cross_site()).into_response();
    }
    if !need.allows(actor.role()) {
        let refusal = if actor.is_signed_in() { Refusal::forbidden() } else { sign_in() };
        let mut response = Error::from(refusal).into_response();
        response.extensions_mut().insert(actor);
        return response;
    }
    let is_waiting = actor.is_signed_in() && !actor.confirmed;
    if is_waiting && need != Need::Public && !route.as_deref().is_some_and(super::model::is_open_before_confirmation) {
        let mut response = Error::from(unconfirmed()).into_response();
        response.extensions_mut().insert(actor);
        return response;
    }
    request.extensions_mut().insert(actor.clone());
    let signed_in = actor.is_signed_in();
    let mut response = next.run(request).await;
    response.extensions_mut().insert(actor);
    if (signed_in || has_secret) && !response.headers().contains_key(header::CACHE_CONTROL) {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// The longest query of an address, in bytes. A search has some words, a list some filters.
const QUERY_LIMIT: usize = 8 * 1024;

/// An address that no page of ours has: nothing is named with a zero byte, which one of the engines cannot even be asked for.
fn unsound_address(uri: &Uri) -> Option<Refusal> {
    if uri.path().contains("%00") {
        return Some(Refusal::not_found());
    }
    uri.query().is_some_and(|query| query.len() > QUERY_LIMIT).then(|| {
        Refusal::rule(
            "address-too-long",
            both(
                "Địa chỉ dài quá; có lẽ từ khóa tìm kiếm dài quá.",
                "The address is too long; perhaps the words searched for are too many.",
            ),
            both("Hãy quay lại và tìm với ít từ hơn.", "Go back and search with fewer words."),
        )
        .with_status(StatusCode::URI_TOO_LONG)
    })
}

async fn actor(app: &App, secret: &str) -> Result<Actor, Error> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let mut tx = app.db().read().await?;
    let found = store::actor(&mut tx, secret, now, today).await?;
    drop(tx);
    let Some((actor, renew)) = found else { return Ok(Actor::default()) };
    if renew {
        let mut tx = app.db().write().await?;
        store::renew_session(&mut tx, secret, now).await?;
        tx.commit().await?;
    }
    Ok(actor)
}

/// Browsers tell where a form was sent from; a form of another site is refused. Programs without a cookie may omit it.
fn same_site(headers: &HeaderMap, has_cookie: bool, base_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => return true,
        Some(_) => return false,
        None => {}
    }
    match text("origin") {
        Some(origin) => origin == base_url || origin.split_once("://").map(|(_, host)| host) == text("host"),
        None => !has_cookie,
    }
}

fn sign_in() -> Refusal {
    Refusal::rule(
        "sign-in",
        both("Bạn cần đăng nhập để xem trang này.", "You need to sign in to see this page."),
        both("Hãy đăng nhập rồi thử lại.", "Sign in and try again."),
    )
    .with_status(StatusCode::UNAUTHORIZED)
}

fn unconfirmed() -> Refusal {
    Refusal::rule(
        "unconfirmed",
        both(
            "Tài khoản của bạn đang chờ xã, phường xác nhận nên chỉ mở được hồ sơ của chính bạn.",
            "Your account waits for the commune to confirm it and opens your own records only.",
        ),
        both(
            "Xem hồ sơ ở “Việc của tôi”; cần gấp thì liên hệ xã, phường nơi đăng ký.",
            "Your records are in the work list; if it is urgent, ask the commune where you registered.",
        ),
    )
    .with_status(StatusCode::FORBIDDEN)
}

fn cross_site() -> Refusal {
    Refusal::rule(
        "cross-site",
        both("Biểu mẫu được gửi từ một trang web khác nên không được nhận.", "The form came from another web site and was not accepted."),
        both("Hãy mở trang này trực tiếp rồi gửi lại.", "Open this page directly and send again."),
    )
    .with_status(StatusCode::FORBIDDEN)
}

/// Headers that every answer carries.
pub async fn security_headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [(header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (header::REFERRER_POLICY, "same-origin")];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("permissions-policy", HeaderValue::from_static("geolocation=(self), camera=(self), microphone=()"));
    // a handler that may be shown in other sites' frames says itself in whose
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        headers.insert(header::CONTENT_SECURITY_POLICY, app.held::<Policy>().0.clone());
    }
    if app.config().is_https() {
        let life = if app.config().hsts_subdomains { "max-age=31536000; includeSubDomains" } else { "max-age=31536000" };
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(life));
    }
    response
}
