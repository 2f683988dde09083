//! Reads what people type: days, price and terms, claims, chains and their stores.

use chrono::NaiveDate;

use super::model::{ChainStore, check_day};
use super::zone::{self, ZoneClaim};
use crate::error::{Both, both};
use crate::page::{Errors, Fields, Visit};
use crate::text::fold;
use crate::typed::money;
use crate::{clock, mail, text as texts};

/// Longest line and longest text.
pub const LINE: usize = 300;
/// Longest text.
pub const TEXT: usize = 2_000;

/// The day of a step: not before the one before it, not in the future.
pub fn day(fields: &Fields, name: &str, after: Option<NaiveDate>, today: NaiveDate, errors: &mut Errors) -> Option<NaiveDate> {
    let day = fields.day(name, errors)?;
    errors.take(name, check_day(day, after, today)).map(|()| day)
}

/// A price in đồng, if one is told.
pub fn price(fields: &Fields, name: &str, errors: &mut Errors) -> Option<i64> {
    fields.some(name).and_then(|typed| errors.take(name, money(typed)))
}

/// A claim as typed; none with what is wrong.
pub fn claim(fields: &Fields, product_id: &str, visit: &Visit) -> Result<ZoneClaim, Errors> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut errors = Errors::default();
    let basis = zone::get(fields.get("basis")).filter(|basis| basis.paper);
    if basis.is_none() {
        errors.add("basis", both("Hãy chọn căn cứ.", "Choose the basis."));
    }
    let origin = fields.text("origin", LINE, &mut errors);
    let paper_no =
        fields.must("paper_no", LINE, both("Hãy ghi số văn bản công nhận, chứng nhận.", "Give the number of the paper."), &mut errors);
    let paper_issuer = fields.must("paper_issuer", LINE, both("Hãy ghi cơ quan cấp.", "State who issued it."), &mut errors);
    let note = fields.text("note", TEXT, &mut errors);
    let from = day(fields, "valid_from", None, today, &mut errors);
    let last = fields.some_day("valid_until", &mut errors);
    if let (Some(from), Some(last)) = (from, last)
        && last < from
    {
        errors
            .add("valid_until", both("Ngày hết hạn trước ngày cấp; hãy kiểm tra hai ngày.", "It ends before it begins; check both days."));
    }
    match (basis, from, errors.is_empty()) {
        (Some(basis), Some(valid_from), true) => Ok(ZoneClaim {
            id: clock::new_id(),
            product_id: product_id.to_owned(),
            basis: basis.id.clone(),
            origin,
            paper_no,
            paper_issuer,
            valid_from,
            valid_to: last.and_then(|last| last.succ_opt()),
            withdrawn_on: None,
            note,
            created_by: visit.actor.journal_id().to_owned(),
            created_at: now,
        }),
        _ => Err(errors),
    }
}

/// A store of a chain as typed.
pub fn store(fields: &Fields, chain_id: &str, visit: &Visit) -> Result<ChainStore, Errors> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let region = visit.app.region();
    let mut errors = Errors::default();
    let name = fields.must("store_name", LINE, both("Hãy ghi tên cửa hàng.", "Give the store's name."), &mut errors);
    let address = fields.must("store_address", LINE, both("Hãy ghi địa chỉ.", "Give the address."), &mut errors);
    let unit = crate::region::typed_unit(fields, region, today, false, &mut errors);
    let degree = |name: &str, range: std::ops::RangeInclusive<f64>, errors: &mut Errors| {
        let typed = fields.some(name)?;
        let read = typed.replace(',', ".").parse::<f64>().ok().filter(|degree| range.contains(degree));
        errors.take(
            name,
            read.ok_or_else(|| {
                both(
                    format!("“{typed}” không phải là tọa độ ở Việt Nam; ví dụ 105,8 và 21,0."),
                    format!("“{typed}” is no position in Việt Nam; for example 105.8 and 21.0."),
                )
            }),
        )
    };
    let (lon, lat) = (degree("lon", 102.0..=118.0, &mut errors), degree("lat", 6.0..=24.0, &mut errors));
    if errors.is_empty() && lon.is_some() != lat.is_some() {
        errors.add(if lon.is_some() { "lat" } else { "lon" }, both("Hãy ghi cả kinh độ và vĩ độ.", "Give both longitude and latitude."));
    }
    match (unit, errors.is_empty()) {
        (Some(unit), true) => {
            let unit_today = match region.today(&unit, lon.zip(lat), today) {
                crate::region::Today::Known(id) => Some(id),
                crate::region::Today::Unclear(_) => None,
            };
            let name_fold = fold(&name);
            Ok(ChainStore {
                id: clock::new_id(),
                chain_id: chain_id.to_owned(),
                name,
                name_fold,
                address,
                unit_id: Some(unit.clone()),
                unit_today,
                lon,
                lat,
                closed_on: None,
                created_at: now,
            })
        }
        _ => Err(errors),
    }
}

/// Name, tax code, address, telephone and remark of a chain as typed.
pub struct ChainForm {
    /// Name.
    pub name: String,
    /// Mã số thuế.
    pub tax_code: Option<String>,
    /// Address of its office.
    pub address: String,
    /// Telephone.
    pub phone: String,
    /// Mail address for notices.
    pub mail: String,
    /// Remark.
    pub note: String,
}

/// A chain as typed.
pub fn chain(fields: &Fields) -> Result<ChainForm, Errors> {
    let mut errors = Errors::default();
    let form = ChainForm {
        name: fields.must("name", LINE, both("Hãy ghi tên chuỗi.", "Give the chain's name."), &mut errors),
        tax_code: fields.some("tax_code").and_then(|typed| errors.take("tax_code", texts::tax_code(typed).map_err(Both::from))),
        address: fields.text("address", LINE, &mut errors),
        phone: fields.some("phone").and_then(|typed| errors.take("phone", texts::phone(typed).map_err(Both::from))).unwrap_or_default(),
        mail: fields.some("mail").and_then(|typed| errors.take("mail", mail::address(typed))).unwrap_or_default(),
        note: fields.text("note", TEXT, &mut errors),
    };
    if errors.is_empty() { Ok(form) } else { Err(errors) }
}
