//! Connections on transports of a program's own: what is known of the peer, limits, and the end in good order.

use std::future::IntoFuture as _;
use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime};

use mcp_runtime::client::Client;
use mcp_runtime::prelude::*;
use mcp_runtime::transport::{Bytes, Lines, Oversized, PeerInfo, Received, Sink, Stream, StreamLimits, Transport};
use mcp_runtime::{ServerBuilder, tools};
use mcp_tests::logged::Logged;
use own_transport::LengthPrefixed;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::oneshot;
use tokio::time::Instant;

use self::streams::channels::{Rack, channels};

// A test target's modules live in the directory of its name.
mod streams {
    pub(crate) mod channels;
    mod lifecycle;
}

static TOOLS: Group = Group::new("streams");

/// Says who is calling, and from where.
#[tool(group = TOOLS)]
fn whoami(ctx: &Ctx, principal: Principal) -> String {
    let rack = ctx.extension::<Rack>().map_or(0, |rack| rack.0);
    format!("{} in rack {rack}", principal.subject().unwrap_or("nobody"))
}

/// Takes a second.
#[tool(group = TOOLS)]
async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_secs(1)).await;
    "done"
}

/// Never ends.
#[tool(group = TOOLS)]
async fn forever() -> &'static str {
    std::future::pending().await
}

/// Says a lot.
#[tool(group = TOOLS)]
fn talk() -> String {
    "x".repeat(64 * 1024)
}

fn builder() -> ServerBuilder {
    Server::empty("streams").with(tools![whoami, slow, forever, talk])
}

fn server() -> Server {
    builder().build().expect("a server")
}

#[tokio::test]
async fn our_client_and_our_server_meet_over_the_examples_transport() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        server().serve_on(LengthPrefixed(stream)).await
    });
    let stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
    let client = Client::over(LengthPrefixed(stream)).await.expect("they agree");
    let said = client.call("talk", json!({})).await.expect("an answer");
    assert_eq!(said.text().len(), 64 * 1024);
    client.close().await;
    serving.await.expect("no panic").expect("the client has left in good order");
}

#[tokio::test]
async fn handlers_see_what_the_transport_knows_of_the_peer() {
    let (mut transport, mut peer) = channels();
    transport.principal = Principal::new("ada");
    tokio::spawn(server().serve_on(transport).into_future());
    peer.open().await;
    peer.call(1, "whoami");
    assert_eq!(peer.text().await, "ada in rack 7");
    // Who is not identified is taken for the principal of the builder.
    let (transport, mut peer) = channels();
    let server = builder().principal(Principal::new("house")).build().expect("a server");
    tokio::spawn(server.serve_on(transport).into_future());
    peer.open().await;
    peer.call(1, "whoami");
    assert_eq!(peer.text().await, "house in rack 7");
}

#[tokio::test(start_paused = true)]
async fn the_connection_ends_when_the_credentials_of_the_peer_do() {
    let logged = Logged::listen();
    let (mut transport, mut peer) = channels();
    transport.principal = Principal::new("ada").with_expiry(SystemTime::now() + Duration::from_secs(600));
    let serving = tokio::spawn(server().serve_on(transport).into_future());
    peer.open().await;
    let error = serving.await.expect("no panic").expect_err("it is closed");
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    assert!(logged.take().contains("the connection of the test (channels) is closed: the credentials of the peer"));
}

