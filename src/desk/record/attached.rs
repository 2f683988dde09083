//! What people attached, handed to those who may see the thing it belongs to: pictures shown, documents to be saved.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::access::papers;
use crate::access::{Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::file::{self, Attachment, Size};
use crate::page::Visit;
use crate::point::{model, store};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/anh/{id}", Need::Public, picture).get("/tep/{id}", Need::SignedIn, document)
}

/// Whether everybody may see it: public pictures of public points and of products. The others are for those in whose scope
/// the thing lies; whoever may see neither learns nothing.
async fn reach(tx: &mut Tx, visit: &Visit, kind: &str, subject: &str, is_public: bool) -> Result<bool> {
    if kind == "product" {
        return Ok(is_public);
    }
    if kind == crate::dossier::PAPER {
        return crate::dossier::may_open(tx, visit, subject).await.map(|()| false);
    }
    if kind == crate::dossier::person::CONSENT {
        return crate::dossier::person::may_open(tx, visit, subject).await.map(|()| false);
    }
    if kind == crate::connection::CLAIM_PAPER {
        return if visit.actor.is_staff() { Ok(false) } else { Err(Refusal::not_found().into()) };
    }
    let point_id = match kind {
        "point" | "preparation" | crate::connection::papers::PAPER => subject.to_owned(),
        "survey" => crate::survey::point_of(tx, subject).await?.ok_or_else(Refusal::not_found)?,
        crate::meeting::PAPER => crate::meeting::store::find(tx, subject).await?.ok_or_else(Refusal::not_found)?.point_id,
        kind => crate::inspection::point_of(tx, kind, subject).await?.ok_or_else(Refusal::not_found)?,
    };
    let point = store::find(tx, &point_id).await?.ok_or_else(Refusal::not_found)?;
    if is_public && point.state.is_public() {
        return Ok(true);
    }
    let units = store::units_of(tx, &point_id).await?;
    if model::in_scope(&visit.actor.scope(), &point, &units) { Ok(false) } else { Err(Refusal::not_found().into()) }
}

async fn picture(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let attachment = file::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    let everybody = reach(&mut tx, &visit, &attachment.subject_kind, &attachment.subject_id, attachment.is_public).await?;
    drop(tx);
    send(&visit, &attachment, everybody).await
}

async fn send(visit: &Visit, attachment: &Attachment, everybody: bool) -> Result<Response> {
    let size = if visit.query.get("co") == "nho" { Size::Small } else { Size::Large };
    let bytes = visit.app.files().read(&attachment.file_id, size).await?;
    let cache = if everybody { "public, max-age=86400" } else { "private, no-store" };
    Ok(jpeg(bytes, cache))
}

fn jpeg(bytes: Vec<u8>, cache: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, cache)], bytes).into_response()
}

async fn document(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let paper = papers::find(&mut tx, &id).await?.filter(|paper| !paper.is_picture()).ok_or_else(Refusal::not_found)?;
    reach(&mut tx, &visit, &paper.subject_kind, &paper.subject_id, false).await?;
    drop(tx);
    if visit.query.get("co") != "nho" {
        return visit.app.files().hand_out(&paper).await;
    }
    // its first page, drawn after it was sent
    let bytes = visit.app.files().read(&paper.file_id, Size::Small).await?;
    Ok(jpeg(bytes, "private, no-store"))
}
