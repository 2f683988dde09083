//! A new dossier: of which product, why, by which sheet; whether the programme takes its maker; who receives it.

use std::collections::BTreeSet;

use askama::Template;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Dossier, Kind, State};
use super::pages::WRITERS;
use super::{rule, store};
use crate::access::Routes;
use crate::clock::new_id;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, html, once};
use crate::party::{self, Body};
use crate::product::{self, Product, group};
use crate::scoring::mark::{self, Marks};
use crate::text::Tongue;
use crate::{region, scoring};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ho-so-danh-gia/moi", WRITERS, new_form).post("/ho-so-danh-gia/moi", WRITERS, create)
}

#[derive(Template)]
#[template(path = "dossier/new.html")]
struct NewPage {
    shell: Shell,
    form: Form,
    products: Vec<Choice>,
    sets: Vec<Choice>,
    kinds: Vec<Choice>,
    /// Whether the producer is a firm whose size is asked.
    is_firm: bool,
}

impl NewPage {
    fn sizes(&self) -> Vec<Choice> {
        [("small", "Siêu nhỏ, nhỏ hoặc vừa"), ("large", "Lớn")].map(|(word, name)| (word.to_owned(), name.to_owned())).to_vec()
    }
}

async fn new_page(visit: &Visit, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let filter = product::list::Filter { producer: visit.actor.body_id().map(str::to_owned), size: 200, ..Default::default() };
    let own = product::list::page(&mut tx, &filter, &visit.actor.scope(), None).await?;
    let mut products = vec![(String::new(), "Chọn sản phẩm".to_owned())];
    products.extend(own.rows.into_iter().map(|row| (row.id, row.name)));
    let mut sets = vec![(String::new(), "Theo bộ đã ghi của sản phẩm".to_owned())];
    let (sheets, _) = scoring::store::in_use(&mut tx).await?;
    let known = group::sets_on(today).filter(|set| sheets.iter().any(|sheet| sheet.set == set.id));
    sets.extend(known.map(|set| (set.id.clone(), set.number.map_or_else(|| set.name.clone(), |number| format!("{number}. {}", set.name)))));
    let kinds = Kind::ALL.into_iter().map(|kind| (kind.word().to_owned(), kind.name().to_owned())).collect();
    let own = match visit.actor.body_id() {
        Some(body) => party::store::find(&mut tx, body).await?.map(|body| body.kind).unwrap_or_default(),
        None => String::new(),
    };
    let is_firm = rule::receiver(today).is_some_and(|rule| rule.asks_size(&own));
    let page = NewPage { shell: visit.shell("Lập hồ sơ đánh giá"), products, sets, kinds, is_firm, form };
    if page.form.errors.is_empty() { html(&page) } else { page.form.answer(&page) }
}

async fn new_form(visit: Visit) -> Result<Response> {
    let fields = Fields::new([("product".to_owned(), visit.query.get("product").to_owned())]);
    new_page(&visit, Form::with(fields, Errors::default(), Tongue::Vi)).await
}

