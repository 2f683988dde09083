//! SQL of meetings.

use chrono::{DateTime, Utc};

use super::model::{Guest, Meeting};
use crate::db::{Column, DbResult, Tx};
use crate::{execute, fetch_all, fetch_optional};

/// A meeting.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Meeting>> {
    fetch_optional!(
        tx,
        Meeting,
        "select id, point_id, kind, title, held_on, place, chair, agreed, item, version from meeting where id = $1",
        id
    )
}

/// Meetings about a point, the latest first.
pub async fn of(tx: &mut Tx, point_id: &str, most: i64) -> DbResult<Vec<Meeting>> {
    fetch_all!(
        tx,
        Meeting,
        "select id, point_id, kind, title, held_on, place, chair, agreed, item, version from meeting where point_id = $1 order by held_on desc, id desc limit $2",
        point_id,
        most
    )
}

/// Who took part, as written.
pub async fn guests(tx: &mut Tx, meeting_id: &str) -> DbResult<Vec<Guest>> {
    fetch_all!(tx, Guest, "select name, body_name, body_id from meeting_guest where meeting_id = $1 order by seq", meeting_id)
}

/// Adds a meeting.
pub async fn add(tx: &mut Tx, meeting: &Meeting, by: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into meeting (id, point_id, kind, title, held_on, place, chair, agreed, item, version, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11)",
        &meeting.id,
        &meeting.point_id,
        &meeting.kind,
        &meeting.title,
        meeting.held_on,
        &meeting.place,
        &meeting.chair,
        &meeting.agreed,
        &meeting.item,
        by,
        now
    )
}

/// Saves a meeting if nobody saved it since; 0 rows = somebody did.
pub async fn save(tx: &mut Tx, meeting: &Meeting) -> DbResult<u64> {
    execute!(
        tx,
        "update meeting set kind = $3, title = $4, held_on = $5, place = $6, chair = $7, agreed = $8, item = $9, version = version + 1 where id = $1 and version = $2",
        &meeting.id,
        meeting.version,
        &meeting.kind,
        &meeting.title,
        meeting.held_on,
        &meeting.place,
        &meeting.chair,
        &meeting.agreed,
        &meeting.item
    )
}

/// Writes down who took part, in place of what was written before; bodies of exactly one known name are linked.
pub async fn put_guests(tx: &mut Tx, meeting_id: &str, guests: &[Guest]) -> DbResult<()> {
    execute!(tx, "delete from meeting_guest where meeting_id = $1", meeting_id)?;
    for (seq, guest) in guests.iter().enumerate() {
        let wanted = if guest.body_name.is_empty() { &guest.name } else { &guest.body_name };
        let found = fetch_all!(
            tx,
            (String,),
            "select id from body where name_fold = $1 and joined_to is null order by id limit 2",
            crate::text::fold(wanted)
        )?;
        let body = match found.as_slice() {
            [(id,)] => Some(id.as_str()),
            _ => None,
        };
        execute!(
            tx,
            "insert into meeting_guest (meeting_id, seq, name, body_name, body_id) values ($1, $2, $3, $4, $5)",
            meeting_id,
            seq as i64,
            &guest.name,
            &guest.body_name,
            body
        )?;
    }
    Ok(())
}

/// Where this slice names bodies.
pub const PLACES: &[Column] = &[Column {
    name: "meeting_guest.body_id",
    label: "lượt dự họp",
    count: "select count(*) from meeting_guest where body_id = $1",
    forth: "update meeting_guest set body_id = $2 where body_id = $1 returning meeting_id || ' ' || cast(seq as text)",
    back: "update meeting_guest set body_id = $2 where body_id = $1 and meeting_id || ' ' || cast(seq as text) = $3",
}];
