//! The Sở's side of a call: writing, issuing, the overview of answers, closing. Addressees find theirs in the same list.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::{Datelike, NaiveDate};

use super::model::{Call, Proposal, Reply, State, Totals};
use super::store::{self, Only};
use super::{answers_for, may_call, rising, sees_all};
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::law::money::Money as Source;
use crate::page::{Ask, Choice, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, html, once};
use crate::party::{self, Body};
use crate::text::{Tongue, date_vi};
use crate::typed::ahead;
use crate::{clock, journal, prospect};

/// Who reads calls at all.
const READERS: Need = Need::May(Act::ReadCalls);
/// Who reads all answers, within the whole city.
pub(super) const OVERSEERS: Need = Need::May(Act::OverseeCalls);
/// Who writes calls, if the body accepts records.
pub const CALLERS: Need = Need::May(Act::WriteCalls);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/dot-de-nghi", READERS, list)
        .get("/dot-de-nghi/moi", CALLERS, new_form)
        .post("/dot-de-nghi/moi", CALLERS, create)
        .get("/dot-de-nghi/{id}", READERS, show)
        .get("/dot-de-nghi/{id}/sua", CALLERS, edit_form)
        .post("/dot-de-nghi/{id}/sua", CALLERS, edit)
        .post("/dot-de-nghi/{id}/phat-hanh", CALLERS, issue)
        .post("/dot-de-nghi/{id}/dong", CALLERS, close)
}

#[derive(Template)]
#[template(path = "call/list.html")]
struct ListPage {
    shell: Shell,
    calls: Vec<store::Line>,
    own: Vec<(Call, Reply)>,
    ask: Ask,
    page: Rows<()>,
    sees_all: bool,
    may_call: bool,
    today: NaiveDate,
}

async fn list(visit: Visit) -> Result<Response> {
    let ask = Ask::new(&visit).paged_by(&["truoc"]);
    let (size, before) = (ask.size(20), ask.get("truoc"));
    let (body, unit) = answers_for(&visit.actor);
    let sees_all = sees_all(&visit.actor);
    let mut tx = visit.app.db().read().await?;
    // the city's people page through all calls and see the latest that ask themselves; others page through their own
    let calls = if sees_all { store::list(&mut tx, before, size + 1).await? } else { Vec::new() };
    let mut own = if body.is_empty() {
        Vec::new()
    } else {
        store::list_of(&mut tx, &body, &unit, if sees_all { "" } else { before }, if sees_all { 5 } else { size + 1 }).await?
    };
    own.retain(|(call, _)| call.state != State::Draft);
    let (calls, own, page) = if sees_all {
        let (calls, page) = Rows::cut(calls, size, before, |call| call.id.clone()).take();
        (calls, own, page)
    } else {
        let (own, page) = Rows::cut(own, size, before, |(call, _)| call.id.clone()).take();
        (calls, own, page)
    };
    html(&ListPage {
        shell: visit.shell("Đợt đề nghị"),
        calls,
        own,
        ask,
        page,
        sees_all,
        may_call: may_call(&visit.actor),
        today: visit.app.clock().today(),
    })
}

/// A body that can be addressed.
struct Addressee {
    id: String,
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "call/edit.html")]
struct EditPage {
    shell: Shell,
    call: Option<Call>,
    form: Form,
    communes: Vec<Addressee>,
    offices: Vec<Addressee>,
    ways: Vec<Choice>,
}

/// Commune committees of a day, and departments and associations; without the office that calls.
async fn addressees(tx: &mut Tx, visit: &Visit, own: &str) -> Result<(Vec<Body>, Vec<Body>)> {
    let today = visit.app.clock().today();
    let communes: std::collections::HashSet<&str> = visit.app.region().communes(today).into_iter().map(|unit| unit.id.as_str()).collect();
    let all = party::store::offices(tx, today).await?;
    let (mut committees, mut offices) = (Vec::new(), Vec::new());
    for body in all.into_iter().filter(|body| body.id != own) {
        match body.kind.as_str() {
            "people_committee" if body.unit_id.as_deref().is_some_and(|unit| communes.contains(unit)) => committees.push(body),
            "department" | "association" => offices.push(body),
            _ => {}
        }
    }
    committees.sort_by_cached_key(|body| crate::text::sort_key(&body.name));
    Ok((committees, offices))
}

