//! Tables, columns and how a value of each type goes into a line of JSON and back.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Map, Value};
use sqlx::Row as _;

use super::{BackupError, LEFT_BEHIND};
use crate::db::{Db, DbResult, Tx};
use crate::fetch_all;

/// The types that migrations use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Int,
    Text,
    Bool,
    Float,
    Date,
    Time,
}

impl Kind {
    fn read(word: &str) -> Option<Kind> {
        Some(match word.to_ascii_lowercase().as_str() {
            "bigint" => Kind::Int,
            "text" => Kind::Text,
            "boolean" => Kind::Bool,
            "double precision" => Kind::Float,
            "date" => Kind::Date,
            "timestamptz" => Kind::Time,
            _ => return None,
        })
    }
}

/// A value of a row, or its absence.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Int(Option<i64>),
    Text(Option<String>),
    Bool(Option<bool>),
    Float(Option<f64>),
    Date(Option<NaiveDate>),
    Time(Option<DateTime<Utc>>),
}

impl Cell {
    fn none(kind: Kind) -> Cell {
        match kind {
            Kind::Int => Cell::Int(None),
            Kind::Text => Cell::Text(None),
            Kind::Bool => Cell::Bool(None),
            Kind::Float => Cell::Float(None),
            Kind::Date => Cell::Date(None),
            Kind::Time => Cell::Time(None),
        }
    }

    fn json(&self) -> Value {
        match self {
            Cell::Int(Some(int)) => Value::from(*int),
            Cell::Text(Some(text)) => Value::from(text.as_str()),
            Cell::Bool(Some(truth)) => Value::from(*truth),
            // as text, since readers of JSON may round the last digit of a number
            Cell::Float(Some(float)) => Value::from(float.to_string()),
            Cell::Date(Some(date)) => Value::from(date.format("%Y-%m-%d").to_string()),
            Cell::Time(Some(time)) => Value::from(time.to_rfc3339_opts(SecondsFormat::Micros, true)),
            _ => Value::Null,
        }
    }

    fn read(kind: Kind, value: &Value) -> Option<Cell> {
        if value.is_null() {
            return Some(Cell::none(kind));
        }
        Some(match kind {
            Kind::Int => Cell::Int(Some(value.as_i64()?)),
            Kind::Text => Cell::Text(Some(value.as_str()?.to_owned())),
            Kind::Bool => Cell::Bool(Some(value.as_bool()?)),
            Kind::Float => Cell::Float(Some(value.as_str()?.parse().ok()?)),
            Kind::Date => Cell::Date(Some(value.as_str()?.parse().ok()?)),
            Kind::Time => Cell::Time(Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.with_timezone(&Utc))),
        })
    }
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    /// Refers to a row of the same table.
    pub is_self: bool,
}

/// A table of the schema.
#[derive(Clone, Debug)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// Places of the primary key's columns.
    pub key: Vec<usize>,
    parents: Vec<String>,
}

/// A row as cells in the order of its table's columns.
pub type Cells = Vec<Cell>;

/// Tables that the first `migrations` migrations make, parents before children.
pub async fn tables(migrations: usize) -> Result<Vec<Table>, BackupError> {
    let memory = Db::open("sqlite::memory:").await?;
    memory.migrate_to(migrations).await?;
    let mut tx = memory.write().await?;
    let names =
        fetch_all!(&mut tx, (String,), "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name")?;
    let mut tables = Vec::new();
    for (name,) in names {
        if name == "migration" || LEFT_BEHIND.contains(&name.as_str()) {
            continue;
        }
        let columns = fetch_all!(&mut tx, (String, String, i64), "select name, type, pk from pragma_table_info($1) order by cid", &name)?;
        let parents = fetch_all!(&mut tx, (String, String), "select \"table\", \"from\" from pragma_foreign_key_list($1)", &name)?;
        let mut key: Vec<(i64, usize)> =
            columns.iter().enumerate().filter(|(_, (_, _, pk))| *pk > 0).map(|(at, (_, _, pk))| (*pk, at)).collect();
        key.sort_unstable();
        let is_self = |column: &str| parents.iter().any(|(table, from)| *table == name && from == column);
        let columns = columns
            .iter()
            .map(|(column, word, _)| {
                let kind = Kind::read(word).ok_or_else(|| BackupError::OtherVersion(format!("{name}.{column}: {word}")))?;
                Ok(Column { is_self: is_self(column), name: column.clone(), kind })
            })
            .collect::<Result<_, BackupError>>()?;
        let parents = parents.iter().map(|(table, _)| table.clone()).filter(|table| *table != name).collect();
        tables.push(Table { name, columns, key: key.into_iter().map(|(_, at)| at).collect(), parents });
    }
    drop(tx);
    memory.close().await;
    Ok(in_order(tables))
}

fn in_order(mut left: Vec<Table>) -> Vec<Table> {
    let mut sorted: Vec<Table> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let ready = |table: &Table| {
            table.parents.iter().all(|parent| sorted.iter().any(|done| done.name == *parent) || LEFT_BEHIND.contains(&parent.as_str()))
        };
        // a ring of references would stop this; the migrations have none
        let at = left.iter().position(ready).unwrap_or(0);
        sorted.push(left.remove(at));
    }
    sorted
}

macro_rules! bound {
    ($query:expr, $cells:expr) => {{
        let mut query = $query;
        for cell in $cells {
            query = match cell {
                Cell::Int(value) => query.bind(value),
                Cell::Text(value) => query.bind(value),
                Cell::Bool(value) => query.bind(value),
                Cell::Float(value) => query.bind(value),
                Cell::Date(value) => query.bind(value),
                Cell::Time(value) => query.bind(value),
            };
        }
        query
    }};
}

