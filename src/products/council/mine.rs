//! What a member has before it: its sittings, the agenda, the ties it declares. A member sees its own sheets and, once a result
//! stands, that result; never another's sheet, nor who or how many have handed in.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::agenda::{self, Whole};
use super::model::{ItemState, Seat, Sitting, State};
use super::store::{self, Listed, Row, Tie};
use super::ties::Bonds;
use crate::access::{Act, Need, Routes};
use crate::clock::new_id;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Ask, Choice, Errors, Form, Rows, Sent, Shell, Visit, go, html};
use crate::text::Tongue;

/// Whoever may sit in a council at all; which sittings, rows say.
pub(super) const MEMBERS: Need = Need::May(Act::AttendSessions);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/phien-cua-toi", MEMBERS, list).get("/phien-cua-toi/{id}", MEMBERS, show).post(
        "/phien-cua-toi/{id}/xung-dot",
        MEMBERS,
        declare,
    )
}

/// A sitting as one of its members has it.
pub(super) struct Own {
    pub whole: Whole,
    /// Who the caller is there.
    pub seat: Seat,
}

impl Own {
    /// Whether the caller reads the dossiers: once the papers went out, or the sitting began.
    pub fn has_papers(&self) -> bool {
        self.whole.sitting.papers_on.is_some() || self.whole.sitting.state != State::Planned
    }
}

/// Loads a sitting in which the caller sits; to anybody else there is none.
pub(super) async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Own> {
    let whole = agenda::whole(tx, id).await?;
    let person = visit.actor.person.as_deref();
    let seat = whole.seats.iter().find(|seat| person.is_some() && seat.member.person_id.as_deref() == person).cloned();
    let seat = seat.ok_or_else(Refusal::not_found)?;
    Ok(Own { whole, seat })
}

/// Whether the caller sits in the council that has a dossier before it, has its papers, and nothing ties it to the producer.
pub(super) async fn sits_over(tx: &mut Tx, visit: &Visit, dossier: &str) -> Result<bool> {
    let Some(person) = visit.actor.person.as_deref() else { return Ok(false) };
    for (sitting, producer) in store::over(tx, person, dossier).await? {
        let own = load(tx, visit, &sitting).await?;
        let bonds = agenda::bonds(tx, &own.whole, std::slice::from_ref(&producer)).await?;
        if own.has_papers() && !bonds.keeps(&own.seat.member.id, &producer) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[derive(Template)]
#[template(path = "council/mine.html")]
struct ListPage {
    shell: Shell,
    ask: Ask,
    list: Rows<Row>,
    today: NaiveDate,
}

async fn list(visit: Visit) -> Result<Response> {
    let ask = Ask::new(&visit);
    let person = visit.actor.person.clone().unwrap_or_default();
    let mut tx = visit.app.db().read().await?;
    let after = agenda::after(&ask);
    let list = store::list(&mut tx, Some(&person), after.as_ref().map(|(day, id)| (*day, id.as_str())), ask.size(30)).await?;
    html(&ListPage { shell: visit.shell("Phiên của tôi"), today: visit.app.clock().today(), ask, list })
}

/// An item as its member sees it.
struct Before {
    listed: Listed,
    /// What keeps the member from it.
    tie: Option<String>,
    handed_in: bool,
}

#[derive(Template)]
#[template(path = "council/mine_show.html")]
struct ShowPage {
    shell: Shell,
    sitting: Sitting,
    panel: String,
    seat: Seat,
    items: Vec<Before>,
    form: Form,
    /// Whether it marks by the rules.
    marks: bool,
    has_papers: bool,
}

impl ShowPage {
    fn producers(&self) -> Vec<Choice> {
        let mut choices: Vec<Choice> = vec![(String::new(), "Chọn".to_owned())];
        for item in &self.items {
            if choices.iter().all(|(id, _)| *id != item.listed.producer_id) {
                choices.push((item.listed.producer_id.clone(), item.listed.producer.clone()));
            }
        }
        choices
    }

    fn is_open(&self) -> bool {
        self.sitting.state == State::Open && self.seat.came && self.marks
    }

    fn done(&self) -> usize {
        self.items.iter().filter(|item| item.handed_in || item.tie.is_some() || item.listed.item.state == ItemState::Settled).count()
    }
}

async fn page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let own = load(&mut tx, visit, id).await?;
    let listed = store::agenda(&mut tx, id, 0, 400).await?;
    let producers: Vec<String> = listed.iter().map(|listed| listed.producer_id.clone()).collect();
    let bonds: Bonds = agenda::bonds(&mut tx, &own.whole, &producers).await?;
    let handed = store::own_handed_in(&mut tx, id, &own.seat.member.id).await?;
    let items = listed
        .into_iter()
        .map(|listed| {
            let tie = bonds.between(&own.seat.member.id, &listed.producer_id).find(|bond| bond.stands()).map(|bond| bond.what.clone());
            Before { tie, handed_in: handed.contains(&listed.item.id), listed }
        })
        .collect();
    let page = ShowPage {
        shell: visit.shell(&own.whole.sitting.title),
        has_papers: own.has_papers(),
        marks: own.whole.procedure.as_ref().is_some_and(|rules| rules.marks(own.seat.member.part)),
        panel: own.whole.panel.name,
        sitting: own.whole.sitting,
        seat: own.seat,
        items,
        form,
    };
    page.form.answer(&page)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    page(&visit, &id, Form::new(Tongue::Vi)).await
}

/// A member declares what ties it to a producer; from then on it neither reads nor marks what that one makes.
async fn declare(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let now = visit.app.clock().now();
    let mut errors = Errors::default();
    let what = fields.must("what", 300, both("Hãy ghi quan hệ với chủ thể.", "Say what ties you to it."), &mut errors);
    let mut tx = visit.app.db().write().await?;
    let own = load(&mut tx, &visit, &id).await?;
    if own.whole.sitting.state == State::Closed {
        own.whole.sitting.must_be(State::Open)?;
    }
    let items = store::agenda(&mut tx, &id, 0, 400).await?;
    let producer = items.iter().find(|listed| listed.producer_id == fields.get("body")).map(|listed| listed.producer_id.clone());
    if producer.is_none() {
        errors.add("body", both("Hãy chọn chủ thể.", "Choose the producer."));
    }
    let (Some(body_id), true) = (producer, errors.is_empty()) else {
        drop(tx);
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    };
    let tie = Tie { id: new_id(), member_id: own.seat.member.id, body_id, kind: "declared".into(), what, lifted_reason: String::new() };
    store::put_tie(&mut tx, &tie, visit.actor.journal_id(), now).await?;
    Note::of("declare_tie", ("sitting", &id), serde_json::json!({"set": {"body": tie.body_id}}))
        .aside(&[("note", tie.what.as_str())])
        .by(&mut tx, now, &visit.actor)
        .await?;
    tx.commit().await?;
    Ok(go(&format!("/phien-cua-toi/{id}"), "declare_tie"))
}
