//! 2026-07-28: each request stands alone.

use super::client::{Client, stateless};
use super::server::serve;

#[tokio::test]
async fn a_stateless_call_that_says_nothing_is_answered_in_plain_json() {
    let server = serve().await;
    let client = Client::new(server.address);
    let (headers, body) = stateless("tools/call", "echo", r#"{"message":"hello"}"#);
    let answer = client.post(&headers, &body).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert!(answer.body.contains(r#""text":"hello""#) && answer.body.contains(r#""resultType":"complete""#));
    assert_eq!(answer.header("mcp-session-id"), None);
}

#[tokio::test]
async fn a_stateless_call_that_says_something_becomes_a_stream() {
    let server = serve().await;
    let client = Client::new(server.address);
    let (headers, body) = stateless("tools/call", "talk", "{}");
    let body = body.replace(r#""_meta":{"#, r#""_meta":{"io.modelcontextprotocol/logLevel":"info","#);
    let answer = client.post(&headers, &body).await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(answer.header("x-accel-buffering"), Some("no"));
    let said: Vec<&str> = answer.events().map(|event| event.data).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[0].contains("one") && said[2].contains("three") && said[3].contains(r#""text":"done""#), "{said:?}");
}

#[tokio::test]
async fn headers_that_say_something_else_than_the_body_are_refused() {
    let server = serve().await;
    let client = Client::new(server.address);
    let (headers, body) = stateless("tools/call", "mirrored", r#"{"region":"Hello"}"#);
    // A good request, with this header as often as it is told.
    let with = |name: &'static str, values: &[&str]| {
        let good = headers.iter().cloned().chain([("Mcp-Param-Region", "Hello".to_owned())]);
        let mut headers: Vec<_> = good.filter(|(header, _)| *header != name).collect();
        headers.extend(values.iter().map(|value| (name, (*value).to_owned())));
        headers
    };
    for (name, value) in [
        ("Mcp-Param-Region", "Hello"),
        ("Mcp-Param-Region", "=?base64?SGVsbG8=?="),
        ("Mcp-Name", " mirrored\t"),
        ("Mcp-Name", "=?base64?bWlycm9yZWQ=?="),
    ] {
        let answer = client.post(&with(name, &[value]), &body).await;
        assert!(answer.status == 200 && answer.body.contains(r#""text":"Hello""#), "{name}: {value}: {answer:?}");
    }
    for (name, values, why) in [
        ("Mcp-Param-Region", &[][..], "Mcp-Param-Region is missing"),
        ("Mcp-Param-Region", &["=?base64?SGVsbG8?="], "Mcp-Param-Region holds what it may not"),
        ("Mcp-Param-Region", &["Other"], r#"Mcp-Param-Region is "Other", the body says "Hello""#),
        ("Mcp-Param-Region", &["Hello", "Hello"], "Mcp-Param-Region holds what it may not"),
        ("Mcp-Method", &[], "Mcp-Method is missing"),
        ("Mcp-Method", &["tools/list"], r#"Mcp-Method is "tools/list", the body says "tools/call""#),
        ("Mcp-Method", &["tools/call", "tools/call"], "Mcp-Method holds what it may not"),
        ("Mcp-Name", &[], "Mcp-Name is missing"),
        ("Mcp-Name", &["echo"], r#"Mcp-Name is "echo", the body says "mirrored""#),
        ("Mcp-Name", &["=?base64?bWlycm9yZWQ?="], "Mcp-Name holds what it may not"),
        ("MCP-Protocol-Version", &[], "MCP-Protocol-Version is missing"),
        (
            "MCP-Protocol-Version",
            &["2025-11-25"],
            r#"MCP-Protocol-Version is "2025-11-25", the body says "2026-07-28""#,
        ),
    ] {
        let answer = client.post(&with(name, values), &body).await;
        assert_eq!(answer.status, 400, "{name}: {values:?}: {answer:?}");
        let why = format!(r#""message":"Header mismatch: {}""#, why.replace('"', r#"\""#));
        assert!(answer.body.contains("-32020") && answer.body.contains(&why), "{name}: {values:?}: {answer:?}");
    }
}

#[tokio::test]
async fn methods_that_the_stateless_era_lacks_are_not_found() {
    let server = serve().await;
    let client = Client::new(server.address);
    for method in ["initialize", "ping", "logging/setLevel", "resources/subscribe", "unknown/method"] {
        let (headers, body) = stateless(method, "", "{}");
        let answer = client.post(&headers, &body).await;
        assert_eq!(answer.status, 404, "{method} {answer:?}");
        assert!(answer.body.contains("-32601"), "{method} {answer:?}");
    }
    for verb in ["GET", "DELETE", "PUT"] {
        let headers = [("MCP-Protocol-Version", "2026-07-28".to_owned())];
        assert_eq!(client.send(verb, "/mcp", &headers, "").await.status, 405, "{verb}");
    }
}

#[tokio::test]
async fn a_version_that_is_not_spoken_is_refused_with_those_that_are() {
    let server = serve().await;
    let (mut headers, body) = stateless("tools/list", "", "{}");
    headers[0].1 = "2031-01-01".to_owned();
    let answer = Client::new(server.address).post(&headers, &body.replace("2026-07-28", "2031-01-01")).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.body.contains("-32022") && answer.body.contains(r#""supported":["2026-07-28""#), "{answer:?}");
}

#[tokio::test]
async fn a_session_id_means_nothing_to_a_request_that_stands_alone() {
    let server = serve().await;
    let (mut headers, body) = stateless("tools/call", "echo", r#"{"message":"hello"}"#);
    headers.push(("Mcp-Session-Id", "0123".to_owned()));
    let answer = Client::new(server.address).post(&headers, &body).await;
    assert_eq!((answer.status, answer.header("mcp-session-id")), (200, None), "{answer:?}");
}
