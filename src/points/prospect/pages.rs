//! Screens: the list, a prospect, noting and correcting it.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::form::{self, ProspectForm, check, fields_of};
use super::model::{self, Answer, Approach, HOWS, PROPERTIES, Prospect, State, in_scope, name_in};
use super::store::{self, Filter};
use crate::access::{Act, Actor, Need, Routes, Scope, Voice};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Ask, Choice, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, html, once};
use crate::party::{self, Body, BodyKind};
use crate::point::store::Near;
use crate::point::{self, Kind, Point, Sketch};
use crate::text::Tongue;
use crate::view::{self, Bar, Head};
use crate::{geo, journal, text};

/// Who may read prospects.
pub(super) const READERS: Need = Need::May(Act::ReadProspects);
/// Who may change them, if the body nominates.
pub(super) const WRITERS: Need = Need::May(Act::Mobilise);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/van-dong", READERS, list)
        .get("/van-dong/moi", WRITERS, new_form)
        .post("/van-dong/moi", WRITERS, create)
        .get("/van-dong/trung", WRITERS, duplicates)
        .get("/van-dong/{id}", READERS, show)
        .get("/van-dong/{id}/sua", WRITERS, edit_form)
        .post("/van-dong/{id}/sua", WRITERS, edit)
}

/// Whether somebody acting so may mobilise.
pub fn may_write(actor: &Actor) -> bool {
    actor.may(Act::Mobilise) && actor.can("nominate")
}

/// Refuses whoever may not mobilise.
pub(super) fn must_write(visit: &Visit) -> Result<()> {
    if may_write(&visit.actor) { Ok(()) } else { Err(Refusal::forbidden().into()) }
}

/// Loads a prospect within the caller's scope.
pub(super) async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Prospect> {
    let prospect = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let units = store::units_of(tx, id).await?;
    if in_scope(&visit.actor.scope(), &prospect, &units) { Ok(prospect) } else { Err(Refusal::not_found().into()) }
}

#[derive(Template)]
#[template(path = "prospect/list.html")]
struct ListPage {
    shell: Shell,
    bar: Bar,
    list: Rows<Prospect>,
    units: Vec<String>,
    tabs: Vec<(State, i64)>,
    ask: Ask,
    filter: Filter,
    form: Form,
    answers: Vec<Choice>,
    today: NaiveDate,
    may_add: bool,
}

async fn list(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut ask = Ask::new(&visit);
    let unit = ask.unit(&visit);
    let answer = ask.get("tra_loi");
    let filter = Filter {
        unit: unit.map(|unit| unit.id.clone()),
        state: ask.one("state", State::read),
        answer: if answer == "none" || Answer::read(answer).is_some() { answer.to_owned() } else { String::new() },
        late: ask.is_on("tre"),
        q: ask.text(),
        after: ask.after(),
        size: ask.size(30),
    };
    let scope = visit.actor.scope();
    let mut tx = visit.app.db().read().await?;
    let list = store::list(&mut tx, &scope, &filter, today).await?;
    let total = store::count(&mut tx, &scope, &filter, today, view::COUNTED).await?;
    let bar = view::bar(&mut tx, &visit, &ask, Head { shown: list.rows.len(), total, noun: "địa điểm", orders: &[] }).await?;
    let counts = store::counts(&mut tx, &scope).await?;
    let tabs = State::ALL.into_iter().filter_map(|state| counts.iter().find(|(known, _)| *known == state).copied()).collect();
    let units = list.rows.iter().map(|row| unit_name(&visit, row)).collect();
    let mut answers = vec![(String::new(), "Tất cả".to_owned()), ("none".to_owned(), "Chưa tiếp xúc".to_owned())];
    answers.extend(Answer::ALL.into_iter().map(|answer| (answer.word().to_owned(), answer.name().to_owned())));
    html(&ListPage {
        shell: visit.shell("Địa điểm tiềm năng"),
        bar,
        list,
        units,
        tabs,
        filter,
        form: ask.form(),
        ask,
        answers,
        today,
        may_add: may_write(&visit.actor),
    })
}

