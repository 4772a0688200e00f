//! The service, and setting it up.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use tower_service::Service;

use super::allowed::{Host, Origin};
#[cfg(feature = "auth")]
use super::authenticate::Authenticate as _;
#[cfg(feature = "auth")]
use super::authenticate::Authenticator;
use super::authenticate::IntoAuthenticate;
use super::body::Body;
use super::config::Config;
use super::endpoint::Endpoint;
use super::guard::Guard;
use super::proxy::ForwardedHeader;
use super::serve::taken_apart;
use crate::metrics;
use crate::service::Core;

/// A server on HTTP: a `tower::Service` over `http` requests, which serves clients of every revision at once
/// (`basic/transports/streamable-http`).
///
/// As a service it answers at any path, so it can be nested below any route. [`listen`](Self::listen) makes it a server of
/// its own, at `/mcp`.
///
/// ```standalone_crate
/// use mcp_runtime::prelude::*;
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::new("calculator").build()?;
/// let listening = Http::new(server).listen("127.0.0.1:0").await?;
/// println!("listening at http://{}/mcp", listening.address()?);
/// let stop = async { /* until it is time */ };
/// listening.run(stop).await;
/// # Ok(())
/// # }
/// ```
///
/// By default it answers only requests for this machine's own names (`localhost`, `127.0.0.1`, `[::1]`), so that no web page
/// can reach it through a browser; [`allow_host`](Self::allow_host) adds names. Bodies, sessions and calls in flight are bounded.
///
/// [`authenticate`](Self::authenticate) identifies callers and refuses others. A `tower` layer around the service may do the
/// same: it puts a [`Principal`](crate::Principal) into the request's extensions. Handlers see it, and a session belongs to the
/// principal that opened it.
#[derive(Clone)]
pub struct Http {
    endpoint: Arc<Endpoint>,
}

impl Http {
    /// A service that serves this server on HTTP.
    pub fn new(server: impl Into<Self>) -> Self {
        server.into()
    }

    pub(crate) fn from_core(core: Arc<Core>) -> Self {
        Self { endpoint: Arc::new(Endpoint::new(core)) }
    }

    pub(super) fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    /// Also accepts requests for this host: `mcp.example.com`, `*.example.com` for all its subdomains, `[::1]`, or `*` for
    /// every host. A host with a port, such as `mcp.example.com:8443`, allows that port only. Of a URL the host counts.
    ///
    /// # Panics
    /// If no request could ever match, as with an empty text. The message says what to write.
    #[must_use]
    #[track_caller]
    pub fn allow_host(self, host: impl AsRef<str>) -> Self {
        self.try_allow_host(host.as_ref()).unwrap_or_else(|why| panic!("{why}"))
    }

    /// Also accepts requests from web pages of this origin, and lets those pages read the answers (CORS):
    /// `https://app.example.com`, `https://*.example.com` for all its subdomains, or `*` for every page. Without a scheme,
    /// pages of that host are allowed on HTTP and HTTPS.
    ///
    /// # Panics
    /// If no request could ever match, as with an empty text. The message says what to write.
    #[must_use]
    #[track_caller]
    pub fn allow_origin(self, origin: impl AsRef<str>) -> Self {
        self.try_allow_origin(origin.as_ref()).unwrap_or_else(|why| panic!("{why}"))
    }

    pub(crate) fn try_allow_host(self, host: &str) -> Result<Self, String> {
        let host = Host::parse(host)?;
        Ok(self.guard(|hosts, _| hosts.push(host)))
    }

    pub(crate) fn try_allow_origin(self, origin: &str) -> Result<Self, String> {
        let origin = Origin::parse(origin)?;
        Ok(self.guard(|_, origins| origins.push(origin)))
    }

    /// Accepts requests for any host and from any origin: for a server behind a proxy that checks both.
    #[must_use]
    pub fn dangerous_allow_any_host(self) -> Self {
        self.set(|config| config.guard = Guard::Open)
    }

