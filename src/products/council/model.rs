//! A sitting of a council: its states, who counts, what may begin and end it; the local rules it works by. Pure.

use chrono::{DateTime, NaiveDate, Utc};

use super::tally::{Minimum, Settled};
use crate::error::{Both, Refusal, both};
use crate::panel::{Member, Part};
use crate::text::date_vi;
use crate::words;

/// The local rules of a council (Quy chế), from a day on.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Procedure {
    /// Identifier.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// First day.
    pub from_on: NaiveDate,
    /// First day no longer.
    pub to_on: Option<NaiveDate>,
    /// At least so many …
    pub quorum_of: i64,
    /// … of so many members must have come.
    pub quorum_in: i64,
    /// Most points between the highest and the lowest total; none: no limit.
    pub spread: Option<i64>,
    /// Working days before a sitting by which its papers are out; 0: not said.
    pub lead_days: i64,
    /// How a minimum counts over the members.
    pub minimum: Minimum,
    /// Whether the secretary marks.
    pub secretary_marks: bool,
    /// Whether experts mark.
    pub expert_marks: bool,
    /// When a place is visited, in words.
    pub visits: String,
    /// Row version.
    pub version: i64,
    /// Who entered it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Procedure {
    /// Whether a member marks.
    pub fn marks(&self, part: Part) -> bool {
        match part {
            Part::Chair | Part::Deputy | Part::Member => true,
            Part::Secretary => self.secretary_marks,
            Part::Expert => self.expert_marks,
        }
    }

    /// Whether a member counts for the quorum: experts are guests.
    pub fn counts(part: Part) -> bool {
        part != Part::Expert
    }

    /// Whether so many of so many suffice.
    pub fn is_quorum(&self, came: usize, members: usize) -> bool {
        came as i64 * self.quorum_in >= self.quorum_of * members as i64 && came > 0
    }

    /// The quorum in words.
    pub fn quorum(&self) -> String {
        format!("ít nhất {}/{} số thành viên", self.quorum_of, self.quorum_in)
    }

    /// Whether totals lie so far apart that they are discussed and marked again.
    pub fn is_wide(&self, spread: i64) -> bool {
        self.spread.is_some_and(|limit| limit < spread)
    }
}

words! {
    /// How a council comes together.
    pub enum Kind {
        /// Everybody in a room.
        Meeting = "meeting" / "Họp",
        /// Everybody in writing: the rule for re-grading.
        Written = "written" / "Lấy ý kiến bằng văn bản",
    }
}

words! {
    /// How far a sitting is.
    pub enum State {
        /// Its agenda is made.
        Planned = "planned" / "Đang chuẩn bị",
        /// Sheets are marked.
        Open = "open" / "Đang chấm",
        /// It is over.
        Closed = "closed" / "Đã kết thúc",
    }
}

impl State {
    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            State::Planned => "info",
            State::Open => "warn",
            State::Closed => "ok",
        }
    }
}

/// A sitting.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Sitting {
    /// Identifier.
    pub id: String,
    /// Of which council.
    pub panel_id: String,
    /// How it comes together.
    pub kind: Kind,
    /// What it is called.
    pub title: String,
    /// When; of written opinions the day by which they are due.
    pub held_on: NaiveDate,
    /// Where.
    pub place: String,
    /// How far it is.
    pub state: State,
    /// By which rules it works, once it was opened.
    pub procedure_id: Option<String>,
    /// When its papers went out.
    pub papers_on: Option<NaiveDate>,
    /// Members who count for the quorum, once it was opened.
    pub members: i64,
    /// How many of them came.
    pub came: i64,
    /// When it was opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// By whom.
    pub closed_by: String,
    /// What the minutes say beside the results.
    pub minutes: String,
    /// Row version.
    pub version: i64,
    /// Who entered it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Sitting {
    /// Refuses what can no longer be changed.
    ///
    /// # Errors
    /// It is in another state.
    pub fn must_be(&self, state: State) -> Result<(), Refusal> {
        if self.state == state {
            return Ok(());
        }
        Err(Refusal::rule(
            "sitting-state",
            both(
                format!("Phiên “{}” đang ở trạng thái “{}” nên không làm được bước này.", self.title, self.state.name()),
                format!("The sitting is “{}”.", self.state.word()),
            ),
            both("Hãy mở lại trang của phiên để xem trạng thái mới.", "Open the page of the sitting again."),
        ))
    }
}

