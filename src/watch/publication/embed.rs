//! A list and a map that other portals show in a frame of their own, and the screen where staff copy the code for it.

use askama::Template;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::model::COUNTERS;
use super::pages::READERS;
use super::store;
use crate::access::{Need, Policy, Routes};
use crate::db::{DbResult, Tx};
use crate::error::{Refusal, Result};
use crate::fetch_all;
use crate::page::{Ask, Choice, Errors, Fields, Form, Rows, Shell, Visit, html, page_key, query_escape, read_key};
use crate::point::model::kind_name;
use crate::point::{Kind, State};
use crate::region::Level;
use crate::setting;
use crate::state::{App, Caller};
use crate::text::Tongue;

/// Points on one map.
const MAP_MOST: usize = 200;
/// Points on a page of the list.
const ROWS: usize = 20;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/nhung/diem-ban", Need::Public, list).get("/nhung/ban-do", Need::Public, map).get("/cong-bo/nhung", READERS, snippet)
}

#[derive(Clone, Debug, sqlx::FromRow)]
struct Shown {
    id: String,
    slug: String,
    name: String,
    sort: String,
    kind: String,
    address: String,
    lon: Option<f64>,
    lat: Option<f64>,
    last_confirmed_on: Option<chrono::NaiveDate>,
    demo: bool,
}

/// What a frame is asked to show.
#[derive(Clone, Debug, Default)]
struct Filter {
    unit: Option<String>,
    kind: Option<Kind>,
    counter: String,
}

impl Filter {
    fn read(visit: &Visit) -> Filter {
        let unit = visit.query.some("unit").and_then(|id| visit.app.region().get(id)).filter(|unit| unit.level != Level::Province);
        let counter = visit.query.get("counter");
        Filter {
            unit: unit.map(|unit| unit.id.clone()),
            kind: visit.query.some("kind").and_then(Kind::read),
            counter: COUNTERS.iter().find(|(word, _)| *word == counter).map_or(String::new(), |(word, _)| (*word).to_owned()),
        }
    }

    fn query(&self) -> String {
        let parts = [("unit", self.unit.as_deref().unwrap_or("")), ("kind", self.kind.map_or("", Kind::word)), ("counter", &self.counter)];
        parts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", query_escape(value)))
            .collect::<Vec<_>>()
            .join("&")
    }

    /// The same choice on the public list, which has no filter of counts.
    fn whole(&self, app: &App) -> String {
        let unit = self.unit.as_deref().unwrap_or("");
        let label = if unit.is_empty() { String::new() } else { app.region().label(unit) };
        let parts = [("unit", label.as_str()), ("unit_id", unit), ("kind", self.kind.map_or("", Kind::word))];
        let query: Vec<String> = parts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", query_escape(value)))
            .collect();
        format!("{}/diem-ban{}{}", app.config().base_url, if query.is_empty() { "" } else { "?" }, query.join("&"))
    }

    fn heading(&self, visit: &Visit) -> String {
        let mut heading = "Điểm giới thiệu và bán sản phẩm OCOP".to_owned();
        if let Some(unit) = &self.unit {
            heading.push_str(&format!(" – {}", visit.app.region().label(unit)));
        }
        if let Some(kind) = self.kind {
            heading.push_str(&format!(" – {}", kind.name(visit.lang).to_lowercase()));
        }
        heading
    }
}

