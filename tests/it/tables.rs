//! Who writes and who reads each table, by the SQL in the sources: a table is written by one module only, and read by its
//! area and those above it.

use std::collections::{BTreeMap, BTreeSet};

use ocop::fetch_all;

use crate::architecture::may_use;
use crate::source::{Source, files};
use crate::sql::literals;

/// The names of all tables.
async fn tables() -> BTreeSet<String> {
    let db = ocop::db::Db::open("sqlite::memory:").await.unwrap();
    db.migrate().await.unwrap();
    let mut tx = db.read().await.unwrap();
    let found = fetch_all!(&mut tx, (String,), "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'").unwrap();
    found.into_iter().map(|(name,)| name).filter(|name| name != "migration").collect()
}

/// Whether a text is SQL, or a piece of it.
fn is_sql(text: &str) -> bool {
    let first: String = text.trim_start().chars().take_while(|letter| letter.is_ascii_alphabetic()).collect();
    let begins =
        ["select", "insert", "update", "delete", "with", "from", "join", "left", "where", "and", "or", "not", "exists", "case", "order"];
    begins.contains(&first.as_str()) || text.trim_start().starts_with([',', '('])
}

/// Words that follow one of these in a text.
fn after<'t>(text: &'t str, before: &'static [&'static str]) -> impl Iterator<Item = &'t str> {
    let words: Vec<&str> =
        text.split(|letter: char| letter.is_whitespace() || "(),".contains(letter)).filter(|word| !word.is_empty()).collect();
    (0..words.len()).filter_map(move |at| {
        let rest = &words[at..];
        let is_before = rest.len() > before.len() && rest.iter().zip(before).all(|(word, known)| word == known);
        is_before.then(|| rest[before.len()])
    })
}

type Users = BTreeMap<String, BTreeMap<(String, String), String>>;

fn note(users: &mut Users, table: &str, source: &Source) {
    let (area, module) = source.place();
    users.entry(table.to_owned()).or_default().entry((area.to_owned(), module.to_owned())).or_insert_with(|| source.path.clone());
}

#[tokio::test]
async fn a_table_is_written_by_its_module_and_read_from_above() {
    let tables = tables().await;
    let (mut writers, mut readers) = (Users::new(), Users::new());
    for source in files("src", &["rs"]).iter().filter(|source| !source.is_test() && source.module() != "testing") {
        // a table whose columns are named once: `table! { "point" of Point { … } }`
        for named in source.code().split("\ntable! {").skip(1).filter_map(|rest| rest.split('"').nth(1)) {
            note(&mut writers, named, source);
        }
        for (_, text) in literals(source).into_iter().filter(|(_, text)| is_sql(text)) {
            let deleted: BTreeSet<&str> = after(&text, &["delete", "from"]).collect();
            for written in after(&text, &["insert", "into"]).chain(after(&text, &["update"])).chain(deleted.iter().copied()) {
                if tables.contains(written) {
                    note(&mut writers, written, source);
                }
            }
            for read in after(&text, &["from"]).chain(after(&text, &["join"])) {
                if tables.contains(read) && !deleted.contains(read) {
                    note(&mut readers, read, source);
                }
            }
        }
    }
    let mut wrong = Vec::new();
    let mut text = String::new();
    for table in &tables {
        let Some(known) = writers.get(table) else {
            wrong.push(format!("nobody writes {table}"));
            continue;
        };
        if known.len() > 1 {
            wrong.push(format!("{table} is written by {known:?}; one module owns it and offers the others a function"));
        }
        let Some(((area, owner), _)) = known.first_key_value() else { continue };
        let mut read = Vec::new();
        for ((reading, module), file) in readers.get(table).into_iter().flatten().filter(|((_, module), _)| module != owner) {
            if !may_use(reading, area) {
                wrong.push(format!("{module} ({reading}) reads {table} of {owner} ({area}) in {file}"));
            }
            read.push(module.as_str());
        }
        text.push_str(format!("{table}: {owner} | {}", read.join(" ")).trim_end());
        text.push('\n');
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!("tables", text);
}

#[test]
fn sql_is_read_for_its_tables() {
    let read = |text: &'static str, before| after(text, before).collect::<Vec<_>>().join(" ");
    assert_eq!(read("delete from a where id in (select x from b)", &["delete", "from"]), "a");
    assert_eq!(read("insert into a (x) select y from b join c on 1", &["from"]), "b");
    assert_eq!(read("insert into a (x) select y from b left join c on 1", &["join"]), "c");
    assert!(is_sql(" and exists (select 1 from a)") && !is_sql("Read from a book"));
}

ocop::store_test! {
    async fn tables_whose_columns_are_named_once_have_them(store: ocop::testing::Store) {
        let texts = ocop::app::table_texts();
        assert!(texts.len() >= 8);
        for text in texts {
            crate::sql::prepare(&store.db, text).await.unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }
}
