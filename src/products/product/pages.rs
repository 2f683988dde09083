//! Screens of staff and producers: the register of products, one product whole, writing it.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::{Datelike, NaiveDate};

use super::form::{ProductForm, check, fields_of};
use super::list::{self, Filter, Origin, Row};
use super::model::{self, KEEPER, Product, State};
use super::{group, scale, store};
use crate::access::{Act, Need, Routes, Scope, Voice};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::file::{self, Attachment};
use crate::journal::Note;
use crate::page::{Ask, Choice, Errors, Form, Rows, Sent, Shell, Visit, go, html, once};
use crate::party::typed::{self, Typed};
use crate::party::{self, Body, BodyKind};
use crate::region::{Hit, Under};
use crate::talk::Thing;
use crate::text::Tongue;
use crate::view::{self, Bar, Head};

/// Who writes records of products.
pub const WRITERS: Need = Need::May(Act::EditProducts);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/san-pham-ocop", Need::Rows, register)
        .get("/san-pham-ocop/moi", WRITERS, new_form)
        .post_files("/san-pham-ocop/moi", WRITERS, create)
        .get("/san-pham-ocop/{id}", Need::Rows, super::show::show)
        .get("/san-pham-ocop/{id}/sua", WRITERS, edit_form)
        .post_files("/san-pham-ocop/{id}/sua", WRITERS, edit)
}

/// The units of a scope that is one unit.
pub fn scoped(visit: &Visit) -> Option<Under> {
    match visit.actor.scope() {
        Scope::Unit(unit) => Some(visit.app.region().under(&unit, visit.app.clock().today())),
        _ => None,
    }
}

