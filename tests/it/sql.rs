//! Every SQL text runs on both engines, migrations run over data, and the two schemas are one.

use std::collections::BTreeMap;

use ocop::db::{Db, Dialect, Tx};
use ocop::testing::Store;
use ocop::{execute, fetch_all, store_test};

use crate::source::{Source, files};

/// String literals of Rust code with the byte they begin at: plain, over several lines, and raw.
pub fn literals(source: &Source) -> Vec<(usize, String)> {
    let text = source.text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'/' if text.get(at + 1) == Some(&b'/') => {
                while at < text.len() && text[at] != b'\n' {
                    at += 1;
                }
            }
            b'\'' => {
                // a letter or an escape; otherwise a lifetime
                let end = if text.get(at + 1) == Some(&b'\\') {
                    at + 3
                } else {
                    at + 1 + source.text[at + 1..].chars().next().map_or(1, char::len_utf8)
                };
                at = if text.get(end) == Some(&b'\'') { end + 1 } else { at + 1 };
            }
            b'r' if matches!(text.get(at + 1), Some(b'"' | b'#'))
                && (at == 0 || !text[at - 1].is_ascii_alphanumeric() && text[at - 1] != b'_') =>
            {
                let hashes = text[at + 1..].iter().take_while(|byte| **byte == b'#').count();
                let begin = at + 1 + hashes;
                if text.get(begin) != Some(&b'"') {
                    at += 1;
                    continue;
                }
                let close = format!("\"{}", "#".repeat(hashes));
                let length = source.text[begin + 1..].find(&close).unwrap_or(0);
                found.push((at, source.text[begin + 1..begin + 1 + length].to_owned()));
                at = begin + 1 + length + close.len();
            }
            b'"' => {
                let begin = at;
                let mut out = Vec::new();
                at += 1;
                while at < text.len() && text[at] != b'"' {
                    if text[at] == b'\\' {
                        at += 1;
                        match text[at] {
                            b'n' => out.push(b'\n'),
                            b'\n' => {
                                while text[at + 1].is_ascii_whitespace() {
                                    at += 1;
                                }
                            }
                            other => out.push(other),
                        }
                    } else {
                        out.push(text[at]);
                    }
                    at += 1;
                }
                at += 1;
                found.push((begin, String::from_utf8_lossy(&out).into_owned()));
            }
            _ => at += 1,
        }
    }
    found
}

fn is_sql(text: &str) -> bool {
    let low = text.trim_start().to_lowercase();
    let begins = |word: &str| low.starts_with(word);
    begins("select ")
        || begins("insert into ")
        || begins("delete from ")
        || begins("with ") && low.contains(" as (")
        || begins("update ") && low.contains(" set ")
}

/// Texts that are only for one engine say so by a word that the other does not know.
fn is_for(text: &str, dialect: Dialect) -> bool {
    let postgres_only = ["for update", "pg_", "::", "copy "].iter().any(|word| text.contains(word));
    let sqlite_only = ["sqlite_", "pragma"].iter().any(|word| text.contains(word));
    match dialect {
        Dialect::Sqlite => !postgres_only,
        Dialect::Postgres => !sqlite_only,
    }
}

pub async fn prepare(db: &Db, sql: &str) -> Result<(), sqlx::Error> {
    use sqlx::{Executor, SqlSafeStr};
    let text = sqlx::AssertSqlSafe(sql.to_owned()).into_sql_str();
    match db {
        Db::Sqlite { read, .. } => read.prepare(text).await.map(drop),
        Db::Postgres { read, .. } => read.prepare(text).await.map(drop),
    }
}

/// The SQL texts of the sources, with file and line.
fn texts() -> Vec<(Source, usize, String)> {
    let mut found = Vec::new();
    for source in files("src", &["rs"]) {
        let texts: Vec<(usize, String)> =
            literals(&source).into_iter().filter(|(_, sql)| is_sql(sql)).map(|(at, sql)| (source.line(at), sql)).collect();
        let path = source.path;
        found.extend(texts.into_iter().map(|(line, sql)| (Source { path: path.clone(), text: String::new() }, line, sql)));
    }
    found
}

/// Whether a text has a gap for `format!`: the lists are run with each of their filters (`tests/it/filters.rs`).
fn has_gap(sql: &str) -> bool {
    sql.contains('{')
}

