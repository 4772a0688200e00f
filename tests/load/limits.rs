//! What there may be at once: calls, connections, sessions.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::client::{Client, ERAS, Era};
#[cfg(unix)]
use super::process::Child;
use super::serve::{FOREVER, Running, within};
use super::wire::Answer;

/// Waits until one more call of a tool that takes its time runs.
async fn one_more_runs(server: &Running) {
    within(server.stage.begun.acquire()).await.expect("it is never closed").forget();
}

fn is_told_to_come_back(answer: &Answer) {
    let after = answer.header("retry-after").and_then(|after| after.parse().ok());
    assert!(answer.status == 503 && after.is_some_and(|after: u32| after > 0), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_beyond_the_limit_are_told_to_come_back_and_are_served_when_they_do() {
    for era in ERAS {
        // A place is given back a hair after its answer; the next ones are to find all of them free.
        let server = Running::with(|http| http.call_limit(4), |listening| listening).await;
        let mut late = Client::open(server.address, era).await;
        let mut early = Vec::new();
        for id in 11..15 {
            let mut client = late.another().await;
            client.begin(id, "hold", "{}").await;
            one_more_runs(&server).await;
            early.push(client);
        }
        let refused = late.call(2, "echo", r#"{"n":2}"#).await;
        is_told_to_come_back(&refused);
        assert!(refused.body.contains(r#""id":2"#) && refused.body.contains("-32603"), "{refused:?}");
        if era == Era::Sessions {
            let ping = late.who.post(&[], r#"{"jsonrpc":"2.0","id":9,"method":"ping"}"#);
            assert_eq!(late.exchange(&ping).await.expect("an answer").status, 200, "a ping is no call");
        }
        server.stage.gate.add_permits(4);
        for client in &mut early {
            assert!(client.wire.answer().await.expect("an answer").says("let go"));
        }
        // The answer is there before its place is given back, by a hair.
        within(async { while !late.call(3, "echo", r#"{"n":3}"#).await.says("answer 3") {} }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_whose_body_never_comes_keeps_no_call_out() {
    let server = Running::with(|http| http.call_limit(1), |listening| listening).await;
    let mut other = Client::open(server.address, Era::Stateless).await;
    let mut silent = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(server.address).await.expect("it listens");
        let head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\
                    Accept: application/json, text/event-stream\r\nExpect: 100-continue\r\n\r\n";
        stream.write_all(head.as_bytes()).await.expect("the server reads");
        // It is told to go on: the server waits for the body.
        let mut told = [0; 12];
        within(stream.read_exact(&mut told)).await.expect("it is told");
        assert_eq!(&told, b"HTTP/1.1 100");
        silent.push(stream);
    }
    assert!(other.call(1, "echo", r#"{"n":1}"#).await.says("answer 1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_can_be_cancelled_and_its_stream_resumed_when_no_other_can_be_made() {
    let server = Running::with(|http| http.call_limit(1), |listening| listening).await;
    let mut client = Client::open(server.address, Era::Sessions).await;
    let mut other = client.another().await;
    client.begin(5, "hold", "{}").await;
    one_more_runs(&server).await;
    client.wire.head().await.expect("an answer");
    let last = client.wire.event().await.expect("a stream").expect("an event").id.expect("an id");
    let mut back = client.another().await;
    back.wire.send(&back.who.resume(&last)).await.expect("the server reads");
    assert_eq!(back.wire.head().await.expect("an answer").status, 200, "a stream is resumed");
    cancel(&mut other, 5).await;
    within(server.stage.over.acquire()).await.expect("it is never closed").forget();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_beyond_the_limit_wait_and_are_served_once_one_closes() {
    let server = Running::with(|http| http, |listening| listening.connection_limit(2)).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut client = Client::open(server.address, Era::Stateless).await;
        assert!(client.call(1, "echo", r#"{"n":1}"#).await.says("answer 1"));
        open.push(client);
    }
    // The system takes them, the server does not yet.
    let mut waiting = Vec::new();
    for n in 10..15 {
        let mut client = Client::open(server.address, Era::Stateless).await;
        client.begin(n, "count", "{}").await;
        waiting.push(client);
    }
    for client in &mut open {
        assert!(client.call(2, "echo", r#"{"n":2}"#).await.says("answer 2"));
    }
    assert_eq!(server.stage.counted.load(std::sync::atomic::Ordering::SeqCst), 0);
    drop(open);
    for mut client in waiting {
        assert_eq!(client.wire.answer().await.expect("an answer").status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_in_use_makes_room_for_no_other() {
    let server =
        Running::with(|http| http.session_limits(2, FOREVER).session_min_idle(Duration::ZERO), |listening| listening)
            .await;
    let mut listening = Client::open(server.address, Era::Sessions).await;
    listening.listen().await;
    let mut calling = Client::open(server.address, Era::Sessions).await;
    calling.begin(1, "hold", "{}").await;
    one_more_runs(&server).await;

    let mut third = Client::open(server.address, Era::Stateless).await;
    for _ in 0..100 {
        let refusal = third.exchange(&third.who.initialize()).await.expect("an answer");
        is_told_to_come_back(&refusal);
    }
    let mut beside = listening.another().await;
    assert_eq!(beside.exchange(&beside.who.delete()).await.expect("an answer").status, 200);
    assert!(listening.wire.message().await.expect("a good end").is_none(), "its stream ends with the session");
    assert_eq!(third.exchange(&third.who.initialize()).await.expect("an answer").status, 200);

    server.stage.gate.add_permits(1);
    assert!(calling.wire.answer().await.expect("an answer").says("let go"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_session_that_was_idle_longest_goes_first_whatever_was_refused_before() {
    let server =
        Running::with(|http| http.session_limits(3, FOREVER).session_min_idle(Duration::ZERO), |listening| listening)
            .await;
    let mut calling = Vec::new();
    for _ in 0..3 {
        let client = Client::open(server.address, Era::Sessions).await;
        let mut beside = client.another().await;
        beside.begin(1, "hold", "{}").await;
        one_more_runs(&server).await;
        calling.push((client, beside));
    }
    let mut stranger = Client::open(server.address, Era::Stateless).await;
    for _ in 0..2000 {
        is_told_to_come_back(&stranger.exchange(&stranger.who.initialize()).await.expect("an answer"));
    }
    // The oldest has no more to do, and another makes room for a newcomer. For a second one the oldest has to go.
    let (mut oldest, _) = calling.pop().expect("three");
    cancel(&mut oldest, 1).await;
    let (mut ending, _) = calling.pop().expect("two");
    assert_eq!(ending.exchange(&ending.who.delete()).await.expect("an answer").status, 200);
    // The server counts in milliseconds.
    tokio::time::sleep(Duration::from_millis(5)).await;
    let mut newcomer = Client::open(server.address, Era::Sessions).await;
    Client::open(server.address, Era::Sessions).await;
    assert!(newcomer.call(2, "echo", r#"{"n":2}"#).await.says("answer 2"), "the newest went first");
    assert_eq!(oldest.call(3, "echo", r#"{"n":3}"#).await.status, 404, "the oldest stayed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_passed_over_while_its_call_ran_makes_room_once_the_call_has_ended() {
    let server =
        Running::with(|http| http.session_limits(2, FOREVER).session_min_idle(Duration::ZERO), |listening| listening)
            .await;
    let mut calling = Vec::new();
    for _ in 0..2 {
        let mut client = Client::open(server.address, Era::Sessions).await;
        client.begin(1, "hold", "{}").await;
        one_more_runs(&server).await;
        calling.push(client);
    }
    let mut stranger = Client::open(server.address, Era::Stateless).await;
    for _ in 0..10 {
        is_told_to_come_back(&stranger.exchange(&stranger.who.initialize()).await.expect("an answer"));
    }
    let [resting, busy] = &mut calling[..] else { panic!("two") };
    // The call that came first is let go.
    server.stage.gate.add_permits(1);
    assert!(resting.wire.answer().await.expect("an answer").says("let go"));
    within(async { while Client::try_open(server.address, Era::Sessions).await.is_err() {} }).await;
    assert_eq!(resting.call(2, "echo", r#"{"n":2}"#).await.status, 404);
    server.stage.gate.add_permits(1);
    assert!(busy.wire.answer().await.expect("an answer").says("let go"), "the other stays");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_file_descriptors_serves_on_and_takes_others_once_it_has_some() {
    let server = Child::with_files(10, 40);
    let mut first = Client::open(server.address, Era::Stateless).await;
    assert!(first.call(1, "echo", r#"{"n":1}"#).await.says("answer 1"));
    // More than it can have.
    let mut many = Vec::new();
    for n in 100..160 {
        let mut client = Client::open(server.address, Era::Stateless).await;
        client.begin(n, "echo", &format!(r#"{{"n":{n}}}"#)).await;
        many.push((n, client));
    }
    for n in 2..50 {
        assert!(first.call(n, "echo", &format!(r#"{{"n":{n}}}"#)).await.says(&format!("answer {n}")));
    }
    // Each that is answered goes, and makes room for another.
    for (n, mut client) in many {
        let answer = client.wire.answer().await.expect("an answer");
        assert!(answer.says(&format!("answer {n}")), "{answer:?}");
    }
    drop(first);
    assert_eq!(server.end(), Some(0));
}

/// Cancels a call of this client.
async fn cancel(client: &mut Client, id: u64) {
    let params = format!(r#"{{"requestId":{id}}}"#);
    let cancel = format!(r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{params}}}"#);
    let answer = client.exchange(&client.who.post(&[], &cancel)).await.expect("an answer");
    assert_eq!(answer.status, 202, "a call is cancelled: {answer:?}");
}

/// Opens a session, for which its handshake was not too slow.
async fn open_in_time(server: &Running) -> Client {
    let opened = async {
        loop {
            if let Ok(client) = Client::try_open(server.address, Era::Sessions).await {
                return client;
            }
        }
    };
    within(opened).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_when_it_was_idle_and_never_while_a_call_runs_or_somebody_listens() {
    const IDLE: Duration = Duration::from_millis(200);
    let server = Running::with(|http| http.session_limits(10, IDLE), |listening| listening).await;
    let mut listening = open_in_time(&server).await;
    while listening.listen().await.status != 200 {
        listening = open_in_time(&server).await;
    }
    let mut calling = open_in_time(&server).await;
    loop {
        calling.begin(1, "hold", "{}").await;
        if calling.wire.head().await.expect("an answer").status == 200 {
            break;
        }
        calling = open_in_time(&server).await;
    }
    one_more_runs(&server).await;
    let mut idle = open_in_time(&server).await;
    // Looked at earlier it would not be idle; looked at later it is all the same.
    tokio::time::sleep(IDLE * 3).await;
    assert_eq!(idle.call(1, "echo", r#"{"n":1}"#).await.status, 404);
    assert!(listening.another().await.call(1, "echo", r#"{"n":1}"#).await.says("answer 1"));
    server.handle.tools_changed();
    assert!(listening.wire.message().await.expect("an open stream").is_some());
    assert!(calling.another().await.call(2, "echo", r#"{"n":2}"#).await.says("answer 2"));
    server.stage.gate.add_permits(1);
    let answer = calling.wire.message().await.expect("an open stream").expect("an answer");
    assert!(answer.data.contains("let go"), "{answer:?}");
}
