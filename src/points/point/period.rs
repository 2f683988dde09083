//! The states of a point in two times: the days they held, and from when to when the register said so. What is no
//! longer believed is ended, never changed, so the register of any day can be read as it was known on any other.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Point, State};
use crate::clock;
use crate::db::{DbResult, Tx};
use crate::text::{Edtf, Tongue, date_vi};
use crate::{execute, execute_many, fetch_all, fetch_one};

/// Where the first possible day is open: before all days.
pub const OPEN: NaiveDate = match NaiveDate::from_ymd_opt(1, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// A state with its days, half open, and who counted the point on them. Where its first or last day is not known to the day,
/// it surely held from `valid_from` to `valid_to` and can have held from `may_from` to `may_to`.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Period {
    /// The state.
    pub state: State,
    /// Who counted the point: `city`, `ministry`, both, or empty.
    pub counted_by: String,
    /// First day on which it surely held.
    pub valid_from: NaiveDate,
    /// First day on which it no longer surely held; none: it runs. Never before `valid_from`: equal where no day is sure.
    pub valid_to: Option<NaiveDate>,
    /// First day on which it can have held; [`OPEN`]: no source says.
    pub may_from: NaiveDate,
    /// First day on which it can no longer have held; none: it runs.
    pub may_to: Option<NaiveDate>,
    /// Its first day as the source gives it, when not to the day (EDTF).
    pub from_as: String,
    /// The first day of the next state likewise.
    pub to_as: String,
}

impl Period {
    /// A period that runs from a day that is known.
    pub fn from(state: State, counted_by: &str, valid_from: NaiveDate) -> Period {
        Period {
            state,
            counted_by: counted_by.to_owned(),
            valid_from,
            valid_to: None,
            may_from: valid_from,
            may_to: None,
            from_as: String::new(),
            to_as: String::new(),
        }
    }

    fn begun(state: State, counted_by: &str, start: &Start) -> Period {
        Period { may_from: start.early, from_as: start.word.clone(), ..Period::from(state, counted_by, start.late) }
    }

    /// Since when it holds, as far as that is known.
    pub fn since(&self, tongue: Tongue) -> String {
        match Edtf::parse(&self.from_as) {
            Some(day) => day.shown(tongue),
            None if self.may_from < self.valid_from => tongue.pick("chưa rõ ngày", "day not known").to_owned(),
            None => date_vi(self.valid_from),
        }
    }

    /// Its last day, as far as that is known; empty: it runs.
    pub fn last(&self, tongue: Tongue) -> String {
        match (Edtf::parse(&self.to_as), self.may_to) {
            (_, None) => String::new(),
            (Some(next), _) => next.shown(tongue),
            (None, Some(to)) if self.valid_to == Some(to) => date_vi(to.pred_opt().unwrap_or(to)),
            (None, Some(_)) => tongue.pick("chưa rõ ngày", "day not known").to_owned(),
        }
    }

    /// Whether it surely holds on a day.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|to| day < to)
    }

    /// Whether it can hold on a day.
    pub fn may_hold(&self, day: NaiveDate) -> bool {
        self.may_from <= day && self.may_to.is_none_or(|to| day < to)
    }

    fn until(mut self, next: &Start) -> Period {
        self.valid_to = Some(next.early.max(self.valid_from));
        self.may_to = Some(next.late.max(self.may_from));
        self.to_as.clone_from(&next.word);
        self
    }
}

/// When a state began: the first and the last day that can have been, and how its source gives it.
#[derive(Clone, Debug)]
struct Start {
    early: NaiveDate,
    late: NaiveDate,
    word: String,
}

impl Start {
    fn on(day: NaiveDate) -> Start {
        Start { early: day, late: day, word: String::new() }
    }

    /// From what a source gives, if it does; not before `floor`. On `cap` at the latest the register itself knew of it.
    fn of(given: Option<Edtf>, floor: NaiveDate, cap: NaiveDate) -> Start {
        if let Some(day) = given.and_then(Edtf::day) {
            return Start::on(day);
        }
        let late = given.and_then(Edtf::latest).map_or(cap, |last| last.min(cap)).max(floor);
        let early = given.and_then(Edtf::earliest).unwrap_or(OPEN).max(floor).min(late);
        Start { early, late, word: given.map(Edtf::word).unwrap_or_default() }
    }

    fn of_period(period: &Period) -> Start {
        Start { early: period.may_from, late: period.valid_from, word: period.from_as.clone() }
    }
}

