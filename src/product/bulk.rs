//! SQL for many products at once: what an import reads and writes a chunk at a time, and what an export reads by key.

use std::collections::HashMap;

use super::list;
use super::model::{Certificate, Product};
use crate::access::Scope;
use crate::db::{DbResult, Dialect, Statement, Tx};
use crate::region::Under;
use crate::{execute_many, fetch_many, fetch_optional, fetch_texts, fill_many};

/// Whether there is no product at all: then nothing that a file names has to be looked for.
pub async fn is_empty(tx: &mut Tx) -> DbResult<bool> {
    Ok(fetch_optional!(tx, (String,), "select id from product limit 1")?.is_none())
}

/// Products by code.
pub async fn by_codes(tx: &mut Tx, codes: &[&str]) -> DbResult<HashMap<String, Product>> {
    let products = fetch_many!(tx, Product, "select * from product where code in ($1)", codes)?;
    Ok(products.into_iter().map(|product| (product.code.clone(), product)).collect())
}

/// Of which product each of these certificate numbers is: its id and code.
pub async fn holders(tx: &mut Tx, numbers: &[&str]) -> DbResult<HashMap<String, (String, String)>> {
    let found = fetch_many!(tx, (String, String, String), "select c.number, p.id, p.code from certificate c join product p on p.id = c.product_id where c.number in ($1)", numbers)?;
    Ok(found.into_iter().map(|(number, id, code)| (number, (id, code))).collect())
}

/// Which of these names for addresses are taken.
pub async fn taken_slugs(tx: &mut Tx, slugs: &[&str]) -> DbResult<Vec<String>> {
    Ok(fetch_many!(tx, (String,), "select slug from product where slug in ($1)", slugs)?.into_iter().map(|(slug,)| slug).collect())
}

/// What adds new products; counters are the caller's, once for all.
pub fn add(dialect: Dialect, products: &[&Product]) -> impl Iterator<Item = DbResult<Statement>> {
    fill_many!(
        dialect,
        26,
        "insert into product (id, code, slug, name, name_fold, sort, producer_id, group_id, group_as, set_name, unit_id, unit_today, price, capacity,
           capacity_unit, description, story, lon, lat, source, demo, version, state, stars, valid_to, created_by, created_at, updated_at, code_fold, set_id,
           origin)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, null, '', $14, '', $15, $16, $17, false, 1, $18, $19, $20, $21, $22, $23, $24,
           $25, $26)",
        products,
        |product| [
            &product.id,
            &product.code,
            &product.slug,
            &product.name,
            &product.name_fold,
            &product.sort,
            &product.producer_id,
            &product.group_id,
            &product.group_as,
            &product.set_name,
            &product.unit_id,
            &product.unit_today,
            product.price,
            &product.description,
            product.lon,
            product.lat,
            &product.source,
            product.state,
            product.stars,
            product.valid_to,
            &product.created_by,
            product.created_at,
            product.updated_at,
            &product.code_fold,
            &product.set_id,
            &product.origin,
        ]
    )
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

/// Real products of a scope after a code, in the order of codes.
pub async fn page(tx: &mut Tx, scope: &Scope, scoped: Option<&Under>, after: &str, rows: i64) -> DbResult<Vec<Exported>> {
    let mut wanted = list::within(scope, scoped);
    let after = wanted.bind(after);
    wanted.and(&format!("p.code > {after} and not p.demo"));
    let sql = format!(
        "select p.*, b.name as producer_name, b.kind as producer_kind, b.tax_code as producer_tax_code
         from product p left join body b on b.id = p.producer_id{} order by p.code limit {rows}",
        wanted.sql
    );
    fetch_texts!(tx, Exported, sql, wanted.binds)
}
