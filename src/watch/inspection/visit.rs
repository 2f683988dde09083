//! A visit on a phone: does it still run, what the criteria say, findings, photos, position.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::finish::finish;
use super::form::{self, Typed, VisitForm, fields_of};
use super::model::{self, Finding, Inspection, InspectionRefusal, Running};
use super::plan::PLANNERS;
use super::{shelf, store};
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::file::{self, Attachment};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Rest, Shell, Visit, go, html_as};
use crate::point::{self, Point, State};
use crate::rule::sheet::{self, Basis, Gap, Kept, Part, basis_kept, basis_on, field, missing, over, parts, told};
use crate::rule::{self, Answer, Outcome};
use crate::text::Tongue;

/// Pictures of one inspection in all; the list of a thing's pictures goes no further.
/// Empty rows for findings on the screen.
const EMPTY: usize = 2;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/kiem-tra/{id}", Need::Rows, show).post_files("/kiem-tra/{id}", PLANNERS, fill)
}

/// An inspection with everything that its screens and checks need.
pub struct Desk {
    /// The inspection.
    pub inspection: Inspection,
    /// Its point, within the reader's rows.
    pub point: Point,
    /// By which criteria, or why by none.
    pub basis: Result<Basis, Gap>,
    /// What was answered.
    pub answers: Vec<Answer>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Pictures taken.
    pub pictures: Vec<Attachment>,
}

impl Desk {
    /// Loads it for a reader.
    pub async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Desk> {
        let inspection = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
        let point = point::load(tx, visit, &inspection.point_id).await?;
        let sets = rule::store::sets(tx).await?;
        let applications = rule::store::applications(tx).await?;
        let basis = match (&inspection.set_id, inspection.kept()) {
            (Some(_), Some(kept)) => Ok(basis_kept(&kept, inspection.application_id.as_deref(), &sets, &applications)),
            _ => {
                let units = point::store::units_of(tx, &point.id).await?;
                let on = inspection.visited_on.unwrap_or_else(|| visit.app.clock().today());
                basis_on(&sets, &applications, &units, &visit.app.region().province().id, on)
            }
        };
        let answers = store::answers(tx, id).await?;
        let findings = store::findings_of(tx, id).await?;
        let pictures = file::of(tx, "inspection", id).await?;
        Ok(Desk { inspection, point, basis, answers, findings, pictures })
    }

    /// Whether the caller writes on it now.
    pub(super) fn may_write(&self, visit: &Visit) -> bool {
        self.must_be_open(visit).is_ok()
    }

    /// Refuses those who are inspected as long as the visit is not over.
    pub(super) fn must_be_shown(&self, visit: &Visit) -> Result<()> {
        if self.inspection.is_under_way() && visit.actor.is_outside() {
            return Err(Refusal::from(InspectionRefusal::NotYetDone).into());
        }
        Ok(())
    }

    /// Refuses when the caller may not, the inspection is over, or the point never ran.
    pub(super) fn must_be_open(&self, visit: &Visit) -> Result<()> {
        if !model::may_inspect(&visit.actor) {
            return Err(Refusal::forbidden().into());
        }
        if !self.inspection.is_under_way() {
            return Err(Refusal::from(InspectionRefusal::Over).into());
        }
        // of a point that closed meanwhile the visit before can still be written down
        if !model::is_running(self.point.state) && self.point.state != State::Closed {
            return Err(Refusal::from(InspectionRefusal::NotRunning(self.point.state)).into());
        }
        Ok(())
    }
}

/// A finding on the screen.
struct Row {
    id: String,
    is_new: bool,
    pictures: Vec<Attachment>,
    picture_error: String,
}

#[derive(Template)]
#[template(path = "inspection/fill.html")]
struct FillPage {
    shell: Shell,
    inspection: Inspection,
    point: Point,
    unit: String,
    form: Form,
    gap: Option<(String, String)>,
    numbers: String,
    applied: String,
    parts: Vec<Part>,
    rows: Vec<Row>,
    criteria: Vec<Choice>,
    running: Vec<Choice>,
    pictures: Vec<Attachment>,
    answered: usize,
    items: usize,
    earlier: Vec<Finding>,
    stale: bool,
    today: NaiveDate,
}

impl FillPage {
    fn name(&self, part: &str, id: &str) -> String {
        format!("{part}-{id}")
    }

    /// Whether something was answered or is wrong in a part, so that it is shown open.
    fn is_told(&self, part: &Part) -> bool {
        part.all
            .iter()
            .chain(&part.any)
            .any(|item| !item.verdict.is_empty() || item.is_bad() || !item.fix_error.is_empty() || !item.picture_error.is_empty())
    }
}

