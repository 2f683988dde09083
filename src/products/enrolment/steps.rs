//! One registration: writing it, correcting it, and its steps.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::READERS;
use super::form::{MAKERS, blank, fields_of, fill, may_enrol};
use super::model::{self, Enrolment, Kind, Side, Step};
use super::pages::year_of;
use super::store::{self, Closing, Reader};
use crate::access::{Act, Need, Of, Readers, Routes, Voice};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::{self, Entry, Note};
use crate::mail;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, once};
use crate::product::{self, Product, group, model::KEEPER};
use crate::text::Tongue;

/// Who registers products.
const ENROLLERS: Need = Need::May(Act::Enrol);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/dang-ky-san-pham/moi", ENROLLERS, new_form)
        .post("/dang-ky-san-pham/moi", ENROLLERS, create)
        .get("/dang-ky-san-pham/{id}", READERS, show)
        .get("/dang-ky-san-pham/{id}/sua", ENROLLERS, edit_form)
        .post("/dang-ky-san-pham/{id}/sua", ENROLLERS, edit)
        .post("/dang-ky-san-pham/{id}/{step}", Need::May(Act::MoveEnrolments), step)
}

/// What the journal keeps of a registration.
pub(super) fn record(enrolment: &Enrolment) -> serde_json::Value {
    serde_json::json!({
        "note": format!("{} · {}", enrolment.kind.name(), enrolment.year),
        "set": {
            "year": enrolment.year, "kind": enrolment.kind.word(), "product_id": enrolment.product_id, "name": enrolment.name, "group_id": enrolment.group_id,
            "producer_id": enrolment.producer_id, "producer": enrolment.producer, "producer_kind": enrolment.producer_kind, "tax_code": enrolment.tax_code,
            "unit_id": enrolment.unit_id, "aim": enrolment.aim, "note": enrolment.note, "state": enrolment.state.word(), "sent_on": enrolment.sent_on,
        },
    })
}

#[derive(Template)]
#[template(path = "enrolment/edit.html")]
struct EditPage {
    shell: Shell,
    enrolment: Option<Enrolment>,
    form: Form,
    years: Vec<Choice>,
    kinds: Vec<Choice>,
    groups: Vec<Choice>,
    makers: Vec<Choice>,
    aims: Vec<Choice>,
    products: Vec<(String, String)>,
    is_commune: bool,
}

fn choose(first: &str, rest: impl IntoIterator<Item = Choice>) -> Vec<Choice> {
    std::iter::once((String::new(), first.to_owned())).chain(rest).collect()
}

async fn edit_page(visit: &Visit, enrolment: Option<Enrolment>, form: Form) -> Result<Response> {
    const SHOWN: i64 = 100;
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let page = EditPage {
        shell: visit.shell(if enrolment.is_some() { "Sửa đăng ký sản phẩm" } else { "Đăng ký sản phẩm" }),
        years: model::years(today).map(|year| (year.to_string(), year.to_string())).to_vec(),
        kinds: vec![
            (Kind::New.word().into(), "Sản phẩm mới: chưa được công nhận".into()),
            (Kind::Upgrade.word().into(), "Nâng hạng: đang có giấy chứng nhận, hướng tới nhiều sao hơn".into()),
            (Kind::Renewal.word().into(), "Đánh giá lại: giấy chứng nhận hết hạn trong năm hoặc đã hết hạn".into()),
        ],
        groups: choose("Chọn nhóm", group::choices(Tongue::Vi)),
        makers: choose("Chọn loại chủ thể", MAKERS.map(|kind| (kind.word().to_owned(), kind.name().to_owned()))),
        aims: choose("Chọn hạng sao", model::aims(today).into_iter().map(|aim| (aim.to_string(), format!("{aim} sao")))),
        products: store::own_products(&mut tx, &Reader::of(&visit.actor), SHOWN).await?,
        is_commune: Side::of(&visit.actor) == Some(Side::Commune),
        enrolment,
        form,
    };
    page.form.answer(&page)
}

