//! Where files that people send lie: a folder, which several nodes may share, or a bucket of any object store that speaks S3.
//!
//! A name is `files/…` or `uploads/…`. What has a name is whole.

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use chrono::{DateTime, Utc};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;

use crate::clock;
use crate::db::{Db, fact};
use crate::error::{Error, Result};
use crate::sheet::Source;

/// Bytes that are read of a file at a time while it is sent.
const PIECE: usize = 64 * 1024;

/// Pieces of a file as they become ready, for the body of an answer.
pub struct Pieces(pub mpsc::Receiver<std::io::Result<Bytes>>);

impl futures_core::Stream for Pieces {
    type Item = std::io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

/// The file that says to which store the others belong.
const MARK: &str = "ocop-store.txt";

/// A place of files.
#[derive(Clone, Debug)]
pub enum Depot {
    /// Of this machine, or shared by several.
    Folder(PathBuf),
    /// Of an object store, below a prefix.
    Bucket(Arc<dyn ObjectStore>, Key),
}

/// A name with the time of its last change.
pub type Found = (String, DateTime<Utc>);

impl Depot {
    /// The place a setting names: `s3://BUCKET/PREFIX`, else a folder. Who may enter a bucket, and where it is, stands in
    /// the variables that all programs of this kind read: `AWS_ENDPOINT`, `AWS_ACCESS_KEY_ID`, …
    ///
    /// # Errors
    /// The address is none, or the variables do not suffice.
    pub fn open(setting: &str) -> Result<Depot> {
        let Some(address) = setting.strip_prefix("s3://") else { return Ok(Depot::Folder(setting.into())) };
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        // one kind of TLS in the program; whoever came first chose the same
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = AmazonS3Builder::from_env().with_bucket_name(bucket);
        let store = match store.get_config_value(&AmazonS3ConfigKey::Region) {
            Some(_) => store,
            None => store.with_region("us-east-1"),
        };
        let store = store.build().map_err(|error| Error::internal(format!("OCOP_FILES: {setting}: {error}")))?;
        Ok(Depot::Bucket(Arc::new(store), Key::parse(prefix).map_err(|error| Error::internal(format!("OCOP_FILES: {setting}: {error}")))?))
    }

    fn key(prefix: &Key, name: &str) -> Key {
        name.split('/').fold(prefix.clone(), |key, part| key.join(part))
    }