pub(super) fn unit_of(visit: &Visit, point: &Point) -> String {
    let region = visit.app.region();
    point.unit_today.as_deref().or(point.unit_id.as_deref()).map(|id| region.label_dated(id, visit.app.clock().today())).unwrap_or_default()
}

/// Rows of findings: those that are stored or typed, then empty ones. An empty row's name stays the same until it is
/// filled, so that a draft kept in the browser finds its place, and differs from person to person.
fn rows(visit: &Visit, desk: &Desk, form: &Form) -> Vec<Row> {
    let mut ids: Vec<String> = desk.findings.iter().map(|finding| finding.id.clone()).collect();
    for (name, value) in form.fields.pairs() {
        if let Some(id) = name.strip_prefix("what-").filter(|id| !value.is_empty() && !ids.iter().any(|known| known == id)) {
            ids.push(id.to_owned());
        }
    }
    let mut rows: Vec<(String, bool)> = ids.iter().map(|id| (id.clone(), false)).collect();
    let person = visit.actor.journal_id();
    let own = person.get(person.len().saturating_sub(6)..).unwrap_or("");
    let free = (1..).map(|number| format!("{}{own}n{number}", desk.inspection.id)).filter(|id| !ids.contains(id)).take(EMPTY);
    rows.extend(free.map(|id| (id, true)));
    rows.into_iter()
        .map(|(id, is_new)| Row {
            is_new,
            pictures: desk.pictures.iter().filter(|picture| picture.field == id).cloned().collect(),
            picture_error: form.error(&format!("pic-{id}")),
            id,
        })
        .collect()
}

/// The screen: what was typed over what is stored.
pub(super) async fn fill_page(
    tx: &mut Tx,
    visit: &Visit,
    desk: Desk,
    typed: Option<&Fields>,
    errors: Errors,
    stale: bool,
) -> Result<Response> {
    let today = visit.app.clock().today();
    let stored = fields_of(&desk.inspection, &desk.answers, &desk.findings, today);
    let fields = typed.map_or_else(|| stored.clone(), |typed| over(&stored, typed));
    let status = sheet::status(stale, &errors);
    let form = Form::with(fields, errors, Tongue::Vi);
    let earlier = store::findings_of_point(tx, &desk.point.id).await?.into_iter().filter(|finding| finding.state == "open").collect();
    let mut page = FillPage {
        shell: visit.shell(&format!("Kiểm tra: {}", desk.point.name)),
        unit: unit_of(visit, &desk.point),
        rows: rows(visit, &desk, &form),
        form,
        gap: None,
        numbers: String::new(),
        applied: String::new(),
        parts: Vec::new(),
        criteria: vec![(String::new(), "Không gắn với tiêu chí nào".to_owned())],
        running: Running::ALL.into_iter().map(|running| (running.word().to_owned(), running.name().to_owned())).collect(),
        pictures: desk.pictures.iter().filter(|picture| picture.field == "photo").cloned().collect(),
        answered: desk.answers.len(),
        items: 0,
        earlier,
        stale,
        today,
        inspection: desk.inspection,
        point: desk.point,
    };
    match &desk.basis {
        Ok(basis) => {
            let seen: &[Answer] = if stale { &desk.answers } else { &[] };
            page.parts = parts(basis, &page.form, seen, &desk.pictures, &page.point.kind, &basis.evaluate(&desk.answers));
            page.items = basis.items().count();
            page.numbers = basis.numbers();
            page.applied = basis.applied();
            page.criteria.extend(
                basis.items().map(|(set, _, item)| (format!("{}/{}", set.id, item.id), format!("{}. {}", item.id, clip(&item.text)))),
            );
        }
        Err(gap) => page.gap = Some(told(gap)),
    }
    html_as(status, &page)
}

/// The first words of a text.
pub(super) fn clip(text: &str) -> String {
    const MOST: usize = 70;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}

/// Shows an inspection again with errors of a small form on its page.
pub(super) async fn again(tx: &mut Tx, visit: &Visit, id: &str, fields: &Fields, errors: Errors) -> Result<Response> {
    let desk = Desk::load(tx, visit, id).await?;
    if desk.must_be_open(visit).is_ok() {
        return fill_page(tx, visit, desk, Some(fields), errors, false).await;
    }
    sheet_page(tx, visit, desk, Form::with(fields.clone(), errors, Tongue::Vi)).await
}

