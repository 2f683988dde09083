//! A short guide for the role of now, on screen and on paper.

use askama::Template;
use axum::response::Response;

use crate::access::{Need, Role, Routes};
use crate::error::Result;
use crate::page::{Shell, Visit, html};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/huong-dan", Need::SignedIn, show)
}

#[derive(Template)]
#[template(path = "account/guide.html")]
struct GuidePage {
    shell: Shell,
    role: Role,
}

async fn show(visit: Visit) -> Result<Response> {
    let role = visit.actor.role().ok_or_else(crate::error::Refusal::not_found)?;
    html(&GuidePage { shell: visit.shell("Hướng dẫn theo vai trò"), role })
}
