//! What people found when they compared a sheet with the gazette; sheets that were brought in by file.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::books;
use super::sheet::Sheet;
use crate::db::{DbResult, Tx};
use crate::{execute, fetch_all, fetch_optional};

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

/// The sheet of a product set: the one brought in by file, else the one that is shipped.
pub async fn sheet(tx: &mut Tx, set: &str) -> DbResult<Option<&'static Sheet>> {
    let brought = fetch_optional!(tx, (String,), "select digest from score_sheet where set_id = $1 and used_since is not null", set)?;
    match brought {
        Some((digest,)) => worded(tx, &digest).await,
        None => Ok(books::of(set)),
    }
}

/// A sheet by the digest of its wording.
pub async fn worded(tx: &mut Tx, digest: &str) -> DbResult<Option<&'static Sheet>> {
    if let Some(known) = books::by_digest(digest) {
        return Ok(Some(known));
    }
    let Some((body,)) = fetch_optional!(tx, (String,), "select body from score_sheet where digest = $1", digest)? else { return Ok(None) };
    let sheet: Sheet = serde_json::from_str(&body).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Some(books::intern(Sheet { digest: digest.to_owned(), ..sheet })))
}

/// The sheets of all sets that have one, by instrument and number, and the files they came from, by set.
pub async fn in_use(tx: &mut Tx) -> DbResult<(Vec<&'static Sheet>, BTreeMap<String, String>)> {
    let brought = fetch_all!(tx, (String, String), "select digest, source from score_sheet where used_since is not null order by set_id")?;
    let (mut sheets, mut sources) = (Vec::new(), BTreeMap::new());
    for (digest, source) in brought {
        if let Some(sheet) = worded(tx, &digest).await? {
            sources.insert(sheet.set.clone(), source);
            sheets.push(sheet);
        }
    }
    sheets.extend(books::all().iter().filter(|shipped| !sources.contains_key(&shipped.set)));
    sheets.sort_by(|a, b| (&a.instrument, a.number).cmp(&(&b.instrument, b.number)));
    Ok((sheets, sources))
}

/// Keeps a wording, so that it can be read as long as anybody was marked by it.
pub async fn keep(tx: &mut Tx, sheet: &Sheet, source: &str, by: &str, now: DateTime<Utc>) -> DbResult<()> {
    let body = serde_json::to_string(sheet).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    execute!(
        tx,
        "insert into score_sheet (digest, set_id, body, source, created_by, created_at) values ($1, $2, $3, $4, $5, $6) on conflict (digest) do nothing",
        &sheet.digest,
        &sheet.set,
        body,
        source,
        by,
        now
    )?;
    Ok(())
}

/// Makes a wording that is kept the sheet of its set.
pub async fn put_in_use(tx: &mut Tx, sheet: &Sheet, now: DateTime<Utc>) -> DbResult<()> {
    execute!(tx, "update score_sheet set used_since = null where set_id = $1", &sheet.set)?;
    execute!(tx, "update score_sheet set used_since = $2 where digest = $1", &sheet.digest, now)?;
    Ok(())
}
