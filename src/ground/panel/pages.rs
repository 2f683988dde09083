//! The list of panels, one of them with its members, a new one, its correction, its end.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{Kind, Member, Panel};
use super::store::{self, Row};
use crate::access::{Act, Need, Routes};
use crate::clock::new_id;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Ask, Choice, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, html, once};
use crate::party;
use crate::text::{Tongue, date_vi};

const READERS: Need = Need::May(Act::ReadPanels);
pub(super) const KEEPERS: Need = Need::May(Act::KeepPanels);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/hoi-dong", READERS, list)
        .get("/hoi-dong/moi", KEEPERS, new_form)
        .post("/hoi-dong/moi", KEEPERS, create)
        .get("/hoi-dong/{id}", READERS, show)
        .get("/hoi-dong/{id}/sua", KEEPERS, edit_form)
        .post("/hoi-dong/{id}/sua", KEEPERS, edit)
        .post("/hoi-dong/{id}/ket-thuc", KEEPERS, end)
}

#[derive(Template)]
#[template(path = "panel/list.html")]
struct ListPage {
    shell: Shell,
    ask: Ask,
    kind: Option<Kind>,
    list: Rows<Row>,
    today: NaiveDate,
    may_keep: bool,
}

impl ListPage {
    fn is_on(&self, kind: Kind) -> bool {
        self.kind == Some(kind)
    }
}

async fn list(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let ask = Ask::new(&visit);
    let kind = ask.one("loai", Kind::read);
    let mut tx = visit.app.db().read().await?;
    let list = store::list(&mut tx, kind, today, ask.after().as_deref(), ask.size(30)).await?;
    html(&ListPage {
        shell: visit.shell("Hội đồng, tổ công tác"), ask, kind, list, today, may_keep: visit.actor.may(Act::KeepPanels)
    })
}

#[derive(Template)]
#[template(path = "panel/show.html")]
struct ShowPage {
    shell: Shell,
    panel: Panel,
    issuer: String,
    form: Form,
    now: Vec<Member>,
    before: Vec<Member>,
    offices: Vec<Choice>,
    today: NaiveDate,
    may_keep: bool,
}

impl ShowPage {
    fn parts(&self) -> Vec<Choice> {
        super::members::parts()
    }

    /// Whom somebody new may replace.
    fn replaced(&self) -> Vec<Choice> {
        std::iter::once((String::new(), "Không thay ai".to_owned()))
            .chain(self.now.iter().map(|member| (member.id.clone(), format!("{} ({})", member.name, member.part.name().to_lowercase()))))
            .collect()
    }

    fn of(&self, id: Option<&String>) -> Option<&Member> {
        self.now.iter().chain(&self.before).find(|member| Some(&member.id) == id)
    }
}

/// Offices that a member may come from.
pub(super) async fn offices(tx: &mut Tx, today: NaiveDate) -> Result<Vec<Choice>> {
    let known = party::store::offices(tx, today).await?.into_iter().map(|body| (body.id, body.name));
    Ok(std::iter::once((String::new(), "Nơi khác".to_owned())).chain(known).collect())
}

pub(super) async fn page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let panel = store::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let may_keep = visit.actor.may(Act::KeepPanels);
    let (now, before) = store::members(&mut tx, id).await?.into_iter().partition(|member| member.to_on.is_none_or(|to| today < to));
    let page = ShowPage {
        shell: visit.shell(&panel.name),
        issuer: party::store::find(&mut tx, &panel.body_id).await?.map(|body| body.name).unwrap_or_default(),
        offices: if may_keep { offices(&mut tx, today).await? } else { Vec::new() },
        may_keep,
        now,
        before,
        today,
        form,
        panel,
    };
    page.form.answer(&page)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    page(&visit, &id, Form::new(Tongue::Vi)).await
}

#[derive(Template)]
#[template(path = "panel/edit.html")]
struct EditPage {
    shell: Shell,
    form: Form,
    panel: Option<Panel>,
    issuers: Vec<Choice>,
}

