//! What tests stand on: a store of their own on either engine, a filled application, a client that drives its router.
//!
//! [`store_test!`](crate::store_test) turns one story into two tests, one on SQLite and one on PostgreSQL. The
//! PostgreSQL server is named by `OCOP_TEST_POSTGRES` (`make test` starts one); without it those tests fail in CI and
//! say so in one line elsewhere. Every test gets a database of its own, copied from a template that is filled once.
//! Not part of the program: nothing outside tests calls it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc, reason = "a failing test should stop where it fails")]
#![allow(clippy::print_stderr, reason = "tests talk on stderr")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, NaiveDate, Utc};

use crate::app::demo;
use crate::clock;
use crate::db::Db;
use crate::law::Books;
use crate::pack;

mod client;
mod world;

pub use client::{Answer, Client};
pub use world::{TestApp, blank_point, config};

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

/// A visitor of an application that is not the one given, who is not signed in.
pub fn visitor(app: &crate::state::App) -> Client {
    Client::new(app.router(), None)
}

/// A file as a form brings it.
pub async fn upload(folder: &Path, content: &[u8]) -> crate::file::Upload {
    let mut coming = crate::file::Coming::new(folder).await.unwrap();
    coming.write(content).await.unwrap();
    coming.whole(None).await.unwrap()
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

/// Whether this runs where everything that is tested must be there.
pub fn is_ci() -> bool {
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
        // a run that was killed leaves its folders, and numbers of processes come again
        let _ = std::fs::remove_dir_all(&path);
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
    let vietnamese =
        format!("create database {database} template template0 encoding 'UTF8' locale_provider icu icu_locale 'vi' locale 'C.UTF-8'");
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
    pack::sync(&mut tx, &Books::new(None), &crate::app::lists(), begin()).await.unwrap();
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
