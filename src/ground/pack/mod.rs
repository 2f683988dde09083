//! The province pack and the national law: read from `programme/` (built in) or a folder, written by `ocop init`.

mod checklist;
mod learn;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::db::{Tx, fact};
use crate::error::{Error, Result};
use crate::journal::Note;
use crate::party::{self, Body};
use crate::plan::{self, Deadline, Plan, Target};
use crate::region;
use crate::rule::model::{CriteriaSet, Criterion, Group, Instrument};
use crate::rule::{self, RuleKind};
use crate::{change, fetch_optional};

pub use checklist::{Checklist, ChecklistItem, ProductPaper};
pub use learn::Learnt;

#[derive(rust_embed::RustEmbed)]
#[folder = "programme/"]
struct BuiltIn;

/// Where the files of a pack come from.
#[derive(Clone, Debug, Default)]
pub struct Pack {
    folder: Option<PathBuf>,
}

/// Why a pack cannot be used: the file and what is wrong in it.
fn bad(name: &str, error: impl std::fmt::Display) -> Error {
    Error::internal(format!("{name}: {error}"))
}

impl Pack {
    /// The built-in Hà Nội, or a folder laid out like `programme/hanoi`.
    pub fn new(folder: Option<PathBuf>) -> Pack {
        Pack { folder }
    }

    /// A text file of the pack, if it has it.
    pub fn read(&self, name: &str) -> Result<Option<String>> {
        match &self.folder {
            Some(folder) => match std::fs::read_to_string(folder.join(name)) {
                Ok(text) => Ok(Some(text)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(bad(name, error)),
            },
            None => Ok(built_in(&format!("hanoi/{name}"))),
        }
    }

    fn must(&self, name: &str) -> Result<String> {
        self.read(name)?.ok_or_else(|| bad(name, "thiếu tệp này trong gói / the pack lacks this file"))
    }

    fn plans(&self) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        match &self.folder {
            Some(folder) => {
                let folder = folder.join("plans");
                for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    if name.ends_with(".toml") {
                        found.push((name, std::fs::read_to_string(entry.path())?));
                    }
                }
            }
            None => found = built_in_under("hanoi/plans/"),
        }
        found.sort();
        Ok(found)
    }
}

fn built_in(path: &str) -> Option<String> {
    BuiltIn::get(path).and_then(|file| String::from_utf8(file.data.into_owned()).ok())
}

fn built_in_under(prefix: &str) -> Vec<(String, String)> {
    BuiltIn::iter()
        .filter(|path| path.starts_with(prefix) && path.ends_with(".toml"))
        .filter_map(|path| built_in(&path).map(|text| (path.to_string(), text)))
        .collect()
}

#[derive(Deserialize)]
struct PackFile {
    code: String,
    name: String,
    /// Letters with which codes of the register begin.
    code_prefix: String,
}

#[derive(Deserialize)]
struct SuccessorRow {
    unit: String,
    successor: String,
    share: String,
}

#[derive(Deserialize)]
struct Agencies {
    agency: Vec<Agency>,
}

