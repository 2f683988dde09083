//! The secretary's screens of a sitting: the list, a new one, its agenda, who came, what ties members to producers; opening, closing.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Item, ItemState, Kind, Procedure, Seat, Sitting, State};
use super::store::{self, Listed, Row, Tie, Waiting};
use super::ties::{self, Bond, Bonds};
use crate::access::{Act, Need, Readers, Routes};
use crate::clock::new_id;
use crate::db::Tx;
use crate::dossier;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::mail;
use crate::page::{Ask, Choice, Errors, Form, Rows, Sent, Shell, Visit, go, html, once};
use crate::panel::{self, Panel};
use crate::scoring;
use crate::text::Tongue;

pub(super) const CONDUCTORS: Need = Need::May(Act::ConductSessions);
pub(super) const READERS: Need = Need::Any(&[Act::ConductSessions, Act::KeepPanels, Act::Audit]);

/// Most dossiers on one agenda.
const LONGEST: i64 = 400;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/phien-danh-gia", READERS, list)
        .get("/phien-danh-gia/moi", CONDUCTORS, new_form)
        .post("/phien-danh-gia/moi", CONDUCTORS, create)
        .get("/phien-danh-gia/{id}", READERS, show)
        .post("/phien-danh-gia/{id}/chuong-trinh", CONDUCTORS, put)
        .post("/phien-danh-gia/{id}/bo", CONDUCTORS, drop_item)
        .post("/phien-danh-gia/{id}/tai-lieu", CONDUCTORS, papers)
        .post("/phien-danh-gia/{id}/diem-danh", CONDUCTORS, attendance)
        .post("/phien-danh-gia/{id}/xung-dot", CONDUCTORS, lift)
        .post("/phien-danh-gia/{id}/mo", CONDUCTORS, open)
        .post("/phien-danh-gia/{id}/dong", CONDUCTORS, close)
}

#[derive(Template)]
#[template(path = "council/list.html")]
struct ListPage {
    shell: Shell,
    ask: Ask,
    list: Rows<Row>,
    may_conduct: bool,
    has_rules: bool,
}

/// The key of a page of sittings: day and id.
pub(super) fn after(ask: &Ask) -> Option<(NaiveDate, String)> {
    let typed = ask.after()?;
    let (day, id) = typed.split_once(' ')?;
    Some((day.parse().ok()?, id.to_owned()))
}

async fn list(visit: Visit) -> Result<Response> {
    let ask = Ask::new(&visit);
    let mut tx = visit.app.db().read().await?;
    let after = after(&ask);
    let list = store::list(&mut tx, None, after.as_ref().map(|(day, id)| (*day, id.as_str())), ask.size(30)).await?;
    let has_rules = store::procedure_on(&mut tx, visit.app.clock().today()).await?.is_some();
    html(&ListPage { shell: visit.shell("Phiên đánh giá"), ask, list, may_conduct: visit.actor.may(Act::ConductSessions), has_rules })
}

#[derive(Template)]
#[template(path = "council/new.html")]
struct NewPage {
    shell: Shell,
    form: Form,
    panels: Vec<Choice>,
}

impl NewPage {
    fn kinds(&self) -> Vec<Choice> {
        Kind::ALL.into_iter().map(|kind| (kind.word().to_owned(), kind.name().to_owned())).collect()
    }
}

async fn new_page(visit: &Visit, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let panels = panel::store::in_term(&mut tx, panel::Kind::Council, visit.app.clock().today()).await?;
    let panels = panels.into_iter().map(|panel| (panel.id, panel.name)).collect();
    let page = NewPage { shell: visit.shell("Lập phiên đánh giá"), form, panels };
    page.form.answer(&page)
}

