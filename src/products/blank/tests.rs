//! Blanks come in, are used, spoilt, lost, corrected; a serial that cannot be used is refused with its reason.

use chrono::Days;

use super::model::{self, Stock};
use super::store;
use crate::access::Role;
use crate::store_test;
use crate::testing::{Answer, Client, TestApp, begin, begin_day};

const KEEPER: &str = "sanpham@ocop.example";

#[test]
fn ranges_are_read_as_people_write_them() {
    assert_eq!(model::range("1201-1210").unwrap(), (1201, 1210));
    assert_eq!(model::range("1201 – 1210").unwrap(), (1201, 1210));
    assert_eq!(model::range("1201 đến 1210").unwrap(), (1201, 1210));
    assert_eq!(model::range("0007").unwrap(), (7, 7));
    for bad in ["", "0", "-5", "1210-1201", "1-2-3", "A12", "1.201", "12345678901234567890", "1201-"] {
        assert!(model::range(bad).is_err(), "{bad}");
    }
    assert_eq!(model::serials("1201-1203, 1210;1205").unwrap(), [1201, 1202, 1203, 1210, 1205]);
    for bad in ["", ",", "1201-1203,1202", "1-501", "1-400,401-600"] {
        assert!(model::serials(bad).is_err(), "{bad}");
    }
    assert!(model::batch("1-100000").is_ok() && model::batch("1-100001").is_err());
    assert_eq!(model::spoken(&[1, 2, 3, 7, 9, 10]), "1-3, 7, 9-10");
    assert_eq!(model::series(" hn-26 ").unwrap(), "HN-26");
    assert!(model::series("<b>").is_err());
}

async fn receive(keeper: &Client, series: &str, range: &str) -> Answer {
    keeper
        .post("/phoi-giay/lo", &[("batch_series", series), ("range", range), ("received_on", "20/11/2026"), ("from_whom", "Nhà in")])
        .await
}

async fn note(keeper: &Client, series: &str, serials: &str, state: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("series", series), ("serials", serials), ("state", state), ("day", "22/11/2026")];
    fields.retain(|(name, _)| !more.iter().any(|(known, _)| known == name));
    fields.extend_from_slice(more);
    keeper.post("/phoi-giay/dung", &fields).await
}

async fn stock(app: &TestApp) -> Vec<Stock> {
    store::stock(&mut app.db().read().await.unwrap()).await.unwrap()
}

async fn batch_of(app: &TestApp, series: &str, serial: i64) -> String {
    store::batches_of(&mut app.db().read().await.unwrap(), series, serial, serial).await.unwrap().remove(0).id
}

