//! Proposing a connection: which product, which place, from which day.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;

use super::form;
use super::model::{self, ChainStore, Connection, Stage, Taken};
use super::pages::{PROPOSERS, may_propose};
use super::spot::{self, Spot};
use super::store::{self, ChainRow};
use super::zone::{Basis, Out, may_begin};
use crate::access::{Routes, Scope};
use crate::db::Tx;
use crate::error::{Error, Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Fields, Form, Sent, Shell, Visit, go, html, once, query_escape};
use crate::point::list::{self as points, Row as PointRow};
use crate::point::{self, State};
use crate::product::list::{self as products, Row as ProductRow};
use crate::product::{self, Product};
use crate::text::{Tongue, date_vi, fold};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ket-noi/moi", PROPOSERS, show).post("/ket-noi/moi", PROPOSERS, create)
}

#[derive(Template)]
#[template(path = "connection/propose.html")]
struct ProposePage {
    shell: Shell,
    product: Option<Product>,
    spot: Option<Spot>,
    basis: std::result::Result<&'static Basis, Out>,
    /// A running connection of the two.
    running: Option<Connection>,
    /// Why the place takes nothing.
    closed: String,
    /// Products found.
    products: Vec<ProductRow>,
    /// Points found.
    points: Vec<PointRow>,
    units: Vec<String>,
    /// Chains found.
    chains: Vec<ChainRow>,
    stores: Vec<ChainStore>,
    form: Form,
    query: Fields,
}

impl ProposePage {
    /// This page with another product or place.
    fn with(&self, name: &str, value: &str) -> String {
        let parts = ["product", "point", "chain"].into_iter().filter_map(|known| {
            let value = if known == name {
                value
            } else if matches!((known, name), ("point", "chain") | ("chain", "point")) {
                ""
            } else {
                self.query.get(known)
            };
            (!value.is_empty()).then(|| format!("{known}={}", query_escape(value)))
        });
        let parts: Vec<String> = parts.collect();
        if parts.is_empty() { "/ket-noi/moi".to_owned() } else { format!("/ket-noi/moi?{}", parts.join("&")) }
    }

    fn is_ready(&self) -> bool {
        self.product.is_some() && self.spot.is_some() && self.running.is_none() && self.closed.is_empty()
    }
}

async fn show(visit: Visit) -> Result<Response> {
    if !may_propose(&visit) {
        return Err(Refusal::forbidden().into());
    }
    let mut fields = Fields::default();
    fields.set("day", date_vi(visit.app.clock().today()));
    html(&page(&visit, visit.query.clone(), Form::with(fields, Errors::default(), Tongue::Vi)).await?)
}

/// The product and the place that a form names, if they exist and the caller may know of them.
async fn named(tx: &mut Tx, visit: &Visit, query: &Fields) -> Result<(Option<Product>, Option<Spot>)> {
    let today = visit.app.clock().today();
    let product = match query.some("product") {
        Some(id) => Some(
            product::store::find(tx, id)
                .await?
                .filter(|product| spot::has_product(visit, product) || product.is_live(today))
                .ok_or_else(Refusal::not_found)?,
        ),
        None => None,
    };
    let spot = match (query.some("point"), query.some("chain")) {
        (None, None) => None,
        (point, chain) => {
            let found = Spot::of(tx, point, chain).await?.ok_or_else(Refusal::not_found)?;
            if let Spot::Point(point) = &found
                && !point.state.is_public()
            {
                point::load(tx, visit, &point.id).await?;
            }
            Some(found)
        }
    };
    Ok((product, spot))
}

async fn page(visit: &Visit, query: Fields, form: Form) -> Result<ProposePage> {
    let today = visit.app.clock().today();
    let scope = visit.actor.scope();
    let mut tx = visit.app.db().read().await?;
    let (product, spot) = named(&mut tx, visit, &query).await?;
    let mut basis = Err(Out::Claim);
    let mut running = None;
    if let Some(product) = &product {
        let certificates = product::store::certificates(&mut tx, &product.id).await?;
        basis = may_begin(&store::zone_law(&mut tx).await?, &certificates, &store::claims(&mut tx, &product.id).await?, today);
        if let Some(spot) = &spot {
            running = store::running(&mut tx, product, &spot.place()).await?;
        }
    }
    let closed = spot
        .as_ref()
        .and_then(|spot| spot.takes_goods(today).err())
        .map(|refusal| format!("{} {}", refusal.what.vi, refusal.todo.vi))
        .unwrap_or_default();
    let products = if product.is_none() { find_products(&mut tx, visit, &scope, &fold(query.get("q"))).await? } else { Vec::new() };
    let (mut points, mut chains) = (Vec::new(), Vec::new());
    if product.is_some() && spot.is_none() {
        points = find_points(&mut tx, &scope, &fold(query.get("q_place"))).await?;
        chains = store::chains(&mut tx, &fold(query.get("q_place")), "", today, 10).await?;
    }
    let units = points
        .iter()
        .map(|row| {
            row.unit_today.as_deref().or(row.unit_id.as_deref()).map(|id| visit.app.region().label_dated(id, today)).unwrap_or_default()
        })
        .collect();
    let stores = match &spot {
        Some(Spot::Chain(_, stores)) => stores.iter().filter(|store| store.is_open(today)).cloned().collect(),
        _ => Vec::new(),
    };
    Ok(ProposePage {
        shell: visit.shell("Đề nghị kết nối sản phẩm vào điểm"),
        product,
        spot,
        basis,
        running,
        closed,
        products,
        points,
        units,
        chains,
        stores,
        form,
        query,
    })
}

