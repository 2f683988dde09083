//! SQL of monthly results.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Pair, Told, Typed};
use crate::access::Scope;
use crate::db::{DbResult, Tx};
use crate::page::Rows;
use crate::{execute, fetch_all, fetch_many, fetch_one, fetch_optional};

/// A connection with its sides.
pub async fn pair(tx: &mut Tx, id: &str) -> DbResult<Option<Pair>> {
    fetch_optional!(
        tx,
        Pair,
        "select c.id, c.product_id, p.name as product, p.capacity_unit as unit, p.producer_id, coalesce(b.name, '') as producer, c.point_id, c.chain_id,
           coalesce(t.name, k.name, '') as place, t.operator_id, c.stage, c.on_shelf_from, c.off_shelf_on
         from connection c join product p on p.id = c.product_id left join body b on b.id = p.producer_id
           left join point t on t.id = c.point_id left join body k on k.id = c.chain_id where c.id = $1",
        id
    )
}

/// Results of a connection, the latest month first; five years of them.
pub async fn told(tx: &mut Tx, connection: &str) -> DbResult<Vec<Told>> {
    fetch_all!(
        tx,
        Told,
        "select month, quantity, unit, revenue, note, told_by, told_at from connection_month where connection_id = $1 order by month desc limit 60",
        connection
    )
}

/// The result of a month.
pub async fn of_month(tx: &mut Tx, connection: &str, month: NaiveDate) -> DbResult<Option<Told>> {
    fetch_optional!(
        tx,
        Told,
        "select month, quantity, unit, revenue, note, told_by, told_at from connection_month where connection_id = $1 and month = $2",
        connection,
        month
    )
}

/// Writes the result of a month down for the first time; 0 when somebody did before.
pub async fn tell(tx: &mut Tx, connection: &str, typed: &Typed, by: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into connection_month (connection_id, month, quantity, unit, revenue, note, told_by, told_at) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        connection,
        typed.month,
        typed.quantity,
        &typed.unit,
        typed.revenue,
        &typed.note,
        by,
        now
    )
}

/// Corrects the result of a month if nobody did since it was told; 0 when somebody did.
pub async fn correct(tx: &mut Tx, connection: &str, typed: &Typed, told_at: DateTime<Utc>, by: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "update connection_month set quantity = $4, unit = $5, revenue = $6, note = $7, told_by = $8, told_at = $9 where connection_id = $1 and month = $2 and told_at = $3",
        connection,
        typed.month,
        told_at,
        typed.quantity,
        &typed.unit,
        typed.revenue,
        &typed.note,
        by,
        now
    )
}

/// What a month brought at one place.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AtPlace {
    /// 'point:ID' or 'chain:ID'.
    pub place: String,
    /// Its name.
    pub name: String,
    /// Connections that were told of.
    pub n: i64,
    /// Revenue, đồng.
    pub revenue: i64,
}

/// A page of the places of a scope in a month, the most revenue first. The key is revenue and name of the last place.
pub async fn by_place(tx: &mut Tx, scope: &Scope, month: NaiveDate, after: &str, size: i64) -> DbResult<Rows<AtPlace>> {
    let Some((unit, body)) = scope.ends() else { return Ok(Rows::none()) };
    let (most, last) = after.split_once('.').and_then(|(sum, place)| Some((sum.parse::<i64>().ok()?, place))).unwrap_or((i64::MAX, ""));
    let rows = fetch_all!(
        tx,
        AtPlace,
        "select place, name, n, revenue from (
           select c.place, coalesce(max(t.name), max(k.name), '') as name, count(*) as n, cast(coalesce(sum(m.revenue), 0) as bigint) as revenue
           from connection_month m join connection c on c.id = m.connection_id join product p on p.id = c.product_id
             left join point t on t.id = c.point_id left join body k on k.id = c.chain_id
           where m.month = $1
             and ($2 = '' or p.unit_today = $2 or p.unit_id = $2 or exists (select 1 from point_unit u where u.unit_id = $2 and u.point_id = c.point_id))
             and ($3 = '' or p.producer_id = $3 or t.operator_id = $3 or c.chain_id = $3)
           group by c.place) found
         where revenue < $4 or (revenue = $4 and place > $5) order by revenue desc, place limit $6",
        month,
        unit,
        body,
        most,
        last,
        size + 1
    )?;
    Ok(Rows::cut(rows, size, after, |row| format!("{}.{}", row.revenue, row.place)))
}

