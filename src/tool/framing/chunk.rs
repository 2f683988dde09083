//! Chunked bodies (RFC 9112, 7.1), strictly: lines end with CR LF and nothing else, so that no
//! two readers can disagree where the body ends.

use super::HEAD_BYTES;

/// The longest extension of one chunk, in bytes.
const EXTENSION_BYTES: usize = 4096;

#[derive(Debug, Clone, Copy)]
enum At {
    Size { digits: u8 },
    Extension { len: usize },
    SizeEnd,
    Data,
    DataReturn,
    DataEnd,
    Trailer { line: usize },
    TrailerEnd { line: usize },
}

/// Where a piece of input leaves a chunked body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// All of the piece belongs to it, and there is more to come.
    More,
    /// It has ended.
    Ended,
    /// It is not framed as chunks are.
    Broken,
}

/// Follows one chunked body to its end, trailers included.
#[derive(Debug)]
pub(super) struct Chunks {
    at: At,
    left: u64,
    trailers: usize,
}

impl Default for Chunks {
    fn default() -> Self {
        Chunks { at: At::Size { digits: 0 }, left: 0, trailers: 0 }
    }
}

impl Chunks {
    /// How many bytes of `piece` belong to the body, and why no more of them.
    pub fn advance(&mut self, piece: &[u8]) -> (usize, Progress) {
        let mut i = 0;
        while i < piece.len() {
            if matches!(self.at, At::Data) {
                let len = usize::try_from(self.left).unwrap_or(usize::MAX).min(piece.len() - i);
                self.left -= len as u64;
                i += len;
                if self.left == 0 {
                    self.at = At::DataReturn;
                }
                continue;
            }
            match self.byte(piece[i]) {
                Progress::More => i += 1,
                Progress::Ended => return (i + 1, Progress::Ended),
                Progress::Broken => return (i, Progress::Broken),
            }
        }
        (i, Progress::More)
    }

    /// Takes one byte outside the data.
    fn byte(&mut self, byte: u8) -> Progress {
        self.at = match (self.at, byte) {
            (At::Size { digits }, _) if byte.is_ascii_hexdigit() && digits < 16 => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                self.left = self.left << 4 | u64::from(digit);
                At::Size { digits: digits + 1 }
            }
            (At::Size { digits: 1.. }, b'\r') | (At::Extension { .. }, b'\r') => At::SizeEnd,
            (At::Size { digits: 1.. }, b';' | b' ' | b'\t') => At::Extension { len: 0 },
            (At::Extension { len }, _) if byte != b'\n' && len < EXTENSION_BYTES => At::Extension { len: len + 1 },
            (At::SizeEnd, b'\n') if self.left == 0 => At::Trailer { line: 0 },
            (At::SizeEnd, b'\n') => At::Data,
            (At::DataReturn, b'\r') => At::DataEnd,
            (At::DataEnd, b'\n') => At::Size { digits: 0 },
            (At::Trailer { line }, b'\r') => At::TrailerEnd { line },
            (At::Trailer { line }, _) if byte != b'\n' && self.trailers < HEAD_BYTES => {
                self.trailers += 1;
                At::Trailer { line: line + 1 }
            }
            (At::TrailerEnd { line: 0 }, b'\n') => return Progress::Ended,
            (At::TrailerEnd { .. }, b'\n') => At::Trailer { line: 0 },
            _ => return Progress::Broken,
        };
        Progress::More
    }
}
