//! SQL of what is said, and of who was named.

use chrono::{DateTime, NaiveDate, Utc};

use crate::access::{Role, Voice};
use crate::db::{DbResult, Tx, Where};
use crate::{execute, fetch_all, fetch_optional, fetch_texts};

/// What somebody said.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Remark {
    /// Identifier.
    pub id: String,
    /// Path of the record.
    pub thing: String,
    /// Who.
    pub person_id: String,
    /// Name.
    pub name: String,
    /// Role and body it was said in.
    pub signed: String,
    /// What.
    pub text: String,
    /// Whether the business and the association read it.
    pub shared: bool,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Names of those who were named, with commas.
    pub named: String,
}

/// Somebody who may be named.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Someone {
    /// The person.
    pub id: String,
    /// Name.
    pub name: String,
    /// Mail address, if any.
    pub email: Option<String>,
    /// Role.
    pub role: Role,
    /// Name of the body.
    pub body: String,
}

impl Someone {
    /// Whether this is somebody of a business or an association.
    pub fn is_outside(&self) -> bool {
        matches!(self.role.voice(), Voice::Business | Voice::Association)
    }
}

/// What was said beside a record, the oldest first; the last so many.
pub async fn of(tx: &mut Tx, thing: &str, is_outside: bool, most: i64) -> DbResult<Vec<Remark>> {
    let mut remarks = fetch_all!(
        tx,
        Remark,
        "select r.id, r.thing, r.person_id, p.name, r.signed, r.text, r.shared, r.created_at, '' as named from remark r join person p on p.id = r.person_id
         where r.thing = $1 and (r.shared or $2 = 0) order by r.id desc limit $3",
        thing,
        i64::from(is_outside),
        most
    )?;
    remarks.reverse();
    let ids: Vec<String> = remarks.iter().map(|remark| remark.id.clone()).collect();
    let mut wanted = Where::default();
    let list = wanted.list("m.remark_id", &ids);
    wanted.and(&list);
    let sql =
        format!("select m.remark_id, p.name from mention m join person p on p.id = m.person_id{} order by p.name_fold, p.id", wanted.sql);
    for (remark, name) in fetch_texts!(tx, (String, String), sql, wanted.binds)? {
        if let Some(remark) = remarks.iter_mut().find(|known| known.id == remark) {
            let comma = if remark.named.is_empty() { "" } else { ", " };
            remark.named.push_str(&format!("{comma}{name}"));
        }
    }
    Ok(remarks)
}

/// People of bodies, of a commune and of those who take records on, each once; at most a hundred.
pub async fn people(tx: &mut Tx, bodies: &[String], unit: Option<&str>, on: NaiveDate) -> DbResult<Vec<Someone>> {
    let mut wanted = Where::default();
    wanted.and(&format!(
        "p.status = 'active' and g.stands_for is null and g.valid_from <= '{on}' and (g.valid_to is null or g.valid_to > '{on}')"
    ));
    let mut of =
        vec![wanted.list("g.body_id", bodies), "g.body_id in (select w.body_id from body_power w where w.power = 'accept')".to_owned()];
    if let Some(unit) = unit {
        let unit = wanted.bind(unit);
        of.push(format!("g.unit_id = {unit}"));
    }
    wanted.and(&format!("({})", of.join(" or ")));
    let sql = format!(
        "select p.id, p.name, p.email, g.role, b.name as body from role_grant g join person p on p.id = g.person_id join body b on b.id = g.body_id{} order by b.name_fold, p.name_fold, g.id limit 150",
        wanted.sql
    );
    let mut found: Vec<Someone> = fetch_texts!(tx, Someone, sql, wanted.binds)?;
    let mut known = std::collections::HashSet::new();
    found.retain(|someone| known.insert(someone.id.clone()));
    found.truncate(100);
    Ok(found)
}

/// Keeps what was said, and who was named.
pub async fn add(tx: &mut Tx, remark: &Remark, named: &[&str]) -> DbResult<()> {
    execute!(
        tx,
        "insert into remark (id, thing, person_id, signed, text, shared, created_at) values ($1, $2, $3, $4, $5, $6, $7)",
        &remark.id,
        &remark.thing,
        &remark.person_id,
        &remark.signed,
        &remark.text,
        remark.shared,
        remark.created_at
    )?;
    for person in named {
        execute!(tx, "insert into mention (remark_id, person_id) values ($1, $2)", &remark.id, *person)?;
    }
    Ok(())
}

/// Whether a person was named beside a record and has not seen it.
pub async fn has_unread(tx: &mut Tx, person: &str, thing: &str) -> DbResult<bool> {
    let found = fetch_optional!(
        tx,
        (String,),
        "select m.remark_id from mention m join remark r on r.id = m.remark_id where m.person_id = $1 and m.read_at is null and r.thing = $2 limit 1",
        person,
        thing
    )?;
    Ok(found.is_some())
}

/// Where a person was named and has not seen it, the oldest first.
pub async fn unread(tx: &mut Tx, person: &str, most: i64) -> DbResult<Vec<Remark>> {
    fetch_all!(
        tx,
        Remark,
        "select r.id, r.thing, r.person_id, p.name, r.signed, r.text, r.shared, r.created_at, '' as named from mention m join remark r on r.id = m.remark_id
         join person p on p.id = r.person_id where m.person_id = $1 and m.read_at is null order by r.id limit $2",
        person,
        most
    )
}

/// A person has seen what was said beside a record.
pub async fn read(tx: &mut Tx, person: &str, thing: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "update mention set read_at = $3 where person_id = $1 and read_at is null and remark_id in (select id from remark where thing = $2)",
        person,
        thing,
        now
    )
}

/// Forgets what a person wrote, and where the person was named.
pub async fn forget(tx: &mut Tx, person: &str) -> DbResult<u64> {
    execute!(tx, "delete from mention where person_id = $1", person)?;
    execute!(tx, "update remark set text = '(đã xóa theo yêu cầu)' where person_id = $1", person)
}
