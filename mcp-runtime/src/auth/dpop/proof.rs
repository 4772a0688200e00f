//! The proof that a client has a key, for one request.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mcp_proto::types::uri_key;
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use crate::auth::jose::{Jws, Key, json_object};

/// The longest id of a proof, and the longest nonce.
const LONGEST: usize = 256;

/// A proof whose signature is right.
pub(super) struct Proof {
    thumbprint: String,
    claims: Claims,
}

/// What a proof says (RFC 9449, 4.2).
#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: f64,
    ath: Option<String>,
    nonce: Option<String>,
}

/// The request that a proof must be for.
pub(super) struct Expected<'a> {
    pub(super) method: &'a str,
    /// The URL of the server, as clients use it.
    pub(super) url: &'a str,
    /// The path of the request, which may be another one of the same origin.
    pub(super) path: &'a str,
    pub(super) token: &'a str,
}

/// The members that make the thumbprint of a key (RFC 7638), in their order.
#[derive(Deserialize)]
struct Public {
    kty: String,
    crv: Option<String>,
    e: Option<String>,
    n: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Proof {
    /// Reads a proof, and verifies its signature with the key that it names.
    ///
    /// # Errors
    /// It is none; why.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let jws = Jws::read(text).map_err(|_| "it is not a JWT with a signature that is accepted")?;
        if !jws.header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case("dpop+jwt")) {
            return Err("its `typ` is not dpop+jwt");
        }
        let jwk = jws.header.jwk.as_deref().ok_or("it has no `jwk`")?.get();
        let members = json_object(jwk.as_bytes()).ok_or("its `jwk` is not a key")?;
        if members.iter().any(|(name, _)| matches!(&**name, "d" | "p" | "q" | "dp" | "dq" | "qi" | "oth" | "k")) {
            return Err("its `jwk` has the private key");
        }
        let key = Key::read(jwk).ok_or("its `jwk` is not a key that is accepted")?;
        if !key.verifies(&jws) {
            return Err("its signature is wrong");
        }
        let thumbprint = thumbprint(jwk).ok_or("its `jwk` is not a key")?;
        // One that is there twice is refused: readers would differ in which one counts.
        json_object(&jws.payload).ok_or("its payload is not an object")?;
        let claims: Claims = serde_json::from_slice(&jws.payload).map_err(|_| "it lacks jti, htm, htu or iat")?;
        if claims.jti.is_empty() || claims.jti.len() > LONGEST {
            return Err("its `jti` is empty or too long");
        }
        Ok(Self { thumbprint, claims })
    }

    /// The thumbprint of its key.
    pub(super) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    pub(super) fn id(&self) -> &str {
        &self.claims.jti
    }

    pub(super) fn nonce(&self) -> Option<&str> {
        self.claims.nonce.as_deref().filter(|nonce| nonce.len() <= LONGEST)
    }

    /// Whether it is for this request, and new.
    ///
    /// # Errors
    /// What it is not for.
    pub(super) fn check(&self, expected: &Expected<'_>, window: Duration, ahead: Duration) -> Result<(), &'static str> {
        let Claims { htm, htu, iat, ath, .. } = &self.claims;
        if htm != expected.method {
            return Err("its `htm` is another method");
        }
        if !is_same_place(htu, expected) {
            return Err("its `htu` is another URL");
        }
        let issued = Duration::try_from_secs_f64(*iat).ok().and_then(|since| UNIX_EPOCH.checked_add(since));
        let issued = issued.ok_or("its `iat` is no time")?;
        match SystemTime::now().duration_since(issued) {
            Ok(age) if age > window => return Err("it is too old"),
            Err(early) if early.duration() > ahead => return Err("it is of the future; is the client's clock right?"),
            _ => {}
        }
        let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, expected.token.as_bytes()));
        if ath.as_deref() != Some(&*hash) {
            return Err("its `ath` is not of this token");
        }
        Ok(())
    }
}

/// Whether a URL is that of the server, or of the path that was asked for at the same origin. Query and fragment do not count
/// (RFC 9449, 4.3), nor what makes no difference in a URL (RFC 3986, 6.2).
fn is_same_place(url: &str, expected: &Expected<'_>) -> bool {
    let (Some(theirs), Some((origin, path))) = (plain(url), plain(expected.url)) else { return false };
    theirs.0 == origin && (theirs.1 == path || theirs.1 == *uri_key(expected.path))
}

/// The origin of a URL and its path.
fn plain(url: &str) -> Option<(String, String)> {
    let url = uri_key(url.split(['?', '#']).next().unwrap_or_default());
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let authority = authority.strip_suffix(port).unwrap_or(authority);
    let path = if path.is_empty() { "/" } else { path };
    Some((format!("{scheme}://{authority}"), path.to_owned()))
}

fn thumbprint(jwk: &str) -> Option<String> {
    let Public { kty, crv, e, n, x, y } = serde_json::from_str(jwk).ok()?;
    // These texts were decoded as base64 before, so that they need no escapes.
    let json = match &*kty {
        "EC" => format!(r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#, crv?, x?, y?),
        "OKP" => format!(r#"{{"crv":"{}","kty":"OKP","x":"{}"}}"#, crv?, x?),
        "RSA" => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, e?, n?),
        _ => return None,
    };
    Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, json.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbprint_is_that_of_the_rfc() {
        // RFC 7638, 3.1.
        let jwk = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
        assert_eq!(thumbprint(jwk).as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
        // RFC 9449, 6.1.
        let jwk = r#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}"#;
        assert_eq!(thumbprint(jwk).as_deref(), Some("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"));
    }

    #[test]
    fn urls_are_compared_without_their_query_and_as_the_web_does() {
        let expected = Expected { method: "POST", url: "https://a.example/mcp", path: "/", token: "" };
        for (url, is_same) in [
            ("https://a.example/mcp", true),
            ("HTTPS://A.Example:443/mcp", true),
            ("https://a.example/mcp?x=y#z", true),
            ("https://a.example/%6Dcp", true),
            ("https://a.example/", true),
            ("https://a.example", true),
            ("https://a.example/other", false),
            ("https://a.example/mcp/", false),
            ("http://a.example/mcp", false),
            ("https://a.example:8443/mcp", false),
            ("https://b.example/mcp", false),
            ("/mcp", false),
            ("", false),
        ] {
            assert_eq!(is_same_place(url, &expected), is_same, "{url}");
        }
        let other = Expected { path: "/capabilities", ..expected };
        assert!(
            is_same_place("https://a.example/capabilities", &other) && is_same_place("https://a.example/mcp", &other)
        );
    }
}
