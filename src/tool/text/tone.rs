//! One spelling for the ways of placing a tone: "Hoà" and "Hòa", "Thuý" and "Thúy" are one word.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::quick::{Table, letters};
use super::settled;

/// The marks of the five tones, on a letter taken apart.
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];
/// Vowels without a tone.
const BASES: [char; 12] = ['a', 'ă', 'â', 'e', 'ê', 'i', 'o', 'ô', 'ơ', 'u', 'ư', 'y'];

/// A vowel: which of [`BASES`], and which of [`TONES`] from 1 on; 0 is none.
type Vowel = (u8, u8);

/// What is to be known of a letter.
#[derive(Clone, Copy)]
enum Letter {
    Vowel(Vowel),
    /// Another, in lower case.
    Other(char),
    /// Becomes several in lower case.
    Several,
}

static LETTERS: Table<Letter> = Table::new(|| letters().map(letter).collect());

/// Each vowel with each tone in one letter, without a tone first.
static TONED: LazyLock<[[char; 6]; 12]> = LazyLock::new(|| {
    BASES.map(|base| {
        let toned = |tone: usize| TONES.get(tone).and_then(|tone| [base, *tone].into_iter().nfc().next()).unwrap_or(base);
        [base, toned(0), toned(1), toned(2), toned(3), toned(4)]
    })
});

fn letter(c: char) -> Letter {
    let tone_of = |part: char| TONES.iter().position(|tone| *tone == part);
    let parts: Vec<char> = c.to_lowercase().nfd().collect();
    let tone = parts.iter().copied().filter_map(tone_of).next_back().map_or(0, |tone| tone + 1);
    let mut base = parts.into_iter().filter(|part| tone_of(*part).is_none()).nfc();
    let base = (base.next(), base.next());
    if let (Some(base), None) = base
        && let Some(base) = BASES.iter().position(|known| *known == base)
    {
        return Letter::Vowel((base as u8, tone as u8));
    }
    let mut low = c.to_lowercase();
    match (low.next(), low.next()) {
        (Some(low), None) => Letter::Other(low),
        _ => Letter::Several,
    }
}

/// The form that the spellings of one text share where every mark counts: the form of [`nfc`](super::nfc), lower case, the
/// tone of a syllable on the last of its vowels. A key to compare by, not to be shown. "Tú", "Tư", "Tự" and "Từ" stay
/// four words, so do "Hoa" and "Hòa".
///
/// Idempotent.
pub fn spelling(text: &str) -> String {
    let line = settled(text);
    let mut spelt = String::with_capacity(line.len());
    // the vowels in a row that were read last, and their tone; two tones in a row belong to no one syllable and stay
    let mut row: Vec<Vowel> = Vec::new();
    for c in line.chars() {
        let low = match LETTERS.get(c) {
            Some(Letter::Vowel(vowel)) => {
                row.push(*vowel);
                continue;
            }
            Some(Letter::Other(low)) => Some(*low),
            Some(Letter::Several) | None => None,
        };
        settle(&mut row, &mut spelt);
        match low {
            Some(low) => spelt.push(low),
            None => spelt.extend(c.to_lowercase()),
        }
    }
    settle(&mut row, &mut spelt);
    spelt
}

fn settle(row: &mut Vec<Vowel>, into: &mut String) {
    if let [before @ .., last] = &mut row[..]
        && last.1 == 0
    {
        let mut toned = before.iter_mut().filter(|(_, tone)| *tone > 0);
        if let (Some(only), None) = (toned.next(), toned.next()) {
            last.1 = std::mem::take(&mut only.1);
        }
    }
    for (base, tone) in row.drain(..) {
        into.push(TONED[usize::from(base)][usize::from(tone)]);
    }
}

/// Whether two texts are one spelling: equal but for case, blanks and where a tone is placed.
pub fn same_spelling(a: &str, b: &str) -> bool {
    a == b || spelling(a) == spelling(b)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use unicode_normalization::UnicodeNormalization;

    use super::{TONES, same_spelling, spelling};

    const ONSETS: [&str; 28] = [
        "", "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p", "ph", "qu", "r", "s", "t",
        "th", "tr", "v", "x",
    ];
    const NUCLEI: [&str; 27] = [
        "a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y", "ai", "ao", "oa", "oe", "uy", "oai", "uê", "uơ", "ia", "ua", "ưa",
        "iê", "yê", "uô", "ươ",
    ];
    const CODAS: [&str; 9] = ["", "c", "ch", "m", "n", "ng", "nh", "p", "t"];

    /// A syllable with its tone on the vowel `at` of the nucleus.
    fn syllable(onset: &str, nucleus: &str, at: usize, tone: Option<char>, coda: &str) -> String {
        let toned: String = nucleus.chars().enumerate().flat_map(|(n, c)| std::iter::once(c).chain(tone.filter(|_| n == at))).collect();
        format!("{onset}{toned}{coda}").nfc().collect()
    }

    #[test]
    fn wherever_the_tone_is_placed_a_syllable_is_one_spelling_and_no_two_syllables_are() {
        let mut known: HashMap<String, (String, Option<char>)> = HashMap::new();
        for onset in ONSETS {
            for nucleus in NUCLEI {
                for coda in CODAS {
                    for tone in std::iter::once(None).chain(TONES.map(Some)) {
                        let letters = format!("{onset}{nucleus}{coda}");
                        for at in 0..nucleus.chars().count() {
                            let word = syllable(onset, nucleus, at, tone, coda);
                            let spelt = spelling(&word);
                            assert_eq!(spelling(&spelt), spelt, "{word}");
                            assert_eq!(spelling(&word.to_uppercase()), spelt, "{word}");
                            assert_eq!(spelling(&word.nfd().collect::<String>()), spelt, "{word}");
                            let meant = known.entry(spelt).or_insert_with(|| (letters.clone(), tone));
                            assert_eq!(*meant, (letters.clone(), tone), "{word}");
                        }
                    }
                }
            }
        }
        assert!(known.len() > 30_000, "{}", known.len());
    }

    #[test]
    fn both_ways_of_writing_are_one_and_other_marks_are_not() {
        for (old, new) in [
            ("Hòa", "Hoà"),
            ("Hóa", "Hoá"),
            ("Tỏa", "Toả"),
            ("Tõa", "Toã"),
            ("Họa", "Hoạ"),
            ("Hòe", "Hoè"),
            ("Khỏe", "Khoẻ"),
            ("Thúy", "Thuý"),
            ("Thụy", "Thuỵ"),
            ("Thủy", "Thuỷ"),
            ("Lũy", "Luỹ"),
            ("ỨNG HÒA", "Ứng Hoà"),
            ("Xã  Thủy Xuân Tiên", "xã Thuỷ Xuân Tiên"),
        ] {
            assert!(same_spelling(old, new), "{old} {new}");
        }
        for (a, b) in [
            ("Tú", "Tư"),
            ("Tú", "Tự"),
            ("Tự", "Từ"),
            ("Hoa Sơn", "Hòa Sơn"),
            ("Hỏa", "Hòa"),
            ("Vạn Phúc", "Vân Phúc"),
            ("Thúy", "Thủy"),
            ("Càfe", "Cafè"),
            ("Đa", "Da"),
        ] {
            assert!(!same_spelling(a, b), "{a} {b}");
        }
        assert_eq!(spelling("résumé"), "résumé", "two syllables keep their marks");
        assert_eq!(spelling("  Số 12/3 – Ngõ 5 "), "số 12/3 – ngõ 5");
    }
}
