//! The register of any day: what held on a day, as the register says now or as it said on another day.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::bulk::Exported;
use super::list::{Filter, Row};
use super::model::State;
use super::period::OPEN;
use crate::clock;
use crate::db::{DbResult, Tx};
use crate::error::{Both, both};
use crate::page::{Rows, page_key, read_key};
use crate::text::{Edtf, Tongue, date_vi};
use crate::{fetch_all, fetch_one, words};

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

words! {
    /// Who counts.
    #[derive(Default)]
    pub enum Counter {
        /// Everybody: all points of the register.
        #[default]
        All = "all" / "Tất cả điểm trong sổ",
        /// Those the city counts.
        City = "city" / "Thành phố tính",
        /// Those that stand on support of the ministry.
        Ministry = "ministry" / "Bộ hỗ trợ",
    }
}

impl Counter {
    /// A pattern for `counted_by`.
    pub fn like(self) -> String {
        if self == Counter::All { "%".to_owned() } else { format!("%{}%", self.word()) }
    }
}

/// A day that the register can answer for: from the first day on which a point can have opened to today.
pub fn answers(day: NaiveDate, first: Option<NaiveDate>, today: NaiveDate) -> Result<NaiveDate, Both> {
    if day > today {
        return Err(both("Ngày ở tương lai; sổ chỉ trả lời đến hôm nay.", "The day lies in the future; the register answers up to today."));
    }
    match first {
        Some(first) if day < first => {
            let first = date_vi(first);
            Err(both(
                format!("Sổ bắt đầu từ ngày {first}; trước đó chưa có điểm nào được ghi."),
                format!("The register begins on {first}; no point is recorded before."),
            ))
        }
        _ => Ok(day),
    }
}

/// The first day of which the register knows: on it a point opened, or can have by what a source says.
pub async fn first(tx: &mut Tx) -> DbResult<Option<NaiveDate>> {
    fetch_one!(
        tx,
        (Option<NaiveDate>,),
        "select min(day) from period_flow where unit_id = '*' and kind = '*' and counter = 'all' and state = 'operating' and day > $1 and (n <> 0 or may <> 0)",
        OPEN
    )
    .map(|(day,)| day)
}

/// How many points a counter counts in a state: surely, and at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Count {
    /// The state.
    pub state: State,
    /// At least so many: whose days are known.
    pub sure: i64,
    /// At most so many: with those of which the day is not known.
    pub most: i64,
}

/// Points in each public state on a day, of a unit (`*` = city), a kind (`*` = any) and a counter: read from the flow,
/// so the cost follows the days on which something happened, not the points.
pub async fn counts(tx: &mut Tx, day: NaiveDate, unit: &str, kind: &str, counter: Counter) -> DbResult<Vec<Count>> {
    fetch_all!(
        tx,
        Count,
        "select state, cast(sum(n) as bigint) as sure, cast(sum(may) as bigint) as most from period_flow
         where unit_id = $1 and kind = $2 and counter = $3 and day <= $4 group by state order by state",
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
        "select d.state, cast(sum(case when d.valid_from <= $1 and (d.valid_to is null or d.valid_to > $1) then 1 else 0 end) as bigint) as sure, count(*) as most from period d
         where d.state in ('operating', 'suspended', 'closed') and d.may_from <= $1 and (d.may_to is null or d.may_to > $1)
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

/// Points of each kind in a state on a day: kind, at least, at most.
pub async fn counts_by_kind(tx: &mut Tx, day: NaiveDate, unit: &str, state: State, counter: Counter) -> DbResult<Vec<(String, i64, i64)>> {
    fetch_all!(
        tx,
        (String, i64, i64),
        "select kind, cast(sum(n) as bigint) as n, cast(sum(may) as bigint) as may from period_flow where unit_id = $1 and kind <> '*' and counter = $2 and state = $3 and day <= $4
         group by kind having sum(may) <> 0 order by may desc, n desc, kind",
        unit,
        counter.word(),
        state,
        day
    )
}

words! {
    /// Which points of a day: those whose days are known, the others, or both.
    #[derive(Default)]
    pub enum Bound {
        /// All that can have been in the state.
        #[default]
        All = "all" / "Chắc chắn và có thể",
        /// Those that surely were.
        Sure = "sure" / "Chắc chắn",
        /// Those of which it is not known.
        Perhaps = "perhaps" / "Có thể, chưa rõ ngày",
    }
}

/// What the register says of a point's state on a day: the days of the line, sure and possible.
#[derive(Clone, Debug, Default, sqlx::FromRow)]
pub struct Span {
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    may_from: NaiveDate,
    from_as: String,
    to_as: String,
}

impl Span {
    /// Whether the state surely held on the day.
    pub fn is_sure(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|to| day < to)
    }

    /// Since when it holds, as far as that is known: a day, "năm 2020", or nothing.
    pub fn since(&self, tongue: Tongue) -> String {
        match Edtf::parse(&self.from_as) {
            Some(day) => day.shown(tongue),
            None if self.may_from == self.valid_from => date_vi(self.valid_from),
            None => String::new(),
        }
    }

    /// Why it is not sure that the state held on the day; empty if it is.
    pub fn why(&self, state: State, day: NaiveDate, tongue: Tongue) -> String {
        if self.is_sure(day) {
            return String::new();
        }
        let begins = day < self.valid_from;
        let shown = Edtf::parse(if begins { &self.from_as } else { &self.to_as }).map(|day| day.shown(tongue));
        let what = match (begins && state != State::Closed, tongue) {
            (true, Tongue::Vi) => "mở",
            (true, Tongue::En) => "opened",
            (false, Tongue::Vi) => "đóng",
            (false, Tongue::En) => "closed",
        };
        let written = date_vi(self.valid_from);
        match (shown, tongue) {
            (Some(shown), Tongue::Vi) => format!("{what} {shown}, chưa rõ ngày"),
            (Some(shown), Tongue::En) => format!("{what} {shown}, the day is not known"),
            (None, Tongue::Vi) if begins => format!("không rõ ngày {what}; sổ ghi nhận từ {written}"),
            (None, Tongue::En) if begins => format!("not known when it {what}; in the register from {written}"),
            (None, Tongue::Vi) => format!("không rõ ngày {what}"),
            (None, Tongue::En) => format!("not known when it {what}"),
        }
    }
}

/// A line of the list of a day.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DayRow {
    /// The point; state and since are those of the day.
    #[sqlx(flatten)]
    pub row: Row,
    /// The days of that state.
    #[sqlx(flatten)]
    pub span: Span,
}

