//! Tokens that only their issuer can read.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::checked::{Checked, Digest};
use super::credentials::Credentials;
use super::expected::Expected;
use super::fetch::{Fetch, Place};
use super::jwt::claims::Claims;
use super::keys::GENERATED;
use crate::call::{AuthMethod, Principal};
use crate::lock::Lock;
use crate::transport::{Authenticate, Challenge, ResourceMetadata};

/// How many tokens are asked about at once.
const AT_ONCE: usize = 32;

/// How many wait besides.
const WAITING: usize = 1024;

/// What is kept of tokens that are not active.
const REFUSED_BYTES: usize = 1024 * 1024;

/// How long an issuer that did not answer is not asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Identifies callers by tokens that their issuer is asked about (RFC 7662): `Authorization: Bearer …`.
///
/// ```
/// use mcp_runtime::auth::Introspection;
///
/// let tokens = Introspection::at("https://id.example.com/oauth2/introspect")
///     .issuer("https://id.example.com")
///     .client("shop", "its secret")
///     .audience("https://shop.example.com/mcp");
/// ```
///
/// For opaque tokens, and where a revocation must count at once; [`Jwt`](super::Jwt) needs no request per token. An answer counts for
/// a [minute](Self::cache_time), and no longer than the token; "not active" counts for ten seconds. While the issuer does not
/// answer, callers whose token is not known get 503.
///
/// The answer must name this server as the audience: its canonical URI, or what [`audience`](Self::audience) says.
///
/// Among [several checks](super::Any) it takes all tokens, so put it behind those that know theirs.
#[derive(Clone)]
pub struct Introspection(Arc<Inner>);

struct Inner {
    settings: Settings,
    active: Checked,
    /// Tokens that are not active: nobody's.
    refused: Checked,
    asking: Semaphore,
    waiting: AtomicUsize,
    /// Until when the issuer is not asked.
    down: Lock<Option<Instant>>,
}

#[derive(Clone)]
struct Settings {
    endpoint: String,
    expected: Expected,
    client: Client,
    fetch: Fetch,
    cache_time: Duration,
    refused_time: Duration,
    cache_bytes: usize,
}

/// How this server says who it is.
#[derive(Clone)]
enum Client {
    Nobody,
    Basic(String, String),
    Post(String, String),
}

#[derive(Deserialize)]
struct Active {
    active: bool,
}

impl Introspection {
    /// Asks at this URL.
    pub fn at(endpoint: impl Into<String>) -> Self {
        Self::new(Settings {
            endpoint: endpoint.into(),
            expected: Expected::of(String::new()),
            client: Client::Nobody,
            fetch: Fetch::new(),
            cache_time: Duration::from_secs(60),
            refused_time: Duration::from_secs(10),
            cache_bytes: 8 * 1024 * 1024,
        })
    }

    fn new(settings: Settings) -> Self {
        let (active, refused) = (Checked::new(settings.cache_bytes), Checked::new(REFUSED_BYTES));
        let (asking, waiting, down) = (Semaphore::new(AT_ONCE), AtomicUsize::new(0), Lock::new(None));
        Self(Arc::new(Inner { settings, active, refused, asking, waiting, down }))
    }

    /// The issuer: what the answer must say if it says one, what the [`Principal`] has, and what clients are told as the authorization
    /// server. Without it the issuer of callers is the URL that is asked.
    #[must_use]
    pub fn issuer(self, url: impl Into<String>) -> Self {
        self.set(|settings| settings.expected.issuer = url.into())
    }

    /// How this server identifies itself, in the header `Authorization` (`client_secret_basic`).
    #[must_use]
    pub fn client(self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.set(|settings| settings.client = Client::Basic(id.into(), secret.into()))
    }

    /// The same in the form (`client_secret_post`), for issuers that want it there.
    #[must_use]
    pub fn client_post(self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.set(|settings| settings.client = Client::Post(id.into(), secret.into()))
    }

    /// Accepts tokens for this audience: the canonical URI of the server, or the name that it has at the issuer. Can be given
    /// several times. Without any, tokens must be for [`Http::public_url`](crate::Http::public_url) or, where only
    /// [allowed hosts](crate::Http::allow_host) are let in, for the URL that the client uses.
    #[must_use]
    pub fn audience(self, uri: impl Into<String>) -> Self {
        self.set(|settings| settings.expected.audiences.push(uri.into()))
    }

    /// Accepts tokens for any audience, and those that name none: only for an issuer that answers this server about tokens for this
    /// server alone.
    #[must_use]
    pub fn dangerous_any_audience(self) -> Self {
        self.set(|settings| settings.expected.any_audience = true)
    }

