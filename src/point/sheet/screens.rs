//! The screen "Nhập, xuất": a file is kept, a job checks and writes it, a page tells how far it is and what came out.

use std::collections::HashMap;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll};

use askama::Template;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::export::{self, Form as ExportForm, Pages, document};
use super::{IMPORT_JOB, Order, Report, Stage};
use crate::access::{Need, Role, STAFF};
use crate::app::{App, Routes};
use crate::error::{Both, Error, Refusal, Result, both};
use crate::job::{self, Job};
use crate::page::{Errors, Form, Sent, Shell, Visit, go, html};
use crate::point::bulk;
use crate::sheet::{Column, Format, Value, Writer};
use crate::text::{self, Tongue};
use crate::clock;

const IMPORTERS: Need = Need::Roles(&[Role::Administrator, Role::Leader]);
const WATCHERS: Need = Need::Roles(&[Role::Administrator, Role::Leader, Role::Auditor]);

/// Faults and warnings shown on the page; the rest is in the file to download.
const SHOWN: usize = 500;

/// Days after which files that were sent are removed.
const KEPT_DAYS: i64 = 30;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .get("/nhap", Need::Roles(STAFF), form)
        .post_files("/nhap", IMPORTERS, upload)
        .get("/nhap/mau.xlsx", Need::Roles(STAFF), template)
        .get("/nhap/{job}", WATCHERS, show)
        .get("/nhap/{job}/tien-do", WATCHERS, progress)
        .get("/nhap/{job}/loi.csv", WATCHERS, faults)
        .post("/nhap/{job}/lai", IMPORTERS, again)
        .get("/xuat/diem.csv", Need::SignedIn, async |visit: Visit| download(visit, ExportForm::Csv).await)
        .get("/xuat/diem.xlsx", Need::SignedIn, async |visit: Visit| download(visit, ExportForm::Xlsx).await)
        .get("/xuat/diem.geojson", Need::SignedIn, async |visit: Visit| download(visit, ExportForm::Geojson).await)
}

/// What a job is asked to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Payload {
    stored: String,
    file: String,
    dry_run: bool,
    good_rows: bool,
    actor_name: String,
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
    faults: Vec<String>,
    fault_count: usize,
    warnings: Vec<String>,
    warning_count: usize,
}

/// Stage, rows done, rows in all.
type Far = (Stage, usize, usize);

/// How far the jobs of this process are.
static RUNNING: LazyLock<Mutex<HashMap<String, Far>>> = LazyLock::new(Mutex::default);

fn folder(app: &App) -> PathBuf {
    app.config().data_dir.join("uploads")
}

fn may_import(visit: &Visit) -> bool {
    visit.actor.is_any([Role::Administrator]) || (visit.actor.is_any([Role::Leader]) && visit.actor.can("accept"))
}

fn sees_all(visit: &Visit) -> bool {
    visit.actor.is_any([Role::Administrator, Role::Auditor])
}

struct Past {
    id: String,
    file: String,
    when: String,
    what: String,
}

#[derive(Template)]
#[template(path = "point/sheet_form.html")]
struct FormPage {
    shell: Shell,
    form: Form,
    may_import: bool,
    past: Vec<Past>,
}

async fn form(visit: Visit) -> Result<Response> {
    form_page(&visit, Form::new(Tongue::Vi)).await
}

async fn form_page(visit: &Visit, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let may_import = may_import(visit);
    let asked = if may_import || sees_all(visit) { bulk::asked(&mut tx, visit.actor.journal_id(), sees_all(visit)).await? } else { Vec::new() };
    drop(tx);
    let past = asked
        .into_iter()
        .filter_map(|job| {
            let payload: Payload = serde_json::from_str(&job.payload).ok()?;
            let when = clock::local(job.created_at).format("%d/%m/%Y %H:%M").to_string();
            Some(Past { what: verdict(&job.state, &payload, &job.outcome), id: job.id, file: payload.file, when })
        })
        .collect();
    html(&FormPage { shell: visit.shell("Nhập, xuất"), form, may_import, past })
}

