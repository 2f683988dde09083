//! Letters to the operator: what to put right, and the invitation to an opening.

use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};

use super::model::{OPEN, law, place, recipients};
use super::print::{Paper, answer};
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::page::Visit;
use crate::point::{self, Point};
use crate::rule::sheet::answer_to;
use crate::rule::{Outcome, RuleKind, Verdict};
use crate::survey::Desk;
use crate::text::date_vi;
use crate::{party, preparation, selection, survey};

pub(super) fn routes() -> Routes {
    Routes::new().get("/ho-so/{id}/huong-dan.pdf", Need::Rows, guidance).get("/ho-so/{id}/giay-moi.pdf", Need::Rows, invitation)
}

/// The bodies that have to do with a point beside its operator: who nominated it, who supports it, its commune.
async fn around(tx: &mut Tx, point: &Point) -> Result<Vec<String>> {
    let mut names =
        vec![super::name_of(tx, point.nominated_by.as_deref()).await?, super::name_of(tx, point.supporter_id.as_deref()).await?];
    if let Some(unit) = &point.unit_today {
        names.push(party::store::committee(tx, unit).await?.map(|body| body.name).unwrap_or_default());
    }
    Ok(names)
}

/// Whom a letter to a point addresses.
fn addressee(point: &Point, operator: &str) -> String {
    if operator.is_empty() { format!("Đơn vị vận hành {}", point.name) } else { operator.to_owned() }
}

async fn guidance(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    let decision = selection::of(&mut tx, &id).await?.into_iter().next();
    let done = survey::of(&mut tx, &id).await?.into_iter().find(|survey| survey.done_on.is_some());
    let desk = match &done {
        Some(done) => Some(Desk::load(&mut tx, &visit, &done.id).await?),
        None => None,
    };
    let declined = decision.as_ref().filter(|verdict| verdict.verdict == "declined");
    let items = desk.as_ref().map(to_fix).unwrap_or_default();
    // until a decision says so it is a draft of those who write it
    let may_draft = visit.actor.may(Act::DraftLetters);
    if declined.is_none() && (items.is_empty() || !may_draft) {
        return Err(Refusal::rule(
            "no-guidance",
            both("Điểm này chưa có nội dung nào cần hướng dẫn.", "There is nothing that this point has been asked to put right."),
            both(
                "Công văn hướng dẫn in được sau khi khảo sát có mục cần khắc phục, hoặc sau quyết định chưa lựa chọn kèm hướng dẫn.",
                "The letter can be printed once a survey has items to fix, or a decision has declined the point with guidance.",
            ),
        )
        .into());
    }
    let operator = super::name_of(&mut tx, point.operator_id.as_deref()).await?;
    let issuer = super::holder(&mut tx, &visit, "select").await?;
    let others = around(&mut tx, &point).await?;
    drop(tx);
    let to = addressee(&point, &operator);
    let at = place(&point.address, &super::unit_of(&visit, &point));
    let mut before = Vec::new();
    if let Some(desk) = &desk {
        before.push(surveyed(desk, &at));
    }
    if let Some(verdict) = declined {
        before.push(json!(["Tại Quyết định số ", {"number": verdict.number}, format!(" ngày {}, điểm chưa được lựa chọn.", date_vi(verdict.decided_on))]));
    }
    let short = if issuer.short.is_empty() { OPEN } else { &issuer.short };
    before.push(json!([format!("Để hoàn thiện điểm giới thiệu và bán sản phẩm OCOP, {short} đề nghị {to} thực hiện các nội dung sau:")]));
    let lines: Vec<&str> =
        declined.map(|verdict| verdict.guidance.lines().map(str::trim).filter(|line| !line.is_empty()).collect()).unwrap_or_default();
    let mut after = Vec::new();
    if let Some(day) = declined.and_then(|verdict| verdict.fix_by) {
        after.push(format!("Thời hạn hoàn thành: trước ngày {}.", date_vi(day)));
    }
    after.push(format!("Sau khi hoàn thành, đề nghị {to} thông báo đến {short} để được khảo sát lại./."));
    let data = json!({
        "title": format!("Hướng dẫn khắc phục: {}", point.name), "author": issuer.author(), "sample": point.demo,
        "head": issuer.head(&format!("Số: {OPEN}/{OPEN}"), None),
        "about": format!("hướng dẫn hoàn thiện điểm giới thiệu và bán sản phẩm OCOP {}", point.name),
        "to": to, "before": before, "guidance": lines,
        "items_intro": if lines.is_empty() { "Các tiêu chí cần khắc phục:" } else { "Các tiêu chí cần khắc phục theo kết quả khảo sát:" },
        "items": items, "after": after, "recipients": recipients(others), "signer": issuer.signer(),
    });
    answer(
        &visit.app,
        &Paper { template: "guidance", name: format!("Công văn hướng dẫn {}", point.code), data, pictures: Default::default() },
    )
    .await
}

