//! The screens that every desk has: a file is taken, a page tells how far it is and what came out.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::{Layout, Order, Progress, Report, Stage, Whole, store};
use crate::access::Act;
use crate::clock;
use crate::error::{Both, Refusal, Result, both};
use crate::export::attachment;
use crate::job::{self, Far, Job, Kind};
use crate::page::{Errors, Fields, Form, Sent, Shell, Visit, go, html, once};
use crate::sheet::{Column, Fault, Format, Limits, Source, Value, Writer, gathered};
use crate::state::App;
use crate::text::{self, Tongue};

/// Faults and warnings shown on the page; the rest is in the file to download.
const SHOWN: usize = 500;

/// Days after which files that were sent are removed.
const KEPT_DAYS: i64 = 30;

/// Where files of one kind are handed in.
pub struct Desk {
    /// Address of its screen, under which those of its files lie.
    pub path: &'static str,
    /// Kind of the job that reads a file.
    pub job: Kind,
    /// What a row is, as in "12 điểm".
    pub thing: &'static str,
    /// Where the things are listed, and what that is called.
    pub list: (&'static str, &'static str),
    /// Whether a title may say for all rows by which decision and with how many stars they were recognised.
    pub has_whole: bool,
    /// Who may hand in a file.
    pub may_import: fn(&Visit) -> bool,
    /// What its screen says.
    pub texts: Texts,
}

/// What the screen of a desk says beside what all of them say.
pub struct Texts {
    /// Its title.
    pub title: &'static str,
    /// What a row is and does.
    pub how: &'static str,
    /// What a file that goes out is called.
    pub out_title: &'static str,
    /// What is in it.
    pub out: &'static str,
    /// Files that go out: address and name.
    pub files: &'static [(&'static str, &'static str)],
    /// The same with more in them.
    pub more: &'static [(&'static str, &'static str)],
    /// What to mind before such a file is passed on.
    pub caution: &'static str,
}

/// All desks: address, name, and whether everybody who works for the programme sees them, or the administrator alone.
const DESKS: [(&str, &str, bool); 3] =
    [("/nhap", "Điểm bán", true), ("/nhap/san-pham", "Sản phẩm", true), ("/nhap/nguoi-dung", "Người dùng", false)];

/// The desks that somebody may open: address and name.
fn desks(visit: &Visit) -> Vec<(&'static str, &'static str)> {
    let is_administrator = visit.actor.may(Act::KeepImports);
    DESKS.into_iter().filter(|(.., for_all)| *for_all || is_administrator).map(|(path, name, _)| (path, name)).collect()
}

/// What a job is asked to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Payload {
    stored: String,
    file: String,
    dry_run: bool,
    good_rows: bool,
    actor_name: String,
    #[serde(default)]
    whole: Whole,
    /// The sheet of a workbook; empty for the first that fits.
    #[serde(default)]
    sheet: String,
}

/// What a job leaves behind.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Outcome {
    /// Why the file as a whole could not be read.
    refused: Option<String>,
    written: bool,
    total: usize,
    added: usize,
    changed: usize,
    unchanged: usize,
    skipped: usize,
    #[serde(default)]
    waiting: usize,
    faults: Vec<String>,
    fault_count: usize,
    warnings: Vec<String>,
    warning_count: usize,
    /// What is to be minded in the file as a whole.
    #[serde(default)]
    of_file: Vec<String>,
    /// The rows that did not pass can be had as a file.
    #[serde(default)]
    has_bad_rows: bool,
}

/// The name under which a file of an import lies.
fn upload(name: &str) -> String {
    format!("uploads/{name}")
}

fn sees_all(visit: &Visit) -> bool {
    visit.actor.may(Act::ReadAllImports)
}

/// A file that was handed in, for the list of the latest.
struct Past {
    id: String,
    file: String,
    when: String,
    what: String,
}

fn verdict(state: &str, payload: &Payload, outcome: &str) -> String {
    let outcome: Option<Outcome> = serde_json::from_str(outcome).ok();
    match (state, outcome) {
        ("done", Some(outcome)) if outcome.refused.is_some() => "không đọc được tệp".to_owned(),
        ("done", Some(outcome)) if outcome.written && outcome.waiting > 0 => {
            format!("đã ghi: thêm {}, sửa {}; {} dòng chờ xác định chủ thể", outcome.added, outcome.changed, outcome.waiting)
        }
        ("done", Some(outcome)) if outcome.written => format!("đã ghi: thêm {}, sửa {}", outcome.added, outcome.changed),
        ("done", Some(outcome)) if outcome.fault_count > 0 => format!("chưa ghi, {} dòng có lỗi", outcome.skipped),
        ("done", Some(_)) if payload.dry_run => "kiểm tra thử, không có lỗi".to_owned(),
        ("done", Some(_)) => "không có gì thay đổi".to_owned(),
        ("failed", _) => "hệ thống lỗi".to_owned(),
        _ => "đang chạy".to_owned(),
    }
}

