//! SQL of bodies.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::Body;
use super::identity::Name;
use crate::db::{Db, DbResult, Tx};
use crate::{execute, fetch_all, fetch_many, fetch_optional};

/// A body by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Body>> {
    fetch_optional!(
        tx,
        Body,
        "select id, kind, name, short, parent_id, unit_id, tax_code, address, phone, valid_from, valid_to, demo, version from body where id = $1",
        id
    )
}

/// Names of bodies by id.
pub async fn names(tx: &mut Tx, ids: &[&str]) -> DbResult<HashMap<String, String>> {
    Ok(fetch_many!(tx, (String, String), "select id, name from body where id in ($1)", ids)?.into_iter().collect())
}

/// A body by tax code.
pub async fn find_by_tax_code(tx: &mut Tx, tax_code: &str) -> DbResult<Option<Body>> {
    fetch_optional!(
        tx,
        Body,
        "select id, kind, name, short, parent_id, unit_id, tax_code, address, phone, valid_from, valid_to, demo, version from body where tax_code = $1",
        tax_code
    )
}

/// Adds a body, or updates name, kind, place and validity of the one with that id.
pub async fn put(tx: &mut Tx, body: &Body, source: &str, note: &str, now: DateTime<Utc>) -> DbResult<u64> {
    let keys = Name::of(&body.name);
    execute!(
        tx,
        "insert into body (id, kind, name, name_fold, short, parent_id, unit_id, tax_code, address, phone, valid_from, valid_to, source, note, demo, version, created_at, name_key, near_key)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $16, $17, $18)
         on conflict (id) do update set kind = excluded.kind, name = excluded.name, name_fold = excluded.name_fold, name_key = excluded.name_key, near_key = excluded.near_key, short = excluded.short,
           parent_id = excluded.parent_id, unit_id = excluded.unit_id, tax_code = excluded.tax_code, address = excluded.address,
           phone = excluded.phone, valid_from = excluded.valid_from, valid_to = excluded.valid_to, version = body.version + 1",
        &body.id,
        &body.kind,
        &body.name,
        crate::text::fold(&body.name),
        &body.short,
        &body.parent_id,
        &body.unit_id,
        &body.tax_code,
        &body.address,
        &body.phone,
        body.valid_from,
        body.valid_to,
        source,
        note,
        body.demo,
        now,
        keys.key,
        keys.near
    )
}

