//! Named pipes: who may connect, how connections end, and programs that serve on them.
#![cfg(windows)]

use std::future::IntoFuture as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mcp_runtime::client::{Client, Retry, Target};
use mcp_runtime::prelude::*;
use mcp_runtime::transport::{Accept as _, Listen, NamedPipe, StreamLimits};
use mcp_runtime::{LifecycleEvent, Version};
use serde_json::json;
use tokio::sync::oneshot;

const PROGRAM: &str = env!("CARGO_BIN_EXE_mcp-windows");

/// How long the system may take.
const PATIENCE: Duration = Duration::from_secs(60);

static TOOLS: Group = Group::new("pipes");

/// Says who is calling.
#[tool(group = TOOLS)]
fn whoami(principal: Principal) -> String {
    format!("{:?}", principal.subject())
}

/// Returns what it is given.
#[tool(group = TOOLS)]
fn echo(message: &str) -> String {
    message.to_owned()
}

/// Never ends.
#[tool(group = TOOLS)]
async fn hang() {
    std::future::pending().await
}

fn server() -> Server {
    Server::of(&TOOLS).build().expect("a server")
}

/// Whether the system keeps a name for the program that has taken it first. Wine lets others have it, too.
fn keeps_names() -> bool {
    std::env::var_os("MCP_TESTS_ON_WINE").is_none()
}

/// A name that no other test has, and no other run of this one.
fn unused(test: &str) -> String {
    format!("mcp-test-{}-{test}", std::process::id())
}

/// Serves on a pipe for as long as the test runs.
fn serve(listen: Listen) -> Server {
    let server = server();
    let serving = server.clone();
    tokio::spawn(async move { serving.serve([listen]).await });
    server
}

async fn connect(name: &str) -> Client {
    Client::connect(Target::pipe(name)).await.expect("connected")
}

#[tokio::test]
async fn every_revision_is_spoken() {
    let name = unused("revisions");
    serve(Listen::on(NamedPipe::bind(&name).expect("a pipe")));
    for version in Version::ALL.map(Some).into_iter().chain([None]) {
        let builder = version.into_iter().fold(Client::builder(), |builder, version| builder.version(version));
        let client = builder.connect(Target::pipe(&name)).await.expect("connected");
        // More than a pipe takes at once, in both directions.
        let long = "x".repeat(1 << 20);
        let said = client.call("echo", json!({ "message": long })).await.expect("an answer").text();
        assert!(said == long, "{version:?}: {} bytes", said.len());
        assert_eq!(client.call("whoami", json!({})).await.expect("an answer").text(), "None");
        client.close().await;
    }
}

#[tokio::test]
async fn a_pipe_is_named_in_every_way_that_is_usual() {
    let name = unused("names");
    serve(Listen::pipe(&name));
    // It is listened on by a task.
    tokio::task::yield_now().await;
    for text in [format!("pipe:{name}"), format!(r"\\.\pipe\{name}"), format!(r"pipe:\\.\pipe\{name}")] {
        let client = Client::connect(&*text).await.expect("connected");
        assert_eq!(client.call("echo", json!({ "message": "a" })).await.expect("an answer").text(), "a", "{text}");
    }
}

