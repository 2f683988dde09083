//! Screens of staff: the list of records, editing. One record whole is shown by the slice `record`.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::enter::{add_draft, change};
use super::form::{check, fields_of};
use super::grid::Bounds;
use super::list::{self, Filter, Row};
use super::model::{self, Kind, Point, PointRefusal, State};
use super::store::{self, Near};
use super::tile::{self, Asked, Reader};
use crate::access::{Act, Need, Routes, Voice};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::file;
use crate::journal::Note;
use crate::page::{Ask, Choice, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, html, once};
use crate::party::{self, Body, BodyKind};
use crate::region::Hit;
use crate::talk::Thing;
use crate::text::Tongue;
use crate::view::{self, Bar, Head};
use crate::{geo, journal, text};

/// Everybody who nominates on behalf of a business.
const NOMINATORS: Need = Need::May(Act::Nominate);
const EDITORS: Need = Need::May(Act::EditPoints);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/ho-so", Need::Rows, records)
        .get("/ho-so/moi", NOMINATORS, new_form)
        .post_files("/ho-so/moi", NOMINATORS, create)
        .get("/ho-so/trung", NOMINATORS, duplicates)
        .get("/ho-so/{id}/sua", EDITORS, edit_form)
        .post_files("/ho-so/{id}/sua", EDITORS, edit)
        .post("/ho-so/{id}/don-vi-moi", Need::May(Act::ChooseUnit), choose_unit)
        .post("/ho-so/{id}/xac-nhan-tai-khoan", Need::May(Act::ConfirmAccounts), confirm_account)
}

