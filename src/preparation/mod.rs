//! Preparation and opening of a selected point.

use crate::app::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
}
