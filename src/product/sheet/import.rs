//! Checked rows against the store: what is new, what changes, what stays, and the one transaction that writes it.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::Serialize;

use super::check::{Checked, Sheet};
use super::layout::Col;
use crate::db::Tx;
use crate::error::{Both, Result, both};
use crate::intake::{Ground, Summary};
use crate::party::bulk::{Finder, Named, set_tax_code};
use crate::product::bulk::{self, Counts};
use crate::product::model::{Certificate, Product, blank, end_of, stamp};
use crate::product::{CHANGED_JOB, store};
use crate::sheet::{Fault, alike};
use crate::text::{self, date_vi};
use crate::{job, journal};

/// Rows compared and written at a time.
const CHUNK: usize = 1000;

/// What becomes of a row.
enum Outcome {
    Added(Box<(Product, Option<Certificate>)>),
    Changed(Box<Change>),
    Unchanged,
    Refused(Vec<Both>),
}

struct Change {
    before: Product,
    after: Product,
    /// The tax code that its producer had not.
    tax_code: Option<String>,
    certificate: Option<Certified>,
}

/// What a row does to the certificates of its product.
enum Certified {
    /// One more: the first, or a renewal.
    Added(Certificate),
    /// One that is known says something else now.
    Corrected(Certificate),
}

/// Compares all rows without writing.
pub async fn compare(tx: &mut Tx, sheet: &Sheet, months: i64, ground: Ground<'_>, progress: &mut (dyn FnMut(usize) + Send)) -> Result<Summary> {
    let mut summary = Summary { faults: sheet.faults.clone(), ..Summary::default() };
    let mut seen = Seen::new(tx, sheet, months, ground, true).await?;
    for (at, rows) in sheet.rows.chunks(CHUNK).enumerate() {
        for (row, outcome) in rows.iter().zip(seen.chunk(tx, rows).await?) {
            take(&mut summary, row, &outcome);
        }
        seen.bodies.forget_new();
        progress(at * CHUNK + rows.len());
    }
    summary.close();
    Ok(summary)
}

/// Compares all rows and writes them, in the caller's transaction. If a row is refused and `good_rows` is off, the caller
/// has to drop the transaction: the summary says that nothing is written.
pub async fn write(tx: &mut Tx, sheet: &Sheet, months: i64, ground: Ground<'_>, id: &str, good_rows: bool, progress: &mut (dyn FnMut(usize) + Send)) -> Result<Summary> {
    let mut summary = Summary { faults: sheet.faults.clone(), ..Summary::default() };
    let mut seen = Seen::new(tx, sheet, months, ground, false).await?;
    let mut counts = Counts::default();
    for (at, rows) in sheet.rows.chunks(CHUNK).enumerate() {
        let outcomes = seen.chunk(tx, rows).await?;
        seen.bodies.add_new(tx, ground.file, ground.now).await?;
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        for (row, outcome) in rows.iter().zip(outcomes) {
            take(&mut summary, row, &outcome);
            match outcome {
                Outcome::Added(product) => added.push(product),
                Outcome::Changed(change) => changed.push(change),
                Outcome::Unchanged | Outcome::Refused(_) => {}
            }
        }
        let products: Vec<&Product> = added.iter().map(|added| &added.0).collect();
        bulk::add(tx, &products).await?;
        let renewed = changed.iter().filter_map(|change| match &change.certificate {
            Some(Certified::Added(certificate)) => Some(certificate),
            _ => None,
        });
        let certificates: Vec<&Certificate> = added.iter().filter_map(|added| added.1.as_ref()).chain(renewed).collect();
        bulk::add_certificates(tx, &certificates).await?;
        for product in &products {
            counts.add(product, 1);
        }
        for change in &changed {
            save(tx, change, ground).await?;
            counts.add(&change.before, -1);
            counts.add(&change.after, 1);
        }
        let new = added.iter().map(|added| line("import_add", &added.0, None, added.1.as_ref()));
        let old = changed.iter().map(|change| line("import_change", &change.after, change.tax_code.as_deref(), change.certificate.as_ref().map(Certified::of)));
        let lines = new.chain(old).collect::<serde_json::Result<Vec<_>>>()?;
        journal::note_plain(tx, ground.now, ground.actor, ground.actor_name, &lines).await?;
        progress(at * CHUNK + rows.len());
    }
    summary.close();
    if (!summary.faults.is_empty() && !good_rows) || summary.added + summary.changed == 0 {
        return Ok(summary);
    }
    counts.write(tx).await?;
    job::queue(tx, ground.now, CHANGED_JOB, "", ground.actor).await?;
    let detail = serde_json::json!({
        "what": "products", "file": ground.file, "digest": ground.digest, "added": summary.added, "changed": summary.changed,
        "unchanged": summary.unchanged, "skipped": summary.skipped,
    });
    journal::note(tx, ground.now, ground.actor, ground.actor_name, "import", ("import", id), detail, &[]).await?;
    summary.written = true;
    Ok(summary)
}

