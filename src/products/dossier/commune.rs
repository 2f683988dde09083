//! The part of the commune: the whole dossier on one page, what it found on each content, its report and proposal; or back to the
//! producer with what has to be added.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::known::{self, Fact};
use super::model::{self, Dossier, Findings, State};
use super::pages::{load, page, save, sheet_of};
use super::person::{self, Person};
use super::rule::{self, Receiver};
use super::store::{self, Proof};
use super::{serial, wallet};
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::file::Paper;
use crate::page::{Errors, Fields, Form, Sent, Visit, go};
use crate::party::{self, Body};
use crate::product::{self, Product, scale};
use crate::scoring::mark;
use crate::scoring::sheet::Sheet;
use crate::text::Tongue;

const CHECKERS: Need = Need::May(Act::CheckDossiers);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post("/ho-so-danh-gia/{id}/tra-lai", CHECKERS, send_back).post("/ho-so-danh-gia/{id}/bao-cao", CHECKERS, propose)
}

/// An answer as whoever checks reads it.
pub struct Read {
    /// Number and name of the criterion.
    pub no: &'static str,
    /// Name of the criterion.
    pub vi: &'static str,
    /// Points and words of the answer.
    pub answer: Option<(i64, &'static str)>,
    /// What the producer says.
    pub words: String,
    /// What proves it, with what is wrong with it.
    pub proofs: Vec<(Proof, Option<String>)>,
}

/// What the commune has before it.
pub struct Part {
    /// The rule of the day on which the dossier came.
    pub rule: Option<&'static Receiver>,
    /// All answers.
    pub answers: Vec<Read>,
    /// What the system knew itself when it was sent.
    pub known: BTreeMap<String, Vec<Fact>>,
    /// The files of the proofs.
    pub files: HashMap<String, Vec<Paper>>,
    /// What it found, once it reported.
    pub findings: Findings,
    /// Whether the reader does its part now.
    pub may_check: bool,
    /// The round of the city that a proposal of today reaches, or the one that was reached.
    pub round: Option<rule::Coming>,
    /// Whether the holidays of these days are known.
    pub knows_days_off: bool,
    /// Other dossiers that were reported under the same number and day, with their products.
    pub same_report: Vec<(String, String)>,
}

impl Part {
    /// What the council of the receiver came to: "72,5".
    pub fn council_points(&self) -> Option<String> {
        self.findings.council_points.map(scale::points)
    }

    /// The files of a paper.
    pub fn of(&self, proof: &Proof) -> &[Paper] {
        self.files.get(&proof.evidence.id).map_or(&[], Vec::as_slice)
    }

    /// What the system knew for a line.
    pub fn known_for(&self, no: &str) -> &[Fact] {
        self.known.get(no).map_or(&[], Vec::as_slice)
    }

