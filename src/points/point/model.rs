//! Points, their states, and who may see or change them. Pure. The steps and their rules are in `way`.
//!
//! ```mermaid
//! stateDiagram-v2
//!   [*] --> draft
//!   lead --> draft : place found
//!   draft --> nominated : nominate (commune, association, city)
//!   nominated --> returned : return
//!   returned --> nominated : nominate
//!   draft --> returned : return (commune, of what a business sent)
//!   returned --> draft : submit again
//!   nominated --> accepted : accept (Sở)
//!   accepted --> surveyed : survey
//!   surveyed --> surveyed : survey again
//!   surveyed --> selected : select (leader)
//!   surveyed --> declined : decline (leader)
//!   declined --> surveyed : survey again
//!   declined --> accepted : put right, survey again (operator, commune, association)
//!   selected --> preparing : prepare
//!   preparing --> operating : open
//!   lead --> withdrawn : withdraw
//!   draft --> withdrawn
//!   nominated --> withdrawn
//!   returned --> withdrawn
//!   accepted --> withdrawn
//!   surveyed --> withdrawn
//!   selected --> withdrawn
//!   declined --> withdrawn
//!   preparing --> withdrawn
//!   operating --> suspended : suspend
//!   suspended --> operating : resume
//!   operating --> closed : close
//!   suspended --> closed : close
//! ```
//! A replacement is a link between two points, not a state.

use chrono::{DateTime, NaiveDate, Utc};

use crate::access::{Act, Actor, Scope, Voice};
use crate::error::{Both, both};
use crate::text::{Edtf, Tongue, date_vi};
use crate::words;

pub use super::kind::{Kind, kind_name};
pub use super::refusal::PointRefusal;
pub use super::way::Step;

words! {
    own read;
    /// Where a point stands on its way.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum State {
        /// Heard of, but without a place; never published.
        Lead = "lead" / "Địa điểm tiềm năng" / "Lead",
        /// Being written, or sent to the commune and not yet forwarded.
        Draft = "draft" / "Đang lập hồ sơ" / "Draft",
        /// Forwarded to the Sở.
        Nominated = "nominated" / "Đã đề nghị" / "Nominated",
        /// Sent back with what is missing.
        Returned = "returned" / "Trả lại bổ sung" / "Returned",
        /// Taken on for survey.
        Accepted = "accepted" / "Đã tiếp nhận" / "Accepted",
        /// Surveyed, waiting for selection.
        Surveyed = "surveyed" / "Đã khảo sát" / "Surveyed",
        /// Chosen by decision.
        Selected = "selected" / "Được lựa chọn" / "Selected",
        /// Not chosen this time; has guidance.
        Declined = "declined" / "Chưa được chọn" / "Declined",
        /// Being fitted out.
        Preparing = "preparing" / "Đang chuẩn bị" / "Preparing",
        /// Open.
        Operating = "operating" / "Đang hoạt động" / "Operating",
        /// Closed for a time.
        Suspended = "suspended" / "Tạm ngừng" / "Suspended",
        /// Closed for good.
        Closed = "closed" / "Đã đóng" / "Closed",
        /// Given up before opening.
        Withdrawn = "withdrawn" / "Đã rút" / "Withdrawn",
    }
}

impl State {
    /// States whose points everybody may see.
    pub const PUBLIC: [State; 3] = [State::Operating, State::Suspended, State::Closed];

    /// Reads the word, or the Vietnamese name in any spelling.
    pub fn read(text: &str) -> Option<State> {
        let folded = crate::text::fold(text);
        State::ALL
            .into_iter()
            .find(|state| state.word() == text || (!folded.is_empty() && crate::text::fold(state.name(Tongue::Vi)) == folded))
    }

    /// Whether everybody may see a point in this state.
    pub fn is_public(self) -> bool {
        State::PUBLIC.contains(&self)
    }
}