fn verdict(state: &str, payload: &Payload, outcome: &str) -> String {
    let outcome: Option<Outcome> = serde_json::from_str(outcome).ok();
    match (state, outcome) {
        ("done", Some(outcome)) if outcome.refused.is_some() => "không đọc được tệp".to_owned(),
        ("done", Some(outcome)) if outcome.written => format!("đã ghi: thêm {}, sửa {}", outcome.added, outcome.changed),
        ("done", Some(outcome)) if outcome.fault_count > 0 => format!("chưa ghi, {} dòng có lỗi", outcome.skipped),
        ("done", Some(_)) if payload.dry_run => "kiểm tra thử, không có lỗi".to_owned(),
        ("done", Some(_)) => "không có gì thay đổi".to_owned(),
        ("failed", _) => "hệ thống lỗi".to_owned(),
        _ => "đang chạy".to_owned(),
    }
}

async fn upload(visit: Visit, sent: Sent) -> Result<Response> {
    if !may_import(&visit) {
        return Err(Refusal::forbidden().into());
    }
    let Some((_, name, bytes)) = sent.files.into_iter().find(|(field, ..)| field == "file") else {
        let mut errors = Errors::default();
        errors.add("file", both("Chưa chọn tệp; hãy chọn tệp CSV hoặc Excel (.xlsx).", "No file was chosen; choose a CSV or Excel (.xlsx) file."));
        return form_page(&visit, Form::with(sent.fields, errors, Tongue::Vi)).await;
    };
    let now = visit.app.clock().now();
    let folder = folder(&visit.app);
    tidy(&folder, now).await;
    tokio::fs::create_dir_all(&folder).await?;
    let stored = clock::new_id();
    let part = folder.join(format!("{stored}.part"));
    tokio::fs::write(&part, bytes).await?;
    tokio::fs::rename(&part, folder.join(&stored)).await?;
    let payload = Payload {
        stored,
        file: name,
        dry_run: sent.fields.is_on("dry_run"),
        good_rows: sent.fields.is_on("good_rows"),
        actor_name: visit.actor.journal_name(),
    };
    queue(&visit, &payload).await
}

async fn queue(visit: &Visit, payload: &Payload) -> Result<Response> {
    let mut tx = visit.app.db().write().await?;
    let id = job::queue(&mut tx, visit.app.clock().now(), IMPORT_JOB, &serde_json::to_string(payload)?, visit.actor.journal_id()).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/nhap/{id}"), ""))
}

/// Removes what was sent long ago: lists hold names and telephone numbers.
async fn tidy(folder: &std::path::Path, now: DateTime<Utc>) {
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else { return };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let written = entry.metadata().await.ok().and_then(|about| about.modified().ok()).map(DateTime::<Utc>::from);
        if written.is_some_and(|written| now - written > chrono::Duration::days(KEPT_DAYS)) {
            let _ = tokio::fs::remove_file(entry.path()).await;
        }
    }
}

/// The job of this page, if the caller may see it.
async fn load(visit: &Visit, id: &str) -> Result<(Job, Payload)> {
    let mut tx = visit.app.db().read().await?;
    let job = job::find(&mut tx, id).await?.filter(|job| job.kind == IMPORT_JOB && (sees_all(visit) || job.owner == visit.actor.journal_id()));
    let job = job.ok_or_else(Refusal::not_found)?;
    let payload = serde_json::from_str(&job.payload)?;
    Ok((job, payload))
}

#[derive(Template)]
#[template(path = "point/sheet_result.html")]
struct ResultPage {
    shell: Shell,
    id: String,
    payload: Payload,
    running: bool,
    failed: bool,
    told: (usize, usize, String),
    outcome: Outcome,
    may_import: bool,
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let (job, payload) = load(&visit, &id).await?;
    let running = matches!(job.state.as_str(), "waiting" | "running");
    let outcome = if job.state == "done" { serde_json::from_str(&job.outcome)? } else { Outcome::default() };
    let title = format!("Nhập tệp {}", payload.file);
    html(&ResultPage { shell: visit.shell(&title), told: told(&job), failed: job.state == "failed", may_import: may_import(&visit), id, payload, running, outcome })
}

