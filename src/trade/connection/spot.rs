//! Where a product is connected: a point or a chain; who may reach a connection.

use super::model::{self, ChainStore, Connection, Place, Side};
use super::store;
use crate::access::{Act, Of, Readers, Scope, Voice};
use crate::db::{DbResult, Tx};
use crate::error::{Refusal, Result, both};
use crate::page::Visit;
use crate::party::{self, Body};
use crate::point::{self, Point};
use crate::product::{self, Product};
use crate::talk::Thing;
use crate::{fetch_optional, mail};
use askama::Template;

/// A point, or a chain with its stores.
#[derive(Clone, Debug)]
pub enum Spot {
    /// A point.
    Point(Box<Point>),
    /// A chain.
    Chain(Box<Body>, Vec<ChainStore>),
}

impl Spot {
    /// The place of a connection.
    pub async fn of(tx: &mut Tx, point_id: Option<&str>, chain_id: Option<&str>) -> DbResult<Option<Spot>> {
        if let Some(id) = point_id {
            return Ok(point::store::find(tx, id).await?.map(|point| Spot::Point(Box::new(point))));
        }
        let Some(id) = chain_id else { return Ok(None) };
        let Some((chain,)) = fetch_optional!(tx, (String,), "select id from chain where id = $1", id)? else { return Ok(None) };
        let stores = store::chain_stores(tx, &[&chain]).await?.remove(&chain).unwrap_or_default();
        Ok(party::store::find(tx, &chain).await?.map(|body| Spot::Chain(Box::new(body), stores)))
    }

    /// The place without what is known of it.
    pub fn place(&self) -> Place {
        match self {
            Spot::Point(point) => Place::Point(point.id.clone()),
            Spot::Chain(body, _) => Place::Chain(body.id.clone()),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Spot::Point(point) => &point.name,
            Spot::Chain(body, _) => &body.name,
        }
    }

    /// Where staff see it.
    pub fn href(&self) -> String {
        match self {
            Spot::Point(point) => format!("/ho-so/{}", point.id),
            Spot::Chain(body, _) => format!("/ket-noi/chuoi/{}", body.id),
        }
    }

    /// Who sells there.
    pub fn seller(&self) -> Option<&str> {
        match self {
            Spot::Point(point) => point.operator_id.as_deref(),
            Spot::Chain(body, _) => Some(&body.id),
        }
    }

    /// The commune whose officials follow it.
    pub fn unit(&self) -> Option<&str> {
        match self {
            Spot::Point(point) => point.unit_today.as_deref(),
            Spot::Chain(..) => None,
        }
    }

    /// Whether it can be proposed to and agreed with now.
    pub fn takes_goods(&self, today: chrono::NaiveDate) -> Result<(), Refusal> {
        match self {
            Spot::Point(point) => model::takes_goods(point.state),
            Spot::Chain(_, stores) if stores.iter().any(|store| store.is_open(today)) => Ok(()),
            Spot::Chain(..) => Err(Refusal::rule(
                "chain-empty",
                both(
                    "Chuỗi chưa có cửa hàng nào đang mở; không kết nối sản phẩm vào được.",
                    "The chain has no open store; no product can be connected with it.",
                ),
                both("Hãy thêm cửa hàng của chuỗi trước.", "Add a store of the chain first."),
            )),
        }
    }

    /// Whether goods can have gone on its shelf on a day.
    pub async fn has_shelf(&self, tx: &mut Tx, day: chrono::NaiveDate) -> Result<()> {
        match self {
            Spot::Point(point) => {
                // a point that is over has no shelf to put anything on, whatever day is told
                if matches!(point.state, point::State::Closed | point::State::Withdrawn) {
                    model::takes_goods(point.state)?;
                }
                let on = point::period::of(tx, &point.id).await?.into_iter().find(|period| period.holds(day)).map(|period| period.state);
                // of many points of before no source tells when they opened: what they are now has to do
                Ok(model::has_shelf(on.or_else(|| point.opened_on.is_none().then_some(point.state)), day)?)
            }
            Spot::Chain(..) => Ok(self.takes_goods(day)?),
        }
    }

    async fn is_in(&self, tx: &mut Tx, scope: &Scope) -> DbResult<bool> {
        Ok(match self {
            Spot::Point(point) => {
                let units = point::store::units_of(tx, &point.id).await?;
                point::model::in_scope(scope, point, &units)
            }
            Spot::Chain(body, stores) => match scope {
                Scope::All => true,
                Scope::Unit(unit) => stores.iter().any(|store| store.unit_today.as_deref() == Some(unit)),
                Scope::Body(own) => *own == body.id,
                Scope::None => false,
            },
        })
    }
}

