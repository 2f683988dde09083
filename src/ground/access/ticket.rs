//! SQL of one-time links, and what of access is thrown away each day.

use chrono::{DateTime, Duration, Utc};

use super::DEVICE_DAYS;
use super::store::Person;
use crate::db::{DbResult, Tx};
use crate::{clock, execute, fetch_optional};

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

/// The person an unused, unexpired link belongs to; nobody where the account is locked.
pub async fn find_ticket(tx: &mut Tx, secret: &str, now: DateTime<Utc>) -> DbResult<Option<Person>> {
    fetch_optional!(
        tx,
        Person,
        "select p.id, p.name, p.email, p.phone, p.file_code, p.password_hash, p.status, p.demo, p.version
         from ticket t join person p on p.id = t.person_id where t.digest = $1 and t.used_at is null and t.expires_at > $2 and p.status <> 'disabled'",
        clock::digest(secret.as_bytes()),
        now
    )
}

/// Uses a link up; 0 when it was used in the meantime.
pub async fn use_ticket(tx: &mut Tx, secret: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(tx, "update ticket set used_at = $2 where digest = $1 and used_at is null", clock::digest(secret.as_bytes()), now)
}

/// Ends all links of a person.
pub async fn drop_tickets(tx: &mut Tx, person_id: &str) -> DbResult<u64> {
    execute!(tx, "delete from ticket where person_id = $1", person_id)
}

/// Deletes links that are used or expired, sessions that ended, devices not seen for long, tries that count no longer.
pub async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> DbResult<u64> {
    let mut gone = execute!(tx, "delete from ticket where used_at is not null or expires_at <= $1", now)?;
    gone += execute!(
        tx,
        "delete from session where expires_at <= $1 or seen_at <= $2",
        now,
        now - Duration::hours(super::Life::LONGEST.rest_hours)
    )?;
    gone += execute!(tx, "delete from device where seen_at <= $1", now - Duration::days(DEVICE_DAYS))?;
    gone += execute!(tx, "delete from attempt where last_at < $1", now - Duration::hours(1))?;
    Ok(gone)
}
