//! Every text key that is used exists in both languages, and none lies about unused.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{files, read};

fn locale(name: &str) -> BTreeMap<String, String> {
    ocop::page::texts(&read(&format!("locales/{name}.toml"))).into_iter().collect()
}

/// Every quoted word of the source that looks like a key: `section.name` with a section that exists.
fn quoted() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut keys, mut words) = (BTreeSet::new(), BTreeSet::new());
    for source in files("src", &["rs", "html"]) {
        let code = if source.path.ends_with(".rs") { source.code() } else { source.text.clone() };
        for part in code.split('"') {
            let clean = !part.is_empty()
                && part.len() < 60
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
            if clean && part.contains('.') {
                keys.insert(part.to_owned());
            }
            if clean {
                words.insert(part.to_owned());
            }
        }
    }
    (keys, words)
}

/// Keys in `t("…")`, exactly.
fn asked() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in files("src", &["rs", "html"]) {
        let code = if source.path.ends_with(".rs") { source.code() } else { source.text.clone() };
        for part in code.split(".t(\"").skip(1) {
            if let Some((key, _)) = part.split_once('"') {
                found.insert(key.to_owned());
            }
        }
    }
    found
}

/// Sections whose keys are put together: `format!("flash.{word}")`.
fn sections() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in files("src", &["rs", "html"]) {
        for part in source.text.split("format!(\"").skip(1) {
            if let Some((section, rest)) = part.split_once(".{")
                && !section.is_empty()
                && section.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'.')
                && rest.split_once('}').is_some_and(|(_, end)| end.starts_with('"'))
            {
                found.insert(section.to_owned());
            }
        }
    }
    found
}

#[test]
fn both_languages_have_the_same_keys() {
    let (vi, en) = (locale("vi"), locale("en"));
    let missing: Vec<&String> =
        vi.keys().filter(|key| !en.contains_key(*key)).chain(en.keys().filter(|key| !vi.contains_key(*key))).collect();
    assert!(missing.is_empty(), "in one language only: {missing:?}");
    for (key, text) in vi.iter().chain(&en) {
        assert!(!text.trim().is_empty(), "{key} is empty");
        assert_eq!(text, &ocop::text::nfc(text), "{key} is not in NFC");
    }
}

#[test]
fn every_key_that_is_asked_for_exists() {
    let vi = locale("vi");
    let missing: Vec<String> = asked().into_iter().filter(|key| !vi.contains_key(key)).collect();
    assert!(missing.is_empty(), "asked for, but in no language: {missing:?}");
}

#[test]
fn no_key_is_unused() {
    let (keys, words) = quoted();
    let sections = sections();
    assert!(sections.contains("flash") && sections.contains("verb"), "the finder of put-together keys is blind: {sections:?}");
    let unused: Vec<String> = locale("vi")
        .into_keys()
        .filter(|key| {
            let put_together = key.rsplit_once('.').is_some_and(|(section, word)| sections.contains(section) && words.contains(word));
            !keys.contains(key) && !put_together
        })
        .collect();
    assert!(unused.is_empty(), "nobody asks for these: {unused:?}");
}

/// What a form says after its work is done (`go(path, "word")`), and what the journal calls a deed, has a text.
#[test]
fn every_word_of_deeds_has_a_text() {
    let vi = locale("vi");
    let mut missing = BTreeSet::new();
    for source in files("src", &["rs"]) {
        let code = source.code();
        for (at, _) in
            code.match_indices("go(").filter(|(at, _)| !code[..*at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_'))
        {
            let part = &code[at + "go(".len()..];
            // the last quoted word of the call, when it is a plain literal
            let call = part.split(");").next().unwrap_or("").split('\n').next().unwrap_or("");
            if let Some((_, rest)) = call.rsplit_once(", \"")
                && let Some((word, _)) = rest.split_once('"')
                && !word.is_empty()
                && !word.contains(['/', '{'])
                && !vi.contains_key(&format!("flash.{word}"))
            {
                missing.insert(format!("flash.{word} ({})", source.path));
            }
        }
    }
    // a deed stands before its thing: Note::of("create", ("point", …), …)
    for source in files("src", &["rs"]) {
        let joined = source.code().split_whitespace().collect::<Vec<_>>().join(" ");
        for part in joined.split("Note::of").skip(1) {
            let call = part.split(';').next().unwrap_or("");
            if let Some((before, _)) = call.split_once("\", (\"")
                && let Some((_, verb)) = before.rsplit_once('"')
                && !vi.contains_key(&format!("verb.{verb}"))
            {
                missing.insert(format!("verb.{verb} ({})", source.path));
            }
        }
    }
    use ocop::point::Step;
    for step in [Step::Submit, Step::Nominate, Step::Return, Step::Accept, Step::Withdraw, Step::Suspend, Step::Resume, Step::Close] {
        for section in ["verb", "flash"] {
            if !vi.contains_key(&format!("{section}.{}", step.word())) {
                missing.insert(format!("{section}.{}", step.word()));
            }
        }
    }
    assert!(missing.is_empty(), "without a text: {missing:#?}");
}
