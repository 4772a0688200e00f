//! Runs one kind of request so many times and ends: for `.ci/guard`, which counts the instructions and allocations.
//!
//! `counted CASE N`; without arguments it lists the cases. What starting costs is the same whatever N is, so two runs tell
//! what one request costs.

use std::convert::Infallible;
use std::future::Future;
use std::hint::black_box;
use std::io::{Write as _, stdout};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::Body as _;
use mcp_runtime::MemoryClient;
use mcp_runtime::layers::{Call, Next, Reply};
use mcp_runtime::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::runtime::Builder;
use tower_service::Service as _;

static TEN: Group = Group::new("ten");
static OWN: Group = Group::new("own");

macro_rules! ten {
    ($($name:ident),+) => {$(
        /// Looks for orders that fit, and says which of them are open.
        #[tool(group = TEN, read_only)]
        fn $name(query: String, #[arg(default = 10, range(1..=100))] limit: u32, customer: Option<String>) -> String {
            format!("{query} {limit} {customer:?}")
        }
    )+};
}

ten!(t0, t1, t2, t3, t4, t5, t6, t7, t8, t9);

/// Returns text.
#[tool(group = OWN)]
fn echo(message: &str) -> String {
    message.to_owned()
}

/// Returns text, and might have to wait.
#[tool(group = OWN)]
async fn echo_async(message: &str) -> String {
    message.to_owned()
}

#[derive(Serialize, JsonSchema)]
struct Sum {
    sum: i64,
}

/// Adds two numbers.
#[tool(group = OWN)]
fn sum(a: i64, b: i64) -> Sum {
    Sum { sum: a + b }
}

const REPORTS: u32 = 100;

/// Says how far it is, so many times.
#[tool(group = OWN)]
async fn report(ctx: &Ctx) {
    for done in 0..REPORTS {
        ctx.progress(done, REPORTS, None).await;
    }
}

/// A request as often as it is sent, and how.
struct Case {
    name: &'static str,
    carrier: Carrier,
    method: &'static str,
    tool: &'static str,
    arguments: fn() -> String,
}

enum Carrier {
    /// A connection with a session, or without one.
    Connection {
        session: bool,
    },
    /// A connection with a session, and a layer that looks at each request.
    Layered,
    Http {
        session: bool,
    },
}

fn hello() -> String {
    r#"{"message":"hello"}"#.to_owned()
}

fn numbers() -> String {
    r#"{"a":2,"b":3}"#.to_owned()
}

fn nothing() -> String {
    "{}".to_owned()
}

fn long() -> String {
    format!(r#"{{"message":"{}"}}"#, "x".repeat(64 * 1024))
}

const IN_SESSION: Carrier = Carrier::Connection { session: true };
const ALONE: Carrier = Carrier::Connection { session: false };
const LAYERED: Carrier = Carrier::Layered;
const HTTP_IN_SESSION: Carrier = Carrier::Http { session: true };
const HTTP_ALONE: Carrier = Carrier::Http { session: false };

const CASES: [Case; 14] = [
    Case { name: "call", carrier: IN_SESSION, method: "tools/call", tool: "echo", arguments: hello },
    Case { name: "async-call", carrier: IN_SESSION, method: "tools/call", tool: "echo_async", arguments: hello },
    Case { name: "structured-call", carrier: IN_SESSION, method: "tools/call", tool: "sum", arguments: numbers },
    Case { name: "call-64k", carrier: IN_SESSION, method: "tools/call", tool: "echo", arguments: long },
    Case { name: "list", carrier: IN_SESSION, method: "tools/list", tool: "", arguments: String::new },
    Case { name: "stateless-call", carrier: ALONE, method: "tools/call", tool: "echo", arguments: hello },
    Case { name: "layer-call", carrier: LAYERED, method: "tools/call", tool: "echo", arguments: hello },
    Case { name: "layer-async-call", carrier: LAYERED, method: "tools/call", tool: "echo_async", arguments: hello },
    Case { name: "http-call", carrier: HTTP_ALONE, method: "tools/call", tool: "echo", arguments: hello },
    Case { name: "http-structured-call", carrier: HTTP_ALONE, method: "tools/call", tool: "sum", arguments: numbers },
    Case { name: "http-list", carrier: HTTP_ALONE, method: "tools/list", tool: "", arguments: String::new },
    Case { name: "http-session-call", carrier: HTTP_IN_SESSION, method: "tools/call", tool: "echo", arguments: hello },
    Case { name: "notices", carrier: ALONE, method: "tools/call", tool: "report", arguments: nothing },
    Case { name: "http-notices", carrier: HTTP_ALONE, method: "tools/call", tool: "report", arguments: nothing },
];

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let (Some(name), Some(times)) = (arguments.next(), arguments.next().and_then(|times| times.parse().ok())) else {
        let names: Vec<_> = CASES.iter().map(|case| case.name).collect();
        return writeln!(stdout(), "{}", names.join("\n")).expect("somebody reads");
    };
    let case = CASES.iter().find(|case| case.name == name).expect("one of the cases");
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let many = (0..6).fold(Server::empty("counted"), |server, prefix| server.mount_as(&format!("m{prefix}"), &TEN));
    let many = many.with(tools![echo, echo_async, sum, report]);
    let many = if matches!(case.carrier, Carrier::Layered) { many.around(measured) } else { many };
    let server = many.build().expect("nothing is wrong with it");
    let _inside = runtime.enter();
    match case.carrier {
        Carrier::Connection { session } => in_memory(&server, case, session, times),
        Carrier::Layered => in_memory(&server, case, true, times),
        Carrier::Http { session } => over_http(server, case, session, times),
    }
}

