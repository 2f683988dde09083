//! What stood on the public shelf on a day: on the shelf that day, allowed in the OCOP zone that day, at a point that was
//! open that day. Everything is compared by days, so a product that lapsed is gone on that very day, before any job has run.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::model::ChainStore;
use super::store;
use super::zone::{Basis, Out, may_stand};
use crate::db::{DbResult, Tx};
use crate::party::{self, Body};
use crate::point::State;
use crate::point::list::{self as points, Row};
use crate::product::model::{Certificate, standing};
use crate::product::{self, Product};
use crate::{fetch_all, fetch_many};

/// A product that stands on a shelf on a day, as the ledger has it.
#[derive(Clone, Debug)]
pub struct OnShelf {
    /// The connection.
    pub connection_id: String,
    /// The product.
    pub product: Product,
    /// Since which day it stands there.
    pub since: NaiveDate,
    /// On which basis it may stand there, or why it may not.
    pub basis: Result<&'static Basis, Out>,
    /// The certificate that counts on the day.
    pub certificate: Option<Certificate>,
    /// Another province or a partner country, as the claim says by which it stands there; empty: of this province.
    pub origin: String,
}

impl OnShelf {
    /// Where goods of elsewhere come from, as the register or a claim says; empty: of here.
    pub fn comes_from(&self) -> &str {
        if self.product.origin.is_empty() { &self.origin } else { &self.product.origin }
    }

    /// Whether it stands there by its certificate, not by a claim.
    pub fn is_certified(&self) -> bool {
        self.basis.is_ok_and(|basis| !basis.paper)
    }
}

/// A place where a product stands.
#[derive(Clone, Debug)]
pub struct Place {
    /// The connection.
    pub connection_id: String,
    /// Since which day.
    pub since: NaiveDate,
    /// Which place.
    pub at: At,
}

/// A point or a chain.
#[derive(Clone, Debug)]
pub enum At {
    /// A point.
    Point(Box<Row>),
    /// A chain with its stores that carry the product.
    Chain(Box<Body>, Vec<ChainStore>),
}

#[derive(sqlx::FromRow)]
struct Line {
    connection_id: String,
    product_id: String,
    point_id: Option<String>,
    chain_id: Option<String>,
    valid_from: NaiveDate,
}

/// What the ledger has on the shelf of a point on a day, allowed or not, in the order of names.
pub async fn ledger_of_point(tx: &mut Tx, point_id: &str, day: NaiveDate) -> DbResult<Vec<OnShelf>> {
    let lines = fetch_all!(
        tx,
        Line,
        "select connection_id, product_id, point_id, chain_id, valid_from from connection_shelf
         where point_id = $1 and valid_from <= $2 and (valid_to is null or valid_to > $2) order by valid_from, connection_id",
        point_id,
        day
    )?;
    on_shelf(tx, lines, day).await
}

/// What the ledger has on the shelves of a chain on a day.
pub async fn ledger_of_chain(tx: &mut Tx, chain_id: &str, day: NaiveDate) -> DbResult<Vec<OnShelf>> {
    let lines = fetch_all!(
        tx,
        Line,
        "select connection_id, product_id, point_id, chain_id, valid_from from connection_shelf
         where chain_id = $1 and valid_from <= $2 and (valid_to is null or valid_to > $2) order by valid_from, connection_id",
        chain_id,
        day
    )?;
    on_shelf(tx, lines, day).await
}

async fn on_shelf(tx: &mut Tx, lines: Vec<Line>, day: NaiveDate) -> DbResult<Vec<OnShelf>> {
    let ids: Vec<&str> = lines.iter().map(|line| line.product_id.as_str()).collect();
    let mut products: HashMap<String, Product> =
        product::store::by_ids(tx, &ids).await?.into_iter().map(|product| (product.id.clone(), product)).collect();
    let certificates = product::store::certificates_of(tx, &ids).await?;
    let claims = store::claims_of(tx, &ids).await?;
    let mut found = Vec::new();
    for line in lines {
        let Some(product) = products.remove(&line.product_id) else { continue };
        let certificates = certificates.get(&product.id).map_or(&[][..], Vec::as_slice);
        let claims = claims.get(&product.id).map_or(&[][..], Vec::as_slice);
        let basis = may_stand(certificates, claims, day);
        let origin =
            claims.iter().find(|claim| claim.holds(day) && !claim.origin.is_empty()).map(|claim| claim.origin.clone()).unwrap_or_default();
        found.push(OnShelf {
            origin,
            connection_id: line.connection_id,
            since: line.valid_from,
            basis,
            certificate: standing(certificates, day).certificate.cloned(),
            product,
        });
    }
    found.sort_by(|a, b| (&a.product.sort, &a.product.id).cmp(&(&b.product.sort, &b.product.id)));
    Ok(found)
}

