//! What is recorded of re-grading: the file, its refusal; and the answer to what a last day rests on.

use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;
use serde_json::json;

use super::clock::{around, send};
use super::model::{Certificate, may_certify, standing};
use super::pages::load;
use super::regrading::{self, Leeway};
use super::show::show_page;
use super::withdrawal::ENDED_JOB;
use super::{Product, State, store, term};
use crate::access::{Act, Need, Routes};
use crate::db::{DbResult, Tx};
use crate::error::{Both, Refusal, Result, both};
use crate::journal::Note;
use crate::mail::Gathered;
use crate::page::{Errors, Form, Sent, Visit, go};
use crate::text::{Tongue, date_vi};
use crate::{job, setting};

const KEEPERS: Need = Need::May(Act::KeepProducts);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .post("/san-pham-ocop/{id}/ho-so-danh-gia-lai/{certificate}", KEEPERS, file)
        .post("/san-pham-ocop/{id}/khong-cong-nhan-lai/{certificate}", KEEPERS, refuse)
        .post("/san-pham-ocop/{id}/ngay-cuoi/{certificate}", KEEPERS, last_day)
}

/// What an administrator set where the law is open.
pub async fn leeway(tx: &mut Tx, on: NaiveDate) -> DbResult<Leeway> {
    let late_file = setting::value(tx, "certificate_late_file_days", on).await?;
    let timely_run = setting::value(tx, "certificate_timely_run_days", on).await?;
    Ok(Leeway { late_file: late_file.max(0) as u64, timely_run: timely_run.max(0) as u64 })
}

/// The product and the certificate that a form is about; it has to be the one that counts.
async fn open(visit: &Visit, id: &str, certificate: &str, version: i64) -> Result<(Tx, Product, Certificate)> {
    if !may_certify(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let mut tx = visit.app.db().write().await?;
    let product = load(&mut tx, visit, id).await?;
    if product.version != version {
        return Err(Refusal::stale().into());
    }
    let papers = store::certificates(&mut tx, id).await?;
    let paper = papers.iter().find(|paper| paper.id == certificate).ok_or_else(Refusal::not_found)?;
    if standing(&papers, visit.app.clock().today()).certificate.is_none_or(|counts| counts.id != paper.id) {
        return Err(Refusal::stale().into());
    }
    let paper = paper.clone();
    Ok((tx, product, paper))
}

fn told(refusal: Refusal) -> Both {
    refusal.text()
}

/// A file for re-grading is recorded; a late one makes the certificate run on.
async fn file(visit: Visit, Path((id, certificate)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let (mut tx, product, before) = open(&visit, &id, &certificate, sent.fields.version()).await?;
    let mut errors = Errors::default();
    let no = sent.fields.must("file_no", 60, both("Hãy ghi số tiếp nhận của hồ sơ.", "Give the number of the file."), &mut errors);
    let on = sent.fields.day("file_on", &mut errors);
    let leeway = leeway(&mut tx, today).await?;
    let filed = on
        .filter(|_| errors.is_empty())
        .and_then(|on| errors.take("file_on", regrading::file(before, &no, on, leeway, today).map_err(told)));
    let Some(after) = filed else {
        drop(tx);
        return show_page(&visit, &id, Form::with(sent.fields, errors, Tongue::Vi)).await;
    };
    store::save_certificate(&mut tx, &after).await?;
    store::restamp(&mut tx, &product, today, now).await?;
    let detail = json!({"certificate": certificate, "number": no, "set": {"file_no": after.file_no, "file_on": after.file_on, "runs_to": after.runs_to}});
    Note::of("file_regrading", ("product", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/san-pham-ocop/{id}"), "da-luu"))
}

/// The result is that the product is not recognised again: running on ends.
async fn refuse(visit: Visit, Path((id, certificate)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let (mut tx, product, before) = open(&visit, &id, &certificate, sent.fields.version()).await?;
    let mut errors = Errors::default();
    let no =
        sent.fields.must("refused_no", 60, both("Hãy ghi số văn bản thông báo kết quả.", "Give the number of the paper."), &mut errors);
    let on = sent.fields.day("refused_on", &mut errors);
    let refused =
        on.filter(|_| errors.is_empty()).and_then(|on| errors.take("refused_on", regrading::refused(before, &no, on, today).map_err(told)));
    let Some(after) = refused else {
        drop(tx);
        return show_page(&visit, &id, Form::with(sent.fields, errors, Tongue::Vi)).await;
    };
    store::save_certificate(&mut tx, &after).await?;
    let stands = store::restamp(&mut tx, &product, today, now).await?;
    let detail = json!({"certificate": certificate, "number": no, "from": product.state.word(), "to": stands.state.word(), "set": {"file_refused_on": after.file_refused_on, "runs_to": after.runs_to, "state": stands.state.word()}});
    Note::of("refuse_regrading", ("product", &id), detail).by(&mut tx, now, &visit.actor).await?;
    let people = around(&mut tx, &product, today).await?;
    let result = match stands.state {
        State::Live => format!("giấy chứng nhận còn hiệu lực đến hết ngày {}", date_vi(after.last_day())),
        _ => "giấy chứng nhận không được kéo dài nữa; không được in, gắn hạng sao OCOP và phải gỡ khỏi kệ OCOP".to_owned(),
    };
    let mut letters = Gathered::default();
    letters.add(
        people,
        &format!(
            "- {}: văn bản {no} ngày {}; {result}\n  {}/san-pham-ocop/{id}",
            product.titled(),
            after.file_refused_on.map(date_vi).unwrap_or_default(),
            visit.app.config().base_url
        ),
    );
    send(
        &mut tx,
        &visit.app,
        letters,
        "Kết quả đánh giá lại sản phẩm OCOP",
        "Sản phẩm sau không được công nhận lại theo hồ sơ đã nộp:",
        "/san-pham-ocop",
    )
    .await?;
    if stands.state != State::Live {
        job::queue(&mut tx, now, ENDED_JOB, &id, "system").await?;
    }
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/san-pham-ocop/{id}"), "da-luu"))
}

/// Answers whether a certificate of before prints its last day or goes by the rule.
async fn last_day(visit: Visit, Path((id, certificate)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    if !may_certify(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let mut tx = visit.app.db().write().await?;
    let product = load(&mut tx, &visit, &id).await?;
    let before = store::certificate(&mut tx, &certificate).await?.filter(|known| known.product_id == id).ok_or_else(Refusal::not_found)?;
    let months = super::scale::months(today);
    let by_rule = before.asked_last_day(months).ok_or_else(Refusal::stale)?;
    let mut after = before.clone();
    match sent.fields.get("answer") {
        "printed" => after.end_rule = term::PRINTED.to_owned(),
        "rule" => {
            after.end_rule = term::end_rule(before.valid_from).to_owned();
            after.end_at(by_rule.succ_opt().unwrap_or(before.valid_to));
        }
        _ => return Err(Refusal::invalid(both("Hãy chọn một trong hai câu trả lời.", "Choose one of the two answers.")).into()),
    }
    store::save_certificate(&mut tx, &after).await?;
    store::restamp(&mut tx, &product, today, now).await?;
    let detail =
        json!({"certificate": certificate, "before": before.valid_to, "set": {"valid_to": after.valid_to, "end_rule": after.end_rule}});
    Note::of("settle_last_day", ("product", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/san-pham-ocop/{id}"), "da-luu"))
}
