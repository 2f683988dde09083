//! Points by place: counts of squares for the map, what lies in a box, what is nearest. What an answer costs follows
//! from what it shows: counts of squares are kept with every change of a point, positions are read along one index.
//!
//! The whole register, or one state, kind or moment of it, is read by squares. What a unit, a body or a text leaves is
//! read whole, at most [`READ`] points of it, and an answer says when that was not all.

use std::collections::{BTreeMap, BTreeSet};

use super::grid::{self, Bounds, Fit, cover, level_for};
use super::hours::Hours;
use super::list::{self, Filter, Moment, Row};
use super::model::{Point, State};
use crate::access::Scope;
use crate::db::{DbResult, Tx};
use crate::page::{Rows, page_key, read_key};
use crate::{execute, execute_many, fetch_all, geo};

/// Most features of one answer.
pub const MOST: usize = 200;
/// Most points of a unit, a body or a text that are read at once.
pub const READ: usize = 4_000;
/// Most points that one ring around a place may hold.
const RING: usize = 600;
/// The level of the whole register, with and without a position.
const WHOLE: i32 = -1;
/// The finest level whose squares are counted; finer ones are few enough to be read point by point.
const DEEPEST: i32 = 7;
/// The finest squares by which positions are read.
const FINE: i32 = 11;
/// Half the way around the Earth, in metres.
const EARTH: f64 = 20_100_000.0;
/// Everything.
const ALL: [(i64, i64); 1] = [(0, i64::MAX)];

/// What is shown of a point's hours: one spelling for all that are alike, empty when they are not understood.
pub fn week(hours: &str) -> String {
    Hours::parse(hours).map(|hours| hours.spelling()).unwrap_or_default()
}

/// A point with what follows from its position and its hours.
pub(super) fn placed(before: Option<&Point>, point: &Point) -> Point {
    let week = match before {
        Some(before) if before.hours == point.hours => before.week.clone(),
        _ => week(&point.hours),
    };
    Point { tile: point.pin().map(|(lon, lat)| grid::tile(lon, lat)), week, ..point.clone() }
}

/// Millionths of a degree.
fn millionths(degrees: f64) -> i64 {
    (degrees * 1e6).floor() as i64
}

type Key = (i32, String, String, i64, &'static str);

/// Counts of squares, gathered in memory and written once.
#[derive(Debug, Default)]
pub struct Tiles {
    squares: BTreeMap<Key, (i64, i64, i64)>,
    weeks: BTreeSet<String>,
}

impl Tiles {
    /// Counts a point in (`by` = 1) or out (-1).
    pub fn add(&mut self, point: &Point, by: i64) {
        if by > 0 && !point.week.is_empty() && !self.weeks.contains(&point.week) {
            self.weeks.insert(point.week.clone());
        }
        let at = point.tile.zip(point.pin());
        let mut levels = vec![(WHOLE, 0, 0, 0)];
        levels.extend(at.into_iter().flat_map(|(tile, (lon, lat))| {
            (0..=DEEPEST).map(move |level| (level, grid::square(tile, level), millionths(lon), millionths(lat)))
        }));
        for (level, tile, lon, lat) in levels {
            for kind in ["*", &point.kind] {
                for week in ["*", &point.week] {
                    let square = self.squares.entry((level, kind.to_owned(), week.to_owned(), tile, point.state.word())).or_default();
                    *square = (square.0 + by, square.1 + by * lon, square.2 + by * lat);
                }
            }
        }
    }

    /// Writes what was gathered.
    pub async fn write(self, tx: &mut Tx) -> DbResult<()> {
        let rows: Vec<_> = self.squares.into_iter().filter(|(_, sums)| *sums != (0, 0, 0)).collect();
        execute_many!(
            tx,
            8,
            "insert into point_tile (level, kind, week, tile, state, n, lon_sum, lat_sum) values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (level, kind, week, tile, state) do update set
               n = point_tile.n + excluded.n, lon_sum = point_tile.lon_sum + excluded.lon_sum, lat_sum = point_tile.lat_sum + excluded.lat_sum",
            rows,
            |row| [i64::from(row.0.0), &row.0.1, &row.0.2, row.0.3, row.0.4, row.1.0, row.1.1, row.1.2]
        )?;
        let open: Vec<(String, (i64, i64, i64))> = self
            .weeks
            .into_iter()
            .filter_map(|week| Some((Hours::parse(&week)?.minutes(), week)))
            .flat_map(|(minutes, week)| minutes.into_iter().map(move |span| (week.clone(), span)))
            .collect();
        execute_many!(
            tx,
            4,
            "insert into open_week (week, weekday, from_minute, to_minute) values ($1, $2, $3, $4) on conflict do nothing",
            open,
            |row| [&row.0, row.1.0, row.1.1, row.1.2]
        )
    }
}

/// Reads the hours of points that were stored before hours were read: some of them at a time; gives how many.
pub async fn read_hours(tx: &mut Tx) -> DbResult<usize> {
    let points = fetch_all!(tx, Point, "select * from point where week = '?' order by state limit 500")?;
    let mut tiles = Tiles::default();
    for before in &points {
        let point = Point { week: week(&before.hours), ..before.clone() };
        execute!(tx, "update point set week = $2 where id = $1", &point.id, &point.week)?;
        tiles.add(before, -1);
        tiles.add(&point, 1);
    }
    tiles.write(tx).await?;
    Ok(points.len())
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum Reader<'a> {
    /// Everybody: one public state.
    Everybody,
    /// Staff, within their scope.
    Staff(&'a Scope),
}

/// A list or map as it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Who asks.
    pub reader: Reader<'a>,
    /// For what; its page is of no account.
    pub filter: &'a Filter,
}

impl Asked<'_> {
    fn state(&self) -> &'static str {
        match (self.reader, self.filter.state) {
            (_, Some(state)) => state.word(),
            (Reader::Everybody, None) => State::Operating.word(),
            (Reader::Staff(_), None) => "",
        }
    }

    /// Whether the counts of squares tell it.
    fn is_wide(&self) -> bool {
        self.filter.unit.is_none() && self.filter.q.is_empty() && matches!(self.reader, Reader::Everybody | Reader::Staff(Scope::All))
    }
}

