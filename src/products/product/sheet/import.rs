//! Checked rows against the store: what is new, what changes, what stays, and the one transaction that writes it.

use std::collections::{HashMap, HashSet};
use std::mem::take;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::error::TryRecvError;

use super::IMPORT_JOB;
use super::check::{BATCH, Batch, Checked};
use super::find::{self, Found, Known};
use super::layout::Col;
use super::line::line;
use crate::db::{DbResult, Statement, Tx, run};
use crate::error::{Both, Result, both};
use crate::intake::waiting::{self, Beside};
use crate::intake::{Ground, Summary, Taken};
use crate::job;
use crate::journal::{self, Note, PlainLine};
use crate::party::bulk::{Brought, Finder, Named, Waits, set_tax_code};
use crate::product::bulk::{self, Counts};
use crate::product::model::{Certificate, Claim, Product, blank, end_of, stamp};
use crate::product::recognition::Recognition;
use crate::product::{CHANGED_JOB, group, store, term};
use crate::region::Located;
use crate::sheet::{Cleared, Columns, Fault, Given, alike};
use crate::state::App;
use crate::text::{self, Edtf, Tongue};

mod row;

/// What becomes of a row.
enum Outcome {
    Added(Box<(Product, Vec<Certificate>)>),
    Changed(Box<Change>),
    Unchanged,
    Refused(Vec<Both>),
    /// Somebody has to say first who its producer is.
    Waits,
}

struct Change {
    before: Arc<Product>,
    after: Product,
    /// The tax code that its producer had not.
    tax_code: Option<String>,
    certificates: Vec<Certified>,
}

/// What a row does to the certificates of its product.
enum Certified {
    /// One more: the first, or a renewal.
    Added(Certificate),
    /// One that is known says something else now.
    Corrected(Certificate),
}

/// What becomes of a batch.
#[derive(Default)]
struct Prepared {
    rows: usize,
    bodies: Brought,
    /// What adds products and certificates.
    added: Vec<Statement>,
    changed: Vec<Change>,
    /// What the journal says of all of them.
    lines: Vec<Statement>,
}

