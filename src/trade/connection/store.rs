//! SQL of the ledger: connections, their steps and days on the shelf, claims, tasks to take a product down.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{ChainStore, Connection, Place, Taken};
use super::zone::{Law, ZoneClaim};
use crate::db::{DbResult, Tx};
use crate::product::Product;
use crate::{execute, fetch_all, fetch_many, fetch_one, fetch_optional, table};

mod task;

pub use task::*;

/// A connection by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Connection>> {
    fetch_optional!(tx, Connection, "select * from connection where id = $1", id)
}

/// The running connection of a product with a place.
pub async fn running(tx: &mut Tx, product: &Product, place: &Place) -> DbResult<Option<Connection>> {
    fetch_optional!(tx, Connection, "select * from connection where product_id = $1 and open_place = $2", &product.id, place.key())
}

/// The last day on which a connection of a product with a place ended.
pub async fn last_end(tx: &mut Tx, product: &Product, place: &Place) -> DbResult<Option<NaiveDate>> {
    Ok(fetch_one!(
        tx,
        (Option<NaiveDate>,),
        "select max(ended_on) from connection where product_id = $1 and place = $2",
        &product.id,
        place.key()
    )?
    .0)
}

table! {
    "connection" of Connection {
        fixed: product_id, point_id, chain_id, place, proposed_by, created_by, created_at;
        saved: stage, since, price, terms, basis, on_shelf_from, off_shelf_on, ended_on, ended_by, ended_reason, open_place, updated_at
    }
}

/// Adds a connection; none when one of the same product and place runs.
pub async fn add(tx: &mut Tx, connection: &Connection) -> DbResult<Option<String>> {
    Ok(connection.insert(tx).await?.then(|| connection.id.clone()))
}

/// Saves a step with its days on the shelf if nobody else saved since `before` was read; 0 when somebody did.
pub async fn save(tx: &mut Tx, before: &Connection, after: &Connection, now: DateTime<Utc>) -> DbResult<u64> {
    let saved = Connection { updated_at: now, ..after.clone() }.update(tx, before.version).await?;
    if saved == 1 && (before.on_shelf_from, before.off_shelf_on) != (after.on_shelf_from, after.off_shelf_on) {
        shelve(tx, after).await?;
    }
    Ok(saved)
}

/// Begins or ends the days on the shelf, as the connection says.
async fn shelve(tx: &mut Tx, connection: &Connection) -> DbResult<u64> {
    match (connection.on_shelf_from, connection.off_shelf_on) {
        (_, Some(to)) => {
            execute!(tx, "update connection_shelf set valid_to = $2 where connection_id = $1 and valid_to is null", &connection.id, to)
        }
        (Some(from), None) => execute!(
            tx,
            "insert into connection_shelf (connection_id, seq, product_id, point_id, chain_id, valid_from)
             values ($1, (select coalesce(max(s.seq), 0) + 1 from connection_shelf s where s.connection_id = $1), $2, $3, $4, $5)",
            &connection.id,
            &connection.product_id,
            &connection.point_id,
            &connection.chain_id,
            from
        ),
        (None, None) => Ok(0),
    }
}

/// The days a connection's product stood on the shelf, oldest first.
pub async fn shelf_days(tx: &mut Tx, id: &str) -> DbResult<Vec<(NaiveDate, Option<NaiveDate>)>> {
    fetch_all!(
        tx,
        (NaiveDate, Option<NaiveDate>),
        "select valid_from, valid_to from connection_shelf where connection_id = $1 order by seq",
        id
    )
}

/// Writes a step down.
pub async fn add_step(tx: &mut Tx, id: &str, step: &Taken) -> DbResult<u64> {
    execute!(
        tx,
        "insert into connection_step (connection_id, seq, stage, day, by_side, by_name, note)
         values ($1, (select coalesce(max(s.seq), 0) + 1 from connection_step s where s.connection_id = $1), $2, $3, $4, $5, $6)",
        id,
        &step.stage,
        step.day,
        &step.by_side,
        &step.by_name,
        &step.note
    )
}

