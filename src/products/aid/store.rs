//! SQL of support for producers.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Aid, Part, State};
use crate::access::Scope;
use crate::db::{Column, DbResult, Tx};
use crate::page::Rows;
use crate::{fetch_all, fetch_one, fetch_optional, table};

/// Some support by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Aid>> {
    fetch_optional!(tx, Aid, "select * from aid where id = $1", id)
}

table! {
    "aid" of Aid {
        fixed: producer_id, product_id, unit_id, side, asker_id, what, detail, priority, asked_on, asked_effect_on, created_by, created_at;
        saved: state, state_since, granted_on, cost, source, provider_id, granted_no, due_on, delivered_on, spent, effect, effect_on, reason, updated_at
    }
}

/// Saves a step if nobody saved one since `version`; 0 rows = somebody did.
pub async fn save(tx: &mut Tx, aid: &Aid, version: i64, now: DateTime<Utc>) -> DbResult<u64> {
    Aid { updated_at: now, ..aid.clone() }.update(tx, version).await
}

/// A line of the list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// The support.
    #[sqlx(flatten)]
    pub aid: Aid,
    /// Name of the producer.
    pub producer: String,
    /// Name of the product, or empty.
    pub product: String,
}

/// What is asked of the list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this state.
    pub state: Option<State>,
    /// Only this kind.
    pub what: String,
    /// Only this producer's.
    pub producer: String,
    /// Rows entered before this one.
    pub before: String,
    /// Rows a page.
    pub size: i64,
}

/// A page of the list, the newest first.
pub async fn list(tx: &mut Tx, scope: &Scope, filter: &Filter) -> DbResult<Rows<Row>> {
    let Some((unit, body)) = scope.ends() else { return Ok(Rows::none()) };
    let rows = fetch_all!(
        tx,
        Row,
        "select a.*, b.name as producer, coalesce(p.name, '') as product
         from aid a join body b on b.id = a.producer_id left join product p on p.id = a.product_id
         where ($1 = '' or a.unit_id = $1) and ($2 = '' or a.producer_id = $2) and ($3 = '' or a.state = $3) and ($4 = '' or a.what = $4)
           and ($5 = '' or a.producer_id = $5) and ($6 = '' or a.id < $6)
         order by a.id desc limit $7",
        unit,
        body,
        filter.state.map_or("", State::word),
        &filter.what,
        &filter.producer,
        &filter.before,
        filter.size + 1
    )?;
    Ok(Rows::cut(rows, filter.size, filter.before.as_str(), |row| row.aid.id.clone()))
}

/// How many there are in each state.
pub async fn counts(tx: &mut Tx, scope: &Scope, producer: &str) -> DbResult<Vec<(State, i64)>> {
    let Some((unit, body)) = scope.ends() else { return Ok(Vec::new()) };
    fetch_all!(
        tx,
        (State, i64),
        "select state, count(*) as n from aid where ($1 = '' or unit_id = $1) and ($2 = '' or producer_id = $2) and ($3 = '' or producer_id = $3) group by state",
        unit,
        body,
        producer
    )
}

/// What was granted in a period, by kind and source of money.
pub async fn parts(tx: &mut Tx, scope: &Scope, from: NaiveDate, to: NaiveDate) -> DbResult<Vec<Part>> {
    let Some((unit, body)) = scope.ends() else { return Ok(Vec::new()) };
    fetch_all!(
        tx,
        Part,
        "select what, source, count(*) as n, cast(coalesce(sum(cost), 0) as bigint) as cost, count(*) filter (where state = 'delivered') as delivered,
           cast(coalesce(sum(spent), 0) as bigint) as spent
         from aid where granted_on >= $1 and granted_on < $2 and state in ('granted', 'delivered') and ($3 = '' or unit_id = $3) and ($4 = '' or producer_id = $4)
         group by what, source",
        from,
        to,
        unit,
        body
    )
}

/// The first day on which anything was granted.
pub async fn first_grant(tx: &mut Tx) -> DbResult<Option<NaiveDate>> {
    Ok(fetch_one!(tx, (Option<NaiveDate>,), "select min(granted_on) from aid")?.0)
}

