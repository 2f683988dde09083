//! Plans of the city: targets and deadlines that others are measured by. `form` reads what people type (pure), `pages` are the screens.

mod form;
mod pages;
#[cfg(test)]
mod tests;

pub use pages::{may_keep, routes};

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::db::{DbResult, Tx};
use crate::{execute, fetch_all, fetch_many, fetch_optional};

/// A plan.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Plan {
    /// Identifier.
    pub id: String,
    /// Number as printed.
    pub number: String,
    /// Date, if known.
    pub issued_on: Option<NaiveDate>,
    /// Who issued it.
    pub issuer: String,
    /// Title.
    pub title: String,
    /// Year it is for.
    pub year: i64,
    /// Where it was read.
    pub source: String,
    /// What is open about it.
    pub note: String,
    /// Version of the row.
    pub version: i64,
}

/// A target of a plan.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Target {
    /// The plan.
    pub plan_id: String,
    /// Identifier within the plan.
    pub id: String,
    /// What is counted (`new_points` …).
    pub what: String,
    /// `city` or `district`.
    pub per: String,
    /// Where.
    pub unit_id: Option<String>,
    /// At least.
    pub least: Option<i64>,
    /// At most.
    pub most: Option<i64>,
    /// First day counted.
    pub valid_from: NaiveDate,
    /// First day no longer counted.
    pub valid_to: NaiveDate,
    /// Clause.
    pub clause: String,
    /// As printed.
    pub text: String,
}

/// A task of a plan as its paper words it.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Task {
    /// The plan.
    pub plan_id: String,
    /// Its place in the paper.
    pub place: i64,
    /// What is to be done.
    pub text: String,
    /// Who leads: id of a body, or a class of bodies in words.
    pub lead: String,
    /// Who works with them, the same, one a line.
    pub cooperating: String,
    /// Clause.
    pub clause: String,
}

/// A deadline of a plan: the last day itself.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Deadline {
    /// The plan.
    pub plan_id: String,
    /// Identifier within the plan.
    pub id: String,
    /// What is due (`opening`, `report`, `survey`, `other`).
    pub what: String,
    /// Last day.
    pub due_on: NaiveDate,
    /// As printed.
    pub text: String,
    /// Clause.
    pub clause: String,
}

/// "10–20", "từ 2 trở lên", "đến 5".
pub fn range(least: Option<i64>, most: Option<i64>) -> String {
    match (least, most) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) => format!("{least}–{most}"),
        (Some(least), None) => format!("từ {least} trở lên"),
        (None, Some(most)) => format!("đến {most}"),
        (None, None) => "không nêu số".to_owned(),
    }
}

/// All plans, newest year first.
pub async fn list(tx: &mut Tx) -> DbResult<Vec<Plan>> {
    fetch_all!(tx, Plan, "select id, number, issued_on, issuer, title, year, source, note, version from plan order by year desc, id")
}

/// One plan.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Plan>> {
    fetch_optional!(tx, Plan, "select id, number, issued_on, issuer, title, year, source, note, version from plan where id = $1", id)
}

/// Targets of a plan that count new points.
pub async fn point_targets(tx: &mut Tx, plan_id: &str) -> DbResult<Vec<Target>> {
    fetch_all!(
        tx,
        Target,
        "select plan_id, id, what, per, unit_id, least, most, valid_from, valid_to, clause, text from plan_target
         where plan_id = $1 and what = 'new_points' and not dropped order by id",
        plan_id
    )
}

/// Targets of all plans that count new points.
pub async fn all_point_targets(tx: &mut Tx) -> DbResult<Vec<Target>> {
    fetch_all!(
        tx,
        Target,
        "select plan_id, id, what, per, unit_id, least, most, valid_from, valid_to, clause, text from plan_target where what = 'new_points' and not dropped order by plan_id, id"
    )
}