/// How many texts each module has, and which have gaps: whoever adds one sees it here, and a finder that goes blind is seen.
#[test]
fn the_sql_texts_are_counted() {
    let (mut modules, mut gaps) = (BTreeMap::<String, usize>::new(), Vec::new());
    for (source, _, sql) in texts().into_iter().filter(|(source, ..)| !source.is_test()) {
        if has_gap(&sql) {
            let words: Vec<&str> = sql.split_whitespace().collect();
            gaps.push(format!("{}: {}", source.path, words.join(" ").chars().take(100).collect::<String>()));
        } else {
            *modules.entry(source.module().to_owned()).or_default() += 1;
        }
    }
    let total: usize = modules.values().sum();
    let modules: Vec<String> = modules.into_iter().map(|(module, count)| format!("{count:>4} {module}")).collect();
    insta::assert_snapshot!("texts", format!("{total:>4} prepared\n{}\n\nwith gaps\n{}", modules.join("\n"), gaps.join("\n")));
}

store_test! {
    async fn every_query_prepares(store: Store) {
        let (mut count, mut wrong) = (0, Vec::new());
        for (source, line, sql) in texts().into_iter().filter(|(_, _, sql)| is_for(sql, store.db.dialect()) && !has_gap(sql)) {
            count += 1;
            if let Err(error) = prepare(&store.db, &sql).await {
                wrong.push(format!("{}:{line}: {error}\n    {}", source.path, sql.split_whitespace().collect::<Vec<_>>().join(" ")));
            }
        }
        assert!(wrong.is_empty(), "{} of {count} do not prepare on {:?}:\n{}", wrong.len(), store.db.dialect(), wrong.join("\n"));
    }
}

/// What a point's states of before the two times become.
mod what_the_register_said_before_two_times_is_counted {
    use super::*;
    use ocop::db::MIGRATIONS;
    use ocop::testing::{Engine, Given, run};

    struct Empty(Store);

    impl Given for Empty {
        async fn given(engine: Engine) -> Empty {
            Empty(Store::empty(engine).await)
        }
    }

    async fn story(given: &Empty) {
        let db = &given.0.db;
        db.migrate_to(1).await.unwrap();
        let mut tx = db.write().await.unwrap();
        // the texts of the program speak of the newest schema: rows of an old one are written by hand
        execute!(
            &mut tx,
            "insert into unit (id, code, level, kind, name, full_name, name_fold, parent_id, source, note)
             values ('01', '01', 'province', 'thanh_pho', 'Hà Nội', 'Thành phố Hà Nội', 'ha noi', null, '', ''), ('00577.2025', '00577', 'commune', 'xa', 'Bát Tràng', 'Xã Bát Tràng', 'bat trang', '01', '', '')"
        )
        .unwrap();
        execute!(
            &mut tx,
            "insert into body (id, kind, name, name_fold, short, tax_code, address, phone, source, note, demo, version, created_at)
             values ('b', 'cooperative', 'Hợp tác xã Gốm', 'hop tac xa gom', '', '0100109106', '', '', '', '', false, 1, $1)",
            ocop::testing::begin()
        )
        .unwrap();
        ocop::journal::Note::of("init", ("store", "1"), serde_json::json!({}))
            .aside(&[("name", "x")])
            .by_name(&mut tx, ocop::testing::begin(), ("system", "thử"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for count in 2..=MIGRATIONS.len() {
            db.migrate_to(count).await.unwrap();
            if count == 2 {
                let mut tx = db.write().await.unwrap();
                execute!(
                    &mut tx,
                    "insert into point (id, code, slug, name, name_fold, sort, kind, address, address_fold, unit_id, unit_today, unit_chosen, cell, contact, phone,
                       email, hours, goods, about, state, state_since, opened_on, counted_by, source, demo, version, created_by, created_at, updated_at)
                     values ('p', 'HN-2026-0001', 'gom', 'Gốm', 'gom', 'gom', 'rest_stop', '', '', '00577.2025', '00577.2025', false, '', '', '', '', '', '', '',
                       'operating', $1, $1, 'city', '', false, 1, '', $2, $2)",
                    ocop::testing::begin_day(),
                    ocop::testing::begin()
                )
                .unwrap();
                execute!(&mut tx, "insert into point_unit (unit_id, certainty, state, kind, sort, point_id) values ('00577.2025', 'is', 'operating', 'rest_stop', 'gom', 'p')").unwrap();
                let opened = ocop::testing::begin_day();
                execute!(
                    &mut tx,
                    "insert into point_period (point_id, place, state, valid_from, valid_to) values ('p', 1, 'preparing', $1, $2)",
                    opened - chrono::Days::new(9),
                    opened
                )
                .unwrap();
                execute!(&mut tx, "insert into point_period (point_id, place, state, valid_from) values ('p', 2, 'operating', $1)", opened)
                    .unwrap();
                tx.commit().await.unwrap();
            }
        }
        db.migrate().await.unwrap();
        let mut tx = db.read().await.unwrap();
        let periods = ocop::point::period::of(&mut tx, "p").await.unwrap();
        let states: Vec<&str> = periods.iter().map(|period| period.state.word()).collect();
        assert_eq!(states, ["preparing", "operating"]);
        let flow = fetch_all!(
            &mut tx,
            (String, String, String, i64),
            "select unit_id, kind, counter, n from period_flow order by unit_id, kind, counter"
        )
        .unwrap();
        let wanted: Vec<_> = ["*", "00577.2025"]
            .into_iter()
            .flat_map(|unit| ["*", "rest_stop"].map(|kind| (unit, kind)))
            .flat_map(|(unit, kind)| ["all", "city"].map(|counter| (unit.to_owned(), kind.to_owned(), counter.to_owned(), 1)))
            .collect();
        assert_eq!(flow, wanted, "what the register said before it had two times is counted");
    }

    #[test]
    fn on_sqlite() {
        run::<Empty>(Engine::Sqlite, async |given: &Empty| story(given).await);
    }

    #[test]
    fn on_postgres() {
        run::<Empty>(Engine::Postgres, async |given: &Empty| story(given).await);
    }
}

store_test! {
    async fn a_store_of_a_newer_program_is_refused(store: Store) {
        let mut tx = store.db.write().await.unwrap();
        execute!(&mut tx, "insert into migration (number, name, digest) values (9999, '9999_future', '')").unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(store.db.migrate().await, Err(ocop::db::MigrateError::Newer)));
    }

