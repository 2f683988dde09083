//! One store, two engines: embedded SQLite by default, PostgreSQL when one machine is outgrown.
//!
//! Every SQL text is written once and runs on both. [`Tx`] is the only thing a `store.rs` sees; the four
//! macros expand to one arm per engine. Writers begin one after the other on both engines: two of them queue instead of failing.

mod column;
pub mod fact;
mod many;
mod probe;
mod table;
#[cfg(test)]
mod tests;
#[cfg(test)]
#[path = "tests/writer.rs"]
mod writer_tests;

pub use column::Column;
pub use many::{Statement, portions, run, widen};
pub use probe::Probe;
pub use table::{insert_text, update_text};

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection, Postgres, Sqlite, Transaction};

/// The pools of one store.
#[derive(Clone, Debug)]
pub enum Db {
    /// Embedded file: one writer, several readers.
    Sqlite {
        /// Connections that only read.
        read: SqlitePool,
        /// The one connection that writes.
        write: SqlitePool,
    },
    /// A PostgreSQL server, with one writer at a time for all nodes.
    Postgres {
        /// Connections that read, or note what stands by itself.
        read: PgPool,
        /// Connections that write, or wait until they may.
        write: PgPool,
    },
}

/// Which SQL engine answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3.
    Sqlite,
    /// PostgreSQL 15 or later.
    Postgres,
}

/// A transaction on either engine; dropped without [`Tx::commit`] it rolls back.
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

/// Result of a store function.
pub type DbResult<T> = Result<T, sqlx::Error>;

impl Tx {
    /// The engine behind this transaction, for the rare text that must differ.
    pub fn dialect(&self) -> Dialect {
        match self {
            Tx::Sqlite(_) => Dialect::Sqlite,
            Tx::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Makes everything written in this transaction durable.
    pub async fn commit(self) -> DbResult<()> {
        match self {
            Tx::Sqlite(tx) => tx.commit().await,
            Tx::Postgres(tx) => tx.commit().await,
        }
    }

    /// How much memory the embedded engine may use for pages that are read and written here. A large import that does
    /// not fit would write the same pages again and again. A server has its own settings.
    pub async fn cache(&mut self, megabytes: u32) -> DbResult<()> {
        match self {
            Tx::Sqlite(tx) => {
                sqlx::raw_sql(sqlx::AssertSqlSafe(format!("pragma cache_size = -{}; pragma shrink_memory", megabytes * 1000)))
                    .execute(&mut **tx)
                    .await
                    .map(drop)
            }
            Tx::Postgres(_) => Ok(()),
        }
    }

    /// Whether what is committed here goes into the store's file at once, as is the rule, or is left in the log, where it is
    /// as durable, until the next commit brings it over. A server has its own ways.
    pub async fn settle_at_once(&mut self, yes: bool) -> DbResult<()> {
        match self {
            Tx::Sqlite(tx) => sqlx::raw_sql(if yes { "pragma wal_autocheckpoint = 1000" } else { "pragma wal_autocheckpoint = 0" })
                .execute(&mut **tx)
                .await
                .map(drop),
            Tx::Postgres(_) => Ok(()),
        }
    }

    /// Takes away the indexes of an empty table that is to be filled with very many rows, but those that keep values unique and
    /// those of some rows only, which cost little; gives the statements that make them again, for [`Tx::script`] in this same transaction.
    pub async fn without_indexes(&mut self, table: &str) -> DbResult<String> {
        let found = match self.dialect() {
            Dialect::Sqlite => crate::fetch_all!(
                self,
                (String, String),
                "select name, sql from sqlite_master where type = 'index' and tbl_name = $1 and sql not like 'create unique%' and sql not like '% where %' order by name",
                table
            )?,
            Dialect::Postgres => crate::fetch_all!(
                self,
                (String, String),
                "select indexname::text, indexdef from pg_indexes where schemaname = current_schema() and tablename = $1 and indexdef not like 'CREATE UNIQUE%' and indexdef not like '% WHERE %' order by indexname",
                table
            )?,
        };
        let mut again = String::new();
        for (name, statement) in found {
            self.script(format!("drop index {name}")).await?;
            again.push_str(&statement);
            again.push_str(";\n");
        }
        Ok(again)
    }

    /// From here on the embedded engine overwrites what is deleted on this connection with zeros, instead of leaving it in free
    /// pages. A server keeps old rows until it cleans up; see [`Db::compact`].
    pub async fn overwrite_deleted(&mut self) -> DbResult<()> {
        match self {
            Tx::Sqlite(tx) => sqlx::raw_sql("pragma secure_delete = on").execute(&mut **tx).await.map(drop),
            Tx::Postgres(_) => Ok(()),
        }
    }

    /// Runs a script of several statements without parameters: migrations, indexes.
    pub async fn script(&mut self, sql: String) -> DbResult<()> {
        match self {
            Tx::Sqlite(tx) => sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut **tx).await.map(drop),
            Tx::Postgres(tx) => sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut **tx).await.map(drop),
        }
    }
}