/// What is talked about beside a product, and who is concerned.
pub async fn thing(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Thing> {
    Ok(thing_of(&load(tx, visit, id).await?))
}

/// The same of a product that was loaded.
pub fn thing_of(product: &Product) -> Thing {
    Thing {
        path: format!("/san-pham-ocop/{}", product.id),
        title: super::code::titled(&product.code, &product.name),
        subject: ("product", product.id.clone()),
        bodies: product.producer_id.iter().cloned().collect(),
        unit: product.unit_today.clone(),
    }
}

/// Loads a product, if it lies in the caller's scope.
pub async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Product> {
    let product = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    if model::in_scope(&visit.actor.scope(), &product, &units(visit, &product)) { Ok(product) } else { Err(Refusal::not_found().into()) }
}

/// Units a product is listed under, surely or not.
pub fn units(visit: &Visit, product: &Product) -> Vec<String> {
    let (region, today) = (visit.app.region(), visit.app.clock().today());
    let Some(unit) = &product.unit_id else { return Vec::new() };
    let now = match &product.unit_today {
        Some(unit) => crate::region::Today::Known(unit.clone()),
        None => region.today(unit, product.pin(), today),
    };
    region.listed(unit, &now).into_iter().map(|listed| listed.unit_id).collect()
}

#[derive(Template)]
#[template(path = "product/register.html")]
struct RegisterPage {
    shell: Shell,
    bar: Bar,
    list: Rows<Row>,
    tabs: Vec<(State, i64)>,
    filter: Filter,
    ask: Ask,
    form: Form,
    groups: Vec<Choice>,
    stars: Vec<Choice>,
    origins: Vec<Choice>,
    hits: Vec<Hit>,
    units: Vec<String>,
    today: NaiveDate,
    soon: NaiveDate,
    may_add: bool,
    keeps: bool,
}

impl RegisterPage {
    /// The same list under another unit.
    fn under(&self, hit: &Hit) -> String {
        self.ask.with(&[("unit", &hit.label), ("unit_id", &hit.unit_id)])
    }
}

/// The choices of stars.
pub fn star_choices(empty: &str) -> Vec<Choice> {
    let most = scale::all().iter().map(|scale| scale.thresholds.len()).max().unwrap_or(0);
    std::iter::once((String::new(), empty.to_owned()))
        .chain((1..=most).rev().map(|stars| (stars.to_string(), format!("{stars} sao"))))
        .collect()
}

fn group_choices(empty: &str) -> Vec<Choice> {
    std::iter::once((String::new(), empty.to_owned())).chain(group::choices(Tongue::Vi)).collect()
}

async fn register(visit: Visit) -> Result<Response> {
    let (today, region) = (visit.app.clock().today(), visit.app.region());
    let mut ask = Ask::new(&visit);
    let unit = ask.unit(&visit);
    let mut tx = visit.app.db().read().await?;
    // counted from the last day; rows have the day after it
    let soon = today + crate::setting::days(&mut tx, "certificate_notice_first", today).await? + chrono::Duration::days(2);
    let filing = super::term::regrading_on(today).filter(|_| ask.is_on("nop_ho_so"));
    let is_ending = ask.is_on("sap_het") || filing.is_some();
    let filter = Filter {
        group: ask.one("group", group::get).map(|group| group.id.clone()),
        stars: ask.one("stars", |typed| typed.parse().ok()),
        state: if is_ending { Some(State::Live) } else { ask.one("state", State::read) },
        ends_from: filing.map(|rule| today + chrono::Days::new(rule.closes + 1)),
        ends_before: is_ending.then(|| filing.map_or(soon, |rule| today + chrono::Days::new(rule.opens + 2))),
        end_is_asked: ask.is_on("hoi_ngay_cuoi"),
        from: Origin::read(ask.get("origin")),
        under: unit.filter(|unit| unit.level != crate::region::Level::Province).map(|unit| region.under(&unit.id, today)),
        producer: ask.some("producer").map(str::to_owned),
        q: ask.text(),
        is_wide: true,
        order: ask.one("xep", list::Order::read).unwrap_or_default(),
        after: ask.after(),
        size: ask.size(30),
        ..Filter::default()
    };
    let (scope, scoped) = (visit.actor.scope(), scoped(&visit));
    let list = list::page(&mut tx, &filter, &scope, scoped.as_ref()).await?;
    let mut hits = Vec::new();
    for other in unit.filter(|_| list.rows.is_empty() && filter.after.is_none()).map(|unit| region.instead_of(&unit.id)).unwrap_or_default()
    {
        let found =
            list::page(&mut tx, &Filter { under: Some(region.under(&other.id, today)), ..filter.clone() }, &scope, scoped.as_ref()).await?;
        hits.extend(Hit::new(region, other, found.rows.len(), found.next().is_some(), ("sản phẩm", "products"), today, visit.lang));
    }
    let total = list::count(&mut tx, &filter, &scope, scoped.as_ref(), view::COUNTED).await?;
    let orders = list::Order::ALL.map(|order| (order.word(), order.name()));
    let bar = view::bar(&mut tx, &visit, &ask, Head { shown: list.rows.len(), total, noun: "sản phẩm", orders: &orders }).await?;
    let counts = list::counts(&mut tx, &scope, scoped.as_ref()).await?;
    let tabs =
        State::ALL.into_iter().map(|state| (state, counts.iter().find(|(known, _)| *known == state).map_or(0, |(_, n)| *n))).collect();
    let units = list
        .rows
        .iter()
        .map(|row| {
            if row.origin.is_empty() {
                row.unit_today.as_deref().or(row.unit_id.as_deref()).map(|id| region.label_dated(id, today)).unwrap_or_default()
            } else {
                format!("Xuất xứ {}", row.origin)
            }
        })
        .collect();
    html(&RegisterPage {
        shell: visit.shell("Sản phẩm OCOP"),
        bar,
        groups: group_choices("Mọi nhóm"),
        stars: star_choices("Mọi hạng"),
        origins: [("", "Mọi nơi"), ("here", "Của Hà Nội"), ("elsewhere", "Của tỉnh, thành phố khác và nước bạn")]
            .map(|(word, text)| (word.to_owned(), text.to_owned()))
            .to_vec(),
        hits,
        may_add: may_add(&visit),
        keeps: visit.actor.can(KEEPER),
        list,
        tabs,
        filter,
        form: ask.form(),
        ask,
        units,
        today,
        soon,
    })
}

fn may_add(visit: &Visit) -> bool {
    match visit.actor.voice() {
        Some(Voice::Business) => visit.actor.confirmed,
        Some(Voice::Commune) => true,
        Some(Voice::City) => visit.actor.may(Act::KeepProducts) && visit.actor.can(KEEPER),
        _ => false,
    }
}

#[derive(Template)]
#[template(path = "product/edit.html")]
struct EditPage {
    shell: Shell,
    form: Form,
    product: Option<Product>,
    groups: Vec<Choice>,
    sets: Vec<&'static group::Set>,
    kinds: Vec<Choice>,
    is_own: bool,
    own: String,
    pictures: Vec<Attachment>,
}

fn is_own(visit: &Visit) -> bool {
    visit.actor.is(Voice::Business)
}

async fn edit_page(visit: &Visit, form: Form, product: Option<Product>) -> Result<Response> {
    let pictures = match &product {
        Some(product) => file::of(&mut visit.app.db().read().await?, "product", &product.id).await?,
        None => Vec::new(),
    };
    let kinds = std::iter::once((String::new(), "Chọn".to_owned())).chain(BodyKind::choices()).collect();
    let title = if product.is_some() { "Sửa sản phẩm" } else { "Thêm sản phẩm" };
    let sets = group::sets_on(visit.app.clock().today()).collect();
    let page = EditPage {
        shell: visit.shell(title),
        form,
        groups: group_choices("Chọn"),
        sets,
        kinds,
        is_own: is_own(visit),
        own: visit.actor.body_name().to_owned(),
        product,
        pictures,
    };
    page.form.answer(&page)
}

async fn new_form(visit: Visit) -> Result<Response> {
    if !may_add(&visit) {
        return Err(Refusal::forbidden().into());
    }
    edit_page(&visit, Form::new(Tongue::Vi), None).await
}

/// The producer of a form: the writer's own body, or the body that is named.
async fn producer(
    tx: &mut Tx,
    visit: &Visit,
    form: &ProductForm,
    product: &Product,
    said: &str,
) -> Result<std::result::Result<Option<String>, Errors>> {
    if is_own(visit) {
        return Ok(Ok(visit.actor.body_id().map(str::to_owned)));
    }
    let (unit, current) = (product.unit_id.as_deref(), product.producer_id.as_deref());
    let typed = Typed { name: &form.producer, kind: form.producer_kind, tax_code: form.tax_code.as_deref(), unit, current, said };
    Ok(typed::body(tx, visit, typed).await?.map(Some).map_err(|asked| {
        let mut errors = Errors::default();
        asked.put(&mut errors, "producer");
        errors
    }))
}

/// An address outside the writer's area, told at its field.
fn outside(visit: &Visit, product: &Product) -> Option<Errors> {
    let Scope::Unit(own) = visit.actor.scope() else { return None };
    if units(visit, product).contains(&own) {
        return None;
    }
    let mut errors = Errors::default();
    errors.add(
        "unit",
        both(
            "Xã, phường này ngoài địa bàn của bạn; hãy sửa lại hoặc báo Văn phòng Điều phối.",
            "This unit lies outside your area; correct it or tell the coordinating office.",
        ),
    );
    Some(errors)
}

/// Pictures are cleaned before the store is written: that takes seconds, in which nobody else could write.
async fn keep_pictures(visit: &Visit, files: Vec<crate::page::SentFile>) -> Result<Vec<file::Kept>> {
    let mut kept = Vec::new();
    for (_, name, upload) in files.into_iter().filter(|(field, ..)| field == "pictures") {
        kept.push(visit.app.files().keep_picture(&name, upload).await?);
    }
    Ok(kept)
}

async fn attach(tx: &mut Tx, visit: &Visit, id: &str, kept: &[file::Kept]) -> Result<()> {
    for picture in kept {
        let place = file::Place { kind: "product", id, field: "pictures", caption: "", position: None, is_public: true };
        file::add(tx, visit.app.clock().now(), picture, place, visit.actor.journal_id()).await?;
    }
    Ok(())
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    if !may_add(&visit) {
        return Err(Refusal::forbidden().into());
    }
    let (now, today, region) = (visit.app.clock().now(), visit.app.clock().today(), visit.app.region());
    let again = |errors: Errors| Form::with(sent.fields.clone(), errors, Tongue::Vi);
    let form = match check(&sent.fields, region, today, is_own(&visit)) {
        Ok(form) => form,
        Err(errors) => return edit_page(&visit, again(errors), None).await,
    };
    let mut product = model::blank(visit.actor.journal_id(), now);
    form.fill(&mut product);
    if let Some(errors) = outside(&visit, &product) {
        return edit_page(&visit, again(errors), None).await;
    }
    let kept = keep_pictures(&visit, sent.files).await?;
    let mut tx = once::begin(&visit, &sent.fields).await?;
    product.code = if form.code.is_empty() { store::next_code(&mut tx, today.year()).await? } else { form.code.clone() };
    product.producer_id = match producer(&mut tx, &visit, &form, &product, sent.fields.get("producer_who")).await? {
        Ok(producer) => producer,
        Err(errors) => {
            drop(tx);
            return edit_page(&visit, again(errors), None).await;
        }
    };
    store::derive(&mut product, region, today);
    model::stamp(&mut product, &[], today);
    if store::add(&mut tx, &product).await?.is_none() {
        drop(tx);
        let mut errors = Errors::default();
        errors.add(
            "code",
            both(
                "Mã này đã có sản phẩm khác dùng; hãy để trống để hệ thống cấp mã.",
                "Another product has this code; leave it empty to be given one.",
            ),
        );
        return edit_page(&visit, again(errors), None).await;
    }
    Note::of("add_product", ("product", &product.id), record(&product)).by(&mut tx, now, &visit.actor).await?;
    let id = product.id.clone();
    attach(&mut tx, &visit, &id, &kept).await?;
    once::end(tx, &sent.fields, go(&format!("/san-pham-ocop/{id}"), "da-luu")).await
}

/// A product, for the journal.
pub fn record(product: &Product) -> serde_json::Value {
    serde_json::json!({"set": {
        "code": product.code, "name": product.name, "producer": product.producer_id, "group": product.group_id, "group_as": product.group_as, "set": product.set_name,
        "unit": product.unit_id, "unit_today": product.unit_today, "origin": product.origin, "price": product.price, "capacity": product.capacity, "capacity_unit": product.capacity_unit,
        "lon": product.lon, "lat": product.lat, "state": product.state.word(), "stars": product.stars, "valid_to": product.valid_to,
    }})
}

async fn edit_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let product = load(&mut tx, &visit, &id).await?;
    must_edit(&visit, &product)?;
    let producer = body(&mut tx, &product.producer_id).await?;
    drop(tx);
    let fields = fields_of(&product, producer.as_ref(), visit.app.region());
    edit_page(&visit, Form::with(fields, Errors::default(), Tongue::Vi), Some(product)).await
}

