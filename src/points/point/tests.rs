mod lives;
mod owner;
mod tile;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config as Runs, TestRunner};

use super::model::{Kind, Point, PointRefusal, State, Step, cells_around, in_scope};
use super::{list, store};
use crate::access::{Role, Scope};
use crate::region::Region;
use crate::testing::{Engine, TestApp, begin, begin_day, blank_point, run};
use crate::{fetch_all, store_test};

fn draft() -> Point {
    blank_point(begin(), begin_day())
}

fn later(days: u64) -> NaiveDate {
    begin_day() + Days::new(days)
}

/// The drawing in `model` says the same as the code.
#[test]
fn the_drawing_is_the_code() {
    let drawing = include_str!("model.rs");
    for step in Step::ALL {
        for from in step.from() {
            if *from == State::Lead {
                continue;
            }
            let Some(to) = step.to() else { continue };
            let arrow = format!("//!   {} --> {}", from.word(), to.word());
            assert!(drawing.contains(&arrow), "the drawing lacks “{arrow}”");
        }
    }
}

#[test]
fn words_of_states_kinds_and_steps_are_read_back() {
    for state in State::ALL {
        assert_eq!(State::read(state.word()), Some(state));
        assert_eq!(State::read(&state.name(crate::text::Tongue::Vi).to_uppercase()), Some(state), "the Vietnamese name in any spelling");
    }
    for kind in Kind::all() {
        assert_eq!(Kind::read(kind.word()), Some(kind));
        assert_eq!(Kind::read(kind.name(crate::text::Tongue::Vi)), Some(kind));
    }
    assert_eq!(State::read(""), None);
    assert_eq!(Kind::read(""), None);
}

#[test]
fn a_step_from_another_state_is_refused() {
    let (now, today) = (begin(), begin_day());
    for state in State::ALL {
        for step in Step::ALL {
            let point = Point { state, ..draft() };
            let result = match step {
                Step::Submit => point.submit(now, today),
                Step::Nominate => point.nominate("ubnd", today),
                Step::Return => point.send_back(None, today),
                Step::Accept => point.accept(None, today),
                Step::Survey => point.survey(today, today),
                Step::Select => point.select(today, today),
                Step::Decline => point.decline(None, today),
                Step::Resurvey => point.resurvey(today),
                Step::Prepare => point.prepare(None, today),
                Step::Open => point.open(today, Vec::new(), today),
                Step::Withdraw => point.withdraw(today),
                Step::Suspend => point.suspend(today, None, today),
                Step::Resume => point.resume(today, today),
                Step::Close => point.close(today, today),
            };
            match result {
                Ok(point) => {
                    assert!(step.from().contains(&state) && step.to().is_none_or(|to| point.state == to), "{step:?} from {state:?}")
                }
                Err(PointRefusal::WrongState { .. }) => assert!(!step.from().contains(&state), "{step:?} from {state:?}"),
                Err(other) => panic!("{step:?} from {state:?}: {other:?}"),
            }
        }
    }
}

#[test]
fn days_that_cannot_be_are_refused() {
    let today = begin_day();
    let yesterday = Some(today - Days::new(1));
    let at = |state| Point { state, state_since: today, ..draft() };
    assert!(matches!(at(State::Nominated).send_back(yesterday, today), Err(PointRefusal::Day(_))));
    assert!(matches!(at(State::Nominated).accept(yesterday, today), Err(PointRefusal::Day(_))));
    assert!(matches!(at(State::Accepted).survey(later(1), today), Err(PointRefusal::Day(_))));
    assert!(matches!(at(State::Surveyed).select(later(1), today), Err(PointRefusal::Day(_))));
    assert!(matches!(at(State::Preparing).open(later(1), Vec::new(), today), Err(PointRefusal::Day(_))));
    assert!(
        matches!(at(State::Preparing).open(today - Days::new(1), Vec::new(), today), Err(PointRefusal::Day(_))),
        "before preparation began"
    );
}

