//! A browser without script over the router.

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use tower::ServiceExt;

/// A browser without script: keeps cookies, sends the origin of the site.
pub struct Client {
    router: axum::Router,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body as text.
    pub body: String,
    /// Its body.
    pub bytes: axum::body::Bytes,
}

impl Answer {
    /// Where a redirect leads, or the empty text.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// A header, or the empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// Fails unless the status is this one; the page is shown then.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status.as_u16(), status, "location: {}\n{}", self.location(), self.body);
        self
    }

    /// Fails unless the page holds this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Answer {
        assert!(self.body.contains(text), "the page does not say “{text}”:\n{}", self.body);
        self
    }

    /// The value of a hidden or filled input of the page.
    pub fn value(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        self.body.split_once(&mark).and_then(|(_, rest)| rest.split_once('"')).map(|(value, _)| value.to_owned()).unwrap_or_default()
    }
}

impl Client {
    /// A new visitor, with the secret of a session or without.
    pub(super) fn new(router: axum::Router, secret: Option<String>) -> Client {
        Client { router, cookies: Mutex::new(secret.map(|secret| ("ocop".to_owned(), secret)).into_iter().collect()) }
    }

    /// A page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::builder().method(Method::GET).uri(path).body(Body::empty()).unwrap()).await
    }

    /// A form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_from("", path, fields).await
    }

    /// A form that stands on a page; of another site if that is a whole address.
    pub async fn post_from(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", crate::page::query_escape(name), crate::page::query_escape(value)))
            .collect();
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "http://ocop.test");
        if !page.is_empty() {
            let host = if page.starts_with('/') { "http://ocop.test" } else { "" };
            request = request.header(header::REFERER, format!("{host}{page}"));
        }
        self.send(request.body(Body::from(body.join("&"))).unwrap()).await
    }

    /// A form with files: (field, file name, content).
    pub async fn post_files(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Answer {
        const LINE: &str = "----ocop-test-boundary";
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(format!("--{LINE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        for (name, file, content) in files {
            body.extend(format!("--{LINE}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: application/octet-stream\r\n\r\n").bytes());
            body.extend_from_slice(content);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{LINE}--\r\n").bytes());
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={LINE}"))
            .header(header::ORIGIN, "http://ocop.test")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    /// Any request; Host, Accept and Cookie are added where they are missing.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        let headers = request.headers_mut();
        headers.entry(header::HOST).or_insert("ocop.test".parse().unwrap());
        headers.entry(header::ACCEPT).or_insert("text/html".parse().unwrap());
        let cookies: Vec<String> = self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            headers.insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let first = cookie.to_str().unwrap().split(';').next().unwrap_or("");
            if let Some((name, value)) = first.split_once('=') {
                let mut cookies = self.cookies.lock().unwrap();
                match value {
                    "" => cookies.remove(name),
                    _ => cookies.insert(name.to_owned(), value.to_owned()),
                };
            }
        }
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned(), bytes }
    }

    /// Whether a session is held.
    pub fn is_signed_in(&self) -> bool {
        self.cookies.lock().unwrap().contains_key("ocop")
    }

    /// The session's secret.
    pub fn secret(&self) -> String {
        self.cookies.lock().unwrap().get("ocop").cloned().unwrap_or_default()
    }
}