/// The points among these that were open to everybody on a day.
async fn open_points(tx: &mut Tx, ids: &[&str], day: NaiveDate) -> DbResult<Vec<String>> {
    let periods = fetch_many!(
        tx,
        (String, State, NaiveDate, Option<NaiveDate>),
        "select point_id, state, valid_from, valid_to from period where known_to is null and state = 'operating' and point_id in ($1)",
        ids
    )?;
    Ok(periods.into_iter().filter(|(_, _, from, to)| *from <= day && to.is_none_or(|to| day < to)).map(|(id, ..)| id).collect())
}

/// The public shelf of a point on a day, in the order of names.
pub async fn of_point(tx: &mut Tx, point_id: &str, day: NaiveDate) -> DbResult<Vec<OnShelf>> {
    if open_points(tx, &[point_id], day).await?.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = ledger_of_point(tx, point_id, day).await?;
    found.retain(|line| line.basis.is_ok());
    Ok(found)
}

/// The public places where a product stood on a day: points in the order of names, then chains.
pub async fn of_product(tx: &mut Tx, product_id: &str, day: NaiveDate) -> DbResult<Vec<Place>> {
    let certificates = product::store::certificates(tx, product_id).await?;
    let claims = store::claims(tx, product_id).await?;
    if may_stand(&certificates, &claims, day).is_err() {
        return Ok(Vec::new());
    }
    let lines = fetch_all!(
        tx,
        Line,
        "select connection_id, product_id, point_id, chain_id, valid_from from connection_shelf
         where product_id = $1 and valid_from <= $2 and (valid_to is null or valid_to > $2) order by valid_from, connection_id",
        product_id,
        day
    )?;
    let at_points: Vec<&str> = lines.iter().filter_map(|line| line.point_id.as_deref()).collect();
    let open = open_points(tx, &at_points, day).await?;
    let open: Vec<&str> = open.iter().map(String::as_str).collect();
    let mut rows = points::by_ids(tx, &open).await?;
    rows.sort_by(|a, b| (&a.sort, &a.id).cmp(&(&b.sort, &b.id)));
    let mut found: Vec<Place> = rows
        .into_iter()
        .filter_map(|row| {
            lines.iter().find(|line| line.point_id.as_deref() == Some(&row.id)).map(|line| Place {
                connection_id: line.connection_id.clone(),
                since: line.valid_from,
                at: At::Point(Box::new(row)),
            })
        })
        .collect();
    let chains: Vec<&Line> = lines.iter().filter(|line| line.chain_id.is_some()).collect();
    let stores = store::chain_stores(tx, &chains.iter().filter_map(|line| line.chain_id.as_deref()).collect::<Vec<_>>()).await?;
    let named = store::stores_of_many(tx, &chains.iter().map(|line| line.connection_id.as_str()).collect::<Vec<_>>()).await?;
    for line in chains {
        let Some(chain) = line.chain_id.as_deref() else { continue };
        let only = named.get(&line.connection_id);
        let carried: Vec<ChainStore> = stores
            .get(chain)
            .into_iter()
            .flatten()
            .filter(|store| store.is_open(day) && only.is_none_or(|only| only.contains(&store.id)))
            .cloned()
            .collect();
        if let (false, Some(body)) = (carried.is_empty(), party::store::find(tx, chain).await?) {
            found.push(Place { connection_id: line.connection_id.clone(), since: line.valid_from, at: At::Chain(Box::new(body), carried) });
        }
    }
    Ok(found)
}
