//! The framing of HTTP/1.x requests as a pure state machine over arbitrary pieces of input:
//! where a head ends, whether it is sound, and how long the body behind it is.

use super::HEAD_BYTES;
use super::chunk::{Chunks, Progress};
use super::fault::Fault;

/// How the body behind a head is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    None,
    Length(u64),
    Chunked,
}

/// Whether a request asks that the connection become something other than HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    No,
    /// `Upgrade`, granted by a 101.
    Upgrade,
    /// `CONNECT`, granted by any 2xx.
    Connect,
}

/// What the framing says of one piece of input.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// A head begun in earlier pieces that this piece completed; it goes before `from`.
    pub freed: Vec<u8>,
    /// First byte of the piece that goes on after `freed`.
    pub from: usize,
    /// End of what goes on; what is left is held back, or cut if there is a fault.
    pub to: usize,
    /// How many heads were completed.
    pub heads: usize,
    /// Why nothing goes on any more.
    pub fault: Option<Fault>,
}

#[derive(Debug)]
enum State {
    Head(HeadScan),
    Length(u64),
    Chunked(Chunks),
    Tunnel,
}

/// Follows the requests of one connection.
#[derive(Debug)]
pub(super) struct Framing {
    state: State,
    /// The part of a head seen so far that has not gone on.
    held: Vec<u8>,
    switch: Switch,
}

impl Framing {
    pub fn new() -> Self {
        Framing { state: State::Head(HeadScan::default()), held: Vec::new(), switch: Switch::No }
    }

    /// Whether bytes are held back, so that the next piece must not overtake them.
    pub fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// Whether a head has begun and not ended; empty lines before it do not count.
    pub fn within_head(&self) -> bool {
        matches!(&self.state, State::Head(scan) if scan.begun)
    }

    /// Whether a body has begun and not ended.
    pub fn within_body(&self) -> bool {
        matches!(self.state, State::Length(_) | State::Chunked(_))
    }

    /// Whether the connection is HTTP no longer.
    pub fn is_tunnel(&self) -> bool {
        matches!(self.state, State::Tunnel)
    }

    /// Takes the next piece of input. Once it has told a fault, it must not be fed again.
    pub fn feed(&mut self, piece: &[u8]) -> Seen {
        let mut seen = Seen::default();
        while seen.to < piece.len() {
            let rest = &piece[seen.to..];
            let step = match &mut self.state {
                State::Head(scan) => match scan.end(rest) {
                    Ok(Some(len)) => self.head(&rest[..len], &mut seen).map(|()| len),
                    Ok(None) => {
                        self.held.extend_from_slice(rest);
                        return seen;
                    }
                    Err(fault) => Err(fault),
                },
                State::Length(left) => {
                    let len = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    *left -= len as u64;
                    if *left == 0 {
                        self.state = State::Head(HeadScan::default());
                    }
                    Ok(len)
                }
                State::Chunked(chunks) => match chunks.advance(rest) {
                    (len, Progress::More) => Ok(len),
                    (len, Progress::Ended) => {
                        self.state = State::Head(HeadScan::default());
                        Ok(len)
                    }
                    (len, Progress::Broken) => {
                        seen.to += len;
                        Err(Fault::Chunk)
                    }
                },
                State::Tunnel => Ok(rest.len()),
            };
            match step {
                Ok(len) => seen.to += len,
                Err(fault) => {
                    seen.fault = Some(fault);
                    return seen;
                }
            }
        }
        seen
    }

    /// A head is complete with the bytes `end`: judge it, and free what was held of it.
    fn head(&mut self, end: &[u8], seen: &mut Seen) -> Result<(), Fault> {
        let (body, switch) = if self.held.is_empty() {
            judge(end)?
        } else {
            self.held.extend_from_slice(end);
            let judged = judge(&self.held)?;
            seen.freed = std::mem::take(&mut self.held);
            seen.from = end.len();
            judged
        };
        seen.heads += 1;
        self.switch = switch;
        self.state = match body {
            Body::Length(len) if len > 0 => State::Length(len),
            Body::Chunked => State::Chunked(Chunks::default()),
            Body::None | Body::Length(_) => State::Head(HeadScan::default()),
        };
        Ok(())
    }

    /// Takes the first bytes written after a head. If they grant the switch it asked for, the
    /// connection is HTTP no longer: all goes on as it comes, first what this returns.
    pub fn answered(&mut self, bytes: &[u8]) -> Vec<u8> {
        let granted = match std::mem::replace(&mut self.switch, Switch::No) {
            Switch::No => false,
            Switch::Upgrade => bytes.starts_with(b"HTTP/1.1 101 "),
            Switch::Connect => bytes.starts_with(b"HTTP/1.1 2"),
        };
        if !granted {
            return Vec::new();
        }
        self.state = State::Tunnel;
        std::mem::take(&mut self.held)
    }
}

