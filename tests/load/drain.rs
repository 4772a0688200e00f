//! Servers that are told to stop while they are being called.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::client::{Client, ERAS, Era};
use super::serve::{Dice, FOREVER, Running, all, alone, within};
use super::wire::{Cut, Wire};

/// Calls that are begun, on one server after another.
const CALLS: u64 = 10_000;
/// Clients of each server.
const CLIENTS: u64 = 16;

/// What became of the calls of one client.
#[derive(Default)]
struct Told {
    answered: BTreeSet<u64>,
    /// Calls that the server read, and then said nothing more of; with what was seen of them.
    lost: Vec<(u64, String)>,
}

/// Calls until the server ends, or there was enough of it.
async fn call_on(server: Arc<Running>, era: Era, next: Arc<AtomicU64>) -> Told {
    let mut told = Told::default();
    'connections: while let Ok(mut client) = Client::try_open(server.address, era).await {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= CALLS {
                return told;
            }
            let call = client.who.call(n, "work", &format!(r#"{{"n":{n}}}"#));
            match client.exchange(&call).await {
                Ok(answer) if answer.says(&format!("answer {n}")) => told.answered.insert(n),
                Ok(answer) => {
                    told.lost.push((n, format!("{answer:?}")));
                    false
                }
                Err(cut) => {
                    if cut.within || was_read(&client.wire, &cut).await {
                        told.lost.push((n, format!("{cut:?}")));
                    }
                    continue 'connections;
                }
            };
        }
    }
    told
}

