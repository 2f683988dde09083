//! What a commune does for whoever registered a point of its area: another PIN, another mail address.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use serde_json::json;

use super::model::Point;
use super::pages::load;
use super::register::registered;
use crate::access::{self as gate, Act, Invitation, Need, Role, Routes, Voice, password, store as access};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Sent, Shell, Visit, go, html};
use crate::party::registrant::send_link;
use crate::{clock, mail, party};

/// The routes of this file.
pub fn routes() -> Routes {
    const HELPERS: Need = Need::May(Act::HelpOwners);
    Routes::new().post("/ho-so/{id}/pin-moi", HELPERS, new_pin).post("/ho-so/{id}/thu-moi", HELPERS, correct_mail)
}

/// What a commune may do for the one who registered a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Help {
    /// A new PIN, where there is no mail.
    Pin,
    /// The address corrected and the mail sent again, where nobody has signed in yet. Holds the present address.
    Mail(String),
}

/// What a reader may do here, if anything: the commune, who knows the business; in its place the department, where nobody
/// signs in for the commune.
pub async fn help(tx: &mut Tx, visit: &Visit, point: &Point) -> Result<Option<Help>> {
    let may = match &point.unit_today {
        _ if visit.actor.is(Voice::Commune) => true,
        _ if !(visit.actor.may(Act::AcceptPoints) && visit.actor.can("accept")) => false,
        Some(unit) => !access::has_people(tx, Voice::Commune, unit, visit.app.clock().today()).await?,
        None => true,
    };
    if !may {
        return Ok(None);
    }
    Ok(match access::find(tx, &point.created_by).await? {
        Some(person) if person.status == "disabled" => None,
        Some(person) if person.file_code.is_some() => Some(Help::Pin),
        Some(person) if person.status == "invited" => person.email.map(Help::Mail),
        Some(_) => None,
        // sent in by somebody without an account, with an address that belongs to one
        None if point.created_by == "public" && point.operator_id.is_some() => Some(Help::Mail(point.email.clone())),
        None => None,
    })
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
    if help(&mut tx, &visit, &point).await? != Some(Help::Pin) {
        return Err(Refusal::not_found().into());
    }
    let person =
        access::find(&mut tx, &point.created_by).await?.filter(|person| person.file_code.is_some()).ok_or_else(Refusal::not_found)?;
    if access::set_password(&mut tx, &person.id, &hash, &person.status, now).await? == 0 {
        return Err(Refusal::not_found().into());
    }
    access::clear(&mut tx, &format!("login:{}", person.id)).await?;
    Note::of("new_pin", ("person", &person.id), json!({"point": id})).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    html(&NewPinPage {
        shell: visit.shell("PIN mới"),
        name: person.name,
        file_code: person.file_code.unwrap_or_default(),
        pin,
        point_id: id,
    })
}

/// The commune, who knows the business, corrects the address that was typed wrongly; the links sent before end.
async fn correct_mail(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let email = mail::address(sent.fields.get("email")).map_err(Refusal::invalid)?;
    let mut tx = visit.app.db().write().await?;
    let before = load(&mut tx, &visit, &id).await?;
    if !matches!(help(&mut tx, &visit, &before).await?, Some(Help::Mail(_))) {
        return Err(in_use().into());
    }
    let mut point = before.clone();
    point.email = email.clone();
    let person = match access::find(&mut tx, &before.created_by).await? {
        Some(person) => {
            if access::correct_mail(&mut tx, &person.id, &email).await? == 0 {
                return Err(taken().into());
            }
            send_link(&mut tx, now, &visit.app.config().base_url, &person.id, &email, &registered(&point.code)).await?;
            person.id
        }
        None => give(&mut tx, &visit, &point, &email).await?,
    };
    if super::store::save(&mut tx, &before, &point, visit.app.region(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    super::store::set_creator(&mut tx, &id, &person).await?;
    Note::of("correct_mail", ("point", &id), json!({"person": person})).aside(&[("email", &email)]).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/ho-so/{id}"), "da-gui-thu"))
}

#[derive(Template)]
#[template(path = "point/letter_confirmed.txt", whitespace = "preserve")]
struct ConfirmedLetter<'a> {
    code: &'a str,
    base: &'a str,
}

/// The operator of a point gets an account, or an account the operator, on the word of the commune.
async fn give(tx: &mut Tx, visit: &Visit, point: &Point, email: &str) -> Result<String> {
    let (now, today, region) = (visit.app.clock().now(), visit.app.clock().today(), visit.app.region());
    let body = party::store::find(tx, point.operator_id.as_deref().unwrap_or_default()).await?.ok_or_else(Refusal::not_found)?;
    let seat = party::seat(&body, region, today);
    let invitation = Invitation {
        name: &point.contact,
        email,
        role: Role::BUSINESS,
        seat,
        province: &region.province().id,
        by: visit.actor.person.as_deref(),
    };
    let invited = gate::invite(tx, invitation, now, today).await?;
    let base_url = &visit.app.config().base_url;
    if invited.secret.is_some() {
        send_link(tx, now, base_url, &invited.person_id, email, &registered(&point.code)).await?;
    } else {
        let (reader, text) = ((email.to_owned(), "Quý cơ sở".to_owned()), ConfirmedLetter { code: &point.code, base: base_url });
        mail::at_once(tx, now, reader, "Hồ sơ điểm OCOP trong tài khoản của Quý cơ sở", &text).await?;
    }
    Ok(invited.person_id)
}

fn in_use() -> Refusal {
    Refusal::rule(
        "account-in-use",
        both(
            "Người đăng ký đã vào tài khoản, nên địa chỉ không đổi ở đây được.",
            "The account is in use, so its address cannot be changed here.",
        ),
        both("Người đó dùng “Quên mật khẩu”, hoặc báo quản trị viên.", "They use “Forgotten password”, or ask an administrator."),
    )
}

fn taken() -> Refusal {
    Refusal::rule(
        "mail-taken",
        both("Địa chỉ này đã thuộc một tài khoản khác.", "This address belongs to another account."),
        both(
            "Hãy hỏi lại chủ cơ sở địa chỉ khác, hoặc đề nghị họ đăng nhập bằng tài khoản đó.",
            "Ask the owner for another address, or to sign in with that account.",
        ),
    )
}
