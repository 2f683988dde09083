//! What tests stand on: a store of their own on either engine, a filled application, a client that drives its router.
//!
//! [`store_test!`](crate::store_test) turns one story into two tests, one on SQLite and one on PostgreSQL. The
//! PostgreSQL server is named by `OCOP_TEST_POSTGRES` (`make test` starts one); without it those tests fail in CI and
//! say so in one line elsewhere. Every test gets a database of its own, copied from a template that is filled once.
//! Not part of the program: nothing outside tests calls it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc, reason = "a failing test should stop where it fails")]
#![allow(clippy::print_stderr, reason = "tests talk on stderr")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use chrono::{DateTime, NaiveDate, Utc};
use tower::ServiceExt;

use crate::access::{self, Role};
use crate::app::{App, demo};
use crate::config::Config;
use crate::db::Db;
use crate::pack::{self, Pack};
use crate::point::{self, Point, State};
use crate::{clock, fetch_all, fetch_one};

/// The moment at which every test begins: Sunday 22 November 2026, eight in the morning in Hà Nội.
pub const BEGIN: &str = "2026-11-22T08:00:00+07:00";

/// That day.
pub fn begin_day() -> NaiveDate {
    clock::local(begin()).date_naive()
}

/// That moment.
pub fn begin() -> DateTime<Utc> {
    clock::parse_moment(BEGIN).unwrap()
}

/// Where a test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// An embedded file.
    Sqlite,
    /// The server of `OCOP_TEST_POSTGRES`.
    Postgres,
}

/// One story on both stores: two tests, `name::on_sqlite` and `name::on_postgres`.
///
/// ```ignore
/// store_test! {
///     async fn a_point_is_found_again(app: TestApp) { … }
/// }
/// ```
#[macro_export]
macro_rules! store_test {
    ($($(#[$meta:meta])* async fn $name:ident($given:ident: $kind:ty) $story:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn story($given: &$kind) $story

            #[test]
            fn on_sqlite() {
                $crate::testing::run::<$kind>($crate::testing::Engine::Sqlite, async |given: &$kind| story(given).await);
            }

            #[test]
            fn on_postgres() {
                $crate::testing::run::<$kind>($crate::testing::Engine::Postgres, async |given: &$kind| story(given).await);
            }
        }
    )*};
}

/// What a story is given.
#[allow(async_fn_in_trait, reason = "only tests implement and call it")]
pub trait Given: Sized {
    /// Made on an engine.
    async fn given(engine: Engine) -> Self;
}

/// Runs a story on an engine; the given is cleaned away afterwards, also when the story fails.
pub fn run<G: Given>(engine: Engine, story: impl AsyncFnOnce(&G)) {
    if engine == Engine::Postgres && server().is_none() {
        assert!(!is_ci(), "OCOP_TEST_POSTGRES is not set: in CI the tests on PostgreSQL must run (make test starts a server)");
        eprintln!("NOT RUN on PostgreSQL: OCOP_TEST_POSTGRES is not set; `make test` starts a server and sets it");
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let given = G::given(engine).await;
        story(&given).await;
    });
}

#[expect(clippy::disallowed_methods, reason = "tests are told of their server by the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn server() -> Option<String> {
    variable("OCOP_TEST_POSTGRES")
}

fn is_ci() -> bool {
    variable("CI").is_some_and(|value| value != "false" && value != "0")
}

