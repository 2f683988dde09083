//! A visit is finished: findings of its answers, who is told.

use super::form::Typed;
use super::model::{self, Finding, Inspection, Running};
use super::visit::{Desk, check, fill_page};
use super::{daily, risk, shelf, store};
use crate::access::{Act, Of};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::journal::Note;
use crate::mail;
use crate::page::{Fields, Visit, go};
use crate::point::{Point, State};
use crate::rule::Verdict;
use crate::rule::sheet::{Basis, Kept, answer_to};
use askama::Template;
use axum::response::Response;

/// Items answered “to be fixed” that no finding speaks of become findings, so that nothing is typed twice.
fn findings_of_answers(desk: &Desk, basis: &Basis) -> Vec<Typed> {
    basis
        .items()
        .filter_map(|(set, _, item)| {
            let answer = answer_to(&desk.answers, &set.id, &item.id).filter(|answer| answer.verdict == Verdict::Fix)?;
            let criterion = format!("{}/{}", set.id, item.id);
            let is_told = desk.findings.iter().any(|finding| finding.criterion == criterion);
            let what = if answer.note.is_empty() { item.text.clone() } else { answer.note.clone() };
            (!is_told).then(|| Typed { id: crate::clock::new_id(), what, fix_by: answer.fix_by, criterion })
        })
        .collect()
}

/// Finishes: what is asked must be there; findings count from now on, the point is confirmed if it runs, all are told.
pub(super) async fn finish(mut tx: Tx, visit: &Visit, desk: Desk, fields: &Fields) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    desk.must_be_open(visit)?;
    let basis = desk.basis.clone().ok();
    let (day, errors) = check(&desk, basis.as_ref(), today);
    let (Some(visited_on), Some(running), true) = (day, Running::read(&desk.inspection.running), errors.is_empty()) else {
        return fill_page(&mut tx, visit, desk, Some(fields), errors, false).await;
    };
    let mut done = desk.inspection.clone();
    done.visited_on = Some(visited_on);
    if let Some(basis) = basis.as_ref().filter(|_| !desk.answers.is_empty()) {
        let result = basis.evaluate(&desk.answers);
        done.outcome = result.outcome.word().to_owned();
        done.result = serde_json::to_string(&Kept { sets: basis.ids(), result: Some(result) })?;
        for typed in findings_of_answers(&desk, basis) {
            store::put_draft(&mut tx, &done, &typed, now).await?;
        }
    }
    for typed in shelf::finish(&mut tx, visit, &done, visited_on).await? {
        store::put_draft(&mut tx, &done, &typed, now).await?;
    }
    if store::finish(&mut tx, &done).await? == 0 {
        return Err(Refusal::stale().into());
    }
    store::open_drafts(&mut tx, &done.id).await?;
    let findings = store::findings_of(&mut tx, &done.id).await?;
    let before = desk.point;
    let mut set = serde_json::Map::new();
    if running == Running::Yes {
        set = super::confirm::stand_for(&mut tx, visit, &before, visited_on, model::How::Visit, &done.note).await?;
    }
    let detail = serde_json::json!({
        "inspection": done.id, "visited_on": visited_on, "running": running.word(), "outcome": done.outcome, "note": running.name(),
        "findings": findings.iter().map(|finding| serde_json::json!({"finding": finding.id, "what": finding.what, "fix_by": finding.fix_by})).collect::<Vec<_>>(),
        "set": set,
    });
    Note::of("inspect", ("point", &before.id), detail).by(&mut tx, now, &visit.actor).await?;
    if before.state == State::Closed {
        store::carry(&mut tx, now, &before.id).await?;
    }
    risk::refresh(&mut tx, &before.id, today).await?;
    let shelf = shelf::summary(&mut tx, &done).await?;
    tell(&mut tx, visit, &before, &done, running, &findings, &shelf).await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/kiem-tra/{}", done.id), "inspect"))
}

#[derive(Template)]
#[template(path = "inspection/letter_done.txt", whitespace = "preserve")]
struct DoneLetter<'a> {
    point: &'a Point,
    done: &'a Inspection,
    running: Running,
    findings: &'a [Finding],
    shelf: &'a shelf::Shelf,
    base: &'a str,
}

impl DoneLetter<'_> {
    /// Whether the operator is asked about what was not seen.
    fn asks(&self) -> bool {
        self.shelf.missing.iter().any(|(_, what)| what.starts_with("đã hỏi"))
    }
}

/// Operator, supporting association and commune get the findings; when it has stopped, commune and department are told.
async fn tell(
    tx: &mut Tx,
    visit: &Visit,
    point: &Point,
    done: &Inspection,
    running: Running,
    findings: &[Finding],
    shelf: &shelf::Shelf,
) -> Result<()> {
    let (now, today, base) = (visit.app.clock().now(), visit.app.clock().today(), &visit.app.config().base_url);
    let mut readers = daily::around(tx, point, today).await?;
    if running == Running::No {
        readers.add(tx, Act::HearOfPoints, Of::Power("accept"), today).await?;
    }
    let text = DoneLetter { point, done, running, findings, shelf, base };
    mail::letter(tx, now, readers, &format!("Kết quả kiểm tra: {}", point.name), &text).await?;
    Ok(())
}
