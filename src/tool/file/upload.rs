//! A file on its way in: written to disk as it comes, private to the user of the program, gone when nobody took it.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tempfile::TempPath;
use tokio::io::AsyncWriteExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A file that came whole.
#[derive(Debug)]
pub struct Upload {
    path: TempPath,
    /// SHA-256 of its content, lower-case hex.
    pub digest: String,
    /// Bytes.
    pub length: usize,
    _turn: Option<Arc<Turn>>,
}

/// A file that is coming.
#[derive(Debug)]
pub struct Coming {
    path: TempPath,
    file: tokio::fs::File,
    hasher: Sha256,
    length: usize,
}

impl Coming {
    /// An empty file in this folder, which is made if need be.
    pub async fn new(folder: &Path) -> io::Result<Coming> {
        let folder = folder.to_owned();
        let file = tokio::task::spawn_blocking(move || {
            std::fs::create_dir_all(&folder)?;
            tempfile::Builder::new().prefix("form-").tempfile_in(folder)
        });
        let (file, path) = file.await.map_err(io::Error::other)??.into_parts();
        Ok(Coming { path, file: file.into(), hasher: Sha256::new(), length: 0 })
    }

    /// The next piece.
    pub async fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.hasher.update(piece);
        self.length += piece.len();
        self.file.write_all(piece).await
    }

    /// The last piece was written.
    pub async fn whole(mut self, turn: Option<Arc<Turn>>) -> io::Result<Upload> {
        self.file.flush().await?;
        let digest = self.hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Upload { path: self.path, digest, length: self.length, _turn: turn })
    }
}

impl Upload {
    /// The content. Take it when it is needed, one file at a time.
    pub async fn bytes(&self) -> io::Result<Vec<u8>> {
        tokio::fs::read(&self.path).await
    }

    /// Moves the file to where it stays.
    pub async fn keep(self, to: PathBuf) -> io::Result<()> {
        let path = self.path;
        tokio::task::spawn_blocking(move || match path.persist(&to) {
            Ok(()) => Ok(()),
            // another file system
            Err(refused) => std::fs::copy(&refused.path, &to).map(drop),
        })
        .await
        .map_err(io::Error::other)?
    }
}

/// How many forms with files are taken at once: so many of people who are signed in, fewer of strangers, of each address two.
#[derive(Debug)]
pub struct Gate {
    known: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    addresses: Arc<Mutex<HashMap<String, usize>>>,
}

const KNOWN: usize = 24;
const STRANGERS: usize = 8;
const OF_ONE_ADDRESS: usize = 2;

/// How long a form waits for its turn before it is refused.
const PATIENCE: Duration = Duration::from_secs(10);

impl Default for Gate {
    fn default() -> Gate {
        Gate { known: Arc::new(Semaphore::new(KNOWN)), strangers: Arc::new(Semaphore::new(STRANGERS)), addresses: Arc::default() }
    }
}

/// A turn at the gate, given back when it is dropped.
#[derive(Debug)]
pub struct Turn {
    _permit: OwnedSemaphorePermit,
    _counted: Option<Counted>,
}

/// One form of this address.
#[derive(Debug)]
struct Counted(Arc<Mutex<HashMap<String, usize>>>, String);

impl Counted {
    fn new(addresses: &Arc<Mutex<HashMap<String, usize>>>, address: &str) -> Option<Counted> {
        let mut counts = addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address.to_owned()).or_default();
        (*count < OF_ONE_ADDRESS).then(|| {
            *count += 1;
            Counted(Arc::clone(addresses), address.to_owned())
        })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
    }
}

impl Gate {
    /// A turn, if one comes in time; `stranger` is the address of a caller who is not signed in.
    pub async fn turn(&self, stranger: Option<&str>) -> Option<Turn> {
        let turn = async {
            let counted = match stranger {
                Some(address) => loop {
                    match Counted::new(&self.addresses, address) {
                        Some(counted) => break Some(counted),
                        None => tokio::time::sleep(Duration::from_millis(100)).await,
                    }
                },
                None => None,
            };
            let seats = if stranger.is_some() { &self.strangers } else { &self.known };
            Some(Turn { _permit: Arc::clone(seats).acquire_owned().await.ok()?, _counted: counted })
        };
        tokio::time::timeout(PATIENCE, turn).await.ok().flatten()
    }
}
