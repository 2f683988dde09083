//! SQL of inspections, findings, confirmations and complaints.

use chrono::{DateTime, NaiveDate, Utc};

use super::form::Typed;
use super::model::{Finding, Inspection};
use crate::access::Scope;
use crate::db::{Column, DbResult, Tx};
use crate::page::{Rows, page_key, read_key};
use crate::rule::Answer;
use crate::{clock, execute, fetch_all, fetch_one, fetch_optional};

/// The point that an inspection or a finding belongs to, for its pictures.
pub async fn point_of(tx: &mut Tx, kind: &str, id: &str) -> DbResult<Option<String>> {
    let found = match kind {
        "inspection" => fetch_optional!(tx, (String,), "select point_id from inspection where id = $1", id)?,
        "finding" => fetch_optional!(tx, (String,), "select point_id from finding where id = $1", id)?,
        _ => None,
    };
    Ok(found.map(|(id,)| id))
}

/// An inspection by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Inspection>> {
    fetch_optional!(
        tx,
        Inspection,
        "select id, point_id, state, planned_on, reason, change_reason, inspector_id, body_id, team, visited_on, running, set_id, application_id, lon, lat,
           note, result, outcome, version, created_at from inspection where id = $1",
        id
    )
}

/// The inspections of a point, newest first; at most 50.
pub async fn of(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Inspection>> {
    fetch_all!(
        tx,
        Inspection,
        "select id, point_id, state, planned_on, reason, change_reason, inspector_id, body_id, team, visited_on, running, set_id, application_id, lon, lat,
           note, result, outcome, version, created_at from inspection where point_id = $1 order by created_at desc, id desc limit 50",
        point_id
    )
}

/// The inspection of a point that is planned or being filled, if there is one.
pub async fn under_way(tx: &mut Tx, point_id: &str) -> DbResult<Option<String>> {
    Ok(fetch_optional!(
        tx,
        (String,),
        "select id from inspection where point_id = $1 and state in ('planned', 'open') order by created_at limit 1",
        point_id
    )?
    .map(|(id,)| id))
}

/// Plans an inspection; 0 rows: one of the point is under way.
pub async fn add(tx: &mut Tx, inspection: &Inspection) -> DbResult<u64> {
    execute!(
        tx,
        "insert into inspection (id, point_id, state, planned_on, reason, change_reason, inspector_id, body_id, team, visited_on, running, set_id, application_id,
           lon, lat, note, result, outcome, version, created_at)
         values ($1, $2, 'planned', $3, $4, '', $5, $6, $7, null, '', null, null, null, null, '', '', '', 1, $8)
         on conflict do nothing",
        &inspection.id,
        &inspection.point_id,
        inspection.planned_on,
        &inspection.reason,
        &inspection.inspector_id,
        &inspection.body_id,
        &inspection.team,
        inspection.created_at
    )
}

/// Puts an inspection off, or calls it off (`state` cancelled), if nobody saved it since `version`.
pub async fn change(tx: &mut Tx, inspection: &Inspection, version: i64) -> DbResult<u64> {
    execute!(
        tx,
        "update inspection set state = $3, planned_on = $4, team = $5, change_reason = $6, version = version + 1
         where id = $1 and version = $2 and state in ('planned', 'open')",
        &inspection.id,
        version,
        &inspection.state,
        inspection.planned_on,
        &inspection.team,
        &inspection.change_reason
    )
}

/// Saves what is neither an answer nor a finding, if nobody saved since `version` and it is under way; 0 rows = refused.
/// The sets are written only as long as none are fixed.
pub async fn save(tx: &mut Tx, head: &Inspection, version: i64) -> DbResult<u64> {
    execute!(
        tx,
        "update inspection set state = 'open', team = $3, visited_on = $4, running = $5, lon = $6, lat = $7, note = $8,
           application_id = case when set_id is null then $10 else application_id end,
           result = case when set_id is null then $11 else result end,
           set_id = coalesce(set_id, $9), version = version + 1
         where id = $1 and version = $2 and state in ('planned', 'open')",
        &head.id,
        version,
        &head.team,
        head.visited_on,
        &head.running,
        head.lon,
        head.lat,
        &head.note,
        &head.set_id,
        &head.application_id,
        &head.result
    )
}