fn take(summary: &mut Summary, row: &Checked, outcome: &Outcome) {
    match outcome {
        Outcome::Added(_) => summary.added += 1,
        Outcome::Changed(_) => summary.changed += 1,
        Outcome::Unchanged => summary.unchanged += 1,
        Outcome::Refused(texts) => summary.faults.extend(texts.iter().map(|text| Fault { row: Some(row.number), text: text.clone() })),
    }
}

async fn save(tx: &mut Tx, change: &Change, ground: Ground<'_>) -> Result<()> {
    if let (Some(id), Some(tax_code)) = (&change.after.producer_id, &change.tax_code) {
        set_tax_code(tx, id, tax_code).await?;
    }
    if let Some(Certified::Corrected(certificate)) = &change.certificate {
        store::save_certificate(tx, certificate).await?;
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

/// What the journal keeps of a row.
#[derive(Serialize)]
struct Detail<'a> {
    set: Set<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Paper<'a>>,
}

#[derive(Serialize)]
struct Set<'a> {
    code: &'a str,
    name: &'a str,
    producer_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    producer_tax_code: Option<&'a str>,
    group_id: &'a str,
    group_as: &'a str,
    set_name: &'a str,
    unit_id: Option<&'a str>,
    price: Option<i64>,
    description: &'a str,
    lon: Option<f64>,
    lat: Option<f64>,
    source: &'a str,
}

#[derive(Serialize)]
struct Paper<'a> {
    number: Option<&'a str>,
    decision_no: &'a str,
    decided_on: Option<NaiveDate>,
    stars: i64,
    score: Option<i64>,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
}

fn line<'a>(verb: &'a str, product: &'a Product, tax_code: Option<&str>, certificate: Option<&Certificate>) -> serde_json::Result<journal::PlainLine<'a>> {
    let set = Set {
        code: &product.code,
        name: &product.name,
        producer_id: product.producer_id.as_deref(),
        producer_tax_code: tax_code,
        group_id: &product.group_id,
        group_as: &product.group_as,
        set_name: &product.set_name,
        unit_id: product.unit_id.as_deref(),
        price: product.price,
        description: &product.description,
        lon: product.lon,
        lat: product.lat,
        source: &product.source,
    };
    let certificate = certificate.map(|certificate| Paper {
        number: certificate.number.as_deref(),
        decision_no: &certificate.decision_no,
        decided_on: certificate.decided_on,
        stars: certificate.stars,
        score: certificate.score,
        valid_from: certificate.valid_from,
        valid_to: certificate.valid_to,
    });
    Ok(journal::PlainLine { verb, subject: ("product", &product.id), detail: serde_json::to_string(&Detail { set, certificate })? })
}

/// What was met so far, so that rows of one file agree with each other.
struct Seen<'a> {
    sheet: &'a Sheet,
    months: i64,
    ground: Ground<'a>,
    /// Nothing will be written, so what follows from the fields is not worked out.
    only_compares: bool,
    /// There was no product when the file came: no row can be known.
    is_first: bool,
    bodies: Finder,
    slugs: HashSet<String>,
    holders: HashMap<String, (String, String)>,
}