    /// Scopes that each token must have. Others get 403, and are told these.
    #[must_use]
    pub fn require_scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.set(|settings| settings.expected.required.extend(scopes.into_iter().map(Into::into)))
    }

    /// How the issuer is asked.
    #[must_use]
    pub fn fetch(self, fetch: Fetch) -> Self {
        self.set(|settings| settings.fetch = fetch)
    }

    /// How long an answer counts, if the token does not expire before: so late a revocation is noticed. By default a minute.
    #[must_use]
    pub fn cache_time(self, time: Duration) -> Self {
        self.set(|settings| settings.cache_time = time)
    }

    /// How long a token that is not active is refused without asking again. By default ten seconds.
    #[must_use]
    pub fn refused_time(self, time: Duration) -> Self {
        self.set(|settings| settings.refused_time = time)
    }

    /// Limits the memory for tokens that are active. By default 8 MiB. Those that are not have 1 MiB.
    #[must_use]
    pub fn cache_bytes(self, bytes: usize) -> Self {
        self.set(|settings| settings.cache_bytes = bytes)
    }

    fn set(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.0.settings.clone();
        change(&mut settings);
        Self::new(settings)
    }

    /// Who has got a token, however it came. A token that is bound to a key is let in, too: whoever asks must see to that.
    ///
    /// # Errors
    /// It is not let in.
    pub(crate) async fn check(&self, token: &str, request: &Parts) -> Result<Principal, Challenge> {
        let Inner { settings, active, refused, .. } = &*self.0;
        let expected = &settings.expected;
        let resource = expected.resource(request, "Introspection::audience")?;
        let digest = Digest::of(token, resource);
        if let Some(principal) = active.get(&digest, 0) {
            return expected.with_scopes(principal);
        }
        if refused.get(&digest, 0).is_some() {
            return Err(expected.invalid("it was refused a moment ago"));
        }
        let answer = self.ask(token).await?;
        let now = SystemTime::now();
        let principal = match answer {
            Some(claims) => claims.of_answer(expected, resource),
            None => Err("it is not active"),
        };
        let until = now.checked_add(settings.refused_time).unwrap_or(now);
        let principal = principal.map_err(|why| {
            refused.insert(digest, &Principal::anonymous(), until, 0, token.len());
            expected.invalid(why)
        })?;
        let issuer = if expected.issuer.is_empty() { &settings.endpoint } else { &expected.issuer };
        let principal = principal.with_issuer(&**issuer).with_method(AuthMethod::Introspection);
        active.insert(digest, &principal, counts_until(&principal, now, settings.cache_time), 0, token.len());
        expected.with_scopes(principal)
    }

    /// What the issuer says of a token that is active.
    async fn ask(&self, token: &str) -> Result<Option<Claims>, Challenge> {
        let Inner { settings, asking, waiting, down, .. } = &*self.0;
        if down.lock().is_some_and(|until| Instant::now() < until) {
            return Err(Challenge::busy());
        }
        let _waits = Waits::begin(waiting).ok_or_else(Challenge::busy)?;
        // It is never closed.
        let _place = asking.acquire().await.map_err(|_| Challenge::busy())?;
        // Those that have waited meanwhile need not find it out once more.
        if down.lock().is_some_and(|until| Instant::now() < until) {
            return Err(Challenge::busy());
        }
        settings.ask(token).await.map_err(|why| {
            *down.lock() = Some(Instant::now() + PAUSE);
            Challenge::unavailable(why)
        })
    }

    /// No token came.
    pub(crate) fn missing(&self) -> Challenge {
        self.0.settings.expected.missing()
    }
}

impl Settings {
    async fn ask(&self, token: &str) -> Result<Option<Claims>, String> {
        let place = Place::named(&self.endpoint, self.fetch.rules()).map_err(|error| error.to_string())?;
        let mut form = format!("token={}&token_type_hint=access_token", encoded(token));
        let mut headers = HeaderMap::new();
        match &self.client {
            Client::Nobody => {}
            Client::Basic(id, secret) => {
                let pair = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
                let mut value = HeaderValue::try_from(format!("Basic {pair}")).map_err(|error| error.to_string())?;
                value.set_sensitive(true);
                headers.insert(AUTHORIZATION, value);
            }
            Client::Post(id, secret) => {
                form += &format!("&client_id={}&client_secret={}", encoded(id), encoded(secret));
            }
        }
        let fetched = self.fetch.post(&place, headers, form).await.map_err(|error| error.to_string())?;
        match fetched.status {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(format!("{place} refuses this server: check its client id and secret"));
            }
            other => return Err(format!("{place} answered {other}")),
        }
        let Active { active } = serde_json::from_slice(&fetched.body)
            .map_err(|_| format!("{place}: the answer is not one to an introspection (RFC 7662)"))?;
        if !active {
            return Ok(None);
        }
        Claims::read(&fetched.body).map(Some).map_err(|why| format!("{place}: {why}"))
    }
}