/// Finishes an inspection if nobody saved since `version`; 0 rows = somebody did, or it is over.
pub async fn finish(tx: &mut Tx, done: &Inspection) -> DbResult<u64> {
    execute!(
        tx,
        "update inspection set state = 'done', visited_on = $3, running = $4, result = $5, outcome = $6, version = version + 1
         where id = $1 and version = $2 and state = 'open'",
        &done.id,
        done.version,
        done.visited_on,
        &done.running,
        &done.result,
        &done.outcome
    )
}

/// The answers of an inspection.
pub async fn answers(tx: &mut Tx, id: &str) -> DbResult<Vec<Answer>> {
    fetch_all!(
        tx,
        Answer,
        "select set_id, criterion_id, verdict, fix_by, note from inspection_answer where inspection_id = $1 order by set_id, criterion_id",
        id
    )
}

/// Writes an answer; only after [`save`] has said that the inspection is open and as the writer saw it.
pub async fn put_answer(tx: &mut Tx, id: &str, answer: &Answer, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into inspection_answer (inspection_id, set_id, criterion_id, verdict, fix_by, note, answered_at) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (inspection_id, set_id, criterion_id) do update set verdict = excluded.verdict, fix_by = excluded.fix_by, note = excluded.note,
           answered_at = excluded.answered_at",
        id,
        &answer.set_id,
        &answer.criterion_id,
        answer.verdict,
        answer.fix_by,
        &answer.note,
        now
    )
}

/// The findings of an inspection, in the order in which they were written.
pub async fn findings_of(tx: &mut Tx, inspection_id: &str) -> DbResult<Vec<Finding>> {
    fetch_all!(
        tx,
        Finding,
        "select id, point_id, inspection_id, criterion, what, fix_by, level, state, reported_on, reported_note, closed_on, closed_how, note, version, created_at
         from finding where inspection_id = $1 order by created_at, id",
        inspection_id
    )
}

/// A finding by id.
pub async fn finding(tx: &mut Tx, id: &str) -> DbResult<Option<Finding>> {
    fetch_optional!(
        tx,
        Finding,
        "select id, point_id, inspection_id, criterion, what, fix_by, level, state, reported_on, reported_note, closed_on, closed_how, note, version, created_at
         from finding where id = $1",
        id
    )
}

/// Writes a finding of a visit under way; a row of another visit, or one that counts already, stays as it is.
pub async fn put_draft(tx: &mut Tx, inspection: &Inspection, typed: &Typed, now: DateTime<Utc>) -> DbResult<u64> {
    if typed.what.is_empty() {
        return execute!(tx, "delete from finding where id = $1 and inspection_id = $2 and state = 'draft'", &typed.id, &inspection.id);
    }
    execute!(
        tx,
        "insert into finding (id, point_id, inspection_id, criterion, what, fix_by, level, state, reported_on, reported_note, closed_on, closed_how, note, version, created_at)
         values ($1, $2, $3, $4, $5, $6, 1, 'draft', null, '', null, '', '', 1, $7)
         on conflict (id) do update set criterion = excluded.criterion, what = excluded.what, fix_by = excluded.fix_by
         where finding.inspection_id = excluded.inspection_id and finding.state = 'draft'",
        &typed.id,
        &inspection.point_id,
        &inspection.id,
        &typed.criterion,
        &typed.what,
        typed.fix_by,
        now
    )
}

/// The findings of a finished visit count from now on.
pub async fn open_drafts(tx: &mut Tx, inspection_id: &str) -> DbResult<u64> {
    execute!(tx, "update finding set state = 'open' where inspection_id = $1 and state = 'draft'", inspection_id)
}

/// Saves the state of a finding if nobody saved it since; 0 rows = somebody did, or it is not open.
pub async fn save_finding(tx: &mut Tx, finding: &Finding) -> DbResult<u64> {
    execute!(
        tx,
        "update finding set state = $3, reported_on = $4, reported_note = $5, closed_on = $6, closed_how = $7, note = $8, version = version + 1
         where id = $1 and version = $2 and state = 'open'",
        &finding.id,
        finding.version,
        &finding.state,
        finding.reported_on,
        &finding.reported_note,
        finding.closed_on,
        &finding.closed_how,
        &finding.note
    )
}

/// How many findings of a point are open.
pub async fn open_findings(tx: &mut Tx, point_id: &str) -> DbResult<i64> {
    fetch_one!(tx, (i64,), "select count(*) from finding where point_id = $1 and state = 'open'", point_id).map(|(n,)| n)
}

