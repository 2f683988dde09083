//! SQL of stops, repayments and replacements.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Replacement, Stop};
use crate::access::Scope;
use crate::db::{DbResult, Tx};
use crate::point::State;
use crate::{clock, execute, fetch_all, fetch_one, fetch_optional, table};

/// The stops of a point, newest first.
pub async fn stops(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Stop>> {
    fetch_all!(tx, Stop, "select * from stop where point_id = $1 order by from_on desc, created_at desc", point_id)
}

/// The closing of a point.
pub async fn closing(tx: &mut Tx, point_id: &str) -> DbResult<Option<Stop>> {
    fetch_optional!(tx, Stop, "select * from stop where point_id = $1 and kind = 'close' order by created_at desc limit 1", point_id)
}

table! {
    "stop" of Stop {
        fixed: point_id, kind, from_on, until_on, ended_on, cause, reason, commitment_to, support_total, open_findings, recorded_by, created_at;
        saved: payback_state, payback, payback_due, payback_basis, repaid
    }
}

/// The pause of a point that is not over ends.
pub async fn end_pause(tx: &mut Tx, point_id: &str, on: NaiveDate) -> DbResult<u64> {
    execute!(
        tx,
        "update stop set ended_on = $2, version = version + 1 where point_id = $1 and kind = 'suspend' and ended_on is null",
        point_id,
        on
    )
}

/// A repayment as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Repayment {
    /// Day.
    pub paid_on: NaiveDate,
    /// Whole đồng.
    pub amount: i64,
    /// Voucher or remark.
    pub note: String,
}

/// Repayments of a stop, oldest first.
pub async fn repayments(tx: &mut Tx, stop_id: &str) -> DbResult<Vec<Repayment>> {
    fetch_all!(tx, Repayment, "select paid_on, amount, note from repayment where stop_id = $1 order by paid_on, id", stop_id)
}

/// Adds a repayment.
pub async fn add_repayment(tx: &mut Tx, stop_id: &str, repayment: &Repayment, by: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into repayment (id, stop_id, paid_on, amount, note, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7)",
        clock::new_id(),
        stop_id,
        repayment.paid_on,
        repayment.amount,
        &repayment.note,
        by,
        now
    )
}

/// Support that is still bound on a day: sum in đồng and the last day that binds. What the operator promised in the
/// preparation binds all support that names no day of its own.
pub async fn bound_on(tx: &mut Tx, point_id: &str, on: NaiveDate) -> DbResult<(i64, Option<NaiveDate>)> {
    fetch_one!(
        tx,
        (i64, Option<NaiveDate>),
        "select cast(coalesce(sum(s.amount), 0) as bigint), max(coalesce(s.commitment_to, p.commitment_to))
         from support s left join preparation p on p.point_id = s.point_id where s.point_id = $1 and coalesce(s.commitment_to, p.commitment_to) > $2",
        point_id,
        on
    )
}

/// What was proposed to take the place of a point, the chosen one first.
pub async fn replacements(tx: &mut Tx, stopped_id: &str) -> DbResult<Vec<Replacement>> {
    fetch_all!(
        tx,
        Replacement,
        "select r.stopped_id, r.by_id, r.state, r.note, r.proposed_by, r.proposed_at, r.chosen_on, p.code, p.name, p.address, p.state as point_state, p.opened_on
         from replacement r join point p on p.id = r.by_id where r.stopped_id = $1 order by r.state, r.proposed_at, r.by_id",
        stopped_id
    )
}

/// Points whose place this one takes: id, code, name, closing day.
pub async fn replaces(tx: &mut Tx, by_id: &str) -> DbResult<Vec<(String, String, String, Option<NaiveDate>)>> {
    fetch_all!(
        tx,
        (String, String, String, Option<NaiveDate>),
        "select p.id, p.code, p.name, p.closed_on from replacement r join point p on p.id = r.stopped_id where r.by_id = $1 and r.state = 'chosen' order by p.closed_on, p.id",
        by_id
    )
}

/// What takes the place of a point, and of that, and so on.
pub async fn line_after(tx: &mut Tx, id: &str) -> DbResult<Vec<String>> {
    let mut line: Vec<String> = Vec::new();
    let mut at = id.to_owned();
    while let Some((next,)) =
        fetch_optional!(tx, (String,), "select by_id from replacement where stopped_id = $1 and state = 'chosen'", &at)?
    {
        if line.contains(&next) {
            break;
        }
        line.push(next.clone());
        at = next;
    }
    Ok(line)
}