/// Rows done, rows in all (twice over: compared and written), and a line of text.
fn told(job: &Job) -> (usize, usize, String) {
    let running = RUNNING.lock().ok().and_then(|running| running.get(&job.id).copied());
    match running {
        _ if job.state == "waiting" && job.attempts > 0 => (0, 0, "Gặp trục trặc, hệ thống sẽ thử lại sau ít phút".to_owned()),
        None => (0, 0, "Đang chờ đến lượt".to_owned()),
        Some((stage @ Stage::Reading, done, _)) => (0, 0, format!("{}: {done} dòng", stage.name(Tongue::Vi))),
        Some((stage, done, total)) => {
            let before = if stage == Stage::Writing { total } else { 0 };
            ((before + done).min((total * 2).saturating_sub(1)), total * 2, format!("{}: {done}/{total} dòng", stage.name(Tongue::Vi)))
        }
    }
}

async fn progress(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let (job, _) = load(&visit, &id).await?;
    let next = format!("/nhap/{id}");
    let answer = match job.state.as_str() {
        "done" | "failed" => serde_json::json!({"done": 1, "total": 1, "text": "Đã xong", "next": next}),
        _ => {
            let (done, total, text) = told(&job);
            serde_json::json!({"done": done, "total": total, "text": text, "next": next})
        }
    };
    Ok(Json(answer).into_response())
}

async fn faults(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let (job, payload) = load(&visit, &id).await?;
    let bytes = tokio::fs::read(folder(&visit.app).join(format!("{}.loi.csv", job.id))).await.map_err(|_| Error::from(Refusal::not_found()))?;
    Ok(attachment(&format!("loi-{}.csv", text::slug(&payload.file)), ExportForm::Csv.media_type(), Body::from(bytes)))
}

async fn again(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    if !may_import(&visit) {
        return Err(Refusal::forbidden().into());
    }
    let (_, payload) = load(&visit, &id).await?;
    if tokio::fs::metadata(folder(&visit.app).join(&payload.stored)).await.is_err() {
        return Err(Refusal::rule(
            "upload-gone",
            both(format!("Tệp đã gửi được xóa sau {KEPT_DAYS} ngày."), format!("The file was removed after {KEPT_DAYS} days.")),
            both("Hãy chọn tệp và gửi lại.", "Choose the file and send it again."),
        )
        .into());
    }
    let payload = Payload { dry_run: false, good_rows: sent.fields.is_on("good_rows"), actor_name: visit.actor.journal_name(), ..payload };
    queue(&visit, &payload).await
}

/// Runs an import that was asked for on a screen.
pub async fn run_import(app: &App, job: &Job) -> Result<String> {
    let payload: Payload = serde_json::from_str(&job.payload)?;
    let Ok(bytes) = tokio::fs::read(folder(app).join(&payload.stored)).await else {
        return Ok(serde_json::to_string(&Outcome { refused: Some("Không còn tệp đã gửi; hãy gửi lại tệp.".into()), ..Outcome::default() })?);
    };
    let order = Order {
        bytes,
        file: payload.file.clone(),
        dry_run: payload.dry_run,
        good_rows: payload.good_rows,
        actor: job.owner.clone(),
        actor_name: payload.actor_name.clone(),
        id: job.id.clone(),
    };
    let id = job.id.clone();
    let told: super::Progress = Arc::new(move |stage, done, total| {
        if let Ok(mut running) = RUNNING.lock() {
            running.insert(id.clone(), (stage, done, total));
        }
    });
    told(Stage::Reading, 0, 0);
    let result = super::run(app, order, told).await;
    if let Ok(mut running) = RUNNING.lock() {
        running.remove(&job.id);
    }
    let outcome = match result? {
        Err(Both { vi, .. }) => Outcome { refused: Some(vi.into_owned()), ..Outcome::default() },
        Ok(report) => {
            keep_faults(app, &job.id, &report).await?;
            outcome(&report)
        }
    };
    Ok(serde_json::to_string(&outcome)?)
}

