//! Claims: why a product without an OCOP certificate may stand in the OCOP zone, each with its paper.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::zone::{self, ZoneClaim};
use super::{form, model, store, takedown};
use crate::access::papers;
use crate::access::{Act, Need, Routes};
use crate::error::{Refusal, Result, both};
use crate::file::{self, Paper};
use crate::journal::Note;
use crate::page::{Ask, Choice, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, html, keep_papers, once};
use crate::product::{self, Product};
use crate::text::Tongue;

/// What papers of a claim are attached to.
pub const PAPER: &str = "zone_claim";

const KEEPERS: Need = Need::May(Act::KeepConnections);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ket-noi/can-cu", Need::Staff, list).post_files("/ket-noi/can-cu", KEEPERS, add).post(
        "/ket-noi/can-cu/{id}/ket-thuc",
        KEEPERS,
        end,
    )
}

#[derive(Template)]
#[template(path = "connection/claims.html")]
struct ListPage {
    shell: Shell,
    product: Option<Product>,
    rows: Vec<(ZoneClaim, String)>,
    papers: HashMap<String, Vec<Paper>>,
    over: Vec<&'static zone::Basis>,
    ask: Ask,
    page: Rows<()>,
    form: Form,
    bases: Vec<Choice>,
    today: NaiveDate,
    may: bool,
}

impl ListPage {
    fn name(&self, claim: &ZoneClaim) -> &'static str {
        zone::name(&claim.basis, Tongue::Vi)
    }

    fn field(&self, part: &str, id: &str) -> String {
        format!("{part}-{id}")
    }

    fn papers(&self, claim: &ZoneClaim) -> &[Paper] {
        self.papers.get(&claim.id).map_or(&[], Vec::as_slice)
    }

    fn clauses(&self) -> &'static [zone::Basis] {
        zone::all()
    }
}

async fn page(visit: &Visit, product_id: Option<&str>, form: Form) -> Result<ListPage> {
    const ROWS: i64 = 30;
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let product = match product_id {
        Some(id) => Some(product::store::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?),
        None => None,
    };
    let ask = Ask::at(visit, "/ket-noi/can-cu");
    let mut page = Rows::none();
    let rows = match &product {
        Some(product) => store::claims(&mut tx, &product.id).await?.into_iter().rev().map(|claim| (claim, product.name.clone())).collect(),
        None => {
            let rows = store::claim_page(&mut tx, ask.get("sau"), ROWS + 1).await?;
            let (rows, rest) = Rows::cut(rows, ROWS, ask.get("sau"), |(id, ..)| id.clone()).take();
            page = rest;
            let mut found = Vec::new();
            for (id, _, name) in rows {
                if let Some(claim) = store::claim(&mut tx, &id).await? {
                    found.push((claim, name));
                }
            }
            found
        }
    };
    let mut papers = HashMap::new();
    for (claim, _) in &rows {
        let claim: &ZoneClaim = claim;
        let found = papers::within(&mut tx, PAPER, &claim.id, "").await?;
        if !found.is_empty() {
            papers.insert(claim.id.clone(), found);
        }
    }
    let over = store::zone_law(&mut tx).await?.over(today);
    let mut bases = vec![(String::new(), "Chọn căn cứ".to_owned())];
    bases.extend(zone::all().iter().filter(|basis| basis.paper).map(|basis| (basis.id.clone(), basis.name.clone())));
    Ok(ListPage {
        shell: visit.shell("Căn cứ bày trong khu OCOP"),
        product,
        rows,
        papers,
        over,
        ask,
        page,
        form,
        bases,
        today,
        may: model::is_office(&visit.actor),
    })
}

async fn list(visit: Visit) -> Result<Response> {
    html(&page(&visit, visit.query.some("product"), Form::new(Tongue::Vi)).await?)
}

async fn again(visit: &Visit, product_id: &str, fields: Fields, errors: Errors) -> Result<Response> {
    let page = page(visit, Some(product_id), Form::with(fields, errors, Tongue::Vi)).await?;
    page.form.answer(&page)
}

async fn add(visit: Visit, sent: Sent) -> Result<Response> {
    if !model::is_office(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let now = visit.app.clock().now();
    let (fields, files) = (sent.fields, sent.files);
    let product_id = fields.get("product").to_owned();
    let claim = match form::claim(&fields, &product_id, &visit) {
        Ok(claim) => claim,
        Err(errors) => return again(&visit, &product_id, fields, errors).await,
    };
    let mut errors = Errors::default();
    let papers = keep_papers(&visit, files, "papers", &mut errors).await?;
    if !errors.is_empty() {
        return again(&visit, &product_id, fields, errors).await;
    }
    let mut tx = once::begin(&visit, &fields).await?;
    let product = product::store::find(&mut tx, &product_id).await?.ok_or_else(Refusal::not_found)?;
    store::add_claim(&mut tx, &claim).await?;
    for paper in &papers {
        let place = file::Place { kind: PAPER, id: &claim.id, field: "papers", caption: "", position: None, is_public: false };
        file::add(&mut tx, now, paper, place, visit.actor.journal_id()).await?;
    }
    let detail = serde_json::json!({
        "number": claim.paper_no, "note": zone::name(&claim.basis, Tongue::Vi),
        "set": {"basis": claim.basis, "origin": claim.origin, "paper_no": claim.paper_no, "paper_issuer": claim.paper_issuer, "valid_from": claim.valid_from, "valid_to": claim.valid_to},
    });
    Note::of("add_claim", ("product", &product.id), detail).by(&mut tx, now, &visit.actor).await?;
    takedown::refresh(&mut tx, &visit.app, &product.id).await?;
    let answer = once::end(tx, &fields, go(&format!("/ket-noi/can-cu?product={}", product.id), "da-luu")).await?;
    visit.app.wake();
    Ok(answer)
}

/// A claim ends before the day its paper says.
async fn end(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    if !model::is_office(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let claim = store::claim(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    let mut errors = Errors::default();
    let (day_field, note_field) = (format!("day-{id}"), format!("reason-{id}"));
    let day = form::day(&fields, &day_field, Some(claim.valid_from), today, &mut errors);
    let note = fields.text(&note_field, form::TEXT, &mut errors);
    if note.is_empty() {
        errors.add(&note_field, both("Hãy ghi lý do.", "State the reason."));
    }
    let Some(day) = day.filter(|_| errors.is_empty()) else {
        drop(tx);
        return again(&visit, &claim.product_id, fields, errors).await;
    };
    if store::end_claim(&mut tx, &id, day, &note).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"number": claim.paper_no, "reason": note, "set": {"withdrawn_on": day}});
    Note::of("end_claim", ("product", &claim.product_id), detail).by(&mut tx, now, &visit.actor).await?;
    takedown::refresh(&mut tx, &visit.app, &claim.product_id).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/ket-noi/can-cu?product={}", claim.product_id), "da-luu"))
}
