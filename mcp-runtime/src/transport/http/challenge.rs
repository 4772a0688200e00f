//! What is said to callers whose credentials do not let them in.

use std::borrow::Cow;
use std::fmt;

use http::header::WWW_AUTHENTICATE;
#[cfg(feature = "auth")]
use http::header::{CACHE_CONTROL, HeaderName};
use http::{HeaderValue, Response, StatusCode};
use mcp_proto::wire::{Code, RpcError};

use super::answer;
use super::body::Body;
use crate::log;

/// Refuses a request whose caller could not be identified: 401, and a `WWW-Authenticate` header that says how to
/// authenticate ([RFC 9110, 11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)).
///
/// ```
/// use mcp_runtime::Challenge;
///
/// // No credentials came: `WWW-Authenticate: Bearer realm="shop"`
/// let missing = Challenge::bearer().param("realm", "shop");
/// // They are wrong: `WWW-Authenticate: Bearer error="invalid_token", error_description="it has expired"`
/// let wrong = Challenge::invalid_token("it has expired");
/// // They do not suffice: 403, and `WWW-Authenticate: Bearer scope="orders:write", error="insufficient_scope"`
/// let weak = Challenge::insufficient_scope(["orders:write"]);
/// // There are two ways in.
/// let either = Challenge::bearer().or(Challenge::new("ApiKey"));
/// ```
///
/// Where the server publishes its metadata (RFC 9728), the schemes `Bearer` and `DPoP` also get the parameter `resource_metadata`
/// with its URL, unless the challenge has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    refusal: Refusal,
    schemes: Vec<Scheme>,
    /// What the next proof must have in it (RFC 9449, 8).
    #[cfg(feature = "auth")]
    nonce: Option<String>,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Unauthorized,
    /// The credentials are not put as they should be.
    Malformed,
    Forbidden,
    /// Credentials could not be checked.
    Unavailable,
}

/// One way to authenticate.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Scheme {
    name: String,
    params: Vec<(Cow<'static, str>, String)>,
}

impl Challenge {
    /// Asks for a bearer token (RFC 6750).
    pub fn bearer() -> Self {
        Self::new("Bearer")
    }

    /// Asks for credentials of this scheme, such as `Basic`.
    pub fn new(scheme: impl Into<String>) -> Self {
        Self::of(Refusal::Unauthorized, vec![Scheme { name: scheme.into(), params: Vec::new() }])
    }

    fn of(refusal: Refusal, schemes: Vec<Scheme>) -> Self {
        Self {
            refusal,
            schemes,
            #[cfg(feature = "auth")]
            nonce: None,
        }
    }

    /// The token is expired, revoked, malformed, or not for this server: 401 with `error="invalid_token"`. The description is for
    /// developers of clients; it should not tell what others could make use of.
    pub fn invalid_token(description: &str) -> Self {
        Self::bearer().with("error", "invalid_token").with("error_description", description)
    }

    /// The credentials are not put as they should be, such as a token in the query: 400 with `error="invalid_request"`.
    pub fn invalid_request(description: &str) -> Self {
        let challenge = Self::bearer().with("error", "invalid_request").with("error_description", description);
        Self { refusal: Refusal::Malformed, ..challenge }
    }

    /// The token is valid, and more scopes are needed: 403 with `error="insufficient_scope"`. Name all that the request needs, so
    /// that the client can ask its user once.
    pub fn insufficient_scope<S: AsRef<str>>(scopes: impl IntoIterator<Item = S>) -> Self {
        let challenge = Self::bearer().scope(scopes).with("error", "insufficient_scope");
        Self { refusal: Refusal::Forbidden, ..challenge }
    }