/// What is believed of a new point that is in a public state since `day`, or was found in it that day: it opened when its source
/// says, else nobody knows when.
pub fn first(point: &Point, day: NaiveDate) -> Vec<Period> {
    let by = point.counted_by.as_str();
    let (opened, closed) = (point.opened(), point.closed());
    let seen = point.last_confirmed_on.filter(|seen| *seen < day);
    let opening = |cap: NaiveDate| Start::of(opened, OPEN, cap);
    match point.state {
        State::Operating => vec![Period::begun(State::Operating, by, &opening(seen.unwrap_or(day)))],
        State::Suspended => {
            let (open, stop) = (opening(day), Start::on(day));
            vec![Period::begun(State::Operating, by, &open).until(&stop), Period::begun(State::Suspended, by, &stop)]
        }
        State::Closed => {
            let floor = opened.and_then(Edtf::earliest).unwrap_or(OPEN).max(seen.unwrap_or(OPEN));
            let close = Start::of(closed, floor, day);
            let open = opening(seen.unwrap_or(close.late).min(close.late));
            vec![Period::begun(State::Operating, by, &open).until(&close), Period::begun(State::Closed, by, &close)]
        }
        state => vec![Period::from(state, by, day)],
    }
}

/// What is believed once another period begins. What was believed of days after its first is believed no longer.
pub fn append(mut periods: Vec<Period>, next: Period) -> Vec<Period> {
    periods.retain(|period| period.may_from <= next.valid_from);
    let day = next.valid_from;
    for period in &mut periods {
        period.valid_from = period.valid_from.min(day);
        period.valid_to = period.valid_to.map(|to| to.min(day));
        if period.may_to.is_some_and(|to| to > day) {
            period.may_to = Some(day);
        }
    }
    if let Some(last) = periods.last_mut() {
        if last.may_to.is_none_or(|to| to == day) {
            last.to_as.clear();
        }
        last.valid_to = last.valid_to.or(Some(day));
        last.may_to = last.may_to.or(Some(day));
    }
    periods.push(next);
    periods
}

/// The point opened on another day than was believed; `cap` is the day on which the register first knew it open.
pub fn reopened(mut periods: Vec<Period>, opened: Option<Edtf>, cap: NaiveDate) -> Vec<Period> {
    let Some(at) = periods.iter().position(|period| period.state.is_public()) else { return periods };
    let first = &periods[at];
    if first.state == State::Operating {
        let end = first.may_to.unwrap_or(NaiveDate::MAX);
        if opened.and_then(Edtf::day).is_none_or(|day| day < end) {
            let start = Start::of(opened, OPEN, cap.min(end));
            begin(&mut periods, at, &start);
        }
    } else if opened.is_some() {
        let stop = Start::of_period(first);
        let start = Start::of(opened, OPEN, cap.min(stop.late));
        if start.early < stop.late {
            let open = Period::begun(State::Operating, &first.counted_by, &start).until(&stop);
            periods.insert(at, open);
        }
    }
    periods
}

/// Whether it is not known to the day when the point opened.
pub fn opened_vaguely(periods: &[Period]) -> bool {
    periods.iter().find(|period| period.state.is_public()).is_some_and(|first| first.may_from < first.valid_from)
}

/// The point closed on another day than was believed; `cap` is the day on which the register first knew it closed, `seen` that on
/// which it was last seen open.
pub fn reclosed(mut periods: Vec<Period>, closed: Option<Edtf>, seen: Option<NaiveDate>, cap: NaiveDate) -> Vec<Period> {
    let Some(at) = periods.len().checked_sub(1).filter(|at| periods[*at].state == State::Closed) else { return periods };
    let floor = at.checked_sub(1).map_or(OPEN, |before| periods[before].may_from).max(seen.unwrap_or(OPEN)).min(cap);
    if closed.and_then(Edtf::day).is_none_or(|day| at == 0 || day > floor) {
        begin(&mut periods, at, &Start::of(closed, floor, cap));
    }
    periods
}

/// A period begins otherwise, and the one before ends so.
fn begin(periods: &mut [Period], at: usize, start: &Start) {
    let period = &mut periods[at];
    (period.may_from, period.valid_from) = (start.early, start.late);
    period.from_as.clone_from(&start.word);
    if let Some(next) = periods.get(at + 1).map(Start::of_period) {
        periods[at] = periods[at].clone().until(&next);
    }
    if let Some(before) = at.checked_sub(1) {
        periods[before] = periods[before].clone().until(start);
    }
}

