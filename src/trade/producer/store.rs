//! SQL of claims.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Claim, ClaimState};
use crate::access::Known;
use crate::db::{Column, DbResult, Tx};
use crate::party::{Body, identity::Name};
use crate::{execute, fetch_all, fetch_optional};

/// Keeps a claim.
pub async fn add(tx: &mut Tx, claim: &Claim) -> DbResult<u64> {
    execute!(
        tx,
        "insert into producer_claim (id, body_id, person_id, unit_id, tax_code, products, contact, phone, email, state, reason, made_at, settled_name, settled_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', $11, '', null, 1)",
        &claim.id,
        &claim.body_id,
        &claim.person_id,
        &claim.unit_id,
        &claim.tax_code,
        &claim.products,
        &claim.contact,
        &claim.phone,
        &claim.email,
        claim.state,
        claim.made_at
    )
}

/// A claim by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Claim>> {
    fetch_optional!(
        tx,
        Claim,
        "select id, body_id, person_id, unit_id, tax_code, products, contact, phone, email, state, reason, made_at, settled_name, settled_at, version from producer_claim where id = $1",
        id
    )
}

/// The claims of a body, the latest first.
pub async fn of_body(tx: &mut Tx, body: &str) -> DbResult<Vec<Claim>> {
    fetch_all!(
        tx,
        Claim,
        "select id, body_id, person_id, unit_id, tax_code, products, contact, phone, email, state, reason, made_at, settled_name, settled_at, version
         from producer_claim where body_id = $1 order by id desc limit 10",
        body
    )
}

/// Settles a claim; 0 when somebody did meanwhile.
pub async fn settle(tx: &mut Tx, claim: &Claim, state: ClaimState, reason: &str, by: &str, at: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "update producer_claim set state = $2, reason = $3, settled_name = $4, settled_at = $5, version = version + 1 where id = $1 and version = $6 and state = 'waiting'",
        &claim.id,
        state,
        reason,
        by,
        at,
        claim.version
    )
}

/// Notes the account of a claim.
pub async fn set_person(tx: &mut Tx, id: &str, person: &str) -> DbResult<u64> {
    execute!(tx, "update producer_claim set person_id = $2, version = version + 1 where id = $1", id, person)
}

/// A claim with the name it gives itself, for the work list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Waiting {
    /// The body.
    pub body_id: String,
    /// Its name.
    pub name: String,
    /// The commune of today.
    pub unit_id: Option<String>,
    /// Since when.
    pub made_at: DateTime<Utc>,
}

/// Claims that wait for a commune.
pub async fn of_unit(tx: &mut Tx, unit: &str, most: i64) -> DbResult<Vec<Waiting>> {
    fetch_all!(
        tx,
        Waiting,
        "select c.body_id, b.name, c.unit_id, c.made_at from producer_claim c join body b on b.id = c.body_id where c.state = 'waiting' and c.unit_id = $1 order by c.id limit $2",
        unit,
        most
    )
}

/// Claims that wait for a commune that nobody signs in for, or of which the commune is not certain.
pub async fn unread(tx: &mut Tx, on: NaiveDate, most: i64) -> DbResult<Vec<Waiting>> {
    fetch_all!(
        tx,
        Waiting,
        "select c.body_id, b.name, c.unit_id, c.made_at from producer_claim c join body b on b.id = c.body_id
         where c.state = 'waiting' and not exists (select 1 from role_grant g join person r on r.id = g.person_id
           where g.role = 'commune' and g.unit_id = c.unit_id and r.status = 'active' and g.valid_from <= $1 and (g.valid_to is null or g.valid_to > $1))
         order by c.id limit $2",
        on,
        most
    )
}

/// Bodies that a claim may be: of its tax code, or of nearly its name; never one that waits to be known itself.
pub async fn candidates(tx: &mut Tx, claim: &Claim, body: &Body) -> DbResult<Vec<Body>> {
    let keys = Name::of(&body.name);
    fetch_all!(
        tx,
        Body,
        "select b.id, b.kind, b.name, b.short, b.parent_id, b.unit_id, b.tax_code, b.address, b.phone, b.valid_from, b.valid_to, b.demo, b.version
         from body b where b.id <> $1 and b.joined_to is null and b.demo = $5
           and (($2 <> '' and b.tax_code = $2) or b.name_key = $3 or ($4 <> '' and b.near_key = $4))
           and b.kind in ('', 'enterprise', 'cooperative', 'group', 'household', 'association', 'state_unit', 'travel_firm')
           and not exists (select 1 from producer_claim c where c.body_id = b.id and c.state <> 'accepted')
         order by case when b.tax_code = $2 then 0 else 1 end, b.name_fold, b.id limit 10",
        &body.id,
        &claim.tax_code,
        keys.key,
        keys.near,
        body.demo
    )
}

/// Takes a person from what was claimed; gives the bodies of these claims.
pub async fn forget(tx: &mut Tx, known: &Known) -> DbResult<Vec<String>> {
    let rows = fetch_all!(
        tx,
        (String,),
        "update producer_claim set contact = '', phone = '', email = '', version = version + 1
         where person_id = $1 or ($2 <> '' and email = $2) or ($3 <> '' and phone = $3) returning body_id",
        &known.id,
        &known.email,
        &known.phone
    )?;
    Ok(rows.into_iter().map(|(body,)| body).collect())
}

/// Where this slice names bodies.
pub const PLACES: &[Column] = &[Column {
    name: "producer_claim.body_id",
    label: "lần tự đăng ký",
    count: "select count(*) from producer_claim where body_id = $1",
    forth: "update producer_claim set body_id = $2 where body_id = $1 returning id",
    back: "update producer_claim set body_id = $2 where body_id = $1 and id = $3",
}];
