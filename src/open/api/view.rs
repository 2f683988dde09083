//! A point as programs read it: for everybody what its public page says, within scope what the screens of staff say.

use std::collections::HashMap;

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use super::store::{self, BodyName};
use crate::db::Tx;
use crate::error::Result;
use crate::page::Visit;
use crate::point::{Point, Step};
use crate::text::Edtf;

/// Steps that programs may take.
pub const STEPS: [Step; 8] =
    [Step::Submit, Step::Nominate, Step::Return, Step::Accept, Step::Withdraw, Step::Suspend, Step::Resume, Step::Close];

/// Names of the bodies that points speak of, by id.
pub type Names = HashMap<String, BodyName>;

/// Names of the bodies of these points.
pub async fn names(tx: &mut Tx, points: &[Point], whole: bool) -> Result<Names> {
    let mut ids: Vec<&str> = Vec::new();
    for point in points {
        ids.extend(point.operator_id.as_deref());
        if whole {
            ids.extend([&point.nominated_by, &point.supporter_id].into_iter().filter_map(|id| id.as_deref()));
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(store::bodies(tx, &ids).await?.into_iter().map(|body| (body.id.clone(), body)).collect())
}

fn some(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

/// What everybody may know.
pub fn public(visit: &Visit, point: &Point, names: &Names) -> Map<String, Value> {
    let region = visit.app.region();
    let base = &visit.app.config().base_url;
    let label = |unit: &Option<String>| unit.as_deref().map(|unit| region.label(unit));
    let operator = point.operator_id.as_ref().and_then(|id| names.get(id));
    let value = json!({
        "code": point.code,
        "name": point.name,
        "kind": some(&point.kind),
        "state": point.state.word(),
        "state_since": point.state_since,
        "address": point.address,
        "unit_id": point.unit_id,
        "unit_name": label(&point.unit_id),
        "unit_today_id": point.unit_today,
        "unit_today_name": label(&point.unit_today),
        "lon": point.lon,
        "lat": point.lat,
        "area_m2": point.area_m2,
        "operator_name": operator.map(|body| &body.name),
        "phone": point.phone,
        "hours": point.hours,
        "goods": point.goods,
        "about": point.about,
        "opened_on": point.opened_on,
        "opened": point.opened().map(Edtf::word),
        "closed_on": point.closed_on,
        "closed": point.closed().map(Edtf::word),
        "last_confirmed_on": point.last_confirmed_on,
        "counted_by": point.counted_by.split_whitespace().collect::<Vec<_>>(),
        "source": point.source,
        "demo": point.demo,
        "url": point.state.is_public().then(|| format!("{base}/diem-ban/{}", point.slug)),
        "updated_at": point.updated_at.to_rfc3339_opts(SecondsFormat::Millis, true),
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// What those who work with it know.
pub fn whole(visit: &Visit, point: &Point, names: &Names) -> Map<String, Value> {
    let today = visit.app.clock().today();
    let operator = point.operator_id.as_ref().and_then(|id| names.get(id));
    let name = |id: &Option<String>| id.as_ref().and_then(|id| names.get(id)).map(|body| body.name.clone());
    let steps: Vec<&str> = Step::open_to(&visit.actor, point).into_iter().filter(|step| STEPS.contains(step)).map(Step::word).collect();
    let mut map = public(visit, point, names);
    let more = json!({
        "operator_kind": operator.map(|body| &body.kind),
        "operator_tax_code": operator.and_then(|body| body.tax_code.as_ref()),
        "contact": point.contact,
        "email": point.email,
        "nominated_by": name(&point.nominated_by),
        "supporter": name(&point.supporter_id),
        "due_on": point.due_on,
        "is_overdue": point.is_overdue(today),
        "submitted_at": point.submitted_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)),
        "created_at": point.created_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "may_edit": point.may_edit(&visit.actor),
        "steps": steps,
        "record_url": format!("{}/ho-so/{}", visit.app.config().base_url, point.id),
    });
    if let Value::Object(more) = more {
        map.extend(more);
    }
    map
}

/// One point whole, with its public pictures, as the body of an answer.
pub async fn body(tx: &mut Tx, visit: &Visit, point: &Point, is_whole: bool) -> Result<String> {
    let names = names(tx, std::slice::from_ref(point), is_whole).await?;
    let mut map = if is_whole { whole(visit, point, &names) } else { public(visit, point, &names) };
    let mut pictures = crate::file::of(tx, "point", &point.id).await?;
    pictures.extend(crate::file::of(tx, "preparation", &point.id).await?);
    let shown = pictures.into_iter().filter(|picture| picture.is_public && point.state.is_public()).take(12);
    let base = &visit.app.config().base_url;
    map.insert(
        "pictures".into(),
        shown.map(|picture| json!({"url": format!("{base}/anh/{}", picture.id), "caption": picture.caption})).collect(),
    );
    Ok(Value::Object(map).to_string())
}
