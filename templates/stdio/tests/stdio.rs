//! Talks to the built server as a client does: JSON-RPC over its pipes, one message per line.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

/// Sends the requests after a handshake and gives what came back, by request id.
fn converse(requests: &[Value]) -> BTreeMap<u64, Value> {
    let mut server = Command::new(env!("CARGO_BIN_EXE_{{project-name}}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server starts");

    let mut stdin = server.stdin.take().expect("stdin is piped");
    let handshake = [
        json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1.0"},
        }}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
    ];
    for message in handshake.iter().chain(requests) {
        writeln!(stdin, "{message}").expect("the server reads");
    }
    // The end of input: the server finishes what it was asked and exits.
    drop(stdin);

    let output = server.wait_with_output().expect("the server ends");
    assert!(output.status.success(), "{}", output.status);
    let text = String::from_utf8(output.stdout).expect("the answers are UTF-8");
    text.lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("every line is JSON"))
        .filter_map(|answer| Some((answer["id"].as_u64()?, answer["result"].clone())))
        .collect()
}

#[test]
fn a_client_can_list_call_read_and_get() {
    let answers = converse(&[
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call",
               "params": {"name": "count_words", "arguments": {"text": "one two three"} } }),
        json!({"jsonrpc": "2.0", "id": 3, "method": "resources/read", "params": {"uri": "note://7"} }),
        json!({"jsonrpc": "2.0", "id": 4, "method": "prompts/get",
               "params": {"name": "greet", "arguments": {"name": "Ada"} } }),
    ]);

    assert_eq!(answers[&0]["serverInfo"]["name"], env!("CARGO_PKG_NAME"));
    assert_eq!(answers[&1]["tools"][0]["name"], "count_words");
    assert_eq!(answers[&2]["content"][0]["text"], "3");
    assert_eq!(answers[&3]["contents"][0]["text"], "This is note 7.");
    let greeting = answers[&4]["messages"][0]["content"]["text"].as_str();
    assert!(greeting.is_some_and(|text| text.contains("Ada")), "{greeting:?}");
}
