//! Law that one person puts in force and another confirms: what it changes is shown first, what it may not change is refused.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};

use super::fill;
use super::model::CriteriaSet;
use super::pages::{find, must_date, until};
use super::store;
use super::validity::{check_force, check_period, period};
use crate::access::{Act, Actor, Need, Of, Readers, Routes, store as accounts};
use crate::db::{DbResult, Tx};
use crate::error::{Both, Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Fields, Form, Sent, Shell, Todo, TodoRow, Visit, Whose, go, html};
use crate::rule::{Used, Uses};
use crate::text::{Tongue, date_vi};
use crate::{clock, execute, fetch_all, fetch_optional, mail};

const EDITORS: Need = Need::May(Act::EditCriteria);
const CONFIRMERS: Need = Need::May(Act::ConfirmCriteria);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/bo-tieu-chi/{id}/hieu-luc", EDITORS, form)
        .post("/bo-tieu-chi/{id}/hieu-luc", EDITORS, ask)
        .get("/bo-tieu-chi/de-nghi/{request}", CONFIRMERS, show)
        .post("/bo-tieu-chi/de-nghi/{request}/xac-nhan", CONFIRMERS, confirm)
        .post("/bo-tieu-chi/de-nghi/{request}/bo", CONFIRMERS, drop_it)
}

/// What is asked for, and what became of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Request {
    id: String,
    set_id: String,
    set_version: i64,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    reason: String,
    state: String,
    asked_by: String,
    asked_name: String,
    asked_at: DateTime<Utc>,
    settled_name: String,
    settled_at: Option<DateTime<Utc>>,
}

async fn request(tx: &mut Tx, id: &str) -> Result<Request> {
    let found = fetch_optional!(
        tx,
        Request,
        "select id, set_id, set_version, valid_from, valid_to, reason, state, asked_by, asked_name, asked_at, settled_name, settled_at from force_request where id = $1",
        id
    )?;
    found.ok_or_else(|| Refusal::not_found().into())
}

async fn open(tx: &mut Tx) -> DbResult<Vec<Request>> {
    fetch_all!(
        tx,
        Request,
        "select id, set_id, set_version, valid_from, valid_to, reason, state, asked_by, asked_name, asked_at, settled_name, settled_at from force_request where state = 'open' order by asked_at, id limit 100"
    )
}

/// What waits for a second person.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    if !visit.actor.may(Act::ConfirmCriteria) {
        return Ok(Vec::new());
    }
    let waiting: Vec<Request> = open(tx).await?.into_iter().filter(|request| request.asked_by != visit.actor.journal_id()).collect();
    let sets = if waiting.is_empty() { Vec::new() } else { store::sets(tx).await? };
    let row = |request: &Request| TodoRow {
        due: None,
        since: Some(clock::local(request.asked_at).date_naive()),
        title: sets.iter().find(|set| set.id == request.set_id).map(|set| set.title.clone()).unwrap_or_default(),
        href: format!("/bo-tieu-chi/de-nghi/{}", request.id),
        place: format!("{} · {}", period(Some(request.valid_from), request.valid_to), request.asked_name),
        chip: None,
    };
    Ok(vec![Todo {
        id: "law",
        title: "Hiệu lực của bộ tiêu chí chờ người thứ hai xác nhận".into(),
        count: waiting.len() as i64,
        rows: waiting.iter().map(row).collect(),
        all: "/bo-tieu-chi".into(),
        deed: "Cần xác nhận hiệu lực",
        whose: Whose::Decide,
    }])
}

