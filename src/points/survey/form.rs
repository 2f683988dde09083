//! Reads what surveyors type.

use chrono::NaiveDate;

use super::model::Survey;
use crate::error::{Both, both};
use crate::page::{Errors, Fields};
use crate::rule::Answer;
use crate::rule::sheet::{Basis, answered, answers, position, short};
use crate::text::{self};

/// The head of a survey and the answers that were typed, as far as they can be kept.
pub struct SheetForm {
    /// Team, position and overall note.
    pub head: Survey,
    /// Answers with a verdict; an item that was left open is not among them.
    pub answers: Vec<Answer>,
    /// What cannot be kept as typed.
    pub errors: Errors,
}

/// Names of the team, one a line.
pub fn team(fields: &Fields) -> Result<String, Both> {
    let team: Vec<&str> = fields.get("team").lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if team.is_empty() {
        return Err(both("Hãy ghi thành phần đoàn khảo sát, mỗi người một dòng.", "Name the survey team, one person a line."));
    }
    short(&team.join("\n"))
}

/// Reads the screen over what is stored: a part that cannot be read stays as it was, with an error at its field.
pub fn read(fields: &Fields, stored: &Survey, basis: &Basis) -> SheetForm {
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
    let answers = answers(fields, basis, &mut errors);
    SheetForm { head, answers, errors }
}

/// The fields of what is stored, as the screen names them.
pub fn fields_of(survey: &Survey, answers: &[Answer], today: NaiveDate) -> Fields {
    let mut pairs = vec![
        ("version".to_owned(), survey.version.to_string()),
        ("team".to_owned(), survey.team.clone()),
        ("note".to_owned(), survey.note.clone()),
        ("lon".to_owned(), survey.lon.map(|lon| lon.to_string()).unwrap_or_default()),
        ("lat".to_owned(), survey.lat.map(|lat| lat.to_string()).unwrap_or_default()),
        ("done_on".to_owned(), text::date_vi(survey.planned_on.filter(|planned| *planned <= today).unwrap_or(today))),
    ];
    pairs.extend(answered(answers));
    Fields::new(pairs)
}
