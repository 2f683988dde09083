//! The real program, started from outside and asked over the network.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The program with a data folder, and no setting of whoever runs the tests.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ocop"));
    for name in ["OCOP_DATABASE_URL", "OCOP_TEST_NOW", "OCOP_FILES", "OCOP_JOB_LEASE", "OCOP_CONFIG"] {
        command.env_remove(name);
    }
    command.env("OCOP_DATA_DIR", folder);
    command
}

/// What a finished command said.
pub fn ocop(mut command: Command, args: &[&str]) -> Output {
    command.args(args).output().unwrap()
}

/// A running server; killed when it goes out of sight.
pub struct Server {
    pub child: Child,
    pub port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts `ocop serve` and waits until it is ready.
    pub async fn start(mut command: Command) -> Server {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        command.arg("serve").env("OCOP_LISTEN", format!("127.0.0.1:{port}")).stdout(Stdio::null());
        let mut server = Server { child: command.spawn().unwrap(), port };
        for _ in 0..600 {
            if get(port, "/readyz", "").await.is_some_and(|answer| answer.status == 200) {
                return server;
            }
            if let Some(status) = server.child.try_wait().unwrap() {
                panic!("the server ended: {status}");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server did not come up");
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.split_once(": ").filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value))
    }

    /// The id at the end of where the answer leads.
    pub fn id(&self) -> String {
        self.header("location").unwrap_or_default().split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned()
    }
}

/// One request on a connection of its own; none if it was not answered whole.
pub async fn send(port: u16, method: &str, path: &str, cookie: &str, media_type: &str, body: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let cookie = if cookie.is_empty() { String::new() } else { format!("cookie: {cookie}\r\n") };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\norigin: http://127.0.0.1:{port}\r\n{cookie}connection: close\r\n\
         content-type: {media_type}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

pub async fn get(port: u16, path: &str, cookie: &str) -> Option<Answer> {
    send(port, "GET", path, cookie, "text/plain", b"").await
}

/// A form without files.
pub async fn post(port: u16, path: &str, cookie: &str, body: &str) -> Option<Answer> {
    send(port, "POST", path, cookie, "application/x-www-form-urlencoded", body.as_bytes()).await
}

/// The cookie of a sample account.
pub async fn sign_in(port: u16, account: &str) -> String {
    let answer = post(port, "/dang-nhap", "", &format!("login={account}%40ocop.example&password=ocop+dung+thu+2026")).await.unwrap();
    assert_eq!(answer.status, 303, "{}", answer.head);
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}
