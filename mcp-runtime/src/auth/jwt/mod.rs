//! Signed tokens (RFC 7519) of an issuer whose keys are public.

pub(super) mod claims;
mod keys;
mod source;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use http::request::Parts;

use self::claims::Claims;
use self::keys::{Keys, Times};
use self::source::Source;
use super::checked::{Checked, Digest};
use super::credentials::Credentials;
use super::expected::Expected;
use super::fetch::Fetch;
use super::jose::{self, Jws, Verdict};
use crate::call::Principal;
use crate::transport::{Authenticate, Challenge, ResourceMetadata};

/// Identifies callers by the tokens of an issuer (JWT): `Authorization: Bearer …`.
///
/// ```
/// use mcp_runtime::auth::Jwt;
/// # use mcp_runtime::{Http, Server};
///
/// # fn example(server: Server) {
/// let tokens = Jwt::issuer("https://id.example.com").audience("https://shop.example.com/mcp");
/// # if cfg!(feature = "tls") {
/// let http = Http::new(server).authenticate(tokens);
/// # }
/// # }
/// ```
///
/// The keys of the issuer are found through its metadata (RFC 8414, OpenID Connect), unless they come from
/// [a URL](Self::jwks_url) or [a file](Self::jwks_file). They are fetched at the first token, again when they get old, and when a token
/// names a key that is not among them. While the issuer is down the keys that are known are used, but not for ever; without any,
/// callers get 503.
///
/// A token is let in if one of these keys has signed it with the algorithm of that key (`RS256` to `RS512`, `PS256` to `PS512`,
/// `ES256`, `ES384`, `EdDSA`), if it is of the issuer, for this server, and valid now. Its audience must be the canonical URI of the
/// server, or what [`audience`](Self::audience) says. The [`Principal`] has issuer and subject, client, scopes, roles and all
/// claims of the token.
///
/// It publishes the issuer as the authorization server (see [`ResourceMetadata`]), so that clients find out where to get a token.
#[derive(Clone)]
pub struct Jwt {
    settings: Settings,
    /// What is alive, once it has begun; clones share it.
    live: Arc<OnceLock<Live>>,
}

#[derive(Clone)]
struct Settings {
    expected: Expected,
    types: Vec<String>,
    source: Source,
    fetch: Fetch,
    times: Times,
    cache_bytes: usize,
}

struct Live {
    keys: Arc<Keys>,
    checked: Checked,
}

impl Jwt {
    /// Accepts tokens of this issuer: to the letter what their claim `iss` says, such as `https://id.example.com`.
    pub fn issuer(url: impl Into<String>) -> Self {
        let times = Times {
            refresh: Duration::from_secs(10 * 60),
            stale: Duration::from_secs(12 * 60 * 60),
            unknown: Duration::from_secs(30),
        };
        let settings = Settings {
            expected: Expected::of(url.into()),
            types: ["JWT", "at+jwt", "application/at+jwt"].map(str::to_owned).into(),
            source: Source::Discovery,
            fetch: Fetch::new(),
            times,
            cache_bytes: 8 * 1024 * 1024,
        };
        Self { settings, live: Arc::default() }
    }

    /// Accepts tokens for this audience: the canonical URI of the server, or the name that it has at the issuer. Can be given
    /// several times. Without any, tokens must be for [`Http::public_url`](crate::Http::public_url) or, where only
    /// [allowed hosts](crate::Http::allow_host) are let in, for the URL that the client uses.
    #[must_use]
    pub fn audience(self, uri: impl Into<String>) -> Self {
        self.set(|settings| settings.expected.audiences.push(uri.into()))
    }

    /// Accepts tokens for any audience. A token that a client got for another server, and that this server's operator has seen,
    /// lets in here, too: only for an issuer that gives tokens for this server alone.
    #[must_use]
    pub fn dangerous_any_audience(self) -> Self {
        self.set(|settings| settings.expected.any_audience = true)
    }

    /// Takes the keys from this URL, and asks for no metadata.
    #[must_use]
    pub fn jwks_url(self, url: impl Into<String>) -> Self {
        self.set(|settings| settings.source = Source::Url(url.into()))
    }

    /// Takes the keys from this file, a set of keys as JSON (RFC 7517), and asks nobody. It is read again as often as keys are
    /// fetched.
    #[must_use]
    pub fn jwks_file(self, path: impl Into<PathBuf>) -> Self {
        self.set(|settings| settings.source = Source::File(path.into()))
    }

    /// How far clocks may differ. By default 60 seconds.
    #[must_use]
    pub fn leeway(self, leeway: Duration) -> Self {
        self.set(|settings| settings.expected.leeway = leeway)
    }