fn outcome(report: &Report) -> Outcome {
    let lines = |faults: &[super::Fault]| faults.iter().take(SHOWN).map(|fault| fault.line(Tongue::Vi)).collect();
    let summary = &report.summary;
    Outcome {
        refused: None,
        written: summary.written,
        total: report.total,
        added: summary.added,
        changed: summary.changed,
        unchanged: summary.unchanged,
        skipped: summary.skipped,
        faults: lines(&summary.faults),
        fault_count: summary.faults.len(),
        warnings: lines(&report.warnings),
        warning_count: report.warnings.len(),
    }
}

/// All faults as a file beside the one that was sent.
async fn keep_faults(app: &App, id: &str, report: &Report) -> Result<()> {
    if report.summary.faults.is_empty() && report.warnings.is_empty() {
        return Ok(());
    }
    let columns = vec![Column::new("dòng", 8.0), Column::new("mức", 10.0), Column::new("nội dung", 80.0)];
    let failed = |error: crate::sheet::SheetError| Error::Internal(Box::new(error));
    let mut writer = Writer::new(Format::Csv, "", columns).map_err(failed)?;
    let all = report.summary.faults.iter().map(|fault| ("lỗi", fault)).chain(report.warnings.iter().map(|fault| ("lưu ý", fault)));
    for (level, fault) in all {
        let row = fault.row.map_or(Value::Empty, |row| Value::Int(row.into()));
        writer.row(&[row, Value::from(level), Value::Text(super::Fault { row: None, text: fault.text.clone() }.line(Tongue::Vi))]).map_err(failed)?;
    }
    tokio::fs::write(folder(app).join(format!("{id}.loi.csv")), writer.finish().map_err(failed)?).await?;
    Ok(())
}

async fn template(_: Visit) -> Result<Response> {
    Ok(attachment("mau-diem-ban.xlsx", ExportForm::Xlsx.media_type(), Body::from(export::template()?)))
}

fn attachment(name: &str, media_type: &'static str, body: Body) -> Response {
    ([(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))], body).into_response()
}

async fn download(visit: Visit, form: ExportForm) -> Result<Response> {
    let today = visit.app.clock().today();
    let pages = Pages::new(form, visit.actor.scope(), visit.query.is_on("tat-ca"), today);
    download_of(&visit.app, pages, form, &format!("diem-ban-ocop-{}", today.format("%Y-%m-%d"))).await
}

/// A file of these pages, sent piece by piece where its format allows.
pub async fn download_of(app: &App, mut pages: Pages, form: ExportForm, name: &str) -> Result<Response> {
    let app = app.clone();
    if form == ExportForm::Xlsx {
        let mut tx = app.db().read().await?;
        let bytes = document(&mut tx, &mut pages, app.region()).await?;
        return Ok(attachment(&format!("{name}.xlsx"), form.media_type(), Body::from(bytes)));
    }
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        loop {
            let piece = match pages.next_of(app.db(), app.region()).await {
                Ok(None) => return,
                Ok(Some(piece)) => Ok(Bytes::from(piece)),
                Err(error) => {
                    tracing::error!(%error, "export");
                    Err(std::io::Error::other("export"))
                }
            };
            let is_last = piece.is_err();
            if sender.send(piece).await.is_err() || is_last {
                return;
            }
        }
    });
    let ending = if form == ExportForm::Csv { "csv" } else { "geojson" };
    Ok(attachment(&format!("{name}.{ending}"), form.media_type(), Body::from_stream(Pieces(receiver))))
}

/// Pieces of a file as they become ready.
struct Pieces(mpsc::Receiver<std::io::Result<Bytes>>);

impl futures_core::Stream for Pieces {
    type Item = std::io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}
