//! The server's own listener: its pages, and its end.

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use mcp_runtime::prelude::*;
use tokio::net::TcpStream;

use super::client::{Client, stateless};
use super::server::{call, open, serve, serve_at, server};

#[tokio::test]
async fn the_pages_beside_the_endpoint_tell_how_it_is() {
    let server = serve().await;
    let client = Client::new(server.address);
    for page in ["/healthz", "/readyz"] {
        assert_eq!(client.send("GET", page, &[], "").await.status, 200, "{page}");
    }
    let offered = client.send("GET", "/capabilities", &[], "").await;
    assert!(offered.body.contains(r#""name":"echo""#), "{offered:?}");
    let evil = [("Host", "evil.example.com".to_owned())];
    assert_eq!(client.send("GET", "/capabilities", &evil, "").await.status, 403);
    assert_eq!(client.send("GET", "/elsewhere", &[], "").await.status, 404);
}

#[tokio::test]
async fn calls_in_flight_finish_when_the_server_stops() {
    let server = serve().await;
    let client = open(&server).await;
    let cut_off = client.send_until("POST", "/mcp", &[], &call(7, "hold", "{}"), "running").await;
    let last = cut_off.events().last().and_then(|event| event.id).expect("an event").to_owned();
    let listening = tokio::spawn(async move {
        let rest = client.send("GET", "/mcp", &[("Last-Event-ID", last)], "").await;
        (client, rest)
    });
    let second = open(&server).await;
    assert_eq!(second.post(&[], &call(8, "release", "{}")).await.status, 200);
    let (_, rest) = listening.await.expect("the answer");
    assert!(rest.body.contains(r#""id":7"#), "{rest:?}");
    server.stop.send(()).expect("it is running");
    server.served.await.expect("it ends");
}

#[tokio::test]
async fn streams_that_only_listen_end_when_the_server_stops() {
    let server = serve().await;
    let client = open(&server).await;
    let (headers, body) = stateless("subscriptions/listen", "", "{}");
    let body = body.replace(r#""params":{"#, r#""params":{"notifications":{"toolsListChanged":true},"#);
    let alone = Client::new(server.address);
    let mut listening = alone.stream("POST", "/mcp", &headers, &body).await;
    listening.read_until("acknowledged").await;
    let mut standalone = client.stream("GET", "/mcp", &[], "").await;
    standalone.read_until("retry: ").await;
    server.stop.send(()).expect("it is running");
    let (last, rest) = tokio::join!(listening.rest(), standalone.rest());
    assert!(last.contains(r#""resultType":"complete""#), "{last}");
    assert!(!rest.contains("jsonrpc"), "{rest}");
    server.served.await.expect("it ends");
}

#[tokio::test]
async fn the_pages_can_be_left_out() {
    let server = serve_at(Http::routes().route("/mcp", server()).without_probes()).await;
    let client = Client::new(server.address);
    for page in ["/healthz", "/readyz", "/capabilities"] {
        assert_eq!(client.send("GET", page, &[], "").await.status, 404, "{page}");
    }
}

#[tokio::test]
async fn http_2_is_spoken_on_the_same_port() {
    let server = serve().await;
    let stream = TcpStream::connect(server.address).await.expect("it listens");
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (sender, connection) = handshake.expect("it speaks HTTP/2");
    tokio::spawn(connection);
    let answers = ["one", "two", "three"].map(|message| {
        let (headers, body) = stateless("tools/call", "echo", &format!(r#"{{"message":"{message}"}}"#));
        let uri = format!("http://{}/mcp", server.address);
        let request = Request::post(uri).header("Content-Type", "application/json");
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let mut sender = sender.clone();
        async move {
            let request = request.body(Full::new(Bytes::from(body))).expect("a request");
            let answer = sender.send_request(request).await.expect("an answer");
            assert_eq!(answer.status(), 200);
            let body = answer.into_body().collect().await.expect("its body").to_bytes();
            assert!(String::from_utf8_lossy(&body).contains(message), "{body:?}");
        }
    });
    let [one, two, three] = answers;
    tokio::join!(one, two, three);
}