/// How many points a list has in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Points.
    pub all: i64,
    /// Those without a position: the map cannot show them.
    pub unplaced: i64,
    /// Those that are not told to be open or closed, because their hours are not stated.
    pub unstated: i64,
    /// Whether all were counted.
    pub is_whole: bool,
}

/// A point on the map, without its words.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Spot {
    id: String,
    lon: f64,
    lat: f64,
    tile: i64,
    state: State,
}

/// Points of one square.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// How many.
    pub n: i64,
    /// Their middle.
    pub lon: f64,
    /// Their middle.
    pub lat: f64,
    /// Their state, if it is the same.
    pub state: Option<State>,
    tile: i64,
    level: i32,
}

impl Cluster {
    /// The square they lie in.
    pub fn bounds(&self) -> Bounds {
        Bounds::of(self.tile, self.level)
    }
}

/// What a map shows.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Single points.
    pub points: Vec<Row>,
    /// Points that lie too close to be told apart.
    pub clusters: Vec<Cluster>,
    /// The box all this lies in.
    pub bounds: Option<Bounds>,
    /// Of all that is asked for, wherever it lies.
    pub count: Count,
}

#[derive(sqlx::FromRow)]
struct Square {
    tile: i64,
    state: State,
    n: i64,
    lon: i64,
    lat: i64,
}

fn values(first: usize, ranges: usize) -> String {
    let row = |at: usize| format!("(cast(${} as bigint), cast(${} as bigint))", first + 2 * at, first + 2 * at + 1);
    (0..ranges).map(row).collect::<Vec<_>>().join(", ")
}

/// All rows of a text that reads along ranges: so few numbers of ranges that the texts are soon all prepared.
macro_rules! fetch_within {
    ($tx:expr, $row:ty, $sql:literal, $ranges:expr, $first:literal, [$($bind:expr),*]) => {{
        let mut ranges: Vec<(i64, i64)> = $ranges.to_vec();
        ranges.resize(ranges.len().max(1).next_power_of_two(), (0, 0));
        let sql = sqlx::AssertSqlSafe($sql.replace("{ranges}", &values($first, ranges.len())));
        match &mut *$tx {
            Tx::Sqlite(tx) => {
                let query = sqlx::query_as::<_, $row>(sql)$(.bind($bind))*;
                ranges.iter().fold(query, |query, (from, to)| query.bind(*from).bind(*to)).fetch_all(&mut **tx).await
            }
            Tx::Postgres(tx) => {
                let query = sqlx::query_as::<_, $row>(sql)$(.bind($bind))*;
                ranges.iter().fold(query, |query, (from, to)| query.bind(*from).bind(*to)).fetch_all(&mut **tx).await
            }
        }
    }};
}

