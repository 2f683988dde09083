//! Findings: the list, one finding with its rises, "fixed" by who saw it, "fixed" as the business says.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Finding, InspectionRefusal};
use super::plan::said;
use super::risk;
use super::store::{self, FindingRow};
use crate::access::papers;
use crate::access::{Act, Need, Of, Readers, Routes, Voice};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::file::{self, Attachment};
use crate::journal::Note;
use crate::mail;
use crate::page::{Ask, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, html};
use crate::point::{self, Point};
use crate::rule::sheet::short;
use crate::text::{Tongue, date_vi};

const CLOSERS: Need = Need::May(Act::MendFindings);
/// Pictures of one finding in all.
const MOST_PICTURES: usize = 20;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/kiem-tra/phat-hien", Need::Rows, list).get("/kiem-tra/phat-hien/{id}", Need::Rows, show).post_files(
        "/kiem-tra/phat-hien/{id}",
        CLOSERS,
        fixed,
    )
}

#[derive(Template)]
#[template(path = "inspection/findings.html")]
struct ListPage {
    shell: Shell,
    ask: Ask,
    list: Rows<FindingRow>,
    units: Vec<String>,
    count: i64,
    level: i64,
    is_staff: bool,
    today: NaiveDate,
}

async fn list(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let region = visit.app.region();
    let level = visit.query.get("cap").parse().unwrap_or(1_i64).clamp(1, 3);
    let ask = Ask::new(&visit).fix("cap", &level.to_string());
    let scope = visit.actor.scope();
    let mut tx = visit.app.db().read().await?;
    let list = store::finding_page(&mut tx, &scope, level, ask.some("sau"), ask.size(30)).await?;
    let count = store::count_findings(&mut tx, &scope, level).await?;
    let units = list.rows.iter().map(|row| row.unit_today.as_deref().map(|id| region.label(id)).unwrap_or_default()).collect();
    let is_staff = !visit.actor.is_outside();
    html(&ListPage { shell: visit.shell("Phát hiện chưa khắc phục"), ask, list, units, count, level, is_staff, today })
}

/// A finding with its point and the day it was made, within scope; a draft is nobody's business yet.
async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<(Finding, Point, NaiveDate)> {
    let finding = store::finding(tx, id).await?.filter(|finding| finding.state != "draft").ok_or_else(Refusal::not_found)?;
    let point = point::load(tx, visit, &finding.point_id).await?;
    let inspection = store::find(tx, &finding.inspection_id).await?.ok_or_else(Refusal::not_found)?;
    let found_on = inspection.visited_on.unwrap_or(inspection.planned_on);
    Ok((finding, point, found_on))
}

#[derive(Template)]
#[template(path = "inspection/finding.html")]
struct FindingPage {
    shell: Shell,
    finding: Finding,
    point: Point,
    found_on: NaiveDate,
    rises: Vec<(i64, NaiveDate, String)>,
    before: Vec<Attachment>,
    after: Vec<Attachment>,
    papers: Vec<file::Paper>,
    form: Form,
    may_close: bool,
    may_report: bool,
    today: NaiveDate,
}

async fn page(tx: &mut Tx, visit: &Visit, loaded: (Finding, Point, NaiveDate), fields: Option<Fields>, errors: Errors) -> Result<Response> {
    let today = visit.app.clock().today();
    let (finding, point, found_on) = loaded;
    let fields = fields
        .unwrap_or_else(|| Fields::new([("fixed_on".to_owned(), date_vi(today)), ("note".to_owned(), finding.reported_note.clone())]));
    let is_open = finding.state == "open";
    let page = FindingPage {
        shell: visit.shell(&format!("Phát hiện: {}", point.name)),
        rises: store::rises(tx, &finding.id).await?,
        before: file::of(tx, "inspection", &finding.inspection_id)
            .await?
            .into_iter()
            .filter(|picture| picture.field == finding.id)
            .collect(),
        after: file::of(tx, "finding", &finding.id).await?,
        papers: papers::of(tx, "finding", &finding.id).await?,
        form: Form::with(fields, errors, Tongue::Vi),
        may_close: is_open && model::may_close(&visit.actor),
        may_report: is_open && model::is_operator(&visit.actor, &point),
        today,
        found_on,
        finding,
        point,
    };
    page.form.answer(&page)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let loaded = load(&mut tx, &visit, &id).await?;
    page(&mut tx, &visit, loaded, None, Errors::default()).await
}

