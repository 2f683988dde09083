//! The SQL of dossiers and of the wallet.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Dossier, Evidence, State};
use crate::access::Scope;
use crate::db::{Column, DbResult, Tx, Where};
use crate::page::Rows;
use crate::{execute, fetch_all, fetch_one, fetch_optional, fetch_texts, table};

table! {
    "dossier" of Dossier {
        fixed: product_id, producer_id, kind, sheet, created_by, created_at;
        saved: unit_id, sheet_digest, state, state_since, marks, news, points, star, answered, asked, sent_on, due_on, receipt, digest, reason, findings, report_no, reported_on, once, updated_at
    }
}

table! {
    "evidence" of Evidence {
        fixed: body_id, title, issuer, number, issued_on, valid_to, created_by, created_at;
        saved: withdrawn_on, withdrawn_reason
    }
}

/// A dossier by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Dossier>> {
    fetch_optional!(tx, Dossier, "select * from dossier where id = $1", id)
}

/// The dossier that runs for a product.
pub async fn running(tx: &mut Tx, product: &str) -> DbResult<Option<Dossier>> {
    fetch_optional!(tx, Dossier, "select * from dossier where once = $1", product)
}

/// Adds a dossier; false where another runs for its product.
pub async fn add(tx: &mut Tx, dossier: &Dossier) -> DbResult<bool> {
    dossier.insert(tx).await
}

/// Saves a dossier if nobody saved it since `version`; 0 rows = somebody did.
pub async fn save(tx: &mut Tx, dossier: &Dossier, version: i64, now: DateTime<Utc>) -> DbResult<u64> {
    Dossier { updated_at: now, ..dossier.clone() }.update(tx, version).await
}

/// A line of the list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// The dossier.
    #[sqlx(flatten)]
    pub dossier: Dossier,
    /// Name of its product.
    pub product: String,
    /// Name of its producer.
    pub producer: String,
}

/// What a list is asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these.
    pub state: Option<State>,
    /// Only of this product.
    pub product: Option<String>,
    /// Words of product or producer.
    pub q: String,
    /// After this one.
    pub after: Option<String>,
    /// So many.
    pub size: i64,
}

fn scoped(wanted: &mut Where, scope: &Scope) {
    match scope {
        Scope::All => wanted.and("d.sent_on is not null"),
        Scope::Unit(unit) => {
            let bind = wanted.bind(unit.as_str());
            wanted.and(&format!("d.sent_on is not null and d.unit_id = {bind}"));
        }
        Scope::Body(body) => {
            let bind = wanted.bind(body.as_str());
            wanted.and(&format!("d.producer_id = {bind}"));
        }
        Scope::None => wanted.and("1 = 0"),
    }
}

/// Dossiers, the newest first.
pub async fn list(tx: &mut Tx, scope: &Scope, filter: &Filter) -> DbResult<Rows<Row>> {
    let mut wanted = Where::default();
    scoped(&mut wanted, scope);
    if let Some(state) = filter.state {
        let bind = wanted.bind(state.word());
        wanted.and(&format!("d.state = {bind}"));
    }
    if let Some(product) = &filter.product {
        let bind = wanted.bind(product.as_str());
        wanted.and(&format!("d.product_id = {bind}"));
    }
    wanted.words(&crate::text::fold(&filter.q), |word| format!("(p.name_fold like {word} or b.name_fold like {word})"));
    if let Some(after) = &filter.after {
        let bind = wanted.bind(after.as_str());
        wanted.and(&format!("d.id < {bind}"));
    }
    let limit = filter.size + 1;
    let sql = format!(
        "select d.*, p.name as product, b.name as producer from dossier d join product p on p.id = d.product_id join body b on b.id = d.producer_id{} order by d.id desc limit {limit}",
        wanted.sql
    );
    let rows = fetch_texts!(tx, Row, sql, wanted.binds)?;
    Ok(Rows::cut(rows, filter.size, filter.after.as_deref().unwrap_or_default(), |row| row.dossier.id.clone()))
}

/// How many are in each state.
pub async fn counts(tx: &mut Tx, scope: &Scope) -> DbResult<Vec<(State, i64)>> {
    let mut wanted = Where::default();
    scoped(&mut wanted, scope);
    fetch_texts!(tx, (State, i64), format!("select d.state, count(*) from dossier d{} group by 1 order by 1", wanted.sql), wanted.binds)
}