/// The form, filled from a product of the register where one was chosen.
async fn new_form(visit: Visit) -> Result<Response> {
    Side::of(&visit.actor).ok_or_else(Refusal::forbidden)?;
    let today = visit.app.clock().today();
    let mut form = Form::new(Tongue::Vi);
    form.fields.set("year", year_of(&visit).clamp(model::years(today)[0], model::years(today)[1]).to_string());
    if let Some(id) = visit.query.some("san-pham") {
        let mut tx = visit.app.db().read().await?;
        let product =
            product::store::find(&mut tx, id).await?.filter(|product| may_enrol(&visit, product)).ok_or_else(Refusal::not_found)?;
        let certificates = product::store::certificates(&mut tx, id).await?;
        let year = form.value("year").parse().unwrap_or_default();
        let stars = product.stars.unwrap_or_default();
        // the first kind that fits as it stands
        let fitting = [(Kind::Renewal, stars), (Kind::Upgrade, stars + 1), (Kind::New, stars)]
            .into_iter()
            .find(|(kind, aim)| kind.check(&certificates, *aim, year, today).is_ok());
        form.fields.set("product", product.handle());
        if let Some((kind, aim)) = fitting {
            form.fields.set("kind", kind.word());
            form.fields.set("aim", aim.to_string());
        }
    }
    edit_page(&visit, None, form).await
}

/// Refuses a product that is registered for the year by another registration.
async fn check_once(tx: &mut Tx, enrolment: &Enrolment, errors: &mut Errors) -> Result<()> {
    if let Some(once) = &enrolment.once
        && let Some(other) = store::find_once(tx, once).await?.filter(|other| other.id != enrolment.id)
    {
        let field = if enrolment.product_id.is_some() { "product" } else { "name" };
        errors.add(field, taken(&other));
    }
    Ok(())
}

fn taken(other: &Enrolment) -> crate::error::Both {
    both(
        format!(
            "Sản phẩm này đã được đăng ký cho năm {} (bên đăng ký: {}, trạng thái: {}); mỗi sản phẩm đăng ký một lần trong năm.",
            other.year,
            other.side.name().to_lowercase(),
            other.state.name().to_lowercase()
        ),
        format!("This product is registered for {} already; each product registers once a year.", other.year),
    )
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    let side = Side::of(&visit.actor).ok_or_else(Refusal::forbidden)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut enrolment = blank(side, visit.actor.journal_id(), now, today);
    let mut tx = once::begin(&visit, &fields).await?;
    let mut errors = fill(&mut tx, &visit, &fields, &mut enrolment).await?;
    if errors.is_empty() {
        check_once(&mut tx, &enrolment, &mut errors).await?;
    }
    if !errors.is_empty() {
        drop(tx);
        return edit_page(&visit, None, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let step = if fields.get("then") == "on" { Some(hand_on(side)) } else { None };
    if let Some(step) = step {
        enrolment = enrolment.step(step, &visit.actor, "", today)?;
    }
    if store::add(&mut tx, &enrolment).await?.is_none() {
        return Err(Refusal::stale().into());
    }
    Note::of(step.map_or("enrol", Step::verb), ("enrolment", &enrolment.id), record(&enrolment)).by(&mut tx, now, &visit.actor).await?;
    if let Some(step) = step {
        tell(&mut tx, &visit, step, &enrolment).await?;
    }
    let answer = once::end(tx, &fields, go(&format!("/dang-ky-san-pham/{}", enrolment.id), step.map_or("da-luu", Step::verb))).await?;
    visit.app.wake();
    Ok(answer)
}

/// The step with which a side hands its registration on.
fn hand_on(side: Side) -> Step {
    match side {
        Side::Producer => Step::Send,
        Side::Commune => Step::Forward,
    }
}

/// A registration within the caller's rows.
async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Enrolment> {
    Ok(store::find(tx, id).await?.filter(|enrolment| enrolment.in_scope(&visit.actor)).ok_or_else(Refusal::not_found)?)
}

async fn product_of(tx: &mut Tx, enrolment: &Enrolment) -> Result<Option<Product>> {
    Ok(match &enrolment.product_id {
        Some(id) => product::store::find(tx, id).await?,
        None => None,
    })
}

#[derive(Template)]
#[template(path = "enrolment/show.html")]
struct ShowPage {
    shell: Shell,
    enrolment: Enrolment,
    product: Option<Product>,
    unit: String,
    closing: Option<Closing>,
    is_late: bool,
    may_edit: bool,
    steps: Vec<Step>,
    form: Form,
    history: Vec<Entry>,
}

impl ShowPage {
    fn maker(&self) -> &'static str {
        crate::party::BodyKind::read(&self.enrolment.producer_kind).map_or("", crate::party::BodyKind::name)
    }

    fn reason(&self, step: &Step) -> String {
        format!("reason-{}", step.path())
    }
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    show_page(&visit, &id, Form::new(Tongue::Vi)).await
}

async fn show_page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    const LINES: i64 = 50;
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let enrolment = load(&mut tx, visit, id).await?;
    let closing = store::closing(&mut tx, enrolment.year).await?;
    let page = ShowPage {
        shell: visit.shell(&format!("Đăng ký: {}", enrolment.name)),
        product: product_of(&mut tx, &enrolment).await?,
        unit: enrolment.unit_id.as_deref().map(|unit| visit.app.region().label_dated(unit, today)).unwrap_or_default(),
        is_late: enrolment.is_late(closing.as_ref().map(|closing| closing.closes_on), today),
        may_edit: enrolment.may_edit(&visit.actor),
        steps: Step::ALL.into_iter().filter(|step| step.may(&visit.actor, &enrolment)).collect(),
        history: journal::history(&mut tx, "enrolment", id, i64::MAX, LINES).await?,
        closing,
        enrolment,
        form,
    };
    page.form.answer(&page)
}

