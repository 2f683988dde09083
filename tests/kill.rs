//! The real program is killed in mid-write, again and again: whatever it acknowledged is there when it comes back, and the
//! journal holds. Rounds: `OCOP_KILL_ROUNDS` (5).

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test of the program from outside")]

mod serve;

use std::collections::HashSet;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use ocop::db::Db;
use ocop::{execute, fetch_all, fetch_one};
use serve::{Server, post, program, sign_in};

const WRITERS: usize = 4;

fn ocop(folder: &Path, args: &[&str]) -> Output {
    serve::ocop(program(folder), args)
}

async fn start(folder: &Path) -> Server {
    let mut command = program(folder);
    command.stderr(Stdio::null());
    Server::start(command).await
}

type Acknowledged = Arc<Mutex<Vec<(String, String)>>>;

/// Adds records until the server is gone; notes those it acknowledged.
async fn write_on(port: u16, cookie: String, label: String, known: Acknowledged) {
    for number in 0.. {
        let name = format!("{label}-{number}");
        let Some(answer) = post(port, "/ho-so/moi", &cookie, &format!("name={name}&sure=1")).await else { return };
        assert_eq!(answer.status, 303, "{}", answer.head);
        known.lock().unwrap().push((answer.id(), name));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill_and_an_altered_letter_is_named() {
    let rounds: u64 = std::env::var("OCOP_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(ocop(folder, &["init", "--demo"]).status.success());
    let known = Acknowledged::default();
    for round in 0..rounds {
        let mut server = start(folder).await;
        let cookie = sign_in(server.port, "lanhdao").await;
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write_on(server.port, cookie.clone(), format!("Diem-{round}-{writer}"), known.clone())))
            .collect();
        let chance = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos();
        tokio::time::sleep(Duration::from_millis(400 + u64::from(chance % 1500))).await;
        server.kill();
        for writer in writers {
            writer.await.unwrap();
        }
        // the next start recovers the store
        drop(start(folder).await);
        let db = open(folder).await;
        let mut tx = db.read().await.unwrap();
        let points: HashSet<(String, String)> =
            fetch_all!(&mut tx, (String, String), "select id, name from point").unwrap().into_iter().collect();
        drop(tx);
        db.close().await;
        let lost: Vec<_> = known.lock().unwrap().iter().filter(|point| !points.contains(*point)).cloned().collect();
        assert!(lost.is_empty(), "round {round}: acknowledged and lost: {lost:?}");
        let verify = ocop(folder, &["verify"]);
        assert!(verify.status.success(), "round {round}: {}", String::from_utf8_lossy(&verify.stderr));
    }
    let count = known.lock().unwrap().len();
    eprintln!("{rounds} rounds, {count} acknowledged records");
    assert!(count > 0);
    altered(folder).await;
}

async fn open(folder: &Path) -> Db {
    Db::open(&format!("sqlite:{}/ocop.db", folder.display())).await.unwrap()
}

/// One letter of a line is changed: the line is named. The tail is cut off: the head that was written down finds it.
async fn altered(folder: &Path) {
    let head = String::from_utf8(ocop(folder, &["verify"]).stdout).unwrap().split_whitespace().nth(1).unwrap().to_owned();
    let db = open(folder).await;
    let mut tx = db.write().await.unwrap();
    let (seq, detail) =
        fetch_one!(&mut tx, (i64, String), "select seq, detail from journal where verb = 'create' order by seq limit 1").unwrap();
    execute!(&mut tx, "update journal set detail = $2 where seq = $1", seq, detail.replacen("Diem", "Diam", 1)).unwrap();
    tx.commit().await.unwrap();
    db.close().await;
    let verify = ocop(folder, &["verify"]);
    assert_eq!(verify.status.code(), Some(1));
    let told = String::from_utf8(verify.stderr).unwrap();
    assert!(told.contains(&format!("số {seq} đã bị sửa")), "{told}");

    let db = open(folder).await;
    let mut tx = db.write().await.unwrap();
    execute!(&mut tx, "update journal set detail = $2 where seq = $1", seq, detail).unwrap();
    let (last,) = fetch_one!(&mut tx, (i64,), "select seq from journal_head").unwrap();
    execute!(&mut tx, "delete from journal_personal where seq = $1", last).unwrap();
    execute!(&mut tx, "delete from journal where seq = $1", last).unwrap();
    tx.commit().await.unwrap();
    db.close().await;
    assert_eq!(ocop(folder, &["verify"]).status.code(), Some(1), "the head row knows of the line that is gone");

    let db = open(folder).await;
    let mut tx = db.write().await.unwrap();
    execute!(&mut tx, "update journal_head set seq = $1, hash = (select hash from journal where seq = $1)", last - 1).unwrap();
    tx.commit().await.unwrap();
    db.close().await;
    assert!(ocop(folder, &["verify"]).status.success(), "who cuts the head too leaves a chain that holds");
    assert_eq!(ocop(folder, &["verify", "--head", &head]).status.code(), Some(1), "but not for who wrote the head down");
}
