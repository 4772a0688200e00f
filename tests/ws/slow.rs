//! A client that sends a byte now and then.

use std::time::Duration;

use mcp_runtime::transport::StreamLimits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;

use super::server::{http, next, open, raw, serve};

/// The clock is another connection, on which another server asks from time to time whether its client is there.
#[tokio::test]
async fn a_frame_that_comes_byte_by_byte_is_a_sign_of_life_until_the_time_for_a_message_is_over() {
    let (ticking, _stop) = serve(http().ws_ping(Duration::from_millis(10))).await;
    let mut clock = open(ticking, "/ws", &[]).await.expect("a socket");
    let limits = StreamLimits::new().message(Duration::from_millis(800));
    let (address, _stop) = serve(http().ws_ping(Duration::from_millis(200)).ws_limits(limits)).await;
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
