//! What an issuer answers on HTTP.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, LOCATION,
};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::Inner;
use super::grants::{Refusal, fresh};

/// The longest body that is read.
const LONGEST: usize = 64 * 1024;

/// Serves, until it is dropped, with all connections.
pub(super) async fn serve(listener: TcpListener, issuer: Arc<Inner>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let issuer = Arc::clone(&issuer);
        while connections.try_join_next().is_some() {}
        connections.spawn(async move {
            let service = service_fn(|request| {
                let issuer = Arc::clone(&issuer);
                async move { Ok::<_, Infallible>(answer(&issuer, request).await) }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(issuer: &Arc<Inner>, request: Request<Incoming>) -> Response<String> {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let mut response = match (&parts.method, parts.uri.path()) {
        (&Method::OPTIONS, _) => Response::new(String::new()),
        (&Method::GET, "/.well-known/oauth-authorization-server" | "/.well-known/openid-configuration") => {
            json_of(StatusCode::OK, &metadata(&issuer.url))
        }
        (&Method::GET, "/jwks") => text(StatusCode::OK, issuer.signer.lock().jwks()),
        (&Method::GET, "/authorize") => match issuer.authorize(query).map(HeaderValue::try_from) {
            Ok(Ok(url)) => {
                let mut response = Response::new(String::new());
                *response.status_mut() = StatusCode::FOUND;
                response.headers_mut().insert(LOCATION, url);
                response
            }
            Ok(Err(_)) => refusal(("invalid_request", "the redirect_uri is no URL")),
            Err(why) => refusal(why),
        },
        (&Method::POST, "/token") => {
            let authorization = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
            let mut response = match issuer.grant(&read(body).await, authorization) {
                Ok(token) => json_of(StatusCode::OK, &token),
                Err(why) => refusal(why),
            };
            // RFC 6749, section 5.1: what has a token in it is kept nowhere on the way.
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        (&Method::POST, "/register") => json_of(StatusCode::CREATED, &registered(&read(body).await)),
        _ => text(StatusCode::NOT_FOUND, r#"{"error":"not_found"}"#.to_owned()),
    };
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
    response
}

fn metadata(url: &str) -> Value {
    json!({
        "issuer": url,
        "jwks_uri": format!("{url}/jwks"),
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "registration_endpoint": format!("{url}/register"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "authorization_response_iss_parameter_supported": true,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    })
}

/// A client as it wants to be, with a name (RFC 7591).
fn registered(json: &str) -> Value {
    let mut client: Value = serde_json::from_str(json).ok().filter(Value::is_object).unwrap_or_else(|| json!({}));
    client["client_id"] = json!(fresh());
    if client["token_endpoint_auth_method"].as_str().is_some_and(|method| method != "none") {
        client["client_secret"] = json!(fresh());
        client["client_secret_expires_at"] = json!(0);
    }
    client
}

async fn read(body: Incoming) -> String {
    let (mut body, mut bytes) = (pin!(body), Vec::new());
    while let Some(Ok(frame)) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        if let Ok(data) = frame.into_data()
            && bytes.len() + data.len() <= LONGEST
        {
            bytes.extend_from_slice(&data);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn refusal((error, description): Refusal) -> Response<String> {
    let status = if error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    json_of(status, &json!({ "error": error, "error_description": description }))
}

fn json_of(status: StatusCode, json: &Value) -> Response<String> {
    text(status, json.to_string())
}

fn text(status: StatusCode, json: String) -> Response<String> {
    let mut response = Response::new(json);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
