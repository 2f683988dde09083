//! The signed feeds for other portals: Atom (RFC 4287, paged by RFC 5005, tombstones by RFC 6721) and JSON Feed 1.1,
//! and the public key that verifies them. `docs/feeds.md` tells portals how to read them.

use std::io;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Duration, Utc};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde_json::{Value, json};

use super::entry::{self, Before, Entry};
use crate::access::{Need, Routes};
use crate::error::{Error, Result};
use crate::page::{Rows, Visit, page_key, page_size, read_key};
use crate::point::State;
use crate::point::model::kind_name;
use crate::state::{App, Caller};
use crate::text::Tongue;
use crate::{etag, setting};

/// Namespace of our elements in Atom.
const NAMESPACE: &str = "urn:ocop:feed:1";
const BUCKET: &str = "feed";
/// Seconds up to a moment after every change.
const END_OF_TIME: i64 = 250_000_000_000;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/nguon-tin/diem-ban.atom", Need::Public, atom).get("/nguon-tin/diem-ban.json", Need::Public, json_feed).get(
        "/.well-known/jwks.json",
        Need::Public,
        jwks,
    )
}

/// One page of the register, and where the next begins.
struct Page {
    entries: Vec<Entry>,
    next: Option<String>,
    /// The key as asked, empty on the first page.
    after: String,
    newest: Option<DateTime<Utc>>,
}

async fn page(visit: &Visit) -> Result<Page> {
    let size = page_size(visit.query.some("page_size"), 50);
    let start: Before = read_key(visit.query.get("sau"))
        .and_then(|(at, id)| {
            Some((DateTime::from_timestamp_millis(at.parse().ok().filter(|at| (0..END_OF_TIME * 1000).contains(at))?)?, id.to_owned()))
        })
        .unwrap_or_else(|| (DateTime::from_timestamp(END_OF_TIME, 0).unwrap_or_default(), String::new()));
    let after = if start.1.is_empty() { String::new() } else { visit.query.get("sau").to_owned() };
    let mut tx = visit.app.db().read().await?;
    let entries = entry::page(&mut tx, &start, size + 1).await?;
    let (entries, rest) =
        Rows::cut(entries, size, after.as_str(), |last| page_key(&last.updated_at.timestamp_millis().to_string(), &last.id)).take();
    let query = |key: &str| if size == 50 { format!("?sau={key}") } else { format!("?sau={key}&page_size={size}") };
    Ok(Page {
        newest: entries.first().map(|first| first.updated_at),
        next: rest.next().map(query),
        after: if after.is_empty() { after } else { query(&after) },
        entries,
    })
}

