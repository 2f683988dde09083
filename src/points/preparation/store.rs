//! SQL of preparation: the record, its items, support.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Done, Preparation, Support};
use crate::db::{DbResult, Tx};
use crate::{execute, fetch_all, fetch_one, fetch_optional};

/// The preparation of a point.
pub async fn find(tx: &mut Tx, point_id: &str) -> DbResult<Option<Preparation>> {
    fetch_optional!(
        tx,
        Preparation,
        "select point_id, started_on, shared_sellers, commitment_to, ceremony_on, ceremony_place, ceremony_guests, opened_note, version
         from preparation where point_id = $1",
        point_id
    )
}

/// Begins a preparation.
pub async fn add(tx: &mut Tx, preparation: &Preparation) -> DbResult<u64> {
    execute!(
        tx,
        "insert into preparation (point_id, started_on, shared_sellers, commitment_to, ceremony_on, ceremony_place, ceremony_guests, opened_note, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 1)",
        &preparation.point_id,
        preparation.started_on,
        preparation.shared_sellers,
        preparation.commitment_to,
        preparation.ceremony_on,
        &preparation.ceremony_place,
        &preparation.ceremony_guests,
        &preparation.opened_note
    )
}

/// Saves a preparation if nobody saved it since; 0 rows = somebody did.
pub async fn save(tx: &mut Tx, preparation: &Preparation) -> DbResult<u64> {
    execute!(
        tx,
        "update preparation set shared_sellers = $3, commitment_to = $4, ceremony_on = $5, ceremony_place = $6,
           ceremony_guests = $7, opened_note = $8, version = version + 1
         where point_id = $1 and version = $2",
        &preparation.point_id,
        preparation.version,
        preparation.shared_sellers,
        preparation.commitment_to,
        preparation.ceremony_on,
        &preparation.ceremony_place,
        &preparation.ceremony_guests,
        &preparation.opened_note
    )
}

/// What was done so far.
pub async fn done(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Done>> {
    fetch_all!(
        tx,
        Done,
        "select item_id, section, done_on, done_by, width_mm, height_mm, note from preparation_item where point_id = $1 order by section, item_id",
        point_id
    )
}

/// Writes down what was done of an item.
pub async fn put_done(tx: &mut Tx, point_id: &str, done: &Done) -> DbResult<u64> {
    execute!(
        tx,
        "insert into preparation_item (point_id, item_id, section, done_on, done_by, width_mm, height_mm, note) values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (point_id, section, item_id) do update set done_on = excluded.done_on, done_by = excluded.done_by, width_mm = excluded.width_mm,
           height_mm = excluded.height_mm, note = excluded.note",
        point_id,
        &done.item_id,
        &done.section,
        done.done_on,
        &done.done_by,
        done.width_mm,
        done.height_mm,
        &done.note
    )
}

/// Support given to a point, oldest first.
pub async fn support(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Support>> {
    fetch_all!(
        tx,
        Support,
        "select id, what, amount, source, source_note, given_on, commitment_to from support where point_id = $1 order by given_on, id",
        point_id
    )
}

/// Adds support.
pub async fn add_support(tx: &mut Tx, point_id: &str, support: &Support, by: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into support (id, point_id, what, amount, source, source_note, given_on, commitment_to, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &support.id,
        point_id,
        &support.what,
        support.amount,
        &support.source,
        &support.source_note,
        support.given_on,
        support.commitment_to,
        by,
        now
    )
}

/// Takes back a line of support that was recorded wrongly; the journal keeps it.
pub async fn drop_support(tx: &mut Tx, point_id: &str, id: &str) -> DbResult<u64> {
    execute!(tx, "delete from support where id = $1 and point_id = $2", id, point_id)
}

/// Sum of support, and the last day that any of it binds.
pub async fn support_sum(tx: &mut Tx, point_id: &str) -> DbResult<(i64, Option<NaiveDate>)> {
    fetch_one!(
        tx,
        (i64, Option<NaiveDate>),
        "select cast(coalesce(sum(amount), 0) as bigint), max(commitment_to) from support where point_id = $1",
        point_id
    )
}

/// How many pictures each item has.
pub async fn photo_counts(tx: &mut Tx, point_id: &str) -> DbResult<Vec<(String, i64)>> {
    fetch_all!(
        tx,
        (String, i64),
        "select a.field, count(*) from attachment a join file f on f.id = a.file_id where a.subject_kind = 'preparation' and a.subject_id = $1 and f.kind = 'picture' group by a.field",
        point_id
    )
}