    /// Adds the parameter `scope`: what a client should ask for.
    #[must_use]
    pub fn scope<S: AsRef<str>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        let mut all = String::new();
        for scope in scopes {
            all.push_str(if all.is_empty() { "" } else { " " });
            all.push_str(scope.as_ref());
        }
        self.with("scope", &all)
    }

    /// Adds a parameter, such as `realm`, `error`, `scope` or `resource_metadata`, to the scheme that was named last. The value is
    /// put in quotes.
    #[must_use]
    pub fn param(mut self, name: &str, value: &str) -> Self {
        if let Some(scheme) = self.schemes.last_mut() {
            scheme.params.push((name.to_owned().into(), value.to_owned()));
        }
        self
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Some(scheme) = self.schemes.last_mut() {
            scheme.params.push((name.into(), value.to_owned()));
        }
        self
    }

    /// Offers the ways of another challenge, too. The status stays that of this one.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        if self.refusal != Refusal::Unavailable {
            self.schemes.extend(other.schemes);
        }
        self
    }

    /// The credentials could not be checked, because a database does not answer, say. The caller gets 503, without the reason,
    /// which is logged as an error.
    pub fn unavailable(reason: impl fmt::Display) -> Self {
        log::event!(ERROR, "credentials could not be checked: {reason}");
        Self::of(Refusal::Unavailable, Vec::new())
    }

    /// The credentials could not be checked because others are being checked: 503. Whoever floods the server fills no log.
    #[cfg(feature = "auth")]
    pub(crate) fn busy() -> Self {
        Self::of(Refusal::Unavailable, Vec::new())
    }

    /// Offers the ways of another challenge, too, but for schemes that are offered already.
    #[cfg(feature = "auth")]
    pub(crate) fn or_others(mut self, other: Self) -> Self {
        for scheme in other.schemes {
            if !self.schemes.iter().any(|known| known.name.eq_ignore_ascii_case(&scheme.name)) {
                self.schemes.push(scheme);
            }
        }
        self
    }

    /// The same refusal, of credentials of another scheme: the first of `scheme`, with what was said of the first one here.
    #[cfg(feature = "auth")]
    pub(crate) fn under_scheme(self, scheme: &Self) -> Self {
        let mut schemes = scheme.schemes.clone();
        if let (Some(first), Some(said)) = (schemes.first_mut(), self.schemes.into_iter().next()) {
            first.params.extend(said.params);
        }
        Self { refusal: self.refusal, schemes, nonce: self.nonce }
    }

    /// Tells what the next proof must have in it.
    #[cfg(feature = "auth")]
    pub(crate) fn with_dpop_nonce(mut self, nonce: String) -> Self {
        self.nonce = Some(nonce);
        self
    }

    /// Whether other credentials would be let in.
    #[cfg(feature = "auth")]
    pub(crate) fn is_unauthorized(&self) -> bool {
        self.refusal == Refusal::Unauthorized
    }

    /// What is wrong with the credentials, if it says so.
    #[cfg(all(feature = "auth", feature = "stdio"))]
    pub(crate) fn description(&self) -> Option<&str> {
        let mut params = self.schemes.iter().flat_map(|scheme| &scheme.params);
        params.find(|(name, _)| name == "error_description").map(|(_, value)| &**value)
    }

    /// The HTTP status that it is answered with: 401, 400, 403, or 503 if credentials could not be checked.
    pub fn status(&self) -> u16 {
        self.refusal.status().as_u16()
    }

    /// Tells where the metadata of the server is, to schemes of OAuth that were not told otherwise.
    #[cfg(feature = "auth")]
    pub(super) fn with_metadata(mut self, url: &str) -> Self {
        for scheme in &mut self.schemes {
            let is_oauth = scheme.name.eq_ignore_ascii_case("Bearer") || scheme.name.eq_ignore_ascii_case("DPoP");
            if is_oauth && !scheme.params.iter().any(|(name, _)| name == "resource_metadata") {
                scheme.params.insert(0, ("resource_metadata".into(), url.to_owned()));
            }
        }
        self
    }

    /// The answer to the request.
    pub(super) fn answer(self) -> Response<Body> {
        let mut response = answer::error(self.refusal.status(), &self.refusal.error());
        for value in self.schemes.iter().filter_map(Scheme::header) {
            response.headers_mut().append(WWW_AUTHENTICATE, value);
        }
        #[cfg(feature = "auth")]
        if let Some(nonce) = self.nonce.and_then(|nonce| HeaderValue::try_from(nonce).ok()) {
            response.headers_mut().insert(HeaderName::from_static("dpop-nonce"), nonce);
            // It is of use once.
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        response
    }
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error(self) -> RpcError {
        RpcError::invalid_request(match self {
            Self::Unauthorized => "Unauthorized: the credentials are missing or wrong",
            Self::Malformed => "Invalid request: the credentials are not put as they should be",
            Self::Forbidden => "Forbidden: the credentials do not allow it",
            Self::Unavailable => {
                let why = "The server cannot check credentials at the moment; try again later";
                return RpcError::new(Code::INTERNAL, why);
            }
        })
    }
}

