//! What a server does not wait for: clients that take nothing, clients that send nothing.

use std::time::Duration;

use super::client::{Client, ERAS, Era, Who};
use super::serve::{FOREVER, Running, within};
use super::wire::Wire;

/// Short, and still as long as it likes: nothing here goes wrong by being slow.
const SHORT: Duration = Duration::from_millis(200);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_takes_nothing_is_given_up_and_its_stateless_call_is_dropped() {
    let server = Running::with(|http| http.call_limit(1), |listening| listening.patience(FOREVER, SHORT)).await;
    let mut silent = Client::open(server.address, Era::Stateless).await;
    silent.begin(1, "flood", r#"{"length":16384}"#).await;
    let over = within(server.stage.over.acquire()).await.expect("it is never closed");
    over.forget();
    // And its place is free again.
    let mut next = Client::open(server.address, Era::Stateless).await;
    let answered = async { while !next.call(2, "echo", r#"{"n":2}"#).await.says("answer 2") {} };
    within(answered).await;
    let cut = async { while silent.wire.fill().await.is_ok() {} };
    within(cut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_whose_client_takes_nothing_goes_on_without_it() {
    let server = Running::with(|http| http, |listening| listening.patience(FOREVER, SHORT)).await;
    let mut silent = Client::open(server.address, Era::Sessions).await;
    // Far more than anything holds that lies between the two: it waits until it need not wait any more.
    silent.begin(1, "tell", r#"{"n":2000,"length":16384}"#).await;
    let over = within(server.stage.over.acquire()).await.expect("it is never closed");
    over.forget();
    let answer = silent.another().await.call(2, "echo", r#"{"n":2}"#).await;
    assert!(answer.says("answer 2"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_sends_no_whole_head_is_closed() {
    let server = Running::with(|http| http.call_limit(1), |listening| listening.patience(SHORT, FOREVER)).await;
    let who = Who::stateless_at(server.address);
    let whole = who.call(1, "count", "{}");
    let head = whole.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 3;
    let mut left_open = Vec::new();
    for sent in [&b""[..], b"P", b"PO", b"PRI * HTTP/2.0\r\n", b"\r\n\r\n", b"POST /mcp", &whole[..head]] {
        let mut wire = Wire::open(server.address).await;
        wire.send(sent).await.expect("the server reads");
        left_open.push((String::from_utf8_lossy(sent).into_owned(), wire));
    }
    left_open.push(("a call that was answered".to_owned(), answered(&server, Era::Stateless).await.wire));
    let mut never = Vec::new();
    for (sent, mut wire) in left_open {
        let closed = async { while wire.fill().await.is_ok() {} };
        if tokio::time::timeout(SHORT * 100, closed).await.is_err() {
            never.push(sent);
        }
    }
    assert!(never.is_empty(), "left open after {never:?}");
    answered(&server, Era::Stateless).await;
}

/// A client whose call was answered: in time, where the server has little patience.
async fn answered(server: &Running, era: Era) -> Client {
    let answered = async {
        loop {
            let Ok(mut client) = Client::try_open(server.address, era).await else { continue };
            if client.exchange(&client.who.call(1, "echo", r#"{"n":1}"#)).await.is_ok_and(|answer| answer.status == 200)
            {
                return client;
            }
        }
    };
    within(answered).await
}

/// A client whose call runs, on a connection of its own: it was sent in time.
async fn holding(server: &Running, era: Era) -> Client {
    let begun = async {
        loop {
            let mut client = answered(server, era).await.another().await;
            client.begin(2, "hold", "{}").await;
            tokio::select! {
                begun = server.stage.begun.acquire() => begun.expect("it is never closed").forget(),
                // The head of its answer; or the connection was idle for too long already.
                came = client.wire.fill() => match came {
                    Ok(()) => server.stage.begun.acquire().await.expect("it is never closed").forget(),
                    Err(_) => continue,
                },
            }
            return client;
        }
    };
    within(begun).await
}

/// A client that listens, on a connection of its own: it has asked in time.
async fn listening(server: &Running, era: Era) -> Client {
    let listens = async {
        loop {
            let mut client = answered(server, era).await.another().await;
            if client.try_listen().await.is_ok() {
                return client;
            }
        }
    };
    within(listens).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_may_take_longer_than_a_connection_may_be_idle_and_what_follows_may_not() {
    let server = Running::with(|http| http, |listening| listening.patience(SHORT, FOREVER)).await;
    for era in ERAS {
        let mut client = holding(&server, era).await;
        // Time has to pass for this to go wrong; if more does, nothing changes.
        tokio::time::sleep(SHORT * 2).await;
        server.stage.gate.add_permits(1);
        let answer = client.wire.answer().await.expect("an answer");
        assert!(answer.says("let go"), "{answer:?}");
        within(async { while client.wire.fill().await.is_ok() {} }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_drips_is_given_up_however_long_a_connection_may_be_idle() {
    let server =
        Running::with(|http| http, |listening| listening.patience(FOREVER, FOREVER).head_patience(SHORT)).await;
    let mut wire = Wire::open(server.address).await;
    wire.send(b"POST /mcp HTTP/1.1\r\nX-Drip: ").await.expect("the server reads");
    let drips = async {
        while wire.send(b"x").await.is_ok() {
            tokio::time::sleep(SHORT / 20).await;
        }
    };
    within(drips).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_does_not_arrive_is_answered_with_408_and_gives_its_place_back() {
    let server = Running::with(|http| http.call_limit(1).body_patience(SHORT), |listening| listening).await;
    let who = Who::stateless_at(server.address);
    let whole = who.call(1, "count", "{}");
    let chunked = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                    Transfer-Encoding: chunked\r\n\r\n5\r\n{\"jso\r\n";
    for (sent, drips) in [(&whole[..whole.len() - 10], false), (chunked, false), (&whole[..whole.len() - 200], true)] {
        let mut wire = Wire::open(server.address).await;
        wire.send(sent).await.expect("the server reads");
        // Less than would make it whole, or something that makes it wrong.
        for _ in 0..if drips { 20 } else { 0 } {
            if wire.send(b" ").await.is_err() {
                break;
            }
            tokio::time::sleep(SHORT / 40).await;
        }
        let answer = within(wire.answer()).await.expect("an answer");
        assert_eq!(answer.status, 408, "{answer:?}");
        assert!(wire.fill().await.is_err(), "nothing more can be said after half a body");
        let mut next = Client::open(server.address, Era::Stateless).await;
        assert!(next.call(2, "echo", r#"{"n":2}"#).await.says("answer 2"));
    }
    assert_eq!(server.stage.counted.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_stream_is_not_idle() {
    let server = Running::with(|http| http, |listening| listening.patience(SHORT, SHORT)).await;
    let mut streams = Vec::new();
    for era in ERAS {
        streams.push(listening(&server, era).await);
    }
    // Time has to pass for this to go wrong; if more does, nothing changes.
    tokio::time::sleep(SHORT * 3).await;
    server.handle.tools_changed();
    for client in &mut streams {
        let event = client.wire.message().await.expect("an open stream").expect("an event");
        assert!(event.data.contains("list_changed"), "{event:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_after_the_last_answer_is_taken_up_to_a_limit() {
    const MB: usize = 1 << 20;
    const MUCH: usize = 256;
    let listen = |listening: mcp_runtime::Listening| listening.linger(FOREVER, 8 * MB).connection_limit(1);
    let server = Running::with(|http| http, listen).await;
    let head = |length: usize| {
        format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let chunk = vec![b'x'; MB];
    // Refused when its head has come. It sends all of its body before it reads, and is answered all the same.
    let mut whole = Wire::open(server.address).await;
    whole.send(head(6 * MB).as_bytes()).await.expect("the server reads");
    for _ in 0..6 {
        whole.send(&chunk).await.expect("what comes late is taken");
    }
    assert_eq!(whole.answer().await.expect("an answer").status, 413);
    drop(whole);
    // One that never ends is cut off, and the next is served.
    let mut endless = Wire::open(server.address).await;
    endless.send(head(1 << 40).as_bytes()).await.expect("the server reads");
    let mut taken = 0;
    within(async {
        while taken < MUCH && endless.send(&chunk).await.is_ok() {
            taken += 1;
        }
    })
    .await;
    assert!(taken < MUCH, "{taken} MB were taken, and what the system holds on both sides is no more than a few");
    let mut next = Client::open(server.address, Era::Stateless).await;
    assert!(next.call(1, "echo", r#"{"n":1}"#).await.says("answer 1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_says_nothing_after_its_last_answer_is_waited_for_up_to_a_limit() {
    let listen =
        |listening: mcp_runtime::Listening| listening.linger(Duration::from_millis(50), usize::MAX).connection_limit(1);
    let server = Running::with(|http| http, listen).await;
    let mut silent = Wire::open(server.address).await;
    let head =
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9999999\r\n\r\n";
    silent.send(head.as_bytes()).await.expect("the server reads");
    assert_eq!(silent.answer().await.expect("an answer").status, 413);
    // It keeps its connection open; the next waits for its place.
    let mut next = Client::open(server.address, Era::Stateless).await;
    assert!(within(next.call(1, "echo", r#"{"n":1}"#)).await.says("answer 1"));
    drop(silent);
}
