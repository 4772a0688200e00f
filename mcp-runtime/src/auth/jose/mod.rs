//! Signed JSON: compact signatures (RFC 7515), and the public keys that vouch for them (RFC 7517).

mod algorithm;
mod jwk;
mod jws;

pub(crate) use self::jwk::{Key, KeySet, Verdict};
pub(crate) use self::jws::{Jws, json_object, unverified_issuer};
