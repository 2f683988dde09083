//! Vietnamese dictionary order as a key that any database sorts rightly.
//!
//! The key has three levels, each ended by a zero: what letters and numbers (two hex digits a
//! letter), which tones (one digit a letter), which case (one digit a letter). Weights are never
//! zero, so a shorter level sorts first; neutral weights at the end of a level are left out.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::quick::{Table, letters};

/// The longest key, in hex digits.
const KEY_DIGITS: usize = 120;
const ALPHABET: &str = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";
const HEX: &[u8; 16] = b"0123456789abcdef";

const LEVEL_END: u8 = 0x00;
const WORD_END: u8 = 0x01;
const NUMBER: u8 = 0x10;
const LETTERS: u8 = 0x40;
const FOREIGN: u8 = 0xf0;
/// A number of this many digits or more says its length in a second byte.
const LONG_NUMBER: usize = 15;

const BREVE: char = '\u{306}';
const CIRCUMFLEX: char = '\u{302}';
const HORN: char = '\u{31b}';

/// A lower-case hex key whose plain byte order (and any collation's) is Vietnamese dictionary
/// order: a ă â b c d đ e ê … with f j w z at their places; then tones ngang < huyền < hỏi <
/// ngã < sắc < nặng; then small before capital letters. A shorter word goes before a longer one
/// that begins with it, digits go before letters, numbers are compared as numbers
/// ("B2" before "B11") and punctuation only parts words.
///
/// At most 120 digits. Longer keys are cut at that fixed place and nowhere else: only the same
/// cut in every key leaves the order of the keys unbroken.
pub fn sort_key(text: &str) -> String {
    let mut key = Key::default();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            key.number(&rest.as_bytes()[..end]);
            rest = &rest[end..];
            continue;
        }
        match WEIGHTS.get(first) {
            Some(Weight::Letter { letter, tone, case }) => key.push(&[*letter], *tone, *case),
            Some(Weight::Gap) => key.word_ended = !key.letters.is_empty(),
            Some(Weight::Other) | None => return sort_key_any(text),
        }
        rest = &rest[first.len_utf8()..];
    }
    key.hex()
}

/// What the key has of a letter.
enum Weight {
    Letter { letter: u8, tone: u8, case: u8 },
    Gap,
    Other,
}

static WEIGHTS: Table<Weight> = Table::new(|| {
    let weight = |c: char| {
        let parts: Vec<char> = c.nfd().collect();
        let mut key = Key { letters: vec![LETTERS], ..Key::default() };
        let is_whole = key.take(&parts) == parts.len();
        match (&key.letters[1..], &key.tones[..], &key.cases[..]) {
            ([letter], [tone], [case]) if is_whole => Weight::Letter { letter: *letter, tone: *tone, case: *case },
            ([], [], []) if is_whole && key.word_ended => Weight::Gap,
            _ => Weight::Other,
        }
    };
    letters().map(weight).collect()
});

fn sort_key_any(text: &str) -> String {
    let mut key = Key::default();
    let chars: Vec<char> = text.nfc().nfd().collect();
    let mut at = 0;
    while at < chars.len() {
        at += key.take(&chars[at..]);
    }
    key.hex()
}

#[derive(Default)]
struct Key {
    letters: Vec<u8>,
    tones: Vec<u8>,
    cases: Vec<u8>,
    word_ended: bool,
}

impl Key {
    /// Adds the element at the front of `rest` and says how many characters it has.
    fn take(&mut self, rest: &[char]) -> usize {
        let first = rest[0];
        if first.is_ascii_digit() {
            let digits: Vec<u8> = rest.iter().take_while(|c| c.is_ascii_digit()).map(|c| *c as u8).collect();
            self.number(&digits);
            digits.len()
        } else if first.is_alphanumeric() {
            let marks = rest[1..].iter().take_while(|c| is_combining_mark(**c)).count();
            self.letter(first, &rest[1..=marks]);
            1 + marks
        } else {
            self.word_ended = !self.letters.is_empty();
            1
        }
    }

