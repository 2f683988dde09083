//! Names of administrative units with and without the word for their kind.

use super::nfc;

/// Kind, its word, the word without marks, its abbreviation. "Thị xã" stands before "xã".
const KINDS: [(&str, &str, &str); 9] = [
    ("thị trấn", "thi tran", "tt"),
    ("thị xã", "thi xa", "tx"),
    ("thành phố", "thanh pho", "tp"),
    ("đặc khu", "dac khu", "đk"),
    ("phường", "phuong", "p"),
    ("quận", "quan", "q"),
    ("huyện", "huyen", "h"),
    ("tỉnh", "tinh", "t"),
    ("xã", "xa", "x"),
];

/// Parts the name of a place from the word for its kind: "Phường Ba Đình", "P. Ba Đình" and
/// "P.Ba Đình" give `(Some("phường"), "Ba Đình")`, "TP Hà Nội" gives `(Some("thành phố"),
/// "Hà Nội")`, "Ba Đình" gives `(None, "Ba Đình")`. The rest is in the form of
/// [`nfc`](super::nfc).
///
/// A kind written without marks ("phuong Ba Dinh") is taken only if the whole text has none.
/// Some real names look like that ("Quan Hoa"), so look the full text up first, the rest second.
/// A text that is nothing but a kind is a name.
pub fn unit_words(text: &str) -> (Option<&'static str>, String) {
    let name = nfc(text);
    let found = KINDS.iter().find_map(|(kind, bare, short)| {
        let rest = word_cut(&name, kind)
            .or_else(|| name.is_ascii().then(|| word_cut(&name, bare))?)
            .or_else(|| short_cut(&name, short))?;
        Some((*kind, rest.to_owned()))
    });
    match found {
        Some((kind, rest)) => (Some(kind), rest),
        None => (None, name),
    }
}

/// What follows `word` (any case) at the front of `name`, without its leading marks.
fn cut<'a>(name: &'a str, word: &str) -> Option<&'a str> {
    let mut rest = name.chars();
    word.chars()
        .all(|w| rest.next().is_some_and(|c| c.to_lowercase().eq([w])))
        .then_some(rest.as_str())
}

fn named(rest: &str) -> Option<&str> {
    let rest = rest.trim_start_matches([' ', '.', ':', ',']);
    rest.starts_with(char::is_alphanumeric).then_some(rest)
}

fn word_cut<'a>(name: &'a str, word: &str) -> Option<&'a str> {
    let rest = cut(name, word)?;
    if rest.starts_with([' ', '.', ':']) {
        named(rest)
    } else {
        None
    }
}

/// An abbreviation ends with a dot or a space, or stands before a figure ("Q1").
fn short_cut<'a>(name: &'a str, short: &str) -> Option<&'a str> {
    let rest = cut(name, short)?;
    let ends = rest.starts_with(['.', ' ']) || rest.starts_with(|c: char| c.is_ascii_digit());
    if ends { named(rest) } else { None }
}
