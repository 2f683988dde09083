//! Who operates a point: written rightly, or another from now on. A step of its own, so that neither is lost in a long form.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use serde_json::json;

use super::model::{Point, PointRefusal};
use super::pages::{body, load, load_shown};
use super::{store, tell};
use crate::access::{Act, Need, Routes, Scope, Voice};
use crate::db::Tx;
use crate::error::{Both, Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go};
use crate::party::correct::{Correction, correct, reaches_beyond};
use crate::party::typed::{self, Typed};
use crate::party::{Body, BodyKind, join};
use crate::text::{self, Tongue};

const EDITORS: Need = Need::May(Act::EditOperating);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ho-so/{id}/don-vi-van-hanh", EDITORS, show).post("/ho-so/{id}/don-vi-van-hanh", EDITORS, record)
}

/// The body is the same and is written wrongly.
const SAME: &str = "dung-ten";
/// Another body operates the point.
const OTHER: &str = "don-vi-khac";

#[derive(Template)]
#[template(path = "point/operating.html")]
struct OperatorPage {
    shell: Shell,
    form: Form,
    point: Point,
    operator: Option<Body>,
    kinds: Vec<Choice>,
    counts: Vec<(&'static str, i64)>,
    may_replace: bool,
}

/// What is in the caller's hands: to put the name right, to name another body.
async fn may(tx: &mut Tx, visit: &Visit, point: &Point) -> Result<(bool, bool)> {
    if !point.may_edit(&visit.actor) {
        return Err(Refusal::from(PointRefusal::Fixed(point.state)).into());
    }
    if visit.actor.is(Voice::Business) {
        let is_own = point.operator_id.is_some() && point.operator_id.as_deref() == visit.actor.body_id();
        return Ok((is_own && point.is_being_written(), false));
    }
    let (Scope::Unit(unit), Some(operator)) = (visit.actor.scope(), &point.operator_id) else {
        return Ok((point.operator_id.is_some(), true));
    };
    Ok((!reaches_beyond(tx, visit.app.held(), operator, &unit).await?, true))
}

fn refused(visit: &Visit) -> Refusal {
    let todo = if visit.actor.is(Voice::Business) {
        both(
            "Hồ sơ đã được xã, phường hoặc Sở Công Thương nhận: hãy đề nghị xã, phường sửa giúp, kèm giấy tờ.",
            "The record was taken on already: ask the commune to correct it, with its papers.",
        )
    } else {
        both(
            "Đơn vị này còn có điểm hoặc sản phẩm ở xã, phường khác: hãy đề nghị Sở Công Thương sửa.",
            "This body has points or products in other communes: ask the department.",
        )
    };
    Refusal::rule("not-yours", both("Tên của đơn vị này không sửa được ở đây.", "The name of this body cannot be corrected here."), todo)
}

async fn page(visit: &Visit, id: &str, form: Option<Form>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let point = load(&mut tx, visit, id).await?;
    let (may_correct, may_replace) = may(&mut tx, visit, &point).await?;
    if !may_correct && !may_replace {
        return Err(refused(visit).into());
    }
    let operator = body(&mut tx, &point.operator_id).await?;
    let counts = match &operator {
        Some(operator) => join::counts(&mut tx, visit.app.held(), &operator.id).await?,
        None => Vec::new(),
    };
    let form = form.unwrap_or_else(|| {
        let known = operator.as_ref();
        let fields = [
            ("as", if may_correct { SAME } else { OTHER }.to_owned()),
            ("operator", known.filter(|_| may_correct).map(|body| body.name.clone()).unwrap_or_default()),
            ("operator_kind", known.filter(|_| may_correct).map(|body| body.kind.clone()).unwrap_or_default()),
            ("tax_code", known.filter(|_| may_correct).and_then(|body| body.tax_code.clone()).unwrap_or_default()),
        ];
        Form::with(Fields::new(fields.map(|(name, value)| (name.to_owned(), value))), Errors::default(), Tongue::Vi)
    });
    let mut kinds = vec![(String::new(), "Chọn loại đơn vị".to_owned())];
    kinds.extend(BodyKind::choices());
    let page = OperatorPage { shell: visit.shell("Đơn vị vận hành"), form, point, operator, kinds, counts, may_replace };
    page.form.answer(&page)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    page(&visit, &id, None).await
}

fn read(fields: &Fields) -> std::result::Result<Correction, Errors> {
    let mut errors = Errors::default();
    let name = fields.get("operator").to_owned();
    if name.is_empty() || name.chars().count() > 200 {
        errors.add(
            "operator",
            both("Hãy ghi tên đơn vị vận hành, tối đa 200 ký tự.", "Write the name of the operator, at most 200 characters."),
        );
    }
    let kind = BodyKind::read(fields.get("operator_kind"));
    if kind.is_none() {
        errors.add("operator_kind", both("Hãy chọn loại đơn vị vận hành.", "Choose the kind of operator."));
    }
    let tax_code = fields.some("tax_code").and_then(|typed| errors.take("tax_code", text::tax_code(typed).map_err(Both::from)));
    let reason = fields.get("reason").to_owned();
    if reason.is_empty() || reason.chars().count() > 500 {
        errors.add(
            "reason",
            both(
                "Hãy ghi lý do hoặc giấy tờ làm căn cứ, tối đa 500 ký tự.",
                "Give the reason or the paper it rests on, in at most 500 characters.",
            ),
        );
    }
    match kind {
        Some(kind) if errors.is_empty() => Ok(Correction { name, kind, tax_code, reason }),
        _ => Err(errors),
    }
}

async fn record(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let again = |errors: Errors, fields: Fields| Some(Form::with(fields, errors, Tongue::Vi));
    let typed = match read(&sent.fields) {
        Ok(typed) => typed,
        Err(errors) => return page(&visit, &id, again(errors, sent.fields)).await,
    };
    let is_other = sent.fields.get("as") == OTHER;
    let mut tx = visit.app.db().write().await?;
    let before = load_shown(&mut tx, &visit, &id, sent.fields.version()).await?;
    let (may_correct, may_replace) = may(&mut tx, &visit, &before).await?;
    if if is_other { !may_replace } else { !may_correct } {
        return Err(refused(&visit).into());
    }
    let known = body(&mut tx, &before.operator_id).await?;
    let errors = match known {
        Some(known) if !is_other => match correct(&mut tx, &visit.actor, &known, &typed, now).await? {
            Ok(true) => {
                let detail = json!({"reason": typed.reason, "before": {"operator_name": known.name, "operator_tax_code": known.tax_code}, "set": {"operator_name": typed.name, "operator_tax_code": typed.tax_code}});
                Note::of("correct_operator", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
                None
            }
            Ok(false) => None,
            Err(errors) => Some(errors),
        },
        known => replace(&mut tx, &visit, &before, known.as_ref(), &typed, sent.fields.get("operator_who"), today).await?,
    };
    if let Some(errors) = errors {
        drop(tx);
        return page(&visit, &id, again(errors, sent.fields)).await;
    }
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/ho-so/{id}"), "da-luu"))
}

/// Another body operates the point from now on.
async fn replace(
    tx: &mut Tx,
    visit: &Visit,
    before: &Point,
    known: Option<&Body>,
    typed: &Correction,
    who: &str,
    today: chrono::NaiveDate,
) -> Result<Option<Errors>> {
    let now = visit.app.clock().now();
    let named = Typed {
        name: &typed.name,
        kind: Some(typed.kind),
        tax_code: typed.tax_code.as_deref(),
        unit: before.unit_id.as_deref(),
        current: None,
        said: who,
    };
    let operator = match typed::body(tx, visit, named).await? {
        Ok(operator) => operator,
        Err(asked) => {
            let mut errors = Errors::default();
            asked.put(&mut errors, "operator");
            return Ok(Some(errors));
        }
    };
    let mut point = before.clone();
    point.operator_id = Some(operator.clone());
    if point == *before {
        return Ok(None);
    }
    if store::save(tx, before, &point, visit.app.region(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = json!({"reason": typed.reason, "before": {"operator": before.operator_id, "operator_name": known.map(|known| &known.name)}, "set": {"operator": operator, "operator_name": typed.name}});
    Note::of("change_operator", ("point", &point.id), detail).by(tx, now, &visit.actor).await?;
    let words = format!("Đơn vị vận hành nay là: {}. Lý do: {}", typed.name, typed.reason);
    tell(tx, now, today, &visit.app.config().base_url, &point, &words).await?;
    Ok(None)
}
