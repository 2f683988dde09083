//! SQL of tries that are counted: each is reserved before anything costly is done for it.

use chrono::{DateTime, Duration, Utc};

use crate::db::{DbResult, Tx};
use crate::{execute, fetch_optional};

/// Seconds until `name` (an account, an address, a device) may try again; 0 = now.
pub async fn blocked_for(tx: &mut Tx, name: &str, now: DateTime<Utc>) -> DbResult<i64> {
    let row = fetch_optional!(tx, (Option<DateTime<Utc>>,), "select blocked_until from attempt where name = $1", name)?;
    Ok(row.and_then(|(until,)| until).map_or(0, |until| (until - now).num_seconds().max(0)))
}

/// Counts a try before it is made; none: there were too many, and it must not be made. From the try number `free` within an
/// hour on, each costs a longer wait for the next, up to 15 minutes.
pub async fn reserve(tx: &mut Tx, name: &str, now: DateTime<Utc>, free: i64) -> DbResult<Option<i64>> {
    execute!(tx, "delete from attempt where name = $1 and last_at < $2", name, now - Duration::hours(1))?;
    let row = fetch_optional!(
        tx,
        (i64,),
        "insert into attempt (name, failures, last_at) values ($1, 1, $2)
         on conflict (name) do update set failures = attempt.failures + 1, last_at = excluded.last_at
           where attempt.blocked_until is null or attempt.blocked_until <= excluded.last_at
         returning failures",
        name,
        now
    )?;
    let Some((tries,)) = row else { return Ok(None) };
    if tries >= free {
        let wait = Duration::seconds((30_i64 << (tries - free).min(5)).min(900));
        execute!(tx, "update attempt set blocked_until = $2 where name = $1", name, now + wait)?;
    }
    Ok(Some(tries))
}

/// Takes one of `most` that an hour has; none: they are used up. Asking again and again does not make the wait longer.
pub async fn take(tx: &mut Tx, name: &str, now: DateTime<Utc>, most: i64) -> DbResult<Option<i64>> {
    execute!(tx, "delete from attempt where name = $1 and last_at < $2", name, now - Duration::hours(1))?;
    let row = fetch_optional!(
        tx,
        (i64,),
        "insert into attempt (name, failures, last_at) values ($1, 1, $2)
         on conflict (name) do update set failures = attempt.failures + 1, last_at = excluded.last_at where attempt.failures < $3
         returning failures",
        name,
        now,
        most
    )?;
    Ok(row.map(|(taken,)| taken))
}

/// A try that succeeded counts no longer, and no wait comes of it.
pub async fn give_back(tx: &mut Tx, name: &str) -> DbResult<u64> {
    execute!(tx, "update attempt set failures = failures - 1, blocked_until = null where name = $1 and failures > 0", name)
}

/// Forgets all tries.
pub async fn clear(tx: &mut Tx, name: &str) -> DbResult<u64> {
    execute!(tx, "delete from attempt where name = $1", name)
}
