use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chrono::Duration;
use tokio::sync::watch;

use super::worker::{run_due_by, run_forever_by, watched};
use super::*;
use crate::error::Error;
use crate::testing::{TestApp, begin};
use crate::{fetch_all, fetch_one, store_test};

const SHORT: Kind = Kind::new("short", Lane::Work);
const ONE: Kind = Kind::new("one", Lane::Work).once();
const LONG: Kind = Kind::new("long", Lane::Long);
const MAIL: Kind = Kind::new("post", Lane::Mail);

/// Does what the payload says.
fn told_to(_: App, job: Job) -> Work {
    Box::pin(async move {
        match job.payload.as_str() {
            "panic" => panic!("as the payload says"),
            "fail" => Err(Error::internal("as the payload says")),
            "hang" => std::future::pending().await,
            "slow" => {
                tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
                Ok("slow".to_owned())
            }
            _ => Ok("well".to_owned()),
        }
    })
}

async fn queued(app: &App, kind: Kind, payload: &str) -> String {
    let mut tx = app.db().write().await.unwrap();
    let id = queue(&mut tx, app.clock().now(), kind, payload, "system").await.unwrap();
    tx.commit().await.unwrap();
    app.wake();
    id
}

async fn job(app: &App, id: &str) -> Job {
    find(&mut app.db().read().await.unwrap(), id).await.unwrap().unwrap()
}

