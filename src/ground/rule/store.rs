//! SQL of instruments, criteria sets and applications.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Application, CriteriaSet, Criterion, Group, Instrument};
use crate::db::{DbResult, Tx};
use crate::{execute, fetch_all, fetch_optional};

#[derive(sqlx::FromRow)]
struct SetRow {
    id: String,
    title: String,
    instrument_id: Option<String>,
    status: String,
    overlay: bool,
    scope_unit: Option<String>,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    origin: String,
    based_on: Option<String>,
    confidence: String,
    source: String,
    note: String,
    version: i64,
}

/// All sets with their groups and items, oldest first: a handful of papers, each some tens of lines.
pub async fn sets(tx: &mut Tx) -> DbResult<Vec<CriteriaSet>> {
    let rows = fetch_all!(
        tx,
        SetRow,
        "select id, title, instrument_id, status, overlay, scope_unit, valid_from, valid_to, origin, based_on, confidence, source, note, version
         from criteria_set order by valid_from, id"
    )?;
    let instruments = instruments(tx).await?;
    let groups = fetch_all!(
        tx,
        (String, String, String, String, String, String),
        "select set_id, id, title, clause, state, note from criteria_group order by set_id, place, id"
    )?;
    let criteria = fetch_all!(
        tx,
        Criterion,
        "select set_id, group_id, id, place, text, rule, place_kind, clause, confidence, note from criterion order by set_id, group_id, place, id"
    )?;
    Ok(rows
        .into_iter()
        .map(|row| CriteriaSet {
            groups: groups
                .iter()
                .filter(|(set, ..)| *set == row.id)
                .map(|(set, id, title, clause, state, note)| Group {
                    id: id.clone(),
                    title: title.clone(),
                    clause: clause.clone(),
                    state: state.clone(),
                    note: note.clone(),
                    criteria: criteria.iter().filter(|item| item.set_id == *set && item.group_id == *id).cloned().collect(),
                })
                .collect(),
            instrument: row.instrument_id.as_ref().and_then(|id| instruments.iter().find(|instrument| instrument.id == *id)).cloned(),
            id: row.id,
            title: row.title,
            status: row.status,
            overlay: row.overlay,
            scope_unit: row.scope_unit,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            origin: row.origin,
            based_on: row.based_on,
            confidence: row.confidence,
            source: row.source,
            note: row.note,
            version: row.version,
        })
        .collect())
}

/// All instruments, newest first.
pub async fn instruments(tx: &mut Tx) -> DbResult<Vec<Instrument>> {
    fetch_all!(
        tx,
        Instrument,
        "select id, number, kind, issuer, issued_on, title, valid_from, valid_to, confidence, source, note from instrument order by issued_on desc, id"
    )
}

/// One instrument.
pub async fn instrument(tx: &mut Tx, id: &str) -> DbResult<Option<Instrument>> {
    fetch_optional!(
        tx,
        Instrument,
        "select id, number, kind, issuer, issued_on, title, valid_from, valid_to, confidence, source, note from instrument where id = $1",
        id
    )
}

#[derive(sqlx::FromRow)]
struct Whole {
    #[sqlx(flatten)]
    instrument: Instrument,
    supersedes: String,
}

/// One instrument with the ids of what it supersedes.
pub async fn instrument_whole(tx: &mut Tx, id: &str) -> DbResult<Option<(Instrument, String)>> {
    let found = fetch_optional!(
        tx,
        Whole,
        "select id, number, kind, issuer, issued_on, title, valid_from, valid_to, confidence, source, note, supersedes from instrument where id = $1",
        id
    )?;
    Ok(found.map(|whole| (whole.instrument, whole.supersedes)))
}

