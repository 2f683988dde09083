//! Sign-in, sign-out, switching roles, one-time links, and the administrator's screen of people.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::access::{Grant, Need, Role, STAFF, cookie_secret, password, store, with_cookie};
use crate::app::Routes;
use crate::error::{Refusal, Result, both};
use crate::page::{Errors, Form, Sent, Shell, Visit, go, html};
use crate::{clock, journal, mail, party};

const ADMIN: Need = Need::Roles(&[Role::Administrator]);
const SEE_PEOPLE: Need = Need::Roles(&[Role::Administrator, Role::Auditor]);

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .get("/dang-nhap", Need::Public, sign_in_form)
        .post("/dang-nhap", Need::Public, sign_in)
        .post("/dang-xuat", Need::SignedIn, sign_out)
        .post("/vai-tro", Need::SignedIn, switch)
        .get("/lien-ket/{secret}", Need::Public, ticket_form)
        .post("/lien-ket/{secret}", Need::Public, take_ticket)
        .get("/quen-mat-khau", Need::Public, forgot_form)
        .post("/quen-mat-khau", Need::Public, forgot)
        .get("/nguoi-dung", SEE_PEOPLE, people)
        .get("/nguoi-dung/moi", ADMIN, invite_form)
        .post("/nguoi-dung/moi", ADMIN, invite)
        .post("/nguoi-dung/{id}/trang-thai", ADMIN, set_status)
        .post("/nguoi-dung/vai-tro/{grant}/ket-thuc", ADMIN, end_grant)
}

/// Only paths of this site may be the place to go on to.
fn safe_path(path: &str) -> &str {
    let ok = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.contains(char::is_control);
    if ok { path } else { "/viec" }
}

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage {
    shell: Shell,
    form: Form,
    next: String,
    demo: Vec<(&'static str, &'static str)>,
}

fn sign_in_page(visit: &Visit, form: Form, next: &str) -> Result<Response> {
    let demo = if visit.app.is_demo() { crate::app::demo::SIGN_INS.iter().map(|sign_in| (sign_in.role.name(), sign_in.login)).collect() } else { Vec::new() };
    html(&SignInPage { shell: visit.shell(visit.lang.t("sign_in.title")), form, next: next.to_owned(), demo })
}

async fn sign_in_form(visit: Visit) -> Result<Response> {
    let next = visit.query.get("tiep").to_owned();
    if visit.actor.is_signed_in() {
        return Ok(go(safe_path(if next.is_empty() { "/viec" } else { &next }), ""));
    }
    sign_in_page(&visit, Form::new(visit.lang), &next)
}

async fn sign_in(visit: Visit, caller: crate::app::Caller, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (login, secret, next) = (fields.get("login").to_owned(), fields.get("password").to_owned(), fields.get("tiep").to_owned());
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let account_key = format!("login:{}", login.to_lowercase());
    let address_key = format!("address:{}", caller.0);
    let mut tx = visit.app.db().write().await?;
    let wait = store::blocked_for(&mut tx, &account_key, now).await?.max(store::blocked_for(&mut tx, &address_key, now).await?);
    if wait > 0 {
        return Err(Refusal::slow_down(wait).into());
    }
    let person = store::find_login(&mut tx, &login).await?;
    tx.commit().await?;
    let fits = password::fits(&secret, person.as_ref().map_or("", |person| &person.password_hash)).await?;
    let person = person.filter(|person| fits && matches!(person.status.as_str(), "active" | "unconfirmed"));
    let mut tx = visit.app.db().write().await?;
    let grants = match &person {
        Some(person) => store::grants(&mut tx, &person.id, today).await?,
        None => Vec::new(),
    };
    let (Some(person), Some(grant)) = (person, grants.first()) else {
        store::note_failure(&mut tx, &account_key, now, 5).await?;
        store::note_failure(&mut tx, &address_key, now, 30).await?;
        tx.commit().await?;
        let mut errors = Errors::default();
        errors.add(
            "login",
            both(
                "Tên đăng nhập hoặc mật khẩu không đúng. Hãy nhập lại, hoặc chọn “Quên mật khẩu”.",
                "The sign-in name or password is not right. Try again, or choose “Forgotten password”.",
            ),
        );
        let mut kept = fields.clone();
        kept.set("password", "");
        return sign_in_page(&visit, Form::with(kept, errors, visit.lang), &next);
    };
    store::clear_failures(&mut tx, &account_key).await?;
    let secret = store::open_session(&mut tx, &person.id, &grant.id, now).await?;
    tx.commit().await?;
    let path = safe_path(if next.is_empty() { "/viec" } else { &next });
    with_cookie(go(path, ""), &secret, visit.app.config().is_https())
}

async fn sign_out(visit: Visit, headers: HeaderMap) -> Result<Response> {
    let https = visit.app.config().is_https();
    if let Some(secret) = cookie_secret(&headers, https) {
        let mut tx = visit.app.db().write().await?;
        store::close_session(&mut tx, &secret).await?;
        tx.commit().await?;
    }
    with_cookie(go("/dang-nhap", ""), "", https)
}

