//! A compact signature: header, payload and signature (RFC 7515, 7.1).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::algorithm::Algorithm;

/// A compact signature that was read, and is not verified.
pub(crate) struct Jws<'a> {
    /// What is signed: header and payload, as they came.
    pub(crate) signed: &'a [u8],
    pub(crate) header: Header,
    pub(crate) algorithm: Algorithm,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

/// What a signature says of itself.
#[derive(Deserialize)]
pub(crate) struct Header {
    alg: String,
    #[serde(default)]
    pub(crate) kid: Option<String>,
    #[serde(default)]
    pub(crate) typ: Option<String>,
    /// Extensions that a reader must know; we know none.
    #[serde(default)]
    crit: Option<IgnoredAny>,
    /// The key itself, in proofs that name their own.
    #[serde(default)]
    pub(crate) jwk: Option<Box<RawValue>>,
}

impl<'a> Jws<'a> {
    /// Reads a signature.
    ///
    /// # Errors
    /// It is malformed, or of an algorithm that cannot be trusted.
    pub(crate) fn read(text: &'a str) -> Result<Self, &'static str> {
        let malformed = "it is not a JWT";
        let (signed, signature) = text.rsplit_once('.').ok_or(malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed);
        let header = decode(header)?;
        // A list would be read as the members in their order.
        if header.first() != Some(&b'{') {
            return Err(malformed);
        }
        let header: Header = serde_json::from_slice(&header).map_err(|_| malformed)?;
        let algorithm = Algorithm::named(&header.alg).ok_or("its algorithm is not accepted")?;
        if header.crit.is_some() {
            return Err("it has critical extensions, and none is known");
        }
        let (payload, signature) = (decode(payload)?, decode(signature)?);
        Ok(Self { signed: signed.as_bytes(), header, algorithm, payload, signature })
    }
}

/// What a token says whose it is. It may lie: only which check is to look at it goes by that.
pub(crate) fn unverified_issuer(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Payload {
        iss: String,
    }
    let (_, rest) = token.split_once('.')?;
    let (payload, _) = rest.split_once('.')?;
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice::<Payload>(&payload).ok().map(|payload| payload.iss)
}

/// The members of an object, in their order. One that is there twice is refused: readers would differ in which one counts.
pub(crate) fn json_object(json: &[u8]) -> Option<Vec<(Box<str>, Box<RawValue>)>> {
    serde_json::from_slice::<Members>(json).ok().map(|members| members.0)
}

struct Members(Vec<(Box<str>, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members: Vec<(Box<str>, Box<RawValue>)> = Vec::new();
                while let Some(name) = map.next_key::<Box<str>>()? {
                    if members.iter().any(|(known, _)| *known == name) || members.len() == MEMBERS {
                        return Err(A::Error::custom("twice, or too many"));
                    }
                    members.push((name, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// The most members that are read: each is compared with all before it.
const MEMBERS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<(), &'static str> {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        Jws::read(&format!("{}.{}.{}", encode(header), encode("{}"), encode("x"))).map(drop)
    }

    #[test]
    fn no_algorithm_without_a_public_key_is_read() {
        assert_eq!(read(r#"{"alg":"ES256","kid":"1","typ":"at+jwt","x5t":"y"}"#), Ok(()));
        for algorithm in ["none", "None", "NONE", "HS256", "HS384", "HS512", "ES256K", "dir", ""] {
            assert!(read(&format!(r#"{{"alg":"{algorithm}"}}"#)).is_err(), "{algorithm}");
        }
    }

    #[test]
    fn headers_that_readers_could_take_differently_are_refused() {
        for header in [
            r#"{"alg":"ES256","alg":"none"}"#,
            r#"{"alg":"ES256","kid":1}"#,
            r#"{"alg":"ES256","crit":["exp"]}"#,
            r#"{"alg":"ES256"} x"#,
            r#"["ES256"]"#,
            "{}",
        ] {
            assert!(read(header).is_err(), "{header}");
        }
    }

    #[test]
    fn texts_that_are_no_signature_are_refused() {
        for text in ["", "a", "a.b", "a.b.c", "..", "a.b.c.d", "e30.e30.e30=", "e30.e30", "e30.e30.!"] {
            assert!(Jws::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_member_that_is_there_twice_is_refused() {
        let names = |json: &str| json_object(json.as_bytes()).map(|members| members.len());
        assert_eq!(names(r#"{"a":1,"b":{"a":1,"a":2}}"#), Some(2));
        assert_eq!(names(r#"{"a":1,"\u0061":2}"#), None);
        assert_eq!(names("[]"), None);
        let many: Vec<_> = (0..=MEMBERS).map(|number| format!("\"{number}\":1")).collect();
        assert_eq!(names(&format!("{{{}}}", many.join(","))), None);
    }
}