/// A name that no other test of this or another process has.
fn own_name(what: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("ocop_{what}_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Changes whenever the test binary is built again, so that no template outlives its schema or its pack.
fn build_key() -> String {
    let exe = std::env::current_exe().unwrap();
    let built = std::fs::metadata(&exe).unwrap().modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    clock::digest(format!("{}{}", exe.display(), built.as_nanos()).as_bytes())[..12].to_owned()
}

/// A folder that is removed at the end.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new empty folder.
    pub fn new() -> Folder {
        let path = std::env::temp_dir().join(own_name("test"));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Default for Folder {
    fn default() -> Self {
        Folder::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A store of one test's own.
pub struct Store {
    /// Its pools.
    pub db: Db,
    /// The URL that opens it.
    pub url: String,
    /// Files of the test.
    pub folder: Folder,
    drop_database: Option<DropDatabase>,
}

struct DropDatabase(String);

impl Drop for DropDatabase {
    fn drop(&mut self) {
        let sql = format!("drop database if exists {} with (force)", self.0);
        // a story may end inside a runtime, and a runtime does not wait for another: a thread of its own does
        let _ = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { admin(&sql).await.unwrap_or_else(|error| eprintln!("{sql}: {error}")) });
        })
        .join();
    }
}

/// Runs one statement as the owner of the server.
async fn admin(sql: &str) -> Result<(), sqlx::Error> {
    use sqlx::{Connection, Executor};
    let mut connection = sqlx::PgConnection::connect(&server().unwrap_or_default()).await?;
    connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))).await?;
    connection.close().await
}

/// URL of another database of the same server.
fn url_of(database: &str) -> String {
    let server = server().unwrap_or_default();
    let (head, query) = server.split_once('?').map_or((server.as_str(), String::new()), |(head, query)| (head, format!("?{query}")));
    let head = match head.splitn(4, '/').collect::<Vec<_>>()[..] {
        [scheme, empty, host, ..] => format!("{scheme}/{empty}/{host}"),
        _ => head.to_owned(),
    };
    format!("{head}/{database}{query}")
}

/// Makes a database whose order of texts is Vietnamese where the server can, so that a query that leans on binary order fails.
async fn create(database: &str) {
    let vietnamese = format!("create database {database} template template0 encoding 'UTF8' locale_provider icu icu_locale 'vi' locale 'C.UTF-8'");
    if let Err(error) = admin(&vietnamese).await {
        eprintln!("{database}: no Vietnamese order on this server ({error}); its own order is used");
        admin(&format!("create database {database} template template0 encoding 'UTF8'")).await.unwrap();
    }
}

impl Store {
    async fn of(url: String, folder: Folder, drop_database: Option<DropDatabase>) -> Store {
        let db = Db::open(&url).await.unwrap();
        Store { db, url, folder, drop_database }
    }

    /// A store without any table.
    pub async fn empty(engine: Engine) -> Store {
        let folder = Folder::new();
        match engine {
            Engine::Sqlite => {
                let url = format!("sqlite:{}", folder.path().join("ocop.db").display());
                Store::of(url, folder, None).await
            }
            Engine::Postgres => {
                let name = own_name("test");
                create(&name).await;
                Store::of(url_of(&name), folder, Some(DropDatabase(name))).await
            }
        }
    }

    /// A store with law, the Hà Nội pack and the sample accounts, but without points.
    pub async fn filled(engine: Engine) -> Store {
        let folder = Folder::new();
        match engine {
            Engine::Sqlite => {
                let file = folder.path().join("ocop.db");
                std::fs::copy(sqlite_template().await, &file).unwrap();
                Store::of(format!("sqlite:{}", file.display()), folder, None).await
            }
            Engine::Postgres => {
                let name = own_name("test");
                let template = postgres_template().await;
                admin(&format!("create database {name} template {template}")).await.unwrap();
                Store::of(url_of(&name), folder, Some(DropDatabase(name))).await
            }
        }
    }

    /// Which engine it is on.
    pub fn engine(&self) -> Engine {
        if self.drop_database.is_some() { Engine::Postgres } else { Engine::Sqlite }
    }
}

/// A migrated store without rows.
impl Given for Store {
    async fn given(engine: Engine) -> Store {
        let store = Store::empty(engine).await;
        store.db.migrate().await.unwrap();
        store
    }
}

async fn fill(db: &Db) {
    db.migrate().await.unwrap();
    let mut tx = db.write().await.unwrap();
    pack::write(&mut tx, &Pack::default(), begin()).await.unwrap();
    demo::write(&mut tx, begin()).await.unwrap();
    tx.commit().await.unwrap();
}

