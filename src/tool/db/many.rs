//! Many rows at once: a statement written for one row, valid as it stands, is widened for as many as a statement may bind.

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;

use super::{DbResult, Dialect, Tx};

/// Most values that one statement binds. Few large statements cost least; far larger ones win no more and hold more memory.
const MOST_BINDS: usize = 8000;

/// Splits rows for statements that bind so many values a row: as many as one takes, then halves of that. A statement is
/// prepared once for each number of rows and kept, so there are few numbers.
pub fn portions<T>(rows: &[T], columns: usize) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    let mut size = 1 << (MOST_BINDS / columns.max(1)).max(1).ilog2();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        while size > rest.len() {
            size /= 2;
        }
        let (portion, others) = rest.split_at(size);
        rest = others;
        Some(portion)
    })
}

/// Widens `… values ($1, …, $n) …` or `… in ($1)` to `rows` times its values; literals among them are repeated. For SQLite the
/// values have no number: it looks a numbered one up in a list, so that work would grow with the square of it.
pub fn widen(dialect: Dialect, sql: &str, columns: usize, rows: usize) -> String {
    let is_list = sql.ends_with("in ($1)");
    let at = if is_list { sql.rfind("($1)") } else { sql.rfind("($1") }.unwrap_or(sql.len());
    let (head, values) = sql.split_at(at);
    let (tuple, tail) = values.trim_start_matches('(').split_once(')').unwrap_or_default();
    let mut wide = String::with_capacity(head.len() + rows * tuple.len() + rows * columns * 3);
    wide.push_str(head);
    wide.push_str(if is_list { "(" } else { "" });
    let mut number = 0;
    for row in 0..rows {
        wide.push_str(if row > 0 { ", " } else { "" });
        wide.push_str(if is_list { "" } else { "(" });
        for (at, value) in tuple.split(',').map(str::trim).enumerate() {
            wide.push_str(if at > 0 { ", " } else { "" });
            if !value.starts_with('$') {
                wide.push_str(value);
                continue;
            }
            number += 1;
            match dialect {
                Dialect::Sqlite => wide.push('?'),
                Dialect::Postgres => {
                    wide.push('$');
                    wide.push_str(&number.to_string());
                }
            }
        }
        wide.push_str(if is_list { "" } else { ")" });
    }
    wide.push_str(if is_list { ")" } else { tail });
    wide
}

/// A statement with its values, ready to run on the engine it was put together for.
pub enum Statement {
    /// On SQLite.
    Sqlite(String, SqliteArguments),
    /// On PostgreSQL.
    Postgres(String, PgArguments),
}

impl Statement {
    async fn run(self, tx: &mut Tx) -> DbResult<()> {
        match (self, tx) {
            (Statement::Sqlite(sql, values), Tx::Sqlite(tx)) => {
                sqlx::query_with(AssertSqlSafe(sql), values).execute(&mut **tx).await.map(drop)
            }
            (Statement::Postgres(sql, values), Tx::Postgres(tx)) => {
                sqlx::query_with(AssertSqlSafe(sql), values).execute(&mut **tx).await.map(drop)
            }
            _ => Err(sqlx::Error::Configuration("a statement for one engine was run on the other".into())),
        }
    }
}

/// Runs statements one after the other; the next is put together while the one before runs.
pub async fn run(tx: &mut Tx, statements: &mut (dyn Iterator<Item = DbResult<Statement>> + Send)) -> DbResult<()> {
    let mut ready = statements.next();
    while let Some(statement) = ready {
        let statement = statement?;
        let (done, next) = tokio::join!(statement.run(tx), async { statements.next() });
        done?;
        ready = next;
    }
    Ok(())
}

/// Puts together an `insert … values ($1, …, $n)` for many rows: an iterator of [`Statement`]s of some hundred rows each, which
/// needs no store. `$n` must be the last of `$columns` values to bind; literals may stand among them.
#[macro_export]
macro_rules! fill_many {
    ($dialect:expr, $columns:expr, $sql:expr, $rows:expr, |$row:ident| [$($bind:expr),* $(,)?]) => {{
        let dialect: $crate::db::Dialect = $dialect;
        $crate::db::portions(&$rows[..], $columns).map(move |portion| -> $crate::db::DbResult<$crate::db::Statement> {
            let sql = $crate::db::widen(dialect, $sql, $columns, portion.len());
            macro_rules! fill {
                ($engine:ident, $values:expr) => {{
                    let mut values = $values;
                    sqlx::Arguments::reserve(&mut values, portion.len() * $columns, 0);
                    for $row in portion {
                        $(sqlx::Arguments::add(&mut values, $bind).map_err(sqlx::Error::Encode)?;)*
                    }
                    Ok($crate::db::Statement::$engine(sql, values))
                }};
            }
            match dialect {
                $crate::db::Dialect::Sqlite => fill!(Sqlite, sqlx::sqlite::SqliteArguments::default()),
                $crate::db::Dialect::Postgres => fill!(Postgres, sqlx::postgres::PgArguments::default()),
            }
        })
    }};
}

/// Runs an `insert … values ($1, …, $n)` for many rows, as [`fill_many`](crate::fill_many) puts it together.
#[macro_export]
macro_rules! execute_many {
    ($tx:expr, $columns:expr, $sql:expr, $rows:expr, |$row:ident| [$($bind:expr),* $(,)?]) => {{
        let dialect = $tx.dialect();
        $crate::db::run(&mut *$tx, &mut $crate::fill_many!(dialect, $columns, $sql, $rows, |$row| [$($bind),*])).await
    }};
}

/// All rows of a `select … in ($1)` for many keys.
#[macro_export]
macro_rules! fetch_many {
    ($tx:expr, $row:ty, $sql:expr, $keys:expr) => {{
        let mut found: Vec<$row> = Vec::new();
        let mut failed = None;
        for chunk in $crate::db::portions(&$keys[..], 1) {
            let sql = sqlx::AssertSqlSafe($crate::db::widen($tx.dialect(), $sql, 1, chunk.len()));
            let rows = match &mut *$tx {
                $crate::db::Tx::Sqlite(tx) => {
                    let mut query = sqlx::query_as::<_, $row>(sql);
                    for key in chunk {
                        query = query.bind(key);
                    }
                    query.fetch_all(&mut **tx).await
                }
                $crate::db::Tx::Postgres(tx) => {
                    let mut query = sqlx::query_as::<_, $row>(sql);
                    for key in chunk {
                        query = query.bind(key);
                    }
                    query.fetch_all(&mut **tx).await
                }
            };
            match rows {
                Ok(rows) => found.extend(rows),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        failed.map_or(Ok(found), Err::<Vec<$row>, sqlx::Error>)
    }};
}