/// Adds or updates an instrument.
pub async fn put_instrument(tx: &mut Tx, instrument: &Instrument, supersedes: &str) -> DbResult<u64> {
    execute!(
        tx,
        "insert into instrument (id, number, kind, issuer, issued_on, title, valid_from, valid_to, supersedes, confidence, source, note)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (id) do update set number = excluded.number, kind = excluded.kind, issuer = excluded.issuer, issued_on = excluded.issued_on,
           title = excluded.title, valid_from = excluded.valid_from, valid_to = excluded.valid_to, supersedes = excluded.supersedes,
           confidence = excluded.confidence, source = excluded.source, note = excluded.note",
        &instrument.id,
        &instrument.number,
        &instrument.kind,
        &instrument.issuer,
        instrument.issued_on,
        &instrument.title,
        instrument.valid_from,
        instrument.valid_to,
        supersedes,
        &instrument.confidence,
        &instrument.source,
        &instrument.note
    )
}

/// Adds a set with its groups and items; a set that exists is left as it is. It is written as a draft and then takes
/// its status, because groups and items can be added to drafts only.
pub async fn add_set(tx: &mut Tx, set: &CriteriaSet) -> DbResult<bool> {
    let added = fetch_optional!(
        tx,
        (String,),
        "insert into criteria_set (id, title, instrument_id, status, overlay, scope_unit, valid_from, valid_to, origin, based_on, confidence, source, note, version)
         values ($1, $2, $3, 'draft', $4, $5, $6, $7, $8, $9, $10, $11, $12, 1) on conflict do nothing returning id",
        &set.id,
        &set.title,
        set.instrument.as_ref().map(|instrument| &instrument.id),
        set.overlay,
        &set.scope_unit,
        set.valid_from,
        set.valid_to,
        &set.origin,
        &set.based_on,
        &set.confidence,
        &set.source,
        &set.note
    )?;
    if added.is_none() {
        return Ok(false);
    }
    for (place, group) in set.groups.iter().enumerate() {
        put_group(tx, &set.id, place as i64, group).await?;
        for item in &group.criteria {
            put_criterion(tx, &Criterion { set_id: set.id.clone(), ..item.clone() }).await?;
        }
    }
    if set.status != "draft" {
        execute!(tx, "update criteria_set set status = $2 where id = $1", &set.id, &set.status)?;
    }
    Ok(true)
}

/// Changes the head of a draft if nobody changed the draft since `version`; 0 rows = somebody did, or it is in force.
/// Every change of a draft begins with it.
pub async fn save_draft(tx: &mut Tx, set: &CriteriaSet, version: i64) -> DbResult<u64> {
    execute!(
        tx,
        "update criteria_set set title = $3, instrument_id = $4, overlay = $5, scope_unit = $6, source = $7, note = $8, confidence = $9, version = version + 1
         where id = $1 and version = $2 and status = 'draft'",
        &set.id,
        version,
        &set.title,
        set.instrument.as_ref().map(|instrument| &instrument.id),
        set.overlay,
        &set.scope_unit,
        &set.source,
        &set.note,
        &set.confidence
    )
}

/// Adds or changes a group of a draft; 0 rows when the set is in force.
pub async fn put_group(tx: &mut Tx, set_id: &str, place: i64, group: &Group) -> DbResult<u64> {
    execute!(
        tx,
        "insert into criteria_group (set_id, id, place, title, clause, state, note)
         select s.id, cast($2 as text), cast($3 as bigint), cast($4 as text), cast($5 as text), cast($6 as text), cast($7 as text)
         from criteria_set s where s.id = $1 and s.status = 'draft'
         on conflict (set_id, id) do update set title = excluded.title, clause = excluded.clause, state = excluded.state, note = excluded.note",
        set_id,
        &group.id,
        place,
        &group.title,
        &group.clause,
        &group.state,
        &group.note
    )
}

/// Adds or changes an item of a draft; 0 rows when the set is in force.
pub async fn put_criterion(tx: &mut Tx, item: &Criterion) -> DbResult<u64> {
    execute!(
        tx,
        "insert into criterion (set_id, group_id, id, place, text, rule, place_kind, clause, confidence, note)
         select s.id, cast($2 as text), cast($3 as text), cast($4 as bigint), cast($5 as text), cast($6 as text), cast($7 as text), cast($8 as text),
           cast($9 as text), cast($10 as text)
         from criteria_set s where s.id = $1 and s.status = 'draft'
         on conflict (set_id, id) do update set text = excluded.text, rule = excluded.rule, place_kind = excluded.place_kind,
           clause = excluded.clause, confidence = excluded.confidence, note = excluded.note",
        &item.set_id,
        &item.group_id,
        &item.id,
        item.place,
        &item.text,
        item.rule,
        &item.place_kind,
        &item.clause,
        &item.confidence,
        &item.note
    )
}

