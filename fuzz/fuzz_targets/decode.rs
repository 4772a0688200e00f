//! Any bytes: `cargo fuzz run decode -s none`.
//!
//! Nothing panics; a message that is a request keeps its id; a batch has as many messages as its array has items; what is
//! no JSON is never taken for a message.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_proto::era;
use mcp_proto::wire::{Arguments, Id, Incoming, Message, decode};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let json = serde_json::from_slice::<Value>(bytes).ok();
    match decode(bytes.to_vec()) {
        Incoming::One(message) => check(&message, json.as_ref()),
        Incoming::Batch(messages) => {
            let items = json.as_ref().and_then(Value::as_array);
            if let Some(items) = items {
                assert_eq!(messages.len(), items.len());
            }
            for (index, message) in messages.iter().enumerate() {
                check(message, items.map(|items| &items[index]));
            }
        }
    }
});

/// `json` is the same message as a tree, where the tree's own limit on depth allowed one.
fn check(message: &Message, json: Option<&Value>) {
    match message {
        Message::Request(request) => {
            if let Some(json) = json {
                assert!(same(&request.id, &json["id"]));
                assert_eq!(json["method"], request.method.as_str());
                assert_eq!(json["jsonrpc"], "2.0");
            }
            if let (Some(json), Arguments::Object(_)) = (json, request.arguments()) {
                let arguments: Value = serde_json::from_str(request.arguments_json()).expect("a span of JSON");
                assert_eq!(arguments, json["params"]["arguments"]);
            }
            let _ = (request.name(), request.uri(), request.cursor(), request.log_level());
            let _ = (request.progress_token(), request.protocol_version());
            let _ = (request.params_json(), request.meta_json(), request.params::<Value>());
            let _ = era::admit(request, None);
        }
        Message::Notification(notification) => {
            let _ = notification.params::<Value>();
            assert!(json.is_none_or(|json| json.get("id").is_none()));
        }
        Message::Response(response) => {
            let (Ok(outcome) | Err(outcome)) = response.outcome();
            assert!(!outcome.is_empty());
        }
        Message::Invalid(invalid) => {
            if let (Some(id), Some(json)) = (&invalid.id, json) {
                assert!(same(id, &json["id"]));
            }
        }
        _ => {}
    }
}

/// Whether the id is the same, in type and value; `-0` is 0.
fn same(id: &Id, json: &Value) -> bool {
    let mut text = Vec::new();
    id.write(&mut text);
    let id: Value = serde_json::from_slice(&text).expect("ids are JSON");
    id == *json || (id == 0 && json.as_f64() == Some(0.0))
}
