//! What stands on the shelves, looked at during a visit: the ledger ticked off on a phone, products met beside it by code or
//! by scanning. What may not stand there becomes a finding when the visit is finished; what was to be taken down and is gone
//! is confirmed by it.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};

use super::form::Typed;
use super::model::Inspection;
use super::plan::PLANNERS;
use super::visit::Desk;
use super::{question, store};
use crate::access::{Need, Routes};
use crate::connection::zone::{Out, may_stand};
use crate::connection::{self, How, shelf};
use crate::db::{DbResult, Tx};
use crate::error::{Result, both};
use crate::journal::Note;
use crate::page::{Errors, Fields, Form, Sent, Shell, Visit, go};
use crate::point::Point;
use crate::product::model::standing;
use crate::product::{self, Product, State};
use crate::text::{Tongue, date_vi};
use crate::{clock, execute, execute_many, fetch_all, setting};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/kiem-tra/{id}/ke", Need::Rows, show).post("/kiem-tra/{id}/ke", PLANNERS, fill)
}

/// Products of one visit; a shelf with more is looked at in parts.
const MOST: usize = 500;

/// What was seen of a product.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Seen {
    /// The product.
    pub product_id: String,
    /// Whether it stood there.
    pub seen: bool,
    /// Whether the ledger had it there that day.
    pub in_ledger: bool,
    /// How it stood that day.
    pub state: State,
    /// Its stars that day.
    pub stars: Option<i64>,
    /// Why it may not stand in the OCOP zone; empty: it may.
    pub fault: String,
    /// Remark.
    pub note: String,
    /// What becomes of goods outside the ledger: `propose`, `finding`, or nothing yet.
    pub course: String,
}

/// A line of the shelf: a product, how it stands on the day, what was seen of it.
#[derive(Clone, Debug)]
pub struct Line {
    /// The product.
    pub product: Product,
    /// Whether the ledger has it on the shelf that day.
    pub in_ledger: bool,
    /// How it stands that day.
    pub state: State,
    /// Its stars that day.
    pub stars: Option<i64>,
    /// Why it may not stand there.
    pub fault: Option<Out>,
    /// What was seen, if somebody looked.
    pub seen: Option<bool>,
    /// Remark.
    pub note: String,
    /// What becomes of it if it stands there outside the ledger: `propose` or `finding`.
    pub course: String,
}

/// What becomes of goods outside the ledger where the inspector says nothing else.
const PROPOSE: &str = "propose";

impl Line {
    /// Whether it stood there although it may not.
    pub fn is_wrong(&self) -> bool {
        self.seen == Some(true) && self.fault.is_some()
    }

    /// Whether it stood there without a line in the ledger.
    pub fn is_unknown(&self) -> bool {
        self.seen == Some(true) && !self.in_ledger
    }
}

async fn seen_of(tx: &mut Tx, inspection_id: &str) -> DbResult<Vec<Seen>> {
    fetch_all!(
        tx,
        Seen,
        "select product_id, seen, in_ledger, state, stars, fault, note, course from shelf_seen where inspection_id = $1 order by product_id",
        inspection_id
    )
}

/// The shelf of a visit on a day: the ledger of that day and everything that was met, in the order of names.
pub async fn lines(tx: &mut Tx, inspection: &Inspection, day: NaiveDate) -> DbResult<Vec<Line>> {
    let ledger = shelf::ledger_of_point(tx, &inspection.point_id, day).await?;
    let mut seen: HashMap<String, Seen> =
        seen_of(tx, &inspection.id).await?.into_iter().map(|seen| (seen.product_id.clone(), seen)).collect();
    let mut found: Vec<Line> = ledger
        .into_iter()
        .map(|line| {
            let seen = seen.remove(&line.product.id);
            Line {
                in_ledger: true,
                state: line.certificate.as_ref().map_or(State::None, |certificate| certificate.state(day)),
                stars: line.certificate.as_ref().map(|certificate| certificate.stars),
                fault: line.basis.err(),
                seen: seen.as_ref().map(|seen| seen.seen),
                note: seen.map(|seen| seen.note).unwrap_or_default(),
                course: String::new(),
                product: line.product,
            }
        })
        .collect();
    let met: Vec<&str> = seen.keys().map(String::as_str).collect();
    let certificates = product::store::certificates_of(tx, &met).await?;
    let claims = connection::store::claims_of(tx, &met).await?;
    for product in product::store::by_ids(tx, &met).await? {
        let Some(seen) = seen.get(&product.id) else { continue };
        let own = certificates.get(&product.id).map_or(&[][..], Vec::as_slice);
        let stands = standing(own, day);
        found.push(Line {
            // of a visit that is over the ledger of its day counts, whatever was taken off since
            in_ledger: inspection.is_done() && seen.in_ledger,
            state: stands.state,
            stars: stands.certificate.map(|certificate| certificate.stars),
            fault: may_stand(own, claims.get(&product.id).map_or(&[][..], Vec::as_slice), day).err(),
            seen: Some(seen.seen),
            note: seen.note.clone(),
            course: if seen.course.is_empty() { PROPOSE.to_owned() } else { seen.course.clone() },
            product,
        });
    }
    found.sort_by(|a, b| (&a.product.sort, &a.product.id).cmp(&(&b.product.sort, &b.product.id)));
    Ok(found)
}