impl Scheme {
    /// The value of the header. What no header can have, such as a line break, is a space in it.
    fn header(&self) -> Option<HeaderValue> {
        let mut header = self.name.clone();
        for (at, (name, value)) in self.params.iter().enumerate() {
            header.push_str(if at == 0 { " " } else { ", " });
            header.push_str(name);
            header.push_str("=\"");
            for character in value.chars() {
                if matches!(character, '"' | '\\') {
                    header.push('\\');
                }
                header.push(character);
            }
            header.push('"');
        }
        if HeaderValue::from_str(&header).is_err() {
            header = header.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
        }
        HeaderValue::from_str(&header).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(challenge: Challenge) -> (u16, Vec<String>) {
        let response = challenge.answer();
        let headers = response.headers().get_all(WWW_AUTHENTICATE).into_iter();
        let headers = headers.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        (response.status().as_u16(), headers)
    }

    #[track_caller]
    fn check(challenge: Challenge, status: u16, headers: &[&str]) {
        assert_eq!(of(challenge), (status, headers.iter().map(|header| (*header).to_owned()).collect()));
    }

    #[test]
    fn a_challenge_is_written_as_headers_have_it() {
        check(Challenge::bearer(), 401, &["Bearer"]);
        let two = Challenge::bearer().param("error", "invalid_token").param("error_description", r#"no "such" \ key"#);
        check(two, 401, &[r#"Bearer error="invalid_token", error_description="no \"such\" \\ key""#]);
        check(Challenge::bearer().param("realm", "a\r\nX: y"), 401, &["Bearer realm=\"a  X: y\""]);
        check(Challenge::unavailable("no database").param("realm", "a"), 503, &[]);
        check(Challenge::unavailable("no database").or(Challenge::bearer()), 503, &[]);
    }

    #[test]
    fn each_refusal_has_its_status_and_each_scheme_a_header() {
        let weak = Challenge::insufficient_scope(["files:read", "files:write"]);
        check(weak, 403, &[r#"Bearer scope="files:read files:write", error="insufficient_scope""#]);
        let expired = Challenge::invalid_token("it has expired").or(Challenge::new("ApiKey").param("realm", "a"));
        let bearer = r#"Bearer error="invalid_token", error_description="it has expired""#;
        check(expired, 401, &[bearer, r#"ApiKey realm="a""#]);
        let twice = Challenge::invalid_request("twice");
        check(twice, 400, &[r#"Bearer error="invalid_request", error_description="twice""#]);
    }

    #[cfg(feature = "auth")]
    #[test]
    fn the_metadata_is_told_once_and_only_to_clients_of_oauth() {
        let all =
            Challenge::bearer().param("error", "invalid_token").or(Challenge::new("DPoP")).or(Challenge::new("ApiKey"));
        let metadata = "https://a.example/m";
        let told = [
            r#"Bearer resource_metadata="https://a.example/m", error="invalid_token""#,
            r#"DPoP resource_metadata="https://a.example/m""#,
            "ApiKey",
        ];
        check(all.with_metadata(metadata), 401, &told);
        let own = Challenge::bearer().param("resource_metadata", "https://b.example/m").with_metadata(metadata);
        check(own, 401, &[r#"Bearer resource_metadata="https://b.example/m""#]);
    }
}
