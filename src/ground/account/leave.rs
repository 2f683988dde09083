//! Away for some days: a colleague of the same body stands in, from–to, and everything done so is marked in the journal.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::{Days, NaiveDate};
use serde_json::json;

use crate::access::deputy::{self, Colleague, Deputy, LONGEST};
use crate::access::{Act, Grant, Need, Routes};
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::mail;
use crate::page::{Choice, Errors, Form, Sent, Shell, Visit, go, once};

const TEAM: Need = Need::May(Act::HandWork);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/tai-khoan/vang-mat", TEAM, show).post("/tai-khoan/vang-mat", TEAM, add).post(
        "/tai-khoan/vang-mat/{grant}/ket-thuc",
        TEAM,
        end,
    )
}

#[derive(Template)]
#[template(path = "account/leave.html")]
struct LeavePage {
    shell: Shell,
    form: Form,
    /// Why nobody can be named in the role of now, if so.
    refused: Option<&'static str>,
    colleagues: Vec<Choice>,
    deputies: Vec<Deputy>,
    held: Vec<Grant>,
}

#[derive(Template)]
#[template(path = "account/letter_deputy.txt", whitespace = "preserve")]
struct DeputyLetter<'a> {
    away: &'a str,
    role: String,
    from: NaiveDate,
    last: NaiveDate,
    note: &'a str,
    base: &'a str,
}

/// Why the role of now cannot be stood in for.
fn refusal(visit: &Visit, colleagues: &[Colleague]) -> Option<&'static str> {
    let grant = visit.actor.acting.as_ref()?;
    if grant.role.is_guarded() {
        Some("Vai trò này không giao người thay được; quản trị viên mời người giữ vai trò.")
    } else if grant.stands_for.is_some() {
        Some("Bạn đang thay người khác ở vai trò này, nên không giao tiếp được. Đổi sang vai trò của chính bạn.")
    } else if colleagues.is_empty() {
        Some("Cơ quan của bạn chưa có người dùng nào khác; hãy nhờ quản trị viên mời đồng nghiệp vào hệ thống.")
    } else {
        None
    }
}

async fn page(visit: &Visit, form: Form) -> Result<Response> {
    let (person, today) = (visit.actor.journal_id(), visit.app.clock().today());
    let mut tx = visit.app.db().read().await?;
    let mut colleagues = deputy::colleagues(&mut tx, visit.actor.body_id().unwrap_or_default(), today).await?;
    colleagues.retain(|colleague| colleague.id != person);
    let page = LeavePage {
        refused: refusal(visit, &colleagues),
        colleagues: std::iter::once((String::new(), "Chọn".to_owned()))
            .chain(colleagues.into_iter().map(|colleague| (colleague.id, colleague.name)))
            .collect(),
        deputies: deputy::of(&mut tx, person, today).await?,
        held: deputy::held(&mut tx, person, today).await?,
        shell: visit.shell("Khi vắng mặt"),
        form,
    };
    page.form.answer(&page)
}

async fn show(visit: Visit) -> Result<Response> {
    page(&visit, Form::new(visit.lang)).await
}

async fn add(visit: Visit, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let away = visit.actor.journal_id().to_owned();
    let mut errors = Errors::default();
    let (from, last) = (fields.day("from", &mut errors), fields.day("last", &mut errors));
    let note = fields.text("note", 500, &mut errors);
    if let (Some(from), Some(last)) = (from, last) {
        if from < today {
            errors.add("from", both("Ngày này đã qua; người thay không làm thay những ngày đã qua.", "This day has passed."));
        } else if last < from {
            errors.add("last", both("Ngày cuối trước ngày đầu.", "The last day is before the first."));
        } else if (last - from).num_days() >= LONGEST {
            errors.add("last", both("Dài nhất 92 ngày. Lâu hơn thì quản trị viên mời người giữ vai trò.", "92 days at most."));
        }
    }
    let mut tx = once::begin(&visit, &fields).await?;
    let colleagues = deputy::colleagues(&mut tx, visit.actor.body_id().unwrap_or_default(), today).await?;
    let colleague = colleagues.iter().find(|colleague| colleague.id == fields.get("colleague") && colleague.id != away);
    if colleague.is_none() {
        errors.add("colleague", both("Hãy chọn một đồng nghiệp cùng cơ quan.", "Choose a colleague."));
    }
    let own = visit.actor.acting.as_ref().filter(|_| refusal(&visit, &colleagues).is_none()).ok_or_else(Refusal::forbidden)?;
    if let (Some(from), Some(last), Some(colleague), true) = (from, last, colleague, errors.is_empty()) {
        let to = last + Days::new(1);
        if deputy::overlaps(&mut tx, own, &away, from, to).await? {
            errors.add(
                "from",
                both("Trong những ngày này đã có người thay; hãy kết thúc người đó trước.", "Somebody stands in on these days already."),
            );
        } else {
            let grant = deputy::add(&mut tx, own, &away, &colleague.id, from, to).await?;
            let detail = json!({"grant": grant, "colleague": colleague.id, "role": own.role.word(), "valid_from": from, "valid_to": to, "note": note});
            Note::of("deputy", ("person", &away), detail).by(&mut tx, now, &visit.actor).await?;
            if let Some(email) = &colleague.email {
                let role = format!("{} – {}", own.role.name(), own.body_name);
                let text = DeputyLetter { away: &visit.actor.name, role, from, last, note: &note, base: &visit.app.config().base_url };
                mail::letter(
                    &mut tx,
                    now,
                    [(email.clone(), mail::plain(&colleague.name))],
                    &format!("Bạn thay {} từ {}", visit.actor.name, crate::text::date_vi(from)),
                    &text,
                )
                .await?;
            }
            visit.app.wake();
            return once::end(tx, &fields, go("/tai-khoan/vang-mat", "deputy")).await;
        }
    }
    drop(tx);
    page(&visit, Form::with(fields, errors, visit.lang)).await
}

async fn end(visit: Visit, Path(grant): Path<String>) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    let (away, colleague) = deputy::end(&mut tx, &grant, visit.actor.journal_id(), today).await?.ok_or_else(Refusal::not_found)?;
    Note::of("deputy_end", ("person", &away), json!({"grant": grant, "colleague": colleague})).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go("/tai-khoan/vang-mat", "deputy-end"))
}
