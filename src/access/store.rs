//! SQL of people, grants, sessions, tickets and attempts.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::{Actor, Grant, Role};
use crate::db::{DbResult, Tx};
use crate::{clock, execute, fetch_all, fetch_one, fetch_optional};

/// A person as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Person {
    /// Identifier.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Mail address, lower case.
    pub email: Option<String>,
    /// Telephone.
    pub phone: String,
    /// Sign-in code of those without mail.
    pub file_code: Option<String>,
    /// argon2id, or empty until a password is chosen.
    pub password_hash: String,
    /// `invited`, `unconfirmed`, `active` or `disabled`.
    pub status: String,
    /// Sample account.
    pub demo: bool,
    /// Row version.
    pub version: i64,
}

/// How long a session lives, and how long it may rest.
pub const SESSION_DAYS: i64 = 14;
const SESSION_REST_HOURS: i64 = 24 * 3;

/// A person by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Person>> {
    fetch_optional!(tx, Person, "select id, name, email, phone, file_code, password_hash, status, demo, version from person where id = $1", id)
}

/// A person by mail address or file code, as typed at sign-in.
pub async fn find_login(tx: &mut Tx, login: &str) -> DbResult<Option<Person>> {
    fetch_optional!(
        tx,
        Person,
        "select id, name, email, phone, file_code, password_hash, status, demo, version from person where email = $1 or file_code = $2",
        login.to_lowercase(),
        login.to_uppercase()
    )
}

/// Adds a person; `None` when the mail address or file code is taken.
pub async fn add(tx: &mut Tx, person: &Person, now: DateTime<Utc>) -> DbResult<Option<String>> {
    let added = fetch_optional!(
        tx,
        (String,),
        "insert into person (id, name, name_fold, email, phone, file_code, password_hash, status, demo, version, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10) on conflict do nothing returning id",
        &person.id,
        &person.name,
        crate::text::fold(&person.name),
        person.email.as_deref().map(str::to_lowercase),
        &person.phone,
        &person.file_code,
        &person.password_hash,
        &person.status,
        person.demo,
        now
    )?;
    Ok(added.map(|(id,)| id))
}

/// Changes password and status.
pub async fn set_password(tx: &mut Tx, id: &str, hash: &str, status: &str) -> DbResult<u64> {
    execute!(tx, "update person set password_hash = $2, status = $3, version = version + 1 where id = $1", id, hash, status)
}

/// Changes the status.
pub async fn set_status(tx: &mut Tx, id: &str, status: &str, version: i64) -> DbResult<u64> {
    execute!(tx, "update person set status = $2, version = version + 1 where id = $1 and version = $3", id, status, version)
}

/// Takes everything personal of an account away and closes it; the journal keeps only digests of what it was.
pub async fn erase(tx: &mut Tx, id: &str) -> DbResult<u64> {
    close_sessions(tx, id).await?;
    super::token::forget(tx, id).await?;
    execute!(tx, "delete from ticket where person_id = $1", id)?;
    execute!(tx, "delete from journal_personal where seq in (select seq from journal where subject_kind = 'person' and subject_id = $1)", id)?;
    execute!(
        tx,
        "update person set name = '(đã xóa)', name_fold = '', email = null, phone = '', file_code = null, password_hash = '', status = 'disabled', version = version + 1
         where id = $1",
        id
    )
}

/// Gives a role in a body; `unit_id` is the tree below which rows are seen.
pub async fn grant(tx: &mut Tx, person_id: &str, role: Role, body_id: &str, unit_id: Option<&str>, from: NaiveDate) -> DbResult<String> {
    let id = clock::new_id();
    execute!(
        tx,
        "insert into role_grant (id, person_id, role, body_id, unit_id, valid_from) values ($1, $2, $3, $4, $5, $6)",
        &id,
        person_id,
        role,
        body_id,
        unit_id,
        from
    )?;
    Ok(id)
}

/// Ends a grant on a day.
pub async fn end_grant(tx: &mut Tx, id: &str, on: NaiveDate) -> DbResult<u64> {
    execute!(tx, "update role_grant set valid_to = $2 where id = $1 and valid_to is null", id, on)
}