/// Megabytes of pages that a connection to the embedded engine keeps.
pub const CACHE: u32 = 16;

/// All rows of a query as `$row`.
#[macro_export]
macro_rules! fetch_all {
    ($tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        match &mut *$tx {
            $crate::db::Tx::Sqlite(tx) => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(&mut **tx).await,
            $crate::db::Tx::Postgres(tx) => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(&mut **tx).await,
        }
    };
}

/// Exactly one row as `$row`.
#[macro_export]
macro_rules! fetch_one {
    ($tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        match &mut *$tx {
            $crate::db::Tx::Sqlite(tx) => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_one(&mut **tx).await,
            $crate::db::Tx::Postgres(tx) => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_one(&mut **tx).await,
        }
    };
}

/// One row or none as `Option<$row>`.
#[macro_export]
macro_rules! fetch_optional {
    ($tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        match &mut *$tx {
            $crate::db::Tx::Sqlite(tx) => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(&mut **tx).await,
            $crate::db::Tx::Postgres(tx) => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(&mut **tx).await,
        }
    };
}

/// Runs a statement; gives the number of rows it touched.
#[macro_export]
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match &mut *$tx {
            $crate::db::Tx::Sqlite(tx) => sqlx::query($sql)$(.bind($bind))*.execute(&mut **tx).await.map(|done| done.rows_affected()),
            $crate::db::Tx::Postgres(tx) => sqlx::query($sql)$(.bind($bind))*.execute(&mut **tx).await.map(|done| done.rows_affected()),
        }
    };
}

/// All rows of a text that was put together, whose binds are texts.
#[macro_export]
macro_rules! fetch_texts {
    ($tx:expr, $row:ty, $sql:expr, $binds:expr) => {{
        let sql = sqlx::AssertSqlSafe($sql);
        match &mut *$tx {
            $crate::db::Tx::Sqlite(tx) => {
                let mut query = sqlx::query_as::<_, $row>(sql);
                for bind in $binds {
                    query = query.bind(bind);
                }
                query.fetch_all(&mut **tx).await
            }
            $crate::db::Tx::Postgres(tx) => {
                let mut query = sqlx::query_as::<_, $row>(sql);
                for bind in $binds {
                    query = query.bind(bind);
                }
                query.fetch_all(&mut **tx).await
            }
        }
    }};
}

/// A condition put together from the parts that were asked for, so that each list finds the index made for it.
/// Only texts are bound; days and numbers are typed values and stand in the text. Read with [`fetch_texts!`](crate::fetch_texts).
#[derive(Debug, Default)]
pub struct Where {
    /// ` where … and …`, or nothing.
    pub sql: String,
    /// What it binds, from `$1` on.
    pub binds: Vec<String>,
}

impl Where {
    /// Binds a text; gives its place, `$3`.
    pub fn bind(&mut self, value: &str) -> String {
        self.binds.push(value.to_owned());
        format!("${}", self.binds.len())
    }

    /// One more thing that has to hold.
    pub fn and(&mut self, part: &str) {
        self.sql.push_str(if self.sql.is_empty() { " where " } else { " and " });
        self.sql.push_str(part);
    }

    /// That a condition holds for every word of a folded text, in whatever order: `condition` is told
    /// the place of the word's pattern.
    pub fn words(&mut self, folded: &str, condition: impl Fn(&str) -> String) {
        for word in folded.split(' ').filter(|word| !word.is_empty()) {
            let pattern = self.bind(&format!("%{word}%"));
            self.and(&format!("({})", condition(&pattern)));
        }
    }

    /// How many rows it is true of, counted up to one more than `most`.
    pub async fn count(self, tx: &mut Tx, from: &str, most: i64) -> DbResult<i64> {
        let sql = format!("select count(*) from (select 1 as one from {from}{} limit {}) found", self.sql, most + 1);
        Ok(fetch_texts!(tx, (i64,), sql, self.binds)?.first().map_or(0, |(n,)| *n))
    }

