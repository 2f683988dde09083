//! `ocop serve`.

use std::process::ExitCode;

use crate::app::{self, demo};
use crate::config::Config;
use crate::error::Result;

/// Serves until told to stop.
pub async fn run(config: Config) -> Result<ExitCode> {
    log();
    let asked = config.max_connections;
    let config = Config { max_connections: super::host::room_for(asked), ..config };
    if config.max_connections < asked {
        tracing::warn!(
            "hệ thống chỉ cho {} kết nối cùng lúc; hãy nâng giới hạn tệp mở (ulimit -n) / the system has room for so many connections only; raise the limit of open files",
            config.max_connections
        );
    }
    let app = super::open(config).await?;
    app.learn().await?;
    app.files().depot().check(app.db()).await?;
    let listener = tokio::net::TcpListener::bind(&app.config().listen).await?;
    println!("http://{}", listener.local_addr()?);
    if app.is_demo() {
        println!("Tài khoản dùng thử, mật khẩu chung “{}” / sample accounts, password “{}”:", demo::PASSWORD, demo::PASSWORD);
        for sign_in in demo::SIGN_INS {
            println!("  {:<28} {}", sign_in.login, sign_in.role.name());
        }
    }
    app::serve(app, listener).await?;
    Ok(ExitCode::SUCCESS)
}

/// One line an event on stderr; `RUST_LOG` narrows or widens it.
fn log() {
    let filter =
        tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
