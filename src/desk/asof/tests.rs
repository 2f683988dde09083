//! The register of any day equals a naive replay of what was written, on both stores; what it refuses; its years.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::store::years;
use crate::access::Role;
use crate::db::Tx;
use crate::point::day::{self, AsOf, Bound, Count, Counter, DayRow};
use crate::point::list::Filter;
use crate::point::period;
use crate::point::{Kind, Point, State, store};
use crate::testing::{Engine, TestApp, begin, begin_day, run};
use crate::text::{Edtf, Tongue};
use crate::{clock, execute, store_test};

/// The first day of the histories, and how many days they span.
fn first_day() -> NaiveDate {
    "2026-01-05".parse().unwrap()
}
const SPAN: u64 = 40;

/// Something that is written into the register: on which day, about which point, what holds from which day on. `opened` and
/// `closed` say how exactly the source of a new point knows its days, or of a known one gives them anew.
#[derive(Clone, Debug)]
struct Line {
    written: u64,
    point: usize,
    state: usize,
    back: u64,
    counter: usize,
    opened: Given,
    closed: Given,
    is_redating: bool,
}

/// How a source gives a day: to the day, between two, from or to a day, or not at all; days before that of writing.
#[derive(Clone, Copy, Debug)]
enum Given {
    Exact,
    Between(u64, u64),
    Since(u64),
    Until(u64),
    Nothing,
}

impl Given {
    fn edtf(self, back: u64, today: NaiveDate) -> Option<Edtf> {
        let day = |back: u64| (today - Days::new(back)).to_string();
        match self {
            Given::Exact => Some(Edtf::exact(today - Days::new(back))),
            Given::Between(early, more) => Edtf::parse(&format!("{}/{}", day(early + more), day(early))),
            Given::Since(early) => Edtf::parse(&format!("{}/..", day(early))),
            Given::Until(late) => Edtf::parse(&format!("../{}", day(late))),
            Given::Nothing => None,
        }
    }
}

const STATES: [State; 5] = [State::Preparing, State::Operating, State::Suspended, State::Closed, State::Operating];
const COUNTERS: [&str; 4] = ["", "city", "ministry", "city ministry"];
const UNITS: [&str; 3] = ["00577.2025", "09556.2025", ""];

fn given() -> impl Strategy<Value = Given> {
    prop_oneof![
        3 => Just(Given::Exact),
        2 => (0..12_u64, 0..15_u64).prop_map(|(early, more)| Given::Between(early, more)),
        1 => (0..12_u64).prop_map(Given::Since),
        1 => (0..12_u64).prop_map(Given::Until),
        1 => Just(Given::Nothing),
    ]
}

fn histories() -> impl Strategy<Value = Vec<Line>> {
    let line = (0..SPAN, 0..5_usize, 0..STATES.len(), 0..12_u64, 0..COUNTERS.len(), given(), given(), prop::bool::weighted(0.2));
    let line = line.prop_map(|(written, point, state, back, counter, opened, closed, is_redating)| Line {
        written,
        point,
        state,
        back,
        counter,
        opened,
        closed,
        is_redating,
    });
    prop::collection::vec(line, 1..30).prop_map(|mut lines| {
        lines.sort_by_key(|line| line.written);
        lines
    })
}

/// Days as whole numbers, from long before the histories to their end.
const FIRST: i64 = -30;
const LAST: i64 = SPAN as i64 + 1;

