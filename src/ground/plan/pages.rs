//! The screens of plans: all of them, one with its targets and deadlines, entering and correcting each.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use serde_json::json;

use super::form::{self, DEADLINES, PER, TARGETS};
use super::{Deadline, Plan, Target, Task};
use crate::access::{Act, Actor, Need, Routes};
use crate::error::{Refusal, Result};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, html, once};
use crate::text::{Tongue, date_vi};
use crate::{clock, journal};

const READERS: Need = Need::May(Act::ReadPlans);
const KEEPERS: Need = Need::May(Act::KeepPlans);

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .get("/ke-hoach", READERS, list)
        .get("/ke-hoach/moi", KEEPERS, new_form)
        .post("/ke-hoach/moi", KEEPERS, create)
        .get("/ke-hoach/{id}", READERS, show)
        .get("/ke-hoach/{id}/sua", KEEPERS, edit_form)
        .post("/ke-hoach/{id}/sua", KEEPERS, edit)
        .post("/ke-hoach/{id}/chi-tieu", KEEPERS, write_target)
        .post("/ke-hoach/{id}/chi-tieu/{target}/bo", KEEPERS, drop_target)
        .post("/ke-hoach/{id}/han", KEEPERS, write_deadline)
        .post("/ke-hoach/{id}/han/{deadline}/bo", KEEPERS, drop_deadline)
}

/// Whoever decides on points, takes them on or keeps the products of the city keeps its plans too.
pub fn may_keep(actor: &Actor) -> bool {
    actor.may(Act::KeepPlans) && ["select", "accept", "supply_products"].iter().any(|power| actor.can(power))
}

fn must_keep(visit: &Visit) -> Result<()> {
    if may_keep(&visit.actor) { Ok(()) } else { Err(Refusal::forbidden().into()) }
}

#[derive(Template)]
#[template(path = "plan/list.html")]
struct ListPage {
    shell: Shell,
    plans: Vec<Plan>,
    may_keep: bool,
}

async fn list(visit: Visit) -> Result<Response> {
    let plans = super::list(&mut visit.app.db().read().await?).await?;
    html(&ListPage { shell: visit.shell("Kế hoạch"), plans, may_keep: may_keep(&visit.actor) })
}

#[derive(Template)]
#[template(path = "plan/show.html")]
struct ShowPage {
    shell: Shell,
    plan: Plan,
    targets: Vec<Target>,
    deadlines: Vec<Deadline>,
    tasks: Vec<Task>,
    history: Vec<journal::Entry>,
    may_keep: bool,
    /// What was typed of a target or a deadline, and which of the two.
    form: Form,
    part: &'static str,
}

impl ShowPage {
    fn counts(&self, target: &Target) -> String {
        let range = super::range(target.least, target.most);
        format!("{range} {}, {}", form::name(&TARGETS, &target.what), form::name(&PER, &target.per))
    }

    fn days(&self, target: &Target) -> String {
        format!("{}–{}", date_vi(target.valid_from), date_vi(target.valid_to.pred_opt().unwrap_or(target.valid_to)))
    }

    fn due(&self, deadline: &Deadline) -> String {
        format!("Hạn {}", form::name(&DEADLINES, &deadline.what))
    }

    fn targets_to_choose(&self) -> Vec<Choice> {
        form::choices(&TARGETS)
    }

    fn per_to_choose(&self) -> Vec<Choice> {
        form::choices(&PER)
    }

    fn deadlines_to_choose(&self) -> Vec<Choice> {
        form::choices(&DEADLINES)
    }
}

async fn page(visit: &Visit, id: &str, form: Option<(Form, &'static str)>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let plan = super::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let targets = super::targets(&mut tx, id).await?;
    let deadlines = super::deadlines_of(&mut tx, id).await?;
    let tasks = super::named_tasks(&mut tx, id).await?;
    let history = journal::history(&mut tx, "plan", id, i64::MAX, 30).await?;
    let (form, part) = form.unwrap_or_else(|| {
        let year = plan.year;
        let fields = [("per", "city".to_owned()), ("from", format!("01/01/{year}")), ("last", format!("31/12/{year}"))];
        (Form::with(Fields::new(fields.map(|(name, value)| (name.to_owned(), value))), Errors::default(), Tongue::Vi), "")
    });
    let page = ShowPage {
        shell: visit.shell(&format!("Kế hoạch số {}", plan.number)),
        plan,
        targets,
        deadlines,
        tasks,
        history,
        may_keep: may_keep(&visit.actor),
        form,
        part,
    };
    page.form.answer(&page)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    page(&visit, &id, None).await
}

#[derive(Template)]
#[template(path = "plan/edit.html")]
struct EditPage {
    shell: Shell,
    form: Form,
    plan: Option<Plan>,
}

fn edit_page(visit: &Visit, form: Form, plan: Option<Plan>) -> Result<Response> {
    let page = EditPage { shell: visit.shell(if plan.is_some() { "Sửa kế hoạch" } else { "Kế hoạch mới" }), form, plan };
    page.form.answer(&page)
}

async fn new_form(visit: Visit) -> Result<Response> {
    must_keep(&visit)?;
    edit_page(&visit, Form::new(Tongue::Vi), None)
}

fn record(plan: &Plan) -> serde_json::Value {
    json!({"set": {"number": plan.number, "issued_on": plan.issued_on, "issuer": plan.issuer, "title": plan.title, "year": plan.year, "source": plan.source, "note": plan.note}})
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    must_keep(&visit)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let plan = match form::plan(&sent.fields, clock::new_id(), 0, today) {
        Ok(plan) => plan,
        Err(errors) => return edit_page(&visit, Form::with(sent.fields, errors, Tongue::Vi), None),
    };
    let mut tx = once::begin(&visit, &sent.fields).await?;
    super::write(&mut tx, &plan).await?;
    Note::of("create_plan", ("plan", &plan.id), record(&plan)).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &sent.fields, go(&format!("/ke-hoach/{}", plan.id), "da-luu")).await
}