#[test]
fn what_a_step_needs_is_named() {
    let today = begin_day();
    let bare = Point { kind: String::new(), phone: String::new(), email: String::new(), ..draft() };
    let Err(PointRefusal::Missing(fields)) = bare.nominate("ubnd", today) else { panic!("it lacks two fields") };
    let names: Vec<&str> = fields.iter().map(|field| field.vi.as_ref()).collect();
    assert_eq!(names, ["loại hình địa điểm", "điện thoại hoặc thư điện tử"]);
    let lacking = vec![crate::error::both("biển hiệu", "sign")];
    let preparing = Point { state: State::Preparing, ..draft() };
    assert!(matches!(preparing.open(today, lacking, today), Err(PointRefusal::Missing(_))));
}

#[test]
fn an_opened_point_is_counted_and_confirmed() {
    let today = begin_day();
    let open = Point { state: State::Preparing, due_on: Some(today), ..draft() }.open(today, Vec::new(), today).unwrap();
    assert_eq!((open.opened_on, open.last_confirmed_on, open.counted_by.as_str(), open.due_on), (Some(today), Some(today), "city", None));
}

#[test]
fn neighbours_lie_in_the_nine_squares() {
    let (lon, lat) = (105.912, 20.969);
    let around = cells_around(lon, lat);
    for (dx, dy) in [(0.0, 0.0), (0.0014, 0.0), (-0.0014, 0.0), (0.0, 0.0014), (0.0014, -0.0014)] {
        assert!(around.contains(&super::model::cell(lon + dx, lat + dy)), "{dx} {dy}");
    }
    assert!(!around.contains(&super::model::cell(lon + 0.006, lat)));
}

#[test]
fn scope_reaches_units_and_bodies() {
    let point = Point { nominated_by: Some("ubnd-a".into()), supporter_id: Some("hoi".into()), ..draft() };
    let units = ["a".to_owned(), "b".to_owned()];
    for (scope, seen) in [
        (Scope::All, true),
        (Scope::None, false),
        (Scope::Unit("b".into()), true),
        (Scope::Unit("c".into()), false),
        (Scope::Body("demo-coso".into()), true),
        (Scope::Body("ubnd-a".into()), true),
        (Scope::Body("hoi".into()), true),
        (Scope::Body("other".into()), false),
    ] {
        assert_eq!(in_scope(&scope, &point, &units), seen, "{scope:?}");
    }
}