/// A page of the points that were, or can have been, in one public state on a day; `since` and counter are those of the day.
pub async fn list(tx: &mut Tx, as_of: AsOf, counter: Counter, bound: Bound, filter: &Filter) -> DbResult<Rows<DayRow>> {
    let (sort, id) = filter.after.as_deref().and_then(read_key).unwrap_or(("", ""));
    let found = fetch_all!(
        tx,
        DayRow,
        "select p.id, p.code, p.slug, p.name, p.sort, p.kind, p.address, p.unit_id, p.unit_today, p.lon, p.lat, p.hours, d.state, d.valid_from as state_since, p.due_on,
           p.last_confirmed_on, p.demo, d.valid_from, d.valid_to, d.may_from, d.from_as, d.to_as
         from period d join point p on p.id = d.point_id
         where d.state = $1 and (d.sort, d.point_id) > ($2, $3) and d.may_from <= $4 and (d.may_to is null or d.may_to > $4)
           and d.known_from < $5 and (d.known_to is null or d.known_to >= $5) and d.counted_by like $6 and ($7 = '' or d.kind = $7)
           and ($8 = '' or exists (select 1 from point_unit u where u.unit_id = $8 and u.certainty = 'is' and u.point_id = d.point_id))
           and ($9 = '%%' or p.name_fold like $9 or p.address_fold like $9)
           and ($11 = 'all' or $11 = case when d.valid_from <= $4 and (d.valid_to is null or d.valid_to > $4) then 'sure' else 'perhaps' end)
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
        filter.size + 1,
        bound.word()
    )?;
    Ok(Rows::cut(found, filter.size, filter.after.as_deref(), |day| page_key(&day.row.sort, &day.row.id)))
}

/// A point of an export with what the day says of it.
#[derive(Clone, Debug, sqlx::FromRow)]
struct OfDay {
    #[sqlx(flatten)]
    row: Exported,
    #[sqlx(flatten)]
    span: Span,
    day_state: State,
    day_counted_by: String,
}

/// Points of the register of a day after a code and state, in the order of codes, as they were that day, or can have been;
/// sample data stay out. A point of which it is not known whether it was still open stands in both states.
pub async fn page(tx: &mut Tx, as_of: AsOf, after: (&str, &str), rows: i64) -> DbResult<Vec<Exported>> {
    let found = fetch_all!(
        tx,
        OfDay,
        "select p.*, b.name as operator_name, b.kind as operator_kind, b.tax_code as operator_tax_code, d.state as day_state, d.counted_by as day_counted_by,
           d.valid_from, d.valid_to, d.may_from, d.from_as, d.to_as
         from point p join period d on d.point_id = p.id left join body b on b.id = p.operator_id
         where (p.code, d.state) > ($1, $5) and not p.demo and d.state in ('operating', 'suspended', 'closed') and d.may_from <= $2 and (d.may_to is null or d.may_to > $2)
           and d.known_from < $3 and (d.known_to is null or d.known_to >= $3)
         order by p.code, d.state limit $4",
        after.0,
        as_of.day,
        as_of.horizon(),
        rows,
        after.1
    )?;
    let until = as_of.day;
    Ok(found
        .into_iter()
        .map(|OfDay { mut row, span, day_state, day_counted_by }| {
            let point = &mut row.point;
            (point.state, point.state_since, point.counted_by) = (day_state, span.valid_from, day_counted_by);
            if point.opened().is_some_and(|opened| opened.earliest().is_some_and(|day| day > until)) {
                (point.opened_on, point.opened_as) = (None, String::new());
            }
            let closed = Edtf::of((span.may_from == span.valid_from).then_some(span.valid_from), &span.from_as)
                .filter(|_| day_state == State::Closed);
            (point.closed_on, point.closed_as) = Edtf::columns(closed);
            point.last_confirmed_on = point.last_confirmed_on.filter(|day| *day <= until);
            row.of_day = Some(OnDay {
                bound: if span.is_sure(until) { Bound::Sure } else { Bound::Perhaps },
                why: span.why(day_state, until, Tongue::Vi),
            });
            row
        })
        .collect())
}

/// How sure it is that a point was in its state on the day of an export, and why not.
#[derive(Clone, Debug)]
pub struct OnDay {
    /// Sure or perhaps.
    pub bound: Bound,
    /// Why not sure, in Vietnamese; else empty.
    pub why: String,
}
