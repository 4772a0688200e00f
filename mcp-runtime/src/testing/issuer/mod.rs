//! An authorization server for tests, and for trying things out.

mod dpop;
mod form;
mod grants;
mod serve;
mod sign;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use self::dpop::{DpopKey, DpopProof};
use self::grants::Grants;
use self::sign::Signer;
use crate::auth::Jwt;
use crate::lock::Lock;

/// An authorization server in this process, at a free port of this machine: for tests, and for trying things out without an
/// account anywhere. It approves whatever it is asked, so it is for nothing else.
///
/// It has metadata (RFC 8414 and OpenID Connect), keys, dynamic registration of clients, and gives tokens for client credentials, for
/// authorization codes with PKCE, and for refresh tokens. [`token`](Self::token) makes a token at once. It stops when it is dropped.
///
/// ```standalone_crate
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::testing::Issuer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = Issuer::start().await;
/// let server = Server::new("shop").build()?;
/// let http = Http::new(server).authenticate(issuer.jwt().audience("https://shop.example.com/mcp"));
///
/// let token = issuer.token("ada").audience("https://shop.example.com/mcp").scopes(["orders:read"]).sign();
/// # let _ = (http, token);
/// # Ok(())
/// # }
/// ```
pub struct Issuer {
    inner: Arc<Inner>,
    served: JoinHandle<()>,
}

pub(super) struct Inner {
    url: String,
    signer: Lock<Signer>,
    grants: Grants,
    /// Seconds that its clock is ahead.
    ahead: Lock<i64>,
}

/// A token that is about to be signed.
///
/// ```
/// use mcp_runtime::testing::Issuer;
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let issuer = Issuer::start().await;
/// let good = issuer.token("ada").audience("https://shop.example.com/mcp").scopes(["orders:read"]);
/// let token = good.clone().sign();
/// // What a server must refuse:
/// let nameless = good.clone().without("sub").sign();
/// let forged = good.claim("aud", json!("https://elsewhere.example.com")).sign();
/// # let _ = (token, nameless, forged);
/// # }
/// ```
#[must_use = "`sign` makes the token"]
#[derive(Clone)]
pub struct Token {
    inner: Arc<Inner>,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Issuer {
    /// Starts one.
    ///
    /// # Panics
    /// There is no free port, no randomness, or no tokio runtime.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the address of a listener");
        let inner = Arc::new(Inner {
            url: format!("http://{address}"),
            signer: Lock::new(Signer::new()),
            grants: Grants::default(),
            ahead: Lock::new(0),
        });
        let served = tokio::spawn(serve::serve(listener, Arc::clone(&inner)));
        Self { inner, served }
    }

    /// Its URL, which is also its name.
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// A check of its tokens.
    pub fn jwt(&self) -> Jwt {
        Jwt::issuer(self.url())
    }

    /// A token of a subject, which is valid for five minutes.
    pub fn token(&self, subject: &str) -> Token {
        Token::of(&self.inner, subject)
    }

    /// Signs with another key from now on. The old key is gone: tokens that it has signed are not accepted by who asks now.
    ///
    /// # Panics
    /// There is no randomness.
    pub fn rotate(&self) {
        self.inner.signer.lock().rotate();
    }

    /// Sets its clock so many seconds ahead; behind, if negative. Tokens are issued, and expire, by it.
    pub fn set_clock_ahead(&self, seconds: i64) {
        *self.inner.ahead.lock() = seconds;
    }

    /// Its keys, as it publishes them.
    pub fn jwks(&self) -> String {
        self.inner.signer.lock().jwks()
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.served.abort();
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl Inner {
    fn now(&self) -> i64 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(now.as_secs()).unwrap_or(i64::MAX).saturating_add(*self.ahead.lock())
    }
}

impl Token {
    fn of(inner: &Arc<Inner>, subject: &str) -> Self {
        let now = inner.now();
        let mut header = Map::new();
        header.insert("alg".to_owned(), json!("ES256"));
        header.insert("typ".to_owned(), json!("at+jwt"));
        header.insert("kid".to_owned(), json!(inner.signer.lock().id()));
        let claims = json!({ "iss": inner.url, "sub": subject, "iat": now, "exp": now + 300 });
        let Value::Object(claims) = claims else { unreachable!("it is an object") };
        Self { inner: Arc::clone(inner), header, claims }
    }

    /// Whom it is for.
    pub fn audience(self, audience: &str) -> Self {
        self.claim("aud", audience)
    }

    /// What its holder may do.
    pub fn scopes<'a>(self, scopes: impl IntoIterator<Item = &'a str>) -> Self {
        let scopes: Vec<_> = scopes.into_iter().collect();
        self.claim("scope", scopes.join(" "))
    }

    /// How long it is valid from now on.
    pub fn expires_in(self, time: Duration) -> Self {
        let end = self.inner.now() + i64::try_from(time.as_secs()).unwrap_or(i64::MAX / 2);
        self.claim("exp", end)
    }

    /// Sets any claim, of its own or of others.
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

    /// Sets a member of the header, such as `typ`; `alg` says what it likes, and the token is signed with `ES256` all the same.
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

    /// The token.
    ///
    /// # Panics
    /// There is no randomness.
    pub fn sign(&self) -> String {
        self.inner.signer.lock().sign(&self.header, &self.claims)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("header", &self.header).field("claims", &self.claims).finish_non_exhaustive()
    }
}
