//! Certificates of which the day of the decision is not known to the day: what is asked for, and giving it.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;
use serde_json::json;

use super::model::{Certificate, Claim, end_of, may_certify};
use super::pages::load;
use super::{store, term};
use crate::access::{Act, Need, Routes};
use crate::db::{DbResult, Tx};
use crate::error::{Both, Refusal, Result};
use crate::journal::Note;
use crate::page::{Ask, COUNTED, Rows, Sent, Shell, Todo, TodoRow, Visit, Whose, go, html, page_key, read_key};
use crate::text::{Edtf, Tongue, date_vi};
use crate::{fetch_all, fetch_one};

const KEEPERS: Need = Need::May(Act::KeepProducts);
/// Rows a page.
const PAGE: i64 = 30;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/san-pham-ocop/ngay-chua-ro", KEEPERS, unknown).post("/san-pham-ocop/{id}/ngay/{certificate}", KEEPERS, give)
}

/// A certificate with a day that is not exact, and its product.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Vague {
    id: String,
    product_id: String,
    code: String,
    name: String,
    stars: i64,
    decision_no: String,
    decided_as: String,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
}

impl Vague {
    fn shown(&self) -> String {
        Edtf::parse(&self.decided_as).map_or_else(|| self.decided_as.clone(), |day| day.shown(Tongue::Vi))
    }

    fn last_day(&self) -> String {
        date_vi(self.valid_to.pred_opt().unwrap_or(self.valid_to))
    }
}

async fn vague(tx: &mut Tx, after: (&str, &str), rows: i64) -> DbResult<Vec<Vague>> {
    fetch_all!(
        tx,
        Vague,
        "select c.id, c.product_id, p.code, p.name, c.stars, c.decision_no, c.decided_as, c.valid_from, c.valid_to from certificate c join product p on p.id = c.product_id
         where c.decided_as <> '' and (c.decided_as, c.id) > ($1, $2) order by c.decided_as, c.id limit $3",
        after.0,
        after.1,
        rows
    )
}

/// What a keeper of products may complete.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    if !may_certify(&visit.actor) {
        return Ok(Vec::new());
    }
    let (count,) =
        fetch_one!(tx, (i64,), "select count(*) from (select 1 from certificate where decided_as <> '' limit $1) found", COUNTED + 1)?;
    let row = |vague: Vague| TodoRow {
        due: None,
        since: None,
        href: format!("/san-pham-ocop/{}", vague.product_id),
        place: format!("{} · quyết định {}: {}", vague.code, vague.decision_no, vague.shown()),
        title: vague.name,
        chip: None,
    };
    let rows = vague(tx, ("", ""), 5).await?.into_iter().map(row).collect();
    Ok(vec![Todo {
        id: "certificate-days",
        title: "Giấy chứng nhận chưa rõ ngày quyết định".into(),
        count,
        rows,
        all: "/san-pham-ocop/ngay-chua-ro".into(),
        deed: "Cần ghi ngày quyết định",
        whose: Whose::Do,
    }])
}

#[derive(Template)]
#[template(path = "product/dates.html")]
struct UnknownPage {
    shell: Shell,
    list: Rows<Vague>,
    ask: Ask,
}

async fn unknown(visit: Visit) -> Result<Response> {
    if !may_certify(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let ask = Ask::new(&visit);
    let key = read_key(ask.get("sau"));
    let mut tx = visit.app.db().read().await?;
    let found = vague(&mut tx, key.unwrap_or_default(), PAGE + 1).await?;
    drop(tx);
    let list = Rows::cut(found, PAGE, key.map(|(sort, _)| sort), |row| page_key(&row.decided_as, &row.id));
    html(&UnknownPage { shell: visit.shell("Giấy chứng nhận chưa rõ ngày"), list, ask })
}

/// The certificate once its decision has another day. A last day that was printed stays; one that was counted is counted anew.
fn redated(mut certificate: Certificate, decided: Edtf, months: i64, today: NaiveDate) -> Result<Certificate, Both> {
    let claim = Claim {
        stars: Some(certificate.stars),
        score: certificate.score,
        decision_no: certificate.decision_no.clone(),
        decided: Some(decided),
        number: certificate.number.clone(),
        valid_until: (certificate.end_rule == term::PRINTED).then(|| certificate.last_day()),
        ..Claim::default()
    };
    if let Some((_, text)) = claim.faults(months, today).into_iter().next() {
        return Err(text);
    }
    (certificate.decided_on, certificate.decided_as) = Edtf::columns(Some(decided));
    certificate.valid_from = claim.first_day().unwrap_or(certificate.valid_from);
    if let (None, Some(last)) = (claim.valid_until, claim.last_day()) {
        certificate.end_at(end_of(last, months).unwrap_or(certificate.valid_to));
        certificate.end_rule = term::end_rule(last).to_owned();
    }
    certificate.check_withdrawn()?;
    Ok(certificate)
}

async fn give(visit: Visit, Path((id, certificate)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    if !may_certify(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    let product = load(&mut tx, &visit, &id).await?;
    if product.version != sent.fields.version() {
        return Err(Refusal::stale().into());
    }
    let before = store::certificate(&mut tx, &certificate).await?.filter(|known| known.product_id == id).ok_or_else(Refusal::not_found)?;
    let decided = Edtf::read(sent.fields.get("exact_on")).map_err(|error| Refusal::invalid(error.into()))?;
    let decided =
        decided.ok_or_else(|| Refusal::invalid(crate::error::both("Hãy ghi ngày quyết định.", "Give the day of the decision.")))?;
    let months = super::scale::months(today);
    let after = redated(before, decided, months, today).map_err(Refusal::invalid)?;
    store::save_certificate(&mut tx, &after).await?;
    let product = store::restamp(&mut tx, &product, today, now).await?;
    let detail = json!({
        "certificate": after.id, "number": after.decision_no,
        "set": {"decided_on": after.decided().map(Edtf::word), "valid_from": after.valid_from, "valid_to": after.valid_to, "state": product.state.word()},
    });
    Note::of("date_certificate", ("product", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/san-pham-ocop/{id}"), "da-luu"))
}
