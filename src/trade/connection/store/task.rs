//! SQL of the tasks to take a product down.

use crate::access::Scope;
use crate::connection::model::{How, Takedown};
use crate::db::{DbResult, Tx};
use crate::{execute, fetch_all, fetch_one, fetch_optional};
use chrono::NaiveDate;
use std::collections::HashMap;

/// The open tasks of a product, by connection.
pub async fn open_takedowns(tx: &mut Tx, product_id: &str) -> DbResult<HashMap<String, Takedown>> {
    let found = fetch_all!(
        tx,
        Takedown,
        "select t.* from connection c join takedown t on t.connection_id = c.id where c.product_id = $1 and t.done_on is null",
        product_id
    )?;
    Ok(found.into_iter().map(|task| (task.connection_id.clone(), task)).collect())
}

/// The open task of a connection.
pub async fn open_takedown(tx: &mut Tx, connection_id: &str) -> DbResult<Option<Takedown>> {
    fetch_optional!(tx, Takedown, "select * from takedown where connection_id = $1 and done_on is null limit 1", connection_id)
}

/// A task by id.
pub async fn takedown(tx: &mut Tx, id: &str) -> DbResult<Option<Takedown>> {
    fetch_optional!(tx, Takedown, "select * from takedown where id = $1", id)
}

/// Tasks of a connection, the newest first.
pub async fn takedowns_of(tx: &mut Tx, connection_id: &str) -> DbResult<Vec<Takedown>> {
    fetch_all!(tx, Takedown, "select * from takedown where connection_id = $1 order by id desc", connection_id)
}

/// Asks for a product to be taken down.
pub async fn add_takedown(tx: &mut Tx, task: &Takedown) -> DbResult<u64> {
    execute!(
        tx,
        "insert into takedown (id, connection_id, product_id, point_id, chain_id, reason, asked_on, due_on, done_on, done_by, done_how, note, created_at, why)
         values ($1, $2, $3, $4, $5, $6, $7, $8, null, '', '', '', $9, $10)",
        &task.id,
        &task.connection_id,
        &task.product_id,
        &task.point_id,
        &task.chain_id,
        &task.reason,
        task.asked_on,
        task.due_on,
        task.created_at,
        &task.why
    )
}

/// Gives an open task another reason; `is_news`: everybody is told again.
pub async fn give_reason(tx: &mut Tx, id: &str, reason: &str, why: &str, is_news: bool) -> DbResult<u64> {
    execute!(
        tx,
        "update takedown set reason = $2, why = $3, told_on = case when $4 then null else told_on end where id = $1 and done_on is null",
        id,
        reason,
        why,
        is_news
    )
}

/// Whether other queued work may still ask for take-downs: the clock of products and of connections, products that changed.
pub async fn is_settling(tx: &mut Tx) -> DbResult<bool> {
    let found = fetch_optional!(
        tx,
        (String,),
        "select id from job where kind in ('day_product', 'day_connection', 'product_changed', 'product_ended') and state in ('waiting', 'running') limit 1"
    )?;
    Ok(found.is_some())
}

/// Open tasks of which not everybody was told.
pub async fn untold(tx: &mut Tx, most: i64) -> DbResult<Vec<Takedown>> {
    fetch_all!(tx, Takedown, "select * from takedown where told_on is null and done_on is null order by id limit $1", most)
}

/// Who was told of a task, and what.
pub async fn told_of(tx: &mut Tx, id: &str) -> DbResult<Vec<(String, String)>> {
    fetch_all!(tx, (String, String), "select reader, why from takedown_told where takedown_id = $1", id)
}

/// Who was told of anything on a day.
pub async fn readers_on(tx: &mut Tx, day: NaiveDate) -> DbResult<Vec<String>> {
    Ok(fetch_all!(tx, (String,), "select distinct reader from takedown_told where told_on = $1", day)?
        .into_iter()
        .map(|(reader,)| reader)
        .collect())
}

/// Notes that somebody was told.
pub async fn note_told(tx: &mut Tx, id: &str, reader: &str, why: &str, day: NaiveDate) -> DbResult<u64> {
    execute!(
        tx,
        "insert into takedown_told (takedown_id, reader, why, told_on) values ($1, $2, $3, $4) on conflict (takedown_id, reader) do update set why = excluded.why, told_on = excluded.told_on",
        id,
        reader,
        why,
        day
    )
}

/// Notes that everybody was.
pub async fn note_all_told(tx: &mut Tx, id: &str, day: NaiveDate) -> DbResult<u64> {
    execute!(tx, "update takedown set told_on = $2 where id = $1", id, day)
}

/// Open tasks that were due before a day and have not risen to a level.
pub async fn rising(tx: &mut Tx, level: i64, before: NaiveDate, most: i64) -> DbResult<Vec<Takedown>> {
    fetch_all!(
        tx,
        Takedown,
        "select * from takedown where done_on is null and due_on < $1 and level < $2 order by due_on, id limit $3",
        before,
        level,
        most
    )
}

