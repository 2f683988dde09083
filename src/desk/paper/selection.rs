//! The list attached to a decision: points chosen and points not chosen this time.

use axum::extract::Path;
use axum::response::Response;
use serde_json::json;

use super::model::{day_words, place, plain_number};
use super::print::{Paper, answer};
use crate::access::{Act, Need, Routes, Scope};
use crate::error::{Refusal, Result};
use crate::page::Visit;
use crate::point::model::{in_scope, kind_name};
use crate::rule::Outcome;
use crate::text::{Tongue, date_vi};
use crate::{plan, point, selection};

pub(super) fn routes() -> Routes {
    // the same readers as the screen of selection
    Routes::new().get("/lua-chon/{file}", Need::May(Act::ReadSelections), show)
}

async fn show(visit: Visit, Path(file): Path<String>) -> Result<Response> {
    let id = file.strip_suffix(".pdf").ok_or_else(Refusal::not_found)?;
    if id == "cho-quyet-dinh" {
        return candidates(&visit).await;
    }
    let scope = visit.actor.scope();
    let mut tx = visit.app.db().read().await?;
    let decision = selection::store::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let items = selection::store::items(&mut tx, id).await?;
    let (mut selected, mut declined) = (Vec::new(), Vec::new());
    let (mut hidden, mut sample) = (0, false);
    for item in items {
        let Some(point) = point::store::find(&mut tx, &item.point_id).await? else { continue };
        if scope != Scope::All && !in_scope(&scope, &point, &point::store::units_of(&mut tx, &point.id).await?) {
            hidden += 1;
            continue;
        }
        sample |= point.demo;
        let operator = super::name_of(&mut tx, point.operator_id.as_deref()).await?;
        let survey = match (item.done_on, item.outcome.as_deref().and_then(Outcome::read)) {
            (Some(day), Some(outcome)) => format!("Khảo sát ngày {}: {}", date_vi(day), outcome.name().to_lowercase()),
            _ => String::new(),
        };
        let row = json!({
            "code": point.code, "name": point.name, "place": place(&point.address, &super::unit_of(&visit, &point)), "operator": operator,
            "kind": kind_name(&point.kind, Tongue::Vi), "survey": survey, "guidance": item.guidance, "fix_by": item.fix_by.map(date_vi).unwrap_or_default(),
        });
        if item.verdict == "selected" { selected.push(row) } else { declined.push(row) }
    }
    if selected.is_empty() && declined.is_empty() {
        return Err(Refusal::not_found().into());
    }
    let plan = match &decision.plan_id {
        Some(id) => plan::find(&mut tx, id).await?.map(|plan| plan.title).unwrap_or_default(),
        None => String::new(),
    };
    let issuer = super::holder(&mut tx, &visit, "select").await?;
    drop(tx);
    let mut parts = vec![json!({"title": "Điểm được lựa chọn", "declined": false, "rows": selected})];
    if !declined.is_empty() {
        parts.push(json!({"title": "Điểm chưa được lựa chọn", "declined": true, "rows": declined}));
    }
    let partial = if hidden > 0 {
        format!("Bản in này chỉ có các điểm thuộc địa bàn của người in; quyết định còn {hidden} điểm khác.")
    } else {
        String::new()
    };
    let data = json!({
        "title": format!("Danh sách kèm Quyết định {}", plain_number(&decision.number)), "author": issuer.author(), "sample": sample,
        "name": "Danh sách điểm giới thiệu và bán sản phẩm OCOP",
        "number": decision.number, "decided_on": day_words(decision.decided_on), "plan": plan, "partial": partial, "note": decision.note, "parts": parts,
    });
    let name = format!("Danh sách kèm quyết định {}", plain_number(&decision.number));
    answer(&visit.app, &Paper { template: "selection", name, data, pictures: Default::default() }).await
}

/// The points that wait for a decision, with their results: the paper that is signed before it.
async fn candidates(visit: &Visit) -> Result<Response> {
    const MOST: i64 = 300;
    let mut tx = visit.app.db().read().await?;
    let asked = selection::store::Asked { order: selection::store::Order::Result, size: MOST, ..Default::default() };
    let found = selection::store::candidates(&mut tx, &visit.actor.scope(), &asked).await?;
    let left = found.next().is_some();
    let region = visit.app.region();
    let today = visit.app.clock().today();
    let sample = found.rows.iter().any(|row| row.demo);
    let rows: Vec<serde_json::Value> = found
        .rows
        .iter()
        .map(|row| {
            let unit = row.unit_today.as_deref().or(row.unit_id.as_deref()).map(|id| region.label_dated(id, today)).unwrap_or_default();
            let survey = match (row.done_on, row.outcome()) {
                (Some(day), Some(outcome)) => format!("{}; khảo sát ngày {}", outcome.name(), date_vi(day)),
                _ => "chưa có khảo sát".to_owned(),
            };
            json!({"code": row.code, "name": row.name, "place": place(&row.address, &unit), "survey": survey})
        })
        .collect();
    let issuer = super::holder(&mut tx, visit, "select").await?;
    drop(tx);
    let partial =
        if left { format!("Bản in này có {MOST} điểm đầu; còn điểm khác chờ quyết định.") } else { String::new() };
    let data = json!({
        "title": "Danh sách điểm chờ quyết định lựa chọn", "author": issuer.author(), "sample": sample, "name": "Danh sách điểm chờ quyết định lựa chọn",
        "number": "", "decided_on": day_words(today), "plan": "", "partial": partial, "note": "",
        "parts": [{"title": "Điểm đã khảo sát", "declined": false, "open": true, "rows": rows}],
    });
    answer(&visit.app, &Paper { template: "selection", name: "Danh sách điểm chờ quyết định".into(), data, pictures: Default::default() })
        .await
}
