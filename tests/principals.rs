//! Who calls: on connections that have no way to tell, the one whom the builder names.

use mcp_runtime::prelude::*;
use mcp_runtime::{MemoryClient, Principal, Version};
use serde_json::{Value, json};

static WHO: Group = Group::new("who");

/// Says who is calling, and whether they may write.
#[tool(group = WHO)]
fn me(principal: Principal) -> String {
    format!("{} {}", principal.subject().unwrap_or("nobody"), principal.has_scope("write"))
}

async fn asked(mut client: MemoryClient) -> String {
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
        "io.modelcontextprotocol/clientCapabilities": {} });
    let params = json!({ "name": "me", "_meta": meta });
    client.send(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string());
    let answer: Value = serde_json::from_str(&client.receive().await.expect("an answer")).expect("JSON");
    answer["result"]["content"][0]["text"].as_str().expect("a text").to_owned()
}

#[test]
fn equal_principals_are_one_key_of_a_map_and_others_are_others() {
    let claim = |text: &str| ("tenant", serde_json::value::RawValue::from_string(text.to_owned()).expect("JSON"));
    let all = || {
        let later = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1);
        let ada = Principal::new("ada");
        [
            Principal::anonymous(),
            ada.clone(),
            ada.clone().with_issuer("https://a"),
            ada.clone().with_client("c"),
            ada.clone().with_scopes(["read"]),
            ada.clone().with_roles(["admin"]),
            ada.clone().with_claims([claim("1")]),
            ada.clone().with_claims([claim("2")]),
            ada.with_expiry(later),
        ]
    };
    let hashed: std::collections::HashSet<_> = all().into_iter().chain(all()).collect();
    let sorted: std::collections::BTreeSet<_> = all().into_iter().chain(all()).collect();
    assert_eq!((hashed.len(), sorted.len()), (all().len(), all().len()));
    assert_eq!(sorted.first(), Some(&Principal::anonymous()));
}

#[tokio::test]
async fn nobody_is_identified_by_default() {
    let server = Server::of(&WHO).build().expect("a server");
    assert_eq!(asked(server.connect()).await, "nobody false");
}

#[tokio::test]
async fn connections_that_identify_nobody_are_of_whom_the_builder_names() {
    let server = Server::of(&WHO).principal(Principal::new("ada").with_scopes(["write"])).build().expect("a server");
    assert_eq!(asked(server.connect()).await, "ada true");
}

#[tokio::test]
async fn a_connection_can_be_given_a_principal_of_its_own() {
    let server = Server::of(&WHO).principal(Principal::new("ada").with_scopes(["write"])).build().expect("a server");
    assert_eq!(asked(server.connect_as(Principal::new("bob"))).await, "bob false");
    assert_eq!(asked(server.connect_as(Principal::anonymous())).await, "nobody false");
}
