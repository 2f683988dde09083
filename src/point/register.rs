//! Public registration: a business fills a form; an account by mail link, or by file code and PIN that the commune confirms.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::Datelike;

use super::form::check;
use super::model::{Kind, Point, blank};
use super::enter::{personal, record};
use super::pages::{Sketch, alike, attach, load, keep_pictures};
use super::store::{self, Near};
use super::tell;
use crate::access::{Need, Role, password, store as access};
use crate::app::{Caller, Routes};
use crate::error::{Refusal, Result, both};
use crate::page::{Choice, Errors, Form, Sent, Shell, Visit, go, html, once};
use crate::party::{self, Body, BodyKind};
use crate::{clock, journal, mail};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/dang-ky", Need::Public, form).post_files("/dang-ky", Need::Public, send).post("/ho-so/{id}/pin-moi", Need::Roles(&[Role::Commune]), new_pin)
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
}

async fn send(visit: Visit, caller: Caller, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields.clone();
    let is_business = visit.actor.is_any([Role::Business]);
    let as_draft = is_business && fields.get("action") == "draft";
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
    let key = format!("register:{}", caller.0);
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
        return page(&visit, Form::with(fields, Errors::default(), visit.lang), near, true);
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
        let body_id = new_operator(&mut tx, &form, now).await?;
        point.operator_id = Some(body_id.clone());
        let known = match form.email.is_empty() {
            true => None,
            false => access::find_login(&mut tx, &form.email).await?,
        };
        let person_id = match known {
            Some(person) => person.id,
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
                access::add(&mut tx, &person, now).await?.ok_or_else(Refusal::stale)?
            }
        };
        access::grant(&mut tx, &person_id, Role::Business, &body_id, None, today).await?;
        if !form.email.is_empty() {
            let secret = access::add_ticket(&mut tx, &person_id, "mail", now, 24 * 7).await?;
            let link = format!("{}/lien-ket/{secret}", visit.app.config().base_url);
            let text = format!(
                "Kính gửi {},\n\nChúng tôi đã nhận đăng ký điểm “{}” (mã {}).\nĐể theo dõi và bổ sung hồ sơ, đặt mật khẩu trong vòng 7 ngày tại:\n{link}\n",
                form.contact, form.name, point.code
            );
            mail::queue(&mut tx, now, &form.email, "Đã nhận đăng ký điểm OCOP", &text).await?;
        }
        point.created_by = person_id;
        access::note_failure(&mut tx, &key, now, 20).await?;
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
    tx.commit().await?;
    visit.app.wake();
    if is_business {
        return Ok(go(&format!("/ho-so/{}", point.id), if as_draft { "da-luu" } else { "submit" }));
    }
    let unit = point.unit_today.as_deref().or(point.unit_id.as_deref()).map(|unit| visit.app.region().label(unit)).unwrap_or_default();
    html(&RegisteredPage { shell: visit.shell("Đã nhận đăng ký"), unit, email: form.email, pin: if file_code.is_empty() { String::new() } else { pin }, file_code, point })
}

/// The answer to a form that was sent before: the same record, and the same PIN, which only this form gives.
async fn registered_before(visit: &Visit, tx: &mut crate::db::Tx, point: &str, pin: String) -> Result<Response> {
    if visit.actor.is_any([Role::Business]) {
        return Ok(go(&format!("/ho-so/{point}"), ""));
    }
    let point = store::find(tx, point).await?.ok_or_else(Refusal::not_found)?;
    let file_code = access::find(tx, &point.created_by).await?.and_then(|person| person.file_code).unwrap_or_default();
    let unit = point.unit_today.as_deref().or(point.unit_id.as_deref()).map(|unit| visit.app.region().label(unit)).unwrap_or_default();
    html(&RegisteredPage { shell: visit.shell("Đã nhận đăng ký"), unit, email: point.email.clone(), pin: if file_code.is_empty() { String::new() } else { pin }, file_code, point })
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

#[derive(Template)]
#[template(path = "point/new_pin.html")]
struct NewPinPage {
    shell: Shell,
    name: String,
    file_code: String,
    pin: String,
    point_id: String,
}

/// The commune gives a new PIN to whoever registered a point of its area without mail.
async fn new_pin(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let now = visit.app.clock().now();
    let pin = clock::digits(8);
    let hash = password::hash(&pin).await?;
    let mut tx = visit.app.db().write().await?;
    let point = load(&mut tx, &visit, &id).await?;
    let person = access::find(&mut tx, &point.created_by).await?.filter(|person| person.file_code.is_some() && person.status != "disabled").ok_or_else(Refusal::not_found)?;
    access::set_password(&mut tx, &person.id, &hash, &person.status).await?;
    access::close_sessions(&mut tx, &person.id).await?;
    journal::note_by(&mut tx, now, &visit.actor, "new_pin", ("person", &person.id), serde_json::json!({"point": id}), &[]).await?;
    tx.commit().await?;
    html(&NewPinPage { shell: visit.shell("PIN mới"), name: person.name, file_code: person.file_code.unwrap_or_default(), pin, point_id: id })
}
