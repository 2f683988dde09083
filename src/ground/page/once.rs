//! One form, one record. A form that makes something carries a one-time key; a form that is sent again, or eight times at
//! once, is answered with what its first sending led to.
//!
//! The mark of a form is the digest of its key and of all it says. So a person who goes back, changes what was typed and
//! sends again has another mark and makes another record: only what is the same in every letter is one.

use axum::http::header::LOCATION;
use axum::response::Response;
use chrono::{DateTime, Duration, Utc};

use super::{Fields, Sent, Visit};
use crate::clock;
use crate::db::{DbResult, Tx};
use crate::error::{Error, Result};
use crate::state::App;
use crate::{execute, fetch_optional};

/// Name of the hidden field.
pub const FIELD: &str = "once";

/// How long marks are kept: a page may stand open over a weekend.
const KEPT: Duration = Duration::days(8);

/// The key of a form that was sent. The store knows its digest only.
#[derive(Debug, Default)]
pub struct Key(String);

impl Key {
    /// A secret of `count` digits that the same form gives again, so that whoever sends it twice is told the same.
    pub fn digits(&self, count: usize) -> String {
        if self.0.is_empty() {
            return clock::digits(count);
        }
        let letters = clock::digest(format!("digits:{}", self.0).as_bytes());
        letters
            .bytes()
            .filter(u8::is_ascii_digit)
            .chain(clock::digest(letters.as_bytes()).bytes().filter(u8::is_ascii_digit))
            .take(count)
            .map(char::from)
            .collect()
    }
}

/// A new key for a form that is shown.
pub(super) fn key() -> String {
    clock::secret()
}

/// Puts the mark in the place of the key, and answers a form that was taken before.
pub(super) async fn mark(app: &App, path: &str, person: Option<&str>, sent: &mut Sent) -> Result<()> {
    let Some(key) = sent.fields.some(FIELD) else { return Ok(()) };
    let mut said = vec![key.to_owned(), path.to_owned(), person.unwrap_or_default().to_owned()];
    said.extend(sent.fields.pairs().iter().filter(|(name, _)| name != FIELD).flat_map(|(name, value)| [name.clone(), value.clone()]));
    said.extend(sent.files.iter().flat_map(|(field, name, upload)| [field.clone(), name.clone(), upload.digest.clone()]));
    // every part with its length, so that no two forms say the same
    let whole: String = said.iter().map(|part| format!("{}:{part}", part.len())).collect();
    let mark = clock::digest(whole.as_bytes());
    sent.key = Key(whole);
    let mut tx = app.db().read().await?;
    sent.fields.set(FIELD, mark);
    match first(&mut tx, &sent.fields).await? {
        Some(answer) if is_address(&answer) => Err(Error::Answered(answer)),
        _ => Ok(()),
    }
}

/// Answers that are addresses are gone to; others are for the handler.
fn is_address(answer: &str) -> bool {
    answer.starts_with('/')
}

/// What a form led to that was taken before, if it was.
pub async fn first(tx: &mut Tx, fields: &Fields) -> DbResult<Option<String>> {
    let Some(mark) = fields.some(FIELD) else { return Ok(None) };
    Ok(fetch_optional!(tx, (String,), "select answer from form_once where mark = $1", mark)?.map(|(answer,)| answer))
}

/// Takes a form in the transaction of what it makes; gives the answer if it was taken before. Of two at once the second waits
/// here until the first is done.
pub async fn take(tx: &mut Tx, fields: &Fields, now: DateTime<Utc>) -> DbResult<Option<String>> {
    let Some(mark) = fields.some(FIELD) else { return Ok(None) };
    if execute!(tx, "insert into form_once (mark, answer, taken_at) values ($1, '', $2) on conflict (mark) do nothing", mark, now)? == 1 {
        return Ok(None);
    }
    first(tx, fields).await
}

/// Keeps what a form led to, in the transaction that took it.
pub async fn answer(tx: &mut Tx, fields: &Fields, answer: &str) -> DbResult<()> {
    if let Some(mark) = fields.some(FIELD) {
        execute!(tx, "update form_once set answer = $2 where mark = $1", mark, answer)?;
    }
    Ok(())
}

/// Opens the write transaction of a form that makes something.
///
/// # Errors
/// [`Error::Answered`] if the form was taken before.
pub async fn begin(visit: &Visit, fields: &Fields) -> Result<Tx> {
    let mut tx = visit.app.db().write().await?;
    match take(&mut tx, fields, visit.app.clock().now()).await? {
        None => Ok(tx),
        Some(answer) => Err(Error::Answered(if is_address(&answer) { answer } else { visit.path.clone() })),
    }
}

/// Commits what a form made, together with the answer, which leads somewhere.
pub async fn end(mut tx: Tx, fields: &Fields, response: Response) -> Result<Response> {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    answer(&mut tx, fields, location).await?;
    tx.commit().await?;
    Ok(response)
}

/// The day's work: marks that no page can show any more go.
pub async fn tidy(tx: &mut Tx, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(tx, "delete from form_once where taken_at < $1", now - KEPT)
}
