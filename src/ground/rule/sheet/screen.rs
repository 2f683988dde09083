//! A sheet on the screen: its groups and items, what was typed, what others answered meanwhile, its pictures.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::model::{self, Basis, Gap, answer_to, field};
use crate::db::Tx;
use crate::error::{Error, Result, both};
use crate::file::{self, Attachment, Kept as Picture};
use crate::page::{Errors, Form, Rest, SentFile, Visit, too_large};
use crate::rule::{Answer, Criterion, GroupResult, RuleKind, SurveyResult, Verdict};

/// What a gap says, and what to do.
pub fn told(gap: &Gap) -> (String, String) {
    (model::vi(&gap.what()), model::vi(&gap.todo()))
}

/// An item on the screen or the sheet.
pub struct Item {
    pub(crate) item: Criterion,
    pub(crate) set_id: String,
    pub(crate) is_likely: bool,
    pub(crate) verdict: String,
    pub(crate) verdict_name: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) fix_by: String,
    pub(crate) note: String,
    pub(crate) pictures: Vec<Attachment>,
    pub(crate) error: String,
    pub(crate) fix_error: String,
    pub(crate) picture_error: String,
    pub(crate) other: String,
}

impl Item {
    pub(crate) fn name(&self, what: &str) -> String {
        field(what, &self.set_id, &self.item.id)
    }

    pub(crate) fn is(&self, word: &str) -> bool {
        self.verdict == word
    }

    pub(crate) fn is_bad(&self) -> bool {
        !self.error.is_empty()
    }

    pub(crate) fn has_more(&self) -> bool {
        !self.note.is_empty() || !self.pictures.is_empty() || !self.picture_error.is_empty()
    }
}

/// A group on the screen or the sheet.
pub struct Part {
    pub(crate) set_id: String,
    pub(crate) set_number: String,
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) clause: String,
    pub(crate) state: String,
    pub(crate) note: String,
    pub(crate) all: Vec<Item>,
    pub(crate) any: Vec<Item>,
    pub(crate) any_error: String,
    pub(crate) result: Option<GroupResult>,
}

impl Part {
    /// How many of the items of which one is enough are for other kinds of place than the one that was declared.
    pub(crate) fn others(&self) -> usize {
        self.any.iter().filter(|item| !item.is_likely).count()
    }

    /// Whether these are shown at once: something was answered there, is wrong there, or no kind was declared.
    pub(crate) fn opens_others(&self) -> bool {
        self.others() == self.any.len()
            || !self.any_error.is_empty()
            || self.any.iter().any(|item| !item.is_likely && (item.is_bad() || !item.verdict.is_empty()))
    }
}

impl Part {
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty() && self.any.is_empty()
    }
}

/// Lays out the groups. `stored` is what others have answered; it is told where it differs from what was typed.
pub fn parts(basis: &Basis, form: &Form, stored: &[Answer], pictures: &[Attachment], kind: &str, result: &SurveyResult) -> Vec<Part> {
    let mut parts = Vec::new();
    for set in &basis.sets {
        for group in &set.groups {
            let lay = |item: &Criterion| {
                let name = |what: &str| field(what, &set.id, &item.id);
                let verdict = form.value(&name("verdict")).to_owned();
                let known = Verdict::read(&verdict);
                let other = answer_to(stored, &set.id, &item.id)
                    .filter(|answer| answer.verdict.word() != verdict)
                    .map(|answer| answer.verdict.name());
                Item {
                    item: item.clone(),
                    set_id: set.id.clone(),
                    is_likely: item.rule == RuleKind::Any && !kind.is_empty() && item.place_kind == kind,
                    verdict_name: known.map_or("–", Verdict::name),
                    tone: known.map_or("quiet", |verdict| match verdict {
                        Verdict::Meets => "ok",
                        Verdict::Fails => "bad",
                        Verdict::Fix => "warn",
                    }),
                    verdict,
                    fix_by: form.value(&name("fix")).to_owned(),
                    note: form.value(&name("note")).to_owned(),
                    pictures: pictures.iter().filter(|picture| picture.field == item.id).cloned().collect(),
                    error: form.error(&name("verdict")) + &form.error(&name("note")),
                    fix_error: form.error(&name("fix")),
                    picture_error: form.error(&name("photo")),
                    other: other.unwrap_or_default().to_owned(),
                }
            };
            parts.push(Part {
                set_id: set.id.clone(),
                set_number: set.number().to_owned(),
                id: group.id.clone(),
                title: group.title.clone(),
                clause: group.clause.clone(),
                state: group.state.clone(),
                note: group.note.clone(),
                all: group.criteria.iter().filter(|item| item.rule == RuleKind::All).map(lay).collect(),
                any: group.criteria.iter().filter(|item| item.rule == RuleKind::Any).map(lay).collect(),
                any_error: form.error(&field("any", &set.id, &group.id)),
                result: result.groups.iter().find(|known| known.set_id == set.id && known.group_id == group.id).cloned(),
            });
        }
    }
    parts
}

