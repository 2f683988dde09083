//! The public shelf of any day equals a naive recomputation, on both stores.

use std::collections::BTreeSet;

use chrono::{Days, Duration, NaiveDate};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::clock;
use crate::connection::model::{Connection, Place, Side};
use crate::connection::shelf::{At, of_point, of_product};
use crate::connection::store;
use crate::connection::zone::{self, ZoneClaim};
use crate::db::Tx;
use crate::point::{self, State};
use crate::product::model::{Certificate, Claim};
use crate::product::{self, State as Standing};
use crate::testing::{Engine, TestApp, begin, run};

const SPAN: u64 = 40;
const PRODUCTS: usize = 3;
const POINTS: usize = 2;
const STATES: [State; 5] = [State::Preparing, State::Operating, State::Operating, State::Suspended, State::Closed];

fn day(at: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 5).unwrap() + Days::new(at)
}

/// A certificate or a claim: of which product, from when, for how long, taken back after how many days, stars.
#[derive(Clone, Debug)]
struct Paper {
    product: usize,
    from: u64,
    long: u64,
    taken_back: Option<u64>,
    /// Days that a certificate runs on after its own time while its product is graded again.
    runs: Option<u64>,
    stars: i64,
}

/// Days on a shelf; whether the connection ends with them or only the product comes off.
#[derive(Clone, Debug)]
struct Stand {
    product: usize,
    point: usize,
    from: u64,
    long: Option<u64>,
    ends: bool,
}

#[derive(Clone, Debug)]
struct History {
    certificates: Vec<Paper>,
    claims: Vec<Paper>,
    stands: Vec<Stand>,
    states: Vec<(usize, u64, usize)>,
}

fn papers(most: usize) -> impl Strategy<Value = Vec<Paper>> {
    let paper = (0..PRODUCTS, 0..SPAN, 1..SPAN, prop::option::weighted(0.3, 0..20_u64), prop::option::weighted(0.4, 0..15_u64), 2..=5_i64)
        .prop_map(|(product, from, long, taken_back, runs, stars)| Paper {
            product,
            from,
            long,
            taken_back: taken_back.filter(|after| *after < long + runs.unwrap_or(0)),
            runs,
            stars,
        });
    prop::collection::vec(paper, 0..most)
}

fn histories() -> impl Strategy<Value = History> {
    let stand = (0..PRODUCTS, 0..POINTS, 0..SPAN, prop::option::weighted(0.7, 0..15_u64), any::<bool>())
        .prop_map(|(product, point, from, long, ends)| Stand { product, point, from, long, ends });
    let states = prop::collection::vec((0..POINTS, 0..SPAN, 0..STATES.len()), 0..8);
    (papers(8), papers(4), prop::collection::vec(stand, 0..10), states).prop_map(|(certificates, claims, mut stands, mut states)| {
        stands.sort_by_key(|stand| stand.from);
        // one running connection of a product and a point: what begins before the last one is over never happened
        let mut kept: Vec<Stand> = Vec::new();
        for stand in stands {
            let last = kept.iter().rfind(|known| (known.product, known.point) == (stand.product, stand.point));
            if last.is_none_or(|last| last.long.is_some_and(|long| last.from + long <= stand.from)) {
                kept.push(stand);
            }
        }
        states.sort_by_key(|(_, from, _)| *from);
        states.dedup_by_key(|(point, from, _)| (*point, *from));
        History { certificates, claims, stands: kept, states }
    })
}

/// What a reader works out with nothing but the history and a day.
fn stands(history: &History, product: usize, point: usize, at: u64) -> bool {
    let state = history.states.iter().rfind(|(known, from, _)| *known == point && *from <= at).map(|(.., state)| STATES[*state]);
    let on_shelf = history.stands.iter().any(|stand| {
        (stand.product, stand.point) == (product, point) && stand.from <= at && stand.long.is_none_or(|long| at < stand.from + long)
    });
    let holds = |paper: &Paper| at < paper.from + paper.long && paper.taken_back.is_none_or(|after| at < paper.from + after);
    let counts = history
        .certificates
        .iter()
        .enumerate()
        .filter(|(_, paper)| paper.product == product && paper.from <= at)
        .max_by_key(|(place, paper)| (paper.from, *place));
    let runs = |paper: &Paper| {
        at < paper.from + paper.long + paper.runs.unwrap_or(0) && paper.taken_back.is_none_or(|after| at < paper.from + after)
    };
    let live = counts.is_some_and(|(_, paper)| paper.stars >= 3 && runs(paper));
    let claimed = history.claims.iter().any(|paper| paper.product == product && paper.from <= at && holds(paper));
    state == Some(State::Operating) && on_shelf && (live || claimed)
}

