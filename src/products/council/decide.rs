//! The decision on a sitting: what becomes of each product by its star and by who decides on that star on that day; certificates
//! where the city recognises, the ministry's part where it does not decide, reasons where nothing is recognised.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::agenda::{CONDUCTORS, READERS};
use super::model::{Item, Sitting, State};
use super::result;
use super::store::{self, Decided, Decision};
use crate::access::{Act, Of, Readers, Routes, Voice};
use crate::clock::new_id;
use crate::db::Tx;
use crate::dossier::model::{Dossier, Kind};
use crate::error::{Both, Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Form, Sent, Shell, Visit, go, once};
use crate::product::{self, Product, decider, model::Claim, recognition::Recognition, scale};
use crate::text::{Edtf, Tongue, date_vi};
use crate::{dossier, mail, words};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/phien-danh-gia/{id}/quyet-dinh", READERS, show).post("/phien-danh-gia/{id}/quyet-dinh", CONDUCTORS, decide)
}

words! {
    /// What a decision says of a product.
    pub enum Outcome {
        /// It is recognised, with a certificate.
        Granted = "granted" / "công nhận",
        /// The ministry decides on it.
        Central = "central" / "chuyển Trung ương",
        /// It is not recognised.
        Refused = "refused" / "không công nhận",
    }
}

/// What becomes of a star on a day: by who decides on it, and from how many stars there is a certificate.
pub(super) fn outcome(star: i64, day: NaiveDate) -> std::result::Result<Outcome, Both> {
    let certified = scale::on(day).map_or(i64::MAX, |scale| scale.certified_from);
    if star < certified {
        return Ok(Outcome::Refused);
    }
    match decider::on(star, day).map(|decider| decider.by.as_str()) {
        Some("province") => Ok(Outcome::Granted),
        Some(_) => Ok(Outcome::Central),
        None => Err(both(
            format!(
                "Không nguồn nào nêu cơ quan quyết định hạng {star} sao vào ngày {}; quản trị viên phải ghi ở mục Văn bản trước.",
                date_vi(day)
            ),
            format!("No source says who decides on {star} stars on {}.", date_vi(day)),
        )),
    }
}

/// A product of the sitting with what the decision will say of it.
struct Line {
    item: Item,
    dossier: Dossier,
    product: Product,
    outcome: std::result::Result<Outcome, Both>,
    reasons: Vec<String>,
}

impl Line {
    fn mean(&self) -> String {
        scale::points(self.item.mean())
    }

    fn is_granted(&self) -> bool {
        matches!(self.outcome, Ok(Outcome::Granted))
    }

    /// The field for the number of its certificate.
    fn field(&self) -> String {
        format!("number-{}", self.item.id)
    }
}

#[derive(Template)]
#[template(path = "council/decision.html")]
struct DecisionPage {
    shell: Shell,
    sitting: Sitting,
    lines: Vec<Line>,
    decision: Option<Decision>,
    decided: BTreeMap<String, Decided>,
    form: Form,
    may_conduct: bool,
    /// How long a certificate is valid, in months.
    months: i64,
}

impl DecisionPage {
    fn of(&self, line: &Line) -> Option<&Decided> {
        self.decided.get(&line.item.id)
    }
}

/// Why a product is not recognised, a line each.
async fn reasons(tx: &mut Tx, visit: &Visit, sitting: &str, item: &Item) -> Result<Vec<String>> {
    let (tally, sheet) = result::tally_of(tx, visit, sitting, &item.id).await?;
    let mut found = Vec::new();
    if let Some(key) = &tally.ended {
        found.push(format!("Dừng chấm: {}", result::named(sheet, key)));
    }
    if tally.band > item.star && tally.ended.is_none() {
        found.push(format!("Bình quân {} điểm, ở mức {} sao, nhưng thiếu điều kiện:", scale::points(item.mean()), tally.band));
        found.extend(tally.unmet.iter().map(|(star, no)| format!("điều kiện {star} sao, mục {}", result::named(sheet, no))));
    } else if tally.ended.is_none() {
        found.push(format!("Bình quân {} điểm, ở mức {} sao", scale::points(item.mean()), item.star));
    }
    Ok(found)
}

async fn lines(tx: &mut Tx, visit: &Visit, sitting: &Sitting, day: NaiveDate) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for listed in store::agenda(tx, &sitting.id, 0, 400).await? {
        let dossier = dossier::store::find(tx, &listed.item.dossier_id).await?.ok_or_else(Refusal::not_found)?;
        let product = product::store::find(tx, &dossier.product_id).await?.ok_or_else(Refusal::not_found)?;
        let outcome = outcome(listed.item.star, day);
        let reasons =
            if matches!(outcome, Ok(Outcome::Refused)) { reasons(tx, visit, &sitting.id, &listed.item).await? } else { Vec::new() };
        lines.push(Line { item: listed.item, dossier, product, outcome, reasons });
    }
    Ok(lines)
}

