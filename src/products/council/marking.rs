//! One sheet of one member: every line with the producer's answer and its evidence beside it, kept as it is filled, handed in once
//! everything is marked. Marks are only added; a line that is marked otherwise than in the first turn says why.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::agenda;
use super::mine::{self, MEMBERS, Own};
use super::model::{Item, ItemState, State};
use super::store::{self, Added, Marked};
use crate::access::Routes;
use crate::db::Tx;
use crate::dossier::{self, Case};
use crate::error::{Refusal, Result, both};
use crate::page::{Errors, Fields, Form, Sent, Shell, Visit, go};
use crate::scoring::mark::{self, Marks, Outcome};
use crate::scoring::sheet::{Answer, Criterion};
use crate::text::Tongue;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/phien-cua-toi/{id}/{item}", MEMBERS, show).post("/phien-cua-toi/{id}/{item}", MEMBERS, save)
}

/// A line as it is marked.
struct Line {
    criterion: &'static Criterion,
    answers: &'static [Answer],
    chosen: Option<usize>,
    /// The mark of the first turn, where this is the second.
    before: Option<usize>,
    /// What the producer answered.
    own: Option<usize>,
    /// Place among the answers of the commune's page.
    at: Option<usize>,
}

#[derive(Template)]
#[template(path = "council/marking.html")]
struct MarkingPage {
    shell: Shell,
    own: Own,
    item: Item,
    case: Case,
    product: String,
    producer: String,
    lines: Vec<Line>,
    /// What would end the marking: key, words, whether it was found.
    grounds: Vec<(String, &'static str, bool)>,
    outcome: Outcome<'static>,
    form: Form,
    /// Whether it may be filled now.
    may_mark: bool,
    handed_in: bool,
    next: Option<String>,
}

impl MarkingPage {
    fn is_chosen(&self, line: &Line, at: usize) -> bool {
        line.chosen == Some(at)
    }

    fn was_chosen(&self, line: &Line, at: usize) -> bool {
        line.before == Some(at)
    }

    fn is_own(&self, line: &Line, at: usize) -> bool {
        line.own == Some(at)
    }

    fn named(&self, line: &Line) -> String {
        format!("mark-{}", line.criterion.no)
    }

    fn reason(&self, line: &Line) -> String {
        format!("why-{}", line.criterion.no)
    }

    fn read(&self, line: &Line) -> Option<&dossier::Read> {
        line.at.and_then(|at| self.case.part.answers.get(at))
    }
}

/// What a member marks, if it may read it at all.
struct Open {
    own: Own,
    item: Item,
    case: Case,
    sheet: Option<Marked>,
    marks: Marks,
    /// The marks of the first turn, in the second.
    before: Option<Marks>,
}

impl Open {
    fn may_mark(&self) -> bool {
        let rules = self.own.whole.procedure.as_ref();
        self.own.whole.sitting.state == State::Open
            && self.item.state == ItemState::Marking
            && self.own.seat.came
            && rules.is_some_and(|rules| rules.marks(self.own.seat.member.part))
            && !self.is_handed_in()
    }

