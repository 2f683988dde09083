//! Lists of points by key: for everybody, for a unit, for a body. What a page costs follows from its rows alone.

use chrono::{Datelike, NaiveDate, Timelike};

use super::hours::{Door, Hours};
use super::model::State;
use crate::access::Scope;
use crate::db::{DbResult, Tx, Where};
use crate::page::{Rows, page_key, read_key};
use crate::{fetch_all, fetch_many, fetch_texts, words};

/// A line of a list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// Identifier.
    pub id: String,
    /// Code.
    pub code: String,
    /// Name in the URL.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Dictionary order.
    pub sort: String,
    /// Kind of place.
    pub kind: String,
    /// Address as printed.
    pub address: String,
    /// Unit as recorded.
    pub unit_id: Option<String>,
    /// Today's unit.
    pub unit_today: Option<String>,
    /// Longitude.
    pub lon: Option<f64>,
    /// Latitude.
    pub lat: Option<f64>,
    /// Opening hours.
    pub hours: String,
    /// State.
    pub state: State,
    /// Since.
    pub state_since: NaiveDate,
    /// Next step due.
    pub due_on: Option<NaiveDate>,
    /// Last day seen running.
    pub last_confirmed_on: Option<NaiveDate>,
    /// Sample data.
    pub demo: bool,
}

impl Row {
    /// Whether the next step is late.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.due_on.is_some_and(|due| due < today)
            && !matches!(self.state, State::Operating | State::Closed | State::Withdrawn | State::Suspended)
    }
}

/// A minute of a week, in Việt Nam.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Day, 0 = Monday.
    pub weekday: i64,
    /// Minute of the day.
    pub minute: i64,
}

impl Moment {
    /// The minute of a time.
    pub fn of(now: chrono::DateTime<chrono::Utc>) -> Moment {
        let now = crate::clock::local(now);
        Moment { weekday: i64::from(now.weekday().num_days_from_monday()), minute: i64::from(now.hour() * 60 + now.minute()) }
    }

    /// Whether a place with these hours is open; not if they are not understood.
    pub fn is_open(self, hours: &str) -> bool {
        Hours::parse(hours).is_some_and(|hours| matches!(hours.door(self.weekday as usize, self.minute as u16), Door::Open(_)))
    }
}

/// What is asked of a list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this unit, old or new.
    pub unit: Option<String>,
    /// Only this kind of place.
    pub kind: Option<String>,
    /// Only this state.
    pub state: Option<State>,
    /// Folded text in name or address.
    pub q: String,
    /// Only what this body sees to; of the list for staff.
    pub duty: Option<String>,
    /// Only places that say they are open at this moment; of the public list.
    pub open: Option<Moment>,
    /// By what they are ordered; of the list for staff.
    pub order: Order,
    /// Rows after this key.
    pub after: Option<String>,
    /// Rows a page.
    pub size: i64,
}

