//! Pauses, closings, what is owed, what takes the place: the rules, and their stories on both stores.

use chrono::{Days, NaiveDate};

use super::model::{Stop, days_without, may_fill, may_replace};
use super::store;
use crate::access::Role;
use crate::point::{Point, State, period};
use crate::testing::{Answer, Client, TestApp, begin_day};
use crate::text::date_vi;
use crate::{execute, store_test};

fn ago(days: u64) -> NaiveDate {
    begin_day() - Days::new(days)
}

fn running(point: &mut Point) {
    point.state = State::Operating;
    point.state_since = ago(400);
    point.opened_on = Some(ago(400));
    point.last_confirmed_on = Some(ago(200));
    point.counted_by = "city".into();
}

async fn support(app: &TestApp, point: &str, amount: i64, to: Option<NaiveDate>) {
    let mut tx = app.db().write().await.unwrap();
    execute!(
        &mut tx,
        "insert into support (id, point_id, what, amount, source, source_note, given_on, commitment_to, created_by, created_at) values ($1, $2, 'kệ', $3, 'city', '', $4, $5, 'x', $6)",
        crate::clock::new_id(),
        point,
        amount,
        ago(400),
        to,
        crate::testing::begin()
    )
    .unwrap();
    tx.commit().await.unwrap();
}

async fn step(client: &Client, app: &TestApp, id: &str, what: &str, fields: &[(&str, &str)]) -> Answer {
    let version = app.point(id).await.version.to_string();
    let mut all = vec![("version", version.as_str())];
    all.extend_from_slice(fields);
    client.post(&format!("/ho-so/{id}/{what}"), &all).await
}

async fn closes(client: &Client, app: &TestApp, id: &str, on: NaiveDate) -> Answer {
    step(client, app, id, "dong", &[("closed_on", &date_vi(on)), ("close_cause", "premises"), ("close_reason", "Hết hạn thuê mặt bằng")])
        .await
}

#[test]
fn days_without_a_point_are_counted_to_the_opening_or_to_today() {
    assert_eq!(days_without(ago(30), Some(ago(10)), begin_day()), 20);
    assert_eq!(days_without(ago(30), None, begin_day()), 30);
    assert_eq!(days_without(ago(30), Some(ago(40)), begin_day()), 30, "the new one opened before the old one closed, so it fills nothing");
}

#[test]
fn only_what_opened_later_ends_the_days_without_a_point() {
    let (closed, today) = (begin_day() - Days::new(30), begin_day());
    assert_eq!(days_without(closed, Some(closed + Days::new(10)), today), 10);
    assert_eq!(days_without(closed, Some(closed - Days::new(400)), today), 30, "it was open all along");
    assert_eq!(days_without(closed, None, today), 30);
    assert!(may_fill(Some(closed), (State::Preparing, None), false).is_ok());
    assert!(may_fill(Some(closed), (State::Operating, Some(closed + Days::new(1))), false).is_ok());
    for refused in [
        may_fill(Some(closed), (State::Operating, Some(closed)), false),
        may_fill(Some(closed), (State::Operating, None), false),
        may_fill(Some(closed), (State::Preparing, None), true),
    ] {
        assert!(refused.is_err());
    }
}

#[test]
fn replacements_never_go_in_a_circle() {
    let closed = ("a", State::Closed);
    assert!(may_replace(closed, ("b", State::Operating), &[]).is_ok());
    assert!(may_replace(closed, ("b", State::Draft), &["c".into()]).is_ok());
    let codes: Vec<&str> = [
        may_replace(("a", State::Operating), ("b", State::Operating), &[]),
        may_replace(closed, ("a", State::Closed), &[]),
        may_replace(closed, ("b", State::Withdrawn), &[]),
        may_replace(closed, ("b", State::Suspended), &["c".into(), "a".into()]),
    ]
    .into_iter()
    .map(|result| result.unwrap_err().code)
    .collect();
    assert_eq!(codes, ["runs", "itself", "gone", "circle"]);
}

