//! `backup`, `restore`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::backup::{self, BackupError};
use crate::config::Config;
use crate::db::Db;
use crate::erasure;
use crate::error::Result;
use crate::file::Depot;
use crate::text::Tongue;

/// `ocop backup`.
#[derive(Args)]
pub struct Backup {
    /// The archive to write; holds personal values and the keys that sign feeds, keep it safe
    file: PathBuf,
}

/// `ocop restore`.
#[derive(Args)]
pub struct Restore {
    /// An archive that `ocop backup` wrote
    file: PathBuf,
    /// List of people who were erased since [default: <data-dir>/erasures.txt]
    #[arg(long)]
    erasures: Option<PathBuf>,
}

/// Shows on a terminal which table is being worked on.
fn shown(terminal: bool) -> impl FnMut(&str, u64) + Send {
    move |name, done| {
        if terminal {
            eprint!("\r\x1b[K{name} {done}");
        }
    }
}

fn refused(error: &BackupError, tongue: Tongue) -> ExitCode {
    eprintln!("{}", error.text().get(tongue));
    ExitCode::from(1)
}

impl Backup {
    /// Writes the archive, while the store is in use.
    pub async fn run(self, config: Config, tongue: Tongue) -> Result<ExitCode> {
        let app = super::open(config).await?;
        let terminal = std::io::stderr().is_terminal();
        app.files().depot().check(app.db()).await?;
        let made = backup::backup(app.db(), app.files().depot(), app.clock(), &self.file, &mut shown(terminal)).await;
        if terminal {
            eprint!("\r\x1b[K");
        }
        let manifest = match made {
            Ok(manifest) => manifest,
            Err(error) => return Ok(refused(&error, tongue)),
        };
        let rows: u64 = manifest.tables.iter().map(|part| part.rows).sum();
        println!(
            "{}: {rows} {}, {} {}, {} {} {}",
            self.file.display(),
            tongue.pick("dòng", "rows"),
            manifest.files,
            tongue.pick("tệp", "files"),
            tongue.pick("nhật ký", "journal"),
            manifest.journal_lines,
            manifest.journal_head
        );
        for missing in &manifest.missing {
            eprintln!("{}: {missing}", tongue.pick("thiếu tệp", "file missing"));
        }
        Ok(ExitCode::from(u8::from(!manifest.missing.is_empty())))
    }
}

impl Restore {
    /// Fills an empty store.
    pub async fn run(self, config: Config, tongue: Tongue) -> Result<ExitCode> {
        make_folder(&config.database_url)?;
        let db = Db::open(&config.database_url).await?;
        let terminal = std::io::stderr().is_terminal();
        let done = backup::restore(&db, &Depot::open(&config.files)?, &self.file, &mut shown(terminal)).await;
        if terminal {
            eprint!("\r\x1b[K");
        }
        let manifest = match done {
            Ok(manifest) => manifest,
            Err(error) => return Ok(refused(&error, tongue)),
        };
        db.migrate().await?;
        let rows: u64 = manifest.tables.iter().map(|part| part.rows).sum();
        println!(
            "{}: {rows} {}, {} {}, {} {} {}",
            tongue.pick("Đã khôi phục", "Restored"),
            tongue.pick("dòng", "rows"),
            manifest.files,
            tongue.pick("tệp", "files"),
            tongue.pick("nhật ký", "journal"),
            manifest.journal_lines,
            manifest.journal_head
        );
        let listed = self.erasures.clone().unwrap_or_else(|| config.data_dir.join(erasure::LIST));
        let again = erasure::again(&db, &config.data_dir, &listed, crate::clock::Clock::default().now()).await?;
        if again > 0 {
            println!("{}: {again}", tongue.pick("Người đã xin xóa thông tin, nay xóa lại", "People who had been erased, now erased again"));
        } else if !listed.is_file() {
            eprintln!(
                "{}: {}",
                tongue.pick(
                    "Không thấy danh sách người đã xin xóa thông tin; nếu có ai, hãy chép tệp từ máy cũ rồi xóa lại bằng “ocop user erase”",
                    "No list of people who were erased; if there were any, copy the file from the old machine"
                ),
                listed.display()
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The folder of an embedded store.
fn make_folder(url: &str) -> std::io::Result<()> {
    let Some(file) = url.strip_prefix("sqlite:") else { return Ok(()) };
    let file = std::path::Path::new(file.split('?').next().unwrap_or(file).trim_start_matches("//"));
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => std::fs::create_dir_all(folder),
        None => Ok(()),
    }
}
