//! The list of dossiers, a new one, one as a whole.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Dossier, Kind, State};
use super::rule;
use super::store::{self, Filter, Row};
use crate::access::{Act, Need, Routes, Voice};
use crate::clock::new_id;
use crate::db::Tx;
use crate::error::{Error, Refusal, Result, both};
use crate::journal::{self, Note};
use crate::page::{Ask, Choice, Errors, Field, Fields, Form, Rows, Sent, Shell, Visit, go, html, once};
use crate::party::{self, Body};
use crate::product::{self, Product, group, scale};
use crate::scoring::mark::{self, End, Gain, Marks, Need as Minimum, Outcome};
use crate::scoring::sheet::{Criterion, Sheet};
use crate::scoring::{Standing, books, standing};
use crate::text::Tongue;
use crate::{region, talk};

/// Who reads dossiers at all; rows narrow it.
pub const READERS: Need = Need::May(Act::ReadDossiers);
/// Who prepares them.
pub const WRITERS: Need = Need::May(Act::PrepareDossiers);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/ho-so-danh-gia", READERS, list)
        .get("/ho-so-danh-gia/moi", WRITERS, new_form)
        .post("/ho-so-danh-gia/moi", WRITERS, create)
        .get("/ho-so-danh-gia/{id}", READERS, show)
}

/// A dossier within the caller's scope.
pub async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Dossier> {
    let dossier = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    if model::in_scope(&visit.actor.scope(), &dossier) { Ok(dossier) } else { Err(Refusal::not_found().into()) }
}

/// A dossier that the caller may write in.
pub async fn load_own(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Dossier> {
    let dossier = load(tx, visit, id).await?;
    if model::may_prepare(&visit.actor, &dossier.producer_id) { Ok(dossier) } else { Err(Refusal::forbidden().into()) }
}

/// The sheet that a dossier answers, if we still have it.
pub fn sheet_of(dossier: &Dossier) -> Result<&'static Sheet> {
    books::of(&dossier.sheet).ok_or_else(|| {
        Refusal::rule(
            "no-sheet",
            both("Hệ thống không còn phiếu của hồ sơ này.", "The sheet of this dossier is not known any more."),
            both("Hãy báo quản trị; câu trả lời vẫn được giữ.", "Tell an administrator; the answers are kept."),
        )
        .into()
    })
}

/// The lowest totals of one, two, … stars by which a dossier is judged.
pub fn bands(dossier: &Dossier, today: NaiveDate) -> Vec<i64> {
    let instrument = books::of(&dossier.sheet).map_or("", |sheet| sheet.instrument.as_str());
    let scale = scale::all().iter().find(|scale| scale.instrument == instrument).or_else(|| scale::on(today));
    scale.map(|scale| scale.thresholds.clone()).unwrap_or_default()
}

/// What is talked about beside a dossier, and who is concerned.
pub async fn thing(tx: &mut Tx, visit: &Visit, id: &str) -> Result<talk::Thing> {
    let dossier = load(tx, visit, id).await?;
    let product = product::store::find(tx, &dossier.product_id).await?.ok_or_else(Refusal::not_found)?;
    Ok(thing_of(&dossier, &product))
}

fn thing_of(dossier: &Dossier, product: &Product) -> talk::Thing {
    talk::Thing {
        path: format!("/ho-so-danh-gia/{}", dossier.id),
        title: format!("Hồ sơ đánh giá: {}", product.name),
        subject: ("dossier", dossier.id.clone()),
        bodies: vec![dossier.producer_id.clone()],
        unit: dossier.unit_id.clone(),
    }
}

#[derive(Template)]
#[template(path = "dossier/list.html")]
struct ListPage {
    shell: Shell,
    list: Rows<Row>,
    units: Vec<String>,
    tabs: Vec<(State, i64)>,
    state: Option<State>,
    ask: Ask,
    today: NaiveDate,
    may_begin: bool,
}

impl ListPage {
    fn is_on(&self, state: &State) -> bool {
        self.state == Some(*state)
    }
}

async fn list(visit: Visit) -> Result<Response> {
    let ask = Ask::new(&visit);
    let state = ask.one("trang-thai", State::read);
    let filter = Filter { state, product: ask.some("product").map(str::to_owned), q: ask.text(), after: ask.after(), size: ask.size(30) };
    let scope = visit.actor.scope();
    let mut tx = visit.app.db().read().await?;
    let list = store::list(&mut tx, &scope, &filter).await?;
    let region = visit.app.region();
    html(&ListPage {
        shell: visit.shell("Hồ sơ đánh giá sản phẩm"),
        units: list.rows.iter().map(|row| row.dossier.unit_id.as_deref().map(|unit| region.label(unit)).unwrap_or_default()).collect(),
        tabs: store::counts(&mut tx, &scope).await?,
        today: visit.app.clock().today(),
        may_begin: visit.actor.is(Voice::Business) && visit.actor.confirmed,
        state,
        ask,
        list,
    })
}

