//! The memory that a server uses for its clients.

use std::sync::Arc;

use mcp_runtime::{Server, ServerHandle};
use mcp_tests::answering::{alone, ask, receive, text};
use mcp_tests::load::{Stage, builder};
use serde_json::json;

use super::client::{Client, Era};
use super::serve::{Running, within};
use super::wire::Answer;

const MB: usize = 1 << 20;

/// Waits until a server uses as much memory as it should.
async fn uses(handle: &ServerHandle, is_it: impl Fn(usize) -> bool) {
    within(async {
        while !is_it(handle.memory_used()) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

fn is_told_to_come_back(answer: &Answer) {
    assert!(answer.status == 503 && answer.header("retry-after").is_some(), "{answer:?}");
}

/// The arguments of `keep`, in so many bytes.
fn long(bytes: usize) -> String {
    format!(r#"{{"text":"{}"}}"#, "x".repeat(bytes))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_being_read_have_a_limit_together_and_small_ones_are_read_all_the_same() {
    let server = Running::built(|server| server, |http| http.body_memory_limit(8 * MB), |listening| listening).await;
    let mut slow = Vec::new();
    for _ in 0..3 {
        let mut client = Client::open(server.address, Era::Stateless).await;
        let call = client.who.call(1, "keep", &long(2 * MB));
        client.wire.send(&call[..MB]).await.expect("the server reads");
        slow.push((client, call));
        uses(&server.handle, |used| used >= slow.len() * 2 * MB).await;
    }
    let mut late = Client::open(server.address, Era::Stateless).await;
    let call = late.who.call(1, "keep", &long(3 * MB));
    // What is left of it is not read.
    late.wire.send(&call[..MB]).await.expect("the server reads");
    is_told_to_come_back(&late.wire.answer().await.expect("an answer"));
    let mut small = Client::open(server.address, Era::Stateless).await;
    assert!(small.call(1, "echo", r#"{"n":1}"#).await.says("answer 1"));
    // Those that have begun are read to their end, and served.
    server.stage.gate.add_permits(3);
    for (client, call) in &mut slow {
        let answer = client.exchange(&call[MB..]).await.expect("an answer");
        assert!(answer.says(&format!("kept {}", 2 * MB)), "{:.200}", answer.body);
    }
    uses(&server.handle, |used| used == 0).await;
    server.stage.gate.add_permits(1);
    let mut again = Client::open(server.address, Era::Stateless).await;
    assert!(again.call(1, "keep", &long(3 * MB)).await.says(&format!("kept {}", 3 * MB)));
}

/// A call with its body in two chunks, without a `Content-Length`.
fn in_chunks(client: &Client, bytes: usize) -> [Vec<u8>; 2] {
    let call = client.who.call(1, "keep", &long(bytes));
    let end = call.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let (head, body) = call.split_at(end);
    let head: Vec<&str> = std::str::from_utf8(head).expect("text").split("\r\n").collect();
    let head: Vec<&str> = head.into_iter().filter(|line| !line.starts_with("Content-Length")).collect();
    let body = &body[4..];
    let chunk = |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    let (first, rest) = body.split_at(body.len() / 2);
    let head = format!("{}\r\nTransfer-Encoding: chunked\r\n\r\n", head.join("\r\n"));
    [[head.as_bytes(), &chunk(first)].concat(), [&chunk(rest)[..], b"0\r\n\r\n"].concat()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_whose_length_is_not_said_are_charged_as_they_come() {
    let server =
        Running::built(|server| server, |http| http.body_memory_limit(11 * MB / 2), |listening| listening).await;
    let mut begun = Vec::new();
    for n in 1..=2 {
        let mut client = Client::open(server.address, Era::Stateless).await;
        let [half, _] = in_chunks(&client, 2 * MB);
        client.wire.send(&half).await.expect("the server reads");
        // What has come, and no more than as much again, which is made room for.
        uses(&server.handle, |used| used >= n * MB && used <= n * 2 * MB + MB / 2).await;
        begun.push(client);
    }
    let mut late = Client::open(server.address, Era::Stateless).await;
    let [half, rest] = in_chunks(&late, 4 * MB - 1000);
    late.wire.send(&half).await.expect("the server reads");
    // What is left of it is taken, and not kept.
    late.wire.send(&rest).await.expect("the server takes it");
    is_told_to_come_back(&late.wire.answer().await.expect("an answer"));
    drop((begun, late));
    uses(&server.handle, |used| used == 0).await;
    server.stage.gate.add_permits(1);
    let mut client = Client::open(server.address, Era::Stateless).await;
    let [half, rest] = in_chunks(&client, MB);
    client.wire.send(&half).await.expect("the server reads");
    uses(&server.handle, |used| used >= MB / 2).await;
    assert!(client.exchange(&rest).await.expect("an answer").says(&format!("kept {MB}")));
    uses(&server.handle, |used| used == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_cut_off_gives_its_memory_back() {
    let server = Running::start().await;
    let mut client = Client::open(server.address, Era::Stateless).await;
    let call = client.who.call(1, "keep", &long(MB / 2));
    client.wire.send(&call[..MB / 4]).await.expect("the server reads");
    uses(&server.handle, |used| used > MB / 8).await;
    drop(client);
    uses(&server.handle, |used| used == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_with_large_requests_use_it_up_and_it_is_there_again_when_they_end() {
    /// Four of them fit, with what is around them.
    const LONG: usize = 2 * MB - 1000;
    let server = Running::built(|server| server.memory_limit(8 * MB), |http| http, |listening| listening).await;
    for era in [Era::Sessions, Era::Stateless] {
        let mut asking = Client::open(server.address, era).await;
        let mut holding = Vec::new();
        for id in 11..15 {
            let mut client = asking.another().await;
            client.begin(id, "keep", &long(LONG)).await;
            within(server.stage.begun.acquire()).await.expect("it is never closed").forget();
            holding.push(client);
        }
        assert!(server.handle.memory_used() >= 4 * LONG);
        let mut late = asking.another().await;
        is_told_to_come_back(&within(late.call(1, "keep", &long(LONG))).await);
        assert!(asking.call(1, "echo", r#"{"n":1}"#).await.says("answer 1"), "small ones are served");
        server.stage.gate.add_permits(4);
        for client in &mut holding {
            assert!(client.wire.answer().await.expect("an answer").says(&format!("kept {LONG}")));
        }
        uses(&server.handle, |used| used < MB).await;
        server.stage.gate.add_permits(1);
        let answer = asking.call(2, "keep", &long(LONG)).await;
        assert!(answer.says(&format!("kept {LONG}")), "{era:?}: {:.200}", answer.body);
        within(server.stage.begun.acquire()).await.expect("it is never closed").forget();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_reads_use_it_up_and_it_is_there_again_when_their_clients_are_gone() {
    const ANSWER: usize = 24 * MB;
    let server = Running::built(|server| server.memory_limit(4 * ANSWER), |http| http, |listening| listening).await;
    for era in [Era::Sessions, Era::Stateless] {
        let mut asking = Client::open(server.address, era).await;
        let mut silent = Vec::new();
        for n in 1..=4 {
            let mut client = asking.another().await;
            client.begin(1, "give", &format!(r#"{{"length":{ANSWER}}}"#)).await;
            uses(&server.handle, |used| used >= n * ANSWER).await;
            silent.push(client);
        }
        is_told_to_come_back(&asking.call(2, "echo", r#"{"n":2}"#).await);
        drop(silent);
        uses(&server.handle, |used| used < MB).await;
        assert!(asking.call(3, "echo", r#"{"n":3}"#).await.says("answer 3"), "{era:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_in_a_stream_that_nobody_reads_is_counted() {
    let server = Running::start().await;
    let mut client = Client::open(server.address, Era::Sessions).await;
    client.begin(1, "rush", r#"{"n":1000000,"length":512}"#).await;
    uses(&server.handle, |used| used > MB / 2).await;
    let mut beside = client.another().await;
    drop(client);
    beside.exchange(&beside.who.delete()).await.expect("an answer");
    uses(&server.handle, |used| used == 0).await;
}

#[tokio::test]
async fn on_a_stream_calls_beyond_it_are_refused_under_their_ids_and_pings_are_not() {
    let stage = Arc::<Stage>::default();
    let server: Server = builder(&stage).memory_limit(MB).build().expect("a server");
    let mut client = server.connect();
    let call = |id: u32, tool: &str, arguments: String| {
        let mut params = alone(json!({ "name": tool }));
        params["arguments"] = serde_json::from_str(&arguments).expect("JSON");
        json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string()
    };
    client.send(call(1, "keep", long(MB)));
    client.send(call(2, "echo", r#"{"n":2}"#.to_owned()));
    let refused = receive(&mut client).await;
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(2), &json!(-32603)), "{refused}");
    assert!(refused["error"]["message"].as_str().is_some_and(|why| why.contains("memory")), "{refused}");
    let mut other = mcp_tests::answering::with_session(&server).await;
    assert!(ask(&mut other, 3, "ping", json!({})).await["result"].is_object());
    stage.gate.add_permits(1);
    assert_eq!(text(&receive(&mut client).await["result"]), format!("kept {MB}"));
    uses(&server.handle(), |used| used == 0).await;
    client.send(call(4, "echo", r#"{"n":4}"#.to_owned()));
    assert_eq!(text(&receive(&mut client).await["result"]), "answer 4");
}
