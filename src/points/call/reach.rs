//! Whoever has no account is reached on paper: to whom the letter is printed, and that it was sent, by whom and on which day.

use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{Call, Reply, Said, State};
use super::pages::{self, CALLERS};
use super::store;
use crate::access::Routes;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Form, Sent, Visit, go};
use crate::text::{Tongue, date_vi};
use crate::typed::past;

/// Addressees read at a time.
const PAGE: i64 = 200;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post("/dot-de-nghi/{id}/gui-giay", CALLERS, sent_on_paper).post(
        "/dot-de-nghi/{id}/gui-giay/{answer}/bo",
        CALLERS,
        not_sent,
    )
}

/// The call, and the names of those to whom its letter goes: everybody who was not reached, or the one that is asked for.
pub async fn to_print(tx: &mut Tx, visit: &Visit, id: &str, only: Option<&str>) -> Result<(Call, Vec<String>)> {
    let call = pages::load_own(tx, visit, id).await?;
    if call.state == State::Draft {
        return Err(Refusal::rule(
            "draft",
            both("Đợt đề nghị chưa phát hành nên chưa có công văn.", "The call was not issued yet, so there is no letter."),
            both(
                "Hãy phát hành, rồi in công văn cho những nơi chưa có tài khoản.",
                "Issue it, then print the letter for those without an account.",
            ),
        )
        .into());
    }
    let to = match only {
        Some(answer) => vec![store::reply(tx, id, answer).await?.ok_or_else(Refusal::not_found)?],
        None => all_unreached(tx, id).await?,
    };
    if to.is_empty() {
        return Err(Refusal::rule(
            "all-reached",
            both("Mọi nơi nhận đã được gửi hoặc đã trả lời.", "Every addressee was reached or has answered."),
            both("Để in công văn cho một nơi, hãy mở từ dòng của nơi đó.", "To print the letter for one of them, open it from its row."),
        )
        .into());
    }
    Ok((call, to.into_iter().map(|reply| reply.name).collect()))
}

async fn all_unreached(tx: &mut Tx, id: &str) -> Result<Vec<Reply>> {
    let mut all: Vec<Reply> = Vec::new();
    let mut after = String::new();
    loop {
        let page = store::unreached(tx, id, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.id);
        all.extend(page);
    }
    all.sort_by(|a, b| (&a.sort, &a.id).cmp(&(&b.sort, &b.id)));
    Ok(all)
}

/// Records a paper that went out.
async fn sent_on_paper(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let call = pages::load_own(&mut tx, &visit, &id).await?;
    call.must_take_answers()?;
    let mut errors = Errors::default();
    let on: Option<NaiveDate> = errors.take("sent_on", past(fields.get("sent_on"), today)).flatten();
    if on.is_none() && errors.is_empty() {
        errors.add("sent_on", both("Hãy ghi ngày gửi công văn giấy.", "Give the day on which the letter was sent."));
    }
    if let (Some(on), Some(issued)) = (on, call.issued_on)
        && on < issued
    {
        errors.add(
            "sent_on",
            both(
                format!("Ngày gửi trước ngày phát hành ({}).", date_vi(issued)),
                format!("The letter cannot have been sent before the call was issued ({}).", date_vi(issued)),
            ),
        );
    }
    let waiting = all_unreached(&mut tx, &id).await?;
    let ticked: Vec<&str> = fields.all("answer").collect();
    let chosen: Vec<&Reply> = waiting.iter().filter(|reply| fields.get("which") == "all" || ticked.contains(&reply.id.as_str())).collect();
    if chosen.is_empty() && errors.is_empty() {
        errors.add(
            "sent_on",
            both(
                "Chưa chọn nơi nhận nào, hoặc các nơi đã chọn vừa được ghi.",
                "No addressee is ticked, or those ticked were recorded just now.",
            ),
        );
    }
    let (Some(on), true) = (on, errors.is_empty()) else {
        drop(tx);
        return pages::page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    };
    let by = visit.actor.journal_name();
    for reply in &chosen {
        store::reach(&mut tx, &reply.id, "paper", &by, on).await?;
    }
    let bodies: Vec<&str> = chosen.iter().map(|reply| reply.body_id.as_str()).collect();
    let note = match &chosen[..] {
        [one] => format!("{}, ngày {}", one.name, date_vi(on)),
        many => format!("{} nơi nhận, ngày {}", many.len(), date_vi(on)),
    };
    let detail = serde_json::json!({"addressees": bodies, "on": on, "note": note});
    Note::of("reach_call", ("call", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/dot-de-nghi/{id}?loc=chua-toi"), "reach_call"))
}

/// Takes such a record back.
async fn not_sent(visit: Visit, Path((id, answer)): Path<(String, String)>) -> Result<Response> {
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let call = pages::load_own(&mut tx, &visit, &id).await?;
    call.must_take_answers()?;
    let reply = store::reply(&mut tx, &id, &answer).await?.ok_or_else(Refusal::not_found)?;
    if reply.state != Said::Waiting || reply.reached_how != "paper" {
        return Err(Refusal::stale().into());
    }
    store::unreach(&mut tx, &answer).await?;
    let detail = serde_json::json!({"body": reply.body_id, "note": reply.name});
    Note::of("unreach_call", ("call", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/dot-de-nghi/{id}?loc=chua-toi"), "da-luu"))
}
