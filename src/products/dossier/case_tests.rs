//! What a case asks for beside its answers: samples and tests, what is other than before, what the system knows itself, who is taken.

use chrono::Days;

use super::store;
use super::tests::{answer_all, begin, tea, version};
use crate::access::Role;
use crate::dossier::model::Kind;
use crate::product::model::Claim;
use crate::scoring::books;
use crate::scoring::mark::{self, Marks};
use crate::scoring::tests::{BANDS, star_by_hand};
use crate::testing::{TestApp, begin_day};
use crate::text::date_vi;
use crate::{execute, product, store_test};

async fn send(app: &TestApp, client: &crate::testing::Client, path: &str) {
    client.post(&format!("{path}/gui"), &[("version", &version(app, path).await)]).await.expect(303);
}

async fn propose(app: &TestApp, commune: &crate::testing::Client, path: &str) {
    let (at, today) = (version(app, path).await, date_vi(begin_day()));
    let report = [
        ("version", at.as_str()),
        ("check-material", "x"),
        ("check-labour", "x"),
        ("check-idea", "x"),
        ("check-identity", "x"),
        ("proposal", "x"),
        ("report_no", "1/BC"),
        ("reported_on", &today),
    ];
    commune.post(&format!("{path}/bao-cao"), &report).await.expect(303);
}

