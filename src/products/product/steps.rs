//! A product is recognised with a certificate.

use axum::extract::Path;
use axum::response::Response;
use serde_json::json;

use super::form::claim;
use super::model::may_certify;
use super::pages::load;
use super::show::show_page;
use super::store;
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
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
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
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
    let certificate = claim.certificate(&id, months, "", visit.actor.journal_id(), now).ok_or_else(Refusal::stale)?;
    if store::add_certificate(&mut tx, &certificate).await?.is_none() {
        let number = certificate.number.as_deref().unwrap_or_default();
        let owner = match store::certificate_by_number(&mut tx, number).await? {
            Some(known) => store::find(&mut tx, &known.product_id).await?.map(|product| product.titled()).unwrap_or_default(),
            None => String::new(),
        };
        drop(tx);
        let mut errors = Errors::default();
        errors.add(
            "certificate_no",
            both(
                format!("Số giấy chứng nhận {number} đã cấp cho {owner}; hãy kiểm tra lại số."),
                format!("Certificate {number} belongs to {owner}; check the number."),
            ),
        );
        return show_page(&visit, &id, Form::with(sent.fields, errors, Tongue::Vi)).await;
    }
    let after = store::restamp(&mut tx, &product, today, now).await?;
    let detail = json!({
        "certificate": certificate.id, "number": certificate.decision_no, "from": product.state.word(), "to": after.state.word(),
        "set": {"certificate_no": certificate.number, "stars": certificate.stars, "score": certificate.score, "decided_on": certificate.decided().map(Edtf::word), "valid_from": certificate.valid_from,
            "valid_to": certificate.valid_to, "state": after.state.word()},
    });
    Note::of("recognise_product", ("product", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/san-pham-ocop/{id}"), "recognise"))
}
