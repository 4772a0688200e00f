//! What a handler learns of the request that brought its call.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::{Extension, Router};
use mcp_runtime::prelude::*;
use mcp_tests::answering;
use serde_json::{Value, json};

use super::client::{Client, stateless};
use super::nesting::serve;
use super::server::{call, open_as};

static GROUP: Group = Group::new("facts").version("1.0.0");

#[derive(Clone)]
struct Tenant(&'static str);

#[derive(Clone)]
struct Traced(String);

/// Says what it knows.
#[tool(group = GROUP)]
fn facts(ctx: &Ctx) -> BTreeMap<&'static str, Value> {
    let client = ctx.client();
    let session = ctx.session();
    BTreeMap::from([
        ("client", json!([client.name, client.version])),
        ("capabilities", client.capabilities.into()),
        ("session", json!(session.as_ref().map(|session| session.id()))),
        ("count", json!(session.map(|session| session.value::<AtomicU32>().fetch_add(1, Ordering::Relaxed) + 1))),
        ("tenant", json!(ctx.extension::<Tenant>().map(|tenant| tenant.0))),
        ("traced", json!(ctx.extension::<Traced>().map(|traced| &traced.0))),
        ("agent", json!(ctx.header("X-Agent"))),
        ("path", json!(ctx.http().map(|parts| parts.uri.path()))),
        ("traceparent", json!(ctx.meta::<String>("traceparent"))),
        ("protocol", json!(ctx.protocol().as_str())),
    ])
}

/// Says what a tool that it calls knows.
#[tool(group = GROUP)]
async fn at_second_hand(ctx: &Ctx) -> Result<mcp_runtime::CallToolResult> {
    ctx.call("facts", ()).await
}

fn server() -> Server {
    Server::of(&GROUP).build().expect("a server")
}

/// What one layer knows, the handler gets.
async fn trace(mut request: Request, next: Next) -> axum::response::Response {
    let method = request.method().to_string();
    request.extensions_mut().insert(Traced(method));
    next.run(request).await
}

fn app() -> Router {
    let app = Router::new().nest_service("/mcp", Http::new(server()));
    app.layer(middleware::from_fn(trace)).layer(Extension(Tenant("ada")))
}

fn told(body: &str) -> Value {
    let answer: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"));
    answer["result"]["structuredContent"].clone()
}

fn alone(tool: &str) -> (Vec<(&'static str, String)>, String) {
    let (mut headers, body) = stateless("tools/call", tool, "{}");
    headers.push(("X-Agent", "tests".to_owned()));
    let meta = concat!(
        r#""_meta":{"traceparent":"00-1-2-01","#,
        r#""io.modelcontextprotocol/clientInfo":{"name":"curl","version":"8"},"#
    );
    (headers, body.replace(r#""_meta":{"#, meta))
}

#[tokio::test]
async fn a_request_that_stands_alone_tells_all_of_itself() {
    let server = serve(app()).await;
    let client = Client::new(server.address);
    for tool in ["facts", "at_second_hand"] {
        let (headers, body) = alone(tool);
        let told = told(&client.post(&headers, &body).await.body);
        assert_eq!(
            told,
            json!({
                "client": ["curl", "8"], "capabilities": {}, "session": null, "count": null, "tenant": "ada",
                "traced": "POST", "agent": "tests", "path": "/", "traceparent": "00-1-2-01", "protocol": "2026-07-28",
            }),
            "{tool}"
        );
    }
}

#[tokio::test]
async fn a_session_has_an_id_and_values_of_its_own() {
    let server = serve(app()).await;
    let one = open_as(&server, "2025-11-25", &[]).await;
    let two = open_as(&server, "2025-06-18", &[]).await;
    for count in 1..4 {
        let told = told(&one.post(&[], &call(1, "facts", "{}")).await.body);
        assert_eq!(told["session"], one.own("Mcp-Session-Id"));
        assert_eq!((&told["count"], &told["client"]), (&json!(count), &json!(["t", "1"])));
    }
    let second_hand = told(&two.post(&[], &call(1, "at_second_hand", "{}")).await.body);
    assert_eq!((&second_hand["session"], &second_hand["count"]), (&json!(two.own("Mcp-Session-Id")), &json!(1)));
    assert_eq!(second_hand["protocol"], "2025-06-18");
}

#[tokio::test]
async fn elsewhere_a_session_has_an_id_too_and_there_is_no_http() {
    let server = server();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut client = answering::with_session(&server).await;
        for count in 1..3 {
            let answer = answering::ask(&mut client, 1, "tools/call", json!({ "name": "facts" })).await;
            let told = &answer["result"]["structuredContent"];
            assert_eq!((&told["count"], &told["agent"], &told["path"]), (&json!(count), &Value::Null, &Value::Null));
            ids.push(told["session"].as_str().expect("an id").to_owned());
        }
    }
    assert_eq!((&ids[0], &ids[2]), (&ids[1], &ids[3]));
    assert_ne!(ids[0], ids[2]);
    let params = answering::alone(json!({ "name": "facts" }));
    let answer = answering::ask(&mut server.connect(), 1, "tools/call", params).await;
    let told = &answer["result"]["structuredContent"];
    assert_eq!((&told["session"], &told["client"]), (&Value::Null, &json!(["tester", "3.2.1"])));
}
