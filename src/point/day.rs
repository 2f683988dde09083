//! The register of any day: what held on a day, as the register says now or as it said on another day.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::bulk::Exported;
use super::list::{Filter, Row, slice};
use super::model::State;
use crate::clock;
use crate::db::{DbResult, Tx};
use crate::error::{Both, both};
use crate::page::{Slice, read_key};
use crate::text::date_vi;
use crate::{fetch_all, fetch_one};

/// Which day, and known when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// The day that is asked about.
    pub day: NaiveDate,
    /// As the register said at the end of this day; none: as it says now.
    pub known: Option<NaiveDate>,
}

impl AsOf {
    /// The moment up to which lines count. Written as text, a year of five digits would sort wrongly.
    fn horizon(self) -> DateTime<Utc> {
        let end = NaiveDate::from_ymd_opt(9999, 1, 1).unwrap_or(NaiveDate::MAX);
        clock::midnight(self.known.map_or(end, |known| known + Days::new(1)))
    }
}

/// Who counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counter {
    /// Everybody: all points of the register.
    #[default]
    All,
    /// Those the city counts.
    City,
    /// Those that stand on support of the ministry.
    Ministry,
}

impl Counter {
    /// All of them in the order of screens.
    pub const ALL: [Counter; 3] = [Counter::All, Counter::City, Counter::Ministry];

    /// The word in the store and in URLs.
    pub fn word(self) -> &'static str {
        match self {
            Counter::All => "all",
            Counter::City => "city",
            Counter::Ministry => "ministry",
        }
    }

    /// The name on screens.
    pub fn name(self) -> &'static str {
        match self {
            Counter::All => "Tất cả điểm trong sổ",
            Counter::City => "Thành phố tính",
            Counter::Ministry => "Bộ hỗ trợ",
        }
    }

    /// Reads the word back.
    pub fn read(word: &str) -> Option<Counter> {
        Counter::ALL.into_iter().find(|counter| counter.word() == word)
    }

    /// A pattern for `counted_by`.
    pub fn like(self) -> String {
        if self == Counter::All { "%".to_owned() } else { format!("%{}%", self.word()) }
    }
}

/// A day that the register can answer for: from the first opening to today.
pub fn answers(day: NaiveDate, first: Option<NaiveDate>, today: NaiveDate) -> Result<NaiveDate, Both> {
    if day > today {
        return Err(both("Ngày ở tương lai; sổ chỉ trả lời đến hôm nay.", "The day lies in the future; the register answers up to today."));
    }
    match first {
        Some(first) if day < first => {
            let first = date_vi(first);
            Err(both(format!("Sổ bắt đầu từ ngày {first}; trước đó chưa có điểm nào được ghi."), format!("The register begins on {first}; no point is recorded before.")))
        }
        _ => Ok(day),
    }
}

/// The first day on which any point of the register was open.
pub async fn first(tx: &mut Tx) -> DbResult<Option<NaiveDate>> {
    fetch_one!(tx, (Option<NaiveDate>,), "select min(valid_from) from period where state = 'operating' and known_to is null").map(|(day,)| day)
}

/// How many points a counter counts in a state.
pub type Count = (State, i64);

/// Points in each public state on a day, of a unit (`*` = city), a kind (`*` = any) and a counter: read from the flow,
/// so the cost follows the days on which something happened, not the points.
pub async fn counts(tx: &mut Tx, day: NaiveDate, unit: &str, kind: &str, counter: Counter) -> DbResult<Vec<Count>> {
    fetch_all!(
        tx,
        Count,
        "select state, cast(sum(n) as bigint) from period_flow where unit_id = $1 and kind = $2 and counter = $3 and day <= $4 group by state order by state",
        unit,
        kind,
        counter.word(),
        day
    )
}

/// The same as it was known on another day: read from the lines themselves.
pub async fn counts_known(tx: &mut Tx, as_of: AsOf, unit: &str, kind: &str, counter: Counter) -> DbResult<Vec<Count>> {
    fetch_all!(
        tx,
        Count,
        "select d.state, count(*) from period d
         where d.state in ('operating', 'suspended', 'closed') and d.valid_from <= $1 and (d.valid_to is null or d.valid_to > $1)
           and d.known_from < $2 and (d.known_to is null or d.known_to >= $2) and ($3 = '*' or d.kind = $3) and d.counted_by like $4
           and ($5 = '*' or exists (select 1 from point_unit u where u.unit_id = $5 and u.certainty = 'is' and u.point_id = d.point_id))
         group by d.state order by d.state",
        as_of.day,
        as_of.horizon(),
        kind,
        counter.like(),
        unit
    )
}

