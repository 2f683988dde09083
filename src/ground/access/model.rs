//! Actors, needs, scopes. Pure.

use chrono::NaiveDate;

use super::{Act, Role, Voice};

/// What a route asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Public,
    /// Any signed-in person.
    SignedIn,
    /// Anybody who has rows in the registers: all but those who only sit in a panel.
    Rows,
    /// Anybody who works for the programme: all but businesses and those who only sit in a panel.
    Staff,
    /// A role with this act.
    May(Act),
    /// A role with one of these acts.
    Any(&'static [Act]),
}

impl Need {
    /// Whether a caller acting in `role` (none: not signed in) passes.
    pub fn allows(self, role: Option<Role>) -> bool {
        match (self, role) {
            (Need::Public, _) | (Need::SignedIn, Some(_)) => true,
            (Need::Rows, Some(role)) => role.voice() != Voice::Panel,
            (Need::Staff, Some(role)) => !matches!(role.voice(), Voice::Business | Voice::Panel),
            (Need::May(act), Some(role)) => role.may(act),
            (Need::Any(acts), Some(role)) => acts.iter().any(|act| role.may(*act)),
            (_, None) => false,
        }
    }
}

/// A role that a person holds in a body, from–to.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Grant {
    /// Identifier.
    pub id: String,
    /// The role.
    pub role: Role,
    /// The body it is held in.
    pub body_id: String,
    /// Name of that body.
    pub body_name: String,
    /// Top of the unit tree whose rows are seen; none for businesses and associations.
    pub unit_id: Option<String>,
    /// Level of that unit (`province`, `district`, `commune`).
    pub unit_level: Option<String>,
    /// What the body may do, separated by spaces.
    pub powers: String,
    /// First day.
    pub valid_from: NaiveDate,
    /// First day no longer.
    pub valid_to: Option<NaiveDate>,
    /// The person who is away and whose role it is, where it is held for somebody.
    pub stands_for: Option<String>,
    /// Name of that person.
    pub stands_for_name: String,
}

/// Which rows a grant opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole city.
    All,
    /// One unit and what may lie in it.
    Unit(String),
    /// What belongs to, was nominated by or is supported by one body.
    Body(String),
    /// Nothing.
    None,
}

impl Scope {
    /// Unit and body as a query binds them, empty for any; none where nothing is seen.
    pub fn ends(&self) -> Option<(&str, &str)> {
        match self {
            Scope::All => Some(("", "")),
            Scope::Unit(unit) => Some((unit, "")),
            Scope::Body(body) => Some(("", body)),
            Scope::None => None,
        }
    }
}

/// The caller of a request.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    /// The person, if signed in.
    pub person: Option<String>,
    /// Their name.
    pub name: String,
    /// Whether a commune has confirmed an account that was made without mail.
    pub confirmed: bool,
    /// All grants valid today.
    pub grants: Vec<Grant>,
    /// The one acted under.
    pub acting: Option<Grant>,
    /// The token a program came with; none for people.
    pub token: Option<super::token::Token>,
}

impl Actor {
    /// Whether somebody is signed in.
    pub fn is_signed_in(&self) -> bool {
        self.person.is_some()
    }

    /// The role acted under.
    pub fn role(&self) -> Option<Role> {
        self.acting.as_ref().map(|grant| grant.role)
    }

    /// Whether the role acted under has an act. The power of the body and the rows are asked beside it.
    pub fn may(&self, act: Act) -> bool {
        self.role().is_some_and(|role| role.may(act))
    }

    /// In whose name the caller speaks.
    pub fn voice(&self) -> Option<Voice> {
        self.role().map(Role::voice)
    }

    /// Whether the caller speaks in this name.
    pub fn is(&self, voice: Voice) -> bool {
        self.voice() == Some(voice)
    }

    /// Whether the caller speaks for a business or an association, whose rows are those of one body.
    pub fn is_outside(&self) -> bool {
        matches!(self.voice(), Some(Voice::Business | Voice::Association))
    }

    /// Whether the caller works for the programme: everybody but businesses.
    pub fn is_staff(&self) -> bool {
        Need::Staff.allows(self.role())
    }

    /// Name of the role acted under.
    pub fn role_name(&self) -> &'static str {
        self.role().map_or("", Role::name)
    }

    /// What the role acted under is for, in one line.
    pub fn role_task(&self) -> &'static str {
        self.role().map_or("", Role::task)
    }

    /// Name of the body acted for.
    pub fn body_name(&self) -> &str {
        self.acting.as_ref().map_or("", |grant| &grant.body_name)
    }

    /// Body acted for.
    pub fn body_id(&self) -> Option<&str> {
        self.acting.as_ref().map(|grant| grant.body_id.as_str())
    }

    /// Whether this grant is the one acted under.
    pub fn is_acting(&self, grant: &Grant) -> bool {
        self.acting.as_ref().is_some_and(|acting| acting.id == grant.id)
    }

    /// Whether the body acted for has a power (`accept`, `survey`, `select`, …).
    pub fn can(&self, power: &str) -> bool {
        self.acting.as_ref().is_some_and(|grant| grant.powers.split(' ').any(|known| known == power))
    }

    /// Person id for the journal; `public` when nobody is signed in.
    pub fn journal_id(&self) -> &str {
        self.person.as_deref().unwrap_or("public")
    }

    /// Role and body for the journal, without the person's name.
    pub fn journal_name(&self) -> String {
        match &self.acting {
            Some(grant) if grant.stands_for.is_some() => format!("{} (thay mặt) – {}", grant.role.name(), grant.body_name),
            Some(grant) => format!("{} – {}", grant.role.name(), grant.body_name),
            None => "Khách".to_owned(),
        }
    }

    /// Which rows this caller may see.
    pub fn scope(&self) -> Scope {
        let Some(grant) = &self.acting else { return Scope::None };
        match (grant.role.voice(), grant.unit_level.as_deref(), &grant.unit_id) {
            (Voice::Business | Voice::Association, ..) => Scope::Body(grant.body_id.clone()),
            (Voice::Panel, ..) => Scope::None,
            // an official of one commune never sees the whole city, whatever was stored
            (Voice::Commune, Some("province"), _) => Scope::None,
            (_, Some("province"), _) => Scope::All,
            (_, Some(_), Some(unit)) => Scope::Unit(unit.clone()),
            _ => Scope::None,
        }
    }
}

/// How long a session lives, and how long it may rest unused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Hours it lives.
    pub hours: i64,
    /// Hours it may rest.
    pub rest_hours: i64,
}

impl Life {
    /// Of everybody but guarded roles: two weeks, three days at rest.
    pub const LONGEST: Life = Life { hours: 24 * 14, rest_hours: 24 * 3 };

    /// Of a session in a role; that of a guarded one lives so many hours and rests a quarter of them.
    pub fn of(role: Role, guarded_hours: i64) -> Life {
        if !role.is_guarded() {
            return Life::LONGEST;
        }
        let hours = guarded_hours.clamp(1, Life::LONGEST.hours);
        Life { hours, rest_hours: (hours / 4).clamp(1, Life::LONGEST.rest_hours) }
    }
}

/// Days that a device is known for after its last sign-in.
pub const DEVICE_DAYS: i64 = 180;

/// Pages that an account opens before a commune has confirmed it: what is its own. Everything public is open anyway.
pub fn is_open_before_confirmation(route: &str) -> bool {
    const OWN: &[&str] = &["/viec", "/tai-khoan", "/dang-xuat", "/vai-tro", "/ho-so"];
    OWN.iter().any(|own| route == *own || route.strip_prefix(own).is_some_and(|rest| rest.starts_with('/')))
}
