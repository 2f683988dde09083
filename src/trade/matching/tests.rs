//! What fits what: the same answer in whatever order, every point of it told; screens of points and products.

use chrono::{Days, NaiveDate};

use super::model::{self, Fit, LeftOut, Offer, Past, Place, Spot, Want, Weights, fit};
use crate::access::Role;
use crate::point::State;
use crate::product::Product;
use crate::testing::{Client, TestApp, begin, begin_day};
use crate::{execute, store_test};

const BAT_TRANG: &str = "00577.2025";

const WEIGHTS: Weights = Weights {
    want: 30,
    group: 20,
    unit: 15,
    village: 10,
    near: 20,
    near_km: 30,
    star: 3,
    capacity: 5,
    life: 5,
    life_days: 90,
    rest_days: 180,
};

fn today() -> NaiveDate {
    begin_day()
}

fn spot(unit: &str, lon: f64, lat: f64) -> Spot {
    Spot { unit: Some(unit.into()), at: Some((lon, lat)), is_rough: false }
}

fn offer() -> Offer {
    Offer {
        name_fold: "tra sen tay ho".into(),
        producer_fold: "hop tac xa tra sen".into(),
        group_id: "drink".into(),
        spot: spot("a", 105.80, 21.0),
        stars: 4,
        valid_to: Some(today() + Days::new(500)),
        capacity: Some(300),
        capacity_unit: "hộp".into(),
        taken: 0,
    }
}

fn place() -> Place {
    Place { spot: spot("b", 105.82, 21.0), ..Place::default() }
}

fn want(group: &str, what: &str, per_month: Option<i64>) -> Want {
    Want { id: "w".into(), point_id: "p".into(), group_id: group.into(), what: what.into(), per_month, unit: "hộp".into(), until: None }
}

fn words(fit: &Fit) -> String {
    fit.reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join("; ")
}

fn fits(place: &Place, offer: &Offer) -> Result<Fit, LeftOut> {
    fit(place, offer, Past::default(), &WEIGHTS, today())
}

