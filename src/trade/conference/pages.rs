//! Screens: the list, making and correcting a conference, one conference with its outcomes, what typed fields suggest.

use askama::Template;
use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;

use super::form::{fields_of, read};
use super::model::{self, Conference, Outcome, Part, Side, Totals, may_change, may_hold};
use super::store::{self, Found, Line, Met};
use crate::access::{Act, Need, Routes, Scope};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Ask, Choice, Errors, Form, Rows, Sent, Shell, Visit, go, html, once};
use crate::text::{Tongue, fold};
use crate::{clock, journal, party};

/// Who may hold conferences, if their body or unit does.
pub(super) const HOLDERS: Need = Need::May(Act::HoldConferences);
/// Most suggestions of a field.
const SUGGESTED: i64 = 12;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/hoi-nghi", Need::Rows, list)
        .get("/hoi-nghi/moi", HOLDERS, new_form)
        .post("/hoi-nghi/moi", HOLDERS, create)
        .get("/hoi-nghi/goi-y", HOLDERS, suggest)
        .get("/hoi-nghi/{id}", Need::Rows, show)
        .get("/hoi-nghi/{id}/sua", HOLDERS, edit_form)
        .post("/hoi-nghi/{id}/sua", HOLDERS, edit)
}

#[derive(Template)]
#[template(path = "conference/list.html")]
struct ListPage {
    shell: Shell,
    ask: Ask,
    list: Rows<Line>,
    units: Vec<String>,
    may_hold: bool,
    is_guest: bool,
    today: NaiveDate,
}

/// For which unit, in words.
fn unit_name(visit: &Visit, unit: Option<&str>) -> String {
    unit.map_or_else(|| "Toàn Thành phố".to_owned(), |id| visit.app.region().label_dated(id, visit.app.clock().today()))
}

async fn list(visit: Visit) -> Result<Response> {
    let scope = visit.actor.scope();
    let mut tx = visit.app.db().read().await?;
    let ask = Ask::new(&visit);
    let list = store::list(&mut tx, &scope, ask.get("sau"), ask.size(30)).await?;
    let units = list.rows.iter().map(|row| unit_name(&visit, row.unit_id.as_deref())).collect();
    html(&ListPage {
        shell: visit.shell("Hội nghị kết nối"),
        ask,
        list,
        units,
        may_hold: may_hold(&visit.actor),
        is_guest: matches!(scope, Scope::Body(_)),
        today: visit.app.clock().today(),
    })
}

/// Loads a conference within the caller's scope.
pub(super) async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Conference> {
    let conference = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let scope = visit.actor.scope();
    let invited = match &scope {
        Scope::Body(body) => store::is_guest(tx, &conference, body).await?,
        _ => false,
    };
    if model::in_scope(&scope, &conference, invited) { Ok(conference) } else { Err(Refusal::not_found().into()) }
}

