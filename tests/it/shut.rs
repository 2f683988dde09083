//! Accounts that opened something once, or were given something askew: over all routes nobody of them gets more than is theirs.

use axum::http::Method;
use ocop::access::{Role, store};
use ocop::fetch_one;
use ocop::party::{Body, BodyKind, store as bodies};
use ocop::point::State;
use ocop::store_test;
use ocop::testing::{Client, TestApp};

const MARK: &str = "Dấu-Vết-9173";

/// Every page that is read, filled with what exists.
fn pages(ids: &[(&str, &str)]) -> Vec<String> {
    let mut all = Vec::new();
    for (method, path, _) in ocop::app::routes().needs() {
        if *method != Method::GET || path.contains("{*") {
            continue;
        }
        let filled: Vec<&str> = path
            .split('/')
            .map(|part| match part.strip_prefix('{') {
                None => part,
                Some(_) => ids.iter().find(|(route, _)| path.starts_with(route)).map_or("00000000000000000000000000000000", |(_, id)| id),
            })
            .collect();
        all.push(filled.join("/"));
    }
    all
}

/// Points and a product of one business, with a mark in every text, none of them public; every page about them.
async fn world(app: &TestApp) -> Vec<String> {
    let mut points = Vec::new();
    for (state, address) in [(State::Draft, "Xóm 1"), (State::Nominated, "Xóm 2"), (State::Surveyed, "Xóm 3")] {
        let point = app
            .add_point(|point| {
                point.state = state;
                point.name = format!("{MARK} {address}");
                point.address = format!("{MARK} {address}");
                point.contact = MARK.into();
                point.goods = MARK.into();
                point.operator_id = Some("demo-coso".into());
            })
            .await;
        points.push(point.id);
    }
    let product = app
        .add_product("DV-1", None, |product| {
            product.name = format!("{MARK} chè");
            product.description = MARK.into();
            product.producer_id = Some("demo-coso".into());
        })
        .await;
    let mut paths = Vec::new();
    for id in &points {
        paths.extend(pages(&[
            ("/ho-so", id),
            ("/khao-sat", id),
            ("/kiem-tra", id),
            ("/chuan-bi", id),
            ("/giay-to", id),
            ("/van-hanh", id),
            ("/san-pham-ocop", &product.id),
            ("/chu-the", "demo-coso"),
            ("/san-pham", &product.id),
        ]));
    }
    paths.sort();
    paths.dedup();
    paths
}

/// What a reader sees of the marks, over all pages.
async fn leaks(client: &Client, paths: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for path in paths {
        if client.get(path).await.body.contains(MARK) {
            found.push(path.clone());
        }
    }
    found
}

