//! Pages of other origins, where they are configured: CORS (the Fetch standard, "CORS protocol").

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, VARY,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::answer;
use super::body::Body;

/// What a page may send, unless it asks for more: `Mcp-Param-*` headers have names of the tools' own.
const HEADERS: &str = "Content-Type, Accept, Authorization, Last-Event-ID, Mcp-Session-Id, MCP-Protocol-Version, \
                       Mcp-Method, Mcp-Name";

/// What a page may read of an answer, beside its body.
const EXPOSED: &str = "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate, DPoP-Nonce, Retry-After";

/// Answers a browser that asks what a page may send.
pub(super) fn preflight(headers: &HeaderMap) -> Response<Body> {
    let mut response = answer::only(StatusCode::NO_CONTENT);
    let allowed = response.headers_mut();
    allowed.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, DELETE"));
    let wanted = headers.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    allowed.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.unwrap_or_else(|| HeaderValue::from_static(HEADERS)));
    allowed.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    allowed.append(VARY, HeaderValue::from_static("Access-Control-Request-Headers"));
    response
}

/// Lets pages of this origin read an answer.
pub(super) fn share(response: &mut Response<Body>, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    headers.append(VARY, HeaderValue::from_static("Origin"));
}