impl EditPage {
    fn kinds(&self) -> Vec<Choice> {
        Kind::ALL.into_iter().map(|kind| (kind.word().to_owned(), kind.name().to_owned())).collect()
    }
}

async fn edit_page(visit: &Visit, panel: Option<Panel>, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let issuers = issuers(&mut tx, visit).await?;
    let title = if panel.is_some() { "Sửa quyết định thành lập" } else { "Ghi quyết định thành lập" };
    let page = EditPage { shell: visit.shell(title), form, panel, issuers };
    page.form.answer(&page)
}

/// Who may set a panel up: committees and departments of the city.
async fn issuers(tx: &mut Tx, visit: &Visit) -> Result<Vec<Choice>> {
    let (offices, city) = (party::store::offices(tx, visit.app.clock().today()).await?, &visit.app.region().province().id);
    let is_issuer = |body: &party::Body| {
        body.kind != "association" && (body.kind != "people_committee" || body.unit_id.as_deref() == Some(city.as_str()))
    };
    let mut issuers: Vec<party::Body> = offices.into_iter().filter(is_issuer).collect();
    // the committee of the city sets up most of them
    issuers.sort_by_key(|body| body.kind != "people_committee");
    Ok(issuers.into_iter().map(|body| (body.id, body.name)).collect())
}

async fn new_form(visit: Visit) -> Result<Response> {
    edit_page(&visit, None, Form::new(Tongue::Vi)).await
}

/// What both forms ask.
struct Read {
    name: String,
    decision_no: String,
    decided_on: Option<NaiveDate>,
    from_on: Option<NaiveDate>,
    to_on: Option<NaiveDate>,
    note: String,
}

fn read(fields: &Fields, today: NaiveDate, errors: &mut Errors) -> Read {
    let read = Read {
        name: fields.must("name", 300, both("Hãy ghi tên theo quyết định.", "Give its name as the decision does."), errors),
        decision_no: fields.must("decision_no", 60, both("Hãy ghi số quyết định.", "Give the number of the decision."), errors),
        decided_on: fields.day("decided_on", errors),
        from_on: fields.some_day("from_on", errors),
        to_on: fields.some_day("last_on", errors).and_then(|last| last.succ_opt()),
        note: fields.text("note", 1000, errors),
    };
    if read.decided_on.is_some_and(|on| on > today) {
        errors.add("decided_on", both("Ngày quyết định chưa đến.", "That day has not come yet."));
    }
    if let (Some(on), Some(from)) = (read.decided_on, read.from_on)
        && from < on
    {
        errors.add("from_on", both("Nhiệm kỳ không bắt đầu trước ngày quyết định.", "A term does not begin before its decision."));
    }
    if let (Some(from), Some(to)) = (read.from_on.or(read.decided_on), read.to_on)
        && to <= from
    {
        errors.add("last_on", both("Nhiệm kỳ phải kết thúc sau ngày bắt đầu.", "The term ends after it begins."));
    }
    read
}

fn detail(panel: &Panel) -> serde_json::Value {
    serde_json::json!({"set": {
        "name": panel.name, "kind": panel.kind.word(), "body": panel.body_id, "decision_no": panel.decision_no,
        "decided_on": panel.decided_on, "valid_from": panel.from_on, "valid_to": panel.to_on, "note": panel.note,
    }})
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut errors = Errors::default();
    let kind = Kind::read(fields.get("kind"));
    if kind.is_none() {
        errors.add("kind", both("Hãy chọn loại.", "Choose the kind."));
    }
    let typed = read(&fields, today, &mut errors);
    let mut tx = once::begin(&visit, &fields).await?;
    let issuer = issuers(&mut tx, &visit).await?.into_iter().find(|(id, _)| id == fields.get("body")).map(|(id, _)| id);
    if issuer.is_none() {
        errors.add("body", both("Hãy chọn cơ quan ra quyết định.", "Choose who decided."));
    }
    let (Some(kind), Some(decided_on), Some(body_id), true) = (kind, typed.decided_on, issuer, errors.is_empty()) else {
        drop(tx);
        return edit_page(&visit, None, Form::with(fields, errors, Tongue::Vi)).await;
    };
    let panel = Panel {
        id: new_id(),
        kind,
        name: typed.name,
        body_id,
        decision_no: typed.decision_no,
        decided_on,
        from_on: typed.from_on.unwrap_or(decided_on),
        to_on: typed.to_on,
        end_paper: String::new(),
        note: typed.note,
        version: 1,
        created_by: visit.actor.journal_id().to_owned(),
        created_at: now,
    };
    store::add(&mut tx, &panel).await?;
    Note::of("add_panel", ("panel", &panel.id), detail(&panel)).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, go(&format!("/hoi-dong/{}", panel.id), "add_panel")).await
}

