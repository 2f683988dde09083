//! Starts `ocop-paper`, the program that sets papers and draws pages: one process a piece of work, with bounds on time and
//! size, and so many at a time.

use std::future::poll_fn;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::Stdio;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use http_body::Body as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::error::{Error, Refusal, Result, both};
use crate::state::App;

/// A paper takes a second or so; one that takes this long has gone wrong.
const LONGEST: Duration = Duration::from_secs(20);
/// Most bytes of what comes out.
const MOST: u64 = 64 * 1024 * 1024;

/// What the program is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Task {
    /// A paper as PDF, of a request as JSON. Somebody waits for it.
    Paper,
    /// How many pages a PDF has, a line, then the first of them as PNG. Nobody waits for it.
    Page,
}

/// A paper takes tens of megabytes while it is set: two at a time.
static PAPERS: Semaphore = Semaphore::const_new(2);
/// A page takes as much as the file it is of, and papers do not wait for pages.
static PAGES: Semaphore = Semaphore::const_new(1);

impl Task {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Task::Paper => &[],
            Task::Page => &["page"],
        }
    }

    /// Whether that is what was asked for.
    fn is_met(self, out: &[u8]) -> bool {
        match self {
            Task::Paper => out.starts_with(b"%PDF-"),
            Task::Page => out.split(|byte| *byte == b'\n').next().is_some_and(|line| out[line.len()..].starts_with(b"\n\x89PNG")),
        }
    }

    fn turns(self) -> &'static Semaphore {
        match self {
            Task::Paper => &PAPERS,
            Task::Page => &PAGES,
        }
    }
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

/// Has the program do a task over an input that is read as it goes; gives what it wrote.
///
/// # Errors
/// The program is not there, took too long, or says that it could not: a refusal that tells whom to ask.
pub async fn run(app: &App, task: Task, input: Body) -> Result<Vec<u8>> {
    let program = program(app).ok_or_else(missing)?;
    let done = timeout(LONGEST, async {
        let _turn = task.turns().acquire().await.map_err(|error| Error::internal(error.to_string()))?;
        once(program, task, input).await
    });
    done.await.map_err(|_| Error::from(slow()))?
}

/// One run; the process dies with the future that waits for it.
async fn once(program: PathBuf, task: Task, mut input: Body) -> Result<Vec<u8>> {
    let mut command = Command::new(&program);
    command.args(task.arguments()).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            tracing::error!(program = %program.display(), %error, "ocop-paper does not start");
            return Err(missing().into());
        }
    };
    let (Some(mut to), Some(from), Some(said)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
        return Err(failed().into());
    };
    let (mut out, mut words) = (Vec::new(), Vec::new());
    let (mut from, mut said) = (from.take(MOST + 1), said.take(8 * 1024));
    let write = async {
        // a program that stops early closes its end; its exit status tells why
        while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut input).poll_frame(context)).await {
            let Ok(piece) = frame.into_data() else { continue };
            if to.write_all(&piece).await.is_err() {
                break;
            }
        }
        drop(to);
    };
    let ((), read, _) = tokio::join!(write, from.read_to_end(&mut out), said.read_to_end(&mut words));
    read?;
    if out.len() as u64 > MOST {
        tracing::error!(?task, "what ocop-paper wrote grew beyond {MOST} bytes");
        return Err(failed().into());
    }
    drop((from, said));
    let status = child.wait().await?;
    if !status.success() || !task.is_met(&out) {
        tracing::error!(?task, %status, said = %String::from_utf8_lossy(&words), "ocop-paper could not");
        return Err(failed().into());
    }
    Ok(out)
}
