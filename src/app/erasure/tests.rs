//! A person is forgotten wherever the system knew this person, and stays so.

use super::{LIST, again, erase};
use crate::access::Role;
use crate::access::store as access;
use crate::journal::Note;
use crate::testing::TestApp;
use crate::{backup, clock, execute, fetch_all, fetch_one, journal, mail, party, store_test};

const MAIL: &str = "nguyen.thi.quen@nha.example";
const PHONE: &str = "0987654321";
const NAME: &str = "Nguyễn Thị Quên";

/// A person who registered a point of a household, with a prospect, a mail sent and one that waits; and a namesake who is somebody else.
async fn world(app: &TestApp) -> (String, String) {
    let now = app.clock().now();
    let today = app.clock().today();
    let mut tx = app.db().write().await.unwrap();
    let person = access::Person {
        id: clock::new_id(),
        name: NAME.into(),
        email: Some(MAIL.into()),
        phone: PHONE.into(),
        file_code: None,
        password_hash: String::new(),
        status: "active".into(),
        demo: false,
        version: 1,
    };
    let id = access::add(&mut tx, &person, now).await.unwrap().unwrap();
    let body = "insert into body (id, kind, name, name_fold, short, address, phone, source, note, demo, version, created_at) values ($1, $2, $3, '', '', '', $4, '', '', false, 1, $5)";
    execute!(&mut tx, body, "household-of-hers", "household", format!("Hộ kinh doanh {NAME}"), PHONE, now).unwrap();
    execute!(&mut tx, body, "namesake", "household", format!("Hộ kinh doanh {NAME}"), "0911111111", now).unwrap();
    access::grant(&mut tx, &id, Role::BUSINESS, "household-of-hers", None, today).await.unwrap();
    Note::of("register", ("person", &id), serde_json::json!({}))
        .aside(&[("name", NAME), ("email", MAIL)])
        .by_name(&mut tx, now, ("system", "test"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let hers = app
        .add_point(|point| {
            (point.name, point.contact, point.phone, point.email) = ("Cửa hàng của chị".into(), NAME.into(), PHONE.into(), MAIL.into());
            (point.created_by, point.operator_id) = (id.clone(), Some("household-of-hers".into()));
        })
        .await;
    let other = app
        .add_point(|point| {
            (point.name, point.contact, point.phone, point.email) =
                ("Cửa hàng khác".into(), NAME.into(), "0911111111".into(), String::new());
        })
        .await;
    let mut tx = app.db().write().await.unwrap();
    for point in [&hers, &other] {
        let personal = [("contact", point.contact.as_str()), ("phone", point.phone.as_str())];
        Note::of("register", ("point", &point.id), serde_json::json!({}))
            .aside(&personal)
            .by_name(&mut tx, now, ("system", "test"))
            .await
            .unwrap();
    }
    mail::queue(&mut tx, now, MAIL, "Về điểm của chị", "Kính gửi chị").await.unwrap();
    tx.commit().await.unwrap();
    app.work().await;
    let mut tx = app.db().write().await.unwrap();
    mail::queue(&mut tx, now + chrono::Duration::days(1), MAIL, "Nhắc việc", "Kính gửi chị").await.unwrap();
    mail::queue(&mut tx, now + chrono::Duration::days(1), "khac@nha.example", "Nhắc việc", "Kính gửi anh").await.unwrap();
    tx.commit().await.unwrap();
    (id, hers.id)
}

/// Every text of every table that still names her.
async fn traces(app: &TestApp) -> Vec<String> {
    let mut found = Vec::new();
    let mut tx = app.db().read().await.unwrap();
    let points = fetch_all!(&mut tx, (String, String, String), "select contact, phone, email from point").unwrap();
    let bodies =
        fetch_all!(&mut tx, (String, String, String), "select name, phone, coalesce(tax_code, '') from body where id <> 'namesake'")
            .unwrap();
    let people = fetch_all!(&mut tx, (String, String, String), "select name, phone, coalesce(email, '') from person").unwrap();
    for (a, b, c) in points.into_iter().chain(bodies).chain(people) {
        found.extend([a, b, c]);
    }
    let kept = fetch_all!(&mut tx, (String,), "select value from journal_personal").unwrap();
    let jobs = fetch_all!(&mut tx, (String,), "select payload from job").unwrap();
    found.extend(kept.into_iter().chain(jobs).map(|(text,)| text));
    found.extend(app.outbox());
    found.retain(|text| [MAIL, PHONE].iter().any(|value| text.contains(value)));
    found
}

store_test! {
    async fn m4_a_person_is_forgotten_wherever_the_system_knew_her(app: TestApp) {
        let (person, point) = world(app).await;
        assert!(traces(app).await.len() >= 6, "the world names her: {:?}", traces(app).await);
        let done = erase(app.db(), &app.config().data_dir, &person, app.clock().now()).await.unwrap();
        assert_eq!(traces(app).await, Vec::<String>::new());
        assert_eq!((done.points, done.bodies), (1, 1), "{done:?}");
        assert!(done.mails >= 2 && done.values >= 4, "{done:?}");
        let mut tx = app.db().read().await.unwrap();
        let (household,) = fetch_one!(&mut tx, (String,), "select name from body where id = 'household-of-hers'").unwrap();
        assert_eq!(household, party::store::FORGOTTEN);
        // who only has the same name is left alone
        let (namesake,) = fetch_one!(&mut tx, (String,), "select name from body where id = 'namesake'").unwrap();
        assert!(namesake.contains(NAME));
        let others = fetch_one!(&mut tx, (i64,), "select count(*) from point where contact = $1", NAME).unwrap();
        assert_eq!(others.0, 1);
        assert_eq!(app.rows_of("job where kind = 'mail' and payload like '%khac@nha.example%'").await, 1);
        // the chain holds, and says that it was done
        journal::verify(&mut tx, None, |_| {}).await.unwrap().unwrap();
        assert_eq!(app.verbs("point", &point).await.last().unwrap(), "erase");
        let told = done.told();
        assert!(told.vi.contains("Còn lại") && told.en.contains("What is left"));
    }

    async fn m4_an_erasure_survives_an_older_back_up(app: TestApp) {
        let (person, _) = world(app).await;
        let archive = app.store.folder.path().join("older.zip");
        backup::backup(app.db(), app.files().depot(), app.clock(), &archive, &mut |_, _| {}).await.unwrap();
        erase(app.db(), &app.config().data_dir, &person, app.clock().now()).await.unwrap();
        let list = app.config().data_dir.join(LIST);
        let text = std::fs::read_to_string(&list).unwrap();
        assert!(text.contains(&person) && !text.contains(NAME) && !text.contains(MAIL), "the list itself names nobody: {text}");
        let other = crate::testing::Store::empty(app.store.engine()).await;
        backup::restore(&other.db, &crate::file::Depot::Folder(other.folder.path().to_path_buf()), &archive, &mut |_, _| {}).await.unwrap();
        other.db.migrate().await.unwrap();
        let named = async || fetch_one!(&mut other.db.read().await.unwrap(), (i64,), "select count(*) from person where email = $1", MAIL).unwrap().0;
        assert_eq!(named().await, 1, "the back-up brings her back");
        assert_eq!(again(&other.db, other.folder.path(), &list, app.clock().now()).await.unwrap(), 1);
        assert_eq!(named().await, 0);
        let mut tx = other.db.read().await.unwrap();
        journal::verify(&mut tx, None, |_| {}).await.unwrap().unwrap();
        drop(tx);
        assert_eq!(again(&other.db, other.folder.path(), &list, app.clock().now()).await.unwrap(), 0, "once is enough");
        assert!(other.folder.path().join(LIST).is_file(), "the new installation has the list too");
    }

    async fn m4_old_pages_of_the_store_do_not_keep_what_was_erased(app: TestApp) {
        let (person, _) = world(app).await;
        erase(app.db(), &app.config().data_dir, &person, app.clock().now()).await.unwrap();
        app.db().compact().await.unwrap();
        let Some(file) = app.store.url.strip_prefix("sqlite:") else { return };
        for ending in ["", "-wal"] {
            let bytes = std::fs::read(format!("{file}{ending}")).unwrap_or_default();
            assert!(memchr::memmem::find(&bytes, MAIL.as_bytes()).is_none(), "ocop.db{ending} still holds the mail address");
            assert!(memchr::memmem::find(&bytes, PHONE.as_bytes()).is_none(), "ocop.db{ending} still holds the telephone");
        }
    }
}