/// What waits in a state, the most pressing first.
pub async fn waiting(tx: &mut Tx, scope: &Scope, state: State, most: i64) -> DbResult<Vec<Row>> {
    let mut wanted = Where::default();
    scoped(&mut wanted, scope);
    let bind = wanted.bind(state.word());
    wanted.and(&format!("d.state = {bind}"));
    let sql = format!(
        "select d.*, p.name as product, b.name as producer from dossier d join product p on p.id = d.product_id join body b on b.id = d.producer_id{} order by coalesce(d.due_on, d.state_since), d.id limit {most}",
        wanted.sql
    );
    fetch_texts!(tx, Row, sql, wanted.binds)
}

/// The dossier from which answers are taken over: the latest of the same product, else of another of the same producer; of the same
/// sheet and with answers.
pub async fn source(tx: &mut Tx, dossier: &Dossier) -> DbResult<Option<Dossier>> {
    fetch_optional!(
        tx,
        Dossier,
        "select * from dossier where producer_id = $1 and sheet = $2 and id <> $3 and answered > 0
         order by case when product_id = $4 then 0 else 1 end, id desc limit 1",
        &dossier.producer_id,
        &dossier.sheet,
        &dossier.id,
        &dossier.product_id
    )
}

/// The latest other dossier of a product that was sent and not taken back.
pub async fn former(tx: &mut Tx, product: &str, except: &str) -> DbResult<Option<Dossier>> {
    fetch_optional!(
        tx,
        Dossier,
        "select * from dossier where product_id = $1 and id < $2 and sent_on is not null and state <> 'withdrawn' order by id desc limit 1",
        product,
        except
    )
}

/// What is said beside the answers.
pub async fn words(tx: &mut Tx, dossier: &str) -> DbResult<BTreeMap<String, String>> {
    let rows = fetch_all!(tx, (String, String), "select no, words from dossier_line where dossier_id = $1 order by no", dossier)?;
    Ok(rows.into_iter().collect())
}

/// Says something beside an answer; nothing where it is empty.
pub async fn say(tx: &mut Tx, dossier: &str, no: &str, words: &str) -> DbResult<()> {
    execute!(tx, "delete from dossier_line where dossier_id = $1 and no = $2", dossier, no)?;
    if !words.is_empty() {
        execute!(tx, "insert into dossier_line (dossier_id, no, words) values ($1, $2, $3)", dossier, no, words)?;
    }
    Ok(())
}

/// A paper by id.
pub async fn evidence(tx: &mut Tx, id: &str) -> DbResult<Option<Evidence>> {
    fetch_optional!(tx, Evidence, "select * from evidence where id = $1", id)
}

/// Puts a paper into a wallet.
pub async fn keep(tx: &mut Tx, evidence: &Evidence) -> DbResult<bool> {
    evidence.insert(tx).await
}

/// Saves that a paper was taken back.
pub async fn save_evidence(tx: &mut Tx, evidence: &Evidence) -> DbResult<u64> {
    evidence.update(tx, evidence.version).await
}

/// A wallet, the newest paper first, page by page.
pub async fn wallet(tx: &mut Tx, body: &str, after: Option<&str>, size: i64) -> DbResult<Rows<Evidence>> {
    let rows = fetch_all!(
        tx,
        Evidence,
        "select * from evidence where body_id = $1 and ($2 = '' or id < $2) order by id desc limit $3",
        body,
        after.unwrap_or_default(),
        size + 1
    )?;
    Ok(Rows::cut(rows, size, after.unwrap_or_default(), |row| row.id.clone()))
}

/// Papers of a wallet that end before a day and are not taken back, the first to end first, at most `most`; and how many there are.
pub async fn ending(tx: &mut Tx, body: &str, before: NaiveDate, most: i64) -> DbResult<(Vec<Evidence>, i64)> {
    let rows = fetch_all!(
        tx,
        Evidence,
        "select * from evidence where body_id = $1 and withdrawn_on is null and valid_to <= $2 order by valid_to, id limit $3",
        body,
        before,
        most
    )?;
    let (count,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from evidence where body_id = $1 and withdrawn_on is null and valid_to <= $2",
        body,
        before
    )?;
    Ok((rows, count))
}

