//! What is done with a prospect: an approach is noted, it ends or is taken up again, it becomes a registration.

use axum::extract::Path;
use axum::response::Response;
use chrono::Datelike;
use serde_json::json;

use super::form::{approach, fields_of};
use super::model::State;
use super::pages::{WRITERS, load, must_write, show_page};
use super::store;
use crate::access::Routes;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Form, Sent, Visit, go, once};
use crate::point;
use crate::text::{Tongue, date_vi};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post("/van-dong/{id}/tiep-xuc", WRITERS, approached).post("/van-dong/{id}/trang-thai", WRITERS, change).post(
        "/van-dong/{id}/dang-ky",
        WRITERS,
        register,
    )
}

async fn approached(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    must_write(&visit)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = once::begin(&visit, &fields).await?;
    let before = load(&mut tx, &visit, &id).await?;
    before.must_be_open()?;
    let approach = match approach(&fields, &visit.actor, &id, now, today) {
        Ok(approach) => approach,
        Err(errors) => {
            drop(tx);
            return show_page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
        }
    };
    let prospect = before.clone().approached(&approach)?;
    if before.version != fields.version() || store::save(&mut tx, &before, &prospect, visit.app.region(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    store::add_approach(&mut tx, &approach).await?;
    let detail = json!({
        "approach": approach.id, "day": approach.day, "how": approach.how, "answer": approach.answer, "body": approach.by_body, "next_on": approach.next_on,
        "note": format!("{} {}: {}", approach.how_name(), date_vi(approach.day), approach.answer_name()),
        "set": {"answer": prospect.answer, "approached_on": prospect.approached_on, "next_on": prospect.next_on},
    });
    let personal: Vec<(&str, &str)> =
        [("by_name", approach.by_name.as_str()), ("said", approach.said.as_str()), ("next_step", approach.next_step.as_str())]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
    Note::of("approach", ("prospect", &id), detail).aside(&personal).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, go(&format!("/van-dong/{id}"), "approach")).await
}

/// Declined by the owner, dropped, or taken up again.
async fn change(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    must_write(&visit)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let reason = fields.get("reason");
    if reason.chars().count() > 2000 {
        return Err(Refusal::invalid(both("Lý do dài quá 2000 ký tự.", "The reason is longer than 2000 characters.")).into());
    }
    let mut tx = visit.app.db().write().await?;
    let before = load(&mut tx, &visit, &id).await?;
    let (prospect, verb) = match fields.get("to") {
        "declined" => (before.clone().end(State::Declined, reason, today)?, "decline_prospect"),
        "dropped" => (before.clone().end(State::Dropped, reason, today)?, "drop_prospect"),
        "open" => (before.clone().reopen(today)?, "reopen_prospect"),
        _ => return Err(Refusal::not_found().into()),
    };
    if before.version != fields.version() || store::save(&mut tx, &before, &prospect, visit.app.region(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = json!({"from": before.state.word(), "to": prospect.state.word(), "reason": reason, "set": {"state": prospect.state.word(), "state_since": prospect.state_since}});
    Note::of(verb, ("prospect", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/van-dong/{id}"), "da-luu"))
}

/// One button: a draft of a point with everything that was noted, linked both ways.
async fn register(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    must_write(&visit)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let region = visit.app.region();
    let mut tx = once::begin(&visit, &sent.fields).await?;
    let before = load(&mut tx, &visit, &id).await?;
    before.may_register()?;
    if before.version != sent.fields.version() {
        return Err(Refusal::stale().into());
    }
    // the same check as of a typed form: what was noted may have become wrong since, as when a unit ended
    let mut form = point::check(&fields_of(&before, region), region, today, true).map_err(|errors| {
        let texts: Vec<_> = errors.iter().map(|(_, text)| (text.vi.to_string(), text.en.to_string())).collect();
        let all = |pick: fn(&(String, String)) -> &str| texts.iter().map(pick).collect::<Vec<_>>().join(" ");
        Refusal::invalid(both(
            format!("Địa điểm tiềm năng chưa chuyển được: {}", all(|text| &text.0)),
            format!("The prospect cannot be registered: {}", all(|text| &text.1)),
        ))
    })?;
    let code = point::store::next_code(&mut tx, today.year()).await?;
    let mut point = point::model::blank(visit.actor.journal_id(), code, now, today);
    form.fill(&mut point);
    form.operator_who = sent.fields.get("operator_who").to_owned();
    point.operator_id = match point::operator(&mut tx, &visit, &form, None).await? {
        Ok(operator) => operator,
        Err(asked) => {
            let text = asked.text();
            let todo = both(
                "Hãy sửa tên chủ ở địa điểm tiềm năng cho đúng tên trong sổ, hoặc đánh dấu “Chủ là chủ thể khác” bên nút lập hồ sơ.",
                "Correct the owner's name in the prospect to that of the register, or tick that the owner is another body.",
            );
            return Err(Refusal::rule("asked-owner", text, todo).into());
        }
    };
    point.supporter_id.clone_from(&before.supporter_id);
    point.nominated_by = visit.actor.body_id().map(str::to_owned);
    point.source = format!("Vận động, ghi nhận ngày {}", date_vi(crate::clock::local(before.created_at).date_naive()));
    point.slug = point::store::free_slug(&mut tx, &point.name, &point.code).await?;
    point::store::derive(&mut point, region, today);
    let prospect = before.clone().registered(&point.id, today)?;
    point::store::add(&mut tx, &point, region, today).await?.ok_or_else(Refusal::stale)?;
    if store::save(&mut tx, &before, &prospect, region, now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let approaches = store::approaches(&mut tx, &id).await?;
    let mut detail = point::record(&point);
    detail["prospect"] = json!(id);
    detail["note"] = json!("Từ vận động");
    detail["approaches"] = approaches
        .iter()
        .map(|approach| json!({"day": approach.day, "how": approach.how, "answer": approach.answer, "body": approach.by_body}))
        .collect();
    let names = approaches.iter().map(|approach| approach.by_name.as_str()).collect::<Vec<_>>().join("; ");
    let mut personal = point::personal(&point);
    if !names.is_empty() {
        personal.push(("approached_by", &names));
    }
    Note::of("create", ("point", &point.id), detail).aside(&personal).by(&mut tx, now, &visit.actor).await?;
    let detail = json!({"point": point.id, "code": point.code, "note": point.code, "set": {"state": prospect.state.word(), "state_since": prospect.state_since, "point": point.id}});
    Note::of("register_prospect", ("prospect", &id), detail).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &sent.fields, go(&format!("/ho-so/{}", point.id), "register_prospect")).await
}
