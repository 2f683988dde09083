//! The trail of sign-ins in the journal. Successes are a line each; failures are counted, and a line is written at the first
//! of an hour, when trying is slowed down, and each time the count doubles after that.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::access::{Seen, store};
use crate::clock;
use crate::db::{DbResult, Tx};
use crate::journal::Note;
use crate::limit;

/// Most lines of failures an hour in the whole store; one more line says that it was reached.
const MOST_LINES: i64 = 500;

/// Most lines an hour and address of names that nobody has.
const MOST_UNKNOWN: i64 = 5;

/// What was tried in vain.
pub struct Failure<'a> {
    /// The account, if there is one.
    pub person: Option<&'a str>,
    /// The name as typed; of one that nobody has only a digest is kept.
    pub login: &'a str,
    /// How often it was tried within an hour, this time included.
    pub tries: i64,
    /// The same of the address.
    pub from_address: i64,
    /// Tries of an account before it waits.
    pub free: i64,
}

impl Failure<'_> {
    /// Whether it may have a line.
    pub fn is_told(&self) -> bool {
        let grown = |count: i64, free: i64| count % free == 0 && (count / free).count_ones() == 1;
        match self.person {
            Some(_) => self.tries == 1 || grown(self.tries, self.free),
            None => self.tries == 1 || grown(self.from_address, super::sign_in::ADDRESS_FREE),
        }
    }

    /// Writes the line, if this failure has one.
    pub async fn note(&self, tx: &mut Tx, now: DateTime<Utc>, seen: &Seen) -> DbResult<()> {
        if !self.is_told() {
            return Ok(());
        }
        let is_one_of_many = self.person.is_none() && self.from_address < super::sign_in::ADDRESS_FREE;
        if is_one_of_many && store::take(tx, &format!("trail:{}", limit::network(&seen.address)), now, MOST_UNKNOWN).await?.is_none() {
            return Ok(());
        }
        let Some(lines) = store::take(tx, "trail", now, MOST_LINES).await? else { return Ok(()) };
        let detail = json!({"tries": self.tries, "from_address": self.from_address, "slowed": self.tries >= self.free, "last_of_hour": lines == MOST_LINES});
        let unknown = unknown(self.login);
        let subject = self.person.map_or(("sign_in", unknown.as_str()), |person| ("person", person));
        Note::of("sign_in_failed", subject, detail).aside(&aside(seen)).by_name(tx, now, ("public", "Chưa đăng nhập")).await?;
        Ok(())
    }
}

/// A name that nobody has, so that it can be compared but not read.
pub fn unknown(login: &str) -> String {
    clock::digest(login.to_lowercase().as_bytes()).chars().take(16).collect()
}

/// What a line keeps aside, to be erased with the person.
pub fn aside(seen: &Seen) -> [(&'static str, &str); 2] {
    [("address", &seen.address), ("device", &seen.device)]
}
