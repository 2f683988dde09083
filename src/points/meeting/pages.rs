//! Screens of meetings: those of a point, one of them, writing it down and correcting it.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::model::{self, Guest, Kind, Meeting};
use super::{PAPER, store};
use crate::access::papers;
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::file::{self, Kept, Paper};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, html, keep_papers, once};
use crate::point::{self, Point};
use crate::preparation;
use crate::preparation::model::{Done, May, Section};
use crate::text::{Tongue, date_vi};

const WRITERS: Need = Need::May(Act::HoldMeetings);
/// Most that are listed: a point has a handful.
const MOST: i64 = 200;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .get("/ho-so/{id}/hop", Need::Rows, list)
        .post_files("/ho-so/{id}/hop", WRITERS, create)
        .get("/hop/{id}", Need::Rows, show)
        .get("/hop/{id}/sua", WRITERS, edit_form)
        .post_files("/hop/{id}/sua", WRITERS, edit)
        .post("/hop/{id}/tep/bo", WRITERS, drop_file)
}

/// A meeting with its point, if that lies in the reader's scope.
pub async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<(Meeting, Point)> {
    let meeting = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let point = point::load(tx, visit, &meeting.point_id).await?;
    Ok((meeting, point))
}

#[derive(Template)]
#[template(path = "meeting/list.html")]
struct ListPage {
    shell: Shell,
    point: Point,
    meetings: Vec<Meeting>,
    form: Form,
    kinds: Vec<Choice>,
    items: Vec<Choice>,
    may_write: bool,
    is_open: bool,
}

/// Items of the checklist that may stand on a meeting now: those that are not done, and the one that does already.
async fn items(tx: &mut Tx, visit: &Visit, point: &Point, own: &str) -> Result<Vec<Choice>> {
    let mut choices = vec![(String::new(), "Không".to_owned())];
    let Some(known) = preparation::store::find(tx, &point.id).await? else { return Ok(choices) };
    if !May::of(&visit.actor, point).tick {
        return Ok(choices);
    }
    let done = preparation::store::done(tx, &point.id).await?;
    for section in [Section::Open, Section::Prepare] {
        for item in section.items(&visit.app.checklist(), known.shared_sellers) {
            let key = format!("{}/{}", section.word(), item.id);
            let is_done = done.iter().any(|done| done.section == section.word() && done.item_id == item.id && done.done_on.is_some());
            if (!is_done || key == own) && item.kind != "sign" && item.fed_by.is_empty() {
                choices.push((key, item.text.clone()));
            }
        }
    }
    Ok(choices)
}

fn kinds() -> Vec<Choice> {
    std::iter::once((String::new(), "Chọn".to_owned()))
        .chain(Kind::ALL.into_iter().map(|kind| (kind.word().to_owned(), kind.name().to_owned())))
        .collect()
}

async fn list_page(visit: &Visit, id: &str, fields: Fields, errors: Errors, is_open: bool) -> Result<ListPage> {
    let mut tx = visit.app.db().read().await?;
    let point = point::load(&mut tx, visit, id).await?;
    let meetings = store::of(&mut tx, id, MOST).await?;
    let items = items(&mut tx, visit, &point, "").await?;
    Ok(ListPage {
        shell: visit.shell(&format!("Cuộc họp: {}", point.name)),
        is_open: is_open || meetings.is_empty(),
        meetings,
        form: Form::with(fields, errors, Tongue::Vi),
        kinds: kinds(),
        items,
        may_write: model::may_write(&visit.actor, &point),
        point,
    })
}

async fn list(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut fields = Fields::default();
    if let Some(item) = visit.query.some("muc") {
        fields.set("item", item);
        fields.set("kind", if item.ends_with("/producers-met") { Kind::Households.word() } else { Kind::Session.word() });
    }
    let is_open = visit.query.some("muc").is_some();
    html(&list_page(&visit, &id, fields, Errors::default(), is_open).await?)
}

/// What stands on a meeting is done on its day.
async fn feed(tx: &mut Tx, visit: &Visit, meeting: &Meeting) -> Result<()> {
    let Some((section, item)) = meeting.item.split_once('/') else { return Ok(()) };
    let known =
        preparation::store::done(tx, &meeting.point_id).await?.into_iter().find(|done| done.section == section && done.item_id == item);
    let known = known.unwrap_or_default();
    let note = if known.note.is_empty() { format!("{}, {}", meeting.name(), meeting.place) } else { known.note.clone() };
    let done_by = if known.done_by.is_empty() { visit.actor.body_name().to_owned() } else { known.done_by.clone() };
    let done = Done { section: section.to_owned(), item_id: item.to_owned(), done_on: Some(meeting.held_on), done_by, note, ..known };
    preparation::store::put_done(tx, &meeting.point_id, &done).await?;
    Ok(())
}