/// Inspector, commune or department saw it fixed; the business only says so, and somebody has to confirm.
async fn fixed(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().read().await?;
    let (finding, point, found_on) = load(&mut tx, &visit, &id).await?;
    let closes = model::may_close(&visit.actor);
    if !closes && !model::is_operator(&visit.actor, &point) {
        return Err(Refusal::forbidden().into());
    }
    if finding.state != "open" {
        return Err(Refusal::from(InspectionRefusal::Closed).into());
    }
    let mut errors = Errors::default();
    let day = match crate::typed::day(fields.get("fixed_on")) {
        Ok(Some(day)) => model::check_fixed(day, found_on, today).map(|()| day),
        Ok(None) => Err(both("Hãy ghi ngày đã khắc phục.", "State the day it was fixed.")),
        Err(text) => Err(text),
    };
    let day = errors.take("fixed_on", day);
    // who rejects what the business says leaves it open, with a word
    let refuses = closes && fields.get("action") == "reject";
    let note = errors.take("note", if closes && !refuses { short(fields.get("note")) } else { said(&fields, "note") });
    let present = papers::within(&mut tx, "finding", &id, "").await?.len();
    if present + sent.files.len() > MOST_PICTURES {
        errors
            .add("photo", both(format!("Mỗi phát hiện tối đa {MOST_PICTURES} tệp."), format!("At most {MOST_PICTURES} files a finding.")));
    }
    let (Some(day), Some(note), true) = (day, note, errors.is_empty()) else {
        return page(&mut tx, &visit, (finding, point, found_on), Some(fields), errors).await;
    };
    drop(tx);
    let mut kept = Vec::new();
    for (name, file_name, bytes) in sent.files.into_iter().filter(|(name, ..)| name == "photo") {
        match visit.app.files().keep_paper(&file_name, bytes).await {
            Ok(picture) => kept.push(picture),
            Err(crate::error::Error::Refused(refusal)) => errors.add(name, refusal.what),
            Err(error) => return Err(error),
        }
    }
    let mut tx = visit.app.db().write().await?;
    let (mut finding, point, found_on) = load(&mut tx, &visit, &id).await?;
    if !errors.is_empty() {
        return page(&mut visit.app.db().instead(tx).await?, &visit, (finding, point, found_on), Some(fields), errors).await;
    }
    if finding.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    let verb = match (closes, refuses) {
        (true, false) => {
            finding.state = "fixed".into();
            finding.closed_on = Some(day);
            finding.closed_how = visit.actor.journal_name();
            finding.note = note.clone();
            "fix_finding"
        }
        (true, true) => {
            finding.reported_on = None;
            finding.reported_note = String::new();
            finding.note = note.clone();
            "reject_fix"
        }
        (false, _) => {
            finding.reported_on = Some(day);
            finding.reported_note = note.clone();
            "report_fix"
        }
    };
    if store::save_finding(&mut tx, &finding).await? == 0 {
        return Err(Refusal::stale().into());
    }
    for picture in &kept {
        let place =
            file::Place { kind: "finding", id: &id, field: "photo", caption: "Sau khi khắc phục", position: None, is_public: false };
        file::add(&mut tx, now, picture, place, visit.actor.journal_id()).await?;
    }
    let detail = serde_json::json!({"finding": id, "on": day, "note": note, "what": finding.what, "photos": kept.len()});
    Note::of(verb, ("point", &point.id), detail).by(&mut tx, now, &visit.actor).await?;
    risk::refresh(&mut tx, &point.id, today).await?;
    tell(&mut tx, &visit, &point, &finding, verb, &note).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/kiem-tra/phat-hien/{id}"), verb))
}

#[derive(Template)]
#[template(path = "inspection/letter_finding.txt", whitespace = "preserve")]
struct FindingLetter<'a> {
    words: &'a str,
    finding: &'a Finding,
    point: &'a Point,
    note: &'a str,
    base: &'a str,
}

/// A report goes to those who can confirm it near the point; an answer goes to the operator.
async fn tell(tx: &mut Tx, visit: &Visit, point: &Point, finding: &Finding, verb: &str, note: &str) -> Result<()> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let (commune, operator) = (point.unit_today.as_deref().map(Of::Unit), point.operator_id.as_deref().map(Of::Body));
    let (voice, of, words) = match verb {
        "report_fix" => (Voice::Commune, commune, "Cơ sở báo đã khắc phục, chờ xác nhận"),
        "fix_finding" => (Voice::Business, operator, "Đã xác nhận khắc phục xong"),
        "reject_fix" => (Voice::Business, operator, "Chưa xác nhận được, vẫn phải khắc phục"),
        _ => return Ok(()),
    };
    let readers = Readers::find(tx, voice, of, today).await?;
    let text = FindingLetter { words, finding, point, note, base: &visit.app.config().base_url };
    mail::letter(tx, now, readers, &format!("{words}: {}", point.name), &text).await?;
    Ok(())
}