    async fn a_migration_changed_after_the_fact_is_named(store: Store) {
        let mut tx = store.db.write().await.unwrap();
        execute!(&mut tx, "update migration set digest = 'x' where number = 1").unwrap();
        tx.commit().await.unwrap();
        let error = store.db.migrate().await.unwrap_err().to_string();
        assert!(error.contains("0001_ground"), "{error}");
    }

    async fn the_schema_is_the_one_in_the_snapshot(store: Store) {
        let mut tx = store.db.read().await.unwrap();
        let columns = columns(&mut tx).await;
        // one snapshot for both engines: whichever differs fails
        insta::assert_snapshot!("schema", columns.join("\n"));
    }
}

/// Tables, columns, kinds and whether a column may be empty, in words that both engines share.
async fn columns(tx: &mut Tx) -> Vec<String> {
    let rows: Vec<(String, String, String, bool)> = match tx.dialect() {
        Dialect::Sqlite => fetch_all!(
            tx,
            (String, String, String, bool),
            "select m.name, c.name, lower(c.type), c.\"notnull\" = 0 and c.pk = 0 from sqlite_master m join pragma_table_info(m.name) c
             where m.type = 'table' and m.name not like 'sqlite_%' order by 1, 2"
        ),
        Dialect::Postgres => fetch_all!(
            tx,
            (String, String, String, bool),
            "select c.table_name::text, c.column_name::text, c.data_type::text, c.is_nullable = 'YES' from information_schema.columns c
             where c.table_schema = 'public' order by c.table_name collate \"C\", c.column_name collate \"C\""
        ),
    }
    .unwrap();
    rows.into_iter()
        .map(|(table, column, kind, empty)| {
            let kind = kind.replace("timestamp with time zone", "timestamptz");
            format!("{table}.{column} {kind}{}", if empty { " or empty" } else { "" })
        })
        .collect()
}

#[test]
fn the_finder_sees_sql_over_several_lines() {
    let source = Source {
        path: "x.rs".into(),
        text: "f('\"', \"select 1\n from \\\"a\\\"\", r#\"update b set c = 'd'\"#) // \"select no\"\nlet l: &'a str = \"not sql\";".into(),
    };
    let found: Vec<String> = literals(&source).into_iter().map(|(_, sql)| sql).filter(|sql| is_sql(sql)).collect();
    assert_eq!(found, ["select 1\n from \"a\"", "update b set c = 'd'"]);
}