    /// What was found on a content.
    pub fn found(&self, id: &str) -> &str {
        self.findings.checks.get(id).map_or("", String::as_str)
    }
}

/// What others than the producer see of a dossier: nothing until it was sent.
pub async fn part(
    tx: &mut Tx,
    visit: &Visit,
    dossier: &Dossier,
    sheet: &'static Sheet,
    proofs: &[Proof],
    words: &Words,
) -> Result<Option<Part>> {
    let Some(sent_on) = dossier.sent_on else { return Ok(None) };
    Ok(Some(Part {
        rule: rule::receiver(sent_on),
        may_check: dossier.state == State::Sent && model::may_check(&visit.actor, dossier.unit_id.as_deref()),
        knows_days_off: !crate::setting::days_off(tx, sent_on).await?.is_empty(),
        findings: dossier.found(),
        same_report: store::same_report(tx, dossier).await?,
        round: rule::round("province", dossier.reported_on.unwrap_or_else(|| visit.app.clock().today())),
        known: known::of(tx, visit.app.held(), dossier, None).await?,
        files: wallet::files_of(tx, proofs).await?,
        answers: read(visit.app.clock().today(), dossier, sheet, proofs, words),
    }))
}

/// A dossier as a council has it before it.
pub struct Case {
    /// The dossier.
    pub dossier: Dossier,
    /// Its sheet, in the wording it was sent by.
    pub sheet: &'static Sheet,
    /// Answers, proofs, what the commune found.
    pub part: Part,
}

/// A dossier for a council that has it before it; that the caller may read it was asked by the council. None before it was sent.
pub async fn before_council(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Option<Case>> {
    let dossier = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let sheet = sheet_of(tx, &dossier).await?;
    let (proofs, words) = (store::proofs(tx, id).await?, store::words(tx, id).await?);
    let part = part(tx, visit, &dossier, sheet, &proofs, &words).await?;
    Ok(part.map(|part| Case { dossier, sheet, part }))
}

/// What the producer says beside each answer.
type Words = BTreeMap<String, String>;

/// The answers of a dossier as others read them, with what proves them and what is wrong with that today.
fn read(today: NaiveDate, dossier: &Dossier, sheet: &'static Sheet, proofs: &[Proof], words: &Words) -> Vec<Read> {
    let marks = dossier.answers();
    sheet
        .asked()
        .filter(|line| mark::applies(&marks, line))
        .map(|line| Read {
            no: &line.no,
            vi: &line.vi,
            answer: mark::chosen(&marks, line).map(|answer| (answer.points, answer.vi.as_str())),
            words: words.get(&line.no).cloned().unwrap_or_default(),
            proofs: proofs.iter().filter(|proof| proof.no == line.no).map(|proof| (proof.clone(), proof.evidence.fault(today))).collect(),
        })
        .collect()
}

/// A dossier with all that belongs to it, for its forms.
pub struct Whole {
    /// The dossier.
    pub dossier: Dossier,
    /// Its product.
    pub product: Product,
    /// Whose it is.
    pub producer: Body,
    /// The commune's name.
    pub unit: String,
    /// The committee that reports.
    pub committee: Option<Body>,
    /// Its sheet.
    pub sheet: &'static Sheet,
    /// Who represents the producer, where the reader may read that and it was told.
    pub person: Option<Person>,
    /// All answers.
    pub answers: Vec<Read>,
    /// The receiver's rule of the day on which it was sent.
    pub rule: Option<&'static Receiver>,
}

impl Whole {
    /// The papers that prove something, each once.
    pub fn proofs(&self) -> BTreeSet<&str> {
        self.answers.iter().flat_map(|read| &read.proofs).map(|(proof, _)| proof.evidence.id.as_str()).collect()
    }

    /// ", biên nhận …" once it was sent.
    pub fn receipt(&self) -> String {
        if self.dossier.receipt.is_empty() { String::new() } else { format!(", biên nhận {}", self.dossier.receipt) }
    }
}

/// Loads a dossier with all that belongs to it, within the caller's scope.
pub async fn whole(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Whole> {
    let dossier = load(tx, visit, id).await?;
    let sheet = sheet_of(tx, &dossier).await?;
    let (proofs, words) = (store::proofs(tx, id).await?, store::words(tx, id).await?);
    let answers = read(visit.app.clock().today(), &dossier, sheet, &proofs, &words);
    let committee = match &dossier.unit_id {
        Some(unit) => party::store::committee(tx, unit).await?,
        None => None,
    };
    Ok(Whole {
        product: product::store::find(tx, &dossier.product_id).await?.ok_or_else(Refusal::not_found)?,
        producer: party::store::find(tx, &dossier.producer_id).await?.ok_or_else(Refusal::not_found)?,
        unit: dossier.unit_id.as_deref().map(|unit| visit.app.region().label(unit)).unwrap_or_default(),
        rule: dossier.sent_on.and_then(rule::receiver),
        person: person::readable(tx, &visit.actor, &dossier).await?,
        committee,
        sheet,
        answers,
        dossier,
    })
}

async fn load_checked(tx: &mut Tx, visit: &Visit, id: &str, version: i64) -> Result<Dossier> {
    let dossier = load(tx, visit, id).await?;
    if !model::may_check(&visit.actor, dossier.unit_id.as_deref()) {
        return Err(Refusal::forbidden().into());
    }
    if dossier.version == version { Ok(dossier) } else { Err(Refusal::stale().into()) }
}

/// Longest text of a return or a finding.
const LONGEST: usize = 5000;

async fn again(visit: &Visit, id: &str, fields: Fields, errors: Errors) -> Result<Response> {
    page(visit, id, Form::with(fields, errors, Tongue::Vi)).await
}

async fn send_back(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let today = visit.app.clock().today();
    let mut errors = Errors::default();
    let reason = fields.text("reason", LONGEST, &mut errors);
    if reason.is_empty() {
        errors.add("reason", both("Hãy ghi từng điều cần bổ sung.", "List what has to be added."));
    }
    let by = fields.some("by").and_then(|_| fields.day("by", &mut errors));
    if !errors.is_empty() {
        return again(&visit, &id, fields, errors).await;
    }
    let mut tx = visit.app.db().write().await?;
    let before = load_checked(&mut tx, &visit, &id, fields.version()).await?;
    let after = match before.clone().send_back(&reason, by, today) {
        Ok(after) => after,
        Err(refusal) => {
            drop(tx);
            errors.at("by", refusal)?;
            return again(&visit, &id, fields, errors).await;
        }
    };
    let detail = serde_json::json!({"reason": reason, "set": {"state": after.state.word(), "due_on": by}});
    save(&mut tx, &visit, &before, &after, "return_dossier", detail).await?;
    super::tell(&mut tx, &visit, &after).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/ho-so-danh-gia/{id}"), "return_dossier"))
}

/// What the receiver wrote, as far as it wrote.
fn written(fields: &Fields, rule: Option<&Receiver>, errors: &mut Errors) -> Findings {
    let contents = rule.map(|rule| rule.checks.as_slice()).unwrap_or_default();
    Findings {
        checks: contents
            .iter()
            .map(|content| (content.id.clone(), fields.text(&format!("check-{}", content.id), LONGEST, errors)))
            .collect(),
        proposal: fields.text("proposal", LONGEST, errors),
        met_on: fields.some_day("met_on", errors),
        ..Findings::default()
    }
}

/// Keeps what was written so far, so that the report can be printed, signed and numbered before it is recorded.
async fn draft(visit: &Visit, mut tx: Tx, before: Dossier, fields: Fields) -> Result<Response> {
    let mut errors = Errors::default();
    let findings = written(&fields, before.sent_on.and_then(rule::receiver), &mut errors);
    if before.state != State::Sent {
        return Err(Refusal::stale().into());
    }
    if !errors.is_empty() {
        drop(tx);
        return again(visit, &before.id, fields, errors).await;
    }
    let after = Dossier { findings: serde_json::to_string(&findings).unwrap_or_default(), ..before.clone() };
    save(&mut tx, visit, &before, &after, "draft_report", serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(go(&format!("/ho-so-danh-gia/{}", after.id), "draft_report"))
}

async fn propose(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let today = visit.app.clock().today();
    let mut errors = Errors::default();
    let mut tx = visit.app.db().write().await?;
    let before = load_checked(&mut tx, &visit, &id, fields.version()).await?;
    let rule = before.sent_on.and_then(rule::receiver);
    if fields.get("then") == "draft" {
        return draft(&visit, tx, before, fields).await;
    }
    let mut findings = written(&fields, rule, &mut errors);
    for content in rule.map(|rule| rule.checks.as_slice()).unwrap_or_default() {
        if findings.checks.get(&content.id).is_none_or(String::is_empty) {
            let field = format!("check-{}", content.id);
            errors.add(field, both(format!("Hãy ghi kết quả xem xét: {}.", content.vi), "Say what was found."));
        }
    }
    if findings.proposal.is_empty() {
        errors.add("proposal", both("Hãy ghi đề xuất của UBND xã, phường.", "State the proposal."));
    }
    if let Some(least) = rule.and_then(|rule| rule.propose_from) {
        let points = fields.some("council_points").and_then(scale::read_points).filter(|points| (0..=10_000).contains(points));
        match points {
            None => errors.add(
                "council_points",
                both("Hãy ghi điểm hội đồng chấm, từ 0 đến 100, ví dụ 72,5.", "Give the council's score, 0 to 100."),
            ),
            Some(points) if points < least * 100 => errors.add(
                "council_points",
                both(
                    format!("Chỉ đề xuất lên Thành phố từ {least} điểm; hãy trả lại chủ thể kèm kết quả."),
                    format!("Only {least} points or more are proposed; send the dossier back with the result."),
                ),
            ),
            Some(_) => findings.council_points = points,
        }
        findings.council_on = fields.some_day("council_on", &mut errors);
        match findings.council_on {
            None => errors.add("council_on", both("Hãy ghi ngày họp hội đồng.", "Give the day of the session.")),
            Some(on) if on > today || before.sent_on.is_some_and(|sent| on < sent) => errors
                .add("council_on", both("Ngày họp phải từ ngày nhận hồ sơ đến hôm nay.", "The session lies between receipt and today.")),
            Some(_) => {}
        }
    }
    let number = fields.text("report_no", 60, &mut errors);
    if number.is_empty() {
        errors.add("report_no", both("Hãy ghi số báo cáo.", "Give the number of the report."));
    }
    let on = match fields.some("reported_on") {
        Some(_) => fields.day("reported_on", &mut errors),
        None => {
            errors.add("reported_on", both("Hãy ghi ngày báo cáo.", "Give the day of the report."));
            None
        }
    };
    if let (Some(met), Some(on)) = (findings.met_on, on)
        && (met > on || before.sent_on.is_some_and(|sent| met < sent))
    {
        errors.add("met_on", both("Ngày họp phải từ ngày nhận hồ sơ đến ngày báo cáo.", "The meeting lies between receipt and report."));
    }
    let after = match on.filter(|_| errors.is_empty()) {
        Some(on) => match before.clone().propose(&findings, &number, on, today) {
            Ok(after) => Some(after),
            Err(refusal) => {
                errors.at("reported_on", refusal)?;
                None
            }
        },
        None => None,
    };
    let Some(after) = after else {
        drop(tx);
        return again(&visit, &id, fields, errors).await;
    };
    let code = serial::give(&mut tx, &visit, &after).await?;
    let detail =
        serde_json::json!({"number": number, "code": code, "set": {"state": after.state.word(), "reported_on": after.reported_on}});
    save(&mut tx, &visit, &before, &after, "propose_dossier", detail).await?;
    super::tell(&mut tx, &visit, &after).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/ho-so-danh-gia/{id}"), "propose_dossier"))
}
