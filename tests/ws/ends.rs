//! How connections end, and what is told of it.

use std::time::Duration;

use futures_util::SinkExt as _;
use mcp_runtime::transport::StreamLimits;
use mcp_runtime::{Http, Principal};
use mcp_tests::process::PATIENCE;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::server::{GROUP, call, check, end, http, next, open, request, serve, server};

#[tokio::test]
async fn messages_come_in_one_frame_or_in_several_with_pings_in_between() {
    let (address, _stop) = serve(http()).await;
    let mut socket = open(address, "/ws", &[]).await.expect("a socket");
    let text = request("echo", r#"{"message":"hello"}"#);
    let (begin, rest) = text.as_bytes().split_at(10);
    let (middle, last) = rest.split_at(10);
    let frame = |part: &[u8], kind, is_last| Message::Frame(Frame::message(part.to_vec(), OpCode::Data(kind), is_last));
    socket.send(frame(begin, Data::Text, false)).await.expect("it reads");
    socket.send(Message::Ping(Bytes::from_static(b"there?"))).await.expect("it reads");
    assert_eq!(next(&mut socket).await.expect("a pong").expect("a pong"), Message::Pong(Bytes::from_static(b"there?")));
    socket.send(frame(middle, Data::Continue, false)).await.expect("it reads");
    socket.send(frame(last, Data::Continue, true)).await.expect("it reads");
    let answer = next(&mut socket).await.expect("an answer").expect("an answer");
    assert!(answer.into_text().expect("text").contains("hello"));
}

#[tokio::test]
async fn what_is_not_taken_ends_the_connection_with_a_code_that_says_why() {
    let (address, _stop) = serve(http()).await;
    let broken = Frame::message(vec![0xff], OpCode::Data(Data::Text), true);
    let alone = Frame::message(b"x".to_vec(), OpCode::Data(Data::Continue), true);
    let cases = [
        (Message::binary(b"{}".to_vec()), 1003, "messages are text"),
        // A message that is longer than 4 KiB by less than 1 MiB is answered under its id.
        (Message::text("x".repeat(4096 + 1024 * 1024 + 1)), 1009, "the message is too long"),
        (Message::Frame(broken), 1007, "the text is not UTF-8"),
        (Message::Frame(alone), 1002, "the frames are not those of RFC 6455"),
    ];
    for (message, code, why) in cases {
        let mut socket = open(address, "/ws", &[]).await.expect("a socket");
        assert!(call(&mut socket, "echo", r#"{"message":"hello"}"#).await.contains("hello"));
        // The server may have closed before all of it is written.
        let _ = socket.send(message).await;
        assert_eq!(end(&mut socket).await, (code, why.to_owned()));
    }
    // So is one whose frames are too long together, none of them by itself.
    let mut socket = open(address, "/ws", &[]).await.expect("a socket");
    for kind in [Data::Text, Data::Continue] {
        let frame = Frame::message(vec![b'x'; 600 * 1024], OpCode::Data(kind), false);
        let _ = socket.send(Message::Frame(frame)).await;
    }
    assert_eq!(end(&mut socket).await, (1009, "the message is too long".to_owned()));
    // One that says goodbye gets one back.
    let mut socket = open(address, "/ws", &[]).await.expect("a socket");
    socket.close(None).await.expect("it reads");
    assert!(matches!(next(&mut socket).await, Some(Ok(Message::Close(_))) | None));
}

#[tokio::test]
async fn a_message_that_the_server_has_no_memory_for_ends_its_connection_and_no_other() {
    let server = mcp_runtime::Server::of(&GROUP).memory_limit(1 << 20).build().expect("a server");
    let (address, _stop) = serve(Http::new(server).with_ws()).await;
    let mut other = open(address, "/ws", &[]).await.expect("a socket");
    let mut socket = open(address, "/ws", &[]).await.expect("a socket");
    // The end of the message is never sent, so that nothing is wrong with it but its length.
    let begun = Frame::message(vec![b'x'; 3 << 19], OpCode::Data(Data::Text), false);
    // It may be closed while the rest is still on its way.
    let _ = socket.send(Message::Frame(begun)).await;
    assert_eq!(end(&mut socket).await, (1013, "the server has no memory for the message".to_owned()));
    assert!(call(&mut other, "echo", r#"{"message":"hello"}"#).await.contains("hello"));
}

#[tokio::test]
async fn a_server_that_ends_answers_what_it_has_begun_and_says_so() {
    let (address, stop) = serve(http().ws_limits(StreamLimits::new().grace(Duration::from_millis(50)))).await;
    let mut socket = open(address, "/ws", &[]).await.expect("a socket");
    assert!(call(&mut socket, "echo", r#"{"message":"hello"}"#).await.contains("hello"));
    let hang = request("hang", "{}").replace(r#""id":1"#, r#""id":2"#);
    socket.send(Message::text(hang)).await.expect("it reads");
    assert!(call(&mut socket, "echo", r#"{"message":"hello"}"#).await.contains("hello"));
    drop(stop);
    let answer = next(&mut socket).await.expect("an answer").expect("an answer");
    assert!(answer.into_text().expect("text").contains("-32603"));
    assert_eq!(end(&mut socket).await, (1001, "the server ends".to_owned()));
}

#[tokio::test]
async fn a_message_that_never_becomes_whole_ends_the_connection() {
    // Nothing else ends it in the time that a test has.
    let http = http().ws_limits(StreamLimits::new().message(Duration::from_millis(100))).ws_ping(PATIENCE * 2);
    let (address, _stop) = serve(http).await;
    let mut socket = open(address, "/ws", &[]).await.expect("a socket");
    socket
        .send(Message::Frame(Frame::message(b"{".to_vec(), OpCode::Data(Data::Text), false)))
        .await
        .expect("it reads");
    assert_eq!(end(&mut socket).await, (1008, "no message came in time, or its end did not".to_owned()));
}

#[tokio::test]
async fn credentials_that_are_revoked_or_expire_end_the_connection() {
    let server = server();
    let handle = server.handle();
    let (address, _stop) = serve(Http::new(server).with_ws().authenticate(check)).await;
    for token in ["secret", "brief"] {
        let bearer = format!("Bearer {token}");
        let mut socket = open(address, "/ws", &[("authorization", &bearer)]).await.expect("a socket");
        if token == "secret" {
            assert!(call(&mut socket, "who", "{}").await.contains("ada"));
            handle.revoke(&Principal::new("ada"));
        }
        assert_eq!(end(&mut socket).await, (1008, "the credentials have expired, or were revoked".to_owned()));
    }
}