async fn attach(tx: &mut Tx, visit: &Visit, id: &str, kept: &[Kept]) -> Result<()> {
    for paper in kept {
        let place =
            file::Place {
                kind: PAPER, id, field: "papers", caption: "Biên bản, tài liệu của cuộc họp", position: None, is_public: false
            };
        file::add(tx, visit.app.clock().now(), paper, place, visit.actor.journal_id()).await?;
    }
    Ok(())
}

/// The line of the journal: names of people lie aside.
async fn note(tx: &mut Tx, visit: &Visit, verb: &str, meeting: &Meeting, guests: &[Guest], kept: &[Kept]) -> Result<()> {
    let lines = guests.iter().map(Guest::line).collect::<Vec<_>>().join("\n");
    let detail = serde_json::json!({
        "meeting": meeting.id, "note": format!("{}, {}", meeting.name(), date_vi(meeting.held_on)), "item": meeting.item, "guests_count": guests.len(),
        "files": kept.iter().map(|paper| &paper.digest).collect::<Vec<_>>(),
        "set": {"held_on": meeting.held_on, "place": meeting.place, "agreed": meeting.agreed},
    });
    Note::of(verb, ("point", &meeting.point_id), detail)
        .aside(&[("guests", lines.as_str()), ("chair", meeting.chair.as_str())])
        .by(tx, visit.app.clock().now(), &visit.actor)
        .await?;
    Ok(())
}

async fn create(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let (fields, files) = (sent.fields, sent.files);
    let mut tx = visit.app.db().read().await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    if !model::may_write(&visit.actor, &point) {
        return Err(Refusal::forbidden().into());
    }
    let keys: Vec<String> = items(&mut tx, &visit, &point, "").await?.into_iter().map(|(key, _)| key).collect();
    drop(tx);
    let (meeting, guests) = match model::read(&fields, &id, today, &keys) {
        Ok(read) => read,
        Err(errors) => {
            let page = list_page(&visit, &id, fields, errors, true).await?;
            return page.form.answer(&page);
        }
    };
    let mut errors = Errors::default();
    let kept = keep_papers(&visit, files, "papers", &mut errors).await?;
    if !errors.is_empty() {
        let page = list_page(&visit, &id, fields, errors, true).await?;
        return page.form.answer(&page);
    }
    let mut tx = once::begin(&visit, &fields).await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    if !model::may_write(&visit.actor, &point) || !meeting.item.is_empty() && !May::of(&visit.actor, &point).tick {
        return Err(Refusal::stale().into());
    }
    store::add(&mut tx, &meeting, visit.actor.journal_id(), now).await?;
    store::put_guests(&mut tx, &meeting.id, &guests).await?;
    attach(&mut tx, &visit, &meeting.id, &kept).await?;
    feed(&mut tx, &visit, &meeting).await?;
    note(&mut tx, &visit, "add_meeting", &meeting, &guests, &kept).await?;
    once::end(tx, &fields, go(&format!("/hop/{}", meeting.id), "da-luu")).await
}

#[derive(Template)]
#[template(path = "meeting/show.html")]
struct ShowPage {
    shell: Shell,
    point: Point,
    meeting: Meeting,
    guests: Vec<Guest>,
    papers: Vec<Paper>,
    item: String,
    may_write: bool,
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let (meeting, point) = load(&mut tx, &visit, &id).await?;
    let guests = store::guests(&mut tx, &id).await?;
    let papers = papers::within(&mut tx, PAPER, &id, "").await?;
    let list = visit.app.checklist();
    let item = meeting
        .item
        .split_once('/')
        .and_then(|(_, id)| list.item.iter().chain(&list.opening_item).find(|item| item.id == id))
        .map(|item| item.text.clone());
    html(&ShowPage {
        shell: visit.shell(&meeting.name()),
        may_write: model::may_write(&visit.actor, &point),
        item: item.unwrap_or_default(),
        point,
        meeting,
        guests,
        papers,
    })
}

