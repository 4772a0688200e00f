//! Fetching what issuers publish: bounded in size and time, and from nowhere else.

mod address;
mod place;
mod resolve;

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body::Body as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

pub(crate) use self::place::Place;
use self::resolve::Resolver;
use crate::output::chain;

/// How often a redirect is followed.
const REDIRECTS: usize = 3;

/// Fetches what issuers publish: keys, metadata, and what they know of a token. This is how it is set up.
///
/// By default it speaks `https`, or `http` to this machine only; it connects to no address of a private network, whatever a name
/// resolves to; it follows no redirect to another origin; and it takes 512 KiB and 10 seconds at the most.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::auth::Fetch;
///
/// let fetch = Fetch::new().timeout(Duration::from_secs(3)).allow_private_addresses();
/// ```
#[derive(Clone)]
pub struct Fetch {
    rules: Rules,
    size: usize,
    timeout: Duration,
    client: Arc<OnceLock<Client<Connector, String>>>,
}

/// What may be reached.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    /// Addresses of private networks.
    private: bool,
    /// Without encryption.
    http: bool,
}

#[cfg(not(feature = "tls"))]
type Connector = HttpConnector<Resolver>;
#[cfg(feature = "tls")]
type Connector = crate::tls::Connector<HttpConnector<Resolver>>;

/// Why nothing could be fetched.
#[derive(Debug)]
pub(crate) struct FetchError(String);

/// What was fetched, whole.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Default for Fetch {
    fn default() -> Self {
        Self { rules: Rules::default(), size: 512 * 1024, timeout: Duration::from_secs(10), client: Arc::default() }
    }
}

impl Fetch {
    /// As it is by default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the time that it takes to fetch one document, with redirects. By default 10 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Limits the size of a document. By default 512 KiB.
    #[must_use]
    pub fn size_limit(mut self, bytes: usize) -> Self {
        self.size = bytes;
        self
    }

    /// Also connects to addresses of private networks: for an issuer within one.
    #[must_use]
    pub fn allow_private_addresses(mut self) -> Self {
        self.rules.private = true;
        self.client = Arc::default();
        self
    }

    /// Also fetches without encryption from other machines. Whoever is on the way can then replace the keys of the issuer, and
    /// call the server as anybody: only for a network that you trust, such as that of containers on one machine.
    #[must_use]
    pub fn dangerous_allow_http(mut self) -> Self {
        self.rules.http = true;
        self
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Fetches a document; follows redirects of the same origin.
    ///
    /// # Errors
    /// There is none in time, or it is too large, or somewhere else.
    pub(crate) async fn get(&self, place: &Place) -> Result<Fetched, FetchError> {
        let fetched = async {
            let mut place = place.clone();
            for _ in 0..=REDIRECTS {
                let fetched = self.send(&place, Method::GET, HeaderMap::new(), String::new()).await?;
                match fetched.headers.get(LOCATION).and_then(|location| location.to_str().ok()) {
                    Some(location) if fetched.status.is_redirection() => place = place.redirected(location)?,
                    _ => return Ok(fetched),
                }
            }
            Err(FetchError::new(format!("{place} redirects more than {REDIRECTS} times")))
        };
        self.in_time(place, fetched).await
    }

    /// Sends a form. Redirects are not followed: what is sent may be secret.
    ///
    /// # Errors
    /// There is no answer in time, or it is too large.
    pub(crate) async fn post(
        &self,
        place: &Place,
        mut headers: HeaderMap,
        form: String,
    ) -> Result<Fetched, FetchError> {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        self.in_time(place, self.send(place, Method::POST, headers, form)).await
    }

    async fn in_time(
        &self,
        place: &Place,
        fetched: impl Future<Output = Result<Fetched, FetchError>>,
    ) -> Result<Fetched, FetchError> {
        let late = |_| Err(FetchError::new(format!("{place} did not answer within {:?}", self.timeout)));
        tokio::time::timeout(self.timeout, fetched).await.unwrap_or_else(late)
    }

    async fn send(
        &self,
        place: &Place,
        method: Method,
        headers: HeaderMap,
        form: String,
    ) -> Result<Fetched, FetchError> {
        let failed = |why: String| FetchError::new(format!("{place}: {why}"));
        let mut request = Request::new(form);
        *request.method_mut() = method;
        *request.uri_mut() = place.uri().clone();
        *request.headers_mut() = headers;
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        let client = self.client.get_or_init(|| client(self.rules));
        let response = client.request(request).await.map_err(|error| failed(chain(&error)))?;
        let (parts, body) = response.into_parts();
        let too_large = || failed(format!("the answer is longer than {} bytes", self.size));
        if body.size_hint().lower() > self.size as u64 {
            return Err(too_large());
        }
        let (mut body, mut bytes) = (pin!(body), Vec::new());
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            let frame = frame.map_err(|error| failed(error.to_string()))?;
            let Ok(data) = frame.into_data() else { continue };
            if bytes.len() + data.len() > self.size {
                return Err(too_large());
            }
            bytes.extend_from_slice(&data);
        }
        Ok(Fetched { status: parts.status, headers: parts.headers, body: bytes })
    }
}

fn client(rules: Rules) -> Client<Connector, String> {
    let mut connector = HttpConnector::new_with_resolver(Resolver { private: rules.private });
    connector.set_nodelay(true);
    #[cfg(feature = "tls")]
    let connector = {
        connector.enforce_http(false);
        crate::tls::Connector::with_web_roots(connector)
    };
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(4)
        .build(connector)
}

impl FetchError {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FetchError {}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("Fetch");
        all.field("rules", &self.rules)
            .field("size", &self.size)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
