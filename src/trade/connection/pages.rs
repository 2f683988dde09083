//! Screens of the ledger: the list, a connection with its steps, proposing one.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;

use super::form;
use super::list::{self, Filter, Row};
use super::model::{self, Connection, How, Side, Stage, Step, Takedown, Taken};
use super::spot::{self, Loaded, Spot};
use super::store;
use super::takedown;
use super::zone::{self, Basis, Out, ZoneClaim, may_begin, may_stand};
use crate::access::{Act, Need, Routes, Voice};
use crate::db::Tx;
use crate::error::{Error, Refusal, Result, both};
use crate::journal;
use crate::page::{Ask, Choice, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, html};
use crate::party;
use crate::product::model::{Certificate, standing};
use crate::product::{self, Product, group};
use crate::text::{Tongue, date_vi};
use crate::view::{self, Bar, Head};

/// Those who may change connections at all; rows, bodies and stages narrow it.
pub(super) const DOERS: Need = Need::May(Act::ActInConnections);

/// Those who may propose one, and take that back.
pub(super) const PROPOSERS: Need = Need::May(Act::ProposeConnections);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ket-noi", Need::Rows, list).get("/ket-noi/{id}", Need::Rows, show).post(
        "/ket-noi/{id}/buoc/{step}",
        PROPOSERS,
        take,
    )
}

/// Whether the caller may propose anything.
pub(super) fn may_propose(visit: &Visit) -> bool {
    let actor = &visit.actor;
    model::is_office(actor)
        || actor.is(Voice::Commune)
        || actor.is(Voice::Association) && actor.can("nominate")
        || actor.is(Voice::Business) && actor.confirmed
}

#[derive(Template)]
#[template(path = "connection/list.html")]
struct ListPage {
    shell: Shell,
    bar: Bar,
    list: Rows<Row>,
    tabs: Vec<(Stage, i64)>,
    ask: Ask,
    filter: Filter,
    form: Form,
    groups: Vec<Choice>,
    /// What the list is narrowed to: words and the name of the field.
    narrowed: Vec<(String, &'static str)>,
    tasks: i64,
    today: NaiveDate,
    may_propose: bool,
    is_office: bool,
}

impl ListPage {
    /// State of a product's certificate: the row is of this morning, its last day is compared.
    fn chip(&self, row: &Row) -> (&'static str, &'static str) {
        let state = if row.state == product::State::Live && row.valid_to.is_some_and(|to| to <= self.today) {
            product::State::Lapsed
        } else {
            row.state
        };
        (state.tone(), state.name(Tongue::Vi))
    }
}

async fn list(visit: Visit) -> Result<Response> {
    let (today, region) = (visit.app.clock().today(), visit.app.region());
    let mut ask = Ask::new(&visit);
    let unit = ask.unit(&visit);
    let filter = Filter {
        stage: ask.one("stage", Stage::read),
        unit: unit.map(|unit| unit.id.clone()),
        group: ask.some("group").filter(|id| group::get(id).is_some()).map(str::to_owned),
        point: ask.some("point").map(str::to_owned),
        chain: ask.some("chain").map(str::to_owned),
        product: ask.some("product").map(str::to_owned),
        q: ask.text(),
        after: ask.after(),
        size: ask.size(30),
    };
    let scope = visit.actor.scope();
    let mut tx = visit.app.db().read().await?;
    let list = list::page(&mut tx, &filter, &scope, region, today).await?;
    let total = list::count(&mut tx, &filter, &scope, region, today, view::COUNTED).await?;
    let bar = view::bar(&mut tx, &visit, &ask, Head { shown: list.rows.len(), total, noun: "kết nối", orders: &[] }).await?;
    let tabs = list::counts(&mut tx, &scope, region, today).await?;
    let mut narrowed = Vec::new();
    if let (Some(_), Some(row)) = (&filter.product, list.rows.first()) {
        narrowed.push((format!("Sản phẩm: {}", row.product), "product"));
    }
    if let (true, Some(row)) = (filter.point.is_some() || filter.chain.is_some(), list.rows.first()) {
        narrowed.push((format!("Nơi bán: {}", row.place), if filter.point.is_some() { "point" } else { "chain" }));
    }
    let mut groups = vec![(String::new(), "Tất cả".to_owned())];
    groups.extend(group::choices(Tongue::Vi));
    let tasks = store::count_tasks(&mut tx, &scope).await?;
    let (may_propose, is_office) = (may_propose(&visit), model::is_office(&visit.actor));
    html(&ListPage {
        shell: visit.shell("Kết nối sản phẩm"),
        bar,
        list,
        tabs,
        filter,
        form: ask.form(),
        ask,
        groups,
        narrowed,
        tasks,
        today,
        may_propose,
        is_office,
    })
}

#[derive(Template)]
#[template(path = "connection/show.html")]
struct ShowPage {
    shell: Shell,
    talk: crate::talk::Card,
    connection: Connection,
    product: Product,
    producer: String,
    spot: Spot,
    unit: String,
    certificate: Option<Certificate>,
    state: product::State,
    claims: Vec<ZoneClaim>,
    basis: std::result::Result<&'static Basis, Out>,
    new: std::result::Result<&'static Basis, Out>,
    steps: Vec<Taken>,
    shelf: Vec<(NaiveDate, Option<NaiveDate>)>,
    tasks: Vec<Takedown>,
    stores: Vec<String>,
    open_to: Vec<Step>,
    may_confirm: bool,
    is_side: bool,
    form: Form,
    history: Vec<journal::Entry>,
    today: NaiveDate,
}

impl ShowPage {
    /// The way as steps: stage, its first day, whether it was passed.
    fn way(&self) -> Vec<(Stage, Option<NaiveDate>, bool)> {
        let ended = self.connection.stage == Stage::Ended;
        let day = |stage: Stage| self.steps.iter().rev().find(|step| step.stage == stage.word()).map(|step| step.day);
        // a stage that was passed over has no day
        Stage::ALL
            .into_iter()
            .filter(|stage| *stage != Stage::Ended || ended)
            .map(|stage| (stage, day(stage), day(stage).is_some()))
            .collect()
    }