#[test]
fn money_is_decided_by_people_and_never_more_than_was_bound() {
    let stop = Stop {
        id: "s".into(),
        point_id: "p".into(),
        kind: "close".into(),
        from_on: ago(10),
        until_on: None,
        ended_on: None,
        cause: "other".into(),
        reason: String::new(),
        commitment_to: Some(begin_day()),
        support_total: 20_000_000,
        open_findings: 0,
        payback_state: "undecided".into(),
        payback: 0,
        payback_due: None,
        payback_basis: String::new(),
        repaid: 0,
        recorded_by: String::new(),
        created_at: crate::testing::begin(),
        version: 1,
    };
    assert_eq!(stop.clone().settle(20_000_001, None, "x".into()).unwrap_err().code, "support-total");
    assert_eq!(stop.clone().settle(0, None, "x".into()).unwrap().payback_state, "none");
    let due = stop.clone().settle(8_000_000, Some(begin_day()), "Biên bản".into()).unwrap();
    assert_eq!((due.owed(), due.is_late(begin_day()), due.is_late(begin_day() + Days::new(1))), (8_000_000, false, true));
    assert_eq!(due.clone().repay(8_000_001).unwrap_err().code, "owed");
    let half = due.repay(5_000_000).unwrap();
    assert_eq!(half.clone().settle(4_000_000, None, "x".into()).unwrap_err().code, "repaid");
    let paid = half.repay(3_000_000).unwrap();
    assert_eq!((paid.payback_state.as_str(), paid.owed()), ("paid", 0));
    assert_eq!(Stop { payback_state: String::new(), ..stop.clone() }.settle(1, None, "x".into()).unwrap_err().code, "nothing-bound");
    assert_eq!(stop.repay(1).unwrap_err().code, "nothing-bound");
}

