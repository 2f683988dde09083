//! The keys of an installation, made on first use and kept in its data folder: one signs the feeds, one makes the
//! secrets in the addresses of portals, so that a mail can name an address of which the store knows the digest only.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use ring::{hmac, rand};

use crate::clock;
use crate::error::{Error, Result};

/// The folder of keys and what was read from it.
#[derive(Debug)]
pub struct Keyring {
    folder: PathBuf,
    signing: OnceLock<Ed25519KeyPair>,
    links: OnceLock<hmac::Key>,
}

impl Keyring {
    /// Keys of this folder; nothing is read or made yet.
    pub fn new(folder: PathBuf) -> Keyring {
        Keyring { folder, signing: OnceLock::new(), links: OnceLock::new() }
    }

    fn pair(&self) -> Result<&Ed25519KeyPair> {
        if let Some(pair) = self.signing.get() {
            return Ok(pair);
        }
        let bytes = kept(&self.folder, "feed.pk8", || {
            let made = Ed25519KeyPair::generate_pkcs8(&rand::SystemRandom::new()).map_err(|error| Error::internal(error.to_string()))?;
            Ok(made.as_ref().to_vec())
        })?;
        let pair = Ed25519KeyPair::from_pkcs8(&bytes).map_err(|error| Error::internal(format!("{}: {error}", self.folder.join("feed.pk8").display())))?;
        Ok(self.signing.get_or_init(|| pair))
    }

    /// The public key as a JSON web key set (RFC 7517, 8037).
    pub fn jwks(&self) -> Result<serde_json::Value> {
        let pair = self.pair()?;
        Ok(serde_json::json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(pair.public_key()), "kid": kid(pair), "alg": "EdDSA", "use": "sig"}]}))
    }

    /// A compact JWS (RFC 7515, EdDSA) over these bytes.
    pub fn sign(&self, payload: &[u8]) -> Result<String> {
        let pair = self.pair()?;
        let head = format!("{{\"alg\":\"EdDSA\",\"kid\":\"{}\"}}", kid(pair));
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(payload));
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(text.as_bytes()));
        Ok(format!("{text}.{signature}"))
    }

    /// The secret of a portal's page; `number` counts its secrets.
    pub fn link_secret(&self, outlet: &str, number: i64) -> Result<String> {
        let key = match self.links.get() {
            Some(key) => key,
            None => {
                let bytes = kept(&self.folder, "links.key", || Ok(clock::secret().into_bytes()))?;
                self.links.get_or_init(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
            }
        };
        Ok(clock::hex(hmac::sign(key, format!("{outlet}:{number}").as_bytes()).as_ref()))
    }
}

/// Thumbprint of the public key (RFC 7638).
fn kid(pair: &Ed25519KeyPair) -> String {
    let text = format!("{{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"{}\"}}", URL_SAFE_NO_PAD.encode(pair.public_key()));
    URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()))
}

/// The content of a file of keys; made if it is not there. Two that make it at once end with the same one.
fn kept(folder: &Path, name: &str, make: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let path = folder.join(name);
    match std::fs::read(&path) {
        Ok(bytes) => return Ok(bytes),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        Err(_) => {}
    }
    std::fs::create_dir_all(folder)?;
    let part = folder.join(format!("{name}.{}", clock::letters(10)));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part)?;
    file.write_all(&make()?)?;
    file.sync_all()?;
    // a link fails where a file is, so the first one stays
    let linked = std::fs::hard_link(&part, &path);
    std::fs::remove_file(&part)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(std::fs::read(&path)?),
    }
}