/// A point closes: its open findings are carried to the file, planned visits are called off. Gives how many findings.
pub async fn carry(tx: &mut Tx, now: DateTime<Utc>, point_id: &str) -> DbResult<i64> {
    let today = clock::local(now).date_naive();
    let carried = execute!(
        tx,
        "update finding set state = 'carried', closed_on = $2, closed_how = 'Điểm đóng cửa; phát hiện được giữ trong hồ sơ', version = version + 1
         where point_id = $1 and state = 'open'",
        point_id,
        today
    )?;
    execute!(
        tx,
        "update inspection set state = 'cancelled', change_reason = 'Điểm đã đóng cửa', version = version + 1 where point_id = $1 and state = 'planned'",
        point_id
    )?;
    execute!(tx, "delete from inspection_risk where point_id = $1", point_id)?;
    Ok(carried as i64)
}

/// A finding in a list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FindingRow {
    /// Identifier.
    pub id: String,
    /// The point.
    pub point_id: String,
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: String,
    /// Today's unit of the point.
    pub unit_today: Option<String>,
    /// What is wrong.
    pub what: String,
    /// By when to fix it.
    pub fix_by: NaiveDate,
    /// Level it has risen to.
    pub level: i64,
    /// When the business said that it is fixed.
    pub reported_on: Option<NaiveDate>,
}

/// A page of the open findings of a scope, the most overdue first.
pub async fn finding_page(tx: &mut Tx, scope: &Scope, least_level: i64, after: Option<&str>, size: i64) -> DbResult<Rows<FindingRow>> {
    // a day before every day that people type; the key of a page is the day in digits and the id
    let key = after.and_then(read_key).and_then(|(day, id)| Some((NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?, id)));
    let (day, id) = key.unwrap_or((NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default(), ""));
    let rows = match scope {
        Scope::None => Vec::new(),
        Scope::All => fetch_all!(
            tx,
            FindingRow,
            "select f.id, f.point_id, p.name, p.code, p.unit_today, f.what, f.fix_by, f.level, f.reported_on from finding f join point p on p.id = f.point_id
             where f.state = 'open' and f.level >= $4 and (f.fix_by, f.id) > ($1, $2) order by f.fix_by, f.id limit $3",
            day,
            id,
            size + 1,
            least_level
        )?,
        Scope::Unit(unit) => fetch_all!(
            tx,
            FindingRow,
            "select f.id, f.point_id, p.name, p.code, p.unit_today, f.what, f.fix_by, f.level, f.reported_on from finding f join point p on p.id = f.point_id
             where f.state = 'open' and f.level >= $4 and (f.fix_by, f.id) > ($1, $2)
               and exists (select 1 from point_unit u where u.unit_id = $5 and u.point_id = f.point_id) order by f.fix_by, f.id limit $3",
            day,
            id,
            size + 1,
            least_level,
            unit
        )?,
        Scope::Body(body) => fetch_all!(
            tx,
            FindingRow,
            "select f.id, f.point_id, p.name, p.code, p.unit_today, f.what, f.fix_by, f.level, f.reported_on from finding f join point p on p.id = f.point_id
             where f.state = 'open' and f.level >= $4 and (f.fix_by, f.id) > ($1, $2)
               and f.point_id in (select id from point where operator_id = $5 or nominated_by = $5 or supporter_id = $5) order by f.fix_by, f.id limit $3",
            day,
            id,
            size + 1,
            least_level,
            body
        )?,
    };
    Ok(Rows::cut(rows, size, after, |row| page_key(&row.fix_by.to_string(), &row.id)))
}

/// How many findings of a scope are open, from a level on.
pub async fn count_findings(tx: &mut Tx, scope: &Scope, least_level: i64) -> DbResult<i64> {
    let found = match scope {
        Scope::None => (0,),
        Scope::All => fetch_one!(tx, (i64,), "select count(*) from finding where state = 'open' and level >= $1", least_level)?,
        Scope::Unit(unit) => fetch_one!(
            tx,
            (i64,),
            "select count(*) from finding f where f.state = 'open' and f.level >= $1 and exists (select 1 from point_unit u where u.unit_id = $2 and u.point_id = f.point_id)",
            least_level,
            unit
        )?,
        Scope::Body(body) => fetch_one!(
            tx,
            (i64,),
            "select count(*) from finding where state = 'open' and level >= $1 and point_id in (select id from point where operator_id = $2 or nominated_by = $2 or supporter_id = $2)",
            least_level,
            body
        )?,
    };
    Ok(found.0)
}

