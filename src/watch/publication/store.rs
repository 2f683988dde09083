//! SQL of portals, their entries and counters.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Facts, Listing, ListingState, Outlet, Stage};
use crate::access::Scope;
use crate::db::{Column, DbResult, Tx};
use crate::{clock, execute, execute_many, fetch_all, fetch_many, fetch_one, fetch_optional};

/// A portal by id.
pub async fn outlet(tx: &mut Tx, id: &str) -> DbResult<Option<Outlet>> {
    fetch_optional!(tx, Outlet, "select * from outlet where id = $1", id)
}

/// The portal to which a secret belongs.
pub async fn outlet_of_secret(tx: &mut Tx, secret: &str) -> DbResult<Option<Outlet>> {
    fetch_optional!(tx, Outlet, "select * from outlet where secret_hash = $1", clock::digest(secret.as_bytes()))
}

/// Adds a portal.
pub async fn add_outlet(tx: &mut Tx, outlet: &Outlet, by: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into outlet (id, name, sort, body_id, address, mail, how, origin, unit_id, counter, secret_hash, secret_no, valid_from, valid_to, filled_on, reminded_on,
           source, demo, version, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1, $19, $20)",
        &outlet.id,
        &outlet.name,
        &outlet.sort,
        &outlet.body_id,
        &outlet.address,
        &outlet.mail,
        outlet.how,
        &outlet.origin,
        &outlet.unit_id,
        &outlet.counter,
        &outlet.secret_hash,
        outlet.secret_no,
        outlet.valid_from,
        outlet.valid_to,
        outlet.filled_on,
        outlet.reminded_on,
        &outlet.source,
        outlet.demo,
        by,
        now
    )
}

/// Saves a portal if nobody saved it since; 0 rows = somebody did.
pub async fn save_outlet(tx: &mut Tx, outlet: &Outlet) -> DbResult<u64> {
    execute!(
        tx,
        "update outlet set name = $3, sort = $4, body_id = $5, address = $6, mail = $7, how = $8, origin = $9, unit_id = $10, counter = $11, secret_hash = $12,
           secret_no = $13, valid_from = $14, valid_to = $15, filled_on = $16, source = $17, version = version + 1
         where id = $1 and version = $2",
        &outlet.id,
        outlet.version,
        &outlet.name,
        &outlet.sort,
        &outlet.body_id,
        &outlet.address,
        &outlet.mail,
        outlet.how,
        &outlet.origin,
        &outlet.unit_id,
        &outlet.counter,
        &outlet.secret_hash,
        outlet.secret_no,
        outlet.valid_from,
        outlet.valid_to,
        outlet.filled_on,
        &outlet.source
    )
}

/// Notes that the entries of a portal were compared with the whole register. What a form shows is not touched.
pub async fn note_filled(tx: &mut Tx, id: &str, today: NaiveDate) -> DbResult<u64> {
    execute!(tx, "update outlet set filled_on = $2 where id = $1", id, today)
}

/// Notes a reminder.
pub async fn note_reminded(tx: &mut Tx, id: &str, today: NaiveDate) -> DbResult<u64> {
    execute!(tx, "update outlet set reminded_on = $2 where id = $1", id, today)
}

/// The unit to which a reader of portals is bound; none: the whole city. Nobody else sees any.
pub fn bound_to(scope: &Scope) -> Option<Option<&str>> {
    match scope {
        Scope::All => Some(None),
        Scope::Unit(unit) => Some(Some(unit)),
        Scope::Body(_) | Scope::None => None,
    }
}

/// Portals after a key, also those that ended, of one unit or of all.
pub async fn outlets(tx: &mut Tx, unit: Option<&str>, (sort, id): (&str, &str), rows: i64) -> DbResult<Vec<Outlet>> {
    match unit {
        None => fetch_all!(tx, Outlet, "select * from outlet where (sort, id) > ($1, $2) order by sort, id limit $3", sort, id, rows),
        Some(unit) => fetch_all!(
            tx,
            Outlet,
            "select * from outlet where unit_id = $4 and (sort, id) > ($1, $2) order by sort, id limit $3",
            sort,
            id,
            rows,
            unit
        ),
    }
}

/// Portals in force on a day, after an id.
pub async fn in_force(tx: &mut Tx, today: NaiveDate, after: &str, rows: i64) -> DbResult<Vec<Outlet>> {
    fetch_all!(
        tx,
        Outlet,
        "select * from outlet where valid_from <= $1 and (valid_to is null or valid_to > $1) and id > $2 order by id limit $3",
        today,
        after,
        rows
    )
}

