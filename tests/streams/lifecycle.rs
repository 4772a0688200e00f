//! The states of a server and of its connections, and what keeps peers in check.

use std::future::IntoFuture as _;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use mcp_runtime::prelude::*;
use mcp_runtime::transport::StreamLimits;
use mcp_runtime::{ConnectionState, Events, LifecycleEvent, ServerState};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::channels::{Channels, Peer, channels};

static TOOLS: Group = Group::new("lifecycle");

/// Does nothing.
#[tool(group = TOOLS)]
fn rest() -> &'static str {
    "rested"
}

fn server() -> Server {
    Server::of(&TOOLS).build().expect("a server")
}

/// The states of the server and of the only connection, until there is an end.
async fn states(mut events: Events) -> Vec<String> {
    let mut states = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            LifecycleEvent::Server(state) => {
                states.push(state.to_string());
                if state == ServerState::Stopped {
                    break;
                }
            }
            LifecycleEvent::Connection(connection) => {
                let why = connection.why.map(|why| format!(": {why}")).unwrap_or_default();
                states.push(format!("{} {}{why}", connection.transport, connection.state));
                if matches!(connection.state, ConnectionState::Closed | ConnectionState::Failed) {
                    assert_eq!(connection.peer.as_deref(), Some("the test"));
                    break;
                }
            }
            other => panic!("{other:?}"),
        }
    }
    states
}

/// A server that serves a peer, its events, and how it has ended.
fn serve(limits: StreamLimits) -> (Server, Events, Peer, tokio::task::JoinHandle<std::io::Result<()>>) {
    let server = server();
    let events = server.events();
    let (transport, peer): (Channels, Peer) = channels();
    let serving = tokio::spawn(server.serve_on(transport).limits(limits).into_future());
    (server, events, peer, serving)
}

#[tokio::test(start_paused = true)]
async fn a_connection_goes_through_its_states_in_every_revision() {
    let (server, events, mut peer, serving) = serve(StreamLimits::new());
    peer.open().await;
    peer.call(1, "rest");
    peer.text().await;
    peer.close();
    serving.await.expect("no panic").expect("the peer has left");
    let began = ["starting", "channels connecting", "channels initializing", "channels connected"];
    assert_eq!(states(events).await, [&began[..], &["channels disconnecting", "channels closed"]].concat());
    let counted = server.handle().metrics().connection_states;
    let each = ["connecting", "initializing", "connected", "disconnecting", "closed"].map(|state| (state, 1));
    assert_eq!(counted, [&each[..], &[("failed", 0)]].concat());

    // Without a handshake the first call connects.
    let (_server, events, mut peer, serving) = serve(StreamLimits::new());
    let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}});
    peer.send(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "rest", "_meta": meta}}));
    peer.text().await;
    peer.close();
    serving.await.expect("no panic").expect("the peer has left");
    let states = states(events).await;
    assert_eq!(states[1..4], ["channels connecting", "channels connected", "channels disconnecting"], "{states:?}");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_fails_with_the_reason() {
    let (_server, events, mut peer, serving) = serve(StreamLimits::new().write(Duration::from_secs(10)));
    peer.open().await;
    peer.is_deaf.store(true, Relaxed);
    peer.call(1, "rest");
    serving.await.expect("no panic").expect_err("it is closed");
    let last = states(events).await.pop().expect("an end");
    assert_eq!(last, "channels failed: the peer has taken nothing of what it is sent for 10s");
}

