//! Fields of a form as they were sent, in NFC, and what is read from one. Pure.

use chrono::NaiveDate;

use super::Errors;
use crate::error::Both;
use crate::text::parse_date;

/// Form fields in the order sent; every value has passed the NFC border.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Builds fields from pairs.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Fields {
        Fields(
            pairs
                .into_iter()
                .map(|(name, value)| {
                    let value = clean(&name, &value);
                    (name, value)
                })
                .collect(),
        )
    }

    /// First value of a field, or the empty text.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// First value, if it is not empty.
    pub fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }

    /// All values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked.
    pub fn is_on(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// All pairs.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Sets a field, replacing what was there.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.into()));
    }

    /// Sets a field to what somebody sent: it passes the NFC border.
    pub fn set_clean(&mut self, name: &str, value: &str) {
        self.set(name, clean(name, value));
    }

    /// The address of a list with some fields changed, always from its first page.
    pub fn address(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let kept = self.0.iter().filter(|(name, _)| name != "sau" && name != "xong" && changes.iter().all(|(changed, _)| changed != name));
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        let parts: Vec<String> = kept
            .chain(changes.iter().copied())
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{}={}", query_escape(name), query_escape(value)))
            .collect();
        if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
    }

    /// A text of at most so many characters; one that is longer is kept, and told.
    pub fn text(&self, name: &str, limit: usize, errors: &mut Errors) -> String {
        let typed = self.get(name);
        errors.within(name, typed, limit);
        typed.to_owned()
    }

    /// The same, which must not be empty.
    pub fn must(&self, name: &str, limit: usize, missing: Both, errors: &mut Errors) -> String {
        if self.get(name).is_empty() {
            errors.add(name, missing);
        }
        self.text(name, limit, errors)
    }

    /// A day that must be given.
    pub fn day(&self, name: &str, errors: &mut Errors) -> Option<NaiveDate> {
        errors.take(name, parse_date(self.get(name)).map_err(Both::from))
    }

    /// A day that may lack.
    pub fn some_day(&self, name: &str, errors: &mut Errors) -> Option<NaiveDate> {
        self.some(name).and_then(|_| self.day(name, errors))
    }

    /// The row version the form was made from.
    pub fn version(&self) -> i64 {
        self.get("version").parse().unwrap_or(-1)
    }
}

/// Words of the names of fields that hold several lines; every other field is one line. A test compares them with the forms.
const LINES: &[&str] = &[
    "about",
    "answer",
    "certificates",
    "check",
    "complaint",
    "description",
    "detail",
    "discussion",
    "effect",
    "fixed",
    "goods",
    "guests",
    "minutes",
    "news",
    "note",
    "places",
    "proposal",
    "reason",
    "said",
    "source",
    "stopped",
    "story",
    "team",
    "terms",
    "text",
    "visits",
    "what",
    "words",
];

/// Fields of a password, which is hashed as it was typed.
const SECRETS: &[&str] = &["password", "again", "present"];

/// Whether a field may hold line breaks, by its name: `note`, `agree-note`, `reason-01a2…`.
fn has_lines(name: &str) -> bool {
    name.split(['-', '_']).any(|word| LINES.contains(&word))
}

/// Drops what no text needs, normalises to NFC; line breaks stay only where the form has several lines.
fn clean(name: &str, value: &str) -> String {
    if SECRETS.contains(&name) {
        crate::text::composed(value.to_owned())
    } else if has_lines(name) && value.contains(['\n', '\r']) {
        crate::text::nfc_block(value)
    } else {
        crate::text::nfc(value)
    }
}

/// Escapes a value for a URL query.
pub fn query_escape(text: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    percent_encoding::utf8_percent_encode(text, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn templates(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                templates(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "html") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn what_a_form_shows_as_several_lines_may_have_them() {
        let mut pages = Vec::new();
        templates(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut pages);
        let mut seen = 0;
        for page in &pages {
            let areas = page.split(".area(").skip(1).filter_map(|rest| rest.split('"').nth(1));
            let plain = page
                .split("<textarea")
                .skip(1)
                .filter_map(|rest| rest.split('>').next())
                .filter(|tag| !tag.contains("readonly"))
                .filter_map(|tag| tag.split("name=\"").nth(1)?.split('"').next());
            for name in areas.chain(plain).filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_')))
            {
                assert!(has_lines(name), "the field {name} is an area in a form, but would lose its line breaks");
                seen += 1;
            }
        }
        assert!(seen > 30, "{seen}");
    }

    #[test]
    fn l8_a_field_of_one_line_has_no_line_breaks() {
        let fields = Fields::new([
            ("name".to_owned(), "Điểm\r\nBcc: a@b.vn".to_owned()),
            ("agree-note".to_owned(), "một\r\nhai".to_owned()),
            ("password".to_owned(), "  hai  cách ".to_owned()),
        ]);
        assert_eq!(fields.get("name"), "Điểm Bcc: a@b.vn");
        assert_eq!(fields.get("agree-note"), "một\nhai");
        assert_eq!(fields.get("password"), "  hai  cách ", "a password is hashed as typed");
    }

    #[test]
    fn a_text_that_is_too_long_and_a_day_that_is_none_are_told_and_kept() {
        let fields = Fields::new([
            ("name".to_owned(), "điểm".to_owned()),
            ("day".to_owned(), "31/02/2026".to_owned()),
            ("from".to_owned(), "22/11/2026".to_owned()),
        ]);
        let mut errors = Errors::default();
        assert_eq!(fields.text("name", 4, &mut errors), "điểm");
        assert_eq!((fields.some_day("last", &mut errors), fields.day("from", &mut errors)), (None, NaiveDate::from_ymd_opt(2026, 11, 22)));
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(fields.text("name", 3, &mut errors), "điểm");
        assert_eq!(fields.must("place", 3, Both::from(crate::text::DateError::Empty), &mut errors), "");
        assert_eq!((fields.some_day("day", &mut errors), fields.day("last", &mut errors)), (None, None));
        let told: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(told, ["name", "place", "day", "last"]);
    }
}
