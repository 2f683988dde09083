//! What programs change: a new draft, its fields, its steps. The rules are those of the screens.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::call::{Call, Object};
use super::{model, once, points, view};
use crate::access::Voice;
use crate::db::Tx;
use crate::error::{Both, Error, Refusal, Result, both};
use crate::operation::steps as operating;
use crate::page::{Errors, Fields};
use crate::party::BodyKind;
use crate::point::steps::{Asked, PLAIN, go_on};
use crate::point::{self, Kind, Point, PointForm, PointRefusal, Sketch, Step, add_draft, alike, check, fields_of};

/// Members of a point that programs write, with the names of the form's fields.
pub const TEXTS: [(&str, &str); 13] = [
    ("name", "name"),
    ("kind", "kind"),
    ("address", "address"),
    ("unit_id", "unit"),
    ("operator_name", "operator"),
    ("operator_kind", "operator_kind"),
    ("operator_tax_code", "tax_code"),
    ("contact", "contact"),
    ("phone", "phone"),
    ("email", "email"),
    ("hours", "hours"),
    ("goods", "goods"),
    ("about", "about"),
];
/// Most characters of a text, as sent.
pub fn limit(name: &str) -> usize {
    match name {
        "contact" => 120,
        "address" => 300,
        "goods" | "about" => 2000,
        "phone" | "operator_tax_code" => 40,
        _ => 200,
    }
}

/// Words that a member may be, where it may not be any text.
fn is_word(name: &str, text: &str) -> bool {
    match name {
        "kind" => Kind::all().iter().any(|kind| kind.word() == text),
        "operator_kind" => BodyKind::ALL.iter().any(|kind| kind.word() == text),
        _ => true,
    }
}

/// Members that are numbers.
pub const NUMBERS: [&str; 3] = ["lon", "lat", "area_m2"];

/// Members of each step beyond `step`, with the names of the form's fields: which may be left out is said by the rules.
pub fn members(step: Step) -> &'static [(&'static str, &'static str)] {
    match step {
        Step::Return => &[("reason", "reason"), ("due_on", "due_on")],
        Step::Accept => &[("due_on", "due_on")],
        Step::Withdraw => &[("reason", "reason")],
        Step::Suspend => &[("on", "from_on"), ("until", "until_on"), ("cause", "cause"), ("reason", "reason")],
        Step::Resume => &[("on", "on"), ("note", "note")],
        Step::Close => &[("on", "closed_on"), ("cause", "close_cause"), ("reason", "close_reason")],
        _ => &[],
    }
}

/// A refusal of a body, member by member.
fn invalid(fields: Vec<(String, Both)>) -> Error {
    Refusal::invalid(both("Có mục chưa đúng.", "Some members are not right.")).with_fields(fields).into()
}

/// Errors of the form's fields under the names of the members.
fn named(errors: &Errors, names: &[(&str, &str)]) -> Vec<(String, Both)> {
    let name = |field: &str| names.iter().find(|(_, known)| *known == field).map_or(field, |(member, _)| *member).to_owned();
    errors.iter().map(|(field, text)| (name(field), text.clone())).collect()
}

fn unknown(wrong: &mut Vec<(String, Both)>, name: &str) {
    wrong.push((name.to_owned(), both("Không có mục này, hoặc mục này không được ghi.", "There is no such member, or it is not written.")));
}

