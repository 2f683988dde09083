//! SQL of conferences: the records, their guests, their outcomes.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Conference, Outcome, Part, Side, Totals};
use crate::access::Scope;
use crate::connection::model::Place;
use crate::db::{Column, DbResult, Tx};
use crate::page::{Rows, page_key, read_key};
use crate::product::Product;
use crate::{execute, execute_many, fetch_all, fetch_many, fetch_one, fetch_optional, table};

/// A conference by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Conference>> {
    fetch_optional!(tx, Conference, "select * from conference where id = $1", id)
}

table! {
    "conference" of Conference {
        fixed: demo, created_by, created_at;
        saved: title, held_on, place, unit_id, organiser_id, note
    }
}

/// A line of the list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Line {
    /// Identifier.
    pub id: String,
    /// Title.
    pub title: String,
    /// Its day.
    pub held_on: NaiveDate,
    /// Where.
    pub place: String,
    /// For which unit.
    pub unit_id: Option<String>,
    /// Who holds it.
    pub organiser: String,
    /// Bodies invited.
    pub guests: i64,
    /// Products that met a place.
    pub pairs: i64,
    /// Memos.
    pub memos: i64,
    /// Contracts.
    pub contracts: i64,
    /// Value of both.
    pub value: i64,
}

/// A page of the conferences of a scope, the latest first; their sums are of what the scope may read: a commune reads of the
/// conferences of the whole city what its own products and places came to, a firm what it came to itself.
pub async fn list(tx: &mut Tx, scope: &Scope, after: &str, size: i64) -> DbResult<Rows<Line>> {
    let Some((unit, body)) = scope.ends() else { return Ok(Rows::none()) };
    let key = read_key(after).and_then(|(day, id)| Some((day.parse::<NaiveDate>().ok()?, id)));
    let (day, id) = key.unwrap_or((NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or_default(), ""));
    let rows = fetch_all!(
        tx,
        Line,
        "with shown as (
           select k.id, k.title, k.held_on, k.place, k.unit_id, k.organiser_id from conference k
           where (k.held_on, k.id) < ($1, $2) and ($3 = '' or k.unit_id is null or k.unit_id = $3)
             and ($4 = '' or k.organiser_id = $4 or exists (select 1 from conference_guest g where g.body_id = $4 and g.conference_id = k.id))
           order by k.held_on desc, k.id desc limit $5),
         sums as (
           select o.conference_id, count(*) as pairs, count(*) filter (where o.outcome = 'memo') as memos, count(*) filter (where o.outcome = 'contract') as contracts,
             cast(coalesce(sum(o.value), 0) as bigint) as value
           from shown k join conference_outcome o on o.conference_id = k.id join product p on p.id = o.product_id left join point t on t.id = o.point_id
           where ($3 = '' or k.unit_id = $3 or p.unit_today = $3 or p.unit_id = $3 or exists (select 1 from point_unit u where u.unit_id = $3 and u.point_id = o.point_id))
             and ($4 = '' or k.organiser_id = $4 or p.producer_id = $4 or t.operator_id = $4 or o.chain_id = $4)
           group by o.conference_id)
         select k.id, k.title, k.held_on, k.place, k.unit_id, coalesce(b.name, '') as organiser,
           (select count(*) from conference_guest g where g.conference_id = k.id) as guests,
           coalesce(s.pairs, 0) as pairs, coalesce(s.memos, 0) as memos, coalesce(s.contracts, 0) as contracts, coalesce(s.value, 0) as value
         from shown k left join body b on b.id = k.organiser_id left join sums s on s.conference_id = k.id
         order by k.held_on desc, k.id desc",
        day,
        id,
        unit,
        body,
        size + 1
    )?;
    Ok(Rows::cut(rows, size, after, |row| page_key(&row.held_on.to_string(), &row.id)))
}

