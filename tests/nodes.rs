//! Two real programs on one PostgreSQL store under load. One is killed in the middle, later told to stop: what was answered
//! is there, the effect of each job is there once, and what nodes hold in memory agrees within two seconds.
//! By hand: `OCOP_NODES_ROUNDS` (1), `OCOP_NODES_ROWS` (300) rows of each import.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test of the program from outside")]

mod serve;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use ocop::db::Db;
use ocop::{change, execute, fetch_all, fetch_one, mail};
use serve::{Server, get, ocop, post, program, send, sign_in};

/// Seconds after which work of a node that was killed is taken over.
const LEASE: &str = "3";
const MAILS: usize = 60;
const IMPORTS: usize = 4;
/// How often that many more are handed in.
const BATCHES: usize = 5;

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A store of its own, and what lies beside it.
struct World {
    url: String,
    folder: tempfile::TempDir,
    server: String,
    name: String,
}

impl World {
    async fn new(server: &str) -> World {
        let chance = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
        let name = format!("ocop_nodes_{chance}");
        let world = World {
            url: format!("{}/{name}", server.rsplit_once('/').unwrap().0),
            folder: tempfile::tempdir().unwrap(),
            server: server.to_owned(),
            name,
        };
        world.on_server(&format!("create database {}", world.name)).await;
        let init = ocop(world.node("a"), &["init", "--demo"]);
        assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
        world
    }

    async fn on_server(&self, sql: &str) {
        let pool = sqlx::PgPool::connect(&self.server).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&pool).await.unwrap();
        pool.close().await;
    }

    fn data(&self, node: &str) -> PathBuf {
        self.folder.path().join(node)
    }

    /// A node with a data folder of its own; files lie where both find them.
    fn node(&self, node: &str) -> Command {
        let mut command = program(&self.data(node));
        command.env("OCOP_DATABASE_URL", &self.url).env("OCOP_FILES", self.folder.path().join("shared")).env("OCOP_JOB_LEASE", LEASE);
        command.env("RUST_LOG", "warn").stderr(Stdio::from(
            std::fs::OpenOptions::new().create(true).append(true).open(self.folder.path().join(format!("{node}.log"))).unwrap(),
        ));
        command
    }

    /// Ids of the mails that nodes sent, with how many nodes did.
    fn sent(&self) -> BTreeMap<String, usize> {
        let mut sent = BTreeMap::new();
        for node in ["a", "b"] {
            for mail in std::fs::read_dir(self.data(node).join("outbox")).into_iter().flatten().flatten() {
                *sent.entry(mail.path().file_stem().unwrap().to_string_lossy().into_owned()).or_default() += 1;
            }
        }
        sent
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() || std::env::var("OCOP_NODES_LOG").is_ok() {
            for node in ["a", "b"] {
                eprintln!("--- {node}\n{}", std::fs::read_to_string(self.folder.path().join(format!("{node}.log"))).unwrap_or_default());
            }
        }
    }
}

const LINE: &str = "----ocop-nodes";

async fn post_files(port: u16, path: &str, cookie: &str, fields: &[(&str, &str)], file: (&str, &str, &[u8])) -> Option<serve::Answer> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--{LINE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    body.extend(format!("--{LINE}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n\r\n", file.0, file.1).bytes());
    body.extend_from_slice(file.2);
    body.extend(format!("\r\n--{LINE}--\r\n").bytes());
    send(port, "POST", path, cookie, &format!("multipart/form-data; boundary={LINE}"), &body).await
}

fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    image::DynamicImage::new_rgb8(60, 40).write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

/// Id and name of records that were acknowledged.
type Acknowledged = Arc<Mutex<Vec<(String, String)>>>;

/// Adds records with a picture until told to stop, or until the node is gone; notes those it acknowledged.
async fn write_on(port: u16, cookie: String, label: String, known: Acknowledged, stop: Arc<AtomicBool>) {
    let picture = picture();
    for number in 0.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let name = format!("{label}-{number}");
        let Some(answer) =
            post_files(port, "/ho-so/moi", &cookie, &[("name", &name), ("sure", "1")], ("photos", "anh.png", &picture)).await
        else {
            return;
        };
        assert_eq!(answer.status, 303, "{}", answer.head);
        known.lock().unwrap().push((answer.id(), name));
    }
}

async fn queue_mails(db: &Db, round: usize) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for number in 0..MAILS {
        let mut tx = db.aside().await.unwrap();
        ids.insert(
            mail::queue(&mut tx, chrono::Utc::now(), &format!("m{round}x{number}@ocop.example"), "Thử", "Xin chào.\n").await.unwrap(),
        );
        tx.commit().await.unwrap();
    }
    ids
}

fn rows_of(prefix: &str, rows: usize) -> Vec<u8> {
    let mut text = "Mã điểm,Tên điểm,Loại,Địa chỉ,Xã phường\n".to_owned();
    for row in 0..rows {
        text.push_str(&format!("{}-{row},{prefix} {row},store,Số {row} phố Thử,Phường Hà Đông\n", prefix.replace("Lô ", "LO-")));
    }
    text.into_bytes()
}