#[derive(Deserialize)]
struct Agency {
    id: String,
    name: String,
    #[serde(default)]
    short: String,
    kind: String,
    parent: Option<String>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    #[serde(default)]
    successors: Vec<String>,
    #[serde(default)]
    powers: Vec<String>,
    #[serde(default)]
    source: String,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
struct Instruments {
    instrument: Vec<InstrumentFile>,
}

#[derive(Deserialize)]
struct InstrumentFile {
    id: String,
    number: String,
    kind: String,
    #[serde(default)]
    issuer: String,
    date: Option<NaiveDate>,
    #[serde(default)]
    title: String,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    #[serde(default)]
    supersedes: Vec<String>,
    #[serde(default)]
    confidence: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
struct SetFile {
    id: String,
    title: String,
    instrument: Option<String>,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    #[serde(default)]
    overlay: bool,
    scope_unit: Option<String>,
    #[serde(default)]
    confidence: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    group: Vec<GroupFile>,
}

#[derive(Deserialize)]
struct GroupFile {
    id: String,
    title: String,
    #[serde(default)]
    clause: String,
    state: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    criterion: Vec<CriterionFile>,
}

#[derive(Deserialize)]
struct CriterionFile {
    id: String,
    text: String,
    rule: RuleKind,
    #[serde(default)]
    place_kind: String,
    #[serde(default)]
    clause: String,
    #[serde(default)]
    confidence: String,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
struct PlanFile {
    id: String,
    number: String,
    date: Option<NaiveDate>,
    issuer: String,
    title: String,
    year: i64,
    #[serde(default)]
    confidence: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    target: Vec<TargetFile>,
    #[serde(default)]
    deadline: Vec<DeadlineFile>,
}

#[derive(Deserialize)]
struct TargetFile {
    id: String,
    what: String,
    per: String,
    unit: Option<String>,
    min: Option<i64>,
    max: Option<i64>,
    from: NaiveDate,
    to: NaiveDate,
    #[serde(default)]
    clause: String,
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct DeadlineFile {
    id: String,
    what: String,
    date: NaiveDate,
    #[serde(default)]
    text: String,
    #[serde(default)]
    clause: String,
    #[serde(default)]
    source: String,
}

/// Reads the checklist of preparation that is built in.
pub fn checklist() -> Result<Checklist> {
    let name = "law/points/preparation.toml";
    let text = built_in(name).ok_or_else(|| bad(name, "missing"))?;
    toml::from_str(&text).map_err(|error| bad(name, error))
}

/// The measures of administrative papers in force on a day, from `programme/law/paper/`: the file whose `valid_from` came last.
pub fn paper_layout(on: NaiveDate) -> Result<serde_json::Value> {
    let mut found: Option<(Option<NaiveDate>, toml::Table)> = None;
    for (name, text) in built_in_under("law/paper/") {
        let table: toml::Table = toml::from_str(&text).map_err(|error| bad(&name, error))?;
        let from = match table.get("valid_from").and_then(toml::Value::as_str) {
            Some(text) => Some(text.parse::<NaiveDate>().map_err(|error| bad(&name, error))?),
            None => None,
        };
        if from.is_none_or(|from| from <= on) && found.as_ref().is_none_or(|(known, _)| *known <= from) {
            found = Some((from, table));
        }
    }
    let (_, table) = found.ok_or_else(|| bad("law/paper", "missing"))?;
    Ok(serde_json::to_value(table)?)
}

/// Instruments with the ids of what they supersede, and criteria sets.
pub type Law = (Vec<(Instrument, String)>, Vec<CriteriaSet>);

/// Instruments and criteria sets of the national law that are built in.
pub fn law() -> Result<Law> {
    let name = "law/decisions.toml";
    let file: Instruments = toml::from_str(&built_in(name).ok_or_else(|| bad(name, "missing"))?).map_err(|error| bad(name, error))?;
    let instruments: Vec<(Instrument, String)> = file
        .instrument
        .into_iter()
        .map(|row| {
            let instrument = Instrument {
                id: row.id,
                number: row.number,
                kind: row.kind,
                issuer: row.issuer,
                issued_on: row.date,
                title: row.title,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                confidence: row.confidence,
                source: row.source,
                note: row.note,
            };
            (instrument, row.supersedes.join(" "))
        })
        .collect();
    let mut sets = Vec::new();
    for (name, text) in built_in_under("law/points/") {
        // no sets of criteria: these files are read where they are used
        if name.ends_with("preparation.toml") {
            continue;
        }
        let file: SetFile = toml::from_str(&text).map_err(|error| bad(&name, error))?;
        let instrument = match &file.instrument {
            None => None,
            Some(id) => Some(
                instruments
                    .iter()
                    .find(|(known, _)| known.id == *id)
                    .ok_or_else(|| bad(&name, format!("unknown instrument {id}")))?
                    .0
                    .clone(),
            ),
        };
        sets.push(set_of(file, instrument));
    }
    Ok((instruments, sets))
}

fn set_of(file: SetFile, instrument: Option<Instrument>) -> CriteriaSet {
    let set_id = file.id.clone();
    let groups = file
        .group
        .into_iter()
        .map(|group| Group {
            criteria: group
                .criterion
                .into_iter()
                .enumerate()
                .map(|(place, item)| Criterion {
                    set_id: set_id.clone(),
                    group_id: group.id.clone(),
                    id: item.id,
                    place: place as i64,
                    text: item.text,
                    rule: item.rule,
                    place_kind: item.place_kind,
                    clause: item.clause,
                    confidence: item.confidence,
                    note: item.note,
                })
                .collect(),
            id: group.id,
            title: group.title,
            clause: group.clause,
            state: group.state,
            note: group.note,
        })
        .collect();
    CriteriaSet {
        id: file.id,
        title: file.title,
        instrument,
        status: "in_force".into(),
        overlay: file.overlay,
        scope_unit: file.scope_unit,
        valid_from: file.valid_from,
        valid_to: file.valid_to,
        origin: "law".into(),
        based_on: None,
        confidence: file.confidence,
        source: file.source,
        note: file.note,
        version: 1,
        groups,
    }
}

/// Writes law and pack into the store; running it again updates what law and pack say, with a line in the journal for each
/// change of the law, and touches nothing else.
pub async fn write(tx: &mut Tx, pack: &Pack, now: DateTime<Utc>) -> Result<Learnt> {
    let about: PackFile = toml::from_str(&pack.must("pack.toml")?).map_err(|error| bad("pack.toml", error))?;
    units(tx, pack).await?;
    let (instruments, sets) = law()?;
    let is_known = fact::find(tx, "pack").await?.is_some();
    let mut learnt = learn::instruments(tx, &instruments, is_known, now).await?;
    for set in &sets {
        if rule::store::add_set(tx, set).await? && is_known {
            learnt.sets.push(set.title.clone());
            Note::of(
                "learn_set",
                ("criteria_set", &set.id),
                serde_json::json!({"set": {"title": set.title, "valid_from": set.valid_from, "valid_to": set.valid_to}}),
            )
            .by_name(tx, now, ("system", "ocop init"))
            .await?;
        }
    }
    agencies(tx, pack, now).await?;
    committees(tx, now).await?;
    for (name, text) in pack.plans()? {
        let file: PlanFile = toml::from_str(&text).map_err(|error| bad(&name, error))?;
        write_plan(tx, file).await?;
    }
    fact::put(tx, "code_prefix", &about.code_prefix).await?;
    fact::put(tx, "pack", &format!("{} {}", about.code, about.name)).await?;
    Ok(learnt)
}

/// What the law of this program says that the store does not know yet.
pub async fn newer_law(tx: &mut Tx) -> Result<Learnt> {
    learn::pending(tx, &law()?.0).await
}

fn rows<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<Vec<T>> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .enumerate()
        .map(|(at, row)| row.map_err(|error| bad(name, format!("dòng {}: {error}", at + 2))))
        .collect()
}

async fn units(tx: &mut Tx, pack: &Pack) -> Result<()> {
    let mut units: Vec<region::store::UnitRow> = rows("units/units.csv", &pack.must("units/units.csv")?)?;
    units.sort_by_key(|unit| match unit.level.as_str() {
        "province" => 0,
        "district" => 1,
        _ => 2,
    });
    for unit in &units {
        region::store::put(tx, unit).await?;
    }
    for row in rows::<SuccessorRow>("units/successors.csv", &pack.must("units/successors.csv")?)? {
        region::store::put_successor(tx, &row.unit, &row.successor, &row.share).await?;
    }
    change::tell(tx, change::UNITS).await?;
    Ok(())
}

async fn agencies(tx: &mut Tx, pack: &Pack, now: DateTime<Utc>) -> Result<()> {
    let file: Agencies = toml::from_str(&pack.must("agencies.toml")?).map_err(|error| bad("agencies.toml", error))?;
    let city = region::store::load(tx, None).await?.province().id.clone();
    // first without the body above, since it may stand later in the file
    for with_parent in [false, true] {
        for agency in &file.agency {
            let local = !matches!(agency.kind.as_str(), "ministry");
            let body = Body {
                id: agency.id.clone(),
                kind: agency.kind.clone(),
                name: agency.name.clone(),
                short: agency.short.clone(),
                parent_id: agency.parent.clone().filter(|_| with_parent),
                unit_id: local.then(|| city.clone()),
                tax_code: None,
                address: String::new(),
                phone: String::new(),
                valid_from: agency.from,
                valid_to: agency.to,
                demo: false,
                version: 1,
            };
            party::store::put(tx, &body, &agency.source, &agency.note, now).await?;
        }
    }
    for agency in &file.agency {
        for successor in &agency.successors {
            party::store::put_successor(tx, &agency.id, successor).await?;
        }
        for power in &agency.powers {
            party::store::put_power(tx, &agency.id, power).await?;
        }
    }
    Ok(())
}

/// The people's committee of every district of before and every commune of today.
async fn committees(tx: &mut Tx, now: DateTime<Utc>) -> Result<()> {
    let region = region::store::load(tx, None).await?;
    let day = crate::clock::local(now).date_naive();
    let units: Vec<_> = region.districts().into_iter().chain(region.communes(day)).cloned().collect();
    for unit in units {
        let id = format!("ubnd-{}", unit.id);
        let short = format!("UBND {}", lower_first(&unit.full_name));
        let body = Body {
            id: id.clone(),
            kind: "people_committee".into(),
            name: short.clone(),
            short,
            parent_id: None,
            unit_id: Some(unit.id.clone()),
            tax_code: None,
            address: String::new(),
            phone: String::new(),
            valid_from: unit.valid_from,
            valid_to: unit.valid_to,
            demo: false,
            version: 1,
        };
        if fetch_optional!(tx, (String,), "select id from body where id = $1", &id)?.is_none() {
            party::store::put(tx, &body, "", "", now).await?;
        }
        for power in ["nominate", "prepare", "inspect"] {
            party::store::put_power(tx, &id, power).await?;
        }
    }
    Ok(())
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

async fn write_plan(tx: &mut Tx, file: PlanFile) -> Result<()> {
    let plan = Plan {
        id: file.id.clone(),
        number: file.number,
        issued_on: file.date,
        issuer: file.issuer,
        title: file.title,
        year: file.year,
        source: file.source,
        note: file.note,
        version: 1,
    };
    plan::put(tx, &plan, &file.confidence).await?;
    for target in file.target {
        let target = Target {
            plan_id: file.id.clone(),
            id: target.id,
            what: target.what,
            per: target.per,
            unit_id: target.unit,
            least: target.min,
            most: target.max,
            valid_from: target.from,
            valid_to: target.to,
            clause: target.clause,
            text: target.text,
        };
        plan::put_target(tx, &target, false).await?;
    }
    for deadline in file.deadline {
        let row = Deadline {
            plan_id: file.id.clone(),
            id: deadline.id,
            what: deadline.what,
            due_on: deadline.date,
            text: deadline.text,
            clause: deadline.clause,
        };
        plan::put_deadline(tx, &row, &deadline.source, false).await?;
    }
    Ok(())
}

/// Boundaries, if the pack in use brings them.
pub fn boundaries(folder: Option<&Path>) -> Result<Option<crate::geo::Boundaries>> {
    let pack = Pack::new(folder.map(Path::to_owned));
    match pack.read("boundaries.topojson")? {
        None => Ok(None),
        Some(text) => {
            crate::geo::Boundaries::from_topojson(&text).map(Some).map_err(|error| bad("boundaries.topojson", format!("{error:?}")))
        }
    }
}
