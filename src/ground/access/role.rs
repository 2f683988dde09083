//! Roles: named sets of acts, read from `programme/roles.toml`. Pure: the file is part of the program.
//!
//! Rules ask what somebody may do ([`Act`]) and in whose name ([`Voice`]), never for a role by name. A role that is added to
//! the file needs no code.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Act;
use crate::words;

/// A role that a person holds in a body.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Role(&'static str);

words! {
    /// In whose name a role speaks.
    #[derive(Hash)]
    pub enum Voice {
        /// Doanh nghiệp, hợp tác xã, hộ kinh doanh: rows of one body.
        Business = "business" / "Cơ sở",
        /// Ủy ban nhân dân xã, phường: rows of one commune.
        Commune = "commune" / "Xã, phường",
        /// Hội, hiệp hội: rows of what it nominated or supports.
        Association = "association" / "Hội, hiệp hội",
        /// Offices of the city: rows below their unit.
        City = "city" / "Thành phố",
        /// Whoever sits in a body made by a decision: what that body has before it, and nothing else.
        Panel = "panel" / "Hội đồng",
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    role: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    word: String,
    vi: String,
    en: String,
    voice: String,
    bodies: Vec<String>,
    task: String,
    door: String,
    guide: Vec<String>,
    opens: String,
    #[serde(default)]
    guarded: bool,
    may: Vec<String>,
}

struct Known {
    entry: Entry,
    voice: Voice,
    acts: BTreeSet<Act>,
}

static KNOWN: LazyLock<Vec<Known>> =
    LazyLock::new(|| read(include_str!("../../../programme/roles.toml")).unwrap_or_else(|error| panic!("programme/roles.toml: {error}")));

/// Reads the file; what is not understood is refused as a whole.
fn read(text: &str) -> Result<Vec<Known>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut known: Vec<Known> = Vec::new();
    for entry in file.role {
        let word = &entry.word;
        if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            return Err(format!("“{word}”: a word is lower case letters and _"));
        }
        if known.iter().any(|other| other.entry.word == *word || other.entry.vi == entry.vi) {
            return Err(format!("{word}: stands twice"));
        }
        let voice = Voice::read(&entry.voice).ok_or_else(|| format!("{word}: unknown voice {}", entry.voice))?;
        let mut acts = BTreeSet::new();
        for act in &entry.may {
            let act = Act::read(act).ok_or_else(|| format!("{word}: unknown act {act}"))?;
            if !acts.insert(act) {
                return Err(format!("{word}: {} stands twice", act.word()));
            }
        }
        known.push(Known { voice, acts, entry });
    }
    Ok(known)
}

impl Role {
    /// Given to whoever registers a point or a producer.
    pub const BUSINESS: Role = Role("business");
    /// Held in the people's committee of a commune.
    pub const COMMUNE: Role = Role("commune");
    /// Runs the system.
    pub const ADMINISTRATOR: Role = Role("administrator");
    /// Surveys points.
    pub const SURVEYOR: Role = Role("surveyor");
    /// Keeps the register of products.
    pub const PRODUCT_KEEPER: Role = Role("product_keeper");
    /// Leads the department.
    pub const LEADER: Role = Role("leader");
    /// Inspects points.
    pub const INSPECTOR: Role = Role("inspector");
    /// Speaks for an association.
    pub const ASSOCIATION: Role = Role("association");
    /// Sits in a council.
    pub const COUNCIL_MEMBER: Role = Role("council_member");
    /// Reads everything.
    pub const AUDITOR: Role = Role("auditor");

    /// All roles in the order of screens.
    pub fn all() -> impl Iterator<Item = Role> {
        KNOWN.iter().map(|known| Role(&known.entry.word))
    }

    fn known(self) -> &'static Known {
        KNOWN.iter().find(|known| known.entry.word == self.0).unwrap_or_else(|| panic!("there is no role {}", self.0))
    }

    /// The word in the store and on the command line.
    pub fn word(self) -> &'static str {
        self.0
    }

    /// Reads the word back.
    pub fn read(word: &str) -> Option<Role> {
        Role::all().find(|role| role.0 == word)
    }

    /// The Vietnamese name on screens.
    pub fn name(self) -> &'static str {
        &self.known().entry.vi
    }

    /// The English name.
    pub fn name_en(self) -> &'static str {
        &self.known().entry.en
    }

    /// In whose name it speaks.
    pub fn voice(self) -> Voice {
        self.known().voice
    }

    /// Whether an act belongs to it.
    pub fn may(self, act: Act) -> bool {
        self.known().acts.contains(&act)
    }

    /// Its acts, in the order of the program.
    pub fn acts(self) -> impl Iterator<Item = Act> {
        self.known().acts.iter().copied()
    }

    /// Kinds of body in which it may be held.
    pub fn kinds(self) -> &'static [String] {
        &self.known().entry.bodies
    }

    /// What it is for, in one line.
    pub fn task(self) -> &'static str {
        &self.known().entry.task
    }

    /// The page of its main area.
    pub fn door(self) -> &'static str {
        &self.known().entry.door
    }

    /// What whoever holds it does on a usual day, step by step.
    pub fn guide(self) -> &'static [String] {
        &self.known().entry.guide
    }

    /// What an invitation says it opens, `{body}` and `{area}` to be filled in.
    pub(super) fn opens(self) -> &'static str {
        &self.known().entry.opens
    }

    /// Whether its sessions are short, none slides into it, and no file gives it.
    pub fn is_guarded(self) -> bool {
        self.known().entry.guarded
    }
}

