//! The order in which points need a visit, kept in `inspection_risk`: with each event here, with each change of what is
//! public, and for all points once a day, because dates alone change it.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::model::{self, Facts, Limits, Reason, Weights};
use crate::access::Scope;
use crate::db::{DbResult, Tx};
use crate::error::Result;
use crate::page::{Rows, page_key, read_key};
use crate::point::State;
use crate::state::App;
use crate::{execute, execute_many, fetch_all, fetch_many, fetch_one, setting};

/// A line of the planning list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// The point.
    pub id: String,
    /// Its place in the order.
    pub rank: i64,
    /// From when on it has to be asked; far ahead where nobody asks.
    pub confirm_by: Option<NaiveDate>,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Address as printed.
    pub address: String,
    /// Unit as recorded.
    pub unit_id: Option<String>,
    /// Today's unit.
    pub unit_today: Option<String>,
    /// State.
    pub state: State,
    /// Last day seen running.
    pub last_confirmed_on: Option<NaiveDate>,
    /// Row version of the point.
    pub version: i64,
    /// Sample data.
    pub demo: bool,
}

/// The numbers that count on a day.
pub async fn limits(tx: &mut Tx, on: NaiveDate) -> DbResult<Limits> {
    let numbers = setting::values(tx, on).await?;
    let number = |name: &str| numbers.get(name).copied().unwrap_or_default();
    Ok(Limits {
        confirm_every: number("confirm_every_days"),
        commitment_notice: number("commitment_notice_days"),
        weights: Weights::of(number),
    })
}

#[derive(sqlx::FromRow)]
struct Known {
    id: String,
    state: State,
    state_since: NaiveDate,
    opened_on: Option<NaiveDate>,
    last_confirmed_on: Option<NaiveDate>,
    prepared_to: Option<NaiveDate>,
    support_to: Option<NaiveDate>,
    complaints: i64,
    goods: i64,
}

/// What is known of points, by id.
pub async fn facts(tx: &mut Tx, ids: &[String]) -> DbResult<HashMap<String, Facts>> {
    let known = fetch_many!(
        tx,
        Known,
        "select p.id, p.state, p.state_since, p.opened_on, p.last_confirmed_on,
           (select n.commitment_to from preparation n where n.point_id = p.id) as prepared_to,
           (select max(s.commitment_to) from support s where s.point_id = p.id) as support_to,
           (select count(*) from complaint c where c.point_id = p.id and c.state = 'open') as complaints,
           (select count(*) from takedown t where t.point_id = p.id and t.done_on is null) as goods
         from point p where p.id in ($1)",
        ids
    )?;
    let days = fetch_many!(tx, (String, NaiveDate), "select point_id, fix_by from finding where state = 'open' and point_id in ($1)", ids)?;
    let mut facts: HashMap<String, Facts> = known
        .into_iter()
        .map(|known| {
            let facts = Facts {
                state: known.state,
                state_since: known.state_since,
                opened_on: known.opened_on,
                last_confirmed_on: known.last_confirmed_on,
                fix_by: Vec::new(),
                commitment_to: known.prepared_to.max(known.support_to),
                complaints: known.complaints,
                goods: known.goods,
            };
            (known.id, facts)
        })
        .collect();
    for (point, day) in days {
        if let Some(facts) = facts.get_mut(&point) {
            facts.fix_by.push(day);
        }
    }
    Ok(facts)
}

/// Why points need a visit, by id.
pub async fn reasons(tx: &mut Tx, ids: &[String], today: NaiveDate) -> DbResult<HashMap<String, Vec<Reason>>> {
    let limits = limits(tx, today).await?;
    Ok(facts(tx, ids).await?.into_iter().map(|(id, facts)| (id, model::risk(&facts, limits, today))).collect())
}

