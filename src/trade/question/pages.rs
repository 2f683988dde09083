//! The screens: all that is open, one with its rows, the answers.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::rerun::JOB;
use super::store::{self, Candidate, Imports, Line};
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::intake::waiting::{self, Row};
use crate::journal::Note;
use crate::page::{Ask, Rows, Sent, Shell, Todo, TodoRow, Visit, Whose, go, html, query_escape};
use crate::party::BodyKind;
use crate::party::identity::Why;
use crate::party::question::{self, By};
use crate::product::model::may_certify;
use crate::{job, point, product};

const ANSWERERS: Need = Need::May(Act::AnswerNames);
const WATCHERS: Need = Need::May(Act::ReadNames);

/// Questions on one page: a phone shows each as a card.
const ROWS: i64 = 20;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .get("/chu-the/can-xac-dinh", WATCHERS, list)
        .post("/chu-the/can-xac-dinh", ANSWERERS, answer_many)
        .get("/chu-the/can-xac-dinh/{id}", WATCHERS, show)
        .post("/chu-the/can-xac-dinh/{id}", ANSWERERS, answer)
}

/// The registers that the caller imports into: who hands in files answers what they ask.
fn imports(visit: &Visit) -> Option<Imports<'static>> {
    let actor = &visit.actor;
    if actor.may(Act::ReadAllImports) {
        return Some(Imports(point::IMPORT_JOB.name, product::sheet::IMPORT_JOB.name));
    }
    let points = actor.may(Act::ImportPoints) && actor.can("accept");
    match (points, may_certify(actor)) {
        (true, true) => Some(Imports(point::IMPORT_JOB.name, product::sheet::IMPORT_JOB.name)),
        (true, false) => Some(Imports(point::IMPORT_JOB.name, "")),
        (false, true) => Some(Imports("", product::sheet::IMPORT_JOB.name)),
        (false, false) => None,
    }
}

fn may_answer(visit: &Visit) -> bool {
    visit.actor.may(Act::AnswerNames)
}

/// What this slice hands to the work list: one line, since one question waits for the next only in time.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    let Some(imports) = imports(visit).filter(|_| may_answer(visit)) else { return Ok(Vec::new()) };
    let (count, rows) = store::count(tx, imports).await?;
    let row = TodoRow {
        due: None,
        since: None,
        title: format!("{count} tên cần xác định có phải chủ thể đã có"),
        href: "/chu-the/can-xac-dinh".into(),
        place: format!("{rows} dòng của tệp đã nhập đang chờ"),
        chip: None,
    };
    Ok(vec![Todo {
        id: "questions",
        title: "Chủ thể cần xác định".into(),
        count,
        rows: vec![row],
        all: "/chu-the/can-xac-dinh".into(),
        deed: "Cần xác định chủ thể",
        whose: Whose::Do,
    }])
}