async fn put(tx: &mut Tx, inspection_id: &str, lines: &[&Line], by: &str, now: DateTime<Utc>) -> DbResult<()> {
    execute_many!(
        tx,
        11,
        "insert into shelf_seen (inspection_id, product_id, seen, in_ledger, state, stars, fault, note, seen_by, seen_at, course) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (inspection_id, product_id) do update set seen = excluded.seen, in_ledger = excluded.in_ledger, state = excluded.state, stars = excluded.stars,
           fault = excluded.fault, note = excluded.note, course = excluded.course, seen_by = excluded.seen_by, seen_at = excluded.seen_at",
        lines,
        |line| [inspection_id, &line.product.id, line.seen == Some(true), line.in_ledger, line.state, line.stars, line.fault.map_or("", Out::word), &line.note, by, now, if line.is_unknown() { line.course.as_str() } else { "" }]
    )
}

async fn forget(tx: &mut Tx, inspection_id: &str, product_id: &str) -> DbResult<u64> {
    execute!(tx, "delete from shelf_seen where inspection_id = $1 and product_id = $2", inspection_id, product_id)
}

/// The product that was typed or scanned: its code, the number of its certificate, or the address of its page.
async fn named(tx: &mut Tx, typed: &str) -> DbResult<Option<Product>> {
    let word = typed.split(['?', '#']).next().unwrap_or(typed).trim_end_matches('/');
    if let Some((_, slug)) = word.rsplit_once("/san-pham/") {
        return product::store::find_by_slug(tx, slug).await;
    }
    if let Some(product) = product::store::find_typed(tx, typed).await? {
        return Ok(Some(product));
    }
    match product::store::certificate_by_number(tx, typed).await? {
        Some(certificate) => product::store::find(tx, &certificate.product_id).await,
        None => Ok(None),
    }
}

#[derive(Template)]
#[template(path = "inspection/shelf.html")]
struct ShelfPage {
    shell: Shell,
    inspection: Inspection,
    point: Point,
    lines: Vec<Line>,
    form: Form,
    day: NaiveDate,
    may_write: bool,
}

impl ShelfPage {
    fn count(&self, fits: impl Fn(&&Line) -> bool) -> usize {
        self.lines.iter().filter(fits).count()
    }

    fn looked(&self) -> usize {
        self.count(|line| line.seen.is_some())
    }

    fn wrong(&self) -> usize {
        self.count(|line| line.is_wrong())
    }

    fn unknown(&self) -> usize {
        self.count(|line| line.is_unknown())
    }

    fn missing(&self) -> usize {
        self.count(|line| line.seen == Some(false))
    }
}

fn day_of(visit: &Visit, inspection: &Inspection) -> NaiveDate {
    inspection.visited_on.unwrap_or_else(|| visit.app.clock().today())
}

async fn page(tx: &mut Tx, visit: &Visit, desk: Desk, form: Form) -> Result<Response> {
    let day = day_of(visit, &desk.inspection);
    let lines = lines(tx, &desk.inspection, day).await?;
    let page = ShelfPage {
        shell: visit.shell(&format!("Kệ hàng: {}", desk.point.name)),
        may_write: desk.may_write(visit),
        inspection: desk.inspection,
        point: desk.point,
        lines,
        form,
        day,
    };
    page.form.answer(&page)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let desk = Desk::load(&mut tx, &visit, &id).await?;
    desk.must_be_shown(&visit)?;
    page(&mut tx, &visit, desk, Form::new(Tongue::Vi)).await
}

