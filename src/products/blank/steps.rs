//! Receiving a batch, writing down what became of serials, correcting it.

use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Batch, State, Use};
use super::{may_keep, pages, store};
use crate::access::{Act, Need, Routes};
use crate::clock;
use crate::db::Tx;
use crate::error::{Both, Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Fields, Sent, Visit, go, once};
use crate::product::model::standing;
use crate::product::{self, Certificate};
use crate::text::date_vi;
use crate::typed::past;

/// Longest line.
const LINE: usize = 300;

/// The routes of this file.
pub fn routes() -> Routes {
    const KEEPERS: Need = Need::May(Act::KeepProducts);
    Routes::new().post("/phoi-giay/lo", KEEPERS, receive).post("/phoi-giay/dung", KEEPERS, note).post("/phoi-giay/sua", KEEPERS, correct)
}

fn must_keep(visit: &Visit) -> Result<()> {
    if may_keep(visit) { Ok(()) } else { Err(Refusal::forbidden().into()) }
}

/// A serial with its series.
fn named(series: &str, serial: i64) -> String {
    if series.is_empty() { serial.to_string() } else { format!("{series} {serial}") }
}

/// A day that has come and that was given.
fn day(fields: &Fields, errors: &mut Errors, name: &str, today: NaiveDate) -> Option<NaiveDate> {
    let day = errors.take(name, past(fields.get(name), today))?;
    if day.is_none() {
        errors.add(name, both("Hãy ghi ngày.", "Give the day."));
    }
    day
}

/// A batch comes in.
async fn receive(visit: Visit, sent: Sent) -> Result<Response> {
    must_keep(&visit)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut errors = Errors::default();
    let series = errors.take("batch_series", model::series(fields.get("batch_series")));
    let range = errors.take("range", model::batch(fields.get("range")));
    let received_on = day(&fields, &mut errors, "received_on", today);
    let (from_whom, note) = (fields.text("from_whom", LINE, &mut errors), fields.text("batch_note", LINE, &mut errors));
    let mut tx = once::begin(&visit, &fields).await?;
    store::hold(&mut tx).await?;
    if let (Some(series), Some((first, last))) = (&series, range)
        && let Some(known) = store::overlapping(&mut tx, series, first, last).await?
    {
        errors.add(
            "range",
            both(
                format!(
                    "Trùng với lô {}-{} nhận ngày {}; hãy kiểm tra lại số đầu và số cuối.",
                    known.first,
                    known.last,
                    date_vi(known.received_on)
                ),
                format!(
                    "Overlaps the batch {}-{} received on {}; check first and last.",
                    known.first,
                    known.last,
                    date_vi(known.received_on)
                ),
            ),
        );
    }
    let (Some(series), Some((first, last)), Some(received_on), true) = (series, range, received_on, errors.is_empty()) else {
        drop(tx);
        return pages::page(&visit, "batch", Some((fields, errors))).await;
    };
    let batch = Batch {
        id: clock::new_id(),
        series,
        first,
        last,
        received_on,
        from_whom,
        note,
        created_by: visit.actor.journal_id().to_owned(),
        created_at: now,
    };
    store::add_batch(&mut tx, &batch).await?;
    let detail = serde_json::json!({
        "note": format!("{} {first}-{last}", batch.series), "series": batch.series, "first": first, "last": last, "received_on": received_on, "from_whom": batch.from_whom, "remark": batch.note,
    });
    Note::of("receive_blanks", ("blank", &batch.id), detail).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, go("/phoi-giay", "receive_blanks")).await
}