/// The steps of a connection, oldest first.
pub async fn steps(tx: &mut Tx, id: &str) -> DbResult<Vec<Taken>> {
    fetch_all!(tx, Taken, "select seq, stage, day, by_side, by_name, note from connection_step where connection_id = $1 order by seq", id)
}

/// Names the stores of a chain that carry the product; none: all of them.
pub async fn put_stores(tx: &mut Tx, id: &str, stores: &[String]) -> DbResult<()> {
    execute!(tx, "delete from connection_store where connection_id = $1", id)?;
    for store in stores {
        execute!(tx, "insert into connection_store (connection_id, store_id) values ($1, $2)", id, store)?;
    }
    Ok(())
}

/// The stores named in a connection.
pub async fn stores_of(tx: &mut Tx, id: &str) -> DbResult<Vec<String>> {
    Ok(fetch_all!(tx, (String,), "select store_id from connection_store where connection_id = $1", id)?
        .into_iter()
        .map(|(store,)| store)
        .collect())
}

/// The stores named in many connections, by connection.
pub async fn stores_of_many(tx: &mut Tx, ids: &[&str]) -> DbResult<HashMap<String, Vec<String>>> {
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for (connection, store) in
        fetch_many!(tx, (String, String), "select connection_id, store_id from connection_store where connection_id in ($1)", ids)?
    {
        found.entry(connection).or_default().push(store);
    }
    Ok(found)
}

/// The stores of chains, by chain, in the order of their names.
pub async fn chain_stores(tx: &mut Tx, chains: &[&str]) -> DbResult<HashMap<String, Vec<ChainStore>>> {
    let mut found: HashMap<String, Vec<ChainStore>> = HashMap::new();
    for store in fetch_many!(tx, ChainStore, "select * from chain_store where chain_id in ($1)", chains)? {
        found.entry(store.chain_id.clone()).or_default().push(store);
    }
    for stores in found.values_mut() {
        stores.sort_by(|a, b| (&a.name_fold, &a.id).cmp(&(&b.name_fold, &b.id)));
    }
    Ok(found)
}

/// Running connections of points that are over, at most `most`, with the day on which the point ended.
pub async fn orphans(tx: &mut Tx, most: i64) -> DbResult<Vec<(String, NaiveDate)>> {
    fetch_all!(
        tx,
        (String, NaiveDate),
        "select c.id, p.state_since from point p join connection c on c.point_id = p.id where p.state in ('closed', 'withdrawn') and c.stage <> 'ended' order by c.id limit $1",
        most
    )
}

/// What keeps the bases of the zone in force.
pub async fn zone_law(tx: &mut Tx) -> DbResult<Law> {
    Ok(Law {
        applied: fetch_all!(
            tx,
            (String, NaiveDate, Option<NaiveDate>),
            "select s.instrument_id, a.valid_from, a.valid_to from application a join criteria_set s on s.id = a.set_id where s.instrument_id is not null order by a.valid_from"
        )?,
        criteria: fetch_all!(
            tx,
            (String, Option<NaiveDate>, Option<NaiveDate>),
            "select c.id, s.valid_from, s.valid_to from criterion c join criteria_set s on s.id = c.set_id where s.status = 'in_force' and not s.overlay order by c.id"
        )?,
    })
}

/// Claims of a product, the oldest first.
pub async fn claims(tx: &mut Tx, product_id: &str) -> DbResult<Vec<ZoneClaim>> {
    fetch_all!(tx, ZoneClaim, "select * from zone_claim where product_id = $1 order by valid_from, id", product_id)
}

/// Claims of many products, by product.
pub async fn claims_of(tx: &mut Tx, product_ids: &[&str]) -> DbResult<HashMap<String, Vec<ZoneClaim>>> {
    let mut found: HashMap<String, Vec<ZoneClaim>> = HashMap::new();
    for claim in fetch_many!(tx, ZoneClaim, "select * from zone_claim where product_id in ($1)", product_ids)? {
        found.entry(claim.product_id.clone()).or_default().push(claim);
    }
    Ok(found)
}