/// Raises a task to a level; 0 when it is there already.
pub async fn rise(tx: &mut Tx, id: &str, level: i64) -> DbResult<u64> {
    execute!(tx, "update takedown set level = $2 where id = $1 and level < $2 and done_on is null", id, level)
}

/// Mail address and name of a chain that can be told without an account.
pub async fn chain_mail(tx: &mut Tx, id: &str) -> DbResult<Option<(String, String)>> {
    fetch_optional!(
        tx,
        (String, String),
        "select c.mail, b.name from chain c join body b on b.id = c.id where c.id = $1 and c.mail <> ''",
        id
    )
}

/// Sets it.
pub async fn set_chain_mail(tx: &mut Tx, id: &str, mail: &str) -> DbResult<u64> {
    execute!(tx, "update chain set mail = $2, version = version + 1 where id = $1", id, mail)
}

/// Chains are told no more at the address of somebody who is forgotten.
pub async fn forget_mail(tx: &mut Tx, mail: &str) -> DbResult<u64> {
    execute!(tx, "update chain set mail = '', version = version + 1 where mail = $1 and mail <> ''", mail)
}

/// Ends a task; 0 when it had ended.
pub async fn end_takedown(tx: &mut Tx, id: &str, on: NaiveDate, by: &str, how: How, note: &str) -> DbResult<u64> {
    execute!(
        tx,
        "update takedown set done_on = $2, done_by = $3, done_how = $4, note = $5 where id = $1 and done_on is null",
        id,
        on,
        by,
        how.word(),
        note
    )
}

/// An open task with what is shown of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TaskRow {
    /// The task.
    pub id: String,
    /// Its connection.
    pub connection_id: String,
    /// Why.
    pub reason: String,
    /// The same in words.
    pub why: String,
    /// How far it has risen.
    pub level: i64,
    /// Since when.
    pub asked_on: NaiveDate,
    /// By when.
    pub due_on: NaiveDate,
    /// Name of the product.
    pub product: String,
    /// Its code.
    pub code: String,
    /// The point, if it is one.
    pub point_id: Option<String>,
    /// Name of the point or the chain.
    pub place: String,
    /// Address of the point.
    pub address: String,
}

/// Open tasks of a scope, the most pressing first, after a due day and id if any.
pub async fn tasks(tx: &mut Tx, scope: &Scope, after: Option<(NaiveDate, &str)>, rows: i64) -> DbResult<Vec<TaskRow>> {
    let (due, id) = after.unwrap_or((NaiveDate::default(), ""));
    match scope {
        Scope::None => Ok(Vec::new()),
        Scope::All => fetch_all!(
            tx,
            TaskRow,
            "select t.id, t.connection_id, t.reason, t.why, t.level, t.asked_on, t.due_on, p.name as product, p.code, t.point_id, coalesce(q.name, b.name, '') as place, coalesce(q.address, '') as address
             from takedown t join product p on p.id = t.product_id left join point q on q.id = t.point_id left join body b on b.id = t.chain_id
             where t.done_on is null and (t.due_on, t.id) > ($1, $2) order by t.due_on, t.id limit $3",
            due,
            id,
            rows
        ),
        Scope::Unit(unit) => fetch_all!(
            tx,
            TaskRow,
            "select t.id, t.connection_id, t.reason, t.why, t.level, t.asked_on, t.due_on, p.name as product, p.code, t.point_id, q.name as place, q.address
             from takedown t join product p on p.id = t.product_id join point q on q.id = t.point_id
             where t.done_on is null and (t.due_on, t.id) > ($1, $2) and exists (select 1 from point_unit u where u.point_id = t.point_id and u.unit_id = $4)
             order by t.due_on, t.id limit $3",
            due,
            id,
            rows,
            unit
        ),
        Scope::Body(body) => fetch_all!(
            tx,
            TaskRow,
            "select t.id, t.connection_id, t.reason, t.why, t.level, t.asked_on, t.due_on, p.name as product, p.code, t.point_id, coalesce(q.name, b.name, '') as place, coalesce(q.address, '') as address
             from takedown t join product p on p.id = t.product_id left join point q on q.id = t.point_id left join body b on b.id = t.chain_id
             where t.done_on is null and (t.due_on, t.id) > ($1, $2) and (q.operator_id = $4 or t.chain_id = $4) order by t.due_on, t.id limit $3",
            due,
            id,
            rows,
            body
        ),
    }
}

/// How many open tasks a scope has.
pub async fn count_tasks(tx: &mut Tx, scope: &Scope) -> DbResult<i64> {
    let (n,) = match scope {
        Scope::None => (0,),
        Scope::All => fetch_one!(tx, (i64,), "select count(*) from takedown where done_on is null")?,
        Scope::Unit(unit) => fetch_one!(
            tx,
            (i64,),
            "select count(*) from takedown t where t.done_on is null and exists (select 1 from point_unit u where u.point_id = t.point_id and u.unit_id = $1)",
            unit
        )?,
        Scope::Body(body) => fetch_one!(
            tx,
            (i64,),
            "select count(*) from takedown t left join point q on q.id = t.point_id where t.done_on is null and (q.operator_id = $1 or t.chain_id = $1)",
            body
        )?,
    };
    Ok(n)
}
