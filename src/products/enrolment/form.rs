//! What people type into a registration.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Enrolment, Kind, Side, State, read_aim, read_year, years};
use crate::access::Scope;
use crate::db::Tx;
use crate::error::{Both, Result, both};
use crate::page::{Errors, Fields, Visit};
use crate::party::typed::Typed;
use crate::party::{self, BodyKind};
use crate::product::{self, Product, group};
use crate::region::{Region, Today};
use crate::text;

/// Longest line and longest remark.
const LINE: usize = 200;
const TEXT: usize = 2_000;

/// Kinds of body that make products.
pub const MAKERS: [BodyKind; 4] = [BodyKind::Enterprise, BodyKind::Cooperative, BodyKind::Group, BodyKind::Household];

/// A registration of which nothing is known yet.
pub fn blank(side: Side, created_by: &str, now: DateTime<Utc>, today: NaiveDate) -> Enrolment {
    Enrolment {
        id: crate::clock::new_id(),
        year: years(today)[0],
        side,
        kind: Kind::New,
        product_id: None,
        name: String::new(),
        name_fold: String::new(),
        sort: String::new(),
        group_id: String::new(),
        producer_id: None,
        producer: String::new(),
        producer_kind: String::new(),
        tax_code: String::new(),
        unit_id: None,
        unit_today: None,
        aim: 0,
        note: String::new(),
        state: State::Draft,
        state_since: today,
        sent_on: None,
        reason: String::new(),
        once: None,
        version: 1,
        created_by: created_by.to_owned(),
        created_at: now,
        updated_at: now,
    }
}

/// The fields of a stored registration.
pub fn fields_of(enrolment: &Enrolment, product: Option<&Product>, region: &Region) -> Fields {
    let pairs = [
        ("year", enrolment.year.to_string()),
        ("kind", enrolment.kind.word().to_owned()),
        ("product", product.map(|product| product.handle().to_owned()).unwrap_or_default()),
        ("name", enrolment.name.clone()),
        ("group", enrolment.group_id.clone()),
        ("producer", enrolment.producer.clone()),
        ("producer_kind", enrolment.producer_kind.clone()),
        ("tax_code", enrolment.tax_code.clone()),
        ("unit", enrolment.unit_id.as_deref().map(|id| region.label(id)).unwrap_or_default()),
        ("unit_id", enrolment.unit_id.clone().unwrap_or_default()),
        ("aim", enrolment.aim.to_string()),
        ("note", enrolment.note.clone()),
        ("version", enrolment.version.to_string()),
    ];
    Fields::new(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)))
}

/// Puts a product of the register into a registration: nothing of it is typed again.
pub async fn of_product(tx: &mut Tx, enrolment: &mut Enrolment, product: &Product) -> Result<()> {
    enrolment.product_id = Some(product.id.clone());
    enrolment.name.clone_from(&product.name);
    enrolment.group_id.clone_from(&product.group_id);
    enrolment.unit_id.clone_from(&product.unit_id);
    enrolment.unit_today.clone_from(&product.unit_today);
    if let Some(id) = &product.producer_id
        && let Some(body) = party::store::find(tx, id).await?
    {
        of_body(enrolment, body);
    }
    Ok(())
}

fn of_body(enrolment: &mut Enrolment, body: party::Body) {
    enrolment.producer_id = Some(body.id);
    enrolment.producer = body.name;
    enrolment.producer_kind = body.kind;
    enrolment.tax_code = body.tax_code.unwrap_or_default();
}

/// Whether a product may be registered by a caller: its own producer, or the commune it lies in.
pub fn may_enrol(visit: &Visit, product: &Product) -> bool {
    if !product.is_of_here() {
        return false;
    }
    match visit.actor.scope() {
        Scope::Body(body) => product.producer_id.as_deref() == Some(body.as_str()),
        Scope::Unit(unit) => product.unit_today.as_deref() == Some(unit.as_str()),
        Scope::All | Scope::None => false,
    }
}

