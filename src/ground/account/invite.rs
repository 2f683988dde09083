//! Inviting somebody, one question a page: which role, in which body, and then who; what the person will see and do is said
//! before the invitation leaves. Works without script, and nothing is chosen beforehand.

use askama::Template;
use axum::response::Response;
use serde_json::json;

use crate::access::{self, Act, Invitation, Need, Role, Routes};
use crate::db::Tx;
use crate::error::{Result, both};
use crate::journal::Note;
use crate::mail;
use crate::page::{Errors, Form, Sent, Shell, Visit, go, once, query_escape};
use crate::party::{self, Body};
use crate::state::App;

/// Bodies shown at once; more are found by name.
const ROWS: i64 = 20;

/// The routes of this file.
pub fn routes() -> Routes {
    const ADMIN: Need = Need::May(Act::KeepPeople);
    Routes::new().get("/nguoi-dung/moi", ADMIN, form).post("/nguoi-dung/moi", ADMIN, send)
}

#[derive(Template)]
#[template(path = "account/invite.html")]
struct InvitePage {
    shell: Shell,
    form: Form,
    roles: Vec<Role>,
    role: Option<Role>,
    body: Option<Body>,
    bodies: Vec<Body>,
    more: bool,
    q: String,
    /// What the person will see and do.
    scope: String,
}

impl InvitePage {
    /// Address of the page with this body chosen.
    fn choose(&self, body: &Body) -> String {
        format!("/nguoi-dung/moi?role={}&body={}", self.role.map_or("", Role::word), query_escape(&body.id))
    }
}

async fn page(visit: &Visit, form: Form, role: Option<Role>, body: Option<Body>) -> Result<Response> {
    let (today, region) = (visit.app.clock().today(), visit.app.region());
    let q = visit.query.get("q").to_owned();
    let mut scope = String::new();
    let body = match (role, body) {
        (Some(role), Some(body)) => {
            let seat = party::seat(&body, region, today);
            scope = role.scope_words(seat);
            role.unit_in(seat, &region.province().id).is_ok().then_some(body)
        }
        _ => None,
    };
    let mut bodies = match (role, &body) {
        (Some(role), None) => party::fitting(&mut visit.app.db().read().await?, role, &q, today, ROWS + 1).await?,
        _ => Vec::new(),
    };
    let more = bodies.len() as i64 > ROWS;
    bodies.truncate(ROWS as usize);
    let page =
        InvitePage { shell: visit.shell("Mời người dùng"), form, roles: Role::all().collect(), role, body, bodies, more, q, scope };
    page.form.answer(&page)
}

async fn form(visit: Visit) -> Result<Response> {
    let role = Role::read(visit.query.get("role"));
    let body = match visit.query.some("body") {
        Some(id) => party::store::find(&mut visit.app.db().read().await?, id).await?,
        None => None,
    };
    page(&visit, Form::new(visit.lang), role, body).await
}

async fn send(visit: Visit, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (now, today, region) = (visit.app.clock().now(), visit.app.clock().today(), visit.app.region());
    let mut errors = Errors::default();
    let name = fields.get("name");
    if name.is_empty() || name.chars().count() > 120 {
        errors.add("name", both("Hãy nhập họ và tên, nhiều nhất 120 ký tự.", "Enter the full name, at most 120 characters."));
    }
    let email = errors.take("email", mail::address(fields.get("email")));
    let role = Role::read(fields.get("role"));
    if role.is_none() {
        errors.add("role", both("Hãy chọn vai trò.", "Choose a role."));
    }
    let mut tx = once::begin(&visit, &fields).await?;
    let body = party::store::find(&mut tx, fields.get("body")).await?.filter(|body| body.valid_to.is_none_or(|to| to > today));
    match (&body, role) {
        (None, _) => errors.add("body", both("Hãy chọn cơ quan, đơn vị trong danh sách.", "Choose a body from the list.")),
        (Some(body), Some(role)) => drop(errors.take("body", role.unit_in(party::seat(body, region, today), &region.province().id))),
        _ => {}
    }
    let (Some(email), Some(role), Some(body), true) = (email, role, &body, errors.is_empty()) else {
        drop(tx);
        return page(&visit, Form::with(fields, errors, visit.lang), role, body).await;
    };
    let seat = party::seat(body, region, today);
    let invitation = Invitation { name, email: &email, role, seat, province: &region.province().id, by: visit.actor.person.as_deref() };
    let invited = access::invite(&mut tx, invitation, now, today).await?;
    tell(&mut tx, &visit.app, invitation, body, invited.secret.as_deref()).await?;
    let detail = json!({"role": role.word(), "body": body.id});
    Note::of("invite", ("person", &invited.person_id), detail)
        .aside(&[("name", name), ("email", &email)])
        .by(&mut tx, now, &visit.actor)
        .await?;
    let answer = once::end(tx, &fields, go(&format!("/nguoi-dung/{}", invited.person_id), "da-moi")).await?;
    visit.app.wake();
    Ok(answer)
}

#[derive(Template)]
#[template(path = "account/letter_invited.txt", whitespace = "preserve")]
struct InvitedLetter<'a> {
    role: Role,
    body: &'a str,
    opens: String,
    secret: Option<&'a str>,
    base: &'a str,
}

/// Writes to somebody who was invited: to what, what it opens, and the way in.
pub async fn tell(tx: &mut Tx, app: &App, invitation: Invitation<'_>, body: &Body, secret: Option<&str>) -> Result<()> {
    let (role, base) = (invitation.role, &app.config().base_url);
    let text = InvitedLetter { role, body: &body.name, opens: role.scope_words(invitation.seat), secret, base };
    let reader = (invitation.email.to_owned(), mail::plain(invitation.name));
    mail::at_once(tx, app.clock().now(), reader, "Lời mời vào hệ thống OCOP", &text).await?;
    Ok(())
}
