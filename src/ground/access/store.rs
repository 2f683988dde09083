//! SQL of people and grants; of sessions, links and attempts in files beside it.

use chrono::{DateTime, NaiveDate, Utc};

pub use super::attempt::{blocked_for, clear, give_back, reserve, take};
pub use super::session::{
    Seen, SessionRow, actor, close_session, close_sessions, end_session, knows_device, open_session, remember_device, renew_session,
    sessions, switch_session,
};
pub use super::ticket::{add_ticket, drop_tickets, find_ticket, sweep, use_ticket};
use super::{Act, Grant, Role, Who};
use crate::db::{Column, DbResult, Tx, Where};
use crate::{clock, execute, fetch_all, fetch_optional, fetch_texts};

/// A person as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Person {
    /// Identifier.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Mail address, lower case.
    pub email: Option<String>,
    /// Telephone.
    pub phone: String,
    /// Sign-in code of those without mail.
    pub file_code: Option<String>,
    /// argon2id, or empty until a password is chosen.
    pub password_hash: String,
    /// `invited`, `unconfirmed`, `active` or `disabled`.
    pub status: String,
    /// Sample account.
    pub demo: bool,
    /// Row version.
    pub version: i64,
}

/// A person by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Person>> {
    fetch_optional!(
        tx,
        Person,
        "select id, name, email, phone, file_code, password_hash, status, demo, version from person where id = $1",
        id
    )
}

/// A person by mail address or file code, as typed at sign-in.
pub async fn find_login(tx: &mut Tx, login: &str) -> DbResult<Option<Person>> {
    fetch_optional!(
        tx,
        Person,
        "select id, name, email, phone, file_code, password_hash, status, demo, version from person where email = $1 or file_code = $2",
        login.to_lowercase(),
        login.to_uppercase()
    )
}

/// Adds a person; `None` when the mail address or file code is taken.
pub async fn add(tx: &mut Tx, person: &Person, now: DateTime<Utc>) -> DbResult<Option<String>> {
    let added = fetch_optional!(
        tx,
        (String,),
        "insert into person (id, name, name_fold, email, phone, file_code, password_hash, status, demo, version, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10) on conflict do nothing returning id",
        &person.id,
        &person.name,
        crate::text::fold(&person.name),
        person.email.as_deref().map(str::to_lowercase),
        &person.phone,
        &person.file_code,
        &person.password_hash,
        &person.status,
        person.demo,
        now
    )?;
    Ok(added.map(|(id,)| id))
}

/// A new password: whatever opened the account before opens it no longer. 0 when the account was locked meanwhile.
pub async fn set_password(tx: &mut Tx, id: &str, hash: &str, status: &str, now: DateTime<Utc>) -> DbResult<u64> {
    let done = execute!(
        tx,
        "update person set password_hash = $2, status = $3, version = version + 1 where id = $1 and status <> 'disabled'",
        id,
        hash,
        status
    )?;
    if done > 0 {
        shut(tx, id, now).await?;
    }
    Ok(done)
}

