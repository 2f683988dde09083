//! Things that have tables of their own, compared and written.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::files::{Agency, PlanFile};
use super::learn::{Present, Teller, What, judge};
use super::things::{self, Things};
use crate::clock::digest;
use crate::db::{Tx, fact};
use crate::error::Result;
use crate::law::{Entry, Period, store};
use crate::party::{self, Body};
use crate::plan::{self, Deadline, Plan, Target, Task};
use crate::region::store::UnitRow;
use crate::rule::model::{CriteriaSet, Instrument};
use crate::{change, journal, region, rule};

/// What the program wrote last of each thing of a list.
async fn before(tx: &mut Tx, list: &str) -> Result<BTreeMap<String, Entry>> {
    Ok(store::entries(tx, list).await?.into_iter().map(|entry| (entry.id.clone(), entry)).collect())
}

fn body_of(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(body) => body,
        _ => serde_json::Map::new(),
    }
}

/// Instruments.
pub async fn instruments(tx: &mut Tx, teller: &mut Teller, law: &[(Instrument, String)]) -> Result<()> {
    let known = before(tx, "instrument").await?;
    for (instrument, supersedes) in law {
        let after = things::instrument(instrument, supersedes);
        let present = match rule::store::instrument_whole(tx, &instrument.id).await? {
            None => None,
            Some((known, supersedes)) => {
                let body = things::instrument(&known, &supersedes).body;
                // programs of before wrote down a digest of what they had written
                let mark = fact::find(tx, &format!("law:{}", instrument.id)).await?;
                let is_own = mark.is_some_and(|mark| mark != digest(Value::Object(body.clone()).to_string().as_bytes()));
                Some(Present { body, is_own })
            }
        };
        let Some(what) = judge(known.get(&instrument.id), present.as_ref(), &after) else { continue };
        if matches!(what, What::New | What::Write(_)) {
            rule::store::put_instrument(tx, instrument, supersedes).await?;
        }
        teller.tell(tx, "learn_instrument", ("instrument", &instrument.id), &after, &what).await?;
    }
    Ok(())
}

/// Criteria sets. A set in force is not edited: it may end, from today on, so that days on which it judged stay judged by it;
/// another one begins where it ended here. Whatever else the law says otherwise of it is told and left to people.
pub async fn sets(tx: &mut Tx, teller: &mut Teller, law: &[CriteriaSet]) -> Result<()> {
    let known = before(tx, "criteria_set").await?;
    let stored = rule::store::sets(tx).await?;
    for set in law {
        let after = things::set(set);
        let Some(present) = stored.iter().find(|present| present.id == set.id) else {
            let mut begun = set.clone();
            if teller.is_told && !set.overlay {
                begun.valid_from = set.valid_from.max(judged_until(tx, teller, set).await?);
            }
            rule::store::add_set(tx, &begun).await?;
            teller.tell(tx, "learn_set", ("criteria_set", &set.id), &after, &What::New).await?;
            continue;
        };
        let body = things::set(present).body;
        let Some(what) = judge(known.get(&set.id), Some(&Present { body, is_own: present.version > 1 }), &after) else { continue };
        let what = match what {
            What::Write(changes) if changes.keys().all(|name| name == "valid_to") && set.valid_to.is_some() => {
                let ends = set.valid_to.map(|to| to.max(teller.today));
                if let Some(ends) = ends {
                    rule::store::end_set(tx, &set.id, ends).await?;
                }
                What::Write(body_of(
                    json!({"valid_to": {"from": present.valid_to, "to": ends}, "stated_to": {"from": null, "to": set.valid_to}}),
                ))
            }
            What::Write(changes) => What::Keep(changes),
            what => what,
        };
        teller.tell(tx, "learn_set", ("criteria_set", &set.id), &after, &what).await?;
    }
    Ok(())
}

