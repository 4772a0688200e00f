//! Clients that read slowly, and clients that ask much: memory stays bounded, and nothing that matters is lost.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Command;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use mcp_runtime::{MemoryClient, Server};
use mcp_tests::fixture;
use mcp_tests::process::{PATIENCE, piped};
use serde_json::{Value, json};

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");

/// More than may ever wait for a peer that is behind: a quarter of a megabyte, and the frame that went beyond it.
const BEHIND: usize = 300 * 1024;

fn request(id: u64, method: &str, params: Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}

fn call(id: u64, tool: &str, arguments: Value) -> String {
    let params = json!({ "name": tool, "arguments": arguments, "_meta": { "progressToken": "t" } });
    request(id, "tools/call", params)
}

/// A server, and a client in a session, which has read the handshake and nothing since.
async fn connect() -> (Server, MemoryClient) {
    let server = fixture::server("");
    let mut client = server.connect();
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": { "name": "t", "version": "1" } });
    client.send(request(0, "initialize", params));
    next(&mut client).await.expect("an answer");
    client.send(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    (server, client)
}

/// Waits until the call of a tool has ended, of which the client reads nothing. A connection that ends first gives it four seconds.
async fn ended(server: &Server, tool: &str) {
    let ended = async {
        while server.handle().metrics().tool(tool).is_none_or(|tool| tool.calls == 0) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("it ends");
}

async fn next(client: &mut MemoryClient) -> Option<Value> {
    let frame = tokio::time::timeout(PATIENCE, client.receive()).await.expect("something comes");
    frame.map(|frame| serde_json::from_str(&frame).expect("JSON"))
}

/// All that is left to receive once the connection has ended, which lets its calls finish first.
async fn rest(mut client: MemoryClient) -> Vec<Value> {
    client.close().await;
    let mut frames = Vec::new();
    while let Some(frame) = next(&mut client).await {
        frames.push(frame);
    }
    frames
}

fn size(frames: &[Value]) -> usize {
    frames.iter().map(|frame| frame.to_string().len() + 1).sum()
}

fn progress(frames: &[Value]) -> Vec<u64> {
    let progress = frames.iter().filter(|frame| frame["method"] == "notifications/progress");
    progress.map(|frame| frame["params"]["progress"].as_u64().expect("a number")).collect()
}

#[tokio::test]
async fn progress_for_a_client_that_does_not_read_is_coalesced_and_the_last_is_sent() {
    let (server, mut client) = connect().await;
    client.send(call(1, "flood", json!({ "n": 100_000 })));
    ended(&server, "flood").await;
    let frames = rest(client).await;
    let progress = progress(&frames);
    assert!(size(&frames) < BEHIND, "{} bytes waited", size(&frames));
    assert!(progress.is_sorted_by(|a, b| a < b));
    assert_eq!(progress.last(), Some(&100_000));
    assert_eq!(frames.last().expect("an answer")["id"], 1);
}

#[tokio::test]
async fn progress_that_is_awaited_goes_at_the_pace_of_the_client_and_none_is_lost() {
    let (_server, mut client) = connect().await;
    client.send(call(1, "polite_flood", json!({ "n": 10_000 })));
    let mut frames = Vec::new();
    while frames.last().is_none_or(|frame: &Value| frame["id"] != 1) {
        frames.push(next(&mut client).await.expect("a frame"));
    }
    assert_eq!(progress(&frames), (1..=10_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn log_messages_for_a_client_that_does_not_read_are_dropped_and_counted() {
    let (server, mut client) = connect().await;
    client.send(call(1, "log_flood", json!({ "n": 100_000 })));
    ended(&server, "log_flood").await;
    let frames = rest(client).await;
    let data = frames.iter().filter_map(|frame| frame["params"]["data"].as_str());
    let (kept, told): (Vec<&str>, Vec<&str>) = data.partition(|data| data.starts_with("message "));
    assert!(size(&frames) < BEHIND, "{} bytes waited", size(&frames));
    let [told] = told[..] else { panic!("told {} times", told.len()) };
    let dropped: usize = told.split(' ').next().and_then(|n| n.parse().ok()).expect("a number");
    assert_eq!(kept.len() + dropped, 100_000, "{told}");
    assert!(frames.iter().any(|frame| frame["id"] == 1), "the answer is not dropped");
}

#[tokio::test]
async fn notices_for_a_client_that_does_not_read_are_not_doubled() {
    let server = fixture::server("");
    let mut client = server.connect();
    let params = json!({ "_meta": { "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {} }, "notifications": { "toolsListChanged": true } });
    client.send(request(1, "subscriptions/listen", params));
    let acknowledged = next(&mut client).await.expect("a frame");
    assert_eq!(acknowledged["method"], "notifications/subscriptions/acknowledged");
    for _ in 0..50_000 {
        server.handle().tools_changed();
    }
    let frames = rest(client).await;
    assert!(size(&frames) < BEHIND, "{} bytes waited", size(&frames));
    assert!(frames.iter().any(|frame| frame["method"] == "notifications/tools/list_changed"));
    assert!(frames.iter().any(|frame| frame["id"] == 1), "a graceful end");
}

#[tokio::test]
async fn a_thousand_calls_at_once_are_each_answered_once() {
    let (_server, mut client) = connect().await;
    for id in 1..=1000 {
        client.send(call(id, "wait", json!({ "gate": id.to_string() })));
    }
    for id in (1..=1000).rev() {
        client.send(call(10_000 + id, "open", json!({ "gate": id.to_string() })));
    }
    let mut answered = BTreeSet::new();
    while answered.len() < 2000 {
        let answer = next(&mut client).await.expect("an answer");
        let id = answer["id"].as_u64().expect("a number");
        let text = answer["result"]["content"][0]["text"].as_str().expect("text");
        let gate = text.rsplit(' ').next().expect("a gate");
        assert_eq!(gate, (id % 10_000).to_string(), "{text}");
        assert!(answered.insert(id), "{id} was answered twice");
    }
    assert!(rest(client).await.is_empty());
}

/// A server reads no further while its client is behind, so that a client that never reads costs little.
#[test]
fn a_client_that_asks_and_does_not_read_is_not_read_either() {
    const CALLS: u64 = 256;
    const ANSWER: usize = 1024 * 1024;
    let mut child = piped(Command::new(SERVER).env("FIXTURE", ""));
    let mut input = child.stdin.take().expect("it was piped");
    let output = child.stdout.take().expect("it was piped");
    let (asked_all, all_asked) = channel();
    let asking = thread::spawn(move || {
        // As long as a pipe holds, so that none of them gets lost in one.
        let padding = "x".repeat(64 * 1024);
        for id in 1..=CALLS {
            let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {} });
            let params = json!({ "name": "big", "arguments": { "bytes": ANSWER }, "_meta": meta, "x": padding });
            writeln!(input, "{}", request(id, "tools/call", params)).expect("the server reads");
        }
        let _ = asked_all.send(());
    });
    // The server is given the time to do wrong. One that does right does not finish, however long this is.
    let too_soon = all_asked.recv_timeout(Duration::from_millis(500));
    assert_eq!(too_soon, Err(RecvTimeoutError::Timeout), "all was read though nobody took the answers");

    let mut expected = 1..=CALLS;
    for line in BufReader::new(output).lines() {
        let answer: Value = serde_json::from_str(&line.expect("text")).expect("JSON");
        assert_eq!(answer["id"].as_u64(), expected.next());
        assert_eq!(answer["result"]["content"][0]["text"].as_str().map(str::len), Some(ANSWER));
        // While there is still much to write: a process that ends has no peak any more.
        if answer["id"] == CALLS - 64 {
            assert_peak_below(child.id(), 64 * 1024);
        }
    }
    assert_eq!(expected.next(), None);
    asking.join().expect("all is asked");
    assert_eq!(child.wait().expect("a child can be waited for").code(), Some(0));
}

/// Where the system tells: the most memory the process has ever had, in KiB.
fn assert_peak_below(process: u32, limit: u64) {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/status")) else { return };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    let peak: u64 = peak.and_then(|peak| peak.parse().ok()).expect("a number");
    assert!(peak < limit, "{peak} KiB");
}
