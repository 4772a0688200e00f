//! The audit log: each request is a line, which refers to the line before.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use mcp_runtime::audit::{Audit, AuditFile, AuditSink};
use mcp_runtime::client::Client;
use mcp_runtime::prelude::*;
use mcp_runtime::{Principal, Version};
use serde_json::{Value, json};

static GROUP: Group = Group::new("audited");

/// Greets somebody.
#[tool(group = GROUP, public)]
fn greet(name: String, password: Option<String>) -> Result<String> {
    match password {
        Some(_) => Err(Error::new("no passwords, please")),
        None => Ok(format!("hello {name}")),
    }
}

/// Refunds an order.
#[tool(group = GROUP, scopes = "orders:write")]
fn refund(order: u32) -> u32 {
    order
}

/// A note.
#[resource("note://{id}", group = GROUP, public)]
fn note(id: u32) -> String {
    format!("note {id}")
}

/// Closes the shop.
#[tool(group = GROUP, roles = "manager")]
fn close() {}

/// What is in the safe.
#[resource("safe://{id}", group = GROUP, roles = "manager")]
fn safe(id: u32) -> u32 {
    id
}

/// Whether an order may be looked at: nobody is to learn that there is another one.
fn may_see(_: &Principal, order: &u32) -> Result<()> {
    if *order == 7 { Ok(()) } else { Err(Error::not_found()) }
}

/// Tells of an order.
#[tool(group = GROUP, policy = may_see(order))]
fn status(order: u32) -> u32 {
    order
}

/// Lines in memory, as long as there is room.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<(Vec<String>, bool)>>);

impl Kept {
    fn set_full(&self, is_full: bool) {
        self.0.lock().expect("no panic").1 = is_full;
    }

    fn lines(&self) -> Vec<Value> {
        let kept = self.0.lock().expect("no panic");
        kept.0.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

impl AuditSink for Kept {
    fn write(&mut self, lines: &[String]) -> io::Result<()> {
        let mut kept = self.0.lock().expect("no panic");
        if kept.1 {
            return Err(io::Error::other("the disk is full"));
        }
        kept.0.extend_from_slice(lines);
        Ok(())
    }
}

async fn client(audit: &Audit) -> Client {
    let ada = Principal::new("ada").with_issuer("https://id.example.com").with_client("desk");
    let server = Server::of(&GROUP).principal(ada).audit(audit.clone()).build().expect("a server");
    Client::to(&server).await.expect("a client")
}

#[tokio::test]
async fn a_line_tells_who_asked_for_what_whether_it_was_allowed_and_what_came_of_it() {
    let kept = Kept::default();
    let audit = Audit::to(kept.clone());
    let client = client(&audit).await;
    client.call("greet", json!({ "name": "bob" })).await.expect("an answer");
    client.call("refund", json!({ "order": 7 })).await.expect_err("it is denied");
    client.call("nothing", json!({})).await.expect_err("it does not exist");
    client.read("note://7").await.expect("an answer");
    client.call("close", json!({})).await.expect_err("it does not exist for her");
    client.read("safe://7").await.expect_err("it does not exist for her");
    client.read("nowhere://7").await.expect_err("it does not exist");
    client.call("status", json!({ "order": 7 })).await.expect("an answer");
    client.call("status", json!({ "order": 8 })).await.expect_err("it does not exist for her");
    client.call("greet", json!({ "name": 8 })).await.expect_err("she may, but not like this");
    assert!(audit.flush().await);
    let lines = kept.lines();
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            ["seq", "method", "target", "decision", "outcome"].map(|name| line[name].to_string().replace('"', ""))
        })
        .collect();
    let expected = [
        ["1", "tools/call", "greet", "allowed", "result"],
        ["2", "tools/call", "refund", "denied", "error -40300"],
        ["3", "tools/call", "nothing", "refused", "error -32602"],
        ["4", "resources/read", "note://7", "allowed", "result"],
        ["5", "tools/call", "close", "denied", "error -32602"],
        ["6", "resources/read", "safe://7", "denied", "error -32602"],
        ["7", "resources/read", "nowhere://7", "refused", "error -32602"],
        ["8", "tools/call", "status", "allowed", "result"],
        ["9", "tools/call", "status", "denied", "tool error"],
        ["10", "tools/call", "greet", "allowed", "tool error"],
    ];
    assert_eq!(told, expected.map(|row| row.map(str::to_owned)));
    for line in &lines {
        let who = ["issuer", "subject", "client"].map(|name| line[name].as_str());
        assert_eq!(who, [Some("https://id.example.com"), Some("ada"), Some("desk")], "{line}");
        assert!(line["durationMs"].is_number() && line["bytes"].is_number() && line["time"].is_string(), "{line}");
    }
    let greeted = &lines[0]["arguments"];
    assert_eq!((greeted["bytes"].as_u64(), greeted["sha256"].as_str().map(str::len)), (Some(14), Some(64)));
    assert!(lines[1]["reason"].as_str().is_some_and(|reason| reason.contains("orders:write")), "{}", lines[1]);
}

