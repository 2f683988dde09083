//! Who joins a panel, takes another's place, is corrected, leaves. Whoever has a mail address gets an account that opens what the
//! panel does and nothing else.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::model::{Member, Panel, Part, hindrance};
use super::pages::{KEEPERS, offices, page};
use super::store;
use crate::access::{self, Act, Invitation, Role, Routes, Voice};
use crate::account;
use crate::clock::new_id;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::mail;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, once};
use crate::party;
use crate::text::{self, Tongue, date_vi};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .post("/hoi-dong/{id}/thanh-vien", KEEPERS, add)
        .get("/hoi-dong/{id}/thanh-vien/{member}", KEEPERS, edit_form)
        .post("/hoi-dong/{id}/thanh-vien/{member}", KEEPERS, edit)
        .post("/hoi-dong/{id}/thanh-vien/{member}/thoi", KEEPERS, end)
}

/// As what one may sit in a panel.
pub(super) fn parts() -> Vec<Choice> {
    Part::ALL.into_iter().map(|part| (part.word().to_owned(), part.name().to_owned())).collect()
}

/// What the form says of a person, onto `into`.
async fn read(tx: &mut Tx, visit: &Visit, fields: &Fields, into: Member, errors: &mut Errors) -> Result<Member> {
    let today = visit.app.clock().today();
    let part = Part::read(fields.get("part"));
    if part.is_none() {
        errors.add("part", both("Hãy chọn tư cách.", "Choose as what."));
    }
    let body = offices(tx, today).await?.into_iter().find(|(id, _)| !id.is_empty() && id == fields.get("body"));
    let agency = match &body {
        Some((_, name)) => name.clone(),
        None => fields.must("agency", 200, both("Hãy chọn cơ quan, hoặc ghi tên nơi công tác.", "Choose or name the agency."), errors),
    };
    let tax_code = match fields.some("tax_code").map(text::tax_code) {
        Some(Ok(code)) => code,
        Some(Err(error)) => {
            errors.add("tax_code", error.into());
            String::new()
        }
        None => String::new(),
    };
    Ok(Member {
        part: part.unwrap_or(into.part),
        name: fields.must("name", 120, both("Hãy ghi họ và tên.", "Give the full name."), errors),
        post: fields.text("post", 120, errors),
        agency,
        body_id: body.map(|(id, _)| id),
        phone: fields.text("phone", 30, errors),
        tax_code,
        address: fields.text("address", 300, errors),
        ..into
    })
}

/// The account of a member: one that exists, or a new one whose owner is written to.
async fn account(tx: &mut Tx, visit: &Visit, email: &str, member: &Member, errors: &mut Errors) -> Result<Option<String>> {
    let (now, today, region) = (visit.app.clock().now(), visit.app.clock().today(), visit.app.region());
    let Some(email) = errors.take("email", mail::address(email)) else { return Ok(None) };
    let known = access::store::find_login(tx, &email).await?;
    if let Some(person) = &known {
        let grants = access::store::grants(tx, &person.id, today).await?;
        if grants.iter().any(|grant| grant.role.may(Act::AttendSessions)) {
            return Ok(Some(person.id.clone()));
        }
    }
    let role = Role::all().find(|role| role.voice() == Voice::Panel && role.may(Act::AttendSessions));
    let body = match &member.body_id {
        Some(id) => party::store::find(tx, id).await?,
        None => None,
    };
    let (Some(role), Some(body)) = (role, body) else {
        errors.add(
            "body",
            both(
                "Hãy chọn cơ quan trong danh sách để mời tài khoản; nơi chưa có trong danh sách thì nhờ quản trị thêm ở mục Cơ quan, hoặc để trống thư điện tử.",
                "Choose a known agency to invite an account; an administrator adds agencies, or leave the mail address empty.",
            ),
        );
        return Ok(None);
    };
    let seat = party::seat(&body, region, today);
    if errors.take("body", role.unit_in(seat, &region.province().id)).is_none() {
        return Ok(None);
    }
    let invitation =
        Invitation { name: &member.name, email: &email, role, seat, province: &region.province().id, by: visit.actor.person.as_deref() };
    let invited = match access::invite(tx, invitation, now, today).await {
        Ok(invited) => invited,
        Err(error) => {
            errors.at("email", error)?;
            return Ok(None);
        }
    };
    account::tell(tx, &visit.app, invitation, &body, invited.secret.as_deref()).await?;
    let detail = serde_json::json!({"role": role.word(), "body": body.id});
    Note::of("invite", ("person", &invited.person_id), detail)
        .aside(&[("name", member.name.as_str()), ("email", email.as_str())])
        .by(tx, now, &visit.actor)
        .await?;
    Ok(Some(invited.person_id))
}

