//! Actors, roles, needs, scopes. Pure.

use chrono::NaiveDate;

/// What a person is allowed to be in the programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Role {
    /// Doanh nghiệp, hợp tác xã, hộ kinh doanh.
    Business,
    /// Cán bộ xã, phường.
    Commune,
    /// Cán bộ khảo sát (của bất kỳ sở, ngành nào).
    Surveyor,
    /// Lãnh đạo Sở Công Thương.
    Leader,
    /// Cán bộ kiểm tra.
    Inspector,
    /// Hội, hiệp hội.
    Association,
    /// Quản trị hệ thống.
    Administrator,
    /// Kiểm toán: đọc tất cả, không thay đổi gì.
    Auditor,
}

impl Role {
    /// All roles in the order of screens.
    pub const ALL: [Role; 8] = [
        Role::Business,
        Role::Commune,
        Role::Surveyor,
        Role::Leader,
        Role::Inspector,
        Role::Association,
        Role::Administrator,
        Role::Auditor,
    ];

    /// The word in the store and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Role::Business => "business",
            Role::Commune => "commune",
            Role::Surveyor => "surveyor",
            Role::Leader => "leader",
            Role::Inspector => "inspector",
            Role::Association => "association",
            Role::Administrator => "administrator",
            Role::Auditor => "auditor",
        }
    }

    /// Reads the word back.
    pub fn read(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.word() == word)
    }

    /// The Vietnamese name on screens.
    pub fn name(self) -> &'static str {
        match self {
            Role::Business => "Cơ sở kinh doanh",
            Role::Commune => "Cán bộ xã, phường",
            Role::Surveyor => "Cán bộ khảo sát",
            Role::Leader => "Lãnh đạo Sở Công Thương",
            Role::Inspector => "Cán bộ kiểm tra",
            Role::Association => "Hội, hiệp hội",
            Role::Administrator => "Quản trị",
            Role::Auditor => "Kiểm toán",
        }
    }
}

/// Everybody who works for the programme, that is all but businesses.
pub const STAFF: &[Role] =
    &[Role::Commune, Role::Surveyor, Role::Leader, Role::Inspector, Role::Association, Role::Administrator, Role::Auditor];

/// What a route asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Public,
    /// Any signed-in person.
    SignedIn,
    /// One of these roles.
    Roles(&'static [Role]),
}

impl Need {
    /// Whether a caller acting in `role` (none: not signed in) passes.
    pub fn allows(self, role: Option<Role>) -> bool {
        match (self, role) {
            (Need::Public, _) | (Need::SignedIn, Some(_)) => true,
            (Need::Roles(roles), Some(role)) => roles.contains(&role),
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

    /// Whether the role acted under is one of these.
    pub fn is_any<R: std::borrow::Borrow<Role>>(&self, roles: impl IntoIterator<Item = R>) -> bool {
        let role = self.role();
        roles.into_iter().any(|known| Some(*known.borrow()) == role)
    }

    /// Name of the role acted under.
    pub fn role_name(&self) -> &'static str {
        self.role().map_or("", Role::name)
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
            Some(grant) => format!("{} – {}", grant.role.name(), grant.body_name),
            None => "Khách".to_owned(),
        }
    }

    /// Which rows this caller may see.
    pub fn scope(&self) -> Scope {
        let Some(grant) = &self.acting else { return Scope::None };
        match (grant.role, grant.unit_level.as_deref(), &grant.unit_id) {
            (Role::Business | Role::Association, ..) => Scope::Body(grant.body_id.clone()),
            // an official of one commune never sees the whole city, whatever was stored
            (Role::Commune, Some("province"), _) => Scope::None,
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
    /// Of everybody but administrators: two weeks, three days at rest.
    pub const LONGEST: Life = Life { hours: 24 * 14, rest_hours: 24 * 3 };

    /// Of a session in a role; an administrator's lives so many hours and rests a quarter of them.
    pub fn of(role: Role, administrator_hours: i64) -> Life {
        match role {
            Role::Administrator => {
                let hours = administrator_hours.clamp(1, Life::LONGEST.hours);
                Life { hours, rest_hours: (hours / 4).clamp(1, Life::LONGEST.rest_hours) }
            }
            _ => Life::LONGEST,
        }
    }
}

/// Days that a device is known for after its last sign-in.
pub const DEVICE_DAYS: i64 = 180;

/// Pages that an account opens before a commune has confirmed it: what is its own. Everything public is open anyway.
pub fn is_open_before_confirmation(route: &str) -> bool {
    const OWN: &[&str] = &["/viec", "/tai-khoan", "/dang-xuat", "/vai-tro", "/ho-so"];
    OWN.iter().any(|own| route == *own || route.strip_prefix(own).is_some_and(|rest| rest.starts_with('/')))
}
