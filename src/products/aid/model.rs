//! Support for producers. Pure.
//!
//! ```mermaid
//! stateDiagram-v2
//!   [*] --> asked : a producer or commune asks, or the city offers
//!   asked --> granted
//!   asked --> declined
//!   asked --> withdrawn
//!   granted --> delivered
//!   granted --> withdrawn : by the city
//!   delivered --> delivered : its effect is noted
//! ```

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::access::{Act, Actor, Scope, Voice};
use crate::error::{Refusal, both};
use crate::law::money::Money as Source;
use crate::law::{Dated, List, Listed, Period, built_in};
use crate::product::model::KEEPER;
use crate::words;

/// A kind of support, or a reason to give it first, as the list of the law describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Word of the store.
    pub id: String,
    /// Vietnamese name.
    pub vi: String,
    /// English name.
    pub en: String,
    /// Who names it.
    pub source: String,
    /// First day on which a source names it.
    pub from: NaiveDate,
    /// First day no longer, where a source says so.
    pub to: Option<NaiveDate>,
}

/// A kind of support.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
struct Kind(Named);

/// A reason of priority.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
struct Priority(Named);

impl Listed for Kind {
    const FILE: &'static str = "products/aid.toml";
    const TABLE: &'static str = "kind";

    fn id(&self) -> &str {
        &self.0.id
    }

    fn period(&self) -> Period {
        Period::new(self.0.from, self.0.to)
    }
}

impl Listed for Priority {
    const FILE: &'static str = "products/aid.toml";
    const TABLE: &'static str = "priority";

    fn id(&self) -> &str {
        &self.0.id
    }

    fn period(&self) -> Period {
        Period::new(self.0.from, self.0.to)
    }
}

static KINDS: LazyLock<Dated<Kind>> = LazyLock::new(built_in);
static PRIORITIES: LazyLock<Dated<Priority>> = LazyLock::new(built_in);

/// The lists of the law that this slice reads.
pub fn lists() -> [List; 2] {
    [List::of::<Kind>(), List::of::<Priority>()]
}

/// Kinds of support of a day, in the order of the law.
pub fn kinds(day: NaiveDate) -> Vec<&'static Named> {
    KINDS.on(day).map(|kind| &kind.0).collect()
}

/// Reasons of priority of a day.
pub fn priorities(day: NaiveDate) -> Vec<&'static Named> {
    PRIORITIES.on(day).map(|priority| &priority.0).collect()
}

/// The Vietnamese name of a kind of support of whatever day, or the empty text.
pub fn kind_name(id: &str) -> &'static str {
    KINDS.ever(id).map_or("", |kind| kind.0.vi.as_str())
}

/// The Vietnamese name of a reason of priority of whatever day, or the empty text.
pub fn priority_name(id: &str) -> &'static str {
    PRIORITIES.ever(id).map_or("", |priority| priority.0.vi.as_str())
}

words! {
    /// Where it stands.
    #[derive(PartialOrd, Ord)]
    pub enum State {
        /// Asked for, or offered.
        Asked = "asked" / "Chờ quyết định",
        /// Somebody gives it.
        Granted = "granted" / "Đang hỗ trợ",
        /// It was given.
        Delivered = "delivered" / "Đã hỗ trợ xong",
        /// Nobody gives it.
        Declined = "declined" / "Không hỗ trợ",
        /// Given up.
        Withdrawn = "withdrawn" / "Đã rút",
    }
}

impl State {
    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            State::Asked => "warn",
            State::Granted => "info",
            State::Declined | State::Withdrawn => "quiet",
            State::Delivered => "ok",
        }
    }
}

/// Support as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Aid {
    /// Identifier.
    pub id: String,
    /// Who gets it.
    pub producer_id: String,
    /// For which product, if for one.
    pub product_id: Option<String>,
    /// The commune of today it lies in.
    pub unit_id: Option<String>,
    /// `request` or `offer`.
    pub side: String,
    /// Who asks or offers.
    pub asker_id: Option<String>,
    /// Word of its kind.
    pub what: String,
    /// More about it.
    pub detail: String,
    /// Word of the reason of priority, or empty.
    pub priority: String,
    /// State.
    pub state: State,
    /// Since when.
    pub state_since: NaiveDate,
    /// Day asked or offered.
    pub asked_on: NaiveDate,
    /// Day granted.
    pub granted_on: Option<NaiveDate>,
    /// Đồng, as granted.
    pub cost: Option<i64>,
    /// Word of the source of money.
    pub source: String,
    /// Who gives it.
    pub provider_id: Option<String>,
    /// Paper that grants it.
    pub granted_no: String,
    /// To be done by.
    pub due_on: Option<NaiveDate>,
    /// Done on.
    pub delivered_on: Option<NaiveDate>,
    /// Đồng, in the end.
    pub spent: Option<i64>,
    /// What came of it.
    pub effect: String,
    /// When that was noted.
    pub effect_on: Option<NaiveDate>,
    /// When it was asked for.
    pub asked_effect_on: Option<NaiveDate>,
    /// Why it was declined or given up.
    pub reason: String,
    /// Row version.
    pub version: i64,
    /// Who entered it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

