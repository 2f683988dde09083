//! What comes of a registration: it is a new producer, or one the register knows, or not who it says.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{Claim, ClaimState, keeps, may_settle};
use super::pages::{load, show_page};
use super::store;
use crate::access::{self as gate, Act, Invitation, Need, Of, Readers, Role, Routes, Voice, store as access};
use crate::clock::local;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Form, Sent, Todo, TodoRow, Visit, Whose, go};
use crate::party::question::By;
use crate::party::{self, Body, join};
use crate::{job, mail};

/// Who may be asked.
const SETTLERS: Need = Need::May(Act::SettleProducers);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post("/chu-the/{id}/tu-dang-ky/{claim}", SETTLERS, settle)
}

/// Whether a claim waits for a commune that nobody signs in for, or for none.
pub async fn is_unread(tx: &mut Tx, claim: &Claim, today: NaiveDate) -> Result<bool> {
    Ok(match &claim.unit_id {
        Some(unit) => !access::has_people(tx, Voice::Commune, unit, today).await?,
        None => true,
    })
}

#[derive(Template)]
#[template(path = "producer/letter_claim.txt", whitespace = "preserve")]
struct ClaimLetter<'a> {
    name: String,
    id: &'a str,
    base: &'a str,
}

#[derive(Template)]
#[template(path = "producer/letter_settled.txt", whitespace = "preserve")]
struct SettledLetter<'a> {
    name: String,
    refused: Option<&'a str>,
    base: &'a str,
}

/// Tells whoever settles a claim that it is there.
pub async fn tell(tx: &mut Tx, visit: &Visit, claim: &Claim, body: &Body) -> Result<()> {
    let (now, today, base_url) = (visit.app.clock().now(), visit.app.clock().today(), &visit.app.config().base_url);
    let mut readers = Readers::default();
    if is_unread(tx, claim, today).await? {
        readers.add(tx, Act::HearOfPoints, Of::Power("accept"), today).await?;
        readers.add(tx, Act::KeepPeople, Of::All, today).await?;
    } else {
        readers.add(tx, Voice::Commune, claim.unit_id.as_deref().map(Of::Unit), today).await?;
    }
    // whoever registered chose the name
    let text = ClaimLetter { name: mail::plain(&body.name), id: &body.id, base: base_url };
    mail::letter(tx, now, readers, "Chủ thể tự đăng ký, chờ xác nhận", &text).await?;
    Ok(())
}

/// What waits to be settled by the reader.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    const MOST: i64 = 31;
    let (today, region, actor) = (visit.app.clock().today(), visit.app.region(), &visit.actor);
    let rows = match actor.scope() {
        gate::Scope::Unit(unit) if actor.is(Voice::Commune) => store::of_unit(tx, &unit, MOST).await?,
        _ if keeps(actor) => store::unread(tx, today, MOST).await?,
        _ => return Ok(Vec::new()),
    };
    let count = rows.len() as i64;
    let row = |row: store::Waiting| TodoRow {
        due: None,
        since: Some(local(row.made_at).date_naive()),
        title: row.name,
        href: format!("/chu-the/{}", row.body_id),
        place: row.unit_id.as_deref().map_or_else(|| "chưa rõ xã, phường".to_owned(), |unit| region.label(unit)),
        chip: None,
    };
    Ok(vec![Todo {
        id: "producer-claims",
        title: "Chủ thể tự đăng ký, chờ xác nhận".into(),
        count,
        rows: rows.into_iter().take(30).map(row).collect(),
        all: "/chu-the?co=cho-xac-nhan".into(),
        deed: "Cần xác nhận chủ thể",
        whose: Whose::Decide,
    }])
}

/// Who a claim turned out to be.
enum Answer {
    /// A producer that the register did not know.
    New,
    /// One it knows.
    Known(String),
    /// Nobody.
    Nobody,
}

