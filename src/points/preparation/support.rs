//! Support given to a point that is being prepared, and lines of it that were recorded wrongly.

use axum::extract::Path;
use axum::response::Response;

use super::model::{self, May};
use super::pages::{GOVERNORS, again, back, ground, refusal, stale, wrong};
use super::store;
use crate::access::Routes;
use crate::error::{Result, both};
use crate::journal::Note;
use crate::page::{Errors, Sent, Visit, once};
use crate::point::State;

const LINE: usize = 300;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post("/ho-so/{id}/chuan-bi/ho-tro", GOVERNORS, give).post(
        "/ho-so/{id}/chuan-bi/ho-tro/{support}/bo",
        GOVERNORS,
        take_back,
    )
}

/// Support given.
async fn give(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    const PART: &str = "support";
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = once::begin(&visit, &fields).await?;
    let (point, preparation) = ground(&mut tx, &visit, &id).await?;
    if point.state != State::Preparing || !May::of(&visit.actor, &point).govern {
        return Err(refusal(&point).into());
    }
    let (line, errors) = model::read_support(&fields, preparation.started_on, today);
    let Some(line) = line else {
        drop(tx);
        return again(&visit, &id, wrong(fields, PART, errors)).await;
    };
    if preparation.version != fields.version() || store::save(&mut tx, &preparation).await? == 0 {
        drop(tx);
        return again(&visit, &id, stale(fields, PART)).await;
    }
    store::add_support(&mut tx, &id, &line, visit.actor.journal_id(), now).await?;
    Note::of("support", ("point", &id), line.detail()).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, back(&id, PART, "da-luu")).await
}

/// Takes back a line of support that was recorded wrongly.
async fn take_back(visit: Visit, Path((id, support)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    const PART: &str = "support";
    let now = visit.app.clock().now();
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let (point, preparation) = ground(&mut tx, &visit, &id).await?;
    if point.state != State::Preparing || !May::of(&visit.actor, &point).govern {
        return Err(refusal(&point).into());
    }
    let field = format!("reason-{support}");
    let mut errors = Errors::default();
    let reason = fields.text(&field, LINE, &mut errors);
    if reason.is_empty() {
        errors.add(&field, both("Hãy ghi lý do bỏ khoản này.", "State why this line is taken back."));
    }
    if !errors.is_empty() {
        drop(tx);
        return again(&visit, &id, wrong(fields, PART, errors)).await;
    }
    let known = store::support(&mut tx, &id).await?.into_iter().find(|line| line.id == support);
    let (Some(line), true) = (known, preparation.version == fields.version()) else {
        drop(tx);
        return again(&visit, &id, stale(fields, PART)).await;
    };
    store::save(&mut tx, &preparation).await?;
    store::drop_support(&mut tx, &id, &support).await?;
    let detail = serde_json::json!({"support": line.id, "what": line.what, "amount": line.amount, "source": line.source, "given_on": line.given_on, "reason": reason});
    Note::of("drop_support", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(back(&id, PART, "da-luu"))
}
