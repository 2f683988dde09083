//! One dossier before the council as its secretary sees it: who has handed in, never what; then the result, brought together from the
//! sheets at once and for everybody.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::agenda::{self, CONDUCTORS, READERS, Whole};
use super::model::{Item, ItemState, Seat, State};
use super::store;
use super::tally::{self, Dispute, Settled, Tally};
use super::ties::{Bond, Bonds};
use crate::access::{Act, Routes};
use crate::clock;
use crate::db::Tx;
use crate::dossier::{self, Case};
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go};
use crate::scoring;
use crate::scoring::mark::{self, Marks};
use crate::scoring::sheet::{Criterion, Sheet};
use crate::text::Tongue;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/phien-danh-gia/{id}/{item}", READERS, show).post("/phien-danh-gia/{id}/{item}", CONDUCTORS, settle).post(
        "/phien-danh-gia/{id}/{item}/luot-hai",
        CONDUCTORS,
        discuss,
    )
}

/// One line of a result: what each answer got.
struct Line {
    criterion: &'static Criterion,
    /// Words of an answer, its points, how many chose it.
    answers: Vec<(&'static str, i64, usize)>,
    /// Whether the sheets differ here.
    differs: bool,
}

/// What anybody may see of the sheets of an item once its turn is over: lines without names.
struct Seen {
    tally: Tally,
    /// What the sitting has to settle, with what the form says of it already.
    asked: Vec<Dispute>,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "council/item.html")]
struct ItemPage {
    shell: Shell,
    whole: Whole,
    item: Item,
    product: String,
    producer: String,
    /// Who marks it.
    markers: Vec<Seat>,
    /// Ids of those who handed in.
    handed: Vec<String>,
    /// Whom a tie keeps out, and what ties.
    kept: Vec<(String, Bond)>,
    seen: Option<Seen>,
    sheet: &'static Sheet,
    form: Form,
    may_conduct: bool,
}

impl ItemPage {
    fn has_handed(&self, seat: &Seat) -> bool {
        self.handed.contains(&seat.member.id)
    }

    fn is_marking(&self) -> bool {
        self.item.state == ItemState::Marking && self.whole.sitting.state == State::Open
    }

    fn is_wide(&self, tally: &Tally) -> bool {
        self.whole.procedure.as_ref().is_some_and(|rules| rules.is_wide(tally.spread()))
    }

    fn mean(&self) -> String {
        crate::product::scale::points(self.item.mean())
    }

    fn named(&self, key: &str) -> String {
        named(self.sheet, key)
    }

    fn yes_no(&self) -> Vec<Choice> {
        vec![("1".to_owned(), "Đạt (có)".to_owned()), ("0".to_owned(), "Không đạt (không có)".to_owned())]
    }
}

/// A line or ground in words: "6.1 Chỉ tiêu cảm quan".
pub(super) fn named(sheet: &Sheet, key: &str) -> String {
    match sheet.criterion(key) {
        Some(line) => format!("{} {}", line.no, line.vi),
        None => mark::grounds(sheet)
            .iter()
            .find(|ground| ground.key() == key)
            .map_or_else(|| key.to_owned(), |ground| ground.knock_out.vi.clone()),
    }
}

/// Everything about an item that has nothing to do with its sheets.
struct Before {
    whole: Whole,
    item: Item,
    case: Case,
    bonds: Bonds,
}

impl Before {
    fn markers(&self) -> Vec<Seat> {
        agenda::markers(&self.whole, &self.bonds, &self.case.dossier.producer_id).into_iter().cloned().collect()
    }
}

async fn load(tx: &mut Tx, visit: &Visit, id: &str, item: &str) -> Result<Before> {
    let whole = agenda::whole(tx, id).await?;
    let item = store::item(tx, item).await?.filter(|item| item.sitting_id == id).ok_or_else(Refusal::not_found)?;
    let case = dossier::before_council(tx, visit, &item.dossier_id).await?.ok_or_else(Refusal::not_found)?;
    let bonds = agenda::bonds(tx, &whole, std::slice::from_ref(&case.dossier.producer_id)).await?;
    Ok(Before { whole, item, case, bonds })
}

/// The sheets of a turn with their marks, in an order that tells nothing: that of a digest.
async fn sheets(tx: &mut Tx, before: &Before) -> Result<Vec<Marks>> {
    let handed = store::handed_in(tx, &before.item.id, before.item.turn).await?;
    let ids: Vec<String> = handed.into_iter().map(|sheet| sheet.id).collect();
    let mut marks: Vec<Marks> = store::marks(tx, &ids, before.case.sheet, &before.item.case_id).await?.into_values().collect();
    marks.sort_by_cached_key(|marks| clock::digest(serde_json::to_string(marks).unwrap_or_default().as_bytes()));
    Ok(marks)
}

fn bring_together(before: &Before, marks: &[Marks], settled: &Settled, today: chrono::NaiveDate) -> Option<Tally> {
    let rules = before.whole.procedure.as_ref()?;
    let sheet = before.case.sheet;
    Some(tally::tally(sheet, marks, &dossier::bands(sheet, today), rules.minimum, settled))
}

