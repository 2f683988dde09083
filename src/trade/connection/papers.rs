//! Papers of each product that a point sells: certificate, stamp, label and what else the law or an administrator names.
//! What the register of products knows is read from there.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::Path;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};

use crate::access::papers;
use crate::access::{Act, Need, Routes, Voice};
use crate::db::{DbResult, Tx};
use crate::error::{Error, Refusal, Result, both};
use crate::file::{self, Paper};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, html, once};
use crate::point::{self, Point, Step};
use crate::product::{self, Product};
use crate::text::{Tongue, date_vi};
use crate::typed::day;
use crate::{clock, execute, fetch_all, words};

/// What papers of products at a point are attached to.
pub const PAPER: &str = "product_paper";

const KEEPERS: Need = Need::May(Act::ActInConnections);
const ADMIN: Need = Need::May(Act::KeepSettings);
const LINE: usize = 300;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/ho-so/{id}/giay-to", Need::Rows, show)
        .post_files("/ho-so/{id}/giay-to/{product}", KEEPERS, save)
        .post("/ho-so/{id}/giay-to/tep/bo", KEEPERS, drop_file)
        .get("/giay-to-san-pham", ADMIN, async |visit: Visit| kinds_page(&visit, Form::new(Tongue::Vi)).await)
        .post("/giay-to-san-pham", ADMIN, add_kind)
}

words! {
    /// How a paper stands.
    enum State {
        Lacking = "lacking" / "Thiếu",
        Have = "have" / "Có",
        NotNeeded = "not_needed" / "Không cần",
    }
}

impl State {
    fn tone(self) -> &'static str {
        match self {
            State::Have => "ok",
            State::Lacking => "warn",
            State::NotNeeded => "quiet",
        }
    }
}

/// A kind of paper, of the law or of an administrator.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Kind {
    id: String,
    text: String,
    /// Where it comes from.
    source: String,
    #[sqlx(skip)]
    is_required: bool,
    #[sqlx(skip)]
    is_registered: bool,
}

/// What somebody wrote down of a paper.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Row {
    product_id: String,
    kind: String,
    state: String,
    paper_on: Option<NaiveDate>,
    note: String,
    noted_at: DateTime<Utc>,
}

/// A paper on the page.
struct Cell {
    kind: Kind,
    state: State,
    paper_on: Option<NaiveDate>,
    note: String,
    /// Read from the register of products.
    is_known: bool,
    papers: Vec<Paper>,
}

impl Cell {
    /// Tone and word of its chip: of what is asked for only where there is one, nothing lacks.
    fn chip(&self) -> (&'static str, &'static str) {
        if self.state == State::Lacking && !self.kind.is_required { ("quiet", "chưa ghi") } else { (self.state.tone(), self.state.name()) }
    }

    fn lacks(&self) -> bool {
        self.kind.is_required && self.state == State::Lacking
    }
}

struct Line {
    product: Product,
    seen: String,
    cells: Vec<Cell>,
}

