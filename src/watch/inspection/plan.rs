//! Planning: points by risk and by area, several planned at once; putting off and calling off.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Inspection, InspectionRefusal, Reason};
use super::risk::{self, Row};
use super::store;
use crate::access::{Act, Need, Routes, Voice};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Ask, Choice, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, once};
use crate::point::{self, Point};
use crate::rule::sheet::short;
use crate::survey::form::team;
use crate::text::{Tongue, date_vi};
use crate::{clock, fetch_many, party};

/// Everybody who plans inspections.
pub(super) const PLANNERS: Need = Need::May(Act::PlanInspections);
/// Everybody who reads the plan.
pub(super) const READERS: Need = Need::May(Act::ReadInspections);
/// Points planned at once.
const MOST: usize = 100;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/kiem-tra", READERS, list)
        .post("/kiem-tra", PLANNERS, plan)
        .post("/ho-so/{id}/kiem-tra/ngay", PLANNERS, begin)
        .post("/kiem-tra/{id}/doi", PLANNERS, put_off)
        .post("/kiem-tra/{id}/huy", PLANNERS, call_off)
}

/// A point with the reasons why it needs a visit.
struct Line {
    row: Row,
    reasons: Vec<Reason>,
    unit: String,
    planned: Option<(String, NaiveDate)>,
    is_chosen: bool,
    error: String,
}

#[derive(Template)]
#[template(path = "inspection/plan.html")]
struct PlanPage {
    shell: Shell,
    lines: Vec<Line>,
    ask: Ask,
    list: Rows<Row>,
    form: Form,
    who: Vec<Choice>,
    may_plan: bool,
    today: NaiveDate,
}

/// The list with what was typed and what was wrong.
async fn show(tx: &mut Tx, visit: &Visit, fields: Fields, mut errors: Errors) -> Result<Response> {
    let today = visit.app.clock().today();
    let region = visit.app.region();
    let is_again = !errors.is_empty();
    let mut ask = Ask::at(visit, "/kiem-tra").fix("unit", fields.get("unit")).fix("unit_id", fields.get("unit_id"));
    let unit = ask.unit(visit).map(|unit| unit.id.clone()).unwrap_or_default();
    let list = risk::page(tx, &visit.actor.scope(), &unit, fields.some("sau"), ask.size(30)).await?;
    let ids: Vec<String> = list.rows.iter().map(|row| row.id.clone()).collect();
    let mut reasons = risk::reasons(tx, &ids, today).await?;
    let planned = fetch_many!(
        tx,
        (String, String, NaiveDate),
        "select point_id, id, planned_on from inspection where state in ('planned', 'open') and point_id in ($1)",
        ids
    )?;
    let error_of = |id: &str| {
        errors
            .iter()
            .find(|(field, _)| field.strip_prefix("point-") == Some(id))
            .map(|(_, text)| text.get(Tongue::Vi).to_owned())
            .unwrap_or_default()
    };
    let lines = list
        .rows
        .iter()
        .map(|row| Line {
            reasons: reasons.remove(&row.id).unwrap_or_default(),
            unit: row.unit_today.as_deref().or(row.unit_id.as_deref()).map(|id| region.label_dated(id, today)).unwrap_or_default(),
            planned: planned.iter().find(|(point, ..)| *point == row.id).map(|(_, id, day)| (id.clone(), *day)),
            is_chosen: fields.all("point").any(|id| id == row.id),
            error: error_of(&row.id),
            row: row.clone(),
        })
        .collect();
    errors.extend(ask.errors.clone());
    let mut fields = fields;
    if !is_again {
        fields.set("planned_on", date_vi(today));
        fields.set("who", "me");
        fields.set("team", format!("{} – {}", visit.actor.name, visit.actor.body_name()));
        fields.set("team", format!("{} – {}", visit.actor.name, visit.actor.body_name()));
    }
    let may_plan = model::may_plan(&visit.actor);
    let mut who = vec![("me".to_owned(), "Tôi".to_owned()), ("body".to_owned(), format!("Bất kỳ ai của {}", visit.actor.body_name()))];
    if !visit.actor.is(Voice::Commune) {
        who.push(("commune".to_owned(), "UBND xã, phường nơi có điểm".to_owned()));
    }
    let form = Form::with(fields, errors, Tongue::Vi);
    let page = PlanPage { shell: visit.shell("Kiểm tra"), lines, ask, list, form, who, may_plan, today };
    page.form.answer(&page)
}

async fn list(visit: Visit) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    show(&mut tx, &visit, visit.query.clone(), Errors::default()).await
}

