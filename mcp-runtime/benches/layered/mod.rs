//! A server with this crate's layers, and a client in a session with it.

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use mcp_runtime::layers::{Breaker, Coalesce, Concurrency, Log, RateLimit, ResponseLimit, Retry, Timeout};
use mcp_runtime::prelude::*;
use mcp_runtime::{MemoryClient, ServerBuilder};

pub static GROUP: Group = Group::new("layers");

/// Adds two numbers.
#[tool(group = GROUP, read_only, idempotent)]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

const CALL: &[u8] =
    br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":2,"b":3}}}"#;

/// A server with so many of the eight. Their limits are never reached.
pub fn server(layers: usize) -> ServerBuilder {
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

/// A client in a session.
pub struct Caller(MemoryClient);

impl Caller {
    pub fn of(server: ServerBuilder) -> Self {
        let mut client = server.build().expect("nothing is wrong with it").connect();
        client.send(Bytes::from_static(
            br#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#,
        ));
        let mut this = Self(client);
        this.answer();
        this
    }

    /// Calls the tool.
    pub fn call(&mut self) {
        self.0.send(Bytes::from_static(CALL));
        self.answer();
    }

    fn answer(&mut self) {
        match pin!(self.0.receive()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(answer)) => assert!(answer.contains(r#""result""#), "{answer}"),
            _ => panic!("the answer is there at once"),
        }
    }
}
