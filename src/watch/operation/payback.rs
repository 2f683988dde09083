//! Support that binds a point in operation, and what a closed point owes of it.

use axum::extract::Path;
use axum::response::Response;

use super::model::Stop;
use super::pages::{Again, again, back, day, some_day};
use super::store::{self, Repayment};
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Sent, Visit, once};
use crate::point;
use crate::point::State;
use crate::preparation::{self, model::read_support};
use crate::typed::money;

const GOVERNORS: Need = Need::May(Act::GovernOperation);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .post("/ho-so/{id}/van-hanh/ho-tro", Need::May(Act::SupportOperation), give)
        .post("/ho-so/{id}/hoan-tra", GOVERNORS, decide)
        .post("/ho-so/{id}/hoan-tra/da-tra", GOVERNORS, repay)
}

/// Support that a point got after it opened, or before this register knew it.
async fn give(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today, fields) = (visit.app.clock().now(), visit.app.clock().today(), sent.fields);
    if !visit.actor.can("prepare") {
        return Err(Refusal::forbidden().into());
    }
    let mut tx = once::begin(&visit, &fields).await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    if !matches!(point.state, State::Operating | State::Suspended) {
        return Err(Refusal::from(point::PointRefusal::Fixed(point.state)).into());
    }
    let (line, errors) = read_support(&fields, point.opened_on.unwrap_or(point.state_since), today);
    let Some(line) = line else {
        drop(tx);
        return again(&visit, &id, Again::wrong("support", fields, errors)).await;
    };
    preparation::store::add_support(&mut tx, &id, &line, visit.actor.journal_id(), now).await?;
    Note::of("support", ("point", &id), line.detail()).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, back(&id, "da-luu")).await
}

async fn ground(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Stop> {
    if !visit.actor.can("inspect") {
        return Err(Refusal::forbidden().into());
    }
    let point = point::load(tx, visit, id).await?;
    Ok(store::closing(tx, &point.id).await?.ok_or_else(Refusal::not_found)?)
}

/// "0" is an amount here: nothing is paid back.
fn amount(typed: &str) -> Result<i64, crate::error::Both> {
    if typed.trim_start_matches('0').is_empty() && !typed.is_empty() { Ok(0) } else { money(typed) }
}

async fn decide(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    const PART: &str = "payback";
    let (now, today, fields) = (visit.app.clock().now(), visit.app.clock().today(), sent.fields);
    let mut tx = visit.app.db().write().await?;
    let before = ground(&mut tx, &visit, &id).await?;
    let mut errors = Errors::default();
    let payback = errors.take("payback", amount(fields.get("payback")));
    let due = errors.take("payback_due", some_day(&fields, "payback_due"));
    let basis = fields.get("payback_basis").to_owned();
    if basis.is_empty() {
        errors.add(
            "payback_basis",
            both("Hãy ghi văn bản, biên bản hoặc lý do làm căn cứ.", "State the paper, minutes or reason it rests on."),
        );
    }
    match due {
        Some(None) if payback.is_some_and(|payback| payback > before.repaid) => {
            errors.add("payback_due", both("Hãy ghi hạn hoàn trả.", "State by when it is to be paid back."));
        }
        Some(Some(due)) if due < before.from_on => {
            errors.add("payback_due", both("Hạn hoàn trả trước ngày đóng.", "The deadline lies before the closing."))
        }
        _ => {}
    }
    let (Some(payback), Some(due), true) = (payback, due, errors.is_empty()) else {
        drop(tx);
        return again(&visit, &id, Again::wrong(PART, fields, errors)).await;
    };
    if before.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    let stop = match before.clone().settle(payback, due, basis) {
        Ok(stop) => stop,
        Err(refusal) => {
            drop(tx);
            return again(&visit, &id, Again::refused(PART, fields, refusal)).await;
        }
    };
    if stop.update(&mut tx, stop.version).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"amount": payback, "due_on": due, "note": stop.payback_basis, "before": before.payback, "on": today});
    Note::of("payback", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(back(&id, "da-luu"))
}

async fn repay(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    const PART: &str = "repay";
    let (now, today, fields) = (visit.app.clock().now(), visit.app.clock().today(), sent.fields);
    let mut tx = visit.app.db().write().await?;
    let before = ground(&mut tx, &visit, &id).await?;
    let mut errors = Errors::default();
    let amount = errors.take("repaid", money(fields.get("repaid")));
    let paid_on = errors.take("paid_on", day(&fields, "paid_on"));
    if paid_on.is_some_and(|day| day > today || day < before.from_on) {
        errors.add("paid_on", both("Ngày trả phải từ ngày đóng đến hôm nay.", "The day must lie between the closing and today."));
    }
    let (Some(amount), Some(paid_on), true) = (amount, paid_on, errors.is_empty()) else {
        drop(tx);
        return again(&visit, &id, Again::wrong(PART, fields, errors)).await;
    };
    if before.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    let stop = match before.repay(amount) {
        Ok(stop) => stop,
        Err(refusal) => {
            drop(tx);
            return again(&visit, &id, Again::refused(PART, fields, refusal)).await;
        }
    };
    if stop.update(&mut tx, stop.version).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let repayment = Repayment { paid_on, amount, note: fields.get("note").to_owned() };
    store::add_repayment(&mut tx, &stop.id, &repayment, visit.actor.journal_id(), now).await?;
    let detail = serde_json::json!({"amount": amount, "on": paid_on, "note": repayment.note, "owed": stop.owed()});
    Note::of("repay", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(back(&id, "da-luu"))
}
