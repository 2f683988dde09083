use serde_json::json;

use super::{Broken, Note, head, history, verify};
use crate::access::{Role, store as access};
use crate::testing::{Store, TestApp, begin};
use crate::{execute, fetch_all, fetch_one, store_test};

/// Writes three lines about one thing and one about another.
async fn write(store: &Store) {
    let mut tx = store.db.write().await.unwrap();
    for (verb, id) in [("create", "a"), ("edit", "a"), ("create", "b"), ("edit", "a")] {
        Note::of(verb, ("point", id), json!({"set": {"name": "Gốm"}}))
            .aside(&[("phone", "0912345678")])
            .by_name(&mut tx, begin(), ("person-1", "Cán bộ xã, phường – UBND"))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn verified(store: &Store, kept: Option<&str>) -> Result<super::Verified, Broken> {
    let mut tx = store.db.read().await.unwrap();
    verify(&mut tx, kept, |_| {}).await.unwrap()
}

store_test! {
    async fn an_empty_journal_verifies(store: Store) {
        assert_eq!(verified(store, None).await.unwrap().lines, 0);
    }

    async fn lines_are_numbered_and_verify(store: Store) {
        write(store).await;
        let result = verified(store, None).await.unwrap();
        assert_eq!(result.lines, 4);
        let mut tx = store.db.read().await.unwrap();
        assert_eq!(head(&mut tx).await.unwrap(), (4, result.head.clone()));
        let lines = history(&mut tx, "point", "a", i64::MAX, 10).await.unwrap();
        assert_eq!(lines.iter().map(|line| line.seq).collect::<Vec<_>>(), [4, 2, 1], "newest first, only that thing");
        assert_eq!(history(&mut tx, "point", "a", 4, 1).await.unwrap()[0].seq, 2, "paging goes on before a number");
        drop(tx);
        assert!(verified(store, Some(&result.head)).await.is_ok());
    }

    async fn a_rolled_back_change_leaves_no_line(store: Store) {
        write(store).await;
        let mut tx = store.db.write().await.unwrap();
        Note::of("edit", ("point", "a"), json!({})).by_name(&mut tx, begin(), ("x", "x")).await.unwrap();
        drop(tx);
        assert_eq!(verified(store, None).await.unwrap().lines, 4);
    }

    async fn an_altered_letter_is_named_in_every_column(store: Store) {
        write(store).await;
        for change in [
            "update journal set detail = replace(detail, 'Gốm', 'Gôm') where seq = 2",
            "update journal set verb = 'edid' where seq = 2",
            "update journal set actor = 'person-2' where seq = 2",
            "update journal set actor_name = 'Cán bộ xã, phường - UBND' where seq = 2",
            "update journal set subject_id = 'b' where seq = 2",
            "update journal set subject_kind = 'Point' where seq = 2",
            "update journal set hash = 'a' || substr(hash, 2) where seq = 2 and substr(hash, 1, 1) <> 'a'",
            "update journal set verb = 'editp', subject_kind = 'oint' where seq = 2",
        ] {
            let mut tx = store.db.write().await.unwrap();
            let row = fetch_one!(&mut tx, (String, String, String, String, String, String, String), "select detail, verb, actor, actor_name, subject_id, subject_kind, hash from journal where seq = 2").unwrap();
            let touched = execute!(&mut tx, change).unwrap();
            let found = verify(&mut tx, None, |_| {}).await.unwrap();
            if touched == 1 {
                assert_eq!(found.unwrap_err(), Broken::Altered(2), "{change}");
            }
            execute!(&mut tx, "update journal set detail = $1, verb = $2, actor = $3, actor_name = $4, subject_id = $5, subject_kind = $6, hash = $7 where seq = 2", row.0, row.1, row.2, row.3, row.4, row.5, row.6).unwrap();
            tx.commit().await.unwrap();
        }
        let mut tx = store.db.write().await.unwrap();
        execute!(&mut tx, "update journal set at = $1 where seq = 3", begin() + chrono::Duration::seconds(1)).unwrap();
        assert_eq!(verify(&mut tx, None, |_| {}).await.unwrap().unwrap_err(), Broken::Altered(3));
    }

    async fn a_missing_line_is_named(store: Store) {
        write(store).await;
        let mut tx = store.db.write().await.unwrap();
        execute!(&mut tx, "delete from journal_personal where seq = 3").unwrap();
        execute!(&mut tx, "delete from journal where seq = 3").unwrap();
        tx.commit().await.unwrap();
        assert_eq!(verified(store, None).await.unwrap_err(), Broken::Missing(3));
    }

    async fn a_cut_tail_is_found(store: Store) {
        write(store).await;
        let kept = verified(store, None).await.unwrap().head;
        let mut tx = store.db.write().await.unwrap();
        execute!(&mut tx, "delete from journal_personal where seq > 2").unwrap();
        execute!(&mut tx, "delete from journal where seq > 2").unwrap();
        tx.commit().await.unwrap();
        assert_eq!(verified(store, None).await.unwrap_err(), Broken::CutOff(2), "the head row still tells");
        // whoever also sets the head row back is found by the head that was kept elsewhere
        let mut tx = store.db.write().await.unwrap();
        execute!(&mut tx, "update journal_head set seq = 2, hash = (select hash from journal where seq = 2)").unwrap();
        tx.commit().await.unwrap();
        assert!(verified(store, None).await.is_ok());
        assert_eq!(verified(store, Some(&kept)).await.unwrap_err(), Broken::UnknownHead);
    }

    async fn erased_personal_values_still_verify_and_altered_ones_do_not(store: Store) {
        write(store).await;
        let mut tx = store.db.write().await.unwrap();
        let details = fetch_all!(&mut tx, (String,), "select detail from journal").unwrap();
        assert!(details.iter().all(|(detail,)| !detail.contains("0912345678")), "the chain holds no personal value");
        execute!(&mut tx, "update journal_personal set value = '0999999999' where seq = 2").unwrap();
        assert_eq!(verify(&mut tx, None, |_| {}).await.unwrap().unwrap_err(), Broken::Personal(2, "phone".into()));
        execute!(&mut tx, "delete from journal_personal").unwrap();
        assert_eq!(verify(&mut tx, None, |_| {}).await.unwrap().unwrap().lines, 4);
    }

    async fn an_erased_account_leaves_nothing_personal_and_a_whole_chain(store: Store) {
        let mut tx = store.db.write().await.unwrap();
        let person = access::Person {
            id: "p1".into(),
            name: "Nguyễn Văn Thử".into(),
            email: Some("thu@cong-ty.vn".into()),
            phone: "0912345678".into(),
            file_code: None,
            password_hash: String::new(),
            status: "active".into(),
            demo: false,
            version: 1,
        };
        access::add(&mut tx, &person, begin()).await.unwrap().unwrap();
        Note::of("invite", ("person", "p1"), json!({})).aside(&[("name", person.name.as_str()), ("email", "thu@cong-ty.vn")]).by_name(&mut tx, begin(), ("system", "thử")).await.unwrap();
        assert_eq!(access::erase(&mut tx, "p1").await.unwrap(), 1);
        crate::journal::forget(&mut tx, "person", "p1").await.unwrap();
        let erased = access::find(&mut tx, "p1").await.unwrap().unwrap();
        assert_eq!((erased.email, erased.phone.as_str(), erased.status.as_str()), (None, "", "disabled"));
        let kept = fetch_one!(&mut tx, (i64,), "select count(*) from journal_personal").unwrap().0;
        assert_eq!(kept, 0);
        assert_eq!(verify(&mut tx, None, |_| {}).await.unwrap().unwrap().lines, 1);
        assert!(access::find_login(&mut tx, "thu@cong-ty.vn").await.unwrap().is_none());
    }

    async fn writers_at_the_same_time_keep_one_chain(store: Store) {
        let mut writers = Vec::new();
        for writer in 0..8 {
            let db = store.db.clone();
            writers.push(tokio::spawn(async move {
                for line in 0..5 {
                    let mut tx = db.write().await.unwrap();
                    Note::of("edit", ("point", "a"), json!({"writer": writer, "line": line})).by_name(&mut tx, begin(), ("system", "thử")).await.unwrap();
                    tx.commit().await.unwrap();
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(verified(store, None).await.unwrap().lines, 40);
    }

    async fn the_journal_on_screen_is_for_administrators_and_auditors(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        for line in 0..60 {
            Note::of("edit", ("point", "x"), json!({"reason": format!("lý do {line}")})).by_name(&mut tx, begin(), ("system", "Dòng thử")).await.unwrap();
        }
        tx.commit().await.unwrap();
        let auditor = app.sign_in(Role::AUDITOR).await;
        let page = auditor.get("/nhat-ky").await.expect(200).says("lý do 59").says("Cũ hơn");
        let (_, next) = page.body.split_once("?truoc=").unwrap();
        let next: i64 = next.split('"').next().unwrap().parse().unwrap();
        auditor.get(&format!("/nhat-ky?truoc={next}")).await.expect(200).says("lý do 9");
        app.sign_in(Role::LEADER).await.get("/nhat-ky").await.expect(403);
    }
}
