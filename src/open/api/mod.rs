//! The register for programs: `/api/v1`, described at `/api/openapi.json`.
//!
//! Without a token everything is answered that the public pages tell; with one, what its owner's role and scope see on
//! the screens of staff. Writing goes through the same rules as the screens (`point::check`, `point::steps`,
//! `operation::steps`); a repeated request with the same `Idempotency-Key` is done once.
//! `model` reads what programs send (pure), `call` is one request, `answer` one answer, `view` a point as JSON,
//! `once` keeps answers of finished requests, `tokens` is the page where people make tokens, `openapi` the description.

mod answer;
mod call;
mod lists;
pub mod model;
mod once;
mod openapi;
mod points;
pub mod store;
#[cfg(test)]
mod tests;
mod tokens;
mod view;
mod write;

use chrono::Duration;

use crate::access::token_use;
use crate::access::{Act, Need, Routes};
use crate::error::Result;
use crate::state::App;

/// Hours for which the answer to a request with an `Idempotency-Key` is kept.
pub const KEPT_HOURS: i64 = 24;

/// The routes of this slice.
pub fn routes() -> Routes {
    tokens::routes()
        .get("/api/openapi.json", Need::Public, openapi::serve)
        .get("/api/v1/points", Need::Public, points::list)
        .post("/api/v1/points", Need::May(Act::Nominate), write::create)
        .get("/api/v1/points/{code}", Need::Public, points::one)
        .patch("/api/v1/points/{code}", Need::May(Act::EditPoints), write::change)
        .post("/api/v1/points/{code}/steps", Need::Rows, write::step)
        .get("/api/v1/points/{code}/history", Need::Rows, points::history)
        .get("/api/v1/units", Need::Public, lists::units)
        .get("/api/v1/kinds", Need::Public, lists::kinds)
        .get("/api/v1/counts", Need::Public, lists::counts)
}

/// Once a day: answers that are kept no longer.
pub async fn daily(app: &App) -> Result<()> {
    let mut tx = app.db().write().await?;
    token_use::drop_old(&mut tx, app.clock().now() - Duration::hours(KEPT_HOURS)).await?;
    tx.commit().await?;
    Ok(())
}
