//! Months are told by either side, corrected openly, summed up; months that cannot be are refused.

use chrono::{Days, NaiveDate};

use super::model::{self, month_word};
use crate::access::Role;
use crate::matching::tests::{add_body, connect};
use crate::point::State;
use crate::store_test;
use crate::testing::{TestApp, begin_day};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn months_are_read_in_both_ways() {
    assert_eq!([model::read_month("2026-11"), model::read_month("11/2026")], [Some(day("2026-11-01")); 2]);
    for typed in ["", "2026", "2026-13", "13/2026", "0/2026", "2026-11-05", "99999-01", "1990-01", "a-b"] {
        assert_eq!(model::read_month(typed), None, "{typed}");
    }
    assert_eq!((model::before(day("2026-01-01")), model::after(day("2026-12-01"))), (day("2025-12-01"), day("2027-01-01")));
}

/// A connection on the shelf since 10 September 2026: product of "chu-the", point of "demo-coso".
async fn on_shelf(app: &TestApp) -> String {
    add_body(app, "chu-the", "Hợp tác xã Trà sen").await;
    let product = app
        .add_product("SP-1", Some((4, begin_day() - Days::new(10))), |product| {
            (product.name, product.group_id, product.producer_id) = ("Trà sen".into(), "drink".into(), Some("chu-the".into()))
        })
        .await;
    let point = app.add_point(|point| point.state = State::Operating).await;
    connect(app, &product.id, &point.id, "on_shelf", Some(day("2026-09-10"))).await
}

