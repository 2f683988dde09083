//! Who stands for a point: confirmations, points nobody confirmed, reports that one stopped, complaints; and the page that
//! gathers all of it for one point.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Finding, How, Inspection, InspectionRefusal, Reason, Running, SOURCES};
use super::plan::said;
use super::risk::{self, Row};
use super::store::{self, Complaint, Confirmation};
use super::{daily, visit};
use crate::access::{Act, Need, Of, Readers, Routes, Voice};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::mail::{Gathered, Lines};
use crate::page::{Ask, Choice, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, html, once};
use crate::point::{self, Point};
use crate::rule::sheet::short;
use crate::text::{Tongue, date_vi};
use crate::{clock, journal, mail};

const CONFIRMERS: Need = Need::May(Act::ConfirmRunning);
/// Who may take a confirmation back: whoever gave it, or a leader.
const TAKERS: Need = Need::May(Act::TakeBackConfirmations);
const HEARERS: Need = Need::May(Act::HearComplaints);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/kiem-tra/chua-xac-nhan", Need::Rows, unconfirmed)
        .get("/ho-so/{id}/kiem-tra", Need::Rows, of_point)
        .post("/ho-so/{id}/xac-nhan", CONFIRMERS, confirm)
        .post("/ho-so/{id}/xac-nhan/{confirmation}/rut", TAKERS, take_back)
        .post("/ho-so/{id}/bao-ngung", CONFIRMERS, report_stop)
        .post("/ho-so/{id}/phan-anh", HEARERS, hear)
        .post("/phan-anh/{id}/tra-loi", HEARERS, answer)
}

#[derive(Template)]
#[template(path = "inspection/unconfirmed.html")]
struct UnconfirmedPage {
    shell: Shell,
    list: Rows<Row>,
    units: Vec<String>,
    count: i64,
    every: i64,
    ask: Ask,
    form: Form,
    may_confirm: bool,
    is_staff: bool,
}

async fn unconfirmed(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let region = visit.app.region();
    let mut ask = Ask::new(&visit);
    let unit = ask.unit(&visit).map(|unit| unit.id.clone()).unwrap_or_default();
    let scope = visit.actor.scope();
    let mut tx = visit.app.db().read().await?;
    let list = risk::unconfirmed(&mut tx, &scope, &unit, today, ask.some("sau"), ask.size(30)).await?;
    let count = risk::count_unconfirmed(&mut tx, &scope, today).await?;
    let every = risk::limits(&mut tx, today).await?.confirm_every;
    let units = list
        .rows
        .iter()
        .map(|row| row.unit_today.as_deref().or(row.unit_id.as_deref()).map(|id| region.label_dated(id, today)).unwrap_or_default())
        .collect();
    let is_staff = !visit.actor.is_outside();
    let may_confirm = model::may_inspect(&visit.actor) || (visit.actor.is(Voice::Business) && visit.actor.confirmed);
    html(&UnconfirmedPage {
        shell: visit.shell("Điểm chưa xác nhận"),
        list,
        units,
        count,
        every,
        form: ask.form(),
        ask,
        may_confirm,
        is_staff,
    })
}

/// Somebody says that a point ran on a day: written down, and shown to everybody if it is the latest word. Gives what
/// changed of the point, for the journal.
pub(super) async fn stand_for(
    tx: &mut Tx,
    visit: &Visit,
    before: &Point,
    on: NaiveDate,
    how: How,
    note: &str,
) -> Result<serde_json::Map<String, serde_json::Value>> {
    let now = visit.app.clock().now();
    store::add_confirmation(tx, &before.id, on, how.word(), (visit.actor.journal_id(), &visit.actor.journal_name()), note, now).await?;
    let mut set = serde_json::Map::new();
    if model::is_running(before.state) && before.last_confirmed_on.is_none_or(|last| last < on) {
        let mut point = before.clone();
        point.last_confirmed_on = Some(on);
        if point::store::save(tx, before, &point, visit.app.region(), now).await? == 0 {
            return Err(Refusal::stale().into());
        }
        set.insert("last_confirmed_on".into(), serde_json::json!(on));
    }
    Ok(set)
}

