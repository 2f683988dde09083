//! Gathers what is looked at for one point or one product, a bounded number of it, and ranks it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use super::model::{self, Fit, LOOKED_AT, LeftOut, Offer, Place, Spot, Want, Weights};
use super::store;
use crate::db::{DbResult, Tx};
use crate::geo;
use crate::point::list::{Filter, Row};
use crate::point::tile::{self, Asked, Reader};
use crate::point::{self, Point};
use crate::product::{self, Product};
use crate::region::Region;
use crate::text::fold;

/// Communes around a point whose products are looked at.
const COMMUNES: usize = 8;
/// Most of one way of looking.
const OWN: i64 = 100;
/// Most of each neighbouring commune.
const NEIGHBOUR: i64 = 12;
/// Most of each group that is missing or wanted.
const GROUP: i64 = 25;

/// What came of looking.
pub(super) struct Looked<T> {
    /// Proposals, the best first.
    pub found: Vec<(T, Fit)>,
    /// How many were looked at.
    pub of: usize,
    /// How many were left out for which reason.
    pub left_out: BTreeMap<LeftOut, usize>,
}

impl<T> Looked<T> {
    fn new(of: usize) -> Looked<T> {
        Looked { found: Vec::new(), of, left_out: BTreeMap::new() }
    }

    fn take(&mut self, what: T, fit: Result<Fit, LeftOut>) {
        match fit {
            Ok(fit) => self.found.push((what, fit)),
            Err(why) => *self.left_out.entry(why).or_default() += 1,
        }
    }

    /// Whether the bound was met, so that others may fit as well.
    pub fn is_full(&self) -> bool {
        self.of >= LOOKED_AT
    }
}

/// A product that is proposed for a point.
pub(super) struct Goods {
    /// The product.
    pub product: Product,
    /// Its producer's name.
    pub producer: String,
}

/// Where something is: its pin, or the middle of its unit.
pub(super) fn spot(region: &Region, unit: Option<&str>, pin: Option<(f64, f64)>, today: NaiveDate) -> Spot {
    let at = pin.or_else(|| region.middle(unit?, today));
    Spot { unit: unit.map(str::to_owned), at, is_rough: pin.is_none() }
}

fn offer(region: &Region, product: &Product, producer_fold: &str, taken: &[(i64, String)], today: NaiveDate) -> Offer {
    let unit = fold(&product.capacity_unit);
    Offer {
        name_fold: product.name_fold.clone(),
        producer_fold: producer_fold.to_owned(),
        group_id: product.group_id.clone(),
        spot: spot(region, product.unit_today.as_deref().or(product.unit_id.as_deref()), product.pin(), today),
        stars: product.stars.unwrap_or(0),
        valid_to: product.valid_to.filter(|_| product.is_live(today)),
        capacity: product.capacity,
        capacity_unit: product.capacity_unit.clone(),
        taken: taken.iter().filter(|(_, known)| fold(known) == unit).map(|(quantity, _)| quantity).sum(),
    }
}

/// The point with its shelf and its wishes, as it is looked at.
pub(super) async fn place_of(tx: &mut Tx, region: &Region, point: &Point, today: NaiveDate) -> DbResult<Place> {
    let unit = point.unit_today.as_deref().or(point.unit_id.as_deref());
    let mut villages = store::villages(tx, unit.as_slice()).await?;
    Ok(Place {
        spot: spot(region, unit, point.pin(), today),
        shelf: store::shelves(tx, &[&point.id]).await?.remove(&point.id).unwrap_or_default(),
        wants: store::wants(tx, &[&point.id]).await?.remove(&point.id).unwrap_or_default(),
        villages: unit.and_then(|unit| villages.remove(unit)).unwrap_or_default(),
    })
}

/// The communes nearest to a place, without its own.
fn communes_around(region: &Region, spot: &Spot, weights: &Weights, today: NaiveDate) -> Vec<String> {
    let Some((lon, lat)) = spot.at else { return Vec::new() };
    let mut found: Vec<(i64, String)> = region
        .communes(today)
        .into_iter()
        .filter(|unit| Some(&unit.id) != spot.unit.as_ref())
        .filter_map(|unit| {
            region
                .middle(&unit.id, today)
                .map(|(other_lon, other_lat)| (geo::distance_m(lon, lat, other_lon, other_lat).round() as i64, unit.id.clone()))
        })
        .filter(|(metres, _)| *metres <= weights.near_km * 1000)
        .collect();
    found.sort();
    found.truncate(COMMUNES);
    found.into_iter().map(|(_, id)| id).collect()
}