impl Line {
    fn lacking(&self) -> String {
        self.cells.iter().filter(|cell| cell.lacks()).map(|cell| cell.kind.text.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Products of a point with what lacks, for its record.
#[derive(Template)]
#[template(path = "connection/papers_card.html")]
pub struct Card {
    point_id: String,
    products: usize,
    lacking: Vec<(String, String)>,
}

impl HtmlSafe for Card {}

/// Most products of a point that are looked at.
const MOST: i64 = 300;

/// The card of a point; none where it sells nothing yet.
pub async fn card(tx: &mut Tx, visit: &Visit, point: &Point) -> Result<Option<Card>> {
    let lines = lines(tx, visit, &point.id).await?;
    let lacking = lines.iter().filter(|line| !line.lacking().is_empty()).map(|line| (line.product.name.clone(), line.lacking())).collect();
    Ok((!lines.is_empty()).then(|| Card { point_id: point.id.clone(), products: lines.len(), lacking }))
}

async fn added(tx: &mut Tx) -> DbResult<Vec<Kind>> {
    fetch_all!(tx, Kind, "select id, text, source from product_paper_kind order by id limit 60")
}

async fn kinds(tx: &mut Tx, visit: &Visit) -> Result<Vec<Kind>> {
    let numbers: Vec<(String, String)> =
        crate::rule::store::instruments(tx).await?.into_iter().map(|paper| (paper.id, paper.number)).collect();
    let number = |id: &str| numbers.iter().find(|(known, _)| known == id).map_or(String::new(), |(_, number)| crate::rule::plain(number));
    let mut kinds: Vec<Kind> = visit
        .app
        .checklist()
        .product_paper
        .iter()
        .map(|kind| Kind {
            id: kind.id.clone(),
            text: kind.text.clone(),
            source: [number(&kind.instrument), kind.clause.clone(), kind.note.clone()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(". "),
            is_required: kind.required,
            is_registered: kind.from == "certificate",
        })
        .collect();
    kinds.extend(added(tx).await?.into_iter().map(|kind| Kind { is_required: true, ..kind }));
    Ok(kinds)
}

async fn lines(tx: &mut Tx, visit: &Visit, point_id: &str) -> Result<Vec<Line>> {
    let today = visit.app.clock().today();
    let ids = fetch_all!(
        tx,
        (String,),
        "select distinct product_id from connection where point_id = $1 and stage <> 'ended' order by product_id limit $2",
        point_id,
        MOST
    )?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = ids.iter().map(|(id,)| id.as_str()).collect();
    let kinds = kinds(tx, visit).await?;
    let rows =
        fetch_all!(tx, Row, "select product_id, kind, state, paper_on, note, noted_at from product_paper where point_id = $1", point_id)?;
    let papers = papers::within(tx, PAPER, point_id, "").await?;
    let mut certificates = product::store::certificates_of(tx, &ids).await?;
    let mut products = product::store::by_ids(tx, &ids).await?;
    products.sort_by(|a, b| (&a.sort, &a.id).cmp(&(&b.sort, &b.id)));
    Ok(products
        .into_iter()
        .map(|product| {
            let own: Vec<&Row> = rows.iter().filter(|row| row.product_id == product.id).collect();
            let certificates = certificates.remove(&product.id).unwrap_or_default();
            let live = certificates.iter().rev().find(|certificate| certificate.state(today) == product::State::Live);
            let cells = kinds
                .iter()
                .map(|kind| {
                    let row = own.iter().find(|row| row.kind == kind.id);
                    let mut cell = Cell {
                        state: row.and_then(|row| State::read(&row.state)).unwrap_or(State::Lacking),
                        paper_on: row.and_then(|row| row.paper_on),
                        note: row.map(|row| row.note.clone()).unwrap_or_default(),
                        is_known: false,
                        papers: papers.iter().filter(|paper| paper.field == format!("{}/{}", product.id, kind.id)).cloned().collect(),
                        kind: kind.clone(),
                    };
                    if let Some(certificate) = live.filter(|_| kind.is_registered) {
                        let number = certificate.number.as_deref().filter(|number| !number.is_empty()).unwrap_or(&certificate.decision_no);
                        (cell.state, cell.is_known, cell.paper_on) = (State::Have, true, certificate.decided_on);
                        cell.note = format!("{number}, {} sao, đến {}", certificate.stars, date_vi(certificate.last_day()));
                    }
                    cell
                })
                .collect();
            Line { seen: seen(&own), product, cells }
        })
        .collect())
}

/// When the papers of a product were last written down, as its form was made.
fn seen(rows: &[&Row]) -> String {
    rows.iter().map(|row| row.noted_at).max().map(|at| at.timestamp_millis().to_string()).unwrap_or_default()
}

/// Whether this caller writes papers of products down.
fn may_keep(visit: &Visit, point: &Point) -> bool {
    let actor = &visit.actor;
    let own = actor.is(Voice::Business) && actor.confirmed && actor.body_id().is_some() && actor.body_id() == point.operator_id.as_deref();
    (own || Step::Prepare.may(actor))
        && matches!(point.state, point::State::Selected | point::State::Preparing | point::State::Operating | point::State::Suspended)
}

#[derive(Template)]
#[template(path = "connection/papers.html")]
struct ShowPage {
    shell: Shell,
    point: Point,
    lines: Vec<Line>,
    kinds: Vec<Kind>,
    states: Vec<Choice>,
    form: Form,
    part: String,
    may_keep: bool,
    may_propose: bool,
}

impl ShowPage {
    fn field(&self, name: &str, product: &str, kind: &str) -> String {
        format!("{name}-{product}-{kind}")
    }

    fn lacking(&self) -> usize {
        self.lines.iter().flat_map(|line| &line.cells).filter(|cell| cell.lacks()).count()
    }

    fn short(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| !line.lacking().is_empty())
    }
}

async fn page(visit: &Visit, id: &str, typed: Option<(Fields, Errors)>, part: &str) -> Result<ShowPage> {
    let mut tx = visit.app.db().read().await?;
    let point = point::load(&mut tx, visit, id).await?;
    let lines = lines(&mut tx, visit, id).await?;
    let kinds = kinds(&mut tx, visit).await?;
    let (sent, errors) = typed.unwrap_or_default();
    let mut fields = Fields::default();
    for (line, cell) in lines.iter().flat_map(|line| line.cells.iter().map(move |cell| (line, cell))) {
        let name = |name: &str| format!("{name}-{}-{}", line.product.id, cell.kind.id);
        fields.set(&name("state"), cell.state.word());
        fields.set(&name("day"), cell.paper_on.map(date_vi).unwrap_or_default());
        fields.set(&name("note"), cell.note.clone());
    }
    for (name, value) in sent.pairs() {
        fields.set(name, value.clone());
    }
    Ok(ShowPage {
        shell: visit.shell(&format!("Giấy tờ sản phẩm: {}", point.name)),
        may_keep: may_keep(visit, &point),
        may_propose: super::pages::may_propose(visit) && super::model::takes_goods(point.state).is_ok(),
        states: State::ALL.into_iter().map(|state| (state.word().to_owned(), state.name().to_owned())).collect(),
        form: Form::with(fields, errors, Tongue::Vi),
        part: part.to_owned(),
        point,
        lines,
        kinds,
    })
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    html(&page(&visit, &id, None, visit.query.get("sp")).await?)
}

async fn again(visit: &Visit, id: &str, product: &str, fields: Fields, errors: Errors) -> Result<Response> {
    let page = page(visit, id, Some((fields, errors)), product).await?;
    page.form.answer(&page)
}

/// The papers of one product, in one save.
async fn save(visit: Visit, Path((id, product)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let (fields, files) = (sent.fields, sent.files);
    let mut tx = visit.app.db().read().await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    if !may_keep(&visit, &point) {
        return Err(Refusal::forbidden().into());
    }
    let line = lines(&mut tx, &visit, &id).await?.into_iter().find(|line| line.product.id == product).ok_or_else(Refusal::not_found)?;
    drop(tx);
    let mut errors = Errors::default();
    let mut read = Vec::new();
    for cell in &line.cells {
        let name = |name: &str| format!("{name}-{product}-{}", cell.kind.id);
        let state = State::read(fields.get(&name("state"))).unwrap_or(cell.state);
        let paper_on = errors.take(&name("day"), day(fields.get(&name("day")))).flatten();
        if paper_on.is_some_and(|day| day > today) {
            errors.add(
                name("day"),
                both("Ngày của giấy ở tương lai; hãy kiểm tra lại.", "The day on the paper lies in the future; check it."),
            );
        }
        let note = fields.get(&name("note")).to_owned();
        errors.within(name("note"), &note, LINE);
        if state == State::NotNeeded && note.is_empty() {
            errors.add(name("note"), both("Hãy ghi vì sao không cần giấy này.", "State why this paper is not needed."));
        }
        read.push((cell, state, paper_on, note));
    }
    let mut kept = Vec::new();
    if errors.is_empty() {
        for (field, name, upload) in files {
            let Some(cell) = line.cells.iter().find(|cell| field == format!("file-{product}-{}", cell.kind.id)) else { continue };
            match visit.app.files().keep_paper(&name, upload).await {
                Ok(paper) => kept.push((cell.kind.id.clone(), cell.kind.text.clone(), paper)),
                Err(Error::Refused(refusal)) => errors.add(field, refusal.what),
                Err(error) => return Err(error),
            }
        }
    }
    if !errors.is_empty() {
        return again(&visit, &id, &product, fields, errors).await;
    }
    let mut tx = visit.app.db().write().await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    if !may_keep(&visit, &point) {
        return Err(Refusal::forbidden().into());
    }
    let rows = fetch_all!(
        &mut tx,
        Row,
        "select product_id, kind, state, paper_on, note, noted_at from product_paper where point_id = $1 and product_id = $2",
        &id,
        &product
    )?;
    if seen(&rows.iter().collect::<Vec<_>>()) != fields.get("seen") {
        drop(tx);
        let text = both(
            "Người khác vừa ghi giấy tờ của sản phẩm này. Nội dung bạn nhập vẫn còn: hãy xem lại rồi gửi lại.",
            "Somebody else has just written down papers of this product. What you typed is kept: look again and send again.",
        );
        errors.add(format!("state-{product}-{}", line.cells.first().map_or("", |cell| cell.kind.id.as_str())), text);
        return again(&visit, &id, &product, fields, errors).await;
    }
    let mut words = Vec::new();
    for (cell, state, paper_on, note) in read {
        let has_file = kept.iter().any(|(kind, ..)| *kind == cell.kind.id);
        // what somebody attaches is there
        let state = if has_file && state == State::Lacking { State::Have } else { state };
        let is_same = state == cell.state && paper_on == cell.paper_on && note == cell.note;
        let is_added = has_file && !cell.is_known;
        if is_same && !is_added {
            continue;
        }
        execute!(
            &mut tx,
            "insert into product_paper (point_id, product_id, kind, state, paper_on, note, noted_by, noted_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (point_id, product_id, kind) do update set state = excluded.state, paper_on = excluded.paper_on, note = excluded.note, noted_by = excluded.noted_by, noted_at = excluded.noted_at",
            &id,
            &product,
            &cell.kind.id,
            state.word(),
            paper_on,
            note,
            visit.actor.journal_id(),
            now
        )?;
        words.push(format!("{}: {}", cell.kind.text, state.name().to_lowercase()));
    }
    for (kind, text, paper) in &kept {
        let field = format!("{product}/{kind}");
        let caption = format!("{text}, {}", line.product.name);
        let place = file::Place { kind: PAPER, id: &id, field: &field, caption: &caption, position: None, is_public: false };
        file::add(&mut tx, now, paper, place, visit.actor.journal_id()).await?;
    }
    if !words.is_empty() || !kept.is_empty() {
        let note =
            format!("{}: {}", line.product.name, if words.is_empty() { format!("thêm {} tệp", kept.len()) } else { words.join("; ") });
        let detail = serde_json::json!({"product": product, "note": note, "files": kept.iter().map(|(kind, _, paper)| format!("{kind}:{}", paper.digest)).collect::<Vec<_>>()});
        Note::of("product_papers", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    }
    tx.commit().await?;
    Ok(go(&format!("/ho-so/{id}/giay-to?sp={product}"), "da-luu"))
}

/// Takes a file of a product's papers back.
async fn drop_file(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let mut tx = visit.app.db().write().await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    if !may_keep(&visit, &point) {
        return Err(Refusal::forbidden().into());
    }
    let paper = papers::find(&mut tx, sent.fields.get("file"))
        .await?
        .filter(|paper| paper.subject_kind == PAPER && paper.subject_id == id)
        .ok_or_else(Refusal::not_found)?;
    file::remove(&mut tx, &paper).await?;
    Note::of("remove_file", ("point", &id), paper.detail())
        .aside(&[("file", paper.name.as_str())])
        .by(&mut tx, visit.app.clock().now(), &visit.actor)
        .await?;
    tx.commit().await?;
    visit.app.files().forget(&paper).await?;
    let product = paper.field.split('/').next().unwrap_or_default();
    Ok(go(&format!("/ho-so/{id}/giay-to?sp={product}"), "da-bo-tep"))
}

#[derive(Template)]
#[template(path = "connection/paper_kinds.html")]
struct KindsPage {
    shell: Shell,
    kinds: Vec<Kind>,
    form: Form,
}

async fn kinds_page(visit: &Visit, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let page = KindsPage { shell: visit.shell("Loại giấy tờ của sản phẩm"), kinds: kinds(&mut tx, visit).await?, form };
    page.form.answer(&page)
}

/// An administrator adds a kind of paper, with its source.
async fn add_kind(visit: Visit, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let fields = sent.fields;
    let mut errors = Errors::default();
    for (name, vi, en) in [
        ("paper_kind", "Hãy ghi tên loại giấy tờ.", "Name the kind of paper."),
        ("paper_basis", "Hãy ghi văn bản yêu cầu giấy này.", "State the instrument that asks for it."),
    ] {
        if fields.get(name).is_empty() || fields.get(name).chars().count() > LINE {
            errors.add(name, both(format!("{vi} Tối đa {LINE} ký tự."), format!("{en} At most {LINE} characters.")));
        }
    }
    if !errors.is_empty() {
        return kinds_page(&visit, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let mut tx = once::begin(&visit, &fields).await?;
    let id = clock::new_id();
    execute!(
        &mut tx,
        "insert into product_paper_kind (id, text, source, created_by, created_at) values ($1, $2, $3, $4, $5)",
        &id,
        fields.get("paper_kind"),
        fields.get("paper_basis"),
        visit.actor.journal_id(),
        now
    )?;
    let detail = serde_json::json!({"note": fields.get("paper_kind"), "source": fields.get("paper_basis")});
    Note::of("add_paper_kind", ("setting", &id), detail).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, go("/giay-to-san-pham", "da-luu")).await
}