/// A page of the list that everybody sees: one public state, optionally a unit, a kind, a text.
pub async fn public(tx: &mut Tx, filter: &Filter) -> DbResult<Rows<Row>> {
    let state = filter.state.unwrap_or(State::Operating);
    let (sort, id) = filter.after.as_deref().and_then(read_key).unwrap_or(("", ""));
    let like = format!("%{}%", filter.q);
    let rows = filter.size + 1;
    let (weekday, minute) = filter.open.map_or((-1, 0), |moment| (moment.weekday, moment.minute));
    let found = match (&filter.unit, &filter.kind, filter.q.is_empty()) {
        (None, None, true) => fetch_all!(
            tx,
            Row,
            "select id, code, slug, name, sort, kind, address, unit_id, unit_today, lon, lat, hours, state, state_since, due_on, last_confirmed_on, demo
             from point where state = $1 and (sort, id) > ($2, $3)
               and ($5 = -1 or exists (select 1 from open_week o where o.weekday = $5 and o.week = point.week and o.from_minute <= $6 and o.to_minute > $6))
             order by sort, id limit $4",
            state,
            sort,
            id,
            rows,
            weekday,
            minute
        )?,
        (None, Some(kind), true) => fetch_all!(
            tx,
            Row,
            "select id, code, slug, name, sort, kind, address, unit_id, unit_today, lon, lat, hours, state, state_since, due_on, last_confirmed_on, demo
             from point where state = $1 and kind = $5 and (sort, id) > ($2, $3)
               and ($6 = -1 or exists (select 1 from open_week o where o.weekday = $6 and o.week = point.week and o.from_minute <= $7 and o.to_minute > $7))
             order by sort, id limit $4",
            state,
            sort,
            id,
            rows,
            kind,
            weekday,
            minute
        )?,
        (Some(unit), None, true) => fetch_all!(
            tx,
            Row,
            "select p.id, p.code, p.slug, p.name, p.sort, p.kind, p.address, p.unit_id, p.unit_today, p.lon, p.lat, p.hours, p.state, p.state_since, p.due_on, p.last_confirmed_on, p.demo
             from point_unit u join point p on p.id = u.point_id
             where u.unit_id = $5 and u.certainty = 'is' and u.state = $1 and (u.sort, u.point_id) > ($2, $3)
               and ($6 = -1 or exists (select 1 from open_week o where o.weekday = $6 and o.week = p.week and o.from_minute <= $7 and o.to_minute > $7))
             order by u.sort, u.point_id limit $4",
            state,
            sort,
            id,
            rows,
            unit,
            weekday,
            minute
        )?,
        (Some(unit), Some(kind), true) => fetch_all!(
            tx,
            Row,
            "select p.id, p.code, p.slug, p.name, p.sort, p.kind, p.address, p.unit_id, p.unit_today, p.lon, p.lat, p.hours, p.state, p.state_since, p.due_on, p.last_confirmed_on, p.demo
             from point_unit u join point p on p.id = u.point_id
             where u.unit_id = $5 and u.certainty = 'is' and u.state = $1 and u.kind = $6 and (u.sort, u.point_id) > ($2, $3)
               and ($7 = -1 or exists (select 1 from open_week o where o.weekday = $7 and o.week = p.week and o.from_minute <= $8 and o.to_minute > $8))
             order by u.sort, u.point_id limit $4",
            state,
            sort,
            id,
            rows,
            unit,
            kind,
            weekday,
            minute
        )?,
        (unit, kind, false) => fetch_all!(
            tx,
            Row,
            "select p.id, p.code, p.slug, p.name, p.sort, p.kind, p.address, p.unit_id, p.unit_today, p.lon, p.lat, p.hours, p.state, p.state_since, p.due_on, p.last_confirmed_on, p.demo
             from point p where p.state = $1 and (p.sort, p.id) > ($2, $3) and (p.name_fold like $5 or p.address_fold like $5)
               and ($6 = '' or p.kind = $6) and ($7 = '' or exists (select 1 from point_unit u where u.unit_id = $7 and u.certainty = 'is' and u.point_id = p.id))
               and ($8 = -1 or exists (select 1 from open_week o where o.weekday = $8 and o.week = p.week and o.from_minute <= $9 and o.to_minute > $9))
             order by p.sort, p.id limit $4",
            state,
            sort,
            id,
            rows,
            like,
            kind.as_deref().unwrap_or(""),
            unit.as_deref().unwrap_or(""),
            weekday,
            minute
        )?,
    };
    Ok(slice(found, filter))
}

/// One page out of the rows found, one more than it shows.
pub fn slice(rows: Vec<Row>, filter: &Filter) -> Rows<Row> {
    Rows::cut(rows, filter.size, filter.after.as_deref(), |row| page_key(&row.sort, &row.id))
}

