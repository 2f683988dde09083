//! Languages of the pages and their texts (`locales/vi.toml`, `locales/en.toml`).

use std::collections::HashMap;
use std::sync::LazyLock;

pub use crate::text::Tongue as Lang;

static VI: LazyLock<HashMap<String, String>> = LazyLock::new(|| texts(include_str!("../../../locales/vi.toml")));
static EN: LazyLock<HashMap<String, String>> = LazyLock::new(|| texts(include_str!("../../../locales/en.toml")));

impl Lang {
    /// The text of a key; a missing key shows itself (a test finds it before a reader does).
    pub fn t<'a>(&self, key: &'a str) -> &'a str {
        let texts: &'static HashMap<String, String> = match self {
            Lang::Vi => &VI,
            Lang::En => &EN,
        };
        texts.get(key).map_or(key, |text| text.as_str())
    }

    /// The texts of a section by their word.
    pub fn section(&self, name: &str) -> Vec<(&'static str, &'static str)> {
        let texts: &'static HashMap<String, String> = match self {
            Lang::Vi => &VI,
            Lang::En => &EN,
        };
        texts.iter().filter_map(|(key, text)| Some((key.strip_prefix(name)?.strip_prefix('.')?, text.as_str()))).collect()
    }

    /// `vi` or `en`, for the `lang` attribute.
    pub fn code(&self) -> &'static str {
        match self {
            Lang::Vi => "vi",
            Lang::En => "en",
        }
    }

    /// The language of the house that an `Accept-Language` header likes best; Vietnamese when it names none.
    pub fn accepted(header: &str) -> Lang {
        let weight = |wanted: &str| {
            let parts = header.split(',').filter_map(|part| {
                let (range, weight) = part.split_once(';').unwrap_or((part, "q=1"));
                let fits = range.trim().split('-').next().is_some_and(|tag| tag.eq_ignore_ascii_case(wanted));
                fits.then(|| weight.trim().strip_prefix("q=").and_then(|text| text.parse::<f32>().ok()).unwrap_or(0.0))
            });
            parts.fold(0.0_f32, f32::max)
        };
        if weight("en") > weight("vi") { Lang::En } else { Lang::Vi }
    }

    /// Path prefix of this language.
    pub fn prefix(&self) -> &'static str {
        match self {
            Lang::Vi => "",
            Lang::En => "/en",
        }
    }
}

/// Flattens a TOML text table to `section.key` → text.
///
/// # Panics
/// If it cannot be read: a page without any text must not look as if it had been meant.
pub fn texts(toml: &str) -> HashMap<String, String> {
    fn walk(prefix: &str, value: &toml::Value, out: &mut HashMap<String, String>) {
        match value {
            toml::Value::Table(table) => {
                for (key, value) in table {
                    let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                    walk(&name, value, out);
                }
            }
            toml::Value::String(text) => {
                out.insert(prefix.to_owned(), text.clone());
            }
            _ => {}
        }
    }
    let mut out = HashMap::new();
    let table: toml::Table = toml.parse().unwrap_or_else(|error| panic!("locales: {error}"));
    walk("", &toml::Value::Table(table), &mut out);
    out
}
