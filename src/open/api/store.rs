//! SQL of the interface for programs: pages of whole points, counts, answers that are kept.

use chrono::NaiveDate;

use super::model::Bbox;
use crate::access::Scope;
use crate::db::{DbResult, Tx};
use crate::point::{Point, State};
use crate::{fetch_all, fetch_many};

/// A body, as far as points name it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct BodyName {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: String,
    /// Tax code.
    pub tax_code: Option<String>,
}

/// Bodies by their ids.
pub async fn bodies(tx: &mut Tx, ids: &[&str]) -> DbResult<Vec<BodyName>> {
    fetch_many!(tx, BodyName, "select id, name, kind, tax_code from body where id in ($1)", ids)
}

/// Whose points are read.
#[derive(Clone, Debug, PartialEq)]
pub enum Reader {
    /// Everybody: public states only, in the units they surely lie in.
    Public,
    /// Somebody with a scope.
    Scoped(Scope),
}

/// What is asked of a list of points.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this state.
    pub state: Option<State>,
    /// Only this kind.
    pub kind: String,
    /// Only this unit.
    pub unit: Option<String>,
    /// Folded text in name or address.
    pub q: String,
    /// `city` or `ministry`.
    pub counted_by: String,
    /// Only inside this box.
    pub bbox: Option<Bbox>,
    /// Rows after this sort key and id.
    pub after: (String, String),
    /// Rows.
    pub rows: i64,
}

/// A page of points in dictionary order.
pub async fn points(tx: &mut Tx, reader: &Reader, filter: &Filter) -> DbResult<Vec<Point>> {
    let is_public = *reader == Reader::Public;
    let (own, body) = match reader {
        Reader::Public | Reader::Scoped(Scope::All) => ("", ""),
        Reader::Scoped(Scope::Unit(unit)) => (unit.as_str(), ""),
        Reader::Scoped(Scope::Body(body)) => ("", body.as_str()),
        Reader::Scoped(Scope::None) => return Ok(Vec::new()),
    };
    let asked = filter.unit.as_deref().unwrap_or("");
    let state = filter.state.map_or("", State::word);
    let (like, counted) = (format!("%{}%", filter.q), format!("%{}%", filter.counted_by));
    let has_box = filter.bbox.is_some();
    let Bbox { west, south, east, north } = filter.bbox.unwrap_or(Bbox { west: 0.0, south: 0.0, east: 0.0, north: 0.0 });
    let (sort, id) = &filter.after;
    // the first unit is walked along its list; a second one narrows
    let (unit, second) = if own.is_empty() { (asked, "") } else { (own, asked) };
    if !unit.is_empty() {
        return fetch_all!(
            tx,
            Point,
            "select p.* from point_unit u join point p on p.id = u.point_id
             where u.unit_id = $1 and (u.sort, u.point_id) > ($2, $3) and (u.certainty = 'is' or not $4) and ($5 = '' or u.state = $5)
               and (not $4 or u.state in ('operating', 'suspended', 'closed')) and ($6 = '' or u.kind = $6)
               and ($7 = '%%' or p.name_fold like $7 or p.address_fold like $7) and ($8 = '%%' or p.counted_by like $8)
               and (not $9 or (p.lon between $10 and $11 and p.lat between $12 and $13))
               and ($14 = '' or exists (select 1 from point_unit w where w.unit_id = $14 and w.point_id = p.id))
               and ($15 = '' or p.operator_id = $15 or p.nominated_by = $15 or p.supporter_id = $15)
             order by u.sort, u.point_id limit $16",
            unit,
            sort,
            id,
            is_public,
            state,
            &filter.kind,
            like,
            counted,
            has_box,
            west,
            east,
            south,
            north,
            second,
            body,
            filter.rows
        );
    }
    if !state.is_empty() {
        return fetch_all!(
            tx,
            Point,
            "select p.* from point p
             where p.state = $1 and (p.sort, p.id) > ($2, $3) and (not $4 or p.state in ('operating', 'suspended', 'closed')) and ($5 = '' or p.kind = $5)
               and ($6 = '%%' or p.name_fold like $6 or p.address_fold like $6) and ($7 = '%%' or p.counted_by like $7)
               and (not $8 or (p.lon between $9 and $10 and p.lat between $11 and $12))
               and ($13 = '' or p.operator_id = $13 or p.nominated_by = $13 or p.supporter_id = $13)
             order by p.sort, p.id limit $14",
            state, sort, id, is_public, &filter.kind, like, counted, has_box, west, east, south, north, body, filter.rows
        );
    }
    fetch_all!(
        tx,
        Point,
        "select p.* from point p
         where (p.sort, p.id) > ($1, $2) and (not $3 or p.state in ('operating', 'suspended', 'closed')) and ($4 = '' or p.kind = $4)
           and ($5 = '%%' or p.name_fold like $5 or p.address_fold like $5) and ($6 = '%%' or p.counted_by like $6)
           and (not $7 or (p.lon between $8 and $9 and p.lat between $10 and $11))
           and ($12 = '' or p.operator_id = $12 or p.nominated_by = $12 or p.supporter_id = $12)
         order by p.sort, p.id limit $13",
        sort,
        id,
        is_public,
        &filter.kind,
        like,
        counted,
        has_box,
        west,
        east,
        south,
        north,
        body,
        filter.rows
    )
}

/// How many points are in a state and of a kind.
pub type Count = (String, String, i64);

/// Counts by state and kind in a unit (`*` = all): from the maintained counters.
pub async fn counts(tx: &mut Tx, unit: &str) -> DbResult<Vec<Count>> {
    fetch_all!(tx, Count, "select state, kind, n from point_count where unit_id = $1 and kind <> '*' and n > 0 order by state, kind", unit)
}

/// The same of points that somebody counts, on a day: public states only; at least so many, and at most.
pub async fn counted(tx: &mut Tx, unit: &str, counter: &str, day: NaiveDate) -> DbResult<Vec<(String, String, i64, i64)>> {
    fetch_all!(
        tx,
        (String, String, i64, i64),
        "select state, kind, cast(sum(n) as bigint), cast(sum(may) as bigint) from period_flow where unit_id = $1 and counter = $2 and kind <> '*' and day <= $3
         group by state, kind having sum(may) > 0 order by state, kind",
        unit,
        counter,
        day
    )
}

/// Counts within a scope that is not the whole city, optionally in one more unit and of one counter.
pub async fn scoped_counts(tx: &mut Tx, scope: &Scope, unit: &str, counter: &str) -> DbResult<Vec<Count>> {
    let like = format!("%{counter}%");
    match scope {
        Scope::Unit(own) => fetch_all!(
            tx,
            Count,
            "select u.state, u.kind, count(*) from point_unit u join point p on p.id = u.point_id
             where u.unit_id = $1 and ($2 = '' or exists (select 1 from point_unit w where w.unit_id = $2 and w.point_id = p.id)) and ($3 = '%%' or p.counted_by like $3)
             group by u.state, u.kind order by u.state, u.kind",
            own,
            unit,
            like
        ),
        Scope::Body(body) => fetch_all!(
            tx,
            Count,
            "select p.state, p.kind, count(*) from point p
             where (p.operator_id = $1 or p.nominated_by = $1 or p.supporter_id = $1)
               and ($2 = '' or exists (select 1 from point_unit w where w.unit_id = $2 and w.point_id = p.id)) and ($3 = '%%' or p.counted_by like $3)
             group by p.state, p.kind order by p.state, p.kind",
            body,
            unit,
            like
        ),
        Scope::All | Scope::None => Ok(Vec::new()),
    }
}
