//! A booking from the client's side, in both eras, without a network.

use mcp_runtime::prelude::*;
use mcp_runtime::{MemoryClient, Question};
use serde_json::{Value, json};

use super::{Booking, Diary, Status, Wish, no_table};

fn connect() -> MemoryClient {
    Server::new("booking").state(Diary::default()).build().expect("a server").connect()
}

async fn receive(client: &mut MemoryClient) -> Value {
    serde_json::from_str(&client.receive().await.expect("a frame")).expect("JSON")
}

async fn request(client: &mut MemoryClient, method: &str, params: Value) -> Value {
    client.send(json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string());
    receive(client).await
}

/// What happened at the Gull.
async fn diary(client: &mut MemoryClient, meta: &Value) -> Value {
    let answer = request(client, "resources/read", json!({ "uri": "diary://gull", "_meta": meta })).await;
    let text = answer["result"]["contents"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"));
    serde_json::from_str(text).expect("JSON")
}

fn wish() -> Value {
    json!({ "action": "accept", "content": { "day": "2026-08-01", "guests": 4 } })
}

fn written() -> Value {
    json!({ "role": "assistant", "model": "m", "content": { "type": "text", "text": "See you!" } })
}

fn happened(what: &[&str]) -> Value {
    what.iter().map(|what| json!({ "number": 1, "what": what })).collect()
}

#[test]
fn a_form_is_read_and_what_does_not_fit_is_named() {
    let question = elicit::<Wish>("When?");
    let wish = question.read(&wish().to_string()).expect("it fits");
    assert_eq!((wish.day.as_str(), wish.guests), ("2026-08-01", 4));
    let wrong = r#"{"action": "accept", "content": {"day": "tomorrow", "guests": 40}}"#;
    let Some(AskError::Invalid(why)) = question.read(wrong).err() else { panic!("it was taken") };
    assert!(why.contains("`day`") && why.contains("`guests`"), "{why}");
}

#[test]
fn no_is_an_answer_and_a_failure_is_not() {
    assert!(matches!(no_table(AskError::Declined), Ok(Booking { status: Status::Declined, .. })));
    assert!(matches!(no_table(AskError::Cancelled), Ok(Booking { status: Status::Cancelled, .. })));
    assert!(no_table(AskError::Refused("out of order".to_owned())).is_err());
}

#[tokio::test]
async fn without_a_session_each_question_is_a_round_and_each_effect_happens_once() {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": { "elicitation": {}, "sampling": {} },
    });
    let yes = json!({ "action": "accept", "content": {} });
    for (answers, status, effects) in [
        (vec![("wish", wish()), ("confirm", yes), ("confirmation", written())], "booked", vec!["held", "booked"]),
        (vec![("wish", wish()), ("confirm", json!({ "action": "decline" }))], "declined", vec!["held", "given_back"]),
        (vec![("wish", wish()), ("confirm", json!({ "action": "cancel" }))], "cancelled", vec!["held", "given_back"]),
        (vec![("wish", json!({ "action": "decline" }))], "declined", vec![]),
    ] {
        let mut client = connect();
        let mut params = json!({ "name": "book", "arguments": { "place": "gull" }, "_meta": meta });
        for (key, answer) in answers {
            let round = request(&mut client, "tools/call", params.clone()).await;
            assert!(round["result"]["inputRequests"][key].is_object(), "{round}");
            params["requestState"] = round["result"]["requestState"].clone();
            params["inputResponses"] = json!({ key: answer });
        }
        let end = request(&mut client, "tools/call", params).await;
        assert_eq!(end["result"]["structuredContent"]["status"], status, "{end}");
        assert_eq!(diary(&mut client, &meta).await, happened(&effects), "{status}");
    }
}

#[tokio::test]
async fn in_a_session_the_model_writes_the_confirmation() {
    let mut client = connect();
    let capabilities = json!({ "elicitation": {}, "sampling": {} });
    let hello = json!({
        "protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": { "name": "test", "version": "1" },
    });
    assert!(request(&mut client, "initialize", hello).await["result"].is_object());
    client.send(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    let call = json!({ "name": "book", "arguments": { "place": "gull" } });
    let mut question = request(&mut client, "tools/call", call).await;
    for (method, answer) in [
        ("elicitation/create", wish()),
        ("elicitation/create", json!({ "action": "accept", "content": { "remarks": "no nuts" } })),
        ("sampling/createMessage", written()),
    ] {
        assert_eq!(question["method"], method, "{question}");
        client.send(json!({ "jsonrpc": "2.0", "id": question["id"], "result": answer }).to_string());
        question = receive(&mut client).await;
    }
    assert_eq!(question["result"]["structuredContent"]["message"], "See you!", "{question}");
    assert_eq!(diary(&mut client, &json!({})).await, happened(&["held", "booked"]));
}