/// Findings of a point that are open or were carried, the most pressing first; at most 100.
pub async fn findings_of_point(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Finding>> {
    fetch_all!(
        tx,
        Finding,
        "select id, point_id, inspection_id, criterion, what, fix_by, level, state, reported_on, reported_note, closed_on, closed_how, note, version, created_at
         from finding where point_id = $1 and state in ('open', 'carried') order by state desc, fix_by, id limit 100",
        point_id
    )
}

/// Levels that a finding has risen to, with day and who was told.
pub async fn rises(tx: &mut Tx, finding_id: &str) -> DbResult<Vec<(i64, NaiveDate, String)>> {
    fetch_all!(
        tx,
        (i64, NaiveDate, String),
        "select level, risen_on, told from finding_rise where finding_id = $1 order by level",
        finding_id
    )
}

/// A finding rises to a level, once. None: it has been there already.
pub async fn rise(tx: &mut Tx, finding_id: &str, level: i64, on: NaiveDate, told: &str) -> DbResult<bool> {
    let is_new = fetch_optional!(
        tx,
        (String,),
        "insert into finding_rise (finding_id, level, risen_on, told) values ($1, $2, $3, $4) on conflict (finding_id, level) do nothing returning finding_id",
        finding_id,
        level,
        on,
        told
    )?
    .is_some();
    if is_new {
        execute!(tx, "update finding set level = $2, version = version + 1 where id = $1 and level < $2", finding_id, level)?;
    }
    Ok(is_new)
}

/// Open findings that have to rise to a level on a day: to 2 once they are late, to 3 when they rose to 2 by `since`.
pub async fn rising(tx: &mut Tx, level: i64, today: NaiveDate, since: NaiveDate, most: i64) -> DbResult<Vec<Finding>> {
    fetch_all!(
        tx,
        Finding,
        "select f.id, f.point_id, f.inspection_id, f.criterion, f.what, f.fix_by, f.level, f.state, f.reported_on, f.reported_note, f.closed_on, f.closed_how, f.note,
           f.version, f.created_at from finding f
         where f.state = 'open' and f.level = $1 and f.fix_by < $2
           and ($1 = 1 or exists (select 1 from finding_rise r where r.finding_id = f.id and r.level = $1 and r.risen_on <= $3))
         order by f.fix_by, f.id limit $4",
        level - 1,
        today,
        since,
        most
    )
}

/// A confirmation as stored: day, how, who, note.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Confirmation {
    /// Identifier.
    pub id: String,
    /// Person id of whoever confirmed.
    pub by_id: String,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// The day.
    pub confirmed_on: NaiveDate,
    /// Word of [`super::model::How`].
    pub how: String,
    /// Role and body.
    pub by_name: String,
    /// Remark.
    pub note: String,
}

/// The last confirmations of a point.
pub async fn confirmations(tx: &mut Tx, point_id: &str, most: i64) -> DbResult<Vec<Confirmation>> {
    fetch_all!(
        tx,
        Confirmation,
        "select id, by_id, created_at, confirmed_on, how, by_name, note from confirmation where point_id = $1 order by confirmed_on desc, id desc limit $2",
        point_id,
        most
    )
}

/// Takes a confirmation back.
pub async fn drop_confirmation(tx: &mut Tx, id: &str) -> DbResult<u64> {
    execute!(tx, "delete from confirmation where id = $1", id)
}

/// Writes a confirmation down; `by` is the person and their role and body.
pub async fn add_confirmation(
    tx: &mut Tx,
    point_id: &str,
    on: NaiveDate,
    how: &str,
    by: (&str, &str),
    note: &str,
    now: DateTime<Utc>,
) -> DbResult<u64> {
    execute!(
        tx,
        "insert into confirmation (id, point_id, confirmed_on, how, by_id, by_name, note, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        clock::new_id(),
        point_id,
        on,
        how,
        by.0,
        by.1,
        note,
        now
    )
}