async fn edit_page(visit: &Visit, call: Option<Call>, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let (communes, offices) = addressees(&mut tx, visit, visit.actor.body_id().unwrap_or_default()).await?;
    let offer = |bodies: Vec<Body>| {
        bodies.into_iter().map(|body| Addressee { chosen: form.is("body", &body.id), id: body.id, name: body.name }).collect()
    };
    let ways = [
        ("all", format!("Tất cả {} UBND xã, phường hiện nay", communes.len())),
        ("some", "Một số UBND xã, phường, chọn dưới đây".to_owned()),
        ("none", "Không gửi UBND xã, phường".to_owned()),
    ];
    let page = EditPage {
        shell: visit.shell(if call.is_some() { "Sửa đợt đề nghị" } else { "Đợt đề nghị mới" }),
        communes: offer(communes),
        offices: offer(offices),
        ways: ways.into_iter().map(|(word, name)| (word.to_owned(), name)).collect(),
        call,
        form,
    };
    page.form.answer(&page)
}

fn must_call(visit: &Visit) -> Result<()> {
    if may_call(&visit.actor) { Ok(()) } else { Err(Refusal::forbidden().into()) }
}

async fn new_form(visit: Visit) -> Result<Response> {
    must_call(&visit)?;
    let mut form = Form::new(Tongue::Vi);
    form.fields.set("year", (visit.app.clock().today().year() + 1).to_string());
    form.fields.set("communes", "all");
    edit_page(&visit, None, form).await
}

/// Reads what was typed into a call; gives the bodies chosen.
fn read(fields: &Fields, call: &mut Call, committees: &[Body], offices: &[Body], today: NaiveDate) -> Result<Vec<String>, Errors> {
    let mut errors = Errors::default();
    for (name, limit, what) in [
        ("title", 200, both("Hãy ghi tên đợt đề nghị.", "Give the call a title.")),
        ("text", 5000, both("Hãy ghi nội dung đề nghị.", "Write what is asked.")),
    ] {
        if fields.get(name).is_empty() {
            errors.add(name, what);
        } else {
            errors.within(name, fields.get(name), limit);
        }
    }
    errors.within("basis", fields.get("basis"), 300);
    let year =
        fields.get("year").parse::<i64>().ok().filter(|year| (i64::from(today.year()) - 1..=i64::from(today.year()) + 5).contains(year));
    if year.is_none() {
        errors.add("year", both("Hãy ghi năm của các điểm, ví dụ 2027.", "Give the year of the points, for example 2027."));
    }
    let due_on = errors.take("due_on", ahead(fields.get("due_on"), today, 2));
    if due_on == Some(None) {
        errors.add("due_on", both("Hãy ghi hạn trả lời.", "Give the last day for answers."));
    }
    let least = match fields.some("least") {
        None => None,
        Some(typed) => {
            let number = typed.parse::<i64>().ok().filter(|number| (1..=100).contains(number));
            if number.is_none() {
                errors.add(
                    "least",
                    both("Hãy ghi số nguyên từ 1 đến 100, hoặc để trống.", "Write a whole number from 1 to 100, or leave it empty."),
                );
            }
            number
        }
    };
    let communes = fields.get("communes");
    let known = |id: &str| offices.iter().any(|body| body.id == id) || (communes == "some" && committees.iter().any(|body| body.id == id));
    let mut bodies: Vec<String> = fields.all("body").filter(|id| known(id)).map(str::to_owned).collect();
    bodies.sort();
    bodies.dedup();
    match communes {
        "all" => {}
        "some" if !committees.iter().any(|body| bodies.contains(&body.id)) => {
            errors.add("communes", both("Hãy chọn ít nhất một xã, phường.", "Choose at least one commune."))
        }
        "none" if bodies.is_empty() => errors.add("communes", both("Chưa chọn nơi nhận nào.", "There is no addressee.")),
        "some" | "none" => {}
        _ => errors.add("communes", both("Hãy chọn gửi những xã, phường nào.", "Choose which communes it goes to.")),
    }
    let (Some(year), Some(due_on), true) = (year, due_on.flatten(), errors.is_empty()) else { return Err(errors) };
    call.title = fields.get("title").to_owned();
    call.text = fields.get("text").to_owned();
    call.basis = fields.get("basis").to_owned();
    call.communes = communes.to_owned();
    (call.year, call.due_on, call.least) = (year, due_on, least);
    Ok(bodies)
}

