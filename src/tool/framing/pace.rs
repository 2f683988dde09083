//! How long a connection may keep the server waiting: for a head, for a body, for the next request, for room to write.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

use super::fault::Fault;

/// How long each kind of waiting may take.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// From the first byte of a head to its last, and from the connection to the first byte.
    pub head: Duration,
    /// Between an answer and the next request.
    pub idle: Duration,
    /// In this time a body has to bring [`Times::body_bytes`].
    pub body: Duration,
    /// The least that a body brings in [`Times::body`]: 2 kB a second are slower than any telephone.
    pub body_bytes: usize,
    /// For the client to take anything of an answer.
    pub write: Duration,
}

impl Default for Times {
    fn default() -> Times {
        Times {
            head: super::HEAD_TIME,
            idle: Duration::from_secs(75),
            body: Duration::from_secs(30),
            body_bytes: 60_000,
            write: Duration::from_secs(60),
        }
    }
}

/// What the server waits for when it wants to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The first byte of a connection.
    Fresh,
    /// The rest of a head.
    Head,
    /// The rest of a body.
    Body,
    /// The next request: the last one is answered.
    Idle,
    /// Nothing of the client: the answer is being made.
    Working,
}

/// What has taken too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Late {
    /// Nothing was begun; the connection ends without a word.
    Quiet,
    /// A request was begun; its client is told.
    Told(Fault),
}

/// The clock of one connection.
#[derive(Debug)]
pub(super) struct Pace {
    times: Times,
    stage: Stage,
    timer: Option<Pin<Box<Sleep>>>,
    bytes: usize,
    wrote_at: Option<Instant>,
    stall: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    pub fn new(times: Times) -> Pace {
        Pace { times, stage: Stage::Fresh, timer: None, bytes: 0, wrote_at: None, stall: None }
    }

    /// Something was read.
    pub fn read(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// A request began: waiting begins anew. Only within a read, which asks for the time again.
    pub fn restart(&mut self) {
        (self.timer, self.bytes, self.wrote_at) = (None, 0, None);
    }

    /// Ready when the client has kept the server waiting too long.
    pub fn poll_late(&mut self, stage: Stage, cx: &mut Context<'_>) -> Poll<Late> {
        if stage != self.stage {
            // a server that waits for its own answer does not ask again when it is written: the timer set before goes on
            if (self.stage, stage) != (Stage::Working, Stage::Idle) {
                self.restart();
            }
            self.stage = stage;
        }
        let (time, late) = match stage {
            Stage::Working => (self.times.idle, None),
            Stage::Fresh => (self.times.head, Some(Late::Quiet)),
            Stage::Idle => (self.times.idle, Some(Late::Quiet)),
            Stage::Head => (self.times.head, Some(Late::Told(Fault::Slow))),
            Stage::Body => (self.times.body, Some(Late::Told(Fault::SlowBody))),
        };
        loop {
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(time)));
            std::task::ready!(timer.as_mut().poll(cx));
            let now = Instant::now();
            // an answer went on in the meantime: its client has waited for us, not we for him
            let until = self.wrote_at.take().map(|at| at + time).filter(|until| *until > now);
            match (until, late) {
                (Some(until), _) => timer.as_mut().reset(until),
                (None, None) => timer.as_mut().reset(now + time),
                (None, Some(_)) if stage == Stage::Body && self.bytes >= self.times.body_bytes => self.restart(),
                (None, Some(late)) => return Poll::Ready(late),
            }
        }
    }

    /// Ready when the client has taken nothing of an answer for too long. Asked whenever a write has to wait.
    pub fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let time = self.times.write;
        self.stall.get_or_insert_with(|| Box::pin(sleep(time))).as_mut().poll(cx)
    }

    /// Something was written.
    pub fn wrote(&mut self) {
        self.stall = None;
        self.wrote_at = Some(Instant::now());
    }
}
