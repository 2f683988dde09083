//! "Gỡ khỏi kệ": a product that may no longer stand on OCOP shelves is a task for each place that shows it, until somebody
//! confirms that it is gone or it may stand there again. The public shelf does not wait for it.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Connection, How, Side, Step, Takedown, Taken};
use super::spot::{self, Loaded, Spot};
use super::store::{self, TaskRow};
use super::tell;
use super::zone::{self, Out, may_stand};
use crate::access::{Actor, Need, Routes, Voice};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::journal::Note;
use crate::page::{Ask, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, html, page_key, read_key};
use crate::product;
use crate::state::App;
use crate::text::{Tongue, date_vi};
use crate::{clock, setting};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ket-noi/go", Need::Rows, list).post("/ket-noi/go/{id}", super::pages::DOERS, confirm)
}

/// Puts the tasks of a product right after its standing changed; without an id, those of every product that may be concerned.
pub async fn changed(app: &App, product_id: &str) -> Result<()> {
    const AT_ONCE: i64 = 50;
    if !product_id.is_empty() {
        let mut tx = app.db().write().await?;
        refresh(&mut tx, app, product_id).await?;
        tx.commit().await?;
        app.wake();
        return Ok(());
    }
    let mut after = String::new();
    loop {
        let mut tx = app.db().write().await?;
        let found = store::doubtful(&mut tx, &after, app.clock().today(), zone::stars_from(app.clock().today()), AT_ONCE).await?;
        let Some(last) = found.last() else {
            // also what was put off yesterday
            tell::queue(&mut tx, app).await?;
            tx.commit().await?;
            app.wake();
            return Ok(());
        };
        after.clone_from(last);
        for id in &found {
            refresh(&mut tx, app, id).await?;
        }
        tx.commit().await?;
        app.wake();
    }
}

/// Tells whoever is connected with a product that its certificate ended or was withdrawn: shelves are asked to take it down,
/// the others learn that it may not go there.
pub async fn ended(app: &App, product_id: &str) -> Result<()> {
    let (today, base) = (app.clock().today(), &app.config().base_url);
    let mut tx = app.db().write().await?;
    let Some(product) = product::store::find(&mut tx, product_id).await? else { return Ok(()) };
    let papers = product::store::certificates(&mut tx, product_id).await?;
    let claims = store::claims(&mut tx, product_id).await?;
    if let Err(out) = may_stand(&papers, &claims, today) {
        let mut lines = Vec::new();
        for connection in store::waiting(&mut tx, product_id).await? {
            let Some(spot) = Spot::of(&mut tx, connection.point_id.as_deref(), connection.chain_id.as_deref()).await? else { continue };
            let line = format!(
                "Sản phẩm {} ({}) đang kết nối với {}: {}.\n  {base}/ket-noi/{}",
                product.name,
                product::code::shown(&product.code),
                spot.name(),
                out.name(),
                connection.id
            );
            lines.push((spot, line));
        }
        tell::tell_waiting(&mut tx, app, &lines, &format!("{}: {}", out.name(), product.name)).await?;
        refresh(&mut tx, app, product_id).await?;
    }
    tx.commit().await?;
    app.wake();
    Ok(())
}

/// What the clock alone brings about: products that lapsed, claims that ended, points that closed.
pub async fn daily(app: &App) -> Result<()> {
    const AT_ONCE: i64 = 50;
    let (now, today) = (app.clock().now(), app.clock().today());
    loop {
        let mut tx = app.db().write().await?;
        let orphans = store::orphans(&mut tx, AT_ONCE).await?;
        if orphans.is_empty() {
            break;
        }
        for (id, over) in orphans {
            let Some(before) = store::find(&mut tx, &id).await? else { continue };
            let day = over.max(before.since).min(today);
            let after = before.clone().end(Side::Office, "Điểm đã đóng hoặc đã rút", day.max(before.since), today.max(before.since))?;
            save(&mut tx, now, &Actor::default(), (&before, &after), Step::End, Side::Office, "Điểm đã đóng hoặc đã rút").await?;
        }
        tx.commit().await?;
    }
    changed(app, "").await?;
    tell::rise(app).await
}