/// The same as [`public`] for a moment at which few are open: read from those, not along the whole list (which is why the
/// order is compared as a text that no index knows).
pub async fn few_open(tx: &mut Tx, filter: &Filter, moment: Moment) -> DbResult<Rows<Row>> {
    let (sort, id) = filter.after.as_deref().and_then(read_key).unwrap_or(("", ""));
    let found = fetch_all!(
        tx,
        Row,
        "select p.id, p.code, p.slug, p.name, p.sort, p.kind, p.address, p.unit_id, p.unit_today, p.lon, p.lat, p.hours, p.state, p.state_since, p.due_on, p.last_confirmed_on, p.demo
         from open_week o cross join point p
         where o.weekday = $5 and o.from_minute <= $6 and o.to_minute > $6 and p.week = o.week and p.state = $1 and ($7 = '' or p.kind = $7) and (p.sort || '', p.id) > ($2, $3)
         order by p.sort, p.id limit $4",
        filter.state.unwrap_or(State::Operating),
        sort,
        id,
        filter.size + 1,
        moment.weekday,
        moment.minute,
        filter.kind.as_deref().unwrap_or("")
    )?;
    Ok(slice(found, filter))
}

/// The lines of these points, in no order.
pub async fn by_ids(tx: &mut Tx, ids: &[&str]) -> DbResult<Vec<Row>> {
    fetch_many!(
        tx,
        Row,
        "select id, code, slug, name, sort, kind, address, unit_id, unit_today, lon, lat, hours, state, state_since, due_on, last_confirmed_on, demo from point where id in ($1)",
        ids
    )
}

const COLUMNS: &str = "p.id, p.code, p.slug, p.name, p.sort, p.kind, p.address, p.unit_id, p.unit_today, p.lon, p.lat, p.hours, p.state, p.state_since, p.due_on, p.last_confirmed_on, p.demo";

words! {
    /// By what the list of staff is ordered.
    #[derive(Default)]
    pub enum Order {
        /// By name.
        #[default]
        Name = "" / "Tên",
        /// What is due first.
        Due = "han" / "Hạn gần nhất",
        /// What has waited longest where it is.
        Since = "cho" / "Chờ lâu nhất",
        /// By code, the latest first.
        Code = "ma" / "Mã mới nhất",
    }
}

impl Order {
    /// What is compared, a text, and in which direction.
    fn by(self) -> (&'static str, &'static str) {
        match self {
            Order::Name => ("p.sort", ">"),
            Order::Due => ("coalesce(cast(p.due_on as text), '9')", ">"),
            Order::Since => ("cast(p.state_since as text)", ">"),
            Order::Code => ("p.code", "<"),
        }
    }

    /// The same of a row, as a key.
    fn of(self, row: &Row) -> String {
        match self {
            Order::Name => row.sort.clone(),
            Order::Due => row.due_on.map_or_else(|| "9".to_owned(), |day| day.to_string()),
            Order::Since => row.state_since.to_string(),
            Order::Code => row.code.clone(),
        }
    }
}

/// What staff ask for, within their scope; none where they see nothing. `p` are points, `u` the units of a scope or filter.
fn asked(scope: &Scope, filter: &Filter) -> Option<(&'static str, Where)> {
    let (mut wanted, state) = (Where::default(), filter.state.map_or("", State::word));
    let (own, body) = scope.ends()?;
    let unit = filter.unit.as_deref().unwrap_or("");
    // the first unit asked for is read from its list, in order; another one is looked up
    let (first, second) = if own.is_empty() { (unit, "") } else { (own, unit) };
    let (mut from, mut at) = ("point p", "p");
    if let Some(duty) = &filter.duty {
        let bind = wanted.bind(duty);
        wanted.and(&format!("p.id in (select y.point_id from point_duty y where y.body_id = {bind})"));
    }
    if !first.is_empty() {
        (from, at) = ("point_unit u join point p on p.id = u.point_id", "u");
        let bind = wanted.bind(first);
        wanted.and(&format!("u.unit_id = {bind}"));
    }
    if !second.is_empty() {
        let bind = wanted.bind(second);
        wanted.and(&format!("exists (select 1 from point_unit w where w.unit_id = {bind} and w.point_id = p.id)"));
    }
    if !body.is_empty() {
        let bind = wanted.bind(body);
        wanted.and(&format!("(p.operator_id = {bind} or p.nominated_by = {bind} or p.supporter_id = {bind})"));
    }
    for (column, value) in [("state", state), ("kind", filter.kind.as_deref().unwrap_or(""))] {
        if !value.is_empty() {
            let bind = wanted.bind(value);
            wanted.and(&format!("{at}.{column} = {bind}"));
        }
    }
    wanted.words(&filter.q, |word| {
        format!("p.name_fold like {word} or p.address_fold like {word} or lower(p.code) like {word} or p.operator_id in (select b.id from body b where b.name_fold like {word})")
    });
    Some((from, wanted))
}

