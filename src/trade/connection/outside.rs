//! What an inspection brings to the ledger: goods that stand on a shelf without a connection are proposed, goods that are not
//! there any more come off it.

use chrono::NaiveDate;

use super::model::{self, Connection, Side, Stage, Step, Taken};
use super::spot::{self, Spot};
use super::{store, takedown};
use crate::access::{Actor, Readers};
use crate::db::Tx;
use crate::error::Result;
use crate::journal::Note;
use crate::page::Visit;
use crate::product::{self, Product};
use crate::state::App;

/// Proposes, in the name of an office, that a product which stands at a point is connected with it; none where a connection
/// runs already or the point takes no goods.
pub async fn propose(
    tx: &mut Tx,
    visit: &Visit,
    product: &Product,
    point_id: &str,
    (day, note): (NaiveDate, &str),
) -> Result<Option<String>> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let Some(spot) = Spot::of(tx, Some(point_id), None).await? else { return Ok(None) };
    if spot.takes_goods(today).is_err() {
        return Ok(None);
    }
    let day = store::last_end(tx, product, &spot.place()).await?.map_or(day, |end| end.max(day));
    let connection = Connection::proposed(product, &spot.place(), Side::Office, day, visit.actor.journal_id(), now);
    if store::add(tx, &connection).await?.is_none() {
        return Ok(None);
    }
    let taken = Taken {
        seq: 0,
        stage: Stage::Proposed.word().to_owned(),
        day,
        by_side: Side::Office.word().to_owned(),
        by_name: visit.actor.journal_name(),
        note: note.to_owned(),
    };
    store::add_step(tx, &connection.id, &taken).await?;
    let detail = serde_json::json!({
        "note": format!("{} – {}: {note}", product.name, spot.name()),
        "set": {"product": product.id, "place": connection.place, "stage": connection.stage.word(), "since": day, "proposed_by": connection.proposed_by},
    });
    Note::of("connect_propose", ("connection", &connection.id), detail).by(tx, now, &visit.actor).await?;
    spot::tell(tx, visit, (&connection, product, &spot), model::step_name(Stage::Proposed.word()), false).await?;
    Ok(Some(connection.id))
}

/// A product that came off a shelf.
pub struct Off {
    /// Name and code of the product.
    pub product: String,
    /// Name of the place.
    pub place: String,
    /// Producer and seller: mail address and name.
    pub people: Readers,
}

/// Takes a product off a shelf on a day; none where it does not stand there any more. An actor who is not signed in is the
/// clock.
pub async fn take_off(tx: &mut Tx, app: &App, actor: &Actor, connection_id: &str, (day, note): (NaiveDate, &str)) -> Result<Option<Off>> {
    let today = app.clock().today();
    let Some(before) = store::find(tx, connection_id).await?.filter(|connection| connection.stage == Stage::OnShelf) else {
        return Ok(None);
    };
    let Some(product) = product::store::find(tx, &before.product_id).await? else { return Ok(None) };
    let Some(spot) = Spot::of(tx, before.point_id.as_deref(), before.chain_id.as_deref()).await? else { return Ok(None) };
    let after = before.clone().take_off(day.max(before.since), today)?;
    let side = if actor.body_id().is_some() && actor.body_id() == spot.seller() { Side::Seller } else { Side::Office };
    takedown::save(tx, app.clock().now(), actor, (&before, &after), Step::Off, side, note).await?;
    let people = spot::people(tx, &product, &spot, actor.body_id(), false, today).await?;
    Ok(Some(Off { product: format!("{} ({})", product.name, product::code::shown(&product.code)), place: spot.name().to_owned(), people }))
}

/// Whether a connection stands on its shelf.
pub async fn stands(tx: &mut Tx, connection_id: &str) -> Result<bool> {
    Ok(store::find(tx, connection_id).await?.is_some_and(|connection| connection.stage == Stage::OnShelf))
}
