//! What a schema admits is taken, and nothing else.

use mcp_runtime::ServerBuilder;
use serde_json::{Value, json};

use super::client::Client;
use super::judge;
use super::values::{Random, Values};

/// How often values are made for a tool.
const ROUNDS: u64 = 24;

/// Keywords that a listed root is without: what they say is merged, and the schema admits more then.
const MERGED: [&str; 6] = ["oneOf", "anyOf", "allOf", "not", "$ref", "unevaluatedProperties"];

/// The tool that lists exactly what another tool's calls are held to.
pub fn exact_name(tool: &Value) -> Option<String> {
    let name = tool["name"].as_str()?;
    (!name.starts_with("exact_")).then(|| format!("exact_{name}"))
}

/// Calls each tool with values made from its schema. The independent judge, the schema that is listed, the one that calls are
/// held to and the type itself have to agree; what is refused is refused in the result of a tool.
pub async fn agree(server: ServerBuilder) {
    let mut client = Client::of(server);
    let tools = client.tools().await;
    let (mut taken, mut refused, mut is_open) = (0, 0, false);
    for (name, tool) in &tools {
        let Some(exact) = exact_name(tool) else { continue };
        let (listed, exact) = (&tool["inputSchema"], &tools[&exact]["inputSchema"]);
        let is_merged = MERGED.iter().any(|keyword| exact.get(keyword).is_some());
        is_open |= exact.get("properties").is_none() && !is_merged;
        let (judge, plain_exact, plain_listed) = (judge::strict(exact), judge::plain(exact), judge::plain(listed));
        let lax = judge::without_text_formats(exact);
        let output = tool.get("outputSchema").map(judge::strict);
        for round in 0..ROUNDS {
            let mut of_exact = Values::new(exact, Random::new(round));
            let mut cases = vec![of_exact.fitting(), Values::new(listed, Random::new(round)).fitting()];
            cases.extend((0..6).map(|_| of_exact.near()));
            for (index, arguments) in cases.iter().enumerate().filter(|(_, arguments)| arguments.is_object()) {
                let about = format!("{name} {arguments} in round {round}: {exact}");
                let (admitted, is_listed) = (judge.is_valid(arguments), plain_listed.is_valid(arguments));
                // A schema that is merged holds members to what one form says of them, also where another form ignores them.
                let is_comparable = index == 0 || !is_merged;
                assert!(is_listed || !admitted || !is_comparable, "the listed schema refuses {about}: {listed}");
                assert!(
                    is_merged || is_listed == plain_exact.is_valid(arguments),
                    "the listed schema differs: {about}"
                );
                let result = client.call(name, arguments).await;
                let text = result["content"][0]["text"].as_str().unwrap_or_default();
                let is_taken = result["isError"] != true;
                let may_differ = if is_taken { lax.is_valid(arguments) } else { says_less(arguments) };
                assert!(is_taken == admitted || may_differ, "{text}: {about}");
                if is_taken {
                    taken += 1;
                    let Some(output) = &output else { continue };
                    let given = &result["structuredContent"];
                    assert!(output.is_valid(given), "{given} is not what {name} says that it gives");
                    let is_wrapped = tool["outputSchema"].get("x-fastmcp-wrap-result").is_some();
                    let value = if is_wrapped { &given["result"] } else { given };
                    let arguments = if name == "back" { &json!({ "value": value }) } else { value };
                    let again = client.call(name, arguments).await;
                    assert_eq!(&again["structuredContent"], given, "what {name} gives is not taken: {again}");
                } else {
                    refused += 1;
                    assert!(text.starts_with("Invalid arguments:\n- "), "{text}: {about}");
                }
            }
        }
    }
    assert!(taken > 20 && (refused > 20 || is_open), "{taken} taken, {refused} refused: there is nothing to compare");
}

/// Whether a value has what schemars says too little of: a variant without content that has some.
fn says_less(value: &Value) -> bool {
    match value {
        Value::Object(members) if value["kind"] == "None" && members.contains_key("value") => true,
        Value::Object(members) => members.values().any(says_less),
        Value::Array(items) => items.iter().any(says_less),
        _ => false,
    }
}
