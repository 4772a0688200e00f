//! Tokens that expire, and callers who are revoked, while something is open for them.

use std::sync::Arc;
use std::time::Duration;

use mcp_runtime::testing::Issuer;
use mcp_runtime::{Http, Principal};

use super::client::{Headers, Sent, send, start};
use super::server::{CALL, Running, bearer, open, serve_at, server, who_is};
use super::token::AUDIENCE;

/// A server and its handle.
async fn serving(issuer: &Issuer, leeway: Duration) -> (Running, mcp_runtime::ServerHandle) {
    let server = server();
    let handle = server.handle();
    let check = issuer.jwt().audience(AUDIENCE).leeway(leeway);
    (serve_at(Http::routes().route("/mcp", Http::new(server).authenticate(check))).await, handle)
}

/// A subscription without a session, once it is acknowledged.
async fn listening(server: &Running, token: &str) -> Sent {
    let own = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "subscriptions/listen")];
    let mut headers: Headers = own.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    headers.extend(bearer(token));
    let meta = concat!(
        r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
        r#""io.modelcontextprotocol/clientCapabilities":{}}"#
    );
    let params = format!(r#"{{"notifications":{{"toolsListChanged":true}},{meta}}}"#);
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{params}}}"#);
    let mut stream = start(server.address, "POST", "/mcp", &headers, &body).await;
    stream.read_until("notifications/subscriptions/acknowledged").await;
    stream
}

/// The stream of a session, once it is open.
async fn standing(server: &Running, token: &str) -> ((String, String), Sent) {
    let session = open(server.address, &bearer(token)).await;
    let headers = [bearer(token), vec![session.clone()]].concat();
    let mut stream = start(server.address, "GET", "/mcp", &headers, "").await;
    stream.read_until("retry: ").await;
    (session, stream)
}

#[tokio::test]
async fn a_token_that_expires_ends_its_streams() {
    let issuer = Issuer::start().await;
    // Nothing is added to the time of a token, so that the test need not wait for it.
    let (server, _) = serving(&issuer, Duration::ZERO).await;
    let server = Arc::new(server);
    // The clock of tokens has seconds. Where both cannot be opened while the token is valid, as much else runs, it is valid for longer.
    let mut opened = None;
    for seconds in [2, 10, 60] {
        let short = issuer.token("ada").audience(AUDIENCE).expires_in(Duration::from_secs(seconds)).sign();
        let (server, token) = (Arc::clone(&server), short.clone());
        let opening = async move { tokio::join!(listening(&server, &token), standing(&server, &token)) };
        if let Ok(open) = tokio::spawn(opening).await {
            opened = Some((short, open));
            break;
        }
    }
    let (short, (subscription, (session, stream))) = opened.expect("both can be opened in a minute");
    // They end by themselves, or the test does not.
    tokio::join!(subscription.rest(), stream.rest());
    assert_eq!(who_is(server.address, &short).await, Err(401), "it was known as a good one, and has expired");
    // With another token of the same caller the session goes on.
    let other = issuer.token("ada").audience(AUDIENCE).sign();
    let headers = [bearer(&other), vec![session]].concat();
    let answer = send(server.address, "POST", "/mcp", &headers, CALL).await;
    assert!(answer.body.contains("ada of"), "{answer:?}");
}

#[tokio::test]
async fn a_revocation_ends_all_that_is_open_for_a_caller_and_for_no_other() {
    let issuer = Issuer::start().await;
    let (server, handle) = serving(&issuer, Duration::from_secs(60)).await;
    let token = |subject| issuer.token(subject).audience(AUDIENCE);
    let (ada, eve) = (token("ada").sign(), token("eve").sign());
    let (subscription, (session, stream)) = (listening(&server, &ada).await, standing(&server, &ada).await);
    let (of_eve, other) = standing(&server, &eve).await;
    handle.revoke(&Principal::new("ada"));
    assert!(who_is(server.address, &ada).await.is_ok(), "the subject of another issuer");

    handle.revoke(&Principal::new("ada").with_issuer(issuer.url()));
    tokio::join!(subscription.rest(), stream.rest());
    assert_eq!(who_is(server.address, &ada).await, Err(401));
    // A token that is issued later lets in again, and not into the session that has ended.
    issuer.set_clock_ahead(5);
    let later = token("ada").sign();
    assert!(who_is(server.address, &later).await.is_ok());
    let in_session = [bearer(&later), vec![session]].concat();
    assert_eq!(send(server.address, "POST", "/mcp", &in_session, CALL).await.status, 404);
    let of_eve = [bearer(&eve), vec![of_eve]].concat();
    assert!(send(server.address, "POST", "/mcp", &of_eve, CALL).await.body.contains("eve of"));
    drop(other);
}