store_test! {
    async fn a_pause_is_told_kept_and_ended(app: TestApp) {
        let point = app.add_point(|point| {
            running(point);
            point.unit_id = Some("09556.2025".into());
        }).await;
        let commune = app.sign_in(Role::COMMUNE).await;
        let refused = [
            (vec![("from_on", date_vi(begin_day() + Days::new(1))), ("cause", "repair".into()), ("reason", "x".into())], "tương lai"),
            (vec![("from_on", date_vi(ago(401))), ("cause", "repair".into()), ("reason", "x".into())], "chưa ở trạng thái này"),
            (vec![("from_on", date_vi(ago(3))), ("until_on", date_vi(ago(3))), ("cause", "repair".into()), ("reason", "x".into())], "phải sau ngày tạm ngừng"),
            (vec![("from_on", date_vi(ago(3))), ("cause", "war".into()), ("reason", "x".into())], "chọn nguyên nhân"),
            (vec![("from_on", "31/02/2026".into()), ("cause", "repair".into()), ("reason", "x".into())], "31/02/2026"),
            (vec![("from_on", date_vi(ago(3))), ("cause", "repair".into()), ("reason", String::new())], "ghi lý do"),
        ];
        for (fields, words) in refused {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = step(&commune, app, &point.id, "tam-ngung", &fields).await;
            assert!(matches!(answer.status.as_u16(), 409 | 422) && answer.body.contains(words), "{words}: {}", answer.status);
        }
        let good = [("from_on", date_vi(ago(3))), ("until_on", date_vi(ago(1))), ("cause", "repair".into()), ("reason", "Sửa mái".into())];
        let good: Vec<(&str, &str)> = good.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(step(&commune, app, &point.id, "tam-ngung", &good).await.status, 303);
        let paused = app.point(&point.id).await;
        assert_eq!((paused.state, paused.state_since, paused.due_on), (State::Suspended, ago(3), Some(ago(1))));
        let again = step(&commune, app, &point.id, "tam-ngung", &good).await;
        assert_eq!(again.status, 409, "it has stopped already");
        assert!(commune.get("/viec").await.body.contains("Tạm ngừng quá ngày dự kiến mở lại"));
        let public = app.client().get(&format!("/diem-ban/{}", point.slug)).await;
        assert!(public.body.contains("Tạm ngừng"), "the public page says so at once");
        assert_eq!(step(&commune, app, &point.id, "mo-lai", &[("on", &date_vi(ago(1)))]).await.status, 303);
        let open = app.point(&point.id).await;
        assert_eq!((open.state, open.state_since, open.last_confirmed_on), (State::Operating, ago(1), Some(ago(1))));
        let mut tx = app.db().read().await.unwrap();
        assert_eq!(store::stops(&mut tx, &point.id).await.unwrap()[0].ended_on, Some(ago(1)));
        let days: Vec<(State, NaiveDate)> = period::of(&mut tx, &point.id).await.unwrap().into_iter().map(|period| (period.state, period.valid_from)).collect();
        assert_eq!(days, [(State::Operating, ago(400)), (State::Suspended, ago(3)), (State::Operating, ago(1))]);
    }

    async fn who_may_not_is_told_so(app: TestApp) {
        let point = app.add_point(running).await;
        let other = app.sign_in(Role::COMMUNE).await;
        assert_eq!(closes(&other, app, &point.id, begin_day()).await.status, 404, "another commune's point");
        let business = app.sign_in(Role::BUSINESS).await;
        assert_eq!(closes(&business, app, &point.id, begin_day()).await.status, 403);
        let association = app.sign_in(Role::ASSOCIATION).await;
        assert_eq!(closes(&association, app, &point.id, begin_day()).await.status, 403);
        let own = step(&business, app, &point.id, "tam-ngung", &[("from_on", &date_vi(begin_day())), ("cause", "repair"), ("reason", "Sửa")]).await;
        assert_eq!(own.status, 303, "the owner may say that it pauses");
        assert_eq!(step(&business, app, &point.id, "mo-lai", &[("on", &date_vi(begin_day()))]).await.status, 403);
        assert_eq!(app.client().get(&format!("/ho-so/{}/van-hanh", point.id)).await.status, 303, "not signed in");
    }

    async fn a_closing_says_what_is_owed_until_it_is_paid(app: TestApp) {
        let point = app.add_point(running).await;
        support(app, &point.id, 15_000_000, Some(begin_day() + Days::new(200))).await;
        support(app, &point.id, 5_000_000, Some(ago(100))).await;
        let leader = app.sign_in(Role::LEADER).await;
        let early = closes(&leader, app, &point.id, ago(300)).await;
        assert!(early.status == 409 && early.body.contains("còn hoạt động"), "somebody saw it running later");
        assert_eq!(closes(&leader, app, &point.id, ago(500)).await.status, 409, "before it opened");
        assert_eq!(closes(&leader, app, &point.id, ago(20)).await.status, 303);
        let closed = app.point(&point.id).await;
        assert_eq!((closed.state, closed.closed_on), (State::Closed, Some(ago(20))));
        assert!(app.client().get(&format!("/diem-ban/{}", point.slug)).await.body.contains("Đã đóng"));
        let path = format!("/ho-so/{}/hoan-tra", point.id);
        let version = async || {
            let mut tx = app.db().read().await.unwrap();
            store::closing(&mut tx, &point.id).await.unwrap().unwrap()
        };
        let stop = version().await;
        assert_eq!((stop.support_total, stop.payback_state.as_str(), stop.commitment_to), (15_000_000, "undecided", Some(begin_day() + Days::new(200))));
        assert!(leader.get("/viec").await.body.contains("Hoàn trả hỗ trợ chưa xong"));
        let due = date_vi(begin_day() + Days::new(30));
        let decide = async |amount: &str, due: &str, basis: &str| {
            leader.post(&path, &[("version", &version().await.version.to_string()), ("payback", amount), ("payback_due", due), ("payback_basis", basis)]).await.status.as_u16()
        };
        assert_eq!(decide("16.000.000", &due, "BB 01").await, 409, "more than was bound");
        assert_eq!(decide("8.000.000", "", "BB 01").await, 422, "by when?");
        assert_eq!(decide("8.000.000", &due, "").await, 422, "on what ground?");
        assert_eq!(decide("-1", &due, "BB 01").await, 422);
        assert_eq!(decide("8.000.000", &due, "BB 01").await, 303);
        let pay = async |amount: &str, on: NaiveDate| {
            leader.post(&format!("{path}/da-tra"), &[("version", &version().await.version.to_string()), ("repaid", amount), ("paid_on", &date_vi(on)), ("note", "GNT 5")]).await.status.as_u16()
        };
        assert_eq!(pay("9.000.000", begin_day()).await, 409, "more than is owed");
        assert_eq!(pay("3.000.000", ago(21)).await, 422, "before the closing");
        assert_eq!(pay("3.000.000", begin_day()).await, 303);
        assert_eq!(leader.post(&path, &[("version", "1"), ("payback", "0"), ("payback_basis", "x")]).await.status, 409, "an old page");
        assert_eq!(pay("5.000.000", begin_day()).await, 303);
        assert_eq!(version().await.payback_state, "paid");
        assert_eq!(app.verbs("point", &point.id).await, ["close", "payback", "repay", "repay"]);
    }

    async fn support_is_recorded_of_a_point_that_runs(app: TestApp) {
        let point = app.add_point(running).await;
        let leader = app.sign_in(Role::LEADER).await;
        let give = async |amount: &str, on: NaiveDate, to: NaiveDate| {
            let fields = [("what", "Tủ mát"), ("amount", amount), ("source", "ministry"), ("given_on", &date_vi(on)), ("support_commitment_to", &date_vi(to))];
            leader.post(&format!("/ho-so/{}/van-hanh/ho-tro", point.id), &fields).await.status.as_u16()
        };
        assert_eq!(give("-3", ago(2), begin_day()).await, 422);
        assert_eq!(give("3.000.000", begin_day() + Days::new(1), begin_day() + Days::new(9)).await, 422, "not yet given");
        assert_eq!(give("3.000.000", ago(2), ago(3)).await, 422, "it would bind before it was given");
        assert_eq!(give("3.000.000", ago(2), begin_day() + Days::new(9)).await, 303);
        let page = leader.get(&format!("/ho-so/{}/van-hanh", point.id)).await;
        assert!(page.body.contains("3.000.000") && page.body.contains("Còn cam kết hỗ trợ"), "closing it would cost");
        let commune = app.sign_in(Role::COMMUNE).await;
        assert_eq!(commune.post(&format!("/ho-so/{}/van-hanh/ho-tro", point.id), &[]).await.status, 404);
    }

    async fn a_point_takes_the_place_of_another(app: TestApp) {
        let (old, new) = (app.add_point(running).await, app.add_point(|point| point.state = State::Surveyed).await);
        let leader = app.sign_in(Role::LEADER).await;
        let propose = async |id: &str, code: &str| leader.post(&format!("/ho-so/{id}/thay-the"), &[("code", code), ("note", "Cùng làng")]).await;
        assert_eq!(propose(&old.id, &new.code).await.status, 409, "the old one still runs");
        assert_eq!(closes(&leader, app, &old.id, ago(30)).await.status, 303);
        assert_eq!(propose(&old.id, "HN-1999-0001").await.status, 422);
        assert_eq!(propose(&old.id, &old.code).await.status, 409, "itself");
        assert_eq!(propose(&old.id, &new.code).await.status, 303);
        let twice = propose(&old.id, &new.code).await;
        assert!(twice.status == 409 && twice.body.contains("đã được đề nghị"), "known");
        assert!(leader.get("/viec").await.body.contains("Chờ chọn điểm thay thế"));
        let commune = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        assert_eq!(commune.post(&format!("/ho-so/{}/thay-the/{}/chon", old.id, new.id), &[]).await.status, 403);
        assert_eq!(leader.post(&format!("/ho-so/{}/thay-the/{}/chon", old.id, new.id), &[]).await.status, 303);
        assert_eq!(leader.post(&format!("/ho-so/{}/thay-the/{}/chon", old.id, new.id), &[]).await.status, 409, "chosen already");
        let page = leader.get(&format!("/ho-so/{}/van-hanh", old.id)).await;
        assert!(page.body.contains("30 ngày không có điểm") && page.body.contains("được chọn"), "no point for thirty days");
        assert!(leader.get(&format!("/ho-so/{}", new.id)).await.body.contains(&old.code), "the new one says whose place it takes");
        // what was open all along makes good for nothing, and one replaces one
        let other = app.add_point(running).await;
        assert_eq!(closes(&leader, app, &other.id, ago(20)).await.status, 303);
        let along = app.add_point(running).await;
        for (code, id, told) in [(&along.code, &along.id, "đã mở trước khi điểm kia đóng"), (&new.code, &new.id, "một điểm chỉ thay thế cho một điểm")] {
            let answer = propose(&other.id, code).await;
            assert!(answer.status == 409 && answer.body.contains(told), "nobody proposes in vain: {}", answer.body);
            // proposed before the rule was told
            let mut tx = app.db().write().await.unwrap();
            crate::operation::store::propose(&mut tx, &other.id, id, "", "ai đó", crate::testing::begin()).await.unwrap();
            tx.commit().await.unwrap();
            let answer = leader.post(&format!("/ho-so/{}/thay-the/{id}/chon", other.id), &[]).await;
            assert!(answer.status == 409 && answer.body.contains(told), "{}", answer.body);
        }
        // the new one closes too: the first may not come back in its place
        let mut tx = app.db().write().await.unwrap();
        let before = crate::point::store::find(&mut tx, &new.id).await.unwrap().unwrap();
        let after = Point { state: State::Closed, state_since: ago(1), closed_on: Some(ago(1)), ..before.clone() };
        crate::point::store::save(&mut tx, &before, &after, app.region(), crate::testing::begin()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(propose(&new.id, &old.code).await.status, 409);
        let drop = async |state: &str| leader.post(&format!("/ho-so/{}/thay-the/{}/bo", old.id, new.id), &[("state", state)]).await.status.as_u16();
        assert_eq!(drop("proposed").await, 409, "it is chosen, the page was old");
        assert_eq!(drop("chosen").await, 303);
    }
}
