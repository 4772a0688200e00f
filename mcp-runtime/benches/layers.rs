//! What layers cost a call, in process: `cargo bench -p mcp-runtime --features layers --bench layers`.
//!
//! Servers with no layer, one function around, and this crate's layers take turns, so that what the machine does meanwhile
//! is the same for all. Told is the median of all turns; with words, only of those that have one in their names. With `principals`, a million callers, each of whom calls once or
//! twice, come by HTTP, without a `RateLimit` and with one: how long the longest call took, and how many took more than a
//! millisecond, on this machine.

mod layered;

use std::convert::Infallible;
use std::env::args;
use std::io::{Write as _, stdout};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::Frame;
use mcp_runtime::ServerBuilder;
use mcp_runtime::layers::{
    Breaker, Cache, Call, Coalesce, Concurrency, Log, Next, RateLimit, Reply, ResponseLimit, Retry, Timeout,
};
use mcp_runtime::prelude::*;
use tokio::runtime::Builder;
use tower_service::Service as _;

use self::layered::Caller;

/// Prints a line.
macro_rules! tell {
    ($($told:tt)*) => { writeln!(stdout(), $($told)*).expect("somebody reads") };
}

const TURNS: usize = 201;
const CALLS: u32 = 200;

async fn seen(call: Call, next: Next) -> Reply {
    next.run(call).await
}

struct Timed {
    name: &'static str,
    caller: Caller,
    turns: Vec<f64>,
}

impl Timed {
    fn new(name: &'static str, server: ServerBuilder) -> Self {
        Self { name, caller: Caller::of(server), turns: Vec::new() }
    }

    fn turn(&mut self) {
        let began = Instant::now();
        for _ in 0..CALLS {
            self.caller.call();
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
    let chosen: Vec<String> = args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let mut all = vec![
        Timed::new("no layer", layered::server(0)),
        Timed::new("one function around", layered::server(0).around(seen)),
        Timed::new("eight functions around", (0..8).fold(layered::server(0), |server, _| server.around(seen))),
        Timed::new(
            "RateLimit",
            layered::server(0).layer(RateLimit::per_principal(1_000_000_000, Duration::from_secs(1))),
        ),
        Timed::new("Log", layered::server(0).layer(Log::new())),
        Timed::new("Concurrency", layered::server(0).layer(Concurrency::for_all(100))),
        Timed::new("Breaker", layered::server(0).layer(Breaker::after(5))),
        Timed::new("Retry", layered::server(0).layer(Retry::times(2))),
        Timed::new("Coalesce", layered::server(0).layer(Coalesce::for_read_only())),
        Timed::new("Timeout", layered::server(0).layer(Timeout::new(Duration::from_secs(60)))),
        Timed::new("ResponseLimit", layered::server(0).layer(ResponseLimit::new(1 << 20))),
        Timed::new("Cache (hits)", layered::server(0).layer(Cache::for_read_only())),
        Timed::new("eight of this crate's", layered::server(8)),
    ];
    all.retain(|timed| chosen.is_empty() || chosen.iter().any(|name| timed.name.contains(name)));
    for _ in 0..TURNS {
        all.iter_mut().for_each(Timed::turn);
    }
    let without = all[0].median();
    tell!("{:24} {:>9} {:>7} {:>9}", "", "ns a call", "ratio", "more, ns");
    for timed in &mut all {
        let median = timed.median();
        tell!("{:24} {median:9.0} {:7.2} {:9.0}", timed.name, median / without, median - without);
    }
}

/// A body that is there.
struct Whole(Option<Bytes>);

impl http_body::Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }
}

async fn principals() {
    let limit = RateLimit::per_principal(1, Duration::from_secs(3600));
    pass("without a limit", layered::server(0)).await;
    pass("with one", layered::server(0).layer(limit)).await;
}

async fn pass(name: &str, server: ServerBuilder) {
    let mut http = Http::new(server.build().expect("nothing is wrong with it"));
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
    tell!(
        "{name}: {} calls, {refused} refused: median {:?}, longest {:?}, over 1 ms {over}",
        took.len(),
        took[took.len() / 2],
        took[took.len() - 1],
    );
}
