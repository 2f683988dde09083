//! Meetings as people write them down. Pure.

use chrono::NaiveDate;

use crate::access::Actor;
use crate::error::both;
use crate::point::{Point, State, Step};
use crate::typed::past;
use crate::typed::{Errors, Fields};
use crate::words;

words! {
    /// What a meeting is.
    pub enum Kind {
        /// Họp các hộ, cơ sở.
        Households = "households" / "Họp các hộ, cơ sở sản xuất",
        /// Buổi làm việc.
        Session = "session" / "Buổi làm việc",
        /// Khác.
        Other = "other" / "Cuộc họp khác",
    }
}

/// A meeting as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Meeting {
    /// Identifier.
    pub id: String,
    /// The point it was about.
    pub point_id: String,
    /// Word of its [`Kind`].
    pub kind: String,
    /// What it was about.
    pub title: String,
    /// The day.
    pub held_on: NaiveDate,
    /// Where.
    pub place: String,
    /// Who led it.
    pub chair: String,
    /// What was agreed, a line each.
    pub agreed: String,
    /// `prepare/premises`: the item of the checklist that stands on it; empty: none.
    pub item: String,
    /// Row version.
    pub version: i64,
}

impl Meeting {
    /// Name of its kind.
    pub fn kind_name(&self) -> &'static str {
        Kind::read(&self.kind).unwrap_or(Kind::Other).name()
    }

    /// What it is called in lists.
    pub fn name(&self) -> String {
        if self.title.is_empty() { self.kind_name().to_owned() } else { format!("{}: {}", self.kind_name(), self.title) }
    }
}

/// Who took part.
#[derive(Clone, Debug, Default, PartialEq, sqlx::FromRow)]
pub struct Guest {
    /// Name; may be empty where a body came.
    pub name: String,
    /// The body as written.
    pub body_name: String,
    /// The body, where its name is known.
    pub body_id: Option<String>,
}

impl Guest {
    /// As it stands in a list.
    pub fn line(&self) -> String {
        [self.name.as_str(), self.body_name.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" – ")
    }
}

/// Reads one who took part: "Nguyễn Thị Mẫu – Hộ kinh doanh Mẫu", or a person or body alone.
pub fn guest(line: &str) -> Guest {
    let line = line.trim().trim_start_matches(['-', '+', '•', '–']).trim().trim_end_matches([';', '.']).trim();
    let parted = [" – ", " — ", " - ", "; "]
        .iter()
        .find_map(|mark| line.split_once(mark))
        .or_else(|| line.strip_suffix(')')?.split_once(" ("))
        .or_else(|| line.split_once(", "));
    match parted {
        Some((name, body)) => Guest { name: name.trim().to_owned(), body_name: body.trim().to_owned(), body_id: None },
        None => Guest { name: line.to_owned(), ..Guest::default() },
    }
}

/// Whether this caller writes meetings down.
pub fn may_write(actor: &Actor, point: &Point) -> bool {
    Step::Prepare.may(actor) && !matches!(point.state, State::Closed | State::Withdrawn)
}

const LINE: usize = 300;
const TEXT: usize = 10_000;
/// Most who took part.
const GUESTS: usize = 300;

/// Reads a meeting; `items` are those of the checklist that may stand on it.
pub fn read(fields: &Fields, point_id: &str, today: NaiveDate, items: &[String]) -> Result<(Meeting, Vec<Guest>), Errors> {
    let mut errors = Errors::default();
    for (name, limit) in [("title", LINE), ("place", LINE), ("chair", LINE), ("agreed_text", TEXT), ("guests", TEXT)] {
        errors.within(name, fields.get(name), limit);
    }
    let kind = Kind::read(fields.get("kind"));
    if kind.is_none() {
        errors.add("kind", both("Hãy chọn loại cuộc họp.", "Choose the kind of meeting."));
    }
    let held_on = errors.take("held_on", past(fields.get("held_on"), today));
    if held_on == Some(None) {
        errors.add("held_on", both("Hãy ghi ngày họp.", "Give the day of the meeting."));
    }
    let guests: Vec<Guest> = fields.get("guests").lines().map(guest).filter(|guest| !guest.line().is_empty()).collect();
    for (name, vi, en) in
        [("place", "Hãy ghi nơi họp.", "State where it was."), ("agreed_text", "Hãy ghi nội dung đã thống nhất.", "State what was agreed.")]
    {
        if fields.get(name).is_empty() {
            errors.add(name, both(vi, en));
        }
    }
    if guests.is_empty() {
        errors.add("guests", both("Hãy ghi người hoặc đơn vị dự họp, mỗi người một dòng.", "State who took part, one a line."));
    }
    if guests.len() > GUESTS {
        errors.add(
            "guests",
            both(format!("Quá {GUESTS} người; hãy đính kèm danh sách."), format!("More than {GUESTS} people; attach a list.")),
        );
    }
    let item = fields.get("item").to_owned();
    if !item.is_empty() && !items.contains(&item) {
        errors
            .add("item", both("Mục chuẩn bị này không còn trong danh sách; hãy chọn lại.", "This item is no longer listed; choose again."));
    }
    match (kind, held_on.flatten(), errors.is_empty()) {
        (Some(kind), Some(held_on), true) => Ok((
            Meeting {
                id: crate::clock::new_id(),
                point_id: point_id.to_owned(),
                kind: kind.word().to_owned(),
                title: fields.get("title").to_owned(),
                held_on,
                place: fields.get("place").to_owned(),
                chair: fields.get("chair").to_owned(),
                agreed: fields.get("agreed_text").to_owned(),
                item,
                version: 1,
            },
            guests,
        )),
        _ => Err(errors),
    }
}