/// Conferences of a scope held from one day to another of which no outcome is written, the oldest first.
pub async fn without_outcome(tx: &mut Tx, scope: &Scope, from: NaiveDate, to: NaiveDate, most: i64) -> DbResult<Vec<Conference>> {
    let unit = match scope {
        Scope::All => "",
        Scope::Unit(unit) => unit,
        Scope::Body(_) | Scope::None => return Ok(Vec::new()),
    };
    fetch_all!(
        tx,
        Conference,
        "select * from conference k where k.held_on between $1 and $2 and ($3 = '' or k.unit_id = $3)
           and not exists (select 1 from conference_outcome o where o.conference_id = k.id) order by k.held_on, k.id limit $4",
        from,
        to,
        unit,
        most
    )
}

/// Whether a body is a guest.
pub async fn is_guest(tx: &mut Tx, conference: &Conference, body: &str) -> DbResult<bool> {
    Ok(fetch_optional!(
        tx,
        (String,),
        "select body_id from conference_guest where conference_id = $1 and body_id = $2 limit 1",
        &conference.id,
        body
    )?
    .is_some())
}

/// A guest with its name.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Guest {
    /// The body.
    pub body_id: String,
    /// Its name.
    pub name: String,
    /// Its side.
    pub side: Side,
    /// Whether it came.
    pub came: bool,
}

/// How many were invited and came, by side.
pub async fn guest_counts(tx: &mut Tx, conference: &Conference) -> DbResult<Vec<(Side, i64, i64)>> {
    fetch_all!(
        tx,
        (Side, i64, i64),
        "select side, count(*), cast(sum(case when came then 1 else 0 end) as bigint) from conference_guest where conference_id = $1 group by side order by side",
        &conference.id
    )
}

/// A page of the guests of a side, by body.
pub async fn guests(tx: &mut Tx, conference: &Conference, side: Side, after: &str, size: i64) -> DbResult<Rows<Guest>> {
    let after = read_key(after).map_or("", |(_, id)| id);
    let rows = fetch_all!(
        tx,
        Guest,
        "select g.body_id, b.name, g.side, g.came from conference_guest g join body b on b.id = g.body_id
         where g.conference_id = $1 and g.side = $2 and ($3 = '' or (b.name_fold, b.id) > (select x.name_fold, x.id from body x where x.id = $3))
         order by b.name_fold, b.id limit $4",
        &conference.id,
        side,
        after,
        size + 1
    )?;
    Ok(Rows::cut(rows, size, after, |row| page_key("b", &row.body_id)))
}

/// Invites bodies to a side; those invited already stay as they are.
pub async fn invite(tx: &mut Tx, conference: &Conference, side: Side, bodies: &[String]) -> DbResult<()> {
    let rows: Vec<&String> = bodies.iter().collect();
    execute_many!(
        tx,
        4,
        "insert into conference_guest (conference_id, body_id, side, came) values ($1, $2, $3, $4) on conflict do nothing",
        rows,
        |body| [&conference.id, *body, side, false]
    )
}

/// Says whether a guest came.
pub async fn came(tx: &mut Tx, conference: &Conference, side: Side, body: &str, came: bool) -> DbResult<u64> {
    execute!(
        tx,
        "update conference_guest set came = $4 where conference_id = $1 and side = $2 and body_id = $3 and came <> $4",
        &conference.id,
        side,
        body,
        came
    )
}

/// Takes an invitation back.
pub async fn uninvite(tx: &mut Tx, conference: &Conference, side: Side, body: &str) -> DbResult<u64> {
    execute!(tx, "delete from conference_guest where conference_id = $1 and side = $2 and body_id = $3", &conference.id, side, body)
}

