//! A producer becomes another: a household a company, a cooperative part of a larger one. From the day on which it happened the
//! successor stands for it: papers, products, certificates, dossiers and accounts follow, row by row as recorded, and can go back.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::join::{self, Succession, Why};
use super::maker::{JOINED_JOB, both_of, may_join};
use super::question::By;
use super::typed::{self, Asked, Typed};
use super::{Body, BodyKind, store};
use crate::access::{Act, Need, Routes};
use crate::clock;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::job;
use crate::journal::Note;
use crate::page::{Choice, Errors, Form, Sent, Shell, Visit, go, once};
use crate::text::{self, date_vi};

const JOINERS: Need = Need::May(Act::JoinBodies);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/chu-the/{id}/ke-thua", JOINERS, form).post("/chu-the/{id}/ke-thua", JOINERS, succeed)
}

#[derive(Template)]
#[template(path = "party/succession.html")]
struct SuccessionPage {
    shell: Shell,
    form: Form,
    body: Body,
    kind: &'static str,
    counts: Vec<(&'static str, i64)>,
    refusal: String,
}

impl SuccessionPage {
    fn kinds(&self) -> Vec<Choice> {
        BodyKind::ALL.into_iter().map(|kind| (kind.word().to_owned(), kind.name().to_owned())).collect()
    }
}

async fn page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let body = store::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let refusal = match join::into_of(&mut tx, id).await? {
        Some(_) => "Chủ thể này đã được nhập vào hoặc kế thừa bởi chủ thể khác.".to_owned(),
        None if BodyKind::read(&body.kind).is_none() && !body.kind.is_empty() => {
            "Cơ quan không kế thừa ở đây; hãy dùng “Kết thúc hoạt động, sáp nhập” ở trang Cơ quan.".to_owned()
        }
        None => String::new(),
    };
    let page = SuccessionPage {
        shell: visit.shell("Chuyển đổi, kế thừa"),
        kind: BodyKind::read(&body.kind).map_or("", BodyKind::name),
        counts: join::counts(&mut tx, visit.app.held(), id).await?,
        refusal,
        body,
        form,
    };
    page.form.answer(&page)
}

async fn form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    if !may_join(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    page(&visit, &id, Form::new(visit.lang)).await
}

/// The body in the register that the form names as successor; whoever is near to the name is asked about, and even one that is
/// it beyond doubt is taken only after somebody said so.
async fn successor(tx: &mut Tx, visit: &Visit, typed: Typed<'_>, id: &str, errors: &mut Errors) -> Result<Option<Body>> {
    match typed::known(tx, (visit.app.region(), visit.app.clock().today()), typed).await? {
        Ok(None) => Ok(None),
        // the name it had
        Ok(Some(found)) if found == id => Ok(None),
        Ok(Some(found)) if typed.said == found => Ok(store::find(tx, &found).await?),
        Ok(Some(found)) => {
            let name = store::find(tx, &found).await?.map(|body| body.name).unwrap_or_default();
            let text = both(
                format!("“{name}” đã có trong hệ thống. Nếu đúng là chủ thể mới, hãy chọn rồi ghi lại."),
                format!("“{name}” is known already. If that is the successor, choose it and send again."),
            );
            errors.ask("name", text, vec![(found, format!("Đúng là {name}"))]);
            Ok(None)
        }
        Err(Asked(near)) => {
            let others: Vec<_> = near.into_iter().filter(|candidate| candidate.id != id).collect();
            if !others.is_empty() {
                Asked(others).put(errors, "name");
            }
            Ok(None)
        }
    }
}

