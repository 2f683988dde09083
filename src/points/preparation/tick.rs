//! The checklist as one form: every item a row, one save. Only rows that a person changed are written; a row that is wrong,
//! or that a colleague changed meanwhile, is refused with its words and keeps none of the others from being saved.

use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{Done, May, Section};
use super::pages::{Again, DOERS, again, back, ground, keep, refusal};
use super::store;
use crate::access::Routes;
use crate::access::papers;
use crate::error::{Refusal, Result, both};
use crate::file;
use crate::journal::Note;
use crate::law::ChecklistItem;
use crate::page::{Errors, Fields, Sent, Visit};
use crate::text::date_vi;
use crate::typed;
use crate::{clock, duty};

const LINE: usize = 300;
const TEXT: usize = 2_000;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post_files("/ho-so/{id}/chuan-bi/viec", DOERS, save).post("/ho-so/{id}/chuan-bi/tep/bo", DOERS, drop_file)
}

/// The name of a field of a row.
pub(super) fn name(field: &str, item: &str) -> String {
    format!("{field}-{item}")
}

/// Fields of a row, besides what it was when it was shown.
const PARTS: [&str; 6] = ["tick", "done_on", "done_by", "note", "width_mm", "height_mm"];

/// How a row stood when it was shown: short, and the same for the same values.
pub(super) fn mark(done: Option<&Done>) -> String {
    let Some(done) = done else { return mark(Some(&Done::default())) };
    let said = format!("{:?}|{:?}|{:?}|{}|{}", done.done_on, done.width_mm, done.height_mm, done.done_by, done.note);
    clock::digest(said.as_bytes()).chars().take(12).collect()
}

/// A row as it stands in the fields of its form; a day is proposed where it is not done.
pub(super) fn fill(fields: &mut Fields, item: &str, done: Option<&Done>, today: NaiveDate) {
    let side = |side: Option<i64>| side.map(|side| side.to_string()).unwrap_or_default();
    let none = Done::default();
    let done = done.unwrap_or(&none);
    fields.set(&name("tick", item), if done.done_on.is_some() { "1" } else { "" });
    fields.set(&name("done_on", item), date_vi(done.done_on.unwrap_or(today)));
    fields.set(&name("done_by", item), done.done_by.clone());
    fields.set(&name("note", item), done.note.clone());
    fields.set(&name("width_mm", item), side(done.width_mm));
    fields.set(&name("height_mm", item), side(done.height_mm));
}

/// Reads a row.
pub(super) fn read(fields: &Fields, section: Section, item: &ChecklistItem, today: NaiveDate) -> (Done, Errors) {
    let name = |field: &str| name(field, &item.id);
    let mut errors = Errors::default();
    let mut done = Done { item_id: item.id.clone(), section: section.word().to_owned(), ..Done::default() };
    if fields.is_on(&name("tick")) {
        done.done_on = errors.take(&name("done_on"), typed::past(fields.get(&name("done_on")), today)).flatten();
        if done.done_on.is_none() && errors.is_empty() {
            errors.add(name("done_on"), both("Hãy ghi ngày xong, hoặc bỏ đánh dấu.", "Give the day it was done, or untick it."));
        }
    }
    done.done_by = fields.text(&name("done_by"), LINE, &mut errors);
    done.note = fields.text(&name("note"), TEXT, &mut errors);
    if item.kind == "sign" {
        let mut side = |field: &str| fields.some(&name(field)).and_then(|typed| errors.take(&name(field), typed::millimetres(typed)));
        (done.width_mm, done.height_mm) = (side("width_mm"), side("height_mm"));
        if errors.is_empty() && done.width_mm.is_some() != done.height_mm.is_some() {
            let half = if done.width_mm.is_some() { "height_mm" } else { "width_mm" };
            errors.add(name(half), both("Hãy ghi cả chiều rộng và chiều cao.", "Give both width and height."));
        }
    }
    (done, errors)
}

/// A row that a person changed.
struct Changed<'a> {
    item: &'a ChecklistItem,
    done: Done,
    was: String,
    kept: Vec<file::Kept>,
}