/// The line of the journal; who it is lies aside.
async fn note(tx: &mut Tx, visit: &Visit, verb: &str, member: &Member) -> Result<()> {
    let detail = serde_json::json!({"note": member.about(), "source": member.paper, "set": {
        "part": member.part.word(), "body": member.body_id, "valid_from": member.from_on, "valid_to": member.to_on,
    }});
    Note::of(verb, ("panel", &member.panel_id), detail)
        .aside(&[("name", member.name.as_str())])
        .by(tx, visit.app.clock().now(), &visit.actor)
        .await?;
    Ok(())
}

async fn add(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut errors = Errors::default();
    let mut tx = once::begin(&visit, &fields).await?;
    let panel = store::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    let others = store::members(&mut tx, &id).await?;
    let replaced = others.iter().find(|member| member.id == fields.get("replaces")).cloned();
    // whom it replaces leaves on the day it comes
    let sits = replaced.as_ref().is_none_or(|member| member.is_on(today));
    let from_on = fields.some_day("from_on", &mut errors);
    if replaced.is_some() && from_on.is_none() {
        errors.add("from_on", both("Hãy ghi ngày thay.", "Give the day of the change."));
    }
    let from_on = from_on.unwrap_or(panel.from_on);
    let paper = fields.text("paper", 200, &mut errors);
    if paper.is_empty() && (replaced.is_some() || from_on > panel.from_on) {
        errors.add("paper", both("Hãy ghi quyết định thay đổi, bổ sung.", "Name the decision of the change."));
    }
    let blank = Member {
        id: new_id(),
        panel_id: id.clone(),
        part: Part::Member,
        name: String::new(),
        post: String::new(),
        agency: String::new(),
        body_id: None,
        person_id: None,
        phone: String::new(),
        tax_code: String::new(),
        address: String::new(),
        from_on,
        to_on: panel.to_on,
        paper,
        end_paper: String::new(),
        replaces: replaced.as_ref().map(|member| member.id.clone()),
        version: 1,
        created_by: visit.actor.journal_id().to_owned(),
        created_at: now,
    };
    let mut member = read(&mut tx, &visit, &fields, blank, &mut errors).await?;
    if let Some(email) = fields.some("email").filter(|_| errors.is_empty()) {
        member.person_id = account(&mut tx, &visit, email, &member, &mut errors).await?;
    }
    let left = replaced.filter(|_| sits).map(|was| Member { to_on: Some(from_on), end_paper: member.paper.clone(), ..was });
    if let Some(left) = &left
        && from_on <= left.from_on
    {
        errors.add("from_on", both("Ngày thay phải sau ngày người trước tham gia.", "It comes after the one before joined."));
    }
    let others: Vec<Member> = others.into_iter().map(|other| left.clone().filter(|left| left.id == other.id).unwrap_or(other)).collect();
    if errors.is_empty()
        && let Some((field, refusal)) = hindrance(&panel, &others, &member)
    {
        errors.refuse(field, &refusal);
    }
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    }
    if let Some(left) = &left {
        if store::save_member(&mut tx, left).await? == 0 {
            return Err(Refusal::stale().into());
        }
        note(&mut tx, &visit, "leave_panel", left).await?;
    }
    store::add_member(&mut tx, &member).await?;
    note(&mut tx, &visit, "join_panel", &member).await?;
    let answer = once::end(tx, &fields, go(&format!("/hoi-dong/{id}"), "join_panel")).await?;
    visit.app.wake();
    Ok(answer)
}

#[derive(Template)]
#[template(path = "panel/member.html")]
struct MemberPage {
    shell: Shell,
    form: Form,
    panel: Panel,
    member: Member,
    offices: Vec<Choice>,
}

