//! A year's registration from the producer to the city; what cannot be registered is refused.

use chrono::{Days, NaiveDate};

use super::model::{Enrolment, Kind, State, Step, read_aim, read_year};
use super::store;
use crate::access::Role;
use crate::product::{Product, model::Claim};
use crate::store_test;
use crate::testing::{Answer, Client, TestApp, begin, begin_day};

const HA_DONG: &str = "09556.2025";
const BAT_TRANG: &str = "00577.2025";
const KEEPER: &str = "sanpham@ocop.example";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The form of a new product, with changes.
fn new(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut fields = vec![
        ("year", "2026"),
        ("kind", "new"),
        ("aim", "4"),
        ("name", "Trà sen Tây Hồ"),
        ("group", "drink"),
        ("unit", "Phường Hà Đông"),
        ("then", "on"),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    fields
}

fn id_of(answer: &Answer) -> String {
    answer.location().trim_start_matches("/dang-ky-san-pham/").split('?').next().unwrap().to_owned()
}

async fn enrolment(app: &TestApp, id: &str) -> Enrolment {
    store::find(&mut app.db().read().await.unwrap(), id).await.unwrap().unwrap()
}

/// Takes a step with the version that is stored.
async fn step(app: &TestApp, client: &Client, id: &str, step: &str, reason: &str) -> Answer {
    let version = enrolment(app, id).await.version.to_string();
    let field = format!("reason-{step}");
    client.post(&format!("/dang-ky-san-pham/{id}/{step}"), &[("version", &version), (&field, reason)]).await
}

/// A product of the sample producer, recognised with so many stars on a day.
async fn product(app: &TestApp, code: &str, stars: i64, from: &str) -> Product {
    app.add_product(code, Some((stars, day(from))), |product| product.producer_id = Some("demo-coso".into())).await
}

#[test]
fn years_and_stars_have_limits() {
    let today = begin_day();
    assert_eq!([read_year("2026", today).ok(), read_year("2027", today).ok()], [Some(2026), Some(2027)]);
    for year in ["2025", "2028", "26", "", "năm nay", "-2026", "99999999999999999999"] {
        assert!(read_year(year, today).is_err(), "{year}");
    }
    assert_eq!([3, 4, 5].map(|aim: i64| read_aim(&aim.to_string(), today).ok()), [Some(3), Some(4), Some(5)]);
    for aim in ["2", "0", "6", "-3", "", "ba"] {
        assert!(read_aim(aim, today).is_err(), "{aim}");
    }
}

#[test]
fn a_kind_fits_how_the_product_stands() {
    let certificate = |stars: i64, from: &str| {
        Claim { stars: Some(stars), decided: Some(crate::text::Edtf::exact(day(from))), ..Claim::default() }
            .certificate("p", 36, "", "x", begin())
            .unwrap()
    };
    let today = begin_day();
    let fits = |kind: Kind, from: &str, aim: i64, year: i64| kind.check(&[certificate(3, from)], aim, year, today).is_ok();
    assert!(Kind::New.check(&[], 3, 2026, today).is_ok());
    assert!(Kind::Upgrade.check(&[], 4, 2026, today).is_err() && Kind::Renewal.check(&[], 4, 2026, today).is_err());
    // live until 2028
    assert!(fits(Kind::Upgrade, "2025-05-01", 4, 2026));
    assert!(!fits(Kind::Upgrade, "2025-05-01", 3, 2026), "no more stars than it has");
    assert!(!fits(Kind::New, "2025-05-01", 4, 2026) && !fits(Kind::Renewal, "2025-05-01", 4, 2026));
    // files are taken from 180 days before the last day: 29/6/2027 is 180 days after the last day of 2026
    assert!(fits(Kind::Renewal, "2024-06-29", 3, 2026));
    assert!(!fits(Kind::Renewal, "2024-06-30", 3, 2026) && fits(Kind::Renewal, "2024-06-30", 3, 2027));
    // lapsed
    assert!(fits(Kind::Renewal, "2020-05-01", 3, 2026) && fits(Kind::Renewal, "2020-05-01", 5, 2026));
    assert!(!fits(Kind::Renewal, "2020-05-01", 2, 2026), "fewer stars than it had");
    assert!(!fits(Kind::Upgrade, "2020-05-01", 4, 2026));
    // taken back: only anew
    let taken = [certificate(3, "2025-05-01").withdraw(day("2026-03-01"), "Lý do", "", today).unwrap()];
    assert!(Kind::New.check(&taken, 3, 2026, today).is_ok());
    assert!(Kind::Upgrade.check(&taken, 4, 2026, today).is_err() && Kind::Renewal.check(&taken, 3, 2026, today).is_err());
}

store_test! {
    async fn a_producer_registers_and_it_goes_through_commune_and_city(app: TestApp) {
        let producer = app.sign_in(Role::BUSINESS).await;
        producer.get("/dang-ky-san-pham").await.expect(200).says("Chưa có đăng ký nào").says("Đăng ký năm");
        producer.get("/dang-ky-san-pham/moi").await.expect(200).says("Gửi xã, phường");
        // a draft is nobody else's
        let draft = producer.post("/dang-ky-san-pham/moi", &new(&[("then", "")])).await.expect(303);
        let id = id_of(&draft);
        let (commune, keeper) = (app.sign_in(Role::COMMUNE).await, app.sign_in_as(KEEPER).await);
        for other in [&commune, &keeper] {
            other.get(&format!("/dang-ky-san-pham/{id}")).await.expect(404);
            assert!(!other.get("/dang-ky-san-pham").await.body.contains("Trà sen"));
        }
        assert_eq!(step(app, &keeper, &id, "tiep-nhan", "").await.status, 404);
        step(app, &producer, &id, "gui", "").await.expect(303);
        assert_eq!(step(app, &producer, &id, "gui", "").await.status, 409, "sent twice");
        commune.get("/viec").await.expect(200).says("Đăng ký sản phẩm chờ xã, phường").says("Trà sen Tây Hồ");
        // the commune asks for something
        step(app, &commune, &id, "tra-lai", "").await.expect(422).says("Hãy ghi lý do");
        step(app, &commune, &id, "tra-lai", "Thiếu nguồn gốc nguyên liệu").await.expect(303);
        producer.get("/viec").await.expect(200).says("Đăng ký sản phẩm cần bổ sung");
        producer.get(&format!("/dang-ky-san-pham/{id}")).await.expect(200).says("Thiếu nguồn gốc nguyên liệu");
        let version = enrolment(app, &id).await.version.to_string();
        let mut again = new(&[("note", "Sen Hồ Tây"), ("aim", "3")]);
        again.push(("version", Box::leak(version.into_boxed_str())));
        producer.post(&format!("/dang-ky-san-pham/{id}/sua"), &again).await.expect(303);
        producer.post(&format!("/dang-ky-san-pham/{id}/sua"), &again).await.expect(409);
        assert_eq!((enrolment(app, &id).await.state, enrolment(app, &id).await.aim), (State::Sent, 3));
        step(app, &commune, &id, "chuyen", "").await.expect(303);
        keeper.get("/viec").await.expect(200).says("Đăng ký sản phẩm chờ Thành phố");
        assert_eq!(step(app, &commune, &id, "tiep-nhan", "").await.status, 409);
        // the department of industry and trade only reads
        let leader = app.sign_in(Role::LEADER).await;
        leader.get(&format!("/dang-ky-san-pham/{id}")).await.expect(200).says("Sen Hồ Tây");
        assert_eq!(step(app, &leader, &id, "tiep-nhan", "").await.status, 409);
        step(app, &keeper, &id, "tiep-nhan", "").await.expect(303);
        assert_eq!(step(app, &producer, &id, "rut", "x").await.status, 409, "once it is in the year's list only the city takes it out");
        app.work().await;
        let mails = app.outbox();
        let to = |who: &str| mails.iter().filter(|mail| mail.contains(&format!("To: {who}"))).count();
        // sent twice and returned, accepted · returned, accepted · forwarded
        assert_eq!((to("xa@ocop.example"), to("coso@ocop.example"), to(KEEPER)), (4, 2, 1));
        assert_eq!(app.verbs("enrolment", &id).await, ["enrol", "enrol_send", "enrol_return", "enrol_send", "enrol_forward", "enrol_accept"]);
        step(app, &keeper, &id, "rut", "Chủ thể ngừng sản xuất").await.expect(303);
        assert_eq!(enrolment(app, &id).await.once, None);
    }

    async fn a_commune_registers_and_forwards_in_one_go(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let fields = new(&[("unit", ""), ("producer", "Hộ Nguyễn Văn A"), ("producer_kind", "household"), ("tax_code", "0101243150")]);
        let id = id_of(&commune.post("/dang-ky-san-pham/moi", &fields).await.expect(303));
        let made = enrolment(app, &id).await;
        assert_eq!((made.state, made.unit_today.as_deref(), made.producer_id, made.tax_code.as_str()), (State::Forwarded, Some(HA_DONG), None, "0101243150"));
        // the same product of the same producer, however it is written
        commune.post("/dang-ky-san-pham/moi", &new(&[("name", "TRÀ SEN TÂY HỒ"), ("unit", ""), ("producer", "Hộ ông A"), ("producer_kind", "household"), ("tax_code", "0101243150")])).await.expect(422).says("mỗi sản phẩm đăng ký một lần trong năm");
        commune.post("/dang-ky-san-pham/moi", &new(&[("unit", ""), ("producer", "Hộ khác"), ("producer_kind", "household")])).await.expect(303);
        // of another year it may be registered, and again once it was withdrawn
        let next = new(&[("year", "2027"), ("unit", ""), ("producer", "Hộ Nguyễn Văn A"), ("producer_kind", "household"), ("tax_code", "0101243150")]);
        commune.post("/dang-ky-san-pham/moi", &next).await.expect(303);
        step(app, &commune, &id, "rut", "Chưa đủ hồ sơ").await.expect(303);
        commune.post("/dang-ky-san-pham/moi", &fields).await.expect(303);
        // another commune sees none of it
        let other = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some(BAT_TRANG)).await;
        other.get(&format!("/dang-ky-san-pham/{id}")).await.expect(404);
        assert!(!other.get("/dang-ky-san-pham").await.expect(200).body.contains("Trà sen"));
        assert!(!other.get("/dang-ky-san-pham/danh-sach.csv?nam=2026").await.expect(200).body.contains("Trà sen"));
        assert_eq!(step(app, &other, &id, "rut", "x").await.status, 404);
    }

    async fn what_cannot_be_registered_is_refused_at_its_field(app: TestApp) {
        let producer = app.sign_in(Role::BUSINESS).await;
        for (field, value) in [
            ("year", "2025"), ("year", "2029"), ("year", "abc"), ("year", ""), ("kind", ""), ("kind", "gift"), ("aim", "2"), ("aim", "6"), ("aim", ""), ("name", ""), ("group", ""), ("group", "không có"),
            ("unit", ""), ("unit", "Xã Không Đâu"), ("product", "KHÔNG-CÓ"), ("kind", "upgrade"), ("kind", "renewal"),
        ] {
            producer.post("/dang-ky-san-pham/moi", &new(&[(field, value)])).await.expect(422).says("error-summary");
        }
        let long: &'static str = Box::leak("x".repeat(2001).into_boxed_str());
        producer.post("/dang-ky-san-pham/moi", &new(&[("note", long)])).await.expect(422).says("2000");
        // a product of another producer, and of another commune
        let theirs = app.add_product("CUA-HO", Some((3, day("2025-05-01"))), |product| { product.producer_id = Some("demo-hoi".into()); product.unit_id = Some(BAT_TRANG.into()); }).await;
        producer.post("/dang-ky-san-pham/moi", &new(&[("kind", "upgrade"), ("product", "CUA-HO")])).await.expect(422).says("Không có sản phẩm nào mã");
        producer.get(&format!("/dang-ky-san-pham/moi?san-pham={}", theirs.id)).await.expect(404);
        let commune = app.sign_in(Role::COMMUNE).await;
        commune.post("/dang-ky-san-pham/moi", &new(&[("kind", "upgrade"), ("product", "CUA-HO")])).await.expect(422);
        producer.post("/dang-ky-san-pham/danh-gia-lai", &[("year", "2027"), ("product", &theirs.id)]).await.expect(404);
        // stars it has already, a certificate that was taken back, one that ends later
        let live = product(app, "CON-HAN", 4, "2025-05-01").await;
        producer.post("/dang-ky-san-pham/moi", &new(&[("kind", "upgrade"), ("product", "CON-HAN"), ("aim", "4")])).await.expect(422).says("nâng hạng phải hướng tới nhiều sao hơn");
        producer.post("/dang-ky-san-pham/moi", &new(&[("kind", "upgrade"), ("product", "CON-HAN"), ("aim", "3")])).await.expect(422);
        producer.post("/dang-ky-san-pham/moi", &new(&[("kind", "renewal"), ("product", "CON-HAN")])).await.expect(422).says("chưa cần đánh giá lại");
        producer.post("/dang-ky-san-pham/danh-gia-lai", &[("year", "2026"), ("product", &live.id)]).await.expect(422);
        let mut tx = app.db().write().await.unwrap();
        let taken = crate::product::store::certificates(&mut tx, &live.id).await.unwrap().remove(0).withdraw(begin_day(), "An toàn thực phẩm", "", begin_day()).unwrap();
        crate::product::store::save_certificate(&mut tx, &taken).await.unwrap();
        crate::product::store::restamp(&mut tx, &live, begin_day(), begin()).await.unwrap();
        tx.commit().await.unwrap();
        producer.post("/dang-ky-san-pham/moi", &new(&[("kind", "upgrade"), ("product", "CON-HAN"), ("aim", "5")])).await.expect(422).says("đã bị thu hồi");
        assert_eq!(app.rows_of("enrolment").await, 0);
        producer.post("/dang-ky-san-pham/moi", &new(&[("product", "CON-HAN"), ("aim", "3")])).await.expect(303);
        // those who do not register
        for role in [Role::INSPECTOR, Role::ASSOCIATION, Role::ADMINISTRATOR] {
            app.sign_in(role).await.get("/dang-ky-san-pham").await.expect(403);
        }
        for role in [Role::LEADER, Role::AUDITOR] {
            let reader = app.sign_in(role).await;
            reader.get("/dang-ky-san-pham").await.expect(200);
            reader.post("/dang-ky-san-pham/moi", &new(&[])).await.expect(403);
        }
        producer.post("/dang-ky-san-pham/x/khong-co", &[]).await.expect(404);
    }

    async fn what_ends_in_the_year_is_proposed_and_registered_by_ticking(app: TestApp) {
        let (a, b) = (product(app, "HET-2026", 3, "2023-12-30").await, product(app, "HET-LAU", 4, "2021-05-01").await);
        product(app, "HET-2027", 3, "2024-07-03").await;
        app.add_product("NOI-KHAC", Some((3, day("2023-12-20"))), |product| product.unit_id = Some(BAT_TRANG.into())).await;
        let commune = app.sign_in(Role::COMMUNE).await;
        let page = commune.get("/dang-ky-san-pham/danh-gia-lai?nam=2026").await.expect(200).says("HET-2026").says("HET-LAU");
        assert!(!page.body.contains("HET-2027") && !page.body.contains("NOI-KHAC"));
        commune.get("/dang-ky-san-pham/danh-gia-lai?nam=2027").await.expect(200).says("HET-2027");
        // page by page none is lost
        let first = commune.get("/dang-ky-san-pham/danh-gia-lai?nam=2026&page_size=1").await.says("HET-2026");
        assert!(!first.body.contains("HET-LAU"));
        let next = first.body.split("sau=").nth(1).unwrap().split('"').next().unwrap();
        commune.get(&format!("/dang-ky-san-pham/danh-gia-lai?nam=2026&page_size=1&sau={next}")).await.says("HET-LAU");
        // the form of one is filled from the register
        let producer = app.sign_in(Role::BUSINESS).await;
        producer.get(&format!("/dang-ky-san-pham/moi?nam=2026&san-pham={}", b.id)).await.expect(200).says("value=\"HET-LAU\"").says("value=\"renewal\" checked").says("value=\"4\" selected");
        // all or none
        commune.post("/dang-ky-san-pham/danh-gia-lai", &[("year", "2026"), ("product", &a.id), ("product", "khong-co")]).await.expect(404);
        commune.post("/dang-ky-san-pham/danh-gia-lai", &[("year", "2026")]).await.expect(422);
        commune.post("/dang-ky-san-pham/danh-gia-lai", &[("year", "2031"), ("product", &a.id)]).await.expect(422);
        assert_eq!(app.rows_of("enrolment").await, 0);
        commune.post("/dang-ky-san-pham/danh-gia-lai", &[("year", "2026"), ("product", &a.id), ("product", &b.id), ("product", &b.id)]).await.expect(303);
        assert_eq!(app.rows_of("enrolment").await, 2);
        commune.get("/dang-ky-san-pham/danh-gia-lai?nam=2026").await.expect(200).says("Không còn sản phẩm nào");
        producer.post("/dang-ky-san-pham/danh-gia-lai", &[("year", "2026"), ("product", &a.id)]).await.expect(422).says("đã đăng ký cho năm 2026");
        let keeper = app.sign_in_as(KEEPER).await;
        keeper.get("/dang-ky-san-pham?nam=2026&loai=renewal").await.expect(200).says("HET-LAU").says("hướng tới 4 sao");
        app.work().await;
        assert_eq!(app.outbox().iter().filter(|mail| mail.contains(&format!("To: {KEEPER}"))).count(), 1, "one mail for both");
    }

    async fn totals_add_up_to_the_list_and_stand_against_the_plan(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        for (name, group, aim) in [("Trà sen", "drink", "5"), ("Giò lụa", "food", "3"), ("Khăn lụa", "craft", "4")] {
            commune.post("/dang-ky-san-pham/moi", &new(&[("name", name), ("group", group), ("aim", aim), ("producer", "HTX Thử"), ("producer_kind", "cooperative")])).await.expect(303);
        }
        let keeper = app.sign_in_as(KEEPER).await;
        let mut tx = app.db().read().await.unwrap();
        let rows = fetch(&mut tx).await;
        drop(tx);
        assert_eq!(rows.len(), 3);
        step(app, &keeper, &rows[0].id, "tiep-nhan", "").await.expect(303);
        keeper.get("/dang-ky-san-pham/tong-hop?nam=2026").await.expect(200).says("chưa có chỉ tiêu sản phẩm của năm 2026").says("3 (1)").says("Thủ công mỹ nghệ");
        keeper.get("/dang-ky-san-pham/tong-hop?nam=2024").await.expect(200).says("0/400").says("phấn đấu có khoảng 400 sản phẩm");
        keeper.get("/dang-ky-san-pham/tong-hop?nam=1800").await.expect(200).says("năm 2026");
        let csv = keeper.get("/dang-ky-san-pham/danh-sach.csv?nam=2026").await.expect(200);
        assert_eq!(csv.body.matches("\r\n").count(), 4, "{}", csv.body);
        assert!(csv.body.contains("2026,Trà sen,Đồ uống,HTX Thử,Hợp tác xã,,"), "{}", csv.body);
        keeper.get("/dang-ky-san-pham/danh-sach.xlsx?nam=2026").await.expect(200);
        // filters, and a unit that does not exist
        let found = keeper.get("/dang-ky-san-pham?nam=2026&nhom=food").await.says("Giò lụa");
        assert!(!found.body.contains("Khăn lụa"));
        assert!(keeper.get("/dang-ky-san-pham?nam=2026&q=kh%C4%83n&page_size=1").await.says("Khăn lụa").body.matches("<th scope=\"row\">").count() == 1);
        keeper.get("/dang-ky-san-pham?nam=2026&unit=Kh%C3%B4ng+%C4%90%C3%A2u").await.expect(200).says("e-unit");
        keeper.get("/dang-ky-san-pham?nam=2026&sau=%27%3Bdrop").await.expect(200).says("Giò lụa");
    }

    async fn the_keeper_sets_the_closing_day_and_late_ones_are_marked(app: TestApp) {
        let keeper = app.sign_in_as(KEEPER).await;
        keeper.get("/dang-ky-san-pham/tong-hop?nam=2026").await.expect(200).says("chưa đặt ngày cuối");
        for (closes_on, basis) in [("", "x"), ("31/02/2026", "x"), ("01/01/2020", "x"), ("01/12/2026", "")] {
            keeper.post("/dang-ky-san-pham/han", &[("year", "2026"), ("closes_on", closes_on), ("basis", basis)]).await.expect(422).says("error-summary");
        }
        keeper.post("/dang-ky-san-pham/han", &[("year", "2040"), ("closes_on", "01/12/2026"), ("basis", "x")]).await.expect(422);
        app.sign_in(Role::LEADER).await.post("/dang-ky-san-pham/han", &[("year", "2026"), ("closes_on", "01/12/2026"), ("basis", "x")]).await.expect(403);
        keeper.post("/dang-ky-san-pham/han", &[("year", "2026"), ("closes_on", "23/11/2026"), ("basis", "Thông báo 12")]).await.expect(303);
        let producer = app.sign_in(Role::BUSINESS).await;
        producer.post("/dang-ky-san-pham/moi", &new(&[])).await.expect(303);
        app.wake_on(begin_day() + Days::new(2)).await;
        let producer = app.sign_in(Role::BUSINESS).await;
        let page = producer.get("/dang-ky-san-pham").await.expect(200).says("Thông báo 12");
        assert!(!page.body.contains("quá hạn đăng ký"), "it was sent in time");
        producer.post("/dang-ky-san-pham/moi", &new(&[("name", "Cốm Mễ Trì")])).await.expect(303);
        assert_eq!(producer.get("/dang-ky-san-pham").await.body.matches("quá hạn đăng ký").count(), 1);
        assert_eq!(app.verbs("enrolment_year", "2026").await, ["enrol_close"]);
    }

    async fn a_product_that_changed_meanwhile_is_not_handed_on(app: TestApp) {
        let product = product(app, "NANG", 3, "2025-05-01").await;
        let producer = app.sign_in(Role::BUSINESS).await;
        let id = id_of(&producer.post("/dang-ky-san-pham/moi", &new(&[("kind", "upgrade"), ("product", "NANG")])).await.expect(303));
        let mut tx = app.db().write().await.unwrap();
        let taken = crate::product::store::certificates(&mut tx, &product.id).await.unwrap().remove(0).withdraw(begin_day(), "Lý do", "", begin_day()).unwrap();
        crate::product::store::save_certificate(&mut tx, &taken).await.unwrap();
        tx.commit().await.unwrap();
        let commune = app.sign_in(Role::COMMUNE).await;
        step(app, &commune, &id, "chuyen", "").await.expect(422).says("đã bị thu hồi");
        assert_eq!(enrolment(app, &id).await.state, State::Sent);
        step(app, &commune, &id, "tra-lai", "Giấy chứng nhận bị thu hồi").await.expect(303);
        // a version that is not the one shown
        producer.post(&format!("/dang-ky-san-pham/{id}/{}", Step::Withdraw.path()), &[("version", "1"), ("reason-rut", "x")]).await.expect(409);
    }
}

async fn fetch(tx: &mut crate::db::Tx) -> Vec<Enrolment> {
    crate::fetch_all!(tx, Enrolment, "select * from enrolment order by sort").unwrap()
}
