//! A form that is sent twice, or eight times at once.

use crate::access::Role;
use crate::store_test;
use crate::testing::{Answer, Client, TestApp};

/// Sends the same form eight times at once.
async fn eight(client: &Client, path: &str, fields: &[(&str, &str)]) -> Vec<Answer> {
    let send = || client.post(path, fields);
    let (a, b, c, d, e, f, g, h) = tokio::join!(send(), send(), send(), send(), send(), send(), send(), send());
    vec![a, b, c, d, e, f, g, h]
}

/// All were answered with one and the same place.
fn one_place(answers: Vec<Answer>) -> String {
    let places: Vec<String> = answers.into_iter().map(|answer| answer.expect(303).location().to_owned()).collect();
    assert!(places.iter().all(|place| *place == places[0]), "{places:?}");
    places[0].clone()
}

store_test! {
    async fn a_form_sent_eight_times_at_once_makes_one_record(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let before = app.rows_of("prospect").await;
        let key = commune.get("/van-dong/moi").await.expect(200).value("once");
        assert_eq!(key.len(), 64, "the form carries a key: {key}");
        let fields = [("once", key.as_str()), ("name", "Xưởng gốm Bà Tám"), ("contact", "Bà Tám"), ("phone", "0912345679"), ("unit", "Hà Đông"), ("address", "Thôn 3"), ("kind", "craft_village"), ("sure", "1")];
        let place = one_place(eight(&commune, "/van-dong/moi", &fields).await);
        assert_eq!(app.rows_of("prospect").await, before + 1);
        // later, after a reload, the same: nothing is made, and the answer is the first one's
        assert_eq!(commune.post("/van-dong/moi", &fields).await.expect(303).location(), place);
        assert_eq!(app.rows_of("prospect").await, before + 1);
    }

    async fn who_goes_back_and_changes_what_was_typed_makes_another_record(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let before = app.rows_of("prospect").await;
        let key = commune.get("/van-dong/moi").await.expect(200).value("once");
        for name in ["Xưởng gốm Bà Tám", "Xưởng gốm Ông Chín"] {
            let fields = [("once", key.as_str()), ("name", name), ("phone", "0912345679"), ("unit", "Hà Đông"), ("address", "Thôn 3"), ("kind", "craft_village"), ("sure", "1")];
            commune.post("/van-dong/moi", &fields).await.expect(303);
        }
        assert_eq!(app.rows_of("prospect").await, before + 2);
    }

    async fn a_form_that_was_refused_may_be_sent_again(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let key = commune.get("/van-dong/moi").await.expect(200).value("once");
        let wrong = [("once", key.as_str()), ("name", "")];
        let again = commune.post("/van-dong/moi", &wrong).await.expect(422);
        assert_ne!(again.value("once"), key, "the page that is shown again has a key of its own");
        commune.post("/van-dong/moi", &wrong).await.expect(422);
        assert_eq!(app.rows_of("form_once").await, 0);
    }

    async fn the_same_words_of_another_person_are_another_form(app: TestApp) {
        let (one, other) = (app.sign_in(Role::COMMUNE).await, app.sign_in(Role::SURVEYOR).await);
        let before = app.rows_of("prospect").await;
        let key = one.get("/van-dong/moi").await.expect(200).value("once");
        let fields = [("once", key.as_str()), ("name", "Xưởng gốm Bà Tám"), ("phone", "0912345679"), ("unit", "Hà Đông"), ("address", "Thôn 3"), ("kind", "craft_village"), ("sure", "1")];
        one.post("/van-dong/moi", &fields).await.expect(303);
        other.post("/van-dong/moi", &fields).await.expect(303);
        assert_eq!(app.rows_of("prospect").await, before + 2, "a key that was seen elsewhere keeps nobody from his work");
    }

    async fn points_and_imports_are_made_once(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let key = commune.get("/ho-so/moi").await.expect(200).value("once");
        let before = app.rows_of("point").await;
        let fields = [("once", key.as_str()), ("name", "Cửa hàng Hoa Sen"), ("unit", "Hà Đông"), ("address", "Số 1 Quang Trung"), ("action", "draft"), ("sure", "1")];
        let send = || commune.post_files("/ho-so/moi", &fields, &[]);
        let (a, b, c, d, e, f, g, h) = tokio::join!(send(), send(), send(), send(), send(), send(), send(), send());
        one_place(vec![a, b, c, d, e, f, g, h]);
        assert_eq!(app.rows_of("point").await, before + 1);

        let leader = app.sign_in(Role::LEADER).await;
        let key = leader.get("/nhap").await.expect(200).value("once");
        let before = app.rows_of("job").await;
        let (fields, files): ([_; 2], [(&str, &str, &[u8]); 1]) = ([("once", key.as_str()), ("dry_run", "1")], [("file", "diem.csv", b"Ten\nA\n".as_slice())]);
        let send = || leader.post_files("/nhap", &fields, &files);
        let (a, b, c, d, e, f, g, h) = tokio::join!(send(), send(), send(), send(), send(), send(), send(), send());
        one_place(vec![a, b, c, d, e, f, g, h]);
        assert_eq!(app.rows_of("job").await, before + 1);
        // another file under the same key is another import
        leader.post_files("/nhap", &fields, &[("file", "diem.csv", b"Ten\nB\n".as_slice())]).await.expect(303);
        assert_eq!(app.rows_of("job").await, before + 2);
    }

    async fn old_marks_go(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let key = commune.get("/van-dong/moi").await.expect(200).value("once");
        let fields = [("once", key.as_str()), ("name", "Xưởng gốm Bà Tám"), ("phone", "0912345679"), ("unit", "Hà Đông"), ("address", "Thôn 3"), ("kind", "craft_village"), ("sure", "1")];
        commune.post("/van-dong/moi", &fields).await.expect(303);
        assert_eq!(app.rows_of("form_once").await, 1);
        app.wake_on(crate::testing::begin_day() + chrono::Days::new(9)).await;
        assert_eq!(app.rows_of("form_once").await, 0);
    }

    async fn a_stranger_who_registers_twice_has_one_record_and_is_told_the_same_pin(app: TestApp) {
        let visitor = app.client();
        let key = visitor.get("/dang-ky").await.expect(200).value("once");
        let fields = [("once", key.as_str()), ("name", "Cửa hàng lụa chị Sen"), ("kind", "craft_village"), ("address", "Số 1 Quang Trung"), ("unit", "Hà Đông"), ("contact", "Chị Sen"), ("phone", "0912000111"),
            ("operator", "Hộ kinh doanh Chị Sen"), ("operator_kind", "household"), ("goods", "Lụa"), ("consent", "1"), ("sure", "1")];
        let before = (app.rows_of("point").await, app.rows_of("person").await);
        let answers = eight(&visitor, "/dang-ky", &fields).await;
        assert_eq!((app.rows_of("point").await, app.rows_of("person").await), (before.0 + 1, before.1 + 1));
        let told: Vec<(String, String)> = answers.into_iter().map(|answer| (word(&answer.body, "HS-", 11), answer.expect(200).body)).collect();
        let pin = |page: &str| page.split(|letter: char| !letter.is_ascii_digit()).find(|word| word.len() == 8).unwrap_or_default().to_owned();
        assert!(told.iter().all(|(code, page)| *code == told[0].0 && pin(page) == pin(&told[0].1)), "{told:?}");
        // and it opens the account
        let fresh = app.client();
        fresh.post("/dang-nhap", &[("login", told[0].0.as_str()), ("password", pin(&told[0].1).as_str())]).await.expect(303);
    }
}

/// The word that begins with some letters.
fn word(page: &str, begin: &str, length: usize) -> String {
    page.find(begin).map(|at| page[at..].chars().take(length).collect()).unwrap_or_default()
}
