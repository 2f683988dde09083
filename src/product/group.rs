//! The groups of products (nhóm sản phẩm) of today and of before, as data of the law.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::text::{Tongue, fold};

/// A group of today.
#[derive(Clone, Debug, Deserialize)]
pub struct Group {
    /// Word in the store, in files and in addresses.
    pub id: String,
    /// Vietnamese name.
    pub name: String,
    /// English name.
    pub en: String,
    /// Instrument that names it.
    pub instrument: String,
    /// Other spellings met in lists.
    pub also: Vec<String>,
}

/// A group of an older instrument.
#[derive(Clone, Debug, Deserialize)]
pub struct Former {
    /// Name as printed.
    pub name: String,
    /// Instrument that named it.
    pub instrument: String,
    /// The group of today that it went into; empty when a person has to say.
    pub into: String,
    /// Other spellings.
    pub also: Vec<String>,
    /// Why.
    pub note: String,
}

#[derive(Deserialize)]
struct Listed {
    group: Vec<Group>,
    former: Vec<Former>,
}

static LISTED: LazyLock<Listed> = LazyLock::new(|| toml::from_str(include_str!("../../programme/law/products/groups.toml")).unwrap_or(Listed { group: Vec::new(), former: Vec::new() }));

/// The groups of today, in the order of the law. A list that cannot be read is empty, which a test refuses.
pub fn all() -> &'static [Group] {
    &LISTED.group
}

/// The groups of before.
pub fn former() -> &'static [Former] {
    &LISTED.former
}

/// A group of today by its word.
pub fn get(id: &str) -> Option<&'static Group> {
    LISTED.group.iter().find(|group| group.id == id)
}

/// The name of a group; "chưa xếp nhóm" where there is none.
pub fn name(id: &str, lang: Tongue) -> &'static str {
    get(id).map_or(lang.pick("Chưa xếp nhóm", "Not grouped"), |group| lang.pick(group.name.as_str(), group.en.as_str()))
}

/// What a typed group means: the word of today's group, and the name as printed when it is one of before.
/// None when nothing fits.
pub fn read(typed: &str) -> Option<(&'static str, &'static str)> {
    if let Some(group) = get(typed) {
        return Some((group.id.as_str(), ""));
    }
    let folded = fold(typed);
    if folded.is_empty() {
        return None;
    }
    let fits = |name: &str, also: &[String]| fold(name) == folded || also.iter().any(|other| fold(other) == folded);
    if let Some(group) = LISTED.group.iter().find(|group| fits(&group.name, &group.also) || fold(&group.en) == folded) {
        return Some((group.id.as_str(), ""));
    }
    LISTED.former.iter().find(|former| fits(&former.name, &former.also)).map(|former| (former.into.as_str(), former.name.as_str()))
}

/// Value and label for a select.
pub fn choices(lang: Tongue) -> Vec<(String, String)> {
    all().iter().map(|group| (group.id.clone(), name(&group.id, lang).to_owned())).collect()
}