/// A deadline that lies ahead, with the paper that sets it.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Due {
    /// The plan.
    pub plan_id: String,
    /// Identifier within the plan.
    pub id: String,
    /// Last day.
    pub due_on: NaiveDate,
    /// As printed.
    pub text: String,
    /// Clause.
    pub clause: String,
    /// The paper.
    pub source: String,
}

/// Deadlines of a kind that lie on or after a day, soonest first, with their source.
pub async fn deadlines(tx: &mut Tx, what: &str, from: NaiveDate) -> DbResult<Vec<Due>> {
    fetch_all!(
        tx,
        Due,
        "select plan_id, id, due_on, text, clause, source from plan_deadline where what = $1 and due_on >= $2 and not dropped order by due_on, plan_id, id",
        what,
        from
    )
}

/// Adds or updates a plan of the pack; one that a person has corrected stays.
pub async fn put(tx: &mut Tx, plan: &Plan, confidence: &str) -> DbResult<u64> {
    execute!(
        tx,
        "insert into plan (id, number, issued_on, issuer, title, year, confidence, source, note) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (id) do update set number = excluded.number, issued_on = excluded.issued_on, issuer = excluded.issuer, title = excluded.title,
           year = excluded.year, confidence = excluded.confidence, source = excluded.source, note = excluded.note where not plan.by_hand",
        &plan.id,
        &plan.number,
        plan.issued_on,
        &plan.issuer,
        &plan.title,
        plan.year,
        confidence,
        &plan.source,
        &plan.note
    )
}

/// Writes a target, `by_hand` or of the pack, which leaves what a person has corrected as it is.
pub async fn put_target(tx: &mut Tx, target: &Target, by_hand: bool) -> DbResult<u64> {
    execute!(
        tx,
        "insert into plan_target (plan_id, id, what, per, unit_id, least, most, valid_from, valid_to, clause, text, by_hand)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (plan_id, id) do update set what = excluded.what, per = excluded.per, unit_id = excluded.unit_id, least = excluded.least, most = excluded.most,
           valid_from = excluded.valid_from, valid_to = excluded.valid_to, clause = excluded.clause, text = excluded.text, by_hand = excluded.by_hand,
           dropped = plan_target.dropped and not excluded.by_hand
         where excluded.by_hand or not plan_target.by_hand",
        &target.plan_id,
        &target.id,
        &target.what,
        &target.per,
        &target.unit_id,
        target.least,
        target.most,
        target.valid_from,
        target.valid_to,
        &target.clause,
        &target.text,
        by_hand
    )
}

/// Writes a deadline, `by_hand` or of the pack, which leaves what a person has corrected as it is.
pub async fn put_deadline(tx: &mut Tx, deadline: &Deadline, source: &str, by_hand: bool) -> DbResult<u64> {
    execute!(
        tx,
        "insert into plan_deadline (plan_id, id, what, due_on, text, clause, source, by_hand) values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (plan_id, id) do update set what = excluded.what, due_on = excluded.due_on, text = excluded.text, clause = excluded.clause, by_hand = excluded.by_hand,
           dropped = plan_deadline.dropped and not excluded.by_hand
         where excluded.by_hand or not plan_deadline.by_hand",
        &deadline.plan_id,
        &deadline.id,
        &deadline.what,
        deadline.due_on,
        &deadline.text,
        &deadline.clause,
        source,
        by_hand
    )
}

/// All targets of a plan that hold.
pub async fn targets(tx: &mut Tx, plan_id: &str) -> DbResult<Vec<Target>> {
    fetch_all!(
        tx,
        Target,
        "select plan_id, id, what, per, unit_id, least, most, valid_from, valid_to, clause, text from plan_target where plan_id = $1 and not dropped order by valid_from, id",
        plan_id
    )
}

/// All deadlines of a plan that hold, soonest first.
pub async fn deadlines_of(tx: &mut Tx, plan_id: &str) -> DbResult<Vec<Deadline>> {
    fetch_all!(
        tx,
        Deadline,
        "select plan_id, id, what, due_on, text, clause from plan_deadline where plan_id = $1 and not dropped order by due_on, id",
        plan_id
    )
}