/// Counts of the squares of a level that begin in these ranges.
async fn squares(tx: &mut Tx, asked: Asked<'_>, level: i32, ranges: &[(i64, i64)]) -> DbResult<Vec<Square>> {
    let kind = asked.filter.kind.as_deref().unwrap_or("*");
    let state = asked.state();
    let level = i64::from(level);
    match asked.filter.open {
        None => fetch_within!(
            tx,
            Square,
            "with r (a, b) as (values {ranges})
             select t.tile, t.state, cast(sum(t.n) as bigint) as n, cast(sum(t.lon_sum) as bigint) as lon, cast(sum(t.lat_sum) as bigint) as lat
             from r cross join point_tile t
             where t.level = $1 and t.kind = $2 and t.week = '*' and t.tile >= r.a and t.tile < r.b and ($3 = '' or t.state = $3) and t.n > 0
             group by t.tile, t.state order by t.tile, t.state",
            ranges,
            4,
            [level, kind, state]
        ),
        Some(Moment { weekday, minute }) => fetch_within!(
            tx,
            Square,
            "with r (a, b) as (values {ranges})
             select t.tile, t.state, cast(sum(t.n) as bigint) as n, cast(sum(t.lon_sum) as bigint) as lon, cast(sum(t.lat_sum) as bigint) as lat
             from open_week o cross join r cross join point_tile t
             where o.weekday = $4 and o.from_minute <= $5 and o.to_minute > $5
               and t.level = $1 and t.kind = $2 and t.week = o.week and t.tile >= r.a and t.tile < r.b and ($3 = '' or t.state = $3) and t.n > 0
             group by t.tile, t.state order by t.tile, t.state",
            ranges,
            6,
            [level, kind, state, weekday, minute]
        ),
    }
}

/// Points in these ranges; at most `limit`.
async fn spots_in(tx: &mut Tx, asked: Asked<'_>, ranges: &[(i64, i64)], limit: usize) -> DbResult<Vec<Spot>> {
    let (state, kind) = (asked.state(), asked.filter.kind.as_deref().unwrap_or("*"));
    let mut found: Vec<Spot> = Vec::new();
    for ranges in ranges.chunks(128) {
        let rest = limit.saturating_sub(found.len()) as i64;
        found.extend(match asked.filter.open {
            None => fetch_within!(
                tx,
                Spot,
                "with r (a, b) as (values {ranges})
                 select p.id, p.lon, p.lat, p.tile, p.state from r cross join point p
                 where p.tile >= r.a and p.tile < r.b and ($1 = '' or p.state = $1) and ($2 = '*' or p.kind = $2) limit $3",
                ranges,
                4,
                [state, kind, rest]
            )?,
            Some(Moment { weekday, minute }) => fetch_within!(
                tx,
                Spot,
                "with r (a, b) as (values {ranges})
                 select p.id, p.lon, p.lat, p.tile, p.state from r cross join point p
                 where p.tile >= r.a and p.tile < r.b and ($1 = '' or p.state = $1) and ($2 = '*' or p.kind = $2)
                   and p.week in (select o.week from open_week o where o.weekday = $4 and o.from_minute <= $5 and o.to_minute > $5) limit $3",
                ranges,
                6,
                [state, kind, rest, weekday, minute]
            )?,
        });
    }
    Ok(found)
}

#[derive(sqlx::FromRow)]
struct Narrow {
    id: String,
    lon: Option<f64>,
    lat: Option<f64>,
    tile: Option<i64>,
    state: State,
    week: String,
}