macro_rules! cells_of {
    ($rows:expr, $table:expr) => {
        $rows
            .iter()
            .map(|row| {
                $table
                    .columns
                    .iter()
                    .enumerate()
                    .map(|(at, column)| {
                        Ok(match column.kind {
                            Kind::Int => Cell::Int(row.try_get(at)?),
                            Kind::Text => Cell::Text(row.try_get(at)?),
                            Kind::Bool => Cell::Bool(row.try_get(at)?),
                            Kind::Float => Cell::Float(row.try_get(at)?),
                            Kind::Date => Cell::Date(row.try_get(at)?),
                            Kind::Time => Cell::Time(row.try_get(at)?),
                        })
                    })
                    .collect::<DbResult<Cells>>()
            })
            .collect::<DbResult<Vec<Cells>>>()
    };
}

impl Table {
    fn list(&self, columns: impl Iterator<Item = usize>) -> String {
        columns.map(|at| format!("\"{}\"", self.columns[at].name)).collect::<Vec<_>>().join(", ")
    }

    /// Whether rows refer to other rows of the same table.
    pub fn has_self(&self) -> bool {
        self.columns.iter().any(|column| column.is_self)
    }

    /// Rows after a key, in the order of keys.
    pub async fn page(&self, tx: &mut Tx, after: Option<&Cells>, rows: usize) -> DbResult<Vec<Cells>> {
        let (all, key) = (self.list(0..self.columns.len()), self.list(self.key.iter().copied()));
        let marks = (1..=self.key.len()).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ");
        let from = if after.is_some() { format!("where ({key}) > ({marks})") } else { String::new() };
        let sql = format!("select {all} from \"{}\" {from} order by {key} limit {rows}", self.name);
        let keys: Vec<&Cell> = after.map(|row| self.key.iter().map(|at| &row[*at]).collect()).unwrap_or_default();
        match tx {
            Tx::Sqlite(tx) => {
                let rows = bound!(sqlx::query(sqlx::AssertSqlSafe(sql)), keys).fetch_all(&mut **tx).await?;
                cells_of!(rows, self)
            }
            Tx::Postgres(tx) => {
                let rows = bound!(sqlx::query(sqlx::AssertSqlSafe(sql)), keys).fetch_all(&mut **tx).await?;
                cells_of!(rows, self)
            }
        }
    }

    /// How many rows the table has, at most one.
    pub async fn is_empty(&self, tx: &mut Tx) -> DbResult<bool> {
        Ok(self.page(tx, None, 1).await?.is_empty())
    }

    /// Removes all rows (what a migration put there).
    pub async fn clear(&self, tx: &mut Tx) -> DbResult<()> {
        tx.script(format!("delete from \"{}\"", self.name)).await
    }

    /// Adds rows; references within the table are left out, see [`Table::refer`].
    pub async fn insert(&self, tx: &mut Tx, rows: &[Cells]) -> DbResult<()> {
        let width = self.columns.len();
        let marks = (1..=width).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ");
        let one = format!("insert into \"{}\" ({}) values ({marks})", self.name, self.list(0..width));
        for chunk in crate::db::portions(rows, width) {
            let sql = sqlx::AssertSqlSafe(crate::db::widen(tx.dialect(), &one, width, chunk.len()));
            let cells = chunk.iter().flat_map(|row| {
                row.iter().zip(&self.columns).map(|(cell, column)| if column.is_self { Cell::none(column.kind) } else { cell.clone() })
            });
            match tx {
                Tx::Sqlite(tx) => bound!(sqlx::query(sql), cells).execute(&mut **tx).await.map(drop)?,
                Tx::Postgres(tx) => bound!(sqlx::query(sql), cells).execute(&mut **tx).await.map(drop)?,
            }
        }
        Ok(())
    }

    /// Sets the references within the table, once all its rows are there.
    pub async fn refer(&self, tx: &mut Tx, row: &Cells) -> DbResult<()> {
        let own: Vec<usize> = (0..self.columns.len()).filter(|at| self.columns[*at].is_self).collect();
        if own.iter().all(|at| row[*at] == Cell::none(self.columns[*at].kind)) {
            return Ok(());
        }
        let pairs = |from: usize, columns: &[usize], between: &str| {
            columns
                .iter()
                .zip(from..)
                .map(|(at, mark)| format!("\"{}\" = ${mark}", self.columns[*at].name))
                .collect::<Vec<_>>()
                .join(between)
        };
        let sql = format!("update \"{}\" set {} where {}", self.name, pairs(1, &own, ", "), pairs(own.len() + 1, &self.key, " and "));
        let cells = own.iter().chain(&self.key).map(|at| row[*at].clone());
        match tx {
            Tx::Sqlite(tx) => bound!(sqlx::query(sqlx::AssertSqlSafe(sql)), cells).execute(&mut **tx).await.map(drop)?,
            Tx::Postgres(tx) => bound!(sqlx::query(sqlx::AssertSqlSafe(sql)), cells).execute(&mut **tx).await.map(drop)?,
        }
        Ok(())
    }

    /// A row as a line of JSON.
    pub fn line(&self, row: &Cells) -> String {
        let object: Map<String, Value> = self.columns.iter().zip(row).map(|(column, cell)| (column.name.clone(), cell.json())).collect();
        Value::Object(object).to_string()
    }

    /// A line of JSON as a row; none if it is not one of this table.
    pub fn row(&self, line: &str) -> Option<Cells> {
        let Ok(Value::Object(object)) = serde_json::from_str(line) else { return None };
        (object.len() == self.columns.len()).then_some(())?;
        self.columns.iter().map(|column| Cell::read(column.kind, object.get(&column.name)?)).collect()
    }
}
