//! Registrations that were sent to a commune that nobody signs in for: the department and the administrator see them at once.

use chrono::{DateTime, Utc};

use crate::access::Role;
use crate::clock::local;
use crate::db::Tx;
use crate::error::Result;
use crate::page::{COUNTED, Todo, TodoRow, Visit};
use crate::{fetch_all, fetch_one};

#[derive(Clone, Debug, sqlx::FromRow)]
struct Unread {
    id: String,
    name: String,
    code: String,
    unit_today: Option<String>,
    submitted_at: Option<DateTime<Utc>>,
}

/// What the department takes on in a commune's place, and for whom the administrator invites somebody.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    let actor = &visit.actor;
    if !(actor.is_any([Role::Administrator]) || actor.is_any([Role::Surveyor, Role::Leader]) && actor.can("accept")) {
        return Ok(Vec::new());
    }
    let today = visit.app.clock().today();
    let rows = fetch_all!(
        tx,
        Unread,
        "select p.id, p.name, p.code, p.unit_today, p.submitted_at from point p where p.state = 'draft' and p.submitted_at is not null
           and not exists (select 1 from role_grant g join person r on r.id = g.person_id where g.role = 'commune' and g.unit_id = p.unit_today and r.status = 'active' and g.valid_from <= $1 and (g.valid_to is null or g.valid_to > $1))
         order by p.submitted_at, p.id limit 30",
        today
    )?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (count,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from (select 1 from point p where p.state = 'draft' and p.submitted_at is not null
           and not exists (select 1 from role_grant g join person r on r.id = g.person_id where g.role = 'commune' and g.unit_id = p.unit_today and r.status = 'active' and g.valid_from <= $1 and (g.valid_to is null or g.valid_to > $1))
         limit $2) found",
        today,
        COUNTED + 1
    )?;
    let region = visit.app.region();
    let row = |row: Unread| TodoRow {
        due: None,
        since: row.submitted_at.map(|at| local(at).date_naive()),
        place: format!("{} · {} chưa có người dùng", row.code, row.unit_today.as_deref().map_or_else(|| "chưa rõ xã, phường nên".to_owned(), |unit| region.label(unit))),
        title: row.name,
        href: format!("/ho-so/{}", row.id),
        chip: None,
    };
    Ok(vec![Todo { id: "unread", title: "Đăng ký chưa có người nhận ở xã, phường", count, rows: rows.into_iter().map(row).collect(), all: "/ho-so?state=draft".into() }])
}
