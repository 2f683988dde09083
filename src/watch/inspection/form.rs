//! Reads what inspectors type on the phone-sized screen.

use chrono::NaiveDate;

use super::model::{Finding, Inspection, Running};
use crate::error::both;
use crate::page::{Errors, Fields};
use crate::rule::Answer;
use crate::rule::sheet::{Basis, answered, answers, position, short};
use crate::survey::form::team;
use crate::text::date_vi;

/// Most findings of one visit.
const MOST: usize = 40;

/// A finding as typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed {
    /// Identifier, given with the empty row.
    pub id: String,
    /// What is wrong; empty: it is taken back.
    pub what: String,
    /// By when to fix it.
    pub fix_by: Option<NaiveDate>,
    /// `set/criterion`, or empty.
    pub criterion: String,
}

/// A visit as typed, as far as it can be kept.
pub struct VisitForm {
    /// Team, day, position, note and whether it runs.
    pub head: Inspection,
    /// Answers with a verdict.
    pub answers: Vec<Answer>,
    /// Findings, taken-back ones among them.
    pub findings: Vec<Typed>,
    /// What cannot be kept as typed.
    pub errors: Errors,
}

/// Reads the screen over what is stored: a part that cannot be read stays as it was, with an error at its field.
pub fn read(fields: &Fields, stored: &Inspection, basis: Option<&Basis>) -> VisitForm {
    let mut errors = Errors::default();
    let mut head = stored.clone();
    if let Some(team) = errors.take("team", team(fields)) {
        head.team = team;
    }
    if let Some(note) = errors.take("note", short(fields.get("note"))) {
        head.note = note;
    }
    if let Some(position) = position(fields, &mut errors) {
        (head.lon, head.lat) = position;
    }
    if let Some(day) = errors.take("visited_on", crate::typed::day(fields.get("visited_on"))) {
        head.visited_on = day;
    }
    match fields.get("running") {
        "" => head.running = String::new(),
        word => match Running::read(word) {
            Some(running) => head.running = running.word().to_owned(),
            None => errors.add(
                "running",
                both("Hãy chọn lại: còn hoạt động, không còn, hay chưa rõ.", "Choose again: running, stopped, or unclear."),
            ),
        },
    }
    let answers = basis.map(|basis| answers(fields, basis, &mut errors)).unwrap_or_default();
    let findings = findings(fields, basis, &mut errors);
    VisitForm { head, answers, findings, errors }
}

fn findings(fields: &Fields, basis: Option<&Basis>, errors: &mut Errors) -> Vec<Typed> {
    let mut found: Vec<Typed> = Vec::new();
    for (name, what) in fields.pairs() {
        let Some(id) =
            name.strip_prefix("what-").filter(|id| id.len() <= 60 && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        else {
            continue;
        };
        if found.iter().any(|known| known.id == id) {
            continue;
        }
        let name = |part: &str| format!("{part}-{id}");
        let fix_by = errors.take(&name("by"), crate::typed::day(fields.get(&name("by"))));
        if what.is_empty() && (fix_by.flatten().is_some() || fix_by.is_none()) {
            errors.add(name("what"), both("Đã ghi hạn nhưng chưa ghi phát hiện gì.", "There is a day but no finding."));
            continue;
        }
        let Some(what) = errors.take(&name("what"), short(what)) else { continue };
        let criterion = fields.get(&name("for")).to_owned();
        let is_known = criterion.is_empty()
            || basis.is_some_and(|basis| basis.items().any(|(set, _, item)| criterion == format!("{}/{}", set.id, item.id)));
        if !is_known {
            errors.add(
                name("for"),
                both(
                    "Tiêu chí này không thuộc bộ tiêu chí của lần kiểm tra; hãy chọn lại.",
                    "This criterion is not among those of the inspection; choose again.",
                ),
            );
        }
        found.push(Typed {
            id: id.to_owned(),
            what,
            fix_by: fix_by.flatten(),
            criterion: if is_known { criterion } else { String::new() },
        });
    }
    if found.iter().filter(|typed| !typed.what.is_empty()).count() > MOST {
        let last = found.get(MOST).map(|typed| format!("what-{}", typed.id)).unwrap_or_default();
        errors.add(last, both(format!("Mỗi lần kiểm tra tối đa {MOST} phát hiện."), format!("At most {MOST} findings an inspection.")));
        found.truncate(MOST);
    }
    found
}

/// The fields of what is stored, as the screen names them.
pub fn fields_of(inspection: &Inspection, answers: &[Answer], findings: &[Finding], today: NaiveDate) -> Fields {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let mut pairs = vec![
        ("version".to_owned(), inspection.version.to_string()),
        ("team".to_owned(), inspection.team.clone()),
        ("note".to_owned(), inspection.note.clone()),
        ("lon".to_owned(), number(inspection.lon)),
        ("lat".to_owned(), number(inspection.lat)),
        ("visited_on".to_owned(), date_vi(inspection.visited_on.unwrap_or(today))),
        ("running".to_owned(), inspection.running.clone()),
    ];
    pairs.extend(answered(answers));
    for finding in findings {
        pairs.push((format!("what-{}", finding.id), finding.what.clone()));
        pairs.push((format!("by-{}", finding.id), finding.fix_by.map(date_vi).unwrap_or_default()));
        pairs.push((format!("for-{}", finding.id), finding.criterion.clone()));
    }
    Fields::new(pairs)
}
