//! The register of producers, and one of them whole: products, points, people, names it goes by, history.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::list::{self, Filter, Has, Row};
use super::model::{Claim, ClaimState, may_invite, may_settle};
use super::store;
use crate::access::store as access;
use crate::access::{Act, Need, Role, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::page::{Ask, Choice, Form, Rows, Shell, Visit, go, html};
use crate::party::join::{self, Join};
use crate::party::{self, Body, BodyKind};
use crate::point::list as points;
use crate::product::list as products;
use crate::region::Level;
use crate::talk::Thing;
use crate::view::{self, Bar, Head};
use crate::{clock, journal};

/// Who sees producers.
pub const SEERS: Need = Need::May(Act::ReadProducers);

/// Products and points shown on the page of a producer.
const SHOWN: i64 = 20;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/chu-the", SEERS, register).get("/chu-the/{id}", SEERS, show)
}

/// Loads a producer or operator, if the caller sees it. Agencies have a page of their own.
pub async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Body> {
    let body = party::store::find(tx, id)
        .await?
        .filter(|body| body.kind.is_empty() || BodyKind::read(&body.kind).is_some())
        .ok_or_else(Refusal::not_found)?;
    if list::sees(tx, id, &visit.actor.scope(), crate::product::pages::scoped(visit).as_ref()).await? {
        Ok(body)
    } else {
        Err(Refusal::not_found().into())
    }
}

/// What is talked about beside a producer, and who is concerned.
pub async fn thing(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Thing> {
    Ok(thing_of(visit, &load(tx, visit, id).await?))
}

fn thing_of(visit: &Visit, body: &Body) -> Thing {
    let (region, today) = (visit.app.region(), visit.app.clock().today());
    let unit = body.unit_id.as_deref().and_then(|unit| match region.today(unit, None, today) {
        crate::region::Today::Known(unit) => Some(unit),
        crate::region::Today::Unclear(_) => None,
    });
    Thing {
        path: format!("/chu-the/{}", body.id),
        title: body.name.clone(),
        subject: ("body", body.id.clone()),
        bodies: vec![body.id.clone()],
        unit,
    }
}

/// How many make products, by kind.
struct Count {
    name: &'static str,
    word: String,
    makers: i64,
    live: i64,
}

#[derive(Template)]
#[template(path = "producer/list.html")]
struct ListPage {
    shell: Shell,
    bar: Bar,
    list: Rows<Row>,
    counts: Vec<Count>,
    units: Vec<String>,
    form: Form,
    kinds: Vec<Choice>,
    has: Vec<Choice>,
    ask: Ask,
    is_narrowed: bool,
}

impl ListPage {
    fn kind(&self, word: &str) -> &'static str {
        BodyKind::read(word).map_or("", BodyKind::name)
    }

    fn sums(&self) -> (i64, i64) {
        self.counts.iter().fold((0, 0), |(makers, live), count| (makers + count.makers, live + count.live))
    }
}

async fn register(visit: Visit) -> Result<Response> {
    let (today, region) = (visit.app.clock().today(), visit.app.region());
    let mut ask = Ask::new(&visit);
    let unit = ask.unit(&visit);
    let filter = Filter {
        q: ask.get("q").chars().take(100).collect(),
        kind: BodyKind::read(ask.get("loai")),
        has: Has::read(ask.get("co")),
        under: unit.filter(|unit| unit.level != Level::Province).map(|unit| region.under(&unit.id, today)),
        after: ask.get("sau").to_owned(),
        size: ask.size(30),
    };
    let (scope, scoped) = (visit.actor.scope(), crate::product::pages::scoped(&visit));
    let mut tx = visit.app.db().read().await?;
    let list = list::page(&mut tx, &filter, &scope, scoped.as_ref(), today).await?;
    let total = list::count(&mut tx, &filter, &scope, scoped.as_ref(), today, view::COUNTED).await?;
    let bar = view::bar(&mut tx, &visit, &ask, Head { shown: list.rows.len(), total, noun: "chủ thể", orders: &[] }).await?;
    let is_narrowed = filter.kind.is_some() || filter.has != Has::Anything || ask.some("unit").is_some();
    let counts = match filter.after.is_empty() && filter.q.is_empty() && filter.under.is_none() {
        true => list::counts(&mut tx, &scope, scoped.as_ref(), today).await?,
        false => Vec::new(),
    };
    let units = list.rows.iter().map(|row| row.unit_id.as_deref().map(|id| region.label_dated(id, today)).unwrap_or_default()).collect();
    let all = |label: &str| vec![(String::new(), label.to_owned())];
    html(&ListPage {
        shell: visit.shell("Chủ thể"),
        bar,
        counts: counts
            .into_iter()
            .map(|(word, makers, live)| Count {
                name: BodyKind::read(&word).map_or("Chưa rõ loại", BodyKind::name), word, makers, live
            })
            .collect(),
        kinds: [all("Mọi loại"), BodyKind::choices()].concat(),
        has: Has::ALL.iter().map(|(_, word, name)| ((*word).to_owned(), (*name).to_owned())).collect(),
        form: ask.form(),
        list,
        units,
        ask,
        is_narrowed,
    })
}

/// A join with the names of both.
struct Told {
    join: Join,
    joined: String,
    into: String,
}

/// A body it may be, with what is known of it.
struct Other {
    id: String,
    name: String,
    about: String,
}

/// A claim, and which bodies it may be.
struct Asked {
    claim: Claim,
    others: Vec<Other>,
}

