//! Tokens of programs: each acts under one grant of a person, reads or also writes, and ends. Only digests are kept.

use axum::http::{HeaderMap, header};
use chrono::{DateTime, NaiveDate, Utc};

use super::{Actor, store};
use crate::db::{DbResult, Tx};
use crate::{clock, execute, fetch_all, fetch_optional};

/// How every token begins, so that one that leaked is recognised.
pub const PREFIX: &str = "ocop_";

/// The token an actor came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Identifier of the token.
    pub id: String,
    /// Whether it may change anything.
    pub may_write: bool,
}

/// A token as its owner sees it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TokenRow {
    /// Identifier.
    pub id: String,
    /// What the owner calls it.
    pub name: String,
    /// The grant it acts under.
    pub grant_id: String,
    /// Whether it may change anything.
    pub may_write: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Last day.
    pub expires_on: NaiveDate,
    /// Last day it was used.
    pub last_used_on: Option<NaiveDate>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What an `Authorization` header holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// There is none.
    None,
    /// A token of ours, perhaps.
    Token(String),
    /// Something else.
    Other,
}

/// Reads the `Authorization` header.
pub fn bearer(headers: &HeaderMap) -> Bearer {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (first, second) = (given.next(), given.next());
    let Some(first) = first else { return Bearer::None };
    let token = first
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    match token.filter(|token| second.is_none() && token.starts_with(PREFIX) && token.len() == PREFIX.len() + 64) {
        Some(token) => Bearer::Token(token.to_owned()),
        None => Bearer::Other,
    }
}

/// Makes a token; what is given back is shown once.
pub async fn add(
    tx: &mut Tx,
    person_id: &str,
    grant_id: &str,
    name: &str,
    may_write: bool,
    expires_on: NaiveDate,
    now: DateTime<Utc>,
) -> DbResult<(String, String)> {
    let (id, secret) = (clock::new_id(), format!("{PREFIX}{}", clock::secret()));
    execute!(
        tx,
        "insert into api_token (id, digest, person_id, grant_id, name, may_write, created_at, expires_on) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &id,
        clock::digest(secret.as_bytes()),
        person_id,
        grant_id,
        name,
        may_write,
        now,
        expires_on
    )?;
    Ok((id, secret))
}

/// Tokens of a person, the newest first; at most a hundred.
pub async fn of(tx: &mut Tx, person_id: &str) -> DbResult<Vec<TokenRow>> {
    fetch_all!(
        tx,
        TokenRow,
        "select id, name, grant_id, may_write, created_at, expires_on, last_used_on, revoked_at from api_token where person_id = $1 order by created_at desc, id desc limit 100",
        person_id
    )
}

/// Takes a token of a person back; 0 = there is none, or it was taken back before.
pub async fn revoke(tx: &mut Tx, person_id: &str, id: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(tx, "update api_token set revoked_at = $3 where id = $1 and person_id = $2 and revoked_at is null", id, person_id, now)
}

/// Takes all tokens of a person back.
pub async fn revoke_all(tx: &mut Tx, person_id: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(tx, "update api_token set revoked_at = $2 where person_id = $1 and revoked_at is null", person_id, now)
}

/// The caller behind a token, and whether its use of today is still to be noted. None: unknown, ended, taken back, the
/// account is not active, or the role is no longer held.
pub async fn actor(tx: &mut Tx, token: &str, today: NaiveDate) -> DbResult<Option<(Actor, bool)>> {
    let row = fetch_optional!(
        tx,
        (String, bool, String, NaiveDate, Option<NaiveDate>, String, String),
        "select t.id, t.may_write, t.grant_id, t.expires_on, t.last_used_on, p.id, p.name from api_token t join person p on p.id = t.person_id
         where t.digest = $1 and t.revoked_at is null and p.status = 'active'",
        clock::digest(token.as_bytes())
    )?;
    let Some((id, may_write, grant_id, expires_on, last_used_on, person, name)) = row else { return Ok(None) };
    if expires_on < today {
        return Ok(None);
    }
    let Some(acting) = store::grants(tx, &person, today).await?.into_iter().find(|grant| grant.id == grant_id) else { return Ok(None) };
    let actor = Actor {
        person: Some(person),
        name,
        confirmed: true,
        grants: vec![acting.clone()],
        acting: Some(acting),
        token: Some(Token { id, may_write }),
    };
    Ok(Some((actor, last_used_on != Some(today))))
}

/// Notes that a token was used on a day.
pub async fn used(tx: &mut Tx, id: &str, today: NaiveDate) -> DbResult<u64> {
    execute!(tx, "update api_token set last_used_on = $2 where id = $1", id, today)
}

/// Deletes what is kept of a person's tokens.
pub async fn forget(tx: &mut Tx, person_id: &str) -> DbResult<u64> {
    execute!(tx, "delete from api_key_use where token_id in (select id from api_token where person_id = $1)", person_id)?;
    execute!(tx, "delete from api_token where person_id = $1", person_id)
}