/// The first day that no other set of this store has judged, if a set of the law began before.
async fn judged_until(tx: &mut Tx, teller: &Teller, set: &CriteriaSet) -> Result<Option<chrono::NaiveDate>> {
    let period = Period::new(set.valid_from, set.valid_to);
    let others =
        rule::store::sets(tx).await?.into_iter().filter(|other| !other.overlay && other.status == "in_force" && other.id != set.id);
    let ends = others.filter(|other| {
        period.meets(Period::new(other.valid_from, other.valid_to)) && other.valid_from < set.valid_from.or(other.valid_from)
    });
    Ok(ends.map(|other| other.valid_to.unwrap_or(teller.today)).max())
}

/// Units with their successors.
pub async fn units(tx: &mut Tx, teller: &mut Teller, units: &[(UnitRow, Vec<(String, String)>)]) -> Result<()> {
    let known = before(tx, "unit").await?;
    let entries: Vec<Entry> = units.iter().map(|(unit, successors)| things::unit(unit, successors)).collect();
    if entries.iter().all(|entry| known.get(&entry.id).is_some_and(|before| before.body == entry.body)) {
        return Ok(());
    }
    let stored: BTreeMap<String, Entry> =
        region::store::rows(tx).await?.iter().map(|(unit, successors)| (unit.id.clone(), things::unit(unit, successors))).collect();
    let mut judged = Vec::new();
    for ((unit, successors), after) in units.iter().zip(&entries) {
        // units are written by the pack alone
        let present = stored.get(&unit.id).map(|entry| Present { body: entry.body.clone(), is_own: false });
        let Some(what) = judge(None, present.as_ref(), after) else { continue };
        if matches!(what, What::New | What::Write(_)) {
            region::store::put(tx, unit).await?;
        }
        judged.push((unit, successors, after, what));
    }
    for (unit, successors, after, what) in judged {
        if matches!(what, What::New | What::Write(_)) {
            region::store::put_successors(tx, &unit.id, successors).await?;
        }
        teller.tell(tx, "learn_unit", ("unit", &unit.id), after, &what).await?;
    }
    change::tell(tx, change::UNITS).await?;
    Ok(())
}

/// An agency as an entry; of powers and successors what the pack says.
fn agency_entry(agency: &Agency) -> Entry {
    let (mut successors, mut powers) = (agency.successors.clone(), agency.powers.clone());
    successors.sort();
    powers.sort();
    let body = json!({
        "kind": agency.kind, "name": agency.name, "short": agency.short, "parent": agency.parent, "valid_from": agency.from, "valid_to": agency.to,
        "successors": successors, "powers": powers,
    });
    Entry { list: "body".into(), id: agency.id.clone(), period: Period::new(None, agency.to), body: body_of(body) }
}

/// The same as the store has it: powers and successors that somebody added beside those of the pack do not count.
async fn agency_present(tx: &mut Tx, agency: &Agency) -> Result<Option<Present>> {
    let Some(body) = party::store::find(tx, &agency.id).await? else { return Ok(None) };
    let successors = party::store::successors(tx, &agency.id).await?.into_iter().map(|body| body.id);
    let powers = party::store::powers(tx, &agency.id).await?.into_iter();
    let told = |all: &[String], word: &String| all.contains(word);
    let as_told = Agency {
        id: body.id,
        name: body.name,
        short: body.short,
        kind: body.kind,
        parent: body.parent_id,
        from: body.valid_from,
        to: body.valid_to,
        successors: successors.filter(|word| told(&agency.successors, word)).collect(),
        powers: powers.filter(|word| told(&agency.powers, word)).collect(),
        source: String::new(),
        note: String::new(),
    };
    let is_own = journal::history(tx, "body", &agency.id, i64::MAX, 20).await?.iter().any(|line| line.actor != "system");
    Ok(Some(Present { body: agency_entry(&as_told).body, is_own }))
}

