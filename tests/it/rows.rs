//! Rows of any table, made from what the schema says of its columns, so that a test names only what it is about.

use std::collections::{BTreeMap, BTreeSet};

use ocop::db::{Db, DbResult, Tx};
use ocop::{fetch_all, fetch_one};

/// A column of a table.
#[derive(Clone, Debug)]
struct Column {
    name: String,
    kind: String,
    may_be_empty: bool,
    /// Table and column that it names.
    names: Option<(String, String)>,
    /// The words it may hold, if the schema says which.
    words: Vec<String>,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    name: String,
    columns: Vec<Column>,
    /// Two columns of which exactly one is filled.
    either: Option<(String, String)>,
}

/// The tables of a schema, by name. Both engines have the same one (a snapshot says so), so an empty SQLite is asked.
pub struct Schema(BTreeMap<String, Table>);

/// Words of columns that the schema leaves open and that migrations and pages ask for.
const WORDS: &[(&str, &str, &[&str])] = &[
    ("point", "state", &["operating", "draft", "suspended", "closed"]),
    ("point", "counted_by", &["city", "", "city ministry", "ministry"]),
    ("point_unit", "state", &["operating", "draft", "suspended", "closed"]),
    ("point_period", "state", &["operating", "preparing", "suspended", "closed"]),
    ("listing", "state", &["wanted", "sent", "shown", "down"]),
    ("job", "kind", &["daily", "mail", "import_points", "point_changed"]),
];

impl Schema {
    /// The schema after so many migrations.
    pub async fn after(migrations: usize) -> Schema {
        let db = Db::open("sqlite::memory:").await.unwrap();
        db.migrate_to(migrations).await.unwrap();
        Schema::of(&mut db.read().await.unwrap()).await
    }

    async fn of(tx: &mut Tx) -> Schema {
        let tables = fetch_all!(
            tx,
            (String, String),
            "select name, sql from sqlite_master where type = 'table' and name not like 'sqlite_%' and name <> 'migration'"
        )
        .unwrap();
        let mut all = BTreeMap::new();
        for (name, text) in tables {
            let foreign: BTreeMap<String, (String, String)> =
                fetch_all!(tx, (String, String, String), "select \"from\", \"table\", \"to\" from pragma_foreign_key_list($1)", &name)
                    .unwrap()
                    .into_iter()
                    .map(|(from, table, to)| (from, (table, to)))
                    .collect();
            let columns = fetch_all!(
                tx,
                (String, String, bool),
                "select name, lower(type), \"notnull\" = 0 and pk = 0 from pragma_table_info($1) order by cid",
                &name
            )
            .unwrap();
            let columns = columns
                .into_iter()
                .map(|(column, kind, may_be_empty)| Column {
                    names: foreign.get(&column).cloned(),
                    words: words(&name, &column, &text),
                    name: column,
                    kind,
                    may_be_empty,
                })
                .collect();
            let either = between(&text, "check ((", "))").and_then(|(check, _)| {
                let (one, other) = check.split_once(") <> (")?;
                Some((one.strip_suffix(" is null")?.to_owned(), other.strip_suffix(" is null")?.to_owned()))
            });
            all.insert(name.clone(), Table { name, columns, either });
        }
        Schema(all)
    }

    /// The names of all tables, those that are named by others first.
    pub fn in_order(&self) -> Vec<&str> {
        let (mut order, mut known) = (Vec::new(), BTreeSet::new());
        while order.len() < self.0.len() {
            let before = order.len();
            for (name, table) in &self.0 {
                let ready = table
                    .columns
                    .iter()
                    .filter_map(|column| column.names.as_ref())
                    .all(|(other, _)| other == name || known.contains(other.as_str()));
                if ready && known.insert(name.as_str()) {
                    order.push(name.as_str());
                }
            }
            assert!(order.len() > before, "tables name each other in a circle");
        }
        order
    }