impl MemberPage {
    fn parts(&self) -> Vec<Choice> {
        parts()
    }
}

async fn load(tx: &mut Tx, panel: &str, member: &str) -> Result<(Panel, Member)> {
    let found = store::member(tx, member).await?.filter(|known| known.panel_id == panel).ok_or_else(Refusal::not_found)?;
    Ok((store::find(tx, panel).await?.ok_or_else(Refusal::not_found)?, found))
}

async fn member_page(visit: &Visit, panel: &str, member: &str, form: Option<Form>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let (panel, member) = load(&mut tx, panel, member).await?;
    let email = match &member.person_id {
        Some(person) => access::store::find(&mut tx, person).await?.and_then(|person| person.email).unwrap_or_default(),
        None => String::new(),
    };
    let form = form.unwrap_or_else(|| {
        let pairs = [
            ("part", member.part.word().to_owned()),
            ("name", member.name.clone()),
            ("post", member.post.clone()),
            ("body", member.body_id.clone().unwrap_or_default()),
            ("agency", member.agency.clone()),
            ("email", email),
            ("phone", member.phone.clone()),
            ("tax_code", member.tax_code.clone()),
            ("address", member.address.clone()),
        ];
        Form::with(Fields::new(pairs.map(|(name, value)| (name.to_owned(), value))), Errors::default(), Tongue::Vi)
    });
    let offices = offices(&mut tx, visit.app.clock().today()).await?;
    let page = MemberPage { shell: visit.shell(&member.name), form, panel, member, offices };
    page.form.answer(&page)
}

async fn edit_form(visit: Visit, Path((id, member)): Path<(String, String)>) -> Result<Response> {
    member_page(&visit, &id, &member, None).await
}

async fn edit(visit: Visit, Path((id, member)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let mut errors = Errors::default();
    let mut tx = visit.app.db().write().await?;
    let (panel, before) = load(&mut tx, &id, &member).await?;
    if before.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    let mut after = read(&mut tx, &visit, &fields, before.clone(), &mut errors).await?;
    match fields.some("email") {
        Some(email) if errors.is_empty() => after.person_id = account(&mut tx, &visit, email, &after, &mut errors).await?,
        Some(_) => {}
        None => after.person_id = None,
    }
    if errors.is_empty()
        && let Some((field, refusal)) = hindrance(&panel, &store::members(&mut tx, &id).await?, &after)
    {
        errors.refuse(field, &refusal);
    }
    if !errors.is_empty() {
        drop(tx);
        return member_page(&visit, &id, &member, Some(Form::with(fields, errors, Tongue::Vi))).await;
    }
    if store::save_member(&mut tx, &after).await? == 0 {
        return Err(Refusal::stale().into());
    }
    note(&mut tx, &visit, "edit_panel_member", &after).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/hoi-dong/{id}"), "edit_panel_member"))
}

async fn end(visit: Visit, Path((id, member)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let mut errors = Errors::default();
    let on = fields.day("left_on", &mut errors);
    let paper = fields.must("left_paper", 200, both("Hãy ghi quyết định cho thôi.", "Name the decision."), &mut errors);
    let mut tx = visit.app.db().write().await?;
    let (_, before) = load(&mut tx, &id, &member).await?;
    if before.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    if on.is_some_and(|on| on <= before.from_on) {
        errors.add(
            "left_on",
            both(
                format!("Ngày thôi phải sau ngày tham gia {}.", date_vi(before.from_on)),
                format!("It leaves after it joined on {}.", date_vi(before.from_on)),
            ),
        );
    }
    let (Some(on), true) = (on, errors.is_empty()) else {
        drop(tx);
        return member_page(&visit, &id, &member, Some(Form::with(fields, errors, Tongue::Vi))).await;
    };
    let after = Member { to_on: Some(on), end_paper: paper, ..before };
    if store::save_member(&mut tx, &after).await? == 0 {
        return Err(Refusal::stale().into());
    }
    note(&mut tx, &visit, "leave_panel", &after).await?;
    tx.commit().await?;
    Ok(go(&format!("/hoi-dong/{id}"), "leave_panel"))
}
