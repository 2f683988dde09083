//! Files that people send to be read into the store: kept, checked and written by a job, told row by row.
//!
//! A slice that reads files has a [`Desk`]: the address of its screen, the kind of its job and the words for its things.
//! What a row means is the slice's own; what is done with a file, how far it is and what came out is the same for all.

mod file;
mod pages;
mod store;
pub mod waiting;

use std::collections::HashSet;
use std::sync::Arc;

pub use file::{Layout, Taken};
pub use pages::{Desk, Texts, daily, order, outcome};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::db::Tx;
use crate::error::{Both, Result};
use crate::party::bulk::Finder;
use crate::party::question::{Asked, Question};
use crate::region::Region;
use crate::sheet::{Fault, Limits, Source};
use crate::state::App;
use crate::words;

/// From how many rows on a write is given more memory, and how many megabytes.
pub const LARGE: usize = 2000;
const LARGE_CACHE: u32 = 256;

/// Opens the one transaction that writes; for very many rows it holds more in memory and writes less often.
pub async fn begin(app: &App, is_large: bool) -> Result<Tx> {
    let mut tx = app.db().write().await?;
    if is_large {
        tx.cache(LARGE_CACHE).await?;
        tx.settle_at_once(false).await?;
    }
    Ok(tx)
}

/// Ends it: what was written stays if the summary says so, else nothing does.
pub async fn end(app: &App, tx: Tx, is_large: bool, written: Result<Summary>) -> Result<Summary> {
    let ended = match &written {
        Ok(summary) if summary.written => tx.commit().await,
        _ => {
            drop(tx);
            Ok(())
        }
    };
    if is_large {
        let mut tx = app.db().write().await?;
        tx.cache(crate::db::CACHE).await?;
        tx.settle_at_once(true).await?;
    }
    ended?;
    written
}

/// Who imports, when, into which region.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// Units.
    pub region: &'a Region,
    /// The moment.
    pub now: DateTime<Utc>,
    /// The day.
    pub today: NaiveDate,
    /// Person id or `system`.
    pub actor: &'a str,
    /// Role and body.
    pub actor_name: &'a str,
    /// Name of the file.
    pub file: &'a str,
    /// Its digest.
    pub digest: &'a str,
    /// What holds for every row of it.
    pub whole: &'a Whole,
}

/// What is to be done with a file.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its content.
    pub source: Source,
    /// Its name, for messages and the journal.
    pub file: String,
    /// Only compare.
    pub dry_run: bool,
    /// Write the good rows even if others are refused.
    pub good_rows: bool,
    /// Person id or `system`.
    pub actor: String,
    /// Role and body.
    pub actor_name: String,
    /// Identifier of the import in the journal.
    pub id: String,
    /// How much it may hold.
    pub limits: Limits,
    /// The sheet of a workbook to be read; empty for the first that fits.
    pub sheet: String,
    /// What holds for every row.
    pub whole: Whole,
}

impl Order {
    /// A file as it stands: written if all of it is good, by whoever is named.
    pub fn new(source: impl Into<Source>, file: &str, (actor, actor_name): (&str, &str)) -> Order {
        Order {
            source: source.into(),
            file: file.to_owned(),
            dry_run: false,
            good_rows: false,
            actor: actor.to_owned(),
            actor_name: actor_name.to_owned(),
            id: clock::new_id(),
            limits: Limits::default(),
            sheet: String::new(),
            whole: Whole::default(),
        }
    }

    /// SHA-256 of the file.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn digest(&self) -> Result<String> {
        let source = self.source.clone();
        Ok(tokio::task::spawn_blocking(move || source.open().and_then(clock::digest_of)).await??)
    }
}

/// What the title of an annex says once for every row of it: the decision, its day, the stars.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole {
    /// Number of the decision; empty: rows say it.
    pub decision: String,
    /// Stars.
    pub stars: Option<i64>,
    /// Day of the decision.
    pub decided_on: Option<NaiveDate>,
}

/// Stars to choose from for a whole file, with an empty one for what rows say themselves.
pub fn star_choices() -> Vec<(String, String)> {
    std::iter::once((String::new(), "theo từng dòng".to_owned()))
        .chain((3..=5).map(|stars| (stars.to_string(), format!("{stars} sao"))))
        .collect()
}

impl Whole {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Whole::default()
    }
}

words! {
    /// How far an import is.
    pub enum Stage {
        /// Rows are read and checked; how many there are is not known yet.
        Reading = "reading" / "Đang đọc và kiểm tra" / "Reading and checking",
        /// Rows are compared with the store.
        Comparing = "comparing" / "Đang đối chiếu" / "Comparing",
        /// Rows are written.
        Writing = "writing" / "Đang ghi" / "Writing",
    }
}

/// Is told how far an import is: stage, rows done, rows in all.
pub type Progress = Arc<dyn Fn(Stage, usize, usize) + Send + Sync>;

/// What came out of a file.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Counts and faults.
    pub summary: Summary,
    /// What is worth a look although it passes.
    pub warnings: Vec<Fault>,
    /// Filled rows in the file.
    pub total: usize,
}

impl Report {
    /// With what was told while rows were read, and while they were compared.
    pub fn of(mut summary: Summary, mut warnings: Vec<Fault>, total: usize) -> Report {
        warnings.append(&mut summary.notes);
        warnings.sort_by_key(|fault| fault.row);
        Report { summary, warnings, total }
    }
}

/// What came out of an import, or would come out of it.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// New things.
    pub added: usize,
    /// Things with changed fields.
    pub changed: usize,
    /// Things that are as the file says.
    pub unchanged: usize,
    /// Rows that did not pass.
    pub skipped: usize,
    /// Rows that wait until somebody has said who they name.
    pub waiting: usize,
    /// Who that is asked about.
    pub asked: Asked,
    /// What was assumed where rows were compared with the store.
    pub notes: Vec<Fault>,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// Whether anything was written.
    pub written: bool,
}

impl Summary {
    /// Takes over what was assumed and asked about bodies; each row that waits is told.
    pub fn take(&mut self, bodies: &mut Finder) {
        self.notes.extend(bodies.take_notes());
        self.asked = bodies.take_asked();
        let texts: Vec<Both> = self.asked.questions.iter().map(Question::text).collect();
        self.notes.extend(self.asked.rows.iter().map(|(row, question)| Fault { row: Some(*row), text: texts[*question].clone() }));
    }

    /// Ends it: faults in the order of rows, and how many rows they are in.
    pub fn close(&mut self) {
        self.faults.sort_by_key(|fault| fault.row);
        let rows: HashSet<u32> = self.faults.iter().filter_map(|fault| fault.row).collect();
        self.skipped = rows.len();
    }
}
