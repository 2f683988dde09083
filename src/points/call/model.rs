//! Calls to propose points, and what is answered. Pure.

use chrono::{DateTime, NaiveDate, Utc};

use crate::error::{Both, Refusal, both};
use crate::law::money::Money as Source;
use crate::words;

words! {
    /// Where a call stands.
    pub enum State {
        /// Being written.
        Draft = "draft" / "Đang soạn",
        /// Sent to its addressees.
        Issued = "issued" / "Đã phát hành",
        /// No answer is taken any more.
        Closed = "closed" / "Đã đóng",
    }
}

impl State {
    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            State::Draft => "warn",
            State::Issued => "info",
            State::Closed => "quiet",
        }
    }
}

/// A call.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Call {
    /// Identifier.
    pub id: String,
    /// Title.
    pub title: String,
    /// Year of the points.
    pub year: i64,
    /// What is asked.
    pub text: String,
    /// Paper it rests on.
    pub basis: String,
    /// Last day for answers.
    pub due_on: NaiveDate,
    /// Smallest number asked of each commune.
    pub least: Option<i64>,
    /// `all`, `some` or `none`.
    pub communes: String,
    /// State.
    pub state: State,
    /// Day issued.
    pub issued_on: Option<NaiveDate>,
    /// Day closed.
    pub closed_on: Option<NaiveDate>,
    /// Who calls.
    pub body_id: String,
    /// Row version.
    pub version: i64,
    /// Who wrote it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

impl Call {
    /// Sends it out; `addressees` is to how many.
    pub fn issue(mut self, addressees: usize, today: NaiveDate) -> Result<Call, Refusal> {
        if self.state != State::Draft {
            return Err(Refusal::rule(
                "issued",
                both("Đợt đề nghị này đã phát hành; không phát hành lần nữa.", "This call was issued already; it cannot be issued twice."),
                both("Hãy mở lại trang để xem các trả lời.", "Open the page again to see the answers."),
            ));
        }
        if addressees == 0 {
            return Err(Refusal::invalid(both("Chưa chọn nơi nhận nào.", "There is no addressee.")));
        }
        if self.due_on < today {
            return Err(Refusal::invalid(both(
                "Hạn trả lời đã qua; hãy sửa hạn trước khi phát hành.",
                "The due date has passed; change it before issuing.",
            )));
        }
        self.state = State::Issued;
        self.issued_on = Some(today);
        Ok(self)
    }

    /// Takes no more answers.
    pub fn close(mut self, today: NaiveDate) -> Result<Call, Refusal> {
        self.must_take_answers()?;
        self.state = State::Closed;
        self.closed_on = Some(today);
        Ok(self)
    }

    /// Refuses unless answers are taken.
    pub fn must_take_answers(&self) -> Result<(), Refusal> {
        match self.state {
            State::Issued => Ok(()),
            State::Draft => Err(Refusal::not_found()),
            State::Closed => Err(Refusal::rule(
                "closed",
                both(
                    "Đợt đề nghị này đã đóng, không nhận hoặc sửa trả lời nữa.",
                    "This call is closed; answers are no longer taken or changed.",
                ),
                both("Hãy liên hệ cơ quan phát hành nếu cần bổ sung.", "Ask the office that issued it if something must be added."),
            )),
        }
    }

    /// Whether the last day for answers has passed.
    pub fn is_over(&self, today: NaiveDate) -> bool {
        self.due_on < today
    }
}

words! {
    /// What an addressee said.
    pub enum Said {
        /// Nothing yet.
        Waiting = "waiting" / "Chưa trả lời",
        /// Proposes points.
        Given = "given" / "Có đề nghị",
        /// Has none, with a reason.
        Nothing = "nothing" / "Không có",
    }
}

impl Said {
    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            Said::Waiting => "warn",
            Said::Given => "ok",
            Said::Nothing => "quiet",
        }
    }
}

/// An addressee and its answer.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Reply {
    /// Identifier.
    pub id: String,
    /// The call.
    pub call_id: String,
    /// The addressee.
    pub body_id: String,
    /// The commune it governs.
    pub unit_id: Option<String>,
    /// Its name on the day of issue.
    pub name: String,
    /// Dictionary order.
    pub sort: String,
    /// What was said.
    pub state: Said,
    /// How many points.
    pub number: i64,
    /// Why none.
    pub reason: String,
    /// Remark.
    pub note: String,
    /// First answered.
    pub first_on: Option<NaiveDate>,
    /// Last changed.
    pub answered_on: Option<NaiveDate>,
    /// After the due date.
    pub is_late: bool,
    /// Reminded before the due date.
    pub reminded_on: Option<NaiveDate>,
    /// Told that it is late.
    pub risen_on: Option<NaiveDate>,
    /// Row version.
    pub version: i64,
    /// Since when it is known to have the call.
    pub reached_on: Option<NaiveDate>,
    /// `account` or `paper`.
    pub reached_how: String,
    /// Who sent the paper.
    pub reached_by: String,
}

