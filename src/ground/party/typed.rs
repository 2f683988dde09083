//! Who a form names: the same rule as for files. A name that is near to a known one is asked about at its field.

use chrono::NaiveDate;

use super::bulk::{Finder, Named, Who};
use super::identity::Name;
use super::question::{self, By, Candidate, Question};
use super::{BodyKind, store};
use crate::access::Actor;
use crate::db::Tx;
use crate::error::{Both, Result, both};
use crate::job;
use crate::journal::Note;
use crate::page::{Errors, Visit};
use crate::region::Region;

/// How a form names a body.
#[derive(Clone, Copy, Debug, Default)]
pub struct Typed<'a> {
    /// Name as typed.
    pub name: &'a str,
    /// Which kind, if it was chosen.
    pub kind: Option<BodyKind>,
    /// Mã số thuế, if it was typed.
    pub tax_code: Option<&'a str>,
    /// Where it sits, as far as the form says.
    pub unit: Option<&'a str>,
    /// The body that the thing has already.
    pub current: Option<&'a str>,
    /// What was answered, where it was asked before: id of a candidate, or `other`.
    pub said: &'a str,
}

/// A name that a person has to settle first.
#[derive(Clone, Debug)]
pub struct Asked(pub Vec<Candidate>);

impl Asked {
    /// What is asked, in one sentence.
    pub fn text(&self) -> Both {
        let names = self
            .0
            .iter()
            .take(3)
            .map(|candidate| format!("“{}” ({})", candidate.name, candidate.why.name()))
            .collect::<Vec<_>>()
            .join(", ");
        both(
            format!("Có thể là chủ thể đã có: {names}. Hãy ghi đúng tên trong sổ, hoặc trả lời là ai."),
            format!("This may be a body that is known: {names}. Write its name as in the register, or say who it is."),
        )
    }

    /// Asks at a field of the form.
    pub fn put(&self, errors: &mut Errors, field: &str) {
        let mut choices: Vec<(String, String)> =
            self.0.iter().map(|candidate| (candidate.id.clone(), format!("Là {} ({})", candidate.name, candidate.why.name()))).collect();
        choices.push(("other".into(), "Chủ thể khác, chưa có trong sổ".into()));
        errors.ask(field, self.text(), choices);
    }
}

/// Where and when: units, and the day on which they are of today.
pub type Ground<'a> = (&'a Region, NaiveDate);

/// The body that a form names; a new one where nobody is near, or where it was answered so.
pub async fn body(tx: &mut Tx, visit: &Visit, typed: Typed<'_>) -> Result<std::result::Result<String, Asked>> {
    let ground = (visit.app.region(), visit.app.clock().today());
    match find(tx, ground, typed).await? {
        Found::Known(finder, id) => {
            settle(tx, visit, finder).await?;
            Ok(Ok(id))
        }
        Found::Asked(mut finder, asked) => {
            let Some(same) = answer(tx, &visit.actor, visit.app.clock().now(), &asked, typed.said).await? else {
                return Ok(Err(Asked(asked.candidates)));
            };
            if let Some(same) = same {
                return Ok(Ok(same));
            }
            finder.deny(asked.candidates.iter().map(|candidate| candidate.id.as_str()));
            let keys = Name::of(typed.name);
            match finder.body(0, named(typed, &keys)) {
                Who::Known(id) | Who::New(id) => {
                    settle(tx, visit, finder).await?;
                    Ok(Ok(id))
                }
                // what was denied is never asked again, so there is something else
                Who::Nobody | Who::Asked => {
                    Ok(Err(Asked(finder.take_asked().questions.into_iter().flat_map(|question| question.candidates).collect())))
                }
            }
        }
    }
}

