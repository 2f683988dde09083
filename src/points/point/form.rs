//! What people type about a point, checked field by field.

use chrono::NaiveDate;

use super::model::{Kind, Point};
use crate::error::{Both, both};
use crate::page::{Errors, Fields};
use crate::party::BodyKind;
use crate::region::{Region, typed_pin, typed_unit};
use crate::{mail, text};

/// A checked form.
#[derive(Clone, Debug, PartialEq)]
pub struct PointForm {
    /// Name.
    pub name: String,
    /// Kind of place.
    pub kind: String,
    /// Address as printed.
    pub address: String,
    /// Unit as recorded.
    pub unit_id: Option<String>,
    /// The new unit a person chose.
    pub unit_today: Option<String>,
    /// Position.
    pub pin: Option<(f64, f64)>,
    /// Area, m².
    pub area_m2: Option<f64>,
    /// Operator's name.
    pub operator: String,
    /// Who that is, where it was asked: id of a body, or `other`.
    pub operator_who: String,
    /// Operator's kind.
    pub operator_kind: Option<BodyKind>,
    /// Operator's tax code.
    pub tax_code: Option<String>,
    /// Contact person.
    pub contact: String,
    /// Telephone.
    pub phone: String,
    /// Mail address.
    pub email: String,
    /// Opening hours.
    pub hours: String,
    /// Goods planned.
    pub goods: String,
    /// For visitors.
    pub about: String,
    /// What is worth a look although it passes.
    pub warnings: Vec<Both>,
}