/// Criteria that the survey found wanting, each with its day.
fn to_fix(desk: &Desk) -> Vec<Value> {
    let Ok(basis) = &desk.basis else { return Vec::new() };
    let verdict = |set: &str, item: &str| answer_to(&desk.answers, set, item).map(|found| found.verdict);
    let wanting = basis.items().filter(|(set, group, item)| match (item.rule, verdict(&set.id, &item.id)) {
        (RuleKind::All, Some(Verdict::Fix | Verdict::Fails)) => true,
        // of items of which one has to be met, nothing is asked once one is; a failed one asks for nothing by itself
        (RuleKind::Any, Some(Verdict::Fix)) => {
            !group.criteria.iter().any(|other| other.rule == RuleKind::Any && verdict(&set.id, &other.id) == Some(Verdict::Meets))
        }
        _ => false,
    });
    let wanting = wanting.filter_map(|(set, _, item)| Some((item, answer_to(&desk.answers, &set.id, &item.id)?)));
    wanting.map(|(item, found)| json!({"text": format!("{}. {}", item.id, item.text), "note": found.note, "fix_by": found.fix_by.map(date_vi).unwrap_or_default()})).collect()
}

/// "Ngày … đoàn khảo sát đã khảo sát …".
fn surveyed(desk: &Desk, at: &str) -> Value {
    let day = desk.survey.done_on.map(|day| format!("Ngày {}, đoàn", date_vi(day))).unwrap_or_else(|| "Đoàn".to_owned());
    let outcome =
        Outcome::read(&desk.survey.outcome).map(|outcome| format!(" Kết quả: {}.", outcome.name().to_lowercase())).unwrap_or_default();
    let at = if at.is_empty() { String::new() } else { format!(" tại {at}") };
    let mut runs = vec![json!(format!("{day} khảo sát đã khảo sát điểm “{}”{at}", desk.point.name))];
    if let Ok(basis) = &desk.basis {
        runs.push(json!(" theo "));
        runs.extend(law(&basis.sets));
    }
    runs.push(json!(format!(".{outcome}")));
    Value::Array(runs)
}

async fn invitation(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    let planned = preparation::store::find(&mut tx, &id).await?.and_then(|known| known.ceremony_on.map(|day| (known, day)));
    let Some((preparation, on)) = planned else {
        return Err(Refusal::rule(
            "no-ceremony",
            both("Điểm này chưa có ngày tổ chức lễ khai trương.", "No day is planned for the opening of this point."),
            both(
                format!("Hãy ghi ngày và nơi tổ chức ở mục “Lễ khai trương” tại trang /ho-so/{id}/chuan-bi, rồi in lại."),
                format!("Give day and place under “Lễ khai trương” at /ho-so/{id}/chuan-bi, then print again."),
            ),
        )
        .into());
    };
    let operator = super::name_of(&mut tx, point.operator_id.as_deref()).await?;
    // whoever prints it invites: the body the reader acts for
    let issuer = super::issuer_of_reader(&mut tx, &visit).await?;
    drop(tx);
    let at = if preparation.ceremony_place.is_empty() {
        place(&point.address, &super::unit_of(&visit, &point))
    } else {
        preparation.ceremony_place.clone()
    };
    let guests: Vec<&str> = preparation
        .ceremony_guests
        .lines()
        .map(|line| line.trim().trim_start_matches(['-', '+', '•']).trim().trim_end_matches([';', '.']))
        .filter(|line| !line.is_empty())
        .collect();
    let event = format!("Lễ khai trương Điểm giới thiệu và bán sản phẩm OCOP {}", point.name);
    let data = json!({
        "title": format!("Giấy mời: {event}"), "author": issuer.author(), "sample": point.demo,
        "head": issuer.head(&format!("Số: {OPEN}/GM-{OPEN}"), None),
        "name": "Giấy mời", "about": format!("Dự Lễ khai trương Điểm giới thiệu và bán sản phẩm OCOP\n{}", point.name),
        "issuer": if issuer.short.is_empty() { OPEN } else { &issuer.short }, "guests": guests, "event": event, "on": date_vi(on),
        "place": if at.is_empty() { OPEN } else { &at }, "operator": operator, "recipients": recipients([]), "signer": issuer.signer(),
    });
    answer(
        &visit.app,
        &Paper { template: "invitation", name: format!("Giấy mời khai trương {}", point.code), data, pictures: Default::default() },
    )
    .await
}