/// The certificates that were typed, one a line: by their number, or by the code of the product they count for.
async fn certificates(tx: &mut Tx, typed: &str, on: NaiveDate) -> Result<Result<Vec<Certificate>, Both>> {
    let marks: Vec<&str> = typed.lines().map(str::trim).filter(|mark| !mark.is_empty()).collect();
    let by_number = store::certificates(tx, &marks).await?;
    let unknown: Vec<&str> =
        marks.iter().copied().filter(|mark| !by_number.iter().any(|known| known.number.as_deref() == Some(mark))).collect();
    let products = store::products(tx, &unknown).await?;
    let ids: Vec<&str> = products.iter().map(|(id, _)| id.as_str()).collect();
    let of_products = product::store::certificates_of(tx, &ids).await?;
    let mut found: Vec<Certificate> = Vec::new();
    for mark in marks {
        let certificate = match by_number.iter().find(|known| known.number.as_deref() == Some(mark)) {
            Some(known) => known.clone(),
            None => match products.iter().find(|(_, code)| code == mark) {
                None => {
                    return Ok(Err(both(
                        format!("Không có giấy chứng nhận số hoặc sản phẩm mã “{mark}”."),
                        format!("There is no certificate number or product code “{mark}”."),
                    )));
                }
                Some((id, _)) => match of_products.get(id).and_then(|certificates| standing(certificates, on).certificate) {
                    Some(certificate) => certificate.clone(),
                    None => {
                        return Ok(Err(both(
                            format!("Sản phẩm “{mark}” chưa có giấy chứng nhận vào ngày này."),
                            format!("The product “{mark}” has no certificate on that day."),
                        )));
                    }
                },
            },
        };
        if let Err(why) = model::check(&certificate, on) {
            return Ok(Err(both(format!("Giấy chứng nhận “{mark}” {}.", why.vi), format!("The certificate “{mark}” {}.", why.en))));
        }
        if found.iter().any(|known| known.id == certificate.id) {
            return Ok(Err(both(
                format!("Giấy chứng nhận “{mark}” ghi hai lần; mỗi giấy một phôi."),
                format!("The certificate “{mark}” is written twice; each has one blank."),
            )));
        }
        found.push(certificate);
    }
    let ids: Vec<&str> = found.iter().map(|certificate| certificate.id.as_str()).collect();
    if let Some((id, series, serial)) = store::of_certificates(tx, &ids).await?.into_iter().next() {
        let number =
            found.iter().find(|certificate| certificate.id == id).and_then(|certificate| certificate.number.clone()).unwrap_or_default();
        let blank = named(&series, serial);
        return Ok(Err(both(
            format!("Giấy chứng nhận {number} đã in trên phôi {blank}; mỗi giấy một phôi."),
            format!("The certificate {number} is printed on blank {blank}; each has one."),
        )));
    }
    Ok(Ok(found))
}

/// The batch of each serial, none of which may be used, spoilt or lost already, or used before it came in.
async fn free(tx: &mut Tx, series: &str, serials: &[i64], on: NaiveDate) -> Result<Result<Vec<Batch>, Both>> {
    let (first, last) = (serials.iter().min().copied().unwrap_or_default(), serials.iter().max().copied().unwrap_or_default());
    let batches = store::batches_of(tx, series, first, last).await?;
    let mut found = Vec::new();
    let mut outside = Vec::new();
    for serial in serials {
        match batches.iter().find(|batch| batch.holds(*serial)) {
            Some(batch) => found.push(batch.clone()),
            None => outside.push(*serial),
        }
    }
    if !outside.is_empty() {
        let list = model::spoken(&outside);
        return Ok(Err(both(
            format!("Số {list} không thuộc lô phôi nào đã nhận của sê-ri này."),
            format!("{list}: not in any batch received of this series."),
        )));
    }
    if let Some(batch) = found.iter().find(|batch| on < batch.received_on) {
        return Ok(Err(both(
            format!("Lô {}-{} nhận ngày {}, sau ngày {}.", batch.first, batch.last, date_vi(batch.received_on), date_vi(on)),
            format!("The batch {}-{} came in on {}, after {}.", batch.first, batch.last, date_vi(batch.received_on), date_vi(on)),
        )));
    }
    for batch in &batches {
        if let Some(known) = store::uses(tx, &batch.id, first, last).await?.into_iter().find(|known| serials.contains(&known.serial)) {
            let blank = named(series, known.serial);
            return Ok(Err(both(
                format!(
                    "Phôi {blank} đã ghi “{}” ngày {}; một phôi chỉ dùng một lần.",
                    known.state.name().to_lowercase(),
                    date_vi(known.day)
                ),
                format!("Blank {blank} was written down as {} on {}; a blank is used once.", known.state.word(), date_vi(known.day)),
            )));
        }
    }
    Ok(Ok(found))
}

