//! Sheets brought in by file, on screen and by `ocop import score-sheet`: each is read by itself, the good ones become the sheets of
//! their sets, the others are refused by name. A sheet as a workbook, to be corrected and brought in again.

use askama::Template;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::layout::{self, Read};
use super::pages::{find, number_of, numbers};
use super::{store, table};
use crate::access::{Act, Need, Routes};
use crate::error::{Error, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Form, Sent, Shell, Visit, html};
use crate::sheet::Format;
use crate::state::App;
use crate::text::Tongue;

const MAY: Need = Need::May(Act::CompareSheets);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/phieu-danh-gia/nhap", MAY, form).post_files("/phieu-danh-gia/nhap", MAY, bring).get(
        "/phieu-danh-gia/{set}/bang",
        Need::SignedIn,
        workbook,
    )
}

/// What became of a sheet of a file.
pub struct Outcome {
    /// "Bộ 1: Chè tươi, chế biến".
    pub name: String,
    /// The product set, where the sheet is good.
    pub set: String,
    /// Whether its wording was the sheet of its set already.
    pub is_same: bool,
    /// What was assumed.
    pub told: Vec<String>,
    /// What is wrong with it; empty where it is good.
    pub wrong: Vec<String>,
}

/// Reads the sheets of a file by its ending.
fn read(bytes: &[u8], name: &str, numbers: &[(String, &'static super::books::Family)]) -> std::result::Result<Vec<Read>, String> {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    let text = || std::str::from_utf8(bytes).map_err(|_| "tệp không phải chữ Unicode (UTF-8)".to_owned());
    match ending.as_str() {
        "yaml" | "yml" => layout::sheets(layout::yaml(text()?)?, numbers),
        "json" => layout::sheets(layout::json(text()?)?, numbers),
        "xlsx" | "csv" => table::read(bytes, name, numbers),
        _ => Err("chỉ nhận tệp .yaml, .json, .xlsx hoặc .csv".to_owned()),
    }
}

/// Reads a file and, unless it is only checked, puts its good sheets in use. The file is read before anything is locked. `by` is a
/// person or `system`.
///
/// # Errors
/// What is wrong with the file as a whole; the store.
pub async fn take(
    app: &App,
    bytes: Vec<u8>,
    name: &str,
    dry_run: bool,
    by: (&str, &str),
) -> Result<std::result::Result<Vec<Outcome>, String>> {
    let now = app.clock().now();
    let numbers = numbers(&mut app.db().read().await?).await?;
    let file = name.to_owned();
    let found = match tokio::task::spawn_blocking(move || read(&bytes, &file, &numbers)).await? {
        Ok(found) => found,
        Err(wrong) => return Ok(Err(wrong)),
    };
    if found.is_empty() {
        return Ok(Err("tệp không có phiếu nào".to_owned()));
    }
    let mut tx = app.db().write().await?;
    let mut outcomes = Vec::new();
    for Read { name: title, told, sheet } in found {
        let mut outcome = Outcome { name: title, set: String::new(), is_same: false, told, wrong: Vec::new() };
        match sheet {
            Err(wrong) => outcome.wrong = wrong,
            Ok(sheet) => {
                outcome.is_same = store::sheet(&mut tx, &sheet.set).await?.is_some_and(|used| used.digest == sheet.digest);
                outcome.set.clone_from(&sheet.set);
                if !dry_run && !outcome.is_same {
                    store::keep(&mut tx, &sheet, name, by.0, now).await?;
                    store::put_in_use(&mut tx, &sheet, now).await?;
                    let detail = serde_json::json!({"file": name, "digest": sheet.digest, "assumed": outcome.told});
                    Note::of("bring_sheet", ("score_sheet", &sheet.set), detail).by_name(&mut tx, now, by).await?;
                }
            }
        }
        outcomes.push(outcome);
    }
    tx.commit().await?;
    Ok(Ok(outcomes))
}

#[derive(Template)]
#[template(path = "scoring/bring.html")]
struct BringPage {
    shell: Shell,
    form: Form,
    outcomes: Vec<Outcome>,
    file: String,
    dry_run: bool,
}

impl BringPage {
    fn good(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.wrong.is_empty()).count()
    }
}

const TITLE: &str = "Nhập phiếu đánh giá";

async fn form(visit: Visit) -> Result<Response> {
    html(&BringPage { shell: visit.shell(TITLE), form: Form::new(visit.lang), outcomes: Vec::new(), file: String::new(), dry_run: false })
}

async fn bring(visit: Visit, sent: Sent) -> Result<Response> {
    let (fields, mut files) = (sent.fields, sent.files);
    let mut errors = Errors::default();
    let dry_run = fields.is_on("dry_run");
    let at = files.iter().position(|(field, ..)| field == "file");
    let Some((_, name, upload)) = at.map(|at| files.swap_remove(at)) else {
        errors.add("file", both("Hãy chọn một tệp .yaml, .json, .xlsx hoặc .csv.", "Choose a .yaml, .json, .xlsx or .csv file."));
        return again(&visit, Form::with(fields, errors, Tongue::Vi));
    };
    let name = crate::text::nfc(&name);
    let bytes = upload.bytes().await?;
    match take(&visit.app, bytes, &name, dry_run, (visit.actor.journal_id(), &visit.actor.journal_name())).await? {
        Ok(outcomes) => html(&BringPage { shell: visit.shell(TITLE), form: Form::new(visit.lang), outcomes, file: name, dry_run }),
        Err(wrong) => {
            errors.add("file", both(format!("Không đọc được {name}: {wrong}."), format!("{name} cannot be read.")));
            again(&visit, Form::with(fields, errors, Tongue::Vi))
        }
    }
}

fn again(visit: &Visit, form: Form) -> Result<Response> {
    let page = BringPage { shell: visit.shell(TITLE), outcomes: Vec::new(), file: String::new(), dry_run: false, form };
    page.form.answer(&page)
}

/// A sheet as a workbook.
async fn workbook(visit: Visit, Path(set): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let sheet = find(&mut tx, &set).await?;
    let number = number_of(&mut tx, &sheet.instrument).await?;
    drop(tx);
    let bytes = tokio::task::spawn_blocking(move || table::written(&[(sheet, &number)], Format::Xlsx))
        .await?
        .map_err(|error| Error::internal(error.text(Tongue::Vi)))?;
    let name = format!("attachment; filename=\"phieu-{set}.xlsx\"", set = sheet.set);
    Ok(([(header::CONTENT_TYPE, Format::Xlsx.media_type().to_owned()), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}
