//! Work that one person of a body gives another, with a note and a day. It stays with whoever has it until it is done, taken
//! back or given on.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use crate::access::deputy;
use crate::access::{Act, Need, Routes};
use crate::clock::new_id;
use crate::db::{Column, DbResult, Tx};
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::mail;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Todo, TodoRow, Visit, Whose, go, once};
use crate::{execute, fetch_all, fetch_optional};

const TEAM: Need = Need::May(Act::HandWork);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/viec/giao", TEAM, form).post("/viec/giao", TEAM, give).post("/viec/giao/{id}/{word}", TEAM, end)
}

/// Something that was given.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Handed {
    /// Identifier.
    pub id: String,
    /// Path of the page where it is done.
    pub thing: String,
    /// What it is.
    pub title: String,
    /// Who has it.
    pub to_person: String,
    /// Name.
    pub to_name: String,
    /// Who gave it.
    pub by_person: String,
    /// Name.
    pub by_name: String,
    /// What was said with it.
    pub note: String,
    /// By when.
    pub due_on: Option<NaiveDate>,
    /// When it was given.
    pub created_at: DateTime<Utc>,
}

impl Handed {
    /// The day it was given.
    pub fn day(&self) -> NaiveDate {
        crate::clock::local(self.created_at).date_naive()
    }
}

/// The page where something is done, without what is asked of it.
pub fn thing_of(href: &str) -> &str {
    href.split(['?', '#']).next().unwrap_or_default()
}

const MOST: i64 = 500;

/// What is open in a body.
async fn open(tx: &mut Tx, body: &str) -> DbResult<Vec<Handed>> {
    fetch_all!(
        tx,
        Handed,
        "select h.id, h.thing, h.title, h.to_person, t.name as to_name, h.by_person, b.name as by_name, h.note, h.due_on, h.created_at
         from handed h join person t on t.id = h.to_person join person b on b.id = h.by_person where h.body_id = $1 and h.done_at is null order by h.due_on, h.id limit $2",
        body,
        MOST
    )
}

/// Puts what was given where it belongs: what I was given first, what others of my body have among what I wait for.
pub async fn sort(tx: &mut Tx, visit: &Visit, todos: &mut Vec<Todo>) -> Result<()> {
    let Some(body) = visit.actor.body_id().filter(|_| visit.actor.is_staff()) else { return Ok(()) };
    let handed = open(tx, body).await?;
    if handed.is_empty() {
        return Ok(());
    }
    let me = visit.actor.journal_id();
    for todo in todos.iter_mut() {
        let before = todo.rows.len();
        todo.rows.retain(|row| !handed.iter().any(|known| known.thing == thing_of(&row.href)));
        todo.count -= (before - todo.rows.len()) as i64;
    }
    let row = |handed: &Handed, place: String, chip: Option<(&'static str, String)>| TodoRow {
        due: handed.due_on,
        since: Some(handed.day()),
        title: handed.title.clone(),
        href: handed.thing.clone(),
        place,
        chip,
    };
    let noted = |handed: &Handed, words: String| if handed.note.is_empty() { words } else { format!("{words}: {}", handed.note) };
    let mine: Vec<TodoRow> = handed
        .iter()
        .filter(|known| known.to_person == me)
        .map(|known| row(known, noted(known, format!("{} giao", known.by_name)), Some(("info", "giao cho bạn".to_owned()))))
        .collect();
    let others: Vec<TodoRow> = handed
        .iter()
        .filter(|known| known.to_person != me)
        .map(|known| row(known, noted(known, format!("{} giao {}", known.by_name, known.to_name)), Some(("quiet", known.to_name.clone()))))
        .collect();
    let group = |id, title: &'static str, rows: Vec<TodoRow>, whose| Todo {
        id,
        title: title.into(),
        count: rows.len() as i64,
        rows,
        all: String::new(),
        deed: title,
        whose,
    };
    todos.push(group("handed", "Được giao", mine, Whose::Do));
    todos.push(group("handed-on", "Đã giao đồng nghiệp", others, Whose::Wait));
    todos.retain(|todo| todo.count > 0);
    Ok(())
}

#[derive(Template)]
#[template(path = "work/hand.html")]
struct HandPage {
    shell: Shell,
    form: Form,
    title: String,
    thing: String,
    colleagues: Vec<Choice>,
    /// Who has it now.
    now: Option<Handed>,
    is_mine: bool,
}

#[derive(Template)]
#[template(path = "work/letter_handed.txt", whitespace = "preserve")]
struct HandedLetter<'a> {
    by: &'a str,
    title: &'a str,
    note: &'a str,
    due: Option<NaiveDate>,
    thing: &'a str,
    base: &'a str,
}

/// What somebody may give on: what stands in the work list, a record that is talked about, or what was given.
async fn title_of(tx: &mut Tx, visit: &Visit, thing: &str, now: Option<&Handed>) -> Result<String> {
    if let Some(handed) = now {
        return Ok(handed.title.clone());
    }
    if let Ok(thing) = crate::talk::load(tx, visit, thing).await {
        return Ok(thing.title);
    }
    let todos = super::todos(tx, visit).await?;
    let row = todos.iter().flat_map(|todo| &todo.rows).find(|row| thing_of(&row.href) == thing);
    row.map(|row| row.title.clone()).ok_or_else(|| {
        Refusal::rule(
            "not-in-list",
            both("Việc này không nằm trong danh sách việc của bạn.", "This is not in your work list."),
            both("Mở Việc của tôi và giao từ đó.", "Open your work list and hand it on from there."),
        )
        .into()
    })
}