/// Saves what was changed of the checklist.
async fn save(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    const PART: &str = "checklist";
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let (fields, mut files) = (sent.fields, sent.files);
    let mut tx = visit.app.db().read().await?;
    let (shown, preparation) = ground(&mut tx, &visit, &id).await?;
    drop(tx);
    if !May::of(&visit.actor, &shown).tick {
        return Err(refusal(&shown).into());
    }
    let list = visit.app.checklist();
    let mut errors = Errors::default();
    // what was typed into the rows that are refused; the others are shown as they were saved
    let mut refused: Vec<&str> = Vec::new();
    let mut changed = Vec::new();
    for section in [Section::Prepare, Section::Open] {
        for item in section.items(&list, preparation.shared_sellers) {
            // a row that this form did not have is left alone
            let Some(was) = fields.some(&name("was", &item.id)).map(str::to_owned) else { continue };
            let (mut done, wrong) = read(&fields, section, item, today);
            let field = name("file", &item.id);
            let (own, others) = files.into_iter().partition(|(known, ..)| *known == field);
            files = others;
            let own: Vec<_> = own;
            if wrong.is_empty() && own.is_empty() && mark(Some(&done)) == was {
                continue;
            }
            let mut own_errors = wrong;
            let kept = if own_errors.is_empty() { keep(&visit, own, &field, &mut own_errors).await? } else { Vec::new() };
            if !own_errors.is_empty() {
                own_errors.iter().for_each(|(field, text)| errors.add(field, text.clone()));
                refused.push(&item.id);
                continue;
            }
            if done.done_on.is_some() && done.done_by.is_empty() {
                done.done_by = visit.actor.body_name().to_owned();
            }
            changed.push(Changed { item, done, was, kept });
        }
    }
    let mut tx = visit.app.db().write().await?;
    let (point, _) = ground(&mut tx, &visit, &id).await?;
    if !May::of(&visit.actor, &point).tick {
        return Err(refusal(&point).into());
    }
    let known = store::done(&mut tx, &id).await?;
    let mut told = Vec::new();
    let mut words = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for Changed { item, done, was, kept } in changed {
        let stored = known.iter().find(|known| known.section == done.section && known.item_id == done.item_id);
        if mark(stored) != was {
            let stood = match stored.and_then(|stored| stored.done_on.map(|day| (day, &stored.done_by))) {
                Some((day, by)) => format!("xong ngày {}{}{by}", date_vi(day), if by.is_empty() { "" } else { ", " }),
                None => "chưa xong".to_owned(),
            };
            errors.add(
                name("done_on", &item.id),
                both(
                    format!("Người khác vừa ghi mục này ({stood}). Bấm lưu lần nữa nếu muốn thay bằng nội dung của bạn."),
                    format!("Somebody else has just saved this item ({stood}). Save once more to put yours in its place."),
                ),
            );
            refused.push(&item.id);
            continue;
        }
        store::put_done(&mut tx, &id, &done).await?;
        if let (Some(on), Some(what)) = (done.done_on, duty::model::What::read(&item.meets)) {
            duty::store::met(&mut tx, &id, what, on).await?;
            duty::refresh(&mut tx, &visit, &id).await?;
        }
        for paper in &kept {
            let place =
                file::Place { kind: "preparation", id: &id, field: &item.id, caption: &item.text, position: None, is_public: false };
            file::add(&mut tx, now, paper, place, visit.actor.journal_id()).await?;
        }
        let short = item.text.split([':', ';', ',']).next().unwrap_or(&item.text).trim();
        let state = match done.done_on {
            Some(day) => format!("xong {}", date_vi(day)),
            None => "chưa xong".to_owned(),
        };
        words.push(if kept.is_empty() { format!("{short} ({state})") } else { format!("{short} ({state}, thêm {} tệp)", kept.len()) });
        told.push(serde_json::json!({
            "section": done.section, "item": item.id, "done_on": done.done_on, "width_mm": done.width_mm, "height_mm": done.height_mm, "remark": done.note,
            "files": kept.iter().map(|paper| &paper.digest).collect::<Vec<_>>(),
        }));
        names.push(done.done_by);
    }
    let saved = told.len();
    if saved > 0 {
        names.retain(|name| !name.is_empty());
        names.dedup();
        let by = names.join("; ");
        let detail = serde_json::json!({"items": told, "note": words.join("; ")});
        let people = [("done_by", by.as_str())];
        Note::of("prepare_item", ("point", &id), detail)
            .aside(if by.is_empty() { &[] } else { &people })
            .by(&mut tx, now, &visit.actor)
            .await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    if errors.is_empty() {
        return Ok(back(&id, PART, if saved > 0 { "da-luu" } else { "khong-doi" }));
    }
    if saved > 0 {
        let mut all = Errors::default();
        all.add(
            "checklist",
            both(
                format!("Đã lưu {saved} mục; các mục sau chưa lưu, hãy sửa rồi lưu lại:"),
                format!("{saved} items were saved; these were not, correct them and save again:"),
            ),
        );
        errors.iter().for_each(|(field, text)| all.add(field, text.clone()));
        errors = all;
    }
    let mut typed = Fields::default();
    for (part, item) in refused.iter().flat_map(|item| PARTS.map(|part| (part, item))) {
        typed.set(&name(part, item), fields.get(&name(part, item)).to_owned());
    }
    again(&visit, &id, Again { part: PART, fields: typed, errors }).await
}

/// Takes a picture or document of an item back, while the point is being prepared.
async fn drop_file(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let (point, _) = ground(&mut tx, &visit, &id).await?;
    if !May::of(&visit.actor, &point).tick {
        return Err(refusal(&point).into());
    }
    let paper = papers::find(&mut tx, sent.fields.get("file"))
        .await?
        .filter(|paper| paper.subject_kind == "preparation" && paper.subject_id == id)
        .ok_or_else(Refusal::not_found)?;
    file::remove(&mut tx, &paper).await?;
    Note::of("remove_file", ("point", &id), paper.detail()).aside(&[("file", paper.name.as_str())]).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    visit.app.files().forget(&paper).await?;
    let part = if paper.field == "ceremony" { "ceremony".to_owned() } else { format!("item-{}", paper.field) };
    Ok(back(&id, &part, "da-bo-tep"))
}