/// All points that a unit, a body or a text leaves, and how many they are.
async fn narrow(tx: &mut Tx, asked: Asked<'_>) -> DbResult<(Vec<Spot>, Count)> {
    let Filter { unit, kind, q, .. } = asked.filter;
    let (state, kind, like, unit) = (asked.state(), kind.as_deref().unwrap_or("*"), format!("%{q}%"), unit.as_deref().unwrap_or(""));
    let limit = READ as i64 + 1;
    let of_unit = match asked.reader {
        Reader::Everybody => (!unit.is_empty()).then_some((unit, "is")),
        Reader::Staff(Scope::Unit(own)) => Some((own.as_str(), "")),
        Reader::Staff(_) => (!unit.is_empty()).then_some((unit, "")),
    };
    let mut found = match (asked.reader, of_unit) {
        (Reader::Staff(Scope::None), _) => Vec::new(),
        (Reader::Staff(Scope::Body(body)), _) => fetch_all!(
            tx,
            Narrow,
            "select p.id, p.lon, p.lat, p.tile, p.state, p.week from point p
             where (p.operator_id = $1 or p.nominated_by = $1 or p.supporter_id = $1) and ($2 = '' or p.state = $2) and ($3 = '*' or p.kind = $3)
               and ($4 = '%%' or p.name_fold like $4 or p.address_fold like $4)
               and ($5 = '' or exists (select 1 from point_unit w where w.unit_id = $5 and w.point_id = p.id)) limit $6",
            body,
            state,
            kind,
            &like,
            unit,
            limit
        )?,
        (_, Some((own, certainty))) => fetch_all!(
            tx,
            Narrow,
            "select p.id, p.lon, p.lat, p.tile, p.state, p.week from point_unit u join point p on p.id = u.point_id
             where u.unit_id = $1 and ($2 = '' or u.certainty = $2) and ($3 = '' or u.state = $3) and ($4 = '*' or u.kind = $4)
               and ($5 = '%%' or p.name_fold like $5 or p.address_fold like $5)
               and ($6 = '' or $6 = $1 or exists (select 1 from point_unit w where w.unit_id = $6 and w.point_id = p.id)) limit $7",
            own,
            certainty,
            state,
            kind,
            &like,
            unit,
            limit
        )?,
        _ => fetch_all!(
            tx,
            Narrow,
            "select p.id, p.lon, p.lat, p.tile, p.state, p.week from point p
             where ($1 = '' or p.state = $1) and ($2 = '*' or p.kind = $2) and (p.name_fold like $3 or p.address_fold like $3) limit $4",
            state,
            kind,
            &like,
            limit
        )?,
    };
    let is_whole = found.len() <= READ;
    found.truncate(READ);
    let unstated = found.iter().filter(|point| matches!(point.week.as_str(), "" | "?")).count() as i64;
    if let Some(moment) = asked.filter.open {
        let mut known: BTreeMap<String, bool> = BTreeMap::new();
        found.retain(|point| *known.entry(point.week.clone()).or_insert_with(|| moment.is_open(&point.week)));
    }
    let all = found.len() as i64;
    let spots: Vec<Spot> = found
        .into_iter()
        .filter_map(|Narrow { id, lon, lat, tile, state, .. }| Some(Spot { id, lon: lon?, lat: lat?, tile: tile?, state }))
        .collect();
    let count = Count { all, unplaced: all - spots.len() as i64, unstated, is_whole };
    Ok((spots, count))
}

/// How many points a list has, whatever its page.
pub async fn count(tx: &mut Tx, asked: Asked<'_>) -> DbResult<Count> {
    if !asked.is_wide() {
        return Ok(narrow(tx, asked).await?.1);
    }
    let sum = |squares: Vec<Square>| squares.into_iter().map(|square| square.n).sum::<i64>();
    let all = sum(squares(tx, asked, WHOLE, &ALL).await?);
    let placed = sum(squares(tx, asked, 0, &ALL).await?);
    let (state, kind) = (asked.state(), asked.filter.kind.as_deref().unwrap_or("*"));
    let unstated = fetch_all!(
        tx,
        (i64,),
        "select n from point_tile where level = -1 and kind = $1 and week in ('', '?') and ($2 = '' or state = $2) and n > 0",
        kind,
        state
    )?;
    Ok(Count { all, unplaced: all - placed, unstated: unstated.into_iter().map(|(n,)| n).sum(), is_whole: true })
}

/// Clusters by squares of a level, coarser where there would be too many.
fn clusters(squares: Vec<Square>, mut level: i32) -> Vec<Cluster> {
    loop {
        let mut found: BTreeMap<i64, (i64, i64, i64, Option<State>)> = BTreeMap::new();
        for square in &squares {
            let sums = found.entry(grid::square(square.tile, level)).or_insert((0, 0, 0, Some(square.state)));
            let state = sums.3.filter(|state| *state == square.state);
            *sums = (sums.0 + square.n, sums.1 + square.lon, sums.2 + square.lat, state);
        }
        if found.len() <= MOST {
            let middle = |sum: i64, n: i64| sum as f64 / n as f64 / 1e6;
            return found
                .into_iter()
                .map(|(tile, (n, lon, lat, state))| Cluster { n, lon: middle(lon, n), lat: middle(lat, n), state, tile, level })
                .collect();
        }
        level -= 1;
    }
}

