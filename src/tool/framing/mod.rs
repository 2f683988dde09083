//! A guard between the network and the HTTP server.
//!
//! Two parties that disagree where a request ends can be made to take a part of one request for
//! another ("request smuggling"). [`Guarded`] follows the framing of HTTP/1.x over a stream. It
//! passes sound requests on byte for byte; of an unsound one, and of all that follows it, the
//! server sees nothing: it sees the end of input, and when the answers under way are written
//! the client gets a `400 Bad Request` that says what is wrong, and the connection is closed.
//!
//! A head goes on only when it is complete and sound, bodies go on as they come. `CONNECT` and
//! `Upgrade` are passed on like any request; once the server grants them the stream is no longer
//! HTTP and is followed no further.

mod chunk;
mod door;
mod fault;
mod head;
mod pace;
#[cfg(test)]
mod pace_tests;
#[cfg(test)]
mod tests;

pub use door::GuardedListener;
pub use fault::Fault;
pub use pace::Times;

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep};

use head::{Framing, Seen};
use pace::{Late, Pace, Stage};

/// The longest head of a request, in bytes.
pub const HEAD_BYTES: usize = 64 * 1024;

/// How long a head may take from its first byte to its last.
pub const HEAD_TIME: Duration = Duration::from_secs(30);

/// How long, and for how many bytes, a refused client is still listened to. A socket closed
/// while bytes are unread is reset, and the client might never see the answer.
const LINGER_TIME: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1024 * 1024;

/// The same for a client whose request was answered before all of its body had come: a browser that is
/// still sending a picture would otherwise show a broken connection instead of the answer.
const BODY_LINGER_TIME: Duration = Duration::from_secs(20);
const BODY_LINGER_BYTES: usize = 64 * 1024 * 1024;

/// How far the end of a refused connection has come.
#[derive(Debug)]
enum End {
    /// The server has not yet been told. It first gets an empty line, which may stand before
    /// any request: it keeps a busy server from looking for the end of input, which it would
    /// take for a client gone and drop the answer under way.
    Untold,
    /// The empty line is given; the next read is the end of input.
    Lined,
    /// The server has seen the end of input.
    Told,
    /// The refusal is written up to this byte.
    Answering(usize),
    /// All is written; the client is listened to for a moment, for this many more bytes.
    Lingering(Pin<Box<Sleep>>, usize),
    /// Nothing is left to do.
    Done,
}

/// A stream that passes on sound HTTP/1.x requests only.
#[derive(Debug)]
pub struct Guarded<S> {
    inner: S,
    framing: Framing,
    /// Released bytes that wait for the next read, from `out_at` on.
    out: Vec<u8>,
    out_at: usize,
    fault: Option<Fault>,
    end: End,
    pace: Pace,
    /// Whether any head went on.
    asked: bool,
    /// Whether anything was written since the last head went on.
    written: bool,
    /// Whether an answer to the last whole request has begun; "100 Continue" is none.
    answered: bool,
    /// The place among all connections, given back when this one ends.
    _seat: Option<OwnedSemaphorePermit>,
}

impl<S> Guarded<S> {
    /// Guards `inner`, from the first byte of a connection.
    pub fn new(inner: S) -> Self {
        Guarded::seated(inner, None, Times::default())
    }

    /// The same with a place among all connections.
    pub(super) fn seated(inner: S, seat: Option<OwnedSemaphorePermit>, times: Times) -> Self {
        Guarded {
            inner,
            framing: Framing::new(),
            out: Vec::new(),
            out_at: 0,
            fault: None,
            end: End::Untold,
            pace: Pace::new(times),
            asked: false,
            written: false,
            answered: false,
            _seat: seat,
        }
    }

    /// Why this connection is being refused, if it is.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    fn note(&mut self, seen: &Seen) {
        self.fault = seen.fault;
        if seen.heads > 0 {
            (self.asked, self.written, self.answered) = (true, false, false);
            self.pace.restart();
        }
    }

    fn note_written(&mut self, bytes: &[u8], result: &Poll<io::Result<usize>>) {
        if matches!(result, Poll::Ready(Ok(1..))) {
            self.written = true;
            self.answered |= !self.framing.within_body();
            self.pace.wrote();
            self.out.extend(self.framing.answered(bytes));
        }
    }

    /// A write that has to wait, or an error if it has waited too long.
    fn or_stalled(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match result {
            Poll::Pending => self.pace.poll_stalled(cx).map(|()| Err(io::ErrorKind::TimedOut.into())),
            done => done,
        }
    }

    /// What a read gives once nothing goes on any more.
    fn end_of_input(&mut self, buf: &mut ReadBuf<'_>) {
        self.end = match self.end {
            End::Untold if !self.fault.is_some_and(Fault::is_within_body) => {
                let line = b"\r\n";
                buf.put_slice(&line[..line.len().min(buf.remaining())]);
                End::Lined
            }
            _ => End::Told,
        };
    }

    fn stage(&self) -> Stage {
        match () {
            () if self.framing.is_tunnel() => Stage::Working,
            () if self.framing.within_head() => Stage::Head,
            () if self.framing.within_body() => Stage::Body,
            () if !self.asked => Stage::Fresh,
            () if self.answered => Stage::Idle,
            () => Stage::Working,
        }
    }
}

