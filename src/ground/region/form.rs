//! Where a thing lies, as forms ask for it: fields `unit`, `unit_id`, `lon`, `lat`.

use chrono::NaiveDate;

use super::{Region, Unit, UnitRefusal};
use crate::error::both;
use crate::geo;
use crate::page::{Ask, Errors, Fields, Visit};

impl Region {
    /// The unit of a form: the one chosen from the list (hidden id) while the typed text still is its label, else what the text
    /// means; nothing where nothing was typed.
    pub fn of_form(&self, fields: &Fields, today: NaiveDate) -> Option<Result<&Unit, UnitRefusal>> {
        let typed = fields.some("unit")?;
        let chosen = fields.some("unit_id").and_then(|id| self.get(id)).filter(|unit| self.label(&unit.id) == typed);
        Some(chosen.map_or_else(|| self.find(typed, None, today), Ok))
    }
}

impl Ask {
    /// The unit that a list is narrowed to; what was typed and means none is an error at its field.
    pub fn unit<'a>(&mut self, visit: &'a Visit) -> Option<&'a Unit> {
        let found = visit.app.region().of_form(self.query(), visit.app.clock().today())?;
        self.errors.take("unit", found.map_err(|refusal| refusal.text()))
    }
}

/// The id of the unit of a form, which may lack where that is allowed.
pub fn typed_unit(fields: &Fields, region: &Region, today: NaiveDate, may_lack: bool, errors: &mut Errors) -> Option<String> {
    let found = match region.of_form(fields, today) {
        None if may_lack => return None,
        None => region.find("", None, today),
        Some(found) => found,
    };
    errors.take("unit", found.map(|unit| unit.id.clone()).map_err(|refusal| refusal.text()))
}

/// The position, if both coordinates were typed.
pub fn typed_pin(fields: &Fields, errors: &mut Errors) -> Option<(f64, f64)> {
    let (lon, lat) = (fields.get("lon"), fields.get("lat"));
    if lon.is_empty() && lat.is_empty() {
        return None;
    }
    let number = |text: &str| text.replace(',', ".").parse::<f64>().ok().filter(|value| value.is_finite());
    match (number(lon), number(lat)) {
        (Some(lon), Some(lat)) if geo::vietnam_box(lon, lat) => Some((lon, lat)),
        (Some(lon), Some(lat)) if geo::vietnam_box(lat, lon) => {
            errors.add("lon", both("Kinh độ và vĩ độ bị đổi chỗ cho nhau.", "Longitude and latitude are swapped."));
            None
        }
        _ => {
            errors.add(
                "lon",
                both(
                    "Vị trí chưa đúng; ví dụ kinh độ 105.85, vĩ độ 21.03.",
                    "The position is not right; for example longitude 105.85, latitude 21.03.",
                ),
            );
            None
        }
    }
}
