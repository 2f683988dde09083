//! Samples of the product and laboratory tests: asked for by whoever has the case, taken, sent, their result, what followed.

use axum::extract::Path;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};

use super::model::{self, Dossier};
use super::pages::{load, page};
use super::rule;
use crate::access::{Act, Need, Routes};
use crate::clock::new_id;
use crate::db::{DbResult, Tx};
use crate::error::{Both, Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Form, Sent, Visit, go};
use crate::product::Product;
use crate::text::Tongue;
use crate::{fetch_all, fetch_optional, product, table, words};

/// Who may have the case; rows and state narrow it.
const HANDLERS: Need = Need::Any(&[Act::CheckDossiers, Act::KeepProducts]);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post("/ho-so-danh-gia/{id}/mau", HANDLERS, ask).post("/ho-so-danh-gia/{id}/mau/{sample}", HANDLERS, go_on)
}

words! {
    /// What is asked for.
    pub enum Kind {
        /// Units of the product.
        Sample = "sample" / "Sản phẩm mẫu",
        /// A test in a laboratory.
        Test = "test" / "Kiểm nghiệm",
    }
}

/// How far a sample or test is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It has to be taken.
    Take,
    /// It has to be sent to a laboratory.
    Send,
    /// Its result is awaited.
    Result,
    /// It failed, and what followed is not told.
    Follow,
    /// Nothing more.
    Done,
}

/// A sample or test.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Sample {
    /// Identifier.
    pub id: String,
    /// The dossier.
    pub dossier_id: String,
    /// What.
    pub kind: Kind,
    /// In words.
    pub what: String,
    /// Units.
    pub quantity: i64,
    /// When it was asked for.
    pub asked_on: NaiveDate,
    /// Until when.
    pub due_on: Option<NaiveDate>,
    /// When it was taken.
    pub taken_on: Option<NaiveDate>,
    /// When it went to a laboratory.
    pub sent_on: Option<NaiveDate>,
    /// Which.
    pub lab: String,
    /// Day of the result.
    pub result_on: Option<NaiveDate>,
    /// `pass`, `fail`, or empty.
    pub result: String,
    /// Number and words of the result.
    pub report: String,
    /// What was done about a failure.
    pub follow_up: String,
    /// Version.
    pub version: i64,
    /// Who asked.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

table! {
    "dossier_sample" of Sample {
        fixed: dossier_id, kind, what, quantity, asked_on, due_on, created_by, created_at;
        saved: taken_on, sent_on, lab, result_on, result, report, follow_up
    }
}

impl Sample {
    /// What comes next. A sample that is only kept ends when it was taken.
    pub fn step(&self) -> Step {
        match (self.taken_on, self.sent_on, self.result_on) {
            (None, ..) => Step::Take,
            (Some(_), None, _) if self.kind == Kind::Sample => Step::Done,
            (Some(_), None, _) => Step::Send,
            (Some(_), Some(_), None) => Step::Result,
            _ if self.result == "fail" && self.follow_up.is_empty() => Step::Follow,
            _ => Step::Done,
        }
    }

    /// Whether its day has passed and nothing was taken.
    pub fn is_late(&self, today: NaiveDate) -> bool {
        self.step() == Step::Take && self.due_on.is_some_and(|due| due < today)
    }
}

/// All of a dossier, in the order in which they were asked for.
pub async fn of(tx: &mut Tx, dossier: &str) -> DbResult<Vec<Sample>> {
    fetch_all!(tx, Sample, "select * from dossier_sample where dossier_id = $1 order by id limit 200", dossier)
}