/// Whether the server has read all that it was sent, though it said nothing. Linux tells: what was not read is refused
/// with an error, at the latest a moment after the end of what the server says.
async fn was_read(wire: &Wire, cut: &Cut) -> bool {
    let refused = async {
        while cut.error.is_none() && wire.stream().take_error().is_ok_and(|error| error.is_none()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    cfg!(target_os = "linux") && tokio::time::timeout(Duration::from_secs(5), refused).await.is_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_that_was_read_is_lost_when_the_server_stops() {
    let _alone = alone().await;
    let next = Arc::new(AtomicU64::new(0));
    let mut dice = Dice::new(8);
    let mut servers = 0;
    while next.load(Ordering::Relaxed) < CALLS {
        let mut server = Running::with(|http| http, |listening| listening.grace(FOREVER)).await;
        let stop_at = next.load(Ordering::Relaxed) + u64::try_from(dice.below(500)).expect("a few");
        let (stop, stage) = (server.stopper(), Arc::clone(&server.stage));
        let server = Arc::new(server);
        let stopping = {
            let next = Arc::clone(&next);
            tokio::spawn(async move {
                while next.load(Ordering::Relaxed) < stop_at.min(CALLS) {
                    tokio::task::yield_now().await;
                }
                stop.send(()).expect("it is running");
            })
        };
        let clients = (0..CLIENTS).map(|client| {
            let era = if client % 2 == 0 { Era::Sessions } else { Era::Stateless };
            call_on(Arc::clone(&server), era, Arc::clone(&next))
        });
        let told = within(all(clients)).await;
        within(stopping).await.expect("it was told");
        Arc::into_inner(server).expect("nobody calls it any more").stop().await;
        servers += 1;
        let lost: Vec<_> = told.iter().flat_map(|told| &told.lost).collect();
        assert!(lost.is_empty(), "server {servers}: {lost:?}");
        let ended: BTreeSet<u64> = told.into_iter().flat_map(|told| told.answered).collect();
        let worked = stage.worked();
        assert_eq!(worked.difference(&ended).collect::<Vec<_>>(), Vec::<&u64>::new(), "server {servers}");
    }
}

/// Opens streams until the server takes no more, and follows each to its end.
async fn listen_on(address: SocketAddr, era: Option<Era>) -> usize {
    let mut streams = Vec::new();
    while let Some(wire) = open_stream(address, era).await {
        streams.push(wire);
        if streams.len() >= 50 {
            break;
        }
    }
    let opened = streams.len();
    for mut wire in streams {
        while wire.message().await.expect("a good end").is_some() {}
    }
    opened
}

/// A stream of one of the eras, or of what was before them.
async fn open_stream(address: SocketAddr, era: Option<Era>) -> Option<Wire> {
    let (mut wire, request) = match era {
        Some(era) => {
            let Client { wire, who } = Client::try_open(address, era).await.ok()?;
            (wire, who.listen())
        }
        None => {
            let request = format!("GET /sse HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\r\n");
            (Wire::try_open(address).await.ok()?, request.into_bytes())
        }
    };
    wire.send(&request).await.ok()?;
    (wire.head().await.ok()?.status == 200).then_some(wire)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_are_opened_while_the_server_stops_end_as_well() {
    let _alone = alone().await;
    let mut dice = Dice::new(80);
    let mut opened = 0;
    for _ in 0..100 {
        let server = Running::with(|http| http.with_sse(), |listening| listening.grace(FOREVER)).await;
        let address = server.address;
        let eras = [None, Some(Era::Sessions), None, Some(Era::Stateless)];
        let clients = tokio::spawn(all(eras.into_iter().map(move |era| listen_on(address, era))));
        tokio::time::sleep(Duration::from_micros(u64::try_from(dice.below(20_000)).expect("a few"))).await;
        server.stop().await;
        opened += within(clients).await.expect("they end").into_iter().sum::<usize>();
    }
    assert!(opened > 0);
}

/// Sends a call as far as this, tells the server to stop, and sends the rest.
async fn call_in_halves(server: &mut Running, mut client: Client, at: impl Fn(usize) -> usize) {
    let call = client.who.call(7, "echo", r#"{"n":7}"#);
    let (first, rest) = call.split_at(at(call.len()));
    client.wire.send(first).await.expect("the server reads");
    // Time for the server to read it; and where the system tells, until it has.
    let mut other = Client::open(server.address, Era::Stateless).await;
    for _ in 0..100 {
        assert!(other.call(2, "echo", r#"{"n":2}"#).await.says("answer 2"));
    }
    within(async {
        while client.wire.unread().is_some_and(|bytes| bytes > 0) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    server.tell_to_stop();
    // The other connection is idle: it is closed once the server stops.
    within(async { while other.wire.fill().await.is_ok() {} }).await;
    // If the server had not read what was sent before, it is told now that it never will.
    let sent = client.wire.send(rest).await;
    match client.wire.answer().await {
        Ok(answer) => assert!(answer.says("answer 7"), "{answer:?}"),
        Err(cut) => panic!("lost: {sent:?} {cut:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_was_read_in_half_is_read_to_its_end_and_answered_though_the_server_stops() {
    for in_head in [true, false] {
        let mut server = Running::with(|http| http, |listening| listening.grace(FOREVER)).await;
        let client = Client::open(server.address, Era::Stateless).await;
        call_in_halves(&mut server, client, |length| if in_head { 50 } else { length - 10 }).await;
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_whose_head_was_read_in_half_behind_another_is_answered_though_the_server_stops() {
    let mut server = Running::with(|http| http, |listening| listening.grace(FOREVER)).await;
    let mut client = Client::open(server.address, Era::Stateless).await;
    assert!(client.call(1, "echo", r#"{"n":1}"#).await.says("answer 1"));
    call_in_halves(&mut server, client, |_| 50).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_never_ends_is_dropped_once_the_grace_is_over() {
    for era in ERAS {
        let server = Running::with(|http| http, |listening| listening.grace(Duration::from_millis(50))).await;
        let mut client = Client::open(server.address, era).await;
        client.begin(1, "hold", "{}").await;
        within(server.stage.begun.acquire()).await.expect("it is never closed").forget();
        let stage = Arc::clone(&server.stage);
        server.stop().await;
        within(stage.over.acquire()).await.expect("it is never closed").forget();
    }
}
