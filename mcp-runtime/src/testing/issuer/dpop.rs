//! The key of a client that proves its tokens.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::sign::Signer;

/// A key of a client, which makes proofs (DPoP, RFC 9449) for tests of [`Dpop`](crate::auth::Dpop).
///
/// ```
/// use mcp_runtime::serde_json::json;
/// use mcp_runtime::testing::{DpopKey, Issuer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (issuer, key) = (Issuer::start().await, DpopKey::new());
/// let token = issuer.token("ada").claim("cnf", json!({ "jkt": key.thumbprint() })).sign();
/// let proof = key.proof("POST", "https://shop.example.com/mcp", &token).sign();
/// # let _ = proof;
/// # }
/// ```
pub struct DpopKey(Signer);

/// A proof that is about to be signed.
///
/// ```
/// use mcp_runtime::testing::{DpopKey, Issuer};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (issuer, key) = (Issuer::start().await, DpopKey::new());
/// let token = issuer.token("ada").claim("cnf", json!({ "jkt": key.thumbprint() })).sign();
/// // A proof without its time, which a server must refuse:
/// let broken = key.proof("POST", "https://shop.example.com/mcp", &token).without("iat").sign();
/// # let _ = broken;
/// # }
/// ```
#[must_use = "`sign` makes the proof"]
pub struct DpopProof<'a> {
    key: &'a DpopKey,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl DpopKey {
    /// A new key.
    ///
    /// # Panics
    /// There is no randomness.
    #[allow(clippy::new_without_default)] // Each is another one.
    pub fn new() -> Self {
        Self(Signer::new())
    }

    /// The thumbprint of the key (RFC 7638): what a token that is bound to it has in its claim `cnf`, as `jkt`.
    pub fn thumbprint(&self) -> String {
        // The members are sorted, as the RFC wants them.
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.0.jwk().to_string().as_bytes()))
    }

    /// A proof for one request, with this token.
    ///
    /// # Panics
    /// There is no randomness.
    pub fn proof(&self, method: &str, url: &str, token: &str) -> DpopProof<'_> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let mut id = [0; 16];
        getrandom::fill(&mut id).expect("randomness");
        let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()));
        let header = json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": self.0.jwk() });
        let claims = json!({ "jti": URL_SAFE_NO_PAD.encode(id), "htm": method, "htu": url, "iat": now, "ath": hash });
        match (header, claims) {
            (Value::Object(header), Value::Object(claims)) => DpopProof { key: self, header, claims },
            _ => unreachable!("both are objects"),
        }
    }
}

impl DpopProof<'_> {
    /// Sets any claim, such as `nonce`.
    ///
    /// # Panics
    /// The value cannot be written as JSON.
    pub fn claim(mut self, name: &str, value: impl Serialize) -> Self {
        self.claims.insert(name.to_owned(), serde_json::to_value(value).expect("JSON"));
        self
    }

    /// Leaves out a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets a member of the header.
    ///
    /// # Panics
    /// The value cannot be written as JSON.
    pub fn header(mut self, name: &str, value: impl Serialize) -> Self {
        self.header.insert(name.to_owned(), serde_json::to_value(value).expect("JSON"));
        self
    }

    /// Leaves out a member of the header.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// The proof.
    ///
    /// # Panics
    /// There is no randomness.
    pub fn sign(&self) -> String {
        self.key.0.sign(&self.header, &self.claims)
    }
}

/// Without the key.
impl std::fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("DpopKey").field(&self.thumbprint()).finish()
    }
}

impl std::fmt::Debug for DpopProof<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DpopProof").field("header", &self.header).field("claims", &self.claims).finish_non_exhaustive()
    }
}
