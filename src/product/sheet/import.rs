//! Checked rows against the store: what is new, what changes, what stays, and the one transaction that writes it.

use std::collections::{HashMap, HashSet};
use std::mem::take;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::error::TryRecvError;

use super::check::{BATCH, Batch, Checked};
use super::IMPORT_JOB;
use super::find::{self, Found, Known};
use super::line::line;
use super::layout::Col;
use crate::region::Located;
use crate::app::App;
use crate::db::{DbResult, Statement, Tx, run};
use crate::error::{Both, Result, both};
use crate::intake::waiting::{self, Beside};
use crate::intake::{Ground, Summary, Taken};
use crate::journal::{self, PlainLine};
use crate::party::bulk::{Brought, Finder, Named, Waits, set_tax_code};
use crate::product::bulk::{self, Counts};
use crate::product::model::{Certificate, Claim, Product, blank, end_of, stamp};
use crate::product::recognition::Recognition;
use crate::product::{CHANGED_JOB, group, store, term};
use crate::sheet::{Cleared, Columns, Fault, Given, alike};
use crate::text::{self, Edtf, Tongue};
use crate::job;

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
pub async fn compare(tx: &mut Tx, mut seen: Seen, mut batches: Receiver<Batch>, progress: &mut (dyn FnMut(usize) + Send)) -> Result<Summary> {
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
pub async fn write(tx: &mut Tx, mut seen: Seen, mut batches: Receiver<Batch>, ground: Ground<'_>, good_rows: bool, progress: &mut (dyn FnMut(usize) + Send)) -> Result<Seen> {
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
    journal::note(tx, ground.now, ground.actor, ground.actor_name, "import", ("import", id), detail, &[]).await?;
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
            let new: Vec<String> = rows.iter().filter(|row| row.code.is_empty() || !known.has_code(&row.code_fold)).map(|row| store::slug(&row.name, &row.code)).collect();
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
                        self.beside.values.extend(std::iter::once(row.number).chain(row.also.iter().copied()).map(|row| (row, name.to_owned())));
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
        self.summary.asked.rows.extend(joined.into_iter().filter_map(|(row, also)| question_of.get(&row).map(|question| (also, *question))));
    }

    fn outcome(&mut self, row: &mut Checked, known: &mut Known) -> std::result::Result<Outcome, Both> {
        let by_code = match row.code.as_str() {
            "" => None,
            _ => known.by_code(row, |product| self.bodies.same(product.producer_id.as_deref(), producer(row, &self.places)).is_some())?,
        };
        let (found, maker) = match by_code {
            Some(found) => (Some(found), None),
            None => {
                let maker = match self.bodies.body(row.number, producer(row, &self.places)).id() {
                    Ok(maker) => maker,
                    Err(Waits) => return Ok(Outcome::Waits),
                };
                let found = match &maker {
                    Some(maker) => {
                        self.made.clear_of(row, maker, &self.places)?;
                        known.by_name(row, maker, self.unit(row))?
                    }
                    None => None,
                };
                (found, maker)
            }
        };
        let Some(Found { product, note, by_name }) = found else {
            if row.name.is_empty() {
                let code = &row.code;
                return Err(both(format!("chưa có sản phẩm mã “{code}” trong sổ; hãy nhập danh sách có tên sản phẩm trước"), format!("there is no product “{code}” in the register; import a list with names first")));
            }
            return Ok(self.add(row, maker, known));
        };
        self.taken.take(&product)?;
        let outcome = self.change(row, product, by_name, known);
        if !matches!(outcome, Outcome::Refused(_) | Outcome::Waits) {
            self.summary.notes.extend(note.map(|text| Fault { row: Some(row.number), text }));
        }
        Ok(outcome)
    }

    /// What adds products and certificates, and what notes in the journal what is done.
    fn fill(&mut self, added: &[(Product, Vec<Certificate>)], changed: &[Change], bodies: &Brought) -> Result<(Vec<Statement>, Vec<Statement>)> {
        let dialect = self.app.db().dialect();
        let products: Vec<&Product> = added.iter().map(|(product, _)| product).collect();
        let renewed = changed.iter().flat_map(|change| &change.certificates).filter_map(|certificate| match certificate {
            Certified::Added(certificate) => Some(certificate),
            Certified::Corrected(_) => None,
        });
        let certificates: Vec<&Certificate> = added.iter().flat_map(|(_, certificates)| certificates).chain(renewed).collect();
        let statements = bulk::add(dialect, &products).chain(bulk::add_certificates(dialect, &certificates)).collect::<DbResult<_>>()?;

        products.iter().for_each(|product| self.counts.add(product, 1));
        for change in changed {
            self.counts.add(&change.before, -1);
            self.counts.add(&change.after, 1);
        }
        let new = added.iter().map(|(product, certificates)| line("import_add", product, None, None, certificates.iter()));
        let old = changed.iter().map(|change| line("import_change", &change.after, Some(&change.before), change.tax_code.as_deref(), change.certificates.iter().map(Certified::of)));
        let learnt = bodies.lines().map(|(body, detail)| Ok(PlainLine { verb: "learn_body", subject: ("body", body), detail: detail.to_string() }));
        let lines = new.chain(old).chain(learnt).collect::<serde_json::Result<Vec<_>>>()?;
        let Some(journal) = &mut self.journal else { return Ok((statements, Vec::new())) };
        let lines = journal.append(dialect, self.now, &self.actor, &self.actor_name, &lines)?;
        Ok((statements, lines))
    }

    fn unit(&self, row: &Checked) -> Option<&Located> {
        row.place.and_then(|at| self.places.get(at))
    }

    /// An address that no other product has; a second one of the same name gets a number.
    fn slug(&mut self, slug: String) -> String {
        let free = if self.slugs.contains(&slug) { (2..).map(|n| format!("{slug}-{n}")).find(|slug| !self.slugs.contains(slug)).unwrap_or(slug) } else { slug };
        self.slugs.insert(free.clone());
        free
    }

    /// What follows from the fields; the unit of today is known by the place of the row.
    fn derive(&self, product: &mut Product, row: &Checked) {
        product.name_fold = text::fold(&product.name);
        product.sort = text::sort_key(&product.name);
        product.unit_today = self.unit(row).and_then(|place| place.today_at(self.app.region(), product.pin()));
    }

    fn holder(row: &Checked, product_id: &str, known: &Known) -> Option<Both> {
        let taken = row.claims.iter().filter_map(|claim| claim.number.as_deref()).find_map(|number| Some((number, known.holders.get(number).filter(|(holder, ..)| holder != product_id)?)));
        let (number, (_, code, name)) = taken?;
        let (vi, en) = if code.is_empty() { (format!("“{name}”"), format!("“{name}”")) } else { (format!("mã “{code}”"), format!("with code “{code}”")) };
        Some(both(
            format!("Số giấy chứng nhận: “{number}” đã là của sản phẩm {vi}; hãy kiểm tra số hoặc mã"),
            format!("certificate_no: “{number}” belongs to the product {en}; check the number or the code"),
        ))
    }

    fn add(&mut self, row: &mut Checked, maker: Option<String>, known: &Known) -> Outcome {
        if let Some(text) = Self::holder(row, "", known) {
            return Outcome::Refused(vec![text]);
        }
        let mut product = blank(&self.actor, self.now);
        let certificates: Vec<Certificate> = row.claims.iter().filter_map(|claim| claim.certificate(&product.id, self.months, &self.file, &self.actor, self.now)).collect();
        if let Some(maker) = &maker {
            self.made.put(row, maker);
        }
        product.producer_id = maker;
        if self.journal.is_none() {
            return Outcome::Added(Box::new((product, certificates)));
        }
        product.slug = self.slug(store::slug(&row.name, &row.code));
        product.code = take(&mut row.code);
        product.code_fold = take(&mut row.code_fold);
        product.name = take(&mut row.name);
        if let Some((group, printed)) = row.group {
            (product.group_id, product.group_as) = (group.to_owned(), printed.to_owned());
        }
        product.set_name = take(&mut row.set_name);
        if let Some(place) = self.unit(row) {
            (product.unit_id, product.origin) = (place.unit_id.clone(), place.origin.clone());
        }
        product.price = row.price;
        product.description = take(&mut row.description);
        (product.lon, product.lat) = (row.pin.map(|pin| pin.0), row.pin.map(|pin| pin.1));
        product.source = take(&mut row.source);
        self.derive(&mut product, row);
        stamp(&mut product, &certificates, self.today);
        Outcome::Added(Box::new((product, certificates)))
    }

    fn change(&mut self, row: &Checked, before: Arc<Product>, by_name: bool, known: &mut Known) -> Outcome {
        let given = self.given.clone();
        if before.demo {
            return Outcome::Refused(vec![both(
                format!("mã “{}” là của dữ liệu mẫu; hãy dùng mã khác", before.code),
                format!("code “{}” belongs to sample data; use another", before.code),
            )]);
        }
        if let Some(text) = Self::holder(row, &before.id, known) {
            return Outcome::Refused(vec![text]);
        }
        let mut certificates = known.certificates.remove(&before.id).unwrap_or_default();
        let mut after = Product::clone(&before);
        // an empty cell changes nothing, unless it was written to clear
        let says = |col: Col, is_empty: bool| given.has(col) && (!is_empty || row.cleared.has(col));
        let put = |col: Col, field: &mut String, value: &str| {
            if says(col, value.is_empty()) && *field != value && text::nfc_block(field) != value {
                value.clone_into(field);
            }
        };
        if !by_name {
            put(Col::Name, &mut after.name, &row.name);
        }
        if before.code.is_empty() && !row.code.is_empty() {
            after.code.clone_from(&row.code);
        }
        put(Col::Set, &mut after.set_name, &row.set_name);
        put(Col::Description, &mut after.description, &row.description);
        put(Col::Source, &mut after.source, &row.source);
        if row.group.is_some() || row.cleared.has(Col::Group) {
            let (group, printed) = row.group.unwrap_or_default();
            // a group of before that a person has placed stays where it was placed
            if printed.is_empty() || printed != before.group_as {
                (after.group_id, after.group_as) = (group.to_owned(), printed.to_owned());
            }
        }
        if says(Col::Price, row.price.is_none()) {
            after.price = row.price;
        }
        if row.pin.is_some() || row.cleared.has(Col::Lon) || row.cleared.has(Col::Lat) {
            let (lon, lat) = (row.pin.map(|pin| pin.0), row.pin.map(|pin| pin.1));
            if !alike(before.lon, lon) || !alike(before.lat, lat) {
                (after.lon, after.lat) = (lon, lat);
            }
        }
        // goods of elsewhere have no unit here; an empty cell changes nothing
        if let Some(place) = self.unit(row) {
            (after.unit_id, after.origin) = (place.unit_id.clone(), place.origin.clone());
        } else if row.cleared.has(Col::Unit) {
            (after.unit_id, after.origin) = (None, String::new());
        }
        let mut tax_code = None;
        if says(Col::Producer, row.producer.is_empty()) {
            let named = producer(row, &self.places);
            match self.bodies.same(before.producer_id.as_deref(), named) {
                Some(missing) => tax_code = missing,
                None => match self.bodies.body(row.number, named).id() {
                    Ok(id) => after.producer_id = id,
                    Err(Waits) => return Outcome::Waits,
                },
            }
        }
        let mut certified = Vec::new();
        for claim in &row.claims {
            match self.certify(claim, row.cleared, &after, &certificates) {
                Ok(None) => {}
                Ok(Some(new)) => {
                    match &new {
                        Certified::Added(new) => certificates.push(new.clone()),
                        Certified::Corrected(new) => certificates.iter_mut().filter(|known| known.id == new.id).for_each(|known| known.clone_from(new)),
                    }
                    certified.push(new);
                }
                Err(text) => return Outcome::Refused(vec![text]),
            }
        }
        if after == *before && tax_code.is_none() && certified.is_empty() {
            return Outcome::Unchanged;
        }
        store::derive(&mut after, self.app.region(), self.today);
        stamp(&mut after, &certificates, self.today);
        Outcome::Changed(Box::new(Change { before, after, tax_code, certificates: certified }))
    }

    /// What a row does to the certificates of its product: the one it means is found by number, else by the day of the
    /// decision; an empty cell says nothing.
    fn certify(&self, claim: &Claim, cleared: Cleared, product: &Product, certificates: &[Certificate]) -> Result<Option<Certified>, Both> {
        let Some(first) = claim.first_day() else { return Ok(None) };
        let Some(known) = claim.meant(certificates)? else {
            return Ok(claim.certificate(&product.id, self.months, &self.file, &self.actor, self.now).map(Certified::Added));
        };
        let mut after = known.clone();
        if claim.dates_anew(known) {
            (after.decided_on, after.decided_as) = Edtf::columns(claim.decided);
            after.valid_from = first;
            // a last day that was printed stays
            if let Some(last) = claim.last_day().filter(|_| known.end_rule != term::PRINTED) {
                after.end_at(end_of(last, self.months).unwrap_or(after.valid_to));
                after.end_rule = term::end_rule(last).to_owned();
            }
        }
        // a file that says what is known, an export of this store for one, does not say that a paper prints it
        if let Some(end) = claim.valid_until.and_then(|last| last.succ_opt()).filter(|end| *end != after.valid_to) {
            after.end_at(end);
            after.end_rule = term::PRINTED.to_owned();
        } else if cleared.has(Col::ValidUntil) {
            let last = claim.last_day().unwrap_or(first);
            after.end_at(end_of(last, self.months).unwrap_or(after.valid_to));
            after.end_rule = term::end_rule(last).to_owned();
        }
        if !claim.decision_no.is_empty() || cleared.has(Col::DecisionNo) {
            after.decision_no.clone_from(&claim.decision_no);
        }
        if !claim.recognised_by.is_empty() || cleared.has(Col::RecognisedBy) {
            after.recognised_by.clone_from(&claim.recognised_by);
        }
        if claim.recognition.is_some() || cleared.has(Col::Recognition) {
            claim.recognition.map_or("", Recognition::word).clone_into(&mut after.recognition);
        }
        after.stars = claim.stars.unwrap_or(after.stars);
        after.score = claim.score.or(after.score).filter(|_| !cleared.has(Col::Score));
        after.number = claim.number.clone().or(after.number).filter(|_| !cleared.has(Col::CertificateNo));
        if after == *known {
            return Ok(None);
        }
        after.check_withdrawn()?;
        Ok(Some(Certified::Corrected(after)))
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
