//! Screens of staff: all portals with what they owe, one portal with its entries.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::{Duration, NaiveDate};

use super::answer::{self, Line, Part, ROWS, Said, Taken};
use super::bulk;
use super::model::{COUNTERS, Outlet, Stage};
use super::said::{self, Answer};
use super::store::{self, Row};
use crate::access::{Act, Actor, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::page::{Ask, Form, Rows, Sent, Shell, Visit, go, html, page_key, read_key};
use crate::text::Tongue;
use crate::{journal, party, setting};

/// Those who may look; rows narrow it.
pub(super) const READERS: Need = Need::May(Act::ReadPublication);
/// Those who may change something; the power of their body narrows it.
pub(super) const WRITERS: Need = Need::Any(&[Act::Publish, Act::KeepPortals]);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/cong-bo", READERS, list).get("/cong-bo/{outlet}", READERS, show).post(
        "/cong-bo/{outlet}/{point}/{word}",
        WRITERS,
        take,
    )
}

/// Whether a caller may change portals and their entries.
pub(super) fn may_write(actor: &Actor) -> bool {
    actor.may(Act::KeepPortals) || actor.may(Act::Publish) && actor.can("publish")
}

/// A portal, if the caller may see it.
pub(super) async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Outlet> {
    let scope = visit.actor.scope();
    let sees = |outlet: &Outlet| store::bound_to(&scope).is_some_and(|unit| unit.is_none() || unit == outlet.unit_id.as_deref());
    Ok(store::outlet(tx, id).await?.filter(sees).ok_or_else(Refusal::not_found)?)
}

struct OutletLine {
    outlet: Outlet,
    shown: i64,
    publish: i64,
    takedown: i64,
    late: i64,
    is_over: bool,
    unit: String,
}

#[derive(Template)]
#[template(path = "publication/list.html")]
struct ListPage {
    shell: Shell,
    ask: Ask,
    outlets: Rows<OutletLine>,
    sums: Vec<(Stage, i64)>,
    late: i64,
    rows: Rows<(Row, NaiveDate, bool)>,
    stage: Option<Stage>,
    reply_days: i64,
    today: NaiveDate,
    may_write: bool,
}

impl ListPage {
    fn is_on(&self, word: &str) -> bool {
        self.stage.map_or("", Stage::word) == word
    }

    fn sum(&self, word: &str) -> i64 {
        self.sums
            .iter()
            .filter(|(stage, _)| if word.is_empty() { stage.is_outstanding() } else { stage.word() == word })
            .map(|(_, n)| n)
            .sum()
    }
}

async fn list(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let scope = visit.actor.scope();
    let unit = store::bound_to(&scope).ok_or_else(Refusal::not_found)?;
    let ask = Ask::new(&visit).paged_by(&["sau", "cong"]);
    let mut tx = visit.app.db().read().await?;
    let reply_days = setting::value(&mut tx, "portal_reply_days", today).await?;
    let outlets = store::outlets(&mut tx, unit, read_key(ask.get("cong")).unwrap_or(("", "")), ROWS + 1).await?;
    let outlets = Rows::cut(outlets, ROWS, ask.get("cong"), |outlet| page_key(&outlet.sort, &outlet.id));
    let ids: Vec<String> = outlets.rows.iter().map(|outlet| outlet.id.clone()).collect();
    let counts = store::counts(&mut tx, &ids).await?;
    let late = store::late(&mut tx, today - Duration::days(reply_days)).await?;
    let sums = store::sums(&mut tx, unit, today).await?;
    let stage = ask.one("viec", Stage::read).filter(|stage| stage.is_outstanding());
    let after = key_of(ask.get("sau"));
    let rows = store::outstanding(&mut tx, unit, stage, &after, today, ROWS + 1).await?;
    drop(tx);
    let rows = Rows::cut(rows, ROWS, ask.get("sau"), |row| format!("{}.{}.{}", row.since, row.listing.outlet_id, row.listing.point_id));
    let outlets = outlets.map(|outlet| {
        let of = |stage: Stage| counts.iter().filter(|(id, state, _)| *id == outlet.id && state.stage() == stage).map(|(_, _, n)| n).sum();
        OutletLine {
            shown: of(Stage::Shown),
            publish: of(Stage::Publish),
            takedown: of(Stage::Takedown),
            late: late.iter().find(|(id, _)| *id == outlet.id).map_or(0, |(_, n)| *n),
            is_over: outlet.valid_to.is_some_and(|to| to <= today),
            unit: outlet.unit_id.as_deref().map(|unit| visit.app.region().label(unit)).unwrap_or_default(),
            outlet,
        }
    });
    html(&ListPage {
        shell: visit.shell("Công bố trên các cổng"),
        late: outlets.rows.iter().filter(|line| !line.is_over).map(|line| line.late).sum(),
        ask,
        outlets,
        sums: Stage::ALL
            .into_iter()
            .map(|stage| (stage, sums.iter().filter(|(state, _)| state.stage() == stage).map(|(_, n)| n).sum()))
            .collect(),
        rows: rows.map(|row| {
            let due = super::model::due(row.since, reply_days);
            (row, due, due < today)
        }),
        stage,
        reply_days,
        today,
        may_write: may_write(&visit.actor),
    })
}

