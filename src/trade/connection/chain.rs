//! Supermarket chains and their stores.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::form;
use super::model::{self, ChainStore};
use super::pages::{DOERS, may_propose};
use super::shelf::{self, OnShelf};
use super::spot::Spot;
use super::store::{self, ChainRow};
use crate::access::{Act, Need, Routes, Voice};
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Ask, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, html, once};
use crate::party::typed::Typed;
use crate::party::{self, Body, BodyKind};
use crate::text::{Tongue, date_vi};
use crate::{clock, mail};

const KEEPERS: Need = Need::May(Act::KeepConnections);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/ket-noi/chuoi", Need::Rows, list)
        .get("/ket-noi/chuoi/moi", KEEPERS, new_form)
        .post("/ket-noi/chuoi/moi", KEEPERS, create)
        .get("/ket-noi/chuoi/{id}", Need::Rows, show)
        .post("/ket-noi/chuoi/{id}/thu", DOERS, set_mail)
        .post("/ket-noi/chuoi/{id}/cua-hang", DOERS, add_store)
        .post("/ket-noi/chuoi/{id}/cua-hang/{store}/dong", DOERS, close_store)
}

#[derive(Template)]
#[template(path = "connection/chains.html")]
struct ListPage {
    shell: Shell,
    list: Rows<ChainRow>,
    ask: Ask,
    may_add: bool,
}

async fn list(visit: Visit) -> Result<Response> {
    const ROWS: i64 = 30;
    let ask = Ask::new(&visit);
    let mut tx = visit.app.db().read().await?;
    let rows = store::chains(&mut tx, &ask.text(), ask.get("sau"), visit.app.clock().today(), ROWS + 1).await?;
    let list = Rows::cut(rows, ROWS, ask.get("sau"), |row| row.id.clone());
    html(&ListPage { shell: visit.shell("Chuỗi siêu thị"), list, ask, may_add: model::is_office(&visit.actor) })
}

#[derive(Template)]
#[template(path = "connection/chain_new.html")]
struct NewPage {
    shell: Shell,
    form: Form,
}

async fn new_form(visit: Visit) -> Result<Response> {
    if !model::is_office(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    html(&NewPage { shell: visit.shell("Thêm chuỗi siêu thị"), form: Form::new(Tongue::Vi) })
}

/// A body becomes a chain: the one with that tax code, or that name, or a new one.
async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    if !model::is_office(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let now = visit.app.clock().now();
    let fields = sent.fields;
    let again = |fields: Fields, errors: Errors| -> Result<Response> {
        let page = NewPage { shell: visit.shell("Thêm chuỗi siêu thị"), form: Form::with(fields, errors, Tongue::Vi) };
        page.form.answer(&page)
    };
    let typed = match form::chain(&fields) {
        Ok(typed) => typed,
        Err(errors) => return again(fields, errors),
    };
    let kind = BodyKind::Enterprise.word();
    let mut tx = once::begin(&visit, &fields).await?;
    let named = Typed {
        name: &typed.name,
        kind: Some(BodyKind::Enterprise),
        tax_code: typed.tax_code.as_deref(),
        said: fields.get("name_who"),
        ..Typed::default()
    };
    let id = match party::typed::known(&mut tx, (visit.app.region(), visit.app.clock().today()), named).await? {
        Err(asked) => {
            drop(tx);
            let mut errors = Errors::default();
            asked.put(&mut errors, "name");
            return again(fields, errors);
        }
        Ok(Some(id)) => id,
        Ok(None) => {
            let body = Body {
                id: clock::new_id(),
                kind: kind.to_owned(),
                name: typed.name.clone(),
                short: String::new(),
                parent_id: None,
                unit_id: None,
                tax_code: typed.tax_code.clone(),
                address: typed.address.clone(),
                phone: typed.phone.clone(),
                valid_from: None,
                valid_to: None,
                demo: false,
                version: 1,
            };
            party::store::put(&mut tx, &body, "", "", now).await?;
            body.id
        }
    };
    if store::add_chain(&mut tx, &id, &typed.note, now).await?.is_none() {
        drop(tx);
        let mut errors = Errors::default();
        errors.clash(
            if typed.tax_code.is_some() { "tax_code" } else { "name" },
            both("Chuỗi này đã có trong danh sách.", "This chain is in the list already."),
        );
        return again(fields, errors);
    }
    if !typed.mail.is_empty() {
        store::set_chain_mail(&mut tx, &id, &typed.mail).await?;
    }
    let detail = serde_json::json!({"note": typed.name, "set": {"name": typed.name, "tax_code": typed.tax_code}});
    Note::of("add_chain", ("chain", &id), detail).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, go(&format!("/ket-noi/chuoi/{id}"), "da-luu")).await
}

#[derive(Template)]
#[template(path = "connection/chain.html")]
struct ShowPage {
    shell: Shell,
    body: Body,
    note: String,
    mail: String,
    stores: Vec<ChainStore>,
    units: Vec<String>,
    shelf: Vec<OnShelf>,
    form: Form,
    today: NaiveDate,
    may_keep: bool,
    may_propose: bool,
}

