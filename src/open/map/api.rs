//! The two addresses a map asks: `/ban-do/diem.geojson` for everybody, `/ban-do/ho-so.geojson` for staff.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::model::{Features, Pages};
use crate::access::{Act, Need, Routes};
use crate::error::{Refusal, Result, both};
use crate::page::Visit;
use crate::point::grid::Bounds;
use crate::point::list::{Filter, Moment};
use crate::point::tile::{self, Asked, Reader};
use crate::point::{Kind, State};
use crate::region::Level;
use crate::{etag, prospect, text};

/// Who sees the places that are being approached, and how many at once.
const MOST_PROSPECTS: i64 = 100;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new().get("/ban-do/diem.geojson", Need::Public, public).get("/en/ban-do/diem.geojson", Need::Public, public).get(
        "/ban-do/ho-so.geojson",
        Need::Rows,
        staff,
    )
}

/// The filters of the list, as an address tells them.
fn filter(visit: &Visit) -> Result<Filter> {
    let (query, region, today) = (&visit.query, visit.app.region(), visit.app.clock().today());
    let typed = query.some("unit_id").filter(|id| region.get(id).is_some()).or_else(|| query.some("unit"));
    let unit = match typed.map(|typed| region.find(typed, None, today)) {
        Some(Err(refusal)) => return Err(Refusal::invalid(refusal.text()).into()),
        Some(Ok(unit)) => Some(unit).filter(|unit| unit.level != Level::Province),
        None => None,
    };
    let unknown = |what| Refusal::invalid(both(format!("Không có {what} này."), format!("There is no such {what}.")));
    Ok(Filter {
        unit: unit.map(|unit| unit.id.clone()),
        kind: query
            .some("kind")
            .map(|typed| Kind::read(typed).ok_or_else(|| unknown("kind")))
            .transpose()?
            .map(|kind| kind.word().to_owned()),
        state: query.some("state").map(|typed| State::read(typed).ok_or_else(|| unknown("state"))).transpose()?,
        q: text::fold(query.get("q")),
        open: query.some("open").map(|_| Moment::of(visit.app.clock().now())),
        ..Filter::default()
    })
}

/// The box and the zoom of the map that asks.
fn view(visit: &Visit) -> Result<(Option<Bounds>, f64)> {
    let bounds = visit.query.some("bbox").map(Bounds::read).transpose().map_err(Refusal::invalid)?;
    let zoom = match visit.query.some("zoom") {
        None => 10.0,
        Some(typed) => typed.parse().ok().filter(|zoom| (0.0..=24.0).contains(zoom)).ok_or_else(|| {
            Refusal::invalid(both("Mức phóng của bản đồ là một số từ 0 đến 24.", "The zoom of a map is a number from 0 to 24."))
        })?,
    };
    Ok((bounds, zoom))
}

async fn collection(visit: &Visit, reader: Reader<'_>, filter: &Filter, pages: Pages) -> Result<Value> {
    let (bounds, zoom) = view(visit)?;
    let asked = Asked { reader, filter };
    let mut tx = visit.app.db().read().await?;
    let shown = tile::view(&mut tx, asked, bounds, zoom).await?;
    let mut features = Features::new(visit.lang);
    for row in &shown.points {
        features.point(row, pages);
    }
    for cluster in &shown.clusters {
        features.cluster(cluster);
    }
    if pages == Pages::Staff
        && visit.actor.may(Act::ReadProspects)
        && filter.q.is_empty()
        && filter.state.is_none_or(|state| state == State::Lead)
    {
        let Bounds { west, south, east, north } = bounds.unwrap_or(Bounds { west: -180.0, south: -90.0, east: 180.0, north: 90.0 });
        let (unit, kind) = (filter.unit.as_deref().unwrap_or(""), filter.kind.as_deref().unwrap_or(""));
        for placed in prospect::store::in_box(&mut tx, &visit.actor.scope(), unit, kind, [west, south, east, north], MOST_PROSPECTS).await?
        {
            features.prospect(&placed);
        }
    }
    Ok(features.collection(shown.bounds, shown.count.unplaced, shown.count.is_whole))
}

async fn public(visit: Visit, headers: HeaderMap) -> Result<Response> {
    let mut filter = filter(&visit)?;
    if filter.state.is_some_and(|state| !state.is_public()) {
        return Err(Refusal::invalid(both(
            "Trang công khai chỉ có điểm đang hoạt động, tạm ngừng và đã đóng.",
            "The public map shows operating, suspended and closed points only.",
        ))
        .into());
    }
    filter.state = filter.state.or(Some(State::Operating));
    let found = collection(&visit, Reader::Everybody, &filter, Pages::Public).await?;
    Ok(geojson(&found, "public, max-age=60", &headers))
}

async fn staff(visit: Visit, headers: HeaderMap) -> Result<Response> {
    let filter = Filter { open: None, ..filter(&visit)? };
    let scope = visit.actor.scope();
    let found = collection(&visit, Reader::Staff(&scope), &filter, Pages::Staff).await?;
    Ok(geojson(&found, "private, no-cache", &headers))
}

/// The answer, or that what the caller has is still true.
fn geojson(found: &Value, cache: &'static str, asked: &HeaderMap) -> Response {
    let body = found.to_string();
    let tag = etag::weak(&body);
    let is_known = etag::is_held(asked, &tag);
    let head = [(header::ETAG, tag), (header::CACHE_CONTROL, cache.to_owned())];
    if is_known {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, [(header::CONTENT_TYPE, "application/geo+json")], body).into_response()
}
