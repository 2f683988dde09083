//! The page a refused form stood on, shown again: fresh, in its own frame, with what is wrong on top and what was typed.
//!
//! Every form that is not shown again by its own handler comes here, so no step of any slice throws its person out of the
//! record. The page is asked for as a browser would ask for it, by the address the form came from.

use std::sync::{Arc, Mutex};

use askama::Template;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use tower::ServiceExt;

use super::{Fields, Lang};
use crate::error::Refusal;
use crate::state::{App, Peer};

/// The longest page that is shown again, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// How the whole program is asked for a page.
pub struct Whole(pub fn(&App) -> axum::Router);

/// What a form sent, as far as it was read.
#[derive(Clone, Debug, Default)]
pub struct Typed(Arc<Mutex<Option<Fields>>>);

impl Typed {
    /// Notes what was read.
    pub fn note(&self, fields: &Fields) {
        if let Ok(mut kept) = self.0.lock() {
            *kept = Some(fields.clone());
        }
    }

    fn take(&self) -> Fields {
        self.0.lock().ok().and_then(|mut kept| kept.take()).unwrap_or_default()
    }
}

/// A form on its way, and how the page it stands on is asked for.
pub struct Again {
    typed: Typed,
    action: String,
    page: Request,
}

/// Whether a field is shown again: nothing secret, nothing that the page brings itself.
fn may_show(name: &str) -> bool {
    !["version", "mark", "once", "tiep", "sau"].contains(&name)
        && !["password", "pin", "secret", "token"].iter().any(|word| name.contains(word))
}

/// The path of the page that a form came from, if it is of this site.
fn came_from(headers: &HeaderMap) -> Option<Uri> {
    let from: Uri = headers.get(header::REFERER)?.to_str().ok()?.parse().ok()?;
    let host = headers.get(header::HOST)?.to_str().ok()?;
    if from.authority()?.as_str() != host {
        return None;
    }
    // that something was done was said then
    let query: Vec<&str> =
        from.query().unwrap_or_default().split('&').filter(|part| !part.is_empty() && !part.starts_with("xong=")).collect();
    let path = if query.is_empty() { from.path().to_owned() } else { format!("{}?{}", from.path(), query.join("&")) };
    path.parse().ok()
}

impl Again {
    /// Gets ready before a form is handled; none where it is no form of a page of this site.
    pub fn prepare(request: &mut Request) -> Option<Again> {
        if request.method() != Method::POST {
            return None;
        }
        let mut page = Request::new(Body::empty());
        *page.uri_mut() = came_from(request.headers())?;
        if let Some(peer) = request.extensions().get::<ConnectInfo<Peer>>() {
            page.extensions_mut().insert(*peer);
        }
        for (name, value) in request.headers() {
            if [header::COOKIE, header::HOST, header::ACCEPT, header::ACCEPT_LANGUAGE, header::USER_AGENT].contains(name)
                || name.as_str().starts_with("x-forwarded")
            {
                page.headers_mut().append(name, value.clone());
            }
        }
        let typed = Typed::default();
        request.extensions_mut().insert(typed.clone());
        Some(Again { typed, action: request.uri().path().to_owned(), page })
    }

    /// The address of the page that the form stands on.
    pub fn page(&self) -> String {
        self.page.uri().to_string()
    }

    /// The page with the refusal; none where it cannot be shown to this person now.
    pub async fn show(self, app: &App, refusal: &Refusal, lang: Lang) -> Option<String> {
        if !matches!(
            refusal.status,
            StatusCode::BAD_REQUEST
                | StatusCode::CONFLICT
                | StatusCode::PAYLOAD_TOO_LARGE
                | StatusCode::UNPROCESSABLE_ENTITY
                | StatusCode::TOO_MANY_REQUESTS
        ) {
            return None;
        }
        let typed = self.typed.take();
        let Ok(response) = app.held::<Whole>().0(app).oneshot(self.page).await;
        let is_html = response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("text/html"));
        if response.status() != StatusCode::OK || !is_html {
            return None;
        }
        let bytes = axum::body::to_bytes(response.into_body(), LONGEST).await.ok()?;
        let page = String::from_utf8(bytes.to_vec()).ok()?;
        let fields: Vec<&(String, String)> = typed.pairs().iter().filter(|(name, value)| may_show(name) && !value.is_empty()).collect();
        let is_stale = refusal.code == "stale";
        let part = Part {
            lang,
            what: refusal.what.get(lang),
            todo: if is_stale { lang.t("error.stale") } else { refusal.todo.get(lang) },
            faults: refusal.fields.iter().map(|(_, text)| text.get(lang)).collect(),
            // what is long enough to be worth copying by whoever has no script
            texts: fields.iter().map(|(_, value)| value.as_str()).filter(|value| value.contains(' ')).collect(),
            data: serde_json::json!({"action": self.action, "stale": is_stale, "fields": fields}).to_string().replace('<', "\\u003c"),
        };
        let main = page.find("<main ").and_then(|at| page[at..].find('>').map(|end| at + end + 1))?;
        let (before, after) = page.split_at(main);
        let before = before.replacen("<title>", &format!("<title>{} ", lang.t("error.prefix")), 1);
        Some(format!("{before}{}{after}", part.render().ok()?))
    }
}

#[derive(Template)]
#[template(path = "page/again.html")]
struct Part<'a> {
    lang: Lang,
    what: &'a str,
    todo: &'a str,
    faults: Vec<&'a str>,
    texts: Vec<&'a str>,
    data: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_site_are_asked_for() {
        let from = |referer: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "ocop.example:8080".parse().unwrap());
            headers.insert(header::REFERER, referer.parse().unwrap());
            came_from(&headers).map(|uri| uri.to_string())
        };
        assert_eq!(from("http://ocop.example:8080/ho-so/1?xong=da-luu&tab=a"), Some("/ho-so/1?tab=a".into()));
        assert_eq!(from("http://ocop.example:8080/ho-so/1?xong=da-luu"), Some("/ho-so/1".into()));
        for other in ["http://evil.example/ho-so/1", "http://ocop.example/ho-so/1", "/ho-so/1", "about:blank", ""] {
            assert_eq!(from(other), None, "{other}");
        }
    }

    #[test]
    fn secrets_are_never_shown_again() {
        for name in ["password", "new_password", "pin", "version", "mark", "once"] {
            assert!(!may_show(name), "{name}");
        }
        assert!(may_show("reason") && may_show("due_on"));
    }
}