/// Grants of a person that are valid on a day.
pub async fn grants(tx: &mut Tx, person_id: &str, on: NaiveDate) -> DbResult<Vec<Grant>> {
    let mut grants = fetch_all!(
        tx,
        Grant,
        "select g.id, g.role, g.body_id, b.name as body_name, g.unit_id, u.level as unit_level, '' as powers, g.valid_from, g.valid_to
         from role_grant g join body b on b.id = g.body_id left join unit u on u.id = g.unit_id
         where g.person_id = $1 and g.valid_from <= $2 and (g.valid_to is null or g.valid_to > $2) order by g.id",
        person_id,
        on
    )?;
    for grant in &mut grants {
        let powers = fetch_all!(
            tx,
            (String,),
            "select power from body_power where body_id = $1 or body_id = (select parent_id from body where id = $1) order by power",
            &grant.body_id
        )?;
        grant.powers = powers.into_iter().map(|(power,)| power).collect::<Vec<_>>().join(" ");
    }
    Ok(grants)
}

/// Opens a session; the secret goes into the cookie, only its digest is kept.
pub async fn open_session(tx: &mut Tx, person_id: &str, grant_id: &str, now: DateTime<Utc>) -> DbResult<String> {
    let secret = clock::secret();
    execute!(
        tx,
        "insert into session (digest, person_id, grant_id, created_at, seen_at, expires_at) values ($1, $2, $3, $4, $4, $5)",
        clock::digest(secret.as_bytes()),
        person_id,
        grant_id,
        now,
        now + Duration::days(SESSION_DAYS)
    )?;
    execute!(tx, "delete from session where expires_at < $1", now)?;
    Ok(secret)
}

/// The caller behind a cookie's secret, and whether `seen_at` is due for renewal.
pub async fn actor(tx: &mut Tx, secret: &str, now: DateTime<Utc>, today: NaiveDate) -> DbResult<Option<(Actor, bool)>> {
    let row = fetch_optional!(
        tx,
        (String, String, String, String, DateTime<Utc>, DateTime<Utc>),
        "select p.id, p.name, p.status, s.grant_id, s.seen_at, s.expires_at from session s join person p on p.id = s.person_id where s.digest = $1",
        clock::digest(secret.as_bytes())
    )?;
    let Some((person, name, status, grant_id, seen_at, expires_at)) = row else { return Ok(None) };
    if expires_at <= now || seen_at + Duration::hours(SESSION_REST_HOURS) <= now || !matches!(status.as_str(), "active" | "unconfirmed") {
        return Ok(None);
    }
    let grants = grants(tx, &person, today).await?;
    let acting = grants.iter().find(|grant| grant.id == grant_id).or(grants.first()).cloned();
    if acting.is_none() {
        return Ok(None);
    }
    let renew = now - seen_at > Duration::minutes(10);
    Ok(Some((Actor { person: Some(person), name, confirmed: status == "active", grants, acting, token: None }, renew)))
}

/// Notes that a session is in use.
pub async fn renew_session(tx: &mut Tx, secret: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(tx, "update session set seen_at = $2 where digest = $1", clock::digest(secret.as_bytes()), now)
}

/// Acts under another grant from now on.
pub async fn switch_session(tx: &mut Tx, secret: &str, grant_id: &str) -> DbResult<u64> {
    execute!(tx, "update session set grant_id = $2 where digest = $1", clock::digest(secret.as_bytes()), grant_id)
}

/// Ends a session.
pub async fn close_session(tx: &mut Tx, secret: &str) -> DbResult<u64> {
    execute!(tx, "delete from session where digest = $1", clock::digest(secret.as_bytes()))
}

/// Ends all sessions of a person (new password, disabled account).
pub async fn close_sessions(tx: &mut Tx, person_id: &str) -> DbResult<u64> {
    execute!(tx, "delete from session where person_id = $1", person_id)
}

/// Makes a one-time link secret.
pub async fn add_ticket(tx: &mut Tx, person_id: &str, purpose: &str, now: DateTime<Utc>, hours: i64) -> DbResult<String> {
    let secret = clock::secret();
    execute!(
        tx,
        "insert into ticket (digest, person_id, purpose, created_at, expires_at) values ($1, $2, $3, $4, $5)",
        clock::digest(secret.as_bytes()),
        person_id,
        purpose,
        now,
        now + Duration::hours(hours)
    )?;
    Ok(secret)
}