/// Producers with live products in units (empty: everywhere) on a day; at most `most`.
pub async fn producers(tx: &mut Tx, units: Option<&[String]>, today: NaiveDate, most: i64) -> DbResult<Vec<String>> {
    let rows = match units {
        None => fetch_all!(
            tx,
            (String,),
            "select distinct producer_id from product where state = 'live' and origin = '' and valid_to > $1 and producer_id is not null order by producer_id limit $2",
            today,
            most
        )?,
        Some(units) => {
            let keys: Vec<&str> = units.iter().map(String::as_str).collect();
            // a product recorded in an old unit lies in today's; both columns are asked
            let mut rows = fetch_many!(
                tx,
                (String, NaiveDate),
                "select producer_id, valid_to from product where state = 'live' and producer_id is not null and unit_today in ($1)",
                keys
            )?;
            rows.extend(fetch_many!(
                tx,
                (String, NaiveDate),
                "select producer_id, valid_to from product where state = 'live' and producer_id is not null and unit_id in ($1)",
                keys
            )?);
            let found: BTreeSet<String> = rows.into_iter().filter(|(_, valid_to)| today < *valid_to).map(|(id, _)| id).collect();
            found.into_iter().take(most as usize).map(|id| (id,)).collect()
        }
    };
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Operators of operating points, in a unit unless it is empty; at most `most`.
pub async fn operators(tx: &mut Tx, unit: &str, most: i64) -> DbResult<Vec<String>> {
    let rows = fetch_all!(
        tx,
        (String,),
        "select distinct p.operator_id from point p where p.state = 'operating' and p.operator_id is not null
           and ($1 = '' or exists (select 1 from point_unit u where u.unit_id = $1 and u.point_id = p.id)) order by p.operator_id limit $2",
        unit,
        most
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A choice that is typed: id, name, a line that tells it from others of the name.
pub type Found = (String, String, String);

/// Bodies whose folded name holds a text. For a unit, unless it is empty: those that make or sell there, or are registered
/// there and not merely by a stranger of whom nobody has confirmed anything.
pub async fn bodies_like(tx: &mut Tx, q: &str, unit: &str, most: i64) -> DbResult<Vec<Found>> {
    fetch_all!(
        tx,
        Found,
        "select b.id, b.name, coalesce(b.tax_code, '') from body b where b.name_fold like $1
           and ($2 = '' or exists (select 1 from product p where p.producer_id = b.id and p.state = 'live' and (p.unit_today = $2 or p.unit_id = $2))
             or exists (select 1 from point t join point_unit u on u.point_id = t.id
                  where t.operator_id = b.id and u.unit_id = $2 and t.state in ('selected', 'preparing', 'operating', 'suspended', 'closed'))
             or b.unit_id = $2 and not exists (select 1 from role_grant g join person n on n.id = g.person_id where g.body_id = b.id and n.status in ('unconfirmed', 'invited')))
         order by b.name_fold, b.id limit $3",
        format!("%{q}%"),
        unit,
        most
    )
}

/// Products whose folded name holds a text, with their code.
pub async fn products_like(tx: &mut Tx, q: &str, most: i64) -> DbResult<Vec<Found>> {
    fetch_all!(tx, Found, "select id, name, code from product where name_fold like $1 order by sort, id limit $2", format!("%{q}%"), most)
}

/// Points that take products whose folded name holds a text, with their code.
pub async fn points_like(tx: &mut Tx, q: &str, most: i64) -> DbResult<Vec<Found>> {
    fetch_all!(
        tx,
        Found,
        "select id, name, code from point where name_fold like $1 and state in ('selected', 'preparing', 'operating', 'suspended', 'closed') order by sort, id limit $2",
        format!("%{q}%"),
        most
    )
}

/// Chains whose folded name holds a text.
pub async fn chains_like(tx: &mut Tx, q: &str, most: i64) -> DbResult<Vec<Found>> {
    fetch_all!(
        tx,
        Found,
        "select b.id, b.name, '' from chain c join body b on b.id = c.id where b.name_fold like $1 order by b.name_fold, b.id limit $2",
        format!("%{q}%"),
        most
    )
}

/// The name of a chain.
pub async fn chain(tx: &mut Tx, id: &str) -> DbResult<Option<String>> {
    Ok(fetch_optional!(tx, (String,), "select b.name from chain c join body b on b.id = c.id where c.id = $1", id)?.map(|(name,)| name))
}

/// An outcome with the names of its two sides and the connection it became.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Met {
    /// Identifier.
    pub id: String,
    /// The product.
    pub product_id: String,
    /// Its name.
    pub product: String,
    /// Name of its producer.
    pub producer: String,
    /// The point.
    pub point_id: Option<String>,
    /// Or the chain.
    pub chain_id: Option<String>,
    /// Name of the point or chain.
    pub place_name: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Value, đồng.
    pub value: Option<i64>,
    /// Remark.
    pub note: String,
    /// Row version.
    pub version: i64,
    /// The latest connection of the pair.
    pub connection_id: Option<String>,
    /// Its stage, or empty.
    pub stage: String,
}

impl Met {
    /// The form that makes a connection of it.
    pub fn propose(&self) -> String {
        match (&self.point_id, &self.chain_id) {
            (Some(point), _) => format!("/ket-noi/moi?product={}&point={point}", self.product_id),
            (None, chain) => format!("/ket-noi/moi?product={}&chain={}", self.product_id, chain.as_deref().unwrap_or_default()),
        }
    }
}

/// A page of the outcomes of a conference in the order they were written; of the reader's part.
pub async fn outcomes(tx: &mut Tx, conference: &Conference, part: &Part, after: &str, size: i64) -> DbResult<Rows<Met>> {
    let after = read_key(after).map_or("", |(_, id)| id);
    let rows = fetch_all!(
        tx,
        Met,
        "select o.id, o.product_id, p.name as product, coalesce(b.name, '') as producer, o.point_id, o.chain_id, coalesce(t.name, k.name, '') as place_name,
           o.outcome, o.value, o.note, o.version, c.id as connection_id, coalesce(c.stage, '') as stage
         from conference_outcome o join product p on p.id = o.product_id left join body b on b.id = p.producer_id
           left join point t on t.id = o.point_id left join body k on k.id = o.chain_id
           left join connection c on c.id = (select x.id from connection x where x.product_id = o.product_id and x.place = o.place order by x.created_at desc, x.id desc limit 1)
         where o.conference_id = $1 and o.id > $2 and ($3 = '' or p.producer_id = $3 or t.operator_id = $3 or o.chain_id = $3)
           and ($5 = '' or p.unit_today = $5 or p.unit_id = $5 or exists (select 1 from point_unit u where u.unit_id = $5 and u.point_id = o.point_id))
         order by o.id limit $4",
        &conference.id,
        after,
        part.body(),
        size + 1,
        part.unit()
    )?;
    Ok(Rows::cut(rows, size, after, |row| page_key("o", &row.id)))
}

/// One outcome of a conference.
pub async fn outcome(
    tx: &mut Tx,
    conference: &Conference,
    id: &str,
) -> DbResult<Option<(String, Option<i64>, Outcome, String, i64, String)>> {
    fetch_optional!(
        tx,
        (String, Option<i64>, Outcome, String, i64, String),
        "select o.product_id, o.value, o.outcome, o.note, o.version, o.place from conference_outcome o where o.conference_id = $1 and o.id = $2",
        &conference.id,
        id
    )
}

/// Sums of a conference; of the reader's part.
pub async fn totals(tx: &mut Tx, conference: &Conference, part: &Part) -> DbResult<Totals> {
    let rows = fetch_all!(
        tx,
        (Outcome, i64, i64),
        "select o.outcome, count(*), cast(coalesce(sum(o.value), 0) as bigint) from conference_outcome o join product p on p.id = o.product_id left join point t on t.id = o.point_id
         where o.conference_id = $1 and ($2 = '' or p.producer_id = $2 or t.operator_id = $2 or o.chain_id = $2)
           and ($3 = '' or p.unit_today = $3 or p.unit_id = $3 or exists (select 1 from point_unit u where u.unit_id = $3 and u.point_id = o.point_id)) group by o.outcome",
        &conference.id,
        part.body(),
        part.unit()
    )?;
    Ok(Totals::of(&rows))
}

/// An outcome to be written.
pub struct Write<'a> {
    /// Its id.
    pub id: &'a str,
    /// Of which conference.
    pub conference: &'a Conference,
    /// The product.
    pub product: &'a Product,
    /// Where it may go.
    pub place: &'a Place,
    /// What came of it.
    pub outcome: Outcome,
    /// Value.
    pub value: Option<i64>,
    /// Remark.
    pub note: &'a str,
}

/// Adds an outcome; false when the pair has one.
pub async fn add_outcome(tx: &mut Tx, write: &Write<'_>, by: &str, now: DateTime<Utc>) -> DbResult<bool> {
    let added = fetch_optional!(
        tx,
        (String,),
        "insert into conference_outcome (id, conference_id, product_id, point_id, chain_id, place, outcome, value, note, version, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11) on conflict do nothing returning id",
        write.id,
        &write.conference.id,
        &write.product.id,
        write.place.point(),
        write.place.chain(),
        write.place.key(),
        write.outcome,
        write.value,
        write.note,
        by,
        now
    )?;
    Ok(added.is_some())
}

/// Corrects an outcome if nobody did since; 0 rows = somebody did.
pub async fn save_outcome(tx: &mut Tx, id: &str, version: i64, outcome: Outcome, value: Option<i64>, note: &str) -> DbResult<u64> {
    execute!(
        tx,
        "update conference_outcome set outcome = $3, value = $4, note = $5, version = version + 1 where id = $1 and version = $2",
        id,
        version,
        outcome,
        value,
        note
    )
}

/// Takes an outcome back.
pub async fn drop_outcome(tx: &mut Tx, id: &str, version: i64) -> DbResult<u64> {
    execute!(tx, "delete from conference_outcome where id = $1 and version = $2", id, version)
}

/// How many outcomes a body has at a conference, on either side.
pub async fn met(tx: &mut Tx, conference: &Conference, body: &str) -> DbResult<i64> {
    let (count,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from conference_outcome o join product p on p.id = o.product_id left join point t on t.id = o.point_id
         where o.conference_id = $1 and (p.producer_id = $2 or t.operator_id = $2 or o.chain_id = $2)",
        &conference.id,
        body
    )?;
    Ok(count)
}

/// Conferences that the maker of a product came to.
pub const CAME_TO: crate::dossier::known::Question = crate::dossier::known::Question {
    word: "conference",
    label: "Dự hội nghị kết nối",
    sql: "select c.title as title, '/hoi-nghi/' || c.id as href from conference_guest g join conference c on c.id = g.conference_id
          join product d on d.id = $1 and d.producer_id = $2
          where g.body_id = $2 and g.side = 'producer' and g.came order by c.held_on desc, c.id limit 100",
};

/// Where this slice names bodies.
pub const PLACES: &[Column] = &[
    Column { name: "conference.organiser_id", label: "hội nghị tổ chức", count: "select count(*) from conference where organiser_id = $1", forth: "update conference set organiser_id = $2 where organiser_id = $1 returning id", back: "update conference set organiser_id = $2 where organiser_id = $1 and id = $3" },
    Column {
        name: "conference_guest.body_id",
        label: "lượt dự hội nghị",
        count: "select count(*) from conference_guest where body_id = $1",
        forth: "update conference_guest set body_id = $2 where body_id = $1
                and not exists (select 1 from conference_guest own where own.conference_id = conference_guest.conference_id and own.side = conference_guest.side and own.body_id = $2)
                returning conference_id || ' ' || side",
        back: "update conference_guest set body_id = $2 where body_id = $1 and conference_id || ' ' || side = $3",
    },
];