store_test! {
    async fn samples_and_tests_go_from_asked_to_what_followed(app: TestApp) {
        let product = tea(app, "TRA-1", None).await;
        let (producer, commune) = (app.sign_in(Role::BUSINESS).await, app.sign_in(Role::COMMUNE).await);
        let path = begin(&producer, &product, Kind::First).await;
        answer_all(&producer, &path, &[]).await;
        producer.post(&format!("{path}/mau"), &[("sample_kind", "sample")]).await.expect(403);
        assert!(!commune.get("/tim?q=tra-1").await.expect(200).body.contains(&path), "nobody finds a draft of others");
        send(app, &producer, &path).await;
        commune.get("/tim?q=tra-1").await.expect(200).says("Hồ sơ đánh giá").says(&path);
        commune.get(&path).await.expect(200).says("5 đơn vị sản phẩm (Điều 7)").says("Yêu cầu mẫu, kiểm nghiệm");
        for (fields, says) in [
            (vec![("what", "Vi sinh")], "Hãy chọn sản phẩm mẫu"),
            (vec![("sample_kind", "test")], "Hãy ghi chỉ tiêu"),
            (vec![("sample_kind", "sample"), ("quantity", "0")], "từ 1 đến 1.000"),
            (vec![("sample_kind", "sample"), ("sample_due", "01/01/2020")], "Hạn đã qua"),
        ] {
            commune.post(&format!("{path}/mau"), &fields).await.expect(422).says(says);
        }
        let due = date_vi(begin_day() + Days::new(5));
        commune.post(&format!("{path}/mau"), &[("sample_kind", "sample"), ("sample_due", &due)]).await.expect(303);
        commune.post(&format!("{path}/mau"), &[("sample_kind", "test"), ("what", "Vi sinh, kim loại nặng")]).await.expect(303);
        app.work().await;
        assert!(app.outbox().iter().any(|mail| mail.contains("Sản phẩm mẫu cho hồ sơ") && mail.contains("5 đơn vị")), "the producer is told");
        producer.get(&path).await.expect(200).says("Sản phẩm mẫu").says("Vi sinh, kim loại nặng");
        let page = commune.get(&path).await.expect(200);
        let ids: Vec<String> = page.body.split("/mau/").skip(1).filter_map(|part| part.split('"').next()).map(str::to_owned).collect();
        let [sample, test] = &ids[..] else { panic!("{ids:?}") };
        let (today, before) = (date_vi(begin_day()), date_vi(begin_day() - Days::new(1)));
        let step = async |id: &str, version: &str, fields: &[(&str, &str)]| {
            let named: Vec<(String, &str)> = fields.iter().map(|(name, value)| (format!("{name}-{id}"), *value)).collect();
            let mut all: Vec<(&str, &str)> = named.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            all.push(("version", version));
            commune.post(&format!("{path}/mau/{id}"), &all).await
        };
        step(sample, "1", &[("on", &before)]).await.expect(422).says("Ngày phải từ");
        step(sample, "1", &[("on", &today)]).await.expect(303);
        step(sample, "2", &[("on", &today)]).await.expect(409);
        step(test, "1", &[("on", &today)]).await.expect(303);
        step(test, "1", &[("on", &today)]).await.expect(409);
        step(test, "2", &[("on", &today)]).await.expect(422).says("nơi kiểm nghiệm");
        step(test, "2", &[("on", &today), ("words", "Trung tâm 1")]).await.expect(303);
        step(test, "3", &[("on", &today)]).await.expect(422).says("đạt hay không đạt");
        step(test, "3", &[("on", &today), ("result", "fail"), ("words", "Phiếu 12")]).await.expect(303);
        producer.get(&path).await.expect(200).says("không đạt").says("Phiếu 12");
        step(test, "4", &[("words", "")]).await.expect(422).says("Hãy ghi đã xử lý");
        step(test, "4", &[("words", "Làm lại lô mới")]).await.expect(303);
        producer.get(&path).await.expect(200).says("xử lý: Làm lại lô mới");
        producer.post(&format!("{path}/mau/{test}"), &[("version", "5")]).await.expect(403);
        // products of tourism hand in none
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update product set group_id = 'tourism' where id = $1", &product.id).unwrap();
        tx.commit().await.unwrap();
        commune.get(&path).await.expect(200).says("không nộp mẫu");
        commune.post(&format!("{path}/mau"), &[("sample_kind", "sample")]).await.expect(422).says("không nộp mẫu");
    }

    async fn an_upgrade_begins_from_the_dossier_before_and_shows_what_is_other(app: TestApp) {
        let product = tea(app, "TRA-1", None).await;
        let (producer, commune) = (app.sign_in(Role::BUSINESS).await, app.sign_in(Role::COMMUNE).await);
        let first = begin(&producer, &product, Kind::First).await;
        answer_all(&producer, &first, &[("1.2", "0"), ("3.4", "0")]).await;
        send(app, &producer, &first).await;
        propose(app, &commune, &first).await;
        // while nothing was decided the product has one dossier
        assert_eq!(begin(&producer, &product, Kind::First).await, first);
        let claim = Claim { stars: Some(3), decision_no: "9/QĐ-UBND".into(), decided: Some(crate::text::Edtf::exact(begin_day())), number: Some("GCN-9".into()), ..Claim::default() };
        let (now, today) = (app.clock().now(), app.clock().today());
        let mut tx = app.db().write().await.unwrap();
        let certificate = claim.certificate(&product.id, 36, "test", "test", now).unwrap();
        product::store::add_certificate(&mut tx, &certificate).await.unwrap().unwrap();
        product::store::restamp(&mut tx, &product, today, now).await.unwrap();
        tx.commit().await.unwrap();
        let second = begin(&producer, &product, Kind::Upgrade).await;
        assert_ne!(second, first);
        producer.get(&second).await.expect(200).says("Đã có câu trả lời của lần trước").says("Khác lần trước");
        producer.post(&format!("{second}/chep"), &[]).await.expect(303);
        producer.get(&second).await.expect(200).says("Mọi câu trả lời giống lần trước");
        producer.post(&format!("{second}/muc/3.4"), &[("was", "0"), ("answer", "1")]).await.expect(303);
        let other = producer.get(&second).await.expect(200).says("Câu trả lời khác lần trước");
        let table = other.body.split_once("Câu trả lời khác lần trước").unwrap().1.split_once("</table>").unwrap().0;
        assert!(table.contains("3.4") && !table.contains("1.2 "), "{table}");
        producer.post(&format!("{second}/thay-doi"), &[("version", &version(app, &second).await), ("news", "Doanh thu tăng")]).await.expect(303);
        send(app, &producer, &second).await;
        commune.get(&second).await.expect(200).says("Câu trả lời khác lần trước");
        // the dossier of before reads as it was
        producer.get(&first).await.expect(200).says("Đã đề xuất");
    }

    async fn what_the_system_knows_is_not_asked_again(app: TestApp) {
        let product = tea(app, "TRA-1", None).await;
        let (producer, commune) = (app.sign_in(Role::BUSINESS).await, app.sign_in(Role::COMMUNE).await);
        let path = begin(&producer, &product, Kind::First).await;
        assert!(!producer.get(&format!("{path}/muc/4.1")).await.expect(200).body.contains("Hệ thống đã biết"));
        let point = app.add_point(|point| point.name = "Cửa hàng Hồ Gươm".into()).await;
        let mut tx = app.db().write().await.unwrap();
        execute!(
            &mut tx,
            "insert into connection (id, product_id, point_id, place, stage, since, proposed_by, terms, basis, ended_by, ended_reason, open_place, version, created_by, created_at, updated_at)
             values ('c-1', $1, $2, 'p', 'on_shelf', $3, 'seller', '', 'certificate', '', '', 'p', 1, 'test', $4, $4)",
            &product.id,
            &point.id,
            begin_day(),
            app.clock().now()
        )
        .unwrap();
        execute!(&mut tx, "insert into conference (id, title, held_on, place, note, demo, version, created_by, created_at) values ('h-1', 'Kết nối Bưởi Diễn', $1, '', '', false, 1, 'test', $2)", begin_day(), app.clock().now()).unwrap();
        execute!(&mut tx, "insert into conference_guest (conference_id, body_id, side, came) values ('h-1', 'demo-coso', 'producer', true)").unwrap();
        tx.commit().await.unwrap();
        producer.get(&format!("{path}/muc/4.1")).await.expect(200).says("Hệ thống đã biết 1 điều").says("Đang bán: Cửa hàng Hồ Gươm").says("/ket-noi/c-1");
        producer.get(&format!("{path}/muc/4.3")).await.expect(200).says("Dự hội nghị kết nối: Kết nối Bưởi Diễn");
        assert!(!producer.get(&format!("{path}/muc/1.1")).await.expect(200).body.contains("Hệ thống đã biết"));
        answer_all(&producer, &path, &[]).await;
        send(app, &producer, &path).await;
        // as it was on the day of sending, whatever becomes of it
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update connection set stage = 'ended' where id = 'c-1'").unwrap();
        tx.commit().await.unwrap();
        commune.get(&path).await.expect(200).says("Đang bán: Cửa hàng Hồ Gươm").says("hệ thống biết");
    }

    async fn the_star_that_is_stored_is_the_one_that_another_calculation_finds(app: TestApp) {
        let product = tea(app, "TRA-1", None).await;
        let producer = app.sign_in(Role::BUSINESS).await;
        let path = begin(&producer, &product, Kind::First).await;
        let id = path.trim_start_matches("/ho-so-danh-gia/");
        let mut seed = 20_261_127_u64;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        let mut stars = std::collections::BTreeSet::new();
        for sheet in books::all() {
            for round in 0..6 {
                let cases = sheet.cases();
                let mut marks = Marks { case: if cases.is_empty() { String::new() } else { cases[next(cases.len())].0.to_owned() }, ..Marks::default() };
                for line in sheet.asked() {
                    let answers = line.answers(Some(&marks.case)).unwrap();
                    let at = if round % 2 == 0 && next(8) > 0 { answers.len() - 1 } else { next(answers.len()) };
                    if next(40) > 0 {
                        marks.answers.insert(line.no.clone(), at);
                    }
                }
                let grounds = mark::grounds(sheet);
                if let Some(ground) = grounds.get(next(grounds.len() * 6 + 1)) {
                    marks.found.insert(ground.key());
                }
                let mut tx = app.db().write().await.unwrap();
                let before = store::find(&mut tx, id).await.unwrap().unwrap();
                // the row is of one sheet; what is asked of it is whether marks, points and star come back as they were reckoned
                let blank = crate::dossier::model::Dossier { marks: "{}".into(), ..before.clone() };
                let after = blank.answer(sheet, &marks, &BANDS).unwrap();
                store::save(&mut tx, &after, before.version, app.clock().now()).await.unwrap();
                let kept = store::find(&mut tx, id).await.unwrap().unwrap();
                tx.commit().await.unwrap();
                assert_eq!(kept.answers(), marks, "{}", sheet.set);
                assert_eq!((kept.points, kept.star), star_by_hand(sheet, &marks), "{}", sheet.set);
                stars.insert(kept.star);
            }
        }
        assert!(stars.len() >= 5, "many stars were met: {stars:?}");
    }

    async fn large_firms_and_bodies_that_the_programme_does_not_take_are_refused_with_the_clause(app: TestApp) {
        let product = tea(app, "TRA-1", None).await;
        let producer = app.sign_in(Role::BUSINESS).await;
        let kind = async |word: &str| {
            let mut tx = app.db().write().await.unwrap();
            execute!(&mut tx, "update body set kind = $1 where id = 'demo-coso'", word).unwrap();
            tx.commit().await.unwrap();
        };
        let ask = async |fields: &[(&str, &str)]| {
            let once = producer.get("/ho-so-danh-gia/moi").await.expect(200).value("once");
            producer.post("/ho-so-danh-gia/moi", &[&[("once", once.as_str()), ("product", &product.id), ("kind", "first")], fields].concat()).await
        };
        kind("association").await;
        ask(&[]).await.expect(422).says("không thuộc các chủ thể").says("Điều 7");
        kind("enterprise").await;
        producer.get("/ho-so-danh-gia/moi").await.expect(200).says("Quy mô doanh nghiệp");
        ask(&[]).await.expect(422).says("Hãy chọn quy mô");
        ask(&[("size", "large")]).await.expect(422).says("doanh nghiệp nhỏ và vừa");
        ask(&[("size", "small")]).await.expect(303);
    }
}
