//! Each migration runs over a store that has rows in every table that existed before it.

use std::collections::BTreeMap;

use ocop::db::MIGRATIONS;
use ocop::state::App;
use ocop::testing::{Engine, Given, Store, config, run, visitor};

use sqlx::error::ErrorKind;

use crate::rows::{Schema, count};

struct Empty(Store);

impl Given for Empty {
    async fn given(engine: Engine) -> Empty {
        Empty(Store::empty(engine).await)
    }
}

/// Rows of each table: one for each word of a list of the schema, half of them with what may be empty empty.
const ROWS: usize = 6;

/// So many of them each table must take.
const LEAST: usize = 3;

fn least(table: &str) -> i64 {
    if table == "journal_head" { 1 } else { LEAST as i64 }
}

/// What migrations take away on purpose: migration, table.
const TAKEN: &[(&str, &str)] = &[];

async fn story(given: &Empty) {
    let db = &given.0.db;
    let mut before: BTreeMap<String, i64> = BTreeMap::new();
    for (at, migration) in MIGRATIONS.iter().enumerate() {
        db.migrate_to(at + 1).await.unwrap_or_else(|error| panic!("{}: {error}", migration.name));
        let schema = Schema::after(at + 1).await;
        let tables = schema.in_order();
        let mut tx = db.read().await.unwrap();
        for (table, had) in &before {
            if !tables.contains(&table.as_str()) {
                continue;
            }
            let has = count(&mut tx, table).await;
            if !TAKEN.contains(&(migration.name, table.as_str())) {
                assert!(has >= *had, "{} took rows of {table}: {had} before it, {has} after it", migration.name);
            }
        }
        drop(tx);
        for table in &tables {
            // what the migration filled itself has rows
            if before.contains_key(*table) || count(&mut db.read().await.unwrap(), table).await >= least(table) {
                continue;
            }
            for number in 1..=ROWS {
                let mut tx = db.write().await.unwrap();
                match schema.add(&mut tx, table, number).await {
                    Ok(()) => tx.commit().await.unwrap(),
                    // some tables hold so many rows at most, or numbers up to so much, and what names their rows goes no further
                    Err(error) if number > LEAST && error.as_database_error().is_some_and(|error| error.kind() != ErrorKind::Other) => {}
                    Err(error) => panic!("{}: {table}, row {number}: {error}", migration.name),
                }
            }
        }
        let mut tx = db.read().await.unwrap();
        before.clear();
        for table in tables {
            let has = count(&mut tx, table).await;
            assert!(has >= least(table), "{table} has {has} rows when the migration after {} runs", migration.name);
            before.insert(table.to_owned(), has);
        }
    }
    // what came of all that is opened by the program
    let app = App::with_db(config(&given.0.url, given.0.folder.path()), db.clone()).await.unwrap();
    visitor(&app).get("/healthz").await.expect(200);
}

#[test]
fn each_migration_runs_over_rows_of_every_table_on_sqlite() {
    run::<Empty>(Engine::Sqlite, async |given: &Empty| story(given).await);
}

#[test]
fn each_migration_runs_over_rows_of_every_table_on_postgres() {
    run::<Empty>(Engine::Postgres, async |given: &Empty| story(given).await);
}