#[tokio::test]
async fn a_name_that_is_taken_is_not_taken_again_and_is_free_at_the_end() {
    let name = unused("taken");
    let mut pipe = NamedPipe::bind(&name).expect("a pipe");
    if keeps_names() {
        let error = NamedPipe::bind(&name).expect_err("it is taken");
        let told = (error.kind(), error.to_string());
        assert_eq!(told, (std::io::ErrorKind::AddrInUse, "another program listens on it".to_owned()));
    }
    // While there is a connection the name is kept, too.
    let (opened, accepted) = tokio::join!(Client::connect(Target::pipe(&name)), async {
        let served = pipe.accept().await.expect("a connection");
        tokio::spawn(server().serve_on(served).into_future())
    });
    opened.expect("connected");
    if keeps_names() {
        NamedPipe::bind(&name).expect_err("it is taken");
    }
    drop(pipe);
    accepted.await.expect("no panic").expect("its client has left");
    // The system closes a pipe once it has told that nothing is read from it any more.
    let is_free = tokio::time::timeout(PATIENCE, async {
        while NamedPipe::bind(&name).is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    is_free.await.expect("it is free");
    let error = NamedPipe::bind(r"\\elsewhere\pipe\shop").expect_err("it is of another machine").to_string();
    assert!(error.contains("is not the name of a pipe of this machine"), "{error}");
}

#[tokio::test]
async fn a_client_is_told_that_there_is_no_pipe() {
    let connecting = Client::builder().retry(Retry::never()).connect("pipe:mcp-test-nobody");
    let error = connecting.await.expect_err("there is none").to_string();
    assert!(error.contains("pipe:mcp-test-nobody cannot be connected to") && error.contains("no such pipe"), "{error}");
}

#[tokio::test]
async fn a_client_beyond_the_limit_waits_until_another_has_left() {
    let name = unused("limit");
    let listen = Listen::on(NamedPipe::bind(&name).expect("a pipe")).connection_limit(1);
    let server = serve(listen);
    let first = connect(&name).await;
    let mut events = server.events();
    let second = tokio::spawn({
        let name = name.clone();
        async move { connect(&name).await.call("echo", json!({ "message": "second" })).await }
    });
    assert_eq!(first.call("echo", json!({ "message": "first" })).await.expect("an answer").text(), "first");
    assert!(!second.is_finished());
    first.close().await;
    assert_eq!(second.await.expect("no panic").expect("an answer").text(), "second");
    // Of the two connections the first was closed before the second was begun.
    let mut seen = Vec::new();
    while seen.len() < 3 {
        if let Some(LifecycleEvent::Connection(event)) = events.next().await {
            assert_eq!(event.transport, "pipe");
            seen.push(event.state.to_string());
        }
    }
    let closed = seen.iter().position(|state| state == "closed");
    let begun = seen.iter().position(|state| state == "connecting");
    assert!(closed.is_some() && begun.is_none_or(|begun| Some(begun) > closed), "{seen:?}");
}

#[tokio::test]
async fn calls_that_run_when_serving_ends_are_answered() {
    let name = unused("drain");
    let mut pipe = NamedPipe::bind(&name).expect("a pipe");
    let (stop, stopped) = oneshot::channel::<()>();
    let limits = StreamLimits::new().grace(Duration::from_millis(50));
    let serving = tokio::spawn(async move {
        let served = pipe.accept().await.expect("a connection");
        server().serve_on(served).limits(limits).until(async { drop(stopped.await) }).await
    });
    let client = connect(&name).await;
    let (answer, ()) = tokio::join!(client.call("hang", json!({})), async {
        // Calls are begun in their order, so that the one that hangs has begun.
        client.call("echo", json!({ "message": "a" })).await.expect("an answer");
        drop(stop);
    });
    let error = answer.expect_err("it was dropped").to_string();
    assert!(error.contains("-32603") || error.contains("serv"), "{error}");
    serving.await.expect("no panic").expect("it ends in good order");
}

#[tokio::test]
async fn a_client_that_leaves_before_it_is_accepted_keeps_nobody_out() {
    let name = unused("leaves");
    let mut pipe = NamedPipe::bind(&name).expect("a pipe");
    drop(std::fs::OpenOptions::new().read(true).write(true).open(format!(r"\\.\pipe\{name}")).expect("it is there"));
    let serving = tokio::spawn(async move {
        // Which of the two is told to have come depends on the system.
        loop {
            if let Ok(served) = pipe.accept().await {
                tokio::spawn(server().serve_on(served).into_future());
            }
        }
    });
    assert_eq!(connect(&name).await.call("echo", json!({ "message": "a" })).await.expect("an answer").text(), "a");
    serving.abort();
}

/// A program that serves. It is killed at the end: there are no signals to send it.
struct Serving(Child);

impl Serving {
    fn start(words: &[&str], sign: &str) -> (Self, String) {
        let mut command = Command::new(PROGRAM);
        command.arg("serve").args(words).env_remove("RUST_LOG").stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut said = String::new();
        while !said.contains(sign) {
            assert_ne!(stderr.read_line(&mut said).expect("text"), 0, "{said}");
        }
        std::thread::spawn(move || stderr.lines().for_each(drop));
        (Self(child), said)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn sum(target: impl Into<Target>) -> i64 {
    let client = Client::connect(target).await.expect("connected");
    let sum = client.call("add", json!({ "a": 2, "b": 3 })).await.expect("an answer").value().expect("a number");
    client.close().await;
    sum
}

#[tokio::test]
async fn a_program_serves_on_pipes_alone() {
    let (first, second) = (unused("program"), unused("other"));
    let (_serving, said) = Serving::start(&["--pipe", &first, "--pipe", &second], "listening at pipe:");
    assert!(said.contains(&format!("listening at pipe:{first}, pipe:{second}")), "{said}");
    assert_eq!(sum(format!("pipe:{first}")).await, 5);
    assert_eq!(sum(format!("pipe:{second}")).await, 5);
    if keeps_names() {
        let taken = Command::new(PROGRAM).args(["serve", "--pipe", &first]).output().expect("it runs");
        let said = String::from_utf8_lossy(&taken.stderr);
        assert!(!taken.status.success() && said.contains("another program listens on it"), "{said}");
    }
}

#[tokio::test]
async fn a_program_serves_on_a_pipe_and_on_http_at_once() {
    let name = unused("both");
    let (_serving, said) = Serving::start(&["--http", "0", "--pipe", &name], "listening at http");
    let url = said.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL").to_owned();
    assert_eq!(sum(url).await, 5);
    assert_eq!(sum(format!("pipe:{name}")).await, 5);
}

#[tokio::test]
async fn a_program_is_spoken_to_on_its_standard_streams() {
    assert_eq!(sum(Command::new(PROGRAM)).await, 5);
}

#[test]
fn a_program_answers_on_the_command_line() {
    let output = Command::new(PROGRAM).args(["call", "add", "a=2", "b=3"]).output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "5", "{}", String::from_utf8_lossy(&output.stderr));
    let help = Command::new(PROGRAM).args(["serve", "--help"]).output().expect("it runs");
    assert!(String::from_utf8_lossy(&help.stdout).contains("--pipe <NAME>"));
}