#[derive(Template)]
#[template(path = "inspection/sheet.html")]
struct SheetPage {
    shell: Shell,
    inspection: Inspection,
    point: Point,
    unit: String,
    team: Vec<String>,
    form: Form,
    numbers: String,
    applied: String,
    parts: Vec<Part>,
    findings: Vec<(Finding, Vec<Attachment>)>,
    pictures: Vec<Attachment>,
    shelf: shelf::Shelf,
    running: Option<Running>,
    outcome: Option<Outcome>,
    may_change: bool,
    may_stop: bool,
    today: NaiveDate,
}

async fn sheet_page(tx: &mut Tx, visit: &Visit, desk: Desk, small: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let form = Form::with(fields_of(&desk.inspection, &desk.answers, &[], today), Errors::default(), Tongue::Vi);
    let (parts, numbers, applied) = match &desk.basis {
        Ok(basis) if !desk.answers.is_empty() => {
            let result = desk.inspection.kept().and_then(|kept| kept.result).unwrap_or_else(|| basis.evaluate(&desk.answers));
            (parts(basis, &form, &[], &desk.pictures, &desk.point.kind, &result), basis.numbers(), basis.applied())
        }
        _ => Default::default(),
    };
    let of = |field: &str| desk.pictures.iter().filter(|picture| picture.field == field).cloned().collect::<Vec<_>>();
    let page = SheetPage {
        shell: visit.shell(&format!("Biên bản kiểm tra: {}", desk.point.name)),
        unit: unit_of(visit, &desk.point),
        team: desk.inspection.team.lines().map(str::to_owned).collect(),
        form: small,
        numbers,
        applied,
        parts,
        pictures: of("photo"),
        findings: desk.findings.iter().map(|finding| (finding.clone(), of(&finding.id))).collect(),
        shelf: shelf::summary(tx, &desk.inspection).await?,
        running: Running::read(&desk.inspection.running),
        outcome: Outcome::read(&desk.inspection.outcome),
        may_change: model::may_plan(&visit.actor) && desk.inspection.is_under_way(),
        may_stop: visit.actor.may(Act::StopPoints) && model::is_running(desk.point.state),
        today,
        inspection: desk.inspection,
        point: desk.point,
    };
    page.form.answer(&page)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let desk = Desk::load(&mut tx, &visit, &id).await?;
    desk.must_be_shown(&visit)?;
    if desk.inspection.is_under_way() && desk.may_write(&visit) {
        return fill_page(&mut tx, &visit, desk, None, Errors::default(), false).await;
    }
    sheet_page(&mut tx, &visit, desk, Form::new(Tongue::Vi)).await
}

async fn fill(visit: Visit, Path(id): Path<String>, mut rest: Rest) -> Result<Response> {
    let fields = std::mem::take(&mut rest.sent.fields);
    // first what was typed by itself: whatever becomes of the pictures, it is kept
    let mut tx = visit.app.db().write().await?;
    let desk = Desk::load(&mut tx, &visit, &id).await?;
    desk.must_be_open(&visit)?;
    if desk.inspection.version != fields.version() {
        return fill_page(&mut visit.app.db().instead(tx).await?, &visit, desk, Some(&fields), Errors::default(), true).await;
    }
    let basis = desk.basis.clone().ok();
    let VisitForm { head, answers, findings, mut errors } = form::read(&fields, &desk.inspection, basis.as_ref());
    let version = save(&mut tx, &visit, &desk, basis.as_ref(), head, &answers, &findings).await?;
    tx.commit().await?;
    // then the pictures: each that cannot be taken is named at its field
    let files = sheet::pictures(rest, desk.pictures.len(), ("lần kiểm tra", "an inspection"), &mut errors);
    attach(&visit, &id, basis.as_ref(), files, &mut errors).await?;
    let is_last = fields.get("action") == "finish";
    if !is_last && errors.is_empty() {
        return Ok(go(&format!("/kiem-tra/{id}"), "save_inspection"));
    }
    let mut tx = visit.app.db().write().await?;
    let desk = Desk::load(&mut tx, &visit, &id).await?;
    let stale = desk.inspection.version != version;
    if stale || !errors.is_empty() {
        return fill_page(&mut visit.app.db().instead(tx).await?, &visit, desk, Some(&fields), errors, stale).await;
    }
    finish(tx, &visit, desk, &fields).await
}

