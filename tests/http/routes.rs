//! Several servers on one port.

use mcp_runtime::prelude::*;

use super::client::{Client, stateless};
use super::server::{serve_at, server};

static SHOP: Group = Group::new("shop").version("1.0.0");
static WEATHER: Group = Group::new("weather").version("1.0.0");

/// What a thing costs.
#[tool(group = SHOP)]
fn price(item: &str) -> usize {
    item.len()
}

/// What the weather will be.
#[tool(group = WEATHER)]
fn forecast() -> &'static str {
    "fair"
}

fn routes() -> Routes {
    let shop = Server::of(&SHOP).build().expect("a server");
    let weather = Server::of(&WEATHER).build().expect("a server");
    Http::routes().route("/shop", shop).route("/weather", Http::new(weather).allow_host("weather.example.com"))
}

#[tokio::test]
async fn each_server_answers_at_its_own_path() {
    let server = serve_at(routes()).await;
    let client = Client::new(server.address);
    for (path, tool, arguments, answer) in
        [("/shop", "price", r#"{"item":"tea"}"#, "3"), ("/weather/", "forecast", "{}", "fair")]
    {
        let (headers, body) = stateless("tools/call", tool, arguments);
        let said = client.post_to(path, &headers, &body).await;
        assert!(said.status == 200 && said.body.contains(answer), "{path} {said:?}");
    }
    let (headers, body) = stateless("tools/call", "forecast", "{}");
    assert!(client.post_to("/shop", &headers, &body).await.body.contains("Unknown tool"));
    let nowhere = client.post_to("/mcp", &headers, &body).await;
    assert_eq!((nowhere.status, nowhere.body.trim()), (404, "Not found. MCP is served at /shop, /weather"));
}

#[tokio::test]
async fn what_each_offers_is_told_to_whom_it_lets_in() {
    let server = serve_at(routes()).await;
    let client = Client::new(server.address);
    let all = client.send("GET", "/capabilities", &[], "").await;
    assert!(all.body.starts_with(r#"{"/shop":{"#) && all.body.contains(r#","/weather":{"#), "{all:?}");
    let host = [("Host", "weather.example.com".to_owned())];
    let one = client.send("GET", "/capabilities", &host, "").await;
    assert!(one.body.starts_with(r#"{"/weather":{"#) && !one.body.contains("/shop"), "{one:?}");
}

#[tokio::test]
async fn a_session_of_one_server_is_none_of_another() {
    let server = serve_at(routes()).await;
    let client = Client::new(server.address);
    let opened = client.post_to("/shop", &[], super::server::INITIALIZE).await;
    let session = [("Mcp-Session-Id", opened.header("mcp-session-id").expect("a session").to_owned())];
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    assert_eq!(client.post_to("/shop", &session, ping).await.status, 200);
    assert_eq!(client.post_to("/weather", &session, ping).await.status, 404);
}

#[test]
#[should_panic(expected = "there is a server at `/mcp` already")]
fn two_servers_at_one_path_are_a_mistake() {
    let _ = Http::routes().route("/mcp", server()).route("/mcp", server());
}
