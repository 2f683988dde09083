//! What nobody saw on a shelf: the point is asked whether it still sells it; without an answer in time it comes off the shelf.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};

use super::model;
use crate::access::{Act, Actor, Need, Routes, Scope, Voice};
use crate::connection::outside::{self, Off};
use crate::db::{DbResult, Tx};
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::mail::{Gathered, Lines};
use crate::page::{Errors, Fields, Form, Sent, Shell, Visit, go};
use crate::point::{self, Point};
use crate::state::App;
use crate::text::{Tongue, date_vi};
use crate::{clock, execute, fetch_all, setting};

/// Questions settled at once.
const AT_ONCE: i64 = 200;

const ANSWERERS: Need = Need::May(Act::AnswerQuestions);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ho-so/{id}/hoi-ke", Need::Rows, show).post("/ho-so/{id}/hoi-ke", ANSWERERS, answer)
}

/// A question, with the product it is about.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Question {
    /// Identifier.
    pub id: String,
    /// The visit.
    pub inspection_id: String,
    /// The connection.
    pub connection_id: String,
    /// The product.
    pub product_id: String,
    /// The point.
    pub point_id: String,
    /// The day on which it was not seen.
    pub seen_on: NaiveDate,
    /// Last day for an answer.
    pub due_on: NaiveDate,
    /// Empty while open; `selling`, `gone`, `silent` (no answer), `over` (came off by itself).
    pub answer: String,
    /// When it was answered.
    pub answered_on: Option<NaiveDate>,
    /// Role and body; empty: the clock.
    pub answered_by: String,
    /// Remark.
    pub note: String,
    /// Name of the product.
    pub product: String,
    /// Its code.
    pub code: String,
    /// Whether anybody signs in for whoever runs the point: else the commune asks in its place.
    pub has_reader: bool,
}

impl Question {
    /// What became of it, in words.
    pub fn words(&self) -> String {
        let on = self.answered_on.map(date_vi).unwrap_or_default();
        match self.answer.as_str() {
            "" if !self.has_reader => {
                format!("điểm chưa có tài khoản: xã, phường hỏi và ghi thay trước khi hết ngày {}", date_vi(self.due_on))
            }
            "" => format!("đã hỏi điểm, trả lời trước khi hết ngày {}", date_vi(self.due_on)),
            "selling" => format!("điểm trả lời đang bán, {on}"),
            "gone" => format!("điểm trả lời không còn bán, {on}"),
            "silent" => format!("không trả lời, đưa khỏi kệ {on}"),
            _ => format!("đã đưa khỏi kệ {on}"),
        }
    }
}

/// Asks a point about a product that was not seen; nothing where it is being asked already. Gives the last day for an answer.
pub(super) async fn ask(
    tx: &mut Tx,
    visit: &Visit,
    (inspection, point): (&str, &str),
    (connection, product): (&str, &str),
    day: NaiveDate,
) -> Result<NaiveDate> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let due_on = today + setting::days(tx, "shelf_answer_days", today).await?;
    execute!(
        tx,
        "insert into shelf_question (id, inspection_id, connection_id, product_id, point_id, seen_on, asked_on, due_on, answer, answered_on, answered_by, note, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, '', null, '', '', $9) on conflict (connection_id) where answer = '' do nothing",
        &clock::new_id(),
        inspection,
        connection,
        product,
        point,
        day,
        today,
        due_on,
        now
    )?;
    Ok(due_on)
}

/// The questions that a visit led to.
pub(super) async fn of_inspection(tx: &mut Tx, inspection_id: &str) -> DbResult<Vec<Question>> {
    fetch_all!(
        tx,
        Question,
        "select q.id, q.inspection_id, q.connection_id, q.product_id, q.point_id, q.seen_on, q.due_on, q.answer, q.answered_on, q.answered_by, q.note, p.name as product, p.code,
           exists (select 1 from point o join role_grant g on g.body_id = o.operator_id and g.role = 'business' and g.valid_to is null join person n on n.id = g.person_id and n.status in ('active', 'invited') where o.id = q.point_id) as has_reader
         from shelf_question q join product p on p.id = q.product_id where q.inspection_id = $1 order by q.id",
        inspection_id
    )
}

