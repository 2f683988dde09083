//! The groups of products (ngành, nhóm) and the product sets (bộ sản phẩm) of today and of before, as data of the law. What a
//! product belongs to follows the day on which it was recognised.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::law::{Dated, List, Listed, built_in};
use crate::listed;
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
    /// What instruments call it, the oldest first.
    pub named: Vec<Named>,
}

/// What an instrument calls a group.
#[derive(Clone, Debug, Deserialize)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The instrument.
    pub instrument: String,
    /// Where in it.
    pub clause: String,
    /// First day.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: Option<NaiveDate>,
}

/// A group of an older instrument.
#[derive(Clone, Debug, Deserialize)]
pub struct Former {
    /// Name as printed.
    pub name: String,
    /// Instrument that named it.
    pub instrument: String,
    /// First day.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: NaiveDate,
    /// The group of today that it went into; empty when a person has to say.
    pub into: String,
    /// Other spellings.
    pub also: Vec<String>,
    /// Why.
    pub note: String,
}

impl Listed for Group {
    const FILE: &'static str = "products/groups.toml";
    const TABLE: &'static str = "group";

    fn id(&self) -> &str {
        &self.id
    }

    fn instruments(&self) -> Vec<&str> {
        std::iter::once(self.instrument.as_str()).chain(self.named.iter().map(|named| named.instrument.as_str())).collect()
    }
}

listed! { "products/groups.toml" / "former" of Former by name, from..to; instrument }

/// The lists of this file.
pub fn lists() -> Vec<List> {
    vec![List::of::<Group>(), List::of::<Former>(), List::of::<Set>(), List::of::<Open>()]
}

static GROUPS: LazyLock<Dated<Group>> = LazyLock::new(built_in);
static FORMER: LazyLock<Dated<Former>> = LazyLock::new(built_in);

/// The groups of today, in the order of the law.
pub fn all() -> &'static [Group] {
    GROUPS.all()
}

/// The groups of before.
pub fn former() -> &'static [Former] {
    FORMER.all()
}

/// A group of today by its word.
pub fn get(id: &str) -> Option<&'static Group> {
    GROUPS.ever(id)
}

/// What a group was called on a day, and by which instrument.
pub fn named_on(id: &str, day: NaiveDate) -> Option<(&'static str, &'static str)> {
    let named = get(id)?.named.iter().find(|named| named.from <= day && named.to.is_none_or(|to| day < to))?;
    Some((named.name.as_str(), named.instrument.as_str()))
}

/// Whether a name of before is right for a product recognised on a day.
pub fn is_right_on(printed: &str, day: NaiveDate) -> bool {
    former().iter().any(|former| former.name == printed && former.from <= day && day < former.to)
}

/// A product set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// Word in the store.
    pub id: String,
    /// Number in the instrument, where a source prints it.
    pub number: Option<i64>,
    /// Name.
    pub name: String,
    /// Group of products (ngành).
    pub group: String,
    /// Group within it (nhóm), as printed; empty where no source gives it.
    pub branch: String,
    /// Ministries in charge.
    pub ministries: Vec<String>,
    /// Instrument.
    pub instrument: String,
    /// Where in it.
    pub clause: String,
    /// First day.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: Option<NaiveDate>,
    /// Other spellings of the same set.
    pub also: Vec<String>,
    /// The set of today that it went into; empty where it is one, or a person has to say.
    pub into: String,
    /// How sure it is.
    pub confidence: String,
    /// Why.
    pub note: String,
}

impl Set {
    /// Whether it is one of a day.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.period().holds(day)
    }

    /// "Bộ 3: Gạo, ngũ cốc …", or the name where no number is known.
    pub fn label(&self) -> String {
        self.number.map_or_else(|| self.name.clone(), |number| format!("Bộ {number}: {}", self.name))
    }

    /// The set of today that it went into, if that is clear.
    pub fn today(&self) -> Option<&'static Set> {
        set(&self.into)
    }
}

/// A time whose sets no source gives.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// Instrument.
    pub instrument: String,
    /// First day.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: NaiveDate,
    /// What is open.
    pub note: String,
}

listed! { "products/sets.toml" / "set" of Set by id, from..to; instrument }

listed! { "products/sets.toml" / "open" of Open by instrument, from..to; instrument }

static SETS: LazyLock<Dated<Set>> = LazyLock::new(built_in);
static OPEN: LazyLock<Dated<Open>> = LazyLock::new(built_in);

/// Sets by folded name: few have the same name in two instruments.
static BY_NAME: LazyLock<HashMap<String, Vec<&'static Set>>> = LazyLock::new(|| {
    let mut found: HashMap<String, Vec<&'static Set>> = HashMap::new();
    for set in SETS.all() {
        for name in std::iter::once(&set.name).chain(&set.also) {
            found.entry(plain(name)).or_default().push(set);
        }
    }
    found
});

/// A name without case, marks, "bộ 3:", "bộ sản phẩm" and the like before it.
fn plain(typed: &str) -> String {
    let folded = fold(typed);
    let mut rest = folded.as_str();
    for start in ["bo san pham", "phan nhom", "bo", "nhom"] {
        rest = rest
            .strip_prefix(start)
            .map_or(rest, |rest| rest.trim_start_matches(|c: char| c == ' ' || c == ':' || c == '.' || c.is_ascii_digit()));
    }
    rest.trim().to_owned()
}

/// All sets of all instruments.
pub fn sets() -> &'static [Set] {
    SETS.all()
}

/// The sets of a day; none where no source gives them.
pub fn sets_on(day: NaiveDate) -> impl Iterator<Item = &'static Set> {
    SETS.on(day)
}

/// The time whose sets no source gives, if a day lies in one.
pub fn open_on(day: NaiveDate) -> Option<&'static Open> {
    OPEN.on(day).next()
}

/// All times whose sets no source gives.
pub fn open_sets() -> &'static [Open] {
    OPEN.all()
}

/// A set by its word.
pub fn set(id: &str) -> Option<&'static Set> {
    SETS.ever(id)
}

/// The set that a printed name means for certain for a product recognised on a day: one of that day with this very name. None
/// also where the law of that day is not known.
pub fn read_set(typed: &str, day: NaiveDate) -> Option<&'static Set> {
    if typed.is_empty() {
        return None;
    }
    BY_NAME.get(&plain(typed))?.iter().copied().find(|set| set.holds(day))
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
    if let Some(group) = GROUPS.all().iter().find(|group| fits(&group.name, &group.also) || fold(&group.en) == folded) {
        return Some((group.id.as_str(), ""));
    }
    FORMER.all().iter().find(|former| fits(&former.name, &former.also)).map(|former| (former.into.as_str(), former.name.as_str()))
}

/// Value and label for a select.
pub fn choices(lang: Tongue) -> Vec<(String, String)> {
    all().iter().map(|group| (group.id.clone(), name(&group.id, lang).to_owned())).collect()
}