/// A planned visit of a point.
fn planned(
    point: &Point,
    on: NaiveDate,
    reason: String,
    who: (Option<String>, Option<String>),
    team: String,
    now: chrono::DateTime<chrono::Utc>,
) -> Inspection {
    Inspection {
        id: clock::new_id(),
        point_id: point.id.clone(),
        state: "planned".into(),
        planned_on: on,
        reason,
        change_reason: String::new(),
        inspector_id: who.0,
        body_id: who.1,
        team,
        visited_on: None,
        running: String::new(),
        set_id: None,
        application_id: None,
        lon: None,
        lat: None,
        note: String::new(),
        result: String::new(),
        outcome: String::new(),
        version: 1,
        created_at: now,
    }
}

/// Writes a visit down; not if one of its point is under way.
async fn write(tx: &mut Tx, visit: &Visit, inspection: &Inspection) -> Result<bool> {
    if store::add(tx, inspection).await? == 0 {
        return Ok(false);
    }
    let detail = serde_json::json!({"inspection": inspection.id, "planned_on": inspection.planned_on, "reason": inspection.reason, "body": inspection.body_id});
    Note::of("plan_inspection", ("point", &inspection.point_id), detail)
        .aside(&[("team", &inspection.team)])
        .by(tx, inspection.created_at, &visit.actor)
        .await?;
    Ok(true)
}

