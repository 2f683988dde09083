//! `import`, `export`.

use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use chrono::NaiveDate;
use clap::Subcommand;

use crate::access::Scope;
use crate::clock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::point::day::AsOf;
use crate::intake::{Order, Report};
use crate::point::sheet::{self, ExportForm, Pages};
use crate::text::Tongue;

/// `ocop import …`.
#[derive(Subcommand)]
pub enum Import {
    /// Points from a CSV or XLSX file in the layout of docs/import-points.md
    Points {
        /// The file
        file: PathBuf,
        /// Checks every row and writes nothing
        #[arg(long)]
        dry_run: bool,
        /// Writes the good rows even if others have errors
        #[arg(long)]
        good_rows: bool,
    },
}

impl Import {
    /// Does it.
    pub async fn run(self, config: Config, tongue: Tongue) -> Result<ExitCode> {
        let Import::Points { file, dry_run, good_rows } = self;
        let app = super::open(config).await?;
        let bytes = tokio::fs::read(&file).await.map_err(|error| Error::internal(format!("{}: {error}", file.display())))?;
        let name = file.file_name().map(|name| crate::text::nfc(&name.to_string_lossy())).unwrap_or_default();
        let order = Order { bytes, file: name, dry_run, good_rows, actor: "system".into(), actor_name: "ocop import".into(), id: clock::new_id() };
        let terminal = std::io::stderr().is_terminal();
        let report = sheet::run(
            &app,
            order,
            Arc::new(move |stage, done, total| {
                if terminal {
                    eprint!("\r\x1b[K{} {done}{}", stage.name(tongue), if total > 0 { format!("/{total}") } else { String::new() });
                }
            }),
        )
        .await?;
        if terminal {
            eprint!("\r\x1b[K");
        }
        match report {
            Err(text) => {
                eprintln!("{}: {}", file.display(), text.get(tongue));
                Ok(ExitCode::from(1))
            }
            Ok(report) => Ok(tell(&report, dry_run, good_rows, tongue)),
        }
    }
}

fn tell(report: &Report, dry_run: bool, good_rows: bool, tongue: Tongue) -> ExitCode {
    let summary = &report.summary;
    for warning in &report.warnings {
        eprintln!("{}: {}", tongue.pick("lưu ý", "note"), warning.line(tongue));
    }
    for fault in &summary.faults {
        eprintln!("{}", fault.line(tongue));
    }
    let counts = [
        (tongue.pick("thêm", "added"), summary.added),
        (tongue.pick("sửa", "changed"), summary.changed),
        (tongue.pick("không đổi", "unchanged"), summary.unchanged),
        (tongue.pick("bỏ qua", "skipped"), summary.skipped),
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
    ExitCode::from(u8::from(refused))
}

/// `ocop export …`.
#[derive(Subcommand)]
pub enum Export {
    /// Points in the layout of the import; sample data never leave the store
    Points {
        /// Kind of file
        #[arg(long, value_enum)]
        format: ExportForm,
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
}

fn day(typed: &str) -> Result<NaiveDate, String> {
    crate::text::parse_date(typed).map_err(|error| error.text(Tongue::En))
}

impl Export {
    /// Does it.
    pub async fn run(self, config: Config, tongue: Tongue) -> Result<ExitCode> {
        let Export::Points { format, output, all, as_of, known_on } = self;
        if output.is_none() && format == ExportForm::Xlsx && std::io::stdout().is_terminal() {
            eprintln!("{}", tongue.pick("Tệp Excel không in ra màn hình được; hãy thêm -o TỆP.", "A workbook cannot be shown on a terminal; add -o FILE."));
            return Ok(ExitCode::from(2));
        }
        let app = super::open(config).await?;
        let today = app.clock().today();
        let mut pages = match as_of {
            None => Pages::new(format, Scope::All, all, today),
            Some(asked) => {
                let first = crate::point::day::first(&mut app.db().read().await?).await?;
                if let Err(text) = crate::point::day::answers(asked, first, today) {
                    eprintln!("--as-of: {}", text.get(tongue));
                    return Ok(ExitCode::from(2));
                }
                Pages::of_day(format, AsOf { day: asked, known: known_on }, Scope::All, today)
            }
        };
        let part = output.as_deref().map(part_of);
        let mut sink: Box<dyn std::io::Write> = match &part {
            Some(part) => Box::new(std::io::BufWriter::new(std::fs::File::create(part).map_err(|error| Error::internal(format!("{}: {error}", part.display())))?)),
            None => Box::new(std::io::stdout().lock()),
        };
        let terminal = std::io::stderr().is_terminal();
        let mut tx = app.db().read().await?;
        if format == ExportForm::Xlsx {
            sink.write_all(&sheet::document(&mut tx, &mut pages, app.region()).await?)?;
        } else {
            while let Some(piece) = pages.next(&mut tx, app.region()).await? {
                sink.write_all(&piece)?;
                if terminal {
                    eprint!("\r{}", pages.rows());
                }
            }
        }
        sink.flush()?;
        drop(sink);
        if let (Some(part), Some(output)) = (part, output) {
            std::fs::rename(part, output)?;
        }
        eprintln!("{}{} {}", if terminal { "\r" } else { "" }, pages.rows(), tongue.pick("điểm", "points"));
        Ok(ExitCode::SUCCESS)
    }
}

/// A name beside a file, for writing it whole before it takes its place.
fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}
