//! Spans of requests: what is in them, attribute by attribute, to what they belong, and how they get to a collector.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::process::Command;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use mcp_runtime::client::Client;
use mcp_runtime::layers::Trace;
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{Answer, TestClient};
use mcp_runtime::{Http, Version};
use mcp_tests::process::Process;
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use prost::Message as _;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};

static TRACED: Group = Group::new("traced");

/// Adds two numbers.
#[tool(group = TRACED)]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Fails.
#[tool(group = TRACED)]
fn fail() -> Result<()> {
    Err(Error::new("on purpose"))
}

/// Fails with a code.
#[tool(group = TRACED)]
fn refuse() -> Result<()> {
    Err(Error::rpc(-1234, "not today"))
}

/// Calls another tool.
#[tool(group = TRACED)]
async fn relay(ctx: &Ctx) -> Result<i64> {
    ctx.call("add", json!({ "a": 1, "b": 2 })).await?.value()
}

/// Whom to greet.
#[derive(Elicit)]
struct Whom {
    /// The name.
    name: String,
}

/// Asks.
#[tool(group = TRACED)]
async fn greet(ctx: &Ctx) -> Result<String> {
    let Whom { name } = ctx.ask("whom", elicit("Whom?")).await?;
    Ok(format!("Hello, {name}!"))
}

/// Whether a call hangs.
static HANGS: Notify = Notify::const_new();

/// Never ends.
#[tool(group = TRACED)]
async fn hang() {
    HANGS.notify_one();
    std::future::pending().await
}

/// A note.
#[resource("note://{id}", group = TRACED)]
fn note(id: u32) -> String {
    format!("note {id}")
}

/// Asks for a review.
#[prompt(group = TRACED)]
fn review(code: &str) -> String {
    format!("Review {code}")
}

/// A traced server, and the spans that it makes.
fn traced(change: impl FnOnce(Trace) -> Trace) -> (Server, InMemorySpanExporter) {
    let spans = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
    let server = Server::of(&TRACED).trace(change(Trace::with(provider))).build().expect("a server");
    (server, spans)
}

/// The spans of a method, the oldest first.
fn of(spans: &InMemorySpanExporter, method: &str) -> Vec<SpanData> {
    let all = spans.get_finished_spans().expect("spans");
    all.into_iter().filter(|span| attributes(span).get("mcp.method.name").is_some_and(|name| name == method)).collect()
}

fn attributes(span: &SpanData) -> BTreeMap<String, String> {
    span.attributes.iter().map(|pair| (pair.key.to_string(), pair.value.to_string())).collect()
}