/// A body as screens tell it: kind, tax code, unit.
fn about(visit: &Visit, kind: &str, tax_code: &str, unit: Option<&str>) -> String {
    let today = visit.app.clock().today();
    let kind = BodyKind::read(kind).map(BodyKind::name).unwrap_or_default().to_owned();
    let code = if tax_code.is_empty() { String::new() } else { format!("MST {tax_code}") };
    let unit = unit.map(|unit| visit.app.region().label_dated(unit, today)).unwrap_or_default();
    [kind, code, unit].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// A candidate on a screen.
struct Choice {
    id: String,
    name: String,
    why: &'static str,
    about: String,
    answer: String,
}

/// A question on a screen.
struct Card {
    line: Line,
    about: String,
    choices: Vec<Choice>,
}

fn card(visit: &Visit, line: Line, candidates: Vec<Candidate>) -> Card {
    let choices = candidates.into_iter().map(|known| Choice {
        about: about(visit, &known.kind, known.tax_code.as_deref().unwrap_or_default(), known.unit_id.as_deref()),
        why: Why::read(&known.why).map_or("", Why::name),
        id: known.id,
        name: known.name,
        answer: known.answer,
    });
    Card { about: about(visit, &line.kind, &line.tax_code, line.unit_id.as_deref()), choices: choices.collect(), line }
}

#[derive(Template)]
#[template(path = "question/list.html")]
struct ListPage {
    shell: Shell,
    cards: Rows<Card>,
    count: i64,
    rows: i64,
    ask: Ask,
    may_answer: bool,
}

async fn list(visit: Visit) -> Result<Response> {
    let imports = imports(&visit).ok_or_else(Refusal::forbidden)?;
    let ask = Ask::new(&visit);
    let mut tx = visit.app.db().read().await?;
    let found = store::open(&mut tx, imports, ask.get("sau"), ROWS + 1).await?;
    let page = Rows::cut(found, ROWS, ask.get("sau"), |line| line.id.clone());
    let ids: Vec<&str> = page.rows.iter().map(|line| line.id.as_str()).collect();
    let mut by_question: HashMap<String, Vec<Candidate>> = HashMap::new();
    for candidate in store::candidates(&mut tx, &ids).await?.into_iter().filter(|candidate| candidate.answer != "other") {
        by_question.entry(candidate.question_id.clone()).or_default().push(candidate);
    }
    let (count, rows) = store::count(&mut tx, imports).await?;
    let cards = page.map(|line| {
        let candidates = by_question.remove(&line.id).unwrap_or_default();
        card(&visit, line, candidates)
    });
    html(&ListPage { shell: visit.shell("Chủ thể cần xác định"), cards, count, rows, ask, may_answer: may_answer(&visit) })
}

#[derive(Template)]
#[template(path = "question/show.html")]
struct ShowPage {
    shell: Shell,
    card: Card,
    lines: Rows<Row>,
    ask: Ask,
    may_answer: bool,
}

impl ShowPage {
    fn state(&self, row: &Row) -> (&'static str, &'static str) {
        match row.state.as_str() {
            "waiting" => ("warn", "đang chờ"),
            "ready" => ("info", "đang ghi"),
            "written" => ("ok", "đã ghi"),
            "refused" => ("bad", "không ghi được"),
            _ => ("quiet", "đã bỏ"),
        }
    }

    fn answered(&self) -> String {
        let when = self.card.line.answered_at.map(|at| crate::clock::local(at).format("%d/%m/%Y %H:%M").to_string()).unwrap_or_default();
        format!("{when}, {}", self.card.line.answered_name)
    }
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    const LINES: i64 = 50;
    imports(&visit).ok_or_else(Refusal::forbidden)?;
    let mut tx = visit.app.db().read().await?;
    let line = asked_of(&mut tx, &visit, &id).await?;
    let candidates = store::candidates(&mut tx, &[&id]).await?;
    let ask = Ask::new(&visit);
    let found = waiting::of(&mut tx, &id, ask.get("sau"), LINES + 1).await?;
    html(&ShowPage {
        shell: visit.shell(&format!("Xác định “{}”", line.name)),
        card: card(&visit, line, candidates),
        lines: Rows::cut(found, LINES, ask.get("sau"), |row| row.id.clone()),
        ask,
        may_answer: may_answer(&visit),
    })
}

/// A question of which rows wait in a register that the caller imports into; any other is not there for him.
async fn asked_of(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Line> {
    let Imports(points, products) = imports(visit).ok_or_else(Refusal::forbidden)?;
    let line = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let rows = waiting::imports_of(tx, id).await?;
    let is_own = rows.is_empty() || rows.iter().any(|import| [points, products].contains(&import.as_str()));
    if is_own { Ok(line) } else { Err(Refusal::not_found().into()) }
}

/// What a person says.
enum Said<'a> {
    Same(&'a str),
    Other,
    Dropped,
}

async fn record(tx: &mut Tx, visit: &Visit, line: &Line, said: &Said<'_>) -> Result<()> {
    let (now, id) = (visit.app.clock().now(), line.id.as_str());
    let name = visit.actor.journal_name();
    let by = By { id: visit.actor.journal_id(), name: &name, at: now };
    let (answer, body) = match said {
        Said::Dropped => {
            waiting::drop_rows(tx, id, now).await?;
            question::settle(tx, id, "dropped", by).await?;
            ("dropped", None)
        }
        Said::Other => {
            question::answer(tx, id, None, by).await?;
            waiting::release(tx, id, now).await?;
            ("other", None)
        }
        Said::Same(body) => {
            if question::answer(tx, id, Some(body), by).await? == 0 {
                return Err(Refusal::invalid(both("Chủ thể này không có trong câu hỏi.", "This body is none of those asked about.")).into());
            }
            waiting::release(tx, id, now).await?;
            ("same", Some(*body))
        }
    };
    let detail = serde_json::json!({"note": line.name, "set": {"name": line.name, "kind": line.kind, "tax_code": line.tax_code, "unit": line.unit_id, "answer": answer, "body": body}});
    Note::of("answer_body", ("body_question", id), detail).by(tx, now, &visit.actor).await?;
    Ok(())
}

async fn finish(visit: &Visit, mut tx: Tx) -> Result<()> {
    job::queue(&mut tx, visit.app.clock().now(), JOB, &visit.actor.journal_name(), visit.actor.journal_id()).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(())
}

fn must_answer(visit: &Visit) -> Result<()> {
    if may_answer(visit) && imports(visit).is_some() { Ok(()) } else { Err(Refusal::forbidden().into()) }
}

async fn answer(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    must_answer(&visit)?;
    let said = match sent.fields.get("who") {
        "" => return Err(Refusal::invalid(both("Hãy chọn một câu trả lời.", "Choose an answer.")).into()),
        "other" => Said::Other,
        "drop" => Said::Dropped,
        body => Said::Same(body),
    };
    let mut tx = visit.app.db().write().await?;
    let line = asked_of(&mut tx, &visit, &id).await?;
    if line.mark() != sent.fields.get("mark") {
        return Err(Refusal::stale().into());
    }
    record(&mut tx, &visit, &line, &said).await?;
    finish(&visit, tx).await?;
    Ok(match sent.fields.some("sau") {
        Some(after) => go(&format!("/chu-the/can-xac-dinh?sau={}", query_escape(after)), "answer_body"),
        None => go("/chu-the/can-xac-dinh", "answer_body"),
    })
}

/// The same answer to several: each is its only candidate, or each is another body. What a colleague answered meanwhile stays.
async fn answer_many(visit: Visit, sent: Sent) -> Result<Response> {
    must_answer(&visit)?;
    let chosen: Vec<&str> = sent.fields.all("question").take(200).collect();
    if chosen.is_empty() {
        return Err(Refusal::invalid(both(
            "Chưa chọn tên nào; hãy đánh dấu các tên cần trả lời.",
            "No name is chosen; tick those to be answered.",
        ))
        .into());
    }
    let is_same = match sent.fields.get("answer") {
        "same" => true,
        "other" => false,
        _ => return Err(Refusal::invalid(both("Hãy chọn một câu trả lời.", "Choose an answer.")).into()),
    };
    let mut tx = visit.app.db().write().await?;
    let mut candidates = store::candidates(&mut tx, &chosen).await?;
    candidates.retain(|candidate| candidate.answer != "other");
    let mut all_open = true;
    for id in &chosen {
        let line = asked_of(&mut tx, &visit, id).await?;
        if line.state != "open" {
            all_open = false;
            continue;
        }
        let mut its = candidates.iter().filter(|candidate| candidate.question_id == *id);
        let said = match (is_same, its.next(), its.next()) {
            (false, ..) => Said::Other,
            (true, Some(only), None) => Said::Same(&only.id),
            // of several no one is the first: these are answered one by one
            (true, ..) => continue,
        };
        record(&mut tx, &visit, &line, &said).await?;
    }
    finish(&visit, tx).await?;
    Ok(go("/chu-the/can-xac-dinh", if all_open { "answer_body" } else { "answer_body_partly" }))
}
