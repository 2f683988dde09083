//! Who is at the other end: the address that the nearest proxy of our own saw.

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use std::net::IpAddr;

use super::App;
use crate::config::Config;
use crate::error::Error;

/// Address of the caller.
#[derive(Clone, Debug)]
pub struct Caller(pub String);

impl Caller {
    /// The caller of a request.
    pub fn of(headers: &HeaderMap, extensions: &Extensions, config: &Config) -> Caller {
        if config.trust_proxy
            && let Some(address) = forwarded(headers, usize::from(config.proxy_hops))
        {
            return Caller(address.to_string());
        }
        Caller(extensions.get::<ConnectInfo<Peer>>().map_or_else(|| "127.0.0.1".to_owned(), |info| info.0.0.ip().to_string()))
    }
}

/// What stands `hops` places from the end of all lines together: each of our own proxies adds one value behind what it was sent,
/// in the same line or in one more, and what stands before the first of theirs anybody may have written.
fn forwarded(headers: &HeaderMap, hops: usize) -> Option<IpAddr> {
    let values: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    let at = values.len().saturating_sub(hops.max(1));
    address(values.get(at)?)
}

/// An address with or without port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(text, |(inside, _)| inside);
    bare.parse().ok().or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Caller, Error> {
        Ok(Caller::of(&parts.headers, &parts.extensions, app.config()))
    }
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub std::net::SocketAddr);

impl axum::extract::connect_info::Connected<axum::serve::IncomingStream<'_, crate::framing::GuardedListener>> for Peer {
    fn connect_info(stream: axum::serve::IncomingStream<'_, crate::framing::GuardedListener>) -> Self {
        Peer(*stream.remote_addr())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(lines: &[&str], trust_proxy: bool, proxy_hops: u8) -> String {
        let config = Config { trust_proxy, proxy_hops, ..crate::testing::config("sqlite:none", std::path::Path::new("none")) };
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        Caller::of(&headers, &Extensions::new(), &config).0
    }

    #[test]
    fn m1_the_caller_is_what_the_last_trusted_hop_saw_however_many_lines_there_are() {
        // HAProxy adds a line, nginx adds to the line: what the client wrote stands before
        assert_eq!(caller(&["198.51.100.77", "203.0.113.9"], true, 1), "203.0.113.9");
        assert_eq!(caller(&["127.0.0.1", "203.0.113.9"], true, 1), "203.0.113.9");
        assert_eq!(caller(&["198.51.100.77, 203.0.113.9"], true, 1), "203.0.113.9");
        assert_eq!(caller(&["1.1.1.1", "198.51.100.77, 203.0.113.9", "10.0.0.2"], true, 2), "203.0.113.9");
        assert_eq!(caller(&["203.0.113.9"], true, 2), "203.0.113.9");
        assert_eq!(caller(&["[2001:db8::7]:443"], true, 1), "2001:db8::7");
        assert_eq!(caller(&["203.0.113.9:5512"], true, 1), "203.0.113.9");
    }

    #[test]
    fn m1_what_is_no_address_and_what_nobody_trusts_is_not_taken() {
        assert_eq!(caller(&["203.0.113.9", "unknown"], true, 1), "127.0.0.1");
        assert_eq!(caller(&["203.0.113.9"], false, 1), "127.0.0.1");
    }
}
