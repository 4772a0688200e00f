//! Requests that are never sent to their end.

use std::sync::atomic::Ordering;

use super::client::{Client, ERAS, Era};
use super::serve::{FOREVER, Running, within};
use super::wire::Wire;

/// Calls until there is a place: the server sees soon that a client has gone, and not at once.
async fn is_served(server: &Running, era: Era) {
    let served = async {
        loop {
            // Where there is but one place, opening a session needs it, too.
            let Ok(mut client) = Client::try_open(server.address, era).await else { continue };
            let answer = client.call(9, "echo", r#"{"n":9}"#).await;
            if answer.says("answer 9") {
                return;
            }
            assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{answer:?}");
        }
    };
    within(served).await;
}

/// A server with one place, which waits for nobody's sake and closes nothing by itself.
async fn start() -> Running {
    let http = |http: mcp_runtime::Http| http.call_limit(1).body_patience(FOREVER);
    Running::with(http, |listening| listening.patience(FOREVER, FOREVER)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_breaks_off_anywhere_leaves_nothing_behind() {
    let server = start().await;
    for era in ERAS {
        let Client { wire, who } = Client::open(server.address, era).await;
        drop(wire);
        let whole = who.call(1, "count", "{}");
        for at in (0..whole.len()).step_by(7) {
            let mut wire = Wire::open(server.address).await;
            wire.send(&whole[..at]).await.expect("the server reads");
            drop(wire);
        }
        is_served(&server, era).await;
    }
    assert_eq!(server.stage.counted.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunked_request_that_breaks_off_anywhere_leaves_nothing_behind() {
    let server = start().await;
    for era in ERAS {
        let Client { who, .. } = Client::open(server.address, era).await;
        let whole = String::from_utf8(who.call(1, "count", "{}")).expect("text");
        let (head, body) = whole.split_once("\r\n\r\n").expect("a head");
        let length = format!("Content-Length: {}", body.len());
        let mut chunked = head.replace(&length, "Transfer-Encoding: chunked") + "\r\n\r\n";
        for piece in body.as_bytes().chunks(16) {
            let piece = std::str::from_utf8(piece).expect("ASCII");
            chunked.push_str(&format!("{:x}\r\n{piece}\r\n", piece.len()));
        }
        chunked.push_str("0\r\n\r\n");
        for at in (head.len() - 20..chunked.len()).step_by(3) {
            let mut wire = Wire::open(server.address).await;
            wire.send(&chunked.as_bytes()[..at]).await.expect("the server reads");
            if at % 2 == 0 {
                // In good order, as far as TCP knows.
                wire.finish().await;
                if let Ok(answer) = wire.answer().await {
                    assert!([400, 503].contains(&answer.status), "{at}: {answer:?}");
                }
            }
        }
        is_served(&server, era).await;
        assert_eq!(server.stage.counted.load(Ordering::SeqCst), 0, "{era:?}");
        // It was nothing but the cut that was wrong with it. The last place may be taken yet by one that was cut.
        let whole_is_served = async {
            loop {
                let mut wire = Wire::open(server.address).await;
                wire.send(chunked.as_bytes()).await.expect("the server reads");
                match wire.answer().await.expect("an answer").status {
                    200 => return,
                    status => assert_eq!(status, 503),
                }
            }
        };
        within(whole_is_served).await;
        assert_eq!(server.stage.counted.swap(0, Ordering::SeqCst), 1, "{era:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_vanish_while_their_stateless_calls_run_leave_nothing_behind() {
    let server = start().await;
    for _ in 0..50 {
        let mut client = Client::open(server.address, Era::Stateless).await;
        let began = async {
            client.begin(1, "hold", "{}").await;
            tokio::select! {
                began = server.stage.begun.acquire() => { began.expect("it is never closed").forget(); true }
                // There is one place, and the one before may not have left it yet.
                answer = client.wire.answer() => { assert_eq!(answer.expect("an answer").status, 503); false }
            }
        };
        if within(began).await {
            drop(client);
            within(server.stage.over.acquire()).await.expect("it is never closed").forget();
        }
    }
    is_served(&server, Era::Stateless).await;
}