/// The only span of a method.
fn one(spans: &InMemorySpanExporter, method: &str) -> SpanData {
    let mut all = of(spans, method);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Compares the attributes of a span, but for the request's id, which has to be there.
fn check(span: &SpanData, name: &str, wanted: &[(&str, &str)]) {
    let mut found = attributes(span);
    assert!(found.remove("jsonrpc.request.id").is_some_and(|id| !id.is_empty()), "{span:?}");
    let wanted: BTreeMap<String, String> =
        wanted.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    assert_eq!((&*span.name, &found), (name, &wanted));
    assert_eq!(span.span_kind, SpanKind::Server);
}

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const TRANSPORT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn spans_have_the_attributes_of_the_conventions() {
    let (server, spans) = traced(|trace| trace);
    let client = TestClient::in_revision(&server, Version::V2025_11_25).await;
    let _ = client.call("add", json!({ "a": 2, "b": 3 })).await;
    let (version, pipe) = (("mcp.protocol.version", "2025-11-25"), ("network.transport", "pipe"));
    let execute = ("gen_ai.operation.name", "execute_tool");
    let call = ("mcp.method.name", "tools/call");
    let span = one(&spans, "tools/call");
    check(&span, "tools/call add", &[call, version, pipe, execute, ("gen_ai.tool.name", "add")]);
    assert_eq!(span.status, Status::Unset);

    spans.reset();
    assert!(client.call("fail", json!({})).await.is_err());
    let span = one(&spans, "tools/call");
    let kind = ("error.type", "tool_error");
    check(&span, "tools/call fail", &[call, version, pipe, execute, ("gen_ai.tool.name", "fail"), kind]);
    assert!(matches!(span.status, Status::Error { .. }));

    spans.reset();
    assert!(client.call("refuse", json!({})).await.is_err());
    let span = one(&spans, "tools/call");
    let (kind, code) = (("error.type", "-1234"), ("rpc.response.status_code", "-1234"));
    check(&span, "tools/call refuse", &[call, version, pipe, execute, ("gen_ai.tool.name", "refuse"), kind, code]);
    assert_eq!(span.status, Status::error("not today"));

    spans.reset();
    let _ = client.prompt("review", json!({ "code": "x" })).await;
    let method = ("mcp.method.name", "prompts/get");
    check(
        &one(&spans, "prompts/get"),
        "prompts/get review",
        &[method, version, pipe, ("gen_ai.prompt.name", "review")],
    );

    let _ = client.read("note://7").await;
    let method = ("mcp.method.name", "resources/read");
    let uri = ("mcp.resource.uri", "note://7");
    check(&one(&spans, "resources/read"), "resources/read", &[method, version, pipe, uri]);

    spans.reset();
    let _ = client.tools().await;
    check(&one(&spans, "tools/list"), "tools/list", &[("mcp.method.name", "tools/list"), version, pipe]);
}

#[tokio::test]
async fn arguments_and_results_are_noted_where_the_program_wants_it() {
    let (server, spans) = traced(Trace::payloads);
    let client = TestClient::to(&server).await;
    let _ = client.call("add", json!({ "a": 2, "b": 3 })).await;
    let noted = attributes(&one(&spans, "tools/call"));
    assert_eq!(noted["gen_ai.tool.call.arguments"], r#"{"a":2,"b":3}"#);
    assert!(noted["gen_ai.tool.call.result"].contains("\"5\""), "{noted:?}");
}

#[tokio::test]
async fn a_span_stands_below_the_one_that_the_client_names() {
    let (server, spans) = traced(|trace| trace);
    let client = Client::to(&server).await.expect("a client");
    client.call("relay", json!({})).meta("traceparent", PARENT).await.expect("a sum");
    let [inner, outer] = <[SpanData; 2]>::try_from(of(&spans, "tools/call")).expect("two spans");
    assert_eq!(outer.span_context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(outer.parent_span_id.to_string(), "00f067aa0ba902b7");
    assert!(outer.parent_span_is_remote);
    // What a function calls of its own server stands below its own span.
    assert_eq!(inner.parent_span_id, outer.span_context.span_id());
}

#[tokio::test]
async fn the_client_names_the_span_that_is_current() {
    let (server, spans) = traced(|trace| trace);
    let client = Client::to(&server).await.expect("a client");
    let current = SpanContext::new(TraceId::from(7), SpanId::from(9), TraceFlags::SAMPLED, true, TraceState::default());
    let context = opentelemetry::Context::new().with_remote_span_context(current.clone());
    let called = {
        use opentelemetry::context::FutureExt as _;
        async { client.call("add", json!({ "a": 1, "b": 1 })).await }.with_context(context).await
    };
    called.expect("a sum");
    let span = one(&spans, "tools/call");
    assert_eq!((span.span_context.trace_id(), span.parent_span_id), (current.trace_id(), current.span_id()));
}

#[tokio::test]
async fn over_http_the_header_names_the_parent_or_is_linked() {
    let (server, spans) = traced(|trace| trace);
    let listening = Http::new(server).listen("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listening.address().expect("an address"));
    let serving = tokio::spawn(listening.run(std::future::pending()));
    let client = Client::builder().header("traceparent", TRANSPORT).connect(&*url).await.expect("a client");
    client.call("add", json!({ "a": 1, "b": 1 })).await.expect("a sum");
    let span = one(&spans, "tools/call");
    assert_eq!(span.parent_span_id.to_string(), "b7ad6b7169203331");
    let noted = attributes(&span);
    let transport = ["network.transport", "network.protocol.name", "network.protocol.version"].map(|key| &*noted[key]);
    assert_eq!(transport, ["tcp", "http", "1.1"]);

    spans.reset();
    client.call("add", json!({ "a": 1, "b": 1 })).meta("traceparent", PARENT).await.expect("a sum");
    let span = one(&spans, "tools/call");
    assert_eq!(span.parent_span_id.to_string(), "00f067aa0ba902b7");
    let linked: Vec<String> = span.links.iter().map(|link| link.span_context.span_id().to_string()).collect();
    assert_eq!(linked, ["b7ad6b7169203331"]);
    serving.abort();
}

#[tokio::test]
async fn a_further_round_is_linked_to_the_one_before() {
    let (server, spans) = traced(|trace| trace);
    let client = TestClient::in_revision(&server, Version::V2026_07_28).await;
    let client = client.answering([Answer::accept(json!({ "name": "Ada" }))]);
    client.call("greet", json!({})).await.expect("a greeting");
    let [asks, answers] = <[SpanData; 2]>::try_from(of(&spans, "tools/call")).expect("two rounds");
    let linked: Vec<SpanId> = answers.links.iter().map(|link| link.span_context.span_id()).collect();
    assert_eq!(linked, [asks.span_context.span_id()]);
    assert_eq!(asks.status, Status::Unset);
}

#[tokio::test]
async fn a_call_that_is_cancelled_has_a_span_that_says_so() {
    let (server, spans) = traced(|trace| trace);
    let client = Client::to(&server).await.expect("a client");
    tokio::select! {
        _ = client.call("hang", json!({})) => unreachable!("it never ends"),
        () = HANGS.notified() => {}
    }
    // The cancellation is on its way; the call is dropped by its task.
    while of(&spans, "tools/call").is_empty() {
        client.ping().await.expect("an answer");
        // A ping in memory is answered where it is sent, which lets no other task run.
        tokio::task::yield_now().await;
    }
    let span = one(&spans, "tools/call");
    assert_eq!(attributes(&span)["error.type"], "cancelled");
}

/// A collector: a program of its own would do the same. Gives the bodies of what is sent to it.
async fn collector() -> (String, mpsc::UnboundedReceiver<Bytes>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let (send, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { return };
            let send = send.clone();
            let service = service_fn(move |request: hyper::Request<Incoming>| {
                let send = send.clone();
                async move {
                    assert_eq!(request.uri().path(), "/v1/traces");
                    let body = request.into_body().collect().await.expect("a body").to_bytes();
                    let _ = send.send(body);
                    Ok::<_, Infallible>(hyper::Response::new(Full::new(Bytes::new())))
                }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    (endpoint, received)
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_are_exported_when_the_server_stops() {
    let (endpoint, mut received) = collector().await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_traced-server"));
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint).env("OTEL_SERVICE_NAME", "shop");
    // Nothing is sent before the end.
    command.env("OTEL_BSP_SCHEDULE_DELAY", "600000");
    let mut server = Process::spawn(&mut command);
    server.send(r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#);
    server.send(&format!(
        r#"{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{{"name":"add","arguments":{{"a":2,"b":3}},"_meta":{{"traceparent":"{PARENT}"}}}}}}"#
    ));
    let _ = (server.receive(), server.receive());
    server.close_input();
    let exported = received.recv().await.expect("an export");
    let exported = ExportTraceServiceRequest::decode(exported).expect("spans");
    let resource = exported.resource_spans[0].resource.as_ref().expect("a resource");
    let service = resource.attributes.iter().find(|pair| pair.key == "service.name").expect("the name of the service");
    let name = service.value.as_ref().and_then(|value| value.value.as_ref());
    assert_eq!(name, Some(&Value::StringValue("shop".to_owned())));
    let spans = &exported.resource_spans[0].scope_spans[0].spans;
    let span = spans.iter().find(|span| span.name == "tools/call add").expect("the span of the call");
    assert_eq!(span.parent_span_id, [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
}
