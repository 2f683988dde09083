//! SQL of blanks.

use chrono::NaiveDate;

use super::model::{Batch, Stock, Use};
use crate::db::{DbResult, Tx, fact};
use crate::page::Rows;
use crate::product::Certificate;
use crate::{execute, execute_many, fetch_all, fetch_many, fetch_optional};

/// Waits for whoever else changes blanks: batches that overlap must not be entered side by side.
pub async fn hold(tx: &mut Tx) -> DbResult<u64> {
    fact::hold(tx, "blank").await
}

/// A batch of the series that has a serial of this range.
pub async fn overlapping(tx: &mut Tx, series: &str, first: i64, last: i64) -> DbResult<Option<Batch>> {
    fetch_optional!(
        tx,
        Batch,
        "select * from blank_batch where series = $1 and first <= $3 and last >= $2 order by first limit 1",
        series,
        first,
        last
    )
}

/// Batches of the series that have a serial of this range, in order.
pub async fn batches_of(tx: &mut Tx, series: &str, first: i64, last: i64) -> DbResult<Vec<Batch>> {
    fetch_all!(tx, Batch, "select * from blank_batch where series = $1 and first <= $3 and last >= $2 order by first", series, first, last)
}

/// Adds a batch.
pub async fn add_batch(tx: &mut Tx, batch: &Batch) -> DbResult<u64> {
    execute!(
        tx,
        "insert into blank_batch (id, series, first, last, received_on, from_whom, note, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &batch.id,
        &batch.series,
        batch.first,
        batch.last,
        batch.received_on,
        &batch.from_whom,
        &batch.note,
        &batch.created_by,
        batch.created_at
    )
}

/// A batch with what became of its serials.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Counted {
    /// The batch.
    #[sqlx(flatten)]
    pub batch: Batch,
    /// Used.
    pub used: i64,
    /// Spoilt.
    pub spoilt: i64,
    /// Lost.
    pub lost: i64,
}

impl Counted {
    /// How many are left of it.
    pub fn left(&self) -> i64 {
        self.batch.last - self.batch.first + 1 - self.used - self.spoilt - self.lost
    }
}

/// A page of batches, the newest first.
pub async fn batches(tx: &mut Tx, before: &str, size: i64) -> DbResult<Rows<Counted>> {
    let rows = fetch_all!(
        tx,
        Counted,
        "select b.*, (select count(*) from blank_use u where u.batch_id = b.id and u.state = 'used') as used,
           (select count(*) from blank_use u where u.batch_id = b.id and u.state = 'spoilt') as spoilt,
           (select count(*) from blank_use u where u.batch_id = b.id and u.state = 'lost') as lost
         from blank_batch b where $1 = '' or b.id < $1 order by b.id desc limit $2",
        before,
        size + 1
    )?;
    Ok(Rows::cut(rows, size, before, |row| row.batch.id.clone()))
}

/// What is there of each series.
pub async fn stock(tx: &mut Tx) -> DbResult<Vec<Stock>> {
    fetch_all!(
        tx,
        Stock,
        "with used as (
           select b.series, count(*) filter (where u.state = 'used') as used, count(*) filter (where u.state = 'spoilt') as spoilt, count(*) filter (where u.state = 'lost') as lost
           from blank_use u join blank_batch b on b.id = u.batch_id group by b.series
         ), had as (select series, cast(sum(last - first + 1) as bigint) as received from blank_batch group by series)
         select h.series, h.received, coalesce(u.used, 0) as used, coalesce(u.spoilt, 0) as spoilt, coalesce(u.lost, 0) as lost
         from had h left join used u on u.series = h.series order by h.series"
    )
}

/// What became of serials of a batch between two numbers.
pub async fn uses(tx: &mut Tx, batch: &str, first: i64, last: i64) -> DbResult<Vec<Use>> {
    fetch_all!(tx, Use, "select * from blank_use where batch_id = $1 and serial >= $2 and serial <= $3 order by serial", batch, first, last)
}