/// Looks for the end of a head, byte by byte.
#[derive(Debug, Default)]
struct HeadScan {
    begun: bool,
    after_return: bool,
    line: usize,
    total: usize,
}

impl HeadScan {
    /// The number of bytes of `piece` that complete the head, if they do.
    fn end(&mut self, piece: &[u8]) -> Result<Option<usize>, Fault> {
        for (i, byte) in piece.iter().enumerate() {
            self.total += 1;
            if self.total > HEAD_BYTES {
                return Err(Fault::TooLarge);
            }
            if self.after_return && *byte != b'\n' {
                return Err(Fault::BareReturn);
            }
            self.after_return = *byte == b'\r';
            match byte {
                0 => return Err(Fault::Zero),
                b'\r' => {}
                b'\n' if self.line == 0 && self.begun => return Ok(Some(i + 1)),
                b'\n' => self.line = 0,
                _ => {
                    self.line += 1;
                    self.begun = true;
                }
            }
        }
        Ok(None)
    }
}

/// Judges a complete head, the empty lines around it included.
pub(super) fn judge(head: &[u8]) -> Result<(Body, Switch), Fault> {
    let mut lines = head
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty());
    let (method, newer) = request_line(lines.next().unwrap_or_default())?;
    let mut fields = Fields::default();
    for line in lines {
        fields.take(line)?;
    }
    let body = fields.body(newer)?;
    match fields.hosts {
        0 if newer => return Err(Fault::NoHost),
        0 | 1 => {}
        _ => return Err(Fault::Host),
    }
    let switch = match (method, fields.upgrade) {
        (b"CONNECT", _) => Switch::Connect,
        (_, true) => Switch::Upgrade,
        (_, false) => Switch::No,
    };
    Ok((body, switch))
}

/// The method, and whether the version is 1.1 rather than 1.0.
fn request_line(line: &[u8]) -> Result<(&[u8], bool), Fault> {
    let mut parts = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(Fault::RequestLine);
    };
    let sound =
        is_token(method) && !target.is_empty() && !target.iter().any(u8::is_ascii_control) && matches!(version, b"HTTP/1.0" | b"HTTP/1.1");
    sound.then_some((method, version == b"HTTP/1.1")).ok_or(Fault::RequestLine)
}

/// What the header lines of a head say of its framing.
#[derive(Debug, Default)]
struct Fields {
    hosts: usize,
    length: Option<u64>,
    encodings: usize,
    upgrade: bool,
}

impl Fields {
    fn take(&mut self, line: &[u8]) -> Result<(), Fault> {
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            return Err(Fault::Folded);
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or(Fault::HeaderLine)?;
        let (name, value) = (&line[..colon], trimmed(&line[colon + 1..]));
        if name.ends_with(b" ") || name.ends_with(b"\t") {
            return Err(Fault::SpaceBeforeColon);
        }
        if !is_token(name) {
            return Err(Fault::HeaderLine);
        }
        if name.eq_ignore_ascii_case(b"host") {
            self.hosts += 1;
            if !value.iter().all(|byte| may_stand_in_host(*byte)) {
                return Err(Fault::Host);
            }
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let length = whole_number(value).filter(|_| self.length.is_none());
            self.length = Some(length.ok_or(Fault::Length)?);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.encodings += 1;
            if self.encodings > 1 || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Fault::Encoding);
            }
        } else if name.eq_ignore_ascii_case(b"upgrade") {
            self.upgrade = true;
        }
        Ok(())
    }

    fn body(&self, newer: bool) -> Result<Body, Fault> {
        match (self.length, self.encodings) {
            (Some(_), 1..) => Err(Fault::TwoLengths),
            (None, 1..) if !newer => Err(Fault::Encoding),
            (None, 1..) => Ok(Body::Chunked),
            (Some(length), 0) => Ok(Body::Length(length)),
            (None, 0) => Ok(Body::None),
        }
    }
}

fn trimmed(value: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !blank(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    &value[start..end]
}

fn whole_number(value: &[u8]) -> Option<u64> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    digits.then(|| std::str::from_utf8(value).ok()?.parse().ok())?
}

fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

/// The characters of a URI's host and port (RFC 3986).
fn may_stand_in_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+;=:[]".contains(&byte)
}
