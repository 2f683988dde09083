//! SQL of registrations.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Enrolment, Kind, Part, Side, State};
use crate::access::{Actor, Scope};
use crate::db::{Column, DbResult, Tx};
use crate::page::{Rows, page_key, read_key};
use crate::{execute, fetch_all, fetch_one, fetch_optional, table};

/// Whose rows are read: unit, producer and the side whose drafts are seen, each empty for all or none.
pub struct Reader {
    unit: String,
    body: String,
    side: &'static str,
    nothing: bool,
}

impl Reader {
    /// What a caller may read.
    pub fn of(actor: &Actor) -> Reader {
        let (unit, body, nothing) = match actor.scope() {
            Scope::All => (String::new(), String::new(), false),
            Scope::Unit(unit) => (unit, String::new(), false),
            Scope::Body(body) => (String::new(), body, false),
            Scope::None => (String::new(), String::new(), true),
        };
        let side = match Side::of(actor) {
            Some(Side::Producer) => "producer",
            Some(Side::Commune) => "commune",
            None => "",
        };
        Reader { unit, body, side, nothing }
    }
}

/// A registration by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Enrolment>> {
    fetch_optional!(tx, Enrolment, "select * from enrolment where id = $1", id)
}

/// The registration that runs for the same product in the same year.
pub async fn find_once(tx: &mut Tx, once: &str) -> DbResult<Option<Enrolment>> {
    fetch_optional!(tx, Enrolment, "select * from enrolment where once = $1", once)
}

table! {
    "enrolment" of Enrolment {
        fixed: side, created_by, created_at;
        saved: year, kind, product_id, name, name_fold, sort, group_id, producer_id, producer, producer_kind, tax_code, unit_id, unit_today, aim, note, state, state_since, sent_on, reason, once, updated_at
    }
}

/// Adds a registration; none when the product is registered for the year already.
pub async fn add(tx: &mut Tx, enrolment: &Enrolment) -> DbResult<Option<String>> {
    Ok(enrolment.insert(tx).await?.then(|| enrolment.id.clone()))
}

/// Saves a registration if nobody saved it since `version`; 0 rows = somebody did. Whether its product is free is the caller's to ask.
pub async fn save(tx: &mut Tx, enrolment: &Enrolment, version: i64, now: DateTime<Utc>) -> DbResult<u64> {
    Enrolment { updated_at: now, ..enrolment.clone() }.update(tx, version).await
}

/// What is asked of the list of a year.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The year.
    pub year: i64,
    /// Only this state.
    pub state: Option<State>,
    /// Only registered for this reason.
    pub kind: Option<Kind>,
    /// Only of this group.
    pub group: String,
    /// Only of this commune.
    pub unit: String,
    /// Folded text in the name or the producer's name.
    pub q: String,
    /// Rows after this key.
    pub after: Option<String>,
    /// Rows a page.
    pub size: i64,
}

/// A page of the list of a year, in dictionary order.
pub async fn list(tx: &mut Tx, reader: &Reader, filter: &Filter) -> DbResult<Rows<Enrolment>> {
    if reader.nothing {
        return Ok(Rows::none());
    }
    let (sort, id) = filter.after.as_deref().and_then(read_key).unwrap_or(("", ""));
    let rows = fetch_all!(
        tx,
        Enrolment,
        "select * from enrolment where year = $1 and (sort, id) > ($2, $3)
           and ($4 = '' or unit_today = $4) and ($5 = '' or producer_id = $5) and (state <> 'draft' or side = $6)
           and ($7 = '' or state = $7) and ($8 = '' or kind = $8) and ($9 = '' or group_id = $9) and ($10 = '' or unit_today = $10)
           and ($11 = '' or name_fold like $12)
         order by sort, id limit $13",
        filter.year,
        sort,
        id,
        &reader.unit,
        &reader.body,
        reader.side,
        filter.state.map_or("", State::word),
        filter.kind.map_or("", Kind::word),
        &filter.group,
        &filter.unit,
        &filter.q,
        format!("%{}%", filter.q),
        filter.size + 1
    )?;
    Ok(Rows::cut(rows, filter.size, filter.after.as_deref(), |row| page_key(&row.sort, &row.id)))
}

/// The registrations of a year, counted by what totals are made of.
pub async fn parts(tx: &mut Tx, reader: &Reader, year: i64) -> DbResult<Vec<Part>> {
    if reader.nothing {
        return Ok(Vec::new());
    }
    fetch_all!(
        tx,
        Part,
        "select unit_today, group_id, kind, aim, state, count(*) as n from enrolment
         where year = $1 and ($2 = '' or unit_today = $2) and ($3 = '' or producer_id = $3) and (state <> 'draft' or side = $4)
         group by unit_today, group_id, kind, aim, state",
        year,
        &reader.unit,
        &reader.body,
        reader.side
    )
}

/// Years of which anything is registered, the newest first.
pub async fn years(tx: &mut Tx) -> DbResult<Vec<i64>> {
    Ok(fetch_all!(tx, (i64,), "select distinct year from enrolment order by year desc")?.into_iter().map(|(year,)| year).collect())
}

/// Registrations in a state that wait for somebody, the longest waiting first.
pub async fn waiting(tx: &mut Tx, reader: &Reader, state: State, most: i64) -> DbResult<Vec<Enrolment>> {
    fetch_all!(
        tx,
        Enrolment,
        "select * from enrolment where state = $1 and ($2 = '' or unit_today = $2) and ($3 = '' or producer_id = $3) and ($1 <> 'returned' or side = $4)
         order by state_since, id limit $5",
        state,
        &reader.unit,
        &reader.body,
        reader.side,
        most
    )
}

