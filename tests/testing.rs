//! `mcp_runtime::testing`: what a test sees of a server, in every revision.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;
use std::{env, fs};

use mcp_runtime::client::{self, Client, ClientError, Launch, call, read};
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{Answer, Served, TestClient};
use mcp_runtime::{Server, Version, dynamic};
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_fixture-server");

#[tokio::test]
async fn a_program_serves_while_it_is_tested_and_ends_with_the_test() {
    let served = Served::start(PROGRAM);
    let (one, other) = (served.client().await, served.client().await);
    for client in [&one, &other] {
        assert_eq!(client.call("echo", json!({ "message": "tea" })).await.expect("an echo").text(), "tea");
    }
    assert!(served.said().contains(served.url()), "{}", served.said());
    let url = served.url().to_owned();
    drop(served);
    let gone = Client::connect(&*url).await.expect_err("nobody is there");
    assert!(matches!(gone, ClientError::Connect(_)), "{gone}");
}

#[test]
fn a_program_is_given_its_arguments_and_stops_in_good_order() {
    let launch = Launch::new(PROGRAM).arg("--max-message").arg("1MiB").env("FIXTURE", "tools");
    let served = Served::with(launch, ["--metrics", "--sse"]);
    assert!(served.url().ends_with("/mcp"), "{}", served.url());
    let status = served.stop();
    assert!(status.success(), "{status}");
}

#[test]
fn a_program_is_found_where_its_log_is_json() {
    let served = Served::start(Launch::new(PROGRAM).env("MCP_LOG_FORMAT", "json"));
    assert!(served.url().ends_with("/mcp"), "{}", served.url());
}

#[tokio::test]
async fn a_list_is_as_it_is_when_it_is_asked_for() {
    let server = Server::new("late").dynamic().build().expect("nothing is wrong with it");
    let client = TestClient::to(&server).await;
    let before = client.tools().await.expect("tools").len();
    let late = dynamic::Tool::new("late", json!({ "type": "object" })).handler(async |_: serde_json::Value, _ctx| ());
    server.handle().add(late).expect("a new name");
    assert_eq!(client.tools().await.expect("tools").len(), before + 1);
}

#[test]
fn the_bounds_of_a_program_are_set() {
    let silent = Served::of(Launch::new("sleep").arg("600")).patience(Duration::ZERO);
    let failed = std::panic::catch_unwind(|| silent.start()).expect_err("it does not serve");
    let said = failed.downcast_ref::<String>().expect("a text");
    assert!(said.contains("`sleep` has not said within 0 s") || said.contains("`sleep` has ended"), "{said}");
    let served = Served::of(PROGRAM).options(["--metrics"]).keep(10).start();
    assert!(served.said().len() <= 10, "{}", served.said());
}

#[test]
fn a_program_that_does_not_serve_says_why() {
    for (launch, expected) in [
        (Launch::new(PROGRAM).arg("--no-such-option"), "--no-such-option"),
        (Launch::new("no-such-program"), "`no-such-program` cannot be started"),
        (Launch::from("half 'a quote"), "not closed"),
    ] {
        let failed = std::panic::catch_unwind(|| Served::start(launch)).expect_err("it does not serve");
        let said = failed.downcast_ref::<String>().expect("a text");
        assert!(said.contains(expected), "{said}");
    }
}

/// Whom to greet.
#[derive(Elicit)]
struct Whom {
    /// The name.
    name: String,
}

/// Greets whom the user names, in the words of the model.
#[tool(read_only)]
async fn greet(ctx: &Ctx, times: u8) -> Result<String> {
    for time in 1..=times {
        ctx.progress(time, times, format!("greeting {time}")).await;
    }
    ctx.debug("asking").await;
    let Whom { name } = ctx.ask("whom", elicit("Whom?")).await?;
    let words = ctx.ask("words", sample(format!("Greet {name}."))).await?;
    ctx.warning("greeted").await;
    Ok(words.text())
}

/// Sleeps, and tells so.
#[tool]
async fn snore(ctx: &Ctx) -> u8 {
    ctx.progress(1, 3, "snoring").await;
    ctx.warning("zzz").await;
    7
}

/// A note.
#[resource("note://{id}", mime = "text/plain")]
fn note(id: u32) -> String {
    format!("note {id}")
}

/// A review.
#[prompt]
fn review(code: &str) -> String {
    format!("Review {code}.")
}

fn server() -> Server {
    Server::new("polite").version("1.2.3").instructions("Be polite.").build().expect("a server")
}

#[tokio::test]
async fn questions_are_answered_in_order_in_every_revision_that_has_them() {
    for version in Version::ALL.into_iter().filter(|version| *version >= Version::V2025_06_18) {
        let client = TestClient::in_revision(&server(), version)
            .await
            .answering([Answer::accept(json!({"name": "Ada"})), Answer::sampled("Hello, Ada!")])
            .answering([Answer::decline()]);
        assert_eq!(call!(client, greet(0)).await.expect("a greeting"), "Hello, Ada!", "{version}");
        let asked: Vec<_> = client.questions().into_iter().map(|asked| (asked.method, asked.message)).collect();
        let expected = [("elicitation/create", "Whom?"), ("sampling/createMessage", "Greet Ada.")];
        assert_eq!(asked, expected.map(|(method, message)| (method, message.to_owned())), "{version}");
        assert_eq!(client.answers_left(), 1);

        let declined = call!(client, greet(0)).await.expect_err("the user says no");
        assert!(matches!(declined, ClientError::Tool(_)), "{version}: {declined:?}");
        client.forget();
        assert!(client.questions().is_empty());
    }
}