/// Asks for a product to be taken down wherever it stands and may not, and ends tasks that are no longer needed. In the
/// caller's transaction; running it again changes nothing.
pub async fn refresh(tx: &mut Tx, app: &App, product_id: &str) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let standing = store::on_shelf(tx, product_id).await?;
    if standing.is_empty() {
        return Ok(());
    }
    let certificates = product::store::certificates(tx, product_id).await?;
    let claims = store::claims(tx, product_id).await?;
    let open = store::open_takedowns(tx, product_id).await?;
    match may_stand(&certificates, &claims, today) {
        Ok(_) => {
            for task in open.values() {
                store::end_takedown(tx, &task.id, today, "", How::Renewed, "").await?;
                let detail = serde_json::json!({"takedown": task.id, "how": How::Renewed.word(), "set": {"done_on": today}});
                Note::of("takedown_renewed", ("connection", &task.connection_id), detail).by_name(tx, now, ("system", "Hệ thống")).await?;
            }
        }
        Err(_) => {
            let due_on = today + setting::days(tx, "takedown_days", today).await?;
            let mut is_new = false;
            for connection in &standing {
                let (out, why) = zone::why(&connection.basis, &certificates, &claims, today);
                is_new |= match open.get(&connection.id) {
                    None => ask(tx, now, connection, (out, &why), (today, due_on)).await?,
                    Some(task) if (task.reason.as_str(), &task.why) != (out.word(), &why) => again(tx, now, task, (out, &why)).await?,
                    Some(_) => false,
                };
            }
            if is_new {
                tell::queue(tx, app).await?;
            }
        }
    }
    Ok(())
}

async fn ask(
    tx: &mut Tx,
    now: DateTime<Utc>,
    connection: &Connection,
    (out, why): (Out, &str),
    (today, due_on): (NaiveDate, NaiveDate),
) -> Result<bool> {
    let task = Takedown {
        id: clock::new_id(),
        connection_id: connection.id.clone(),
        product_id: connection.product_id.clone(),
        point_id: connection.point_id.clone(),
        chain_id: connection.chain_id.clone(),
        reason: out.word().to_owned(),
        why: why.to_owned(),
        asked_on: today,
        due_on,
        level: 1,
        done_on: None,
        done_by: String::new(),
        done_how: String::new(),
        note: String::new(),
        created_at: now,
    };
    store::add_takedown(tx, &task).await?;
    let detail = serde_json::json!({"takedown": task.id, "reason": why, "due_on": due_on, "set": {"asked_on": today, "due_on": due_on}});
    Note::of("ask_takedown", ("connection", &connection.id), detail).by_name(tx, now, ("system", "Hệ thống")).await?;
    Ok(true)
}

/// The reason of an open task is another one now: whoever was told is told again, the day by which it is to be done stays.
async fn again(tx: &mut Tx, now: DateTime<Utc>, task: &Takedown, (out, why): (Out, &str)) -> Result<bool> {
    let is_news = !task.why.is_empty() || task.reason != out.word();
    store::give_reason(tx, &task.id, out.word(), why, is_news).await?;
    if is_news {
        let detail = serde_json::json!({"takedown": task.id, "reason": why, "due_on": task.due_on, "set": {"reason": out.word()}});
        Note::of("ask_takedown", ("connection", &task.connection_id), detail).by_name(tx, now, ("system", "Hệ thống")).await?;
    }
    Ok(is_news)
}

