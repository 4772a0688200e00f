//! Requests whose framing is wrong, or says two things at once: none may smuggle another one past a proxy.

use std::sync::atomic::Ordering;
use std::time::Duration;

use mcp_tests::process::PATIENCE;

use super::client::Who;
use super::serve::{FOREVER, Running, all, within};
use super::wire::Wire;

/// What a server may say to a request: these statuses, one after another, and then the end of the connection.
type Allowed = &'static [&'static [u16]];

const SERVED: Allowed = &[&[200]];
const REFUSED: Allowed = &[&[400], &[]];
/// What the server does not know how to read it need not; and 501 says just that.
const UNKNOWN: Allowed = &[&[400], &[501], &[]];
/// Served as the one says and not as the other, the connection is closed behind it (RFC 9112, 6.1).
const ONE_OF_TWO: Allowed = &[&[200], &[400], &[]];
/// It never ends: it is waited for, up to a point.
const UNFINISHED: Allowed = &[&[408], &[400], &[413], &[]];
const TOO_LARGE: Allowed = &[&[413]];
const HEAD_TOO_LARGE: Allowed = &[&[431]];

/// A request that counts, and what is done to it.
struct Text {
    head: String,
    body: String,
}

impl Text {
    /// The head without the header that tells how long the body is.
    fn new() -> Self {
        let who = Who::stateless_at(([127, 0, 0, 1], 80).into());
        let whole = String::from_utf8(who.call(1, "count", "{}")).expect("text");
        let (head, body) = whole.split_once("\r\n\r\n").expect("a head");
        let head = head.replace(&format!("Content-Length: {}\r\n", body.len()), "");
        Self { head: head + "\r\n", body: body.to_owned() }
    }

    /// With these headers, and this behind the head.
    fn with(&self, headers: &str, rest: &str) -> Vec<u8> {
        format!("{}{headers}\r\n{rest}", self.head).into_bytes()
    }

    fn length(&self) -> String {
        format!("Content-Length: {}\r\n", self.body.len())
    }

    fn whole(&self) -> String {
        format!("{}{}\r\n{}", self.head, self.length(), self.body)
    }

    /// The body in one chunk, with this behind its size, and these trailers.
    fn chunks(&self, extension: &str, trailers: &str) -> String {
        format!("{:x}{extension}\r\n{}\r\n0\r\n{trailers}\r\n", self.body.len(), self.body)
    }
}

type Case = (String, Vec<u8>, Allowed);

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";

/// Requests that say twice how long they are. What is behind them, as one of both says, is a request that counts.
fn said_twice(text: &Text) -> Vec<Case> {
    let mut cases = Vec::new();
    let (smuggled, chunks, length) = (text.whole(), text.chunks("", ""), text.length());
    // Read by its length it is one request; by its chunks there is another behind it.
    let covered = format!("Content-Length: {}\r\n", chunks.len() + smuggled.len());
    for headers in [format!("{covered}{CHUNKED}"), format!("{CHUNKED}{covered}")] {
        cases.push((headers.clone(), text.with(&headers, &format!("{chunks}{smuggled}")), ONE_OF_TWO));
    }
    // Read by its chunks it is one request, by its length there is another in it.
    let hidden = format!("{:x}\r\n{}{smuggled}\r\n0\r\n\r\n", text.body.len() + smuggled.len(), text.body);
    for headers in [format!("{length}{CHUNKED}"), format!("{CHUNKED}{length}")] {
        cases.push((headers.clone() + "hidden", text.with(&headers, &hidden), REFUSED));
    }
    for second in ["0", "1", "99999", "-1", "x", ""] {
        let headers = format!("{length}Content-Length: {second}\r\n");
        cases.push((headers.clone(), text.with(&headers, &(text.body.clone() + &smuggled)), REFUSED));
        let headers = format!("Content-Length: {second}\r\n{length}");
        cases.push((headers.clone(), text.with(&headers, &(text.body.clone() + &smuggled)), REFUSED));
    }
    let n = text.body.len();
    for value in
        [format!("{n}, {}", n + 1), format!("+{n}"), format!("0x{n:x}"), format!("{n} 1"), "-0".into(), "".into()]
    {
        let headers = format!("Content-Length: {value}\r\n");
        cases.push((headers.clone(), text.with(&headers, &(text.body.clone() + &smuggled)), REFUSED));
    }
    cases.push((
        "a length beyond all numbers".into(),
        text.with("Content-Length: 18446744073709551616\r\n", &text.body),
        REFUSED,
    ));
    cases
}