/// The same, of which the caller may change guests and outcomes.
pub(super) async fn load_own(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Conference> {
    let conference = load(tx, visit, id).await?;
    if may_change(&visit.actor, conference.unit_id.as_deref()) { Ok(conference) } else { Err(Refusal::forbidden().into()) }
}

#[derive(Template)]
#[template(path = "conference/edit.html")]
struct EditPage {
    shell: Shell,
    conference: Option<Conference>,
    form: Form,
    is_commune: bool,
}

fn edit_page(visit: &Visit, conference: Option<Conference>, form: Form) -> Result<Response> {
    let page = EditPage {
        shell: visit.shell(if conference.is_some() { "Sửa hội nghị" } else { "Hội nghị mới" }),
        conference,
        form,
        is_commune: matches!(visit.actor.scope(), Scope::Unit(_)),
    };
    page.form.answer(&page)
}

fn must_hold(visit: &Visit) -> Result<()> {
    if may_hold(&visit.actor) { Ok(()) } else { Err(Refusal::forbidden().into()) }
}

async fn new_form(visit: Visit) -> Result<Response> {
    must_hold(&visit)?;
    let mut form = Form::new(Tongue::Vi);
    form.fields.set("organiser", visit.actor.body_name());
    if let Scope::Unit(unit) = visit.actor.scope() {
        form.fields.set("unit", visit.app.region().label(&unit));
        form.fields.set("unit_id", unit);
    }
    edit_page(&visit, None, form)
}

/// Reads the form with what only the store can tell: who holds the conference.
async fn read_all(tx: &mut Tx, visit: &Visit, sent: &Sent, conference: &mut Conference) -> Result<Errors> {
    let fields = &sent.fields;
    let mut errors = read(fields, conference, visit.app.region(), visit.app.clock().today());
    if let Scope::Unit(own) = visit.actor.scope()
        && conference.unit_id.as_ref() != Some(&own)
        && errors.is_empty()
    {
        errors.add("unit", both("Bạn chỉ ghi được hội nghị của xã, phường mình.", "You can only enter conferences of your own commune."));
    }
    conference.organiser_id = None;
    if let Some(typed) = fields.some("organiser") {
        match party::store::find_office(tx, typed).await? {
            Some(body) => conference.organiser_id = Some(body.id),
            None => errors.add(
                "organiser",
                both(
                    "Không có cơ quan, hội nào tên như vậy; hãy ghi đúng tên hoặc để trống.",
                    "No office has this name; write it as it is or leave it empty.",
                ),
            ),
        }
    }
    Ok(errors)
}

fn record(conference: &Conference) -> serde_json::Value {
    serde_json::json!({"set": {
        "title": conference.title, "held_on": conference.held_on, "place": conference.place, "unit": conference.unit_id, "organiser": conference.organiser_id, "note": conference.note,
    }})
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    must_hold(&visit)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut conference = Conference {
        id: clock::new_id(),
        title: String::new(),
        held_on: today,
        place: String::new(),
        unit_id: None,
        organiser_id: None,
        note: String::new(),
        demo: false,
        version: 1,
        created_by: visit.actor.journal_id().to_owned(),
        created_at: now,
    };
    let mut tx = once::begin(&visit, &sent.fields).await?;
    let errors = read_all(&mut tx, &visit, &sent, &mut conference).await?;
    if !errors.is_empty() {
        drop(tx);
        return edit_page(&visit, None, Form::with(sent.fields, errors, Tongue::Vi));
    }
    conference.insert(&mut tx).await?;
    Note::of("plan_conference", ("conference", &conference.id), record(&conference)).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &sent.fields, go(&format!("/hoi-nghi/{}", conference.id), "da-luu")).await
}

async fn edit_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let conference = load_own(&mut tx, &visit, &id).await?;
    let organiser = organiser(&mut tx, &conference).await?;
    let fields = fields_of(&conference, &organiser, visit.app.region());
    edit_page(&visit, Some(conference), Form::with(fields, Errors::default(), Tongue::Vi))
}

async fn organiser(tx: &mut Tx, conference: &Conference) -> Result<String> {
    let body = match &conference.organiser_id {
        Some(id) => party::store::find(tx, id).await?,
        None => None,
    };
    Ok(body.map(|body| body.name).unwrap_or_default())
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    let before = load_own(&mut tx, &visit, &id).await?;
    let mut conference = before.clone();
    let mut errors = read_all(&mut tx, &visit, &sent, &mut conference).await?;
    if errors.is_empty() && !conference.has_begun(today) && store::totals(&mut tx, &before, &Part::All).await?.pairs() > 0 {
        errors.add(
            "held_on",
            both(
                "Hội nghị đã có kết quả nên ngày tổ chức không thể ở tương lai.",
                "The conference has outcomes, so its day cannot lie in the future.",
            ),
        );
    }
    if !errors.is_empty() {
        drop(tx);
        return edit_page(&visit, Some(before), Form::with(sent.fields, errors, Tongue::Vi));
    }
    if conference.update(&mut tx, sent.fields.version()).await? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of("edit_conference", ("conference", &id), record(&conference)).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/hoi-nghi/{id}"), "da-luu"))
}

