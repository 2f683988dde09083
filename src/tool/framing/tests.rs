use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body as Content, Bytes};
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use axum::serve::{Listener, ListenerExt};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::head::{Body, Switch, judge};
use super::*;
use crate::text::Tongue;

const GET: &str = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

/// Requests with one fault each, and the fault.
const BAD: [(&str, Fault); 33] = [
    ("GET / HTTP/1.1\r\n\r\n", Fault::NoHost),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", Fault::Host),
    ("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", Fault::Host),
    ("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", Fault::Host),
    ("GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n", Fault::Host),
    ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", Fault::TwoLengths),
    ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", Fault::TwoLengths),
    ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", Fault::Length),
    ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", Fault::Length),
    ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\n", Fault::Length),
    ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n", Fault::Length),
    ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\n", Fault::Length),
    ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n", Fault::Length),
    ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", Fault::Length),
    ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", Fault::Encoding),
    ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n", Fault::Encoding),
    ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", Fault::Encoding),
    ("POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", Fault::Encoding),
    ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0bchunked\r\n\r\n", Fault::Encoding),
    ("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", Fault::Folded),
    ("GET / HTTP/1.1\r\n\tHost: x\r\n\r\n", Fault::Folded),
    ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\n", Fault::SpaceBeforeColon),
    ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding\t: chunked\r\n\r\n", Fault::SpaceBeforeColon),
    ("GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", Fault::BareReturn),
    ("GET / HTTP/1.1\r\nHost: x\r\r\n\r\n", Fault::BareReturn),
    ("GET / HTTP/1.1\r\nHost: x\0\r\n\r\n", Fault::Zero),
    ("GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", Fault::HeaderLine),
    ("GET / HTTP/1.1\r\nHost: x\r\n: v\r\n\r\n", Fault::HeaderLine),
    ("GET / HTTP/1.1\r\nHost: x\r\nA b: v\r\n\r\n", Fault::HeaderLine),
    ("GET /\r\nHost: x\r\n\r\n", Fault::RequestLine),
    ("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", Fault::RequestLine),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Fault::RequestLine),
    ("GET /\tb HTTP/1.1\r\nHost: x\r\n\r\n", Fault::RequestLine),
];

/// Whole connections that are sound from the first byte to the last.
fn good() -> Vec<String> {
    vec![
        GET.to_owned(),
        format!("{GET}{GET}{GET}"),
        format!("\r\n\r\n{GET}\r\n{GET}"),
        "GET / HTTP/1.0\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\nHost: x\n\n".to_owned(),
        format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nGET /{GET}"),
        format!("POST / HTTP/1.1\r\nHost: x\r\ncontent-length: \t0 \r\n\r\n{GET}"),
        format!(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n\
             5\r\nGET /\r\nA;x=\"y\"\r\n0\r\n\r\n12345\r\n0\r\n\r\n{GET}"
        ),
        format!(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
             000\r\nDigest: a\r\nContent-Length: 9\r\n\r\n{GET}"
        ),
    ]
}

/// What goes on of some input that comes in the given pieces, and the fault.
fn passed<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, Option<Fault>) {
    let mut framing = Framing::new();
    let mut on = Vec::new();
    for piece in pieces {
        let seen = framing.feed(piece);
        on.extend_from_slice(&seen.freed);
        on.extend_from_slice(&piece[seen.from..seen.to]);
        if seen.fault.is_some() {
            return (on, seen.fault);
        }
    }
    (on, None)
}

#[test]
fn sound_requests_go_on_unchanged_wherever_the_input_is_split() {
    for input in good() {
        let bytes = input.as_bytes();
        for at in 0..=bytes.len() {
            let (head, tail) = bytes.split_at(at);
            let (on, fault) = passed([head, tail]);
            assert_eq!(fault, None, "{input:?} at {at}");
            let whole = input.trim_end_matches("\r\n").len();
            assert!(on.len() >= whole && bytes.starts_with(&on), "{input:?} at {at}");
        }
        assert_eq!(passed(bytes.chunks(1)), passed([bytes]));
    }
}

#[test]
fn nothing_of_an_unsound_request_goes_on_wherever_the_input_is_split() {
    for (bad, fault) in BAD {
        for before in ["", GET, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"] {
            let input = format!("{before}{bad}{GET}");
            for at in 0..=input.len() {
                let (head, tail) = input.as_bytes().split_at(at);
                let expected = (before.as_bytes().to_vec(), Some(fault));
                assert_eq!(passed([head, tail]), expected, "{input:?} at {at}");
            }
        }
    }
}

