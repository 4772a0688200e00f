//! In a session on HTTP, where the client is asked by a request: what belongs to the other era means nothing.

use serde_json::{Value, json};

use super::caller::{Caller, Request, word};
use super::strangers::serve;
use crate::client::Client;

const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","#,
    r#""capabilities":{"elicitation":{}},"clientInfo":{"name":"t","version":"1"}}}"#
);

#[tokio::test]
async fn a_session_asks_whatever_state_and_answers_come_with_the_call() {
    let address = serve().await;
    let arguments = json!({ "greeting": "hi" });
    let asked = Caller::new(address).send(&Request::tool("pair", &arguments)).await;
    let mut client = Client::new(address);
    let opened = client.post(&[], INITIALIZE).await;
    client.always("Mcp-Session-Id", opened.header("mcp-session-id").expect("a session").to_owned());

    let states = [asked["result"]["requestState"].clone(), json!("nonsense"), json!(7), json!({}), json!(null)];
    for (id, state) in (1..).zip(&states) {
        let responses = json!({ "first": word("x"), "second": word("y") });
        let params =
            json!({ "name": "pair", "arguments": arguments, "requestState": state, "inputResponses": responses });
        let call = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string();
        let mut stream = client.stream("POST", "/mcp", &[], &call).await;
        for (question, answer) in [("The first?", "a"), ("The second?", "b")] {
            let text = stream.read_until("}\n\n").await;
            let event = text.lines().rev().find_map(|line| line.strip_prefix("data: ")).expect("an event");
            let asking: Value = serde_json::from_str(event).expect("JSON");
            assert_eq!(asking["params"]["message"], question, "{state}: {asking}");
            let reply = json!({ "jsonrpc": "2.0", "id": asking["id"], "result": word(answer) }).to_string();
            assert_eq!(client.post(&[], &reply).await.status, 202);
        }
        let rest = stream.rest().await;
        assert!(rest.contains("hi a b by"), "{state}: {rest}");
    }
}
