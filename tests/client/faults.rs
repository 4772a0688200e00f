//! Servers that break off, say what is no message, or say nothing.

use std::time::Duration;

use mcp_runtime::client::{Client, ClientError, ClientState, Retry};
use serde_json::json;

use super::fake::Fake;

fn patient() -> mcp_runtime::client::ClientBuilder {
    Client::builder().timeout(Duration::from_secs(10)).retry(Retry::never())
}

#[tokio::test]
async fn a_call_whose_connection_is_lost_says_that_it_may_have_run() {
    let (client, mut fake) = Fake::connected(patient()).await;
    let call = tokio::spawn(client.call("pay", ()).into_future());
    fake.receive().await;
    drop(fake);
    let error = call.await.expect("no panic").expect_err("nobody has answered");
    assert!(matches!(&error, ClientError::Lost(lost) if lost.may_have_run()), "{error:?}");
    assert!(error.may_have_run());
    // The stream cannot be opened again: what is asked now has not left.
    let error = client.call("pay", ()).await.expect_err("nobody is there");
    assert!(!error.may_have_run(), "{error:?}");
    assert_eq!(client.state(), ClientState::Failed);
}

#[tokio::test]
async fn only_an_unknown_tool_has_not_run_where_the_code_does_not_tell() {
    let (client, mut fake) = Fake::connected(patient()).await;
    for (message, may_have_run) in [
        ("Unknown tool: pay", false),
        ("Unknown tool: pay; did you mean `play`?", false),
        // That of another one: a tool that calls tools may say so.
        ("Unknown tool: payer", true),
        ("Unknown tool: pay; and money was lost", true),
        ("Invalid params: pay", true),
    ] {
        let call = tokio::spawn(client.call("pay", ()).into_future());
        let request = fake.receive().await;
        let error = json!({"code": -32602, "message": message});
        fake.send(&json!({"jsonrpc": "2.0", "id": request["id"], "error": error}).to_string()).await;
        let error = call.await.expect("no panic").expect_err("refused");
        assert_eq!((error.code(), error.may_have_run()), (Some(-32602), may_have_run), "{message}");
    }
}