store_test! {
    async fn a_point_comes_back_as_it_was_saved(app: TestApp) {
        let point = app.add_point(|point| {
            point.name = "Ấm chén “Quang Vinh” <1>".into();
            point.lon = Some(105.912_345_678);
            point.due_on = Some(later(3));
        }).await;
        let found = app.point(&point.id).await;
        assert_eq!(found, point);
        let mut tx = app.db().read().await.unwrap();
        assert_eq!(store::find_by_slug(&mut tx, &point.slug).await.unwrap().unwrap().id, point.id);
        assert_eq!(store::find_by_code(&mut tx, &point.code).await.unwrap().unwrap().id, point.id);
        assert_eq!(store::find(&mut tx, "none").await.unwrap(), None);
    }

    async fn codes_run_on_and_slugs_are_free(app: TestApp) {
        let (one, two) = (app.add_point(|_| {}).await, app.add_point(|_| {}).await);
        assert_eq!((one.code.as_str(), two.code.as_str()), ("HN-2026-0001", "HN-2026-0002"));
        assert_eq!(one.slug, "cua-hang-gom-bat-trang");
        assert_eq!(two.slug, "cua-hang-gom-bat-trang-hn-2026-0002");
    }

    async fn the_second_of_two_savers_is_told(app: TestApp) {
        let point = app.add_point(|_| {}).await;
        let (first, second) = (Point { name: "Một".into(), ..point.clone() }, Point { name: "Hai".into(), ..point.clone() });
        let mut tx = app.db().write().await.unwrap();
        assert_eq!(store::save(&mut tx, &point, &first, app.region(), begin()).await.unwrap(), 1);
        assert_eq!(store::save(&mut tx, &point, &second, app.region(), begin()).await.unwrap(), 0);
        tx.commit().await.unwrap();
        assert_eq!(app.point(&point.id).await.name, "Một");
    }

    async fn periods_are_half_open_and_without_gaps(app: TestApp) {
        let point = app.add_point(|_| {}).await;
        let mut tx = app.db().write().await.unwrap();
        let nominated = point.clone().nominate("ubnd-00577.2025", later(2)).unwrap();
        store::save(&mut tx, &point, &nominated, app.region(), begin()).await.unwrap();
        let stored = store::find(&mut tx, &point.id).await.unwrap().unwrap();
        let accepted = stored.clone().accept(None, later(5)).unwrap();
        store::save(&mut tx, &stored, &accepted, app.region(), begin()).await.unwrap();
        let periods = store::periods(&mut tx, &point.id).await.unwrap();
        assert_eq!(periods, [(State::Draft, begin_day(), Some(later(2))), (State::Nominated, later(2), Some(later(5))), (State::Accepted, later(5), None)]);
    }

    async fn an_old_address_is_listed_under_every_unit_it_may_be_in(app: TestApp) {
        let split = split_unit(app.region());
        let point = app.add_point(|point| {
            point.unit_id = Some(split.clone());
            point.lon = None;
            point.lat = None;
        }).await;
        assert_eq!(point.unit_today, None);
        let mut tx = app.db().read().await.unwrap();
        let mut units = store::units_of(&mut tx, &point.id).await.unwrap();
        units.sort();
        let mut wanted = vec![split.clone(), app.region().get(&split).unwrap().parent_id.clone().unwrap()];
        wanted.extend(possible(app.region(), &split));
        wanted.sort();
        assert_eq!(units, wanted);
        let counted = store::counts(&mut tx, &wanted[0], "*").await.unwrap();
        assert!(counted.len() <= 1, "what may be in a unit is not counted there: {counted:?}");
    }

    async fn pages_by_key_show_every_row_once_in_vietnamese_order(app: TestApp) {
        let names = ["Đông", "Dung", "Ân", "An", "Ăn", "Bát", "bát", "Ba", "Ôn", "Ơn", "On", "Ưng", "Ung", "Ý", "Y", "Y Yên", "A-Z", "Zét"];
        for name in names {
            app.add_point(|point| {
                point.name = name.into();
                point.state = State::Operating;
            }).await;
        }
        let mut tx = app.db().read().await.unwrap();
        for unit in [None, Some("00577.2025".to_owned())] {
            for scope in [Scope::All, Scope::Unit("00577.2025".into()), Scope::Body("demo-coso".into())] {
                let (mut public, mut staff) = (Vec::new(), Vec::new());
                for is_public in [true, false] {
                    let mut after = None;
                    loop {
                        let filter = list::Filter { unit: unit.clone(), size: 5, after, ..list::Filter::default() };
                        let slice = if is_public { list::public(&mut tx, &filter).await.unwrap() } else { list::staff(&mut tx, &scope, &filter).await.unwrap() };
                        let into = if is_public { &mut public } else { &mut staff };
                        after = slice.next().map(str::to_owned);
                        into.extend(slice.rows.into_iter().map(|row| row.name));
                        if after.is_none() {
                            break;
                        }
                    }
                }
                assert_eq!(public.len(), names.len());
                assert_eq!(staff, public, "{scope:?} {unit:?}");
                let mut sorted = public.clone();
                sorted.sort_by_key(|name| crate::text::sort_key(name));
                assert_eq!(public.iter().map(|name| crate::text::sort_key(name)).collect::<Vec<_>>(), sorted.iter().map(|name| crate::text::sort_key(name)).collect::<Vec<_>>());
            }
        }
    }

    async fn probable_duplicates_are_candidates(app: TestApp) {
        let point = app.add_point(|_| {}).await;
        let mut tx = app.db().read().await.unwrap();
        let found = async |tx: &mut crate::db::Tx, tax: &str, name: &str, pin, unit| store::candidates(tx, tax, name, pin, unit).await.unwrap().into_iter().any(|near| near.id == point.id);
        assert!(found(&mut tx, "", "CUA HANG GOM BAT TRANG", None, None).await, "same name without marks");
        assert!(found(&mut tx, "", "Khác", Some((105.9125, 20.9695)), None).await, "near by");
        assert!(found(&mut tx, "", "Khác", None, Some("00577.2025")).await, "same unit");
        assert!(!found(&mut tx, "", "Khác", Some((105.95, 20.99)), Some("09556.2025")).await);
    }
}