impl ShowPage {
    fn field(&self, part: &str, id: &str) -> String {
        format!("{part}-{id}")
    }
}

fn may_keep(visit: &Visit, chain: &str) -> bool {
    model::is_office(&visit.actor) || visit.actor.is(Voice::Business) && visit.actor.confirmed && visit.actor.body_id() == Some(chain)
}

async fn page(visit: &Visit, id: &str, form: Form) -> Result<ShowPage> {
    let today = visit.app.clock().today();
    let region = visit.app.region();
    let mut tx = visit.app.db().read().await?;
    let Some(Spot::Chain(body, stores)) = Spot::of(&mut tx, None, Some(id)).await? else { return Err(Refusal::not_found().into()) };
    let units = stores
        .iter()
        .map(|store| {
            store.unit_today.as_deref().or(store.unit_id.as_deref()).map(|unit| region.label_dated(unit, today)).unwrap_or_default()
        })
        .collect();
    // what it sells is public; where it stands in the ledger is its own matter and that of offices
    let shelf = if may_keep(visit, id) || (visit.actor.is(Voice::Commune) || visit.actor.may(Act::Audit)) {
        shelf::ledger_of_chain(&mut tx, id, today).await?
    } else {
        Vec::new()
    };
    let note = store::chain_note(&mut tx, id).await?.unwrap_or_default();
    // like its ledger, no matter for other businesses
    let told =
        if may_keep(visit, id) { store::chain_mail(&mut tx, id).await?.map(|(mail, _)| mail).unwrap_or_default() } else { String::new() };
    let mut form = form;
    if form.fields.all("mail").next().is_none() {
        form.fields.set("mail", told.clone());
    }
    Ok(ShowPage {
        shell: visit.shell(&body.name),
        body: *body,
        note,
        mail: told,
        stores,
        units,
        shelf,
        form,
        today,
        may_keep: may_keep(visit, id),
        may_propose: may_propose(visit),
    })
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    html(&page(&visit, &id, Form::new(Tongue::Vi)).await?)
}

async fn again(visit: &Visit, id: &str, fields: Fields, errors: Errors) -> Result<Response> {
    let page = page(visit, id, Form::with(fields, errors, Tongue::Vi)).await?;
    page.form.answer(&page)
}

/// Where the chain is told of take-downs, also without an account.
async fn set_mail(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    store::chain_note(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    if !may_keep(&visit, &id) {
        return Err(if visit.actor.is(Voice::Business) { Refusal::not_found() } else { Refusal::forbidden() }.into());
    }
    let mut errors = Errors::default();
    let typed = fields.some("mail").and_then(|typed| errors.take("mail", mail::address(typed))).unwrap_or_default();
    if !errors.is_empty() {
        drop(tx);
        return again(&visit, &id, fields, errors).await;
    }
    store::set_chain_mail(&mut tx, &id, &typed).await?;
    let detail = serde_json::json!({"note": if typed.is_empty() { "Bỏ thư điện tử nhận thông báo" } else { "Thư điện tử nhận thông báo" }});
    Note::of("edit_chain", ("chain", &id), detail).aside(&[("mail", &typed)]).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/ket-noi/chuoi/{id}"), "da-luu"))
}

async fn add_store(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let fields = sent.fields;
    let mut tx = once::begin(&visit, &fields).await?;
    store::chain_note(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    if !may_keep(&visit, &id) {
        return Err(if visit.actor.is(Voice::Business) { Refusal::not_found() } else { Refusal::forbidden() }.into());
    }
    let shop = match form::store(&fields, &id, &visit) {
        Ok(shop) => shop,
        Err(errors) => {
            drop(tx);
            return again(&visit, &id, fields, errors).await;
        }
    };
    store::add_chain_store(&mut tx, &shop).await?;
    let detail = serde_json::json!({"note": shop.name, "set": {"store": shop.id, "name": shop.name, "address": shop.address, "unit": shop.unit_id, "lon": shop.lon, "lat": shop.lat}});
    Note::of("add_store", ("chain", &id), detail).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, go(&format!("/ket-noi/chuoi/{id}"), "da-luu")).await
}

async fn close_store(visit: Visit, Path((id, shop)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let Some(Spot::Chain(_, stores)) = Spot::of(&mut tx, None, Some(&id)).await? else { return Err(Refusal::not_found().into()) };
    let known = stores.into_iter().find(|store| store.id == shop).ok_or_else(Refusal::not_found)?;
    if !may_keep(&visit, &id) {
        return Err(if visit.actor.is(Voice::Business) { Refusal::not_found() } else { Refusal::forbidden() }.into());
    }
    let field = format!("closed-{shop}");
    let mut errors = Errors::default();
    let Some(day) = form::day(&fields, &field, None, today, &mut errors) else {
        drop(tx);
        return again(&visit, &id, fields, errors).await;
    };
    if store::close_chain_store(&mut tx, &id, &shop, day).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"note": format!("{}, từ ngày {}", known.name, date_vi(day)), "set": {"store": shop, "closed_on": day}});
    Note::of("close_store", ("chain", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/ket-noi/chuoi/{id}"), "da-luu"))
}
