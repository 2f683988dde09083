//! The door: so many connections and no more, and one that cannot be opened does not close it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::{Guarded, Times};

/// How long the door waits after the system refused to open a connection, for want of open files say.
const PAUSE: Duration = Duration::from_millis(200);

/// A line that would come again and again stands in the log once in this time.
const SILENCE: Duration = Duration::from_secs(10);

/// A listener whose connections are [`Guarded`].
///
/// For `ConnectInfo<SocketAddr>` serve it as `listener.tap_io(|_| ())`
/// (`axum::serve::ListenerExt`), which carries the address.
#[derive(Debug)]
pub struct GuardedListener {
    inner: TcpListener,
    seats: Arc<Semaphore>,
    most: usize,
    times: Times,
    told_at: Option<Instant>,
}

impl GuardedListener {
    /// Guards what `inner` accepts.
    pub fn new(inner: TcpListener) -> Self {
        GuardedListener {
            inner,
            seats: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            most: Semaphore::MAX_PERMITS,
            times: Times::default(),
            told_at: None,
        }
    }

    /// The same with so many connections at the same time; whoever comes then waits at the door.
    pub fn with_most(mut self, most: usize) -> Self {
        (self.most, self.seats) = (most, Arc::new(Semaphore::new(most)));
        self
    }

    /// The same with other times, for tests.
    pub fn with_times(mut self, times: Times) -> Self {
        self.times = times;
        self
    }

    /// Binds to an address as [`TcpListener::bind`] does.
    ///
    /// # Errors
    /// Those of [`TcpListener::bind`].
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).await.map(Self::new)
    }

    fn tell(&mut self) -> bool {
        let now = Instant::now();
        let tell = self.told_at.is_none_or(|at| now.duration_since(at) > SILENCE);
        if tell {
            self.told_at = Some(now);
        }
        tell
    }
}

impl Listener for GuardedListener {
    type Io = Guarded<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        if self.seats.available_permits() == 0 && self.tell() {
            tracing::warn!(most = self.most, "as many connections as allowed (OCOP_MAX_CONNECTIONS); who comes now waits");
        }
        // never closed, so an error cannot come; without a seat the connection would merely not be counted
        let seat = Arc::clone(&self.seats).acquire_owned().await.ok();
        loop {
            match self.inner.accept().await {
                Ok((stream, address)) => return (Guarded::seated(stream, seat, self.times), address),
                // the client went away before it was let in
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
                    ) => {}
                Err(error) => {
                    if self.tell() {
                        tracing::error!(%error, "no connection can be opened; the limit of open files of this process (ulimit -n) may be too low");
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.inner.local_addr()
    }
}
