//! One person, for administrators and auditors: roles, state, where they are signed in, the trail of their sign-ins.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use serde_json::json;

use super::link;
use super::people::{SEE_PEOPLE, state};
use crate::access::{self, Act, Grant, Need, Routes, SessionRow, store};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Ask, Rows, Sent, Shell, Visit, go, html};
use crate::{journal, mail};

/// The routes of this file.
pub fn routes() -> Routes {
    const ADMIN: Need = Need::May(Act::KeepPeople);
    Routes::new()
        .get("/nguoi-dung/{id}", SEE_PEOPLE, show)
        .post("/nguoi-dung/{id}/trang-thai", ADMIN, set_status)
        .post("/nguoi-dung/{id}/gui-lai", ADMIN, send_again)
        .post("/nguoi-dung/{id}/phien", ADMIN, end_session)
        .post("/nguoi-dung/vai-tro/{grant}/ket-thuc", ADMIN, end_grant)
}

struct TrailRow {
    entry: journal::Entry,
    address: String,
    device: String,
}

#[derive(Template)]
#[template(path = "account/person.html")]
struct PersonPage {
    shell: Shell,
    person: store::Person,
    grants: Vec<Grant>,
    sessions: Vec<SessionRow>,
    trail: Vec<TrailRow>,
    ask: Ask,
    page: Rows<()>,
    may_edit: bool,
    is_own: bool,
}

impl PersonPage {
    fn state(&self) -> (&'static str, &'static str) {
        state(&self.person.status)
    }
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    const ROWS: i64 = 30;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let before = visit.query.get("truoc").parse().unwrap_or(i64::MAX);
    let mut tx = visit.app.db().read().await?;
    let person = store::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    let ask = Ask::new(&visit).paged_by(&["truoc"]);
    let entries = journal::history(&mut tx, "person", &id, before, ROWS + 1).await?;
    let (entries, rest) = Rows::cut(entries, ROWS, ask.get("truoc"), |entry| entry.seq.to_string()).take();
    let lines: Vec<i64> = entries.iter().map(|entry| entry.seq).collect();
    let mut aside: HashMap<(i64, String), String> =
        journal::aside(&mut tx, &lines).await?.into_iter().map(|(seq, field, value)| ((seq, field), value)).collect();
    let trail = entries
        .into_iter()
        .map(|entry| {
            let mut kept = |field: &str| aside.remove(&(entry.seq, field.to_owned())).unwrap_or_default();
            TrailRow { address: kept("address"), device: kept("device"), entry }
        })
        .collect();
    let page = PersonPage {
        grants: store::grants(&mut tx, &id, today).await?,
        sessions: store::sessions(&mut tx, &id, now).await?,
        trail,
        ask,
        page: rest,
        may_edit: visit.actor.may(Act::KeepPeople),
        is_own: visit.actor.person.as_deref() == Some(id.as_str()),
        shell: visit.shell(&person.name),
        person,
    };
    html(&page)
}

fn last_administrator() -> Refusal {
    Refusal::rule(
        "last-administrator",
        both(
            "Đây là quản trị viên cuối cùng còn đăng nhập được; không ai khác mở lại được hệ thống.",
            "This is the last administrator who can sign in; nobody else could open the system again.",
        ),
        both(
            "Hãy mời một quản trị viên khác và chờ người đó đặt mật khẩu, rồi làm lại.",
            "Invite another administrator and wait until they have chosen a password, then try again.",
        ),
    )
}

/// Refuses what would leave nobody who administers. To be asked after the journal's line: writers wait for each other there.
async fn keep_one(tx: &mut Tx, visit: &Visit, person_id: &str) -> Result<()> {
    match store::other_keepers(tx, person_id, visit.app.clock().today()).await? {
        0 => Err(last_administrator().into()),
        _ => Ok(()),
    }
}

