//! Batches, which only sessions of 2025-03-26 have: each of their calls counts.

use super::client::{Client, Era, Who};
use super::serve::{Running, within};

const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-03-26","#,
    r#""capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#
);

/// So many calls that wait.
fn batch(who: &Who, calls: usize) -> Vec<u8> {
    let call = |id| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"hold"}}}}"#);
    let calls: Vec<_> = (1..=calls).map(call).collect();
    who.post(&[], &format!("[{}]", calls.join(",")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_takes_a_permit_for_each_of_its_calls() {
    let server = Running::with(|http| http.call_limit(4), |listening| listening).await;
    let mut client = Client::open(server.address, Era::Stateless).await;
    let opened = client.exchange(&client.who.post(&[], INITIALIZE)).await.expect("an answer");
    client.who = client.who.in_session(opened.header("mcp-session-id").expect("a session"));
    let too_many = batch(&client.who, 5);
    assert_eq!(within(client.exchange(&too_many)).await.expect("an answer").status, 503);
    let mut batched = client.another().await;
    batched.wire.send(&batch(&client.who, 4)).await.expect("the server reads");
    within(server.stage.begun.acquire_many(4)).await.expect("it is never closed").forget();
    let mut other = Client::open(server.address, Era::Stateless).await;
    assert_eq!(other.call(1, "echo", r#"{"n":1}"#).await.status, 503, "no permit is left");
    server.stage.gate.add_permits(4);
    assert_eq!(batched.wire.answer().await.expect("an answer").status, 200);
    within(async { while !other.call(2, "echo", r#"{"n":2}"#).await.says("answer 2") {} }).await;
}
