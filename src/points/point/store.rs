//! SQL of points: records, periods, and the listing that keeps every list and count at constant cost.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Point, State, cells_around};
use super::period::{self, Flow, Period};
use super::tile::{self, Tiles};
use crate::db::{Column, DbResult, Tx, fact};
use crate::region::{Region, Today};
use crate::{clock, execute, fetch_all, fetch_optional, job, table, text};

/// A point by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Point>> {
    fetch_optional!(tx, Point, "select * from point where id = $1", id)
}

/// A point by the name in its URL.
pub async fn find_by_slug(tx: &mut Tx, slug: &str) -> DbResult<Option<Point>> {
    fetch_optional!(tx, Point, "select * from point where slug = $1", slug)
}

/// A point by its code.
pub async fn find_by_code(tx: &mut Tx, code: &str) -> DbResult<Option<Point>> {
    fetch_optional!(tx, Point, "select * from point where code = $1", code)
}

/// Units a point is listed under, surely or not.
pub async fn units_of(tx: &mut Tx, id: &str) -> DbResult<Vec<String>> {
    Ok(fetch_all!(tx, (String,), "select unit_id from point_unit where point_id = $1", id)?.into_iter().map(|(unit,)| unit).collect())
}

/// The next free code of a year: `HN-2026-0007`.
pub async fn next_code(tx: &mut Tx, year: i32) -> DbResult<String> {
    let prefix = fact::code_prefix(tx).await?;
    let number = fact::next_number(tx, &format!("point_code_{year}")).await?;
    Ok(format!("{prefix}-{year}-{number:04}"))
}

/// A free name for the URL of a point.
pub async fn free_slug(tx: &mut Tx, name: &str, code: &str) -> DbResult<String> {
    let base = text::slug(name);
    let base = if base.is_empty() { text::slug(code) } else { base };
    let taken = fetch_optional!(tx, (String,), "select id from point where slug = $1", &base)?;
    Ok(if taken.is_none() { base } else { format!("{base}-{}", text::slug(code)) })
}

/// Fills what follows from the other fields: folded text, order, square, today's unit.
pub fn derive(point: &mut Point, region: &Region, today: NaiveDate) {
    point.name_fold = text::fold(&point.name);
    point.address_fold = text::fold(&point.address);
    point.sort = text::sort_key(&point.name);
    (point.tile, point.week) = {
        let placed = tile::placed(None, point);
        (placed.tile, placed.week)
    };
    point.cell = point.pin().map_or(String::new(), |(lon, lat)| super::model::cell(lon, lat));
    if !point.unit_chosen {
        point.unit_today = match point.unit_id.as_deref().map(|unit| region.today(unit, point.pin(), today)) {
            Some(Today::Known(unit)) => Some(unit),
            _ => None,
        };
    }
}

table! {
    "point" of Point {
        fixed: code, demo, created_by, created_at;
        saved: slug, name, name_fold, sort, kind, address, address_fold, unit_id, unit_today, unit_chosen, lon, lat, cell, area_m2, operator_id, nominated_by, supporter_id, contact, phone, email, hours, goods, about, state, state_since, due_on, submitted_at, opened_on, closed_on, last_confirmed_on, counted_by, source, updated_at, tile, week, opened_as, closed_as
    }
}

/// Adds a point with its first period and its place in the lists. `first_day` is when its present state began.
pub async fn add(tx: &mut Tx, point: &Point, region: &Region, first_day: NaiveDate) -> DbResult<Option<String>> {
    let point = &tile::placed(None, point);
    if !point.insert(tx).await? {
        return Ok(None);
    }
    relist(tx, None, point, region, clock::local(point.created_at).date_naive()).await?;
    let mut tiles = Tiles::default();
    tiles.add(point, 1);
    tiles.write(tx).await?;
    let periods = period::first(point, first_day);
    period::put(tx, point, &[], &periods, point.created_at).await?;
    let mut flow = Flow::default();
    flow.add(&period::sure_units(tx, &point.id).await?, &point.kind, &periods, 1);
    flow.write(tx).await?;
    if point.state.is_public() {
        job::queue(tx, point.created_at, super::CHANGED_JOB, &point.id, "system").await?;
    }
    Ok(Some(point.id.clone()))
}

