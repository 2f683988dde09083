//! A file of people against the store: who is invited, who holds the role already, whom the store cannot take.

use chrono::NaiveDate;

use super::rows::{Checked, Sheet};
use crate::access::{self, Invitation, Role, store};
use crate::account;
use crate::db::{DbResult, Tx};
use crate::error::{Both, Error, Result, both};
use crate::fetch_all;
use crate::intake::{Order, Summary};
use crate::journal::Note;
use crate::party::{self, Body};
use crate::region::Level;
use crate::sheet::Fault;
use crate::state::App;
use crate::text::fold;

/// Communes of a day that have no official who can sign in or is invited, by name.
pub async fn unserved(tx: &mut Tx, on: NaiveDate) -> DbResult<Vec<String>> {
    let found = fetch_all!(
        tx,
        (String,),
        "select b.name from body b join unit u on u.id = b.unit_id
         where b.kind = 'people_committee' and u.level = 'commune' and (u.valid_from is null or u.valid_from <= $1) and (u.valid_to is null or u.valid_to > $1)
           and (b.valid_to is null or b.valid_to > $1)
           and not exists (select 1 from role_grant g join person p on p.id = g.person_id where g.body_id = b.id and g.role = 'commune' and p.status in ('active', 'invited')
             and g.valid_from <= $1 and (g.valid_to is null or g.valid_to > $1))
         order by b.name_fold, b.id",
        on
    )?;
    Ok(found.into_iter().map(|(name,)| name).collect())
}

/// Invites everybody of a file, in the caller's transaction, which is dropped unless the summary says that it is to stay.
pub async fn invite(tx: &mut Tx, app: &App, sheet: &Sheet, order: &Order, progress: &mut (dyn FnMut(usize) + Send)) -> Result<Summary> {
    let mut summary = Summary { faults: sheet.faults.clone(), ..Summary::default() };
    for (at, row) in sheet.rows.iter().enumerate() {
        match one(tx, app, row, order).await {
            Ok(Came::New) => summary.added += 1,
            Ok(Came::Refused(text)) => summary.faults.push(Fault { row: Some(row.number), text }),
            Ok(Came::More(known)) => {
                summary.changed += 1;
                if fold(&known) != fold(&row.name) {
                    let text = both(
                        format!("thư điện tử này là của tài khoản “{known}”, được thêm vai trò; tên giữ nguyên"),
                        format!("this mail address is that of the account “{known}”, which gets the role; its name stays"),
                    );
                    summary.notes.push(Fault { row: Some(row.number), text });
                }
            }
            Ok(Came::Held) => summary.unchanged += 1,
            Err(Error::Refused(refusal)) => {
                summary.faults.push(Fault { row: Some(row.number), text: refusal.text() });
            }
            Err(other) => return Err(other),
        }
        progress(at + 1);
    }
    summary.close();
    let passes = summary.faults.is_empty() || order.good_rows;
    summary.written = passes && !order.dry_run && summary.added + summary.changed > 0;
    if summary.written {
        let detail = serde_json::json!({"file": order.file, "added": summary.added, "changed": summary.changed, "unchanged": summary.unchanged, "skipped": summary.skipped});
        Note::of("import", ("import", &order.id), detail).by_name(tx, app.clock().now(), (&order.actor, &order.actor_name)).await?;
    }
    Ok(summary)
}

/// What became of a row.
enum Came {
    New,
    /// An account that exists, by its name, has one role more.
    More(String),
    Held,
    /// The body is none, or not one for this role.
    Refused(Both),
}

async fn one(tx: &mut Tx, app: &App, row: &Checked, order: &Order) -> Result<Came> {
    let (now, today, region) = (app.clock().now(), app.clock().today(), app.region());
    let body = match body(tx, app, row).await? {
        Ok(body) => body,
        Err(text) => return Ok(Came::Refused(text)),
    };
    let seat = party::seat(&body, region, today);
    if let Err(text) = row.role.unit_in(seat, &region.province().id) {
        return Ok(Came::Refused(text));
    }
    let known = store::find_login(tx, &row.email).await?;
    if let Some(person) = &known
        && store::grants(tx, &person.id, today).await?.iter().any(|grant| grant.role == row.role && grant.body_id == body.id)
    {
        return Ok(Came::Held);
    }
    let invitation =
        Invitation { name: &row.name, email: &row.email, role: row.role, seat, province: &region.province().id, by: Some(&order.actor) };
    let invited = access::invite(tx, invitation, now, today).await?;
    account::tell(tx, app, invitation, &body, invited.secret.as_deref()).await?;
    let detail = serde_json::json!({"role": row.role.word(), "body": body.id, "file": order.file});
    let personal = [("name", row.name.as_str()), ("email", row.email.as_str())];
    Note::of("invite", ("person", &invited.person_id), detail).aside(&personal).by_name(tx, now, (&order.actor, &order.actor_name)).await?;
    Ok(known.map_or(Came::New, |person| Came::More(person.name)))
}

/// The body that a row means: by its name or id, for a commune's official also by the commune.
async fn body(tx: &mut Tx, app: &App, row: &Checked) -> Result<std::result::Result<Body, Both>> {
    let today = app.clock().today();
    if let Some(body) = party::store::find_office(tx, &row.body).await?.filter(|body| body.valid_to.is_none_or(|to| to > today)) {
        return Ok(Ok(body));
    }
    if row.role != Role::COMMUNE {
        return Ok(Err(both(
            format!("không có cơ quan nào tên “{}”; hãy ghi đúng tên ở trang Cơ quan, hoặc thêm cơ quan trước.", row.body),
            format!("there is no body called “{}”; write its name as on the page of bodies, or add it first.", row.body),
        )));
    }
    match app.region().find(&row.body, None, today) {
        Err(refusal) => Ok(Err(refusal.text())),
        Ok(unit) if unit.level != Level::Commune || !unit.is_valid(today) => Ok(Err(both(
            format!("{} không phải xã, phường hiện nay; hãy ghi xã, phường sau sắp xếp.", app.region().label_dated(&unit.id, today)),
            format!("{} is no commune of today; write the one that came after it.", app.region().label_dated(&unit.id, today)),
        ))),
        Ok(unit) => Ok(party::store::committee(tx, &unit.id).await?.ok_or_else(|| {
            both(
                format!("chưa có UBND của {} trong danh sách cơ quan.", unit.full_name),
                format!("the committee of {} is not among the bodies.", unit.full_name),
            )
        })),
    }
}