/// One line of what will be other than it is.
async fn effects(
    tx: &mut Tx,
    uses: &Uses,
    set: &CriteriaSet,
    sets: &[CriteriaSet],
    from: NaiveDate,
    to: Option<NaiveDate>,
    ended: Option<&CriteriaSet>,
) -> Result<Vec<String>> {
    let mut lines = vec![format!(
        "{}: {} → {}",
        set.number(),
        if set.status == "draft" { "bản thảo".to_owned() } else { period(set.valid_from, set.valid_to) },
        period(Some(from), to)
    )];
    if let Some(ended) = ended {
        lines.push(format!("{}: {} → {}", ended.number(), period(ended.valid_from, ended.valid_to), period(ended.valid_from, Some(from))));
    }
    let last = to.unwrap_or(NaiveDate::MAX);
    // where a set is in force by itself, no decision to go on applying another counts
    if !set.overlay {
        for decision in store::applications(tx)
            .await?
            .iter()
            .filter(|decision| decision.valid_from < last && decision.valid_to.is_none_or(|to| to > from))
        {
            let number = sets.iter().find(|set| set.id == decision.set_id).map_or("", |set| set.number());
            lines.push(format!(
                "Quyết định vận dụng {number} ({}) không còn dùng {}",
                period(Some(decision.valid_from), decision.valid_to),
                period(Some(from.max(decision.valid_from)), to)
            ));
        }
    }
    // surveys that stand on another set on days that become this one's
    for other in sets.iter().filter(|other| other.id != set.id && other.status == "in_force") {
        let n = uses.of(tx, &other.id, Used::DoneIn(from, last)).await?;
        if n > 0 {
            lines.push(format!("{n} phiếu khảo sát đã làm theo {} trong thời gian này giữ nguyên bộ đã dùng", other.number()));
        }
    }
    Ok(lines)
}

/// What may not be: days before the paper, a period that the law itself states, two sets at once, a set without a source.
fn check<'a>(
    set: &CriteriaSet,
    sets: &'a [CriteriaSet],
    from: NaiveDate,
    to: Option<NaiveDate>,
    reason: &str,
) -> Result<Option<&'a CriteriaSet>, Vec<(&'static str, Both)>> {
    let ended = if set.status == "draft" { check_force(set, sets, from, to)? } else { check_period(set, sets, from, to).map(|()| None)? };
    let mut lacks = Vec::new();
    if let Some(issued) =
        set.instrument.as_ref().and_then(|instrument| instrument.issued_on).filter(|issued| from < *issued && reason.is_empty())
    {
        lacks.push(("from", both(format!("Văn bản ban hành ngày {}, sau ngày có hiệu lực này; hãy kiểm tra, hoặc ghi lý do nếu văn bản có hiệu lực trở về trước.", date_vi(issued)), format!("The instrument is of {}, after this day; check it, or give the reason if it applies backwards.", date_vi(issued)))));
    }
    if let Some(stated) =
        ended.filter(|ended| ended.origin == "law").and_then(|ended| Some((ended, ended.valid_to?))).filter(|(_, to)| from < *to)
    {
        let (ended, to) = stated;
        lacks.push(("from", both(
            format!("{} có thời hạn do chính văn bản nêu, đến hết {}: không rút ngắn ở đây. Hãy chọn ngày sau đó; nếu văn bản mới bãi bỏ nó sớm hơn, hãy sửa thời hạn của {} trước, kèm căn cứ.", ended.number(), date_vi(to.pred_opt().unwrap_or(to)), ended.number()),
            format!("{} states its own period, to the end of {}; it is not shortened here. Choose a later day, or correct its period first with the paper that repeals it.", ended.number(), date_vi(to.pred_opt().unwrap_or(to))),
        )));
    }
    if set.status != "draft" && reason.is_empty() {
        lacks.push(("reason", both("Hãy ghi căn cứ của việc sửa thời hạn.", "Say what the correction rests on.")));
    }
    if lacks.is_empty() { Ok(ended) } else { Err(lacks) }
}

/// What comes of a request: the set that ends with it or that is filled by it, and what will be other than it is.
struct Outlook<'a> {
    ended: Option<&'a CriteriaSet>,
    filled: Option<&'a CriteriaSet>,
    lines: Vec<String>,
}

/// The set that a draft only fills.
async fn filled<'a>(tx: &mut Tx, set: &CriteriaSet, sets: &'a [CriteriaSet]) -> Result<Option<&'a CriteriaSet>> {
    match fill::of(tx, &set.id).await? {
        None => Ok(None),
        Some((_, true)) => Err(super::validity::fixed().into()),
        Some((id, false)) => Ok(sets.iter().find(|other| other.id == id)),
    }
}