/// Answers 304 when the reader has this already. The tag is weak: the same feed may travel packed or not.
fn answer(app: &App, headers: &HeaderMap, kind: &'static str, body: String, newest: Option<DateTime<Utc>>) -> Response {
    let tag = etag::weak(&body);
    // the header counts seconds: of a second that is not long over it must not be sent
    let modified =
        newest.filter(|at| app.clock().now() - *at > Duration::minutes(1)).map(|at| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    let since = headers.get(header::IF_MODIFIED_SINCE).and_then(|value| DateTime::parse_from_rfc2822(value.to_str().ok()?).ok());
    let is_known = match (since, newest) {
        _ if etag::is_asked(headers) => etag::is_held(headers, &tag),
        (Some(since), Some(newest)) => modified.is_some() && newest.timestamp() <= since.timestamp(),
        _ => false,
    };
    let mut response =
        if is_known { StatusCode::NOT_MODIFIED.into_response() } else { ([(header::CONTENT_TYPE, kind)], body).into_response() };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if let Some(Ok(modified)) = modified.map(|text| HeaderValue::from_str(&text)) {
        headers.insert(header::LAST_MODIFIED, modified);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

async fn jwks(visit: Visit, caller: Caller, headers: HeaderMap) -> Result<Response> {
    setting::slow_down(&visit.app, &caller, BUCKET).await?;
    let body = visit.app.keyring().jwks()?.to_string();
    Ok(answer(&visit.app, &headers, "application/jwk-set+json", body, None))
}

fn title(app: &App) -> String {
    format!("Điểm giới thiệu và bán sản phẩm OCOP – {}", app.region().province().full_name)
}

async fn json_feed(visit: Visit, caller: Caller, headers: HeaderMap) -> Result<Response> {
    setting::slow_down(&visit.app, &caller, BUCKET).await?;
    let page = page(&visit).await?;
    let base = &visit.app.config().base_url;
    let feed_url = format!("{base}/nguon-tin/diem-ban.json");
    let mut items = Vec::new();
    for entry in &page.entries {
        items.push(item(&visit.app, entry)?);
    }
    let mut feed = json!({
        "version": "https://jsonfeed.org/version/1.1", "title": title(&visit.app), "home_page_url": format!("{base}/diem-ban"), "feed_url": feed_url, "language": "vi",
        "description": "Mỗi thay đổi của một điểm đưa điểm đó lên đầu. Điểm đã đóng có _ocop.state là “closed”: hãy gỡ.",
        "authors": [{"name": Tongue::Vi.t("site.name"), "url": base}], "_ocop": {"jwks": format!("{base}/.well-known/jwks.json"), "version": 1}, "items": items,
    });
    if let Some(next) = &page.next {
        feed["next_url"] = json!(format!("{feed_url}{next}"));
    }
    Ok(answer(&visit.app, &headers, "application/feed+json; charset=utf-8", feed.to_string(), page.newest))
}

fn item(app: &App, entry: &Entry) -> Result<Value> {
    let base = &app.config().base_url;
    let (mut facts, jws) = entry.signed(app)?;
    facts.insert("jws", json!(jws));
    let mut item = json!({"id": entry.urn(), "url": entry.url(base), "title": entry.name, "content_text": entry.words(), "date_modified": entry.changed(), "_ocop": facts});
    if !entry.kind.is_empty() {
        item["tags"] = json!([kind_name(&entry.kind, Tongue::Vi)]);
    }
    if let (Some(image), true) = (entry.image(base), entry.state != State::Closed) {
        item["image"] = json!(image);
    }
    Ok(item)
}

/// What XML can hold of a text.
fn sound(text: &str) -> String {
    text.chars()
        .filter(|letter| matches!(letter, '\t' | '\n' | '\r') || *letter >= ' ' && !matches!(letter, '\u{fffe}' | '\u{ffff}'))
        .collect()
}

/// The feed as it is written, an element a line.
type Xml = Writer<Vec<u8>>;

/// An element of nothing but text.
fn leaf(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&sound(text))).map(|_| ())
}

/// A link of the feed or of an entry.
fn link(xml: &mut Xml, rel: &str, kind: &str, href: &str) -> io::Result<()> {
    let href = sound(href);
    xml.create_element("link").with_attributes([("rel", rel), ("type", kind), ("href", href.as_str())]).write_empty().map(|_| ())
}

/// A point that is shown.
fn shown(xml: &mut Xml, entry: &Entry, base: &str, jws: &str) -> io::Result<()> {
    leaf(xml, "id", &entry.urn())?;
    leaf(xml, "title", &entry.name)?;
    leaf(xml, "updated", &entry.changed())?;
    link(xml, "alternate", "text/html", &entry.url(base))?;
    if let Some(image) = entry.image(base) {
        link(xml, "enclosure", "image/jpeg", &image)?;
    }
    if !entry.kind.is_empty() {
        let category = [("term", entry.kind.as_str()), ("label", kind_name(&entry.kind, Tongue::Vi))];
        xml.create_element("category").with_attributes(category).write_empty()?;
    }
    xml.create_element("content").with_attribute(("type", "text")).write_text_content(BytesText::new(&sound(&entry.words())))?;
    if let Some((lat, lon)) = entry.lat.zip(entry.lon) {
        leaf(xml, "georss:point", &format!("{lat} {lon}"))?;
    }
    leaf(xml, "ocop:code", &entry.code)?;
    leaf(xml, "ocop:state", entry.state.word())?;
    leaf(xml, "ocop:jws", jws)
}

/// A point that is to be taken down.
fn gone(xml: &mut Xml, entry: &Entry, base: &str, jws: &str) -> io::Result<()> {
    leaf(xml, "at:comment", &entry.words())?;
    link(xml, "alternate", "text/html", &entry.url(base))?;
    leaf(xml, "ocop:code", &entry.code)?;
    leaf(xml, "ocop:state", "closed")?;
    leaf(xml, "ocop:jws", jws)
}

/// The page as Atom; `signed` are its entries with their signatures.
fn atom_of(app: &App, page: &Page, signed: &[(&Entry, String)]) -> io::Result<Vec<u8>> {
    const ATOM: &str = "application/atom+xml";
    let base = app.config().base_url.as_str();
    let feed_url = format!("{base}/nguon-tin/diem-ban.atom");
    let mut xml = Xml::new_with_indent(Vec::new(), b' ', 0);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let names = [
        ("xmlns", "http://www.w3.org/2005/Atom"),
        ("xmlns:at", "http://purl.org/atompub/tombstones/1.0"),
        ("xmlns:georss", "http://www.georss.org/georss"),
        ("xmlns:ocop", NAMESPACE),
        ("xml:lang", "vi"),
    ];
    xml.create_element("feed").with_attributes(names).write_inner_content(|xml| {
        leaf(xml, "id", &feed_url)?;
        leaf(xml, "title", &title(app))?;
        leaf(xml, "updated", &page.newest.unwrap_or_default().to_rfc3339_opts(chrono::SecondsFormat::Millis, true))?;
        xml.create_element("author").write_inner_content(|xml| {
            leaf(xml, "name", Tongue::Vi.t("site.name"))?;
            leaf(xml, "uri", base)
        })?;
        link(xml, "self", ATOM, &format!("{feed_url}{}", page.after))?;
        link(xml, "alternate", "text/html", &format!("{base}/diem-ban"))?;
        link(xml, "first", ATOM, &feed_url)?;
        if let Some(next) = &page.next {
            link(xml, "next", ATOM, &format!("{feed_url}{next}"))?;
        }
        let keys = format!("{base}/.well-known/jwks.json");
        xml.create_element("ocop:jwks").with_attribute(("href", keys.as_str())).write_empty()?;
        for (entry, jws) in signed {
            if entry.state == State::Closed {
                let (urn, changed) = (entry.urn(), entry.changed());
                let told = [("ref", urn.as_str()), ("when", changed.as_str())];
                xml.create_element("at:deleted-entry").with_attributes(told).write_inner_content(|xml| gone(xml, entry, base, jws))?;
            } else {
                xml.create_element("entry").write_inner_content(|xml| shown(xml, entry, base, jws))?;
            }
        }
        Ok(())
    })?;
    Ok(xml.into_inner())
}

async fn atom(visit: Visit, caller: Caller, headers: HeaderMap) -> Result<Response> {
    setting::slow_down(&visit.app, &caller, BUCKET).await?;
    let page = page(&visit).await?;
    let mut signed = Vec::new();
    for entry in &page.entries {
        let (_, jws) = entry.signed(&visit.app)?;
        signed.push((entry, jws));
    }
    let bytes = atom_of(&visit.app, &page, &signed)?;
    let body = String::from_utf8(bytes).map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(answer(&visit.app, &headers, "application/atom+xml; charset=utf-8", body, page.newest))
}
