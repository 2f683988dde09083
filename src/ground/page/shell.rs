//! The frame around every page: who looks, in which language, what is waiting, and how failures are shown.

use askama::Template;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::again::Again;
use super::menu::{self, Entry, Part};
use super::{Fields, Lang, query_escape};
use crate::access::{Act, Actor, Voice, is_for_programs};
use crate::error::{Error, Failed, Refusal, Result, both};
use crate::state::App;

/// One visit of one reader: what nearly every handler needs.
#[derive(Clone)]
pub struct Visit {
    /// The application.
    pub app: App,
    /// Who asks.
    pub actor: Actor,
    /// Language of the page.
    pub lang: Lang,
    /// Path as asked.
    pub path: String,
    /// Query fields.
    pub query: Fields,
    /// Whether the reader folded the navigation.
    pub folded: bool,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Visit> {
        let mut query = Fields::from_request_parts(parts, app).await?;
        if parts.method != Method::GET {
            // a form posts back to the address it was shown at: the word on the step before is told once
            query.set("xong", "");
        }
        let path = parts.uri.path().to_owned();
        let actor = parts.extensions.get::<Actor>().cloned().unwrap_or_default();
        Ok(Visit { app: app.clone(), actor, lang: lang_of(&path), path, query, folded: is_folded(&parts.headers) })
    }
}

/// What the browser keeps of the navigation: a cookie of its own, so that no page jumps while it loads.
fn is_folded(headers: &HeaderMap) -> bool {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|text| text.split(';')).any(|cookie| cookie.trim() == "ocop-nav=folded")
}

fn lang_of(path: &str) -> Lang {
    if path == "/en" || path.starts_with("/en/") { Lang::En } else { Lang::Vi }
}

impl Visit {
    /// The frame of a page with this title.
    pub fn shell(&self, title: &str) -> Shell {
        let banner = banner(&self.app, self.lang);
        let flash =
            self.query.some("xong").map(|key| self.lang.t(&format!("flash.{key}")).to_owned()).filter(|text| !text.starts_with("flash."));
        Shell {
            lang: self.lang,
            title: title.to_owned(),
            path: self.path.clone(),
            query: query_string(&self.query),
            base: self.app.config().base_url.clone(),
            tiles: self.app.config().tiles_url.clone().unwrap_or_default(),
            actor: self.actor.clone(),
            banner,
            flash,
            menu: menu::of(&self.app, &self.actor),
            folded: self.folded,
        }
    }
}

/// Strips shown on top of every page.
fn banner(app: &App, lang: Lang) -> Vec<String> {
    let mut strips = Vec::new();
    if app.clock().is_moved() {
        let today = crate::text::date_vi(app.clock().today());
        strips.push(
            lang.pick("Đồng hồ đã được chỉnh để thử: hôm nay là {}.", "The clock was moved for testing: today is {}.")
                .replace("{}", &today),
        );
    }
    if app.is_demo() {
        strips.push(
            lang.pick("Kho dữ liệu dùng thử: có tài khoản mẫu và dữ liệu mẫu.", "Trial store: it has sample accounts and sample data.")
                .to_owned(),
        );
    }
    strips
}

/// What the base templates show around a page.
#[derive(Clone)]
pub struct Shell {
    /// Language.
    pub lang: Lang,
    /// Title of the page.
    pub title: String,
    /// Path asked for.
    pub path: String,
    /// Query asked for, without what only reports the last action.
    pub query: String,
    /// Scheme and host of the site.
    pub base: String,
    /// Address of map tiles from outside, or empty: maps need none.
    pub tiles: String,
    /// Who looks.
    pub actor: Actor,
    /// Strips on top: demo store, moved clock.
    pub banner: Vec<String>,
    /// What the last action did.
    pub flash: Option<String>,
    /// Where the reader may go.
    menu: Vec<Entry>,
    /// Whether the navigation is folded.
    pub folded: bool,
}