async fn new_form(visit: Visit) -> Result<Response> {
    new_page(&visit, Form::new(Tongue::Vi)).await
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let now = visit.app.clock().now();
    let mut errors = Errors::default();
    let kind = Kind::read(fields.get("kind"));
    if kind.is_none() {
        errors.add("kind", both("Hãy chọn cách họp.", "Choose how it comes together."));
    }
    let title = fields.must("title", 200, both("Hãy ghi tên phiên.", "Name the sitting."), &mut errors);
    let held_on = fields.day("held_on", &mut errors);
    let place = fields.text("place", 200, &mut errors);
    let mut tx = once::begin(&visit, &fields).await?;
    let council = match panel::store::find(&mut tx, fields.get("panel")).await? {
        Some(panel) if panel.kind == panel::Kind::Council => Some(panel),
        _ => {
            errors.add("panel", both("Hãy chọn hội đồng.", "Choose a council."));
            None
        }
    };
    if let (Some(panel), Some(on)) = (&council, held_on)
        && let Err(refusal) = panel.must_be_on(on)
    {
        errors.refuse("held_on", &refusal);
    }
    let (Some(kind), Some(panel), Some(held_on), true) = (kind, council, held_on, errors.is_empty()) else {
        drop(tx);
        return new_page(&visit, Form::with(fields, errors, Tongue::Vi)).await;
    };
    let sitting = Sitting {
        id: new_id(),
        panel_id: panel.id,
        kind,
        title,
        held_on,
        place,
        state: State::Planned,
        procedure_id: None,
        papers_on: None,
        members: 0,
        came: 0,
        opened_at: None,
        closed_at: None,
        closed_by: String::new(),
        minutes: String::new(),
        version: 1,
        created_by: visit.actor.journal_id().to_owned(),
        created_at: now,
    };
    store::add(&mut tx, &sitting).await?;
    let detail = serde_json::json!({"set": {"name": sitting.title, "kind": kind.word(), "held_on": held_on, "place": sitting.place, "panel": sitting.panel_id}});
    Note::of("add_sitting", ("sitting", &sitting.id), detail).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, go(&format!("/phien-danh-gia/{}", sitting.id), "add_sitting")).await
}

/// A bond with the names of whom it ties.
struct Told {
    bond: Bond,
    member: String,
    producer: String,
}

#[derive(Template)]
#[template(path = "council/show.html")]
struct ShowPage {
    shell: Shell,
    sitting: Sitting,
    panel: Panel,
    procedure: Option<Procedure>,
    seats: Vec<Seat>,
    items: Vec<Listed>,
    /// How many sheets count for each item.
    heads: Vec<usize>,
    waiting: Vec<Waiting>,
    /// Sets whose sheet nobody compared with the gazette.
    uncompared: Vec<String>,
    bonds: Vec<Told>,
    form: Form,
    /// Working days between the papers and the day, where the rules ask for some and there are fewer.
    late_papers: Option<i64>,
    may_conduct: bool,
}

impl ShowPage {
    fn settled(&self) -> usize {
        self.items.iter().filter(|listed| listed.item.state == ItemState::Settled).count()
    }

    fn came(&self) -> usize {
        self.seats.iter().filter(|seat| seat.came && Procedure::counts(seat.member.part)).count()
    }

    fn members(&self) -> usize {
        self.seats.iter().filter(|seat| Procedure::counts(seat.member.part)).count()
    }

    fn is_planned(&self) -> bool {
        self.sitting.state == State::Planned
    }

    fn is_open(&self) -> bool {
        self.sitting.state == State::Open
    }

    fn is_compared(&self, sheet: &str) -> bool {
        self.uncompared.iter().all(|known| known != sheet)
    }
}

/// Everything that belongs to a sitting.
pub(super) struct Whole {
    pub sitting: Sitting,
    pub panel: Panel,
    pub procedure: Option<Procedure>,
    pub seats: Vec<Seat>,
}

/// Loads a sitting with its council as it sits on the day.
pub(super) async fn whole(tx: &mut Tx, id: &str) -> Result<Whole> {
    let sitting = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let panel = panel::store::find(tx, &sitting.panel_id).await?.ok_or_else(Refusal::not_found)?;
    let procedure = match &sitting.procedure_id {
        Some(id) => store::procedure(tx, id).await?,
        None => store::procedure_on(tx, sitting.held_on).await?,
    };
    let came = store::came(tx, id).await?;
    let seats = panel::store::members(tx, &panel.id)
        .await?
        .into_iter()
        .filter(|member| member.is_on(sitting.held_on))
        .map(|member| Seat { came: came.contains_key(&member.id), chairs: came.get(&member.id) == Some(&true), member })
        .collect();
    Ok(Whole { sitting, panel, procedure, seats })
}

/// What ties those who sit there to these producers.
pub(super) async fn bonds(tx: &mut Tx, whole: &Whole, producers: &[String]) -> Result<Bonds> {
    let members: Vec<_> = whole.seats.iter().map(|seat| seat.member.clone()).collect();
    Ok(ties::bonds(tx, &whole.panel.id, &members, producers).await?)
}

