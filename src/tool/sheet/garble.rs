//! Vietnamese text in another encoding than the one it says: TCVN3 and VNI, whose letters stand in Unicode as other letters
//! and signs, and UTF-8 that was read as Windows-1252. Such text is refused: what it would become is not for a program to say.

use std::sync::LazyLock;

use crate::text::Tongue;

/// How a text is garbled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Garble {
    /// TCVN3 (ABC): fonts like .VnTime.
    Tcvn3 {
        /// What was read.
        typed: String,
    },
    /// VNI: fonts like VNI-Times.
    Vni {
        /// What was read.
        typed: String,
    },
    /// UTF-8 taken for Windows-1252, once or twice.
    Mojibake {
        /// What was read.
        typed: String,
        /// What it was before, if that can be told.
        meant: String,
    },
}

impl Garble {
    /// What happened and what to do.
    pub fn text(&self, tongue: Tongue) -> String {
        match (self, tongue) {
            (Garble::Tcvn3 { typed }, Tongue::Vi) => {
                format!("“{typed}” là chữ bảng mã cũ TCVN3 (phông .VnTime). Hãy chuyển tệp sang Unicode (ví dụ bằng UniKey) rồi nhập lại.")
            }
            (Garble::Tcvn3 { typed }, Tongue::En) => format!(
                "“{typed}” is in the old encoding TCVN3 (.VnTime fonts). Convert the file to Unicode (with UniKey, for example) and import it again."
            ),
            (Garble::Vni { typed }, Tongue::Vi) => {
                format!("“{typed}” là chữ bảng mã cũ VNI (phông VNI-Times). Hãy chuyển tệp sang Unicode (ví dụ bằng UniKey) rồi nhập lại.")
            }
            (Garble::Vni { typed }, Tongue::En) => format!(
                "“{typed}” is in the old encoding VNI (VNI-Times fonts). Convert the file to Unicode (with UniKey, for example) and import it again."
            ),
            (Garble::Mojibake { typed, meant }, Tongue::Vi) if meant.is_empty() => {
                format!("“{typed}” là chữ bị đọc sai bảng mã. Hãy mở tệp gốc, lưu lại dạng CSV UTF-8 hoặc Excel (.xlsx) rồi nhập lại.")
            }
            (Garble::Mojibake { typed, meant }, Tongue::En) if meant.is_empty() => format!(
                "“{typed}” was read in a wrong encoding. Open the original, save it as CSV UTF-8 or Excel (.xlsx) and import it again."
            ),
            (Garble::Mojibake { typed, meant }, Tongue::Vi) => format!(
                "“{typed}” là chữ bị đọc sai bảng mã (có lẽ là “{meant}”). Hãy mở tệp gốc, lưu lại dạng CSV UTF-8 hoặc Excel (.xlsx) rồi nhập lại."
            ),
            (Garble::Mojibake { typed, meant }, Tongue::En) => format!(
                "“{typed}” was read in a wrong encoding (it may be “{meant}”). Open the original, save it as CSV UTF-8 or Excel (.xlsx) and import it again."
            ),
        }
    }
}

/// What Windows-1252 has at 0x80 to 0x9f.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–',
    '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// What the bytes of ẠẢ…ỵ and ư, ơ, đ, ă become, and no word has; some of their letters may be lost.
const PAIRS: [&str; 8] = ["áº", "á»", "Æ°", "Æ¡", "Ä‘", "Äƒ", "Ã¡", "Ã´"];

/// Signs of TCVN3 that end a syllable: à, ả, á, ạ.
const ENDING: [char; 4] = ['µ', '¶', '¸', '¹'];
/// Signs of TCVN3 that stand within a word, as no letter of another language does.
const INNER: [char; 18] = ['µ', '¶', '¸', '¹', '¨', 'ª', '©', '«', '¬', '®', '»', '¼', '½', '¾', '×', 'Ø', 'Þ', 'Ö'];

/// Whether the letter that carries a mark in VNI is followed by its mark, as no Vietnamese word has it; "ï" alone may be French.
fn is_vni(base: char, mark: char) -> bool {
    let mark = mark.to_lowercase().next().unwrap_or(mark);
    match base.to_ascii_lowercase() {
        'a' => matches!(mark, 'ù' | 'ø' | 'û' | 'õ' | 'ï' | 'â' | 'á' | 'à' | 'å' | 'ã' | 'ä' | 'ê' | 'é' | 'è' | 'ú' | 'ü' | 'ë'),
        'e' => matches!(mark, 'ù' | 'ø' | 'û' | 'õ' | 'ï' | 'â' | 'á' | 'à' | 'å' | 'ã' | 'ä'),
        'o' => matches!(mark, 'ù' | 'ø' | 'û' | 'õ' | 'ï' | 'â' | 'å' | 'ä'),
        'u' => matches!(mark, 'ù' | 'ø' | 'û' | 'õ' | 'ï'),
        'y' => matches!(mark, 'ù' | 'ø' | 'û' | 'õ'),
        'ö' | 'ô' => matches!(mark, 'ù' | 'ø' | 'û' | 'õ' | 'ï'),
        _ => false,
    }
}

/// For each letter of ASCII the signs of À to ÿ, as bits, that no word has behind it.
static SUSPECT: LazyLock<[u64; 128]> = LazyLock::new(|| {
    std::array::from_fn(|before| {
        let before = char::from(before as u8);
        ('\u{c0}'..='\u{ff}')
            .filter(|mark| INNER.contains(mark) || is_vni(before, *mark))
            .fold(0, |marks, mark| marks | 1 << (u32::from(mark) & 63))
    })
});