impl Aid {
    /// Name of its kind.
    pub fn what_name(&self) -> &'static str {
        kind_name(&self.what)
    }

    /// Name of its reason of priority, or the empty text.
    pub fn priority_name(&self) -> &'static str {
        priority_name(&self.priority)
    }

    /// Name of its source of money, or the empty text.
    pub fn source_name(&self) -> &'static str {
        Source::read(&self.source).map_or("", Source::name)
    }

    /// Whether it should be done by now and is not.
    pub fn is_late(&self, today: NaiveDate) -> bool {
        self.state == State::Granted && self.due_on.is_some_and(|due| due < today)
    }

    /// Whether it lies in a scope.
    pub fn in_scope(&self, scope: &Scope) -> bool {
        match scope {
            Scope::All => true,
            Scope::Unit(unit) => self.unit_id.as_deref() == Some(unit.as_str()),
            Scope::Body(body) => self.producer_id == *body,
            Scope::None => false,
        }
    }

    /// Moves to a state from one of those it follows.
    ///
    /// # Errors
    /// A state that does not follow.
    pub fn to(mut self, state: State, reason: &str, today: NaiveDate) -> Result<Aid, Refusal> {
        let follows = matches!(
            (self.state, state),
            (State::Asked, State::Granted | State::Declined | State::Withdrawn) | (State::Granted, State::Delivered | State::Withdrawn)
        );
        if !follows {
            return Err(Refusal::rule(
                "aid-step",
                both(
                    format!("Hỗ trợ đang ở trạng thái “{}”, không chuyển sang “{}” được.", self.state.name(), state.name()),
                    format!("It is “{}” and cannot become “{}”.", self.state.word(), state.word()),
                ),
                both("Hãy mở lại hỗ trợ này để xem các bước có thể làm.", "Open it again to see the steps it allows."),
            ));
        }
        (self.state, self.state_since) = (state, today);
        self.reason = reason.to_owned();
        Ok(self)
    }
}

/// What a caller who sees some support may do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct May {
    /// Grant it, note that it was given.
    pub give: bool,
    /// Decline it.
    pub decline: bool,
    /// Give it up.
    pub withdraw: bool,
    /// Note its effect.
    pub tell: bool,
}

/// Whether somebody decides on support for the city.
pub fn may_keep(actor: &Actor) -> bool {
    actor.may(Act::KeepProducts) && actor.can(KEEPER) && actor.scope() == Scope::All
}

/// Whether somebody asks for support, or offers it.
pub fn may_ask(actor: &Actor) -> bool {
    match (actor.voice(), actor.scope()) {
        (Some(Voice::Business), Scope::Body(_)) => actor.confirmed,
        (Some(Voice::Commune), Scope::Unit(_)) => true,
        _ => may_keep(actor),
    }
}

/// Sources of money of a day that a caller may grant from: a commune does not dispose of the city's, nor of a district's.
pub fn sources(actor: &Actor, day: NaiveDate) -> Vec<Source> {
    Source::offered("aid", day).filter(|source| may_grant(actor, *source)).collect()
}

/// Whether a caller disposes of a source.
pub fn may_grant(actor: &Actor, source: Source) -> bool {
    may_keep(actor) || !["city", "district", "programme", "ministry"].iter().any(|level| source.is_of(level))
}

impl May {
    /// What a caller may do.
    pub fn of(actor: &Actor, aid: &Aid) -> May {
        let keeper = may_keep(actor);
        let commune = actor.is(Voice::Commune) && aid.in_scope(&actor.scope());
        // what the city grants, the city brings to its end
        let gives = keeper || (commune && (aid.state == State::Asked || aid.provider_id.as_deref() == actor.body_id()));
        let owns = may_ask(actor) && actor.body_id().is_some() && actor.body_id() == aid.asker_id.as_deref();
        May {
            give: gives && matches!(aid.state, State::Asked | State::Granted),
            decline: keeper && aid.state == State::Asked,
            withdraw: (owns && aid.state == State::Asked) || (keeper && matches!(aid.state, State::Asked | State::Granted)),
            tell: (keeper || commune || (may_ask(actor) && actor.body_id() == Some(aid.producer_id.as_str())))
                && aid.state == State::Delivered,
        }
    }

    /// Whether there is anything to do.
    pub fn anything(self) -> bool {
        self.give || self.decline || self.withdraw || self.tell
    }
}

/// Support of a year by kind and source of money.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Part {
    /// Word of the kind.
    pub what: String,
    /// Word of the source.
    pub source: String,
    /// How many.
    pub n: i64,
    /// Đồng as granted.
    pub cost: i64,
    /// Of these delivered.
    pub delivered: i64,
    /// Đồng in the end.
    pub spent: i64,
}

/// A line of the totals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// What is counted.
    pub name: &'static str,
    /// How many.
    pub n: i64,
    /// Đồng as granted.
    pub cost: i64,
    /// Of these delivered.
    pub delivered: i64,
    /// Đồng in the end.
    pub spent: i64,
}

/// Adds parts up under the names given, in their order; names without any are left out.
pub fn sums<'a>(parts: &[Part], names: impl IntoIterator<Item = (&'a str, &'static str)>, key: impl Fn(&Part) -> &str) -> Vec<Sum> {
    names
        .into_iter()
        .map(|(word, name)| {
            parts.iter().filter(|part| key(part) == word).fold(Sum { name, ..Sum::default() }, |sum, part| Sum {
                name,
                n: sum.n + part.n,
                cost: sum.cost + part.cost,
                delivered: sum.delivered + part.delivered,
                spent: sum.spent + part.spent,
            })
        })
        .filter(|sum| sum.n > 0)
        .collect()
}