/// Checks a form. With `draft`, empty fields pass; wrong ones never do.
pub fn check(fields: &Fields, region: &Region, today: NaiveDate, draft: bool) -> Result<PointForm, Errors> {
    let mut errors = Errors::default();
    let mut warnings = Vec::new();
    let required = |errors: &mut Errors, name: &str, what: Both| {
        if !draft && fields.get(name).is_empty() {
            errors.add(name, what);
        }
    };
    if fields.get("name").is_empty() {
        errors.add("name", both("Hãy nhập tên điểm.", "Enter the name of the point."));
    }
    required(&mut errors, "kind", both("Hãy chọn loại hình địa điểm.", "Choose the kind of place."));
    required(
        &mut errors,
        "address",
        both("Hãy nhập địa chỉ như in trên biển hiệu hoặc giấy tờ.", "Enter the address as printed on sign or papers."),
    );
    required(&mut errors, "operator", both("Hãy nhập tên đơn vị vận hành.", "Enter the name of the operator."));
    required(&mut errors, "contact", both("Hãy nhập người liên hệ.", "Enter a contact person."));
    if !draft && fields.get("phone").is_empty() && fields.get("email").is_empty() {
        errors.add("phone", both("Hãy nhập điện thoại hoặc thư điện tử để cơ quan liên hệ.", "Enter a telephone number or mail address."));
    }
    let kind = match fields.some("kind") {
        Some(word) => match Kind::read(word) {
            Some(kind) => kind.word().to_owned(),
            None => {
                errors.add("kind", both("Loại hình này không có trong danh sách.", "This kind is not in the list."));
                String::new()
            }
        },
        None => String::new(),
    };
    let unit_id = typed_unit(fields, region, today, draft, &mut errors);
    let unit_today = fields.some("unit_today").filter(|id| region.get(id).is_some_and(|unit| unit.is_valid(today))).map(str::to_owned);
    let pin = typed_pin(fields, &mut errors);
    if let (Some((lon, lat)), Some(unit)) = (pin, &unit_id)
        && region.pin_fits(unit, lon, lat, today) == Some(false)
    {
        errors.add(
            "lon",
            both(
                format!("Vị trí ghim nằm ngoài {}; hãy ghim lại hoặc sửa xã, phường.", region.label(unit)),
                format!("The pin lies outside {}; move it or correct the commune.", region.label(unit)),
            ),
        );
    }
    let area_m2 = fields.some("area_m2").and_then(|text| errors.take("area_m2", area(text)));
    let tax_code = fields.some("tax_code").and_then(|typed| errors.take("tax_code", text::tax_code(typed).map_err(Both::from)));
    let phone = fields.some("phone").and_then(|typed| errors.take("phone", text::phone(typed).map_err(Both::from)));
    let email = fields.some("email").and_then(|typed| errors.take("email", mail::address(typed)));
    let operator_kind = match fields.some("operator_kind") {
        Some(word) => {
            let kind = BodyKind::read(word);
            if kind.is_none() {
                errors.add("operator_kind", both("Loại đơn vị này không có trong danh sách.", "This kind of operator is not in the list."));
            }
            kind
        }
        None => None,
    };
    if !draft && operator_kind.is_none() && fields.get("operator_kind").is_empty() {
        errors.add("operator_kind", both("Hãy chọn loại đơn vị vận hành.", "Choose the kind of operator."));
    }
    for (name, limit) in
        [("name", 200), ("address", 300), ("operator", 200), ("contact", 120), ("hours", 200), ("goods", 2000), ("about", 2000)]
    {
        errors.within(name, fields.get(name), limit);
    }
    if pin.is_none() && !draft {
        warnings
            .push(both("Chưa có vị trí trên bản đồ; khách sẽ khó tìm đường.", "There is no pin yet; visitors will find it hard to come."));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(PointForm {
        name: fields.get("name").to_owned(),
        kind,
        address: fields.get("address").to_owned(),
        unit_id,
        unit_today,
        pin,
        area_m2,
        operator: fields.get("operator").to_owned(),
        operator_who: fields.get("operator_who").to_owned(),
        operator_kind,
        tax_code,
        contact: fields.get("contact").to_owned(),
        phone: phone.unwrap_or_default(),
        email: email.unwrap_or_default(),
        hours: fields.get("hours").to_owned(),
        goods: fields.get("goods").to_owned(),
        about: fields.get("about").to_owned(),
        warnings,
    })
}

fn area(text: &str) -> Result<f64, Both> {
    let number = text.trim_end_matches("m2").trim_end_matches("m²").trim().replace(',', ".").parse::<f64>();
    match number {
        Ok(area) if area > 0.0 && area <= 1_000_000.0 => Ok(area),
        _ => Err(both(
            "Diện tích là số mét vuông lớn hơn 0, ví dụ 45 hoặc 120,5.",
            "The area is a number of square metres above 0, for example 45 or 120.5.",
        )),
    }
}

impl PointForm {
    /// Puts what was typed into a point; operator and derived fields are the caller's.
    pub fn fill(&self, point: &mut Point) {
        if point.unit_id != self.unit_id {
            point.unit_chosen = false;
            point.unit_today = None;
        }
        point.name = self.name.clone();
        point.kind = self.kind.clone();
        point.address = self.address.clone();
        point.unit_id = self.unit_id.clone();
        point.lon = self.pin.map(|(lon, _)| lon);
        point.lat = self.pin.map(|(_, lat)| lat);
        point.area_m2 = self.area_m2;
        point.contact = self.contact.clone();
        point.phone = self.phone.clone();
        point.email = self.email.clone();
        point.hours = self.hours.clone();
        point.goods = self.goods.clone();
        point.about = self.about.clone();
        if let Some(unit) = &self.unit_today {
            point.unit_today = Some(unit.clone());
            point.unit_chosen = true;
        }
    }
}

/// The form fields of a stored point, for editing.
pub fn fields_of(point: &Point, operator: Option<&crate::party::Body>, region: &Region) -> Fields {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let operator_name = operator.map(|body| body.name.clone()).unwrap_or_default();
    let pairs = [
        ("name", point.name.clone()),
        ("kind", point.kind.clone()),
        ("address", point.address.clone()),
        ("unit", point.unit_id.as_deref().map(|id| region.label(id)).unwrap_or_default()),
        ("unit_id", point.unit_id.clone().unwrap_or_default()),
        ("unit_today", point.unit_today.clone().unwrap_or_default()),
        ("lon", number(point.lon)),
        ("lat", number(point.lat)),
        ("area_m2", number(point.area_m2)),
        ("operator", operator_name),
        ("operator_kind", operator.map(|body| body.kind.clone()).unwrap_or_default()),
        ("tax_code", operator.and_then(|body| body.tax_code.clone()).unwrap_or_default()),
        ("contact", point.contact.clone()),
        ("phone", point.phone.clone()),
        ("email", point.email.clone()),
        ("hours", point.hours.clone()),
        ("goods", point.goods.clone()),
        ("about", point.about.clone()),
        ("version", point.version.to_string()),
    ];
    Fields::new(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)))
}