/// Pictures of one filling in all; the list of a thing's pictures goes no further.
pub const MOST_PICTURES: usize = 60;

/// The pictures of a form that there is room for beside those that are kept; each that is too large or too many is named at its
/// field. `of` says of what, in both languages.
pub fn pictures(rest: Rest, kept: usize, of: (&str, &str), errors: &mut Errors) -> Vec<SentFile> {
    for (name, file) in &rest.too_large {
        errors.add(name, too_large(file).what);
    }
    let room = MOST_PICTURES.saturating_sub(kept);
    if rest.sent.files.len() > room {
        errors.add(
            rest.sent.files.get(room).map_or("", |(name, ..)| name),
            both(
                format!("Mỗi {} tối đa {MOST_PICTURES} ảnh; các ảnh sau chưa được lưu.", of.0),
                format!("At most {MOST_PICTURES} pictures {}; the rest were not kept.", of.1),
            ),
        );
    }
    rest.sent.files.into_iter().take(room).collect()
}

/// A cleaned picture with the part of the filling that it belongs to and its caption.
pub type Taken = (String, String, Picture);

/// Cleans pictures; those that are none are named in `errors`. `part` says where one belongs and what it shows, by its field.
pub async fn clean(
    visit: &Visit,
    files: Vec<SentFile>,
    part: impl Fn(&str) -> Option<(String, String)>,
    errors: &mut Errors,
) -> Result<Vec<Taken>> {
    let mut taken = Vec::new();
    for (name, file_name, bytes) in files {
        let Some((part, caption)) = part(&name) else { continue };
        match visit.app.files().keep_picture(&file_name, bytes).await {
            Ok(picture) => taken.push((part, caption, picture)),
            Err(Error::Refused(refusal)) => errors.add(name, refusal.what),
            Err(error) => return Err(error),
        }
    }
    Ok(taken)
}

/// Attaches cleaned pictures to a filling; gives each as the journal tells it.
pub async fn attach(
    tx: &mut Tx,
    visit: &Visit,
    subject: (&str, &str),
    position: Option<(f64, f64)>,
    taken: &[Taken],
) -> Result<Vec<Value>> {
    let now = visit.app.clock().now();
    let mut told = Vec::new();
    for (part, caption, picture) in taken {
        let place = file::Place { kind: subject.0, id: subject.1, field: part, caption, position, is_public: false };
        let attachment = file::add(tx, now, picture, place, visit.actor.journal_id()).await?;
        told.push(json!({"item": part, "attachment": attachment, "digest": picture.digest}));
    }
    Ok(told)
}

/// Answers that say something else than what is stored.
pub fn changed<'a>(answers: &'a [Answer], stored: &[Answer]) -> Vec<&'a Answer> {
    answers.iter().filter(|answer| !stored.contains(answer)).collect()
}

/// Answers as the journal tells them.
pub fn said(answers: &[&Answer]) -> Vec<Value> {
    let one = |answer: &&Answer| json!({"set": answer.set_id, "item": answer.criterion_id, "verdict": answer.verdict, "fix_by": answer.fix_by, "note": answer.note});
    answers.iter().map(one).collect()
}

/// How the page of a filling answers.
pub fn status(is_stale: bool, errors: &Errors) -> StatusCode {
    if is_stale { StatusCode::CONFLICT } else { errors.status() }
}