/// Who marks a producer's dossier: came, marks by the rules, and nothing ties it.
pub(super) fn markers<'a>(whole: &'a Whole, bonds: &Bonds, producer: &str) -> Vec<&'a Seat> {
    let kept = bonds.kept(producer);
    let Some(procedure) = &whole.procedure else { return Vec::new() };
    whole.seats.iter().filter(|seat| seat.came && procedure.marks(seat.member.part) && !kept.contains(seat.member.id.as_str())).collect()
}

async fn page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let whole = whole(&mut tx, id).await?;
    let items = store::agenda(&mut tx, id, 0, LONGEST).await?;
    let producers: Vec<String> = items.iter().map(|listed| listed.producer_id.clone()).collect();
    let bonds = bonds(&mut tx, &whole, &producers).await?;
    let heads = items.iter().map(|listed| markers(&whole, &bonds, &listed.producer_id).len()).collect();
    let waiting = if whole.sitting.state == State::Planned { store::waiting(&mut tx, 100).await? } else { Vec::new() };
    let mut uncompared = Vec::new();
    for sheet in items.iter().map(|listed| &listed.sheet).chain(waiting.iter().map(|row| &row.sheet)) {
        if !uncompared.contains(sheet) && !scoring::is_compared(&mut tx, sheet).await? {
            uncompared.push(sheet.clone());
        }
    }
    let names: BTreeMap<String, String> = whole.seats.iter().map(|seat| (seat.member.id.clone(), seat.member.name.clone())).collect();
    let told = bonds.0.into_iter().filter_map(|bond| {
        let producer = items.iter().find(|listed| listed.producer_id == bond.body)?.producer.clone();
        Some(Told { member: names.get(&bond.member)?.clone(), producer, bond })
    });
    let told: Vec<Told> = told.collect();
    let off = crate::setting::days_off(&mut tx, whole.sitting.papers_on.unwrap_or(today)).await?;
    let late_papers = whole.procedure.as_ref().filter(|rules| rules.lead_days > 0).and_then(|rules| {
        let out = whole.sitting.papers_on?;
        let reached = dossier::working_days(out, u32::try_from(rules.lead_days).ok()?, &off);
        (whole.sitting.held_on < reached).then_some(rules.lead_days)
    });
    let page = ShowPage {
        shell: visit.shell(&whole.sitting.title),
        heads,
        waiting,
        uncompared,
        bonds: told,
        items,
        form,
        late_papers,
        may_conduct: visit.actor.may(Act::ConductSessions),
        sitting: whole.sitting,
        panel: whole.panel,
        procedure: whole.procedure,
        seats: whole.seats,
    };
    page.form.answer(&page)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    page(&visit, &id, Form::new(Tongue::Vi)).await
}

/// A sitting in a state, in the version the form was made from.
pub(super) async fn load(tx: &mut Tx, id: &str, version: i64, state: State) -> Result<Sitting> {
    let sitting = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    sitting.must_be(state)?;
    if sitting.version == version { Ok(sitting) } else { Err(Refusal::stale().into()) }
}

async fn save(tx: &mut Tx, visit: &Visit, sitting: &Sitting, verb: &'static str, detail: serde_json::Value) -> Result<()> {
    if store::save(tx, sitting).await? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of(verb, ("sitting", &sitting.id), detail).by(tx, visit.app.clock().now(), &visit.actor).await?;
    Ok(())
}

fn back(id: &str, done: &'static str) -> Response {
    go(&format!("/phien-danh-gia/{id}"), done)
}

