//! What one caller was given is of no use to another, and no use for another call.

use axum::Router;
use axum::extract::Request as HttpRequest;
use axum::middleware::{self, Next};
use axum::response::Response;
use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::caller::{Caller, Request, word};

/// Believes whatever name a client gives, such as `ada` or `ada@issuer`, which is enough for a test.
async fn identify(mut request: HttpRequest, next: Next) -> Response {
    let name = request.headers().get("x-name").and_then(|name| name.to_str().ok()).map(str::to_owned);
    if let Some(name) = name {
        let principal = match name.split_once('@') {
            Some((subject, issuer)) => Principal::new(subject).with_issuer(issuer),
            None => Principal::new(name),
        };
        request.extensions_mut().insert(principal);
    }
    next.run(request).await
}

/// A server that knows who is calling, until the test ends.
pub(super) async fn serve() -> std::net::SocketAddr {
    let server = mcp_tests::asking::builder().build().expect("a server");
    let app = Router::new().nest_service("/mcp", Http::new(server)).layer(middleware::from_fn(identify));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn first() -> Value {
    json!({ "first": word("a") })
}

#[tokio::test]
async fn a_state_is_good_for_whom_it_was_given_to() {
    let address = serve().await;
    let request = Request::tool("pair", &json!({ "greeting": "hi" }));
    let everybody = [Some("ada"), Some("Ada"), Some("ada@one"), Some("ada@two"), Some("null"), Some(""), None];
    for giver in everybody {
        for taker in everybody {
            let asked = Caller::named(address, giver).send(&request).await;
            let outcome = Caller::named(address, taker).outcome(&request.after(&asked, first())).await;
            let expected = if taker == giver { "asked second" } else { "error -32602" };
            assert_eq!(outcome, expected, "given to {giver:?}, sent by {taker:?}");
        }
    }
}

#[tokio::test]
async fn anonymous_callers_have_rounds_of_their_own_with_the_same_call() {
    let address = serve().await;
    let request = Request::tool("pair", &json!({ "greeting": "hi" }));
    let (one, two) = (Caller::new(address), Caller::new(address));
    let (asked_one, asked_two) = (one.send(&request).await, two.send(&request).await);
    let first_of = |asked: &Value, said: &str| request.after(asked, json!({ "first": word(said) }));
    // In turns, so that each goes on after the other has.
    let asked_one = one.send(&first_of(&asked_one, "a")).await;
    let asked_two = two.send(&first_of(&asked_two, "b")).await;
    let last_of = |asked: &Value, said: &str| request.after(asked, json!({ "second": word(said) }));
    let process = std::process::id();
    let said = [format!("said hi a c by {process}"), format!("said hi b d by {process}")];
    assert_eq!(one.outcome(&last_of(&asked_one, "c")).await, said[0]);
    assert_eq!(two.outcome(&last_of(&asked_two, "d")).await, said[1]);
    // Sent again, each has its own recorded answer; other answers to a state change nothing, whoever sends them.
    assert_eq!(two.outcome(&last_of(&asked_one, "d")).await, "error -32602");
    assert_eq!(one.outcome(&last_of(&asked_one, "c")).await, said[0]);
    assert_eq!(two.outcome(&last_of(&asked_two, "d")).await, said[1]);
}

#[tokio::test]
async fn a_state_is_good_for_what_was_called() {
    let caller = Caller::named(serve().await, "ada");
    let arguments = json!({ "greeting": "hi" });
    let (name, given) = (json!("pair"), &arguments);
    let requests = [
        Request::tool("pair", &arguments),
        Request::tool("pair", &json!({ "greeting": "ho" })),
        Request::tool("couple", &arguments),
        Request::prompt("pair", &arguments),
        Request::prompt("pair", &json!({ "greeting": "ho" })),
        Request::resource("pair://hi"),
        Request::resource("pair://ho"),
        // What another method reads its name from is nothing to this one.
        Request::resource("pair://hi").with("name", &name).with("arguments", given),
        Request::tool("pair", &arguments).with("uri", json!("pair://hi")),
    ];
    for (at, request) in requests.iter().enumerate() {
        for (other, another) in requests.iter().enumerate() {
            let asked = caller.send(request).await;
            let outcome = caller.outcome(&another.after(&asked, first())).await;
            let expected = if at == other { "asked second" } else { "error -32602" };
            assert_eq!(outcome, expected, "given for {at}, sent with {other}");
        }
    }
}

#[tokio::test]
async fn a_state_is_good_however_the_arguments_are_written() {
    let caller = Caller::new(serve().await);
    for arguments in [r#"{ "greeting" : "hi" }"#, r#"{"greeting":"\u0068\u0069"}"#] {
        let asked = caller.send(&Request::tool("pair", &json!({ "greeting": "hi" }))).await;
        let request = Request::bare("tools/call", "pair").with("name", r#""pair""#).with("arguments", arguments);
        assert_eq!(caller.outcome(&request.after(&asked, first())).await, "asked second", "{arguments}");
    }
}
