//! `on_stop`: what a program does once its server has ended, from inside and from outside; and `on_start`, where it fails.

#[path = "stopping/start.rs"]
mod start;

use std::convert::Infallible;
use std::future::pending;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_runtime::dynamic::Tool;
use mcp_runtime::prelude::*;
use mcp_runtime::{Http, ServerBuilder};
use mcp_tests::answering::with_session;
use mcp_tests::logged::Logged;
use mcp_tests::process::Process;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");
const HELLO: &str = r#"{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;
/// What the fixture's functions say, in the order that they have to say it in.
const SAID: [&str; 5] = ["started", "stopping: last", ") has panicked", ") failed: no database", "stopping: first"];

/// What was done, in order.
#[derive(Clone, Default)]
struct Done(Arc<Mutex<Vec<&'static str>>>);

impl Done {
    fn add(&self, what: &'static str) {
        self.0.lock().expect("nothing panics").push(what);
    }

    fn all(&self) -> Vec<&'static str> {
        self.0.lock().expect("nothing panics").clone()
    }

    /// A server that notes when it starts and stops.
    fn server(&self) -> ServerBuilder {
        let (started, first, second, third) = (self.clone(), self.clone(), self.clone(), self.clone());
        Server::empty("stopping")
            .dynamic()
            .on_start(move |_| started.add("started"))
            .on_stop(async move |_| first.add("first"))
            .on_stop(async move |_| {
                tokio::task::yield_now().await;
                second.add("second");
            })
            .on_stop(async move |handle| {
                third.add(if handle.remove_tool("nobody's") { "removed" } else { "third" });
                Err::<(), _>(Error::new("not today"))
            })
    }
}

const ALL: [&str; 4] = ["started", "third", "second", "first"];

#[tokio::test]
async fn they_run_once_the_last_one_first() {
    let done = Done::default();
    let server = done.server().build().expect("a server");
    assert_eq!(done.all(), ["started"]);
    server.stop().await;
    assert_eq!(done.all(), ALL);
    server.stop().await;
    server.clone().stop().await;
    assert_eq!(done.all(), ALL);
}

#[tokio::test]
async fn on_http_they_run_once_the_calls_in_flight_have_ended() {
    let done = Done::default();
    let (noted, (entered, was_entered)) = (done.clone(), oneshot::channel());
    let entered = Mutex::new(Some(entered));
    let slow = Tool::new("slow", json!({ "type": "object" })).handler(move |_: Value, _ctx| {
        let (noted, entered) = (noted.clone(), entered.lock().expect("nothing panics").take());
        async move {
            entered.map(|entered| entered.send(()));
            // The server is told to stop meanwhile.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            noted.add("called");
        }
    });
    let server = done.server().add(slow).build().expect("a server");
    let listening = Http::new(&server).listen("127.0.0.1:0").await.expect("a port");
    let address = listening.address().expect("an address");
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "slow", "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {} } } });
    let caller = tokio::spawn(async move { post(address, &call.to_string()).await });
    listening.run(async { was_entered.await.expect("the call begins") }).await;
    assert_eq!(done.all(), ["started", "called", "third", "second", "first"]);
    assert!(caller.await.expect("no panic").starts_with("HTTP/1.1 200"));
}

async fn post(address: std::net::SocketAddr, body: &str) -> String {
    let names = "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: slow\r\n";
    post_with(address, names, body).await
}

async fn post_with(address: std::net::SocketAddr, headers: &str, body: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
    let request = format!(
        "POST /mcp HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    answer
}

/// Notes that a call was dropped.
struct Dropped(Done);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.add("dropped");
    }
}

/// How a call is made that never ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Made {
    InSession,
    Alone,
    /// The same, with a message before the answer, so that that is a stream.
    AloneAloud,
}