/// Compares all rows without writing.
pub async fn compare(
    tx: &mut Tx,
    mut seen: Seen,
    mut batches: Receiver<Batch>,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Summary> {
    seen.is_first = bulk::is_empty(tx).await?;
    seen.has_codeless = !seen.is_first && bulk::has_codeless(tx).await?;
    let mut done = 0;
    while let Some(batch) = batches.recv().await {
        done += batch.rows.len();
        let (mut rows, known) = seen.look_up(tx, batch).await?;
        seen.prepare(&mut rows, known)?;
        progress(done);
    }
    seen.wait();
    Ok(seen.summary)
}

/// Compares all rows and writes them, in the caller's transaction: while some are written, those after them are compared. If
/// a row is refused and `good_rows` is off, it stops: the summary says that nothing is written, and the caller has to drop the
/// transaction.
pub async fn write(
    tx: &mut Tx,
    mut seen: Seen,
    mut batches: Receiver<Batch>,
    ground: Ground<'_>,
    good_rows: bool,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Seen> {
    seen.is_first = bulk::is_empty(tx).await?;
    seen.has_codeless = !seen.is_first && bulk::has_codeless(tx).await?;
    seen.journal = Some(journal::Appender::lock(tx).await?);
    let (mut done, mut indexes) = (0, String::new());
    let mut ready: Option<Prepared> = None;
    loop {
        let batch = match batches.try_recv() {
            Ok(batch) => Some(batch),
            // nothing to compare yet: what is compared is written meanwhile
            Err(TryRecvError::Empty) if ready.is_some() => None,
            Err(_) => match batches.recv().await {
                None if ready.is_none() => break,
                batch => batch,
            },
        };
        let Some(batch) = batch else {
            if let Some(prepared) = ready.take() {
                done += prepared.rows;
                save(tx, prepared, ground).await?;
                progress(done);
            }
            continue;
        };
        if seen.is_first && done == 0 && ready.is_none() && batch.rows.len() == BATCH {
            indexes = tx.without_indexes("product").await? + &tx.without_indexes("certificate").await?;
        }
        let (mut rows, known) = seen.look_up(tx, batch).await?;
        let comparing = tokio::task::spawn_blocking(move || seen.prepare(&mut rows, known).map(|prepared| (seen, prepared)));
        if let Some(prepared) = ready.take() {
            done += prepared.rows;
            save(tx, prepared, ground).await?;
            progress(done);
        }
        let prepared;
        (seen, prepared) = comparing.await??;
        if !seen.summary.faults.is_empty() && !good_rows {
            return Ok(seen);
        }
        ready = Some(prepared);
    }
    if !indexes.is_empty() {
        tx.script(indexes).await?;
    }
    seen.wait();
    std::mem::take(&mut seen.counts).write(tx).await?;
    if let Some(journal) = seen.journal.take() {
        journal.close(tx).await?;
    }
    Ok(seen)
}

/// Ends a write: one line of the journal for the file, and one word to whoever follows products.
pub async fn close(tx: &mut Tx, summary: &mut Summary, beside: &Beside, ground: Ground<'_>, id: &str, taken: &Taken) -> Result<()> {
    summary.close();
    if summary.added + summary.changed + summary.waiting == 0 {
        return Ok(());
    }
    waiting::keep(tx, ground, IMPORT_JOB.name, taken, &summary.asked, beside).await?;
    if summary.added + summary.changed > 0 {
        job::queue(tx, ground.now, CHANGED_JOB, "", ground.actor).await?;
    }
    let detail = serde_json::json!({
        "what": "products", "file": ground.file, "digest": ground.digest, "added": summary.added, "changed": summary.changed,
        "unchanged": summary.unchanged, "skipped": summary.skipped, "waiting": summary.waiting,
    });
    Note::of("import", ("import", id), detail).by_name(tx, ground.now, (ground.actor, ground.actor_name)).await?;
    summary.written = true;
    Ok(())
}

async fn save(tx: &mut Tx, prepared: Prepared, ground: Ground<'_>) -> Result<()> {
    prepared.bodies.save(tx, ground.file, ground.now).await?;
    run(tx, &mut prepared.added.into_iter().map(Ok)).await?;
    for change in &prepared.changed {
        put(tx, change, ground).await?;
    }
    run(tx, &mut prepared.lines.into_iter().map(Ok)).await?;
    Ok(())
}

async fn put(tx: &mut Tx, change: &Change, ground: Ground<'_>) -> Result<()> {
    if let (Some(id), Some(tax_code)) = (&change.after.producer_id, &change.tax_code) {
        set_tax_code(tx, id, tax_code).await?;
    }
    for certificate in &change.certificates {
        if let Certified::Corrected(certificate) = certificate {
            store::save_certificate(tx, certificate).await?;
        }
    }
    store::put(tx, &change.before, &change.after, ground.now).await?;
    Ok(())
}

impl Certified {
    fn of(&self) -> &Certificate {
        match self {
            Certified::Added(certificate) | Certified::Corrected(certificate) => certificate,
        }
    }
}

/// What was met so far, so that rows of one file agree with each other.
pub struct Seen {
    app: App,
    now: DateTime<Utc>,
    today: NaiveDate,
    months: i64,
    actor: String,
    actor_name: String,
    file: String,
    given: Arc<Given<Col>>,
    places: Vec<Located>,
    /// Where what is done is noted; none if nothing will be written, and then what follows from the fields is not worked out.
    journal: Option<journal::Appender>,
    /// What was added to and taken from the counters of lists.
    counts: Counts,
    /// There was no product when the file came: no row can be known.
    is_first: bool,
    /// Some product of the store has no code: a row with one may bring it.
    has_codeless: bool,
    /// Rows that wait, each with one that was joined to it.
    joined: Vec<(u32, u32)>,
    /// What a heading says of rows that wait.
    pub beside: Beside,
    /// Which products rows have named, and which they brought.
    taken: find::Named,
    made: find::Made,
    bodies: Finder,
    slugs: HashSet<String>,
    /// What came out so far.
    pub summary: Summary,
}

impl Seen {
    /// Nothing met yet.
    pub fn new(app: &App, ground: Ground<'_>, months: i64) -> Seen {
        Seen {
            app: app.clone(),
            now: ground.now,
            today: ground.today,
            months,
            actor: ground.actor.to_owned(),
            actor_name: ground.actor_name.to_owned(),
            file: ground.file.to_owned(),
            given: Arc::default(),
            places: Vec::new(),
            journal: None,
            counts: Counts::default(),
            is_first: false,
            has_codeless: false,
            joined: Vec::new(),
            beside: Beside { column: Col::Group.name(Tongue::Vi).to_owned(), ..Beside::default() },
            taken: find::Named::default(),
            made: find::Made::default(),
            bodies: Finder::default(),
            slugs: HashSet::new(),
            summary: Summary::default(),
        }
    }

    /// Reads what the store knows of a batch.
    async fn look_up(&mut self, tx: &mut Tx, batch: Batch) -> Result<(Vec<Checked>, Known)> {
        self.given = batch.given;
        self.places.extend(batch.places);
        let rows = batch.rows;
        let mut known = Known::default();
        if !self.is_first {
            let folds: Vec<&str> = rows.iter().map(|row| row.code_fold.as_str()).filter(|fold| !fold.is_empty()).collect();
            known.put(bulk::by_code_folds(tx, &folds).await?);
        }
        let ids = known.products().filter_map(|product| product.producer_id.as_deref());
        let places = &self.places;
        self.bodies.look_up(tx, self.app.region(), self.today, ids, rows.iter().map(|row| producer(row, places))).await?;
        if self.is_first {
            return Ok((rows, known));
        }
        let unnamed = rows.iter().filter(|row| row.code.is_empty() || self.has_codeless && !known.has_code(&row.code_fold));
        let makers: HashSet<&str> = unnamed.flat_map(|row| self.bodies.candidates(producer(row, places))).collect();
        known.put(bulk::of_producers(tx, &makers.into_iter().collect::<Vec<_>>()).await?);
        let ids: Vec<&str> = known.products().map(|product| product.id.as_str()).collect();
        known.certificates = store::certificates_of(tx, &ids).await?;
        let numbers: Vec<&str> = rows.iter().flat_map(|row| &row.claims).filter_map(|claim| claim.number.as_deref()).collect();
        known.holders = bulk::holders(tx, &numbers).await?;
        if self.journal.is_some() {
            let new: Vec<String> = rows
                .iter()
                .filter(|row| row.code.is_empty() || !known.has_code(&row.code_fold))
                .map(|row| store::slug(&row.name, &row.code))
                .collect();
            let new: Vec<&str> = new.iter().map(String::as_str).collect();
            self.slugs.extend(bulk::taken_slugs(tx, &new).await?);
        }
        Ok((rows, known))
    }

    /// Works out what becomes of a batch, down to the statements that write it; what is refused is noted. What a row says of a
    /// new product is taken out of it.
    fn prepare(&mut self, rows: &mut [Checked], mut known: Known) -> Result<Prepared> {
        let mut added: Vec<(Product, Vec<Certificate>)> = Vec::new();
        let mut changed = Vec::new();
        for row in rows.iter_mut() {
            let outcome = self.outcome(row, &mut known).unwrap_or_else(|text| Outcome::Refused(vec![text]));
            match outcome {
                Outcome::Added(new) => added.push(*new),
                Outcome::Changed(change) => changed.push(*change),
                Outcome::Unchanged => self.summary.unchanged += 1,
                Outcome::Waits => {
                    self.summary.waiting += 1 + row.also.len();
                    if let Some((group, printed)) = row.group.filter(|_| !self.given.has(Col::Group)) {
                        // only a heading said so, and it is not kept with the row
                        let name = if printed.is_empty() { group::name(group, Tongue::Vi) } else { printed };
                        self.beside
                            .values
                            .extend(std::iter::once(row.number).chain(row.also.iter().copied()).map(|row| (row, name.to_owned())));
                    }
                    self.joined.extend(row.also.iter().map(|also| (row.number, *also)));
                }
                Outcome::Refused(texts) => self.summary.faults.extend(texts.into_iter().map(|text| Fault { row: Some(row.number), text })),
            }
        }
        self.summary.added += added.len();
        self.summary.changed += changed.len();
        let mut prepared = Prepared { rows: rows.len(), bodies: self.bodies.take_brought(), ..Prepared::default() };
        if self.journal.is_some() {
            (prepared.added, prepared.lines) = self.fill(&added, &changed, &prepared.bodies)?;
            prepared.changed = changed;
        }
        Ok(prepared)
    }

    /// Takes over what is asked about bodies; rows that were joined to one that waits wait with it.
    fn wait(&mut self) {
        self.summary.take(&mut self.bodies);
        let joined = std::mem::take(&mut self.joined);
        let question_of: HashMap<u32, usize> = self.summary.asked.rows.iter().copied().collect();
        self.summary
            .asked
            .rows
            .extend(joined.into_iter().filter_map(|(row, also)| question_of.get(&row).map(|question| (also, *question))));
    }
}

/// How a row names its producer, with the unit where a new one sits.
fn producer<'a>(row: &'a Checked, places: &'a [Located]) -> Named<'a> {
    Named {
        name: &row.producer,
        keys: &row.producer_key,
        kind: row.producer_kind,
        tax_code: row.tax_code.as_deref(),
        unit: row.place.and_then(|at| places.get(at)).and_then(|place| place.unit_id.as_deref()),
    }
}