/// A point as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Point {
    /// Identifier.
    pub id: String,
    /// Code of the register, e.g. `HN-2026-0007`.
    pub code: String,
    /// Name in its public URL.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Folded name.
    pub name_fold: String,
    /// Dictionary order.
    pub sort: String,
    /// Kind of place, or empty when not stated.
    pub kind: String,
    /// Address as printed.
    pub address: String,
    /// Folded address.
    pub address_fold: String,
    /// Unit as recorded.
    pub unit_id: Option<String>,
    /// Today's unit, if certain.
    pub unit_today: Option<String>,
    /// A person said which new unit it is.
    pub unit_chosen: bool,
    /// Longitude, degrees.
    pub lon: Option<f64>,
    /// Latitude, degrees.
    pub lat: Option<f64>,
    /// Coarse grid square of the position.
    pub cell: String,
    /// Number of the finest square of the map that holds the position.
    pub tile: Option<i64>,
    /// Area, m².
    pub area_m2: Option<f64>,
    /// Who runs it.
    pub operator_id: Option<String>,
    /// Who nominated it.
    pub nominated_by: Option<String>,
    /// Association that stands by it.
    pub supporter_id: Option<String>,
    /// Contact person of the business.
    pub contact: String,
    /// Business telephone.
    pub phone: String,
    /// Business mail address.
    pub email: String,
    /// Opening hours, OpenStreetMap style (`Mo-Su 08:00-20:00`) or as typed.
    pub hours: String,
    /// Opening hours in one spelling, as far as they are understood.
    pub week: String,
    /// Goods planned.
    pub goods: String,
    /// A few words for visitors.
    pub about: String,
    /// State.
    pub state: State,
    /// Since which day.
    pub state_since: NaiveDate,
    /// By when the next step is due, if somebody said so.
    pub due_on: Option<NaiveDate>,
    /// When a business sent its draft to the commune.
    pub submitted_at: Option<DateTime<Utc>>,
    /// First day open, if it is known to the day; else `opened_as` may say more.
    pub opened_on: Option<NaiveDate>,
    /// The same as its source gives it, when not to the day (EDTF).
    pub opened_as: String,
    /// Last change to closed, if it is known to the day; else `closed_as` may say more.
    pub closed_on: Option<NaiveDate>,
    /// The same as its source gives it, when not to the day (EDTF).
    pub closed_as: String,
    /// Last day somebody saw it running.
    pub last_confirmed_on: Option<NaiveDate>,
    /// Who counts it: `city`, `ministry`, both separated by a space, or empty.
    pub counted_by: String,
    /// Where the record comes from.
    pub source: String,
    /// Sample data.
    pub demo: bool,
    /// Row version.
    pub version: i64,
    /// Who made the record.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

impl Point {
    /// Whether the fields of the record may be changed by this caller in the present state.
    pub fn may_edit(&self, actor: &Actor) -> bool {
        match actor.voice() {
            Some(Voice::Business) => {
                actor.confirmed && matches!(self.state, State::Draft | State::Returned | State::Preparing | State::Operating)
            }
            Some(Voice::Commune | Voice::Association) => {
                matches!(self.state, State::Lead | State::Draft | State::Returned | State::Preparing | State::Operating)
            }
            Some(Voice::City) => {
                actor.may(Act::AcceptPoints) && actor.can("accept") && !matches!(self.state, State::Closed | State::Withdrawn)
            }
            Some(Voice::Panel) | None => false,
        }
    }

    /// Whether fields may still be empty.
    pub fn is_being_written(&self) -> bool {
        matches!(self.state, State::Draft | State::Lead | State::Returned)
    }

    pub(super) fn must_be_complete(&self) -> Result<(), PointRefusal> {
        let missing = self.missing();
        if missing.is_empty() { Ok(()) } else { Err(PointRefusal::Missing(missing)) }
    }

    /// What a record needs before anybody proposes it, and lacks.
    pub fn missing(&self) -> Vec<Both> {
        let checks = [
            (self.name.is_empty(), "tên điểm", "name"),
            (self.kind.is_empty(), "loại hình địa điểm", "kind of place"),
            (self.address.is_empty(), "địa chỉ", "address"),
            (self.unit_id.is_none(), "xã, phường", "commune or ward"),
            (self.operator_id.is_none(), "đơn vị vận hành", "operator"),
            (self.contact.is_empty(), "người liên hệ", "contact person"),
            (self.phone.is_empty() && self.email.is_empty(), "điện thoại hoặc thư điện tử", "telephone or mail address"),
        ];
        checks.into_iter().filter(|(is_missing, ..)| *is_missing).map(|(_, vi, en)| both(vi, en)).collect()
    }