fn possible(region: &Region, unit: &str) -> Vec<String> {
    match region.today(unit, None, begin_day()) {
        crate::region::Today::Unclear(ids) => ids,
        crate::region::Today::Known(_) => Vec::new(),
    }
}

/// Some commune of before that was split.
fn split_unit(region: &Region) -> String {
    let day = "2025-06-30".parse().unwrap();
    region.communes(day).into_iter().find(|unit| possible(region, &unit.id).len() > 1).map(|unit| unit.id.clone()).unwrap()
}

/// What people may do to points, as numbers that a random history is made of.
#[derive(Clone, Debug)]
enum Act {
    Add { kind: usize, unit: usize, state: usize },
    Step { which: usize, step: usize },
    Move { which: usize, unit: usize },
    Kind { which: usize, kind: usize },
    Rename { which: usize, name: usize },
    Choose { which: usize, at: usize },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => (0..9_usize, 0..6_usize, 0..State::ALL.len()).prop_map(|(kind, unit, state)| Act::Add { kind, unit, state }),
        5 => (0..8_usize, 0..Step::ALL.len()).prop_map(|(which, step)| Act::Step { which, step }),
        2 => (0..8_usize, 0..6_usize).prop_map(|(which, unit)| Act::Move { which, unit }),
        1 => (0..8_usize, 0..9_usize).prop_map(|(which, kind)| Act::Kind { which, kind }),
        1 => (0..8_usize, 0..5_usize).prop_map(|(which, name)| Act::Rename { which, name }),
        2 => (0..8_usize, 0..3_usize).prop_map(|(which, at)| Act::Choose { which, at }),
    ];
    prop::collection::vec(act, 1..24)
}

fn kind_word(at: usize) -> String {
    Kind::all().get(at).map_or(String::new(), |kind| kind.word().to_owned())
}

async fn take(app: &TestApp, tx: &mut crate::db::Tx, ids: &mut Vec<String>, units: &[Option<String>], act: &Act, number: usize) {
    let (now, today) = (begin(), begin_day());
    let which = match act {
        Act::Add { .. } => 0,
        Act::Step { which, .. }
        | Act::Move { which, .. }
        | Act::Kind { which, .. }
        | Act::Rename { which, .. }
        | Act::Choose { which, .. } => *which,
    };
    if let Act::Add { kind, unit, state } = act {
        let mut point = draft();
        point.code = format!("T-{number}");
        point.slug = format!("t-{number}");
        point.kind = kind_word(*kind);
        point.unit_id = units[*unit].clone();
        point.lon = None;
        point.lat = None;
        point.state = State::ALL[*state];
        store::derive(&mut point, app.region(), today);
        store::add(tx, &point, app.region(), today).await.unwrap().unwrap();
        ids.push(point.id);
        return;
    }
    if ids.is_empty() {
        return;
    }
    let before = store::find(tx, &ids[which % ids.len()]).await.unwrap().unwrap();
    let mut point = before.clone();
    match act {
        Act::Add { .. } => {}
        Act::Step { step, .. } => {
            let step = Step::ALL[*step];
            if !step.from().contains(&point.state) {
                return;
            }
            point.state = step.to().unwrap_or(point.state);
        }
        Act::Move { unit, .. } => {
            point.unit_id = units[*unit].clone();
            point.unit_chosen = false;
        }
        Act::Kind { kind, .. } => point.kind = kind_word(*kind),
        Act::Rename { name, .. } => point.name = ["Đông", "An", "Ân", "Bát", "Y"][*name].into(),
        Act::Choose { at, .. } => {
            let may = point.unit_id.as_deref().map(|unit| possible(app.region(), unit)).unwrap_or_default();
            let Some(unit) = may.get(*at) else { return };
            point.unit_today = Some(unit.clone());
            point.unit_chosen = true;
        }
    }
    store::derive(&mut point, app.region(), today);
    assert_eq!(store::save(tx, &before, &point, app.region(), now).await.unwrap(), 1);
}

