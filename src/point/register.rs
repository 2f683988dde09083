//! Public registration: a business fills a form; an account by mail link, or by file code and PIN that the commune confirms.

use askama::Template;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use chrono::Datelike;

use super::form::check;
use super::model::{Kind, Point, blank};
use super::enter::{personal, record};
use super::pages::{Sketch, alike, attach, keep_pictures, unsure};
use super::store::{self, Near};
use super::{is_unread, tell};
use crate::access::{self as gate, Need, Role, password, store as access};
use crate::app::{Caller, Routes};
use crate::error::{Refusal, Result, both};
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, html, once};
use crate::party::{self, Body, BodyKind};
use crate::{clock, journal, limit, mail};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/dang-ky", Need::Public, form).post_files("/dang-ky", Need::Public, send)
}

#[derive(Template)]
#[template(path = "point/register.html")]
struct RegisterPage {
    shell: Shell,
    form: Form,
    near: Vec<(Near, String)>,
    kinds: Vec<Choice>,
    operator_kinds: Vec<Choice>,
    ask_sure: bool,
    is_business: bool,
}

fn page(visit: &Visit, form: Form, near: Vec<(Near, String)>, ask_sure: bool) -> Result<Response> {
    let mut operator_kinds = vec![(String::new(), "Chọn loại đơn vị".to_owned())];
    operator_kinds.extend(BodyKind::choices());
    let is_business = visit.actor.is_any([Role::Business]);
    html(&RegisterPage { shell: visit.shell("Đăng ký điểm giới thiệu và bán sản phẩm OCOP"), form, near, kinds: Kind::choices(visit.lang), operator_kinds, ask_sure, is_business })
}

async fn form(visit: Visit) -> Result<Response> {
    let mut form = Form::new(visit.lang);
    if visit.actor.is_any([Role::Business]) {
        let mut tx = visit.app.db().read().await?;
        if let Some(body) = party::store::find(&mut tx, visit.actor.body_id().unwrap_or_default()).await? {
            form.fields.set("operator", body.name);
            form.fields.set("operator_kind", body.kind);
            form.fields.set("tax_code", body.tax_code.unwrap_or_default());
            form.fields.set("contact", visit.actor.name.clone());
        }
    }
    page(&visit, form, Vec::new(), false)
}

#[derive(Template)]
#[template(path = "point/registered.html")]
struct RegisteredPage {
    shell: Shell,
    point: Point,
    unit: String,
    email: String,
    file_code: String,
    pin: String,
    /// Nobody signs in for the commune: the department has it.
    is_unread: bool,
}

