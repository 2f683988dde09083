//! SQL of prospects and approaches.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Approach, Prospect, State};
use crate::access::Scope;
use crate::db::{Column, DbResult, Tx, Where};
use crate::page::{Rows, page_key, read_key};
use crate::party::Body;
use crate::point::model::{cell, cells_around};
use crate::region::{Region, Today};
use crate::{execute, fetch_all, fetch_many, fetch_one, fetch_optional, fetch_texts, table, text};

/// A prospect by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Prospect>> {
    fetch_optional!(tx, Prospect, "select * from prospect where id = $1", id)
}

/// The prospect that became a point.
pub async fn of_point(tx: &mut Tx, point_id: &str) -> DbResult<Option<Prospect>> {
    fetch_optional!(tx, Prospect, "select * from prospect where point_id = $1", point_id)
}

/// Units a prospect is listed under, surely or not.
pub async fn units_of(tx: &mut Tx, id: &str) -> DbResult<Vec<String>> {
    Ok(fetch_all!(tx, (String,), "select unit_id from prospect_unit where prospect_id = $1", id)?.into_iter().map(|(unit,)| unit).collect())
}

/// Fills what follows from the other fields: folded text, order, square, today's unit.
pub fn derive(prospect: &mut Prospect, region: &Region, today: NaiveDate) {
    prospect.name_fold = text::fold(&prospect.name);
    prospect.address_fold = text::fold(&prospect.address);
    prospect.sort = text::sort_key(&prospect.name);
    prospect.cell = prospect.pin().map_or(String::new(), |(lon, lat)| cell(lon, lat));
    prospect.unit_today = match prospect.unit_id.as_deref().map(|unit| region.today(unit, prospect.pin(), today)) {
        Some(Today::Known(unit)) => Some(unit),
        _ => None,
    };
}

table! {
    "prospect" of Prospect {
        fixed: made_by, told_on, created_by, created_at;
        saved: name, name_fold, sort, kind, address, address_fold, unit_id, unit_today, lon, lat, cell, area_m2, property, owner, owner_kind, tax_code, contact, phone, email, note, supporter_id, state, state_since, reason, point_id, answer, approached_on, next_step, next_on, updated_at
    }
}

/// Adds a prospect and lists it under its units.
pub async fn add(tx: &mut Tx, prospect: &Prospect, region: &Region, today: NaiveDate) -> DbResult<()> {
    prospect.insert(tx).await?;
    relist(tx, prospect, region, today).await
}

/// Saves a changed prospect if nobody saved it since `before` was read; 0 rows = somebody did.
pub async fn save(tx: &mut Tx, before: &Prospect, prospect: &Prospect, region: &Region, now: DateTime<Utc>) -> DbResult<u64> {
    let saved = Prospect { updated_at: now, ..prospect.clone() }.update(tx, before.version).await?;
    let listed_alike = before.sort == prospect.sort && before.unit_id == prospect.unit_id && before.unit_today == prospect.unit_today;
    if saved > 0 && !listed_alike {
        relist(tx, prospect, region, crate::clock::local(now).date_naive()).await?;
    }
    Ok(saved)
}

async fn relist(tx: &mut Tx, prospect: &Prospect, region: &Region, today: NaiveDate) -> DbResult<()> {
    execute!(tx, "delete from prospect_unit where prospect_id = $1", &prospect.id)?;
    let Some(unit) = &prospect.unit_id else { return Ok(()) };
    for listed in region.listed(unit, &region.today(unit, prospect.pin(), today)) {
        let certainty = if listed.is_sure { "is" } else { "may" };
        execute!(
            tx,
            "insert into prospect_unit (unit_id, certainty, sort, prospect_id) values ($1, $2, $3, $4) on conflict do nothing",
            &listed.unit_id,
            certainty,
            &prospect.sort,
            &prospect.id
        )?;
    }
    Ok(())
}

