//! An old store learns the law anew.

use crate::pack::{self, Pack};
use crate::rule::store;
use crate::store_test;
use crate::testing::{TestApp, begin, begin_day};
use crate::{execute, setting};

const NEW: &str = "26-2026-qd-ttg";
const OLD: &str = "148-qd-ttg-2023";

/// Makes the law of a store what programs of before 26/2026 wrote.
async fn age(app: &TestApp) {
    let mut tx = app.db().write().await.unwrap();
    execute!(&mut tx, "delete from instrument where id in ('26-2026-qd-ttg', '91-2015-qh13')").unwrap();
    execute!(
        &mut tx,
        "update instrument set valid_to = null, note = 'Được sửa bởi 1489/QĐ-TTg ngày 06/7/2025.' where id = '148-qd-ttg-2023'"
    )
    .unwrap();
    execute!(&mut tx, "update instrument set valid_to = null, note = 'Hai cấp: tỉnh và trung ương.' where id = '1489-qd-ttg-2025'")
        .unwrap();
    execute!(&mut tx, "delete from meta where name like 'law:%'").unwrap();
    tx.commit().await.unwrap();
}

store_test! {
    async fn an_old_store_learns_the_law_once_and_the_journal_tells_what(app: TestApp) {
        age(app).await;
        let mut tx = app.db().write().await.unwrap();
        let own = setting::Value { valid_from: begin_day(), value: 45, reason: "Công văn".into(), set_by: "x".into(), set_at: begin() };
        setting::set(&mut tx, "certificate_notice_last", &own).await.unwrap();
        assert!(store::instrument(&mut tx, NEW).await.unwrap().is_none());
        let newer = pack::newer_law(&mut tx).await.unwrap();
        assert_eq!((newer.added.len(), newer.changed.len()), (2, 2));

        let learnt = pack::write(&mut tx, &Pack::default(), begin()).await.unwrap();
        assert_eq!(learnt, newer);
        assert_eq!(learnt.changed, ["148/QĐ-TTg", "1489/QĐ-TTg"]);
        let told = learnt.lines(crate::text::Tongue::Vi).join("\n");
        assert!(told.contains("26/2026/QĐ-TTg") && told.contains("Văn bản có thay đổi: 148/QĐ-TTg"), "{told}");
        tx.commit().await.unwrap();

        let mut tx = app.db().read().await.unwrap();
        let (known, supersedes) = store::instrument_whole(&mut tx, NEW).await.unwrap().unwrap();
        assert_eq!((known.valid_from, supersedes.as_str()), (Some("2026-05-22".parse().unwrap()), "148-qd-ttg-2023 1489-qd-ttg-2025"));
        assert_eq!(store::instrument(&mut tx, OLD).await.unwrap().unwrap().valid_to, Some("2026-07-22".parse().unwrap()));
        assert_eq!(setting::value(&mut tx, "certificate_notice_last", begin_day()).await.unwrap(), 45, "what an administrator set");
        drop(tx);
        for id in [NEW, OLD, "1489-qd-ttg-2025", "91-2015-qh13"] {
            assert_eq!(app.verbs("instrument", id).await, ["learn_instrument"], "{id}");
        }
        let (lines, metas) = (app.rows_of("journal").await, app.rows_of("meta").await);

        let mut tx = app.db().write().await.unwrap();
        let again = pack::write(&mut tx, &Pack::default(), begin()).await.unwrap();
        assert!(again.is_empty() && again.kept.is_empty() && pack::newer_law(&mut tx).await.unwrap().is_empty());
        tx.commit().await.unwrap();
        assert_eq!((app.rows_of("journal").await, app.rows_of("meta").await), (lines, metas), "the second time changes nothing");
    }

    async fn what_was_changed_in_the_store_is_left_alone_and_told(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update instrument set note = 'Ý kiến của Sở' where id = '148-qd-ttg-2023'").unwrap();
        let learnt = pack::write(&mut tx, &Pack::default(), begin()).await.unwrap();
        assert!(learnt.is_empty());
        assert_eq!(learnt.kept, ["148/QĐ-TTg"]);
        assert_eq!(store::instrument(&mut tx, OLD).await.unwrap().unwrap().note, "Ý kiến của Sở");
    }
}