/// Operating points in the order of the dictionary, after a key; with `pinned` only those that have a position.
async fn shown(tx: &mut Tx, filter: &Filter, (sort, id): (&str, &str), pinned: bool, rows: usize) -> DbResult<Vec<Shown>> {
    let kind = filter.kind.map_or("", Kind::word);
    let counter = if filter.counter.is_empty() { String::new() } else { format!("% {} %", filter.counter) };
    match &filter.unit {
        None => fetch_all!(
            tx,
            Shown,
            "select id, slug, name, sort, kind, address, lon, lat, last_confirmed_on, demo from point
             where state = 'operating' and (sort, id) > ($1, $2) and ($3 = '' or kind = $3) and ($4 = '' or ' ' || counted_by || ' ' like $4) and (not $5 or lon is not null)
             order by sort, id limit $6",
            sort,
            id,
            kind,
            &counter,
            pinned,
            rows as i64
        ),
        Some(unit) => fetch_all!(
            tx,
            Shown,
            "select p.id, p.slug, p.name, p.sort, p.kind, p.address, p.lon, p.lat, p.last_confirmed_on, p.demo from point_unit u join point p on p.id = u.point_id
             where u.unit_id = $7 and u.certainty = 'is' and u.state = 'operating' and (u.sort, u.point_id) > ($1, $2) and ($3 = '' or u.kind = $3)
               and ($4 = '' or ' ' || p.counted_by || ' ' like $4) and (not $5 or p.lon is not null)
             order by u.sort, u.point_id limit $6",
            sort,
            id,
            kind,
            &counter,
            pinned,
            rows as i64,
            unit
        ),
    }
}

/// The policy of every other answer, but with those who may frame this one: ourselves and the portals in force.
async fn framed(app: &App, result: Result<Response>) -> Result<Response> {
    let mut tx = app.db().read().await?;
    let origins = store::origins(&mut tx, app.clock().today()).await?;
    drop(tx);
    let ancestors = std::iter::once("'self'".to_owned()).chain(origins).collect::<Vec<_>>().join(" ");
    let policy = app
        .held::<Policy>()
        .0
        .to_str()
        .unwrap_or("default-src 'self'; frame-ancestors 'none'")
        .replace("frame-ancestors 'none'", &format!("frame-ancestors {ancestors}"));
    let is_refused = result.is_err();
    let mut response = result.unwrap_or_else(IntoResponse::into_response);
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if !is_refused {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    }
    Ok(response)
}

struct Card {
    point: Shown,
    kind: &'static str,
}

#[derive(Template)]
#[template(path = "publication/embed_list.html")]
struct ListPage {
    shell: Shell,
    heading: String,
    cards: Rows<Card>,
    whole: String,
    ask: Ask,
}

async fn list(visit: Visit, caller: Caller) -> Result<Response> {
    framed(&visit.app, list_page(&visit, &caller).await).await
}

async fn list_page(visit: &Visit, caller: &Caller) -> Result<Response> {
    setting::slow_down(&visit.app, caller, "embed").await?;
    let filter = Filter::read(visit);
    let key = read_key(visit.query.get("sau"));
    let mut tx = visit.app.db().read().await?;
    let rows = shown(&mut tx, &filter, key.unwrap_or(("", "")), false, ROWS + 1).await?;
    drop(tx);
    let rows = Rows::cut(rows, ROWS as i64, key.map(|(sort, _)| sort), |row| page_key(&row.sort, &row.id));
    let heading = filter.heading(visit);
    html(&ListPage {
        shell: visit.shell(&heading),
        heading,
        cards: rows.map(|point| Card { kind: kind_name(&point.kind, visit.lang), point }),
        whole: filter.whole(&visit.app),
        ask: Ask::new(visit),
    })
}

#[derive(Template)]
#[template(path = "publication/embed_map.html")]
struct MapPage {
    shell: Shell,
    heading: String,
    count: usize,
    has_more: bool,
    whole: String,
    list: String,
    inline: String,
    tiles: String,
}

async fn map(visit: Visit, caller: Caller) -> Result<Response> {
    framed(&visit.app, map_page(&visit, &caller).await).await
}