#[derive(Template)]
#[template(path = "intake/form.html")]
struct FormPage<'a> {
    shell: Shell,
    desk: &'a Desk,
    desks: Vec<(&'static str, &'static str)>,
    form: Form,
    may_import: bool,
    past: Vec<Past>,
}

#[derive(Template)]
#[template(path = "intake/result.html")]
struct ResultPage<'a> {
    shell: Shell,
    desk: &'a Desk,
    id: String,
    payload: Payload,
    running: bool,
    failed: bool,
    told: (usize, usize, String),
    outcome: Outcome,
    may_import: bool,
}

impl Desk {
    /// The screen where a file is handed in and files go out.
    pub async fn form(&self, visit: Visit) -> Result<Response> {
        self.form_with(&visit, Form::new(Tongue::Vi)).await
    }

    async fn form_with(&self, visit: &Visit, form: Form) -> Result<Response> {
        let page = FormPage {
            shell: visit.shell(self.texts.title),
            desk: self,
            desks: desks(visit),
            form,
            may_import: (self.may_import)(visit),
            past: self.past(visit).await?,
        };
        page.form.answer(&page)
    }

    /// The latest files: the caller's own, or everybody's for those who watch.
    async fn past(&self, visit: &Visit) -> Result<Vec<Past>> {
        if !(self.may_import)(visit) && !sees_all(visit) {
            return Ok(Vec::new());
        }
        let mut tx = visit.app.db().read().await?;
        let asked = store::asked(&mut tx, self.job.name, visit.actor.journal_id(), sees_all(visit)).await?;
        Ok(asked
            .into_iter()
            .filter_map(|job| {
                let payload: Payload = serde_json::from_str(&job.payload).ok()?;
                let when = clock::local(job.created_at).format("%d/%m/%Y %H:%M").to_string();
                Some(Past { what: verdict(&job.state, &payload, &job.outcome), id: job.id, file: payload.file, when })
            })
            .collect())
    }

    /// Takes a file in.
    pub async fn upload(&self, visit: Visit, sent: Sent) -> Result<Response> {
        if !(self.may_import)(&visit) {
            return Err(Refusal::forbidden().into());
        }
        let Some((_, name, upload)) = sent.files.into_iter().find(|(field, ..)| field == "file") else {
            let mut errors = Errors::default();
            errors.add(
                "file",
                both("Chưa chọn tệp; hãy chọn tệp CSV hoặc Excel (.xlsx).", "No file was chosen; choose a CSV or Excel (.xlsx) file."),
            );
            return self.form_with(&visit, Form::with(sent.fields, errors, Tongue::Vi)).await;
        };
        let whole = match whole(&sent.fields, self.has_whole) {
            Ok(whole) => whole,
            Err(errors) => return self.form_with(&visit, Form::with(sent.fields, errors, Tongue::Vi)).await,
        };
        let stored = clock::new_id();
        visit.app.files().depot().put(&self::upload(&stored), upload.bytes().await?).await?;
        let payload = Payload {
            stored,
            file: name,
            dry_run: sent.fields.is_on("dry_run"),
            good_rows: sent.fields.is_on("good_rows"),
            actor_name: visit.actor.journal_name(),
            whole,
            sheet: text::nfc(sent.fields.get("sheet")),
        };
        self.queue(&visit, &sent.fields, &payload).await
    }

    async fn queue(&self, visit: &Visit, fields: &Fields, payload: &Payload) -> Result<Response> {
        let mut tx = once::begin(visit, fields).await?;
        let id = job::queue(&mut tx, visit.app.clock().now(), self.job, &serde_json::to_string(payload)?, visit.actor.journal_id()).await?;
        let answer = once::end(tx, fields, go(&format!("{}/{id}", self.path), "")).await?;
        visit.app.wake();
        Ok(answer)
    }

    /// The job of this page, if the caller may see it.
    async fn load(&self, visit: &Visit, id: &str) -> Result<(Job, Payload)> {
        let mut tx = visit.app.db().read().await?;
        let job = job::find(&mut tx, id)
            .await?
            .filter(|job| job.kind == self.job.name && (sees_all(visit) || job.owner == visit.actor.journal_id()));
        let job = job.ok_or_else(Refusal::not_found)?;
        let payload = serde_json::from_str(&job.payload)?;
        Ok((job, payload))
    }