/// Origins that may show embeds on a day.
pub async fn origins(tx: &mut Tx, today: NaiveDate) -> DbResult<Vec<String>> {
    let found = fetch_all!(
        tx,
        (String,),
        "select distinct origin from outlet where origin <> '' and valid_from <= $1 and (valid_to is null or valid_to > $1) order by origin limit 200",
        today
    )?;
    Ok(found.into_iter().map(|(origin,)| origin).collect())
}

/// How many entries of each portal of these are in each state.
pub async fn counts(tx: &mut Tx, outlets: &[String]) -> DbResult<Vec<(String, ListingState, i64)>> {
    fetch_many!(tx, (String, ListingState, i64), "select outlet_id, state, n from outlet_count where n > 0 and outlet_id in ($1)", outlets)
}

/// How many entries are in each state on the portals in force, of one unit or of all.
pub async fn sums(tx: &mut Tx, unit: Option<&str>, today: NaiveDate) -> DbResult<Vec<(ListingState, i64)>> {
    fetch_all!(
        tx,
        (ListingState, i64),
        "select c.state, cast(sum(c.n) as bigint) from outlet_count c join outlet o on o.id = c.outlet_id
         where o.valid_from <= $1 and (o.valid_to is null or o.valid_to > $1) and ($2 = '' or o.unit_id = $2) group by c.state",
        today,
        unit.unwrap_or("")
    )
}

/// How many portals owe an answer of a stage.
pub async fn owing(tx: &mut Tx, unit: Option<&str>, stage: Stage, today: NaiveDate) -> DbResult<i64> {
    let (n,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from outlet o where o.valid_from <= $1 and (o.valid_to is null or o.valid_to > $1) and ($2 = '' or o.unit_id = $2)
           and exists (select 1 from listing l where l.outlet_id = o.id and l.stage = $3)",
        today,
        unit.unwrap_or(""),
        stage
    )?;
    Ok(n)
}

/// How many entries of each portal have been outstanding since before a day.
pub async fn late(tx: &mut Tx, before: NaiveDate) -> DbResult<Vec<(String, i64)>> {
    fetch_all!(
        tx,
        (String, i64),
        "select outlet_id, count(*) from listing where stage in ('takedown', 'publish') and since < $1 group by outlet_id",
        before
    )
}