async fn succeed(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    if !may_join(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let fields = sent.fields;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut errors = Errors::default();
    let name = text::nfc(fields.get("name").trim());
    if name.is_empty() || name.chars().count() > 200 {
        errors.add("name", both("Hãy ghi tên chủ thể mới, tối đa 200 ký tự.", "Name the successor, in at most 200 characters."));
    }
    let kind = BodyKind::ALL.into_iter().find(|kind| kind.word() == fields.get("kind"));
    if kind.is_none() {
        errors.add("kind", both("Hãy chọn loại chủ thể mới.", "Choose the kind of the successor."));
    }
    let tax_code = match fields.some("tax_code").map(text::tax_code) {
        Some(Ok(code)) => Some(code),
        Some(Err(error)) => {
            errors.add("tax_code", error.into());
            None
        }
        None => None,
    };
    let on = match fields.some("happened_on") {
        Some(_) => fields.day("happened_on", &mut errors),
        None => {
            errors.add("happened_on", both("Hãy ghi ngày chuyển đổi.", "Give the day of the change."));
            None
        }
    };
    if on.is_some_and(|on| on > today) {
        errors.add("happened_on", both("Ngày chuyển đổi chưa đến; hãy ghi khi đã xảy ra.", "That day has not come yet."));
    }
    let basis = fields.text("basis", 300, &mut errors);
    if basis.is_empty() {
        errors.add("basis", both("Hãy ghi giấy làm căn cứ: số, ngày, nơi cấp.", "Name the paper: number, day, issuer."));
    }
    let mut tx = once::begin(&visit, &fields).await?;
    let before = store::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    if let (Some(on), Some(from)) = (on, before.valid_from)
        && on <= from
    {
        errors.add(
            "happened_on",
            both(
                format!("Chủ thể cũ chỉ có từ {}; ngày chuyển đổi phải sau ngày ấy.", date_vi(from)),
                "The day comes before its beginning.",
            ),
        );
    }
    // an enterprise that changes its form keeps its tax code
    let keeps_code = tax_code.is_some() && tax_code == before.tax_code;
    let typed = Typed {
        name: &name,
        kind,
        tax_code: tax_code.as_deref().filter(|_| !keeps_code),
        unit: before.unit_id.as_deref(),
        current: None,
        said: fields.get("name_who"),
    };
    let known = if errors.is_empty() { successor(&mut tx, &visit, typed, &id, &mut errors).await? } else { None };
    if let (Some(code), None, false, true) = (&tax_code, &known, keeps_code, errors.is_empty())
        && let Some(other) = store::find_by_tax_code(&mut tx, code).await?
    {
        errors.clash(
            "tax_code",
            both(
                format!("Mã số thuế này là của “{}” đã có trong hệ thống; hãy chọn chủ thể ấy hoặc ghi mã khác.", other.name),
                format!("This tax code is that of “{}”; choose it, or give another code.", other.name),
            ),
        );
    }
    if keeps_code && known.as_ref().is_some_and(|known| known.tax_code.is_some()) {
        errors.add(
            "tax_code",
            both("Chủ thể ấy đã có mã số thuế khác; hãy để trống ô này.", "It has a tax code of its own; leave this empty."),
        );
    }
    let (Some(on), Some(kind), true) = (on, kind, errors.is_empty()) else {
        drop(tx);
        return page(&visit, &id, Form::with(fields, errors, visit.lang)).await;
    };
    let into = match known {
        Some(known) => known,
        None => {
            let body = Body {
                id: clock::new_id(),
                kind: kind.word().to_owned(),
                name: name.clone(),
                short: String::new(),
                tax_code: tax_code.clone().filter(|_| !keeps_code),
                valid_from: Some(on),
                valid_to: None,
                version: 1,
                ..before.clone()
            };
            store::put(&mut tx, &body, &basis, "", now).await?;
            let detail = serde_json::json!({"set": {"name": body.name, "kind": body.kind, "tax_code": body.tax_code, "unit": body.unit_id, "valid_from": on}});
            Note::of("add_body", ("body", &body.id), detail).by(&mut tx, now, &visit.actor).await?;
            body
        }
    };
    let (before, into) = both_of(&mut tx, &id, &into.id).await?;
    if let Some(refusal) = join::hindrance(&mut tx, visit.app.held(), &before, &into).await? {
        return Err(refusal.into());
    }
    let (name, reason) = (visit.actor.journal_name(), format!("Kế thừa từ ngày {}", date_vi(on)));
    let kept_code = tax_code.as_deref().filter(|_| keeps_code).unwrap_or_default();
    let why = Why { reason: &reason, succession: Some(Succession { on, basis: &basis, kept_code }) };
    let by = By { id: visit.actor.journal_id(), name: &name, at: now };
    let (join, moved) = join::join(&mut tx, visit.app.held(), &id, &into.id, why, by).await?;
    let detail = |with: &Body| serde_json::json!({"reason": reason, "note": with.name, "source": basis, "kept_code": kept_code, "set": {"join": join, "joined": id, "into": into.id, "rows": moved}});
    Note::of("succeed_body", ("body", &id), detail(&into)).by(&mut tx, now, &visit.actor).await?;
    Note::of("take_over_body", ("body", &into.id), detail(&before)).by(&mut tx, now, &visit.actor).await?;
    job::queue(&mut tx, now, JOINED_JOB, "", visit.actor.journal_id()).await?;
    let answer = once::end(tx, &fields, go(&format!("/chu-the/{}", into.id), "succeed_body")).await?;
    visit.app.wake();
    Ok(answer)
}