async fn settle(visit: Visit, Path((id, claim)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let (now, today, fields) = (visit.app.clock().now(), visit.app.clock().today(), sent.fields);
    let mut tx = visit.app.db().write().await?;
    let body = load(&mut tx, &visit, &id).await?;
    let claim = store::find(&mut tx, &claim).await?.filter(|claim| claim.body_id == id).ok_or_else(Refusal::not_found)?;
    if !may_settle(&visit.actor, &claim) {
        return Err(Refusal::forbidden().into());
    }
    let reason = fields.get("reason").to_owned();
    let mut errors = Errors::default();
    let answer = match fields.get("answer") {
        "new" => Answer::New,
        "no" => {
            if reason.is_empty() || reason.chars().count() > 500 {
                errors.add(
                    "reason",
                    both(
                        "Hãy ghi lý do, tối đa 500 ký tự; người đăng ký nhận được lý do này.",
                        "Say why, in at most 500 characters; whoever registered is told.",
                    ),
                );
            }
            Answer::Nobody
        }
        "known" if !fields.get("into").is_empty() => Answer::Known(fields.get("into").to_owned()),
        _ => {
            errors.add("answer", both("Hãy chọn một trong các câu trả lời.", "Choose one of the answers."));
            Answer::Nobody
        }
    };
    if !errors.is_empty() {
        drop(tx);
        return show_page(&visit, &id, Form::with(fields, errors, visit.lang)).await;
    }
    if claim.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    let state = if matches!(answer, Answer::Nobody) { ClaimState::Refused } else { ClaimState::Accepted };
    if store::settle(&mut tx, &claim, state, &reason, &visit.actor.journal_name(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let verb = match answer {
        Answer::Nobody => "refuse_producer",
        _ => "accept_producer",
    };
    Note::of(verb, ("body", &id), serde_json::json!({"claim": claim.id, "reason": reason})).by(&mut tx, now, &visit.actor).await?;
    let stands = match answer {
        Answer::New => {
            admit(&mut tx, &visit, &claim, &body).await?;
            body.clone()
        }
        Answer::Known(into) => {
            let into = load(&mut tx, &visit, &into).await?;
            merge(&mut tx, &visit, &body, &into).await?;
            admit(&mut tx, &visit, &claim, &into).await?;
            into
        }
        Answer::Nobody => {
            turn_away(&mut tx, &visit, &claim, &body, today).await?;
            body.clone()
        }
    };
    tell_registrant(&mut tx, &visit, &claim, &stands, state, &reason).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/chu-the/{}", stands.id), verb))
}

/// The account works: one without mail is confirmed by this; an address that belonged to an account gets the role.
async fn admit(tx: &mut Tx, visit: &Visit, claim: &Claim, body: &Body) -> Result<()> {
    let (now, today, region) = (visit.app.clock().now(), visit.app.clock().today(), visit.app.region());
    match &claim.person_id {
        Some(person) => drop(access::confirm(tx, person).await?),
        None if claim.email.is_empty() => {}
        None => {
            let seat = party::seat(body, region, today);
            let invitation = Invitation {
                name: &claim.contact,
                email: &claim.email,
                role: Role::BUSINESS,
                seat,
                province: &region.province().id,
                by: visit.actor.person.as_deref(),
            };
            let invited = gate::invite(tx, invitation, now, today).await?;
            store::set_person(tx, &claim.id, &invited.person_id).await?;
        }
    }
    Ok(())
}

/// What was registered becomes one with a body that is known.
async fn merge(tx: &mut Tx, visit: &Visit, joined: &Body, into: &Body) -> Result<()> {
    if let Some(refusal) = join::hindrance(tx, visit.app.held(), joined, into).await? {
        return Err(refusal.into());
    }
    let now = visit.app.clock().now();
    let (name, reason) = (visit.actor.journal_name(), "Chủ thể tự đăng ký, đã xác nhận là chủ thể có trong sổ.");
    let (join, moved) = join::join(
        tx,
        visit.app.held(),
        &joined.id,
        &into.id,
        join::Why { reason, succession: None },
        By { id: visit.actor.journal_id(), name: &name, at: now },
    )
    .await?;
    let detail = |with: &Body| serde_json::json!({"reason": reason, "note": with.name, "set": {"join": join, "joined": joined.id, "into": into.id, "rows": moved}});
    Note::of("join_body", ("body", &joined.id), detail(into)).by(tx, now, &visit.actor).await?;
    Note::of("take_body", ("body", &into.id), detail(joined)).by(tx, now, &visit.actor).await?;
    job::queue(tx, now, party::JOINED_JOB, "", visit.actor.journal_id()).await?;
    Ok(())
}

/// The account opens nothing any more, and the body is no producer.
async fn turn_away(tx: &mut Tx, visit: &Visit, claim: &Claim, body: &Body, today: NaiveDate) -> Result<()> {
    if let Some(id) = &claim.person_id {
        for grant in access::grants(tx, id, today).await?.iter().filter(|grant| grant.body_id == body.id) {
            access::end_grant(tx, &grant.id, today).await?;
        }
        if access::grants(tx, id, today).await?.is_empty()
            && let Some(person) = access::find(tx, id).await?
        {
            access::lock(tx, id, person.version, visit.app.clock().now()).await?;
        }
    }
    party::store::end(tx, &body.id, today, body.version).await?;
    Ok(())
}

async fn tell_registrant(tx: &mut Tx, visit: &Visit, claim: &Claim, body: &Body, state: ClaimState, reason: &str) -> Result<()> {
    if claim.email.is_empty() {
        return Ok(());
    }
    let refused = Some(reason).filter(|_| state == ClaimState::Refused);
    let text = SettledLetter { name: mail::plain(&body.name), refused, base: &visit.app.config().base_url };
    let reader = (claim.email.clone(), "Quý cơ sở".to_owned());
    mail::letter(tx, visit.app.clock().now(), [reader], "Đăng ký tài khoản chủ thể sản phẩm OCOP", &text).await?;
    Ok(())
}
