//! What people say to each other beside a record: staff among themselves, or with the business and the association too. Whoever
//! is named gets a letter and an item in the work list.
//!
//! Slices say which of their records are talked about, and who is concerned ([`Things`], handed in when the program is put together).

mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::pin::Pin;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::Response;
use chrono::{DateTime, Utc};

use crate::access::{Need, Routes};
use crate::clock::{local, new_id};
use crate::db::Tx;
use crate::error::{Error, Refusal, Result, both};
use crate::journal::Note;
use crate::mail;
use crate::page::{OnceKey, Sent, Todo, TodoRow, Visit, Whose, go, once};

pub use store::{Remark, Someone, forget};

/// A record that is talked about.
#[derive(Clone, Debug, Default)]
pub struct Thing {
    /// Path of its page.
    pub path: String,
    /// What it is called.
    pub title: String,
    /// Kind and id in the journal.
    pub subject: (&'static str, String),
    /// Bodies that are concerned.
    pub bodies: Vec<String>,
    /// The commune where it lies.
    pub unit: Option<String>,
}

/// Loads a record within the caller's scope.
pub type Load = for<'a> fn(&'a mut Tx, &'a Visit, &'a str) -> Pin<Box<dyn Future<Output = Result<Thing>> + Send + 'a>>;

/// Which records are talked about: the beginning of their paths, how one is loaded.
pub struct Things(pub &'static [(&'static str, Load)]);

/// So much is shown beside a record; more is folded.
const MOST: i64 = 100;
/// Longest remark, in characters.
const LONGEST: usize = 2000;

/// The routes of this module.
pub fn routes() -> Routes {
    Routes::new().post("/trao-doi", Need::Rows, say).post("/trao-doi/da-xem", Need::Rows, seen)
}

/// A record that is talked about, by the path of its page, within the caller's scope.
pub async fn load(tx: &mut Tx, visit: &Visit, path: &str) -> Result<Thing> {
    let things = visit.app.held::<Things>().0;
    let found = things.iter().find_map(|(begin, load)| Some((load, path.strip_prefix(begin)?)));
    let (load, id) = found.filter(|(_, id)| !id.contains('/')).ok_or_else(Refusal::not_found)?;
    load(tx, visit, id).await
}

/// The talk beside a record.
#[derive(Template)]
#[template(path = "talk/card.html")]
pub struct Card {
    thing: Thing,
    remarks: Vec<Remark>,
    people: Vec<Someone>,
    is_outside: bool,
    is_named: bool,
    may_speak: bool,
    once: OnceKey,
}

impl HtmlSafe for Card {}

impl Card {
    fn when(&self, at: &DateTime<Utc>) -> String {
        local(*at).format("%d/%m/%Y %H:%M").to_string()
    }
}

/// The talk beside a record that the reader sees.
pub async fn card(tx: &mut Tx, visit: &Visit, thing: Thing) -> Result<Card> {
    let actor = &visit.actor;
    let is_outside = actor.is_outside();
    let remarks = store::of(tx, &thing.path, is_outside, MOST).await?;
    let person = actor.journal_id();
    let is_named = store::has_unread(tx, person, &thing.path).await?;
    let may_speak = actor.confirmed && !actor.may(crate::access::Act::Audit);
    let people = if may_speak { candidates(tx, visit, &thing).await? } else { Vec::new() };
    Ok(Card { thing, remarks, people, is_outside, is_named, may_speak, once: OnceKey::fresh() })
}

/// Who may be named: people of the reader's body, of the bodies concerned, of the commune, of those who take records on.
/// Whoever speaks for a business names officials, nobody else's people.
async fn candidates(tx: &mut Tx, visit: &Visit, thing: &Thing) -> Result<Vec<Someone>> {
    let mut bodies: BTreeSet<String> = thing.bodies.iter().cloned().collect();
    bodies.extend(visit.actor.body_id().map(str::to_owned));
    let bodies: Vec<String> = bodies.into_iter().collect();
    let found = store::people(tx, &bodies, thing.unit.as_deref(), visit.app.clock().today()).await?;
    Ok(found.into_iter().filter(|someone| someone.id != visit.actor.journal_id()).collect())
}

