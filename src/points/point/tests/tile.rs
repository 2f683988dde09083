use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config as Runs, TestRunner};

use crate::access::Scope;
use crate::db::Tx;
use crate::point::grid::{self, Bounds, cover, level_for};
use crate::point::hours::{Door, Hours};
use crate::point::list::{self, Filter, Moment};
use crate::point::model::{Kind, Point, State};
use crate::point::store;
use crate::point::tile::{self, Asked, Count, Reader};
use crate::testing::{Engine, TestApp, begin, begin_day, blank_point, run};
use crate::{execute, fetch_all, geo, store_test};

const NOON: Moment = Moment { weekday: 6, minute: 12 * 60 };
const NIGHT: Moment = Moment { weekday: 0, minute: 60 };
const HOURS: [&str; 7] =
    ["Mo-Su 08:00-20:00", "8h–20h hằng ngày", "Su 18:00-02:00", "24/7", "", "gọi trước khi đến", "Mo-Fr 08:00-13:00,12:00-17:00; Su off"];

fn runner() -> TestRunner {
    TestRunner::new_with_rng(Runs::default(), prop::test_runner::TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha))
}

proptest! {
    #[test]
    fn a_square_holds_what_has_its_number(lon in -180.0..180.0_f64, lat in -90.0..90.0_f64, level in -9..=14_i32) {
        let square = grid::square(grid::tile(lon, lat), level);
        let bounds = Bounds::of(square, level);
        prop_assert!(bounds.holds(lon, lat), "{bounds:?}");
        prop_assert!((square..square + grid::size(level)).contains(&grid::tile(lon, lat)));
        prop_assert_eq!(bounds.east - bounds.west, 2_f64.powi(-level));
    }

    #[test]
    fn ranges_hold_whatever_lies_in_a_box(west in 102.0..117.0_f64, south in 8.0..23.0_f64, width in 0.0001..3.0_f64, height in 0.0001..3.0_f64, x in 0.0..=1.0_f64, y in 0.0..=1.0_f64, most in 4..64_usize, finest in 0..=14_i32) {
        let bounds = Bounds { west, south, east: west + width, north: south + height };
        let ranges = cover(most, finest, |square| bounds.fit(square));
        prop_assert!(ranges.len() <= most && ranges.windows(2).all(|pair| pair[0].1 < pair[1].0), "{ranges:?}");
        let tile = grid::tile((west + x * width).min(bounds.east), (south + y * height).min(bounds.north));
        prop_assert!(ranges.iter().any(|(from, to)| (*from..*to).contains(&tile)));
    }

    #[test]
    fn distances_to_a_square_are_never_too_tight(lon in 102.0..118.0_f64, lat in 8.0..24.0_f64, west in 102.0..117.0_f64, south in 8.0..23.0_f64, level in 0..12_i32, x in 0.0..1.0_f64, y in 0.0..1.0_f64) {
        let square = Bounds::of(grid::square(grid::tile(west, south), level), level);
        let (near, far) = square.distances(lon, lat);
        let metres = geo::distance_m(lon, lat, square.west + x * (square.east - square.west), square.south + y * (square.north - square.south));
        prop_assert!(near <= metres && metres <= far, "{near} {metres} {far}");
    }

    #[test]
    fn a_view_has_few_squares(west in -180.0..179.0_f64, south in -90.0..89.0_f64, width in 0.0001..1.0_f64, height in 0.0001..1.0_f64, zoom in 0.0..24.0_f64) {
        let view = Bounds { west, south, east: west + width, north: south + height };
        let level = level_for(&view, zoom, 200.0);
        prop_assert!((0..=14).contains(&level));
        prop_assert!(level == 0 || (width * 2_f64.powi(level) + 1.0) * (height * 2_f64.powi(level) + 1.0) <= 200.0);
    }
}

