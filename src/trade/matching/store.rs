//! SQL of matching: what stands where, what is wanted, whom to look at. Each text reads along an index and stops at a number.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::model::{Past, Want, Weights};
use crate::access::Scope;
use crate::db::{DbResult, Tx};
use crate::page::{Rows, page_key, read_key};
use crate::{execute, fetch_all, fetch_many, fetch_optional, setting};

/// The weights of a day.
pub async fn weights(tx: &mut Tx, on: NaiveDate) -> DbResult<Weights> {
    Ok(Weights {
        want: setting::value(tx, "match_want", on).await?,
        group: setting::value(tx, "match_group", on).await?,
        unit: setting::value(tx, "match_unit", on).await?,
        village: setting::value(tx, "match_village", on).await?,
        near: setting::value(tx, "match_near", on).await?,
        near_km: setting::value(tx, "match_near_km", on).await?,
        star: setting::value(tx, "match_star", on).await?,
        capacity: setting::value(tx, "match_capacity", on).await?,
        life: setting::value(tx, "match_life", on).await?,
        life_days: setting::value(tx, "match_life_days", on).await?,
        rest_days: setting::value(tx, "match_rest_days", on).await?,
    })
}

fn ids(rows: Vec<(String,)>) -> Vec<String> {
    rows.into_iter().map(|(id,)| id).collect()
}

/// Live products of a unit, the most stars first.
pub async fn products_of_unit(tx: &mut Tx, unit: &str, today: NaiveDate, most: i64) -> DbResult<Vec<String>> {
    Ok(ids(fetch_all!(
        tx,
        (String,),
        "select id from product where state = 'live' and origin = '' and unit_today = $1 and not valid_to <= $2 order by stars desc, id desc limit $3",
        unit,
        today,
        most
    )?))
}

/// Live products of a group, the most stars first. `not valid_to <= day`, so that they are read in this order and not by the day
/// of their end.
pub async fn products_of_group(tx: &mut Tx, group: &str, today: NaiveDate, most: i64) -> DbResult<Vec<String>> {
    Ok(ids(fetch_all!(
        tx,
        (String,),
        "select id from product where state = 'live' and origin = '' and group_id = $1 and not valid_to <= $2 order by stars desc, id desc limit $3",
        group,
        today,
        most
    )?))
}

/// Operating points that surely lie in a unit.
pub async fn points_of_unit(tx: &mut Tx, unit: &str, most: i64) -> DbResult<Vec<String>> {
    Ok(ids(fetch_all!(
        tx,
        (String,),
        "select point_id from point_unit where unit_id = $1 and certainty = 'is' and state = 'operating' order by sort, point_id limit $2",
        unit,
        most
    )?))
}

/// Operating points that are looking for goods of a group.
pub async fn points_wanting(tx: &mut Tx, group: &str, today: NaiveDate, most: i64) -> DbResult<Vec<String>> {
    Ok(ids(fetch_all!(
        tx,
        (String,),
        "select distinct w.point_id from point_want w join point p on p.id = w.point_id
         where w.group_id = $1 and (w.until is null or w.until >= $2) and p.state = 'operating' order by w.point_id limit $3",
        group,
        today,
        most
    )?))
}

/// Products on the shelves of points, by point and group.
pub async fn shelves(tx: &mut Tx, points: &[&str]) -> DbResult<HashMap<String, BTreeMap<String, i64>>> {
    let rows = fetch_many!(
        tx,
        (String, String),
        "select c.point_id, p.group_id from connection c join product p on p.id = c.product_id where c.stage = 'on_shelf' and c.point_id in ($1)",
        points
    )?;
    let mut shelves: HashMap<String, BTreeMap<String, i64>> = HashMap::new();
    for (point, group) in rows {
        *shelves.entry(point).or_default().entry(group).or_default() += 1;
    }
    Ok(shelves)
}

/// What points are looking for, by point; the earliest said first.
pub async fn wants(tx: &mut Tx, points: &[&str]) -> DbResult<HashMap<String, Vec<Want>>> {
    let mut rows = fetch_many!(
        tx,
        Want,
        "select id, point_id, group_id, what, per_month, unit, until from point_want where point_id in ($1)",
        points
    )?;
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    let mut wants: HashMap<String, Vec<Want>> = HashMap::new();
    for want in rows {
        wants.entry(want.point_id.clone()).or_default().push(want);
    }
    Ok(wants)
}

/// A wish of a point.
pub async fn want(tx: &mut Tx, point: &str, id: &str) -> DbResult<Option<Want>> {
    fetch_optional!(
        tx,
        Want,
        "select id, point_id, group_id, what, per_month, unit, until from point_want where point_id = $1 and id = $2",
        point,
        id
    )
}

/// Adds a wish.
pub async fn add_want(tx: &mut Tx, want: &Want, by: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into point_want (id, point_id, group_id, what, per_month, unit, until, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &want.id,
        &want.point_id,
        &want.group_id,
        &want.what,
        want.per_month,
        &want.unit,
        want.until,
        by,
        now
    )
}