/// A claim by id.
pub async fn claim(tx: &mut Tx, id: &str) -> DbResult<Option<ZoneClaim>> {
    fetch_optional!(tx, ZoneClaim, "select * from zone_claim where id = $1", id)
}

/// A page of all claims with the names of their products, the newest first.
pub async fn claim_page(tx: &mut Tx, before: &str, rows: i64) -> DbResult<Vec<(String, String, String)>> {
    fetch_all!(
        tx,
        (String, String, String),
        "select z.id, z.product_id, p.name from zone_claim z join product p on p.id = z.product_id where ($1 = '' or z.id < $1) order by z.id desc limit $2",
        before,
        rows
    )
}

/// Adds a claim.
pub async fn add_claim(tx: &mut Tx, claim: &ZoneClaim) -> DbResult<u64> {
    execute!(
        tx,
        "insert into zone_claim (id, product_id, basis, origin, paper_no, paper_issuer, valid_from, valid_to, withdrawn_on, note, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &claim.id,
        &claim.product_id,
        &claim.basis,
        &claim.origin,
        &claim.paper_no,
        &claim.paper_issuer,
        claim.valid_from,
        claim.valid_to,
        claim.withdrawn_on,
        &claim.note,
        &claim.created_by,
        claim.created_at
    )
}

/// Ends a claim before its day; 0 when somebody did already.
pub async fn end_claim(tx: &mut Tx, id: &str, on: NaiveDate, note: &str) -> DbResult<u64> {
    execute!(tx, "update zone_claim set withdrawn_on = $2, note = $3 where id = $1 and withdrawn_on is null", id, on, note)
}

