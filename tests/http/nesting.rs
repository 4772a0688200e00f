//! In an axum program, with layers around it.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use mcp_runtime::prelude::*;
use tokio::net::TcpListener;

use super::client::{Client, stateless};
use super::server::{Running, call, open_as, server};

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
