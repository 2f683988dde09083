//! Names of administrative units with and without the word for their kind, and addresses taken apart.

use super::{fold, nfc};

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
        let rest = word_cut(&name, kind).or_else(|| name.is_ascii().then(|| word_cut(&name, bare))?).or_else(|| short_cut(&name, short))?;
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
    word.chars().all(|w| rest.next().is_some_and(|c| c.to_lowercase().eq([w]))).then_some(rest.as_str())
}

fn named(rest: &str) -> Option<&str> {
    let rest = rest.trim_start_matches([' ', '.', ':', ',']);
    rest.starts_with(char::is_alphanumeric).then_some(rest)
}

fn word_cut<'a>(name: &'a str, word: &str) -> Option<&'a str> {
    let rest = cut(name, word)?;
    if rest.starts_with([' ', '.', ':']) { named(rest) } else { None }
}

/// An abbreviation ends with a dot or a space, or stands before a figure ("Q1").
fn short_cut<'a>(name: &'a str, short: &str) -> Option<&'a str> {
    let rest = cut(name, short)?;
    let ends = rest.starts_with(['.', ' ']) || rest.starts_with(|c: char| c.is_ascii_digit());
    if ends { named(rest) } else { None }
}

/// A part of an address, in the order written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// As written, in the form of [`nfc`](super::nfc).
    pub text: String,
    /// The word for the kind of unit, if it has one.
    pub kind: Option<&'static str>,
    /// The name without that word.
    pub name: String,
    /// What stood after it: "(cũ)" says that the unit is no longer, "(mới)" or "(nay)" that it is.
    pub age: Option<Age>,
}

/// Whether a unit is one of before or of today, as written beside its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// "cũ"
    Old,
    /// "mới", "nay"
    New,
}

/// Words that begin what lies within a commune: a hamlet, a street, a house.
const BELOW: [&str; 32] = [
    "thôn",
    "xóm",
    "làng",
    "bản",
    "ấp",
    "tổ",
    "tdp",
    "khu",
    "cụm",
    "đội",
    "khối",
    "số",
    "sn",
    "đường",
    "phố",
    "ngõ",
    "ngách",
    "hẻm",
    "km",
    "lô",
    "tòa",
    "toà",
    "nhà",
    "chợ",
    "tầng",
    "căn",
    "quốc",
    "ql",
    "tl",
    "kđt",
    "kcn",
    "ccn",
];

impl Part {
    /// A part as written.
    pub fn new(text: &str) -> Part {
        let mut text = nfc(text);
        let mut age = None;
        for (word, is) in [(" cũ", Age::Old), (" mới", Age::New)] {
            // "Phường Mới" is a name, "Phường Vạn Phúc mới" says which
            if let Some(front) = text.strip_suffix(word)
                && !KINDS.iter().any(|(kind, ..)| front.to_lowercase() == *kind)
            {
                (text, age) = (front.to_owned(), Some(is));
                break;
            }
        }
        let (kind, name) = unit_words(&text);
        Part { text, kind, name, age }
    }

    /// Whether it names something within a commune, by its first word or a number.
    pub fn is_below(&self) -> bool {
        self.kind.is_none() && is_below(&self.text)
    }
}

/// Whether a text begins as what lies within a commune does: with a number or a word for a hamlet, a street or a house.
pub fn is_below(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) || {
        let first = text.split([' ', '.']).next().unwrap_or_default().to_lowercase();
        BELOW.contains(&first.as_str()) || first.strip_prefix("km").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    }
}

/// An address taken apart: at commas and the like, at dashes, and before each word for a kind of unit: "Số 12, thôn 3, xã Bát
/// Tràng - H. Gia Lâm" has four parts. What brackets hold comes after what they stand behind; "(cũ)" is told of its part.
/// `is_name` tells what must not be cut further ("Văn Miếu - Quốc Tử Giám").
pub fn unit_parts(address: &str, is_name: &dyn Fn(&str) -> bool) -> Vec<Part> {
    let mut parts = Vec::new();
    for piece in nfc(address).split([',', ';', '|', '(', ')', '[', ']']) {
        cut_piece(piece.trim(), is_name, &mut parts);
    }
    parts
}

fn cut_piece(piece: &str, is_name: &dyn Fn(&str) -> bool, parts: &mut Vec<Part>) {
    let piece = piece.trim_matches([' ', '.', ':', '-', '–', '—', '/']);
    if piece.is_empty() {
        return;
    }
    let age = match fold(piece).as_str() {
        "cu" if piece.to_lowercase() == "cũ" || piece.is_ascii() => Some(Age::Old),
        "moi" | "nay" => Some(Age::New),
        _ => None,
    };
    if let (Some(age), Some(last)) = (age, parts.last_mut()) {
        last.age = Some(age);
        return;
    }
    if !is_name(piece) {
        let split = dash(piece).or_else(|| kind_within(piece).map(|at| (at, at)));
        if let Some((end, begin)) = split {
            cut_piece(&piece[..end], is_name, parts);
            cut_piece(&piece[begin..], is_name, parts);
            return;
        }
    }
    parts.push(Part::new(piece));
}

/// Where a dash or slash parts a piece: after the last one.
fn dash(piece: &str) -> Option<(usize, usize)> {
    let (at, mark) = piece.char_indices().rfind(|(_, c)| matches!(c, '-' | '–' | '—' | '/' | '−'))?;
    Some((at, at + mark.len_utf8()))
}

/// Where a word for a kind of unit begins within a piece, the last one.
fn kind_within(piece: &str) -> Option<usize> {
    let starts: Vec<usize> = piece.match_indices(' ').map(|(at, _)| at + 1).collect();
    let begins = |at: &usize| {
        let rest = &piece[*at..];
        // "thị xã" is one word
        let before = piece[..*at].trim_end().to_lowercase();
        let is_inner = before.ends_with("thị") || before.ends_with("thi");
        !is_inner
            && KINDS.iter().any(|(kind, bare, short)| {
                word_cut(rest, kind).is_some()
                    || (piece.is_ascii() && *bare != "tinh" && word_cut(rest, bare).is_some())
                    || cut(rest, short).is_some_and(|after| {
                        (after.starts_with('.') || *short != "t" && after.starts_with(' ') && rest.starts_with(char::is_uppercase))
                            && named(after).is_some()
                    })
            })
    };
    starts.into_iter().rfind(begins)
}
