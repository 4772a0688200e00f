//! Each algorithm with its kind of key, and with no other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mcp_runtime::auth::Jwt;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};
use serde_json::{Value, json};

use super::refused::tempfile::Written;
use super::server::{serve, who_is};
use super::token::{AUDIENCE, rsa, rsa_jwk};

const ALL: [&str; 9] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// A key of each kind, with its public half.
struct Signers {
    p256: EcdsaKeyPair,
    p384: EcdsaKeyPair,
    ed25519: Ed25519KeyPair,
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Signers {
    fn new() -> Self {
        let random = SystemRandom::new();
        let curve = |algorithm| {
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
            EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).expect("a key")
        };
        let ed25519 = Ed25519KeyPair::generate_pkcs8(&random).expect("a key");
        Self {
            p256: curve(&ECDSA_P256_SHA256_FIXED_SIGNING),
            p384: curve(&ECDSA_P384_SHA384_FIXED_SIGNING),
            ed25519: Ed25519KeyPair::from_pkcs8(ed25519.as_ref()).expect("a key"),
        }
    }

    fn jwks(&self) -> Value {
        let curve = |kid: &str, name: &str, key: &EcdsaKeyPair| {
            let (x, y) = key.public_key().as_ref()[1..].split_at(key.public_key().as_ref().len() / 2);
            json!({ "kty": "EC", "kid": kid, "crv": name, "x": encode(x), "y": encode(y) })
        };
        let ed25519 = encode(self.ed25519.public_key().as_ref());
        json!({ "keys": [
            rsa_jwk(),
            curve("p256", "P-256", &self.p256),
            curve("p384", "P-384", &self.p384),
            { "kty": "OKP", "kid": "ed25519", "crv": "Ed25519", "x": ed25519 },
        ]})
    }

    /// A token that is signed by the key of this name, which says that it has this algorithm.
    fn token(&self, kid: &str, algorithm: &str) -> String {
        let header = json!({ "alg": algorithm, "kid": kid });
        let claims = json!({ "iss": "test", "aud": AUDIENCE, "sub": kid, "exp": 4_102_444_800_u64 });
        let signed = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        let (random, bytes) = (SystemRandom::new(), signed.as_bytes());
        let rsa_with = |padding: &'static dyn RsaEncoding| {
            let key = rsa().0;
            let mut signature = vec![0; key.public().modulus_len()];
            key.sign(padding, &random, bytes, &mut signature).expect("a signature");
            signature
        };
        let signature = match (kid, algorithm) {
            ("p256", _) => self.p256.sign(&random, bytes).expect("a signature").as_ref().to_vec(),
            ("p384", _) => self.p384.sign(&random, bytes).expect("a signature").as_ref().to_vec(),
            ("ed25519", _) => self.ed25519.sign(bytes).as_ref().to_vec(),
            (_, "RS384") => rsa_with(&RSA_PKCS1_SHA384),
            (_, "RS512") => rsa_with(&RSA_PKCS1_SHA512),
            (_, "PS256") => rsa_with(&RSA_PSS_SHA256),
            (_, "PS384") => rsa_with(&RSA_PSS_SHA384),
            (_, "PS512") => rsa_with(&RSA_PSS_SHA512),
            _ => rsa_with(&RSA_PKCS1_SHA256),
        };
        format!("{signed}.{}", encode(&signature))
    }
}

#[tokio::test]
async fn each_algorithm_is_let_in_with_a_key_of_its_kind_alone() {
    let signers = Signers::new();
    let file = Written::new("all.json", &signers.jwks().to_string());
    let server = serve(Jwt::issuer("test").audience(AUDIENCE).jwks_file(&file.0)).await;
    for (kid, own) in [("rsa", &ALL[..6]), ("p256", &ALL[6..7]), ("p384", &ALL[7..8]), ("ed25519", &ALL[8..])] {
        for algorithm in ALL {
            let who = who_is(server.address, &signers.token(kid, algorithm)).await;
            let expected = if own.contains(&algorithm) { Ok(format!("{kid} of test: ")) } else { Err(401) };
            assert_eq!(who, expected, "{algorithm} with {kid}");
        }
    }
}

#[tokio::test]
async fn a_key_that_names_its_algorithm_is_for_no_other() {
    let signers = Signers::new();
    let mut key = rsa_jwk();
    key["alg"] = json!("PS256");
    let file = Written::new("one.json", &json!({ "keys": [key] }).to_string());
    let server = serve(Jwt::issuer("test").audience(AUDIENCE).jwks_file(&file.0)).await;
    for algorithm in &ALL[..6] {
        let is_let_in = who_is(server.address, &signers.token("rsa", algorithm)).await.is_ok();
        assert_eq!(is_let_in, *algorithm == "PS256", "{algorithm}");
    }
}