/// Gives names their keys where a store was written before there were any. Does nothing else where all have them.
pub async fn ensure_keys(db: &Db) -> DbResult<()> {
    let lacks = fetch_optional!(&mut db.read().await?, (String,), "select id from body where name_key = '' and name <> '' limit 1")?;
    if lacks.is_some() {
        let mut tx = db.write().await?;
        fill_keys(&mut tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The same in a transaction; how many got them.
async fn fill_keys(tx: &mut Tx) -> DbResult<usize> {
    let mut filled = 0;
    loop {
        let bare = fetch_all!(tx, (String, String), "select id, name from body where name_key = '' and name <> '' order by id limit 500")?;
        for (id, name) in &bare {
            let keys = Name::of(name);
            // a name of nothing but quotes has no key of its own
            let key = if keys.key.is_empty() { name.clone() } else { keys.key };
            execute!(tx, "update body set name_key = $2, near_key = $3 where id = $1", id, key, keys.near)?;
        }
        filled += bare.len();
        if bare.is_empty() {
            return Ok(filled);
        }
    }
}

/// Names a successor.
pub async fn put_successor(tx: &mut Tx, body: &str, successor: &str) -> DbResult<u64> {
    execute!(tx, "insert into body_successor (body_id, successor_id) values ($1, $2) on conflict do nothing", body, successor)
}

/// Gives a power.
pub async fn put_power(tx: &mut Tx, body: &str, power: &str) -> DbResult<u64> {
    execute!(tx, "insert into body_power (body_id, power) values ($1, $2) on conflict do nothing", body, power)
}

/// Agencies, commune committees and associations of a day, for choosing.
pub async fn offices(tx: &mut Tx, on: NaiveDate) -> DbResult<Vec<Body>> {
    fetch_all!(
        tx,
        Body,
        "select id, kind, name, short, parent_id, unit_id, tax_code, address, phone, valid_from, valid_to, demo, version from body
         where kind <> '' and kind not in ('enterprise', 'cooperative', 'group', 'household', 'travel_firm', 'state_unit')
           and (valid_from is null or valid_from <= $1) and (valid_to is null or valid_to > $1) order by kind, name_fold",
        on
    )
}

/// A body that has a power on a day; of several the first by id.
pub async fn with_power(tx: &mut Tx, power: &str, on: NaiveDate) -> DbResult<Option<Body>> {
    fetch_optional!(
        tx,
        Body,
        "select b.id, b.kind, b.name, b.short, b.parent_id, b.unit_id, b.tax_code, b.address, b.phone, b.valid_from, b.valid_to, b.demo, b.version
         from body_power p join body b on b.id = p.body_id
         where p.power = $1 and (b.valid_from is null or b.valid_from <= $2) and (b.valid_to is null or b.valid_to > $2) order by b.id limit 1",
        power,
        on
    )
}

/// A firm, cooperative or household by its exact folded name; none when several have it.
pub async fn find_maker(tx: &mut Tx, name: &str) -> DbResult<Option<Body>> {
    let found = fetch_all!(
        tx,
        Body,
        "select id, kind, name, short, parent_id, unit_id, tax_code, address, phone, valid_from, valid_to, demo, version from body
         where name_fold = $1 and joined_to is null order by id limit 20",
        crate::text::fold(name)
    )?;
    let mut makers = found.into_iter().filter(|body| super::BodyKind::read(&body.kind).is_some());
    Ok(makers.next().filter(|_| makers.next().is_none()))
}

/// The commune committee (UBND xã, phường) that governs a unit.
pub async fn committee(tx: &mut Tx, unit_id: &str) -> DbResult<Option<Body>> {
    fetch_optional!(
        tx,
        Body,
        "select id, kind, name, short, parent_id, unit_id, tax_code, address, phone, valid_from, valid_to, demo, version
         from body where unit_id = $1 and kind = 'people_committee' order by id limit 1",
        unit_id
    )
}

/// Agencies, committees and associations after a key, optionally those whose folded name contains `q`.
pub async fn office_page(tx: &mut Tx, q: &str, after: &str, rows: i64) -> DbResult<Vec<Body>> {
    fetch_all!(
        tx,
        Body,
        "select id, kind, name, short, parent_id, unit_id, tax_code, address, phone, valid_from, valid_to, demo, version from body
         where kind <> '' and kind not in ('enterprise', 'cooperative', 'group', 'household', 'state_unit') and id > $1 and ($2 = '' or name_fold like $3)
         order by id limit $4",
        after,
        q,
        format!("%{q}%"),
        rows
    )
}

/// An agency, committee or association by id or exact folded name; none when several have the name.
pub async fn find_office(tx: &mut Tx, typed: &str) -> DbResult<Option<Body>> {
    let mut found = fetch_all!(
        tx,
        Body,
        "select id, kind, name, short, parent_id, unit_id, tax_code, address, phone, valid_from, valid_to, demo, version from body
         where kind <> '' and kind not in ('enterprise', 'cooperative', 'group', 'household', 'state_unit') and (id = $1 or name_fold = $2) limit 2",
        typed,
        crate::text::fold(typed)
    )?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

/// What a body may do by itself.
pub async fn powers(tx: &mut Tx, id: &str) -> DbResult<Vec<String>> {
    Ok(fetch_all!(tx, (String,), "select power from body_power where body_id = $1 order by power", id)?
        .into_iter()
        .map(|(power,)| power)
        .collect())
}

/// The bodies that came after one.
pub async fn successors(tx: &mut Tx, id: &str) -> DbResult<Vec<Body>> {
    fetch_all!(
        tx,
        Body,
        "select b.id, b.kind, b.name, b.short, b.parent_id, b.unit_id, b.tax_code, b.address, b.phone, b.valid_from, b.valid_to, b.demo, b.version
         from body_successor s join body b on b.id = s.successor_id where s.body_id = $1 order by b.id",
        id
    )
}

/// The bodies that one came from.
pub async fn predecessors(tx: &mut Tx, id: &str) -> DbResult<Vec<Body>> {
    fetch_all!(
        tx,
        Body,
        "select b.id, b.kind, b.name, b.short, b.parent_id, b.unit_id, b.tax_code, b.address, b.phone, b.valid_from, b.valid_to, b.demo, b.version
         from body_successor s join body b on b.id = s.body_id where s.successor_id = $1 order by b.id",
        id
    )
}

/// Ends a body on a day; 0 when it changed meanwhile or has ended.
pub async fn end(tx: &mut Tx, id: &str, to: NaiveDate, version: i64) -> DbResult<u64> {
    execute!(
        tx,
        "update body set valid_to = $2, version = version + 1 where id = $1 and version = $3 and valid_to is null",
        id,
        to,
        version
    )
}

/// What stands for the name of a household whose owner was erased.
pub const FORGOTTEN: &str = "Hộ kinh doanh (đã xóa tên)";

/// Takes a person from bodies: the telephone of those the person acts for, and of a household that is the person the name too.
/// Gives the bodies that changed.
pub async fn forget(tx: &mut Tx, known: &crate::access::Known) -> DbResult<Vec<String>> {
    let mut near = fetch_all!(
        tx,
        (String, String, String, String),
        "select id, kind, name, phone from body where $1 <> '' and phone = $1",
        &known.phone
    )?;
    for id in &known.bodies {
        near.extend(fetch_optional!(tx, (String, String, String, String), "select id, kind, name, phone from body where id = $1", id)?);
    }
    near.sort();
    near.dedup();
    let mut forgotten = Vec::new();
    for (id, kind, name, phone) in near {
        let own = known.bodies.contains(&id);
        let named = !known.name.is_empty() && crate::text::fold(&name).contains(&crate::text::fold(&known.name));
        let rings = !known.phone.is_empty() && phone == known.phone;
        if kind == "household" && named && (own || rings) {
            let keys = Name::of(FORGOTTEN);
            execute!(
                tx,
                "update body set name = $2, name_fold = $3, name_key = $4, near_key = $5, short = '', phone = '', tax_code = null, version = version + 1 where id = $1",
                &id,
                FORGOTTEN,
                crate::text::fold(FORGOTTEN),
                keys.key,
                keys.near
            )?;
        } else if rings {
            execute!(tx, "update body set phone = '', version = version + 1 where id = $1", &id)?;
        } else {
            continue;
        }
        forgotten.push(id);
    }
    Ok(forgotten)
}
