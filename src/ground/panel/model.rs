//! A body made by a decision and its members: who sits where on a day, and what may not be. Pure.

use chrono::{DateTime, NaiveDate, Utc};

use crate::error::{Refusal, both};
use crate::text::date_vi;
use crate::words;

words! {
    /// What kind of body it is.
    pub enum Kind {
        /// Decides or proposes by vote or marks.
        Council = "council" / "Hội đồng",
        /// Advises a council.
        Advisory = "advisory" / "Tổ tư vấn",
        /// Steers a programme.
        Steering = "steering" / "Ban chỉ đạo",
        /// Works on a task.
        Working = "working" / "Tổ công tác",
        /// Goes somewhere.
        Delegation = "delegation" / "Đoàn công tác",
    }
}

words! {
    /// As what somebody sits in it.
    pub enum Part {
        /// Chủ tịch, trưởng.
        Chair = "chair" / "Chủ tịch (trưởng)",
        /// Phó chủ tịch, phó.
        Deputy = "deputy" / "Phó chủ tịch (phó)",
        /// Ủy viên thư ký.
        Secretary = "secretary" / "Thư ký",
        /// Ủy viên, thành viên.
        Member = "member" / "Ủy viên, thành viên",
        /// By invitation.
        Expert = "expert" / "Chuyên gia được mời",
    }
}

/// A body made by a decision.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Panel {
    /// Identifier.
    pub id: String,
    /// Kind.
    pub kind: Kind,
    /// Name, as the decision gives it.
    pub name: String,
    /// Who set it up.
    pub body_id: String,
    /// Number of the decision.
    pub decision_no: String,
    /// Its day.
    pub decided_on: NaiveDate,
    /// First day of its term.
    pub from_on: NaiveDate,
    /// First day no longer; none where the decision sets no end.
    pub to_on: Option<NaiveDate>,
    /// By what it ended.
    pub end_paper: String,
    /// A note.
    pub note: String,
    /// Row version.
    pub version: i64,
    /// Who entered it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Panel {
    /// Whether its term holds a day.
    pub fn is_on(&self, day: NaiveDate) -> bool {
        self.from_on <= day && self.to_on.is_none_or(|to| day < to)
    }

    /// Refuses a day outside of its term.
    ///
    /// # Errors
    /// The term has not begun, or has ended: with the days and what to do.
    pub fn must_be_on(&self, day: NaiveDate) -> Result<(), Refusal> {
        if self.is_on(day) {
            return Ok(());
        }
        let (vi, en) = match self.to_on.filter(|to| *to <= day) {
            Some(to) => (
                format!("{} hết nhiệm kỳ từ ngày {}.", self.name, date_vi(to)),
                format!("The term of {} ended on {}.", self.name, date_vi(to)),
            ),
            None => (
                format!("{} bắt đầu nhiệm kỳ từ ngày {}.", self.name, date_vi(self.from_on)),
                format!("The term of {} begins on {}.", self.name, date_vi(self.from_on)),
            ),
        };
        let todo = both(
            "Hãy chọn ngày trong nhiệm kỳ, hoặc ghi quyết định kiện toàn, thành lập mới.",
            "Choose a day within the term, or enter the decision that sets up a new one.",
        );
        Err(Refusal::rule("panel-term", both(vi, en), todo))
    }
}

/// Somebody who sits in it.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Member {
    /// Identifier.
    pub id: String,
    /// In which panel.
    pub panel_id: String,
    /// As what.
    pub part: Part,
    /// Name.
    pub name: String,
    /// Post.
    pub post: String,
    /// Agency, as the decision names it.
    pub agency: String,
    /// The same agency, where it is known.
    pub body_id: Option<String>,
    /// Whose account it is, where there is one.
    pub person_id: Option<String>,
    /// Telephone; with tax code and address one finds ties to producers by it.
    pub phone: String,
    /// Tax code of the person or of a firm of its own.
    pub tax_code: String,
    /// Home address.
    pub address: String,
    /// First day.
    pub from_on: NaiveDate,
    /// First day no longer.
    pub to_on: Option<NaiveDate>,
    /// By which paper it came, where it came later than the panel.
    pub paper: String,
    /// By which paper it left.
    pub end_paper: String,
    /// Whom it replaces.
    pub replaces: Option<String>,
    /// Row version.
    pub version: i64,
    /// Who entered it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Member {
    /// Whether it sits there on a day.
    pub fn is_on(&self, day: NaiveDate) -> bool {
        self.from_on <= day && self.to_on.is_none_or(|to| day < to)
    }

    /// Post and agency in a line.
    pub fn about(&self) -> String {
        [self.post.as_str(), self.agency.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    fn meets(&self, other: &Member) -> bool {
        self.to_on.is_none_or(|to| other.from_on < to) && other.to_on.is_none_or(|to| self.from_on < to)
    }
}

/// What speaks against somebody joining those who sit there, with the field it is found at.
pub fn hindrance(panel: &Panel, others: &[Member], new: &Member) -> Option<(&'static str, Refusal)> {
    let refuse = |field, vi: String, en: String| {
        let todo = both("Hãy ghi ngày thôi của người trước, hoặc sửa mục này.", "End the earlier membership, or correct this.");
        Some((field, Refusal::rule("panel-member", both(vi, en), todo)))
    };
    if let Err(refusal) = panel.must_be_on(new.from_on) {
        return Some(("from_on", refusal));
    }
    let others = || others.iter().filter(|other| other.id != new.id && other.meets(new));
    if let Some(chair) = others().find(|other| new.part == Part::Chair && other.part == Part::Chair) {
        return refuse("part", format!("{} đang là chủ tịch (trưởng).", chair.name), format!("{} chairs it already.", chair.name));
    }
    let is_same = |other: &&Member| {
        new.person_id.is_some() && other.person_id == new.person_id
            || crate::text::fold(&other.name) == crate::text::fold(&new.name) && other.agency == new.agency
    };
    if let Some(twin) = others().find(is_same) {
        return refuse(
            "name",
            format!("{} đã là {}.", twin.name, twin.part.name().to_lowercase()),
            format!("{} sits there already.", twin.name),
        );
    }
    None
}
