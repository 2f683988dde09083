//! SQL of products and certificates.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Certificate, Product, State, stamp};
use crate::db::{Column, DbResult, Tx, fact};
use crate::region::{Region, Today};
use crate::{execute, fetch_all, fetch_many, fetch_one, fetch_optional, job, table, text};

/// A product by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Product>> {
    fetch_optional!(tx, Product, "select * from product where id = $1", id)
}

/// A product by the name in its address.
pub async fn find_by_slug(tx: &mut Tx, slug: &str) -> DbResult<Option<Product>> {
    fetch_optional!(tx, Product, "select * from product where slug = $1", slug)
}

/// A product by its code.
pub async fn find_by_code(tx: &mut Tx, code: &str) -> DbResult<Option<Product>> {
    fetch_optional!(tx, Product, "select * from product where code = $1 and code <> ''", code)
}

/// The product that was typed: its code, a code that differs by case, blanks, dashes or zeros alone from that of one product, or
/// the id that stands for the code of a product without one.
pub async fn find_typed(tx: &mut Tx, typed: &str) -> DbResult<Option<Product>> {
    if let Some(product) = find_by_code(tx, typed).await? {
        return Ok(Some(product));
    }
    let folded = super::code::fold(typed);
    let mut alike = fetch_all!(tx, Product, "select * from product where code_fold = $1 and code_fold <> '' limit 2", folded)?;
    match (alike.pop(), alike.is_empty()) {
        (Some(product), true) => Ok(Some(product)),
        _ => find(tx, typed).await,
    }
}

/// Products by id, in no order.
pub async fn by_ids(tx: &mut Tx, ids: &[&str]) -> DbResult<Vec<Product>> {
    fetch_many!(tx, Product, "select * from product where id in ($1)", ids)
}

/// Certificates of a product, the oldest first.
pub async fn certificates(tx: &mut Tx, product_id: &str) -> DbResult<Vec<Certificate>> {
    fetch_all!(tx, Certificate, "select * from certificate where product_id = $1 order by valid_from, created_at, id", product_id)
}

/// Certificates of many products, by product.
pub async fn certificates_of(tx: &mut Tx, product_ids: &[&str]) -> DbResult<HashMap<String, Vec<Certificate>>> {
    let mut found: HashMap<String, Vec<Certificate>> = HashMap::new();
    for certificate in fetch_many!(tx, Certificate, "select * from certificate where product_id in ($1)", product_ids)? {
        found.entry(certificate.product_id.clone()).or_default().push(certificate);
    }
    for certificates in found.values_mut() {
        certificates.sort_by(|a, b| (a.valid_from, a.created_at, &a.id).cmp(&(b.valid_from, b.created_at, &b.id)));
    }
    Ok(found)
}

/// A certificate by id.
pub async fn certificate(tx: &mut Tx, id: &str) -> DbResult<Option<Certificate>> {
    fetch_optional!(tx, Certificate, "select * from certificate where id = $1", id)
}

/// The certificate that has a number.
pub async fn certificate_by_number(tx: &mut Tx, number: &str) -> DbResult<Option<Certificate>> {
    fetch_optional!(tx, Certificate, "select * from certificate where number = $1", number)
}

/// The next free code of a year for a product that has none: `SP-HN-2026-0007`.
pub async fn next_code(tx: &mut Tx, year: i32) -> DbResult<String> {
    let prefix = fact::code_prefix(tx).await?;
    loop {
        let number = fact::next_number(tx, &format!("product_code_{year}")).await?;
        let code = format!("SP-{prefix}-{year}-{number:04}");
        if find_by_code(tx, &code).await?.is_none() {
            return Ok(code);
        }
    }
}

/// Fills what follows from the other fields: folded text, order, today's unit, the name in the address while it has none.
pub fn derive(product: &mut Product, region: &Region, today: NaiveDate) {
    product.name_fold = text::fold(&product.name);
    product.sort = text::sort_key(&product.name);
    product.code_fold = super::code::fold(&product.code);
    product.unit_today = match product.unit_id.as_deref().map(|unit| region.today(unit, product.pin(), today)) {
        Some(Today::Known(unit)) => Some(unit),
        _ => None,
    };
    if product.slug.is_empty() {
        product.slug = slug(&product.name, &product.code);
    }
}