    /// What a column holds in the row of that number; a column that names another table names its row of the same number.
    fn value(&self, table: &str, column: &str, number: usize) -> String {
        let column = self.0[table].columns.iter().find(|known| known.name == column).unwrap_or_else(|| panic!("{table} has no {column}"));
        match &column.names {
            Some((other, key)) if other != table => self.value(other, key, number),
            Some((_, key)) if number > 1 => self.value(table, key, number - 1),
            _ => match column.kind.as_str() {
                "text" if !column.words.is_empty() => format!("'{}'", column.words[(number - 1) % column.words.len()]),
                "text" => format!("'{table}-{number}'"),
                "bigint" => number.to_string(),
                "boolean" => number.is_multiple_of(2).to_string(),
                "double precision" => format!("{}.5", if column.name == "lat" { 20 } else { 105 }),
                "date" => format!("'2026-01-{number:02}'"),
                "timestamptz" => format!("'2026-01-{number:02}T01:00:00+00:00'"),
                other => panic!("{table}.{} is of a kind no row is made of: {other}", column.name),
            },
        }
    }

    /// The text that adds the row of that number: with an odd number what may be empty is, with an even one it is filled.
    /// What is `given` (SQL values) stands before that.
    fn insert(&self, table: &str, number: usize, given: &[(&str, String)]) -> String {
        let Table { name, columns, either } = &self.0[table];
        for (column, _) in given {
            assert!(columns.iter().any(|known| known.name == *column), "{table} has no {column}");
        }
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for column in columns {
            let value = match given.iter().find(|(known, _)| *known == column.name) {
                Some((_, value)) => value.clone(),
                None => {
                    let is_empty = match either {
                        Some((one, _)) if *one == column.name => number.is_multiple_of(2),
                        Some((_, other)) if *other == column.name => number % 2 == 1,
                        _ => {
                            column.may_be_empty
                                && (number % 2 == 1 || column.names.as_ref().is_some_and(|(other, _)| other == name && number == 1))
                        }
                    };
                    if is_empty { "null".to_owned() } else { self.value(table, &column.name, number) }
                }
            };
            names.push(format!("\"{}\"", column.name));
            values.push(value);
        }
        format!("insert into {name} ({}) values ({})", names.join(", "), values.join(", "))
    }

    /// Adds the row of that number.
    pub async fn add(&self, tx: &mut Tx, table: &str, number: usize) -> DbResult<()> {
        tx.script(self.insert(table, number, &[])).await
    }

    /// Adds a row of which only this is told; what may be empty is.
    pub async fn put(&self, tx: &mut Tx, table: &str, given: &[(&str, &str)]) {
        let given: Vec<(&str, String)> = given
            .iter()
            .map(|(name, value)| {
                (*name, if *value == "null" || is_number(value) { (*value).to_owned() } else { format!("'{}'", value.replace('\'', "''")) })
            })
            .collect();
        let sql = self.insert(table, 1, &given);
        tx.script(sql.clone()).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }
}

fn is_number(value: &str) -> bool {
    matches!(value, "true" | "false") || value.parse::<f64>().is_ok_and(f64::is_finite) && !value.starts_with('0')
}

/// The text between two others, and what follows.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> Option<(&'t str, &'t str)> {
    text.split_once(begin)?.1.split_once(end)
}

/// The words a column may hold: `check (column in ('a', 'b'))`.
fn words(table: &str, column: &str, text: &str) -> Vec<String> {
    if let Some((.., words)) = WORDS.iter().find(|(known, name, _)| (*known, *name) == (table, column)) {
        return words.iter().map(|word| (*word).to_owned()).collect();
    }
    between(text, &format!("check ({column} in ("), "))")
        .map(|(list, _)| list.split(',').map(|word| word.trim().trim_matches('\'').to_owned()).collect())
        .unwrap_or_default()
}

/// How many rows a table has.
pub async fn count(tx: &mut Tx, table: &str) -> i64 {
    fetch_one!(tx, (i64,), sqlx::AssertSqlSafe(format!("select count(*) from {table}"))).unwrap().0
}