async fn edit_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let panel = store::find(&mut visit.app.db().read().await?, &id).await?.ok_or_else(Refusal::not_found)?;
    let last = panel.to_on.and_then(|to| to.pred_opt()).map(date_vi).unwrap_or_default();
    let pairs = [
        ("kind", panel.kind.word().to_owned()),
        ("name", panel.name.clone()),
        ("decision_no", panel.decision_no.clone()),
        ("decided_on", date_vi(panel.decided_on)),
        ("from_on", date_vi(panel.from_on)),
        ("last_on", last),
        ("note", panel.note.clone()),
    ];
    let fields = Fields::new(pairs.map(|(name, value)| (name.to_owned(), value)));
    edit_page(&visit, Some(panel), Form::with(fields, Errors::default(), Tongue::Vi)).await
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut errors = Errors::default();
    let typed = read(&fields, today, &mut errors);
    let mut tx = visit.app.db().write().await?;
    let before = store::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    if before.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    let first = store::members(&mut tx, &id).await?.iter().map(|member| member.from_on).min();
    let from_on = typed.from_on.or(typed.decided_on);
    if let (Some(from), Some(first)) = (from_on, first)
        && first < from
    {
        errors.add(
            "from_on",
            both(
                format!("Đã có thành viên từ ngày {}; nhiệm kỳ không thể bắt đầu sau ngày ấy.", date_vi(first)),
                format!("A member sits there from {}; the term cannot begin later.", date_vi(first)),
            ),
        );
    }
    let (Some(decided_on), Some(from_on), true) = (typed.decided_on, from_on, errors.is_empty()) else {
        drop(tx);
        return edit_page(&visit, Some(before), Form::with(fields, errors, Tongue::Vi)).await;
    };
    let after =
        Panel { name: typed.name, decision_no: typed.decision_no, decided_on, from_on, to_on: typed.to_on, note: typed.note, ..before };
    if store::save(&mut tx, &after).await? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of("edit_panel", ("panel", &id), detail(&after)).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/hoi-dong/{id}"), "edit_panel"))
}

async fn end(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let now = visit.app.clock().now();
    let mut errors = Errors::default();
    let to = fields.day("ended_on", &mut errors);
    let paper =
        fields.must("end_paper", 200, both("Hãy ghi quyết định giải thể, kiện toàn.", "Name the decision that ends it."), &mut errors);
    let mut tx = visit.app.db().write().await?;
    let before = store::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    if before.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    if to.is_some_and(|to| to <= before.from_on) {
        errors.add("ended_on", both("Ngày kết thúc phải sau ngày bắt đầu.", "It ends after it begins."));
    }
    let (Some(to), true) = (to, errors.is_empty()) else {
        drop(tx);
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    };
    let after = Panel { to_on: Some(to), end_paper: paper, ..before };
    if store::save(&mut tx, &after).await? == 0 {
        return Err(Refusal::stale().into());
    }
    store::end_members(&mut tx, &id, to, &after.end_paper).await?;
    let said = serde_json::json!({"source": after.end_paper, "set": {"valid_to": to}});
    Note::of("end_panel", ("panel", &id), said).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/hoi-dong/{id}"), "end_panel"))
}