store_test! {
    async fn either_side_tells_a_month_and_it_adds_up(app: TestApp) {
        let id = on_shelf(app).await;
        let path = format!("/ket-qua/{id}");
        let maker = app.sign_in_new(Role::BUSINESS, "chu-the", None).await;
        maker.get("/viec").await.expect(200).says("Cần ghi kết quả bán hàng").says("tháng 10/2026");
        maker.post(&path, &[("month", "2026-10"), ("quantity", "1.200"), ("unit", "hộp"), ("revenue", "36.000.000 đ")]).await.expect(303);
        assert!(!maker.get("/viec").await.body.contains("Cần ghi kết quả bán hàng"));
        // the other side sees it, and corrects what it saw
        let operator = app.sign_in(Role::BUSINESS).await;
        let shown = operator.get(&format!("{path}?thang=2026-10")).await.expect(200).says("36.000.000 đ").says("1200 hộp");
        let told = shown.value("told");
        operator.post(&path, &[("month", "2026-10"), ("quantity", "1100"), ("unit", "hộp"), ("revenue", "33000000"), ("told", &told)]).await.expect(303);
        // a form that had not seen it does not
        maker.post(&path, &[("month", "2026-10"), ("quantity", "5"), ("unit", "hộp"), ("told", &told)]).await.expect(409);
        maker.post(&path, &[("month", "2026-10"), ("quantity", "5"), ("unit", "hộp")]).await.expect(409).says("đã được ghi trước đó");
        app.sign_in(Role::LEADER).await.post(&path, &[("month", "2026-09"), ("revenue", "0")]).await.expect(303);
        assert_eq!(app.verbs("connection_result", &id).await, ["tell_result", "correct_result", "tell_result"]);
        // the overview
        let leader = app.sign_in(Role::LEADER).await;
        leader.get("/ket-qua").await.expect(200).says("Kết quả tháng 10/2026").says("33.000.000 đ").says("Đồ uống").says("Cửa hàng gốm Bát Tràng");
        leader.get("/ket-qua?thang=2026-11").await.expect(200).says("Chưa ghi kết quả <span class=\"count\">1</span>").says(&format!("{path}?thang=2026-11"));
        leader.get("/ket-qua?thang=2027-05").await.expect(200).says("Kết quả tháng 10/2026");
        operator.get("/ket-qua").await.expect(200).says("33.000.000 đ");
    }

    async fn amounts_are_seen_by_the_two_sides_and_staff_only(app: TestApp) {
        let id = on_shelf(app).await;
        let path = format!("/ket-qua/{id}");
        let leader = app.sign_in(Role::LEADER).await;
        leader.post(&path, &[("month", "2026-10"), ("revenue", "36000000")]).await.expect(303);
        add_body(app, "la", "Hợp tác xã Lạ").await;
        let stranger = app.sign_in_new(Role::BUSINESS, "la", None).await;
        stranger.get(&path).await.expect(404);
        stranger.post(&path, &[("month", "2026-10"), ("revenue", "1")]).await.expect(404);
        assert!(!stranger.get("/ket-qua").await.expect(200).body.contains("36.000.000"));
        app.sign_in(Role::ASSOCIATION).await.get(&path).await.expect(404);
        // the commune of the product; that of the point would be Bát Tràng's
        app.sign_in(Role::COMMUNE).await.get(&path).await.expect(200).says("36.000.000 đ");
        let auditor = app.sign_in(Role::AUDITOR).await;
        auditor.get(&path).await.expect(200).says("36.000.000 đ");
        auditor.post(&path, &[("month", "2026-10"), ("revenue", "1")]).await.expect(403);
        app.client().get(&path).await.expect(303);
        app.sign_in(Role::LEADER).await.get("/ket-qua/khong-co").await.expect(404);
    }

    async fn months_that_cannot_be_are_refused(app: TestApp) {
        let id = on_shelf(app).await;
        let path = format!("/ket-qua/{id}");
        let leader = app.sign_in(Role::LEADER).await;
        let good = [("month", "2026-10"), ("quantity", "5"), ("unit", "hộp"), ("revenue", "5000000"), ("note", "")];
        for (field, value, says) in [
            ("month", "2026-12", "chưa đến"), ("month", "2026-08", "lên kệ từ ngày 10/09/2026"), ("month", "", "Hãy chọn tháng"), ("month", "2026-99", "Hãy chọn tháng"), ("quantity", "-5", "không âm"), ("quantity", "vài hộp", "không âm"),
            ("unit", "", "đơn vị tính"), ("revenue", "-1", "số âm"), ("revenue", "5 triệu", "không đọc được"),
        ] {
            let fields: Vec<(&str, &str)> = good.into_iter().map(|(name, known)| (name, if name == field { value } else { known })).collect();
            leader.post(&path, &fields).await.expect(422).says(says);
        }
        leader.post(&path, &[("month", "2026-10")]).await.expect(422).says("số lượng hoặc doanh thu");
        assert_eq!(app.rows_of("connection_month").await, 0);
        // never on a shelf: nothing to tell
        let product = app.add_product("SP-2", None, |_| {}).await;
        let point = app.add_point(|point| point.name = "Điểm khác".into()).await;
        let proposed = connect(app, &product.id, &point.id, "proposed", None).await;
        leader.post(&format!("/ket-qua/{proposed}"), &good).await.expect(422).says("chưa lên kệ");
        leader.get(&format!("/ket-qua/{proposed}")).await.expect(200).says("Ghi được khi sản phẩm đã lên kệ");
        assert_eq!(month_word(day("2026-09-01")), "2026-09");
    }

    async fn b18_a_place_tells_all_its_products_of_a_month_in_one_table(app: TestApp) {
        add_body(app, "chu-the", "Hợp tác xã Trà sen").await;
        let point = app.add_point(|point| point.state = State::Operating).await;
        let mut ids = Vec::new();
        for number in 1..=40 {
            let product = app.add_product(&format!("SP-{number}"), Some((4, begin_day() - Days::new(100))), |product| {
                (product.name, product.sort) = (format!("Sản phẩm {number:02}"), format!("san pham {number:02}"));
                product.producer_id = (number <= 2).then(|| "chu-the".to_owned());
            }).await;
            ids.push(connect(app, &product.id, &point.id, "on_shelf", Some(day("2026-09-10"))).await);
        }
        // one row in the work list, however many products
        let operator = app.sign_in(Role::BUSINESS).await;
        let todo = operator.get("/viec").await.expect(200).says("40 sản phẩm chưa ghi");
        assert_eq!(todo.body.matches("sản phẩm chưa ghi").count(), 1);
        let path = format!("/ket-qua/noi/point:{}", point.id);
        operator.get(&format!("{path}?thang=2026-10")).await.expect(200).says("Sản phẩm 01").says("Sản phẩm 40").says("0/40");
        // a wrong cell is refused, and nothing that was typed is lost or stored
        let field = |part: &str, at: usize| format!("{part}-{}", ids[at]);
        let (q0, u0, r0, q1, r1) = (field("quantity", 0), field("unit", 0), field("revenue", 0), field("quantity", 1), field("revenue", 1));
        let page = operator.post(&path, &[("month", "2026-10"), (&q0, "12"), (&u0, "hộp"), (&r0, "1.200.000"), (&r1, "năm triệu")]).await.expect(422).says("Sản phẩm 02").says("năm triệu").says("1.200.000");
        drop(page);
        assert_eq!(app.rows_of("connection_month").await, 0);
        operator.post(&path, &[("month", "2026-10"), (&q1, "5"), (&field("unit", 1), "")]).await.expect(422).says("đơn vị tính");
        // one save; what is empty is not reported
        operator.post(&path, &[("month", "2026-10"), (&q0, "12"), (&u0, "hộp"), (&r0, "1.200.000"), (&r1, "0")]).await.expect(303);
        assert_eq!(app.rows_of("connection_month").await, 2);
        operator.get("/viec").await.expect(200).says("38 sản phẩm chưa ghi");
        // the same month again shows what stands, and corrects it
        let shown = operator.get(&format!("{path}?thang=2026-10")).await.expect(200).says("2/40").says("1.200.000 đ");
        let told = shown.value(&field("told", 0));
        let told_name = field("told", 0);
        operator.post(&path, &[("month", "2026-10"), (&q0, "13"), (&u0, "hộp"), (&r0, "1300000"), (&told_name, &told), (&r1, "0")]).await.expect(303);
        // who had not seen that is told, keeps what was typed, and sees what stands
        let stale = operator.post(&path, &[("month", "2026-10"), (&q0, "99"), (&u0, "hộp"), (&told_name, &told), (&r1, "0")]).await.expect(409).says("Nay ghi: 13 hộp").says("value=\"99\"");
        let fresh = stale.value(&told_name);
        operator.post(&path, &[("month", "2026-10"), (&q0, "99"), (&u0, "hộp"), (&told_name, &fresh), (&r1, "0")]).await.expect(303);
        // what was told is not emptied by silence
        let fresh = operator.get(&format!("{path}?thang=2026-10")).await.value(&told_name);
        operator.post(&path, &[("month", "2026-10"), (&q0, ""), (&r0, ""), (&told_name, &fresh), (&r1, "0")]).await.expect(422).says("không bán được thì ghi 0");
        assert_eq!(app.verbs("connection_result", &ids[0]).await, ["tell_result", "correct_result", "correct_result"]);
        // a producer sees its own products there, and no others
        let maker = app.sign_in_new(Role::BUSINESS, "chu-the", None).await;
        let page = maker.get(&format!("{path}?thang=2026-10")).await.expect(200).says("Sản phẩm 02").says("2/2");
        assert!(!page.body.contains("Sản phẩm 03"));
        let before = app.rows_of("connection_month").await;
        maker.post(&path, &[("month", "2026-10"), (&field("quantity", 5), "1"), (&field("unit", 5), "hộp")]).await;
        assert_eq!(app.rows_of("connection_month").await, before, "a row of somebody else's product is not taken");
        add_body(app, "la", "Hợp tác xã Lạ").await;
        let stranger = app.sign_in_new(Role::BUSINESS, "la", None).await;
        stranger.get(&path).await.expect(404);
        stranger.post(&path, &[("month", "2026-10"), (&q0, "1"), (&u0, "hộp")]).await.expect(404);
        app.sign_in(Role::AUDITOR).await.post(&path, &[("month", "2026-10"), (&q0, "1")]).await.expect(403);
        app.sign_in(Role::AUDITOR).await.get(&format!("{path}?thang=2026-10")).await.expect(200).says("99 hộp");
        operator.get("/ket-qua/noi/point:khong-co").await.expect(404);
        operator.get("/ket-qua/noi/khac").await.expect(404);
        // a month that has not come is none
        operator.post(&path, &[("month", "2026-12"), (&q0, "1"), (&u0, "hộp")]).await.expect(404);
    }
}
