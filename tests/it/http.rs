//! The real server on a port: framing, headers, forms of other sites, cookies, throttling.

use std::time::Duration;

use ocop::access::Role;
use ocop::app::demo;
use ocop::config::Config;
use ocop::state::App;
use ocop::testing::{Engine, TestApp, config, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

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
    let task = tokio::spawn(async move { ocop::app::serve(app, listener).await.unwrap() });
    Served { address, task }
}

/// Sends bytes as they are and reads until the server closes.
async fn raw(served: &Served, bytes: &str) -> String {
    let mut stream = TcpStream::connect(&served.address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    while let Ok(Ok(length)) = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut part)).await {
        if length == 0 {
            break;
        }
        answer.extend_from_slice(&part[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// One request on a connection of its own.
async fn ask(served: &Served, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", served.address);
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", body.len()));
    }
    raw(served, &format!("{text}\r\n{body}")).await
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn header<'a>(answer: &'a str, name: &str) -> &'a str {
    answer
        .split("\r\n\r\n")
        .next()
        .unwrap_or("")
        .lines()
        .find_map(|line| line.split_once(':').filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()))
        .unwrap_or("")
}

#[test]
fn requests_whose_end_is_in_doubt_are_refused() {
    run::<TestApp>(Engine::Sqlite, async |app: &TestApp| {
        let served = serve(app, |_| {}).await;
        let host = &served.address;
        for (what, text) in [
            ("no Host", "GET /healthz HTTP/1.1\r\n\r\n".to_owned()),
            ("two Hosts", format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n")),
            (
                "length and chunks",
                format!("POST /dang-nhap HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            ),
            ("a folded header", format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nX-A: b\r\n c\r\n\r\n")),
            ("two lengths", format!("POST /dang-nhap HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello")),
            ("a bad line", "GET\r\n\r\n".to_owned()),
        ] {
            let answer = raw(&served, &text).await;
            assert_eq!(status(&answer), 400, "{what}: {answer}");
        }
        assert_eq!(status(&raw(&served, &format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await), 200);
        // what follows an unsound request is never answered
        let smuggled = raw(&served, &format!("POST /dang-nhap HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        assert_eq!(smuggled.matches("HTTP/1.1 ").count(), 1, "{smuggled}");
    });
}

#[test]
fn every_kind_of_answer_carries_the_headers() {
    run::<TestApp>(Engine::Sqlite, async |app: &TestApp| {
        let served = serve(app, |_| {}).await;
        let css = ocop::page::asset("public.css");
        for (method, path, wanted) in [
            ("GET", "/dang-nhap", 200),
            ("GET", "/viec", 303),
            ("GET", "/khong-co", 404),
            ("DELETE", "/dang-nhap", 405),
            ("GET", "/healthz", 200),
            ("GET", css.as_str(), 200),
            ("GET", "/don-vi/goi-y?q=b", 200),
            ("POST", "/dang-xuat", 303),
            ("GET", "/metrics", 404),
            ("HEAD", "/dang-nhap", 200),
        ] {
            let answer = ask(&served, method, path, &[], "").await;
            assert_eq!(status(&answer), wanted, "{method} {path}");
            assert_eq!(header(&answer, "x-content-type-options"), "nosniff", "{method} {path}");
            assert_eq!(header(&answer, "x-frame-options"), "DENY", "{method} {path}");
            assert_eq!(header(&answer, "referrer-policy"), "same-origin", "{method} {path}");
            assert_eq!(header(&answer, "cross-origin-opener-policy"), "same-origin", "{method} {path}");
            let policy = header(&answer, "content-security-policy");
            assert!(
                policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
                "{method} {path}: {policy}"
            );
            assert!(!header(&answer, "x-request-number").is_empty(), "{method} {path}");
            assert!(header(&answer, "strict-transport-security").is_empty(), "{method} {path}");
        }
        assert!(header(&ask(&served, "GET", &css, &[], "").await, "cache-control").contains("immutable"));
        let zipped = ask(&served, "GET", &css, &[("Accept-Encoding", "gzip")], "").await;
        assert_eq!(header(&zipped, "content-encoding"), "gzip");
    });
}

#[test]
fn over_https_cookies_and_headers_say_so() {
    run::<TestApp>(Engine::Sqlite, async |app: &TestApp| {
        let served = serve(app, |config| config.base_url = "https://ocop.example".into()).await;
        let body = format!("login=lanhdao@ocop.example&password={}", demo::PASSWORD.replace(' ', "+"));
        let answer = ask(&served, "POST", "/dang-nhap", &[("Origin", "https://ocop.example")], &body).await;
        assert_eq!(status(&answer), 303, "{answer}");
        let cookie = header(&answer, "set-cookie");
        assert!(
            cookie.starts_with("__Host-ocop=")
                && cookie.contains("Secure")
                && cookie.contains("HttpOnly")
                && cookie.contains("SameSite=Lax"),
            "{cookie}"
        );
        assert!(header(&answer, "strict-transport-security").contains("max-age"));
        let back = cookie.split(';').next().unwrap();
        assert_eq!(status(&ask(&served, "GET", "/viec", &[("Cookie", back)], "").await), 200);
    });
}

#[test]
fn forms_of_other_sites_are_refused() {
    run::<TestApp>(Engine::Sqlite, async |app: &TestApp| {
        let served = serve(app, |_| {}).await;
        let cookie = format!("ocop={}", app.sign_in(Role::LEADER).await.secret());
        let own = format!("http://{}", served.address);
        let session: (&str, &str) = ("Cookie", &cookie);
        let post = async |headers: &[(&str, &str)]| status(&ask(&served, "POST", "/vai-tro", headers, "grant=x").await);
        assert_eq!(post(&[session, ("Origin", "http://evil.example")]).await, 403);
        assert_eq!(post(&[session, ("Sec-Fetch-Site", "cross-site"), ("Origin", &own)]).await, 403);
        assert_eq!(post(&[session, ("Sec-Fetch-Site", "same-site")]).await, 403);
        assert_eq!(post(&[session, ("Origin", "null")]).await, 403);
        assert_eq!(post(&[session]).await, 403, "a browser that says nothing but has a cookie");
        let text = ask(&served, "POST", "/vai-tro", &[session, ("Origin", "http://evil.example")], "grant=x").await;
        assert!(text.contains("trang web khác"), "{text}");
        // from this site it reaches the handler, which knows no such grant
        let text = ask(&served, "POST", "/vai-tro", &[session, ("Origin", &own)], "grant=x").await;
        assert!(!text.contains("trang web khác"), "{text}");
        assert_eq!(
            status(&ask(&served, "POST", "/dang-xuat", &[session, ("Origin", &own), ("Sec-Fetch-Site", "same-origin")], "").await),
            303
        );
    });
}

#[test]
fn refusals_come_in_the_form_that_was_asked_for() {
    run::<TestApp>(Engine::Sqlite, async |app: &TestApp| {
        let served = serve(app, |_| {}).await;
        let answer = ask(&served, "GET", "/khong-co", &[("Accept", "application/json")], "").await;
        assert_eq!(header(&answer, "content-type"), "application/problem+json");
        let body: serde_json::Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        assert_eq!((body["type"].as_str(), body["status"].as_u64()), (Some("urn:ocop:problem:not-found"), Some(404)));
        assert!(body["instance"].as_str().unwrap().ends_with(header(&answer, "x-request-number")));
        let answer = ask(&served, "GET", "/viec", &[("Accept", "application/json")], "").await;
        assert_eq!(status(&answer), 401, "a program is not sent to a form");
        let answer = ask(&served, "GET", "/khong-co", &[("Accept", "text/html")], "").await;
        assert!(answer.contains("Không tìm thấy") && answer.contains(header(&answer, "x-request-number")));
        let answer = ask(&served, "GET", "/en/khong-co", &[], "").await;
        assert!(answer.contains("was not found") && answer.contains("lang=\"en\""), "{answer}");
    });
}

#[test]
fn guessing_from_one_address_is_slowed_down() {
    run::<TestApp>(Engine::Sqlite, async |app: &TestApp| {
        let served = serve(app, |_| {}).await;
        let mut statuses = Vec::new();
        for _ in 0..6 {
            statuses.push(status(&ask(&served, "POST", "/dang-nhap", &[], "login=lanhdao@ocop.example&password=sai+roi+sai+roi").await));
        }
        assert_eq!(statuses, [422, 422, 422, 422, 422, 429]);
        // another account is not blocked by that
        let body = format!("login=kiemtra@ocop.example&password={}", demo::PASSWORD.replace(' ', "+"));
        assert_eq!(status(&ask(&served, "POST", "/dang-nhap", &[], &body).await), 303);
        // a caller cannot name another address unless a proxy of ours is trusted
        let answer = ask(
            &served,
            "POST",
            "/dang-nhap",
            &[("X-Forwarded-For", "203.0.113.9")],
            "login=lanhdao@ocop.example&password=sai+roi+sai+roi",
        )
        .await;
        assert_eq!(status(&answer), 429);
    });
}

#[test]
fn a_form_larger_than_the_limit_is_refused() {
    run::<TestApp>(Engine::Sqlite, async |app: &TestApp| {
        let served = serve(app, |_| {}).await;
        let body = format!("login={}", "x".repeat(3 * 1024 * 1024));
        let answer = ask(&served, "POST", "/dang-nhap", &[], &body).await;
        assert!(matches!(status(&answer), 400 | 413), "{}", &answer[..answer.len().min(300)]);
    });
}

/// HTML lets only fields of several lines complete a whole street address.
#[test]
fn no_field_of_one_line_asks_for_a_street_address() {
    for source in crate::source::files("src", &["html", "rs"]) {
        for (at, line) in source.text.lines().enumerate().filter(|(_, line)| line.contains("autocomplete(\"street-address\")")) {
            assert!(line.contains("form.area("), "{}:{}: use address-line1", source.path, at + 1);
        }
    }
}
