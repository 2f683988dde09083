//! A certificate is withdrawn: the finding on which it rests with its days, the decision by who may sign, and whom it is told.

use axum::extract::Path;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::clock::{around, send};
use super::model::{KEEPER, Product, may_certify};
use super::pages::load;
use super::show::show_page;
use super::{store, term};
use crate::access::{Act, Need, Routes};
use crate::db::{DbResult, Tx};
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::mail::Gathered;
use crate::page::{Errors, Fields, Form, Sent, Todo, TodoRow, Visit, Whose, go};
use crate::state::App;
use crate::text::{Tongue, date_vi};
use crate::{clock, execute, fetch_all, fetch_one, fetch_optional, job, setting};

const KEEPERS: Need = Need::May(Act::KeepProducts);

/// Kind of the job that tells those who sell a product that its certificate ended or was withdrawn.
pub const ENDED_JOB: crate::job::Kind = crate::job::Kind::new("product_ended", crate::job::Lane::Work).once();

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .post("/san-pham-ocop/{id}/ket-luan/{certificate}", KEEPERS, find)
        .post("/san-pham-ocop/{id}/khong-thu-hoi/{finding}", KEEPERS, keep)
        .post("/san-pham-ocop/{id}/thu-hoi/{certificate}", KEEPERS, withdraw)
}

/// A finding on which a certificate has to be withdrawn, or was.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Finding {
    /// Identifier.
    pub id: String,
    /// Of which certificate.
    pub certificate_id: String,
    /// Of which product.
    pub product_id: String,
    /// On which ground.
    pub ground: String,
    /// Day of the finding, or of the commune's word.
    pub found_on: NaiveDate,
    /// Who found it, with the number of the paper.
    pub found_by: String,
    /// Last day for the decision.
    pub due_on: NaiveDate,
    /// Empty while it waits; `withdrawn` or `kept`.
    pub outcome: String,
    /// When that was decided.
    pub done_on: Option<NaiveDate>,
    /// Why it was kept.
    pub note: String,
    /// Who entered it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Finding {
    /// Whether it waits for a decision.
    pub fn is_open(&self) -> bool {
        self.outcome.is_empty()
    }

    /// The name of its ground.
    pub fn ground_name(&self) -> &'static str {
        term::ground_name(&self.ground, Tongue::Vi)
    }
}

/// Findings on the certificates of a product, the newest first.
pub async fn findings(tx: &mut Tx, product_id: &str) -> DbResult<Vec<Finding>> {
    fetch_all!(tx, Finding, "select * from withdrawal where product_id = $1 order by id desc limit 50", product_id)
}

async fn open_of(tx: &mut Tx, certificate_id: &str) -> DbResult<Option<Finding>> {
    fetch_optional!(tx, Finding, "select * from withdrawal where certificate_id = $1 and outcome = '' order by id limit 1", certificate_id)
}

async fn close(tx: &mut Tx, (product, id): (&str, &str), outcome: &str, on: NaiveDate, note: &str) -> DbResult<u64> {
    execute!(
        tx,
        "update withdrawal set outcome = $2, done_on = $3, note = $4 where id = $1 and product_id = $5 and outcome = ''",
        id,
        outcome,
        on,
        note,
        product
    )
}

#[derive(sqlx::FromRow)]
struct Waiting {
    #[sqlx(flatten)]
    finding: Finding,
    product: String,
    code: String,
}