#[derive(Template)]
#[template(path = "talk/letter_named.txt", whitespace = "preserve")]
struct NamedLetter<'a> {
    who: String,
    title: &'a str,
    text: &'a str,
    path: &'a str,
    base: &'a str,
}

async fn say(visit: Visit, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    if !visit.actor.confirmed || visit.actor.may(crate::access::Act::Audit) {
        return Err(Refusal::forbidden().into());
    }
    let text = fields.get("text").trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(
            Refusal::invalid(both("Hãy viết nội dung, nhiều nhất 2.000 ký tự.", "Write something, 2,000 characters at most.")).into()
        );
    }
    let now = visit.app.clock().now();
    let mut tx = once::begin(&visit, &fields).await?;
    let thing = load(&mut tx, &visit, fields.get("thing")).await?;
    let shared = visit.actor.is_outside() || fields.is_on("shared");
    let people = candidates(&mut tx, &visit, &thing).await?;
    let wanted: BTreeSet<&str> = fields.all("who").collect();
    let named: Vec<&Someone> = people.iter().filter(|someone| wanted.contains(someone.id.as_str())).collect();
    if named.len() < wanted.len() {
        return Err(Error::from(Refusal::not_found()));
    }
    if let Some(outsider) = named.iter().find(|someone| someone.is_outside() && !shared) {
        let name = outsider.name.clone();
        return Err(Refusal::rule(
            "staff-only",
            both(
                format!("{name} thuộc cơ sở, hội nên không đọc được trao đổi nội bộ."),
                format!("{name} does not read what staff say among themselves."),
            ),
            both("Đánh dấu “Cơ sở và hội đọc được”, hoặc bỏ người này.", "Let the business read it, or do not name this person."),
        )
        .into());
    }
    let remark = Remark {
        id: new_id(),
        thing: thing.path.clone(),
        person_id: visit.actor.journal_id().to_owned(),
        name: visit.actor.name.clone(),
        signed: visit.actor.journal_name(),
        text: text.to_owned(),
        shared,
        created_at: now,
        named: String::new(),
    };
    let ids: Vec<&str> = named.iter().map(|someone| someone.id.as_str()).collect();
    store::add(&mut tx, &remark, &ids).await?;
    store::read(&mut tx, visit.actor.journal_id(), &thing.path, now).await?;
    let (kind, id) = (thing.subject.0, thing.subject.1.as_str());
    Note::of("remark", (kind, id), serde_json::json!({"remark": remark.id, "shared": shared, "named": ids}))
        .by(&mut tx, now, &visit.actor)
        .await?;
    let mut readers = Vec::new();
    for someone in &named {
        readers.extend(someone.email.clone().map(|email| (email, mail::plain(&someone.name))));
    }
    let letter = NamedLetter {
        who: format!("{} ({})", mail::plain(&visit.actor.name), visit.actor.journal_name()),
        title: &thing.title,
        text,
        path: &thing.path,
        base: &visit.app.config().base_url,
    };
    mail::letter(&mut tx, now, readers, &format!("Nhắc bạn ở hồ sơ {}", thing.title), &letter).await?;
    visit.app.wake();
    once::end(tx, &fields, go(&thing.path, "remark")).await
}

async fn seen(visit: Visit, sent: Sent) -> Result<Response> {
    let mut tx = visit.app.db().write().await?;
    let thing = load(&mut tx, &visit, sent.fields.get("thing")).await?;
    store::read(&mut tx, visit.actor.journal_id(), &thing.path, visit.app.clock().now()).await?;
    tx.commit().await?;
    Ok(go(&thing.path, "da-luu"))
}

/// Where the reader was named and has not answered or seen it.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    let rows: Vec<TodoRow> = store::unread(tx, visit.actor.journal_id(), 30)
        .await?
        .into_iter()
        .map(|remark| TodoRow {
            due: None,
            since: Some(local(remark.created_at).date_naive()),
            title: format!("{}: {}", remark.name, mail::plain(&remark.text)),
            href: format!("{}#talk", remark.thing),
            place: remark.signed,
            chip: None,
        })
        .collect();
    let count = rows.len() as i64;
    Ok(vec![Todo {
        id: "mentions",
        title: "Lời nhắc trong trao đổi".into(),
        count,
        rows,
        all: String::new(),
        deed: "Cần trả lời trao đổi",
        whose: Whose::Do,
    }])
}