/// The body that a form names, if it is known; nothing is added.
pub async fn known(tx: &mut Tx, ground: Ground<'_>, typed: Typed<'_>) -> Result<std::result::Result<Option<String>, Asked>> {
    match find(tx, ground, typed).await? {
        Found::Known(mut finder, id) => Ok(Ok(Some(id).filter(|id| !finder.take_brought().adds(id)))),
        Found::Asked(_, asked) => match asked.candidates.iter().find(|candidate| candidate.id == typed.said) {
            Some(candidate) => Ok(Ok(Some(candidate.id.clone()))),
            None if typed.said == "other" => Ok(Ok(None)),
            None => Ok(Err(Asked(asked.candidates))),
        },
    }
}

enum Found {
    Known(Finder, String),
    Asked(Finder, Question),
}

fn named<'a>(typed: Typed<'a>, keys: &'a Name) -> Named<'a> {
    Named { name: typed.name, keys, kind: typed.kind, tax_code: typed.tax_code, unit: typed.unit }
}

async fn find(tx: &mut Tx, (region, today): Ground<'_>, typed: Typed<'_>) -> Result<Found> {
    let keys = Name::of(typed.name);
    let named = named(typed, &keys);
    let mut finder = Finder::default();
    finder.look_up(tx, region, today, typed.current.into_iter(), std::iter::once(named)).await?;
    if let (Some(current), Some(missing)) = (typed.current, finder.same(typed.current, named)) {
        if missing.is_some() {
            finder.complete(current, missing);
        }
        return Ok(Found::Known(finder, current.to_owned()));
    }
    match finder.body(0, named) {
        Who::Known(id) | Who::New(id) => Ok(Found::Known(finder, id)),
        Who::Nobody | Who::Asked => match finder.take_asked().questions.pop() {
            Some(question) => Ok(Found::Asked(finder, question)),
            None => Err(crate::error::Error::internal("a form named no body")),
        },
    }
}

async fn settle(tx: &mut Tx, visit: &Visit, mut finder: Finder) -> Result<()> {
    let now = visit.app.clock().now();
    let brought = finder.take_brought();
    brought.save(tx, "", now).await?;
    for (id, detail) in brought.lines() {
        Note::of("learn_body", ("body", id), detail).by(tx, now, &visit.actor).await?;
    }
    Ok(())
}

/// Records what was answered at a form; none where nothing was, or where that candidate is not asked about.
async fn answer(
    tx: &mut Tx,
    actor: &Actor,
    now: chrono::DateTime<chrono::Utc>,
    asked: &Question,
    said: &str,
) -> Result<Option<Option<String>>> {
    let same = match asked.candidates.iter().find(|candidate| candidate.id == said) {
        Some(candidate) => Some(candidate.id.clone()),
        None if said == "other" => None,
        None => return Ok(None),
    };
    let name = actor.journal_name();
    let id = question::keep(tx, asked, now).await?;
    question::answer(tx, &id, same.as_deref(), By { id: actor.journal_id(), name: &name, at: now }).await?;
    let detail = serde_json::json!({"note": asked.name, "set": {"name": asked.name, "tax_code": asked.tax_code, "answer": if same.is_some() { "same" } else { "other" }, "body": same}});
    Note::of("answer_body", ("body_question", &id), detail).by(tx, now, actor).await?;
    // rows of files may wait for the same answer
    job::queue(tx, now, super::ANSWERED_JOB, &name, actor.journal_id()).await?;
    Ok(Some(same))
}

/// The body that stands for one: itself, unless it was joined to another.
pub async fn stands_for(tx: &mut Tx, id: &str) -> Result<String> {
    let mut id = id.to_owned();
    for _ in 0..16 {
        match super::join::into_of(tx, &id).await? {
            Some(into) => id = into,
            None => break,
        }
    }
    Ok(id)
}

/// The body of a tax code, or the one that stands for it.
pub async fn by_tax_code(tx: &mut Tx, tax_code: &str) -> Result<Option<super::Body>> {
    let Some(body) = store::find_by_tax_code(tx, tax_code).await? else { return Ok(None) };
    let id = stands_for(tx, &body.id).await?;
    Ok(if id == body.id { Some(body) } else { store::find(tx, &id).await? })
}
