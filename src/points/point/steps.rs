//! The plain steps of the way: submit, nominate, return, accept, withdraw. Survey, selection, preparation,
//! opening and operation have slices of their own.

use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{Point, State, Step};
use super::pages::load_shown;
use super::{store, tell};
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Ask, Fields, Sent, Visit, go, once};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post("/ho-so/{id}/buoc/{step}", Need::Rows, take).post("/ho-so/tiep-nhan", Need::May(Act::AcceptPoints), accept_many)
}

/// Reads an optional date of a form.
pub fn day(fields: &Fields, name: &str) -> Result<Option<NaiveDate>> {
    match fields.some(name) {
        None => Ok(None),
        Some(text) => match crate::text::parse_date(text) {
            Ok(date) => Ok(Some(date)),
            Err(error) => Err(Refusal::invalid(both(error.text(crate::text::Tongue::Vi), error.text(crate::text::Tongue::En))).into()),
        },
    }
}

async fn take(visit: Visit, Path((id, word)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let step = PLAIN.into_iter().find(|step| step.word() == word).ok_or_else(Refusal::not_found)?;
    if !step.may(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let asked = Asked { step, reason: fields.get("reason").to_owned(), due_on: day(&fields, "due_on")? };
    let mut tx = visit.app.db().write().await?;
    let before = load_shown(&mut tx, &visit, &id, fields.version()).await?;
    go_on(&mut tx, &visit, &before, asked).await?;
    tx.commit().await?;
    visit.app.wake();
    let back = if fields.get("back") == "viec" { "/viec".to_owned() } else { format!("/ho-so/{id}") };
    Ok(go(&back, step.word()))
}

/// So many records are taken on at once.
const AT_ONCE: usize = 500;

/// Takes many records on: those that were ticked, or all of a filter. All or none.
async fn accept_many(visit: Visit, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    if !Step::Accept.may(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let due_on = day(&fields, "due_on")?;
    let mut tx = once::begin(&visit, &fields).await?;
    let ids: Vec<String> = if fields.is_on("all") {
        let asked = Ask::at(&visit, "/ho-so").asking(&fields);
        let filter = super::pages::filter(&asked, None);
        let filter = super::list::Filter {
            state: Some(State::Nominated),
            unit: fields.some("unit_id").map(str::to_owned),
            after: None,
            size: AT_ONCE as i64,
            ..filter
        };
        let found = super::list::staff(&mut tx, &visit.actor.scope(), &filter).await?;
        if found.next().is_some() {
            return Err(Refusal::invalid(both(
                "Bộ lọc có hơn 500 hồ sơ; hãy lọc hẹp lại rồi tiếp nhận từng phần.",
                "The filter has more than 500 records; narrow it and take them on part by part.",
            ))
            .into());
        }
        found.rows.into_iter().map(|row| row.id).collect()
    } else {
        fields.all("point").map(str::to_owned).collect()
    };
    if ids.is_empty() || ids.len() > AT_ONCE {
        return Err(Refusal::invalid(both("Hãy đánh dấu từ một đến 500 hồ sơ.", "Tick one to 500 records.")).into());
    }
    for id in &ids {
        let before = super::pages::load(&mut tx, &visit, id).await?;
        if before.state != State::Nominated {
            let what = format!("Hồ sơ {} không còn chờ tiếp nhận.", before.code);
            return Err(Refusal::rule(
                "moved-on",
                both(what, "One of the records does not wait any more."),
                both("Tải lại danh sách rồi chọn lại; chưa hồ sơ nào được tiếp nhận.", "Load the list again; nothing was taken on."),
            )
            .into());
        }
        go_on(&mut tx, &visit, &before, Asked { step: Step::Accept, reason: String::new(), due_on }).await?;
    }
    visit.app.wake();
    once::end(tx, &fields, go("/ho-so?state=accepted", "accepted-many")).await
}

/// The steps of this file.
pub const PLAIN: [Step; 5] = [Step::Submit, Step::Nominate, Step::Return, Step::Accept, Step::Withdraw];

/// A plain step with what goes with it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Which.
    pub step: Step,
    /// Why, or what has to be added; empty for most.
    pub reason: String,
    /// By when the next step is due.
    pub due_on: Option<NaiveDate>,
}

/// Takes a plain step: rules, record, journal, mails. The caller commits.
pub async fn go_on(tx: &mut Tx, visit: &Visit, before: &Point, asked: Asked) -> Result<Point> {
    let Asked { step, reason, due_on } = asked;
    if !step.may(&visit.actor) || step.from().contains(&before.state) && !step.fits(&visit.actor, before) {
        return Err(Refusal::forbidden().into());
    }
    if matches!(step, Step::Return | Step::Withdraw) && reason.is_empty() {
        return Err(Refusal::invalid(both("Hãy ghi lý do hoặc nội dung cần bổ sung.", "State the reason, or what has to be added.")).into());
    }
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let was = before.clone();
    let body = visit.actor.body_id().unwrap_or_default();
    let point = match step {
        Step::Submit => was.submit(now, today),
        Step::Nominate => was.nominate(body, today),
        Step::Return => was.send_back(due_on, today),
        Step::Accept => was.accept(due_on, today),
        _ => was.withdraw(today),
    }
    .map_err(Refusal::from)?;
    if store::save(tx, before, &point, visit.app.region(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"from": before.state.word(), "to": point.state.word(), "reason": reason, "due_on": point.due_on, "set": {"state": point.state.word(), "state_since": point.state_since}});
    Note::of(step.word(), ("point", &point.id), detail).by(tx, now, &visit.actor).await?;
    let words = if reason.is_empty() { String::new() } else { format!("Nội dung: {reason}") };
    tell(tx, now, today, &visit.app.config().base_url, &point, &words).await?;
    Ok(point)
}