/// Puts one point into its place, in the caller's transaction.
pub async fn refresh(tx: &mut Tx, point_id: &str, today: NaiveDate) -> DbResult<()> {
    refresh_some(tx, &[point_id.to_owned()], today).await.map(drop)
}

/// Puts points into their places; what is right already is not written. Gives how many changed.
async fn refresh_some(tx: &mut Tx, ids: &[String], today: NaiveDate) -> DbResult<usize> {
    let limits = limits(tx, today).await?;
    let facts = facts(tx, ids).await?;
    let units = fetch_many!(tx, (String, String), "select point_id, unit_id from point_unit where point_id in ($1)", ids)?;
    let placed = fetch_many!(
        tx,
        (String, String, i64, Option<NaiveDate>),
        "select point_id, unit_id, rank, confirm_by from inspection_risk where point_id in ($1)",
        ids
    )?;
    let mut rows = Vec::new();
    let mut changed = 0;
    for (id, facts) in &facts {
        let mut wanted: Vec<(String, i64, Option<NaiveDate>)> = Vec::new();
        if model::is_running(facts.state) {
            let (rank, confirm_by) = (model::rank(&model::risk(facts, limits, today), &limits.weights), model::confirm_by(facts, limits));
            let own = units.iter().filter(|(point, _)| point == id).map(|(_, unit)| unit.clone());
            wanted = std::iter::once("*".to_owned()).chain(own).map(|unit| (unit, rank, confirm_by)).collect();
        }
        let mut is: Vec<(String, i64, Option<NaiveDate>)> =
            placed.iter().filter(|(point, ..)| point == id).map(|(_, unit, rank, day)| (unit.clone(), *rank, *day)).collect();
        wanted.sort();
        wanted.dedup();
        is.sort();
        if is == wanted {
            continue;
        }
        changed += 1;
        execute!(tx, "delete from inspection_risk where point_id = $1", id)?;
        rows.extend(wanted.into_iter().map(|(unit, rank, day)| (unit, id.clone(), rank, day)));
    }
    execute_many!(tx, 4, "insert into inspection_risk (unit_id, point_id, rank, confirm_by) values ($1, $2, $3, $4)", rows, |row| [
        &row.0, &row.1, row.2, row.3
    ])?;
    Ok(changed)
}

/// Puts all points into their places, some hundred a transaction so that nobody waits long. Gives how many changed.
pub async fn refresh_all(app: &App) -> Result<usize> {
    const ROWS: i64 = 400;
    let today = app.clock().today();
    let mut after = String::new();
    let mut changed = 0;
    loop {
        let mut tx = app.db().write().await?;
        let ids = fetch_all!(
            &mut tx,
            (String,),
            "select id from point where id > $1 and (state in ('operating', 'suspended') or exists (select 1 from inspection_risk r where r.point_id = point.id)) order by id limit $2",
            &after,
            ROWS
        )?;
        let ids: Vec<String> = ids.into_iter().map(|(id,)| id).collect();
        let Some(last) = ids.last().cloned() else { return Ok(changed) };
        changed += refresh_some(&mut tx, &ids, today).await?;
        tx.commit().await?;
        after = last;
    }
}

/// Under which unit a scope reads, and whether the unit filter still has to be looked at.
fn ground<'a>(scope: &'a Scope, unit: &'a str) -> Option<(&'a str, &'a str)> {
    match scope {
        Scope::All if unit.is_empty() => Some(("*", "")),
        Scope::All => Some((unit, "")),
        Scope::Unit(own) => Some((own, if own == unit { "" } else { unit })),
        Scope::Body(_) | Scope::None => None,
    }
}

