//! The real server on a port: what is sent, how much of it, by whom, and what the operator sees.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::access::Role;
use crate::config::Config;
use crate::state::App;
use crate::store_test;
use crate::testing::{TestApp, config};

/// A served application and its address.
struct Served {
    address: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(app: &TestApp, change: impl FnOnce(&mut Config)) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut config = config(&app.store.url, app.store.folder.path());
    config.base_url = format!("http://{address}");
    change(&mut config);
    let app = App::with_db(config, app.db().clone()).await.unwrap();
    let task = tokio::spawn(async move { super::serve(app, listener).await.unwrap() });
    Served { address, task }
}

/// What comes until the server closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut answer)).await.expect("an answer in time");
    String::from_utf8_lossy(&answer).into_owned()
}

async fn ask(address: &str, text: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

/// The head of a form with files, and as much of a file as is wanted to begin with.
fn form_head(address: &str, path: &str, length: usize, more: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: close\r\n{more}Content-Type: multipart/form-data; boundary=LINE\r\nContent-Length: {length}\r\n\r\n--LINE\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\n"
    )
}

fn incoming(app: &TestApp) -> Vec<std::path::PathBuf> {
    let folder = app.config().data_dir.join("incoming");
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Memory of this process that is in use, in megabytes.
#[cfg(target_os = "linux")]
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

store_test! {
    async fn h3_what_a_stranger_sends_lies_on_disk_and_is_gone_with_its_connection(app: TestApp) {
        let served = serve(app, |_| {}).await;
        let before = resident();
        let mut held = Vec::new();
        for _ in 0..2 {
            let mut stream = TcpStream::connect(&served.address).await.unwrap();
            stream.write_all(form_head(&served.address, "/dang-ky", 90 << 20, "").as_bytes()).await.unwrap();
            for _ in 0..20 {
                stream.write_all(&vec![b'x'; 1 << 20]).await.unwrap();
            }
            held.push(stream);
        }
        eventually("both files are written as they come", || incoming(app).iter().filter(|path| std::fs::metadata(path).is_ok_and(|meta| meta.len() > 19 << 20)).count() == 2).await;
        assert!(resident() < before + 30, "40 MB were sent, {} MB are held", resident() - before);
        #[cfg(unix)]
        for path in incoming(app) {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0, "others could read what was sent");
        }
        drop(held);
        eventually("what was not finished is removed", || incoming(app).is_empty()).await;
    }

    async fn h3_strangers_may_send_little_and_few_at_once(app: TestApp) {
        let served = serve(app, |_| {}).await;
        let mut stream = TcpStream::connect(&served.address).await.unwrap();
        stream.write_all(form_head(&served.address, "/dang-ky", 99 << 20, "Accept: application/json\r\n").as_bytes()).await.unwrap();
        for part in 0..33 {
            // of a file over 25 MB nothing is kept, and a form over 32 MB is refused while it comes
            if stream.write_all(&vec![b'x'; 1 << 20]).await.is_err() {
                assert!(part > 24);
                break;
            }
        }
        let answer = rest(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("form-too-large") && answer.contains("32 MB"), "{answer}");
        // a form without files is small
        let text = format!("POST /dang-nhap HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1900000\r\n\r\nlogin=", served.address);
        assert!(ask(&served.address, &text).await.starts_with("HTTP/1.1 413"));
        // two forms with files of one address are taken at once, the third waits and is told so in words
        let mut held = Vec::new();
        for _ in 0..2 {
            let mut stream = TcpStream::connect(&served.address).await.unwrap();
            stream.write_all(form_head(&served.address, "/dang-ky", 1 << 20, "").as_bytes()).await.unwrap();
            stream.write_all(b"piece").await.unwrap();
            held.push(stream);
        }
        eventually("both have begun", || incoming(app).len() == 2).await;
        let begun = Instant::now();
        let third = ask(&served.address, &form_head(&served.address, "/dang-ky", 1 << 20, "Accept: application/json\r\n")).await;
        assert!(third.starts_with("HTTP/1.1 503") && third.contains("crowded") && third.contains("retry-after"), "{third}");
        assert!(begun.elapsed() > Duration::from_secs(5), "it waited for a turn first");
        // whoever is signed in has turns of his own
        let staff = app.sign_in(Role::COMMUNE).await;
        staff.post_files("/ho-so/moi", &[("name", "")], &[("photo", "a.jpg", b"x")]).await.expect(422);
    }

    async fn h3_who_may_not_send_is_refused_before_the_body_is_read(app: TestApp) {
        let served = serve(app, |_| {}).await;
        for (path, more, status) in [("/ho-so/moi", "Accept: application/json\r\n", "401"), ("/dang-ky", "Accept: application/json\r\nSec-Fetch-Site: cross-site\r\n", "403")] {
            // of 50 MB nothing but the head of the form is ever sent
            let begun = Instant::now();
            let answer = ask(&served.address, &form_head(&served.address, path, 50 << 20, more)).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
            assert!(answer.to_lowercase().contains("connection: close"), "{path}: {answer}");
            assert!(begun.elapsed() < Duration::from_secs(25), "{path}");
            assert!(incoming(app).is_empty(), "{path}");
        }
    }

    async fn m2_figures_are_never_on_the_public_address(app: TestApp) {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
        let served = serve(app, |config| config.metrics_listen = Some(free.clone())).await;
        for forged in ["", "X-Forwarded-For: 127.0.0.1\r\n"] {
            let answer = ask(&served.address, &format!("GET /metrics HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{forged}\r\n", served.address)).await;
            assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
        }
        let own = ask(&free, &format!("GET /metrics HTTP/1.1\r\nHost: {free}\r\nConnection: close\r\n\r\n")).await;
        assert!(own.starts_with("HTTP/1.1 200") && own.contains("ocop_requests_total"), "{own}");
        let page = ask(&free, &format!("GET /dang-nhap HTTP/1.1\r\nHost: {free}\r\nConnection: close\r\n\r\n")).await;
        assert!(page.starts_with("HTTP/1.1 404"), "{page}");
    }

    async fn a_path_that_only_takes_changes_answers_405_to_other_methods(app: TestApp) {
        let routes = crate::app::routes();
        for (_, path, _) in routes.needs() {
            assert!(app.need(&axum::http::Method::TRACE, path).is_some(), "{path} answers 403 where 405 is meant");
        }
    }

    async fn l5_no_address_of_a_page_makes_the_server_fail(app: TestApp) {
        let client = app.sign_in(Role::LEADER).await;
        let routes = crate::app::routes();
        for (method, path, _) in routes.needs() {
            if *method != axum::http::Method::GET || path == "/metrics" {
                continue;
            }
            let mut at = String::new();
            let mut has_part = false;
            for part in path.split('/').skip(1) {
                has_part |= part.contains('{');
                at.push_str(if part.contains('{') { "/a%00b" } else { "/" });
                at.push_str(if part.contains('{') { "" } else { part });
            }
            if has_part {
                client.get(&at).await.expect(404);
            }
            let long = "x".repeat(60_000);
            for query in [format!("q={long}"), "q=%00&unit=%00&sau=%00".to_owned(), format!("q={}", "%25_".repeat(500))] {
                let answer = client.get(&format!("{}?{query}", at.replace("%00", ""))).await;
                assert!(answer.status.as_u16() < 500, "{at}?{}…: {}", &query[..10], answer.body);
            }
        }
        client.get(&format!("/ho-so?q={}", "x".repeat(60_000))).await.expect(414).says("ít từ hơn");
    }

    async fn m5_mails_on_disk_go_after_their_days(app: TestApp) {
        let outbox = app.config().data_dir.join("outbox");
        std::fs::create_dir_all(&outbox).unwrap();
        let now = crate::clock::Clock::default().now();
        for (name, days) in [("old.eml", 31), ("young.eml", 29)] {
            std::fs::write(outbox.join(name), "mail").unwrap();
            let file = std::fs::File::options().write(true).open(outbox.join(name)).unwrap();
            file.set_modified((now - chrono::Duration::days(days)).into()).unwrap();
        }
        crate::app::tidy::daily(app).await.unwrap();
        assert!(!outbox.join("old.eml").exists() && outbox.join("young.eml").exists());
    }
}
