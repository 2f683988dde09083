//! The screen of who sees to a point and of its deadlines.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Deadline, Duty, What};
use super::{refresh, store};
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, html, once};
use crate::party;
use crate::point::{self, Point};
use crate::text::{Tongue, date_vi};

const SETTERS: Need = Need::May(Act::SetDuties);

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .get("/ho-so/{id}/phu-trach", Need::Rows, show)
        .post("/ho-so/{id}/phu-trach", SETTERS, assign)
        .post("/ho-so/{id}/han", SETTERS, add)
        .post("/ho-so/{id}/han/{deadline}/{deed}", SETTERS, change)
}

#[derive(Template)]
#[template(path = "duty/show.html")]
struct ShowPage {
    shell: Shell,
    point: Point,
    duties: Vec<Duty>,
    deadlines: Vec<Deadline>,
    dropped: usize,
    /// Bodies to choose from: id, name, whether it helps now.
    bodies: Vec<(String, String, bool)>,
    leads: Vec<Choice>,
    kinds: Vec<Choice>,
    form: Form,
    was: String,
    today: NaiveDate,
    may_set: bool,
    part: String,
}

impl ShowPage {
    fn field(&self, name: &str, id: &str) -> String {
        format!("{name}-{id}")
    }

    fn is_at(&self, id: &str) -> bool {
        self.part == id
    }
}

/// What was shown of who sees to a point, so that a form made from it is told from a later one.
fn mark(duties: &[Duty]) -> String {
    duties.iter().map(|duty| format!("{}:{}", duty.part, duty.body_id)).collect::<Vec<_>>().join(" ")
}

/// Bodies that may see to a point: offices of the city, and the committee of its commune.
async fn bodies(tx: &mut Tx, point: &Point, today: NaiveDate) -> Result<Vec<(String, String)>> {
    let own = [point.unit_today.as_deref(), point.unit_id.as_deref()];
    let offices = party::store::offices(tx, today).await?;
    let names: Vec<(String, String)> = offices.iter().map(|body| (body.id.clone(), body.name.clone())).collect();
    let is_near = |body: &party::Body| match body.kind.as_str() {
        "people_committee" => body.unit_id.is_some() && own.contains(&body.unit_id.as_deref()),
        "association" | "ministry" => false,
        _ => true,
    };
    let mut found: Vec<(String, String)> = offices
        .iter()
        .filter(|body| is_near(body))
        .map(|body| {
            let above = body.parent_id.as_ref().and_then(|parent| names.iter().find(|(id, _)| id == parent)).map(|(_, name)| name.as_str());
            (
                body.id.clone(),
                match above {
                    Some(above) if !body.name.contains(above) => format!("{} – {above}", body.name),
                    _ => body.name.clone(),
                },
            )
        })
        .collect();
    found.sort_by_key(|(_, name)| crate::text::sort_key(name));
    Ok(found)
}