/// Puts dossiers on the agenda.
async fn put(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let sitting = load(&mut tx, &id, fields.version(), State::Planned).await?;
    let waiting = store::waiting(&mut tx, 1000).await?;
    let mut seq = store::last_place(&mut tx, &id).await?;
    let mut put = Vec::new();
    let chosen: Vec<&str> = fields.all("dossier").collect();
    for row in waiting.iter().filter(|row| chosen.contains(&row.id.as_str())) {
        seq += 1;
        let Some(case) = dossier::before_council(&mut tx, &visit, &row.id).await? else { continue };
        let item = Item {
            id: new_id(),
            sitting_id: id.clone(),
            dossier_id: row.id.clone(),
            seq,
            state: ItemState::Planned,
            turn: 1,
            case_id: case.dossier.answers().case,
            discussion: String::new(),
            settled_minima: "{}".to_owned(),
            heads: 0,
            total: 0,
            least: 0,
            most: 0,
            star: 0,
            ended: String::new(),
            settled_at: None,
            version: 1,
            created_by: visit.actor.journal_id().to_owned(),
            created_at: now,
        };
        store::put_item(&mut tx, &item).await?;
        put.push(row.id.clone());
    }
    if put.is_empty() {
        drop(tx);
        let mut errors = Errors::default();
        errors.add(
            "dossier",
            both("Hãy chọn ít nhất một hồ sơ đang chờ; hồ sơ vừa chọn có thể đã vào phiên khác.", "Choose a dossier that waits."),
        );
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let detail = serde_json::json!({"count": put.len(), "dossiers": put});
    save(&mut tx, &visit, &sitting, "put_on_agenda", detail).await?;
    tx.commit().await?;
    Ok(back(&id, "put_on_agenda"))
}

async fn drop_item(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let sitting = load(&mut tx, &id, fields.version(), State::Planned).await?;
    let item = store::item(&mut tx, fields.get("item")).await?.filter(|item| item.sitting_id == id).ok_or_else(Refusal::not_found)?;
    if store::drop_item(&mut tx, &item.id).await? == 0 {
        return Err(Refusal::stale().into());
    }
    save(&mut tx, &visit, &sitting, "take_from_agenda", serde_json::json!({"dossiers": [item.dossier_id]})).await?;
    tx.commit().await?;
    Ok(back(&id, "take_from_agenda"))
}

#[derive(Template)]
#[template(path = "council/letter_papers.txt", whitespace = "preserve")]
struct PapersLetter<'a> {
    sitting: &'a Sitting,
    panel: &'a str,
    items: i64,
    base: &'a str,
}

