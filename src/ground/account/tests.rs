//! Accounts as their owners, strangers and administrators meet them.

use chrono::Duration;

use crate::access::{Role, store};
use crate::app::demo;
use crate::testing::{Answer, Client, TestApp, begin};
use crate::{execute, fetch_all, fetch_one, journal, store_test};

const LEADER: &str = "lanhdao@ocop.example";
const ADMIN: &str = "quantri@ocop.example";
const GOOD: &str = "con đò nhỏ sang sông";

async fn person(app: &TestApp, login: &str) -> store::Person {
    let mut tx = app.db().read().await.unwrap();
    store::find_login(&mut tx, login).await.unwrap().expect(login)
}

/// The last link that was mailed to an address.
async fn link(app: &TestApp, to: &str) -> String {
    app.work().await;
    let mails = app.outbox();
    let mail = mails
        .iter()
        .rev()
        .find(|mail| mail.contains(&format!("To: {to}")) && mail.contains("/lien-ket/"))
        .unwrap_or_else(|| panic!("no link for {to}"));
    mail.split("http://ocop.test")
        .find(|part| part.starts_with("/lien-ket/"))
        .and_then(|rest| rest.split_whitespace().next())
        .unwrap()
        .to_owned()
}

async fn try_in(client: &Client, login: &str, password: &str) -> Answer {
    client.post("/dang-nhap", &[("login", login), ("password", password)]).await
}

async fn lock(app: &TestApp, admin: &Client, login: &str, status: &str) -> Answer {
    let person = person(app, login).await;
    admin.post(&format!("/nguoi-dung/{}/trang-thai", person.id), &[("status", status), ("version", &person.version.to_string())]).await
}

async fn registers(app: &TestApp, email: &str) -> Answer {
    let fields = [
        ("name", "Gốm Nhà Bà Tư"),
        ("kind", "craft_village"),
        ("address", "Xóm 3, Bát Tràng"),
        ("unit", "Bát Tràng"),
        ("operator", "Hộ bà Tư"),
        ("operator_kind", "household"),
        ("contact", "Trần Thị Tư"),
        ("phone", "0912 345 678"),
        ("email", email),
        ("consent", "1"),
    ];
    app.client().post_files("/dang-ky", &fields, &[]).await
}

