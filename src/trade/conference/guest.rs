//! Who is invited and who came.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{Conference, Side, may_change};
use super::pages::{HOLDERS, label, load, load_own};
use super::store::{self, Guest};
use crate::access::{Need, Routes};
use crate::db::Tx;
use crate::error::{Both, Refusal, Result, both};
use crate::fetch_all;
use crate::journal::Note;
use crate::page::{Ask, Choice, Errors, Fields, Form, Rows, Sent, Shell, Visit, go};
use crate::party::{self, Body};
use crate::text::{Tongue, fold};

/// Most bodies of one invitation.
const MOST: i64 = 3_000;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/hoi-nghi/{id}/khach", Need::Rows, guests)
        .post("/hoi-nghi/{id}/khach", HOLDERS, invite)
        .post("/hoi-nghi/{id}/khach/nhieu", HOLDERS, invite_many)
        .post("/hoi-nghi/{id}/khach/co-mat", HOLDERS, came)
        .post("/hoi-nghi/{id}/khach/bo", HOLDERS, uninvite)
}

#[derive(Template)]
#[template(path = "conference/guests.html")]
struct GuestsPage {
    shell: Shell,
    conference: Conference,
    side: Side,
    counts: Vec<(Side, i64, i64)>,
    ask: Ask,
    guests: Rows<Guest>,
    form: Form,
    sides: Vec<Choice>,
    may_change: bool,
    today: NaiveDate,
}

async fn guests(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    page(&visit, &id, Form::new(Tongue::Vi)).await
}

/// The address of a side's list.
fn side_path(id: &str, side: Side) -> String {
    format!("/hoi-nghi/{id}/khach?ben={}", side.word())
}

async fn page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let conference = load(&mut tx, visit, id).await?;
    let side = Side::read(visit.query.get("ben")).or_else(|| Side::read(form.value("side"))).unwrap_or(Side::Producer);
    let ask = Ask::at(visit, &format!("/hoi-nghi/{id}/khach")).fix("ben", side.word());
    let known = store::guest_counts(&mut tx, &conference).await?;
    let counts =
        Side::ALL.into_iter().map(|side| known.iter().find(|(other, ..)| *other == side).copied().unwrap_or((side, 0, 0))).collect();
    let page = GuestsPage {
        shell: visit.shell(&format!("Khách mời: {}", conference.title)),
        side,
        counts,
        guests: store::guests(&mut tx, &conference, side, ask.get("sau"), ask.size(50)).await?,
        ask,
        form,
        sides: Side::ALL.into_iter().map(|side| (side.word().to_owned(), side.name().to_owned())).collect(),
        may_change: may_change(&visit.actor, conference.unit_id.as_deref()),
        conference,
        today: visit.app.clock().today(),
    };
    page.form.answer(&page)
}

/// The body that was chosen or typed.
async fn typed_body(tx: &mut Tx, fields: &Fields) -> Result<Result<Body, Both>> {
    let typed = fields.get("body");
    if let Some(body) = party::store::find(tx, fields.get("body_id")).await?
        && label(&body.name, body.tax_code.as_deref().unwrap_or("")) == typed
    {
        return Ok(Ok(body));
    }
    if let Some(body) = party::typed::by_tax_code(tx, typed).await? {
        return Ok(Ok(body));
    }
    let found = fetch_all!(tx, (String,), "select distinct coalesce(joined_to, id) from body where name_fold = $1 limit 2", fold(typed))?;
    Ok(match found.as_slice() {
        [(id,)] => party::store::find(tx, id).await?.ok_or_else(unknown),
        [] => Err(unknown()),
        _ => Err(both(
            format!("Có nhiều đơn vị tên “{typed}”; hãy chọn trong danh sách gợi ý hoặc ghi mã số thuế."),
            format!("Several bodies are called “{typed}”; choose one or write its tax code."),
        )),
    })
}

fn unknown() -> Both {
    both(
        "Không có đơn vị nào tên hoặc mã số thuế như vậy; hãy gõ vài chữ rồi chọn.",
        "No body has this name or tax code; type a few letters and choose.",
    )
}

async fn invite(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let conference = load_own(&mut tx, &visit, &id).await?;
    let mut errors = Errors::default();
    let side = Side::read(fields.get("side"));
    if side.is_none() {
        errors.add("side", both("Hãy chọn bên.", "Choose the side."));
    }
    let body = match fields.get("body") {
        "" => Err(both("Hãy ghi tên đơn vị mời.", "Write who is invited.")),
        _ => typed_body(&mut tx, &fields).await?,
    };
    let (Some(side), Some(body)) = (side, errors.take("body", body)) else {
        drop(tx);
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    };
    store::invite(&mut tx, &conference, side, std::slice::from_ref(&body.id)).await?;
    let detail = serde_json::json!({"note": body.name, "side": side.word(), "body": body.id});
    Note::of("invite_guests", ("conference", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&side_path(&id, side), "da-luu"))
}