/// Products the caller may propose: its own, and those everybody sees; a few.
async fn find_products(tx: &mut Tx, visit: &Visit, scope: &Scope, q: &str) -> Result<Vec<ProductRow>> {
    const MOST: i64 = 12;
    let today = visit.app.clock().today();
    let under = match scope {
        Scope::Unit(unit) => Some(visit.app.region().under(unit, today)),
        _ => None,
    };
    let filter = products::Filter { q: q.to_owned(), size: MOST, ..products::Filter::default() };
    let mut found = products::page(tx, &filter, scope, under.as_ref()).await?.rows;
    if *scope != Scope::All && (found.len() as i64) < MOST {
        let live = products::page(tx, &products::Filter { live_on: Some(today), ..filter }, &Scope::All, None).await?.rows;
        found.extend(live.into_iter().filter(|row| !found.iter().any(|known| known.id == row.id)).collect::<Vec<_>>());
        found.truncate(MOST as usize);
    }
    Ok(found)
}

/// Points that take goods and that the caller may know of; a few.
async fn find_points(tx: &mut Tx, scope: &Scope, q: &str) -> Result<Vec<PointRow>> {
    const MOST: i64 = 12;
    let mut found: Vec<PointRow> = Vec::new();
    for state in [State::Operating, State::Preparing, State::Suspended] {
        found.extend(
            points::staff(tx, scope, &points::Filter { state: Some(state), q: q.to_owned(), size: MOST, ..points::Filter::default() })
                .await?
                .rows,
        );
    }
    if *scope != Scope::All && (found.len() as i64) < MOST {
        let open = points::public(tx, &points::Filter { q: q.to_owned(), size: MOST, ..points::Filter::default() }).await?.rows;
        found.extend(open.into_iter().filter(|row| !found.iter().any(|known| known.id == row.id)).collect::<Vec<_>>());
    }
    found.truncate(MOST as usize);
    Ok(found)
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    if !may_propose(&visit) {
        return Err(Refusal::forbidden().into());
    }
    let fields = sent.fields;
    let mut errors = Errors::default();
    let mut tx = once::begin(&visit, &fields).await?;
    match propose(&mut tx, &visit, &fields, &mut errors).await {
        Ok(Some(id)) => {
            let answer = once::end(tx, &fields, go(&format!("/ket-noi/{id}"), "connect_propose")).await?;
            visit.app.wake();
            return Ok(answer);
        }
        Ok(None) => {}
        Err(Error::Refused(refusal)) if refusal.status == StatusCode::CONFLICT => errors.refuse("day", &refusal),
        Err(error) => return Err(error),
    }
    drop(tx);
    let page = page(&visit, fields.clone(), Form::with(fields, errors, Tongue::Vi)).await?;
    page.form.answer(&page)
}

/// Reads, decides, stores, tells; none with what is wrong with the form. The caller commits.
async fn propose(tx: &mut Tx, visit: &Visit, fields: &Fields, errors: &mut Errors) -> Result<Option<String>> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let (Some(product), Some(spot)) = named(tx, visit, fields).await? else {
        errors.add("day", both("Hãy chọn sản phẩm và nơi bán.", "Choose a product and a place."));
        return Ok(None);
    };
    // neither the product nor the place is the caller's
    if !spot::in_reach(tx, visit, &product, &spot).await? {
        return Err(Refusal::not_found().into());
    }
    let Some(side) = spot::sides(tx, visit, &product, &spot).await?.first().copied() else { return Err(Refusal::not_found().into()) };
    let last_end = store::last_end(tx, &product, &spot.place()).await?;
    let day: Option<NaiveDate> = form::day(fields, "day", last_end, today, errors);
    let note = fields.text("note", form::TEXT, errors);
    let mut stores: Vec<String> = Vec::new();
    if let Spot::Chain(_, known) = &spot
        && fields.get("which") == "some"
    {
        stores = known
            .iter()
            .filter(|store| store.is_open(today) && fields.all("store").any(|id| id == store.id))
            .map(|store| store.id.clone())
            .collect();
        if stores.is_empty() {
            errors.add("which", both("Hãy chọn ít nhất một cửa hàng.", "Choose at least one store."));
        }
    }
    let Some(day) = day.filter(|_| errors.is_empty()) else { return Ok(None) };
    spot.takes_goods(today)?;
    let connection = Connection::proposed(&product, &spot.place(), side, day, visit.actor.journal_id(), now);
    if store::add(tx, &connection).await?.is_none() {
        return Err(Refusal::rule(
            "connected",
            both("Sản phẩm này đang có một kết nối với nơi bán này.", "This product has a running connection with this place already."),
            both("Hãy làm tiếp kết nối đó, hoặc kết thúc nó trước.", "Go on with that one, or end it first."),
        )
        .into());
    }
    store::put_stores(tx, &connection.id, &stores).await?;
    let taken = Taken {
        seq: 0,
        stage: Stage::Proposed.word().to_owned(),
        day,
        by_side: side.word().to_owned(),
        by_name: visit.actor.journal_name(),
        note: note.clone(),
    };
    store::add_step(tx, &connection.id, &taken).await?;
    let detail = serde_json::json!({
        "note": format!("{} – {}{}{note}", product.name, spot.name(), if note.is_empty() { "" } else { ": " }), "stores": stores,
        "set": {"product": product.id, "place": connection.place, "stage": connection.stage.word(), "since": day, "proposed_by": connection.proposed_by},
    });
    Note::of("connect_propose", ("connection", &connection.id), detail).by(tx, now, &visit.actor).await?;
    spot::tell(tx, visit, (&connection, &product, &spot), model::step_name(Stage::Proposed.word()), side != model::Side::Office).await?;
    Ok(Some(connection.id))
}