/// Other dossiers of a unit whose report has this number, each with its product; at most five.
pub async fn same_report(tx: &mut Tx, dossier: &Dossier) -> DbResult<Vec<(String, String)>> {
    if dossier.report_no.is_empty() {
        return Ok(Vec::new());
    }
    fetch_all!(
        tx,
        (String, String),
        "select d.id, p.name from dossier d join product p on p.id = d.product_id
         where d.unit_id = $1 and d.report_no = $2 and d.reported_on = $3 and d.id <> $4 order by d.id desc limit 5",
        dossier.unit_id.as_deref(),
        &dossier.report_no,
        dossier.reported_on,
        &dossier.id
    )
}

/// Lets its product have another dossier: this one was decided upon.
pub async fn finish(tx: &mut Tx, id: &str) -> DbResult<u64> {
    execute!(tx, "update dossier set once = null, version = version + 1 where id = $1", id)
}

/// What was decided on a dossier.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Fate {
    /// Word of what was decided.
    pub outcome: String,
    /// Its star.
    pub star: i64,
    /// Why it is not recognised, a line each.
    pub reasons: String,
    /// Number of the decision.
    pub number: String,
    /// Its day.
    pub decided_on: NaiveDate,
}

/// What was decided on a dossier, if anything was.
pub async fn fate(tx: &mut Tx, dossier: &str) -> DbResult<Option<Fate>> {
    fetch_optional!(
        tx,
        Fate,
        "select o.outcome, o.star, o.reasons, d.number, d.decided_on from star_outcome o join star_decision d on d.id = o.decision_id
         where o.dossier_id = $1 order by d.decided_on desc, d.id desc limit 1",
        dossier
    )
}

/// A paper that proves an answer: number of the criterion, where in it, the paper.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Proof {
    /// Number of the criterion.
    pub no: String,
    /// Where in the paper.
    pub pages: String,
    /// The paper.
    #[sqlx(flatten)]
    pub evidence: Evidence,
}

/// What proves the answers of a dossier.
pub async fn proofs(tx: &mut Tx, dossier: &str) -> DbResult<Vec<Proof>> {
    fetch_all!(
        tx,
        Proof,
        "select u.no, u.pages, e.* from evidence_use u join evidence e on e.id = u.evidence_id where u.dossier_id = $1 order by u.no, e.id limit 2000",
        dossier
    )
}

/// Lets a paper prove an answer, or says anew where in it.
pub async fn prove(tx: &mut Tx, dossier: &str, no: &str, evidence: &str, pages: &str) -> DbResult<()> {
    execute!(
        tx,
        "insert into evidence_use (dossier_id, no, evidence_id, pages) values ($1, $2, $3, $4)
         on conflict (dossier_id, no, evidence_id) do update set pages = excluded.pages",
        dossier,
        no,
        evidence,
        pages
    )?;
    Ok(())
}

/// A paper proves an answer no more.
pub async fn unprove(tx: &mut Tx, dossier: &str, no: &str, evidence: &str) -> DbResult<u64> {
    execute!(tx, "delete from evidence_use where dossier_id = $1 and no = $2 and evidence_id = $3", dossier, no, evidence)
}

/// Which dossiers a paper proves something for: dossier, product, state.
pub async fn used_by(tx: &mut Tx, evidence: &str) -> DbResult<Vec<(String, String, State)>> {
    fetch_all!(
        tx,
        (String, String, State),
        "select distinct d.id, p.name, d.state from evidence_use u join dossier d on d.id = u.dossier_id join product p on p.id = d.product_id where u.evidence_id = $1 order by d.id limit 50",
        evidence
    )
}

/// Where this slice names bodies.
pub const PLACES: &[Column] = &[
    Column {
        name: "dossier.producer_id",
        label: "hồ sơ đánh giá",
        count: "select count(*) from dossier where producer_id = $1",
        forth: "update dossier set producer_id = $2 where producer_id = $1 returning id",
        back: "update dossier set producer_id = $2 where producer_id = $1 and id = $3",
    },
    Column {
        name: "evidence.body_id",
        label: "giấy trong ví minh chứng",
        count: "select count(*) from evidence where body_id = $1",
        forth: "update evidence set body_id = $2 where body_id = $1 returning id",
        back: "update evidence set body_id = $2 where body_id = $1 and id = $3",
    },
];