    /// Keeps a file, durably, whole before it takes its name.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        match self {
            Depot::Folder(folder) => {
                let path = folder.join(name);
                tokio::task::spawn_blocking(move || write(&path, &bytes)).await??;
            }
            Depot::Bucket(store, prefix) => {
                store.put(&Self::key(prefix, name), bytes.into()).await?;
            }
        }
        Ok(())
    }

    /// The content of a file; none if there is none.
    pub async fn get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match self {
            Depot::Folder(folder) => match tokio::fs::read(folder.join(name)).await {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error.into()),
            },
            Depot::Bucket(store, prefix) => match store.get(&Self::key(prefix, name)).await {
                Ok(found) => Ok(Some(found.bytes().await?.into())),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// The content of a file as an answer's body, read while it is sent, and its length; none if there is none.
    pub async fn body(&self, name: &str) -> Result<Option<(Body, u64)>> {
        match self {
            Depot::Folder(folder) => {
                let mut file = match tokio::fs::File::open(folder.join(name)).await {
                    Ok(file) => file,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                    Err(error) => return Err(error.into()),
                };
                let length = file.metadata().await?.len();
                let (sender, receiver) = mpsc::channel(2);
                tokio::spawn(async move {
                    loop {
                        let mut piece = Vec::with_capacity(PIECE);
                        let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece).await;
                        let is_last = matches!(read, Ok(0) | Err(_));
                        let piece = read.map(|_| Bytes::from(piece));
                        // whoever asked went away
                        if matches!(&piece, Ok(bytes) if bytes.is_empty()) || sender.send(piece).await.is_err() || is_last {
                            break;
                        }
                    }
                });
                Ok(Some((Body::from_stream(Pieces(receiver)), length)))
            }
            Depot::Bucket(store, prefix) => match store.get(&Self::key(prefix, name)).await {
                Ok(found) => {
                    let length = found.meta.size;
                    Ok(Some((Body::from_stream(found.into_stream()), length)))
                }
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// Whether there is such a file.
    pub async fn has(&self, name: &str) -> Result<bool> {
        match self {
            Depot::Folder(folder) => Ok(tokio::fs::try_exists(folder.join(name)).await?),
            Depot::Bucket(store, prefix) => match store.head(&Self::key(prefix, name)).await {
                Ok(_) => Ok(true),
                Err(object_store::Error::NotFound { .. }) => Ok(false),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// A file to be read row by row: where it lies, or from memory.
    pub async fn source(&self, name: &str) -> Result<Option<Source>> {
        match self {
            Depot::Folder(folder) => Ok(self.has(name).await?.then(|| Source::File(folder.join(name)))),
            Depot::Bucket(..) => Ok(self.get(name).await?.map(Source::from)),
        }
    }

    /// Takes a file away.
    pub async fn remove(&self, name: &str) -> Result<()> {
        match self {
            Depot::Folder(folder) => match tokio::fs::remove_file(folder.join(name)).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            },
            Depot::Bucket(store, prefix) => match store.delete(&Self::key(prefix, name)).await {
                Err(error) if !matches!(error, object_store::Error::NotFound { .. }) => Err(error.into()),
                _ => Ok(()),
            },
        }
    }

    /// All whole files under a first part of names (`files`, `uploads`), in the order of their names.
    pub async fn list(&self, under: &str) -> Result<Vec<Found>> {
        let mut found = match self {
            Depot::Folder(folder) => {
                let (folder, under) = (folder.clone(), under.to_owned());
                tokio::task::spawn_blocking(move || walk(&folder, &under)).await??
            }
            Depot::Bucket(store, prefix) => {
                let mut listed = store.list(Some(&Self::key(prefix, under)));
                let mut found = Vec::new();
                while let Some(object) = poll_fn(|context| listed.as_mut().poll_next(context)).await {
                    let object = object?;
                    let parts: Vec<String> =
                        object.location.prefix_match(prefix).into_iter().flatten().map(|part| part.as_ref().to_owned()).collect();
                    found.push((parts.join("/"), object.last_modified));
                }
                found
            }
        };
        found.sort();
        Ok(found)
    }

    /// Makes sure that the files of this store lie here. The first start writes the store's number down; a folder that is
    /// empty because nothing is mounted there, or that of another installation, is told from the right one by it.
    ///
    /// # Errors
    /// It is another place, or it cannot be read or written.
    pub async fn check(&self, db: &Db) -> Result<()> {
        let mut tx = db.write().await?;
        let known = fact::find(&mut tx, "files").await?;
        // what the store knows was written here before
        let marked =
            self.get(MARK).await?.map(|text| String::from_utf8_lossy(&text).split_whitespace().next().unwrap_or_default().to_owned());
        match (known, marked) {
            (Some(known), Some(marked)) if known == marked => return Ok(()),
            (Some(known), marked) => return Err(Error::internal(self.elsewhere(&known, marked.as_deref()))),
            (None, marked) => {
                let number = marked.clone().unwrap_or_else(clock::new_id);
                if !fact::add(&mut tx, "files", &number).await? {
                    // another node was first; it has put its number here, if here is where it looks
                    drop(tx);
                    return Box::pin(self.check(db)).await;
                }
                if marked.is_none() {
                    let text = format!(
                        "{number}\nMã của kho dữ liệu có tệp ở đây; đừng xóa. / Number of the store whose files lie here; do not remove.\n"
                    );
                    self.put(MARK, text.into_bytes()).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(())
    }

    fn elsewhere(&self, number: &str, found: Option<&str>) -> String {
        let place = match self {
            Depot::Folder(folder) => folder.display().to_string(),
            Depot::Bucket(store, prefix) => format!("{store} {prefix}"),
        };
        let (vi, en) = match found {
            None => (format!("không có tệp {MARK}"), format!("it has no {MARK}")),
            Some(found) => (format!("{MARK} ghi mã {found}"), format!("its {MARK} says {found}")),
        };
        format!(
            "Nơi chứa tệp {place} không phải của kho dữ liệu này (mã {number}): {vi}. Hãy gắn đúng thư mục dùng chung hoặc sửa OCOP_FILES. Nếu vừa chuyển tệp sang đây, hãy chép cả {MARK}. / \
             {place} is not where the files of this store (number {number}) lie: {en}. Mount the shared folder, or correct OCOP_FILES. If the files were moved here, copy {MARK} too."
        )
    }
}

/// Writes a file that survives a power cut once it has its name.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    // two that write the same name do not write into one draft
    let part = folder.join(format!("{}.part", clock::new_id()));
    let mut file = std::fs::File::create(&part)?;
    std::io::Write::write_all(&mut file, bytes)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&part, path)?;
    std::fs::File::open(folder)?.sync_all()
}

/// Whole files below a part of a folder.
fn walk(folder: &Path, under: &str) -> std::io::Result<Vec<Found>> {
    let (mut found, mut left) = (Vec::new(), vec![folder.join(under)]);
    while let Some(next) = left.pop() {
        let entries = match std::fs::read_dir(&next) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                left.push(path);
            } else if path.extension().is_none_or(|ending| ending != "part") {
                let parts: Vec<_> = path
                    .strip_prefix(folder)
                    .unwrap_or(&path)
                    .components()
                    .map(|part| part.as_os_str().to_string_lossy().into_owned())
                    .collect();
                found.push((parts.join("/"), entry.metadata()?.modified()?.into()));
            }
        }
    }
    Ok(found)
}
