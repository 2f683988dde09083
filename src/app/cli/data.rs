//! `import`, `export`.

use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use crate::access::Scope;
use crate::clock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::export::{self, FileKind, List};
use crate::intake::{Order, Progress, Report, Whole};
use crate::point::day::AsOf;
use crate::point::sheet::{self as points, Points};
use crate::product::sheet as products;
use crate::scoring;
use crate::sheet::{Format, Limits, Source, gathered};
use crate::state::App;
use crate::text::Tongue;

/// `ocop import …`.
#[derive(Subcommand)]
pub enum Import {
    /// Points from a CSV or XLSX file in the layout of docs/import-points.md
    Points(Incoming),
    /// Score sheets from a YAML, JSON, XLSX or CSV file in the layout of docs/import-score-sheets.md
    ScoreSheet(Sheets),
    /// Products and their certificates from a CSV or XLSX file in the layout of docs/import-products.md
    Products(Listed),
}

/// A file that is read.
#[derive(Args)]
pub struct Incoming {
    /// The file
    file: PathBuf,
    /// Checks every row and writes nothing
    #[arg(long)]
    dry_run: bool,
    /// Writes the good rows even if others have errors
    #[arg(long)]
    good_rows: bool,
    /// The sheet of a workbook to read [default: the first with all columns]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Where to write the rows that did not pass, as a workbook with a column “Lỗi” that says what is wrong
    #[arg(long, value_name = "FILE")]
    bad_rows: Option<PathBuf>,
}

/// A file of score sheets.
#[derive(Args)]
pub struct Sheets {
    /// The file
    file: PathBuf,
    /// Checks every sheet and writes nothing
    #[arg(long)]
    dry_run: bool,
}