/// How many they are.
pub async fn waiting_count(tx: &mut Tx, reader: &Reader, state: State) -> DbResult<i64> {
    let (n,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from enrolment where state = $1 and ($2 = '' or unit_today = $2) and ($3 = '' or producer_id = $3) and ($1 <> 'returned' or side = $4)",
        state,
        &reader.unit,
        &reader.body,
        reader.side
    )?;
    Ok(n)
}

/// A product whose certificate ends in the year, or ended before, and that nobody has registered for it.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Due {
    /// The product.
    pub id: String,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Name of its producer.
    pub producer: String,
    /// Group.
    pub group_id: String,
    /// The commune of today.
    pub unit_today: Option<String>,
    /// Stars.
    pub stars: i64,
    /// First day on which its certificate is no longer valid.
    pub valid_to: NaiveDate,
}

/// A page of those, the latest end first; `end` is the first day after the year.
pub async fn due(tx: &mut Tx, reader: &Reader, year: i64, end: NaiveDate, after: Option<&str>, size: i64) -> DbResult<Rows<Due>> {
    if reader.nothing {
        return Ok(Rows::none());
    }
    let key = after.and_then(read_key).and_then(|(day, id)| Some((day.parse::<NaiveDate>().ok()?, id)));
    // a day later than any that is listed, so that the first page has no lower bound of its own
    let (day, id) = key.unwrap_or((end.succ_opt().unwrap_or(end), ""));
    let rows = fetch_all!(
        tx,
        Due,
        "select p.id, p.code, p.name, coalesce(b.name, '') as producer, p.group_id, p.unit_today, p.stars, p.valid_to
         from product p left join body b on b.id = p.producer_id
         where p.state in ('live', 'lapsed') and p.origin = '' and p.stars is not null and p.valid_to <= $1 and (p.valid_to < $2 or (p.valid_to = $2 and p.id < $3))
           and ($4 = '' or p.unit_today = $4) and ($5 = '' or p.producer_id = $5)
           and not exists (select 1 from enrolment e where e.product_id = p.id and e.year = $6 and e.state <> 'withdrawn')
         order by p.valid_to desc, p.id desc limit $7",
        end,
        day,
        id,
        &reader.unit,
        &reader.body,
        year,
        size + 1
    )?;
    Ok(Rows::cut(rows, size, after, |row| page_key(&row.valid_to.to_string(), &row.id)))
}

/// The last day on which products are registered for a year.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Closing {
    /// That day.
    pub closes_on: NaiveDate,
    /// The paper that sets it.
    pub basis: String,
}

/// The closing day of a year, if it was set.
pub async fn closing(tx: &mut Tx, year: i64) -> DbResult<Option<Closing>> {
    fetch_optional!(tx, Closing, "select closes_on, basis from enrolment_closing where year = $1", year)
}

/// Sets the closing day of a year.
pub async fn close(tx: &mut Tx, year: i64, closing: &Closing, by: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into enrolment_closing (year, closes_on, basis, set_by, set_at) values ($1, $2, $3, $4, $5)
         on conflict (year) do update set closes_on = excluded.closes_on, basis = excluded.basis, set_by = excluded.set_by, set_at = excluded.set_at",
        year,
        closing.closes_on,
        &closing.basis,
        by,
        now
    )
}

/// A target of the plan for products of a year.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Goal {
    /// `products_3star` or `products_potential_5star`.
    pub what: String,
    /// At least.
    pub least: Option<i64>,
    /// As printed.
    pub text: String,
    /// Number of the plan.
    pub number: String,
    /// Who issued it.
    pub issuer: String,
    /// Where it was read.
    pub source: String,
}

/// What plans ask of a year's products.
pub async fn goals(tx: &mut Tx, from: NaiveDate, to: NaiveDate) -> DbResult<Vec<Goal>> {
    fetch_all!(
        tx,
        Goal,
        "select t.what, t.least, t.text, p.number, p.issuer, p.source from plan_target t join plan p on p.id = t.plan_id
         where t.what in ('products_3star', 'products_potential_5star') and not t.dropped and t.valid_from < $2 and t.valid_to > $1 order by p.id, t.id",
        from,
        to
    )
}

/// Code and name of products that a producer or a commune may register, for the field that asks for one.
pub async fn own_products(tx: &mut Tx, reader: &Reader, most: i64) -> DbResult<Vec<(String, String)>> {
    if reader.unit.is_empty() && reader.body.is_empty() {
        return Ok(Vec::new());
    }
    fetch_all!(
        tx,
        (String, String),
        "select code, name from product where origin = '' and ($1 = '' or unit_today = $1) and ($2 = '' or producer_id = $2) order by sort, id limit $3",
        &reader.unit,
        &reader.body,
        most
    )
}

/// Where this slice names bodies.
pub const PLACES: &[Column] = &[Column {
    name: "enrolment.producer_id",
    label: "đăng ký đánh giá",
    count: "select count(*) from enrolment where producer_id = $1",
    forth: "update enrolment set producer_id = $2 where producer_id = $1 returning id",
    back: "update enrolment set producer_id = $2 where producer_id = $1 and id = $3",
}];
