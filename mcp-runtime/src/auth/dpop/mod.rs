//! Tokens that are bound to a key of the client (DPoP, RFC 9449).

mod nonce;
mod proof;
mod replay;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use serde::Deserialize;

use self::nonce::Nonces;
use self::proof::{Expected, Proof};
use self::replay::{Replay, Replayed};
use super::credentials::Credentials;
use super::{Introspection, Jwt};
use crate::call::Principal;
use crate::transport::{Authenticate, Challenge, ResourceMetadata, ResourceUrl};

/// The algorithms that proofs may be signed with, as clients are told.
const ALGORITHMS: [&str; 5] = ["ES256", "ES384", "EdDSA", "PS256", "RS256"];

/// What checks the tokens that come with proofs: [`Jwt`] or [`Introspection`].
///
/// ```
/// use mcp_runtime::auth::{Dpop, Introspection, Jwt, Tokens};
///
/// /// The same rules for tokens of both kinds.
/// fn bound<T: Tokens>(tokens: T) -> Dpop<T> {
///     Dpop::of(tokens).required()
/// }
///
/// let jwt = bound(Jwt::issuer("https://id.example.com").audience("https://shop.example.com/mcp"));
/// ```
pub trait Tokens: sealed::Check {}

impl Tokens for Jwt {}
impl Tokens for Introspection {}

mod sealed {
    use super::{Authenticate, Challenge, Introspection, Jwt, Parts, Principal};

    /// What is asked of a check of tokens.
    pub trait Check: Authenticate {
        /// Who has got a token, however it came.
        fn check_token(
            &self,
            token: &str,
            request: &Parts,
        ) -> impl Future<Output = Result<Principal, Challenge>> + Send;
    }

    impl Check for Jwt {
        async fn check_token(&self, token: &str, request: &Parts) -> Result<Principal, Challenge> {
            self.check(token, request).await
        }
    }

    impl Check for Introspection {
        async fn check_token(&self, token: &str, request: &Parts) -> Result<Principal, Challenge> {
            self.check(token, request).await
        }
    }
}

/// Accepts tokens that are bound to a key, with proofs that the client has that key (DPoP, RFC 9449): `Authorization: DPoP …` and the
/// header `DPoP`. A stolen token is of no use then.
///
/// ```
/// use mcp_runtime::auth::{Dpop, Jwt};
///
/// let tokens = Jwt::issuer("https://id.example.com").audience("https://shop.example.com/mcp");
/// let bound = Dpop::of(tokens).required();
/// ```
///
/// A proof must be for this request (its method, its URL, its token), signed by the key that the token is bound to, new (a minute
/// [at most](Self::window)) and shown once. A bound token that comes as a bearer token is refused; tokens that are bound to no key
/// are let in as bearer tokens, unless bound ones are [required](Self::required).
///
/// The URL is compared with [`Http::public_url`](crate::Http::public_url) or, where only [allowed hosts](crate::Http::allow_host) are let
/// in, with the one that the client uses. Behind a proxy that changes it, set the former.
#[derive(Clone)]
pub struct Dpop<T> {
    tokens: T,
    required: bool,
    window: Duration,
    nonces: Option<Arc<Nonces>>,
    replay: Arc<Replay>,
}

/// How far the clock of a client may be ahead.
const AHEAD: Duration = Duration::from_secs(30);

/// How old a proof may be.
const WINDOW: Duration = Duration::from_secs(60);

/// How many proofs are remembered.
const PROOFS: usize = 100_000;

/// What a token is bound to (RFC 7800, RFC 9449, 6.1).
#[derive(Deserialize)]
struct Confirmation {
    jkt: Option<String>,
}

impl<T: Tokens> Dpop<T> {
    /// Proofs for tokens that this check lets in.
    pub fn of(tokens: T) -> Self {
        let replay = Arc::new(Replay::new(PROOFS, WINDOW + AHEAD));
        Self { tokens, required: false, window: WINDOW, nonces: None, replay }
    }

