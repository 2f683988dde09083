//! A place that an answer names becomes a prospect, with nothing typed again.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::model::{Call, Proposal, Reply};
use super::{answers_for, sees_all, store};
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::journal::Note;
use crate::page::{Sent, Shell, Visit, go, html_as};
use crate::prospect::{self, AlikePart, Taken};

const MOBILISERS: Need = Need::May(Act::Mobilise);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post("/dot-de-nghi/{id}/{answer}/{place}/van-dong", MOBILISERS, take)
}

#[derive(Template)]
#[template(path = "call/place.html")]
struct PlacePage {
    shell: Shell,
    call: Call,
    line: Proposal,
    action: String,
    alike: AlikePart,
    back: String,
}

/// The answer, for whoever gave it or sees all.
async fn load(tx: &mut Tx, visit: &Visit, id: &str, answer: &str) -> Result<(Call, Reply)> {
    let call = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let reply = store::reply(tx, id, answer).await?.ok_or_else(Refusal::not_found)?;
    let (body, unit) = answers_for(&visit.actor);
    let is_own = !body.is_empty() && reply.body_id == body || !unit.is_empty() && reply.unit_id.as_deref() == Some(unit.as_str());
    if is_own || sees_all(&visit.actor) { Ok((call, reply)) } else { Err(Refusal::not_found().into()) }
}

async fn take(visit: Visit, Path((id, answer, place)): Path<(String, String, i64)>, sent: Sent) -> Result<Response> {
    if !prospect::may_write(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let (call, reply) = load(&mut tx, &visit, &id, &answer).await?;
    let line = store::proposals(&mut tx, &answer).await?.into_iter().find(|line| line.place == place).ok_or_else(Refusal::not_found)?;
    if let Some(known) = &line.prospect_id {
        return Ok(go(&format!("/van-dong/{known}"), ""));
    }
    if line.kind != "place" {
        return Err(Refusal::stale().into());
    }
    let unit = reply.unit_id.as_deref().unwrap_or_default();
    let note = format!("{} đề nghị trong đợt “{}”.", reply.name, call.title);
    let back = if sees_all(&visit.actor) { format!("/dot-de-nghi/{id}?loc=da") } else { format!("/dot-de-nghi/{id}/tra-loi") };
    let prospect = match (sent.fields.get("same"), unit) {
        ("", "") => {
            // a department or association named a place without saying where; that is asked in the form of a prospect
            let fields = crate::page::Fields::default();
            return Ok(go(&fields.address("/van-dong/moi", &[("name", &line.name), ("address", &line.address), ("note", &note)]), ""));
        }
        ("" | "none", _) => {
            match prospect::take(&mut tx, &visit, (&line.name, &line.address, unit, &note), sent.fields.get("same") == "none").await? {
                Taken::Made(id) => id,
                Taken::Alike(alike) => {
                    drop(tx);
                    let action = format!("/dot-de-nghi/{id}/{answer}/{place}/van-dong");
                    let page = PlacePage { shell: visit.shell("Đưa vào vận động"), call, line, action, alike, back };
                    return html_as(StatusCode::CONFLICT, &page);
                }
            }
        }
        (known, _) => prospect::seen(&mut tx, &visit, known).await?,
    };
    if store::place_is(&mut tx, &answer, place, &prospect).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"body": reply.body_id, "place": place, "prospect": prospect, "note": line.name});
    Note::of("mobilise_call", ("call", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/van-dong/{prospect}"), "da-luu"))
}
