//! The public page of one point.

use super::pages::{kind_picture, moment, public};
use super::words;
use crate::connection::shelf::OnShelf;
use crate::error::{Refusal, Result};
use crate::file::{self, Attachment};
use crate::page::{Shell, Visit};
use crate::party::{self, Body};
use crate::point::hours::Hours;
use crate::point::model::kind_name;
use crate::point::store as points;
use crate::point::{Point, State};
use crate::text::{self};
use crate::{connection, operation};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;

#[derive(Template)]
#[template(path = "portal/point.html")]
struct PointPage {
    shell: Shell,
    description: String,
    kind: &'static str,
    place: String,
    hours: Vec<(String, String)>,
    is_open: bool,
    door: String,
    operator: Option<Body>,
    counted: Vec<&'static str>,
    goods: Vec<String>,
    photos: Vec<Attachment>,
    illustration: String,
    phone: String,
    pin: Option<(String, String)>,
    inline: String,
    linked_data: String,
    shared_picture: String,
    list_path: String,
    instead: Option<Point>,
    shelf: Vec<OnShelf>,
    point: Point,
}

pub(super) async fn point(visit: Visit, Path(slug): Path<String>) -> Result<Response> {
    let (lang, today, at) = (visit.lang, visit.app.clock().today(), moment(&visit));
    let region = visit.app.region();
    let base = &visit.app.config().base_url;
    let mut tx = visit.app.db().read().await?;
    let point = points::find_by_slug(&mut tx, &slug).await?.filter(|point| point.state.is_public()).ok_or_else(Refusal::not_found)?;
    let operator = match &point.operator_id {
        Some(id) => party::store::find(&mut tx, id).await?,
        None => None,
    };
    let mut photos = file::of(&mut tx, "point", &point.id).await?;
    photos.extend(file::of(&mut tx, "preparation", &point.id).await?);
    let shelf = connection::shelf::of_point(&mut tx, &point.id, today).await?;
    let instead = if point.state == State::Closed { operation::instead_of(&mut tx, &point.id).await? } else { None };
    drop(tx);
    photos.retain(|photo| photo.is_public);
    photos.truncate(12);

    let parsed = Hours::parse(&point.hours).filter(|_| point.state != State::Closed);
    let hours = match &parsed {
        Some(hours) => hours.lines(lang),
        None if point.hours.is_empty() || point.state == State::Closed => Vec::new(),
        None => vec![(String::new(), point.hours.clone())],
    };
    let (is_open, door) = match &parsed {
        Some(hours) if point.state == State::Operating => hours.door_words(at.0, at.1, lang),
        _ => (false, String::new()),
    };
    let place = words::whole_place(region, point.unit_id.as_deref(), point.unit_today.as_deref(), today, lang);
    let kind = kind_name(&point.kind, lang);
    let shared_picture = photos.first().map(|photo| format!("{base}/anh/{}", photo.id)).unwrap_or_default();
    let counted = point.counted_by.split(' ').filter_map(|word| match word {
        "city" => Some(lang.t("point.counted_city")),
        "ministry" => Some(lang.t("point.counted_ministry")),
        _ => None,
    });
    let description = match point.about.is_empty() {
        true => format!("{} – {kind}. {}", point.name, point.address),
        false => point.about.clone(),
    };
    let shell = visit.shell(&point.name);
    let linked_data = linked_data(&point, &place, parsed.as_ref(), operator.as_ref(), &format!("{base}{}", shell.path), &shared_picture);
    let features: Vec<serde_json::Value> = point
        .pin()
        .map(|(lon, lat)| {
            serde_json::json!({"type": "Feature", "id": point.id, "geometry": {"type": "Point", "coordinates": [lon, lat]},
                "properties": {"name": point.name, "state": point.state.word(), "state_label": point.state.name(lang), "kind": point.kind, "address": point.address}})
        })
        .into_iter()
        .collect();
    let page = PointPage {
        description: text::clip(&description, 155),
        kind,
        place,
        hours,
        is_open,
        door,
        operator,
        counted: counted.collect(),
        goods: point.goods.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect(),
        photos,
        illustration: kind_picture(&point.kind),
        phone: point.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(),
        pin: point.pin().map(|(lon, lat)| (degrees(lat), degrees(lon))),
        inline: words::script_json(&serde_json::json!({"type": "FeatureCollection", "features": features})),
        linked_data,
        shared_picture,
        list_path: format!("{}/diem-ban", lang.prefix()),
        instead,
        shelf,
        shell,
        point,
    };
    public(&visit, &page)
}

/// Degrees with at most six decimals.
fn degrees(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// schema.org `Store`; the contact person stays out.
fn linked_data(point: &Point, place: &str, hours: Option<&Hours>, operator: Option<&Body>, url: &str, picture: &str) -> String {
    let mut data = serde_json::json!({
        "@context": "https://schema.org", "@type": "Store", "@id": url, "url": url, "name": point.name, "identifier": point.code,
        "address": {"@type": "PostalAddress", "streetAddress": point.address, "addressLocality": place, "addressRegion": "Hà Nội", "addressCountry": "VN"},
    });
    let mut put = |name: &str, value: serde_json::Value| {
        data[name] = value;
    };
    if let Some((lon, lat)) = point.pin() {
        put("geo", serde_json::json!({"@type": "GeoCoordinates", "latitude": lat, "longitude": lon}));
    }
    if !point.phone.is_empty() {
        put("telephone", point.phone.clone().into());
    }
    if !point.about.is_empty() {
        put("description", point.about.clone().into());
    }
    if !picture.is_empty() {
        put("image", picture.into());
    }
    match hours {
        Some(hours) if point.state == State::Operating => put("openingHoursSpecification", hours.specification()),
        _ => {}
    }
    if let Some(body) = operator {
        put("parentOrganization", serde_json::json!({"@type": "Organization", "name": body.name}));
    }
    words::script_json(&data)
}
