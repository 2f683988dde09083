//! What jobs and the day bring: entries follow the points, portals are told and reminded; what waits for staff.

use askama::Template;
use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::model::{self, Facts, How, Listing, ListingState, Outlet, Stage};
use super::store::{self, Row};
use crate::access::Act;
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::journal::{self, Note};
use crate::page::{Todo, TodoRow, Visit, Whose};
use crate::state::App;
use crate::{clock, execute, job, mail, setting};

/// Kind of the job that compares one portal with the whole register; its payload is the portal's id.
pub const FILL_JOB: crate::job::Kind = crate::job::Kind::new("publication_fill", crate::job::Lane::Work).once();
/// Kind of the job that tells portals what is new.
pub const SEND_JOB: crate::job::Kind = crate::job::Kind::new("publication_send", crate::job::Lane::Work).once();

/// Who acts when a job does.
const SYSTEM: (&str, &str) = ("system", "Hệ thống");
/// Points compared in one transaction, and portals read at once.
const CHUNK: i64 = 500;
/// Points named in a mail; the page behind its link has all.
const NAMED: i64 = 50;

/// The subject under which the journal keeps an entry.
pub(super) fn subject(outlet: &str, point: &str) -> String {
    format!("{outlet}.{point}")
}

/// What the journal says of a change: the columns that differ, names of people left out.
pub(super) fn set(before: Option<&Listing>, after: &Listing) -> serde_json::Value {
    let mut set = serde_json::Map::new();
    let mut put = |name: &str, differs: bool, value: serde_json::Value| {
        if differs {
            set.insert(name.to_owned(), value);
        }
    };
    let differs = |changed: fn(&Listing, &Listing) -> bool| before.is_none_or(|before| changed(before, after));
    put("state", differs(|a, b| a.state != b.state), after.state.word().into());
    put("wanted_on", differs(|a, b| a.wanted_on != b.wanted_on), serde_json::json!(after.wanted_on));
    put("sent_on", differs(|a, b| a.sent_on != b.sent_on), serde_json::json!(after.sent_on));
    put("confirmed_on", differs(|a, b| a.confirmed_on != b.confirmed_on), serde_json::json!(after.confirmed_on));
    put("confirmed_url", differs(|a, b| a.confirmed_url != b.confirmed_url), after.confirmed_url.clone().into());
    put("takedown_on", differs(|a, b| a.takedown_on != b.takedown_on), serde_json::json!(after.takedown_on));
    put("taken_down_on", differs(|a, b| a.taken_down_on != b.taken_down_on), serde_json::json!(after.taken_down_on));
    put("note", differs(|a, b| a.note != b.note), after.note.clone().into());
    serde_json::json!({"outlet": after.outlet_id, "point": after.point_id, "from": before.map(|before| before.state.word()), "to": after.state.word(), "set": set})
}

/// A word of the journal for what the register itself does to an entry.
fn verb(state: ListingState) -> &'static str {
    match state.stage() {
        Stage::Publish | Stage::Shown => "listing_want",
        Stage::Takedown | Stage::Gone => "listing_unwant",
    }
}

/// Entries follow a point that became public, stopped, or runs again. May run twice.
pub async fn changed(app: &App, point_id: &str) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let mut tx = app.db().write().await?;
    let Some((facts, units)) = store::facts(&mut tx, point_id).await? else { return Ok(()) };
    let mut known = store::of_point(&mut tx, point_id).await?;
    let mut after = String::new();
    let mut is_new = false;
    loop {
        let outlets = store::in_force(&mut tx, today, &after, CHUNK).await?;
        for outlet in &outlets {
            let facts = Facts { in_unit: outlet.unit_id.as_ref().is_some_and(|unit| units.contains(unit)), ..facts.clone() };
            let before = known.iter().position(|listing| listing.outlet_id == outlet.id).map(|at| known.swap_remove(at));
            let Some(listing) = model::decide(outlet, &facts, before.clone(), today) else { continue };
            write(&mut tx, now, before.as_ref(), &listing).await?;
            is_new = true;
        }
        match outlets.last() {
            Some(last) if outlets.len() as i64 == CHUNK => after = last.id.clone(),
            _ => break,
        }
    }
    if is_new {
        job::queue(&mut tx, now, SEND_JOB, "", "system").await?;
    }
    tx.commit().await?;
    app.wake();
    Ok(())
}

async fn write(tx: &mut Tx, now: DateTime<Utc>, before: Option<&Listing>, listing: &Listing) -> Result<()> {
    if store::put(tx, before, listing).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let subject = subject(&listing.outlet_id, &listing.point_id);
    Note::of(verb(listing.state), ("listing", &subject), set(before, listing)).by_name(tx, now, SYSTEM).await?;
    Ok(())
}

