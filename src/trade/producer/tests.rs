//! Producers as themselves, their communes and the keepers of the registers meet them.

use crate::access::{Role, store as access};
use crate::party::{Body, BodyKind, store as bodies};
use crate::testing::{Answer, Client, TestApp};
use crate::{fetch_all, fetch_one, store_test};

/// The commune of the sample official.
const UNIT: &str = "09556.2025";
const CODE: &str = "0100109106";

/// A producer that the register knows, with a product, and nobody who signs in.
async fn known(app: &TestApp) -> Body {
    let body = Body::named("Hợp tác xã Rau sạch Đồng Xanh", BodyKind::Cooperative, Some(CODE), Some(UNIT));
    let mut tx = app.db().write().await.unwrap();
    bodies::put(&mut tx, &body, "test", "", app.clock().now()).await.unwrap();
    tx.commit().await.unwrap();
    app.add_product("RAU-1", Some((4, app.clock().today())), |product| product.producer_id = Some(body.id.clone())).await;
    body
}

fn form<'a>(app: &TestApp, email: &'a str) -> Vec<(&'a str, String)> {
    let unit = app.region().label(UNIT);
    [
        ("name", "HTX Rau sạch Đồng Xanh"),
        ("kind", "cooperative"),
        ("tax_code", CODE),
        ("goods", "Rau cải, GCN-RAU-1"),
        ("contact", "Lê Thị Rau"),
        ("phone", "0912345678"),
        ("email", email),
        ("consent", "1"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into_iter()
    .chain([("unit", unit)])
    .collect()
}

async fn register(app: &TestApp, client: &Client, fields: &[(&str, String)]) -> Answer {
    let _ = app;
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    client.post("/dang-ky/chu-the", &pairs).await
}

/// Body, claim and version of the last registration.
async fn claim(app: &TestApp) -> (String, String, i64) {
    let mut tx = app.db().read().await.unwrap();
    fetch_one!(&mut tx, (String, String, i64), "select body_id, id, version from producer_claim order by id desc limit 1").unwrap()
}

/// What stands between two texts of a page.
fn code_after(page: &str, label: &str) -> String {
    let rest = page.split(label).nth(1).unwrap_or_else(|| panic!("no {label}"));
    rest.split("<code>").nth(1).unwrap().split("</code>").next().unwrap().to_owned()
}

store_test! {
    async fn a_producer_without_a_point_registers_itself_and_becomes_the_one_that_is_known(app: TestApp) {
        let body = known(app).await;
        let page = register(app, &app.client(), &form(app, "")).await.expect(200).says("sẽ gọi cho bạn").body;
        let (login, pin) = (code_after(&page, "Tên đăng nhập"), code_after(&page, "PIN"));
        // nothing of the known producer is told or opened by its tax code
        assert!(!page.contains(&body.name) && !page.contains("RAU-1"));
        let owner = app.client();
        owner.post("/dang-nhap", &[("login", &login), ("password", &pin)]).await.expect(303);
        let list = owner.get("/san-pham-ocop").await;
        assert!(!list.body.contains("Sản phẩm RAU-1"), "a stranger sees no product of the producer he named");

        let commune = app.sign_in(Role::COMMUNE).await;
        commune.get("/viec").await.expect(200).says("HTX Rau sạch Đồng Xanh");
        let (claimed, id, version) = claim(app).await;
        commune.get(&format!("/chu-the/{claimed}")).await.expect(200).says("đó là ai?").says(&body.name).says("0912345678");
        let version = version.to_string();
        let answer = commune.post(&format!("/chu-the/{claimed}/tu-dang-ky/{id}"), &[("version", &version), ("answer", "known"), ("into", &body.id)]).await.expect(303);
        assert!(answer.location().starts_with(&format!("/chu-the/{}", body.id)));
        owner.get("/san-pham-ocop").await.expect(200).says("Sản phẩm RAU-1");
        // the second of two who answer is told so
        commune.post(&format!("/chu-the/{claimed}/tu-dang-ky/{id}"), &[("version", &version), ("answer", "new")]).await.expect(404);
        assert_eq!(app.verbs("body", &claimed).await, ["register_producer", "accept_producer", "join_body"]);
        assert!(!commune.get("/viec").await.body.contains("chờ xác nhận"), "nothing waits any more");
    }

    async fn an_address_that_belongs_to_an_account_gets_the_role_only_from_the_commune(app: TestApp) {
        let email = "coso@ocop.example";
        let before = app.rows_of("person").await;
        register(app, &app.client(), &form(app, email)).await.expect(200).says("Đã nhận đăng ký");
        assert_eq!(app.rows_of("person").await, before);
        app.work().await;
        let told = app.outbox().into_iter().filter(|mail| mail.contains(&format!("To: {email}"))).collect::<Vec<_>>();
        assert!(told.iter().all(|mail| !mail.contains("Đồng Xanh") && !mail.contains("Lê Thị Rau")), "no word of the stranger");
        let (body, id, version) = claim(app).await;
        let commune = app.sign_in(Role::COMMUNE).await;
        commune.post(&format!("/chu-the/{body}/tu-dang-ky/{id}"), &[("version", &version.to_string()), ("answer", "new")]).await.expect(303);
        let mut tx = app.db().read().await.unwrap();
        let person = access::find_login(&mut tx, email).await.unwrap().unwrap();
        let held = access::grants(&mut tx, &person.id, app.clock().today()).await.unwrap();
        assert!(held.iter().any(|grant| grant.body_id == body && grant.role == Role::BUSINESS));
    }

    async fn whoever_is_not_who_he_says_is_turned_away_with_the_reason(app: TestApp) {
        register(app, &app.client(), &form(app, "la@nha.example")).await.expect(200);
        let (body, id, version) = claim(app).await;
        let (commune, path, version) = (app.sign_in(Role::COMMUNE).await, format!("/chu-the/{body}/tu-dang-ky/{id}"), version.to_string());
        commune.post(&path, &[("version", &version), ("answer", "no")]).await.expect(422).says("Hãy ghi lý do");
        commune.post(&path, &[("version", &version)]).await.expect(422).says("Hãy chọn một trong các câu trả lời");
        commune.post(&path, &[("version", &version), ("answer", "no"), ("reason", "Không có cơ sở nào tên này ở thôn.")]).await.expect(303);
        app.work().await;
        assert!(app.outbox().iter().any(|mail| mail.contains("To: la@nha.example") && mail.contains("Không có cơ sở nào tên này")));
        let mut tx = app.db().read().await.unwrap();
        assert_eq!(access::find_login(&mut tx, "la@nha.example").await.unwrap().unwrap().status, "disabled");
        drop(tx);
        assert!(!commune.get("/chu-the").await.body.contains("HTX Rau sạch Đồng Xanh"), "no producer any more");
    }

    async fn only_those_who_know_it_settle_a_registration(app: TestApp) {
        let body = known(app).await;
        register(app, &app.client(), &form(app, "")).await.expect(200);
        let (claimed, id, version) = claim(app).await;
        let (path, version) = (format!("/chu-the/{claimed}/tu-dang-ky/{id}"), version.to_string());
        let other = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        other.get(&format!("/chu-the/{claimed}")).await.expect(404);
        other.post(&path, &[("version", &version), ("answer", "known"), ("into", &body.id)]).await.expect(404);
        for role in [Role::BUSINESS, Role::ASSOCIATION, Role::INSPECTOR, Role::AUDITOR] {
            app.sign_in(role).await.post(&path, &[("version", &version), ("answer", "new")]).await.expect(403);
        }
        let mut tx = app.db().read().await.unwrap();
        assert_eq!(fetch_one!(&mut tx, (i64,), "select count(*) from producer_claim where state = 'waiting'").unwrap().0, 1);
    }

    async fn a_registration_to_a_commune_without_users_reaches_the_city_at_once(app: TestApp) {
        let mut fields = form(app, "");
        fields.retain(|(name, _)| *name != "unit");
        fields.push(("unit", app.region().label("00577.2025")));
        register(app, &app.client(), &fields).await.expect(200).says("Thành phố nhận thay");
        app.work().await;
        assert!(app.outbox().iter().any(|mail| mail.contains("To: quantri@ocop.example") && mail.contains("tự đăng ký tài khoản")));
        app.sign_in(Role::ADMINISTRATOR).await.get("/viec").await.expect(200).says("Cần xác nhận chủ thể");
        let (body, id, version) = claim(app).await;
        app.sign_in(Role::ADMINISTRATOR).await.post(&format!("/chu-the/{body}/tu-dang-ky/{id}"), &[("version", &version.to_string()), ("answer", "new")]).await.expect(303);
    }

    async fn a_producer_is_given_an_account_from_its_page(app: TestApp) {
        let body = known(app).await;
        let commune = app.sign_in(Role::COMMUNE).await;
        let page = format!("/chu-the/{}", body.id);
        commune.get(&page).await.expect(200).says("Chưa ai đăng nhập thay").says("Sản phẩm RAU-1");
        commune.post(&format!("{page}/tai-khoan"), &[("name", "Ông Rau"), ("email", "khong phai thu")]).await.expect(422).says("Ông Rau");
        commune.post(&format!("{page}/tai-khoan"), &[("name", "Ông Rau")]).await.expect(422).says("không có thư thì nhập điện thoại");
        let key = commune.get(&page).await.value("once");
        let fields = [("name", "Ông Rau"), ("email", "rau@nha.example"), ("once", key.as_str())];
        for _ in 0..3 {
            commune.post(&format!("{page}/tai-khoan"), &fields).await.expect(303);
        }
        app.work().await;
        assert_eq!(app.outbox().iter().filter(|mail| mail.contains("To: rau@nha.example")).count(), 1, "sent three times, invited once");
        let given = commune.post(&format!("{page}/tai-khoan"), &[("name", "Bà Rau"), ("phone", "0987654321")]).await.expect(200).says("chỉ hiện một lần").body;
        let owner = app.client();
        owner.post("/dang-nhap", &[("login", &code_after(&given, "Tên đăng nhập")), ("password", &code_after(&given, "PIN</dt>"))]).await.expect(303);
        owner.get("/san-pham-ocop").await.expect(200).says("Sản phẩm RAU-1");
        commune.get(&page).await.expect(200).says("Gửi lại lời mời").says("Cấp PIN mới");
        // not beyond its area, and not to help whoever has another role
        let outside = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        outside.post(&format!("{page}/tai-khoan"), &[("name", "Kẻ Lạ"), ("email", "la@nha.example")]).await.expect(404);
        let mut tx = app.db().read().await.unwrap();
        let leader = access::find_login(&mut tx, "lanhdao@ocop.example").await.unwrap().unwrap();
        drop(tx);
        commune.post(&format!("{page}/tai-khoan/{}", leader.id), &[]).await.expect(404);
    }

    async fn the_register_says_who_makes_what_and_who_has_nobody(app: TestApp) {
        let body = known(app).await;
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        admin.get("/chu-the?co=chua-tai-khoan").await.expect(200).says(&body.name);
        admin.get("/chu-the?q=dong+xanh").await.expect(200).says(&body.name);
        admin.get(&format!("/chu-the?q={CODE}")).await.expect(200).says(&body.name);
        admin.get("/chu-the?loai=household&co=san-pham").await.expect(200);
        assert!(!admin.get("/chu-the?loai=household").await.body.contains(&body.name));
        admin.get("/chu-the").await.expect(200).says("chủ thể có sản phẩm");
        app.sign_in(Role::COMMUNE).await.get("/chu-the").await.expect(200).says(&body.name);
        let other = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        assert!(!other.get("/chu-the").await.expect(200).body.contains(&body.name));
        other.get(&format!("/chu-the/{}", body.id)).await.expect(404);
        // page by page, all of them once
        let mut seen = Vec::new();
        let mut path = "/chu-the?page_size=1".to_owned();
        loop {
            let page = admin.get(&path).await.expect(200).body;
            seen.extend(page.split("<th scope=\"row\"><a href=\"/chu-the/").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
            match page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()) {
                Some(next) => path = next.replace("&amp;", "&").replace("&#38;", "&"),
                None => break,
            }
        }
        let mut tx = app.db().read().await.unwrap();
        let mut all: Vec<String> = fetch_all!(&mut tx, (String,), "select distinct b.id from body b where b.joined_to is null and (exists (select 1 from product p where p.producer_id = b.id) or exists (select 1 from point o where o.operator_id = b.id) or b.kind in ('', 'enterprise', 'cooperative', 'group', 'household', 'travel_firm'))").unwrap().into_iter().map(|(id,)| id).collect();
        all.sort();
        let mut sorted = seen.clone();
        sorted.sort();
        assert_eq!(sorted, all);
    }
}
