//! Entering and changing a record: what the screens of people and the interface for programs share.

use chrono::Datelike;

use super::model::{Point, PointRefusal, blank};
use super::{PointForm, store};
use crate::access::{Scope, Voice};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::{self, Note};
use crate::page::{Errors, Visit};
use crate::party::typed::{self, Asked, Typed};
use crate::text::Edtf;

/// The operator of a form: the body that is the same by the rule of identity, or a new one, or a question.
pub async fn operator(
    tx: &mut Tx,
    visit: &Visit,
    form: &PointForm,
    current: Option<&str>,
) -> Result<std::result::Result<Option<String>, Asked>> {
    if form.operator.is_empty() {
        return Ok(Ok(None));
    }
    let typed = Typed {
        name: &form.operator,
        kind: form.operator_kind,
        tax_code: form.tax_code.as_deref(),
        unit: None,
        current,
        said: &form.operator_who,
    };
    Ok(typed::body(tx, visit, typed).await?.map(Some))
}

fn asked_at(asked: &Asked) -> Errors {
    let mut errors = Errors::default();
    asked.put(&mut errors, "operator");
    errors
}

/// Adds a draft that an official or an association writes; errors when the address lies outside the writer's area.
pub async fn add_draft(tx: &mut Tx, visit: &Visit, form: &PointForm) -> Result<std::result::Result<Point, Errors>> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let code = store::next_code(tx, today.year()).await?;
    let mut point = blank(visit.actor.journal_id(), code, now, today);
    form.fill(&mut point);
    point.operator_id = match operator(tx, visit, form, None).await? {
        Ok(operator) => operator,
        Err(asked) => return Ok(Err(asked_at(&asked))),
    };
    point.slug = store::free_slug(tx, &point.name, &point.code).await?;
    if visit.actor.is(Voice::Association) {
        point.supporter_id = visit.actor.body_id().map(str::to_owned);
    }
    // it belongs to the writer's body from the start
    point.nominated_by = visit.actor.body_id().map(str::to_owned);
    store::derive(&mut point, visit.app.region(), today);
    let units: Vec<String> = match &point.unit_id {
        Some(unit) => visit
            .app
            .region()
            .listed(unit, &visit.app.region().today(unit, point.pin(), today))
            .into_iter()
            .map(|listed| listed.unit_id)
            .collect(),
        None => Vec::new(),
    };
    if let Scope::Unit(own) = visit.actor.scope()
        && !units.contains(&own)
    {
        let mut errors = Errors::default();
        errors.add(
            "unit",
            both(
                "Địa chỉ này ngoài địa bàn của bạn; hãy sửa xã, phường hoặc báo Sở Công Thương.",
                "This address lies outside your area; correct the commune or tell the department.",
            ),
        );
        return Ok(Err(errors));
    }
    store::add(tx, &point, visit.app.region(), today).await?.ok_or_else(Refusal::stale)?;
    Note::of("create", ("point", &point.id), record(&point)).aside(&personal(&point)).by(tx, now, &visit.actor).await?;
    Ok(Ok(point))
}

/// Changes a record to what a checked form says; errors when it has to be said first who the operator is.
pub async fn change(tx: &mut Tx, visit: &Visit, before: &Point, form: &PointForm) -> Result<std::result::Result<Point, Errors>> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    if !before.may_edit(&visit.actor) {
        return Err(Refusal::from(PointRefusal::Fixed(before.state)).into());
    }
    let mut point = before.clone();
    form.fill(&mut point);
    if !visit.actor.is(Voice::Business) {
        point.operator_id = match operator(tx, visit, form, before.operator_id.as_deref()).await? {
            Ok(operator) => operator,
            Err(asked) => return Ok(Err(asked_at(&asked))),
        };
    }
    store::derive(&mut point, visit.app.region(), today);
    if store::save(tx, before, &point, visit.app.region(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of("edit", ("point", &point.id), journal::changed(&record(before), record(&point)))
        .aside(&personal(&point))
        .by(tx, now, &visit.actor)
        .await?;
    Ok(Ok(point))
}

/// The public part of a record, for the journal.
pub fn record(point: &Point) -> serde_json::Value {
    serde_json::json!({"set": {
        "code": point.code, "name": point.name, "kind": point.kind, "address": point.address, "unit": point.unit_id, "unit_today": point.unit_today,
        "lon": point.lon, "lat": point.lat, "area_m2": point.area_m2, "operator": point.operator_id, "hours": point.hours, "goods": point.goods,
        "about": point.about, "state": point.state.word(), "state_since": point.state_since, "due_on": point.due_on, "opened_on": point.opened().map(Edtf::word), "counted_by": point.counted_by,
    }})
}

/// The personal part of a record, for the journal's side table.
pub fn personal(point: &Point) -> Vec<(&'static str, &str)> {
    [("contact", point.contact.as_str()), ("phone", point.phone.as_str()), ("email", point.email.as_str())]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}
