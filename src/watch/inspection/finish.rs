//! A visit is finished: findings of its answers, who is told.

use super::form::Typed;
use super::model::{self, Finding, Inspection, Running};
use super::visit::{Desk, check, fill_page};
use super::{daily, risk, shelf, store};
use crate::access::{Act, store as access};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::journal::Note;
use crate::mail;
use crate::page::{Fields, Visit, go};
use crate::point::{Point, State};
use crate::rule::Verdict;
use crate::rule::sheet::{Basis, Kept, answer_to};
use crate::text::date_vi;
use axum::response::Response;
use std::collections::BTreeSet;

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
    let mut people = daily::around(tx, point, today).await?;
    if running == Running::No {
        people.extend(access::mail_addresses(tx, Act::HearOfPoints, None, None, Some("accept"), today).await?);
    }
    let people: BTreeSet<(String, String)> = people.into_iter().collect();
    let lines: String = findings
        .iter()
        .map(|finding| format!("\n- {} (khắc phục trước {})", finding.what, finding.fix_by.map(date_vi).unwrap_or_default()))
        .collect();
    let found = if findings.is_empty() {
        "\nKhông có phát hiện nào phải khắc phục.".to_owned()
    } else {
        format!("\n{} phát hiện phải khắc phục:{lines}", findings.len())
    };
    let stop = if running == Running::No {
        format!(
            "\n\nNgười kiểm tra ghi nhận điểm không còn hoạt động. Đề nghị xác minh và ghi tạm ngừng nếu đúng: {base}/ho-so/{}#stop",
            point.id
        )
    } else {
        String::new()
    };
    let list = |head: &str, rows: &[(String, String)]| {
        if rows.is_empty() {
            String::new()
        } else {
            format!("\n\n{head}:{}", rows.iter().map(|(product, what)| format!("\n- {product}: {what}")).collect::<String>())
        }
    };
    let missing = list("Không thấy trên kệ OCOP", &shelf.missing);
    let ask = if shelf.missing.iter().any(|(_, what)| what.starts_with("đã hỏi")) {
        format!("\nĐiểm trả lời còn bán hay không tại: {base}/ho-so/{}/hoi-ke", point.id)
    } else {
        String::new()
    };
    let unknown = list("Ngoài sổ kết nối", &shelf.unknown);
    let day = done.visited_on.map(date_vi).unwrap_or_default();
    for (email, name) in people {
        let text = format!(
            "Kính gửi {name},\n\nĐiểm {} – {} được kiểm tra ngày {day}: {}.{found}{missing}{ask}{unknown}{stop}\n\nXem kết quả kiểm tra: {base}/kiem-tra/{}\n",
            point.code,
            point.name,
            running.name(),
            done.id
        );
        mail::queue(tx, now, &email, &format!("Kết quả kiểm tra: {}", point.name), &text).await?;
    }
    Ok(())
}