/// Products after a key that stand on shelves and may have to leave, or whose open tasks may have become needless.
pub async fn doubtful(tx: &mut Tx, after: &str, on: NaiveDate, stars: i64, most: i64) -> DbResult<Vec<String>> {
    let found = fetch_all!(
        tx,
        (String,),
        "select distinct c.product_id from connection c join product p on p.id = c.product_id
         where c.stage = 'on_shelf' and c.product_id > $1
           and (p.state <> 'live' or p.valid_to is null or p.valid_to <= $2 or p.stars is null or p.stars < $3
             or exists (select 1 from takedown t where t.connection_id = c.id and t.done_on is null))
         order by c.product_id limit $4",
        after,
        on,
        stars,
        most
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// The connections by which a product stands on shelves now.
pub async fn on_shelf(tx: &mut Tx, product_id: &str) -> DbResult<Vec<Connection>> {
    fetch_all!(tx, Connection, "select * from connection where product_id = $1 and stage = 'on_shelf' order by id", product_id)
}

/// Running connections of a product that is not on the shelf there.
pub async fn waiting(tx: &mut Tx, product_id: &str) -> DbResult<Vec<Connection>> {
    fetch_all!(
        tx,
        Connection,
        "select * from connection where product_id = $1 and stage <> 'on_shelf' and stage <> 'ended' order by id limit 500",
        product_id
    )
}

/// Prices agreed for what stands on the shelf of a point: product and đồng.
pub async fn prices_at(tx: &mut Tx, point_id: &str) -> DbResult<Vec<(String, i64)>> {
    fetch_all!(
        tx,
        (String, i64),
        "select product_id, price from connection where point_id = $1 and stage = 'on_shelf' and price is not null order by product_id",
        point_id
    )
}

/// How many connections a point has in each stage, the ended ones left out.
pub async fn stages_at(tx: &mut Tx, point_id: &str) -> DbResult<Vec<(super::Stage, i64)>> {
    let mut found = fetch_all!(
        tx,
        (super::Stage, i64),
        "select stage, count(*) from connection where point_id = $1 and stage <> 'ended' group by stage",
        point_id
    )?;
    found.sort();
    Ok(found)
}

/// A chain with its stores counted, for a list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ChainRow {
    /// The body.
    pub id: String,
    /// Name.
    pub name: String,
    /// Address of its office.
    pub address: String,
    /// Open stores.
    pub stores: i64,
    /// Products on its shelves.
    pub products: i64,
}

/// Chains after one of them, in the order of their folded names, optionally those whose name contains `q`.
pub async fn chains(tx: &mut Tx, q: &str, after: &str, today: NaiveDate, rows: i64) -> DbResult<Vec<ChainRow>> {
    fetch_all!(
        tx,
        ChainRow,
        "select b.id, b.name, b.address, (select count(*) from chain_store s where s.chain_id = h.id and (s.closed_on is null or s.closed_on > $4)) as stores,
           (select count(*) from connection c where c.chain_id = h.id and c.stage = 'on_shelf') as products
         from chain h join body b on b.id = h.id where ($2 = '' or (b.name_fold, b.id) > (select k.name_fold, k.id from body k where k.id = $2)) and ($1 = '%%' or b.name_fold like $1)
         order by b.name_fold, b.id limit $3",
        format!("%{q}%"),
        after,
        rows,
        today
    )
}

/// Makes a body a chain; none when it is one.
pub async fn add_chain(tx: &mut Tx, id: &str, note: &str, now: DateTime<Utc>) -> DbResult<Option<String>> {
    let added = fetch_optional!(
        tx,
        (String,),
        "insert into chain (id, note, version, created_at) values ($1, $2, 1, $3) on conflict do nothing returning id",
        id,
        note,
        now
    )?;
    Ok(added.map(|(id,)| id))
}

/// The remark on a chain; none when the body is no chain.
pub async fn chain_note(tx: &mut Tx, id: &str) -> DbResult<Option<String>> {
    Ok(fetch_optional!(tx, (String,), "select note from chain where id = $1", id)?.map(|(note,)| note))
}

/// Adds a store.
pub async fn add_chain_store(tx: &mut Tx, store: &ChainStore) -> DbResult<u64> {
    execute!(
        tx,
        "insert into chain_store (id, chain_id, name, name_fold, address, unit_id, unit_today, lon, lat, closed_on, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &store.id,
        &store.chain_id,
        &store.name,
        &store.name_fold,
        &store.address,
        &store.unit_id,
        &store.unit_today,
        store.lon,
        store.lat,
        store.closed_on,
        store.created_at
    )
}

/// Closes a store; 0 when it is closed.
pub async fn close_chain_store(tx: &mut Tx, chain_id: &str, id: &str, on: NaiveDate) -> DbResult<u64> {
    execute!(tx, "update chain_store set closed_on = $3 where id = $2 and chain_id = $1 and closed_on is null", chain_id, id, on)
}

/// Where a product stands on a shelf now: points, and chains with a contract.
pub const ON_SHELVES: crate::dossier::known::Question = crate::dossier::known::Question {
    word: "shelf",
    label: "Đang bán",
    sql: "select coalesce(p.name, b.name) as title, '/ket-noi/' || c.id as href from connection c join product d on d.id = c.product_id
          left join point p on p.id = c.point_id left join body b on b.id = c.chain_id
          where c.product_id = $1 and d.producer_id = $2 and c.stage = 'on_shelf' order by c.id limit 100",
};

/// Points of the register that run where the producer is.
pub const NEARBY: crate::dossier::known::Question = crate::dossier::known::Question {
    word: "local_points",
    label: "Điểm giới thiệu, bán sản phẩm OCOP đang mở trong xã, phường",
    sql: "select p.name as title, '' as href from point p join product d on d.id = $1 and d.producer_id = $2
          where p.state = 'operating' and p.unit_today = d.unit_today order by p.name_fold, p.id limit 100",
};

/// The chain of an id.
pub const CHAIN: &str = "select id from chain where id = $1";
