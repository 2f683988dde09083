//! SQL of the years of the register.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::model::{Turn, Year, years_of};
use crate::db::{DbResult, Tx};
use crate::fetch_all;
use crate::point::day::Counter;
use crate::point::period::OPEN;

/// The years of the register from its first opening to `today`, oldest first: two queries, one pass over the lines and one over
/// the flow.
pub async fn years(tx: &mut Tx, unit: &str, counter: Counter, today: NaiveDate) -> DbResult<Vec<Year>> {
    // an opening is the first line on which a point ran or paused, a closing the first of those on which it was closed
    let turns = fetch_all!(
        tx,
        Turn,
        "select turn.state, turn.early, turn.late, turn.is_told, turn.is_replaced, count(*) as n
         from (select d.state, d.counted_by, substr(cast(d.may_from as text), 1, 4) as early, substr(cast(d.valid_from as text), 1, 4) as late,
             d.may_from = d.valid_from or d.from_as <> '' as is_told, r.stopped_id is not null as is_replaced,
             lag(d.state) over (partition by d.point_id order by d.seq) as before,
             sum(case when d.state in ('operating', 'suspended') then 1 else 0 end) over (partition by d.point_id order by d.seq rows between unbounded preceding and 1 preceding) as open_before
           from period d left join replacement r on r.stopped_id = d.point_id and r.state = 'chosen'
           where d.known_to is null and d.may_from <= $1 and (d.valid_to is null or d.valid_to > d.valid_from or d.may_to > d.may_from)
             and ($3 = '*' or d.point_id in (select u.point_id from point_unit u where u.unit_id = $3 and u.certainty = 'is'))) turn
         where turn.counted_by like $2
           and (turn.state = 'operating' and coalesce(turn.open_before, 0) = 0 or turn.state = 'closed' and turn.open_before > 0 and turn.before <> 'closed')
         group by turn.state, turn.early, turn.late, turn.is_told, turn.is_replaced",
        today,
        counter.like(),
        unit
    )?;
    let flow = fetch_all!(
        tx,
        (String, i64, i64),
        "select substr(cast(day as text), 1, 4) as year, cast(sum(n) as bigint), cast(sum(may) as bigint) from period_flow
         where unit_id = $1 and kind = '*' and counter = $2 and state in ('operating', 'suspended') and day <= $3
         group by substr(cast(day as text), 1, 4) order by year",
        unit,
        counter.word(),
        today
    )?;
    let number = |year: &str| year.parse::<i32>().unwrap_or(OPEN.year());
    let flow: BTreeMap<i32, (i64, i64)> = flow.iter().map(|(year, sure, most)| (number(year), (*sure, *most))).collect();
    Ok(years_of(&turns, &flow, today))
}
