//! What connections on WebSocket leave behind: nothing. A program of its own, as it counts the bytes that are alive.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// How many were given up before they had their answer: a machine that stands still answers a ping too late.
static GIVEN_UP: AtomicUsize = AtomicUsize::new(0);

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
    let given_up = GIVEN_UP.load(Ordering::Relaxed);
    assert!(given_up < CONNECTIONS / 2, "{given_up} were given up");
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
    // From here on the server may have ended it already, as one that has not answered a ping in time.
    let _ = stream.write_all(&call).await;
    match answer(&mut stream).await {
        Some(answer) => assert!(answer.ends_with(br#""result":{}}"#), "{}", String::from_utf8_lossy(&answer)),
        None => {
            GIVEN_UP.fetch_add(1, Ordering::Relaxed);
            return;
        }
    }
    let last: &[u8] = match number % 6 {
        1 => return, // It is gone.
        // In good order.
        2 => &[0x88, 0x80, 0, 0, 0, 0],
        // In the middle of a frame that says that it is long.
        3 => &[0x81, 0x80 | 127, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, b'x'],
        // Between two fragments.
        4 => &[0x01, 0x81, 0, 0, 0, 0, b'x'],
        // Half open: no ping is answered. Of these there are few, as each takes its time.
        _ if number % 300 == 5 => &[],
        // By a frame that breaks the rules.
        _ => &[0xf1, 0x80, 0, 0, 0, 0],
    };
    let _ = stream.write_all(last).await;
    if !matches!(number % 6, 3 | 4) {
        let _ = stream.read_to_end(&mut said).await;
    }
}

/// The payload of the next message; `None` where the connection ends instead. Pings are not answered.
async fn answer(stream: &mut TcpStream) -> Option<Vec<u8>> {
    loop {
        let [kind, length] = stream.read_u16().await.ok()?.to_be_bytes();
        let mut payload = vec![0; length.into()];
        stream.read_exact(&mut payload).await.ok()?;
        match kind {
            0x81 => return Some(payload),
            0x89 => {}
            _ => return None,
        }
    }
}