/// The sheets brought together with what the form settles so far, and all that it has to settle: an answer may open the way to a
/// lower star with disputes of its own.
fn so_far(before: &Before, marks: &[Marks], form: &Form, today: chrono::NaiveDate) -> Option<(Tally, Vec<Dispute>)> {
    let (mut settled, mut asked) = (before.item.settled(), Vec::new());
    loop {
        let tally = bring_together(before, marks, &settled, today)?;
        let answered: Vec<(String, bool)> = tally
            .disputes
            .iter()
            .filter_map(|dispute| match form.value(&format!("settle-{}", dispute.key)) {
                "1" => Some((dispute.key.clone(), true)),
                "0" => Some((dispute.key.clone(), false)),
                _ => None,
            })
            .collect();
        for dispute in &tally.disputes {
            if !asked.contains(dispute) {
                asked.push(dispute.clone());
            }
        }
        if answered.is_empty() {
            return Some((tally, asked));
        }
        settled.extend(answered);
    }
}

fn lines(sheet: &'static Sheet, marks: &[Marks]) -> Vec<Line> {
    let of = |criterion: &'static Criterion| {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for marks in marks.iter().filter(|marks| mark::applies(marks, criterion)) {
            if let Some(at) = marks.answers.get(&criterion.no) {
                *counts.entry(*at).or_default() += 1;
            }
        }
        let case = marks.first().map(|marks| marks.case.as_str());
        let known = criterion.answers(case).unwrap_or_default();
        let answers: Vec<_> =
            counts.into_iter().filter_map(|(at, count)| known.get(at).map(|answer| (answer.vi.as_str(), answer.points, count))).collect();
        Line { criterion, differs: answers.len() > 1, answers }
    };
    sheet.asked().map(of).collect()
}

async fn page(visit: &Visit, id: &str, item: &str, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let before = load(&mut tx, visit, id, item).await?;
    let (markers, dossier) = (before.markers(), &before.case.dossier);
    let (may_conduct, is_settled) = (visit.actor.may(Act::ConductSessions), before.item.state == ItemState::Settled);
    // before the result stands only whoever conducts the sitting knows who handed in
    let handed = if may_conduct || is_settled { store::who_handed_in(&mut tx, item, before.item.turn).await? } else { Vec::new() };
    // sheets are opened once all are in, and stay open once the result stands
    let is_over =
        is_settled || before.item.state == ItemState::Marking && may_conduct && !markers.is_empty() && handed.len() == markers.len();
    let seen = if is_over {
        let marks = sheets(&mut tx, &before).await?;
        let judged = dossier.sent_on.unwrap_or_else(|| visit.app.clock().today());
        let (tally, asked) = so_far(&before, &marks, &form, judged).ok_or_else(Refusal::not_found)?;
        Some(Seen { lines: lines(before.case.sheet, &marks), tally, asked })
    } else {
        None
    };
    let kept = before
        .bonds
        .0
        .iter()
        .filter(|bond| bond.stands())
        .filter_map(|bond| {
            let seat = before.whole.seats.iter().find(|seat| seat.member.id == bond.member)?;
            Some((seat.member.name.clone(), bond.clone()))
        })
        .collect();
    let product = crate::product::store::find(&mut tx, &dossier.product_id).await?.map(|product| product.name).unwrap_or_default();
    let producer = crate::party::store::find(&mut tx, &dossier.producer_id).await?.map(|body| body.name).unwrap_or_default();
    let page = ItemPage {
        shell: visit.shell(&product),
        sheet: before.case.sheet,
        whole: before.whole,
        item: before.item,
        product,
        producer,
        markers,
        handed,
        kept,
        seen,
        form,
        may_conduct,
    };
    page.form.answer(&page)
}

async fn show(visit: Visit, Path((id, item)): Path<(String, String)>) -> Result<Response> {
    page(&visit, &id, &item, Form::new(Tongue::Vi)).await
}

fn not_whole() -> Refusal {
    Refusal::rule(
        "sheets-missing",
        both("Chưa đủ phiếu của những người chấm sản phẩm này.", "Not every sheet was handed in."),
        both("Hãy chờ đủ phiếu rồi tổng hợp.", "Bring them together once all are in."),
    )
}

/// What the form says of disputed lines.
fn settled_by(fields: &Fields, disputes: &[Dispute], errors: &mut Errors) -> Settled {
    let mut settled = Settled::new();
    for dispute in disputes {
        let name = format!("settle-{}", dispute.key);
        match fields.get(&name) {
            "1" => drop(settled.insert(dispute.key.clone(), true)),
            "0" => drop(settled.insert(dispute.key.clone(), false)),
            _ => errors.add(name, both("Hãy ghi kết luận của phiên cho mục này.", "Say what the sitting settled here.")),
        }
    }
    settled
}

