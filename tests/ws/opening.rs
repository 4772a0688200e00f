//! Requests that become a socket, and such that do not.

use axum::Router;
use tokio_tungstenite::tungstenite::Error;

use super::server::{call, check, http, open, request, serve};

/// Headers of a request, by name and value.
type Headers = &'static [(&'static str, &'static str)];

#[tokio::test]
async fn a_request_is_checked_before_it_becomes_a_socket() {
    let (address, _stop) = serve(http()).await;
    // Where, with which headers, and the status; 101 is a socket.
    let cases: &[(&str, Headers, u16)] = &[
        ("/ws", &[], 101),
        ("/mcp", &[], 101),
        ("/ws", &[("sec-websocket-protocol", "mcp")], 101),
        ("/ws", &[("sec-websocket-protocol", "chat, mcp")], 101),
        ("/ws", &[("sec-websocket-protocol", "chat")], 400),
        ("/ws", &[("origin", "http://localhost:5173")], 101),
        ("/ws", &[("origin", "https://evil.example")], 403),
        ("/ws", &[("host", "evil.example")], 403),
        ("/ws", &[("sec-websocket-version", "8")], 426),
        ("/ws", &[("sec-websocket-key", "c2hvcnQ=")], 400),
        ("/ws", &[("connection", "keep-alive")], 400),
        ("/elsewhere", &[], 404),
    ];
    for (path, headers, status) in cases {
        let opened = match open(address, path, headers).await {
            Ok(_) => 101,
            Err(Error::Http(response)) => response.status().as_u16(),
            // The client has expected the subprotocol that it did not offer, or another one.
            Err(error) => panic!("{path} {headers:?}: {error}"),
        };
        assert_eq!(opened, *status, "{path} {headers:?}");
    }
}

#[tokio::test]
async fn without_the_option_there_is_no_socket() {
    let server = mcp_runtime::Server::empty("none").build().expect("a server");
    let (address, _stop) = serve(mcp_runtime::Http::new(server)).await;
    for (path, status) in [("/ws", 404), ("/mcp", 400)] {
        match open(address, path, &[]).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), status, "{path}"),
            other => panic!("{path}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_token_comes_in_a_header_or_from_a_page_among_the_subprotocols_and_is_seen_nowhere_else() {
    let (address, _stop) = serve(http().authenticate(check)).await;
    let cases: &[(Headers, Result<&str, u16>)] = &[
        (&[("authorization", "Bearer secret")], Ok("ada offers nothing")),
        (&[("sec-websocket-protocol", "mcp, mcp.bearer.secret")], Ok("ada offers mcp")),
        (&[("sec-websocket-protocol", "mcp, mcp.bearer.wrong")], Err(401)),
        (&[("sec-websocket-protocol", "mcp")], Err(401)),
        (&[], Err(401)),
    ];
    for (headers, expected) in cases {
        match (open(address, "/ws", headers).await, expected) {
            (Ok(mut socket), Ok(says)) => {
                let said = call(&mut socket, "who", "{}").await;
                assert!(said.contains(says), "{headers:?}: {said}");
            }
            (Err(Error::Http(response)), Err(status)) => assert_eq!(response.status(), *status, "{headers:?}"),
            (opened, _) => panic!("{headers:?}: {:?}", opened.err()),
        }
    }
}

#[tokio::test]
async fn a_service_in_somebody_else_s_router_becomes_a_socket_too() {
    let app = Router::new().route_service("/socket", http());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async { axum::serve(listener, app).await });
    let mut socket = open(address, "/socket", &[]).await.expect("a socket");
    assert!(call(&mut socket, "echo", r#"{"message":"hello"}"#).await.contains("hello"));
    assert!(request("echo", "{}").contains("echo"));
}
