//! Support from the request to its effect; what cannot be is refused.

use chrono::Days;

use super::model::{Aid, State, kinds, priorities};
use super::store;
use crate::access::Role;
use crate::store_test;
use crate::testing::{Answer, Client, TestApp, begin_day};
use crate::text::date_vi;

const BAT_TRANG: &str = "00577.2025";
const KEEPER: &str = "sanpham@ocop.example";

#[test]
fn the_list_of_the_law_is_sound() {
    assert_eq!(kinds(begin_day()).len(), 7);
    assert_eq!(priorities(begin_day()).len(), 3);
    for named in kinds(begin_day()).iter().chain(&priorities(begin_day())) {
        assert!(!named.vi.is_empty() && !named.en.is_empty() && !named.source.is_empty(), "{}", named.id);
    }
}

const ASKED: [(&str, &str); 4] =
    [("what", "packaging"), ("detail", "Thiết kế bao bì trà sen"), ("priority", "typical"), ("unit", "Phường Hà Đông")];

/// Fields with one of them changed.
fn with<'a>(fields: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<_> = fields.iter().copied().filter(|(known, _)| *known != name).collect();
    fields.push((name, value));
    fields
}

fn id_of(answer: &Answer) -> String {
    answer.location().trim_start_matches("/ho-tro-chu-the/").split('?').next().unwrap().to_owned()
}

async fn aid(app: &TestApp, id: &str) -> Aid {
    store::find(&mut app.db().read().await.unwrap(), id).await.unwrap().unwrap()
}

async fn step(app: &TestApp, client: &Client, id: &str, word: &str, fields: &[(&str, &str)]) -> Answer {
    let version = aid(app, id).await.version.to_string();
    let mut sent = vec![("version", version.as_str())];
    sent.extend_from_slice(fields);
    client.post(&format!("/ho-tro-chu-the/{id}/{word}"), &sent).await
}

async fn asked(app: &TestApp) -> (Client, String) {
    let producer = app.sign_in(Role::BUSINESS).await;
    let id = id_of(&producer.post("/ho-tro-chu-the/moi", &ASKED).await.expect(303));
    (producer, id)
}

const GRANT: [(&str, &str); 5] =
    [("granted_on", "22/11/2026"), ("cost", "25.000.000"), ("source", "city"), ("granted_no", "12/QĐ-VPĐP"), ("due_on", "31/12/2026")];

