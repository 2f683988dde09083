//! The states of a point in two times: the days they held, and from when to when the register said so. What is no
//! longer believed is ended, never changed, so the register of any day can be read as it was known on any other.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Point, State};
use crate::db::{DbResult, Tx};
use crate::{execute, execute_many, fetch_all, fetch_one};

/// A state with its days, half open, and who counted the point on them.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Period {
    /// The state.
    pub state: State,
    /// Who counted the point: `city`, `ministry`, both, or empty.
    pub counted_by: String,
    /// First day.
    pub valid_from: NaiveDate,
    /// First day no longer; none: it runs.
    pub valid_to: Option<NaiveDate>,
}

impl Period {
    /// A period that runs.
    pub fn from(state: State, counted_by: &str, valid_from: NaiveDate) -> Period {
        Period { state, counted_by: counted_by.to_owned(), valid_from, valid_to: None }
    }

    /// Whether it holds on a day.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|to| day < to)
    }
}

/// What is believed once another period begins. What was believed of days after its first is believed no longer.
pub fn append(mut periods: Vec<Period>, next: Period) -> Vec<Period> {
    periods.retain(|period| period.valid_from <= next.valid_from);
    if let Some(last) = periods.last_mut() {
        last.valid_to = Some(last.valid_to.map_or(next.valid_from, |to| to.min(next.valid_from)));
    }
    periods.push(next);
    periods
}

/// The first period begins on another day, if it is of this state and ends later.
pub fn begin_on(mut periods: Vec<Period>, state: State, day: NaiveDate) -> Vec<Period> {
    if let Some(first) = periods.first_mut().filter(|first| first.state == state && first.valid_to.is_none_or(|to| to > day)) {
        first.valid_from = day;
    }
    periods
}

/// The last period begins on another day, if it is of this state and the one before began earlier.
pub fn end_on(mut periods: Vec<Period>, state: State, day: NaiveDate) -> Vec<Period> {
    let count = periods.len();
    let fits = periods.last().is_some_and(|last| last.state == state) && (count < 2 || periods[count - 2].valid_from < day);
    if fits {
        periods[count - 1].valid_from = day;
        if count > 1 {
            periods[count - 2].valid_to = Some(day);
        }
    }
    periods
}

/// What is believed of a point now, oldest first.
pub async fn of(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Period>> {
    fetch_all!(
        tx,
        Period,
        "select state, counted_by, valid_from, valid_to from period where point_id = $1 and known_to is null order by valid_from, seq",
        point_id
    )
}

/// Believes something else of a point from `now` on; what stays as it was is left alone. The flow is the caller's.
pub async fn put(tx: &mut Tx, point: &Point, before: &[Period], after: &[Period], now: DateTime<Utc>) -> DbResult<()> {
    let kept = before.iter().zip(after).take_while(|(old, new)| old == new).count();
    for old in &before[kept..] {
        execute!(
            tx,
            "update period set known_to = $4 where point_id = $1 and state = $2 and valid_from = $3 and known_to is null",
            &point.id,
            old.state,
            old.valid_from,
            now
        )?;
    }
    let (last,) = fetch_one!(tx, (i64,), "select cast(coalesce(max(seq), 0) as bigint) from period where point_id = $1", &point.id)?;
    for (new, seq) in after[kept..].iter().zip(last + 1..) {
        execute!(
            tx,
            "insert into period (point_id, seq, state, counted_by, valid_from, valid_to, known_from, kind, sort) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &point.id,
            seq,
            new.state,
            &new.counted_by,
            new.valid_from,
            new.valid_to,
            now,
            &point.kind,
            &point.sort
        )?;
    }
    Ok(())
}

/// Corrects what is believed of a point, with its place in the flow.
pub async fn correct(tx: &mut Tx, point: &Point, after: &[Period], now: DateTime<Utc>) -> DbResult<()> {
    let before = of(tx, &point.id).await?;
    if before == after {
        return Ok(());
    }
    let units = sure_units(tx, &point.id).await?;
    put(tx, point, &before, after, now).await?;
    let mut flow = Flow::default();
    flow.add(&units, &point.kind, &before, -1);
    flow.add(&units, &point.kind, after, 1);
    flow.write(tx).await
}

/// The first periods of many new points, known since they were made.
pub async fn add_many(tx: &mut Tx, added: &[(Point, Vec<Period>)]) -> DbResult<()> {
    let rows: Vec<(&Point, i64, &Period)> = added.iter().flat_map(|(point, periods)| periods.iter().zip(1_i64..).map(move |(period, seq)| (point, seq, period))).collect();
    execute_many!(
        tx,
        9,
        "insert into period (point_id, seq, state, counted_by, valid_from, valid_to, known_from, kind, sort) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        rows,
        |row| [&row.0.id, row.1, row.2.state, &row.2.counted_by, row.2.valid_from, row.2.valid_to, row.0.created_at, &row.0.kind, &row.0.sort]
    )
}

/// The units under which a point is surely found.
pub async fn sure_units(tx: &mut Tx, point_id: &str) -> DbResult<Vec<String>> {
    let units = fetch_all!(tx, (String,), "select unit_id from point_unit where point_id = $1 and certainty = 'is'", point_id)?;
    Ok(units.into_iter().map(|(unit,)| unit).collect())
}

/// How many points enter and leave each public state on each day, gathered in memory and written once.
#[derive(Debug, Default)]
pub struct Flow(BTreeMap<(String, String, &'static str, &'static str, NaiveDate), i64>);

impl Flow {
    /// Counts the periods of a point in (`by` = 1) or out (-1), in the city and in each of its units.
    pub fn add<U: AsRef<str>>(&mut self, units: &[U], kind: &str, periods: &[Period], by: i64) {
        let mut kinds = vec!["*", kind];
        kinds.dedup();
        for period in periods.iter().filter(|period| period.state.is_public() && period.valid_to != Some(period.valid_from)) {
            let counters = ["all", "city", "ministry"].into_iter().filter(|counter| *counter == "all" || period.counted_by.split(' ').any(|known| known == *counter));
            let days = [(Some(period.valid_from), by), (period.valid_to, -by)];
            for counter in counters {
                for unit in std::iter::once("*").chain(units.iter().map(AsRef::as_ref)) {
                    for kind in &kinds {
                        for (day, n) in days {
                            let Some(day) = day else { continue };
                            *self.0.entry((unit.to_owned(), (*kind).to_owned(), counter, period.state.word(), day)).or_default() += n;
                        }
                    }
                }
            }
        }
    }

    /// Writes what was gathered.
    pub async fn write(self, tx: &mut Tx) -> DbResult<()> {
        let rows: Vec<_> = self.0.into_iter().filter(|(_, n)| *n != 0).collect();
        execute_many!(
            tx,
            6,
            "insert into period_flow (unit_id, kind, counter, state, day, n) values ($1, $2, $3, $4, $5, $6)
             on conflict (unit_id, kind, counter, state, day) do update set n = period_flow.n + excluded.n",
            rows,
            |row| [&row.0.0, &row.0.1, row.0.2, row.0.3, row.0.4, row.1]
        )
    }
}