async fn switch(visit: Visit, headers: HeaderMap, sent: Sent) -> Result<Response> {
    let wanted = sent.fields.get("grant");
    if !visit.actor.grants.iter().any(|grant| grant.id == wanted) {
        return Err(Refusal::forbidden().into());
    }
    if let Some(secret) = cookie_secret(&headers, visit.app.config().is_https()) {
        let mut tx = visit.app.db().write().await?;
        store::switch_session(&mut tx, &secret, wanted).await?;
        tx.commit().await?;
    }
    Ok(go("/viec", ""))
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
        both("Hãy chọn “Quên mật khẩu” để nhận liên kết mới, hoặc liên hệ quản trị viên.", "Choose “Forgotten password” for a new link, or ask the administrator."),
    )
    .with_status(axum::http::StatusCode::GONE)
}

async fn ticket_form(visit: Visit, Path(secret): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let person = store::find_ticket(&mut tx, &secret, visit.app.clock().now()).await?.ok_or_else(ticket_gone)?;
    let account = person.email.unwrap_or_default();
    html(&TicketPage { shell: visit.shell("Đặt mật khẩu"), form: Form::new(visit.lang), name: person.name, account })
}

async fn take_ticket(visit: Visit, Path(secret): Path<String>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().read().await?;
    let person = store::find_ticket(&mut tx, &secret, now).await?.ok_or_else(ticket_gone)?;
    drop(tx);
    let account = person.email.clone().unwrap_or_default();
    let mut errors = Errors::default();
    errors.take("password", password::check(sent.fields.get("password"), &account));
    if sent.fields.get("password") != sent.fields.get("again") {
        errors.add("again", both("Hai lần nhập không giống nhau; hãy nhập lại.", "The two entries differ; type them again."));
    }
    if !errors.is_empty() {
        return html(&TicketPage { shell: visit.shell("Đặt mật khẩu"), form: Form::with(Default::default(), errors, visit.lang), name: person.name, account });
    }
    let hash = password::hash(sent.fields.get("password")).await?;
    let mut tx = visit.app.db().write().await?;
    if store::use_ticket(&mut tx, &secret, now).await? == 0 {
        return Err(ticket_gone().into());
    }
    store::set_password(&mut tx, &person.id, &hash, "active").await?;
    store::close_sessions(&mut tx, &person.id).await?;
    journal::note(&mut tx, now, &person.id, "Tự đặt mật khẩu", "set_password", ("person", &person.id), serde_json::json!({}), &[]).await?;
    let grants = store::grants(&mut tx, &person.id, visit.app.clock().today()).await?;
    let Some(grant) = grants.first() else {
        tx.commit().await?;
        return Ok(go("/dang-nhap", ""));
    };
    let session = store::open_session(&mut tx, &person.id, &grant.id, now).await?;
    tx.commit().await?;
    with_cookie(go("/viec", "mat-khau"), &session, visit.app.config().is_https())
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
async fn forgot(visit: Visit, caller: crate::app::Caller, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let key = format!("forgot:{}", caller.0);
    let mut tx = visit.app.db().write().await?;
    let wait = store::blocked_for(&mut tx, &key, now).await?;
    if wait > 0 {
        return Err(Refusal::slow_down(wait).into());
    }
    store::note_failure(&mut tx, &key, now, 5).await?;
    if let Some(person) = store::find_login(&mut tx, sent.fields.get("login")).await?
        && let (Some(email), "active" | "invited") = (&person.email, person.status.as_str())
    {
        let secret = store::add_ticket(&mut tx, &person.id, "reset", now, 2).await?;
        let link = format!("{}/lien-ket/{secret}", visit.app.config().base_url);
        let text = format!("Kính gửi {},\n\nĐể đặt lại mật khẩu, mở liên kết sau trong vòng 2 giờ:\n{link}\n\nNếu bạn không yêu cầu, hãy bỏ qua thư này.\n", person.name);
        mail::queue(&mut tx, now, email, "Đặt lại mật khẩu – OCOP", &text).await?;
    }
    tx.commit().await?;
    html(&ForgotPage { shell: visit.shell("Quên mật khẩu"), form: Form::new(visit.lang), sent: true })
}

struct PersonRow {
    person: store::Person,
    grants: Vec<Grant>,
}

#[derive(Template)]
#[template(path = "account/people.html")]
struct PeoplePage {
    shell: Shell,
    rows: Vec<PersonRow>,
    next: Option<String>,
    q: String,
    may_edit: bool,
}

#[derive(Deserialize, Default)]
struct PeopleQuery {
    #[serde(default)]
    sau: String,
    #[serde(default)]
    q: String,
}

async fn people(visit: Visit, Query(query): Query<PeopleQuery>) -> Result<Response> {
    const ROWS: usize = 50;
    let mut tx = visit.app.db().read().await?;
    let mut people = store::people_page(&mut tx, &crate::text::fold(&query.q), &query.sau, ROWS as i64 + 1).await?;
    let next = (people.len() > ROWS).then(|| people.truncate(ROWS)).and_then(|()| people.last().map(|person| person.id.clone()));
    let mut rows = Vec::with_capacity(people.len());
    for person in people {
        let grants = store::grants(&mut tx, &person.id, visit.app.clock().today()).await?;
        rows.push(PersonRow { person, grants });
    }
    let may_edit = visit.actor.is_any([Role::Administrator]);
    html(&PeoplePage { shell: visit.shell("Người dùng"), rows, next, q: query.q, may_edit })
}

#[derive(Template)]
#[template(path = "account/invite.html")]
struct InvitePage {
    shell: Shell,
    form: Form,
    roles: Vec<crate::page::Choice>,
    bodies: Vec<crate::page::Choice>,
}

async fn invite_page(visit: &Visit, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let bodies = party::store::offices(&mut tx, visit.app.clock().today()).await?;
    let roles = STAFF.iter().map(|role| (role.word().to_owned(), role.name().to_owned())).collect();
    html(&InvitePage { shell: visit.shell("Mời người dùng"), form, roles, bodies: bodies.into_iter().map(|body| (body.id, body.name)).collect() })
}

async fn invite_form(visit: Visit) -> Result<Response> {
    invite_page(&visit, Form::new(visit.lang)).await
}

async fn invite(visit: Visit, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let mut errors = Errors::default();
    let name = fields.get("name").to_owned();
    if name.is_empty() {
        errors.add("name", both("Hãy nhập họ và tên.", "Enter the full name."));
    }
    let email = errors.take("email", mail::address(fields.get("email")));
    let role = Role::read(fields.get("role")).filter(|role| *role != Role::Business);
    if role.is_none() {
        errors.add("role", both("Hãy chọn vai trò.", "Choose a role."));
    }
    let mut tx = visit.app.db().write().await?;
    let body = party::store::find(&mut tx, fields.get("body")).await?;
    if body.is_none() {
        errors.add("body", both("Hãy chọn cơ quan trong danh sách.", "Choose a body from the list."));
    }
    let (Some(email), Some(role), Some(body), true) = (email, role, body, errors.is_empty()) else {
        drop(tx);
        return invite_page(&visit, Form::with(fields, errors, visit.lang)).await;
    };
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let person = store::Person {
        id: clock::new_id(),
        name: name.clone(),
        email: Some(email.clone()),
        phone: String::new(),
        file_code: None,
        password_hash: String::new(),
        status: "invited".into(),
        demo: false,
        version: 1,
    };
    let id = match store::add(&mut tx, &person, now).await? {
        Some(id) => id,
        None => store::find_login(&mut tx, &email).await?.map(|person| person.id).ok_or_else(Refusal::not_found)?,
    };
    let unit = body.unit_id.clone().or_else(|| (role != Role::Association).then(|| visit.app.region().province().id.clone()));
    store::grant(&mut tx, &id, role, &body.id, unit.as_deref().filter(|_| role != Role::Association), today).await?;
    let secret = store::add_ticket(&mut tx, &id, "invite", now, 24 * 7).await?;
    let link = format!("{}/lien-ket/{secret}", visit.app.config().base_url);
    let text = format!("Kính gửi {name},\n\nBạn được mời vào hệ thống OCOP với vai trò {} tại {}.\nHãy đặt mật khẩu trong vòng 7 ngày tại:\n{link}\n", role.name(), body.name);
    mail::queue(&mut tx, now, &email, "Lời mời vào hệ thống OCOP", &text).await?;
    journal::note_by(&mut tx, now, &visit.actor, "invite", ("person", &id), serde_json::json!({"role": role.word(), "body": body.id}), &[("name", &name), ("email", &email)]).await?;
    tx.commit().await?;
    Ok(go("/nguoi-dung", "da-moi"))
}

async fn set_status(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let status = match sent.fields.get("status") {
        "disabled" => "disabled",
        "active" => "active",
        _ => return Err(Refusal::not_found().into()),
    };
    if visit.actor.person.as_deref() == Some(id.as_str()) {
        return Err(Refusal::rule(
            "own-account",
            both("Bạn không thể khóa tài khoản của chính mình.", "You cannot lock your own account."),
            both("Hãy nhờ một quản trị viên khác.", "Ask another administrator."),
        )
        .into());
    }
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    if store::set_status(&mut tx, &id, status, sent.fields.version()).await? == 0 {
        return Err(Refusal::stale().into());
    }
    if status == "disabled" {
        store::close_sessions(&mut tx, &id).await?;
    }
    journal::note_by(&mut tx, now, &visit.actor, "set_status", ("person", &id), serde_json::json!({"status": status}), &[]).await?;
    tx.commit().await?;
    Ok(go("/nguoi-dung", "da-luu").into_response())
}

async fn end_grant(visit: Visit, Path(grant): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().write().await?;
    if store::end_grant(&mut tx, &grant, visit.app.clock().today()).await? == 0 {
        return Err(Refusal::stale().into());
    }
    journal::note_by(&mut tx, visit.app.clock().now(), &visit.actor, "end_grant", ("role_grant", &grant), serde_json::json!({}), &[]).await?;
    tx.commit().await?;
    Ok(go("/nguoi-dung", "da-luu"))
}