/// A call that never ends is dropped before `on_stop` runs; its client is told, and the log names its tool.
#[tokio::test]
async fn on_http_calls_past_the_grace_are_dropped_before_they_run() {
    let logged = Logged::listen();
    for made in [Made::InSession, Made::Alone, Made::AloneAloud] {
        let (done, entered) = (Done::default(), Arc::new(tokio::sync::Notify::new()));
        let (noted, begun) = (done.clone(), Arc::clone(&entered));
        let slow = Tool::new("slow", json!({ "type": "object" })).handler(move |_: Value, ctx: Ctx| {
            let (dropped, begun) = (Dropped(noted.clone()), Arc::clone(&begun));
            async move {
                let _dropped = dropped;
                if made == Made::AloneAloud {
                    ctx.warning("it takes long").await;
                }
                begun.notify_one();
                pending::<()>().await;
            }
        });
        let server = done.server().add(slow).build().expect("a server");
        let listening = Http::new(&server).listen("127.0.0.1:0").await.expect("a port").grace(Duration::ZERO);
        let address = listening.address().expect("an address");
        let served = tokio::spawn(listening.run(async move { entered.notified().await }));
        let mut call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "slow" } });
        let answer = if made == Made::InSession {
            let opened = post_with(address, "", HELLO).await;
            let id = opened.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).expect("a session");
            post_with(address, &format!("Mcp-Session-Id: {id}\r\n"), &call.to_string()).await
        } else {
            call["params"]["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/logLevel": "debug",
                "io.modelcontextprotocol/clientCapabilities": {} });
            post(address, &call.to_string()).await
        };
        served.await.expect("it ends");
        assert_eq!(done.all(), ["started", "dropped", "third", "second", "first"]);
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
        assert!(body.contains("-32603") && body.contains("was dropped before it was done"), "{made:?}: {answer}");
        let status = if made == Made::Alone { "503" } else { "200" };
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{made:?}: {answer}");
        if made == Made::AloneAloud {
            // The stream has its end, too.
            let (first, last) = (body.find("it takes long"), body.find("-32603"));
            assert!(first < last && body.ends_with("0\r\n\r\n"), "{answer}");
        }
        let log = logged.take();
        assert!(log.contains("calls of `slow` took longer than"), "{log}");
    }
}

#[tokio::test]
async fn a_server_on_two_ports_stops_with_the_last_of_them() {
    let done = Done::default();
    let server = done.server().build().expect("a server");
    let (one, other) = (Http::new(&server), Http::new(&server));
    let (one, other) = (one.listen("127.0.0.1:0").await, other.listen("127.0.0.1:0").await);
    let (end, ended) = oneshot::channel::<Infallible>();
    let other = tokio::spawn(other.expect("a port").run(async { drop(ended.await) }));
    tokio::task::yield_now().await;
    one.expect("a port").run(async {}).await;
    assert_eq!(done.all(), ["started"]);
    drop(end);
    other.await.expect("it ends");
    assert_eq!(done.all(), ALL);
}

/// Whether all was said, in order.
fn said_all(errors: &str) {
    let mut rest = errors;
    for word in SAID {
        rest = rest.split_once(word).unwrap_or_else(|| panic!("{word}: {errors}")).1;
    }
    assert_eq!(errors.matches("stopping: first").count(), 1, "{errors}");
}

#[test]
fn on_stdio_they_run_when_the_input_ends() {
    let mut server = Process::start(SERVER, "stopping");
    server.send(HELLO);
    assert!(server.receive().is_some_and(|answer| answer.contains("hello")));
    server.close_input();
    // What they print is no answer.
    assert_eq!(server.receive(), None);
    let (code, errors) = server.end();
    assert_eq!(code, Some(0), "{errors}");
    said_all(&errors);
}

#[cfg(unix)]
#[test]
fn on_stdio_they_run_when_the_process_is_told_to_stop() {
    let mut server = Process::start(SERVER, "stopping");
    server.send(HELLO);
    assert!(server.receive().is_some_and(|answer| answer.contains("hello")));
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    said_all(&server.end().1);
}

#[cfg(unix)]
#[test]
fn on_http_they_run_when_the_process_is_told_to_stop() {
    let mut command = Command::new(SERVER);
    command.args(["serve", "--http", "0"]).env("FIXTURE", "stopping").env_remove("RUST_LOG");
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut errors = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut said = String::new();
    while !said.contains("listening at") {
        assert_ne!(errors.read_line(&mut said).expect("text"), 0, "{said}");
    }
    let sent = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status();
    assert!(sent.expect("`kill` is there").success());
    errors.read_to_string(&mut said).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(0), "{said}");
    said_all(&said);
}

#[test]
fn commands_that_only_ask_start_and_stop_the_server_too() {
    for (words, code) in
        [(&["list"][..], 0), (&["call", "nobody"], 1), (&["serve", "--http", "0", "--allow-host", ""], 2)]
    {
        let output = Command::new(SERVER).args(words).env("FIXTURE", "stopping").env_remove("RUST_LOG").output();
        let output = output.expect("it starts");
        assert_eq!(output.status.code(), Some(code), "{words:?}");
        said_all(&String::from_utf8(output.stderr).expect("text"));
    }
}

