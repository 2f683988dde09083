//! What keeps a point from opening, and that sizes and money are read as people write them.

use chrono::NaiveDate;

use super::model::{self, Done, Preparation, Section, Source, Support, check_sign, millimetres, money};
use super::{card, store};
use crate::access::{Actor, Grant, Role};
use crate::db::Db;
use crate::execute;
use crate::point::State;

fn day(text: &str) -> NaiveDate {
    crate::text::parse_date(text).unwrap()
}

fn ratios() -> Vec<String> {
    vec!["1:1.61".to_owned(), "1:10".to_owned()]
}

#[test]
fn a_sign_may_hang_either_way() {
    for (width, height) in [(1610, 1000), (1000, 1610), (161, 100)] {
        let sign = check_sign(width, height, &ratios(), 5.0).unwrap();
        assert!(sign.fits && sign.rule == "1:1.61", "{sign:?}");
    }
    let long = check_sign(300, 3050, &ratios(), 5.0).unwrap();
    assert!(long.fits && long.rule() == "1:10" && long.off() == "1,7%", "{long:?}");
}

#[test]
fn a_sign_that_misses_says_by_how_much() {
    let sign = check_sign(1610, 800, &ratios(), 5.0).unwrap();
    assert!(!sign.fits);
    assert_eq!((sign.measured().as_str(), sign.rule().as_str(), sign.off().as_str(), sign.side()), ("1:2,01", "1:1,61", "25,0%", "dài hơn"));
    let square = check_sign(500, 500, &ratios(), 5.0).unwrap();
    assert_eq!((square.fits, square.side()), (false, "ngắn hơn"));
}

#[test]
fn the_tolerance_counts_its_own_edge() {
    assert!(check_sign(1050, 100, &ratios(), 5.0).unwrap().fits);
    assert!(!check_sign(1051, 100, &ratios(), 5.0).unwrap().fits);
}

#[test]
fn a_side_of_zero_is_never_compared() {
    assert_eq!(check_sign(1610, 0, &ratios(), 5.0), None);
    assert!(millimetres("0").is_err() && millimetres("-5").is_err() && millimetres("1,61 m").is_err() && millimetres("999999").is_err());
    assert_eq!(millimetres("1.610 mm"), Ok(1610));
}

#[test]
fn money_is_read_as_people_write_it() {
    for typed in ["1250000", "1.250.000", "1,250,000", "1 250 000", "1.250.000 đ", "1.250.000 đồng", "1250000 VNĐ"] {
        assert_eq!(money(typed), Ok(1_250_000), "{typed}");
    }
    assert_eq!(money("1.000.000.000.000"), Ok(1_000_000_000_000));
}

#[test]
fn money_that_is_none_is_refused_in_both_languages() {
    for typed in ["", "-5", "−1.000", "0", "1,5 triệu", "1.25", "1.250,000", "12.50.000", "abc", "1.000.000.000.001", "99999999999999999999999"] {
        let error = money(typed).unwrap_err();
        assert!(!error.vi.is_empty() && !error.en.is_empty(), "{typed}");
    }
}

#[test]
fn days_that_cannot_be_are_refused() {
    let today = day("2026-11-22");
    assert!(model::past("23/11/2026", today).is_err() && model::past("31/02/2026", today).is_err() && model::past("1/1/1926", today).is_err());
    assert_eq!(model::past("", today), Ok(None));
    assert!(model::ahead("21/11/2026", today, 10).is_err() && model::ahead("22/11/2226", today, 10).is_err());
    assert_eq!(model::ahead("22/11/2026", today, 10), Ok(Some(today)));
}

fn done(section: Section, item: &str) -> Done {
    Done { item_id: item.to_owned(), section: section.word().to_owned(), done_on: Some(day("2026-11-20")), done_by: "UBND".into(), ..Done::default() }
}

#[test]
fn a_point_opens_only_when_every_required_item_is_done() {
    let list = crate::pack::checklist().unwrap();
    let all = |shared: bool| -> Vec<Done> {
        [Section::Prepare, Section::Open].into_iter().flat_map(|section| section.items(&list, shared).into_iter().map(move |item| done(section, &item.id))).collect()
    };
    let mut items = all(false);
    // the sign is dated but not measured
    assert_eq!(model::missing(&list, false, &items, |_| 1).into_iter().map(|(id, _)| id).collect::<Vec<_>>(), ["sign"]);
    let sign = items.iter_mut().find(|item| item.item_id == "sign").unwrap();
    (sign.width_mm, sign.height_mm) = (Some(1610), Some(800));
    assert!(model::missing(&list, false, &items, |_| 1)[0].1.vi.contains("1:2,01"));
    items.iter_mut().find(|item| item.item_id == "sign").unwrap().height_mm = Some(1000);
    assert!(model::missing(&list, false, &items, |_| 0)[0].1.vi.contains("ảnh"));
    assert!(model::missing(&list, false, &items, |_| 1).is_empty());
    // several sellers: the regulation is asked for as well
    assert_eq!(model::missing(&list, true, &items, |_| 1)[0].0, "regulation");
    let (ready, required) = model::progress(&list, true, &items, |_| 1);
    assert_eq!(ready + 1, required);
}

