//! The floor under `ocop import products`, for `bench/products.mjs`: how long the workbook alone takes to read, and how long
//! the very rows that an import left take to write into an empty store, nothing checked, compared or worked out.
//!   floor FILE STORE_IT_WAS_IMPORTED_INTO EMPTY_STORE

#![allow(clippy::print_stdout, reason = "its figures are its output")]

use std::time::Instant;

use chrono::{DateTime, Utc};
use ocop::db::{Db, DbResult, Statement, Tx, run};
use ocop::product::bulk;
use ocop::product::model::{Certificate, Product};
use ocop::{execute_many, fetch_all, sheet};

/// A body as it stands in the store.
#[derive(sqlx::FromRow)]
struct Body {
    id: String,
    kind: String,
    name: String,
    name_fold: String,
    name_key: String,
    near_key: String,
    tax_code: Option<String>,
    unit_id: Option<String>,
    source: String,
    created_at: DateTime<Utc>,
}

/// A line of the journal.
#[derive(sqlx::FromRow)]
struct Line {
    seq: i64,
    at: DateTime<Utc>,
    actor: String,
    actor_name: String,
    verb: String,
    subject_kind: String,
    subject_id: String,
    detail: String,
    hash: String,
}

async fn write(tx: &mut Tx, bodies: &[Body], products: &[Product], certificates: &[Certificate], lines: &[Line]) -> DbResult<()> {
    let indexes = tx.without_indexes("product").await? + &tx.without_indexes("certificate").await?;
    execute_many!(
        tx,
        10,
        "insert into body (id, kind, name, name_fold, name_key, near_key, tax_code, unit_id, short, address, phone, source, note, demo, version, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, '', '', '', $9, '', false, 1, $10) on conflict do nothing",
        bodies,
        |body| [&body.id, &body.kind, &body.name, &body.name_fold, &body.name_key, &body.near_key, &body.tax_code, &body.unit_id, &body.source, body.created_at]
    )?;
    let (products, certificates): (Vec<&Product>, Vec<&Certificate>) = (products.iter().collect(), certificates.iter().collect());
    let dialect = tx.dialect();
    let statements: Vec<Statement> =
        bulk::add(dialect, &products).chain(bulk::add_certificates(dialect, &certificates)).collect::<DbResult<_>>()?;
    run(tx, &mut statements.into_iter().map(Ok)).await?;
    execute_many!(
        tx,
        9,
        "insert into journal (seq, at, actor, actor_name, verb, subject_kind, subject_id, detail, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict do nothing",
        lines,
        |line| [line.seq, line.at, &line.actor, &line.actor_name, &line.verb, &line.subject_kind, &line.subject_id, &line.detail, &line.hash]
    )?;
    tx.script(indexes).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, full, empty] = &words[..] else { return Err("floor FILE STORE EMPTY_STORE".into()) };
    let begin = Instant::now();
    let mut cells = 0;
    let named = |names: &[String]| names.iter().filter(|name| !name.is_empty()).count();
    let asked = sheet::Asked { knows: &named, fits: &|_| Ok(()), limits: sheet::Limits::LARGE, sheet: "" };
    sheet::scan(&sheet::Source::File(file.into()), file, asked, &mut |_, row| cells += row.cells.len())
        .map_err(|error| error.to_string())?;
    println!("reading {:.3}", begin.elapsed().as_secs_f64());

    let full = Db::open(full).await?;
    let mut tx = full.read().await?;
    let bodies = fetch_all!(
        &mut tx,
        Body,
        "select id, kind, name, name_fold, name_key, near_key, tax_code, unit_id, source, created_at from body where not demo"
    )?;
    let products = fetch_all!(&mut tx, Product, "select * from product where not demo")?;
    let certificates = fetch_all!(&mut tx, Certificate, "select * from certificate")?;
    let lines = fetch_all!(&mut tx, Line, "select seq, at, actor, actor_name, verb, subject_kind, subject_id, detail, hash from journal")?;
    drop(tx);

    let store = Db::open(empty).await?;
    let begin = Instant::now();
    let mut tx = store.write().await?;
    write(&mut tx, &bodies, &products, &certificates, &lines).await?;
    tx.commit().await?;
    println!(
        "writing {:.3} ({} products, {} certificates, {cells} cells)",
        begin.elapsed().as_secs_f64(),
        products.len(),
        certificates.len()
    );
    Ok(())
}
