//! Who is let in, and what.

use mcp_runtime::prelude::*;
use mcp_tests::logged::Logged;

use super::client::{Answer, Client, stateless};
use super::server::{INITIALIZE, call, serve, serve_at, server};

#[tokio::test]
async fn strangers_are_not_let_in_and_what_is_too_large_is_not_read() {
    let server = serve().await;
    let client = Client::new(server.address);
    for (name, value) in [("Origin", "http://evil.example.com"), ("Host", "evil.example.com")] {
        assert_eq!(client.post(&[(name, value.to_owned())], INITIALIZE).await.status, 403, "{name}");
    }
    let large = call(1, "echo", &format!(r#"{{"message":"{}"}}"#, "x".repeat(200_000)));
    assert_eq!(client.post(&[], &large).await.status, 413);
    let text = [("Content-Type", "text/plain".to_owned())];
    assert_eq!(client.send("POST", "/mcp", &text, INITIALIZE).await.status, 415);
    let html = [("Content-Type", "application/json".to_owned()), ("Accept", "text/html".to_owned())];
    assert_eq!(client.send("POST", "/mcp", &html, INITIALIZE).await.status, 406);
    let broken: Answer = client.post(&[], "{nonsense").await;
    assert!(broken.status == 400 && broken.body.contains("-32700"), "{broken:?}");
}

#[tokio::test]
async fn the_log_tells_once_of_each_name_that_was_refused_and_what_would_let_it_in() {
    // The server runs on this thread, as the test does.
    let logged = Logged::listen();
    let running = serve().await;
    let client = Client::new(running.address);
    let (host, origin) = ("mcp.example.com", "https://app.example.com");
    let advice = [
        ("Host", host, r#"`--allow-host mcp.example.com`, or `Http::allow_host("mcp.example.com")`"#),
        (
            "Origin",
            origin,
            r#"`--allow-origin https://app.example.com`, or `Http::allow_origin("https://app.example.com")`"#,
        ),
    ];
    for (header, said, advice) in advice {
        assert_eq!(client.post(&[(header, said.to_owned())], INITIALIZE).await.status, 403, "{said}");
        let told = logged.take();
        let words = format!("a request with the {header} {said:?} was refused; if it is right, let it in: {advice}");
        assert!(told.trim_end().ends_with(&words) && told.lines().count() == 1, "{told}");
        assert_eq!(client.post(&[(header, said.to_owned())], INITIALIZE).await.status, 403, "{said}");
        assert_eq!(logged.take(), "", "it is told once");
    }
    // What a shell would take for more than a name is not to be copied.
    for (header, said) in
        [("Host", "evil`reboot`.example.com"), ("Origin", "https://$(reboot).example.com"), ("Origin", "null")]
    {
        assert_eq!(client.post(&[(header, said.to_owned())], INITIALIZE).await.status, 403, "{said}");
        let told = logged.take();
        assert!(told.trim_end().ends_with(&format!("a request with the {header} {said:?} was refused")), "{told}");
    }
    // Strangers can make up as many as they like.
    for number in 0..100 {
        assert_eq!(client.post(&[("Host", format!("{number}.example.com"))], INITIALIZE).await.status, 403);
    }
    assert!(logged.take().lines().count() < 32);
    // The advice is right.
    let http = Http::new(server()).allow_host(host).allow_origin(origin);
    let running = serve_at(Http::routes().route("/mcp", http)).await;
    let headers = [("Host", host.to_owned()), ("Origin", origin.to_owned())];
    assert_eq!(Client::new(running.address).post(&headers, INITIALIZE).await.status, 200);
}

#[tokio::test]
async fn pages_of_an_origin_that_is_named_may_read_the_answers() {
    let app = "https://app.example.com";
    let http = Http::new(server()).allow_origin(app).allow_host("mcp.example.com");
    let server = serve_at(Http::routes().route("/mcp", http)).await;
    let client = Client::new(server.address);
    let wanted = "mcp-method, mcp-param-region";
    let asks = [("Origin", app.to_owned()), ("Access-Control-Request-Headers", wanted.to_owned())];
    let preflight = client.send("OPTIONS", "/mcp", &asks, "").await;
    assert_eq!(preflight.status, 204, "{preflight:?}");
    assert_eq!(preflight.header("access-control-allow-headers"), Some(wanted));
    assert!(preflight.header("access-control-allow-methods").is_some_and(|methods| methods.contains("DELETE")));
    let headers = [("Origin", app.to_owned()), ("Host", "mcp.example.com".to_owned())];
    let answer = client.post(&headers, INITIALIZE).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some(app)));
    assert!(answer.header("access-control-expose-headers").is_some_and(|names| names.contains("Mcp-Session-Id")));
    // A refusal can be read, too.
    let refused = client.send("PUT", "/mcp", &headers, "").await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (405, Some(app)));
}

#[tokio::test]
async fn without_a_named_origin_nothing_is_said_to_pages() {
    let server = serve().await;
    let client = Client::new(server.address);
    let own = [("Origin", "http://localhost:5173".to_owned())];
    let answer = client.post(&own, INITIALIZE).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None));
    assert_eq!(client.send("OPTIONS", "/mcp", &own, "").await.status, 405);
}

#[tokio::test]
async fn an_origin_that_is_not_named_stays_out_whatever_else_is() {
    let http = Http::new(server()).allow_origin("https://app.example.com");
    let server = serve_at(Http::routes().route("/mcp", http)).await;
    let (mut headers, body) = stateless("tools/list", "", "{}");
    headers.push(("Origin", "https://evil.example.com".to_owned()));
    let answer = Client::new(server.address).post(&headers, &body).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (403, None));
}
