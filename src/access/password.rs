//! Passwords and PINs: argon2id with the parameters OWASP names (19 MiB, 2 passes, 1 lane).

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash};

use crate::error::{Both, Error, Result, both};

/// Fewest characters of a password.
pub const LEAST: usize = 10;

fn engine() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).unwrap_or_default())
}

/// Checks a new password: long enough, not the account's own name, not one of the worst.
pub fn check(password: &str, account: &str) -> Result<(), Both> {
    const WORST: &[&str] = &["password12", "1234567890", "0123456789", "9876543210", "matkhau123", "qwertyuiop", "1111111111", "0987654321"];
    let length = password.chars().count();
    if !(LEAST..=128).contains(&length) {
        return Err(both(
            format!("Mật khẩu cần từ {LEAST} đến 128 ký tự; một câu ngắn dễ nhớ là tốt nhất."),
            format!("The password needs {LEAST} to 128 characters; a short sentence is best."),
        ));
    }
    let lower = password.to_lowercase();
    if WORST.contains(&lower.as_str()) || (!account.is_empty() && lower == account.to_lowercase()) {
        return Err(both("Mật khẩu này quá dễ đoán; hãy chọn mật khẩu khác.", "This password is too easy to guess; choose another."));
    }
    Ok(())
}

/// Hashes off the async threads.
pub async fn hash(password: &str) -> Result<String> {
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || {
        engine().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|error| Error::internal(error.to_string()))
    })
    .await?
}

/// Whether a password fits; an empty hash costs the same time and never fits.
pub async fn fits(password: &str, hash: &str) -> Result<bool> {
    // a hash of nothing anybody knows, so that unknown accounts take as long as known ones
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5a25vd3N0aGlz$3Jf1mWq3o2xkq4vY0m3o6m2b8o5w9k1q7r4t6y8u0iA";
    let (password, known) = (password.to_owned(), hash.to_owned());
    tokio::task::spawn_blocking(move || {
        let text = if known.is_empty() { NOBODY } else { known.as_str() };
        let Ok(parsed) = PasswordHash::new(text) else { return false };
        engine().verify_password(password.as_bytes(), &parsed).is_ok() && !known.is_empty()
    })
    .await
    .map_err(Error::from)
}