fn squares_of(spots: &[Spot]) -> Vec<Square> {
    spots
        .iter()
        .map(|spot| Square { tile: spot.tile, state: spot.state, n: 1, lon: millionths(spot.lon), lat: millionths(spot.lat) })
        .collect()
}

/// The rows of these points, in their order.
async fn rows(tx: &mut Tx, ids: &[&str]) -> DbResult<Vec<Row>> {
    let mut found: BTreeMap<String, Row> = list::by_ids(tx, ids).await?.into_iter().map(|row| (row.id.clone(), row)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(*id)).collect())
}

/// Single points where they are few, clusters where they are many.
async fn draw(tx: &mut Tx, spots: Vec<Spot>, level: i32, bounds: Bounds, count: Count) -> DbResult<Shown> {
    if spots.len() <= MOST {
        let ids: Vec<&str> = spots.iter().map(|spot| spot.id.as_str()).collect();
        return Ok(Shown { points: rows(tx, &ids).await?, clusters: Vec::new(), bounds: Some(bounds), count });
    }
    let found = clusters(squares_of(&spots), level);
    let level = found.first().map_or(level, |cluster| cluster.level);
    let by_square: BTreeMap<i64, &str> = spots.iter().map(|spot| (grid::square(spot.tile, level), spot.id.as_str())).collect();
    let alone: Vec<&str> =
        found.iter().filter(|cluster| cluster.n == 1).filter_map(|cluster| by_square.get(&cluster.tile).copied()).collect();
    let points = rows(tx, &alone).await?;
    Ok(Shown { points, clusters: found.into_iter().filter(|cluster| cluster.n > 1).collect(), bounds: Some(bounds), count })
}

/// What a map shows of a box at a zoom; without a box, of everything asked for. Clusters that reach over the edge of
/// the box are shown whole.
pub async fn view(tx: &mut Tx, asked: Asked<'_>, view: Option<Bounds>, zoom: f64) -> DbResult<Shown> {
    if !asked.is_wide() {
        let (mut spots, count) = narrow(tx, asked).await?;
        let Some(bounds) = view.or_else(|| Bounds::around(spots.iter().map(|spot| (spot.lon, spot.lat)))) else {
            return Ok(Shown { count, ..Shown::default() });
        };
        spots.retain(|spot| bounds.holds(spot.lon, spot.lat));
        return draw(tx, spots, level_for(&bounds, zoom, MOST as f64), bounds, count).await;
    }
    let mut count = count(tx, asked).await?;
    let bounds = match view {
        Some(bounds) => bounds,
        None => {
            let coarse = squares(tx, asked, 4, &ALL).await?;
            let corners = coarse
                .iter()
                .map(|square| Bounds::of(square.tile, 4))
                .flat_map(|square| [(square.west, square.south), (square.east, square.north)]);
            let Some(bounds) = Bounds::around(corners) else { return Ok(Shown { count, ..Shown::default() }) };
            bounds
        }
    };
    let wanted = level_for(&bounds, zoom, MOST as f64);
    let level = wanted.min(DEEPEST);
    let mut found = squares(tx, asked, level, &cover(48, level, |square| bounds.fit(square))).await?;
    found.retain(|square| bounds.fit(&Bounds::of(square.tile, level)) != Fit::Out);
    let total: i64 = found.iter().map(|square| square.n).sum();
    if total <= MOST as i64 {
        let mut spots = few(tx, asked, |square| bounds.fit(square)).await?;
        spots.retain(|spot| bounds.holds(spot.lon, spot.lat));
        let bounds = view.or_else(|| Bounds::around(spots.iter().map(|spot| (spot.lon, spot.lat)))).unwrap_or(bounds);
        return draw(tx, spots, wanted, bounds, count).await;
    }
    if wanted > DEEPEST {
        let mut spots = spots_in(tx, asked, &cover(64, FINE, |square| bounds.fit(square)), READ + 1).await?;
        count.is_whole = spots.len() <= READ;
        spots.truncate(READ);
        spots.retain(|spot| bounds.holds(spot.lon, spot.lat));
        return draw(tx, spots, wanted, bounds, count).await;
    }
    let found = clusters(found, level);
    let alone: Vec<(i64, i64)> =
        found.iter().filter(|cluster| cluster.n == 1).map(|cluster| (cluster.tile, cluster.tile + grid::size(cluster.level))).collect();
    let spots = if alone.is_empty() { Vec::new() } else { spots_in(tx, asked, &alone, MOST).await? };
    let ids: Vec<&str> = spots.iter().map(|spot| spot.id.as_str()).collect();
    let points = rows(tx, &ids).await?;
    Ok(Shown { points, clusters: found.into_iter().filter(|cluster| cluster.n > 1).collect(), bounds: Some(bounds), count })
}

