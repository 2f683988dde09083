//! One spelling for the ways of placing a tone: "Hoà" and "Hòa", "Thuý" and "Thúy" are one word.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::nfc;
use super::quick::{Table, letters};

/// The marks of the five tones, on a letter taken apart.
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];

/// A vowel in lower case without its tone, and the tone.
type Vowel = (char, Option<char>);

/// Vowels among the letters; `None` for the others.
static VOWELS: Table<Option<Vowel>> = Table::new(|| letters().map(vowel).collect());

/// Each vowel with each tone in one letter.
static TONED: LazyLock<std::collections::HashMap<(char, char), char>> =
    LazyLock::new(|| letters().filter(|c| !c.is_uppercase()).filter_map(|c| vowel(c).and_then(|(base, tone)| Some(((base, tone?), c)))).collect());

fn vowel(c: char) -> Option<Vowel> {
    let mut parts = c.to_lowercase().nfd();
    let mut tone = None;
    let base: String = parts.by_ref().filter(|part| if TONES.contains(part) { tone = Some(*part); false } else { true }).nfc().collect();
    let mut base = base.chars();
    match (base.next(), base.next()) {
        (Some(letter @ ('a' | 'ă' | 'â' | 'e' | 'ê' | 'i' | 'o' | 'ô' | 'ơ' | 'u' | 'ư' | 'y')), None) => Some((letter, tone)),
        _ => None,
    }
}

/// The form that the spellings of one text share where every mark counts: the form of [`nfc`](super::nfc), lower case, the
/// tone of a syllable on the last of its vowels. A key to compare by, not to be shown. "Tú", "Tư", "Tự" and "Từ" stay
/// four words, so do "Hoa" and "Hòa".
///
/// Idempotent.
pub fn spelling(text: &str) -> String {
    let line = nfc(text);
    let mut spelt = String::with_capacity(line.len());
    // the vowels in a row that were read last, and their tone; two tones in a row belong to no one syllable and stay
    let mut row: Vec<Vowel> = Vec::new();
    for c in line.chars() {
        match VOWELS.get(c).copied().flatten() {
            Some(vowel) => row.push(vowel),
            None => {
                settle(&mut row, &mut spelt);
                spelt.extend(c.to_lowercase());
            }
        }
    }
    settle(&mut row, &mut spelt);
    spelt
}

fn settle(row: &mut Vec<Vowel>, into: &mut String) {
    let mut tones = row.iter().filter_map(|(_, tone)| *tone);
    if let (Some(tone), None) = (tones.next(), tones.next()) {
        row.iter_mut().for_each(|(_, own)| *own = None);
        if let Some(last) = row.last_mut() {
            last.1 = Some(tone);
        }
    }
    for (base, tone) in row.drain(..) {
        into.push(tone.and_then(|tone| TONED.get(&(base, tone)).copied()).unwrap_or(base));
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
        "", "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p", "ph", "qu", "r", "s", "t", "th", "tr", "v", "x",
    ];
    const NUCLEI: [&str; 27] = [
        "a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y", "ai", "ao", "oa", "oe", "uy", "oai", "uê", "uơ", "ia", "ua", "ưa", "iê", "yê", "uô", "ươ",
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
            ("Hòa", "Hoà"), ("Hóa", "Hoá"), ("Tỏa", "Toả"), ("Tõa", "Toã"), ("Họa", "Hoạ"), ("Hòe", "Hoè"), ("Khỏe", "Khoẻ"), ("Thúy", "Thuý"), ("Thụy", "Thuỵ"),
            ("Thủy", "Thuỷ"), ("Lũy", "Luỹ"), ("ỨNG HÒA", "Ứng Hoà"), ("Xã  Thủy Xuân Tiên", "xã Thuỷ Xuân Tiên"),
        ] {
            assert!(same_spelling(old, new), "{old} {new}");
        }
        for (a, b) in [("Tú", "Tư"), ("Tú", "Tự"), ("Tự", "Từ"), ("Hoa Sơn", "Hòa Sơn"), ("Hỏa", "Hòa"), ("Vạn Phúc", "Vân Phúc"), ("Thúy", "Thủy"), ("Càfe", "Cafè"), ("Đa", "Da")] {
            assert!(!same_spelling(a, b), "{a} {b}");
        }
        assert_eq!(spelling("résumé"), "résumé", "two syllables keep their marks");
        assert_eq!(spelling("  Số 12/3 – Ngõ 5 "), "số 12/3 – ngõ 5");
    }
}
