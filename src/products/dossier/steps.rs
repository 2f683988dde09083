//! The steps of the producer: which case applies, what changed, answers taken over, sent, taken back.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::Response;

use super::model::{self, Dossier, State};
use super::pages::{WRITERS, bands, load_own, page, save, sheet_of};
use super::{known, rule, store};
use crate::access::Routes;
use crate::clock::digest;
use crate::error::{Refusal, Result, both};
use crate::page::{Errors, Form, Sent, Visit, go};
use crate::scoring::sheet::Sheet;
use crate::scoring::{self, mark};
use crate::text::Tongue;
use crate::{product, setting};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .post("/ho-so-danh-gia/{id}/truong-hop", WRITERS, choose_case)
        .post("/ho-so-danh-gia/{id}/thay-doi", WRITERS, tell_news)
        .post("/ho-so-danh-gia/{id}/chep", WRITERS, copy)
        .post("/ho-so-danh-gia/{id}/gui", WRITERS, send)
        .post("/ho-so-danh-gia/{id}/rut", WRITERS, withdraw)
}

async fn choose_case(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let mut tx = visit.app.db().write().await?;
    let before = load_own(&mut tx, &visit, &id).await?;
    let sheet = sheet_of(&mut tx, &before).await?;
    let case = sent.fields.get("case").to_owned();
    if sheet.cases().iter().all(|(known, _)| *known != case) {
        return Err(Refusal::invalid(both("Hãy chọn một trường hợp.", "Choose a case.")).into());
    }
    let mut marks = before.answers();
    if marks.case != case {
        // answers of the other case say something else
        let of_cases = sheet.asked().filter(|line| line.answers(None).is_none()).map(|line| line.no.clone());
        of_cases.for_each(|no| {
            marks.answers.remove(&no);
        });
        marks.case = case.clone();
    }
    let after = before.clone().answer(sheet, &marks, &bands(sheet, visit.app.clock().today()))?;
    save(&mut tx, &visit, &before, &after, "answer_dossier", serde_json::json!({"set": {"case": case}})).await?;
    tx.commit().await?;
    Ok(go(&format!("/ho-so-danh-gia/{id}"), "da-luu"))
}

/// Longest text about what changed.
const NEWS: usize = 10_000;