async fn send(visit: Visit, caller: Caller, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut fields = sent.fields.clone();
    let is_business = visit.actor.is_any([Role::Business]);
    let as_draft = is_business && fields.get("action") == "draft";
    // the answer to a slip of the hand
    if let Some(chosen) = fields.some("email_who").map(str::to_owned)
        && (slip(&fields).as_ref() == Some(&chosen) || chosen == fields.get("email").to_lowercase())
    {
        fields.set("email", chosen.clone());
        fields.set("email_who", chosen);
    }
    let mut errors = Errors::default();
    if !is_business && !fields.is_on("consent") {
        errors.add(
            "consent",
            both(
                "Hãy đồng ý để cơ quan quản lý chương trình dùng thông tin liên hệ cho việc xét điểm bán.",
                "Please agree that the programme office may use the contact data to consider the point.",
            ),
        );
    }
    if let (false, Some(meant)) = (is_business, slip(&fields)) {
        let typed = fields.get("email").to_lowercase();
        errors.ask(
            "email",
            both(format!("Thư sẽ gửi đến {typed}, đúng chưa? Hay là {meant}?"), format!("The mail will go to {typed}. Is that right, or is it {meant}?")),
            vec![(typed.clone(), format!("{typed} là đúng")), (meant.clone(), format!("Gửi đến {meant}"))],
        );
    }
    let checked = check(&fields, visit.app.region(), today, as_draft);
    let form = match checked {
        Ok(form) if errors.is_empty() => form,
        Ok(_) => return page(&visit, Form::with(fields, errors, visit.lang), Vec::new(), false),
        Err(mut found) => {
            for (field, text) in errors.iter() {
                found.add(field, text.clone());
            }
            return page(&visit, Form::with(fields, found, visit.lang), Vec::new(), false);
        }
    };
    let key = format!("register:{}", limit::network(&caller.0));
    let mut tx = visit.app.db().read().await?;
    let wait = access::blocked_for(&mut tx, &key, now).await?;
    if wait > 0 && !is_business {
        return Err(Refusal::slow_down(wait).into());
    }
    if let Some(first) = once::first(&mut tx, &fields).await? {
        return registered_before(&visit, &mut tx, &first, sent.key.digits(8)).await;
    }
    let near = alike(&mut tx, &visit.actor, Sketch::of_form(&form)).await?;
    drop(tx);
    if !near.is_empty() && !fields.is_on("sure") {
        return page(&visit, Form::with(fields, unsure(!sent.files.is_empty()), visit.lang), near, true);
    }
    let kept = keep_pictures(&visit, sent.files).await?;
    let pin = sent.key.digits(8);
    let pin_hash = if is_business || !form.email.is_empty() { String::new() } else { password::hash(&pin).await? };
    let mut tx = visit.app.db().write().await?;
    if let Some(first) = once::take(&mut tx, &fields, now).await? {
        return registered_before(&visit, &mut visit.app.db().instead(tx).await?, &first, pin).await;
    }
    let code = store::next_code(&mut tx, today.year()).await?;
    let mut point = blank(visit.actor.journal_id(), code, now, today);
    form.fill(&mut point);
    point.slug = store::free_slug(&mut tx, &point.name, &point.code).await?;
    let mut file_code = String::new();
    if is_business {
        point.operator_id = visit.actor.body_id().map(str::to_owned);
    } else {
        if access::reserve(&mut tx, &key, now, 20).await?.is_none() {
            return Err(Refusal::slow_down(30).into());
        }
        let body_id = new_operator(&mut tx, &form, now).await?;
        point.operator_id = Some(body_id.clone());
        let known = match form.email.is_empty() {
            true => None,
            false => access::find_login(&mut tx, &form.email).await?,
        };
        let owner = match known {
            // somebody else may have typed the address: nothing of the account changes, and nothing of the form is told
            Some(person) => {
                tell_owner(&mut tx, now, &visit.app.config().base_url, &person).await?;
                None
            }
            None => {
                if form.email.is_empty() {
                    file_code = format!("HS-{}", clock::letters(8));
                }
                let person = access::Person {
                    id: clock::new_id(),
                    name: form.contact.clone(),
                    email: Some(form.email.clone()).filter(|email| !email.is_empty()),
                    phone: form.phone.clone(),
                    file_code: Some(file_code.clone()).filter(|code| !code.is_empty()),
                    password_hash: pin_hash,
                    status: if form.email.is_empty() { "unconfirmed" } else { "invited" }.into(),
                    demo: false,
                    version: 1,
                };
                let id = access::add(&mut tx, &person, now).await?.ok_or_else(Refusal::stale)?;
                access::grant(&mut tx, &id, Role::Business, &body_id, None, today).await?;
                if !form.email.is_empty() {
                    send_link(&mut tx, now, &visit.app.config().base_url, &id, &form.email, &point.code).await?;
                }
                Some(id)
            }
        };
        point.created_by = owner.unwrap_or(point.created_by);
    }
    store::derive(&mut point, visit.app.region(), today);
    if !as_draft {
        point = point.submit(now, today).map_err(Refusal::from)?;
    }
    store::add(&mut tx, &point, visit.app.region(), today).await?.ok_or_else(Refusal::stale)?;
    attach(&mut tx, &visit, &point, &kept).await?;
    journal::note_by(&mut tx, now, &visit.actor, "register", ("point", &point.id), record(&point), &personal(&point)).await?;
    if !as_draft {
        tell(&mut tx, now, today, &visit.app.config().base_url, &point, "").await?;
    }
    once::answer(&mut tx, &fields, &point.id).await?;
    let is_unread = is_unread(&mut tx, &point, today).await?;
    tx.commit().await?;
    visit.app.wake();
    if is_business {
        return Ok(go(&format!("/ho-so/{}", point.id), if as_draft { "da-luu" } else { "submit" }));
    }
    let unit = point.unit_today.as_deref().or(point.unit_id.as_deref()).map(|unit| visit.app.region().label(unit)).unwrap_or_default();
    let mut response = html(&RegisteredPage { shell: visit.shell("Đã nhận đăng ký"), unit, email: form.email, pin: if file_code.is_empty() { String::new() } else { pin }, file_code, point, is_unread })?;
    // a PIN that is shown once
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The mail address that was probably meant, unless the one that was typed has been confirmed.
fn slip(fields: &Fields) -> Option<String> {
    let typed = fields.get("email").to_lowercase();
    mail::slip(&typed).filter(|_| fields.get("email_who") != typed)
}

/// Mails whoever registered a link for choosing a password. Whoever typed the address chose no word of it.
pub async fn send_link(tx: &mut crate::db::Tx, now: chrono::DateTime<chrono::Utc>, base_url: &str, person_id: &str, email: &str, code: &str) -> Result<()> {
    let secret = gate::again(tx, person_id, now).await?;
    let days = gate::INVITATION_DAYS;
    let text = format!(
        "Kính gửi Quý cơ sở,\n\nChúng tôi đã nhận đăng ký điểm giới thiệu và bán sản phẩm OCOP, mã hồ sơ {code}, với địa chỉ thư này.\nĐể theo dõi và bổ sung hồ sơ, đặt mật khẩu trong vòng {days} ngày tại:\n{base_url}/lien-ket/{secret}\n\nNếu bạn không đăng ký, hãy bỏ qua thư này.\n"
    );
    mail::queue(tx, now, email, "Đã nhận đăng ký điểm OCOP", &text).await?;
    Ok(())
}

/// Tells the owner of an account, at most once an hour, that their address was typed into a registration.
async fn tell_owner(tx: &mut crate::db::Tx, now: chrono::DateTime<chrono::Utc>, base_url: &str, person: &access::Person) -> Result<()> {
    let (Some(email), "active" | "invited") = (&person.email, person.status.as_str()) else { return Ok(()) };
    if access::take(tx, &format!("typed:{}", person.id), now, 1).await?.is_some() {
        let text = format!(
            "Kính gửi Quý vị,\n\nCó người vừa đăng ký một điểm giới thiệu và bán sản phẩm OCOP với địa chỉ thư của Quý vị. Tài khoản của Quý vị không thay đổi gì.\nNếu chính Quý vị đăng ký: lần sau hãy đăng nhập trước ({base_url}/dang-nhap) để hồ sơ nằm trong tài khoản; với hồ sơ vừa gửi, hãy liên hệ xã, phường.\nNếu không phải Quý vị, không cần làm gì.\n"
        );
        mail::queue(tx, now, email, "Địa chỉ thư của Quý vị trong một đăng ký điểm OCOP", &text).await?;
    }
    Ok(())
}

/// The answer to a form that was sent before: the same record, and the same PIN, which only this form gives.
async fn registered_before(visit: &Visit, tx: &mut crate::db::Tx, point: &str, pin: String) -> Result<Response> {
    if visit.actor.is_any([Role::Business]) {
        return Ok(go(&format!("/ho-so/{point}"), ""));
    }
    let point = store::find(tx, point).await?.ok_or_else(Refusal::not_found)?;
    let file_code = access::find(tx, &point.created_by).await?.and_then(|person| person.file_code).unwrap_or_default();
    let unit = point.unit_today.as_deref().or(point.unit_id.as_deref()).map(|unit| visit.app.region().label(unit)).unwrap_or_default();
    let is_unread = is_unread(tx, &point, visit.app.clock().today()).await?;
    html(&RegisteredPage { shell: visit.shell("Đã nhận đăng ký"), unit, email: point.email.clone(), pin: if file_code.is_empty() { String::new() } else { pin }, file_code, point, is_unread })
}

/// A body of its own for whoever registers without signing in: a tax code that is known already is noted, not joined,
/// or a stranger could open another firm's records by typing its code.
async fn new_operator(tx: &mut crate::db::Tx, form: &super::PointForm, now: chrono::DateTime<chrono::Utc>) -> Result<String> {
    let taken = match &form.tax_code {
        Some(code) => party::store::find_by_tax_code(tx, code).await?.is_some(),
        None => false,
    };
    let note = if taken { format!("Khai mã số thuế {} đã có trong sổ; cần xã, phường đối chiếu.", form.tax_code.as_deref().unwrap_or_default()) } else { String::new() };
    let body = Body {
        id: clock::new_id(),
        kind: form.operator_kind.unwrap_or(BodyKind::Household).word().to_owned(),
        name: form.operator.clone(),
        short: String::new(),
        parent_id: None,
        unit_id: None,
        tax_code: form.tax_code.clone().filter(|_| !taken),
        address: String::new(),
        phone: form.phone.clone(),
        valid_from: None,
        valid_to: None,
        demo: false,
        version: 1,
    };
    party::store::put(tx, &body, "Tự đăng ký", &note, now).await?;
    Ok(body.id)
}
