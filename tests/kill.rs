//! The real program is killed in mid-write, again and again: whatever it acknowledged is there when it comes back, and the
//! journal holds. Rounds: `OCOP_KILL_ROUNDS` (5).

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test of the program from outside")]

use std::collections::HashSet;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use ocop::db::Db;
use ocop::{execute, fetch_all, fetch_one};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const WRITERS: usize = 4;

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ocop"));
    command.env("OCOP_DATA_DIR", folder).env_remove("OCOP_DATABASE_URL").env_remove("OCOP_TEST_NOW");
    command
}

fn ocop(folder: &Path, args: &[&str]) -> Output {
    program(folder).args(args).output().unwrap()
}

/// A running server; killed when it goes out of sight.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    async fn start(folder: &Path) -> Server {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = program(folder);
        command.arg("serve").env("OCOP_LISTEN", format!("127.0.0.1:{port}")).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Server { child: command.spawn().unwrap(), port };
        for _ in 0..600 {
            if call(port, "GET", "/readyz", "", "").await.is_some_and(|(status, _)| status == 200) {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server did not come up");
    }
}

/// One request on a connection of its own: status and head of the answer. None if the connection broke.
async fn call(port: u16, method: &str, path: &str, cookie: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let cookie = if cookie.is_empty() { String::new() } else { format!("cookie: {cookie}\r\n") };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\norigin: http://127.0.0.1:{port}\r\n{cookie}connection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    text.contains("\r\n\r\n").then(|| (status, text.split("\r\n\r\n").next().unwrap_or_default().to_owned()))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.split_once(": ").filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

async fn sign_in(port: u16) -> String {
    let (status, head) = call(port, "POST", "/dang-nhap", "", "login=lanhdao%40ocop.example&password=ocop+dung+thu+2026").await.unwrap();
    assert_eq!(status, 303, "{head}");
    header(&head, "set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

type Acknowledged = Arc<Mutex<Vec<(String, String)>>>;

/// Adds records until the server is gone; notes those it acknowledged.
async fn write_on(port: u16, cookie: String, label: String, known: Acknowledged) {
    for number in 0.. {
        let name = format!("{label}-{number}");
        let Some((status, head)) = call(port, "POST", "/ho-so/moi", &cookie, &format!("name={name}&sure=1")).await else { return };
        assert_eq!(status, 303, "{head}");
        let id = header(&head, "location").unwrap().split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
        known.lock().unwrap().push((id, name));
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
        let mut server = Server::start(folder).await;
        let cookie = sign_in(server.port).await;
        let writers: Vec<_> =
            (0..WRITERS).map(|writer| tokio::spawn(write_on(server.port, cookie.clone(), format!("Diem-{round}-{writer}"), known.clone()))).collect();
        let chance = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos();
        tokio::time::sleep(Duration::from_millis(400 + u64::from(chance % 1500))).await;
        // SIGKILL: no handler runs, nothing is flushed
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        for writer in writers {
            writer.await.unwrap();
        }
        // the next start recovers the store
        drop(Server::start(folder).await);
        let db = open(folder).await;
        let mut tx = db.read().await.unwrap();
        let points: HashSet<(String, String)> = fetch_all!(&mut tx, (String, String), "select id, name from point").unwrap().into_iter().collect();
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
    let (seq, detail) = fetch_one!(&mut tx, (i64, String), "select seq, detail from journal where verb = 'create' order by seq limit 1").unwrap();
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
