//! The keys of an installation, made at the first start and kept in the store, so that all nodes have the same: one signs
//! the feeds, one makes the secrets in the addresses of portals, so that a mail can name an address of which the store
//! knows the digest only.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use ring::signature::{Ed25519KeyPair, KeyPair};
use ring::{hmac, rand};

use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::state::App;
use crate::{clock, execute, fetch_optional};

/// The keys, as read at the start.
#[derive(Debug)]
pub struct Keyring {
    signing: Ed25519KeyPair,
    links: hmac::Key,
}

impl Keyring {
    /// Reads the keys of this store. Where it has none yet it takes those that earlier versions kept in the data folder, or
    /// makes new ones.
    pub async fn open(db: &Db, folder: &Path, now: DateTime<Utc>) -> Result<Keyring> {
        let signing = kept(db, "feed", &folder.join("feed.pk8"), now, || {
            let made = Ed25519KeyPair::generate_pkcs8(&rand::SystemRandom::new()).map_err(|error| Error::internal(error.to_string()))?;
            Ok(made.as_ref().to_vec())
        })
        .await?;
        let signing = Ed25519KeyPair::from_pkcs8(&signing).map_err(|error| Error::internal(format!("secret_key feed: {error}")))?;
        let links = kept(db, "links", &folder.join("links.key"), now, || Ok(clock::secret().into_bytes())).await?;
        Ok(Keyring { signing, links: hmac::Key::new(hmac::HMAC_SHA256, &links) })
    }

    /// The public key as a JSON web key set (RFC 7517, 8037).
    pub fn jwks(&self) -> Result<serde_json::Value> {
        let pair = &self.signing;
        Ok(
            serde_json::json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(pair.public_key()), "kid": kid(pair), "alg": "EdDSA", "use": "sig"}]}),
        )
    }

    /// A compact JWS (RFC 7515, EdDSA) over these bytes.
    pub fn sign(&self, payload: &[u8]) -> Result<String> {
        let pair = &self.signing;
        let head = format!("{{\"alg\":\"EdDSA\",\"kid\":\"{}\"}}", kid(pair));
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(payload));
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(text.as_bytes()));
        Ok(format!("{text}.{signature}"))
    }

    /// The secret of a portal's page; `number` counts its secrets.
    pub fn link_secret(&self, outlet: &str, number: i64) -> Result<String> {
        Ok(clock::hex(hmac::sign(&self.links, format!("{outlet}:{number}").as_bytes()).as_ref()))
    }
}

/// Thumbprint of the public key (RFC 7638).
fn kid(pair: &Ed25519KeyPair) -> String {
    let text = format!("{{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"{}\"}}", URL_SAFE_NO_PAD.encode(pair.public_key()));
    URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()))
}

/// A key of the store; put there if there is none. Nodes that start at once end with the same one.
async fn kept(db: &Db, name: &str, file: &Path, now: DateTime<Utc>, make: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let older = match std::fs::read(file) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let known = match stored(&mut db.read().await?, name).await? {
        Some(known) => known,
        None => {
            let bytes = match &older {
                Some(bytes) => bytes.clone(),
                None => make()?,
            };
            let mut tx = db.write().await?;
            execute!(
                &mut tx,
                "insert into secret_key (name, value, made_at) values ($1, $2, $3) on conflict (name) do nothing",
                name,
                STANDARD.encode(&bytes),
                now
            )?;
            let known = stored(&mut tx, name).await?.unwrap_or(bytes);
            tx.commit().await?;
            known
        }
    };
    if older.is_some_and(|older| older != known) {
        tracing::warn!(
            "{} không dùng nữa, khóa ở trong kho dữ liệu khác với tệp này / is not used any more, the store has another key",
            file.display()
        );
    }
    Ok(known)
}

async fn stored(tx: &mut Tx, name: &str) -> Result<Option<Vec<u8>>> {
    let Some((text,)) = fetch_optional!(tx, (String,), "select value from secret_key where name = $1", name)? else { return Ok(None) };
    STANDARD.decode(text).map(Some).map_err(|error| Error::internal(format!("secret_key {name}: {error}")))
}

impl App {
    /// The keys of this installation.
    pub fn keyring(&self) -> &Keyring {
        self.held()
    }
}
