//! Products and certificates. Pure.
//!
//! ```mermaid
//! stateDiagram-v2
//!   [*] --> none
//!   none --> live : a certificate begins
//!   live --> lapsed : its last day has passed
//!   live --> withdrawn : taken back by decision
//!   lapsed --> live : recognised again
//!   withdrawn --> live : recognised again
//! ```
//! Nobody moves a product from state to state: the state of any day follows from the days of its certificates. The one
//! that began last counts, so an older certificate never comes back to life.

use chrono::{DateTime, NaiveDate, Utc};

use crate::access::{Act, Actor, Scope, Voice};
use crate::words;

pub use super::certificate::{Certificate, Claim, Part, Standing, stamp, standing};
pub use super::term::end_of;

/// Power of bodies that keep the register of products.
pub const KEEPER: &str = "supply_products";

words! {
    /// How a product stands on a day.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum State {
        /// Its certificate is valid.
        Live = "live" / "Còn hiệu lực" / "Valid",
        /// Its certificate ran out.
        Lapsed = "lapsed" / "Hết hiệu lực" / "Lapsed",
        /// Its certificate was taken back.
        Withdrawn = "withdrawn" / "Đã thu hồi" / "Withdrawn",
        /// It has none, or none yet.
        None = "none" / "Chưa có giấy chứng nhận" / "No certificate",
    }
}

impl State {
    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            State::Live => "ok",
            State::Lapsed => "warn",
            State::Withdrawn => "bad",
            State::None => "quiet",
        }
    }
}

/// A product as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Product {
    /// Identifier.
    pub id: String,
    /// Code, opaque.
    pub code: String,
    /// Name in its public address.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Code without case, blanks, dashes and leading zeros.
    pub code_fold: String,
    /// Folded name.
    pub name_fold: String,
    /// Dictionary order.
    pub sort: String,
    /// Who makes it (chủ thể).
    pub producer_id: Option<String>,
    /// Group of today, or empty.
    pub group_id: String,
    /// Group as printed, when it is one of before.
    pub group_as: String,
    /// Product set (bộ sản phẩm) as printed.
    pub set_name: String,
    /// The same as data of the law, when it follows for certain; else empty.
    pub set_id: String,
    /// Another province or a partner country that it comes from; empty: of this province.
    pub origin: String,
    /// Unit as recorded.
    pub unit_id: Option<String>,
    /// Today's unit, if certain.
    pub unit_today: Option<String>,
    /// Price in đồng.
    pub price: Option<i64>,
    /// What can be delivered in a month.
    pub capacity: Option<i64>,
    /// Of what.
    pub capacity_unit: String,
    /// What it is.
    pub description: String,
    /// Its story (câu chuyện sản phẩm).
    pub story: String,
    /// Longitude, degrees.
    pub lon: Option<f64>,
    /// Latitude, degrees.
    pub lat: Option<f64>,
    /// Where the record comes from.
    pub source: String,
    /// Sample data.
    pub demo: bool,
    /// Row version.
    pub version: i64,
    /// State on the morning it was last looked at; [`Standing`] tells that of any day.
    pub state: State,
    /// Stars of the certificate that counts.
    pub stars: Option<i64>,
    /// First day on which that certificate is no longer valid.
    pub valid_to: Option<NaiveDate>,
    /// Who made the record.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

impl Product {
    /// Position, if both coordinates are known.
    pub fn pin(&self) -> Option<(f64, f64)> {
        self.lon.zip(self.lat)
    }

    /// "MÃ – tên", or the name alone while it has no code.
    pub fn titled(&self) -> String {
        super::code::titled(&self.code, &self.name)
    }

    /// What stands for it where a code is typed: its code, or its id while it has none.
    pub fn handle(&self) -> &str {
        if self.code.is_empty() { &self.id } else { &self.code }
    }

    /// Whether it comes from this province: what does not is shown with its origin and counted nowhere.
    pub fn is_of_here(&self) -> bool {
        self.origin.is_empty()
    }

    /// Whether its certificate is valid on a day, as far as the row tells: the public sees nothing else.
    pub fn is_live(&self, today: NaiveDate) -> bool {
        self.state == State::Live && self.valid_to.is_some_and(|to| today < to)
    }
}

/// Whether a caller may change records of this product: its keepers, its commune while it has no certificate, its producer
/// for what does not decide anything.
pub fn may_edit(actor: &Actor, product: &Product) -> bool {
    match actor.voice() {
        Some(Voice::City) => actor.may(Act::KeepProducts) && actor.can(KEEPER),
        Some(Voice::Business) => actor.confirmed && actor.body_id().is_some() && actor.body_id() == product.producer_id.as_deref(),
        Some(Voice::Commune) => true,
        _ => false,
    }
}

/// Whether a caller enters certificates and takes them back.
pub fn may_certify(actor: &Actor) -> bool {
    actor.may(Act::KeepProducts) && actor.can(KEEPER)
}

/// Whether a product lies in a scope. `units` are those it is listed under, surely or not.
pub fn in_scope(scope: &Scope, product: &Product, units: &[String]) -> bool {
    match scope {
        Scope::All => true,
        Scope::Unit(unit) => units.iter().any(|known| known == unit),
        Scope::Body(body) => product.producer_id.as_deref() == Some(body.as_str()),
        Scope::None => false,
    }
}

/// A product of which nothing is known yet.
pub fn blank(created_by: &str, now: DateTime<Utc>) -> Product {
    Product {
        id: crate::clock::new_id(),
        code: String::new(),
        slug: String::new(),
        name: String::new(),
        code_fold: String::new(),
        name_fold: String::new(),
        sort: String::new(),
        producer_id: None,
        group_id: String::new(),
        group_as: String::new(),
        set_name: String::new(),
        set_id: String::new(),
        origin: String::new(),
        unit_id: None,
        unit_today: None,
        price: None,
        capacity: None,
        capacity_unit: String::new(),
        description: String::new(),
        story: String::new(),
        lon: None,
        lat: None,
        source: String::new(),
        demo: false,
        version: 1,
        state: State::None,
        stars: None,
        valid_to: None,
        created_by: created_by.to_owned(),
        created_at: now,
        updated_at: now,
    }
}
