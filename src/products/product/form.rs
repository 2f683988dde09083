//! What people type about a product and about a certificate.

use chrono::NaiveDate;

use super::model::{Claim, Part, Product};
use super::recognition::Recognition;
use super::{group, scale};
use crate::error::{Both, both};
use crate::page::{Errors, Fields};
use crate::party::{Body, BodyKind};
use crate::region::{Region, UnitRefusal, typed_pin, typed_unit};
use crate::text::{self, Edtf};

/// A checked form of a product.
#[derive(Clone, Debug)]
pub struct ProductForm {
    name: String,
    group_id: String,
    set_name: String,
    unit_id: Option<String>,
    origin: String,
    pin: Option<(f64, f64)>,
    price: Option<i64>,
    capacity: Option<i64>,
    capacity_unit: String,
    description: String,
    story: String,
    /// Code as typed; empty: the register gives one.
    pub code: String,
    /// Producer's name.
    pub producer: String,
    /// Its kind.
    pub producer_kind: Option<BodyKind>,
    /// Its tax code.
    pub tax_code: Option<String>,
}

/// Checks the form. `is_own`: the producer is the writer's own body and is not asked for.
pub fn check(fields: &Fields, region: &Region, today: NaiveDate, is_own: bool) -> Result<ProductForm, Errors> {
    let mut errors = Errors::default();
    if fields.get("name").is_empty() {
        errors.add("name", both("Hãy nhập tên sản phẩm.", "Enter the name of the product."));
    }
    let group_id = match fields.some("group").map(group::read) {
        Some(Some((id, _))) => id.to_owned(),
        Some(None) => {
            errors.add("group", both("Nhóm này không có trong danh sách.", "This group is not in the list."));
            String::new()
        }
        None => {
            errors.add("group", both("Hãy chọn nhóm sản phẩm.", "Choose the group."));
            String::new()
        }
    };
    // a set of today belongs to one group; what was typed freely stays as it is
    let set = group::read_set(fields.get("set_name"), today);
    if let Some(set) = set.filter(|set| !group_id.is_empty() && set.group != group_id) {
        let of = group::name(&set.group, crate::text::Tongue::Vi);
        errors.add(
            "set_name",
            both(
                format!("“{}” thuộc nhóm {of}; hãy sửa nhóm hoặc bộ sản phẩm.", set.label()),
                format!(
                    "“{}” belongs to the group {}; correct the group or the set.",
                    set.name,
                    group::name(&set.group, crate::text::Tongue::En)
                ),
            ),
        );
    }
    let (producer, mut producer_kind, mut tax_code) = (fields.get("producer").to_owned(), None, None);
    if !is_own {
        if producer.is_empty() {
            errors.add("producer", both("Hãy nhập tên chủ thể.", "Enter the producer's name."));
        }
        producer_kind = match fields.some("producer_kind").map(BodyKind::read) {
            Some(None) => {
                errors.add("producer_kind", both("Loại chủ thể này không có trong danh sách.", "This kind is not in the list."));
                None
            }
            known => known.flatten(),
        };
        tax_code = fields.some("tax_code").and_then(|typed| errors.take("tax_code", text::tax_code(typed).map_err(Both::from)));
    }
    for (name, limit) in [
        ("name", 300),
        ("code", 40),
        ("set_name", 200),
        ("origin", 100),
        ("producer", 200),
        ("capacity_unit", 40),
        ("description", 4000),
        ("story", 8000),
    ] {
        errors.within(name, fields.get(name), limit);
    }
    let price = fields.some("price").and_then(|typed| errors.take("price", money(typed)));
    let capacity = fields.some("capacity").and_then(|typed| errors.take("capacity", amount(typed)));
    if capacity.is_some() && fields.get("capacity_unit").is_empty() {
        errors.add("capacity_unit", both("Hãy ghi đơn vị tính, ví dụ kg, hộp.", "Say of what, for example kg or boxes."));
    }
    // goods of elsewhere have no unit here
    let origin = crate::region::origin(fields.get("origin"), &region.province().name).0;
    let (unit_id, origin) = if origin.is_empty() { typed_source(fields, region, today, &mut errors) } else { (None, origin) };
    let pin = typed_pin(fields, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(ProductForm {
        name: fields.get("name").to_owned(),
        group_id,
        set_name: fields.get("set_name").to_owned(),
        unit_id,
        origin,
        pin,
        price,
        capacity,
        capacity_unit: fields.get("capacity_unit").to_owned(),
        description: fields.get("description").to_owned(),
        story: fields.get("story").to_owned(),
        code: fields.get("code").to_owned(),
        producer,
        producer_kind,
        tax_code,
    })
}

/// The unit of goods of here; a text that names another province is their origin.
fn typed_source(fields: &Fields, region: &Region, today: NaiveDate, errors: &mut Errors) -> (Option<String>, String) {
    match region.find(fields.get("unit"), None, today) {
        Err(UnitRefusal::Elsewhere { province, .. }) => (None, province),
        _ => (typed_unit(fields, region, today, false, errors), String::new()),
    }
}

/// Reads an amount of đồng above 0.
pub fn money(typed: &str) -> Result<i64, Both> {
    text::whole(typed.trim_end_matches(['đ', '₫', ' ']))
        .filter(|value| (1..=1_000_000_000_000).contains(value))
        .ok_or_else(|| both("Giá là số đồng lớn hơn 0, ví dụ 85.000.", "The price is a number of đồng above 0, for example 85.000."))
}

fn amount(typed: &str) -> Result<i64, Both> {
    text::whole(typed.trim_end_matches(['đ', '₫', ' ']))
        .filter(|value| (1..=1_000_000_000).contains(value))
        .ok_or_else(|| both("Hãy ghi một số nguyên lớn hơn 0.", "Enter a whole number above 0."))
}

impl ProductForm {
    /// Puts what was typed into a product; producer, code and what follows are the caller's.
    pub fn fill(&self, product: &mut Product) {
        product.name.clone_from(&self.name);
        if product.group_id != self.group_id {
            product.group_as.clear();
        }
        product.group_id.clone_from(&self.group_id);
        product.set_name.clone_from(&self.set_name);
        product.unit_id.clone_from(&self.unit_id);
        product.origin.clone_from(&self.origin);
        (product.lon, product.lat) = (self.pin.map(|pin| pin.0), self.pin.map(|pin| pin.1));
        product.price = self.price;
        product.capacity = self.capacity;
        product.capacity_unit.clone_from(&self.capacity_unit);
        product.description.clone_from(&self.description);
        product.story.clone_from(&self.story);
    }
}

/// The fields of a stored product, for editing.
pub fn fields_of(product: &Product, producer: Option<&Body>, region: &Region) -> Fields {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let whole = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    let pairs = [
        ("name", product.name.clone()),
        ("code", product.code.clone()),
        ("group", product.group_id.clone()),
        ("set_name", product.set_name.clone()),
        ("producer", producer.map(|body| body.name.clone()).unwrap_or_default()),
        ("producer_kind", producer.map(|body| body.kind.clone()).unwrap_or_default()),
        ("tax_code", producer.and_then(|body| body.tax_code.clone()).unwrap_or_default()),
        ("origin", product.origin.clone()),
        ("unit", product.unit_id.as_deref().map(|id| region.label(id)).unwrap_or_default()),
        ("unit_id", product.unit_id.clone().unwrap_or_default()),
        ("lon", number(product.lon)),
        ("lat", number(product.lat)),
        ("price", whole(product.price)),
        ("capacity", whole(product.capacity)),
        ("capacity_unit", product.capacity_unit.clone()),
        ("description", product.description.clone()),
        ("story", product.story.clone()),
        ("version", product.version.to_string()),
    ];
    Fields::new(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)))
}

