//! Who sees and who settles what of producers. Pure.

use chrono::{DateTime, Utc};

use crate::access::{Act, Actor, Scope, Voice};

/// What somebody registered who says to be a producer.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Claim {
    /// Identifier.
    pub id: String,
    /// The body as it registered itself; the one it is, once joined.
    pub body_id: String,
    /// The person; none where the mail address belongs to an account.
    pub person_id: Option<String>,
    /// The commune of today, if it is certain.
    pub unit_id: Option<String>,
    /// Mã số thuế as typed.
    pub tax_code: String,
    /// Its products, in its own words.
    pub products: String,
    /// Who registered.
    pub contact: String,
    /// Telephone.
    pub phone: String,
    /// Mail address.
    pub email: String,
    /// How it stands.
    pub state: ClaimState,
    /// Why it was refused, or what was found.
    pub reason: String,
    /// When it was sent.
    pub made_at: DateTime<Utc>,
    /// Role and body of whoever settled it.
    pub settled_name: String,
    /// When.
    pub settled_at: Option<DateTime<Utc>>,
    /// Row version.
    pub version: i64,
}

/// How a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ClaimState {
    /// Nobody has said yet who it is.
    Waiting,
    /// It is a producer, new or known.
    Accepted,
    /// It is not who it says.
    Refused,
}

/// The power of a body that keeps the register of products.
pub const KEEPER: &str = "supply_products";

/// Whether an actor keeps registers for the whole city.
pub fn keeps(actor: &Actor) -> bool {
    actor.may(Act::KeepBodies) || actor.may(Act::KeepProducers) && (actor.can("accept") || actor.can(KEEPER))
}

/// Whether an actor may give accounts to producers it sees: the commune that knows them, and whoever keeps the registers.
pub fn may_invite(actor: &Actor) -> bool {
    actor.is(Voice::Commune) || keeps(actor)
}

/// Whether an actor settles a claim: the commune of its unit, and whoever keeps the registers, for communes that nobody signs in for.
pub fn may_settle(actor: &Actor, claim: &Claim) -> bool {
    match actor.scope() {
        Scope::Unit(unit) if actor.is(Voice::Commune) => claim.unit_id.as_deref() == Some(unit.as_str()),
        _ => keeps(actor),
    }
}
