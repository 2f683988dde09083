//! A point pauses, runs again, ends.

use axum::extract::Path;
use axum::response::Response;

use super::model::{Cause, Stop, reason};
use super::pages::{Again, KEEPERS, again, back, day, some_day};
use super::store;
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Fields, Sent, Visit};
use crate::point::{self, Point, PointRefusal, Step, tell};
use crate::text::date_vi;
use crate::{clock, inspection};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post("/ho-so/{id}/tam-ngung", Need::May(Act::PausePoints), pause).post("/ho-so/{id}/mo-lai", KEEPERS, reopen).post(
        "/ho-so/{id}/dong",
        KEEPERS,
        end,
    )
}

async fn pause(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    answer(visit, id, Step::Suspend, "suspend", sent.fields).await
}

async fn reopen(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    answer(visit, id, Step::Resume, "resume", sent.fields).await
}

async fn end(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    answer(visit, id, Step::Close, "close", sent.fields).await
}

/// Why a step was not taken: fields that cannot be read, or a rule.
#[derive(Debug)]
pub enum Stuck {
    /// What is wrong with which field.
    Fields(Errors),
    /// What the rules say.
    Rule(Refusal),
}

impl From<PointRefusal> for Stuck {
    fn from(refusal: PointRefusal) -> Stuck {
        Stuck::Rule(refusal.into())
    }
}

impl Stuck {
    fn again(self, part: &'static str, fields: Fields) -> Again {
        match self {
            Stuck::Fields(errors) => Again::wrong(part, fields, errors),
            Stuck::Rule(refusal) => Again::refused(part, fields, refusal),
        }
    }
}

