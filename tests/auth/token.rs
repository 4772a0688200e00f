//! Tokens as the tables write them.
//!
//! `{token}` is one that is let in. What differs stands behind it: `exp=-600` (seconds from now, also of `nbf` and `iat`),
//! `claims.NAME=JSON`, `-claims.NAME`, `header.NAME=JSON`, `-header.NAME`, `long=N` (that many bytes more), and, once it is signed,
//! `sign=HOW`.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mcp_runtime::testing::Issuer;
use ring::hmac;
use ring::rsa::PublicKeyComponents;
use ring::signature::RsaKeyPair;
use serde_json::{Value, json};

pub const AUDIENCE: &str = "https://shop.example/mcp";

/// A text with its tokens written out. `other` is an issuer that the server does not know.
pub fn expanded(text: &str, issuer: &Issuer, other: &Issuer) -> String {
    let Some((before, rest)) = text.split_once("{token") else {
        return text.replace("{issuer}", issuer.url());
    };
    let (spec, after) = end_of(rest);
    format!("{before}{}{}", token(spec, issuer, other), expanded(after, issuer, other))
}

/// What stands before the brace that closes, and after it; there may be others in between.
fn end_of(text: &str) -> (&str, &str) {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&text[..at], &text[at + 1..]);
        }
    }
    panic!("{text:?} has no end")
}

fn token(spec: &str, issuer: &Issuer, other: &Issuer) -> String {
    let mut signer = issuer;
    let mut sign = "";
    for word in spec.split_whitespace() {
        match word.split_once('=') {
            Some(("signer", "other")) => signer = other,
            Some(("sign", how)) => sign = how,
            _ => {}
        }
    }
    let mut token = signer.token("ada").audience(AUDIENCE).scopes(["read", "write"]).claim("iss", issuer.url());
    for word in spec.split_whitespace() {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let json = || {
            let value = value.replace("{issuer}", issuer.url()).replace("{other}", other.url());
            serde_json::from_str::<Value>(&value).unwrap_or_else(|error| panic!("{value}: {error}"))
        };
        token = match name.split_once('.') {
            Some(("claims", name)) => token.claim(name, json()),
            Some(("header", name)) => token.header(name, json()),
            Some(("-claims", name)) => token.without(name),
            Some(("-header", name)) => token.without_header(name),
            _ => match name {
                "exp" | "nbf" | "iat" => token.claim(name, now() + value.parse::<i64>().expect("seconds")),
                "long" => token.claim("long", "x".repeat(value.parse().expect("bytes"))),
                "sign" | "signer" => token,
                _ => panic!("{word:?} says nothing"),
            },
        };
    }
    signed(&token.sign(), sign, issuer)
}

fn signed(token: &str, how: &str, issuer: &Issuer) -> String {
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let hmac =
        |key: &[u8]| URL_SAFE_NO_PAD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes()));
    match how {
        "" => token.to_owned(),
        "empty" => format!("{signed}."),
        "missing" => signed.to_owned(),
        "four" => format!("{token}.{signature}"),
        "padded" => format!("{token}=="),
        "short" => {
            let bytes = URL_SAFE_NO_PAD.decode(signature).expect("base64");
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&bytes[..60]))
        }
        "zero" => format!("{signed}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
        "flipped" => {
            let mut bytes = URL_SAFE_NO_PAD.decode(signature).expect("base64");
            bytes[0] ^= 1;
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes))
        }
        "hmac-rsa" => format!("{signed}.{}", hmac(rsa_jwk()["n"].as_str().expect("a number").as_bytes())),
        "hmac-pem" => {
            let key = rsa();
            let pem =
                format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(key.public()));
            format!("{signed}.{}", hmac(pem.as_bytes()))
        }
        "hmac-ec" => {
            let jwks: Value = serde_json::from_str(&issuer.jwks()).expect("JSON");
            format!(
                "{signed}.{}",
                hmac(&URL_SAFE_NO_PAD.decode(jwks["keys"][0]["x"].as_str().expect("x")).expect("base64"))
            )
        }
        // Other claims under the signature of the token.
        "swapped" => {
            let (header, claims) = signed.split_once('.').expect("two parts");
            let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).expect("base64")).expect("text");
            let claims = claims.replace("\"ada\"", "\"eve\"");
            format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(claims))
        }
        _ => panic!("no token is signed {how:?}"),
    }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(now.as_secs()).expect("before the end of time")
}

/// An RSA key of nobody.
pub struct Rsa(pub RsaKeyPair);

impl Rsa {
    fn public(&self) -> Vec<u8> {
        self.0.public().as_ref().to_vec()
    }
}

pub fn rsa() -> Rsa {
    let lines: String = include_str!("rsa.der.base64").split_whitespace().collect();
    Rsa(RsaKeyPair::from_pkcs8(&STANDARD.decode(lines).expect("base64")).expect("a key"))
}

/// The public key.
pub fn rsa_jwk() -> Value {
    let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(rsa().0.public());
    json!({ "kty": "RSA", "kid": "rsa", "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e) })
}
