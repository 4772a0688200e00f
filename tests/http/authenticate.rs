//! Callers that the server identifies itself: in its own listener, in an axum program, and in `serve --http`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use mcp_runtime::http::request::Parts;
use mcp_runtime::prelude::*;
use mcp_runtime::{Authenticate, Challenge};

use super::client::{Answer, Client, stateless};
use super::nesting;
use super::server::{INITIALIZE, Running, builder, call, open_as, serve_at};

/// Knows callers by what stands behind `Bearer `, which may be `subject@issuer`, but for the impostor; waits before it says so.
#[derive(Clone, Default)]
struct Names(Arc<AtomicUsize>);

impl Authenticate for Names {
    async fn authenticate(&self, request: &Parts) -> Result<Principal, Challenge> {
        self.0.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        let header = request.headers.get("authorization").and_then(|header| header.to_str().ok());
        match header.and_then(|header| header.strip_prefix("Bearer ")) {
            None => Err(Challenge::bearer().param("realm", "tests")),
            Some("impostor") => Err(Challenge::bearer().param("error", "invalid_token")),
            Some("nobody knows") => Err(Challenge::unavailable("no database")),
            Some(name) => Ok(match name.split_once('@') {
                Some((subject, issuer)) => Principal::new(subject).with_issuer(issuer),
                None => Principal::new(name),
            }),
        }
    }
}

fn key(name: &str) -> [(&'static str, String); 1] {
    [("Authorization", format!("Bearer {name}"))]
}

/// The server at `/mcp`, listening itself or in an axum program. How often a caller was looked up is counted.
async fn serve(in_axum: bool) -> (Running, Names) {
    let names = Names::default();
    let counted = names.clone();
    let server =
        builder().http(move |http| http.authenticate(names.clone()).with_sse().allow_origin("https://a.example"));
    let server = server.build().expect("a server");
    let running = if in_axum {
        nesting::serve(Router::new().nest_service("/mcp", Http::new(server))).await
    } else {
        serve_at(Http::routes().route("/mcp", server)).await
    };
    (running, counted)
}

fn challenge(answer: &Answer) -> (u16, Option<&str>) {
    (answer.status, answer.header("www-authenticate"))
}

#[tokio::test]
async fn callers_without_a_key_are_told_how_to_get_in_and_others_are_known_to_handlers() {
    for in_axum in [false, true] {
        let (server, _) = serve(in_axum).await;
        let client = Client::new(server.address);
        for (verb, path, body) in [
            ("POST", "/mcp", INITIALIZE),
            ("POST", "/mcp", "not even JSON"),
            ("GET", "/mcp", ""),
            ("DELETE", "/mcp", ""),
            ("OPTIONS", "/mcp", ""),
        ] {
            let answer = client.send(verb, path, &[], body).await;
            assert_eq!(challenge(&answer), (401, Some(r#"Bearer realm="tests""#)), "{verb} {path}");
        }
        let (mut headers, body) = stateless("tools/call", "who", "{}");
        let answer = client.post(&headers, &body).await;
        assert_eq!(challenge(&answer), (401, Some(r#"Bearer realm="tests""#)));
        let answer = client.post(&key("impostor"), INITIALIZE).await;
        assert_eq!(challenge(&answer), (401, Some(r#"Bearer error="invalid_token""#)));
        let answer = client.post(&key("nobody knows"), INITIALIZE).await;
        assert!(challenge(&answer) == (503, None) && !answer.body.contains("database"), "{answer:?}");

        headers.extend(key("ada"));
        assert!(client.post(&headers, &body).await.body.contains(r#""text":"ada""#));
        let ada = open_as(&server, "2025-11-25", &key("ada")).await;
        assert!(ada.post(&[], &call(1, "who", "{}")).await.body.contains(r#""text":"ada""#));
        let session = ("Mcp-Session-Id", ada.own("Mcp-Session-Id").to_owned());
        let eve = [session.clone(), key("eve")[0].clone()];
        assert_eq!(client.post(&eve, &call(2, "who", "{}")).await.status, 404);
        let namesake = [session.clone(), key("ada@elsewhere")[0].clone()];
        assert_eq!(client.post(&namesake, &call(2, "who", "{}")).await.status, 404, "the subject of another issuer");
        assert_eq!(client.post(&[session], &call(2, "who", "{}")).await.status, 401);
    }
}

/// The same as a function.
async fn known(request: &Parts) -> Result<Principal, Challenge> {
    Names::default().authenticate(request).await
}

#[tokio::test]
async fn a_function_that_waits_identifies_callers() {
    let server = builder().http(|http| http.authenticate(known)).build().expect("a server");
    let server = serve_at(Http::routes().route("/mcp", server)).await;
    let (mut headers, body) = stateless("tools/call", "who", "{}");
    let client = Client::new(server.address);
    assert_eq!(challenge(&client.post(&headers, &body).await), (401, Some(r#"Bearer realm="tests""#)));
    headers.extend(key("ada"));
    assert!(client.post(&headers, &body).await.body.contains(r#""text":"ada""#));
}

#[tokio::test]
async fn a_principal_of_a_layer_does_not_count_where_the_server_identifies_callers() {
    let server = builder().http(|http| http.authenticate(Names::default())).build().expect("a server");
    let believing = axum::Extension(Principal::new("root"));
    let server = nesting::serve(Router::new().nest_service("/mcp", Http::new(server)).layer(believing)).await;
    let (mut headers, body) = stateless("tools/call", "who", "{}");
    assert_eq!(Client::new(server.address).post(&headers, &body).await.status, 401);
    headers.extend(key("ada"));
    assert!(Client::new(server.address).post(&headers, &body).await.body.contains(r#""text":"ada""#));
}

#[tokio::test]
async fn pages_are_told_what_they_may_send_and_nobody_is_looked_up_who_is_refused_anyhow() {
    let (server, names) = serve(false).await;
    let client = Client::new(server.address);
    let origin = |origin: &str| [("Origin", origin.to_owned())];
    assert_eq!(client.send("OPTIONS", "/mcp", &origin("https://a.example"), "").await.status, 204);
    assert_eq!(client.post(&origin("https://b.example"), INITIALIZE).await.status, 403);
    assert_eq!(client.post(&[("Host", "b.example".to_owned())], INITIALIZE).await.status, 403);
    assert_eq!(names.0.load(Ordering::Relaxed), 0);
    // The page can read why.
    let refused = client.post(&origin("https://a.example"), INITIALIZE).await;
    assert_eq!(challenge(&refused).0, 401);
    assert_eq!(refused.header("access-control-allow-origin"), Some("https://a.example"));
    assert!(
        refused.header("access-control-expose-headers").is_some_and(|exposed| exposed.contains("WWW-Authenticate"))
    );
}

#[tokio::test]
async fn what_a_server_offers_is_listed_for_those_it_knows_and_the_other_pages_for_all() {
    let (server, _) = serve(false).await;
    let client = Client::new(server.address);
    assert_eq!(challenge(&client.send("GET", "/capabilities", &[], "").await), (401, Some(r#"Bearer realm="tests""#)));
    let listed = client.send("GET", "/capabilities", &key("ada"), "").await;
    assert!(listed.status == 200 && listed.body.contains("echo"), "{listed:?}");
    for page in ["/healthz", "/readyz"] {
        assert_eq!(client.send("GET", page, &[], "").await.status, 200, "{page}");
    }
    // The stream of 2024-11-05, too.
    assert_eq!(client.send("GET", "/sse", &[], "").await.status, 401);
    client.stream("GET", "/sse", &key("ada"), "").await.read_until("event: endpoint").await;
}