async fn tell_news(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let mut errors = Errors::default();
    let news = fields.text("news", NEWS, &mut errors);
    if !errors.is_empty() {
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let mut tx = visit.app.db().write().await?;
    let before = load_own(&mut tx, &visit, &id).await?;
    if !before.is_open() || before.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    let after = Dossier { news, ..before.clone() };
    save(&mut tx, &visit, &before, &after, "answer_dossier", serde_json::json!({"set": {"news": after.news}})).await?;
    tx.commit().await?;
    Ok(go(&format!("/ho-so-danh-gia/{id}"), "da-luu"))
}

/// Takes over the answers of the dossier before, or of another product of the same set; what was answered here already stays.
async fn copy(visit: Visit, Path(id): Path<String>, _sent: Sent) -> Result<Response> {
    let mut tx = visit.app.db().write().await?;
    let before = load_own(&mut tx, &visit, &id).await?;
    let sheet = sheet_of(&mut tx, &before).await?;
    let sister = store::source(&mut tx, &before).await?.ok_or_else(Refusal::not_found)?;
    let (mut marks, theirs) = (before.answers(), sister.answers());
    if marks.case.is_empty() {
        marks.case = theirs.case.clone();
    }
    for (no, at) in &theirs.answers {
        let fits = sheet.criterion(no).is_some_and(|line| mark::answers(&marks, line).get(*at).is_some());
        if fits {
            marks.answers.entry(no.clone()).or_insert(*at);
        }
    }
    let after = before.clone().answer(sheet, &marks, &bands(sheet, visit.app.clock().today()))?;
    let said = store::words(&mut tx, &id).await?;
    for (no, words) in store::words(&mut tx, &sister.id).await? {
        if !said.contains_key(&no) {
            store::say(&mut tx, &id, &no, &words).await?;
        }
    }
    for proof in store::proofs(&mut tx, &sister.id).await? {
        store::prove(&mut tx, &id, &proof.no, &proof.evidence.id, &proof.pages).await?;
    }
    save(&mut tx, &visit, &before, &after, "copy_dossier", serde_json::json!({"from": sister.id, "set": {"points": after.points}})).await?;
    tx.commit().await?;
    Ok(go(&format!("/ho-so-danh-gia/{id}"), "copy_dossier"))
}

/// What was sent, in one text: the same answers, words and proofs give the same digest on any day.
fn whole(dossier: &Dossier, sheet: &Sheet, words: &BTreeMap<String, String>, proofs: &[store::Proof]) -> String {
    let proofs: Vec<(&str, &str, &str)> =
        proofs.iter().map(|proof| (proof.no.as_str(), proof.evidence.id.as_str(), proof.pages.as_str())).collect();
    serde_json::json!({
        "dossier": dossier.id, "product": dossier.product_id, "kind": dossier.kind.word(), "sheet": dossier.sheet, "wording": sheet.digest,
        "marks": dossier.answers(), "news": dossier.news, "words": words, "proofs": proofs,
    })
    .to_string()
}

async fn send(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().write().await?;
    let before = load_own(&mut tx, &visit, &id).await?;
    if before.version != sent.fields.version() {
        return Err(Refusal::stale().into());
    }
    let sheet = sheet_of(&mut tx, &before).await?;
    let certificates = product::store::certificates(&mut tx, &before.product_id).await?;
    model::filing(before.kind, &certificates, today)?;
    let words = store::words(&mut tx, &id).await?;
    let proofs = store::proofs(&mut tx, &id).await?;
    if let Some((proof, fault)) = proofs.iter().find_map(|proof| proof.evidence.fault(today).map(|fault| (proof, fault))) {
        return Err(Refusal::rule(
            "proof",
            both(
                format!("Minh chứng “{}” của mục {} {fault}.", proof.evidence.title, proof.no),
                "A paper of the dossier proves nothing any more.",
            ),
            both("Hãy thay bằng giấy còn giá trị hoặc bỏ khỏi mục ấy rồi gửi lại.", "Replace it or take it away, then send again."),
        )
        .into());
    }
    let due_on = match rule::receiver(today).and_then(|rule| rule.working_days) {
        Some(days) => Some(rule::working(today, days, &setting::days_off(&mut tx, today).await?)),
        None => None,
    };
    let after = before.clone().send(sheet, digest(whole(&before, sheet, &words, &proofs).as_bytes()), due_on, today)?;
    let detail = serde_json::json!({"set": {"state": after.state.word(), "due_on": after.due_on, "points": after.points}, "receipt": after.receipt, "digest": after.digest});
    let facts = known::of(&mut tx, visit.app.held(), &before, None).await?;
    known::keep(&mut tx, &id, &facts).await?;
    scoring::store::keep(&mut tx, sheet, "", visit.actor.journal_id(), visit.app.clock().now()).await?;
    save(&mut tx, &visit, &before, &after, "send_dossier", detail).await?;
    super::tell(&mut tx, &visit, &after).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/ho-so-danh-gia/{id}"), "send_dossier"))
}

async fn withdraw(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let mut tx = visit.app.db().write().await?;
    let before = load_own(&mut tx, &visit, &id).await?;
    if before.version != sent.fields.version() {
        return Err(Refusal::stale().into());
    }
    let after = before.clone().withdraw(visit.app.clock().today())?;
    save(&mut tx, &visit, &before, &after, "withdraw_dossier", serde_json::json!({"set": {"state": after.state.word()}})).await?;
    if before.state == State::Sent {
        super::tell(&mut tx, &visit, &after).await?;
    }
    tx.commit().await?;
    visit.app.wake();
    Ok(go("/ho-so-danh-gia", "withdraw_dossier"))
}