/// Name and code as an address; both are kept so that it stays one product's.
pub fn slug(name: &str, code: &str) -> String {
    let (name, code) = (text::slug(name), text::slug(code));
    let short = name.char_indices().nth(60).map_or(name.as_str(), |(at, _)| name[..at].trim_end_matches('-'));
    match (short.is_empty(), code.is_empty()) {
        (false, false) => format!("{short}-{code}"),
        (false, true) => short.to_owned(),
        (true, _) => code,
    }
}

table! {
    "product" of Product {
        fixed: slug, demo, created_by, created_at;
        saved: name, name_fold, sort, producer_id, group_id, group_as, set_name, unit_id, unit_today, price, capacity, capacity_unit, description, story, lon, lat, source, state, stars, valid_to, updated_at, set_id, origin, code, code_fold
    }
}

/// Adds a product with its place in the counters; none when its code or its address is taken.
pub async fn add(tx: &mut Tx, product: &Product) -> DbResult<Option<String>> {
    let added = product.insert(tx).await?.then(|| product.id.clone());
    if added.is_some() {
        count(tx, product, 1).await?;
    }
    Ok(added)
}

/// Saves what changed if nobody else saved since `before` was read; 0 when somebody did. What stands on shelves follows by a job.
pub async fn save(tx: &mut Tx, before: &Product, after: &Product, now: DateTime<Utc>) -> DbResult<u64> {
    let saved = put(tx, before, after, now).await?;
    if saved == 1 {
        count(tx, before, -1).await?;
        count(tx, after, 1).await?;
        if (before.state, before.stars, before.valid_to) != (after.state, after.stars, after.valid_to) {
            job::queue(tx, now, super::CHANGED_JOB, &before.id, "system").await?;
        }
    }
    Ok(saved)
}

/// The row alone: counters and what follows are the caller's.
pub async fn put(tx: &mut Tx, before: &Product, after: &Product, now: DateTime<Utc>) -> DbResult<u64> {
    Product { updated_at: now, ..after.clone() }.update(tx, before.version).await
}

/// Adds a certificate; none when its number is taken. The product's row is the caller's: [`restamp`].
pub async fn add_certificate(tx: &mut Tx, certificate: &Certificate) -> DbResult<Option<String>> {
    let added = fetch_optional!(
        tx,
        (String,),
        "insert into certificate (id, product_id, number, decision_no, decided_on, stars, score, valid_from, valid_to, withdrawn_on, withdrawn_reason,
           withdrawn_decision, source, created_by, created_at, recognised_by, recognition, decided_as, end_rule, file_no, file_on, runs_to, withdrawn_ground,
           withdrawn_by, file_refused_on, file_refused_no)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26) on conflict do nothing returning id",
        &certificate.id,
        &certificate.product_id,
        &certificate.number,
        &certificate.decision_no,
        certificate.decided_on,
        certificate.stars,
        certificate.score,
        certificate.valid_from,
        certificate.valid_to,
        certificate.withdrawn_on,
        &certificate.withdrawn_reason,
        &certificate.withdrawn_decision,
        &certificate.source,
        &certificate.created_by,
        certificate.created_at,
        &certificate.recognised_by,
        &certificate.recognition,
        &certificate.decided_as,
        &certificate.end_rule,
        &certificate.file_no,
        certificate.file_on,
        certificate.runs_to,
        &certificate.withdrawn_ground,
        &certificate.withdrawn_by,
        certificate.file_refused_on,
        &certificate.file_refused_no
    )?;
    Ok(added.map(|(id,)| id))
}