#[test]
fn a_box_is_read_or_refused_with_the_reason() {
    assert_eq!(Bounds::read("105.3, 20.5,106,21.4").unwrap(), Bounds { west: 105.3, south: 20.5, east: 106.0, north: 21.4 });
    for (typed, reason) in [
        ("", "bốn số"),
        ("105,20,106", "bốn số"),
        ("105,20,106,x", "bốn số"),
        ("NaN,20,106,21", "bốn số"),
        ("105,20,106,inf", "bốn số"),
        ("105,20,106,21,22", "bốn số"),
        ("105,,20,106,21", "bốn số"),
        ("105,20,1e300,21", "ngoài Trái Đất"),
        ("105,-91,106,21", "ngoài Trái Đất"),
        ("106,20,105,21", "ngược"),
        ("105,21,106,20", "ngược"),
        ("105,21,105,21", "ngược"),
    ] {
        let error = Bounds::read(typed).map_err(|error| error.vi.into_owned());
        assert!(error.as_ref().is_err_and(|error| error.contains(reason)), "{typed}: {error:?}");
    }
}

#[test]
fn minutes_and_spelling_say_what_the_door_does() {
    for typed in HOURS {
        let Some(hours) = Hours::parse(typed) else { continue };
        assert_eq!(Hours::parse(&hours.spelling()), Some(hours.clone()), "{typed}");
        let minutes = hours.minutes();
        for day in 0..7_i64 {
            for minute in 0..1440_i64 {
                let open = minutes.iter().filter(|(on, from, to)| *on == day && (*from..*to).contains(&minute)).count();
                assert!(open <= 1, "{typed}: spans lie over another");
                assert_eq!(open == 1, matches!(hours.door(day as usize, minute as u16), Door::Open(_)), "{typed}: {day} {minute}");
            }
        }
    }
    assert_eq!(tile::week("8h–20h hằng ngày"), "Mo-Su 08:00-20:00");
    assert_eq!(tile::week("Su 9:00-12:00; Mo,We-Fr 18:00-02:00"), "Mo,We-Fr 18:00-02:00; Tu,Sa off; Su 09:00-12:00");
}

/// What people may do to points on a map.
#[derive(Clone, Debug)]
enum Act {
    Add { at: (f64, f64), kind: usize, state: usize, hours: usize },
    Pin { which: usize, at: Option<(f64, f64)> },
    State { which: usize, state: usize },
    Kind { which: usize, kind: usize },
    Hours { which: usize, hours: usize },
}

/// Positions of Hà Nội, many of them the same or on the edge of a square.
fn places() -> impl Strategy<Value = (f64, f64)> {
    prop_oneof![3 => (105.3..106.0_f64, 20.6..21.4_f64), 1 => Just((105.912, 20.969)), 1 => Just((105.5, 21.0)), 1 => (105.85..105.86_f64, 21.02..21.03_f64)]
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let (state, kind, hours) = (0..5_usize, 0..3_usize, 0..HOURS.len());
    let act = prop_oneof![
        5 => (places(), kind.clone(), state.clone(), hours.clone()).prop_map(|(at, kind, state, hours)| Act::Add { at, kind, state, hours }),
        2 => (0..12_usize, prop::option::of(places())).prop_map(|(which, at)| Act::Pin { which, at }),
        2 => (0..12_usize, state).prop_map(|(which, state)| Act::State { which, state }),
        1 => (0..12_usize, kind).prop_map(|(which, kind)| Act::Kind { which, kind }),
        2 => (0..12_usize, hours).prop_map(|(which, hours)| Act::Hours { which, hours }),
    ];
    prop::collection::vec(act, 1..30)
}

fn state(at: usize) -> State {
    [State::Operating, State::Operating, State::Suspended, State::Draft, State::Closed][at]
}

fn kind(at: usize) -> String {
    Kind::all().get(at).filter(|_| at < 2).map_or(String::new(), |kind| kind.word().to_owned())
}

async fn add(app: &TestApp, tx: &mut Tx, number: usize, change: impl FnOnce(&mut Point)) -> String {
    let mut point = blank_point(begin(), begin_day());
    point.code = format!("T-{number}");
    point.slug = format!("t-{number}");
    point.name = format!("Điểm {number}");
    change(&mut point);
    store::derive(&mut point, app.region(), begin_day());
    store::add(tx, &point, app.region(), begin_day()).await.unwrap().unwrap()
}

