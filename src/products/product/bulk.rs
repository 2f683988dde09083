//! SQL for many products at once: what an import reads and writes a chunk at a time, and what an export reads by key.

use std::collections::HashMap;

use super::model::{Certificate, Product};
use super::{code, list};
use crate::access::Scope;
use crate::db::{Db, DbResult, Dialect, Statement, Tx};
use crate::region::Under;
use crate::{execute, execute_many, fetch_all, fetch_many, fetch_optional, fetch_texts, fill_many};

/// Whether there is no product at all: then nothing that a file names has to be looked for.
pub async fn is_empty(tx: &mut Tx) -> DbResult<bool> {
    Ok(fetch_optional!(tx, (String,), "select id from product limit 1")?.is_none())
}

/// Whether any product has no code.
pub async fn has_codeless(tx: &mut Tx) -> DbResult<bool> {
    Ok(fetch_optional!(tx, (String,), "select id from product where code_fold = '' limit 1")?.is_some())
}

/// Products by folded code.
pub async fn by_code_folds(tx: &mut Tx, folds: &[&str]) -> DbResult<Vec<Product>> {
    fetch_many!(tx, Product, "select * from product where code_fold in ($1)", folds)
}

/// Products of these producers.
pub async fn of_producers(tx: &mut Tx, producers: &[&str]) -> DbResult<Vec<Product>> {
    fetch_many!(tx, Product, "select * from product where producer_id in ($1)", producers)
}

/// Of which product each of these certificate numbers is: its id, code and name.
pub async fn holders(tx: &mut Tx, numbers: &[&str]) -> DbResult<HashMap<String, (String, String, String)>> {
    let found = fetch_many!(
        tx,
        (String, String, String, String),
        "select c.number, p.id, p.code, p.name from certificate c join product p on p.id = c.product_id where c.number in ($1)",
        numbers
    )?;
    Ok(found.into_iter().map(|(number, id, code, name)| (number, (id, code, name))).collect())
}

/// Gives codes their folds where a store was written before there were any. Does nothing else where all have them.
pub async fn ensure_folds(db: &Db) -> DbResult<()> {
    let lacks = fetch_optional!(&mut db.read().await?, (String,), "select id from product where code_fold = '' and code <> '' limit 1")?;
    if lacks.is_none() {
        return Ok(());
    }
    let mut tx = db.write().await?;
    loop {
        let bare = fetch_all!(&mut tx, (String, String), "select id, code from product where code_fold = '' and code <> '' limit 500")?;
        if bare.is_empty() {
            return tx.commit().await;
        }
        for (id, code) in &bare {
            execute!(&mut tx, "update product set code_fold = $2 where id = $1", id, code::fold(code))?;
        }
    }
}

/// Which of these names for addresses are taken.
pub async fn taken_slugs(tx: &mut Tx, slugs: &[&str]) -> DbResult<Vec<String>> {
    Ok(fetch_many!(tx, (String,), "select slug from product where slug in ($1)", slugs)?.into_iter().map(|(slug,)| slug).collect())
}

/// What adds new products; counters are the caller's, once for all.
pub fn add(dialect: Dialect, products: &[&Product]) -> impl Iterator<Item = DbResult<Statement>> {
    Product::fill_many(dialect, products)
}

/// What adds new certificates, none of them taken back.
pub fn add_certificates(dialect: Dialect, certificates: &[&Certificate]) -> impl Iterator<Item = DbResult<Statement>> {
    fill_many!(
        dialect,
        16,
        "insert into certificate (id, product_id, number, decision_no, decided_on, stars, score, valid_from, valid_to, withdrawn_on, withdrawn_reason,
           withdrawn_decision, source, created_by, created_at, recognised_by, recognition, decided_as, end_rule)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, null, '', '', $10, $11, $12, $13, $14, $15, $16)",
        certificates,
        |certificate| [
            &certificate.id,
            &certificate.product_id,
            &certificate.number,
            &certificate.decision_no,
            certificate.decided_on,
            certificate.stars,
            certificate.score,
            certificate.valid_from,
            certificate.valid_to,
            &certificate.source,
            &certificate.created_by,
            certificate.created_at,
            &certificate.recognised_by,
            &certificate.recognition,
            &certificate.decided_as,
            &certificate.end_rule,
        ]
    )
}

/// Counters of lists, gathered in memory and written once.
#[derive(Debug, Default)]
pub struct Counts(HashMap<(String, i64, &'static str), i64>);

impl Counts {
    /// A product is there, or no longer as it was; goods of elsewhere are in no counter.
    pub fn add(&mut self, product: &Product, by: i64) {
        if !product.is_of_here() {
            return;
        }
        *self.0.entry((product.group_id.clone(), product.stars.unwrap_or(0), product.state.word())).or_default() += by;
    }

    /// Writes what was gathered.
    pub async fn write(self, tx: &mut Tx) -> DbResult<()> {
        let mut rows: Vec<_> = self.0.into_iter().filter(|(_, n)| *n != 0).collect();
        rows.sort();
        execute_many!(
            tx,
            4,
            "insert into product_count (group_id, stars, state, n) values ($1, $2, $3, $4)
             on conflict (group_id, stars, state) do update set n = product_count.n + excluded.n",
            rows,
            |row| [&row.0.0, row.0.1, row.0.2, row.1]
        )
    }
}

/// A product as an export writes it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Exported {
    /// The product.
    #[sqlx(flatten)]
    pub product: Product,
    /// Name of its producer.
    pub producer_name: Option<String>,
    /// Kind of its producer.
    pub producer_kind: Option<String>,
    /// Tax code of its producer.
    pub producer_tax_code: Option<String>,
}

/// Up to where an export is: products with a code stand first, in the order of codes, then those without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// After this code.
    Code(String),
    /// After this id, of products without a code.
    Id(String),
}

impl Default for After {
    fn default() -> After {
        After::Code(String::new())
    }
}

/// Real products of a scope after a place, with or without a code as that says.
pub async fn page(tx: &mut Tx, scope: &Scope, scoped: Option<&Under>, after: &After, rows: i64) -> DbResult<Vec<Exported>> {
    let mut wanted = list::within(scope, scoped);
    let order = match after {
        After::Code(code) => {
            let code = wanted.bind(code);
            wanted.and(&format!("p.code > {code} and p.code <> ''"));
            "p.code"
        }
        After::Id(id) => {
            let id = wanted.bind(id);
            wanted.and(&format!("p.id > {id} and p.code_fold = ''"));
            "p.id"
        }
    };
    wanted.and("not p.demo");
    let sql = format!(
        "select p.*, b.name as producer_name, b.kind as producer_kind, b.tax_code as producer_tax_code
         from product p left join body b on b.id = p.producer_id{} order by {order} limit {rows}",
        wanted.sql
    );
    fetch_texts!(tx, Exported, sql, wanted.binds)
}