    /// Identifies the caller of each request, and refuses those that it does not know with 401: see [`Authenticate`](crate::Authenticate). The check
    /// is a function, which may be `async`, or a type with that trait.
    ///
    /// ```standalone_crate
    /// use mcp_runtime::http::request::Parts;
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::Challenge;
    ///
    /// /// Knows callers by a bearer token: `Authorization: Bearer …`.
    /// fn check(request: &Parts) -> Result<Principal, Challenge> {
    ///     let header = request.headers.get("authorization").and_then(|header| header.to_str().ok());
    ///     match header.and_then(|header| header.strip_prefix("Bearer ")) {
    ///         None => Err(Challenge::bearer()),
    ///         Some("ada's token") => Ok(Principal::new("ada").with_scopes(["orders"])),
    ///         Some(_) => Err(Challenge::bearer().param("error", "invalid_token")),
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), BuildError> {
    /// let http = Http::new(Server::new("shop").build()?).authenticate(check);
    /// // Or for whatever serves it on HTTP, `serve --http` of the command line too:
    /// let server = Server::new("shop").http(|http| http.authenticate(check)).build()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Requests that the server refuses by their `Host` or `Origin` are refused before, and the preflight requests of browsers
    /// need no credentials. A [`Principal`](crate::Principal) that a `tower` layer has put into the request's extensions does not
    /// count then, nor does any check from before: several are one [`auth::Any`](crate::auth::Any). The page `/capabilities` asks, too.
    ///
    /// # Panics
    /// If a check of the module `auth` is set up in a way that cannot work. The message says what is wrong.
    #[must_use]
    #[track_caller]
    pub fn authenticate<How>(self, check: impl IntoAuthenticate<How>) -> Self {
        let check = check.into_authenticate();
        #[cfg(feature = "auth")]
        {
            let problems = check.problems();
            assert!(problems.is_empty(), "callers cannot be identified: {}", problems.join("; "));
        }
        self.set(|config| {
            #[cfg(feature = "auth")]
            {
                config.resource.of_check = check.resource_metadata();
            }
            config.authenticator = Some(Arc::new(check));
        })
    }

    /// Identifies callers in another way, which may be the present one and more.
    #[cfg(feature = "auth")]
    pub(crate) fn map_authenticator(
        self,
        map: impl FnOnce(Option<Arc<dyn Authenticator>>) -> Arc<dyn Authenticator>,
    ) -> Self {
        self.set(|config| {
            let check = map(config.authenticator.take());
            config.resource.of_check = check.metadata();
            config.authenticator = Some(check);
        })
    }

    /// Limits the calls in flight, including open subscriptions. Further calls are answered with 503. By default 10,000.
    #[must_use]
    pub fn call_limit(self, calls: usize) -> Self {
        self.set(|config| config.calls = calls)
    }

    /// Limits the number of sessions, and the time that a session may be idle. By default 10,000, and 30 minutes.
    ///
    /// At the limit a new session replaces the one that has been idle longest, if it was idle for at least a
    /// [minute](Self::session_min_idle). A session is not idle while a call runs or its client listens. If no session can be
    /// replaced, the client is told to try again (503).
    #[must_use]
    pub fn session_limits(self, sessions: usize, idle: Duration) -> Self {
        self.set(|config| {
            config.sessions = sessions;
            config.session_idle = idle;
        })
    }

    /// How long a session must be idle before a new one may replace it. By default one minute: a flood of new sessions cannot
    /// end a session that was used in the last minute.
    #[must_use]
    pub fn session_min_idle(self, idle: Duration) -> Self {
        self.set(|config| config.session_min_idle = idle)
    }

    /// Whether a call in a session that is refused for now, such as by a [`RateLimit`](crate::layers::RateLimit), is answered with
    /// 429 or 503 and `Retry-After`, as calls without a session are. By default it is 200 with the error, whose data has
    /// `retryAfterMs`: some clients of revisions with sessions take any other status for the end of the connection, and all
    /// their calls fail (the Python SDK 1.x does).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use mcp_runtime::layers::RateLimit;
    /// use mcp_runtime::prelude::*;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = Server::empty("shop").layer(RateLimit::per_session(10, Duration::from_secs(1))).build()?;
    /// let http = Http::new(server).session_statuses(true);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "layers")]
    #[must_use]
    pub fn session_statuses(self, statuses: bool) -> Self {
        self.set(|config| config.session_statuses = statuses)
    }

    /// Limits the sessions of one client address. By default a quarter of all sessions, but at least 16.
    ///
    /// At the limit a new session replaces an idle one of the same address; if there is none, the client is told to try again
    /// (503). An IPv6 address counts as its /64 network.
    ///
    /// If the server [listens](Self::listen) itself, the address is that of the connection. Addresses of this machine have no
    /// such limit, because a proxy on it speaks for everybody. Behind a proxy on another machine all clients have the proxy's
    /// address, unless it is one that is [trusted](Self::trust_proxy): name it, or put a [`ClientAddress`](crate::ClientAddress) into
    /// the requests' extensions. In another program's listener, requests without a `ClientAddress` have no such limit.
    #[must_use]
    pub fn sessions_per_address(self, sessions: usize) -> Self {
        self.set(|config| config.session_share = Some(sessions))
    }

    /// Limits the open subscriptions of one client address (`subscriptions/listen`, of clients without a session). By default a
    /// quarter of the [limit of calls](Self::call_limit), but at least 16. Further ones are answered with 503.
    ///
    /// A subscription is a call that lasts as long as its client likes. What counts as an address is told at
    /// [`sessions_per_address`](Self::sessions_per_address); addresses of this machine have no such limit.
    #[must_use]
    pub fn subscriptions_per_address(self, subscriptions: usize) -> Self {
        self.set(|config| config.listener_share = Some(subscriptions))
    }

    /// Believes a proxy that says who is calling: an address, a network such as `10.0.0.0/8`, or `unix` for the processes that connect
    /// to a [Unix domain socket](Self::listen_on). May be called several times. By default nobody is believed.
    ///
    /// A request that comes from such a proxy has as its client's address what the header `X-Forwarded-For` says
    /// ([`forwarded_header`](Self::forwarded_header) takes `Forwarded`): from the right the first address that is no proxy itself. It
    /// counts for limits by address and for [`RateLimit`](crate::layers::RateLimit), stands in logs and in the audit log, and handlers
    /// find it as [`ClientAddress`](crate::ClientAddress). The same header from anybody else means nothing.
    ///
    /// ```
    /// # use mcp_runtime::Server;
    /// # fn example(server: mcp_runtime::ServerBuilder) -> mcp_runtime::ServerBuilder {
    /// server.http(|http| http.trust_proxy("10.0.0.0/8").allow_host("mcp.example.com"))
    /// # }
    /// ```
    ///
    /// Proxies that pass on connections and know nothing of HTTP say it otherwise: see
    /// [`Listening::proxy_protocol`](crate::Listening::proxy_protocol).
    ///
    /// # Panics
    /// If the text names no proxy. The message says what to write.
    #[must_use]
    #[track_caller]
    pub fn trust_proxy(self, proxy: impl AsRef<str>) -> Self {
        self.try_trust_proxy(proxy.as_ref()).unwrap_or_else(|why| panic!("{why}"))
    }

    pub(crate) fn try_trust_proxy(self, proxy: &str) -> Result<Self, String> {
        let mut proxies = self.endpoint.config.proxies.clone().unwrap_or_default();
        proxies.networks.add(proxy)?;
        Ok(self.set(|config| config.proxies = Some(proxies)))
    }

    /// The header in which the [trusted proxies](Self::trust_proxy) say who is calling. By default `X-Forwarded-For`.
    #[must_use]
    pub fn forwarded_header(self, header: ForwardedHeader) -> Self {
        let mut proxies = self.endpoint.config.proxies.clone().unwrap_or_default();
        proxies.header = header;
        self.set(|config| config.proxies = Some(proxies))
    }

    /// Limits the time in which the body of a request must arrive. By default 30 seconds.
    #[must_use]
    pub fn body_patience(self, patience: Duration) -> Self {
        self.set(|config| config.body_patience = patience)
    }

    /// Sets how long a stream of events may be quiet: after that a comment is sent, which clients skip, so that proxies keep the
    /// connection open and a client that is gone is noticed. By default 15 seconds, and at least 100 milliseconds. It holds for every stream:
    /// of a session, of a call, and of a subscription.
    ///
    /// ```
    /// # mod a {
    /// use std::time::Duration;
    ///
    /// mcp_runtime::main!(|server| server.http(|http| http.heartbeat(Duration::from_secs(5))));
    /// # }
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn heartbeat(self, every: Duration) -> Self {
        self.set(|config| config.heartbeat = every)
    }

    /// Limits the memory of all request bodies that are being read, over all clones of this service. A request whose body does
    /// not fit is answered with 503. By default 256 MiB. The bodies also count towards the
    /// [limit of the server](crate::ServerBuilder::memory_limit).
    #[must_use]
    pub fn body_memory_limit(self, bytes: usize) -> Self {
        self.endpoint.live.bodies.set_limit(bytes);
        self
    }

    /// Also serves clients that know only the HTTP+SSE transport of 2024-11-05. Its own listener serves them at `/sse`, a
    /// nested service at its own path (2024-11-05, `basic/transports`, "HTTP with SSE").
    #[must_use]
    pub fn with_sse(self) -> Self {
        self.set(|config| config.pair = true)
    }

    /// Like [`with_sse`](Self::with_sse), and tells clients to post to this path.
    ///
    /// These clients post to an address that the server names. A nested service does not know its own path, so it names an
    /// address relative to the one that the client connected to: `?sessionId=…`. For clients that cannot resolve it, and
    /// behind a proxy that changes paths, give the path that clients connect to:
    ///
    /// ```
    /// # use mcp_runtime::{Http, Server};
    /// # fn example(server: Server) {
    /// // For `Router::new().nest_service("/mcp", http)`:
    /// let http = Http::new(server).with_sse_at("/mcp");
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the path does not begin with a slash.
    #[must_use]
    #[track_caller]
    pub fn with_sse_at(self, path: &str) -> Self {
        assert!(path.starts_with('/'), "the path `{path}` must begin with a slash: `/{path}`");
        self.set(|config| {
            config.pair = true;
            config.pair_path = Some(path.into());
        })
    }

    /// Also serves WebSocket ([RFC 6455](https://www.rfc-editor.org/rfc/rfc6455)). Its own listener serves it at `/ws` beside `/mcp`, a nested
    /// service at its own path. One connection is one session, of any revision.
    ///
    /// Hosts, origins and callers are checked before a connection becomes a socket, as for any other request. The subprotocol is `mcp`. A web page,
    /// which cannot set headers, sends its token as one more subprotocol: `new WebSocket(url, ["mcp", "mcp.bearer." + token])`.
    ///
    /// ```
    /// # mod a {
    /// mcp_runtime::main!(|server| server.http(|http| http.with_ws()));
    /// # }
    /// # fn main() {}
    /// ```
    #[cfg(feature = "ws")]
    #[must_use]
    pub fn with_ws(self) -> Self {
        self.set(|config| {
            config.sockets.get_or_insert_default();
        })
    }

    /// Sets what a WebSocket may take, and serves it: [`with_ws`](Self::with_ws). By default as [`StreamLimits`] says, and calls in flight have 20 seconds
    /// when it ends.
    ///
    /// [`StreamLimits`]: crate::transport::StreamLimits
    #[cfg(feature = "ws")]
    #[must_use]
    pub fn ws_limits(self, limits: crate::transport::StreamLimits) -> Self {
        self.set(|config| config.sockets.get_or_insert_default().limits = limits)
    }

    /// Sets how often the client of a WebSocket that says nothing is asked whether it is there, and how long it may take to answer. After that the
    /// connection is closed. By default 30 seconds.
    #[cfg(feature = "ws")]
    #[must_use]
    pub fn ws_ping(self, every: std::time::Duration) -> Self {
        self.set(|config| config.sockets.get_or_insert_default().ping = every)
    }

    /// Also serves the page `/metrics`, beside `/healthz` and the other pages for operators: see [`Routes::metrics`](crate::Routes::metrics). For servers
    /// that are served by [`listen`](Self::listen), [`serve_http`](crate::Server::serve_http) or `serve --http`.
    ///
    /// ```
    /// # mod a {
    /// mcp_runtime::main!(|server| server.http(|http| http.with_metrics()));
    /// # }
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn with_metrics(self) -> Self {
        self.set(|config| config.metrics = Some(metrics::render))
    }

    /// Begins a graceful shutdown, if another program's listener serves this service: subscription streams end with their
    /// closing result, no session is opened any more, and calls in flight may finish.
    /// [`Listening::run`](crate::Listening::run) does this by itself.
    ///
    /// ```
    /// # use mcp_runtime::{Http, Server};
    /// # async fn told_to_stop() {}
    /// # async fn example(server: Server) {
    /// let http = Http::new(server);
    /// // For `axum::serve(…).with_graceful_shutdown(stop)`:
    /// let stop = {
    ///     let http = http.clone();
    ///     async move {
    ///         told_to_stop().await;
    ///         http.close();
    ///     }
    /// };
    /// # stop.await;
    /// # }
    /// ```
    pub fn close(&self) {
        self.endpoint.close();
    }

    /// Lets in requests for this host too, unless all are let in.
    pub(super) fn guard_for(self, host: &str) -> Self {
        if matches!(self.endpoint.config.guard, Guard::Open) { self } else { self.allow_host(host) }
    }

    fn guard(self, change: impl FnOnce(&mut Vec<Host>, &mut Vec<Origin>)) -> Self {
        self.set(|config| {
            if !matches!(config.guard, Guard::Named { .. }) {
                config.guard = Guard::Named { hosts: Vec::new(), origins: Vec::new() };
            }
            if let Guard::Named { hosts, origins } = &mut config.guard {
                change(hosts, origins);
            }
        })
    }

    /// Changes the configuration of this clone.
    pub(super) fn set(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut Arc::make_mut(&mut self.endpoint).config);
        self
    }
}

impl<B> Service<Request<B>> for Http
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let endpoint = Arc::clone(&self.endpoint);
        let (facts, body) = taken_apart(request, None);
        Box::pin(async move { Ok(endpoint.serve(facts, body, None).await) })
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("guard", &self.endpoint.config.guard).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_offers_is_rendered_once_until_it_changes() {
        let server = crate::Server::empty("offers").dynamic().build().expect("a server");
        let handle = server.handle();
        let http = Http::new(server);
        let offered = http.endpoint().capabilities(&crate::Principal::anonymous());
        assert_eq!(offered.as_ptr(), http.endpoint().capabilities(&crate::Principal::anonymous()).as_ptr());
        handle.add_tools(&[]).expect("nothing is wrong with nothing");
        assert_eq!(offered, http.endpoint().capabilities(&crate::Principal::anonymous()));
        assert_ne!(offered.as_ptr(), http.endpoint().capabilities(&crate::Principal::anonymous()).as_ptr());
    }
}