/// An item that may be brought together now, with its sheets.
async fn ready(tx: &mut Tx, visit: &Visit, id: &str, item: &str, fields: &Fields) -> Result<(Before, Vec<Marks>)> {
    let before = load(tx, visit, id, item).await?;
    before.whole.sitting.must_be(State::Open)?;
    if before.item.version != fields.version() || before.item.state != ItemState::Marking {
        return Err(Refusal::stale().into());
    }
    let marks = sheets(tx, &before).await?;
    if marks.is_empty() || marks.len() != before.markers().len() {
        return Err(not_whole().into());
    }
    Ok((before, marks))
}

async fn settle(visit: Visit, Path((id, item)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut errors = Errors::default();
    let mut tx = visit.app.db().write().await?;
    let (before, marks) = ready(&mut tx, &visit, &id, &item, &fields).await?;
    let judged = before.case.dossier.sent_on.unwrap_or(today);
    let mut settled = before.item.settled();
    let mut tally = bring_together(&before, &marks, &settled, judged).ok_or_else(Refusal::not_found)?;
    let rules = before.whole.procedure.as_ref();
    if before.item.turn == 1 && rules.is_some_and(|rules| rules.is_wide(tally.spread())) {
        let spread = tally.spread();
        errors.clash(
            "discussion",
            both(
                format!("Phiếu lệch nhau {spread} điểm, quá mức của Quy chế; phải thảo luận và chấm lượt hai."),
                format!("Totals lie {spread} points apart; the rules ask for a discussion and a second turn."),
            ),
        );
    } else {
        settled.extend(settled_by(&fields, &tally.disputes, &mut errors));
    }
    // what was settled may open the way to a lower star with disputes of its own
    while errors.is_empty() {
        tally = bring_together(&before, &marks, &settled, judged).ok_or_else(Refusal::not_found)?;
        if tally.disputes.is_empty() {
            break;
        }
        settled.extend(settled_by(&fields, &tally.disputes, &mut errors));
    }
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, &id, &item, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let after = Item {
        state: ItemState::Settled,
        settled_minima: serde_json::to_string(&settled)?,
        heads: tally.heads as i64,
        total: tally.total,
        least: tally.least,
        most: tally.most,
        star: tally.star,
        ended: tally.ended.clone().unwrap_or_default(),
        settled_at: Some(now),
        ..before.item
    };
    if store::save_item(&mut tx, &after).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({
        "dossier": after.dossier_id, "heads": after.heads, "total": after.total, "least": after.least, "most": after.most,
        "turn": after.turn, "ended": after.ended, "settled": settled, "set": {"star": after.star},
    });
    Note::of("settle_item", ("sitting", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/phien-danh-gia/{id}/{item}"), "settle_item"))
}

/// Totals lie too far apart: what was said is kept, and everybody marks once more.
async fn discuss(visit: Visit, Path((id, item)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let now = visit.app.clock().now();
    let mut errors = Errors::default();
    let said = fields.must("discussion", 5000, both("Hãy ghi nội dung thảo luận.", "Say what was discussed."), &mut errors);
    let mut tx = visit.app.db().write().await?;
    let (before, _) = ready(&mut tx, &visit, &id, &item, &fields).await?;
    if before.item.turn > 1 {
        return Err(Refusal::stale().into());
    }
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, &id, &item, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let after = Item { turn: 2, discussion: said, ..before.item };
    if store::save_item(&mut tx, &after).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"dossier": after.dossier_id, "note": after.discussion, "turn": after.turn});
    Note::of("second_turn", ("sitting", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/phien-danh-gia/{id}/{item}"), "second_turn"))
}

/// What the sheets of an item whose result stands came to.
pub(super) async fn tally_of(tx: &mut Tx, visit: &Visit, sitting: &str, item: &str) -> Result<(Tally, &'static Sheet)> {
    let before = load(tx, visit, sitting, item).await?;
    let marks = sheets(tx, &before).await?;
    let judged = before.case.dossier.sent_on.unwrap_or_else(|| visit.app.clock().today());
    let tally = bring_together(&before, &marks, &before.item.settled(), judged).ok_or_else(Refusal::not_found)?;
    Ok((tally, before.case.sheet))
}

/// A salted digest of every sheet of a sitting, in an order that says nothing of who marked when.
pub(super) async fn digests(tx: &mut Tx, sitting: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for listed in store::agenda(tx, sitting, 0, 1000).await? {
        let Some(sheet) = scoring::store::worded(tx, &listed.sheet_digest).await? else { continue };
        let handed = store::handed_in(tx, &listed.item.id, listed.item.turn).await?;
        let ids: Vec<String> = handed.into_iter().map(|sheet| sheet.id).collect();
        for (id, marks) in store::marks(tx, &ids, sheet, &listed.item.case_id).await? {
            // the id of a sheet is known to nobody and no page shows it: it is the salt
            let bytes = format!("{id} {}", serde_json::to_string(&marks)?);
            found.push(clock::digest(bytes.as_bytes()));
        }
    }
    found.sort();
    Ok(found)
}