#[tokio::test]
async fn what_is_no_message_costs_a_warning_and_nothing_else() {
    let (client, mut fake) = Fake::connected(patient()).await;
    for garbage in ["garbage", "{", "[]", "\u{0}", "{\"jsonrpc\":\"1.0\"}", "Listening on port 3000", "   ", "[1,2]"] {
        let call = tokio::spawn(client.call("echo", ()).into_future());
        let request = fake.receive().await;
        fake.send(garbage).await;
        fake.say(&request, "still here").await;
        let result = call.await.expect("no panic").unwrap_or_else(|error| panic!("{garbage:?}: {error}"));
        assert_eq!(result.text(), "still here", "{garbage:?}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_fails_its_call_and_no_other() {
    let (client, mut fake) = Fake::connected(patient()).await;
    let calls = [(); 2].map(|()| tokio::spawn(client.call("echo", ()).into_future()));
    let requests = [fake.receive().await, fake.receive().await];
    let broken = json!({"jsonrpc": "2.0", "id": requests[0]["id"], "result": {}, "error": {}});
    fake.send(&broken.to_string()).await;
    fake.say(&requests[1], "well").await;
    let [broken, well] = calls;
    let broken = broken.await.expect("no panic").expect_err("it has both");
    assert!(matches!(broken, ClientError::Rpc(_)), "{broken:?}");
    assert_eq!(well.await.expect("no panic").expect("an answer").text(), "well");
}

#[tokio::test]
async fn answers_that_nobody_asked_for_go_nowhere() {
    let (client, mut fake) = Fake::connected(patient()).await;
    let call = tokio::spawn(client.call("echo", ()).into_future());
    let request = fake.receive().await;
    for id in [json!(4711), json!("abc"), json!(1), json!(-1)] {
        fake.say(&json!({"id": id}), "stray").await;
    }
    fake.say(&request, "first").await;
    fake.say(&request, "second").await;
    assert_eq!(call.await.expect("no panic").expect("an answer").text(), "first");
    let call = tokio::spawn(client.call("echo", ()).into_future());
    let request = fake.receive().await;
    fake.say(&request, "next").await;
    assert_eq!(call.await.expect("no panic").expect("an answer").text(), "next");
}

#[tokio::test]
async fn half_a_line_is_no_answer() {
    let (client, mut fake) = Fake::connected(patient()).await;
    let call = tokio::spawn(client.call("echo", ()).into_future());
    let request = fake.receive().await;
    fake.write(&format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{"content":[{{"type":"te"#, request["id"])).await;
    drop(fake);
    let error = call.await.expect("no panic").expect_err("half an answer");
    assert!(matches!(&error, ClientError::Lost(lost) if lost.may_have_run()), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_told_that_nobody_waits() {
    let (client, mut fake) = Fake::connected(patient()).await;
    let call = tokio::spawn(client.call("hang", ()).into_future());
    let request = fake.receive().await;
    let error = call.await.expect("no panic").expect_err("no answer");
    assert!(matches!(error, ClientError::Timeout(after) if after == Duration::from_secs(10)), "{error:?}");
    let cancelled = fake.receive().await;
    assert_eq!(cancelled["method"], "notifications/cancelled");
    assert_eq!(cancelled["params"]["requestId"], request["id"]);
    assert_eq!(client.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn progress_puts_the_deadline_off_and_the_overall_limit_stays() {
    let (client, mut fake) = Fake::connected(patient()).await;
    let call = client.call("index", ()).total_timeout(Duration::from_secs(25)).on_progress(|_| ());
    let call = tokio::spawn(call.into_future());
    let request = fake.receive().await;
    let token = &request["params"]["_meta"]["progressToken"];
    let since = tokio::time::Instant::now();
    for done in 1..=5 {
        let report = json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": token, "progress": done}});
        fake.send(&report.to_string()).await;
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
    let error = call.await.expect("no panic").expect_err("no answer");
    assert!(matches!(error, ClientError::Timeout(after) if after == Duration::from_secs(25)), "{error:?}");
    assert_eq!(since.elapsed().as_secs(), 25);
}

#[tokio::test]
async fn a_call_that_is_dropped_is_cancelled_at_the_server() {
    let (client, mut fake) = Fake::connected(patient()).await;
    let call = tokio::spawn(client.call("hang", ()).into_future());
    let request = fake.receive().await;
    call.abort();
    let cancelled = fake.receive().await;
    assert_eq!(cancelled["method"], "notifications/cancelled");
    assert_eq!(cancelled["params"]["requestId"], request["id"]);
    let running = client.call("hang", ()).start();
    fake.receive().await;
    running.cancel();
    assert!(matches!(running.await, Err(ClientError::Cancelled)));
    assert_eq!(fake.receive().await["method"], "notifications/cancelled");
}

#[tokio::test]
async fn ten_thousand_calls_wait_on_one_connection() {
    let (client, mut fake) = Fake::connected(patient()).await;
    let calls: Vec<_> = (0..10_000).map(|n| tokio::spawn(client.call("echo", json!({"n": n})).into_future())).collect();
    let mut requests = Vec::new();
    for _ in 0..calls.len() {
        requests.push(fake.receive().await);
    }
    assert_eq!(client.in_flight(), 10_000);
    // The other way round.
    let answers = tokio::spawn(async move {
        for request in requests.into_iter().rev() {
            let n = request["params"]["arguments"]["n"].to_string();
            fake.say(&request, &n).await;
        }
        fake
    });
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.expect("no panic").expect("an answer").text(), n.to_string());
    }
    answers.await.expect("no panic");
    assert_eq!(client.in_flight(), 0);
}

#[tokio::test]
async fn more_requests_than_the_limit_are_refused_before_they_are_sent() {
    let (client, mut fake) = Fake::connected(patient().request_limit(2)).await;
    let calls = [(); 2].map(|()| tokio::spawn(client.call("hang", ()).into_future()));
    fake.receive().await;
    fake.receive().await;
    let error = client.call("hang", ()).await.expect_err("a third");
    assert!(matches!(&error, ClientError::Invalid(_)) && !error.may_have_run(), "{error:?}");
    calls.into_iter().for_each(|call| call.abort());
}

#[tokio::test]
async fn an_answer_longer_than_the_limit_fails_its_call_and_the_connection_lives() {
    let (client, mut fake) = Fake::connected(patient().message_limit(100_000)).await;
    let call = tokio::spawn(client.call("dump", ()).into_future());
    let request = fake.receive().await;
    fake.say(&request, &"x".repeat(100_000)).await;
    let error = call.await.expect("no panic").expect_err("too long");
    assert!(error.to_string().contains("100000"), "{error}");
    let call = tokio::spawn(client.call("echo", ()).into_future());
    let request = fake.receive().await;
    fake.say(&request, "short").await;
    assert_eq!(call.await.expect("no panic").expect("an answer").text(), "short");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_know_the_newest_revision_is_asked_for_a_session() {
    for silent in [true, false] {
        let (target, mut fake) = Fake::pair();
        let serve = async {
            let hello = fake.receive().await;
            assert_eq!(hello["method"], "server/discover");
            if !silent {
                let no = json!({"jsonrpc": "2.0", "id": hello["id"], "error": {"code": -32601, "message": "unknown"}});
                fake.send(&no.to_string()).await;
            }
            let hello = fake.receive().await;
            assert_eq!(hello["method"], "initialize");
            let result = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "old", "version": "1"}});
            fake.answer(&hello, result).await;
            assert_eq!(fake.receive().await["method"], "notifications/initialized");
        };
        let (client, ()) = tokio::join!(patient().connect(target), serve);
        let agreement = client.expect("they agree").agreement().await.expect("it is there");
        assert_eq!(agreement.version(), mcp_runtime::Version::V2025_06_18);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_at_all_is_given_up() {
    let (target, _fake) = Fake::pair();
    let error = patient().connect(target).await.expect_err("nobody answers");
    assert!(matches!(&error, ClientError::Connect(why) if why.as_str().contains("30 s")), "{error:?}");
}

#[tokio::test]
async fn questions_without_end_are_given_up_after_the_limit_of_rounds() {
    let handler = mcp_runtime::client::ClientHandler::new().root("file:///", "all");
    let (client, mut fake) = Fake::connected(patient().handler(handler)).await;
    let call = tokio::spawn(client.call("curious", ()).into_future());
    for round in 0..10 {
        let request = fake.receive().await;
        if round > 0 {
            assert_eq!(request["params"]["inputResponses"]["r"]["roots"][0]["uri"], "file:///");
            assert_eq!(request["params"]["requestState"], format!("s{}", round - 1));
        }
        let asked = json!({"resultType": "input_required", "requestState": format!("s{round}"),
            "inputRequests": {"r": {"method": "roots/list", "params": {}}}});
        fake.answer(&request, asked).await;
    }
    let error = call.await.expect("no panic").expect_err("it asks for ever");
    assert!(matches!(&error, ClientError::Protocol(why) if why.as_str().contains("10 rounds")), "{error:?}");
}

#[tokio::test]
async fn what_was_not_declared_is_not_answered() {
    let (client, mut fake) = Fake::connected(patient()).await;
    let call = tokio::spawn(client.call("curious", ()).into_future());
    let request = fake.receive().await;
    assert_eq!(request["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"], json!({}));
    let asked = json!({"resultType": "input_required", "inputRequests": {"r": {"method": "roots/list", "params": {}}}});
    fake.answer(&request, asked).await;
    let error = call.await.expect("no panic").expect_err("it has no roots");
    assert!(error.to_string().contains("roots/list"), "{error}");
}

#[tokio::test]
async fn a_handler_that_panics_leaves_no_question_unanswered() {
    for version in [mcp_runtime::Version::V2025_11_25, mcp_runtime::Version::LATEST] {
        let handler =
            mcp_runtime::client::ClientHandler::new().on_form(|_| async { panic!("a mistake in the handler") });
        let builder = patient().handler(handler);
        let client = super::servers::connect(builder, super::servers::Way::Memory, Some(version), "asking").await;
        // In a session the tool is told; without one the call cannot go on.
        let error = client.call("both", ()).await.expect_err("nobody answers");
        assert!(error.to_string().contains("answer"), "{version}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_is_never_acknowledged_is_given_up() {
    let (client, mut fake) = Fake::connected(patient()).await;
    let listening = tokio::spawn(async move { client.changes(mcp_runtime::client::Wanted::lists()).await });
    let request = fake.receive().await;
    assert_eq!(request["method"], "subscriptions/listen");
    let error = listening.await.expect("no panic").expect_err("no acknowledgement");
    assert!(matches!(error, ClientError::Timeout(after) if after == Duration::from_secs(10)), "{error:?}");
    let cancelled = fake.receive().await;
    assert_eq!(cancelled["params"]["requestId"], request["id"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_and_leaves_is_not_waited_for() {
    let (target, mut fake) = Fake::pair();
    let serve = async move {
        let hello = fake.receive().await;
        let no = json!({"jsonrpc": "2.0", "id": hello["id"], "error": {"code": -32601, "message": "unknown"}});
        fake.send(&no.to_string()).await;
    };
    let since = tokio::time::Instant::now();
    let (client, ()) = tokio::join!(patient().connect(target), serve);
    let error = client.expect_err("it has left");
    assert!(since.elapsed() < Duration::from_secs(5), "{error}");
}
