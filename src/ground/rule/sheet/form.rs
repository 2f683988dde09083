//! Reads what is typed on a sheet. Pure.

use super::model::{Basis, field};
use crate::error::{Both, both};
use crate::rule::{Answer, Verdict};
use crate::text;
use crate::typed::{Errors, Fields};

/// Longest note.
pub const NOTE_LIMIT: usize = 2000;

/// A note as typed, if it is not too long.
pub fn short(typed: &str) -> Result<String, Both> {
    let length = typed.chars().count();
    if length > NOTE_LIMIT {
        return Err(both(format!("Dài {length} chữ; tối đa {NOTE_LIMIT}."), format!("{length} characters; at most {NOTE_LIMIT}.")));
    }
    Ok(typed.to_owned())
}

fn degrees(fields: &Fields, name: &str, most: f64) -> Result<Option<f64>, Both> {
    let Some(typed) = fields.some(name) else { return Ok(None) };
    match typed.replace(',', ".").parse::<f64>() {
        Ok(value) if value.is_finite() && value.abs() <= most => Ok(Some(value)),
        _ => Err(both(
            format!("“{typed}” không phải tọa độ; ví dụ kinh độ 105.85, vĩ độ 21.03."),
            format!("“{typed}” is no coordinate; for example longitude 105.85, latitude 21.03."),
        )),
    }
}

/// Longitude and latitude of where the team stood: both or neither.
pub fn position(fields: &Fields, errors: &mut Errors) -> Option<(Option<f64>, Option<f64>)> {
    let lon = errors.take("lon", degrees(fields, "lon", 180.0));
    let lat = errors.take("lat", degrees(fields, "lat", 90.0));
    match (lon, lat) {
        (Some(lon), Some(lat)) if lon.is_some() == lat.is_some() => return Some((lon, lat)),
        (Some(lon), Some(_)) => errors.add(
            if lon.is_none() { "lon" } else { "lat" },
            both("Hãy ghi cả kinh độ và vĩ độ, hoặc để trống cả hai.", "Give both longitude and latitude, or neither."),
        ),
        _ => {}
    }
    None
}

/// The answers that were typed, as far as they can be kept; an item that was left open is not among them.
pub fn answers(fields: &Fields, basis: &Basis, errors: &mut Errors) -> Vec<Answer> {
    let mut answers = Vec::new();
    for (set, _, item) in basis.items() {
        let name = |what: &str| field(what, &set.id, &item.id);
        let fix_by = errors.take(&name("fix"), crate::typed::day(fields.get(&name("fix")))).flatten();
        let note = errors.take(&name("note"), short(fields.get(&name("note")))).unwrap_or_default();
        let verdict = fields.get(&name("verdict"));
        match Verdict::read(verdict) {
            Some(verdict) => answers.push(Answer {
                set_id: set.id.clone(),
                criterion_id: item.id.clone(),
                verdict,
                fix_by: fix_by.filter(|_| verdict == Verdict::Fix),
                note,
            }),
            None if !verdict.is_empty() => {
                errors.add(
                    name("verdict"),
                    both("Hãy chọn lại: đạt, không đạt hoặc cần khắc phục.", "Choose again: met, not met, or to be fixed."),
                );
            }
            None if !note.is_empty() || fix_by.is_some() => {
                errors.add(
                    name("verdict"),
                    both(
                        format!("{}: đã ghi chú nhưng chưa chọn kết quả.", item.id),
                        format!("{}: there is a note but no answer.", item.id),
                    ),
                );
            }
            None => {}
        }
    }
    answers
}

/// The fields of answers.
pub fn answered(answers: &[Answer]) -> impl Iterator<Item = (String, String)> {
    answers.iter().flat_map(|answer| {
        let name = |what: &str| field(what, &answer.set_id, &answer.criterion_id);
        [
            (name("verdict"), answer.verdict.word().to_owned()),
            (name("fix"), answer.fix_by.map(text::date_vi).unwrap_or_default()),
            (name("note"), answer.note.clone()),
        ]
    })
}

/// What was typed laid over what is stored, with the present version: nothing typed is lost, and what another person
/// answered meanwhile is there where this one left the item open.
pub fn over(stored: &Fields, typed: &Fields) -> Fields {
    let mut fields = stored.clone();
    for (name, value) in typed.pairs() {
        let is_item = ["verdict-", "note-", "fix-"].iter().any(|what| name.starts_with(what));
        if name != "version" && !(is_item && value.is_empty()) {
            fields.set(name, value.clone());
        }
    }
    fields
}
