//! Law and pack as entries: everything is read before anything is compared.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::files::{Agencies, Committee, PackFile, PlanFile, SuccessorRow, law_of};
use crate::error::Result;
use crate::law::{Books, Entry, Lists, Period, bad};
use crate::region::store::UnitRow;
use crate::rule::model::{CriteriaSet, Instrument};

/// Everything that law and pack say.
pub struct Things {
    /// What the pack says of itself.
    pub(super) about: PackFile,
    /// Each list of the law with its entries.
    pub(super) lists: Vec<(String, Vec<Entry>)>,
    /// Instruments, with the ids of what they supersede.
    pub(super) instruments: Vec<(Instrument, String)>,
    /// Criteria sets.
    pub(super) sets: Vec<CriteriaSet>,
    /// Units, the larger first, each with its successors and their shares.
    pub(super) units: Vec<(UnitRow, Vec<(String, String)>)>,
    /// Agencies.
    pub(super) agencies: Vec<super::files::Agency>,
    /// What the committees of a level may do.
    pub(super) committees: Vec<Committee>,
    /// Plans.
    pub(super) plans: Vec<PlanFile>,
}

impl Things {
    /// Reads all files.
    pub(super) fn read(books: &Books, lists: &Lists) -> Result<Things> {
        let (instruments, sets) = law_of(&books.law)?;
        let known: Vec<&str> = instruments.iter().map(|(instrument, _)| instrument.id.as_str()).collect();
        let lists = lists.0.iter().map(|list| Ok((list.name(), list.read(&books.law, &known)?))).collect::<Result<_>>()?;
        let pack = &books.pack;
        let agencies: Agencies = parsed("agencies.toml", &pack.must("agencies.toml")?)?;
        let plans = pack.under("plans")?.iter().map(|(name, text)| parsed(name, text)).collect::<Result<_>>()?;
        let mut units: Vec<UnitRow> = rows("units/units.csv", &pack.must("units/units.csv")?)?;
        units.sort_by_key(|unit| match unit.level.as_str() {
            "province" => 0,
            "district" => 1,
            _ => 2,
        });
        let successors: Vec<SuccessorRow> = rows("units/successors.csv", &pack.must("units/successors.csv")?)?;
        let with_successors = |unit: UnitRow| {
            let own = successors.iter().filter(|row| row.unit == unit.id);
            let mut own: Vec<(String, String)> = own.map(|row| (row.successor.clone(), row.share.clone())).collect();
            own.sort();
            (unit, own)
        };
        Ok(Things {
            about: parsed("pack.toml", &pack.must("pack.toml")?)?,
            lists,
            instruments,
            sets,
            units: units.into_iter().map(with_successors).collect(),
            agencies: agencies.agency,
            committees: agencies.committee,
            plans,
        })
    }
}

fn parsed<T: DeserializeOwned>(name: &str, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| bad(name, error))
}

fn rows<T: DeserializeOwned>(name: &str, text: &str) -> Result<Vec<T>> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .enumerate()
        .map(|(at, row)| row.map_err(|error| bad(name, format!("dòng {}: {error}", at + 2))))
        .collect()
}

/// An entry of one of these lists.
fn entry(list: &str, id: &str, period: Period, body: Value) -> Entry {
    let body = match body {
        Value::Object(body) => body,
        _ => Map::new(),
    };
    // a thing of these lists has one entry, whose days are among what it says
    Entry { list: list.to_owned(), id: id.to_owned(), period: Period { from: None, to: period.to }, body }
}

/// An instrument.
pub fn instrument(instrument: &Instrument, supersedes: &str) -> Entry {
    let body = json!({
        "number": instrument.number, "kind": instrument.kind, "issuer": instrument.issuer, "issued_on": instrument.issued_on, "title": instrument.title,
        "valid_from": instrument.valid_from, "valid_to": instrument.valid_to, "supersedes": supersedes, "confidence": instrument.confidence,
        "source": instrument.source, "note": instrument.note,
    });
    entry("instrument", &instrument.id, Period::new(instrument.valid_from, instrument.valid_to), body)
}

/// A criteria set with its groups and items.
pub fn set(set: &CriteriaSet) -> Entry {
    let items = |group: &crate::rule::model::Group| {
        let items = group
            .criteria
            .iter()
            .map(|item| json!([item.id, item.text, format!("{:?}", item.rule).to_lowercase(), item.place_kind, item.clause]));
        items.collect::<Vec<_>>()
    };
    let groups: Vec<Value> = set
        .groups
        .iter()
        .map(|group| json!({"id": group.id, "title": group.title, "clause": group.clause, "state": group.state, "items": items(group)}))
        .collect();
    let body = json!({
        "title": set.title, "instrument": set.instrument.as_ref().map(|instrument| &instrument.id), "overlay": set.overlay, "scope_unit": set.scope_unit,
        "valid_from": set.valid_from, "valid_to": set.valid_to, "groups": groups,
    });
    entry("criteria_set", &set.id, Period::new(set.valid_from, set.valid_to), body)
}

/// A unit with its successors.
pub fn unit(unit: &UnitRow, successors: &[(String, String)]) -> Entry {
    let body = json!({
        "code": unit.code, "level": unit.level, "kind": unit.kind, "name": unit.name, "full_name": unit.full_name, "parent": unit.parent,
        "valid_from": unit.valid_from, "valid_to": unit.valid_to, "lon": unit.lon, "lat": unit.lat, "source": unit.source, "note": unit.note,
        "successors": successors,
    });
    entry("unit", &unit.id, Period::new(unit.valid_from, unit.valid_to), body)
}
