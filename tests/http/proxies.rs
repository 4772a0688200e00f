//! Proxies in front of the server: who is believed that says who is calling.

use std::net::SocketAddr;

use mcp_runtime::prelude::*;
use mcp_runtime::transport::ForwardedHeader;
use mcp_runtime::{ClientAddress, Listening};
use mcp_tests::logged::Logged;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::client::{Client, stateless};

static GROUP: Group = Group::new("proxied").version("1.0.0");

/// Says which address the client has, as far as a proxy has told it.
#[tool(group = GROUP)]
fn whence(ctx: &Ctx) -> String {
    ctx.extension::<ClientAddress>().map_or_else(|| "nobody".to_owned(), |address| address.ip().to_string())
}

fn http() -> Http {
    Http::new(Server::of(&GROUP).build().expect("a server"))
}

async fn serve(http: Http, set: impl FnOnce(Listening) -> Listening) -> SocketAddr {
    let listening = set(http.listen("127.0.0.1:0").await.expect("a port"));
    let address = listening.address().expect("an address");
    tokio::spawn(listening.run(std::future::pending()));
    address
}

pub(super) async fn whence_of(address: SocketAddr, headers: &[(&'static str, &str)]) -> String {
    let (mut all, body) = stateless("tools/call", "whence", "{}");
    all.extend(headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let answer = Client::new(address).post(&all, &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let text = answer.body.split(r#""text":""#).nth(1).and_then(|rest| rest.split('"').next());
    text.unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

#[tokio::test]
async fn only_a_proxy_that_was_named_is_believed_and_only_the_header_that_it_sets() {
    let (forwarded_for, forwarded) = (("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=198.51.100.1"));
    let loopback = || http().trust_proxy("127.0.0.0/8");
    for (http, found) in [
        (http(), "nobody"),
        (http().trust_proxy("10.0.0.0/8").trust_proxy("::1").trust_proxy("unix"), "nobody"),
        (loopback(), "203.0.113.7"),
        (loopback().forwarded_header(ForwardedHeader::Forwarded), "198.51.100.1"),
        // The one that is nearest and no proxy.
        (loopback().trust_proxy("203.0.113.7"), "203.0.113.7"),
    ] {
        let address = serve(http, |listening| listening).await;
        assert_eq!(whence_of(address, &[forwarded_for, forwarded]).await, found);
    }
}

#[tokio::test]
async fn a_proxy_that_says_nothing_is_the_client() {
    let address = serve(http().trust_proxy("127.0.0.1"), |listening| listening).await;
    for headers in [&[][..], &[("X-Forwarded-For", "unknown")], &[("Forwarded", "for=203.0.113.7")]] {
        assert_eq!(whence_of(address, headers).await, "127.0.0.1", "{headers:?}");
    }
}

#[tokio::test]
async fn limits_and_logs_go_by_the_address_that_the_proxy_tells() {
    let logged = Logged::listen();
    let http = http().trust_proxy("127.0.0.1").sessions_per_address(1).session_min_idle(std::time::Duration::MAX);
    let address = serve(http, |listening| listening).await;
    let opened = async |from: &str| {
        let headers = [("X-Forwarded-For", from.to_owned())];
        Client::new(address).post(&headers, super::server::INITIALIZE).await.status
    };
    assert_eq!(opened("203.0.113.7").await, 200);
    assert_eq!(opened("203.0.113.7").await, 503);
    // What the client has written itself does not help.
    assert_eq!(opened("198.51.100.1, 203.0.113.7").await, 503);
    assert_eq!(opened("203.0.113.8").await, 200);
    let lines = logged.take_requests();
    assert!(lines.iter().any(|line| line.contains("address=203.0.113.8")), "{lines:?}");
}

/// What is answered to bytes on a connection of their own.
async fn answer(address: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(bytes.as_bytes()).await.expect("it reads");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn call(before: &str) -> String {
    let (headers, body) = stateless("tools/call", "whence", "{}");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!(
        "{before}POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\n{lines}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn a_connection_of_a_named_proxy_begins_with_the_proxy_protocol_and_no_other_does() {
    let logged = Logged::listen();
    let line = "PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\n";
    let named = serve(http(), |listening| listening.proxy_protocol("127.0.0.1")).await;
    assert!(answer(named, &call(line)).await.starts_with("HTTP/1.1 200"));
    let lines = logged.take_requests();
    assert!(lines.len() == 1 && lines[0].contains("address=203.0.113.7"), "{lines:?}");

    // Without the header, or with one that is none, there is no connection, and the log says why.
    for bytes in [call(""), call("PROXY TCP4 203.0.113.7\r\n")] {
        assert_eq!(answer(named, &bytes).await, "");
        let said = logged.take();
        assert!(said.contains("the connection of the proxy 127.0.0.1:"), "{said}");
        assert!(said.contains("is closed: the header of the PROXY protocol: "), "{said}");
    }
    // Who only looks whether somebody listens is nothing to log.
    drop(TcpStream::connect(named).await.expect("it listens"));
    assert!(answer(named, &call("PROXY UNKNOWN\r\n")).await.starts_with("HTTP/1.1 200"));
    assert!(!logged.take().contains("is closed"));

    // Of anybody else it is no HTTP.
    let other = serve(http(), |listening| listening.proxy_protocol("10.0.0.0/8")).await;
    assert!(answer(other, &call(line)).await.starts_with("HTTP/1.1 400"));
    assert!(answer(other, &call("")).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_header_of_the_proxy_protocol_is_waited_for_only_so_long_and_only_so_long_itself() {
    let logged = Logged::listen();
    let patient = |listening: Listening| {
        let time = std::time::Duration::from_millis(50);
        listening.proxy_protocol("127.0.0.1").head_patience(time).head_limit(8 * 1024)
    };
    let address = serve(http(), patient).await;
    assert_eq!(answer(address, "PROXY TCP4 203").await, "");
    assert!(logged.take().contains("timed out"));
    let long = "\r\n\r\n\0\r\nQUIT\n\x21\x11\x7f\x7f";
    assert_eq!(answer(address, long).await, "");
    assert!(logged.take().contains("longer than a head may be"));
}

#[test]
#[should_panic(expected = "names no proxy; write an address, a network such as 10.0.0.0/8, or `unix`")]
fn what_names_no_proxy_is_refused_with_what_to_write() {
    let _ = http().trust_proxy("proxy.example.com");
}
