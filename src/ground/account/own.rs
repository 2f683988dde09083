//! One's own account: what is kept of a person, a new password, and where one is signed in.

use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

use super::{device, trail};
use crate::access::{Grant, Need, Routes, SessionRow, cookie_secret, password, store};
use crate::clock;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::mail;
use crate::page::{Errors, Form, Sent, Shell, Visit, go};
use crate::state::Caller;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/tai-khoan", Need::SignedIn, show)
        .post("/tai-khoan", Need::SignedIn, change)
        .post("/tai-khoan/phien", Need::SignedIn, end)
        .post("/tai-khoan/thu", Need::SignedIn, pace)
}

#[derive(Template)]
#[template(path = "account/own.html")]
struct AccountPage {
    shell: Shell,
    form: Form,
    person: store::Person,
    sessions: Vec<SessionRow>,
    /// Digest of the session that looks.
    this: String,
    is_daily: bool,
}

/// What others know of the owner of an account: nothing a password should be made of.
pub fn known_of<'a>(person: &'a store::Person, grants: &'a [Grant]) -> Vec<&'a str> {
    let mut known = vec![
        person.name.as_str(),
        person.email.as_deref().unwrap_or_default(),
        person.file_code.as_deref().unwrap_or_default(),
        person.phone.as_str(),
    ];
    known.extend(grants.iter().map(|grant| grant.body_name.as_str()));
    known
}

async fn page(visit: &Visit, headers: &HeaderMap, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let person = store::find(&mut tx, visit.actor.journal_id()).await?.ok_or_else(Refusal::not_found)?;
    let sessions = store::sessions(&mut tx, &person.id, visit.app.clock().now()).await?;
    let this = cookie_secret(headers, visit.app.config().is_https()).map(|secret| clock::digest(secret.as_bytes())).unwrap_or_default();
    let is_daily = match &person.email {
        Some(email) => mail::is_daily(&mut tx, email).await?,
        None => false,
    };
    let page = AccountPage { is_daily, shell: visit.shell("Tài khoản của tôi"), form, person, sessions, this };
    page.form.answer(&page)
}

async fn show(visit: Visit, headers: HeaderMap) -> Result<Response> {
    page(&visit, &headers, Form::new(visit.lang)).await
}

/// One letter a day, or each as it comes.
async fn pace(visit: Visit, sent: Sent) -> Result<Response> {
    let mut tx = visit.app.db().write().await?;
    let person = store::find(&mut tx, visit.actor.journal_id()).await?.ok_or_else(Refusal::not_found)?;
    let email = person.email.ok_or_else(Refusal::not_found)?;
    mail::set_daily(&mut tx, &email, sent.fields.get("pace") == "daily").await?;
    tx.commit().await?;
    Ok(go("/tai-khoan", "da-luu"))
}

/// A new password ends all sessions and asks for signing in again.
async fn change(visit: Visit, caller: Caller, headers: HeaderMap, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let now = visit.app.clock().now();
    let id = visit.actor.journal_id().to_owned();
    let key = format!("password:{id}");
    let mut tx = visit.app.db().read().await?;
    let wait = store::blocked_for(&mut tx, &key, now).await?;
    if wait > 0 {
        return Err(Refusal::slow_down(wait).into());
    }
    let person = store::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    drop(tx);
    let turn = password::turn().await?;
    let mut tx = visit.app.db().write().await?;
    if store::reserve(&mut tx, &key, now, 5).await?.is_none() {
        return Err(Refusal::slow_down(30).into());
    }
    tx.commit().await?;
    let mut errors = Errors::default();
    let fits = turn.fits(fields.get("present"), &person.password_hash).await?;
    if !fits {
        errors.add("present", both("Mật khẩu hiện tại không đúng; hãy nhập lại.", "The present password is not right; type it again."));
    }
    errors.take("password", password::check(fields.get("password"), &known_of(&person, &visit.actor.grants)));
    if fields.get("password") != fields.get("again") {
        errors.add("again", both("Hai lần nhập không giống nhau; hãy nhập lại.", "The two entries differ; type them again."));
    }
    if !errors.is_empty() {
        if fits {
            let mut tx = visit.app.db().write().await?;
            store::clear(&mut tx, &key).await?;
            tx.commit().await?;
        }
        return page(&visit, &headers, Form::with(Default::default(), errors, visit.lang)).await;
    }
    let hash = password::hash(fields.get("password")).await?;
    let mut tx = visit.app.db().write().await?;
    if store::set_password(&mut tx, &id, &hash, &person.status, now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    store::clear(&mut tx, &key).await?;
    Note::of("set_password", ("person", &id), json!({}))
        .aside(&trail::aside(&device::seen(&headers, &caller)))
        .by(&mut tx, now, &visit.actor)
        .await?;
    tx.commit().await?;
    Ok(go("/dang-nhap", "mat-khau"))
}

/// Ends one of one's own sessions, or all but this.
async fn end(visit: Visit, headers: HeaderMap, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let id = visit.actor.journal_id().to_owned();
    let this = cookie_secret(&headers, visit.app.config().is_https()).map(|secret| clock::digest(secret.as_bytes())).unwrap_or_default();
    let wanted = sent.fields.get("session");
    let mut tx = visit.app.db().write().await?;
    let chosen: Vec<String> = match wanted {
        "others" => store::sessions(&mut tx, &id, now).await?.into_iter().map(|row| row.digest).filter(|digest| *digest != this).collect(),
        one => vec![one.to_owned()],
    };
    let mut ended = 0;
    for digest in &chosen {
        ended += store::end_session(&mut tx, &id, digest).await?;
    }
    if ended > 0 {
        Note::of("end_session", ("person", &id), json!({"sessions": ended})).by(&mut tx, now, &visit.actor).await?;
    }
    tx.commit().await?;
    Ok(go("/tai-khoan", "da-ket-thuc-phien"))
}