impl Reply {
    /// Whether the call reached it in time to be answered: whoever never had it cannot be late.
    pub fn had_time(&self, call: &Call) -> bool {
        self.reached_on.is_some_and(|day| day <= call.due_on)
    }

    /// How it was reached, in words.
    pub fn reached(&self) -> String {
        match (self.reached_on, self.reached_how.as_str()) {
            (None, _) => "chưa có tài khoản, chưa gửi giấy".to_owned(),
            (Some(day), "paper") => format!("gửi giấy {} ({})", crate::text::date_vi(day), self.reached_by),
            (Some(day), _) => format!("có tài khoản nhận, {}", crate::text::date_vi(day)),
        }
    }

    /// Late with an answer, or answered late.
    pub fn late(&self, call: &Call, today: NaiveDate) -> bool {
        match self.state {
            Said::Waiting => self.had_time(call) && call.is_over(call.closed_on.map_or(today, |closed| closed.min(today))),
            _ => self.is_late,
        }
    }

    /// Fewer than asked of a commune.
    pub fn is_below(&self, call: &Call) -> bool {
        self.state == Said::Given && self.unit_id.is_some() && call.least.is_some_and(|least| self.number < least)
    }
}

/// One thing proposed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Proposal {
    /// Its place in the list, from 1.
    pub place: i64,
    /// `prospect`, `point` or `place`.
    pub kind: String,
    /// The prospect.
    pub prospect_id: Option<String>,
    /// The record.
    pub point_id: Option<String>,
    /// Name as proposed.
    pub name: String,
    /// Address as proposed.
    pub address: String,
}

impl Proposal {
    /// Where it is shown, if it is more than a name.
    pub fn href(&self) -> Option<String> {
        match (&self.prospect_id, &self.point_id) {
            (Some(id), _) => Some(format!("/van-dong/{id}")),
            (_, Some(id)) => Some(format!("/ho-so/{id}")),
            _ => None,
        }
    }
}

/// Money of one source.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Money {
    /// Word of the source.
    pub source: String,
    /// Whole đồng.
    pub amount: i64,
}

/// Sources that are named in an answer, as a day knows them.
pub fn sources(day: NaiveDate) -> Vec<Source> {
    Source::offered("call", day).collect()
}

/// Most points of one answer.
const MOST: i64 = 500;

/// Reads a number of points.
pub fn number(typed: &str) -> Result<i64, Both> {
    let bare = typed.trim();
    if bare.starts_with(['-', '−', '–']) {
        return Err(both(format!("“{bare}” là số âm; hãy ghi số điểm từ 1."), format!("“{bare}” is negative; write a number from 1.")));
    }
    match bare.parse::<i64>() {
        Ok(number) if (1..=MOST).contains(&number) => Ok(number),
        _ => Err(both(
            format!("Hãy ghi số điểm, số nguyên từ 1 đến {MOST}; nếu không có điểm nào thì chọn “Không có”."),
            format!("Write how many points, a whole number from 1 to {MOST}; choose “none” if there is none."),
        )),
    }
}

/// Reads places written one a line: "name; address".
pub fn places(typed: &str) -> Result<Vec<(String, String)>, Both> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (at, line) in typed.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()) {
        let Some((name, address)) = line
            .split_once(';')
            .map(|(name, address)| (name.trim(), address.trim()))
            .filter(|(name, address)| !name.is_empty() && !address.is_empty())
        else {
            return Err(both(
                format!("Dòng {}: hãy ghi tên, dấu chấm phẩy, rồi địa chỉ.", at + 1),
                format!("Line {}: write the name, a semicolon, then the address.", at + 1),
            ));
        };
        if name.chars().count() > 200 || address.chars().count() > 300 {
            return Err(both(format!("Dòng {} quá dài.", at + 1), format!("Line {} is too long.", at + 1)));
        }
        if found.iter().any(|(known, place)| {
            crate::text::fold(known) == crate::text::fold(name) && crate::text::fold(place) == crate::text::fold(address)
        }) {
            return Err(both(format!("Dòng {} đã ghi ở trên.", at + 1), format!("Line {} stands above already.", at + 1)));
        }
        found.push((name.to_owned(), address.to_owned()));
    }
    Ok(found)
}

/// Sums over the answers of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Totals {
    /// Addressees.
    pub addressees: i64,
    /// Those that govern a commune.
    pub communes: i64,
    /// Answered with points.
    pub given: i64,
    /// Answered that there is none.
    pub empty: i64,
    /// Not answered.
    pub waiting: i64,
    /// Of those, reached in time to be answered.
    pub missing: i64,
    /// Never reached.
    pub unreached: i64,
    /// Answered after the due date.
    pub late: i64,
    /// Points proposed.
    pub number: i64,
}

impl Totals {
    /// How many answered.
    pub fn answered(&self) -> i64 {
        self.given + self.empty
    }
}
