//! The page where people make tokens for their programs and take them back.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::model::check_token;
use crate::access::token::{self, TokenRow};
use crate::access::{Need, Routes};
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Choice, Form, Sent, Shell, Visit, go, html};
use crate::text;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/tai-khoan/ma-truy-cap", Need::Rows, show).post("/tai-khoan/ma-truy-cap", Need::Rows, make).post(
        "/tai-khoan/ma-truy-cap/{id}/thu-hoi",
        Need::Rows,
        revoke,
    )
}

/// Most tokens in use at a time.
const MOST: usize = 20;

struct Line {
    row: TokenRow,
    role: String,
    is_live: bool,
    state: (&'static str, &'static str),
}

#[derive(Template)]
#[template(path = "api/tokens.html")]
struct TokensPage {
    shell: Shell,
    form: Form,
    grants: Vec<Choice>,
    scopes: Vec<Choice>,
    lines: Vec<Line>,
    made: Option<(String, String)>,
    base: String,
}

async fn page(visit: &Visit, form: Form, made: Option<(String, String)>) -> Result<TokensPage> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let rows = token::of(&mut tx, visit.actor.journal_id()).await?;
    drop(tx);
    let role = |id: &str| {
        visit.actor.grants.iter().find(|grant| grant.id == id).map(|grant| format!("{} – {}", grant.role.name(), grant.body_name))
    };
    let lines = rows.into_iter().map(|row| {
        let role = role(&row.grant_id);
        let state = match (&row.revoked_at, row.expires_on < today, &role) {
            (Some(_), ..) => ("bad", "đã thu hồi"),
            (_, true, _) => ("quiet", "hết hạn"),
            (_, _, None) => ("warn", "vai trò đã kết thúc"),
            _ => ("ok", "đang dùng được"),
        };
        Line {
            is_live: row.revoked_at.is_none() && row.expires_on >= today,
            role: role.unwrap_or_else(|| "không còn giữ".to_owned()),
            state,
            row,
        }
    });
    Ok(TokensPage {
        shell: visit.shell("Mã truy cập cho phần mềm"),
        form,
        grants: visit.actor.grants.iter().map(|grant| (grant.id.clone(), format!("{} – {}", grant.role.name(), grant.body_name))).collect(),
        scopes: vec![
            ("read".to_owned(), "Chỉ đọc".to_owned()),
            ("write".to_owned(), "Đọc và ghi (lập hồ sơ, sửa, chuyển bước)".to_owned()),
        ],
        lines: lines.collect(),
        made,
        base: visit.app.config().base_url.clone(),
    })
}

/// The form as it is first shown.
fn fresh(visit: &Visit) -> Form {
    let mut form = Form::new(visit.lang);
    let in_90_days = visit.app.clock().today().checked_add_days(chrono::Days::new(90)).unwrap_or_default();
    form.fields.set("expires_on", text::date_vi(in_90_days));
    form.fields.set("scope", "read");
    if let Some(acting) = &visit.actor.acting {
        form.fields.set("grant", acting.id.clone());
    }
    form
}

async fn show(visit: Visit) -> Result<Response> {
    html(&page(&visit, fresh(&visit), None).await?)
}

/// Makes a token. It is shown in this one answer and kept nowhere but as a digest.
async fn make(visit: Visit, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let grants: Vec<String> = visit.actor.grants.iter().map(|grant| grant.id.clone()).collect();
    let form = match check_token(&sent.fields, &grants, today) {
        Ok(form) => form,
        Err(errors) => {
            let page = page(&visit, Form::with(sent.fields, errors, visit.lang), None).await?;
            return page.form.answer(&page);
        }
    };
    let person = visit.actor.journal_id();
    let mut tx = visit.app.db().write().await?;
    let live = token::of(&mut tx, person).await?.into_iter().filter(|row| row.revoked_at.is_none() && row.expires_on >= today).count();
    if live >= MOST {
        return Err(Refusal::rule(
            "too-many-tokens",
            both(format!("Bạn đang có {MOST} mã còn dùng được."), format!("You have {MOST} tokens in use.")),
            both("Hãy thu hồi mã không dùng nữa rồi tạo mã mới.", "Take back those no longer used, then make a new one."),
        )
        .into());
    }
    let (id, secret) = token::add(&mut tx, person, &form.grant, &form.name, form.may_write, form.expires_on, now).await?;
    let grant = visit.actor.grants.iter().find(|grant| grant.id == form.grant);
    let detail = serde_json::json!({
        "token": id, "role": grant.map(|grant| grant.role.word()), "body": grant.map(|grant| &grant.body_id), "may_write": form.may_write, "expires_on": form.expires_on,
    });
    Note::of("make_token", ("person", person), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    let page = page(&visit, fresh(&visit), Some((form.name, secret))).await?;
    html(&page)
}

async fn revoke(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let now = visit.app.clock().now();
    let person = visit.actor.journal_id();
    let mut tx = visit.app.db().write().await?;
    if token::revoke(&mut tx, person, &id, now).await? == 0 {
        return Err(Refusal::not_found().into());
    }
    Note::of("revoke_token", ("person", person), serde_json::json!({"token": id})).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go("/tai-khoan/ma-truy-cap", "thu-hoi-ma"))
}
