//! The cookies: of a session, and of a device that somebody signed in on.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use super::{DEVICE_DAYS, Life};
use crate::error::{Error, Result};

fn session_name(https: bool) -> &'static str {
    if https { "__Host-ocop" } else { "ocop" }
}

fn device_name(https: bool) -> &'static str {
    if https { "__Host-ocop-device" } else { "ocop-device" }
}

fn secret_in(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(|cookie| cookie.ok())
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
        .filter(|secret| secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The session secret a request carries.
pub fn cookie_secret(headers: &HeaderMap, https: bool) -> Option<String> {
    secret_in(headers, session_name(https))
}

/// The secret of the device a request comes from, if somebody signed in on it.
pub fn device_secret(headers: &HeaderMap, https: bool) -> Option<String> {
    secret_in(headers, device_name(https))
}

/// Puts the session's secret into the caller's cookie; the empty text takes it away.
pub fn with_cookie(response: Response, secret: &str, https: bool) -> Result<Response> {
    let life = if secret.is_empty() { Duration::ZERO } else { Duration::hours(Life::LONGEST.hours) };
    with(response, session_name(https), secret, life, https)
}

/// Puts the secret of the device into a cookie of its own, which outlives sessions.
pub fn with_device(response: Response, secret: &str, https: bool) -> Result<Response> {
    with(response, device_name(https), secret, Duration::days(DEVICE_DAYS), https)
}

fn with(mut response: Response, name: &'static str, secret: &str, life: Duration, https: bool) -> Result<Response> {
    let cookie = Cookie::build((name, secret.to_owned())).path("/").http_only(true).same_site(SameSite::Lax).secure(https).max_age(life);
    let value = HeaderValue::from_str(&cookie.build().to_string()).map_err(|error| Error::internal(error.to_string()))?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(response)
}
