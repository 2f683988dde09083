use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::*;
use crate::listed;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn entry(from: &str, to: Option<&str>, stars: i64) -> Entry {
    let body = match json!({"id": "certificate", "name": "Giấy", "stars_from": stars, "valid_from": from, "valid_to": to}) {
        Value::Object(body) => body,
        _ => Map::new(),
    };
    Entry { list: "zone".into(), id: "certificate".into(), period: Period::new(day(from), to.map(day)), body }
}

fn reworded(entry: &Entry, field: &str, value: Value) -> Entry {
    let mut entry = entry.clone();
    entry.body.insert(field.into(), value);
    entry
}

#[test]
fn days_that_have_passed_keep_what_was_said_of_them() {
    let today = day("2026-11-26");
    let before = entry("2023-04-18", None, 3);
    let judge = |after: Option<&Entry>| compare(Some(&before), after, today);
    assert_eq!(judge(Some(&before)), Ok(Found::Same));
    assert!(matches!(judge(Some(&reworded(&before, "name", json!("Giấy chứng nhận")))), Ok(Found::Changed(_))), "words may change");
    assert!(matches!(judge(Some(&entry("2023-04-18", Some("2026-11-26"), 3))), Ok(Found::Changed(_))), "it may end from today on");
    assert!(matches!(judge(Some(&entry("2023-04-18", Some("2027-01-01"), 3))), Ok(Found::Changed(_))));
    assert_eq!(judge(None), Err(Fault::Lost));
    assert!(matches!(judge(Some(&entry("2023-04-18", Some("2026-01-01"), 3))), Err(Fault::Rewritten(_))), "it was lived by until today");
    let other = entry("2023-04-18", None, 4);
    assert!(matches!(judge(Some(&other)), Err(Fault::Rewritten(_))));
    let corrected = reworded(&other, "corrected", json!("2026-11-26: chép sai từ Công báo"));
    assert!(matches!(judge(Some(&corrected)), Ok(Found::Changed(_))), "a correction gives its reason");
    assert!(
        matches!(compare(Some(&corrected), Some(&reworded(&corrected, "stars_from", json!(5))), today), Err(Fault::Rewritten(_))),
        "one reason, one correction"
    );
}

#[test]
fn what_never_began_may_go_and_what_is_over_may_not_be_lengthened() {
    let today = day("2026-11-26");
    let ahead = entry("2027-01-01", None, 4);
    assert!(matches!(compare(Some(&ahead), None, today), Ok(Found::Changed(_))));
    assert!(matches!(compare(Some(&ahead), Some(&entry("2027-01-01", None, 5)), today), Ok(Found::Changed(_))));
    let over = entry("2019-01-01", Some("2021-01-01"), 3);
    assert!(matches!(compare(Some(&over), Some(&entry("2019-01-01", Some("2022-01-01"), 3)), today), Err(Fault::Rewritten(_))));
    assert_eq!(compare(None, Some(&ahead), today), Ok(Found::New));
}

#[derive(Debug, serde::Deserialize)]
struct Row {
    id: String,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

listed! { "rows.toml" / "row" of Row by id, from..to }

#[test]
fn a_list_that_contradicts_itself_is_refused_as_a_whole() {
    let read = |text: &str| Dated::<Row>::read(text);
    let list = read("[[row]]\nid = 'a'\nto = '2023-01-01'\n[[row]]\nid = 'a'\nfrom = '2023-01-01'\n[[row]]\nid = 'b'\n").unwrap();
    assert_eq!(list.on(day("2022-12-31")).count(), 2);
    assert_eq!(list.get("a", day("2023-01-01")).unwrap().from, Some(day("2023-01-01")));
    assert!(list.get("c", day("2023-01-01")).is_none());
    for (text, fault) in [
        ("[[row]]\nid = 'a'\n[[row]]\nid = 'a'\nfrom = '2023-01-01'\n", "twice"),
        ("[[row]]\nid = 'a'\nfrom = '2023-01-01'\nto = '2022-01-01'\n", "ends before"),
        ("[[other]]\nid = 'a'\n", "lacks"),
        ("[[row]]\nfrom = '2023-01-01'\n", "id"),
    ] {
        let told = read(text).unwrap_err();
        assert!(told.contains(fault), "{told}");
    }
}

#[test]
fn the_law_of_this_program_is_read_whole() {
    let books = Books::new(None);
    let instruments: Vec<String> = crate::pack::law().unwrap().0.into_iter().map(|(instrument, _)| instrument.id).collect();
    let known: Vec<&str> = instruments.iter().map(String::as_str).collect();
    let mut names = std::collections::BTreeSet::new();
    for list in crate::app::lists().0 {
        let entries = list.read(&books.law, &known).unwrap();
        assert!(!entries.is_empty(), "{} is empty", list.name());
        assert!(names.insert(list.name()), "{} is there twice", list.name());
    }
    assert_eq!(first_year(), 2018);
    assert_ne!(books.digest().unwrap(), "");
}
