//! Several ways to identify callers.

use std::fmt;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::request::Parts;

use super::{Credentials, ResourceMetadata};
use crate::call::Principal;
use crate::transport::{Authenticate, Authenticator, Challenge};

/// One of several ways to identify callers, of any kind: `.into()` makes it.
///
/// ```
/// use mcp_runtime::auth::{Any, ApiKey, ApiKeys, Jwt, Way};
///
/// let ways: [Way; 2] = [
///     Jwt::issuer("https://id.example.com").audience("https://shop.example.com/mcp").into(),
///     ApiKeys::of([ApiKey::new("J8sV1Zq0Xr5uTnG2")])?.into(),
/// ];
/// let check = Any::of(ways);
/// # let _ = check;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Way(Arc<dyn Authenticator>);

impl<A: Authenticate> From<A> for Way {
    fn from(check: A) -> Self {
        Self(Arc::new(check))
    }
}

impl Way {
    /// What is wrong with how it was set up.
    pub(crate) fn problems(&self) -> Vec<String> {
        self.0.faults()
    }

    pub(crate) fn new(check: Arc<dyn Authenticator>) -> Self {
        Self(check)
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Way(…)")
    }
}

/// Identifies callers in one of several ways, such as tokens and API keys.
///
/// ```no_run
/// use mcp_runtime::Server;
/// use mcp_runtime::auth::{Any, ApiKey, ApiKeys};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let of_the_build = String::new();
/// let checks = Any::of([
///     ApiKeys::file("keys.toml")?.into(),
///     ApiKeys::of([ApiKey::new(of_the_build).subject("the build")])?.into(),
/// ]);
/// let server = Server::new("shop").authenticate(checks).build()?;
/// # Ok(())
/// # }
/// ```
///
/// The first that [recognises](Authenticate::recognises) the credentials decides, and no other is asked: a token that has expired
/// is no key. So put a check that takes credentials of all kinds, such as a function of your own, last. Where none recognises them,
/// or none came, one of the checks may let the caller in all the same, as with a client certificate; otherwise the caller is told
/// all ways at once, one `WWW-Authenticate` header for each scheme.
#[derive(Clone, Debug)]
pub struct Any(Vec<Way>);

impl Any {
    /// Any of these checks.
    pub fn of(ways: impl IntoIterator<Item = Way>) -> Self {
        Self(ways.into_iter().collect())
    }

    /// The same, and one check more.
    pub(crate) fn and(mut self, way: Way) -> Self {
        self.0.push(way);
        self
    }

    /// What a caller without credentials is told, beside what `challenge` says.
    async fn with_all_schemes(&self, mut challenge: Challenge, request: &Parts) -> Challenge {
        let bare = without_credentials(request);
        for Way(way) in &self.0 {
            if let Err(other) = way.identify(&bare).await {
                challenge = challenge.or_others(other);
            }
        }
        challenge
    }
}

impl Authenticate for Any {
    async fn authenticate(&self, request: &Parts) -> Result<Principal, Challenge> {
        if let [Way(only)] = &*self.0 {
            return only.identify(request).await;
        }
        // What is put as it should not be is refused, whoever might take it.
        let is_there = Credentials::of(request)?.is_some() || request.headers.contains_key(AUTHORIZATION);
        let decides = if is_there { self.0.iter().find(|Way(way)| way.takes(request)) } else { None };
        let mut refused: Option<Challenge> = None;
        // Where none knows what came, each looks at it: how long that takes tells nothing of what is known.
        for Way(way) in decides.map_or(&*self.0, std::slice::from_ref) {
            match way.identify(request).await {
                Ok(principal) => return Ok(principal),
                Err(challenge) => {
                    refused = Some(match refused {
                        Some(refused) => refused.or_others(challenge),
                        None => challenge,
                    });
                }
            }
        }
        match refused {
            Some(challenge) if decides.is_some() && challenge.is_unauthorized() => {
                Err(self.with_all_schemes(challenge, request).await)
            }
            Some(challenge) => Err(challenge),
            // Without any check nobody is let in.
            None => Err(Challenge::bearer()),
        }
    }

    fn recognises(&self, request: &Parts) -> bool {
        self.0.iter().any(|Way(way)| way.takes(request))
    }

    fn resource_metadata(&self) -> ResourceMetadata {
        let all = self.0.iter().map(|Way(way)| way.metadata());
        all.reduce(ResourceMetadata::and).unwrap_or_default()
    }

    fn problems(&self) -> Vec<String> {
        self.0.iter().flat_map(|Way(way)| way.faults()).collect()
    }
}

/// The same request, as a caller without credentials would make it.
fn without_credentials(request: &Parts) -> Parts {
    let (mut bare, ()) = http::Request::new(()).into_parts();
    bare.method = request.method.clone();
    bare.uri = request.uri.clone();
    bare.extensions = request.extensions.clone();
    bare
}