/// Agencies, and the people's committee of every district of before and every commune of today.
pub async fn agencies(tx: &mut Tx, teller: &mut Teller, things: &Things) -> Result<()> {
    let known = before(tx, "body").await?;
    let region = region::store::load(tx, None).await?;
    let mut judged = Vec::new();
    for agency in &things.agencies {
        let after = agency_entry(agency);
        let present = agency_present(tx, agency).await?;
        if let Some(what) = judge(known.get(&agency.id), present.as_ref(), &after) {
            judged.push((agency, after, what));
        }
    }
    // first without the body above, since it may stand later in the file
    for with_parent in [false, true] {
        for (agency, ..) in judged.iter().filter(|(agency, _, what)| is_written(what) && (!with_parent || agency.parent.is_some())) {
            let local = !matches!(agency.kind.as_str(), "ministry");
            let body = Body {
                id: agency.id.clone(),
                kind: agency.kind.clone(),
                name: agency.name.clone(),
                short: agency.short.clone(),
                parent_id: agency.parent.clone().filter(|_| with_parent),
                unit_id: local.then(|| region.province().id.clone()),
                tax_code: None,
                address: String::new(),
                phone: String::new(),
                valid_from: agency.from,
                valid_to: agency.to,
                demo: false,
                version: 1,
            };
            party::store::put(tx, &body, &agency.source, &agency.note, teller.now).await?;
        }
    }
    for (agency, after, what) in judged {
        if is_written(&what) {
            for successor in &agency.successors {
                party::store::put_successor(tx, &agency.id, successor).await?;
            }
            for power in &agency.powers {
                party::store::put_power(tx, &agency.id, power).await?;
            }
        }
        teller.tell(tx, "learn_agency", ("body", &agency.id), &after, &what).await?;
    }
    let units = region.districts().into_iter().chain(region.communes(teller.today));
    for unit in units {
        let id = format!("ubnd-{}", unit.id);
        let short = format!("UBND {}", lower_first(&unit.full_name));
        let powers =
            things.committees.iter().filter(|committee| committee.level == unit.level.word()).flat_map(|committee| &committee.powers);
        let powers: Vec<&String> = powers.collect();
        let entry = json!({"name": short, "valid_from": unit.valid_from, "valid_to": unit.valid_to, "powers": powers});
        let after = Entry { list: "body".into(), id: id.clone(), period: Period::new(None, unit.valid_to), body: body_of(entry) };
        if known.get(&id).is_some_and(|before| before.body == after.body) {
            continue;
        }
        let is_there = party::store::find(tx, &id).await?.is_some();
        if !is_there {
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
            party::store::put(tx, &body, "", "", teller.now).await?;
        }
        let has = party::store::powers(tx, &id).await?;
        let missing: Vec<&&String> = powers.iter().filter(|power| !has.contains(power)).collect();
        for power in &missing {
            party::store::put_power(tx, &id, power).await?;
        }
        let what = match (is_there, missing.is_empty()) {
            (false, _) => What::New,
            (true, true) => What::Adopt,
            (true, false) => What::Write(body_of(json!({"powers": {"from": has, "to": powers}}))),
        };
        teller.tell(tx, "learn_agency", ("body", &id), &after, &what).await?;
    }
    Ok(())
}