/// What is believed of a point now, oldest first.
pub async fn of(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Period>> {
    fetch_all!(
        tx,
        Period,
        "select state, counted_by, valid_from, valid_to, may_from, may_to, from_as, to_as from period where point_id = $1 and known_to is null order by seq",
        point_id
    )
}

/// Believes something else of a point from `now` on; what stays as it was is left alone. The flow is the caller's.
pub async fn put(tx: &mut Tx, point: &Point, before: &[Period], after: &[Period], now: DateTime<Utc>) -> DbResult<()> {
    let kept = before.iter().zip(after).take_while(|(old, new)| old == new).count();
    for old in &before[kept..] {
        execute!(
            tx,
            "update period set known_to = $4 where point_id = $1 and state = $2 and valid_from = $3 and may_from = $5 and counted_by = $6 and known_to is null",
            &point.id,
            old.state,
            old.valid_from,
            now,
            old.may_from,
            &old.counted_by
        )?;
    }
    let (last,) = fetch_one!(tx, (i64,), "select cast(coalesce(max(seq), 0) as bigint) from period where point_id = $1", &point.id)?;
    for (new, seq) in after[kept..].iter().zip(last + 1..) {
        execute!(
            tx,
            "insert into period (point_id, seq, state, counted_by, valid_from, valid_to, known_from, kind, sort, may_from, may_to, from_as, to_as)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            &point.id,
            seq,
            new.state,
            &new.counted_by,
            new.valid_from,
            new.valid_to,
            now,
            &point.kind,
            &point.sort,
            new.may_from,
            new.may_to,
            &new.from_as,
            &new.to_as
        )?;
    }
    Ok(())
}

/// The day on which the register first said that a point is open, and that it is closed.
pub async fn known_since(tx: &mut Tx, point_id: &str) -> DbResult<(Option<NaiveDate>, Option<NaiveDate>)> {
    let (open, closed) = fetch_one!(
        tx,
        (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
        "select min(known_from), min(case when state = 'closed' then known_from end) from period where point_id = $1 and state in ('operating', 'suspended', 'closed')",
        point_id
    )?;
    let day = |known: DateTime<Utc>| clock::local(known).date_naive();
    Ok((open.map(day), closed.map(day)))
}

/// The first periods of many new points, known since they were made.
pub async fn add_many(tx: &mut Tx, added: &[(Point, Vec<Period>)]) -> DbResult<()> {
    let rows: Vec<(&Point, i64, &Period)> =
        added.iter().flat_map(|(point, periods)| periods.iter().zip(1_i64..).map(move |(period, seq)| (point, seq, period))).collect();
    execute_many!(
        tx,
        13,
        "insert into period (point_id, seq, state, counted_by, valid_from, valid_to, known_from, kind, sort, may_from, may_to, from_as, to_as)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        rows,
        |row| [
            &row.0.id,
            row.1,
            row.2.state,
            &row.2.counted_by,
            row.2.valid_from,
            row.2.valid_to,
            row.0.created_at,
            &row.0.kind,
            &row.0.sort,
            row.2.may_from,
            row.2.may_to,
            &row.2.from_as,
            &row.2.to_as
        ]
    )
}

/// The units under which a point is surely found.
pub async fn sure_units(tx: &mut Tx, point_id: &str) -> DbResult<Vec<String>> {
    let units = fetch_all!(tx, (String,), "select unit_id from point_unit where point_id = $1 and certainty = 'is'", point_id)?;
    Ok(units.into_iter().map(|(unit,)| unit).collect())
}

/// How many points surely enter and leave each public state on each day, and how many can have: gathered in memory and
/// written once.
#[derive(Debug, Default)]
pub struct Flow(BTreeMap<Turn, (i64, i64)>);

/// Unit, kind, counter, state, day.
type Turn = (String, String, &'static str, &'static str, NaiveDate);

impl Flow {
    /// Counts the periods of a point in (`by` = 1) or out (-1), in the city and in each of its units.
    pub fn add<U: AsRef<str>>(&mut self, units: &[U], kind: &str, periods: &[Period], by: i64) {
        let mut kinds = vec!["*", kind];
        kinds.dedup();
        for period in periods.iter().filter(|period| period.state.is_public()) {
            let counters = ["all", "city", "ministry"]
                .into_iter()
                .filter(|counter| *counter == "all" || period.counted_by.split(' ').any(|known| known == *counter));
            let mut days: Vec<(NaiveDate, i64, i64)> = Vec::with_capacity(4);
            if period.valid_to.is_none_or(|to| to > period.valid_from) {
                days.push((period.valid_from, by, 0));
                days.extend(period.valid_to.map(|to| (to, -by, 0)));
            }
            if period.may_to.is_none_or(|to| to > period.may_from) {
                days.push((period.may_from, 0, by));
                days.extend(period.may_to.map(|to| (to, 0, -by)));
            }
            for counter in counters {
                for unit in std::iter::once("*").chain(units.iter().map(AsRef::as_ref)) {
                    for kind in &kinds {
                        for (day, sure, may) in &days {
                            let known =
                                self.0.entry((unit.to_owned(), (*kind).to_owned(), counter, period.state.word(), *day)).or_default();
                            *known = (known.0 + sure, known.1 + may);
                        }
                    }
                }
            }
        }
    }

    /// Writes what was gathered.
    pub async fn write(self, tx: &mut Tx) -> DbResult<()> {
        let rows: Vec<_> = self.0.into_iter().filter(|(_, n)| *n != (0, 0)).collect();
        execute_many!(
            tx,
            7,
            "insert into period_flow (unit_id, kind, counter, state, day, n, may) values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (unit_id, kind, counter, state, day) do update set n = period_flow.n + excluded.n, may = period_flow.may + excluded.may",
            rows,
            |row| [&row.0.0, &row.0.1, row.0.2, row.0.3, row.0.4, row.1.0, row.1.1]
        )
    }
}