/// "Vẫn hoạt động": how that is known is asked, of the operator it is clear.
async fn confirm(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = once::begin(&visit, &fields).await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    if !model::may_inspect(&visit.actor) && !model::is_operator(&visit.actor, &point) {
        return Err(Refusal::forbidden().into());
    }
    if !model::may_confirm(&visit.actor, &point) {
        return Err(Refusal::from(InspectionRefusal::NotRunning(point.state)).into());
    }
    let mut errors = Errors::default();
    let how = match (visit.actor.is(Voice::Business), fields.some("how")) {
        (true, _) => Some(How::Owner),
        (false, None) => None,
        (false, Some(word)) => How::read(word).filter(|how| *how != How::Owner),
    };
    if how.is_none() {
        errors.add("how", both("Hãy chọn cách xác nhận.", "Choose how it is known."));
    }
    let day = match crate::typed::day(fields.get("confirmed_on")) {
        Ok(day) => model::check_visit(&point, day.unwrap_or(today), today).map(|()| day.unwrap_or(today)),
        Err(text) => Err(text),
    };
    let day = errors.take("confirmed_on", day);
    let note = errors.take("note", short(fields.get("note")));
    let (Some(how), Some(day), Some(note), true) = (how, day, note, errors.is_empty()) else {
        return point_page(&mut visit.app.db().instead(tx).await?, &visit, point, fields, errors).await;
    };
    let set = stand_for(&mut tx, &visit, &point, day, how, &note).await?;
    let detail = serde_json::json!({"confirmed_on": day, "how": how.word(), "note": if note.is_empty() { how.name().to_owned() } else { note }, "set": set});
    Note::of("confirm", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    risk::refresh(&mut tx, &id, today).await?;
    let back = if fields.get("back") == "list" { "/kiem-tra/chua-xac-nhan".to_owned() } else { format!("/ho-so/{id}/kiem-tra") };
    once::end(tx, &fields, go(&back, "confirm")).await
}

/// Somebody confirmed by mistake: taken back on the same day, or by a leader; what was the latest word before is it again.
async fn take_back(visit: Visit, Path((id, confirmation)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    let before = point::load(&mut tx, &visit, &id).await?;
    let known =
        store::confirmations(&mut tx, &id, 50).await?.into_iter().find(|known| known.id == confirmation).ok_or_else(Refusal::stale)?;
    if !model::may_take_back(&visit.actor, &known.by_id, known.created_at, today) {
        return Err(Refusal::forbidden().into());
    }
    store::drop_confirmation(&mut tx, &confirmation).await?;
    let last = store::confirmations(&mut tx, &id, 1).await?.first().map(|known| known.confirmed_on).max(before.opened_on);
    let mut point = before.clone();
    point.last_confirmed_on = last;
    if point != before && point::store::save(&mut tx, &before, &point, visit.app.region(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"confirmed_on": known.confirmed_on, "how": known.how, "reason": sent.fields.get("reason"), "before": {"last_confirmed_on": before.last_confirmed_on}, "set": {"last_confirmed_on": last}});
    Note::of("take_back_confirmation", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    risk::refresh(&mut tx, &id, today).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/ho-so/{id}/kiem-tra"), "da-luu"))
}

#[derive(Template)]
#[template(path = "inspection/letter_stopped.txt", whitespace = "preserve")]
struct StoppedLetter<'a> {
    teller: &'a str,
    point: &'a Point,
    what: &'a str,
    base: &'a str,
}

#[derive(Template)]
#[template(path = "inspection/letter_unconfirmed.txt", whitespace = "preserve")]
struct UnconfirmedLetter<'a> {
    lines: Lines,
    every: i64,
    base: &'a str,
}

/// Operator or commune says that the point stopped: a complaint that has to be answered, and a mail to those who decide.
async fn report_stop(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = once::begin(&visit, &fields).await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    if !model::may_inspect(&visit.actor) && !model::is_operator(&visit.actor, &point) {
        return Err(Refusal::forbidden().into());
    }
    if !model::may_confirm(&visit.actor, &point) {
        return Err(Refusal::from(InspectionRefusal::NotRunning(point.state)).into());
    }
    let mut errors = Errors::default();
    let Some(what) = errors.take("stopped", said(&fields, "stopped")) else {
        return point_page(&mut visit.app.db().instead(tx).await?, &visit, point, fields, errors).await;
    };
    let source = match visit.actor.voice() {
        Some(Voice::Business) => "operator",
        Some(Voice::Commune) => "commune",
        _ => "agency",
    };
    let complaint = blank(&id, today, source, format!("Báo điểm đã ngừng hoạt động: {what}"));
    store::add_complaint(&mut tx, &complaint, now).await?;
    Note::of("report_stop", ("point", &id), serde_json::json!({"complaint": complaint.id, "note": what}))
        .by(&mut tx, now, &visit.actor)
        .await?;
    risk::refresh(&mut tx, &id, today).await?;
    let mut readers = Readers::find(&mut tx, Act::HearOfPoints, Of::Power("accept"), today).await?;
    readers.add(&mut tx, Voice::Commune, point.unit_today.as_deref().map(Of::Unit), today).await?;
    let text = StoppedLetter { teller: visit.actor.body_name(), point: &point, what: &what, base: &visit.app.config().base_url };
    mail::letter(&mut tx, now, readers, &format!("Báo ngừng hoạt động: {}", point.name), &text).await?;
    let answer = once::end(tx, &fields, go(&format!("/ho-so/{id}/kiem-tra"), "report_stop")).await?;
    visit.app.wake();
    Ok(answer)
}

fn blank(point_id: &str, received_on: NaiveDate, source: &str, what: String) -> Complaint {
    Complaint {
        id: clock::new_id(),
        point_id: point_id.to_owned(),
        received_on,
        source: source.to_owned(),
        what,
        state: "open".into(),
        answer: String::new(),
        answered_on: None,
        answered_by: String::new(),
        version: 1,
    }
}

/// Staff write down what somebody told by telephone or letter.
async fn hear(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    if !model::may_hear(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let mut tx = once::begin(&visit, &fields).await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    if !point.state.is_public() {
        return Err(Refusal::from(InspectionRefusal::NotRunning(point.state)).into());
    }
    let mut errors = Errors::default();
    let day = match crate::typed::day(fields.get("received_on")) {
        Ok(Some(day)) if day > today => Err(both("Ngày nhận ở tương lai.", "The day lies in the future.")),
        Ok(Some(day)) => Ok(day),
        Ok(None) => Err(both("Hãy ghi ngày nhận phản ánh.", "State the day it came.")),
        Err(text) => Err(text),
    };
    let day = errors.take("received_on", day);
    let what = errors.take("complaint", said(&fields, "complaint"));
    let source = fields.get("source").to_owned();
    if !SOURCES.iter().any(|(word, _)| *word == source) {
        errors.add("source", both("Hãy chọn ai phản ánh.", "Choose from whom it comes."));
    }
    let (Some(day), Some(what), true) = (day, what, errors.is_empty()) else {
        return point_page(&mut visit.app.db().instead(tx).await?, &visit, point, fields, errors).await;
    };
    let complaint = blank(&id, day, &source, what);
    store::add_complaint(&mut tx, &complaint, now).await?;
    let detail = serde_json::json!({"complaint": complaint.id, "received_on": day, "source": source, "note": complaint.what});
    Note::of("complain", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    risk::refresh(&mut tx, &id, today).await?;
    once::end(tx, &fields, go(&format!("/ho-so/{id}/kiem-tra"), "complain")).await
}

async fn answer(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    if !model::may_hear(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let mut tx = visit.app.db().write().await?;
    let complaint = store::complaint(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    let point = point::load(&mut tx, &visit, &complaint.point_id).await?;
    let mut errors = Errors::default();
    let field = format!("answer-{id}");
    let Some(text) = errors.take(&field, said(&fields, &field)) else {
        return point_page(&mut visit.app.db().instead(tx).await?, &visit, point, fields, errors).await;
    };
    if store::answer_complaint(&mut tx, &id, fields.version(), &text, today, &visit.actor.journal_name()).await? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of("answer_complaint", ("point", &point.id), serde_json::json!({"complaint": id, "note": text}))
        .by(&mut tx, now, &visit.actor)
        .await?;
    risk::refresh(&mut tx, &point.id, today).await?;
    tx.commit().await?;
    Ok(go(&format!("/ho-so/{}/kiem-tra", point.id), "answer_complaint"))
}

#[derive(Template)]
#[template(path = "inspection/point.html")]
struct PointPage {
    shell: Shell,
    point: Point,
    unit: String,
    form: Form,
    reasons: Vec<Reason>,
    inspections: Vec<Inspection>,
    findings: Vec<Finding>,
    confirmations: Vec<Confirmation>,
    complaints: Vec<Complaint>,
    hows: Vec<Choice>,
    sources: Vec<Choice>,
    may_inspect: bool,
    may_confirm: bool,
    may_hear: bool,
    is_operator: bool,
    is_under_way: bool,
    today: NaiveDate,
}

impl PointPage {
    fn running(&self, inspection: &Inspection) -> Option<Running> {
        Running::read(&inspection.running).filter(|_| inspection.is_done())
    }

    fn may_take_back(&self, known: &store::Confirmation) -> bool {
        model::may_take_back(&self.shell.actor, &known.by_id, known.created_at, self.today)
    }

    fn how(&self, word: &str) -> &'static str {
        How::read(word).map_or("", How::name)
    }

    fn answer_field(&self, complaint: &Complaint) -> String {
        format!("answer-{}", complaint.id)
    }
}

async fn of_point(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    let fields = Fields::new([("confirmed_on".to_owned(), date_vi(today)), ("received_on".to_owned(), date_vi(today))]);
    point_page(&mut tx, &visit, point, fields, Errors::default()).await
}

async fn point_page(tx: &mut Tx, visit: &Visit, point: Point, fields: Fields, errors: Errors) -> Result<Response> {
    let today = visit.app.clock().today();
    let is_outside = visit.actor.is_outside();
    let reasons = if model::is_running(point.state) && !is_outside {
        risk::reasons(tx, std::slice::from_ref(&point.id), today).await?.remove(&point.id).unwrap_or_default()
    } else {
        Vec::new()
    };
    let inspections = store::of(tx, &point.id).await?;
    let is_under_way = inspections.iter().any(Inspection::is_under_way);
    let page = PointPage {
        shell: visit.shell(&format!("Kiểm tra: {}", point.name)),
        unit: visit::unit_of(visit, &point),
        form: Form::with(fields, errors, Tongue::Vi),
        reasons,
        inspections: inspections.into_iter().filter(|inspection| !is_outside || inspection.is_done()).collect(),
        findings: store::findings_of_point(tx, &point.id).await?,
        confirmations: store::confirmations(tx, &point.id, 10).await?,
        complaints: if is_outside { Vec::new() } else { store::complaints(tx, &point.id).await? },
        hows: std::iter::once((String::new(), "Chọn".to_owned()))
            .chain(How::ALL.into_iter().filter(|how| *how != How::Owner).map(|how| (how.word().to_owned(), how.name().to_owned())))
            .collect(),
        sources: std::iter::once((String::new(), "Chọn".to_owned()))
            .chain(SOURCES.iter().map(|(word, name)| ((*word).to_owned(), (*name).to_owned())))
            .collect(),
        may_inspect: model::may_inspect(&visit.actor) && model::is_running(point.state),
        may_confirm: model::may_confirm(&visit.actor, &point),
        may_hear: model::may_hear(&visit.actor) && point.state.is_public(),
        is_operator: model::is_operator(&visit.actor, &point),
        is_under_way,
        today,
        point,
    };
    page.form.answer(&page)
}

/// Asks operators and communes about points that nobody confirmed for too long: once a period each.
pub(super) async fn ask(app: &crate::state::App) -> Result<()> {
    const ROWS: i64 = 300;
    let (now, today, base) = (app.clock().now(), app.clock().today(), app.config().base_url.clone());
    loop {
        let mut tx = app.db().write().await?;
        let every = risk::limits(&mut tx, today).await?.confirm_every;
        let points = daily::unasked(&mut tx, today, today - chrono::Duration::days(every), ROWS).await?;
        if points.is_empty() {
            return Ok(());
        }
        let mut letters = Gathered::default();
        let mut known: std::collections::HashMap<(Voice, String), Readers> = std::collections::HashMap::new();
        let mut lines = Vec::new();
        for point in &points {
            daily::asked(&mut tx, &point.id, today).await?;
            let line = match point.last_confirmed_on {
                Some(day) => {
                    format!("- {} – {} (xác nhận gần nhất {}): {base}/ho-so/{}/kiem-tra", point.code, point.name, date_vi(day), point.id)
                }
                None => format!("- {} – {} (chưa ai xác nhận): {base}/ho-so/{}/kiem-tra", point.code, point.name, point.id),
            };
            for (voice, place) in [(Voice::Business, &point.operator_id), (Voice::Commune, &point.unit_today)] {
                let Some(place) = place else { continue };
                let key = (voice, place.clone());
                if !known.contains_key(&key) {
                    let of = if voice == Voice::Commune { Of::Unit(place) } else { Of::Body(place) };
                    known.insert(key.clone(), Readers::find(&mut tx, voice, of, today).await?);
                }
                letters.add(known.get(&key).cloned().unwrap_or_default(), &line);
            }
            lines.push(Note {
                verb: "ask_confirmation",
                subject: ("point", &point.id),
                detail: serde_json::json!({"last_confirmed_on": point.last_confirmed_on}),
                personal: Vec::new(),
            });
        }
        journal::note_many(&mut tx, now, "system", "Hệ thống", lines).await?;
        let say = |lines| ("Điểm còn hoạt động không?".to_owned(), UnconfirmedLetter { lines, every, base: &base });
        letters.send(&mut tx, now, ROWS as usize, say).await?;
        tx.commit().await?;
    }
}
