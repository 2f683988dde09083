//! The files of law and pack as they are written by hand, and what they mean.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::error::Result;
use crate::law::{Source, bad};
use crate::rule::RuleKind;
use crate::rule::model::{CriteriaSet, Criterion, Group, Instrument};

#[derive(Deserialize)]
pub(super) struct PackFile {
    pub(super) code: String,
    pub(super) name: String,
    /// Letters with which codes of the register begin.
    pub(super) code_prefix: String,
}

#[derive(Deserialize)]
pub(super) struct SuccessorRow {
    pub(super) unit: String,
    pub(super) successor: String,
    pub(super) share: String,
}

#[derive(Deserialize)]
pub(super) struct Agencies {
    pub(super) agency: Vec<Agency>,
    #[serde(default)]
    pub(super) committee: Vec<Committee>,
}

/// What the people's committees of a level may do.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Committee {
    pub(super) level: String,
    pub(super) powers: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Agency {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) short: String,
    pub(super) kind: String,
    pub(super) parent: Option<String>,
    pub(super) from: Option<NaiveDate>,
    pub(super) to: Option<NaiveDate>,
    #[serde(default)]
    pub(super) successors: Vec<String>,
    #[serde(default)]
    pub(super) powers: Vec<String>,
    #[serde(default)]
    pub(super) source: String,
    #[serde(default)]
    pub(super) note: String,
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
pub(super) struct PlanFile {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) date: Option<NaiveDate>,
    pub(super) issuer: String,
    pub(super) title: String,
    pub(super) year: i64,
    #[serde(default)]
    pub(super) confidence: String,
    #[serde(default)]
    pub(super) source: String,
    #[serde(default)]
    pub(super) note: String,
    #[serde(default)]
    pub(super) target: Vec<TargetFile>,
    #[serde(default)]
    pub(super) deadline: Vec<DeadlineFile>,
    #[serde(default)]
    pub(super) task: Vec<TaskFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskFile {
    pub(super) text: String,
    pub(super) lead: String,
    #[serde(default)]
    pub(super) with: Vec<String>,
    #[serde(default)]
    pub(super) clause: String,
}

#[derive(Deserialize)]
pub(super) struct TargetFile {
    pub(super) id: String,
    pub(super) what: String,
    pub(super) per: String,
    pub(super) unit: Option<String>,
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    #[serde(default)]
    pub(super) clause: String,
    #[serde(default)]
    pub(super) text: String,
}

#[derive(Deserialize)]
pub(super) struct DeadlineFile {
    pub(super) id: String,
    pub(super) what: String,
    pub(super) date: NaiveDate,
    #[serde(default)]
    pub(super) text: String,
    #[serde(default)]
    pub(super) clause: String,
    #[serde(default)]
    pub(super) source: String,
}

/// Instruments with the ids of what they supersede, and criteria sets.
pub type Law = (Vec<(Instrument, String)>, Vec<CriteriaSet>);

/// Files of `points` that are no criteria sets.
const LISTS: [&str; 2] = ["points/kinds.toml", "points/preparation.toml"];

/// Instruments and criteria sets of the law that is built in.
pub fn law() -> Result<Law> {
    law_of(&Source::BuiltIn("law"))
}

/// Instruments and criteria sets of a law.
pub fn law_of(source: &Source) -> Result<Law> {
    let name = "decisions.toml";
    let file: Instruments = toml::from_str(&source.must(name)?).map_err(|error| bad(name, error))?;
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
    for (name, text) in source.under("points")? {
        // lists, which are read where they are used
        if LISTS.contains(&name.as_str()) {
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