/// Adds an approach.
pub async fn add_approach(tx: &mut Tx, approach: &Approach) -> DbResult<u64> {
    execute!(
        tx,
        "insert into approach (id, prospect_id, day, how, by_name, by_body, answer, said, next_step, next_on, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &approach.id,
        &approach.prospect_id,
        approach.day,
        &approach.how,
        &approach.by_name,
        &approach.by_body,
        &approach.answer,
        &approach.said,
        &approach.next_step,
        approach.next_on,
        &approach.created_by,
        approach.created_at
    )
}

/// The approaches of a prospect, newest first; the last hundred.
pub async fn approaches(tx: &mut Tx, prospect_id: &str) -> DbResult<Vec<Approach>> {
    fetch_all!(tx, Approach, "select * from approach where prospect_id = $1 order by day desc, id desc limit 100", prospect_id)
}

/// What is asked of the list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this unit, old or new.
    pub unit: Option<String>,
    /// Only this state.
    pub state: Option<State>,
    /// Only this latest answer; `none` = not yet approached.
    pub answer: String,
    /// Only those whose next step is due before this day.
    pub late: bool,
    /// Folded text in name or address.
    pub q: String,
    /// Rows after this key.
    pub after: Option<String>,
    /// Rows a page.
    pub size: i64,
}

/// What a scope and a filter ask for; none where nothing is seen.
fn asked(scope: &Scope, filter: &Filter, today: NaiveDate) -> Option<Where> {
    let (own_unit, own_body) = scope.ends()?;
    let mut wanted = Where::default();
    let answer = if filter.answer == "none" { Some("") } else { Some(filter.answer.as_str()).filter(|answer| !answer.is_empty()) };
    for (column, value) in [("p.state", filter.state.map(State::word)), ("p.answer", answer)] {
        if let Some(value) = value {
            let bind = wanted.bind(value);
            wanted.and(&format!("{column} = {bind}"));
        }
    }
    for unit in [own_unit, filter.unit.as_deref().unwrap_or("")] {
        if !unit.is_empty() {
            let bind = wanted.bind(unit);
            wanted.and(&format!(
                "exists (select 1 from prospect_unit u where u.unit_id = {bind} and u.sort = p.sort and u.prospect_id = p.id)"
            ));
        }
    }
    if filter.late {
        wanted.and(&format!("p.state = 'open' and p.next_on < '{today}'"));
    }
    if !own_body.is_empty() {
        let bind = wanted.bind(own_body);
        wanted.and(&format!("(p.supporter_id = {bind} or p.made_by = {bind})"));
    }
    wanted.words(&filter.q, |word| format!("p.name_fold like {word} or p.address_fold like {word}"));
    Some(wanted)
}

/// How many prospects the list has, counted up to one more than `most`.
pub async fn count(tx: &mut Tx, scope: &Scope, filter: &Filter, today: NaiveDate, most: i64) -> DbResult<i64> {
    match asked(scope, filter, today) {
        Some(wanted) => wanted.count(tx, "prospect p", most).await,
        None => Ok(0),
    }
}

/// A page of the prospects of a scope, in dictionary order.
pub async fn list(tx: &mut Tx, scope: &Scope, filter: &Filter, today: NaiveDate) -> DbResult<Rows<Prospect>> {
    let Some(mut wanted) = asked(scope, filter, today) else { return Ok(Rows::none()) };
    if let Some((sort, id)) = filter.after.as_deref().and_then(read_key) {
        let (sort, id) = (wanted.bind(sort), wanted.bind(id));
        wanted.and(&format!("(p.sort, p.id) > ({sort}, {id})"));
    }
    let sql = format!("select p.* from prospect p{} order by p.sort, p.id limit {}", wanted.sql, filter.size + 1);
    let rows = fetch_texts!(tx, Prospect, sql, wanted.binds)?;
    Ok(Rows::cut(rows, filter.size, filter.after.as_deref(), |row| page_key(&row.sort, &row.id)))
}

