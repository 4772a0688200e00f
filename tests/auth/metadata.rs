//! What a server publishes about how to get in.

use axum::Router;
use mcp_runtime::Http;
use mcp_runtime::auth::{Jwt, ResourceMetadata};
use mcp_runtime::testing::Issuer;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::client::{Answer, Headers, send};
use super::server::{CALL, Running, bearer, serve, serve_at, server, who_is};
use super::token::AUDIENCE;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

async fn get(server: &Running, path: &str) -> Answer {
    send(server.address, "GET", path, &[], "").await
}

fn json_of(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.body).expect("JSON")
}

/// Where a challenge says that the metadata is.
async fn told(server: &Running, path: &str) -> String {
    let answer = send(server.address, "POST", path, &[], CALL).await;
    let challenge = answer.one("www-authenticate");
    let url = challenge.split("resource_metadata=\"").nth(1).and_then(|rest| rest.split('"').next());
    url.unwrap_or_else(|| panic!("{challenge}")).to_owned()
}

fn path_of(url: &str) -> &str {
    let rest = &url[url.find("://").expect("a URL") + 3..];
    &rest[rest.find('/').expect("a path")..]
}

#[tokio::test]
async fn metadata_is_at_both_places_and_says_what_a_client_needs() {
    let issuer = Issuer::start().await;
    let check = issuer.jwt().audience(AUDIENCE).require_scopes(["read"]);
    let metadata =
        ResourceMetadata::new().scopes(["read", "write"]).name("The shop").documentation("https://shop.example");
    let http = Http::new(server()).authenticate(check).resource_metadata(metadata);
    let server = serve_at(Http::routes().route("/mcp", http)).await;
    let expected = json!({
        "resource": AUDIENCE,
        "authorization_servers": [issuer.url()],
        "scopes_supported": ["read", "write"],
        "bearer_methods_supported": ["header"],
        "resource_name": "The shop",
        "resource_documentation": "https://shop.example",
    });
    for path in [WELL_KNOWN.to_owned(), format!("{WELL_KNOWN}/mcp"), format!("{WELL_KNOWN}/mcp/")] {
        let answer = get(&server, &path).await;
        assert_eq!(json_of(&answer), expected, "{path}");
        assert_eq!(answer.one("access-control-allow-origin"), "*");
        assert_eq!(answer.one("content-type"), "application/json");
    }
    assert_eq!(get(&server, &format!("{WELL_KNOWN}/other")).await.status, 404);
    assert_eq!(told(&server, "/mcp").await, format!("https://shop.example{WELL_KNOWN}/mcp"));
    assert_eq!(send(server.address, "POST", WELL_KNOWN, &[], "").await.status, 405);
    assert_eq!(send(server.address, "OPTIONS", WELL_KNOWN, &[], "").await.status, 204);
    // A page of any origin may read it, and none may be led to it by another name of this machine.
    let evil = |name: &str| Headers::from([(name.to_owned(), "https://evil.example".to_owned())]);
    assert_eq!(send(server.address, "GET", WELL_KNOWN, &evil("Origin"), "").await.status, 200);
    assert_eq!(send(server.address, "GET", WELL_KNOWN, &evil("Host"), "").await.status, 404);
}

#[tokio::test]
async fn each_route_has_its_own_and_where_a_challenge_says_it_is() {
    let (one, two) = (Issuer::start().await, Issuer::start().await);
    let http = |issuer: &Issuer| Http::new(server()).authenticate(issuer.jwt());
    let routes = Http::routes();
    let routes = routes.route("/one", http(&one)).route("/two", http(&two).public_url("https://two.example/api"));
    let server = serve_at(routes.route("/three", server())).await;
    let local = format!("http://{}", server.address);
    assert_eq!(told(&server, "/one").await, format!("{local}{WELL_KNOWN}/one"));
    assert_eq!(told(&server, "/two").await, format!("https://two.example{WELL_KNOWN}/api"));
    for (path, resource, issuer) in [
        ("/one", format!("{local}/one"), &one),
        ("/api", "https://two.example/api".to_owned(), &two),
        ("/two", "https://two.example/api".to_owned(), &two),
    ] {
        let metadata = json_of(&get(&server, &format!("{WELL_KNOWN}{path}")).await);
        assert_eq!(
            (&metadata["resource"], &metadata["authorization_servers"][0]),
            (&json!(resource), &json!(issuer.url()))
        );
    }
    assert_eq!(get(&server, WELL_KNOWN).await.status, 404, "of which one?");
    assert_eq!(get(&server, &format!("{WELL_KNOWN}/three")).await.status, 404, "it lets everybody in");
}