    /// That a column has one of these values.
    pub fn list(&mut self, column: &str, values: &[String]) -> String {
        if values.is_empty() {
            return "1 = 0".to_owned();
        }
        let binds: Vec<String> = values.iter().map(|value| self.bind(value)).collect();
        format!("{column} in ({})", binds.join(", "))
    }
}

/// A number of a paper without case and without the letter that few keyboards have, as folded words are compared with it.
pub fn plain_number(column: &str) -> String {
    format!("lower(replace(replace({column}, 'Đ', 'd'), 'đ', 'd'))")
}

impl Db {
    /// Opens the store named by a URL (`sqlite:FILE` or `postgres://…`). Nothing is created but the file itself.
    pub async fn open(url: &str) -> DbResult<Db> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            // a node that hangs in the middle of a transaction lets go of the writers' lock at last
            let options =
                PgConnectOptions::from_str(url)?.options([("lock_timeout", "60s"), ("idle_in_transaction_session_timeout", "5min")]);
            // waiting for one's turn is no slow statement
            let writers = match "warn".parse() {
                Ok(level) => options.clone().log_slow_statements(level, Duration::from_secs(20)),
                Err(_) => options.clone(),
            };
            let write = PgPoolOptions::new()
                .max_connections(4)
                .acquire_timeout(Duration::from_secs(60))
                .after_release(|connection, _| Box::pin(is_clean(connection)))
                .connect_with(writers)
                .await?;
            let read = PgPoolOptions::new()
                .max_connections(10)
                .acquire_timeout(Duration::from_secs(10))
                .after_release(|connection, _| Box::pin(is_clean(connection)))
                .connect_with(options)
                .await?;
            return Ok(Db::Postgres { read, write });
        }
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            // of a store that is made now: rows of about one kB fill such pages better, and a large import writes half as many
            .page_size(8192)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(20))
            .pragma("temp_store", "memory")
            .pragma("cache_size", format!("-{}", CACHE * 1000));
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(60))
            .after_release(|connection, _| Box::pin(is_clean(connection)))
            .connect_with(options.clone())
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(10))
            .after_release(|connection, _| Box::pin(is_clean(connection)))
            .connect_with(options)
            .await?;
        Ok(Db::Sqlite { read, write })
    }

    /// Which engine this store runs on.
    pub fn dialect(&self) -> Dialect {
        match self {
            Db::Sqlite { .. } => Dialect::Sqlite,
            Db::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// A consistent view for reading; never write through it.
    #[expect(clippy::disallowed_methods, reason = "the one place where transactions begin")]
    pub async fn read(&self) -> DbResult<Tx> {
        match self {
            Db::Sqlite { read, .. } => Ok(Tx::Sqlite(read.begin().await?)),
            Db::Postgres { read, .. } => Ok(Tx::Postgres(read.begin_with("begin isolation level repeatable read read only").await?)),
        }
    }

    /// A transaction that may write, one at a time for all nodes, as the embedded engine has it: what was checked in it still
    /// holds when it writes, and no two wait for each other.
    #[expect(clippy::disallowed_methods, reason = "the one place where transactions begin")]
    pub async fn write(&self) -> DbResult<Tx> {
        match self {
            Db::Sqlite { write, .. } => Ok(Tx::Sqlite(write.begin_with("begin immediate").await?)),
            Db::Postgres { write, .. } => {
                let mut tx = write.begin().await?;
                sqlx::query("select pg_advisory_xact_lock(hashtext('ocop'), hashtext(current_schema()))").execute(&mut *tx).await?;
                Ok(Tx::Postgres(tx))
            }
        }
    }

    /// A transaction that notes what stands by itself, in single rows that no other transaction decides by: leases of work.
    /// On a server it does not wait for the one who writes.
    #[expect(clippy::disallowed_methods, reason = "the one place where transactions begin")]
    pub async fn aside(&self) -> DbResult<Tx> {
        match self {
            Db::Sqlite { .. } => self.write().await,
            Db::Postgres { read, .. } => Ok(Tx::Postgres(read.begin().await?)),
        }
    }

    /// Lets a transaction go, unwritten, and gives one for reading: an error page is shown without holding up writers.
    pub async fn instead(&self, tx: Tx) -> DbResult<Tx> {
        drop(tx);
        self.read().await
    }

    /// Brings the schema up to this program. Each migration is one transaction; a store that is newer than the
    /// program, or whose applied text differs, is refused.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        self.migrate_to(MIGRATIONS.len()).await
    }

    /// The same, stopping after `count` migrations (for the test that migrates over data).
    pub async fn migrate_to(&self, count: usize) -> Result<(), MigrateError> {
        let mut tx = self.write().await?;
        execute!(&mut tx, "create table if not exists migration (number bigint primary key, name text not null, digest text not null)")?;
        let done = fetch_all!(&mut tx, (i64, String, String), "select number, name, digest from migration order by number")?;
        tx.commit().await?;
        if done.len() > MIGRATIONS.len() {
            return Err(MigrateError::Newer);
        }
        for (at, migration) in MIGRATIONS.iter().enumerate().take(count) {
            let digest = crate::clock::digest(migration.sql.as_bytes());
            match done.get(at) {
                Some((_, _, known)) if *known == digest => continue,
                Some((_, name, _)) => return Err(MigrateError::Changed(name.clone())),
                None => {}
            }
            let mut tx = self.write().await?;
            if fetch_optional!(&mut tx, (i64,), "select number from migration where number = $1", (at + 1) as i64)?.is_some() {
                // another node has just done it
                continue;
            }
            tx.script(migration.sql.to_owned()).await?;
            execute!(&mut tx, "insert into migration (number, name, digest) values ($1, $2, $3)", (at + 1) as i64, migration.name, digest)?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Whether the store has been filled by `ocop init`.
    pub async fn is_ready(&self) -> bool {
        let Ok(mut tx) = self.read().await else { return false };
        matches!(fact::find(&mut tx, "pack").await, Ok(Some(_)))
    }

    /// Writes the store anew without what was deleted or overwritten, so that its files hold no old rows.
    pub async fn compact(&self) -> DbResult<()> {
        match self {
            Db::Sqlite { write, .. } => sqlx::raw_sql("vacuum; pragma wal_checkpoint(truncate)").execute(write).await.map(drop),
            Db::Postgres { write, .. } => sqlx::raw_sql("vacuum").execute(write).await.map(drop),
        }
    }

    /// Closes all connections after their work is done.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres { read, write } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}

/// Whether a connection that comes back may be given out again. After an error the engine may have ended a transaction by
/// itself (a full disk does that), and then neither commit nor rollback succeeds: such a connection is closed.
async fn is_clean<C: Connection>(connection: &mut C) -> DbResult<bool> {
    // what was dropped without commit is rolled back before this answers
    connection.ping().await?;
    let clean = !connection.is_in_transaction();
    if !clean {
        tracing::warn!("a connection to the store came back with an open transaction and is closed");
    }
    Ok(clean)
}

/// A numbered schema change.
pub struct Migration {
    /// File name without ending, e.g. `0001_ground`.
    pub name: &'static str,
    /// The SQL text, the same for both engines.
    pub sql: &'static str,
}

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        /// All schema changes in order.
        pub static MIGRATIONS: &[Migration] = &[$(Migration { name: $name, sql: include_str!(concat!("../../../migrations/", $name, ".sql")) }),*];
    };
}
migrations![
    "0001_ground",
    "0002_point",
    "0003_way",
    "0004_operation",
    "0005_inspection",
    "0006_publication",
    "0007_prospect",
    "0008_api",
    "0009_map",
    "0010_product",
    "0011_connection",
    "0012_conference",
    "0013_enrolment",
    "0014_shelf",
    "0015_recognition",
    "0016_regrading",
    "0017_origin",
    "0018_bounds",
    "0021_identity",
    "0022_account",
    "0023_once",
    "0024_nodes",
    "0025_plan",
    "0026_force",
    "0027_told",
    "0028_preparation",
    "0029_producer",
    "0030_fill",
    "0031_law",
    "0032_desk",
    "0033_sheets",
    "0034_dossier",
    "0035_score_sheets",
    "0036_representative",
    "0037_samples",
    "0038_pages",
    "0039_panel",
    "0040_council",
    "0041_star_decision",
];

/// Why the schema could not be brought up to date.
#[derive(Debug)]
pub enum MigrateError {
    /// The store was written by a newer program.
    Newer,
    /// An applied migration has another text now.
    Changed(String),
    /// The engine refused.
    Sql(sqlx::Error),
}

impl From<sqlx::Error> for MigrateError {
    fn from(error: sqlx::Error) -> Self {
        MigrateError::Sql(error)
    }
}

impl std::fmt::Display for MigrateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            MigrateError::Newer => write!(
                f,
                "kho dữ liệu do phiên bản mới hơn ghi; hãy chạy phiên bản đó / the store was written by a newer version; run that one"
            ),
            MigrateError::Changed(name) => {
                write!(f, "bước lược đồ {name} đã bị sửa sau khi áp dụng / migration {name} was changed after it was applied")
            }
            MigrateError::Sql(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for MigrateError {}