#[derive(Template)]
#[template(path = "meeting/edit.html")]
struct EditPage {
    shell: Shell,
    point: Point,
    meeting: Meeting,
    form: Form,
    kinds: Vec<Choice>,
    items: Vec<Choice>,
}

async fn edit_page(visit: &Visit, id: &str, typed: Option<(Fields, Errors)>) -> Result<EditPage> {
    let mut tx = visit.app.db().read().await?;
    let (meeting, point) = load(&mut tx, visit, id).await?;
    if !model::may_write(&visit.actor, &point) {
        return Err(Refusal::forbidden().into());
    }
    let items = items(&mut tx, visit, &point, &meeting.item).await?;
    let (fields, errors) = match typed {
        Some(typed) => typed,
        None => {
            let guests = store::guests(&mut tx, id).await?.iter().map(Guest::line).collect::<Vec<_>>().join("\n");
            let pairs = [
                ("kind", meeting.kind.clone()),
                ("title", meeting.title.clone()),
                ("held_on", date_vi(meeting.held_on)),
                ("place", meeting.place.clone()),
                ("chair", meeting.chair.clone()),
                ("guests", guests),
                ("agreed_text", meeting.agreed.clone()),
                ("item", meeting.item.clone()),
            ];
            (Fields::new(pairs.map(|(name, value)| (name.to_owned(), value))), Errors::default())
        }
    };
    Ok(EditPage {
        shell: visit.shell("Sửa cuộc họp"), point, meeting, form: Form::with(fields, errors, Tongue::Vi), kinds: kinds(), items
    })
}

async fn edit_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    html(&edit_page(&visit, &id, None).await?)
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let today = visit.app.clock().today();
    let (fields, files) = (sent.fields, sent.files);
    let mut tx = visit.app.db().read().await?;
    let (shown, point) = load(&mut tx, &visit, &id).await?;
    if !model::may_write(&visit.actor, &point) {
        return Err(Refusal::forbidden().into());
    }
    let mut keys: Vec<String> = items(&mut tx, &visit, &point, &shown.item).await?.into_iter().map(|(key, _)| key).collect();
    keys.push(shown.item.clone());
    drop(tx);
    let (read, guests) = match model::read(&fields, &shown.point_id, today, &keys) {
        Ok(read) => read,
        Err(errors) => {
            let page = edit_page(&visit, &id, Some((fields, errors))).await?;
            return page.form.answer(&page);
        }
    };
    let mut errors = Errors::default();
    let kept = keep_papers(&visit, files, "papers", &mut errors).await?;
    if !errors.is_empty() {
        let page = edit_page(&visit, &id, Some((fields, errors))).await?;
        return page.form.answer(&page);
    }
    let meeting = Meeting { id: id.clone(), version: fields.version(), ..read };
    let mut tx = visit.app.db().write().await?;
    let (before, point) = load(&mut tx, &visit, &id).await?;
    if !model::may_write(&visit.actor, &point) || meeting.item != before.item && !May::of(&visit.actor, &point).tick {
        return Err(Refusal::forbidden().into());
    }
    if store::save(&mut tx, &meeting).await? == 0 {
        return Err(Refusal::stale().into());
    }
    store::put_guests(&mut tx, &id, &guests).await?;
    attach(&mut tx, &visit, &id, &kept).await?;
    if meeting.item != before.item {
        feed(&mut tx, &visit, &meeting).await?;
    }
    note(&mut tx, &visit, "edit_meeting", &meeting, &guests, &kept).await?;
    tx.commit().await?;
    Ok(go(&format!("/hop/{id}"), "da-luu"))
}

/// Takes a paper of a meeting back.
async fn drop_file(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let mut tx = visit.app.db().write().await?;
    let (_, point) = load(&mut tx, &visit, &id).await?;
    if !model::may_write(&visit.actor, &point) {
        return Err(Refusal::forbidden().into());
    }
    let paper = papers::find(&mut tx, sent.fields.get("file"))
        .await?
        .filter(|paper| paper.subject_kind == PAPER && paper.subject_id == id)
        .ok_or_else(Refusal::not_found)?;
    file::remove(&mut tx, &paper).await?;
    Note::of("remove_file", ("point", &point.id), paper.detail())
        .aside(&[("file", paper.name.as_str())])
        .by(&mut tx, visit.app.clock().now(), &visit.actor)
        .await?;
    tx.commit().await?;
    visit.app.files().forget(&paper).await?;
    Ok(go(&format!("/hop/{id}"), "da-bo-tep"))
}