impl Authenticate for Introspection {
    async fn authenticate(&self, request: &Parts) -> Result<Principal, Challenge> {
        let Some(Credentials::Bearer(token)) = Credentials::of(request)? else { return Err(self.missing()) };
        self.0.settings.expected.unbound(self.check(token, request).await?)
    }

    fn recognises(&self, request: &Parts) -> bool {
        match Credentials::of(request) {
            // A key is no business of an issuer.
            Ok(Some(Credentials::Bearer(token) | Credentials::Dpop { token, .. })) => !token.starts_with(GENERATED),
            _ => false,
        }
    }

    fn resource_metadata(&self) -> ResourceMetadata {
        self.0.settings.expected.metadata()
    }

    fn problems(&self) -> Vec<String> {
        let Settings { endpoint, fetch, .. } = &self.0.settings;
        Place::named(endpoint, fetch.rules())
            .err()
            .map(|error| format!("the introspection {error}"))
            .into_iter()
            .collect()
    }
}

/// Until when it counts that somebody was let in.
fn counts_until(principal: &Principal, now: SystemTime, cache_time: Duration) -> SystemTime {
    let latest = now.checked_add(cache_time).unwrap_or(now);
    principal.expires().map_or(latest, |expires| expires.min(latest))
}

/// One that waits to ask, or asks.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn begin(count: &'a AtomicUsize) -> Option<Self> {
        let more = |count: usize| (count < AT_ONCE + WAITING).then_some(count + 1);
        count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok().then(|| Self(count))
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// As forms have it (RFC 6749, appendix B).
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            other => encoded += &format!("%{other:02X}"),
        }
    }
    encoded
}

/// Without the secret.
impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { endpoint, expected, .. } = &self.0.settings;
        f.debug_struct("Introspection").field("endpoint", endpoint).field("expected", expected).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use super::*;

    #[test]
    fn what_an_issuer_says_counts_for_a_while_and_no_longer_than_the_token() {
        let now = SystemTime::now();
        let (minute, second) = (Duration::from_secs(60), Duration::from_secs(1));
        let ada = Principal::new("ada");
        assert_eq!(counts_until(&ada, now, minute), now + minute);
        assert_eq!(counts_until(&ada.clone().with_expiry(now + second), now, minute), now + second);
        assert_eq!(counts_until(&ada.with_expiry(now + 2 * minute), now, minute), now + minute);
    }

    #[tokio::test]
    async fn so_many_tokens_are_asked_about_at_once_and_so_many_wait() {
        let check = Introspection::at("http://127.0.0.1:1/introspect").dangerous_any_audience();
        let all = check.0.asking.acquire_many(32).await.expect("it is never closed");
        let (request, ()) = http::Request::new(()).into_parts();
        let mut waiting: Vec<_> = (0..AT_ONCE + WAITING).map(|_| Box::pin(check.check("token", &request))).collect();
        poll_fn(|cx| {
            assert!(waiting.iter_mut().all(|one| one.as_mut().poll(cx).is_pending()));
            Poll::Ready(())
        })
        .await;
        let mut more = pin!(check.check("another", &request));
        let refused = poll_fn(|cx| Poll::Ready(more.as_mut().poll(cx))).await;
        assert!(matches!(refused, Poll::Ready(Err(challenge)) if challenge.status() == 503));
        drop(waiting);
        assert_eq!(check.0.waiting.load(Ordering::Relaxed), 0);
        drop(all);
    }

    #[test]
    fn what_is_sent_is_encoded_as_in_a_form_and_no_secret_is_logged() {
        assert_eq!(encoded("a b+c&d=é~"), "a%20b%2Bc%26d%3D%C3%A9~");
        let check = Introspection::at("https://id.example/introspect").client("shop", "hidden");
        assert!(!format!("{check:?}").contains("hidden"));
        let problem = Introspection::at("id.example").problems();
        assert!(problem.len() == 1 && problem[0].starts_with("the introspection "), "{problem:?}");
    }
}