#[tokio::test]
async fn a_subscription_to_what_a_caller_may_not_know_of_is_denied() {
    let kept = Kept::default();
    let audit = Audit::to(kept.clone());
    let server = Server::of(&GROUP).audit(audit.clone()).build().expect("a server");
    let client = Client::builder().version(Version::V2025_11_25).connect(&server).await.expect("a client");
    for (uri, decision) in [("safe://7", "denied"), ("nowhere://7", "refused")] {
        client.request::<Value>("resources/subscribe", json!({ "uri": uri })).await.expect_err("nothing is there");
        assert!(audit.flush().await);
        let line = kept.lines().pop().expect("a line");
        assert_eq!((&line["method"], &line["decision"]), (&json!("resources/subscribe"), &json!(decision)), "{line}");
    }
}

#[tokio::test]
async fn lines_are_short_whatever_was_sent() {
    let kept = Kept::default();
    let audit = Audit::to(kept.clone()).or_deny();
    let client = client(&audit).await;
    let long = "ü".repeat(100_000);
    client.call("greet", json!({ "name": long, "password": "" })).await.expect_err("it fails");
    client.call(&long, json!({})).await.expect_err("it does not exist");
    client.read(&format!("nowhere://{long}")).await.expect_err("it does not exist");
    client.read(&format!("note://{long}")).await.expect_err("it is no number");
    client.call("greet", json!({ (&long): 1 })).await.expect_err("there is no such argument");
    assert!(audit.flush().await);
    let lines = kept.lines();
    assert_eq!(lines.len(), 7, "one of each, and two of a tool that has begun");
    for line in lines {
        assert!(line.to_string().len() < 1_500, "{} bytes: {line:.200}", line.to_string().len());
    }
}

#[tokio::test]
async fn arguments_are_recorded_without_secrets_where_the_program_wants_them() {
    let kept = Kept::default();
    let audit = Audit::to(kept.clone()).arguments(1_000).redact(["nickname"]);
    let client = client(&audit).await;
    client.call("greet", json!({ "name": "bob", "password": "hunter2" })).await.expect_err("it fails");
    audit.flush().await;
    let arguments = kept.lines()[0]["arguments"].as_str().expect("a text").to_owned();
    assert!(arguments.contains("bob") && arguments.contains("(redacted)") && !arguments.contains("hunter2"));
}

#[tokio::test]
async fn names_that_are_not_recorded_are_left_out_whatever_was_said_first() {
    let kept = Kept::default();
    let audit = Audit::to(kept.clone()).redact(["name"]).arguments(10).arguments(1_000);
    let client = client(&audit).await;
    client.call("greet", json!({ "name": "bob" })).await.expect("an answer");
    audit.flush().await;
    let arguments = kept.lines()[0]["arguments"].as_str().expect("a text").to_owned();
    assert!(arguments.contains("(redacted)") && !arguments.contains("bob"), "{arguments}");
}