async fn load_case(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Dossier> {
    let dossier = load(tx, visit, id).await?;
    if model::has_case(&visit.actor, &dossier) { Ok(dossier) } else { Err(Refusal::forbidden().into()) }
}

/// How many units of a product its dossier takes by law, and the clause; none where products of its group have none.
pub fn units(dossier: &Dossier, product: &Product, today: NaiveDate) -> Option<(i64, &'static str)> {
    let rule = rule::of(dossier, today)?;
    let units = rule.samples.filter(|_| !rule.no_samples.contains(&product.group_id))?;
    Some((units, rule.clause.as_str()))
}

/// Longest text.
const TEXT: usize = 500;

async fn ask(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut errors = Errors::default();
    let mut tx = visit.app.db().write().await?;
    let dossier = load_case(&mut tx, &visit, &id).await?;
    let product = product::store::find(&mut tx, &dossier.product_id).await?.ok_or_else(Refusal::not_found)?;
    let kind = Kind::read(fields.get("sample_kind"));
    let what = fields.text("what", TEXT, &mut errors);
    let due_on = fields.some("sample_due").and_then(|_| fields.day("sample_due", &mut errors));
    let quantity = match (fields.some("quantity").map(str::parse::<i64>), kind) {
        (Some(Ok(quantity)), _) if (1..=1000).contains(&quantity) => quantity,
        (None, Some(Kind::Sample)) => units(&dossier, &product, today).map_or(1, |(units, _)| units),
        (None, _) => 1,
        _ => {
            errors.add("quantity", both("Số lượng là số từ 1 đến 1.000.", "The quantity is a number from 1 to 1,000."));
            1
        }
    };
    match kind {
        None => errors.add("sample_kind", both("Hãy chọn sản phẩm mẫu hay kiểm nghiệm.", "Choose sample or test.")),
        Some(Kind::Sample) if units(&dossier, &product, today).is_none() => {
            errors.add("sample_kind", both("Sản phẩm thuộc nhóm này không nộp mẫu.", "Products of this group hand in no samples."))
        }
        Some(Kind::Test) if what.is_empty() => errors.add("what", both("Hãy ghi chỉ tiêu cần kiểm nghiệm.", "Say what is to be tested.")),
        Some(_) => {}
    }
    if due_on.is_some_and(|due| due < today) {
        errors.add("sample_due", both("Hạn đã qua; hãy ghi ngày khác.", "That day has passed; give another."));
    }
    let (Some(kind), true) = (kind, errors.is_empty()) else {
        drop(tx);
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    };
    let sample = Sample {
        id: new_id(),
        dossier_id: id.clone(),
        kind,
        what,
        quantity,
        asked_on: today,
        due_on,
        taken_on: None,
        sent_on: None,
        lab: String::new(),
        result_on: None,
        result: String::new(),
        report: String::new(),
        follow_up: String::new(),
        version: 1,
        created_by: visit.actor.journal_id().to_owned(),
        created_at: now,
    };
    sample.insert(&mut tx).await?;
    let detail = serde_json::json!({"what": sample.what, "quantity": quantity, "set": {"kind": kind.word(), "due_on": due_on}});
    Note::of("ask_sample", ("dossier", &id), detail).by(&mut tx, now, &visit.actor).await?;
    super::tell_sample(&mut tx, &visit, &dossier, &sample).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/ho-so-danh-gia/{id}"), "ask_sample"))
}

/// Day, or why it cannot be.
fn day_of(fields: &crate::page::Fields, name: &str, least: NaiveDate, today: NaiveDate, errors: &mut Errors) -> Option<NaiveDate> {
    let day = fields.day(name, errors)?;
    if day < least || day > today {
        let text: Both = both(
            format!("Ngày phải từ {} đến hôm nay.", crate::text::date_vi(least)),
            format!("The day lies between {} and today.", crate::text::date_vi(least)),
        );
        errors.add(name.to_owned(), text);
    }
    Some(day)
}

async fn go_on(visit: Visit, Path((id, sample)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut errors = Errors::default();
    let mut tx = visit.app.db().write().await?;
    load_case(&mut tx, &visit, &id).await?;
    let before = fetch_optional!(&mut tx, Sample, "select * from dossier_sample where id = $1 and dossier_id = $2", &sample, &id)?
        .ok_or_else(Refusal::not_found)?;
    if before.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    let mut after = before.clone();
    let field = |name: &str| format!("{name}-{sample}");
    let (on, words) = (field("on"), field("words"));
    let text = fields.text(&words, TEXT, &mut errors);
    let verb = match before.step() {
        Step::Take => {
            after.taken_on = day_of(&fields, &on, before.asked_on, today, &mut errors);
            "take_sample"
        }
        Step::Send => {
            after.sent_on = day_of(&fields, &on, before.taken_on.unwrap_or(before.asked_on), today, &mut errors);
            if text.is_empty() {
                errors.add(words, both("Hãy ghi nơi kiểm nghiệm.", "Name the laboratory."));
            }
            after.lab = text;
            "send_sample"
        }
        Step::Result => {
            after.result_on = day_of(&fields, &on, before.sent_on.unwrap_or(before.asked_on), today, &mut errors);
            match fields.get(&field("result")) {
                word @ ("pass" | "fail") => after.result = word.to_owned(),
                _ => errors.add(field("result"), both("Hãy chọn đạt hay không đạt.", "Choose passed or failed.")),
            }
            after.report = text;
            "result_sample"
        }
        Step::Follow => {
            if text.is_empty() {
                errors.add(words, both("Hãy ghi đã xử lý thế nào.", "Say what was done."));
            }
            after.follow_up = text;
            "follow_sample"
        }
        Step::Done => return Err(Refusal::stale().into()),
    };
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    }
    if after.update(&mut tx, before.version).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"what": after.what, "set": {"taken_on": after.taken_on, "sent_on": after.sent_on, "result_on": after.result_on, "result": after.result}, "reason": after.follow_up});
    Note::of(verb, ("dossier", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/ho-so-danh-gia/{id}"), "da-luu"))
}