/// Saves a certificate that was corrected or taken back.
pub async fn save_certificate(tx: &mut Tx, certificate: &Certificate) -> DbResult<u64> {
    // of another end notice is given anew
    execute!(
        tx,
        "delete from certificate_notice where certificate_id = $1 and exists (select 1 from certificate c where c.id = $1 and c.valid_to <> $2)",
        &certificate.id,
        certificate.valid_to
    )?;
    execute!(
        tx,
        "update certificate set decision_no = $2, decided_on = $3, stars = $4, score = $5, valid_from = $6, valid_to = $7, withdrawn_on = $8,
           withdrawn_reason = $9, withdrawn_decision = $10, source = $11, number = $12, recognised_by = $13, recognition = $14, decided_as = $15, end_rule = $16,
           file_no = $17, file_on = $18, runs_to = $19, withdrawn_ground = $20, withdrawn_by = $21,
           file_refused_on = $22, file_refused_no = $23 where id = $1",
        &certificate.id,
        &certificate.decision_no,
        certificate.decided_on,
        certificate.stars,
        certificate.score,
        certificate.valid_from,
        certificate.valid_to,
        certificate.withdrawn_on,
        &certificate.withdrawn_reason,
        &certificate.withdrawn_decision,
        &certificate.source,
        &certificate.number,
        &certificate.recognised_by,
        &certificate.recognition,
        &certificate.decided_as,
        &certificate.end_rule,
        &certificate.file_no,
        certificate.file_on,
        certificate.runs_to,
        &certificate.withdrawn_ground,
        &certificate.withdrawn_by,
        certificate.file_refused_on,
        &certificate.file_refused_no
    )
}

/// Brings a product's row to what its certificates say on a day; gives the product as it is now.
pub async fn restamp(tx: &mut Tx, product: &Product, on: NaiveDate, now: DateTime<Utc>) -> DbResult<Product> {
    let certificates = certificates(tx, &product.id).await?;
    let mut after = product.clone();
    stamp(&mut after, &certificates, on);
    if after != *product && save(tx, product, &after, now).await? == 1 {
        after.version += 1;
        after.updated_at = now;
    }
    Ok(after)
}

/// Products whose row says they are live although their certificate ended by this day; at most `most`.
pub async fn lapsing(tx: &mut Tx, on: NaiveDate, most: i64) -> DbResult<Vec<Product>> {
    fetch_all!(tx, Product, "select * from product where state = 'live' and valid_to <= $1 order by valid_to, id limit $2", on, most)
}

/// Ids of products of which a certificate begins after one day and by another.
pub async fn beginning(tx: &mut Tx, after: NaiveDate, by: NaiveDate) -> DbResult<Vec<String>> {
    let found = fetch_all!(
        tx,
        (String,),
        "select distinct product_id from certificate where valid_from > $1 and valid_from <= $2 order by product_id",
        after,
        by
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Goods of elsewhere are in no counter.
async fn count(tx: &mut Tx, product: &Product, by: i64) -> DbResult<u64> {
    if !product.is_of_here() {
        return Ok(0);
    }
    execute!(
        tx,
        "insert into product_count (group_id, stars, state, n) values ($1, $2, $3, $4)
         on conflict (group_id, stars, state) do update set n = product_count.n + excluded.n",
        &product.group_id,
        product.stars.unwrap_or(0),
        product.state,
        by
    )
}

/// How many products there are by group, stars and state.
pub async fn counts(tx: &mut Tx) -> DbResult<Vec<(String, i64, State, i64)>> {
    fetch_all!(
        tx,
        (String, i64, State, i64),
        "select group_id, stars, state, n from product_count where n > 0 order by group_id, stars, state"
    )
}

/// How many producers have a product whose certificate counts.
pub async fn live_producers(tx: &mut Tx) -> DbResult<i64> {
    fetch_one!(tx, (i64,), "select count(distinct producer_id) from product where state = 'live'").map(|(n,)| n)
}

/// Where this slice names bodies.
pub const PLACES: &[Column] = &[Column {
    name: "product.producer_id",
    label: "sản phẩm",
    count: "select count(*) from product where producer_id = $1",
    forth: "update product set producer_id = $2 where producer_id = $1 returning id",
    back: "update product set producer_id = $2 where producer_id = $1 and id = $3",
}];

/// Whether body `$1` makes a product that does not lie in unit `$2`.
pub const OUTSIDE: &str =
    "select count(*) from (select 1 from product where producer_id = $1 and (unit_today is null or unit_today <> $2) limit 1) found";