/// The key of a page of outstanding entries; one that was tampered with starts at the beginning.
fn key_of(text: &str) -> store::After {
    let (day, rest) = text.split_once('.').unwrap_or(("", ""));
    match (answer::key_day(day), read_key(rest)) {
        (Some(day), Some((outlet, point))) => (day, outlet.to_owned(), point.to_owned()),
        _ => (NaiveDate::default(), String::new(), String::new()),
    }
}

#[derive(Template)]
#[template(path = "publication/show.html")]
struct ShowPage {
    shell: Shell,
    outlet: Outlet,
    body: String,
    unit: String,
    counter: &'static str,
    tabs: Vec<(Stage, i64)>,
    stage: Stage,
    part: Part,
    latest: Vec<Answer>,
    only: bool,
    form: Form,
    base: String,
    history: Vec<journal::Entry>,
    may_write: bool,
    is_staff: bool,
    is_over: bool,
}

pub(super) async fn page(visit: &Visit, id: &str, only: Option<&str>, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let outlet = load(&mut tx, visit, id).await?;
    let reply_days = setting::value(&mut tx, "portal_reply_days", today).await?;
    let counts = store::counts(&mut tx, std::slice::from_ref(&outlet.id)).await?;
    let tabs: Vec<(Stage, i64)> = Stage::ALL
        .into_iter()
        .map(|stage| (stage, counts.iter().filter(|(_, state, _)| state.stage() == stage).map(|(_, _, n)| n).sum()))
        .collect();
    let latest = said::latest(&mut tx, &outlet.id, 5).await?;
    let form = answer::with_last_name(form, &latest);
    let mut stage = visit
        .query
        .some("viec")
        .and_then(Stage::read)
        .unwrap_or_else(|| tabs.iter().find(|(_, n)| *n > 0).map_or(Stage::Takedown, |(stage, _)| *stage));
    let lines = match only {
        Some(point) => {
            let row = store::row(&mut tx, &outlet.id, point).await?.ok_or_else(Refusal::not_found)?;
            stage = row.listing.state.stage();
            Rows::read_on(vec![Line::new(row, &outlet, &form, reply_days, today)], None, "")
        }
        None => answer::lines(&mut tx, &outlet, stage, visit.query.get("sau"), &form, reply_days, today).await?,
    };
    let body = match &outlet.body_id {
        Some(body) => party::store::find(&mut tx, body).await?.map(|body| body.name).unwrap_or_default(),
        None => String::new(),
    };
    let history = journal::history(&mut tx, "outlet", id, i64::MAX, 20).await?;
    drop(tx);
    let base = format!("/cong-bo/{id}");
    let page = ShowPage {
        shell: visit.shell(&outlet.name),
        body,
        unit: outlet.unit_id.as_deref().map(|unit| visit.app.region().label(unit)).unwrap_or_default(),
        counter: COUNTERS.iter().find(|(word, _)| *word == outlet.counter).map_or("", |(_, name)| name),
        tabs,
        stage,
        part: Part {
            stage,
            count: lines.rows.len() as i64,
            answerable: bulk::answerable(&counts, stage),
            ask: answer::part_of(visit, &base, stage),
            lines,
        },
        latest,
        only: only.is_some(),
        form,
        base,
        history,
        may_write: may_write(&visit.actor) && outlet.is_in_force(today),
        is_staff: true,
        is_over: outlet.valid_to.is_some_and(|to| to <= today),
        outlet,
    };
    page.form.answer(&page)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    page(&visit, &id, visit.query.some("diem"), Form::new(Tongue::Vi)).await
}

/// Staff write down what a portal said in another way.
async fn take(visit: Visit, Path((id, point, word)): Path<(String, String, String)>, sent: Sent) -> Result<Response> {
    let said = Said::read(&word).ok_or_else(Refusal::not_found)?;
    let mut tx = visit.app.db().write().await?;
    let outlet = load(&mut tx, &visit, &id).await?;
    if !may_write(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let (actor, name) = (visit.actor.journal_id().to_owned(), visit.actor.journal_name());
    match answer::write(&mut tx, &visit.app, &outlet, &point, said, &sent.fields, (&actor, &name)).await? {
        Taken::Done(word) => {
            tx.commit().await?;
            Ok(go(&format!("/cong-bo/{id}"), word))
        }
        Taken::Wrong(errors) => {
            drop(tx);
            page(&visit, &id, Some(&point), Form::with(sent.fields, errors, Tongue::Vi)).await
        }
    }
}
