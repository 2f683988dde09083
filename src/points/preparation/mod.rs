//! Preparation and opening of a selected point: checklist with measured sign, support, deadlines, ceremony.
//!
//! `model` holds the rules (pure), `store` the SQL, `pages` the screen, `tick` the checklist, `support` what was given, `steps` begin
//! and open.

pub mod model;
mod pages;
#[cfg(test)]
mod paper_tests;
mod steps;
pub mod store;
mod support;
#[cfg(test)]
mod tests;
mod tick;

use chrono::NaiveDate;

use crate::access::Routes;
use crate::db::{DbResult, Tx};
use crate::duty;
use crate::law::Checklist;

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes().merge(tick::routes()).merge(support::routes()).merge(steps::routes())
}

/// Preparation in a few lines, for the record of its point.
#[derive(Clone, Debug)]
pub struct Card {
    /// Required items done.
    pub done: usize,
    /// Required items.
    pub required: usize,
    /// The nearest deadline that is open.
    pub deadline: Option<duty::Deadline>,
    /// Until when the operator or its support is bound.
    pub commitment_to: Option<NaiveDate>,
    /// Support in all, đồng.
    pub support: i64,
}

/// The summary of a point's preparation, if it has begun.
pub async fn card(tx: &mut Tx, list: &Checklist, point_id: &str) -> DbResult<Option<Card>> {
    let Some(preparation) = store::find(tx, point_id).await? else { return Ok(None) };
    let done = store::done(tx, point_id).await?;
    let photos = store::photo_counts(tx, point_id).await?;
    let count = |item: &str| photos.iter().find(|(field, _)| field == item).map_or(0, |(_, n)| *n as usize);
    let (ready, required) = model::progress(list, preparation.shared_sellers, &done, count);
    let (support, bound_to) = store::support_sum(tx, point_id).await?;
    Ok(Some(Card {
        done: ready,
        required,
        deadline: duty::store::deadlines(tx, point_id).await?.into_iter().find(duty::Deadline::is_open),
        commitment_to: preparation.commitment_to.max(bound_to),
        support,
    }))
}
