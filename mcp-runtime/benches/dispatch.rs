//! From the bytes of a request to the bytes of its answer, in process: `cargo bench -p mcp-runtime`.
//!
//! Timed is `send`, when whose end the answer stands in the buffer of what is to be written. Taking it out is not timed. On
//! stdio a call has one allocation more, for the request's own bytes.

use std::cell::RefCell;
use std::future::Future as _;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use divan::{AllocProfiler, Bencher};
use mcp_runtime::dynamic::Resource;
use mcp_runtime::prelude::*;
use mcp_runtime::{MemoryClient, ServerBuilder};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::runtime::{Builder, Runtime};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Requests between two takings-out: few, so that the buffer stays as small as that of a client that reads.
const AT_ONCE: u32 = 16;
const SAMPLES: u32 = 2000;

static TEN: Group = Group::new("ten");
static OWN: Group = Group::new("own");

/// Ten tools of ordinary size; mounted under many prefixes they are many.
mod ten {
    use super::*;

    macro_rules! tools {
        ($($name:ident),+) => {$(
            /// Looks for orders that fit, and says which of them are open.
            #[tool(group = TEN, read_only)]
            pub fn $name(
                /// What to look for.
                query: String,
                /// How many at the most.
                #[arg(default = 10, range(1..=100))]
                limit: u32,
                /// Only orders of this customer.
                customer: Option<String>,
            ) -> String {
                format!("{query} {limit} {customer:?}")
            }
        )+};
    }

    tools!(t0, t1, t2, t3, t4, t5, t6, t7, t8, t9);
}

/// Adds two numbers.
#[tool(group = OWN)]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Adds two numbers, and might have to wait.
#[tool(group = OWN)]
async fn add_async(a: i64, b: i64) -> i64 {
    a + b
}

/// Returns text.
#[tool(group = OWN)]
fn echo(message: &str) -> String {
    message.to_owned()
}

/// Tells how long a text is.
#[tool(group = OWN)]
fn measure(message: &str) -> String {
    message.len().to_string()
}

/// A place and its weather.
#[derive(Serialize, JsonSchema)]
struct Weather {
    city: String,
    temperature: f64,
    conditions: &'static str,
}

/// Tells the weather.
#[tool(group = OWN)]
fn weather(city: &str) -> Weather {
    Weather { city: city.to_owned(), temperature: 21.5, conditions: "Sunny" }
}

/// A server of `n` tools beside our own, where `n` is a multiple of ten.
fn server(n: usize) -> ServerBuilder {
    let many = (0..n / 10).fold(Server::empty("bench"), |server, prefix| server.mount_as(&format!("m{prefix}"), &TEN));
    many.with(tools![add, add_async, echo, measure, weather])
}

struct Bench {
    runtime: Runtime,
    client: MemoryClient,
}