impl<'a> Seen<'a> {
    async fn new(tx: &mut Tx, sheet: &'a Sheet, months: i64, ground: Ground<'a>, only_compares: bool) -> Result<Seen<'a>> {
        let is_first = bulk::is_empty(tx).await?;
        Ok(Seen { sheet, months, ground, only_compares, is_first, bodies: Finder::default(), slugs: HashSet::new(), holders: HashMap::new() })
    }

    async fn chunk(&mut self, tx: &mut Tx, rows: &[Checked]) -> Result<Vec<Outcome>> {
        let (mut products, mut certificates) = (HashMap::new(), HashMap::new());
        let mut slugs: Vec<String> = Vec::new();
        if !self.is_first {
            let codes: Vec<&str> = rows.iter().map(|row| row.code.as_str()).collect();
            products = bulk::by_codes(tx, &codes).await?;
            let ids: Vec<&str> = products.values().map(|product| product.id.as_str()).collect();
            certificates = store::certificates_of(tx, &ids).await?;
            let numbers: Vec<&str> = rows.iter().filter_map(|row| row.claim.number.as_deref()).collect();
            self.holders = bulk::holders(tx, &numbers).await?;
        }
        let ids = products.values().filter_map(|product| product.producer_id.as_deref());
        self.bodies.look_up(tx, ids, rows.iter().map(|row| self.sheet.producer(row))).await?;
        if !self.only_compares {
            slugs = rows.iter().map(|row| if products.contains_key(&row.code) { String::new() } else { store::slug(&row.name, &row.code) }).collect();
        }
        if !self.only_compares && !self.is_first {
            let new: Vec<&str> = slugs.iter().filter(|slug| !slug.is_empty()).map(String::as_str).collect();
            self.slugs.extend(bulk::taken_slugs(tx, &new).await?);
        }
        let mut slugs = slugs.into_iter();
        Ok(rows
            .iter()
            .map(|row| {
                let slug = slugs.next().unwrap_or_default();
                match products.remove(&row.code) {
                    None => self.add(row, slug),
                    Some(before) => self.change(row, &before, certificates.remove(&before.id).unwrap_or_default()),
                }
            })
            .collect())
    }

    fn unit(&self, row: &Checked) -> Option<&'a super::place::Place> {
        row.place.and_then(|at| self.sheet.places.get(at))
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
        product.unit_today = self.unit(row).and_then(|place| place.today_at(self.ground.region, product.pin()));
    }

    fn taken(&self, row: &Checked, product_id: &str) -> Option<Both> {
        let number = row.claim.number.as_deref()?;
        let (_, code) = self.holders.get(number).filter(|(holder, _)| holder != product_id)?;
        Some(both(
            format!("Số giấy chứng nhận: “{number}” đã là của sản phẩm mã “{code}”; hãy kiểm tra số hoặc mã"),
            format!("certificate_no: “{number}” belongs to the product with code “{code}”; check the number or the code"),
        ))
    }

    fn add(&mut self, row: &Checked, slug: String) -> Outcome {
        if let Some(text) = self.taken(row, "") {
            return Outcome::Refused(vec![text]);
        }
        let mut product = blank(self.ground.actor, self.ground.now);
        let certificate = row.claim.certificate(&product.id, self.months, self.ground.file, self.ground.actor, self.ground.now);
        product.producer_id = self.bodies.body(self.sheet.producer(row));
        if self.only_compares {
            return Outcome::Added(Box::new((product, certificate)));
        }
        product.code.clone_from(&row.code);
        product.name.clone_from(&row.name);
        product.slug = self.slug(slug);
        if let Some((group, printed)) = row.group {
            (product.group_id, product.group_as) = (group.to_owned(), printed.to_owned());
        }
        product.set_name.clone_from(&row.set_name);
        product.unit_id = self.unit(row).map(|place| place.unit_id.clone());
        product.price = row.price;
        product.description.clone_from(&row.description);
        (product.lon, product.lat) = (row.pin.map(|pin| pin.0), row.pin.map(|pin| pin.1));
        product.source.clone_from(&row.source);
        self.derive(&mut product, row);
        if let Some(certificate) = &certificate {
            stamp(&mut product, std::slice::from_ref(certificate), self.ground.today);
        }
        Outcome::Added(Box::new((product, certificate)))
    }

    fn change(&mut self, row: &Checked, before: &Product, mut certificates: Vec<Certificate>) -> Outcome {
        let given = &self.sheet.given;
        if before.demo {
            return Outcome::Refused(vec![both(
                format!("mã “{}” là của dữ liệu mẫu; hãy dùng mã khác", before.code),
                format!("code “{}” belongs to sample data; use another", before.code),
            )]);
        }
        if let Some(text) = self.taken(row, &before.id) {
            return Outcome::Refused(vec![text]);
        }
        let mut after = before.clone();
        let put = |col: Col, field: &mut String, value: &str| {
            if given.has(col) && *field != value && text::nfc_block(field) != value {
                value.clone_into(field);
            }
        };
        put(Col::Name, &mut after.name, &row.name);
        put(Col::Set, &mut after.set_name, &row.set_name);
        put(Col::Description, &mut after.description, &row.description);
        put(Col::Source, &mut after.source, &row.source);
        if given.has(Col::Group) {
            let (group, printed) = row.group.unwrap_or_default();
            // a group of before that a person has placed stays where it was placed
            if printed.is_empty() || printed != before.group_as {
                (after.group_id, after.group_as) = (group.to_owned(), printed.to_owned());
            }
        }
        if given.has(Col::Price) {
            after.price = row.price;
        }
        if given.has(Col::Lon) && given.has(Col::Lat) {
            let (lon, lat) = (row.pin.map(|pin| pin.0), row.pin.map(|pin| pin.1));
            if !alike(before.lon, lon) || !alike(before.lat, lat) {
                (after.lon, after.lat) = (lon, lat);
            }
        }
        if given.has(Col::Unit) || given.has(Col::District) {
            let unit = self.unit(row).map(|place| place.unit_id.as_str());
            if before.unit_id.as_deref() != unit {
                after.unit_id = unit.map(str::to_owned);
            }
        }
        let mut tax_code = None;
        if given.has(Col::Producer) {
            let named = self.sheet.producer(row);
            match self.bodies.same(before.producer_id.as_deref(), named) {
                Some(missing) => tax_code = missing,
                None => after.producer_id = self.bodies.body(named),
            }
        }
        let certificate = match self.certify(row, &after, &certificates) {
            Ok(certificate) => certificate,
            Err(text) => return Outcome::Refused(vec![text]),
        };
        if after == *before && tax_code.is_none() && certificate.is_none() {
            return Outcome::Unchanged;
        }
        match &certificate {
            Some(Certified::Added(new)) => certificates.push(new.clone()),
            Some(Certified::Corrected(new)) => certificates.iter_mut().filter(|known| known.id == new.id).for_each(|known| known.clone_from(new)),
            None => {}
        }
        store::derive(&mut after, self.ground.region, self.ground.today);
        stamp(&mut after, &certificates, self.ground.today);
        Outcome::Changed(Box::new(Change { before: before.clone(), after, tax_code, certificate }))
    }

    /// What the row does to the certificates of its product: the one it means is found by number, else by the day of the
    /// decision; an empty cell says nothing.
    fn certify(&self, row: &Checked, product: &Product, certificates: &[Certificate]) -> Result<Option<Certified>, Both> {
        let claim = &row.claim;
        let Some(day) = claim.decided_on else { return Ok(None) };
        let by_number = claim.number.as_ref().and_then(|number| certificates.iter().find(|known| known.number.as_ref() == Some(number)));
        let Some(known) = by_number.or_else(|| certificates.iter().find(|known| known.valid_from == day)) else {
            return Ok(claim.certificate(&product.id, self.months, self.ground.file, self.ground.actor, self.ground.now).map(Certified::Added));
        };
        let mut after = known.clone();
        if known.valid_from != day {
            (after.decided_on, after.valid_from) = (Some(day), day);
            after.valid_to = end_of(day, self.months).unwrap_or(after.valid_to);
        }
        if let Some(end) = claim.valid_until.and_then(|last| last.succ_opt()) {
            after.valid_to = end;
        }
        if !claim.decision_no.is_empty() {
            after.decision_no.clone_from(&claim.decision_no);
        }
        after.stars = claim.stars.unwrap_or(after.stars);
        after.score = claim.score.or(after.score);
        after.number = claim.number.clone().or(after.number);
        if after == *known {
            return Ok(None);
        }
        if let Some(taken) = after.withdrawn_on.filter(|taken| *taken < after.valid_from || after.valid_to <= *taken) {
            let taken = date_vi(taken);
            return Err(both(
                format!("giấy chứng nhận này đã bị thu hồi từ ngày {taken}, ngoài thời gian ghi ở đây; hãy kiểm tra ngày công nhận và ngày hết hạn"),
                format!("this certificate was withdrawn from {taken}, outside the days given here; check the first and the last day"),
            ));
        }
        Ok(Some(Certified::Corrected(after)))
    }
}

impl Sheet {
    /// How a row names its producer, with the unit where a new one sits.
    pub fn producer<'a>(&'a self, row: &'a Checked) -> Named<'a> {
        Named {
            name: &row.producer,
            fold: &row.producer_fold,
            kind: row.producer_kind,
            tax_code: row.tax_code.as_deref(),
            unit: row.place.and_then(|at| self.places.get(at)).map(|place| place.unit_id.as_str()),
        }
    }
}