fn unit_name(visit: &Visit, prospect: &Prospect) -> String {
    prospect
        .unit_today
        .as_deref()
        .or(prospect.unit_id.as_deref())
        .map(|id| visit.app.region().label_dated(id, visit.app.clock().today()))
        .unwrap_or_default()
}

/// Another prospect that may be the same.
pub(super) struct Same {
    id: String,
    name: String,
    address: String,
    state: State,
    reasons: String,
}

/// What may be the same place: other prospects and records.
#[derive(Default)]
pub(super) struct Alike {
    prospects: Vec<Same>,
    near: Vec<(Near, String)>,
}

impl Alike {
    fn is_empty(&self) -> bool {
        self.prospects.is_empty() && self.near.is_empty()
    }
}

async fn alike(tx: &mut Tx, visit: &Visit, sketch: Sketch<'_>, except: &str) -> Result<Alike> {
    let (name, pin, tax_code) = (text::fold(sketch.name), sketch.pin, sketch.tax_code);
    let mut prospects = Vec::new();
    for other in store::candidates(tx, tax_code, sketch.name, pin).await? {
        let mut reasons = Vec::new();
        if !tax_code.is_empty() && other.tax_code == tax_code {
            reasons.push("cùng mã số thuế".to_owned());
        }
        if !name.is_empty() && other.name_fold == name {
            reasons.push("trùng tên".to_owned());
        }
        if let (Some((lon, lat)), Some((other_lon, other_lat))) = (pin, other.pin()) {
            let metres = geo::distance_m(lon, lat, other_lon, other_lat);
            if metres <= 150.0 {
                reasons.push(format!("cách {} m", metres.round()));
            }
        }
        if reasons.is_empty() || other.id == except {
            continue;
        }
        let is_seen = in_scope(&visit.actor.scope(), &other, &store::units_of(tx, &other.id).await?);
        let (id, name, address) = if is_seen {
            (other.id, other.name, other.address)
        } else {
            (String::new(), "Địa điểm tiềm năng ngoài phạm vi của bạn".to_owned(), String::new())
        };
        prospects.push(Same { id, name, address, state: other.state, reasons: reasons.join(", ") });
        if prospects.len() == 6 {
            break;
        }
    }
    Ok(Alike { prospects, near: point::alike(tx, &visit.actor, sketch).await? })
}

/// What may be the same place, as part of a page.
#[derive(Template)]
#[template(path = "prospect/alike.html")]
pub struct AlikePart {
    alike: Alike,
}

impl askama::filters::HtmlSafe for AlikePart {}

impl AlikePart {
    /// The prospects among them that the reader may open: id, name, address.
    pub fn choices(&self) -> Vec<(&str, &str, &str)> {
        self.alike
            .prospects
            .iter()
            .filter(|same| !same.id.is_empty())
            .map(|same| (same.id.as_str(), same.name.as_str(), same.address.as_str()))
            .collect()
    }
}

/// What became of a place that another slice names.
pub enum Taken {
    /// A prospect.
    Made(String),
    /// It may be known already.
    Alike(AlikePart),
}

