//! In an axum program, with layers around it.

use std::net::IpAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use mcp_runtime::ClientAddress;
use mcp_runtime::prelude::*;
use tokio::net::TcpListener;

use super::client::{Client, stateless};
use super::server::{INITIALIZE, Running, call, open_as, server};

/// Believes whatever name a client gives, which is enough for a test.
async fn identify(mut request: Request, next: Next) -> Response {
    let name = request.headers().get("x-name").and_then(|name| name.to_str().ok()).map(str::to_owned);
    if let Some(name) = name {
        request.extensions_mut().insert(Principal::new(name));
    }
    next.run(request).await
}

pub async fn serve(app: Router) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let served = tokio::spawn(async move {
        let serving = axum::serve(listener, app).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        serving.await.expect("it ends well");
    });
    Running { address, stop, served }
}

#[tokio::test]
async fn it_nests_in_one_line() {
    let app = Router::new().route("/", get(|| async { "a shop" })).nest_service("/mcp", Http::new(server()));
    let server = serve(app).await;
    let client = Client::new(server.address);
    assert_eq!(client.send("GET", "/", &[], "").await.body, "a shop");
    let (headers, body) = stateless("tools/call", "echo", r#"{"message":"hello"}"#);
    assert!(client.post(&headers, &body).await.body.contains("hello"));
    let (headers, body) = stateless("tools/call", "talk", "{}");
    let body = body.replace(r#""_meta":{"#, r#""_meta":{"io.modelcontextprotocol/logLevel":"info","#);
    assert_eq!(client.post(&headers, &body).await.events().count(), 4);
    let session = open_as(&server, "2025-11-25", &[]).await;
    assert!(session.post(&[], &call(1, "echo", r#"{"message":"hi"}"#)).await.body.contains("hi"));
}

#[tokio::test]
async fn it_nests_with_several_servers_and_their_pages() {
    let routes = Http::routes().route("/one", server()).route("/two", server());
    let server = serve(Router::new().route("/", get(|| async { "a shop" })).fallback_service(routes)).await;
    let client = Client::new(server.address);
    let (headers, body) = stateless("tools/call", "echo", r#"{"message":"hello"}"#);
    for path in ["/one", "/two"] {
        assert!(client.post_to(path, &headers, &body).await.body.contains("hello"), "{path}");
    }
    assert_eq!(client.send("GET", "/readyz", &[], "").await.status, 200);
}

#[tokio::test]
async fn closing_it_lets_the_program_around_it_end() {
    let http = Http::new(server());
    let server = serve(Router::new().nest_service("/mcp", http.clone())).await;
    let session = open_as(&server, "2025-11-25", &[]).await;
    let mut standalone = session.stream("GET", "/mcp", &[], "").await;
    standalone.read_until("retry: ").await;
    server.stop.send(()).expect("it is running");
    http.close();
    standalone.rest().await;
    server.served.await.expect("it ends");
}

#[tokio::test]
async fn a_layer_tells_who_is_calling_and_nobody_else_gets_into_the_session() {
    let app = Router::new().nest_service("/mcp", Http::new(server())).layer(middleware::from_fn(identify));
    let server = serve(app).await;
    let name = |name: &str| [("X-Name", name.to_owned())];
    let (mut headers, body) = stateless("tools/call", "who", "{}");
    headers.extend(name("ada"));
    assert!(Client::new(server.address).post(&headers, &body).await.body.contains(r#""text":"ada""#));
    let ada = open_as(&server, "2025-11-25", &name("ada")).await;
    let answer = ada.post(&[], &call(1, "who", "{}")).await;
    assert!(answer.body.contains(r#""text":"ada""#), "{answer:?}");
    let session = ada.own("Mcp-Session-Id").to_owned();
    for stranger in [&name("eve")[..], &[]] {
        let mut headers = stranger.to_vec();
        headers.push(("Mcp-Session-Id", session.clone()));
        let client = Client::new(server.address);
        assert_eq!(client.post(&headers, &call(2, "who", "{}")).await.status, 404, "{stranger:?}");
        assert_eq!(client.send("GET", "/mcp", &headers, "").await.status, 404, "{stranger:?}");
        assert_eq!(client.send("DELETE", "/mcp", &headers, "").await.status, 404, "{stranger:?}");
    }
    assert_eq!(ada.post(&[], &call(3, "who", "{}")).await.status, 200);
}

/// Believes whatever address a client gives, as if a proxy had written it.
async fn locate(mut request: Request, next: Next) -> Response {
    let address = request.headers().get("x-forwarded-for").and_then(|address| address.to_str().ok()?.parse().ok());
    if let Some(address) = address.map(|address: IpAddr| ClientAddress::new(address)) {
        request.extensions_mut().insert(address);
    }
    next.run(request).await
}

#[tokio::test]
async fn a_client_address_has_no_more_sessions_than_its_share_and_takes_them_from_nobody_else() {
    let http = Http::new(server()).session_limits(9, Duration::MAX).sessions_per_address(2);
    let http = http.session_min_idle(Duration::ZERO);
    let server = serve(Router::new().nest_service("/mcp", http).layer(middleware::from_fn(locate))).await;
    let from = |address: &str| [("X-Forwarded-For", address.to_owned())];
    let (one, other) = (from("203.0.113.1"), from("203.0.113.2"));
    let others = open_as(&server, "2025-11-25", &other).await;
    let mut held = Vec::new();
    for id in 1..3 {
        let client = open_as(&server, "2025-11-25", &one).await;
        let running = client.send_until("POST", "/mcp", &[], &call(id, "hold", "{}"), "running").await;
        assert_eq!(running.status, 200);
        held.push(client);
    }
    let refused = Client::new(server.address).post(&one, INITIALIZE).await;
    assert!(refused.status == 503 && refused.body.contains("from this address"), "{refused:?}");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    // Once one of its own is gone there is room; nobody else had to go.
    assert_eq!(held[0].send("DELETE", "/mcp", &[], "").await.status, 200);
    open_as(&server, "2025-11-25", &one).await;
    assert_eq!(others.post(&[], &call(3, "echo", r#"{"message":"hi"}"#)).await.status, 200);
    // Where no address is known there is no share.
    for _ in 0..4 {
        open_as(&server, "2025-11-25", &[]).await;
    }
}

/// What the stream of the HTTP+SSE pair says first.
async fn endpoint(client: &Client, path: &str) -> (String, super::client::Stream) {
    let mut stream = client.stream("GET", path, &[("Accept", "text/event-stream".to_owned())], "").await;
    let first = stream.read_until("\n\n").await;
    let endpoint = first.strip_prefix("event: endpoint\ndata: ").expect("the endpoint").trim().to_owned();
    (endpoint, stream)
}

#[tokio::test]
async fn the_endpoint_of_the_pair_is_found_under_any_prefix() {
    let plain = Http::new(server()).with_sse();
    let told = Http::new(server()).with_sse_at("/deep/told");
    let app = Router::new().nest_service("/plain", plain.clone()).nest_service("/told", told);
    let server = serve(Router::new().nest("/deep", app).route_service("/routed", plain)).await;
    let client = Client::new(server.address);
    for (path, is_told) in [("/deep/plain", false), ("/routed", false), ("/deep/told", true)] {
        let (endpoint, mut stream) = endpoint(&client, path).await;
        // A reference with nothing but a query has the path of what it is relative to (RFC 3986, 5.2.2).
        assert_eq!(endpoint.starts_with('?'), !is_told, "{endpoint}");
        let address = if is_told { endpoint } else { format!("{path}{endpoint}") };
        assert!(address.starts_with(path), "{address}");
        assert_eq!(client.post_to(&address, &[], INITIALIZE).await.status, 202, "{address}");
        stream.read_until(r#""serverInfo""#).await;
    }
}
