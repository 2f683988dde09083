//! One-time links: choosing a password, and asking for a link when it was forgotten.

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::{device, trail};
use crate::access::{Life, Need, Routes, cookie_secret, device_secret, password, store, with_cookie, with_device};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Form, Sent, Shell, Visit, go, html};
use crate::state::Caller;
use crate::{clock, limit, mail};

/// Hours that a link for another password is good for.
const RESET_HOURS: i64 = 2;
/// Links for another password that one account gets in an hour.
const RESETS: i64 = 3;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/lien-ket/{secret}", Need::Public, ticket_form)
        .post("/lien-ket/{secret}", Need::Public, take_ticket)
        .get("/quen-mat-khau", Need::Public, forgot_form)
        .post("/quen-mat-khau", Need::Public, forgot)
}

#[derive(Template)]
#[template(path = "account/ticket.html")]
struct TicketPage {
    shell: Shell,
    form: Form,
    name: String,
    account: String,
}

fn ticket_gone() -> Refusal {
    Refusal::rule(
        "ticket-gone",
        both("Liên kết này đã được dùng hoặc đã hết hạn.", "This link was used already or has expired."),
        both(
            "Hãy chọn “Quên mật khẩu” để nhận liên kết mới, hoặc liên hệ quản trị viên.",
            "Choose “Forgotten password” for a new link, or ask the administrator.",
        ),
    )
    .with_status(StatusCode::GONE)
}

fn ticket_page(visit: &Visit, person: store::Person, errors: Errors) -> Result<Response> {
    let account = person.email.unwrap_or_default();
    let page = TicketPage {
        shell: visit.shell("Đặt mật khẩu"),
        form: Form::with(Default::default(), errors, visit.lang),
        name: person.name,
        account,
    };
    page.form.answer(&page)
}

async fn ticket_form(visit: Visit, Path(secret): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let person = store::find_ticket(&mut tx, &secret, visit.app.clock().now()).await?.ok_or_else(ticket_gone)?;
    ticket_page(&visit, person, Errors::default())
}

/// A new password ends all other links, sessions and tokens; nothing here opens an account that is locked.
async fn take_ticket(visit: Visit, caller: Caller, headers: HeaderMap, Path(secret): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today, https) = (visit.app.clock().now(), visit.app.clock().today(), visit.app.config().is_https());
    let mut tx = visit.app.db().read().await?;
    let person = store::find_ticket(&mut tx, &secret, now).await?.ok_or_else(ticket_gone)?;
    let grants = store::grants(&mut tx, &person.id, today).await?;
    drop(tx);
    let mut errors = Errors::default();
    errors.take("password", password::check(sent.fields.get("password"), &super::own::known_of(&person, &grants)));
    if sent.fields.get("password") != sent.fields.get("again") {
        errors.add("again", both("Hai lần nhập không giống nhau; hãy nhập lại.", "The two entries differ; type them again."));
    }
    if !errors.is_empty() {
        return ticket_page(&visit, person, errors);
    }
    let hash = password::hash(sent.fields.get("password")).await?;
    let mut tx = visit.app.db().write().await?;
    if store::use_ticket(&mut tx, &secret, now).await? == 0 || store::set_password(&mut tx, &person.id, &hash, "active", now).await? == 0 {
        return Err(ticket_gone().into());
    }
    store::clear(&mut tx, &format!("login:{}", person.id)).await?;
    let seen = device::seen(&headers, &caller);
    Note::of("set_password", ("person", &person.id), json!({}))
        .aside(&trail::aside(&seen))
        .by_name(&mut tx, now, (&person.id, "Tự đặt mật khẩu"))
        .await?;
    let grants = store::grants(&mut tx, &person.id, today).await?;
    let Some(grant) = grants.first() else {
        tx.commit().await?;
        return Ok(go("/dang-nhap", ""));
    };
    if let Some(old) = cookie_secret(&headers, https) {
        store::close_session(&mut tx, &old).await?;
    }
    let device = device_secret(&headers, https).unwrap_or_else(clock::secret);
    store::remember_device(&mut tx, &person.id, &device, now).await?;
    let session =
        store::open_session(&mut tx, &person.id, &grant.id, Life::of(grant.role, visit.app.config().admin_hours), &seen, now).await?;
    tx.commit().await?;
    let response = with_cookie(go("/viec", "mat-khau"), &session, https)?;
    with_device(response, &device, https)
}

#[derive(Template)]
#[template(path = "account/forgot.html")]
struct ForgotPage {
    shell: Shell,
    form: Form,
    sent: bool,
}

async fn forgot_form(visit: Visit) -> Result<Response> {
    html(&ForgotPage { shell: visit.shell("Quên mật khẩu"), form: Form::new(visit.lang), sent: false })
}

/// Answers the same whether the account exists or not.
async fn forgot(visit: Visit, caller: Caller, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let key = format!("forgot:{}", limit::network(&caller.0));
    let mut tx = visit.app.db().read().await?;
    let wait = store::blocked_for(&mut tx, &key, now).await?;
    if wait > 0 {
        return Err(Refusal::slow_down(wait).into());
    }
    drop(tx);
    let mut tx = visit.app.db().write().await?;
    if store::reserve(&mut tx, &key, now, 5).await?.is_none() {
        return Err(Refusal::slow_down(30).into());
    }
    if let Some(person) = store::find_login(&mut tx, sent.fields.get("login")).await? {
        send_reset(&mut tx, now, &visit.app.config().base_url, &person).await?;
    }
    tx.commit().await?;
    visit.app.wake();
    html(&ForgotPage { shell: visit.shell("Quên mật khẩu"), form: Form::new(visit.lang), sent: true })
}

#[derive(Template)]
#[template(path = "account/letter_reset.txt", whitespace = "preserve")]
struct ResetLetter<'a> {
    secret: &'a str,
    base: &'a str,
}

/// Mails a link for another password; whether one left. An account gets few of them in an hour: those it has still work.
pub async fn send_reset(tx: &mut Tx, now: DateTime<Utc>, base_url: &str, person: &store::Person) -> Result<bool> {
    let (Some(email), "active" | "invited") = (&person.email, person.status.as_str()) else { return Ok(false) };
    if store::take(tx, &format!("reset:{}", person.id), now, RESETS).await?.is_none() {
        return Ok(false);
    }
    let secret = store::add_ticket(tx, &person.id, "reset", now, RESET_HOURS).await?;
    let text = ResetLetter { secret: &secret, base: base_url };
    mail::at_once(tx, now, (email.clone(), mail::plain(&person.name)), "Đặt lại mật khẩu – OCOP", &text).await?;
    Ok(true)
}