#[tokio::test]
async fn a_question_without_its_answer_fails_the_call_and_says_so() {
    for version in [Version::V2025_11_25, Version::V2026_07_28] {
        let client = TestClient::in_revision(&server(), version).await;
        let left = call!(client, greet(0)).await.expect_err("nothing to answer with").to_string();
        assert!(left.contains(r#"no answer left for elicitation/create ("Whom?")"#), "{version}: {left}");
        let client = client.answering([Answer::sampled("Hello!")]);
        let other = call!(client, greet(0)).await.expect_err("an answer to something else").to_string();
        assert!(other.contains("of another kind than elicitation/create"), "{version}: {other}");
        let client = client.answering([Answer::failure("the user has left")]);
        let failed = call!(client, greet(0)).await.expect_err("a failure").to_string();
        assert!(failed.contains("the user has left"), "{version}: {failed}");
    }
}

#[tokio::test]
async fn progress_and_logs_are_recorded_in_every_revision() {
    for version in Version::ALL {
        let client = TestClient::in_revision(&server(), version).await;
        assert_eq!(call!(client, snore()).await.expect("a number"), 7);
        let [report] = &client.progress()[..] else { panic!("{version}: {:?}", client.progress()) };
        assert_eq!((report.progress, report.total), (1.0, Some(3.0)), "{version}");
        let messages = version != Version::V2024_11_05;
        assert_eq!(report.message.as_deref(), messages.then_some("snoring"), "{version}");
        assert_eq!(client.log_lines(), ["warning: zzz"], "{version}");
        assert_eq!(client.logs().len(), 1);
        // What one call is to tell is told beside.
        let own = std::sync::Arc::new(Mutex::new(0));
        let heard = std::sync::Arc::clone(&own);
        let again = call!(client, snore()).with(move |call| call.on_progress(move |_| *heard.lock().unwrap() += 1));
        assert_eq!(again.await.expect("a number"), 7);
        assert_eq!((*own.lock().unwrap(), client.progress().len()), (1, 2), "{version}");
    }
}

#[tokio::test]
async fn resources_and_prompts_have_the_types_of_their_functions() {
    for version in Version::ALL {
        let client = TestClient::in_revision(&server(), version).await;
        assert_eq!(read!(client, note(7)).await.expect("a note"), "note 7");
        assert_eq!(client::prompt!(client, review("x")).await.expect("a review").text(), "Review x.");
        // It is a client like any other.
        assert!(client.tools().await.expect("tools").iter().any(|tool| tool.name == "snore"));
    }
}

#[tokio::test]
async fn the_snapshot_is_all_that_is_offered_and_stays_the_same() {
    let server = Server::empty("polite")
        .version("1.2.3")
        .instructions("Be polite.")
        .with(tools![snore, greet])
        .with_resources(resources![note])
        .with_prompts(prompts![review]);
    let client = TestClient::to(&server.build().expect("a server")).await;
    client.assert_snapshot("testing/surface.json").await;
    if env::var_os("MCP_WRITE_SNAPSHOTS").is_some() {
        return;
    }

    let other = Server::empty("polite")
        .version("9.9.9")
        .instructions("Be polite.")
        .with(tools![greet])
        .with_resources(resources![note])
        .with_prompts(prompts![review]);
    let other = TestClient::to(&other.build().expect("a server")).await;
    let panicked = tokio::spawn(async move { other.assert_snapshot("testing/surface.json").await }).await;
    let message = *panicked.expect_err("it differs").into_panic().downcast::<String>().expect("a text");
    assert!(message.contains("MCP_WRITE_SNAPSHOTS=1") && message.contains("-       \"name\": \"snore\""), "{message}");
    assert!(!message.contains("9.9.9"), "{message}");
}

#[tokio::test]
async fn a_snapshot_that_is_not_there_says_how_to_write_it() {
    let client = TestClient::to(&server()).await;
    let panicked = tokio::spawn(async move { client.assert_snapshot("testing/no such file.json").await }).await;
    let message = *panicked.expect_err("there is none").into_panic().downcast::<String>().expect("a text");
    assert!(message.contains("run the test with MCP_WRITE_SNAPSHOTS=1"), "{message}");
}

/// In a process of its own: the environment is everybody's.
#[test]
fn a_snapshot_is_written_where_the_environment_says_so() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("written.json");
    if env::var_os("MCP_TESTING_WRITES").is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async { TestClient::to(&server()).await.assert_snapshot(&file).await });
        return;
    }
    let _ = fs::remove_file(&file);
    let mut again = std::process::Command::new(env::current_exe().expect("this test"));
    again.args(["--exact", "a_snapshot_is_written_where_the_environment_says_so"]);
    let ended = again.env("MCP_TESTING_WRITES", "1").env("MCP_WRITE_SNAPSHOTS", "1").output().expect("it runs");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    let written = fs::read_to_string(file).expect("it is written");
    assert!(written.contains("\"instructions\": \"Be polite.\""), "{written}");
}
