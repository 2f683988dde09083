//! Codes of products: compared without what the eye passes over, and the form that the law prints. Pure.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use crate::law::{Dated, List, built_in};
use crate::listed;

/// A code without case, blanks, dashes and the leading zeros of its numbers: codes that differ by those alone are one to the eye.
/// Two numbers side by side stay apart, and zeros within a mark of letters and digits mixed ("OP77AB01EE") say something. Empty only where there is no code.
pub fn fold(code: &str) -> String {
    let mut folded = String::with_capacity(code.len());
    for part in code.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
        let digits = part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len());
        let (letters, number) = part.split_at(digits);
        if letters.is_empty() && folded.ends_with(|c: char| c.is_ascii_digit()) {
            folded.push('-');
        }
        folded.extend(letters.chars().flat_map(char::to_lowercase));
        if number.bytes().all(|b| b.is_ascii_digit()) {
            let kept = number.trim_start_matches('0');
            folded.push_str(if kept.is_empty() && !number.is_empty() { "0" } else { kept });
        } else {
            folded.extend(number.chars().flat_map(char::to_lowercase));
        }
    }
    if folded.is_empty() { code.to_owned() } else { folded }
}

/// How people on screens are told of a product that has no code.
pub const NONE: &str = "chưa có mã";

/// A code on a screen of staff, or that there is none.
pub fn shown(code: &str) -> &str {
    if code.is_empty() { NONE } else { code }
}

/// "MÃ – tên", or the name alone.
pub fn titled(code: &str, name: &str) -> String {
    if code.is_empty() { name.to_owned() } else { format!("{code} – {name}") }
}

/// A form of codes as an instrument prints it.
#[derive(Clone, Debug, Deserialize)]
pub struct Form {
    /// Number of the instrument.
    pub number: String,
    /// The form: "T-X-STT-20YY".
    pub form: String,
    /// Number of the instrument that gives the codes of units.
    pub units: String,
    /// First day of those codes; codes with an earlier year are of other forms.
    pub from: NaiveDate,
}

listed! { "products/codes.toml" / "form" of Form by number, from.. }

/// The lists of this file.
pub fn lists() -> Vec<List> {
    vec![List::of::<Form>()]
}

static LISTED: LazyLock<Dated<Form>> = LazyLock::new(built_in);

/// The form of codes that is checked.
pub fn form() -> Option<&'static Form> {
    LISTED.all().first()
}

/// A code of the form T-X-STT-20YY: province, commune, serial, year of grading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Printed {
    /// Code of the province, as a number.
    pub province: u32,
    /// Code of the commune, as a number.
    pub commune: u32,
    /// Serial kept by the commune.
    pub serial: u32,
    /// Year of grading.
    pub year: i32,
    /// A leading zero of a unit's code is not there: a spreadsheet took it for a number.
    pub lost_zeros: bool,
    /// Its parts are joined otherwise than by a hyphen each.
    pub is_loose: bool,
}

impl Printed {
    /// Reads a code, with any kind of dash and blanks between its parts; none where it has another form, or a year before the
    /// form was.
    pub fn read(code: &str) -> Option<Printed> {
        if !code.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let mut parts = code.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        let (province, commune, serial, year) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let number =
            |part: &str, most: usize| part.parse::<u32>().ok().filter(|_| part.len() <= most && part.bytes().all(|b| b.is_ascii_digit()));
        if parts.next().is_some() || year.len() != 4 || !year.starts_with("20") {
            return None;
        }
        let lost_zeros = province.len() < 2 || commune.len() < 5;
        let is_loose = code.len() != province.len() + commune.len() + serial.len() + year.len() + 3
            || code.bytes().filter(|b| *b == b'-').count() != 3;
        let read = Printed {
            province: number(province, 2)?,
            commune: number(commune, 5)?,
            serial: number(serial, 7)?,
            year: year.parse().ok()?,
            lost_zeros,
            is_loose,
        };
        form().filter(|form| form.from.year() <= read.year).map(|_| read)
    }

    /// The commune's code as units have it.
    pub fn commune_code(&self) -> String {
        format!("{:05}", self.commune)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_that_differ_by_case_blanks_dashes_or_zeros_alone_are_one_and_others_are_not() {
        for (one, other) in [
            ("OP3FA91C2D", "op3fa91c2d"),
            ("OP 3FA91C2D", "OP-3FA91C2D"),
            ("01-00577-13-2026", "01 – 00577 – 13 – 2026"),
            ("01-00577-14-2026", "1-577-14-2026"),
            ("SP-001", "sp 1"),
            ("SP001", "SP-1"),
            ("A-1", "A1"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        for (one, other) in
            [("1-577-12-2026", "1-5771-2-2026"), ("OP77AB01EE", "OP77AB1EE"), ("A-10", "A-1"), ("ĐP-1", "DP-1"), ("SP-0", "SP")]
        {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
        assert_eq!(["000", "!!", ""].map(fold), ["0", "!!", ""]);
    }

    #[test]
    fn only_codes_of_the_form_of_today_are_read() {
        let read = Printed::read("01-00577-12-2026").unwrap();
        assert_eq!(read, Printed { province: 1, commune: 577, serial: 12, year: 2026, lost_zeros: false, is_loose: false });
        assert_eq!(Printed::read("01 – 00577 – 12 – 2026"), Some(Printed { is_loose: true, ..read }));
        assert_eq!(Printed::read("1-577-12-2026").map(|read| (read.lost_zeros, read.commune_code())), Some((true, "00577".into())));
        for other in [
            "01-018-00583-3-2022",
            "01-268-09886-1-2021",
            "01-00583-3-2022",
            "OP3FA91C2D",
            "SP-HN-2026-0001",
            "17",
            "",
            "01-00577-12-26",
            "01-005777-12-2026",
            "a-b-c-2026",
        ] {
            assert_eq!(Printed::read(other), None, "{other}");
        }
        assert!(form().is_some_and(|form| form.form == "T-X-STT-20YY"));
    }

    proptest! {
        #[test]
        fn folding_is_idempotent_and_drops_what_it_says(parts in prop::collection::vec("[A-Za-z0-9]{1,6}", 1..5), dashes in prop::collection::vec(prop::sample::select(vec!["-", " ", " – ", "."]), 4)) {
            let code: String = parts.iter().zip(dashes.iter().chain(std::iter::repeat(&"-"))).map(|(part, dash)| format!("{part}{dash}")).collect();
            let plain = parts.join("-");
            prop_assert_eq!(fold(&code), fold(&plain));
            prop_assert_eq!(fold(&plain.to_uppercase()), fold(&plain.to_lowercase()));
        }
    }
}
