//! A point pauses, runs again, ends.

use axum::extract::Path;
use axum::response::Response;

use super::model::{Cause, Stop, reason};
use super::pages::{Again, KEEPERS, again, back, day, some_day};
use super::store;
use crate::access::{Need, Role};
use crate::app::Routes;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::page::{Errors, Fields, Sent, Visit};
use crate::point::{self, Point, PointRefusal, Step, tell};
use crate::text::date_vi;
use crate::{clock, inspection, journal};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .post("/ho-so/{id}/tam-ngung", Need::Roles(&[Role::Business, Role::Commune, Role::Surveyor, Role::Leader, Role::Inspector]), suspend)
        .post("/ho-so/{id}/mo-lai", KEEPERS, resume)
        .post("/ho-so/{id}/dong", KEEPERS, close)
}

/// The point of a step, as the form showed it.
async fn ground(tx: &mut Tx, visit: &Visit, id: &str, step: Step, fields: &Fields) -> Result<Point> {
    if !step.may(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let point = point::load(tx, visit, id).await?;
    if !step.from().contains(&point.state) {
        return Err(Refusal::from(PointRefusal::WrongState { step, state: point.state }).into());
    }
    if point.version == fields.version() { Ok(point) } else { Err(Refusal::stale().into()) }
}

/// Saves the point, tells those who have to know, and goes back.
async fn settle(mut tx: Tx, visit: &Visit, before: &Point, point: &Point, step: Step, told: (serde_json::Value, &str)) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    if point::store::save(&mut tx, before, point, visit.app.region(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let (mut detail, words) = told;
    detail["from"] = before.state.word().into();
    detail["to"] = point.state.word().into();
    detail["set"] = serde_json::json!({
        "state": point.state.word(), "state_since": point.state_since, "due_on": point.due_on, "closed_on": point.closed_on, "last_confirmed_on": point.last_confirmed_on,
    });
    journal::note_by(&mut tx, now, &visit.actor, step.word(), ("point", &point.id), detail, &[]).await?;
    tell(&mut tx, now, today, &visit.app.config().base_url, point, words).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(back(&point.id, step.word()))
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

async fn suspend(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (today, fields) = (visit.app.clock().today(), sent.fields);
    let mut tx = visit.app.db().write().await?;
    let before = ground(&mut tx, &visit, &id, Step::Suspend, &fields).await?;
    let mut errors = Errors::default();
    let from_on = errors.take("from_on", day(&fields, "from_on"));
    let until_on = errors.take("until_on", some_day(&fields, "until_on"));
    let cause = errors.take("cause", cause(fields.get("cause")));
    let reason = errors.take("reason", reason(fields.get("reason")));
    let (Some(from_on), Some(until_on), Some(cause), Some(reason)) = (from_on, until_on, cause, reason) else {
        drop(tx);
        return again(&visit, &id, Again::wrong("suspend", fields, errors)).await;
    };
    let point = match before.clone().suspend(from_on, until_on, today) {
        Ok(point) => point,
        Err(refusal) => {
            drop(tx);
            return again(&visit, &id, Again::refused("suspend", fields, refusal.into())).await;
        }
    };
    store::add(&mut tx, &Stop { until_on, ..blank(&visit, &point, "suspend", from_on, cause, &reason) }).await?;
    let words = format!("Tạm ngừng từ {}: {reason}", date_vi(from_on));
    settle(tx, &visit, &before, &point, Step::Suspend, (serde_json::json!({"on": from_on, "until": until_on, "cause": cause.word(), "reason": reason}), &words)).await
}

async fn resume(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (today, fields) = (visit.app.clock().today(), sent.fields);
    let mut tx = visit.app.db().write().await?;
    let before = ground(&mut tx, &visit, &id, Step::Resume, &fields).await?;
    let mut errors = Errors::default();
    let Some(on) = errors.take("on", day(&fields, "on")) else {
        drop(tx);
        return again(&visit, &id, Again::wrong("resume", fields, errors)).await;
    };
    let point = match before.clone().resume(on, today) {
        Ok(point) => point,
        Err(refusal) => {
            drop(tx);
            return again(&visit, &id, Again::refused("resume", fields, refusal.into())).await;
        }
    };
    store::end_pause(&mut tx, &id, on).await?;
    let note = fields.get("note").to_owned();
    let words = format!("Mở lại từ {}.", date_vi(on));
    settle(tx, &visit, &before, &point, Step::Resume, (serde_json::json!({"on": on, "note": note}), &words)).await
}

async fn close(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (today, fields) = (visit.app.clock().today(), sent.fields);
    let mut tx = visit.app.db().write().await?;
    let before = ground(&mut tx, &visit, &id, Step::Close, &fields).await?;
    let mut errors = Errors::default();
    let from_on = errors.take("closed_on", day(&fields, "closed_on"));
    let cause = errors.take("close_cause", cause(fields.get("close_cause")));
    let reason = errors.take("close_reason", reason(fields.get("close_reason")));
    let (Some(from_on), Some(cause), Some(reason)) = (from_on, cause, reason) else {
        drop(tx);
        return again(&visit, &id, Again::wrong("close", fields, errors)).await;
    };
    let point = match before.clone().close(from_on, today) {
        Ok(point) => point,
        Err(refusal) => {
            drop(tx);
            return again(&visit, &id, Again::refused("close", fields, refusal.into())).await;
        }
    };
    let (support_total, commitment_to) = store::bound_on(&mut tx, &id, from_on).await?;
    let stop = Stop {
        commitment_to,
        support_total,
        open_findings: inspection::carry(&mut tx, visit.app.clock().now(), &id).await?,
        payback_state: if support_total > 0 { "undecided" } else { "" }.to_owned(),
        ..blank(&visit, &point, "close", from_on, cause, &reason)
    };
    store::end_pause(&mut tx, &id, from_on).await?;
    store::add(&mut tx, &stop).await?;
    let mut words = format!("Đóng từ {}: {reason}", date_vi(from_on));
    if let Some(to) = commitment_to {
        words.push_str(&format!("\nCam kết hỗ trợ còn đến {}; số hỗ trợ còn ràng buộc {}.", date_vi(to), crate::text::dong(support_total)));
    }
    let detail = serde_json::json!({
        "on": from_on, "cause": cause.word(), "reason": reason, "commitment_to": commitment_to, "support": support_total, "open_findings": stop.open_findings,
    });
    settle(tx, &visit, &before, &point, Step::Close, (detail, &words)).await
}