/// Ends all sessions, links, tokens and known devices of a person.
async fn shut(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> DbResult<()> {
    close_sessions(tx, id).await?;
    super::token::revoke_all(tx, id, now).await?;
    execute!(tx, "delete from ticket where person_id = $1", id)?;
    execute!(tx, "delete from device where person_id = $1", id)?;
    Ok(())
}

/// Confirms an account that was made without mail; 0 when it does not wait for that.
pub async fn confirm(tx: &mut Tx, id: &str) -> DbResult<u64> {
    execute!(tx, "update person set status = 'active', version = version + 1 where id = $1 and status = 'unconfirmed'", id)
}

/// Locks an account: nothing that was given out before opens it. 0 when it changed meanwhile.
pub async fn lock(tx: &mut Tx, id: &str, version: i64, now: DateTime<Utc>) -> DbResult<u64> {
    let done = execute!(
        tx,
        "update person set before_lock = status, status = 'disabled', version = version + 1 where id = $1 and version = $2 and status <> 'disabled'",
        id,
        version
    )?;
    if done > 0 {
        shut(tx, id, now).await?;
    }
    Ok(done)
}

/// Unlocks an account: it is again what it was. 0 when it changed meanwhile, or was erased.
pub async fn unlock(tx: &mut Tx, id: &str, version: i64) -> DbResult<u64> {
    execute!(
        tx,
        "update person set status = case when before_lock <> '' then before_lock when password_hash = '' then 'invited' else 'active' end, before_lock = '', version = version + 1
         where id = $1 and version = $2 and status = 'disabled' and (email is not null or file_code is not null)",
        id,
        version
    )
}

/// Another mail address; 0 when it is taken, or the account is in use already.
pub async fn correct_mail(tx: &mut Tx, id: &str, email: &str) -> DbResult<u64> {
    execute!(
        tx,
        "update person set email = $2, version = version + 1 where id = $1 and status = 'invited' and not exists (select 1 from person o where o.email = $2 and o.id <> $1)",
        id,
        email.to_lowercase()
    )
}

/// People beside this one who could sign in today and keep people.
pub async fn other_keepers(tx: &mut Tx, person_id: &str, on: NaiveDate) -> DbResult<i64> {
    let mut wanted = held_by(Act::KeepPeople, on);
    let person = wanted.bind(person_id);
    wanted.and(&format!("p.id <> {person}"));
    let sql = format!("select count(distinct p.id) from role_grant g join person p on p.id = g.person_id{}", wanted.sql);
    let counted: Vec<(i64,)> = fetch_texts!(tx, (i64,), sql, wanted.binds)?;
    Ok(counted.first().map_or(0, |(count,)| *count))
}

/// How many people who can sign in hold one of several roles on a day, and for how many units.
pub async fn count_people(tx: &mut Tx, who: impl Into<Who>, on: NaiveDate) -> DbResult<(i64, i64)> {
    let wanted = held_by(who, on);
    let sql = format!(
        "select count(distinct g.person_id), count(distinct g.unit_id) from role_grant g join person p on p.id = g.person_id{}",
        wanted.sql
    );
    let counted: Vec<(i64, i64)> = fetch_texts!(tx, (i64, i64), sql, wanted.binds)?;
    Ok(counted.first().copied().unwrap_or_default())
}

/// What stands for the name of a person who was erased.
pub const ERASED: &str = "(đã xóa)";

/// Takes everything personal of an account away and closes it; the journal keeps only digests of what it was.
pub async fn erase(tx: &mut Tx, id: &str) -> DbResult<u64> {
    close_sessions(tx, id).await?;
    super::token::forget(tx, id).await?;
    execute!(tx, "delete from ticket where person_id = $1", id)?;
    execute!(tx, "delete from device where person_id = $1", id)?;
    execute!(
        tx,
        "delete from attempt where name = 'login:' || $1 or name = (select 'login:' || email from person where id = $1) or name = (select 'login:' || file_code from person where id = $1)",
        id
    )?;
    execute!(
        tx,
        "update person set name = $2, name_fold = '', email = null, phone = '', file_code = null, password_hash = '', status = 'disabled', version = version + 1
         where id = $1",
        id,
        ERASED
    )
}

/// What is known of a person, with the bodies that the person acts or acted for as a business.
pub async fn known(tx: &mut Tx, id: &str) -> DbResult<Option<super::Known>> {
    let Some(person) = find(tx, id).await? else { return Ok(None) };
    let bodies = fetch_all!(
        tx,
        (String,),
        "select distinct body_id from role_grant where person_id = $1 and role = 'business' order by body_id",
        id
    )?;
    let bodies = bodies.into_iter().map(|(id,)| id).collect();
    Ok(Some(super::Known { id: person.id, name: person.name, email: person.email.unwrap_or_default(), phone: person.phone, bodies }))
}

/// Gives a role in a body; `unit_id` is the tree below which rows are seen.
pub async fn grant(tx: &mut Tx, person_id: &str, role: Role, body_id: &str, unit_id: Option<&str>, from: NaiveDate) -> DbResult<String> {
    let id = clock::new_id();
    execute!(
        tx,
        "insert into role_grant (id, person_id, role, body_id, unit_id, valid_from) values ($1, $2, $3, $4, $5, $6)",
        &id,
        person_id,
        role,
        body_id,
        unit_id,
        from
    )?;
    Ok(id)
}

/// The person a grant belongs to, and its role.
pub async fn holder(tx: &mut Tx, grant_id: &str) -> DbResult<Option<(String, Role)>> {
    fetch_optional!(tx, (String, Role), "select person_id, role from role_grant where id = $1", grant_id)
}

/// Ends a grant on a day.
pub async fn end_grant(tx: &mut Tx, id: &str, on: NaiveDate) -> DbResult<u64> {
    execute!(tx, "update role_grant set valid_to = $2 where id = $1 and valid_to is null", id, on)
}

/// Grants of a person that are valid on a day.
pub async fn grants(tx: &mut Tx, person_id: &str, on: NaiveDate) -> DbResult<Vec<Grant>> {
    let mut grants = fetch_all!(
        tx,
        Grant,
        "select g.id, g.role, g.body_id, b.name as body_name, g.unit_id, u.level as unit_level, '' as powers, g.valid_from, g.valid_to, g.stands_for, coalesce(a.name, '') as stands_for_name
         from role_grant g join body b on b.id = g.body_id left join unit u on u.id = g.unit_id left join person a on a.id = g.stands_for
         where g.person_id = $1 and g.valid_from <= $2 and (g.valid_to is null or g.valid_to > $2)
           and (g.stands_for is null or exists (select 1 from role_grant o join person n on n.id = o.person_id where o.person_id = g.stands_for and o.role = g.role and o.body_id = g.body_id
             and o.stands_for is null and n.status = 'active' and o.valid_from <= $2 and (o.valid_to is null or o.valid_to > $2)))
         order by case when g.stands_for is null then 0 else 1 end, g.id",
        person_id,
        on
    )?;
    for grant in &mut grants {
        let powers = fetch_all!(
            tx,
            (String,),
            "select power from body_power where body_id = $1 or body_id = (select o.id from body b join body o on o.id = b.parent_id where b.id = $1 and o.kind <> 'people_committee') order by power",
            &grant.body_id
        )?;
        grant.powers = powers.into_iter().map(|(power,)| power).collect::<Vec<_>>().join(" ");
    }
    Ok(grants)
}

/// Roles that somebody holds or held and that the program does not know: a newer one was here.
pub async fn unknown_roles(tx: &mut Tx) -> DbResult<Vec<String>> {
    let held = fetch_all!(tx, (String,), "select distinct role from role_grant order by role")?;
    Ok(held.into_iter().map(|(word,)| word).filter(|word| Role::read(word).is_none()).collect())
}

/// Grants `g` of a day to people `p` who can sign in, in one of several roles.
pub fn held_by(who: impl Into<Who>, on: NaiveDate) -> Where {
    let mut wanted = Where::default();
    let roles = wanted.list("g.role", &who.into().words());
    wanted.and(&roles);
    wanted.and(&format!("p.status = 'active' and g.valid_from <= '{on}' and (g.valid_to is null or g.valid_to > '{on}')"));
    wanted
}

/// Mail addresses of people who hold one of several roles, narrowed to a unit or a body when given, and to a power of their body.
pub(super) async fn mail_addresses(
    tx: &mut Tx,
    who: impl Into<Who>,
    unit: Option<&str>,
    body: Option<&str>,
    power: Option<&str>,
    on: NaiveDate,
) -> DbResult<Vec<(String, String)>> {
    let mut wanted = held_by(who, on);
    wanted.and("p.email is not null");
    if let Some(unit) = unit {
        let unit = wanted.bind(unit);
        wanted.and(&format!("g.unit_id = {unit}"));
    }
    if let Some(body) = body {
        let body = wanted.bind(body);
        wanted.and(&format!("g.body_id = {body}"));
    }
    if let Some(power) = power {
        let power = wanted.bind(power);
        wanted.and(&format!(
            "exists (select 1 from body_power w left join body o on o.id = w.body_id
             where w.power = {power} and (w.body_id = g.body_id or w.body_id = b.parent_id and o.kind <> 'people_committee'))"
        ));
    }
    let sql = format!(
        "select distinct p.email, p.name from role_grant g join person p on p.id = g.person_id join body b on b.id = g.body_id{} order by p.email",
        wanted.sql
    );
    let rows: Vec<(String, String)> = fetch_texts!(tx, (String, String), sql, wanted.binds)?;
    // some people wrote their own name
    Ok(rows.into_iter().map(|(email, name)| (email, crate::mail::plain(&name))).collect())
}