async fn map_page(visit: &Visit, caller: &Caller) -> Result<Response> {
    setting::slow_down(&visit.app, caller, "embed").await?;
    let filter = Filter::read(visit);
    let mut tx = visit.app.db().read().await?;
    let mut rows = shown(&mut tx, &filter, ("", ""), true, MAP_MOST + 1).await?;
    drop(tx);
    let has_more = rows.len() > MAP_MOST;
    rows.truncate(MAP_MOST);
    let base = &visit.app.config().base_url;
    let features: Vec<serde_json::Value> = rows
        .iter()
        .filter_map(|row| {
            let (lon, lat) = row.lon.zip(row.lat)?;
            Some(serde_json::json!({"type": "Feature", "id": row.id, "geometry": {"type": "Point", "coordinates": [lon, lat]},
                "properties": {"name": row.name, "url": format!("{base}/diem-ban/{}", row.slug), "state": State::Operating.word(), "state_label": State::Operating.name(visit.lang),
                    "kind": row.kind, "kind_label": kind_name(&row.kind, visit.lang), "address": row.address}}))
        })
        .collect();
    let heading = filter.heading(visit);
    html(&MapPage {
        shell: visit.shell(&heading),
        heading,
        count: features.len(),
        has_more,
        whole: filter.whole(&visit.app),
        list: format!("/nhung/diem-ban?{}", filter.query()),
        // `<` cannot end the script element
        inline: serde_json::json!({"type": "FeatureCollection", "features": features}).to_string().replace('<', "\\u003c"),
        tiles: visit.app.config().tiles_url.clone().unwrap_or_default(),
    })
}

#[derive(Template)]
#[template(path = "publication/snippet.html")]
struct SnippetPage {
    shell: Shell,
    form: Form,
    kinds: Vec<Choice>,
    counters: Vec<Choice>,
    codes: Vec<(&'static str, String, String)>,
    origins: Vec<String>,
    feeds: Vec<(&'static str, String)>,
}

/// The code to copy. A name that is not known is shown with its error; the code is then for the whole city.
async fn snippet(visit: Visit) -> Result<Response> {
    let scope = visit.actor.scope();
    if store::bound_to(&scope).is_none() {
        return Err(Refusal::not_found().into());
    }
    let today = visit.app.clock().today();
    let base = &visit.app.config().base_url;
    let mut errors = Errors::default();
    let mut query = Fields::new([]);
    if let Some(id) = crate::region::typed_unit(&visit.query, visit.app.region(), today, true, &mut errors) {
        query.set("unit", id);
    }
    query.set("kind", visit.query.get("kind"));
    query.set("counter", visit.query.get("counter"));
    let filter = Filter::read(&Visit { query, ..visit.clone() });
    let asked = filter.query();
    let asked = if asked.is_empty() { asked } else { format!("?{asked}") };
    let codes = [("Danh sách", "diem-ban", "640"), ("Bản đồ", "ban-do", "560")].map(|(name, path, height)| {
        let code = format!(
            "<iframe src=\"{base}/nhung/{path}{}\" title=\"{}\" width=\"100%\" height=\"{height}\" loading=\"lazy\"></iframe>",
            asked.replace('&', "&amp;"),
            filter.heading(&visit)
        );
        (name, code, format!("/nhung/{path}{asked}"))
    });
    let mut tx = visit.app.db().read().await?;
    let origins = store::origins(&mut tx, today).await?;
    drop(tx);
    let mut kinds = vec![(String::new(), "Tất cả loại hình".to_owned())];
    kinds.extend(Kind::all().into_iter().map(|kind| (kind.word().to_owned(), kind.name(Tongue::Vi).to_owned())));
    html(&SnippetPage {
        shell: visit.shell("Nguồn tin và mã nhúng"),
        form: Form::with(visit.query.clone(), errors, Tongue::Vi),
        kinds,
        counters: COUNTERS.into_iter().map(|(word, name)| (word.to_owned(), name.to_owned())).collect(),
        codes: codes.into(),
        origins,
        feeds: vec![
            ("Atom", format!("{base}/nguon-tin/diem-ban.atom")),
            ("JSON Feed", format!("{base}/nguon-tin/diem-ban.json")),
            ("Khóa công khai", format!("{base}/.well-known/jwks.json")),
        ],
    })
}
