//! Which passwords are too easy to guess: common ones, words of the account itself, repetitions and sequences. Pure.
//!
//! A password is read, without marks and with the usual letters put back for digits and signs, as a row of pieces: a known
//! word, a date, a run of repeated or neighbouring characters each cost one guess, any other character costs one by itself.
//! Fewer than [`LEAST_PIECES`] and it is refused, with the reason that weighs most.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::password::LEAST;
use crate::error::{Both, both};
use crate::text;

const LEAST_PIECES: usize = 4;

/// Words of common passwords, one a line; Vietnamese ones without marks.
const COMMON: &str = include_str!("common.txt");

/// Keys that lie beside each other, and the alphabet.
const ROWS: &[&str] = &[
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
];

/// Checks a new password. `own` is what anybody knows of its owner: name, mail address, body.
pub fn check(password: &str, own: &[&str]) -> Result<(), Both> {
    let length = password.chars().count();
    if !(LEAST..=128).contains(&length) {
        return Err(both(
            format!("Mật khẩu cần từ {LEAST} đến 128 ký tự; một câu ngắn dễ nhớ là tốt nhất."),
            format!("The password needs {LEAST} to 128 characters; a short sentence is best."),
        ));
    }
    let own = words_of(own);
    let found = pieces(&read(password), &own);
    if found.count >= LEAST_PIECES {
        return Ok(());
    }
    Err(if found.own {
        both(
            "Mật khẩu chứa tên, thư điện tử hoặc cơ quan của chính bạn và hầu như không có gì khác; người quen biết sẽ đoán ra. Hãy dùng một câu không nói về bạn.",
            "The password holds your own name, mail address or body and hardly anything else; whoever knows you will guess it. Use a sentence that is not about you.",
        )
    } else if found.common {
        both(
            "Mật khẩu chỉ gồm những từ nhiều người dùng, thêm số hay dấu không làm nó khó đoán hơn. Hãy ghép bốn từ không liên quan với nhau.",
            "The password is made of words that many people use; digits or signs after them do not help. Put four unrelated words together.",
        )
    } else {
        both(
            "Mật khẩu chỉ gồm ký tự lặp lại, phím liền nhau hoặc ngày tháng, nên rất dễ đoán. Hãy ghép bốn từ không liên quan với nhau.",
            "The password is only repeated characters, neighbouring keys or dates, which are guessed first. Put four unrelated words together.",
        )
    })
}

/// Letters and digits without marks, each with the letter that it often stands for: `0` for o, `@` for a.
fn read(password: &str) -> Vec<(char, char)> {
    let swapped = |sign: char| match sign {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' | '|' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' => 't',
        sign => sign,
    };
    let signs = |letter: char| {
        if swapped(letter).is_alphanumeric() && !letter.is_alphanumeric() { letter.to_string() } else { text::fold(&letter.to_string()) }
    };
    let folded: String = text::composed(password.to_owned()).chars().map(signs).collect();
    folded.chars().map(|sign| (sign, swapped(sign))).collect()
}

/// What anybody tries first for this owner: the words of what is known, runs of neighbouring words, and initials.
fn words_of(own: &[&str]) -> HashSet<String> {
    let mut found = HashSet::new();
    for known in own {
        let folded = text::fold(known);
        let words: Vec<&str> = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        for from in 0..words.len() {
            for to in from + 1..=words.len().min(from + 5) {
                found.insert(words[from..to].concat());
            }
        }
        found.insert(words.iter().filter_map(|word| word.chars().next()).collect());
    }
    found.retain(|word| word.len() >= 3);
    found
}

fn common() -> &'static HashSet<&'static str> {
    static WORDS: OnceLock<HashSet<&str>> = OnceLock::new();
    WORDS.get_or_init(|| COMMON.lines().map(str::trim).filter(|word| word.len() >= 3).collect())
}

#[derive(Clone, Copy, Default)]
struct Pieces {
    count: usize,
    own: bool,
    common: bool,
}