    /// Refuses tokens that are bound to no key.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// How old a proof may be. By default a minute. The clock of a client may be 30 seconds ahead.
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self.replay = Arc::new(Replay::new(self.replay.limit(), window + AHEAD));
        self
    }

    /// Wants a nonce of this server in each proof, so that none can be made in advance. Clients are told it (401,
    /// `error="use_dpop_nonce"`, header `DPoP-Nonce`), and get another one every few minutes.
    #[must_use]
    pub fn nonces(mut self) -> Self {
        self.nonces = Some(Arc::default());
        self
    }

    /// How many proofs are remembered, so that none is accepted twice; one key has at most a quarter of them. Further proofs are
    /// refused for the moment (503). By default 100,000, some 10 MiB.
    #[must_use]
    pub fn replay_limit(mut self, proofs: usize) -> Self {
        self.replay = Arc::new(Replay::new(proofs, self.window + AHEAD));
        self
    }

    /// What a caller is told who has to come back with a proof.
    fn challenge(&self) -> Challenge {
        Challenge::new("DPoP").param("algs", &ALGORITHMS.join(" "))
    }

    fn wrong_proof(&self, why: &str) -> Challenge {
        self.challenge().param("error", "invalid_dpop_proof").param("error_description", why)
    }

    /// What a caller without a token is told.
    fn missing(&self, bearer: Challenge) -> Challenge {
        if self.required { self.challenge() } else { self.challenge().or_others(bearer) }
    }

    /// Whether the proof is one for this request, its token, and the key that this is bound to.
    fn prove(&self, token: &str, proof: &str, principal: &Principal, request: &Parts) -> Result<(), Challenge> {
        let bound = principal.claim("cnf").and_then(|cnf| serde_json::from_str::<Confirmation>(cnf.get()).ok());
        let Some(bound) = bound.and_then(|confirmation| confirmation.jkt) else {
            let why = "it is not bound to a key; send it as a bearer token";
            return Err(self.challenge().param("error", "invalid_token").param("error_description", why));
        };
        let Some(url) = request.extensions.get::<ResourceUrl>() else {
            return Err(Challenge::unavailable("the URL that clients use is not known: set Http::public_url"));
        };
        let proof = Proof::read(proof).map_err(|why| self.wrong_proof(why))?;
        if proof.thumbprint() != bound {
            let why = "the token is bound to another key";
            return Err(self.challenge().param("error", "invalid_token").param("error_description", why));
        }
        let expected = Expected { method: request.method.as_str(), url: url.as_str(), path: request.uri.path(), token };
        proof.check(&expected, self.window, AHEAD).map_err(|why| self.wrong_proof(why))?;
        if let Some(nonces) = &self.nonces
            && !proof.nonce().is_some_and(|nonce| nonces.is_ours(nonce))
        {
            let why = "the proof needs the nonce of the header DPoP-Nonce";
            let challenge = self.challenge().param("error", "use_dpop_nonce").param("error_description", why);
            return Err(challenge.with_dpop_nonce(nonces.now()));
        }
        match self.replay.note(proof.thumbprint(), proof.id()) {
            Ok(()) => Ok(()),
            Err(Replayed::Before) => Err(self.wrong_proof("it was shown before")),
            Err(Replayed::Full) => Err(Challenge::busy()),
        }
    }
}

impl<T: Tokens> Authenticate for Dpop<T> {
    async fn authenticate(&self, request: &Parts) -> Result<Principal, Challenge> {
        match Credentials::of(request)? {
            Some(Credentials::Dpop { token, proof: Some(proof) }) => {
                // The token first: who has none costs neither a signature nor memory.
                let principal = self.tokens.check_token(token, request).await.map_err(|refused| {
                    if refused.is_unauthorized() { refused.under_scheme(&self.challenge()) } else { refused }
                })?;
                self.prove(token, proof, &principal, request)?;
                Ok(principal)
            }
            Some(Credentials::Dpop { proof: None, .. }) => Err(self.wrong_proof("the header DPoP is missing")),
            Some(Credentials::Bearer(_)) if self.required => {
                let why = "tokens must be bound to a key of the client, and come with a proof";
                Err(self.challenge().param("error", "invalid_token").param("error_description", why))
            }
            _ => self
                .tokens
                .authenticate(request)
                .await
                .map_err(|refused| if refused.is_unauthorized() { self.missing(refused) } else { refused }),
        }
    }

    fn recognises(&self, request: &Parts) -> bool {
        self.tokens.recognises(request)
    }

    fn resource_metadata(&self) -> ResourceMetadata {
        self.tokens.resource_metadata().dpop(ALGORITHMS, self.required)
    }

    fn problems(&self) -> Vec<String> {
        self.tokens.problems()
    }
}

impl<T: fmt::Debug> fmt::Debug for Dpop<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dpop").field("tokens", &self.tokens).field("required", &self.required).finish_non_exhaustive()
    }
}