/// Products that fit a point; of one group unless it is empty.
pub(super) async fn for_point(
    tx: &mut Tx,
    region: &Region,
    point: &Point,
    place: &Place,
    weights: &Weights,
    today: NaiveDate,
) -> DbResult<Looked<Goods>> {
    let mut ids: Vec<String> = Vec::new();
    let mut groups: BTreeSet<&str> = model::missing(&place.shelf).into_iter().collect();
    groups.extend(place.wants.iter().filter(|want| want.is_open(today)).map(|want: &Want| want.group_id.as_str()));
    if let Some(unit) = &place.spot.unit {
        ids.extend(store::products_of_unit(tx, unit, today, OWN).await?);
    }
    for group in groups {
        ids.extend(store::products_of_group(tx, group, today, GROUP).await?);
    }
    for unit in communes_around(region, &place.spot, weights, today) {
        ids.extend(store::products_of_unit(tx, &unit, today, NEIGHBOUR).await?);
    }
    let ids = distinct(ids);
    let keys: Vec<&str> = ids.iter().map(String::as_str).collect();
    let products = product::store::by_ids(tx, &keys).await?;
    let makers: Vec<&str> = products.iter().filter_map(|product| product.producer_id.as_deref()).collect();
    let bodies = store::bodies(tx, &makers).await?;
    let taken = store::taken(tx, &keys).await?;
    let past = store::past_of_point(tx, &point.id, today, weights).await?;
    let mut looked = Looked::new(products.len());
    for product in products {
        let (producer, producer_fold) = product.producer_id.as_ref().and_then(|id| bodies.get(id)).cloned().unwrap_or_default();
        let offer = offer(region, &product, &producer_fold, taken.get(&product.id).map_or(&[], Vec::as_slice), today);
        let fit = model::fit(place, &offer, past.get(&product.id).copied().unwrap_or_default(), weights, today);
        looked.take(Goods { product, producer }, fit);
    }
    model::rank(&mut looked.found, |goods| (goods.product.sort.clone(), goods.product.id.clone()));
    Ok(looked)
}

/// Operating points that a product fits.
pub(super) async fn for_product(
    tx: &mut Tx,
    region: &Region,
    product: &Product,
    weights: &Weights,
    today: NaiveDate,
) -> DbResult<Looked<Row>> {
    let producer_fold = match &product.producer_id {
        Some(id) => store::bodies(tx, &[id]).await?.remove(id).map(|(_, fold)| fold).unwrap_or_default(),
        None => String::new(),
    };
    let taken = store::taken(tx, &[&product.id]).await?.remove(&product.id).unwrap_or_default();
    let offer = offer(region, product, &producer_fold, &taken, today);
    let mut ids: Vec<String> = Vec::new();
    if let Some(unit) = &offer.spot.unit {
        ids.extend(store::points_of_unit(tx, unit, OWN).await?);
    }
    ids.extend(store::points_wanting(tx, &product.group_id, today, OWN).await?);
    if let Some(at) = offer.spot.at {
        let filter = Filter::default();
        let nearest = tile::around(tx, Asked { reader: Reader::Everybody, filter: &filter }, at, None, OWN).await?;
        ids.extend(nearest.rows.into_iter().map(|(row, _)| row.id));
    }
    let ids = distinct(ids);
    let keys: Vec<&str> = ids.iter().map(String::as_str).collect();
    let rows = point::list::by_ids(tx, &keys).await?;
    let mut shelves = store::shelves(tx, &keys).await?;
    let mut wants = store::wants(tx, &keys).await?;
    let units: Vec<&str> = rows.iter().filter_map(|row| row.unit_today.as_deref()).collect::<BTreeSet<_>>().into_iter().collect();
    let villages: HashMap<String, Vec<String>> = store::villages(tx, &units).await?;
    let past = store::past_of_product(tx, &product.id, today, weights).await?;
    let mut looked = Looked::new(rows.len());
    for row in rows {
        let unit = row.unit_today.as_deref().or(row.unit_id.as_deref());
        let place = Place {
            spot: spot(region, unit, row.lon.zip(row.lat), today),
            shelf: shelves.remove(&row.id).unwrap_or_default(),
            wants: wants.remove(&row.id).unwrap_or_default(),
            villages: unit.and_then(|unit| villages.get(unit)).cloned().unwrap_or_default(),
        };
        let fit = model::fit(&place, &offer, past.get(&row.id).copied().unwrap_or_default(), weights, today);
        looked.take(row, fit);
    }
    model::rank(&mut looked.found, |row| (row.sort.clone(), row.id.clone()));
    Ok(looked)
}

/// Each id once, the first of them, as many as are looked at.
fn distinct(ids: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut ids: Vec<String> = ids.into_iter().filter(|id| seen.insert(id.clone())).collect();
    ids.truncate(LOOKED_AT);
    ids
}