async fn outlook<'a>(
    tx: &mut Tx,
    uses: &Uses,
    set: &CriteriaSet,
    sets: &'a [CriteriaSet],
    from: NaiveDate,
    to: Option<NaiveDate>,
    reason: &str,
) -> Result<Result<Outlook<'a>, Vec<(&'static str, Both)>>> {
    if let Some(whole) = filled(tx, set, sets).await? {
        return Ok(match fill::check(set, whole) {
            Ok(()) => Ok(Outlook { ended: None, filled: Some(whole), lines: fill::effects(tx, uses, set, whole).await? }),
            Err(lacks) => Err(lacks),
        });
    }
    Ok(match check(set, sets, from, to, reason) {
        Ok(ended) => Ok(Outlook { ended, filled: None, lines: effects(tx, uses, set, sets, from, to, ended).await? }),
        Err(lacks) => Err(lacks),
    })
}

#[derive(Template)]
#[template(path = "rule/force.html")]
struct ForcePage {
    shell: Shell,
    set: CriteriaSet,
    /// The set that is only filled: its period stays.
    filled: Option<(String, String)>,
    form: Form,
    others: Vec<(String, String)>,
    /// What would change, once days are given that are allowed.
    effects: Vec<String>,
    /// Who can confirm: none means that the step waits.
    confirmers: usize,
}

/// People who may confirm what somebody asks for.
async fn confirmers(tx: &mut Tx, actor: &Actor, today: NaiveDate) -> Result<Readers> {
    let own = accounts::find(tx, actor.journal_id()).await?.and_then(|person| person.email);
    Ok(Readers::find(tx, Act::ConfirmCriteria, Of::All, today).await?.without(&own.unwrap_or_default()))
}

#[derive(Template)]
#[template(path = "rule/letter_force.txt", whitespace = "preserve")]
struct ForceLetter<'a> {
    asker: String,
    effects: String,
    request: &'a str,
    base: &'a str,
}

async fn page(tx: &mut Tx, visit: &Visit, set: CriteriaSet, form: Form, effects: Vec<String>) -> Result<Response> {
    let today = visit.app.clock().today();
    let sets = store::sets(tx).await?;
    let others = sets
        .iter()
        .filter(|other| other.id != set.id && !other.overlay && other.status == "in_force")
        .map(|other| (other.number().to_owned(), period(other.valid_from, other.valid_to)))
        .collect();
    let confirmers = confirmers(tx, &visit.actor, today).await?.len();
    let filled = filled(tx, &set, &sets).await?.map(|whole| (whole.number().to_owned(), period(whole.valid_from, whole.valid_to)));
    let title = match (&filled, set.status.as_str()) {
        (Some(_), _) => "Bổ sung nội dung còn thiếu",
        (None, "draft") => "Đặt bộ tiêu chí có hiệu lực",
        _ => "Sửa thời hạn của bộ tiêu chí",
    };
    let page = ForcePage { shell: visit.shell(title), set, filled, form, others, effects, confirmers };
    page.form.answer(&page)
}

async fn form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let set = find(&mut tx, &id).await?;
    let day = |day: Option<NaiveDate>| day.map(date_vi).unwrap_or_default();
    let fields =
        [("version", set.version.to_string()), ("from", day(set.valid_from)), ("to", day(set.valid_to.and_then(|to| to.pred_opt())))];
    let fields = Fields::new(fields.map(|(name, value)| (name.to_owned(), value)));
    page(&mut tx, &visit, set, Form::with(fields, Errors::default(), Tongue::Vi), Vec::new()).await
}