/// Proposes a point; one that was dropped before is proposed again.
pub async fn propose(tx: &mut Tx, stopped_id: &str, by_id: &str, note: &str, by: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into replacement (stopped_id, by_id, state, note, proposed_by, proposed_at) values ($1, $2, 'proposed', $3, $4, $5)
         on conflict (stopped_id, by_id) do update set state = 'proposed', note = excluded.note, proposed_by = excluded.proposed_by, proposed_at = excluded.proposed_at
         where replacement.state = 'dropped'",
        stopped_id,
        by_id,
        note,
        by,
        now
    )
}

/// Changes the state of a proposal; 0 rows = it is not in the state that was shown.
pub async fn decide(tx: &mut Tx, stopped_id: &str, by_id: &str, from: &str, to: &str, on: Option<NaiveDate>) -> DbResult<u64> {
    execute!(
        tx,
        "update replacement set state = $4, chosen_on = $5 where stopped_id = $1 and by_id = $2 and state = $3",
        stopped_id,
        by_id,
        from,
        to,
        on
    )
}

/// A point that could take a place: id, code, name, state.
pub type Candidate = (String, String, String, State);

/// Points of the same unit on their way, or open since a day, that could take the place; at most 30.
pub async fn candidates(tx: &mut Tx, stopped_id: &str, unit: &str, since: NaiveDate) -> DbResult<Vec<Candidate>> {
    fetch_all!(
        tx,
        Candidate,
        "select p.id, p.code, p.name, p.state from point_unit u join point p on p.id = u.point_id
         where u.unit_id = $2 and p.id <> $1 and u.state in ('lead', 'draft', 'nominated', 'returned', 'accepted', 'surveyed', 'selected', 'preparing', 'operating')
           and (u.state <> 'operating' or p.opened_on > $3)
           and not exists (select 1 from replacement r where r.stopped_id = $1 and r.by_id = p.id and r.state <> 'dropped')
           and not exists (select 1 from replacement o where o.by_id = p.id and o.state = 'chosen')
         order by u.sort, p.id limit 30",
        stopped_id,
        unit,
        since
    )
}

/// A line for the work list: point, code, name, and the day that presses.
pub type Pressing = (String, String, String, Option<NaiveDate>);

const MOST: i64 = 30;

/// Pauses whose planned end has passed.
pub async fn overdue_pauses(tx: &mut Tx, scope: &Scope, today: NaiveDate) -> DbResult<Vec<Pressing>> {
    let (unit, body) = keys(scope);
    fetch_all!(
        tx,
        Pressing,
        "select p.id, p.code, p.name, p.due_on from point p
         where p.state = 'suspended' and p.due_on < $1 and ($2 = '' or exists (select 1 from point_unit u where u.unit_id = $2 and u.point_id = p.id))
           and ($3 = '' or p.operator_id = $3) order by p.due_on, p.id limit $4",
        today,
        unit,
        body,
        MOST
    )
}

/// Closings whose paying back is undecided, or late.
pub async fn open_paybacks(tx: &mut Tx, scope: &Scope, today: NaiveDate) -> DbResult<Vec<Pressing>> {
    let (unit, body) = keys(scope);
    fetch_all!(
        tx,
        Pressing,
        "select p.id, p.code, p.name, s.payback_due from stop s join point p on p.id = s.point_id
         where (s.payback_state = 'undecided' or s.payback_state = 'due' and s.payback_due < $1)
           and ($2 = '' or exists (select 1 from point_unit u where u.unit_id = $2 and u.point_id = p.id)) and ($3 = '' or p.operator_id = $3)
         order by s.payback_due, p.id limit $4",
        today,
        unit,
        body,
        MOST
    )
}

/// Closed points with proposals of which none is chosen.
pub async fn undecided(tx: &mut Tx, scope: &Scope) -> DbResult<Vec<Pressing>> {
    let (unit, _) = keys(scope);
    fetch_all!(
        tx,
        Pressing,
        "select p.id, p.code, p.name, p.closed_on from point p
         where p.id in (select stopped_id from replacement group by stopped_id having max(case when state = 'chosen' then 1 else 0 end) = 0 and max(case when state = 'proposed' then 1 else 0 end) = 1)
           and ($1 = '' or exists (select 1 from point_unit u where u.unit_id = $1 and u.point_id = p.id)) order by p.closed_on, p.id limit $2",
        unit,
        MOST
    )
}

fn keys(scope: &Scope) -> (&str, &str) {
    match scope {
        Scope::All => ("", ""),
        Scope::Unit(unit) => (unit, ""),
        Scope::Body(body) => ("", body),
        Scope::None => ("-", "-"),
    }
}