/// Somebody who signs in for it.
struct One {
    person: access::Person,
    may_help: bool,
}

#[derive(Template)]
#[template(path = "producer/show.html")]
struct ShowPage {
    shell: Shell,
    talk: crate::talk::Card,
    body: Body,
    about: String,
    into: Option<(String, String)>,
    counts: Vec<(&'static str, i64)>,
    products: Rows<products::Row>,
    points: Rows<points::Row>,
    people: Vec<One>,
    asked: Option<Asked>,
    joins: Vec<Told>,
    history: Vec<journal::Entry>,
    /// Whom it may be joined to, where that was asked for.
    found: Option<Vec<Other>>,
    q: String,
    form: Form,
    today: NaiveDate,
    may_join: bool,
    may_invite: bool,
    may_open_people: bool,
}

impl ShowPage {
    fn when(&self, at: &chrono::DateTime<chrono::Utc>) -> String {
        clock::local(*at).format("%d/%m/%Y").to_string()
    }

    fn state(&self, one: &One) -> (&'static str, &'static str) {
        match one.person.status.as_str() {
            "invited" => ("đã mời, chưa vào", "info"),
            "unconfirmed" => ("chờ xác nhận", "warn"),
            "disabled" => ("đã khóa", "bad"),
            _ => ("đang dùng", "ok"),
        }
    }
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let body = party::store::find(&mut visit.app.db().read().await?, &id).await?;
    // what only knows that somebody is a body leads here; agencies and associations have a page of their own
    if body.is_some_and(|body| !body.kind.is_empty() && BodyKind::read(&body.kind).is_none()) && visit.actor.is_staff() {
        return Ok(go(&format!("/co-quan/{id}"), ""));
    }
    show_page(&visit, &id, Form::new(visit.lang)).await
}

fn other(visit: &Visit, body: Body) -> Other {
    Other { about: party::about(visit, &body.kind, body.tax_code.as_deref(), body.unit_id.as_deref()), id: body.id, name: body.name }
}

/// The page of a producer, with what was typed into one of its forms.
pub async fn show_page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let (today, scope, units) = (visit.app.clock().today(), visit.actor.scope(), crate::product::pages::scoped(visit));
    let mut tx = visit.app.db().read().await?;
    let body = load(&mut tx, visit, id).await?;
    let into = match join::into_of(&mut tx, id).await? {
        Some(into) => party::store::find(&mut tx, &into).await?.map(|body| (body.id, body.name)),
        None => None,
    };
    let joins = join::of(&mut tx, id).await?;
    let ids: Vec<&str> = joins.iter().flat_map(|join| [join.joined_id.as_str(), join.into_id.as_str()]).collect();
    let names = party::store::names(&mut tx, &ids).await?;
    let name = |id: &str| names.get(id).cloned().unwrap_or_default();
    let joins: Vec<Told> = joins.into_iter().map(|join| Told { joined: name(&join.joined_id), into: name(&join.into_id), join }).collect();
    let may_join = party::may_join(&visit.actor);
    let q = visit.query.get("voi").chars().take(100).collect::<String>();
    let found = match q.as_str() {
        "" => None,
        _ if !may_join => None,
        q => {
            let filter = Filter { q: q.to_owned(), size: SHOWN, ..Filter::default() };
            let rows = list::page(&mut tx, &filter, &scope, units.as_ref(), today).await?.rows;
            let about = |row: &Row| party::about(visit, &row.kind, row.tax_code.as_deref(), row.unit_id.as_deref());
            Some(
                rows.into_iter()
                    .filter(|row| row.id != id && row.into_name.is_none())
                    .map(|row| Other { about: about(&row), id: row.id, name: row.name })
                    .collect(),
            )
        }
    };
    let waiting =
        store::of_body(&mut tx, id).await?.into_iter().find(|claim| claim.state == ClaimState::Waiting && may_settle(&visit.actor, claim));
    let asked = match waiting {
        None => None,
        Some(claim) => {
            let mut others = Vec::new();
            for found in store::candidates(&mut tx, &claim, &body).await? {
                // what the reader does not see is not told either
                if list::sees(&mut tx, &found.id, &scope, units.as_ref()).await? {
                    others.push(other(visit, found));
                }
            }
            Some(Asked { claim, others })
        }
    };
    let mut people = Vec::new();
    for person in access::people_of_body(&mut tx, id, Role::BUSINESS, today).await? {
        let may_help =
            may_invite(&visit.actor) && (person.status == "invited" || person.file_code.is_some() && person.status != "disabled");
        people.push(One { person, may_help });
    }
    let talk = crate::talk::card(&mut tx, visit, thing_of(visit, &body)).await?;
    let filter = products::Filter { producer: Some(id.to_owned()), size: SHOWN, ..products::Filter::default() };
    let page = ShowPage {
        about: party::about(visit, &body.kind, body.tax_code.as_deref(), body.unit_id.as_deref()),
        counts: join::counts(&mut tx, visit.app.held(), id).await?,
        products: products::page(&mut tx, &filter, &scope, units.as_ref()).await?,
        points: points::of_operator(&mut tx, id, &scope, SHOWN).await?,
        history: journal::history(&mut tx, "body", id, i64::MAX, 20).await?,
        may_invite: may_invite(&visit.actor) && into.is_none(),
        may_open_people: visit.actor.may(Act::ReadPeople),
        shell: visit.shell(&body.name),
        may_join,
        into,
        asked,
        people,
        joins,
        found,
        q,
        form,
        talk,
        today,
        body,
    };
    page.form.answer(&page)
}
