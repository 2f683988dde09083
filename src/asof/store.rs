//! SQL of the years of the register.

use chrono::{Datelike, NaiveDate};

use super::model::Year;
use crate::db::{DbResult, Tx};
use crate::fetch_all;
use crate::point::State;
use crate::point::day::{self, Counter};

/// The years of the register from its first opening to `today`, oldest first.
pub async fn years(tx: &mut Tx, unit: &str, counter: Counter, today: NaiveDate) -> DbResult<Vec<Year>> {
    let entered = fetch_all!(
        tx,
        (String, i64, i64, i64, i64),
        "select substr(cast(d.valid_from as text), 1, 4) as year,
           cast(sum(case when d.state = 'operating' and p.opened_on is not null then 1 else 0 end) as bigint),
           cast(sum(case when d.state = 'operating' and p.opened_on is null then 1 else 0 end) as bigint),
           cast(sum(case when d.state = 'closed' then 1 else 0 end) as bigint),
           cast(sum(case when d.state = 'closed' and exists (select 1 from replacement r where r.stopped_id = d.point_id and r.state = 'chosen') then 1 else 0 end) as bigint)
         from period d join point p on p.id = d.point_id
         where d.known_to is null and d.valid_from <= $1 and (d.valid_to is null or d.valid_to > d.valid_from) and d.counted_by like $2
           and ($3 = '*' or exists (select 1 from point_unit u where u.unit_id = $3 and u.certainty = 'is' and u.point_id = d.point_id))
           and (d.state = 'closed' and exists (select 1 from period e where e.point_id = d.point_id and e.known_to is null and e.state in ('operating', 'suspended') and e.valid_from < d.valid_from)
             or d.state = 'operating' and not exists (select 1 from period e where e.point_id = d.point_id and e.known_to is null and e.state in ('operating', 'suspended')
               and e.valid_from < d.valid_from and (e.valid_to is null or e.valid_to > e.valid_from)))
         group by substr(cast(d.valid_from as text), 1, 4) order by year",
        today,
        counter.like(),
        unit
    )?;
    let Some(first) = entered.first().and_then(|(year, ..)| year.parse::<i32>().ok()) else { return Ok(Vec::new()) };
    let mut years = Vec::new();
    for year in first..=today.year() {
        let of = entered.iter().find(|(known, ..)| known.parse() == Ok(year));
        let (opened, recorded, closed, replaced) = of.map_or((0, 0, 0, 0), |(_, opened, recorded, closed, replaced)| (*opened, *recorded, *closed, *replaced));
        let end = NaiveDate::from_ymd_opt(year, 12, 31).unwrap_or(today).min(today);
        let at_end = day::counts(tx, end, unit, "*", counter).await?.into_iter().filter(|(state, _)| *state != State::Closed).map(|(_, n)| n).sum();
        years.push(Year { year, opened, recorded, closed, replaced, at_end });
    }
    Ok(years)
}
