//! Programs: what they read and write, with a token and without, on both stores.

mod reading;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request};
use chrono::{Days, Duration};
use serde_json::{Value, json};

use super::{openapi, write};
use crate::access::{Role, store as people, token};
use crate::app::demo;
use crate::point::{Point, State};
use crate::testing::{Answer, TestApp, begin, begin_day};
use crate::{execute, store_test};

const HA_DONG: &str = "09556.2025";

/// A program with a token, or without.
struct Program<'a> {
    app: &'a TestApp,
    token: String,
}

impl<'a> Program<'a> {
    fn nobody(app: &'a TestApp) -> Program<'a> {
        Program { app, token: String::new() }
    }

    /// A token of the first sample account of a role.
    async fn of(app: &'a TestApp, role: Role, may_write: bool) -> Program<'a> {
        let login = demo::SIGN_INS.iter().find(|sign_in| sign_in.role == role).unwrap().login;
        let mut tx = app.db().write().await.unwrap();
        let person = people::find_login(&mut tx, login).await.unwrap().unwrap();
        let grant = people::grants(&mut tx, &person.id, begin_day()).await.unwrap().remove(0);
        let (_, token) = token::add(&mut tx, &person.id, &grant.id, "thử", may_write, begin_day() + Days::new(30), begin()).await.unwrap();
        tx.commit().await.unwrap();
        Program { app, token }
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.app.client().send(request.body(body).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    async fn create(&self, key: &str, body: Value) -> Answer {
        self.send("POST", "/api/v1/points", &[("idempotency-key", key)], Some(body)).await
    }

    async fn patch(&self, code: &str, tag: &str, body: Value) -> Answer {
        self.send("PATCH", &format!("/api/v1/points/{code}"), &[("if-match", tag)], Some(body)).await
    }

    /// Takes a step from the version that is there now.
    async fn step(&self, code: &str, body: Value) -> Answer {
        let tag = self.get(&format!("/api/v1/points/{code}")).await.header("etag").to_owned();
        self.send("POST", &format!("/api/v1/points/{code}/steps"), &[("if-match", &tag)], Some(body)).await
    }
}

fn read(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
}

/// The code of a refusal, after a look at its shape.
#[track_caller]
fn problem(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.body);
    let body = read(answer);
    assert_eq!(body["status"].as_u64(), Some(status.into()));
    for name in ["title", "detail", "instance"] {
        assert!(body[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {body}");
    }
    let code = body["code"].as_str().unwrap().to_owned();
    assert_eq!(body["type"], format!("urn:ocop:problem:{code}"));
    code
}

fn running(point: &mut Point) {
    point.state = State::Operating;
    point.state_since = begin_day() - Days::new(400);
    point.opened_on = Some(point.state_since);
    point.counted_by = "city".into();
}

fn in_ha_dong(point: &mut Point) {
    point.unit_id = Some(HA_DONG.into());
    point.lon = Some(105.775);
    point.lat = Some(20.97);
}

fn codes(answer: &Answer) -> Vec<String> {
    read(answer)["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_route_is_described_and_every_description_has_a_route() {
    let document = openapi::document("https://ocop.example");
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .keys()
                .filter(|key| *key != "parameters")
                .map(|method| (path.clone(), method.to_uppercase()))
                .collect::<Vec<_>>()
        })
        .collect();
    let routes: BTreeSet<(String, String)> = crate::app::routes()
        .needs()
        .iter()
        .filter(|(_, path, _)| path.starts_with("/api/"))
        .map(|(method, path, _)| (path.clone(), method.to_string()))
        .collect();
    assert_eq!(described, routes);
    let mut refs = Vec::new();
    references(&document, &mut refs);
    for reference in refs {
        let target = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads outside"));
        assert!(document.pointer(target).is_some(), "{reference} leads nowhere");
    }
    let ids: BTreeSet<&str> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .filter_map(|operation| operation["operationId"].as_str())
        .collect();
    let mut links = Vec::new();
    linked(&document, &mut links);
    assert!(links.len() > 10 && links.iter().all(|link| ids.contains(link.as_str())), "{links:?}");
    for (name, _) in write::TEXTS {
        assert!(document["components"]["schemas"]["PointChange"]["properties"][name].is_object(), "{name}");
    }
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| match value {
            Value::String(text) if name == "$ref" => found.push(text.clone()),
            value => references(value, found),
        }),
        Value::Array(all) => all.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

fn linked(value: &Value, found: &mut Vec<String>) {
    if let Some(links) = value["links"].as_object() {
        found.extend(links.values().filter_map(|link| link["operationId"].as_str().map(str::to_owned)));
    }
    match value {
        Value::Object(map) => map.values().for_each(|value| linked(value, found)),
        Value::Array(all) => all.iter().for_each(|value| linked(value, found)),
        _ => {}
    }
}

store_test! {
    async fn without_a_token_only_what_is_public_is_told(app: TestApp) {
        let open = app.add_point(running).await;
        let draft = app.add_point(|_| {}).await;
        let nobody = Program::nobody(app);
        let answer = nobody.get("/api/v1/points").await;
        assert_eq!(codes(&answer), [open.code.as_str()]);
        assert_eq!((answer.header("cache-control"), answer.header("access-control-allow-origin")), ("public, max-age=60", "*"));
        let one = nobody.get(&format!("/api/v1/points/{}", open.code)).await.expect(200);
        let body = read(&one);
        assert_eq!((body["name"].as_str(), body["phone"].as_str(), body["unit_id"].as_str()), (Some("Cửa hàng gốm Bát Tràng"), Some("0912345678"), Some("00577.2025")));
        for hidden in ["contact", "email", "operator_tax_code", "due_on", "steps", "record_url", "id", "version", "created_by"] {
            assert!(body.get(hidden).is_none(), "{hidden}");
        }
        assert!(!one.body.contains("Nguyễn Thị Mẫu"));
        assert_eq!(problem(&nobody.get(&format!("/api/v1/points/{}", draft.code)).await, 404), "not-found");
        assert_eq!(codes(&nobody.get("/api/v1/points?state=draft").await).len(), 0);
        let history = nobody.get(&format!("/api/v1/points/{}/history", open.code)).await;
        assert_eq!(problem(&history, 401), "token-needed");
        assert!(history.header("www-authenticate").starts_with("Bearer"));
        assert_eq!(problem(&nobody.create("key-0000", json!({"name": "x"})).await, 401), "token-needed");
        // a signed-in reader's cookie counts for nothing
        let leader = app.sign_in(Role::LEADER).await;
        assert!(read(&leader.get(&format!("/api/v1/points/{}", open.code)).await).get("contact").is_none());
        assert_eq!(leader.post("/api/v1/points", &[("name", "x")]).await.status, 401);
    }

    async fn a_token_sees_what_its_owner_sees(app: TestApp) {
        let near = app.add_point(|point| { in_ha_dong(point); point.contact = "Người Hà Đông".into(); }).await;
        let far = app.add_point(|_| {}).await;
        let far_open = app.add_point(running).await;
        let commune = Program::of(app, Role::COMMUNE, false).await;
        let answer = commune.get("/api/v1/points").await;
        assert_eq!(codes(&answer), [near.code.as_str()]);
        assert_eq!((answer.header("cache-control"), answer.header("access-control-allow-origin")), ("private, no-store", ""));
        let own = read(&commune.get(&format!("/api/v1/points/{}", near.code)).await);
        assert_eq!((own["contact"].as_str(), own["operator_kind"].as_str(), own["state"].as_str()), (Some("Người Hà Đông"), Some("cooperative"), Some("draft")));
        assert_eq!(own["steps"], json!(["nominate", "return", "withdraw"]));
        assert_eq!(problem(&commune.get(&format!("/api/v1/points/{}", far.code)).await, 404), "not-found");
        assert_eq!(problem(&commune.get(&format!("/api/v1/points/{}/history", far_open.code)).await, 404), "not-found");
        let public = read(&commune.get(&format!("/api/v1/points/{}", far_open.code)).await);
        assert!(public.get("contact").is_none() && public["state"] == "operating", "what everybody may read is read, and no more");
        let leader = Program::of(app, Role::LEADER, false).await;
        assert_eq!(codes(&leader.get("/api/v1/points").await).len(), 3);
        assert_eq!(codes(&leader.get("/api/v1/points?state=operating").await), [far_open.code.as_str()]);
        assert_eq!(codes(&leader.get(&format!("/api/v1/points?unit={HA_DONG}&state=draft&kind=craft_village&q=gom")).await), [near.code.as_str()]);
        assert_eq!(codes(&leader.get("/api/v1/points?bbox=105.7,20.9,105.8,21").await), [near.code.as_str()]);
        assert_eq!(codes(&leader.get("/api/v1/points?counted_by=city").await), [far_open.code.as_str()]);
        assert!(codes(&leader.get("/api/v1/points?counted_by=ministry").await).is_empty());
        let association = Program::of(app, Role::ASSOCIATION, false).await;
        assert!(codes(&association.get("/api/v1/points").await).is_empty(), "it supports none");
    }

    async fn pages_neither_repeat_nor_skip_while_points_are_added(app: TestApp) {
        let mut all = BTreeSet::new();
        for name in ["An", "Bình", "Chi", "Dung", "Đào", "Ê Ban", "Giang"] {
            let point = app.add_point(|point| { running(point); point.name = name.into(); }).await;
            all.insert(point.code);
        }
        let nobody = Program::nobody(app);
        let (mut seen, mut path) = (Vec::new(), "/api/v1/points?limit=2&state=operating".to_owned());
        for round in 0..10 {
            let answer = nobody.get(&path).await.expect(200);
            seen.extend(codes(&answer));
            if round == 1 {
                app.add_point(|point| { running(point); point.name = "Anh".into(); }).await;
            }
            let Some(next) = read(&answer)["next"].as_str().map(str::to_owned) else {
                assert_eq!(answer.header("link"), "");
                break;
            };
            path = format!("/api/v1/points?limit=2&state=operating&cursor={next}");
            assert_eq!(answer.header("link"), format!("<http://ocop.test/api/v1/points?limit=2&state=operating&cursor={next}>; rel=\"next\""));
        }
        assert_eq!(seen.len(), all.len(), "the one added behind the reader is not seen, nothing is seen twice");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), all);
    }

    async fn parameters_that_are_not_right_are_named(app: TestApp) {
        let nobody = Program::nobody(app);
        for (path, field) in [
            ("/api/v1/points?sort=name", "sort"),
            ("/api/v1/points?limit=0", "limit"),
            ("/api/v1/points?limit=5&limit=6", "limit"),
            ("/api/v1/points?limit=%205", "limit"),
            ("/api/v1/points?limit=%2B5", "limit"),
            ("/api/v1/points?state=", "state"),
            ("/api/v1/points?state=open", "state"),
            ("/api/v1/points?kind=shop", "kind"),
            ("/api/v1/points?bbox=1,2,3", "bbox"),
            ("/api/v1/points?cursor=%27", "cursor"),
            ("/api/v1/points?counted_by=me", "counted_by"),
            ("/api/v1/units?on=22/11/2026", "on"),
            ("/api/v1/units?level=village", "level"),
            ("/api/v1/kinds?x=1", "x"),
            ("/api/v1/counts?kind=rest_stop", "kind"),
            ("/api/openapi.json?v=2", "v"),
        ] {
            let answer = nobody.get(path).await;
            assert_eq!(problem(&answer, 400), "parameters", "{path}");
            assert_eq!(read(&answer)["errors"][0]["field"], field, "{path}");
        }
        let meaning = nobody.get("/api/v1/points?unit=Atlantis").await;
        assert_eq!(problem(&meaning, 422), "parameters");
        assert_eq!(problem(&nobody.get("/api/v1/counts?unit=99999").await, 422), "parameters");
        // in the language that was asked for
        let english = nobody.send("GET", "/api/v1/points?limit=0", &[("accept-language", "fr, en;q=0.8, vi;q=0.5")], None).await;
        assert!(english.body.contains("whole number") && english.header("content-language") == "en", "{}", english.body);
        assert!(nobody.get("/api/v1/points?limit=0").await.body.contains("số nguyên"));
        for (method, path, status) in [("DELETE", "/api/v1/points", 405), ("PUT", "/api/v1/kinds", 405), ("GET", "/api/v1/nothing", 404), ("GET", "/api/v1/points/%ff", 400)] {
            let answer = nobody.send(method, path, &[("accept", "text/html")], None).await;
            problem(&answer, status);
            assert_eq!(answer.header("allow").is_empty(), status != 405, "{method} {path}");
        }
    }

    async fn what_is_held_is_not_sent_again(app: TestApp) {
        let point = app.add_point(running).await;
        let nobody = Program::nobody(app);
        for path in ["/api/v1/points".to_owned(), format!("/api/v1/points/{}", point.code), "/api/v1/units?limit=3".into(), "/api/v1/kinds".into(), "/api/v1/counts".into(), "/api/openapi.json".into()] {
            let first = nobody.get(&path).await.expect(200);
            let tag = first.header("etag").to_owned();
            let again = nobody.send("GET", &path, &[("if-none-match", &tag)], None).await.expect(304);
            assert!(again.body.is_empty() && again.header("etag") == tag, "{path}");
            nobody.send("GET", &path, &[("if-none-match", "\"other\"")], None).await.expect(200);
        }
    }

    async fn units_kinds_and_counts_of_a_day(app: TestApp) {
        let nobody = Program::nobody(app);
        app.add_point(|point| { running(point); in_ha_dong(point); }).await;
        app.add_point(|point| { running(point); point.counted_by = "city ministry".into(); }).await;
        app.add_point(|_| {}).await;
        let mut count = 0;
        let mut path = "/api/v1/units?limit=100&level=commune".to_owned();
        loop {
            let page = read(&nobody.get(&path).await.expect(200));
            count += page["items"].as_array().unwrap().len();
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/api/v1/units?limit=100&level=commune&cursor={next}");
        }
        assert_eq!(count, app.region().communes(begin_day()).len());
        let old = read(&nobody.get("/api/v1/units?on=2025-06-30&q=van%20phuc&level=commune").await);
        assert!(old["items"].as_array().unwrap().iter().any(|unit| unit["valid_to"] == "2025-07-01" && !unit["successors"].as_array().unwrap().is_empty()), "{old}");
        assert_eq!(read(&nobody.get("/api/v1/kinds").await)["items"].as_array().unwrap().len(), 8);
        let city = read(&nobody.get("/api/v1/counts").await);
        assert_eq!((city["total"].as_i64(), city["states"]["operating"].as_i64(), city["states"].get("draft")), (Some(2), Some(2), None));
        assert_eq!(city["items"], json!([{"state": "operating", "kind": "craft_village", "n": 2, "most": 2}]));
        assert_eq!(read(&nobody.get(&format!("/api/v1/counts?unit={HA_DONG}")).await)["total"], 1);
        assert_eq!(read(&nobody.get("/api/v1/counts?counted_by=ministry").await)["total"], 1);
        assert_eq!(read(&nobody.get("/api/v1/counts?counted_by=city&unit=00577.2025").await)["total"], 1);
        let leader = Program::of(app, Role::LEADER, false).await;
        assert_eq!(read(&leader.get("/api/v1/counts").await)["total"], 3);
        let commune = Program::of(app, Role::COMMUNE, false).await;
        assert_eq!(read(&commune.get("/api/v1/counts").await)["total"], 1);
        let business = Program::of(app, Role::BUSINESS, false).await;
        assert_eq!(read(&business.get("/api/v1/counts?counted_by=city").await)["total"], 2);
    }

    async fn a_draft_is_made_by_the_rules_of_the_form_and_once(app: TestApp) {
        let commune = Program::of(app, Role::COMMUNE, true).await;
        let draft = json!({"name": " Quầy  lụa ", "kind": "craft_village", "address": "Số 8 đường Lụa", "unit_id": HA_DONG, "lon": 105.775, "lat": 20.97, "operator_name": "HTX Lụa", "operator_kind": "cooperative", "contact": "Bà Lụa", "phone": "0912 345 678"});
        let no_key = commune.send("POST", "/api/v1/points", &[], Some(draft.clone())).await;
        assert_eq!(problem(&no_key, 400), "idempotency-key-needed");
        for (body, field) in [
            (json!({}), "name"),
            (json!({"name": 5}), "name"),
            (json!({"name": "x", "colour": "red"}), "colour"),
            (json!({"name": "x", "unit_id": "Atlantis"}), "unit_id"),
            (json!({"name": "x", "unit_id": HA_DONG, "kind": "shop"}), "kind"),
            (json!({"name": "x", "unit_id": HA_DONG, "kind": "Làng nghề"}), "kind"),
            (json!({"name": "x", "unit_id": HA_DONG, "contact": "\u{1}".repeat(121)}), "contact"),
            (json!({"name": "x", "unit_id": HA_DONG, "lon": "105"}), "lon"),
            (json!({"name": "x", "unit_id": HA_DONG, "operator_tax_code": "1"}), "operator_tax_code"),
            (json!({"name": "x", "unit_id": HA_DONG, "sure": "yes"}), "sure"),
            (json!({"name": "x", "unit_id": "00577.2025"}), "unit_id"),
        ] {
            let answer = commune.create("key-tries", body).await;
            problem(&answer, 422);
            assert_eq!(read(&answer)["errors"][0]["field"], field, "{}", answer.body);
        }
        let made = commune.create("\"key-0001\"", draft.clone()).await.expect(201);
        let body = read(&made);
        let code = body["code"].as_str().unwrap().to_owned();
        assert_eq!((body["name"].as_str(), body["state"].as_str(), body["contact"].as_str(), body["phone"].as_str()), (Some("Quầy lụa"), Some("draft"), Some("Bà Lụa"), Some("0912345678")));
        assert_eq!(made.header("location"), format!("http://ocop.test/api/v1/points/{code}"));
        let again = commune.create("key-0001", draft.clone()).await.expect(201);
        assert_eq!((again.body.as_str(), again.header("etag"), again.header("idempotency-replayed")), (made.body.as_str(), made.header("etag"), "true"));
        assert_eq!(app.rows_of("point").await, 1);
        let mut other = draft.clone();
        other["name"] = "Quầy khác".into();
        assert_eq!(problem(&commune.create("key-0001", other.clone()).await, 422), "idempotency-key-reused");
        let alike = commune.create("key-0002", draft.clone()).await;
        assert_eq!(problem(&alike, 409), "maybe-duplicate");
        assert!(alike.body.contains(&code), "{}", alike.body);
        let mut sure = draft.clone();
        sure["sure"] = true.into();
        commune.create("key-0002", sure).await.expect(201);
        let mut tx = app.db().read().await.unwrap();
        let point = crate::point::store::find_by_code(&mut tx, &code).await.unwrap().unwrap();
        drop(tx);
        assert_eq!(point.nominated_by.as_deref(), Some("ubnd-09556.2025"), "as on the screen, it belongs to the writer's body");
        assert_eq!(app.verbs("point", &point.id).await, ["create"]);
        let business = Program::of(app, Role::BUSINESS, true).await;
        assert_eq!(problem(&business.create("key-0000", draft.clone()).await, 403), "forbidden");
        // a day later the key is free again
        app.wake_on(begin_day() + Days::new(2)).await;
        assert_eq!(app.rows_of("api_key_use").await, 0);
    }

    async fn a_key_whose_request_is_under_way_waits(app: TestApp) {
        let commune = Program::of(app, Role::COMMUNE, true).await;
        let body = json!({"name": "Quầy", "unit_id": HA_DONG, "sure": true});
        let answers = [commune.create("key-one-1", body.clone()), commune.create("key-one-1", body.clone()), commune.create("key-one-1", body.clone())];
        let mut statuses = Vec::new();
        let [a, b, c] = answers;
        let (a, b, c) = tokio::join!(a, b, c);
        for answer in [a, b, c] {
            statuses.push(answer.status.as_u16());
            if answer.status == 409 {
                assert_eq!(problem(&answer, 409), "idempotency-key-under-way");
            }
        }
        assert!(statuses.contains(&201) && statuses.iter().all(|status| matches!(status, 201 | 409)), "{statuses:?}");
        assert_eq!(app.rows_of("point").await, 1, "made once");
        commune.create("key-one-1", body).await.expect(201);
        assert_eq!(app.rows_of("point").await, 1);
    }

    async fn a_change_says_which_version_it_saw(app: TestApp) {
        let point = app.add_point(in_ha_dong).await;
        let path = format!("/api/v1/points/{}", point.code);
        let commune = Program::of(app, Role::COMMUNE, true).await;
        let tag = commune.get(&path).await.header("etag").to_owned();
        assert_eq!(problem(&commune.send("PATCH", &path, &[], Some(json!({"hours": "x"}))).await, 428), "if-match-needed");
        assert_eq!(problem(&commune.patch(&point.code, "1", json!({"hours": "x"})).await, 400), "if-match");
        assert_eq!(problem(&commune.patch(&point.code, &tag, json!({})).await, 422), "invalid");
        assert_eq!(problem(&commune.patch(&point.code, &tag, json!({"state": "operating"})).await, 422), "invalid");
        assert_eq!(problem(&commune.patch(&point.code, &tag, json!({"name": null})).await, 422), "invalid");
        let changed = commune.patch(&point.code, &tag, json!({"hours": "Mo-Fr 08:00-18:00", "area_m2": 60, "about": "dòng 1\ndòng 2", "goods": null})).await.expect(200);
        let body = read(&changed);
        assert_eq!((body["hours"].as_str(), body["area_m2"].as_f64(), body["about"].as_str(), body["goods"].as_str()), (Some("Mo-Fr 08:00-18:00"), Some(60.0), Some("dòng 1\ndòng 2"), Some("")));
        assert_eq!((body["name"].as_str(), body["unit_id"].as_str(), body["operator_name"].as_str()), (Some("Cửa hàng gốm Bát Tràng"), Some(HA_DONG), Some("Hợp tác xã Dệt lụa (dữ liệu mẫu)")), "the rest stays");
        assert!(!app.point(&point.id).await.unit_chosen, "nobody said which new unit it is");
        assert_eq!(problem(&commune.patch(&point.code, &tag, json!({"hours": "y"})).await, 412), "stale");
        let fresh = changed.header("etag").to_owned();
        assert_eq!(fresh, commune.get(&path).await.header("etag"));
        let once = [("if-match", fresh.as_str()), ("idempotency-key", "patch-001")];
        commune.send("PATCH", &path, &once, Some(json!({"hours": "Mo 08:00-10:00"}))).await.expect(200);
        commune.send("PATCH", &path, &once, Some(json!({"hours": "Mo 08:00-10:00"}))).await.expect(200);
        assert_eq!(app.point(&point.id).await.version, 3, "the second was the first again");
        let business = Program::of(app, Role::BUSINESS, true).await;
        assert_eq!(problem(&business.patch(&point.code, "*", json!({"operator_name": "Khác"})).await, 422), "invalid");
        let auditor = Program::of(app, Role::AUDITOR, true).await;
        assert_eq!(problem(&auditor.patch(&point.code, "*", json!({"hours": "z"})).await, 403), "forbidden");
        let far = app.add_point(|_| {}).await;
        assert_eq!(problem(&commune.patch(&far.code, "*", json!({"hours": "z"})).await, 404), "not-found");
        let sent = app.add_point(|point| { in_ha_dong(point); point.state = State::Nominated; }).await;
        assert_eq!(problem(&commune.patch(&sent.code, "*", json!({"hours": "z"})).await, 409), "fixed");
        let wrong = Request::builder().method("PATCH").uri(&path).header("authorization", format!("Bearer {}", commune.token)).header("if-match", "*");
        let text = app.client().send(wrong.header("content-type", "text/plain").body(Body::from("{}")).unwrap()).await;
        assert_eq!(problem(&text, 415), "body");
        let broken = Request::builder().method("PATCH").uri(&path).header("authorization", format!("Bearer {}", commune.token)).header("if-match", "*");
        let broken = app.client().send(broken.header("content-type", "application/json").body(Body::from("{\"name\":")).unwrap()).await;
        assert_eq!(problem(&broken, 400), "body");
    }

    async fn steps_follow_the_rules_of_the_screens(app: TestApp) {
        let point = app.add_point(in_ha_dong).await;
        let (commune, surveyor) = (Program::of(app, Role::COMMUNE, true).await, Program::of(app, Role::SURVEYOR, true).await);
        let steps = format!("/api/v1/points/{}/steps", point.code);
        assert_eq!(problem(&commune.send("POST", &steps, &[], Some(json!({"step": "nominate"}))).await, 428), "if-match-needed");
        assert_eq!(problem(&commune.step(&point.code, json!({"step": "open"})).await, 422), "invalid");
        assert_eq!(problem(&commune.step(&point.code, json!({"step": "nominate", "on": "2026-11-22"})).await, 422), "invalid");
        assert_eq!(problem(&commune.step(&point.code, json!({"step": "accept"})).await, 403), "forbidden");
        assert_eq!(problem(&surveyor.step(&point.code, json!({"step": "accept"})).await, 409), "wrong-state");
        assert_eq!(read(&commune.step(&point.code, json!({"step": "nominate"})).await.expect(200))["state"], "nominated");
        assert_eq!(problem(&surveyor.step(&point.code, json!({"step": "return"})).await, 422), "invalid");
        assert_eq!(problem(&surveyor.step(&point.code, json!({"step": "accept", "due_on": "2026-11-01"})).await, 409), "day");
        assert_eq!(problem(&surveyor.step(&point.code, json!({"step": "accept", "due_on": "1/12/2026"})).await, 422), "invalid");
        let accepted = read(&surveyor.step(&point.code, json!({"step": "accept", "due_on": "2026-12-01"})).await.expect(200));
        assert_eq!((accepted["state"].as_str(), accepted["due_on"].as_str()), (Some("accepted"), Some("2026-12-01")));
        assert_eq!(app.verbs("point", &point.id).await, ["nominate", "accept"]);
        let history = read(&surveyor.get(&format!("/api/v1/points/{}/history?limit=1", point.code)).await);
        assert_eq!((history["items"][0]["verb"].as_str(), history["items"][0]["from"].as_str(), history["items"][0]["by_program"].as_bool()), (Some("accept"), Some("nominated"), Some(true)));
        let next = history["next"].as_str().unwrap();
        let rest = read(&surveyor.get(&format!("/api/v1/points/{}/history?limit=1&cursor={next}", point.code)).await);
        assert_eq!((rest["items"][0]["verb"].as_str(), rest["next"].as_str()), (Some("nominate"), None));

        let open = app.add_point(|point| { running(point); in_ha_dong(point); }).await;
        let on = |days: u64| (begin_day() - Days::new(days)).to_string();
        let missing = commune.step(&open.code, json!({"step": "suspend", "reason": "Sửa mái"})).await;
        problem(&missing, 422);
        let fields: Vec<Value> = read(&missing)["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
        assert_eq!(fields, [json!("on"), json!("cause")]);
        let future = json!({"step": "suspend", "on": "2026-12-01", "cause": "repair", "reason": "Sửa mái"});
        assert_eq!(problem(&commune.step(&open.code, future).await, 409), "day");
        commune.step(&open.code, json!({"step": "suspend", "on": on(9), "until": on(2), "cause": "repair", "reason": "Sửa mái"})).await.expect(200);
        commune.step(&open.code, json!({"step": "resume", "on": on(3), "note": "xong"})).await.expect(200);
        let closed = commune.step(&open.code, json!({"step": "close", "on": on(1), "cause": "premises", "reason": "Hết hạn thuê"})).await.expect(200);
        assert_eq!(read(&closed)["closed_on"], on(1));
        assert_eq!(app.verbs("point", &open.id).await, ["suspend", "resume", "close"]);
        assert_eq!(app.rows_of("stop").await, 2);
    }

    async fn a_token_ends_with_its_day_its_role_its_account_and_its_owners_will(app: TestApp) {
        let reads = Program::of(app, Role::COMMUNE, false).await;
        let ok = async |program: &Program<'_>| program.get("/api/v1/points").await.status.as_u16();
        assert_eq!(ok(&reads).await, 200);
        assert_eq!(problem(&reads.create("key-0000", json!({"name": "x"})).await, 403), "read-only-token");
        let wrong = Program { app, token: format!("{}{}", token::PREFIX, "0".repeat(64)) };
        let refused = wrong.get("/api/v1/points").await;
        assert_eq!(problem(&refused, 401), "bad-token");
        assert!(refused.header("www-authenticate").contains("invalid_token"));
        let basic = Program::nobody(app).send("GET", "/api/v1/kinds", &[("authorization", "Basic eDp5")], None).await;
        assert_eq!(problem(&basic, 401), "bad-token");
        // pages for people do not take it
        for (method, path) in [("GET", "/viec"), ("GET", "/diem-ban"), ("POST", "/ho-so/moi")] {
            assert_eq!(reads.send(method, path, &[], None).await.status, 403, "{path}");
        }
        app.clock().set(begin() + Duration::days(30));
        assert_eq!(ok(&reads).await, 200, "on its last day");
        app.clock().set(begin() + Duration::days(31));
        assert_eq!(ok(&reads).await, 401);
        app.clock().set(begin());
        let mut tx = app.db().write().await.unwrap();
        let person = people::find_login(&mut tx, "xa@ocop.example").await.unwrap().unwrap();
        let row = token::of(&mut tx, &person.id).await.unwrap().remove(0);
        assert_eq!(row.last_used_on, Some(begin_day() + Days::new(30)));
        people::lock(&mut tx, &person.id, person.version, begin()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ok(&reads).await, 401);
        let mut tx = app.db().write().await.unwrap();
        people::unlock(&mut tx, &person.id, person.version + 1).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ok(&reads).await, 401, "a token from before the lock opens nothing after it");
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update api_token set revoked_at = null where id = $1", &row.id).unwrap();
        execute!(&mut tx, "update role_grant set valid_to = $2 where id = $1", &row.grant_id, begin_day() + Days::new(1)).unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ok(&reads).await, 200);
        app.clock().set(begin() + Duration::days(1));
        assert_eq!(ok(&reads).await, 401, "the role is held no longer");
    }

    async fn people_make_tokens_and_take_them_back(app: TestApp) {
        let leader = app.sign_in(Role::LEADER).await;
        let page = leader.get("/tai-khoan").await.expect(200).says("/tai-khoan/ma-truy-cap");
        assert!(!page.body.contains("ocop_"));
        let form = leader.get("/tai-khoan/ma-truy-cap").await.expect(200).says("Bạn chưa có mã nào");
        let grant = form.body.split("<option value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        let make = async |name: &str, scope: &str, day: &str| leader.post("/tai-khoan/ma-truy-cap", &[("name", name), ("grant", &grant), ("scope", scope), ("expires_on", day)]).await;
        make("", "write", "01/01/2099").await.expect(422).says("tối đa 80 ký tự").says("tối đa 365 ngày");
        let made = make("Cổng của Sở", "write", "31/12/2026").await.expect(200).says("chỉ hiện một lần");
        assert_eq!(made.header("cache-control"), "no-store");
        let token = made.body.split("<code>ocop_").nth(1).and_then(|rest| rest.split('<').next()).map(|rest| format!("ocop_{rest}")).unwrap();
        let program = Program { app, token: token.clone() };
        program.get("/api/v1/points").await.expect(200);
        let later = leader.get("/tai-khoan/ma-truy-cap").await.expect(200).says("Cổng của Sở").says("đang dùng được").says("22/11/2026");
        assert!(!later.body.contains(&token), "it is shown once");
        let id = later.body.split("/tai-khoan/ma-truy-cap/").nth(1).and_then(|rest| rest.split('/').next()).unwrap().to_owned();
        let other = app.sign_in(Role::SURVEYOR).await;
        other.post(&format!("/tai-khoan/ma-truy-cap/{id}/thu-hoi"), &[]).await.expect(404);
        leader.post(&format!("/tai-khoan/ma-truy-cap/{id}/thu-hoi"), &[]).await.expect(303);
        leader.post(&format!("/tai-khoan/ma-truy-cap/{id}/thu-hoi"), &[]).await.expect(404);
        assert_eq!(problem(&program.get("/api/v1/points").await, 401), "bad-token");
        leader.get("/tai-khoan/ma-truy-cap").await.expect(200).says("đã thu hồi");
        let mut tx = app.db().read().await.unwrap();
        let person = people::find_login(&mut tx, "lanhdao@ocop.example").await.unwrap().unwrap();
        drop(tx);
        assert_eq!(app.verbs("person", &person.id).await, ["make_token", "revoke_token"]);
    }

    async fn pages_of_other_sites_may_read_what_is_public(app: TestApp) {
        let nobody = Program::nobody(app);
        let preflight = nobody.send("OPTIONS", "/api/v1/points", &[("origin", "https://portal.example"), ("access-control-request-method", "GET")], None).await.expect(204);
        assert_eq!((preflight.header("access-control-allow-origin"), preflight.header("access-control-allow-methods")), ("*", "GET, HEAD"));
        assert!(!preflight.header("access-control-allow-headers").contains("authorization"));
        assert_eq!(preflight.header("access-control-allow-credentials"), "");
        let bad = nobody.send("GET", "/api/v1/points?limit=0", &[("origin", "https://portal.example")], None).await;
        assert_eq!((bad.status.as_u16(), bad.header("access-control-allow-origin")), (400, "*"), "its refusals can be read too");
        assert_eq!(app.client().get("/diem-ban").await.header("access-control-allow-origin"), "");
    }
}