#[tokio::test]
async fn a_server_goes_through_its_states_once_however_it_is_served() {
    let server = server();
    let events = server.events();
    let listen = || async { Http::new(&server).listen("127.0.0.1:0").await.expect("a port") };
    let (stop, stopped) = oneshot::channel::<()>();
    let (stop_other, stopped_other) = oneshot::channel::<()>();
    let first = tokio::spawn(listen().await.run(async { drop(stopped.await) }));
    let mut now = server.events();
    while now.next().await != Some(LifecycleEvent::Server(ServerState::Running)) {}
    let other = tokio::spawn(listen().await.run(async { drop(stopped_other.await) }));
    // Once it is served in two ways, the end of one does not stop it.
    tokio::task::yield_now().await;
    stop.send(()).expect("it is served");
    first.await.expect("it ends");
    stop_other.send(()).expect("it is served");
    other.await.expect("it ends");
    assert_eq!(states(events).await, ["starting", "running", "stopping", "stopped"]);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_answer_a_ping_is_closed_and_one_that_cannot_be_asked_is_not() {
    let (_server, events, mut peer, serving) = serve(StreamLimits::new().heartbeat(Duration::from_secs(10)));
    peer.open().await;
    let began = Instant::now();
    for _ in 0..3 {
        let ping = peer.receive().await.expect("a ping");
        assert_eq!(ping["method"], "ping", "{ping}");
        peer.send(&json!({"jsonrpc": "2.0", "id": ping["id"], "result": {}}));
    }
    assert_eq!(began.elapsed().as_secs(), 30);
    let error = serving.await.expect("no panic").expect_err("it is closed");
    assert_eq!((began.elapsed().as_secs(), error.kind()), (50, std::io::ErrorKind::TimedOut));
    let last = states(events).await.pop().expect("an end");
    assert_eq!(last, "channels failed: the peer has not answered a ping for 10s");

    // One that has not said hello is waited for as long as any.
    let limits = StreamLimits::new().heartbeat(Duration::from_secs(10)).idle(Duration::from_secs(1000));
    let (_server, _events, mut peer, serving) = serve(limits);
    let error = serving.await.expect("no panic").expect_err("it is closed");
    assert_eq!(error.to_string(), "the peer has sent nothing for 1000s");
    assert!(peer.receive().await.is_none(), "nobody has asked it anything");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_sends_more_than_it_may_waits() {
    let limits = StreamLimits::new().message_rate(10, Duration::from_secs(10));
    let (_server, _events, mut peer, _serving) = serve(limits);
    peer.open().await;
    let began = Instant::now();
    for id in 0..58 {
        peer.call(id, "rest");
    }
    for _ in 0..58 {
        peer.text().await;
    }
    // Ten at once, two of which have opened the session, then one each second.
    let took = began.elapsed().as_secs();
    assert!((49..=51).contains(&took), "{took} s");
}

#[tokio::test]
async fn who_does_not_take_events_in_time_is_told_how_many_were_missed() {
    let server = Arc::new(server());
    let mut events = server.events();
    for _ in 0..1000 {
        drop(server.connect());
    }
    assert_eq!(events.next().await, Some(LifecycleEvent::Server(ServerState::Starting)));
    let Some(LifecycleEvent::Missed(missed)) = events.next().await else { panic!("some were missed") };
    assert!((2000 - 1024..=3000).contains(&missed), "{missed}");
    assert!(matches!(events.next().await, Some(LifecycleEvent::Connection(_))));
}

#[tokio::test]
async fn as_many_events_wait_as_the_program_allows() {
    let server = Server::of(&TOOLS).event_limit(4).build().expect("a server");
    let mut events = server.events();
    for _ in 0..10 {
        drop(server.connect());
    }
    assert_eq!(events.next().await, Some(LifecycleEvent::Server(ServerState::Starting)));
    assert!(matches!(events.next().await, Some(LifecycleEvent::Missed(_))));
    drop(server);
    let mut waited = 0;
    while let Some(LifecycleEvent::Connection(_)) = events.next().await {
        waited += 1;
    }
    assert_eq!(waited, 4);
    for wrong in [0, (1 << 20) + 1] {
        let problems = Server::of(&TOOLS).event_limit(wrong).build().expect_err("it is refused").to_string();
        assert!(problems.contains(&format!("event_limit: {wrong} is not between 1 and 1,048,576")), "{problems}");
    }
}