async fn page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let sitting = store::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    sitting.must_be(State::Closed)?;
    let decision = store::decision(&mut tx, id).await?;
    let day = decision.as_ref().map_or(today, |decision| decision.decided_on);
    let decided = match &decision {
        Some(decision) => store::decided(&mut tx, &decision.id).await?,
        None => BTreeMap::new(),
    };
    let page = DecisionPage {
        shell: visit.shell("Quyết định kết quả đánh giá"),
        lines: lines(&mut tx, visit, &sitting, day).await?,
        decision,
        decided,
        may_conduct: visit.actor.may(Act::ConductSessions),
        months: scale::months(day),
        sitting,
        form,
    };
    page.form.answer(&page)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    page(&visit, &id, Form::new(Tongue::Vi)).await
}

#[derive(Template)]
#[template(path = "council/letter_result.txt", whitespace = "preserve")]
struct ResultLetter<'a> {
    product: &'a str,
    outcome: Outcome,
    star: i64,
    decision: &'a Decision,
    reasons: &'a str,
    dossier: &'a str,
    base: &'a str,
}

/// Writes to the producer and its commune what was decided.
async fn tell(tx: &mut Tx, visit: &Visit, line: &Line, decision: &Decision, decided: &Decided) -> Result<()> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut readers = Readers::find(tx, Voice::Business, Of::Body(&line.dossier.producer_id), today).await?;
    readers.add(tx, Voice::Commune, line.dossier.unit_id.as_deref().map(Of::Unit), today).await?;
    let letter = ResultLetter {
        product: &line.product.name,
        outcome: decided.outcome,
        star: decided.star,
        decision,
        reasons: &decided.reasons,
        dossier: &line.dossier.id,
        base: &visit.app.config().base_url,
    };
    mail::letter(tx, now, readers, &format!("Kết quả đánh giá OCOP: {}", line.product.name), &letter).await?;
    Ok(())
}

async fn decide(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut errors = Errors::default();
    let number = fields.must("number", 60, both("Hãy ghi số quyết định.", "Give the number of the decision."), &mut errors);
    let on = fields.day("decided_on", &mut errors);
    let body = fields.must("body", 200, both("Hãy ghi cơ quan ra quyết định.", "Say who decided."), &mut errors);
    let signer = fields.text("signer", 120, &mut errors);
    let mut tx = once::begin(&visit, &fields).await?;
    let sitting = store::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    sitting.must_be(State::Closed)?;
    if store::decision(&mut tx, &id).await?.is_some() {
        return Err(Refusal::stale().into());
    }
    if on.is_some_and(|on| on > today || on < sitting.held_on) {
        errors.add("decided_on", both("Ngày quyết định từ ngày họp đến hôm nay.", "The decision lies between the sitting and today."));
    }
    let lines = lines(&mut tx, &visit, &sitting, on.unwrap_or(today)).await?;
    for line in &lines {
        if let Err(text) = &line.outcome {
            errors.add("decided_on", text.clone());
        }
    }
    let (Some(on), true) = (on, errors.is_empty()) else {
        drop(tx);
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    };
    let decision = Decision { id: new_id(), sitting_id: id.clone(), number, decided_on: on, body, signer };
    if !store::add_decision(&mut tx, &decision, visit.actor.journal_id(), now).await? {
        return Err(Refusal::stale().into());
    }
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for line in &lines {
        let Ok(outcome) = line.outcome else { continue };
        let mut decided = Decided {
            item_id: line.item.id.clone(),
            dossier_id: line.dossier.id.clone(),
            outcome,
            star: line.item.star,
            certificate_id: None,
            reasons: line.reasons.join("\n"),
        };
        if outcome == Outcome::Granted {
            let claim = claim(line, &decision, fields.some(&line.field()).map(str::to_owned));
            match product::certify(&mut tx, &visit, &line.product, &claim).await? {
                Ok(certificate) => decided.certificate_id = Some(certificate.id),
                Err(text) => errors.add(line.field(), text),
            }
        }
        store::add_decided(&mut tx, &decision.id, &decided).await?;
        dossier::store::finish(&mut tx, &line.dossier.id).await?;
        tell(&mut tx, &visit, line, &decision, &decided).await?;
        *counts.entry(outcome.word()).or_default() += 1;
        let detail = serde_json::json!({"decision": decision.id, "number": decision.number, "set": {"outcome": outcome.word(), "star": decided.star, "decided_on": on}});
        Note::of("decide_dossier", ("dossier", &line.dossier.id), detail).by(&mut tx, now, &visit.actor).await?;
    }
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let detail = serde_json::json!({"counts": counts, "set": {"decision_no": decision.number, "decided_on": on}});
    Note::of("decide_sitting", ("sitting", &id), detail).by(&mut tx, now, &visit.actor).await?;
    let answer = once::end(tx, &fields, go(&format!("/phien-danh-gia/{id}/quyet-dinh"), "decide_sitting")).await?;
    visit.app.wake();
    Ok(answer)
}

/// What the certificate of a product says.
fn claim(line: &Line, decision: &Decision, number: Option<String>) -> Claim {
    Claim {
        stars: Some(line.item.star),
        score: Some(line.item.mean()),
        decision_no: decision.number.clone(),
        decided: Some(Edtf::exact(decision.decided_on)),
        after: None,
        number,
        valid_until: None,
        recognised_by: decision.body.clone(),
        recognition: Some(match line.dossier.kind {
            Kind::First => Recognition::First,
            Kind::Upgrade => Recognition::Upgrade,
            Kind::Regrade => Recognition::Regrading,
        }),
    }
}
