//! Where goods of elsewhere come from: the other provinces, as dated data of the law, and partner countries as free text.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::error::{Both, both};
use crate::law::{Dated, List, built_in};
use crate::listed;
use crate::text;

/// A province or city under the central government, of today or of before.
#[derive(Clone, Debug, Deserialize)]
pub struct Province {
    /// Name without the kind word.
    pub name: String,
    /// `tinh` or `thanh_pho`.
    pub kind: String,
    /// First day; none: longer than is looked back.
    pub valid_from: Option<NaiveDate>,
    /// First day no longer.
    pub valid_to: Option<NaiveDate>,
    /// The province of today that it went into; empty: it stands.
    #[serde(default)]
    pub into: String,
    /// Other spellings.
    #[serde(default)]
    pub also: Vec<String>,
    /// Instrument by which it began or ended.
    #[serde(default)]
    pub instrument: String,
}

impl Province {
    /// Whether it exists today, as far as the data go.
    pub fn stands(&self) -> bool {
        self.into.is_empty()
    }
}

listed! { "provinces.toml" / "province" of Province by name, valid_from..valid_to }

static LISTED: LazyLock<Dated<Province>> = LazyLock::new(built_in);

/// The list of provinces.
pub fn list() -> List {
    List::of::<Province>()
}

/// Where the names of [`LISTED`] stand in it, by their letters: with marks and without.
struct Named {
    spelt: HashMap<String, usize>,
    bare: HashMap<String, usize>,
}

static NAMED: LazyLock<Named> = LazyLock::new(|| {
    let mut named = Named { spelt: HashMap::new(), bare: HashMap::new() };
    for (at, name) in LISTED
        .all()
        .iter()
        .enumerate()
        .flat_map(|(at, province)| std::iter::once(&province.name).chain(&province.also).map(move |name| (at, name)))
    {
        named.spelt.entry(letters(&text::spelling(name))).or_insert(at);
        named.bare.entry(letters(&text::fold(name))).or_insert(at);
    }
    named
});

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// All provinces, those of today first. A list that cannot be read is empty, which a test refuses.
pub fn provinces() -> &'static [Province] {
    LISTED.all()
}

/// The province of today with this name, written with or without its kind; with what is told when it is one of before. The
/// marks count when any were typed.
pub fn province_named(typed: &str) -> Option<(&'static Province, Option<Both>)> {
    province_of(&text::Part::new(typed))
}

/// The same of a part of an address.
pub fn province_of(part: &text::Part) -> Option<(&'static Province, Option<Both>)> {
    let typed = &part.text;
    if !matches!(part.kind, None | Some("tỉnh" | "thành phố")) {
        return None;
    }
    let bare = letters(&text::fold(&part.name));
    if bare.is_empty() {
        return None;
    }
    let at = if part.name.is_ascii() { NAMED.bare.get(&bare) } else { NAMED.spelt.get(&letters(&text::spelling(&part.name))) };
    let found = LISTED.all().get(*at?)?;
    if found.stands() {
        return Some((found, None));
    }
    let heir = LISTED.all().iter().find(|province| province.stands() && province.name == found.into)?;
    let day = found.valid_to.map(text::date_vi).unwrap_or_default();
    let note = both(
        format!("“{typed}” từ {day} là {}; ghi xuất xứ {}", heir.name, heir.name),
        format!("since {day} “{typed}” is {}, which is recorded", heir.name),
    );
    Some((heir, Some(note)))
}

/// What was typed as origin: empty for this province, the name of another as the list of today gives it, else a country as
/// written, of which there is no list; with what is to be told.
pub fn origin(typed: &str, own: &str) -> (String, Option<Both>) {
    let typed = text::nfc(typed);
    match province_named(&typed) {
        Some((province, note)) if text::same_spelling(&province.name, own) => (String::new(), note),
        Some((province, note)) => (province.name.clone(), note),
        None if text::fold(&typed).is_empty() || text::fold(&typed) == "viet nam" => (String::new(), None),
        None => {
            let note = both(
                format!("“{typed}” không có trong danh sách tỉnh, thành phố; ghi xuất xứ đúng như vậy, là tên nước"),
                format!("“{typed}” is in no list of provinces; it is recorded as written, as a country"),
            );
            (typed, Some(note))
        }
    }
}