impl std::fmt::Debug for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl PartialOrd for Role {
    fn partial_cmp(&self, other: &Role) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Role {
    fn cmp(&self, other: &Role) -> Ordering {
        let place = |role: &Role| KNOWN.iter().position(|known| known.entry.word == role.0);
        place(self).cmp(&place(other))
    }
}

impl<DB: sqlx::Database> sqlx::Type<DB> for Role
where
    str: sqlx::Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <str as sqlx::Type<DB>>::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        <str as sqlx::Type<DB>>::compatible(ty)
    }
}

impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for Role
where
    &'q str: sqlx::Encode<'q, DB>,
{
    fn encode_by_ref(&self, buf: &mut <DB as sqlx::Database>::ArgumentBuffer) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
        <&'q str as sqlx::Encode<'q, DB>>::encode(self.0, buf)
    }
}

impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for Role
where
    &'r str: sqlx::Decode<'r, DB>,
{
    fn decode(value: <DB as sqlx::Database>::ValueRef<'r>) -> Result<Role, sqlx::error::BoxDynError> {
        let word = <&'r str as sqlx::Decode<'r, DB>>::decode(value)?;
        Role::read(word).ok_or_else(|| format!("there is no role {word}; programme/roles.toml names them").into())
    }
}

/// Several roles at once: those that may do something, or speak in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// All with this act.
    May(Act),
    /// All of this voice.
    Of(Voice),
    /// One.
    Role(Role),
}

impl Who {
    /// Whether a role is among them.
    pub fn has(self, role: Role) -> bool {
        match self {
            Who::May(act) => role.may(act),
            Who::Of(voice) => role.voice() == voice,
            Who::Role(one) => role == one,
        }
    }

    /// Their words in the store.
    pub fn words(self) -> Vec<String> {
        Role::all().filter(|role| self.has(*role)).map(|role| role.word().to_owned()).collect()
    }
}

impl From<Act> for Who {
    fn from(act: Act) -> Who {
        Who::May(act)
    }
}

impl From<Voice> for Who {
    fn from(voice: Voice) -> Who {
        Who::Of(voice)
    }
}

impl From<Role> for Who {
    fn from(role: Role) -> Who {
        Who::Role(role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_data_and_what_is_not_understood_is_refused() {
        let one = |word: &str, voice: &str, may: &str| {
            format!(
                "[[role]]\nword='{word}'\nvi='V {word}'\nen='E'\nvoice='{voice}'\nbodies=[]\ntask='t'\ndoor='/x'\nguide=[]\nopens='o'\nmay=[{may}]\n"
            )
        };
        let known = read(&one("judge", "city", "'survey', 'select'")).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(known[0].acts, BTreeSet::from([Act::Survey, Act::Select]));
        for (wrong, why) in [
            (one("judge", "moon", ""), "unknown voice moon"),
            (one("judge", "city", "'fly'"), "unknown act fly"),
            (one("judge", "city", "'survey', 'survey'"), "survey stands twice"),
            (one("a b", "city", ""), "a word is"),
            (one("judge", "city", "") + &one("judge", "city", ""), "judge: stands twice"),
            (one("judge", "city", "") + "colour='red'", "colour"),
        ] {
            let error = read(&wrong).err().expect(&wrong);
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn every_act_is_given_to_somebody_and_whoever_audits_changes_nothing() {
        for act in Act::ALL {
            assert!(Role::all().any(|role| role.may(act)), "{}", act.word());
        }
        for act in Role::AUDITOR.acts() {
            assert!(
                act == Act::Audit || ["read_", "oversee_", "follow_", "search_"].iter().any(|begin| act.word().starts_with(begin)),
                "{}",
                act.word()
            );
        }
        assert_eq!(Who::from(Act::KeepProducts).words(), ["surveyor", "product_keeper", "leader"]);
    }

    /// Queries of who reads the letters of an owner or a commune name these words: `git grep "role = '"` finds them.
    #[test]
    fn owners_and_communes_have_one_role_each() {
        assert_eq!(Who::from(Voice::Business).words(), ["business"]);
        assert_eq!(Who::from(Voice::Commune).words(), ["commune"]);
    }

    #[test]
    fn the_keeper_of_products_has_no_part_in_points() {
        let keeper = Role::read("product_keeper").unwrap();
        assert!(keeper.may(Act::KeepProducts) && keeper.may(Act::KeepConnections));
        for act in [Act::Nominate, Act::AcceptPoints, Act::Survey, Act::Select, Act::GovernPreparation, Act::Inspect, Act::Publish] {
            assert!(!keeper.may(act), "{}", act.word());
        }
    }
}
