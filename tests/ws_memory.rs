//! What connections on WebSocket leave behind: nothing. A program of its own, as it counts the bytes that are alive.

use std::net::SocketAddr;
use std::time::Duration;

use mcp_runtime::Http;
use mcp_tests::fixture;
use peak_alloc::PeakAlloc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

#[global_allocator]
static ALIVE: PeakAlloc = PeakAlloc;

/// How much more may be alive after so many connections: tables that have grown. Ten thousand of them would leave more than this if
/// each left seven bytes.
const MARGIN: usize = 64 * 1024;

/// How long it may take until all is released.
const PATIENCE: Duration = Duration::from_secs(60);

const CONNECTIONS: usize = 10_000;

const PING: &[u8] = br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

#[tokio::test]
async fn ten_thousand_connections_are_opened_and_end_in_every_way_and_nothing_is_left_of_them() {
    // Those that are half open are closed by it.
    let http = Http::new(fixture::server("")).with_ws().ws_ping(Duration::from_millis(200));
    let listening = http.listen("127.0.0.1:0").await.expect("a port");
    let address = listening.address().expect("an address");
    tokio::spawn(listening.run(std::future::pending()));
    // What is made once is there by now.
    open_and_end(address, 12).await;
    let before = ALIVE.current_usage();
    open_and_end(address, CONNECTIONS).await;
    let is_flat = tokio::time::timeout(PATIENCE, async {
        while ALIVE.current_usage() > before + MARGIN {
            tokio::task::yield_now().await;
        }
    });
    assert!(is_flat.await.is_ok(), "{} bytes are alive, and {before} were before", ALIVE.current_usage());
}

/// Fifty at once.
async fn open_and_end(address: SocketAddr, connections: usize) {
    let mut tasks = JoinSet::new();
    for number in 0..connections {
        if tasks.len() == 50 {
            tasks.join_next().await.expect("one of them").expect("it ends");
        }
        tasks.spawn(one(address, number));
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("it ends");
    }
}

/// A connection that ends in one of six ways.
async fn one(address: SocketAddr, number: usize) {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let head = format!(
        "GET /ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("it reads");
    if number.is_multiple_of(6) {
        return; // In the middle of the handshake.
    }
    let mut said = Vec::new();
    while !said.ends_with(b"\r\n\r\n") {
        said.push(stream.read_u8().await.expect("an answer"));
    }
    // A mask of zeros changes nothing.
    let call = [&[0x81, 0x80 | PING.len() as u8, 0, 0, 0, 0], PING].concat();
    stream.write_all(&call).await.expect("it reads");
    let mut answer = [0; 38];
    stream.read_exact(&mut answer).await.expect("an answer");
    assert!(answer.ends_with(br#""result":{}}"#), "{}", String::from_utf8_lossy(&answer));
    match number % 6 {
        1 => {} // It is gone.
        // In good order.
        2 => {
            stream.write_all(&[0x88, 0x80, 0, 0, 0, 0]).await.expect("it reads");
            stream.read_to_end(&mut said).await.expect("it is closed");
        }
        // In the middle of a frame that says that it is long.
        3 => stream.write_all(&[0x81, 0x80 | 127, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, b'x']).await.expect("it reads"),
        // Between two fragments.
        4 => stream.write_all(&[0x01, 0x81, 0, 0, 0, 0, b'x']).await.expect("it reads"),
        // Half open: no ping is answered. Of these there are few, as each takes its time.
        _ if number % 300 == 5 => drop(stream.read_to_end(&mut said).await),
        // By a frame that breaks the rules.
        _ => {
            stream.write_all(&[0xf1, 0x80, 0, 0, 0, 0]).await.expect("it reads");
            stream.read_to_end(&mut said).await.expect("it is closed");
        }
    }
}