/// Counts all points anew, by a rule of its own.
async fn recount(app: &TestApp, tx: &mut crate::db::Tx) -> BTreeMap<(String, String, State), i64> {
    let mut counts = BTreeMap::new();
    for point in fetch_all!(tx, Point, "select * from point").unwrap() {
        let region = app.region();
        let mut units = vec!["*".to_owned()];
        let mut roots: Vec<String> = point.unit_id.iter().cloned().collect();
        if let Some(today) = &point.unit_today {
            roots.push(today.clone());
            // a place recorded under a unit of today is also found under what that unit took in
            if point.unit_id.as_ref() == Some(today) {
                for old in region.communes("2025-06-30".parse().unwrap()) {
                    let leads = match region.today(&old.id, None, begin_day()) {
                        crate::region::Today::Known(id) => vec![id],
                        crate::region::Today::Unclear(ids) => ids,
                    };
                    if leads.contains(today) {
                        roots.push(old.id.clone());
                    }
                }
            }
        }
        for root in roots {
            let mut at = region.get(&root);
            while let Some(unit) = at.filter(|unit| unit.level != crate::region::Level::Province) {
                units.push(unit.id.clone());
                at = unit.parent_id.as_deref().and_then(|id| region.get(id));
            }
        }
        units.sort();
        units.dedup();
        for unit in units {
            let mut kinds = vec!["*".to_owned(), point.kind.clone()];
            kinds.dedup();
            for kind in kinds {
                *counts.entry((unit.clone(), kind, point.state)).or_insert(0) += 1;
            }
        }
    }
    counts
}

/// After any history the counters equal a recount, and each list holds what the records say.
fn counters_hold(engine: Engine, cases: u32) {
    run::<TestApp>(engine, async |app: &TestApp| {
        let region = app.region();
        let whole = region
            .communes("2025-06-30".parse().unwrap())
            .into_iter()
            .find(|unit| unit.id.ends_with(".old") && possible(region, &unit.id).is_empty())
            .unwrap()
            .id
            .clone();
        let units = [
            None,
            Some("00577.2025".to_owned()),
            Some("00583.old".to_owned()),
            Some(split_unit(region)),
            Some(whole),
            Some("09556.2025".to_owned()),
        ];
        let mut runner = TestRunner::new_with_rng(
            Runs::default(),
            prop::test_runner::TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha),
        );
        for _ in 0..cases {
            let history = acts().new_tree(&mut runner).unwrap().current();
            // rolled back at the end: every history begins with an empty register
            let mut tx = app.db().write().await.unwrap();
            let mut ids = Vec::new();
            for (number, act) in history.iter().enumerate() {
                take(app, &mut tx, &mut ids, &units, act, number).await;
            }
            let kept: BTreeMap<_, _> =
                fetch_all!(&mut tx, (String, String, State, i64), "select unit_id, kind, state, n from point_count where n <> 0")
                    .unwrap()
                    .into_iter()
                    .map(|(unit, kind, state, n)| ((unit, kind, state), n))
                    .collect();
            assert_eq!(kept, recount(app, &mut tx).await, "{history:?}");
            let torn = fetch_all!(
                &mut tx,
                (String,),
                "select u.point_id from point_unit u join point p on p.id = u.point_id where u.state <> p.state or u.kind <> p.kind or u.sort <> p.sort"
            )
            .unwrap();
            assert!(torn.is_empty(), "lists that differ from their records after {history:?}");
            for id in &ids {
                let periods = store::periods(&mut tx, id).await.unwrap();
                let point = store::find(&mut tx, id).await.unwrap().unwrap();
                assert_eq!(periods.iter().filter(|(.., to)| to.is_none()).count(), 1, "one period runs");
                assert_eq!(periods.last().map(|(state, ..)| *state), Some(point.state));
            }
        }
    });
}