/// A line of the chart of outcomes.
struct Bar {
    outcome: Outcome,
    count: i64,
    value: i64,
}

#[derive(Template)]
#[template(path = "conference/show.html")]
struct ShowPage {
    shell: Shell,
    conference: Conference,
    unit: String,
    organiser: String,
    guests: Vec<(Side, i64, i64)>,
    totals: Totals,
    bars: Vec<Bar>,
    ask: Ask,
    met: Rows<Met>,
    form: Form,
    outcomes: Vec<Choice>,
    may_change: bool,
    is_guest: bool,
    history: Vec<journal::Entry>,
    today: NaiveDate,
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    show_page(&visit, &id, Form::new(Tongue::Vi)).await
}

/// The choice of an outcome.
pub(super) fn outcome_choices() -> Vec<Choice> {
    Outcome::ALL.into_iter().map(|outcome| (outcome.word().to_owned(), outcome.name().to_owned())).collect()
}

/// The page of a conference; businesses and associations see the outcomes they have a part in, and so do communes at
/// conferences of the whole city.
pub(super) async fn show_page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let conference = load(&mut tx, visit, id).await?;
    let part = Part::of(&visit.actor.scope(), &conference);
    let totals = store::totals(&mut tx, &conference, &part).await?;
    let ask = Ask::at(visit, &format!("/hoi-nghi/{id}"));
    let page = ShowPage {
        shell: visit.shell(&conference.title),
        unit: unit_name(visit, conference.unit_id.as_deref()),
        organiser: organiser(&mut tx, &conference).await?,
        guests: store::guest_counts(&mut tx, &conference).await?,
        bars: totals.lines.iter().map(|(outcome, count, value)| Bar { outcome: *outcome, count: *count, value: *value }).collect(),
        totals,
        met: store::outcomes(&mut tx, &conference, &part, ask.get("sau"), ask.size(30)).await?,
        ask,
        form,
        outcomes: outcome_choices(),
        may_change: may_change(&visit.actor, conference.unit_id.as_deref()),
        is_guest: matches!(part, Part::Body(_)),
        history: if part == Part::All { journal::history(&mut tx, "conference", id, i64::MAX, 20).await? } else { Vec::new() },
        conference,
        today: visit.app.clock().today(),
    };
    page.form.answer(&page)
}

/// How a suggestion is written: name and code, so that it can be read back.
pub(super) fn label(name: &str, code: &str) -> String {
    if code.is_empty() { name.to_owned() } else { format!("{name} ({code})") }
}

/// What fits what is being typed: a body, a product, or a point or chain.
async fn suggest(visit: Visit) -> Result<Response> {
    must_hold(&visit)?;
    let q = fold(visit.query.get("q"));
    if q.chars().count() < 2 {
        return Ok(Json(serde_json::json!([])).into_response());
    }
    let mut tx = visit.app.db().read().await?;
    let lines = |found: Vec<Found>, kind: &str| -> Vec<serde_json::Value> {
        found
            .into_iter()
            .map(|(id, name, code)| serde_json::json!({"id": format!("{kind}{id}"), "label": label(&name, &code), "hint": ""}))
            .collect()
    };
    let found = match visit.query.get("loai") {
        "san-pham" => lines(store::products_like(&mut tx, &q, SUGGESTED).await?, ""),
        "noi" => {
            let mut found = lines(store::chains_like(&mut tx, &q, 4).await?, "chain:");
            found.extend(lines(store::points_like(&mut tx, &q, SUGGESTED).await?, "point:"));
            found
        }
        _ => {
            let unit = match visit.actor.scope() {
                Scope::Unit(unit) => unit,
                _ => String::new(),
            };
            lines(store::bodies_like(&mut tx, &q, &unit, SUGGESTED).await?, "")
        }
    };
    Ok(Json(found).into_response())
}
