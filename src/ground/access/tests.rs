use chrono::Duration;

use super::{Act, Life, Need, Role, Scope, Seen, password, store};
use crate::app::demo;
use crate::testing::{Store, TestApp, begin, begin_day};
use crate::{clock, execute, store_test};

fn person(email: Option<&str>, code: Option<&str>) -> store::Person {
    store::Person {
        id: clock::new_id(),
        name: "Nguyễn Văn Thử".into(),
        email: email.map(str::to_owned),
        phone: String::new(),
        file_code: code.map(str::to_owned),
        password_hash: String::new(),
        status: "active".into(),
        demo: false,
        version: 1,
    }
}

#[test]
fn needs_say_who_passes() {
    assert!(Need::Public.allows(None) && Need::Public.allows(Some(Role::AUDITOR)));
    assert!(!Need::SignedIn.allows(None) && Need::SignedIn.allows(Some(Role::BUSINESS)));
    assert!(Need::Staff.allows(Some(Role::PRODUCT_KEEPER)) && !Need::Staff.allows(Some(Role::BUSINESS)) && !Need::Staff.allows(None));
    let leaders = Need::May(Act::Select);
    assert!(leaders.allows(Some(Role::LEADER)) && !leaders.allows(Some(Role::SURVEYOR)) && !leaders.allows(None));
    let either = Need::Any(&[Act::Select, Act::Survey]);
    assert!(either.allows(Some(Role::LEADER)) && either.allows(Some(Role::SURVEYOR)) && !either.allows(Some(Role::AUDITOR)));
}

#[test]
fn roles_keep_their_words() {
    for role in Role::all() {
        assert_eq!(Role::read(role.word()), Some(role));
    }
    assert_eq!(Role::read("king"), None);
}

#[test]
fn passwords_are_judged() {
    assert!(password::check("ngắn quá", &[]).is_err());
    assert!(password::check("một câu ngắn dễ nhớ", &[]).is_ok());
    assert!(password::check("1234567890", &[]).is_err());
    assert!(password::check("Ten@CongTy.vn", &["ten@congty.vn"]).is_err());
    assert!(password::check(&"x".repeat(129), &[]).is_err());
}

#[tokio::test]
async fn a_password_fits_its_hash_only() {
    let hash = password::hash("một câu ngắn dễ nhớ").await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    assert!(password::fits("một câu ngắn dễ nhớ", &hash).await.unwrap());
    assert!(!password::fits("một câu ngắn dễ nho", &hash).await.unwrap());
    assert!(!password::fits("", "").await.unwrap());
    assert!(password::fits("  một câu  ngắn dễ nhớ ", &hash).await.unwrap(), "l8: one that was kept with its spaces in order still fits");
    let spaced = password::hash(" hai  dấu cách ").await.unwrap();
    assert!(
        password::fits(" hai  dấu cách ", &spaced).await.unwrap() && !password::fits("hai dấu cách", &spaced).await.unwrap(),
        "l8: a new one is kept as typed"
    );
    assert_ne!(hash, password::hash("một câu ngắn dễ nhớ").await.unwrap(), "each has its own salt");
}

/// Somebody who tries addresses must not see from the time taken which of them have an account.
#[tokio::test]
async fn an_unknown_account_costs_as_much_as_a_known_one() {
    let hash = password::hash("một câu ngắn dễ nhớ").await.unwrap();
    let mut took = [std::time::Duration::MAX; 2];
    for _ in 0..3 {
        for (at, known) in [hash.as_str(), ""].into_iter().enumerate() {
            let started = std::time::Instant::now();
            password::fits("sai mật khẩu", known).await.unwrap();
            took[at] = took[at].min(started.elapsed());
        }
    }
    assert!(took[1] * 3 > took[0], "known: {:?}, unknown: {:?}", took[0], took[1]);
}

store_test! {
    async fn a_letter_reaches_everybody_who_holds_a_role(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        let before = store::mail_addresses(&mut tx, Role::AUDITOR, None, None, None, begin_day()).await.unwrap().len();
        for at in 0..60 {
            let id = store::add(&mut tx, &person(Some(&format!("kiem.toan.{at}@b.vn")), None), begin()).await.unwrap().unwrap();
            store::grant(&mut tx, &id, Role::AUDITOR, "so-cong-thuong", None, begin_day()).await.unwrap();
        }
        assert_eq!(store::mail_addresses(&mut tx, Role::AUDITOR, None, None, None, begin_day()).await.unwrap().len(), before + 60);
    }
}

