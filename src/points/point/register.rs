//! Public registration: a business fills a form; an account by mail link, or by file code and PIN that the commune confirms.

use askama::Template;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use chrono::Datelike;

use super::enter::{personal, record};
use super::form::check;
use super::model::{Kind, Point, blank};
use super::pages::{Sketch, alike, attach, keep_pictures, lost_pictures, unsure};
use super::store::{self, Near};
use super::{is_unread, tell};
use crate::access::{Need, Routes, Voice, password, store as access};
use crate::error::{Refusal, Result};
use crate::journal::Note;
use crate::page::{Choice, Form, Sent, Shell, Visit, go, html, once};
use crate::party::registrant::{self, Registrant};
use crate::party::{self, Body, BodyKind};
use crate::state::Caller;
use crate::{clock, limit};

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
    let is_business = visit.actor.is(Voice::Business);
    let page = RegisterPage {
        shell: visit.shell("Đăng ký điểm giới thiệu và bán sản phẩm OCOP"),
        form,
        near,
        kinds: Kind::choices(visit.lang),
        operator_kinds,
        ask_sure,
        is_business,
    };
    page.form.answer(&page)
}

async fn form(visit: Visit) -> Result<Response> {
    let mut form = Form::new(visit.lang);
    if visit.actor.is(Voice::Business) {
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
    let is_business = visit.actor.is(Voice::Business);
    let as_draft = is_business && fields.get("action") == "draft";
    registrant::take_answer(&mut fields);
    let checked = check(&fields, visit.app.region(), today, as_draft);
    let mut errors = checked.as_ref().err().cloned().unwrap_or_default();
    if !is_business {
        registrant::check(&fields, &mut errors);
    }
    let form = match checked {
        Ok(form) if errors.is_empty() => form,
        _ => {
            lost_pictures(&mut errors, !sent.files.is_empty());
            return page(&visit, Form::with(fields, errors, visit.lang), Vec::new(), false);
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
        let what = registered(&point.code);
        let person =
            Registrant { name: &form.contact, phone: &form.phone, email: &form.email, pin_hash: &pin_hash, body_id: &body_id, what: &what };
        let account = registrant::account(&mut tx, person, &visit.app.config().base_url, now, today).await?;
        file_code = account.file_code;
        point.created_by = account.person.unwrap_or(point.created_by);
    }
    store::derive(&mut point, visit.app.region(), today);
    if !as_draft {
        point = point.submit(now, today).map_err(Refusal::from)?;
    }
    store::add(&mut tx, &point, visit.app.region(), today).await?.ok_or_else(Refusal::stale)?;
    attach(&mut tx, &visit, &point, &kept).await?;
    Note::of("register", ("point", &point.id), record(&point)).aside(&personal(&point)).by(&mut tx, now, &visit.actor).await?;
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
    let mut response = html(&RegisteredPage {
        shell: visit.shell("Đã nhận đăng ký"),
        unit,
        email: form.email,
        pin: if file_code.is_empty() { String::new() } else { pin },
        file_code,
        point,
        is_unread,
    })?;
    // a PIN that is shown once
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What was registered, as its mails say it.
pub fn registered(code: &str) -> String {
    format!("đăng ký điểm giới thiệu và bán sản phẩm OCOP, mã hồ sơ {code}")
}

/// The answer to a form that was sent before: the same record, and the same PIN, which only this form gives.
async fn registered_before(visit: &Visit, tx: &mut crate::db::Tx, point: &str, pin: String) -> Result<Response> {
    if visit.actor.is(Voice::Business) {
        return Ok(go(&format!("/ho-so/{point}"), ""));
    }
    let point = store::find(tx, point).await?.ok_or_else(Refusal::not_found)?;
    let file_code = access::find(tx, &point.created_by).await?.and_then(|person| person.file_code).unwrap_or_default();
    let unit = point.unit_today.as_deref().or(point.unit_id.as_deref()).map(|unit| visit.app.region().label(unit)).unwrap_or_default();
    let is_unread = is_unread(tx, &point, visit.app.clock().today()).await?;
    html(&RegisteredPage {
        shell: visit.shell("Đã nhận đăng ký"),
        unit,
        email: point.email.clone(),
        pin: if file_code.is_empty() { String::new() } else { pin },
        file_code,
        point,
        is_unread,
    })
}

/// A body of its own for whoever registers without signing in: a tax code that is known already is noted, not joined,
/// or a stranger could open another firm's records by typing its code.
async fn new_operator(tx: &mut crate::db::Tx, form: &super::PointForm, now: chrono::DateTime<chrono::Utc>) -> Result<String> {
    let taken = match &form.tax_code {
        Some(code) => party::store::find_by_tax_code(tx, code).await?.is_some(),
        None => false,
    };
    let note = if taken {
        format!("Khai mã số thuế {} đã có trong sổ; cần xã, phường đối chiếu.", form.tax_code.as_deref().unwrap_or_default())
    } else {
        String::new()
    };
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