/// State and counter of each day.
type World = Vec<Option<(State, &'static str)>>;

/// What the naive reader knows of a point: when it can have opened and closed, and what was written over that later.
#[derive(Clone)]
struct Told {
    /// Days on which it can have opened; none: it was not open before what was written first.
    opened: Option<(i64, i64)>,
    /// The state it was first found in, with the days on which that can have begun.
    found: (State, i64, i64),
    counter: &'static str,
    /// From a day on, everything later is overwritten.
    over: Vec<(i64, State, &'static str)>,
}

impl Told {
    /// Each way in which it can have gone, as the state of each day.
    fn worlds(&self) -> Vec<World> {
        let (state, early, late) = self.found;
        let mut worlds = Vec::new();
        for begun in early..=late {
            let openings = self.opened.map_or(begun..=begun, |(first, last)| first..=last.min(begun));
            for opened in openings {
                let mut days = vec![None; (LAST - FIRST + 1) as usize];
                for day in FIRST..=LAST {
                    let at = &mut days[(day - FIRST) as usize];
                    if day >= begun {
                        *at = Some((state, self.counter));
                    } else if day >= opened {
                        *at = Some((State::Operating, self.counter));
                    }
                    for (from, state, counter) in &self.over {
                        if day >= *from {
                            *at = Some((*state, *counter));
                        }
                    }
                }
                worlds.push(days);
            }
        }
        worlds
    }
}

/// The naive reader: every world of every point.
#[derive(Clone, Default)]
struct Replay(BTreeMap<usize, (Told, Arc<Vec<World>>)>);

impl Replay {
    fn put(&mut self, point: usize, told: Told) {
        let worlds = Arc::new(told.worlds());
        self.0.insert(point, (told, worlds));
    }

    /// Point, state, counter, and whether that is so in every world.
    fn on(&self, day: u64) -> Vec<(usize, State, &'static str, bool)> {
        let at = (day as i64 - FIRST) as usize;
        let mut found = Vec::new();
        for (point, (_, worlds)) in &self.0 {
            let mut seen: Vec<(State, &'static str)> = worlds.iter().filter_map(|world| world[at]).collect();
            seen.sort_unstable();
            seen.dedup();
            found.extend(
                seen.into_iter()
                    .map(|(state, counter)| (*point, state, counter, worlds.iter().all(|world| world[at] == Some((state, counter))))),
            );
        }
        found
    }
}

fn moment(day: u64, at: usize) -> DateTime<Utc> {
    clock::midnight(first_day() + Days::new(day)) + Duration::hours(8) + Duration::seconds(at as i64)
}

fn kind_of(point: usize) -> Kind {
    Kind::all()[point % 2]
}

/// First and last day of what a source gives, in whole numbers; not before `floor`, by `cap` at the latest.
fn range(given: Option<Edtf>, floor: i64, cap: i64) -> (i64, i64) {
    let number = |day: NaiveDate| (day - first_day()).num_days();
    if let Some(day) = given.and_then(Edtf::day) {
        return (number(day), number(day));
    }
    let late = given.and_then(Edtf::latest).map_or(cap, |day| number(day).min(cap)).max(floor);
    (given.and_then(Edtf::earliest).map_or(FIRST, number).max(floor).min(late), late)
}

async fn write(app: &TestApp, tx: &mut Tx, ids: &mut BTreeMap<usize, String>, replay: &mut Replay, line: &Line, at: usize) {
    let now = moment(line.written, at);
    let written = line.written as i64;
    let today = first_day() + Days::new(line.written);
    let (state, counter) = (STATES[line.state], COUNTERS[line.counter]);
    let from = line.written.saturating_sub(line.back);
    let Some(id) = ids.get(&line.point) else {
        let mut point = crate::testing::blank_point(now, today);
        point.code = format!("T-{}", line.point);
        point.slug = format!("t-{}", line.point);
        point.name = format!("Điểm {}", line.point);
        point.kind = kind_of(line.point).word().into();
        point.unit_id = Some(UNITS[line.point % UNITS.len()].to_owned()).filter(|unit| !unit.is_empty());
        (point.lon, point.lat) = (None, None);
        (point.state, point.counted_by) = (state, counter.into());
        let mut told = Told { opened: None, found: (state, from as i64, from as i64), counter, over: Vec::new() };
        if state.is_public() {
            let opened = line.opened.edtf(line.back, today);
            let closed = line.closed.edtf(line.back / 2, today).filter(|_| state == State::Closed);
            if opened.zip(closed).is_some_and(|(opened, closed)| opened.earliest() > closed.latest().or(Some(today))) {
                return;
            }
            (point.opened_on, point.opened_as) = Edtf::columns(opened);
            (point.closed_on, point.closed_as) = Edtf::columns(closed);
            let earliest = range(opened, FIRST, written).0;
            told.found = match state {
                State::Operating => {
                    let (early, late) = range(opened, FIRST, written);
                    (state, early, late)
                }
                State::Suspended => (state, written, written),
                _ => {
                    let (early, late) = range(closed, earliest, written);
                    (state, early, late)
                }
            };
            told.opened = (state != State::Operating).then(|| range(opened, FIRST, told.found.2));
        }
        point.state_since = if state.is_public() { today } else { first_day() + Days::new(from) };
        point.state_since = period::first(&point, point.state_since).last().unwrap().valid_from;
        store::derive(&mut point, app.region(), today);
        store::add(tx, &point, app.region(), if state.is_public() { today } else { point.state_since }).await.unwrap().unwrap();
        ids.insert(line.point, point.id);
        replay.put(line.point, told);
        return;
    };
    let before = store::find(tx, id).await.unwrap().unwrap();
    let mut told = replay.0[&line.point].0.clone();
    let mut after = before.clone();
    if line.is_redating {
        // what is written over nothing yet may be given another day of opening
        let opened = line.opened.edtf(line.back, today);
        if !told.found.0.is_public()
            || !told.over.is_empty()
            || told.found.0 == State::Closed && line.opened.edtf(line.back, today).is_none()
        {
            return;
        }
        (after.opened_on, after.opened_as) = Edtf::columns(opened);
        let known = (clock::local(before.created_at).date_naive() - first_day()).num_days();
        match told.found.0 {
            State::Operating => {
                let (early, late) = range(opened, FIRST, known);
                told.found = (State::Operating, early, late);
            }
            state => {
                let closed = before.closed();
                let (early, late) =
                    if state == State::Closed { range(closed, range(opened, FIRST, known).0, known) } else { (told.found.1, told.found.2) };
                if opened.and_then(Edtf::earliest).is_some_and(|day| (day - first_day()).num_days() >= late) {
                    return;
                }
                told.found = (state, early, late);
                told.opened = Some(range(opened, FIRST, late));
            }
        }
    } else {
        after.counted_by = counter.into();
        let since = (before.state_since - first_day()).num_days();
        let from = if before.state == state {
            written.max(since)
        } else {
            after.state = state;
            from as i64
        };
        if before.state != state {
            let day = first_day() + Duration::days(from);
            after.state_since = day;
            if state.is_public() && !before.state.is_public() {
                (after.opened_on, after.opened_as) = (Some(day), String::new());
            }
            if state == State::Closed {
                (after.closed_on, after.closed_as) = (Some(day), String::new());
            }
        }
        if before.state == state && before.counted_by == counter {
            return;
        }
        told.over.push((from, state, counter));
    }
    assert_eq!(store::save(tx, &before, &after, app.region(), now).await.unwrap(), 1);
    replay.put(line.point, told);
}

fn counts(counter: Counter, kind: &str) -> bool {
    counter == Counter::All || kind.split(' ').any(|word| word == counter.word())
}

async fn compare(tx: &mut Tx, ids: &BTreeMap<usize, String>, replay: &Replay, as_of: AsOf, at: u64, told: &str) {
    let truth = replay.on(at);
    let bounds = |counts: Vec<Count>| {
        counts.into_iter().filter(|count| count.most != 0).map(|count| (count.state, (count.sure, count.most))).collect::<BTreeMap<_, _>>()
    };
    for counter in Counter::ALL {
        for (unit, kind) in [("*", "*"), (UNITS[0], "*"), ("*", kind_of(0).word()), (UNITS[1], kind_of(1).word())] {
            let is_of =
                |point: usize| (unit == "*" || UNITS[point % UNITS.len()] == unit) && (kind == "*" || kind_of(point).word() == kind);
            let mut wanted: BTreeMap<State, (i64, i64)> = BTreeMap::new();
            for (point, state, counted, is_sure) in &truth {
                if state.is_public() && is_of(*point) && counts(counter, counted) {
                    let known = wanted.entry(*state).or_default();
                    *known = (known.0 + i64::from(*is_sure), known.1 + 1);
                }
            }
            let known = day::counts_known(tx, as_of, unit, kind, counter).await.unwrap();
            assert_eq!(bounds(known), wanted, "{told}: {as_of:?} {counter:?} {unit} {kind}");
            if as_of.known.is_none() {
                let flow = day::counts(tx, as_of.day, unit, kind, counter).await.unwrap();
                assert_eq!(bounds(flow), wanted, "{told}: flow {as_of:?} {counter:?} {unit} {kind}");
            }
        }
        for state in State::PUBLIC {
            for bound in Bound::ALL {
                let is_asked = |is_sure: bool| bound == Bound::All || is_sure == (bound == Bound::Sure);
                let wanted: BTreeSet<&String> = truth
                    .iter()
                    .filter(|(_, known, counted, is_sure)| *known == state && counts(counter, counted) && is_asked(*is_sure))
                    .map(|(point, ..)| &ids[point])
                    .collect();
                let mut found = BTreeSet::new();
                let mut filter = Filter { state: Some(state), size: 2, ..Filter::default() };
                loop {
                    let page = day::list(tx, as_of, counter, bound, &filter).await.unwrap();
                    for DayRow { row, span } in &page.rows {
                        assert!(found.insert(row.id.clone()), "{told}: {} twice on {as_of:?}", row.code);
                        assert_eq!(
                            span.is_sure(as_of.day),
                            span.why(state, as_of.day, Tongue::Vi).is_empty(),
                            "a reason for each that is not sure, and for no other"
                        );
                    }
                    match page.next() {
                        Some(next) => filter.after = Some(next.to_owned()),
                        None => break,
                    }
                }
                assert_eq!(found.iter().collect::<BTreeSet<_>>(), wanted, "{told}: list of {state:?} {bound:?} on {as_of:?}");
            }
        }
    }
}

fn equals_a_replay(engine: Engine, cases: usize) {
    run::<TestApp>(engine, async |app: &TestApp| {
        let mut runner = TestRunner::new_with_rng(Default::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        for _ in 0..cases {
            let history = histories().new_tree(&mut runner).unwrap().current();
            let mut tx = app.db().write().await.unwrap();
            let (mut ids, mut replay) = (BTreeMap::new(), Replay::default());
            let mut known: BTreeMap<u64, Replay> = BTreeMap::new();
            for (at, line) in history.iter().enumerate() {
                write(app, &mut tx, &mut ids, &mut replay, line, at).await;
                known.insert(line.written, replay.clone());
            }
            let told = format!("{history:?}");
            for at in (0..=SPAN).step_by(7) {
                let day = first_day() + Days::new(at);
                compare(&mut tx, &ids, &replay, AsOf { day, known: None }, at, &told).await;
                for when in (0..SPAN).step_by(11) {
                    let then = known.range(..=when).next_back().map(|(_, replay)| replay.clone()).unwrap_or_default();
                    compare(&mut tx, &ids, &then, AsOf { day, known: Some(first_day() + Days::new(when)) }, at, &told).await;
                }
            }
        }
    });
}

#[test]
fn any_day_equals_a_naive_replay_on_sqlite() {
    equals_a_replay(Engine::Sqlite, 24);
}

#[test]
fn any_day_equals_a_naive_replay_on_postgres() {
    equals_a_replay(Engine::Postgres, 6);
}

fn opened(point: &mut Point, on: NaiveDate) {
    (point.state, point.state_since, point.opened_on, point.counted_by) = (State::Operating, on, Some(on), "city".into());
}

store_test! {
    async fn a_day_before_the_register_or_after_today_has_no_answer(app: TestApp) {
        app.add_point(|point| opened(point, "2024-05-05".parse().unwrap())).await;
        let leader = app.sign_in(Role::LEADER).await;
        for (day, words) in [("04/05/2024", "Sổ bắt đầu từ ngày 05/05/2024"), ("23/11/2026", "tương lai"), ("31/02/2026", "31/02/2026")] {
            let answer = leader.get(&format!("/so-diem?ngay={day}")).await;
            assert!(answer.status == 422 && answer.body.contains(words), "{day}: {}", answer.status);
            assert_eq!(leader.get(&format!("/so-diem.csv?ngay={day}")).await.status, 422);
        }
        assert_eq!(leader.get("/so-diem?ngay=05/05/2024").await.status, 200);
        assert_eq!(app.client().get("/so-diem").await.status, 303);
    }

    async fn files_tell_the_day_and_contacts_only_to_the_city(app: TestApp) {
        let point = app.add_point(|point| opened(point, "2024-05-05".parse().unwrap())).await;
        let mut tx = app.db().write().await.unwrap();
        let before = store::find(&mut tx, &point.id).await.unwrap().unwrap();
        let after = before.clone().close("2026-03-01".parse().unwrap(), begin_day()).unwrap();
        store::save(&mut tx, &before, &after, app.region(), begin()).await.unwrap();
        tx.commit().await.unwrap();
        let leader = app.sign_in(Role::LEADER).await;
        let then = leader.get("/so-diem.csv?ngay=28/02/2026").await.body;
        assert!(then.contains("operating") && !then.contains("closed,") && then.contains("0912345678"), "{then}");
        let now = leader.get("/so-diem.csv?ngay=01/03/2026").await.body;
        assert!(now.contains("closed,2024-05-05,2026-03-01"), "{now}");
        let known = leader.get("/so-diem.csv?ngay=01/03/2026&biet=21/11/2026").await.body;
        assert!(!known.contains("closed,"), "on the day before nobody knew: {known}");
        let commune = app.sign_in(Role::COMMUNE).await;
        assert!(!commune.get("/so-diem.csv?ngay=28/02/2026").await.body.contains("0912345678"));
        let geojson: serde_json::Value = serde_json::from_str(&leader.get("/so-diem.geojson?ngay=28/02/2026").await.body).unwrap();
        assert_eq!(geojson["features"][0]["properties"]["state"], "operating");
    }

    async fn a_year_adds_what_opened_less_what_closed(app: TestApp) {
        let days = ["2024-05-05", "2024-06-01", "2025-02-02", "2026-03-03"];
        let mut points = Vec::new();
        for day in days {
            points.push(app.add_point(|point| opened(point, day.parse().unwrap())).await);
        }
        let mut tx = app.db().write().await.unwrap();
        for (point, day) in [(&points[0], "2025-07-01"), (&points[1], "2026-02-01")] {
            let before = store::find(&mut tx, &point.id).await.unwrap().unwrap();
            let paused = before.clone().suspend("2025-06-01".parse().unwrap(), None, begin_day()).unwrap();
            store::save(&mut tx, &before, &paused, app.region(), begin()).await.unwrap();
            let before = store::find(&mut tx, &point.id).await.unwrap().unwrap();
            let closed = before.clone().close(day.parse().unwrap(), begin_day()).unwrap();
            store::save(&mut tx, &before, &closed, app.region(), begin()).await.unwrap();
        }
        execute!(&mut tx, "insert into replacement (stopped_id, by_id, state, note, proposed_by, proposed_at) values ($1, $2, 'chosen', '', '', $3)", &points[1].id, &points[3].id, begin()).unwrap();
        for unit in ["*", "00577.2025"] {
            let found: Vec<_> = years(&mut tx, unit, Counter::City, begin_day()).await.unwrap().into_iter().map(|year| (year.year, year.opened, year.closed, year.replaced, year.net(), year.at_end)).collect();
            assert_eq!(found, [(2024, 2, 0, 0, 2, 2), (2025, 1, 1, 0, 0, 2), (2026, 1, 1, 1, 0, 2)], "{unit}");
        }
        assert_eq!(years(&mut tx, "*", Counter::Ministry, begin_day()).await.unwrap(), []);
    }

    async fn two_true_totals_stand_side_by_side(app: TestApp) {
        for counter in ["city", "city ministry", "ministry", ""] {
            app.add_point(|point| {
                opened(point, "2024-05-05".parse().unwrap());
                point.counted_by = counter.into();
            }).await;
        }
        let auditor = app.sign_in(Role::AUDITOR).await;
        let page = auditor.get("/so-diem?ngay=30/06/2026&counter=ministry").await;
        assert_eq!(page.status, 200);
        let years = auditor.get("/so-diem/nam?counter=city&unit_id=00577.2025").await;
        assert!(years.status == 200 && years.body.contains("Bát Tràng") && years.body.contains("2026"), "{}", years.status);
        assert_eq!(auditor.get("/so-diem/nam?unit=Kh%C3%B4ng%20c%C3%B3").await.status, 422);
        let mut tx = app.db().read().await.unwrap();
        let mut totals = Vec::new();
        for counter in Counter::ALL {
            totals.extend(day::counts(&mut tx, "2026-06-30".parse().unwrap(), "*", "*", counter).await.unwrap());
        }
        let operating = |n| Count { state: State::Operating, sure: n, most: n };
        assert_eq!(totals, [operating(4), operating(2), operating(2)]);
    }
}