impl Shell {
    /// A text of the page's language.
    pub fn t<'a>(&self, key: &'a str) -> &'a str {
        self.lang.t(key)
    }

    /// URL of an asset.
    pub fn asset(&self, name: &str) -> String {
        super::asset(name)
    }

    /// Whether the page exists in both languages: home, the lists of points and products, one of them.
    pub fn has_other_lang(&self) -> bool {
        let path = self.path.strip_prefix("/en").unwrap_or(&self.path);
        matches!(path, "" | "/" | "/diem-ban" | "/san-pham") || ["/diem-ban/", "/san-pham/"].iter().any(|list| path.starts_with(list))
    }

    /// The one-time key of a form that makes something.
    pub fn once(&self) -> OnceKey {
        OnceKey::fresh()
    }

    /// Path of this page in a language.
    pub fn path_in(&self, lang: Lang) -> String {
        let rest = if self.lang == Lang::En { self.path.strip_prefix("/en").unwrap_or(&self.path) } else { &self.path };
        match (lang, rest) {
            (Lang::Vi, "") => "/".to_owned(),
            (Lang::En, "/") => "/en".to_owned(),
            (Lang::Vi, rest) => rest.to_owned(),
            (Lang::En, rest) => format!("/en{rest}"),
        }
    }

    /// The language this page is not in.
    pub fn other(&self) -> Lang {
        match self.lang {
            Lang::Vi => Lang::En,
            Lang::En => Lang::Vi,
        }
    }

    /// The same page, with the same filters, in the other language.
    pub fn other_lang(&self) -> String {
        let path = self.path_in(self.other());
        if self.query.is_empty() { path } else { format!("{path}?{}", self.query) }
    }

    /// `aria-current` for a navigation link.
    pub fn here(&self, path: &str) -> bool {
        self.path == path || self.path.starts_with(&format!("{path}/"))
    }

    /// The navigation: the areas that have a page for the reader.
    pub fn areas(&self) -> Vec<Part> {
        menu::parts(&self.menu, &self.path)
    }

    /// The page of the main area of the reader's role, with its name, where it is not the work list itself.
    pub fn door(&self) -> Option<&Entry> {
        let door = self.actor.role()?.door();
        self.menu.iter().find(|entry| entry.path == door)
    }

    /// Whether the reader has an act in the role of now.
    pub fn may(&self, act: Act) -> bool {
        self.actor.may(act)
    }

    /// Whether the reader speaks in this name now.
    pub fn is(&self, standing: Voice) -> bool {
        self.actor.is(standing)
    }
}

/// The hidden field of a one-time key.
#[derive(Template)]
#[template(ext = "html", source = r#"<input type="hidden" name="once" value="{{ key }}">"#)]
pub struct OnceKey {
    key: String,
}

impl askama::filters::HtmlSafe for OnceKey {}

impl OnceKey {
    /// A new one.
    pub fn fresh() -> OnceKey {
        OnceKey { key: super::once::key() }
    }
}

/// A query string of the fields that say something; `xong` only reports the last action.
fn query_string(query: &Fields) -> String {
    let said = query.pairs().iter().filter(|(name, value)| name != "xong" && !value.is_empty());
    said.map(|(name, value)| format!("{}={}", query_escape(name), query_escape(value))).collect::<Vec<_>>().join("&")
}

/// Renders a page.
pub fn html(template: &impl Template) -> Result<Response> {
    let body = template.render()?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], body).into_response())
}

/// Renders a page that answers with a status of its own.
pub fn html_as(status: StatusCode, template: &impl Template) -> Result<Response> {
    Ok((status, html(template)?).into_response())
}

/// After a change: go and look at it (303), optionally with a word on what was done.
pub fn go(path: &str, done: &str) -> Response {
    let path = match (done.is_empty(), path.contains('?')) {
        (true, _) => path.to_owned(),
        (false, true) => format!("{path}&xong={done}"),
        (false, false) => format!("{path}?xong={done}"),
    };
    (StatusCode::SEE_OTHER, [(header::LOCATION, path)]).into_response()
}

#[derive(Template)]
#[template(path = "page/error.html")]
struct ErrorPage {
    shell: Shell,
    what: String,
    todo: String,
    number: String,
    status: u16,
}

/// The same in the frame of those who are signed in.
#[derive(Template)]
#[template(path = "page/error_staff.html")]
struct StaffErrorPage {
    shell: Shell,
    what: String,
    todo: String,
    number: String,
    status: u16,
}