words! {
    /// How far a dossier on the agenda is.
    pub enum ItemState {
        /// Not before the council yet.
        Planned = "planned" / "Chưa chấm",
        /// Members mark it.
        Marking = "marking" / "Đang chấm",
        /// Its result stands.
        Settled = "settled" / "Đã có kết quả",
    }
}

impl ItemState {
    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            ItemState::Planned => "quiet",
            ItemState::Marking => "warn",
            ItemState::Settled => "ok",
        }
    }
}

/// A dossier on the agenda of a sitting.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Item {
    /// Identifier.
    pub id: String,
    /// On whose agenda.
    pub sitting_id: String,
    /// Which dossier.
    pub dossier_id: String,
    /// Its place on the agenda.
    pub seq: i64,
    /// How far it is.
    pub state: ItemState,
    /// 1, or 2 after a discussion.
    pub turn: i64,
    /// The case of the sheet that applies.
    pub case_id: String,
    /// What was said where marks lay far apart.
    pub discussion: String,
    /// JSON: what the discussion found on disputed lines.
    pub settled_minima: String,
    /// Sheets that count.
    pub heads: i64,
    /// The sum of their totals.
    pub total: i64,
    /// The lowest total.
    pub least: i64,
    /// The highest total.
    pub most: i64,
    /// The star.
    pub star: i64,
    /// What ended the marking.
    pub ended: String,
    /// When its result was brought together.
    pub settled_at: Option<DateTime<Utc>>,
    /// Row version.
    pub version: i64,
    /// Who put it there.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Item {
    /// What the discussion settled.
    pub fn settled(&self) -> Settled {
        serde_json::from_str(&self.settled_minima).unwrap_or_default()
    }

    /// The mean in hundredths of a point, for display.
    pub fn mean(&self) -> i64 {
        super::tally::mean(self.total, self.heads)
    }
}

/// Who sits in a council on the day of a sitting, whether it came, whether it presides.
#[derive(Clone, Debug, PartialEq)]
pub struct Seat {
    /// The member.
    pub member: Member,
    /// Whether it came, or gives its opinion.
    pub came: bool,
    /// Whether it presides.
    pub chairs: bool,
}

/// What keeps a sitting from being opened, all at once.
pub fn hindrances(sitting: &Sitting, procedure: Option<&Procedure>, seats: &[Seat], items: usize, today: NaiveDate) -> Vec<Both> {
    let mut found = Vec::new();
    let Some(procedure) = procedure else {
        return vec![both(
            format!(
                "Chưa có Quy chế hoạt động của Hội đồng áp dụng cho ngày {}; hãy ghi ở mục Quy chế hội đồng.",
                date_vi(sitting.held_on)
            ),
            format!("No rules of procedure are known for {}; enter them first.", date_vi(sitting.held_on)),
        )];
    };
    if items == 0 {
        found.push(both("Chương trình chưa có hồ sơ nào.", "The agenda is empty."));
    }
    if sitting.kind == Kind::Meeting && today < sitting.held_on {
        found.push(both(
            format!("Ngày họp là {}; chưa đến.", date_vi(sitting.held_on)),
            format!("It is held on {}.", date_vi(sitting.held_on)),
        ));
    }
    let members = seats.iter().filter(|seat| Procedure::counts(seat.member.part)).count();
    let came = seats.iter().filter(|seat| seat.came && Procedure::counts(seat.member.part)).count();
    if !procedure.is_quorum(came, members) {
        found.push(both(
            format!("Mới có {came}/{members} thành viên dự; Quy chế đòi {}.", procedure.quorum()),
            format!("{came} of {members} members came; the rules ask for {}/{}.", procedure.quorum_of, procedure.quorum_in),
        ));
    }
    if !seats.iter().any(|seat| seat.came && seat.chairs) {
        found.push(both(
            "Chưa ghi ai chủ trì: chủ tịch, hoặc phó chủ tịch được ủy quyền, phải dự.",
            "Nobody presides: the chair, or a deputy who was asked to, must have come.",
        ));
    }
    let silent: Vec<&str> = seats
        .iter()
        .filter(|seat| seat.came && procedure.marks(seat.member.part) && seat.member.person_id.is_none())
        .map(|seat| seat.member.name.as_str())
        .collect();
    if !silent.is_empty() {
        found.push(both(
            format!("Chưa có tài khoản để chấm: {}. Hãy ghi thư điện tử ở trang hội đồng.", silent.join(", ")),
            format!("No account to mark with: {}.", silent.join(", ")),
        ));
    }
    found
}