async fn edit_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let enrolment = load(&mut tx, &visit, &id).await?;
    if !enrolment.may_edit(&visit.actor) {
        return Err(closed(&enrolment).into());
    }
    let product = product_of(&mut tx, &enrolment).await?;
    drop(tx);
    let fields = fields_of(&enrolment, product.as_ref(), visit.app.region());
    edit_page(&visit, Some(enrolment), Form::with(fields, Errors::default(), Tongue::Vi)).await
}

fn closed(enrolment: &Enrolment) -> Refusal {
    Refusal::rule(
        "enrolment-closed",
        both(
            format!("Đăng ký đang ở trạng thái “{}”; chỉ bên đăng ký sửa được khi đang lập hoặc được trả lại.", enrolment.state.name()),
            "Only whoever registered it changes it, as a draft or when it was returned.",
        ),
        both("Hãy mở lại đăng ký để xem các bước có thể làm.", "Open it again to see the steps it allows."),
    )
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields: Fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let before = load(&mut tx, &visit, &id).await?;
    if !before.may_edit(&visit.actor) {
        return Err(closed(&before).into());
    }
    if before.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    let mut enrolment = before.clone();
    let mut errors = fill(&mut tx, &visit, &fields, &mut enrolment).await?;
    if errors.is_empty() {
        check_once(&mut tx, &enrolment, &mut errors).await?;
    }
    if !errors.is_empty() {
        drop(tx);
        return edit_page(&visit, Some(before), Form::with(fields, errors, Tongue::Vi)).await;
    }
    let step = if fields.get("then") == "on" { Some(hand_on(enrolment.side)) } else { None };
    if let Some(step) = step {
        enrolment = enrolment.step(step, &visit.actor, "", today)?;
    }
    if store::save(&mut tx, &enrolment, before.version, now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of(step.map_or("enrol_edit", Step::verb), ("enrolment", &id), record(&enrolment)).by(&mut tx, now, &visit.actor).await?;
    if let Some(step) = step {
        tell(&mut tx, &visit, step, &enrolment).await?;
    }
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/dang-ky-san-pham/{id}"), step.map_or("da-luu", Step::verb)))
}

async fn step(visit: Visit, Path((id, word)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    const LINE: usize = 500;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let step = Step::read(&word).ok_or_else(Refusal::not_found)?;
    let fields = sent.fields;
    let field = format!("reason-{word}");
    let reason = if step.needs_reason() { fields.get(&field).to_owned() } else { String::new() };
    let mut tx = visit.app.db().write().await?;
    let before = load(&mut tx, &visit, &id).await?;
    let after = before.clone().step(step, &visit.actor, &reason, today)?;
    let mut errors = Errors::default();
    if step.needs_reason() && reason.is_empty() {
        errors.add(&field, both("Hãy ghi lý do.", "Give the reason."));
    } else {
        errors.within(&field, &reason, LINE);
    }
    if !errors.is_empty() {
        drop(tx);
        return show_page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    }
    if before.version != fields.version() || store::save(&mut tx, &after, before.version, now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    // a product may have changed since it was written down: what is handed on or taken in must still hold
    if matches!(step, Step::Send | Step::Forward | Step::Accept)
        && let Some(product) = &after.product_id
    {
        let certificates = product::store::certificates(&mut tx, product).await?;
        after.kind.check(&certificates, after.aim, after.year, today).map_err(Refusal::invalid)?;
    }
    let detail = serde_json::json!({"reason": reason, "set": {"state": after.state.word(), "state_since": after.state_since, "sent_on": after.sent_on}});
    Note::of(step.verb(), ("enrolment", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tell(&mut tx, &visit, step, &after).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/dang-ky-san-pham/{id}"), step.verb()))
}

/// Who is told of a step: whoever it waits for now.
async fn receivers(tx: &mut Tx, visit: &Visit, step: Step, unit: Option<&str>, producer: Option<&str>) -> Result<Readers> {
    let today = visit.app.clock().today();
    let mut readers = match step {
        Step::Forward => return Ok(Readers::find(tx, Act::KeepProducts, Of::Power(KEEPER), today).await?),
        Step::Send | Step::Return | Step::Accept | Step::Withdraw => Readers::find(tx, Voice::Commune, unit.map(Of::Unit), today).await?,
    };
    if step != Step::Send {
        readers.add(tx, Voice::Business, producer.map(Of::Body), today).await?;
    }
    Ok(readers)
}

#[derive(Template)]
#[template(path = "enrolment/letter_state.txt", whitespace = "preserve")]
struct StateLetter<'a> {
    enrolment: &'a Enrolment,
    base: &'a str,
}

#[derive(Template)]
#[template(path = "enrolment/letter_renewal.txt", whitespace = "preserve")]
struct RenewalLetter<'a> {
    body: &'a str,
    count: usize,
    year: i64,
    base: &'a str,
}

/// Tells whoever a registration waits for now; nobody of a draft that is given up.
pub(super) async fn tell(tx: &mut Tx, visit: &Visit, step: Step, enrolment: &Enrolment) -> Result<()> {
    if step == Step::Withdraw && enrolment.sent_on.is_none() {
        return Ok(());
    }
    let now = visit.app.clock().now();
    let readers = receivers(tx, visit, step, enrolment.unit_today.as_deref(), enrolment.producer_id.as_deref()).await?;
    let text = StateLetter { enrolment, base: &visit.app.config().base_url };
    mail::letter(tx, now, readers, &format!("Đăng ký sản phẩm OCOP: {}", enrolment.name), &text).await?;
    Ok(())
}

/// Tells whoever several registrations wait for, in one mail.
pub(super) async fn tell_many(tx: &mut Tx, visit: &Visit, step: Step, unit: Option<&str>, products: &[&str], year: i64) -> Result<()> {
    let mut units: Vec<Option<String>> = match unit {
        Some(unit) => vec![Some(unit.to_owned())],
        None => product::store::by_ids(tx, products).await?.into_iter().map(|product| product.unit_today).collect(),
    };
    units.sort();
    units.dedup();
    let mut readers = Readers::default();
    for unit in units {
        readers.extend(receivers(tx, visit, step, unit.as_deref(), None).await?);
    }
    let text = RenewalLetter { body: visit.actor.body_name(), count: products.len(), year, base: &visit.app.config().base_url };
    mail::letter(tx, visit.app.clock().now(), readers, &format!("Đăng ký đánh giá lại sản phẩm OCOP năm {year}"), &text).await?;
    Ok(())
}
