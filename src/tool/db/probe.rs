//! Whether the store takes writes: tried, not believed.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::{Db, DbResult};
use crate::db::fact;

/// How long an answer holds.
const HOLDS: Duration = Duration::from_secs(5);

/// How long a try waits for a writer under way, an import say. A store that is busy writing takes writes.
const PATIENCE: Duration = Duration::from_secs(1);

/// The last try.
#[derive(Debug, Default)]
pub struct Probe(Mutex<Option<(Instant, bool)>>);

impl Probe {
    /// Whether a write succeeded just now; at most one try in a few seconds, whoever asks.
    pub async fn can_write(&self, db: &Db, stamp: &str) -> bool {
        let mut last = self.0.lock().await;
        if let Some((at, held)) = *last
            && at.elapsed() < HOLDS
        {
            return held;
        }
        let tried = match tokio::time::timeout(PATIENCE, write(db, stamp)).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::error!(%error, "the store takes no writes");
                false
            }
            Err(_) => db.is_busy(),
        };
        *last = Some((Instant::now(), tried));
        tried
    }
}

async fn write(db: &Db, stamp: &str) -> DbResult<()> {
    let mut tx = db.aside().await?;
    fact::put(&mut tx, "probe", stamp).await?;
    tx.commit().await
}

impl Db {
    /// Whether a try that got no turn says nothing against the store: the embedded one has one writer, and he has the turn.
    /// A server has many, and answers at once or not at all.
    fn is_busy(&self) -> bool {
        match self {
            Db::Sqlite { .. } => true,
            Db::Postgres { .. } => false,
        }
    }
}
