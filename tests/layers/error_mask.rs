//! `ErrorMask`: what is hidden from clients is in the log.

use mcp_runtime::client::Client;
use mcp_tests::fixture;
use mcp_tests::logged::Logged;
use serde_json::json;

async fn fail(variant: &str, how: &str) -> (String, String) {
    let logged = Logged::listen();
    let server = fixture::builder(variant).build().expect("a server");
    let client = Client::to(&server).await.expect("a client");
    let error = client.call("try_it", json!({ "how": how })).await.expect_err("a failure");
    (error.to_string(), logged.take())
}

#[tokio::test]
async fn the_reference_that_a_client_gets_stands_in_the_log_with_the_error_and_its_causes() {
    let (told, lines) = fail("masking", "unknown").await;
    let reference = told.split("(reference ").nth(1).and_then(|rest| rest.split(')').next()).expect("a reference");
    assert!(reference.len() == 12 && reference.bytes().all(|byte| byte.is_ascii_hexdigit()), "{told}");
    let mut lines = lines.lines().filter(|line| line.contains(reference));
    let line = lines.next().expect("a line");
    assert!(line.contains("ERROR") && line.contains("`try_it`"), "{line}");
    assert!(line.contains("could not start (could not read the settings): no such\\nfile"), "{line}");
    assert_eq!(lines.next(), None);
    assert_ne!(fail("masking", "unknown").await.0, told, "each has its own");
}

#[tokio::test]
async fn texts_are_hidden_where_the_program_asks_for_it() {
    assert!(fail("masking", "text").await.0.contains("say please"));
    let (told, lines) = fail("masking-strict", "text").await;
    assert!(told.contains("(reference ") && !told.contains("please"), "{told}");
    assert!(lines.contains("say please"), "{lines}");
}
