//! The screen of bodies: agencies with their succession, associations, firms. An administrator adds them and ends them
//! on a day; nothing is overwritten that papers of an earlier day name.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::{Body, store};
use crate::access::{Act, Need, Routes};
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Ask, Choice, Errors, Form, Rows, Sent, Shell, Visit, go, html, once};
use crate::{clock, journal};

const ADMIN: Need = Need::May(Act::KeepBodies);

/// Kinds of body an administrator may add, with their names.
const KINDS: &[(&str, &str)] = &[
    ("association", "Hội, hiệp hội"),
    ("department", "Sở, ban, ngành"),
    ("division", "Phòng chuyên môn"),
    ("centre", "Trung tâm, đơn vị sự nghiệp"),
    ("office", "Văn phòng"),
    ("people_committee", "Ủy ban nhân dân"),
    ("ministry", "Bộ, cơ quan trung ương"),
    ("travel_firm", "Doanh nghiệp lữ hành"),
    ("other", "Khác"),
];

/// What a body may do, with words for the screen.
const POWERS: &[(&str, &str)] = &[
    ("nominate", "đề nghị điểm"),
    ("accept", "tiếp nhận hồ sơ"),
    ("survey", "khảo sát"),
    ("select", "lựa chọn"),
    ("prepare", "chuẩn bị, khai trương"),
    ("inspect", "kiểm tra"),
    ("publish", "công bố"),
];

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .get("/co-quan", Need::Staff, list)
        .get("/co-quan/moi", ADMIN, new_form)
        .post("/co-quan/moi", ADMIN, create)
        .get("/co-quan/{id}", Need::Staff, show)
        .post("/co-quan/{id}/ket-thuc", ADMIN, end)
}

/// The Vietnamese name of a kind.
fn kind_name(kind: &str) -> &str {
    KINDS
        .iter()
        .find(|(word, _)| *word == kind)
        .map(|(_, name)| *name)
        .or_else(|| super::BodyKind::read(kind).map(super::BodyKind::name))
        .unwrap_or(kind)
}

fn power_names(powers: &[String]) -> String {
    POWERS.iter().filter(|(word, _)| powers.iter().any(|known| known == word)).map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}

#[derive(Template)]
#[template(path = "party/list.html")]
struct ListPage {
    shell: Shell,
    list: Rows<Body>,
    ask: Ask,
    today: chrono::NaiveDate,
    may_edit: bool,
}

impl ListPage {
    fn kind(&self, body: &Body) -> &str {
        KINDS.iter().find(|(word, _)| *word == body.kind).map_or("", |(_, name)| name)
    }

    fn is_over(&self, body: &Body) -> bool {
        body.valid_to.is_some_and(|to| to <= self.today)
    }
}

async fn list(visit: Visit) -> Result<Response> {
    const ROWS: i64 = 50;
    let ask = Ask::new(&visit);
    let mut tx = visit.app.db().read().await?;
    let rows = store::office_page(&mut tx, &ask.text(), ask.get("sau"), ROWS + 1).await?;
    let list = Rows::cut(rows, ROWS, ask.get("sau"), |body| body.id.clone());
    let may_edit = visit.actor.may(Act::KeepBodies);
    html(&ListPage { shell: visit.shell("Cơ quan, đơn vị"), list, ask, today: visit.app.clock().today(), may_edit })
}

#[derive(Template)]
#[template(path = "party/show.html")]
struct ShowPage {
    shell: Shell,
    body: Body,
    kind: String,
    unit: String,
    parent: Option<Body>,
    before: Vec<Body>,
    after: Vec<Body>,
    powers: String,
    history: Vec<journal::Entry>,
    form: Form,
    may_end: bool,
}

async fn show_page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let body = store::find(&mut tx, id).await?.filter(is_office).ok_or_else(Refusal::not_found)?;
    let parent = match &body.parent_id {
        Some(parent) => store::find(&mut tx, parent).await?,
        None => None,
    };
    let page = ShowPage {
        kind: kind_name(&body.kind).to_owned(),
        unit: body.unit_id.as_deref().map(|unit| visit.app.region().label_dated(unit, today)).unwrap_or_default(),
        parent,
        before: store::predecessors(&mut tx, id).await?,
        after: store::successors(&mut tx, id).await?,
        powers: power_names(&store::powers(&mut tx, id).await?),
        history: journal::history(&mut tx, "body", id, i64::MAX, 20).await?,
        may_end: visit.actor.may(Act::KeepBodies) && body.valid_to.is_none(),
        shell: visit.shell(&body.name),
        form,
        body,
    };
    page.form.answer(&page)
}

/// Firms and households are seen through their points, not here.
fn is_office(body: &Body) -> bool {
    KINDS.iter().any(|(word, _)| *word == body.kind)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    show_page(&visit, &id, Form::new(visit.lang)).await
}

#[derive(Template)]
#[template(path = "party/new.html")]
struct NewPage {
    shell: Shell,
    form: Form,
    kinds: Vec<Choice>,
    parents: Vec<Choice>,
    powers: Vec<Choice>,
}

