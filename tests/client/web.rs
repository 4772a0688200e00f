//! Servers on HTTP that break off, forget sessions, redirect, or refuse.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use mcp_runtime::client::{Client, ClientError, ClientHandler, ClientState, Retry, Target};
use mcp_runtime::{Http, LogLevel, Version};
use mcp_tests::fixture;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::servers::serve;

/// A request that a fake server got.
pub struct Got {
    pub method: String,
    headers: axum::http::HeaderMap,
    pub body: Value,
}

impl Got {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub fn answer(&self, result: Value) -> Response {
        json_response(StatusCode::OK, json!({"jsonrpc": "2.0", "id": self.body["id"], "result": result}))
    }

    fn refuse(&self, status: StatusCode, code: i64) -> Response {
        json_response(
            status,
            json!({"jsonrpc": "2.0", "id": self.body["id"], "error": {"code": code, "message": "no"}}),
        )
    }

    pub fn discovered(&self) -> Response {
        self.answer(json!({"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}))
    }
}

fn json_response(status: StatusCode, body: Value) -> Response {
    (status, [("content-type", "application/json")], body.to_string()).into_response()
}

pub fn events(text: String) -> Response {
    ([("content-type", "text/event-stream")], text).into_response()
}

/// A server that answers each request as the test says.
pub async fn fake(answer: impl Fn(Got) -> Response + Clone + Send + Sync + 'static) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = Router::new().fallback(move |request: Request| {
        let answer = answer.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
            let body = serde_json::from_slice(&body).unwrap_or_default();
            answer(Got { method: head.method.to_string(), headers: head.headers, body })
        }
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}/mcp")
}

/// Serves the fixture at an address, until the task is ended.
async fn serve_at(address: SocketAddr) -> (SocketAddr, JoinHandle<()>) {
    let listening = loop {
        match Http::new(fixture::server("")).listen(address).await {
            Ok(listening) => break listening,
            // The one before is not quite gone.
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let address = listening.address().expect("an address");
    (address, tokio::spawn(listening.run(std::future::pending())))
}

#[tokio::test]
async fn a_session_that_the_server_has_lost_is_opened_again() {
    let (address, server) = serve_at(SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let url = format!("http://{address}/mcp");
    let client = Client::builder().version(Version::V2025_11_25).connect(&*url).await.expect("a session");
    client.call("echo", json!({"message": "a"})).await.expect("an echo");
    server.abort();
    let _ = server.await;
    let (_, _server) = serve_at(address).await;
    // Not idempotent: it is sent again because it has reached no handler.
    let sum: i64 = client.call("add", json!({"a": 2, "b": 3})).await.expect("a sum").value().expect("a number");
    assert_eq!((sum, client.health().connections), (5, 2));
}

#[tokio::test]
async fn the_log_level_that_was_set_last_holds_in_the_next_session_too() {
    let (tell, mut logged) = tokio::sync::mpsc::unbounded_channel();
    let handler = ClientHandler::new().on_log(move |message| {
        let _ = tell.send(message.level);
    });
    let (address, server) = serve_at(SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let builder = Client::builder().version(Version::V2025_11_25).handler(handler).log_level(LogLevel::Debug);
    let client = builder.connect(format!("http://{address}/mcp")).await.expect("a session");
    client.set_log_level(LogLevel::Error).await.expect("it logs");
    server.abort();
    let _ = server.await;
    let (_, _server) = serve_at(address).await;
    client.call("chatter", ()).await.expect("it has talked");
    assert_eq!((logged.recv().await, client.health().connections), (Some(LogLevel::Error), 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_lost_when_a_server_restarts_under_load_says_that_it_may_have_run() {
    for version in [Version::V2025_11_25, Version::LATEST] {
        let (address, mut server) = serve_at(SocketAddr::from(([127, 0, 0, 1], 0))).await;
        let patient = Retry::times(50).backoff(Duration::from_millis(5), Duration::from_millis(200));
        let builder = Client::builder().version(version).retry(patient);
        let client = builder.connect(format!("http://{address}/mcp")).await.expect("a server");
        let done = Arc::new(AtomicUsize::new(0));
        let calls: Vec<_> = (0..8)
            .map(|n| {
                let (client, done) = (client.clone(), Arc::clone(&done));
                // `echo` is read-only by its hints, which the list has told; `nap` has none.
                let repeatable = n % 2 == 0;
                tokio::spawn(async move {
                    client.tools().await.expect("tools");
                    let mut lost = 0;
                    for _ in 0..150 {
                        let called = if repeatable {
                            client.call("echo", json!({"message": "x"})).await
                        } else {
                            client.call("nap", json!({"ms": 1})).await
                        };
                        done.fetch_add(1, Ordering::Relaxed);
                        match called {
                            Ok(_) => {}
                            Err(error) => {
                                assert!(!repeatable, "a call that can be repeated was lost: {error}");
                                assert!(error.may_have_run(), "{error:?}");
                                lost += 1;
                            }
                        }
                    }
                    lost
                })
            })
            .collect();
        for restart in 1..=3 {
            while done.load(Ordering::Relaxed) < restart * 300 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            server.abort();
            let _ = server.await;
            server = serve_at(address).await.1;
        }
        let mut lost = 0;
        for call in calls {
            lost += call.await.expect("no panic");
        }
        // Each of the connections that a restart ends can lose one call, and no more.
        assert!(lost <= 3 * 8, "{version}: {lost} lost");
        assert_eq!(client.health().state, mcp_runtime::client::ClientState::Connected);
    }
}

#[tokio::test]
async fn a_stream_that_ends_before_its_answer_is_resumed_where_it_ended() {
    let url = fake(|got| match (&*got.method, got.body["method"].as_str()) {
        ("POST", Some("initialize")) => got.answer(json!({"protocolVersion": "2025-11-25", "capabilities": {}})),
        ("POST", Some("tools/call")) => {
            assert_eq!(got.body["id"], 2);
            events("retry: 20\nid: 7\ndata:\n\n".to_owned())
        }
        ("GET", _) if got.header("last-event-id") == Some("7") => events(format!(
            "id: 8\ndata: {}\n\n",
            json!({"jsonrpc": "2.0", "id": 2, "result": {"content": [{"type": "text", "text": "late"}]}})
        )),
        ("POST", _) => StatusCode::ACCEPTED.into_response(),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    })
    .await;
    let client = Client::builder().version(Version::V2025_11_25).connect(&*url).await.expect("a session");
    assert_eq!(client.call("slow", ()).await.expect("an answer").text(), "late");
}

#[tokio::test]
async fn a_stateless_stream_that_ends_before_its_answer_is_lost() {
    let url = fake(|got| match got.body["method"].as_str() {
        Some("server/discover") => got.discovered(),
        _ => events(": nothing\n\n".to_owned()),
    })
    .await;
    let client = Client::builder().retry(Retry::never()).connect(&*url).await.expect("a server");
    let error = client.call("slow", ()).await.expect_err("no answer");
    assert!(matches!(&error, ClientError::Lost(lost) if lost.may_have_run()), "{error:?}");
}

#[tokio::test]
async fn tools_whose_headers_are_wrong_are_left_out_and_the_others_have_theirs() {
    let schema =
        |header: &str| json!({"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": header}}});
    let got_headers = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&got_headers);
    let url = fake(move |got| match got.body["method"].as_str() {
        Some("server/discover") => got.discovered(),
        Some("tools/list") => got.answer(json!({"tools": [
            {"name": "good", "inputSchema": schema("Region")},
            {"name": "bad", "inputSchema": schema("a b")},
            {"name": "plain", "inputSchema": {"type": "object"}},
        ]})),
        Some("tools/call") => {
            let all = ["mcp-method", "mcp-name", "mcp-param-region", "mcp-protocol-version"];
            noted.lock().expect("no panic").push(all.map(|name| got.header(name).map(str::to_owned)));
            got.answer(json!({"content": []}))
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    })
    .await;
    let client = Client::connect(&*url).await.expect("a server");
    let names: Vec<_> = client.tools().await.expect("tools").into_iter().map(|tool| tool.name).collect();
    assert_eq!(names, ["good", "plain"]);
    client.call("good", json!({"region": "é"})).await.expect("a result");
    client.call("plain", json!({"region": "x"})).await.expect("a result");
    let some = |text: &str| Some(text.to_owned());
    let expected = [
        [some("tools/call"), some("good"), some("=?base64?w6k=?="), some("2026-07-28")],
        [some("tools/call"), some("plain"), None, some("2026-07-28")],
    ];
    assert_eq!(*got_headers.lock().expect("no panic"), expected);
}

#[tokio::test]
async fn a_header_mismatch_brings_a_fresh_list_and_one_more_try() {
    let counts = Arc::new([const { AtomicUsize::new(0) }; 2]);
    let counted = Arc::clone(&counts);
    let url = fake(move |got| match got.body["method"].as_str() {
        Some("server/discover") => got.discovered(),
        Some("tools/list") => {
            counted[0].fetch_add(1, Ordering::Relaxed);
            let property = json!({"type": "string", "x-mcp-header": "Region"});
            got.answer(
                json!({"tools": [{"name": "t", "inputSchema": {"type": "object", "properties": {"r": property}}}]}),
            )
        }
        _ => {
            counted[1].fetch_add(1, Ordering::Relaxed);
            match got.header("mcp-param-region") {
                Some("eu") => got.answer(json!({"content": [{"type": "text", "text": "well"}]})),
                _ => got.refuse(StatusCode::BAD_REQUEST, -32020),
            }
        }
    })
    .await;
    let client = Client::connect(&*url).await.expect("a server");
    // The list was not read yet, so the header is not known.
    assert_eq!(client.call("t", json!({"r": "eu"})).await.expect("a result").text(), "well");
    let error = client.call("t", json!({"r": "us"})).await.expect_err("it is refused again");
    assert_eq!(error.code(), Some(-32020));
    let counts = counts.each_ref().map(|count| count.load(Ordering::Relaxed));
    assert_eq!(counts, [2, 4]);
}

#[tokio::test]
async fn refusals_of_http_are_told_as_what_they_are() {
    let refused = |answer: fn() -> Response| async move {
        let url = fake(move |_| answer()).await;
        Client::connect(&*url).await.expect_err("it is refused")
    };
    let error =
        refused(|| (StatusCode::UNAUTHORIZED, [("www-authenticate", "Bearer scope=\"a\"")]).into_response()).await;
    let ClientError::Unauthorized(failure) = &error else { panic!("{error:?}") };
    assert_eq!((failure.status(), failure.challenge()), (401, Some("Bearer scope=\"a\"")));
    // What the protocol says of it counts; the challenge stays.
    let forbidden = || {
        let error = json!({ "code": -40_300, "message": "Forbidden: `sell` needs the scope `shop:sell`" });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "error": error }).to_string();
        let headers = [("www-authenticate", "Bearer scope=\"shop:sell\""), ("content-type", "application/json")];
        (StatusCode::FORBIDDEN, headers, body).into_response()
    };
    let error = refused(forbidden).await;
    assert_eq!(
        (error.code(), &*error.to_string()),
        (Some(-40_300), "Forbidden: `sell` needs the scope `shop:sell` (-40300)")
    );
    let ClientError::Unauthorized(failure) = &error else { panic!("{error:?}") };
    assert_eq!((failure.status(), failure.challenge()), (403, Some("Bearer scope=\"shop:sell\"")));
    let page = || ([("content-type", "text/html")], "<html>Welcome</html>").into_response();
    let error = refused(page).await;
    assert!(error.to_string().contains("200") && error.to_string().contains("Welcome"), "{error}");
    let error = refused(|| (StatusCode::BAD_GATEWAY, "upstream").into_response()).await;
    assert!(matches!(&error, ClientError::Http(failure) if failure.status() == 502), "{error:?}");
    let error = Client::connect("http://127.0.0.1:1/mcp").await.expect_err("nobody listens");
    let ClientError::Connect(why) = &error else { panic!("{error:?}") };
    assert!(why.as_str().starts_with("http://127.0.0.1:1/mcp: "), "{error}");
    for text in ["localhost:3000", "localhost", "127.0.0.1:3917/mcp", "[::1]:3000", "ftp://x/y"] {
        let error = Client::connect(text).await.expect_err("it is no URL");
        assert!(error.to_string().contains("begins with http:// or https://"), "{text}: {error}");
    }
    let error = Client::connect(Target::url("localhost:3000")).await.expect_err("it is no URL");
    assert!(error.to_string().contains("http://"), "{error}");
}

#[tokio::test]
async fn redirections_stay_at_their_origin_and_secrets_too() {
    let got_secret = Arc::new(AtomicUsize::new(0));
    let noted = Arc::clone(&got_secret);
    let other = fake(move |got| {
        noted.fetch_add(usize::from(got.header("authorization").is_some()), Ordering::Relaxed);
        got.discovered()
    })
    .await;
    let away = fake(move |_| (StatusCode::TEMPORARY_REDIRECT, [("location", other.clone())]).into_response()).await;
    let builder = Client::builder().header("authorization", "Bearer secret");
    let error = builder.clone().connect(&*away).await.expect_err("it is another origin");
    assert!(error.to_string().contains("another origin"), "{error}");
    assert_eq!(got_secret.load(Ordering::Relaxed), 0);
    let hops = Arc::new(AtomicUsize::new(0));
    let (near, hopped) = (
        move |got: Got| match hops.fetch_add(1, Ordering::Relaxed) {
            0..3 => (StatusCode::PERMANENT_REDIRECT, [("location", "/elsewhere")]).into_response(),
            _ => got.discovered(),
        },
        builder,
    );
    let near = fake(near).await;
    hopped.clone().connect(&*near).await.expect("three are followed");
    let round = fake(|_| (StatusCode::PERMANENT_REDIRECT, [("location", "/mcp")]).into_response()).await;
    let error = hopped.connect(&*round).await.expect_err("there is no end to it");
    assert!(error.to_string().contains("3 times"), "{error}");
}

#[tokio::test]
async fn a_server_of_2024_is_found_at_its_stream() {
    let http = Http::new(fixture::server("")).with_sse();
    // Where ours has its stream it takes newer clients, too; one of 2024 does not.
    let only_streams =
        async |request: Request, next: Next| match (request.method().as_str(), request.uri().to_string().as_str()) {
            ("POST", "/sse") => StatusCode::METHOD_NOT_ALLOWED.into_response(),
            _ => next.run(request).await,
        };
    let app = Router::new().fallback_service(http).layer(from_fn(only_streams));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    let url = format!("http://{address}/sse");
    let found = Client::connect(&*url).await.expect("a server");
    let agreement = found.agreement().await.expect("it is there");
    assert_eq!(agreement.version(), Version::V2024_11_05);
    // Where the revision is settled, or was agreed on before, the transport still has to be found.
    let pinned = Client::builder().version(Version::V2024_11_05).connect(&*url).await.expect("the revision is pinned");
    let again = Client::builder().agreement(agreement).connect(&*url).await.expect("the agreement is known");
    for client in [found, pinned, again] {
        assert_eq!(client.call("echo", json!({"message": "old"})).await.expect("an echo").text(), "old");
    }
}

#[tokio::test]
async fn a_message_that_a_server_of_2024_does_not_take_ends_the_connection() {
    let url = fake(|got| match &*got.method {
        "GET" => events("event: endpoint\ndata: /messages\n\n".to_owned()),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    })
    .await;
    let error = Client::connect(&*url).await.expect_err("nothing is taken");
    assert!(matches!(&error, ClientError::Connect(_)), "{error:?}");
}

#[tokio::test]
async fn one_client_serves_many_at_once() {
    let url = serve("").await;
    for version in [Version::V2025_06_18, Version::LATEST] {
        let client = Client::builder().version(version).connect(&*url).await.expect("a server");
        let calls: Vec<_> = (0..200)
            .map(|n| tokio::spawn(client.call("echo", json!({"message": n.to_string()})).into_future()))
            .collect();
        for (n, call) in calls.into_iter().enumerate() {
            assert_eq!(call.await.expect("no panic").expect("an echo").text(), n.to_string());
        }
    }
}

/// What came in one piece is heard in the order in which the server has sent it, by whichever function hears it.
#[tokio::test]
async fn progress_and_logs_of_a_call_are_heard_in_their_order() {
    let address = fake(|got| match got.body["method"].as_str() {
        Some("tools/call") => {
            let token = &got.body["params"]["_meta"]["progressToken"];
            let progress = |progress: u32| {
                json!({"jsonrpc": "2.0", "method": "notifications/progress",
                    "params": {"progressToken": token, "progress": progress}})
            };
            let log = |text: &str| {
                json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": text}})
            };
            let answer = json!({"jsonrpc": "2.0", "id": got.body["id"], "result": {"content": []}});
            let all = [progress(1), log("one"), progress(2), progress(3), log("two"), answer];
            events(all.iter().map(|message| format!("data: {message}\n\n")).collect())
        }
        _ => got.discovered(),
    })
    .await;
    let heard = Arc::<Mutex<Vec<String>>>::default();
    let note = |heard: &Arc<Mutex<Vec<String>>>, what: String| heard.lock().expect("nothing panics").push(what);
    let of_log = Arc::clone(&heard);
    let handler = ClientHandler::new().on_log(move |message| note(&of_log, message.text()));
    let client = Client::builder().handler(handler).connect(&*address).await.expect("a client");
    let of_call = Arc::clone(&heard);
    let call = client.call("any", json!({})).on_progress(move |report| note(&of_call, report.progress.to_string()));
    call.await.expect("an answer");
    assert_eq!(*heard.lock().expect("nothing panics"), ["1", "one", "2", "3", "two"]);
}

#[tokio::test]
async fn a_server_that_has_failed_for_long_is_tried_now_and_then_until_it_answers() {
    let (address, server) = serve_at(SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let hour = Duration::from_secs(3600);
    let builder = Client::builder().version(Version::LATEST).retry(Retry::never()).breaker(Duration::ZERO, hour);
    let client = builder.connect(format!("http://{address}/mcp")).await.expect("a server");
    server.abort();
    let _ = server.await;
    // Its connection is open all the while: on HTTP nothing ends it but the client.
    let lost = client.ping().await.expect_err("nobody listens");
    assert!(matches!(lost, ClientError::Lost(_) | ClientError::Connect(_)), "{lost}");
    let refused = client.call("echo", json!({"message": "a"})).await.expect_err("nothing is tried");
    assert!(matches!(refused, ClientError::CircuitOpen(_)), "{refused}");
    assert_eq!(client.state(), ClientState::Failed);

    let (_, _server) = serve_at(address).await;
    let refused = client.call("echo", json!({"message": "a"})).await.expect_err("nothing is tried yet");
    assert!(matches!(refused, ClientError::CircuitOpen(_)), "{refused}");
    tokio::time::pause();
    tokio::time::advance(hour).await;
    tokio::time::resume();
    // An error is an answer, too.
    let unknown = client.call("no_such_tool", ()).await.expect_err("it answers");
    assert!(matches!(unknown, ClientError::Rpc(_)), "{unknown}");
    assert_eq!((client.state(), client.health().connections), (ClientState::Connected, 1));
    client.call("echo", json!({"message": "a"})).await.expect("an echo");
}
