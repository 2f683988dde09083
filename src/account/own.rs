//! One's own account: what is kept of a person, and a new password.

use askama::Template;
use axum::response::Response;

use crate::access::{Need, password, store};
use crate::app::Routes;
use crate::error::{Refusal, Result, both};
use crate::page::{Errors, Form, Sent, Shell, Visit, go, html};
use crate::journal;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/tai-khoan", Need::SignedIn, show).post("/tai-khoan", Need::SignedIn, change)
}

#[derive(Template)]
#[template(path = "account/own.html")]
struct AccountPage {
    shell: Shell,
    form: Form,
    person: store::Person,
}

async fn page(visit: &Visit, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let person = store::find(&mut tx, visit.actor.journal_id()).await?.ok_or_else(Refusal::not_found)?;
    html(&AccountPage { shell: visit.shell("Tài khoản của tôi"), form, person })
}

async fn show(visit: Visit) -> Result<Response> {
    page(&visit, Form::new(visit.lang)).await
}

/// A new password ends all other sessions and asks for signing in again.
async fn change(visit: Visit, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let now = visit.app.clock().now();
    let id = visit.actor.journal_id().to_owned();
    let key = format!("password:{id}");
    let mut tx = visit.app.db().read().await?;
    let wait = store::blocked_for(&mut tx, &key, now).await?;
    if wait > 0 {
        return Err(Refusal::slow_down(wait).into());
    }
    let person = store::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    drop(tx);
    let mut errors = Errors::default();
    let fits = password::fits(fields.get("present"), &person.password_hash).await?;
    if !fits {
        errors.add("present", both("Mật khẩu hiện tại không đúng; hãy nhập lại.", "The present password is not right; type it again."));
    }
    errors.take("password", password::check(fields.get("password"), person.email.as_deref().unwrap_or_default()));
    if fields.get("password") != fields.get("again") {
        errors.add("again", both("Hai lần nhập không giống nhau; hãy nhập lại.", "The two entries differ; type them again."));
    }
    if !errors.is_empty() {
        if !fits {
            let mut tx = visit.app.db().write().await?;
            store::note_failure(&mut tx, &key, now, 5).await?;
            tx.commit().await?;
        }
        return page(&visit, Form::with(Default::default(), errors, visit.lang)).await;
    }
    let hash = password::hash(fields.get("password")).await?;
    let mut tx = visit.app.db().write().await?;
    store::set_password(&mut tx, &id, &hash, &person.status).await?;
    store::clear_failures(&mut tx, &key).await?;
    store::close_sessions(&mut tx, &id).await?;
    journal::note_by(&mut tx, now, &visit.actor, "set_password", ("person", &id), serde_json::json!({}), &[]).await?;
    tx.commit().await?;
    Ok(go("/dang-nhap", "mat-khau"))
}