/// Connections told of and revenue of a month, by group of products.
pub async fn by_group(tx: &mut Tx, scope: &Scope, month: NaiveDate) -> DbResult<Vec<(String, i64, i64)>> {
    let Some((unit, body)) = scope.ends() else { return Ok(Vec::new()) };
    fetch_all!(
        tx,
        (String, i64, i64),
        "select p.group_id, count(*), cast(coalesce(sum(m.revenue), 0) as bigint)
         from connection_month m join connection c on c.id = m.connection_id join product p on p.id = c.product_id left join point t on t.id = c.point_id
         where m.month = $1
           and ($2 = '' or p.unit_today = $2 or p.unit_id = $2 or exists (select 1 from point_unit u where u.unit_id = $2 and u.point_id = c.point_id))
           and ($3 = '' or p.producer_id = $3 or t.operator_id = $3 or c.chain_id = $3)
         group by p.group_id order by p.group_id",
        month,
        unit,
        body
    )
}

/// Connections told of and revenue by month, from one month to another.
pub async fn by_month(tx: &mut Tx, scope: &Scope, from: NaiveDate, to: NaiveDate) -> DbResult<Vec<(NaiveDate, i64, i64)>> {
    let Some((unit, body)) = scope.ends() else { return Ok(Vec::new()) };
    fetch_all!(
        tx,
        (NaiveDate, i64, i64),
        "select m.month, count(*), cast(coalesce(sum(m.revenue), 0) as bigint)
         from connection_month m join connection c on c.id = m.connection_id join product p on p.id = c.product_id left join point t on t.id = c.point_id
         where m.month between $1 and $2
           and ($3 = '' or p.unit_today = $3 or p.unit_id = $3 or exists (select 1 from point_unit u where u.unit_id = $3 and u.point_id = c.point_id))
           and ($4 = '' or p.producer_id = $4 or t.operator_id = $4 or c.chain_id = $4)
         group by m.month order by m.month",
        from,
        to,
        unit,
        body
    )
}

/// A connection of which a month was not told.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Untold {
    /// Identifier.
    pub id: String,
    /// Name of the product.
    pub product: String,
    /// Name of its producer.
    pub producer: String,
    /// Name of the point or chain.
    pub place: String,
    /// 'point:ID' or 'chain:ID'.
    pub at: String,
}

/// A page of the connections of a scope that stood on a shelf in a month of which nothing was told.
pub async fn untold(tx: &mut Tx, scope: &Scope, month: NaiveDate, after: &str, size: i64) -> DbResult<Rows<Untold>> {
    let Some((unit, body)) = scope.ends() else { return Ok(Rows::none()) };
    let next_month = super::model::after(month);
    let rows = fetch_all!(
        tx,
        Untold,
        "select c.id, p.name as product, coalesce(b.name, '') as producer, coalesce(t.name, k.name, '') as place, c.place as at
         from connection c join product p on p.id = c.product_id left join body b on b.id = p.producer_id
           left join point t on t.id = c.point_id left join body k on k.id = c.chain_id
         where c.id > $1 and c.on_shelf_from < $2 and (c.off_shelf_on is null or c.off_shelf_on > $3)
           and not exists (select 1 from connection_month m where m.connection_id = c.id and m.month = $3)
           and ($4 = '' or p.unit_today = $4 or p.unit_id = $4 or exists (select 1 from point_unit u where u.unit_id = $4 and u.point_id = c.point_id))
           and ($5 = '' or p.producer_id = $5 or t.operator_id = $5 or c.chain_id = $5)
         order by c.id limit $6",
        after,
        next_month,
        month,
        unit,
        body,
        size + 1
    )?;
    Ok(Rows::cut(rows, size, after, |row| row.id.clone()))
}