#[test]
fn a_broken_chunk_is_cut_where_it_breaks() {
    let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (on, cut) in [
        ("", "\r\n"),
        ("", "-1\r\n"),
        ("5", "\nabcde"),
        ("5\r", "x"),
        ("5;a", "\n"),
        ("3\r\nabc", "d\r\n"),
        ("3\r\nabc\r", "\r"),
        ("0\r\na: b", "\n\r\n"),
        ("0\r\n\r", "\r\n"),
        ("0000000000000003", "3\r\n"),
    ] {
        let input = format!("{head}{on}{cut}");
        for at in 0..=input.len() {
            let (front, tail) = input.as_bytes().split_at(at);
            let expected = (format!("{head}{on}").into_bytes(), Some(Fault::Chunk));
            assert_eq!(passed([front, tail]), expected, "{input:?} at {at}");
        }
    }
}

#[test]
fn a_head_may_have_64_kib_and_no_more() {
    let head = |len: usize| {
        let frame = "GET / HTTP/1.1\r\nHost: x\r\nA: \r\n\r\n".len();
        format!("GET / HTTP/1.1\r\nHost: x\r\nA: {}\r\n\r\n", "a".repeat(len - frame))
    };
    assert_eq!(passed([head(HEAD_BYTES).as_bytes()]).1, None);
    let large = head(HEAD_BYTES + 1);
    assert_eq!(passed(large.as_bytes().chunks(1000)), (Vec::new(), Some(Fault::TooLarge)));
    let blank = "\r\n".repeat(HEAD_BYTES);
    assert_eq!(passed([blank.as_bytes()]).1, Some(Fault::TooLarge));
}

#[test]
fn an_upgrade_is_followed_no_further_only_once_it_is_granted() {
    let ask = b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
    assert_eq!(judge(ask), Ok((Body::None, Switch::Upgrade)));
    for (answer, fault) in [("HTTP/1.1 101 Switching Protocols\r\n", None), ("HTTP/1.1 200 OK\r\n", Some(Fault::RequestLine))] {
        let mut framing = Framing::new();
        assert_eq!(framing.feed(ask).to, ask.len());
        framing.answered(answer.as_bytes());
        assert_eq!(framing.feed(b"\x81\x85 frames\r\n\r\n").fault, fault);
    }
}

#[test]
fn what_a_client_sent_early_into_a_tunnel_is_not_lost() {
    let mut framing = Framing::new();
    framing.feed(b"CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\nearly");
    assert_eq!(framing.answered(b"HTTP/1.1 200 OK\r\n\r\n"), b"early");
    let seen = framing.feed(b"\0late");
    assert_eq!((seen.to, seen.fault), (5, None));
}

#[test]
fn every_fault_is_answered_whole_and_in_both_languages() {
    for (_, fault) in BAD {
        let response = String::from_utf8(fault.response()).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"));
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())));
        assert!(body.contains(fault.text(Tongue::Vi)) && body.contains(fault.text(Tongue::En)));
    }
}

proptest! {
    #[test]
    fn pieces_of_any_length_give_the_same(
        picks in prop::collection::vec(0usize..64, 1..5),
        cuts in prop::collection::vec(1usize..40, 1..40),
    ) {
        let good = good();
        let input: String = picks
            .iter()
            .map(|pick| good.get(*pick).map_or_else(|| BAD[pick % BAD.len()].0, String::as_str))
            .collect();
        let bytes = input.as_bytes();
        let mut rest = bytes;
        let mut pieces = Vec::new();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (piece, tail) = rest.split_at((*cut).min(rest.len()));
            pieces.push(piece);
            rest = tail;
        }
        prop_assert_eq!(passed(pieces), passed([bytes]));
    }
}

/// A server behind the guard, on a port of its own.
async fn serve() -> SocketAddr {
    let router = Router::new()
        .route("/a", get(|| async { "answer-a" }))
        .route("/peer", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
        .route("/echo", post(|body: Bytes| async move { body }))
        .route(
            "/count",
            post(|body: Content| async move {
                let bytes = axum::body::to_bytes(body, 64 << 20).await.map_or(0, |bytes| bytes.len());
                format!("counted {bytes}")
            }),
        )
        .route(
            "/slow",
            get(|| async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                "answer-slow"
            }),
        );
    let listener = GuardedListener::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener.tap_io(|_| ()), service).await });
    address
}

/// Sends the pieces with pauses between them, reads to the end of the connection.
async fn talk(address: SocketAddr, pieces: &[&[u8]]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    for (i, piece) in pieces.iter().enumerate() {
        if i > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stream.write_all(piece).await.unwrap();
    }
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(10), read).await.expect("closed in time").unwrap();
    String::from_utf8(answer).unwrap()
}

