//! Prospects and approaches. Pure.
//!
//! ```mermaid
//! stateDiagram-v2
//!   [*] --> open
//!   open --> registered : register (the owner said yes)
//!   open --> declined : decline (the owner said no)
//!   open --> dropped : drop (not suitable)
//!   declined --> open : reopen
//!   dropped --> open : reopen
//! ```

use chrono::{DateTime, NaiveDate, Utc};

use crate::access::Scope;
use crate::error::{Refusal, both};
use crate::words;

words! {
    /// Where a prospect stands.
    pub enum State {
        /// Being approached.
        Open = "open" / "Đang vận động",
        /// Became a registration.
        Registered = "registered" / "Đã thành hồ sơ",
        /// The owner does not want to.
        Declined = "declined" / "Chủ cơ sở từ chối",
        /// Given up by whoever mobilises.
        Dropped = "dropped" / "Không theo tiếp",
    }
}

impl State {
    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            State::Open => "info",
            State::Registered => "ok",
            State::Declined => "bad",
            State::Dropped => "quiet",
        }
    }
}

words! {
    /// What the owner answered.
    pub enum Answer {
        /// Quan tâm.
        Interested = "interested" / "Quan tâm",
        /// Cân nhắc.
        Considering = "considering" / "Cân nhắc",
        /// Từ chối.
        Refused = "refused" / "Từ chối",
        /// Chưa gặp được.
        NotMet = "not_met" / "Chưa gặp được",
    }
}

impl Answer {
    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            Answer::Interested => "ok",
            Answer::Considering => "warn",
            Answer::Refused => "bad",
            Answer::NotMet => "quiet",
        }
    }
}

/// Ways of asking: word and Vietnamese name.
pub const HOWS: [(&str, &str); 4] =
    [("meeting", "Gặp trực tiếp"), ("phone", "Điện thoại"), ("letter", "Gửi thư, văn bản"), ("conference", "Tại hội nghị")];

/// Whose property premises are: word and Vietnamese name.
pub const PROPERTIES: [(&str, &str); 4] =
    [("own", "Của chủ cơ sở"), ("rented", "Chủ cơ sở thuê"), ("public", "Đất, nhà của Nhà nước hoặc tập thể"), ("other", "Khác")];

/// The Vietnamese name of a word in a list; the empty text when it is not in it.
pub fn name_in(list: &[(&str, &'static str)], word: &str) -> &'static str {
    list.iter().find(|(known, _)| *known == word).map_or("", |(_, name)| name)
}

/// Premises and owner that are approached.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Prospect {
    /// Identifier.
    pub id: String,
    /// Name of the place.
    pub name: String,
    /// Folded name.
    pub name_fold: String,
    /// Dictionary order.
    pub sort: String,
    /// Kind of place, or empty.
    pub kind: String,
    /// Address as told.
    pub address: String,
    /// Folded address.
    pub address_fold: String,
    /// Unit as recorded.
    pub unit_id: Option<String>,
    /// Today's unit, if certain.
    pub unit_today: Option<String>,
    /// Longitude.
    pub lon: Option<f64>,
    /// Latitude.
    pub lat: Option<f64>,
    /// Grid square.
    pub cell: String,
    /// Floor area.
    pub area_m2: Option<f64>,
    /// Whose property.
    pub property: String,
    /// Owner or business.
    pub owner: String,
    /// Kind of body.
    pub owner_kind: String,
    /// Tax code, or empty.
    pub tax_code: String,
    /// Contact person.
    pub contact: String,
    /// Telephone.
    pub phone: String,
    /// Mail address.
    pub email: String,
    /// Remark.
    pub note: String,
    /// Association that stands by it.
    pub supporter_id: Option<String>,
    /// Body that noted it.
    pub made_by: Option<String>,
    /// State.
    pub state: State,
    /// Since.
    pub state_since: NaiveDate,
    /// Why it is in this state.
    pub reason: String,
    /// The record it became.
    pub point_id: Option<String>,
    /// Answer of the latest approach.
    pub answer: String,
    /// Day of the latest approach.
    pub approached_on: Option<NaiveDate>,
    /// What comes next.
    pub next_step: String,
    /// When.
    pub next_on: Option<NaiveDate>,
    /// The next step of which day was reminded of.
    pub told_on: Option<NaiveDate>,
    /// Row version.
    pub version: i64,
    /// Who noted it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// One approach.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Approach {
    /// Identifier.
    pub id: String,
    /// Of which prospect.
    pub prospect_id: String,
    /// Day.
    pub day: NaiveDate,
    /// How.
    pub how: String,
    /// Who went.
    pub by_name: String,
    /// For which body.
    pub by_body: String,
    /// The answer.
    pub answer: String,
    /// What was said.
    pub said: String,
    /// What comes next.
    pub next_step: String,
    /// When.
    pub next_on: Option<NaiveDate>,
    /// Who wrote it down.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Approach {
    /// How, in words.
    pub fn how_name(&self) -> &'static str {
        name_in(&HOWS, &self.how)
    }

    /// The answer in words.
    pub fn answer_name(&self) -> &'static str {
        Answer::read(&self.answer).map_or("", Answer::name)
    }

    /// Tone of the answer.
    pub fn tone(&self) -> &'static str {
        Answer::read(&self.answer).map_or("quiet", Answer::tone)
    }
}