/// The filled SQLite file, made by the first test that asks. Test runners use several processes: each that comes too
/// early makes its own, and the last one to finish leaves it.
async fn sqlite_template() -> PathBuf {
    static ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _guard = ONE.lock().await;
    let file = std::env::temp_dir().join(format!("ocop_template_{}.db", build_key()));
    if !file.is_file() {
        let part = Folder::new();
        let db = Db::open(&format!("sqlite:{}", part.path().join("ocop.db").display())).await.unwrap();
        fill(&db).await;
        let Db::Sqlite { write, .. } = &db else { unreachable!("a file is SQLite") };
        let whole = part.path().join("whole.db");
        let sql = format!("vacuum into '{}'", whole.display());
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(write).await.unwrap();
        db.close().await;
        std::fs::rename(&whole, &file).unwrap();
    }
    file
}

/// The filled PostgreSQL database; a lock of the server lets one test make it while the others wait.
async fn postgres_template() -> String {
    use sqlx::{Connection, Executor};
    let name = format!("ocop_template_{}", build_key());
    let mut connection = sqlx::PgConnection::connect(&server().unwrap_or_default()).await.unwrap();
    connection.execute("select pg_advisory_lock(20261122)").await.unwrap();
    let known = sqlx::query("select 1 from pg_database where datname = $1").bind(&name).fetch_optional(&mut connection).await.unwrap();
    if known.is_none() {
        let part = own_name("part");
        create(&part).await;
        let db = Db::open(&url_of(&part)).await.unwrap();
        fill(&db).await;
        db.close().await;
        admin(&format!("alter database {part} rename to {name}")).await.unwrap();
    }
    connection.execute("select pg_advisory_unlock(20261122)").await.unwrap();
    name
}

/// An application over a filled store: law, the Hà Nội pack, the sample accounts, a clock that stands at [`BEGIN`].
pub struct TestApp {
    /// The application itself.
    pub app: App,
    /// Its store.
    pub store: Store,
}

impl std::ops::Deref for TestApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

/// Settings of a test.
pub fn config(url: &str, folder: &Path) -> Config {
    Config {
        listen: "127.0.0.1:0".into(),
        data_dir: folder.to_owned(),
        database_url: url.to_owned(),
        base_url: "http://ocop.test".into(),
        smtp_url: None,
        mail_from: "OCOP <ocop@ocop.test>".into(),
        test_now: None,
        trust_proxy: false,
        tiles_url: None,
    }
}

impl Given for TestApp {
    async fn given(engine: Engine) -> TestApp {
        let store = Store::filled(engine).await;
        let app = App::with_db(config(&store.url, store.folder.path()), store.db.clone()).await.unwrap();
        app.clock().set(begin());
        TestApp { app, store }
    }
}

impl TestApp {
    /// A visitor who is not signed in.
    pub fn client(&self) -> Client {
        Client { router: self.app.router(), cookies: Mutex::default() }
    }

    /// A visitor signed in with the first sample account of this role.
    pub async fn sign_in(&self, role: Role) -> Client {
        let sign_in = demo::SIGN_INS.iter().find(|sign_in| sign_in.role == role).unwrap();
        self.sign_in_as(sign_in.login).await
    }

    /// A visitor signed in with this account; the form of sign-in has tests of its own.
    pub async fn sign_in_as(&self, login: &str) -> Client {
        let (now, today) = (self.clock().now(), self.clock().today());
        let mut tx = self.db().write().await.unwrap();
        let person = access::store::find_login(&mut tx, login).await.unwrap().expect(login);
        let grants = access::store::grants(&mut tx, &person.id, today).await.unwrap();
        let secret = access::store::open_session(&mut tx, &person.id, &grants[0].id, now).await.unwrap();
        tx.commit().await.unwrap();
        let client = self.client();
        client.cookies.lock().unwrap().insert("ocop".into(), secret);
        client
    }