async fn ask(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let set = find(&mut tx, &id).await?;
    if set.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    let sets = store::sets(&mut tx).await?;
    let mut errors = Errors::default();
    let (from, to) = match filled(&mut tx, &set, &sets).await? {
        Some(whole) => (Some(whole.valid_from.unwrap_or(today)), Some(whole.valid_to)),
        None => (errors.take("from", must_date(&fields, "from")), errors.take("to", until(&fields, "to"))),
    };
    let reason = fields.get("reason").to_owned();
    let mut effects = Vec::new();
    if let (Some(from), Some(to)) = (from, to) {
        match outlook(&mut tx, visit.app.held(), &set, &sets, from, to, &reason).await? {
            Ok(outlook) => effects = outlook.lines,
            Err(lacks) => lacks
                .into_iter()
                .for_each(|(name, text)| errors.add(if matches!(name, "from" | "to" | "reason") { name } else { "" }, text)),
        }
    }
    let (Some(from), Some(to), true) = (from, to, errors.is_empty()) else {
        drop(tx);
        let mut tx = visit.app.db().read().await?;
        return page(&mut tx, &visit, set, Form::with(fields, errors, Tongue::Vi), Vec::new()).await;
    };
    if !fields.is_on("seen") {
        drop(tx);
        let mut tx = visit.app.db().read().await?;
        return page(&mut tx, &visit, set, Form::with(fields, Errors::default(), Tongue::Vi), effects).await;
    }
    let request = clock::new_id();
    execute!(
        &mut tx,
        "update force_request set state = 'dropped', settled_by = $2, settled_name = $3, settled_at = $4 where set_id = $1 and state = 'open'",
        &id,
        visit.actor.journal_id(),
        visit.actor.journal_name(),
        now
    )?;
    execute!(
        &mut tx,
        "insert into force_request (id, set_id, set_version, valid_from, valid_to, reason, state, asked_by, asked_name, asked_at, settled_by, settled_name) values ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9, '', '')",
        &request,
        &id,
        set.version,
        from,
        to,
        &reason,
        visit.actor.journal_id(),
        visit.actor.journal_name(),
        now
    )?;
    let detail = serde_json::json!({"number": set.number(), "reason": reason, "set": {"request": request, "valid_from": from, "valid_to": to}, "effects": effects});
    Note::of("ask_force", ("criteria_set", &id), detail).by(&mut tx, now, &visit.actor).await?;
    let readers = confirmers(&mut tx, &visit.actor, today).await?;
    let (asker, effects) = (visit.actor.journal_name().to_owned(), effects.join("; "));
    let text = ForceLetter { asker, effects, request: &request, base: &visit.app.config().base_url };
    mail::letter(&mut tx, now, readers, &format!("Xác nhận hiệu lực: {}", set.title), &text).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/bo-tieu-chi/de-nghi/{request}"), "ask_force"))
}

#[derive(Template)]
#[template(path = "rule/request.html")]
struct RequestPage {
    shell: Shell,
    set: CriteriaSet,
    request: Request,
    effects: Vec<String>,
    refusals: Vec<String>,
    is_own: bool,
    confirmers: usize,
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let request = request(&mut tx, &id).await?;
    let set = find(&mut tx, &request.set_id).await?;
    let sets = store::sets(&mut tx).await?;
    let (mut lines, mut refusals) = (Vec::new(), Vec::new());
    if request.state == "open" {
        match outlook(&mut tx, visit.app.held(), &set, &sets, request.valid_from, request.valid_to, &request.reason).await? {
            Ok(outlook) => lines = outlook.lines,
            Err(lacks) => refusals = lacks.into_iter().map(|(_, text)| text.vi.into_owned()).collect(),
        }
        if set.version != request.set_version {
            refusals.push("Bộ tiêu chí đã được sửa sau khi đề nghị: hãy bỏ đề nghị này và đề nghị lại.".to_owned());
        }
    }
    let confirmers = confirmers(&mut tx, &visit.actor, visit.app.clock().today()).await?.len();
    let is_own = request.asked_by == visit.actor.journal_id();
    html(&RequestPage { shell: visit.shell("Xác nhận hiệu lực"), set, request, effects: lines, refusals, is_own, confirmers })
}

