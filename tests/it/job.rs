//! Queued work: in the caller's transaction, given to one worker, tried again.

use std::collections::BTreeSet;

use chrono::Duration;
use ocop::testing::{TestApp, begin};
use ocop::{fetch_one, job, mail, store_test};

async fn state(app: &TestApp, id: &str) -> (String, i64, String) {
    let mut tx = app.db().read().await.unwrap();
    fetch_one!(&mut tx, (String, i64, String), "select state, attempts, outcome from job where id = $1", id).unwrap()
}

store_test! {
    async fn work_leaves_with_its_transaction_or_not_at_all(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        mail::queue(&mut tx, begin(), "a@ocop.example", "Thử", "Xin chào").await.unwrap();
        drop(tx);
        assert_eq!(app.work().await, 0);
        let mut tx = app.db().write().await.unwrap();
        let id = mail::queue(&mut tx, begin(), "a@ocop.example", "Thử “tiếng Việt”", "Xin chào, đây là thư thử.\n").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(app.work().await, 1);
        assert_eq!(app.work().await, 0, "done is done");
        assert_eq!(state(app, &id).await.0, "done");
        let mails = app.outbox();
        assert_eq!(mails.len(), 1);
        assert!(mails[0].contains("Xin chào, đây là thư thử.") && mails[0].contains("a@ocop.example"), "{}", mails[0]);
    }

    async fn what_fails_is_tried_again_later_and_given_up_at_last(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        let id = job::queue(&mut tx, begin(), job::Kind::new("no such kind", job::Lane::Work), "{}", "system").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(app.work().await, 1);
        assert_eq!(state(app, &id).await.0, "waiting");
        assert_eq!(app.work().await, 0, "not at once");
        let mut tries = 1;
        for hour in 1..100 {
            app.clock().set(begin() + Duration::hours(hour));
            tries += app.work().await;
            if state(app, &id).await.0 == "failed" {
                break;
            }
        }
        let (state, attempts, outcome) = state(app, &id).await;
        assert_eq!((state.as_str(), attempts as usize), ("failed", tries));
        assert!(tries == 8 && outcome.contains("no such kind"), "{tries} {outcome}");
    }

    async fn several_workers_do_each_piece_once(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        for number in 0..24 {
            mail::queue(&mut tx, begin(), &format!("p{number}@ocop.example"), "Thử", &format!("Thư số {number}.")).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut workers = Vec::new();
        for _ in 0..4 {
            let app = app.app.clone();
            workers.push(tokio::spawn(async move { job::run_due(&app).await.unwrap() }));
        }
        let mut ran = 0;
        for worker in workers {
            ran += worker.await.unwrap();
        }
        assert_eq!(ran, 24);
        let told: BTreeSet<String> = app.outbox().iter().filter_map(|mail| mail.split("Thư số ").nth(1).and_then(|rest| rest.split('.').next()).map(str::to_owned)).collect();
        assert_eq!((told.len(), app.outbox().len()), (24, 24));
    }

    async fn work_of_a_worker_that_died_is_taken_up_again(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        let id = mail::queue(&mut tx, begin(), "a@ocop.example", "Thử", "x").await.unwrap();
        // as it stands when a process was killed in the middle
        ocop::execute!(&mut tx, "update job set state = 'running', attempts = 1, run_at = $2 where id = $1", &id, begin() + Duration::minutes(2)).unwrap();
        tx.commit().await.unwrap();
        assert_eq!(app.work().await, 0);
        app.clock().set(begin() + Duration::minutes(3));
        assert_eq!(app.work().await, 1);
        assert_eq!(state(app, &id).await.0, "done");
    }
}