/// Makes a prospect of a place: name, address, commune and remark; `sure` that it is not one of those that look alike.
pub async fn take(tx: &mut Tx, visit: &Visit, (name, address, unit, note): (&str, &str, &str, &str), sure: bool) -> Result<Taken> {
    let region = visit.app.region();
    let label = region.label(unit);
    let pairs = [("name", name), ("address", address), ("unit", &label), ("unit_id", unit), ("note", note)];
    let fields = Fields::new(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
    let wrong = |errors: Errors| {
        Refusal::invalid(
            errors
                .iter()
                .next()
                .map(|(_, text)| text.clone())
                .unwrap_or_else(|| both("Chưa đưa vào vận động được.", "This cannot become a prospect.")),
        )
    };
    let form = check(&fields, region, visit.app.clock().today()).map_err(wrong)?;
    let errors = beyond(tx, visit, &form).await?;
    if !errors.is_empty() {
        return Err(wrong(errors).into());
    }
    let found = alike(tx, visit, sketch(&form), "").await?;
    if !found.is_empty() && !sure {
        return Ok(Taken::Alike(AlikePart { alike: found }));
    }
    Ok(Taken::Made(add(tx, visit, &form).await?))
}

/// A prospect that the reader may see.
pub async fn seen(tx: &mut Tx, visit: &Visit, id: &str) -> Result<String> {
    Ok(load(tx, visit, id).await?.id)
}

/// The part of a page that lists what may be the same as what is being typed.
async fn duplicates(visit: Visit) -> Result<Response> {
    must_write(&visit)?;
    let fields = &visit.query;
    let form = point::check(&with_name(fields), visit.app.region(), visit.app.clock().today(), true);
    let (tax_code, pin, unit) = form.map(|form| (form.tax_code.unwrap_or_default(), form.pin, form.unit_id)).unwrap_or_default();
    let mut tx = visit.app.db().read().await?;
    let sketch =
        Sketch { name: fields.get("name"), address: fields.get("address"), tax_code: &tax_code, pin, unit: unit.as_deref(), except: None };
    html(&AlikePart { alike: alike(&mut tx, &visit, sketch, "").await? })
}

/// The check wants a name; while one types there may be none yet.
fn with_name(fields: &Fields) -> Fields {
    let mut fields = fields.clone();
    if fields.get("name").is_empty() {
        fields.set("name", "?");
    }
    fields
}

#[derive(Template)]
#[template(path = "prospect/edit.html")]
struct EditPage {
    shell: Shell,
    form: Form,
    alike: Alike,
    prospect: Option<Prospect>,
    kinds: Vec<Choice>,
    owner_kinds: Vec<Choice>,
    properties: Vec<Choice>,
    associations: Vec<Choice>,
    ask_sure: bool,
}

fn first(word: &str, list: impl Iterator<Item = Choice>) -> Vec<Choice> {
    std::iter::once((String::new(), word.to_owned())).chain(list).collect()
}

async fn edit_page(visit: &Visit, form: Form, prospect: Option<Prospect>, alike: Alike) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let associations = store::associations(&mut tx, visit.app.clock().today()).await?;
    let ask_sure = !alike.is_empty();
    let page = EditPage {
        shell: visit.shell(if prospect.is_some() { "Sửa địa điểm tiềm năng" } else { "Ghi nhận địa điểm tiềm năng" }),
        form,
        alike,
        prospect,
        kinds: Kind::choices(Tongue::Vi),
        owner_kinds: first("Chưa rõ", BodyKind::choices().into_iter()),
        properties: first("Chưa rõ", PROPERTIES.iter().map(|(word, name)| ((*word).to_owned(), (*name).to_owned()))),
        associations: first("Không có", associations.into_iter().map(|body| (body.id, body.name))),
        ask_sure,
    };
    page.form.answer(&page)
}

/// The form; a suggestion of where a point is missing fills it by its link.
async fn new_form(visit: Visit) -> Result<Response> {
    must_write(&visit)?;
    let region = visit.app.region();
    let mut form = Form::new(Tongue::Vi);
    for name in ["name", "kind", "address", "note"] {
        form.fields.set(name, visit.query.get(name));
    }
    let own = match visit.actor.scope() {
        Scope::Unit(unit) => Some(unit),
        _ => None,
    };
    if let Some(unit) = visit.query.some("unit_id").map(str::to_owned).or(own).filter(|id| region.get(id).is_some()) {
        form.fields.set("unit", region.label(&unit));
        form.fields.set("unit_id", unit);
    }
    if visit.actor.is(Voice::Association) {
        form.fields.set("supporter", visit.actor.body_id().unwrap_or_default());
    }
    edit_page(&visit, form, None, Alike::default()).await
}

/// Whether the place lies in the caller's area.
fn outside(visit: &Visit, form: &ProspectForm) -> bool {
    let (region, today) = (visit.app.region(), visit.app.clock().today());
    match (visit.actor.scope(), &form.point.unit_id) {
        (Scope::Unit(own), Some(unit)) => {
            !region.listed(unit, &region.today(unit, form.point.pin, today)).into_iter().any(|listed| listed.unit_id == own)
        }
        _ => false,
    }
}

