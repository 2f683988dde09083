//! The file of a point as one PDF: what its record page shows, and what lies behind it.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};

use super::model::{fact, place};
use super::print::{Paper, answer};
use crate::access::{Need, Routes};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::file::{self, Attachment, Size};
use crate::page::Visit;
use crate::point::model::kind_name;
use crate::point::{self, Point};
use crate::preparation::model::{Section, sign_of};
use crate::rule::Outcome;
use crate::text::{Tongue, date_vi, dong};
use crate::{journal, preparation, selection, survey};

/// Most pictures of the way to the opening, and as many of what came after.
const PICTURES: usize = 24;
/// Most lines of history.
const LINES: i64 = 100;

pub(super) fn routes() -> Routes {
    Routes::new().get("/ho-so/{id}/ho-so.pdf", Need::Rows, show)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    let operator = super::name_of(&mut tx, point.operator_id.as_deref()).await?;
    let issuer = super::holder(&mut tx, &visit, "select").await?;
    let unit = super::unit_of(&visit, &point);
    let facts = facts(&mut tx, &visit, &point, &operator).await?;
    let life: Vec<Value> = point::period::of(&mut tx, &id)
        .await?
        .into_iter()
        .filter(|period| period.may_to != Some(period.may_from))
        .map(|period| json!({"state": period.state.name(Tongue::Vi), "from": period.since(Tongue::Vi), "to": period.last(Tongue::Vi)}))
        .collect();
    let surveys = survey::of(&mut tx, &id).await?;
    let decisions: Vec<Value> = selection::of(&mut tx, &id)
        .await?
        .into_iter()
        .map(|verdict| {
            let by = verdict.fix_by.map(|day| format!("\nKhắc phục trước ngày {}", date_vi(day))).unwrap_or_default();
            let word = if verdict.verdict == "selected" { "Được lựa chọn" } else { "Chưa được lựa chọn" };
            json!({"number": verdict.number, "on": date_vi(verdict.decided_on), "verdict": word, "guidance": format!("{}{by}", verdict.guidance)})
        })
        .collect();
    let (prepared, items) = preparation(&mut tx, &visit, &id).await?;
    let support = preparation::store::support(&mut tx, &id).await?;
    let mut attached = file::of(&mut tx, "point", &id).await?;
    attached.extend(file::of(&mut tx, "preparation", &id).await?);
    for survey in surveys.iter().filter(|survey| survey.done_on.is_some()) {
        attached.extend(file::of(&mut tx, "survey", &survey.id).await?);
    }
    let operated = super::operated::gather(&mut tx, (&visit.actor, visit.app.clock().today()), &point).await?;
    let all_pictures = attached.len() + operated.pictures.len();
    attached.truncate(PICTURES);
    // the latest visits say most
    let late = operated.pictures.len().saturating_sub(PICTURES);
    attached.extend(operated.pictures.into_iter().skip(late));
    let mut history = journal::history(&mut tx, "point", &id, i64::MAX, LINES + 1).await?;
    drop(tx);
    let more_history = history.len() as i64 > LINES;
    history.truncate(LINES as usize);
    let (shown, pictures) = pictures(&visit, &attached).await?;
    let mut cover = vec![
        fact("Mã điểm", point.code.clone()),
        fact("Trạng thái", format!("{} {}", point.state.name(Tongue::Vi), point.since(Tongue::Vi))),
    ];
    for (label, value) in [("Đơn vị vận hành", &operator), ("Xã, phường", &unit)] {
        if !value.is_empty() {
            cover.push(fact(label, value.clone()));
        }
    }
    let data = json!({
        "title": format!("Hồ sơ điểm {} – {}", point.code, point.name), "author": issuer.author(), "sample": point.demo,
        "programme": format!("Chương trình Mỗi xã một sản phẩm – {}", visit.app.region().province().full_name),
        "point": point.name, "address": place(&point.address, &unit), "cover": cover,
        "printed": format!("In ngày {} từ hệ thống quản lý điểm OCOP", date_vi(visit.app.clock().today())),
        "facts": facts, "life": life,
        "surveys": surveys.iter().map(survey_row).collect::<Vec<_>>(),
        "decisions": decisions, "preparation": prepared, "items": items,
        "support": support.iter().map(support_row).collect::<Vec<_>>(),
        "support_sum": dong(support.iter().map(|line| line.amount).sum()),
        "pictures": shown, "more_pictures": all_pictures - attached.len(), "operated": operated.data,
        "history": history.iter().map(|entry| json!({"at": entry.when(), "what": entry.what(), "why": entry.why(), "by": entry.actor_name})).collect::<Vec<_>>(),
        "more_history": more_history,
    });
    answer(&visit.app, &Paper { template: "file", name: format!("Hồ sơ điểm {}", point.code), data, pictures }).await
}

fn survey_row(survey: &survey::Summary) -> Value {
    let on = match (survey.done_on, survey.planned_on) {
        (Some(day), _) => date_vi(day),
        (None, Some(day)) => format!("dự kiến {}", date_vi(day)),
        (None, None) => String::new(),
    };
    let basis = survey.applied().or_else(|| survey.set_number.clone()).unwrap_or_default();
    json!({"on": on, "basis": crate::rule::plain(&basis), "outcome": Outcome::read(&survey.outcome).map_or("đang làm", Outcome::name)})
}

