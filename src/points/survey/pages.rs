//! Screens: plan a survey, fill it on a phone, read and print it.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::asking::{self, Ask};
use super::form::{self, fields_of};
use super::model::{self, Survey, SurveyRefusal, basis_of};
use super::store;
use crate::access::{Act, Need, Routes, Voice};
use crate::clock;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::file::{self, Attachment};
use crate::journal::Note;
use crate::page::{Errors, Fields, Form, Rest, Sent, Shell, Visit, go, html, html_as, once};
use crate::point::{self, Point, PointRefusal, State, Step};
use crate::rule::sheet::{self, Basis, Gap, Kept, Part, basis_on, field, missing, over, parts, told};
use crate::rule::{self, Answer, Outcome};
use crate::text::{Tongue, date_vi};

pub(super) const SURVEYORS: Need = Need::May(Act::Survey);

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .get("/ho-so/{id}/khao-sat/moi", SURVEYORS, plan_form)
        .post("/ho-so/{id}/khao-sat/moi", SURVEYORS, plan)
        .get("/khao-sat/{id}", Need::Rows, show)
        .post_files("/khao-sat/{id}", SURVEYORS, fill)
}

/// A point that can be surveyed, by somebody who may.
fn may_survey(visit: &Visit, point: &Point) -> Result<()> {
    if !Step::Survey.may(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    if !Step::Survey.from().contains(&point.state) {
        return Err(Refusal::from(PointRefusal::WrongState { step: Step::Survey, state: point.state }).into());
    }
    Ok(())
}

/// The day on which the Sở last took the record on.
async fn accepted_on(tx: &mut Tx, point_id: &str) -> Result<Option<NaiveDate>> {
    Ok(point::store::periods(tx, point_id).await?.into_iter().rev().find(|(state, ..)| *state == State::Accepted).map(|(_, from, _)| from))
}

#[derive(Template)]
#[template(path = "survey/plan.html")]
struct PlanPage {
    shell: Shell,
    point: Point,
    form: Form,
    gap: Option<(String, String)>,
    applied: String,
    numbers: String,
    under_way: Option<String>,
    asked: Ask,
}

async fn plan_page(tx: &mut Tx, visit: &Visit, point: Point, form: Form, on: NaiveDate) -> Result<Response> {
    let under_way = store::under_way(tx, &point.id).await?;
    let asked = asking::of(tx, visit, &point.id, on).await?;
    let (gap, applied, numbers) = match basis_for(tx, visit, &point, on).await? {
        Ok(basis) => (None, basis.applied(), basis.numbers()),
        Err(gap) => (Some(told(&gap)), String::new(), String::new()),
    };
    let page = PlanPage { shell: visit.shell("Lên lịch khảo sát"), point, form, gap, applied, numbers, under_way, asked };
    page.form.answer(&page)
}

async fn basis_for(tx: &mut Tx, visit: &Visit, point: &Point, on: NaiveDate) -> Result<Result<Basis, Gap>> {
    let sets = rule::store::sets(tx).await?;
    let applications = rule::store::applications(tx).await?;
    let units = point::store::units_of(tx, &point.id).await?;
    Ok(basis_on(&sets, &applications, &units, &visit.app.region().province().id, on))
}

async fn plan_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    may_survey(&visit, &point)?;
    let fields = Fields::new([
        ("planned_on".to_owned(), date_vi(today)),
        ("team".to_owned(), format!("{} – {}", visit.actor.name, visit.actor.body_name())),
        ("version".to_owned(), point.version.to_string()),
    ]);
    plan_page(&mut tx, &visit, point, Form::with(fields, Errors::default(), Tongue::Vi), today).await
}

