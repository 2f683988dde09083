//! Whoever registers a body without signing in: who that is, and the account that comes of it. What is typed by a stranger
//! never touches an account that exists.

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};

use crate::access::{self as gate, Role, store as access};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::page::{Errors, Fields};
use crate::{clock, mail};

/// Takes the answer to a slip of the hand in the mail address.
pub fn take_answer(fields: &mut Fields) {
    if let Some(chosen) = fields.some("email_who").map(str::to_owned)
        && (slip(fields).as_ref() == Some(&chosen) || chosen == fields.get("email").to_lowercase())
    {
        fields.set("email", chosen.clone());
        fields.set("email_who", chosen);
    }
}

/// What a registration has to say about the person beside what the body needs: that the contact may be used, and, where the
/// mail address looks like a slip of the hand, which one is meant.
pub fn check(fields: &Fields, errors: &mut Errors) {
    if !fields.is_on("consent") {
        errors.add(
            "consent",
            both(
                "Hãy đồng ý để cơ quan quản lý chương trình dùng thông tin liên hệ cho việc xét hồ sơ.",
                "Please agree that the programme office may use the contact data to consider the registration.",
            ),
        );
    }
    if let Some(meant) = slip(fields) {
        let typed = fields.get("email").to_lowercase();
        errors.ask(
            "email",
            both(
                format!("Thư sẽ gửi đến {typed}, đúng chưa? Hay là {meant}?"),
                format!("The mail will go to {typed}. Is that right, or is it {meant}?"),
            ),
            vec![(typed.clone(), format!("{typed} là đúng")), (meant.clone(), format!("Gửi đến {meant}"))],
        );
    }
}

/// The mail address that was probably meant, unless the one that was typed has been confirmed.
fn slip(fields: &Fields) -> Option<String> {
    let typed = fields.get("email").to_lowercase();
    mail::slip(&typed).filter(|_| fields.get("email_who") != typed)
}

/// A person who registers a body.
#[derive(Clone, Copy, Debug)]
pub struct Registrant<'a> {
    /// Name.
    pub name: &'a str,
    /// Telephone.
    pub phone: &'a str,
    /// Mail address, or empty: then a file code and a PIN open the account.
    pub email: &'a str,
    /// Hash of that PIN; empty where there is a mail address.
    pub pin_hash: &'a str,
    /// The body.
    pub body_id: &'a str,
    /// What was registered, as the mails say it: "đăng ký …, mã hồ sơ …".
    pub what: &'a str,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The new person; none where the address belongs to an account, which is left alone.
    pub person: Option<String>,
    /// What to sign in with; empty where there is a mail address.
    pub file_code: String,
}

/// Makes the account, and mails its link; the owner of an account that exists is only told that somebody typed the address.
pub async fn account(tx: &mut Tx, registrant: Registrant<'_>, base_url: &str, now: DateTime<Utc>, today: NaiveDate) -> Result<Account> {
    let Registrant { name, phone, email, pin_hash, body_id, what } = registrant;
    let known = match email {
        "" => None,
        email => access::find_login(tx, email).await?,
    };
    if let Some(person) = known {
        tell_owner(tx, now, base_url, &person, what).await?;
        return Ok(Account::default());
    }
    let file_code = if email.is_empty() { format!("HS-{}", clock::letters(8)) } else { String::new() };
    let person = access::Person {
        id: clock::new_id(),
        name: name.to_owned(),
        email: Some(email.to_owned()).filter(|email| !email.is_empty()),
        phone: phone.to_owned(),
        file_code: Some(file_code.clone()).filter(|code| !code.is_empty()),
        password_hash: pin_hash.to_owned(),
        status: if email.is_empty() { "unconfirmed" } else { "invited" }.into(),
        demo: false,
        version: 1,
    };
    let id = access::add(tx, &person, now).await?.ok_or_else(Refusal::stale)?;
    access::grant(tx, &id, Role::BUSINESS, body_id, None, today).await?;
    if !email.is_empty() {
        send_link(tx, now, base_url, &id, email, what).await?;
    }
    Ok(Account { person: Some(id), file_code })
}

#[derive(Template)]
#[template(path = "party/letter_registered.txt", whitespace = "preserve")]
struct RegisteredLetter<'a> {
    what: &'a str,
    secret: &'a str,
    base: &'a str,
}

#[derive(Template)]
#[template(path = "party/letter_typed.txt", whitespace = "preserve")]
struct TypedLetter<'a> {
    kind: &'a str,
    base: &'a str,
}

/// Mails whoever registered a link for choosing a password. Whoever typed the address chose no word of it.
pub async fn send_link(tx: &mut Tx, now: DateTime<Utc>, base_url: &str, person_id: &str, email: &str, what: &str) -> Result<()> {
    let secret = gate::again(tx, person_id, now).await?;
    let text = RegisteredLetter { what, secret: &secret, base: base_url };
    mail::at_once(tx, now, (email.to_owned(), "Quý cơ sở".to_owned()), "Đã nhận đăng ký OCOP", &text).await?;
    Ok(())
}

/// Tells the owner of an account, at most once an hour, that their address was typed into a registration.
async fn tell_owner(tx: &mut Tx, now: DateTime<Utc>, base_url: &str, person: &access::Person, what: &str) -> Result<()> {
    let (Some(email), "active" | "invited") = (&person.email, person.status.as_str()) else { return Ok(()) };
    if access::take(tx, &format!("typed:{}", person.id), now, 1).await?.is_some() {
        let kind = what.split(',').next().unwrap_or_default();
        let (reader, text) = ((email.clone(), "Quý vị".to_owned()), TypedLetter { kind, base: base_url });
        mail::at_once(tx, now, reader, "Địa chỉ thư của Quý vị trong một đăng ký OCOP", &text).await?;
    }
    Ok(())
}
