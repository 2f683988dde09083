//! Papers ("giấy tờ"): what the programme says as PDF, laid out by the decree on administrative papers. Every paper reads
//! the stores of the slices it tells of, within the reader's rows, and is printed anew each time; nothing is kept.
//!
//! `model` holds what is common (pure), `print` starts `ocop-paper`, `word` makes the forms of a dossier documents to be worked on, `survey`, `minutes`, `meeting`, `selection`, `letter`, `call`, `dossier`, `labels` and `whole` (with
//! `operated`, what happened after the opening) gather one kind of paper each. What no store knows (number, day and hand of who signs) stays open on the paper.

mod call;
mod dossier;
mod labels;
mod letter;
mod meeting;
mod minutes;
pub mod model;
mod operated;
pub mod print;
mod selection;
mod survey;
#[cfg(test)]
mod tests;
mod whole;
mod word;

use axum::response::Response;

use crate::access::Routes;
use crate::db::Tx;
use crate::error::Result;
use crate::page::Visit;
use crate::party;
use crate::point::Point;

pub use model::{InspectionAnswer, InspectionFinding, InspectionPaper, Issuer};
use print::{Paper, answer};

/// The routes of this slice.
pub fn routes() -> Routes {
    survey::routes()
        .merge(call::routes())
        .merge(dossier::routes())
        .merge(labels::routes())
        .merge(minutes::routes())
        .merge(meeting::routes())
        .merge(selection::routes())
        .merge(letter::routes())
        .merge(whole::routes())
}

/// Prints the minutes of an inspection, loaded within the reader's rows.
async fn print_minutes(visit: &Visit, data: &InspectionPaper) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let issuer = acting_or(&mut tx, visit, "inspect").await?;
    drop(tx);
    let name = format!("Biên bản kiểm tra {} {}", data.point.code, data.visited_on);
    answer(&visit.app, &Paper { template: "inspection", name, data: data.data(&issuer), pictures: Default::default() }).await
}

/// The body that a power makes the issuer of a paper.
async fn holder(tx: &mut Tx, visit: &Visit, power: &str) -> Result<Issuer> {
    match party::store::with_power(tx, power, visit.app.clock().today()).await? {
        Some(body) => issuer_of(tx, visit, &body).await,
        None => Ok(Issuer::default()),
    }
}

/// The body the reader acts for, where it has the power itself; else the one that selects points.
async fn acting_or(tx: &mut Tx, visit: &Visit, power: &str) -> Result<Issuer> {
    if visit.actor.body_id().is_some() && visit.actor.can(power) {
        issuer_of_reader(tx, visit).await
    } else {
        holder(tx, visit, "select").await
    }
}

/// In whose name a reader prints: the body acted for.
async fn issuer_of_reader(tx: &mut Tx, visit: &Visit) -> Result<Issuer> {
    match visit.actor.body_id() {
        Some(body) => match party::store::find(tx, body).await? {
            Some(body) => issuer_of(tx, visit, &body).await,
            None => Ok(Issuer::default()),
        },
        None => Ok(Issuer::default()),
    }
}

async fn issuer_of(tx: &mut Tx, visit: &Visit, body: &party::Body) -> Result<Issuer> {
    let parent = match &body.parent_id {
        Some(id) => party::store::find(tx, id).await?,
        None => None,
    };
    let region = visit.app.region();
    let unit = body.unit_id.as_deref().and_then(|id| region.get(id)).unwrap_or_else(|| region.province());
    Ok(Issuer::of(body, parent.as_ref(), &unit.name))
}

/// The unit of a point in words: today's, else the one recorded.
fn unit_of(visit: &Visit, point: &Point) -> String {
    point.unit_today.as_deref().or(point.unit_id.as_deref()).map(|id| visit.app.region().label(id)).unwrap_or_default()
}

/// Name of a body, or nothing.
async fn name_of(tx: &mut Tx, id: Option<&str>) -> Result<String> {
    match id {
        Some(id) => Ok(party::store::find(tx, id).await?.map(|body| body.name).unwrap_or_default()),
        None => Ok(String::new()),
    }
}
