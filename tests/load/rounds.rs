//! Rounds of a call that are sent again while they run.

use serde_json::{Value, json};

use super::client::{Client, ERAS, Era};
use super::serve::{Running, within};

/// How many duplicates of a round may wait.
const MOST: usize = 8;

/// What a call that waits is charged.
const WAITS: usize = 4096;

/// A call of a tool that asks, by a client without a session that can be asked: of the first round, or of a later one.
fn round(client: &Client, accept: &str, state: Option<&Value>) -> Vec<u8> {
    let mut params = json!({
        "name": "ask_and_hold",
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} },
        },
    });
    if let Some(state) = state {
        params["requestState"] = state.clone();
        params["inputResponses"] = json!({ "sure": { "action": "accept", "content": {} } });
    }
    let headers = [
        ("Content-Type", "application/json"),
        ("Accept", accept),
        ("MCP-Protocol-Version", "2026-07-28"),
        ("Mcp-Method", "tools/call"),
        ("Mcp-Name", "ask_and_hold"),
    ];
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    client.who.request("POST", &headers, &message.to_string())
}

const BOTH: &str = "application/json, text/event-stream";

/// The state that the first round of a call gives.
async fn state(client: &mut Client) -> Value {
    let first = round(client, BOTH, None);
    let answer = client.exchange(&first).await.expect("an answer");
    let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
    answer["result"]["requestState"].clone()
}

/// Waits until the memory that is used tells that something has happened: each call that waits is charged some.
async fn used(server: &Running, is_so: impl Fn(usize) -> bool) {
    within(async {
        while !is_so(server.handle.memory_used()) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn duplicates_of_a_round_that_runs_wait_and_cost_others_nothing() {
    let server = Running::with(|http| http.call_limit(2), |listening| listening).await;
    let mut client = Client::open(server.address, Era::Stateless).await;
    let state = state(&mut client).await;
    let mut runs = client.another().await;
    runs.wire.send(&round(&runs, BOTH, Some(&state))).await.expect("the server reads");
    within(server.stage.begun.acquire()).await.expect("it is never closed").forget();
    let before = server.handle.memory_used();

    let mut waiting = Vec::new();
    for n in 1..=MOST {
        let mut duplicate = client.another().await;
        let accept = if n % 2 == 0 { BOTH } else { "application/json" };
        duplicate.wire.send(&round(&duplicate, accept, Some(&state))).await.expect("the server reads");
        used(&server, |bytes| bytes == before + n * WAITS).await;
        waiting.push(duplicate);
    }
    for _ in MOST..50 {
        let one_more = round(&client, BOTH, Some(&state));
        let refused = within(client.exchange(&one_more)).await.expect("an answer");
        let refused: Value = serde_json::from_str(&refused.body).expect("JSON");
        assert_eq!((&refused["error"]["code"], &refused["error"]["data"]["retryAfter"]), (&json!(-32603), &json!(1)));
    }
    for era in ERAS {
        let mut other = Client::open(server.address, era).await;
        assert!(other.call(2, "echo", r#"{"n":2}"#).await.says("answer 2"));
    }
    // One that goes away makes room for another.
    drop(waiting.pop());
    used(&server, |bytes| bytes == before + (MOST - 1) * WAITS).await;
    client.wire.send(&round(&client, BOTH, Some(&state))).await.expect("the server reads");
    used(&server, |bytes| bytes == before + MOST * WAITS).await;
    waiting.push(client);

    server.stage.gate.add_permits(1);
    for mut answered in waiting.into_iter().chain([runs]) {
        assert!(answered.wire.answer().await.expect("an answer").says("let go"));
    }
    assert_eq!(server.stage.begun.available_permits(), 0, "the round was run once");
    used(&server, |bytes| bytes < before + WAITS).await;
}