async fn plan(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = once::begin(&visit, &fields).await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    may_survey(&visit, &point)?;
    let accepted = accepted_on(&mut tx, &id).await?;
    let mut errors = Errors::default();
    let team = errors.take("team", form::team(&fields));
    let day = match crate::typed::day(fields.get("planned_on")) {
        Ok(Some(day)) => model::check_plan(day, accepted, today).map(|()| day),
        Ok(None) => Err(both("Hãy ghi ngày dự kiến khảo sát.", "State the day planned.")),
        Err(text) => Err(text),
    };
    let day = errors.take("planned_on", day);
    let (Some(team), Some(day)) = (team, day) else {
        return plan_page(
            &mut visit.app.db().instead(tx).await?,
            &visit,
            point,
            Form::with(fields, errors, Tongue::Vi),
            day.unwrap_or(today),
        )
        .await;
    };
    if let Err(gap) = basis_for(&mut tx, &visit, &point, day).await? {
        errors.add("planned_on", gap.what());
        return plan_page(&mut visit.app.db().instead(tx).await?, &visit, point, Form::with(fields, errors, Tongue::Vi), gap.on).await;
    }
    let survey = Survey {
        id: clock::new_id(),
        point_id: id.clone(),
        state: "planned".into(),
        planned_on: Some(day),
        done_on: None,
        team,
        lead_id: visit.actor.person.clone(),
        set_id: None,
        application_id: None,
        lon: None,
        lat: None,
        note: String::new(),
        result: String::new(),
        outcome: String::new(),
        version: 1,
        created_at: now,
    };
    store::add(&mut tx, &survey).await?;
    asking::answered(&mut tx, &id).await?;
    let detail = serde_json::json!({"survey": survey.id, "planned_on": day});
    Note::of("plan_survey", ("point", &id), detail).aside(&[("team", &survey.team)]).by(&mut tx, now, &visit.actor).await?;
    // the line in the journal has put writers in a row, so that of two who plan at once the second sees the first
    if store::count_under_way(&mut tx, &id).await? > 1 {
        return Err(Refusal::from(SurveyRefusal::UnderWay).into());
    }
    once::end(tx, &fields, go(&format!("/khao-sat/{}", survey.id), "plan_survey")).await
}

/// A survey with everything that its screens, checks and papers need.
pub struct Desk {
    /// The survey.
    pub survey: Survey,
    /// The point surveyed.
    pub point: Point,
    /// The sets it goes by.
    pub basis: Result<Basis, Gap>,
    /// Answers so far.
    pub answers: Vec<Answer>,
    /// Pictures of all items.
    pub pictures: Vec<Attachment>,
    accepted_on: Option<NaiveDate>,
    /// Whether leaders were told that no set applies.
    asked: Ask,
}

impl Desk {
    /// A survey of a point in the reader's rows.
    pub async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Desk> {
        let survey = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
        let point = point::load(tx, visit, &survey.point_id).await?;
        let units = point::store::units_of(tx, &point.id).await?;
        let sets = rule::store::sets(tx).await?;
        let applications = rule::store::applications(tx).await?;
        let basis = basis_of(&survey, &sets, &applications, &units, &visit.app.region().province().id, visit.app.clock().today());
        let answers = store::answers(tx, id).await?;
        let pictures = file::of(tx, "survey", id).await?;
        let accepted_on = accepted_on(tx, &point.id).await?;
        let asked = asking::of(tx, visit, &point.id, basis.as_ref().err().map_or(visit.app.clock().today(), |gap| gap.on)).await?;
        Ok(Desk { survey, point, basis, answers, pictures, accepted_on, asked })
    }

    /// Refuses those who may read only what is finished.
    pub fn must_be_readable(&self, visit: &Visit) -> Result<()> {
        if !self.survey.is_done() && !matches!(visit.actor.voice(), Some(Voice::City) | None) {
            return Err(Refusal::from(SurveyRefusal::NotYetDone).into());
        }
        Ok(())
    }

    /// Refuses when the survey is finished or the point has moved on.
    fn must_be_open(&self, visit: &Visit) -> Result<()> {
        if self.survey.is_done() {
            return Err(Refusal::from(SurveyRefusal::Done).into());
        }
        may_survey(visit, &self.point)
    }
}

#[derive(Template)]
#[template(path = "survey/fill.html")]
struct FillPage {
    shell: Shell,
    survey: Survey,
    point: Point,
    unit: String,
    form: Form,
    gap: Option<(String, String)>,
    asked: Ask,
    numbers: String,
    applied: String,
    parts: Vec<Part>,
    answered: usize,
    items: usize,
    stale: bool,
}

fn unit_of(visit: &Visit, point: &Point) -> String {
    let region = visit.app.region();
    point.unit_today.as_deref().or(point.unit_id.as_deref()).map(|id| region.label_dated(id, visit.app.clock().today())).unwrap_or_default()
}

