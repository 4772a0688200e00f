//! `RateLimit`: a limit on how often calls are made.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use mcp_runtime::client::{Client, ClientError};
use mcp_runtime::http::{Request, Response};
use mcp_runtime::layers::{RATE_LIMITED, RateLimit};
use mcp_runtime::prelude::*;
use mcp_runtime::{Body, ClientAddress, Http, Principal, Server, Version};
use serde_json::json;
use tower::Service as _;

static GROUP: Group = Group::new("rated");

/// Does nothing.
#[tool(group = GROUP)]
fn tick() {}

/// Does nothing, at the cost of three.
#[tool(group = GROUP, cost = 3)]
fn tock() {}

/// Calls another tool.
#[tool(group = GROUP)]
async fn relay(ctx: &Ctx) -> Result<()> {
    for _ in 0..5 {
        ctx.call("tick", json!({})).await?;
    }
    Ok(())
}

const HOUR: Duration = Duration::from_secs(3600);

fn server(limit: &RateLimit) -> ServerBuilder {
    Server::of(&GROUP).layer(limit.clone())
}

async fn client(limit: &RateLimit, principal: Principal) -> Client {
    Client::to(&server(limit).principal(principal).build().expect("a server")).await.expect("a client")
}

/// Whether a call is let through; if not, that it is told so.
async fn passes(client: &Client, tool: &str) -> bool {
    match client.call(tool, json!({})).await {
        Ok(_) => true,
        Err(ClientError::Rpc(failure)) if failure.code() == RATE_LIMITED => false,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn each_principal_has_a_limit_of_its_own_in_all_servers_of_the_layer() {
    let limit = RateLimit::per_principal(2, HOUR);
    let ada = client(&limit, Principal::new("ada")).await;
    assert!(passes(&ada, "tick").await && passes(&ada, "tick").await);
    assert!(!passes(&ada, "tick").await);
    let again = client(&limit, Principal::new("ada")).await;
    assert!(!passes(&again, "tick").await, "the layer is the same");
    assert!(passes(&client(&limit, Principal::new("eve")).await, "tick").await);
    let elsewhere = client(&limit, Principal::new("ada").with_issuer("https://id.example")).await;
    assert!(passes(&elsewhere, "tick").await, "another issuer's");
    let nobody = client(&limit, Principal::anonymous()).await;
    assert!(passes(&nobody, "tick").await && passes(&nobody, "tick").await && !passes(&nobody, "tick").await);
    tokio::time::advance(HOUR / 2).await;
    assert!(passes(&ada, "tick").await && !passes(&ada, "tick").await, "one call is free each half of an hour");
}

#[tokio::test(start_paused = true)]
async fn each_session_and_each_tool_can_have_a_limit() {
    let limit = RateLimit::per_session(1, HOUR);
    let server = server(&limit).build().expect("a server");
    let open = || async { Client::builder().version(Version::V2025_11_25).connect(&server).await.expect("a client") };
    let (one, two) = (open().await, open().await);
    assert!(passes(&one, "tick").await && passes(&two, "tick").await);
    assert!(!passes(&one, "tick").await && !passes(&two, "tick").await);
    let limit = RateLimit::per_tool(1, HOUR);
    let one = client(&limit, Principal::new("ada")).await;
    let two = client(&limit, Principal::new("eve")).await;
    assert!(passes(&one, "tick").await && !passes(&two, "tick").await, "the tool is the same");
    assert!(passes(&two, "relay").await);
}

#[tokio::test(start_paused = true)]
async fn calls_within_calls_are_free() {
    let client = client(&RateLimit::for_all(1, HOUR), Principal::anonymous()).await;
    assert!(passes(&client, "relay").await);
    assert!(!passes(&client, "tick").await);
}

/// Calls a tool without a session, from an address.
async fn post(http: &mut Http, tool: &str, last: u8) -> Response<Body> {
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {} });
    let params = json!({ "name": tool, "arguments": {}, "_meta": meta });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string();
    let request = Request::post("/mcp")
        .header("Host", "localhost")
        .header("Content-Type", "application/json")
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", "tools/call")
        .header("Mcp-Name", tool)
        .extension(ClientAddress::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, last))));
    http.call(request.body(Full::new(Bytes::from(body))).expect("a request")).await.expect("an answer")
}

#[tokio::test(start_paused = true)]
async fn without_a_session_http_says_429_and_when_to_come_again() {
    let mut http = Http::new(server(&RateLimit::per_address(3, Duration::from_secs(30))).build().expect("a server"));
    assert_eq!(post(&mut http, "tock", 1).await.status(), 200);
    let refused = post(&mut http, "tick", 1).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "10");
    assert_eq!(refused.headers()["content-type"], "application/json");
    assert_eq!(post(&mut http, "tock", 2).await.status(), 200, "another address");
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(post(&mut http, "tick", 1).await.status(), 200);
}

/// Posts a message of a session, or of one that begins.
async fn post_in_session(http: &mut Http, session: Option<&str>, body: &serde_json::Value) -> Response<Body> {
    let mut request = Request::post("/mcp")
        .header("Host", "localhost")
        .header("Content-Type", "application/json")
        .header("Accept", "application/json, text/event-stream");
    if let Some(session) = session {
        request = request.header("MCP-Session-Id", session).header("MCP-Protocol-Version", "2025-11-25");
    }
    let request = request.body(Full::new(Bytes::from(body.to_string()))).expect("a request");
    http.call(request).await.expect("an answer")
}

#[tokio::test(start_paused = true)]
async fn in_a_session_http_says_429_where_it_is_told_to() {
    for statuses in [false, true] {
        let limited = server(&RateLimit::per_session(2, Duration::from_secs(30))).build().expect("a server");
        let mut http = Http::new(limited).session_statuses(statuses);
        let client = json!({ "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" } });
        let opened = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": client });
        let opened = post_in_session(&mut http, None, &opened).await;
        let session = opened.headers()["mcp-session-id"].to_str().expect("text").to_owned();
        let call = |id: u32| {
            let params = json!({ "name": "tick", "arguments": {} });
            json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params })
        };
        let answer = post_in_session(&mut http, Some(&session), &call(1)).await;
        assert_eq!((answer.status().as_u16(), answer.headers().get("retry-after")), (200, None));
        post_in_session(&mut http, Some(&session), &call(2)).await;
        let refused = post_in_session(&mut http, Some(&session), &call(3)).await;
        assert_eq!(refused.status(), if statuses { 429 } else { 200 });
        assert_eq!(refused.headers().get("retry-after").map(|after| after.as_bytes()), statuses.then_some(&b"15"[..]));
        let body = refused.into_body().collect().await.expect("a body").to_bytes();
        let error: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(
            (&error["id"], &error["error"]["code"], &error["error"]["data"]),
            (&json!(3), &json!(-42_900), &json!({ "retryAfterMs": 15_000 }))
        );
    }
}
