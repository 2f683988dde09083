//! The session cookie.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use cookie::{Cookie, SameSite};

use super::store;
use crate::error::{Error, Result};

fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-ocop" } else { "ocop" }
}

/// The session secret a request carries.
pub fn cookie_secret(headers: &HeaderMap, https: bool) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(|cookie| cookie.ok())
        .find(|cookie| cookie.name() == cookie_name(https))
        .map(|cookie| cookie.value().to_owned())
        .filter(|secret| secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Puts the session's secret into the caller's cookie; the empty text takes it away.
pub fn with_cookie(mut response: Response, secret: &str, https: bool) -> Result<Response> {
    let mut cookie = Cookie::build((cookie_name(https), secret.to_owned())).path("/").http_only(true).same_site(SameSite::Lax).secure(https);
    cookie = match secret.is_empty() {
        true => cookie.max_age(cookie::time::Duration::ZERO),
        false => cookie.max_age(cookie::time::Duration::days(store::SESSION_DAYS)),
    };
    let value = HeaderValue::from_str(&cookie.build().to_string()).map_err(|error| Error::internal(error.to_string()))?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(response)
}