impl<S: AsyncRead + Unpin> Guarded<S> {
    /// Reads from the stream. A fault means that what is being sent is late; a connection on which nothing was begun
    /// for too long looks as if the client had ended it.
    fn poll_inner(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<Option<Fault>>> {
        let before = buf.filled().len();
        match Pin::new(&mut self.inner).poll_read(cx, buf) {
            Poll::Ready(result) => {
                self.pace.read(buf.filled().len() - before);
                Poll::Ready(result.map(|()| None))
            }
            Poll::Pending => {
                let stage = self.stage();
                self.pace.poll_late(stage, cx).map(|late| {
                    Ok(match late {
                        Late::Quiet => None,
                        Late::Told(fault) => Some(fault),
                    })
                })
            }
        }
    }

    /// Reads straight into the server's buffer. True if the read is done.
    fn poll_straight(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<bool>> {
        let before = buf.filled().len();
        if let Some(fault) = ready!(self.poll_inner(cx, buf))? {
            self.fault = Some(fault);
            return Poll::Ready(Ok(false));
        }
        let fresh = &buf.filled()[before..];
        if fresh.is_empty() {
            return Poll::Ready(Ok(true));
        }
        let seen = self.framing.feed(fresh);
        buf.set_filled(before + seen.to);
        self.note(&seen);
        Poll::Ready(Ok(seen.to > 0))
    }

    /// Reads on behind a head that is held back. True if the input has ended.
    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut space = [0; 4096];
        let mut piece = ReadBuf::new(&mut space);
        if let Some(fault) = ready!(self.poll_inner(cx, &mut piece))? {
            self.fault = Some(fault);
            return Poll::Ready(Ok(false));
        }
        if piece.filled().is_empty() {
            return Poll::Ready(Ok(true));
        }
        let seen = self.framing.feed(piece.filled());
        self.out.extend_from_slice(&seen.freed);
        self.out.extend_from_slice(&piece.filled()[seen.from..seen.to]);
        self.note(&seen);
        Poll::Ready(Ok(false))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if buf.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            if this.out_at < this.out.len() {
                let len = buf.remaining().min(this.out.len() - this.out_at);
                buf.put_slice(&this.out[this.out_at..this.out_at + len]);
                this.out_at += len;
                if this.out_at == this.out.len() {
                    this.out = Vec::new();
                    this.out_at = 0;
                }
                return Poll::Ready(Ok(()));
            }
            if this.fault.is_some() {
                this.end_of_input(buf);
                return Poll::Ready(Ok(()));
            }
            let done = if this.framing.holds() { ready!(this.poll_held(cx))? } else { ready!(this.poll_straight(cx, buf))? };
            if done {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Guarded<S> {
    /// Whether the refusal is still owed: the server asked for the refused request, and if the
    /// fault is within a body, it has not answered it already.
    fn owed(&self) -> Option<Fault> {
        let asked = matches!(self.end, End::Told);
        self.fault.filter(|fault| asked && !(fault.is_within_body() && self.written))
    }

    /// Writes the refusal, closes this side, and listens on for a moment.
    fn poll_refuse(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.owed().is_some() {
            self.end = End::Answering(0);
        }
        let mut inner = Pin::new(&mut self.inner);
        if let (End::Answering(at), Some(fault)) = (&mut self.end, self.fault) {
            let response = fault.response();
            while *at < response.len() {
                let len = ready!(inner.as_mut().poll_write(cx, &response[*at..]))?;
                if len == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                *at += len;
            }
            ready!(inner.as_mut().poll_flush(cx))?;
            ready!(inner.as_mut().poll_shutdown(cx))?;
            self.end = End::Lingering(Box::pin(sleep(LINGER_TIME)), LINGER_BYTES);
        } else if self.fault.is_none() && self.framing.within_body() && matches!(self.end, End::Untold) {
            ready!(inner.as_mut().poll_shutdown(cx))?;
            self.end = End::Lingering(Box::pin(sleep(BODY_LINGER_TIME)), BODY_LINGER_BYTES);
        }
        if let End::Lingering(timer, left) = &mut self.end {
            let mut space = [0; 4096];
            while *left > 0 && timer.as_mut().poll(cx).is_pending() {
                let mut piece = ReadBuf::new(&mut space);
                match ready!(inner.as_mut().poll_read(cx, &mut piece)) {
                    Ok(()) if !piece.filled().is_empty() => *left = left.saturating_sub(piece.filled().len()),
                    _ => break,
                }
            }
            self.end = End::Done;
            return Poll::Ready(Ok(()));
        }
        inner.poll_shutdown(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_write(cx, bytes);
        this.note_written(bytes, &result);
        this.or_stalled(cx, result)
    }

    fn poll_write_vectored(self: Pin<&mut Self>, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_write_vectored(cx, slices);
        let first = slices.iter().find(|slice| !slice.is_empty());
        this.note_written(first.map_or(&[], |slice| slice), &result);
        this.or_stalled(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_refuse(cx)
    }
}