/// Saves a changed point if nobody saved it since `before` was read; 0 rows = somebody did.
pub async fn save(tx: &mut Tx, before: &Point, point: &Point, region: &Region, now: DateTime<Utc>) -> DbResult<u64> {
    let point = &Point { updated_at: now, ..tile::placed(Some(before), point) };
    let saved = point.update(tx, before.version).await?;
    if saved == 0 {
        return Ok(0);
    }
    let mut tiles = Tiles::default();
    tiles.add(before, -1);
    tiles.add(point, 1);
    tiles.write(tx).await?;
    let is_listed_alike = before.state == point.state
        && before.kind == point.kind
        && before.sort == point.sort
        && before.unit_id == point.unit_id
        && before.unit_today == point.unit_today;
    let is_counted_alike = before.counted_by == point.counted_by;
    let is_opened_alike = (before.opened_on, &before.opened_as) == (point.opened_on, &point.opened_as);
    let is_closed_alike = (before.closed_on, &before.closed_as) == (point.closed_on, &point.closed_as);
    if is_listed_alike && is_counted_alike && is_opened_alike && is_closed_alike {
        return Ok(saved);
    }
    let today = clock::local(now).date_naive();
    let (units, old) = (period::sure_units(tx, &point.id).await?, period::of(tx, &point.id).await?);
    if !is_listed_alike {
        relist(tx, Some(before), point, region, today).await?;
        execute!(tx, "update period set kind = $2, sort = $3 where point_id = $1", &point.id, &point.kind, &point.sort)?;
    }
    let mut new = match (before.state == point.state, is_counted_alike) {
        (true, true) => old.clone(),
        (true, false) => period::append(old.clone(), Period::from(point.state, &point.counted_by, today.max(before.state_since))),
        (false, _) => period::append(old.clone(), Period::from(point.state, &point.counted_by, point.state_since)),
    };
    let is_redated = !is_opened_alike || !is_closed_alike;
    let is_new_here = point.state.is_public() && !before.state.is_public();
    let is_closed_somewhen = before.state != point.state && point.state == State::Closed && point.closed().is_none();
    if is_redated || is_new_here || is_closed_somewhen {
        let (open, closed) = period::known_since(tx, &point.id).await?;
        // what was sure of the opening stays sure while its source says the same
        let believed = old.iter().find(|period| period.state.is_public()).map(|first| first.valid_from).filter(|_| is_opened_alike);
        let open = open.into_iter().chain(believed).min();
        // each of the two bounds the other
        for _ in 0..2 {
            if !is_opened_alike || is_new_here || period::opened_vaguely(&new) {
                new = period::reopened(new, point.opened(), open.unwrap_or(today));
            }
            if !is_closed_alike || is_new_here || is_closed_somewhen || point.closed().is_some() {
                new = period::reclosed(new, point.closed(), point.last_confirmed_on, closed.unwrap_or(today));
            }
        }
    }
    if let Some(since) =
        new.last().map(|last| last.valid_from).filter(|since| point.state.is_public() && *since != point.state_since && is_redated)
    {
        execute!(tx, "update point set state_since = $2 where id = $1", &point.id, since)?;
    }
    period::put(tx, point, &old, &new, now).await?;
    let mut flow = Flow::default();
    flow.add(&units, &before.kind, &old, -1);
    flow.add(&period::sure_units(tx, &point.id).await?, &point.kind, &new, 1);
    flow.write(tx).await?;
    // portals are told the state, its day and what decides whether they show the point
    let is_told =
        |point: &Point| (point.state, point.state_since, point.counted_by.clone(), point.unit_id.clone(), point.unit_today.clone());
    if (is_told(before) != is_told(point) || is_redated) && (before.state.is_public() || point.state.is_public()) {
        job::queue(tx, now, super::CHANGED_JOB, &point.id, "system").await?;
    }
    Ok(saved)
}

