//! What people type about a prospect and about an approach.

use chrono::NaiveDate;

use super::model::{Answer, Approach, HOWS, PROPERTIES, Prospect, State, name_in};
use crate::access::Actor;
use crate::error::both;
use crate::page::{Errors, Fields};
use crate::point::{self, PointForm};
use crate::region::Region;
use crate::text::{self};
use crate::typed::past;

/// The fields of a prospect that a point has too are checked as those of a draft point.
pub struct ProspectForm {
    /// Place and owner.
    pub point: PointForm,
    /// Whose property.
    pub property: String,
    /// Remark.
    pub note: String,
    /// Association named.
    pub supporter: Option<String>,
}

/// Checks the form; an unknown association is the caller's to refuse.
pub fn check(fields: &Fields, region: &Region, today: NaiveDate) -> Result<ProspectForm, Errors> {
    let checked = point::check(fields, region, today, true);
    let mut errors = checked.as_ref().err().cloned().unwrap_or_default();
    let says = |name: &str, errors: &Errors| errors.iter().any(|(field, _)| field == name);
    if fields.get("unit").is_empty() && !says("unit", &errors) {
        errors.add("unit", both("Hãy nhập xã, phường.", "Enter the commune or ward."));
    }
    if fields.get("address").is_empty() && fields.get("lon").is_empty() {
        errors.add("address", both("Hãy nhập địa chỉ, hoặc ghim vị trí.", "Enter an address, or set a pin."));
    }
    let property = fields.get("property");
    if !property.is_empty() && name_in(&PROPERTIES, property).is_empty() {
        errors.add("property", both("Mục này không có trong danh sách.", "This is not in the list."));
    }
    errors.within("note", fields.get("note"), 2000);
    match checked {
        Ok(point) if errors.is_empty() => Ok(ProspectForm {
            point,
            property: property.to_owned(),
            note: fields.get("note").to_owned(),
            supporter: fields.some("supporter").map(str::to_owned),
        }),
        _ => Err(errors),
    }
}

impl ProspectForm {
    /// Puts what was typed into a prospect; what follows from it is `store::derive`'s.
    pub fn fill(&self, prospect: &mut Prospect) {
        let form = &self.point;
        prospect.name.clone_from(&form.name);
        prospect.kind.clone_from(&form.kind);
        prospect.address.clone_from(&form.address);
        prospect.unit_id.clone_from(&form.unit_id);
        prospect.lon = form.pin.map(|(lon, _)| lon);
        prospect.lat = form.pin.map(|(_, lat)| lat);
        prospect.area_m2 = form.area_m2;
        prospect.property.clone_from(&self.property);
        prospect.owner.clone_from(&form.operator);
        prospect.owner_kind = form.operator_kind.map(|kind| kind.word().to_owned()).unwrap_or_default();
        prospect.tax_code = form.tax_code.clone().unwrap_or_default();
        prospect.contact.clone_from(&form.contact);
        prospect.phone.clone_from(&form.phone);
        prospect.email.clone_from(&form.email);
        prospect.note.clone_from(&self.note);
        prospect.supporter_id.clone_from(&self.supporter);
    }
}

/// The fields of a stored prospect, named as those of a point: for editing, and for the registration it becomes.
pub fn fields_of(prospect: &Prospect, region: &Region) -> Fields {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let pairs = [
        ("name", prospect.name.clone()),
        ("kind", prospect.kind.clone()),
        ("address", prospect.address.clone()),
        ("unit", prospect.unit_id.as_deref().map(|id| region.label(id)).unwrap_or_default()),
        ("unit_id", prospect.unit_id.clone().unwrap_or_default()),
        ("lon", number(prospect.lon)),
        ("lat", number(prospect.lat)),
        ("area_m2", number(prospect.area_m2)),
        ("property", prospect.property.clone()),
        ("operator", prospect.owner.clone()),
        ("operator_kind", prospect.owner_kind.clone()),
        ("tax_code", prospect.tax_code.clone()),
        ("contact", prospect.contact.clone()),
        ("phone", prospect.phone.clone()),
        ("email", prospect.email.clone()),
        ("note", prospect.note.clone()),
        ("supporter", prospect.supporter_id.clone().unwrap_or_default()),
        ("version", prospect.version.to_string()),
    ];
    Fields::new(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)))
}

