//! Lists of functions that were imported from another crate. Nothing else in this program links that crate.

use linked_tools::named::{Voice, last, shout as loud};
use mcp_runtime::prelude::*;

const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":"#,
    r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#
);

#[tokio::test]
async fn functions_of_another_crate_are_listed_by_the_names_they_were_imported_under() {
    let server = Server::empty("imported").with(tools![loud, Voice::whisper]).with_resources(resources![last]);
    let mut client = server.state(Voice).build().expect("all are found").connect();
    client.send(INITIALIZE);
    client.receive().await.expect("the answer to initialize");
    for (method, params, answer) in [
        ("tools/call", r#"{"name":"shout","arguments":{"text":"hey"}}"#, r#""text":"HEY""#),
        ("tools/call", r#"{"name":"whisper","arguments":{"text":"HEY"}}"#, r#""text":"hey""#),
        ("resources/read", r#"{"uri":"said://last"}"#, r#""text":"nothing""#),
    ] {
        client.send(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#));
        let answered = client.receive().await.expect("an answer");
        assert!(answered.contains(answer), "{answered}");
    }
}
