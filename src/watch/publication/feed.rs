//! The signed feeds for other portals: Atom (RFC 4287, paged by RFC 5005, tombstones by RFC 6721) and JSON Feed 1.1,
//! and the public key that verifies them. `docs/feeds.md` tells portals how to read them.

use std::fmt::Write;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::entry::{self, Before, Entry};
use crate::access::{Need, Routes};
use crate::error::Result;
use crate::page::{Rows, Visit, page_key, page_size, read_key};
use crate::point::State;
use crate::point::model::kind_name;
use crate::state::{App, Caller};
use crate::text::Tongue;
use crate::{clock, setting};

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
    let tag = format!("W/\"{}\"", &clock::digest(body.as_bytes())[..32]);
    // the header counts seconds: of a second that is not long over it must not be sent
    let modified =
        newest.filter(|at| app.clock().now() - *at > Duration::minutes(1)).map(|at| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    let asked = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let is_known = match (
        asked(header::IF_NONE_MATCH),
        asked(header::IF_MODIFIED_SINCE).and_then(|text| DateTime::parse_from_rfc2822(text).ok()),
        newest,
    ) {
        (Some(tags), ..) => {
            tags.split(',').map(|known| known.trim().trim_start_matches("W/")).any(|known| known == "*" || known == &tag[2..])
        }
        (None, Some(since), Some(newest)) => modified.is_some() && newest.timestamp() <= since.timestamp(),
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

/// A text inside XML; what XML cannot hold is left out.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(letter),
            letter if letter < ' ' || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => out.push(letter),
        }
    }
    out
}

async fn atom(visit: Visit, caller: Caller, headers: HeaderMap) -> Result<Response> {
    setting::slow_down(&visit.app, &caller, BUCKET).await?;
    let page = page(&visit).await?;
    let base = &visit.app.config().base_url;
    let feed_url = format!("{base}/nguon-tin/diem-ban.atom");
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    let _ = writeln!(
        out,
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:at=\"http://purl.org/atompub/tombstones/1.0\" xmlns:georss=\"http://www.georss.org/georss\" xmlns:ocop=\"{NAMESPACE}\" xml:lang=\"vi\">"
    );
    let updated = page.newest.unwrap_or_default().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let _ = writeln!(
        out,
        "<id>{0}</id>\n<title>{1}</title>\n<updated>{updated}</updated>\n<author><name>{2}</name><uri>{3}</uri></author>",
        xml(&feed_url),
        xml(&title(&visit.app)),
        xml(Tongue::Vi.t("site.name")),
        xml(base)
    );
    let _ = writeln!(
        out,
        "<link rel=\"self\" type=\"application/atom+xml\" href=\"{}{}\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"{}/diem-ban\"/>",
        xml(&feed_url),
        xml(&page.after),
        xml(base)
    );
    let _ = writeln!(out, "<link rel=\"first\" type=\"application/atom+xml\" href=\"{}\"/>", xml(&feed_url));
    if let Some(next) = &page.next {
        let _ = writeln!(out, "<link rel=\"next\" type=\"application/atom+xml\" href=\"{}{}\"/>", xml(&feed_url), xml(next));
    }
    let _ = writeln!(out, "<ocop:jwks href=\"{}/.well-known/jwks.json\"/>", xml(base));
    for entry in &page.entries {
        let (_, jws) = entry.signed(&visit.app)?;
        let (urn, url, changed) = (xml(&entry.urn()), xml(&entry.url(base)), entry.changed());
        if entry.state == State::Closed {
            let _ = writeln!(
                out,
                "<at:deleted-entry ref=\"{urn}\" when=\"{changed}\">\n<at:comment>{}</at:comment>\n<link rel=\"alternate\" type=\"text/html\" href=\"{url}\"/>\n<ocop:code>{}</ocop:code>\n<ocop:state>closed</ocop:state>\n<ocop:jws>{jws}</ocop:jws>\n</at:deleted-entry>",
                xml(&entry.words()),
                xml(&entry.code)
            );
            continue;
        }
        let _ = writeln!(
            out,
            "<entry>\n<id>{urn}</id>\n<title>{}</title>\n<updated>{changed}</updated>\n<link rel=\"alternate\" type=\"text/html\" href=\"{url}\"/>",
            xml(&entry.name)
        );
        if let Some(image) = entry.image(base) {
            let _ = writeln!(out, "<link rel=\"enclosure\" type=\"image/jpeg\" href=\"{}\"/>", xml(&image));
        }
        if !entry.kind.is_empty() {
            let _ = writeln!(out, "<category term=\"{}\" label=\"{}\"/>", xml(&entry.kind), xml(kind_name(&entry.kind, Tongue::Vi)));
        }
        let _ = writeln!(out, "<content type=\"text\">{}</content>", xml(&entry.words()));
        if let Some((lat, lon)) = entry.lat.zip(entry.lon) {
            let _ = writeln!(out, "<georss:point>{lat} {lon}</georss:point>");
        }
        let _ = writeln!(
            out,
            "<ocop:code>{}</ocop:code>\n<ocop:state>{}</ocop:state>\n<ocop:jws>{jws}</ocop:jws>\n</entry>",
            xml(&entry.code),
            entry.state.word()
        );
    }
    out.push_str("</feed>\n");
    Ok(answer(&visit.app, &headers, "application/atom+xml; charset=utf-8", out, page.newest))
}
