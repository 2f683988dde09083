//! Days that are not exact as people write them: "năm 2023", "5/2023", "khoảng 2020", "trước 2023".

use super::edtf::build::{self, Found};
use super::edtf::{Component, Edtf, Mark, plain};
use super::{DateError, nfc};

/// Nothing is known.
const UNKNOWN: [&str; 16] = [
    "khong ro",
    "chua ro",
    "khong biet",
    "chua biet",
    "khong co",
    "chua co",
    "khong neu",
    "nguon khong neu",
    "khong xac dinh",
    "chua xac dinh",
    "unknown",
    "not known",
    "n/a",
    "-",
    "?",
    "…",
];
/// Words that add nothing.
const IDLE: [&str; 9] = ["trong khoang tu ", "trong khoang ", "trong ", "mo ", "vao ", "ngay khai truong: ", "khai truong ", "in ", "on "];
const ABOUT: [&str; 9] = ["khoang ", "uoc chung ", "uoc ", "tam ", "about ", "around ", "circa ", "c. ", "~"];
const BEFORE: [&str; 2] = ["truoc ", "before "];
const BY: [&str; 12] = [
    "cham nhat ",
    "muon nhat ",
    "da co den ",
    "tinh den ",
    "den het ",
    "den ",
    "khong muon hon ",
    "khong sau ",
    "by ",
    "until ",
    "at the latest ",
    "<= ",
];
const AFTER: [&str; 2] = ["sau ", "after "];
const SINCE: [&str; 5] = ["som nhat ", "khong truoc ", "khong som hon ", "not before ", ">= "];
const ONWARDS: [&str; 4] = [" tro di", " den nay", " tro ve sau", " onwards"];
const JOINTS: [&str; 6] = [" den ", " hoac ", " va ", " to ", " and ", " or "];
/// What a word in brackets behind a date may speak of.
const OF: [(&str, Component); 4] =
    [("thang, nam ", Component::Month), ("month and year ", Component::Month), ("nam ", Component::Year), ("year ", Component::Year)];
/// Doubts in brackets behind a date.
const DOUBTS: [(&str, Mark); 9] = [
    ("chua chac", Mark::Uncertain),
    ("khong chac", Mark::Uncertain),
    ("suy luan", Mark::Uncertain),
    ("uncertain", Mark::Uncertain),
    ("inferred", Mark::Uncertain),
    ("uoc chung", Mark::Approximate),
    ("approximate", Mark::Approximate),
    ("uoc chung, chua chac", Mark::Both),
    ("approximate, uncertain", Mark::Both),
];

/// Reads the words; the exact shapes of a date were tried before.
pub(super) fn read(text: &str) -> Result<Option<Edtf>, DateError> {
    let typed = nfc(text);
    if let Some(found) = Edtf::parse(&typed) {
        return Ok(Some(found));
    }
    let line = plain(&typed);
    let line = line.trim_end_matches(['.', ';', ',']).trim();
    if UNKNOWN.contains(&line) {
        return Ok(None);
    }
    sentence(line).map(Some).ok_or(DateError::Vague { typed })
}

fn sentence(line: &str) -> Option<Edtf> {
    let idle = after_any(line, &IDLE).unwrap_or(line);
    if let Some(rest) = after_any(idle, &BEFORE) {
        return build::span(None, date(rest)?.before());
    }
    if let Some(rest) = after_any(idle, &SINCE) {
        return build::span(Some(date(rest)?), None);
    }
    if let Some(rest) = after_any(idle, &AFTER) {
        return build::span(date(rest)?.after(), None);
    }
    if let Some(rest) = after_any(idle, &BY) {
        return build::span(None, Some(date(rest)?));
    }
    let bare = after_any(idle, &["tu ", "giua ", "between ", "from ", "since "]).unwrap_or(idle);
    if let Some(rest) = ONWARDS.iter().find_map(|end| bare.strip_suffix(end)) {
        return build::span(Some(date(rest)?), None);
    }
    date(bare).map(Found::at).or_else(|| joined(bare))
}

