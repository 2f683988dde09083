//! The list of dossiers, a new one, one as a whole.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Dossier, Kind, State};
use super::rule;
use super::sample::{self, Sample, Step};
use super::store::{self, Filter, Row};
use crate::access::{Act, Need, Routes, Voice};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::{self, Note};
use crate::page::{Ask, Choice, Errors, Field, Fields, Form, Rows, Shell, Visit, html};
use crate::party;
use crate::product::{self, Product, scale};
use crate::scoring::mark::{self, End, Gain, Marks, Need as Minimum, Outcome};
use crate::scoring::sheet::{Criterion, Sheet};
use crate::scoring::{self, Standing, standing};
use crate::talk;
use crate::text::Tongue;

/// Who reads dossiers at all; rows narrow it.
pub const READERS: Need = Need::May(Act::ReadDossiers);
/// Who prepares them.
pub const WRITERS: Need = Need::May(Act::PrepareDossiers);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ho-so-danh-gia", READERS, list).get("/ho-so-danh-gia/{id}", READERS, show)
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

/// The sheet that a dossier answers: while its producer writes, the one that its set has now; later the very wording it was sent by.
pub async fn sheet_of(tx: &mut Tx, dossier: &Dossier) -> Result<&'static Sheet> {
    let sent_by = if dossier.is_open() { None } else { scoring::store::worded(tx, &dossier.sheet_digest).await? };
    let sheet = match sent_by {
        Some(sheet) => Some(sheet),
        None => scoring::store::sheet(tx, &dossier.sheet).await?,
    };
    sheet.ok_or_else(|| {
        Refusal::rule(
            "no-sheet",
            both("Hệ thống không còn phiếu của hồ sơ này.", "The sheet of this dossier is not known any more."),
            both("Hãy báo quản trị; câu trả lời vẫn được giữ.", "Tell an administrator; the answers are kept."),
        )
        .into()
    })
}