/// What is talked about beside a record, and who is concerned.
pub async fn thing(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Thing> {
    Ok(thing_of(&load(tx, visit, id).await?))
}

/// The same of a record that was loaded.
pub fn thing_of(point: &Point) -> Thing {
    let bodies = [&point.operator_id, &point.nominated_by, &point.supporter_id];
    Thing {
        path: format!("/ho-so/{}", point.id),
        title: format!("{} – {}", point.code, point.name),
        subject: ("point", point.id.clone()),
        bodies: bodies.into_iter().flatten().cloned().collect(),
        unit: point.unit_today.clone(),
    }
}

/// Loads a point for changing it, if it lies in the caller's scope.
pub async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Point> {
    let point = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let units = store::units_of(tx, id).await?;
    if model::in_scope(&visit.actor.scope(), &point, &units) { Ok(point) } else { Err(Refusal::not_found().into()) }
}

/// The same, refusing when it changed since the form of this version was shown.
pub async fn load_shown(tx: &mut Tx, visit: &Visit, id: &str, version: i64) -> Result<Point> {
    let point = load(tx, visit, id).await?;
    if point.version == version { Ok(point) } else { Err(Refusal::stale().into()) }
}

#[derive(Template)]
#[template(path = "point/records.html")]
struct RecordsPage {
    shell: Shell,
    bar: Bar,
    list: Rows<Row>,
    tabs: Vec<(State, i64)>,
    ask: Ask,
    filter: Filter,
    form: Form,
    kinds: Vec<Choice>,
    today: chrono::NaiveDate,
    may_add: bool,
    /// Whether what is listed is taken on here.
    may_accept: bool,
    total: i64,
    units: Vec<String>,
    hits: Vec<Hit>,
    /// Who leads, by point.
    leads: HashMap<String, String>,
    duties: Vec<Choice>,
}

/// What the list was asked.
pub(super) fn filter(ask: &Ask, unit: Option<String>) -> Filter {
    Filter {
        unit,
        kind: ask.one("kind", Kind::read).map(|kind| kind.word().to_owned()),
        state: ask.one("state", State::read),
        q: ask.text(),
        duty: ask.some("duty").map(str::to_owned),
        open: None,
        order: ask.one("xep", list::Order::read).unwrap_or_default(),
        after: ask.after(),
        size: ask.size(30),
    }
}

async fn records(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let region = visit.app.region();
    let mut ask = Ask::new(&visit);
    let unit = ask.unit(&visit);
    let filter = filter(&ask, unit.map(|unit| unit.id.clone()));
    let frame = ask.some("bbox").map(Bounds::read).transpose().map_err(Refusal::invalid)?;
    let scope = visit.actor.scope();
    let mut tx = visit.app.db().read().await?;
    let list = match frame {
        Some(frame) => {
            let found =
                tile::around(&mut tx, Asked { reader: Reader::Staff(&scope), filter: &filter }, frame.middle(), Some(frame), filter.size)
                    .await?;
            found.map(|(row, _)| row)
        }
        None => list::staff(&mut tx, &scope, &filter).await?,
    };
    let mut hits = Vec::new();
    for other in unit
        .filter(|_| list.rows.is_empty() && filter.after.is_none() && frame.is_none())
        .map(|unit| region.instead_of(&unit.id))
        .unwrap_or_default()
    {
        let found = list::staff(&mut tx, &scope, &Filter { unit: Some(other.id.clone()), ..filter.clone() }).await?;
        hits.extend(Hit::new(region, other, found.rows.len(), found.next().is_some(), ("hồ sơ", "records"), today, visit.lang));
    }
    let total = match frame {
        Some(_) => list.rows.len() as i64,
        None => list::staff_count(&mut tx, &scope, &filter, view::COUNTED).await?,
    };
    let orders = list::Order::ALL.map(|order| (order.word(), order.name()));
    let told = Head { shown: list.rows.len(), total, noun: "hồ sơ", orders: if frame.is_some() { &[] } else { &orders } };
    let bar = view::bar(&mut tx, &visit, &ask, told).await?;
    let ids: Vec<&str> = list.rows.iter().map(|row| row.id.as_str()).collect();
    let leads = list::leads(&mut tx, &ids).await?.into_iter().collect();
    let mut duties = vec![(String::new(), "Tất cả".to_owned())];
    duties.extend(list::responsible(&mut tx).await?);
    let mut tabs = list::counts(&mut tx, &scope).await?;
    tabs.sort_by_key(|(state, _)| *state);
    let units = list
        .rows
        .iter()
        .map(|row| row.unit_today.as_deref().or(row.unit_id.as_deref()).map(|id| region.label_dated(id, today)).unwrap_or_default())
        .collect();
    let may_add = visit.actor.can("nominate") && visit.actor.may(Act::Nominate);
    let may_accept = filter.state == Some(State::Nominated) && frame.is_none() && model::Step::Accept.may(&visit.actor);
    html(&RecordsPage {
        shell: visit.shell("Hồ sơ điểm"),
        bar,
        list,
        tabs,
        filter,
        form: ask.form(),
        ask,
        kinds: Kind::choices(Tongue::Vi),
        today,
        may_add,
        may_accept,
        total,
        units,
        hits,
        leads,
        duties,
    })
}

impl RecordsPage {
    /// The same list under another unit.
    fn under(&self, hit: &Hit) -> String {
        self.ask.with(&[("unit", &hit.label), ("unit_id", &hit.unit_id)])
    }

    fn lead(&self, row: &Row) -> &str {
        self.leads.get(&row.id).map_or("", String::as_str)
    }

    /// What the map beside the list asks for.
    fn map_data(&self) -> String {
        let Filter { unit, kind, state, .. } = &self.filter;
        let wanted = [
            ("q", self.ask.get("q")),
            ("unit_id", unit.as_deref().unwrap_or("")),
            ("kind", kind.as_deref().unwrap_or("")),
            ("state", state.map_or("", State::word)),
        ];
        Fields::default().address("/ban-do/ho-so.geojson", &wanted)
    }
}

pub(super) async fn body(tx: &mut Tx, id: &Option<String>) -> Result<Option<Body>> {
    match id {
        Some(id) => Ok(party::store::find(tx, id).await?),
        None => Ok(None),
    }
}

/// What is compared when looking for duplicates.
#[derive(Default)]
pub struct Sketch<'a> {
    /// Name as typed.
    pub name: &'a str,
    /// Address as typed.
    pub address: &'a str,
    /// Tax code of the operator, or empty.
    pub tax_code: &'a str,
    /// Position.
    pub pin: Option<(f64, f64)>,
    /// Unit.
    pub unit: Option<&'a str>,
    /// The record itself, when it has one already.
    pub except: Option<&'a str>,
}

