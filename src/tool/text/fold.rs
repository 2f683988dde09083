//! Texts made comparable: without marks, without case, without punctuation.

use std::collections::HashMap;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::quick::{Table, letters};

/// The longest slug, in bytes.
const SLUG_BYTES: usize = 80;

/// The form two spellings of a text share: marks dropped, đ as d, lower case, and everything
/// that is neither letter nor digit one space. "Trà Sen – Tây Hồ" becomes "tra sen tay ho".
///
/// Idempotent.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        match FOLDED.get(c) {
            Some(Folded::Letter(letter)) => {
                if std::mem::take(&mut gap) {
                    folded.push(' ');
                }
                folded.push(*letter);
            }
            Some(Folded::Gap) => gap = !folded.is_empty(),
            Some(Folded::Other) | None => return fold_any(text),
        }
    }
    folded
}

/// What folding makes of a letter.
enum Folded {
    Letter(char),
    Gap,
    /// Nothing, or several letters.
    Other,
}

static FOLDED: Table<Folded> = Table::new(|| {
    let folded = |c: char| {
        let mut plain = plain(c.encode_utf8(&mut [0; 4])).collect::<Vec<char>>();
        match (plain.pop(), plain.is_empty()) {
            (Some(c), true) if c.is_alphanumeric() => Folded::Letter(if c == 'đ' { 'd' } else { c }),
            (Some(_), true) => Folded::Gap,
            _ => Folded::Other,
        }
    };
    letters().map(folded).collect()
});

/// The letters of a text without marks, in lower case.
fn plain(text: &str) -> impl Iterator<Item = char> {
    text.nfd().flat_map(char::to_lowercase).nfd().filter(|c| !is_combining_mark(*c))
}

fn fold_any(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for c in plain(text) {
        if !c.is_alphanumeric() {
            gap = !folded.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            folded.push(' ');
        }
        folded.push(if c == 'đ' { 'd' } else { c });
    }
    folded
}

/// The folded text as a part of an address: words joined by `-`, at most 80 bytes, cut after
/// a whole word (a single longer word is cut inside). Empty if the text has no letter or digit.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for word in fold(text).split(' ').filter(|word| !word.is_empty()) {
        let joint = usize::from(!slug.is_empty());
        if slug.len() + joint + word.len() > SLUG_BYTES {
            if slug.is_empty() {
                slug.push_str(&word[..word.floor_char_boundary(SLUG_BYTES)]);
            }
            break;
        }
        if joint == 1 {
            slug.push('-');
        }
        slug.push_str(word);
    }
    slug
}

/// How alike two texts are once folded, from 0 (nothing in common) to 1 (the same words in any
/// order): the Dice coefficient of their trigrams, each word taken with two spaces before and
/// one after. A text without letters or digits is like nothing, so it gives 0.
pub fn similarity(a: &str, b: &str) -> f64 {
    let (a, b) = (trigrams(&fold(a)), trigrams(&fold(b)));
    let total = a.values().sum::<usize>() + b.values().sum::<usize>();
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let shared: usize = a.iter().map(|(gram, count)| b.get(gram).map_or(0, |other| *count.min(other))).sum();
    2.0 * shared as f64 / total as f64
}

/// How often each trigram stands in a folded text.
fn trigrams(folded: &str) -> HashMap<[char; 3], usize> {
    let mut grams = HashMap::new();
    for word in folded.split(' ').filter(|word| !word.is_empty()) {
        let mut gram = [' '; 3];
        for c in word.chars().chain([' ']) {
            gram = [gram[1], gram[2], c];
            *grams.entry(gram).or_default() += 1;
        }
    }
    grams
}

#[cfg(test)]
mod tests {
    use super::{fold, fold_any};

    #[test]
    fn the_short_way_of_folding_comes_to_the_same_as_the_long_one() {
        for c in ('\0'..='\u{3000}').chain(['đ', '\u{1f600}']) {
            for text in [c.to_string(), format!("A{c}b"), format!("  {c} Đ{c}")] {
                assert_eq!(fold(&text), fold_any(&text), "{c:?} U+{:04X}", u32::from(c));
            }
        }
    }
}
