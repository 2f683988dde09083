//! SQL of sessions, and of devices that a person signed in on before.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::{Actor, Life, store};
use crate::db::{DbResult, Tx};
use crate::{clock, execute, fetch_all, fetch_optional};

/// Where a sign-in came from, in words for its owner.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Browser and system.
    pub device: String,
    /// Network address.
    pub address: String,
}

/// A session as its owner and administrators see it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SessionRow {
    /// Digest of its secret: names it, opens nothing.
    pub digest: String,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it was last used, within ten minutes.
    pub seen_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// Browser and system.
    pub device: String,
    /// Network address.
    pub address: String,
    /// Hours after which it ends unused.
    pub rest_hours: i64,
}

impl SessionRow {
    /// When it was opened, in Vietnamese time.
    pub fn opened(&self) -> String {
        clock::local(self.created_at).format("%d/%m/%Y %H:%M").to_string()
    }

    /// When it was last used, in Vietnamese time.
    pub fn used(&self) -> String {
        clock::local(self.seen_at).format("%d/%m/%Y %H:%M").to_string()
    }
}

/// Opens a session; the secret goes into the cookie, only its digest is kept.
pub async fn open_session(tx: &mut Tx, person_id: &str, grant_id: &str, life: Life, seen: &Seen, now: DateTime<Utc>) -> DbResult<String> {
    let secret = clock::secret();
    execute!(
        tx,
        "insert into session (digest, person_id, grant_id, created_at, seen_at, expires_at, device, address, rest_hours) values ($1, $2, $3, $4, $4, $5, $6, $7, $8)",
        clock::digest(secret.as_bytes()),
        person_id,
        grant_id,
        now,
        now + Duration::hours(life.hours),
        &seen.device,
        &seen.address,
        life.rest_hours
    )?;
    Ok(secret)
}

/// The caller behind a cookie's secret, and whether `seen_at` is due for renewal.
pub async fn actor(tx: &mut Tx, secret: &str, now: DateTime<Utc>, today: NaiveDate) -> DbResult<Option<(Actor, bool)>> {
    let row = fetch_optional!(
        tx,
        (String, String, String, String, DateTime<Utc>, DateTime<Utc>, i64),
        "select p.id, p.name, p.status, s.grant_id, s.seen_at, s.expires_at, s.rest_hours from session s join person p on p.id = s.person_id where s.digest = $1",
        clock::digest(secret.as_bytes())
    )?;
    let Some((person, name, status, grant_id, seen_at, expires_at, rest_hours)) = row else { return Ok(None) };
    if expires_at <= now || seen_at + Duration::hours(rest_hours) <= now || !matches!(status.as_str(), "active" | "unconfirmed") {
        return Ok(None);
    }
    let grants = store::grants(tx, &person, today).await?;
    // a session whose role ended goes on in another one, but never becomes that of a guarded role by itself
    let acting = grants.iter().find(|grant| grant.id == grant_id).or_else(|| grants.iter().find(|grant| !grant.role.is_guarded())).cloned();
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

/// Acts under another grant from now on; the session lives no longer than one of that role would.
pub async fn switch_session(tx: &mut Tx, secret: &str, grant_id: &str, life: Life) -> DbResult<u64> {
    let digest = clock::digest(secret.as_bytes());
    let row = fetch_optional!(
        tx,
        (DateTime<Utc>, DateTime<Utc>, i64),
        "select created_at, expires_at, rest_hours from session where digest = $1",
        &digest
    )?;
    let Some((created_at, expires_at, rest_hours)) = row else { return Ok(0) };
    execute!(
        tx,
        "update session set grant_id = $2, expires_at = $3, rest_hours = $4 where digest = $1",
        digest,
        grant_id,
        expires_at.min(created_at + Duration::hours(life.hours)),
        rest_hours.min(life.rest_hours)
    )
}

/// Living sessions of a person, the last used first; at most a hundred.
pub async fn sessions(tx: &mut Tx, person_id: &str, now: DateTime<Utc>) -> DbResult<Vec<SessionRow>> {
    let rows = fetch_all!(
        tx,
        SessionRow,
        "select digest, created_at, seen_at, expires_at, device, address, rest_hours from session where person_id = $1 and expires_at > $2 order by seen_at desc limit 100",
        person_id,
        now
    )?;
    Ok(rows.into_iter().filter(|row| row.seen_at + Duration::hours(row.rest_hours) > now).collect())
}

/// Ends a session by its cookie's secret; gives the person it belonged to.
pub async fn close_session(tx: &mut Tx, secret: &str) -> DbResult<Option<String>> {
    let row =
        fetch_optional!(tx, (String,), "delete from session where digest = $1 returning person_id", clock::digest(secret.as_bytes()))?;
    Ok(row.map(|(person,)| person))
}

/// Ends one session of a person; 0 = it has ended.
pub async fn end_session(tx: &mut Tx, person_id: &str, digest: &str) -> DbResult<u64> {
    execute!(tx, "delete from session where digest = $1 and person_id = $2", digest, person_id)
}

/// Ends all sessions of a person.
pub async fn close_sessions(tx: &mut Tx, person_id: &str) -> DbResult<u64> {
    execute!(tx, "delete from session where person_id = $1", person_id)
}

/// Whether a person signed in with this device before.
pub async fn knows_device(tx: &mut Tx, person_id: &str, secret: &str) -> DbResult<bool> {
    Ok(fetch_optional!(
        tx,
        (String,),
        "select person_id from device where digest = $1 and person_id = $2",
        clock::digest(secret.as_bytes()),
        person_id
    )?
    .is_some())
}

/// Keeps a device that a person signed in on.
pub async fn remember_device(tx: &mut Tx, person_id: &str, secret: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into device (digest, person_id, created_at, seen_at) values ($1, $2, $3, $3) on conflict (digest, person_id) do update set seen_at = excluded.seen_at",
        clock::digest(secret.as_bytes()),
        person_id,
        now
    )
}