    /// Adds an account with one role and signs it in.
    pub async fn sign_in_new(&self, role: Role, body: &str, unit: Option<&str>) -> Client {
        let login = format!("{}@ocop.test", own_name("person").replace('_', "-"));
        let person = access::store::Person {
            id: clock::new_id(),
            name: "Người Thử".into(),
            email: Some(login.clone()),
            phone: String::new(),
            file_code: None,
            password_hash: String::new(),
            status: "active".into(),
            demo: false,
            version: 1,
        };
        let mut tx = self.db().write().await.unwrap();
        let id = access::store::add(&mut tx, &person, self.clock().now()).await.unwrap().unwrap();
        access::store::grant(&mut tx, &id, role, body, unit, self.clock().today()).await.unwrap();
        tx.commit().await.unwrap();
        self.sign_in_as(&login).await
    }

    /// Adds a point that is complete enough for every step; `change` makes it what the test needs.
    pub async fn add_point(&self, change: impl FnOnce(&mut Point)) -> Point {
        let (now, today) = (self.clock().now(), self.clock().today());
        let mut tx = self.db().write().await.unwrap();
        let code = point::store::next_code(&mut tx, 2026).await.unwrap();
        let mut point = blank_point(now, today);
        point.code = code;
        change(&mut point);
        if point.slug.is_empty() {
            point.slug = point::store::free_slug(&mut tx, &point.name, &point.code).await.unwrap();
        }
        point::store::derive(&mut point, self.region(), today);
        point::store::add(&mut tx, &point, self.region(), point.state_since).await.unwrap().expect("a new point");
        tx.commit().await.unwrap();
        point
    }

    /// A point as it is now.
    pub async fn point(&self, id: &str) -> Point {
        let mut tx = self.db().read().await.unwrap();
        point::store::find(&mut tx, id).await.unwrap().expect("the point")
    }

    /// Runs all queued work that is due.
    pub async fn work(&self) -> usize {
        crate::job::run_due(&self.app).await.unwrap()
    }

    /// The mails in the outbox, oldest first, with their transfer encoding undone.
    pub fn outbox(&self) -> Vec<String> {
        let folder = self.config().data_dir.join("outbox");
        let mut files: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ending| ending == "eml")).collect();
        files.sort_by_key(|path| std::fs::metadata(path).and_then(|data| data.modified()).ok());
        files.into_iter().map(|path| readable_mail(&std::fs::read_to_string(path).unwrap())).collect()
    }

    /// How many rows a table has.
    pub async fn rows_of(&self, table: &str) -> i64 {
        let sql = format!("select count(*) from {table}");
        let mut tx = self.db().read().await.unwrap();
        fetch_one!(&mut tx, (i64,), sqlx::AssertSqlSafe(sql.clone())).unwrap().0
    }

    /// What the journal says was done to a thing, oldest first.
    pub async fn verbs(&self, kind: &str, id: &str) -> Vec<String> {
        let mut tx = self.db().read().await.unwrap();
        let rows = fetch_all!(&mut tx, (String,), "select verb from journal where subject_kind = $1 and subject_id = $2 order by seq", kind, id).unwrap();
        rows.into_iter().map(|(verb,)| verb).collect()
    }
}

/// A complete draft in Bát Tràng without code, slug or anything derived.
pub fn blank_point(now: DateTime<Utc>, today: NaiveDate) -> Point {
    Point {
        id: clock::new_id(),
        code: String::new(),
        slug: String::new(),
        name: "Cửa hàng gốm Bát Tràng".into(),
        name_fold: String::new(),
        sort: String::new(),
        kind: "craft_village".into(),
        address: "Thôn 5, xã Bát Tràng".into(),
        address_fold: String::new(),
        unit_id: Some("00577.2025".into()),
        unit_today: None,
        unit_chosen: false,
        lon: Some(105.912),
        lat: Some(20.969),
        cell: String::new(),
        area_m2: Some(45.0),
        operator_id: Some("demo-coso".into()),
        nominated_by: None,
        supporter_id: None,
        contact: "Nguyễn Thị Mẫu".into(),
        phone: "0912345678".into(),
        email: String::new(),
        hours: "Mo-Su 08:00-20:00".into(),
        goods: "Ấm chén gốm, 4 sao".into(),
        about: String::new(),
        state: State::Draft,
        state_since: today,
        due_on: None,
        submitted_at: Some(now),
        opened_on: None,
        closed_on: None,
        last_confirmed_on: None,
        counted_by: String::new(),
        source: String::new(),
        demo: false,
        version: 1,
        created_by: "test".into(),
        created_at: now,
        updated_at: now,
    }
}