/// Writes head, answers and findings if they changed, with a line in the journal. Gives the version that the inspection has now.
async fn save(
    tx: &mut Tx,
    visit: &Visit,
    desk: &Desk,
    basis: Option<&Basis>,
    mut head: Inspection,
    answers: &[Answer],
    findings: &[Typed],
) -> Result<i64> {
    let now = visit.app.clock().now();
    let changed = sheet::changed(answers, &desk.answers);
    let typed: Vec<&Typed> = findings
        .iter()
        .filter(|typed| match desk.findings.iter().find(|known| known.id == typed.id) {
            None => !typed.what.is_empty(),
            Some(known) => (&known.what, known.fix_by, &known.criterion) != (&typed.what, typed.fix_by, &typed.criterion),
        })
        .collect();
    if changed.is_empty() && typed.is_empty() && head == desk.inspection {
        // an inspection that was only opened is under way once somebody has sent it
        if desk.inspection.state == "open" {
            return Ok(desk.inspection.version);
        }
    }
    if let (None, false, Some(basis)) = (&desk.inspection.set_id, changed.is_empty(), basis) {
        head.set_id = basis.base().map(|set| set.id.clone());
        head.application_id = basis.application.as_ref().map(|application| application.id.clone());
        head.result = serde_json::to_string(&Kept { sets: basis.ids(), result: None })?;
    }
    if store::save(tx, &head, desk.inspection.version).await? == 0 {
        return Err(Refusal::stale().into());
    }
    for answer in &changed {
        store::put_answer(tx, &head.id, answer, now).await?;
    }
    for typed in &typed {
        store::put_draft(tx, &head, typed, now).await?;
    }
    let findings: Vec<serde_json::Value> = typed
        .iter()
        .map(|typed| serde_json::json!({"finding": typed.id, "what": typed.what, "fix_by": typed.fix_by, "criterion": typed.criterion}))
        .collect();
    let detail = serde_json::json!({
        "point": desk.point.id, "answers": sheet::said(&changed), "findings": findings, "note": head.note, "running": head.running, "visited_on": head.visited_on,
        "lon": head.lon, "lat": head.lat, "set": head.set_id, "application": head.application_id,
    });
    Note::of("save_inspection", ("inspection", &head.id), detail).aside(&[("team", &head.team)]).by(tx, now, &visit.actor).await?;
    Ok(desk.inspection.version + 1)
}

/// Cleans and attaches pictures; the ones that are no pictures are named in `errors`.
async fn attach(visit: &Visit, id: &str, basis: Option<&Basis>, files: Vec<crate::page::SentFile>, errors: &mut Errors) -> Result<()> {
    let part = |name: &str| {
        let item = basis.and_then(|basis| basis.items().find(|(set, _, item)| name == field("photo", &set.id, &item.id)));
        match (item, name.strip_prefix("pic-")) {
            (Some((_, _, item)), _) => Some((item.id.clone(), item.text.clone())),
            (None, Some(finding)) => Some((finding.to_owned(), "Phát hiện khi kiểm tra".to_owned())),
            (None, None) => (name == "photo").then(|| ("photo".to_owned(), "Ảnh kiểm tra".to_owned())),
        }
    };
    let kept = sheet::clean(visit, files, part, errors).await?;
    if kept.is_empty() {
        return Ok(());
    }
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let inspection =
        store::find(&mut tx, id).await?.filter(Inspection::is_under_way).ok_or_else(|| Refusal::from(InspectionRefusal::Over))?;
    let said = sheet::attach(&mut tx, visit, ("inspection", id), inspection.position(), &kept).await?;
    Note::of("inspection_photo", ("inspection", id), serde_json::json!({"photos": said})).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(())
}

/// What keeps a visit from being finished, field by field; the day of the visit if it is a day.
pub(super) fn check(desk: &Desk, basis: Option<&Basis>, today: NaiveDate) -> (Option<NaiveDate>, Errors) {
    let mut errors = Errors::default();
    if Running::read(&desk.inspection.running).is_none() {
        errors.add("running", both("Hãy cho biết điểm còn hoạt động không.", "State whether the point still runs."));
    }
    let day = match desk.inspection.visited_on {
        Some(day) => model::check_visit(&desk.point, day, today).map(|()| day),
        None => Err(both("Hãy ghi ngày kiểm tra.", "State the day of the visit.")),
    };
    let day = errors.take("visited_on", day);
    let on = day.unwrap_or(today);
    if let Some(basis) = basis.filter(|_| !desk.answers.is_empty()) {
        if basis.since().is_some_and(|since| on < since) {
            errors.add(
                "visited_on",
                both(
                    "Ngày kiểm tra trước ngày bộ tiêu chí đã trả lời có hiệu lực.",
                    "The visit lies before the criteria that were answered took effect.",
                ),
            );
        }
        // criteria may stay open on a visit; what has to be fixed needs its day
        for (name, text) in missing(basis, &desk.answers, on) {
            if name.starts_with("fix-") {
                errors.add(name, text);
            }
        }
    }
    for finding in desk.findings.iter().filter(|finding| finding.state == "draft") {
        errors.take(&format!("by-{}", finding.id), model::check_fix_by(finding.fix_by, on));
    }
    (day, errors)
}