async fn page(visit: &Visit, id: &str, fields: Fields, errors: Errors, part: &str) -> Result<ShowPage> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let point = point::load(&mut tx, visit, id).await?;
    let duties = store::duties(&mut tx, id).await?;
    let deadlines = store::deadlines(&mut tx, id).await?;
    let known = bodies(&mut tx, &point, today).await?;
    let is_typed = fields.some("was").is_some();
    let helps = |body: &str| {
        if is_typed {
            fields.all("with").any(|chosen| chosen == body)
        } else {
            duties.iter().any(|duty| duty.body_id == body && !duty.leads())
        }
    };
    let bodies = known.iter().map(|(id, name)| (id.clone(), name.clone(), helps(id))).collect();
    let mut leads = vec![(String::new(), "Chưa giao".to_owned())];
    leads.extend(known);
    // a body that ended since stays where it is named
    for duty in &duties {
        if !leads.iter().any(|(id, _)| *id == duty.body_id) {
            leads.push((duty.body_id.clone(), format!("{} (đã kết thúc)", duty.full_name())));
        }
    }
    let mut kept = fields;
    if !is_typed && let Some(lead) = duties.iter().find(|duty| duty.leads()) {
        kept.set("lead", lead.body_id.clone());
    }
    for deadline in &deadlines {
        for (name, value) in [
            ("moved_to", date_vi(deadline.due_on)),
            ("moved_source", deadline.source.clone()),
            ("done_on", date_vi(deadline.done_on.unwrap_or(today))),
        ] {
            let name = format!("{name}-{}", deadline.id);
            if kept.some(&name).is_none() {
                kept.set(&name, value);
            }
        }
    }
    let stand: Vec<Deadline> = deadlines.iter().filter(|deadline| deadline.stands()).cloned().collect();
    let kinds = std::iter::once((String::new(), "Chọn".to_owned()))
        .chain(What::ALL.into_iter().map(|what| (what.word().to_owned(), what.name().to_owned())))
        .collect();
    Ok(ShowPage {
        shell: visit.shell(&format!("Phụ trách, hạn: {}", point.name)),
        was: mark(&duties),
        dropped: deadlines.len() - stand.len(),
        deadlines: stand,
        duties,
        bodies,
        leads,
        kinds,
        form: Form::with(kept, errors, Tongue::Vi),
        today,
        may_set: model::may_set(&visit.actor, &point),
        point,
        part: part.to_owned(),
    })
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    html(&page(&visit, &id, Fields::default(), Errors::default(), "").await?)
}

async fn again(visit: &Visit, id: &str, fields: Fields, errors: Errors, part: &str) -> Result<Response> {
    let page = page(visit, id, fields, errors, part).await?;
    page.form.answer(&page)
}

