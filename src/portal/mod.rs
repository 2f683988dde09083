//! Public pages: the list of points, one point. Reads every slice below; nobody imports it.

use crate::app::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
}
