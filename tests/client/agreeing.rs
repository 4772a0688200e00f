//! What passes between a client and its server before the first request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use mcp_runtime::Version;
use mcp_runtime::client::Client;
use serde_json::{Value, json};

use super::fake::Fake;

/// Serves `answer` for each request: its method, and its message.
async fn serve<F>(answer: impl Fn(Method, Value) -> F + Clone + Send + Sync + 'static) -> String
where
    F: Future<Output = Response> + Send + 'static,
{
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = Router::new().fallback(move |request: Request| {
        let answer = answer.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = to_bytes(body, 1 << 20).await.expect("a body");
            answer(head.method, serde_json::from_slice(&body).unwrap_or_default()).await
        }
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}/mcp")
}

fn answer(status: StatusCode, message: Value) -> Response {
    (status, [("content-type", "application/json")], message.to_string()).into_response()
}

fn result(request: &Value, result: Value) -> Response {
    answer(StatusCode::OK, json!({"jsonrpc": "2.0", "id": request["id"], "result": result}))
}

#[tokio::test]
async fn the_first_request_comes_after_the_stream_on_which_the_server_may_ask() {
    let opened = Arc::new(AtomicUsize::new(0));
    let url = serve(move |method, request| {
        let opened = Arc::clone(&opened);
        async move {
            match (method, request["method"].as_str()) {
                (Method::GET, _) => {
                    // Time in which a request that does not wait for this arrives before it.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    opened.fetch_add(1, Ordering::SeqCst);
                    ([("content-type", "text/event-stream")], ": nothing yet\n\n").into_response()
                }
                (_, Some("initialize")) => {
                    result(&request, json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}}))
                }
                (_, Some("tools/call")) => {
                    let text = opened.load(Ordering::SeqCst).to_string();
                    result(&request, json!({"content": [{"type": "text", "text": text}]}))
                }
                _ => StatusCode::ACCEPTED.into_response(),
            }
        }
    })
    .await;
    let client = Client::builder().version(Version::V2025_11_25).connect(url).await.expect("a session");
    assert_eq!(client.call("streams", ()).await.expect("a result").text(), "1");
}

#[tokio::test]
async fn a_revision_that_is_refused_by_who_knows_it_is_asked_for_again() {
    for pinned in [Some(Version::LATEST), None] {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let url = serve(move |_, request| {
            let is_first = counted.fetch_add(1, Ordering::SeqCst) == 0;
            async move {
                if is_first {
                    let data = json!({"supported": ["2026-07-28"], "requested": "2026-07-28"});
                    let error = json!({"code": -32022, "message": "no", "data": data});
                    let refusal = json!({"jsonrpc": "2.0", "id": request["id"], "error": error});
                    return answer(StatusCode::BAD_REQUEST, refusal);
                }
                result(&request, json!({"supportedVersions": ["2026-07-28"], "capabilities": {}}))
            }
        })
        .await;
        let builder = Client::builder();
        let builder = pinned.map_or_else(|| builder.clone(), |version| builder.clone().version(version));
        let client = builder.connect(url).await.unwrap_or_else(|error| panic!("{pinned:?}: {error}"));
        let spoken = client.agreement().await.expect("it is connected").version();
        assert_eq!((spoken, asked.load(Ordering::SeqCst)), (Version::LATEST, 2), "{pinned:?}");
    }
}

#[tokio::test]
async fn a_server_that_starts_slowly_and_knows_no_sessions_is_asked_again() {
    let (target, mut fake) = Fake::pair();
    let discovered = json!({"supportedVersions": ["2026-07-28"], "capabilities": {}});
    let answering = tokio::spawn(async move {
        let early = fake.receive().await;
        // It comes once the first answer is not waited for any more.
        let session = fake.receive().await;
        assert_eq!((&early["method"], &session["method"]), (&json!("server/discover"), &json!("initialize")));
        fake.answer(&early, discovered.clone()).await;
        let error = json!({"code": -32600, "message": "no sessions here"});
        fake.send(&json!({"jsonrpc": "2.0", "id": session["id"], "error": error}).to_string()).await;
        let again = fake.receive().await;
        fake.answer(&again, discovered).await;
        fake
    });
    let client = Client::builder().probe_timeout(Duration::from_millis(1)).connect(target).await.expect("a server");
    // The stream lasts as long as it does.
    let _fake = answering.await.expect("no panic");
    assert_eq!(client.agreement().await.expect("it is connected").version(), Version::LATEST);
}

/// The answer to the probe comes before that to `initialize`, or after it.
#[tokio::test(start_paused = true)]
async fn a_late_answer_to_the_probe_is_ignored_and_the_session_is_used() {
    for is_first in [true, false] {
        let (target, mut fake) = Fake::pair();
        let serve = async {
            let probe = fake.receive().await;
            assert_eq!(probe["method"], "server/discover");
            // Nothing is said until the client has waited long enough.
            let initialize = fake.receive().await;
            assert_eq!(initialize["method"], "initialize");
            let late = json!({"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}});
            let session =
                json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "s"}});
            if is_first {
                fake.answer(&probe, late.clone()).await;
            }
            fake.answer(&initialize, session).await;
            assert_eq!(fake.receive().await["method"], "notifications/initialized");
            if !is_first {
                fake.answer(&probe, late).await;
            }
            let call = fake.receive().await;
            // As requests of a session are.
            assert_eq!(call["params"], json!({"name": "echo", "arguments": {}}));
            fake.say(&call, "in the session").await;
        };
        let call = async {
            let client = Client::connect(target).await.expect("a session");
            assert_eq!(client.agreement().await.expect("agreed").version(), Version::V2025_11_25);
            assert_eq!(client.call("echo", ()).await.expect("an answer").text(), "in the session");
            client.agreement().await.expect("agreed").version()
        };
        let ((), version) = tokio::join!(serve, call);
        assert_eq!(version, Version::V2025_11_25, "{is_first}");
    }
}
