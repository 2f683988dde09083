//! A producer without a point registers itself: an account by mail link, or by file code and PIN. Until somebody who knows it has
//! said who it is, it has a body of its own and sees nothing of anybody else's, whatever name or tax code was typed.

use askama::Template;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use chrono::NaiveDate;

use super::form::{ProducerForm, check};
use super::model::{Claim, ClaimState};
use super::{settle, store};
use crate::access::{Need, Routes, Voice, password, store as access};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::journal::Note;
use crate::page::{Choice, Form, Sent, Shell, Visit, go, html, once};
use crate::party::registrant::{self, Registrant};
use crate::party::{self, Body, BodyKind};
use crate::region::Today;
use crate::state::Caller;
use crate::{clock, limit};

/// What was registered, as its mails say it.
const WHAT: &str = "đăng ký tài khoản chủ thể sản phẩm OCOP";

/// Registrations that one network may send in an hour before it has to wait; the same count as for points.
const FREE: i64 = 20;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/dang-ky/chu-the", Need::Public, form).post("/dang-ky/chu-the", Need::Public, send)
}

#[derive(Template)]
#[template(path = "producer/register.html")]
struct RegisterPage {
    shell: Shell,
    form: Form,
    kinds: Vec<Choice>,
    /// Body of a business that has an account.
    own: Option<String>,
}

fn page(visit: &Visit, form: Form) -> Result<Response> {
    let mut kinds = vec![(String::new(), "Chọn loại chủ thể".to_owned())];
    kinds.extend(BodyKind::choices());
    let own = visit.actor.is(Voice::Business).then(|| visit.actor.body_name().to_owned());
    let page = RegisterPage { shell: visit.shell("Đăng ký tài khoản chủ thể sản phẩm OCOP"), form, kinds, own };
    page.form.answer(&page)
}

async fn form(visit: Visit) -> Result<Response> {
    page(&visit, Form::new(visit.lang))
}

#[derive(Template)]
#[template(path = "producer/registered.html")]
struct RegisteredPage {
    shell: Shell,
    name: String,
    unit: String,
    email: String,
    file_code: String,
    pin: String,
    /// Nobody signs in for the commune: the city has it.
    is_unread: bool,
}

async fn registered(visit: &Visit, tx: &mut Tx, claim: &Claim, pin: String) -> Result<Response> {
    let body = party::store::find(tx, &claim.body_id).await?.ok_or_else(Refusal::not_found)?;
    let file_code = match &claim.person_id {
        Some(person) => access::find(tx, person).await?.and_then(|person| person.file_code).unwrap_or_default(),
        None => String::new(),
    };
    let is_unread = settle::is_unread(tx, claim, visit.app.clock().today()).await?;
    let unit = claim.unit_id.as_deref().map(|unit| visit.app.region().label(unit)).unwrap_or_default();
    let pin = if file_code.is_empty() { String::new() } else { pin };
    let mut response = html(&RegisteredPage {
        shell: visit.shell("Đã nhận đăng ký"),
        name: body.name,
        unit,
        email: claim.email.clone(),
        file_code,
        pin,
        is_unread,
    })?;
    // a PIN that is shown once
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn send(visit: Visit, caller: Caller, sent: Sent) -> Result<Response> {
    if visit.actor.is(Voice::Business) {
        return Ok(go("/san-pham-ocop/moi", ""));
    }
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut fields = sent.fields.clone();
    registrant::take_answer(&mut fields);
    let checked = check(&fields, visit.app.region(), today);
    let mut errors = checked.as_ref().err().cloned().unwrap_or_default();
    registrant::check(&fields, &mut errors);
    let form = match checked {
        Ok(form) if errors.is_empty() => form,
        _ => return page(&visit, Form::with(fields, errors, visit.lang)),
    };
    let key = format!("register:{}", limit::network(&caller.0));
    let mut tx = visit.app.db().read().await?;
    let wait = access::blocked_for(&mut tx, &key, now).await?;
    if wait > 0 {
        return Err(Refusal::slow_down(wait).into());
    }
    let pin = sent.key.digits(8);
    if let Some(first) = once::first(&mut tx, &fields).await? {
        let claim = store::find(&mut tx, &first).await?.ok_or_else(Refusal::not_found)?;
        return registered(&visit, &mut tx, &claim, pin).await;
    }
    drop(tx);
    let pin_hash = if form.email.is_empty() { password::hash(&pin).await? } else { String::new() };
    let mut tx = visit.app.db().write().await?;
    if let Some(first) = once::take(&mut tx, &fields, now).await? {
        let mut tx = visit.app.db().instead(tx).await?;
        let claim = store::find(&mut tx, &first).await?.ok_or_else(Refusal::not_found)?;
        return registered(&visit, &mut tx, &claim, pin).await;
    }
    if access::reserve(&mut tx, &key, now, FREE).await?.is_none() {
        return Err(Refusal::slow_down(30).into());
    }
    let claim = keep(&mut tx, &visit, &form, &pin_hash, today).await?;
    once::answer(&mut tx, &fields, &claim.id).await?;
    tx.commit().await?;
    visit.app.wake();
    registered(&visit, &mut visit.app.db().read().await?, &claim, pin).await
}

/// The body, the account and the claim; whoever settles it is told.
async fn keep(tx: &mut Tx, visit: &Visit, form: &ProducerForm, pin_hash: &str, today: NaiveDate) -> Result<Claim> {
    let (now, base_url) = (visit.app.clock().now(), &visit.app.config().base_url);
    let tax_code = form.tax_code.clone().unwrap_or_default();
    let is_taken = match &form.tax_code {
        Some(code) => party::store::find_by_tax_code(tx, code).await?.is_some(),
        None => false,
    };
    let mut body = Body::named(&form.name, form.kind, form.tax_code.as_deref().filter(|_| !is_taken), Some(&form.unit));
    body.address = form.address.clone();
    body.phone = form.phone.clone();
    party::store::put(tx, &body, "Tự đăng ký", "", now).await?;
    let person = Registrant { name: &form.contact, phone: &form.phone, email: &form.email, pin_hash, body_id: &body.id, what: WHAT };
    let account = registrant::account(tx, person, base_url, now, today).await?;
    let unit_id = match visit.app.region().today(&form.unit, None, today) {
        Today::Known(unit) => Some(unit),
        Today::Unclear(_) => None,
    };
    let claim = Claim {
        id: clock::new_id(),
        body_id: body.id.clone(),
        person_id: account.person,
        unit_id,
        tax_code,
        products: form.products.clone(),
        contact: form.contact.clone(),
        phone: form.phone.clone(),
        email: form.email.clone(),
        state: ClaimState::Waiting,
        reason: String::new(),
        made_at: now,
        settled_name: String::new(),
        settled_at: None,
        version: 1,
    };
    store::add(tx, &claim).await?;
    let detail = serde_json::json!({"set": {"kind": body.kind, "unit": form.unit, "tax_code": claim.tax_code}});
    Note::of("register_producer", ("body", &body.id), detail)
        .aside(&[("contact", &form.contact), ("phone", &form.phone), ("email", &form.email)])
        .by(tx, now, &visit.actor)
        .await?;
    settle::tell(tx, visit, &claim, &body).await?;
    Ok(claim)
}
