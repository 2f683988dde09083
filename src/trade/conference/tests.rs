//! A conference is prepared, held, written down, and becomes connections; what cannot be is refused.

use chrono::Days;

use super::model::Part;
use super::store;
use crate::access::Role;
use crate::matching::tests::{add_body, connect};
use crate::point::{Point, State};
use crate::product::Product;
use crate::store_test;
use crate::testing::{Client, TestApp, begin_day};
use crate::text::date_vi;

const HA_DONG: &str = "09556.2025";

async fn make(client: &Client, day: &str, changes: &[(&'static str, &str)]) -> String {
    let mut fields = vec![("title", "Hội nghị kết nối OCOP"), ("held_on", day), ("place", "Hội trường A")];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    let answer = client.post("/hoi-nghi/moi", &fields).await.expect(303);
    answer.location().trim_start_matches("/hoi-nghi/").split('?').next().unwrap().to_owned()
}

async fn ground(app: &TestApp) -> (Product, Point) {
    add_body(app, "chu-the", "Hợp tác xã Trà sen").await;
    let product = app
        .add_product("SP-1", Some((4, begin_day() - Days::new(10))), |product| {
            (product.name, product.producer_id) = ("Trà sen".into(), Some("chu-the".into()))
        })
        .await;
    let point = app
        .add_point(|point| {
            point.state = State::Operating;
            point.unit_id = Some(HA_DONG.into());
            point.lon = None;
            point.lat = None;
        })
        .await;
    (product, point)
}

store_test! {
    async fn guests_meet_and_outcomes_become_connections(app: TestApp) {
        let (product, point) = ground(app).await;
        let leader = app.sign_in(Role::LEADER).await;
        let id = make(&leader, &date_vi(begin_day() + Days::new(3)), &[("organiser", "so-cong-thuong")]).await;
        let path = format!("/hoi-nghi/{id}");
        // who is invited: one by name, all of a unit, all operators
        leader.post(&format!("{path}/khach"), &[("side", "seller"), ("body", "hiệp hội làng nghề (dữ liệu mẫu)")]).await.expect(303);
        leader.post(&format!("{path}/khach/nhieu"), &[("many", "producer"), ("unit", "Phường Hà Đông"), ("unit_id", HA_DONG)]).await.expect(303);
        leader.post(&format!("{path}/khach/nhieu"), &[("many", "seller")]).await.expect(303);
        leader.get(&format!("{path}/khach")).await.expect(200).says("Hợp tác xã Trà sen");
        leader.get(&format!("{path}/khach?ben=seller")).await.expect(200).says("Hiệp hội Làng nghề").says("Hợp tác xã Dệt lụa");
        // before the day nothing can be told
        let said = [("product", "SP-1"), ("place", point.code.as_str()), ("outcome", "memo"), ("value", "120.000.000")];
        leader.post(&format!("{path}/ket-qua"), &said).await.expect(409);
        leader.post(&format!("{path}/khach/co-mat"), &[("side", "producer"), ("shown", "chu-the"), ("came", "chu-the")]).await.expect(409);
        app.wake_on(begin_day() + Days::new(3)).await;
        let leader = app.sign_in(Role::LEADER).await;
        leader.get("/viec").await.expect(200).says("Cần ghi kết quả hội nghị");
        leader.post(&format!("{path}/khach/co-mat"), &[("side", "producer"), ("shown", "chu-the"), ("came", "chu-the")]).await.expect(303);
        leader.post(&format!("{path}/ket-qua"), &said).await.expect(303);
        leader.post(&format!("{path}/ket-qua"), &said).await.expect(409).says("đã có kết quả tại hội nghị");
        assert!(!leader.get("/viec").await.body.contains("Cần ghi kết quả hội nghị"));
        leader.get(&path).await.expect(200).says("Ký biên bản ghi nhớ").says("120.000.000 đ").says(&format!("/ket-noi/moi?product={}&#38;point={}", product.id, point.id));
        leader.get("/hoi-nghi").await.expect(200).says("Hội nghị kết nối OCOP").says("120.000.000 đ");
        // it becomes a connection; the conference shows how far that is
        connect(app, &product.id, &point.id, "agreed", None).await;
        leader.get(&path).await.expect(200).says("Đã thỏa thuận");
        // a slip is corrected, and the correction is kept
        let mut tx = app.db().read().await.unwrap();
        let conference = store::find(&mut tx, &id).await.unwrap().unwrap();
        let met = store::outcomes(&mut tx, &conference, &Part::All, "", 10).await.unwrap().rows.remove(0);
        drop(tx);
        let one = format!("{path}/ket-qua/{}", met.id);
        let version = leader.get(&one).await.expect(200).says("120.000.000 đ").value("version");
        leader.post(&one, &[("version", &version), ("outcome", "contract"), ("value", "200000000")]).await.expect(303);
        leader.post(&one, &[("version", &version), ("outcome", "none")]).await.expect(409);
        leader.get(&path).await.expect(200).says("200.000.000 đ");
        // who met cannot be taken off the list
        leader.post(&format!("{path}/khach/bo"), &[("side", "producer"), ("body", "chu-the")]).await.expect(409);
        leader.post(&format!("{path}/khach/bo"), &[("side", "seller"), ("body", "demo-hoi")]).await.expect(303);
        assert_eq!(app.verbs("conference", &id).await, ["plan_conference", "invite_guests", "invite_guests", "invite_guests", "note_presence", "note_outcome", "correct_outcome", "uninvite_guest"]);
    }

    async fn a_guest_sees_its_conference_and_its_own_outcomes(app: TestApp) {
        let (_, point) = ground(app).await;
        add_body(app, "khac", "Hợp tác xã Khác").await;
        app.add_product("SP-2", None, |product| (product.name, product.producer_id) = ("Mật ong".into(), Some("khac".into()))).await;
        let leader = app.sign_in(Role::LEADER).await;
        let id = make(&leader, &date_vi(begin_day()), &[]).await;
        let path = format!("/hoi-nghi/{id}");
        let maker = app.sign_in_new(Role::BUSINESS, "chu-the", None).await;
        maker.get(&path).await.expect(404);
        for (code, value) in [("SP-1", "5000000"), ("SP-2", "7000000")] {
            leader.post(&format!("{path}/ket-qua"), &[("product", code), ("place", &point.code), ("outcome", "contract"), ("value", value)]).await.expect(303);
        }
        // whoever met is a guest that came
        let page = maker.get(&path).await.expect(200).says("5.000.000 đ");
        assert!(!page.body.contains("Mật ong") && !page.body.contains("7.000.000") && !page.body.contains("12.000.000"));
        assert!(!maker.get("/hoi-nghi").await.expect(200).says("Hội nghị kết nối OCOP").body.contains("12.000.000"));
        // the operator is on the other side of both
        app.sign_in(Role::BUSINESS).await.get(&path).await.expect(200).says("12.000.000 đ");
        maker.post(&format!("{path}/ket-qua"), &[]).await.expect(403);
        maker.get(&format!("{path}/sua")).await.expect(403);
        app.sign_in(Role::AUDITOR).await.get(&path).await.expect(200).says("12.000.000 đ");
        app.sign_in(Role::AUDITOR).await.post(&format!("{path}/ket-qua"), &[]).await.expect(403);
        app.sign_in_as("khaosat2@ocop.example").await.post(&format!("{path}/ket-qua"), &[]).await.expect(403);
        // the keepers of the product register hold conferences too
        make(&app.sign_in_as("sanpham@ocop.example").await, &date_vi(begin_day()), &[]).await;
    }

    async fn a_commune_holds_its_own_and_reads_the_citys(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let label = app.region().label(HA_DONG);
        let own = make(&commune, &date_vi(begin_day()), &[("unit", &label), ("unit_id", HA_DONG)]).await;
        commune.post("/hoi-nghi/moi", &[("title", "x"), ("held_on", &date_vi(begin_day()))]).await.expect(422).says("của xã, phường mình");
        let leader = app.sign_in(Role::LEADER).await;
        let city = make(&leader, &date_vi(begin_day()), &[]).await;
        let other = make(&leader, &date_vi(begin_day()), &[("unit", "Xã Bát Tràng"), ("unit_id", "00577.2025")]).await;
        commune.get(&format!("/hoi-nghi/{own}")).await.expect(200).says("Ghi kết quả một cặp");
        assert!(!commune.get(&format!("/hoi-nghi/{city}")).await.expect(200).body.contains("Ghi kết quả một cặp"));
        commune.post(&format!("/hoi-nghi/{city}/khach/nhieu"), &[("many", "seller")]).await.expect(403);
        commune.get(&format!("/hoi-nghi/{other}")).await.expect(404);
        leader.get(&format!("/hoi-nghi/{own}")).await.expect(200);
    }

    async fn what_cannot_be_is_refused_and_named(app: TestApp) {
        let (_, point) = ground(app).await;
        let leader = app.sign_in(Role::LEADER).await;
        for (field, value) in [("title", ""), ("held_on", ""), ("held_on", "31/02/2026"), ("held_on", "1/1/2016"), ("held_on", "1/1/2090"), ("unit", "Xã Không Có"), ("organiser", "Cơ quan không có")] {
            let mut fields = vec![("title", "Hội nghị"), ("held_on", "22/11/2026"), ("place", "x")];
            fields.retain(|(known, _)| *known != field);
            fields.push((field, value));
            leader.post("/hoi-nghi/moi", &fields).await.expect(422).says("error-summary");
        }
        let id = make(&leader, &date_vi(begin_day()), &[]).await;
        app.add_product("MO-COI", Some((3, begin_day())), |product| product.name = "Sản phẩm mồ côi".into()).await;
        let closed = app.add_point(|point| { point.state = State::Closed; point.name = "Điểm đã đóng".into(); point.closed_on = Some(begin_day() - Days::new(5)); }).await;
        let draft = app.add_point(|point| point.name = "Điểm còn lập hồ sơ".into()).await;
        let good = [("product", "SP-1"), ("place", point.code.as_str()), ("outcome", "memo"), ("value", "")];
        for (field, value, says) in [
            ("product", "", "Hãy ghi sản phẩm"), ("product", "không có", "Không tìm thấy"), ("product", "MO-COI", "chưa ghi chủ thể"), ("place", "", "Hãy ghi điểm"), ("place", closed.code.as_str(), "đã đóng từ ngày"),
            ("place", draft.code.as_str(), "chưa nhận sản phẩm"), ("place", "chỗ nào đó", "Không tìm thấy"), ("outcome", "", "Hãy chọn kết quả"), ("outcome", "won", "Hãy chọn kết quả"), ("value", "-5", "số âm"), ("value", "1,5 tỷ", "không đọc được"),
        ] {
            let fields: Vec<(&str, &str)> = good.into_iter().map(|(name, known)| (name, if name == field { value } else { known })).collect();
            leader.post(&format!("/hoi-nghi/{id}/ket-qua"), &fields).await.expect(422).says(says);
        }
        leader.post(&format!("/hoi-nghi/{id}/ket-qua"), &[("product", "SP-1"), ("place", &point.code), ("outcome", "interested"), ("value", "5000")]).await.expect(422).says("mới có giá trị");
        assert_eq!(app.rows_of("conference_outcome").await, 0);
        leader.post(&format!("/hoi-nghi/{id}/khach"), &[("side", "producer"), ("body", "không ai")]).await.expect(422);
        leader.post(&format!("/hoi-nghi/{id}/khach"), &[("side", "both"), ("body", "Hợp tác xã Trà sen")]).await.expect(422);
        leader.get("/hoi-nghi/khong-co").await.expect(404);
        leader.get("/hoi-nghi/goi-y?loai=noi&q=gom").await.expect(200).says("point:");
        // an earlier conference met the point while it ran
        let earlier = make(&leader, &date_vi(begin_day() - Days::new(9)), &[]).await;
        leader.post(&format!("/hoi-nghi/{earlier}/ket-qua"), &[("product", "SP-1"), ("place", &closed.code), ("outcome", "memo")]).await.expect(303);
    }
}

store_test! {
    async fn l1_a_commune_reads_of_a_conference_of_the_city_what_its_own_came_to(app: TestApp) {
        add_body(app, "cua-ha-dong", "Hợp tác xã Hà Đông").await;
        add_body(app, "cua-bat-trang", "Xưởng Bát Tràng").await;
        let producer = |body: &'static str, unit: &'static str, name: &'static str| move |product: &mut Product| {
            (product.producer_id, product.unit_id, product.name) = (Some(body.into()), Some(unit.into()), name.into());
        };
        let since = begin_day() - Days::new(10);
        app.add_product("SP-HD", Some((4, since)), producer("cua-ha-dong", HA_DONG, "Lụa")).await;
        app.add_product("SP-BT", Some((4, since)), producer("cua-bat-trang", "00577.2025", "Gốm")).await;
        let mall = app.add_point(|point| { point.state = State::Operating; point.unit_id = Some("00577.2025".into()); }).await;
        let leader = app.sign_in(Role::LEADER).await;
        let id = make(&leader, &date_vi(begin_day()), &[]).await;
        let path = format!("/hoi-nghi/{id}");
        for (product, value) in [("SP-HD", "1.111.111"), ("SP-BT", "5.555.555")] {
            leader.post(&format!("{path}/ket-qua"), &[("product", product), ("place", mall.code.as_str()), ("outcome", "memo"), ("value", value), ("note", value)]).await.expect(303);
        }
        let commune = app.sign_in(Role::COMMUNE).await;
        for at in [path.as_str(), "/hoi-nghi"] {
            let page = commune.get(at).await.expect(200).says("1.111.111");
            assert!(!page.body.contains("5.555.555") && !page.body.contains("6.666.666"), "{at}: {}", page.body);
            leader.get(at).await.expect(200).says("6.666.666");
        }
        let other = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        // both places lie in the other commune: it reads both
        other.get(&path).await.expect(200).says("5.555.555").says("1.111.111");
    }

    async fn l3_a_commune_is_offered_firms_of_its_own_that_somebody_confirmed(app: TestApp) {
        let visitor = app.client();
        let fields = [("name", "Điểm của người lạ"), ("kind", "craft_village"), ("address", "Số 1 Quang Trung"), ("unit", "Hà Đông"), ("contact", "Người Lạ"), ("phone", "0912000111"),
            ("operator", "Hợp tác xã Chưa Ai Biết"), ("operator_kind", "cooperative"), ("goods", "Lụa"), ("consent", "1"), ("sure", "1")];
        visitor.post("/dang-ky", &fields).await;
        assert_eq!(app.rows_of("body where name = 'Hợp tác xã Chưa Ai Biết'").await, 1, "somebody registered");
        add_body(app, "cua-ta", "Hợp tác xã Lụa Ta").await;
        app.add_product("SP-HD", Some((4, begin_day() - Days::new(10))), |product| product.producer_id = Some("cua-ta".into())).await;
        add_body(app, "noi-khac", "Hợp tác xã Nơi Khác").await;
        let commune = app.sign_in(Role::COMMUNE).await;
        let offered = commune.get("/hoi-nghi/goi-y?loai=khach&q=hop%20tac%20xa").await.expect(200).says("Hợp tác xã Lụa Ta");
        assert!(!offered.body.contains("Chưa Ai Biết") && !offered.body.contains("Nơi Khác"), "{}", offered.body);
        app.sign_in(Role::LEADER).await.get("/hoi-nghi/goi-y?loai=khach&q=hop%20tac%20xa").await.expect(200).says("Nơi Khác");
    }
}