/// Points of each kind in a state on a day.
pub async fn counts_by_kind(tx: &mut Tx, day: NaiveDate, unit: &str, state: State, counter: Counter) -> DbResult<Vec<(String, i64)>> {
    fetch_all!(
        tx,
        (String, i64),
        "select kind, cast(sum(n) as bigint) as n from period_flow where unit_id = $1 and kind <> '*' and counter = $2 and state = $3 and day <= $4 group by kind having sum(n) <> 0 order by n desc, kind",
        unit,
        counter.word(),
        state,
        day
    )
}

/// A page of the points in one public state on a day; `since` and counter are those of the day.
pub async fn list(tx: &mut Tx, as_of: AsOf, counter: Counter, filter: &Filter) -> DbResult<Slice<Row>> {
    let (sort, id) = filter.after.as_deref().and_then(read_key).unwrap_or(("", ""));
    let found = fetch_all!(
        tx,
        Row,
        "select p.id, p.code, p.slug, p.name, p.sort, p.kind, p.address, p.unit_id, p.unit_today, p.lon, p.lat, p.hours, d.state, d.valid_from as state_since, p.due_on,
           p.last_confirmed_on, p.demo
         from period d join point p on p.id = d.point_id
         where d.state = $1 and (d.sort, d.point_id) > ($2, $3) and d.valid_from <= $4 and (d.valid_to is null or d.valid_to > $4)
           and d.known_from < $5 and (d.known_to is null or d.known_to >= $5) and d.counted_by like $6 and ($7 = '' or d.kind = $7)
           and ($8 = '' or exists (select 1 from point_unit u where u.unit_id = $8 and u.certainty = 'is' and u.point_id = d.point_id))
           and ($9 = '%%' or p.name_fold like $9 or p.address_fold like $9)
         order by d.sort, d.point_id limit $10",
        filter.state.unwrap_or(State::Operating),
        sort,
        id,
        as_of.day,
        as_of.horizon(),
        counter.like(),
        filter.kind.as_deref().unwrap_or(""),
        filter.unit.as_deref().unwrap_or(""),
        format!("%{}%", filter.q),
        filter.size + 1
    )?;
    Ok(slice(found, filter))
}

/// A point of an export with what the day says of it.
#[derive(Clone, Debug, sqlx::FromRow)]
struct OfDay {
    #[sqlx(flatten)]
    row: Exported,
    day_state: State,
    day_since: NaiveDate,
    day_counted_by: String,
}

/// Points of the register of a day after a code, in the order of codes, as they were that day; sample data stay out.
pub async fn page(tx: &mut Tx, as_of: AsOf, after: &str, rows: i64) -> DbResult<Vec<Exported>> {
    let found = fetch_all!(
        tx,
        OfDay,
        "select p.*, b.name as operator_name, b.kind as operator_kind, b.tax_code as operator_tax_code, d.state as day_state, d.valid_from as day_since, d.counted_by as day_counted_by
         from point p join period d on d.point_id = p.id left join body b on b.id = p.operator_id
         where p.code > $1 and not p.demo and d.state in ('operating', 'suspended', 'closed') and d.valid_from <= $2 and (d.valid_to is null or d.valid_to > $2)
           and d.known_from < $3 and (d.known_to is null or d.known_to >= $3)
         order by p.code limit $4",
        after,
        as_of.day,
        as_of.horizon(),
        rows
    )?;
    let until = as_of.day;
    Ok(found
        .into_iter()
        .map(|OfDay { mut row, day_state, day_since, day_counted_by }| {
            let point = &mut row.point;
            (point.state, point.state_since, point.counted_by) = (day_state, day_since, day_counted_by);
            point.opened_on = point.opened_on.filter(|day| *day <= until);
            point.closed_on = (day_state == State::Closed).then_some(day_since);
            point.last_confirmed_on = point.last_confirmed_on.filter(|day| *day <= until);
            row
        })
        .collect())
}
