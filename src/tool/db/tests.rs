//! What becomes of a store whose disk is full.

use super::Probe;
use crate::testing::{Store, TestApp};
use crate::{execute, fetch_one, store_test};

store_test! {
    async fn h2_a_write_that_failed_for_want_of_room_does_not_stop_the_next_ones(store: Store) {
        // on SQLite the store may not grow by a single page on this connection; on PostgreSQL the commit itself fails
        let mut tx = store.db.write().await.unwrap();
        let failed = match tx.dialect() {
            crate::db::Dialect::Sqlite => {
                tx.script("pragma max_page_count = 1".into()).await.unwrap();
                let mut failed = false;
                for row in 0..2000 {
                    let done = execute!(&mut tx, "insert into meta (name, value) values ($1, $2)", format!("row-{row}"), "x".repeat(4000));
                    failed = done.is_err();
                    if failed {
                        break;
                    }
                }
                failed
            }
            crate::db::Dialect::Postgres => {
                tx.script("create temporary table late (id bigint unique deferrable initially deferred); insert into late values (1), (1)".into()).await.unwrap();
                let failed = tx.commit().await.is_err();
                tx = store.db.write().await.unwrap();
                failed
            }
        };
        assert!(failed, "the store was to be full");
        drop(tx);
        for row in 0..3 {
            let mut tx = store.db.write().await.expect("the next writer gets a connection that is fit");
            execute!(&mut tx, "insert into meta (name, value) values ($1, 'after')", format!("after-{row}")).unwrap();
            tx.commit().await.unwrap();
        }
        let mut tx = store.db.read().await.unwrap();
        let (after,) = fetch_one!(&mut tx, (i64,), "select count(*) from meta where value = 'after'").unwrap();
        let (half,) = fetch_one!(&mut tx, (i64,), "select count(*) from meta where name like 'row-%'").unwrap();
        assert_eq!((after, half), (3, 0), "what was acknowledged is there, and nothing of what failed");
    }

    async fn h2_ready_means_that_a_write_was_tried(app: TestApp) {
        let client = app.client();
        client.get("/readyz").await.expect(200);
        let mut tx = app.db().write().await.unwrap();
        // stands for a full disk: nothing can be written in this table any more
        let refuse = match tx.dialect() {
            crate::db::Dialect::Sqlite => "create trigger full before insert on meta begin select raise(abort, 'database or disk is full'); end",
            crate::db::Dialect::Postgres => "alter table meta add constraint no_room check (name <> 'probe') not valid",
        };
        tx.script(refuse.into()).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!Probe::default().can_write(app.db(), "now").await);
        let other = crate::state::App::with_db(app.config().clone(), app.db().clone()).await.unwrap();
        let answer = crate::testing::visitor(&other).get("/readyz").await.expect(503);
        assert!(!answer.body.contains("disk"), "no internals: {}", answer.body);
    }

    async fn h2_a_long_import_does_not_make_the_server_unready(app: TestApp) {
        let import = app.db().write().await.unwrap();
        app.client().get("/readyz").await.expect(200);
        drop(import);
    }
}
