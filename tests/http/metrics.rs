//! What a server counts: as a value, and as the page `/metrics`.

use mcp_runtime::Metrics;
use mcp_runtime::http::request::Parts;
use mcp_runtime::prelude::*;
use mcp_runtime::{Challenge, OperationMetrics};
use mcp_tests::process::PATIENCE;

use super::client::{Client, stateless};
use super::server::{INITIALIZE, builder, call, open, serve_at, server};

/// What was counted of each operation: `tools/call echo: 2 ended, 1 well, {"tool_error": 1}`.
fn counted(metrics: &Metrics) -> Vec<String> {
    let line = |one: &OperationMetrics| {
        let OperationMetrics { method, target, calls, successes, errors, .. } = one;
        let target = target.as_ref().map(|target| format!(" {target}")).unwrap_or_default();
        format!("{method}{target}: {calls} ended, {successes} well, {errors:?}")
    };
    metrics.operations.iter().map(line).collect()
}

/// Waits until this is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test]
async fn each_request_on_a_stream_is_counted_once_and_names_that_clients_make_up_share_a_place() {
    let server = server();
    let mut client = server.connect();
    for frame in [
        INITIALIZE.to_owned(),
        INITIALIZE.to_owned(),
        call(1, "echo", r#"{"message":"hi"}"#),
        call(2, "echo", "{}"),
        call(3, "made-up", "{}"),
        call(4, "made-up-too", "{}"),
        r#"{"jsonrpc":"2.0","id":5,"method":"made/up"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":6,"method":"made/up/too"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#.to_owned(),
        "garbage".to_owned(),
    ] {
        client.send(frame);
        client.receive().await.expect("an answer");
    }
    let metrics = server.handle().metrics();
    assert_eq!(
        counted(&metrics),
        [
            r#"tools/call echo: 2 ended, 1 well, [("tool_error", 1)]"#,
            r#"initialize: 2 ended, 1 well, [("-32600", 1)]"#,
            r#"tools/list: 1 ended, 1 well, []"#,
            r#"tools/call: 2 ended, 0 well, [("-32602", 2)]"#,
            r#"_OTHER: 3 ended, 0 well, [("-32601", 2), ("-32700", 1)]"#,
        ]
    );
    let echo = metrics.tool("echo").expect("it was called");
    assert_eq!((echo.in_flight, echo.buckets.iter().sum::<u64>(), echo.error_rate()), (0, 2, 0.5));
    assert!(echo.bytes > 100 && echo.last_called.is_some_and(|last| last <= std::time::SystemTime::now()));
    assert_eq!((metrics.calls(), metrics.connections), (10, 1));
    drop(client);
    assert_eq!(server.handle().metrics().connections, 0);
}

#[tokio::test]
async fn a_call_is_in_flight_until_it_is_answered_or_cancelled() {
    let server = server();
    let mut client = server.connect();
    client.send(INITIALIZE);
    client.receive().await;
    for id in [1, 2] {
        client.send(call(id, "hold", "{}"));
        assert!(client.receive().await.is_some_and(|said| said.contains("running")));
    }
    let of_hold = || server.handle().metrics().tool("hold").cloned().expect("it was called");
    assert_eq!((of_hold().in_flight, of_hold().calls), (2, 0));
    client.send(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
    until("the cancelled call has ended", || of_hold().in_flight == 1).await;
    client.send(call(3, "release", "{}"));
    until("the other has ended", || of_hold().in_flight == 0).await;
    let hold = of_hold();
    assert_eq!((hold.calls, hold.successes, hold.errors), (2, 1, vec![("cancelled", 1)]));
}

#[tokio::test]
async fn a_subscription_that_its_client_has_ended_is_no_error() {
    let server = server();
    let mut client = server.connect();
    client.send(
        r#"{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},
        "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#
            .replace('\n', " "),
    );
    assert!(client.receive().await.is_some_and(|said| said.contains("acknowledged")));
    client.send(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
    until("the subscription has ended", || server.handle().metrics().calls() == 1).await;
    let metrics = server.handle().metrics();
    assert_eq!(counted(&metrics), ["subscriptions/listen: 1 ended, 1 well, []"]);
    assert_eq!(metrics.error_rate(), 0.0);
}

#[tokio::test]
async fn requests_on_http_are_counted_once_the_refused_ones_too() {
    let server = server();
    let running = serve_at(Http::routes().route("/mcp", &server)).await;
    let (client, session) = (Client::new(running.address), open(&running).await);
    session.post(&[], &call(1, "echo", r#"{"message":"hi"}"#)).await;
    let (headers, body) = stateless("tools/call", "echo", r#"{"message":"hi"}"#);
    client.post(&headers, &body).await;
    client.post(&headers, &body.replace(r#""name":"echo""#, r#""name":"other""#)).await;
    client.post(&[("Origin", "http://evil.example".to_owned())], "{}").await;
    client.post(&[("Mcp-Session-Id", "unknown".to_owned())], &call(1, "echo", "{}")).await;
    client.send("PUT", "/mcp", &[], "").await;
    client.post(&[], &"x".repeat(200_000)).await;
    let metrics = server.handle().metrics();
    assert_eq!(
        counted(&metrics),
        [
            r#"tools/call echo: 2 ended, 2 well, []"#,
            r#"initialize: 1 ended, 1 well, []"#,
            r#"tools/call: 1 ended, 0 well, [("-32020", 1)]"#,
        ]
    );
    assert_eq!(metrics.http_refused, [(403, 1), (404, 1), (405, 1), (413, 1)]);
    assert_eq!((metrics.sessions, metrics.sessions_opened, metrics.streams), (1, 1, 0));

    let (headers, body) = stateless("tools/call", "hold", "{}");
    let body = body.replace(r#""_meta":{"#, r#""_meta":{"io.modelcontextprotocol/logLevel":"debug","#);
    let mut stream = client.stream("POST", "/mcp", &headers, &body).await;
    stream.read_until("running").await;
    let metrics = server.handle().metrics();
    assert_eq!((metrics.streams, metrics.tool("hold").map(|hold| hold.in_flight)), (1, Some(1)));
    assert!(metrics.connections >= 1);
    drop(stream);
    until("the stream has ended", || server.handle().metrics().streams == 0).await;
    until("its call is cancelled", || {
        server.handle().metrics().tool("hold").is_some_and(|hold| hold.errors == [("cancelled", 1)])
    })
    .await;
    session.send("DELETE", "/mcp", &[], "").await;
    until("the session is over", || server.handle().metrics().sessions == 0).await;
}

#[tokio::test]
async fn what_waits_for_a_client_on_a_stream_is_told_until_it_is_read() {
    let server = server();
    let waiting = || {
        let Metrics { queued_messages, queued_bytes, largest_queue_bytes, .. } = server.handle().metrics();
        (queued_messages, queued_bytes, largest_queue_bytes)
    };
    let (mut one, mut other) = (server.connect(), server.connect());
    for client in [&mut one, &mut other] {
        client.send(INITIALIZE);
        client.receive().await;
    }
    assert_eq!(waiting(), (0, 0, 0));
    one.send(call(1, "talk", "{}"));
    other.send(call(1, "echo", &format!(r#"{{"message":"{}"}}"#, "x".repeat(5_000))));
    until("all of it waits", || waiting().0 == 5).await;
    let (_, bytes, largest) = waiting();
    assert!(bytes > largest && largest > 5_000, "{bytes} {largest}");
    let by_transport = server.handle().metrics().connections_by_transport;
    assert_eq!(by_transport, [("stdio", 0), ("http", 0), ("memory", 2), ("own", 0)]);
    drop(other);
    assert_eq!(waiting().0, 4, "nothing waits for who is gone");
    for _ in 0..4 {
        one.receive().await;
    }
    assert_eq!(waiting(), (0, 0, 0));
}

#[tokio::test]
async fn what_a_session_keeps_for_a_client_that_comes_back_is_told() {
    let server = server();
    let running = serve_at(Http::routes().route("/mcp", &server)).await;
    let session = open(&running).await;
    let mut stream = session.stream("POST", "/mcp", &[], &call(1, "hold", "{}")).await;
    stream.read_until("running").await;
    let metrics = || server.handle().metrics();
    let before = metrics();
    assert_eq!((before.kept_streams, before.queued_messages), (1, 0));
    assert!(before.kept_stream_bytes > 0 && before.connections_by_transport[1].1 >= 1, "{before:?}");
    drop(stream);
    until("the stream was left", || metrics().streams == 0).await;
    session.post(&[], &call(2, "release", "{}")).await;
    until("a message and the answer wait", || metrics().queued_messages == 2).await;
    let after = metrics();
    assert_eq!(after.queued_bytes, after.largest_queue_bytes);
    assert!(after.kept_stream_bytes > before.kept_stream_bytes, "{after:?}");
    session.send("DELETE", "/mcp", &[], "").await;
    until("nothing is kept", || (metrics().kept_streams, metrics().kept_stream_bytes) == (0, 0)).await;
}

/// The lines of a page that begin so.
fn lines<'a>(page: &'a str, begin: &str) -> Vec<&'a str> {
    page.lines().filter(|line| line.starts_with(begin)).collect()
}

#[tokio::test]
async fn the_page_is_there_where_it_is_asked_for_and_for_whom_the_server_lets_in() {
    let without = serve_at(Http::routes().route("/mcp", server())).await;
    assert_eq!(Client::new(without.address).send("GET", "/metrics", &[], "").await.status, 404);

    let known = |request: &Parts| match request.headers.get("authorization") {
        Some(_) => Ok(Principal::new("prometheus")),
        None => Err(Challenge::bearer()),
    };
    let of_server = builder().http(move |http| http.authenticate(known).with_metrics()).build().expect("a server");
    let running = serve_at(Http::routes().route("/mcp", of_server)).await;
    let client = Client::new(running.address);
    assert_eq!(client.send("GET", "/metrics", &[], "").await.status, 401);
    let key = ("Authorization", "Bearer x".to_owned());
    let elsewhere = [("Host", "evil.example".to_owned()), key.clone()];
    assert_eq!(client.send("GET", "/metrics", &elsewhere, "").await.status, 403);
    let page = client.send("GET", "/metrics", &[key], "").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(
        lines(&page.body, "mcp_server_http_refused_requests_total"),
        [] as [&str; 0],
        "who may not see the page is not a request to the server"
    );
}

#[tokio::test]
async fn a_page_has_each_server_under_its_name_and_its_operations_under_theirs() {
    let odd = Server::of(&ODD).build().expect("a server");
    let routes = Http::routes().route("/odd", &odd).route("/again", odd).route("/mcp", server()).metrics();
    let running = serve_at(routes).await;
    let client = Client::new(running.address);
    let (headers, body) = stateless("resources/read", r#"odd://"\n"#, "{}");
    let read = body.replace(r#""name":"#, r#""uri":"#);
    client.post_to("/odd", &headers, &read).await;
    let (headers, body) = stateless("tools/call", "echo", r#"{"message":1}"#);
    client.post(&headers, &body).await;
    let page = client.send("GET", "/metrics", &[], "").await.body;
    let name = r#"server="say \"odd\" \\""#;
    assert_eq!(
        lines(&page, "mcp_server_sessions{"),
        [format!("mcp_server_sessions{{{name}}} 0"), r#"mcp_server_sessions{server="http-tests"} 0"#.to_owned(),]
    );
    assert_eq!(
        lines(&page, "mcp_server_connections{server=\"http"),
        [
            r#"mcp_server_connections{server="http-tests",transport="stdio"} 0"#,
            r#"mcp_server_connections{server="http-tests",transport="http"} 1"#,
            r#"mcp_server_connections{server="http-tests",transport="memory"} 0"#,
            r#"mcp_server_connections{server="http-tests",transport="own"} 0"#,
        ]
    );
    let echo = r#"{server="http-tests",mcp_method_name="tools/call",gen_ai_tool_name="echo","#;
    assert_eq!(
        lines(&page, "mcp_server_operation_errors_total{server=\"http"),
        [format!(r#"mcp_server_operation_errors_total{echo}error_type="tool_error"}} 1"#)]
    );
    let buckets = lines(&page, &format!("mcp_server_operation_duration_seconds_bucket{echo}"));
    assert_eq!(buckets.len(), 15);
    assert!(buckets[0].contains(r#",le="0.01"} "#) && buckets[14].ends_with(r#",le="+Inf"} 1"#), "{buckets:?}");
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.starts_with("mcp_server_") && line.matches('{').count() == 1, "{line}");
    }
}

static ODD: Group = Group::new("say \"odd\" \\");

/// Is odd.
#[resource("odd://thing", group = ODD)]
fn odd() -> &'static str {
    "odd"
}

#[tokio::test]
async fn a_port_of_its_own_has_the_metrics_and_asks_nobody_who_calls() {
    let nobody = |_: &Parts| Err::<Principal, _>(Challenge::bearer());
    let server = builder().http(move |http| http.authenticate(nobody)).build().expect("a server");
    let running = serve_at(Http::metrics_of(&server)).await;
    let client = Client::new(running.address);
    let page = client.send("GET", "/metrics", &[], "").await;
    assert!(page.status == 200 && page.body.contains("mcp_server_sessions{server=\"http-tests\"} 0\n"), "{page:?}");
    let elsewhere = [("Host", "evil.example".to_owned())];
    assert_eq!(client.send("GET", "/metrics", &elsewhere, "").await.status, 403);
    assert_eq!(client.post(&[], INITIALIZE).await.status, 404);
    assert_eq!(
        client.send("GET", "/capabilities", &[], "").await.status,
        404,
        "the server's own page asks who reads it"
    );
}

#[tokio::test]
async fn a_port_of_its_own_is_ready_when_the_server_is() {
    let server = builder().ready("carrier", async || Ok::<_, &str>(())).build().expect("a server");
    let running = serve_at(Http::metrics_of(&server)).await;
    assert_eq!(Client::new(running.address).send("GET", "/readyz", &[], "").await.status, 200);
    let server = builder().ready("carrier", async || Err::<(), _>("the carrier is gone")).build().expect("a server");
    let running = serve_at(Http::metrics_of(&server)).await;
    assert_eq!(Client::new(running.address).send("GET", "/readyz", &[], "").await.status, 503);
}

#[tokio::test]
async fn a_port_of_its_own_is_not_ready_once_the_server_is_told_to_stop() {
    let http = Http::new(builder().build().expect("a server"));
    let running = serve_at(Http::metrics_of(http.clone())).await;
    let ready = async || Client::new(running.address).send("GET", "/readyz", &[], "").await.status;
    assert_eq!(ready().await, 200);
    http.listen("127.0.0.1:0").await.expect("a port").run(std::future::ready(())).await;
    assert_eq!(ready().await, 503);
}

#[tokio::test]
async fn a_call_through_layers_is_counted_once_with_what_they_made_of_it() {
    let server = builder().around(|call, next| async move { next.run(call).await });
    let server = server.around(|call, next| async move { next.run(call).await }).build().expect("a server");
    let mut client = server.connect();
    for frame in [INITIALIZE.to_owned(), call(1, "echo", r#"{"message":"hi"}"#), call(2, "made-up", "{}")] {
        client.send(frame);
        client.receive().await.expect("an answer");
    }
    client.send(call(3, "hold", "{}"));
    assert!(client.receive().await.is_some_and(|said| said.contains("running")));
    client.send(call(4, "release", "{}"));
    until("the call has ended", || server.handle().metrics().tool("hold").is_some_and(|hold| hold.calls > 0)).await;
    assert_eq!(
        counted(&server.handle().metrics()),
        [
            r#"tools/call echo: 1 ended, 1 well, []"#,
            r#"tools/call hold: 1 ended, 1 well, []"#,
            r#"tools/call release: 1 ended, 1 well, []"#,
            r#"initialize: 1 ended, 1 well, []"#,
            r#"tools/call: 1 ended, 0 well, [("-32602", 1)]"#,
        ]
    );
}

#[tokio::test]
async fn the_resource_is_there_where_it_is_asked_for() {
    let server = builder().metrics_resource().build().expect("a server");
    let mut client = server.connect();
    let read = r#"{"jsonrpc":"2.0","id":2,"method":"resources/read","params":{"uri":"metrics://summary"}}"#;
    let mut last = String::new();
    for frame in [INITIALIZE, &call(1, "echo", r#"{"message":"hi"}"#), read, &read.replace(r#""id":2"#, r#""id":3"#)] {
        client.send(frame.to_owned());
        last = client.receive().await.expect("an answer");
    }
    let answer: serde_json::Value = serde_json::from_str(&last).expect("JSON");
    let text = answer["result"]["contents"][0]["text"].as_str().unwrap_or_else(|| panic!("{last}"));
    let metrics: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let operations = metrics["operations"].as_array().expect("a list");
    let find = |method: &str| operations.iter().find(|one| one["method"] == method).unwrap_or_else(|| panic!("{text}"));
    let echo = find("tools/call");
    assert_eq!((&echo["target"], &echo["calls"], &echo["errors"]), (&"echo".into(), &1.into(), &serde_json::json!({})));
    // The first read has ended, the second is being answered.
    let itself = find("resources/read");
    assert_eq!((&itself["calls"], &itself["inFlight"]), (&1.into(), &1.into()));
    assert!(metrics["uptimeSeconds"].is_number() && echo["lastCalledUnix"].is_number(), "{text}");

    let mut without = super::server::server().connect();
    without.send(INITIALIZE);
    without.receive().await;
    without.send(read);
    assert!(without.receive().await.is_some_and(|answer| answer.contains("error")));
}

static POLICED: Group = Group::new("metered-and-policed");

/// Is for everyone.
#[tool(group = POLICED, public)]
fn open_to_all() {}

#[tokio::test]
async fn a_policy_opens_the_resource_where_others_have_one_and_the_warning_says_how() {
    use mcp_runtime::testing::TestClient;
    use mcp_runtime::{Policy, Principal};

    let build = |server: ServerBuilder| mcp_tests::logged::logged(|| server.build().expect("a server"));
    let (server, warned) = build(Server::of(&POLICED).metrics_resource());
    assert!(warned.contains("nobody may use resource `metrics://summary`"), "{warned}");
    assert!(warned.contains("`.metrics_resource_for(policy)` in place of `.metrics_resource()`"), "{warned}");
    assert!(TestClient::to(&server).await.read("metrics://summary").await.is_err());

    let (server, warned) = build(Server::of(&POLICED).metrics_resource_for(Policy::public()));
    assert_eq!(warned, "");
    let read = TestClient::to(&server).await.read("metrics://summary").await.expect("it is for all");
    assert!(read.text().contains("uptimeSeconds"), "{}", read.text());

    let operators = || Server::of(&POLICED).metrics_resource_for(Policy::new().roles("operator"));
    let operator = operators().principal(Principal::new("ada").with_roles(["operator"]));
    assert!(TestClient::to(&build(operator).0).await.read("metrics://summary").await.is_ok());
    assert!(TestClient::to(&build(operators()).0).await.read("metrics://summary").await.is_err());
}
