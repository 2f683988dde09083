//! One writer at a time, on both engines.

use std::time::{Duration, Instant};

use crate::testing::TestApp;
use crate::{execute, fetch_one, store_test};

store_test! {
    async fn what_a_writer_checked_holds_when_it_writes(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "insert into meta (name, value) values ('counted', '0')").unwrap();
        tx.commit().await.unwrap();
        let writers: Vec<_> = (0..24)
            .map(|_| {
                let db = app.db().clone();
                tokio::spawn(async move {
                    let mut tx = db.write().await.unwrap();
                    let (value,) = fetch_one!(&mut tx, (String,), "select value from meta where name = 'counted'").unwrap();
                    tokio::task::yield_now().await;
                    let next = value.parse::<i64>().unwrap() + 1;
                    execute!(&mut tx, "update meta set value = $1 where name = 'counted'", next.to_string()).unwrap();
                    tx.commit().await.unwrap();
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        let (value,) = fetch_one!(&mut app.db().read().await.unwrap(), (String,), "select value from meta where name = 'counted'").unwrap();
        assert_eq!(value, "24");
    }

    async fn readers_and_on_a_server_leases_do_not_wait_for_a_writer(app: TestApp) {
        let mut long = app.db().write().await.unwrap();
        execute!(&mut long, "insert into meta (name, value) values ('long', '')").unwrap();
        // more of them wait than there are connections
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                let db = app.db().clone();
                tokio::spawn(async move { drop(db.write().await.unwrap()) })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let begun = Instant::now();
        for _ in 0..5 {
            fetch_one!(&mut app.db().read().await.unwrap(), (i64,), "select count(*) from meta").unwrap();
        }
        if long.dialect() == crate::db::Dialect::Postgres {
            let mut aside = app.db().aside().await.unwrap();
            execute!(&mut aside, "update job set stage = '' where id = 'none'").unwrap();
            aside.commit().await.unwrap();
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        long.commit().await.unwrap();
        for waiter in waiting {
            waiter.await.unwrap();
        }
    }
}