    /// Scopes that each token must have. Others get 403, and are told these.
    #[must_use]
    pub fn require_scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.set(|settings| settings.expected.required.extend(scopes.into_iter().map(Into::into)))
    }

    /// The types that a token may say it is (`typ`). By default `JWT` and `at+jwt`. A token may also say nothing.
    #[must_use]
    pub fn types<S: Into<String>>(self, types: impl IntoIterator<Item = S>) -> Self {
        self.set(|settings| settings.types = types.into_iter().map(Into::into).collect())
    }

    /// The claim that is the subject. By default `sub`.
    #[must_use]
    pub fn subject_claim(self, name: impl Into<String>) -> Self {
        self.set(|settings| settings.expected.subject = name.into())
    }

    /// The claims that have the scopes: words in a text, or a list. By default `scope` and `scp`.
    #[must_use]
    pub fn scope_claims<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Self {
        self.set(|settings| settings.expected.scopes = names.into_iter().map(Into::into).collect())
    }

    /// Where the roles are, such as `realm_access.roles` or `https://example.com/roles`. By default `roles`.
    #[must_use]
    pub fn roles_claims<S: Into<String>>(self, paths: impl IntoIterator<Item = S>) -> Self {
        self.set(|settings| settings.expected.roles = paths.into_iter().map(Into::into).collect())
    }

    /// How keys and metadata are fetched.
    #[must_use]
    pub fn fetch(self, fetch: Fetch) -> Self {
        self.set(|settings| settings.fetch = fetch)
    }

    /// After how long keys are fetched anew, and how long they are used while that fails. By default 10 minutes, and 12 hours.
    /// Keys that an issuer has withdrawn are used for the longer one at the most.
    #[must_use]
    pub fn key_times(self, refresh: Duration, stale: Duration) -> Self {
        self.set(|settings| (settings.times.refresh, settings.times.stale) = (refresh, stale))
    }

    /// How long after keys were fetched an unknown key is no reason to fetch them again. By default 30 seconds.
    #[must_use]
    pub fn unknown_key_pause(self, pause: Duration) -> Self {
        self.set(|settings| settings.times.unknown = pause)
    }

    /// Limits the memory for tokens that were checked and need no check until they expire. By default 8 MiB, some 3,000 tokens.
    #[must_use]
    pub fn cache_bytes(self, bytes: usize) -> Self {
        self.set(|settings| settings.cache_bytes = bytes)
    }

    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self.live = Arc::default();
        self
    }

    fn live(&self) -> &Live {
        self.live.get_or_init(|| {
            let Settings { expected, source, fetch, times, cache_bytes, .. } = self.settings.clone();
            Live { keys: Keys::new(expected.issuer, source, fetch, times), checked: Checked::new(cache_bytes) }
        })
    }

    /// Who has got a token, however it came. A token that is bound to a key is let in, too: whoever asks must see to that.
    ///
    /// # Errors
    /// It is not let in.
    pub(crate) async fn check(&self, token: &str, request: &Parts) -> Result<Principal, Challenge> {
        let expected = &self.settings.expected;
        let resource = expected.resource(request, "Jwt::audience")?;
        let Live { keys, checked } = self.live();
        let digest = Digest::of(token, resource);
        if let Some(known) = keys.known()
            && let Some(principal) = checked.get(&digest, known.generation)
        {
            // Where keys are old, others are fetched.
            keys.get().await.map_err(Challenge::unavailable)?;
            return expected.with_scopes(principal);
        }
        let jws = Jws::read(token).map_err(|why| expected.invalid(why))?;
        if jws
            .header
            .typ
            .as_ref()
            .is_some_and(|typ| !self.settings.types.iter().any(|one| one.eq_ignore_ascii_case(typ)))
        {
            return Err(expected.invalid("it is not an access token: its `typ` is another"));
        }
        let mut known = keys.get().await.map_err(Challenge::unavailable)?;
        let mut verdict = known.set.verify(&jws);
        if verdict == Verdict::UnknownKey
            && let Some(newer) = keys.again(&known).await
        {
            known = newer;
            verdict = known.set.verify(&jws);
        }
        match verdict {
            Verdict::Good => {}
            Verdict::Bad => return Err(expected.invalid("its signature is wrong")),
            Verdict::UnknownKey => return Err(expected.invalid("its key is unknown")),
        }
        let claims = Claims::read(&jws.payload).map_err(|why| expected.invalid(why))?;
        let principal = claims.principal(expected, resource).map_err(|why| expected.invalid(why))?;
        let until = principal.expires().unwrap_or(SystemTime::UNIX_EPOCH);
        checked.insert(digest, &principal, until, known.generation, token.len());
        expected.with_scopes(principal)
    }

    /// Whether a request has a token that says it is of this issuer. Nothing of it is verified.
    pub(crate) fn claims_to_be_ours(&self, request: &Parts) -> bool {
        let Ok(Some(Credentials::Bearer(token) | Credentials::Dpop { token, .. })) = Credentials::of(request) else {
            return false;
        };
        jose::unverified_issuer(token).is_some_and(|issuer| issuer == self.settings.expected.issuer)
    }

    /// No token came.
    pub(crate) fn missing(&self) -> Challenge {
        self.settings.expected.missing()
    }
}

impl Authenticate for Jwt {
    async fn authenticate(&self, request: &Parts) -> Result<Principal, Challenge> {
        let Some(Credentials::Bearer(token)) = Credentials::of(request)? else { return Err(self.missing()) };
        self.settings.expected.unbound(self.check(token, request).await?)
    }

    fn recognises(&self, request: &Parts) -> bool {
        self.claims_to_be_ours(request)
    }

    fn resource_metadata(&self) -> ResourceMetadata {
        self.settings.expected.metadata()
    }

    fn problems(&self) -> Vec<String> {
        let Settings { expected, source, fetch, .. } = &self.settings;
        source.problem(&expected.issuer, fetch).into_iter().collect()
    }
}

impl fmt::Debug for Jwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { expected, source, .. } = &self.settings;
        f.debug_struct("Jwt").field("expected", expected).field("source", source).finish_non_exhaustive()
    }
}