/// "A đến B", "A hoặc B", "A - B"; what the first leaves out, the second says: "02-03/12/2022", "5-6/2023".
fn joined(line: &str) -> Option<Edtf> {
    let at_word = JOINTS.iter().find_map(|joint| line.split_once(joint));
    // a dash is a joint where something dated stands on both sides of it
    let at_dash = || {
        line.match_indices('-')
            .find_map(|(at, dash)| Some((&line[..at], &line[at + dash.len()..])).filter(|(_, last)| date(last.trim()).is_some()))
    };
    let (first, last) = at_word.or_else(at_dash)?;
    let (first, last) = (first.trim(), date(last.trim())?);
    let short = || {
        let number = first.trim_start_matches("ngay ").trim_start_matches("thang ").parse::<u32>().ok().filter(|_| first.len() <= 8)?;
        match (last.year_and_month(), last.is_day()) {
            ((year, Some(month)), true) => build::date(year, Some(month), Some(number)),
            ((year, Some(_)), false) => build::date(year, Some(number), None),
            _ => None,
        }
    };
    build::span(Some(date(first).or_else(short)?), Some(last))
}

/// One date with what is said against it.
fn date(line: &str) -> Option<Found> {
    let line = line.trim();
    if let Some((rest, doubt)) = line.strip_suffix(')').and_then(|line| line.rsplit_once('(')) {
        let (doubt, of) = OF.iter().find_map(|(word, of)| Some((doubt.strip_prefix(word)?, *of))).unwrap_or((doubt, Component::Whole));
        let (_, mark) = DOUBTS.iter().find(|(word, _)| *word == doubt)?;
        return date(rest).map(|found| found.marked(*mark, of));
    }
    if let Some(rest) = line.strip_suffix('?').or_else(|| after_any(line, &["co the ", "co le ", "perhaps "])) {
        return date(rest).map(|found| found.marked(Mark::Uncertain, Component::Whole));
    }
    if let Some(rest) = after_any(line, &ABOUT) {
        return date(rest).map(Found::about);
    }
    if let Some((day, year)) = line.split_once(", nam suy luan ") {
        return date(&format!("{day}/{year}")).map(|found| found.marked(Mark::Uncertain, Component::Year));
    }
    // "5-6/2023" is two dates
    build::parsed(line).or_else(|| Some(line).filter(|line| !(line.contains('-') && line.contains('/'))).and_then(bare))
}

/// Day, month, quarter or year, in numbers and the words between them.
fn bare(line: &str) -> Option<Found> {
    let line = after_any(line, &["nam ", "ngay ", "year "]).unwrap_or(line);
    if let Some(rest) = after_any(line, &["quy ", "quarter ", "q"]) {
        let (quarter, year) = split(&rest.replace(" of ", "/"))?;
        let number = ["i", "ii", "iii", "iv"].iter().position(|roman| *roman == quarter).and_then(|at| u32::try_from(at + 1).ok());
        return build::quarter(year, number.or_else(|| quarter.parse().ok())?);
    }
    let named = line.split_once(' ').and_then(|(name, year)| Some((month_of(name)?, year)));
    if let Some((month, year)) = named {
        return build::date(four(year)?, Some(month), None);
    }
    let line = after_any(line, &["thang ", "t"]).unwrap_or(line);
    if let Some(year) = four(line) {
        return build::date(year, None, None);
    }
    let (before, year) = split(line)?;
    let numbers = before.replace(" thang ", "/");
    let fields: Vec<&str> = numbers.split(['/', '-', '.']).map(str::trim).collect();
    match fields[..] {
        [month] => build::date(year, Some(small(month)?), None),
        [day, month] => build::date(year, Some(small(month)?), Some(small(day)?)),
        _ => None,
    }
}

/// What stands before the year, and the year: "5/2023", "5 nam 2023", "ii - 2023".
fn split(line: &str) -> Option<(String, i32)> {
    let at = line.len().checked_sub(4)?;
    let year = four(line.get(at..)?)?;
    let before = line[..at].trim_end_matches(' ');
    let before = before.strip_suffix(" nam").or_else(|| before.strip_suffix(['/', '-', '.'])).or_else(|| before.strip_suffix(','))?;
    Some((before.trim().to_owned(), year))
}

fn four(text: &str) -> Option<i32> {
    (text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn small(text: &str) -> Option<u32> {
    ((1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn month_of(name: &str) -> Option<u32> {
    const NAMES: [&str; 12] =
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
    NAMES.iter().position(|known| *known == name).and_then(|at| u32::try_from(at + 1).ok())
}

fn after_any<'t>(line: &'t str, words: &[&str]) -> Option<&'t str> {
    words.iter().find_map(|word| line.strip_prefix(word)).map(str::trim_start)
}
