//! Deputies: a colleague holds a role in the place of somebody who is away, from one day to another.

use chrono::NaiveDate;

use super::{Grant, store};
use crate::clock;
use crate::db::{DbResult, Tx};
use crate::{execute, fetch_all, fetch_optional};

/// Longest absence that somebody enters alone, in days; a longer one is a matter of who holds the role.
pub const LONGEST: i64 = 92;

/// A colleague.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Colleague {
    /// The person.
    pub id: String,
    /// Name.
    pub name: String,
    /// Mail address, if any.
    pub email: Option<String>,
}

/// People who can sign in and hold a role of their own in a body on a day, by name; at most three hundred.
pub async fn colleagues(tx: &mut Tx, body: &str, on: NaiveDate) -> DbResult<Vec<Colleague>> {
    fetch_all!(
        tx,
        Colleague,
        "select p.id, p.name, p.email from person p where p.status = 'active' and exists (select 1 from role_grant g where g.person_id = p.id and g.body_id = $1
           and g.stands_for is null and g.valid_from <= $2 and (g.valid_to is null or g.valid_to > $2)) order by p.name_fold, p.id limit 300",
        body,
        on
    )
}

/// Who stands in for somebody, now or later.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Deputy {
    /// The grant by which it is done.
    pub id: String,
    /// Name.
    pub name: String,
    /// Role and body are those of the one who is away.
    pub role: super::Role,
    /// Name of the body.
    pub body_name: String,
    /// First day.
    pub valid_from: NaiveDate,
    /// First day no longer.
    pub valid_to: NaiveDate,
}

/// Those who stand in for a person on a day or after it.
pub async fn of(tx: &mut Tx, person: &str, on: NaiveDate) -> DbResult<Vec<Deputy>> {
    fetch_all!(
        tx,
        Deputy,
        "select g.id, p.name, g.role, b.name as body_name, g.valid_from, g.valid_to from role_grant g join person p on p.id = g.person_id join body b on b.id = g.body_id
         where g.stands_for = $1 and g.valid_to > $2 order by g.valid_from, g.id limit 50",
        person,
        on
    )
}

/// Gives a colleague the role in which somebody acts, until the day after the last one.
pub async fn add(tx: &mut Tx, own: &Grant, away: &str, colleague: &str, from: NaiveDate, to: NaiveDate) -> DbResult<String> {
    let id = clock::new_id();
    execute!(
        tx,
        "insert into role_grant (id, person_id, role, body_id, unit_id, valid_from, valid_to, stands_for) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &id,
        colleague,
        own.role,
        &own.body_id,
        &own.unit_id,
        from,
        to,
        away
    )?;
    Ok(id)
}

/// Whether somebody stands in for a person in a role on one of these days already.
pub async fn overlaps(tx: &mut Tx, own: &Grant, away: &str, from: NaiveDate, to: NaiveDate) -> DbResult<bool> {
    let found = fetch_optional!(
        tx,
        (String,),
        "select id from role_grant where stands_for = $1 and role = $2 and body_id = $3 and valid_from < $5 and valid_to > $4 limit 1",
        away,
        own.role,
        &own.body_id,
        from,
        to
    )?;
    Ok(found.is_some())
}

/// Ends it on a day: by the one who is away, or by the one who stands in. Gives both, away first.
pub async fn end(tx: &mut Tx, grant: &str, by: &str, on: NaiveDate) -> DbResult<Option<(String, String)>> {
    fetch_optional!(
        tx,
        (String, String),
        "update role_grant set valid_to = case when valid_from > $3 then valid_from else $3 end where id = $1 and (stands_for = $2 or person_id = $2) and stands_for is not null and valid_to > $3
         returning stands_for, person_id",
        grant,
        by,
        on
    )
}

/// The grants of a person in which somebody else is stood in for.
pub async fn held(tx: &mut Tx, person: &str, on: NaiveDate) -> DbResult<Vec<Grant>> {
    Ok(store::grants(tx, person, on).await?.into_iter().filter(|grant| grant.stands_for.is_some()).collect())
}
