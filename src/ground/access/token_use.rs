//! Answers kept under the keys that programs send with what they ask, so that the same asked twice is done once.

use chrono::{DateTime, Utc};

use crate::db::{DbResult, Tx};
use crate::{execute, fetch_optional};

/// An answer that was given.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Use {
    /// Digest of the request.
    pub request: String,
    /// Status of the answer.
    pub status: i64,
    /// Its tag.
    pub etag: String,
    /// Where the thing made is.
    pub location: String,
    /// Its body.
    pub body: String,
}

/// The answer given to a key of a token since a moment.
pub async fn find(tx: &mut Tx, token: &str, key: &str, since: DateTime<Utc>) -> DbResult<Option<Use>> {
    fetch_optional!(
        tx,
        Use,
        "select request, status, etag, location, body from api_key_use where token_id = $1 and key = $2 and created_at > $3",
        token,
        key,
        since
    )
}

/// Keeps an answer; `false` when somebody else kept one under this key in the meantime.
pub async fn add(tx: &mut Tx, token: &str, key: &str, kept: &Use, now: DateTime<Utc>, since: DateTime<Utc>) -> DbResult<bool> {
    execute!(tx, "delete from api_key_use where token_id = $1 and key = $2 and created_at <= $3", token, key, since)?;
    let added = fetch_optional!(
        tx,
        (String,),
        "insert into api_key_use (token_id, key, request, status, etag, location, body, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning key",
        token,
        key,
        &kept.request,
        kept.status,
        &kept.etag,
        &kept.location,
        &kept.body,
        now
    )?;
    Ok(added.is_some())
}

/// Drops answers given up to a moment.
pub async fn drop_old(tx: &mut Tx, until: DateTime<Utc>) -> DbResult<u64> {
    execute!(tx, "delete from api_key_use where created_at <= $1", until)
}