/// Whether a product lies in the caller's scope.
pub fn has_product(visit: &Visit, product: &Product) -> bool {
    let region = visit.app.region();
    let units: Vec<String> = match &product.unit_id {
        Some(unit) => region
            .listed(unit, &region.today(unit, product.pin(), visit.app.clock().today()))
            .into_iter()
            .map(|listed| listed.unit_id)
            .collect(),
        None => Vec::new(),
    };
    product::model::in_scope(&visit.actor.scope(), product, &units)
}

/// Whether the caller may touch a product at a place at all: either of them is theirs.
pub async fn in_reach(tx: &mut Tx, visit: &Visit, product: &Product, spot: &Spot) -> DbResult<bool> {
    Ok(has_product(visit, product) || spot.is_in(tx, &visit.actor.scope()).await?)
}

/// For which sides the caller acts in a connection of this product and place. A commune speaks as an office for points of
/// its unit, and for the producers of its unit elsewhere.
pub async fn sides(tx: &mut Tx, visit: &Visit, product: &Product, spot: &Spot) -> DbResult<Vec<Side>> {
    if visit.actor.is(Voice::Commune) && !spot.is_in(tx, &visit.actor.scope()).await? {
        return Ok(vec![Side::Producer]);
    }
    // an association speaks for points it stands by, never for a chain or a product
    if visit.actor.is(Voice::Association) && !(matches!(spot, Spot::Point(_)) && spot.is_in(tx, &visit.actor.scope()).await?) {
        return Ok(Vec::new());
    }
    Ok(model::sides(&visit.actor, product.producer_id.as_deref(), spot.seller()))
}

/// A connection with what it connects.
pub struct Loaded {
    /// The connection.
    pub connection: Connection,
    /// The product.
    pub product: Product,
    /// The place.
    pub spot: Spot,
    /// For which sides the caller acts in it.
    pub sides: Vec<Side>,
}

/// Loads a connection within the caller's reach.
pub async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Loaded> {
    let connection = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let product = product::store::find(tx, &connection.product_id).await?.ok_or_else(Refusal::not_found)?;
    let spot = Spot::of(tx, connection.point_id.as_deref(), connection.chain_id.as_deref()).await?.ok_or_else(Refusal::not_found)?;
    if !in_reach(tx, visit, &product, &spot).await? {
        return Err(Refusal::not_found().into());
    }
    let sides = sides(tx, visit, &product, &spot).await?;
    Ok(Loaded { connection, product, spot, sides })
}

/// What is talked about beside a connection, and who is concerned.
pub async fn thing(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Thing> {
    Ok(thing_of(&load(tx, visit, id).await?))
}

/// The same of a connection that was loaded.
pub fn thing_of(loaded: &Loaded) -> Thing {
    let Loaded { connection, product, spot, .. } = loaded;
    Thing {
        path: format!("/ket-noi/{}", connection.id),
        title: format!("{} – {}", product.name, spot.name()),
        subject: ("connection", connection.id.clone()),
        bodies: [product.producer_id.as_deref(), spot.seller()].into_iter().flatten().map(str::to_owned).collect(),
        unit: spot.unit().map(str::to_owned),
    }
}

/// Those to tell of a connection: accounts of the producer and the seller, other than the acting body, and the city where asked.
pub async fn people(
    tx: &mut Tx,
    product: &Product,
    spot: &Spot,
    except: Option<&str>,
    city: bool,
    today: chrono::NaiveDate,
) -> DbResult<Readers> {
    let mut people = Readers::default();
    for body in [product.producer_id.as_deref(), spot.seller()].into_iter().flatten().filter(|body| Some(*body) != except) {
        people.add(tx, Voice::Business, Of::Body(body), today).await?;
    }
    if city {
        people.add(tx, Act::HearOfPoints, Of::Power("accept"), today).await?;
    }
    Ok(people)
}

#[derive(Template)]
#[template(path = "connection/letter_step.txt", whitespace = "preserve")]
struct StepLetter<'a> {
    what: &'a str,
    product: &'a Product,
    spot: &'a Spot,
    connection: &'a Connection,
    by: &'a str,
    base: &'a str,
}

/// Mails to the other sides what was done with a connection.
pub async fn tell(tx: &mut Tx, visit: &Visit, loaded: (&Connection, &Product, &Spot), what: &str, city: bool) -> DbResult<()> {
    let (connection, product, spot) = loaded;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let base = &visit.app.config().base_url;
    let readers = people(tx, product, spot, visit.actor.body_id(), city, today).await?;
    let text = StepLetter { what, product, spot, connection, by: &visit.actor.journal_name(), base };
    mail::letter(tx, now, readers, &format!("{what}: {} – {}", product.name, spot.name()), &text).await?;
    Ok(())
}
