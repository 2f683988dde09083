//! Vietnamese text: one normal form for what is stored, folded forms for what is searched,
//! keys for dictionary order, and the few written shapes (numbers of đồng, dates, telephone
//! and tax numbers, names of places) that people type in many ways.
//!
//! Everything here is pure and knows nothing of the programme.

mod day;
mod day_words;
mod edtf;
#[cfg(test)]
mod edtf_tests;
mod fold;
mod number;
mod order;
mod place;
mod quantity;
mod quick;
#[cfg(test)]
mod tests;
mod tone;
mod words;

pub use day::{DateError, date_vi, parse_date};
pub use edtf::Edtf;
pub use fold::{fold, similarity, slug};
pub use number::{PhoneError, TaxCodeError, dong, phone, tax_code, tax_code_mended, whole};
pub use order::sort_key;
pub use place::{Age, Part, is_below, unit_parts, unit_words};
pub use quantity::{decimal_vi, quantity};
pub use tone::{same_spelling, spelling};

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// The language a text is wanted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tongue {
    /// Vietnamese, the language of the screens.
    #[default]
    Vi,
    /// English.
    En,
}

impl Tongue {
    /// The one of two texts that is in this language.
    pub fn pick<'a>(self, vi: &'a str, en: &'a str) -> &'a str {
        match self {
            Tongue::Vi => vi,
            Tongue::En => en,
        }
    }
}

/// Characters that print nothing and only make equal texts unequal: soft hyphen, zero-width
/// space and joiners, byte order mark and the marks that turn the direction of writing.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

/// A hyphen that only differs in where a line may break, as the plain one.
fn breakable(c: char) -> char {
    if matches!(c, '\u{2010}' | '\u{2011}') { '-' } else { c }
}

/// One-line text in its stored form: Unicode NFC, trimmed, each run of white space (line ends
/// and no-break spaces too) one space, no-break hyphens plain ones, control and invisible
/// characters dropped.
///
/// Idempotent: `nfc(&nfc(x)) == nfc(x)`.
pub fn nfc(text: &str) -> String {
    settled(text).into_owned()
}

/// The same, borrowed where nothing changes.
fn settled(text: &str) -> Cow<'_, str> {
    if is_settled(text) && !text.contains("  ") {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = !line.is_empty();
        } else if !c.is_control() && !is_invisible(c) {
            if std::mem::take(&mut gap) {
                line.push(' ');
            }
            line.push(breakable(c));
        }
    }
    Cow::Owned(composed(line))
}

/// Text of several lines in its stored form: Unicode NFC, every kind of line end is `\n`,
/// tabs are spaces, other control and invisible characters are dropped, and white space
/// before a line end and around the whole is cut.
///
/// Idempotent, like [`nfc`].
pub fn nfc_block(text: &str) -> String {
    if is_settled(text) {
        return text.to_owned();
    }
    let unified = text.replace("\r\n", "\n");
    let mut block = String::with_capacity(unified.len());
    for c in unified.chars() {
        match c {
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                block.truncate(block.trim_end_matches(is_gap).len());
                block.push('\n');
            }
            '\t' => block.push(' '),
            c if c.is_control() || is_invisible(c) => {}
            c => block.push(breakable(c)),
        }
    }
    composed(block.trim().to_owned())
}

/// Whether a line has nothing that a normal form would change but double spaces.
fn is_settled(text: &str) -> bool {
    !text.starts_with(' ') && !text.ends_with(' ') && text.chars().all(quick::is_plain)
}

/// White space within a line.
fn is_gap(c: char) -> bool {
    c != '\n' && c.is_whitespace()
}

/// The text in NFC and nothing else: for what must stay as it was typed.
pub fn composed(text: String) -> String {
    if text.is_ascii() { text } else { text.nfc().collect() }
}

/// A text cut at a word when it is longer than `most` characters.
pub fn clip(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    format!("{}…", cut.trim_end_matches([',', ';', ':', '.', '–', '-', ' ']))
}