    fn begin(&mut self) {
        if std::mem::take(&mut self.word_ended) {
            self.letters.push(WORD_END);
        }
    }

    fn letter(&mut self, base: char, marks: &[char]) {
        let small = base.to_lowercase().next().unwrap_or(base);
        let (letter, tone) = weigh(small, marks);
        let case = if small == base { 1 } else { 2 };
        match ALPHABET.chars().position(|c| c == letter) {
            Some(place) => self.push(&[LETTERS + 2 * place as u8], tone, case),
            None => {
                let [_, high, mid, low] = (letter as u32).to_be_bytes();
                self.push(&[FOREIGN, high, mid, low], tone, case);
            }
        }
    }

    fn push(&mut self, letter: &[u8], tone: u8, case: u8) {
        self.begin();
        self.letters.extend_from_slice(letter);
        self.tones.push(tone);
        self.cases.push(case);
    }

    fn number(&mut self, digits: &[u8]) {
        self.begin();
        let zeros = digits.iter().take_while(|c| **c == b'0').count();
        let digits = &digits[zeros..];
        self.letters.push(NUMBER + digits.len().min(LONG_NUMBER) as u8);
        if digits.len() >= LONG_NUMBER {
            self.letters.push((digits.len() - LONG_NUMBER).min(0xff) as u8);
        }
        for pair in digits.chunks(2) {
            let digit = |i: usize| pair.get(i).map_or(0, |c| c - b'0');
            self.letters.push(digit(0) << 4 | digit(1));
        }
        self.cases.push(1 + zeros.min(14) as u8);
    }

    fn hex(self) -> String {
        let mut nibbles: Vec<u8> = Vec::with_capacity(KEY_DIGITS);
        nibbles.extend(self.letters.iter().flat_map(|byte| [byte >> 4, byte & 15]));
        let (tones, cases) = (trimmed(&self.tones), trimmed(&self.cases));
        if !tones.is_empty() || !cases.is_empty() {
            nibbles.extend([LEVEL_END, LEVEL_END]);
            nibbles.extend(tones);
        }
        if !cases.is_empty() {
            nibbles.push(LEVEL_END);
            nibbles.extend(cases);
        }
        nibbles.truncate(KEY_DIGITS);
        nibbles.iter().map(|nibble| char::from(HEX[usize::from(*nibble)])).collect()
    }
}

/// A level without the neutral weights at its end.
fn trimmed(weights: &[u8]) -> &[u8] {
    let end = weights.iter().rposition(|weight| *weight != 1).map_or(0, |last| last + 1);
    &weights[..end]
}

/// The letter of the alphabet that a small base letter and its marks make, and its tone's weight
/// (1 to 6 for the six tones, 7 for a mark that Vietnamese has not).
fn weigh(base: char, marks: &[char]) -> (char, u8) {
    let mut letter = base;
    let mut tone = 1;
    for mark in marks {
        match (letter, *mark) {
            ('a', BREVE) => letter = 'ă',
            ('a', CIRCUMFLEX) => letter = 'â',
            ('e', CIRCUMFLEX) => letter = 'ê',
            ('o', CIRCUMFLEX) => letter = 'ô',
            ('o', HORN) => letter = 'ơ',
            ('u', HORN) => letter = 'ư',
            (_, '\u{300}') => tone = 2,
            (_, '\u{309}') => tone = 3,
            (_, '\u{303}') => tone = 4,
            (_, '\u{301}') => tone = 5,
            (_, '\u{323}') => tone = 6,
            _ => tone = tone.max(7),
        }
    }
    (letter, tone)
}

#[cfg(test)]
mod tests {
    use super::{sort_key, sort_key_any};

    #[test]
    fn the_short_way_to_a_key_comes_to_the_same_as_the_long_one() {
        for c in ('\0'..='\u{3000}').chain(['đ', '\u{1f600}']) {
            for text in [c.to_string(), format!("A{c}b"), format!(" 007{c} Đ{c}12"), format!("{c}{c} ế")] {
                assert_eq!(sort_key(&text), sort_key_any(&text), "{c:?} U+{:04X}", u32::from(c));
            }
        }
    }
}