/// Findings that wait for a decision, for those who keep the register.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    const MOST: i64 = 30;
    if !visit.actor.can(KEEPER) || !visit.actor.may(Act::KeepProducts) {
        return Ok(Vec::new());
    }
    let rows = fetch_all!(
        tx,
        Waiting,
        "select w.*, p.name as product, p.code from withdrawal w join product p on p.id = w.product_id where w.outcome = '' order by w.due_on, w.id limit $1",
        MOST
    )?;
    let (count,) = fetch_one!(tx, (i64,), "select count(*) from withdrawal where outcome = ''")?;
    let rows = rows.into_iter().map(|row| TodoRow {
        due: Some(row.finding.due_on),
        since: None,
        title: format!("Thu hồi giấy chứng nhận: {}", row.product),
        href: format!("/san-pham-ocop/{}#certificates", row.finding.product_id),
        place: format!("{} · {} · kết luận ngày {}", row.code, row.finding.ground_name(), date_vi(row.finding.found_on)),
        chip: Some(("bad", "chờ quyết định".to_owned())),
    });
    Ok(vec![Todo {
        id: "withdrawals",
        title: "Kết luận chờ quyết định thu hồi".into(),
        count,
        rows: rows.collect(),
        all: "/viec#withdrawals".into(),
        deed: "Cần quyết định thu hồi",
        whose: Whose::Decide,
    }])
}