/// Compares every portal in force with the register, after many points changed at once.
pub async fn fill_all(app: &App) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let mut tx = app.db().write().await?;
    let mut after = String::new();
    loop {
        let outlets = store::in_force(&mut tx, today, &after, CHUNK).await?;
        for outlet in &outlets {
            job::queue(&mut tx, now, FILL_JOB, &outlet.id, "system").await?;
        }
        match outlets.last() {
            Some(last) => after.clone_from(&last.id),
            None => break,
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Compares a portal with the whole register, some hundred points at a time. May run twice.
pub async fn fill(app: &App, outlet_id: &str) -> Result<String> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let mut after = String::new();
    let mut changes = 0;
    loop {
        let mut tx = app.db().write().await?;
        let Some(outlet) = store::outlet(&mut tx, outlet_id).await?.filter(|outlet| outlet.is_in_force(today)) else {
            return Ok(String::new());
        };
        let points = store::public_points(&mut tx, outlet.unit_id.as_deref(), &after, CHUNK).await?;
        let Some(last) = points.last().map(|facts| facts.id.clone()) else {
            store::note_filled(&mut tx, outlet_id, today).await?;
            if changes > 0 {
                job::queue(&mut tx, now, SEND_JOB, "", "system").await?;
            }
            tx.commit().await?;
            app.wake();
            return Ok(changes.to_string());
        };
        let known = store::between(&mut tx, outlet_id, &after, &last).await?;
        let mut new = Vec::new();
        for facts in &points {
            let before = known.iter().find(|listing| listing.point_id == facts.id);
            match (before, model::decide(&outlet, facts, before.cloned(), today)) {
                (None, Some(listing)) => new.push(listing),
                (Some(_), Some(listing)) => {
                    write(&mut tx, now, before, &listing).await?;
                    changes += 1;
                }
                (_, None) => {}
            }
        }
        if !new.is_empty() {
            store::add(&mut tx, &new).await?;
            let subjects: Vec<String> = new.iter().map(|listing| subject(outlet_id, &listing.point_id)).collect();
            let lines = new.iter().zip(&subjects).map(|(listing, subject)| Note {
                verb: "listing_want",
                subject: ("listing", subject),
                detail: set(None, listing),
                personal: Vec::new(),
            });
            journal::note_many(&mut tx, now, SYSTEM.0, SYSTEM.1, lines.collect()).await?;
            changes += new.len();
        }
        tx.commit().await?;
        after = last;
    }
}

/// Tells every portal what it is to publish and to take down: one mail each, or the feed that holds it. May run twice.
pub async fn send(app: &App) -> Result<String> {
    let today = app.clock().today();
    let mut tx = app.db().read().await?;
    let waiting = store::to_tell(&mut tx).await?;
    let reply_days = setting::value(&mut tx, "portal_reply_days", today).await?;
    drop(tx);
    let mut told = 0;
    for id in waiting {
        told += send_to(app, &id, reply_days).await?;
    }
    app.wake();
    Ok(told.to_string())
}

async fn send_to(app: &App, id: &str, reply_days: i64) -> Result<usize> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let mut tx = app.db().write().await?;
    let Some(mut outlet) = store::outlet(&mut tx, id).await?.filter(|outlet| outlet.is_in_force(today)) else { return Ok(0) };
    let mut told = Vec::new();
    for stage in [Stage::Takedown, Stage::Publish] {
        told.push(store::tell(&mut tx, id, stage, outlet.how.word(), today).await?);
    }
    let [down, up] = &told[..] else { return Ok(0) };
    for (points, to, stage) in [(down, "takedown_sent", Stage::Takedown), (up, "sent", Stage::Publish)] {
        let subjects: Vec<String> = points.iter().map(|point| subject(id, point)).collect();
        let lines = points.iter().zip(&subjects).map(|(point, subject)| Note {
            verb: if stage == Stage::Takedown { "listing_takedown_sent" } else { "listing_sent" },
            subject: ("listing", subject),
            detail: serde_json::json!({"outlet": id, "point": point, "to": to, "how": outlet.how.word(), "set": {"state": to}}),
            personal: Vec::new(),
        });
        journal::note_many(&mut tx, now, SYSTEM.0, SYSTEM.1, lines.collect()).await?;
    }
    if outlet.how == How::Mail && !outlet.mail.is_empty() && down.len() + up.len() > 0 {
        let link = link(&mut tx, app, &mut outlet).await?;
        let mut sections = Vec::new();
        for (head, points) in [("GỠ", down), ("ĐĂNG", up)] {
            sections.push(Section { head, named: named(&mut tx, id, points).await?, all: points.len() });
        }
        let text = WantedLetter { sections, link, due: model::due(today, reply_days), base: &app.config().base_url };
        let subject = match (up.len(), down.len()) {
            (0, down) => format!("Đề nghị gỡ {down} điểm OCOP"),
            (up, 0) => format!("Đề nghị đăng {up} điểm OCOP"),
            (up, down) => format!("Đề nghị đăng {up} và gỡ {down} điểm OCOP"),
        };
        mail::letter(&mut tx, now, [(outlet.mail.clone(), outlet.name.clone())], &subject, &text).await?;
    }
    tx.commit().await?;
    Ok(down.len() + up.len())
}

