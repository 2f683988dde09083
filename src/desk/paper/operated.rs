//! What happened at a point after its opening, for its file: visits, findings, complaints, pauses and the end, what was owed,
//! what took its place, portals, the shelf. The values are those of the screens.

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::access::Actor;
use crate::connection::{self, shelf, zone};
use crate::db::Tx;
use crate::error::Result;
use crate::file::{self, Attachment};
use crate::inspection::{self, model::Running, model::level_name, model::source_name};
use crate::operation::{self, model::days_without};
use crate::point::{Point, State};
use crate::product;
use crate::publication;
use crate::text::{Tongue, date_vi, dong};

/// What the file says of it, and the pictures of visits with what they show.
pub(super) struct Operated {
    pub(super) data: Value,
    pub(super) pictures: Vec<Attachment>,
}

fn on(day: Option<NaiveDate>) -> String {
    day.map(date_vi).unwrap_or_default()
}

fn joined(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Gathers it for a reader on a day; nothing of a point that never opened.
pub(super) async fn gather(tx: &mut Tx, reader: (&Actor, NaiveDate), point: &Point) -> Result<Operated> {
    if !point.state.is_public() {
        return Ok(Operated { data: Value::Null, pictures: Vec::new() });
    }
    let mut pictures = Vec::new();
    let (visits, findings) = visits(tx, reader, point, &mut pictures).await?;
    let confirmations: Vec<Value> = inspection::store::confirmations(tx, &point.id, 10)
        .await?
        .into_iter()
        .map(|known| json!({"on": date_vi(known.confirmed_on), "how": inspection::model::How::read(&known.how).map_or("", inspection::model::How::name), "by": known.by_name}))
        .collect();
    // who is complained about does not read who complained, as on screen
    let is_outside = reader.0.is_outside();
    let complaints = if is_outside { Vec::new() } else { inspection::store::complaints(tx, &point.id).await? };
    let complaints: Vec<Value> = complaints
        .into_iter()
        .map(|complaint| {
            let answer = match complaint.answered_on {
                Some(day) => format!("Trả lời {}: {}\n{}", date_vi(day), complaint.answer, complaint.answered_by),
                None => "chưa trả lời".to_owned(),
            };
            json!({"on": date_vi(complaint.received_on), "what": format!("{}: {}", source_name(&complaint.source), complaint.what), "answer": answer})
        })
        .collect();
    let data = json!({
        "visits": visits, "findings": findings, "confirmations": confirmations, "complaints": complaints, "is_outside": is_outside,
        "stops": stops(tx, reader, point).await?, "stop_facts": after_closing(tx, reader, point).await?,
        "portals": portals(tx, point).await?, "shelf": on_shelf(tx, reader, point).await?,
    });
    Ok(Operated { data, pictures })
}

/// Visits, the oldest first, and all that they found.
async fn visits(
    tx: &mut Tx,
    reader: (&Actor, NaiveDate),
    point: &Point,
    pictures: &mut Vec<Attachment>,
) -> Result<(Vec<Value>, Vec<Value>)> {
    let (_, today) = reader;
    let mut known = inspection::store::of(tx, &point.id).await?;
    known.reverse();
    let (mut visits, mut found) = (Vec::new(), Vec::new());
    let is_outside = reader.0.is_outside();
    for inspection in known.iter().filter(|inspection| inspection.is_done() || !is_outside) {
        if !inspection.is_done() {
            let what = if inspection.state == "cancelled" {
                format!("đã hủy: {}", inspection.change_reason)
            } else {
                "chưa hoàn thành".to_owned()
            };
            visits.push(json!({"on": format!("dự kiến {}", date_vi(inspection.planned_on)), "what": what, "note": inspection.reason}));
            continue;
        }
        let shelf = inspection::shelf::summary(tx, inspection).await?;
        let findings = inspection::store::findings_of(tx, &inspection.id).await?;
        let mut photos = file::of(tx, "inspection", &inspection.id).await?;
        let day = inspection.visited_on.unwrap_or(inspection.planned_on);
        let outcome = crate::rule::Outcome::read(&inspection.outcome)
            .map_or(String::new(), |outcome| format!("Tiêu chí: {}", outcome.name().to_lowercase()));
        let seen = if shelf.looked == 0 {
            String::new()
        } else {
            format!(
                "Kệ hàng: xem {}, không được bày {}, không thấy {}, ngoài sổ {}",
                shelf.looked,
                shelf.wrong.len(),
                shelf.missing.len(),
                shelf.unknown.len()
            )
        };
        let count = format!("{} phát hiện, {} ảnh", findings.len(), photos.len());
        visits.push(json!({
            "on": date_vi(day), "what": joined([Running::read(&inspection.running).map_or(String::new(), |running| running.name().to_owned()), outcome, seen, count]),
            "note": joined([inspection.team.clone(), inspection.note.clone()]),
        }));
        for finding in findings {
            let state = match finding.state.as_str() {
                "fixed" => format!("đã khắc phục {}\n{}", on(finding.closed_on), finding.closed_how),
                "carried" => "giữ trong hồ sơ khi đóng cửa".to_owned(),
                "open" if finding.is_late(today) => format!("chưa khắc phục, quá hạn; {}", level_name(finding.level)),
                _ if finding.reported_on.is_some() => format!("cơ sở báo đã khắc phục {}, chờ xác nhận", on(finding.reported_on)),
                _ => "chưa khắc phục".to_owned(),
            };
            found.push(json!({"on": date_vi(day), "what": finding.what, "fix_by": on(finding.fix_by), "state": state}));
            photos.extend(file::of(tx, "finding", &finding.id).await?);
        }
        for photo in &mut photos {
            photo.caption = format!("Kiểm tra {}: {}", date_vi(day), photo.caption);
        }
        pictures.extend(photos);
    }
    Ok((visits, found))
}

/// Pauses and the end, the oldest first.
async fn stops(tx: &mut Tx, reader: (&Actor, NaiveDate), point: &Point) -> Result<Vec<Value>> {
    let (_, today) = reader;
    let mut stops = operation::store::stops(tx, &point.id).await?;
    stops.reverse();
    let row = |stop: &operation::model::Stop| {
        let what = match (stop.is_closing(), stop.ended_on, stop.until_on) {
            (true, ..) => format!("Đóng hẳn từ {}", date_vi(stop.from_on)),
            (_, Some(end), _) => format!("Tạm ngừng {} đến {} ({} ngày)", date_vi(stop.from_on), date_vi(end), stop.days(today)),
            (_, None, Some(until)) => {
                format!("Tạm ngừng từ {}, dự kiến mở lại {} ({} ngày)", date_vi(stop.from_on), date_vi(until), stop.days(today))
            }
            _ => format!("Tạm ngừng từ {} ({} ngày)", date_vi(stop.from_on), stop.days(today)),
        };
        let carried = if stop.open_findings > 0 {
            format!("{} phát hiện chưa khắc phục được chuyển vào hồ sơ.", stop.open_findings)
        } else {
            String::new()
        };
        json!({"what": what, "why": joined([format!("{}: {}", stop.cause_name(), stop.reason), carried]), "by": stop.recorded_by})
    };
    Ok(stops.iter().map(row).collect())
}

/// What the end of a point left to settle: commitments, money, what takes its place.
async fn after_closing(tx: &mut Tx, reader: (&Actor, NaiveDate), point: &Point) -> Result<Vec<Value>> {
    let (_, today) = reader;
    let mut rows: Vec<(&str, String)> = Vec::new();
    let (bound, bound_to) = operation::store::bound_on(tx, &point.id, today).await?;
    if bound > 0 {
        rows.push((
            "Cam kết đang ràng buộc",
            format!("{}{}", dong(bound), bound_to.map(|to| format!(", đến {}", date_vi(to))).unwrap_or_default()),
        ));
    }
    if let Some(stop) = operation::store::closing(tx, &point.id).await?.filter(|stop| !stop.payback_state.is_empty()) {
        rows.push((
            "Hỗ trợ còn ràng buộc khi đóng",
            format!(
                "{}{}",
                dong(stop.support_total),
                stop.commitment_to.map(|to| format!(", cam kết đến {}", date_vi(to))).unwrap_or_default()
            ),
        ));
        let due = stop.payback_due.map(|due| format!(", trước {}", date_vi(due))).unwrap_or_default();
        rows.push((
            "Phải hoàn trả",
            if stop.payback_state == "undecided" {
                "chưa quyết định".to_owned()
            } else {
                joined([format!("{}{due}", dong(stop.payback)), stop.payback_basis.clone()])
            },
        ));
        if stop.repaid > 0 || stop.owed() > 0 {
            let paid = operation::store::repayments(tx, &stop.id)
                .await?
                .into_iter()
                .map(|paid| format!("{}: {} {}", date_vi(paid.paid_on), dong(paid.amount), paid.note));
            rows.push(("Đã trả", joined(std::iter::once(dong(stop.repaid)).chain(paid))));
            rows.push(("Còn phải trả", format!("{}{}", dong(stop.owed()), if stop.is_late(today) { " (quá hạn)" } else { "" })));
        }
    }
    let replacements = operation::store::replacements(tx, &point.id).await?;
    for replacement in &replacements {
        let state = match replacement.state.as_str() {
            "chosen" => format!("được chọn {}", on(replacement.chosen_on)),
            "dropped" => "đã bỏ".to_owned(),
            _ => format!("đề nghị bởi {}", replacement.proposed_by),
        };
        let opened = replacement.opened_on.map(|day| format!(" từ {}", date_vi(day))).unwrap_or_default();
        rows.push((
            "Điểm thay thế",
            joined([
                format!("{} ({}), {}{opened}", replacement.name, replacement.code, replacement.point_state.name(Tongue::Vi)),
                state,
                replacement.note.clone(),
            ]),
        ));
    }
    for (_, code, name, closed) in operation::store::replaces(tx, &point.id).await? {
        rows.push(("Thay cho", format!("{name} ({code}){}", closed.map(|day| format!(", đóng {}", date_vi(day))).unwrap_or_default())));
    }
    if let (State::Closed, Some(closed)) = (point.state, point.closed_on) {
        let opened = replacements.iter().find(|replacement| replacement.state == "chosen").and_then(|replacement| replacement.opened_on);
        rows.push(("Không có điểm", format!("{} ngày", days_without(closed, opened, today))));
    }
    Ok(rows.into_iter().map(|(label, value)| super::model::fact(label, value)).collect())
}

/// The portals that were asked to show it.
async fn portals(tx: &mut Tx, point: &Point) -> Result<Vec<Value>> {
    let mut rows = Vec::new();
    for publication::store::Row { listing, outlet, .. } in publication::store::portals_of(tx, &point.id).await? {
        let said = |label: &str, day: Option<NaiveDate>, by: &str| match day {
            Some(day) if by.is_empty() => format!("{label} {}", date_vi(day)),
            Some(day) => format!("{label} {}, {by} xác nhận", date_vi(day)),
            None => String::new(),
        };
        let when = [
            said("đề nghị đăng", Some(listing.wanted_on), ""),
            said("đã đăng", listing.confirmed_on, &listing.confirmed_by),
            said("đề nghị gỡ", listing.takedown_on, ""),
            said("đã gỡ", listing.taken_down_on, &listing.taken_down_by),
        ];
        rows.push(json!({"name": outlet, "state": listing.state.name().1, "url": listing.confirmed_url, "when": joined(when)}));
    }
    Ok(rows)
}

/// What stands on its shelf today, with the papers by which it stands there.
async fn on_shelf(tx: &mut Tx, reader: (&Actor, NaiveDate), point: &Point) -> Result<Vec<Value>> {
    let (_, today) = reader;
    let shelf = shelf::ledger_of_point(tx, &point.id, today).await?;
    let ids: Vec<&str> = shelf.iter().map(|line| line.product.id.as_str()).collect();
    let claims = connection::store::claims_of(tx, &ids).await?;
    let rows = shelf.iter().map(|line| {
        let papers = match (&line.basis, &line.certificate) {
            (Err(out), _) => format!("{}; phải gỡ khỏi kệ", out.name()),
            (Ok(basis), _) if basis.paper => {
                let claim = claims.get(&line.product.id).and_then(|claims| claims.iter().find(|claim| claim.basis == basis.id && claim.holds(today)));
                let paper = claim.map(|claim| format!("giấy số {} của {}{}", claim.paper_no, claim.paper_issuer, claim.last_day().map(|day| format!(", đến hết {}", date_vi(day))).unwrap_or_default())).unwrap_or_default();
                joined([zone::name(&basis.id, Tongue::Vi).to_owned(), paper])
            }
            (Ok(_), Some(certificate)) => {
                let number = certificate.number.as_deref().map(|number| format!("giấy số {number}, ")).unwrap_or_default();
                format!("{} sao, {number}đến hết {}", certificate.stars, date_vi(certificate.last_day()))
            }
            (Ok(basis), None) => zone::name(&basis.id, Tongue::Vi).to_owned(),
        };
        let from = line.comes_from();
        json!({"product": joined([format!("{} ({})", line.product.name, product::code::shown(&line.product.code)), from.to_owned()]), "since": date_vi(line.since), "papers": papers})
    });
    Ok(rows.collect())
}
