//! A shortcut for the letters that Vietnamese texts are made of: what is to be known of each is worked out once and then
//! looked up. A text with any other character goes the long way, with the same result.

use std::sync::LazyLock;

/// Latin letters with and without marks, and the block that holds the Vietnamese ones.
const RANGES: [std::ops::Range<u32>; 2] = [0..0x250, 0x1e00..0x1f00];

/// Something known of each of these letters.
pub(super) struct Table<T>(LazyLock<Vec<T>>);

impl<T> Table<T> {
    /// A table that is worked out letter by letter when it is first asked.
    pub const fn new(work_out: fn() -> Vec<T>) -> Self {
        Table(LazyLock::new(work_out))
    }

    /// What is known of a character; none if it is not one of these letters.
    pub fn get(&self, c: char) -> Option<&T> {
        let [low, high] = &RANGES;
        let c = u32::from(c);
        if c < low.end {
            self.0.get(c as usize)
        } else if high.contains(&c) {
            self.0.get((c - high.start + low.end) as usize)
        } else {
            None
        }
    }
}

/// The letters of a table in its order.
pub(super) fn letters() -> impl Iterator<Item = char> {
    RANGES.into_iter().flatten().filter_map(char::from_u32)
}

/// Whether a character is visible, stands for itself and has no other composed form: one of these letters, or a quotation
/// mark, dash or the like. A text of nothing else is in its normal form.
pub(super) fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{1e00}'..='\u{1eff}' | '\u{2012}'..='\u{2027}')
}

#[cfg(test)]
mod tests {
    use unicode_normalization::{IsNormalized, is_nfc_quick};

    use super::is_plain;

    #[test]
    fn what_is_plain_is_in_its_normal_form_beside_anything() {
        for c in ('\0'..='\u{ffff}').filter(|c| is_plain(*c)) {
            assert_eq!(is_nfc_quick([c].into_iter()), IsNormalized::Yes, "U+{:04X}", u32::from(c));
            assert!(!c.is_control() && !crate::text::is_invisible(c) && (c == ' ' || !c.is_whitespace()), "U+{:04X}", u32::from(c));
        }
    }
}