/// Pauses, opens again or closes with what was typed: rules, record, journal, mails. The caller commits.
pub async fn take(tx: &mut Tx, visit: &Visit, before: &Point, step: Step, fields: &Fields) -> Result<std::result::Result<Point, Stuck>> {
    if !step.may(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    if !step.from().contains(&before.state) {
        return Err(Refusal::from(PointRefusal::WrongState { step, state: before.state }).into());
    }
    match step {
        Step::Suspend => suspend(tx, visit, before, fields).await,
        Step::Resume => resume(tx, visit, before, fields).await,
        Step::Close => close(tx, visit, before, fields).await,
        _ => Err(Refusal::not_found().into()),
    }
}

/// One form of the page: the step, or the page again with what was typed.
async fn answer(visit: Visit, id: String, step: Step, part: &'static str, fields: Fields) -> Result<Response> {
    if !step.may(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let mut tx = visit.app.db().write().await?;
    let before = point::load(&mut tx, &visit, &id).await?;
    if step.from().contains(&before.state) && before.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    match take(&mut tx, &visit, &before, step, &fields).await? {
        Ok(point) => {
            tx.commit().await?;
            visit.app.wake();
            Ok(back(&point.id, step.word()))
        }
        Err(stuck) => {
            drop(tx);
            again(&visit, &id, stuck.again(part, fields)).await
        }
    }
}

/// Saves the point and tells those who have to know.
async fn settle(
    tx: &mut Tx,
    visit: &Visit,
    before: &Point,
    point: Point,
    step: Step,
    told: (serde_json::Value, &str),
) -> Result<std::result::Result<Point, Stuck>> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    if point::store::save(tx, before, &point, visit.app.region(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let (mut detail, words) = told;
    detail["from"] = before.state.word().into();
    detail["to"] = point.state.word().into();
    detail["set"] = serde_json::json!({
        "state": point.state.word(), "state_since": point.state_since, "due_on": point.due_on, "closed_on": point.closed_on, "last_confirmed_on": point.last_confirmed_on,
    });
    Note::of(step.word(), ("point", &point.id), detail).by(tx, now, &visit.actor).await?;
    tell(tx, now, today, &visit.app.config().base_url, &point, words).await?;
    Ok(Ok(point))
}

fn cause(word: &str) -> Result<Cause, crate::error::Both> {
    Cause::read(word).ok_or_else(|| both("Hãy chọn nguyên nhân.", "Choose the cause."))
}

fn blank(visit: &Visit, point: &Point, kind: &str, from_on: chrono::NaiveDate, cause: Cause, reason: &str) -> Stop {
    Stop {
        id: clock::new_id(),
        point_id: point.id.clone(),
        kind: kind.to_owned(),
        from_on,
        until_on: None,
        ended_on: None,
        cause: cause.word().to_owned(),
        reason: reason.to_owned(),
        commitment_to: None,
        support_total: 0,
        open_findings: 0,
        payback_state: String::new(),
        payback: 0,
        payback_due: None,
        payback_basis: String::new(),
        repaid: 0,
        recorded_by: visit.actor.journal_name(),
        created_at: visit.app.clock().now(),
        version: 1,
    }
}

async fn suspend(tx: &mut Tx, visit: &Visit, before: &Point, fields: &Fields) -> Result<std::result::Result<Point, Stuck>> {
    let today = visit.app.clock().today();
    let mut errors = Errors::default();
    let from_on = errors.take("from_on", day(fields, "from_on"));
    let until_on = errors.take("until_on", some_day(fields, "until_on"));
    let cause = errors.take("cause", cause(fields.get("cause")));
    let reason = errors.take("reason", reason(fields.get("reason")));
    let (Some(from_on), Some(until_on), Some(cause), Some(reason)) = (from_on, until_on, cause, reason) else {
        return Ok(Err(Stuck::Fields(errors)));
    };
    let point = match before.clone().suspend(from_on, until_on, today) {
        Ok(point) => point,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    Stop { until_on, ..blank(visit, &point, "suspend", from_on, cause, &reason) }.insert(tx).await?;
    let words = format!("Tạm ngừng từ {}: {reason}", date_vi(from_on));
    settle(
        tx,
        visit,
        before,
        point,
        Step::Suspend,
        (serde_json::json!({"on": from_on, "until": until_on, "cause": cause.word(), "reason": reason}), &words),
    )
    .await
}

async fn resume(tx: &mut Tx, visit: &Visit, before: &Point, fields: &Fields) -> Result<std::result::Result<Point, Stuck>> {
    let today = visit.app.clock().today();
    let mut errors = Errors::default();
    let Some(on) = errors.take("on", day(fields, "on")) else {
        return Ok(Err(Stuck::Fields(errors)));
    };
    let point = match before.clone().resume(on, today) {
        Ok(point) => point,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    store::end_pause(tx, &before.id, on).await?;
    let note = fields.get("note").to_owned();
    let words = format!("Mở lại từ {}.", date_vi(on));
    settle(tx, visit, before, point, Step::Resume, (serde_json::json!({"on": on, "note": note}), &words)).await
}

async fn close(tx: &mut Tx, visit: &Visit, before: &Point, fields: &Fields) -> Result<std::result::Result<Point, Stuck>> {
    let today = visit.app.clock().today();
    let mut errors = Errors::default();
    let from_on = errors.take("closed_on", day(fields, "closed_on"));
    let cause = errors.take("close_cause", cause(fields.get("close_cause")));
    let reason = errors.take("close_reason", reason(fields.get("close_reason")));
    let (Some(from_on), Some(cause), Some(reason)) = (from_on, cause, reason) else {
        return Ok(Err(Stuck::Fields(errors)));
    };
    let point = match before.clone().close(from_on, today) {
        Ok(point) => point,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let (support_total, commitment_to) = store::bound_on(tx, &before.id, from_on).await?;
    let stop = Stop {
        commitment_to,
        support_total,
        open_findings: inspection::carry(tx, visit.app.clock().now(), &before.id).await?,
        payback_state: if support_total > 0 { "undecided" } else { "" }.to_owned(),
        ..blank(visit, &point, "close", from_on, cause, &reason)
    };
    store::end_pause(tx, &before.id, from_on).await?;
    stop.insert(tx).await?;
    let mut words = format!("Đóng từ {}: {reason}", date_vi(from_on));
    if let Some(to) = commitment_to {
        words.push_str(&format!("\nCam kết hỗ trợ còn đến {}; số hỗ trợ còn ràng buộc {}.", date_vi(to), crate::text::dong(support_total)));
    }
    let detail = serde_json::json!({
        "on": from_on, "cause": cause.word(), "reason": reason, "commitment_to": commitment_to, "support": support_total, "open_findings": stop.open_findings,
    });
    settle(tx, visit, before, point, Step::Close, (detail, &words)).await
}