store_test! {
    async fn a_body_without_a_unit_never_means_the_whole_city(app: TestApp) {
        let paths = world(app).await;
        let leader = app.sign_in(Role::LEADER).await;
        assert!(leaks(&leader, &paths).await.len() >= 5, "the marks are seen by whoever may");
        for (role, body, unit) in [
            (Role::COMMUNE, "demo-hoi", None),
            (Role::COMMUNE, "so-cong-thuong", None),
            // what older stores may hold: a commune official with the unit of the whole city
            (Role::COMMUNE, "demo-hoi", Some("01")),
            (Role::SURVEYOR, "demo-hoi", None),
            (Role::INSPECTOR, "demo-hoi", None),
            (Role::LEADER, "demo-hoi", None),
            (Role::ASSOCIATION, "demo-hoi", None),
            (Role::BUSINESS, "demo-hoi", None),
        ] {
            let client = app.sign_in_new(role, body, unit).await;
            assert_eq!(leaks(&client, &paths).await, Vec::<String>::new(), "{role:?} of {body} with unit {unit:?}");
        }
    }

    async fn a_locked_account_and_an_ended_role_open_what_a_visitor_opens(app: TestApp) {
        let paths = world(app).await;
        let today = app.clock().today();
        let locked = app.sign_in(Role::LEADER).await;
        let ended = app.sign_in(Role::SURVEYOR).await;
        let mut tx = app.db().write().await.unwrap();
        let leader = store::find_login(&mut tx, "lanhdao@ocop.example").await.unwrap().unwrap();
        store::lock(&mut tx, &leader.id, leader.version, app.clock().now()).await.unwrap();
        let surveyor = store::find_login(&mut tx, "khaosat@ocop.example").await.unwrap().unwrap();
        for grant in store::grants(&mut tx, &surveyor.id, today).await.unwrap() {
            store::end_grant(&mut tx, &grant.id, today).await.unwrap();
        }
        tx.commit().await.unwrap();
        let visitor = app.client();
        for path in &paths {
            let wanted = visitor.get(path).await;
            for (name, client) in [("locked", &locked), ("ended", &ended)] {
                let got = client.get(path).await;
                assert_eq!((got.status, got.location()), (wanted.status, wanted.location()), "{name}: {path}");
                assert!(!got.body.contains(MARK), "{name}: {path}");
            }
        }
        for (method, path, need) in ocop::app::routes().needs() {
            if *method == Method::POST && *need != ocop::access::Need::Public {
                let filled: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "00000000000000000000000000000000" } else { part }).collect();
                for (name, client) in [("locked", &locked), ("ended", &ended)] {
                    let got = client.post(&filled.join("/"), &[]).await;
                    assert!(got.location().starts_with("/dang-nhap?tiep=") || got.status == 401, "{name}: POST {path} gave {}", got.status);
                }
            }
        }
    }

    async fn a_producer_without_a_point_and_whoever_waits_or_was_turned_away_sees_nothing_of_others(app: TestApp) {
        let paths = world(app).await;
        let own = Body::named("Hợp tác xã Không Điểm", BodyKind::Cooperative, None, Some("09556.2025"));
        let mut tx = app.db().write().await.unwrap();
        bodies::put(&mut tx, &own, "test", "", app.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
        let product = app.add_product("KD-1", None, |product| product.producer_id = Some(own.id.clone())).await;
        let producer = app.sign_in_new(Role::BUSINESS, &own.id, None).await;
        assert_eq!(leaks(&producer, &paths).await, Vec::<String>::new(), "a producer without a point");
        producer.get(&format!("/san-pham-ocop/{}", product.id)).await.expect(200).says("Sản phẩm KD-1");

        // registered of itself: before anybody has confirmed it, and after it was turned away; even with the name of a body that is known
        let registers = async |email: &str| {
            let unit = app.region().label("09556.2025");
            let fields = [("name", "Cơ sở mẫu"), ("kind", "household"), ("unit", &unit), ("goods", "Chè"), ("contact", "Người Lạ"), ("phone", "0912345678"), ("email", email), ("consent", "1")];
            app.client().post("/dang-ky/chu-the", &fields).await.expect(200);
            app.sign_in_as(email).await
        };
        let waiting = registers("cho@la.example").await;
        assert_eq!(leaks(&waiting, &paths).await, Vec::<String>::new(), "an account that nobody has confirmed");
        for path in ["/chu-the", "/nguoi-dung", "/nhat-ky", "/xuat/diem.csv", "/xuat/san-pham.csv"] {
            assert!(!waiting.get(path).await.body.contains(MARK), "{path}");
        }
        let refused = registers("tuchoi@la.example").await;
        let mut tx = app.db().read().await.unwrap();
        let (body, claim, version) = fetch_one!(&mut tx, (String, String, i64), "select body_id, id, version from producer_claim where email = 'tuchoi@la.example'").unwrap();
        drop(tx);
        let commune = app.sign_in(Role::COMMUNE).await;
        commune.post(&format!("/chu-the/{body}/tu-dang-ky/{claim}"), &[("version", &version.to_string()), ("answer", "no"), ("reason", "Không có cơ sở này.")]).await.expect(303);
        let visitor = app.client();
        for path in &paths {
            let (got, wanted) = (refused.get(path).await, visitor.get(path).await);
            assert_eq!((got.status, got.location()), (wanted.status, wanted.location()), "turned away: {path}");
        }
    }
}
