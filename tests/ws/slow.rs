//! What takes seconds: a client that sends a byte now and then, and one that answers no pings.

use std::net::SocketAddr;
use std::time::Duration;

use mcp_runtime::transport::StreamLimits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use super::server::{call, http, next, open, serve};

/// A socket by hand, of which nothing is read but the head of the answer.
async fn raw(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let head = format!(
        "GET /ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("it reads");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.expect("an answer"));
    }
    assert!(String::from_utf8_lossy(&answer).contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    stream
}

/// The clock is another connection, on which another server asks from time to time whether its client is there.
#[tokio::test]
async fn a_frame_that_comes_byte_by_byte_is_a_sign_of_life_until_the_time_for_a_message_is_over() {
    let (ticking, _stop) = serve(http().ws_ping(Duration::from_millis(10))).await;
    let mut clock = open(ticking, "/ws", &[]).await.expect("a socket");
    let limits = StreamLimits::new().message(Duration::from_secs(2));
    let (address, _stop) = serve(http().ws_ping(Duration::from_millis(500)).ws_limits(limits)).await;
    let (mut reader, mut writer) = raw(address).await.into_split();
    // A text of 4000 bytes, masked.
    writer.write_all(&[0x81, 0x80 | 126, 0x0f, 0xa0, 1, 2, 3, 4]).await.expect("it reads");
    let mut said = Vec::new();
    let trickle = async {
        loop {
            // Where this machine stands still the answer to a ping is late, and the clock is wound up again.
            if !matches!(next(&mut clock).await, Some(Ok(Message::Ping(_)))) {
                clock = open(ticking, "/ws", &[]).await.expect("a socket");
            }
            // It may have ended meanwhile.
            let _ = writer.write_all(b"x").await;
        }
    };
    tokio::select! {
        read = reader.read_to_end(&mut said) => drop(read),
        never = trickle => never,
    }
    // The last word, with 1008. A ping came before it only if the machine has slept.
    let why = b"no message came in time, or its end did not";
    let last = [&[0x88, 2 + why.len() as u8, 0x03, 0xf0][..], why].concat();
    assert!(said.ends_with(&last), "{:?}", String::from_utf8_lossy(&said));
}

#[tokio::test]
async fn a_client_that_does_not_answer_a_ping_is_closed_and_one_that_does_is_not() {
    let (address, _stop) = serve(http().ws_ping(Duration::from_millis(100))).await;
    // A socket that is not read answers no ping.
    let mut deaf = raw(address).await;
    let mut all = Vec::new();
    deaf.read_to_end(&mut all).await.expect("it is closed");
    // A ping, and the last word with its code.
    assert_eq!(all[..2], [0x89, 0]);
    assert_eq!(all[2..6], [0x88, 33, 0x03, 0xe9]);
    assert!(all.ends_with(b"a ping was not answered in time"));
    // Where this machine stands still an answer may be late: then there is more time for it.
    for times in [1, 10, 100] {
        let (address, _stop) = serve(http().ws_ping(Duration::from_millis(100) * times)).await;
        let mut socket = open(address, "/ws", &[]).await.expect("a socket");
        let mut pings = 0;
        while pings < 5 && matches!(next(&mut socket).await, Some(Ok(Message::Ping(_)))) {
            pings += 1;
        }
        if pings == 5 {
            return assert!(call(&mut socket, "echo", r#"{"message":"hello"}"#).await.contains("hello"));
        }
    }
    panic!("it is closed, though it answers");
}
