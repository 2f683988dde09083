//! What waits for a commune that nobody signs in for, registrations and what is to be put right: the department and the
//! administrator see it at once.

use chrono::NaiveDate;

use crate::access::Act;
use crate::db::Tx;
use crate::error::Result;
use crate::page::{COUNTED, Todo, TodoRow, Visit, Whose};
use crate::point::State;
use crate::{fetch_all, fetch_one};

#[derive(Clone, Debug, sqlx::FromRow)]
struct Unread {
    id: String,
    name: String,
    code: String,
    unit_today: Option<String>,
    state: State,
    state_since: NaiveDate,
    due_on: Option<NaiveDate>,
}

/// What the department takes on in a commune's place, and for whom the administrator invites somebody.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    let actor = &visit.actor;
    if !(actor.may(Act::KeepPeople) || actor.may(Act::AcceptPoints) && actor.can("accept")) {
        return Ok(Vec::new());
    }
    let today = visit.app.clock().today();
    let rows = fetch_all!(
        tx,
        Unread,
        "select p.id, p.name, p.code, p.unit_today, p.state, p.state_since, p.due_on from point p where (p.state = 'draft' and p.submitted_at is not null or p.state in ('selected', 'declined'))
           and not exists (select 1 from role_grant g join person r on r.id = g.person_id where g.role = 'commune' and g.unit_id = p.unit_today and r.status = 'active' and g.valid_from <= $1 and (g.valid_to is null or g.valid_to > $1))
         order by p.state_since, p.id limit 30",
        today
    )?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (count,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from (select 1 from point p where (p.state = 'draft' and p.submitted_at is not null or p.state in ('selected', 'declined'))
           and not exists (select 1 from role_grant g join person r on r.id = g.person_id where g.role = 'commune' and g.unit_id = p.unit_today and r.status = 'active' and g.valid_from <= $1 and (g.valid_to is null or g.valid_to > $1))
         limit $2) found",
        today,
        COUNTED + 1
    )?;
    let region = visit.app.region();
    let row = |row: Unread| TodoRow {
        due: row.due_on,
        since: Some(row.state_since),
        place: format!(
            "{} · {} chưa có người dùng",
            row.code,
            row.unit_today.as_deref().map_or_else(|| "chưa rõ xã, phường nên".to_owned(), |unit| region.label(unit))
        ),
        title: row.name,
        href: format!("/ho-so/{}", row.id),
        chip: Some(("info", row.state.name(crate::text::Tongue::Vi).to_owned())),
    };
    Ok(vec![Todo {
        id: "unread",
        title: "Hồ sơ chờ xã, phường chưa có người dùng".into(),
        count,
        rows: rows.into_iter().map(row).collect(),
        all: "/ho-so".into(),
        deed: "Cần nhận thay xã, phường",
        whose: Whose::Decide,
    }])
}
