//! Has `ocop-paper` print: a program of its own, started for one paper, with a bound on time and size. What it prints
//! goes to the reader and is kept nowhere.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use chrono::{Datelike, Timelike};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::error::{Error, Refusal, Result, both};
use crate::state::App;
use crate::{clock, law};

/// A paper takes a second or so; one that takes this long has gone wrong.
const LONGEST: Duration = Duration::from_secs(20);
/// Most bytes of a paper.
const MOST: u64 = 64 * 1024 * 1024;
/// A paper takes tens of megabytes while it is set: two at a time.
static TURNS: Semaphore = Semaphore::const_new(2);

/// A paper to be printed.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Template of `ocop-paper`.
    pub template: &'static str,
    /// What the file is called, without its ending; made plain for every system.
    pub name: String,
    /// Values of the template.
    pub data: Value,
    /// Pictures by the name the values know them under.
    pub pictures: BTreeMap<String, Vec<u8>>,
}

/// Where the program lies: as set, else beside this one; programs that cargo makes for tests lie one folder below.
fn program(app: &App) -> Option<PathBuf> {
    const NAME: &str = if cfg!(windows) { "ocop-paper.exe" } else { "ocop-paper" };
    if let Some(path) = &app.config().paper_bin {
        return Some(path.clone());
    }
    let own = std::env::current_exe().ok()?;
    let folder = own.parent()?;
    let folder = if folder.ends_with("deps") { folder.parent()? } else { folder };
    Some(folder.join(NAME))
}

fn unavailable(code: &'static str, what: (&'static str, &'static str), todo: (&'static str, &'static str)) -> Refusal {
    Refusal::rule(code, both(what.0, what.1), both(todo.0, todo.1)).with_status(StatusCode::SERVICE_UNAVAILABLE)
}

fn missing() -> Refusal {
    unavailable(
        "paper-missing",
        (
            "Máy chủ chưa cài chương trình in giấy tờ (ocop-paper).",
            "The program that prints papers (ocop-paper) is not installed on this server.",
        ),
        (
            "Dữ liệu không bị ảnh hưởng. Quản trị viên đặt tệp ocop-paper cạnh tệp ocop, hoặc chỉ đường dẫn bằng OCOP_PAPER_BIN.",
            "No data is affected. An administrator puts ocop-paper beside ocop, or names its path in OCOP_PAPER_BIN.",
        ),
    )
}

fn failed() -> Refusal {
    unavailable(
        "paper-failed",
        ("Giấy tờ này chưa in được.", "This paper could not be printed."),
        (
            "Dữ liệu không bị ảnh hưởng. Hãy báo quản trị viên mã yêu cầu ở dưới; lý do nằm trong nhật ký máy chủ.",
            "No data is affected. Tell an administrator the request number below; the reason is in the server's log.",
        ),
    )
}

fn slow() -> Refusal {
    unavailable(
        "paper-slow",
        ("In giấy tờ này mất quá 20 giây nên đã dừng.", "Printing this paper took more than 20 seconds and was stopped."),
        (
            "Hãy thử lại sau ít phút; nếu vẫn vậy, hãy báo quản trị viên.",
            "Try again in a few minutes; if it stays so, tell an administrator.",
        ),
    )
}

/// Prints a paper by the layout in force today.
pub async fn print(app: &App, paper: &Paper) -> Result<Vec<u8>> {
    let now = clock::local(app.clock().now());
    let encode = |bytes: &Vec<u8>| base64::engine::general_purpose::STANDARD.encode(bytes);
    let request = json!({
        "template": paper.template,
        "data": paper.data,
        "layout": law::paper_layout(now.date_naive())?,
        "pictures": paper.pictures.iter().map(|(name, bytes)| (name.clone(), Value::String(encode(bytes)))).collect::<serde_json::Map<_, _>>(),
        "at": [now.year(), now.month() as i32, now.day() as i32, now.hour() as i32, now.minute() as i32, now.second() as i32],
    });
    let program = program(app).ok_or_else(missing)?;
    let request = serde_json::to_vec(&request)?;
    let printed = timeout(LONGEST, async {
        let _turn = TURNS.acquire().await.map_err(|error| Error::internal(error.to_string()))?;
        run(program, request).await
    });
    printed.await.map_err(|_| Error::from(slow()))?
}

/// One run; the process dies with the future that waits for it.
async fn run(program: PathBuf, request: Vec<u8>) -> Result<Vec<u8>> {
    let started =
        Command::new(&program).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => {
            tracing::error!(program = %program.display(), %error, "ocop-paper does not start");
            return Err(missing().into());
        }
    };
    let (Some(mut to), Some(from), Some(said)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
        return Err(failed().into());
    };
    let (mut pdf, mut words) = (Vec::new(), Vec::new());
    let (mut from, mut said) = (from.take(MOST + 1), said.take(8 * 1024));
    let write = async {
        // a program that stops early closes its end; its exit status tells why
        let _ = to.write_all(&request).await;
        drop(to);
    };
    let ((), read, _) = tokio::join!(write, from.read_to_end(&mut pdf), said.read_to_end(&mut words));
    read?;
    if pdf.len() as u64 > MOST {
        tracing::error!("a paper grew beyond {MOST} bytes");
        return Err(failed().into());
    }
    drop((from, said));
    let status = child.wait().await?;
    if !status.success() || !pdf.starts_with(b"%PDF-") {
        tracing::error!(%status, said = %String::from_utf8_lossy(&words), "a paper could not be printed");
        return Err(failed().into());
    }
    Ok(pdf)
}

/// What the file of a paper is called, without its ending.
pub fn file_name(name: &str) -> String {
    let plain = crate::text::slug(name);
    if plain.is_empty() { "giay-to".to_owned() } else { plain }
}

/// Prints a paper and shows it to one reader.
pub async fn answer(app: &App, paper: &Paper) -> Result<Response> {
    let pdf = print(app, paper).await?;
    let shown = format!("inline; filename=\"{}.pdf\"", file_name(&paper.name));
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, shown),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, pdf).into_response())
}