fn support_row(line: &preparation::model::Support) -> Value {
    let source = crate::law::money::name(&line.source);
    let source = [source, &line.source_note].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ");
    json!({"what": line.what, "amount": dong(line.amount), "on": date_vi(line.given_on), "source": source, "bound_to": line.commitment_to.map(date_vi).unwrap_or_default()})
}

/// What the record page tells of a point, contact included: its readers are the same.
async fn facts(tx: &mut Tx, visit: &Visit, point: &Point, operator: &str) -> Result<Vec<Value>> {
    let region = visit.app.region();
    let today = visit.app.clock().today();
    let recorded = point.unit_id.as_deref().map(|unit| region.label_dated(unit, today)).unwrap_or_default();
    let contact =
        [&point.contact, &point.phone, &point.email].into_iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join("\n");
    let rows = [
        ("Loại hình", kind_name(&point.kind, Tongue::Vi).to_owned()),
        ("Địa chỉ (như in)", point.address.clone()),
        ("Đơn vị ghi nhận", recorded),
        ("Xã, phường hiện nay", point.unit_today.as_deref().map(|unit| region.label(unit)).unwrap_or_default()),
        ("Tọa độ", point.pin().map(|(lon, lat)| format!("{lat:.6}, {lon:.6}")).unwrap_or_default()),
        ("Diện tích", point.area_m2.map(|area| format!("{} m²", area.to_string().replace('.', ","))).unwrap_or_default()),
        ("Giờ mở cửa", crate::point::hours::Hours::words(&point.hours, Tongue::Vi)),
        ("Đơn vị vận hành", operator.to_owned()),
        ("Liên hệ", contact),
        ("Đề nghị bởi", super::name_of(tx, point.nominated_by.as_deref()).await?),
        ("Hội hỗ trợ", super::name_of(tx, point.supporter_id.as_deref()).await?),
        ("Khai trương", point.opened().map(|day| day.shown(Tongue::Vi)).unwrap_or_default()),
        ("Xác nhận hoạt động", point.last_confirmed_on.map(date_vi).unwrap_or_default()),
        ("Sản phẩm dự kiến", point.goods.clone()),
        ("Giới thiệu", point.about.clone()),
        ("Nguồn", point.source.clone()),
    ];
    Ok(rows.into_iter().filter(|(_, value)| !value.is_empty()).map(|(label, value)| fact(label, value)).collect())
}

/// Preparation in a few lines, and what was done of its checklist.
async fn preparation(tx: &mut Tx, visit: &Visit, id: &str) -> Result<(Vec<Value>, Vec<Value>)> {
    let list = visit.app.checklist();
    let (Some(known), Some(card)) = (preparation::store::find(tx, id).await?, preparation::card(tx, &list, id).await?) else {
        return Ok((Vec::new(), Vec::new()));
    };
    let mut rows =
        vec![fact("Bắt đầu", date_vi(known.started_on)), fact("Việc bắt buộc", format!("{}/{} đã xong", card.done, card.required))];
    let deadlines = crate::duty::store::deadlines(tx, id).await?.into_iter().filter(crate::duty::Deadline::stands);
    let deadlines = deadlines
        .map(|deadline| format!("{}: {} ({})", deadline.title(), date_vi(deadline.due_on), deadline.source))
        .collect::<Vec<_>>()
        .join("\n");
    let ceremony = [known.ceremony_on.map(date_vi).unwrap_or_default(), known.ceremony_place.clone()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    let told = [
        ("Các hạn", deadlines),
        ("Cam kết đến", card.commitment_to.map(date_vi).unwrap_or_default()),
        ("Lễ khai trương", ceremony),
        ("Khai trương", known.opened_note.clone()),
    ];
    rows.extend(told.into_iter().filter(|(_, value)| !value.is_empty()).map(|(label, value)| fact(label, value)));
    let done = preparation::store::done(tx, id).await?;
    let mut items = Vec::new();
    for section in [Section::Prepare, Section::Open] {
        for item in section.items(&list, known.shared_sellers) {
            let found = done.iter().find(|done| done.section == section.word() && done.item_id == item.id);
            let size = found.and_then(|done| Some(format!("{} × {} mm", done.width_mm?, done.height_mm?)));
            let ratio = found.and_then(|done| sign_of(item, done)).map(|sign| format!("tỷ lệ {}", sign.measured()));
            let by = found.map(|done| done.done_by.clone());
            let note = [size, ratio, by, found.map(|done| done.note.clone())]
                .into_iter()
                .flatten()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join("\n");
            items.push(
                json!({"text": item.text, "on": found.and_then(|done| done.done_on).map_or("chưa xong".to_owned(), date_vi), "note": note}),
            );
        }
    }
    Ok((rows, items))
}

/// The first pictures at their small size; a file that is not there any more is passed over.
async fn pictures(visit: &Visit, attached: &[Attachment]) -> Result<(Vec<Value>, BTreeMap<String, Vec<u8>>)> {
    let (mut shown, mut pictures) = (Vec::new(), BTreeMap::new());
    for picture in attached {
        match visit.app.files().read(&picture.file_id, Size::Small).await {
            Ok(bytes) => {
                let name = format!("{}.jpg", picture.id);
                shown.push(json!({"name": name, "caption": picture.caption}));
                pictures.insert(name, bytes);
            }
            Err(Error::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((shown, pictures))
}
