//! `/readyz` with checks of the server's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mcp_runtime::Challenge;
use mcp_runtime::http::request::Parts;
use mcp_runtime::prelude::*;
use serde_json::Value;

use super::client::{Answer, Client};
use super::server::{Running, builder, serve_at};

/// A server whose check `db` passes while this is set, and asks who calls.
async fn serve(is_up: &Arc<AtomicBool>) -> Running {
    let is_up = Arc::clone(is_up);
    let known = |request: &Parts| match request.headers.get("authorization") {
        Some(_) => Ok(Principal::new("kubelet")),
        None => Err(Challenge::bearer()),
    };
    let server = builder().ready("cache", || async { true }).ready("db", move || {
        let is_up = is_up.load(Ordering::Relaxed);
        async move { if is_up { Ok(()) } else { Err(std::io::Error::other("postgres://secret@db refused")) } }
    });
    let server = server.http(move |http| http.authenticate(known)).build().expect("a server");
    serve_at(Http::routes().route("/mcp", server)).await
}

fn checks(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"))
}

#[tokio::test]
async fn a_check_that_fails_is_503_and_its_error_is_told_to_those_alone_whom_the_server_lets_in() {
    let server = serve(&Arc::default()).await;
    let client = Client::new(server.address);
    let (key, json) = (("Authorization", "Bearer x".to_owned()), ("Accept", "application/json".to_owned()));
    for (path, headers) in [
        ("/readyz", vec![]),
        ("/readyz", vec![key.clone()]),
        ("/readyz?verbose", vec![]),
        ("/readyz", vec![json.clone()]),
        ("/readyz?verbose", vec![key.clone(), ("Host", "evil.example".to_owned())]),
    ] {
        let answer = client.send("GET", path, &headers, "").await;
        assert_eq!((answer.status, &*answer.body), (503, ""), "{path} {headers:?}");
    }
    for (path, headers) in [("/readyz?verbose", vec![key.clone()]), ("/readyz", vec![key, json])] {
        let answer = client.send("GET", path, &headers, "").await;
        let told = checks(&answer);
        assert_eq!((answer.status, &told["ready"]), (503, &Value::Bool(false)));
        assert_eq!((&told["checks"][0]["name"], &told["checks"][0]["ready"]), (&"cache".into(), &true.into()));
        let db = &told["checks"][1];
        assert_eq!(
            (&db["name"], &db["ready"], &db["lastError"]),
            (&"db".into(), &false.into(), &"postgres://secret@db refused".into())
        );
        assert!(db["seconds"].is_number() && db["lastErrorSecondsAgo"].is_number(), "{db}");
    }
    assert_eq!(client.send("GET", "/healthz", &[], "").await.status, 200);
}

#[tokio::test]
async fn a_server_whose_checks_pass_is_ready() {
    let server = serve(&Arc::new(AtomicBool::new(true))).await;
    let client = Client::new(server.address);
    assert_eq!(client.send("GET", "/readyz", &[], "").await.status, 200);
    let told = client.send("GET", "/readyz?verbose", &[("Authorization", "Bearer x".to_owned())], "").await;
    assert_eq!((told.status, &checks(&told)["ready"]), (200, &Value::Bool(true)));
}
