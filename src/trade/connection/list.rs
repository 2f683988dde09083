//! Lists of connections, the newest first, read by key.

use chrono::NaiveDate;

use super::model::Stage;
use crate::access::Scope;
use crate::db::{DbResult, Tx, Where};
use crate::fetch_texts;
use crate::page::Rows;
use crate::product::State;
use crate::region::Region;
use crate::region::store::lies_under;

/// A line of a list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// The connection.
    pub id: String,
    /// Stage.
    pub stage: Stage,
    /// Since.
    pub since: NaiveDate,
    /// Word of the side that proposed.
    pub proposed_by: String,
    /// The product.
    pub product_id: String,
    /// Its name.
    pub product: String,
    /// Its code.
    pub code: String,
    /// State of its certificate.
    pub state: State,
    /// Stars.
    pub stars: Option<i64>,
    /// First day no longer valid.
    pub valid_to: Option<NaiveDate>,
    /// On which basis it stands on the shelf.
    pub basis: String,
    /// The point, if it is one.
    pub point_id: Option<String>,
    /// The chain, if it is one.
    pub chain_id: Option<String>,
    /// Name of the point or the chain.
    pub place: String,
    /// By when it has to be taken down, if it has.
    pub due_on: Option<NaiveDate>,
}

/// What is asked of a list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this stage.
    pub stage: Option<Stage>,
    /// Only what lies in this unit: the point, a store, or the producer's product.
    pub unit: Option<String>,
    /// Only products of this group.
    pub group: Option<String>,
    /// Only this point.
    pub point: Option<String>,
    /// Only this chain.
    pub chain: Option<String>,
    /// Only this product.
    pub product: Option<String>,
    /// Folded text in the name of the product or the point.
    pub q: String,
    /// Rows after this id.
    pub after: Option<String>,
    /// Rows a page.
    pub size: i64,
}

/// Connections whose point, store or product lies in a unit: few beside all, so they are gathered first.
fn in_unit(found: &mut Where, unit: &str, region: &Region, today: NaiveDate) {
    let bind = found.bind(unit);
    let product = lies_under(found, "r", &region.under(unit, today));
    found.and(&format!(
        "c.id in (select x.id from point_unit u join connection x on x.point_id = u.point_id where u.unit_id = {bind}
           union select x.id from chain_store s join connection x on x.chain_id = s.chain_id where s.unit_today = {bind}
           union select x.id from product r join connection x on x.product_id = r.id where {product})"
    ));
}

/// What a filter and a scope ask for.
fn asked(filter: &Filter, scope: &Scope, region: &Region, today: NaiveDate) -> Where {
    let mut found = Where::default();
    match scope {
        Scope::All => {}
        Scope::Unit(unit) => in_unit(&mut found, unit, region, today),
        Scope::Body(body) => {
            let bind = found.bind(body);
            found.and(&format!(
                "c.id in (select x.id from product r join connection x on x.product_id = r.id where r.producer_id = {bind}
                   union select x.id from point s join connection x on x.point_id = s.id where s.operator_id = {bind} or s.nominated_by = {bind} or s.supporter_id = {bind}
                   union select x.id from connection x where x.chain_id = {bind})"
            ));
        }
        Scope::None => found.and("1 = 0"),
    }
    for (column, value) in [
        ("c.stage", filter.stage.map(Stage::word)),
        ("c.point_id", filter.point.as_deref()),
        ("c.chain_id", filter.chain.as_deref()),
        ("c.product_id", filter.product.as_deref()),
        ("p.group_id", filter.group.as_deref()),
    ] {
        if let Some(value) = value {
            let bind = found.bind(value);
            found.and(&format!("{column} = {bind}"));
        }
    }
    if let Some(unit) = &filter.unit {
        in_unit(&mut found, unit, region, today);
    }
    found.words(&filter.q, |word| format!("p.name_fold like {word} or q.name_fold like {word} or b.name_fold like {word}"));
    found
}

/// A page, the newest proposal first.
pub async fn page(tx: &mut Tx, filter: &Filter, scope: &Scope, region: &Region, today: NaiveDate) -> DbResult<Rows<Row>> {
    let mut wanted = asked(filter, scope, region, today);
    if let Some(after) = &filter.after {
        let bind = wanted.bind(after);
        wanted.and(&format!("c.id < {bind}"));
    }
    let sql = format!(
        "select c.id, c.stage, c.since, c.proposed_by, c.product_id, p.name as product, p.code, p.state, p.stars, p.valid_to, c.basis, c.point_id, c.chain_id,
           coalesce(q.name, b.name, '') as place, (select min(t.due_on) from takedown t where t.connection_id = c.id and t.done_on is null) as due_on
         from connection c join product p on p.id = c.product_id left join point q on q.id = c.point_id left join body b on b.id = c.chain_id{}
         order by c.id desc limit {}",
        wanted.sql,
        filter.size + 1
    );
    let rows = fetch_texts!(tx, Row, sql, wanted.binds)?;
    Ok(Rows::cut(rows, filter.size, filter.after.as_deref(), |row| row.id.clone()))
}

/// How many connections a list has, counted up to one more than `most`.
pub async fn count(tx: &mut Tx, filter: &Filter, scope: &Scope, region: &Region, today: NaiveDate, most: i64) -> DbResult<i64> {
    let joined =
        "connection c join product p on p.id = c.product_id left join point q on q.id = c.point_id left join body b on b.id = c.chain_id";
    asked(filter, scope, region, today).count(tx, joined, most).await
}

/// How many connections a scope has in each stage.
pub async fn counts(tx: &mut Tx, scope: &Scope, region: &Region, today: NaiveDate) -> DbResult<Vec<(Stage, i64)>> {
    let wanted = asked(&Filter::default(), scope, region, today);
    let sql = format!("select c.stage, count(*) from connection c{} group by c.stage", wanted.sql);
    let mut found = fetch_texts!(tx, (Stage, i64), sql, wanted.binds)?;
    found.sort();
    Ok(found)
}

/// Proposals that wait for a body to answer: those it did not make itself, the oldest first.
pub async fn unanswered(tx: &mut Tx, body: &str, most: i64) -> DbResult<Vec<Row>> {
    crate::fetch_all!(
        tx,
        Row,
        "select c.id, c.stage, c.since, c.proposed_by, c.product_id, p.name as product, p.code, p.state, p.stars, p.valid_to, c.basis, c.point_id, c.chain_id,
           coalesce(q.name, b.name, '') as place, cast(null as date) as due_on
         from connection c join product p on p.id = c.product_id left join point q on q.id = c.point_id left join body b on b.id = c.chain_id
         where c.id in (select x.id from product r join connection x on x.product_id = r.id where r.producer_id = $1 and x.stage = 'proposed' and x.proposed_by not in ('producer', 'association')
             union select x.id from point s join connection x on x.point_id = s.id where s.operator_id = $1 and x.stage = 'proposed' and x.proposed_by <> 'seller'
             union select x.id from connection x where x.chain_id = $1 and x.stage = 'proposed' and x.proposed_by <> 'seller')
         order by c.id limit $2",
        body,
        most
    )
}