async fn page(visit: &Visit, form: Form) -> Result<Response> {
    let thing = thing_of(form.value("viec")).to_owned();
    let (me, today) = (visit.actor.journal_id(), visit.app.clock().today());
    let body = visit.actor.body_id().unwrap_or_default();
    let mut tx = visit.app.db().read().await?;
    let now = open(&mut tx, body).await?.into_iter().find(|known| known.thing == thing);
    let title = title_of(&mut tx, visit, &thing, now.as_ref()).await?;
    let has_now = now.as_ref().map_or(me, |known| known.to_person.as_str());
    let colleagues = deputy::colleagues(&mut tx, body, today).await?.into_iter().filter(|colleague| colleague.id != has_now);
    let page = HandPage {
        shell: visit.shell("Giao việc"),
        colleagues: std::iter::once((String::new(), "Chọn".to_owned()))
            .chain(colleagues.map(|colleague| (colleague.id, colleague.name)))
            .collect(),
        is_mine: now.as_ref().is_some_and(|known| known.to_person == me),
        now,
        title,
        thing,
        form,
    };
    page.form.answer(&page)
}

async fn form(visit: Visit) -> Result<Response> {
    if visit.query.get("viec").is_empty() {
        return Ok(go("/viec", ""));
    }
    let fields = Fields::new([("viec".to_owned(), visit.query.get("viec").to_owned())]);
    page(&visit, Form::with(fields, Errors::default(), visit.lang)).await
}

async fn give(visit: Visit, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let (me, body) = (visit.actor.journal_id().to_owned(), visit.actor.body_id().unwrap_or_default().to_owned());
    let thing = thing_of(fields.get("viec")).to_owned();
    let mut errors = Errors::default();
    let note = fields.text("note", 500, &mut errors);
    let due = fields.some_day("due_on", &mut errors);
    if due.is_some_and(|due| due < today) {
        errors.add("due_on", both("Ngày này đã qua.", "This day has passed."));
    }
    let mut tx = once::begin(&visit, &fields).await?;
    let colleague = deputy::colleagues(&mut tx, &body, today).await?.into_iter().find(|colleague| colleague.id == fields.get("to"));
    if colleague.is_none() {
        errors.add("to", both("Hãy chọn một đồng nghiệp cùng cơ quan.", "Choose a colleague."));
    }
    let before = open(&mut tx, &body).await?.into_iter().find(|known| known.thing == thing);
    let title = title_of(&mut tx, &visit, &thing, before.as_ref()).await?;
    let Some(colleague) = colleague.filter(|_| errors.is_empty()) else {
        drop(tx);
        return page(&visit, Form::with(fields, errors, visit.lang)).await;
    };
    if let Some(before) = &before {
        close(&mut tx, &before.id, now).await?;
    }
    let id = new_id();
    execute!(
        &mut tx,
        "insert into handed (id, body_id, thing, title, to_person, by_person, note, due_on, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &id,
        &body,
        &thing,
        &title,
        &colleague.id,
        &me,
        &note,
        due,
        now
    )?;
    let detail = json!({"thing": thing, "to": colleague.id, "due_on": due, "note": note});
    Note::of("hand", ("handed", &id), detail).by(&mut tx, now, &visit.actor).await?;
    if let Some(email) = colleague.email.filter(|_| colleague.id != me) {
        let letter =
            HandedLetter { by: &visit.actor.name, title: &title, note: &note, due, thing: &thing, base: &visit.app.config().base_url };
        mail::letter(&mut tx, now, [(email, mail::plain(&colleague.name))], &format!("Được giao: {title}"), &letter).await?;
    }
    visit.app.wake();
    once::end(tx, &fields, go("/viec", "handed")).await
}

async fn close(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(tx, "update handed set done_at = $2 where id = $1 and done_at is null", id, now)
}

/// Done, by whoever has it; or taken back, by whoever gave it.
async fn end(visit: Visit, Path((id, word)): Path<(String, String)>) -> Result<Response> {
    let (verb, said) = match word.as_str() {
        "xong" => ("hand_done", "hand-done"),
        "lay-lai" => ("hand_back", "hand-back"),
        _ => return Err(Refusal::not_found().into()),
    };
    let mut tx = visit.app.db().write().await?;
    let (body, me) = (visit.actor.body_id().unwrap_or_default(), visit.actor.journal_id());
    let parties = fetch_optional!(
        &mut tx,
        (String, String),
        "select to_person, by_person from handed where id = $1 and body_id = $2 and done_at is null",
        &id,
        body
    )?;
    let (to, by) = parties.ok_or_else(Refusal::not_found)?;
    if !(verb == "hand_done" && to == me || verb == "hand_back" && by == me) {
        return Err(Refusal::forbidden().into());
    }
    let now = visit.app.clock().now();
    close(&mut tx, &id, now).await?;
    Note::of(verb, ("handed", &id), json!({})).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go("/viec", said))
}

/// Where handed work names bodies.
pub const PLACES: &[Column] = &[Column {
    name: "handed.body_id",
    label: "việc đã giao",
    count: "select count(*) from handed where body_id = $1",
    forth: "update handed set body_id = $2 where body_id = $1 returning id",
    back: "update handed set body_id = $2 where body_id = $1 and id = $3",
}];

/// Forgets what was written with work that a person gave.
pub async fn forget(tx: &mut Tx, person: &str) -> DbResult<u64> {
    execute!(tx, "update handed set note = '' where by_person = $1", person)
}
