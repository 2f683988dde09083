//! Connections that are held open: each ends after its time, and those that only work slowly do not.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Fault, GuardedListener, Times};

const SHORT: Duration = Duration::from_millis(300);

fn short() -> Times {
    Times { head: SHORT, idle: SHORT, body: SHORT, body_bytes: 1000, write: SHORT }
}

async fn serve(listener: impl FnOnce(GuardedListener) -> GuardedListener) -> SocketAddr {
    let router = Router::new()
        .route("/a", get(async || "answer-a"))
        .route(
            "/slow",
            get(async || {
                tokio::time::sleep(SHORT * 4).await;
                "slow-answer"
            }),
        )
        .route("/large", get(async || Body::from(Bytes::from(vec![b'x'; 64 << 20]))))
        .route("/unread", post(async || "not read"))
        .route("/count", post(async |body: Bytes| format!("counted {}", body.len())));
    let bound = GuardedListener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let listener = listener(bound);
    let address = axum::serve::Listener::local_addr(&listener).unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Sends bytes; gives what came until the server closed, and when that was.
async fn until_closed(address: SocketAddr, bytes: &str) -> (String, Duration) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let begun = Instant::now();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(15), stream.read_to_end(&mut answer)).await.expect("the server closes");
    (String::from_utf8_lossy(&answer).into_owned(), begun.elapsed())
}

#[tokio::test]
async fn m10_connections_that_say_nothing_end() {
    let address = serve(|listener| listener.with_times(short())).await;
    let (fresh, took) = until_closed(address, "").await;
    assert!(fresh.is_empty() && took >= SHORT && took < SHORT * 10, "{fresh} {took:?}");
    let (kept, took) = until_closed(address, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(kept.ends_with("answer-a") && took >= SHORT && took < SHORT * 10, "{kept} {took:?}");
}

#[tokio::test]
async fn m10_an_answer_that_takes_long_to_make_is_waited_for() {
    let address = serve(|listener| listener.with_times(short())).await;
    let (slow, took) = until_closed(address, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(slow.ends_with("slow-answer") && took >= SHORT * 4, "{slow} {took:?}");
    let waited = "POST /count HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello";
    let (answer, _) = until_closed(address, waited).await;
    assert!(answer.ends_with("counted 5"), "{answer}");
}

#[tokio::test]
async fn m10_a_body_that_does_not_come_is_not_waited_for() {
    let address = serve(|listener| listener.with_times(short())).await;
    let (answer, took) = until_closed(address, "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\nabc").await;
    assert!(took >= SHORT && took < SHORT * 10, "{took:?}");
    assert!(answer.is_empty() || answer.contains(" 408 ") || answer.contains(" 400 "), "{answer}");
    // one byte now and then is not enough either
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n").await.unwrap();
    let begun = Instant::now();
    while stream.write_all(b"x").await.is_ok() && begun.elapsed() < SHORT * 20 {
        tokio::time::sleep(SHORT / 6).await;
    }
    assert!(begun.elapsed() < SHORT * 20, "a drip holds the connection");
}

#[tokio::test]
async fn m10_a_body_that_comes_steadily_arrives_however_long_it_takes() {
    let address = serve(|listener| listener.with_times(short())).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 12000\r\nConnection: close\r\n\r\n").await.unwrap();
    for _ in 0..12 {
        stream.write_all(&[b'x'; 1000]).await.unwrap();
        tokio::time::sleep(SHORT / 3).await;
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("counted 12000"), "{answer}");
}

#[tokio::test]
async fn m10_a_reader_that_does_not_read_is_let_go() {
    let address = serve(|listener| listener.with_times(short()).with_most(1)).await;
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    // the only seat is free again once the stalled writer is given up
    let (next, took) = until_closed(address, "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(next.ends_with("answer-a") && took >= SHORT, "{next} {took:?}");
}

#[tokio::test]
async fn m10_no_more_connections_than_allowed_and_who_waits_is_served_then() {
    let address = serve(|listener| listener.with_most(2)).await;
    let held = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
    let mut third = TcpStream::connect(address).await.unwrap();
    third.write_all(b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    assert!(tokio::time::timeout(SHORT, third.read_to_string(&mut answer)).await.is_err(), "a third was served beside two: {answer}");
    drop(held);
    tokio::time::timeout(Duration::from_secs(5), third.read_to_string(&mut answer)).await.expect("a seat became free").unwrap();
    assert!(answer.ends_with("answer-a"), "{answer}");
}

#[tokio::test]
async fn l6_an_answer_before_the_body_reaches_a_client_that_is_still_sending() {
    let address = serve(|listener| listener).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 6000000\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    for _ in 0..60 {
        stream.write_all(&vec![b'x'; 100_000]).await.expect("no reset while the body is still being sent");
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("not read"), "{answer}");
}

#[test]
fn what_is_told_of_a_slow_body_is_no_fault_of_form() {
    assert!(String::from_utf8(Fault::SlowBody.response()).unwrap().starts_with("HTTP/1.1 408 "));
}