/// Whether a text has anything at all that [`garbled`] would look at; most have not.
fn is_suspect(text: &[u8]) -> bool {
    let mut at = 0;
    while let Some(next) = text[at..].iter().position(|byte| (0xc2..=0xc6).contains(byte)) {
        at += next;
        let suspect = match text[at] {
            0xc2 => true,
            0xc3 => {
                let mark = text.get(at + 1).map_or(0, |low| low & 63);
                let before = at.checked_sub(1).map_or(b' ', |before| text[before]);
                let is_followed = text.get(at + 2).is_some_and(|next| !next.is_ascii());
                is_followed || SUSPECT.get(usize::from(before)).is_none_or(|marks| marks & (1 << mark) != 0)
            }
            _ => text.get(at + 2).is_some_and(|next| (0xc2..=0xc3).contains(next) || *next == 0xe2),
        };
        if suspect {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether and how a text is garbled. What is Vietnamese, English or French is not.
pub fn garbled(text: &str) -> Option<Garble> {
    if !is_suspect(text.as_bytes()) {
        return None;
    }
    let typed = || crate::text::clip(text, 60);
    let (mut tcvn, mut vni, mut french) = (0, 0, 0);
    let (mut before, mut last) = (' ', ' ');
    let mut could_be_mojibake = false;
    for next in text.chars().chain([' ']) {
        // a letter, a sign in the middle, and what follows it
        if before.is_ascii_alphabetic()
            && !last.is_ascii()
            && ((next.is_ascii_alphabetic() && INNER.contains(&last)) || (!next.is_alphanumeric() && ENDING.contains(&last)))
        {
            tcvn += 1;
        }
        if !last.is_ascii() && is_vni(before, last) {
            if last == 'ï' { french += 1 } else { vni += 1 }
        }
        could_be_mojibake |= matches!(last, 'Ã' | 'Â' | 'Ä' | 'Å' | 'Æ' | 'á' | 'â' | 'ã' | 'ä') && !next.is_ascii() && next != ' ';
        (before, last) = (last, next);
    }
    if could_be_mojibake {
        let meant = undone(text).map(|meant| undone(&meant).unwrap_or(meant));
        if meant.is_some() || PAIRS.iter().any(|pair| text.contains(pair)) {
            return Some(Garble::Mojibake { typed: typed(), meant: crate::text::clip(&meant.unwrap_or_default(), 60) });
        }
    }
    if vni > 0 || french > 1 {
        return Some(Garble::Vni { typed: typed() });
    }
    (tcvn > 0).then(|| Garble::Tcvn3 { typed: typed() })
}

/// The text before its UTF-8 was taken for Windows-1252; none if it cannot have been so.
fn undone(text: &str) -> Option<String> {
    let byte = |c: char| match c {
        '\0'..='\u{7f}' | '\u{a0}'..='\u{ff}' => Some(c as u8),
        _ => WINDOWS.iter().position(|known| *known == c).map(|at| 0x80 + at as u8),
    };
    let bytes: Vec<u8> = text.chars().map(byte).collect::<Option<_>>()?;
    let meant = String::from_utf8(bytes).ok()?;
    (meant.len() < text.len() && meant.chars().any(|c| c > '\u{7f}')).then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::{Garble, garbled};

    #[test]
    fn old_and_broken_encodings_are_told_apart() {
        for text in ["B¸nh ch\u{ad}ng Tranh Khóc", "HTX N«ng nghiÖp Duyªn Hµ", "Xa Hµ"] {
            assert!(matches!(garbled(text), Some(Garble::Tcvn3 { .. })), "{text}");
        }
        for text in ["Baùnh chöng Tranh Khuùc", "HTX Noâng nghieäp", "Duyeân Haø", "Gaïo neáp", "Traø sen"] {
            assert!(matches!(garbled(text), Some(Garble::Vni { .. })), "{text}");
        }
        for (text, meant) in [
            ("BÃ¡nh chÆ°ng", "Bánh chưng"),
            ("Ä\u{90}áº·c sáº£n", "Đặc sản"),
            ("áº·c sáº£n Äáº·c", ""),
            ("HÃ\u{a0} Ná»™i", "Hà Nội"),
            ("BÃƒÂ¡nh", "Bánh"),
        ] {
            match garbled(text) {
                Some(Garble::Mojibake { meant: found, .. }) => assert_eq!(found, meant),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_people_write_is_not_garbled() {
        for text in [
            "Bánh chưng Tranh Khúc",
            "HTX Nông nghiệp Duyên Hà",
            "Thuỷ Xuân Tiên",
            "Hoà Xá",
            "quý, thuế, huệ, luân, khuya, Nguyễn Uyển Ái",
            "Crème brûlée",
            "naïve",
            "Ø 12 cm × 5",
            "«Gốm Bát Tràng»",
            "Trà® sen",
            "25 °C – 5 m²",
            "½ kg",
            "Müller & Söhne",
            "Citroën",
            "Loại “đặc biệt”…",
            "QĐ§5",
            "Café São Paulo",
            "ĐẬU PHỤ MƠ",
            "PHƯỜNG THỤY KHUÊ",
            "Coca®",
            "3½",
            "sữa chua Ba Vì",
            "ĐÃ ƯỚP ÁO ĐÂU ÂU Ế",
        ] {
            assert_eq!(garbled(text), None, "{text}");
        }
    }
}
