//! A product is recognised with a certificate.

use axum::extract::Path;
use axum::response::Response;
use serde_json::json;

use super::form::claim;
use super::model::{Certificate, Claim, Product, may_certify};
use super::pages::load;
use super::show::show_page;
use super::store;
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Both, Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Form, Sent, Visit, go};
use crate::text::{Edtf, Tongue};

const KEEPERS: Need = Need::May(Act::KeepProducts);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post("/san-pham-ocop/{id}/cong-nhan", KEEPERS, recognise)
}

async fn open(visit: &Visit) -> Result<Tx> {
    if !may_certify(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    Ok(visit.app.db().write().await?)
}

async fn recognise(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = open(&visit).await?;
    let product = load(&mut tx, &visit, &id).await?;
    if product.version != sent.fields.version() {
        return Err(Refusal::stale().into());
    }
    let months = super::scale::months(today);
    let claim = match claim(&sent.fields, months, today) {
        Ok(claim) => claim,
        Err(errors) => {
            drop(tx);
            return show_page(&visit, &id, Form::with(sent.fields, errors, Tongue::Vi)).await;
        }
    };
    if let Err(text) = certify(&mut tx, &visit, &product, &claim).await? {
        drop(tx);
        let mut errors = Errors::default();
        errors.add("certificate_no", text);
        return show_page(&visit, &id, Form::with(sent.fields, errors, Tongue::Vi)).await;
    }
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/san-pham-ocop/{id}"), "recognise"))
}

/// Gives a product the certificate of a claim that has no faults; or says why its number cannot be.
pub async fn certify(tx: &mut Tx, visit: &Visit, product: &Product, claim: &Claim) -> Result<std::result::Result<Certificate, Both>> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let months = super::scale::months(claim.last_day().unwrap_or(today));
    let certificate = claim.certificate(&product.id, months, "", visit.actor.journal_id(), now).ok_or_else(Refusal::stale)?;
    if store::add_certificate(tx, &certificate).await?.is_none() {
        let number = certificate.number.as_deref().unwrap_or_default();
        let owner = match store::certificate_by_number(tx, number).await? {
            Some(known) => store::find(tx, &known.product_id).await?.map(|product| product.titled()).unwrap_or_default(),
            None => String::new(),
        };
        return Ok(Err(both(
            format!("Số giấy chứng nhận {number} đã cấp cho {owner}; hãy kiểm tra lại số."),
            format!("Certificate {number} belongs to {owner}; check the number."),
        )));
    }
    let after = store::restamp(tx, product, today, now).await?;
    let detail = json!({
        "certificate": certificate.id, "number": certificate.decision_no, "from": product.state.word(), "to": after.state.word(),
        "set": {"certificate_no": certificate.number, "stars": certificate.stars, "score": certificate.score, "decided_on": certificate.decided().map(Edtf::word), "valid_from": certificate.valid_from,
            "valid_to": certificate.valid_to, "state": after.state.word()},
    });
    Note::of("recognise_product", ("product", &product.id), detail).by(tx, now, &visit.actor).await?;
    Ok(Ok(certificate))
}
