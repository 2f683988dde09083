//! Where the bytes of a table are: in memory, or in a file that is read as it is needed.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::PathBuf;
use std::sync::Arc;

/// The bytes of a file that is read as a table.
#[derive(Clone, Debug)]
pub enum Source {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// In a file, which stays as it is while it is read.
    File(PathBuf),
}

impl From<Vec<u8>> for Source {
    fn from(bytes: Vec<u8>) -> Source {
        Source::Bytes(bytes.into())
    }
}

impl From<&[u8]> for Source {
    fn from(bytes: &[u8]) -> Source {
        Source::Bytes(bytes.into())
    }
}

/// What can be read from any place on.
pub trait Readable: Read + Seek + Send {}

impl<T: Read + Seek + Send> Readable for T {}

/// Bytes read at a time.
const PIECE: usize = 256 * 1024;

impl Source {
    /// How many bytes it has.
    ///
    /// # Errors
    /// The file is not there.
    pub fn size(&self) -> io::Result<u64> {
        match self {
            Source::Bytes(bytes) => Ok(bytes.len() as u64),
            Source::File(path) => std::fs::metadata(path).map(|about| about.len()),
        }
    }

    /// Reads it from its beginning.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(&self) -> io::Result<BufReader<Box<dyn Readable>>> {
        let inner: Box<dyn Readable> = match self {
            Source::Bytes(bytes) => Box::new(Cursor::new(bytes.clone())),
            Source::File(path) => Box::new(File::open(path)?),
        };
        Ok(BufReader::with_capacity(PIECE, inner))
    }
}