/// Serials are used, spoilt or lost.
async fn note(visit: Visit, sent: Sent) -> Result<Response> {
    must_keep(&visit)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut errors = Errors::default();
    let series = errors.take("series", model::series(fields.get("series")));
    let serials = errors.take("serials", model::serials(fields.get("serials")));
    let on = day(&fields, &mut errors, "day", today);
    let state = State::read(fields.get("state"));
    let why = fields.text("why", LINE, &mut errors);
    match state {
        None => errors.add("state", both("Hãy chọn đã dùng, hỏng hay mất.", "Choose used, spoilt or lost.")),
        Some(State::Spoilt | State::Lost) if why.is_empty() => {
            errors.add("why", both("Hãy ghi lý do hỏng hoặc mất.", "State why they are spoilt or lost."))
        }
        Some(_) => {}
    }
    let mut tx = once::begin(&visit, &fields).await?;
    store::hold(&mut tx).await?;
    let mut batches = None;
    if let (Some(series), Some(serials), Some(on)) = (&series, &serials, on) {
        batches = errors.take("serials", free(&mut tx, series, serials, on).await?);
    }
    let mut printed = Vec::new();
    if let (Some(State::Used), Some(serials), Some(on)) = (state, &serials, on)
        && let Some(found) = errors.take("certificates", certificates(&mut tx, fields.get("certificates"), on).await?)
    {
        if found.len() != serials.len() {
            let (blanks, papers) = (serials.len(), found.len());
            errors.add(
                "certificates",
                both(
                    format!("Có {blanks} phôi nhưng {papers} giấy chứng nhận; mỗi dòng một giấy, theo thứ tự số phôi."),
                    format!("There are {blanks} blanks but {papers} certificates; one a line, in the order of serials."),
                ),
            );
        }
        printed = found;
    }
    let (Some(series), Some(serials), Some(on), Some(state), Some(batches), true) =
        (series, serials, on, state, batches, errors.is_empty())
    else {
        drop(tx);
        return pages::page(&visit, "use", Some((fields, errors))).await;
    };
    let mut papers = printed.into_iter();
    let uses: Vec<Use> = serials
        .iter()
        .zip(&batches)
        .map(|(serial, batch)| Use {
            batch_id: batch.id.clone(),
            serial: *serial,
            state,
            day: on,
            certificate_id: papers.next().map(|certificate| certificate.id),
            note: why.clone(),
            created_by: visit.actor.journal_id().to_owned(),
            created_at: now,
        })
        .collect();
    store::add(&mut tx, &uses).await?;
    let verb = match state {
        State::Used => "use_blanks",
        State::Spoilt => "spoil_blanks",
        State::Lost => "lose_blanks",
    };
    let list = format!("{series} {}", model::spoken(&serials));
    let mut told: Vec<&str> = batches.iter().map(|batch| batch.id.as_str()).collect();
    told.dedup();
    for batch in told {
        let rows: Vec<_> =
            uses.iter().filter(|row| row.batch_id == batch).map(|row| serde_json::json!([row.serial, row.certificate_id])).collect();
        let detail = serde_json::json!({"note": list.trim(), "reason": why, "day": on, "serials": rows});
        Note::of(verb, ("blank", batch), detail).by(&mut tx, now, &visit.actor).await?;
    }
    once::end(tx, &fields, go("/phoi-giay", verb)).await
}

/// What was written down of a serial is corrected: a used one is spoilt or lost after all, or the line was a mistake.
async fn correct(visit: Visit, sent: Sent) -> Result<Response> {
    must_keep(&visit)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let (batch, serial) = (fields.get("batch").to_owned(), fields.get("serial").parse::<i64>().map_err(|_| Refusal::not_found())?);
    let mut tx = visit.app.db().write().await?;
    store::hold(&mut tx).await?;
    let before = store::uses(&mut tx, &batch, serial, serial).await?.pop().ok_or_else(Refusal::stale)?;
    let field = format!("reason-{batch}-{serial}");
    let mut errors = Errors::default();
    let reason = fields.text(&field, LINE, &mut errors);
    if reason.is_empty() {
        errors.add(&field, both("Hãy ghi lý do sửa.", "State why it is corrected."));
    }
    let to = fields.get("to");
    if to != "left" && (before.state != State::Used || !matches!(State::read(to), Some(State::Spoilt | State::Lost))) {
        return Err(
            Refusal::invalid(both("Chỉ phôi đã dùng mới ghi lại là hỏng hoặc mất.", "Only a used blank becomes spoilt or lost.")).into()
        );
    }
    if !errors.is_empty() {
        drop(tx);
        return pages::page(&visit, "list", Some((fields, errors))).await;
    }
    let done = match State::read(to) {
        Some(state) => {
            store::spoil(&mut tx, &Use { state, day: today, note: reason.clone(), certificate_id: None, ..before.clone() }).await?
        }
        None => store::take_back(&mut tx, &batch, serial).await?,
    };
    if done == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({
        "note": serial.to_string(), "reason": reason, "serial": serial, "from": before.state.word(), "to": to, "certificate_id": before.certificate_id, "day": before.day,
    });
    Note::of("correct_blank", ("blank", &batch), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go("/phoi-giay", "da-luu"))
}