impl<'a> Sketch<'a> {
    /// Of a checked form.
    pub fn of_form(form: &'a super::PointForm) -> Sketch<'a> {
        Sketch {
            name: &form.name,
            address: &form.address,
            tax_code: form.tax_code.as_deref().unwrap_or(""),
            pin: form.pin,
            unit: form.unit_id.as_deref(),
            except: None,
        }
    }
}

/// Records that may be the same point as one that is recorded.
pub async fn alike_to(tx: &mut Tx, actor: &crate::access::Actor, point: &Point, tax_code: &str) -> Result<Vec<(Near, String)>> {
    let sketch = Sketch {
        name: &point.name,
        address: &point.address,
        tax_code,
        pin: point.pin(),
        unit: point.unit_today.as_deref(),
        except: Some(&point.id),
    };
    alike(tx, actor, sketch).await
}

/// Records that may be the same point, with the reason. Of records outside the caller's scope that are not public,
/// officials learn the code only and others nothing.
pub async fn alike(tx: &mut Tx, actor: &crate::access::Actor, sketch: Sketch<'_>) -> Result<Vec<(Near, String)>> {
    let Sketch { name, address, tax_code, pin, unit, except } = sketch;
    let candidates = store::candidates(tx, tax_code, name, pin, unit).await?;
    let (name, address) = (text::fold(name), text::fold(address));
    let mut found: Vec<(u8, Near, String)> = candidates
        .into_iter()
        .filter(|near| Some(near.id.as_str()) != except)
        .filter_map(|near| {
            let mut reasons = Vec::new();
            let mut weight = 0;
            if !tax_code.is_empty() && near.tax_code.as_deref() == Some(tax_code) {
                reasons.push("cùng mã số thuế".to_owned());
                weight += 2;
            }
            let names = text::similarity(&name, &near.name_fold);
            if names >= 0.6 {
                reasons.push(if names >= 0.999 { "trùng tên".to_owned() } else { "tên gần giống".to_owned() });
                weight += 2;
            }
            if address.len() > 8 && text::similarity(&address, &near.address_fold) >= 0.75 {
                reasons.push("địa chỉ gần giống".to_owned());
                weight += 2;
            }
            if let (Some((lon, lat)), Some(other_lon), Some(other_lat)) = (pin, near.lon, near.lat) {
                let metres = geo::distance_m(lon, lat, other_lon, other_lat);
                if metres <= 150.0 {
                    reasons.push(format!("cách {} m", metres.round()));
                    weight += 1;
                }
            }
            (weight > 0).then(|| (weight, near, reasons.join(", ")))
        })
        .collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.name_fold.cmp(&b.1.name_fold)));
    let scope = actor.scope();
    let is_official = actor.is_staff();
    let mut shown = Vec::new();
    for (_, mut near, reasons) in found {
        if shown.len() == 6 {
            break;
        }
        let visible = near.state.is_public()
            || match &scope {
                crate::access::Scope::All => true,
                crate::access::Scope::Unit(unit) => store::units_of(tx, &near.id).await?.contains(unit),
                crate::access::Scope::Body(body) => model::belongs(body, [&near.operator_id, &near.nominated_by, &near.supporter_id]),
                crate::access::Scope::None => false,
            };
        if !visible {
            if !is_official {
                continue;
            }
            near.id.clear();
            near.name = "Hồ sơ ngoài phạm vi của bạn".into();
            near.address.clear();
        }
        shown.push((near, reasons));
    }
    Ok(shown)
}

#[derive(Template)]
#[template(path = "point/alike.html")]
struct AlikePart {
    near: Vec<(Near, String)>,
}

/// The part of a page that lists possible duplicates of what is being typed.
async fn duplicates(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut fields = visit.query.clone();
    if fields.get("name").is_empty() {
        fields.set("name", "?");
    }
    let form = check(&fields, visit.app.region(), today, true);
    let (tax_code, pin, unit) = match form {
        Ok(form) => (form.tax_code.unwrap_or_default(), form.pin, form.unit_id),
        Err(_) => (String::new(), None, None),
    };
    let mut tx = visit.app.db().read().await?;
    let sketch =
        Sketch { name: fields.get("name"), address: fields.get("address"), tax_code: &tax_code, pin, unit: unit.as_deref(), except: None };
    let near = alike(&mut tx, &visit.actor, sketch).await?;
    html(&AlikePart { near })
}

#[derive(Template)]
#[template(path = "point/edit.html")]
struct EditPage {
    shell: Shell,
    form: Form,
    near: Vec<(Near, String)>,
    point: Option<Point>,
    kinds: Vec<Choice>,
    operator_kinds: Vec<Choice>,
    ask_sure: bool,
    /// What has to be added, where it was returned.
    returned: String,
}