/// The second person puts it in force; the base set that is still running on that day ends with it.
async fn confirm(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let request = request(&mut tx, &id).await?;
    if request.asked_by == visit.actor.journal_id() {
        return Err(Refusal::rule(
            "second-person",
            both("Người đề nghị không tự xác nhận được.", "Whoever asked cannot confirm it."),
            both("Hãy nhờ lãnh đạo Sở hoặc một quản trị viên khác xác nhận.", "Ask a leader or another administrator."),
        )
        .into());
    }
    if request.state != "open" {
        return Err(Refusal::stale().into());
    }
    let set = find(&mut tx, &request.set_id).await?;
    if set.version != request.set_version {
        return Err(Refusal::stale().into());
    }
    let sets = store::sets(&mut tx).await?;
    let (from, to) = (request.valid_from, request.valid_to);
    let outlook = outlook(&mut tx, visit.app.held(), &set, &sets, from, to, &request.reason).await?.map_err(|lacks| {
        Refusal::invalid(
            lacks.into_iter().next().map_or_else(|| both("Đề nghị không còn hợp lệ.", "The request no longer holds."), |(_, text)| text),
        )
    })?;
    if let Some(whole) = outlook.filled {
        if !fill::write(&mut tx, &set, whole, now).await? {
            return Err(Refusal::stale().into());
        }
        settle(&mut tx, &visit, &id, "confirmed").await?;
        let detail = serde_json::json!({"number": whole.number(), "reason": request.reason, "asked_by": request.asked_name, "request": id, "set": fill::record(&set)});
        Note::of("fill_set", ("criteria_set", &whole.id), detail).by(&mut tx, now, &visit.actor).await?;
        tx.commit().await?;
        return Ok(go(&format!("/bo-tieu-chi/{}", whole.id), "fill_set"));
    }
    let ended = outlook.ended;
    if let Some(ended) = ended {
        store::end_set(&mut tx, &ended.id, from).await?;
        Note::of(
            "end_set",
            ("criteria_set", &ended.id),
            serde_json::json!({"before": {"valid_to": ended.valid_to}, "set": {"valid_to": from, "superseded_by": set.id}}),
        )
        .by(&mut tx, now, &visit.actor)
        .await?;
    }
    let is_draft = set.status == "draft";
    let changed = if is_draft {
        store::put_in_force(&mut tx, &set.id, from, to, set.version).await?
    } else {
        store::set_period(&mut tx, &set.id, from, to, set.version).await?
    };
    if changed == 0 {
        return Err(Refusal::stale().into());
    }
    settle(&mut tx, &visit, &id, "confirmed").await?;
    let detail = serde_json::json!({
        "number": set.number(), "reason": request.reason, "asked_by": request.asked_name, "request": id,
        "before": {"valid_from": set.valid_from, "valid_to": set.valid_to, "status": set.status}, "set": {"valid_from": from, "valid_to": to, "status": "in_force"}, "supersedes": ended.map(|ended| &ended.id),
    });
    Note::of(if is_draft { "set_in_force" } else { "correct_period" }, ("criteria_set", &set.id), detail)
        .by(&mut tx, now, &visit.actor)
        .await?;
    tx.commit().await?;
    Ok(go(&format!("/bo-tieu-chi/{}", set.id), "set_in_force"))
}

async fn drop_it(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let mut tx = visit.app.db().write().await?;
    let request = request(&mut tx, &id).await?;
    if request.state != "open" {
        return Err(Refusal::stale().into());
    }
    settle(&mut tx, &visit, &id, "dropped").await?;
    let detail = serde_json::json!({"reason": sent.fields.get("reason"), "request": id});
    Note::of("drop_force", ("criteria_set", &request.set_id), detail).by(&mut tx, visit.app.clock().now(), &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/bo-tieu-chi/{}", request.set_id), "da-luu"))
}

async fn settle(tx: &mut Tx, visit: &Visit, id: &str, state: &str) -> DbResult<u64> {
    execute!(
        tx,
        "update force_request set state = $2, settled_by = $3, settled_name = $4, settled_at = $5 where id = $1 and state = 'open'",
        id,
        state,
        visit.actor.journal_id(),
        visit.actor.journal_name(),
        visit.app.clock().now()
    )
}

impl RequestPage {
    fn when(&self, at: &DateTime<Utc>) -> String {
        clock::local(*at).format("%d/%m/%Y %H:%M").to_string()
    }
}
