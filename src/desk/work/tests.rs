use crate::access::Role;
use crate::point::State;
use crate::store_test;
use crate::testing::TestApp;

store_test! {
    async fn the_administrator_sees_what_is_left_to_set_up(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let page = admin.get("/viec").await.expect(200).says("Thiết lập ban đầu").says("trong 126 xã, phường").says("chưa có kế hoạch năm 2026");
        assert!(!page.body.contains("Không có bước nào của vai trò này"));
        for role in [Role::LEADER, Role::COMMUNE, Role::AUDITOR] {
            assert!(!app.sign_in(role).await.get("/viec").await.expect(200).body.contains("Thiết lập ban đầu"), "{role:?}");
        }
    }

    async fn an_empty_work_list_says_what_the_role_is_for_and_where_to_go(app: TestApp) {
        for (role, path) in [(Role::PRODUCT_KEEPER, "/san-pham-ocop"), (Role::AUDITOR, "/ho-so")] {
            let page = app.sign_in(role).await.get("/viec").await.expect(200).says(role.task());
            assert!(page.body.contains(&format!("class=\"btn\" href=\"{path}\"")), "{role:?}");
        }
    }

    async fn many_of_one_deed_are_one_row_and_are_done_at_once(app: TestApp) {
        for at in 0..5 {
            app.add_point(|point| {
                point.name = format!("Quầy số {at}");
                point.state = State::Nominated;
            }).await;
        }
        let surveyor = app.sign_in(Role::SURVEYOR).await;
        let work = surveyor.get("/viec").await.expect(200).says("Tiếp nhận nhiều hồ sơ").says("Chờ bạn quyết định");
        assert_eq!(work.body.matches("class=\"many\"").count(), 1, "five records are one row");
        assert!(!work.body.contains("<b class=\"num\">0</b>"), "no zeros");
        let list = surveyor.get("/ho-so?state=nominated&page_size=2").await.expect(200).says("Cả 5 hồ sơ của bộ lọc");
        surveyor.post_from("/ho-so?state=nominated", "/ho-so/tiep-nhan", &[("once", &list.value("once"))]).await.expect(422).says("một đến 500");
        surveyor.post("/ho-so/tiep-nhan", &[("once", &list.value("once")), ("all", "1"), ("due_on", "30/12/2026")]).await.expect(303);
        surveyor.get("/ho-so?state=accepted").await.expect(200).says("trong <b>5</b> hồ sơ").says("30/12/2026");
        assert!(!surveyor.get("/viec").await.expect(200).body.contains("Cần tiếp nhận"));
        app.sign_in(Role::COMMUNE).await.post("/ho-so/tiep-nhan", &[("all", "1")]).await.expect(403);
    }

    async fn the_first_record_is_looked_at_and_settled_in_the_list(app: TestApp) {
        for (at, state) in [(1, State::Draft), (2, State::Draft), (3, State::Nominated)] {
            app.add_point(|point| {
                point.name = format!("Quầy số {at}");
                point.state = state;
                point.unit_id = Some("09556.2025".into());
                (point.lon, point.lat) = (None, None);
                point.submitted_at = Some(crate::testing::begin());
                point.contact = "Nguyễn Văn Thử".into();
                point.phone = if at == 2 { String::new() } else { "0912345678".into() };
                point.email = String::new();
            }).await;
        }
        let commune = app.sign_in(Role::COMMUNE).await;
        let work = commune.get("/viec").await.expect(200).says("Xem nhanh và xử lý").says("Nguyễn Văn Thử · 0912345678").says("Còn thiếu: điện thoại hoặc thư điện tử");
        assert_eq!(work.body.matches("class=\"quick\"").count(), 2, "one for each of what waits, none for what others do");
        assert_eq!(work.body.matches("class=\"quick\" open").count(), 1, "the first is open");
        let action = |step: &str| work.body.split("formaction=\"").filter_map(|part| part.split('"').next()).find(|path| path.ends_with(step)).unwrap().to_owned();
        assert_eq!(work.body.matches("/buoc/nominate").count(), 2, "what lacks something is not nominated here: one button, one form");
        let wrong = commune.post_from("/viec", &action("/buoc/return"), &[("version", "1"), ("back", "viec"), ("reason", "")]).await.expect(422);
        assert!(wrong.body.contains("Việc của tôi") && wrong.body.contains("nội dung cần bổ sung"), "the list again");
        commune.post("/ho-so/x/buoc/return", &[("version", "1"), ("back", "viec"), ("reason", "x")]).await.expect(404);
        let done = commune.post(&action("/buoc/nominate"), &[("version", "1"), ("back", "viec")]).await.expect(303);
        assert!(done.location().starts_with("/viec?xong=nominate"), "{}", done.location());
        let elsewhere = [("version", "1"), ("back", "https://example.org"), ("reason", "Thiếu ảnh")];
        let next = commune.get("/viec").await.expect(200).body;
        let other = next.split("formaction=\"").filter_map(|part| part.split('"').next()).find(|path| path.ends_with("/buoc/return")).unwrap().to_owned();
        assert!(commune.post(&other, &elsewhere).await.expect(303).location().starts_with("/ho-so/"), "nowhere but the list");
    }

    async fn one_record_that_moved_on_stops_all_of_them(app: TestApp) {
        let waits = app.add_point(|point| point.state = State::Nominated).await;
        let gone = app.add_point(|point| point.state = State::Returned).await;
        let surveyor = app.sign_in(Role::SURVEYOR).await;
        let both = [("point", waits.id.as_str()), ("point", gone.id.as_str())];
        surveyor.post("/ho-so/tiep-nhan", &both).await.expect(409).says("không còn chờ tiếp nhận");
        assert_eq!(app.point(&waits.id).await.state, State::Nominated, "all or none");
    }

    async fn work_is_handed_to_a_colleague_and_done_or_taken_back(app: TestApp) {
        let point = app.add_point(|point| point.state = State::Surveyed).await;
        let thing = format!("/ho-so/{}", point.id);
        let body = app.sign_in(Role::LEADER).await.get("/viec").await.expect(200).body;
        assert!(body.contains("Cần quyết định") && body.contains(&format!("/viec/giao?viec={}", thing.replace('/', "%2F"))) || body.contains(&format!("/viec/giao?viec={thing}")), "{body}");
        let leader = app.sign_in(Role::LEADER).await;
        let colleague = app.sign_in_new(Role::LEADER, &body_of(app, "lanhdao@ocop.example").await, Some("01")).await;
        let page = leader.get(&format!("/viec/giao?viec={thing}")).await.expect(200).says("Người nhận, cùng cơ quan");
        let to = page.body.split("<option value=\"").skip(2).find(|rest| rest.contains("Người Thử")).unwrap().split('"').next().unwrap().to_owned();
        let wrong = [("viec", thing.as_str()), ("to", to.as_str()), ("due_on", "01/01/2020")];
        leader.post("/viec/giao", &wrong).await.expect(422).says("Ngày này đã qua");
        let given = [("viec", thing.as_str()), ("to", to.as_str()), ("due_on", "30/12/2026"), ("note", "Xem kỹ kho lạnh")];
        leader.post("/viec/giao", &given).await.expect(303);
        app.work().await;
        assert_eq!(app.outbox().iter().filter(|mail| mail.contains("giao bạn:")).count(), 1);
        leader.get("/viec").await.expect(200).says("Đã giao đồng nghiệp").says("Xem kỹ kho lạnh");
        let theirs = colleague.get("/viec").await.expect(200).says("Được giao").says("Xem kỹ kho lạnh").says("giao cho bạn");
        assert!(!theirs.body.contains("Chờ bạn quyết định"), "what was handed on stands once");
        let page = colleague.get(&format!("/viec/giao?viec={thing}")).await.expect(200).says("Đã xong");
        let id = page.body.split("/viec/giao/").nth(1).unwrap().split('/').next().unwrap().to_owned();
        leader.post(&format!("/viec/giao/{id}/xong"), &[]).await.expect(403);
        app.sign_in(Role::COMMUNE).await.post(&format!("/viec/giao/{id}/lay-lai"), &[]).await.expect(404);
        leader.post(&format!("/viec/giao/{id}/lay-lai"), &[]).await.expect(303);
        leader.get("/viec").await.expect(200).says("Cần quyết định");
        assert!(!colleague.get("/viec").await.expect(200).body.contains("Xem kỹ kho lạnh"));
        leader.get("/viec/giao?viec=/nguoi-dung").await.expect(409).says("không nằm trong danh sách");
    }

    async fn a_deputy_acts_for_some_days_and_the_journal_says_so(app: TestApp) {
        let point = app.add_point(|point| point.state = State::Nominated).await;
        let surveyor = app.sign_in(Role::SURVEYOR).await;
        let office = body_of(app, "khaosat@ocop.example").await;
        let inspector = app.sign_in_new(Role::INSPECTOR, &office, Some("01")).await;
        let step = format!("/ho-so/{}/buoc/accept", point.id);
        inspector.post(&step, &[("version", "1")]).await.expect(403);
        let page = surveyor.get("/tai-khoan/vang-mat").await.expect(200).says("Giao người thay");
        let to = page.body.split("<option value=\"").skip(2).find(|rest| rest.contains("Người Thử")).unwrap().split('"').next().unwrap().to_owned();
        let today = crate::text::date_vi(app.clock().today());
        let form = |from: &str, last: &str| vec![("colleague".to_owned(), to.clone()), ("from".to_owned(), from.to_owned()), ("last".to_owned(), last.to_owned())];
        let send = async |fields: Vec<(String, String)>| {
            let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            surveyor.post("/tai-khoan/vang-mat", &pairs).await
        };
        send(form("01/01/2020", &today)).await.expect(422).says("Ngày này đã qua");
        send(form(&today, "31/12/2030")).await.expect(422).says("92 ngày");
        send(form(&today, &today)).await.expect(303);
        send(form(&today, &today)).await.expect(422).says("đã có người thay");
        app.work().await;
        assert_eq!(app.outbox().iter().filter(|mail| mail.contains("bạn thay ở vai trò")).count(), 1);
        let work = inspector.get("/viec").await.expect(200).says("Bạn đang thay");
        let grant = work.body.split("name=\"grant\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        inspector.post("/vai-tro", &[("grant", &grant)]).await.expect(303);
        inspector.get("/viec").await.expect(200).says("Cần tiếp nhận");
        inspector.get("/tai-khoan/vang-mat").await.expect(200).says("không giao tiếp được");
        inspector.post(&step, &[("version", "1")]).await.expect(303);
        let mut tx = app.db().read().await.unwrap();
        let line = crate::journal::last(&mut tx, "point", &point.id, "accept").await.unwrap().unwrap();
        assert!(line.actor_name.contains("(thay mặt)") && line.detail.contains("stands_for"), "{} {}", line.actor_name, line.detail);
        drop(tx);
        // the day after, it is over by itself
        app.wake_on(app.clock().today() + chrono::Days::new(1)).await;
        assert!(!inspector.get("/viec").await.expect(200).body.contains("Cần tiếp nhận"));
    }

    async fn whoever_wants_it_gets_one_letter_a_day(app: TestApp) {
        let surveyor = app.sign_in(Role::SURVEYOR).await;
        surveyor.post("/tai-khoan/thu", &[("pace", "daily")]).await.expect(303);
        let commune = app.sign_in(Role::COMMUNE).await;
        for _ in 0..3 {
            let point = app.add_point(|point| {
                point.state = State::Draft;
                point.unit_id = Some("09556.2025".into());
                (point.lon, point.lat) = (None, None);
            }).await;
            commune.post(&format!("/ho-so/{}/buoc/nominate", point.id), &[("version", "1")]).await.expect(303);
        }
        app.work().await;
        let to_surveyor = |mails: &[String]| mails.iter().filter(|mail| mail.contains("khaosat@ocop.example")).count();
        assert_eq!(to_surveyor(&app.outbox()), 0, "three letters are kept");
        crate::mail::daily(app).await.unwrap();
        app.work().await;
        let mails = app.outbox();
        assert_eq!(to_surveyor(&mails), 1);
        assert!(mails.iter().any(|mail| mail.contains("khaosat@ocop.example") && mail.matches("Mở hồ sơ:").count() == 3), "{mails:?}");
        crate::mail::daily(app).await.unwrap();
        app.work().await;
        assert_eq!(to_surveyor(&app.outbox()), 1, "nothing is told twice");
    }
}

/// The body in which a sample account holds its role.
async fn body_of(app: &TestApp, login: &str) -> String {
    let mut tx = app.db().read().await.unwrap();
    let (body,) = crate::fetch_one!(
        &mut tx,
        (String,),
        "select g.body_id from role_grant g join person p on p.id = g.person_id where p.email = $1",
        login
    )
    .unwrap();
    body
}
