//! API keys, as callers present them on HTTP.

use std::path::{Path, PathBuf};

use axum::Router;
use mcp_runtime::Challenge;
use mcp_runtime::auth::{Any, ApiKey, ApiKeys};
use mcp_runtime::http::request::Parts;
use mcp_runtime::prelude::*;

use super::client::{Answer, Client, stateless};
use super::nesting;
use super::server::{INITIALIZE, Running, builder, call, open_as, serve_at};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("auth").join(name)
}

/// The server at `/mcp`, listening itself or in an axum program.
async fn serve(builder: ServerBuilder, in_axum: bool) -> Running {
    let server = builder.build().expect("a server");
    if in_axum {
        nesting::serve(Router::new().nest_service("/mcp", Http::new(server))).await
    } else {
        serve_at(Http::routes().route("/mcp", server)).await
    }
}

/// The status, and each challenge; or who was let in.
fn outcome(answer: &Answer) -> String {
    let who = answer.body.split("\"text\":\"").nth(1).and_then(|text| text.split('"').next()).unwrap_or_default();
    format!("{} {}{who}", answer.status, answer.all("www-authenticate").join(" | "))
}

/// Asks the server who calls, without a session.
async fn ask(client: &Client, credentials: &[(&'static str, String)]) -> String {
    let (mut headers, body) = stateless("tools/call", "who", "{}");
    headers.extend(credentials.iter().cloned());
    outcome(&client.post(&headers, &body).await)
}

/// Asks it in a session of its own, or is refused one.
async fn ask_in_session(server: &Running, credentials: &[(&'static str, String)]) -> String {
    let refused = Client::new(server.address).post(credentials, INITIALIZE).await;
    if refused.status != 200 {
        return outcome(&refused);
    }
    let session = open_as(server, "2025-11-25", credentials).await;
    outcome(&session.post(&[], &call(1, "who", "{}")).await)
}

fn header(line: &str) -> (&'static str, String) {
    let (name, value) = line.split_once(": ").expect("a header");
    let names = ["X-API-Key", "Authorization", "authorization", "Api-Key"];
    let name = names.into_iter().find(|known| *known == name).unwrap_or_else(|| panic!("which header is {name}?"));
    (name, value.to_owned())
}

#[tokio::test]
async fn of_all_keys_that_are_presented_only_right_ones_let_in() {
    let text = std::fs::read_to_string(file("keys.txt")).expect("it is there");
    let mut failures = Vec::new();
    for in_axum in [false, true] {
        let keys = ApiKeys::file(file("keys.toml")).expect("they are right");
        let server = serve(builder().authenticate(keys), in_axum).await;
        let client = Client::new(server.address);
        for case in text.split("\n== ").skip(1) {
            let mut lines = case.trim().lines();
            let name = lines.next().unwrap_or_default();
            let (sent, expected): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with("> "));
            let credentials: Vec<_> = sent.iter().map(|line| header(&line[2..])).collect();
            for seen in [ask(&client, &credentials).await, ask_in_session(&server, &credentials).await] {
                if expected != [&*seen] {
                    failures.push(format!("{name}: expected {expected:?}, seen {seen}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Takes what no other check takes.
fn tokens(request: &Parts) -> Result<Principal, Challenge> {
    let header = request.headers.get("authorization").and_then(|header| header.to_str().ok());
    match header.and_then(|header| header.strip_prefix("Bearer ")) {
        None => Err(Challenge::bearer().scope(["notes"]).or(Challenge::new("Basic").param("realm", "tests"))),
        Some("known") => Ok(Principal::new("of the token")),
        Some(_) => Err(Challenge::invalid_token("it is no token")),
    }
}

#[tokio::test]
async fn of_several_checks_the_one_decides_whose_kind_of_credentials_came_and_all_are_offered() {
    let keys = ApiKeys::file(file("keys.toml")).expect("they are right");
    let own = ApiKeys::of([ApiKey::new("of-the-build-0000").subject("build")]).expect("they are right");
    let any = Any::of([keys.into(), own.into()]);
    let of_keys_alone = serve(builder().authenticate(any.clone()), false).await;
    let unknown = [("X-API-Key", "unknown".to_owned())];
    assert_eq!(
        ask(&Client::new(of_keys_alone.address), &unknown).await,
        r#"401 Bearer error="invalid_token", error_description="the key is not known""#
    );
    // What is told to HTTP alone is one way more.
    let server = builder().authenticate(any).http(|http| http.authenticate(tokens));
    let server = serve(server, false).await;
    let client = Client::new(server.address);
    let bearer = |token: &str| vec![("Authorization", format!("Bearer {token}"))];
    let key = |key: &str| vec![("X-API-Key", key.to_owned())];
    let basic = r#"Basic realm="tests""#;
    for (credentials, expected) in [
        (bearer("known"), "200 of the token".to_owned()),
        (bearer("of-the-build-0000"), "200 build".to_owned()),
        (key("of-the-build-0000"), "200 build".to_owned()),
        (key("grace.correct-horse"), "200 grace".to_owned()),
        (vec![], format!("401 Bearer | {basic}")),
        (bearer("unknown"), format!(r#"401 Bearer error="invalid_token", error_description="it is no token" | {basic}"#)),
        (
            bearer("mcp_revoked.secret"),
            format!(r#"401 Bearer error="invalid_token", error_description="it is no token" | {basic}"#),
        ),
        // A function takes credentials of all kinds.
        (key("unknown"), format!(r#"401 Bearer scope="notes" | {basic}"#)),
        (
            [key("grace.correct-horse"), bearer("known")].concat(),
            "400 Bearer error=\"invalid_request\", error_description=\"there are both Authorization and X-API-Key; send one \
             of them\""
                .to_owned(),
        ),
    ] {
        assert_eq!(ask(&client, &credentials).await, expected, "{credentials:?}");
    }
}