async fn take(app: &TestApp, tx: &mut Tx, ids: &mut Vec<String>, act: &Act, number: usize) {
    if let Act::Add { at, kind: kind_at, state: state_at, hours } = act {
        ids.push(
            add(app, tx, number, |point| {
                (point.lon, point.lat) = (Some(at.0), Some(at.1));
                point.kind = kind(*kind_at);
                point.state = state(*state_at);
                point.hours = HOURS[*hours].into();
            })
            .await,
        );
        return;
    }
    let (Act::Pin { which, .. } | Act::State { which, .. } | Act::Kind { which, .. } | Act::Hours { which, .. }) = act else { return };
    if ids.is_empty() {
        return;
    }
    let before = store::find(tx, &ids[which % ids.len()]).await.unwrap().unwrap();
    let mut point = before.clone();
    match act {
        Act::Add { .. } => {}
        Act::Pin { at, .. } => (point.lon, point.lat) = (at.map(|at| at.0), at.map(|at| at.1)),
        Act::State { state: at, .. } => point.state = state(*at),
        Act::Kind { kind: at, .. } => point.kind = kind(*at),
        Act::Hours { hours, .. } => point.hours = HOURS[*hours].into(),
    }
    assert_eq!(store::save(tx, &before, &point, app.region(), begin()).await.unwrap(), 1);
}

async fn points(tx: &mut Tx) -> Vec<Point> {
    fetch_all!(tx, Point, "select * from point").unwrap()
}

/// Level, kind, week, square and state.
type Square = (i64, String, String, i64, State);

/// Counts all squares anew: points, and the sums of where they lie.
fn recount(points: &[Point]) -> BTreeMap<Square, (i64, i64, i64)> {
    let mut counts = BTreeMap::new();
    for point in points {
        let week = Hours::parse(&point.hours).map(|hours| hours.spelling()).unwrap_or_default();
        for level in -1..=7_i32 {
            let (tile, lon, lat) = match (level, point.pin()) {
                (-1, _) => (0, 0.0, 0.0),
                (_, None) => continue,
                (_, Some((lon, lat))) => {
                    let side = 2_f64.powi(-level);
                    // the middle of a square is surely in it
                    let middle = |degrees: f64, from: f64| ((degrees - from) / side).floor() * side + from + side / 2.0;
                    (grid::square(grid::tile(middle(lon, -180.0), middle(lat, -90.0)), level), lon, lat)
                }
            };
            for kind in ["*", point.kind.as_str()] {
                for week in ["*", week.as_str()] {
                    let sums: &mut (i64, i64, i64) =
                        counts.entry((i64::from(level), kind.to_owned(), week.to_owned(), tile, point.state)).or_default();
                    *sums = (sums.0 + 1, sums.1 + (lon * 1e6).floor() as i64, sums.2 + (lat * 1e6).floor() as i64);
                }
            }
        }
    }
    counts
}

async fn kept(tx: &mut Tx) -> BTreeMap<(i64, String, String, i64, State), (i64, i64, i64)> {
    let rows = fetch_all!(
        tx,
        (i64, String, String, i64, State, i64, i64, i64),
        "select level, kind, week, tile, state, n, lon_sum, lat_sum from point_tile where n <> 0 or lon_sum <> 0 or lat_sum <> 0"
    )
    .unwrap();
    rows.into_iter().map(|(level, kind, week, tile, state, n, lon, lat)| ((level, kind, week, tile, state), (n, lon, lat))).collect()
}

/// What a list asks for, by looking at every point.
fn wanted<'a>(points: &'a [Point], filter: &Filter, is_public: bool) -> Vec<&'a Point> {
    let state = filter.state.or(is_public.then_some(State::Operating));
    let is_open = |point: &Point, moment: Moment| {
        Hours::parse(&point.hours).is_some_and(|hours| matches!(hours.door(moment.weekday as usize, moment.minute as u16), Door::Open(_)))
    };
    points
        .iter()
        .filter(|point| {
            state.is_none_or(|state| point.state == state)
                && filter.kind.as_ref().is_none_or(|kind| point.kind == *kind)
                && filter.open.is_none_or(|moment| is_open(point, moment))
        })
        .filter(|point| {
            filter.unit.as_ref().is_none_or(|unit| point.unit_id.as_ref() == Some(unit))
                && (filter.q.is_empty() || point.name_fold.contains(&filter.q))
        })
        .collect()
}