async fn set_status(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let status = match sent.fields.get("status") {
        status @ ("disabled" | "active") => status.to_owned(),
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
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    Note::of("set_status", ("person", &id), json!({"status": status})).by(&mut tx, now, &visit.actor).await?;
    if status == "disabled" && store::grants(&mut tx, &id, today).await?.iter().any(|grant| grant.role.may(Act::KeepPeople)) {
        keep_one(&mut tx, &visit, &id).await?;
    }
    let version = sent.fields.version();
    let done =
        if status == "disabled" { store::lock(&mut tx, &id, version, now).await? } else { store::unlock(&mut tx, &id, version).await? };
    if done == 0 {
        return Err(Refusal::stale().into());
    }
    tx.commit().await?;
    Ok(go(&format!("/nguoi-dung/{id}"), "da-luu"))
}

async fn end_grant(visit: Visit, Path(grant): Path<String>) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    let (person, role) = store::holder(&mut tx, &grant).await?.ok_or_else(Refusal::not_found)?;
    Note::of("end_grant", ("person", &person), json!({"grant": grant, "role": role.word()})).by(&mut tx, now, &visit.actor).await?;
    if role.may(Act::KeepPeople) {
        keep_one(&mut tx, &visit, &person).await?;
    }
    if store::end_grant(&mut tx, &grant, today).await? == 0 {
        return Err(Refusal::stale().into());
    }
    tx.commit().await?;
    Ok(go(&format!("/nguoi-dung/{person}"), "da-luu"))
}

#[derive(Template)]
#[template(path = "account/letter_again.txt", whitespace = "preserve")]
struct AgainLetter<'a> {
    secret: &'a str,
    base: &'a str,
}

/// The invitation again to whoever has no password yet, a link for another one to everybody else.
async fn send_again(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let now = visit.app.clock().now();
    let base_url = &visit.app.config().base_url;
    let mut tx = visit.app.db().write().await?;
    let person = store::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    let (Some(email), "invited" | "active") = (&person.email, person.status.as_str()) else { return Err(no_mail().into()) };
    let verb = if person.status == "invited" {
        let secret = access::again(&mut tx, &id, now).await?;
        let text = AgainLetter { secret: &secret, base: base_url };
        mail::at_once(&mut tx, now, (email.clone(), mail::plain(&person.name)), "Lời mời vào hệ thống OCOP", &text).await?;
        "invite_again"
    } else {
        if !link::send_reset(&mut tx, now, base_url, &person).await? {
            return Err(enough().into());
        }
        "send_reset"
    };
    Note::of(verb, ("person", &id), json!({})).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/nguoi-dung/{id}"), "da-gui-lai"))
}

fn no_mail() -> Refusal {
    Refusal::rule(
        "no-mail",
        both(
            "Không gửi được liên kết: tài khoản không có thư điện tử hoặc đang bị khóa.",
            "No link can be sent: the account has no mail address, or is locked.",
        ),
        both(
            "Tài khoản dùng mã hồ sơ: cán bộ xã, phường cấp PIN mới ở trang hồ sơ. Tài khoản bị khóa: mở khóa trước.",
            "With a file code, the commune gives a new PIN on the record's page. If locked, unlock it first.",
        ),
    )
}

fn enough() -> Refusal {
    Refusal::rule(
        "links-enough",
        both(
            "Người này đã nhận đủ số liên kết của một giờ; các liên kết đã gửi vẫn dùng được.",
            "This person got as many links as one hour allows; those sent still work.",
        ),
        both("Hãy nhắc người đó xem hộp thư, kể cả mục thư rác.", "Ask them to look into their mailbox, also among unwanted mail."),
    )
}

/// Ends one session of a person, or all.
async fn end_session(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let mut tx = visit.app.db().write().await?;
    store::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    let ended = match sent.fields.get("session") {
        "all" => store::close_sessions(&mut tx, &id).await?,
        one => store::end_session(&mut tx, &id, one).await?,
    };
    if ended > 0 {
        Note::of("end_session", ("person", &id), json!({"sessions": ended})).by(&mut tx, visit.app.clock().now(), &visit.actor).await?;
    }
    tx.commit().await?;
    Ok(go(&format!("/nguoi-dung/{id}"), "da-ket-thuc-phien"))
}