/// How many prospects of a scope are in each state.
pub async fn counts(tx: &mut Tx, scope: &Scope) -> DbResult<Vec<(State, i64)>> {
    match scope {
        Scope::None => Ok(Vec::new()),
        Scope::All => fetch_all!(tx, (State, i64), "select state, count(*) from prospect group by state"),
        Scope::Unit(unit) => fetch_all!(
            tx,
            (State, i64),
            "select p.state, count(*) from prospect_unit u join prospect p on p.id = u.prospect_id where u.unit_id = $1 group by p.state",
            unit
        ),
        Scope::Body(body) => fetch_all!(
            tx,
            (State, i64),
            "select state, count(*) from prospect where supporter_id = $1 or made_by = $1 group by state",
            body
        ),
    }
}

/// Open prospects of a scope whose next step has come, the oldest first.
pub async fn due(tx: &mut Tx, scope: &Scope, today: NaiveDate, most: i64) -> DbResult<Vec<Prospect>> {
    match scope {
        Scope::None => Ok(Vec::new()),
        Scope::All => fetch_all!(
            tx,
            Prospect,
            "select * from prospect where state = 'open' and next_on <= $1 order by next_on, id limit $2",
            today,
            most
        ),
        Scope::Unit(unit) => fetch_all!(
            tx,
            Prospect,
            "select p.* from prospect_unit u join prospect p on p.id = u.prospect_id where u.unit_id = $3 and p.state = 'open' and p.next_on <= $1 order by p.next_on, p.id limit $2",
            today,
            most,
            unit
        ),
        Scope::Body(body) => {
            fetch_all!(
                tx,
                Prospect,
                "select * from prospect where state = 'open' and next_on <= $1 and (supporter_id = $3 or made_by = $3) order by next_on, id limit $2",
                today,
                most,
                body
            )
        }
    }
}

/// How many there are.
pub async fn due_count(tx: &mut Tx, scope: &Scope, today: NaiveDate) -> DbResult<i64> {
    let Some((unit, body)) = scope.ends() else { return Ok(0) };
    let (count,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from prospect p where p.state = 'open' and p.next_on <= $1 and ($2 = '' or exists (select 1 from prospect_unit u where u.unit_id = $2 and u.sort = p.sort and u.prospect_id = p.id))
           and ($3 = '' or p.supporter_id = $3 or p.made_by = $3)",
        today,
        unit,
        body
    )?;
    Ok(count)
}

/// Open prospects whose next step has come and that nobody was reminded of; a thousand a day.
pub async fn to_tell(tx: &mut Tx, today: NaiveDate) -> DbResult<Vec<Prospect>> {
    fetch_all!(
        tx,
        Prospect,
        "select * from prospect where state = 'open' and next_on <= $1 and (told_on is null or told_on <> next_on) order by next_on, id limit 1000",
        today
    )
}

/// Notes that the next step of a day was reminded of.
pub async fn told(tx: &mut Tx, id: &str, day: Option<NaiveDate>) -> DbResult<u64> {
    execute!(tx, "update prospect set told_on = $2 where id = $1", id, day)
}

/// Prospects worth comparing: same tax code, same folded name, near by.
pub async fn candidates(tx: &mut Tx, tax_code: &str, name: &str, pin: Option<(f64, f64)>) -> DbResult<Vec<Prospect>> {
    let [a, b, c, d, e, f, g, h, i] = pin.map(|(lon, lat)| cells_around(lon, lat)).unwrap_or_default();
    fetch_all!(
        tx,
        Prospect,
        "select * from prospect where id in (
           select id from prospect where name_fold = $1 and name_fold <> ''
           union select id from prospect where tax_code = $2 and tax_code <> ''
           union select id from prospect where cell in ($3, $4, $5, $6, $7, $8, $9, $10, $11) and cell <> '')
         order by sort, id limit 200",
        text::fold(name),
        tax_code,
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i
    )
}

/// Associations of a day, for choosing a supporter.
pub async fn associations(tx: &mut Tx, on: NaiveDate) -> DbResult<Vec<Body>> {
    fetch_all!(
        tx,
        Body,
        "select id, kind, name, short, parent_id, unit_id, tax_code, address, phone, valid_from, valid_to, demo, version from body
         where kind = 'association' and (valid_from is null or valid_from <= $1) and (valid_to is null or valid_to > $1) order by name_fold, id limit 500",
        on
    )
}