#[derive(Template)]
#[template(path = "dossier/new.html")]
struct NewPage {
    shell: Shell,
    form: Form,
    products: Vec<Choice>,
    sets: Vec<Choice>,
    kinds: Vec<Choice>,
}

async fn new_page(visit: &Visit, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let filter = product::list::Filter { producer: visit.actor.body_id().map(str::to_owned), size: 200, ..Default::default() };
    let own = product::list::page(&mut tx, &filter, &visit.actor.scope(), None).await?;
    let mut products = vec![(String::new(), "Chọn sản phẩm".to_owned())];
    products.extend(own.rows.into_iter().map(|row| (row.id, row.name)));
    let mut sets = vec![(String::new(), "Theo bộ đã ghi của sản phẩm".to_owned())];
    let known = group::sets_on(today).filter(|set| books::of(&set.id).is_some());
    sets.extend(known.map(|set| (set.id.clone(), format!("{}. {}", set.number.unwrap_or_default(), set.name))));
    let kinds = Kind::ALL.into_iter().map(|kind| (kind.word().to_owned(), kind.name().to_owned())).collect();
    let page = NewPage { shell: visit.shell("Lập hồ sơ đánh giá"), products, sets, kinds, form };
    if page.form.errors.is_empty() { html(&page) } else { page.form.answer(&page) }
}

async fn new_form(visit: Visit) -> Result<Response> {
    let fields = Fields::new([("product".to_owned(), visit.query.get("product").to_owned())]);
    new_page(&visit, Form::with(fields, Errors::default(), Tongue::Vi)).await
}

/// The set under which a product is marked today: the one that is recorded, or the one into which that went.
fn set_of(product: &Product, today: NaiveDate) -> Option<&'static group::Set> {
    let recorded = group::set(&product.set_id).or_else(|| group::read_set(&product.set_name, today))?;
    if recorded.to.is_none_or(|to| today < to) { Some(recorded) } else { recorded.today() }
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut errors = Errors::default();
    let kind = Kind::read(fields.get("kind"));
    if kind.is_none() {
        errors.add("kind", both("Hãy chọn loại hồ sơ.", "Choose the kind of dossier."));
    }
    let mut tx = once::begin(&visit, &fields).await?;
    let product = match fields.some("product") {
        Some(id) => product::store::find(&mut tx, id)
            .await?
            .filter(|product| product.producer_id.as_deref().is_some_and(|producer| model::may_prepare(&visit.actor, producer))),
        None => None,
    };
    if product.is_none() {
        errors.add("product", both("Hãy chọn một sản phẩm của đơn vị mình.", "Choose a product of your own."));
    }
    let set = match (fields.some("set"), &product) {
        (Some(id), _) => group::sets_on(today).find(|set| set.id == id),
        (None, Some(product)) => set_of(product, today),
        _ => None,
    };
    let sheet = set.and_then(|set| books::of(&set.id));
    if product.is_some() && sheet.is_none() {
        errors.add(
            "set",
            both("Chưa rõ sản phẩm thuộc bộ nào hiện nay; hãy chọn bộ sản phẩm.", "The product set of today is not clear; choose it."),
        );
    }
    if let (Some(kind), Some(product)) = (kind, &product) {
        let certificates = product::store::certificates(&mut tx, &product.id).await?;
        match model::filing(kind, &certificates, today) {
            // before its time it is prepared, not sent
            Ok(_) => {}
            Err(refusal) if refusal.code == "too-early" => {}
            Err(refusal) => errors.refuse("kind", &refusal),
        }
    }
    let (Some(kind), Some(product), Some(sheet), true) = (kind, product, sheet, errors.is_empty()) else {
        drop(tx);
        return new_page(&visit, Form::with(fields, errors, Tongue::Vi)).await;
    };
    if let Some(running) = store::running(&mut tx, &product.id).await? {
        return Ok(go(&format!("/ho-so-danh-gia/{}", running.id), "dossier_runs"));
    }
    let producer = product.producer_id.clone().unwrap_or_default();
    let body = party::store::find(&mut tx, &producer).await?;
    let marks = Marks::default();
    let outcome = mark::outcome(sheet, &marks, &[]);
    let dossier = Dossier {
        id: new_id(),
        unit_id: unit_of(&visit, &product, body.as_ref(), today),
        product_id: product.id.clone(),
        producer_id: producer,
        kind,
        sheet: sheet.set.clone(),
        sheet_digest: books::wording(&sheet.set).to_owned(),
        state: State::Draft,
        state_since: today,
        marks: serde_json::to_string(&marks).unwrap_or_default(),
        news: String::new(),
        points: 0,
        star: 0,
        answered: 0,
        asked: outcome.asked as i64,
        sent_on: None,
        due_on: None,
        receipt: String::new(),
        digest: String::new(),
        reason: String::new(),
        findings: String::new(),
        report_no: String::new(),
        reported_on: None,
        once: Some(product.id.clone()),
        version: 1,
        created_by: visit.actor.journal_id().to_owned(),
        created_at: now,
        updated_at: now,
    };
    if !store::add(&mut tx, &dossier).await? {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"set": {"kind": kind.word(), "sheet": dossier.sheet, "product": product.id}});
    Note::of("begin_dossier", ("dossier", &dossier.id), detail).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, go(&format!("/ho-so-danh-gia/{}", dossier.id), "begin_dossier")).await
}

