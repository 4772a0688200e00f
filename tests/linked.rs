//! Tools of a crate that nobody names but for its tools.

use mcp_runtime::prelude::*;

mcp_runtime::link!(linked_tools);

#[tokio::test]
async fn a_crate_that_is_linked_for_its_tools_brings_them() {
    let server = Server::new("linked").build().expect("nothing is wrong with it");
    let mut client = server.connect();
    let session = r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}"#;
    client.send(format!(r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{session}}}"#));
    client.send(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"from_another_crate"}}"#);
    client.receive().await.expect("the answer to initialize");
    let answer = client.receive().await.expect("the answer to the call");
    assert!(answer.contains(r#""text":"linked""#), "{answer}");
}
