//! `Log`: a line in the log for each request.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_runtime::Principal;
use mcp_runtime::client::Client;
use mcp_runtime::layers::Log;
use mcp_runtime::prelude::*;
use mcp_tests::logged::Logged;
use serde_json::json;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

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
    let method = line.find("method=").expect("a method");
    assert!(line[..method].ends_with("mcp_runtime::request: request "), "each line has a message: {line}");
    line[method..].to_owned()
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

/// Logs something of its own.
#[tool(group = GROUP)]
fn tell() {
    tracing::info!("inside");
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Each layer of a subscriber may have a filter of its own; what one of them says of a line is not said of the next.
#[tokio::test(start_paused = true)]
async fn that_a_line_is_not_wanted_by_one_reader_hides_nothing_else_from_it() {
    // With this one alone, other threads' readers would decide for it.
    let _others = Logged::listen();
    let kept = Kept::default();
    let writer = kept.clone();
    let without = Targets::new().with_default(LevelFilter::INFO).with_target("mcp_runtime::request", LevelFilter::OFF);
    let subscriber = tracing_subscriber::registry()
        .with(fmt::layer().with_ansi(false).with_writer(move || writer.clone()).with_filter(without))
        .with(fmt::layer().with_writer(std::io::sink).with_filter(LevelFilter::INFO));
    let _reads = tracing::subscriber::set_default(subscriber);
    let server = Server::of(&GROUP).layer(Log::new()).build().expect("a server");
    let client = Client::to(&server).await.expect("a client");
    client.call("tell", json!({})).await.expect("an answer");
    let lines = String::from_utf8(kept.0.lock().expect("no panic").clone()).expect("text");
    assert!(lines.contains("inside") && !lines.contains("mcp_runtime::request"), "{lines}");
}