/// The fewest pieces that make up the text.
fn pieces(text: &[(char, char)], own: &HashSet<String>) -> Pieces {
    const LONGEST: usize = 40;
    let mut best: Vec<Pieces> = vec![Pieces::default()];
    for end in 1..=text.len() {
        let before = best[end - 1];
        let mut least = Pieces { count: before.count + 1, ..before };
        for from in end.saturating_sub(LONGEST)..end.saturating_sub(2) {
            let before = best[from];
            if before.count + 1 > least.count {
                continue;
            }
            let typed: Vec<char> = text[from..end].iter().map(|(sign, _)| *sign).collect();
            let (part, swapped): (String, String) = (typed.iter().collect(), text[from..end].iter().map(|(_, letter)| *letter).collect());
            let is_own = own.contains(&part) || own.contains(&swapped);
            let is_common = common().contains(part.as_str()) || common().contains(swapped.as_str());
            if is_own || is_common || is_run(&typed) || is_date(&part) {
                least = Pieces { count: before.count + 1, own: before.own || is_own, common: before.common || is_common };
            }
        }
        best.push(least);
    }
    best.pop().unwrap_or_default()
}

/// The same short piece again and again, or neighbours of a row in either direction.
fn is_run(part: &[char]) -> bool {
    let repeated =
        (1..=part.len() / 2).any(|period| period <= 4 && part.iter().zip(part.iter().skip(period)).all(|(one, other)| one == other));
    let forward: String = part.iter().collect();
    let backward: String = part.iter().rev().collect();
    let counted = "1234567891011121314151617181920";
    repeated || ROWS.iter().chain(&[counted]).any(|row| row.contains(&forward) || row.contains(&backward))
}

/// A year of our time, or a day in digits: 2026, 0209, 02091945, 19450902.
fn is_date(part: &str) -> bool {
    if !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let number = |range: std::ops::Range<usize>| part.get(range).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    let year = |from: usize| (1900..=2099).contains(&number(from..from + 4));
    let day = |day: u32, month: u32| (1..=31).contains(&day) && (1..=12).contains(&month);
    match part.len() {
        4 => year(0) || day(number(0..2), number(2..4)),
        6 => day(number(0..2), number(2..4)) || day(number(4..6), number(2..4)),
        8 => year(4) && day(number(0..2), number(2..4)) || year(0) && day(number(6..8), number(4..6)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &[&str] = &["Bùi Thị Mẫu", "quantri@ocop.example", "Sở Công Thương Hà Nội"];

    #[test]
    fn m7_common_passwords_are_refused_with_the_reason() {
        for common in [
            "password123",
            "matkhau2026",
            "Mật khẩu 2026",
            "ocop123456",
            "P@ssw0rd2026!",
            "anhyeuem123",
            "hanoi@2026",
            "OCOP-Hanoi-2026",
            "iloveyou2000",
            "khongbiet123",
            "adminadmin1",
            "Matkhau@123",
        ] {
            assert!(check(common, &[]).expect_err(common).vi.contains("nhiều người dùng"), "{common}");
        }
        for run in [
            "aaaaaaaaaa",
            "12345678910",
            "1234567890",
            "0987654321",
            "abcabcabcabc",
            "qwertyuiop",
            "1qaz2wsx3edc",
            "02091945020945",
            "ABCDEFGHIJ1234567890",
            "11111222223333",
        ] {
            assert!(check(run, &[]).expect_err(run).vi.contains("ký tự lặp lại"), "{run}");
        }
    }

    #[test]
    fn m7_words_of_the_account_are_refused_with_the_reason() {
        for own in ["quantri2026", "buithimau1990", "Bùi Thị Mẫu 1990", "socongthuong2026", "quantri@ocop.example", "Mau.Bui.2026"] {
            assert!(check(own, OWN).expect_err(own).vi.contains("của chính bạn"), "{own}");
        }
        assert!(check("buithimau1990xk7", OWN).is_ok(), "what is added counts");
    }

    #[test]
    fn sentences_and_what_machines_make_pass() {
        for good in [
            "một câu ngắn dễ nhớ",
            "lụa tơ tằm Hà Đông",
            "bốn con mèo trắng",
            "kX9#vT2m!qLz",
            "con đò nhỏ sang sông",
            "correct horse battery",
            "gốm men rạn Bát Tràng 1998",
        ] {
            assert!(check(good, OWN).is_ok(), "{good}: {:?}", check(good, OWN));
        }
        assert!(check("ngắn quá", &[]).is_err() && check(&"xy1".repeat(43), &[]).is_err());
    }

    #[test]
    fn the_list_is_as_it_is_compared() {
        for word in COMMON.lines() {
            assert!(word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{word}");
        }
        assert!(common().len() >= 400, "{}", common().len());
    }
}