const LAST: &str = "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn every_unsound_request_gets_a_400_and_a_closed_connection() {
    let address = serve().await;
    for (bad, fault) in BAD {
        let answer = talk(address, &[format!("{bad}{GET}").as_bytes()]).await;
        assert_eq!(answer.as_bytes(), fault.response(), "{bad:?}");
        let (head, tail) = bad.as_bytes().split_at(bad.len() - 2);
        assert_eq!(talk(address, &[head, tail]).await.as_bytes(), fault.response(), "{bad:?} in two");
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_gets_a_400_even_while_it_is_sent() {
    let address = serve().await;
    let large = format!("GET /a HTTP/1.1\r\nHost: x\r\nA: {}\r\n\r\n", "a".repeat(200_000));
    assert_eq!(talk(address, &[large.as_bytes()]).await.as_bytes(), Fault::TooLarge.response());
}

#[tokio::test]
async fn a_good_request_is_answered_before_the_bad_one_behind_it_is_refused() {
    let address = serve().await;
    let bad = BAD[6].0;
    for good in ["/a", "/slow"] {
        let ask = format!("GET {good} HTTP/1.1\r\nHost: x\r\n\r\n");
        let whole = format!("{ask}{ask}{bad}0\r\n\r\n{GET}");
        for pieces in [vec![whole.as_bytes()], vec![ask.as_bytes(), &whole.as_bytes()[ask.len()..]]] {
            let answer = talk(address, &pieces).await;
            let word = format!("answer-{}", &good[1..]);
            assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 2, "{answer}");
            assert_eq!(answer.matches(&word).count(), 2, "{answer}");
            let refusal = String::from_utf8(Fault::TwoLengths.response()).unwrap();
            assert!(answer.ends_with(&refusal), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_body_before_a_bad_request_arrives_whole() {
    let address = serve().await;
    let whole = format!("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello{}", BAD[0].0);
    let answer = talk(address, &[whole.as_bytes()]).await;
    assert!(answer.contains("hello") && answer.contains("400 Bad Request"), "{answer}");
}

#[tokio::test]
async fn kept_and_pipelined_connections_answer_each_request() {
    let address = serve().await;
    let pipelined = format!("{GET}{GET}{GET}{LAST}");
    assert_eq!(talk(address, &[pipelined.as_bytes()]).await.matches("answer-a").count(), 4);
    let kept = [GET.as_bytes(), GET.as_bytes(), LAST.as_bytes()];
    assert_eq!(talk(address, &kept).await.matches("answer-a").count(), 3);
    let bytes: Vec<&[u8]> = LAST.as_bytes().chunks(9).collect();
    assert!(talk(address, &bytes).await.ends_with("answer-a"));
}

#[tokio::test]
async fn a_chunked_upload_arrives_whole_and_the_next_request_too() {
    let address = serve().await;
    let upload = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x\r\n world\r\n0\r\nA: b\r\n\r\n";
    let whole = format!("{upload}{LAST}");
    for cut in 1..whole.len() {
        if cut % 13 == 0 {
            let (front, tail) = whole.as_bytes().split_at(cut);
            let answer = talk(address, &[front, tail]).await;
            assert!(answer.contains("hello world") && answer.ends_with("answer-a"), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_client_that_waits_for_100_continue_gets_it() {
    let address = serve().await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 25];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hello").await.unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.starts_with("HTTP/1.1 200 OK") && rest.ends_with("hello"));
}

#[tokio::test]
async fn a_large_body_arrives_whole() {
    let address = serve().await;
    let head = "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n";
    let body = "GET / HTTP/1.1\r\n\r\n\0\r".repeat(400_000);
    let answer = talk(address, &[head.as_bytes(), body.as_bytes(), LAST.as_bytes()]).await;
    assert!(answer.contains("counted 8000000") && answer.ends_with("answer-a"));
}

#[tokio::test]
async fn a_broken_chunk_gets_one_400_and_a_closed_connection() {
    let address = serve().await;
    let broken = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloGET / HTTP/1.1\r\n\r\n";
    let answer = talk(address, &[broken.as_bytes()]).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.matches("HTTP/1.1 400 ").count() == 1, "{answer}");
}

#[tokio::test]
async fn a_head_cut_off_by_its_sender_ends_the_connection_in_silence() {
    let address = serve().await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /a HTTP/1.1\r\nHo").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(5), read).await.expect("closed in time").unwrap();
    assert_eq!(answer, b"");
}

#[tokio::test]
async fn a_head_that_stops_half_way_is_refused_after_its_time() {
    let (mut client, server) = tokio::io::duplex(1024);
    client.write_all(b"GET /a HTTP/1.1\r\nHo").await.unwrap();
    let head = Duration::from_millis(40);
    let mut guarded = Guarded::seated(server, None, Times { head, ..Times::default() });
    let begun = std::time::Instant::now();
    let mut given = Vec::new();
    guarded.read_to_end(&mut given).await.unwrap();
    assert!(begun.elapsed() >= head);
    assert_eq!((given.as_slice(), guarded.fault()), (b"\r\n".as_slice(), Some(Fault::Slow)));
    let read = async move {
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        answer
    };
    let (shut, answer) = tokio::join!(guarded.shutdown(), read);
    shut.unwrap();
    assert_eq!(answer, Fault::Slow.response());
}

#[tokio::test]
async fn the_address_of_the_client_is_known_behind_the_guard() {
    let address = serve().await;
    let ask = "GET /peer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert!(talk(address, &[ask.as_bytes()]).await.contains("127.0.0.1:"));
}