    fn open_task(&self) -> Option<&Takedown> {
        self.tasks.iter().find(|task| task.done_on.is_none())
    }

    fn reason<'a>(&self, task: &'a Takedown) -> &'a str {
        if task.why.is_empty() { Out::read(&task.reason).map_or("", Out::name) } else { &task.why }
    }

    fn how(&self, task: &Takedown) -> &'static str {
        How::name(&task.done_how)
    }

    fn side(&self, word: &str) -> &'static str {
        Side::read(word).map_or("", Side::name)
    }

    fn may_read_terms(&self) -> bool {
        self.is_side || self.shell.may(Act::Audit)
    }

    fn basis_name(&self, word: &str) -> &'static str {
        zone::name(word, Tongue::Vi)
    }

    /// The stores of the chain with whether each carries the product.
    fn carried(&self) -> Vec<(&model::ChainStore, bool)> {
        match &self.spot {
            Spot::Chain(_, stores) => {
                stores.iter().map(|store| (store, self.stores.is_empty() || self.stores.contains(&store.id))).collect()
            }
            Spot::Point(_) => Vec::new(),
        }
    }
}

async fn page(tx: &mut Tx, visit: &Visit, id: &str, form: Option<Form>) -> Result<ShowPage> {
    let today = visit.app.clock().today();
    let loaded = spot::load(tx, visit, id).await?;
    let may_confirm = takedown::may_confirm(&loaded);
    let talk = crate::talk::card(tx, visit, spot::thing_of(&loaded)).await?;
    let Loaded { connection, product, spot, sides } = loaded;
    let certificates = product::store::certificates(tx, &product.id).await?;
    let claims = store::claims(tx, &product.id).await?;
    let basis = may_stand(&certificates, &claims, today);
    let new = may_begin(&store::zone_law(tx).await?, &certificates, &claims, today);
    let (state, certificate) = {
        let standing = standing(&certificates, today);
        (standing.state, standing.certificate.cloned())
    };
    let producer = match &product.producer_id {
        Some(body) => party::store::find(tx, body).await?.map(|body| body.name).unwrap_or_default(),
        None => String::new(),
    };
    let form = form.unwrap_or_else(|| {
        let mut fields = Fields::default();
        for step in Step::ALL {
            fields.set(&format!("{}-day", step.word()), date_vi(today));
        }
        fields.set("off_on", date_vi(today));
        if let Some(price) = connection.price.or(product.price) {
            fields.set("price", crate::text::dong(price));
        }
        fields.set("terms", connection.terms.clone());
        Form::with(fields, Errors::default(), Tongue::Vi)
    });
    Ok(ShowPage {
        shell: visit.shell(&format!("{} – {}", product.name, spot.name())),
        unit: spot.unit().map(|unit| visit.app.region().label_dated(unit, today)).unwrap_or_default(),
        steps: store::steps(tx, id).await?,
        shelf: store::shelf_days(tx, id).await?,
        tasks: store::takedowns_of(tx, id).await?,
        stores: store::stores_of(tx, id).await?,
        history: journal::history(tx, "connection", id, i64::MAX, 20).await?,
        open_to: Step::ALL.into_iter().filter(|step| step.may(&connection, &sides)).collect(),
        talk,
        is_side: sides.iter().any(|side| *side != Side::Association),
        connection,
        product,
        producer,
        spot,
        certificate,
        state,
        claims,
        basis,
        new,
        may_confirm,
        form,
        today,
    })
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    html(&page(&mut tx, &visit, &id, None).await?)
}