/// What is wrong beyond the fields themselves.
async fn beyond(tx: &mut Tx, visit: &Visit, form: &ProspectForm) -> Result<Errors> {
    let mut errors = Errors::default();
    if outside(visit, form) {
        errors.add(
            "unit",
            both(
                "Địa chỉ này ngoài địa bàn của bạn; hãy sửa xã, phường hoặc báo Sở Công Thương.",
                "This address lies outside your area; correct the commune or tell the department.",
            ),
        );
    }
    if let Some(id) = &form.supporter
        && party::store::find(tx, id).await?.is_none_or(|body| body.kind != BodyKind::Association.word())
    {
        errors.add("supporter", both("Hãy chọn một hội, hiệp hội trong danh sách.", "Choose an association from the list."));
    }
    Ok(errors)
}

fn sketch<'a>(form: &'a ProspectForm) -> Sketch<'a> {
    let form = &form.point;
    Sketch {
        name: &form.name,
        address: &form.address,
        tax_code: form.tax_code.as_deref().unwrap_or(""),
        pin: form.pin,
        unit: form.unit_id.as_deref(),
        except: None,
    }
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    must_write(&visit)?;
    let today = visit.app.clock().today();
    let fields = sent.fields;
    let form = match check(&fields, visit.app.region(), today) {
        Ok(form) => form,
        Err(errors) => return edit_page(&visit, Form::with(fields, errors, Tongue::Vi), None, Alike::default()).await,
    };
    let mut tx = once::begin(&visit, &fields).await?;
    let errors = beyond(&mut tx, &visit, &form).await?;
    let found = alike(&mut tx, &visit, sketch(&form), "").await?;
    if !errors.is_empty() || (!found.is_empty() && !fields.is_on("sure")) {
        drop(tx);
        return edit_page(&visit, Form::with(fields, errors, Tongue::Vi), None, found).await;
    }
    let id = add(&mut tx, &visit, &form).await?;
    once::end(tx, &fields, go(&format!("/van-dong/{id}"), "da-luu")).await
}

async fn add(tx: &mut Tx, visit: &Visit, form: &ProspectForm) -> Result<String> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut prospect = form::blank(visit.actor.journal_id(), visit.actor.body_id(), now, today);
    form.fill(&mut prospect);
    if visit.actor.is(Voice::Association) {
        prospect.supporter_id = visit.actor.body_id().map(str::to_owned);
    }
    store::derive(&mut prospect, visit.app.region(), today);
    store::add(tx, &prospect, visit.app.region(), today).await?;
    Note::of("note_prospect", ("prospect", &prospect.id), record(&prospect)).aside(&personal(&prospect)).by(tx, now, &visit.actor).await?;
    Ok(prospect.id)
}

/// The part of a prospect that is nobody's person, for the journal.
pub(super) fn record(prospect: &Prospect) -> serde_json::Value {
    serde_json::json!({"set": {
        "name": prospect.name, "kind": prospect.kind, "address": prospect.address, "unit": prospect.unit_id, "unit_today": prospect.unit_today, "lon": prospect.lon, "lat": prospect.lat,
        "area_m2": prospect.area_m2, "property": prospect.property, "owner_kind": prospect.owner_kind, "supporter": prospect.supporter_id, "state": prospect.state.word(),
    }})
}

/// The personal part: of a household the owner's name and code are a person's too.
pub(super) fn personal(prospect: &Prospect) -> Vec<(&'static str, &str)> {
    let all = [
        ("owner", &prospect.owner),
        ("tax_code", &prospect.tax_code),
        ("contact", &prospect.contact),
        ("phone", &prospect.phone),
        ("email", &prospect.email),
        ("note", &prospect.note),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.as_str())).collect()
}