#[tokio::test]
async fn without_a_name_the_audience_is_the_url_that_the_client_uses() {
    let issuer = Issuer::start().await;
    let server = serve(issuer.jwt()).await;
    let here = format!("http://{}/mcp", server.address);
    let of_ada = Ok(format!("ada of {}: ", issuer.url()));
    assert_eq!(who_is(server.address, &issuer.token("ada").audience(&here).sign()).await, of_ada);
    assert_eq!(who_is(server.address, &issuer.token("ada").audience(AUDIENCE).sign()).await, Err(401));

    // With a name it is that, whatever the client uses.
    let http = Http::new(super::server::server()).authenticate(issuer.jwt()).public_url(AUDIENCE);
    let server = serve_at(Http::routes().route("/mcp", http)).await;
    let here = format!("http://{}/mcp", server.address);
    assert_eq!(who_is(server.address, &issuer.token("ada").audience(AUDIENCE).sign()).await, of_ada);
    assert_eq!(who_is(server.address, &issuer.token("ada").audience(&here).sign()).await, Err(401));

    // Where a client may call the server what it likes, it cannot choose the audience.
    let http = Http::new(super::server::server()).authenticate(issuer.jwt()).dangerous_allow_any_host();
    let server = serve_at(Http::routes().route("/mcp", http)).await;
    let token = issuer.token("ada").audience("http://other.example/mcp").sign();
    let headers = [bearer(&token), vec![("Host".to_owned(), "other.example".to_owned())]].concat();
    assert_eq!(send(server.address, "POST", "/mcp", &headers, CALL).await.status, 503);
}

#[tokio::test]
async fn a_nested_service_has_it_below_its_own_path() {
    let issuer = Issuer::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    let public = format!("http://{address}/api/mcp");
    let http = Http::new(server()).authenticate(issuer.jwt()).public_url(&public);
    let app = Router::new().nest_service("/api/mcp", http);
    let served = tokio::spawn(async move { drop(axum::serve(listener, app).await) });
    let answer = send(address, "POST", "/api/mcp", &[], CALL).await;
    let page = format!("{public}{WELL_KNOWN}");
    assert_eq!(answer.one("www-authenticate"), format!("Bearer resource_metadata=\"{page}\""));
    let answer = send(address, "GET", path_of(&page), &[], "").await;
    assert!(answer.status == 200 && answer.body.contains(&format!("\"resource\":\"{public}\"")), "{answer:?}");
    served.abort();
}

#[tokio::test]
async fn a_server_without_an_authorization_server_publishes_nothing() {
    let check =
        |_: &mcp_runtime::http::request::Parts| Err::<mcp_runtime::Principal, _>(mcp_runtime::Challenge::bearer());
    let http = Http::new(server()).authenticate(check).public_url(AUDIENCE);
    let server = serve_at(Http::routes().route("/mcp", http)).await;
    assert_eq!(get(&server, WELL_KNOWN).await.status, 404);
    let answer = send(server.address, "POST", "/mcp", &[], CALL).await;
    assert_eq!(answer.all("www-authenticate"), ["Bearer"]);
    // It can say where: then it does.
    let metadata = ResourceMetadata::new().authorization_server("https://id.example");
    let http = Http::new(super::server::server()).authenticate(check).resource_metadata(metadata);
    let server = serve_at(Http::routes().route("/mcp", http)).await;
    assert_eq!(json_of(&get(&server, WELL_KNOWN).await)["authorization_servers"], json!(["https://id.example"]));
    let _ = Jwt::issuer("https://id.example");
}