/// Undoes base64 and quoted-printable, so that a test can read what a mail says.
fn readable_mail(raw: &str) -> String {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap_or((raw, ""));
    let head_low = head.to_lowercase();
    let body = if head_low.contains("content-transfer-encoding: base64") {
        String::from_utf8_lossy(&base64(body)).into_owned()
    } else if head_low.contains("content-transfer-encoding: quoted-printable") {
        let joined = body.replace("=\r\n", "");
        let marked = joined.replace('%', "%25").replace('=', "%");
        percent_encoding::percent_decode_str(&marked).decode_utf8_lossy().into_owned()
    } else {
        body.to_owned()
    };
    format!("{head}\r\n\r\n{body}")
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes() {
        let Some(value) = ALPHABET.iter().position(|known| *known == letter) else { continue };
        held = held << 6 | value as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits & 0xff) as u8);
        }
    }
    out
}

/// A browser without script: keeps cookies, sends the origin of the site.
pub struct Client {
    router: axum::Router,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body as text.
    pub body: String,
}

impl Answer {
    /// Where a redirect leads, or the empty text.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// A header, or the empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// Fails unless the status is this one; the page is shown then.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status.as_u16(), status, "location: {}\n{}", self.location(), self.body);
        self
    }

    /// Fails unless the page holds this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Answer {
        assert!(self.body.contains(text), "the page does not say “{text}”:\n{}", self.body);
        self
    }

    /// The value of a hidden or filled input of the page.
    pub fn value(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        self.body.split_once(&mark).and_then(|(_, rest)| rest.split_once('"')).map(|(value, _)| value.to_owned()).unwrap_or_default()
    }
}

impl Client {
    /// A page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::builder().method(Method::GET).uri(path).body(Body::empty()).unwrap()).await
    }

    /// A form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", crate::page::query_escape(name), crate::page::query_escape(value))).collect();
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "http://ocop.test")
            .body(Body::from(body.join("&")))
            .unwrap();
        self.send(request).await
    }

    /// A form with files: (field, file name, content).
    pub async fn post_files(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Answer {
        const LINE: &str = "----ocop-test-boundary";
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(format!("--{LINE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        for (name, file, content) in files {
            body.extend(format!("--{LINE}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: application/octet-stream\r\n\r\n").bytes());
            body.extend_from_slice(content);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{LINE}--\r\n").bytes());
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={LINE}"))
            .header(header::ORIGIN, "http://ocop.test")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    /// Any request; Host, Accept and Cookie are added where they are missing.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        let headers = request.headers_mut();
        headers.entry(header::HOST).or_insert("ocop.test".parse().unwrap());
        headers.entry(header::ACCEPT).or_insert("text/html".parse().unwrap());
        let cookies: Vec<String> = self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            headers.insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let first = cookie.to_str().unwrap().split(';').next().unwrap_or("");
            if let Some((name, value)) = first.split_once('=') {
                let mut cookies = self.cookies.lock().unwrap();
                match value {
                    "" => cookies.remove(name),
                    _ => cookies.insert(name.to_owned(), value.to_owned()),
                };
            }
        }
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Whether a session is held.
    pub fn is_signed_in(&self) -> bool {
        self.cookies.lock().unwrap().contains_key("ocop")
    }

    /// The session's secret.
    pub fn secret(&self) -> String {
        self.cookies.lock().unwrap().get("ocop").cloned().unwrap_or_default()
    }
}