/// A point as a mail names it.
#[derive(sqlx::FromRow)]
struct Named {
    outlet_id: String,
    code: String,
    name: String,
    address: String,
    slug: String,
    note: String,
}

/// The first of these points, with why the portal is told.
async fn named(tx: &mut Tx, outlet: &str, points: &[String]) -> Result<Vec<Named>> {
    let first = &points[..points.len().min(NAMED as usize)];
    let mut found = crate::fetch_many!(
        tx,
        Named,
        "select l.outlet_id, p.code, p.name, p.address, p.slug, l.note from listing l join point p on p.id = l.point_id where l.point_id in ($1)",
        first
    )?;
    found.retain(|named| named.outlet_id == outlet);
    found.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(found)
}

/// What is asked of a portal for points: the first of them, and how many there are.
struct Section {
    head: &'static str,
    named: Vec<Named>,
    all: usize,
}

#[derive(Template)]
#[template(path = "publication/letter_wanted.txt", whitespace = "preserve")]
struct WantedLetter<'a> {
    sections: Vec<Section>,
    link: String,
    due: NaiveDate,
    base: &'a str,
}

#[derive(Template)]
#[template(path = "publication/letter_reminder.txt", whitespace = "preserve")]
struct ReminderLetter {
    count: i64,
    reply_days: i64,
    rows: Vec<(&'static str, store::Row)>,
    link: String,
}

/// The address of a portal's own page. Where the key that made its secret is gone, a new secret takes its place.
pub(super) async fn link(tx: &mut Tx, app: &App, outlet: &mut Outlet) -> Result<String> {
    let mut secret = app.keyring().link_secret(&outlet.id, outlet.secret_no)?;
    if clock::digest(secret.as_bytes()) != outlet.secret_hash {
        outlet.secret_no += 1;
        secret = app.keyring().link_secret(&outlet.id, outlet.secret_no)?;
        outlet.secret_hash = clock::digest(secret.as_bytes());
        execute!(
            tx,
            "update outlet set secret_hash = $2, secret_no = $3, version = version + 1 where id = $1",
            &outlet.id,
            &outlet.secret_hash,
            outlet.secret_no
        )?;
        let detail = serde_json::json!({"set": {"secret_no": outlet.secret_no}, "reason": "Khóa cũ không còn"});
        Note::of("outlet_secret", ("outlet", &outlet.id), detail).by_name(tx, app.clock().now(), SYSTEM).await?;
    }
    Ok(format!("{}/cong/{secret}", app.config().base_url))
}

/// What a day brings: portals that begin get their entries, what was left over is told, late portals are reminded.
pub async fn daily(app: &App) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let mut tx = app.db().write().await?;
    let reply_days = setting::value(&mut tx, "portal_reply_days", today).await?;
    let mut late = store::late(&mut tx, today - Duration::days(reply_days)).await?;
    late.sort();
    let mut after = String::new();
    loop {
        let outlets = store::in_force(&mut tx, today, &after, CHUNK).await?;
        for mut outlet in outlets.iter().cloned() {
            if outlet.filled_on.is_none() {
                job::queue(&mut tx, now, FILL_JOB, &outlet.id, "system").await?;
            }
            let count = late.iter().find(|(id, _)| *id == outlet.id).map_or(0, |(_, count)| *count);
            let is_silent = outlet.reminded_on.is_none_or(|last| model::due(last, reply_days) <= today);
            if count > 0 && is_silent && !outlet.mail.is_empty() {
                remind(&mut tx, app, &mut outlet, count, reply_days).await?;
            }
        }
        match outlets.last() {
            Some(last) if outlets.len() as i64 == CHUNK => after = last.id.clone(),
            _ => break,
        }
    }
    super::bulk::tidy(&mut tx, app).await?;
    if !store::to_tell(&mut tx).await?.is_empty() {
        job::queue(&mut tx, now, SEND_JOB, "", "system").await?;
    }
    tx.commit().await?;
    app.wake();
    Ok(())
}