impl Bench {
    /// In a session of 2025-11-25.
    fn new(server: ServerBuilder) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let server = server.build().expect("nothing is wrong with it");
        let client = runtime.block_on(async { server.connect() });
        let mut bench = Self { runtime, client };
        bench.ask(Bytes::from_static(
            br#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#,
        ));
        bench
    }

    /// The answer, which is there when `send` returns.
    fn ask(&mut self, frame: Bytes) -> String {
        self.client.send(frame);
        self.take().expect("the answer is there at once")
    }

    fn take(&mut self) -> Option<String> {
        match pin!(self.client.receive()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => None,
        }
    }

    fn run(mut self, bencher: Bencher<'_, '_>, frame: impl Into<Bytes>) {
        let frame = frame.into();
        let answer = self.ask(frame.clone());
        assert!(answer.contains(r#""result""#) && !answer.contains("isError"), "{answer}");
        let runtime = self.runtime.handle().clone();
        let _entered = runtime.enter();
        let bench = RefCell::new(self);
        let input = || {
            while bench.borrow_mut().take().is_some() {}
            frame.clone()
        };
        bencher.with_inputs(input).bench_local_values(|frame| bench.borrow_mut().client.send(black_box(frame)));
    }
}

fn call(tool: &str, arguments: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#)
}

const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;

#[divan::bench(sample_size = AT_ONCE, sample_count = SAMPLES, args = [0, 1000])]
fn call_sync(bencher: Bencher<'_, '_>, other_tools: usize) {
    Bench::new(server(other_tools)).run(bencher, call("add", r#"{"a":2,"b":3}"#));
}

#[divan::bench(sample_size = AT_ONCE, sample_count = SAMPLES, args = [0, 1000])]
fn call_async(bencher: Bencher<'_, '_>, other_tools: usize) {
    Bench::new(server(other_tools)).run(bencher, call("add_async", r#"{"a":2,"b":3}"#));
}

#[divan::bench(sample_size = AT_ONCE, sample_count = SAMPLES)]
fn call_text(bencher: Bencher<'_, '_>) {
    Bench::new(server(0)).run(bencher, call("echo", r#"{"message":"hello"}"#));
}

#[divan::bench(sample_size = AT_ONCE, sample_count = SAMPLES)]
fn call_structured(bencher: Bencher<'_, '_>) {
    Bench::new(server(0)).run(bencher, call("weather", r#"{"city":"Oslo"}"#));
}

#[divan::bench(sample_size = AT_ONCE, sample_count = SAMPLES)]
fn call_stateless(bencher: Bencher<'_, '_>) {
    let frame = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":2,"b":3},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#;
    Bench::new(server(0)).run(bencher, &frame[..]);
}

/// 64 KiB that are read and not sent back.
#[divan::bench(sample_size = AT_ONCE, sample_count = SAMPLES)]
fn call_with_64_kib(bencher: Bencher<'_, '_>) {
    let arguments = format!(r#"{{"message":"{}"}}"#, "x".repeat(64 * 1024));
    Bench::new(server(0)).run(bencher, call("measure", &arguments));
}

/// 64 KiB that are read and sent back.
#[divan::bench(sample_size = AT_ONCE, sample_count = SAMPLES)]
fn echo_64_kib(bencher: Bencher<'_, '_>) {
    let arguments = format!(r#"{{"message":"{}"}}"#, "x".repeat(64 * 1024));
    Bench::new(server(0)).run(bencher, call("echo", &arguments));
}

#[divan::bench(sample_size = AT_ONCE, sample_count = SAMPLES, args = [60, 1000])]
fn list(bencher: Bencher<'_, '_>, tools: usize) {
    let many = (0..tools / 10).fold(Server::empty("bench"), |server, n| server.mount_as(&format!("m{n}"), &TEN));
    Bench::new(many).run(bencher, LIST);
}

#[divan::bench(sample_size = AT_ONCE, sample_count = SAMPLES)]
fn ping(bencher: Bencher<'_, '_>) {
    Bench::new(server(0)).run(bencher, r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
}

/// A tool is added beside a thousand, whose list was asked for, and taken away again.
#[divan::bench(sample_count = 200, args = [0, 1000])]
fn add_and_remove_a_tool(bencher: Bencher<'_, '_>, other_tools: usize) {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let server = server(other_tools).dynamic().build().expect("nothing is wrong with it");
    let mut client = runtime.block_on(async { server.connect() });
    let meta =
        r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
    client.send(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{"_meta":{meta}}}}}"#));
    let list = runtime.block_on(client.receive()).expect("an answer");
    assert!(list.contains("weather"), "{list}");
    let handle = server.handle();
    bencher.bench_local(|| {
        handle.add_tools(tools![ten::t0]).expect("its name is free");
        handle.remove_tool("t0")
    });
}

/// The last of `n` templates, each of which begins with a word of its own.
#[divan::bench(sample_size = AT_ONCE, sample_count = SAMPLES, args = [10, 1000])]
fn read_template(bencher: Bencher<'_, '_>, templates: usize) {
    let server = (0..templates).fold(Server::empty("bench"), |server, n| {
        server.add(Resource::new(format!("shop://orders-{n:04}/{{id}}")).handler(async |_, _ctx| "a note"))
    });
    let uri = format!("shop://orders-{:04}/7", templates - 1);
    let frame = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{{"uri":"{uri}"}}}}"#);
    Bench::new(server).run(bencher, frame);
}