store_test! {
    async fn a_mail_address_or_file_code_belongs_to_one_person(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        assert!(store::add(&mut tx, &person(Some("A@b.vn"), None), begin()).await.unwrap().is_some());
        assert!(store::add(&mut tx, &person(Some("a@B.vn"), None), begin()).await.unwrap().is_none());
        assert!(store::add(&mut tx, &person(None, Some("HS-ABCD2345")), begin()).await.unwrap().is_some());
        assert!(store::add(&mut tx, &person(None, Some("HS-ABCD2345")), begin()).await.unwrap().is_none());
        for login in ["A@B.VN", "hs-abcd2345"] {
            assert!(store::find_login(&mut tx, login).await.unwrap().is_some(), "{login}");
        }
        assert!(store::find_login(&mut tx, "").await.unwrap().is_none(), "people without mail are not found by nothing");
    }

    async fn a_grant_holds_from_its_day_until_its_end(app: TestApp) {
        let day = |offset: i64| begin_day() + Duration::days(offset);
        let mut tx = app.db().write().await.unwrap();
        let id = store::add(&mut tx, &person(Some("a@b.vn"), None), begin()).await.unwrap().unwrap();
        let grant = store::grant(&mut tx, &id, Role::SURVEYOR, "so-cong-thuong", Some("01"), day(2)).await.unwrap();
        assert!(store::grants(&mut tx, &id, day(1)).await.unwrap().is_empty());
        let grants = store::grants(&mut tx, &id, day(2)).await.unwrap();
        assert_eq!(grants.len(), 1);
        assert!(grants[0].powers.split(' ').any(|power| power == "accept"), "{}", grants[0].powers);
        assert_eq!(store::end_grant(&mut tx, &grant, day(5)).await.unwrap(), 1);
        assert_eq!(store::end_grant(&mut tx, &grant, day(6)).await.unwrap(), 0, "it ends once");
        assert_eq!(store::grants(&mut tx, &id, day(4)).await.unwrap().len(), 1);
        assert!(store::grants(&mut tx, &id, day(5)).await.unwrap().is_empty(), "the end is the first day no longer");
    }

    async fn a_session_rests_expires_and_ends(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        let person = store::find_login(&mut tx, "lanhdao@ocop.example").await.unwrap().unwrap();
        let grant = store::grants(&mut tx, &person.id, begin_day()).await.unwrap().remove(0);
        let secret = store::open_session(&mut tx, &person.id, &grant.id, Life::LONGEST, &Seen::default(), begin()).await.unwrap();
        let at = |hours: i64| begin() + Duration::hours(hours);
        let (actor, renew) = store::actor(&mut tx, &secret, at(0), begin_day()).await.unwrap().unwrap();
        assert!(!renew && actor.role() == Some(Role::LEADER) && actor.scope() == Scope::All && actor.can("select"));
        assert!(store::actor(&mut tx, &secret, at(1), begin_day()).await.unwrap().unwrap().1, "use is noted again after ten minutes");
        assert!(store::actor(&mut tx, &secret, at(72), begin_day()).await.unwrap().is_none(), "it rested too long");
        store::renew_session(&mut tx, &secret, at(71)).await.unwrap();
        assert!(store::actor(&mut tx, &secret, at(72), begin_day()).await.unwrap().is_some());
        store::renew_session(&mut tx, &secret, at(24 * 14)).await.unwrap();
        assert!(store::actor(&mut tx, &secret, at(24 * 14), begin_day()).await.unwrap().is_none(), "it does not live for ever");
        store::lock(&mut tx, &person.id, person.version, begin()).await.unwrap();
        assert!(store::actor(&mut tx, &secret, at(1), begin_day()).await.unwrap().is_none(), "a locked account is out at once");
    }

    async fn a_link_works_once_and_not_for_ever(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        let person = store::find_login(&mut tx, "lanhdao@ocop.example").await.unwrap().unwrap();
        let secret = store::add_ticket(&mut tx, &person.id, "reset", begin(), 2).await.unwrap();
        let late = begin() + Duration::hours(2);
        assert!(store::find_ticket(&mut tx, &secret, late).await.unwrap().is_none());
        assert_eq!(store::find_ticket(&mut tx, &secret, begin()).await.unwrap().unwrap().id, person.id);
        assert_eq!(store::use_ticket(&mut tx, &secret, begin()).await.unwrap(), 1);
        assert_eq!(store::use_ticket(&mut tx, &secret, begin()).await.unwrap(), 0);
        assert!(store::find_ticket(&mut tx, &secret, begin()).await.unwrap().is_none());
    }

    async fn failures_cost_more_and_more_time(store: Store) {
        let mut tx = store.db.write().await.unwrap();
        let (mut waits, mut now) = (Vec::new(), begin());
        for _ in 0..12 {
            let wait = store::blocked_for(&mut tx, "login:a", now).await.unwrap();
            assert_eq!(store::reserve(&mut tx, "login:a", now, 5).await.unwrap().is_none(), wait > 0, "what has to wait is not counted");
            now += Duration::seconds(wait);
            if wait > 0 {
                store::reserve(&mut tx, "login:a", now, 5).await.unwrap().expect("after the wait");
            }
            waits.push(store::blocked_for(&mut tx, "login:a", now).await.unwrap());
        }
        assert_eq!(waits, [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(store::blocked_for(&mut tx, "login:b", now).await.unwrap(), 0);
        assert_eq!(store::reserve(&mut tx, "login:a", now + Duration::minutes(61), 5).await.unwrap(), Some(1), "an hour later all is forgotten");
        store::give_back(&mut tx, "login:a").await.unwrap();
        assert_eq!(store::reserve(&mut tx, "login:a", now + Duration::minutes(61), 5).await.unwrap(), Some(1), "a success is no failure");
    }

    async fn sign_in_and_out_by_the_form(app: TestApp) {
        let visitor = app.client();
        visitor.get("/viec?a=b").await.expect(303);
        assert_eq!(visitor.get("/viec?a=b").await.location(), "/dang-nhap?tiep=%2Fviec%3Fa%3Db");
        // a form that comes after its session ended leads back to its page, not to where it was sent
        let late = visitor.post_from("/chu-the/demo-coso", "/chu-the/demo-coso/ke-thua", &[("name", "x")]).await.expect(303);
        assert_eq!(late.location(), "/dang-nhap?tiep=%2Fchu-the%2Fdemo-coso&xong=session_ended");
        visitor.get(late.location()).await.expect(200).says("Phiên làm việc đã hết");
        visitor.post("/dang-nhap", &[("login", "lanhdao@ocop.example"), ("password", "sai mật khẩu rồi")]).await.expect(422).says("không đúng");
        assert!(!visitor.is_signed_in());
        let answer = visitor.post("/dang-nhap", &[("login", " LanhDao@ocop.example "), ("password", demo::PASSWORD), ("tiep", "/ho-so?state=draft")]).await.expect(303);
        assert_eq!(answer.location(), "/ho-so?state=draft");
        let cookie = answer.header("set-cookie");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/") && !cookie.contains("Secure"), "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
        visitor.get("/viec").await.expect(200).says("Phạm Văn Mẫu");
        let secret = visitor.secret();
        visitor.post("/dang-xuat", &[]).await.expect(303);
        assert!(!visitor.is_signed_in());
        let mut tx = app.db().read().await.unwrap();
        assert!(store::actor(&mut tx, &secret, begin(), begin_day()).await.unwrap().is_none(), "the session itself is gone, not just its cookie");
    }

    async fn only_paths_of_this_site_are_gone_on_to(app: TestApp) {
        for bad in ["//evil.example", "https://evil.example", "/\\evil.example", "evil"] {
            let answer = app.client().post("/dang-nhap", &[("login", "lanhdao@ocop.example"), ("password", demo::PASSWORD), ("tiep", bad)]).await.expect(303);
            assert_eq!(answer.location(), "/viec", "{bad}");
        }
    }

    async fn guessing_is_slowed_down_and_told_so(app: TestApp) {
        let visitor = app.client();
        for _ in 0..5 {
            visitor.post("/dang-nhap", &[("login", "lanhdao@ocop.example"), ("password", "đoán bừa thôi")]).await.expect(422);
        }
        let answer = visitor.post("/dang-nhap", &[("login", "lanhdao@ocop.example"), ("password", demo::PASSWORD)]).await.expect(429).says("quá nhiều lần");
        assert!(!answer.header("retry-after").is_empty());
        app.clock().set(begin() + Duration::minutes(2));
        visitor.post("/dang-nhap", &[("login", "lanhdao@ocop.example"), ("password", demo::PASSWORD)]).await.expect(303);
    }

    async fn an_invited_person_sets_a_password_once(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        admin.post("/nguoi-dung/moi", &[("name", "Lê Thị Mới"), ("email", "moi@ocop.example"), ("role", "surveyor"), ("body", "so-cong-thuong")]).await.expect(303);
        app.work().await;
        let mail = app.outbox().pop().expect("a mail");
        let link = mail.split("http://ocop.test").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a link").to_owned();
        let new = app.client();
        new.get(&link).await.expect(200).says("Lê Thị Mới");
        new.post(&link, &[("password", "ngắn"), ("again", "ngắn")]).await.expect(422).says("10 đến 128");
        new.post(&link, &[("password", "một câu ngắn dễ nhớ"), ("again", "một câu khác hẳn")]).await.expect(422).says("không giống nhau");
        new.post(&link, &[("password", "một câu ngắn dễ nhớ"), ("again", "một câu ngắn dễ nhớ")]).await.expect(303);
        new.get("/viec").await.expect(200).says("Lê Thị Mới");
        app.client().get(&link).await.expect(410);
        app.client().post("/dang-nhap", &[("login", "moi@ocop.example"), ("password", "một câu ngắn dễ nhớ")]).await.expect(303);
    }

    async fn a_forgotten_password_is_answered_alike_for_known_and_unknown(app: TestApp) {
        let known = app.client().post("/quen-mat-khau", &[("login", "lanhdao@ocop.example")]).await.expect(200);
        let unknown = app.client().post("/quen-mat-khau", &[("login", "khong-co@ocop.example")]).await.expect(200);
        assert_eq!(known.body, unknown.body);
        app.work().await;
        assert_eq!(app.outbox().len(), 1);
    }

    async fn a_store_of_a_newer_program_is_not_served(app: TestApp) {
        app.sign_in(Role::AUDITOR).await;
        app.app.learn().await.unwrap();
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update role_grant set role = 'harbour_master' where role = 'auditor'").unwrap();
        tx.commit().await.unwrap();
        let error = app.app.learn().await.unwrap_err().to_string();
        assert!(error.contains("harbour_master") && error.contains("run a newer one"), "{error}");
    }

    async fn a_locked_account_is_out_at_once_and_nobody_locks_themselves(app: TestApp) {
        let (admin, leader) = (app.sign_in(Role::ADMINISTRATOR).await, app.sign_in(Role::LEADER).await);
        let mut tx = app.db().read().await.unwrap();
        let person = store::find_login(&mut tx, "lanhdao@ocop.example").await.unwrap().unwrap();
        let own = store::find_login(&mut tx, "quantri@ocop.example").await.unwrap().unwrap();
        drop(tx);
        leader.get("/viec").await.expect(200);
        admin.post(&format!("/nguoi-dung/{}/trang-thai", person.id), &[("status", "disabled"), ("version", "1")]).await.expect(303);
        leader.get("/viec").await.expect(303);
        app.client().post("/dang-nhap", &[("login", "lanhdao@ocop.example"), ("password", demo::PASSWORD)]).await.expect(422).says("không đúng");
        admin.post(&format!("/nguoi-dung/{}/trang-thai", person.id), &[("status", "active"), ("version", "1")]).await.expect(409);
        admin.post(&format!("/nguoi-dung/{}/trang-thai", own.id), &[("status", "disabled"), ("version", "1")]).await.expect(409);
    }

    async fn roles_are_chosen_one_at_a_time(app: TestApp) {
        let leader = app.sign_in(Role::LEADER).await;
        let mut tx = app.db().write().await.unwrap();
        let person = store::find_login(&mut tx, "lanhdao@ocop.example").await.unwrap().unwrap();
        let other = store::grant(&mut tx, &person.id, Role::INSPECTOR, "so-cong-thuong", Some("01"), begin_day()).await.unwrap();
        let foreign = store::find_login(&mut tx, "kiemtra@ocop.example").await.unwrap().unwrap();
        let foreign = store::grants(&mut tx, &foreign.id, begin_day()).await.unwrap().remove(0).id;
        tx.commit().await.unwrap();
        leader.get("/viec").await.expect(200).says("Đổi vai trò");
        leader.post("/vai-tro", &[("grant", &foreign)]).await.expect(403);
        leader.post("/vai-tro", &[("grant", &other)]).await.expect(303);
        leader.get("/viec").await.expect(200).says("Cán bộ kiểm tra · ");
        // a grant that ends takes its session back to what is left
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update role_grant set valid_to = $2 where id = $1", other, begin_day()).unwrap();
        tx.commit().await.unwrap();
        leader.get("/viec").await.expect(200).says("Lãnh đạo Sở Công Thương");
    }
}