async fn remind(tx: &mut Tx, app: &App, outlet: &mut Outlet, count: i64, reply_days: i64) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let link = link(tx, app, outlet).await?;
    let mut late = Vec::new();
    for (stage, what) in [(Stage::Takedown, "gỡ"), (Stage::Publish, "đăng")] {
        let rows = store::rows(tx, &outlet.id, stage, (NaiveDate::default(), ""), NAMED).await?;
        late.extend(rows.into_iter().filter(|row| model::due(row.since, reply_days) < today).map(|row| (what, row)));
    }
    let (reader, text) = ((outlet.mail.clone(), outlet.name.clone()), ReminderLetter { count, reply_days, rows: late, link });
    mail::letter(tx, now, [reader], &format!("Nhắc: {count} điểm OCOP chờ cổng trả lời"), &text).await?;
    store::note_reminded(tx, &outlet.id, today).await?;
    let detail = serde_json::json!({"count": count, "set": {"reminded_on": today}});
    Note::of("outlet_remind", ("outlet", &outlet.id), detail).by_name(tx, now, SYSTEM).await?;
    Ok(())
}

/// What portals still owe, for those who publish: take-downs first.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    const MOST: i64 = 30;
    let scope = visit.actor.scope();
    let Some(unit) = store::bound_to(&scope).filter(|_| visit.actor.can("publish") && visit.actor.may(Act::Publish)) else {
        return Ok(Vec::new());
    };
    let today = visit.app.clock().today();
    let reply_days = setting::value(tx, "portal_reply_days", today).await?;
    let sums = store::sums(tx, unit, today).await?;
    let mut todos = Vec::new();
    for (stage, id, verb, deed) in
        [(Stage::Takedown, "takedown-portals", "gỡ", "Chờ cổng gỡ"), (Stage::Publish, "unpublished", "đăng", "Chờ cổng đăng")]
    {
        let count = sums.iter().filter(|(state, _)| state.stage() == stage).map(|(_, n)| n).sum();
        let rows = if count > 0 {
            store::outstanding(tx, unit, Some(stage), &(NaiveDate::default(), String::new(), String::new()), today, MOST).await?
        } else {
            Vec::new()
        };
        let rows = rows.iter().map(|row| todo_row(row, reply_days)).collect();
        let title = format!("điểm chờ {} cổng {verb}", store::owing(tx, unit, stage, today).await?).into();
        todos.push(Todo { id, title, count, rows, all: format!("/cong-bo?viec={}", stage.word()), deed, whose: Whose::Wait });
    }
    Ok(todos)
}

fn todo_row(row: &Row, reply_days: i64) -> TodoRow {
    let (tone, word) = row.listing.state.name();
    TodoRow {
        due: Some(model::due(row.since, reply_days)),
        since: None,
        title: row.name.clone(),
        href: format!("/cong-bo/{}?diem={}", row.listing.outlet_id, row.listing.point_id),
        place: row.place(),
        chip: Some((tone, word.to_owned())),
    }
}

/// Sample portals of a trial store, labelled so; their entries follow when the store is first served.
pub async fn sample(tx: &mut Tx, app: &App) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let samples = [
        ("mau-cong", "Cổng thông tin mẫu của một sở (dữ liệu mẫu)", How::Feed, "https://cong-mau.example", "", None, "city"),
        (
            "mau-trang-phuong",
            "Trang thông tin mẫu của một phường (dữ liệu mẫu)",
            How::Mail,
            "https://trang-mau.example",
            "trang-mau@ocop.example",
            Some("09556.2025"),
            "",
        ),
    ];
    for (id, name, how, address, mail, unit, counter) in samples {
        let outlet = Outlet {
            id: id.into(),
            name: name.into(),
            sort: crate::text::sort_key(name),
            body_id: None,
            address: address.into(),
            mail: mail.into(),
            how,
            origin: address.into(),
            unit_id: unit.map(str::to_owned),
            counter: counter.into(),
            secret_hash: clock::digest(app.keyring().link_secret(id, 1)?.as_bytes()),
            secret_no: 1,
            valid_from: today,
            valid_to: None,
            filled_on: None,
            reminded_on: None,
            source: "Dữ liệu mẫu".into(),
            demo: true,
            version: 1,
        };
        store::add_outlet(tx, &outlet, "demo", now).await?;
        Note::of("add_outlet", ("outlet", id), serde_json::json!({"demo": true, "set": {"name": name}}))
            .by_name(tx, now, ("demo", "Dữ liệu mẫu"))
            .await?;
        job::queue(tx, now, FILL_JOB, id, "demo").await?;
    }
    Ok(())
}