#[test]
fn counters_equal_a_recount_after_any_history_on_sqlite() {
    counters_hold(Engine::Sqlite, 40);
}

#[test]
fn counters_equal_a_recount_after_any_history_on_postgres() {
    counters_hold(Engine::Postgres, 25);
}

store_test! {
    async fn the_plain_steps_on_screen(app: TestApp) {
        let point = app.add_point(|_| {}).await;
        let path = format!("/ho-so/{}", point.id);
        let commune = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        let surveyor = app.sign_in(Role::SURVEYOR).await;
        commune.get("/viec").await.expect(200).says("Cửa hàng gốm Bát Tràng");
        let version = commune.get(&path).await.expect(200).value("version");
        commune.post(&format!("{path}/buoc/nominate"), &[("version", &version)]).await.expect(303);
        commune.post(&format!("{path}/buoc/nominate"), &[("version", &version)]).await.expect(409).says("người khác thay đổi");
        let version = surveyor.get(&path).await.expect(200).value("version");
        surveyor.post(&format!("{path}/buoc/return"), &[("version", &version)]).await.expect(422).says("lý do");
        surveyor.post(&format!("{path}/buoc/return"), &[("version", &version), ("reason", "Thiếu ảnh"), ("due_on", "31/02/2027")]).await.expect(422);
        surveyor.post(&format!("{path}/buoc/return"), &[("version", &version), ("reason", "Thiếu ảnh"), ("due_on", "30/11/2026")]).await.expect(303);
        let returned = app.point(&point.id).await;
        assert_eq!((returned.state, returned.due_on), (State::Returned, Some(later(8))));
        let version = returned.version.to_string();
        commune.post(&format!("{path}/buoc/nominate"), &[("version", &version)]).await.expect(303);
        let version = app.point(&point.id).await.version.to_string();
        commune.post(&format!("{path}/buoc/accept"), &[("version", &version)]).await.expect(403);
        surveyor.post(&format!("{path}/buoc/accept"), &[("version", &version)]).await.expect(303);
        assert_eq!(app.point(&point.id).await.state, State::Accepted);
        assert_eq!(app.verbs("point", &point.id).await, ["nominate", "return", "nominate", "accept"]);
        surveyor.get(&path).await.expect(200).says("Thiếu ảnh");
        app.work().await;
        assert!(app.outbox().iter().any(|mail| mail.contains("khaosat@ocop.example")), "the department is told");
    }

    async fn a_business_registers_without_mail(app: TestApp) {
        let fields = [
            ("name", "Gốm Nhà Bà Tư"), ("kind", "craft_village"), ("address", "Xóm 3, Bát Tràng"), ("unit", "Bát Tràng"), ("operator", "Hộ bà Tư"), ("operator_kind", "household"),
            ("contact", "Trần Thị Tư"), ("phone", "0912 345 678"), ("consent", "1"),
        ];
        let visitor = app.client();
        visitor.post_files("/dang-ky", &fields[..8], &[]).await.expect(422).says("Hãy đồng ý");
        let done = visitor.post_files("/dang-ky", &fields, &[("photos", "trống.jpg", b"")]).await.expect(200).says("Đã nhận đăng ký");
        let secrets: Vec<&str> = done.body.split("<code>").skip(1).filter_map(|part| part.split('<').next()).collect();
        let [code, pin] = secrets[..] else { panic!("code and PIN: {secrets:?}") };
        assert!(code.starts_with("HS-") && pin.len() == 8);
        // the account reads, and edits once the commune has confirmed it
        let owner = app.client();
        owner.post("/dang-nhap", &[("login", &code.to_lowercase()), ("password", pin)]).await.expect(303);
        let page = owner.get("/viec").await.expect(200).says("Gốm Nhà Bà Tư").says("Tài khoản đang chờ xác nhận");
        let id = page.body.split("/ho-so/").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        owner.get(&format!("/ho-so/{id}/sua")).await.expect(409);
        let commune = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        let work = commune.get("/viec").await.expect(200).says("Tài khoản chờ xác nhận").says("Trần Thị Tư");
        let person = work.value("person");
        let other = app.sign_in(Role::COMMUNE).await;
        other.post(&format!("/ho-so/{id}/xac-nhan-tai-khoan"), &[("person", &person)]).await.expect(404);
        commune.post(&format!("/ho-so/{id}/xac-nhan-tai-khoan"), &[("person", &person)]).await.expect(303);
        owner.get(&format!("/ho-so/{id}/sua")).await.expect(200);
        // the same again is told apart from a new point
        let stranger = app.client().post_files("/dang-ky", &fields, &[]).await.expect(200);
        assert!(!stranger.body.contains("HN-2026-0001"), "a stranger is not told of records that are not public");
    }

    async fn a_business_registers_with_mail(app: TestApp) {
        let fields = [
            ("name", "Lụa Nhà Ông Năm"), ("kind", "craft_village"), ("address", "Số 5 đường Lụa"), ("unit", "Vạn Phúc, Hà Đông"), ("operator", "HTX Lụa Năm"), ("operator_kind", "cooperative"),
            ("contact", "Lê Văn Năm"), ("email", "Nam@Lua.vn"), ("consent", "1"),
        ];
        app.client().post_files("/dang-ky", &fields, &[]).await.expect(200).says("nam@lua.vn");
        app.work().await;
        let mails = app.outbox();
        let mail = mails.iter().find(|mail| mail.contains("nam@lua.vn")).expect("a mail to the business");
        let link = mail.split("http://ocop.test").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
        let owner = app.client();
        owner.post(link, &[("password", "lụa tơ tằm Hà Đông"), ("again", "lụa tơ tằm Hà Đông")]).await.expect(303);
        owner.get("/viec").await.expect(200).says("Lụa Nhà Ông Năm");
    }

    async fn wrong_fields_are_named_at_their_place(app: TestApp) {
        let fields = [
            ("name", "Gốm"), ("kind", "nhà thờ"), ("address", "x"), ("unit", "Vạn Phúc"), ("lon", "20.96"), ("lat", "105.91"), ("area_m2", "-3"), ("operator", "x"),
            ("operator_kind", "enterprise"), ("tax_code", "123"), ("contact", "x"), ("phone", "12"), ("email", "a@b"), ("consent", "1"),
        ];
        let page = app.client().post_files("/dang-ky", &fields, &[]).await.expect(422);
        for field in ["kind", "unit", "lon", "area_m2", "tax_code", "phone", "email"] {
            assert!(page.body.contains(&format!("id=\"e-{field}\"")), "{field} has no error:\n{}", page.body);
        }
        assert!(page.body.contains("bị đổi chỗ") && page.body.contains("có thể là"));
        assert_eq!(app.rows_of("point").await, 0);
    }

    async fn a_file_that_only_claims_to_be_a_photo_is_refused(app: TestApp) {
        let fields = [
            ("name", "Gốm"), ("kind", "craft_village"), ("address", "Xóm 3"), ("unit", "Bát Tràng"), ("operator", "Hộ A"), ("operator_kind", "household"), ("contact", "A"), ("phone", "0912345678"),
            ("consent", "1"),
        ];
        let page = app.client().post_files("/dang-ky", &fields, &[("photos", "anh.jpg", b"<html>not a picture</html>")]).await.expect(422);
        assert!(page.body.contains("anh.jpg"), "{}", page.body);
        assert_eq!(app.rows_of("point").await, 0, "nothing is half written");
    }
}