/// The papers go out: every member with an account is written to and reads the dossiers from now on.
async fn papers(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    let before = load(&mut tx, &id, fields.version(), State::Planned).await?;
    let (items, _) = store::progress(&mut tx, &id).await?;
    if items == 0 {
        drop(tx);
        let mut errors = Errors::default();
        errors.add("papers", both("Chương trình chưa có hồ sơ nào để gửi.", "The agenda is empty."));
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let whole = whole(&mut tx, &id).await?;
    let people: Vec<String> = whole.seats.iter().filter_map(|seat| seat.member.person_id.clone()).collect();
    let readers = Readers::people(&mut tx, &people).await?;
    let letter = PapersLetter { sitting: &before, panel: &whole.panel.name, items, base: &visit.app.config().base_url };
    mail::letter(&mut tx, now, readers, &format!("Tài liệu phiên: {}", before.title), &letter).await?;
    let after = Sitting { papers_on: Some(today), ..before };
    save(&mut tx, &visit, &after, "send_papers", serde_json::json!({"count": people.len(), "set": {"papers_on": today}})).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(back(&id, "send_papers"))
}

async fn attendance(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let sitting = load(&mut tx, &id, fields.version(), State::Planned).await?;
    let whole = whole(&mut tx, &id).await?;
    let came: Vec<&Seat> = whole.seats.iter().filter(|seat| fields.all("came").any(|known| known == seat.member.id)).collect();
    let chair = came
        .iter()
        .find(|seat| seat.member.id == fields.get("chair") && matches!(seat.member.part, panel::Part::Chair | panel::Part::Deputy));
    if chair.is_none() {
        drop(tx);
        let mut errors = Errors::default();
        errors.add(
            "chair",
            both(
                "Hãy chọn người chủ trì trong số người dự: chủ tịch, hoặc phó chủ tịch được ủy quyền.",
                "Choose who presides among those who came: the chair, or a deputy.",
            ),
        );
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let members: Vec<String> = came.iter().map(|seat| seat.member.id.clone()).collect();
    store::put_came(&mut tx, &id, &members, chair.map(|seat| seat.member.id.as_str())).await?;
    save(&mut tx, &visit, &sitting, "note_attendance", serde_json::json!({"count": members.len()})).await?;
    tx.commit().await?;
    Ok(back(&id, "note_attendance"))
}

/// Says of a tie that was found that it is none.
async fn lift(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let now = visit.app.clock().now();
    let mut errors = Errors::default();
    let reason = fields.must("reason", 300, both("Hãy ghi vì sao không phải xung đột lợi ích.", "Say why it is none."), &mut errors);
    let mut tx = visit.app.db().write().await?;
    let sitting = load(&mut tx, &id, fields.version(), State::Planned).await?;
    let (member, body) = (fields.get("member").to_owned(), fields.get("body").to_owned());
    let whole = whole(&mut tx, &id).await?;
    let bonds = bonds(&mut tx, &whole, std::slice::from_ref(&body)).await?;
    let stands = bonds.between(&member, &body).any(|bond| !bond.is_declared && bond.lifted.is_empty());
    if !stands {
        return Err(Refusal::stale().into());
    }
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let tie = Tie { id: new_id(), member_id: member, body_id: body, kind: "found".into(), what: String::new(), lifted_reason: reason };
    store::put_tie(&mut tx, &tie, visit.actor.journal_id(), now).await?;
    save(&mut tx, &visit, &sitting, "lift_tie", serde_json::json!({"reason": tie.lifted_reason, "set": {"body": tie.body_id}})).await?;
    tx.commit().await?;
    Ok(back(&id, "lift_tie"))
}

/// The sitting begins: quorum, who presides, the rules, sheets that were compared with the gazette.
async fn open(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    let before = load(&mut tx, &id, fields.version(), State::Planned).await?;
    let whole = whole(&mut tx, &id).await?;
    let items = store::agenda(&mut tx, &id, 0, LONGEST).await?;
    let mut errors = Errors::default();
    if let Err(refusal) = whole.panel.must_be_on(before.held_on).and_then(|()| whole.panel.must_be_on(today)) {
        errors.refuse("open", &refusal);
    }
    for hindrance in model::hindrances(&before, whole.procedure.as_ref(), &whole.seats, items.len(), today) {
        errors.clash("open", hindrance);
    }
    let producers: Vec<String> = items.iter().map(|listed| listed.producer_id.clone()).collect();
    let bonds = bonds(&mut tx, &whole, &producers).await?;
    for listed in &items {
        if !scoring::is_compared(&mut tx, &listed.sheet).await? {
            errors.clash(
                "open",
                both(
                    format!("{}: phiếu của bộ sản phẩm chưa được đối chiếu với công báo (mục Phiếu đánh giá sản phẩm).", listed.product),
                    format!("{}: its sheet was not compared with the gazette.", listed.product),
                ),
            );
        }
        if whole.procedure.is_some() && markers(&whole, &bonds, &listed.producer_id).is_empty() {
            errors.clash(
                "open",
                both(
                    format!("{}: không còn ai chấm được vì xung đột lợi ích hoặc vắng.", listed.product),
                    format!("{}: nobody is left who may mark it.", listed.product),
                ),
            );
        }
    }
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let counted = |seat: &&Seat| Procedure::counts(seat.member.part);
    let after = Sitting {
        state: State::Open,
        procedure_id: whole.procedure.as_ref().map(|rules| rules.id.clone()),
        members: whole.seats.iter().filter(counted).count() as i64,
        came: whole.seats.iter().filter(counted).filter(|seat| seat.came).count() as i64,
        opened_at: Some(now),
        ..before
    };
    store::begin_items(&mut tx, &id).await?;
    let detail = serde_json::json!({"set": {"state": after.state.word(), "members": after.members, "came": after.came}});
    save(&mut tx, &visit, &after, "open_sitting", detail).await?;
    tx.commit().await?;
    Ok(back(&id, "open_sitting"))
}

async fn close(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let now = visit.app.clock().now();
    let mut errors = Errors::default();
    let minutes = fields.text("minutes", 20_000, &mut errors);
    let mut tx = visit.app.db().write().await?;
    let before = load(&mut tx, &id, fields.version(), State::Open).await?;
    let (items, settled) = store::progress(&mut tx, &id).await?;
    if settled < items {
        let left = items - settled;
        errors.clash(
            "minutes",
            both(
                format!("Còn {left} sản phẩm chưa có kết quả; hãy tổng hợp từng sản phẩm rồi kết thúc phiên."),
                format!("{left} products have no result yet."),
            ),
        );
    }
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let proofs = super::result::digests(&mut tx, &id).await?;
    let after = Sitting { state: State::Closed, closed_at: Some(now), closed_by: visit.actor.journal_name(), minutes, ..before };
    let detail = serde_json::json!({"count": items, "sheets": proofs, "set": {"state": after.state.word()}});
    save(&mut tx, &visit, &after, "close_sitting", detail).await?;
    tx.commit().await?;
    Ok(back(&id, "close_sitting"))
}