store_test! {
    async fn h1_a_locked_account_stays_locked(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        app.client().post("/quen-mat-khau", &[("login", LEADER)]).await.expect(200);
        let old = link(app, LEADER).await;
        let leader = app.sign_in_as(LEADER).await;
        lock(app, &admin, LEADER, "disabled").await.expect(303);
        leader.get("/viec").await.expect(303);
        app.client().get(&old).await.expect(410);
        app.client().post(&old, &[("password", GOOD), ("again", GOOD)]).await.expect(410);
        // neither the public form of registration nor a forgotten password opens it again
        registers(app, LEADER).await.expect(200);
        app.client().post("/quen-mat-khau", &[("login", LEADER)]).await.expect(200);
        app.work().await;
        assert_eq!(app.outbox().iter().filter(|mail| mail.contains(&format!("To: {LEADER}"))).count(), 1, "a locked account gets no mail");
        assert_eq!(app.rows_of("ticket").await, 0);
        assert_eq!(person(app, LEADER).await.status, "disabled");
        try_in(&app.client(), LEADER, demo::PASSWORD).await.expect(422).says("không đúng");
        // a ticket that slipped through
        let mut tx = app.db().write().await.unwrap();
        let slipped = store::add_ticket(&mut tx, &person(app, LEADER).await.id, "reset", begin(), 2).await.unwrap();
        tx.commit().await.unwrap();
        app.client().post(&format!("/lien-ket/{slipped}"), &[("password", GOOD), ("again", GOOD)]).await.expect(410);
        // an invitation to a locked account says that it is locked
        let again = [("name", "X"), ("email", LEADER), ("role", "inspector"), ("body", "so-cong-thuong")];
        admin.post("/nguoi-dung/moi", &again).await.expect(409).says("đang bị khóa");
        lock(app, &admin, LEADER, "active").await.expect(303);
        assert_eq!(person(app, LEADER).await.status, "active");
        app.client().get(&old).await.expect(410);
        try_in(&app.client(), LEADER, demo::PASSWORD).await.expect(303);
    }

    async fn h1_unlocking_makes_an_account_what_it_was(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let fields = [("name", "Lê Thị Mới"), ("email", "moi@ocop.example"), ("role", "surveyor"), ("body", "so-cong-thuong")];
        admin.post("/nguoi-dung/moi", &fields).await.expect(303);
        lock(app, &admin, "moi@ocop.example", "disabled").await.expect(303);
        lock(app, &admin, "moi@ocop.example", "active").await.expect(303);
        assert_eq!(person(app, "moi@ocop.example").await.status, "invited", "an account without a password does not become one in use");
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update person set status = 'unconfirmed' where email = $1", LEADER).unwrap();
        tx.commit().await.unwrap();
        lock(app, &admin, LEADER, "disabled").await.expect(303);
        lock(app, &admin, LEADER, "active").await.expect(303);
        assert_eq!(person(app, LEADER).await.status, "unconfirmed", "unlocking confirms nobody");
    }

    async fn h1_tokens_of_a_locked_account_stop(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        let leader = store::find_login(&mut tx, LEADER).await.unwrap().unwrap();
        let grant = store::grants(&mut tx, &leader.id, app.clock().today()).await.unwrap().remove(0);
        let (_, token) = crate::access::token::add(&mut tx, &leader.id, &grant.id, "thử", true, app.clock().today() + Duration::days(30), begin()).await.unwrap();
        tx.commit().await.unwrap();
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let found = async || crate::access::token::actor(&mut app.db().read().await.unwrap(), &token, app.clock().today()).await.unwrap().is_some();
        assert!(found().await);
        lock(app, &admin, LEADER, "disabled").await.expect(303);
        assert!(!found().await);
        lock(app, &admin, LEADER, "active").await.expect(303);
        assert!(!found().await, "what was given out before the lock stays void");
    }

    async fn h4_tries_sent_at_once_are_counted_before_they_are_looked_at(app: TestApp) {
        let tries = (0..300).map(|_| {
            let client = app.client();
            tokio::spawn(async move { try_in(&client, LEADER, "đoán bừa thôi").await.status.as_u16() })
        });
        let mut seen = std::collections::BTreeMap::<u16, usize>::new();
        for one in tries.collect::<Vec<_>>() {
            *seen.entry(one.await.unwrap()).or_default() += 1;
        }
        let looked_at = seen.get(&422).copied().unwrap_or(0);
        assert!((1..=5).contains(&looked_at), "{seen:?}");
        assert!(seen.keys().all(|status| [422, 429, 503].contains(status)), "{seen:?}");
    }

    async fn h4_a_refused_sign_in_waits_for_no_writer(app: TestApp) {
        for _ in 0..5 {
            try_in(&app.client(), LEADER, "đoán bừa thôi").await.expect(422);
        }
        let busy = app.db().write().await.unwrap();
        let answer = tokio::time::timeout(std::time::Duration::from_secs(5), async { try_in(&app.client(), LEADER, demo::PASSWORD).await }).await.expect("an answer although somebody else writes");
        answer.expect(429);
        drop(busy);
    }

    async fn m6_sign_ins_leave_a_trail(app: TestApp) {
        let id = person(app, LEADER).await.id;
        let client = app.client();
        for _ in 0..6 {
            try_in(&client, LEADER, "đoán bừa thôi").await;
        }
        app.clock().set(begin() + Duration::minutes(2));
        try_in(&client, LEADER, demo::PASSWORD).await.expect(303);
        let mut tx = app.db().write().await.unwrap();
        let other = store::grant(&mut tx, &id, Role::INSPECTOR, "so-cong-thuong", Some("01"), app.clock().today()).await.unwrap();
        tx.commit().await.unwrap();
        client.post("/vai-tro", &[("grant", &other)]).await.expect(303);
        client.post("/dang-xuat", &[]).await.expect(303);
        assert_eq!(app.verbs("person", &id).await, ["sign_in_failed", "sign_in_failed", "sign_in", "switch_role", "sign_out"], "the first failure, the one after which it waits, and then in");
        // a name that nobody has is not kept in clear, nor is each guess a line
        for guess in 0..20 {
            try_in(&app.client(), &format!("bi-mat-{guess}@ocop.example"), "đoán bừa thôi").await.expect(422);
        }
        let mut tx = app.db().read().await.unwrap();
        let lines = fetch_all!(&mut tx, (String, String), "select subject_id, detail from journal where subject_kind = 'sign_in'").unwrap();
        assert!((1..=6).contains(&lines.len()), "{lines:?}");
        assert!(lines.iter().all(|(name, detail)| name.len() == 16 && !detail.contains("bi-mat")), "{lines:?}");
        let kept = fetch_all!(&mut tx, (String,), "select value from journal_personal").unwrap();
        assert!(kept.iter().any(|(value,)| value == "127.0.0.1") && !kept.iter().any(|(value,)| value.contains("bi-mat")));
        let names = fetch_all!(&mut tx, (String,), "select name from attempt").unwrap();
        assert!(names.iter().all(|(name,)| !name.contains("bi-mat")), "{names:?}");
        assert!(journal::verify(&mut tx, None, |_| {}).await.unwrap().is_ok());
        drop(tx);
        for role in [Role::ADMINISTRATOR, Role::AUDITOR] {
            let reader = app.sign_in(role).await;
            reader.get(&format!("/nguoi-dung/{id}")).await.expect(200).says("Đăng nhập không được").says("127.0.0.1").says("Đăng xuất");
            reader.get("/nhat-ky").await.expect(200).says("Đăng nhập không được").says("127.0.0.1").says("Tên đăng nhập không có");
        }
    }

    async fn m6_a_flood_of_failures_is_not_a_flood_of_lines(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        for guess in 0..700 {
            let seen = crate::access::Seen { device: "Chrome".into(), address: format!("192.0.2.{guess}") };
            let login = format!("khong-co-{guess}@ocop.example");
            let failure = crate::account::trail::Failure { person: None, login: &login, tries: 1, from_address: 1, free: 5 };
            failure.note(&mut tx, begin(), &seen).await.unwrap();
        }
        let (lines,) = fetch_one!(&mut tx, (i64,), "select count(*) from journal where verb = 'sign_in_failed'").unwrap();
        assert_eq!(lines, 500);
        let (last,) = fetch_one!(&mut tx, (String,), "select detail from journal where verb = 'sign_in_failed' order by seq desc limit 1").unwrap();
        assert!(last.contains("\"last_of_hour\":true"), "{last}");
    }

    async fn m7_a_weak_password_is_refused_with_the_reason(app: TestApp) {
        app.client().post("/quen-mat-khau", &[("login", ADMIN)]).await.expect(200);
        let link = link(app, ADMIN).await;
        let new = app.client();
        for (weak, why) in [("matkhau2026", "nhiều người dùng"), ("12345678910", "ký tự lặp lại"), ("quantri2026", "của chính bạn"), ("socongthuong2026", "của chính bạn")] {
            new.post(&link, &[("password", weak), ("again", weak)]).await.expect(422).says(why);
        }
        new.post(&link, &[("password", GOOD), ("again", GOOD)]).await.expect(303);
        for weak in ["ocop123456", "buithimau2026"] {
            new.post("/tai-khoan", &[("present", GOOD), ("password", weak), ("again", weak)]).await.expect(422).says("error-summary");
        }
    }

    async fn m9_guesses_of_strangers_do_not_keep_the_owner_out(app: TestApp) {
        let owner = app.client();
        try_in(&owner, ADMIN, demo::PASSWORD).await.expect(303);
        owner.post("/dang-xuat", &[]).await.expect(303);
        for _ in 0..6 {
            try_in(&app.client(), ADMIN, "đoán bừa thôi").await;
        }
        try_in(&app.client(), ADMIN, demo::PASSWORD).await.expect(429);
        try_in(&owner, ADMIN, demo::PASSWORD).await.expect(303);
        owner.get("/nguoi-dung").await.expect(200);
        // the device is known to its own person only, and its own guesses are counted too
        for _ in 0..5 {
            try_in(&owner, LEADER, "đoán bừa thôi").await.expect(422);
        }
        try_in(&owner, LEADER, demo::PASSWORD).await.expect(429);
        owner.post("/dang-xuat", &[]).await.expect(303);
        for _ in 0..5 {
            try_in(&owner, ADMIN, "đoán bừa thôi").await.expect(422);
        }
        try_in(&owner, ADMIN, demo::PASSWORD).await.expect(429);
        // and a mailed link always gets in
        app.client().post("/quen-mat-khau", &[("login", ADMIN)]).await.expect(200);
        let link = link(app, ADMIN).await;
        let elsewhere = app.client();
        elsewhere.post(&link, &[("password", GOOD), ("again", GOOD)]).await.expect(303);
        elsewhere.get("/nguoi-dung").await.expect(200);
    }

    async fn m11_signing_in_ends_the_session_before_it(app: TestApp) {
        let client = app.client();
        try_in(&client, LEADER, demo::PASSWORD).await.expect(303);
        let first = client.secret();
        try_in(&client, LEADER, demo::PASSWORD).await.expect(303);
        assert_ne!(first, client.secret());
        let mut tx = app.db().read().await.unwrap();
        assert!(store::actor(&mut tx, &first, begin(), app.clock().today()).await.unwrap().is_none());
        assert!(store::actor(&mut tx, &client.secret(), begin(), app.clock().today()).await.unwrap().is_some());
    }

    async fn m11_a_new_password_ends_everything_else(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        let leader = store::find_login(&mut tx, LEADER).await.unwrap().unwrap();
        let grant = store::grants(&mut tx, &leader.id, app.clock().today()).await.unwrap().remove(0);
        let (_, token) = crate::access::token::add(&mut tx, &leader.id, &grant.id, "thử", true, app.clock().today() + Duration::days(30), begin()).await.unwrap();
        let mut links = Vec::new();
        for _ in 0..2 {
            links.push(format!("/lien-ket/{}", store::add_ticket(&mut tx, &leader.id, "reset", begin(), 2).await.unwrap()));
        }
        tx.commit().await.unwrap();
        let (one, other) = (app.sign_in_as(LEADER).await, app.sign_in_as(LEADER).await);
        one.post(&links[1], &[("password", GOOD), ("again", GOOD)]).await.expect(303);
        one.get("/viec").await.expect(200);
        other.get("/viec").await.expect(303);
        app.client().get(&links[0]).await.expect(410);
        assert!(crate::access::token::actor(&mut app.db().read().await.unwrap(), &token, app.clock().today()).await.unwrap().is_none());
        // the same from one's own account
        let third = app.sign_in_as(LEADER).await;
        one.post("/tai-khoan", &[("present", GOOD), ("password", "bốn con mèo trắng"), ("again", "bốn con mèo trắng")]).await.expect(303);
        third.get("/viec").await.expect(303);
        assert_eq!(app.rows_of("device").await, 0);
    }

    async fn m11_an_administrator_signs_in_again_sooner(app: TestApp) {
        let (admin, leader) = (app.client(), app.client());
        try_in(&admin, ADMIN, demo::PASSWORD).await.expect(303);
        try_in(&leader, LEADER, demo::PASSWORD).await.expect(303);
        app.clock().set(begin() + Duration::minutes(181));
        admin.get("/viec").await.expect(303);
        leader.get("/viec").await.expect(200);
        try_in(&admin, ADMIN, demo::PASSWORD).await.expect(303);
        for hour in 4..=14 {
            app.clock().set(begin() + Duration::hours(hour));
            admin.get("/viec").await.expect(200);
        }
        app.clock().set(begin() + Duration::minutes(15 * 60 + 5));
        admin.get("/viec").await.expect(303);
        // whoever switches into the role lives no longer either
        let mut tx = app.db().write().await.unwrap();
        let id = store::find_login(&mut tx, LEADER).await.unwrap().unwrap().id;
        let own = store::grants(&mut tx, &id, app.clock().today()).await.unwrap().remove(0).id;
        let grant = store::grant(&mut tx, &id, Role::ADMINISTRATOR, "so-cong-thuong", Some("01"), app.clock().today()).await.unwrap();
        tx.commit().await.unwrap();
        leader.post("/vai-tro", &[("grant", &grant)]).await.expect(303);
        leader.get("/viec").await.expect(303);
        // and a session whose role ended does not become an administrator's by itself
        let again = app.client();
        try_in(&again, LEADER, demo::PASSWORD).await.expect(303);
        again.get("/nguoi-dung").await.expect(403);
        let mut tx = app.db().write().await.unwrap();
        store::end_grant(&mut tx, &own, app.clock().today()).await.unwrap();
        tx.commit().await.unwrap();
        again.get("/nguoi-dung").await.expect(303);
    }

    async fn m11_sessions_are_seen_and_ended_one_by_one(app: TestApp) {
        let (one, other, third) = (app.client(), app.client(), app.client());
        for client in [&one, &other, &third] {
            try_in(client, LEADER, demo::PASSWORD).await.expect(303);
        }
        let page = one.get("/tai-khoan").await.expect(200).says("phiên này").says("127.0.0.1");
        let digest = crate::clock::digest(other.secret().as_bytes());
        assert!(page.body.contains(&digest) && !page.body.contains(&other.secret()));
        // nobody ends another person's
        app.sign_in(Role::SURVEYOR).await.post("/tai-khoan/phien", &[("session", &digest)]).await.expect(303);
        other.get("/viec").await.expect(200);
        one.post("/tai-khoan/phien", &[("session", &digest)]).await.expect(303);
        other.get("/viec").await.expect(303);
        one.post("/tai-khoan/phien", &[("session", "others")]).await.expect(303);
        third.get("/viec").await.expect(303);
        one.get("/viec").await.expect(200);
        let id = person(app, LEADER).await.id;
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        admin.get(&format!("/nguoi-dung/{id}")).await.expect(200).says("Kết thúc tất cả phiên");
        app.sign_in(Role::AUDITOR).await.post(&format!("/nguoi-dung/{id}/phien"), &[("session", "all")]).await.expect(403);
        admin.post(&format!("/nguoi-dung/{id}/phien"), &[("session", "all")]).await.expect(303);
        one.get("/viec").await.expect(303);
        assert!(app.verbs("person", &id).await.iter().filter(|verb| *verb == "end_session").count() == 3);
    }

    async fn l4_nobody_raises_himself_and_one_administrator_stays(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let own = person(app, ADMIN).await;
        admin.post("/nguoi-dung/moi", &[("name", "Tôi"), ("email", ADMIN), ("role", "leader"), ("body", "so-cong-thuong")]).await.expect(409).says("tự cấp vai trò");
        let mut tx = app.db().read().await.unwrap();
        let grant = store::grants(&mut tx, &own.id, app.clock().today()).await.unwrap().remove(0).id;
        drop(tx);
        admin.post(&format!("/nguoi-dung/vai-tro/{grant}/ket-thuc"), &[]).await.expect(409).says("cuối cùng");
        assert!(!app.verbs("person", &own.id).await.contains(&"end_grant".to_owned()), "what was refused left no line");
        // one that was invited but never came does not count
        let fields = [("name", "Lê Thị Mới"), ("email", "moi@ocop.example"), ("role", "administrator"), ("body", "so-cong-thuong")];
        admin.post("/nguoi-dung/moi", &fields).await.expect(303);
        admin.post(&format!("/nguoi-dung/vai-tro/{grant}/ket-thuc"), &[]).await.expect(409);
        let second = app.client();
        second.post(&link(app, "moi@ocop.example").await, &[("password", GOOD), ("again", GOOD)]).await.expect(303);
        lock(app, &second, ADMIN, "disabled").await.expect(303);
        // now the other one is the last
        let mut tx = app.db().read().await.unwrap();
        let id = store::find_login(&mut tx, "moi@ocop.example").await.unwrap().unwrap().id;
        let grant = store::grants(&mut tx, &id, app.clock().today()).await.unwrap().remove(0).id;
        drop(tx);
        second.post(&format!("/nguoi-dung/vai-tro/{grant}/ket-thuc"), &[]).await.expect(409);
    }

    async fn l4_powers_of_the_city_do_not_pass_to_all_its_departments(app: TestApp) {
        let mut tx = app.db().read().await.unwrap();
        let surveyor = store::find_login(&mut tx, "khaosat2@ocop.example").await.unwrap().unwrap();
        let grant = store::grants(&mut tx, &surveyor.id, app.clock().today()).await.unwrap().remove(0);
        let powers: Vec<&str> = grant.powers.split(' ').collect();
        assert!(powers.contains(&"survey") && !powers.contains(&"nominate"), "{powers:?}");
    }

    async fn l7_pages_with_a_secret_are_not_kept_and_signing_out_clears(app: TestApp) {
        app.client().post("/quen-mat-khau", &[("login", LEADER)]).await.expect(200);
        let link = link(app, LEADER).await;
        assert_eq!(app.client().get(&link).await.expect(200).header("cache-control"), "no-store");
        let registered = registers(app, "").await.expect(200).says("PIN chỉ hiện một lần");
        assert_eq!(registered.header("cache-control"), "no-store");
        let leader = app.sign_in_as(LEADER).await;
        assert!(leader.post("/dang-xuat", &[]).await.expect(303).header("clear-site-data").contains("storage"));
    }

    async fn l8_a_sign_in_name_has_a_limit(app: TestApp) {
        try_in(&app.client(), &"a".repeat(1_000_000), "đoán bừa thôi").await.expect(400);
        try_in(&app.client(), &"a".repeat(100_000), "đoán bừa thôi").await.expect(422).says("không đúng");
        assert_eq!(app.rows_of("attempt").await, 0);
        try_in(&app.client(), &"a".repeat(150), "đoán bừa thôi").await.expect(422);
        let mut tx = app.db().read().await.unwrap();
        let names = fetch_all!(&mut tx, (String,), "select name from attempt").unwrap();
        assert!(names.iter().all(|(name,)| name.len() < 100), "{names:?}");
    }

    async fn l9_one_account_gets_few_links_and_old_ones_go(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        let leader = store::find_login(&mut tx, LEADER).await.unwrap().unwrap();
        for _ in 0..21 {
            crate::account::link::send_reset(&mut tx, begin(), "http://ocop.test", &leader).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(app.rows_of("ticket").await, 3);
        let (_client, _other) = (app.sign_in_as(LEADER).await, app.sign_in(Role::ADMINISTRATOR).await);
        app.wake_on(app.clock().today() + Duration::days(4)).await;
        for table in ["ticket", "session", "attempt"] {
            assert_eq!(app.rows_of(table).await, 0, "{table}");
        }
    }

    async fn an_invitation_offers_what_fits_and_says_what_it_opens(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let first = admin.get("/nguoi-dung/moi").await.expect(200).says("Người đó sẽ làm việc gì?");
        assert!(!first.body.contains("type=\"email\""), "nothing can be sent before a role was chosen");
        let bodies = admin.get("/nguoi-dung/moi?role=commune&q=bat+trang").await.expect(200).says("Bát Tràng");
        assert!(!bodies.body.contains("Hiệp hội") && !bodies.body.contains("Sở Công Thương Hà Nội</a>"));
        admin.get("/nguoi-dung/moi?role=association").await.expect(200).says("Hiệp hội Làng nghề");
        admin.get("/nguoi-dung/moi?role=commune&body=ubnd-00577.2025").await.expect(200).says("sẽ thấy và sửa mọi hồ sơ của Xã Bát Tràng");
        admin.get("/nguoi-dung/moi?role=surveyor&body=so-cong-thuong").await.expect(200).says("toàn Thành phố");
        for (role, body) in [("commune", "demo-hoi"), ("commune", "so-cong-thuong"), ("surveyor", "demo-hoi"), ("leader", "ubnd-00577.2025"), ("association", "so-cong-thuong"), ("", "so-cong-thuong"), ("commune", ""), ("business", "so-cong-thuong")] {
            let fields = [("name", "Lê Thị Mới"), ("email", "moi@ocop.example"), ("role", role), ("body", body)];
            admin.post("/nguoi-dung/moi", &fields).await.expect(422).says("error-summary");
        }
        let mut tx = app.db().read().await.unwrap();
        assert!(store::find_login(&mut tx, "moi@ocop.example").await.unwrap().is_none());
        drop(tx);
        let fields = [("name", "Lê Thị Mới"), ("email", "moi@ocop.example"), ("role", "commune"), ("body", "ubnd-00577.2025")];
        admin.post("/nguoi-dung/moi", &fields).await.expect(303);
        admin.post("/nguoi-dung/moi", &fields).await.expect(409).says("đang giữ vai trò");
        let id = person(app, "moi@ocop.example").await.id;
        let mut tx = app.db().read().await.unwrap();
        let grants = store::grants(&mut tx, &id, app.clock().today()).await.unwrap();
        assert_eq!((grants.len(), grants[0].unit_id.as_deref()), (1, Some("00577.2025")));
    }

    async fn an_invitation_is_sent_again_and_the_first_link_ends(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let fields = [("name", "Lê Thị Mới"), ("email", "moi@ocop.example"), ("role", "commune"), ("body", "ubnd-00577.2025")];
        admin.post("/nguoi-dung/moi", &fields).await.expect(303);
        let first = link(app, "moi@ocop.example").await;
        let id = person(app, "moi@ocop.example").await.id;
        admin.get(&format!("/nguoi-dung/{id}")).await.expect(200).says("Gửi lại lời mời");
        admin.post(&format!("/nguoi-dung/{id}/gui-lai"), &[]).await.expect(303);
        let second = link(app, "moi@ocop.example").await;
        app.client().get(&first).await.expect(410);
        app.client().post(&second, &[("password", GOOD), ("again", GOOD)]).await.expect(303);
        admin.get(&format!("/nguoi-dung/{id}")).await.expect(200).says("Gửi liên kết đặt lại mật khẩu");
        admin.post(&format!("/nguoi-dung/{id}/gui-lai"), &[]).await.expect(303);
        assert_ne!(link(app, "moi@ocop.example").await, second);
    }

    async fn people_are_searched_filtered_and_paged(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let mut tx = app.db().write().await.unwrap();
        for number in 0..60 {
            let person = store::Person {
                id: crate::clock::new_id(),
                name: format!("Cán bộ số {number:02}"),
                email: Some(format!("cb{number:02}@ocop.example")),
                phone: String::new(),
                file_code: None,
                password_hash: String::new(),
                status: if number % 2 == 0 { "invited" } else { "active" }.into(),
                demo: false,
                version: 1,
            };
            let id = store::add(&mut tx, &person, begin()).await.unwrap().unwrap();
            store::grant(&mut tx, &id, Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025"), app.clock().today()).await.unwrap();
        }
        tx.commit().await.unwrap();
        let first = admin.get("/nguoi-dung?vai-tro=commune&co-quan=bat+trang").await.expect(200).says("Cán bộ số 00").says("Trang sau");
        assert!(!first.body.contains("Cán bộ số 59") && !first.body.contains("Trần Văn Mẫu"));
        let next = first.body.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().replace("&#38;", "&").replace("&amp;", "&");
        admin.get(&next).await.expect(200).says("Cán bộ số 59");
        let waiting = admin.get("/nguoi-dung?trang-thai=invited&q=can+bo+so+0").await.expect(200).says("Cán bộ số 08");
        assert!(!waiting.body.contains("Cán bộ số 09"));
        admin.get("/nguoi-dung?q=cb07@").await.expect(200).says("Cán bộ số 07");
        admin.get("/nguoi-dung?q=%25&trang-thai=x").await.expect(200).says("Không có người dùng nào khớp");
    }
}
