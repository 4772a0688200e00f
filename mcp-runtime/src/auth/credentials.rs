//! What the head of a request carries to say who calls.

use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::Challenge;

/// The longest token or key in bytes.
pub(crate) const LONGEST: usize = 16 * 1024;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const DPOP: HeaderName = HeaderName::from_static("dpop");

/// What a request carries to say who calls. Nothing is known of it yet.
///
/// ```
/// use mcp_runtime::auth::Credentials;
/// use mcp_runtime::http::request::Parts;
/// use mcp_runtime::{Challenge, Principal};
///
/// fn check(request: &Parts) -> Result<Principal, Challenge> {
///     match Credentials::of(request)? {
///         Some(Credentials::Bearer("ada's token")) => Ok(Principal::new("ada")),
///         Some(_) => Err(Challenge::invalid_token("it is unknown")),
///         None => Err(Challenge::bearer()),
///     }
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credentials<'a> {
    /// `Authorization: Bearer …` (RFC 6750).
    Bearer(&'a str),
    /// `Authorization: DPoP …` (RFC 9449): a token that is bound to a key, and the proof that the client has the key.
    Dpop {
        /// The token.
        token: &'a str,
        /// The header `DPoP`, if there is one.
        proof: Option<&'a str>,
    },
    /// `X-API-Key: …`
    ApiKey(&'a str),
}

impl<'a> Credentials<'a> {
    /// Reads the head of a request. `None` if it carries no credentials of these kinds.
    ///
    /// # Errors
    /// A challenge for credentials that are put as they should not be: in several headers, in the query (400), or longer than
    /// 16 KiB, or with characters that no token has (401).
    pub fn of(request: &'a Parts) -> Result<Option<Self>, Challenge> {
        let query = request.uri.query().unwrap_or_default();
        if query.split('&').any(|pair| pair.split('=').next() == Some("access_token")) {
            return Err(Challenge::invalid_request("tokens go into the header Authorization, not into the query"));
        }
        let authorization = only(&request.headers, &AUTHORIZATION)?;
        let key = only(&request.headers, &API_KEY)?;
        match (authorization, key) {
            (Some(_), Some(_)) => {
                Err(Challenge::invalid_request("there are both Authorization and X-API-Key; send one of them"))
            }
            (Some(value), None) => Self::of_authorization(value, &request.headers),
            (None, Some(value)) => text(value.as_bytes(), |byte| byte.is_ascii_graphic()).map(Self::ApiKey).map(Some),
            (None, None) => Ok(None),
        }
    }

    fn of_authorization(value: &'a HeaderValue, headers: &'a HeaderMap) -> Result<Option<Self>, Challenge> {
        let bytes = value.as_bytes();
        let end = bytes.iter().position(|byte| *byte == b' ').unwrap_or(bytes.len());
        let (scheme, rest) = bytes.split_at(end);
        let token = || text(rest.trim_ascii(), is_of_token);
        if scheme.eq_ignore_ascii_case(b"Bearer") {
            token().map(Self::Bearer).map(Some)
        } else if scheme.eq_ignore_ascii_case(b"DPoP") {
            let proof = only(headers, &DPOP)?.map(|proof| text(proof.as_bytes(), is_of_token)).transpose()?;
            Ok(Some(Self::Dpop { token: token()?, proof }))
        } else {
            Ok(None)
        }
    }
}

/// A token must not get into a log.
impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer(…)",
            Self::Dpop { .. } => "Dpop { … }",
            Self::ApiKey(_) => "ApiKey(…)",
        })
    }
}

/// A header that may be there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Challenge> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(Challenge::invalid_request(&format!("there are several headers {name}; send one")));
    }
    Ok(first)
}

/// Credentials of these characters alone, and not too many of them.
fn text(bytes: &[u8], is_good: impl Fn(u8) -> bool) -> Result<&str, Challenge> {
    if bytes.len() > LONGEST {
        return Err(Challenge::invalid_token("it is longer than 16384 bytes"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.is_empty() && bytes.iter().all(|byte| is_good(*byte)) => Ok(text),
        _ => Err(Challenge::invalid_token("it is malformed")),
    }
}

/// What a token may be made of (RFC 6750, `b64token`).
fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uri: &str, headers: &[(&str, &str)]) -> Result<String, u16> {
        let mut request = http::Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        match Credentials::of(&parts) {
            Ok(Some(Credentials::Bearer(token))) => Ok(format!("bearer {token}")),
            Ok(Some(Credentials::Dpop { token, proof })) => Ok(format!("dpop {token} {}", proof.unwrap_or("-"))),
            Ok(Some(Credentials::ApiKey(key))) => Ok(format!("key {key}")),
            Ok(None) => Ok("none".to_owned()),
            Err(challenge) => Err(challenge.status()),
        }
    }

    #[test]
    fn credentials_are_read_from_where_they_belong() {
        let is = |headers: &[(&str, &str)], expected: &str| assert_eq!(read("/", headers).as_deref(), Ok(expected));
        is(&[], "none");
        is(&[("Authorization", "Bearer a.b-c_~+/==")], "bearer a.b-c_~+/==");
        is(&[("authorization", "bEARER   abc ")], "bearer abc");
        is(&[("Authorization", "DPoP abc")], "dpop abc -");
        is(&[("Authorization", "DPoP abc"), ("DPoP", "x.y.z")], "dpop abc x.y.z");
        is(&[("X-API-Key", "k:1!")], "key k:1!");
        is(&[("Authorization", "Basic abc")], "none");
        is(
            &[("Authorization", &format!("Bearer {}", "a".repeat(LONGEST)))],
            &format!("bearer {}", "a".repeat(LONGEST)),
        );
    }

    #[test]
    fn credentials_in_two_places_or_in_the_query_are_refused() {
        let one = ("Authorization", "Bearer abc");
        assert_eq!(read("/", &[one, one]), Err(400));
        assert_eq!(read("/", &[one, ("X-API-Key", "k")]), Err(400));
        assert_eq!(read("/", &[("X-API-Key", "k"), ("X-API-Key", "k")]), Err(400));
        assert_eq!(read("/", &[("Authorization", "DPoP abc"), ("DPoP", "a"), ("DPoP", "b")]), Err(400));
        assert_eq!(read("/?a=b&access_token=abc", &[]), Err(400));
        assert_eq!(read("/?access_token=abc", &[one]), Err(400));
    }

    #[test]
    fn what_no_token_can_be_is_refused() {
        for token in ["", " ", "a b", "a,b", "a\"b", "a=b\tc", &"a".repeat(LONGEST + 1)] {
            assert_eq!(read("/", &[("Authorization", &format!("Bearer {token}"))]), Err(401), "{token:?}");
        }
        assert_eq!(read("/", &[("Authorization", "Bearer")]), Err(401));
        assert_eq!(read("/", &[("X-API-Key", "")]), Err(401));
        assert_eq!(read("/", &[("X-API-Key", &"k".repeat(LONGEST + 1))]), Err(401));
    }

    #[test]
    fn no_token_is_written_into_a_log() {
        assert!(!format!("{:?}", [Credentials::Bearer("secret"), Credentials::ApiKey("secret")]).contains("secret"));
    }
}