fn record(call: &Call, bodies: &[String]) -> serde_json::Value {
    serde_json::json!({"set": {
        "title": call.title, "year": call.year, "text": call.text, "basis": call.basis, "due_on": call.due_on, "least": call.least, "communes": call.communes, "bodies": bodies,
        "state": call.state.word(),
    }})
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    must_call(&visit)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let own = visit.actor.body_id().unwrap_or_default().to_owned();
    let mut call = Call {
        id: clock::new_id(),
        title: String::new(),
        year: 0,
        text: String::new(),
        basis: String::new(),
        due_on: today,
        least: None,
        communes: String::new(),
        state: State::Draft,
        issued_on: None,
        closed_on: None,
        body_id: own.clone(),
        version: 1,
        created_by: visit.actor.journal_id().to_owned(),
        created_at: now,
        updated_at: now,
    };
    let mut tx = once::begin(&visit, &fields).await?;
    let (committees, offices) = addressees(&mut tx, &visit, &own).await?;
    let bodies = match read(&fields, &mut call, &committees, &offices, today) {
        Ok(bodies) => bodies,
        Err(errors) => {
            drop(tx);
            return edit_page(&visit, None, Form::with(fields, errors, Tongue::Vi)).await;
        }
    };
    call.insert(&mut tx).await?;
    store::choose(&mut tx, &call.id, &bodies).await?;
    Note::of("write_call", ("call", &call.id), record(&call, &bodies)).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, go(&format!("/dot-de-nghi/{}", call.id), "da-luu")).await
}