/// Writes down what became of serials.
pub async fn add(tx: &mut Tx, uses: &[Use]) -> DbResult<()> {
    execute_many!(
        tx,
        8,
        "insert into blank_use (batch_id, serial, state, day, certificate_id, note, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        uses,
        |row| [&row.batch_id, row.serial, row.state, row.day, &row.certificate_id, &row.note, &row.created_by, row.created_at]
    )
}

/// Writes down that a serial that was used is spoilt or lost; its certificate is free for another blank.
pub async fn spoil(tx: &mut Tx, row: &Use) -> DbResult<u64> {
    execute!(
        tx,
        "update blank_use set state = $3, day = $4, certificate_id = null, note = $5 where batch_id = $1 and serial = $2 and state = 'used'",
        &row.batch_id,
        row.serial,
        row.state,
        row.day,
        &row.note
    )
}

/// Takes back what was written down of a serial by mistake.
pub async fn take_back(tx: &mut Tx, batch: &str, serial: i64) -> DbResult<u64> {
    execute!(tx, "delete from blank_use where batch_id = $1 and serial = $2", batch, serial)
}

/// Blanks that certificates are printed on: certificate, series, serial.
pub async fn of_certificates(tx: &mut Tx, certificates: &[&str]) -> DbResult<Vec<(String, String, i64)>> {
    fetch_many!(
        tx,
        (String, String, i64),
        "select u.certificate_id, b.series, u.serial from blank_use u join blank_batch b on b.id = u.batch_id where u.certificate_id in ($1)",
        certificates
    )
}

/// Certificates by number.
pub async fn certificates(tx: &mut Tx, numbers: &[&str]) -> DbResult<Vec<Certificate>> {
    fetch_many!(tx, Certificate, "select * from certificate where number in ($1)", numbers)
}

/// Id and code of products by code.
pub async fn products(tx: &mut Tx, codes: &[&str]) -> DbResult<Vec<(String, String)>> {
    fetch_many!(tx, (String, String), "select id, code from product where code in ($1)", codes)
}

/// A line of what became of serials.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// What became of it.
    #[sqlx(flatten)]
    pub used: Use,
    /// Series.
    pub series: String,
    /// Number of the certificate, or empty.
    pub number: String,
    /// Name of the product, or empty.
    pub product: String,
    /// Its code, or empty.
    pub code: String,
}

impl Row {
    /// The key of a page after this row.
    pub fn key(&self) -> String {
        format!("{}.{}.{}", self.used.day, self.used.batch_id, self.used.serial)
    }
}

/// What is asked of them.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only so.
    pub state: String,
    /// Only this serial.
    pub serial: Option<i64>,
    /// After this key.
    pub after: String,
    /// Rows a page.
    pub size: i64,
}

/// A page of what became of serials, the latest first.
pub async fn list(tx: &mut Tx, filter: &Filter) -> DbResult<Rows<Row>> {
    let key = match filter.after.split('.').collect::<Vec<_>>()[..] {
        [day, batch, serial] => {
            day.parse::<NaiveDate>().ok().zip(serial.parse::<i64>().ok()).map(|(day, serial)| (day, batch.to_owned(), serial))
        }
        _ => None,
    };
    let (day, batch, serial) = key.unwrap_or((NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or_default(), String::new(), 0));
    let rows = fetch_all!(
        tx,
        Row,
        "select u.*, b.series, coalesce(c.number, '') as number, coalesce(p.name, '') as product, coalesce(p.code, '') as code
         from blank_use u join blank_batch b on b.id = u.batch_id left join certificate c on c.id = u.certificate_id left join product p on p.id = c.product_id
         where (u.day, u.batch_id, u.serial) < ($1, $2, $3) and ($4 = '' or u.state = $4) and ($5 = 0 or u.serial = $5)
         order by u.day desc, u.batch_id desc, u.serial desc limit $6",
        day,
        &batch,
        serial,
        &filter.state,
        filter.serial.unwrap_or(0),
        filter.size + 1
    )?;
    Ok(Rows::cut(rows, filter.size, filter.after.as_str(), Row::key))
}