/// A complaint as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Complaint {
    /// Identifier.
    pub id: String,
    /// The point.
    pub point_id: String,
    /// When it came.
    pub received_on: NaiveDate,
    /// From whom: a word of [`super::model::SOURCES`].
    pub source: String,
    /// What it says.
    pub what: String,
    /// `open` or `answered`.
    pub state: String,
    /// What was answered.
    pub answer: String,
    /// When.
    pub answered_on: Option<NaiveDate>,
    /// Role and body that answered.
    pub answered_by: String,
    /// Row version.
    pub version: i64,
}

/// Complaints about a point, open ones first, newest first; at most 50.
pub async fn complaints(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Complaint>> {
    fetch_all!(
        tx,
        Complaint,
        "select id, point_id, received_on, source, what, state, answer, answered_on, answered_by, version from complaint where point_id = $1
         order by state desc, received_on desc, id desc limit 50",
        point_id
    )
}

/// A complaint by id.
pub async fn complaint(tx: &mut Tx, id: &str) -> DbResult<Option<Complaint>> {
    fetch_optional!(
        tx,
        Complaint,
        "select id, point_id, received_on, source, what, state, answer, answered_on, answered_by, version from complaint where id = $1",
        id
    )
}

/// Open complaints of a scope with the name of their point, oldest first, and how many there are in all.
pub async fn open_complaints(tx: &mut Tx, scope: &Scope, most: i64) -> DbResult<(i64, Vec<(String, NaiveDate, String, String)>)> {
    let unit = match scope {
        Scope::All => "",
        Scope::Unit(unit) => unit,
        _ => return Ok((0, Vec::new())),
    };
    let (count,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from complaint c where c.state = 'open' and ($1 = '' or exists (select 1 from point_unit u where u.unit_id = $1 and u.point_id = c.point_id))",
        unit
    )?;
    let rows = fetch_all!(
        tx,
        (String, NaiveDate, String, String),
        "select c.point_id, c.received_on, c.what, p.name from complaint c join point p on p.id = c.point_id
         where c.state = 'open' and ($1 = '' or exists (select 1 from point_unit u where u.unit_id = $1 and u.point_id = c.point_id))
         order by c.received_on, c.id limit $2",
        unit,
        most
    )?;
    Ok((count, rows))
}

/// Writes a complaint down.
pub async fn add_complaint(tx: &mut Tx, complaint: &Complaint, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into complaint (id, point_id, received_on, source, what, state, answer, answered_on, answered_by, version, created_at)
         values ($1, $2, $3, $4, $5, 'open', '', null, '', 1, $6)",
        &complaint.id,
        &complaint.point_id,
        complaint.received_on,
        &complaint.source,
        &complaint.what,
        now
    )
}

/// Answers a complaint; 0 rows = somebody did already.
pub async fn answer_complaint(tx: &mut Tx, id: &str, version: i64, answer: &str, on: NaiveDate, by: &str) -> DbResult<u64> {
    execute!(
        tx,
        "update complaint set state = 'answered', answer = $3, answered_on = $4, answered_by = $5, version = version + 1 where id = $1 and version = $2 and state = 'open'",
        id,
        version,
        answer,
        on,
        by
    )
}

/// A planned visit in a list: id, planned day, point, code, name, address.
pub type Planned = (String, NaiveDate, String, String, String, String);

/// Visits that wait for a person or their body, soonest first, and how many there are in all.
pub async fn planned_for(tx: &mut Tx, body_id: &str, person: &str, most: i64) -> DbResult<(i64, Vec<Planned>)> {
    let (count,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from inspection where body_id = $1 and state in ('planned', 'open') and (inspector_id is null or inspector_id = $2)",
        body_id,
        person
    )?;
    let rows = fetch_all!(
        tx,
        Planned,
        "select i.id, i.planned_on, i.point_id, p.code, p.name, p.address from inspection i join point p on p.id = i.point_id
         where i.body_id = $1 and i.state in ('planned', 'open') and (i.inspector_id is null or i.inspector_id = $2) order by i.planned_on, i.id limit $3",
        body_id,
        person,
        most
    )?;
    Ok((count, rows))
}

/// Where this slice names bodies.
pub const PLACES: &[Column] = &[Column {
    name: "inspection.body_id",
    label: "lượt kiểm tra được giao",
    count: "select count(*) from inspection where body_id = $1",
    forth: "update inspection set body_id = $2 where body_id = $1 returning id",
    back: "update inspection set body_id = $2 where body_id = $1 and id = $3",
}];