/// A page of the list that staff see, within their scope.
pub async fn staff(tx: &mut Tx, scope: &Scope, filter: &Filter) -> DbResult<Rows<Row>> {
    let Some((from, mut wanted)) = asked(scope, filter) else { return Ok(Rows::none()) };
    let (by, than) = filter.order.by();
    if let Some((value, id)) = filter.after.as_deref().and_then(read_key) {
        let (value, id) = (wanted.bind(value), wanted.bind(id));
        wanted.and(&format!("({by}, p.id) {than} ({value}, {id})"));
    }
    let direction = if than == "<" { " desc" } else { "" };
    let sql = format!("select {COLUMNS} from {from}{} order by {by}{direction}, p.id{direction} limit {}", wanted.sql, filter.size + 1);
    let rows = fetch_texts!(tx, Row, sql, wanted.binds)?;
    Ok(Rows::cut(rows, filter.size, filter.after.as_deref(), |row| page_key(&filter.order.of(row), &row.id)))
}

/// How many points the list of staff has, counted up to one more than `most`.
pub async fn staff_count(tx: &mut Tx, scope: &Scope, filter: &Filter, most: i64) -> DbResult<i64> {
    let Some((from, wanted)) = asked(scope, filter) else { return Ok(0) };
    wanted.count(tx, from, most).await
}

/// Points of a scope that a body runs; the first ones.
pub async fn of_operator(tx: &mut Tx, body: &str, scope: &Scope, most: i64) -> DbResult<Rows<Row>> {
    let unit = match scope {
        Scope::All => "",
        Scope::Unit(unit) => unit,
        Scope::Body(own) if own == body => "",
        Scope::Body(_) | Scope::None => return Ok(Rows::none()),
    };
    let rows = fetch_all!(
        tx,
        Row,
        "select p.id, p.code, p.slug, p.name, p.sort, p.kind, p.address, p.unit_id, p.unit_today, p.lon, p.lat, p.hours, p.state, p.state_since, p.due_on, p.last_confirmed_on, p.demo
         from point p where p.operator_id = $1 and ($2 = '' or exists (select 1 from point_unit u where u.unit_id = $2 and u.point_id = p.id)) order by p.sort, p.id limit $3",
        body,
        unit,
        most + 1
    )?;
    Ok(slice(rows, &Filter { size: most, ..Filter::default() }))
}

/// Bodies that see to points, by name, for choosing: id, name.
pub async fn responsible(tx: &mut Tx) -> DbResult<Vec<(String, String)>> {
    fetch_all!(
        tx,
        (String, String),
        "select id, name from body where id in (select body_id from point_duty) order by name_fold, id limit 300"
    )
}

/// Who leads of these points: point, name of the body.
pub async fn leads(tx: &mut Tx, ids: &[&str]) -> DbResult<Vec<(String, String)>> {
    fetch_many!(
        tx,
        (String, String),
        "select y.point_id, case when b.short <> '' then b.short else b.name end from point_duty y join body b on b.id = y.body_id where y.part = 'lead' and y.point_id in ($1)",
        ids
    )
}

