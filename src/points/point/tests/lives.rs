//! Days of the people around a registration: what is corrected stays, what is returned says why, what nobody reads is seen.

use super::*;
use crate::testing::Client;

async fn commune(app: &TestApp) -> Client {
    app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await
}

async fn operator_of(app: &TestApp, id: &str) -> (String, Option<String>) {
    let point = app.point(id).await;
    let mut tx = app.db().read().await.unwrap();
    let body = crate::party::store::find(&mut tx, &point.operator_id.unwrap()).await.unwrap().unwrap();
    (body.name, body.tax_code)
}

store_test! {
    async fn a_corrected_operator_is_kept_with_its_history(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        let typed = crate::party::Body { id: "hkd-ha".into(), kind: "household".into(), name: "Ho kinh doanh Nguyen Minh Ha".into(), short: String::new(), parent_id: None, unit_id: None, tax_code: None, address: String::new(), phone: String::new(), valid_from: None, valid_to: None, demo: false, version: 1 };
        crate::party::store::put(&mut tx, &typed, "", "", app.clock().now()).await.unwrap();
        crate::party::store::put(&mut tx, &crate::party::Body { id: "hkd-khac".into(), name: "Hộ khác".into(), ..typed.clone() }, "", "", app.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
        let point = app.add_point(|point| {
            point.operator_id = Some("hkd-ha".into());
            point.submitted_at = None;
        }).await;
        let owner = app.sign_in_new(Role::BUSINESS, "hkd-ha", None).await;
        let path = format!("/ho-so/{}", point.id);
        owner.get(&format!("{path}/sua")).await.expect(200).says("Ho kinh doanh Nguyen Minh Ha").says("don-vi-van-hanh");
        let step = format!("{path}/don-vi-van-hanh");
        let fields = |version: &'static str| [("version", version), ("as", "dung-ten"), ("operator", "Hộ kinh doanh Nguyễn Minh Hà"), ("operator_kind", "household"), ("tax_code", "001085123456"), ("reason", "giấy đăng ký 01A8")];
        owner.post(&step, &fields("1")[..5]).await.expect(422).says("Hãy ghi lý do").says("Nguyễn Minh Hà");
        owner.post(&step, &fields("1")).await.expect(303);
        assert_eq!(operator_of(app, &point.id).await, ("Hộ kinh doanh Nguyễn Minh Hà".into(), Some("001085123456".into())));
        owner.get(&path).await.expect(200).says("MST 001085123456").says("giấy đăng ký 01A8");
        assert_eq!((app.verbs("point", &point.id).await, app.verbs("body", "hkd-ha").await), (vec!["correct_operator".to_owned()], vec!["correct_body".to_owned()]));
        // what the long form brings of the operator is what is recorded
        let page = owner.get(&format!("{path}/sua")).await.expect(200);
        assert!(!page.body.contains("name=\"operator\""), "the operator is no field of the long form");

        // a tax code that is another's is refused, a stranger neither corrects nor replaces
        owner.post(&step, &[("version", "1"), ("as", "dung-ten"), ("operator", "Hộ kinh doanh Nguyễn Minh Hà"), ("operator_kind", "household"), ("tax_code", "0100109106x"), ("reason", "x")]).await.expect(422).says("Mã số thuế");
        owner.post(&step, &[("version", "1"), ("as", "don-vi-khac"), ("operator", "Ai đó"), ("operator_kind", "household"), ("reason", "x")]).await.expect(409);
        app.sign_in_new(Role::BUSINESS, "hkd-khac", None).await.get(&step).await.expect(404);

        // the commune names another; once the record is taken on, its owner asks the commune
        let commune = commune(app).await;
        let version = app.point(&point.id).await.version.to_string();
        commune.post(&step, &[("version", &version), ("as", "don-vi-khac"), ("operator", "Hợp tác xã Tiếp Quản"), ("operator_kind", "cooperative"), ("reason", "hợp đồng chuyển giao 5/2026")]).await.expect(303);
        assert_eq!(operator_of(app, &point.id).await.0, "Hợp tác xã Tiếp Quản");
        commune.get(&path).await.expect(200).says("Đổi đơn vị vận hành").says("hợp đồng chuyển giao 5/2026");
    }

    async fn the_commune_sends_a_registration_back_and_gets_it_again(app: TestApp) {
        let point = app.add_point(|_| {}).await;
        let path = format!("/ho-so/{}", point.id);
        let owner = app.sign_in(Role::BUSINESS).await;
        let commune = commune(app).await;
        owner.get(&path).await.expect(200).says("Đã gửi, chờ xã, phường xem");
        commune.get(&path).await.expect(200).says("Trả cơ sở để bổ sung").says("Đang chờ xã, phường");
        // neither the owner nor another commune returns it
        owner.post(&format!("{path}/buoc/return"), &[("version", "1"), ("reason", "x")]).await.expect(403);
        app.sign_in(Role::COMMUNE).await.post(&format!("{path}/buoc/return"), &[("version", "1"), ("reason", "x")]).await.expect(404);
        commune.post(&format!("{path}/buoc/return"), &[("version", "1"), ("reason", "Thiếu ảnh mặt tiền"), ("due_on", "05/12/2026")]).await.expect(303);
        assert_eq!((app.point(&point.id).await.state, app.point(&point.id).await.submitted_at), (State::Returned, None));
        for page in [path.clone(), format!("{path}/sua")] {
            owner.get(&page).await.expect(200).says("Cần bổ sung trước ngày 05/12/2026").says("Thiếu ảnh mặt tiền");
        }
        app.work().await;
        let mails = app.outbox();
        assert!(mails.iter().any(|mail| mail.contains("coso@ocop.example") && mail.contains("Việc của bạn: bổ sung") && mail.contains("Thiếu ảnh mặt tiền")), "{mails:?}");
        let version = app.point(&point.id).await.version.to_string();
        owner.post(&format!("{path}/buoc/submit"), &[("version", &version)]).await.expect(303);
        let again = app.point(&point.id).await;
        assert!(again.state == State::Draft && again.submitted_at.is_some() && again.due_on.is_none());
        owner.get(&path).await.expect(200).says("Đã gửi, chờ xã, phường xem");
        assert!(!owner.get("/viec").await.expect(200).body.contains("Trả lại bổ sung</a>"));
        // a draft that was never sent is its owner's alone
        let own = app.add_point(|point| point.submitted_at = None).await;
        commune.post(&format!("/ho-so/{}/buoc/return", own.id), &[("version", "1"), ("reason", "x")]).await.expect(403);
    }

    async fn a_registration_that_no_commune_reads_is_seen_at_once(app: TestApp) {
        let owner = app.sign_in(Role::BUSINESS).await;
        let point = app.add_point(|point| point.submitted_at = None).await;
        owner.post(&format!("/ho-so/{}/buoc/submit", point.id), &[("version", "1")]).await.expect(303);
        owner.get(&format!("/ho-so/{}", point.id)).await.expect(200).says("Chưa có người nhận ở Xã Bát Tràng");
        for (role, sees) in [(Role::SURVEYOR, true), (Role::LEADER, true), (Role::ADMINISTRATOR, true), (Role::COMMUNE, false), (Role::INSPECTOR, false)] {
            let page = app.sign_in(role).await.get("/viec").await.expect(200).body;
            assert_eq!(page.contains("Cần nhận thay xã, phường"), sees, "{role:?}");
        }
        app.work().await;
        let mails = app.outbox();
        for reader in ["khaosat@ocop.example", "quantri@ocop.example"] {
            assert!(mails.iter().any(|mail| mail.contains(reader) && mail.contains("chưa có người dùng")), "{reader}: {mails:?}");
        }
        // whoever takes it on in its place may return it too
        let surveyor = app.sign_in(Role::SURVEYOR).await;
        let version = app.point(&point.id).await.version.to_string();
        surveyor.post(&format!("/ho-so/{}/buoc/return", point.id), &[("version", &version), ("reason", "Thiếu số nhà")]).await.expect(303);
        // what is to be put right waits for nobody else either
        app.add_point(|point| (point.state, point.name) = (State::Declined, "Quầy chưa được chọn".into())).await;
        surveyor.get("/viec").await.expect(200).says("Quầy chưa được chọn");
        commune(app).await;
        assert!(!app.sign_in(Role::ADMINISTRATOR).await.get("/viec").await.expect(200).body.contains("Cần nhận thay xã, phường"));
    }

    async fn a_refused_step_is_shown_on_its_record_with_what_was_typed(app: TestApp) {
        let point = app.add_point(|point| point.state = State::Nominated).await;
        let surveyor = app.sign_in(Role::SURVEYOR).await;
        let path = format!("/ho-so/{}", point.id);
        let fields = [("version", "1"), ("reason", "Thiếu ảnh <b>mặt tiền</b>"), ("due_on", "31/02/2027")];
        let answer = surveyor.post_from(&path, &format!("{path}/buoc/return"), &fields).await.expect(422);
        for said in ["Lỗi: Cửa hàng gốm Bát Tràng", "Chưa ghi được", "31/02/2027", "Trả lại để bổ sung", "id=\"typed\"", "Thiếu ảnh &#60;b&#62;mặt tiền&#60;/b&#62;", "Nội dung bạn vừa nhập"] {
            assert!(answer.body.contains(said), "{said}\n{}", answer.body);
        }
        assert!(answer.body.contains("\\u003cb>mặt tiền"), "no markup of what was typed reaches the page");
        assert_eq!(app.point(&point.id).await.state, State::Nominated);
        // a colleague was first: the page is that of now
        surveyor.post(&format!("{path}/buoc/accept"), &[("version", "1")]).await.expect(303);
        let answer = surveyor.post_from(&path, &format!("{path}/buoc/return"), &[("version", "1"), ("reason", "Thiếu ảnh")]).await.expect(409);
        assert!(answer.body.contains("Chưa ghi được") && answer.body.contains("Khảo sát") && answer.body.contains("Thiếu ảnh"), "{}", answer.body);
        // a page of elsewhere is never asked for, and who may not see the page does not get it
        let answer = surveyor.post_from("http://evil.example/ho-so", &format!("{path}/buoc/return"), &[("version", "1"), ("reason", "Thiếu ảnh")]).await.expect(409);
        assert!(!answer.body.contains("id=\"typed\"") && answer.body.contains("class=\"staff\""), "{}", answer.body);
    }
}