    /// The page of a file: how far it is, or what came out.
    pub async fn show(&self, visit: Visit, id: String) -> Result<Response> {
        let (job, payload) = self.load(&visit, &id).await?;
        let running = matches!(job.state.as_str(), "waiting" | "running");
        let outcome = if job.state == "done" { serde_json::from_str(&job.outcome)? } else { Outcome::default() };
        let title = format!("Nhập tệp {}", payload.file);
        html(&ResultPage {
            shell: visit.shell(&title),
            told: told(&job),
            failed: job.state == "failed",
            may_import: (self.may_import)(&visit),
            desk: self,
            id,
            payload,
            running,
            outcome,
        })
    }

    /// How far a file is, for the page that shows it.
    pub async fn progress(&self, visit: Visit, id: String) -> Result<Response> {
        let (job, _) = self.load(&visit, &id).await?;
        let next = format!("{}/{id}", self.path);
        let answer = match job.state.as_str() {
            "done" | "failed" => serde_json::json!({"done": 1, "total": 1, "text": "Đã xong", "next": next}),
            _ => {
                let (done, total, text) = told(&job);
                serde_json::json!({"done": done, "total": total, "text": text, "next": next})
            }
        };
        Ok(Json(answer).into_response())
    }

    /// All that is wrong with a file, as a file.
    pub async fn faults(&self, visit: Visit, id: String) -> Result<Response> {
        let (job, payload) = self.load(&visit, &id).await?;
        let bytes = visit.app.files().depot().get(&upload(&format!("{}.loi.csv", job.id))).await?.ok_or_else(Refusal::not_found)?;
        Ok(attachment(&format!("loi-{}.csv", text::slug(&payload.file)), Format::Csv.media_type(), bytes))
    }

    /// The rows that did not pass, with what is wrong, to be corrected and sent again.
    pub async fn bad_rows(&self, visit: Visit, id: String) -> Result<Response> {
        let (job, payload) = self.load(&visit, &id).await?;
        let bytes = visit.app.files().depot().get(&upload(&format!("{}.dong-loi.xlsx", job.id))).await?.ok_or_else(Refusal::not_found)?;
        Ok(attachment(&format!("dong-loi-{}.xlsx", text::slug(&payload.file)), Format::Xlsx.media_type(), bytes))
    }

    /// Writes a file that was only tried, or its good rows.
    pub async fn again(&self, visit: Visit, id: String, sent: Sent) -> Result<Response> {
        if !(self.may_import)(&visit) {
            return Err(Refusal::forbidden().into());
        }
        let (_, payload) = self.load(&visit, &id).await?;
        if !visit.app.files().depot().has(&upload(&payload.stored)).await? {
            return Err(Refusal::rule(
                "upload-gone",
                both(format!("Tệp đã gửi được xóa sau {KEPT_DAYS} ngày."), format!("The file was removed after {KEPT_DAYS} days.")),
                both("Hãy chọn tệp và gửi lại.", "Choose the file and send it again."),
            )
            .into());
        }
        let payload =
            Payload { dry_run: false, good_rows: sent.fields.is_on("good_rows"), actor_name: visit.actor.journal_name(), ..payload };
        self.queue(&visit, &sent.fields, &payload).await
    }
}

/// What holds for the whole file, as typed.
fn whole(fields: &Fields, asked: bool) -> std::result::Result<Whole, Errors> {
    if !asked {
        return Ok(Whole::default());
    }
    let mut errors = Errors::default();
    let decided_on = fields.some_day("decided_on", &mut errors);
    let stars = fields
        .some("stars")
        .and_then(|typed| errors.take("stars", typed.parse().map_err(|_| both("Hãy chọn hạng sao.", "Choose the stars."))));
    let decision = fields.get("decision").to_owned();
    errors.within("decision", &decision, 100);
    if errors.is_empty() { Ok(Whole { decision, stars, decided_on }) } else { Err(errors) }
}

/// Removes what was sent long ago: lists hold names and telephone numbers.
pub async fn daily(app: &App) -> Result<()> {
    let depot = app.files().depot();
    for (name, at) in depot.list("uploads").await? {
        if app.clock().now() - at > chrono::Duration::days(KEPT_DAYS) {
            depot.remove(&name).await?;
        }
    }
    Ok(())
}

/// Rows done, rows in all (twice over: compared and written), and a line of text. Another node wrote down how far it is.
fn told(job: &Job) -> (usize, usize, String) {
    let known = job::told(&job.id);
    let (stage, done, total) = match &known {
        Some(far) => (Stage::read(far.stage), far.done, far.total),
        None => (Stage::read(&job.stage), usize::try_from(job.done).unwrap_or(0), usize::try_from(job.total).unwrap_or(0)),
    };
    match stage {
        _ if job.state == "waiting" && job.attempts > 0 => (0, 0, "Gặp trục trặc, hệ thống sẽ thử lại sau ít phút".to_owned()),
        _ if job.state == "waiting" => (0, 0, "Đang chờ đến lượt".to_owned()),
        None => (0, 0, "Đang bắt đầu".to_owned()),
        Some(stage) if total == 0 => (0, 0, format!("{}: {done} dòng", stage.name(Tongue::Vi))),
        Some(stage) => {
            let before = if stage == Stage::Writing { total } else { 0 };
            ((before + done).min((total * 2).saturating_sub(1)), total * 2, format!("{}: {done}/{total} dòng", stage.name(Tongue::Vi)))
        }
    }
}