    fn is_handed_in(&self) -> bool {
        self.sheet.as_ref().is_some_and(|sheet| sheet.submitted_at.is_some())
    }
}

async fn marks_of(tx: &mut Tx, sheet: Option<&Marked>, item: &Item, case: &Case) -> Result<Marks> {
    let Some(sheet) = sheet else { return Ok(Marks { case: item.case_id.clone(), ..Marks::default() }) };
    let mut found = store::marks(tx, std::slice::from_ref(&sheet.id), case.sheet, &item.case_id).await?;
    Ok(found.remove(&sheet.id).unwrap_or_default())
}

async fn load(tx: &mut Tx, visit: &Visit, id: &str, item: &str) -> Result<Open> {
    let own = mine::load(tx, visit, id).await?;
    let item = store::item(tx, item).await?.filter(|item| item.sitting_id == id).ok_or_else(Refusal::not_found)?;
    let case = dossier::before_council(tx, visit, &item.dossier_id).await?.ok_or_else(Refusal::not_found)?;
    let producer = &case.dossier.producer_id;
    let bonds = agenda::bonds(tx, &own.whole, std::slice::from_ref(producer)).await?;
    // whoever is tied reads nothing of it
    if !own.has_papers() || bonds.keeps(&own.seat.member.id, producer) {
        return Err(Refusal::not_found().into());
    }
    let sheet = store::sheet(tx, &item.id, &own.seat.member.id, item.turn).await?;
    let mut marks = marks_of(tx, sheet.as_ref(), &item, &case).await?;
    let before = match item.turn {
        1 => None,
        _ => {
            let first = store::sheet(tx, &item.id, &own.seat.member.id, 1).await?;
            Some(marks_of(tx, first.as_ref(), &item, &case).await?)
        }
    };
    // the second turn begins from the marks of the first
    if let (None, Some(before)) = (&sheet, &before) {
        marks = before.clone();
    }
    Ok(Open { own, item, case, sheet, marks, before })
}

async fn page(visit: &Visit, id: &str, item: &str, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let open = load(&mut tx, visit, id, item).await?;
    let sheet = open.case.sheet;
    let typed = (!form.errors.is_empty()).then(|| typed(&open, &|name| form.value(name).to_owned(), &|key| form.is("found", key)));
    let marks = typed.as_ref().unwrap_or(&open.marks);
    let declared = open.case.dossier.answers();
    let lines = sheet
        .asked()
        .map(|criterion| Line {
            answers: criterion.answers(Some(&open.item.case_id)).unwrap_or_default(),
            chosen: marks.answers.get(&criterion.no).copied(),
            before: open.before.as_ref().and_then(|before| before.answers.get(&criterion.no).copied()),
            own: declared.answers.get(&criterion.no).copied(),
            at: open.case.part.answers.iter().position(|read| read.no == criterion.no),
            criterion,
        })
        .collect();
    let grounds = mark::grounds(sheet)
        .into_iter()
        .map(|ground| (ground.key(), ground.knock_out.vi.as_str(), marks.found.contains(&ground.key())))
        .collect();
    let outcome = mark::outcome(sheet, marks, &dossier::bands(sheet, visit.app.clock().today()));
    let handed = store::own_handed_in(&mut tx, id, &open.own.seat.member.id).await?;
    let agenda = store::agenda(&mut tx, id, open.item.seq + 1, 50).await?;
    let next = agenda.into_iter().find(|listed| listed.item.state == ItemState::Marking && !handed.contains(&listed.item.id));
    let product = crate::product::store::find(&mut tx, &open.case.dossier.product_id).await?.map(|product| product.name);
    let producer = crate::party::store::find(&mut tx, &open.case.dossier.producer_id).await?.map(|body| body.name);
    let page = MarkingPage {
        shell: visit.shell(product.as_deref().unwrap_or_default()),
        product: product.unwrap_or_default(),
        producer: producer.unwrap_or_default(),
        may_mark: open.may_mark(),
        handed_in: open.is_handed_in(),
        next: next.map(|listed| listed.item.id),
        lines,
        grounds,
        outcome,
        form,
        own: open.own,
        item: open.item,
        case: open.case,
    };
    page.form.answer(&page)
}

async fn show(visit: Visit, Path((id, item)): Path<(String, String)>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let open = load(&mut tx, &visit, &id, &item).await?;
    let told = match &open.sheet {
        Some(sheet) => store::reasons(&mut tx, &sheet.id).await?,
        None => BTreeMap::new(),
    };
    drop(tx);
    let fields = Fields::new(told.into_iter().map(|(no, reason)| (format!("why-{no}"), reason)));
    page(&visit, &id, &item, Form::with(fields, Errors::default(), Tongue::Vi)).await
}

/// The marks that a form says.
fn typed(open: &Open, value: &dyn Fn(&str) -> String, found: &dyn Fn(&str) -> bool) -> Marks {
    let sheet = open.case.sheet;
    let mut marks = Marks { case: open.item.case_id.clone(), ..Marks::default() };
    for criterion in sheet.asked() {
        let at = value(&format!("mark-{}", criterion.no)).parse::<usize>().ok();
        if let Some(at) = at {
            marks.answers.insert(criterion.no.clone(), at);
        }
    }
    marks.found = mark::grounds(sheet).iter().map(mark::Ground::key).filter(|key| found(key)).collect();
    marks
}

/// What is other than what is kept, as marks to be added; a reason that came later is a mark of its own.
fn added(kept: &Marks, told: &BTreeMap<String, String>, marks: &Marks, reason: &dyn Fn(&str) -> String) -> Vec<Added> {
    let mut all = Vec::new();
    let lines: BTreeSet<&String> = kept.answers.keys().chain(marks.answers.keys()).collect();
    for no in lines {
        let (answer, reason) = (marks.answers.get(no).copied(), reason(no));
        let is_told = !reason.is_empty() && told.get(no) != Some(&reason);
        if kept.answers.get(no).copied() != answer || is_told {
            all.push(Added { no: no.clone(), answer, reason });
        }
    }
    for key in kept.found.symmetric_difference(&marks.found) {
        all.push(Added { no: key.clone(), answer: marks.found.contains(key).then_some(1), reason: String::new() });
    }
    all
}

/// What a second turn asks beside its marks: why a line is marked otherwise than in the first.
fn unexplained(open: &Open, marks: &Marks, fields: &Fields, errors: &mut Errors) {
    let Some(before) = &open.before else { return };
    for criterion in open.case.sheet.asked() {
        let name = format!("why-{}", criterion.no);
        if before.answers.get(&criterion.no) != marks.answers.get(&criterion.no) && fields.get(&name).trim().is_empty() {
            errors.add(name, both("Hãy ghi vì sao chấm khác lượt một.", "Say why it is marked otherwise."));
        }
    }
}

async fn save(visit: Visit, Path((id, item)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let now = visit.app.clock().now();
    let hands_in = fields.get("then") == "submit";
    let mut errors = Errors::default();
    let mut tx = visit.app.db().write().await?;
    let open = load(&mut tx, &visit, &id, &item).await?;
    if !open.may_mark() {
        return Err(closed(&open).into());
    }
    if fields.get("turn") != open.item.turn.to_string() {
        return Err(Refusal::stale().into());
    }
    let marks = typed(&open, &|name| fields.get(name).to_owned(), &|key| fields.all("found").any(|known| known == key));
    let sheet = open.case.sheet;
    for no in mark::strange(sheet, &marks) {
        errors.add(format!("mark-{no}"), both("Câu trả lời không thuộc thang của mục này.", "No answer of this ladder."));
    }
    let outcome = mark::outcome(sheet, &marks, &dossier::bands(sheet, visit.app.clock().today()));
    if hands_in {
        unexplained(&open, &marks, &fields, &mut errors);
        // what ends the marking ends it: the rest need not be marked
        if outcome.ended.is_none() {
            for line in sheet.asked().filter(|line| mark::applies(&marks, line) && mark::chosen(&marks, line).is_none()) {
                errors.add(format!("mark-{}", line.no), both("Hãy chấm mục này.", "Mark this line."));
            }
        }
    }
    let reason = |no: &str| fields.get(&format!("why-{no}")).trim().chars().take(500).collect::<String>();
    let is_stranger = !mark::strange(sheet, &marks).is_empty();
    if !is_stranger {
        // what was marked is kept even where it cannot be handed in yet
        let member = &open.own.seat.member.id;
        let kept = store::begin_sheet(&mut tx, &open.item, member, visit.actor.journal_id(), now).await?;
        let was = marks_of(&mut tx, Some(&kept), &open.item, &open.case).await?;
        let more = added(&was, &store::reasons(&mut tx, &kept.id).await?, &marks, &reason);
        if !more.is_empty() {
            store::add_marks(&mut tx, &kept.id, &more, now).await?;
        }
        if hands_in && errors.is_empty() {
            let kept = store::begin_sheet(&mut tx, &open.item, member, visit.actor.journal_id(), now).await?;
            if store::hand_in(&mut tx, &kept, outcome.points, outcome.star, now).await? == 0 {
                return Err(Refusal::stale().into());
            }
        }
        tx.commit().await?;
    } else {
        drop(tx);
    }
    if !errors.is_empty() {
        return page(&visit, &id, &item, Form::with(fields, errors, Tongue::Vi)).await;
    }
    if !hands_in {
        return Ok(go(&format!("/phien-cua-toi/{id}/{item}"), "save_marks"));
    }
    Ok(go(&format!("/phien-cua-toi/{id}"), "hand_in_sheet"))
}

/// Why nothing can be marked.
fn closed(open: &Open) -> Refusal {
    let what = if open.is_handed_in() {
        both("Phiếu này đã nộp, không sửa được.", "This sheet was handed in.")
    } else if open.own.whole.sitting.state != State::Open {
        both("Phiên không mở để chấm.", "The sitting is not open.")
    } else if open.item.state != ItemState::Marking {
        both("Sản phẩm này đã có kết quả.", "This product has its result.")
    } else {
        both("Bạn không có trong danh sách người chấm của phiên này.", "You are not among those who mark here.")
    };
    Refusal::rule("cannot-mark", what, both("Có gì chưa đúng, hãy báo thư ký phiên.", "If that is wrong, tell the secretary."))
}
