//! SQL of who sees to a point, and of its deadlines.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Deadline, Duty, What, title};
use crate::access::Scope;
use crate::db::{DbResult, Tx};
use crate::point::State;
use crate::{execute, fetch_all, fetch_one, fetch_optional};

/// Bodies that see to a point; who leads stands first.
pub async fn duties(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Duty>> {
    fetch_all!(
        tx,
        Duty,
        "select y.body_id, b.name, coalesce(a.name, '') as above, y.part, y.since
         from point_duty y join body b on b.id = y.body_id left join body a on a.id = b.parent_id where y.point_id = $1 order by y.part, b.name_fold, b.id",
        point_id
    )
}

/// Sets who sees to a point; who did so already keeps the day since when.
pub async fn set(tx: &mut Tx, point_id: &str, lead: Option<&str>, with: &[&str], today: NaiveDate) -> DbResult<()> {
    let before = duties(tx, point_id).await?;
    execute!(tx, "delete from point_duty where point_id = $1", point_id)?;
    let wanted =
        lead.into_iter().map(|body| (body, "lead")).chain(with.iter().filter(|body| Some(**body) != lead).map(|body| (*body, "with")));
    for (body, part) in wanted {
        let since = before.iter().find(|duty| duty.body_id == body && duty.part == part).map_or(today, |duty| duty.since);
        execute!(
            tx,
            "insert into point_duty (point_id, body_id, part, since) values ($1, $2, $3, $4) on conflict (point_id, body_id) do nothing",
            point_id,
            body,
            part,
            since
        )?;
    }
    Ok(())
}

/// A point that a body sees to.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Seen {
    /// The point.
    pub id: String,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: State,
    /// Since when.
    pub state_since: NaiveDate,
    /// What is due next.
    pub due_on: Option<NaiveDate>,
    /// `lead` or `with`.
    pub part: String,
}

/// Points on their way to the opening that a body sees to, the most pressing first.
pub async fn of_body(tx: &mut Tx, body: &str, most: i64) -> DbResult<Vec<Seen>> {
    fetch_all!(
        tx,
        Seen,
        "select p.id, p.code, p.name, p.state, p.state_since, p.due_on, y.part from point_duty y join point p on p.id = y.point_id
         where y.body_id = $1 and p.state not in ('operating', 'suspended', 'closed', 'withdrawn')
         order by case when p.due_on is null then 1 else 0 end, p.due_on, p.id limit $2",
        body,
        most
    )
}

/// How many there are.
pub async fn count_of_body(tx: &mut Tx, body: &str) -> DbResult<i64> {
    let (count,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from point_duty y join point p on p.id = y.point_id where y.body_id = $1 and p.state not in ('operating', 'suspended', 'closed', 'withdrawn')",
        body
    )?;
    Ok(count)
}

/// Deadlines of a point, by day; those taken back too.
pub async fn deadlines(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Deadline>> {
    fetch_all!(
        tx,
        Deadline,
        "select id, point_id, what, note, due_on, source, moved_from, moved_why, done_on, dropped_why, version from point_deadline where point_id = $1 order by due_on, id",
        point_id
    )
}

/// One of them.
pub async fn deadline(tx: &mut Tx, point_id: &str, id: &str) -> DbResult<Option<Deadline>> {
    fetch_optional!(
        tx,
        Deadline,
        "select id, point_id, what, note, due_on, source, moved_from, moved_why, done_on, dropped_why, version from point_deadline where id = $1 and point_id = $2",
        id,
        point_id
    )
}

/// Adds a deadline.
pub async fn add(tx: &mut Tx, deadline: &Deadline, by: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into point_deadline (id, point_id, what, note, due_on, source, moved_from, moved_why, done_on, dropped_why, version, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, null, '', $7, '', 1, $8, $9)",
        &deadline.id,
        &deadline.point_id,
        &deadline.what,
        &deadline.note,
        deadline.due_on,
        &deadline.source,
        deadline.done_on,
        by,
        now
    )
}

/// Saves a deadline if nobody saved it since; 0 rows = somebody did.
pub async fn save(tx: &mut Tx, deadline: &Deadline) -> DbResult<u64> {
    execute!(
        tx,
        "update point_deadline set due_on = $3, source = $4, moved_from = $5, moved_why = $6, done_on = $7, dropped_why = $8, version = version + 1 where id = $1 and version = $2",
        &deadline.id,
        deadline.version,
        deadline.due_on,
        &deadline.source,
        deadline.moved_from,
        &deadline.moved_why,
        deadline.done_on,
        &deadline.dropped_why
    )
}

/// What deadlines of a kind waited for is done: so are they.
pub async fn met(tx: &mut Tx, point_id: &str, what: What, on: NaiveDate) -> DbResult<u64> {
    execute!(
        tx,
        "update point_deadline set done_on = $2, version = version + 1 where point_id = $1 and what = $3 and done_on is null and dropped_why = ''",
        point_id,
        on,
        what.word()
    )
}

/// A deadline with its point.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Due {
    /// Identifier.
    pub id: String,
    /// Word of what it is for.
    pub what: String,
    /// In words.
    pub note: String,
    /// Last day.
    pub due_on: NaiveDate,
    /// The point.
    pub point_id: String,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

impl Due {
    /// What it is for, in words.
    pub fn title(&self) -> String {
        title(&self.what, &self.note)
    }
}

/// Open deadlines of a scope up to a day that are not the one their point shows by itself.
pub async fn due(tx: &mut Tx, scope: &Scope, last: NaiveDate, most: i64) -> DbResult<Vec<Due>> {
    let (unit, body) = match scope {
        Scope::None => return Ok(Vec::new()),
        Scope::All => ("", ""),
        Scope::Unit(unit) => (unit.as_str(), ""),
        Scope::Body(body) => ("", body.as_str()),
    };
    fetch_all!(
        tx,
        Due,
        "select d.id, d.what, d.note, d.due_on, p.id as point_id, p.code, p.name from point_deadline d join point p on p.id = d.point_id
         where d.done_on is null and d.dropped_why = '' and d.due_on <= $1 and (p.due_on is null or p.due_on <> d.due_on) and p.state not in ('closed', 'withdrawn')
           and ($2 = '' or exists (select 1 from point_unit u where u.unit_id = $2 and u.point_id = p.id))
           and ($3 = '' or p.operator_id = $3 or p.nominated_by = $3 or p.supporter_id = $3)
         order by d.due_on, d.id limit $4",
        last,
        unit,
        body,
        most
    )
}