async fn open_of_point(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Question>> {
    fetch_all!(
        tx,
        Question,
        "select q.id, q.inspection_id, q.connection_id, q.product_id, q.point_id, q.seen_on, q.due_on, q.answer, q.answered_on, q.answered_by, q.note, p.name as product, p.code,
           exists (select 1 from point o join role_grant g on g.body_id = o.operator_id and g.role = 'business' and g.valid_to is null join person n on n.id = g.person_id and n.status in ('active', 'invited') where o.id = q.point_id) as has_reader
         from shelf_question q join product p on p.id = q.product_id where q.point_id = $1 and q.answer = '' order by p.sort, q.id limit 500",
        point_id
    )
}

async fn due(tx: &mut Tx, before: NaiveDate, most: i64) -> DbResult<Vec<Question>> {
    fetch_all!(
        tx,
        Question,
        "select q.id, q.inspection_id, q.connection_id, q.product_id, q.point_id, q.seen_on, q.due_on, q.answer, q.answered_on, q.answered_by, q.note, p.name as product, p.code,
           exists (select 1 from point o join role_grant g on g.body_id = o.operator_id and g.role = 'business' and g.valid_to is null join person n on n.id = g.person_id and n.status in ('active', 'invited') where o.id = q.point_id) as has_reader
         from shelf_question q join product p on p.id = q.product_id where q.answer = '' and q.due_on < $1 order by q.due_on, q.id limit $2",
        before,
        most
    )
}

async fn close(tx: &mut Tx, id: &str, answer: &str, on: NaiveDate, by: &str, note: &str) -> DbResult<u64> {
    execute!(
        tx,
        "update shelf_question set answer = $2, answered_on = $3, answered_by = $4, note = $5 where id = $1 and answer = ''",
        id,
        answer,
        on,
        by,
        note
    )
}

/// A point with open questions.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Waiting {
    /// The point.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// How many.
    pub questions: i64,
    /// Last day for the first of them.
    pub due: NaiveDate,
}

/// Points of a body with open questions.
pub(super) async fn waiting(tx: &mut Tx, body: &str, most: i64) -> DbResult<Vec<Waiting>> {
    fetch_all!(
        tx,
        Waiting,
        "select p.id, p.name, p.address, count(*) as questions, min(q.due_on) as due from shelf_question q join point p on p.id = q.point_id
         where q.answer = '' and p.operator_id = $1 group by p.id, p.name, p.address order by min(q.due_on), p.id limit $2",
        body,
        most
    )
}

/// Points of a commune with open questions that nobody signs in to answer.
pub(super) async fn unread(tx: &mut Tx, unit: &str, most: i64) -> DbResult<Vec<Waiting>> {
    fetch_all!(
        tx,
        Waiting,
        "select p.id, p.name, p.address, count(*) as questions, min(q.due_on) as due from shelf_question q join point p on p.id = q.point_id
         where q.answer = '' and exists (select 1 from point_unit u where u.point_id = p.id and u.unit_id = $1)
           and not exists (select 1 from role_grant g join person n on n.id = g.person_id
             where g.body_id = p.operator_id and g.role = 'business' and g.valid_to is null and n.status in ('active', 'invited'))
         group by p.id, p.name, p.address order by min(q.due_on), p.id limit $2",
        unit,
        most
    )
}

#[derive(Template)]
#[template(path = "inspection/question.html")]
struct AskPage {
    shell: Shell,
    point: Point,
    questions: Vec<Question>,
    form: Form,
    may_answer: bool,
}

impl AskPage {
    fn name(&self, part: &str, id: &str) -> String {
        format!("{part}-{id}")
    }
}

/// Who runs the point answers, or whoever inspects it, for it.
fn may_answer(actor: &Actor, point: &Point) -> bool {
    model::is_operator(actor, point) || model::may_inspect(actor)
}

async fn page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let point = point::load(&mut tx, visit, id).await?;
    if visit.actor.is(Voice::Business) && matches!(visit.actor.scope(), Scope::Body(_)) && !model::is_operator(&visit.actor, &point) {
        return Err(Refusal::forbidden().into());
    }
    let questions = open_of_point(&mut tx, id).await?;
    let page =
        AskPage {
            shell: visit.shell("Sản phẩm không thấy trên kệ"), may_answer: may_answer(&visit.actor, &point), point, questions, form
        };
    page.form.answer(&page)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    page(&visit, &id, Form::new(Tongue::Vi)).await
}

