//! What people type: a conference, an outcome.

use chrono::{Datelike, Months, NaiveDate};

use super::model::{Conference, Outcome};
use crate::error::both;
use crate::law;
use crate::page::{Errors, Fields};
use crate::region::{self, Region};
use crate::text::{date_vi, parse_date};
use crate::typed::money;

/// Reads a conference into `into`; the organiser is the caller's matter.
pub(super) fn read(fields: &Fields, into: &mut Conference, region: &Region, today: NaiveDate) -> Errors {
    let mut errors = Errors::default();
    into.title = fields.text("title", 200, &mut errors);
    if into.title.is_empty() {
        errors.add("title", both("Hãy ghi tên hội nghị.", "Give the conference a title."));
    }
    match fields.some("held_on").map(parse_date) {
        None => errors.add("held_on", both("Hãy ghi ngày tổ chức.", "Give the day of the conference.")),
        Some(Err(error)) => errors.add("held_on", error.into()),
        Some(Ok(day)) if day > today + Months::new(24) => errors
            .add("held_on", both("Ngày này xa hơn 2 năm; hãy kiểm tra lại năm.", "The day is more than two years away; check the year.")),
        Some(Ok(day)) => match law::before_programme(day.year()) {
            Some(text) => errors.add("held_on", text),
            None => into.held_on = day,
        },
    }
    into.place = fields.text("place", 300, &mut errors);
    into.note = fields.text("note", 2_000, &mut errors);
    into.unit_id = None;
    if let Some(id) = region::typed_unit(fields, region, today, true, &mut errors) {
        into.unit_id = Some(id).filter(|id| *id != region.province().id);
    }
    errors
}

/// A conference as its form shows it.
pub(super) fn fields_of(conference: &Conference, organiser: &str, region: &Region) -> Fields {
    let mut fields = Fields::default();
    fields.set("version", conference.version.to_string());
    fields.set("title", conference.title.clone());
    fields.set("held_on", date_vi(conference.held_on));
    fields.set("place", conference.place.clone());
    fields.set("note", conference.note.clone());
    fields.set("organiser", organiser);
    if let Some(unit) = &conference.unit_id {
        fields.set("unit", region.label(unit));
        fields.set("unit_id", unit.clone());
    }
    fields
}

/// Reads what came of a meeting: outcome, value, remark.
pub(super) fn read_outcome(fields: &Fields) -> (Option<(Outcome, Option<i64>, String)>, Errors) {
    let mut errors = Errors::default();
    let outcome = Outcome::read(fields.get("outcome"));
    if outcome.is_none() {
        errors.add("outcome", both("Hãy chọn kết quả.", "Choose the outcome."));
    }
    let value = fields.some("value").and_then(|typed| errors.take("value", money(typed)));
    if value.is_some() && outcome.is_some_and(|outcome| !outcome.has_value()) {
        errors.add("value", both("Chỉ biên bản ghi nhớ hoặc hợp đồng mới có giá trị.", "Only a memo or a contract has a value."));
    }
    let note = fields.text("outcome_note", 500, &mut errors);
    (outcome.filter(|_| errors.is_empty()).map(|outcome| (outcome, value, note)), errors)
}