#[test]
fn every_point_of_a_score_is_told_in_words() {
    let mut place = place();
    place.wants = vec![want("drink", "trà sen", Some(50))];
    let fit = fits(&place, &offer()).unwrap();
    let said = words(&fit);
    for part in [
        "điểm đang tìm Đồ uống: trà sen, 50 hộp mỗi tháng",
        "điểm chưa có nhóm Đồ uống",
        "cách 2,1 km",
        "4 sao",
        "còn giao được 300 hộp mỗi tháng, đủ 50 hộp điểm cần",
        "giấy chứng nhận còn 500 ngày",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(fit.points, fit.reasons.iter().map(|reason| reason.points).sum::<i64>());
    assert!(fit.reasons.windows(2).all(|pair| pair[0].points >= pair[1].points), "the weightiest first: {said}");
}

#[test]
fn a_point_that_lacks_nothing_of_the_kind_is_let_be() {
    let mut full = place();
    full.shelf.insert("drink".into(), 3);
    assert_eq!(fits(&full, &offer()), Err(LeftOut::NoNeed));
    // of its own commune it is proposed all the same
    full.spot.unit = Some("a".into());
    assert!(words(&fits(&full, &offer()).unwrap()).contains("cùng xã, phường"));
    // and one that only names the group counts half of one that names the thing
    let mut other = place();
    other.shelf.insert("drink".into(), 3);
    other.wants = vec![want("drink", "cà phê", None)];
    let half = fits(&other, &offer()).unwrap();
    other.wants = vec![want("drink", "", None)];
    assert_eq!(fits(&other, &offer()).unwrap().points - half.points, WEIGHTS.want - WEIGHTS.want / 2);
    // a wish that is over says nothing
    other.wants = vec![Want { until: Some(today() - Days::new(1)), ..want("drink", "", None) }];
    assert_eq!(fits(&other, &offer()), Err(LeftOut::NoNeed));
    // services stand on no shelf
    assert_eq!(fits(&place(), &Offer { group_id: "tourism".into(), ..offer() }), Err(LeftOut::NoNeed));
}

#[test]
fn what_cannot_come_is_left_out_and_says_why() {
    let left = |past: Past, offer: Offer| fit(&place(), &offer, past, &WEIGHTS, today()).unwrap_err();
    assert_eq!(left(Past { is_running: true, ended_on: None }, offer()), LeftOut::Connected);
    let ended = |days: u64| Past { is_running: false, ended_on: Some(today() - Days::new(days)) };
    assert_eq!(left(ended(179), offer()), LeftOut::Ended);
    assert!(fit(&place(), &offer(), ended(180), &WEIGHTS, today()).is_ok());
    for to in [None, Some(today()), Some(today() + Days::new(90))] {
        assert_eq!(left(Past::default(), Offer { valid_to: to, ..offer() }), LeftOut::Ending, "{to:?}");
    }
    assert!(fits(&place(), &Offer { valid_to: Some(today() + Days::new(91)), ..offer() }).is_ok());
    assert_eq!(left(Past::default(), Offer { taken: 300, ..offer() }), LeftOut::Spent);
    let mut asking = place();
    asking.wants = vec![want("drink", "", Some(50))];
    let short = fits(&asking, &Offer { taken: 280, ..offer() }).unwrap();
    assert!(words(&short).contains("còn giao được 20 hộp mỗi tháng, ít hơn 50 hộp điểm cần"), "{}", words(&short));
    assert!(
        !words(&fits(&place(), &Offer { capacity: None, ..offer() }).unwrap()).contains("giao được"),
        "nothing is said of what is not known"
    );
}

#[test]
fn nearness_falls_with_distance_and_unknown_places_count_nothing() {
    let near = |lon: f64| fits(&Place { spot: spot("b", lon, 21.0), ..Place::default() }, &offer()).unwrap();
    let points: Vec<i64> = [105.80, 105.85, 105.95, 106.08, 107.5].map(|lon| near(lon).points).to_vec();
    assert!(points.windows(2).all(|pair| pair[0] > pair[1] || pair[0] == *points.last().unwrap()), "{points:?}");
    let unknown = fits(&Place::default(), &offer()).unwrap();
    assert_eq!((unknown.metres, unknown.points), (None, *points.last().unwrap()));
    let rough = fits(&Place { spot: Spot { is_rough: true, ..spot("b", 105.82, 21.0) }, ..Place::default() }, &offer()).unwrap();
    assert!(words(&rough).contains("cách khoảng 2,1 km (tính từ giữa xã, phường)"));
    assert_eq!([0, 349, 1000, 2345, 9999, 41_400].map(model::distance), ["0 m", "349 m", "1,0 km", "2,3 km", "10,0 km", "41 km"]);
}

#[test]
fn a_craft_village_is_known_by_whole_words_in_its_own_commune() {
    let said = |unit: &str, village: &str| {
        let place = Place { villages: vec![village.into()], spot: spot(unit, 105.82, 21.0), ..place() };
        words(&fits(&place, &offer()).unwrap())
    };
    assert!(said("a", "Làng nghề trà sen Tây Hồ").contains("của Làng nghề trà sen Tây Hồ trong xã, phường"));
    assert!(said("a", "Trà sen").contains("của làng nghề Trà sen trong xã, phường"));
    for (unit, village) in [("a", "Làng nghề en Tây"), ("a", "Làng nghề trà sen Quảng An"), ("b", "Làng nghề trà sen Tây Hồ")]
    {
        assert!(!said(unit, village).contains("trong xã, phường"), "{unit} {village}");
    }
}

#[test]
fn the_order_in_which_things_are_looked_at_counts_nothing() {
    let make = |at: usize| {
        let offer = Offer {
            stars: 3 + (at % 3) as i64,
            spot: spot("x", 105.80 + (at % 7) as f64 / 20.0, 21.0),
            group_id: ["drink", "food", "craft"][at % 3].into(),
            ..offer()
        };
        (at, fits(&place(), &offer).unwrap())
    };
    let mut first: Vec<(usize, Fit)> = (0..60).map(make).collect();
    model::rank(&mut first, |at| *at);
    for turn in [7, 23, 41] {
        let mut other: Vec<(usize, Fit)> = (0..60).map(|at| make((at * 37 + turn) % 60)).collect();
        model::rank(&mut other, |at| *at);
        assert_eq!(first, other);
    }
    let mut turned = place();
    turned.wants = vec![want("drink", "trà", None), want("drink", "sen", None)];
    let one = fits(&turned, &offer());
    turned.wants.reverse();
    assert_eq!(one, fits(&turned, &offer()), "nor does the order of wishes");
}

#[test]
fn groups_that_are_missing_are_those_of_goods() {
    assert_eq!(model::missing(&Default::default()).len(), 5);
    assert_eq!(model::missing(&[("food".to_owned(), 2)].into()).len(), 4);
}

/// Puts a product into the ledger at a point.
pub(crate) async fn connect(app: &TestApp, product: &str, point: &str, stage: &str, from: Option<NaiveDate>) -> String {
    let id = crate::clock::new_id();
    let place = format!("point:{point}");
    let mut tx = app.db().write().await.unwrap();
    let ended = (stage == "ended").then_some(begin_day());
    execute!(
        &mut tx,
        "insert into connection (id, product_id, point_id, place, stage, since, proposed_by, terms, basis, on_shelf_from, ended_on, ended_by, ended_reason, open_place, version, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, 'office', '', 'certificate', $7, $8, '', '', $9, 1, 'test', $10, $10)",
        &id,
        product,
        point,
        &place,
        stage,
        begin_day(),
        from,
        ended,
        (stage != "ended").then_some(&place),
        begin()
    )
    .unwrap();
    tx.commit().await.unwrap();
    id
}

/// Adds a body.
pub(crate) async fn add_body(app: &TestApp, id: &str, name: &str) {
    let body = crate::party::Body {
        id: id.into(),
        kind: "cooperative".into(),
        name: name.into(),
        short: String::new(),
        parent_id: None,
        unit_id: None,
        tax_code: None,
        address: String::new(),
        phone: String::new(),
        valid_from: None,
        valid_to: None,
        demo: false,
        version: 1,
    };
    let mut tx = app.db().write().await.unwrap();
    crate::party::store::put(&mut tx, &body, "test", "", begin()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn product(app: &TestApp, code: &str, name: &str, group: &str, producer: &str) -> Product {
    app.add_product(code, Some((4, begin_day() - Days::new(10))), |product| {
        (product.name, product.group_id, product.producer_id) = (name.into(), group.into(), Some(producer.into()));
        (product.unit_id, product.capacity, product.capacity_unit) = (Some(BAT_TRANG.into()), Some(500), "hộp".into());
    })
    .await
}

async fn seller(app: &TestApp, id: &str) -> Client {
    add_body(app, id, &format!("Đơn vị {id}")).await;
    app.sign_in_new(Role::BUSINESS, id, None).await
}

store_test! {
    async fn a_point_is_proposed_what_it_lacks_and_a_product_where_it_fits(app: TestApp) {
        add_body(app, "chu-the", "Hợp tác xã Trà sen").await;
        let point = app.add_point(|point| point.state = State::Operating).await;
        let tea = product(app, "SP-1", "Trà sen", "drink", "chu-the").await;
        let cake = product(app, "SP-2", "Bánh chè lam", "food", "chu-the").await;
        let tired = product(app, "SP-3", "Rượu nếp", "drink", "chu-the").await;
        app.add_product("SP-4", Some((5, begin_day() - Days::new(1090))), |product| { product.name = "Mật ong cũ".into(); product.unit_id = Some(BAT_TRANG.into()); }).await;
        app.add_product("SP-5", None, |product| product.name = "Chưa công nhận".into()).await;
        connect(app, &cake.id, &point.id, "on_shelf", Some(begin_day())).await;
        connect(app, &tired.id, &point.id, "ended", None).await;
        let leader = app.sign_in(Role::LEADER).await;
        let page = leader.get(&format!("/ghep-noi/diem/{}", point.id)).await.expect(200).says("Trà sen").says("điểm chưa có nhóm Đồ uống").says("cùng xã, phường").says("4 sao").says(&format!("/ket-noi/moi?product={}&amp;point={}", tea.id, point.id)).says("mới dừng kết nối").says("đã hoặc đang kết nối").says("sắp hết giấy chứng nhận");
        assert!(!page.body.contains("Rượu nếp") && !page.body.contains("Mật ong cũ") && !page.body.contains("Chưa công nhận"));
        let page = leader.get(&format!("/ghep-noi/san-pham/{}", tea.id)).await.expect(200).says(&point.name).says("cùng xã, phường");
        assert!(page.body.contains("Đã xét 1 điểm"), "{}", page.body);
        // of several the one that lacks the group comes first
        let other = app.add_point(|point| { point.state = State::Operating; point.name = "Quầy chợ gốm".into(); point.operator_id = None; }).await;
        let wine = product(app, "SP-6", "Rượu mơ", "drink", "chu-the").await;
        connect(app, &wine.id, &other.id, "on_shelf", Some(begin_day())).await;
        let page = leader.get(&format!("/ghep-noi/san-pham/{}", tea.id)).await.expect(200);
        assert!(page.body.contains("Đã xét 2 điểm") && page.body.find(&point.name).unwrap() < page.body.find("Quầy chợ gốm").unwrap(), "{}", page.body);
        // the index leads there; a point with something on its shelf is not among the empty ones
        assert!(!leader.get("/ghep-noi").await.expect(200).body.contains(&format!("/ghep-noi/diem/{}", point.id)));
        leader.get("/ghep-noi?ke=it").await.expect(200).says(&format!("/ghep-noi/diem/{}", point.id));
        leader.get("/ghep-noi?q=tra+sen").await.expect(200).says(&format!("/ghep-noi/san-pham/{}", tea.id));
        // businesses: each its own, 404 for others
        let operator = app.sign_in(Role::BUSINESS).await;
        operator.get(&format!("/ghep-noi/diem/{}", point.id)).await.expect(200).says("Trà sen");
        operator.get(&format!("/ghep-noi/san-pham/{}", tea.id)).await.expect(404);
        let maker = app.sign_in_new(Role::BUSINESS, "chu-the", None).await;
        maker.get(&format!("/ghep-noi/san-pham/{}", tea.id)).await.expect(200).says(&point.name);
        maker.get(&format!("/ghep-noi/diem/{}", point.id)).await.expect(404);
        maker.get("/ghep-noi").await.expect(200).says("Bánh chè lam");
        app.sign_in(Role::COMMUNE).await.get(&format!("/ghep-noi/diem/{}", point.id)).await.expect(404);
        app.client().get(&format!("/ghep-noi/diem/{}", point.id)).await.expect(303);
    }

    async fn a_point_says_what_it_is_looking_for(app: TestApp) {
        add_body(app, "chu-the", "Hợp tác xã Trà sen").await;
        let point = app.add_point(|point| point.state = State::Operating).await;
        let tea = product(app, "SP-1", "Trà sen", "drink", "chu-the").await;
        let other = product(app, "SP-2", "Rượu nếp", "drink", "chu-the").await;
        connect(app, &other.id, &point.id, "on_shelf", Some(begin_day())).await;
        let (path, operator) = (format!("/ghep-noi/diem/{}/tim", point.id), app.sign_in(Role::BUSINESS).await);
        for (field, value) in [("group_id", ""), ("group_id", "xyz"), ("per_month", "-3"), ("per_month", "0"), ("per_month", "nhiều"), ("unit", ""), ("until", "31/02/2027"), ("until", "1/1/2020")] {
            let mut fields = vec![("group_id", "drink"), ("what", "trà sen"), ("per_month", "50"), ("unit", "hộp"), ("until", "")];
            fields.retain(|(known, _)| *known != field);
            fields.push((field, value));
            operator.post(&path, &fields).await.expect(422).says("error-summary");
        }
        operator.post(&path, &[("group_id", "drink"), ("what", "trà sen"), ("per_month", "50"), ("unit", "hộp")]).await.expect(303);
        operator.get(&format!("/ghep-noi/diem/{}", point.id)).await.expect(200).says("điểm đang tìm Đồ uống: trà sen, 50 hộp mỗi tháng").says("đủ 50 hộp điểm cần");
        // strangers cannot, readers must not
        seller(app, "nguoi-la").await.post(&path, &[("group_id", "drink")]).await.expect(404);
        app.sign_in(Role::AUDITOR).await.post(&path, &[("group_id", "drink")]).await.expect(403);
        app.sign_in_as("khaosat2@ocop.example").await.post(&path, &[("group_id", "drink")]).await.expect(403);
        let mut tx = app.db().read().await.unwrap();
        let want = crate::matching::store::wants(&mut tx, &[&point.id]).await.unwrap().remove(&point.id).unwrap().remove(0);
        drop(tx);
        operator.post(&format!("/ghep-noi/diem/{}/tim/{}/bo", point.id, want.id), &[]).await.expect(303);
        operator.post(&format!("/ghep-noi/diem/{}/tim/{}/bo", point.id, want.id), &[]).await.expect(404);
        assert_eq!(app.verbs("point", &point.id).await, ["want_products", "unwant_products"]);
        // a closed point takes nothing
        let closed = app.add_point(|point| { point.state = State::Closed; point.name = "Điểm đã đóng".into(); point.closed_on = Some(begin_day()); }).await;
        operator.post(&format!("/ghep-noi/diem/{}/tim", closed.id), &[("group_id", "drink")]).await.expect(409);
        operator.get(&format!("/ghep-noi/diem/{}", closed.id)).await.expect(200).says("chưa hoặc không còn nhận sản phẩm");
        drop(tea);
    }

    async fn who_was_never_connected_is_listed_by_unit(app: TestApp) {
        for (id, name) in [("mot", "Hợp tác xã Một"), ("hai", "Hợp tác xã Hai"), ("ba", "Hợp tác xã Ba")] {
            add_body(app, id, name).await;
        }
        let point = app.add_point(|point| point.state = State::Operating).await;
        let known = product(app, "A-1", "Gốm một", "craft", "mot").await;
        product(app, "A-2", "Gốm hai", "craft", "hai").await;
        app.add_product("A-3", Some((3, begin_day() - Days::new(5))), |product| product.producer_id = Some("ba".into())).await;
        connect(app, &known.id, &point.id, "proposed", None).await;
        let mut tx = app.db().write().await.unwrap();
        for (id, name, unit) in [("v1", "Làng nghề gốm Bát Tràng", BAT_TRANG), ("v2", "Làng nghề lụa Vạn Phúc", "09556.2025")] {
            execute!(&mut tx, "insert into craft_village (id, name, name_fold, sort, unit_id, unit_today, note, source, created_at) values ($1, $2, $3, $4, $5, $5, '', 'test', $6)", id, name, crate::text::fold(name), crate::text::sort_key(name), unit, begin()).unwrap();
        }
        tx.commit().await.unwrap();
        let leader = app.sign_in(Role::LEADER).await;
        let page = leader.get("/ghep-noi/chua-ket-noi").await.expect(200).says("Hợp tác xã Hai").says("Hợp tác xã Ba");
        assert!(!page.body.contains("Hợp tác xã Một"), "a proposal counts as a connection");
        let first = leader.get("/ghep-noi/chua-ket-noi?page_size=1").await.expect(200).says("Hợp tác xã Ba");
        assert!(!first.body.contains("Hợp tác xã Hai"));
        let next = first.body.split_once("rel=\"next\" href=\"").unwrap().1.split_once('"').unwrap().0.replace("&amp;", "&").replace("&#38;", "&");
        let second = leader.get(&next).await.expect(200).says("Hợp tác xã Hai");
        assert!(!second.body.contains("rel=\"next\""));
        leader.get("/ghep-noi/chua-ket-noi?theo=xa").await.expect(200).says("chưa có kết nối nào").says("<b class=\"num\">1</b><span>xã, phường có sản phẩm mà chưa chủ thể nào kết nối");
        let villages = leader.get("/ghep-noi/chua-ket-noi?theo=lang-nghe").await.expect(200).says("Làng nghề lụa Vạn Phúc");
        assert!(!villages.body.contains("Làng nghề gốm Bát Tràng"));
        // a commune sees its own
        let commune = app.sign_in(Role::COMMUNE).await.get("/ghep-noi/chua-ket-noi").await.expect(200).says("Hợp tác xã Ba");
        assert!(!commune.body.contains("Hợp tác xã Hai"));
        app.sign_in(Role::BUSINESS).await.get("/ghep-noi/chua-ket-noi").await.expect(403);
    }
}
