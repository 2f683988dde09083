//! The points layout: import and export.

use crate::app::{App, Routes};
use crate::error::Result;
use crate::job::Job;
use crate::pack::Pack;

/// Name of the job that imports an uploaded file.
pub const IMPORT_JOB: &str = "import_points";

/// Runs an import that was asked for on a screen.
pub async fn run_import(_app: &App, _job: &Job) -> Result<String> {
    Ok(String::new())
}

/// Imports the real points of a pack into a new store.
pub async fn seed(_app: &App, _pack: &Pack) -> Result<()> {
    Ok(())
}

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
}
