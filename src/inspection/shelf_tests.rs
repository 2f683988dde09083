//! The shelf looked at during a visit, on both stores.

use chrono::{Days, NaiveDate};

use crate::access::Role;
use crate::point::{Point, State};
use crate::product::Product;
use crate::store_test;
use crate::testing::{Client, TestApp, begin_day};
use crate::text::date_vi;

fn before(days: u64) -> NaiveDate {
    begin_day() - Days::new(days)
}

async fn point(app: &TestApp) -> Point {
    app.apply_criteria().await;
    app.add_point(|point| {
        (point.name, point.unit_id) = ("Điểm OCOP Vạn Phúc".into(), Some("09556.2025".into()));
        (point.state, point.state_since, point.opened_on, point.last_confirmed_on) = (State::Operating, before(300), Some(before(300)), Some(before(10)));
    })
    .await
}

/// Proposed, agreed and put on the shelf by the office, on one day.
async fn on_shelf(client: &Client, product: &Product, point: &Point, day: NaiveDate) {
    let day = date_vi(day);
    let made = client.post("/ket-noi/moi", &[("product", &product.id), ("point", &point.id), ("day", &day), ("note", "")]).await.expect(303);
    let path = made.location().split('?').next().unwrap().to_owned();
    for step in ["agree", "shelf"] {
        let version = client.get(&path).await.expect(200).value("version");
        client.post(&format!("{path}/buoc/{step}"), &[("version", &version), (&format!("{step}-day"), &day), ("price", "85.000"), ("terms", "Ký gửi")]).await.expect(303);
    }
}

store_test! {
    async fn a_shelf_is_compared_with_the_ledger_and_the_certificates_of_the_day(app: TestApp) {
        let place = point(app).await;
        let ends_soon = before(20) - chrono::Months::new(36) + Days::new(21);
        let good = app.add_product("A-1", Some((4, before(100))), |_| {}).await;
        let lapsing = app.add_product("A-2", Some((3, ends_soon)), |_| {}).await;
        let gone = app.add_product("A-3", Some((3, ends_soon)), |_| {}).await;
        let stray = app.add_product("A-4", Some((5, before(50))), |_| {}).await;
        let never = app.add_product("A-5", None, |_| {}).await;
        let leader = app.sign_in(Role::Leader).await;
        for product in [&good, &lapsing, &gone] {
            on_shelf(&leader, product, &place, before(0)).await;
        }
        // both lapse the next day; the visit is the day after
        app.wake_on(lapsing.valid_to.unwrap()).await;
        app.wake_on(lapsing.valid_to.unwrap() + Days::new(1)).await;
        let today = app.clock().today();
        assert_eq!(app.rows_of("takedown").await, 2);
        let inspector = app.sign_in(Role::Inspector).await;
        inspector.get("/kiem-tra").await.expect(200).says("2 sản phẩm chờ gỡ khỏi kệ");
        let visit = inspector.post(&format!("/ho-so/{}/kiem-tra/ngay", place.id), &[]).await.expect(303).location().split('?').next().unwrap().to_owned();
        let shelf = format!("{visit}/ke");
        inspector.get(&shelf).await.expect(200).says("A-1").says("A-2").says("không được bày").says("0/3");
        app.sign_in(Role::Business).await.get(&shelf).await.expect(403);
        app.sign_in(Role::Auditor).await.post(&shelf, &[("found", "A-4")]).await.expect(403);
        inspector.post(&shelf, &[("found", "KHÔNG-CÓ")]).await.expect(422).says("KHÔNG-CÓ");
        inspector.post(&shelf, &[("found", &format!("https://ocop.example/san-pham/{}?x=1", stray.slug))]).await.expect(303);
        inspector.post(&shelf, &[("found", "A-5")]).await.expect(303);
        inspector.post(&shelf, &[("found", "GCN-A-1")]).await.expect(303);
        let seen = |product: &Product| format!("seen-{}", product.id);
        let long = "x".repeat(501);
        inspector.post(&shelf, &[(&seen(&lapsing), "yes"), (&format!("note-{}", lapsing.id), &long)]).await.expect(422).says("500 ký tự");
        inspector.post(&shelf, &[(&seen(&lapsing), "yes"), (&seen(&gone), "no"), (&format!("note-{}", gone.id), "Đã gỡ")]).await.expect(303);
        // A-5 was a slip: nobody saw it after all
        inspector.post(&shelf, &[(&seen(&never), "yes")]).await.expect(303);
        inspector.get(&shelf).await.expect(200).says("5/5").says("ngoài sổ kết nối").says("Ghi kết nối này");
        inspector.post(&shelf, &[(&seen(&never), "no")]).await.expect(303);
        inspector.get(&shelf).await.expect(200).says("4/4");
        let version = inspector.get(&visit).await.expect(200).value("version");
        let fields = [("version", version.as_str()), ("team", "Hoàng Thị Mẫu"), ("visited_on", &date_vi(today)), ("running", "yes"), ("action", "finish")];
        inspector.post(&visit, &fields).await.expect(303);
        inspector.get(&visit).await.expect(200).says("4 sản phẩm").says("1 không được bày").says("Bày bán ở khu OCOP sản phẩm Sản phẩm A-2 (A-2)");
        inspector.post(&shelf, &[("found", "A-5")]).await.expect(409);
        let mut tx = app.db().read().await.unwrap();
        let tasks = crate::fetch_all!(&mut tx, (String, Option<NaiveDate>, String), "select product_id, done_on, done_how from takedown order by product_id").unwrap();
        drop(tx);
        let of = |product: &Product| tasks.iter().find(|(id, ..)| *id == product.id).map(|(_, day, how)| (*day, how.as_str())).unwrap();
        assert_eq!((of(&lapsing), of(&gone)), ((None, ""), (Some(today), "inspection")));
        assert!(!app.sign_in(Role::Inspector).await.get("/kiem-tra").await.body.contains("2 sản phẩm chờ gỡ"));
    }
}
