//! Suggestions for the unit field and the labels of the map.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::access::{Need, Routes};
use crate::error::Result;
use crate::page::Visit;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new().get("/don-vi/goi-y", Need::Public, suggest).get("/don-vi/nhan.geojson", Need::Public, labels)
}

async fn suggest(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let region = visit.app.region();
    let found: Vec<_> = region
        .suggest(visit.query.get("q"), today, 12)
        .into_iter()
        .map(|unit| {
            let hint = match unit.valid_to {
                Some(to) => format!("đến {}", crate::text::date_vi(to.pred_opt().unwrap_or(to))),
                None => String::new(),
            };
            serde_json::json!({"id": unit.id, "label": region.label(&unit.id), "hint": hint})
        })
        .collect();
    Ok(Json(found).into_response())
}

/// The communes of today as quiet labels, so that a map without outside tiles still tells where it is.
async fn labels(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let features: Vec<_> = visit
        .app
        .region()
        .communes(today)
        .into_iter()
        .filter_map(|unit| {
            let (lon, lat) = (unit.lon?, unit.lat?);
            Some(serde_json::json!({"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": {"name": unit.name}}))
        })
        .collect();
    let body = serde_json::json!({"type": "FeatureCollection", "features": features}).to_string();
    Ok(([(header::CONTENT_TYPE, "application/geo+json"), (header::CACHE_CONTROL, "public, max-age=3600")], body).into_response())
}