fn must_edit(visit: &Visit, product: &Product) -> Result<()> {
    if model::may_edit(&visit.actor, product) { Ok(()) } else { Err(Refusal::forbidden().into()) }
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today, region) = (visit.app.clock().now(), visit.app.clock().today(), visit.app.region());
    let mut tx = visit.app.db().read().await?;
    let before = load(&mut tx, &visit, &id).await?;
    drop(tx);
    must_edit(&visit, &before)?;
    if before.version != sent.fields.version() {
        return Err(Refusal::stale().into());
    }
    let mut product = before.clone();
    let checked = check(&sent.fields, region, today, is_own(&visit)).and_then(|form| {
        form.fill(&mut product);
        outside(&visit, &product).map_or(Ok(form), Err)
    });
    let form = match checked {
        Ok(form) => form,
        Err(errors) => return edit_page(&visit, Form::with(sent.fields, errors, Tongue::Vi), Some(before)).await,
    };
    let kept = keep_pictures(&visit, sent.files).await?;
    let mut tx = visit.app.db().write().await?;
    if load(&mut tx, &visit, &id).await?.version != before.version {
        return Err(Refusal::stale().into());
    }
    if !is_own(&visit) {
        product.producer_id = match producer(&mut tx, &visit, &form, &product, sent.fields.get("producer_who")).await? {
            Ok(producer) => producer,
            Err(errors) => {
                drop(tx);
                return edit_page(&visit, Form::with(sent.fields, errors, Tongue::Vi), Some(before)).await;
            }
        };
    }
    store::derive(&mut product, region, today);
    model::stamp(&mut product, &store::certificates(&mut tx, &id).await?, today);
    if product != before {
        if store::save(&mut tx, &before, &product, now).await? == 0 {
            return Err(Refusal::stale().into());
        }
        Note::of("edit_product", ("product", &id), record(&product)).by(&mut tx, now, &visit.actor).await?;
    }
    attach(&mut tx, &visit, &id, &kept).await?;
    tx.commit().await?;
    Ok(go(&format!("/san-pham-ocop/{id}"), "da-luu"))
}

pub(super) async fn body(tx: &mut Tx, id: &Option<String>) -> Result<Option<Body>> {
    match id {
        Some(id) => Ok(party::store::find(tx, id).await?),
        None => Ok(None),
    }
}
