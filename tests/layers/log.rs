//! `Log`: a line in the log for each request.

use std::time::Duration;

use mcp_runtime::Principal;
use mcp_runtime::client::Client;
use mcp_runtime::layers::Log;
use mcp_runtime::prelude::*;
use mcp_tests::logged::Logged;
use serde_json::json;

static GROUP: Group = Group::new("noted");

/// Signs somebody in.
#[tool(group = GROUP)]
fn sign_in(user: String, password: String) -> Result<String> {
    if password.is_empty() {
        return Err(Error::new("no\npassword"));
    }
    Ok(format!("{{\"user\":\"{user}\",\"session_token\":\"secret 7\"}}"))
}

/// Never ends.
#[tool(group = GROUP)]
async fn linger() {
    std::future::pending().await
}

/// What is logged of one call, from the method on.
async fn line(log: Log, tool: &str, arguments: serde_json::Value) -> String {
    let logged = Logged::listen();
    let server = Server::of(&GROUP).layer(log).principal(Principal::new("ada\n2026 INFO forged"));
    let server = server.build().expect("a server");
    let client = Client::builder().identity("desk\u{1b}[2J", "1.2.0").connect(&server).await.expect("a client");
    let _ = tokio::time::timeout(Duration::from_secs(1), client.call(tool, arguments)).await;
    // The clock of the test goes on when there is nothing left to do: the server has heard of the cancellation.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let lines = logged.take();
    let mut lines = lines.lines().filter(|line| line.contains("mcp_runtime::request") && line.contains("tools/call"));
    let line = lines.next().expect("a line").to_owned();
    assert_eq!(lines.next(), None, "one line");
    line[line.find("method=").expect("a method")..].to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_line_tells_who_asked_for_what_and_what_came_of_it_and_cannot_be_forged() {
    let line = line(Log::new(), "sign_in", json!({ "user": "ada", "password": "secret 1" })).await;
    let begins = r#"method="tools/call" target="sign_in" principal="ada\\n2026 INFO forged" client="desk\\u{1b}[2J 1.2.0" protocol=""#;
    assert!(line.starts_with(begins), "{line}");
    assert!(line.contains(r#" outcome="result" duration_ms=0"#) && line.contains(" bytes="), "{line}");
    assert!(!line.contains("secret"), "{line}");
}

#[tokio::test(start_paused = true)]
async fn payloads_are_logged_when_asked_for_without_secrets_and_cut() {
    let arguments = json!({ "user": "ada", "password": "secret 1" });
    let whole = line(Log::new().payloads(2_000), "sign_in", arguments.clone()).await;
    assert!(whole.contains(r#"\"user\":\"ada\""#) && whole.contains("(redacted)"), "{whole}");
    assert!(!whole.contains("secret"), "{whole}");
    let cut = line(Log::new().payloads(8).redact(["user"]), "sign_in", arguments).await;
    assert!(cut.contains(" bytes)") && !cut.contains("ada\\\""), "{cut}");
    let failed = line(Log::new().payloads(2_000), "sign_in", json!({ "user": "ada", "password": "" })).await;
    assert!(failed.contains(r#"outcome="tool error""#), "{failed}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_cancelled_has_a_line() {
    let line = line(Log::new(), "linger", json!({})).await;
    assert!(line.contains(r#"outcome="cancelled""#), "{line}");
}