/// Support that waits: in a state, and of delivered only what was asked for its effect and has none.
pub async fn waiting(tx: &mut Tx, scope: &Scope, state: State, most: i64) -> DbResult<Vec<Row>> {
    let Some((unit, body)) = scope.ends() else { return Ok(Vec::new()) };
    fetch_all!(
        tx,
        Row,
        "select a.*, b.name as producer, coalesce(p.name, '') as product
         from aid a join body b on b.id = a.producer_id left join product p on p.id = a.product_id
         where a.state = $1 and ($2 = '' or a.unit_id = $2) and ($3 = '' or a.producer_id = $3)
           and ($1 <> 'delivered' or (a.asked_effect_on is not null and a.effect_on is null))
         order by a.id limit $4",
        state,
        unit,
        body,
        most
    )
}

/// How many they are.
pub async fn waiting_count(tx: &mut Tx, scope: &Scope, state: State) -> DbResult<i64> {
    let Some((unit, body)) = scope.ends() else { return Ok(0) };
    let (n,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from aid a where a.state = $1 and ($2 = '' or a.unit_id = $2) and ($3 = '' or a.producer_id = $3)
           and ($1 <> 'delivered' or (a.asked_effect_on is not null and a.effect_on is null))",
        state,
        unit,
        body
    )?;
    Ok(n)
}

/// Support delivered by a day, the effect of which nobody has noted or asked for: marked as asked for today.
pub async fn ask_effect(tx: &mut Tx, by: NaiveDate, today: NaiveDate) -> DbResult<Vec<Aid>> {
    fetch_all!(
        tx,
        Aid,
        "update aid set asked_effect_on = $2 where state = 'delivered' and delivered_on <= $1 and effect_on is null and asked_effect_on is null returning *",
        by,
        today
    )
}

/// Whether a producer is known in a commune of today: by where it sits, by its products or by what is registered for it.
pub async fn is_in_unit(tx: &mut Tx, producer: &str, unit: &str) -> DbResult<bool> {
    let found = fetch_optional!(
        tx,
        (i64,),
        "select cast(1 as bigint) from body where id = $1 and (unit_id = $2
           or exists (select 1 from product where producer_id = $1 and unit_today = $2) or exists (select 1 from enrolment where producer_id = $1 and unit_today = $2))",
        producer,
        unit
    )?;
    Ok(found.is_some())
}

/// A commune of today in which a producer's products are made; of several the first.
pub async fn unit_of(tx: &mut Tx, producer: &str) -> DbResult<Option<String>> {
    let found = fetch_optional!(
        tx,
        (String,),
        "select unit_today from product where producer_id = $1 and unit_today is not null group by unit_today order by count(*) desc, unit_today limit 1",
        producer
    )?;
    Ok(found.map(|(unit,)| unit))
}

/// Makers of products by tax code, id or exact folded name; at most three, so that an ambiguous name is told.
pub async fn makers(tx: &mut Tx, typed: &str) -> DbResult<Vec<crate::party::Body>> {
    fetch_all!(
        tx,
        crate::party::Body,
        "select id, kind, name, short, parent_id, unit_id, tax_code, address, phone, valid_from, valid_to, demo, version from body
         where kind in ('enterprise', 'cooperative', 'group', 'household') and (tax_code = $1 or name_fold = $2) order by id limit 3",
        typed,
        crate::text::fold(typed)
    )
}

/// Support that was delivered for a product, or to its maker for no product in particular.
pub const DELIVERED: crate::dossier::known::Question = crate::dossier::known::Question {
    word: "aid",
    label: "Hỗ trợ đã nhận",
    sql: "select a.detail as title, '/ho-tro/' || a.id as href from aid a
          where a.producer_id = $2 and (a.product_id = $1 or a.product_id is null) and a.state = 'delivered' order by a.id limit 100",
};

/// Where this slice names bodies.
pub const PLACES: &[Column] = &[
    Column {
        name: "aid.producer_id",
        label: "hỗ trợ",
        count: "select count(*) from aid where producer_id = $1",
        forth: "update aid set producer_id = $2 where producer_id = $1 returning id",
        back: "update aid set producer_id = $2 where producer_id = $1 and id = $3",
    },
    Column {
        name: "aid.asker_id",
        label: "hỗ trợ đã đề nghị",
        count: "select count(*) from aid where asker_id = $1",
        forth: "update aid set asker_id = $2 where asker_id = $1 returning id",
        back: "update aid set asker_id = $2 where asker_id = $1 and id = $3",
    },
    Column {
        name: "aid.provider_id",
        label: "hỗ trợ đã cấp",
        count: "select count(*) from aid where provider_id = $1",
        forth: "update aid set provider_id = $2 where provider_id = $1 returning id",
        back: "update aid set provider_id = $2 where provider_id = $1 and id = $3",
    },
];