/// The lowest totals of one, two, … stars by which a dossier is judged.
pub fn bands(sheet: &Sheet, today: NaiveDate) -> Vec<i64> {
    let scale = scale::all().iter().find(|scale| scale.instrument == sheet.instrument).or_else(|| scale::on(today));
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
    /// The dossier of before, where this one follows another grading.
    former: Option<Former>,
    /// What was decided on it.
    fate: Option<store::Fate>,
    samples: Vec<Sample>,
    /// Units that the law asks for, with the clause.
    units: Option<(i64, &'static str)>,
    /// Whether the reader has the case.
    has_case: bool,
    faults: Vec<(String, String)>,
    sister: Option<String>,
    commune: Option<super::commune::Part>,
    /// Lines of the journal; how often the same was done one after the other.
    history: Vec<(journal::Entry, usize)>,
    talk: talk::Card,
    may_write: bool,
    /// Whether the reader may read who represents the producer.
    reads_person: bool,
    /// Whether the papers are Mẫu 01, 02, 03.
    has_forms: bool,
    today: NaiveDate,
}

impl ShowPage {
    /// Whether the reader does the receiver's part now.
    fn checks_now(&self) -> bool {
        self.commune.as_ref().is_some_and(|part| part.may_check)
    }

    /// Whether a sample or test that was asked for is not finished.
    fn waits_for_samples(&self) -> bool {
        self.samples.iter().any(|sample| sample.step() != Step::Done)
    }

    /// The name of the state; while it waits, for whom.
    fn state_name(&self) -> &'static str {
        let receiver = self.dossier.sent_on.and_then(rule::receiver).map(|rule| rule.level);
        match (self.dossier.state, receiver) {
            (State::Sent, Some(crate::region::Level::District)) => "Chờ UBND cấp huyện",
            (state, _) => state.name(),
        }
    }

    fn sample_kinds(&self) -> Vec<Choice> {
        sample::Kind::ALL.into_iter().map(|kind| (kind.word().to_owned(), kind.name().to_owned())).collect()
    }

    /// Whether the form of a sample was refused.
    fn is_wrong(&self, sample: &Sample) -> bool {
        ["on", "words", "result"].iter().any(|name| !self.form.error(&format!("{name}-{}", sample.id)).is_empty())
    }

    /// Whether asking for a sample was refused.
    fn asks_wrong(&self) -> bool {
        ["sample_kind", "what", "quantity", "sample_due"].iter().any(|name| !self.form.error(name).is_empty())
    }

    /// What the next step of a sample asks.
    fn fields_of(&self, sample: &Sample) -> Vec<Field> {
        let name = |field: &str| format!("{field}-{}", sample.id);
        let on = |label: &str| self.form.date(&name("on"), label).required();
        let words = |label: &str| self.form.text(&name("words"), label).limit(500);
        match sample.step() {
            Step::Take => vec![on("Ngày lấy mẫu")],
            Step::Send => vec![on("Ngày gửi"), words("Nơi kiểm nghiệm").required()],
            Step::Result => {
                let results = [("pass", "Đạt"), ("fail", "Không đạt")].map(|(word, name)| (word.to_owned(), name.to_owned())).to_vec();
                vec![self.form.radios(&name("result"), "Kết quả", results).required(), on("Ngày có kết quả"), words("Số phiếu, ghi chú")]
            }
            Step::Follow => vec![words("Đã xử lý thế nào").required()],
            Step::Done => Vec::new(),
        }
    }

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

/// The grading before, and what is other now.
pub(super) struct Former {
    dossier: Dossier,
    /// What changed, line by line; none where it was marked by another sheet, whose lines are no match.
    changes: Option<Vec<mark::Change<'static>>>,
}

/// The latest dossier of the same product that went further than its producer, compared with this one.
async fn former(tx: &mut Tx, dossier: &Dossier, sheet: &'static Sheet) -> Result<Option<Former>> {
    let Some(before) = store::former(tx, &dossier.product_id, &dossier.id).await? else { return Ok(None) };
    let changes = match sheet_of(tx, &before).await {
        Ok(known) if known.set == sheet.set => Some(mark::changes(known, &before.answers(), sheet, &dossier.answers())),
        _ => None,
    };
    Ok(Some(Former { dossier: before, changes }))
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
    let sheet = sheet_of(&mut tx, &dossier).await?;
    let product = product::store::find(&mut tx, &dossier.product_id).await?.ok_or_else(Refusal::not_found)?;
    let producer = party::store::find(&mut tx, &dossier.producer_id).await?.map(|body| body.name).unwrap_or_default();
    let marks = dossier.answers();
    let bands = bands(sheet, today);
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
    let form = if form.errors.is_empty() { drafted(&dossier) } else { form };
    let may_write = model::may_prepare(&visit.actor, &dossier.producer_id) && dossier.is_open();
    let certificates = product::store::certificates(&mut tx, &product.id).await?;
    let told = match model::filing(dossier.kind, &certificates, today) {
        Ok(told) => told.map(|both| both.get(Tongue::Vi).to_owned()).unwrap_or_default(),
        Err(refusal) => refusal.what.get(Tongue::Vi).to_owned(),
    };
    let sister = match may_write && dossier.answered == 0 {
        true => match store::source(&mut tx, &dossier).await? {
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
        commune: super::commune::part(&mut tx, visit, &dossier, sheet, &proofs, &words).await?,
        history: gathered(journal::history(&mut tx, "dossier", id, i64::MAX, 60).await?),
        talk: talk::card(&mut tx, visit, thing_of(&dossier, &product)).await?,
        shell: visit.shell(&format!("Hồ sơ đánh giá: {}", product.name)),
        former: match dossier.kind {
            Kind::First => None,
            _ => former(&mut tx, &dossier, sheet).await?,
        },
        fate: store::fate(&mut tx, id).await?,
        samples: sample::of(&mut tx, id).await?,
        units: sample::units(&dossier, &product, today),
        has_case: model::has_case(&visit.actor, &dossier),
        reads_person: super::person::may_read(&visit.actor, &dossier),
        has_forms: rule::of(&dossier, today).is_some_and(|rule| rule.forms),
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

/// The form of the receiver with what it wrote so far.
fn drafted(dossier: &Dossier) -> Form {
    let findings = dossier.found();
    let mut fields = Fields::default();
    for (id, words) in findings.checks {
        fields.set(&format!("check-{id}"), words);
    }
    fields.set("proposal", findings.proposal);
    fields.set("met_on", findings.met_on.map(crate::text::date_vi).unwrap_or_default());
    Form::with(fields, Errors::default(), Tongue::Vi)
}

/// Lines that say the same of the same person one after the other, counted.
fn gathered(history: Vec<journal::Entry>) -> Vec<(journal::Entry, usize)> {
    let mut lines: Vec<(journal::Entry, usize)> = Vec::new();
    for line in history {
        match lines.last_mut() {
            Some((last, times)) if last.what() == line.what() && last.why() == line.why() && last.actor_name == line.actor_name => {
                *times += 1
            }
            _ => lines.push((line, 1)),
        }
    }
    lines
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
