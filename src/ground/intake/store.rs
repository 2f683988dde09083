//! SQL of what was asked for.

use crate::db::{DbResult, Tx};
use crate::fetch_all;

/// A job of an import, for the list of the latest.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Asked {
    /// Identifier.
    pub id: String,
    /// What was asked.
    pub payload: String,
    /// `waiting`, `running`, `done`, `failed`.
    pub state: String,
    /// What came out.
    pub outcome: String,
    /// When.
    pub created_at: chrono::DateTime<chrono::Utc>,
}

/// The latest jobs of this kind of one person, or of everybody.
pub async fn asked(tx: &mut Tx, kind: &str, owner: &str, everybody: bool) -> DbResult<Vec<Asked>> {
    fetch_all!(
        tx,
        Asked,
        "select id, payload, state, outcome, created_at from job where kind = $1 and ($2 = 'all' or owner = $3) order by id desc limit 10",
        kind,
        if everybody { "all" } else { "" },
        owner
    )
}
