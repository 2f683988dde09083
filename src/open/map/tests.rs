//! What a map is told, and whom it is told.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::Value;

use crate::access::Role;
use crate::point::State;
use crate::store_test;
use crate::testing::{Client, TestApp};

async fn ask(client: &Client, path: &str) -> Value {
    serde_json::from_str(&client.get(path).await.expect(200).body).unwrap()
}

fn names(answer: &Value) -> Vec<String> {
    let mut names: Vec<String> =
        answer["features"].as_array().unwrap().iter().map(|feature| feature["properties"]["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// The order of the cards of a list.
fn cards(page: &str) -> Vec<&str> {
    page.split("<h2><a href=\"/diem-ban/")
        .skip(1)
        .filter_map(|part| part.split_once("\">")?.1.split_once("</a>"))
        .map(|(name, _)| name)
        .collect()
}

async fn shops(app: &TestApp) {
    for (name, lon, lat, hours, state) in [
        ("Bát Tràng", 105.912, 20.969, "Mo-Su 08:00-20:00", State::Operating),
        ("Chợ đêm", 105.850, 21.036, "Fr-Su 18:00-23:00", State::Operating),
        ("An Khánh", 105.720, 21.005, "", State::Operating),
        ("Đã đóng", 105.851, 21.037, "24/7", State::Closed),
        ("Bản nháp", 105.852, 21.038, "24/7", State::Draft),
    ] {
        app.add_point(|point| {
            point.name = name.into();
            (point.lon, point.lat) = (Some(lon), Some(lat));
            point.hours = hours.into();
            point.state = state;
        })
        .await;
    }
    app.add_point(|point| {
        point.name = "Không vị trí".into();
        (point.lon, point.lat) = (None, None);
        point.state = State::Operating;
    })
    .await;
}

store_test! {
    async fn the_public_map_shows_what_the_list_shows(app: TestApp) {
        shops(app).await;
        let visitor = app.client();
        let all = ask(&visitor, "/ban-do/diem.geojson").await;
        assert_eq!(names(&all), ["An Khánh", "Bát Tràng", "Chợ đêm"]);
        assert_eq!((all["unplaced"].as_i64(), all["complete"].as_bool()), (Some(1), Some(true)));
        assert_eq!(all["bbox"][0], 105.72);
        let shop = &all["features"].as_array().unwrap().iter().find(|feature| feature["properties"]["name"] == "Bát Tràng").unwrap();
        assert_eq!(shop["properties"]["url"], "/diem-ban/bat-trang");
        assert_eq!(shop["properties"]["state_label"], "Đang hoạt động");
        assert_eq!(shop["geometry"]["coordinates"][0], 105.912);
        assert_eq!(names(&ask(&visitor, "/ban-do/diem.geojson?bbox=105.8,21,105.9,21.1&zoom=13").await), ["Chợ đêm"]);
        assert_eq!(names(&ask(&visitor, "/ban-do/diem.geojson?state=closed").await), ["Đã đóng"]);
        assert_eq!(names(&ask(&visitor, "/ban-do/diem.geojson?q=cho%20dem&unit=B%C3%A1t%20Tr%C3%A0ng").await), ["Chợ đêm"]);
        // Sunday, eight in the morning
        assert_eq!(names(&ask(&visitor, "/ban-do/diem.geojson?open=1").await), ["Bát Tràng"]);
        let page = visitor.get("/diem-ban?open=1").await.expect(200).says("1 điểm chưa ghi giờ mở cửa");
        assert_eq!(cards(&page.body), ["Bát Tràng", "Không vị trí"]);
        let english = ask(&visitor, "/en/ban-do/diem.geojson?q=dem").await;
        assert_eq!(english["features"][0]["properties"]["url"], "/en/diem-ban/cho-dem");
    }

    async fn an_answer_may_be_kept_and_is_known_again(app: TestApp) {
        shops(app).await;
        let visitor = app.client();
        let first = visitor.get("/ban-do/diem.geojson").await.expect(200);
        assert_eq!((first.header("cache-control"), first.header("content-type")), ("public, max-age=60", "application/geo+json"));
        let again = |tag: String| Request::builder().uri("/ban-do/diem.geojson").header(header::IF_NONE_MATCH, tag).body(Body::empty()).unwrap();
        let known = visitor.send(again(first.header("etag").to_owned())).await.expect(304);
        assert_eq!((known.body.as_str(), known.header("etag")), ("", first.header("etag")));
        visitor.send(again("W/\"other\"".into())).await.expect(200);
        let surveyor = app.sign_in(Role::SURVEYOR).await;
        assert_eq!(surveyor.get("/ban-do/ho-so.geojson").await.expect(200).header("cache-control"), "private, no-cache");
    }

    async fn what_cannot_be_asked_is_refused_with_the_reason(app: TestApp) {
        let visitor = app.client();
        for (query, reason) in [
            ("bbox=106,20,105,21", "ngược"),
            ("bbox=NaN,20,106,21", "bốn số"),
            ("bbox=105,20,1e9,21", "ngoài Trái Đất"),
            ("bbox=1,2,3", "bốn số"),
            ("zoom=99", "từ 0 đến 24"),
            ("zoom=NaN", "từ 0 đến 24"),
            ("state=draft", "Trang công khai"),
            ("state=gone", "state"),
            ("kind=church", "kind"),
            ("unit=Kh%C3%B4ng%20%C4%91%C3%A2u", "Không đâu"),
        ] {
            let request = Request::builder().uri(format!("/ban-do/diem.geojson?{query}")).header(header::ACCEPT, "application/json").body(Body::empty()).unwrap();
            let answer = visitor.send(request).await.expect(422).says(reason);
            assert_eq!(answer.header("content-type"), "application/problem+json", "{query}");
        }
        visitor.get("/diem-ban?bbox=106,20,105,21").await.expect(422).says("ngược");
        // the whole world is a box like any other
        visitor.get("/ban-do/diem.geojson?bbox=-180,-90,180,90&zoom=0").await.expect(200);
    }

    async fn staff_see_their_scope_on_the_map(app: TestApp) {
        shops(app).await;
        let elsewhere = app.add_point(|point| {
            point.name = "Nháp nơi khác".into();
            point.unit_id = Some("09556.2025".into());
            (point.lon, point.lat) = (Some(105.77), Some(20.97));
        }).await;
        app.client().get("/ban-do/ho-so.geojson").await.expect(303);
        let city = ask(&app.sign_in(Role::SURVEYOR).await, "/ban-do/ho-so.geojson").await;
        assert_eq!(names(&city), ["An Khánh", "Bát Tràng", "Bản nháp", "Chợ đêm", "Nháp nơi khác", "Đã đóng"]);
        let commune = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        let own = ask(&commune, "/ban-do/ho-so.geojson").await;
        assert_eq!(names(&own), ["An Khánh", "Bát Tràng", "Bản nháp", "Chợ đêm", "Đã đóng"]);
        assert!(ask(&commune, "/ban-do/ho-so.geojson?bbox=105.7,20.9,105.8,21&zoom=15").await["features"].as_array().unwrap().is_empty());
        assert!(ask(&commune, "/ban-do/ho-so.geojson?unit_id=09556.2025").await["features"].as_array().unwrap().is_empty());
        let drafts = ask(&commune, "/ban-do/ho-so.geojson?state=draft").await;
        assert_eq!(names(&drafts), ["Bản nháp"]);
        assert!(drafts["features"][0]["properties"]["url"].as_str().unwrap().starts_with("/ho-so/"));
        let page = commune.get("/ho-so?bbox=105.84,21.03,105.86,21.04").await.expect(200).says("Bản nháp").says("Đã đóng").says("Trong khung bản đồ");
        assert!(!page.body.contains("Bát Tràng</a>") && !page.body.contains(&elsewhere.id));
    }

    async fn the_nearest_come_first(app: TestApp) {
        shops(app).await;
        let visitor = app.client();
        let page = visitor.get("/diem-ban?near=1&lon=105.85&lat=21.03").await.expect(200).says("cách 660 m").says("Gần bạn nhất trước").says("chưa có vị trí trên bản đồ");
        assert_eq!(cards(&page.body), ["Chợ đêm", "Bát Tràng", "An Khánh"]);
        assert_eq!(page.header("cache-control"), "private, no-store", "where somebody stands is kept by nobody");
        // by pages
        let one = visitor.get("/diem-ban?near=1&lon=105.85&lat=21.03&page_size=2").await.expect(200);
        let next = one.body.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split_once('"')).unwrap().0.replace("&#38;", "&").replace("&amp;", "&");
        assert_eq!(cards(&visitor.get(&next).await.expect(200).body), ["An Khánh"]);
        // without script: around the middle of a commune, also one of before
        let page = visitor.get("/diem-ban?near=1&unit=B%C3%A1t%20Tr%C3%A0ng").await.expect(200).says("nhất trước");
        assert_eq!(cards(&page.body)[0], "Bát Tràng");
        assert_eq!(cards(&page.body).len(), 3, "a unit that says where to begin is no filter");
        visitor.get("/diem-ban?near=1&unit=Qu%E1%BA%ADn%20H%C3%A0%20%C4%90%C3%B4ng").await.expect(200).says("nhất trước");
        visitor.get("/diem-ban?near=1").await.expect(200).says("Chưa biết tìm quanh đâu");
        visitor.get("/diem-ban?near=1&lon=2.35&lat=48.85").await.expect(200).says("không nằm ở Việt Nam");
        visitor.get("/diem-ban?near=1&lon=abc&lat=21").await.expect(200).says("không nằm ở Việt Nam");
        // in the frame of the map, from its middle outwards
        let page = visitor.get("/diem-ban?bbox=105.7,20.96,105.92,21.04").await.expect(200).says("Trong khung bản đồ");
        assert_eq!(cards(&page.body).len(), 3);
        assert_eq!(cards(&visitor.get("/diem-ban?bbox=105.84,21.03,105.86,21.04").await.expect(200).body), ["Chợ đêm"]);
    }
}
