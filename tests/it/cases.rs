//! Lists as offices keep them, and files with one fault each (`tests/cases`): what each of them becomes is a snapshot, the same
//! on both stores, read by a person against what is right. Of every file: a trial says the numbers of the writing, and the
//! same file again changes nothing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ocop::db::Tx;
use ocop::error::Both;
use ocop::intake::{Order, Report, Whole};
use ocop::sheet::gathered;
use ocop::testing::{Engine, TestApp};
use ocop::text::{Tongue, date_vi};
use ocop::{fetch_all, point, product};

/// Where the files lie.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// A file with what its reader says of it beside the file itself, as `--decision` does.
struct Case {
    name: String,
    bytes: Vec<u8>,
}

fn cases(below: &str) -> Vec<Case> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder().join(below)).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert!(found.len() > 5, "{below} holds files");
    let case =
        |path: PathBuf| Case { name: path.file_name().unwrap().to_string_lossy().into_owned(), bytes: std::fs::read(&path).unwrap() };
    found.into_iter().map(case).collect()
}

impl Case {
    /// Lists of points; all others are of products.
    fn is_of_points(&self) -> bool {
        self.name.starts_with('d') || self.name.starts_with("10-")
    }

    /// What the title of an annex says.
    fn whole(&self) -> Whole {
        if !self.name.starts_with("04-") {
            return Whole::default();
        }
        Whole { decision: "301/QĐ-UBND".into(), stars: Some(3), decided_on: chrono::NaiveDate::from_ymd_opt(2026, 8, 5) }
    }

    fn order(&self, dry_run: bool) -> Order {
        Order { dry_run, good_rows: true, whole: self.whole(), ..Order::new(self.bytes.as_slice(), &self.name, ("system", "test")) }
    }

    async fn run(&self, app: &TestApp, dry_run: bool) -> Result<Report, Both> {
        let progress = Arc::new(|_, _, _| {});
        let order = self.order(dry_run);
        if self.is_of_points() {
            point::sheet::run(app, order, progress).await.unwrap()
        } else {
            product::sheet::run(app, order, progress).await.unwrap()
        }
    }
}

/// Read, added, changed, unchanged, refused, waiting.
fn numbers(report: &Report) -> [usize; 6] {
    let summary = &report.summary;
    [report.total, summary.added, summary.changed, summary.unchanged, summary.skipped, summary.waiting]
}

async fn told(app: &TestApp, case: &Case) -> String {
    let mut out = format!("# {}\n", case.name);
    let tried = case.run(app, true).await;
    let written = case.run(app, false).await;
    let report = match (tried, written) {
        (Err(_), Err(text)) => {
            writeln!(out, "không đọc: {}\n           {}", text.vi, text.en).unwrap();
            return out;
        }
        (Ok(tried), Ok(written)) => {
            assert_eq!(numbers(&tried), numbers(&written), "{}: a trial says the numbers of the writing", case.name);
            written
        }
        (tried, _) => panic!("{}: a trial and the writing disagree (tried: {})", case.name, tried.is_ok()),
    };
    let [total, added, changed, unchanged, refused, waiting] = numbers(&report);
    writeln!(out, "đọc {total} · thêm {added} · sửa {changed} · giữ {unchanged} · trả lại {refused} · chờ {waiting}").unwrap();
    for line in gathered(&report.warnings, Tongue::Vi) {
        writeln!(out, "  lưu ý {line}").unwrap();
    }
    for line in gathered(&report.summary.faults, Tongue::Vi) {
        writeln!(out, "  lỗi   {line}").unwrap();
    }
    let again = case.run(app, false).await.unwrap();
    assert_eq!([again.summary.added, again.summary.changed], [0, 0], "{}: the same file again changes nothing", case.name);
    out
}