/// Waits until a question has this answer.
async fn until(db: &Db, seconds: u64, what: &str, sql: &'static str, fits: impl Fn(i64) -> bool) {
    let begun = Instant::now();
    loop {
        let (count,) = fetch_one!(&mut db.read().await.unwrap(), (i64,), sql).unwrap();
        if fits(count) {
            return;
        }
        assert!(begun.elapsed().as_secs() < seconds, "{what}: {count} after {seconds} s");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Whether two files are read at once before all are.
async fn both_read(db: &Db) -> bool {
    let begun = Instant::now();
    loop {
        let (running, left) = fetch_one!(
            &mut db.read().await.unwrap(),
            (i64, i64),
            "select cast(coalesce(sum(case when state = 'running' then 1 else 0 end), 0) as bigint), count(*) from job where lane = 'long' and state in ('waiting', 'running')"
        )
        .unwrap();
        if running >= 2 || left == 0 {
            return running >= 2;
        }
        assert!(begun.elapsed().as_secs() < 60, "{left} imports are not done");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Killed,
    Told,
}

/// Load on both nodes, one of which ends in the middle of it.
async fn round(world: &World, db: &Db, (mut a, b): (Server, &Server), end: End, number: usize) {
    let rows = setting("OCOP_NODES_ROWS", 300);
    let before = world.sent();
    // a session that one node opened holds at the other
    let cookie = sign_in(a.port, "lanhdao").await;
    let (known, stop) = (Acknowledged::default(), Arc::new(AtomicBool::new(false)));
    let writers: Vec<_> = [a.port, b.port, a.port, b.port]
        .iter()
        .enumerate()
        .map(|(at, port)| tokio::spawn(write_on(*port, cookie.clone(), format!("Nut-{number}-{at}"), known.clone(), stop.clone())))
        .collect();
    let mails = tokio::spawn({
        let db = db.clone();
        async move { queue_mails(&db, number).await }
    });
    // each node reads a file by now; files that were read before the other node came to one are followed by more
    let mut imports = Vec::new();
    for batch in 0..BATCHES {
        for import in 0..IMPORTS {
            let port = if import % 2 == 0 { a.port } else { b.port };
            let prefix = format!("Lô {number}-{batch}-{import}");
            let answer =
                post_files(port, "/nhap", &cookie, &[("good_rows", "on")], ("file", "diem.csv", &rows_of(&prefix, rows))).await.unwrap();
            assert_eq!(answer.status, 303, "{}", answer.head);
            imports.push((answer.id(), prefix));
        }
        if both_read(db).await {
            break;
        }
    }
    let ended = Instant::now();
    match end {
        End::Killed => a.kill(),
        End::Told => {
            assert!(Command::new("kill").args(["-TERM", &a.child.id().to_string()]).status().unwrap().success());
            while a.child.try_wait().unwrap().is_none() {
                assert!(ended.elapsed().as_secs() < 15, "the node does not end");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert!(a.child.wait().unwrap().success());
            let (lost,) = fetch_one!(
                &mut db.read().await.unwrap(),
                (i64,),
                "select coalesce(cast(sum(lost) as bigint), 0) from job where finished_at is null"
            )
            .unwrap();
            assert_eq!(lost, 0, "what a stop interrupts is given back, not lost");
        }
    }
    let mails = mails.await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    until(db, 60, "work left", "select count(*) from job where state in ('waiting', 'running')", |count| count == 0).await;
    let took = ended.elapsed();

    let mut tx = db.read().await.unwrap();
    let failed = fetch_all!(&mut tx, (String, String), "select kind, outcome from job where state = 'failed'").unwrap();
    assert!(failed.is_empty(), "{failed:?}");
    for (id, prefix) in &imports {
        let (points, lines) = fetch_one!(
            &mut tx,
            (i64, i64),
            "select count(*), cast(coalesce(sum((select count(*) from journal j where j.subject_kind = 'point' and j.subject_id = p.id)), 0) as bigint) from point p where name like $1 || ' %'",
            prefix
        )
        .unwrap();
        let (state, outcome) = fetch_one!(&mut tx, (String, String), "select state, outcome from job where id = $1", id).unwrap();
        assert_eq!((state.as_str(), points, lines), ("done", rows as i64, rows as i64), "{prefix}: {outcome}");
    }
    let known = known.lock().unwrap().clone();
    let there: BTreeSet<(String, String)> =
        fetch_all!(&mut tx, (String, String), "select id, name from point").unwrap().into_iter().collect();
    let lost: Vec<_> = known.iter().filter(|point| !there.contains(*point)).collect();
    assert!(lost.is_empty() && !known.is_empty(), "answered and lost: {lost:?}");
    let names = known.iter().map(|(_, name)| name).collect::<BTreeSet<_>>();
    let (twice,) = fetch_one!(
        &mut tx,
        (i64,),
        "select count(*) from (select name from point where name like 'Nut-%' group by name having count(*) > 1) as t"
    )
    .unwrap();
    assert_eq!((twice, names.len()), (0, known.len()));
    // pictures that one node took, seen through the other
    let pictures = fetch_all!(
        &mut tx,
        (String,),
        "select a.id from attachment a join point p on p.id = a.subject_id where p.name like $1 || '%' order by a.id",
        format!("Nut-{number}-0")
    )
    .unwrap();
    drop(tx);
    assert!(!pictures.is_empty());
    for (picture,) in &pictures {
        assert_eq!(get(b.port, &format!("/anh/{picture}"), &cookie).await.unwrap().status, 200, "{picture}");
    }
    // each mail left; only one that was between leaving and being noted when the node was killed may have left twice, as the same message
    let sent: BTreeMap<String, usize> = world.sent().into_iter().filter(|(id, _)| !before.contains_key(id)).collect();
    assert!(mails.iter().all(|id| sent.contains_key(id)), "{} of {} mails left", sent.len(), mails.len());
    let twice = sent.values().filter(|nodes| **nodes > 1).count();
    assert!(twice <= usize::from(end == End::Killed), "{twice} mails left twice");
    eprintln!(
        "{end:?}: {} records answered, {} mails, {} imports of {rows}, all done {:.1} s after the end of the node",
        known.len(),
        mails.len(),
        imports.len(),
        took.as_secs_f64()
    );
}

/// What a node holds in memory follows within two seconds; what it reads each time is there at once.
async fn agree(db: &Db, a: &Server, b: &Server, name: &str) {
    let cookie = sign_in(a.port, "quantri").await;
    let mut tx = db.write().await.unwrap();
    execute!(&mut tx, "update unit set name = $1, full_name = $1, name_fold = $2 where id = '09556.2025'", name, ocop::text::fold(name))
        .unwrap();
    change::tell(&mut tx, change::UNITS).await.unwrap();
    tx.commit().await.unwrap();
    let begun = Instant::now();
    let query = ocop::page::query_escape(name);
    for port in [a.port, b.port] {
        while !get(port, &format!("/don-vi/goi-y?q={query}"), "").await.unwrap().body.contains(name) {
            assert!(begun.elapsed() < Duration::from_secs(2), "units differ");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let today = chrono::Utc::now().with_timezone(&chrono::FixedOffset::east_opt(7 * 3600).unwrap()).format("%d/%m/%Y").to_string();
    let number = "feed_requests_per_minute";
    for (value, status) in [(10, 429), (5000, 200)] {
        let form = format!("{number}-value={value}&{number}-from={}&{number}-reason=x", ocop::page::query_escape(&today));
        assert_eq!(post(a.port, &format!("/thong-so/{number}"), &cookie, &form).await.unwrap().status, 303);
        let begun = Instant::now();
        loop {
            let mut answer = 0;
            for _ in 0..15 {
                answer = get(b.port, "/nguon-tin/diem-ban.json", "").await.unwrap().status;
            }
            if answer == status {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(2), "the limit differs: {answer} where {value} are allowed");
        }
    }
    let keys = [a.port, b.port].map(|port| get(port, "/.well-known/jwks.json", ""));
    let [one, two] = keys;
    assert_eq!(one.await.unwrap().body, two.await.unwrap().body, "nodes sign with one key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn m8_two_nodes_are_one_and_one_of_them_may_die() {
    let Ok(server) = std::env::var("OCOP_TEST_POSTGRES") else {
        eprintln!("OCOP_TEST_POSTGRES is not set: no store for two nodes");
        return;
    };
    let world = World::new(&server).await;
    let db = Db::open(&world.url).await.unwrap();
    let b = Server::start(world.node("b")).await;
    // a node that looks into a folder of its own is told so
    let mut lost = world.node("c");
    lost.env("OCOP_FILES", Path::new(&world.data("c"))).env("OCOP_LISTEN", "127.0.0.1:0").stderr(Stdio::piped());
    let lost = ocop(lost, &["serve"]);
    assert!(
        !lost.status.success() && String::from_utf8_lossy(&lost.stderr).contains("OCOP_FILES"),
        "{}",
        String::from_utf8_lossy(&lost.stderr)
    );

    let rounds = setting("OCOP_NODES_ROUNDS", 1);
    for number in 0..rounds {
        for (at, end) in [End::Killed, End::Told].into_iter().enumerate() {
            let a = Server::start(world.node("a")).await;
            if number == 0 {
                agree(&db, &a, &b, if at == 0 { "Hà Đông Thử" } else { "Hà Đông" }).await;
            }
            round(&world, &db, (a, &b), end, number * 2 + at).await;
        }
    }
    let (slices, days) = fetch_one!(&mut db.read().await.unwrap(), (i64, i64), "select count(*), count(distinct kind) from job where lane = 'day' and state = 'done' and payload = (select max(payload) from job where lane = 'day')").unwrap();
    let known = ocop::app::jobs::KINDS.iter().filter(|(kind, _)| kind.lane == ocop::job::Lane::Day).count() as i64;
    assert_eq!((slices, days), (known, known), "the day's work of each slice, once");
    let verify = ocop(world.node("b"), &["verify"]);
    assert!(verify.status.success(), "the journal of both holds");
    drop(b);
    db.close().await;
    world.on_server(&format!("drop database {} with (force)", world.name)).await;
}