/// How many open prospects each of these units has, surely or perhaps.
pub async fn open_in(tx: &mut Tx, units: &[&str]) -> DbResult<Vec<(String, i64)>> {
    let found = fetch_many!(
        tx,
        (String, String),
        "select u.unit_id, p.id from prospect p join prospect_unit u on u.prospect_id = p.id where p.state = 'open' and u.unit_id in ($1)",
        units
    )?;
    let mut counts: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
    for (unit, _) in found {
        *counts.entry(unit).or_default() += 1;
    }
    Ok(counts.into_iter().collect())
}

/// An open prospect as a map shows it: id, name, address, kind of place, longitude, latitude.
pub type Placed = (String, String, String, String, f64, f64);

/// Open prospects of a scope, and of a unit and a kind unless they are empty, within a box (west, south, east, north).
pub async fn in_box(
    tx: &mut Tx,
    scope: &Scope,
    unit: &str,
    kind: &str,
    [west, south, east, north]: [f64; 4],
    most: i64,
) -> DbResult<Vec<Placed>> {
    let (own, body) = match scope {
        Scope::All => ("", ""),
        Scope::Unit(own) => (own.as_str(), ""),
        Scope::Body(body) => ("", body.as_str()),
        Scope::None => return Ok(Vec::new()),
    };
    fetch_all!(
        tx,
        Placed,
        "select p.id, p.name, p.address, p.kind, p.lon, p.lat from prospect p
         where p.state = 'open' and p.lon between $1 and $2 and p.lat between $3 and $4 and ($5 = '' or p.kind = $5)
           and ($6 = '' or exists (select 1 from prospect_unit u where u.unit_id = $6 and u.prospect_id = p.id))
           and ($7 = '' or exists (select 1 from prospect_unit u where u.unit_id = $7 and u.prospect_id = p.id))
           and ($8 = '' or p.supporter_id = $8 or p.made_by = $8)
         order by p.lon, p.id limit $9",
        west,
        east,
        south,
        north,
        kind,
        own,
        unit,
        body,
        most
    )
}

/// Takes a person from the prospects whose contact or owner the person is; gives these prospects.
pub async fn forget(tx: &mut Tx, known: &crate::access::Known, now: DateTime<Utc>) -> DbResult<Vec<String>> {
    let near = fetch_all!(
        tx,
        (String, String, String, String, String),
        "select id, contact, phone, email, owner from prospect
         where ($1 <> '' and email = $1) or ($2 <> '' and phone = $2) or ($3 <> '' and contact = $3)",
        &known.email,
        &known.phone,
        &known.name
    )?;
    let mut forgotten = Vec::new();
    for (id, contact, phone, email, owner) in near {
        if known.is(&contact, &phone, &email, false) {
            let owner = if crate::text::fold(&owner).contains(&crate::text::fold(&known.name)) { String::new() } else { owner };
            execute!(
                tx,
                "update prospect set contact = '', phone = '', email = '', owner = $2, version = version + 1, updated_at = $3 where id = $1",
                &id,
                owner,
                now
            )?;
            forgotten.push(id);
        }
    }
    Ok(forgotten)
}

/// Where this slice names bodies.
pub const PLACES: &[Column] = &[
    Column {
        name: "prospect.supporter_id",
        label: "địa điểm tiềm năng được đồng hành",
        count: "select count(*) from prospect where supporter_id = $1",
        forth: "update prospect set supporter_id = $2 where supporter_id = $1 returning id",
        back: "update prospect set supporter_id = $2 where supporter_id = $1 and id = $3",
    },
    Column {
        name: "prospect.made_by",
        label: "địa điểm tiềm năng đã ghi",
        count: "select count(*) from prospect where made_by = $1",
        forth: "update prospect set made_by = $2 where made_by = $1 returning id",
        back: "update prospect set made_by = $2 where made_by = $1 and id = $3",
    },
];
