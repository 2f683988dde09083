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

use crate::access::{Actor, Role, Scope};
use crate::error::{Refusal, both};
use crate::product::model::KEEPER;
use crate::words;

/// A kind of support, or a reason to give it first, as the list of the law describes it.
#[derive(Clone, Debug, Deserialize)]
pub struct Named {
    /// Word of the store.
    pub id: String,
    /// Vietnamese name.
    pub vi: String,
    /// English name.
    pub en: String,
    /// Who names it.
    pub source: String,
}

#[derive(Deserialize)]
struct Listed {
    kind: Vec<Named>,
    priority: Vec<Named>,
}

// a list that cannot be read is empty, which a test refuses
static LISTED: LazyLock<Listed> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../programme/law/products/aid.toml")).unwrap_or(Listed { kind: Vec::new(), priority: Vec::new() })
});

/// Kinds of support, in the order of the law.
pub fn kinds() -> &'static [Named] {
    &LISTED.kind
}

/// Reasons of priority.
pub fn priorities() -> &'static [Named] {
    &LISTED.priority
}

/// The Vietnamese name of a word of a list, or the empty text.
pub fn name_in(list: &'static [Named], id: &str) -> &'static str {
    list.iter().find(|named| named.id == id).map_or("", |named| named.vi.as_str())
}

/// Whose money it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Ngân sách Thành phố.
    City,
    /// Ngân sách cấp huyện, while there were districts.
    District,
    /// Ngân sách cấp xã.
    Commune,
    /// Xã hội hóa.
    Social,
    /// The producer's own.
    Own,
    /// Khác.
    Other,
}

impl Source {
    /// All sources in the order of screens.
    pub const ALL: [Source; 6] = [Source::City, Source::Commune, Source::Social, Source::Own, Source::Other, Source::District];

    /// The word of the store.
    pub fn word(self) -> &'static str {
        match self {
            Source::City => "city",
            Source::District => "district",
            Source::Commune => "commune",
            Source::Social => "social",
            Source::Own => "own",
            Source::Other => "other",
        }
    }

    /// The Vietnamese name.
    pub fn name(self) -> &'static str {
        match self {
            Source::City => "Ngân sách Thành phố",
            Source::District => "Ngân sách cấp huyện (cũ)",
            Source::Commune => "Ngân sách cấp xã",
            Source::Social => "Xã hội hóa",
            Source::Own => "Vốn của chủ thể",
            Source::Other => "Nguồn khác",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|source| source.word() == word)
    }
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
        name_in(kinds(), &self.what)
    }

    /// Name of its reason of priority, or the empty text.
    pub fn priority_name(&self) -> &'static str {
        name_in(priorities(), &self.priority)
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
    actor.is_any([Role::Leader, Role::Surveyor]) && actor.can(KEEPER) && actor.scope() == Scope::All
}

/// Whether somebody asks for support, or offers it.
pub fn may_ask(actor: &Actor) -> bool {
    match (actor.role(), actor.scope()) {
        (Some(Role::Business), Scope::Body(_)) => actor.confirmed,
        (Some(Role::Commune), Scope::Unit(_)) => true,
        _ => may_keep(actor),
    }
}

/// Sources of money that a caller may grant from: a commune does not dispose of the city's.
pub fn sources(actor: &Actor, had_districts: bool) -> Vec<Source> {
    let all = Source::ALL.into_iter().filter(|source| *source != Source::District || had_districts);
    if may_keep(actor) { all.collect() } else { all.filter(|source| !matches!(source, Source::City | Source::District)).collect() }
}

impl May {
    /// What a caller may do.
    pub fn of(actor: &Actor, aid: &Aid) -> May {
        let keeper = may_keep(actor);
        let commune = actor.role() == Some(Role::Commune) && aid.in_scope(&actor.scope());
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
