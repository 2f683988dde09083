//! SQL of units. The whole region (some hundred rows) is held in memory; it changes only by `ocop init`, which tells so.

use chrono::NaiveDate;

use super::{Region, Under, Unit};
use crate::db::{DbResult, Tx, Where};
use crate::geo::Boundaries;
use crate::{execute, fetch_all};

/// A unit as a pack brings it.
#[derive(Clone, Debug, serde::Deserialize, sqlx::FromRow)]
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

/// Names the successors of a unit, with their shares; those of before that are not named any more are none.
pub async fn put_successors(tx: &mut Tx, unit: &str, successors: &[(String, String)]) -> DbResult<()> {
    execute!(tx, "delete from unit_successor where unit_id = $1", unit)?;
    for (successor, share) in successors {
        execute!(tx, "insert into unit_successor (unit_id, successor_id, share) values ($1, $2, $3)", unit, successor, share)?;
    }
    Ok(())
}

/// All units as the pack wrote them, each with its successors and their shares in order.
pub async fn rows(tx: &mut Tx) -> DbResult<Vec<(UnitRow, Vec<(String, String)>)>> {
    let units = fetch_all!(
        tx,
        UnitRow,
        "select id, code, level, kind, name, full_name, parent_id as parent, valid_from, valid_to, lon, lat, source, note from unit order by id"
    )?;
    let successors =
        fetch_all!(tx, (String, String, String), "select unit_id, successor_id, share from unit_successor order by unit_id, successor_id")?;
    let own = |unit: &UnitRow| {
        let first = successors.partition_point(|(id, ..)| *id < unit.id);
        successors[first..]
            .iter()
            .take_while(|(id, ..)| *id == unit.id)
            .map(|(_, successor, share)| (successor.clone(), share.clone()))
            .collect()
    };
    Ok(units.into_iter().map(|unit| (own(&unit), unit)).map(|(own, unit)| (unit, own)).collect())
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
