//! The sheets that are shipped: which instrument has which, with the points of its parts. Read once; a file that is wrong keeps
//! the program from starting.

use std::collections::BTreeMap;
use std::sync::LazyLock;

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

/// The sheet of a product set.
pub fn of(set: &str) -> Option<&'static Sheet> {
    SHEETS.iter().find(|sheet| sheet.set == set)
}

static WORDINGS: LazyLock<BTreeMap<&'static str, String>> =
    LazyLock::new(|| SHEETS.iter().map(|sheet| (sheet.set.as_str(), digest(sheet))).collect());

/// The digest of the wording of a sheet that is shipped.
pub fn wording(set: &str) -> &'static str {
    WORDINGS.get(set).map_or("", String::as_str)
}

/// What tells whether the wording of a sheet changed.
pub fn digest(sheet: &Sheet) -> String {
    crate::clock::digest(serde_json::to_string(sheet).unwrap_or_default().as_bytes())
}