/// The person an unused, unexpired link belongs to.
pub async fn find_ticket(tx: &mut Tx, secret: &str, now: DateTime<Utc>) -> DbResult<Option<Person>> {
    fetch_optional!(
        tx,
        Person,
        "select p.id, p.name, p.email, p.phone, p.file_code, p.password_hash, p.status, p.demo, p.version
         from ticket t join person p on p.id = t.person_id where t.digest = $1 and t.used_at is null and t.expires_at > $2",
        clock::digest(secret.as_bytes()),
        now
    )
}

/// Uses a link up; 0 when it was used in the meantime.
pub async fn use_ticket(tx: &mut Tx, secret: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(tx, "update ticket set used_at = $2 where digest = $1 and used_at is null", clock::digest(secret.as_bytes()), now)
}

/// Seconds until `name` (an account or an address) may try again; 0 = now.
pub async fn blocked_for(tx: &mut Tx, name: &str, now: DateTime<Utc>) -> DbResult<i64> {
    let row = fetch_optional!(tx, (Option<DateTime<Utc>>,), "select blocked_until from attempt where name = $1", name)?;
    Ok(row.and_then(|(until,)| until).map_or(0, |until| (until - now).num_seconds().max(0)))
}

/// Counts a failure; from the fifth within an hour each costs a longer wait, up to 15 minutes.
pub async fn note_failure(tx: &mut Tx, name: &str, now: DateTime<Utc>, free: i64) -> DbResult<()> {
    execute!(tx, "delete from attempt where last_at < $1", now - Duration::hours(1))?;
    let (failures,) = fetch_one!(
        tx,
        (i64,),
        "insert into attempt (name, failures, last_at) values ($1, 1, $2)
         on conflict (name) do update set failures = attempt.failures + 1, last_at = excluded.last_at returning failures",
        name,
        now
    )?;
    if failures >= free {
        let wait = Duration::seconds((30_i64 << (failures - free).min(5)).min(900));
        execute!(tx, "update attempt set blocked_until = $2 where name = $1", name, now + wait)?;
    }
    Ok(())
}

/// A success clears the account's failures.
pub async fn clear_failures(tx: &mut Tx, name: &str) -> DbResult<u64> {
    execute!(tx, "delete from attempt where name = $1", name)
}

/// Mail addresses of people who hold a role, narrowed to a unit or a body when given, and to a power of their body.
pub async fn mail_addresses(tx: &mut Tx, role: Role, unit: Option<&str>, body: Option<&str>, power: Option<&str>, on: NaiveDate) -> DbResult<Vec<(String, String)>> {
    fetch_all!(
        tx,
        (String, String),
        "select distinct p.email, p.name from role_grant g join person p on p.id = g.person_id join body b on b.id = g.body_id
         where g.role = $1 and p.status = 'active' and p.email is not null
           and g.valid_from <= $2 and (g.valid_to is null or g.valid_to > $2)
           and (cast($3 as text) is null or g.unit_id = $3) and (cast($4 as text) is null or g.body_id = $4)
           and (cast($5 as text) is null or exists (select 1 from body_power w where w.power = $5 and (w.body_id = g.body_id or w.body_id = b.parent_id)))
         order by p.email limit 50",
        role,
        on,
        unit,
        body,
        power
    )
}

/// People after a key, newest last, optionally those whose folded name contains `q`.
pub async fn people_page(tx: &mut Tx, q: &str, after: &str, rows: i64) -> DbResult<Vec<Person>> {
    fetch_all!(
        tx,
        Person,
        "select id, name, email, phone, file_code, '' as password_hash, status, demo, version from person
         where id > $1 and ($2 = '' or name_fold like $3) order by id limit $4",
        after,
        q,
        format!("%{q}%"),
        rows
    )
}

/// Whether anybody who can sign in holds a role in a unit.
pub async fn has_people(tx: &mut Tx, role: Role, unit: &str, on: NaiveDate) -> DbResult<bool> {
    let found = fetch_optional!(
        tx,
        (String,),
        "select g.id from role_grant g join person p on p.id = g.person_id where g.role = $1 and g.unit_id = $2 and p.status = 'active' and g.valid_from <= $3 and (g.valid_to is null or g.valid_to > $3) limit 1",
        role,
        unit,
        on
    )?;
    Ok(found.is_some())
}