/// Puts the members of a point into the fields of its form; `null` empties a field.
fn fill(fields: &mut Fields, members: &Map<String, Value>, extra: &[&str]) -> Result<()> {
    let mut wrong = Vec::new();
    for (name, value) in members {
        let text = TEXTS.iter().find(|(member, _)| member == name).map(|(_, field)| *field);
        let number = NUMBERS.iter().find(|member| *member == name);
        match (text, number, value) {
            _ if extra.contains(&name.as_str()) => {}
            (Some(_), _, Value::String(text)) if text.chars().count() > limit(name) => {
                let most = limit(name);
                wrong.push((
                    name.clone(),
                    both(format!("Mục này dài quá {most} ký tự."), format!("This member is longer than {most} characters.")),
                ));
            }
            (Some(_), _, Value::String(text)) if !is_word(name, text) => {
                wrong.push((name.clone(), both("Từ này không có trong danh sách.", "This word is not in the list.")))
            }
            (Some(field), _, Value::String(text)) => fields.set_clean(field, text),
            (Some(field), _, Value::Null) => fields.set(field, ""),
            (_, Some(field), Value::Number(number)) => fields.set(field, number.to_string()),
            (_, Some(field), Value::Null) => fields.set(field, ""),
            (Some(_), ..) => wrong.push((name.clone(), both("Mục này là chữ.", "This member is a string."))),
            (_, Some(_), _) => wrong.push((name.clone(), both("Mục này là số.", "This member is a number."))),
            _ => unknown(&mut wrong, name),
        }
        if name == "unit_id" {
            fields.set("unit_id", "");
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(invalid(wrong)) }
}

fn checked(call: &Call, fields: &Fields, draft: bool) -> Result<PointForm> {
    check(fields, call.visit.app.region(), call.visit.app.clock().today(), draft).map_err(|errors| invalid(named(&errors, &TEXTS)))
}

/// The answer that shows a point after a change.
async fn shown(tx: &mut Tx, call: &Call, id: &str, status: StatusCode) -> Result<Answer> {
    let point = point::store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let body = view::body(tx, &call.visit, &point, true).await?;
    let location = if status == StatusCode::CREATED {
        format!("{}/api/v1/points/{}", call.visit.app.config().base_url, point.code)
    } else {
        String::new()
    };
    Ok(Answer { status, tag: model::point_tag(point.version, &body), body, location })
}

/// A new draft, as on the screen of officials and associations.
pub async fn create(call: Call, object: Object) -> Result<Response> {
    call.params(&[]).done()?;
    if !call.headers.contains_key("idempotency-key") {
        return Err(once::key_needed().into());
    }
    let now = call.visit.app.clock().now();
    let once = once::hold(&call, "POST", &object.digest)?;
    let mut tx = call.visit.app.db().write().await?;
    if let Some(once) = &once
        && let Some(response) = once.replay(&mut tx, now).await?
    {
        return Ok(response);
    }
    let is_sure = match object.members.get("sure") {
        None => false,
        Some(Value::Bool(sure)) => *sure,
        Some(_) => return Err(invalid(vec![("sure".into(), both("Mục này là true hoặc false.", "This member is true or false."))])),
    };
    let mut fields = Fields::default();
    fill(&mut fields, &object.members, &["sure"])?;
    let form = checked(&call, &fields, true)?;
    let near = alike(&mut tx, &call.visit.actor, Sketch::of_form(&form)).await?;
    if !near.is_empty() && !is_sure {
        let refusal = Refusal::rule(
            "maybe-duplicate",
            both("Có thể điểm này đã có hồ sơ.", "This point may have a record already."),
            both(
                "Hãy xem các hồ sơ được nêu; nếu đúng là điểm khác, gửi lại với \"sure\": true.",
                "Look at the records named; if it is another point, send again with \"sure\": true.",
            ),
        );
        let fields = near.into_iter().map(|(near, reasons)| {
            ("sure".to_owned(), both(format!("{} {}: {reasons}", near.code, near.name), format!("{} {}: {reasons}", near.code, near.name)))
        });
        return Err(refusal.with_fields(fields.collect()).into());
    }
    let point = add_draft(&mut tx, &call.visit, &form).await?.map_err(|errors| invalid(named(&errors, &TEXTS)))?;
    let answer = shown(&mut tx, &call, &point.id, StatusCode::CREATED).await?;
    finish(tx, &call, once, answer).await
}

async fn finish(mut tx: Tx, call: &Call, once: Option<once::Once>, answer: Answer) -> Result<Response> {
    if let Some(once) = &once {
        once.keep(&mut tx, &answer, call.visit.app.clock().now()).await?;
    }
    tx.commit().await?;
    call.visit.app.wake();
    Ok(answer.sent())
}

/// The point that a change is made of, in the version the program saw.
async fn ground(tx: &mut Tx, call: &Call, code: &str) -> Result<Point> {
    let (point, is_whole) = points::find(tx, call, code).await?;
    if !is_whole {
        return Err(Refusal::not_found().into());
    }
    let tags: Vec<&str> = call.headers.get_all(header::IF_MATCH).iter().filter_map(|value| value.to_str().ok()).collect();
    if tags.is_empty() {
        return Err(Refusal::rule(
            "if-match-needed",
            both("Thiếu phần đầu If-Match.", "The header If-Match is missing."),
            both("Hãy đọc điểm này (GET) và gửi lại ETag của nó trong If-Match.", "Read the point (GET) and send its ETag in If-Match."),
        )
        .with_status(StatusCode::PRECONDITION_REQUIRED)
        .into());
    }
    let tags = tags.join(",");
    if !model::is_tags(&tags) {
        return Err(Refusal::rule(
            "if-match",
            both("If-Match không phải ETag.", "If-Match is no ETag."),
            both("Hãy gửi lại nguyên ETag đã đọc, cả dấu ngoặc kép.", "Send the ETag as it was read, quotes and all."),
        )
        .with_status(StatusCode::BAD_REQUEST)
        .into());
    }
    if !model::is_shown(&tags, point.version) {
        return Err(Refusal::stale().with_status(StatusCode::PRECONDITION_FAILED).into());
    }
    Ok(point)
}

/// Changes fields of a point (JSON merge patch).
pub async fn change(call: Call, Path(code): Path<String>, object: Object) -> Result<Response> {
    call.params(&[]).done()?;
    let once = once::hold(&call, "PATCH", &object.digest)?;
    let mut tx = call.visit.app.db().write().await?;
    if let Some(once) = &once
        && let Some(response) = once.replay(&mut tx, call.visit.app.clock().now()).await?
    {
        return Ok(response);
    }
    let before = ground(&mut tx, &call, &code).await?;
    if !before.may_edit(&call.visit.actor) {
        return Err(Refusal::from(PointRefusal::Fixed(before.state)).into());
    }
    if object.members.is_empty() {
        return Err(invalid(vec![(String::new(), both("Chưa có mục nào để sửa.", "There is nothing to change."))]));
    }
    if call.visit.actor.is(Voice::Business) {
        let fixed = object.members.keys().filter(|name| name.starts_with("operator_"));
        let wrong: Vec<(String, Both)> = fixed
            .map(|name| (name.clone(), both("Cơ sở không tự đổi đơn vị vận hành.", "A business does not change the operator.")))
            .collect();
        if !wrong.is_empty() {
            return Err(invalid(wrong));
        }
    }
    let operator = match &before.operator_id {
        Some(id) => crate::party::store::find(&mut tx, id).await?,
        None => None,
    };
    let mut fields = fields_of(&before, operator.as_ref(), call.visit.app.region());
    // which new unit an old address lies in is answered on its own screen, not repeated with every change
    fields.set("unit_today", "");
    fill(&mut fields, &object.members, &[])?;
    let form = checked(&call, &fields, before.is_being_written())?;
    let point = point::change(&mut tx, &call.visit, &before, &form).await?.map_err(|errors| invalid(named(&errors, &TEXTS)))?;
    let answer = shown(&mut tx, &call, &point.id, StatusCode::OK).await?;
    finish(tx, &call, once, answer).await
}

/// Reads which step is asked for, and its members as the fields of the screen's form.
fn asked(object: &Object) -> Result<(Step, Fields)> {
    let words = view::STEPS.map(Step::word).join(", ");
    let step = object.members.get("step").and_then(Value::as_str).and_then(|word| view::STEPS.into_iter().find(|step| step.word() == word));
    let step =
        step.ok_or_else(|| invalid(vec![("step".into(), both(format!("Nhận một trong: {words}."), format!("One of: {words}.")))]))?;
    let mut fields = Fields::default();
    let mut wrong = Vec::new();
    for (name, value) in object.members.iter().filter(|(name, _)| *name != "step") {
        let field = members(step).iter().find(|(member, _)| member == name).map(|(_, field)| *field);
        match (field, value) {
            (Some(_), Value::Null) => {}
            (Some(field), Value::String(text)) => {
                if matches!(name.as_str(), "on" | "until" | "due_on")
                    && let Err(text) = model::day(text)
                {
                    wrong.push((name.clone(), text));
                }
                if text.chars().count() > 2000 {
                    wrong.push((
                        name.clone(),
                        both("Nội dung dài quá 2.000 ký tự; hãy rút gọn.", "The text is longer than 2,000 characters; shorten it."),
                    ));
                }
                fields.set_clean(field, text);
            }
            (Some(_), _) => wrong.push((name.clone(), both("Mục này là chữ.", "This member is a string."))),
            (None, _) => unknown(&mut wrong, name),
        }
    }
    if wrong.is_empty() { Ok((step, fields)) } else { Err(invalid(wrong)) }
}

/// Takes a step on the way of a point.
pub async fn step(call: Call, Path(code): Path<String>, object: Object) -> Result<Response> {
    call.params(&[]).done()?;
    let once = once::hold(&call, "POST", &object.digest)?;
    let mut tx = call.visit.app.db().write().await?;
    if let Some(once) = &once
        && let Some(response) = once.replay(&mut tx, call.visit.app.clock().now()).await?
    {
        return Ok(response);
    }
    let before = ground(&mut tx, &call, &code).await?;
    let (step, fields) = asked(&object)?;
    let point = if PLAIN.contains(&step) {
        let asked = Asked { step, reason: fields.get("reason").to_owned(), due_on: point::steps::day(&fields, "due_on")? };
        go_on(&mut tx, &call.visit, &before, asked).await?
    } else {
        match operating::take(&mut tx, &call.visit, &before, step, &fields).await? {
            Ok(point) => point,
            Err(operating::Stuck::Fields(errors)) => return Err(invalid(named(&errors, members(step)))),
            Err(operating::Stuck::Rule(refusal)) => return Err(refusal.into()),
        }
    };
    let answer = shown(&mut tx, &call, &point.id, StatusCode::OK).await?;
    finish(tx, &call, once, answer).await
}