async fn products(tx: &mut Tx, app: &TestApp) -> String {
    let mut out = String::new();
    let ids = fetch_all!(tx, (String,), "select id from product where not demo").unwrap();
    let mut rows = Vec::new();
    for (id,) in ids {
        let product = product::store::find(tx, &id).await.unwrap().unwrap();
        let certificates = product::store::certificates(tx, &id).await.unwrap();
        let producer = match product.producer_id.as_deref() {
            Some(body) => ocop::party::store::find(tx, body)
                .await
                .unwrap()
                .map(|body| format!("{} {}", body.name, body.tax_code.unwrap_or_default()))
                .unwrap_or_default(),
            None => "–".to_owned(),
        };
        let label = |unit: &Option<String>| unit.as_deref().map_or("–".to_owned(), |unit| app.region().label(unit));
        let mut text = format!(
            "  {} | {} | {} | {} → {}{} | {}{} | {} {}\n",
            product.code,
            product.name,
            producer.trim(),
            label(&product.unit_id),
            label(&product.unit_today),
            if product.origin.is_empty() { String::new() } else { format!(" | xuất xứ {}", product.origin) },
            product.group_id,
            if product.group_as.is_empty() { String::new() } else { format!(" ({})", product.group_as) },
            product.state.word(),
            product.price.map(|price| format!("| {price} đ")).unwrap_or_default(),
        );
        for paper in certificates {
            let decided =
                if paper.decided_as.is_empty() { paper.decided_on.map(date_vi).unwrap_or_default() } else { paper.decided_as.clone() };
            writeln!(
                text,
                "      {}★ {} {} ngày {} {} {} từ {} đến hết {} ({})",
                paper.stars,
                paper.score.map(|score| score.to_string()).unwrap_or_default(),
                paper.decision_no,
                decided,
                paper.recognised_by,
                paper.recognition,
                date_vi(paper.valid_from),
                date_vi(paper.last_day()),
                paper.end_rule,
            )
            .unwrap();
        }
        rows.push((product.code.clone(), product.name.clone(), text));
    }
    rows.sort();
    rows.into_iter().for_each(|(.., text)| out.push_str(&text));
    out
}

async fn points(tx: &mut Tx, app: &TestApp) -> String {
    let mut out = String::new();
    for (id,) in fetch_all!(tx, (String,), "select id from point where not demo order by code").unwrap() {
        let point = point::store::find(tx, &id).await.unwrap().unwrap();
        let label = |unit: &Option<String>| unit.as_deref().map_or("–".to_owned(), |unit| app.region().label(unit));
        let day = |on: Option<chrono::NaiveDate>, given: &str| {
            if given.is_empty() { on.map(date_vi).unwrap_or_default() } else { given.to_owned() }
        };
        writeln!(
            out,
            "  {} | {} | {} | {} → {} | {:?} m² | {:?} | {} | mở {} đóng {} | {} | {}",
            point.code,
            point.name,
            point.kind,
            label(&point.unit_id),
            label(&point.unit_today),
            point.area_m2,
            point.pin(),
            point.state.word(),
            day(point.opened_on, &point.opened_as),
            day(point.closed_on, &point.closed_as),
            point.phone,
            point.address,
        )
        .unwrap();
    }
    out
}

/// Each file into a store of its own; one whose name ends in -2 into that of the one before it.
fn all(engine: Engine, below: &str) {
    let cases = cases(below);
    for group in cases.chunk_by(|_, next| next.name.contains("-2.")) {
        ocop::testing::run::<TestApp>(engine, async |app: &TestApp| {
            for case in group {
                let mut text = told(app, case).await;
                let mut tx = app.db().read().await.unwrap();
                text += &if case.is_of_points() { points(&mut tx, app).await } else { products(&mut tx, app).await };
                insta::assert_snapshot!(format!("{below}__{}", case.name), text);
            }
        });
    }
}

macro_rules! on_both {
    ($($name:ident: $below:literal),*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn on_sqlite() {
                all(Engine::Sqlite, $below);
            }

            #[test]
            fn on_postgres() {
                all(Engine::Postgres, $below);
            }
        }
    )*};
}

on_both!(lists_as_offices_keep_them: "lists", one_fault_a_file: "imports", faults_of_other_kinds: "own");