/// The commune of today where a product's maker is: that of the product, else that of the body.
fn unit_of(visit: &Visit, product: &Product, body: Option<&Body>, today: NaiveDate) -> Option<String> {
    let of_body = || {
        body.and_then(|body| body.unit_id.as_deref()).and_then(|unit| match visit.app.region().today(unit, None, today) {
            region::Today::Known(unit) => Some(unit),
            region::Today::Unclear(_) => None,
        })
    };
    product.unit_today.clone().or_else(of_body)
}

/// A group of a sheet as a task: its heading, how far it is, its lines.
pub(super) struct Task {
    top: &'static Criterion,
    lines: Vec<Line>,
    answered: usize,
    asked: usize,
    points: i64,
}

/// A line that is marked.
pub(super) struct Line {
    criterion: &'static Criterion,
    points: Option<i64>,
    applies: bool,
    proofs: usize,
    said: bool,
}

#[derive(Template)]
#[template(path = "dossier/show.html")]
struct ShowPage {
    shell: Shell,
    form: Form,
    dossier: Dossier,
    product: Product,
    producer: String,
    unit: String,
    sheet: &'static Sheet,
    standing: Standing,
    outcome: Outcome<'static>,
    tasks: Vec<Task>,
    next: i64,
    lacks: i64,
    needs: Vec<Minimum<'static>>,
    gains: Vec<Gain<'static>>,
    missing: Vec<String>,
    case: String,
    told: String,
    faults: Vec<(String, String)>,
    sister: Option<String>,
    commune: Option<super::commune::Part>,
    history: Vec<journal::Entry>,
    talk: talk::Card,
    may_write: bool,
    today: NaiveDate,
}

impl ShowPage {
    /// Why the marking ended, in a sentence.
    fn ended(&self) -> String {
        match &self.outcome.ended {
            None => String::new(),
            Some(End::Found(ground)) => ground.knock_out.vi.clone(),
            Some(End::Zero(line)) => format!("mục {} được 0 điểm", line.no),
        }
    }

    /// The box for what the commune found on a content.
    fn content(&self, content: &rule::Content) -> Field {
        self.form.area(&format!("check-{}", content.id), &content.vi).required().with("rows", "2")
    }

    fn cases(&self) -> Vec<Choice> {
        self.sheet.cases().into_iter().map(|(id, name)| (id.to_owned(), name.to_owned())).collect()
    }

    /// The first line without an answer, else the first.
    fn begin(&self) -> &'static str {
        let open = self.tasks.iter().flat_map(|task| &task.lines).find(|line| line.applies && line.points.is_none());
        open.map_or_else(|| self.sheet.asked().next().map_or("", |line| line.no.as_str()), |line| line.criterion.no.as_str())
    }
}

