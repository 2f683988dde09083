//! Conferences, guests, outcomes. Pure.

use chrono::{DateTime, NaiveDate, Utc};

use crate::access::{Actor, Scope, Voice};
use crate::connection::model::is_office;
use crate::error::{Both, both};
use crate::point::{Point, State};
use crate::product::Product;
use crate::text::date_vi;
use crate::words;

/// A conference as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Conference {
    /// Identifier.
    pub id: String,
    /// Title.
    pub title: String,
    /// Its day.
    pub held_on: NaiveDate,
    /// Where it is held.
    pub place: String,
    /// For which unit; none: the whole city.
    pub unit_id: Option<String>,
    /// Who holds it.
    pub organiser_id: Option<String>,
    /// Remark.
    pub note: String,
    /// Sample data.
    pub demo: bool,
    /// Row version.
    pub version: i64,
    /// Who made the record.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Conference {
    /// What can only be told once its day has come.
    pub fn has_begun(&self, today: NaiveDate) -> bool {
        self.held_on <= today
    }
}

words! {
    /// On which side of the table a guest sits.
    #[derive(PartialOrd, Ord)]
    pub enum Side {
        /// Chủ thể.
        Producer = "producer" / "Chủ thể có sản phẩm",
        /// Đơn vị quản lý điểm, chuỗi siêu thị.
        Seller = "seller" / "Đơn vị quản lý điểm, chuỗi siêu thị",
    }
}

words! {
    /// What came of the meeting of a product and a place.
    #[derive(PartialOrd, Ord)]
    pub enum Outcome {
        /// They go on talking.
        Interested = "interested" / "Quan tâm",
        /// Samples are sent.
        Sample = "sample" / "Gửi mẫu",
        /// Biên bản ghi nhớ.
        Memo = "memo" / "Ký biên bản ghi nhớ",
        /// Hợp đồng.
        Contract = "contract" / "Ký hợp đồng",
        /// Nothing.
        None = "none" / "Không có kết quả",
    }
}

impl Outcome {
    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            Outcome::Interested | Outcome::Sample => "info",
            Outcome::Memo => "warn",
            Outcome::Contract => "ok",
            Outcome::None => "quiet",
        }
    }

    /// Whether a paper was signed that may name a value.
    pub fn has_value(self) -> bool {
        matches!(self, Outcome::Memo | Outcome::Contract)
    }
}

/// Whether somebody acting so holds conferences at all.
pub fn may_hold(actor: &Actor) -> bool {
    is_office(actor) || actor.is(Voice::Commune)
}

/// Whether somebody acting so changes a conference for this unit, with its guests and outcomes.
pub fn may_change(actor: &Actor, unit: Option<&str>) -> bool {
    match actor.scope() {
        Scope::All => is_office(actor),
        Scope::Unit(own) => may_hold(actor) && unit == Some(own.as_str()),
        Scope::Body(_) | Scope::None => false,
    }
}

/// Whether a conference is seen in a scope. `invited`: the body of the scope is a guest.
pub fn in_scope(scope: &Scope, conference: &Conference, invited: bool) -> bool {
    match scope {
        Scope::All => true,
        Scope::Unit(own) => conference.unit_id.as_ref().is_none_or(|unit| unit == own),
        Scope::Body(own) => invited || conference.organiser_id.as_ref() == Some(own),
        Scope::None => false,
    }
}

/// Which outcomes of a conference a reader sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of them.
    All,
    /// Those of a unit.
    Unit(String),
    /// Those a body has a part in.
    Body(String),
}

impl Part {
    /// That of a scope.
    pub fn of(scope: &Scope, conference: &Conference) -> Part {
        match scope {
            Scope::Body(body) => Part::Body(body.clone()),
            Scope::Unit(unit) if conference.unit_id.as_ref() != Some(unit) => Part::Unit(unit.clone()),
            _ => Part::All,
        }
    }

    /// The unit, or empty.
    pub fn unit(&self) -> &str {
        if let Part::Unit(unit) = self { unit } else { "" }
    }

    /// The body, or empty.
    pub fn body(&self) -> &str {
        if let Part::Body(body) = self { body } else { "" }
    }
}

/// Why a product cannot have an outcome; none: it can.
pub fn check_product(product: &Product) -> Result<&str, Both> {
    product.producer_id.as_deref().ok_or_else(|| {
        both(
            format!(
                "Sản phẩm “{}” chưa ghi chủ thể nên không có ai để kết nối; hãy bổ sung chủ thể trong hồ sơ sản phẩm trước.",
                product.name
            ),
            format!("Product “{}” names no producer, so there is nobody to connect with; enter the producer first.", product.name),
        )
    })
}

/// Whether a point could take products on the day of a conference, or still will.
pub fn check_point(point: &Point, held_on: NaiveDate) -> Result<(), Both> {
    match (point.state, point.closed_on) {
        (State::Selected | State::Preparing | State::Operating | State::Suspended, _) => Ok(()),
        (State::Closed, Some(day)) if held_on < day => Ok(()),
        (State::Closed, Some(day)) => Err(both(
            format!("Điểm “{}” đã đóng từ ngày {}, trước khi hội nghị diễn ra.", point.name, date_vi(day)),
            format!("Point “{}” closed on {}, before the conference.", point.name, date_vi(day)),
        )),
        (State::Closed, None) => Err(both(format!("Điểm “{}” đã đóng.", point.name), format!("Point “{}” is closed.", point.name))),
        (state, _) => Err(both(
            format!("Điểm “{}” ở trạng thái “{}”, chưa nhận sản phẩm.", point.name, state.name(crate::text::Tongue::Vi)),
            format!("Point “{}” does not take products in its present state.", point.name),
        )),
    }
}

/// Sums of a conference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Outcomes in the order of screens: how many, and đồng.
    pub lines: Vec<(Outcome, i64, i64)>,
}

impl Totals {
    /// Fills in the outcomes that did not happen.
    pub fn of(rows: &[(Outcome, i64, i64)]) -> Totals {
        Totals {
            lines: Outcome::ALL
                .into_iter()
                .map(|outcome| rows.iter().find(|(known, ..)| *known == outcome).copied().unwrap_or((outcome, 0, 0)))
                .collect(),
        }
    }

    /// Products that met a place.
    pub fn pairs(&self) -> i64 {
        self.lines.iter().map(|(_, n, _)| n).sum()
    }

    /// How many of an outcome.
    pub fn count(&self, outcome: Outcome) -> i64 {
        self.lines.iter().find(|(known, ..)| *known == outcome).map_or(0, |(_, n, _)| *n)
    }

    /// Value of all papers, đồng.
    pub fn value(&self) -> i64 {
        self.lines.iter().map(|(.., value)| value).sum()
    }
}