/// The set under which a product is marked today: the one that is recorded, or the one into which that went.
fn set_of(product: &Product, today: NaiveDate) -> Option<&'static group::Set> {
    let recorded = group::set(&product.set_id).or_else(|| group::read_set(&product.set_name, today))?;
    if recorded.to.is_none_or(|to| today < to) { Some(recorded) } else { recorded.today() }
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut errors = Errors::default();
    let kind = Kind::read(fields.get("kind"));
    if kind.is_none() {
        errors.add("kind", both("Hãy chọn loại hồ sơ.", "Choose the kind of dossier."));
    }
    let mut tx = once::begin(&visit, &fields).await?;
    let product = match fields.some("product") {
        Some(id) => product::store::find(&mut tx, id)
            .await?
            .filter(|product| product.producer_id.as_deref().is_some_and(|producer| model::may_prepare(&visit.actor, producer))),
        None => None,
    };
    if product.is_none() {
        errors.add("product", both("Hãy chọn một sản phẩm của đơn vị mình.", "Choose a product of your own."));
    }
    let set = match (fields.some("set"), &product) {
        (Some(id), _) => group::sets_on(today).find(|set| set.id == id),
        (None, Some(product)) => set_of(product, today),
        _ => None,
    };
    let sheet = match set {
        Some(set) => scoring::store::sheet(&mut tx, &set.id).await?,
        None => None,
    };
    if product.is_some() && sheet.is_none() {
        errors.add(
            "set",
            both("Chưa rõ sản phẩm thuộc bộ nào hiện nay; hãy chọn bộ sản phẩm.", "The product set of today is not clear; choose it."),
        );
    }
    let (mut certificates, mut maker) = (Vec::new(), None);
    if let Some(product) = &product {
        certificates = product::store::certificates(&mut tx, &product.id).await?;
        maker = party::store::find(&mut tx, product.producer_id.as_deref().unwrap_or_default()).await?;
    }
    if let (Some(kind), Some(_)) = (kind, &product) {
        match model::filing(kind, &certificates, today) {
            // before its time it is prepared, not sent
            Ok(_) => {}
            Err(refusal) if refusal.code == "too-early" => {}
            Err(refusal) => errors.refuse("kind", &refusal),
        }
    }
    if let (Some(rule), Some(product)) = (rule::receiver(today), &product) {
        let maker = maker.as_ref().map_or("", |body| body.kind.as_str());
        let group = set.map_or(product.group_id.as_str(), |set| set.group.as_str());
        if !rule.takes(maker, group) {
            let name = party::BodyKind::read(maker).map_or("", party::BodyKind::name);
            errors.add(
                "product",
                both(
                    format!("{name} không thuộc các chủ thể được đánh giá sản phẩm nhóm này ({}).", rule.clause),
                    format!("The programme takes no such body for products of this group ({}).", rule.clause),
                ),
            );
        }
        match (rule.asks_size(maker), fields.get("size")) {
            (true, "large") => errors.add(
                "size",
                both(
                    format!("Chỉ nhận {} ({}); doanh nghiệp lớn không được đánh giá.", rule.firms, rule.clause),
                    format!("Only small and medium firms are taken ({}).", rule.clause),
                ),
            ),
            (true, "small") | (false, _) => {}
            (true, _) => errors.add("size", both("Hãy chọn quy mô doanh nghiệp.", "Choose the size of the firm.")),
        }
    }
    let (Some(kind), Some(product), Some(sheet), true) = (kind, product, sheet, errors.is_empty()) else {
        drop(tx);
        return new_page(&visit, Form::with(fields, errors, Tongue::Vi)).await;
    };
    if let Some(running) = store::running(&mut tx, &product.id).await? {
        // one whose product was decided upon meanwhile runs no more
        let is_decided = running.state == State::Proposed
            && certificates.iter().filter_map(|certificate| certificate.decided_on).any(|on| Some(on) >= running.reported_on);
        if !is_decided {
            return Ok(go(&format!("/ho-so-danh-gia/{}", running.id), "dossier_runs"));
        }
        if store::save(&mut tx, &Dossier { once: None, ..running.clone() }, running.version, now).await? == 0 {
            return Err(Refusal::stale().into());
        }
    }
    let marks = Marks::default();
    let outcome = mark::outcome(sheet, &marks, &[]);
    let dossier = Dossier {
        id: new_id(),
        unit_id: receiver_of(&visit, &product, maker.as_ref(), today),
        product_id: product.id.clone(),
        producer_id: product.producer_id.clone().unwrap_or_default(),
        kind,
        sheet: sheet.set.clone(),
        sheet_digest: sheet.digest.clone(),
        state: State::Draft,
        state_since: today,
        marks: serde_json::to_string(&marks).unwrap_or_default(),
        news: String::new(),
        points: 0,
        star: 0,
        answered: 0,
        asked: outcome.asked as i64,
        sent_on: None,
        due_on: None,
        receipt: String::new(),
        digest: String::new(),
        reason: String::new(),
        findings: String::new(),
        report_no: String::new(),
        reported_on: None,
        once: Some(product.id.clone()),
        version: 1,
        created_by: visit.actor.journal_id().to_owned(),
        created_at: now,
        updated_at: now,
    };
    if !store::add(&mut tx, &dossier).await? {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"set": {"kind": kind.word(), "sheet": dossier.sheet, "product": product.id}});
    Note::of("begin_dossier", ("dossier", &dossier.id), detail).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, go(&format!("/ho-so-danh-gia/{}", dossier.id), "begin_dossier")).await
}

/// Where a product's dossier is received: in the commune of today where its maker is, or in the district above, by the law of the
/// day.
fn receiver_of(visit: &Visit, product: &Product, body: Option<&Body>, today: NaiveDate) -> Option<String> {
    let region = visit.app.region();
    let commune = commune_of(visit, product, body, today)?;
    match rule::receiver(today).map(|rule| rule.level) {
        Some(region::Level::District) => {
            // a commune that came later lies where those lay that went into it, if that was one district
            let own = std::iter::once(&commune).chain(region.predecessors(&commune)).filter_map(|id| region.get(id));
            let above: BTreeSet<&str> = own.filter(|unit| unit.is_valid(today)).filter_map(|unit| unit.parent_id.as_deref()).collect();
            if above.len() == 1 { above.into_iter().next().map(str::to_owned) } else { None }
        }
        _ => Some(commune),
    }
}

/// The commune of today where a product's maker is: that of the product, else that of the body.
fn commune_of(visit: &Visit, product: &Product, body: Option<&Body>, today: NaiveDate) -> Option<String> {
    let of_body = || {
        body.and_then(|body| body.unit_id.as_deref()).and_then(|unit| match visit.app.region().today(unit, None, today) {
            region::Today::Known(unit) => Some(unit),
            region::Today::Unclear(_) => None,
        })
    };
    product.unit_today.clone().or_else(of_body)
}