store_test! {
    async fn support_is_asked_for_granted_delivered_and_its_effect_is_asked_for(app: TestApp) {
        let (producer, id) = asked(app).await;
        producer.get("/ho-tro-chu-the").await.expect(200).says("Bao bì").says("Chờ quyết định");
        let (keeper, commune) = (app.sign_in_as(KEEPER).await, app.sign_in(Role::COMMUNE).await);
        keeper.get("/viec").await.expect(200).says("Hỗ trợ chủ thể chờ quyết định").says("Sản phẩm tiêu biểu");
        commune.get(&format!("/ho-tro-chu-the/{id}")).await.expect(200).says("Thiết kế bao bì trà sen");
        step(app, &keeper, &id, "ho-tro", &GRANT).await.expect(303);
        step(app, &keeper, &id, "ho-tro", &GRANT).await.expect(409);
        keeper.get("/viec").await.expect(200).says("Hỗ trợ chủ thể đang thực hiện");
        app.wake_on(begin_day() + Days::new(45)).await;
        let keeper = app.sign_in_as(KEEPER).await;
        keeper.get(&format!("/ho-tro-chu-the/{id}")).await.expect(200).says("quá hạn");
        step(app, &keeper, &id, "xong", &[("delivered_on", "05/01/2027"), ("spent", "26.500.000")]).await.expect(303);
        keeper.get(&format!("/ho-tro-chu-the/{id}")).await.expect(200).says("hơn số duyệt 1.500.000 đ");
        // the effect is asked for once, after the days of the setting
        let delivered = aid(app, &id).await.delivered_on.unwrap();
        app.wake_on(delivered + Days::new(179)).await;
        assert_eq!(aid(app, &id).await.asked_effect_on, None);
        for later in [180, 181, 200] {
            app.wake_on(delivered + Days::new(later)).await;
        }
        let asked = app.outbox().iter().filter(|mail| mail.contains("To: coso@ocop.example") && mail.contains("/ho-tro-chu-the/") && mail.contains("Xin cho biết")).count();
        assert_eq!(asked, 1);
        let (producer, keeper, commune) = (app.sign_in(Role::BUSINESS).await, app.sign_in_as(KEEPER).await, app.sign_in(Role::COMMUNE).await);
        producer.get("/viec").await.expect(200).says("Ghi kết quả của hỗ trợ chủ thể");
        step(app, &producer, &id, "ket-qua", &[("effect", "")]).await.expect(422).says("Hãy ghi kết quả");
        step(app, &producer, &id, "ket-qua", &[("effect", "Doanh thu tăng 20%")]).await.expect(303);
        assert!(!producer.get("/viec").await.body.contains("Ghi kết quả của hỗ trợ"));
        // totals by year of the grant, by kind and source, within the reader's rows
        for reader in [&keeper, &producer, &commune] {
            reader.get("/ho-tro-chu-the/tong-hop?nam=2026").await.expect(200).says("25.000.000 đ").says("26.500.000 đ").says("Ngân sách Thành phố");
        }
        keeper.get("/ho-tro-chu-the/tong-hop?nam=2027").await.expect(200).says("chưa có hỗ trợ nào được quyết định");
        assert_eq!(app.verbs("aid", &id).await, ["ask_aid", "grant_aid", "deliver_aid", "aid_effect"]);
    }

    async fn only_those_concerned_see_and_decide(app: TestApp) {
        let (producer, id) = asked(app).await;
        let other = app.sign_in_new(Role::BUSINESS, "demo-hoi", None).await;
        let far = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some(BAT_TRANG)).await;
        for reader in [&other, &far] {
            reader.get(&format!("/ho-tro-chu-the/{id}")).await.expect(404);
            assert!(!reader.get("/ho-tro-chu-the").await.expect(200).body.contains(&id));
            assert!(!reader.get("/ho-tro-chu-the?chu-the=demo-coso").await.expect(200).body.contains("Dệt lụa"));
            assert_eq!(step(app, reader, &id, "rut", &[("withdraw_reason", "x")]).await.status, 404);
        }
        // the department of industry and trade reads, the auditor too
        for role in [Role::LEADER, Role::SURVEYOR, Role::AUDITOR] {
            let reader = app.sign_in(role).await;
            let page = reader.get(&format!("/ho-tro-chu-the/{id}")).await.expect(200);
            assert!(!page.body.contains("Ghi quyết định hỗ trợ"));
            assert!([403, 409].contains(&step(app, &reader, &id, "ho-tro", &GRANT).await.status.as_u16()));
            reader.get("/ho-tro-chu-the/moi").await.expect(403);
        }
        for role in [Role::INSPECTOR, Role::ASSOCIATION, Role::ADMINISTRATOR] {
            app.sign_in(role).await.get("/ho-tro-chu-the").await.expect(403);
        }
        assert_eq!(step(app, &producer, &id, "ho-tro", &GRANT).await.status, 409);
        // a commune gives of its own, not of the city's
        let commune = app.sign_in(Role::COMMUNE).await;
        assert_eq!(step(app, &commune, &id, "khong", &[("decline_reason", "x")]).await.status, 409);
        step(app, &commune, &id, "ho-tro", &GRANT).await.expect(422).says("Xã, phường không quyết định nguồn này");
        step(app, &commune, &id, "ho-tro", &with(&GRANT, "source", "commune")).await.expect(303);
        assert_eq!(aid(app, &id).await.provider_id.as_deref(), Some("ubnd-09556.2025"));
        assert_eq!(step(app, &producer, &id, "rut", &[("withdraw_reason", "x")]).await.status, 409, "granted already");
        // what the asker gives up, and what the city declines
        let (producer, id) = asked(app).await;
        step(app, &producer, &id, "rut", &[("withdraw_reason", "")]).await.expect(422);
        step(app, &producer, &id, "rut", &[("withdraw_reason", "Đã tự làm")]).await.expect(303);
        let (_, id) = asked(app).await;
        let keeper = app.sign_in_as(KEEPER).await;
        step(app, &keeper, &id, "khong", &[("decline_reason", "")]).await.expect(422);
        step(app, &keeper, &id, "khong", &[("decline_reason", "Hết kinh phí")]).await.expect(303);
        assert_eq!(step(app, &keeper, &id, "ho-tro", &GRANT).await.status, 409);
        keeper.get("/ho-tro-chu-the?trang-thai=declined").await.expect(200).says(&id);
        keeper.post(&format!("/ho-tro-chu-the/{id}/khong-co"), &[]).await.expect(404);
    }

    async fn what_cannot_be_granted_or_delivered_is_refused(app: TestApp) {
        let (_, id) = asked(app).await;
        let keeper = app.sign_in_as(KEEPER).await;
        for (field, value) in [
            ("cost", ""), ("cost", "0"), ("cost", "-5.000.000"), ("cost", "vài triệu"), ("cost", "1.000.000.000.001"), ("cost", "12,5"), ("source", ""), ("source", "trời"), ("source", "district"),
            ("granted_no", ""), ("granted_on", ""), ("granted_on", "21/11/2026"), ("granted_on", "23/11/2026"), ("granted_on", "31/02/2026"), ("due_on", ""), ("due_on", "01/11/2026"), ("due_on", "01/01/2090"),
        ] {
            step(app, &keeper, &id, "ho-tro", &with(&GRANT, field, value)).await.expect(422).says("error-summary");
        }
        assert_eq!(step(app, &keeper, &id, "xong", &[("delivered_on", "22/11/2026"), ("spent", "1000")]).await.status, 409, "not granted yet");
        // no paper for what a producer pays itself
        step(app, &keeper, &id, "ho-tro", &with(&with(&GRANT, "source", "own"), "granted_no", "")).await.expect(303);
        for (delivered_on, spent) in [("21/11/2026", "1.000.000"), ("", "1.000.000"), ("23/11/2026", "1.000.000"), ("22/11/2026", ""), ("22/11/2026", "-1"), ("22/11/2026", "9.999.999.999.999")] {
            step(app, &keeper, &id, "xong", &[("delivered_on", delivered_on), ("spent", spent)]).await.expect(422).says("error-summary");
        }
        assert_eq!(aid(app, &id).await.state, State::Granted);
        keeper.post(&format!("/ho-tro-chu-the/{id}/xong"), &[("version", "1"), ("delivered_on", "22/11/2026"), ("spent", "1.000.000")]).await.expect(409);
        step(app, &keeper, &id, "rut", &[("withdraw_reason", "Chủ thể giải thể")]).await.expect(303);
    }

    async fn the_city_offers_and_what_cannot_be_asked_is_refused(app: TestApp) {
        let keeper = app.sign_in_as(KEEPER).await;
        let offer = with(&ASKED, "producer", "Hợp tác xã Dệt lụa (dữ liệu mẫu)");
        app.add_product("LUA-1", Some((3, begin_day())), |product| product.producer_id = Some("demo-coso".into())).await;
        app.add_product("KHAC-1", Some((3, begin_day())), |product| { product.producer_id = Some("demo-hoi".into()); product.unit_id = Some(BAT_TRANG.into()); }).await;
        for (field, value) in [
            ("producer", ""), ("producer", "Không ai"), ("what", ""), ("what", "gift"), ("detail", ""), ("priority", "friend"), ("product", "KHAC-1"), ("product", "?"), ("unit", "Xã Không Đâu"),
            ("asked_on", "23/11/2026"), ("asked_on", "hôm qua"),
        ] {
            keeper.post("/ho-tro-chu-the/moi", &with(&offer, field, value)).await.expect(422).says("error-summary");
        }
        assert_eq!(app.rows_of("aid").await, 0);
        let id = id_of(&keeper.post("/ho-tro-chu-the/moi", &with(&offer, "product", "LUA-1")).await.expect(303));
        assert_eq!((aid(app, &id).await.side.as_str(), aid(app, &id).await.unit_id.as_deref()), ("offer", Some("09556.2025")));
        // a record of the time when there were districts
        let old = with(&offer, "asked_on", "01/03/2024");
        let id = id_of(&keeper.post("/ho-tro-chu-the/moi", &old).await.expect(303));
        keeper.get(&format!("/ho-tro-chu-the/{id}")).await.expect(200).says("Ngân sách cấp huyện (cũ)");
        let district = with(&GRANT, "source", "district");
        step(app, &keeper, &id, "ho-tro", &with(&district, "granted_on", "01/07/2025")).await.expect(422).says("không còn nguồn “Ngân sách cấp huyện (cũ)”");
        let due = date_vi(begin_day());
        step(app, &keeper, &id, "ho-tro", &with(&with(&district, "granted_on", "30/06/2025"), "due_on", &due)).await.expect(303);
        keeper.get("/ho-tro-chu-the/tong-hop?nam=2025").await.expect(200).says("Ngân sách cấp huyện (cũ)");
        // a commune asks for those in it, not for others
        let commune = app.sign_in(Role::COMMUNE).await;
        commune.post("/ho-tro-chu-the/moi", &offer).await.expect(303);
        let far = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some(BAT_TRANG)).await;
        far.post("/ho-tro-chu-the/moi", &offer).await.expect(422).says("Không có chủ thể");
        // page by page none is lost
        let first = keeper.get("/ho-tro-chu-the?page_size=2").await.expect(200);
        let next = first.body.split("truoc=").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(keeper.get(&format!("/ho-tro-chu-the?page_size=2&truoc={next}")).await.body.matches("<th scope=\"row\">").count(), 1);
    }
}