/// A page of the points in operation within a scope and a unit (empty: any), the riskiest first.
pub async fn page(tx: &mut Tx, scope: &Scope, unit: &str, after: Option<&str>, size: i64) -> DbResult<Rows<Row>> {
    let (rank, id) = after.and_then(read_key).and_then(|(rank, id)| Some((rank.parse::<i64>().ok()?, id))).unwrap_or((-1, ""));
    let Some((ground, unit)) = ground(scope, unit) else { return Ok(Rows::none()) };
    let rows = fetch_all!(
        tx,
        Row,
        "select p.id, r.rank, r.confirm_by, p.code, p.name, p.address, p.unit_id, p.unit_today, p.state, p.last_confirmed_on, p.version, p.demo
         from inspection_risk r join point p on p.id = r.point_id
         where r.unit_id = $1 and (r.rank, r.point_id) > ($2, $3) and p.state in ('operating', 'suspended')
           and ($4 = '' or exists (select 1 from point_unit w where w.unit_id = $4 and w.point_id = r.point_id))
         order by r.rank, r.point_id limit $5",
        ground,
        rank,
        id,
        unit,
        size + 1
    )?;
    Ok(slice(rows, after, size, |row| page_key(&row.rank.to_string(), &row.id)))
}

fn slice(rows: Vec<Row>, after: Option<&str>, size: i64, key: impl Fn(&Row) -> String) -> Rows<Row> {
    Rows::cut(rows, size, after, key)
}

/// A page of the points that nobody confirmed for too long, the longest first. A business sees those it runs.
pub async fn unconfirmed(tx: &mut Tx, scope: &Scope, unit: &str, today: NaiveDate, after: Option<&str>, size: i64) -> DbResult<Rows<Row>> {
    let key = after.and_then(read_key).and_then(|(day, id)| Some((NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?, id)));
    let (day, id) = key.unwrap_or((NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default(), ""));
    let rows = match (scope, ground(scope, unit)) {
        (Scope::Body(body), _) => fetch_all!(
            tx,
            Row,
            "select p.id, r.rank, r.confirm_by, p.code, p.name, p.address, p.unit_id, p.unit_today, p.state, p.last_confirmed_on, p.version, p.demo
             from point p join inspection_risk r on r.unit_id = '*' and r.point_id = p.id
             where p.operator_id = $1 and r.confirm_by <= $2 and (r.confirm_by, r.point_id) > ($3, $4) and p.state = 'operating'
             order by r.confirm_by, r.point_id limit $5",
            body,
            today,
            day,
            id,
            size + 1
        )?,
        (_, Some((ground, unit))) => fetch_all!(
            tx,
            Row,
            "select p.id, r.rank, r.confirm_by, p.code, p.name, p.address, p.unit_id, p.unit_today, p.state, p.last_confirmed_on, p.version, p.demo
             from inspection_risk r join point p on p.id = r.point_id
             where r.unit_id = $1 and r.confirm_by <= $2 and (r.confirm_by, r.point_id) > ($3, $4) and p.state = 'operating'
               and ($5 = '' or exists (select 1 from point_unit w where w.unit_id = $5 and w.point_id = r.point_id))
             order by r.confirm_by, r.point_id limit $6",
            ground,
            today,
            day,
            id,
            unit,
            size + 1
        )?,
        _ => Vec::new(),
    };
    Ok(slice(rows, after, size, |row| page_key(&row.confirm_by.unwrap_or_default().to_string(), &row.id)))
}

/// How many points of a scope nobody confirmed for too long.
pub async fn count_unconfirmed(tx: &mut Tx, scope: &Scope, today: NaiveDate) -> DbResult<i64> {
    let (n,) = match (scope, ground(scope, "")) {
        (Scope::Body(body), _) => fetch_one!(
            tx,
            (i64,),
            "select count(*) from point p join inspection_risk r on r.unit_id = '*' and r.point_id = p.id where p.operator_id = $1 and r.confirm_by <= $2 and p.state = 'operating'",
            body,
            today
        )?,
        (_, Some((ground, _))) => {
            fetch_one!(tx, (i64,), "select count(*) from inspection_risk where unit_id = $1 and confirm_by <= $2", ground, today)?
        }
        _ => (0,),
    };
    Ok(n)
}
