//! From a proposal to the shelf and off it again; who may do what; what is refused.

use chrono::{Days, NaiveDate};

use super::model::{Connection, Stage};
use super::{shelf, store, zone};
use crate::access::Role;
use crate::party::{self, Body};
use crate::point::{Point, State};
use crate::product::{self, Product};
use crate::store_test;
use crate::testing::{Answer, Client, TestApp, begin, begin_day};
use crate::text::date_vi;
mod chain;
mod days;
mod tell;

const HA_DONG: &str = "09556.2025";
const BAT_TRANG: &str = "00577.2025";

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

async fn body(app: &TestApp, id: &str, name: &str) {
    let body = Body {
        id: id.into(),
        kind: "enterprise".into(),
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
    party::store::put(&mut tx, &body, "", "", begin()).await.unwrap();
    tx.commit().await.unwrap();
}

/// A point that has been open for long.
async fn open_point(app: &TestApp, change: impl FnOnce(&mut Point)) -> Point {
    app.add_point(|point| {
        (point.state, point.state_since, point.opened_on) = (State::Operating, on("2024-05-05"), Some(on("2024-05-05")));
        change(point);
    })
    .await
}

/// A product of the sample business, live from this day for 36 months.
async fn live(app: &TestApp, code: &str, from: &str) -> Product {
    app.apply_criteria().await;
    app.add_product(code, Some((4, on(from))), |product| product.producer_id = Some("demo-coso".into())).await
}

async fn propose(client: &Client, product: &str, point: &str, day: &str) -> Answer {
    client.post("/ket-noi/moi", &[("product", product), ("point", point), ("day", day), ("note", "Đề nghị bày thử")]).await
}

fn id_of(answer: &Answer) -> String {
    answer.location().trim_start_matches("/ket-noi/").split('?').next().unwrap().to_owned()
}

async fn read(app: &TestApp, id: &str) -> Connection {
    let mut tx = app.db().read().await.unwrap();
    store::find(&mut tx, id).await.unwrap().unwrap()
}

async fn step(app: &TestApp, client: &Client, id: &str, step: &str, day: &str, more: &[(&str, &str)]) -> Answer {
    let version = read(app, id).await.version.to_string();
    let field = format!("{step}-day");
    let mut fields = vec![("version", version.as_str()), (field.as_str(), day)];
    fields.extend(more);
    client.post(&format!("/ket-noi/{id}/buoc/{step}"), &fields).await
}

/// Puts a product on the shelf of a point through the screens of the office.
async fn shelved(app: &TestApp, product: &Product, point: &Point, day: &str) -> String {
    let office = app.sign_in(Role::SURVEYOR).await;
    let id = id_of(&propose(&office, &product.id, &point.id, day).await.expect(303));
    step(app, &office, &id, "shelf", day, &[]).await.expect(303);
    id
}

async fn public(app: &TestApp, point: &Point, day: NaiveDate) -> Vec<String> {
    let mut tx = app.db().read().await.unwrap();
    shelf::of_point(&mut tx, &point.id, day).await.unwrap().into_iter().map(|line| line.product.code).collect()
}

#[test]
fn the_bases_of_the_zone_name_their_clauses() {
    let (instruments, _) = crate::pack::law().unwrap();
    assert_eq!(zone::all().len(), 6);
    assert_eq!(zone::stars_from(begin_day()), 3);
    for basis in zone::all() {
        assert!(instruments.iter().any(|(known, _)| known.id == basis.instrument), "{} names {}", basis.id, basis.instrument);
        assert!(
            !basis.clause.is_empty() && !basis.name.is_empty() && !basis.en.is_empty() && basis.paper == basis.stars_from.is_none(),
            "{}",
            basis.id
        );
        let instrument = instruments.iter().find(|(known, _)| known.id == basis.instrument).map(|(known, _)| known).unwrap();
        assert_eq!(
            (Some(basis.valid_from), basis.valid_to),
            (instrument.valid_from, instrument.valid_to),
            "{} has the time of its instrument",
            basis.id
        );
    }
}

/// A small picture.
fn picture() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(8, 8, image::Rgb([90, 120, 60])).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn the_zone_takes_something_new_only_while_its_instrument_is_in_force_or_applied_by_decision() {
    let paper = product::model::Claim { stars: Some(3), decided: Some(crate::text::Edtf::exact(on("2025-06-01"))), ..Default::default() }
        .certificate("p", 36, "", "x", begin())
        .unwrap();
    let begins =
        |law: &zone::Law, day: &str| zone::may_begin(law, std::slice::from_ref(&paper), &[], on(day)).map(|basis| basis.id.as_str());
    let nothing = zone::Law::default();
    assert_eq!([begins(&nothing, "2025-12-31"), begins(&nothing, "2026-01-01")], [Ok("certificate"), Err(zone::Out::Law)]);
    assert!(zone::may_stand(std::slice::from_ref(&paper), &[], on("2026-01-01")).is_ok(), "what stands there stays");
    let decided = zone::Law { applied: vec![("950-qd-bct-2023".into(), on("2026-02-01"), Some(on("2026-07-01")))], ..Default::default() };
    assert_eq!(
        [begins(&decided, "2026-01-31"), begins(&decided, "2026-02-01"), begins(&decided, "2026-06-30"), begins(&decided, "2026-07-01")],
        [Err(zone::Out::Law), Ok("certificate"), Ok("certificate"), Err(zone::Out::Law)]
    );
    let other = zone::Law { applied: vec![("920-qd-bct-2019".into(), on("2026-01-01"), None)], ..Default::default() };
    assert_eq!(begins(&other, "2026-02-01"), Err(zone::Out::Law), "a decision on another set does not open it");
    let newer = zone::Law { criteria: vec![("P1".into(), Some(on("2026-09-01")), None)], ..Default::default() };
    assert_eq!(
        [begins(&newer, "2026-08-31"), begins(&newer, "2026-09-01")],
        [Err(zone::Out::Law), Ok("certificate")],
        "a set in force that has the criterion"
    );
    assert_eq!(zone::may_begin(&decided, &[], &[], on("2026-03-01")).err(), Some(zone::Out::Claim));
    assert_eq!(nothing.over(begin_day()).len(), 5, "28/SCT-QLCN names no end");
}

store_test! {
    async fn without_a_decision_nothing_new_goes_on_the_shelf_and_screens_say_what_to_do(app: TestApp) {
        let product = app.add_product("A-1", Some((4, on("2025-01-10"))), |_| {}).await;
        let point = open_point(app, |_| {}).await;
        let office = app.sign_in(Role::SURVEYOR).await;
        office.get(&format!("/san-pham-ocop/{}", product.id)).await.expect(200).says(&format!("/ket-noi/can-cu?product={}", product.id));
        office.get(&format!("/ket-noi/can-cu?product={}", product.id)).await.expect(200).says("Chưa có quyết định tiếp tục áp dụng");
        let id = id_of(&propose(&office, &product.id, &point.id, "01/11/2026").await.expect(303));
        office.get(&format!("/ket-noi/{id}")).await.expect(200).says("Văn bản về khu OCOP đã hết thời gian").says("Bộ tiêu chí, “Vận dụng”");
        step(app, &office, &id, "shelf", "02/11/2026", &[]).await.expect(409).says("chưa có quyết định tiếp tục").says("Lãnh đạo Sở Công Thương");
        app.apply_criteria().await;
        step(app, &office, &id, "shelf", "02/11/2026", &[]).await.expect(303);
        assert_eq!(public(app, &point, begin_day()).await, ["A-1"]);
        assert!(!office.get("/ket-noi/can-cu").await.expect(200).body.contains("Chưa có quyết định tiếp tục"));
        // the decision is taken back: what stands there stays
        let mut tx = app.db().write().await.unwrap();
        crate::execute!(&mut tx, "delete from application").unwrap();
        tx.commit().await.unwrap();
        crate::connection::daily(&app.app).await.unwrap();
        assert_eq!(public(app, &point, begin_day()).await, ["A-1"]);
    }

    async fn a_claim_takes_its_paper_and_its_origin_is_shown_to_shoppers(app: TestApp) {
        app.apply_criteria().await;
        let product = app.add_product("A-1", None, |_| {}).await;
        let point = open_point(app, |_| {}).await;
        let office = app.sign_in(Role::SURVEYOR).await;
        let fields = [("product", product.id.as_str()), ("basis", "speciality"), ("paper_no", "12/CN"), ("paper_issuer", "Sở Công Thương Sơn La"), ("valid_from", "01/06/2026"), ("valid_until", ""), ("origin", "Sơn La"), ("note", "")];
        office.post_files("/ket-noi/can-cu", &fields, &[("papers", "giay.png", &picture())]).await.expect(303);
        let page = office.get(&format!("/ket-noi/can-cu?product={}", product.id)).await.expect(200);
        let picture = page.body.split("href=\"/anh/").nth(1).and_then(|rest| rest.split('"').next()).expect("the paper").to_owned();
        office.get(&format!("/anh/{picture}")).await.expect(200);
        app.client().get(&format!("/anh/{picture}")).await.expect(404);
        app.sign_in(Role::BUSINESS).await.get(&format!("/anh/{picture}")).await.expect(404);
        shelved(app, &product, &point, "01/11/2026").await;
        app.client().get(&format!("/diem-ban/{}", point.slug)).await.expect(200).says("xuất xứ Sơn La");
        app.client().get(&format!("/en/diem-ban/{}", point.slug)).await.expect(200).says("from Sơn La");
    }

    async fn from_a_proposal_of_the_producer_to_the_shelf_and_its_end(app: TestApp) {
        body(app, "demo-ban", "Công ty Bán hàng").await;
        let product = live(app, "A-1", "2026-01-10").await;
        let point = open_point(app, |point| point.operator_id = Some("demo-ban".into())).await;
        let (producer, seller) = (app.sign_in(Role::BUSINESS).await, app.sign_in_new(Role::BUSINESS, "demo-ban", None).await);
        producer.get(&format!("/ket-noi/moi?product={}&q_place=g%E1%BB%91m", product.id)).await.expect(200).says(&point.name);
        let id = id_of(&propose(&producer, &product.id, &point.id, "01/11/2026").await.expect(303));
        app.work().await;
        assert!(app.outbox().iter().any(|mail| mail.contains("Đề nghị kết nối") && mail.contains("/ket-noi/")), "the seller and the city are told");
        seller.get("/viec").await.says("Cần trả lời kết nối").says("Sản phẩm A-1");
        assert!(!producer.get("/viec").await.body.contains("Cần trả lời kết nối"));
        step(app, &producer, &id, "agree", "02/11/2026", &[]).await.expect(403);
        step(app, &producer, &id, "shelf", "02/11/2026", &[]).await.expect(403);
        step(app, &producer, &id, "sample", "03/11/2026", &[("sample-note", "Hai hộp")]).await.expect(303);
        step(app, &seller, &id, "agree", "05/11/2026", &[("price", "120.000 đ"), ("terms", "Trả chậm 30 ngày")]).await.expect(303);
        step(app, &seller, &id, "shelf", "10/11/2026", &[]).await.expect(303);
        let stored = read(app, &id).await;
        assert_eq!((stored.stage, stored.price, stored.on_shelf_from, stored.basis.as_str()), (Stage::OnShelf, Some(120_000), Some(on("2026-11-10")), "certificate"));
        producer.get(&format!("/ket-noi/{id}")).await.expect(200).says("120.000").says("Trả chậm").says("Hai hộp").says("10/11/2026");
        assert_eq!(public(app, &point, on("2026-11-09")).await, Vec::<String>::new());
        assert_eq!(public(app, &point, begin_day()).await, ["A-1"]);
        seller.get(&format!("/ho-so/{}", point.id)).await.expect(200).says("Kệ OCOP của điểm").says("Sản phẩm A-1");
        for step in app.verbs("connection", &id).await.windows(2) {
            assert_ne!(step[0], step[1]);
        }
        step(app, &producer, &id, "end", "20/11/2026", &[]).await.expect(422).says("Hãy ghi lý do");
        step(app, &producer, &id, "end", "20/11/2026", &[("end-note", "Hết hàng")]).await.expect(303);
        assert_eq!(public(app, &point, on("2026-11-19")).await, ["A-1"], "the past stays");
        assert_eq!(public(app, &point, on("2026-11-20")).await, Vec::<String>::new());
        assert_eq!(app.verbs("connection", &id).await, ["connect_propose", "connect_sample", "connect_agree", "connect_shelf", "connect_end"]);
        propose(&producer, &product.id, &point.id, "19/11/2026").await.expect(422).says("trước bước liền trước");
        propose(&producer, &product.id, &point.id, "21/11/2026").await.expect(303);
    }

    async fn nobody_touches_what_is_not_theirs(app: TestApp) {
        body(app, "demo-ban", "Công ty Bán hàng").await;
        body(app, "demo-khac", "Công ty Khác").await;
        let product = live(app, "A-1", "2026-01-10").await;
        let point = open_point(app, |point| point.operator_id = Some("demo-ban".into())).await;
        let elsewhere = open_point(app, |point| (point.name, point.operator_id) = ("Điểm nơi khác".into(), Some("demo-ban".into()))).await;
        let (seller, other) = (app.sign_in_new(Role::BUSINESS, "demo-ban", None).await, app.sign_in_new(Role::BUSINESS, "demo-khac", None).await);
        propose(&other, &product.id, &point.id, "01/11/2026").await.expect(404);
        let id = id_of(&propose(&seller, &product.id, &point.id, "01/11/2026").await.expect(303));
        other.get(&format!("/ket-noi/{id}")).await.expect(404);
        step(app, &other, &id, "sample", "02/11/2026", &[]).await.expect(404);
        assert!(!other.get("/ket-noi").await.expect(200).body.contains("Sản phẩm A-1"));
        step(app, &seller, &id, "agree", "02/11/2026", &[]).await.expect(403).says("không được");
        // the commune of the product (Hà Đông) and that of the point (Bát Tràng) see it, a third does not
        app.sign_in(Role::COMMUNE).await.get(&format!("/ket-noi/{id}")).await.expect(200);
        let commune = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some(BAT_TRANG)).await;
        step(app, &commune, &id, "agree", "03/11/2026", &[("price", "90000")]).await.expect(303);
        let third = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00004.2025")).await;
        third.get(&format!("/ket-noi/{id}")).await.expect(404);
        propose(&third, &product.id, &elsewhere.id, "01/11/2026").await.expect(404);
        assert!(!third.get("/ket-noi").await.expect(200).body.contains("Sản phẩm A-1"));
        for (role, status) in [(Role::AUDITOR, 200), (Role::INSPECTOR, 200), (Role::ASSOCIATION, 404)] {
            let client = app.sign_in(role).await;
            client.get(&format!("/ket-noi/{id}")).await.expect(status);
            // an association may take back what it proposed, of places it stands by; this is none of its rows
            let refused = if role == Role::ASSOCIATION { 404 } else { 403 };
            client.post(&format!("/ket-noi/{id}/buoc/end"), &[]).await.expect(refused);
        }
        let tourism = app.sign_in_as("khaosat2@ocop.example").await;
        step(app, &tourism, &id, "shelf", "04/11/2026", &[]).await.expect(403);
        step(app, &app.sign_in_as("sanpham@ocop.example").await, &id, "shelf", "04/11/2026", &[]).await.expect(303);
        app.client().get("/ket-noi").await.expect(303);
    }

    async fn what_the_rules_refuse(app: TestApp) {
        let office = app.sign_in(Role::SURVEYOR).await;
        let product = live(app, "A-1", "2026-01-10").await;
        let bare = app.add_product("A-2", None, |_| {}).await;
        let point = open_point(app, |_| {}).await;
        let closed = open_point(app, |point| (point.state, point.closed_on) = (State::Closed, Some(on("2026-01-01")))).await;
        let draft = app.add_point(|_| {}).await;
        let preparing = app.add_point(|point| point.state = State::Preparing).await;
        propose(&office, &product.id, &closed.id, "01/11/2026").await.expect(409).says("Điểm đã đóng hoặc đã rút");
        propose(&office, &product.id, &draft.id, "01/11/2026").await.expect(409).says("chưa được lựa chọn");
        propose(&office, "none", &point.id, "01/11/2026").await.expect(404);
        propose(&office, &product.id, "none", "01/11/2026").await.expect(404);
        for (day, words) in [("23/11/2026", "tương lai"), ("31/02/2026", "Lịch không có"), ("", "Chưa có ngày"), ("hôm qua", "không phải là ngày"), ("01/11/1926", "2018")] {
            propose(&office, &product.id, &point.id, day).await.expect(422).says(words);
        }
        let early = id_of(&propose(&office, &product.id, &preparing.id, "01/11/2026").await.expect(303));
        step(app, &office, &early, "agree", "02/11/2026", &[]).await.expect(303);
        step(app, &office, &early, "shelf", "03/11/2026", &[]).await.expect(409).says("chưa khai trương");
        let opened = id_of(&propose(&office, &product.id, &open_point(app, |point| (point.state_since, point.opened_on) = (on("2026-11-05"), Some(on("2026-11-05")))).await.id, "01/11/2026").await.expect(303));
        step(app, &office, &opened, "shelf", "04/11/2026", &[]).await.expect(409).says("chưa khai trương");
        let unknown = open_point(app, |point| (point.state_since, point.opened_on) = (begin_day(), None)).await;
        let of_before = id_of(&propose(&office, &product.id, &unknown.id, "01/11/2026").await.expect(303));
        step(app, &office, &of_before, "shelf", "04/11/2026", &[]).await.expect(303);
        assert_eq!(public(app, &unknown, on("2026-11-04")).await, Vec::<String>::new(), "nobody knows that it was open then");
        let id = id_of(&propose(&office, &product.id, &point.id, "01/11/2026").await.expect(303));
        propose(&office, &product.id, &point.id, "02/11/2026").await.expect(409).says("đang có một kết nối");
        for (day, words) in [("31/10/2026", "trước bước liền trước"), ("23/11/2026", "tương lai")] {
            step(app, &office, &id, "agree", day, &[]).await.expect(422).says(words);
        }
        for price in ["-5", "mười nghìn", "1,5 triệu"] {
            step(app, &office, &id, "agree", "02/11/2026", &[("price", price), ("terms", "Giữ lại")]).await.expect(422).says("Giữ lại");
        }
        let long = "x".repeat(2001);
        step(app, &office, &id, "agree", "02/11/2026", &[("terms", long.as_str())]).await.expect(422).says("dài quá");
        office.post(&format!("/ket-noi/{id}/buoc/agree"), &[("version", "7"), ("agree-day", "02/11/2026")]).await.expect(409);
        office.post(&format!("/ket-noi/{id}/buoc/jump"), &[]).await.expect(404);
        step(app, &office, &id, "off", "02/11/2026", &[]).await.expect(409).says("không làm được việc này");
        let none = id_of(&propose(&office, &bare.id, &point.id, "01/11/2026").await.expect(303));
        step(app, &office, &none, "shelf", "02/11/2026", &[]).await.expect(409).says("không có giấy chứng nhận OCOP");
        assert_eq!(read(app, &none).await.stage, Stage::Proposed);
        let before = app.add_product("A-3", Some((3, on("2023-10-31"))), |_| {}).await;
        let lapsed = id_of(&propose(&office, &before.id, &point.id, "01/10/2026").await.expect(303));
        step(app, &office, &lapsed, "shelf", "02/11/2026", &[]).await.expect(409).says("đã hết hiệu lực");
        // it was live in October: that it stood there is recorded, and it has to leave at once
        step(app, &office, &lapsed, "shelf", "02/10/2026", &[]).await.expect(303);
        assert_eq!(public(app, &point, on("2026-10-31")).await, ["A-3"]);
        assert_eq!(public(app, &point, on("2026-11-01")).await, Vec::<String>::new());
        office.get("/ket-noi/go").await.says("Sản phẩm A-3");
    }

    async fn a_product_without_a_certificate_stands_in_the_zone_by_a_claim_with_its_paper(app: TestApp) {
        let office = app.sign_in(Role::SURVEYOR).await;
        let bare = app.add_product("V-1", None, |_| {}).await;
        let point = open_point(app, |_| {}).await;
        let claim = |changes: &[(&'static str, &'static str)]| {
            let mut fields = vec![("basis", "safe_vegetables"), ("paper_no", "12/GCN"), ("paper_issuer", "Chi cục"), ("valid_from", "01/03/2026"), ("valid_until", "30/11/2026"), ("origin", "Sơn La"), ("note", "")];
            for (name, value) in changes {
                fields.retain(|(known, _)| known != name);
                fields.push((name, value));
            }
            fields.into_iter().map(|(name, value)| (name, value.to_owned())).collect::<Vec<_>>()
        };
        let send = async |office: &Client, fields: Vec<(&'static str, String)>| {
            let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            fields.push(("product", &bare.id));
            office.post("/ket-noi/can-cu", &fields).await
        };
        for (name, value) in [("basis", "certificate"), ("basis", "anything"), ("paper_no", ""), ("paper_issuer", ""), ("valid_from", "01/03/2027"), ("valid_from", ""), ("valid_until", "28/02/2026")] {
            send(&office, claim(&[(name, value)])).await.expect(422).says("error-summary");
        }
        send(&office, claim(&[])).await.expect(303);
        office.get(&format!("/ket-noi/can-cu?product={}", bare.id)).await.says("Sơn La").says("12/GCN");
        office.get("/ket-noi/can-cu").await.says("Sản phẩm V-1");
        app.sign_in(Role::COMMUNE).await.post("/ket-noi/can-cu", &[("product", &bare.id)]).await.expect(403);
        let id = shelved(app, &bare, &point, "01/11/2026").await;
        assert_eq!(read(app, &id).await.basis, "safe_vegetables");
        assert_eq!(public(app, &point, on("2026-11-30")).await, ["V-1"]);
        assert_eq!(public(app, &point, on("2026-12-01")).await, Vec::<String>::new());
        app.wake_on(on("2026-12-01")).await;
        let office = app.sign_in(Role::SURVEYOR).await;
        office.get("/ket-noi/go").await.says("Sản phẩm V-1").says("căn cứ");
        send(&office, claim(&[("paper_no", "13/GCN"), ("valid_from", "01/12/2026"), ("valid_until", "")])).await.expect(303);
        assert!(!office.get("/ket-noi/go").await.body.contains("V-1"), "a new paper: nothing to take down");
        let mut tx = app.db().read().await.unwrap();
        let claims = store::claims(&mut tx, &bare.id).await.unwrap();
        drop(tx);
        let (day, reason) = (format!("day-{}", claims[1].id), format!("reason-{}", claims[1].id));
        office.post(&format!("/ket-noi/can-cu/{}/ket-thuc", claims[1].id), &[(day.as_str(), "01/12/2026")]).await.expect(422);
        office.post(&format!("/ket-noi/can-cu/{}/ket-thuc", claims[1].id), &[(day.as_str(), "01/12/2026"), (reason.as_str(), "Thu hồi")]).await.expect(303);
        office.get("/ket-noi/go").await.says("Sản phẩm V-1");
        assert_eq!(public(app, &point, on("2026-12-01")).await, Vec::<String>::new());
    }

    async fn a_lapsed_product_leaves_at_once_and_is_a_task_of_each_place(app: TestApp) {
        let product = live(app, "A-1", "2023-11-30").await;
        let first = open_point(app, |_| {}).await;
        let second = open_point(app, |point| (point.name, point.unit_id, point.lon, point.lat) = ("Điểm Hà Đông".into(), Some(HA_DONG.into()), None, None)).await;
        let (one, two) = (shelved(app, &product, &first, "01/11/2026").await, shelved(app, &product, &second, "02/11/2026").await);
        let end = on("2026-12-01");
        assert_eq!(public(app, &first, on("2026-11-30")).await, ["A-1"]);
        assert_eq!(public(app, &first, end).await, Vec::<String>::new(), "before any job has run");
        app.wake_on(end).await;
        app.wake_on(end + Days::new(1)).await;
        crate::connection::daily(&app.app).await.unwrap();
        app.work().await;
        assert_eq!(app.rows_of("takedown").await, 2, "once for each place");
        let asked: Vec<String> = app.outbox().into_iter().filter(|mail| mail.contains("Đề nghị gỡ khỏi kệ")).collect();
        let to = |who: &str| asked.iter().filter(|mail| mail.contains(&format!("To: {who}"))).count();
        assert_eq!((to("coso@ocop.example"), to("xa@ocop.example"), to("khaosat@ocop.example")), (1, 1, 1), "{asked:?}");
        assert!(asked.iter().any(|mail| mail.contains(&first.name) && mail.contains("Điểm Hà Đông")), "both places in one mail: {asked:?}");
        let business = app.sign_in(Role::BUSINESS).await;
        business.get("/viec").await.says("Cần gỡ khỏi kệ").says("Điểm Hà Đông");
        let commune = app.sign_in(Role::COMMUNE).await;
        let mine = commune.get("/ket-noi/go").await.expect(200).says("Điểm Hà Đông");
        assert!(!mine.body.contains(&first.name), "only the points of the unit");
        business.get(&format!("/ho-so/{}", first.id)).await.says("1 sản phẩm phải gỡ khỏi kệ");
        let task = async |connection: &str| {
            let mut tx = app.db().read().await.unwrap();
            store::takedowns_of(&mut tx, connection).await.unwrap().remove(0)
        };
        let open = task(&one).await;
        assert_eq!((open.reason.as_str(), open.asked_on, open.due_on), ("lapsed", end, end + Days::new(7)));
        let path = format!("/ket-noi/go/{}", open.id);
        for (day, words) in [("05/12/2026", "tương lai"), ("31/10/2026", "trước bước liền trước"), ("", "Chưa có ngày")] {
            business.post(&path, &[("off_on", day)]).await.expect(422).says(words);
        }
        commune.post(&path, &[("off_on", "02/12/2026")]).await.expect(403);
        business.post(&path, &[("off_on", "02/12/2026")]).await.expect(303);
        business.post(&path, &[("off_on", "02/12/2026")]).await.expect(409);
        let off = read(app, &one).await;
        assert_eq!((off.stage, off.off_shelf_on), (Stage::Agreed, Some(on("2026-12-02"))));
        assert_eq!(task(&one).await.done_how, "removed");
        // recognised again: nothing to take down at the second place, and the first may put it back
        let mut tx = app.db().write().await.unwrap();
        let claim = product::model::Claim { stars: Some(4), decided: Some(crate::text::Edtf::exact(end + Days::new(1))), ..Default::default() };
        product::store::add_certificate(&mut tx, &claim.certificate(&product.id, 36, "", "x", begin()).unwrap()).await.unwrap();
        let known = product::store::find(&mut tx, &product.id).await.unwrap().unwrap();
        product::store::restamp(&mut tx, &known, end + Days::new(1), app.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
        // the row of the register may still say that it is live, then nothing is queued
        crate::connection::changed(&app.app, &product.id).await.unwrap();
        app.work().await;
        assert_eq!(task(&two).await.done_how, "renewed");
        assert_eq!(public(app, &second, end + Days::new(1)).await, ["A-1"]);
        assert_eq!(public(app, &second, end).await, Vec::<String>::new(), "on that day it had lapsed");
        step(app, &business, &one, "shelf", "02/12/2026", &[]).await.expect(303);
        let mut tx = app.db().read().await.unwrap();
        assert_eq!(store::shelf_days(&mut tx, &one).await.unwrap(), [(on("2026-11-01"), Some(on("2026-12-02"))), (on("2026-12-02"), None)]);
    }

    async fn a_withdrawn_product_is_a_task_and_ending_the_connection_settles_it(app: TestApp) {
        let product = live(app, "A-1", "2026-01-10").await;
        let point = open_point(app, |_| {}).await;
        let id = shelved(app, &product, &point, "01/11/2026").await;
        let mut tx = app.db().write().await.unwrap();
        let taken = product::store::certificates(&mut tx, &product.id).await.unwrap().remove(0).withdraw(begin_day(), "Lý do", "9/QĐ", begin_day()).unwrap();
        product::store::save_certificate(&mut tx, &taken).await.unwrap();
        product::store::restamp(&mut tx, &product, begin_day(), begin()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(public(app, &point, begin_day()).await, Vec::<String>::new());
        app.work().await;
        let business = app.sign_in(Role::BUSINESS).await;
        business.get(&format!("/ket-noi/{id}")).await.says("Phải gỡ khỏi kệ OCOP").says("đã bị thu hồi");
        step(app, &business, &id, "end", &date_vi(begin_day()), &[("end-note", "Bị thu hồi")]).await.expect(303);
        let mut tx = app.db().read().await.unwrap();
        let task = store::takedowns_of(&mut tx, &id).await.unwrap().remove(0);
        assert_eq!((task.reason.as_str(), task.done_how.as_str()), ("withdrawn", "ended"));
        assert_eq!(store::count_tasks(&mut tx, &crate::access::Scope::All).await.unwrap(), 0);
    }

    async fn a_point_that_closes_ends_its_connections(app: TestApp) {
        let product = live(app, "A-1", "2026-01-10").await;
        let point = open_point(app, |_| {}).await;
        let id = shelved(app, &product, &point, "01/11/2026").await;
        let mut tx = app.db().write().await.unwrap();
        let before = crate::point::store::find(&mut tx, &point.id).await.unwrap().unwrap();
        let after = before.clone().close(on("2026-11-20"), begin_day()).unwrap();
        crate::point::store::save(&mut tx, &before, &after, app.region(), begin()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(public(app, &point, on("2026-11-19")).await, ["A-1"]);
        assert_eq!(public(app, &point, on("2026-11-20")).await, Vec::<String>::new());
        crate::connection::daily(&app.app).await.unwrap();
        crate::connection::daily(&app.app).await.unwrap();
        let ended = read(app, &id).await;
        assert_eq!((ended.stage, ended.ended_on, ended.ended_by.as_str()), (Stage::Ended, Some(on("2026-11-20")), "office"));
        assert_eq!(app.verbs("connection", &id).await, ["connect_propose", "connect_shelf", "connect_end"]);
    }

    async fn the_list_is_paged_by_key_and_filtered(app: TestApp) {
        let office = app.sign_in(Role::SURVEYOR).await;
        let point = open_point(app, |_| {}).await;
        let mut ids = Vec::new();
        for code in ["B-1", "B-2", "B-3"] {
            let product = live(app, code, "2026-01-10").await;
            ids.push((product.id.clone(), id_of(&propose(&office, &product.id, &point.id, "01/11/2026").await.expect(303))));
        }
        step(app, &office, &ids[0].1, "agree", "02/11/2026", &[]).await.expect(303);
        let mut seen = Vec::new();
        let mut path = "/ket-noi?page_size=1".to_owned();
        loop {
            let page = office.get(&path).await.expect(200);
            seen.extend(["B-1", "B-2", "B-3"].into_iter().filter(|code| page.body.contains(&format!("Sản phẩm {code}</a>"))));
            let Some(next) = page.body.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()) else { break };
            path = next.replace("&amp;", "&").replace("&#38;", "&");
        }
        assert_eq!(seen, ["B-3", "B-2", "B-1"]);
        for (query, count) in [("stage=agreed", 1), ("stage=proposed", 2), ("group=food", 3), ("group=craft", 0), ("q=B-2", 1), ("unit=B%C3%A1t%20Tr%C3%A0ng", 3), ("unit=H%C3%A0%20%C4%90%C3%B4ng", 3), (&format!("product={}", ids[1].0), 1), (&format!("point={}", point.id), 3), ("sau=%27%20or%201", 0)] {
            let page = office.get(&format!("/ket-noi?{query}")).await.expect(200);
            assert_eq!(page.body.matches("data-label=\"Nơi bán\"").count(), count, "{query}");
        }
        office.get("/ket-noi?unit=Kh%C3%B4ng%20c%C3%B3").await.expect(200).says("Không có đơn vị hành chính");
        office.get(&format!("/ket-noi/moi?point={}&q=B-2", point.id)).await.expect(200).says("Sản phẩm B-2");
        office.get(&format!("/ket-noi/moi?product={}&point={}", ids[1].0, point.id)).await.expect(200).says("Đã có kết nối");
    }

    async fn an_association_proposes_for_the_points_it_stands_by_and_agrees_to_nothing(app: TestApp) {
        app.apply_criteria().await;
        let product = app.add_product("A-1", Some((4, on("2025-01-10"))), |product| product.producer_id = Some("demo-coso".into())).await;
        body(app, "demo-ban", "Công ty Bán hàng").await;
        let point = open_point(app, |point| (point.operator_id, point.supporter_id) = (Some("demo-ban".into()), Some("demo-hoi".into()))).await;
        let other = open_point(app, |point| (point.name, point.supporter_id) = ("Điểm khác".into(), None)).await;
        let association = app.sign_in(Role::ASSOCIATION).await;
        propose(&association, &product.id, &other.id, "20/11/2026").await.expect(404);
        association.get(&format!("/ket-noi/moi?point={}", point.id)).await.expect(200).says("Sản phẩm A-1");
        let id = id_of(&propose(&association, &product.id, &point.id, "20/11/2026").await.expect(303));
        association.get(&format!("/ket-noi/{id}")).await.expect(200).says("hội, hiệp hội").says("Kết thúc kết nối");
        for deed in ["sample", "agree", "shelf"] {
            step(app, &association, &id, deed, "21/11/2026", &[("price", "10.000")]).await.expect(403);
        }
        // the producer is not who answers it: whoever sells there is, or the city
        let (producer, seller) = (app.sign_in(Role::BUSINESS).await, app.sign_in_new(Role::BUSINESS, "demo-ban", None).await);
        step(app, &producer, &id, "agree", "21/11/2026", &[]).await.expect(403);
        seller.get("/viec").await.expect(200).says("Cần trả lời kết nối");
        assert!(!producer.get("/viec").await.body.contains("Cần trả lời kết nối"));
        step(app, &seller, &id, "agree", "21/11/2026", &[("price", "10.000"), ("terms", "Ký gửi")]).await.expect(303);
        let page = association.get(&format!("/ket-noi/{id}")).await.expect(200);
        assert!(!page.body.contains("10.000") && !page.body.contains("Ký gửi"), "terms are not the association's");
        step(app, &association, &id, "end", "22/11/2026", &[("end-note", "thôi")]).await.expect(403);
    }

    async fn papers_of_each_product_say_what_lacks_and_read_the_certificate(app: TestApp) {
        app.apply_criteria().await;
        let product = app.add_product("A-1", Some((4, on("2025-01-10"))), |product| product.producer_id = Some("demo-coso".into())).await;
        let plain = app.add_product("B-2", None, |product| product.producer_id = Some("demo-coso".into())).await;
        let point = open_point(app, |_| {}).await;
        let office = app.sign_in(Role::SURVEYOR).await;
        for product in [&product, &plain] {
            propose(&office, &product.id, &point.id, "20/11/2026").await.expect(303);
        }
        let path = format!("/ho-so/{}/giay-to", point.id);
        let owner = app.sign_in(Role::BUSINESS).await;
        let page = owner.get(&path).await.expect(200).says("Còn thiếu 5 giấy tờ").says("GCN-A-1").says("theo sổ sản phẩm").says(">28/SCT-QLCN");
        let name = |field: &str, product: &Product, kind: &str| format!("{field}-{}-{kind}", product.id);
        let own = [(name("state", &plain, "certificate"), "not_needed"), (name("state", &plain, "stamp"), "have"), (name("day", &plain, "stamp"), "01/11/2026"), (name("state", &plain, "label"), "lacking")];
        let fields = |more: &[(&'static str, &str)]| -> Vec<(String, String)> { own.iter().map(|(name, value)| (name.clone(), (*value).to_owned())).chain(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect() };
        let send = async |fields: Vec<(String, String)>, files: &[(&str, &str, &[u8])]| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            owner.post_files(&format!("{path}/{}", plain.id), &fields, files).await
        };
        let _ = page;
        send(fields(&[("seen", "")]), &[]).await.expect(422).says("Hãy ghi vì sao không cần giấy này");
        let mut right = fields(&[("seen", "")]);
        right.push((name("note", &plain, "certificate"), "Sản phẩm đặc sản, theo căn cứ khác".into()));
        // what is attached is there
        let docx = crate::file::document_tests::docx();
        send(right.clone(), &[(&name("file", &plain, "label"), "nhan.docx", &docx)]).await.expect(303);
        let page = owner.get(&path).await.expect(200).says("Còn thiếu 2 giấy tờ").says("nhan.docx");
        // a colleague who saw the page before
        send(right, &[]).await.expect(422).says("Người khác vừa ghi");
        owner.get(&format!("/ho-so/{}", point.id)).await.says("thiếu Tem, Nhãn mác");
        let file = page.body.split("href=\"/tep/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        owner.get(&format!("/tep/{file}")).await.expect(200);
        // an administrator adds a kind, with its source
        let administrator = app.sign_in(Role::ADMINISTRATOR).await;
        administrator.post("/giay-to-san-pham", &[("paper_kind", "Giấy ATTP"), ("paper_basis", "")]).await.expect(422).says("Hãy ghi văn bản");
        administrator.post("/giay-to-san-pham", &[("paper_kind", "Giấy ATTP"), ("paper_basis", "15/2018/NĐ-CP")]).await.expect(303);
        owner.get(&path).await.expect(200).says("Còn thiếu 4 giấy tờ").says("15/2018/NĐ-CP");
        app.sign_in_new(Role::BUSINESS, "demo-hoi", None).await.get(&path).await.expect(404);
    }
}
