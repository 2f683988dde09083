//! Who says what to whom beside a record, and who does not read it.

use crate::access::Role;
use crate::point::State;
use crate::store_test;
use crate::testing::TestApp;

store_test! {
    async fn what_staff_say_is_theirs_and_who_is_named_is_reached(app: TestApp) {
        let point = nominated(app).await;
        let path = format!("/ho-so/{}", point.id);
        let (surveyor, commune, business) = (app.sign_in(Role::SURVEYOR).await, app.sign_in(Role::COMMUNE).await, app.sign_in(Role::BUSINESS).await);
        let page = surveyor.get(&path).await.expect(200).says("Trao đổi").says("Trần Văn Mẫu");
        let official = someone(&page.body, "Trần Văn Mẫu");
        let once = page.value("once");
        let said = [("once", once.as_str()), ("thing", &path), ("text", "Xã xem lại số nhà giúp."), ("who", &official)];
        surveyor.post_from(&path, "/trao-doi", &said).await.expect(303);
        app.work().await;
        assert_eq!(app.outbox().iter().filter(|mail| mail.contains("nhắc bạn ở hồ sơ")).count(), 1, "one letter to the one who was named");
        commune.get("/viec").await.expect(200).says("Cần trả lời trao đổi").says("Xã xem lại số nhà giúp.");
        commune.get(&path).await.expect(200).says("Xã xem lại số nhà giúp.").says("Bạn được nhắc ở đây");
        assert!(!business.get(&path).await.expect(200).body.contains("số nhà giúp"), "the business does not read what staff say among themselves");
        commune.post("/trao-doi/da-xem", &[("thing", &path)]).await.expect(303);
        assert!(!commune.get("/viec").await.expect(200).body.contains("Cần trả lời trao đổi"));
        // the business asks, and staff read it
        let once = business.get(&path).await.expect(200).value("once");
        business.post_from(&path, "/trao-doi", &[("once", &once), ("thing", &path), ("text", "Khi nào khảo sát ạ?")]).await.expect(303);
        surveyor.get(&path).await.expect(200).says("Khi nào khảo sát ạ?").says("cơ sở đọc được");
        assert_eq!(app.verbs("point", &point.id).await.iter().filter(|verb| *verb == "remark").count(), 2);
    }

    async fn producers_and_connections_are_talked_about_too(app: TestApp) {
        let keeper = app.sign_in(Role::PRODUCT_KEEPER).await;
        let product = app.add_product("HN-77-01", Some((4, crate::testing::begin_day())), |product| product.producer_id = Some("demo-coso".into())).await;
        let path = "/chu-the/demo-coso";
        let page = keeper.get(path).await.expect(200).says("Viết trao đổi");
        keeper.post_from(path, "/trao-doi", &[("once", &page.value("once")), ("thing", path), ("text", "Chủ thể đổi địa chỉ?")]).await.expect(303);
        keeper.get(path).await.expect(200).says("Chủ thể đổi địa chỉ?");
        let place = |point: &mut crate::point::Point| {
            (point.state, point.opened_on) = (State::Operating, Some(crate::testing::begin_day()));
            point.unit_id = Some("09556.2025".into());
        };
        let point = app.add_point(place).await;
        app.apply_criteria().await;
        let business = app.sign_in(Role::BUSINESS).await;
        let today = crate::text::date_vi(crate::testing::begin_day());
        let made = business.post("/ket-noi/moi", &[("product", &product.id), ("point", &point.id), ("day", &today), ("note", "Đề nghị bày thử")]).await.expect(303);
        let path = made.location().split('?').next().unwrap().to_owned();
        let commune = app.sign_in(Role::COMMUNE).await;
        let page = commune.get(&path).await.expect(200).says("Viết trao đổi");
        commune.post_from(&path, "/trao-doi", &[("once", &page.value("once")), ("thing", &path), ("text", "Điểm còn chỗ trên kệ."), ("shared", "1")]).await.expect(303);
        business.get(&path).await.expect(200).says("Điểm còn chỗ trên kệ.");
    }

    async fn nobody_is_named_who_could_not_read_it_and_nobody_speaks_where_nothing_is_seen(app: TestApp) {
        let point = nominated(app).await;
        let path = format!("/ho-so/{}", point.id);
        let surveyor = app.sign_in(Role::SURVEYOR).await;
        let page = surveyor.get(&path).await.expect(200);
        let owner = someone(&page.body, "Nguyễn Thị Mẫu");
        surveyor.post_from(&path, "/trao-doi", &[("once", &page.value("once")), ("thing", &path), ("text", "x"), ("who", &owner)]).await.expect(409).says("không đọc được trao đổi nội bộ");
        surveyor.post("/trao-doi", &[("thing", &path), ("text", " ")]).await.expect(422);
        let elsewhere = app.add_point(|point| {
            point.state = State::Draft;
            point.operator_id = None;
            point.unit_id = Some("00145.2025".into());
            (point.lon, point.lat) = (None, None);
        }).await;
        for (role, thing) in [(Role::BUSINESS, format!("/ho-so/{}", elsewhere.id)), (Role::COMMUNE, format!("/ho-so/{}", elsewhere.id)), (Role::LEADER, "/nhat-ky".into()), (Role::LEADER, format!("{path}/sua"))] {
            app.sign_in(role).await.post("/trao-doi", &[("thing", &thing), ("text", "Chào")]).await.expect(404);
        }
        app.sign_in(Role::AUDITOR).await.post("/trao-doi", &[("thing", &path), ("text", "Chào")]).await.expect(403);
    }
}

/// A record that waits for the department, in the commune of the sample official.
async fn nominated(app: &TestApp) -> crate::point::Point {
    let place = |point: &mut crate::point::Point| {
        point.state = State::Nominated;
        point.unit_id = Some("09556.2025".into());
        (point.lon, point.lat) = (None, None);
    };
    app.add_point(place).await
}

/// The id by which somebody is named in the form of the talk.
fn someone(body: &str, name: &str) -> String {
    let offered = body.split("name=\"who\" value=\"").skip(1);
    let found = offered.map(|rest| rest.split("</label>").next().unwrap()).find(|label| label.contains(name));
    found.unwrap_or_else(|| panic!("{name} is not offered")).split('"').next().unwrap().to_owned()
}