fn is_written(what: &What) -> bool {
    matches!(what, What::New | What::Write(_))
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// A plan with its targets, deadlines and tasks, as rows.
struct Rows {
    plan: Plan,
    targets: Vec<Target>,
    deadlines: Vec<Deadline>,
    tasks: Vec<Task>,
}

impl Rows {
    fn of(file: &PlanFile) -> Rows {
        let plan = Plan {
            id: file.id.clone(),
            number: file.number.clone(),
            issued_on: file.date,
            issuer: file.issuer.clone(),
            title: file.title.clone(),
            year: file.year,
            source: file.source.clone(),
            note: file.note.clone(),
            version: 1,
        };
        let target = |target: &super::files::TargetFile| Target {
            plan_id: file.id.clone(),
            id: target.id.clone(),
            what: target.what.clone(),
            per: target.per.clone(),
            unit_id: target.unit.clone(),
            least: target.min,
            most: target.max,
            valid_from: target.from,
            valid_to: target.to,
            clause: target.clause.clone(),
            text: target.text.clone(),
        };
        let deadline = |deadline: &super::files::DeadlineFile| Deadline {
            plan_id: file.id.clone(),
            id: deadline.id.clone(),
            what: deadline.what.clone(),
            due_on: deadline.date,
            text: deadline.text.clone(),
            clause: deadline.clause.clone(),
        };
        let task = |(place, task): (usize, &super::files::TaskFile)| Task {
            plan_id: file.id.clone(),
            place: place as i64,
            text: task.text.clone(),
            lead: task.lead.clone(),
            cooperating: task.with.join("\n"),
            clause: task.clause.clone(),
        };
        let (targets, deadlines) = (file.target.iter().map(target).collect(), file.deadline.iter().map(deadline).collect());
        Rows { plan, targets, deadlines, tasks: file.task.iter().enumerate().map(task).collect() }
    }

    fn entry(&self) -> Entry {
        let plan = &self.plan;
        let mut targets: Vec<Value> = self
            .targets
            .iter()
            .map(|row| {
                json!([row.id, row.what, row.per, row.unit_id, row.least, row.most, row.valid_from, row.valid_to, row.clause, row.text])
            })
            .collect();
        let mut deadlines: Vec<Value> =
            self.deadlines.iter().map(|row| json!([row.id, row.what, row.due_on, row.text, row.clause])).collect();
        targets.sort_by_key(|row| row[0].to_string());
        deadlines.sort_by_key(|row| row[0].to_string());
        let tasks: Vec<Value> = self.tasks.iter().map(|row| json!([row.text, row.lead, row.cooperating, row.clause])).collect();
        let body = json!({
            "number": plan.number, "issued_on": plan.issued_on, "issuer": plan.issuer, "title": plan.title, "year": plan.year, "source": plan.source,
            "note": plan.note, "targets": targets, "deadlines": deadlines, "tasks": tasks,
        });
        Entry { list: "plan".into(), id: plan.id.clone(), period: Period::default(), body: body_of(body) }
    }
}

/// Plans. What a person entered or corrected on screen stays, line by line.
pub async fn plans(tx: &mut Tx, teller: &mut Teller, files: &[PlanFile]) -> Result<()> {
    let known = before(tx, "plan").await?;
    for file in files {
        let rows = Rows::of(file);
        let after = rows.entry();
        let present = match plan::find(tx, &file.id).await? {
            None => None,
            Some(present) => {
                let is_own = plan::is_by_hand(tx, &file.id).await?;
                let (targets, deadlines) = (plan::targets(tx, &file.id).await?, plan::deadlines_of(tx, &file.id).await?);
                let tasks = plan::tasks(tx, &file.id).await?;
                Some(Present { body: Rows { plan: present, targets, deadlines, tasks }.entry().body, is_own })
            }
        };
        let Some(what) = judge(known.get(&file.id), present.as_ref(), &after) else { continue };
        if !matches!(what, What::Adopt) {
            // rows that somebody corrected are left as they are, whatever else the plan brings
            plan::put(tx, &rows.plan, &file.confidence).await?;
            for target in &rows.targets {
                plan::put_target(tx, target, false).await?;
            }
            for (deadline, from) in rows.deadlines.iter().zip(&file.deadline) {
                plan::put_deadline(tx, deadline, &from.source, false).await?;
            }
            plan::put_tasks(tx, &file.id, &rows.tasks).await?;
        }
        teller.tell(tx, "learn_plan", ("plan", &file.id), &after, &what).await?;
    }
    Ok(())
}
