//! Fields of a form as they were sent, in NFC. Pure.

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
    "complaint",
    "description",
    "detail",
    "effect",
    "fixed",
    "goods",
    "guests",
    "note",
    "places",
    "reason",
    "said",
    "source",
    "stopped",
    "story",
    "team",
    "terms",
    "text",
    "what",
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
}