/// Whether a person entered or corrected a plan, or a line of it.
pub async fn is_by_hand(tx: &mut Tx, id: &str) -> DbResult<bool> {
    let found = fetch_optional!(
        tx,
        (String,),
        "select id from plan where id = $1 and (by_hand or exists (select 1 from plan_target t where t.plan_id = plan.id and t.by_hand)
           or exists (select 1 from plan_deadline d where d.plan_id = plan.id and d.by_hand))",
        id
    )?;
    Ok(found.is_some())
}

/// The tasks of a plan in the order of its paper.
pub async fn tasks(tx: &mut Tx, plan_id: &str) -> DbResult<Vec<Task>> {
    fetch_all!(tx, Task, "select plan_id, place, text, lead, cooperating, clause from plan_task where plan_id = $1 order by place", plan_id)
}

/// The tasks of a plan with the names of those who lead and cooperate, where the paper names a body.
pub async fn named_tasks(tx: &mut Tx, plan_id: &str) -> DbResult<Vec<Task>> {
    let mut tasks = tasks(tx, plan_id).await?;
    let ids: Vec<&str> = tasks.iter().flat_map(|task| std::iter::once(task.lead.as_str()).chain(task.cooperating.lines())).collect();
    let known: HashMap<String, String> =
        fetch_many!(tx, (String, String), "select id, name from body where id in ($1)", ids)?.into_iter().collect();
    let name = |word: &str| known.get(word).cloned().unwrap_or_else(|| word.to_owned());
    for task in &mut tasks {
        task.cooperating = task.cooperating.lines().map(name).collect::<Vec<_>>().join("; ");
        task.lead = name(&task.lead);
    }
    Ok(tasks)
}

/// Writes the tasks of a plan as its paper words them.
pub async fn put_tasks(tx: &mut Tx, plan_id: &str, tasks: &[Task]) -> DbResult<()> {
    execute!(tx, "delete from plan_task where plan_id = $1", plan_id)?;
    for task in tasks {
        execute!(
            tx,
            "insert into plan_task (plan_id, place, text, lead, cooperating, clause) values ($1, $2, $3, $4, $5, $6)",
            plan_id,
            task.place,
            &task.text,
            &task.lead,
            &task.cooperating,
            &task.clause
        )?;
    }
    Ok(())
}

/// Writes a plan that a person entered or corrected. 0 if somebody was first.
pub async fn write(tx: &mut Tx, plan: &Plan) -> DbResult<u64> {
    execute!(
        tx,
        "insert into plan (id, number, issued_on, issuer, title, year, confidence, source, note, version, by_hand) values ($1, $2, $3, $4, $5, $6, '', $7, $8, 1, true)
         on conflict (id) do update set number = excluded.number, issued_on = excluded.issued_on, issuer = excluded.issuer, title = excluded.title,
           year = excluded.year, source = excluded.source, note = excluded.note, version = plan.version + 1, by_hand = true where plan.version = $9",
        &plan.id,
        &plan.number,
        plan.issued_on,
        &plan.issuer,
        &plan.title,
        plan.year,
        &plan.source,
        &plan.note,
        plan.version
    )
}

/// Leaves a target out; it stays in the store and in the journal.
pub async fn drop_target(tx: &mut Tx, plan_id: &str, id: &str) -> DbResult<u64> {
    execute!(tx, "update plan_target set dropped = true, by_hand = true where plan_id = $1 and id = $2 and not dropped", plan_id, id)
}

/// Leaves a deadline out.
pub async fn drop_deadline(tx: &mut Tx, plan_id: &str, id: &str) -> DbResult<u64> {
    execute!(tx, "update plan_deadline set dropped = true, by_hand = true where plan_id = $1 and id = $2 and not dropped", plan_id, id)
}
