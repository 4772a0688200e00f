//! What handlers log with `tracing`, sent to their clients and to nobody else.
//!
//! What one client hears is told by the transcript of this name; here are several, and what else is in the process.

use std::io;
use std::process::Command;
use std::sync::{Arc, Mutex, Once, PoisonError, Weak};

use mcp_runtime::MemoryClient;
use mcp_runtime::prelude::*;
use mcp_tests::process::{PATIENCE, Process};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tracing::{Instrument as _, info};
use tracing_subscriber::prelude::*;

static GROUP: Group = Group::new("client-logs").version("1.0.0");

/// Logs, waits for another call, and logs again.
#[tool(group = GROUP)]
async fn meet(name: &str, barrier: State<Barrier>) {
    info!("{name} comes");
    barrier.wait().await;
    info!("{name} goes");
}

/// Logs around a question.
#[tool(group = GROUP)]
async fn greet(ctx: &Ctx) -> Result<String, Error> {
    info!("before");
    let Person { name } = ctx.ask("who", elicit("Who is it?")).await?;
    info!("after");
    Ok(name)
}

#[derive(Elicit)]
struct Person {
    name: String,
}

/// Calls a tool of another server, in this process.
#[tool(group = GROUP)]
async fn call_another(barrier: State<Barrier>) -> Result<(), Error> {
    info!("outside");
    let other = Server::of(&GROUP).state_arc(barrier.into_arc()).build().map_err(Error::internal)?;
    let mut client = other.connect();
    client.send(stateless(1, None, "meet", json!({ "arguments": { "name": "inside" } })));
    client.receive().await.ok_or_else(|| Error::internal("no answer"))?;
    Ok(())
}

/// Leaves a task behind that never ends, and is in the call's span.
#[tool(group = GROUP)]
async fn leave() {
    tokio::spawn(std::future::pending::<()>().in_current_span());
    info!("left");
}

fn server(meeting: usize) -> Server {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing_subscriber::registry().with(mcp_runtime::client_logs(["client_logs"])).init());
    Server::of(&GROUP).state(Barrier::new(meeting)).build().expect("a server")
}

/// A call of the stateless era that asks for logs of a level, or for none.
fn stateless(id: u32, level: Option<&str>, tool: &str, mut params: Value) -> String {
    params["name"] = tool.into();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} },
    });
    if let Some(level) = level {
        params["_meta"]["io.modelcontextprotocol/logLevel"] = level.into();
    }
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string()
}

async fn receive(client: &mut MemoryClient) -> Value {
    let frame = tokio::time::timeout(PATIENCE, client.receive()).await.expect("the server answers in time");
    serde_json::from_str(&frame.expect("a frame")).expect("JSON")
}

/// What is logged, and then the answer.
async fn until_answer(client: &mut MemoryClient) -> (Vec<String>, Value) {
    let mut logged = Vec::new();
    loop {
        let frame = receive(client).await;
        if frame["method"] != "notifications/message" {
            return (logged, frame);
        }
        logged.push(frame["params"]["data"].as_str().expect("text").to_owned());
    }
}

async fn open(server: &Server, capabilities: Value) -> MemoryClient {
    let mut client = server.connect();
    client.send(initialize(capabilities));
    assert!(receive(&mut client).await["result"].is_object());
    client
}

fn initialize(capabilities: Value) -> String {
    let params = json!({
        "protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": { "name": "t", "version": "1" },
    });
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }).to_string()
}