/// Fills a registration with what was typed; what is wrong stands at its field.
pub async fn fill(tx: &mut Tx, visit: &Visit, fields: &Fields, enrolment: &mut Enrolment) -> Result<Errors> {
    let today = visit.app.clock().today();
    let mut errors = Errors::default();
    if let Some(year) = errors.take("year", read_year(fields.get("year"), today)) {
        enrolment.year = year;
    }
    if let Some(aim) = errors.take("aim", read_aim(fields.get("aim"), today)) {
        enrolment.aim = aim;
    }
    match Kind::read(fields.get("kind")) {
        Some(kind) => enrolment.kind = kind,
        None => errors.add("kind", both("Hãy chọn đăng ký mới, nâng hạng hay đánh giá lại.", "Choose new, upgrade or renewal.")),
    }
    for (name, limit) in [("name", LINE), ("producer", LINE), ("note", TEXT)] {
        errors.within(name, fields.get(name), limit);
    }
    enrolment.note = fields.get("note").to_owned();
    enrolment.product_id = None;
    (enrolment.producer_id, enrolment.unit_id, enrolment.unit_today) = (None, None, None);
    (enrolment.producer, enrolment.producer_kind, enrolment.tax_code) = Default::default();
    match fields.some("product") {
        Some(code) => match product::store::find_typed(tx, code).await?.filter(|product| may_enrol(visit, product)) {
            None => errors.add(
                "product",
                both(
                    format!("Không có sản phẩm nào mã “{code}” trong phạm vi của bạn; hãy kiểm tra lại mã."),
                    format!("There is no product “{code}” within your scope; check the code."),
                ),
            ),
            Some(product) => {
                of_product(tx, enrolment, &product).await?;
                let certificates = product::store::certificates(tx, &product.id).await?;
                if errors.is_empty() {
                    errors.take("kind", enrolment.kind.check(&certificates, enrolment.aim, enrolment.year, today));
                }
            }
        },
        None if enrolment.kind != Kind::New => {
            errors.add("product", both("Hãy ghi mã của sản phẩm đã có trong sổ.", "Give the code of the product in the register."))
        }
        None => {
            enrolment.name = fields.get("name").to_owned();
            if enrolment.name.is_empty() {
                errors.add("name", both("Hãy ghi tên sản phẩm.", "Give the name of the product."));
            }
            enrolment.group_id = fields.get("group").to_owned();
            if group::get(&enrolment.group_id).is_none() {
                errors.add("group", both("Hãy chọn nhóm sản phẩm.", "Choose the group of the product."));
            }
        }
    }
    if enrolment.producer_id.is_none() {
        producer(tx, visit, fields, enrolment, &mut errors).await?;
    }
    unit(visit, fields, enrolment, &mut errors);
    enrolment.name_fold = text::fold(&enrolment.name);
    enrolment.sort = text::sort_key(&enrolment.name);
    enrolment.once = Some(enrolment.once());
    Ok(errors)
}

/// Who makes it: an account of a producer registers its own, others name the producer.
async fn producer(tx: &mut Tx, visit: &Visit, fields: &Fields, enrolment: &mut Enrolment, errors: &mut Errors) -> Result<()> {
    if let Scope::Body(body) = visit.actor.scope() {
        if let Some(body) = party::store::find(tx, &body).await? {
            of_body(enrolment, body);
        }
        return Ok(());
    }
    enrolment.producer = fields.get("producer").to_owned();
    if enrolment.producer.is_empty() {
        errors.add("producer", both("Hãy ghi tên chủ thể.", "Give the name of the producer."));
    }
    match BodyKind::read(fields.get("producer_kind")).filter(|kind| MAKERS.contains(kind)) {
        Some(kind) => enrolment.producer_kind = kind.word().to_owned(),
        None => errors.add("producer_kind", both("Hãy chọn loại chủ thể.", "Choose the kind of producer.")),
    }
    if let Some(typed) = fields.some("tax_code")
        && let Some(code) = errors.take("tax_code", text::tax_code(typed).map_err(Both::from))
    {
        enrolment.tax_code = code;
    }
    if enrolment.producer.is_empty() {
        return Ok(());
    }
    let (producer, code) = (enrolment.producer.clone(), enrolment.tax_code.clone());
    let unit = enrolment.unit_id.clone();
    let typed = Typed {
        name: &producer,
        kind: BodyKind::read(&enrolment.producer_kind),
        tax_code: Some(code.as_str()).filter(|code| !code.is_empty()),
        unit: unit.as_deref(),
        current: None,
        said: fields.get("producer_who"),
    };
    match party::typed::known(tx, (visit.app.region(), visit.app.clock().today()), typed).await? {
        Err(asked) => asked.put(errors, "producer"),
        Ok(None) => {}
        Ok(Some(id)) => {
            if let Some(body) = party::store::find(tx, &id).await? {
                of_body(enrolment, body);
            }
        }
    }
    Ok(())
}

/// The commune of today that the registration goes through.
fn unit(visit: &Visit, fields: &Fields, enrolment: &mut Enrolment, errors: &mut Errors) {
    if enrolment.unit_today.is_some() {
        return;
    }
    let (region, today) = (visit.app.region(), visit.app.clock().today());
    let own = match visit.actor.scope() {
        Scope::Unit(unit) => Some(unit),
        _ => None,
    };
    let unit = match (own, region.of_form(fields, today)) {
        // a commune registers what is made in it
        (Some(unit), _) => unit,
        (None, None) => {
            errors.add("unit", both("Hãy ghi xã, phường nơi sản xuất.", "Give the commune where it is made."));
            return;
        }
        (None, Some(found)) => match errors.take("unit", found.map_err(|refusal| refusal.text())) {
            Some(unit) => unit.id.clone(),
            None => return,
        },
    };
    match region.today(&unit, None, today) {
        Today::Known(now) => (enrolment.unit_id, enrolment.unit_today) = (Some(unit), Some(now)),
        Today::Unclear(_) => errors.add("unit", both("Hãy ghi xã, phường hiện nay (tên mới).", "Give the commune of today.")),
    }
}
