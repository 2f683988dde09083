//! The survey sheet: as it stands, or blank to take along (`?trong=1`).

use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};

use super::model::{fact, hand, law, open_fact, place};
use super::print::{Paper, answer};
use crate::access::{Need, Routes};
use crate::error::{Refusal, Result};
use crate::page::Visit;
use crate::point::model::kind_name;
use crate::rule::sheet::answer_to;
use crate::rule::{Criterion, Outcome, RuleKind};
use crate::survey::Desk;
use crate::text::{Tongue, date_vi};

pub(super) fn routes() -> Routes {
    Routes::new().get("/khao-sat/{id}/phieu.pdf", Need::Rows, show)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let is_blank = visit.query.is_on("trong");
    let mut tx = visit.app.db().read().await?;
    let desk = Desk::load(&mut tx, &visit, &id).await?;
    desk.must_be_readable(&visit)?;
    let operator = super::name_of(&mut tx, desk.point.operator_id.as_deref()).await?;
    let issuer = super::holder(&mut tx, &visit, "select").await?;
    drop(tx);
    let basis = desk.basis.clone().map_err(Refusal::from)?;
    let (survey, point) = (&desk.survey, &desk.point);
    let result = survey.kept().and_then(|kept| kept.result).unwrap_or_else(|| basis.evaluate(&desk.answers));
    let row = |set: &str, item: &Criterion| {
        let found = answer_to(&desk.answers, set, &item.id);
        let photos = desk.pictures.iter().filter(|picture| picture.field == item.id).count();
        let mut notes = Vec::new();
        if let Some(found) = found.filter(|_| !is_blank) {
            notes.push(found.note.clone());
            notes.extend(found.fix_by.map(|day| format!("Khắc phục trước ngày {}", date_vi(day))));
        }
        if photos > 0 && !is_blank {
            notes.push(format!("{photos} ảnh"));
        }
        json!({"id": item.id, "text": item.text, "verdict": found.map_or("–", |found| found.verdict.name()), "notes": notes})
    };
    let mut groups = Vec::new();
    for set in &basis.sets {
        for group in &set.groups {
            let of = |rule: RuleKind| group.criteria.iter().filter(move |item| item.rule == rule);
            let any: Vec<&Criterion> = of(RuleKind::Any).collect();
            let outcome = result
                .groups
                .iter()
                .find(|known| known.set_id == set.id && known.group_id == group.id)
                .map_or("", |known| known.outcome.name());
            let hint = match (any.first(), any.last()) {
                (Some(first), Some(last)) if any.len() > 1 => format!("Từ {} đến {}: cần ít nhất một mục đạt.", first.id, last.id),
                (Some(only), _) => format!("{}: cần đạt.", only.id),
                _ => String::new(),
            };
            let rows: Vec<Value> = of(RuleKind::All).chain(any.iter().copied()).map(|item| row(&set.id, item)).collect();
            groups.push(json!({
                "id": group.id, "title": group.title, "hint": hint, "missing": "Chưa có văn bản nêu; không quyết định.",
                "source": if group.clause.is_empty() { set.number().to_owned() } else { format!("{}, {}", set.number(), group.clause) },
                "result": if is_blank || rows.is_empty() { "" } else { outcome }, "rows": rows,
            }));
        }
    }
    let day = survey.done_on.filter(|_| !is_blank);
    let mut facts = vec![
        fact("Tên điểm", format!("{} ({})", point.name, point.code)),
        fact("Địa chỉ", place(&point.address, &super::unit_of(&visit, point))),
        fact("Loại hình", kind_name(&point.kind, Tongue::Vi)),
        if operator.is_empty() { open_fact("Đơn vị vận hành") } else { fact("Đơn vị vận hành", operator) },
        day.map_or_else(|| open_fact("Ngày khảo sát"), |day| fact("Ngày khảo sát", date_vi(day))),
        if survey.team.is_empty() { open_fact("Đoàn khảo sát") } else { fact("Đoàn khảo sát", survey.team.clone()) },
        json!(["Theo", law(&basis.sets)]),
    ];
    if !basis.applied().is_empty() {
        facts.push(json!(["Vận dụng", [{"number": basis.applied().trim_start_matches("vận dụng ")}]]));
    }
    match survey.position().filter(|_| !is_blank) {
        Some((lon, lat)) => facts.push(fact("Vị trí khảo sát", format!("{lat:.6}, {lon:.6}"))),
        None if is_blank => facts.push(open_fact("Vị trí khảo sát")),
        None => {}
    }
    let words = [Outcome::Meets, Outcome::Fix, Outcome::Fails].map(Outcome::name);
    let state = if is_blank || survey.is_done() { "" } else { "\n(đang điền, chưa hoàn thành)" };
    let data = json!({
        "title": format!("Phiếu khảo sát {}", point.name), "author": issuer.author(), "sample": point.demo, "blank": is_blank,
        "head": issuer.head("", day),
        "name": "Phiếu khảo sát", "about": format!("Điểm giới thiệu và bán sản phẩm OCOP{state}"),
        "facts": facts, "groups": groups, "note": if is_blank { "" } else { &survey.note },
        "outcome": if survey.is_done() { result.outcome.name() } else { "chưa hoàn thành" },
        "words": words,
        "signers": [hand("Đại diện đoàn khảo sát"), hand("Đại diện cơ sở"), hand("UBND xã, phường")],
    });
    let name = format!("{} {}", if is_blank { "Phiếu khảo sát trống" } else { "Phiếu khảo sát" }, point.code);
    answer(&visit.app, &Paper { template: "survey", name, data, pictures: Default::default() }).await
}