/// The point, if this caller sets its deadlines.
async fn ground(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Point> {
    let point = point::load(tx, visit, id).await?;
    if model::may_set(&visit.actor, &point) { Ok(point) } else { Err(Refusal::forbidden().into()) }
}

/// Who leads and who helps.
async fn assign(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let point = ground(&mut tx, &visit, &id).await?;
    let before = store::duties(&mut tx, &id).await?;
    let known = bodies(&mut tx, &point, today).await?;
    let may = |body: &str| known.iter().any(|(id, _)| id == body) || before.iter().any(|duty| duty.body_id == body);
    let lead = fields.some("lead");
    let with: Vec<&str> = fields.all("with").filter(|body| !body.is_empty() && Some(*body) != lead).collect();
    let mut errors = Errors::default();
    if lead.is_some_and(|body| !may(body)) || with.iter().any(|body| !may(body)) {
        errors.add("lead", both("Đơn vị này không có trong danh sách; hãy chọn lại.", "This body is not in the list; choose again."));
    } else if lead.is_none() && !with.is_empty() {
        errors.add("lead", both("Có đơn vị phối hợp thì phải có đơn vị chủ trì.", "Where bodies help, one has to lead."));
    } else if fields.get("was").strip_prefix("v:") != Some(mark(&before).as_str()) {
        errors.add(
            "lead",
            both(
                "Người khác vừa đổi đơn vị phụ trách. Trang đã có dữ liệu mới, lựa chọn của bạn vẫn còn: hãy xem lại rồi gửi lại.",
                "Somebody else has just changed who sees to it. The page is fresh and your choice is kept: look again and send again.",
            ),
        );
    }
    if !errors.is_empty() {
        drop(tx);
        return again(&visit, &id, fields, errors, "duty").await;
    }
    store::set(&mut tx, &id, lead, &with, today).await?;
    let after = store::duties(&mut tx, &id).await?;
    if mark(&after) != mark(&before) {
        let words: Vec<String> =
            after.iter().map(|duty| format!("{} {}", if duty.leads() { "chủ trì:" } else { "phối hợp:" }, duty.name)).collect();
        let note = if words.is_empty() { "không còn đơn vị nào".to_owned() } else { words.join("; ") };
        let detail = serde_json::json!({"note": note, "lead": lead, "with": with, "was": mark(&before)});
        Note::of("set_duty", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    }
    tx.commit().await?;
    Ok(go(&format!("/ho-so/{id}/phu-trach"), "da-luu"))
}

/// A new deadline.
async fn add(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = once::begin(&visit, &fields).await?;
    ground(&mut tx, &visit, &id).await?;
    let deadline = match model::read(&fields, &id, today) {
        Ok(deadline) => deadline,
        Err(errors) => {
            drop(tx);
            return again(&visit, &id, fields, errors, "new").await;
        }
    };
    store::add(&mut tx, &deadline, visit.actor.journal_id(), now).await?;
    Note::of("add_deadline", ("point", &id), deadline.detail()).by(&mut tx, now, &visit.actor).await?;
    refresh(&mut tx, &visit, &id).await?;
    once::end(tx, &fields, go(&format!("/ho-so/{id}/phu-trach"), "da-luu")).await
}

/// A deadline is moved, met, opened again or taken back.
async fn change(visit: Visit, Path((id, deadline, deed)): Path<(String, String, String)>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    ground(&mut tx, &visit, &id).await?;
    let before = store::deadline(&mut tx, &id, &deadline).await?.filter(Deadline::stands).ok_or_else(Refusal::not_found)?;
    let mut after = before.clone();
    let name = |field: &str| format!("{field}-{deadline}");
    let mut errors = Errors::default();
    let reason = fields.text(&name("reason"), model::LINE, &mut errors);
    let must_say = |errors: &mut Errors| {
        if reason.is_empty() {
            errors.add(name("reason"), both("Hãy ghi lý do.", "State the reason."));
        }
    };
    let (verb, note) = match deed.as_str() {
        "doi" => {
            if let Some(day) = errors.take(&name("moved_to"), model::set_day(fields.get(&name("moved_to")), today)) {
                after.due_on = day;
            }
            after.source = fields.text(&name("moved_source"), model::LINE, &mut errors);
            if after.source.is_empty() {
                errors.add(
                    name("moved_source"),
                    both("Hãy ghi hạn này theo văn bản hoặc thỏa thuận nào.", "State which paper or agreement sets this deadline."),
                );
            }
            must_say(&mut errors);
            if after.due_on != before.due_on {
                after.moved_from = Some(before.due_on);
            }
            after.moved_why = reason.clone();
            ("move_deadline", format!("{}: {} → {}", before.title(), date_vi(before.due_on), date_vi(after.due_on)))
        }
        "xong" => {
            after.done_on = errors.take(&name("done_on"), super::model::set_day(fields.get(&name("done_on")), today));
            if after.done_on.is_some_and(|day| day > today) {
                errors.add(
                    name("done_on"),
                    both("Ngày ở tương lai; hãy ghi khi việc đã xong.", "The day lies in the future; record it once it is done."),
                );
            }
            ("meet_deadline", format!("{}: {}", before.title(), after.done_on.map(date_vi).unwrap_or_default()))
        }
        "mo" => {
            must_say(&mut errors);
            after.done_on = None;
            ("reopen_deadline", before.title())
        }
        "bo" => {
            must_say(&mut errors);
            after.dropped_why = reason.clone();
            ("withdraw_deadline", format!("{}: {}", before.title(), date_vi(before.due_on)))
        }
        _ => return Err(Refusal::not_found().into()),
    };
    if errors.is_empty() && fields.version() != before.version {
        errors.add(
            name("reason"),
            both(
                "Người khác vừa đổi hạn này. Trang đã có dữ liệu mới, nội dung bạn nhập vẫn còn: hãy xem lại rồi gửi lại.",
                "Somebody else has just changed this deadline. The page is fresh and what you typed is kept: look again and send again.",
            ),
        );
    }
    if !errors.is_empty() {
        drop(tx);
        return again(&visit, &id, fields, errors, &deadline).await;
    }
    if store::save(&mut tx, &after).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"deadline": deadline, "note": note, "reason": reason, "set": {"due_on": after.due_on, "source": after.source, "done_on": after.done_on}});
    Note::of(verb, ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    refresh(&mut tx, &visit, &id).await?;
    tx.commit().await?;
    Ok(go(&format!("/ho-so/{id}/phu-trach"), "da-luu"))
}