/// Codings other than the one there is.
fn codings(text: &Text) -> Vec<Case> {
    let mut cases = Vec::new();
    let rest = text.chunks("", "") + &text.whole();
    for value in [
        "gzip, chunked",
        "identity",
        "identity, chunked",
        "chunked, identity",
        "chunked, chunked",
        "xchunked",
        "chunkedx",
        "chunked;q=1",
        "\"chunked\"",
        "\u{b}chunked",
        "chunked\u{0}",
        "",
    ] {
        let headers = format!("Transfer-Encoding: {value}\r\n");
        cases.push((format!("{headers:?}"), text.with(&headers, &rest), UNKNOWN));
    }
    for headers in [
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding\r\n : chunked\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        "X: y\r\n Transfer-Encoding: chunked\r\n",
    ] {
        cases.push((format!("{headers:?}"), text.with(headers, &rest), UNKNOWN));
    }
    let old = String::from_utf8(text.with(CHUNKED, &rest)).expect("text").replacen("HTTP/1.1", "HTTP/1.0", 1);
    cases.push(("chunks in HTTP/1.0".into(), old.into_bytes(), REFUSED));
    cases
}

/// Chunks that are none.
fn chunks(text: &Text) -> Vec<Case> {
    let smuggled = text.whole();
    let n = text.body.len();
    let body = &text.body;
    let mut cases: Vec<Case> = [
        ("a size that is no number", format!("g\r\n{body}\r\n0\r\n\r\n"), REFUSED),
        ("a negative size", format!("-1\r\n{body}\r\n0\r\n\r\n"), REFUSED),
        ("a size with a prefix", format!("0x{n:x}\r\n{body}\r\n0\r\n\r\n"), REFUSED),
        ("no size", format!("\r\n{body}\r\n0\r\n\r\n"), REFUSED),
        ("a size beyond all numbers", format!("1{:016x}\r\n{body}\r\n0\r\n\r\n{smuggled}", n), REFUSED),
        ("a size of all there is", format!("ffffffffffffffff\r\n{body}\r\n0\r\n\r\n"), UNFINISHED),
        ("a size that ends in a line feed", format!("{n:x}\n{body}\r\n0\r\n\r\n"), REFUSED),
        ("a chunk that is longer than it says", format!("{:x}\r\n{body}\r\n0\r\n\r\n", n - 1), REFUSED),
        ("a chunk that is shorter than it says", format!("{:x}\r\n{body}\r\n0\r\n\r\n", n + 1), REFUSED),
        ("no end", format!("{n:x}\r\n{body}\r\n"), UNFINISHED),
        ("half an end", format!("{n:x}\r\n{body}\r\n0\r\n"), UNFINISHED),
        ("a line feed in an extension", text.chunks(";a=b\nc", "") + &smuggled, REFUSED),
        ("an extension without an end", text.chunks(&format!(";{}", "x".repeat(100_000)), ""), REFUSED),
        ("trailers without an end", text.chunks("", &format!("X: {}\r\n", "x".repeat(1 << 20))), REFUSED),
        ("a trailer that is none", text.chunks("", "no colon\r\n"), REFUSED),
    ]
    .map(|(name, rest, allowed)| (name.to_owned(), text.with(CHUNKED, &rest), allowed))
    .into();
    // What is in order, though rare.
    cases.push(("an extension".into(), text.with(CHUNKED, &text.chunks(";a=b;c=\"d\"", "")), SERVED));
    let trailers = "X-Checksum: 1\r\nContent-Length: 5\r\nTransfer-Encoding: gzip\r\nHost: evil.example.com\r\n";
    cases.push(("trailers".into(), text.with(CHUNKED, &text.chunks("", trailers)), SERVED));
    cases.push(("CHUNKED".into(), text.with("transfer-ENCODING:CHUNKED \r\n", &text.chunks("", "")), SERVED));
    let large = format!("8000\r\n{}\r\n", " ".repeat(0x8000)).repeat(40) + "0\r\n\r\n";
    cases.push(("too much, in chunks".into(), text.with(CHUNKED, &large), TOO_LARGE));
    cases.push(("too much, as it says".into(), text.with("Content-Length: 9999999\r\n", ""), TOO_LARGE));
    cases
}

