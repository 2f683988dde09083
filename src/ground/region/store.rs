//! SQL of units. The whole region (some hundred rows) is held in memory; it changes only by `ocop init`, which tells so.

use chrono::NaiveDate;

use super::{Region, Under, Unit};
use crate::db::{DbResult, Tx, Where};
use crate::geo::Boundaries;
use crate::{execute, fetch_all};

/// A unit as a pack brings it.
#[derive(Clone, Debug, serde::Deserialize)]
#[allow(missing_docs, reason = "columns of units.csv, explained in programme/README.md")]
pub struct UnitRow {
    pub id: String,
    pub code: String,
    pub level: String,
    pub kind: String,
    pub name: String,
    pub full_name: String,
    pub parent: Option<String>,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    pub source: String,
    pub note: String,
}

/// Reads all units and successors.
pub async fn load(tx: &mut Tx, boundaries: Option<Boundaries>) -> DbResult<Region> {
    let units = fetch_all!(
        tx,
        Unit,
        "select id, code, level, kind, name, full_name, name_fold, parent_id, valid_from, valid_to, lon, lat from unit order by id"
    )?;
    let successors = fetch_all!(tx, (String, String), "select unit_id, successor_id from unit_successor order by unit_id, successor_id")?;
    Ok(Region::new(units, &successors, boundaries))
}

/// Adds or updates a unit of the pack.
pub async fn put(tx: &mut Tx, row: &UnitRow) -> DbResult<u64> {
    execute!(
        tx,
        "insert into unit (id, code, level, kind, name, full_name, name_fold, parent_id, valid_from, valid_to, lon, lat, source, note)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (id) do update set code = excluded.code, kind = excluded.kind, name = excluded.name, full_name = excluded.full_name,
           name_fold = excluded.name_fold, parent_id = excluded.parent_id, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
           lon = excluded.lon, lat = excluded.lat, source = excluded.source, note = excluded.note",
        &row.id,
        &row.code,
        &row.level,
        &row.kind,
        &row.name,
        &row.full_name,
        crate::text::fold(&row.name),
        &row.parent,
        row.valid_from,
        row.valid_to,
        row.lon,
        row.lat,
        &row.source,
        &row.note
    )
}

/// Adds a successor.
pub async fn put_successor(tx: &mut Tx, unit: &str, successor: &str, share: &str) -> DbResult<u64> {
    execute!(
        tx,
        "insert into unit_successor (unit_id, successor_id, share) values ($1, $2, $3) on conflict (unit_id, successor_id) do update set share = excluded.share",
        unit,
        successor,
        share
    )
}

/// That a thing with `unit_id` and `unit_today`, named `alias` in the text, is listed under a unit, surely or not.
pub fn lies_under(asked: &mut Where, alias: &str, under: &Under) -> String {
    let mut parts = Vec::new();
    if !under.now.is_empty() {
        parts.push(asked.list(&format!("{alias}.unit_today"), &under.now));
    }
    if !under.recorded.is_empty() {
        parts.push(asked.list(&format!("{alias}.unit_id"), &under.recorded));
    }
    if !under.maybe.is_empty() {
        // not "is null": by that an index would find everything of which it is not known where it lies
        parts.push(format!("(coalesce({alias}.unit_today, '') = '' and {})", asked.list(&format!("{alias}.unit_id"), &under.maybe)));
    }
    if parts.is_empty() { "1 = 0".to_owned() } else { format!("({})", parts.join(" or ")) }
}
