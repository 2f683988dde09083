//! Where a thing lies, as forms ask for it: fields `unit`, `unit_id`, `lon`, `lat`.

use chrono::NaiveDate;

use super::Region;
use crate::error::both;
use crate::geo;
use crate::page::{Errors, Fields};

/// The unit: chosen from the list (hidden id) if the typed text still is its label, else found from the text.
pub fn typed_unit(fields: &Fields, region: &Region, today: NaiveDate, may_lack: bool, errors: &mut Errors) -> Option<String> {
    let (typed, chosen) = (fields.get("unit"), fields.get("unit_id"));
    if typed.is_empty() && may_lack {
        return None;
    }
    if !chosen.is_empty() && region.get(chosen).is_some() && region.label(chosen) == typed {
        return Some(chosen.to_owned());
    }
    match region.find(typed, None, today) {
        Ok(unit) => Some(unit.id.clone()),
        Err(refusal) => {
            errors.add("unit", refusal.text());
            None
        }
    }
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
