//! Inspection in a few lines, for the record of a point.

use chrono::NaiveDate;

use super::model::{self, How, Inspection, Running};
use super::store::{self, Confirmation};
use crate::db::Tx;
use crate::error::Result;
use crate::page::Visit;
use crate::point::Point;

/// What the record of a point shows of this slice.
#[derive(Clone, Debug)]
pub struct Card {
    /// Who stood for it last.
    pub confirmed: Option<Confirmation>,
    /// The last finished visit.
    pub last: Option<Inspection>,
    /// The visit that is planned or being filled.
    pub next: Option<Inspection>,
    /// Findings open, and of those late.
    pub open: (usize, usize),
    /// Findings that were carried when it closed.
    pub carried: usize,
    /// The reader may begin a visit.
    pub may_inspect: bool,
    /// The reader may say that it runs.
    pub may_confirm: bool,
    /// The day of the page.
    pub today: NaiveDate,
}

impl Card {
    /// How the last confirmation is known.
    pub fn how(&self) -> &'static str {
        self.confirmed.as_ref().and_then(|known| How::read(&known.how)).map_or("", How::name)
    }

    /// What the last visit saw.
    pub fn running(&self) -> Option<Running> {
        self.last.as_ref().and_then(|inspection| Running::read(&inspection.running))
    }
}

/// The summary of a point that has opened; none before.
pub async fn card(tx: &mut Tx, visit: &Visit, point: &Point) -> Result<Option<Card>> {
    if !point.state.is_public() {
        return Ok(None);
    }
    let today = visit.app.clock().today();
    let findings = store::findings_of_point(tx, &point.id).await?;
    let inspections = store::of(tx, &point.id).await?;
    let open: Vec<_> = findings.iter().filter(|finding| finding.state == "open").collect();
    Ok(Some(Card {
        confirmed: store::confirmations(tx, &point.id, 1).await?.pop(),
        last: inspections.iter().find(|inspection| inspection.is_done()).cloned(),
        next: inspections.iter().find(|inspection| inspection.is_under_way()).cloned(),
        open: (open.len(), open.iter().filter(|finding| finding.is_late(today)).count()),
        carried: findings.len() - open.len(),
        may_inspect: model::may_inspect(&visit.actor) && model::is_running(point.state),
        may_confirm: model::may_confirm(&visit.actor, point),
        today,
    }))
}