/// Saves a step: record, days on the shelf, ledger of steps, an open task that it settles, journal. The caller commits.
pub async fn save(
    tx: &mut Tx,
    now: DateTime<Utc>,
    actor: &Actor,
    steps: (&Connection, &Connection),
    step: Step,
    side: Side,
    note: &str,
) -> Result<()> {
    let (before, after) = steps;
    if store::save(tx, before, after, now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let is_person = actor.is_signed_in();
    let by_name = if is_person { actor.journal_name() } else { "Hệ thống".to_owned() };
    let taken = Taken {
        seq: 0,
        stage: step.entered().to_owned(),
        day: after.since,
        by_side: side.word().to_owned(),
        by_name: by_name.clone(),
        note: note.to_owned(),
    };
    store::add_step(tx, &after.id, &taken).await?;
    let how = if step == Step::End { How::Ended } else { How::Removed };
    if before.stage == super::Stage::OnShelf
        && let Some(task) = store::open_takedown(tx, &before.id).await?
    {
        store::end_takedown(tx, &task.id, after.since, &by_name, how, note).await?;
    }
    let detail = serde_json::json!({
        "from": before.stage.word(), "to": after.stage.word(), "side": side.word(), "reason": if step == Step::End { note } else { "" }, "note": if step == Step::End { "" } else { note },
        "set": {"stage": after.stage.word(), "since": after.since, "price": after.price, "terms": after.terms, "basis": after.basis,
                "on_shelf_from": after.on_shelf_from, "off_shelf_on": after.off_shelf_on, "ended_on": after.ended_on},
    });
    let actor_id = if is_person { actor.journal_id() } else { "system" };
    Note::of(step.verb(), ("connection", &after.id), detail).by_name(tx, now, (actor_id, &by_name)).await?;
    Ok(())
}

/// A product is seen to be off the shelf on a day: its task ends, its connection goes back to what was agreed.
pub async fn settle(tx: &mut Tx, visit: &Visit, task: &Takedown, day: NaiveDate, how: How, note: &str) -> Result<()> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let before = store::find(tx, &task.connection_id).await?.ok_or_else(Refusal::not_found)?;
    if store::end_takedown(tx, &task.id, day, &visit.actor.journal_name(), how, note).await? == 0 {
        return Err(Refusal::stale().into());
    }
    if before.stage == super::Stage::OnShelf {
        let after = before.clone().take_off(day, today)?;
        let side = if visit.actor.is(Voice::Business) { Side::Seller } else { Side::Office };
        save(tx, now, &visit.actor, (&before, &after), Step::Off, side, note).await?;
    }
    let detail = serde_json::json!({"takedown": task.id, "how": how.word(), "note": note, "set": {"done_on": day}});
    Note::of("confirm_takedown", ("connection", &task.connection_id), detail).by(tx, now, &visit.actor).await?;
    Ok(())
}

/// Whether the caller confirms removals here: who runs the place, or an office.
pub(super) fn may_confirm(loaded: &Loaded) -> bool {
    Step::Off.side(&loaded.connection, &loaded.sides).is_some()
}

async fn confirm(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let today = visit.app.clock().today();
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let task = store::takedown(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    let loaded = spot::load(&mut tx, &visit, &task.connection_id).await?;
    if !may_confirm(&loaded) {
        return Err(Refusal::forbidden().into());
    }
    if task.done_on.is_some() {
        return Err(Refusal::stale().into());
    }
    let mut errors = Errors::default();
    let day = super::form::day(&fields, "off_on", Some(loaded.connection.since), today, &mut errors);
    let note = fields.text("off_note", super::form::TEXT, &mut errors);
    let Some(day) = day.filter(|_| errors.is_empty()) else {
        drop(tx);
        return super::pages::again(&visit, &task.connection_id, Form::with(fields, errors, Tongue::Vi)).await;
    };
    settle(&mut tx, &visit, &task, day, How::Removed, &note).await?;
    tx.commit().await?;
    let back = if fields.is_on("list") { "/ket-noi/go".to_owned() } else { format!("/ket-noi/{}", task.connection_id) };
    Ok(go(&back, "da-go-khoi-ke"))
}

#[derive(Template)]
#[template(path = "connection/go.html")]
struct ListPage {
    shell: Shell,
    ask: Ask,
    list: Rows<TaskRow>,
    count: i64,
    form: Form,
    today: NaiveDate,
    may: bool,
}

impl ListPage {
    fn reason(&self, row: &TaskRow) -> (&'static str, &'static str) {
        Out::read(&row.reason).map_or(("warn", ""), |out| (out.tone(), out.short()))
    }
}

async fn list(visit: Visit) -> Result<Response> {
    const ROWS: i64 = 30;
    let today = visit.app.clock().today();
    let scope = visit.actor.scope();
    let ask = Ask::new(&visit);
    let key = read_key(ask.get("sau")).and_then(|(day, id)| Some((day.parse().ok()?, id)));
    let mut tx = visit.app.db().read().await?;
    let rows = store::tasks(&mut tx, &scope, key, ROWS + 1).await?;
    let list = Rows::cut(rows, ROWS, ask.get("sau"), |row| page_key(&row.due_on.to_string(), &row.id));
    let count = store::count_tasks(&mut tx, &scope).await?;
    let form = Form::with(Fields::new([("off_on".to_owned(), date_vi(today))]), Errors::default(), Tongue::Vi);
    // whoever is asked sees the list; of them these confirm
    let may = !super::model::sides(&visit.actor, None, visit.actor.body_id()).is_empty();
    html(&ListPage { shell: visit.shell("Gỡ khỏi kệ"), ask, list, count, form, today, may })
}