/// How many there are.
pub async fn untold_count(tx: &mut Tx, scope: &Scope, month: NaiveDate) -> DbResult<i64> {
    let Some((unit, body)) = scope.ends() else { return Ok(0) };
    let (count,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from connection c join product p on p.id = c.product_id left join point t on t.id = c.point_id
         where c.on_shelf_from < $1 and (c.off_shelf_on is null or c.off_shelf_on > $2)
           and not exists (select 1 from connection_month m where m.connection_id = c.id and m.month = $2)
           and ($3 = '' or p.unit_today = $3 or p.unit_id = $3 or exists (select 1 from point_unit u where u.unit_id = $3 and u.point_id = c.point_id))
           and ($4 = '' or p.producer_id = $4 or t.operator_id = $4 or c.chain_id = $4)",
        super::model::after(month),
        month,
        unit,
        body
    )?;
    Ok(count)
}

/// A place of which a month was not told whole.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct UntoldPlace {
    /// 'point:ID' or 'chain:ID'.
    pub place: String,
    /// Its name.
    pub name: String,
    /// Products of which nothing was told.
    pub number: i64,
}

/// Places with running connections of a body, on either side, that stood on a shelf in a month of which nothing was told; its
/// products, points and chain are looked up by their indexes.
pub async fn untold_of(tx: &mut Tx, body: &str, month: NaiveDate, most: i64) -> DbResult<Vec<UntoldPlace>> {
    fetch_all!(
        tx,
        UntoldPlace,
        "select c.place, coalesce(max(t.name), max(k.name), '') as name, count(*) as number
         from (select x.id from product o join connection x on x.product_id = o.id and x.stage = 'on_shelf' where o.producer_id = $1
               union select y.id from point q join connection y on y.point_id = q.id and y.stage = 'on_shelf' where q.operator_id = $1
               union select z.id from connection z where z.chain_id = $1 and z.stage = 'on_shelf') own
           join connection c on c.id = own.id left join point t on t.id = c.point_id left join body k on k.id = c.chain_id
         where c.on_shelf_from < $2 and not exists (select 1 from connection_month m where m.connection_id = c.id and m.month = $3)
         group by c.place order by c.place limit $4",
        body,
        super::model::after(month),
        month,
        most
    )
}

/// Products that stood on the shelf of a point or chain in a month, in the order of names.
pub async fn at_place(tx: &mut Tx, id: &str, month: NaiveDate) -> DbResult<Vec<Pair>> {
    fetch_all!(
        tx,
        Pair,
        "select c.id, c.product_id, p.name as product, p.capacity_unit as unit, p.producer_id, coalesce(b.name, '') as producer, c.point_id, c.chain_id,
           coalesce(t.name, k.name, '') as place, t.operator_id, c.stage, c.on_shelf_from, c.off_shelf_on
         from connection c join product p on p.id = c.product_id left join body b on b.id = p.producer_id
           left join point t on t.id = c.point_id left join body k on k.id = c.chain_id
         where (c.point_id = $1 or c.chain_id = $1) and c.on_shelf_from < $2 and (c.off_shelf_on is null or c.off_shelf_on > $3)
         order by p.sort, c.id limit 1000",
        id,
        super::model::after(month),
        month
    )
}

/// Name of a point or chain, and who sells there.
pub async fn place_name(tx: &mut Tx, id: &str) -> DbResult<Option<(String, Option<String>)>> {
    fetch_optional!(
        tx,
        (String, Option<String>),
        "select name, operator_id from point where id = $1 union all select b.name, b.id from chain k join body b on b.id = k.id where k.id = $1",
        id
    )
}

/// What was told of a month, by connection.
pub async fn told_of(tx: &mut Tx, connections: &[&str], month: NaiveDate) -> DbResult<Vec<(String, Told)>> {
    #[derive(sqlx::FromRow)]
    struct Line {
        connection_id: String,
        #[sqlx(flatten)]
        told: Told,
    }
    let lines = fetch_many!(
        tx,
        Line,
        "select connection_id, month, quantity, unit, revenue, note, told_by, told_at from connection_month where connection_id in ($1)",
        connections
    )?;
    Ok(lines.into_iter().filter(|line| line.told.month == month).map(|line| (line.connection_id, line.told)).collect())
}
