//! Law is data: every file parses, every set names its paper, nothing overlaps, nothing is empty.

use std::collections::BTreeSet;

use ocop::pack;

use crate::source::{files, read};

#[test]
fn every_file_of_the_programme_parses() {
    let mut seen = 0;
    for source in files("programme", &["toml"]) {
        seen += 1;
        let parsed: Result<toml::Table, _> = source.text.parse();
        assert!(parsed.is_ok(), "{}: {}", source.path, parsed.unwrap_err());
        assert_eq!(
            source.text,
            ocop::text::nfc_block(&source.text).clone() + if source.text.ends_with('\n') { "\n" } else { "" },
            "{} is not in NFC with LF",
            source.path
        );
    }
    assert!(seen > 8, "only {seen} files");
    pack::law().unwrap();
}

#[test]
fn every_set_names_a_paper_and_every_group_its_clause() {
    let (instruments, sets) = pack::law().unwrap();
    let ids: BTreeSet<&str> = instruments.iter().map(|(instrument, _)| instrument.id.as_str()).collect();
    assert_eq!(ids.len(), instruments.len(), "an instrument is named twice");
    for (instrument, supersedes) in &instruments {
        assert!(!instrument.number.is_empty(), "{} has no number; “không rõ” is one", instrument.id);
        for id in supersedes.split_whitespace() {
            assert!(ids.contains(id), "{} supersedes {id}, which is unknown", instrument.id);
        }
        if let (Some(from), Some(to)) = (instrument.valid_from, instrument.valid_to) {
            assert!(from < to, "{} ends before it begins", instrument.id);
        }
    }
    assert!(sets.len() >= 3);
    for set in &sets {
        assert!(set.instrument.is_some(), "{} names no instrument", set.id);
        assert!(!set.title.is_empty() && !set.source.is_empty(), "{} lacks title or source", set.id);
        if let (Some(from), Some(to)) = (set.valid_from, set.valid_to) {
            assert!(from < to, "{} ends before it begins", set.id);
        }
        let mut items = BTreeSet::new();
        for group in &set.groups {
            assert!(["known", "partial", "unknown"].contains(&group.state.as_str()), "{} {}: state {}", set.id, group.id, group.state);
            assert!(group.criteria.is_empty() || !group.clause.is_empty(), "{} {} has items but names no clause", set.id, group.id);
            assert!(group.state != "known" || !group.criteria.is_empty(), "{} {} is known but empty", set.id, group.id);
            for item in &group.criteria {
                assert!(!item.text.trim().is_empty(), "{} {} has no text", set.id, item.id);
                assert!(items.insert(&item.id), "{} {} is there twice", set.id, item.id);
            }
        }
    }
}

#[test]
fn two_sets_never_hold_on_the_same_day() {
    let (_, sets) = pack::law().unwrap();
    let mut spans: Vec<_> = sets.iter().filter(|set| !set.overlay).map(|set| (set.valid_from, set.valid_to, &set.id)).collect();
    spans.sort();
    for pair in spans.windows(2) {
        let (_, end, first) = &pair[0];
        let (begin, _, second) = &pair[1];
        assert!(end.is_some() && begin.is_some() && end <= begin, "{first} and {second} overlap");
    }
}

#[test]
fn the_checklist_names_known_papers() {
    let (instruments, _) = pack::law().unwrap();
    let checklist = ocop::law::checklist(ocop::testing::begin_day());
    let mut ids = BTreeSet::new();
    for item in checklist.item.iter().chain(&checklist.opening_item) {
        assert!(!item.text.is_empty() && ids.insert(&item.id), "{}: empty or there twice", item.id);
        assert!(
            item.instrument.is_empty() || instruments.iter().any(|(known, _)| known.id == item.instrument),
            "{} names {}",
            item.id,
            item.instrument
        );
        for ratio in &item.ratios {
            let (a, b) = ratio.split_once(':').expect(ratio);
            assert!(a.parse::<f64>().unwrap() > 0.0 && b.parse::<f64>().unwrap() > 0.0);
        }
    }
}

#[test]
fn the_pack_of_ha_noi_is_whole() {
    let mut rows = csv_rows("programme/hanoi/units/units.csv");
    let header = rows.remove(0);
    let at = |name: &str| header.iter().position(|known| known == name).unwrap();
    let (id, level, from, to) = (at("id"), at("level"), at("valid_from"), at("valid_to"));
    let count = |wanted: &dyn Fn(&Vec<String>) -> bool| rows.iter().filter(|row| wanted(row)).count();
    assert_eq!(
        count(&|row| row[level] == "commune" && row[from] == "2025-07-01" && row[to].is_empty()),
        126,
        "communes and wards of 1 July 2025"
    );
    assert_eq!(count(&|row| row[level] == "commune" && row[id].ends_with(".old")), 526, "communes of the day before");
    assert_eq!(count(&|row| row[level] == "district" && row[id].ends_with(".old")), 30, "districts of the day before");
    let ids: BTreeSet<&String> = rows.iter().map(|row| &row[id]).collect();
    assert_eq!(ids.len(), rows.len(), "a unit is there twice");
    let successors = csv_rows("programme/hanoi/units/successors.csv");
    for row in &successors[1..] {
        assert!(ids.contains(&row[0]) && ids.contains(&row[1]), "{row:?} names a unit that is not in units.csv");
    }
    let points = csv_rows("programme/hanoi/points.csv");
    assert!(points.len() > 15, "only {} real points", points.len() - 1);
    assert_eq!(
        points[0].join(","),
        "code,name,kind,address,unit,lon,lat,area_m2,operator,operator_kind,tax_code,contact,phone,hours,state,opened_on,closed_on,last_confirmed_on,counted_by,source"
    );
    for row in &points[1..] {
        assert!(!row[19].is_empty(), "{} names no source", row[0]);
        assert!(["operating", "lead"].contains(&row[14].as_str()), "{}: {}", row[0], row[14]);
    }
}

/// The rows of a file, its header too.
fn csv_rows(path: &str) -> Vec<Vec<String>> {
    let text = read(path);
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    rows.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}