/// Heads that are wrong, long, or of another age.
fn heads(text: &Text) -> Vec<Case> {
    let (length, body) = (text.length(), &text.body);
    let mut cases: Vec<Case> = [
        ("a folded header", "X: a\r\n b\r\n".to_owned(), REFUSED),
        ("NUL in a header", "X: a\0b\r\n".to_owned(), REFUSED),
        ("NUL in a header's name", "X\0: a\r\n".to_owned(), REFUSED),
        ("a carriage return in a header", "X: a\rb\r\n".to_owned(), REFUSED),
        ("a header without a name", ": a\r\n".to_owned(), REFUSED),
        ("a header without a colon", "X\r\n".to_owned(), REFUSED),
        ("a space in a header's name", "X Y: a\r\n".to_owned(), REFUSED),
        ("a header of 60 KiB", format!("X: {}\r\n", "x".repeat(60 << 10)), SERVED),
        ("a header of 70 KiB", format!("X: {}\r\n", "x".repeat(70 << 10)), HEAD_TOO_LARGE),
        ("a header of 2 MiB", format!("X: {}\r\n", "x".repeat(2 << 20)), HEAD_TOO_LARGE),
        ("a thousand headers", "X: y\r\n".repeat(1000), HEAD_TOO_LARGE),
        ("a second host", "Host: evil.example.com\r\n".to_owned(), &[&[400], &[403]]),
    ]
    .map(|(name, header, allowed)| (name.to_owned(), text.with(&(header + &length), body), allowed))
    .into();
    let lines = String::from_utf8(text.with(&length, body)).expect("text").replace("\r\n", "\n");
    cases.push(("line feeds alone".into(), lines.into_bytes(), ONE_OF_TWO));
    let lines = String::from_utf8(text.with(&length, body)).expect("text").replace("\r\n", "\r");
    cases.push(("carriage returns alone".into(), lines.into_bytes(), REFUSED));
    let nameless = String::from_utf8(text.with(&length, body)).expect("text").replace("Host: 127.0.0.1:80\r\n", "");
    cases.push(("no host".into(), nameless.into_bytes(), &[&[400], &[403]]));
    // Bodies that nobody asks for: what is in them is a body all the same.
    let smuggled = text.whole();
    let hidden = format!("Content-Length: {}\r\n", smuggled.len());
    let of = |from: &str, to: &str| {
        String::from_utf8(text.with(&hidden, &smuggled)).expect("text").replacen(from, to, 1).into_bytes()
    };
    cases.push(("GET with a body".into(), of("POST", "GET"), &[&[405]]));
    cases.push(("PUT with a body".into(), of("POST", "PUT"), &[&[405]]));
    cases.push(("a body at another path".into(), of("/mcp", "/elsewhere"), &[&[404]]));
    cases.push(("a body of another type".into(), of("application/json", "text/plain"), &[&[415]]));
    cases
}

/// The least that a server waits for what does not come. All that is sent is sent at once, so on a machine that is fast
/// enough nothing is waited for but what never comes.
const SHORT: Duration = Duration::from_millis(300);

/// Sends it, and waits for the server to close: what it said, and how many calls it ran.
async fn outcome(request: &[u8], patience: Duration) -> (Vec<u16>, usize) {
    let http = |http: mcp_runtime::Http| http.body_patience(patience);
    let server = Running::with(http, |listening| listening.patience(patience, FOREVER)).await;
    let mut wire = Wire::open(server.address).await;
    // A server that has read enough of it closes.
    let _ = wire.send(request).await;
    let mut statuses = Vec::new();
    while let Ok(answer) = wire.answer().await {
        statuses.push(answer.status);
    }
    (statuses, server.stage.counted.load(Ordering::SeqCst))
}

