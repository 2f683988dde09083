//! Time and digests: the only places that read the clock or make random numbers.

use std::sync::Arc;

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, SubsecRound, Utc};
use rand::RngExt;
use sha2::{Digest, Sha256};

/// Hands out the time; `OCOP_TEST_NOW` moves it in a demo store.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    shift: Arc<std::sync::RwLock<Duration>>,
}

impl Clock {
    /// A clock that shows `now` at this moment and goes on from there.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn moved_to(now: DateTime<Utc>) -> Clock {
        Clock { shift: Arc::new(std::sync::RwLock::new(now - Utc::now())) }
    }

    /// Moves this clock and all its copies (tests).
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn set(&self, now: DateTime<Utc>) {
        if let Ok(mut shift) = self.shift.write() {
            *shift = now - Utc::now();
        }
    }

    /// The present moment, in whole milliseconds so that both stores give back what they were given.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn now(&self) -> DateTime<Utc> {
        let shift = self.shift.read().map(|shift| *shift).unwrap_or_default();
        (Utc::now() + shift).trunc_subsecs(3)
    }

    /// Today in Việt Nam (UTC+7 all year).
    pub fn today(&self) -> NaiveDate {
        local(self.now()).date_naive()
    }

    /// Whether the clock was moved.
    pub fn is_moved(&self) -> bool {
        self.shift.read().map(|shift| *shift != Duration::zero()).unwrap_or(false)
    }
}

/// A moment in Vietnamese time.
pub fn local(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    at.with_timezone(&VIETNAM)
}

/// The moment at which a day begins in Việt Nam.
pub fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc() - Duration::hours(7)
}

const VIETNAM: FixedOffset = match FixedOffset::east_opt(7 * 3600) {
    Some(offset) => offset,
    None => panic!("seven hours is an offset"),
};

/// Reads `OCOP_TEST_NOW`: RFC 3339, or a date (taken as eight in the morning in Việt Nam).
pub fn parse_moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    date.and_hms_opt(1, 0, 0).map(|at| at.and_utc())
}

/// A new identifier; later ones sort after earlier ones.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// A secret of 32 random bytes, as 64 hex letters.
pub fn secret() -> String {
    hex(&rand::rng().random::<[u8; 32]>())
}

/// `count` random decimal digits.
pub fn digits(count: usize) -> String {
    let mut rng = rand::rng();
    (0..count).map(|_| char::from(b'0' + rng.random_range(0..10u8))).collect()
}

/// `count` random letters and digits that cannot be mistaken for one another on paper.
pub fn letters(count: usize) -> String {
    const ALPHABET: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut rng = rand::rng();
    (0..count).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect()
}

/// SHA-256 as lower-case hex.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The same of what is read piece by piece.
///
/// # Errors
/// It cannot be read.
pub fn digest_of(mut bytes: impl std::io::BufRead) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    loop {
        let piece = bytes.fill_buf()?;
        if piece.is_empty() {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(piece);
        let done = piece.len();
        bytes.consume(done);
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        use std::fmt::Write as _;
        let _ = write!(out, "{byte:02x}");
        out
    })
}