/// Shows a connection again with what was typed.
pub(super) async fn again(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let page = page(&mut tx, visit, id, Some(form)).await?;
    page.form.answer(&page)
}

/// Takes a step.
async fn take(visit: Visit, Path((id, word)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let step = Step::read(&word).ok_or_else(Refusal::not_found)?;
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let loaded = spot::load(&mut tx, &visit, &id).await?;
    if loaded.connection.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    let mut errors = Errors::default();
    match go_on(&mut tx, &visit, &loaded, step, &fields, &mut errors).await {
        Ok(true) => {
            tx.commit().await?;
            visit.app.wake();
            Ok(go(&format!("/ket-noi/{id}"), step.verb()))
        }
        Ok(false) => {
            drop(tx);
            again(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await
        }
        Err(Error::Refused(refusal))
            if !matches!(refusal.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND) && refusal.code != "stale" =>
        {
            drop(tx);
            // what a rule forbids is told where the day was typed: another day may be right
            errors.refuse(format!("{}-day", step.word()), &refusal);
            again(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await
        }
        Err(error) => Err(error),
    }
}

/// Reads, decides, stores, tells; false with what is wrong with the form. The caller commits.
async fn go_on(tx: &mut Tx, visit: &Visit, loaded: &Loaded, step: Step, fields: &Fields, errors: &mut Errors) -> Result<bool> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let Loaded { connection: before, product, spot, sides } = loaded;
    if step.from().contains(&before.stage) && !step.may(before, sides) {
        return Err(Refusal::forbidden().into());
    }
    let side = step.side(before, sides).ok_or_else(Refusal::forbidden)?;
    let name = |part: &str| format!("{}-{part}", step.word());
    let day = form::day(fields, &name("day"), Some(before.since), today, errors);
    let note = fields.text(&name("note"), form::TEXT, errors);
    let (price, terms) = match step {
        Step::Agree => (form::price(fields, "price", errors), fields.text("terms", form::TEXT, errors)),
        _ => (None, String::new()),
    };
    if step == Step::End && note.is_empty() {
        errors.add(name("note"), both("Hãy ghi lý do kết thúc kết nối.", "State why the connection ends."));
    }
    let Some(day) = day.filter(|_| errors.is_empty()) else { return Ok(false) };
    let after = match step {
        Step::Sample => {
            spot.takes_goods(today)?;
            before.clone().sample(day, today)?
        }
        Step::Agree => {
            spot.takes_goods(today)?;
            before.clone().agree(price, &terms, day, today)?
        }
        Step::Shelf => {
            spot.has_shelf(tx, day).await?;
            let certificates = product::store::certificates(tx, &product.id).await?;
            let claims = store::claims(tx, &product.id).await?;
            before.clone().put_on_shelf(may_begin(&store::zone_law(tx).await?, &certificates, &claims, day), day, today)?
        }
        Step::Off => before.clone().take_off(day, today)?,
        Step::End => before.clone().end(side, &note, day, today)?,
    };
    takedown::save(tx, now, &visit.actor, (before, &after), step, side, &note).await?;
    if step == Step::Shelf {
        // it may have gone there on a day that is past and have lapsed since
        takedown::refresh(tx, &visit.app, &product.id).await?;
    }
    spot::tell(tx, visit, (&after, product, spot), model::step_name(step.entered()), false).await?;
    Ok(true)
}
