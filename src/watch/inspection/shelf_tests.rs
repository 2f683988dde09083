//! The shelf looked at during a visit, on both stores.

use chrono::{Days, NaiveDate};

use crate::access::Role;
use crate::connection::model::Place;
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
        (point.state, point.state_since, point.opened_on, point.last_confirmed_on) =
            (State::Operating, before(300), Some(before(300)), Some(before(10)));
    })
    .await
}

/// Proposed, agreed and put on the shelf by the office, on one day.
async fn on_shelf(client: &Client, product: &Product, point: &Point, day: NaiveDate) {
    let day = date_vi(day);
    let made =
        client.post("/ket-noi/moi", &[("product", &product.id), ("point", &point.id), ("day", &day), ("note", "")]).await.expect(303);
    let path = made.location().split('?').next().unwrap().to_owned();
    for step in ["agree", "shelf"] {
        let version = client.get(&path).await.expect(200).value("version");
        client
            .post(
                &format!("{path}/buoc/{step}"),
                &[("version", &version), (&format!("{step}-day"), &day), ("price", "85.000"), ("terms", "Ký gửi")],
            )
            .await
            .expect(303);
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
        let leader = app.sign_in(Role::LEADER).await;
        for product in [&good, &lapsing, &gone] {
            on_shelf(&leader, product, &place, before(0)).await;
        }
        // both lapse the next day; the visit is the day after
        app.wake_on(lapsing.valid_to.unwrap()).await;
        app.wake_on(lapsing.valid_to.unwrap() + Days::new(1)).await;
        let today = app.clock().today();
        assert_eq!(app.rows_of("takedown").await, 2);
        let inspector = app.sign_in(Role::INSPECTOR).await;
        inspector.get("/kiem-tra").await.expect(200).says("2 sản phẩm chờ gỡ khỏi kệ");
        let visit = inspector.post(&format!("/ho-so/{}/kiem-tra/ngay", place.id), &[]).await.expect(303).location().split('?').next().unwrap().to_owned();
        let shelf = format!("{visit}/ke");
        inspector.get(&shelf).await.expect(200).says("A-1").says("A-2").says("không được bày").says("0/3");
        app.sign_in(Role::BUSINESS).await.get(&shelf).await.expect(403);
        app.sign_in(Role::AUDITOR).await.post(&shelf, &[("found", "A-4")]).await.expect(403);
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
        inspector.get(&shelf).await.expect(200).says("5/5").says("ngoài sổ kết nối").says("Đề nghị đưa vào sổ kết nối");
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
        assert!(!app.sign_in(Role::INSPECTOR).await.get("/kiem-tra").await.body.contains("2 sản phẩm chờ gỡ"));
    }

    async fn b15_what_nobody_saw_is_asked_and_what_stands_outside_the_ledger_is_proposed_or_found(app: TestApp) {
        app.apply_criteria().await;
        let place = app.add_point(|point| {
            (point.name, point.unit_id, point.operator_id) = ("Điểm OCOP Vạn Phúc".into(), Some("09556.2025".into()), Some("demo-coso".into()));
            (point.state, point.state_since, point.opened_on, point.last_confirmed_on) = (State::Operating, before(300), Some(before(300)), Some(before(10)));
        })
        .await;
        let leader = app.sign_in(Role::LEADER).await;
        let mut products = Vec::new();
        for code in ["B-1", "B-2", "B-3", "B-4"] {
            products.push(app.add_product(code, Some((4, before(100))), |product| product.producer_id = Some("demo-coso".into())).await);
        }
        for product in &products {
            on_shelf(&leader, product, &place, before(5)).await;
        }
        let met = [app.add_product("C-1", Some((4, before(100))), |_| {}).await, app.add_product("C-2", Some((4, before(100))), |_| {}).await];
        let inspector = app.sign_in(Role::INSPECTOR).await;
        let visit = inspector.post(&format!("/ho-so/{}/kiem-tra/ngay", place.id), &[]).await.expect(303).location().split('?').next().unwrap().to_owned();
        let shelf = format!("{visit}/ke");
        for product in &met {
            inspector.post(&shelf, &[("found", &product.code)]).await.expect(303);
        }
        let names: Vec<String> = products.iter().map(|product| format!("seen-{}", product.id)).collect();
        let course = format!("course-{}", met[1].id);
        let seen = [(names[0].as_str(), "yes"), (&names[1], "no"), (&names[2], "no"), (&names[3], "no"), (&course, "finding")];
        inspector.post(&shelf, &seen).await.expect(303);
        inspector.get(&shelf).await.expect(200).says("điểm được hỏi còn bán").says("value=\"finding\" checked");
        let version = inspector.get(&visit).await.expect(200).value("version");
        let today = date_vi(begin_day());
        inspector.post(&visit, &[("version", &version), ("team", "Hoàng Thị Mẫu"), ("visited_on", &today), ("running", "yes"), ("action", "finish")]).await.expect(303);
        app.work().await;
        // the page and the mail say what was seen and what becomes of it
        inspector.get(&visit).await.expect(200).says("3 không thấy").says("2 ngoài sổ kết nối").says("đã hỏi điểm").says("đề nghị đưa vào sổ kết nối").says("thành phát hiện phải khắc phục").says("C-2) chưa có trong sổ kết nối");
        let to_business: Vec<String> = app.outbox().into_iter().filter(|mail| mail.contains("To: coso@ocop.example") && mail.contains("được kiểm tra ngày")).collect();
        assert_eq!(to_business.len(), 1);
        assert!(to_business[0].contains("B-2") && to_business[0].contains(&format!("/ho-so/{}/hoi-ke", place.id)) && to_business[0].contains("C-1"), "{}", to_business[0]);
        let mut tx = app.db().read().await.unwrap();
        let proposed = crate::connection::store::running(&mut tx, &met[0], &Place::Point(place.id.clone())).await.unwrap().unwrap();
        assert_eq!((proposed.stage, proposed.proposed_by.as_str()), (crate::connection::Stage::Proposed, "office"));
        assert!(crate::connection::store::running(&mut tx, &met[1], &Place::Point(place.id.clone())).await.unwrap().is_none());
        let asked = crate::fetch_all!(&mut tx, (String, String), "select q.id, p.code from shelf_question q join product p on p.id = q.product_id order by p.code").unwrap();
        drop(tx);
        assert_eq!(asked.iter().map(|(_, code)| code.as_str()).collect::<Vec<_>>(), ["B-2", "B-3", "B-4"]);
        // where nobody signs in for the point, its commune is asked in its place, and nothing says that the point was
        let commune = app.sign_in(Role::COMMUNE).await;
        assert!(!commune.get("/viec").await.expect(200).body.contains("hỏi và ghi thay"));
        let mut tx = app.db().write().await.unwrap();
        crate::execute!(&mut tx, "update person set status = 'disabled' where email = 'coso@ocop.example'").unwrap();
        tx.commit().await.unwrap();
        commune.get("/viec").await.expect(200).says("Không thấy 3 sản phẩm trên kệ").says("hỏi và ghi thay");
        inspector.get(&visit).await.expect(200).says("điểm chưa có tài khoản: xã, phường hỏi và ghi thay");
        let mut tx = app.db().write().await.unwrap();
        crate::execute!(&mut tx, "update person set status = 'active' where email = 'coso@ocop.example'").unwrap();
        tx.commit().await.unwrap();
        // the point answers: one is sold, one is not any more; a day after the visit cannot be
        let business = app.sign_in(Role::BUSINESS).await;
        business.get("/viec").await.expect(200).says("Không thấy 3 sản phẩm trên kệ");
        let path = format!("/ho-so/{}/hoi-ke", place.id);
        business.get(&path).await.expect(200).says("Sản phẩm B-2");
        business.post(&path, &[]).await.expect(422).says("Chưa trả lời");
        let (selling, gone, gone_on) = (format!("q-{}", asked[0].0), format!("q-{}", asked[1].0), format!("day-{}", asked[1].0));
        let tomorrow = date_vi(begin_day() + Days::new(1));
        let page = business.post(&path, &[(&selling, "selling"), (&gone, "gone"), (&gone_on, &tomorrow)]).await.expect(422);
        assert!(page.body.contains(&tomorrow), "what was typed stays");
        app.sign_in(Role::AUDITOR).await.post(&path, &[(&selling, "selling")]).await.expect(403);
        business.post(&path, &[(&selling, "selling"), (&gone, "gone")]).await.expect(303);
        business.post(&path, &[(&selling, "gone")]).await.expect(422);
        let point_id = place.id.clone();
        let now_there = shelf_of(app, &point_id, begin_day()).await;
        assert_eq!(now_there, ["B-1", "B-2", "B-4"]);
        // nobody says anything of the last: ten days later it is off, and both sides are told once
        app.wake_on(begin_day() + Days::new(10)).await;
        assert_eq!(shelf_of(app, &point_id, begin_day() + Days::new(10)).await, ["B-1", "B-2", "B-4"]);
        app.wake_on(begin_day() + Days::new(11)).await;
        app.wake_on(begin_day() + Days::new(12)).await;
        assert_eq!(shelf_of(app, &point_id, begin_day() + Days::new(12)).await, ["B-1", "B-2"]);
        let told = app.outbox().into_iter().filter(|mail| mail.contains("không trả lời trước khi hết ngày") && mail.contains("To: coso@ocop.example")).count();
        assert_eq!(told, 1);
        app.sign_in(Role::INSPECTOR).await.get(&visit).await.expect(200).says("điểm trả lời đang bán").says("điểm trả lời không còn bán").says("không trả lời, đưa khỏi kệ");
        app.sign_in(Role::INSPECTOR).await.get(&shelf).await.expect(200).says("Không thấy trên kệ");
        assert_eq!(app.verbs("point", &point_id).await.iter().filter(|verb| *verb == "answer_shelf").count(), 3);
    }
}

async fn shelf_of(app: &TestApp, point: &str, day: NaiveDate) -> Vec<String> {
    let mut tx = app.db().read().await.unwrap();
    crate::connection::shelf::of_point(&mut tx, point, day).await.unwrap().into_iter().map(|line| line.product.code).collect()
}