fn fields_of(plan: &Plan) -> Fields {
    let pairs = [
        ("number", plan.number.clone()),
        ("issued_on", plan.issued_on.map(date_vi).unwrap_or_default()),
        ("issuer", plan.issuer.clone()),
        ("title", plan.title.clone()),
        ("year", plan.year.to_string()),
        ("source", plan.source.clone()),
        ("note", plan.note.clone()),
        ("version", plan.version.to_string()),
    ];
    Fields::new(pairs.map(|(name, value)| (name.to_owned(), value)))
}

async fn edit_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    must_keep(&visit)?;
    let plan = super::find(&mut visit.app.db().read().await?, &id).await?.ok_or_else(Refusal::not_found)?;
    edit_page(&visit, Form::with(fields_of(&plan), Errors::default(), Tongue::Vi), Some(plan))
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    must_keep(&visit)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let version = sent.fields.version();
    let checked = form::plan(&sent.fields, id.clone(), version, today);
    let mut tx = visit.app.db().write().await?;
    let before = super::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    let plan = match checked {
        Ok(plan) => plan,
        Err(errors) => {
            drop(tx);
            return edit_page(&visit, Form::with(sent.fields, errors, Tongue::Vi), Some(before));
        }
    };
    if super::write(&mut tx, &plan).await? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of("correct_plan", ("plan", &id), journal::changed(&record(&before), record(&plan))).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/ke-hoach/{id}"), "da-luu"))
}

/// A new target, or another wording of one that is there.
async fn write_target(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    must_keep(&visit)?;
    let now = visit.app.clock().now();
    let own = sent.fields.some("id").map_or_else(clock::new_id, str::to_owned);
    let unit = Some(visit.app.region().province().id.clone()).filter(|id| !id.is_empty());
    let target = match form::target(&sent.fields, &id, own, unit) {
        Ok(target) => target,
        Err(errors) => return page(&visit, &id, Some((Form::with(sent.fields, errors, Tongue::Vi), "target"))).await,
    };
    let mut tx = once::begin(&visit, &sent.fields).await?;
    super::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    super::put_target(&mut tx, &target, true).await?;
    let set = json!({"set": {"target": target.id, "what": target.what, "per": target.per, "least": target.least, "most": target.most, "valid_from": target.valid_from, "valid_to": target.valid_to, "clause": target.clause, "text": target.text}, "note": target.text});
    Note::of("write_target", ("plan", &id), set).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &sent.fields, go(&format!("/ke-hoach/{id}"), "da-luu")).await
}

async fn drop_target(visit: Visit, Path((id, target)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    must_keep(&visit)?;
    let mut tx = visit.app.db().write().await?;
    let known = super::targets(&mut tx, &id).await?.into_iter().find(|known| known.id == target).ok_or_else(Refusal::stale)?;
    super::drop_target(&mut tx, &id, &target).await?;
    leave(visit, tx, &id, "drop_target", known.text, &sent).await
}

async fn write_deadline(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    must_keep(&visit)?;
    let now = visit.app.clock().now();
    let own = sent.fields.some("id").map_or_else(clock::new_id, str::to_owned);
    let deadline = match form::deadline(&sent.fields, &id, own) {
        Ok(deadline) => deadline,
        Err(errors) => return page(&visit, &id, Some((Form::with(sent.fields, errors, Tongue::Vi), "deadline"))).await,
    };
    let mut tx = once::begin(&visit, &sent.fields).await?;
    let plan = super::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    let source = if deadline.clause.is_empty() {
        format!("{}, {}", plan.number, plan.issuer)
    } else {
        format!("{} ({}), {}", plan.number, deadline.clause, plan.issuer)
    };
    super::put_deadline(&mut tx, &deadline, &source, true).await?;
    let set = json!({"set": {"deadline": deadline.id, "what": deadline.what, "due_on": deadline.due_on, "clause": deadline.clause, "text": deadline.text}, "note": deadline.text});
    Note::of("write_deadline", ("plan", &id), set).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &sent.fields, go(&format!("/ke-hoach/{id}"), "da-luu")).await
}

async fn drop_deadline(visit: Visit, Path((id, deadline)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    must_keep(&visit)?;
    let mut tx = visit.app.db().write().await?;
    let known = super::deadlines_of(&mut tx, &id).await?.into_iter().find(|known| known.id == deadline).ok_or_else(Refusal::stale)?;
    super::drop_deadline(&mut tx, &id, &deadline).await?;
    leave(visit, tx, &id, "drop_deadline", known.text, &sent).await
}

/// Ends leaving a target or a deadline out: its wording and the reason stay in the journal.
async fn leave(visit: Visit, mut tx: crate::db::Tx, id: &str, verb: &str, words: String, sent: &Sent) -> Result<Response> {
    let detail = json!({"note": words, "reason": sent.fields.get("reason")});
    Note::of(verb, ("plan", id), detail).by(&mut tx, visit.app.clock().now(), &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/ke-hoach/{id}"), "da-luu"))
}
