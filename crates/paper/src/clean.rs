//! Makes texts printable. A PDF that is to be kept may hold no letter that its fonts lack and none without a meaning of
//! its own; a run of letters that no line can hold must be breakable.

use serde_json::Value;

/// A run of so many letters without a space may be broken …
const RUN: usize = 16;
/// … after every so many: no column is narrower.
const PIECE: usize = 4;
/// A place where a line may end.
const MAY_BREAK: char = '\u{200b}';
/// Stands for a letter that the fonts lack.
const UNKNOWN: char = '?';

/// Cleans all texts of a value but names of pictures; `has` says which letters the fonts have.
pub fn clean(value: &mut Value, is_picture: &impl Fn(&str) -> bool, has: &impl Fn(char) -> bool) {
    match value {
        Value::String(text) if is_picture(text) => {}
        Value::String(text) => *text = printable(text, has),
        Value::Array(items) => items.iter_mut().for_each(|item| clean(item, is_picture, has)),
        Value::Object(fields) => fields.values_mut().for_each(|field| clean(field, is_picture, has)),
        _ => {}
    }
}

/// Neither seen nor meant: marks of direction and joining, soft hyphens, tags, selectors.
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn printable(text: &str, has: &impl Fn(char) -> bool) -> String {
    let mut clean = String::with_capacity(text.len());
    for letter in text.chars() {
        let letter = match letter {
            '\r' => continue,
            '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' => '\n',
            letter if letter.is_whitespace() => ' ',
            letter if letter.is_control() || is_unseen(letter) => continue,
            letter if has(letter) => letter,
            _ => UNKNOWN,
        };
        clean.push(letter);
    }
    clean.split_inclusive([' ', '\n']).map(breakable).collect()
}

/// A long word is broken behind its marks, and within only where no mark is for long: its parts stay whole.
fn breakable(word: &str) -> String {
    if word.chars().count() <= RUN || is_number(word) {
        return word.to_owned();
    }
    let mut pieces = String::with_capacity(word.len() * 2);
    for part in word.split_inclusive(['/', '-', '_', '.', '@', ':', '–']) {
        if !pieces.is_empty() {
            pieces.push(MAY_BREAK);
        }
        let is_long = part.chars().count() > RUN;
        for (at, letter) in part.chars().enumerate() {
            // a mark stays with its letter
            if is_long && at > 0 && at % PIECE == 0 && !letter.is_whitespace() && !matches!(letter, '\u{300}'..='\u{36f}') {
                pieces.push(MAY_BREAK);
            }
            pieces.push(letter);
        }
    }
    pieces
}

/// A document's number that a line can hold: "3428/SCT-QLCN", "12/2026/NQ-HĐND", with what its paper strikes out and a mark behind.
fn is_number(word: &str) -> bool {
    const LONGEST: usize = 20;
    let bare = word.trim().trim_start_matches(['(', '“', '"']).trim_end_matches([',', '.', ';', ':', ')', '”', '"']).replace("~~", "");
    let (Some((number, rest)), 1..=LONGEST) = (bare.split_once('/'), bare.chars().count()) else { return false };
    !number.is_empty()
        && number.chars().all(|letter| letter.is_ascii_digit())
        && rest.chars().any(char::is_alphabetic)
        && rest.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '/' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fonts_lack_and_what_is_not_seen_does_not_reach_the_paper() {
        let has = |letter: char| letter.is_ascii() || ('\u{c0}'..'\u{1eff}').contains(&letter);
        assert_eq!(printable("Gốm\u{202e} 陶 🏺\u{7}\u{e000}x\u{ad}y", &has), "Gốm ? ??xy");
        assert_eq!(printable("một\r\nhai\u{2028}ba\tbốn\u{a0}năm", &has), "một\nhai\nba bốn năm");
    }

    #[test]
    fn a_run_that_no_line_can_hold_may_be_broken() {
        let long = "a".repeat(60);
        let clean = printable(&long, &|_| true);
        assert_eq!(clean.replace('\u{200b}', ""), long);
        assert_eq!(clean.matches('\u{200b}').count(), 14);
        assert_eq!(printable(&"abc ".repeat(40), &|_| true), "abc ".repeat(40));
        assert_eq!(printable("3428/SCT-QLCN-XNK-TMDT-KHAC", &|_| true).replace('\u{200b}', "|"), "3428/|SCT-|QLCN-|XNK-|TMDT-|KHAC");
    }

    #[test]
    fn b23_a_document_number_is_never_broken() {
        for number in ["~~34~~28/SCT-QLCN", "1234/2026/NQ-HĐND,", "(3428/SCT-QLCN-XNK)", "26/2026/QĐ-TTg;"] {
            assert_eq!(printable(number, &|_| true), number);
        }
        assert_ne!(printable("https://dulich.example/diem/12", &|_| true), "https://dulich.example/diem/12");
    }

    #[test]
    fn every_text_of_a_value_is_cleaned() {
        let mut value = serde_json::json!({"a": ["\u{7}x", {"b": "y\u{200b}"}], "n": 1, "none": null});
        clean(&mut value, &|_| false, &|_| true);
        assert_eq!(value, serde_json::json!({"a": ["x", {"b": "y"}], "n": 1, "none": null}));
    }

    #[test]
    fn a_picture_keeps_its_name() {
        let name = "01a2b3c4d5e6f7a8b9c0d1e2.jpg";
        let mut value = serde_json::json!({"photos": [{"name": name, "caption": name.replace('1', "2")}]});
        clean(&mut value, &|text| text == name, &|_| true);
        assert_eq!(value["photos"][0]["name"], name);
        assert_ne!(value["photos"][0]["caption"], name.replace('1', "2"));
    }
}
