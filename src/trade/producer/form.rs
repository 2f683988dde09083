//! What somebody types who registers as a producer, checked field by field.

use chrono::NaiveDate;

use crate::error::{Both, both};
use crate::page::{Errors, Fields};
use crate::party::BodyKind;
use crate::region::{Region, typed_unit};
use crate::{mail, text};

/// A checked form.
#[derive(Clone, Debug)]
pub struct ProducerForm {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: BodyKind,
    /// Mã số thuế.
    pub tax_code: Option<String>,
    /// Unit as chosen.
    pub unit: String,
    /// Address.
    pub address: String,
    /// Its products, in its own words.
    pub products: String,
    /// Who registers.
    pub contact: String,
    /// Telephone.
    pub phone: String,
    /// Mail address, or empty.
    pub email: String,
}

/// Checks it.
///
/// # Errors
/// What is wrong, by field.
pub fn check(fields: &Fields, region: &Region, today: NaiveDate) -> Result<ProducerForm, Errors> {
    let mut errors = Errors::default();
    for (name, text) in [
        (
            "name",
            both("Hãy nhập tên chủ thể như trên giấy đăng ký hoặc giấy chứng nhận OCOP.", "Enter the producer's name as on its papers."),
        ),
        (
            "goods",
            both(
                "Hãy ghi ít nhất một sản phẩm; có mã hoặc số giấy chứng nhận thì ghi kèm để đối chiếu nhanh.",
                "Name at least one product; add its code or certificate number if you have it.",
            ),
        ),
        ("contact", both("Hãy nhập người liên hệ.", "Enter a contact person.")),
        ("phone", both("Hãy nhập điện thoại để xã, phường gọi xác nhận.", "Enter a telephone number, so that the commune can call.")),
    ] {
        if fields.get(name).is_empty() {
            errors.add(name, text);
        }
    }
    let kind = BodyKind::read(fields.get("kind"));
    if kind.is_none() {
        errors.add("kind", both("Hãy chọn loại chủ thể.", "Choose the kind of producer."));
    }
    let unit = match fields.get("unit") {
        "" => {
            errors.add("unit", both("Hãy nhập xã, phường nơi sản xuất.", "Enter the commune where you produce."));
            None
        }
        _ => typed_unit(fields, region, today, false, &mut errors),
    };
    let tax_code = fields.some("tax_code").and_then(|typed| errors.take("tax_code", text::tax_code(typed).map_err(Both::from)));
    let phone = fields.some("phone").and_then(|typed| errors.take("phone", text::phone(typed).map_err(Both::from)));
    let email = fields.some("email").and_then(|typed| errors.take("email", mail::address(typed)));
    for (name, limit) in [("name", 200), ("address", 300), ("goods", 2000), ("contact", 120)] {
        errors.within(name, fields.get(name), limit);
    }
    let (Some(kind), Some(unit), true) = (kind, unit, errors.is_empty()) else { return Err(errors) };
    Ok(ProducerForm {
        name: fields.get("name").to_owned(),
        kind,
        tax_code,
        unit,
        address: fields.get("address").to_owned(),
        products: fields.get("goods").to_owned(),
        contact: fields.get("contact").to_owned(),
        phone: phone.unwrap_or_default(),
        email: email.unwrap_or_default(),
    })
}