/// What a job of a desk is to do and to whom it tells how far it is; the inner text is kept with the job when its file is gone.
pub async fn order(app: &App, job: &Job) -> Result<Result<(Order, Progress), String>> {
    let payload: Payload = serde_json::from_str(&job.payload)?;
    let Some(source) = app.files().depot().source(&upload(&payload.stored)).await? else {
        let gone = Outcome { refused: Some("Không còn tệp đã gửi; hãy gửi lại tệp.".into()), ..Outcome::default() };
        return Ok(Err(serde_json::to_string(&gone)?));
    };
    let order = order_of(job, payload, source);
    let id = job.id.clone();
    let told: Progress = Arc::new(move |stage, done, total| job::tell(&id, Far { stage: stage.word(), done, total }));
    told(Stage::Reading, 0, 0);
    Ok(Ok((order, told)))
}

fn order_of(job: &Job, payload: Payload, source: Source) -> Order {
    Order {
        source,
        file: payload.file,
        dry_run: payload.dry_run,
        good_rows: payload.good_rows,
        actor: job.owner.clone(),
        actor_name: payload.actor_name,
        id: job.id.clone(),
        limits: Limits::default(),
        sheet: payload.sheet,
        whole: payload.whole,
    }
}

/// Ends a job of a desk; the text is kept with it.
pub async fn outcome(app: &App, job: &Job, layout: Layout, result: Result<Result<Report, Both>>) -> Result<String> {
    let outcome = match result? {
        Err(Both { vi, .. }) => Outcome { refused: Some(vi.into_owned()), ..Outcome::default() },
        Ok(report) => {
            keep_faults(app, &job.id, &report).await?;
            let mut outcome = of(&report);
            outcome.has_bad_rows = keep_bad_rows(app, job, layout, &report).await?;
            outcome
        }
    };
    Ok(serde_json::to_string(&outcome)?)
}

fn of(report: &Report) -> Outcome {
    let summary = &report.summary;
    let (of_rows, of_file): (Vec<Fault>, Vec<Fault>) = report.warnings.iter().cloned().partition(|fault| fault.row.is_some());
    let mut warnings = gathered(&of_rows, Tongue::Vi);
    let warning_count = warnings.len();
    warnings.truncate(SHOWN);
    Outcome {
        refused: None,
        written: summary.written,
        total: report.total,
        added: summary.added,
        changed: summary.changed,
        unchanged: summary.unchanged,
        skipped: summary.skipped,
        waiting: summary.waiting,
        faults: summary.faults.iter().take(SHOWN).map(|fault| fault.line(Tongue::Vi)).collect(),
        fault_count: summary.faults.len(),
        warnings,
        warning_count,
        of_file: gathered(&of_file, Tongue::Vi),
        has_bad_rows: false,
    }
}

/// The rows that did not pass, as a file beside the one that was sent; whether there are any.
async fn keep_bad_rows(app: &App, job: &Job, layout: Layout, report: &Report) -> Result<bool> {
    let payload: Payload = serde_json::from_str(&job.payload)?;
    let depot = app.files().depot();
    let Some(source) = depot.source(&upload(&payload.stored)).await? else { return Ok(false) };
    let Some(bytes) = order_of(job, payload, source).taken(layout).bad_rows(report).await? else { return Ok(false) };
    depot.put(&upload(&format!("{}.dong-loi.xlsx", job.id)), bytes).await?;
    Ok(true)
}

/// All faults as a file beside the one that was sent.
async fn keep_faults(app: &App, id: &str, report: &Report) -> Result<()> {
    if report.summary.faults.is_empty() && report.warnings.is_empty() {
        return Ok(());
    }
    let columns = vec![Column::new("dòng", 8.0), Column::new("mức", 10.0), Column::new("nội dung", 80.0)];
    let mut writer = Writer::new(Format::Csv, "", columns)?;
    let all = report.summary.faults.iter().map(|fault| ("lỗi", fault)).chain(report.warnings.iter().map(|fault| ("lưu ý", fault)));
    for (level, fault) in all {
        let row = fault.row.map_or(Value::Empty, |row| Value::Int(row.into()));
        writer.row(&[row, Value::from(level), Value::Text(Fault { row: None, text: fault.text.clone() }.line(Tongue::Vi))])?;
    }
    app.files().depot().put(&upload(&format!("{id}.loi.csv")), writer.finish()?).await?;
    Ok(())
}