/// The screen: what was typed over what is stored.
fn fill_page(visit: &Visit, desk: Desk, typed: Option<&Fields>, errors: Errors, stale: bool) -> Result<Response> {
    let stored = fields_of(&desk.survey, &desk.answers, visit.app.clock().today());
    let fields = typed.map_or_else(|| stored.clone(), |typed| over(&stored, typed));
    let status = sheet::status(stale, &errors);
    let form = Form::with(fields, errors, Tongue::Vi);
    let mut page = FillPage {
        shell: visit.shell(&format!("Khảo sát: {}", desk.point.name)),
        unit: unit_of(visit, &desk.point),
        form,
        gap: None,
        asked: desk.asked,
        numbers: String::new(),
        applied: String::new(),
        parts: Vec::new(),
        answered: desk.answers.len(),
        items: 0,
        stale,
        survey: desk.survey,
        point: desk.point,
    };
    match &desk.basis {
        Ok(basis) => {
            let result = basis.evaluate(&desk.answers);
            let seen: &[Answer] = if stale { &desk.answers } else { &[] };
            page.parts = parts(basis, &page.form, seen, &desk.pictures, &page.point.kind, &result);
            page.items = basis.items().count();
            page.numbers = basis.numbers();
            page.applied = basis.applied();
        }
        Err(gap) => page.gap = Some(told(gap)),
    }
    html_as(status, &page)
}

#[derive(Template)]
#[template(path = "survey/sheet.html")]
struct SheetPage {
    shell: Shell,
    survey: Survey,
    point: Point,
    unit: String,
    operator: String,
    team: Vec<String>,
    gap: Option<(String, String)>,
    numbers: String,
    applied: String,
    parts: Vec<Part>,
    outcome: Option<Outcome>,
    others: Vec<store::Summary>,
    may_survey: bool,
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let desk = Desk::load(&mut tx, &visit, &id).await?;
    desk.must_be_readable(&visit)?;
    if !desk.survey.is_done() && may_survey(&visit, &desk.point).is_ok() {
        return fill_page(&visit, desk, None, Errors::default(), false);
    }
    let operator = match &desk.point.operator_id {
        Some(body) => crate::party::store::find(&mut tx, body).await?.map(|body| body.name).unwrap_or_default(),
        None => String::new(),
    };
    let others = store::of(&mut tx, &desk.point.id).await?.into_iter().filter(|other| other.id != id).collect();
    let form = Form::with(fields_of(&desk.survey, &desk.answers, visit.app.clock().today()), Errors::default(), Tongue::Vi);
    let (parts, gap, numbers, applied) = match &desk.basis {
        Ok(basis) => {
            let result = desk.survey.kept().and_then(|kept| kept.result).unwrap_or_else(|| basis.evaluate(&desk.answers));
            (parts(basis, &form, &[], &desk.pictures, &desk.point.kind, &result), None, basis.numbers(), basis.applied())
        }
        Err(gap) => (Vec::new(), Some(told(gap)), String::new(), String::new()),
    };
    html(&SheetPage {
        shell: visit.shell(&format!("Phiếu khảo sát: {}", desk.point.name)),
        unit: unit_of(&visit, &desk.point),
        operator,
        team: desk.survey.team.lines().map(str::to_owned).collect(),
        gap,
        numbers,
        applied,
        parts,
        outcome: Outcome::read(&desk.survey.outcome),
        others,
        may_survey: may_survey(&visit, &desk.point).is_ok(),
        survey: desk.survey,
        point: desk.point,
    })
}

async fn fill(visit: Visit, Path(id): Path<String>, mut rest: Rest) -> Result<Response> {
    let today = visit.app.clock().today();
    let fields = std::mem::take(&mut rest.sent.fields);
    // first the answers by themselves: whatever becomes of the pictures, they are kept
    let mut tx = visit.app.db().write().await?;
    let desk = Desk::load(&mut tx, &visit, &id).await?;
    desk.must_be_open(&visit)?;
    let basis = desk.basis.clone().map_err(Refusal::from)?;
    if desk.survey.version != fields.version() {
        drop(tx);
        return fill_page(&visit, desk, Some(&fields), Errors::default(), true);
    }
    let form::SheetForm { head, answers, mut errors } = form::read(&fields, &desk.survey, &basis);
    let version = save(&mut tx, &visit, &desk, &basis, head, &answers).await?;
    tx.commit().await?;
    // then the pictures: each that cannot be taken is named at its field
    let files = sheet::pictures(rest, desk.pictures.len(), ("khảo sát", "a survey"), &mut errors);
    attach(&visit, &id, &basis, files, &mut errors).await?;
    let is_last = fields.get("action") == "finish";
    if !is_last && errors.is_empty() {
        return Ok(go(&format!("/khao-sat/{id}"), "save_survey"));
    }
    let mut tx = visit.app.db().write().await?;
    let desk = Desk::load(&mut tx, &visit, &id).await?;
    let stale = desk.survey.version != version;
    if stale || !errors.is_empty() {
        drop(tx);
        return fill_page(&visit, desk, Some(&fields), errors, stale);
    }
    finish(tx, &visit, desk, basis, &fields, today).await
}

