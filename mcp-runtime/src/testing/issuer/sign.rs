//! The key of an issuer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Map, Value, json};

/// A key that signs, and its number.
pub(super) struct Signer {
    key: EcdsaKeyPair,
    number: u32,
}

impl Signer {
    pub(super) fn new() -> Self {
        Self { key: fresh(), number: 1 }
    }

    pub(super) fn rotate(&mut self) {
        *self = Self { key: fresh(), number: self.number + 1 };
    }

    /// The name of the key.
    pub(super) fn id(&self) -> String {
        format!("key-{}", self.number)
    }

    /// The public key, in a set.
    pub(super) fn jwks(&self) -> String {
        // The point is not compressed: a byte that says so, then both coordinates.
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let key =
            json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id(), "x": x, "y": y });
        json!({ "keys": [key] }).to_string()
    }

    /// The public key itself.
    pub(super) fn jwk(&self) -> Value {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        json!({ "crv": "P-256", "kty": "EC", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) })
    }

    /// A signed text.
    pub(super) fn sign(&self, header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
        let encode = |members: &Map<String, Value>| URL_SAFE_NO_PAD.encode(json!(members).to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).expect("randomness");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn fresh() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("randomness");
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).expect("a key just made")
}
