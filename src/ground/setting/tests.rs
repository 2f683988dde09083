//! Numbers by day.

use super::{KNOWN, value};
use crate::access::Role;
use crate::store_test;
use crate::testing::TestApp;
use crate::text::parse_date;

#[test]
fn the_built_in_list_is_sound() {
    assert!(KNOWN.all().len() >= 5);
    for known in KNOWN.all().iter() {
        assert!((known.least..=known.most).contains(&known.first), "{}", known.name);
        assert!(!known.vi.is_empty() && !known.en.is_empty() && !known.basis.is_empty() && !known.unit.is_empty(), "{}", known.name);
        assert!(
            known.later.is_sorted_by(|a, b| a.from < b.from)
                && known.later.iter().all(|later| (known.least..=known.most).contains(&later.value) && !later.basis.is_empty()),
            "{}",
            known.name
        );
    }
}

store_test! {
    async fn what_an_administrator_set_stays_when_the_law_changes(app: TestApp) {
        let (before, after) = (parse_date("21/05/2026").unwrap(), parse_date("22/05/2026").unwrap());
        let mut tx = app.db().write().await.unwrap();
        assert_eq!([value(&mut tx, "certificate_notice_last", before).await.unwrap(), value(&mut tx, "certificate_notice_last", after).await.unwrap()], [30, 120]);
        let own = crate::setting::Value { valid_from: parse_date("01/01/2026").unwrap(), value: 45, reason: "Công văn".into(), set_by: "x".into(), set_at: app.clock().now() };
        crate::setting::set(&mut tx, "certificate_notice_last", &own).await.unwrap();
        assert_eq!([value(&mut tx, "certificate_notice_last", before).await.unwrap(), value(&mut tx, "certificate_notice_last", after).await.unwrap()], [45, 45]);
    }

    async fn a_number_counts_from_its_day(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let set = async |number: &str, from: &str, reason: &str| {
            admin.post("/thong-so/confirm_every_days", &[("confirm_every_days-value", number), ("confirm_every_days-from", from), ("confirm_every_days-reason", reason)]).await
        };
        assert_eq!(set("90", "01/01/2027", "Công văn 1").await.status, 303);
        for (number, from, reason) in [("0", "01/01/2027", "x"), ("abc", "01/01/2027", "x"), ("90", "01/01/2020", "x"), ("90", "31/02/2027", "x"), ("90", "01/01/2027", "")] {
            let answer = set(number, from, reason).await;
            assert_eq!(answer.status, 422, "{number} {from} {reason}");
            assert!(answer.body.contains("error-summary"));
        }
        let mut tx = app.db().read().await.unwrap();
        assert_eq!(value(&mut tx, "confirm_every_days", parse_date("31/12/2026").unwrap()).await.unwrap(), 180);
        assert_eq!(value(&mut tx, "confirm_every_days", parse_date("01/01/2027").unwrap()).await.unwrap(), 90);
        drop(tx);
        let leader = app.sign_in(Role::LEADER).await;
        assert!(leader.get("/thong-so").await.body.contains("sắp áp dụng"));
        assert_eq!(leader.post("/thong-so/confirm_every_days", &[]).await.status, 403);
        assert_eq!(app.verbs("setting", "confirm_every_days").await, ["set_number"]);
    }
}