#[tokio::test(start_paused = true)]
async fn calls_in_flight_finish_when_the_peer_has_sent_its_last_message_and_when_serving_ends() {
    for is_told in [false, true] {
        let (transport, mut peer) = channels();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = server().serve_on(transport).until(async { drop(stopped.await) });
        let serving = tokio::spawn(serving.into_future());
        peer.open().await;
        peer.call(1, "slow");
        peer.call(2, "forever");
        while peer.taken.load(Relaxed) < 4 {
            tokio::task::yield_now().await;
        }
        let began = Instant::now();
        if is_told {
            stop.send(()).expect("it waits");
        } else {
            peer.close();
        }
        assert_eq!(peer.text().await, "done");
        let cut_off = peer.receive().await.expect("an answer");
        assert_eq!(cut_off["id"], 2, "{cut_off}");
        assert!(cut_off["error"]["message"].as_str().is_some_and(|why| why.contains("has stopped")), "{cut_off}");
        serving.await.expect("no panic").expect("it ends well");
        assert!(peer.receive().await.is_none());
        assert!(began.elapsed() >= Duration::from_secs(4), "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_read_from_no_more_and_closed() {
    let logged = Logged::listen();
    let (transport, mut peer) = channels();
    let limits = StreamLimits::new().write(Duration::from_secs(10));
    let began = Instant::now();
    let serving = tokio::spawn(server().serve_on(transport).limits(limits).into_future());
    peer.open().await;
    peer.is_deaf.store(true, Relaxed);
    for id in 0..1000 {
        peer.call(id, "talk");
    }
    let error = serving.await.expect("no panic").expect_err("it is closed");
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(began.elapsed().as_secs(), 10);
    let taken = peer.taken.load(Relaxed);
    assert!(taken < 20, "{taken} messages were taken in while none was read");
    let logged = logged.take();
    assert!(logged.contains("is closed: the peer has taken nothing of what it is sent for 10s"), "{logged}");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_silent_is_closed_unless_a_call_of_it_runs() {
    let (transport, mut peer) = channels();
    let limits = StreamLimits::new().idle(Duration::from_secs(100));
    let serving = tokio::spawn(server().serve_on(transport).limits(limits).into_future());
    peer.open().await;
    let began = Instant::now();
    peer.call(1, "forever");
    tokio::time::sleep(Duration::from_secs(1000)).await;
    peer.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}));
    let error = serving.await.expect("no panic").expect_err("it is closed");
    assert_eq!(error.to_string(), "the peer has sent nothing for 100s");
    let took = began.elapsed().as_secs();
    assert!((1100..=1130).contains(&took), "{took}");
}

#[tokio::test]
async fn a_message_that_is_too_long_is_refused_under_its_id_whoever_notices() {
    let (transport, mut peer) = channels();
    let server = builder().message_limit(1024).build().expect("a server");
    tokio::spawn(server.serve_on(transport).into_future());
    peer.open().await;
    let long =
        json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "x".repeat(2000)}}).to_string();
    let mut oversized = Oversized::default();
    long.as_bytes().chunks(100).for_each(|part| oversized.feed(part));
    for received in [Received::from(long), Received::TooLong(oversized)] {
        peer.receive_it(received);
        let refused = peer.receive().await.expect("an answer");
        assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(7), &json!(-32600)), "{refused}");
    }
    peer.call(8, "whoami");
    assert_eq!(peer.text().await, "nobody in rack 7");
}

#[tokio::test]
async fn a_transport_that_fails_is_told_and_a_peer_that_breaks_off_is_none() {
    for (kind, is_told) in [(io::ErrorKind::InvalidData, true), (io::ErrorKind::ConnectionReset, false)] {
        let logged = Logged::listen();
        let (transport, mut peer) = channels();
        let serving = tokio::spawn(server().serve_on(transport).into_future());
        peer.open().await;
        peer.fail(kind);
        assert_eq!(serving.await.expect("no panic").is_err(), is_told, "{kind}");
        assert_eq!(logged.take().contains("is closed"), is_told, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_trickles_is_waited_for_only_so_long() {
    for length in [100, 10_000] {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let (reader, writer) = tokio::io::split(ours);
        let server = builder().message_limit(1024).build().expect("a server");
        let began = Instant::now();
        let serving = server.serve_on(Lines::new(reader, writer, PeerInfo::new("pipe")));
        let serving = tokio::spawn(serving.limits(StreamLimits::new().message(Duration::from_secs(7))).into_future());
        // A message that comes at once is followed by one that trickles, be it too long or not.
        theirs.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n").await.expect("it reads");
        for _ in 0..length {
            if theirs.write_all(b"x").await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(if length > 100 { 1 } else { 1000 })).await;
        }
        let error = serving.await.expect("no panic").expect_err("it is closed");
        assert_eq!(error.to_string(), "a message that the peer has begun is not whole after 7s");
        assert!((7..9).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_client_and_a_server_meet_over_lines_that_are_split_by_hand() {
    let ((ours, theirs), server) = (tokio::io::duplex(1000), server());
    let (reader, writer) = tokio::io::split(ours);
    tokio::spawn(server.serve_on(Rewritten(Lines::new(reader, writer, PeerInfo::new("pipe")))).into_future());
    let (reader, writer) = tokio::io::split(theirs);
    let client = Client::over(Lines::new(reader, writer, PeerInfo::new("pipe"))).await.expect("they agree");
    let said = client.call("talk", json!({})).await.expect("an answer");
    assert_eq!(said.text().len(), 64 * 1024);
}

/// A transport around another.
struct Rewritten<T>(T);

impl<T: Transport> Transport for Rewritten<T> {
    fn split(
        self,
        message_limit: usize,
    ) -> (
        impl Stream<Item = io::Result<Received>> + Send + 'static,
        impl Sink<Bytes, Error = io::Error> + Send + 'static,
        PeerInfo,
    ) {
        self.0.split(message_limit)
    }
}