fn filters() -> Vec<Filter> {
    let mut found = Vec::new();
    for state in [None, Some(State::Suspended)] {
        for kind in [None, Some(kind(0))] {
            for open in [None, Some(NOON), Some(NIGHT)] {
                for (unit, q) in [(None, ""), (Some("00577.2025".to_owned()), ""), (None, "diem 1")] {
                    found.push(Filter { state, kind: kind.clone(), open, unit, q: q.to_owned(), size: 3, ..Filter::default() });
                }
            }
        }
    }
    found
}

fn sorted<T: Ord>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort();
    values
}

/// Lists, counts, boxes and what is near agree with a look at every point.
async fn agree(tx: &mut Tx, filters: &[Filter], frame: Bounds, near: (f64, f64)) {
    let all = points(tx).await;
    assert_eq!(kept(tx).await, recount(&all));
    for filter in filters {
        for is_public in [true, false] {
            let scope = Scope::All;
            let reader = if is_public { Reader::Everybody } else { Reader::Staff(&scope) };
            let asked = Asked { reader, filter };
            let naive = wanted(&all, filter, is_public);
            let count = tile::count(tx, asked).await.unwrap();
            let unplaced = naive.iter().filter(|point| point.pin().is_none()).count() as i64;
            let unstated = wanted(&all, &Filter { open: None, ..filter.clone() }, is_public)
                .into_iter()
                .filter(|point| Hours::parse(&point.hours).is_none())
                .count() as i64;
            assert_eq!(count, Count { all: naive.len() as i64, unplaced, unstated, is_whole: true }, "{filter:?}");
            // the whole map
            let shown = tile::view(tx, asked, None, 9.0).await.unwrap();
            assert!(shown.points.len() + shown.clusters.len() <= tile::MOST);
            assert_eq!(
                shown.points.len() as i64 + shown.clusters.iter().map(|cluster| cluster.n).sum::<i64>(),
                count.all - unplaced,
                "{filter:?}"
            );
            assert!(shown.clusters.iter().all(|cluster| cluster.n > 1 && cluster.bounds().holds(cluster.lon, cluster.lat)));
            // a box that is near enough
            let inside: Vec<&&Point> = naive.iter().filter(|point| point.pin().is_some_and(|(lon, lat)| frame.holds(lon, lat))).collect();
            if inside.len() <= 100 {
                let shown = tile::view(tx, asked, Some(frame), 15.0).await.unwrap();
                assert_eq!(
                    sorted(shown.points.iter().map(|row| &row.id)),
                    sorted(inside.iter().map(|point| &point.id)),
                    "{filter:?} {frame:?}"
                );
            }
            // nearest first, page by page
            for within in [None, Some(frame)] {
                let mut naive: Vec<(i64, &str)> = naive
                    .iter()
                    .filter_map(|point| Some((point.pin()?, point.id.as_str())))
                    .filter(|((lon, lat), _)| within.is_none_or(|frame| frame.holds(*lon, *lat)))
                    .map(|((lon, lat), id)| ((geo::distance_m(near.0, near.1, lon, lat) * 1000.0).round() as i64, id))
                    .collect();
                naive.sort_unstable();
                let mut found = Vec::new();
                let mut after = None;
                let size = (naive.len() as i64 / 4).max(3);
                loop {
                    let page = Filter { after, size, ..filter.clone() };
                    let slice = tile::around(tx, Asked { reader, filter: &page }, near, within, size).await.unwrap();
                    assert!(slice.rows.len() as i64 <= size);
                    after = slice.next().map(str::to_owned);
                    found.extend(slice.rows.into_iter().map(|(row, far)| (far, row.id)));
                    if after.is_none() {
                        break;
                    }
                }
                assert_eq!(found.iter().map(|(far, id)| (*far, id.as_str())).collect::<Vec<_>>(), naive, "{filter:?} {within:?}");
            }
            if !is_public {
                continue;
            }
            // the list by name, page by page
            let mut listed = Vec::new();
            let mut after = None;
            loop {
                let page = Filter { after, size: 7, ..filter.clone() };
                let slice = list::public(tx, &page).await.unwrap();
                if let (Some(moment), true) = (filter.open, filter.unit.is_none() && filter.q.is_empty()) {
                    let few = list::few_open(tx, &page, moment).await.unwrap();
                    assert_eq!(
                        few.rows.iter().map(|row| &row.id).collect::<Vec<_>>(),
                        slice.rows.iter().map(|row| &row.id).collect::<Vec<_>>()
                    );
                }
                after = slice.next().map(str::to_owned);
                listed.extend(slice.rows.into_iter().map(|row| row.id));
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(sorted(listed), sorted(naive.iter().map(|point| point.id.clone())), "{filter:?}");
        }
    }
}

/// After any history the squares equal a recount, and every reading of them a look at every point.
fn squares_hold(engine: Engine, cases: u32) {
    run::<TestApp>(engine, async |app: &TestApp| {
        let mut runner = runner();
        for _ in 0..cases {
            let history = acts().new_tree(&mut runner).unwrap().current();
            let (west, south) = places().new_tree(&mut runner).unwrap().current();
            let side = (0.001..0.3_f64).new_tree(&mut runner).unwrap().current();
            let near = places().new_tree(&mut runner).unwrap().current();
            // rolled back at the end: every history begins with an empty register
            let mut tx = app.db().write().await.unwrap();
            let mut ids = Vec::new();
            for (number, act) in history.iter().enumerate() {
                take(app, &mut tx, &mut ids, act, number).await;
            }
            agree(&mut tx, &filters(), Bounds { west, south, east: west + side, north: south + side }, near).await;
        }
    });
}

#[test]
fn squares_equal_a_recount_after_any_history_on_sqlite() {
    squares_hold(Engine::Sqlite, 12);
}

#[test]
fn squares_equal_a_recount_after_any_history_on_postgres() {
    squares_hold(Engine::Postgres, 5);
}

store_test! {
    async fn many_points_are_clusters_and_nothing_is_lost(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        let mut runner = runner();
        for number in 0..460 {
            // a third of them in one place
            let at = if number % 3 == 0 { (105.85, 21.03) } else { places().new_tree(&mut runner).unwrap().current() };
            add(app, &mut tx, number, |point| {
                (point.lon, point.lat) = (Some(at.0), Some(at.1));
                point.state = if number % 9 == 0 { State::Suspended } else { State::Operating };
                point.hours = HOURS[number % 3].into();
            }).await;
        }
        let everything = [Filter { size: 3, ..Filter::default() }, Filter { size: 3, open: Some(NOON), ..Filter::default() }];
        agree(&mut tx, &everything, Bounds { west: 105.84, south: 21.0, east: 105.87, north: 21.031 }, (105.849, 21.0299)).await;
        let filter = Filter::default();
        let asked = Asked { reader: Reader::Everybody, filter: &filter };
        for zoom in [0.0, 6.0, 9.0, 12.0, 16.0, 24.0] {
            for frame in ["105.3,20.6,106,21.4", "105.849,21.0299,105.851,21.0301", "-180,-90,180,90"] {
                let shown = tile::view(&mut tx, asked, Some(Bounds::read(frame).unwrap()), zoom).await.unwrap();
                assert!(shown.points.len() + shown.clusters.len() <= tile::MOST, "{zoom} {frame}");
            }
        }
        let spot = tile::view(&mut tx, asked, Some(Bounds::read("105.8499,21.0299,105.8501,21.0301").unwrap()), 18.0).await.unwrap();
        assert_eq!(spot.points.len(), 102, "few enough to be told one by one, though they lie in one place");
    }

    async fn hours_that_an_older_program_stored_are_read_once(app: TestApp) {
        for hours in HOURS {
            app.add_point(|point| {
                point.hours = hours.into();
                point.state = State::Operating;
            }).await;
        }
        let before = { let mut tx = app.db().read().await.unwrap(); kept(&mut tx).await };
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "delete from open_week").unwrap();
        execute!(&mut tx, "update point set week = '?'").unwrap();
        execute!(&mut tx, "delete from point_tile where week <> '*'").unwrap();
        execute!(&mut tx, "insert into point_tile (level, kind, week, tile, state, n, lon_sum, lat_sum) select level, kind, '?', tile, state, n, lon_sum, lat_sum from point_tile").unwrap();
        while tile::read_hours(&mut tx).await.unwrap() > 0 {}
        assert_eq!(kept(&mut tx).await, before);
        let filter = Filter { open: Some(NOON), ..Filter::default() };
        assert_eq!(tile::count(&mut tx, Asked { reader: Reader::Everybody, filter: &filter }).await.unwrap().all, 3);
    }
}