async fn write(app: &TestApp, tx: &mut Tx, history: &History, case: usize) -> (Vec<String>, Vec<String>) {
    let mut products = Vec::new();
    for place in 0..PRODUCTS {
        let mut product = product::model::blank("test", begin());
        (product.code, product.name) = (format!("T-{case}-{place}"), format!("Sản phẩm {place}"));
        product::store::derive(&mut product, app.region(), day(SPAN));
        product::store::add(tx, &product).await.unwrap().unwrap();
        products.push(product.id);
    }
    for (place, paper) in history.certificates.iter().enumerate() {
        let claim = Claim {
            stars: Some(3),
            decided: Some(crate::text::Edtf::exact(day(paper.from))),
            valid_until: Some(day(paper.from + paper.long - 1)),
            ..Claim::default()
        };
        let mut certificate: Certificate =
            claim.certificate(&products[paper.product], 36, "", "test", begin() + Duration::seconds(place as i64)).unwrap();
        certificate.stars = paper.stars;
        certificate.withdrawn_on = paper.taken_back.map(|after| day(paper.from + after));
        certificate.runs_to = paper.runs.map(|more| day(paper.from + paper.long + more));
        product::store::add_certificate(tx, &certificate).await.unwrap().unwrap();
    }
    for (place, paper) in history.claims.iter().enumerate() {
        let claim = ZoneClaim {
            id: clock::new_id(),
            product_id: products[paper.product].clone(),
            basis: zone::all()[1 + place % (zone::all().len() - 1)].id.clone(),
            origin: String::new(),
            paper_no: "1/CN".into(),
            paper_issuer: "Sở".into(),
            valid_from: day(paper.from),
            valid_to: Some(day(paper.from + paper.long)),
            withdrawn_on: paper.taken_back.map(|after| day(paper.from + after)),
            note: String::new(),
            created_by: "test".into(),
            created_at: begin(),
        };
        store::add_claim(tx, &claim).await.unwrap();
    }
    let mut points: Vec<String> = Vec::new();
    for place in 0..POINTS {
        let mut of = history.states.iter().filter(|(point, ..)| *point == place);
        let mut point = crate::testing::blank_point(begin(), day(0));
        (point.code, point.slug, point.name) = (format!("P-{case}-{place}"), format!("p-{case}-{place}"), format!("Điểm {place}"));
        let first = of.next();
        (point.state, point.state_since) = first.map_or((State::Draft, day(0)), |(_, from, state)| (STATES[*state], day(*from)));
        point::store::derive(&mut point, app.region(), day(SPAN));
        point::store::add(tx, &point, app.region(), point.state_since).await.unwrap().unwrap();
        for (_, from, state) in of {
            let before = point::store::find(tx, &point.id).await.unwrap().unwrap();
            let mut after = before.clone();
            if before.state != STATES[*state] {
                (after.state, after.state_since) = (STATES[*state], day(*from));
                after.closed_on = (after.state == State::Closed).then_some(after.state_since);
                assert_eq!(point::store::save(tx, &before, &after, app.region(), begin()).await.unwrap(), 1);
            }
        }
        points.push(point.id);
    }
    let (basis, today) = (zone::get(zone::CERTIFICATE).unwrap(), day(3 * SPAN));
    for stand in &history.stands {
        let product = product::store::find(tx, &products[stand.product]).await.unwrap().unwrap();
        let place = Place::Point(points[stand.point].clone());
        let before = match store::running(tx, &product, &place).await.unwrap() {
            Some(running) => running,
            None => {
                let new = Connection::proposed(&product, &place, Side::Office, day(stand.from), "test", begin());
                store::add(tx, &new).await.unwrap().unwrap();
                new
            }
        };
        let on = before.clone().put_on_shelf(Ok(basis), day(stand.from), today).unwrap();
        assert_eq!(store::save(tx, &before, &on, begin()).await.unwrap(), 1);
        if let Some(long) = stand.long {
            let before = store::find(tx, &on.id).await.unwrap().unwrap();
            let last = day(stand.from + long);
            let off =
                if stand.ends { before.clone().end(Side::Seller, "thử", last, today) } else { before.clone().take_off(last, today) }
                    .unwrap();
            assert_eq!(store::save(tx, &before, &off, begin()).await.unwrap(), 1);
        }
    }
    (products, points)
}

fn equals_the_naive_shelf(engine: Engine, cases: usize) {
    run::<TestApp>(engine, async |app: &TestApp| {
        let mut runner = TestRunner::new_with_rng(Default::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let mut seen = 0;
        for case in 0..cases {
            let history = histories().new_tree(&mut runner).unwrap().current();
            let mut tx = app.db().write().await.unwrap();
            let (products, points) = write(app, &mut tx, &history, case).await;
            for at in 0..=SPAN + 2 {
                for (place, point) in points.iter().enumerate() {
                    let wanted: BTreeSet<&String> =
                        (0..PRODUCTS).filter(|product| stands(&history, *product, place, at)).map(|product| &products[product]).collect();
                    let found = of_point(&mut tx, point, day(at)).await.unwrap();
                    for line in &found {
                        let is_live = line.certificate.as_ref().is_some_and(|certificate| certificate.state(day(at)) == Standing::Live);
                        assert!(
                            is_live || line.basis.is_ok_and(|basis| basis.paper),
                            "{history:?}: a lapsed product is public on day {at}"
                        );
                    }
                    seen += found.len();
                    assert_eq!(
                        found.iter().map(|line| &line.product.id).collect::<BTreeSet<_>>(),
                        wanted,
                        "{history:?}: point {place} on day {at}"
                    );
                    assert_eq!(found.len(), wanted.len(), "{history:?}: twice on day {at}");
                }
                for (place, product) in products.iter().enumerate() {
                    let wanted: BTreeSet<String> =
                        (0..POINTS).filter(|point| stands(&history, place, *point, at)).map(|point| points[point].clone()).collect();
                    let found = of_product(&mut tx, product, day(at)).await.unwrap();
                    let found: BTreeSet<String> = found
                        .into_iter()
                        .map(|place| match place.at {
                            At::Point(row) => row.id,
                            At::Chain(..) => "a chain".to_owned(),
                        })
                        .collect();
                    assert_eq!(found, wanted, "{history:?}: product {place} on day {at}");
                }
            }
        }
        assert!(seen > cases / 2, "only {seen} products were ever on a public shelf: the histories are too thin");
    });
}

#[test]
fn any_day_equals_a_naive_recomputation_on_sqlite() {
    equals_the_naive_shelf(Engine::Sqlite, 60);
}

#[test]
fn any_day_equals_a_naive_recomputation_on_postgres() {
    equals_the_naive_shelf(Engine::Postgres, 14);
}