/// Writes under which units the point is found, and moves the counters.
async fn relist(tx: &mut Tx, before: Option<&Point>, point: &Point, region: &Region, today: NaiveDate) -> DbResult<()> {
    if let Some(before) = before {
        let units = fetch_all!(tx, (String,), "select unit_id from point_unit where point_id = $1 and certainty = 'is'", &point.id)?;
        execute!(tx, "delete from point_unit where point_id = $1", &point.id)?;
        for (unit, kind) in counted(units.iter().map(|(unit,)| unit.as_str()), &before.kind) {
            count(tx, unit, kind, before.state, -1).await?;
        }
    }
    let listed = match &point.unit_id {
        None => Vec::new(),
        Some(unit) => {
            let today = match &point.unit_today {
                Some(unit) => Today::Known(unit.clone()),
                None => region.today(unit, point.pin(), today),
            };
            region.listed(unit, &today)
        }
    };
    for listed in &listed {
        execute!(
            tx,
            "insert into point_unit (unit_id, certainty, state, kind, sort, point_id) values ($1, $2, $3, $4, $5, $6)",
            &listed.unit_id,
            if listed.is_sure { "is" } else { "may" },
            point.state,
            &point.kind,
            &point.sort,
            &point.id
        )?;
    }
    let sure = listed.iter().filter(|listed| listed.is_sure).map(|listed| listed.unit_id.as_str());
    for (unit, kind) in counted(sure, &point.kind) {
        count(tx, unit, kind, point.state, 1).await?;
    }
    Ok(())
}

/// The counters a point moves: the city, its kind in the city, each unit, and its kind in each unit.
fn counted<'a>(units: impl Iterator<Item = &'a str>, kind: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut keys: Vec<(&str, &str)> = std::iter::once("*").chain(units).flat_map(|unit| [(unit, "*"), (unit, kind)]).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

async fn count(tx: &mut Tx, unit: &str, kind: &str, state: State, by: i64) -> DbResult<u64> {
    execute!(
        tx,
        "insert into point_count (unit_id, kind, state, n) values ($1, $2, $3, $4) on conflict (unit_id, kind, state) do update set n = point_count.n + excluded.n",
        unit,
        kind,
        state,
        by
    )
}

/// How many points are in each state, in a unit (`*` = city) and of a kind (`*` = any).
pub async fn counts(tx: &mut Tx, unit: &str, kind: &str) -> DbResult<Vec<(State, i64)>> {
    fetch_all!(tx, (State, i64), "select state, n from point_count where unit_id = $1 and kind = $2 and n > 0 order by state", unit, kind)
}

/// How many points of each kind are in a state.
pub async fn counts_by_kind(tx: &mut Tx, unit: &str, state: State) -> DbResult<Vec<(String, i64)>> {
    fetch_all!(
        tx,
        (String, i64),
        "select kind, n from point_count where unit_id = $1 and state = $2 and n > 0 and kind <> '*' order by kind",
        unit,
        state
    )
}

/// The state of a point on each of its days, oldest first.
pub async fn periods(tx: &mut Tx, id: &str) -> DbResult<Vec<(State, NaiveDate, Option<NaiveDate>)>> {
    Ok(period::of(tx, id).await?.into_iter().map(|period| (period.state, period.valid_from, period.valid_to)).collect())
}

/// A record that may be the same point.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Near {
    /// Identifier.
    pub id: String,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Folded name.
    pub name_fold: String,
    /// Address.
    pub address: String,
    /// Folded address.
    pub address_fold: String,
    /// Longitude.
    pub lon: Option<f64>,
    /// Latitude.
    pub lat: Option<f64>,
    /// State.
    pub state: State,
    /// Tax code of the operator.
    pub tax_code: Option<String>,
    /// Slug.
    pub slug: String,
    /// Who runs it.
    pub operator_id: Option<String>,
    /// Who nominated it.
    pub nominated_by: Option<String>,
    /// Who stands by it.
    pub supporter_id: Option<String>,
}