/// Invites all producers with live products, or all operators of running points, of a unit or the whole city.
async fn invite_many(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today, region) = (visit.app.clock().now(), visit.app.clock().today(), visit.app.region());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let conference = load_own(&mut tx, &visit, &id).await?;
    let mut errors = Errors::default();
    let side = Side::read(fields.get("many"));
    if side.is_none() {
        errors.add("many", both("Hãy chọn mời bên nào.", "Choose whom to invite."));
    }
    let unit = crate::region::typed_unit(&fields, region, today, true, &mut errors);
    let Some(side) = side.filter(|_| errors.is_empty()) else {
        drop(tx);
        return page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    };
    let bodies = match side {
        Side::Producer => {
            let units: Option<Vec<String>> = unit.as_deref().map(|unit| {
                let under = region.under(unit, today);
                under.now.into_iter().chain(under.recorded).chain([unit.to_owned()]).collect()
            });
            store::producers(&mut tx, units.as_deref(), today, MOST).await?
        }
        Side::Seller => store::operators(&mut tx, unit.as_deref().unwrap_or(""), MOST).await?,
    };
    store::invite(&mut tx, &conference, side, &bodies).await?;
    let place = unit.as_deref().map_or_else(|| "Toàn Thành phố".to_owned(), |unit| region.label_dated(unit, today));
    let detail = serde_json::json!({"note": format!("{} · {place} · {} đơn vị", side.name(), bodies.len()), "side": side.word(), "unit": unit, "count": bodies.len()});
    Note::of("invite_guests", ("conference", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&side_path(&id, side), if bodies.is_empty() { "khong-co-ai" } else { "da-luu" }))
}

/// Who of the guests that were shown came.
async fn came(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let conference = load_own(&mut tx, &visit, &id).await?;
    let side = Side::read(fields.get("side")).ok_or_else(Refusal::not_found)?;
    if !conference.has_begun(today) {
        return Err(not_yet(&conference).into());
    }
    let (mut here, mut away) = (Vec::new(), Vec::new());
    for body in fields.all("shown") {
        let has_come = fields.all("came").any(|known| known == body);
        if store::came(&mut tx, &conference, side, body, has_come).await? > 0 {
            if has_come { here.push(body) } else { away.push(body) }
        }
    }
    if !here.is_empty() || !away.is_empty() {
        let detail = serde_json::json!({"note": format!("{} có mặt, {} vắng", here.len(), away.len()), "side": side.word(), "came": here, "away": away});
        Note::of("note_presence", ("conference", &id), detail).by(&mut tx, now, &visit.actor).await?;
    }
    tx.commit().await?;
    Ok(go(&side_path(&id, side), "da-luu"))
}

/// What can only be told on the day or later.
pub(super) fn not_yet(conference: &Conference) -> Refusal {
    let day = crate::text::date_vi(conference.held_on);
    Refusal::rule(
        "conference-not-held",
        both(format!("Hội nghị này diễn ra ngày {day}, chưa đến."), format!("This conference is held on {day}, which has not come.")),
        both(
            "Hãy ghi có mặt và kết quả khi hội nghị diễn ra; nếu ngày đã đổi, hãy sửa ngày trước.",
            "Enter presence and outcomes once it is held; if the day was changed, correct it first.",
        ),
    )
}

async fn uninvite(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let conference = load_own(&mut tx, &visit, &id).await?;
    let (side, body) = (Side::read(sent.fields.get("side")).ok_or_else(Refusal::not_found)?, sent.fields.get("body"));
    if store::met(&mut tx, &conference, body).await? > 0 {
        return Err(Refusal::rule(
            "guest-met",
            both(
                "Đơn vị này đã có kết quả tại hội nghị nên không bỏ khỏi danh sách được.",
                "This guest has outcomes at the conference and cannot be taken off the list.",
            ),
            both("Hãy bỏ các kết quả ghi nhầm của đơn vị này trước.", "Take back its mistaken outcomes first."),
        )
        .into());
    }
    if store::uninvite(&mut tx, &conference, side, body).await? > 0 {
        let name = party::store::find(&mut tx, body).await?.map(|body| body.name).unwrap_or_default();
        Note::of("uninvite_guest", ("conference", &id), serde_json::json!({"note": name, "side": side.word(), "body": body}))
            .by(&mut tx, now, &visit.actor)
            .await?;
    }
    tx.commit().await?;
    Ok(go(&side_path(&id, side), "da-luu"))
}
