//! The command line. Exit status: 0 done, 1 refused with reasons on stderr, 2 wrong usage.

#![allow(clippy::print_stdout, reason = "the command line talks on stdout")]

mod backup;
mod data;
mod host;
mod serve;
mod setup;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::config::{Config, Given};
use crate::error::{Error, Result};
use crate::state::App;
use crate::text::Tongue;

/// Hệ thống thông tin Chương trình OCOP / OCOP programme information system.
#[derive(Parser)]
#[command(name = "ocop", version, max_term_width = 100)]
pub struct Cli {
    /// Settings file (TOML) [default: ocop.toml if it exists]
    #[arg(long, global = true, env = "OCOP_CONFIG")]
    config: Option<PathBuf>,
    /// Language of messages
    #[arg(long, global = true, value_enum, default_value = "vi")]
    lang: LangArg,
    #[command(flatten)]
    given: Given,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, ValueEnum)]
enum LangArg {
    /// Tiếng Việt
    Vi,
    /// English
    En,
}

#[derive(Subcommand)]
enum Command {
    /// Makes or updates the store: schema, law, province pack
    Init(setup::Init),
    /// Serves the site
    Serve,
    /// People who sign in
    #[command(subcommand)]
    User(setup::User),
    /// Agencies, committees and associations
    #[command(subcommand)]
    Body(setup::Bodies),
    /// Reads files into the store
    #[command(subcommand)]
    Import(data::Import),
    /// Writes what the store holds to files
    #[command(subcommand)]
    Export(data::Export),
    /// Checks the journal's chain
    Verify(setup::Verify),
    /// Writes the whole store to one archive, also while it is served
    Backup(backup::Backup),
    /// Fills an empty store from an archive, on either engine
    Restore(backup::Restore),
    /// Shows the settings in force, secrets masked
    Config,
}

/// Runs the program.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    host::keep_private();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(1);
        }
    };
    let code = runtime.block_on(dispatch(cli)).unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(1)
    });
    // a picture or file that is still being read for work that was given back holds nobody up
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    code
}

async fn dispatch(cli: Cli) -> Result<ExitCode> {
    let config = Config::resolve(cli.given, cli.config.as_deref()).map_err(|error| Error::Internal(Box::new(error)))?;
    let tongue = match cli.lang {
        LangArg::Vi => Tongue::Vi,
        LangArg::En => Tongue::En,
    };
    if !matches!(cli.command, Command::Config) {
        close(&config);
    }
    match cli.command {
        Command::Init(init) => init.run(config, tongue).await,
        Command::Serve => serve::run(config).await,
        Command::User(user) => user.run(config, tongue).await,
        Command::Body(bodies) => bodies.run(config, tongue).await,
        Command::Import(import) => import.run(config, tongue).await,
        Command::Export(export) => export.run(config, tongue).await,
        Command::Verify(verify) => verify.run(config).await,
        Command::Backup(backup) => backup.run(config, tongue).await,
        Command::Restore(restore) => restore.run(config, tongue).await,
        Command::Config => {
            print!("{}", config.masked());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Takes from other users of the machine what they could read of this installation, and says so.
fn close(config: &Config) {
    let names = |paths: &[PathBuf]| paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    match host::close(config) {
        Ok(closed) if closed.is_empty() => {}
        Ok(closed) => eprintln!(
            "Người dùng khác trên máy đọc được, nay đã đóng quyền / other users of this machine could read, now closed: {}",
            names(&closed)
        ),
        Err(error) => eprintln!(
            "Không đóng được quyền đọc của người dùng khác / other users' rights could not be taken away: {}: {error}",
            config.data_dir.display()
        ),
    }
}

/// Opens a store that `ocop init` has filled.
async fn open(config: Config) -> Result<App> {
    let app = App::open(config).await?;
    if app.db().is_ready().await {
        return Ok(app);
    }
    Err(Error::internal("Kho dữ liệu chưa có gì; hãy chạy “ocop init” trước. / The store is empty; run “ocop init” first."))
}