/// Records worth comparing with what is being entered: same tax code, same folded name, near by, or in the same unit.
pub async fn candidates(tx: &mut Tx, tax_code: &str, name: &str, pin: Option<(f64, f64)>, unit: Option<&str>) -> DbResult<Vec<Near>> {
    let cells = pin.map(|(lon, lat)| cells_around(lon, lat)).unwrap_or_default();
    let [a, b, c, d, e, f, g, h, i] = cells;
    fetch_all!(
        tx,
        Near,
        "select p.id, p.code, p.name, p.name_fold, p.address, p.address_fold, p.lon, p.lat, p.state, b.tax_code, p.slug, p.operator_id, p.nominated_by, p.supporter_id
         from point p left join body b on b.id = p.operator_id
         where p.state <> 'withdrawn' and p.id in (
           select id from point where name_fold = $1 and name_fold <> ''
           union select id from point where operator_id in (select id from body where tax_code = $2 and tax_code <> '')
           union select id from point where cell in ($3, $4, $5, $6, $7, $8, $9, $10, $11) and cell <> ''
           union select point_id from point_unit where unit_id = $12)
         limit 2000",
        text::fold(name),
        tax_code,
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        unit.unwrap_or("")
    )
}

/// Accounts made without mail that wait for a commune to confirm them: person, name, point.
pub async fn unconfirmed(tx: &mut Tx, unit: &str) -> DbResult<Vec<(String, String, String)>> {
    fetch_all!(
        tx,
        (String, String, String),
        "select distinct n.id, n.name, p.id from person n join point p on p.created_by = n.id join point_unit u on u.point_id = p.id
         where n.status = 'unconfirmed' and u.unit_id = $1 order by n.id limit 50",
        unit
    )
}

/// Takes a person from the points whose contact the person is; gives these points.
pub async fn forget(tx: &mut Tx, known: &crate::access::Known, now: DateTime<Utc>) -> DbResult<Vec<String>> {
    let near = fetch_all!(
        tx,
        (String, String, String, String, Option<String>, String),
        "select id, contact, phone, email, operator_id, created_by from point
         where created_by = $1 or ($2 <> '' and email = $2) or ($3 <> '' and phone = $3) or ($4 <> '' and contact = $4)",
        &known.id,
        &known.email,
        &known.phone,
        &known.name
    )?;
    let mut forgotten = Vec::new();
    for (id, contact, phone, email, operator, maker) in near {
        let own = maker == known.id || operator.is_some_and(|body| known.bodies.contains(&body));
        if known.is(&contact, &phone, &email, own) {
            execute!(
                tx,
                "update point set contact = '', phone = '', email = '', version = version + 1, updated_at = $2 where id = $1",
                &id,
                now
            )?;
            forgotten.push(id);
        }
    }
    Ok(forgotten)
}

/// Who registered the point of a code.
pub async fn creator_of(tx: &mut Tx, code: &str) -> DbResult<Option<String>> {
    Ok(fetch_optional!(tx, (String,), "select created_by from point where code = $1", code)?.map(|(person,)| person))
}

/// Whose a point is that was sent in by somebody without an account.
pub async fn set_creator(tx: &mut Tx, id: &str, person: &str) -> DbResult<u64> {
    execute!(tx, "update point set created_by = $2 where id = $1 and created_by <> $2", id, person)
}

/// Where this slice names bodies.
pub const PLACES: &[Column] = &[
    Column {
        name: "point.operator_id",
        label: "điểm vận hành",
        count: "select count(*) from point where operator_id = $1",
        forth: "update point set operator_id = $2 where operator_id = $1 returning id",
        back: "update point set operator_id = $2 where operator_id = $1 and id = $3",
    },
    Column {
        name: "point.nominated_by",
        label: "điểm đã đề nghị",
        count: "select count(*) from point where nominated_by = $1",
        forth: "update point set nominated_by = $2 where nominated_by = $1 returning id",
        back: "update point set nominated_by = $2 where nominated_by = $1 and id = $3",
    },
    Column {
        name: "point.supporter_id",
        label: "điểm được đồng hành",
        count: "select count(*) from point where supporter_id = $1",
        forth: "update point set supporter_id = $2 where supporter_id = $1 returning id",
        back: "update point set supporter_id = $2 where supporter_id = $1 and id = $3",
    },
];

/// Whether body `$1` runs a point that does not lie in unit `$2`.
pub const OUTSIDE: &str =
    "select count(*) from (select 1 from point where operator_id = $1 and (unit_today is null or unit_today <> $2) limit 1) found";