/// A call of the caller's own office.
pub(super) async fn load_own(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Call> {
    must_call(visit)?;
    Ok(store::find(tx, id).await?.filter(|call| visit.actor.body_id() == Some(call.body_id.as_str())).ok_or_else(Refusal::not_found)?)
}

fn only_draft(call: &Call) -> Result<()> {
    match call.state {
        State::Draft => Ok(()),
        _ => Err(Refusal::rule(
            "issued",
            both("Đợt đề nghị đã phát hành nên không sửa được nữa.", "The call was issued and can no longer be changed."),
            both("Nếu cần thay đổi, hãy đóng đợt này và phát hành đợt khác.", "If it must change, close it and issue another."),
        )
        .into()),
    }
}

async fn edit_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let call = load_own(&mut tx, &visit, &id).await?;
    only_draft(&call)?;
    let mut pairs: Vec<(String, String)> = [
        ("version", call.version.to_string()),
        ("title", call.title.clone()),
        ("year", call.year.to_string()),
        ("text", call.text.clone()),
        ("basis", call.basis.clone()),
        ("due_on", date_vi(call.due_on)),
        ("least", call.least.map(|least| least.to_string()).unwrap_or_default()),
        ("communes", call.communes.clone()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    pairs.extend(store::chosen(&mut tx, &id).await?.into_iter().map(|body| ("body".to_owned(), body)));
    drop(tx);
    edit_page(&visit, Some(call), Form::with(Fields::new(pairs), Errors::default(), Tongue::Vi)).await
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let mut call = load_own(&mut tx, &visit, &id).await?;
    only_draft(&call)?;
    let (committees, offices) = addressees(&mut tx, &visit, &call.body_id).await?;
    let bodies = match read(&fields, &mut call, &committees, &offices, today) {
        Ok(bodies) => bodies,
        Err(errors) => {
            drop(tx);
            return edit_page(&visit, Some(call), Form::with(fields, errors, Tongue::Vi)).await;
        }
    };
    if store::save(&mut tx, &call, fields.version(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    store::choose(&mut tx, &id, &bodies).await?;
    Note::of("write_call", ("call", &id), record(&call, &bodies)).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/dot-de-nghi/{id}"), "da-luu"))
}

/// Bodies that a call goes to, as of the day it is issued.
async fn receivers(tx: &mut Tx, visit: &Visit, call: &Call) -> Result<Vec<Body>> {
    let (committees, offices) = addressees(tx, visit, &call.body_id).await?;
    let chosen = store::chosen(tx, &call.id).await?;
    let is_chosen = |body: &Body| chosen.contains(&body.id);
    let mut bodies: Vec<Body> = match call.communes.as_str() {
        "all" => committees,
        "some" => committees.into_iter().filter(is_chosen).collect(),
        _ => Vec::new(),
    };
    bodies.extend(offices.into_iter().filter(is_chosen));
    Ok(bodies)
}

/// Sends it out: a row and a mail for each addressee.
async fn issue(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    let before = load_own(&mut tx, &visit, &id).await?;
    let bodies = receivers(&mut tx, &visit, &before).await?;
    let call = before.clone().issue(bodies.len(), today)?;
    if before.version != sent.fields.version() || store::save(&mut tx, &call, before.version, now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let rows: Vec<(String, Option<String>, String)> =
        bodies.into_iter().map(|body| (body.id, body.unit_id.filter(|_| body.kind == "people_committee"), body.name)).collect();
    store::address(&mut tx, &id, &rows).await?;
    let reachable = rising::Reachable::load(&mut tx, today).await?;
    let mut told = 0;
    let mut after = String::new();
    loop {
        let replies = store::unreached(&mut tx, &id, &after, 200).await?;
        let Some(last) = replies.last() else { break };
        after.clone_from(&last.id);
        for reply in replies.iter().filter(|reply| reachable.has(&reply.body_id, reply.unit_id.as_deref())) {
            told += usize::from(rising::reach(&mut tx, &visit.app, &call, reply, now).await?);
        }
    }
    let detail = serde_json::json!({
        "addressees": rows.iter().map(|(body, ..)| body).collect::<Vec<_>>(), "told": told, "note": format!("{} nơi nhận, {told} nơi có tài khoản", rows.len()),
        "set": {"state": call.state.word(), "issued_on": call.issued_on},
    });
    Note::of("issue_call", ("call", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/dot-de-nghi/{id}"), "issue_call"))
}

async fn close(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    let before = load_own(&mut tx, &visit, &id).await?;
    let call = before.clone().close(today)?;
    if before.version != sent.fields.version() || store::save(&mut tx, &call, before.version, now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"set": {"state": call.state.word(), "closed_on": call.closed_on}});
    Note::of("close_call", ("call", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/dot-de-nghi/{id}"), "close_call"))
}

/// An answer in the overview.
struct Row {
    reply: Reply,
    lines: Vec<Proposal>,
    money: i64,
    late: bool,
    below: bool,
}

#[derive(Template)]
#[template(path = "call/show.html")]
struct ShowPage {
    shell: Shell,
    call: Call,
    totals: Totals,
    money: Vec<(&'static str, i64)>,
    ask: Ask,
    rows: Rows<()>,
    list: Vec<Row>,
    only: &'static str,
    receivers: usize,
    unknown: Vec<String>,
    form: Form,
    may_mobilise: bool,
    history: Vec<journal::Entry>,
    own: bool,
    is_mine: bool,
    is_over: bool,
    today: NaiveDate,
}

impl ShowPage {
    fn asked(&self) -> i64 {
        self.call.least.unwrap_or(0) * self.totals.communes
    }

    fn sum(&self) -> i64 {
        self.money.iter().map(|(_, amount)| amount).sum()
    }

    /// The largest bar of the chart of money.
    fn most(&self) -> i64 {
        self.money.iter().map(|(_, amount)| *amount).max().unwrap_or(1)
    }

    /// Addressees that are late now, or answered late.
    fn late(&self) -> i64 {
        self.totals.late + if self.is_over { self.totals.missing } else { 0 }
    }
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    page(&visit, &id, Form::new(Tongue::Vi)).await
}

fn wrong_paper(form: &Form) -> bool {
    !form.errors.is_empty()
}

/// The page of a call; `form` holds what was typed of papers sent and is wrong.
pub(super) async fn page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let call = store::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let (body, unit) = answers_for(&visit.actor);
    let is_mine = !body.is_empty() && store::reply_of(&mut tx, id, &body, &unit).await?.is_some();
    let own = may_call(&visit.actor) && visit.actor.body_id() == Some(call.body_id.as_str());
    if !sees_all(&visit.actor) || (call.state == State::Draft && !own) {
        return if is_mine { Ok(go(&format!("/dot-de-nghi/{id}/tra-loi"), "")) } else { Err(Refusal::not_found().into()) };
    }
    let is_over = call.is_over(call.closed_on.map_or(today, |closed| closed.min(today)));
    let (only, word) = match if wrong_paper(&form) { "chua-toi" } else { visit.query.get("loc") } {
        "cham" => (Only::Late, "cham"),
        "chua" => (Only::Waiting, "chua"),
        "da" => (Only::Answered, "da"),
        "chua-toi" => (Only::Unreached, "chua-toi"),
        _ => (Only::All, ""),
    };
    let ask = Ask::at(visit, &format!("/dot-de-nghi/{id}")).fix("loc", word);
    let (replies, rows) = store::replies(&mut tx, id, only, (call.due_on, is_over), ask.get("sau"), ask.size(30)).await?.take();
    let ids: Vec<&str> = replies.iter().map(|reply| reply.id.as_str()).collect();
    let mut sums: HashMap<String, i64> = HashMap::new();
    for (answer, _, amount) in store::money_of(&mut tx, &ids).await? {
        *sums.entry(answer).or_default() += amount;
    }
    let mut lines: HashMap<String, Vec<Proposal>> = HashMap::new();
    for (answer, line) in store::lines_of(&mut tx, &ids).await? {
        lines.entry(answer).or_default().push(line);
    }
    let money = store::money_totals(&mut tx, id).await?;
    let (mut receivers, mut unknown) = (0, Vec::new());
    if call.state == State::Draft {
        let reachable = rising::Reachable::load(&mut tx, today).await?;
        let bodies = self::receivers(&mut tx, visit, &call).await?;
        receivers = bodies.len();
        unknown = bodies
            .into_iter()
            .filter(|body| !reachable.has(&body.id, body.unit_id.as_deref().filter(|_| body.kind == "people_committee")))
            .map(|body| body.name)
            .collect();
    }
    let list = replies
        .into_iter()
        .map(|reply| Row {
            lines: lines.remove(&reply.id).unwrap_or_default(),
            money: sums.get(&reply.id).copied().unwrap_or(0),
            late: reply.late(&call, today),
            below: reply.is_below(&call),
            reply,
        })
        .collect();
    let page = ShowPage {
        form,
        shell: visit.shell(&call.title),
        totals: store::totals(&mut tx, id, call.due_on).await?,
        money: Source::all()
            .filter_map(|source| money.iter().find(|line| line.source == source.word()).map(|line| (source.name(), line.amount)))
            .collect(),
        ask,
        rows,
        list,
        only: word,
        receivers,
        unknown,
        may_mobilise: prospect::may_write(&visit.actor),
        history: journal::history(&mut tx, "call", id, i64::MAX, 20).await?,
        own,
        is_mine,
        is_over,
        today,
        call,
    };
    page.form.answer(&page)
}