#[test]
fn an_item_for_several_sellers_is_hidden_where_one_sells() {
    let list = crate::pack::checklist().unwrap();
    let has = |shared| Section::Prepare.items(&list, shared).iter().any(|item| item.id == "regulation");
    assert!(has(true) && !has(false));
}

fn actor(role: Role, body: &str, powers: &str, confirmed: bool) -> Actor {
    let grant = Grant {
        id: "g".into(),
        role,
        body_id: body.into(),
        body_name: body.into(),
        unit_id: None,
        unit_level: None,
        powers: powers.into(),
        valid_from: day("2026-01-01"),
        valid_to: None,
    };
    Actor { person: Some("p".into()), name: "P".into(), confirmed, grants: vec![grant.clone()], acting: Some(grant), token: None }
}

#[test]
fn officials_govern_the_business_ticks_and_others_read() {
    let may = |actor: &Actor, state| {
        let may = model::May::at(actor, state, Some("htx"));
        (may.govern, may.tick)
    };
    let commune = actor(Role::Commune, "ubnd", "nominate prepare", true);
    assert_eq!((may(&commune, State::Selected), may(&commune, State::Preparing)), ((true, false), (true, true)));
    let own = actor(Role::Business, "htx", "", true);
    assert_eq!(may(&own, State::Preparing), (false, true));
    for other in [actor(Role::Business, "khác", "", true), actor(Role::Business, "htx", "", false), actor(Role::Auditor, "so", "prepare", true), actor(Role::Surveyor, "so", "survey", true)] {
        assert_eq!(may(&other, State::Preparing), (false, false));
    }
    assert_eq!((may(&commune, State::Operating), may(&own, State::Operating)), ((false, false), (false, false)));
}

#[test]
fn support_is_summed_by_source() {
    let line = |amount, source: Source| Support {
        id: String::new(),
        what: String::new(),
        amount,
        source: source.word().into(),
        source_note: String::new(),
        given_on: day("2026-11-01"),
        commitment_to: None,
    };
    let lines = [line(5, Source::Commune), line(7, Source::City), line(1, Source::Commune)];
    assert_eq!(model::totals(&lines), [("Ngân sách Thành phố", 7), ("Ngân sách cấp xã", 6)]);
}

/// Runs on any store with the schema and nothing in it.
pub async fn a_preparation_keeps_its_items_and_refuses_an_old_version(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let now = crate::clock::parse_moment("2026-11-22").unwrap();
    execute!(
        &mut tx,
        "insert into point (id, code, slug, name, name_fold, sort, kind, address, address_fold, unit_chosen, cell, contact, phone, email, hours, goods, about,
           state, state_since, counted_by, source, demo, version, created_by, created_at, updated_at)
         values ('p', 'p', 'p', 'p', 'p', 'p', '', '', '', false, '', '', '', '', '', '', '', 'preparing', $1, '', '', false, 1, 'x', $2, $2)",
        day("2026-11-22"),
        now
    )
    .unwrap();
    let list = crate::pack::checklist().unwrap();
    assert!(card(&mut tx, &list, "p").await.unwrap().is_none());
    let mut preparation = Preparation {
        point_id: "p".into(),
        started_on: day("2026-11-22"),
        shared_sellers: false,
        commitment_to: None,
        ceremony_on: None,
        ceremony_place: String::new(),
        ceremony_guests: String::new(),
        opened_note: String::new(),
        version: 1,
    };
    store::add(&mut tx, &preparation).await.unwrap();
    preparation.ceremony_place = "Sân đình".into();
    assert_eq!(store::save(&mut tx, &preparation).await.unwrap(), 1);
    assert_eq!(store::save(&mut tx, &preparation).await.unwrap(), 0);
    let kept = store::find(&mut tx, "p").await.unwrap().unwrap();
    assert_eq!((kept.version, kept.ceremony_place.as_str()), (2, "Sân đình"));
    store::put_done(&mut tx, "p", &done(Section::Prepare, "premises")).await.unwrap();
    store::put_done(&mut tx, "p", &Done { note: "sửa".into(), ..done(Section::Prepare, "premises") }).await.unwrap();
    assert_eq!(store::done(&mut tx, "p").await.unwrap()[0].note, "sửa");
    assert_eq!(store::support_sum(&mut tx, "p").await.unwrap(), (0, None));
    for (id, to) in [("s1", None), ("s2", Some(day("2028-11-15")))] {
        let line = Support { id: id.into(), what: "Giá kệ".into(), amount: 1_250_000, source: "city".into(), source_note: String::new(), given_on: day("2026-11-01"), commitment_to: to };
        store::add_support(&mut tx, "p", &line, "x", now).await.unwrap();
    }
    let card = card(&mut tx, &list, "p").await.unwrap().unwrap();
    assert_eq!((card.done, card.support, card.commitment_to), (1, 2_500_000, Some(day("2028-11-15"))));
    assert_eq!(store::drop_support(&mut tx, "p", "s1").await.unwrap(), 1);
    assert_eq!(store::drop_support(&mut tx, "other", "s2").await.unwrap(), 0);
    assert_eq!(store::support(&mut tx, "p").await.unwrap().len(), 1);
    assert!(store::photo_counts(&mut tx, "p").await.unwrap().is_empty());
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_preparation_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}/t.db", folder.path().display())).await.unwrap();
    db.migrate().await.unwrap();
    a_preparation_keeps_its_items_and_refuses_an_old_version(&db).await;
    db.close().await;
}