/// Writes head and answers if they changed, with a line in the journal. Gives the version that the survey has now.
async fn save(tx: &mut Tx, visit: &Visit, desk: &Desk, basis: &Basis, mut head: Survey, answers: &[Answer]) -> Result<i64> {
    let now = visit.app.clock().now();
    let changed = sheet::changed(answers, &desk.answers);
    let is_first = desk.survey.set_id.is_none() && !changed.is_empty();
    if changed.is_empty() && head == desk.survey {
        return Ok(desk.survey.version);
    }
    if is_first {
        head.set_id = basis.base().map(|set| set.id.clone());
        head.application_id = basis.application.as_ref().map(|application| application.id.clone());
        head.result = serde_json::to_string(&Kept { sets: basis.ids(), result: None })?;
    }
    if store::save(tx, &head, desk.survey.version).await? == 0 {
        return Err(Refusal::stale().into());
    }
    for answer in &changed {
        store::put_answer(tx, &desk.survey.id, answer, now).await?;
    }
    let mut detail =
        serde_json::json!({"point": desk.point.id, "answers": sheet::said(&changed), "note": head.note, "lon": head.lon, "lat": head.lat});
    if is_first {
        detail["sets"] = serde_json::json!(basis.ids());
        detail["application"] = serde_json::json!(head.application_id);
    }
    Note::of("save_survey", ("survey", &desk.survey.id), detail).aside(&[("team", &head.team)]).by(tx, now, &visit.actor).await?;
    Ok(desk.survey.version + 1)
}

/// Cleans and attaches pictures; the ones that are no pictures are named in `errors`.
async fn attach(visit: &Visit, id: &str, basis: &Basis, files: Vec<crate::page::SentFile>, errors: &mut Errors) -> Result<()> {
    let part = |name: &str| {
        let (_, _, item) = basis.items().find(|(set, _, item)| name == field("photo", &set.id, &item.id))?;
        Some((item.id.clone(), item.text.clone()))
    };
    let kept = sheet::clean(visit, files, part, errors).await?;
    if kept.is_empty() {
        return Ok(());
    }
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let survey = store::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if survey.is_done() {
        return Err(Refusal::from(SurveyRefusal::Done).into());
    }
    let told = sheet::attach(&mut tx, visit, ("survey", id), survey.position(), &kept).await?;
    Note::of("survey_photo", ("survey", id), serde_json::json!({"photos": told})).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(())
}

/// Finishes: everything that is asked must be there; the server computes the result and the point goes on.
async fn finish(mut tx: Tx, visit: &Visit, desk: Desk, basis: Basis, fields: &Fields, today: NaiveDate) -> Result<Response> {
    let now = visit.app.clock().now();
    desk.must_be_open(visit)?;
    let mut errors = Errors::default();
    let day = match crate::typed::day(fields.get("done_on")) {
        Ok(Some(day)) => model::check_day(&basis, day, desk.accepted_on, today).map(|()| day),
        Ok(None) => Err(both("Hãy ghi ngày khảo sát.", "State the day of the survey.")),
        Err(text) => Err(text),
    };
    let day = errors.take("done_on", day);
    for (name, text) in missing(&basis, &desk.answers, day.unwrap_or(today)) {
        errors.add(name, text);
    }
    let Some(done_on) = day.filter(|_| errors.is_empty()) else {
        return fill_page(visit, desk, Some(fields), errors, false);
    };
    let result = basis.evaluate(&desk.answers);
    let kept = serde_json::to_string(&Kept { sets: basis.ids(), result: Some(result.clone()) })?;
    if store::finish(&mut tx, &desk.survey.id, desk.survey.version, done_on, &kept, result.outcome.word()).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let before = desk.point;
    let point = before.clone().survey(done_on, today).map_err(Refusal::from)?;
    if point::store::save(&mut tx, &before, &point, visit.app.region(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({
        "from": before.state.word(), "to": point.state.word(), "survey": desk.survey.id, "done_on": done_on, "outcome": result.outcome.word(),
        "sets": basis.ids(), "application": basis.application.as_ref().map(|application| &application.id), "reason": basis.applied(),
        "set": {"state": point.state.word(), "state_since": point.state_since},
    });
    Note::of("survey", ("point", &point.id), detail).by(&mut tx, now, &visit.actor).await?;
    let words = format!("Kết quả khảo sát ngày {}: {}.", date_vi(done_on), result.outcome.name());
    point::tell(&mut tx, now, today, &visit.app.config().base_url, &point, &words).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/khao-sat/{}", desk.survey.id), "survey"))
}