/// Which people a list shows; empty parts do not narrow.
#[derive(Clone, Debug, Default)]
pub struct PeopleFilter {
    /// Part of the folded name, of the mail address or of the file code.
    pub q: String,
    /// A role held today.
    pub role: Option<Role>,
    /// Part of the folded name of a body in which a role is held today.
    pub body: String,
    /// The status.
    pub status: String,
}

/// People after a key, the oldest first.
pub async fn people_page(tx: &mut Tx, filter: &PeopleFilter, after: &str, rows: i64, on: NaiveDate) -> DbResult<Vec<Person>> {
    let mut wanted = Where::default();
    let part = wanted.bind(after);
    wanted.and(&format!("p.id > {part}"));
    if !filter.q.is_empty() {
        let typed = wanted.bind(&format!("%{}%", filter.q.to_lowercase()));
        let code = wanted.bind(&filter.q.to_uppercase());
        let said = format!("p.email like {typed} or p.file_code = {code}");
        wanted.words(&crate::text::fold(&filter.q), |word| format!("p.name_fold like {word} or {said}"));
    }
    if !filter.status.is_empty() {
        let status = wanted.bind(&filter.status);
        wanted.and(&format!("p.status = {status}"));
    }
    if filter.role.is_some() || !filter.body.is_empty() {
        let mut held = format!("g.person_id = p.id and g.valid_from <= '{on}' and (g.valid_to is null or g.valid_to > '{on}')");
        if let Some(role) = filter.role {
            let role = wanted.bind(role.word());
            held.push_str(&format!(" and g.role = {role}"));
        }
        if !filter.body.is_empty() {
            let body = wanted.bind(&format!("%{}%", crate::text::fold(&filter.body)));
            held.push_str(&format!(" and b.name_fold like {body}"));
        }
        wanted.and(&format!("exists (select 1 from role_grant g join body b on b.id = g.body_id where {held})"));
    }
    let sql = format!(
        "select p.id, p.name, p.email, p.phone, p.file_code, '' as password_hash, p.status, p.demo, p.version from person p{} order by p.id limit {rows}",
        wanted.sql
    );
    fetch_texts!(tx, Person, sql, wanted.binds)
}