/// Fills an empty group of a set in force with what was read of it; 0 when it is not empty any more.
pub async fn fill_group(tx: &mut Tx, set_id: &str, group: &Group) -> DbResult<u64> {
    let filled = execute!(
        tx,
        "update criteria_group set title = $3, clause = $4, state = $5, note = $6 where set_id = $1 and id = $2
           and not exists (select 1 from criterion c where c.set_id = $1 and c.group_id = $2)",
        set_id,
        &group.id,
        &group.title,
        &group.clause,
        &group.state,
        &group.note
    )?;
    if filled == 0 {
        return Ok(0);
    }
    for item in &group.criteria {
        execute!(
            tx,
            "insert into criterion (set_id, group_id, id, place, text, rule, place_kind, clause, confidence, note) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            set_id,
            &group.id,
            &item.id,
            item.place,
            &item.text,
            item.rule,
            &item.place_kind,
            &item.clause,
            &item.confidence,
            &item.note
        )?;
    }
    execute!(tx, "update criteria_set set version = version + 1 where id = $1", set_id)
}

/// Removes a group of a draft that has no items.
pub async fn drop_group(tx: &mut Tx, set_id: &str, id: &str) -> DbResult<u64> {
    execute!(
        tx,
        "delete from criteria_group where set_id = $1 and id = $2 and not exists (select 1 from criterion c where c.set_id = $1 and c.group_id = $2)
           and exists (select 1 from criteria_set s where s.id = $1 and s.status = 'draft')",
        set_id,
        id
    )
}

/// Removes an item of a draft.
pub async fn drop_criterion(tx: &mut Tx, set_id: &str, id: &str) -> DbResult<u64> {
    execute!(
        tx,
        "delete from criterion where set_id = $1 and id = $2 and exists (select 1 from criteria_set s where s.id = $1 and s.status = 'draft')",
        set_id,
        id
    )
}

/// Puts a draft in force from a day, until a day if one is known; 0 when it changed meanwhile or is no draft.
pub async fn put_in_force(tx: &mut Tx, id: &str, from: NaiveDate, to: Option<NaiveDate>, version: i64) -> DbResult<u64> {
    execute!(
        tx,
        "update criteria_set set status = 'in_force', valid_from = $2, valid_to = $3, version = version + 1 where id = $1 and status = 'draft' and version = $4",
        id,
        from,
        to,
        version
    )
}

/// Corrects the period of a set in force.
pub async fn set_period(tx: &mut Tx, id: &str, from: NaiveDate, to: Option<NaiveDate>, version: i64) -> DbResult<u64> {
    execute!(
        tx,
        "update criteria_set set valid_from = $2, valid_to = $3, version = version + 1 where id = $1 and status = 'in_force' and version = $4",
        id,
        from,
        to,
        version
    )
}

/// Ends a set on a day, because another supersedes it.
pub async fn end_set(tx: &mut Tx, id: &str, on: NaiveDate) -> DbResult<u64> {
    execute!(
        tx,
        "update criteria_set set valid_to = $2, version = version + 1 where id = $1 and (valid_to is null or valid_to > $2)",
        id,
        on
    )
}

/// All decisions to go on applying a set, newest first.
pub async fn applications(tx: &mut Tx) -> DbResult<Vec<Application>> {
    fetch_all!(
        tx,
        Application,
        "select id, set_id, valid_from, valid_to, number, decided_on, reason, decided_by from application order by valid_from desc, id desc"
    )
}

/// Records such a decision.
pub async fn add_application(tx: &mut Tx, application: &Application, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into application (id, set_id, valid_from, valid_to, number, decided_on, reason, decided_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &application.id,
        &application.set_id,
        application.valid_from,
        application.valid_to,
        &application.number,
        application.decided_on,
        &application.reason,
        &application.decided_by,
        now
    )
}