/// Points of a scope in one state, the most overdue first; at most `most`. A business's draft counts once it
/// was sent, and to the business itself until then.
pub async fn waiting(tx: &mut Tx, scope: &Scope, state: State, most: i64) -> DbResult<Vec<Row>> {
    match scope {
        Scope::None => Ok(Vec::new()),
        Scope::All => fetch_all!(
            tx,
            Row,
            "select id, code, slug, name, sort, kind, address, unit_id, unit_today, lon, lat, hours, state, state_since, due_on, last_confirmed_on, demo
             from point where state = $1 and (state <> 'draft' or submitted_at is not null or nominated_by is not null) order by case when due_on is null then 1 else 0 end, due_on, state_since, id limit $2",
            state,
            most
        ),
        Scope::Unit(unit) => fetch_all!(
            tx,
            Row,
            "select p.id, p.code, p.slug, p.name, p.sort, p.kind, p.address, p.unit_id, p.unit_today, p.lon, p.lat, p.hours, p.state, p.state_since, p.due_on, p.last_confirmed_on, p.demo
             from point_unit u join point p on p.id = u.point_id
             where u.unit_id = $3 and u.state = $1 and (p.state <> 'draft' or p.submitted_at is not null or p.nominated_by is not null) order by case when p.due_on is null then 1 else 0 end, p.due_on, p.state_since, p.id limit $2",
            state,
            most,
            unit
        ),
        Scope::Body(body) => fetch_all!(
            tx,
            Row,
            "select p.id, p.code, p.slug, p.name, p.sort, p.kind, p.address, p.unit_id, p.unit_today, p.lon, p.lat, p.hours, p.state, p.state_since, p.due_on, p.last_confirmed_on, p.demo
             from point p where p.state = $1 and (p.operator_id = $3 or p.nominated_by = $3) and (p.state <> 'draft' or p.submitted_at is null) order by case when p.due_on is null then 1 else 0 end, p.due_on, p.state_since, p.id limit $2",
            state,
            most,
            body
        ),
    }
}

/// Points of a body on their way that wait for somebody else, the oldest first; at most `most`.
pub async fn elsewhere(tx: &mut Tx, body: &str, most: i64) -> DbResult<Vec<Row>> {
    fetch_all!(
        tx,
        Row,
        "select p.id, p.code, p.slug, p.name, p.sort, p.kind, p.address, p.unit_id, p.unit_today, p.lon, p.lat, p.hours, p.state, p.state_since, p.due_on, p.last_confirmed_on, p.demo
         from point p where (p.operator_id = $1 or p.nominated_by = $1) and (p.state in ('nominated', 'accepted', 'surveyed', 'selected') or p.state = 'draft' and p.submitted_at is not null)
         order by p.state_since, p.id limit $2",
        body,
        most
    )
}

/// How many points of a scope are in each state that has any: one query.
pub async fn counts(tx: &mut Tx, scope: &Scope) -> DbResult<Vec<(State, i64)>> {
    match scope {
        Scope::None => Ok(Vec::new()),
        Scope::All => super::store::counts(tx, "*", "*").await,
        Scope::Unit(unit) => fetch_all!(tx, (State, i64), "select state, count(*) from point_unit where unit_id = $1 group by state", unit),
        Scope::Body(body) => fetch_all!(
            tx,
            (State, i64),
            "select state, count(*) from point where operator_id = $1 or nominated_by = $1 or supporter_id = $1 group by state",
            body
        ),
    }
}

/// Points of a scope whose unit of today is an open question; at most `most`.
pub async fn unclear(tx: &mut Tx, scope: &Scope, most: i64) -> DbResult<Vec<Row>> {
    let Scope::Unit(unit) = scope else { return Ok(Vec::new()) };
    fetch_all!(
        tx,
        Row,
        "select p.id, p.code, p.slug, p.name, p.sort, p.kind, p.address, p.unit_id, p.unit_today, p.lon, p.lat, p.hours, p.state, p.state_since, p.due_on, p.last_confirmed_on, p.demo
         from point_unit u join point p on p.id = u.point_id where u.unit_id = $1 and u.certainty = 'may' order by u.sort, u.point_id limit $2",
        unit,
        most
    )
}
