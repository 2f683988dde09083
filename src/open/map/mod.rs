//! What maps ask for as they are moved: single points or clusters of a box, for everybody and for staff in their scope.
//!
//! The pages that hold a map are those of its list; both read the same filters.

mod api;
mod model;
#[cfg(test)]
mod tests;

pub use api::routes;

use crate::error::Result;
use crate::state::App;

/// Reads the opening hours of points that an older program stored, some hundred a transaction.
pub async fn read_hours(app: &App) -> Result<()> {
    loop {
        let mut tx = app.db().write().await?;
        let read = crate::point::tile::read_hours(&mut tx).await?;
        tx.commit().await?;
        if read == 0 {
            return Ok(());
        }
    }
}