/// The outermost layer of failures: HTML for people, `application/problem+json` for programs.
pub async fn error_page(axum::extract::State(app): axum::extract::State<App>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let is_program = is_for_programs(&path);
    let asked = |headers: &HeaderMap, name: header::HeaderName| {
        headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let accept = asked(request.headers(), header::ACCEPT);
    let is_feed = path.starts_with("/nguon-tin/") || path.starts_with("/.well-known/");
    let wants_html = !is_program && (accept.contains("text/html") || !is_feed && !accept.contains("json"));
    let lang = if is_program { Lang::accepted(&asked(request.headers(), header::ACCEPT_LANGUAGE)) } else { lang_of(&path) };
    let number = request.extensions().get::<crate::state::RequestNumber>().map(|number| number.0.clone()).unwrap_or_default();
    let query = request.uri().query().map(str::to_owned);
    let folded = is_folded(request.headers());
    let is_form = request.method() == Method::POST;
    let again = if wants_html { Again::prepare(&mut request) } else { None };
    let response = next.run(request).await;
    let failed = match response.extensions().get::<Failed>() {
        Some(failed) => failed.0.clone(),
        None if response.status() == StatusCode::NOT_FOUND && response.headers().get(header::CONTENT_TYPE).is_none() => {
            Refusal::not_found()
        }
        None if is_program && response.status() == StatusCode::METHOD_NOT_ALLOWED => not_that_method(),
        None if response.status() == StatusCode::METHOD_NOT_ALLOWED => Refusal::not_found().with_status(StatusCode::METHOD_NOT_ALLOWED),
        // what the frame refused before a handler saw it: a path that is no text, a body over the limit
        None if is_program && response.status().is_client_error() => unsound(response.status()),
        None => return response,
    };
    if failed.code == "sign-in" && wants_html {
        // a form whose session had ended leads back to the page it stands on
        let (back, told) = match is_form {
            true => (again.map_or_else(|| "/viec".to_owned(), |again| again.page()), "session_ended"),
            false => (query.map_or_else(|| path.clone(), |query| format!("{path}?{query}")), ""),
        };
        return go(&format!("/dang-nhap?tiep={}", query_escape(&back)), told);
    }
    let actor = response.extensions().get::<Actor>().cloned().unwrap_or_default();
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = if wants_html {
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        let again = match again {
            Some(again) => again.show(&app, &failed, lang).await,
            None => None,
        };
        again.unwrap_or_else(|| alone(&Visit { app, actor, lang, path, query: Fields::default(), folded }, &failed, number))
    } else {
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if is_program {
            parts.headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.code()));
            parts.headers.append(header::VARY, HeaderValue::from_static("accept-language"));
        }
        problem(&failed, lang, &number).to_string()
    };
    Response::from_parts(parts, Body::from(body))
}

/// A page of nothing but a failure.
fn alone(visit: &Visit, failed: &Refusal, number: String) -> String {
    let lang = visit.lang;
    let (what, todo, status) = (failed.what.get(lang).to_owned(), failed.todo.get(lang).to_owned(), failed.status.as_u16());
    let shell = visit.shell(lang.t("error.title"));
    let is_staff = visit.actor.is_signed_in() && lang == Lang::Vi && !is_public(&visit.path);
    let page = if is_staff {
        StaffErrorPage { shell, what, todo, number, status }.render()
    } else {
        ErrorPage { shell, what, todo, number, status }.render()
    };
    page.unwrap_or_else(|_| failed.what.vi.to_string())
}

/// Whether a path is of the public site.
fn is_public(path: &str) -> bool {
    ["/diem-ban", "/san-pham/", "/dang-ky", "/en", "/dang-nhap", "/quen-mat-khau", "/lien-ket"].iter().any(|begin| path.starts_with(begin))
        || path == "/"
        || path == "/san-pham"
}

/// A refusal as programs read it (RFC 9457).
fn problem(failed: &Refusal, lang: Lang, number: &str) -> serde_json::Value {
    let mut problem = serde_json::json!({
        "type": format!("urn:ocop:problem:{}", failed.code),
        "code": failed.code,
        "title": failed.what.get(lang),
        "detail": failed.todo.get(lang),
        "status": failed.status.as_u16(),
        "instance": format!("urn:ocop:request:{number}"),
    });
    if !failed.fields.is_empty() {
        let errors = failed.fields.iter().map(|(field, text)| serde_json::json!({"field": field, "detail": text.get(lang)}));
        problem["errors"] = errors.collect();
    }
    problem
}

fn not_that_method() -> Refusal {
    Refusal::rule(
        "method",
        both("Đường dẫn này không nhận phương thức vừa dùng.", "This path does not take the method used."),
        both("Phần đầu Allow của câu trả lời ghi các phương thức dùng được.", "The header Allow of this answer names those it takes."),
    )
    .with_status(StatusCode::METHOD_NOT_ALLOWED)
}

fn unsound(status: StatusCode) -> Refusal {
    let todo = both("Hãy sửa yêu cầu theo tài liệu /api/openapi.json.", "Correct the request after /api/openapi.json.");
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::rule("too-large", both("Nội dung gửi lên quá lớn.", "The body is too large."), todo),
        _ => Refusal::rule("unreadable", both("Yêu cầu không đọc được.", "The request could not be read."), todo),
    }
    .with_status(status)
}