    /// Whether the next step is late.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.due_on.is_some_and(|due| due < today)
            && !matches!(self.state, State::Operating | State::Closed | State::Withdrawn | State::Suspended)
    }

    /// When it opened, as exact as its source gives it.
    pub fn opened(&self) -> Option<Edtf> {
        Edtf::of(self.opened_on, &self.opened_as)
    }

    /// When it closed, as exact as its source gives it.
    pub fn closed(&self) -> Option<Edtf> {
        Edtf::of(self.closed_on, &self.closed_as)
    }

    /// Since when it is in its state, as far as that is known: "từ 01/02/2024", "mở năm 2020", or since when the register says so.
    pub fn since(&self, tongue: Tongue) -> String {
        let day = date_vi(self.state_since);
        let exact = format!("{} {day}", tongue.pick("từ", "since"));
        let is_written = self.state_since == crate::clock::local(self.created_at).date_naive();
        let (what, given) = match self.state {
            State::Operating if self.opened_on.is_none() => (
                tongue.pick("mở", "opened"),
                self.opened().filter(|opened| is_written || opened.latest().is_none_or(|last| last >= self.state_since)),
            ),
            State::Closed if self.closed_on.is_none() => (tongue.pick("đóng", "closed"), self.closed()),
            _ => return exact,
        };
        match given {
            Some(given) => format!("{what} {}", given.shown(tongue)),
            None if self.state == State::Closed || is_written => {
                format!("{} {day}", tongue.pick("chưa rõ từ ngày nào; sổ ghi từ", "since an unknown day; in the register from"))
            }
            None => exact,
        }
    }

    /// Position, if both coordinates are known.
    pub fn pin(&self) -> Option<(f64, f64)> {
        self.lon.zip(self.lat)
    }
}

/// A new empty draft.
pub fn blank(created_by: &str, code: String, now: DateTime<Utc>, today: NaiveDate) -> Point {
    Point {
        id: crate::clock::new_id(),
        slug: String::new(),
        code,
        name: String::new(),
        name_fold: String::new(),
        sort: String::new(),
        kind: String::new(),
        address: String::new(),
        address_fold: String::new(),
        unit_id: None,
        unit_today: None,
        unit_chosen: false,
        lon: None,
        lat: None,
        cell: String::new(),
        tile: None,
        area_m2: None,
        operator_id: None,
        nominated_by: None,
        supporter_id: None,
        contact: String::new(),
        phone: String::new(),
        email: String::new(),
        hours: String::new(),
        week: String::new(),
        goods: String::new(),
        about: String::new(),
        state: State::Draft,
        state_since: today,
        due_on: None,
        submitted_at: None,
        opened_on: None,
        opened_as: String::new(),
        closed_on: None,
        closed_as: String::new(),
        last_confirmed_on: None,
        counted_by: String::new(),
        source: String::new(),
        demo: false,
        version: 1,
        created_by: created_by.to_owned(),
        created_at: now,
        updated_at: now,
    }
}

/// Whether a point lies in a scope. `units` are those it is listed under, surely or not.
pub fn in_scope(scope: &Scope, point: &Point, units: &[String]) -> bool {
    match scope {
        Scope::All => true,
        Scope::Unit(unit) => units.iter().any(|known| known == unit),
        Scope::Body(body) => belongs(body, [&point.operator_id, &point.nominated_by, &point.supporter_id]),
        Scope::None => false,
    }
}

/// Whether a body is among those a point belongs to.
pub fn belongs(body: &str, bodies: [&Option<String>; 3]) -> bool {
    bodies.into_iter().flatten().any(|known| known == body)
}

/// Coarse grid square (about 220 m) of a position.
pub fn cell(lon: f64, lat: f64) -> String {
    let (x, y) = cell_at(lon, lat);
    format!("{x}_{y}")
}

/// The square of a position and its eight neighbours.
pub fn cells_around(lon: f64, lat: f64) -> [String; 9] {
    let (x, y) = cell_at(lon, lat);
    std::array::from_fn(|at| format!("{}_{}", x + at as i64 % 3 - 1, y + at as i64 / 3 - 1))
}

fn cell_at(lon: f64, lat: f64) -> (i64, i64) {
    ((lon / 0.002).floor() as i64, (lat / 0.002).floor() as i64)
}
