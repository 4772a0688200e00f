//! Crates that know the runtime by another name than its own. That they are compiled is most of the test.

use mcp_runtime::ServerBuilder;

#[tokio::test]
async fn the_macros_find_a_runtime_that_is_renamed() {
    check(renamed_tools::server(), "renamed").await;
}

#[tokio::test]
async fn the_macros_find_a_runtime_that_another_crate_re_exports() {
    check(facade_tools::server(), "through").await;
}

async fn check(server: ServerBuilder, name: &str) {
    let mut client = server.build().expect("nothing is wrong with it").connect();
    let session = r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}"#;
    client.send(format!(r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{session}}}"#));
    client.receive().await.expect("the answer to initialize");
    let calls = [
        ("tools/call", format!(r#"{{"name":"{name}_buy","arguments":{{"order":{{"item":"tea","count":2}}}}}}"#), "tea"),
        ("tools/call", format!(r#"{{"name":"{name}_sell","arguments":{{"count":17}}}}"#), "17"),
        ("resources/read", format!(r#"{{"uri":"{name}://7"}}"#), "7 None"),
        ("prompts/get", format!(r#"{{"name":"{name}_greet","arguments":{{"name":"Ada"}}}}"#), "Greet Ada."),
    ];
    for (method, params, expected) in calls {
        client.send(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#));
        let answer = client.receive().await.expect("an answer");
        assert!(answer.contains(expected), "{method}: {answer}");
    }
}