async fn edit_page(visit: &Visit, form: Form, point: Option<Point>, near: Vec<(Near, String)>, ask_sure: bool) -> Result<Response> {
    let returned = match &point {
        Some(point) if point.state == State::Returned => journal::last(&mut visit.app.db().read().await?, "point", &point.id, "return")
            .await?
            .map(|entry| entry.why())
            .unwrap_or_default(),
        _ => String::new(),
    };
    let title = if point.is_some() { "Sửa hồ sơ điểm" } else { "Hồ sơ điểm mới" };
    let mut operator_kinds = vec![(String::new(), "Chọn loại đơn vị".to_owned())];
    operator_kinds.extend(BodyKind::choices());
    let page =
        EditPage { shell: visit.shell(title), form, near, point, kinds: Kind::choices(Tongue::Vi), operator_kinds, ask_sure, returned };
    page.form.answer(&page)
}

/// That what is registered may be there already, at the box that says it is another; pictures do not come back with a form.
pub(super) fn unsure(had_files: bool) -> Errors {
    let (vi, en) = if had_files { (" Ảnh đã chọn cần chọn lại.", " Pictures have to be chosen again.") } else { ("", "") };
    let mut errors = Errors::default();
    errors.add(
        "sure",
        both(
            format!("Điểm này có thể đã có trong sổ: hãy xem các điểm giống ở dưới, rồi đánh dấu nếu đây là điểm khác.{vi}"),
            format!("This point may be in the register already: look at the ones below, and tick if it is another.{en}"),
        ),
    );
    errors
}

/// Pictures do not come back with a form either, whatever else is wrong with it.
pub(super) fn lost_pictures(errors: &mut Errors, had_files: bool) {
    if had_files {
        errors.add(
            "photos",
            both(
                "Ảnh đã chọn không giữ được khi biểu mẫu hiện lại; hãy chọn lại trước khi gửi.",
                "Pictures that were chosen do not come back with the form; choose them again before you send it.",
            ),
        );
    }
}

async fn new_form(visit: Visit) -> Result<Response> {
    edit_page(&visit, Form::new(Tongue::Vi), None, Vec::new(), false).await
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    let today = visit.app.clock().today();
    let fields = sent.fields.clone();
    let form = match check(&fields, visit.app.region(), today, true) {
        Ok(form) => form,
        Err(mut errors) => {
            lost_pictures(&mut errors, !sent.files.is_empty());
            return edit_page(&visit, Form::with(fields, errors, Tongue::Vi), None, Vec::new(), false).await;
        }
    };
    let mut tx = visit.app.db().read().await?;
    let near = alike(&mut tx, &visit.actor, Sketch::of_form(&form)).await?;
    drop(tx);
    if !near.is_empty() && !fields.is_on("sure") {
        return edit_page(&visit, Form::with(fields, unsure(!sent.files.is_empty()), Tongue::Vi), None, near, true).await;
    }
    let kept = keep_pictures(&visit, sent.files).await?;
    let mut tx = once::begin(&visit, &fields).await?;
    let point = match add_draft(&mut tx, &visit, &form).await? {
        Ok(point) => point,
        Err(errors) => {
            drop(tx);
            return edit_page(&visit, Form::with(fields, errors, Tongue::Vi), None, Vec::new(), false).await;
        }
    };
    attach(&mut tx, &visit, &point, &kept).await?;
    once::end(tx, &fields, go(&format!("/ho-so/{}", point.id), "da-luu")).await
}

/// Cleans the pictures of a form.
pub(super) async fn keep_pictures(visit: &Visit, files: Vec<crate::page::SentFile>) -> Result<Vec<file::Kept>> {
    const MOST: usize = 12;
    if files.len() > MOST {
        return Err(Refusal::invalid(both(format!("Mỗi lần gửi tối đa {MOST} ảnh."), format!("At most {MOST} pictures at a time."))).into());
    }
    let mut kept = Vec::new();
    for (_, name, bytes) in files {
        kept.push(visit.app.files().keep_picture(&name, bytes).await?);
    }
    Ok(kept)
}

/// Attaches pictures to a point; they become public with it.
pub(super) async fn attach(tx: &mut Tx, visit: &Visit, point: &Point, kept: &[file::Kept]) -> Result<()> {
    for picture in kept {
        let place = file::Place { kind: "point", id: &point.id, field: "photo", caption: &point.name, position: None, is_public: true };
        file::add(tx, visit.app.clock().now(), picture, place, visit.actor.journal_id()).await?;
    }
    Ok(())
}