/// A certificate as typed.
pub fn claim(fields: &Fields, months: i64, today: NaiveDate) -> Result<Claim, Errors> {
    let mut errors = Errors::default();
    let decided = fields.some("decided_on").and_then(|typed| errors.take("decided_on", Edtf::read(typed).map_err(Both::from))).flatten();
    let valid_until = fields.some_day("valid_until", &mut errors);
    let score = fields.some("score").and_then(|typed| {
        errors.take(
            "score",
            scale::read_points(typed)
                .ok_or_else(|| both("Điểm là số từ 0 đến 100, ví dụ 72,5.", "The score is a number from 0 to 100, for example 72.5.")),
        )
    });
    let stars = fields
        .some("stars")
        .and_then(|typed| errors.take("stars", typed.parse().map_err(|_| both("Hãy chọn hạng sao.", "Choose the stars."))));
    for (name, limit) in [("certificate_no", 60), ("decision_no", 60), ("recognised_by", 200)] {
        errors.within(name, fields.get(name), limit);
    }
    if decided.is_none() && errors.iter().all(|(field, _)| field != "decided_on") {
        errors.add(
            "decided_on",
            both(
                "Hãy ghi ngày quyết định công nhận, hoặc tháng, năm nếu nguồn chỉ nêu thế.",
                "Give the day of the decision, or the month or year if the source says no more.",
            ),
        );
    }
    if fields.get("decision_no").is_empty() {
        errors.add("decision_no", both("Hãy ghi số quyết định công nhận.", "Give the number of the decision."));
    }
    let claim = Claim {
        stars,
        score,
        decision_no: fields.get("decision_no").to_owned(),
        decided,
        number: fields.some("certificate_no").map(str::to_owned),
        valid_until,
        recognised_by: fields.get("recognised_by").to_owned(),
        recognition: fields.some("recognition").and_then(Recognition::read),
        ..Claim::default()
    };
    if errors.is_empty() {
        for (part, text) in claim.faults(months, today) {
            let field = match part {
                Part::Stars => "stars",
                Part::Score => "score",
                Part::DecidedOn => "decided_on",
                Part::ValidUntil => "valid_until",
            };
            errors.add(field, sentence(text));
        }
        let needed = claim.first_day().and_then(scale::on).map_or(3, |scale| scale.certified_from);
        if errors.is_empty() && claim.stars.is_some_and(|stars| stars < needed) {
            errors.add(
                "stars",
                both(
                    format!("Chỉ sản phẩm từ {needed} sao mới được cấp giấy chứng nhận."),
                    format!("Only products of {needed} stars or more get a certificate."),
                ),
            );
        }
    }
    if errors.is_empty() { Ok(claim) } else { Err(errors) }
}

/// A fault of a file's row as a sentence of a form.
fn sentence(text: Both) -> Both {
    let whole = |text: &str| {
        let mut letters = text.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        format!("{first}{}.", letters.as_str())
    };
    both(whole(&text.vi), whole(&text.en))
}