/// Portals to which something is still to be told.
pub async fn to_tell(tx: &mut Tx) -> DbResult<Vec<String>> {
    let found = fetch_all!(
        tx,
        (String,),
        "select distinct outlet_id from outlet_count where state in ('wanted', 'takedown_wanted') and n > 0 order by outlet_id"
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// One entry.
pub async fn find(tx: &mut Tx, outlet: &str, point: &str) -> DbResult<Option<Listing>> {
    fetch_optional!(tx, Listing, "select * from listing where outlet_id = $1 and point_id = $2", outlet, point)
}

/// All entries of a point.
pub async fn of_point(tx: &mut Tx, point: &str) -> DbResult<Vec<Listing>> {
    fetch_all!(tx, Listing, "select * from listing where point_id = $1 order by outlet_id", point)
}

/// The same with the names of the portals.
pub async fn portals_of(tx: &mut Tx, point: &str) -> DbResult<Vec<Row>> {
    fetch_all!(
        tx,
        Row,
        "select l.*, o.name as outlet, p.code, p.name, p.address, p.slug, p.demo from listing l join outlet o on o.id = l.outlet_id join point p on p.id = l.point_id
         where l.point_id = $1 order by l.outlet_id",
        point
    )
}

/// Entries of a portal with points after `from` and up to `to`.
pub async fn between(tx: &mut Tx, outlet: &str, from: &str, to: &str) -> DbResult<Vec<Listing>> {
    fetch_all!(tx, Listing, "select * from listing where outlet_id = $1 and point_id > $2 and point_id <= $3", outlet, from, to)
}

/// All entries of a portal in one stage.
pub async fn of_stage(tx: &mut Tx, outlet: &str, stage: Stage) -> DbResult<Vec<Listing>> {
    fetch_all!(tx, Listing, "select * from listing where outlet_id = $1 and stage = $2", outlet, stage)
}

/// What decides where a point belongs, and the units it surely lies in.
pub async fn facts(tx: &mut Tx, point: &str) -> DbResult<Option<(Facts, Vec<String>)>> {
    let Some(facts) =
        fetch_optional!(tx, Facts, "select id, state, state_since, counted_by, demo, false as in_unit from point where id = $1", point)?
    else {
        return Ok(None);
    };
    let units = fetch_all!(tx, (String,), "select unit_id from point_unit where point_id = $1 and certainty = 'is'", point)?;
    Ok(Some((facts, units.into_iter().map(|(unit,)| unit).collect())))
}

/// Public points after an id, as a portal of a unit sees them. `case` keeps the read along the primary key.
pub async fn public_points(tx: &mut Tx, unit: Option<&str>, after: &str, rows: i64) -> DbResult<Vec<Facts>> {
    fetch_all!(
        tx,
        Facts,
        "select p.id, p.state, p.state_since, p.counted_by, p.demo, exists (select 1 from point_unit u where u.point_id = p.id and u.certainty = 'is' and u.unit_id = $1) as in_unit
         from point p where p.id > $2 and case when p.state in ('operating', 'suspended', 'closed') then true else false end order by p.id limit $3",
        unit.unwrap_or(""),
        after,
        rows
    )
}

/// Writes an entry, new or changed since `before`, and moves the counters; 0 rows = somebody else wrote it.
pub async fn put(tx: &mut Tx, before: Option<&Listing>, listing: &Listing) -> DbResult<u64> {
    let written = match before {
        None => {
            let new = [listing.clone()];
            add(tx, &new).await?;
            return Ok(1);
        }
        Some(before) => execute!(
            tx,
            "update listing set state = $4, stage = $5, since = $6, wanted_on = $7, sent_on = $8, sent_how = $9, confirmed_on = $10, confirmed_url = $11, confirmed_by = $12,
               takedown_on = $13, takedown_sent_on = $14, taken_down_on = $15, taken_down_by = $16, note = $17, answer_id = '', version = version + 1
             where outlet_id = $1 and point_id = $2 and version = $3",
            &listing.outlet_id,
            &listing.point_id,
            before.version,
            listing.state,
            listing.state.stage(),
            listing.since(),
            listing.wanted_on,
            listing.sent_on,
            &listing.sent_how,
            listing.confirmed_on,
            &listing.confirmed_url,
            &listing.confirmed_by,
            listing.takedown_on,
            listing.takedown_sent_on,
            listing.taken_down_on,
            &listing.taken_down_by,
            &listing.note
        )?,
    };
    if let (Some(before), 1) = (before, written)
        && before.state != listing.state
    {
        count(tx, &listing.outlet_id, before.state, -1).await?;
        count(tx, &listing.outlet_id, listing.state, 1).await?;
    }
    Ok(written)
}

/// Adds new entries of one portal, all in one state.
pub async fn add(tx: &mut Tx, listings: &[Listing]) -> DbResult<()> {
    let Some(first) = listings.first() else { return Ok(()) };
    execute_many!(
        tx,
        12,
        "insert into listing (outlet_id, point_id, state, stage, since, wanted_on, sent_how, confirmed_url, confirmed_by, taken_down_by, note, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        listings,
        |listing| [
            &listing.outlet_id,
            &listing.point_id,
            listing.state,
            listing.state.stage(),
            listing.since(),
            listing.wanted_on,
            &listing.sent_how,
            &listing.confirmed_url,
            &listing.confirmed_by,
            &listing.taken_down_by,
            &listing.note,
            listing.version
        ]
    )?;
    count(tx, &first.outlet_id, first.state, listings.len() as i64).await?;
    Ok(())
}

/// Moves the counter of a portal.
pub(super) async fn count(tx: &mut Tx, outlet: &str, state: ListingState, by: i64) -> DbResult<u64> {
    execute!(
        tx,
        "insert into outlet_count (outlet_id, state, n) values ($1, $2, $3) on conflict (outlet_id, state) do update set n = outlet_count.n + excluded.n",
        outlet,
        state,
        by
    )
}

/// Everything that a portal is still to be told counts as told today; gives the points.
pub async fn tell(tx: &mut Tx, outlet: &str, stage: Stage, how: &str, today: NaiveDate) -> DbResult<Vec<String>> {
    let (from, to, told) = match stage {
        Stage::Takedown => (
            ListingState::TakedownWanted,
            ListingState::TakedownSent,
            fetch_all!(
                tx,
                (String,),
                "update listing set state = 'takedown_sent', since = coalesce(takedown_sent_on, $2), takedown_sent_on = coalesce(takedown_sent_on, $2), version = version + 1
                 where outlet_id = $1 and stage = 'takedown' and state = 'takedown_wanted' returning point_id",
                outlet,
                today
            )?,
        ),
        _ => (
            ListingState::Wanted,
            ListingState::Sent,
            fetch_all!(
                tx,
                (String,),
                "update listing set state = 'sent', since = $2, sent_on = $2, sent_how = $3, version = version + 1
                 where outlet_id = $1 and stage = 'publish' and state = 'wanted' returning point_id",
                outlet,
                today,
                how
            )?,
        ),
    };
    if !told.is_empty() {
        count(tx, outlet, from, -(told.len() as i64)).await?;
        count(tx, outlet, to, told.len() as i64).await?;
    }
    Ok(told.into_iter().map(|(point,)| point).collect())
}

/// An entry with its point and portal, as lists show it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// The entry.
    #[sqlx(flatten)]
    pub listing: Listing,
    /// First day of its state.
    pub since: NaiveDate,
    /// Name of the portal.
    pub outlet: String,
    /// Code of the point.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its address as printed.
    pub address: String,
    /// Its name in URLs.
    pub slug: String,
    /// Sample data.
    pub demo: bool,
}

impl Row {
    /// The line below its name in lists of work: portal, code, and why it is asked.
    pub fn place(&self) -> String {
        let sample = if self.demo { " · dữ liệu mẫu" } else { "" };
        let note = self.listing.note.trim_end_matches('.');
        format!("{} · {}{sample}{}{note}", self.outlet, self.code, if note.is_empty() { "" } else { " · " })
    }
}

/// Where a page of entries begins: day, portal, point.
pub type After = (NaiveDate, String, String);

/// Outstanding entries of the portals in force, the oldest first, of one unit or of all; `stage` empty: both kinds.
pub async fn outstanding(
    tx: &mut Tx,
    unit: Option<&str>,
    stage: Option<Stage>,
    after: &After,
    today: NaiveDate,
    rows: i64,
) -> DbResult<Vec<Row>> {
    match stage {
        None => fetch_all!(
            tx,
            Row,
            "select l.*, o.name as outlet, p.code, p.name, p.address, p.slug, p.demo from listing l join outlet o on o.id = l.outlet_id join point p on p.id = l.point_id
             where l.stage in ('takedown', 'publish') and (l.since, l.outlet_id, l.point_id) > ($1, $2, $3) and o.valid_from <= $4 and (o.valid_to is null or o.valid_to > $4)
               and ($5 = '' or o.unit_id = $5) order by l.since, l.outlet_id, l.point_id limit $6",
            after.0,
            &after.1,
            &after.2,
            today,
            unit.unwrap_or(""),
            rows
        ),
        Some(stage) => fetch_all!(
            tx,
            Row,
            "select l.*, o.name as outlet, p.code, p.name, p.address, p.slug, p.demo from listing l join outlet o on o.id = l.outlet_id join point p on p.id = l.point_id
             where l.stage = $7 and (l.since, l.outlet_id, l.point_id) > ($1, $2, $3) and o.valid_from <= $4 and (o.valid_to is null or o.valid_to > $4)
               and ($5 = '' or o.unit_id = $5) order by l.since, l.outlet_id, l.point_id limit $6",
            after.0,
            &after.1,
            &after.2,
            today,
            unit.unwrap_or(""),
            rows,
            stage
        ),
    }
}

/// Entries of one portal in one stage, the oldest first.
pub async fn rows(tx: &mut Tx, outlet: &str, stage: Stage, (since, point): (NaiveDate, &str), rows: i64) -> DbResult<Vec<Row>> {
    fetch_all!(
        tx,
        Row,
        "select l.*, o.name as outlet, p.code, p.name, p.address, p.slug, p.demo from listing l join outlet o on o.id = l.outlet_id join point p on p.id = l.point_id
         where l.outlet_id = $1 and l.stage = $2 and (l.since, l.point_id) > ($3, $4) order by l.since, l.point_id limit $5",
        outlet,
        stage,
        since,
        point,
        rows
    )
}

/// One entry of a portal as lists show it.
pub async fn row(tx: &mut Tx, outlet: &str, point: &str) -> DbResult<Option<Row>> {
    fetch_optional!(
        tx,
        Row,
        "select l.*, o.name as outlet, p.code, p.name, p.address, p.slug, p.demo from listing l join outlet o on o.id = l.outlet_id join point p on p.id = l.point_id
         where l.outlet_id = $1 and l.point_id = $2",
        outlet,
        point
    )
}

/// Where this slice names bodies.
pub const PLACES: &[Column] = &[Column {
    name: "outlet.body_id",
    label: "cổng công bố",
    count: "select count(*) from outlet where body_id = $1",
    forth: "update outlet set body_id = $2 where body_id = $1 returning id",
    back: "update outlet set body_id = $2 where body_id = $1 and id = $3",
}];
