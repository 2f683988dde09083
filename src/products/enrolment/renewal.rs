//! What the register itself proposes for a year: products whose certificate has ended, ends in it, or ends so soon after it that
//! files are taken in it, registered by ticking.

use askama::Template;
use axum::response::Response;

use super::READERS;
use super::form::{blank, may_enrol, of_product};
use super::model::{Kind, Side, State, read_year, year_end};
use super::pages::{year_of, years};
use super::store::{self, Due, Reader};
use crate::access::{Act, Need, Routes};
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Ask, Rows, Sent, Shell, Visit, go, html, once};
use crate::{product, text};

/// Most products registered at once.
const MOST: usize = 100;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/dang-ky-san-pham/danh-gia-lai", READERS, show).post("/dang-ky-san-pham/danh-gia-lai", Need::May(Act::Enrol), enrol)
}

#[derive(Template)]
#[template(path = "enrolment/due.html")]
struct DuePage {
    shell: Shell,
    tab: &'static str,
    year: i64,
    years: Vec<i64>,
    ask: Ask,
    list: Rows<Due>,
    units: Vec<String>,
    today: chrono::NaiveDate,
    may_enrol: bool,
    is_commune: bool,
}

async fn show(visit: Visit) -> Result<Response> {
    let year = year_of(&visit);
    let ask = Ask::new(&visit).fix("nam", &year.to_string());
    let reader = Reader::of(&visit.actor);
    let end = year_end(year).map(super::model::due_by).ok_or_else(Refusal::not_found)?;
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let list = store::due(&mut tx, &reader, year, end, ask.some("sau"), ask.size(30)).await?;
    let side = Side::of(&visit.actor);
    let region = visit.app.region();
    html(&DuePage {
        shell: visit.shell(&format!("Sản phẩm cần đánh giá lại năm {year}")),
        tab: "due",
        years: years(&mut tx, &visit).await?,
        units: list.rows.iter().map(|row| row.unit_today.as_deref().map(|id| region.label(id)).unwrap_or_default()).collect(),
        may_enrol: side.is_some() && super::model::years(today).contains(&year),
        is_commune: side == Some(Side::Commune),
        year,
        ask,
        list,
        today,
    })
}

/// Registers the ticked products again with the stars they have, and hands them on: all of them, or none.
async fn enrol(visit: Visit, sent: Sent) -> Result<Response> {
    let side = Side::of(&visit.actor).ok_or_else(Refusal::forbidden)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let year = read_year(fields.get("year"), today).map_err(Refusal::invalid)?;
    let mut ids: Vec<&str> = fields.all("product").collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() || ids.len() > MOST {
        return Err(Refusal::invalid(both(
            format!("Hãy chọn từ 1 đến {MOST} sản phẩm rồi đăng ký."),
            format!("Choose 1 to {MOST} products, then register."),
        ))
        .into());
    }
    let mut tx = once::begin(&visit, &fields).await?;
    for id in ids.iter().copied() {
        let product =
            product::store::find(&mut tx, id).await?.filter(|product| may_enrol(&visit, product)).ok_or_else(Refusal::not_found)?;
        let mut enrolment = blank(side, visit.actor.journal_id(), now, today);
        of_product(&mut tx, &mut enrolment, &product).await?;
        let named = |why: crate::error::Both| {
            Refusal::invalid(both(format!("{}: {}", product.name, why.vi), format!("{}: {}", product.name, why.en)))
        };
        if enrolment.unit_today.is_none() || enrolment.producer.is_empty() {
            return Err(named(both(
                "hồ sơ sản phẩm chưa đủ chủ thể hoặc xã, phường hiện nay; hãy đăng ký riêng sản phẩm này.",
                "its record lacks the producer or the commune of today; register it by itself.",
            ))
            .into());
        }
        (enrolment.year, enrolment.kind, enrolment.aim) = (year, Kind::Renewal, product.stars.unwrap_or_default());
        let certificates = product::store::certificates(&mut tx, id).await?;
        enrolment.kind.check(&certificates, enrolment.aim, year, today).map_err(named)?;
        (enrolment.name_fold, enrolment.sort) = (text::fold(&enrolment.name), text::sort_key(&enrolment.name));
        enrolment.once = Some(enrolment.once());
        enrolment.state = if side == Side::Commune { State::Forwarded } else { State::Sent };
        enrolment.sent_on = Some(today);
        if store::add(&mut tx, &enrolment).await?.is_none() {
            return Err(named(both(format!("đã đăng ký cho năm {year}."), format!("is registered for {year} already."))).into());
        }
        let verb = if side == Side::Commune { "enrol_forward" } else { "enrol_send" };
        Note::of(verb, ("enrolment", &enrolment.id), super::steps::record(&enrolment)).by(&mut tx, now, &visit.actor).await?;
    }
    let (unit, step) = match visit.actor.scope() {
        crate::access::Scope::Unit(unit) => (Some(unit), super::model::Step::Forward),
        _ => (None, super::model::Step::Send),
    };
    super::steps::tell_many(&mut tx, &visit, step, unit.as_deref(), &ids, year).await?;
    let answer = once::end(
        tx,
        &fields,
        go(&format!("/dang-ky-san-pham?nam={year}&loai=renewal"), if side == Side::Commune { "enrol_forward" } else { "enrol_send" }),
    )
    .await?;
    visit.app.wake();
    Ok(answer)
}
