//! An account for a producer, given by the commune or by whoever keeps the registers: by a mailed link, or by a file code and a PIN
//! that are handed over; and what helps when one of them was lost.

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde_json::json;

use super::model::may_invite;
use super::pages::{load, show_page};
use crate::access::{self as gate, Act, Invitation, Need, Role, Routes, password, store as access};
use crate::db::Tx;
use crate::error::{Both, Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Form, Sent, Shell, Visit, go, html, once};
use crate::party::{self, Body};
use crate::{clock, mail, text};

/// Who may be asked.
const INVITERS: Need = Need::May(Act::SettleProducers);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post("/chu-the/{id}/tai-khoan", INVITERS, invite).post("/chu-the/{id}/tai-khoan/{person}", INVITERS, again)
}

#[derive(Template)]
#[template(path = "producer/pin.html")]
struct PinPage {
    shell: Shell,
    body: Body,
    name: String,
    file_code: String,
    pin: String,
}

fn pin_page(visit: &Visit, body: Body, name: String, file_code: String, pin: String) -> Result<Response> {
    let mut response = html(&PinPage { shell: visit.shell("Mã và PIN của chủ thể"), body, name, file_code, pin })?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn invite(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today, region) = (visit.app.clock().now(), visit.app.clock().today(), visit.app.region());
    if !may_invite(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let fields = sent.fields;
    let mut errors = Errors::default();
    let name = fields.get("name");
    if name.is_empty() || name.chars().count() > 120 {
        errors.add("name", both("Hãy nhập họ và tên, nhiều nhất 120 ký tự.", "Enter the full name, at most 120 characters."));
    }
    let email = fields.some("email").and_then(|typed| errors.take("email", mail::address(typed)));
    let phone = fields.some("phone").and_then(|typed| errors.take("phone", text::phone(typed).map_err(Both::from)));
    if fields.get("email").is_empty() && fields.get("phone").is_empty() {
        errors.add(
            "email",
            both(
                "Hãy nhập thư điện tử; không có thư thì nhập điện thoại để cấp mã và PIN.",
                "Enter a mail address, or, without one, a telephone number for a code and PIN.",
            ),
        );
    }
    if !errors.is_empty() {
        return show_page(&visit, &id, Form::with(fields, errors, visit.lang)).await;
    }
    let pin = sent.key.digits(8);
    let pin_hash = if email.is_none() { password::hash(&pin).await? } else { String::new() };
    let mut tx = visit.app.db().write().await?;
    if let Some(first) = once::take(&mut tx, &fields, now).await? {
        let mut tx = visit.app.db().instead(tx).await?;
        let body = load(&mut tx, &visit, &id).await?;
        let person = access::find(&mut tx, &first).await?.ok_or_else(Refusal::not_found)?;
        return match person.file_code {
            Some(code) => pin_page(&visit, body, person.name, code, pin),
            None => Ok(go(&format!("/chu-the/{id}"), "da-moi")),
        };
    }
    let body = load(&mut tx, &visit, &id).await?;
    if party::join::into_of(&mut tx, &id).await?.is_some() {
        return Err(joined().into());
    }
    let Some(email) = email else {
        let phone = phone.unwrap_or_default();
        let file_code = format!("HS-{}", clock::letters(8));
        let person = access::Person {
            id: clock::new_id(),
            name: name.to_owned(),
            email: None,
            phone: phone.clone(),
            file_code: Some(file_code.clone()),
            password_hash: pin_hash,
            status: "active".into(),
            demo: false,
            version: 1,
        };
        let person_id = access::add(&mut tx, &person, now).await?.ok_or_else(Refusal::stale)?;
        access::grant(&mut tx, &person_id, Role::BUSINESS, &id, None, today).await?;
        Note::of("give_pin", ("person", &person_id), json!({"role": Role::BUSINESS.word(), "body": id}))
            .aside(&[("name", name), ("phone", &phone)])
            .by(&mut tx, now, &visit.actor)
            .await?;
        once::answer(&mut tx, &fields, &person_id).await?;
        tx.commit().await?;
        return pin_page(&visit, body, name.to_owned(), file_code, pin);
    };
    let seat = party::seat(&body, region, today);
    let invitation =
        Invitation { name, email: &email, role: Role::BUSINESS, seat, province: &region.province().id, by: visit.actor.person.as_deref() };
    let invited = gate::invite(&mut tx, invitation, now, today).await?;
    send(&mut tx, &visit, &body, &email, name, invited.secret.as_deref()).await?;
    Note::of("invite", ("person", &invited.person_id), json!({"role": Role::BUSINESS.word(), "body": id}))
        .aside(&[("name", name), ("email", &email)])
        .by(&mut tx, now, &visit.actor)
        .await?;
    once::answer(&mut tx, &fields, &invited.person_id).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/chu-the/{id}"), "da-moi"))
}

/// Another link for one who was invited and has not come yet; another PIN for one who has no mail.
async fn again(visit: Visit, Path((id, person)): Path<(String, String)>) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    if !may_invite(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let pin = clock::digits(8);
    let hash = password::hash(&pin).await?;
    let mut tx = visit.app.db().write().await?;
    let body = load(&mut tx, &visit, &id).await?;
    let grants = access::grants(&mut tx, &person, today).await?;
    // somebody who has another role is not the commune's to help
    if grants.is_empty() || grants.iter().any(|grant| grant.role != Role::BUSINESS || grant.body_id != id) {
        return Err(Refusal::not_found().into());
    }
    let person = access::find(&mut tx, &person).await?.ok_or_else(Refusal::not_found)?;
    match (person.status.as_str(), &person.file_code, &person.email) {
        ("invited", _, Some(email)) => {
            let secret = gate::again(&mut tx, &person.id, now).await?;
            send(&mut tx, &visit, &body, email, &person.name, Some(&secret)).await?;
            Note::of("invite_again", ("person", &person.id), json!({"body": id})).by(&mut tx, now, &visit.actor).await?;
            tx.commit().await?;
            visit.app.wake();
            Ok(go(&format!("/chu-the/{id}"), "da-gui-lai"))
        }
        ("active" | "unconfirmed", Some(code), _) => {
            access::set_password(&mut tx, &person.id, &hash, &person.status, now).await?;
            access::clear(&mut tx, &format!("login:{}", person.id)).await?;
            Note::of("new_pin", ("person", &person.id), json!({"body": id})).by(&mut tx, now, &visit.actor).await?;
            tx.commit().await?;
            pin_page(&visit, body, person.name.clone(), code.clone(), pin)
        }
        _ => Err(Refusal::rule(
            "account-in-use",
            both("Người này đã vào tài khoản bằng thư điện tử.", "This person signs in by mail."),
            both(
                "Người đó dùng “Quên mật khẩu” ở trang đăng nhập, hoặc báo quản trị viên.",
                "They use “Forgotten password”, or ask an administrator.",
            ),
        )
        .into()),
    }
}

#[derive(Template)]
#[template(path = "producer/letter_invited.txt", whitespace = "preserve")]
struct InvitedLetter<'a> {
    of: String,
    secret: Option<&'a str>,
    base: &'a str,
}

async fn send(tx: &mut Tx, visit: &Visit, body: &Body, email: &str, name: &str, secret: Option<&str>) -> Result<()> {
    let text = InvitedLetter { of: mail::plain(&body.name), secret, base: &visit.app.config().base_url };
    mail::at_once(tx, visit.app.clock().now(), (email.to_owned(), mail::plain(name)), "Lời mời vào hệ thống OCOP", &text).await?;
    Ok(())
}

fn joined() -> Refusal {
    Refusal::rule(
        "body-joined",
        both("Chủ thể này đã nhập vào chủ thể khác.", "This body was joined to another."),
        both("Hãy mở chủ thể kia và cấp tài khoản ở đó.", "Open the other one and give the account there."),
    )
}
