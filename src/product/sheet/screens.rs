//! The screen "Nhập, xuất sản phẩm".

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::response::Response;

use super::export::{self, Form as ExportForm, Pages, document};
use super::{IMPORT_JOB, totals};
use crate::access::{Need, Role, STAFF};
use crate::app::{App, Routes};
use crate::error::Result;
use crate::intake::{self, Desk, Past, attachment};
use crate::job::Job;
use crate::page::{Form, Sent, Shell, Visit, html};
use crate::product::model::may_certify;
use crate::sheet::Format;
use crate::text::Tongue;

const IMPORTERS: Need = Need::Roles(&[Role::Administrator, Role::Leader, Role::Surveyor]);
const WATCHERS: Need = Need::Roles(&[Role::Administrator, Role::Leader, Role::Surveyor, Role::Auditor]);

const DESK: Desk = Desk { path: "/nhap/san-pham", job: IMPORT_JOB, thing: "sản phẩm", list: ("/san-pham-ocop", "Xem sổ sản phẩm"), may_import };

/// The routes of files.
pub fn routes() -> Routes {
    Routes::new()
        .get("/nhap/san-pham", Need::Roles(STAFF), form)
        .post_files("/nhap/san-pham", IMPORTERS, upload)
        .get("/nhap/san-pham/mau.xlsx", Need::Roles(STAFF), template)
        .get("/nhap/san-pham/{job}", WATCHERS, async |visit: Visit, Path(id): Path<String>| DESK.show(visit, id).await)
        .get("/nhap/san-pham/{job}/tien-do", WATCHERS, async |visit: Visit, Path(id): Path<String>| DESK.progress(visit, id).await)
        .get("/nhap/san-pham/{job}/loi.csv", WATCHERS, async |visit: Visit, Path(id): Path<String>| DESK.faults(visit, id).await)
        .post("/nhap/san-pham/{job}/lai", IMPORTERS, async |visit: Visit, Path(id): Path<String>, sent: Sent| DESK.again(visit, id, sent).await)
        .get("/xuat/san-pham.csv", Need::SignedIn, csv)
        .get("/xuat/san-pham.xlsx", Need::SignedIn, xlsx)
        .merge(totals::routes())
}

/// Keepers of the register, and who runs the system.
fn may_import(visit: &Visit) -> bool {
    visit.actor.is_any([Role::Administrator]) || may_certify(&visit.actor)
}

#[derive(Template)]
#[template(path = "product/sheet_form.html")]
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
    html(&FormPage { shell: visit.shell("Nhập, xuất sản phẩm"), form, may_import: may_import(visit), past: DESK.past(visit).await? })
}

async fn upload(visit: Visit, sent: Sent) -> Result<Response> {
    match DESK.upload(&visit, sent).await? {
        Ok(gone_on) => Ok(gone_on),
        Err(form) => form_page(&visit, form).await,
    }
}

/// Runs an import that was asked for on a screen.
pub async fn run_import(app: &App, job: &Job) -> Result<String> {
    match intake::order(app, job).await? {
        Err(gone) => Ok(gone),
        Ok((order, told)) => intake::outcome(app, job, super::run(app, order, told).await).await,
    }
}

async fn template(_: Visit) -> Result<Response> {
    Ok(attachment("mau-san-pham.xlsx", Format::Xlsx.media_type(), Body::from(export::template()?)))
}

fn name(visit: &Visit, form: ExportForm) -> String {
    let ending = if form == ExportForm::Csv { "csv" } else { "xlsx" };
    format!("san-pham-ocop-{}.{ending}", visit.app.clock().today().format("%Y-%m-%d"))
}

async fn xlsx(visit: Visit) -> Result<Response> {
    let mut pages = Pages::new(&visit.app, &visit.actor.scope());
    let mut tx = visit.app.db().read().await?;
    let bytes = document(&mut tx, &mut pages, visit.app.region()).await?;
    Ok(attachment(&name(&visit, ExportForm::Xlsx), Format::Xlsx.media_type(), Body::from(bytes)))
}

async fn csv(visit: Visit) -> Result<Response> {
    let mut pages = Pages::new(&visit.app, &visit.actor.scope());
    let app = visit.app.clone();
    let body = intake::stream(async move |sender| {
        loop {
            let piece = match next(&app, &mut pages).await {
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
    Ok(attachment(&name(&visit, ExportForm::Csv), Format::Csv.media_type(), body))
}

/// A piece in a transaction of its own, so that a slow reader holds none.
async fn next(app: &App, pages: &mut Pages) -> Result<Option<Vec<u8>>> {
    let mut tx = app.db().read().await?;
    pages.next(&mut tx, app.region()).await
}