async fn new_page(visit: &Visit, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let mut parents = vec![(String::new(), "Không có".to_owned())];
    parents.extend(
        store::offices(&mut tx, visit.app.clock().today())
            .await?
            .into_iter()
            .filter(|body| body.kind != "people_committee")
            .map(|body| (body.id, body.name)),
    );
    let choices = |list: &[(&str, &str)]| list.iter().map(|(word, name)| ((*word).to_owned(), (*name).to_owned())).collect();
    let page = NewPage { shell: visit.shell("Thêm cơ quan, đơn vị"), form, kinds: choices(KINDS), parents, powers: choices(POWERS) };
    page.form.answer(&page)
}

async fn new_form(visit: Visit) -> Result<Response> {
    new_page(&visit, Form::new(visit.lang)).await
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let mut errors = Errors::default();
    let name = fields.get("name").to_owned();
    if name.is_empty() || name.chars().count() > 200 {
        errors.add("name", both("Hãy nhập tên, tối đa 200 ký tự.", "Enter a name of at most 200 characters."));
    }
    let kind = KINDS.iter().find(|(word, _)| *word == fields.get("kind")).map(|(word, _)| *word);
    if kind.is_none() {
        errors.add("kind", both("Hãy chọn loại cơ quan, đơn vị.", "Choose the kind of body."));
    }
    let from = fields.some_day("valid_from", &mut errors);
    let today = visit.app.clock().today();
    let unit = match fields.some("unit") {
        None => Some(visit.app.region().province().id.clone()),
        Some(typed) => match visit.app.region().find(typed, None, today) {
            Ok(unit) => Some(unit.id.clone()),
            Err(refusal) => {
                errors.add("unit", refusal.text());
                None
            }
        },
    };
    let (Some(kind), true) = (kind, errors.is_empty()) else {
        return new_page(&visit, Form::with(fields, errors, visit.lang)).await;
    };
    let now = visit.app.clock().now();
    let body = Body {
        id: clock::new_id(),
        kind: kind.to_owned(),
        name,
        short: fields.get("short").to_owned(),
        parent_id: fields.some("parent").map(str::to_owned),
        unit_id: unit,
        tax_code: None,
        address: fields.get("address").to_owned(),
        phone: fields.get("phone").to_owned(),
        valid_from: from,
        valid_to: None,
        demo: false,
        version: 1,
    };
    let mut tx = once::begin(&visit, &fields).await?;
    if let Some(parent) = &body.parent_id
        && store::find(&mut tx, parent).await?.is_none()
    {
        return Err(Refusal::invalid(both("Cơ quan cấp trên không có trong danh sách.", "The body above is not in the list.")).into());
    }
    store::put(&mut tx, &body, fields.get("source"), "", now).await?;
    let mut powers = Vec::new();
    for (word, _) in POWERS.iter().filter(|(word, _)| fields.all("power").any(|chosen| chosen == *word)) {
        store::put_power(&mut tx, &body.id, word).await?;
        powers.push(*word);
    }
    let detail = serde_json::json!({"set": {"name": body.name, "kind": body.kind, "unit": body.unit_id, "valid_from": body.valid_from, "powers": powers}});
    Note::of("add_body", ("body", &body.id), detail).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, go(&format!("/co-quan/{}", body.id), "da-luu")).await
}

/// Ends a body on a day and names its successor, if it has one.
async fn end(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let mut errors = Errors::default();
    let to = fields.some_day("valid_to", &mut errors);
    if to.is_none() && errors.is_empty() {
        errors.add("valid_to", both("Hãy nhập ngày đầu tiên không còn hoạt động.", "Enter the first day on which it no longer exists."));
    }
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let body = store::find(&mut tx, &id).await?.filter(is_office).ok_or_else(Refusal::not_found)?;
    if let (Some(from), Some(to)) = (body.valid_from, to)
        && to <= from
    {
        errors.add("valid_to", both("Ngày kết thúc phải sau ngày bắt đầu.", "The end must come after the beginning."));
    }
    let successor = match fields.some("successor") {
        None => None,
        Some(typed) => match store::find_office(&mut tx, typed).await? {
            Some(found) if found.id != id => Some(found),
            _ => {
                errors.add(
                    "successor",
                    both(
                        "Không tìm thấy cơ quan kế tiếp; hãy nhập đúng tên hoặc mã.",
                        "The successor was not found; enter its exact name or id.",
                    ),
                );
                None
            }
        },
    };
    let Some(to) = to.filter(|_| errors.is_empty()) else {
        drop(tx);
        return show_page(&visit, &id, Form::with(fields, errors, visit.lang)).await;
    };
    if store::end(&mut tx, &id, to, fields.version()).await? == 0 {
        return Err(Refusal::stale().into());
    }
    if let Some(successor) = &successor {
        store::put_successor(&mut tx, &id, &successor.id).await?;
    }
    let detail = serde_json::json!({"set": {"valid_to": to, "successor": successor.map(|body| body.id)}});
    Note::of("end_body", ("body", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/co-quan/{id}"), "da-luu"))
}
