//! Giving a person a role: one way for the screen, the command line and whoever else invites.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Role, Seat, store};
use crate::clock;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};

/// Days that the link of an invitation is good for.
pub const INVITATION_DAYS: i64 = 7;

/// Who is invited to what.
#[derive(Clone, Copy, Debug)]
pub struct Invitation<'a> {
    /// Full name, for an account that is new.
    pub name: &'a str,
    /// Mail address.
    pub email: &'a str,
    /// The role.
    pub role: Role,
    /// The body it is held in.
    pub seat: Seat<'a>,
    /// The city, for roles of the city.
    pub province: &'a str,
    /// Who invites; none on the command line.
    pub by: Option<&'a str>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The person.
    pub person_id: String,
    /// Secret of a link for choosing a password; none where the person has one.
    pub secret: Option<String>,
}

/// Gives the role, to a new account or to one that exists. Only an account that has no password yet gets a link.
pub async fn invite(tx: &mut Tx, invitation: Invitation<'_>, now: DateTime<Utc>, today: NaiveDate) -> Result<Invited> {
    let Invitation { name, email, role, seat, province, by } = invitation;
    let unit = role.unit_in(seat, province).map_err(Refusal::invalid)?;
    let person = store::Person {
        id: clock::new_id(),
        name: name.to_owned(),
        email: Some(email.to_owned()),
        phone: String::new(),
        file_code: None,
        password_hash: String::new(),
        status: "invited".into(),
        demo: false,
        version: 1,
    };
    let (id, status) = match store::add(tx, &person, now).await? {
        Some(id) => (id, person.status),
        None => store::find_login(tx, email).await?.map(|person| (person.id, person.status)).ok_or_else(Refusal::not_found)?,
    };
    if by == Some(id.as_str()) {
        return Err(own_role().into());
    }
    if status == "disabled" {
        return Err(locked().into());
    }
    if store::grants(tx, &id, today).await?.iter().any(|grant| grant.role == role && grant.body_id == seat.id) {
        return Err(held(role, seat.name).into());
    }
    store::grant(tx, &id, role, seat.id, unit.as_deref(), today).await?;
    let secret = match status.as_str() {
        "invited" => Some(again(tx, &id, now).await?),
        _ => None,
    };
    Ok(Invited { person_id: id, secret })
}

/// A new link for an account without a password; the ones before it end.
pub async fn again(tx: &mut Tx, person_id: &str, now: DateTime<Utc>) -> Result<String> {
    store::drop_tickets(tx, person_id).await?;
    Ok(store::add_ticket(tx, person_id, "invite", now, 24 * INVITATION_DAYS).await?)
}

fn own_role() -> Refusal {
    Refusal::rule(
        "own-role",
        both("Bạn không thể tự cấp vai trò cho chính mình.", "You cannot give yourself a role."),
        both("Hãy nhờ một quản trị viên khác.", "Ask another administrator."),
    )
}

fn locked() -> Refusal {
    Refusal::rule(
        "account-locked",
        both("Tài khoản của địa chỉ này đang bị khóa.", "The account of this address is locked."),
        both(
            "Hãy mở khóa ở trang Người dùng trước, hoặc dùng địa chỉ khác.",
            "Unlock it on the page of users first, or use another address.",
        ),
    )
}

fn held(role: Role, body: &str) -> Refusal {
    Refusal::rule(
        "role-held",
        both(
            format!("Người này đang giữ vai trò “{}” tại {body}.", role.name()),
            format!("This person holds the role “{}” in {body} already.", role.name()),
        ),
        both(
            "Nếu họ chưa nhận được thư, hãy gửi lại lời mời ở trang của người đó.",
            "If no mail arrived, send the invitation again from that person's page.",
        ),
    )
}
