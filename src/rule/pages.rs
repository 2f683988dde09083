//! The screen "bộ tiêu chí".

use crate::app::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
}