async fn open(visit: &Visit) -> Result<Tx> {
    if !may_certify(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    Ok(visit.app.db().write().await?)
}

/// Names of the fields of a finding: in a form of its own, and in that of the decision.
const FOUND: [&str; 3] = ["found_ground", "found_on", "found_by"];
const WITH_DECISION: [&str; 3] = ["withdraw_ground", "withdraw_found_on", "withdraw_found_by"];

/// The ground, the day and the author of a finding as typed.
fn typed_finding(
    fields: &Fields,
    [ground_field, on, by]: [&str; 3],
    rule: &term::Withdrawal,
    today: NaiveDate,
    errors: &mut Errors,
) -> Option<(String, NaiveDate, String)> {
    let ground = fields.some(ground_field).and_then(|id| rule.ground.iter().find(|ground| ground.id == id));
    if ground.is_none() {
        errors.add(ground_field, both(format!("Hãy chọn căn cứ thu hồi ({}).", rule.clause), "Choose the ground."));
    }
    let found_on = fields.day(on, errors);
    if found_on.is_some_and(|day| day > today) {
        errors.add(on, both("Ngày này chưa đến.", "That day has not come."));
    }
    if fields.get(by).is_empty() {
        errors.add(by, both("Hãy ghi cơ quan và số văn bản kết luận hoặc xác nhận.", "Name the agency and the number of its paper."));
    }
    errors.within(by, fields.get(by), 300);
    Some((ground?.id.clone(), found_on?, fields.get(by).to_owned()))
}

/// Writes a finding down, with the last day for the decision.
async fn finding(
    tx: &mut Tx,
    product: &Product,
    certificate_id: &str,
    rule: &term::Withdrawal,
    typed: (String, NaiveDate, String),
    by: &str,
    now: DateTime<Utc>,
) -> DbResult<Finding> {
    let (ground, found_on, found_by) = typed;
    let off = setting::days_off(tx, found_on).await?;
    let found = Finding {
        id: clock::new_id(),
        certificate_id: certificate_id.to_owned(),
        product_id: product.id.clone(),
        due_on: term::deadline(found_on, rule.days, &off),
        ground,
        found_on,
        found_by,
        outcome: String::new(),
        done_on: None,
        note: String::new(),
        created_by: by.to_owned(),
        created_at: now,
    };
    execute!(
        tx,
        "insert into withdrawal (id, certificate_id, product_id, ground, found_on, found_by, due_on, outcome, done_on, note, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, '', null, '', $8, $9)",
        &found.id,
        &found.certificate_id,
        &found.product_id,
        &found.ground,
        found.found_on,
        &found.found_by,
        found.due_on,
        &found.created_by,
        found.created_at
    )?;
    Ok(found)
}

async fn again(visit: &Visit, tx: Tx, id: &str, fields: Fields, errors: Errors) -> Result<Response> {
    drop(tx);
    show_page(visit, id, Form::with(fields, errors, Tongue::Vi)).await
}

/// A finding is recorded: the days for the decision run.
async fn find(visit: Visit, Path((id, certificate)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = open(&visit).await?;
    let product = load(&mut tx, &visit, &id).await?;
    let paper = store::certificate(&mut tx, &certificate).await?.filter(|known| known.product_id == id).ok_or_else(Refusal::not_found)?;
    if product.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    let mut errors = Errors::default();
    let Some(rule) = term::withdrawal(today) else { return Err(Refusal::not_found().into()) };
    if paper.state(today) != super::State::Live {
        errors.add(
            "found_ground",
            both(
                "Giấy chứng nhận này không còn hiệu lực nên không phải thu hồi.",
                "This certificate is not valid and need not be withdrawn.",
            ),
        );
    } else if open_of(&mut tx, &certificate).await?.is_some() {
        errors.add(
            "found_ground",
            both(
                "Đã có một kết luận chờ quyết định cho giấy chứng nhận này.",
                "A finding on this certificate waits for its decision already.",
            ),
        );
    }
    let Some(typed) = typed_finding(&fields, FOUND, rule, today, &mut errors).filter(|_| errors.is_empty()) else {
        return again(&visit, tx, &id, fields, errors).await;
    };
    let found = finding(&mut tx, &product, &certificate, rule, typed, visit.actor.journal_id(), now).await?;
    let detail = json!({"certificate": certificate, "note": found.ground_name(), "number": found.found_by, "set": {"found_on": found.found_on, "due_on": found.due_on}});
    Note::of("find_withdrawal", ("product", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/san-pham-ocop/{id}"), "da-luu"))
}

/// The certificate is kept although there was a finding.
async fn keep(visit: Visit, Path((id, finding)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = open(&visit).await?;
    load(&mut tx, &visit, &id).await?;
    let mut errors = Errors::default();
    if fields.get("keep_reason").is_empty() {
        errors.add(
            "keep_reason",
            both("Hãy ghi lý do không thu hồi, với số văn bản nếu có.", "State why it is kept, with the number of the paper if any."),
        );
    }
    errors.within("keep_reason", fields.get("keep_reason"), 2000);
    if !errors.is_empty() {
        return again(&visit, tx, &id, fields, errors).await;
    }
    if close(&mut tx, (&id, &finding), "kept", today, fields.get("keep_reason")).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = json!({"finding": finding, "reason": fields.get("keep_reason")});
    Note::of("keep_certificate", ("product", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/san-pham-ocop/{id}"), "da-luu"))
}

/// The decision itself.
async fn withdraw(visit: Visit, Path((id, certificate)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = open(&visit).await?;
    let product = load(&mut tx, &visit, &id).await?;
    let before = store::certificate(&mut tx, &certificate).await?.filter(|known| known.product_id == id).ok_or_else(Refusal::not_found)?;
    if product.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    let (reason, decision) = (fields.get("withdraw_reason"), fields.get("withdraw_decision"));
    let mut errors = Errors::default();
    let day = fields.day("withdraw_on", &mut errors);
    if reason.is_empty() {
        errors.add("withdraw_reason", both("Hãy ghi lý do thu hồi.", "State the reason."));
    }
    if decision.is_empty() {
        errors.add("withdraw_decision", both("Hãy ghi số quyết định thu hồi.", "Give the number of the decision."));
    }
    errors.within("withdraw_reason", fields.get("withdraw_reason"), 2000);
    errors.within("withdraw_decision", fields.get("withdraw_decision"), 60);
    // a certificate withdrawn before the law named grounds keeps its reason in words
    let rule = day.and_then(term::withdrawal);
    let waiting = open_of(&mut tx, &certificate).await?;
    let mut typed = None;
    if let Some(rule) = rule {
        if waiting.is_none() {
            typed = typed_finding(&fields, WITH_DECISION, rule, today, &mut errors);
        }
        let signer = rule.signer.iter().find(|signer| signer.name == fields.get("withdraw_by"));
        match (signer, rule.signer(before.stars)) {
            (Some(signer), Some(must)) if signer.name != must.name => errors.add(
                "withdraw_by",
                both(
                    format!("Sản phẩm {} sao do {} thu hồi ({}).", before.stars, must.name, must.clause),
                    format!("A product of {} stars is withdrawn by {}.", before.stars, must.en),
                ),
            ),
            (None, _) => errors.add("withdraw_by", both("Hãy chọn người ký quyết định thu hồi.", "Say who signed the decision.")),
            _ => {}
        }
        let found_on = waiting.as_ref().map(|finding| finding.found_on).or(typed.as_ref().map(|(_, day, _)| *day));
        if let (Some(day), Some(found_on)) = (day, found_on)
            && day < found_on
        {
            errors.add(
                "withdraw_on",
                both(
                    format!("Ngày thu hồi trước ngày kết luận ({}).", date_vi(found_on)),
                    format!("It lies before the finding ({}).", date_vi(found_on)),
                ),
            );
        }
    }
    let taken =
        day.and_then(|day| errors.take("withdraw_on", before.withdraw(day, reason, decision, today).map_err(|refusal| refusal.what)));
    let Some(mut taken) = taken.filter(|_| errors.is_empty()) else { return again(&visit, tx, &id, fields, errors).await };
    let mut due_on = None;
    if let Some(rule) = rule {
        let found = match (waiting, typed) {
            (Some(found), _) => found,
            (None, Some(typed)) => finding(&mut tx, &product, &certificate, rule, typed, visit.actor.journal_id(), now).await?,
            (None, None) => return Err(Refusal::stale().into()),
        };
        close(&mut tx, (&found.product_id, &found.id), "withdrawn", day.unwrap_or(today), "").await?;
        (taken.withdrawn_ground, taken.withdrawn_by) = (found.ground.clone(), fields.get("withdraw_by").to_owned());
        due_on = Some(found.due_on);
    }
    store::save_certificate(&mut tx, &taken).await?;
    let after = store::restamp(&mut tx, &product, today, now).await?;
    let detail = json!({
        "certificate": taken.id, "reason": reason, "number": decision, "from": product.state.word(), "to": after.state.word(),
        "set": {"withdrawn_on": taken.withdrawn_on, "ground": taken.withdrawn_ground, "signed_by": taken.withdrawn_by, "due_on": due_on, "state": after.state.word()},
    });
    Note::of("withdraw_certificate", ("product", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tell(&mut tx, &visit.app, &product, &taken, today).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/san-pham-ocop/{id}"), "withdraw_certificate"))
}

/// Producer, commune and keepers get a letter; whoever sells the product is told by the job.
async fn tell(tx: &mut Tx, app: &App, product: &Product, taken: &super::Certificate, today: NaiveDate) -> Result<()> {
    let people = around(tx, product, today).await?;
    let signed = if taken.withdrawn_by.is_empty() { String::new() } else { format!(" của {}", taken.withdrawn_by) };
    let ground = match term::ground_name(&taken.withdrawn_ground, Tongue::Vi) {
        "" => String::new(),
        name => format!("\n  Căn cứ: {name}"),
    };
    let on = taken.withdrawn_on.map(date_vi).unwrap_or_default();
    let mut letters = Gathered::default();
    let line = format!(
        "- {}: thu hồi từ ngày {on} theo quyết định {}{signed}{ground}\n  Lý do: {}\n  {}/san-pham-ocop/{}",
        product.titled(),
        taken.withdrawn_decision,
        taken.withdrawn_reason,
        app.config().base_url,
        product.id
    );
    letters.add(people, &line);
    let head = "Giấy chứng nhận OCOP của sản phẩm sau đã bị thu hồi. Từ ngày đó không được in, gắn hạng sao OCOP và phải gỡ khỏi kệ OCOP:";
    send(tx, app, letters, "Thu hồi giấy chứng nhận OCOP", head, "/san-pham-ocop?state=withdrawn").await?;
    job::queue(tx, app.clock().now(), ENDED_JOB, &product.id, "system").await?;
    Ok(())
}