/// Waits until a job stands like this.
async fn until(app: &App, id: &str, state: &str) -> Job {
    let begun = Instant::now();
    loop {
        let job = job(app, id).await;
        if job.state == state {
            return job;
        }
        assert!(begun.elapsed().as_secs() < 20, "{job:?} does not become {state}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// A second process on the same store, with a lease of its own.
async fn other_node(app: &TestApp, lease: Duration) -> App {
    let mut config = app.config().clone();
    config.job_lease = lease;
    let other = App::with_db(config, app.db().clone()).await.unwrap();
    other.clock().set(app.clock().now());
    other
}

store_test! {
    async fn a_panic_in_a_job_is_a_try_and_the_worker_goes_on(app: TestApp) {
        let bad = queued(app, SHORT, "panic").await;
        let good = queued(app, SHORT, "").await;
        assert_eq!(run_due_by(app, told_to).await.unwrap(), 2);
        let (bad, good) = (job(app, &bad).await, job(app, &good).await);
        assert_eq!((bad.state.as_str(), bad.attempts, good.state.as_str()), ("waiting", 1, "done"));
        assert!(app.health().lines().contains("panicked 1"), "{}", app.health().lines());
        for hour in 1..40 {
            app.clock().set(begin() + Duration::hours(hour));
            run_due_by(app, told_to).await.unwrap();
        }
        let bad = job(app, &bad.id).await;
        assert_eq!((bad.state.as_str(), bad.attempts), ("failed", 8));
        assert!(bad.outcome.contains("panic"), "{}", bad.outcome);
        app.health().read(app).await.unwrap();
        assert!(app.health().lines().contains("waiting 0"), "{}", app.health().lines());
    }

    async fn a_job_that_ends_the_process_is_given_up_after_three(app: TestApp) {
        let id = queued(app, SHORT, "").await;
        for process in 1..=3 {
            let mut tx = app.db().write().await.unwrap();
            let taken = claim::claim(&mut tx, Lane::Work, app.clock().now(), Duration::minutes(2)).await.unwrap().unwrap();
            tx.commit().await.unwrap();
            assert_eq!(taken.attempts, process);
            // killed here: nobody notes anything
            assert_eq!(run_due_by(app, told_to).await.unwrap(), 0, "nobody takes it within the lease");
            app.clock().set(app.clock().now() + Duration::minutes(3));
        }
        app.health().read(app).await.unwrap();
        assert!(app.health().lines().contains("lost with a process 2"), "{}", app.health().lines());
        assert_eq!(run_due_by(app, told_to).await.unwrap(), 1);
        let job = job(app, &id).await;
        assert_eq!((job.state.as_str(), job.lost), ("failed", 3));
        app.health().read(app).await.unwrap();
        assert!(app.health().lines().contains("given up in a day 1"), "{}", app.health().lines());
    }

    async fn who_lost_its_lease_ends_nothing(app: TestApp) {
        let id = queued(app, SHORT, "").await;
        let now = app.clock().now();
        let mut tx = app.db().write().await.unwrap();
        let old = claim::claim(&mut tx, Lane::Work, now, Duration::minutes(2)).await.unwrap().unwrap();
        let new = claim::claim(&mut tx, Lane::Work, now + Duration::minutes(3), Duration::minutes(2)).await.unwrap().unwrap();
        assert!(old.id == id && new.id == id && old.holder != new.holder);
        let later = now + Duration::minutes(9);
        assert!(!claim::renew(&mut tx, &old, later, &Far::default()).await.unwrap());
        assert!(!claim::finish(&mut tx, &old, "done", "old", later).await.unwrap());
        assert!(!claim::retry(&mut tx, &old, later).await.unwrap());
        assert!(!claim::release(&mut tx, &old, later).await.unwrap());
        assert!(claim::finish(&mut tx, &new, "done", "new", later).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(job(app, &id).await.outcome, "new");
    }

    async fn m12_work_that_a_stop_interrupts_is_due_at_once_and_loses_no_try(app: TestApp) {
        let id = queued(app, LONG, "hang").await;
        let (stop, stopped) = watch::channel(false);
        let worker = tokio::spawn(run_forever_by(app.app.clone(), stopped, told_to));
        until(app, &id, "running").await;
        stop.send(true).unwrap();
        worker.await.unwrap();
        let given = job(app, &id).await;
        assert_eq!((given.state.as_str(), given.attempts, given.lost), ("waiting", 0, 0));
        // the next process takes it without waiting for anything
        let (stop, stopped) = watch::channel(false);
        let worker = tokio::spawn(run_forever_by(app.app.clone(), stopped, |_, _| Box::pin(async { Ok("again".to_owned()) })));
        assert_eq!(until(app, &id, "done").await.outcome, "again");
        stop.send(true).unwrap();
        worker.await.unwrap();
    }

    async fn work_that_goes_on_keeps_its_lease(app: TestApp) {
        let node = other_node(app, Duration::milliseconds(600)).await;
        let id = queued(&node, LONG, "slow").await;
        let (stop, stopped) = watch::channel(false);
        let worker = tokio::spawn(run_forever_by(node.clone(), stopped, told_to));
        let first = until(app, &id, "running").await;
        tell(&id, Far { stage: "reading", done: 3, total: 9 });
        // both clocks pass the end of the first lease
        node.clock().set(begin() + Duration::seconds(30));
        app.clock().set(begin() + Duration::seconds(30));
        let begun = Instant::now();
        while job(app, &id).await.stage != "reading" {
            assert!(begun.elapsed().as_secs() < 10);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(run_due_by(app, told_to).await.unwrap(), 0, "another node finds nothing to take");
        let ended = until(app, &id, "done").await;
        assert_eq!((ended.attempts, ended.outcome.as_str(), ended.total), (1, "slow", 9));
        assert_ne!(first.holder, "");
        stop.send(true).unwrap();
        worker.await.unwrap();
    }

    async fn what_is_long_holds_no_mail_back(app: TestApp) {
        let long = queued(app, LONG, "hang").await;
        let (stop, stopped) = watch::channel(false);
        let worker = tokio::spawn(run_forever_by(app.app.clone(), stopped, told_to));
        until(app, &long, "running").await;
        let behind = queued(app, LONG, "").await;
        for kind in [MAIL, SHORT] {
            let id = queued(app, kind, "").await;
            until(app, &id, "done").await;
        }
        assert_eq!((job(app, &long).await.state.as_str(), job(app, &behind).await.state.as_str()), ("running", "waiting"));
        stop.send(true).unwrap();
        worker.await.unwrap();
    }

    async fn the_same_work_that_waits_is_done_once_and_runs_once_at_a_time(app: TestApp) {
        let (first, second, other) = (queued(app, ONE, "a").await, queued(app, ONE, "a").await, queued(app, ONE, "b").await);
        let now = app.clock().now();
        let mut tx = app.db().write().await.unwrap();
        let taken = claim::claim(&mut tx, Lane::Work, now, Duration::minutes(2)).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(taken.id, first);
        let done = job(app, &second).await;
        assert_eq!((done.state.as_str(), done.outcome.as_str()), ("done", first.as_str()));
        // what changed after it began is not lost, and not done beside it
        let later = queued(app, ONE, "a").await;
        assert_eq!(run_due_by(app, told_to).await.unwrap(), 1);
        assert_eq!((job(app, &later).await.state.as_str(), job(app, &other).await.state.as_str()), ("waiting", "done"));
        let mut tx = app.db().write().await.unwrap();
        claim::finish(&mut tx, &taken, "done", "", now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(run_due_by(app, told_to).await.unwrap(), 1);
        assert_eq!(job(app, &later).await.outcome, "well");
    }

    async fn two_nodes_that_take_at_once_never_run_the_same(app: TestApp) {
        for round in 0..20 {
            queued(app, ONE, "x").await;
            let mut takers = Vec::new();
            for _ in 0..4 {
                let app = app.app.clone();
                takers.push(tokio::spawn(async move {
                    let mut tx = app.db().write().await.unwrap();
                    let job = claim::claim(&mut tx, Lane::Work, app.clock().now(), Duration::minutes(2)).await.unwrap();
                    if job.is_some() {
                        tx.commit().await.unwrap();
                    }
                    job
                }));
            }
            let mut taken = Vec::new();
            for taker in takers {
                taken.extend(taker.await.unwrap());
            }
            assert_eq!(taken.len(), 1, "round {round}");
            // one more comes while it runs, and is done after it
            queued(app, ONE, "x").await;
            assert_eq!(run_due_by(app, told_to).await.unwrap(), 0);
            let mut tx = app.db().write().await.unwrap();
            assert!(claim::finish(&mut tx, &taken[0], "done", "", app.clock().now()).await.unwrap());
            tx.commit().await.unwrap();
            assert_eq!(run_due_by(app, told_to).await.unwrap(), 1);
        }
    }

    async fn the_day_is_one_job_a_slice_and_one_that_fails_stops_no_other(app: TestApp) {
        let other = other_node(app, Duration::minutes(2)).await;
        let slices = app.kinds().filter(|kind| kind.lane == Lane::Day).count();
        assert!(slices >= 9);
        let (one, two) = tokio::join!(begin_day(app), begin_day(&other));
        assert_eq!(one.unwrap() + two.unwrap(), slices, "the nodes of one store queue each once");
        assert_eq!(begin_day(app).await.unwrap(), 0);
        let fails = |_: App, job: Job| -> Work { Box::pin(async move { if job.kind == "day_product" { Err(Error::internal("x")) } else { Ok(String::new()) } }) };
        assert_eq!(run_due_by(app, fails).await.unwrap(), slices);
        let mut tx = app.db().read().await.unwrap();
        let left = fetch_all!(&mut tx, (String,), "select kind from job where lane = 'day' and state <> 'done'").unwrap();
        assert_eq!(left, [("day_product".to_owned(),)]);
        drop(tx);
        app.clock().set(begin() + Duration::days(1));
        assert_eq!(begin_day(app).await.unwrap(), slices, "each day anew");
    }

    async fn a_day_that_could_not_be_queued_is_queued_later(app: TestApp) {
        let mut tx = app.db().write().await.unwrap();
        tx.script("alter table job rename to job_away".into()).await.unwrap();
        tx.commit().await.unwrap();
        assert!(begin_day(app).await.is_err());
        let mut tx = app.db().write().await.unwrap();
        tx.script("alter table job_away rename to job".into()).await.unwrap();
        tx.commit().await.unwrap();
        assert!(begin_day(app).await.unwrap() > 0);
        assert_eq!(begin_day(app).await.unwrap(), 0);
    }

    async fn work_that_was_done_long_ago_is_forgotten_but_files_that_were_read(app: TestApp) {
        let (short, long, waiting) = (queued(app, SHORT, "").await, queued(app, LONG, "").await, queued(app, SHORT, "fail").await);
        run_due_by(app, told_to).await.unwrap();
        let mut tx = app.db().write().await.unwrap();
        tidy(&mut tx, begin() + Duration::days(31)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = app.db().read().await.unwrap();
        assert!(find(&mut tx, &short).await.unwrap().is_none());
        assert!(find(&mut tx, &long).await.unwrap().is_some() && find(&mut tx, &waiting).await.unwrap().is_some());
        let (count,) = fetch_one!(&mut tx, (i64,), "select count(*) from job where state = 'done' and lane = 'work'").unwrap();
        assert_eq!(count, 0);
    }
}

#[tokio::test]
async fn a_loop_that_breaks_off_begins_again() {
    static BEGUN: AtomicUsize = AtomicUsize::new(0);
    let health = Health::default();
    watched(&health, Lane::Mail, || async {
        assert!(BEGUN.fetch_add(1, Ordering::SeqCst) > 0, "the first one breaks off");
    })
    .await;
    assert_eq!(BEGUN.load(Ordering::SeqCst), 2);
    assert!(health.lines().contains("broke off 1"), "{}", health.lines());
}

#[test]
fn kinds_have_names_of_their_own() {
    let names: Vec<&str> = crate::app::jobs::KINDS.iter().map(|(kind, _)| kind.name).collect();
    let distinct: std::collections::BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(distinct.len(), names.len());
}