/// Points where they are known to be few: along the finest squares that hold any.
async fn few(tx: &mut Tx, asked: Asked<'_>, fit: impl Fn(&Bounds) -> Fit) -> DbResult<Vec<Spot>> {
    let mut found = squares(tx, asked, DEEPEST, &cover(48, DEEPEST, &fit)).await?;
    found.retain(|square| fit(&Bounds::of(square.tile, DEEPEST)) != Fit::Out);
    let mut ranges: Vec<(i64, i64)> = found.iter().map(|square| (square.tile, square.tile + grid::size(DEEPEST))).collect();
    ranges.dedup();
    spots_in(tx, asked, &grid::join(ranges.into_iter()), READ).await
}

/// A page of the points nearest to a place, in a box if there is one: rows with their distance in millimetres.
pub async fn around(tx: &mut Tx, asked: Asked<'_>, place: (f64, f64), within: Option<Bounds>, size: i64) -> DbResult<Rows<(Row, i64)>> {
    let after = asked.filter.after.as_deref().and_then(read_key).and_then(|(far, id)| Some((far.parse::<i64>().ok()?, id.to_owned())));
    let wanted = size as usize + 1;
    let sorted = |spots: Vec<Spot>, reach: i64| {
        let far = |spot: &Spot| (geo::distance_m(place.0, place.1, spot.lon, spot.lat) * 1000.0).round() as i64;
        let mut found: Vec<(i64, String)> = spots
            .into_iter()
            .filter(|spot| within.is_none_or(|bounds| bounds.holds(spot.lon, spot.lat)))
            .map(|spot| (far(&spot), spot.id))
            .collect();
        found.retain(|spot| spot.0 <= reach && after.as_ref().is_none_or(|after| spot > after));
        found.sort_unstable();
        found.truncate(wanted);
        found
    };
    let found = if !asked.is_wide() {
        sorted(narrow(tx, asked).await?.0, i64::MAX)
    } else if count(tx, asked).await?.all <= 2 * MOST as i64 {
        sorted(few(tx, asked, |_| Fit::Part).await?, i64::MAX)
    } else {
        let begin = after.as_ref().map_or(0.0, |(far, _)| *far as f64 / 1000.0);
        let most = within.map_or(EARTH, |bounds| bounds.distances(place.0, place.1).1);
        // the ring grows until it holds a page, and shrinks where it holds too much
        let (mut low, mut reach, mut high) = (begin, begin + 250.0, None::<f64>);
        loop {
            let ring = |square: &Bounds| {
                let (near, far) = square.distances(place.0, place.1);
                match within.map_or(Fit::In, |bounds| bounds.fit(square)) {
                    Fit::Out => Fit::Out,
                    _ if far < begin || near > reach => Fit::Out,
                    Fit::In if near >= begin && far <= reach => Fit::In,
                    _ => Fit::Part,
                }
            };
            let ranges = cover(48, FINE, ring);
            let is_narrow = high.is_some_and(|high| high - low <= 1.0);
            let limit = if is_narrow { READ } else { RING };
            let spots = spots_in(tx, asked, &ranges, limit + 1).await?;
            let is_full = spots.len() > limit;
            let found = sorted(spots, (reach * 1000.0).floor() as i64);
            if is_full && !is_narrow {
                high = Some(reach);
            } else if is_full || found.len() >= wanted || reach >= most {
                break found;
            } else {
                low = reach;
                high = high.filter(|high| *high > reach);
            }
            reach = match high {
                Some(high) if high - low > 1.0 => (low + high) / 2.0,
                Some(high) => high,
                None => begin + (reach - begin) * 2.0,
            };
        }
    };
    let is_more = found.len() == wanted;
    let found = &found[..found.len().min(size as usize)];
    let ids: Vec<&str> = found.iter().map(|(_, id)| id.as_str()).collect();
    let next = found.last().filter(|_| is_more).map(|(far, id)| page_key(&far.to_string(), id));
    let rows = rows(tx, &ids).await?.into_iter().zip(found.iter().map(|(far, _)| *far)).collect();
    Ok(Rows::read_on(rows, next, asked.filter.after.as_deref()))
}