store_test! {
    async fn blanks_come_in_are_used_and_what_is_left_is_known(app: TestApp) {
        let keeper = app.sign_in_as(KEEPER).await;
        keeper.get("/phoi-giay").await.expect(200).says("Chưa nhận lô phôi nào");
        receive(&keeper, "hn", "1201-1400").await.expect(303);
        receive(&keeper, "HN", "1401-1450").await.expect(303);
        receive(&keeper, "", "1-50").await.expect(303);
        for range in ["1400-1500", "1201-1201", "1000-2000", "1450"] {
            receive(&keeper, "HN", range).await.expect(422).says("Trùng với lô");
        }
        for range in ["", "abc", "1500-1400", "1-1000000"] {
            receive(&keeper, "HN", range).await.expect(422).says("error-summary");
        }
        keeper.post("/phoi-giay/lo", &[("range", "9000-9010"), ("received_on", "23/11/2026")]).await.expect(422);
        keeper.post("/phoi-giay/lo", &[("range", "9000-9010"), ("received_on", "")]).await.expect(422);
        assert_eq!(app.rows_of("blank_batch").await, 3);
        for code in ["A", "B", "C", "D"] {
            app.add_product(code, Some((3, begin_day() - Days::new(5))), |_| {}).await;
        }
        // by number of certificate or code of product, over two batches
        note(&keeper, "hn", "1399-1401", "used", &[("certificates", "GCN-A\nB\nGCN-C")]).await.expect(303);
        note(&keeper, "HN", "1201-1203", "spoilt", &[("why", "In lệch")]).await.expect(303);
        note(&keeper, "HN", "1204", "lost", &[("why", "Thất lạc khi chuyển")]).await.expect(303);
        assert_eq!(stock(app).await.into_iter().map(|line| (line.series.clone(), line.received, line.used, line.spoilt, line.lost, line.left())).collect::<Vec<_>>(), [
            (String::new(), 50, 0, 0, 0, 50),
            ("HN".to_owned(), 250, 3, 3, 1, 243),
        ]);
        let page = keeper.get("/phoi-giay").await.expect(200).says("<span class=\"no\">GCN-A</span>: Sản phẩm A").says("In lệch").says("Còn 293 phôi");
        assert!(!page.body.contains("Sắp hết phôi"));
        keeper.get("/phoi-giay?so=1400").await.expect(200).says("Sản phẩm B");
        let lost = keeper.get("/phoi-giay?loai=lost").await.says("Thất lạc");
        assert!(!lost.body.contains("In lệch"));
        // page by page none is lost
        let (mut path, mut seen) = ("/phoi-giay?page_size=3".to_owned(), 0);
        loop {
            let page = keeper.get(&path).await.expect(200);
            seen += page.body.matches("name=\"serial\"").count();
            let Some(next) = page.body.split("sau=").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned()) else { break };
            path = format!("/phoi-giay?page_size=3&sau={next}");
        }
        assert_eq!(seen, 7);
    }

    async fn a_serial_that_cannot_be_used_is_refused_with_its_reason(app: TestApp) {
        let keeper = app.sign_in_as(KEEPER).await;
        receive(&keeper, "HN", "1201-1210").await.expect(303);
        let one = app.add_product("A", Some((3, begin_day() - Days::new(5))), |_| {}).await;
        app.add_product("B", Some((3, begin_day() - Days::new(5))), |_| {}).await;
        app.add_product("CU", Some((3, begin_day() - Days::new(1500))), |_| {}).await;
        app.add_product("CHUA", None, |_| {}).await;
        note(&keeper, "HN", "1210-1212", "used", &[("certificates", "A")]).await.expect(422).says("Số 1211-1212 không thuộc lô phôi nào");
        note(&keeper, "KHAC", "1201", "used", &[("certificates", "A")]).await.expect(422).says("không thuộc lô phôi nào");
        note(&keeper, "HN", "1201", "used", &[("certificates", "GCN-KHONG")]).await.expect(422).says("Không có giấy chứng nhận số hoặc sản phẩm mã");
        note(&keeper, "HN", "1201", "used", &[("certificates", "CHUA")]).await.expect(422).says("chưa có giấy chứng nhận");
        note(&keeper, "HN", "1201", "used", &[("certificates", "CU")]).await.expect(422).says("đã hết giá trị");
        note(&keeper, "HN", "1201", "used", &[("certificates", "")]).await.expect(422).says("Có 1 phôi nhưng 0 giấy chứng nhận");
        note(&keeper, "HN", "1201-1202", "used", &[("certificates", "A\nGCN-A")]).await.expect(422).says("ghi hai lần");
        note(&keeper, "HN", "1201", "used", &[("certificates", "A"), ("day", "19/11/2026")]).await.expect(422).says("nhận ngày 20/11/2026");
        note(&keeper, "HN", "1201", "used", &[("certificates", "A"), ("day", "23/11/2026")]).await.expect(422).says("tương lai");
        note(&keeper, "HN", "1201", "spoilt", &[]).await.expect(422).says("Hãy ghi lý do hỏng hoặc mất");
        note(&keeper, "HN", "1201", "given", &[]).await.expect(422);
        note(&keeper, "HN", "", "lost", &[("why", "x")]).await.expect(422);
        assert_eq!(app.rows_of("blank_use").await, 0);
        note(&keeper, "HN", "1201", "used", &[("certificates", "A")]).await.expect(303);
        note(&keeper, "HN", "1201", "used", &[("certificates", "B")]).await.expect(422).says("đã ghi “đã dùng”");
        note(&keeper, "HN", "1201", "lost", &[("why", "x")]).await.expect(422).says("một phôi chỉ dùng một lần");
        note(&keeper, "HN", "1202", "used", &[("certificates", "GCN-A")]).await.expect(422).says("đã in trên phôi HN 1201");
        // a certificate that was taken back
        let two = app.add_product("TH", Some((3, begin_day() - Days::new(9))), |_| {}).await;
        let mut tx = app.db().write().await.unwrap();
        let taken = crate::product::store::certificates(&mut tx, &two.id).await.unwrap().remove(0).withdraw(begin_day() - Days::new(1), "Lý do", "", begin_day()).unwrap();
        crate::product::store::save_certificate(&mut tx, &taken).await.unwrap();
        crate::product::store::restamp(&mut tx, &two, begin_day(), begin()).await.unwrap();
        tx.commit().await.unwrap();
        note(&keeper, "HN", "1202", "used", &[("certificates", "TH")]).await.expect(422).says("đã bị thu hồi từ ngày 21/11/2026");
        // a printed one that turns out spoilt frees its certificate
        let batch = batch_of(app, "HN", 1201).await;
        let reason = format!("reason-{batch}-1201");
        let fix = async |to: &str, why: &str| keeper.post("/phoi-giay/sua", &[("batch", &batch), ("serial", "1201"), ("to", to), (&reason, why)]).await;
        fix("spoilt", "").await.expect(422).says("Hãy ghi lý do sửa");
        fix("used", "x").await.expect(422);
        fix("spoilt", "Rách khi ép").await.expect(303);
        fix("lost", "x").await.expect(422);
        note(&keeper, "HN", "1202", "used", &[("certificates", &one.code)]).await.expect(303);
        // a line that was a mistake
        fix("left", "Ghi nhầm số").await.expect(303);
        fix("left", "Ghi nhầm số").await.expect(409);
        assert_eq!(stock(app).await[0].left(), 9);
        assert_eq!(app.verbs("blank", &batch).await, ["receive_blanks", "use_blanks", "correct_blank", "use_blanks", "correct_blank"]);
    }

    async fn the_keeper_is_told_when_few_are_left_and_others_do_not_count_blanks(app: TestApp) {
        let keeper = app.sign_in_as(KEEPER).await;
        receive(&keeper, "", "1-100").await.expect(303);
        assert!(!keeper.get("/viec").await.body.contains("Còn 100 phôi"));
        note(&keeper, "", "7", "lost", &[("why", "Thất lạc")]).await.expect(303);
        keeper.get("/viec").await.expect(200).says("Còn 99 phôi giấy chứng nhận");
        keeper.get("/phoi-giay").await.expect(200).says("Sắp hết phôi: còn 99");
        let auditor = app.sign_in(Role::AUDITOR).await;
        let page = auditor.get("/phoi-giay").await.expect(200).says("Thất lạc");
        assert!(!page.body.contains("Ghi lô phôi mới nhận") && !page.body.contains("/phoi-giay/sua"));
        auditor.post("/phoi-giay/lo", &[]).await.expect(403);
        for role in [Role::LEADER, Role::SURVEYOR] {
            let other = app.sign_in(role).await;
            other.get("/phoi-giay").await.expect(403);
            receive(&other, "X", "1-2").await.expect(403);
            note(&other, "", "8", "lost", &[("why", "x")]).await.expect(403);
            other.post("/phoi-giay/sua", &[("batch", "x"), ("serial", "1"), ("to", "left")]).await.expect(403);
        }
        for role in [Role::BUSINESS, Role::COMMUNE, Role::ADMINISTRATOR, Role::INSPECTOR] {
            app.sign_in(role).await.get("/phoi-giay").await.expect(403);
        }
    }
}
