//! The two steps of this slice: preparation begins, the point opens.

use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Done, May, Preparation};
use super::pages::{GOVERNORS, again, back, chosen_deadline, ground, may_open, refusal, stale, wrong};
use super::store;
use crate::access::Routes;
use crate::duty::{self, What};
use crate::error::{Both, Refusal, Result, both};
use crate::file;
use crate::journal::Note;
use crate::page::{Errors, Sent, Visit};
use crate::point::{self, PointRefusal, State, Step, tell};
use crate::text::date_vi;
use crate::typed;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post("/ho-so/{id}/chuan-bi/bat-dau", GOVERNORS, begin).post("/ho-so/{id}/khai-truong", GOVERNORS, open)
}

/// Preparation begins.
async fn begin(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    const PART: &str = "begin";
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let before = point::load(&mut tx, &visit, &id).await?;
    if !Step::Prepare.may(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    if before.state != State::Selected || !May::of(&visit.actor, &before).govern {
        return Err(Refusal::from(PointRefusal::WrongState { step: Step::Prepare, state: before.state }).into());
    }
    let mut errors = Errors::default();
    let mut deadline = errors.take("deadline", typed::ahead(fields.get("deadline"), today, 10)).flatten();
    let (source, mut planned) = (fields.get("deadline_source").to_owned(), String::new());
    errors.within("deadline_source", &source, 300);
    match fields.some("deadline_pick") {
        Some(_) if deadline.is_some() => errors.add(
            "deadline",
            both("Hãy chọn hạn của kế hoạch hoặc ghi hạn khác, không cả hai.", "Choose a deadline of a plan or type another, not both."),
        ),
        Some(pick) => match chosen_deadline(&mut tx, pick, today).await? {
            Some((day, text)) => (deadline, planned) = (Some(day), text),
            None => errors.add(
                "deadline_pick",
                both("Hạn này không còn trong danh sách; hãy chọn lại.", "This deadline is no longer listed; choose again."),
            ),
        },
        None if deadline.is_some() && source.is_empty() => {
            errors.add(
                "deadline_source",
                both("Hãy ghi hạn này theo văn bản hoặc thỏa thuận nào.", "State which paper or agreement sets this deadline."),
            );
        }
        None => {}
    }
    // what the same paper sets besides
    let others: Vec<(What, NaiveDate)> = [(What::Report, "report_by"), (What::Complete, "complete_by")]
        .into_iter()
        .filter_map(|(what, name)| errors.take(name, typed::ahead(fields.get(name), today, 10)).flatten().map(|day| (what, day)))
        .collect();
    if !others.is_empty() && source.is_empty() && errors.is_empty() {
        errors.add(
            "deadline_source",
            both("Hãy ghi hạn này theo văn bản hoặc thỏa thuận nào.", "State which paper or agreement sets this deadline."),
        );
    }
    let shared_sellers = match fields.get("shared_sellers") {
        "yes" => true,
        "no" => false,
        _ => {
            errors.add("shared_sellers", both("Hãy chọn có hay không.", "Choose yes or no."));
            false
        }
    };
    if !errors.is_empty() {
        drop(tx);
        return again(&visit, &id, wrong(fields, PART, errors)).await;
    }
    if before.version != fields.version() {
        drop(tx);
        return again(&visit, &id, stale(fields, PART)).await;
    }
    let set = deadline
        .map(|day| (What::Opening, day, if planned.is_empty() { &source } else { &planned }))
        .into_iter()
        .chain(others.into_iter().map(|(what, day)| (what, day, &source)));
    let mut told = Vec::new();
    for (what, day, source) in set {
        let deadline = duty::model::blank(&id, what, "", day, source);
        duty::store::add(&mut tx, &deadline, visit.actor.journal_id(), now).await?;
        told.push(deadline.detail());
    }
    let nearest = duty::nearest(&duty::store::deadlines(&mut tx, &id).await?);
    let mut point = before.clone().prepare(None, today).map_err(Refusal::from)?;
    point.due_on = nearest;
    if point::store::save(&mut tx, &before, &point, visit.app.region(), now).await? == 0 {
        drop(tx);
        return again(&visit, &id, stale(fields, PART)).await;
    }
    let preparation = Preparation {
        point_id: id.clone(),
        started_on: today,
        shared_sellers,
        commitment_to: None,
        ceremony_on: None,
        ceremony_place: String::new(),
        ceremony_guests: String::new(),
        opened_note: String::new(),
        version: 1,
    };
    store::add(&mut tx, &preparation).await?;
    let detail = serde_json::json!({
        "from": before.state.word(), "to": point.state.word(), "due_on": point.due_on, "deadlines": told, "shared_sellers": shared_sellers,
        "set": {"state": point.state.word(), "state_since": point.state_since, "due_on": point.due_on},
    });
    Note::of("prepare", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tell(&mut tx, now, today, &visit.app.config().base_url, &point, "").await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(back(&id, "checklist", "prepare"))
}

/// The point opens; from now on everybody may see it.
async fn open(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    const PART: &str = "open";
    const GUESTS: i64 = 1_000_000;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let (before, mut preparation) = ground(&mut tx, &visit, &id).await?;
    if !may_open(&visit, &before) {
        return Err(refusal(&before).into());
    }
    let mut errors = Errors::default();
    let opened_on = errors.take("opened_on", typed::past(fields.get("opened_on"), today));
    match opened_on {
        Some(None) => errors.add("opened_on", both("Hãy ghi ngày khai trương thật.", "Give the day the point really opened.")),
        Some(Some(day)) if day < preparation.started_on => errors.add(
            "opened_on",
            both(
                format!("Ngày khai trương trước ngày bắt đầu chuẩn bị ({}).", date_vi(preparation.started_on)),
                format!("The opening lies before preparation began ({}).", date_vi(preparation.started_on)),
            ),
        ),
        _ => {}
    }
    let guests = fields.some("guest_count").and_then(|typed| match typed.replace(['.', ' '], "").parse::<i64>() {
        Ok(count) if (0..=GUESTS).contains(&count) => Some(count),
        _ => {
            errors.add("guest_count", both("Số khách là số nguyên không âm.", "The number of guests is a whole number, not negative."));
            None
        }
    });
    errors.within("opened_note", fields.get("opened_note"), 2_000);
    let done = store::done(&mut tx, &id).await?;
    let photos = store::photo_counts(&mut tx, &id).await?;
    let missing = model::missing(&visit.app.checklist(), preparation.shared_sellers, &done, |item| {
        photos.iter().find(|(field, _)| field == item).map_or(0, |(_, n)| *n as usize)
    });
    for (item, text) in &missing {
        errors.add(format!("item-{item}"), both(format!("Chưa khai trương được: {}", text.vi), format!("Cannot open yet: {}", text.en)));
    }
    let (Some(Some(opened_on)), true) = (opened_on, errors.is_empty()) else {
        drop(tx);
        return again(&visit, &id, wrong(fields, PART, errors)).await;
    };
    if preparation.version != fields.version() {
        drop(tx);
        return again(&visit, &id, stale(fields, PART)).await;
    }
    let missing: Vec<Both> = missing.into_iter().map(|(_, text)| text).collect();
    let point = before.clone().open(opened_on, missing, today).map_err(Refusal::from)?;
    // the opening is the ceremony: its day is not asked twice
    let ceremony = visit.app.checklist().opening_item.into_iter().find(|item| item.fed_by == "opening");
    if let Some(item) =
        ceremony.filter(|item| !done.iter().any(|done| done.section == "open" && done.item_id == item.id && done.done_on.is_some()))
    {
        let known = done.iter().find(|done| done.section == "open" && done.item_id == item.id).cloned().unwrap_or_default();
        let ticked = Done {
            item_id: item.id.clone(),
            section: "open".into(),
            done_on: Some(opened_on),
            done_by: visit.actor.body_name().to_owned(),
            ..known
        };
        store::put_done(&mut tx, &id, &ticked).await?;
    }
    duty::store::met(&mut tx, &id, duty::model::What::Opening, opened_on).await?;
    let note = fields.get("opened_note").to_owned();
    preparation.opened_note = match guests {
        Some(guests) if note.is_empty() => format!("Số khách dự: {guests}."),
        Some(guests) => format!("Số khách dự: {guests}.\n{note}"),
        None => note.clone(),
    };
    if store::save(&mut tx, &preparation).await? == 0 || point::store::save(&mut tx, &before, &point, visit.app.region(), now).await? == 0 {
        drop(tx);
        return again(&visit, &id, stale(fields, PART)).await;
    }
    let pictures = file::of(&mut tx, "preparation", &id).await?.into_iter().filter(|picture| picture.is_public).count();
    let detail = serde_json::json!({
        "from": before.state.word(), "to": point.state.word(), "opened_on": opened_on, "guests": guests, "place": preparation.ceremony_place, "photos": pictures, "note": note,
        "set": {"state": point.state.word(), "state_since": point.state_since, "opened_on": point.opened_on, "counted_by": point.counted_by, "due_on": point.due_on},
    });
    Note::of("open", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    let words = format!("Trang công khai: {}/diem-ban/{}", visit.app.config().base_url, point.slug);
    tell(&mut tx, now, today, &visit.app.config().base_url, &point, &words).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(back(&id, "top", "open"))
}
