//! Accounts that opened something once, or were given something askew: over all routes nobody of them gets more than is theirs.

use axum::http::Method;
use ocop::access::{Role, store};
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

/// Two points with a mark in every text, one of them public, and a product.
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
    let mut paths = Vec::new();
    for id in &points {
        paths.extend(pages(&[("/ho-so", id), ("/khao-sat", id), ("/kiem-tra", id), ("/chuan-bi", id), ("/giay-to", id), ("/van-hanh", id)]));
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
        let leader = app.sign_in(Role::Leader).await;
        assert!(leaks(&leader, &paths).await.len() >= 5, "the marks are seen by whoever may");
        for (role, body, unit) in [
            (Role::Commune, "demo-hoi", None),
            (Role::Commune, "so-cong-thuong", None),
            // what older stores may hold: a commune official with the unit of the whole city
            (Role::Commune, "demo-hoi", Some("01")),
            (Role::Surveyor, "demo-hoi", None),
            (Role::Inspector, "demo-hoi", None),
            (Role::Leader, "demo-hoi", None),
            (Role::Association, "demo-hoi", None),
            (Role::Business, "demo-hoi", None),
        ] {
            let client = app.sign_in_new(role, body, unit).await;
            assert_eq!(leaks(&client, &paths).await, Vec::<String>::new(), "{role:?} of {body} with unit {unit:?}");
        }
    }

    async fn a_locked_account_and_an_ended_role_open_what_a_visitor_opens(app: TestApp) {
        let paths = world(app).await;
        let today = app.clock().today();
        let locked = app.sign_in(Role::Leader).await;
        let ended = app.sign_in(Role::Surveyor).await;
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
}