/// The same, from a server that has the more patience the longer this machine takes for what is sent at once: that it was
/// given up is not what the request did.
async fn patient_outcome(request: Vec<u8>, allowed: Allowed) -> (Vec<u16>, usize) {
    let mut patience = SHORT;
    loop {
        let (statuses, counted) = outcome(&request, patience).await;
        let is_given_up = matches!(statuses[..], [] | [.., 408]) && !allowed.contains(&&statuses[..]);
        if !is_given_up || patience >= PATIENCE / 2 {
            return (statuses, counted);
        }
        patience *= 8;
    }
}

async fn check(cases: Vec<Case>) {
    let outcomes = cases.into_iter().map(|(name, request, allowed)| async move {
        let (statuses, counted) = patient_outcome(request, allowed).await;
        (name, allowed, statuses, counted)
    });
    let mut wrong = Vec::new();
    for (name, allowed, statuses, counted) in all(outcomes).await {
        let served = statuses.iter().filter(|status| **status == 200).count();
        if !allowed.contains(&&statuses[..]) || counted != served {
            wrong.push(format!("{name}: {counted} calls, answered {statuses:?} instead of {allowed:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_say_twice_how_long_they_are_smuggle_nothing() {
    check(said_twice(&Text::new())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transfer_codings_that_are_not_known_are_refused() {
    check(codings(&Text::new())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chunks_that_are_none_are_refused() {
    check(chunks(&Text::new())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_that_are_wrong_or_long_are_refused() {
    check(heads(&Text::new())).await;
}

/// Or the tests above would find nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_behind_another_is_served_and_counted() {
    let text = Text::new();
    let outcome = patient_outcome(text.whole().repeat(3).into_bytes(), &[&[200, 200, 200]]).await;
    assert_eq!(outcome, (vec![200; 3], 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_asks_whether_to_go_on_is_told_so_or_refused_before_it_sends_more() {
    let server = Running::start().await;
    let text = Text::new();
    let expect = "Expect: 100-continue\r\n";
    let mut wire = Wire::open(server.address).await;
    wire.send(&text.with(&format!("{expect}{}", text.length()), "")).await.expect("the server reads");
    assert_eq!(wire.head().await.expect("a word").status, 100);
    wire.send(text.body.as_bytes()).await.expect("the server reads");
    assert_eq!(wire.answer().await.expect("an answer").status, 200);
    for (headers, status) in
        [("Content-Length: 9999999\r\n", 413), ("Origin: http://evil.example.com\r\nContent-Length: 5\r\n", 403)]
    {
        let mut wire = Wire::open(server.address).await;
        wire.send(&text.with(&format!("{expect}{headers}"), "")).await.expect("the server reads");
        assert_eq!(wire.answer().await.expect("an answer").status, status);
        within(async { while wire.fill().await.is_ok() {} }).await;
    }
    assert_eq!(server.stage.counted.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_sends_all_before_it_reads_is_told_that_it_was_too_much() {
    let server = Running::start().await;
    let text = Text::new();
    // More than lies between the two.
    const MUCH: usize = 24 << 20;
    let chunks = format!("100000\r\n{}\r\n", " ".repeat(1 << 20)).repeat(MUCH >> 20) + "0\r\n\r\n";
    for (request, status) in [
        (text.with(&format!("Content-Length: {MUCH}\r\n"), &" ".repeat(MUCH)), 413),
        (text.with(CHUNKED, &chunks), 413),
        (text.with(&format!("X: {}\r\n", "x".repeat(MUCH)), ""), 431),
    ] {
        let mut wire = Wire::open(server.address).await;
        wire.send(&request).await.expect("it is taken");
        assert_eq!(wire.answer().await.expect("an answer").status, status);
        wire.fill().await.expect_err("nothing comes behind it");
    }
}