/// Takes a wish back.
pub async fn drop_want(tx: &mut Tx, id: &str) -> DbResult<u64> {
    execute!(tx, "delete from point_want where id = $1", id)
}

fn past(rows: Vec<(String, String, Option<NaiveDate>)>) -> HashMap<String, Past> {
    let mut found: HashMap<String, Past> = HashMap::new();
    for (other, stage, ended_on) in rows {
        let past = found.entry(other).or_default();
        past.is_running |= stage != "ended";
        past.ended_on = past.ended_on.max(ended_on);
    }
    found
}

fn since(today: NaiveDate, weights: &Weights) -> NaiveDate {
    today.checked_sub_days(Days::new(weights.rest_days.unsigned_abs())).unwrap_or(today)
}

/// What a point has or lately had to do with products.
pub async fn past_of_point(tx: &mut Tx, point: &str, today: NaiveDate, weights: &Weights) -> DbResult<HashMap<String, Past>> {
    let rows = fetch_all!(
        tx,
        (String, String, Option<NaiveDate>),
        "select product_id, stage, ended_on from connection where point_id = $1 and (stage <> 'ended' or ended_on >= $2)",
        point,
        since(today, weights)
    )?;
    Ok(past(rows))
}

/// What a product has or lately had to do with points.
pub async fn past_of_product(tx: &mut Tx, product: &str, today: NaiveDate, weights: &Weights) -> DbResult<HashMap<String, Past>> {
    let rows = fetch_all!(
        tx,
        (String, String, Option<NaiveDate>),
        "select point_id, stage, ended_on from connection where product_id = $1 and point_id is not null and (stage <> 'ended' or ended_on >= $2)",
        product,
        since(today, weights)
    )?;
    Ok(past(rows))
}

/// What of products goes out in a month: quantity and unit of the last month told of each connection on a shelf.
pub async fn taken(tx: &mut Tx, products: &[&str]) -> DbResult<HashMap<String, Vec<(i64, String)>>> {
    let rows = fetch_many!(
        tx,
        (String, i64, String),
        "select c.product_id, m.quantity, m.unit from connection c join connection_month m on m.connection_id = c.id
         where c.stage = 'on_shelf' and m.quantity is not null and m.month = (select max(x.month) from connection_month x where x.connection_id = c.id)
           and c.product_id in ($1)",
        products
    )?;
    let mut taken: HashMap<String, Vec<(i64, String)>> = HashMap::new();
    for (product, quantity, unit) in rows {
        taken.entry(product).or_default().push((quantity, unit));
    }
    Ok(taken)
}

/// Names of the craft villages of units, by unit.
pub async fn villages(tx: &mut Tx, units: &[&str]) -> DbResult<HashMap<String, Vec<String>>> {
    let mut villages: HashMap<String, Vec<String>> = HashMap::new();
    for (unit, name) in fetch_many!(tx, (String, String), "select unit_today, name from craft_village where unit_today in ($1)", units)? {
        villages.entry(unit).or_default().push(name);
    }
    Ok(villages)
}

/// Names of bodies: as written and folded, by id.
pub async fn bodies(tx: &mut Tx, ids: &[&str]) -> DbResult<HashMap<String, (String, String)>> {
    let rows = fetch_many!(tx, (String, String, String), "select id, name, name_fold from body where id in ($1)", ids)?;
    Ok(rows.into_iter().map(|(id, name, fold)| (id, (name, fold))).collect())
}

/// A point with how many products stand on its shelf.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Shelf {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Dictionary order.
    pub sort: String,
    /// Address.
    pub address: String,
    /// Unit as recorded.
    pub unit_id: Option<String>,
    /// Today's unit.
    pub unit_today: Option<String>,
    /// Products on the shelf.
    pub n: i64,
}

/// A page of the operating points of a scope with so many products on the shelf, in dictionary order.
pub async fn by_shelf(tx: &mut Tx, scope: &Scope, (least, most): (i64, i64), after: &str, size: i64) -> DbResult<Rows<Shelf>> {
    let (sort, id) = read_key(after).unwrap_or(("", ""));
    let rows = match scope.ends() {
        None => Vec::new(),
        Some((unit, body)) => fetch_all!(
            tx,
            Shelf,
            "select * from (
               select p.id, p.name, p.sort, p.address, p.unit_id, p.unit_today,
                 (select count(*) from connection c where c.point_id = p.id and c.stage = 'on_shelf') as n
               from point p where p.state = 'operating' and (p.sort, p.id) > ($1, $2)
                 and ($3 = '' or exists (select 1 from point_unit u where u.unit_id = $3 and u.point_id = p.id))
                 and ($4 = '' or p.operator_id = $4 or p.nominated_by = $4 or p.supporter_id = $4)) found
             where n between $5 and $6 order by sort, id limit $7",
            sort,
            id,
            unit,
            body,
            least,
            most,
            size + 1
        )?,
    };
    Ok(Rows::cut(rows, size, after, |row| page_key(&row.sort, &row.id)))
}