#[tokio::test]
async fn each_line_has_the_digest_of_the_one_before_and_tells_which_are_lost() {
    let kept = Kept::default();
    let audit = Audit::to(kept.clone());
    let client = client(&audit).await;
    let greet = async || client.call("greet", json!({ "name": "bob" })).await.map(drop);
    greet().await.expect("an answer");
    assert!(audit.flush().await);
    kept.set_full(true);
    greet().await.expect("it goes on");
    assert!(!audit.flush().await);
    greet().await.expect("it goes on");
    assert!(!audit.flush().await);
    kept.set_full(false);
    greet().await.expect("an answer");
    assert!(audit.flush().await);
    let lines = kept.lines();
    assert_eq!((lines[0]["seq"].as_u64(), lines[1]["seq"].as_u64()), (Some(1), Some(4)));
    assert_eq!((lines[1]["lost"].as_u64(), audit.lost()), (Some(2), 2));
    assert_eq!(lines[1]["prev"].as_str().map(str::len), Some(64));
}

#[tokio::test]
async fn where_nothing_can_be_recorded_nothing_runs_if_the_program_wants_it_so() {
    let kept = Kept::default();
    let audit = Audit::to(kept.clone()).or_deny();
    let client = client(&audit).await;
    client.call("greet", json!({ "name": "bob" })).await.expect("an answer");
    audit.flush().await;
    let events: Vec<_> = kept.lines().iter().map(|line| line["event"].as_str().map(str::to_owned)).collect();
    assert_eq!(events, [Some("begin".to_owned()), Some("end".to_owned())]);
    kept.set_full(true);
    let error = client.call("greet", json!({ "name": "bob" })).await.expect_err("it is refused");
    assert!(error.to_string().contains("Internal error") && !error.to_string().contains("disk"), "{error}");
    kept.set_full(false);
    client.call("greet", json!({ "name": "bob" })).await.expect("an answer");
}

fn place(name: &str) -> PathBuf {
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("audit-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place).expect("a folder");
    place.join("audit.jsonl")
}

fn verify(path: &std::path::Path) -> (bool, String) {
    let server = env!("CARGO_BIN_EXE_fixture-server");
    let done = std::process::Command::new(server).args(["audit", "verify", "--file"]).arg(path).output();
    let done = done.expect("it runs");
    (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
}

#[tokio::test]
async fn a_file_goes_on_over_restarts_and_rotations_and_verifies() {
    let path = place("rotated");
    let began = SystemTime::now() - Duration::from_secs(1);
    for _ in 0..3 {
        let audit = Audit::to(AuditFile::open(&path).expect("a file").rotate(1_000, 20).sync(true));
        let client = client(&audit).await;
        for _ in 0..5 {
            client.call("greet", json!({ "name": "bob" })).await.expect("an answer");
            assert!(audit.flush().await);
        }
        assert!(audit.since(began).await.expect("lines").len() >= 5);
    }
    assert!(path.with_file_name("audit.jsonl.2").exists(), "it is rotated");
    let (is_whole, told) = verify(&path);
    assert!(is_whole && told.starts_with("15 lines"), "{told}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
    }
    // A line in an older file is changed.
    let older = path.with_file_name("audit.jsonl.1");
    let text = std::fs::read_to_string(&older).expect("a file").replacen("greet", "grest", 1);
    std::fs::write(&older, text).expect("it is written");
    assert!(!verify(&path).0);
}

#[tokio::test]
async fn a_line_that_was_cut_off_by_a_crash_is_told_and_those_after_it_are_whole() {
    let path = place("cut");
    for n in 0..2 {
        let audit = Audit::to(AuditFile::open(&path).expect("a file"));
        let client = client(&audit).await;
        for _ in 0..2 {
            client.call("greet", json!({ "name": "bob" })).await.expect("an answer");
        }
        assert!(audit.flush().await);
        if n == 0 {
            let text = std::fs::read_to_string(&path).expect("a file");
            std::fs::write(&path, &text[..text.len() - 20]).expect("it is written");
        }
    }
    let (is_whole, told) = verify(&path);
    assert!(!is_whole && told.contains(":2: it is no line of an audit log, or was cut off"), "{told}");
    assert_eq!(told.lines().filter(|line| line.contains("audit.jsonl:")).count(), 1, "{told}");
}
