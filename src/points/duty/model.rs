//! Bodies that see to a point, and its deadlines. Pure.

use chrono::{Months, NaiveDate};

use crate::access::Actor;
use crate::error::{Both, both};
use crate::point::{Point, State, Step};
use crate::text::{date_vi, parse_date};
use crate::typed::{Errors, Fields};
use crate::words;

/// A body that sees to a point.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Duty {
    /// The body.
    pub body_id: String,
    /// Its name.
    pub name: String,
    /// Name of the body above it, or empty.
    pub above: String,
    /// `lead` or `with`.
    pub part: String,
    /// Since when.
    pub since: NaiveDate,
}

impl Duty {
    /// Whether it leads.
    pub fn leads(&self) -> bool {
        self.part == "lead"
    }

    /// Its name with that of the body above.
    pub fn full_name(&self) -> String {
        if self.above.is_empty() || self.name.contains(&self.above) {
            self.name.clone()
        } else {
            format!("{} – {}", self.name, self.above)
        }
    }
}

words! {
    /// What a deadline is for.
    pub enum What {
        /// Báo cáo kết quả.
        Report = "report" / "Báo cáo kết quả triển khai",
        /// Làm xong.
        Complete = "complete" / "Tổ chức thực hiện xong",
        /// Khai trương.
        Opening = "opening" / "Khai trương",
        /// Khác, in words.
        Other = "other" / "Việc khác",
    }
}

/// A deadline of a point as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Deadline {
    /// Identifier.
    pub id: String,
    /// The point.
    pub point_id: String,
    /// Word of [`What`].
    pub what: String,
    /// In words.
    pub note: String,
    /// Last day.
    pub due_on: NaiveDate,
    /// Paper or agreement that sets it.
    pub source: String,
    /// Its day before it was moved.
    pub moved_from: Option<NaiveDate>,
    /// Why it was moved.
    pub moved_why: String,
    /// When it was met.
    pub done_on: Option<NaiveDate>,
    /// Why it was taken back; empty: it stands.
    pub dropped_why: String,
    /// Row version.
    pub version: i64,
}

impl Deadline {
    /// Whether it was not taken back.
    pub fn stands(&self) -> bool {
        self.dropped_why.is_empty()
    }

    /// Whether it waits.
    pub fn is_open(&self) -> bool {
        self.stands() && self.done_on.is_none()
    }

    /// Whether it was missed so far.
    pub fn is_late(&self, today: NaiveDate) -> bool {
        self.is_open() && self.due_on < today
    }

    /// What it is for, in words.
    pub fn title(&self) -> String {
        title(&self.what, &self.note)
    }

    /// What the journal keeps of it.
    pub fn detail(&self) -> serde_json::Value {
        serde_json::json!({"deadline": self.id, "note": format!("{}: {}", self.title(), date_vi(self.due_on)), "due_on": self.due_on, "source": self.source})
    }
}

/// What a deadline is for, in words.
pub fn title(what: &str, note: &str) -> String {
    match (What::read(what), note) {
        (Some(What::Other) | None, note) if !note.is_empty() => note.to_owned(),
        (what, "") => what.unwrap_or(What::Other).name().to_owned(),
        (what, note) => format!("{} ({note})", what.unwrap_or(What::Other).name()),
    }
}

/// The first of those that wait.
pub fn nearest(deadlines: &[Deadline]) -> Option<NaiveDate> {
    deadlines.iter().filter(|deadline| deadline.is_open()).map(|deadline| deadline.due_on).min()
}

/// Whether this caller sets who sees to a point, and its deadlines.
pub fn may_set(actor: &Actor, point: &Point) -> bool {
    Step::Prepare.may(actor) && !matches!(point.state, State::Closed | State::Withdrawn)
}

/// Reads a day that a paper sets: it may have passed, when it is entered late.
pub fn set_day(typed: &str, today: NaiveDate) -> Result<NaiveDate, Both> {
    if typed.is_empty() {
        return Err(both("Hãy ghi hạn.", "Give the day."));
    }
    let day = parse_date(typed).map_err(Both::from)?;
    if day > today + Months::new(120) || day < today - Months::new(24) {
        return Err(both(
            "Ngày này xa hơn 10 năm tới hoặc trước đây hơn 2 năm; hãy kiểm tra lại năm.",
            "The day is more than 10 years ahead or 2 years past; check the year.",
        ));
    }
    Ok(day)
}

/// Longest line.
pub const LINE: usize = 300;

/// Reads a new deadline.
pub fn read(fields: &Fields, point_id: &str, today: NaiveDate) -> Result<Deadline, Errors> {
    let mut errors = Errors::default();
    let what = What::read(fields.get("what"));
    let note = fields.text("deadline_note", LINE, &mut errors);
    match what {
        None => errors.add("what", both("Hãy chọn hạn này là hạn của việc gì.", "Choose what this deadline is for.")),
        Some(What::Other) if note.is_empty() => {
            errors.add("deadline_note", both("Hãy ghi rõ việc phải xong.", "State what has to be done."))
        }
        Some(_) => {}
    }
    let due_on = errors.take("due_on", set_day(fields.get("due_on"), today));
    let source = fields.text("source", LINE, &mut errors);
    if source.is_empty() {
        errors
            .add("source", both("Hãy ghi hạn này theo văn bản hoặc thỏa thuận nào.", "State which paper or agreement sets this deadline."));
    }
    match (what, due_on, errors.is_empty()) {
        (Some(what), Some(due_on), true) => Ok(blank(point_id, what, &note, due_on, &source)),
        _ => Err(errors),
    }
}

/// A deadline that waits.
pub fn blank(point_id: &str, what: What, note: &str, due_on: NaiveDate, source: &str) -> Deadline {
    Deadline {
        id: crate::clock::new_id(),
        point_id: point_id.to_owned(),
        what: what.word().to_owned(),
        note: note.to_owned(),
        due_on,
        source: source.to_owned(),
        moved_from: None,
        moved_why: String::new(),
        done_on: None,
        dropped_why: String::new(),
        version: 1,
    }
}