impl Sheets {
    /// Reads the file; fails if a sheet of it was refused.
    async fn run(&self, config: Config, tongue: Tongue) -> Result<ExitCode> {
        let app = super::open(config).await?;
        app.learn().await?;
        let bytes = tokio::fs::read(&self.file).await.map_err(|error| Error::internal(format!("{}: {error}", self.file.display())))?;
        let name = self.file.file_name().map(|name| crate::text::nfc(&name.to_string_lossy())).unwrap_or_default();
        let outcomes = match scoring::take(&app, bytes, &name, self.dry_run, ("system", "ocop import")).await? {
            Ok(outcomes) => outcomes,
            Err(wrong) => {
                eprintln!("{}: {wrong}", self.file.display());
                return Ok(ExitCode::from(1));
            }
        };
        for outcome in &outcomes {
            let word = match (outcome.wrong.is_empty(), outcome.is_same, self.dry_run) {
                (false, ..) => tongue.pick("từ chối", "refused"),
                (true, true, _) => tongue.pick("không đổi", "unchanged"),
                (true, false, true) => tongue.pick("đọc được", "reads well"),
                (true, false, false) => tongue.pick("đã nhận", "taken"),
            };
            println!("{}: {word}", outcome.name);
            outcome.wrong.iter().chain(&outcome.told).for_each(|line| println!("  {line}"));
        }
        let good = outcomes.iter().filter(|outcome| outcome.wrong.is_empty()).count();
        println!("{good} {} {}", tongue.pick("phiếu tốt trong", "good sheets of"), outcomes.len());
        Ok(if good == outcomes.len() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// A list of products, perhaps the annex of a decision.
#[derive(Args)]
pub struct Listed {
    #[command(flatten)]
    incoming: Incoming,
    /// Number of the decision, where only the title of the list names it: 301/QĐ-UBND
    #[arg(long, value_name = "NO")]
    decision: Option<String>,
    /// Stars of every row, where only the title of the list names them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=5))]
    stars: Option<i64>,
    /// Day of the decision, where only the title of the list names it: 05/08/2026
    #[arg(long, value_name = "DAY", value_parser = day)]
    decided_on: Option<NaiveDate>,
}

impl Import {
    /// Does it.
    pub async fn run(self, config: Config, tongue: Tongue) -> Result<ExitCode> {
        let (layout, incoming, whole) = match &self {
            Import::ScoreSheet(sheets) => return sheets.run(config, tongue).await,
            Import::Points(incoming) => (points::LAYOUT, incoming, Whole::default()),
            Import::Products(listed) => (
                products::LAYOUT,
                &listed.incoming,
                Whole {
                    decision: listed.decision.as_deref().map(crate::text::nfc).unwrap_or_default(),
                    stars: listed.stars,
                    decided_on: listed.decided_on,
                },
            ),
        };
        let Incoming { file, dry_run, good_rows, sheet, bad_rows } = incoming;
        let app = super::open(config).await?;
        app.learn().await?;
        tokio::fs::metadata(file).await.map_err(|error| Error::internal(format!("{}: {error}", file.display())))?;
        let name = file.file_name().map(|name| crate::text::nfc(&name.to_string_lossy())).unwrap_or_default();
        let order = Order {
            source: Source::File(file.clone()),
            file: name,
            dry_run: *dry_run,
            good_rows: *good_rows,
            actor: "system".into(),
            actor_name: "ocop import".into(),
            id: clock::new_id(),
            limits: Limits::LARGE,
            sheet: sheet.clone().unwrap_or_default(),
            whole,
        };
        let terminal = std::io::stderr().is_terminal();
        let progress: Progress = Arc::new(move |stage, done, total| {
            if terminal {
                eprint!("\r\x1b[K{} {done}{}", stage.name(tongue), if total > 0 { format!("/{total}") } else { String::new() });
            }
        });
        let taken = order.taken(layout);
        let report = match self {
            Import::Points(_) => points::run(&app, order, progress).await?,
            Import::Products(_) | Import::ScoreSheet(_) => products::run(&app, order, progress).await?,
        };
        if terminal {
            eprint!("\r\x1b[K");
        }
        match report {
            Err(text) => {
                eprintln!("{}: {}", file.display(), text.get(tongue));
                Ok(ExitCode::from(1))
            }
            Ok(report) => {
                let code = tell(&report, *dry_run, *good_rows, tongue);
                if let Some(path) = bad_rows
                    && let Some(bytes) = taken.bad_rows(&report).await?
                {
                    let part = part_of(path);
                    tokio::fs::write(&part, bytes).await?;
                    tokio::fs::rename(part, path).await?;
                    eprintln!("{}: {}", tongue.pick("các dòng lỗi", "rows that did not pass"), path.display());
                }
                Ok(code)
            }
        }
    }
}

fn tell(report: &Report, dry_run: bool, good_rows: bool, tongue: Tongue) -> ExitCode {
    let summary = &report.summary;
    let mut lines = String::new();
    for warning in gathered(&report.warnings, tongue) {
        lines.push_str(&format!("{}: {warning}\n", tongue.pick("lưu ý", "note")));
    }
    for fault in &summary.faults {
        lines.push_str(&fault.line(tongue));
        lines.push('\n');
    }
    eprint!("{lines}");
    let counts = [
        (tongue.pick("thêm", "added"), summary.added),
        (tongue.pick("sửa", "changed"), summary.changed),
        (tongue.pick("không đổi", "unchanged"), summary.unchanged),
        (tongue.pick("bỏ qua", "skipped"), summary.skipped),
        (tongue.pick("chờ", "waiting"), summary.waiting),
    ];
    let counts: Vec<String> = counts.iter().map(|(word, count)| format!("{word} {count}")).collect();
    let refused = !summary.faults.is_empty() && !good_rows;
    let note = match (refused, dry_run) {
        (true, _) => tongue.pick("Có dòng lỗi nên chưa ghi gì", "Some rows have errors, nothing was written"),
        (false, true) => tongue.pick("Kiểm tra thử, chưa ghi gì", "Dry run, nothing was written"),
        (false, false) if summary.written => tongue.pick("Đã ghi", "Written"),
        (false, false) => tongue.pick("Không có gì thay đổi", "Nothing changed"),
    };
    println!("{note}: {}", counts.join(", "));
    if summary.waiting > 0 && summary.written {
        println!(
            "{}",
            tongue.pick(
                "Các dòng chờ được ghi khi có người trả lời ở màn hình “Chủ thể cần xác định” (/chu-the/can-xac-dinh).",
                "Rows that wait are written when somebody has answered on the screen “Chủ thể cần xác định” (/chu-the/can-xac-dinh)."
            )
        );
    }
    ExitCode::from(u8::from(refused))
}

/// `ocop export …`.
#[derive(Subcommand)]
pub enum Export {
    /// Points in the layout of the import; sample data never leave the store
    Points {
        /// Kind of file
        #[arg(long, value_enum)]
        format: FileKind,
        /// Where to write it [default: standard output]
        #[arg(short, long)]
        output: Option<PathBuf>,
        /// Records still on their way too, not only leads and points that opened
        #[arg(long)]
        all: bool,
        /// The register as it was on this day (2026-06-30 or 30/06/2026): points open, pausing or closed then
        #[arg(long, value_name = "DATE", conflicts_with = "all", value_parser = day)]
        as_of: Option<NaiveDate>,
        /// … as the register said at the end of this day
        #[arg(long, value_name = "DATE", requires = "as_of", value_parser = day)]
        known_on: Option<NaiveDate>,
    },
    /// Products with the certificate that counts, in the layout of the import; sample data never leave the store
    Products {
        /// Kind of file
        #[arg(long, value_enum)]
        format: Format,
        /// Where to write it [default: standard output]
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
}

fn day(typed: &str) -> Result<NaiveDate, String> {
    crate::text::parse_date(typed).map_err(|error| error.text(Tongue::En))
}

/// Where an export goes: standard output, or a file that takes its name when it is whole.
struct Sink {
    out: Box<dyn std::io::Write>,
    part: Option<(PathBuf, PathBuf)>,
    terminal: bool,
}

impl Sink {
    /// Opens it; none, with a word why, where a workbook would go to a terminal.
    fn open(output: Option<PathBuf>, is_workbook: bool, tongue: Tongue) -> Result<Option<Sink>> {
        if output.is_none() && is_workbook && std::io::stdout().is_terminal() {
            eprintln!(
                "{}",
                tongue.pick(
                    "Tệp Excel không in ra màn hình được; hãy thêm -o TỆP.",
                    "A workbook cannot be shown on a terminal; add -o FILE."
                )
            );
            return Ok(None);
        }
        let part = output.map(|output| (part_of(&output), output));
        let out: Box<dyn std::io::Write> = match &part {
            Some((part, _)) => Box::new(std::io::BufWriter::new(
                std::fs::File::create(part).map_err(|error| Error::internal(format!("{}: {error}", part.display())))?,
            )),
            None => Box::new(std::io::stdout().lock()),
        };
        Ok(Some(Sink { out, part, terminal: std::io::stderr().is_terminal() }))
    }

    async fn fill<L: List>(mut self, app: &App, mut file: export::Export<L>, things: &str) -> Result<ExitCode> {
        let mut tx = app.db().read().await?;
        file.write(&mut tx, |piece, rows| {
            self.out.write_all(piece)?;
            if self.terminal {
                eprint!("\r{rows}");
            }
            Ok(())
        })
        .await?;
        self.out.flush()?;
        drop(self.out);
        if let Some((part, output)) = self.part {
            std::fs::rename(part, output)?;
        }
        eprintln!("{}{} {things}", if self.terminal { "\r" } else { "" }, file.rows());
        Ok(ExitCode::SUCCESS)
    }
}

impl Export {
    /// Does it.
    pub async fn run(self, config: Config, tongue: Tongue) -> Result<ExitCode> {
        match self {
            Export::Points { format, output, all, as_of, known_on } => {
                let Some(sink) = Sink::open(output, format == FileKind::Xlsx, tongue)? else { return Ok(ExitCode::from(2)) };
                let app = super::open(config).await?;
                let today = app.clock().today();
                let points = match as_of {
                    None => Points::new(&app, Scope::All, all),
                    Some(asked) => {
                        let first = crate::point::day::first(&mut app.db().read().await?).await?;
                        if let Err(text) = crate::point::day::answers(asked, first, today) {
                            eprintln!("--as-of: {}", text.get(tongue));
                            return Ok(ExitCode::from(2));
                        }
                        Points::of_day(&app, AsOf { day: asked, known: known_on }, Scope::All)
                    }
                };
                sink.fill(&app, export::Export::new(points, format), tongue.pick("điểm", "points")).await
            }
            Export::Products { format, output } => {
                let Some(sink) = Sink::open(output, format == Format::Xlsx, tongue)? else { return Ok(ExitCode::from(2)) };
                let app = super::open(config).await?;
                let products = products::Products::new(&app, &Scope::All);
                sink.fill(&app, export::Export::new(products, format), tongue.pick("sản phẩm", "products")).await
            }
        }
    }
}

/// A name beside a file, for writing it whole before it takes its place.
fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}
