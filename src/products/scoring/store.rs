//! What people found when they compared a sheet with the gazette.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::db::{DbResult, Tx};
use crate::{execute, fetch_all};

/// A comparison.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Check {
    /// Identifier.
    pub id: String,
    /// The product set whose sheet it is.
    pub sheet: String,
    /// Digest of the wording that was compared.
    pub digest: String,
    /// `same`, or `differs`.
    pub outcome: String,
    /// Which print was read.
    pub source: String,
    /// What differs.
    pub note: String,
    /// Who compared.
    pub checked_by: String,
    /// Name of that person.
    pub checked_name: String,
    /// The day.
    pub checked_on: NaiveDate,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

impl Check {
    /// Whether the sheet was found to say what the gazette says.
    pub fn is_same(&self) -> bool {
        self.outcome == "same"
    }
}

/// All comparisons of a sheet, the latest first.
pub async fn of(tx: &mut Tx, sheet: &str) -> DbResult<Vec<Check>> {
    fetch_all!(
        tx,
        Check,
        "select c.*, p.name as checked_name from sheet_check c join person p on p.id = c.checked_by where c.sheet = $1 order by c.id desc limit 50",
        sheet
    )
}

/// The latest comparison of each sheet.
pub async fn latest(tx: &mut Tx) -> DbResult<BTreeMap<String, Check>> {
    let all = fetch_all!(
        tx,
        Check,
        "select c.*, p.name as checked_name from sheet_check c join person p on p.id = c.checked_by where not exists (select 1 from sheet_check later where later.sheet = c.sheet and later.id > c.id)"
    )?;
    Ok(all.into_iter().map(|check| (check.sheet.clone(), check)).collect())
}

/// Records a comparison.
pub async fn add(tx: &mut Tx, check: &Check) -> DbResult<u64> {
    execute!(
        tx,
        "insert into sheet_check (id, sheet, digest, outcome, source, note, checked_by, checked_on, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &check.id,
        &check.sheet,
        &check.digest,
        &check.outcome,
        &check.source,
        &check.note,
        &check.checked_by,
        check.checked_on,
        check.created_at
    )
}