/// A prospect of which nothing is known yet.
pub fn blank(created_by: &str, made_by: Option<&str>, now: chrono::DateTime<chrono::Utc>, today: NaiveDate) -> Prospect {
    Prospect {
        id: crate::clock::new_id(),
        name: String::new(),
        name_fold: String::new(),
        sort: String::new(),
        kind: String::new(),
        address: String::new(),
        address_fold: String::new(),
        unit_id: None,
        unit_today: None,
        lon: None,
        lat: None,
        cell: String::new(),
        area_m2: None,
        property: String::new(),
        owner: String::new(),
        owner_kind: String::new(),
        tax_code: String::new(),
        contact: String::new(),
        phone: String::new(),
        email: String::new(),
        note: String::new(),
        supporter_id: None,
        made_by: made_by.map(str::to_owned),
        state: State::Open,
        state_since: today,
        reason: String::new(),
        point_id: None,
        answer: String::new(),
        approached_on: None,
        next_step: String::new(),
        next_on: None,
        told_on: None,
        version: 1,
        created_by: created_by.to_owned(),
        created_at: now,
        updated_at: now,
    }
}

/// Reads an approach.
pub fn approach(
    fields: &Fields,
    actor: &Actor,
    prospect_id: &str,
    now: chrono::DateTime<chrono::Utc>,
    today: NaiveDate,
) -> Result<Approach, Errors> {
    let mut errors = Errors::default();
    let day = errors.take("day", past(fields.get("day"), today));
    if day == Some(None) {
        errors.add("day", both("Hãy ghi ngày tiếp xúc.", "Give the day of the approach."));
    }
    let day = day.flatten();
    let how = fields.get("how");
    if name_in(&HOWS, how).is_empty() {
        errors.add("how", both("Hãy chọn hình thức tiếp xúc.", "Choose how the owner was approached."));
    }
    let answer = Answer::read(fields.get("answer"));
    if answer.is_none() {
        errors.add("answer", both("Hãy chọn trả lời của chủ cơ sở.", "Choose what the owner answered."));
    }
    for (name, limit) in [("by_name", 120), ("said", 2000), ("next_step", 300)] {
        errors.within(name, fields.get(name), limit);
    }
    let next_on = fields.some_day("next_on", &mut errors);
    if let (Some(next), Some(day)) = (next_on, day) {
        if next < day {
            errors.add(
                "next_on",
                both(
                    format!("Bước tiếp theo không thể trước ngày tiếp xúc {}.", text::date_vi(day)),
                    format!("The next step cannot come before the approach of {}.", text::date_vi(day)),
                ),
            );
        } else if next > today + chrono::Months::new(36) {
            errors
                .add("next_on", both("Ngày này xa hơn 3 năm; hãy kiểm tra lại năm.", "The day is more than 3 years away; check the year."));
        }
    }
    if next_on.is_some() && fields.get("next_step").is_empty() {
        errors.add("next_step", both("Hãy ghi sẽ làm gì vào ngày đó.", "State what is to be done on that day."));
    }
    let (Some(day), Some(answer), true) = (day, answer, errors.is_empty()) else { return Err(errors) };
    Ok(Approach {
        id: crate::clock::new_id(),
        prospect_id: prospect_id.to_owned(),
        day,
        how: how.to_owned(),
        by_name: fields.some("by_name").unwrap_or(&actor.name).to_owned(),
        by_body: actor.body_name().to_owned(),
        answer: answer.word().to_owned(),
        said: fields.get("said").to_owned(),
        next_step: fields.get("next_step").to_owned(),
        next_on,
        created_by: actor.journal_id().to_owned(),
        created_at: now,
    })
}