/// People who hold a role in a body on a day, or will; at most fifty.
pub async fn people_of_body(tx: &mut Tx, body: &str, role: Role, on: NaiveDate) -> DbResult<Vec<Person>> {
    fetch_all!(
        tx,
        Person,
        "select p.id, p.name, p.email, p.phone, p.file_code, '' as password_hash, p.status, p.demo, p.version from person p
         where exists (select 1 from role_grant g where g.person_id = p.id and g.body_id = $1 and g.role = $2 and (g.valid_to is null or g.valid_to > $3)) order by p.name_fold, p.id limit 50",
        body,
        role,
        on
    )
}

/// Roles of several people on a day: person, role, name of the body.
pub async fn roles_of(tx: &mut Tx, people: &[&str], on: NaiveDate) -> DbResult<Vec<(String, Role, String)>> {
    let mut wanted = Where::default();
    let ids: Vec<String> = people.iter().map(|id| (*id).to_owned()).collect();
    let list = wanted.list("g.person_id", &ids);
    wanted.and(&list);
    wanted.and(&format!("g.valid_from <= '{on}' and (g.valid_to is null or g.valid_to > '{on}')"));
    let sql = format!("select g.person_id, g.role, b.name from role_grant g join body b on b.id = g.body_id{} order by g.id", wanted.sql);
    fetch_texts!(tx, (String, Role, String), sql, wanted.binds)
}

/// Whether anybody who can sign in holds one of several roles in a unit.
pub async fn has_people(tx: &mut Tx, who: impl Into<Who>, unit: &str, on: NaiveDate) -> DbResult<bool> {
    let mut wanted = held_by(who, on);
    let unit = wanted.bind(unit);
    wanted.and(&format!("g.unit_id = {unit}"));
    let sql = format!("select g.id from role_grant g join person p on p.id = g.person_id{} limit 1", wanted.sql);
    let found: Vec<(String,)> = fetch_texts!(tx, (String,), sql, wanted.binds)?;
    Ok(!found.is_empty())
}

/// Where accounts name bodies.
pub const PLACES: &[Column] = &[Column {
    name: "role_grant.body_id",
    label: "tài khoản, vai trò",
    count: "select count(*) from role_grant where body_id = $1",
    forth: "update role_grant set body_id = $2 where body_id = $1 returning id",
    back: "update role_grant set body_id = $2 where body_id = $1 and id = $3",
}];