fn in_session(id: u32, method: &str, params: Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_client_hears_its_own_calls() {
    let server = server(2);
    let (mut one, mut other) = (open(&server, json!({})).await, open(&server, json!({})).await);
    for (client, name) in [(&mut one, "one"), (&mut other, "other")] {
        client.send(in_session(1, "tools/call", json!({ "name": "meet", "arguments": { "name": name } })));
    }
    assert_eq!(until_answer(&mut one).await.0, ["one comes", "one goes"]);
    assert_eq!(until_answer(&mut other).await.0, ["other comes", "other goes"]);
}

#[tokio::test]
async fn each_request_says_for_itself_what_it_wants_to_hear() {
    let mut client = server(2).connect();
    client.send(stateless(1, Some("info"), "meet", json!({ "arguments": { "name": "curious" } })));
    client.send(stateless(2, None, "meet", json!({ "arguments": { "name": "indifferent" } })));
    let (mut logged, first) = until_answer(&mut client).await;
    let (more, second) = until_answer(&mut client).await;
    logged.extend(more);
    assert!(first["result"].is_object() && second["result"].is_object(), "{first} {second}");
    assert_eq!(logged, ["curious comes", "curious goes"]);
}

#[tokio::test]
async fn a_handler_that_is_a_client_itself_hears_for_itself() {
    let mut client = open(&server(1), json!({})).await;
    client.send(in_session(1, "tools/call", json!({ "name": "call_another" })));
    assert_eq!(until_answer(&mut client).await.0, ["outside"]);
}

#[tokio::test]
async fn a_handler_that_asks_is_heard_before_and_after() {
    let mut client = open(&server(1), json!({ "elicitation": {} })).await;
    client.send(in_session(1, "tools/call", json!({ "name": "greet" })));
    let (logged, question) = until_answer(&mut client).await;
    assert_eq!((&*logged, &question["method"]), (&["before".to_owned()][..], &json!("elicitation/create")));
    let answer = json!({ "action": "accept", "content": { "name": "Ada" } });
    client.send(json!({ "jsonrpc": "2.0", "id": question["id"], "result": answer }).to_string());
    assert_eq!(until_answer(&mut client).await.0, ["after"]);

    // Without a session the handler runs again, and says again what it says.
    client.send(stateless(2, Some("info"), "greet", json!({})));
    let (logged, asked) = until_answer(&mut client).await;
    assert_eq!(logged, ["before"]);
    let round = json!({ "requestState": asked["result"]["requestState"], "inputResponses": { "who": answer } });
    client.send(stateless(3, Some("info"), "greet", round));
    assert_eq!(until_answer(&mut client).await.0, ["before", "after"]);
}

#[tokio::test]
async fn a_task_that_is_left_behind_keeps_nothing_of_its_call() {
    let kept: Weak<Barrier> = {
        let barrier = Arc::new(Barrier::new(1));
        drop(server(1));
        let server = Server::of(&GROUP).state_arc(Arc::clone(&barrier)).build().expect("a server");
        let mut client = open(&server, json!({})).await;
        client.send(in_session(1, "tools/call", json!({ "name": "leave" })));
        assert_eq!(until_answer(&mut client).await.0, ["left"]);
        Arc::downgrade(&barrier)
    };
    // The call held what all calls of its server share.
    assert!(kept.upgrade().is_none(), "the span keeps the call");
}

/// A program whose logs go to its clients: what it says when a client calls `levels` and `targets`, wanting everything.
fn run(variant: &str, rust_log: Option<&str>) -> (Vec<Value>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fixture-server"));
    command.env("FIXTURE", variant).env_remove("RUST_LOG").env_remove("RUST_BACKTRACE").env("NO_COLOR", "1");
    command.envs(rust_log.map(|filter| ("RUST_LOG", filter)));
    let mut server = Process::spawn(&mut command);
    server.send(&initialize(json!({})));
    server.send(&in_session(1, "logging/setLevel", json!({ "level": "debug" })));
    server.send(&in_session(2, "tools/call", json!({ "name": "levels" })));
    server.send(&in_session(3, "tools/call", json!({ "name": "targets" })));
    server.close_input();
    let frames = std::iter::from_fn(|| server.receive());
    let frames: Vec<Value> = frames.map(|frame| serde_json::from_str(&frame).expect("JSON")).collect();
    let (code, stderr) = server.end();
    assert_eq!(code, Some(0), "{stderr}");
    let logged = frames.into_iter().filter(|frame| frame["method"] == "notifications/message");
    (logged.map(|frame| frame["params"]["data"].clone()).collect(), stderr)
}

const HEARD: [&str; 7] = ["a trace", "a detail", "a fact", "a doubt", "a fault", "named", "within what is named"];

#[test]
fn clients_and_standard_error_are_filtered_each_for_itself() {
    for (filter, shown) in [
        (
            None,
            vec![
                "WARN request{id=2}: mcp_tests::fixture::logs: a doubt",
                "ERROR request{id=2}: mcp_tests::fixture::logs: a fault",
            ],
        ),
        (Some("off"), vec![]),
        (Some("mcp_tests=error"), vec!["ERROR request{id=2}: mcp_tests::fixture::logs: a fault"]),
    ] {
        let (heard, stderr) = run("forwarding", filter);
        assert_eq!(heard, HEARD, "{filter:?}");
        let of_tool: Vec<&str> = stderr.lines().filter(|line| line.contains(" mcp_tests::")).collect();
        assert_eq!(of_tool.len(), shown.len(), "{filter:?}: {stderr}");
        // Each line is as it is without forwarding: no span of the call stands before the target.
        assert!(of_tool.iter().zip(shown).all(|(line, shown)| line.ends_with(shown)), "{filter:?}: {stderr}");
    }
}

#[test]
fn standard_error_says_with_forwarding_what_it_says_without() {
    let said = |variant| {
        let (_, stderr) = run(variant, Some("trace"));
        // Without the time, and without how long requests took.
        let lines = stderr.lines().map(|line| line.split_once(' ').unwrap_or_default().1);
        lines.map(|line| line.split(" duration=").next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let with = said("forwarding");
    assert!(with.iter().any(|line| line.contains("a trace")), "{with:#?}");
    assert_eq!(with, said("logging"));
}

#[test]
fn a_program_with_a_subscriber_of_its_own_adds_the_layer() {
    let (heard, stderr) = run("subscribed", None);
    assert_eq!(heard, HEARD);
    // Its other layers see the span of the call. The builder's word is not enough there, and it says so.
    assert!(
        stderr.contains(r#"mcp.call{method="tools/call" name="levels" id=2}: mcp_tests::fixture::logs: a doubt"#),
        "{stderr}"
    );
    assert!(stderr.contains("`forward_logs` was left out") && stderr.contains("mcp_runtime::client_logs"), "{stderr}");
    assert!(!stderr.contains("a fact"), "{stderr}");
}

/// What a subscriber writes in this process.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_server_that_no_program_runs_says_that_it_forwards_nothing() {
    for (builder, says_so) in
        [(Server::empty("quiet"), false), (Server::empty("forwarding").forward_logs(["some_crate"]), true)]
    {
        let said = Said::default();
        let writer = said.clone();
        let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            builder.build().expect("a server");
        });
        let said = said.0.lock().unwrap_or_else(PoisonError::into_inner);
        let said = String::from_utf8_lossy(&said);
        assert_eq!(said.contains("`forward_logs` was left out"), says_so, "{said}");
    }
}
