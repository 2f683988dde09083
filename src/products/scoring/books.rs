//! The sheets that are shipped: which instrument has which, with the points of its parts. Read once; a file that is wrong keeps
//! the program from starting.

use std::collections::BTreeMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use chrono::NaiveDate;
use serde::Deserialize;

use super::read;
use super::sheet::{Parts, Sheet};
use crate::law::{Dated, List, Source, built_in};
use crate::listed;

/// The sheets of an instrument.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Instrument.
    pub instrument: String,
    /// Folder of its files below `products`.
    pub folder: String,
    /// First day on which dossiers are marked by them.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: Option<NaiveDate>,
    /// Points of each part.
    pub parts: Parts,
    /// What we read where the text says no more.
    pub reading: String,
}

listed! { "products/sheets.toml" / "sheets" of Family by instrument, from..to; instrument }

/// The lists of this file.
pub fn lists() -> Vec<List> {
    vec![List::of::<Family>()]
}

static FAMILIES: LazyLock<Dated<Family>> = LazyLock::new(built_in);

/// The families, the oldest first.
pub fn families() -> &'static [Family] {
    FAMILIES.all()
}

/// The family of an instrument.
pub fn family(instrument: &str) -> Option<&'static Family> {
    families().iter().find(|family| family.instrument == instrument)
}

/// The sheets of a folder of the law.
///
/// # Errors
/// The files that are wrong, each line with its name.
pub fn shipped(law: &Source, family: &Family) -> Result<Vec<Sheet>, Vec<String>> {
    let folder = format!("products/{}", family.folder);
    let files = law.under(&folder).map_err(|error| vec![error.to_string()])?;
    let shared = format!("{folder}/ladders.toml");
    let ladders = match files.iter().find(|(name, _)| *name == shared) {
        Some((name, text)) => read::ladders(text).map_err(|error| vec![format!("{name}: {error}")])?,
        None => Vec::new(),
    };
    let (mut sheets, mut wrong) = (Vec::new(), Vec::new());
    for (name, text) in files.iter().filter(|(name, _)| *name != shared) {
        match read::sheet(text, &ladders, &family.parts) {
            Ok(sheet) => sheets.push(sheet),
            Err(lines) => wrong.extend(lines.into_iter().map(|line| format!("{name}: {line}"))),
        }
    }
    sheets.sort_by_key(|sheet| sheet.number);
    if wrong.is_empty() { Ok(sheets) } else { Err(wrong) }
}

static SHEETS: LazyLock<Vec<Sheet>> = LazyLock::new(|| {
    let law = Source::BuiltIn("law");
    families().iter().flat_map(|family| shipped(&law, family).unwrap_or_else(|wrong| panic!("{}", wrong.join("\n")))).collect()
});

/// All sheets that are shipped, by instrument and number.
pub fn all() -> &'static [Sheet] {
    &SHEETS
}

/// The sheet that is shipped for a product set.
pub fn of(set: &str) -> Option<&'static Sheet> {
    SHEETS.iter().find(|sheet| sheet.set == set)
}

/// Sheets that were read from the store, by digest: each wording is read once in the life of the process and stays.
static INTERNED: LazyLock<RwLock<BTreeMap<String, &'static Sheet>>> = LazyLock::new(RwLock::default);

/// A sheet whose wording has this digest, if it is shipped or was read before.
pub fn by_digest(digest: &str) -> Option<&'static Sheet> {
    let shipped = SHEETS.iter().find(|sheet| sheet.digest == digest);
    shipped.or_else(|| INTERNED.read().unwrap_or_else(PoisonError::into_inner).get(digest).copied())
}

/// Keeps a sheet of the store for the life of the process.
pub fn intern(sheet: Sheet) -> &'static Sheet {
    if let Some(known) = by_digest(&sheet.digest) {
        return known;
    }
    let mut interned = INTERNED.write().unwrap_or_else(PoisonError::into_inner);
    interned.entry(sheet.digest.clone()).or_insert_with(|| Box::leak(Box::new(sheet)))
}

/// A time for which stars are known and sheets are in no source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Instrument.
    pub instrument: &'static str,
    /// First day.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: Option<NaiveDate>,
}

/// The family by which dossiers of a day are marked; none where its sheets are in no source.
pub fn on(day: NaiveDate) -> Option<&'static Family> {
    FAMILIES.on(day).next()
}

/// Times without sheets, the oldest first.
pub fn gaps() -> Vec<Gap> {
    let mut gaps = Vec::new();
    for scale in crate::product::scale::all() {
        let mut from = Some(scale.from);
        for family in families().iter().filter(|family| family.instrument == scale.instrument) {
            if let Some(begin) = from.filter(|begin| *begin < family.from) {
                gaps.push(Gap { instrument: &scale.instrument, from: begin, to: Some(family.from) });
            }
            from = family.to;
        }
        if let Some(begin) = from.filter(|begin| scale.to.is_none_or(|to| *begin < to)) {
            gaps.push(Gap { instrument: &scale.instrument, from: begin, to: scale.to });
        }
    }
    gaps
}
