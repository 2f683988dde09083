//! Bodies in which a role may be held: how one looks to the rule of roles, and which fit.

use chrono::NaiveDate;

use super::Body;
use crate::access::{Role, Seat, Voice};
use crate::db::{DbResult, Tx, Where};
use crate::fetch_texts;
use crate::region::{Level, Region};

/// A body as the rule of roles looks at it.
pub fn seat<'a>(body: &'a Body, region: &'a Region, today: NaiveDate) -> Seat<'a> {
    // an office of the city sits in no unit of its own
    let unit = body.unit_id.as_deref().and_then(|id| region.get(id)).filter(|unit| unit.level != Level::Province);
    Seat {
        id: &body.id,
        name: &body.name,
        kind: &body.kind,
        unit_id: unit.map(|unit| unit.id.as_str()),
        unit_name: unit.map_or("", |unit| unit.full_name.as_str()),
        governs: unit.is_some_and(|unit| unit.is_valid(today) && unit.level != Level::Province),
    }
}

/// Bodies of a day in which a role may be held and whose folded name contains `q`, by name.
pub async fn fitting(tx: &mut Tx, role: Role, q: &str, on: NaiveDate, rows: i64) -> DbResult<Vec<Body>> {
    let mut wanted = Where::default();
    let kinds: Vec<String> = role.kinds().to_vec();
    let list = wanted.list("b.kind", &kinds);
    wanted.and(&list);
    wanted.and(&format!(
        "(b.valid_from is null or b.valid_from <= '{on}') and (b.valid_to is null or b.valid_to > '{on}') and b.joined_to is null"
    ));
    match role.voice() {
        Voice::Commune => wanted.and("u.level in ('commune', 'district')"),
        Voice::Business | Voice::Association | Voice::Panel => {}
        Voice::City => wanted.and("(b.kind <> 'people_committee' or u.id is null or u.level = 'province')"),
    }
    wanted.words(&crate::text::fold(q), |word| format!("b.name_fold like {word}"));
    let sql = format!(
        "select b.id, b.kind, b.name, b.short, b.parent_id, b.unit_id, b.tax_code, b.address, b.phone, b.valid_from, b.valid_to, b.demo, b.version
         from body b left join unit u on u.id = b.unit_id{} order by b.name_fold, b.id limit {rows}",
        wanted.sql
    );
    fetch_texts!(tx, Body, sql, wanted.binds)
}
