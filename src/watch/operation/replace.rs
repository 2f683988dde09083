//! What takes the place of a point that stopped: proposed by those who see to it, chosen by the Sở.

use axum::extract::Path;
use axum::response::Response;

use super::model::{may_fill, may_replace};
use super::pages::{Again, KEEPERS, again, back};
use super::store;
use crate::access::{Act, Need, Routes};
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Sent, Visit, once};
use crate::point;

/// The routes of this file.
pub fn routes() -> Routes {
    let governors = Need::May(Act::GovernOperation);
    Routes::new().post("/ho-so/{id}/thay-the", KEEPERS, propose).post("/ho-so/{id}/thay-the/{by}/chon", governors, choose).post(
        "/ho-so/{id}/thay-the/{by}/bo",
        governors,
        drop_it,
    )
}

async fn propose(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    const PART: &str = "propose";
    let (now, fields) = (visit.app.clock().now(), sent.fields);
    if !visit.actor.can("inspect") {
        return Err(Refusal::forbidden().into());
    }
    let mut tx = once::begin(&visit, &fields).await?;
    let stopped = point::load(&mut tx, &visit, &id).await?;
    let code = fields.some("code").unwrap_or_else(|| fields.get("pick")).to_owned();
    let by = point::store::find_by_code(&mut tx, code.trim()).await?;
    let Some(by) = by.filter(|_| !code.is_empty()) else {
        let mut errors = Errors::default();
        errors.add(
            "code",
            both(
                "Không có điểm nào mang mã này; hãy chọn trong danh sách hoặc kiểm tra lại mã.",
                "No point has this code; choose from the list or check the code.",
            ),
        );
        drop(tx);
        return again(&visit, &id, Again::wrong(PART, fields, errors)).await;
    };
    let line = store::line_after(&mut tx, &by.id).await?;
    if let Err(refusal) = may_replace((&stopped.id, stopped.state), (&by.id, by.state), &line) {
        drop(tx);
        return again(&visit, &id, Again::refused(PART, fields, refusal)).await;
    }
    let others = !store::replaces(&mut tx, &by.id).await?.is_empty();
    if let Err(refusal) = may_fill(Some(stopped.closed_on.unwrap_or(stopped.state_since)), (by.state, by.opened_on), others) {
        drop(tx);
        return again(&visit, &id, Again::refused(PART, fields, refusal)).await;
    }
    let note = fields.get("note").to_owned();
    if store::propose(&mut tx, &id, &by.id, &note, &visit.actor.journal_name(), now).await? == 0 {
        let known = Refusal::rule(
            "known",
            both("Điểm này đã được đề nghị thay thế.", "This point has been proposed already."),
            both("Hãy xem trong danh sách đề nghị bên dưới.", "See the list of proposals below."),
        );
        drop(tx);
        return again(&visit, &id, Again::refused(PART, fields, known)).await;
    }
    let detail = serde_json::json!({"by": by.id, "code": by.code, "note": note});
    Note::of("propose_replacement", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, back(&id, "da-luu")).await
}

async fn choose(visit: Visit, Path((id, by)): Path<(String, String)>) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    if !visit.actor.can("inspect") {
        return Err(Refusal::forbidden().into());
    }
    let mut tx = visit.app.db().write().await?;
    let stopped = point::load(&mut tx, &visit, &id).await?;
    let by = point::load(&mut tx, &visit, &by).await?;
    if stopped.state != point::State::Closed {
        let not_closed = Refusal::rule(
            "not-closed",
            both("Điểm chưa đóng nên chưa chọn điểm thay thế.", "The point is not closed, so nothing takes its place yet."),
            both("Hãy ghi việc đóng trước, hoặc giữ đề nghị lại.", "Record the closing first, or keep the proposal."),
        );
        drop(tx);
        return again(&visit, &id, Again::refused("propose", crate::page::Fields::default(), not_closed)).await;
    }
    let line = store::line_after(&mut tx, &by.id).await?;
    may_replace((&stopped.id, stopped.state), (&by.id, by.state), &line)?;
    let others = !store::replaces(&mut tx, &by.id).await?.is_empty();
    if let Err(refusal) = may_fill(stopped.closed_on, (by.state, by.opened_on), others) {
        drop(tx);
        return again(&visit, &id, Again::refused("propose", crate::page::Fields::default(), refusal)).await;
    }
    if !store::line_after(&mut tx, &id).await?.is_empty()
        || store::decide(&mut tx, &id, &by.id, "proposed", "chosen", Some(today)).await? == 0
    {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"by": by.id, "code": by.code, "on": today});
    Note::of("replace", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    Note::of("replaces", ("point", &by.id), serde_json::json!({"stopped": id, "code": stopped.code, "on": today}))
        .by(&mut tx, now, &visit.actor)
        .await?;
    tx.commit().await?;
    Ok(back(&id, "da-luu"))
}

/// Drops a proposal, or takes a choice back that was made by mistake.
async fn drop_it(visit: Visit, Path((id, by)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    if !visit.actor.can("inspect") {
        return Err(Refusal::forbidden().into());
    }
    let from = if sent.fields.get("state") == "chosen" { "chosen" } else { "proposed" };
    let mut tx = visit.app.db().write().await?;
    let stopped = point::load(&mut tx, &visit, &id).await?;
    if store::decide(&mut tx, &stopped.id, &by, from, "dropped", None).await? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of("drop_replacement", ("point", &id), serde_json::json!({"by": by, "was": from})).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(back(&id, "da-luu"))
}
