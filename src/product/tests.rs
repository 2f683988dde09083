//! The rules of products: days, stars, scores, groups. Stories are beside the screens.

use chrono::{Days, NaiveDate};

use super::model::{Certificate, Claim, Part, State, end_of, standing};
use super::{group, scale, store};
use crate::store_test;
use crate::testing::{TestApp, begin, begin_day};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn claim(stars: i64, from: &str) -> Claim {
    Claim { stars: Some(stars), decision_no: "1/QĐ-UBND".into(), decided_on: Some(day(from)), ..Claim::default() }
}

fn certificate(from: &str) -> Certificate {
    claim(3, from).certificate("p", 36, "", "x", begin()).unwrap()
}

fn parts(claim: &Claim) -> Vec<Part> {
    claim.faults(36, begin_day()).into_iter().map(|(part, _)| part).collect()
}

#[test]
fn a_certificate_ends_after_its_months_or_after_the_day_it_prints() {
    assert_eq!(certificate("2024-02-29").valid_to, day("2027-02-28"), "36 months from 29 February");
    assert_eq!(end_of(day("2023-05-31"), 1), Some(day("2023-06-30")));
    let printed = Claim { valid_until: Some(day("2026-10-14")), ..claim(3, "2023-10-15") };
    assert_eq!(printed.certificate("p", 36, "", "x", begin()).unwrap().valid_to, day("2026-10-15"));
}

#[test]
fn the_state_of_any_day_follows_from_the_days_of_certificates() {
    let first = certificate("2020-01-10");
    let mut second = Certificate { withdrawn_on: None, ..certificate("2022-06-01") };
    let state = |certificates: &[Certificate], on: &str| standing(certificates, day(on)).state;
    let both = [first.clone(), second.clone()];
    assert_eq!(state(&[], "2024-01-01"), State::None);
    assert_eq!(state(&both, "2020-01-09"), State::None);
    assert_eq!(state(&both, "2020-01-10"), State::Live);
    assert_eq!(state(&both[..1], "2023-01-09"), State::Live, "the last day");
    assert_eq!(state(&both[..1], "2023-01-10"), State::Lapsed);
    assert_eq!(state(&both, "2023-01-10"), State::Live, "recognised again before the first ran out");
    assert_eq!(state(&both, "2025-06-01"), State::Lapsed);
    second.withdrawn_on = Some(day("2022-09-01"));
    let taken = [first, second];
    assert_eq!(state(&taken, "2022-08-31"), State::Live);
    assert_eq!(state(&taken, "2022-09-01"), State::Withdrawn, "the older one does not come back to life");
    assert_eq!(standing(&taken, day("2022-09-01")).since, Some(day("2022-09-01")));
}

#[test]
fn a_certificate_is_taken_back_once_and_only_while_it_is_valid() {
    let one = certificate("2024-01-10");
    for on in ["2024-01-09", "2027-01-10", "2030-01-01"] {
        assert!(one.clone().withdraw(day(on), "r", "", begin_day()).is_err(), "{on}");
    }
    let taken = one.withdraw(day("2025-03-01"), "Không bảo đảm an toàn thực phẩm", "9/QĐ-UBND", begin_day()).unwrap();
    assert!(taken.withdraw(day("2025-04-01"), "r", "", begin_day()).is_err());
}

#[test]
fn impossible_stars_scores_and_days_are_named_with_their_part() {
    assert_eq!(parts(&claim(3, "2024-01-10")), []);
    assert_eq!(parts(&claim(7, "2024-01-10")), [Part::Stars]);
    assert_eq!(parts(&Claim { score: Some(13050), ..claim(4, "2024-01-10") }), [Part::Score]);
    assert_eq!(parts(&Claim { score: Some(6990), ..claim(4, "2024-01-10") }), [Part::Score], "69,9 is three stars");
    assert_eq!(parts(&Claim { score: Some(6990), ..claim(3, "2024-01-10") }), []);
    assert_eq!(parts(&Claim { score: Some(9100), ..claim(4, "2024-01-10") }), [], "a candidate for five stars");
    assert_eq!(parts(&Claim { score: Some(9100), ..claim(3, "2024-01-10") }), [Part::Score]);
    assert_eq!(parts(&Claim { valid_until: Some(day("2023-01-01")), ..claim(3, "2024-01-10") }), [Part::ValidUntil]);
    assert_eq!(parts(&Claim { valid_until: Some(day("2097-01-01")), ..claim(3, "2024-01-10") }), [Part::ValidUntil]);
    assert_eq!(parts(&Claim { valid_until: Some(day("2026-01-01")), decided_on: None, ..claim(3, "2024-01-10") }), [Part::DecidedOn]);
    let tomorrow = (begin_day() + Days::new(1)).to_string();
    assert_eq!(parts(&claim(3, &tomorrow)), [Part::DecidedOn]);
    assert_eq!(parts(&Claim { stars: None, ..claim(3, "2024-01-10") }), [Part::Stars]);
    assert!(claim(2, "2024-01-10").certificate("p", 36, "", "x", begin()).is_none(), "two stars have no certificate");
}

#[test]
fn law_on_groups_and_stars_is_whole() {
    assert_eq!(group::all().len(), 6);
    assert!(group::former().iter().all(|former| former.into.is_empty() || group::get(&former.into).is_some()));
    let scales = scale::all();
    assert!(!scales.is_empty() && scales.windows(2).all(|pair| pair[0].to == Some(pair[1].from)), "no gap, no overlap");
    assert!(scales.iter().all(|scale| scale.thresholds.is_sorted() && scale.certified_from >= 1));
    assert_eq!(group::read("Vải và may mặc"), Some(("craft", "Vải và may mặc")));
    assert_eq!(group::read("thủ công mỹ nghệ"), Some(("craft", "")));
    assert_eq!(group::read("Nhóm lạ"), None);
    assert_eq!([scale::read_points("69,5"), scale::read_points("69.25"), scale::read_points("liên hệ"), scale::read_points("1.234")], [Some(6950), Some(6925), None, None]);
    assert_eq!([scale::points(6950), scale::points(7000), scale::points(6925)], ["69,5", "70", "69,25"]);
}

store_test! {
    async fn counters_follow_every_change(app: TestApp) {
        let one = app.add_product("A-1", Some((3, begin_day() - Days::new(10))), |_| {}).await;
        app.add_product("A-2", None, |product| product.group_id = "craft".into()).await;
        let counts = |app: &TestApp| {
            let db = app.db().clone();
            async move { store::counts(&mut db.read().await.unwrap()).await.unwrap() }
        };
        assert_eq!(counts(&app).await, [("craft".to_owned(), 0, State::None, 1), ("food".to_owned(), 3, State::Live, 1)]);
        let mut tx = app.db().write().await.unwrap();
        let mut taken = store::certificates(&mut tx, &one.id).await.unwrap().remove(0);
        taken = taken.withdraw(begin_day(), "Lý do", "", begin_day()).unwrap();
        store::save_certificate(&mut tx, &taken).await.unwrap();
        let one = store::restamp(&mut tx, &one, begin_day(), begin()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((one.state, one.valid_to), (State::Withdrawn, Some(begin_day())));
        assert_eq!(counts(&app).await, [("craft".to_owned(), 0, State::None, 1), ("food".to_owned(), 3, State::Withdrawn, 1)]);
    }
}