impl Prospect {
    /// Whether its next step is late.
    pub fn is_late(&self, today: NaiveDate) -> bool {
        self.state == State::Open && self.next_on.is_some_and(|day| day < today)
    }

    /// The latest answer.
    pub fn answered(&self) -> Option<Answer> {
        Answer::read(&self.answer)
    }

    /// Position, if both coordinates are known.
    pub fn pin(&self) -> Option<(f64, f64)> {
        self.lon.zip(self.lat)
    }

    /// Refuses unless it is being approached.
    pub fn must_be_open(&self) -> Result<(), Refusal> {
        match self.state {
            State::Open => Ok(()),
            State::Registered => Err(Refusal::rule(
                "registered",
                both("Địa điểm tiềm năng này đã thành hồ sơ đăng ký.", "This prospect has become a registration already."),
                both("Hãy mở hồ sơ điểm để làm tiếp.", "Open the record of the point to go on."),
            )),
            _ => Err(Refusal::rule(
                "not-open",
                both(
                    format!("Địa điểm tiềm năng này đang ở trạng thái “{}”.", self.state.name()),
                    format!("This prospect is {}.", self.state.word()),
                ),
                both("Hãy mở lại việc vận động trước.", "Reopen it first."),
            )),
        }
    }

    /// Takes up an approach; what the latest one said counts.
    pub fn approached(mut self, approach: &Approach) -> Result<Prospect, Refusal> {
        self.must_be_open()?;
        if self.approached_on.is_none_or(|day| day <= approach.day) {
            self.answer.clone_from(&approach.answer);
            self.approached_on = Some(approach.day);
            self.next_step.clone_from(&approach.next_step);
            self.next_on = approach.next_on;
        }
        Ok(self)
    }

    /// Ends it: the owner declined, or it is dropped.
    pub fn end(mut self, to: State, reason: &str, today: NaiveDate) -> Result<Prospect, Refusal> {
        self.must_be_open()?;
        if reason.is_empty() {
            return Err(Refusal::invalid(both("Hãy ghi lý do.", "State the reason.")));
        }
        (self.state, self.state_since) = (to, today);
        self.reason = reason.to_owned();
        Ok(self)
    }

    /// Takes it up again.
    pub fn reopen(mut self, today: NaiveDate) -> Result<Prospect, Refusal> {
        if !matches!(self.state, State::Declined | State::Dropped) {
            return Err(Refusal::rule(
                "wrong-state",
                both("Chỉ mở lại được địa điểm tiềm năng đã dừng.", "Only a prospect that was ended can be reopened."),
                both("Hãy mở lại trang để xem trạng thái mới.", "Open the page again to see its state."),
            ));
        }
        (self.state, self.state_since) = (State::Open, today);
        self.reason.clear();
        Ok(self)
    }

    /// Refuses to register what nobody agreed to, or what is registered already.
    pub fn may_register(&self) -> Result<(), Refusal> {
        self.must_be_open()?;
        match self.answered() {
            Some(Answer::Interested) => Ok(()),
            _ => Err(Refusal::rule(
                "not-agreed",
                both(
                    "Chủ cơ sở chưa đồng ý: lần tiếp xúc gần nhất không phải “Quan tâm”.",
                    "The owner has not agreed: the latest approach does not say “interested”.",
                ),
                both(
                    "Hãy ghi lần tiếp xúc mà chủ cơ sở quan tâm, rồi chuyển thành hồ sơ.",
                    "Record the approach at which the owner was interested, then register.",
                ),
            )),
        }
    }

    /// It became this point.
    pub fn registered(mut self, point_id: &str, today: NaiveDate) -> Result<Prospect, Refusal> {
        self.may_register()?;
        (self.state, self.state_since) = (State::Registered, today);
        self.point_id = Some(point_id.to_owned());
        self.next_on = None;
        self.next_step.clear();
        Ok(self)
    }
}

/// Whether a prospect lies in a scope. `units` are those it is listed under, surely or not.
pub fn in_scope(scope: &Scope, prospect: &Prospect, units: &[String]) -> bool {
    match scope {
        Scope::All => true,
        Scope::Unit(unit) => units.iter().any(|known| known == unit),
        Scope::Body(body) => [&prospect.supporter_id, &prospect.made_by].into_iter().flatten().any(|known| known == body),
        Scope::None => false,
    }
}
