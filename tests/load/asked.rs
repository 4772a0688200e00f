//! Clients that are asked and do not answer.

use std::sync::Arc;
use std::time::Duration;

use mcp_runtime::Server;
use mcp_tests::answering::{ask, receive, text, with_session};
use mcp_tests::load::{Stage, builder};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::client::{Client, Era};
use super::serve::{FOREVER, Running, within};

/// How long a question waits, unless it is told.
const TEN_MINUTES: Duration = Duration::from_secs(600);

/// Has a client asked, and leave.
async fn be_asked_and_leave(Client { mut wire, who }: Client) {
    wire.send(&who.call(1, "ask", r#"{"length":1}"#)).await.expect("the server reads");
    assert_eq!(wire.head().await.expect("an answer").status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_leave_while_they_are_asked_keep_nobody_out() {
    let limits = |http: mcp_runtime::Http| http.call_limit(2).session_limits(2, FOREVER);
    let server = Running::with(limits, |listening| listening).await;
    for _ in 0..5 {
        // Who was asked before makes room once it is known to be gone, however short a time ago it was there.
        let client = within(async {
            loop {
                if let Ok(client) = Client::try_open(server.address, Era::Sessions).await {
                    return client;
                }
            }
        });
        be_asked_and_leave(client.await).await;
    }
    let mut stranger = Client::open(server.address, Era::Stateless).await;
    assert!(stranger.call(1, "echo", r#"{"n":1}"#).await.says("answer 1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_ends_when_its_client_is_gone_and_not_while_it_is_there() {
    let build = |server: mcp_runtime::ServerBuilder| server.absence_limit(Duration::from_millis(50));
    let server = Running::built(build, |http| http, |listening| listening).await;
    let mut staying = Client::open(server.address, Era::Sessions).await;
    let mut calling = staying.another().await;
    calling.begin(1, "ask", r#"{"length":1}"#).await;
    let question = calling.wire.head().await.map(drop).and(calling.wire.message().await);
    let question: Value = serde_json::from_str(&question.expect("a stream").expect("a question").data).expect("JSON");
    be_asked_and_leave(Client::open(server.address, Era::Sessions).await).await;
    within(server.stage.over.acquire()).await.expect("it is never closed").forget();
    // Long after that the one that stays is still listened to.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(server.stage.over.available_permits(), 0);
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": { "action": "accept", "content": {} } });
    assert_eq!(staying.exchange(&staying.who.post(&[], &answer.to_string())).await.expect("an answer").status, 202);
    let answer = calling.wire.message().await.expect("a stream").expect("an answer");
    assert!(answer.data.contains("answered"), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn a_question_that_nobody_answers_is_taken_back_and_the_call_says_so() {
    let stage = Arc::<Stage>::default();
    let server: Server = builder(&stage).build().expect("a server");
    let mut client = with_session(&server).await;
    let began = Instant::now();
    let asked = ask(&mut client, 1, "tools/call", json!({ "name": "ask", "arguments": { "length": 1 } })).await;
    assert_eq!(asked["method"], "elicitation/create", "{asked}");
    let taken_back = timeout(2 * TEN_MINUTES, client.receive()).await.expect("it does not wait for ever");
    assert_eq!(began.elapsed(), TEN_MINUTES);
    let taken_back: Value = serde_json::from_str(&taken_back.expect("it is open")).expect("JSON");
    assert_eq!(taken_back["method"], "notifications/cancelled", "{taken_back}");
    assert_eq!(taken_back["params"]["requestId"], asked["id"]);
    let answer = receive(&mut client).await;
    assert_eq!((&answer["id"], &answer["result"]["isError"]), (&json!(1), &json!(true)), "{answer}");
    assert_eq!(text(&answer["result"]), "the question was not answered: nobody answered within 600s");
}