/// The tasks of a sheet, with what was answered.
fn tasks(sheet: &'static Sheet, marks: &Marks, proofs: &BTreeMap<String, usize>, said: &BTreeMap<String, String>) -> Vec<Task> {
    sheet
        .tops()
        .map(|top| {
            let lines: Vec<Line> = sheet
                .under(top)
                .filter(|line| line.is_asked())
                .map(|criterion| Line {
                    criterion,
                    points: mark::chosen(marks, criterion).map(|answer| answer.points),
                    applies: mark::applies(marks, criterion),
                    proofs: proofs.get(&criterion.no).copied().unwrap_or_default(),
                    said: said.contains_key(&criterion.no),
                })
                .collect();
            let asked: Vec<&Line> = lines.iter().filter(|line| line.applies).collect();
            Task {
                top,
                answered: asked.iter().filter(|line| line.points.is_some()).count(),
                asked: asked.len(),
                points: asked.iter().filter_map(|line| line.points).sum(),
                lines,
            }
        })
        .collect()
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    page(&visit, &id, Form::new(visit.lang)).await
}

/// Gains that are named.
const GAINS: usize = 5;

/// The page of a dossier, with what was typed into one of its forms.
pub(super) async fn page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let dossier = load(&mut tx, visit, id).await?;
    let sheet = sheet_of(&dossier)?;
    let product = product::store::find(&mut tx, &dossier.product_id).await?.ok_or_else(Refusal::not_found)?;
    let producer = party::store::find(&mut tx, &dossier.producer_id).await?.map(|body| body.name).unwrap_or_default();
    let marks = dossier.answers();
    let bands = bands(&dossier, today);
    let outcome = mark::outcome(sheet, &marks, &bands);
    let next = (outcome.star + 1).clamp(3, bands.len() as i64);
    let proofs = store::proofs(&mut tx, id).await?;
    let words = store::words(&mut tx, id).await?;
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for proof in &proofs {
        *counted.entry(proof.no.clone()).or_default() += 1;
    }
    let faults = proofs
        .iter()
        .filter_map(|proof| proof.evidence.fault(today).map(|fault| (proof.no.clone(), format!("{} {fault}", proof.evidence.title))))
        .collect();
    let may_write = model::may_prepare(&visit.actor, &dossier.producer_id) && dossier.is_open();
    let certificates = product::store::certificates(&mut tx, &product.id).await?;
    let told = match model::filing(dossier.kind, &certificates, today) {
        Ok(told) => told.map(|both| both.get(Tongue::Vi).to_owned()).unwrap_or_default(),
        Err(refusal) => refusal.what.get(Tongue::Vi).to_owned(),
    };
    let sister = match may_write && dossier.answered == 0 {
        true => match store::sister(&mut tx, &dossier.producer_id, &dossier.sheet, &dossier.id).await? {
            Some(sister) => product::store::find(&mut tx, &sister.product_id).await?.map(|product| product.name),
            None => None,
        },
        false => None,
    };
    let page = ShowPage {
        tasks: tasks(sheet, &marks, &counted, &words),
        lacks: (bands.get(next as usize - 1).copied().unwrap_or_default() - outcome.points).max(0),
        needs: mark::needs(sheet, &marks, next),
        gains: mark::gains(sheet, &marks).into_iter().take(GAINS).collect(),
        missing: dossier.missing(sheet),
        case: marks.case.clone(),
        unit: dossier.unit_id.as_deref().map(|unit| visit.app.region().label(unit)).unwrap_or_default(),
        standing: standing(&mut tx, sheet).await?,
        commune: super::commune::part(&mut tx, visit, &dossier, &proofs, &words).await?,
        history: journal::history(&mut tx, "dossier", id, i64::MAX, 30).await?,
        talk: talk::card(&mut tx, visit, thing_of(&dossier, &product)).await?,
        shell: visit.shell(&format!("Hồ sơ đánh giá: {}", product.name)),
        producer,
        sheet,
        outcome,
        next,
        told,
        faults,
        sister,
        may_write,
        today,
        product,
        dossier,
        form,
    };
    if page.form.errors.is_empty() { html(&page) } else { page.form.answer(&page) }
}

/// Saves a step of a dossier with its line in the journal.
pub(super) async fn save(
    tx: &mut Tx,
    visit: &Visit,
    before: &Dossier,
    after: &Dossier,
    verb: &'static str,
    detail: serde_json::Value,
) -> Result<()> {
    let now = visit.app.clock().now();
    if store::save(tx, after, before.version, now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of(verb, ("dossier", &after.id), detail).by(tx, now, &visit.actor).await?;
    Ok(())
}

/// A refusal that is told at a field of the page; anything else goes on as it is.
pub(super) fn at_field(error: Error, errors: &mut Errors, field: &str) -> Result<()> {
    match error {
        Error::Refused(refusal) if refusal.code != "stale" => {
            errors.refuse(field.to_owned(), &refusal);
            Ok(())
        }
        error => Err(error),
    }
}