/// What was ticked, by product: stood there, did not, or nothing said.
fn ticked(fields: &Fields, lines: &mut [Line], errors: &mut Errors) {
    for line in lines {
        if let course @ ("propose" | "finding") = fields.get(&format!("course-{}", line.product.id)) {
            course.clone_into(&mut line.course);
        }
        match fields.get(&format!("seen-{}", line.product.id)) {
            "yes" => line.seen = Some(true),
            "no" => line.seen = Some(false),
            _ => continue,
        }
        let name = format!("note-{}", line.product.id);
        let note = fields.get(&name);
        if errors.within(&name, note, 500) {
            note.clone_into(&mut line.note);
        }
    }
}

async fn fill(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, fields) = (visit.app.clock().now(), sent.fields);
    let mut tx = visit.app.db().write().await?;
    let desk = Desk::load(&mut tx, &visit, &id).await?;
    desk.must_be_open(&visit)?;
    let day = day_of(&visit, &desk.inspection);
    let mut errors = Errors::default();
    let mut now_lines = lines(&mut tx, &desk.inspection, day).await?;
    let before: Vec<(String, Option<bool>, String, String)> =
        now_lines.iter().map(|line| (line.product.id.clone(), line.seen, line.note.clone(), line.course.clone())).collect();
    ticked(&fields, &mut now_lines, &mut errors);
    // a product met beside the ledger that nobody saw after all is no line of this shelf
    for line in now_lines.iter().filter(|line| !line.in_ledger && line.seen == Some(false)) {
        forget(&mut tx, &id, &line.product.id).await?;
    }
    now_lines.retain(|line| line.in_ledger || line.seen != Some(false));
    if let Some(typed) = fields.some("found") {
        match named(&mut tx, typed).await? {
            _ if now_lines.len() >= MOST => errors.add("found", both(format!("Mỗi lần kiểm tra tối đa {MOST} sản phẩm."), format!("At most {MOST} products a visit."))),
            Some(product) => match now_lines.iter_mut().find(|line| line.product.id == product.id) {
                Some(line) => line.seen = Some(true),
                None => now_lines.push(Line { product, in_ledger: false, state: State::None, stars: None, fault: None, seen: Some(true), note: String::new(), course: PROPOSE.to_owned() }),
            },
            None => errors.add(
                "found",
                both(
                    format!("Không có sản phẩm nào có mã, số giấy chứng nhận hay địa chỉ “{typed}” trong sổ; hãy kiểm tra lại, hoặc ghi thành phát hiện nếu hàng mang hạng sao mà không có trong sổ."),
                    format!("No product of the register has the code, certificate or address “{typed}”; check it, or write a finding if the goods carry stars without being registered."),
                ),
            ),
        }
    }
    let changed: Vec<&Line> = now_lines
        .iter()
        .filter(|line| {
            line.seen.is_some()
                && !before.iter().any(|(id, seen, note, course)| {
                    *id == line.product.id && *seen == line.seen && *note == line.note && *course == line.course
                })
        })
        .collect();
    put(&mut tx, &id, &changed, visit.actor.journal_id(), now).await?;
    let said: Vec<serde_json::Value> =
        changed.iter().map(|line| serde_json::json!({"product": line.product.id, "seen": line.seen, "note": line.note})).collect();
    if !said.is_empty() {
        if desk.inspection.state == "planned" {
            store::save(&mut tx, &desk.inspection, desk.inspection.version).await?;
        }
        Note::of("check_shelf", ("inspection", &id), serde_json::json!({"point": desk.point.id, "products": said}))
            .by(&mut tx, now, &visit.actor)
            .await?;
    }
    tx.commit().await?;
    if errors.is_empty() {
        return Ok(go(&format!("/kiem-tra/{id}/ke"), "check_shelf"));
    }
    let mut tx = visit.app.db().read().await?;
    let desk = Desk::load(&mut tx, &visit, &id).await?;
    page(&mut tx, &visit, desk, Form::with(fields, errors, Tongue::Vi)).await
}