async fn edit_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    must_write(&visit)?;
    let mut tx = visit.app.db().read().await?;
    let prospect = load(&mut tx, &visit, &id).await?;
    drop(tx);
    prospect.must_be_open()?;
    let fields = fields_of(&prospect, visit.app.region());
    edit_page(&visit, Form::with(fields, Errors::default(), Tongue::Vi), Some(prospect), Alike::default()).await
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    must_write(&visit)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let before = load(&mut tx, &visit, &id).await?;
    before.must_be_open()?;
    let form = match check(&fields, visit.app.region(), today) {
        Ok(form) => form,
        Err(errors) => {
            drop(tx);
            return edit_page(&visit, Form::with(fields, errors, Tongue::Vi), Some(before), Alike::default()).await;
        }
    };
    let errors = beyond(&mut tx, &visit, &form).await?;
    if !errors.is_empty() {
        drop(tx);
        return edit_page(&visit, Form::with(fields, errors, Tongue::Vi), Some(before), Alike::default()).await;
    }
    if before.version != fields.version() {
        return Err(Refusal::stale().into());
    }
    let mut prospect = before.clone();
    form.fill(&mut prospect);
    store::derive(&mut prospect, visit.app.region(), today);
    if store::save(&mut tx, &before, &prospect, visit.app.region(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of("edit_prospect", ("prospect", &id), record(&prospect)).aside(&personal(&prospect)).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/van-dong/{id}"), "da-luu"))
}

#[derive(Template)]
#[template(path = "prospect/show.html")]
struct ShowPage {
    shell: Shell,
    prospect: Prospect,
    unit: String,
    supporter: Option<Body>,
    maker: Option<Body>,
    approaches: Vec<Approach>,
    point: Option<Point>,
    alike: Alike,
    history: Vec<journal::Entry>,
    form: Form,
    hows: Vec<Choice>,
    answers: Vec<Choice>,
    today: NaiveDate,
    may: bool,
    inline: String,
}

impl ShowPage {
    fn property(&self) -> &'static str {
        name_in(&PROPERTIES, &self.prospect.property)
    }

    fn owner_kind(&self) -> &'static str {
        BodyKind::read(&self.prospect.owner_kind).map_or("", BodyKind::name)
    }

    fn may_register(&self) -> bool {
        self.prospect.may_register().is_ok()
    }
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let fields =
        Fields::new([("day".to_owned(), text::date_vi(visit.app.clock().today())), ("by_name".to_owned(), visit.actor.name.clone())]);
    show_page(&visit, &id, Form::with(fields, Errors::default(), Tongue::Vi)).await
}

async fn body(tx: &mut Tx, id: &Option<String>) -> Result<Option<Body>> {
    match id {
        Some(id) => Ok(party::store::find(tx, id).await?),
        None => Ok(None),
    }
}

/// A prospect with the form of an approach.
pub(super) async fn show_page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let prospect = load(&mut tx, visit, id).await?;
    let found = match prospect.state {
        State::Open => {
            let sketch = Sketch {
                name: &prospect.name,
                address: &prospect.address,
                tax_code: &prospect.tax_code,
                pin: prospect.pin(),
                unit: prospect.unit_today.as_deref(),
                except: None,
            };
            alike(&mut tx, visit, sketch, id).await?
        }
        _ => Alike::default(),
    };
    let point = match &prospect.point_id {
        Some(point) => point::store::find(&mut tx, point).await?,
        None => None,
    };
    let choices = |list: &[(&str, &str)]| list.iter().map(|(word, name)| ((*word).to_owned(), (*name).to_owned())).collect::<Vec<Choice>>();
    let features: Vec<serde_json::Value> = prospect
        .pin()
        .map(|(lon, lat)| serde_json::json!({"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": {"name": prospect.name, "kind": prospect.kind}}))
        .into_iter()
        .collect();
    let page = ShowPage {
        shell: visit.shell(&prospect.name),
        unit: unit_name(visit, &prospect),
        supporter: body(&mut tx, &prospect.supporter_id).await?,
        maker: body(&mut tx, &prospect.made_by).await?,
        approaches: store::approaches(&mut tx, id).await?,
        history: journal::history(&mut tx, "prospect", id, i64::MAX, 30).await?,
        hows: choices(&HOWS),
        answers: model::Answer::ALL.into_iter().map(|answer| (answer.word().to_owned(), answer.name().to_owned())).collect(),
        inline: serde_json::json!({"type": "FeatureCollection", "features": features}).to_string().replace('<', "\\u003c"),
        may: may_write(&visit.actor),
        point,
        alike: found,
        form,
        today,
        prospect,
    };
    page.form.answer(&page)
}