/// A layer that looks at what comes and goes.
async fn measured(call: Call, next: Next) -> Reply {
    let reply = next.run(call).await;
    black_box((reply.outcome(), reply.len()));
    reply
}

fn in_memory(server: &Server, case: &Case, session: bool, times: u32) {
    let mut client = server.connect();
    if session {
        ask(&mut client, INITIALIZE.into());
    }
    let body = Bytes::from(case.body(!session));
    for _ in 0..times {
        black_box(ask(&mut client, body.clone()));
        for _ in 0..case.notices() {
            black_box(ready(client.receive()).expect("the rest"));
        }
    }
}

fn ask(client: &mut MemoryClient, frame: Bytes) -> String {
    client.send(frame);
    ready(client.receive()).expect("an answer")
}

fn over_http(server: Server, case: &Case, session: bool, times: u32) {
    let mut http = Http::new(server);
    let mut headers = vec![("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
    let id;
    if session {
        let (opened, _) = post(&mut http, &headers, INITIALIZE.into());
        id = opened.expect("a session");
        headers.extend([("mcp-session-id", &*id), ("mcp-protocol-version", "2025-11-25")]);
    } else {
        headers.extend([("mcp-protocol-version", "2026-07-28"), ("mcp-method", case.method)]);
        headers.extend((!case.tool.is_empty()).then_some(("mcp-name", case.tool)));
    }
    let body = Bytes::from(case.body(!session));
    for _ in 0..times {
        black_box(post(&mut http, &headers, body.clone()));
    }
}

/// Posts a message: the session that it opens, if it does, and the answer.
fn post(http: &mut Http, headers: &[(&'static str, &str)], body: Bytes) -> (Option<String>, Bytes) {
    let mut request = http::Request::post("http://127.0.0.1/mcp").header("host", "127.0.0.1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = ready(http.call(request.body(Whole(Some(body))).expect("a request"))).expect("it answers");
    assert!(response.status().is_success(), "{response:?}");
    let session = response.headers().get("mcp-session-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let mut body = pin!(response.into_body());
    let frame = body.as_mut().poll_frame(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Some(Ok(frame))) = frame else { panic!("the answer is there at once") };
    (session, frame.into_data().expect("data"))
}

/// A future that never waits.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// A body that is there as a whole.
struct Whole(Option<Bytes>);

impl http_body::Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(http_body::Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","#,
    r#""capabilities":{},"clientInfo":{"name":"counted","version":"1"}}}"#
);

impl Case {
    /// How many notifications come before the answer.
    fn notices(&self) -> u32 {
        if self.tool == "report" { REPORTS } else { 0 }
    }

    fn body(&self, alone: bool) -> String {
        let mut params = Vec::new();
        if !self.tool.is_empty() {
            params.push(format!(r#""name":"{}","arguments":{}"#, self.tool, (self.arguments)()));
        }
        if alone {
            let meta = concat!(
                r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
                r#""io.modelcontextprotocol/clientInfo":{"name":"counted","version":"1"},"#,
                r#""io.modelcontextprotocol/clientCapabilities":{}"#
            );
            let token = if self.notices() > 0 { r#","progressToken":7"# } else { "" };
            params.push(format!("{meta}{token}}}"));
        }
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{}","params":{{{}}}}}"#, self.method, params.join(","))
    }
}