/// When the visit is finished: each line keeps how the product stood on the day of the visit, what may not stand there becomes
/// a finding, what was to be taken down and is gone is confirmed, of what was not seen the point is asked, what stood there
/// outside the ledger is proposed or becomes a finding. Gives the findings; the caller writes them.
pub(super) async fn finish(tx: &mut Tx, visit: &Visit, inspection: &Inspection, day: NaiveDate) -> Result<Vec<Typed>> {
    let now = visit.app.clock().now();
    let lines = lines(tx, inspection, day).await?;
    let looked: Vec<&Line> = lines.iter().filter(|line| line.seen.is_some()).collect();
    put(tx, &inspection.id, &looked, visit.actor.journal_id(), now).await?;
    let fix_by = day + setting::days(tx, "takedown_days", day).await?;
    let mut findings = Vec::new();
    for line in &looked {
        if let (true, Some(fault)) = (line.is_wrong(), line.fault) {
            let what = format!(
                "Bày bán ở khu OCOP sản phẩm {} ({}): {}.",
                line.product.name,
                product::code::shown(&line.product.code),
                fault.name()
            );
            findings.push(Typed {
                id: clock::new_id(),
                what,
                fix_by: Some(fix_by.max(visit.app.clock().today())),
                criterion: String::new(),
            });
        }
        if line.is_unknown() && line.fault.is_none() {
            let is_proposed = line.course != "finding" && {
                let note = format!("có trên kệ khi kiểm tra {}, ngoài sổ kết nối", date_vi(day));
                connection::outside::propose(tx, visit, &line.product, &inspection.point_id, (day, &note)).await?;
                true
            };
            if !is_proposed {
                let what = format!(
                    "Bày bán ở khu OCOP sản phẩm {} ({}) chưa có trong sổ kết nối.",
                    line.product.name,
                    product::code::shown(&line.product.code)
                );
                findings.push(Typed {
                    id: clock::new_id(),
                    what,
                    fix_by: Some(fix_by.max(visit.app.clock().today())),
                    criterion: String::new(),
                });
            }
        }
        if line.seen == Some(false)
            && let Some(running) =
                connection::store::running(tx, &line.product, &connection::model::Place::Point(inspection.point_id.clone()))
                    .await?
                    .filter(|running| running.stage == connection::Stage::OnShelf)
        {
            match connection::store::open_takedown(tx, &running.id).await? {
                Some(task) if task.asked_on <= day => {
                    connection::takedown::settle(tx, visit, &task, day, How::Inspection, "Không còn trên kệ khi kiểm tra").await?
                }
                Some(_) => {}
                None => {
                    question::ask(tx, visit, (&inspection.id, &inspection.point_id), (&running.id, &line.product.id), day).await?;
                }
            }
        }
    }
    Ok(findings)
}

/// What a finished visit saw of the shelf, line by line, for its page, its mail and its minutes.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// How many products were looked at.
    pub looked: usize,
    /// Stood there and may not: product, why.
    pub wrong: Vec<(String, String)>,
    /// Not seen: product, what became of it.
    pub missing: Vec<(String, String)>,
    /// Outside the ledger: product, what became of it.
    pub unknown: Vec<(String, String)>,
}

/// Mark, heading, lines of product and what became of it.
pub type Part<'a> = (&'static str, &'static str, &'a [(String, String)]);

impl Shelf {
    /// What has consequences beside the findings.
    pub fn parts(&self) -> [Part<'_>; 2] {
        [("missing", "Không thấy trên kệ OCOP", &self.missing), ("unknown", "Trên kệ nhưng ngoài sổ kết nối", &self.unknown)]
    }
}

/// Reads it.
pub async fn summary(tx: &mut Tx, inspection: &Inspection) -> Result<Shelf> {
    let seen = seen_of(tx, &inspection.id).await?;
    let ids: Vec<&str> = seen.iter().map(|seen| seen.product_id.as_str()).collect();
    let mut products = product::store::by_ids(tx, &ids).await?;
    products.sort_by(|a, b| (&a.sort, &a.id).cmp(&(&b.sort, &b.id)));
    let questions = question::of_inspection(tx, &inspection.id).await?;
    let mut found = Shelf { looked: seen.len(), ..Shelf::default() };
    for product in &products {
        let Some(seen) = seen.iter().find(|seen| seen.product_id == product.id) else { continue };
        let name = format!("{} ({})", product.name, product::code::shown(&product.code));
        let note = if seen.note.is_empty() { String::new() } else { format!(" – {}", seen.note) };
        match (seen.seen, Out::read(&seen.fault)) {
            (true, Some(fault)) => found.wrong.push((name, format!("{}{note}", fault.name()))),
            (true, None) if !seen.in_ledger => {
                let course = if seen.course == "finding" {
                    "thành phát hiện phải khắc phục"
                } else {
                    "đề nghị đưa vào sổ kết nối"
                };
                found.unknown.push((name, format!("{course}{note}")));
            }
            (true, None) => {}
            (false, _) => {
                let what = questions
                    .iter()
                    .find(|question| question.product_id == product.id)
                    .map_or_else(|| "đã ghi không còn trên kệ".to_owned(), question::Question::words);
                found.missing.push((name, format!("{what}{note}")));
            }
        }
    }
    Ok(found)
}
