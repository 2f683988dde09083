//! Registering in public: what happens to accounts that exist, and to owners who mistyped their address.

use crate::access::{Role, store as access};
use crate::store_test;
use crate::testing::{Answer, TestApp};

const OFFICIAL: &str = "kiemtra@ocop.example";

async fn register(app: &TestApp, change: &[(&'static str, &'static str)]) -> Answer {
    let mut fields = vec![
        ("name", "Gốm Nhà Bà Tư"),
        ("kind", "craft_village"),
        ("address", "Xóm 3, Bát Tràng"),
        ("unit", "Bát Tràng"),
        ("operator", "Hộ bà Tư"),
        ("operator_kind", "household"),
        ("contact", "Trần Thị Tư"),
        ("phone", "0912 345 678"),
        ("consent", "1"),
    ];
    for (name, value) in change {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    app.client().post_files("/dang-ky", &fields, &[]).await
}

fn link_in(mail: &str) -> String {
    mail.split("http://ocop.test")
        .find(|part| part.starts_with("/lien-ket/"))
        .and_then(|rest| rest.split_whitespace().next())
        .unwrap()
        .to_owned()
}

store_test! {
    async fn m3_registration_leaves_an_account_that_exists_alone(app: TestApp) {
        let evil = [("email", OFFICIAL), ("contact", "Quý khách, tài khoản bị khóa.\r\nMở http://evil.example/mo-khoa"), ("name", "Điểm thử\r\nhttp://evil.example/ngay")];
        let mut tx = app.db().read().await.unwrap();
        let before = access::find_login(&mut tx, OFFICIAL).await.unwrap().unwrap();
        let grants = access::grants(&mut tx, &before.id, app.clock().today()).await.unwrap();
        drop(tx);
        let known = register(app, &evil).await.expect(200).says("Đã nhận đăng ký");
        register(app, &[("email", OFFICIAL), ("address", "Xóm 9"), ("name", "Lò gốm khác hẳn")]).await.expect(200);
        let unknown = register(app, &[("email", "la@lua.vn"), ("address", "Xóm 5"), ("name", "Lụa Vạn Phúc"), ("unit", "Hà Đông")]).await.expect(200);
        let shape = |answer: &Answer| answer.body.matches('<').count();
        assert_eq!(shape(&known), shape(&unknown), "a known address gets the same page as any other");
        let mut tx = app.db().read().await.unwrap();
        let after = access::find_login(&mut tx, OFFICIAL).await.unwrap().unwrap();
        assert_eq!((after.version, &after.status, &after.password_hash), (before.version, &before.status, &before.password_hash));
        assert_eq!(access::grants(&mut tx, &before.id, app.clock().today()).await.unwrap(), grants);
        drop(tx);
        app.work().await;
        let mails: Vec<String> = app.outbox().into_iter().filter(|mail| mail.contains(&format!("To: {OFFICIAL}"))).collect();
        assert_eq!(mails.len(), 1, "one plain word an hour: {mails:?}");
        assert!(!mails[0].contains("/lien-ket/") && !mails[0].contains("evil") && !mails[0].contains("Trần Thị Tư") && !mails[0].contains("Lò gốm"), "{}", mails[0]);
    }

    async fn m3_words_of_strangers_reach_officials_as_one_line_without_links(app: TestApp) {
        app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        register(app, &[("email", "la@lua.vn"), ("contact", "Chị Tư http://evil.example/a"), ("name", "Điểm thử\r\nMở http://evil.example/ngay")]).await.expect(200);
        app.work().await;
        let mails = app.outbox();
        assert!(mails.len() >= 2, "the owner and the commune: {mails:?}");
        for mail in &mails {
            assert!(!mail.contains("http://evil") && !mail.contains("evil.example"), "{mail}");
        }
        let owner = mails.iter().find(|mail| mail.contains("To: la@lua.vn")).unwrap();
        assert!(!owner.contains("Chị Tư") && !owner.contains("Điểm thử") && owner.contains("HN-2026-"), "{owner}");
    }

    async fn m3_a_business_that_is_signed_in_registers_under_its_own_account(app: TestApp) {
        let owner = app.sign_in(Role::BUSINESS).await;
        let fields = [
            ("name", "Lụa số 9"), ("kind", "craft_village"), ("address", "Số 9 đường Lụa"), ("unit", "Hà Đông"), ("operator", "Tên khác"), ("operator_kind", "household"),
            ("contact", "Nguyễn Thị Mẫu"), ("phone", "0912345678"), ("email", OFFICIAL), ("sure", "1"),
        ];
        let gone = owner.post_files("/dang-ky", &fields, &[]).await.expect(303);
        let id = gone.location().trim_start_matches("/ho-so/").split('?').next().unwrap().to_owned();
        let point = app.point(&id).await;
        let mut tx = app.db().read().await.unwrap();
        let own = access::find_login(&mut tx, "coso@ocop.example").await.unwrap().unwrap();
        assert_eq!((point.operator_id.as_deref(), point.created_by.as_str()), (Some("demo-coso"), own.id.as_str()));
    }

    async fn a_slip_in_the_address_is_asked_about(app: TestApp) {
        register(app, &[("email", "tu@gmial.com")]).await.expect(422).says("tu@gmail.com").says("đúng chưa");
        assert_eq!(app.rows_of("point").await, 0);
        register(app, &[("email", "tu@gmial.com"), ("email_who", "tu@gmail.com")]).await.expect(200).says("Chúng tôi đã gửi thư đến tu@gmail.com");
        register(app, &[("email", "ba@gmial.com"), ("email_who", "ba@gmial.com"), ("name", "Nhà Ba"), ("address", "Xóm 8"), ("sure", "1")]).await.expect(200).says("ba@gmial.com");
    }

    async fn the_commune_corrects_the_address_and_the_first_link_ends(app: TestApp) {
        register(app, &[("email", "tu@lua.von")]).await.expect(200).says("đúng chưa");
        app.work().await;
        let first = link_in(&app.outbox()[0]);
        let commune = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        let list = commune.get("/ho-so").await.expect(200);
        let id = list.body.split("/ho-so/").find(|rest| rest.len() > 32 && rest.as_bytes()[..32].iter().all(u8::is_ascii_hexdigit)).unwrap()[..32].to_owned();
        commune.get(&format!("/ho-so/{id}")).await.expect(200).says("tu@lua.von").says("Sửa và gửi thư");
        let path = format!("/ho-so/{id}/thu-moi");
        app.sign_in(Role::COMMUNE).await.post(&path, &[("email", "evil@lua.vn")]).await.expect(404);
        commune.post(&path, &[("email", OFFICIAL)]).await.expect(409).says("tài khoản khác");
        commune.post(&path, &[("email", "khong phai thu")]).await.expect(422);
        commune.post(&path, &[("email", "tu@lua.vn")]).await.expect(303);
        app.work().await;
        app.client().get(&first).await.expect(410);
        let mail = app.outbox().into_iter().find(|mail| mail.contains("To: tu@lua.vn")).unwrap();
        let owner = app.client();
        owner.post(&link_in(&mail), &[("password", "con đò nhỏ sang sông"), ("again", "con đò nhỏ sang sông")]).await.expect(303);
        owner.get(&format!("/ho-so/{id}")).await.expect(200).says("Gốm Nhà Bà Tư");
        commune.post(&path, &[("email", "khac@lua.vn")]).await.expect(409).says("đã vào tài khoản");
    }

    async fn the_commune_gives_a_point_to_the_account_whose_address_was_typed(app: TestApp) {
        register(app, &[("email", "coso@ocop.example")]).await.expect(200);
        let commune = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        let owner = app.sign_in(Role::BUSINESS).await;
        let list = commune.get("/ho-so").await.expect(200);
        let id = list.body.split("/ho-so/").find(|rest| rest.len() > 32 && rest.as_bytes()[..32].iter().all(u8::is_ascii_hexdigit)).unwrap()[..32].to_owned();
        owner.get(&format!("/ho-so/{id}")).await.expect(404);
        commune.post(&format!("/ho-so/{id}/thu-moi"), &[("email", "coso@ocop.example")]).await.expect(303);
        let mut tx = app.db().read().await.unwrap();
        let person = access::find_login(&mut tx, "coso@ocop.example").await.unwrap().unwrap();
        let grants = access::grants(&mut tx, &person.id, app.clock().today()).await.unwrap();
        drop(tx);
        assert_eq!(grants.len(), 2);
        owner.post("/vai-tro", &[("grant", &grants[1].id)]).await.expect(303);
        owner.get(&format!("/ho-so/{id}")).await.expect(200);
    }

    async fn either_code_signs_in(app: TestApp) {
        let done = register(app, &[]).await.expect(200);
        let secrets: Vec<&str> = done.body.split("<code>").skip(1).filter_map(|part| part.split('<').next()).collect();
        let [code, pin] = secrets[..] else { panic!("code and PIN: {secrets:?}") };
        let point = done.body.split("HN-2026-").nth(1).map(|rest| format!("hn-2026-{}", &rest[..4])).unwrap();
        for login in [code, point.as_str()] {
            app.client().post("/dang-nhap", &[("login", login), ("password", pin)]).await.expect(303);
        }
        // the code of a point whose owner has mail opens nothing
        let mut tx = app.db().read().await.unwrap();
        assert!(crate::point::store::creator_of(&mut tx, "HN-2026-9999").await.unwrap().is_none());
    }

    async fn l2_an_account_that_waits_sees_what_is_public_and_its_own(app: TestApp) {
        let done = register(app, &[]).await.expect(200);
        let secrets: Vec<&str> = done.body.split("<code>").skip(1).filter_map(|part| part.split('<').next()).collect();
        let owner = app.client();
        owner.post("/dang-nhap", &[("login", secrets[0]), ("password", secrets[1])]).await.expect(303);
        for open in ["/viec", "/tai-khoan", "/ho-so", "/diem-ban", "/san-pham", "/"] {
            owner.get(open).await.expect(200);
        }
        for shut in ["/ket-noi", "/ket-noi/chuoi", "/san-pham-ocop", "/ghep-noi", "/hoi-nghi", "/so-diem", "/ket-qua", "/kiem-tra/chua-xac-nhan"] {
            owner.get(shut).await.expect(403).says("chờ xã, phường xác nhận");
        }
    }
}
