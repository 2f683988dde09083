//! Codes of the form T-X-STT-20YY against what else a row says. What disagrees is told; a code is kept as printed. Pure.

use chrono::Datelike;

use super::check::Rules;
use crate::error::{Both, both};
use crate::product::code::{self, Printed};
use crate::product::model::Claim;
use crate::region::{Located, Region};

/// Notes where unit or year of a code are not those of the row.
pub fn check(code: &str, place: Option<&Located>, claims: &[Claim], rules: Rules<'_>, notes: &mut Vec<Both>) {
    let Some(printed) = Printed::read(code) else { return };
    if printed.lost_zeros {
        notes.push(both(
            format!("mã “{code}” thiếu số 0 ở đầu mã tỉnh hoặc mã xã (có lẽ bảng tính đã bỏ); giữ như in"),
            format!("code “{code}” lacks leading zeros of its units (a spreadsheet may have dropped them); it is kept as printed"),
        ));
    }
    if printed.is_loose {
        notes.push(both(
            format!("mã “{code}” không viết liền bằng gạch nối ngắn như mẫu in; giữ như in"),
            format!("the parts of code “{code}” are not joined by hyphens as the form prints it; it is kept as printed"),
        ));
    }
    let province = &rules.region.province().code;
    if province.parse().ok().is_some_and(|own: u32| own != printed.province) {
        notes.push(both(
            format!("mã “{code}” mang mã tỉnh khác {province}; giữ như in"),
            format!("code “{code}” has the code of a province other than {province}; it is kept as printed"),
        ));
    } else if let Some(place) = place {
        unit(code, printed, place, rules.region, notes);
    }
    let years = |claim: &Claim| claim.first_day().zip(claim.last_day()).map(|(first, last)| first.year()..=last.year());
    let spans: Vec<_> = claims.iter().filter_map(years).collect();
    if !spans.is_empty() && !spans.iter().any(|span| span.contains(&printed.year)) {
        let year = printed.year;
        notes.push(both(
            format!("mã “{code}” ghi năm {year}, khác năm công nhận; giữ như in"),
            format!("code “{code}” has the year {year}, not that of the recognition; it is kept as printed"),
        ));
    }
}

/// The form's unit is one of the day when its codes began, so a row of before names it by its successor.
fn unit(code: &str, printed: Printed, place: &Located, region: &Region, notes: &mut Vec<Both>) {
    let wanted = printed.commune_code();
    let is = |id: &str| region.get(id).is_some_and(|unit| unit.code == wanted);
    if !place.origin.is_empty() || place.unit_id.as_deref().is_none_or(is) || place.heirs.iter().any(|heir| is(heir)) {
        return;
    }
    let day = code::form().map(|form| form.from);
    let named = day.and_then(|day| region.find(&wanted, Some((day, day)), day).ok()).map(|unit| region.label(&unit.id));
    let label = &place.label;
    notes.push(match named {
        Some(named) => both(
            format!("mã “{code}” mang mã của {named}, dòng ghi {label}; giữ như in"),
            format!("code “{code}” has the code of {named}, the row names {label}; it is kept as printed"),
        ),
        None => both(
            format!("mã “{code}” mang mã xã {wanted} không có trong danh mục, dòng ghi {label}; giữ như in"),
            format!("code “{code}” has the unit code {wanted}, which is not listed, the row names {label}; it is kept as printed"),
        ),
    });
}
