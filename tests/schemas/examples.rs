//! The example that the command line gives of each tool: a shell takes it, and so does the tool.

use std::path::Path;
use std::process::Command;

use mcp_runtime::Server;
use serde_json::Value;

use super::client::Client;
use super::judge::strict;

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");

/// Schemas with every keyword that values are made by.
const BY_HAND: &str = include_str!("examples.json");

#[test]
fn examples_of_schemas_by_hand_fit() {
    fit("by-hand", serde_json::from_str(BY_HAND).expect("a list of schemas"));
}

#[tokio::test]
async fn examples_of_types_fit() {
    let mut schemas = Vec::new();
    for group in crate::POSITIONS.iter().chain(crate::FLAT) {
        let mut tools = Client::of(Server::of(group)).tools().await;
        schemas.extend(["exact_back", "exact_flat"].iter().filter_map(|name| tools.remove(*name)));
    }
    fit("types", schemas.into_iter().map(|mut tool| tool["inputSchema"].take()).collect());
}

/// Has the command line give an example for each of these schemas, and calls the tool as the example says.
fn fit(name: &str, schemas: Vec<Value>) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("examples-{}-{name}.json", std::process::id()));
    std::fs::write(&file, Value::from(schemas.clone()).to_string()).expect("it can be written");
    let run = |command: &mut Command| {
        let done = command.env("FIXTURE", "given").env("SCHEMAS", &file).output().expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (text(done.stdout), text(done.stderr))
    };
    let mut failures = Vec::new();
    for (at, schema) in schemas.iter().enumerate() {
        let (help, errors) = run(Command::new(SERVER).args(["call", &format!("t{at}"), "--help"]));
        let Some(example) = help.split_once("\nExample: fixture-server ").map(|(_, example)| example) else {
            failures.push(format!("no example: {help}{errors}{schema}"));
            continue;
        };
        let (given, errors) = run(Command::new("sh").args(["-c", &format!("{SERVER} {example}")]));
        let given = serde_json::from_str::<Value>(&given).unwrap_or_default();
        if !errors.is_empty() || !strict(schema).is_valid(&given) {
            failures.push(format!("{example}\n{errors}{given}\n{schema}"));
        }
    }
    std::fs::remove_file(&file).expect("it is there");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