#[test]
fn help_starts_the_server_only_for_what_is_not_declared() {
    let run = |words: &[&str]| {
        let output = Command::new(SERVER).args(words).env("FIXTURE", "stopping").env_remove("RUST_LOG").output();
        let output = output.expect("it starts");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    for words in [["call", "stuck"], ["prompt", "stuck_prompt"], ["read", "stuck://always"]] {
        let (code, help, errors) = run(&[&words[..], &["--help"]].concat());
        assert!(code == Some(0) && help.contains("Usage: ") && errors.is_empty(), "{words:?}: {help}{errors}");
    }
    // It is added when the server starts.
    let (code, help, errors) = run(&["call", "late", "--help"]);
    assert!(code == Some(0) && help.contains("Usage: "), "{help}{errors}");
    said_all(&errors);
    let (code, _, errors) = run(&["call", "lte", "--help"]);
    assert!(code == Some(1) && errors.contains("did you mean `late`?"), "{errors}");
    said_all(&errors);
}

/// A command that is running: its process, and what it says on standard error.
#[cfg(unix)]
struct Asking {
    child: Child,
    errors: BufReader<ChildStderr>,
    said: String,
}

#[cfg(unix)]
impl Asking {
    fn start(variant: &str, words: &[&str]) -> Self {
        let mut command = Command::new(SERVER);
        command.args(words).env("FIXTURE", variant).env_remove("RUST_LOG");
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let errors = BufReader::new(child.stderr.take().expect("a pipe"));
        Self { child, errors, said: String::new() }
    }

    /// Reads until this is said.
    fn until(&mut self, word: &str) {
        while !self.said.contains(word) {
            assert_ne!(self.errors.read_line(&mut self.said).expect("text"), 0, "{word}: {}", self.said);
        }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.expect("`kill` is there").success());
    }

    /// Its exit code, and all that it said.
    fn end(mut self) -> (Option<i32>, String) {
        self.errors.read_to_string(&mut self.said).expect("text");
        (self.child.wait().expect("it ends").code(), self.said)
    }
}

#[cfg(unix)]
#[test]
fn a_command_that_a_signal_ends_drops_its_call_and_then_stops_the_server() {
    for words in [["call", "stuck"], ["read", "stuck://always"], ["prompt", "stuck_prompt"]] {
        for (signal, code) in [("INT", 130), ("TERM", 143)] {
            let mut command = Asking::start("stopping", &words);
            command.until("call runs");
            command.signal(signal);
            let (ended, said) = command.end();
            assert_eq!(ended, Some(code), "{words:?}: {said}");
            said_all(&said);
            let dropped = said.find("call dropped").unwrap_or_else(|| panic!("{words:?}: {said}"));
            assert!(Some(dropped) < said.find("stopping: last"), "{words:?}: {said}");
            assert!(!said.contains("error: "), "{words:?}: {said}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_command_that_a_signal_ends_waits_for_functions_that_block_to_clean_up() {
    let mut command = Asking::start("stopping", &["call", "stuck_thread"]);
    command.until("call runs");
    command.signal("INT");
    let (ended, said) = command.end();
    assert_eq!(ended, Some(130), "{said}");
    said_all(&said);
    let cleaned = said.find("cleaned up").unwrap_or_else(|| panic!("{said}"));
    assert!(Some(cleaned) < said.find("stopping: last"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_a_command_at_once() {
    let mut command = Asking::start("stopping-never", &["call", "stuck"]);
    command.until("call runs");
    command.signal("INT");
    command.until("stopping: never");
    command.signal("TERM");
    let (code, said) = command.end();
    assert_eq!(code, Some(143), "{said}");
    assert!(!said.contains("stopping: last"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_ends_is_dropped_after_four_seconds() {
    let endless =
        Tool::new("endless", json!({ "type": "object" })).handler(async |_: Value, _ctx| pending::<()>().await);
    let server = Server::empty("stopping").add(endless).build().expect("a server");
    let mut client = with_session(&server).await;
    client.send(
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "endless" } }).to_string(),
    );
    let began = Instant::now();
    timeout(Duration::from_secs(3600), client.close()).await.expect("it is dropped");
    assert_eq!(began.elapsed(), Duration::from_secs(4));
    let answer: Value = serde_json::from_str(&client.receive().await.expect("an answer")).expect("JSON");
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(1), &json!(-32603)), "{answer}");
    assert_eq!(client.receive().await, None);
}

/// It takes the four seconds that a call has.
#[cfg(all(unix, feature = "slow"))]
#[test]
fn on_stdio_a_call_past_the_grace_is_answered_and_named_in_the_log() {
    let mut server = Process::start(SERVER, "stopping");
    server.send(HELLO);
    assert!(server.receive().is_some_and(|answer| answer.contains("hello")));
    server.send(r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"stuck"}}"#);
    server.send(r#"{"jsonrpc":"2.0","id":8,"method":"ping"}"#);
    // The call has begun.
    assert!(server.receive().is_some_and(|answer| answer.contains(r#""id":8"#)));
    server.signal("TERM");
    let answer = server.receive().expect("an answer");
    assert!(answer.contains(r#""id":7"#) && answer.contains("-32603"), "{answer}");
    assert_eq!(server.receive(), None);
    let (code, said) = server.end();
    assert_eq!(code, Some(0), "{said}");
    said_all(&said);
    assert_eq!(said.matches("calls of `stuck` took longer than 4s to end, and were dropped").count(), 1, "{said}");
    assert!(said.find("call dropped") < said.find("stopping: last"), "{said}");
}