/// Every row that was answered is taken; a wrong day takes none.
async fn answer(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    if !may_answer(&visit.actor, &point) {
        return Err(Refusal::forbidden().into());
    }
    let open = open_of_point(&mut tx, &id).await?;
    let (errors, answers) = read(&fields, &open, today);
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let by = visit.actor.journal_name();
    let mut letters = Gathered::default();
    for (question, answer, day) in &answers {
        let note = format!("không thấy khi kiểm tra {}", date_vi(question.seen_on));
        if close(&mut tx, &question.id, answer, today, &by, "").await? == 0 {
            return Err(Refusal::stale().into());
        }
        if *answer == "gone"
            && let Some(off) = outside::take_off(&mut tx, &visit.app, &visit.actor, &question.connection_id, (*day, &note)).await?
        {
            add(&mut letters, off, &format!("điểm trả lời không còn bán từ {}", date_vi(*day)));
        }
        let detail = serde_json::json!({"product": question.product_id, "connection": question.connection_id, "answer": answer, "note": format!("{}: {}", question.product, if *answer == "gone" { "không còn bán" } else { "đang bán" })});
        Note::of("answer_shelf", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    }
    send(&mut tx, &visit.app, letters).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/ho-so/{id}/hoi-ke"), "answer_shelf"))
}

/// What was ticked, and since when what is not sold any more is gone.
fn read<'a>(fields: &'a Fields, open: &'a [Question], today: NaiveDate) -> (Errors, Vec<(&'a Question, &'a str, NaiveDate)>) {
    let mut errors = Errors::default();
    let mut answers = Vec::new();
    for question in open {
        let answer = match fields.get(&format!("q-{}", question.id)) {
            answer @ ("selling" | "gone") => answer,
            _ => continue,
        };
        let name = format!("day-{}", question.id);
        let day = match (answer, crate::typed::day(fields.get(&name))) {
            ("gone", Ok(Some(day))) if day > today => {
                Err(both("Ngày ở tương lai; hãy ghi khi đã thôi bán.", "The day lies in the future; record it once it is no longer sold."))
            }
            ("gone", Ok(Some(day))) if day > question.seen_on => Err(both(
                format!("Ngày {} khi kiểm tra đã không thấy; hãy ghi ngày đó hoặc trước đó.", date_vi(question.seen_on)),
                format!("It was not seen on {}; give that day or one before.", date_vi(question.seen_on)),
            )),
            ("gone", Ok(day)) => Ok(day.unwrap_or(question.seen_on)),
            ("gone", Err(text)) => Err(text),
            _ => Ok(today),
        };
        if let Some(day) = errors.take(&name, day) {
            answers.push((question, answer, day));
        }
    }
    if answers.is_empty() && errors.is_empty() {
        errors.add("answers", both("Chưa trả lời cho sản phẩm nào.", "No product is answered for."));
    }
    (errors, answers)
}

#[derive(Template)]
#[template(path = "inspection/letter_off.txt", whitespace = "preserve")]
struct OffLetter<'a> {
    lines: Lines,
    base: &'a str,
}

fn add(letters: &mut Gathered, off: Off, why: &str) {
    letters.add(off.people, &format!("- {} tại {}: {why}", off.product, off.place));
}

/// Mails about what came off shelves, one a reader.
async fn send(tx: &mut Tx, app: &App, letters: Gathered) -> DbResult<()> {
    let base = &app.config().base_url;
    let say = |lines: Lines| (format!("Không còn trên kệ: {} sản phẩm", lines.count()), OffLetter { lines, base });
    letters.send(tx, app.clock().now(), AT_ONCE as usize, say).await
}

/// Questions that nobody answered in time: the product comes off the shelf. What came off meanwhile is no question any more.
pub(super) async fn daily(app: &App) -> Result<()> {
    let (now, today): (DateTime<Utc>, NaiveDate) = (app.clock().now(), app.clock().today());
    loop {
        let mut tx = app.db().write().await?;
        let late = due(&mut tx, today, AT_ONCE).await?;
        if late.is_empty() {
            return Ok(());
        }
        let mut letters = Gathered::default();
        for question in &late {
            let whose = if question.has_reader {
                "điểm không trả lời"
            } else {
                "không ai trả lời thay điểm chưa có tài khoản"
            };
            let note =
                format!("không thấy khi kiểm tra {}, {whose} trước khi hết ngày {}", date_vi(question.seen_on), date_vi(question.due_on));
            let off = outside::take_off(&mut tx, app, &Actor::default(), &question.connection_id, (today, &note)).await?;
            let answer = if off.is_some() { "silent" } else { "over" };
            close(&mut tx, &question.id, answer, today, "", "").await?;
            if let Some(off) = off {
                add(&mut letters, off, &note);
                let detail = serde_json::json!({"product": question.product_id, "connection": question.connection_id, "answer": answer, "note": format!("{}: {note}", question.product)});
                Note::of("answer_shelf", ("point", &question.point_id), detail).by_name(&mut tx, now, ("system", "Hệ thống")).await?;
            }
        }
        send(&mut tx, app, letters).await?;
        tx.commit().await?;
        app.wake();
    }
}

/// A product that came off its shelf by another way is asked about no more.
pub(super) async fn settle(app: &App) -> Result<()> {
    let mut tx = app.db().write().await?;
    execute!(
        &mut tx,
        "update shelf_question set answer = 'over', answered_on = $1 where answer = ''
           and not exists (select 1 from connection c where c.id = shelf_question.connection_id and c.stage = 'on_shelf')",
        app.clock().today()
    )?;
    tx.commit().await?;
    Ok(())
}
