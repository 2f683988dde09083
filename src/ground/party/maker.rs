//! The screens on which two bodies that are one are compared and joined, and parted again.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::join::{self, Why};
use super::question::By;
use super::{Body, BodyKind, store};
use crate::access::{Act, Actor, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::job;
use crate::journal::Note;
use crate::page::{Errors, Form, Sent, Shell, Visit, go, html};

const JOINERS: Need = Need::May(Act::JoinBodies);

/// Kind of the job that tells those who show a body's name that it is another now.
pub const JOINED_JOB: crate::job::Kind = crate::job::Kind::new("bodies_joined", crate::job::Lane::Work).once();

/// The routes of these screens.
pub fn routes() -> Routes {
    Routes::new().get("/chu-the/{id}/nhap-vao/{other}", JOINERS, compare).post("/chu-the/{id}/nhap-vao/{other}", JOINERS, join_to).post(
        "/chu-the/{id}/tach/{join}",
        JOINERS,
        part,
    )
}

/// Whoever keeps a register says which bodies are one.
pub fn may_join(actor: &Actor) -> bool {
    actor.may(Act::KeepBodies) || (actor.may(Act::JoinBodies) && (actor.can("accept") || actor.can("supply_products")))
}

/// Kind, tax code and unit of a body in one line.
pub fn about(visit: &Visit, kind: &str, tax_code: Option<&str>, unit: Option<&str>) -> String {
    let kind = BodyKind::read(kind).map(BodyKind::name).unwrap_or_default().to_owned();
    let code = tax_code.map(|code| format!("MST {code}")).unwrap_or_default();
    let unit = unit.map(|unit| visit.app.region().label_dated(unit, visit.app.clock().today())).unwrap_or_default();
    [kind, code, unit].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

#[derive(Template)]
#[template(path = "party/join.html")]
struct JoinPage {
    shell: Shell,
    sides: [Side; 2],
    refusal: String,
    form: Form,
}

/// One of the two that are compared.
struct Side {
    body: Body,
    kind: &'static str,
    unit: String,
    counts: Vec<(&'static str, i64)>,
}

async fn side(tx: &mut Tx, visit: &Visit, body: Body) -> Result<Side> {
    let unit = body.unit_id.as_deref().map(|unit| visit.app.region().label_dated(unit, visit.app.clock().today())).unwrap_or_default();
    Ok(Side {
        kind: BodyKind::read(&body.kind).map_or("", BodyKind::name),
        unit,
        counts: join::counts(tx, visit.app.held(), &body.id).await?,
        body,
    })
}

/// Two bodies that are brought together.
pub(super) async fn both_of(tx: &mut Tx, id: &str, other: &str) -> Result<(Body, Body)> {
    let joined = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let into = store::find(tx, other).await?.ok_or_else(Refusal::not_found)?;
    Ok((joined, into))
}

async fn compare_page(visit: &Visit, id: &str, other: &str, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let (joined, into) = both_of(&mut tx, id, other).await?;
    let refusal = join::hindrance(&mut tx, visit.app.held(), &joined, &into)
        .await?
        .map(|refusal| format!("{} {}", refusal.what.vi, refusal.todo.vi))
        .unwrap_or_default();
    let sides = [side(&mut tx, visit, joined).await?, side(&mut tx, visit, into).await?];
    let page = JoinPage { shell: visit.shell("Nhập hai chủ thể làm một"), sides, refusal, form };
    page.form.answer(&page)
}

async fn compare(visit: Visit, Path((id, other)): Path<(String, String)>) -> Result<Response> {
    if !may_join(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    compare_page(&visit, &id, &other, Form::new(visit.lang)).await
}

async fn join_to(visit: Visit, Path((id, other)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    if !may_join(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let reason = sent.fields.get("reason").to_owned();
    if reason.is_empty() || reason.chars().count() > 500 {
        let mut errors = Errors::default();
        errors.add(
            "reason",
            both("Hãy ghi vì sao hai chủ thể là một, tối đa 500 ký tự.", "Say why the two are one, in at most 500 characters."),
        );
        return compare_page(&visit, &id, &other, Form::with(sent.fields, errors, visit.lang)).await;
    }
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let (joined, into) = both_of(&mut tx, &id, &other).await?;
    if let Some(refusal) = join::hindrance(&mut tx, visit.app.held(), &joined, &into).await? {
        return Err(refusal.into());
    }
    let name = visit.actor.journal_name();
    let (join, moved) = join::join(
        &mut tx,
        visit.app.held(),
        &id,
        &other,
        Why { reason: &reason, succession: None },
        By { id: visit.actor.journal_id(), name: &name, at: now },
    )
    .await?;
    let detail = |with: &Body| serde_json::json!({"reason": reason, "note": with.name, "set": {"join": join, "joined": id, "into": other, "rows": moved}});
    Note::of("join_body", ("body", &id), detail(&into)).by(&mut tx, now, &visit.actor).await?;
    Note::of("take_body", ("body", &other), detail(&joined)).by(&mut tx, now, &visit.actor).await?;
    job::queue(&mut tx, now, JOINED_JOB, "", visit.actor.journal_id()).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/chu-the/{other}"), "join_body"))
}

#[derive(Template)]
#[template(path = "party/parted.html")]
struct PartedPage {
    shell: Shell,
    joined: Body,
    into: Body,
    parted: join::Parted,
}

async fn part(visit: Visit, Path((id, join)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    if !may_join(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let join =
        join::find(&mut tx, &join).await?.filter(|join| join.joined_id == id || join.into_id == id).ok_or_else(Refusal::not_found)?;
    if join.parted_at.is_some() {
        return Err(Refusal::stale().into());
    }
    let (joined, into) = both_of(&mut tx, &join.joined_id, &join.into_id).await?;
    if join::into_of(&mut tx, &into.id).await?.is_some() {
        return Err(Refusal::rule(
            "joined-further",
            both(
                format!("“{}” về sau đã được nhập vào chủ thể khác.", into.name),
                format!("“{}” was joined to another body afterwards.", into.name),
            ),
            both("Hãy tách lần nhập sau trước, rồi tách lần này.", "Part the later join first, then this one."),
        )
        .into());
    }
    let name = visit.actor.journal_name();
    let parted = join::part(&mut tx, visit.app.held(), &join, By { id: visit.actor.journal_id(), name: &name, at: now }).await?;
    let reason = sent.fields.get("reason");
    let detail = |with: &Body| serde_json::json!({"reason": reason, "note": with.name, "set": {"join": join.id, "joined": joined.id, "into": into.id, "rows": parted.back, "left": parted.left}});
    Note::of("part_body", ("body", &joined.id), detail(&into)).by(&mut tx, now, &visit.actor).await?;
    Note::of("part_body", ("body", &into.id), detail(&joined)).by(&mut tx, now, &visit.actor).await?;
    job::queue(&mut tx, now, JOINED_JOB, "", visit.actor.journal_id()).await?;
    tx.commit().await?;
    visit.app.wake();
    html(&PartedPage { shell: visit.shell("Đã tách chủ thể"), joined, into, parted })
}
