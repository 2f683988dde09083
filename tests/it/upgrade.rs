//! A store of a program of before opens in this one: it migrates, learns the law, and keeps every value that it had.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use ocop::backup::{backup, restore};
use ocop::clock::Clock;
use ocop::file::Depot;
use ocop::law::Books;
use ocop::pack;
use ocop::testing::{Store, begin};
use ocop::{fetch_all, fetch_one, journal, product, store_test};
use serde_json::{Map, Value};

/// Written by the program as it was before Decision 26/2026/QĐ-TTg was known to it: five products, 23 real points and three.
const BEFORE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/stores/before-26-2026.zip");

/// What learning the law and the map, and what stores keep for themselves, may change.
const MAY_CHANGE: [&str; 6] = ["instrument", "unit", "unit_successor", "meta", "journal_head", "body"];

type Row = Map<String, Value>;

/// Rows of each table of an archive.
fn rows(path: &Path) -> BTreeMap<String, Vec<Row>> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let names: Vec<String> =
        zip.file_names().filter_map(|name| Some(name.ok()?.into_owned()).filter(|name| name.ends_with(".jsonl"))).collect();
    let mut found = BTreeMap::new();
    for name in names {
        let mut text = String::new();
        zip.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str::<Row>(line).unwrap()).collect();
        found.insert(name.trim_end_matches(".jsonl").to_owned(), rows);
    }
    found
}

/// Whether a row of now says all that a row of before said.
fn keeps(now: &Row, before: &Row) -> bool {
    before.iter().all(|(name, value)| now.get(name) == Some(value))
}

store_test! {
    async fn a_store_of_before_learns_the_law_and_keeps_every_value(store: OldStore) {
        let db = &store.0.db;
        restore(db, &Depot::Folder(store.0.folder.path().to_owned()), Path::new(BEFORE), &mut |_, _| {}).await.unwrap();
        db.migrate().await.unwrap();
        let mut tx = db.write().await.unwrap();
        let lines = journal::head(&mut tx).await.unwrap().0;
        let learnt = pack::sync(&mut tx, &Books::new(None), &ocop::app::lists(), begin()).await.unwrap();
        assert!(learnt.added.iter().any(|number| number.contains("26/2026")), "{learnt:?}");
        assert!(learnt.changed.iter().any(|number| number.contains("148/")), "{learnt:?}");
        let told = journal::head(&mut tx).await.unwrap().0 - lines;
        assert_eq!(told as usize, learnt.added.len() + learnt.changed.len() + learnt.kept.len(), "each change of the law has its line");
        assert!(pack::sync(&mut tx, &Books::new(None), &ocop::app::lists(), begin()).await.unwrap().is_empty(), "the second time there is nothing to learn");
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        for (number, from, to) in [("26/2026/QĐ-TTg", "2026-05-22", ""), ("148/QĐ-TTg", "2023-02-24", "2026-07-22"), ("1489/QĐ-TTg", "2025-07-06", "2026-07-22")] {
            let (first, last) = fetch_one!(&mut tx, (Option<chrono::NaiveDate>, Option<chrono::NaiveDate>), "select valid_from, valid_to from instrument where number = $1", number).unwrap();
            let shown = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
            assert_eq!((shown(first).as_str(), shown(last).as_str()), (from, to), "{number}");
        }
        drop(tx);

        let after = store.0.folder.path().join("after.zip");
        backup(db, &Depot::Folder(store.0.folder.path().to_owned()), &Clock::default(), &after, &mut |_, _| {}).await.unwrap();
        let (before, now) = (rows(Path::new(BEFORE)), rows(&after));
        assert!(before["product"].len() == 5 && before["certificate"].len() == 4 && before["point"].len() == 26, "the archive is what it was");
        for (table, rows) in &before {
            let now = &now[table];
            let lost: Vec<&Row> = rows.iter().filter(|row| !now.iter().any(|other| keeps(other, row))).collect();
            assert!(lost.is_empty() || MAY_CHANGE.contains(&table.as_str()), "{table}: {:?}", lost.first());
        }
        let body = |row: &Row| (row["id"].clone(), row["name"].clone(), row["tax_code"].clone(), row["unit_id"].clone());
        let known: Vec<_> = now["body"].iter().map(body).collect();
        assert!(before["body"].iter().all(|row| known.contains(&body(row))), "bodies keep name, tax code and unit");
    }

    async fn last_days_as_printed_stay(store: OldStore) {
        let db = &store.0.db;
        restore(db, &Depot::Folder(store.0.folder.path().to_owned()), Path::new(BEFORE), &mut |_, _| {}).await.unwrap();
        db.migrate().await.unwrap();
        let mut tx = db.read().await.unwrap();
        let mut ends = Vec::new();
        for (id,) in fetch_all!(&mut tx, (String,), "select id from product order by code").unwrap() {
            for paper in product::store::certificates(&mut tx, &id).await.unwrap() {
                ends.push((paper.number.clone().unwrap_or_default(), paper.last_day().to_string(), paper.end_rule));
            }
        }
        ends.sort();
        let kept = |number: &str, day: &str| (number.to_owned(), day.to_owned(), String::new());
        let right = [kept("GCN-1", "2027-02-27"), kept("GCN-2", "2029-08-05"), kept("GCN-3", "2028-06-18"), kept("GCN-5", "2025-05-04")];
        assert_eq!(ends, right, "also those that were worked out a day short: they are asked about, not changed");
    }
}

/// An untouched store.
struct OldStore(Store);

impl ocop::testing::Given for OldStore {
    async fn given(engine: ocop::testing::Engine) -> OldStore {
        OldStore(Store::empty(engine).await)
    }
}