async fn edit_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let point = load(&mut tx, &visit, &id).await?;
    if !point.may_edit(&visit.actor) {
        return Err(Refusal::from(PointRefusal::Fixed(point.state)).into());
    }
    let operator = body(&mut tx, &point.operator_id).await?;
    let mut fields = fields_of(&point, operator.as_ref(), visit.app.region());
    fix_operator(&mut fields, &visit.actor, operator.as_ref());
    edit_page(&visit, Form::with(fields, Errors::default(), Tongue::Vi), Some(point), Vec::new(), false).await
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut fields = sent.fields.clone();
    let mut tx = visit.app.db().read().await?;
    let shown = load(&mut tx, &visit, &id).await?;
    fix_operator(&mut fields, &visit.actor, body(&mut tx, &shown.operator_id).await?.as_ref());
    drop(tx);
    if !shown.may_edit(&visit.actor) {
        return Err(Refusal::from(PointRefusal::Fixed(shown.state)).into());
    }
    let form = match check(&fields, visit.app.region(), today, shown.is_being_written()) {
        Ok(form) => form,
        Err(mut errors) => {
            lost_pictures(&mut errors, !sent.files.is_empty());
            return edit_page(&visit, Form::with(fields, errors, Tongue::Vi), Some(shown), Vec::new(), false).await;
        }
    };
    let kept = keep_pictures(&visit, sent.files).await?;
    let mut tx = visit.app.db().write().await?;
    let before = load_shown(&mut tx, &visit, &id, fields.version()).await?;
    let point = match change(&mut tx, &visit, &before, &form).await? {
        Ok(point) => point,
        Err(errors) => {
            drop(tx);
            return edit_page(&visit, Form::with(fields, errors, Tongue::Vi), Some(before), Vec::new(), false).await;
        }
    };
    attach(&mut tx, &visit, &point, &kept).await?;
    tx.commit().await?;
    Ok(go(&format!("/ho-so/{id}"), "da-luu"))
}

/// The operator of a record is no field of its form: it has a step of its own.
fn fix_operator(fields: &mut Fields, actor: &crate::access::Actor, operator: Option<&Body>) {
    let Some(operator) = operator else { return };
    fields.set("operator", operator.name.clone());
    fields.set("operator_kind", operator.kind.clone());
    fields.set("tax_code", operator.tax_code.clone().unwrap_or_default());
    fields.set("operator_fixed", if actor.is(Voice::Association) { "others" } else { "own" });
}

/// A person answers which unit of today an old address lies in.
async fn choose_unit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    let before = load_shown(&mut tx, &visit, &id, sent.fields.version()).await?;
    let chosen = sent.fields.get("unit_today").to_owned();
    let may_be = match before.unit_id.as_deref().map(|unit| visit.app.region().today(unit, before.pin(), today)) {
        Some(crate::region::Today::Unclear(ids)) => ids.contains(&chosen),
        _ => false,
    };
    if !may_be {
        return Err(Refusal::invalid(both(
            "Đơn vị được chọn không nằm trong các đơn vị kế tiếp của địa chỉ này.",
            "The unit chosen is not among the successors of this address.",
        ))
        .into());
    }
    let mut point = before.clone();
    point.unit_today = Some(chosen.clone());
    point.unit_chosen = true;
    if store::save(&mut tx, &before, &point, visit.app.region(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of("choose_unit", ("point", &id), serde_json::json!({"set": {"unit_today": chosen}})).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/ho-so/{id}"), "da-luu"))
}

/// The commune confirms an account that was made without mail.
async fn confirm_account(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let point = load(&mut tx, &visit, &id).await?;
    let person = sent.fields.get("person").to_owned();
    let crate::access::Scope::Unit(unit) = visit.actor.scope() else { return Err(Refusal::forbidden().into()) };
    let waiting = store::unconfirmed(&mut tx, &unit).await?;
    if !waiting.iter().any(|(known, _, known_point)| *known == person && *known_point == point.id) {
        return Err(Refusal::stale().into());
    }
    if crate::access::store::confirm(&mut tx, &person).await? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of("confirm_account", ("person", &person), serde_json::json!({"point": point.id})).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go("/viec", "da-xac-nhan"))
}
