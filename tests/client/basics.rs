//! What a server offers, and what its tools answer.

use mcp_runtime::Version;
use mcp_runtime::client::{Client, ClientError, ClientHandler, ElicitationReply};
use mcp_runtime::prelude::*;
use serde_json::{Value, json};

use super::servers::{all, connect};

#[tokio::test]
async fn tools_are_listed_and_called_in_every_revision() {
    for (way, version) in all() {
        let client = connect(Client::builder(), way, version, "").await;
        let spoken = client.agreement().await.expect("it is connected").version();
        assert_eq!(spoken, version.unwrap_or(Version::LATEST), "{way:?}");
        let tools = client.tools().await.expect("tools");
        assert!(tools.iter().any(|tool| tool.name == "echo"), "{way:?} {version:?}");
        let result = client.call("echo", json!({"message": "é\n☃"})).await.expect("an echo");
        assert_eq!(result.text(), "é\n☃", "{way:?} {version:?}");
        let failed = client.call("echo", json!({"message": 7})).await.expect_err("a number");
        assert!(matches!(&failed, ClientError::Tool(_)), "{way:?} {version:?}: {failed:?}");
        let unknown = client.call("no such tool", ()).await.expect_err("unknown");
        assert_eq!(unknown.code(), Some(-32602), "{way:?} {version:?}: {unknown:?}");
        assert!(!unknown.may_have_run(), "{way:?} {version:?}: {unknown:?}");
        client.ping().await.expect("it is there");
        client.close().await;
        assert!(matches!(client.call("echo", ()).await, Err(ClientError::Closed)), "{way:?} {version:?}");
    }
}

/// Returns what its type does not tell.
#[tool]
fn any_json(number: bool) -> Value {
    if number { json!(7) } else { json!({ "subject": "ada" }) }
}

#[tokio::test]
async fn a_value_of_any_type_is_the_one_that_the_tool_has_returned() {
    let server = Server::empty("any").with(tools![any_json]).build().expect("nothing is wrong with it");
    let client = Client::to(&server).await.expect("connected");
    for (number, expected) in [(true, json!(7)), (false, json!({ "subject": "ada" }))] {
        let result = client.call("any_json", json!({ "number": number })).await.expect("a value");
        assert_eq!(result.value::<Value>().expect("any JSON"), expected);
        assert_eq!(result.structured().expect("an object"), json!({ "result": expected }).to_string());
    }
}

#[tokio::test]
async fn what_a_tool_asks_is_answered_by_one_handler_in_every_revision() {
    for (way, version) in all() {
        if version.is_some_and(|version| version < Version::V2025_06_18) {
            continue;
        }
        let handler = ClientHandler::new().on_form(|form| async move {
            let field = form.required().next().expect("a field").to_owned();
            ElicitationReply::accept(json!({ field: form.message() }))
        });
        let client = connect(Client::builder().handler(handler), way, version, "asking").await;
        let result = client.call("both", ()).await;
        let result = result.unwrap_or_else(|error| panic!("{way:?} {version:?}: {error}"));
        assert_eq!(result.text(), "Left? Right?", "{way:?} {version:?}");
        client.close().await;
    }
}
