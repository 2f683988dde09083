//! Passwords and PINs: argon2id with the parameters OWASP names (19 MiB, 2 passes, 1 lane). Few are computed at a time and few
//! wait: a flood of tries costs neither the memory nor the processors of the others.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash};
use tokio::sync::{Semaphore, SemaphorePermit};

pub use super::weak::check;
use crate::error::{Error, Refusal, Result, both};

/// Fewest characters of a password.
pub const LEAST: usize = 10;

/// Most that wait for their turn.
const MOST_WAITING: usize = 64;

static WAITING: AtomicUsize = AtomicUsize::new(0);

fn turns() -> &'static Semaphore {
    static TURNS: OnceLock<Semaphore> = OnceLock::new();
    TURNS.get_or_init(|| Semaphore::new(std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 8))))
}

/// The right to compute one hash.
pub struct Turn(SemaphorePermit<'static>);

/// One place among those that wait; given back when dropped, also by whoever stops waiting.
struct Place;

impl Drop for Place {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Waits for a turn, or refuses where many wait already.
pub async fn turn() -> Result<Turn> {
    let before = WAITING.fetch_add(1, Ordering::Relaxed);
    let _place = Place;
    if before >= MOST_WAITING {
        return Err(busy().into());
    }
    turns().acquire().await.map(Turn).map_err(|error| Error::internal(error.to_string()))
}

fn busy() -> Refusal {
    Refusal::rule(
        "busy",
        both(
            "Đang có quá nhiều người đăng nhập cùng lúc; yêu cầu của bạn chưa được xét.",
            "Too many people are signing in at once; your request was not looked at.",
        ),
        both("Hãy chờ vài giây rồi gửi lại.", "Wait a few seconds and send again."),
    )
    .with_status(axum::http::StatusCode::SERVICE_UNAVAILABLE)
    .after(5)
}

fn engine() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).unwrap_or_default())
}

/// Hashes off the async threads.
pub async fn hash(password: &str) -> Result<String> {
    let turn = turn().await?;
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        engine().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|error| Error::internal(error.to_string()))
    })
    .await?
}

/// Whether a password fits; an empty hash costs the same time and never fits.
pub async fn fits(password: &str, hash: &str) -> Result<bool> {
    turn().await?.fits(password, hash).await
}

impl Turn {
    /// Whether a password fits. One that was kept when forms still put spaces in order fits as it was kept.
    pub async fn fits(self, password: &str, hash: &str) -> Result<bool> {
        // a hash of nothing anybody knows, so that unknown accounts take as long as known ones
        const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5a25vd3N0aGlz$3Jf1mWq3o2xkq4vY0m3o6m2b8o5w9k1q7r4t6y8u0iA";
        let (password, known) = (password.to_owned(), hash.to_owned());
        tokio::task::spawn_blocking(move || {
            let _turn = self.0;
            let text = if known.is_empty() { NOBODY } else { known.as_str() };
            let Ok(parsed) = PasswordHash::new(text) else { return false };
            let verify = |typed: &str| engine().verify_password(typed.as_bytes(), &parsed).is_ok() && !known.is_empty();
            let tidy = crate::text::nfc(&password);
            verify(&password) || (tidy != password && verify(&tidy))
        })
        .await
        .map_err(Error::from)
    }
}
