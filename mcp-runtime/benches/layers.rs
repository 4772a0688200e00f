//! What layers cost a call, in process: `cargo bench -p mcp-runtime --features layers --bench layers`.
//!
//! Servers with no layer, one function around, and this crate's layers take turns, so that what the machine does meanwhile
//! is the same for all. Told is the median of all turns. With `principals`, a million callers, each of whom calls once or
//! twice, pass a `RateLimit` on HTTP: how long the longest call took, and how many took more than a millisecond.

use std::convert::Infallible;
use std::env::args;
use std::future::Future as _;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::Frame;
use mcp_runtime::layers::{
    Breaker, Cache, Call, Coalesce, Concurrency, Log, Next, RateLimit, Reply, ResponseLimit, Retry, Timeout,
};
use mcp_runtime::prelude::*;
use mcp_runtime::{MemoryClient, ServerBuilder};
use tokio::runtime::Builder;
use tower_service::Service as _;

static GROUP: Group = Group::new("layers");

/// Adds two numbers.
#[tool(group = GROUP, read_only, idempotent)]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

const CALL: &[u8] =
    br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":2,"b":3}}}"#;

const TURNS: usize = 201;
const CALLS: u32 = 200;

async fn seen(call: Call, next: Next) -> Reply {
    next.run(call).await
}

/// Limits that are never reached.
fn layered(layers: usize) -> ServerBuilder {
    let add: [fn(ServerBuilder) -> ServerBuilder; 8] = [
        |server| server.layer(Log::new()),
        |server| server.layer(RateLimit::per_principal(1_000_000_000, Duration::from_secs(1))),
        |server| server.layer(Concurrency::for_all(100)),
        |server| server.layer(Breaker::after(5)),
        |server| server.layer(Retry::times(2)),
        |server| server.layer(Coalesce::for_read_only()),
        |server| server.layer(Timeout::new(Duration::from_secs(60))),
        |server| server.layer(ResponseLimit::new(1 << 20)),
    ];
    add.into_iter().take(layers).fold(Server::of(&GROUP), |server, add| add(server))
}

struct Timed {
    name: &'static str,
    client: MemoryClient,
    turns: Vec<f64>,
}

impl Timed {
    fn new(name: &'static str, server: ServerBuilder) -> Self {
        let mut client = server.build().expect("nothing is wrong with it").connect();
        client.send(Bytes::from_static(
            br#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#,
        ));
        let mut this = Self { name, client, turns: Vec::new() };
        this.call();
        this
    }

    fn call(&mut self) {
        self.client.send(Bytes::from_static(CALL));
        match pin!(self.client.receive()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(answer)) => assert!(answer.contains(r#""result""#), "{answer}"),
            _ => panic!("the answer is there at once"),
        }
    }

    fn turn(&mut self) {
        let began = Instant::now();
        for _ in 0..CALLS {
            self.call();
        }
        self.turns.push(began.elapsed().as_nanos() as f64 / f64::from(CALLS));
    }

    fn median(&mut self) -> f64 {
        self.turns.sort_by(f64::total_cmp);
        self.turns[self.turns.len() / 2]
    }
}

fn main() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    if args().any(|argument| argument == "principals") {
        return runtime.block_on(principals());
    }
    let _entered = runtime.enter();
    let mut all = [
        Timed::new("no layer", layered(0)),
        Timed::new("one function around", layered(0).around(seen)),
        Timed::new("eight functions around", (0..8).fold(layered(0), |server, _| server.around(seen))),
        Timed::new("RateLimit", layered(0).layer(RateLimit::per_principal(1_000_000_000, Duration::from_secs(1)))),
        Timed::new("Log", layered(0).layer(Log::new())),
        Timed::new("Concurrency", layered(0).layer(Concurrency::for_all(100))),
        Timed::new("Breaker", layered(0).layer(Breaker::after(5))),
        Timed::new("Retry", layered(0).layer(Retry::times(2))),
        Timed::new("Coalesce", layered(0).layer(Coalesce::for_read_only())),
        Timed::new("Timeout", layered(0).layer(Timeout::new(Duration::from_secs(60)))),
        Timed::new("ResponseLimit", layered(0).layer(ResponseLimit::new(1 << 20))),
        Timed::new("Cache (hits)", layered(0).layer(Cache::for_read_only())),
        Timed::new("eight of this crate's", layered(8)),
    ];
    for _ in 0..TURNS {
        all.iter_mut().for_each(Timed::turn);
    }
    let without = all[0].median();
    println!("{:24} {:>9} {:>7} {:>9}", "", "ns a call", "ratio", "more, ns");
    for timed in &mut all {
        let median = timed.median();
        println!("{:24} {median:9.0} {:7.2} {:9.0}", timed.name, median / without, median - without);
    }
}

/// A body that is there.
struct Whole(Option<Bytes>);

impl http_body::Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }
}

async fn principals() {
    let limit = RateLimit::per_principal(1, Duration::from_secs(3600));
    let mut http = Http::new(Server::of(&GROUP).layer(limit).build().expect("nothing is wrong with it"));
    let body = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":2,"b":3},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;
    let mut took = Vec::with_capacity(1_500_000);
    let mut refused = 0;
    for n in 0..1_500_000_u32 {
        // Every third call is the second of a caller who has just called.
        let request = http::Request::post("/mcp")
            .header("Host", "localhost")
            .header("Content-Type", "application/json")
            .header("MCP-Protocol-Version", "2026-07-28")
            .header("Mcp-Method", "tools/call")
            .header("Mcp-Name", "add")
            .extension(Principal::new(format!("caller {}", n - n / 3)))
            .body(Whole(Some(Bytes::from_static(body))))
            .expect("a request");
        let began = Instant::now();
        let Ok(answer) = http.call(request).await;
        took.push(began.elapsed());
        refused += u32::from(answer.status() == 429);
    }
    took.sort_unstable();
    let over = took.iter().filter(|took| **took > Duration::from_millis(1)).count();
    println!(
        "{} calls, {refused} refused: median {:?}, longest {:?}, over 1 ms {over}",
        took.len(),
        took[took.len() / 2],
        took[took.len() - 1],
    );
}