/// Plans a visit of each point that was ticked.
async fn plan(visit: Visit, sent: Sent) -> Result<Response> {
    if !model::may_plan(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut errors = Errors::default();
    let day = match crate::typed::day(fields.get("planned_on")) {
        Ok(Some(day)) => model::check_plan(day, today).map(|()| day),
        Ok(None) => Err(both("Hãy ghi ngày kiểm tra dự kiến.", "State the day planned.")),
        Err(text) => Err(text),
    };
    let day = errors.take("planned_on", day);
    let team = errors.take("team", team(&fields));
    let reason = errors.take("reason", short(fields.get("reason")));
    let who = fields.get("who").to_owned();
    if !matches!(who.as_str(), "me" | "body" | "commune") {
        errors.add("who", both("Hãy chọn ai kiểm tra.", "Choose who inspects."));
    }
    let mut ids: Vec<String> = fields.all("point").map(str::to_owned).collect();
    ids.sort();
    ids.dedup();
    if ids.is_empty() || ids.len() > MOST {
        errors
            .add("point", both(format!("Hãy đánh dấu từ 1 đến {MOST} điểm cần kiểm tra."), format!("Tick 1 to {MOST} points to inspect.")));
    }
    let mut tx = once::begin(&visit, &fields).await?;
    let mut points = Vec::new();
    for id in ids.iter().take(MOST) {
        let point = point::load(&mut tx, &visit, id).await?;
        let field = format!("point-{id}");
        if !model::is_running(point.state) {
            errors.add(
                field,
                both(
                    format!("{}: điểm không ở trạng thái hoạt động.", point.name),
                    format!("{}: the point is not in operation.", point.name),
                ),
            );
        } else if store::under_way(&mut tx, id).await?.is_some() {
            errors.add(
                field,
                both(
                    format!("{}: đã có lần kiểm tra chưa hoàn thành.", point.name),
                    format!("{}: an inspection is not finished.", point.name),
                ),
            );
        } else {
            points.push(point);
        }
    }
    let mut reasons = risk::reasons(&mut tx, &ids, today).await?;
    let mut inspections = Vec::new();
    for point in &points {
        let body = match who.as_str() {
            "commune" => match &point.unit_today {
                Some(unit) => party::store::committee(&mut tx, unit).await?.map(|body| body.id),
                None => None,
            },
            _ => visit.actor.body_id().map(str::to_owned),
        };
        if body.is_none() {
            errors.add(
                format!("point-{}", point.id),
                both(
                    format!("{}: chưa rõ xã, phường nào kiểm tra.", point.name),
                    format!("{}: it is not known which commune inspects.", point.name),
                ),
            );
        }
        let person = visit.actor.person.clone().filter(|_| who == "me");
        let words = match reason.as_deref() {
            Some(typed) if !typed.is_empty() => typed.to_owned(),
            _ => reasons.remove(&point.id).unwrap_or_default().iter().map(Reason::words).collect::<Vec<_>>().join("; "),
        };
        // a body that is sent names its own people when it goes
        let team = if who == "commune" { String::new() } else { team.clone().unwrap_or_default() };
        inspections.push(planned(point, day.unwrap_or(today), words, (person, body), team, now));
    }
    if !errors.is_empty() {
        return show(&mut visit.app.db().instead(tx).await?, &visit, fields, errors).await;
    }
    for inspection in &inspections {
        // of two who plan the same point at once one is first
        if !write(&mut tx, &visit, inspection).await? {
            return Err(Refusal::stale().into());
        }
    }
    // whoever stands at the door begins with the first that was ticked
    let first = fields.all("point").next().unwrap_or_default();
    let begun = inspections.iter().find(|inspection| inspection.point_id == first && inspection.planned_on == today && who == "me");
    let to = match begun {
        Some(inspection) if fields.is_on("begin") => format!("/kiem-tra/{}", inspection.id),
        _ => "/kiem-tra".to_owned(),
    };
    once::end(tx, &fields, go(&to, "plan_inspection")).await
}

/// A visit that begins now: plans one for today and opens it, or opens the one under way.
async fn begin(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    if !model::may_inspect(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    if let Some(under_way) = store::under_way(&mut tx, &id).await? {
        return Ok(go(&format!("/kiem-tra/{under_way}"), ""));
    }
    if !model::is_running(point.state) {
        return Err(Refusal::from(InspectionRefusal::NotRunning(point.state)).into());
    }
    let words = risk::reasons(&mut tx, std::slice::from_ref(&id), today)
        .await?
        .remove(&id)
        .unwrap_or_default()
        .iter()
        .map(Reason::words)
        .collect::<Vec<_>>()
        .join("; ");
    let team = format!("{} – {}", visit.actor.name, visit.actor.body_name());
    let inspection = planned(&point, today, words, (visit.actor.person.clone(), visit.actor.body_id().map(str::to_owned)), team, now);
    if !write(&mut tx, &visit, &inspection).await? {
        // somebody else was first: his visit is the one to fill in
        drop(tx);
        let under_way = store::under_way(&mut visit.app.db().read().await?, &id).await?.ok_or_else(Refusal::stale)?;
        return Ok(go(&format!("/kiem-tra/{under_way}"), ""));
    }
    tx.commit().await?;
    Ok(go(&format!("/kiem-tra/{}", inspection.id), "plan_inspection"))
}

/// Loads an inspection that can still be changed, within scope.
async fn load_open(tx: &mut Tx, visit: &Visit, id: &str, fields: &Fields) -> Result<Inspection> {
    if !model::may_plan(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let inspection = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    point::load(tx, visit, &inspection.point_id).await?;
    if !inspection.is_under_way() {
        return Err(Refusal::from(InspectionRefusal::Over).into());
    }
    if inspection.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    Ok(inspection)
}

async fn save(mut tx: Tx, visit: &Visit, changed: Inspection, verb: &str, detail: serde_json::Value) -> Result<()> {
    let now = visit.app.clock().now();
    if store::change(&mut tx, &changed, changed.version).await? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of(verb, ("point", &changed.point_id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(())
}

async fn put_off(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let today = visit.app.clock().today();
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let mut inspection = load_open(&mut tx, &visit, &id, &fields).await?;
    let mut errors = Errors::default();
    let day = match crate::typed::day(fields.get("new_day")) {
        Ok(Some(day)) => model::check_plan(day, today).map(|()| day),
        Ok(None) => Err(both("Hãy ghi ngày kiểm tra mới.", "State the new day.")),
        Err(text) => Err(text),
    };
    let day = errors.take("new_day", day);
    let reason = errors.take("new_reason", said(&fields, "new_reason"));
    let (Some(day), Some(reason)) = (day, reason) else {
        return super::visit::again(&mut visit.app.db().instead(tx).await?, &visit, &id, &fields, errors).await;
    };
    let detail = serde_json::json!({"inspection": id, "before": inspection.planned_on, "planned_on": day, "reason": reason});
    (inspection.planned_on, inspection.change_reason) = (day, reason);
    save(tx, &visit, inspection, "put_off_inspection", detail).await?;
    Ok(go(&format!("/kiem-tra/{id}"), "put_off_inspection"))
}

async fn call_off(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let mut inspection = load_open(&mut tx, &visit, &id, &fields).await?;
    let mut errors = Errors::default();
    let Some(reason) = errors.take("off_reason", said(&fields, "off_reason")) else {
        return super::visit::again(&mut visit.app.db().instead(tx).await?, &visit, &id, &fields, errors).await;
    };
    let detail = serde_json::json!({"inspection": id, "planned_on": inspection.planned_on, "reason": reason});
    (inspection.state, inspection.change_reason) = ("cancelled".into(), reason);
    save(tx, &visit, inspection, "call_off_inspection", detail).await?;
    Ok(go("/kiem-tra", "call_off_inspection"))
}

/// A text that must be there.
pub(super) fn said(fields: &Fields, name: &str) -> Result<String, crate::error::Both> {
    match fields.some(name) {
        None => Err(both("Hãy ghi rõ mục này.", "Fill this in.")),
        Some(typed) => short(typed),
    }
}
